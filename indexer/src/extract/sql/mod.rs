//! SQL inside strings and files: which tables and columns a statement reads or writes.
//!
//! "Who updates the balance" is often answered by a string. Such strings are templates: bind
//! parameters of a dozen drivers, format marks, pieces glued together, cut off. So the text is first
//! tokenized by hand ([`tokens`]), everything unknown becomes a hole, and the clean text is given to
//! a full SQL parser, one dialect after the other; [`walk`] resolves aliases on its tree. What no
//! dialect parses still says which table it is about: [`fallback`] reads that from the tokens. A
//! text counts as SQL only when its clauses have the shape of a statement ([`shape`]), because a
//! sentence that becomes a table access would be a false edge.

mod fallback;
mod shape;
#[cfg(test)]
mod tests;
pub mod tokens;
mod walk;

use qf_graph::facts::SqlAccess;
pub use shape::is_statement;
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use tokens::{Token, TokenKind, Tokens, tokenize};

/// The name that stands for every hole in the text given to the parser.
const HOLE: &str = "__hole";

/// Statements longer than this are read by the fallback alone.
const MAX_TOKENS: usize = 4000;

/// Chains of operators longer than this would nest the parser's tree too deeply to be dropped.
const MAX_OPERATORS: usize = 500;

/// Whether a string's first words may begin a statement: a cheap test for strings whose rest is
/// not known yet.
pub fn begins_like_sql(text: &str) -> bool {
    let text = skip_to_statement(text);
    let word_end = text.bytes().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(text.len());
    if !(4..=9).contains(&word_end) {
        return false;
    }
    let word = &text[..word_end];
    shape::VERBS.iter().any(|verb| verb.eq_ignore_ascii_case(word))
}

/// Whether a string is a SQL statement: its clauses have the structure of one.
pub fn looks_like_sql(text: &str) -> bool {
    if text.len() < 12 || !begins_like_sql(text) {
        return false;
    }
    let clean = unescape(text);
    let list = tokenize(&clean);
    shape::is_statement(&Tokens { text: &clean, list: &list })
}

/// Parses `text` and lists its accesses; empty when it is no SQL. `within` and `span` are for the
/// caller to fill.
pub fn accesses(text: &str) -> Vec<SqlAccess> {
    let clean = unescape(text);
    let list = tokenize(&clean);
    let tokens = Tokens { text: &clean, list: &list };
    let mut out: Vec<SqlAccess> = Vec::new();
    for statement in statements(&tokens) {
        if shape::is_statement(&statement) {
            for access in accesses_of_statement(&statement) {
                if !out.contains(&access) {
                    out.push(access);
                }
            }
        }
    }
    out
}

/// The statements of a text, terminators left out.
pub fn statements<'a>(tokens: &Tokens<'a>) -> Vec<Tokens<'a>> {
    tokens
        .list
        .split(|token| token.kind == TokenKind::Terminator)
        .filter(|list| !list.is_empty())
        .map(|list| Tokens { text: tokens.text, list })
        .collect()
}

/// The accesses of one statement that is known to be SQL.
pub fn accesses_of_statement(statement: &Tokens<'_>) -> Vec<SqlAccess> {
    if statement.is(0, "copy")
        || statement.len() > MAX_TOKENS
        || operators(statement) > MAX_OPERATORS
    {
        return fallback::accesses(statement);
    }
    let dialects: [(&dyn Dialect, char); 4] = [
        (&GenericDialect {}, '"'),
        (&PostgreSqlDialect {}, '"'),
        (&MySqlDialect {}, '`'),
        (&SQLiteDialect {}, '"'),
    ];
    for (dialect, quote) in dialects {
        let text = render(statement, quote);
        let parsed = Parser::new(dialect)
            .with_recursion_limit(40)
            .try_with_sql(&text)
            .and_then(|mut parser| parser.parse_statements());
        if let Ok(parsed) = parsed {
            let mut walk = walk::Walk::default();
            for statement in &parsed {
                walk.statement(statement);
            }
            return walk.out;
        }
    }
    fallback::accesses(statement)
}

/// Number of tokens that make the parser's tree one level deeper without parentheses.
fn operators(statement: &Tokens<'_>) -> usize {
    const WORDS: [&str; 12] = [
        "and",
        "or",
        "not",
        "is",
        "like",
        "in",
        "between",
        "union",
        "except",
        "intersect",
        "collate",
        "at",
    ];
    (0..statement.len())
        .filter(|at| match statement.kind(*at) {
            Some(TokenKind::Symbol) => !matches!(statement.source(*at), "," | "." | "(" | ")"),
            Some(TokenKind::Word) => statement.is_any(*at, &WORDS),
            _ => false,
        })
        .count()
}

