//! SQL files: schemas, migrations, routines and queries.
//!
//! Tables and columns are where repositories meet that share a database, so their definitions must
//! be found in any dialect and in half-finished migrations. No SQL grammar parses them all; the
//! tokenizer that reads SQL in strings does, with byte offsets, and data definition is regular
//! enough to be read from its tokens. Queries go to the same parser as strings do.

mod routines;
mod split;
mod tables;

use super::{Depth, Language};
use crate::extract::sql::tokens::{Comment, TokenKind, Tokens, tokenize_with_comments};
use crate::extract::{FactsBuilder, NewDefinition, doc, sql};
use qf_graph::facts::{
    ByteRange, DefinitionFlags, DefinitionId, ReferenceFlags, ScopeKind, SqlAccess, SymbolKind,
};
use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::Tree;

/// SQL.
pub struct Sql;

/// The language's entry.
pub static SQL: Sql = Sql;

impl Language for Sql {
    fn name(&self) -> &'static str {
        "sql"
    }

    fn depth(&self) -> Depth {
        Depth::Document
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["sql", "psql", "pgsql", "mysql", "ddl"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        None
    }

    fn extract(&self, _path: &str, _tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        let text = out.source();
        let (list, comments) = tokenize_with_comments(text);
        let tokens = Tokens { text, list: &list };
        let mut file = SqlFile {
            out,
            comments: &comments,
            tables: FxHashMap::default(),
            columns: FxHashMap::default(),
            noted: FxHashSet::default(),
        };
        let mut previous = 0;
        for (from, to) in split::statements(&tokens) {
            let statement = tokens.slice(from, to);
            let start = statement.list[0].start;
            file.statement(&statement, previous);
            previous = statement.list.last().map_or(start, |token| token.end);
        }
    }
}

/// One file under way.
struct SqlFile<'b, 's, 'c> {
    out: &'b mut FactsBuilder<'s>,
    comments: &'c [Comment],
    /// Tables of this file by lower-case name.
    tables: FxHashMap<String, DefinitionId>,
    /// Columns by `table.column`.
    columns: FxHashMap<String, DefinitionId>,
    /// Accesses of top-level statements: a dump repeats them thousands of times.
    noted: FxHashSet<(String, Option<String>, bool, bool)>,
}

/// The bytes of tokens `from..to` of a statement.
fn bytes(tokens: &Tokens<'_>, from: usize, to: usize) -> ByteRange {
    let start = tokens.list.get(from).map_or(0, |token| token.start);
    let end = to.checked_sub(1).and_then(|last| tokens.list.get(last)).map_or(start, |t| t.end);
    ByteRange { start: start as u32, end: end.max(start) as u32 }
}

/// The name at a token as it is written, quotes removed.
fn written<'a>(tokens: &Tokens<'a>, at: usize) -> &'a str {
    let source = tokens.source(at);
    match tokens.kind(at) {
        Some(TokenKind::Quoted) => source.get(1..source.len().saturating_sub(1)).unwrap_or(""),
        Some(TokenKind::Word) => source,
        _ => "",
    }
}

const QUERIES: [&str; 11] = [
    "select", "insert", "update", "delete", "merge", "with", "replace", "truncate", "copy",
    "explain", "upsert",
];

