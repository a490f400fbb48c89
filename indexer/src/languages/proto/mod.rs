//! Protocol Buffers: messages, enums and services.
//!
//! A proto file is the contract both sides of a gRPC call are generated from, so its methods are
//! keys (`package.Service/Method`) and everything else links to them. Names are global to their
//! package; a type written with this file's own package in front is lowered without it, so that it
//! is found in the file or through the imports.

use super::{Depth, Language, Semantics};
use crate::extract::document::{child, children, define, doc_above, dotted, normal_route};
use crate::extract::{FactsBuilder, range};
use crate::layout::{Layout, folder, join};
use qf_graph::Channel;
use qf_graph::facts::{
    ByteRange, DefinitionFlags, DefinitionId, ExpressionId, FileFacts, Import, ImportKind,
    ParameterKind, ScopeKind, SymbolKind,
};
use tree_sitter::{Node, Tree};

/// Protocol Buffers.
pub struct Proto;

/// The language's entry.
pub static PROTO: Proto = Proto;

impl Language for Proto {
    fn name(&self) -> &'static str {
        "proto"
    }

    fn depth(&self) -> Depth {
        Depth::Document
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["proto"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_proto::LANGUAGE.into())
    }

    fn extract(&self, _path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        let Some(tree) = tree else { return };
        let mut walk = Walk { out, package: String::new() };
        walk.body(tree.root_node());
    }

    fn semantics(&self) -> &'static dyn Semantics {
        &ProtoSemantics
    }
}

struct Walk<'b, 's> {
    out: &'b mut FactsBuilder<'s>,
    package: String,
}

impl<'s> Walk<'_, 's> {
    fn body(&mut self, node: Node<'_>) {
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
            "package" => {
                if let Some(name) = child(node, "full_ident") {
                    self.package = self.out.text(name).to_owned();
                    self.out.set_package(self.out.text(name));
                }
            }
            "import" => self.import(node),
            "message" | "group" => self.message(node),
            "extend" => self.extend(node),
            "enum" => self.enumeration(node),
            "service" => self.service(node),
            "field" | "oneof_field" | "map_field" => self.field(node),
            "oneof" | "message_body" | "ERROR" => self.body(node),
            _ => {}
        }
    }

    fn import(&mut self, node: Node<'_>) {
        let Some(path) = node.child_by_field_name("path") else { return };
        let text = self.out.text(path).trim_matches(['"', '\'']);
        let public = child(node, "public").is_some();
        self.out.import(text, None, None, ImportKind::Star, 0, public, range(path));
    }

    /// Defines what a named block declares and opens it.
    fn open(&mut self, node: Node<'_>, kind: SymbolKind, name: Node<'_>) -> DefinitionId {
        let text = self.out.text(name);
        let header = child(node, "{")
            .or_else(|| child(node, "message_body"))
            .or_else(|| child(node, "enum_body"))
            .map_or(0, |body| body.start_byte() as u32);
        let id = define(self.out, kind, text, range(node), range(name), header);
        self.finish_definition(id, node);
        self.out.open_definition(id, ScopeKind::Type);
        id
    }

    fn finish_definition(&mut self, id: DefinitionId, node: Node<'_>) {
        let doc = doc_above(node, self.out);
        self.out.set_doc(id, &doc);
        let deprecated = children(node).iter().any(|part| {
            matches!(part.kind(), "option" | "field_options" | "enum_value_option")
                && self.out.text(*part).replace(' ', "").contains("deprecated=true")
        });
        if deprecated {
            self.out.get_mut(id).flags |= DefinitionFlags::DEPRECATED;
        }
    }

    fn message(&mut self, node: Node<'_>) {
        let Some(name) = child(node, "message_name") else { return };
        self.open(node, SymbolKind::Struct, name);
        if let Some(body) = child(node, "message_body") {
            self.body(body);
        }
        self.out.close_definition();
    }

    /// `extend google.protobuf.MethodOptions { … }`: fields another message gets.
    fn extend(&mut self, node: Node<'_>) {
        let (Some(name), Some(body)) = (child(node, "full_ident"), child(node, "message_body"))
        else {
            return;
        };
        let (target, last) = self.named_type(name);
        self.out.type_reference(last, range(name), target);
        self.out.extension(target, None);
        self.body(body);
        self.out.close_scope();
    }

    fn enumeration(&mut self, node: Node<'_>) {
        let (Some(name), Some(body)) = (child(node, "enum_name"), child(node, "enum_body")) else {
            return;
        };
        self.open(node, SymbolKind::Enum, name);
        for value in children(body) {
            if value.kind() != "enum_field" {
                continue;
            }
            if let Some(name) = child(value, "identifier") {
                let text = self.out.text(name);
                let id =
                    define(self.out, SymbolKind::EnumMember, text, range(value), range(name), 0);
                self.finish_definition(id, value);
            }
        }
        self.out.close_definition();
    }

    fn field(&mut self, node: Node<'_>) {
        let Some(name) = child(node, "identifier") else { return };
        let text = self.out.text(name);
        let id = define(self.out, SymbolKind::Field, text, range(node), range(name), 0);
        self.finish_definition(id, node);
        let Some(written) = child(node, "type") else { return };
        let mut declared = self.type_expression(written);
        if let Some(key) = child(node, "key_type") {
            let key = self.out.builtin(scalar(self.out.text(key)).unwrap_or("str"));
            let dict = self.out.builtin("dict");
            declared = self.out.generic(dict, &[key, declared]);
        } else if child(node, "repeated").is_some() {
            let list = self.out.builtin("list");
            declared = self.out.generic(list, &[declared]);
        }
        self.out.get_mut(id).declared_type = Some(declared);
    }

    fn type_expression(&mut self, node: Node<'_>) -> ExpressionId {
        match child(node, "message_or_enum_type") {
            Some(named) => self.type_mention(named),
            None => match scalar(self.out.text(node)) {
                Some(builtin) => self.out.builtin(builtin),
                None => ExpressionId::UNKNOWN,
            },
        }
    }

    fn type_mention(&mut self, node: Node<'_>) -> ExpressionId {
        let (expression, last) = self.named_type(node);
        self.out.type_reference(last, range(node), expression);
        expression
    }

    /// A type's expression and its last name; this file's package in front is left out.
    fn named_type(&mut self, node: Node<'_>) -> (ExpressionId, &'s str) {
        let text: &'s str = self.out.text(node);
        let mut path = text.trim_start_matches('.');
        if !self.package.is_empty() {
            let rest = path.strip_prefix(self.package.as_str());
            if let Some(rest) = rest.and_then(|rest| rest.strip_prefix('.')) {
                path = rest;
            }
        }
        let last = path.rsplit('.').next().unwrap_or(path).trim();
        (dotted(self.out, path), last)
    }
}

