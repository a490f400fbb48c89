//! Expressions other than calls and macros.
//!
//! [`Walker::expression`] walks an expression, adds its references and gives its value. References,
//! dereferences and parentheses have the value of what they hold; arithmetic has none.

use super::kinds::{Field, Kind, child, kind};
use super::walker::{Walker, children, first_child};
use crate::extract::range;
use qf_graph::facts::{BindingValue, CollectionKind, Expression, ExpressionId, ReferenceFlags};
use smallvec::SmallVec;
use tree_sitter::Node;

/// Values of a list of expressions.
pub(super) type Values = SmallVec<[ExpressionId; 4]>;

impl Walker<'_, '_> {
    /// Walks an expression and gives its value.
    pub(super) fn expression(&mut self, node: Node<'_>) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let value = self.lower(node);
        self.out.leave();
        value
    }

    // Every arm is a call: the frames of nested expressions stay small.
    fn lower(&mut self, node: Node<'_>) -> ExpressionId {
        match kind(node) {
            Kind::Identifier => self.name_read(node),
            Kind::SelfKeyword => self.receiver(),
            Kind::ScopedIdentifier | Kind::GenericFunction => self.path_read(node),
            Kind::FieldExpression => self.field_read(node),
            Kind::CallExpression => self.call_expression(node),
            Kind::MacroInvocation => self.macro_invocation(node),
            Kind::StructExpression => self.struct_expression(node),
            Kind::ClosureExpression => self.closure(node, super::calls::Hint::NONE),
            Kind::Block => self.block(node),
            Kind::AsyncBlock | Kind::GenBlock => self.async_block(node),
            Kind::IfExpression => self.if_expression(node),
            Kind::MatchExpression => self.match_expression(node),
            Kind::WhileExpression => self.while_expression(node),
            Kind::ForExpression => self.for_expression(node),
            Kind::LoopExpression => self.loop_body(node),
            Kind::ReturnExpression => self.return_expression(node),
            Kind::ReferenceExpression => self.field_value(node, Field::Value),
            Kind::ParenthesizedExpression
            | Kind::UnsafeBlock
            | Kind::ConstBlock
            | Kind::TryBlock => self.inner(node),
            Kind::UnaryExpression => self.unary(node),
            Kind::BinaryExpression => self.binary(node),
            Kind::TryExpression => self.try_expression(node),
            Kind::AwaitExpression => self.await_expression(node),
            Kind::AssignmentExpression => self.assignment(node),
            Kind::CompoundAssignment => self.compound_assignment(node),
            Kind::IndexExpression => self.index(node),
            Kind::TypeCastExpression => self.cast(node),
            Kind::RangeExpression => self.range_value(node),
            Kind::TupleExpression => self.collection(node, CollectionKind::Tuple),
            Kind::ArrayExpression => self.collection(node, CollectionKind::List),
            Kind::LetCondition | Kind::LetChain => {
                self.condition(node);
                ExpressionId::UNKNOWN
            }
            Kind::ExpressionStatement | Kind::LetDeclaration => self.statement(node),
            Kind::UnitExpression | Kind::ContinueExpression | Kind::Label => ExpressionId::UNKNOWN,
            _ => self.literal_or_parts(node),
        }
    }

    fn literal_or_parts(&mut self, node: Node<'_>) -> ExpressionId {
        if super::statements::is_item(kind(node)) {
            let attributes = super::attributes::Attributes::default();
            self.item(node, &attributes, super::items::Context::Module);
            return ExpressionId::UNKNOWN;
        }
        let value = self.literal(node);
        if value == ExpressionId::UNKNOWN {
            for part in children(node) {
                self.expression(part);
            }
        }
        value
    }

    /// The value of a literal; unknown when it is none.
    pub(super) fn literal(&mut self, node: Node<'_>) -> ExpressionId {
        match kind(node) {
            Kind::StringLiteral | Kind::RawStringLiteral => self.string_literal(node),
            Kind::IntegerLiteral | Kind::NegativeLiteral => self.builtin("int"),
            Kind::FloatLiteral => self.builtin("float"),
            Kind::BooleanLiteral => self.builtin("bool"),
            Kind::CharLiteral if self.text_starts(node, 'b') => self.builtin("int"),
            Kind::CharLiteral => self.builtin("char"),
            _ => ExpressionId::UNKNOWN,
        }
    }

