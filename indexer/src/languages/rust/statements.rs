//! Blocks, `let` and control flow.
//!
//! A block's value is its tail expression; a branch's value is one of its arms. Every construct
//! that binds names for a part of a function (`if let`, `match` arms, loops) gets a scope for them,
//! and the matched value is lowered before that scope opens: `if let Some(x) = x` means two
//! variables.

use super::attributes::Attributes;
use super::items::Context;
use super::kinds::{Field, Kind, child, kind};
use super::patterns::{Names, known};
use super::walker::{Walker, all_children, children, first_child};
use qf_graph::facts::{BindingValue, Expression, ExpressionId};
use smallvec::SmallVec;
use tree_sitter::Node;

/// Values of branches.
type Values = SmallVec<[ExpressionId; 4]>;

impl Walker<'_, '_> {
    /// A block in a scope of its own; its value is that of its tail.
    pub(super) fn block(&mut self, node: Node<'_>) -> ExpressionId {
        let mark = self.open_block();
        let value = self.block_contents(node);
        self.close_block(mark);
        value
    }

    /// The statements of a block in the innermost scope.
    pub(super) fn block_contents(&mut self, node: Node<'_>) -> ExpressionId {
        if kind(node) != Kind::Block {
            return self.expression(node);
        }
        let mut value = ExpressionId::UNKNOWN;
        let mut attributes = Attributes::default();
        for statement in all_children(node) {
            match kind(statement) {
                Kind::Token | Kind::Label | Kind::InnerAttributeItem => continue,
                _ if self.gather(statement, &mut attributes) => continue,
                _ => {}
            }
            let taken = std::mem::take(&mut attributes);
            value = if is_item(kind(statement)) {
                self.item(statement, &taken, Context::Module);
                ExpressionId::UNKNOWN
            } else {
                self.statement(statement)
            };
        }
        value
    }

    /// A statement that is no item; the value of an expression without a semicolon.
    pub(super) fn statement(&mut self, node: Node<'_>) -> ExpressionId {
        match kind(node) {
            Kind::LetDeclaration => {
                self.let_declaration(node);
                ExpressionId::UNKNOWN
            }
            Kind::ExpressionStatement => {
                let Some(inner) = first_child(node) else { return ExpressionId::UNKNOWN };
                let value = self.expression(inner);
                if inner.end_byte() == node.end_byte() { value } else { ExpressionId::UNKNOWN }
            }
            Kind::EmptyStatement => ExpressionId::UNKNOWN,
            _ => self.expression(node),
        }
    }

    fn let_declaration(&mut self, node: Node<'_>) {
        let Some(pattern) = child(node, Field::Pattern) else { return };
        let first = self.out.expression_count();
        let declared = child(node, Field::Type)
            .map_or(ExpressionId::UNKNOWN, |declared| self.type_expression(declared));
        let value = child(node, Field::Value).map_or(ExpressionId::UNKNOWN, |node| {
            let value = self.expression(node);
            self.unlocked(node, value)
        });
        if let Some(alternative) = child(node, Field::Alternative) {
            self.expression(alternative);
        }
        let mut names = Names::new();
        self.pattern_names(pattern, &mut names, 0);
        self.scope_for_new_names(&names, first);
        let typed = declared != ExpressionId::UNKNOWN
            && (value == ExpressionId::UNKNOWN || self.is_whole_type(declared));
        let value = if typed { BindingValue::Typed(declared) } else { known(value) };
        self.bind_pattern(pattern, value);
    }

    /// Whether a type has no `_` among its arguments.
    fn is_whole_type(&self, id: ExpressionId) -> bool {
        match self.out.peek(id) {
            Expression::Generic { base, arguments } => {
                self.is_whole_type(base)
                    && (0..arguments.len).all(|index| {
                        self.out.item(arguments, index as usize) != ExpressionId::UNKNOWN
                    })
            }
            Expression::Unknown => false,
            _ => true,
        }
    }

    // ---- branches --------------------------------------------------------------------------------

    pub(super) fn if_expression(&mut self, node: Node<'_>) -> ExpressionId {
        let mark = self.mark_block();
        if let Some(condition) = child(node, Field::Condition) {
            self.condition(condition);
        }
        let mut values = Values::new();
        if let Some(consequence) = child(node, Field::Consequence) {
            values.push(self.expression(consequence));
        }
        self.close_block(mark);
        let Some(alternative) = child(node, Field::Alternative).and_then(first_child) else {
            return ExpressionId::UNKNOWN;
        };
        values.push(self.expression(alternative));
        self.either(&mut values)
    }

