//! GraphQL: schemas and operation documents.
//!
//! A schema's root fields are the operations a server offers, so each is a key (`Query.user`)
//! whatever the schema calls its root types; an operation document asks for the root fields it
//! selects. Everything else is types with fields.

use super::{Depth, Language};
use crate::extract::document::{child, children, define, doc_above};
use crate::extract::{FactsBuilder, doc, range};
use qf_graph::Channel;
use qf_graph::facts::{
    DefinitionFlags, DefinitionId, ExpressionId, ParameterKind, ScopeKind, SymbolKind,
};
use tree_sitter::{Node, Tree};

/// GraphQL.
pub struct Graphql;

/// The language's entry.
pub static GRAPHQL: Graphql = Graphql;

impl Language for Graphql {
    fn name(&self) -> &'static str {
        "graphql"
    }

    fn depth(&self) -> Depth {
        Depth::Document
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["graphql", "gql", "graphqls"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_graphql::LANGUAGE.into())
    }

    fn extract(&self, _path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        let Some(tree) = tree else { return };
        let mut walk = Walk { roots: Vec::new(), out };
        walk.find_roots(tree.root_node());
        walk.definitions(tree.root_node());
    }
}

struct Walk<'b, 's> {
    out: &'b mut FactsBuilder<'s>,
    /// Root types the schema renames: `(type, operation)`.
    roots: Vec<(String, &'static str)>,
}

fn operation(keyword: &str) -> &'static str {
    match keyword {
        "mutation" => "Mutation",
        "subscription" => "Subscription",
        _ => "Query",
    }
}

impl Walk<'_, '_> {
    /// `schema { query: RootQuery }` may stand after the types.
    fn find_roots(&mut self, node: Node<'_>) {
        if !self.out.enter(node) {
            return;
        }
        let mut cursor = node.walk();
        for item in node.children(&mut cursor) {
            match item.kind() {
                "document"
                | "definition"
                | "type_system_definition"
                | "type_system_extension"
                | "schema_definition"
                | "schema_extension" => self.find_roots(item),
                "root_operation_type_definition" => {
                    if let (Some(kind), Some(name)) =
                        (child(item, "operation_type"), child(item, "named_type"))
                    {
                        let root = operation(self.out.text(kind));
                        self.roots.push((self.out.text(name).to_owned(), root));
                    }
                }
                _ => {}
            }
        }
        self.out.leave();
    }

