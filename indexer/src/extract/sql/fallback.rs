//! What a statement that no dialect parses still says.
//!
//! Cut-off strings, exotic clauses and templates with whole clauses in their holes are common. One
//! pass collects the tables with their aliases, a second one the columns that stand where only a
//! column of the statement can stand: the targets of `SET`, the list of an `INSERT`, a simple
//! select list, the left side of a comparison.

use super::tokens::{TokenKind, Tokens};
use qf_graph::facts::{ByteRange, SqlAccess};

/// Words that end the search for an alias or are no columns.
const KEYWORDS: [&str; 62] = [
    "select",
    "from",
    "where",
    "and",
    "or",
    "not",
    "in",
    "is",
    "null",
    "set",
    "values",
    "value",
    "on",
    "join",
    "left",
    "right",
    "inner",
    "outer",
    "full",
    "cross",
    "natural",
    "group",
    "order",
    "by",
    "having",
    "limit",
    "offset",
    "union",
    "all",
    "distinct",
    "as",
    "case",
    "when",
    "then",
    "else",
    "end",
    "like",
    "ilike",
    "between",
    "exists",
    "using",
    "returning",
    "for",
    "update",
    "insert",
    "delete",
    "into",
    "with",
    "asc",
    "desc",
    "default",
    "true",
    "false",
    "conflict",
    "do",
    "nothing",
    "duplicate",
    "key",
    "force",
    "index",
    "ignore",
    "if",
];

struct Table {
    alias: String,
    /// `None` when it is a hole, a sub-query or a common table expression.
    name: Option<String>,
    role: TableRole,
    touched: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum TableRole {
    Read,
    Update,
    Insert,
    Delete,
}

struct Fallback<'t, 'a> {
    tokens: &'t Tokens<'a>,
    tables: Vec<Table>,
    common: Vec<String>,
    out: Vec<SqlAccess>,
}

/// The accesses of a statement as far as its tokens tell.
pub fn accesses(tokens: &Tokens<'_>) -> Vec<SqlAccess> {
    let mut fallback = Fallback { tokens, tables: Vec::new(), common: Vec::new(), out: Vec::new() };
    if tokens.is(0, "copy") {
        fallback.copy();
    } else {
        fallback.collect_tables();
        fallback.collect_columns();
    }
    fallback.finish()
}

impl Fallback<'_, '_> {
    fn note(&mut self, table: &str, column: Option<String>, write: bool, insert: bool) {
        let access = SqlAccess {
            table: table.to_owned(),
            column,
            write,
            insert,
            within: None,
            span: ByteRange::default(),
        };
        if !self.out.contains(&access) {
            self.out.push(access);
        }
    }

    fn is_keyword(&self, at: usize) -> bool {
        self.tokens.is_any(at, &KEYWORDS)
    }

    /// `COPY t (a, b) FROM stdin` of Postgres, whose parser would want the data as well.
    fn copy(&mut self) {
        let tokens = self.tokens;
        let Some((mut after, last)) = tokens.dotted_name(1) else { return };
        let Some(table) = tokens.name(last) else { return };
        let mut columns = Vec::new();
        if tokens.symbol(after, "(") {
            let close = tokens.after_parentheses(after);
            columns.extend((after + 1..close).filter_map(|at| tokens.name(at)));
            after = close;
        }
        let insert = tokens.is(after, "from");
        if columns.is_empty() {
            self.note(&table, None, insert, insert);
        }
        for column in columns {
            self.note(&table, Some(column), insert, insert);
        }
    }

    // ---- tables --------------------------------------------------------------------------------