    /// A string's value without quotes and escapes; byte strings are bytes.
    pub(super) fn string_literal(&mut self, node: Node<'_>) -> ExpressionId {
        let text = self.out.text(node);
        if text.starts_with('b') {
            let (list, element) = (self.builtin("list"), self.builtin("int"));
            return self.out.generic(list, &[element]);
        }
        let body = text.trim_start_matches(['r', 'c', '#']).trim_end_matches('#');
        let body = body.strip_prefix('"').unwrap_or(body);
        let body = body.strip_suffix('"').unwrap_or(body);
        if text.starts_with('r') || !body.contains('\\') {
            return self.out.string(body, range(node));
        }
        let plain = unescaped(body);
        self.out.string(&plain, range(node))
    }

    /// The value of the first child.
    fn inner(&mut self, node: Node<'_>) -> ExpressionId {
        first_child(node).map_or(ExpressionId::UNKNOWN, |inner| self.expression(inner))
    }

    fn field_value(&mut self, node: Node<'_>, field: Field) -> ExpressionId {
        child(node, field).map_or(ExpressionId::UNKNOWN, |inner| self.expression(inner))
    }

    // ---- names -------------------------------------------------------------------------------------

    /// A bare name in value position. Locals are not worth a reference.
    pub(super) fn name_read(&mut self, node: Node<'_>) -> ExpressionId {
        let name = self.out.text(node);
        let expression = self.single_name(name);
        if expression == ExpressionId::UNKNOWN || matches!(name, "Self" | "None") {
            return expression;
        }
        // A static that a mutating method works on is written in place: `DONE.store(true, …)`.
        if self.in_place_target == Some(node.id()) {
            self.in_place_target = None;
            let flags = ReferenceFlags::IN_PLACE;
            self.out.write_reference(name, range(node), expression, None, flags);
        } else if self.local_scope(name).is_none() {
            self.out.read_reference(name, range(node), expression);
        }
        expression
    }

    /// `self`.
    pub(super) fn receiver(&mut self) -> ExpressionId {
        let scope = self.out.scope();
        self.out.expression(Expression::This(scope))
    }

    fn path_read(&mut self, node: Node<'_>) -> ExpressionId {
        let path = self.path(node);
        self.read_path(path)
    }

    /// `base.field`, read; or written in place when a mutating method works on it.
    fn field_read(&mut self, node: Node<'_>) -> ExpressionId {
        let in_place = self.in_place_target == Some(node.id());
        if in_place {
            self.in_place_target = None;
        }
        let base = self.field_value(node, Field::Value);
        let Some(field) = child(node, Field::Member) else { return ExpressionId::UNKNOWN };
        let name = self.out.text(field);
        let member = self.out.member(base, name);
        if in_place {
            let flags = ReferenceFlags::IN_PLACE;
            self.out.write_reference(name, range(field), member, None, flags);
        } else {
            self.out.read_reference(name, range(field), member);
        }
        member
    }

    // ---- operators -----------------------------------------------------------------------------------

    fn unary(&mut self, node: Node<'_>) -> ExpressionId {
        let value = self.inner(node);
        match self.out.text(node).as_bytes().first() {
            Some(b'*') => value,
            _ if self.is_builtin(value) => value,
            _ => ExpressionId::UNKNOWN,
        }
    }

    fn binary(&mut self, node: Node<'_>) -> ExpressionId {
        let left = self.field_value(node, Field::Left);
        let right = self.field_value(node, Field::Right);
        let operator = child(node, Field::Operator).map_or("", |node| self.out.text(node));
        match operator {
            "&&" | "||" | "==" | "!=" | "<" | "<=" | ">" | ">=" => self.builtin("bool"),
            "+" if self.is_text(left) => self.out.concat(&[left, right], range(node)),
            _ if self.is_builtin(left) => left,
            _ => ExpressionId::UNKNOWN,
        }
    }

    fn is_text(&self, id: ExpressionId) -> bool {
        matches!(self.out.peek(id), Expression::Text(_) | Expression::Concat(_))
    }

    /// `e?`
    fn try_expression(&mut self, node: Node<'_>) -> ExpressionId {
        let value = self.inner(node);
        self.unwrapped(value)
    }

    /// `e.await`. An `async fn` declares what waiting for it gives, and a future in a type is
    /// lowered to its output, so waiting changes nothing; except for a lock, which is opened.
    fn await_expression(&mut self, node: Node<'_>) -> ExpressionId {
        let value = self.inner(node);
        match first_child(node) {
            Some(inner) => self.unlocked(inner, value),
            None => value,
        }
    }

