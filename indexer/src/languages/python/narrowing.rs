//! What a test tells about a name: `isinstance(x, User)` makes `x` a `User` where it holds.
//!
//! The knowledge is bound in a block scope of the branch. An assignment inside the branch is bound
//! there too, so that a narrowed name that is given a new value keeps both.

use super::kinds::Kind;
use super::walk::Walker;
use qf_graph::facts::{BindingValue, ExpressionId, ScopeKind};
use smallvec::SmallVec;
use tree_sitter::Node;

/// A name with the value it is known to have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Narrowing<'s> {
    name: &'s str,
    at: u32,
    value: ExpressionId,
}

type Narrowings<'s> = SmallVec<[Narrowing<'s>; 1]>;

impl<'s, 't> Walker<'_, 's, 't> {
    /// What is known when `condition` holds, or when it does not.
    pub(super) fn narrowings(&mut self, condition: Node<'t>, holds: bool) -> Narrowings<'s> {
        let mut found = Narrowings::new();
        self.collect(condition, holds, &mut found, 0);
        found
    }

    fn collect(&mut self, node: Node<'t>, holds: bool, found: &mut Narrowings<'s>, depth: u32) {
        if depth > 16 {
            return;
        }
        let grammar = self.grammar;
        match self.kind(node) {
            Kind::ParenthesizedExpression => {
                if let Some(inner) = self.first_child(node) {
                    self.collect(inner, holds, found, depth + 1);
                }
            }
            Kind::NotOperator => {
                if let Some(inner) = self.field(node, grammar.argument) {
                    self.collect(inner, !holds, found, depth + 1);
                }
            }
            Kind::BooleanOperator => {
                let operator = self.field(node, grammar.operator);
                let and = operator.is_some_and(|operator| self.text(operator) == "and");
                // `a and b` holds when both hold; `a or b` fails when both fail.
                if and == holds {
                    for side in [grammar.left, grammar.right] {
                        if let Some(inner) = self.field(node, side) {
                            self.collect(inner, holds, found, depth + 1);
                        }
                    }
                }
            }
            Kind::Call if holds => self.narrowing_call(node, found),
            Kind::ComparisonOperator if holds => self.narrowing_comparison(node, found),
            _ => {}
        }
    }

    /// `isinstance(x, T)` and `issubclass(x, T)`.
    fn narrowing_call(&mut self, node: Node<'t>, found: &mut Narrowings<'s>) {
        let grammar = self.grammar;
        let Some(function) = self.field(node, grammar.function) else { return };
        let instance = match self.text(function) {
            "isinstance" => true,
            "issubclass" => false,
            _ => return,
        };
        let Some(arguments) = self.field(node, grammar.arguments) else { return };
        if let [name, class] = self.children(arguments).as_slice() {
            self.narrow(*name, *class, instance, found);
        }
    }

    /// `type(x) is T` and `type(x) == T`.
    fn narrowing_comparison(&mut self, node: Node<'t>, found: &mut Narrowings<'s>) {
        let grammar = self.grammar;
        let operands = self.children(node);
        let [left, class] = operands.as_slice() else { return };
        let equal = self
            .field(node, grammar.operators)
            .is_some_and(|operator| matches!(self.text(operator), "is" | "=="));
        if !equal || self.kind(*left) != Kind::Call {
            return;
        }
        let is_type =
            self.field(*left, grammar.function).is_some_and(|called| self.text(called) == "type");
        let Some(arguments) = self.field(*left, grammar.arguments) else { return };
        if let ([name], true) = (self.children(arguments).as_slice(), is_type) {
            self.narrow(*name, *class, true, found);
        }
    }

    fn narrow(
        &mut self,
        name: Node<'t>,
        class: Node<'t>,
        instance: bool,
        found: &mut Narrowings<'s>,
    ) {
        let mut name = name;
        loop {
            let inner = match self.kind(name) {
                Kind::Identifier => break,
                // `isinstance(x := f(), T)`
                Kind::NamedExpression => self.field(name, self.grammar.name),
                Kind::ParenthesizedExpression => self.first_child(name),
                _ => return,
            };
            match inner {
                Some(inner) => name = inner,
                None => return,
            }
        }
        // The class's own references were made when the condition was walked.
        self.quiet = true;
        let class = self.type_expression(class);
        self.quiet = false;
        if class == ExpressionId::UNKNOWN {
            return;
        }
        let value = if instance { self.instance_of(class) } else { class };
        found.push(Narrowing { name: self.text(name), at: name.start_byte() as u32, value });
    }

    /// Opens a block in which the names have these values.
    pub(super) fn open_narrowing(&mut self, known: &[Narrowing<'s>]) {
        let scope = self.out.open_scope(ScopeKind::Block, None);
        for narrowing in known {
            let value = BindingValue::Value(narrowing.value);
            self.out.bind(scope, narrowing.name, narrowing.at, value);
            self.narrowed.push((scope, narrowing.name));
        }
    }

    /// Closes the block opened last.
    pub(super) fn close_narrowing(&mut self) {
        let scope = self.out.scope();
        while self.narrowed.last().is_some_and(|(narrowed, _)| *narrowed == scope) {
            self.narrowed.pop();
        }
        self.out.close_scope();
    }
}
