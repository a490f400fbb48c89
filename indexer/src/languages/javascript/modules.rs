//! Imports and exports, ECMAScript and CommonJS.

use super::objects::Entry;
use super::syntax::{Kind, first_named, function_flags, has_token, named, unquoted};
use super::walk::{Lead, Owner, Receiver, Walk};
use crate::extract::range;
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionFlags, DefinitionId, Expression, ExpressionId, ImportKind,
    ReferenceFlags, ScopeId, ScopeKind, SymbolKind,
};
use std::borrow::Cow;
use tree_sitter::Node;

impl<'s> Walk<'_, 's> {
    // ---- imports -----------------------------------------------------------------------------

    /// A string literal's text and the bytes between its quotes.
    fn module_text(&self, node: Node<'_>) -> (Cow<'s, str>, ByteRange) {
        let span = range(node);
        let inner = ByteRange {
            start: span.start + 1,
            end: span.end.saturating_sub(1).max(span.start + 1),
        };
        (unquoted(self.out.text(node)), inner)
    }

    /// The first argument of a call when it is a plain text.
    pub(super) fn first_text(&self, call: Node<'_>) -> Option<(Cow<'s, str>, ByteRange)> {
        let argument = first_named(self.field(call, self.fields.arguments)?)?;
        let plain = match self.kind(argument) {
            Kind::String => true,
            Kind::TemplateString => {
                !named(argument).iter().any(|part| self.kind(*part) == Kind::TemplateSubstitution)
            }
            _ => false,
        };
        plain.then(|| self.module_text(argument))
    }

    /// The module of `require("…")`.
    pub(super) fn required_module(&self, node: Node<'_>) -> Option<(Cow<'s, str>, ByteRange)> {
        let (call, waited) = match self.kind(node) {
            Kind::AwaitExpression => (first_named(node)?, true),
            _ => (node, false),
        };
        if self.kind(call) != Kind::CallExpression {
            return None;
        }
        let function = self.field(call, self.fields.function)?;
        let loads = match self.kind(function) {
            Kind::Import => waited,
            Kind::Identifier => !waited && self.out.text(function) == "require",
            _ => false,
        };
        if loads { self.first_text(call) } else { None }
    }

    /// `require("…")` inside an expression.
    pub(super) fn require_value(&mut self, node: Node<'_>) -> Option<ExpressionId> {
        let (module, span) = self.required_module(node)?;
        let import = self.out.import(&module, None, None, ImportKind::Module, 0, false, span);
        Some(self.out.expression(Expression::Imported(import)))
    }

    /// `import("…")`.
    pub(super) fn dynamic_import(&mut self, node: Node<'_>) -> ExpressionId {
        if let Some((module, span)) = self.first_text(node) {
            let import = self.out.import(&module, None, None, ImportKind::Module, 0, false, span);
            return self.out.expression(Expression::Imported(import));
        }
        if let Some(arguments) = self.field(node, self.fields.arguments) {
            for argument in named(arguments) {
                self.expression(argument);
            }
        }
        ExpressionId::UNKNOWN
    }

    pub(super) fn import_statement(&mut self, node: Node<'_>) {
        let scope = self.out.scope();
        let source = self.field(node, self.fields.source);
        let children = named(node);
        if let Some(clause) =
            children.iter().copied().find(|child| self.kind(*child) == Kind::ImportRequireClause)
        {
            self.import_require(clause);
            return;
        }
        let Some(source) = source else { return };
        let (module, module_span) = self.module_text(source);
        let clause = children.into_iter().find(|child| self.kind(*child) == Kind::ImportClause);
        let Some(clause) = clause else {
            self.out.import(&module, None, None, ImportKind::SideEffect, 0, false, module_span);
            return;
        };
        for part in named(clause) {
            match self.kind(part) {
                Kind::Identifier => {
                    let name = self.out.text(part);
                    let item = Some("default");
                    self.import_item(&module, item, name, ImportKind::Item, range(part), scope);
                }
                Kind::NamespaceImport => {
                    if let Some(name) = first_named(part) {
                        let text = self.out.text(name);
                        let kind = ImportKind::Module;
                        self.import_item(&module, None, text, kind, range(name), scope);
                    }
                }
                Kind::NamedImports => {
                    for specifier in named(part) {
                        let Some(name) = self.field(specifier, self.fields.name) else { continue };
                        let bound = self.field(specifier, self.fields.alias).unwrap_or(name);
                        let item = unquoted(self.out.text(name));
                        let bound = self.out.text(bound);
                        let kind = ImportKind::Item;
                        self.import_item(&module, Some(&item), bound, kind, range(name), scope);
                    }
                }
                _ => {}
            }
        }
    }

    fn import_item(
        &mut self,
        module: &str,
        item: Option<&str>,
        bound: &'s str,
        kind: ImportKind,
        span: ByteRange,
        scope: ScopeId,
    ) {
        self.out.import(module, item, Some(bound), kind, 0, false, span);
        self.declare(scope, bound, None);
    }

    /// `import fs = require("fs")`.
    fn import_require(&mut self, clause: Node<'_>) {
        let Some(source) = self.field(clause, self.fields.source) else { return };
        let Some(name) = first_named(clause) else { return };
        let (module, span) = self.module_text(source);
        let scope = self.out.scope();
        self.import_item(&module, None, self.out.text(name), ImportKind::Module, span, scope);
    }

    /// `import Shape = Geometry.Shape`.
    pub(super) fn import_alias(&mut self, node: Node<'_>) {
        let children = named(node);
        let (Some(name), Some(target)) = (children.first(), children.get(1)) else { return };
        let value = self.path(*target, 0);
        let scope = self.out.scope();
        let text = self.out.text(*name);
        self.declare(scope, text, None);
        self.out.bind(scope, text, name.start_byte() as u32, BindingValue::Value(value));
    }

    // ---- ECMAScript exports ------------------------------------------------------------------

    /// Exports a declaration that stands behind `export`.
    pub(super) fn exported_declaration(
        &mut self,
        name: &'s str,
        definition: Option<DefinitionId>,
        lead: &Lead<'_>,
    ) {
        if !lead.exported && !lead.default {
            return;
        }
        self.exported_definitions.extend(definition);
        if self.namespace_depth > 0 || name.is_empty() {
            return;
        }
        let value = self.out.name_expression(name);
        self.out.export(if lead.default { "default" } else { name }, value);
    }

    pub(super) fn export_statement(&mut self, node: Node<'_>, lead: Lead<'_>) {
        let children = named(node);
        let mut lead = Lead { start: lead.start.or(Some(node.start_byte() as u32)), ..lead };
        lead.decorators =
            children.iter().copied().filter(|c| self.kind(*c) == Kind::Decorator).collect();
        lead.default = has_token(node, "default");
        lead.exported = !lead.default;
        if let Some(declaration) = self.field(node, self.fields.declaration) {
            self.statement_with(declaration, lead);
            return;
        }
        if let Some(value) = self.field(node, self.fields.value) {
            self.default_export(value, &lead);
            return;
        }
        if let Some(source) = self.field(node, self.fields.source) {
            let (module, span) = self.module_text(source);
            self.reexport(node, &children, &module, span);
            return;
        }
        for child in children {
            match self.kind(child) {
                Kind::ExportClause => self.export_list(child),
                Kind::Decorator => {}
                // `export = value`, `export as namespace Name`.
                _ if has_token(node, "=") => {
                    let value = self.expression(child);
                    if self.kind(child) == Kind::Identifier {
                        self.exported.push(self.out.text(child));
                    }
                    self.out.export("export=", value);
                }
                _ => {}
            }
        }
    }

    /// `export { a, b as c }`.
    fn export_list(&mut self, clause: Node<'_>) {
        for specifier in named(clause) {
            let Some(name_node) = self.field(specifier, self.fields.name) else { continue };
            let alias = self.field(specifier, self.fields.alias).unwrap_or(name_node);
            let name = self.out.text(name_node);
            let public = unquoted(self.out.text(alias));
            let value = self.out.name_expression(name);
            self.out.read_reference(name, range(name_node), value);
            self.exported.push(name);
            self.out.export(&public, value);
        }
    }

    /// `export … from "m"`.
    fn reexport(&mut self, node: Node<'_>, children: &[Node<'_>], module: &str, span: ByteRange) {
        for child in children {
            match self.kind(*child) {
                Kind::ExportClause => {
                    for specifier in named(*child) {
                        let Some(name) = self.field(specifier, self.fields.name) else { continue };
                        let alias = self.field(specifier, self.fields.alias).unwrap_or(name);
                        let item = unquoted(self.out.text(name));
                        let bound = unquoted(self.out.text(alias));
                        let kind = ImportKind::Item;
                        self.out.import(
                            module,
                            Some(&item),
                            Some(&bound),
                            kind,
                            0,
                            true,
                            range(name),
                        );
                    }
                    return;
                }
                Kind::NamespaceExport => {
                    if let Some(name) = first_named(*child) {
                        let bound = unquoted(self.out.text(name));
                        let kind = ImportKind::Module;
                        self.out.import(module, None, Some(&bound), kind, 0, true, range(name));
                    }
                    return;
                }
                _ => {}
            }
        }
        if has_token(node, "*") {
            self.out.import(module, None, None, ImportKind::Star, 0, true, span);
        }
    }

    /// `export default value`.
    fn default_export(&mut self, value: Node<'_>, lead: &Lead<'_>) {
        let inner = self.without_wrapping(value);
        if let Some(component) = self.component {
            let options = self.component_options(inner);
            if let Some(options) = options {
                self.component_members(options, component);
            } else {
                self.expression(value);
            }
            let Some(id) = component.definition else { return };
            self.out.get_mut(id).span = lead.span(value);
            if let Some(doc) = lead.doc {
                let text =
                    self.out.source().get(doc.start as usize..doc.end as usize).unwrap_or("");
                self.out.set_doc(id, &crate::extract::doc::strip_comment(text));
            }
            return;
        }
        let value = match self.kind(inner) {
            Kind::ArrowFunction | Kind::FunctionExpression | Kind::GeneratorFunction => {
                let id = self.exported_function(inner, "default", value, lead);
                self.out.expression(Expression::Function(id))
            }
            Kind::Class => {
                let scope = self.field(inner, self.fields.name).map(|_| self.out.scope());
                let id = self.class_value(inner, None, None, lead.span(value), lead);
                self.exported_definitions.insert(id);
                if let (Some(scope), Some(name)) = (scope, self.field(inner, self.fields.name)) {
                    self.declare_definition(scope, self.out.text(name), id);
                }
                self.out.expression(Expression::Definition(id))
            }
            Kind::Object if self.has_functions(inner, 0) => {
                let mut new =
                    Self::new_definition("default", value, SymbolKind::Constant, lead.span(value));
                new.name_span.end = new.name_span.start;
                let id = self.define(new, lead.doc);
                self.exported_definitions.insert(id);
                self.object_definition(inner, id);
                self.out.expression(Expression::Definition(id))
            }
            Kind::Identifier => {
                self.exported.push(self.out.text(inner));
                self.expression(value)
            }
            _ => self.expression(value),
        };
        self.out.export("default", value);
    }

    /// A function that is exported without being bound.
    fn exported_function(
        &mut self,
        function: Node<'_>,
        fallback: &'s str,
        at: Node<'_>,
        lead: &Lead<'_>,
    ) -> DefinitionId {
        let own = self.field(function, self.fields.name);
        let name = own.map_or(fallback, |own| self.out.text(own));
        let mut new =
            Self::new_definition(name, own.unwrap_or(at), SymbolKind::Function, lead.span(at));
        if own.is_none() {
            new.name_span.end = new.name_span.start;
        }
        new.flags = function_flags(function);
        new.signature_end = self.body_start(function);
        let id = self.define(new, lead.doc);
        self.exported_definitions.insert(id);
        if own.is_some() && self.settings.dialect.is_typed() {
            let scope = self.out.scope();
            self.declare_definition(scope, name, id);
        }
        let receiver = if self.kind(function) == Kind::ArrowFunction {
            self.receiver()
        } else {
            Receiver::Function { name, definition: id }
        };
        self.function_body(function, id, receiver, lead.doc, &[]);
        id
    }

    // ---- CommonJS ----------------------------------------------------------------------------

    /// `module.exports`.
    pub(super) fn is_module_exports(&self, node: Node<'_>) -> bool {
        self.kind(node) == Kind::MemberExpression && {
            let object = self.field(node, self.fields.object);
            let property = self.field(node, self.fields.property);
            object.is_some_and(|o| self.kind(o) == Kind::Identifier && self.out.text(o) == "module")
                && property.is_some_and(|p| self.out.text(p) == "exports")
        }
    }

    /// `exports` or `module.exports`.
    pub(super) fn is_exports(&self, node: Node<'_>) -> bool {
        match self.kind(node) {
            Kind::Identifier => {
                self.out.text(node) == "exports"
                    && self
                        .declaring_scope("exports")
                        .is_none_or(|found| found.0 == ScopeId::MODULE)
            }
            _ => self.is_module_exports(node),
        }
    }

    /// Whether a value is itself an assignment to the exports.
    pub(super) fn assigns_module_exports(&self, value: Node<'_>) -> bool {
        self.kind(value) == Kind::AssignmentExpression
            && self.field(value, self.fields.left).is_some_and(|left| self.is_exports(left))
    }

    /// `var app = exports = module.exports = {}`: the innermost value, and whether the exports
    /// are on the way.
    pub(super) fn without_export_chain<'t>(&self, value: Node<'t>) -> (Option<Node<'t>>, bool) {
        let mut value = value;
        let mut exports = false;
        for _ in 0..4 {
            if !self.assigns_module_exports(value) {
                break;
            }
            exports = true;
            match self.field(value, self.fields.right) {
                Some(right) => value = right,
                None => return (None, exports),
            }
        }
        (Some(value), exports)
    }

    /// The object behind `exports`, as a definition that a person did not write.
    pub(super) fn exports_owner(&mut self, at: Node<'_>) -> Owner {
        if let Some(owner) = self.exports_object {
            return owner;
        }
        let mut new = Self::new_definition("exports", at, SymbolKind::Variable, range(at));
        new.flags = DefinitionFlags::IMPLICIT;
        let id = self.define_at_top(new);
        let scope = self.out.open_definition(id, ScopeKind::Type);
        self.out.close_definition();
        self.out.bind_definition(ScopeId::MODULE, id);
        let key = self.new_owner_key();
        let owner = Owner { key, scope, definition: None, open: true };
        self.exports_object = Some(owner);
        owner
    }

    fn define_at_top(&mut self, new: crate::extract::NewDefinition<'_>) -> DefinitionId {
        let id = self.define(new, None);
        self.out.get_mut(id).parent = None;
        id
    }

    /// `module.exports = right`.
    pub(super) fn module_exports(
        &mut self,
        node: Node<'_>,
        right: Node<'_>,
        doc: Option<ByteRange>,
    ) -> ExpressionId {
        if self.assigns_module_exports(right) {
            return self.expression(right);
        }
        let inner = self.without_wrapping(right);
        let lead = Lead { doc, ..Lead::default() };
        let value = match self.kind(inner) {
            Kind::Object => self.exports_literal(node, inner),
            Kind::ArrowFunction | Kind::FunctionExpression | Kind::GeneratorFunction => {
                let id = self.exported_function(inner, "exports", node, &lead);
                self.out.expression(Expression::Function(id))
            }
            Kind::Class => {
                let id = self.class_value(inner, None, None, range(node), &lead);
                self.exported_definitions.insert(id);
                self.out.expression(Expression::Definition(id))
            }
            Kind::CallExpression => {
                if let Some((module, span)) = self.required_module(inner) {
                    let kind = ImportKind::Star;
                    let import = self.out.import(&module, None, None, kind, 0, true, span);
                    self.out.expression(Expression::Imported(import))
                } else {
                    let value = self.expression(right);
                    // A model that the call makes.
                    if let Expression::Definition(id) = self.out.peek(value) {
                        self.exported_definitions.insert(id);
                    }
                    value
                }
            }
            _ => {
                if self.kind(inner) == Kind::Identifier {
                    self.exported.push(self.out.text(inner));
                }
                self.expression(right)
            }
        };
        self.out.export("export=", value);
        value
    }

    fn exports_literal(&mut self, node: Node<'_>, object: Node<'_>) -> ExpressionId {
        for child in named(object) {
            if self.kind(child) == Kind::SpreadElement
                && let Some((module, span)) =
                    first_named(child).and_then(|m| self.required_module(m))
            {
                self.out.import(&module, None, None, ImportKind::Star, 0, true, span);
            }
        }
        let owner = self.exports_owner(node);
        self.out.reopen_scope(owner.scope);
        let entries = self.object_members(object, owner);
        self.out.close_scope();
        self.export_entries(&entries);
        self.out.name_expression("exports")
    }

    /// One export for each property of an exported object.
    pub(super) fn export_entries(&mut self, entries: &[Entry<'s>]) {
        for (name, value) in entries {
            match self.out.peek(*value) {
                Expression::Name { .. } => {
                    if let Cow::Borrowed(name) = name {
                        self.exported.push(name);
                    }
                }
                Expression::Function(id) | Expression::Definition(id) => {
                    self.exported_definitions.insert(id);
                }
                _ => {}
            }
            self.out.export(name, *value);
        }
    }

    /// `exports.name = right`.
    pub(super) fn export_property(
        &mut self,
        node: Node<'_>,
        property: Node<'_>,
        right: Node<'_>,
        doc: Option<ByteRange>,
    ) -> ExpressionId {
        let name = self.out.text(property);
        let owner = self.exports_owner(property);
        let inner = self.without_wrapping(right);
        let at = property.start_byte() as u32;
        if self.is_function_literal(inner) {
            self.out.reopen_scope(owner.scope);
            let mut new = Self::new_definition(name, property, SymbolKind::Function, range(node));
            new.flags = function_flags(inner);
            new.signature_end = self.body_start(inner);
            let id = self.define(new, doc);
            self.out.bind_definition(owner.scope, id);
            self.exported_definitions.insert(id);
            let receiver = if self.kind(inner) == Kind::ArrowFunction {
                self.receiver()
            } else {
                Receiver::Instance { owner, from: owner.scope, constructing: false }
            };
            self.function_body(inner, id, receiver, doc, &[]);
            self.out.close_scope();
            let value = self.out.expression(Expression::Function(id));
            self.out.export(name, value);
            return value;
        }
        if self.kind(inner) == Kind::Class {
            let lead = Lead { doc, ..Lead::default() };
            let id = self.class_value(inner, Some(property), None, range(node), &lead);
            self.exported_definitions.insert(id);
            self.out.bind_definition(owner.scope, id);
            let value = self.out.expression(Expression::Definition(id));
            self.out.export(name, value);
            return value;
        }
        let value = self.returned(right, None);
        match self.kind(inner) {
            Kind::Identifier => {
                self.exported.push(self.out.text(inner));
                self.out.bind(owner.scope, name, at, BindingValue::Value(value));
                self.out.export(name, value);
            }
            // `exports.a = exports.b = void 0`, `exports.a = require("./a")`: nothing new.
            Kind::AssignmentExpression | Kind::MemberExpression | Kind::CallExpression => {
                if value != ExpressionId::UNKNOWN {
                    self.out.bind(owner.scope, name, at, BindingValue::Value(value));
                    self.out.export(name, value);
                }
            }
            Kind::UnaryExpression if self.out.text(inner).starts_with("void") => {}
            _ => {
                let kind = SymbolKind::Constant;
                let new = Self::new_definition(name, property, kind, range(node));
                let id = self.define(new, doc);
                self.exported_definitions.insert(id);
                self.out.bind_definition(owner.scope, id);
                if value != ExpressionId::UNKNOWN {
                    self.out.bind(owner.scope, name, at, BindingValue::Value(value));
                }
                let own = self.out.expression(Expression::Definition(id));
                let both = self.out.either(&[own, value]);
                self.out.export(name, both);
            }
        }
        let base = self.out.name_expression("exports");
        let member = self.out.member(base, name);
        let flags = ReferenceFlags::empty();
        self.out.write_reference(name, range(property), member, Some(value), flags);
        value
    }
}