    /// The operation whose root type this is.
    fn root(&self, type_name: &str) -> Option<&'static str> {
        if let Some((_, root)) = self.roots.iter().find(|(name, _)| name == type_name) {
            return Some(root);
        }
        match type_name {
            "Query" => Some("Query"),
            "Mutation" => Some("Mutation"),
            "Subscription" => Some("Subscription"),
            _ => None,
        }
    }

    fn definitions(&mut self, node: Node<'_>) {
        if !self.out.enter(node) {
            return;
        }
        let mut cursor = node.walk();
        for item in node.children(&mut cursor) {
            self.item(item);
        }
        self.out.leave();
    }

    fn item(&mut self, node: Node<'_>) {
        match node.kind() {
            "object_type_definition" => self.type_definition(node, SymbolKind::Class),
            "interface_type_definition" => self.type_definition(node, SymbolKind::Interface),
            "input_object_type_definition" => self.type_definition(node, SymbolKind::Struct),
            "enum_type_definition" => self.type_definition(node, SymbolKind::Enum),
            "union_type_definition" | "scalar_type_definition" => {
                self.type_definition(node, SymbolKind::TypeAlias);
            }
            "object_type_extension"
            | "interface_type_extension"
            | "input_object_type_extension"
            | "enum_type_extension" => self.type_extension(node),
            "directive_definition" => {
                if let Some(name) = child(node, "name") {
                    let text = self.out.text(name);
                    let id = define(self.out, SymbolKind::Macro, text, range(node), range(name), 0);
                    self.document(id, node);
                }
            }
            "operation_definition" => self.operation_document(node),
            "fragment_definition" => self.fragment(node),
            "document"
            | "definition"
            | "executable_definition"
            | "type_system_definition"
            | "type_system_extension"
            | "type_definition"
            | "type_extension"
            | "ERROR" => self.definitions(node),
            _ => {}
        }
    }

    fn document(&mut self, id: DefinitionId, node: Node<'_>) {
        let text = match child(node, "description") {
            Some(description) => doc::strip_docstring(self.out.text(description)),
            None => doc_above(node, self.out),
        };
        self.out.set_doc(id, &text);
        let deprecated = child(node, "directives")
            .is_some_and(|directives| self.out.text(directives).contains("@deprecated"));
        if deprecated {
            self.out.get_mut(id).flags |= DefinitionFlags::DEPRECATED;
        }
    }

    fn type_definition(&mut self, node: Node<'_>, kind: SymbolKind) {
        let Some(name) = child(node, "name") else { return };
        let text = self.out.text(name);
        let header = children(node)
            .iter()
            .find(|part| part.kind().ends_with("s_definition"))
            .map_or(0, |body| body.start_byte() as u32);
        let id = define(self.out, kind, text, range(node), range(name), header);
        self.document(id, node);
        self.out.open_definition(id, ScopeKind::Type);
        if let Some(interfaces) = child(node, "implements_interfaces") {
            self.bases(id, interfaces);
        }
        if let Some(members) = child(node, "union_member_types") {
            self.union_members(members);
        }
        self.members(node, text);
        self.out.close_definition();
    }

    fn type_extension(&mut self, node: Node<'_>) {
        let Some(name) = child(node, "name") else { return };
        let text = self.out.text(name);
        let target = self.out.name_expression(text);
        self.out.type_reference(text, range(name), target);
        self.out.extension(target, None);
        self.members(node, text);
        self.out.close_scope();
    }

    /// `implements A & B` is nested to the left.
    fn bases(&mut self, id: DefinitionId, node: Node<'_>) {
        for part in children(node) {
            match part.kind() {
                "implements_interfaces" if self.out.enter(part) => {
                    self.bases(id, part);
                    self.out.leave();
                }
                "named_type" => {
                    let text = self.out.text(part);
                    let base = self.out.name_expression(text);
                    self.out.get_mut(id).bases.push(base);
                    self.out.inherit_reference(text, range(part), base);
                }
                _ => {}
            }
        }
    }

    fn union_members(&mut self, node: Node<'_>) {
        for part in children(node) {
            match part.kind() {
                "union_member_types" if self.out.enter(part) => {
                    self.union_members(part);
                    self.out.leave();
                }
                "named_type" => {
                    self.named_type(part);
                }
                _ => {}
            }
        }
    }

    /// The fields and values of a type.
    fn members(&mut self, node: Node<'_>, type_name: &str) {
        let root = self.root(type_name);
        for body in children(node) {
            if !matches!(
                body.kind(),
                "fields_definition" | "input_fields_definition" | "enum_values_definition"
            ) {
                continue;
            }
            let mut cursor = body.walk();
            for member in body.children(&mut cursor) {
                match member.kind() {
                    "field_definition" => self.field(member, root),
                    "input_value_definition" => self.field(member, None),
                    "enum_value_definition" => {
                        if let Some(value) = child(member, "enum_value") {
                            let text = self.out.text(value);
                            let id = define(
                                self.out,
                                SymbolKind::EnumMember,
                                text,
                                range(member),
                                range(value),
                                0,
                            );
                            self.document(id, member);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn field(&mut self, node: Node<'_>, root: Option<&'static str>) {
        let Some(name) = child(node, "name") else { return };
        let text = self.out.text(name);
        let kind = if root.is_some() { SymbolKind::Operation } else { SymbolKind::Field };
        let id = define(self.out, kind, text, range(node), range(name), 0);
        self.document(id, node);
        self.out.open_definition(id, ScopeKind::Function);
        if let Some(arguments) = child(node, "arguments_definition") {
            for argument in children(arguments) {
                let (Some(name), Some(written)) =
                    (child(argument, "name"), child(argument, "type"))
                else {
                    continue;
                };
                let declared = self.type_expression(written);
                let (text, at) = (self.out.text(name), name.start_byte() as u32);
                let kind = ParameterKind::Keyword;
                self.out.parameter(id, text, Some(declared), None, kind, at);
            }
        }
        if let Some(written) = child(node, "type") {
            let declared = self.type_expression(written);
            self.out.get_mut(id).declared_type = Some(declared);
        }
        self.out.close_definition();
        if let Some(root) = root {
            self.out.key(Channel::Graphql, format!("{root}.{text}"), true, Some(id), range(name));
        }
    }

    fn type_expression(&mut self, node: Node<'_>) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let mut expression = ExpressionId::UNKNOWN;
        for part in children(node) {
            match part.kind() {
                "named_type" => expression = self.named_type(part),
                "list_type" => {
                    let element = self.type_expression(part);
                    let list = self.out.builtin("list");
                    expression = self.out.generic(list, &[element]);
                }
                "non_null_type" | "type" => expression = self.type_expression(part),
                _ => {}
            }
        }
        self.out.leave();
        expression
    }

    fn named_type(&mut self, node: Node<'_>) -> ExpressionId {
        let text = self.out.text(node);
        let builtin = match text {
            "String" | "ID" => Some("str"),
            "Int" => Some("int"),
            "Float" => Some("float"),
            "Boolean" => Some("bool"),
            _ => None,
        };
        if let Some(builtin) = builtin {
            return self.out.builtin(builtin);
        }
        let expression = self.out.name_expression(text);
        self.out.type_reference(text, range(node), expression);
        expression
    }

    // ---- documents -----------------------------------------------------------------------------

    /// `query GetUser { user { name } }` asks for `Query.user`.
    fn operation_document(&mut self, node: Node<'_>) {
        let root = child(node, "operation_type")
            .map_or("Query", |keyword| operation(self.out.text(keyword)));
        let id = child(node, "name").map(|name| {
            let text = self.out.text(name);
            let header = child(node, "selection_set").map_or(0, |body| body.start_byte() as u32);
            let id = define(self.out, SymbolKind::Function, text, range(node), range(name), header);
            self.document(id, node);
            id
        });
        let Some(selection) = child(node, "selection_set") else { return };
        for item in children(selection) {
            let Some(field) = child(item, "field") else { continue };
            let Some(name) = child(field, "name") else { continue };
            let text = self.out.text(name);
            if !text.starts_with("__") {
                let key = format!("{root}.{text}");
                self.out.key(Channel::Graphql, key, false, id, range(name));
            }
        }
    }

    fn fragment(&mut self, node: Node<'_>) {
        let Some(name) = child(node, "fragment_name") else { return };
        let text = self.out.text(name);
        let id = define(self.out, SymbolKind::Struct, text, range(node), range(name), 0);
        self.document(id, node);
        let on = child(node, "type_condition").and_then(|on| child(on, "named_type"));
        if let Some(on) = on {
            self.out.open_definition(id, ScopeKind::Type);
            self.named_type(on);
            self.out.close_definition();
        }
    }
}
