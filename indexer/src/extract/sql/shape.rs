//! Is it a statement or a sentence?
//!
//! `Select a file from the list` begins like SQL. What tells them apart is clause structure (a
//! `SET` with an assignment, a list in parentheses), spelling (`Select` with one capital is how
//! sentences begin) and words no table is called (`the`, `your`).

use super::tokens::{TokenKind, Tokens};

/// Words a statement begins with.
pub const VERBS: [&str; 14] = [
    "select", "insert", "update", "delete", "replace", "merge", "with", "create", "alter",
    "truncate", "explain", "begin", "upsert", "copy",
];

/// Words that stand where a sentence has them and SQL has a name.
const SENTENCE_WORDS: [&str; 42] = [
    "a", "an", "the", "your", "my", "our", "their", "his", "her", "its", "it", "this", "that",
    "these", "those", "here", "there", "one", "another", "each", "every", "either", "some",
    "which", "what", "where", "who", "you", "we", "them", "to", "of", "below", "above", "with",
    "for", "and", "or", "in", "on", "if", "at",
];

/// Words that may follow a table and its alias.
const AFTER_TABLE: [&str; 41] = [
    "where",
    "join",
    "left",
    "right",
    "inner",
    "outer",
    "full",
    "cross",
    "natural",
    "order",
    "group",
    "having",
    "limit",
    "offset",
    "union",
    "except",
    "intersect",
    "for",
    "on",
    "using",
    "window",
    "fetch",
    "returning",
    "set",
    "as",
    "tablesample",
    "lateral",
    "qualify",
    "pivot",
    "unpivot",
    "with",
    "force",
    "use",
    "ignore",
    "minus",
    "start",
    "connect",
    "final",
    "prewhere",
    "partition",
    "straight_join",
];

/// Words of expressions, which may stand beside names.
const JOINING: [&str; 16] = [
    "as", "case", "when", "then", "else", "end", "and", "or", "not", "over", "is", "null", "in",
    "like", "between", "interval",
];

/// Most `BEGIN`s in front of a statement.
const MAX_BLOCKS: u32 = 16;

/// Whether the tokens are a statement.
pub fn is_statement(tokens: &Tokens<'_>) -> bool {
    is_statement_inside(tokens, 0)
}

fn is_statement_inside(tokens: &Tokens<'_>, blocks: u32) -> bool {
    let mut at = 0;
    while tokens.symbol(at, "(") {
        at += 1;
    }
    if tokens.is(at, "explain") {
        at += 1;
        while tokens.is_any(at, &["analyze", "verbose", "query", "plan", "extended"]) {
            at += 1;
        }
    }
    if tokens.is(at, "begin") {
        // A block or a transaction: what follows decides.
        let next = (at + 1..tokens.len()).find(|at| tokens.is_any(*at, &VERBS));
        return next.is_some_and(|next| {
            blocks < MAX_BLOCKS
                && is_statement_inside(&tokens.slice(next, tokens.len()), blocks + 1)
        });
    }
    let verb = tokens.source(at);
    let shape = Shape { tokens, title_case: is_title_case(verb) };
    match verb.to_ascii_lowercase().as_str() {
        "select" => shape.select(at + 1),
        "update" => shape.update(at + 1),
        "insert" | "replace" | "upsert" => shape.insert(at + 1),
        "delete" => shape.delete(at + 1),
        "merge" => shape.merge(at + 1),
        "with" => shape.with(at + 1),
        "create" => shape.create(at + 1),
        "alter" => shape.alter(at + 1),
        "truncate" => shape.truncate(at + 1),
        "copy" => shape.copy(at + 1),
        _ => false,
    }
}

fn is_title_case(word: &str) -> bool {
    let mut bytes = word.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_uppercase())
        && bytes.next().is_some_and(|second| second.is_ascii_lowercase())
}

struct Shape<'t, 'a> {
    tokens: &'t Tokens<'a>,
    /// The verb is written `Select`: more than words is asked for.
    title_case: bool,
}

impl Shape<'_, '_> {
    /// Position after a table's name, `None` when no table can stand there.
    fn table(&self, at: usize) -> Option<usize> {
        let (after, last) = self.tokens.dotted_name(at)?;
        let word = self.tokens.kind(last) == Some(TokenKind::Word);
        let sentence = word && self.tokens.is_any(last, &SENTENCE_WORDS);
        // `FROM a WHERE` is a table all the same.
        let clause = self.tokens.is_any(after, &AFTER_TABLE)
            || matches!(self.tokens.source(after), "(" | "," | ")");
        (!sentence || clause).then_some(after)
    }

