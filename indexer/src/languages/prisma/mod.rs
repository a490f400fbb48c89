//! Prisma: the models of a schema with their fields and relations.
//!
//! The schema is where a JavaScript or TypeScript project says what its tables are, so models are
//! types with fields like any other model class, and carry the name of their table
//! (<https://www.prisma.io/docs/orm/reference/prisma-schema-reference>). The format has one block or
//! field a line and needs no grammar.

use super::{Depth, Language};
use crate::extract::document::define;
use crate::extract::{FactsBuilder, doc};
use qf_graph::Channel;
use qf_graph::facts::{BindingValue, ByteRange, DefinitionId, ScopeKind, SymbolKind};
use tree_sitter::Tree;

/// Prisma.
pub struct Prisma;

/// The language's entry.
pub static PRISMA: Prisma = Prisma;

impl Language for Prisma {
    fn name(&self) -> &'static str {
        "prisma"
    }

    fn depth(&self) -> Depth {
        Depth::Document
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["prisma"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        None
    }

    fn extract(&self, _path: &str, _tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        schema(out.source(), out);
    }
}

/// A line without its comment, and where it starts.
struct Line<'s> {
    text: &'s str,
    start: u32,
}

impl<'s> Line<'s> {
    fn words(&self) -> impl Iterator<Item = &'s str> {
        self.text.split_whitespace()
    }

    /// Where a part of the line stands; parts are slices of it.
    fn span_of(&self, part: &str) -> ByteRange {
        let offset = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let within = offset <= self.text.len();
        let at =
            if within { offset } else { self.text.find(part).unwrap_or(0) } as u32 + self.start;
        ByteRange { start: at, end: at + part.len() as u32 }
    }
}

fn schema(source: &str, out: &mut FactsBuilder<'_>) {
    let mut comment = String::new();
    let mut open: Option<(DefinitionId, Option<&str>)> = None;
    let mut offset = 0;
    for whole in source.split_inclusive('\n') {
        let line = Line { text: code(whole), start: offset };
        offset += whole.len() as u32;
        let trimmed = whole.trim();
        if let Some(text) = trimmed.strip_prefix("///") {
            comment.push_str(text.trim());
            comment.push('\n');
            continue;
        }
        if let Some(variable) = argument(line.text, "env(") {
            let span = line.span_of(variable);
            out.key(Channel::Env, variable.to_owned(), false, None, span);
        }
        let doc = std::mem::take(&mut comment);
        let first = line.words().next().unwrap_or_default();
        match open {
            Some((id, table)) if first.starts_with('}') => {
                out.get_mut(id).span.end = line.span_of("}").end;
                if let Some(table) = table {
                    table_name(table, out);
                }
                out.close_definition();
                open = None;
            }
            Some((id, table)) => {
                if let Some(mapped) = argument(line.text, "@@map(") {
                    open = Some((id, table.map(|_| mapped)));
                } else if !first.is_empty() && !first.starts_with('@') {
                    member(&line, first, &doc, out);
                }
            }
            None => {
                let kind = match first {
                    "model" | "view" | "type" => SymbolKind::Class,
                    "enum" => SymbolKind::Enum,
                    _ => continue,
                };
                let Some(name) = line.words().nth(1).filter(|name| *name != "{") else { continue };
                let span = line.span_of(first);
                let name_span = line.span_of(name);
                let id = define(out, kind, name, span, name_span, name_span.end);
                out.set_doc(id, &doc::strip_comment(&doc));
                out.open_definition(id, ScopeKind::Type);
                // Only a model or view has a table of its own.
                open = Some((id, matches!(first, "model" | "view").then_some(name)));
            }
        }
    }
    if open.is_some() {
        out.close_definition();
    }
}

/// A field with its type, or a value of an enumeration.
fn member(line: &Line<'_>, name: &str, doc: &str, out: &mut FactsBuilder<'_>) {
    if !name.starts_with(|c: char| c.is_alphabetic()) {
        return;
    }
    let name_span = line.span_of(name);
    let text = line.text.trim_end();
    let span = ByteRange { start: name_span.start, end: line.start + text.len() as u32 };
    let Some(written) = line.words().nth(1).filter(|it| !it.starts_with('@')) else {
        define(out, SymbolKind::EnumMember, name, span, name_span, span.end);
        return;
    };
    let id = define(out, SymbolKind::Field, name, span, name_span, span.end);
    out.set_doc(id, &doc::strip_comment(doc));
    let plain = written.trim_end_matches(['?', ']', '[', '!']);
    let builtin = match plain {
        "String" => "str",
        "Boolean" => "bool",
        "Int" | "BigInt" => "int",
        "Float" => "float",
        "Decimal" => "decimal",
        "DateTime" => "datetime",
        "Json" => "dict",
        "Bytes" => "bytes",
        _ => "",
    };
    let declared = if builtin.is_empty() {
        let expression = out.name_expression(plain);
        out.type_reference(plain, line.span_of(plain), expression);
        expression
    } else {
        out.builtin(builtin)
    };
    out.get_mut(id).declared_type = Some(declared);
}

/// What a model's table is called, as model classes of other languages say it.
fn table_name(table: &str, out: &mut FactsBuilder<'_>) {
    let span = ByteRange::default();
    let value = out.string(table, span);
    let scope = out.scope();
    out.bind(scope, "__tablename__", 0, BindingValue::Value(value));
}

/// The text in quotes after `head`.
fn argument<'s>(text: &'s str, head: &str) -> Option<&'s str> {
    let rest = &text[text.find(head)? + head.len()..];
    let rest = &rest[rest.find('"')? + 1..];
    rest.split('"').next()
}

/// A line without the comment at its end; `//` in a text is none.
fn code(line: &str) -> &str {
    let mut quoted = false;
    for (at, letter) in line.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '/' if !quoted && line[at..].starts_with("//") => return &line[..at],
            _ => {}
        }
    }
    line
}