    fn collect_tables(&mut self) {
        let tokens = self.tokens;
        let verb = tokens.source(0).to_ascii_lowercase();
        for at in 0..tokens.len() {
            if tokens.symbol(at + 1, "(") && tokens.is(at, "as") && at > 0 {
                // `WITH recent AS (`: a name for a query, not a table.
                self.common.extend(tokens.name(at - 1));
            }
            let role = if tokens.is(at, "from") {
                let deletes = (at > 0 && tokens.is(at - 1, "delete"))
                    || (at > 0 && verb == "delete" && self.tables.is_empty());
                if deletes { TableRole::Delete } else { TableRole::Read }
            } else if tokens.is(at, "join") || (tokens.is(at, "using") && verb == "merge") {
                TableRole::Read
            } else if tokens.is(at, "update") && !self.is_clause_update(at) {
                TableRole::Update
            } else if tokens.is(at, "into") {
                match verb.as_str() {
                    "merge" => TableRole::Update,
                    "select" => continue,
                    _ => TableRole::Insert,
                }
            } else {
                continue;
            };
            self.table_list(at + 1, role);
        }
    }

    /// `ON DUPLICATE KEY UPDATE`, `DO UPDATE`, `FOR UPDATE`, `THEN UPDATE SET`.
    fn is_clause_update(&self, at: usize) -> bool {
        (at > 0 && self.tokens.is_any(at - 1, &["key", "do", "for", "then", "on"]))
            || self.tokens.is(at + 1, "set")
    }

    /// The table at `at` with its alias, and more after commas.
    fn table_list(&mut self, at: usize, role: TableRole) {
        let tokens = self.tokens;
        let mut at = at;
        loop {
            while tokens.is_any(at, &["only", "table", "lateral", "ignore", "low_priority"]) {
                at += 1;
            }
            if tokens.symbol(at, "(") {
                at = tokens.after_parentheses(at);
                self.tables.push(Table {
                    alias: tokens.name(at).unwrap_or_default(),
                    name: None,
                    role,
                    touched: true,
                });
                return;
            }
            let Some((after, last)) = tokens.dotted_name(at) else { return };
            if self.is_keyword(last) {
                return;
            }
            let function = tokens.symbol(after, "(") && role == TableRole::Read;
            let name = tokens.name(last).filter(|name| !function && !self.common.contains(name));
            let mut alias_at = after + usize::from(tokens.is(after, "as"));
            let alias = tokens.name(alias_at).filter(|_| !self.is_keyword(alias_at));
            if alias.is_some() {
                alias_at += 1;
            }
            let alias = alias.or_else(|| name.clone()).unwrap_or_default();
            self.tables.push(Table { alias, name, role, touched: false });
            if role != TableRole::Read || !tokens.symbol(alias_at, ",") {
                return;
            }
            at = alias_at + 1;
        }
    }

    // ---- columns -------------------------------------------------------------------------------

    /// The position in `tables` a column belongs to.
    fn owner(&self, qualifier: Option<&str>, write: bool) -> Option<usize> {
        match qualifier {
            Some(alias) => self.tables.iter().position(|table| table.alias == alias),
            None if write => self.tables.iter().position(|table| table.role != TableRole::Read),
            None if self.tables.len() == 1 => Some(0),
            None => None,
        }
    }

    /// The column name at `at` with its qualifier, and the position after it.
    fn column(&self, at: usize) -> Option<(Option<String>, String, usize)> {
        let (after, last) = self.tokens.dotted_name(at)?;
        let column = self.tokens.name(last)?;
        if self.is_keyword(last) {
            return None;
        }
        let qualifier = if last > at { Some(self.tokens.name(last - 2)?) } else { None };
        Some((qualifier, column, after))
    }

    fn access(&mut self, qualifier: Option<&str>, column: String, write: bool, insert: bool) {
        if let Some(owner) = self.owner(qualifier, write) {
            self.tables[owner].touched = true;
            if let Some(name) = self.tables[owner].name.clone() {
                self.note(&name, Some(column), write, insert);
            }
        }
    }

    fn collect_columns(&mut self) {
        let tokens = self.tokens;
        let mut at = 0;
        while at < tokens.len() {
            let upserts = tokens.is(at, "update") && at > 0 && tokens.is(at - 1, "key");
            if tokens.is(at, "set") || upserts {
                at = self.assignments(at + 1);
            } else if tokens.is(at, "into") {
                at = self.insert_list(at + 1);
            } else if tokens.is(at, "select") {
                at = self.select_list(at + 1);
            } else {
                self.comparison(at);
                at += 1;
            }
        }
    }

