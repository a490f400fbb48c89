//! Tables, their columns and what migrations add to them.

use super::{SqlFile, bytes, written};
use crate::extract::doc;
use crate::extract::sql::tokens::{TokenKind, Tokens};
use qf_graph::Channel;
use qf_graph::facts::{DefinitionId, ExpressionId, ScopeKind, SymbolKind};

/// Words that begin a table constraint rather than a column.
const CONSTRAINTS: [&str; 13] = [
    "constraint",
    "primary",
    "foreign",
    "unique",
    "check",
    "key",
    "index",
    "fulltext",
    "spatial",
    "exclude",
    "like",
    "period",
    "partition",
];

/// Words that end a column's type.
const AFTER_TYPE: [&str; 26] = [
    "not",
    "null",
    "default",
    "primary",
    "unique",
    "references",
    "check",
    "constraint",
    "collate",
    "generated",
    "auto_increment",
    "autoincrement",
    "comment",
    "on",
    "identity",
    "encode",
    "as",
    "key",
    "virtual",
    "stored",
    "first",
    "after",
    "sortkey",
    "distkey",
    "using",
    "codec",
];

/// The comma-separated entries of the parentheses at `open`, as token ranges.
pub fn entries(tokens: &Tokens<'_>, open: usize) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    if !tokens.symbol(open, "(") {
        return out;
    }
    let mut depth = 0usize;
    let mut start = open + 1;
    for at in open..tokens.len() {
        match tokens.kind(at) {
            Some(TokenKind::Symbol) => match tokens.source(at) {
                "(" => depth += 1,
                ")" => {
                    depth -= 1;
                    if depth == 0 {
                        if at > start {
                            out.push((start, at));
                        }
                        return out;
                    }
                }
                "," if depth == 1 => {
                    if at > start {
                        out.push((start, at));
                    }
                    start = at + 1;
                }
                _ => {}
            },
            Some(TokenKind::Terminator) => break,
            _ => {}
        }
    }
    if tokens.len() > start {
        out.push((start, tokens.len()));
    }
    out
}

/// The built-in type behind a column type's first word.
fn builtin_type(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    Some(match word.as_str() {
        "int" | "integer" | "bigint" | "smallint" | "tinyint" | "mediumint" | "serial"
        | "bigserial" | "smallserial" | "int2" | "int4" | "int8" | "int16" | "int32" | "int64"
        | "uint8" | "uint16" | "uint32" | "uint64" | "year" | "oid" | "unsigned" | "serial4"
        | "serial8" => "int",
        "numeric" | "decimal" | "money" | "number" | "dec" | "smallmoney" => "decimal",
        "real" | "double" | "float" | "float4" | "float8" | "float32" | "float64" => "float",
        "bool" | "boolean" | "bit" => "bool",
        "text" | "varchar" | "varchar2" | "nvarchar" | "nvarchar2" | "char" | "nchar"
        | "character" | "string" | "clob" | "nclob" | "tinytext" | "mediumtext" | "longtext"
        | "citext" | "enum" | "set" | "xml" | "bpchar" | "name" | "ntext" | "inet" | "cidr"
        | "fixedstring" => "str",
        "blob" | "bytea" | "binary" | "varbinary" | "bytes" | "tinyblob" | "mediumblob"
        | "longblob" | "image" | "raw" => "bytes",
        "date" | "time" | "timestamp" | "timestamptz" | "datetime" | "datetime2" | "interval"
        | "timetz" | "smalldatetime" | "datetimeoffset" | "datetime64" => "datetime",
        "json" | "jsonb" | "hstore" | "map" | "variant" | "object" => "dict",
        "uuid" | "uniqueidentifier" => "uuid",
        "array" => "list",
        "void" | "trigger" | "record" | "event_trigger" => "none",
        _ => return None,
    })
}

