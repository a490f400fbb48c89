//! Imports, functions, methods, types, and variables and constants of the package.

use super::types::is_exported;
use super::{DocComments, Kind, Walk};
use crate::extract::doc::strip_comment;
use crate::extract::{NewDefinition, range};
use crate::languages::kinds::children_of_field;
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionFlags, DefinitionId, ExpressionId, ImportKind,
    ParameterKind, ScopeId, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

/// The names a package of this path may have, the likeliest first: the last element without the
/// version that the module system or gopkg.in adds, and what people call a package whose folder
/// is no identifier (`go-redis` → `redis`).
fn package_names(path: &str) -> Vec<String> {
    let mut elements = path.rsplit('/');
    let mut last = elements.next().unwrap_or(path);
    let mut names = Vec::new();
    let is_version = |text: &str| {
        text.strip_prefix('v').is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
            && text.len() > 1
    };
    let mut version = None;
    if is_version(last)
        && last != "v1"
        && let Some(before) = elements.next()
    {
        version = Some(last);
        last = before;
    }
    if let Some((stem, suffix)) = last.rsplit_once('.')
        && is_version(suffix)
    {
        last = stem;
    }
    names.push(last.to_owned());
    if last.contains(['-', '.']) {
        let stem = last.strip_prefix("go-").unwrap_or(last);
        let stem = stem.strip_suffix("-go").or(stem.strip_suffix(".go")).unwrap_or(stem);
        names.push(stem.replace(['-', '.'], ""));
    }
    // Packages of APIs are often named by their version (`autoscaling/v2`).
    names.extend(version.map(str::to_owned));
    names
}

