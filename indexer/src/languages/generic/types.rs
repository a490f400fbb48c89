//! Types as they are written, lowered to type expressions.

use super::Walker;
use super::rules::{At, TypeRule};
use crate::extract::builder::range;
use qf_graph::facts::{ByteRange, Expression, ExpressionId};
use tree_sitter::Node;

impl Walker<'_, '_> {
    /// Lowers a type and mentions every named type in it.
    pub fn type_of(&mut self, node: Node<'_>) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let value = self.type_by_kind(node);
        self.out.leave();
        value
    }

    fn type_by_kind(&mut self, node: Node<'_>) -> ExpressionId {
        match self.type_rule(node) {
            TypeRule::Children => self.type_children(node),
            TypeRule::Skip | TypeRule::Auto => ExpressionId::UNKNOWN,
            TypeRule::Named => self.named_type(node),
            TypeRule::Word => {
                let text = self.text(node);
                match self.compiled.primitives.get(text).copied() {
                    Some(builtin) => self.out.builtin(builtin),
                    None => ExpressionId::UNKNOWN,
                }
            }
            TypeRule::Qualified(scope, name) => self.qualified_type(node, scope, name),
            TypeRule::Path => self.path_type(node),
            TypeRule::Generic(base, arguments) => self.generic_type(node, base, arguments),
            TypeRule::List => {
                let inherit = std::mem::take(&mut self.inherit);
                let element = self.type_children(node);
                self.inherit = inherit;
                self.list_of(element)
            }
            TypeRule::Map => {
                let parts = self.types_in(node);
                let base = self.out.builtin("dict");
                self.out.generic(base, &parts)
            }
            TypeRule::Inner(at) => match at.find(node) {
                Some(inner) => self.type_of(inner),
                None => ExpressionId::UNKNOWN,
            },
            TypeRule::Either => {
                let parts = self.types_in(node);
                self.out.either(&parts)
            }
            TypeRule::Function => {
                self.types_in(node);
                self.out.builtin("function")
            }
            TypeRule::UserType => self.user_type(node),
            TypeRule::SelfType => {
                let scope = self.out.scope();
                self.out.expression(Expression::SelfType(scope))
            }
            TypeRule::Custom(hook) => hook(self, node),
        }
    }

