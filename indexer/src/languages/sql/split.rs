//! Where statements end.
//!
//! A semicolon ends a statement, except inside the `BEGIN … END` body of a routine; `GO` and `/` on
//! a line of their own end one too, and scripts without any of them begin the next `CREATE` on a
//! new line.

use crate::extract::sql::tokens::{TokenKind, Tokens};

/// The statements as token ranges, none of them empty.
pub fn statements(tokens: &Tokens<'_>) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut splitter = Splitter { tokens, start: 0, depth: 0, parentheses: 0, routine: false };
    for at in 0..tokens.len() {
        if let Some(next) = splitter.ends_at(at) {
            if at > splitter.start {
                out.push((splitter.start, at));
            }
            splitter = Splitter { tokens, start: next, depth: 0, parentheses: 0, routine: false };
        }
        splitter.step(at);
    }
    if tokens.len() > splitter.start {
        out.push((splitter.start, tokens.len()));
    }
    out
}

struct Splitter<'t, 'a> {
    tokens: &'t Tokens<'a>,
    start: usize,
    /// Open `BEGIN` and `CASE`.
    depth: usize,
    parentheses: usize,
    routine: bool,
}

impl Splitter<'_, '_> {
    /// The start of the next statement when this one ends before token `at`.
    fn ends_at(&self, at: usize) -> Option<usize> {
        let tokens = self.tokens;
        if tokens.kind(at) == Some(TokenKind::Terminator) {
            return (!self.routine || self.depth == 0).then_some(at + 1);
        }
        if !self.begins_line(at) {
            return None;
        }
        if tokens.is(at, "go") || (tokens.symbol(at, "/") && self.begins_line(at + 1)) {
            return Some(at + 1);
        }
        let defines = tokens.is_any(at, &["create", "alter"])
            && tokens.is_any(
                at + 1,
                &[
                    "table",
                    "view",
                    "index",
                    "procedure",
                    "function",
                    "unique",
                    "or",
                    "trigger",
                    "type",
                    "clustered",
                    "nonclustered",
                    "proc",
                ],
            );
        let open = self.routine || self.parentheses > 0 || at == self.start;
        (defines && !open).then_some(at)
    }

    fn begins_line(&self, at: usize) -> bool {
        let Some(token) = self.tokens.list.get(at) else { return true };
        let line = self.tokens.text[..token.start].rfind('\n').map_or(0, |newline| newline + 1);
        self.tokens.text[line..token.start].trim().is_empty()
    }

    fn step(&mut self, at: usize) {
        let tokens = self.tokens;
        match tokens.kind(at) {
            Some(TokenKind::Symbol) => match tokens.source(at) {
                "(" => self.parentheses += 1,
                ")" => self.parentheses = self.parentheses.saturating_sub(1),
                _ => {}
            },
            Some(TokenKind::Word) => self.step_word(at),
            _ => {}
        }
    }

    fn step_word(&mut self, at: usize) {
        let tokens = self.tokens;
        if at < self.start + 12
            && tokens.is(self.start, "create")
            && tokens.is_any(at, &["function", "procedure", "trigger", "proc", "package", "event"])
        {
            self.routine = true;
        }
        if !self.routine {
            return;
        }
        if tokens.is_any(at, &["begin", "case"]) {
            let transaction = tokens.is_any(at + 1, &["transaction", "tran"]);
            let ends = at > 0 && tokens.is(at - 1, "end");
            self.depth += usize::from(!transaction && !ends);
        } else if tokens.is(at, "end")
            && !tokens.is_any(at + 1, &["if", "loop", "while", "repeat", "for"])
        {
            self.depth = self.depth.saturating_sub(1);
        }
    }
}