    /// `a = …, t.b = …` to the end of the clause.
    fn assignments(&mut self, from: usize) -> usize {
        let tokens = self.tokens;
        let inserts = tokens.is_any(0, &["insert", "replace"])
            && !tokens.is(from - 1, "update")
            && !(from >= 2 && tokens.is(from - 2, "update"));
        let mut at = from;
        let mut target = true;
        let mut depth = 0usize;
        while at < tokens.len() {
            if tokens.symbol(at, "(") {
                depth += 1;
            } else if tokens.symbol(at, ")") {
                if depth == 0 {
                    return at;
                }
                depth -= 1;
            } else if depth == 0 && tokens.is_any(at, &["where", "from", "returning", "when"]) {
                return at;
            } else if depth == 0 && tokens.symbol(at, ",") {
                target = true;
                at += 1;
                continue;
            } else if target && depth == 0 {
                if let Some((qualifier, column, after)) = self.column(at)
                    && matches!(tokens.source(after), "=" | ":=")
                {
                    self.access(qualifier.as_deref(), column, true, inserts);
                    at = after;
                }
            } else {
                self.comparison(at);
            }
            target = false;
            at += 1;
        }
        at
    }

    /// The column list after `INSERT INTO t`.
    fn insert_list(&mut self, from: usize) -> usize {
        let tokens = self.tokens;
        let Some((after, _)) = tokens.dotted_name(from) else { return from };
        let mut at = after;
        if tokens.is(at, "as") {
            at += 2;
        }
        if !tokens.symbol(at, "(") || tokens.is(at + 1, "select") {
            return after;
        }
        at += 1;
        while let Some((_, column, next)) = self.column(at) {
            if !matches!(tokens.source(next), "," | ")" | "") {
                break;
            }
            self.access(None, column, true, true);
            at = next + 1;
            if !tokens.symbol(next, ",") {
                break;
            }
        }
        at
    }

    /// Plain columns of a select list.
    fn select_list(&mut self, from: usize) -> usize {
        let tokens = self.tokens;
        let mut at = from + usize::from(tokens.is(from, "distinct"));
        while let Some((qualifier, column, after)) = self.column(at) {
            let mut end = after;
            if tokens.is(end, "as") {
                end += 2;
            } else if self.column(end).is_some() {
                end += 1;
            }
            if !(tokens.symbol(end, ",") || tokens.is(end, "from")) {
                break;
            }
            self.access(qualifier.as_deref(), column, false, false);
            at = end + usize::from(tokens.symbol(end, ","));
        }
        at
    }

    /// A column left of a comparison operator.
    fn comparison(&mut self, at: usize) {
        let tokens = self.tokens;
        if at > 0 && (tokens.symbol(at - 1, ".") || tokens.is(at - 1, "as")) {
            return;
        }
        if let Some((qualifier, column, after)) = self.column(at) {
            let operator =
                matches!(tokens.source(after), "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=")
                    || tokens.is_any(after, &["in", "is", "like", "ilike", "between"]);
            if operator && tokens.kind(after) != Some(TokenKind::Hole) {
                self.access(qualifier.as_deref(), column, false, false);
            }
        }
    }

    /// Adds what is known of tables without columns.
    fn finish(mut self) -> Vec<SqlAccess> {
        for table in std::mem::take(&mut self.tables) {
            let Some(name) = table.name else { continue };
            match table.role {
                TableRole::Delete => self.note(&name, None, true, false),
                TableRole::Update if !table.touched => self.note(&name, None, true, false),
                TableRole::Insert if !table.touched => self.note(&name, None, true, true),
                TableRole::Read if !table.touched => self.note(&name, None, false, false),
                _ => {}
            }
        }
        self.out
    }
}