    /// What a signature says a function gives: the type behind the last arrow. The types before
    /// it are mentioned.
    pub fn type_of_signature(&mut self, node: Node<'_>) -> ExpressionId {
        let mut at = node;
        for _ in 0..64 {
            let next = match at.kind() {
                "function" => {
                    if let Some(parameter) = at.child_by_field_name("parameter") {
                        self.type_of(parameter);
                    }
                    at.child_by_field_name("result")
                }
                "context" | "forall" => at.child_by_field_name("type"),
                _ => None,
            };
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        self.type_of(at)
    }

    /// A list of elements of a type.
    pub fn list_of(&mut self, element: ExpressionId) -> ExpressionId {
        let list = self.out.builtin("list");
        if element == ExpressionId::UNKNOWN {
            return list;
        }
        self.out.generic(list, &[element])
    }

    fn type_children(&mut self, node: Node<'_>) -> ExpressionId {
        let known = self.types_in(node);
        match known.as_slice() {
            [one] => *one,
            _ => ExpressionId::UNKNOWN,
        }
    }

    /// The known types among a node's children.
    pub fn types_in(&mut self, node: Node<'_>) -> Vec<ExpressionId> {
        let mut cursor = node.walk();
        let mut known = Vec::new();
        for child in node.named_children(&mut cursor) {
            if child.is_extra() {
                continue;
            }
            let value = self.type_of(child);
            if value != ExpressionId::UNKNOWN {
                known.push(value);
            }
        }
        known
    }

    fn named_type(&mut self, node: Node<'_>) -> ExpressionId {
        let text = self.name_of(node);
        if text.is_empty() {
            return ExpressionId::UNKNOWN;
        }
        if let Some(builtin) = self.compiled.primitives.get(text).copied() {
            return if builtin.is_empty() {
                ExpressionId::UNKNOWN
            } else {
                self.out.builtin(builtin)
            };
        }
        let value = self.out.name_expression(text);
        self.mention(text, range(node), value);
        value
    }

    /// The base that is lowered is no named type.
    pub fn inherit_nothing(&mut self) {
        self.inherit = false;
    }

    /// A reference to a named type: as a base or as a type.
    pub fn mention(&mut self, name: &str, span: ByteRange, expression: ExpressionId) {
        if std::mem::take(&mut self.inherit) {
            self.out.inherit_reference(name, span, expression);
        } else {
            self.out.type_reference(name, span, expression);
        }
    }

    /// `scope.name` as a type.
    pub fn qualified_type(&mut self, node: Node<'_>, scope: At, name: At) -> ExpressionId {
        let Some(name) = name.find(node) else { return self.type_children(node) };
        let Some(scope) = scope.find(node) else { return self.type_of(name) };
        let base = self.path_expression(scope);
        self.member_type(base, name)
    }

    /// `base.name` where `name` may itself be qualified or generic.
    fn member_type(&mut self, base: ExpressionId, name: Node<'_>) -> ExpressionId {
        if !self.out.enter(name) {
            return ExpressionId::UNKNOWN;
        }
        let member = self.member_type_inside(base, name);
        self.out.leave();
        member
    }

    fn member_type_inside(&mut self, base: ExpressionId, name: Node<'_>) -> ExpressionId {
        match self.type_rule(name) {
            TypeRule::Qualified(scope, inner) => {
                let (Some(scope), Some(inner)) = (scope.find(name), inner.find(name)) else {
                    return ExpressionId::UNKNOWN;
                };
                let mut base = base;
                for part in self.text(scope).split(['.', ':']).filter(|part| !part.is_empty()) {
                    base = self.out.member(base, part);
                }
                self.member_type(base, inner)
            }
            TypeRule::Custom(_) if name.kind() == "qualified_identifier" => {
                let (Some(scope), Some(inner)) =
                    (name.child_by_field_name("scope"), name.child_by_field_name("name"))
                else {
                    return ExpressionId::UNKNOWN;
                };
                let text = self.last_name(scope);
                let base = self.out.member(base, text);
                self.member_type(base, inner)
            }
            TypeRule::Custom(_) if name.kind() == "template_type" => {
                let Some(inner) = name.child_by_field_name("name") else {
                    return ExpressionId::UNKNOWN;
                };
                let inner = self.member_type(base, inner);
                self.inherit = false;
                let list = name.child_by_field_name("arguments");
                let values = list.map(|list| self.types_in(list)).unwrap_or_default();
                if values.is_empty() { inner } else { self.out.generic(inner, &values) }
            }
            TypeRule::Generic(at, arguments) => {
                let Some(inner) = at.find(name) else { return ExpressionId::UNKNOWN };
                let inherit = self.inherit;
                let inner = self.member_type(base, inner);
                self.inherit = false;
                let values =
                    arguments.find(name).map(|list| self.types_in(list)).unwrap_or_default();
                let _ = inherit;
                if values.is_empty() { inner } else { self.out.generic(inner, &values) }
            }
            _ => {
                let text = self.name_of(name);
                if let Some(builtin) = self.compiled.primitives.get(text).copied() {
                    self.inherit = false;
                    return self.out.builtin(builtin);
                }
                let value = self.out.member(base, text);
                self.mention(text, range(name), value);
                value
            }
        }
    }

    fn user_type(&mut self, node: Node<'_>) -> ExpressionId {
        let mut cursor = node.walk();
        let mut base = ExpressionId::UNKNOWN;
        let mut last: Option<Node<'_>> = None;
        let mut arguments: Option<Node<'_>> = None;
        for child in node.named_children(&mut cursor) {
            if child.kind().ends_with("identifier") {
                if let Some(before) = last.replace(child) {
                    let text = self.name_of(before);
                    base = if base == ExpressionId::UNKNOWN {
                        self.out.name_expression(text)
                    } else {
                        self.out.member(base, text)
                    };
                }
            } else if child.kind() == "type_arguments" {
                arguments = Some(child);
            }
        }
        let Some(last) = last else { return self.type_children(node) };
        let class = if base == ExpressionId::UNKNOWN {
            self.named_type(last)
        } else {
            let text = self.name_of(last);
            let class = self.out.member(base, text);
            self.mention(text, range(last), class);
            class
        };
        self.inherit = false;
        let values = arguments.map(|list| self.types_in(list)).unwrap_or_default();
        if values.is_empty() || class == ExpressionId::UNKNOWN {
            return class;
        }
        self.out.generic(class, &values)
    }

    fn path_type(&mut self, node: Node<'_>) -> ExpressionId {
        let (text, span) = self.last_name_span(node);
        if let Some(builtin) = self.compiled.primitives.get(text).copied() {
            return self.out.builtin(builtin);
        }
        let value = self.path_expression(node);
        self.mention(text, span, value);
        value
    }

    /// `base<arguments>` as a type.
    pub fn generic_type(&mut self, node: Node<'_>, base: At, arguments: At) -> ExpressionId {
        let Some(inner) = base.find(node) else { return self.type_children(node) };
        let base = self.type_of(inner);
        self.inherit = false;
        let arguments = arguments.find(node).filter(|list| *list != inner);
        let values = arguments.map(|list| self.types_in(list)).unwrap_or_default();
        if values.is_empty() || base == ExpressionId::UNKNOWN {
            return base;
        }
        self.out.generic(base, &values)
    }
}
