//! Tokens of SQL text, written by hand because real SQL text is rarely plain SQL.
//!
//! Strings in code hold printf marks, template holes and bind parameters of a dozen drivers; files
//! hold dollar-quoted bodies, `DELIMITER` lines, dumps and Jinja. A grammar that must know them all
//! would know none of them well, so everything that stands for a value or name unknown here becomes
//! one [`TokenKind::Hole`]. Token positions are byte offsets, which is what gives definitions in
//! SQL files their spans.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Keyword or plain identifier.
    Word,
    /// Identifier in `"…"`, backticks or `[…]`.
    Quoted,
    /// String literal, dollar-quoted bodies included.
    Text,
    /// Number.
    Number,
    /// Operator or punctuation.
    Symbol,
    /// Bind parameter, format mark or template hole, also when it is only part of a name.
    Hole,
    /// End of a statement.
    Terminator,
}

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A comment, kept because it documents what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Tokens with their text.
#[derive(Debug, Clone, Copy)]
pub struct Tokens<'a> {
    /// The text the offsets point into.
    pub text: &'a str,
    /// The tokens.
    pub list: &'a [Token],
}

impl<'a> Tokens<'a> {
    /// The source of token `at`; empty past the end.
    pub fn source(&self, at: usize) -> &'a str {
        self.list.get(at).map_or("", |token| &self.text[token.start..token.end])
    }

    /// Kind of token `at`.
    pub fn kind(&self, at: usize) -> Option<TokenKind> {
        self.list.get(at).map(|token| token.kind)
    }

    /// Whether token `at` is this keyword.
    pub fn is(&self, at: usize, keyword: &str) -> bool {
        self.kind(at) == Some(TokenKind::Word) && self.source(at).eq_ignore_ascii_case(keyword)
    }

    /// Whether token `at` is one of these keywords.
    pub fn is_any(&self, at: usize, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.is(at, keyword))
    }

    /// Whether token `at` is this symbol.
    pub fn symbol(&self, at: usize, symbol: &str) -> bool {
        self.kind(at) == Some(TokenKind::Symbol) && self.source(at) == symbol
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The tokens of a sub-range.
    pub fn slice(&self, from: usize, to: usize) -> Tokens<'a> {
        let to = to.min(self.list.len());
        Tokens { text: self.text, list: &self.list[from.min(to)..to] }
    }

    /// The lower-case name token `at` gives, quotes removed; `None` for holes and anything else.
    pub fn name(&self, at: usize) -> Option<String> {
        let source = self.source(at);
        match self.kind(at)? {
            TokenKind::Word => Some(source.to_lowercase()),
            TokenKind::Quoted => {
                let inner = source.get(1..source.len().saturating_sub(1))?;
                is_plain_name(inner).then(|| inner.to_lowercase())
            }
            TokenKind::Hole => jinja_reference(source),
            _ => None,
        }
    }

    /// Position after the parenthesis that closes the one at `open`.
    pub fn after_parentheses(&self, open: usize) -> usize {
        let mut depth = 0usize;
        for at in open..self.len() {
            if self.symbol(at, "(") {
                depth += 1;
            } else if self.symbol(at, ")") {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
        }
        self.len()
    }

    /// The dotted name at `at`: position after it and position of its last part. `None` when no
    /// name or hole stands there.
    pub fn dotted_name(&self, at: usize) -> Option<(usize, usize)> {
        let named = |at| {
            matches!(self.kind(at), Some(TokenKind::Word | TokenKind::Quoted | TokenKind::Hole))
        };
        if !named(at) {
            return None;
        }
        let mut last = at;
        while self.symbol(last + 1, ".") && named(last + 2) {
            last += 2;
        }
        Some((last + 1, last))
    }
}

/// Whether an unquoted identifier can be a real name (and not a template or a sentence).
pub fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 128
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-' | ' ' | '#'))
}

/// `{{ ref('orders') }}` and `{{ source('shop', 'orders') }}` name a table.
fn jinja_reference(hole: &str) -> Option<String> {
    let inner = hole.strip_prefix("{{")?.trim_start_matches('-').trim_start();
    if !(inner.starts_with("ref(") || inner.starts_with("source(")) {
        return None;
    }
    let name = inner.split(['\'', '"']).rfind(|part| is_plain_name(part.trim()))?;
    (!name.contains(' ')).then(|| name.to_lowercase())
}