impl SqlFile<'_, '_, '_> {
    fn statement(&mut self, tokens: &Tokens<'_>, previous_end: usize) {
        let doc = self.doc_before(tokens, previous_end);
        if tokens.is(0, "create") {
            self.create(tokens, &doc);
        } else if tokens.is(0, "alter") && tokens.is_any(1, &["table", "foreign"]) {
            self.alter_table(tokens);
        } else if tokens.is(0, "comment") && tokens.is(1, "on") {
            self.comment_on(tokens);
        } else if tokens.is_any(0, &["call", "exec", "execute"]) {
            self.call(tokens, 1);
        } else if tokens.is_any(0, &["do", "begin", "declare"]) {
            self.block(tokens);
        } else if tokens.is(0, "if") {
            // `IF OBJECT_ID('users') IS NULL CREATE TABLE users (…)`
            let create = (1..tokens.len()).find(|at| tokens.is(*at, "create"));
            match create {
                Some(create) => self.create(&tokens.slice(create, tokens.len()), &doc),
                None => self.block(tokens),
            }
        } else if tokens.is_any(0, &QUERIES) || tokens.symbol(0, "(") {
            self.query(tokens, &doc, previous_end);
        }
    }

    /// The comments that stand between the previous statement and this one, without a blank line
    /// after them.
    fn doc_before(&self, tokens: &Tokens<'_>, previous_end: usize) -> String {
        let start = tokens.list[0].start;
        let last = self.comments.partition_point(|comment| comment.end <= start);
        let mut next = start;
        let mut first = last;
        while first > 0 {
            let comment = self.comments[first - 1];
            let gap = tokens.text.get(comment.end..next).unwrap_or("");
            let newlines = gap.bytes().filter(|byte| *byte == b'\n').count();
            if comment.start < previous_end || newlines > 1 || !gap.trim().is_empty() {
                break;
            }
            // A comment on the previous statement's own line belongs to that statement.
            let before = tokens.text.get(previous_end..comment.start).unwrap_or("");
            if previous_end > 0 && !before.contains('\n') {
                break;
            }
            first -= 1;
            next = comment.start;
        }
        let mut text = String::new();
        for comment in &self.comments[first..last] {
            text.push_str(&tokens.text[comment.start..comment.end]);
            text.push('\n');
        }
        doc::strip_comment(&text)
    }

    fn define(
        &mut self,
        kind: SymbolKind,
        name: &str,
        span: ByteRange,
        name_span: ByteRange,
        signature_end: u32,
    ) -> DefinitionId {
        let id = self.out.define(&NewDefinition {
            name,
            kind,
            span,
            name_span,
            signature_end,
            flags: DefinitionFlags::EXPORTED,
        });
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        id
    }

    // ---- create ------------------------------------------------------------------------------

    fn create(&mut self, tokens: &Tokens<'_>, doc: &str) {
        const KINDS: [&str; 9] = [
            "table",
            "view",
            "index",
            "function",
            "procedure",
            "trigger",
            "type",
            "domain",
            "proc",
        ];
        let Some(kind) = (1..tokens.len().min(20)).find(|at| tokens.is_any(*at, &KINDS)) else {
            return;
        };
        let mut at = kind + 1;
        while tokens.is_any(at, &["if", "not", "exists", "concurrently"]) {
            at += 1;
        }
        match tokens.source(kind).to_ascii_lowercase().as_str() {
            "table" => self.create_table(tokens, kind, at, doc),
            "view" => self.create_view(tokens, at, doc),
            "index" => self.create_index(tokens, at, doc),
            "trigger" => self.create_trigger(tokens, at, doc),
            "type" | "domain" => self.create_type(tokens, at, doc),
            _ => self.create_routine(tokens, at, doc),
        }
    }

    fn create_view(&mut self, tokens: &Tokens<'_>, at: usize, doc: &str) {
        let Some((mut after, name_at)) = tokens.dotted_name(at) else { return };
        let Some(name) = tokens.name(name_at) else { return };
        let view = self.table_definition(tokens, name_at, after, &name, doc, true);
        if tokens.symbol(after, "(") {
            let close = tokens.after_parentheses(after);
            for column in after + 1..close.saturating_sub(1) {
                let starts = tokens.symbol(column - 1, "(") || tokens.symbol(column - 1, ",");
                if starts && tokens.name(column).is_some() {
                    self.column(tokens, (view, &name), column, column + 1, true);
                }
            }
            after = close;
        }
        let query = (after..tokens.len()).find(|at| tokens.is(*at, "as"));
        if let Some(query) = query {
            let span = bytes(tokens, 0, tokens.len());
            let body = tokens.slice(query + 1, tokens.len());
            self.accesses(&sql::accesses_of_statement(&body), Some(view), span, &[]);
        }
    }

    fn create_index(&mut self, tokens: &Tokens<'_>, at: usize, doc: &str) {
        let on = (at..tokens.len()).find(|at| tokens.is(*at, "on"));
        let Some(on) = on else { return };
        if on > at
            && let Some((_, name_at)) = tokens.dotted_name(at)
        {
            let name = written(tokens, name_at);
            let span = bytes(tokens, 0, tokens.len());
            let name_span = bytes(tokens, name_at, name_at + 1);
            let index = self.define(SymbolKind::Setting, name, span, name_span, 0);
            self.out.set_doc(index, doc);
        }
        let table = on + 1 + usize::from(tokens.is(on + 1, "only"));
        self.mention_table(tokens, table);
    }

    fn create_type(&mut self, tokens: &Tokens<'_>, at: usize, doc: &str) {
        let Some((after, name_at)) = tokens.dotted_name(at) else { return };
        let name = written(tokens, name_at);
        let span = bytes(tokens, 0, tokens.len());
        let name_span = bytes(tokens, name_at, name_at + 1);
        let body = after + usize::from(tokens.is(after, "as"));
        let members = tokens.is(body, "enum");
        let open = body + usize::from(members);
        let kind = match (members, tokens.symbol(open, "(")) {
            (true, _) => SymbolKind::Enum,
            (false, true) => SymbolKind::Struct,
            (false, false) => SymbolKind::TypeAlias,
        };
        let id = self.define(kind, name, span, name_span, 0);
        self.out.set_doc(id, doc);
        if kind == SymbolKind::TypeAlias {
            return;
        }
        self.out.open_definition(id, ScopeKind::Type);
        if members {
            for at in open..tokens.len() {
                if tokens.kind(at) == Some(TokenKind::Text) {
                    let value = tokens.source(at).trim_matches('\'');
                    let span = bytes(tokens, at, at + 1);
                    self.define(SymbolKind::EnumMember, value, span, span, 0);
                }
            }
        } else {
            for (from, to) in tables::entries(tokens, open) {
                let span = bytes(tokens, from, to);
                let name_span = bytes(tokens, from, from + 1);
                let field =
                    self.define(SymbolKind::Field, written(tokens, from), span, name_span, 0);
                let declared = self.column_type(tokens, from + 1, to);
                self.out.get_mut(field).declared_type = declared;
            }
        }
        self.out.close_definition();
    }

    /// `COMMENT ON TABLE t IS '…'`, `COMMENT ON COLUMN t.c IS '…'`.
    fn comment_on(&mut self, tokens: &Tokens<'_>) {
        let Some((after, last)) = tokens.dotted_name(3) else { return };
        if !tokens.is(after, "is") || tokens.kind(after + 1) != Some(TokenKind::Text) {
            return;
        }
        let Some(name) = tokens.name(last) else { return };
        let id = if tokens.is(2, "column") {
            let table = last.checked_sub(2).and_then(|at| tokens.name(at)).unwrap_or_default();
            self.columns.get(&format!("{table}.{name}")).copied()
        } else {
            self.tables.get(&name).copied()
        };
        if let Some(id) = id {
            let text = tokens.source(after + 1).trim_matches('\'').replace("''", "'");
            self.out.set_doc(id, &text);
        }
    }

    // ---- references ----------------------------------------------------------------------------

    /// Notes that a definition is about another table (foreign key, index, trigger).
    fn mention_table(&mut self, tokens: &Tokens<'_>, at: usize) {
        let Some((_, last)) = tokens.dotted_name(at) else { return };
        let name = written(tokens, last);
        if !name.is_empty() {
            let expression = self.out.name_expression(name);
            self.out.type_reference(name, bytes(tokens, last, last + 1), expression);
        }
    }

    /// `CALL name(…)`.
    fn call(&mut self, tokens: &Tokens<'_>, at: usize) {
        let Some((_, last)) = tokens.dotted_name(at) else { return };
        let name = written(tokens, last);
        if !name.is_empty() {
            let callee = self.out.name_expression(name);
            let call = self.out.call(callee, &[]);
            let span = bytes(tokens, last, last + 1);
            self.out.call_reference(name, span, call, ReferenceFlags::empty());
        }
    }

    // ---- queries -------------------------------------------------------------------------------

    /// A query of its own; `-- name: GetUser :one` above it makes it a function (sqlc and its
    /// kin).
    fn query(&mut self, tokens: &Tokens<'_>, doc: &str, previous_end: usize) {
        let span = bytes(tokens, 0, tokens.len());
        let named = self.query_name(tokens, previous_end);
        let within = named.map(|(name, name_span)| {
            let id = self.define(SymbolKind::Function, name, span, name_span, 0);
            self.out.set_doc(id, doc);
            id
        });
        let accesses = sql::accesses_of_statement(tokens);
        self.accesses(&accesses, within, span, &[]);
    }

    fn query_name<'t>(
        &self,
        tokens: &Tokens<'t>,
        previous_end: usize,
    ) -> Option<(&'t str, ByteRange)> {
        let start = tokens.list[0].start;
        let last = self.comments.partition_point(|comment| comment.end <= start);
        for comment in self.comments[..last].iter().rev() {
            if comment.start < previous_end {
                break;
            }
            let text = &tokens.text[comment.start..comment.end];
            if let Some(found) = text.find("name:") {
                let offset = comment.start + found + "name:".len();
                let rest = &tokens.text[offset..comment.end];
                let name = rest.split_whitespace().next()?;
                let start = offset + rest.find(name)?;
                let range = ByteRange { start: start as u32, end: (start + name.len()) as u32 };
                return Some((name, range));
            }
        }
        None
    }

    /// Notes accesses; names in `variables` are no columns.
    fn accesses(
        &mut self,
        accesses: &[SqlAccess],
        within: Option<DefinitionId>,
        span: ByteRange,
        variables: &[String],
    ) {
        for access in accesses {
            let variable = access.column.as_ref().is_some_and(|name| variables.contains(name));
            if variable && !access.write {
                continue;
            }
            if within.is_none() {
                let key =
                    (access.table.clone(), access.column.clone(), access.write, access.insert);
                if !self.noted.insert(key) {
                    continue;
                }
            }
            self.out.sql_access(SqlAccess { within, span, ..access.clone() });
        }
    }
}
