//! Paths: `a::b::c`, `Self::new`, `crate::db::Db`, `<T as Trait>::f`, `Vec::<u8>::new`.
//!
//! A path is a chain of members over its first name. The first name decides how it is looked up: a
//! name the file declares or imports is looked up in its scopes; `crate`, `self`, `super` and names
//! of other crates are imports that are spelled out in place, so that a path into an unknown crate
//! is known to lead out of the project and is never guessed.

use super::builtins::builtin_type;
use super::kinds::{Field, Kind, child, kind};
use super::walker::{Origin, Walker, first_child};
use crate::extract::range;
use qf_graph::facts::{ByteRange, ExpressionId};
use tree_sitter::Node;

/// A lowered path with its last name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'s> {
    /// The whole path.
    pub(super) expression: ExpressionId,
    /// Its last name.
    pub(super) name: &'s str,
    /// That name's bytes.
    pub(super) span: ByteRange,
}

impl<'s> Walker<'s, '_> {
    /// Lowers a path in value or type position. Types named on the way (`Frame` in
    /// `Frame::Null`) get a type reference; the last name is the caller's.
    pub(super) fn path(&mut self, node: Node<'_>) -> Path<'s> {
        let (name, span) = (self.out.text(node), range(node));
        match kind(node) {
            Kind::ScopedIdentifier | Kind::ScopedTypeIdentifier => {
                if !self.out.enter(node) {
                    return Path { expression: ExpressionId::UNKNOWN, name, span };
                }
                let path = self.scoped_path(node);
                self.out.leave();
                path
            }
            Kind::GenericType | Kind::GenericTypeWithTurbofish => {
                self.type_arguments(node);
                match child(node, Field::Type) {
                    Some(base) => self.path(base),
                    None => Path { expression: ExpressionId::UNKNOWN, name, span },
                }
            }
            Kind::GenericFunction | Kind::GenericPattern => {
                self.type_arguments(node);
                let base = child(node, Field::Function).or_else(|| first_child(node));
                match base {
                    Some(base) => self.path(base),
                    None => Path { expression: ExpressionId::UNKNOWN, name, span },
                }
            }
            Kind::Identifier | Kind::TypeIdentifier | Kind::PrimitiveType => {
                Path { expression: self.single_name(name), name, span }
            }
            Kind::SelfKeyword | Kind::Super | Kind::Crate => {
                Path { expression: self.head(name, span), name, span }
            }
            _ => Path { expression: ExpressionId::UNKNOWN, name, span },
        }
    }

    /// A name that is a path of its own.
    pub(super) fn single_name(&mut self, name: &str) -> ExpressionId {
        match name {
            "" => ExpressionId::UNKNOWN,
            "Self" => self.self_type(),
            _ => self.out.name_expression(name),
        }
    }

    fn scoped_path(&mut self, node: Node<'_>) -> Path<'s> {
        let last = child(node, Field::Name).unwrap_or(node);
        let (name, span) = (self.out.text(last), range(last));
        if let Some(head) = relative_head(self.out.text(node)) {
            return Path { expression: self.head(head, range(node)), name, span };
        }
        let base = match child(node, Field::Path) {
            // `::tokio::spawn`: the path begins at the crates.
            None => return Path { expression: self.head(name, span), name, span },
            Some(base) => self.path_base(base),
        };
        let expression = if base == ExpressionId::UNKNOWN {
            ExpressionId::UNKNOWN
        } else {
            self.out.member(base, name)
        };
        Path { expression, name, span }
    }

    /// What stands before a `::`.
    fn path_base(&mut self, node: Node<'_>) -> ExpressionId {
        match kind(node) {
            Kind::Identifier | Kind::TypeIdentifier | Kind::PrimitiveType => {
                let name = self.out.text(node);
                self.path_head(name, range(node))
            }
            Kind::Metavariable if self.out.text(node) == "$crate" => {
                self.head("crate", range(node))
            }
            Kind::BracketedType => self.bracketed_type(node),
            Kind::GenericType | Kind::GenericTypeWithTurbofish => {
                let lowered = self.type_expression(node);
                self.without_arguments(lowered)
            }
            _ => {
                let path = self.path(node);
                if is_type_name(path.name) && path.name != "Self" {
                    self.out.type_reference(path.name, path.span, path.expression);
                }
                path.expression
            }
        }
    }

    /// The first name of a longer path.
    pub(super) fn path_head(&mut self, name: &'s str, span: ByteRange) -> ExpressionId {
        if name == "Self" {
            return self.self_type();
        }
        if let Some(builtin) = builtin_type(name)
            && !self.hides_library_type(name)
        {
            return self.builtin(builtin);
        }
        if is_type_name(name) {
            let expression = self.out.name_expression(name);
            self.out.type_reference(name, span, expression);
            return expression;
        }
        if self.origins.contains_key(name) || self.local_scope(name).is_some() {
            return self.out.name_expression(name);
        }
        self.head(name, span)
    }

    /// `<T>` or `<T as Trait>` before a `::`. The type's own members come first; what only the
    /// trait is known to offer is found through it when the type is built in.
    fn bracketed_type(&mut self, node: Node<'_>) -> ExpressionId {
        let Some(inner) = first_child(node) else { return ExpressionId::UNKNOWN };
        if kind(inner) != Kind::QualifiedType {
            let lowered = self.type_expression(inner);
            return self.without_arguments(lowered);
        }
        let mut base = ExpressionId::UNKNOWN;
        if let Some(of) = child(inner, Field::Type) {
            let lowered = self.type_expression(of);
            base = self.without_arguments(lowered);
        }
        if let Some(of) = child(inner, Field::Alias) {
            let lowered = self.type_expression(of);
            let interface = self.without_arguments(lowered);
            let builtin = matches!(self.out.peek(base), qf_graph::facts::Expression::Builtin(_));
            if builtin || base == ExpressionId::UNKNOWN {
                base = interface;
            }
        }
        base
    }

    /// Whether the file gives a meaning of its own to the name of a library type.
    pub(super) fn hides_library_type(&self, name: &str) -> bool {
        match self.origins.get(name) {
            None | Some(Origin::Library) => false,
            // `type Result<T> = …` and `use anyhow::Result` are the library's in all that matters.
            Some(Origin::Alias | Origin::OwnCrate | Origin::OtherCrate) => name != "Result",
            Some(Origin::Type | Origin::Item) => true,
        }
    }
}

/// The text of a path that consists of `self`, `super` and `crate` only: `super::super`.
fn relative_head(text: &str) -> Option<&str> {
    let relative =
        text.split("::").all(|part| matches!(part.trim(), "self" | "super" | "crate" | "$crate"));
    (relative && !text.contains('$')).then_some(text)
}

/// Whether a name is a type's (or a variant's, or a constant's) by Rust's naming convention.
pub(super) fn is_type_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_uppercase())
}
