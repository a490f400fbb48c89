//! Types with their members, namespaces, aliases and values of enumerations.

use super::Walker;
use super::definitions::Type;
use super::rules::{At, Rule, TypeRuleRow};
use crate::extract::builder::{NewDefinition, range};
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionFlags, DefinitionId, Expression, ExpressionId, ScopeKind,
    SymbolKind,
};
use tree_sitter::Node;

impl<'s> Walker<'_, 's> {
    // ---- types ----------------------------------------------------------------------------------

    pub(super) fn type_by_rule(&mut self, node: Node<'_>, rule: &TypeRuleRow) {
        let Some(name) = rule.name.find(node) else {
            self.children(node);
            return;
        };
        let (text, span) = self.last_name_span(name);
        let mut found = Type::named(text.trim_matches('`'), span, rule.kind);
        let mut cursor = node.walk();
        found.bases = node
            .named_children(&mut cursor)
            .filter(|child| rule.bases.contains(&child.kind()))
            .collect();
        found.body = rule.body.find(node);
        found.parameters.extend(rule.parameters.find(node));
        found.done.push(name);
        self.type_definition(node, &found);
    }

    /// Makes a type's definition, walks bases and members and closes it.
    pub fn type_definition(&mut self, node: Node<'_>, found: &Type<'s, '_>) -> DefinitionId {
        let (doc, outer) = (self.doc.take(), self.outer.take());
        let header = self.header(node, found.name_span.start);
        let mut flags = found.flags | self.flags_of(&header.words, found.name);
        if header.decorator_names.iter().any(|name| self.table.tests.decorators.contains(name)) {
            flags |= DefinitionFlags::TEST;
        }
        let start = outer.unwrap_or(node.start_byte() as u32);
        let id = self.out.define(&NewDefinition {
            name: found.name,
            kind: found.kind,
            span: ByteRange { start, end: node.end_byte() as u32 },
            name_span: found.name_span,
            signature_end: found.body.map_or(0, |body| body.start_byte() as u32),
            flags,
        });
        let scope = self.out.function_scope();
        self.out.bind_definition(scope, id);
        self.types.insert(found.name, id);
        self.document(id, doc, start);
        self.out.get_mut(id).decorators = header.decorators;
        self.take_type_parameters(id);
        self.out.open_definition(id, ScopeKind::Type);
        self.type_members(node, found, id);
        self.out.close_definition();
        id
    }

    fn type_members(&mut self, node: Node<'_>, found: &Type<'s, '_>, id: DefinitionId) {
        let hidden = std::mem::replace(&mut self.hidden, found.hidden);
        let in_test = self.in_test;
        for list in &found.bases {
            self.bases(*list, id);
        }
        for base in &found.base_types {
            self.base(*base, id);
        }
        self.in_test = self.is_test_class(id);
        if self.in_test {
            self.out.get_mut(id).flags |= DefinitionFlags::TEST;
        }
        for list in &found.parameters {
            self.primary_constructor(*list, id);
        }
        let mut done = found.done.clone();
        done.extend(found.bases.iter().copied());
        done.extend(found.base_types.iter().copied());
        done.extend(found.parameters.iter().copied());
        done.extend(found.body);
        self.function_rest(node, &done, id);
        if let Some(body) = found.body {
            match self.rule(body) {
                Rule::Children | Rule::Sequence | Rule::Block | Rule::BlockSequence => {
                    self.children(body);
                }
                _ => {
                    self.visit(body);
                }
            }
        }
        self.in_test = in_test;
        self.hidden = hidden;
    }

    fn is_test_class(&self, id: DefinitionId) -> bool {
        let definition = self.out.get(id);
        if definition.flags.contains(DefinitionFlags::TEST) {
            return true;
        }
        let bases = &definition.bases;
        let base_is_test =
            bases.iter().any(|base| self.table.tests.bases.contains(&self.last_of(*base)));
        base_is_test
            || !self.table.tests.bases.is_empty()
                && self.out.name_text(definition.name).ends_with("Test")
    }

    /// Adds the bases that a node lists to an open type.
    pub fn bases(&mut self, list: Node<'_>, id: DefinitionId) {
        let mut cursor = list.walk();
        let children: Vec<Node<'_>> = list.named_children(&mut cursor).collect();
        for child in children {
            if matches!(self.rule(child), Rule::Comment | Rule::Modifier)
                || matches!(self.type_rule(child), super::rules::TypeRule::Skip)
            {
                if !matches!(self.rule(child), Rule::Comment | Rule::Modifier) {
                    self.visit(child);
                }
                continue;
            }
            self.base(child, id);
        }
    }

    /// Adds one base to an open type.
    pub fn base(&mut self, node: Node<'_>, id: DefinitionId) {
        self.inherit = true;
        let base = self.type_of(node);
        self.inherit = false;
        if base != ExpressionId::UNKNOWN {
            self.out.get_mut(id).bases.push(base);
        }
    }

    /// Parameters of a class are parameters of its constructor; those that the table calls
    /// variables are fields too.
    fn primary_constructor(&mut self, list: Node<'_>, class: DefinitionId) {
        let (name, name_span, flags) = {
            let class = self.out.get(class);
            (class.name, class.name_span, class.flags)
        };
        let name = self.out.name_text(name).to_owned();
        let id = self.out.define(&NewDefinition {
            name: &name,
            kind: SymbolKind::Constructor,
            span: range(list),
            name_span,
            signature_end: 0,
            flags: flags & DefinitionFlags::EXPORTED | DefinitionFlags::IMPLICIT,
        });
        self.out.open_definition(id, ScopeKind::Function);
        self.parameters(list, id);
        self.out.close_definition();
        let parameters = self.out.get(id).parameters.clone();
        let mut cursor = list.walk();
        let rows = list
            .named_children(&mut cursor)
            .filter(|child| matches!(self.rule(*child), Rule::Parameter(..)));
        let rows: Vec<Node<'_>> = rows.collect();
        for (row, parameter) in rows.into_iter().zip(parameters) {
            if !self.is_field_parameter(row) {
                // Visible to initializers only; still better than an unknown name.
                let text = self.out.name_text(parameter.name).to_owned();
                let value =
                    parameter.declared_type.map_or(BindingValue::Unknown, BindingValue::Typed);
                let scope = self.out.scope();
                self.out.bind(scope, &text, row.start_byte() as u32, value);
                continue;
            }
            let text = self.out.name_text(parameter.name).to_owned();
            let header = self.header(row, row.end_byte() as u32);
            let mut flags = self.flags_of(&header.words, &text);
            if self.table.name == "csharp" {
                // Properties of records are public.
                flags |= DefinitionFlags::EXPORTED;
            }
            let Rule::Parameter(at, ..) = self.rule(row) else { continue };
            let name_span = at.find(row).map_or(range(row), range);
            let field = self.out.define(&NewDefinition {
                name: &text,
                kind: SymbolKind::Field,
                span: range(row),
                name_span,
                signature_end: 0,
                flags,
            });
            self.out.get_mut(field).declared_type = parameter.declared_type;
            let scope = self.out.scope();
            self.out.bind_definition(scope, field);
            if let Some(declared) = parameter.declared_type {
                self.out.bind(scope, &text, name_span.start, BindingValue::Typed(declared));
            }
        }
    }

    /// Kotlin's `val`/`var`, Scala's `case class` parameters, C# records.
    fn is_field_parameter(&self, row: Node<'_>) -> bool {
        match self.table.name {
            "kotlin" => {
                let mut cursor = row.walk();
                row.children(&mut cursor).any(|child| matches!(child.kind(), "val" | "var"))
            }
            _ => true,
        }
    }

    // ---- namespaces, aliases, values of enumerations ---------------------------------------------

    pub(super) fn namespace(&mut self, node: Node<'_>, name: At, body: At) -> ExpressionId {
        let Some(body) = body.find(node) else {
            self.children(node);
            return ExpressionId::UNKNOWN;
        };
        let Some(name) = name.find(node) else {
            self.children(body);
            return ExpressionId::UNKNOWN;
        };
        self.in_namespace(node, name, body);
        ExpressionId::UNKNOWN
    }

    /// A namespace with a body.
    pub fn in_namespace(&mut self, node: Node<'_>, name: Node<'_>, body: Node<'_>) {
        let text = self.text(name).replace("::", ".").replace('\\', ".");
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let id = self.begin_namespace(&text, range(node), range(name), body.start_byte() as u32);
        if matches!(
            self.rule(body),
            Rule::Children | Rule::Sequence | Rule::Block | Rule::BlockSequence
        ) {
            self.children(body);
        } else {
            self.visit(body);
        }
        let _ = id;
        self.out.close_definition();
    }

    /// Opens a namespace; the caller closes it.
    pub fn begin_namespace(
        &mut self,
        name: &str,
        span: ByteRange,
        name_span: ByteRange,
        signature_end: u32,
    ) -> DefinitionId {
        let doc = self.doc.take();
        let id = self.out.define(&NewDefinition {
            name,
            kind: SymbolKind::Namespace,
            span,
            name_span,
            signature_end,
            flags: DefinitionFlags::EXPORTED,
        });
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        self.document(id, doc, span.start);
        self.out.open_definition(id, ScopeKind::Namespace);
        id
    }

    pub(super) fn alias(&mut self, node: Node<'_>, name: At, target: At) -> ExpressionId {
        let Some(name) = name.find(node) else {
            self.children(node);
            return ExpressionId::UNKNOWN;
        };
        let target = target.find(node);
        let text = self.name_of(name);
        self.type_alias(node, text, range(name), target);
        ExpressionId::UNKNOWN
    }

    /// A name for a type.
    pub fn type_alias(
        &mut self,
        node: Node<'_>,
        name: &'s str,
        name_span: ByteRange,
        target: Option<Node<'_>>,
    ) -> DefinitionId {
        let (doc, outer) = (self.doc.take(), self.outer.take());
        let header = self.header(node, name_span.start);
        let flags = self.flags_of(&header.words, name);
        let start = outer.unwrap_or(node.start_byte() as u32);
        let id = self.out.define(&NewDefinition {
            name,
            kind: SymbolKind::TypeAlias,
            span: ByteRange { start, end: node.end_byte() as u32 },
            name_span,
            signature_end: 0,
            flags,
        });
        self.document(id, doc, start);
        let scope = self.out.function_scope();
        self.out.bind_definition(scope, id);
        if let Some(target) = target {
            let declared = self.type_of(target);
            if declared != ExpressionId::UNKNOWN {
                self.out.get_mut(id).declared_type = Some(declared);
            }
        }
        id
    }

    pub(super) fn enum_member(&mut self, node: Node<'_>, name: At) -> ExpressionId {
        let Some(name) = name.find(node) else { return ExpressionId::UNKNOWN };
        self.enum_value(node, name)
    }

    /// One value of an enumeration.
    pub fn enum_value(&mut self, node: Node<'_>, name: Node<'_>) -> ExpressionId {
        let doc = self.doc.take();
        let text = self.name_of(name);
        let id = self.out.define(&NewDefinition {
            name: text,
            kind: SymbolKind::EnumMember,
            span: range(node),
            name_span: range(name),
            signature_end: 0,
            flags: DefinitionFlags::EXPORTED | DefinitionFlags::STATIC,
        });
        self.document(id, doc, node.start_byte() as u32);
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        let class = (self.out.scope_kind(scope) == ScopeKind::Type)
            .then(|| self.out.definition())
            .flatten();
        if let Some(class) = class {
            let class = self.out.expression(Expression::Definition(class));
            self.out.bind(scope, text, name.start_byte() as u32, BindingValue::Typed(class));
        }
        self.children_except(node, &[name]);
        ExpressionId::UNKNOWN
    }
}