impl<'s, 't> Walk<'_, 's, 't> {
    // ---- imports -------------------------------------------------------------------------------

    pub(super) fn import_declaration(&mut self, node: Node<'t>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            match self.kind(child) {
                Kind::ImportSpec => self.import_spec(child),
                Kind::ImportSpecList => self.import_declaration(child),
                _ => {}
            }
        }
    }

    fn import_spec(&mut self, node: Node<'t>) {
        let Some(path) = self.field(node, self.fields.path) else { return };
        let span = range(path);
        let source = self.text(path);
        let path = source.trim_matches(['"', '`']);
        let name = self.field(node, self.fields.name);
        match name.map(|name| (self.kind(name), self.text(name))) {
            Some((Kind::Dot, _)) => {
                self.out.import(path, None, None, ImportKind::Star, 0, false, span);
            }
            Some((Kind::BlankIdentifier, _) | (_, "_")) => {
                self.out.import(path, None, None, ImportKind::SideEffect, 0, false, span);
            }
            Some((_, alias)) => {
                self.out.import(path, None, Some(alias), ImportKind::Module, 0, false, span);
                self.packages.insert(alias);
            }
            None => self.plain_import(path, span),
        }
    }

    fn plain_import(&mut self, path: &'s str, span: ByteRange) {
        let names = package_names(path);
        let first = names.first().map(String::as_str);
        let import = self.out.import(path, None, first, ImportKind::Module, 0, false, span);
        for name in names.iter().skip(1) {
            self.out.bind(ScopeId::MODULE, name, span.start, BindingValue::Import(import));
        }
        // Only names that are slices of the source can be kept; the others are never looked up
        // as package-level variables anyway.
        for part in path.split(['/', '.', '-']) {
            if names.iter().any(|name| name == part) {
                self.packages.insert(part);
            }
        }
    }

    // ---- functions -----------------------------------------------------------------------------

    pub(super) fn document(&mut self, id: DefinitionId, doc: Option<(usize, usize)>) {
        let Some((start, end)) = doc else { return };
        let text = strip_comment(self.out.source().get(start..end).unwrap_or(""));
        if text.contains("Deprecated:") {
            self.out.get_mut(id).flags |= DefinitionFlags::DEPRECATED;
        }
        self.out.set_doc(id, &text);
    }

    fn function_flags(&self, name: &str) -> DefinitionFlags {
        let mut flags = DefinitionFlags::empty();
        if is_exported(name) {
            flags |= DefinitionFlags::EXPORTED;
        }
        let test = ["Test", "Benchmark", "Example", "Fuzz"].iter().any(|prefix| {
            name.strip_prefix(prefix)
                .is_some_and(|rest| !rest.starts_with(|first: char| first.is_lowercase()))
        });
        if self.is_test && test {
            flags |= DefinitionFlags::TEST;
        }
        flags
    }

    fn define_callable(
        &mut self,
        node: Node<'t>,
        name: Node<'t>,
        kind: SymbolKind,
    ) -> DefinitionId {
        let text = self.text(name);
        let body = self.field(node, self.fields.body);
        self.out.define(&NewDefinition {
            name: text,
            kind,
            span: range(node),
            name_span: range(name),
            signature_end: body.map_or(0, |body| body.start_byte() as u32),
            flags: self.function_flags(text),
        })
    }

    pub(super) fn function_declaration(&mut self, node: Node<'t>, doc: Option<(usize, usize)>) {
        let Some(name) = self.field(node, self.fields.name) else { return };
        let id = self.define_callable(node, name, SymbolKind::Function);
        self.document(id, doc);
        // `init` cannot be named; a file may have several.
        if !matches!(self.text(name), "init" | "_") {
            let scope = self.out.scope();
            self.out.bind_definition(scope, id);
        }
        self.open_function(id, |walk| walk.signature_and_body(id, node));
    }

    /// Opens a function's scope for `inside`.
    pub(super) fn open_function(&mut self, id: DefinitionId, inside: impl FnOnce(&mut Self)) {
        self.out.open_definition(id, ScopeKind::Function);
        self.functions.push(id);
        let mark = self.locals.mark();
        inside(self);
        self.locals.restore(mark);
        self.functions.pop();
        self.out.close_definition();
    }

    pub(super) fn signature_and_body(&mut self, id: DefinitionId, node: Node<'t>) {
        self.type_parameters(id, node);
        if let Some(parameters) = self.field(node, self.fields.parameters) {
            self.parameters(id, parameters, false);
        }
        self.results(id, node);
        if let Some(body) = self.field(node, self.fields.body) {
            self.statements_of(body);
        }
    }

    fn results(&mut self, id: DefinitionId, node: Node<'t>) {
        let results = self.result_types(node);
        let declared = self.result_type(&results);
        self.out.get_mut(id).declared_type = declared;
        let scope = self.out.scope();
        for (lowered, names) in results {
            for name in names {
                let text = self.text(name);
                if text != "_" {
                    self.declare(text, scope);
                    let at = name.start_byte() as u32;
                    self.out.bind(scope, text, at, BindingValue::Typed(lowered));
                }
            }
        }
    }

    /// Type parameters stand for their constraint in the scope that is open.
    pub(super) fn type_parameters(&mut self, id: DefinitionId, node: Node<'t>) {
        let Some(list) = self.field(node, self.fields.type_parameters) else { return };
        let scope = self.out.scope();
        let mut cursor = list.walk();
        for declaration in list.named_children(&mut cursor) {
            let names = children_of_field(declaration, self.fields.name);
            // A constraint may name the parameters themselves.
            for name in &names {
                let text = self.text(*name);
                self.declare(text, scope);
                let interned = self.out.name(text);
                self.out.get_mut(id).type_parameters.push(interned);
            }
            let constraint = self
                .field(declaration, self.fields.written_type)
                .map_or(ExpressionId::UNKNOWN, |written| self.type_expression(written));
            for name in names {
                let text = self.text(name);
                let at = name.start_byte() as u32;
                self.out.bind(scope, text, at, BindingValue::Typed(constraint));
            }
        }
    }

    fn parameters(&mut self, id: DefinitionId, list: Node<'t>, receiver: bool) {
        let scope = self.out.scope();
        let mut cursor = list.walk();
        for declaration in list.named_children(&mut cursor) {
            let variadic = self.kind(declaration) == Kind::VariadicParameterDeclaration;
            if !variadic && self.kind(declaration) != Kind::ParameterDeclaration {
                continue;
            }
            let mut lowered = self
                .field(declaration, self.fields.written_type)
                .map_or(ExpressionId::UNKNOWN, |written| self.type_expression(written));
            if variadic {
                let list = self.builtin("list");
                lowered = self.out.generic(list, &[lowered]);
            }
            let kind = match (receiver, variadic) {
                (true, _) => ParameterKind::Receiver,
                (_, true) => ParameterKind::Rest,
                _ => ParameterKind::Plain,
            };
            let names = children_of_field(declaration, self.fields.name);
            let at = declaration.start_byte() as u32;
            if names.is_empty() {
                self.out.parameter(id, "", Some(lowered), None, kind, at);
            }
            for name in names {
                let text = if self.text(name) == "_" { "" } else { self.text(name) };
                let at = name.start_byte() as u32;
                self.out.parameter(id, text, Some(lowered), None, kind, at);
                if !text.is_empty() {
                    self.declare(text, scope);
                }
            }
        }
    }

    /// A method lives in a scope that extends its receiver's type.
    pub(super) fn method_declaration(&mut self, node: Node<'t>, doc: Option<(usize, usize)>) {
        let Some(name) = self.field(node, self.fields.name) else { return };
        let receiver = self.field(node, self.fields.receiver);
        let written = receiver
            .and_then(|list| list.named_child(0))
            .and_then(|declaration| self.field(declaration, self.fields.written_type));
        let target = written.and_then(|written| self.type_name(written));
        let target_name = target.map_or("", |target| self.text(target));
        let target = if target_name.is_empty() {
            ExpressionId::UNKNOWN
        } else {
            self.out.name_expression(target_name)
        };
        let members = self.out.extension(target, None);
        let id = self.define_callable(node, name, SymbolKind::Method);
        self.document(id, doc);
        self.out.bind_definition(members, id);
        self.methods.push((id, target_name));
        self.open_function(id, |walk| {
            if let Some(written) = written {
                walk.receiver_type_parameters(id, written);
            }
            if let Some(receiver) = receiver {
                walk.parameters(id, receiver, true);
            }
            walk.signature_and_body(id, node);
        });
        self.out.close_scope();
    }

    /// `func (s *Stack[T])` names the type parameters anew; their constraints stand elsewhere.
    fn receiver_type_parameters(&mut self, id: DefinitionId, written: Node<'t>) {
        let mut node = written;
        while matches!(self.kind(node), Kind::PointerType | Kind::ParenthesizedType) {
            let Some(inner) = node.named_child(0) else { return };
            node = inner;
        }
        let Some(arguments) = self.field(node, self.fields.type_arguments) else { return };
        let scope = self.out.scope();
        let mut cursor = arguments.walk();
        for argument in arguments.named_children(&mut cursor) {
            let text = self.text(argument);
            if text != "_" {
                self.declare(text, scope);
                let interned = self.out.name(text);
                self.out.get_mut(id).type_parameters.push(interned);
                let at = argument.start_byte() as u32;
                self.out.bind(scope, text, at, BindingValue::Unknown);
            }
        }
    }

    /// One method of an interface.
    pub(super) fn interface_method(&mut self, node: Node<'t>, doc: Option<(usize, usize)>) {
        let Some(name) = self.field(node, self.fields.name) else { return };
        let id = self.define_callable(node, name, SymbolKind::Method);
        self.out.get_mut(id).flags |= DefinitionFlags::ABSTRACT;
        self.document(id, doc);
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        self.open_function(id, |walk| walk.signature_and_body(id, node));
    }

    /// A function literal; with a name when it is the value of a package-level variable.
    pub(super) fn function_literal(
        &mut self,
        node: Node<'t>,
        name: Option<Node<'t>>,
    ) -> DefinitionId {
        let text = name.map_or("", |name| self.text(name));
        let start = node.start_byte() as u32;
        let body = self.field(node, self.fields.body);
        let id = self.out.define(&NewDefinition {
            name: text,
            kind: SymbolKind::Function,
            span: range(node),
            name_span: name.map_or(ByteRange { start, end: start }, range),
            signature_end: body.map_or(0, |body| body.start_byte() as u32),
            flags: self.function_flags(text) & DefinitionFlags::EXPORTED,
        });
        self.open_function(id, |walk| walk.signature_and_body(id, node));
        id
    }

    // ---- types -----------------------------------------------------------------------------------

    pub(super) fn type_declaration(&mut self, node: Node<'t>, doc: Option<(usize, usize)>) {
        let specs: Vec<Node<'t>> = {
            let mut cursor = node.walk();
            node.named_children(&mut cursor).collect()
        };
        let alone = specs.len() == 1;
        let mut comments = DocComments::default();
        for spec in specs {
            if self.kind(spec) == Kind::Comment {
                comments.comment(spec);
                continue;
            }
            let own = comments.take(spec);
            let whole = if alone { node } else { spec };
            self.type_spec(spec, whole, own.or(doc.filter(|_| alone)));
        }
    }

    fn type_spec(&mut self, node: Node<'t>, whole: Node<'t>, doc: Option<(usize, usize)>) {
        let name = self.field(node, self.fields.name);
        let written = self.field(node, self.fields.written_type);
        let (Some(name), Some(written)) = (name, written) else { return };
        let text = self.text(name);
        let kind = match self.kind(written) {
            Kind::StructType => SymbolKind::Struct,
            Kind::InterfaceType => SymbolKind::Interface,
            // A function type is declared to give functions methods.
            Kind::FunctionType if self.kind(node) == Kind::TypeSpec => SymbolKind::Struct,
            _ => SymbolKind::TypeAlias,
        };
        let flags =
            if is_exported(text) { DefinitionFlags::EXPORTED } else { DefinitionFlags::empty() };
        let id = self.out.define(&NewDefinition {
            name: text,
            kind,
            span: range(whole),
            name_span: range(name),
            signature_end: match kind {
                SymbolKind::Struct | SymbolKind::Interface => written.start_byte() as u32,
                _ => 0,
            },
            flags,
        });
        self.document(id, doc);
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        if self.is_local() {
            self.declare(text, scope);
            self.declared.insert(text, written);
        } else {
            self.types.insert(text, id);
        }
        self.out.open_definition(id, ScopeKind::Type);
        let mark = self.locals.mark();
        self.type_parameters(id, node);
        self.type_body(id, written);
        self.locals.restore(mark);
        self.out.close_definition();
    }

    // ---- variables and constants -----------------------------------------------------------------

    pub(super) fn package_variables(&mut self, node: Node<'t>, doc: Option<(usize, usize)>) {
        let mut comments = DocComments::default();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            match self.kind(child) {
                Kind::Comment => comments.comment(child),
                Kind::VarSpec => {
                    let own = comments.take(child);
                    self.package_variable(child, node, own.or(doc));
                }
                Kind::VarSpecList => self.package_variables(child, None),
                _ => {}
            }
        }
    }

    fn package_variable(&mut self, spec: Node<'t>, whole: Node<'t>, doc: Option<(usize, usize)>) {
        let names = children_of_field(spec, self.fields.name);
        let values = self.value_nodes(spec, self.fields.value);
        if let ([name], [value]) = (names.as_slice(), values.as_slice())
            && self.kind(*value) == Kind::FuncLiteral
            && self.text(*name) != "_"
        {
            let id = self.function_literal(*value, Some(*name));
            self.out.get_mut(id).span = range(whole);
            self.document(id, doc);
            self.out.bind_definition(ScopeId::MODULE, id);
            return;
        }
        let declared =
            self.field(spec, self.fields.written_type).map(|written| self.type_expression(written));
        let values = self.values(&values, names.len());
        for (position, name) in names.iter().enumerate() {
            let value = values.get(position).copied();
            self.package_value(spec, *name, SymbolKind::Variable, declared, value, doc);
        }
    }

    pub(super) fn package_constants(&mut self, node: Node<'t>, doc: Option<(usize, usize)>) {
        let mut comments = DocComments::default();
        // A constant without type and value repeats those of the line above.
        let mut repeated = None;
        let mut cursor = node.walk();
        for spec in node.named_children(&mut cursor) {
            match self.kind(spec) {
                Kind::Comment => comments.comment(spec),
                Kind::ConstSpec => {
                    let own = comments.take(spec);
                    self.package_constant(spec, own.or(doc), &mut repeated);
                }
                _ => {}
            }
        }
    }

    fn package_constant(
        &mut self,
        spec: Node<'t>,
        doc: Option<(usize, usize)>,
        repeated: &mut Option<ExpressionId>,
    ) {
        let names = children_of_field(spec, self.fields.name);
        let value_nodes = self.value_nodes(spec, self.fields.value);
        let written = self.field(spec, self.fields.written_type);
        let declared = written.map(|written| self.type_expression(written));
        if declared.is_some() || !value_nodes.is_empty() {
            *repeated = declared;
        }
        let declared = *repeated;
        let values = self.values(&value_nodes, names.len());
        for (position, name) in names.iter().enumerate() {
            let value = values.get(position).copied();
            self.package_value(spec, *name, SymbolKind::Constant, declared, value, doc);
        }
    }

    fn package_value(
        &mut self,
        spec: Node<'t>,
        name: Node<'t>,
        kind: SymbolKind,
        declared: Option<ExpressionId>,
        value: Option<ExpressionId>,
        doc: Option<(usize, usize)>,
    ) {
        let text = self.text(name);
        if text == "_" {
            return;
        }
        let flags =
            if is_exported(text) { DefinitionFlags::EXPORTED } else { DefinitionFlags::empty() };
        let id = self.out.define(&NewDefinition {
            name: text,
            kind,
            span: range(spec),
            name_span: range(name),
            signature_end: 0,
            flags,
        });
        self.document(id, doc);
        self.out.get_mut(id).declared_type = declared;
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        let at = name.start_byte() as u32;
        if let Some(declared) = declared {
            self.out.bind(scope, text, at, BindingValue::Typed(declared));
        }
        if let Some(value) = value.filter(|value| *value != ExpressionId::UNKNOWN) {
            self.out.bind(scope, text, at, BindingValue::Value(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::package_names;

    #[test]
    fn packages_are_named_by_their_path() {
        assert_eq!(package_names("fmt"), ["fmt"]);
        assert_eq!(package_names("github.com/acme/pay"), ["pay"]);
        assert_eq!(package_names("github.com/acme/pay/v2"), ["pay", "v2"]);
        assert_eq!(package_names("gopkg.in/yaml.v3"), ["yaml"]);
        assert_eq!(package_names("k8s.io/api/core/v1"), ["v1"]);
        assert_eq!(package_names("github.com/mattn/go-sqlite3"), ["go-sqlite3", "sqlite3"]);
        assert_eq!(package_names(""), [""]);
    }
}