    /// Position after an optional alias; `None` when something else than a clause follows.
    fn after_alias(&self, at: usize) -> Option<usize> {
        let tokens = self.tokens;
        let mut at = at;
        if tokens.is(at, "as") {
            at += 2;
        } else if matches!(tokens.kind(at), Some(TokenKind::Word | TokenKind::Quoted))
            && !tokens.is_any(at, &AFTER_TABLE)
        {
            if tokens.is_any(at, &SENTENCE_WORDS) {
                return None;
            }
            at += 1;
        }
        let ends = match tokens.kind(at) {
            None | Some(TokenKind::Terminator | TokenKind::Hole) => true,
            Some(TokenKind::Symbol) => matches!(tokens.source(at), "," | ")" | "("),
            Some(TokenKind::Word) => tokens.is_any(at, &AFTER_TABLE),
            _ => false,
        };
        ends.then_some(at)
    }

    /// Whether the tokens hold something no sentence has: an assignment or comparison, a call, a
    /// star.
    fn has_operators(&self) -> bool {
        (0..self.tokens.len()).any(|at| {
            self.tokens.kind(at) == Some(TokenKind::Symbol)
                && matches!(self.tokens.source(at), "=" | "*" | "(" | "<" | ">" | "<>")
        })
    }

    fn select(&self, from: usize) -> bool {
        let tokens = self.tokens;
        let mut at = from;
        while tokens.is_any(at, &["distinct", "all", "top", "sql_calc_found_rows"]) {
            at += 1;
        }
        let Some(list_end) = self.select_list(at) else { return false };
        if list_end == at && !tokens.is(at, "from") {
            return false;
        }
        if self.title_case && !self.has_operators() {
            return false;
        }
        if tokens.is(list_end, "into") {
            return true;
        }
        let table = list_end + 1 + usize::from(tokens.is_any(list_end + 1, &["only", "lateral"]));
        if tokens.symbol(table, "(") {
            return true;
        }
        let Some(after) = self.table(table) else { return false };
        tokens.symbol(after, "(") || self.after_alias(after).is_some()
    }

    /// Position of the `FROM` (or `INTO`) that ends a select list, when the list is one: no three
    /// bare words in a row, no sentence words.
    fn select_list(&self, from: usize) -> Option<usize> {
        let tokens = self.tokens;
        let mut depth = 0usize;
        let mut bare = 0;
        for at in from..tokens.len() {
            match tokens.kind(at) {
                Some(TokenKind::Symbol) => {
                    bare = 0;
                    match tokens.source(at) {
                        "(" => depth += 1,
                        ")" => depth = depth.checked_sub(1)?,
                        _ => {}
                    }
                }
                Some(TokenKind::Terminator) => return None,
                _ if depth > 0 => {}
                Some(TokenKind::Word) => {
                    if tokens.is_any(at, &["from", "into"]) {
                        return Some(at);
                    }
                    if tokens.is_any(at, &JOINING) {
                        bare = 0;
                    } else {
                        bare += 1;
                        let sentence = tokens.is_any(at, &SENTENCE_WORDS)
                            && !tokens.symbol(at + 1, ".")
                            && tokens.kind(at + 1) == Some(TokenKind::Word)
                            && !tokens.is_any(at + 1, &["from", "into", "as"]);
                        if sentence || bare > 2 {
                            return None;
                        }
                    }
                }
                _ => bare = 0,
            }
        }
        None
    }

    fn update(&self, from: usize) -> bool {
        let tokens = self.tokens;
        let mut at = from;
        if tokens.is(at, "or") {
            at += 2;
        }
        while tokens.is_any(at, &["only", "ignore", "low_priority"]) {
            at += 1;
        }
        let Some(after) = self.table(at) else { return false };
        // Aliases and joins stand between the table and its SET.
        let Some(set) = (after..tokens.len()).find(|at| tokens.is(*at, "set")) else {
            return false;
        };
        if self.after_alias(after).is_none() {
            return false;
        }
        match tokens.kind(set + 1) {
            None => tokens.source(set) == "SET",
            Some(TokenKind::Symbol) => tokens.symbol(set + 1, "("),
            Some(TokenKind::Hole) => true,
            _ => tokens
                .dotted_name(set + 1)
                .is_some_and(|(end, _)| matches!(tokens.source(end), "=" | ":=" | "[" | "+")),
        }
    }