impl Walk<'_, '_> {
    // ---- services ------------------------------------------------------------------------------

    fn service(&mut self, node: Node<'_>) {
        let Some(name) = child(node, "service_name") else { return };
        let service = self.out.text(name).to_owned();
        self.open(node, SymbolKind::Interface, name);
        let mut cursor = node.walk();
        for item in node.children(&mut cursor) {
            if item.kind() == "rpc" {
                self.method(item, &service);
            }
        }
        self.out.close_definition();
    }

    fn method(&mut self, node: Node<'_>, service: &str) {
        let Some(name) = child(node, "rpc_name") else { return };
        let text = self.out.text(name);
        let header = child(node, "{").map_or(0, |body| body.start_byte() as u32);
        let id = define(self.out, SymbolKind::Operation, text, range(node), range(name), header);
        self.out.get_mut(id).flags |= DefinitionFlags::ABSTRACT;
        self.finish_definition(id, node);
        self.out.open_definition(id, ScopeKind::Function);
        let mut types = Vec::new();
        let mut streams = false;
        for part in children(node) {
            match part.kind() {
                "stream" => streams = true,
                "message_or_enum_type" => {
                    let mut expression = self.type_mention(part);
                    if std::mem::take(&mut streams) {
                        let list = self.out.builtin("list");
                        expression = self.out.generic(list, &[expression]);
                    }
                    types.push((expression, part.start_byte() as u32));
                }
                "option" => self.http_rule(part, id),
                _ => {}
            }
        }
        if let Some((request, at)) = types.first() {
            self.out.parameter(id, "request", Some(*request), None, ParameterKind::Plain, *at);
        }
        if let Some((response, _)) = types.get(1) {
            self.out.get_mut(id).declared_type = Some(*response);
        }
        self.out.close_definition();
        let full = if self.package.is_empty() {
            format!("{service}/{text}")
        } else {
            format!("{}.{service}/{text}", self.package)
        };
        self.out.key(Channel::Grpc, full, true, Some(id), range(name));
    }

    /// `option (google.api.http) = { get: "/v1/{name}" }`: the method is an HTTP route as well.
    fn http_rule(&mut self, node: Node<'_>, operation: DefinitionId) {
        let text = self.out.text(node);
        if !text.contains("google.api.http") {
            return;
        }
        let mut rest = text;
        while let Some(quote) = rest.find('"') {
            let (before, after) = (&rest[..quote], &rest[quote + 1..]);
            let Some(end) = after.find('"') else { return };
            let label = before.trim_end().trim_end_matches(':').trim_end();
            let verb = label.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
            if ["get", "put", "post", "delete", "patch"].contains(&verb) {
                let start = node.start_byte() + (text.len() - after.len());
                let span = ByteRange { start: start as u32, end: (start + end) as u32 };
                let route = normal_route(&after[..end]);
                let key = format!("{} {route}", verb.to_ascii_uppercase());
                self.out.key(Channel::Http, key, true, Some(operation), span);
            }
            rest = &after[end + 1..];
        }
    }
}

struct ProtoSemantics;

impl Semantics for ProtoSemantics {
    /// Imports are relative to an include root that the build knows: beside the file, the root of
    /// the repository, or any folder whose path ends that way.
    fn import_candidates(
        &self,
        import: &Import,
        path: &str,
        facts: &FileFacts,
        layout: &Layout,
    ) -> Vec<String> {
        let module = facts.text(import.module);
        let mut out = Vec::new();
        let beside = join(folder(path), module);
        for candidate in beside.into_iter().chain([module.to_owned()]) {
            if layout.has_file(&candidate) {
                out.push(candidate);
            }
        }
        let suffix = format!("/{module}");
        out.extend(layout.files_ending(&suffix, 8).into_iter().map(str::to_owned));
        out
    }

    fn is_standard_library(&self, module: &str) -> bool {
        module.starts_with("google/")
    }
}

/// The built-in type of a scalar.
fn scalar(text: &str) -> Option<&'static str> {
    Some(match text.trim() {
        "double" | "float" => "float",
        "bool" => "bool",
        "string" => "str",
        "bytes" => "bytes",
        "int32" | "int64" | "uint32" | "uint64" | "sint32" | "sint64" | "fixed32" | "fixed64"
        | "sfixed32" | "sfixed64" => "int",
        _ => return None,
    })
}