impl SqlFile<'_, '_, '_> {
    /// Defines a table or view and the key it provides; not open afterwards.
    pub(super) fn table_definition(
        &mut self,
        tokens: &Tokens<'_>,
        name_at: usize,
        signature: usize,
        name: &str,
        doc: &str,
        provides: bool,
    ) -> DefinitionId {
        let span = bytes(tokens, 0, tokens.len());
        let name_span = bytes(tokens, name_at, name_at + 1);
        let end = bytes(tokens, 0, signature).end;
        let id = self.define(SymbolKind::Table, written(tokens, name_at), span, name_span, end);
        self.out.set_doc(id, doc);
        self.out.open_definition(id, ScopeKind::Type);
        self.out.close_definition();
        self.tables.insert(name.to_owned(), id);
        if provides {
            self.out.key(Channel::Table, name.to_owned(), true, Some(id), name_span);
        }
        id
    }

    pub(super) fn create_table(&mut self, tokens: &Tokens<'_>, kind: usize, at: usize, doc: &str) {
        let Some((after, name_at)) = tokens.dotted_name(at) else { return };
        let Some(name) = tokens.name(name_at) else { return };
        let temporary = (1..kind).any(|at| tokens.is_any(at, &["temp", "temporary"]))
            || tokens.source(name_at.saturating_sub(1)) == "#";
        let table = self.table_definition(tokens, name_at, after, &name, doc, !temporary);
        for (from, to) in entries(tokens, after) {
            if Self::is_constraint(tokens, from, to) {
                self.references(tokens, from, to);
            } else if tokens.name(from).is_some() && to > from + usize::from(!temporary) {
                self.column(tokens, (table, &name), from, to, !temporary);
            } else if tokens.name(from).is_some() && tokens.symbol(after, "(") {
                // A column without a type: SQLite allows it, `CREATE TABLE t (a, b)`.
                self.column(tokens, (table, &name), from, to, !temporary);
            }
        }
        // CREATE TABLE … AS SELECT …
        let tail = if tokens.symbol(after, "(") { tokens.after_parentheses(after) } else { after };
        let query = (tail..tokens.len())
            .find(|at| tokens.is_any(*at, &["select", "with"]) && !tokens.is(at + 1, "("));
        if let Some(query) = query.filter(|query| tokens.is(query - 1, "as")) {
            let span = bytes(tokens, query, tokens.len());
            let body = tokens.slice(query, tokens.len());
            let accesses = crate::extract::sql::accesses_of_statement(&body);
            self.accesses(&accesses, Some(table), span, &[]);
        }
    }

    fn is_constraint(tokens: &Tokens<'_>, from: usize, to: usize) -> bool {
        if !tokens.is_any(from, &CONSTRAINTS) {
            return false;
        }
        // A column may be called `key`, `index` or `period`: its type tells.
        let typed = from + 1 < to && builtin_type(tokens.source(from + 1)).is_some();
        !(typed && tokens.is_any(from, &["key", "index", "period", "partition", "like", "check"]))
    }

    /// Defines a column from the entry's tokens `from..to` and the key `table.column`.
    pub(super) fn column(
        &mut self,
        tokens: &Tokens<'_>,
        table: (DefinitionId, &str),
        from: usize,
        to: usize,
        provides: bool,
    ) {
        let (owner, table) = table;
        let scope = self.out.get(owner).scope;
        self.out.push_parent(owner);
        if let Some(scope) = scope {
            self.out.reopen_scope(scope);
        }
        self.column_here(tokens, table, from, to, provides);
        if scope.is_some() {
            self.out.close_scope();
        }
        self.out.pop_parent();
    }

    fn column_here(
        &mut self,
        tokens: &Tokens<'_>,
        table: &str,
        from: usize,
        to: usize,
        provides: bool,
    ) {
        let Some(name) = tokens.name(from) else { return };
        let key = format!("{table}.{name}");
        if self.columns.contains_key(&key) {
            return;
        }
        let span = bytes(tokens, from, to);
        let name_span = bytes(tokens, from, from + 1);
        let id = self.define(SymbolKind::Column, written(tokens, from), span, name_span, 0);
        let declared = self.column_type(tokens, from + 1, to);
        self.out.get_mut(id).declared_type = declared;
        let doc = self.column_doc(tokens, from, to);
        self.out.set_doc(id, &doc);
        self.references(tokens, from, to);
        if provides {
            self.out.key(Channel::Table, key.clone(), true, Some(id), name_span);
        }
        self.columns.insert(key, id);
    }

    /// `COMMENT '…'` of MySQL, or the comment that ends the column's line.
    fn column_doc(&self, tokens: &Tokens<'_>, from: usize, to: usize) -> String {
        let comment = (from..to).find(|at| tokens.is(*at, "comment"));
        if let Some(comment) = comment
            && tokens.kind(comment + 1) == Some(TokenKind::Text)
        {
            return tokens.source(comment + 1).trim_matches('\'').to_owned();
        }
        let end = bytes(tokens, from, to).end as usize;
        let next = self.comments.partition_point(|comment| comment.start < end);
        let Some(comment) = self.comments.get(next) else { return String::new() };
        let gap = tokens.text.get(end..comment.start).unwrap_or("\n");
        if gap.contains('\n') || gap.trim().len() > 1 {
            return String::new();
        }
        doc::strip_comment(&tokens.text[comment.start..comment.end])
    }

    /// The type a column is declared with.
    pub(super) fn column_type(
        &mut self,
        tokens: &Tokens<'_>,
        at: usize,
        to: usize,
    ) -> Option<ExpressionId> {
        if at >= to || tokens.is_any(at, &AFTER_TYPE) {
            return None;
        }
        let (after, last) = tokens.dotted_name(at)?;
        let word = written(tokens, last);
        let type_id = match builtin_type(word) {
            Some(builtin) => self.out.builtin(builtin),
            None if word.is_empty() => return None,
            None => {
                let named = self.out.name_expression(word);
                self.out.type_reference(word, bytes(tokens, last, last + 1), named);
                named
            }
        };
        let end = if tokens.symbol(after, "(") { tokens.after_parentheses(after) } else { after };
        if end < to && tokens.symbol(end, "[") || tokens.is(end, "array") {
            let list = self.out.builtin("list");
            return Some(self.out.generic(list, &[type_id]));
        }
        Some(type_id)
    }

    /// Foreign keys among tokens `from..to`.
    pub(super) fn references(&mut self, tokens: &Tokens<'_>, from: usize, to: usize) {
        for at in from..to {
            if tokens.is(at, "references") {
                self.mention_table(tokens, at + 1);
            }
        }
    }

    // ---- alter ---------------------------------------------------------------------------------

    pub(super) fn alter_table(&mut self, tokens: &Tokens<'_>) {
        let mut at = 2;
        while tokens.is_any(at, &["table", "if", "exists", "only"]) {
            at += 1;
        }
        let Some((after, name_at)) = tokens.dotted_name(at) else { return };
        let Some(table) = tokens.name(name_at) else { return };
        let mut depth = 0usize;
        let mut start = after;
        for at in after..=tokens.len() {
            if tokens.symbol(at, "(") {
                depth += 1;
            } else if tokens.symbol(at, ")") {
                depth = depth.saturating_sub(1);
            } else if at == tokens.len() || (depth == 0 && tokens.symbol(at, ",")) {
                self.alter_action(tokens, &table, name_at, start, at);
                start = at + 1;
            }
        }
    }

    fn alter_action(
        &mut self,
        tokens: &Tokens<'_>,
        table: &str,
        name_at: usize,
        from: usize,
        to: usize,
    ) {
        let skip = |mut at: usize, words: &[&str]| {
            while at < to && tokens.is_any(at, words) {
                at += 1;
            }
            at
        };
        if tokens.is(from, "add") {
            let at = skip(from + 1, &["column", "if", "not", "exists"]);
            if tokens.symbol(at, "(") {
                for (from, to) in entries(tokens, at) {
                    if !Self::is_constraint(tokens, from, to) {
                        self.added_column(tokens, table, name_at, from, to);
                    }
                }
            } else if Self::is_constraint(tokens, at, to) {
                self.references(tokens, at, to);
            } else {
                self.added_column(tokens, table, name_at, at, to);
            }
        } else if tokens.is(from, "change") {
            let old = skip(from + 1, &["column"]);
            self.added_column(tokens, table, name_at, old + 1, to);
        } else if tokens.is(from, "rename") && !tokens.is_any(from + 1, &["to", "constraint"]) {
            let old = skip(from + 1, &["column"]);
            if tokens.is(old + 1, "to") {
                self.added_column(tokens, table, name_at, old + 2, old + 3);
            }
        }
    }

    /// A column that a migration adds: it belongs to the table of this file, or else to the table
    /// of that name wherever it is.
    fn added_column(
        &mut self,
        tokens: &Tokens<'_>,
        table: &str,
        name_at: usize,
        from: usize,
        to: usize,
    ) {
        if tokens.name(from).is_none() || from >= to {
            return;
        }
        if let Some(owner) = self.tables.get(table).copied() {
            self.column(tokens, (owner, table), from, to, true);
            return;
        }
        let target = self.out.name_expression(written(tokens, name_at));
        self.out.extension(target, None);
        self.column_here(tokens, table, from, to, true);
        self.out.close_scope();
    }
}