/// Splits text into tokens and comments.
pub struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    delimiter: Option<&'a str>,
    /// The tokens so far.
    pub tokens: Vec<Token>,
    /// The comments so far.
    pub comments: Vec<Comment>,
    statement_start: usize,
}

/// All tokens of a text.
pub fn tokenize(text: &str) -> Vec<Token> {
    tokenize_with_comments(text).0
}

/// All tokens and comments of a text.
pub fn tokenize_with_comments(text: &str) -> (Vec<Token>, Vec<Comment>) {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        delimiter: None,
        tokens: Vec::new(),
        comments: Vec::new(),
        statement_start: 0,
    };
    lexer.run();
    (lexer.tokens, lexer.comments)
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_name_part(byte: u8) -> bool {
    is_name_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

impl Lexer<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        self.tokens.push(Token { kind, start, end: self.at });
    }

    fn run(&mut self) {
        while self.at < self.bytes.len() {
            let start = self.at;
            let byte = self.byte(start);
            if byte.is_ascii_whitespace() {
                self.at += 1;
            } else if self.skip_comment() {
            } else if self.delimiter.is_some_and(|mark| self.text[start..].starts_with(mark)) {
                self.at += self.delimiter.map_or(1, str::len);
                self.end_statement(start);
            } else if let Some(end) = self.hole_end(start) {
                self.at = end;
                self.rest_of_name(TokenKind::Hole, start);
            } else if is_name_start(byte) {
                self.word(start);
            } else if byte.is_ascii_digit() {
                self.number(start);
            } else {
                self.other(start, byte);
            }
        }
    }

    /// Skips a comment or a Jinja statement at the current position.
    fn skip_comment(&mut self) -> bool {
        let start = self.at;
        let rest = &self.bytes[start..];
        let line_start = start == 0 || self.byte(start - 1) == b'\n';
        if rest.starts_with(b"--")
            || (rest[0] == b'#'
                && (line_start || self.byte(start + 1) == b' ')
                && self.byte(start + 1) != b'{')
        {
            let end = self.text[start..].find('\n').map_or(self.bytes.len(), |i| start + i);
            self.at = end;
        } else if rest.starts_with(b"/*") {
            let end = self.text[start + 2..].find("*/").map(|i| start + 2 + i + 2);
            self.at = end.unwrap_or(self.bytes.len());
        } else if rest.starts_with(b"{%") || rest.starts_with(b"{#") {
            let close = if rest[1] == b'%' { "%}" } else { "#}" };
            let Some(end) = self.text[start..].find(close) else { return false };
            self.at = start + end + 2;
            return true;
        } else {
            return false;
        }
        self.comments.push(Comment { start, end: self.at });
        true
    }

    /// End of the hole that begins at `start`, if one does.
    fn hole_end(&self, start: usize) -> Option<usize> {
        let next = self.byte(start + 1);
        match self.byte(start) {
            b'{' => self.brace_end(start),
            b'$' | b'#' if next == b'{' => self.brace_end(start + 1),
            b'$' if next.is_ascii_digit() => Some(self.skip_name(start + 1)),
            b'?' if !matches!(next, b'|' | b'&') => {
                let mut end = start + 1;
                while self.byte(end).is_ascii_digit() {
                    end += 1;
                }
                Some(end)
            }
            b':' if is_name_part(next) && (start == 0 || self.byte(start - 1) != b':') => {
                // `a[1:2]` is a slice, not a parameter.
                let slice =
                    start > 0 && self.byte(start - 1).is_ascii_digit() && next.is_ascii_digit();
                (!slice).then(|| self.skip_name(start + 1))
            }
            b'@' if is_name_start(next) || next == b'@' => Some(self.skip_name(start + 2)),
            b'%' => self.format_mark_end(start),
            _ => None,
        }
    }

    fn skip_name(&self, mut at: usize) -> usize {
        while is_name_part(self.byte(at)) {
            at += 1;
        }
        at
    }

    /// End of a printf mark: `%s`, `%d`, `%v`, `%(name)s`, `%1$s`.
    fn format_mark_end(&self, start: usize) -> Option<usize> {
        let mut at = start + 1;
        if self.byte(at) == b'(' {
            let close = self.text[at..].find(')')?;
            at += close + 1;
        }
        while self.byte(at).is_ascii_digit() || matches!(self.byte(at), b'$' | b'+' | b'#') {
            at += 1;
        }
        let letter = matches!(self.byte(at), b's' | b'd' | b'i' | b'v' | b'q' | b'f' | b'u' | b'w');
        (letter && !self.byte(at + 1).is_ascii_alphanumeric()).then_some(at + 1)
    }

    /// End of a balanced `{…}` that begins at `open`.
    fn brace_end(&self, open: usize) -> Option<usize> {
        let mut depth = 0usize;
        let limit = self.bytes.len().min(open + 1024);
        for at in open..limit {
            match self.byte(at) {
                b'{' => depth += 1,
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Continues a name or hole: `users_{suffix}` is one hole.
    fn rest_of_name(&mut self, mut kind: TokenKind, start: usize) {
        loop {
            let byte = self.byte(self.at);
            if is_name_part(byte) && !(byte == b'$' && self.byte(self.at + 1) == b'{') {
                self.at += 1;
            } else if matches!(byte, b'{' | b'$' | b'#') && self.byte(self.at) != 0 {
                let Some(end) = self.hole_end(self.at) else { break };
                self.at = end;
                kind = TokenKind::Hole;
            } else if byte == b'%' {
                let Some(end) = self.format_mark_end(self.at) else { break };
                self.at = end;
                kind = TokenKind::Hole;
            } else {
                break;
            }
        }
        self.push(kind, start);
    }

    fn word(&mut self, start: usize) {
        // Prefixed literals: N'…', E'…', B'…', X'…'.
        if matches!(self.byte(start), b'N' | b'E' | b'B' | b'X' | b'n' | b'e' | b'b' | b'x')
            && self.byte(start + 1) == b'\''
        {
            self.at += 1;
            self.quoted_text(start);
            return;
        }
        self.rest_of_name(TokenKind::Word, start);
        let statement_begins = self.tokens.len() == self.statement_start + 1;
        if statement_begins && self.text[start..self.at].eq_ignore_ascii_case("delimiter") {
            self.set_delimiter();
        }
    }

    /// `DELIMITER //` to the end of its line.
    fn set_delimiter(&mut self) {
        let rest = &self.text[self.at..];
        let line = rest.lines().next().unwrap_or("");
        let mark = line.trim();
        self.tokens.pop();
        self.at += line.len();
        self.delimiter = (!mark.is_empty() && mark != ";").then_some(mark);
    }

    fn number(&mut self, start: usize) {
        while self.byte(self.at).is_ascii_alphanumeric()
            || (self.byte(self.at) == b'.' && self.byte(self.at + 1).is_ascii_digit())
        {
            self.at += 1;
        }
        self.push(TokenKind::Number, start);
    }

    fn other(&mut self, start: usize, byte: u8) {
        match byte {
            b'\'' => self.quoted_text(start),
            b'"' | b'`' => self.quoted_name(start, byte),
            b'[' if self.bracketed_name(start) => {}
            b'$' if self.dollar_quoted(start) => {}
            b';' if self.delimiter.is_none() => {
                self.at += 1;
                self.end_statement(start);
            }
            _ => {
                const LONG: [&str; 16] = [
                    "->>", "#>>", "<=>", "::", "->", "#>", "<=", ">=", "<>", "!=", "||", "&&",
                    ":=", "@>", "<@", "=>",
                ];
                let rest = &self.bytes[start..];
                let long = LONG.iter().find(|symbol| rest.starts_with(symbol.as_bytes()));
                self.at += long.map_or(1, |symbol| symbol.len());
                self.push(TokenKind::Symbol, start);
            }
        }
    }

    /// `'…'` with doubled quotes; a backslash escapes a quote unless the text ends there.
    fn quoted_text(&mut self, start: usize) {
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.byte(self.at) {
                b'\\' if self.byte(self.at + 1) == b'\'' && self.byte(self.at + 2) != b';' => {
                    self.at += 2;
                }
                b'\'' if self.byte(self.at + 1) == b'\'' => self.at += 2,
                b'\'' => {
                    self.at += 1;
                    break;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.bytes.len());
        self.push(TokenKind::Text, start);
    }

    fn quoted_name(&mut self, start: usize, quote: u8) {
        let rest = &self.bytes[start + 1..];
        let close = rest.iter().position(|byte| *byte == quote);
        self.at = close.map_or(self.bytes.len(), |close| start + 1 + close + 1);
        let inner = &self.text[start + 1..self.at - usize::from(close.is_some())];
        let kind = if inner.contains('{') || inner.contains('%') {
            TokenKind::Hole
        } else {
            TokenKind::Quoted
        };
        self.push(kind, start);
    }

    /// `[name]` of T-SQL; subscripts (`a[1]`) are symbols.
    fn bracketed_name(&mut self, start: usize) -> bool {
        let Some(close) = self.text[start..].find(']') else { return false };
        let inner = &self.text[start + 1..start + close];
        let subscript = start > 0
            && (is_name_part(self.byte(start - 1)) || matches!(self.byte(start - 1), b']' | b')'));
        if subscript || !inner.bytes().next().is_some_and(is_name_start) || !is_plain_name(inner) {
            return false;
        }
        self.at = start + close + 1;
        self.push(TokenKind::Quoted, start);
        true
    }

    /// `$$…$$` and `$tag$…$tag$`.
    fn dollar_quoted(&mut self, start: usize) -> bool {
        let tag_end = self.skip_dollar_tag(start + 1);
        if self.byte(tag_end) != b'$' {
            return false;
        }
        let tag = &self.text[start..=tag_end];
        let body = tag_end + 1;
        let close = self.text[body..].find(tag).map(|offset| body + offset + tag.len());
        self.at = close.unwrap_or(self.bytes.len());
        self.push(TokenKind::Text, start);
        true
    }

    fn skip_dollar_tag(&self, mut at: usize) -> usize {
        while self.byte(at).is_ascii_alphanumeric() || self.byte(at) == b'_' {
            at += 1;
        }
        at
    }

    /// Ends a statement; the data lines of a dump's `COPY … FROM stdin;` are skipped.
    fn end_statement(&mut self, start: usize) {
        self.push(TokenKind::Terminator, start);
        let statement = &self.tokens[self.statement_start..];
        let word = |token: &Token, keyword: &str| {
            self.text[token.start..token.end].eq_ignore_ascii_case(keyword)
        };
        let copies = statement.first().is_some_and(|token| word(token, "copy"))
            && statement.iter().any(|token| word(token, "stdin"));
        if copies {
            let rest = &self.text[self.at..];
            self.at = rest.find("\n\\.").map_or(self.bytes.len(), |end| self.at + end + 3);
        }
        self.statement_start = self.tokens.len();
    }
}

#[cfg(test)]
mod tests {
    use super::{TokenKind, Tokens, tokenize};

    fn kinds(text: &str) -> Vec<(TokenKind, &str)> {
        let list = tokenize(text);
        list.iter().map(|token| (token.kind, &text[token.start..token.end])).collect()
    }

    #[test]
    fn every_drivers_parameters_are_holes() {
        for hole in
            ["?", "?1", "$1", ":name", "@name", "%s", "%(id)s", "%1$s", "{}", "{id!r}", "${id}"]
        {
            let text = format!("a = {hole}");
            let found = kinds(&text);
            assert_eq!(found.last(), Some(&(TokenKind::Hole, hole)), "{text}");
        }
        assert_eq!(kinds("users_{x}"), [(TokenKind::Hole, "users_{x}")]);
        assert_eq!(kinds("x::int").len(), 3);
        assert_eq!(kinds("a % 10").len(), 3);
    }

    #[test]
    fn quotes_comments_and_bodies() {
        assert_eq!(kinds("'it''s' -- x\n$$a;b$$ [name]").len(), 3);
        assert_eq!(kinds("DELIMITER //\na; b//\nDELIMITER ;\nc;").len(), 6);
        assert_eq!(kinds("COPY t FROM stdin;\n1\t'x\n\\.\nSELECT 1;").len(), 8);
    }

    #[test]
    fn jinja_references_are_names() {
        let text = "{{ ref('orders') }}";
        let list = tokenize(text);
        assert_eq!(Tokens { text, list: &list }.name(0).as_deref(), Some("orders"));
    }
}