    /// A condition; the names its `let`s bind stay visible until the block around is closed.
    pub(super) fn condition(&mut self, node: Node<'_>) {
        match kind(node) {
            Kind::LetCondition => {
                let value = child(node, Field::Value)
                    .map_or(ExpressionId::UNKNOWN, |value| self.expression(value));
                self.open_inner_scope();
                if let Some(pattern) = child(node, Field::Pattern) {
                    self.bind_pattern(pattern, known(value));
                }
            }
            Kind::LetChain => {
                if self.out.enter(node) {
                    for part in children(node) {
                        self.condition(part);
                    }
                    self.out.leave();
                }
            }
            _ => {
                self.expression(node);
            }
        }
    }

    pub(super) fn match_expression(&mut self, node: Node<'_>) -> ExpressionId {
        let value =
            child(node, Field::Value).map_or(ExpressionId::UNKNOWN, |value| self.expression(value));
        let mut values = Values::new();
        let Some(body) = child(node, Field::Body) else { return ExpressionId::UNKNOWN };
        for arm in children(body) {
            if kind(arm) == Kind::MatchArm {
                values.push(self.match_arm(arm, value));
            } else {
                self.expression(arm);
            }
        }
        self.either(&mut values)
    }

    fn match_arm(&mut self, node: Node<'_>, matched: ExpressionId) -> ExpressionId {
        let mark = self.mark_block();
        if let Some(pattern) = child(node, Field::Pattern) {
            let mut names = Names::new();
            self.pattern_names(pattern, &mut names, 0);
            if let Some(inner) = first_child(pattern) {
                if !names.is_empty() {
                    self.open_inner_scope();
                }
                self.bind_pattern(inner, known(matched));
            }
            if let Some(guard) = child(pattern, Field::Condition) {
                self.condition(guard);
            }
        }
        let value =
            child(node, Field::Value).map_or(ExpressionId::UNKNOWN, |value| self.expression(value));
        self.close_block(mark);
        value
    }

    /// One of the branches' values.
    fn either(&mut self, values: &mut Values) -> ExpressionId {
        values.sort_unstable();
        values.dedup();
        values.truncate(8);
        self.out.either(values)
    }

    // ---- loops -----------------------------------------------------------------------------------

    pub(super) fn while_expression(&mut self, node: Node<'_>) -> ExpressionId {
        let mark = self.mark_block();
        if let Some(condition) = child(node, Field::Condition) {
            self.condition(condition);
        }
        self.loop_body(node);
        self.close_block(mark);
        ExpressionId::UNKNOWN
    }

    pub(super) fn for_expression(&mut self, node: Node<'_>) -> ExpressionId {
        let value =
            child(node, Field::Value).map_or(ExpressionId::UNKNOWN, |value| self.expression(value));
        let mark = self.mark_block();
        self.open_inner_scope();
        if let Some(pattern) = child(node, Field::Pattern) {
            let element = self.element(value);
            self.bind_pattern(pattern, known(element));
        }
        self.loop_body(node);
        self.close_block(mark);
        ExpressionId::UNKNOWN
    }

    pub(super) fn loop_body(&mut self, node: Node<'_>) -> ExpressionId {
        if let Some(body) = child(node, Field::Body) {
            self.expression(body);
        }
        ExpressionId::UNKNOWN
    }

    pub(super) fn return_expression(&mut self, node: Node<'_>) -> ExpressionId {
        if let Some(inner) = first_child(node) {
            let value = self.expression(inner);
            if let Some(function) = self.returns_to
                && (self.out.get(function).declared_type.is_some()
                    || self.out.get(function).name == qf_graph::facts::Name(0))
            {
                self.out.returns(function, value);
            }
        }
        ExpressionId::UNKNOWN
    }

    /// `async { … }`: what `return` leaves is the block, and its value is a future.
    pub(super) fn async_block(&mut self, node: Node<'_>) -> ExpressionId {
        let outer = self.returns_to.take();
        if let Some(body) = children(node).into_iter().find(|child| kind(*child) == Kind::Block) {
            self.expression(body);
        }
        self.returns_to = outer;
        ExpressionId::UNKNOWN
    }
}

/// Whether a node is an item.
pub(super) fn is_item(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::FunctionItem
            | Kind::FunctionSignature
            | Kind::StructItem
            | Kind::UnionItem
            | Kind::EnumItem
            | Kind::TraitItem
            | Kind::ImplItem
            | Kind::ModItem
            | Kind::ConstItem
            | Kind::StaticItem
            | Kind::TypeItem
            | Kind::AssociatedType
            | Kind::MacroDefinition
            | Kind::UseDeclaration
            | Kind::ExternCrate
            | Kind::ForeignModItem
    )
}