    fn index(&mut self, node: Node<'_>) -> ExpressionId {
        let parts = children(node);
        let base = parts.first().map_or(ExpressionId::UNKNOWN, |base| self.expression(*base));
        let Some(at) = parts.get(1) else { return base };
        let index = self.expression(*at);
        if kind(*at) == Kind::RangeExpression {
            // A part of a slice is a slice.
            return base;
        }
        if base == ExpressionId::UNKNOWN {
            return base;
        }
        self.out.expression(Expression::Index { base, index })
    }

    fn cast(&mut self, node: Node<'_>) -> ExpressionId {
        self.field_value(node, Field::Value);
        let class = child(node, Field::Type)
            .map_or(ExpressionId::UNKNOWN, |class| self.type_expression(class));
        self.instance_of(class)
    }

    fn range_value(&mut self, node: Node<'_>) -> ExpressionId {
        for end in children(node) {
            self.expression(end);
        }
        let number = self.builtin("int");
        self.out.collection(CollectionKind::List, &[number])
    }

    fn collection(&mut self, node: Node<'_>, shape: CollectionKind) -> ExpressionId {
        let length = child(node, Field::Length);
        let mut items = Values::new();
        for item in children(node) {
            if kind(item) == Kind::AttributeItem {
                continue;
            }
            let value = self.expression(item);
            if Some(item) != length {
                items.push(value);
            }
        }
        self.out.collection(shape, &items)
    }

    // ---- assignments ---------------------------------------------------------------------------------

    fn assignment(&mut self, node: Node<'_>) -> ExpressionId {
        let value = self.field_value(node, Field::Right);
        if let Some(left) = child(node, Field::Left) {
            self.assign(left, value, ReferenceFlags::empty());
        }
        ExpressionId::UNKNOWN
    }

    fn compound_assignment(&mut self, node: Node<'_>) -> ExpressionId {
        let value = self.field_value(node, Field::Right);
        if let Some(left) = child(node, Field::Left) {
            self.assign(left, value, ReferenceFlags::AUGMENTED);
        }
        ExpressionId::UNKNOWN
    }

    fn assign(&mut self, left: Node<'_>, value: ExpressionId, flags: ReferenceFlags) {
        let written = Some(value).filter(|value| *value != ExpressionId::UNKNOWN);
        match kind(left) {
            Kind::FieldExpression => {
                let base = self.field_value(left, Field::Value);
                let Some(field) = child(left, Field::Member) else { return };
                let name = self.out.text(field);
                let member = self.out.member(base, name);
                self.out.write_reference(name, range(field), member, written, flags);
            }
            Kind::IndexExpression => {
                let parts = children(left);
                if let Some(at) = parts.get(1) {
                    self.expression(*at);
                }
                if let Some(base) = parts.first() {
                    self.assign(*base, value, flags | ReferenceFlags::ELEMENT);
                }
            }
            Kind::Identifier => self.assign_name(left, value, flags),
            Kind::ScopedIdentifier => {
                let path = self.path(left);
                let (name, span) = (path.name, path.span);
                self.out.write_reference(name, span, path.expression, written, flags);
            }
            Kind::UnaryExpression | Kind::ParenthesizedExpression => {
                if let Some(inner) = first_child(left) {
                    self.assign(inner, value, flags);
                }
            }
            Kind::TupleExpression => {
                for (position, part) in children(left).into_iter().enumerate() {
                    let value = self.part(value, position);
                    self.assign(part, value, flags);
                }
            }
            Kind::CallExpression => {
                // `*self.count.lock().unwrap() += 1`
                self.in_place_target = self.behind(left).map(|target| target.id());
                self.expression(left);
                self.in_place_target = None;
            }
            _ => {
                self.expression(left);
            }
        }
    }

    /// `x = e`: one more value of a local, or a write of a static.
    fn assign_name(&mut self, left: Node<'_>, value: ExpressionId, flags: ReferenceFlags) {
        let name = self.out.text(left);
        let at = left.start_byte() as u32;
        match self.local_scope(name) {
            Some(scope) if flags.is_empty() && value != ExpressionId::UNKNOWN => {
                self.out.bind(scope, name, at, BindingValue::Value(value));
            }
            None if name != "_" => {
                let expression = self.single_name(name);
                let written = Some(value).filter(|value| *value != ExpressionId::UNKNOWN);
                self.out.write_reference(name, range(left), expression, written, flags);
            }
            _ => {}
        }
    }
}

/// A string literal's content with its escapes replaced.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('\n') => {
                // A line continuation swallows the indentation that follows.
                while letters.peek().is_some_and(|letter| letter.is_whitespace()) {
                    letters.next();
                }
            }
            Some('0') => plain.push('\0'),
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}
