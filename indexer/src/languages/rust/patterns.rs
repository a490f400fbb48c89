//! Patterns: what `let`, `match`, `for` and parameters bind.
//!
//! A pattern takes a value apart; each name it binds becomes an expression over that value. `Some`,
//! `Ok` and `Ready` hold what unwrapping their value gives. Any other variant or struct declares
//! the fields itself, so the parts are its members; that needs no knowledge of the matched value. An identifier that begins in upper case is a constant or a unit variant.

use super::builtins::MAP_VALUE;
use super::kinds::{Field, Kind, child, kind};
use super::paths::{Path, is_type_name};
use super::walker::{Walker, all_children, children};
use crate::extract::range;
use qf_graph::facts::{BindingValue, Expression, ExpressionId};
use smallvec::SmallVec;
use tree_sitter::Node;

/// Patterns nested deeper than this bind nothing.
const MAX_PATTERN_DEPTH: u32 = 64;

/// Names that a pattern binds.
pub(super) type Names<'s> = SmallVec<[&'s str; 4]>;

impl<'s> Walker<'s, '_> {
    /// Binds the names of a pattern in the innermost scope.
    pub(super) fn bind_pattern(&mut self, node: Node<'_>, value: BindingValue) {
        // Patterns take much of the stack and are never deep in earnest.
        if self.pattern_depth >= MAX_PATTERN_DEPTH || !self.out.enter(node) {
            return;
        }
        self.pattern_depth += 1;
        self.bind_parts(node, value);
        self.pattern_depth -= 1;
        self.out.leave();
    }

    fn bind_parts(&mut self, node: Node<'_>, value: BindingValue) {
        match kind(node) {
            Kind::Identifier => {
                let name = self.out.text(node);
                if is_type_name(name) {
                    let expression = self.single_name(name);
                    self.out.read_reference(name, range(node), expression);
                } else {
                    self.bind_local(name, node.start_byte() as u32, value);
                }
            }
            Kind::ScopedIdentifier | Kind::GenericPattern => {
                let path = self.path(node);
                self.read_path(path);
            }
            Kind::MutPattern | Kind::RefPattern | Kind::ReferencePattern => {
                for inner in children(node) {
                    if kind(inner) != Kind::MutableSpecifier {
                        self.bind_pattern(inner, value);
                    }
                }
            }
            Kind::CapturedPattern => {
                let parts = children(node);
                if let Some(name) = parts.first() {
                    let text = self.out.text(*name);
                    self.bind_local(text, name.start_byte() as u32, value);
                }
                if let Some(inner) = parts.get(1) {
                    self.bind_pattern(*inner, value);
                }
            }
            Kind::TuplePattern => self.bind_positions(node, value, Part::Tuple),
            Kind::SlicePattern => self.bind_slice(node, value),
            Kind::TupleStructPattern => self.tuple_struct_pattern(node, value),
            Kind::StructPattern => self.struct_pattern(node),
            Kind::OrPattern => {
                for alternative in children(node) {
                    self.bind_pattern(alternative, value);
                }
            }
            Kind::RangePattern => {
                for end in children(node) {
                    if kind(end) == Kind::ScopedIdentifier {
                        let path = self.path(end);
                        self.read_path(path);
                    }
                }
            }
            Kind::MacroInvocation => {
                self.macro_invocation(node);
            }
            Kind::ConstBlock => {
                self.expression(node);
            }
            Kind::ClosureExpression | Kind::Error | Kind::Parameter => {
                for inner in children(node) {
                    self.bind_pattern(inner, BindingValue::Unknown);
                }
            }
            _ => {}
        }
    }

    /// The names that [`Self::bind_pattern`] would bind.
    pub(super) fn pattern_names(&self, node: Node<'_>, into: &mut Names<'s>, depth: u32) {
        if depth > MAX_PATTERN_DEPTH {
            return;
        }
        match kind(node) {
            Kind::Identifier | Kind::ShorthandFieldIdentifier => {
                let name = self.out.text(node);
                if !is_type_name(name) {
                    into.push(name);
                }
            }
            Kind::TupleStructPattern | Kind::StructPattern => {
                for inner in children(node).into_iter().skip(1) {
                    self.pattern_names(inner, into, depth + 1);
                }
            }
            Kind::MutPattern
            | Kind::RefPattern
            | Kind::ReferencePattern
            | Kind::CapturedPattern
            | Kind::TuplePattern
            | Kind::SlicePattern
            | Kind::OrPattern
            | Kind::FieldPattern
            | Kind::MatchPattern => {
                for inner in children(node) {
                    self.pattern_names(inner, into, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// Binds what stands between commas by position; after `..` positions are unknown.
    fn bind_positions(&mut self, node: Node<'_>, value: BindingValue, part: Part) {
        let whole = self.value_of(value);
        let mut position = Some(0_usize);
        let mut before_parenthesis = true;
        for inner in all_children(node) {
            match kind(inner) {
                Kind::Token => match self.out.text(inner) {
                    "(" => before_parenthesis = false,
                    "," => position = position.map(|position| position + 1),
                    _ => {}
                },
                _ if before_parenthesis => {}
                Kind::RemainingFieldPattern => position = None,
                Kind::LineComment | Kind::BlockComment => {}
                _ => {
                    let taken = position.map_or(ExpressionId::UNKNOWN, |position| match part {
                        Part::Tuple => self.tuple_part(whole, position),
                        Part::Wrapped if position == 0 => self.unwrapped(whole),
                        Part::Wrapped => ExpressionId::UNKNOWN,
                        Part::Fields => {
                            if whole == ExpressionId::UNKNOWN {
                                whole
                            } else {
                                self.out.member(whole, &position.to_string())
                            }
                        }
                    });
                    self.bind_pattern(inner, known(taken));
                }
            }
        }
    }

    fn bind_slice(&mut self, node: Node<'_>, value: BindingValue) {
        let whole = self.value_of(value);
        for inner in children(node) {
            let rest = kind(inner) == Kind::CapturedPattern
                && children(inner)
                    .get(1)
                    .is_some_and(|inner| kind(*inner) == Kind::RemainingFieldPattern);
            let taken = if rest { whole } else { self.element(whole) };
            self.bind_pattern(inner, known(taken));
        }
    }

    fn tuple_struct_pattern(&mut self, node: Node<'_>, value: BindingValue) {
        let Some(named) = child(node, Field::Type) else { return };
        let last = child(named, Field::Name).unwrap_or(named);
        match self.out.text(last) {
            "Some" | "Ok" | "Ready" | "Continue" => {
                self.bind_positions(node, value, Part::Wrapped);
            }
            "Err" => self.bind_positions(node, BindingValue::Unknown, Part::Wrapped),
            _ => {
                let path = self.path(named);
                self.read_path(path);
                self.bind_positions(node, known(path.expression), Part::Fields);
            }
        }
    }

    fn struct_pattern(&mut self, node: Node<'_>) {
        let Some(named) = child(node, Field::Type) else { return };
        let path = self.path(named);
        if path.name != "Self" {
            self.out.type_reference(path.name, path.span, path.expression);
        }
        let whole = path.expression;
        for field in children(node) {
            if kind(field) != Kind::FieldPattern {
                continue;
            }
            let Some(name) = child(field, Field::Name) else { continue };
            let text = self.out.text(name);
            let member = if whole == ExpressionId::UNKNOWN {
                whole
            } else {
                let member = self.out.member(whole, text);
                self.out.read_reference(text, range(name), member);
                member
            };
            match child(field, Field::Pattern) {
                Some(pattern) => self.bind_pattern(pattern, known(member)),
                None => self.bind_local(text, name.start_byte() as u32, known(member)),
            }
        }
    }

    /// A part of a tuple. An element of a map is a pair, but only the resolver knows what is a map:
    /// the second part is also what [`MAP_VALUE`] gives, a member that maps alone have.
    fn tuple_part(&mut self, whole: ExpressionId, position: usize) -> ExpressionId {
        let part = self.part(whole, position);
        match self.out.peek(whole) {
            Expression::Element(collection) if position == 1 && !self.is_literal(collection) => {
                let callee = self.out.member(collection, MAP_VALUE);
                let value = self.out.call(callee, &[]);
                self.out.either(&[part, value])
            }
            _ => part,
        }
    }

    fn is_literal(&self, id: ExpressionId) -> bool {
        matches!(self.out.peek(id), Expression::Collection { .. })
    }

    /// The value that a binding stands for.
    pub(super) fn value_of(&mut self, value: BindingValue) -> ExpressionId {
        match value {
            BindingValue::Value(value) => value,
            BindingValue::Typed(class) => self.instance_of(class),
            _ => ExpressionId::UNKNOWN,
        }
    }

    /// A path in value position: its last name is read.
    pub(super) fn read_path(&mut self, path: Path<'s>) -> ExpressionId {
        if path.expression != ExpressionId::UNKNOWN {
            self.out.read_reference(path.name, path.span, path.expression);
        }
        path.expression
    }
}

/// How a parenthesised pattern takes its value apart.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// By position.
    Tuple,
    /// The one value inside an `Option`, `Result` or `Poll`.
    Wrapped,
    /// Fields `0`, `1`, … of a variant or struct.
    Fields,
}

/// A binding to a value that may be unknown.
pub(super) fn known(value: ExpressionId) -> BindingValue {
    if value == ExpressionId::UNKNOWN { BindingValue::Unknown } else { BindingValue::Value(value) }
}