/// Position of the statement in a text: after blanks, comments and an opening parenthesis.
fn skip_to_statement(text: &str) -> &str {
    let mut text = text;
    for _ in 0..16 {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '(' || c == ';');
        if text.starts_with("--") {
            text = text.find('\n').map_or("", |end| &text[end..]);
        } else if text.starts_with("/*") {
            text = text.find("*/").map_or("", |end| &text[end + 2..]);
        } else if let Some(rest) = text.strip_prefix("\\n").or_else(|| text.strip_prefix("\\t")) {
            text = rest;
        } else {
            break;
        }
    }
    text
}

/// Undoes what a language's string syntax leaves in the raw text of a literal.
fn unescape(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.peek() {
            Some('n' | 't' | 'r' | '\n' | '\r') => {
                characters.next();
                out.push('\n');
            }
            Some('"' | '\'' | '`' | '\\') => out.extend(characters.next()),
            _ => out.push('\\'),
        }
    }
    out.into()
}

/// The statement as text every dialect can read: comments gone, literals emptied, holes named,
/// identifiers quoted with `quote`.
fn render(statement: &Tokens<'_>, quote: char) -> String {
    let mut out = String::with_capacity(statement.len() * 8);
    let mut in_values = false;
    for (at, token) in statement.list.iter().enumerate() {
        let source = statement.source(at);
        if at > 0 && !joined(statement, at) {
            out.push(' ');
        }
        match token.kind {
            TokenKind::Word => {
                in_values = continues_values(in_values, source);
                out.push_str(source);
            }
            TokenKind::Text => out.push_str("'x'"),
            TokenKind::Quoted if is_literal(statement, at, in_values) => out.push_str("'x'"),
            TokenKind::Quoted => quoted_name(statement, at, quote, &mut out),
            TokenKind::Hole => match statement.name(at) {
                Some(_) => quoted_name(statement, at, quote, &mut out),
                None => hole(statement, at, &mut out),
            },
            TokenKind::Number | TokenKind::Symbol => out.push_str(source),
            TokenKind::Terminator => out.push(';'),
        }
    }
    out
}

/// Whether token `at` touches the one before it; only names and calls care.
fn joined(statement: &Tokens<'_>, at: usize) -> bool {
    let touching = |before: &Token, after: &Token| before.end == after.start;
    touching(&statement.list[at - 1], &statement.list[at])
}

fn continues_values(inside: bool, word: &str) -> bool {
    if word.eq_ignore_ascii_case("values") {
        return true;
    }
    inside
        && !["on", "returning", "select", "from", "as"]
            .iter()
            .any(|end| word.eq_ignore_ascii_case(end))
}

/// `"…"` is a name in standard SQL and a string in MySQL and SQLite; its place tells.
fn is_literal(statement: &Tokens<'_>, at: usize, in_values: bool) -> bool {
    if !statement.source(at).starts_with('"') || statement.symbol(at + 1, ".") || at == 0 {
        return false;
    }
    let before = statement.source(at - 1);
    let quoted_column = at >= 2 && statement.source(at - 2).starts_with('"');
    match before {
        "=" | "<>" | "!=" | "<" | ">" | "<=" | ">=" => !quoted_column,
        "(" | "," if in_values => true,
        "(" => at >= 2 && statement.is(at - 2, "in"),
        _ => statement.is_any(at - 1, &["like", "ilike", "then", "else"]),
    }
}

fn quoted_name(statement: &Tokens<'_>, at: usize, quote: char, out: &mut String) {
    out.push(quote);
    match statement.name(at) {
        Some(name) => out.push_str(&name.replace(quote, "")),
        None => out.push_str(HOLE),
    }
    out.push(quote);
}

/// A hole stands for whatever the grammar wants at its place.
fn hole(statement: &Tokens<'_>, at: usize, out: &mut String) {
    let after = |keywords: &[&str]| at > 0 && statement.is_any(at - 1, keywords);
    if after(&["in", "values", "value"]) {
        out.push('(');
        out.push_str(HOLE);
        out.push(')');
    } else if after(&["limit", "offset", "top", "fetch", "first", "next"]) {
        out.push('1');
    } else if after(&["interval"]) {
        out.push_str("'1'");
    } else if after(&["set"]) && !statement.symbol(at + 1, "=") && !statement.symbol(at + 1, ".") {
        out.push_str(HOLE);
        out.push_str(" = 1");
    } else {
        // A parameter of a routine or driver that touches a name must not become part of it.
        out.push_str(HOLE);
    }
}