    fn insert(&self, from: usize) -> bool {
        let tokens = self.tokens;
        let mut at = from;
        if tokens.is(at, "or") {
            at += 2;
        }
        while tokens.is_any(at, &["ignore", "low_priority", "delayed", "high_priority"]) {
            at += 1;
        }
        if !tokens.is_any(at, &["into", "overwrite"]) {
            return false;
        }
        at += 1;
        while tokens.is(at, "table") {
            at += 1;
        }
        let Some(after) = self.table(at) else { return false };
        let after = if tokens.is(after, "as") { after + 2 } else { after };
        match tokens.kind(after) {
            None => tokens.source(from).starts_with(char::is_uppercase) && !self.title_case,
            Some(TokenKind::Symbol) => tokens.symbol(after, "("),
            Some(TokenKind::Hole) => true,
            Some(TokenKind::Word) => {
                tokens.is_any(after, &["values", "value", "select", "default", "set", "with"])
            }
            _ => false,
        }
    }

    fn delete(&self, from: usize) -> bool {
        let tokens = self.tokens;
        let targets_first = !tokens.is(from, "from");
        let at = if targets_first {
            // MySQL names the targets first: DELETE a, b FROM a JOIN b.
            let Some(found) = (from..tokens.len().min(from + 8)).find(|at| tokens.is(*at, "from"))
            else {
                return false;
            };
            found + 1
        } else {
            from + 1
        };
        let at = at + usize::from(tokens.is(at, "only"));
        let Some(after) = self.table(at) else { return false };
        let Some(end) = self.after_alias(after) else { return false };
        let clause = end < tokens.len();
        let strict = self.title_case || targets_first;
        if strict { clause && self.has_operators() } else { end == after || clause }
    }

    fn merge(&self, from: usize) -> bool {
        let at = from + usize::from(self.tokens.is(from, "into"));
        let using = (at..self.tokens.len()).find(|at| self.tokens.is(*at, "using"));
        self.table(at).is_some()
            && using.is_some_and(|using| {
                (using..self.tokens.len()).any(|at| self.tokens.is(at, "when"))
            })
    }

    fn with(&self, from: usize) -> bool {
        let tokens = self.tokens;
        let at = from + usize::from(tokens.is(from, "recursive"));
        let Some((mut after, _)) = tokens.dotted_name(at) else { return false };
        if tokens.symbol(after, "(") {
            after = tokens.after_parentheses(after);
        }
        if !tokens.is(after, "as") {
            return false;
        }
        after += 1;
        while tokens.is_any(after, &["not", "materialized"]) {
            after += 1;
        }
        while tokens.symbol(after, "(") {
            after += 1;
            if tokens.is_any(after, &VERBS) || tokens.is_any(after, &["values", "table"]) {
                return true;
            }
        }
        tokens.kind(after) == Some(TokenKind::Hole)
    }

    fn create(&self, from: usize) -> bool {
        let tokens = self.tokens;
        let kind = (from..tokens.len().min(from + 6)).find(|at| {
            tokens.is_any(*at, &["table", "view", "index", "function", "procedure", "trigger"])
        });
        let Some(kind) = kind else { return false };
        let mut at = kind + 1;
        while tokens.is_any(at, &["if", "not", "exists", "concurrently"]) {
            at += 1;
        }
        self.table(at).is_some_and(|after| {
            tokens.symbol(after, "(")
                || tokens.is_any(after, &["as", "on", "like", "before", "after"])
        })
    }

    fn alter(&self, from: usize) -> bool {
        let tokens = self.tokens;
        if !tokens.is(from, "table") {
            return false;
        }
        let mut at = from + 1;
        while tokens.is_any(at, &["if", "exists", "only"]) {
            at += 1;
        }
        self.table(at).is_some_and(|after| {
            tokens.is_any(after, &["add", "drop", "alter", "rename", "modify", "change", "set"])
        })
    }

    fn truncate(&self, from: usize) -> bool {
        let tokens = self.tokens;
        let at = from + usize::from(tokens.is(from, "table"));
        let keyword = at > from;
        self.table(at).is_some_and(|after| {
            let rest = after == tokens.len()
                || tokens.symbol(after, ",")
                || tokens.is_any(after, &["restart", "continue", "cascade", "restrict"]);
            rest && (keyword || tokens.source(from - 1) == "TRUNCATE") && !self.title_case
        })
    }

    fn copy(&self, from: usize) -> bool {
        let tokens = self.tokens;
        let Some(mut after) = self.table(from) else {
            return tokens.symbol(from, "(") && tokens.is_any(from + 1, &["select", "with"]);
        };
        if tokens.symbol(after, "(") {
            after = tokens.after_parentheses(after);
        }
        tokens.is_any(after, &["from", "to"])
            && (tokens.is_any(after + 1, &["stdin", "stdout", "program"])
                || tokens.kind(after + 1) == Some(TokenKind::Text))
    }
}
