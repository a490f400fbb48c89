//! The tokens of a text before the preprocessor has seen it.

use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// A number, or the text of a literal.
    Value,
    Sign(u8),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    /// Nothing but blanks and comments stands before it on its line.
    pub first: bool,
    /// The same for behind it.
    pub last: bool,
}

/// The tokens of a text without comments, and the directives of the preprocessor among them.
pub(super) fn tokens(source: &str) -> (Vec<Token>, Vec<Range<usize>>) {
    let mut directives = Vec::new();
    let bytes = source.as_bytes();
    let mut tokens: Vec<Token> = Vec::with_capacity(bytes.len() / 5);
    let mut at = 0;
    let mut first = true;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        let kind = match byte {
            b'\n' => {
                if let Some(token) = tokens.last_mut().filter(|_| !first) {
                    token.last = true;
                }
                first = true;
                at += 1;
                continue;
            }
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at = line_end(bytes, at);
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = source[at + 2..].find("*/").map_or(bytes.len(), |end| at + 2 + end + 2);
                continue;
            }
            b'#' if first => {
                at = directive_end(bytes, at);
                directives.push(start..at);
                continue;
            }
            b'"' | b'\'' => {
                at = literal_end(bytes, at);
                Kind::Value
            }
            _ if raw_prefix(&bytes[at..]).is_some() => {
                let prefix = raw_prefix(&bytes[at..]).unwrap_or_default();
                at = raw_end(source, at + prefix);
                Kind::Value
            }
            byte if byte.is_ascii_alphabetic() || *byte == b'_' || !byte.is_ascii() => {
                at = word_end(bytes, at);
                Kind::Word
            }
            byte if byte.is_ascii_digit() => {
                at += 1;
                // `1'000'000`, `0x1p-3`: what joins it does not matter here.
                while bytes
                    .get(at)
                    .is_some_and(|it| it.is_ascii_alphanumeric() || b"._'".contains(it))
                {
                    at += 1;
                }
                Kind::Value
            }
            byte => {
                at += 1;
                Kind::Sign(*byte)
            }
        };
        tokens.push(Token { kind, start, end: at, first, last: false });
        first = false;
    }
    if let Some(token) = tokens.last_mut() {
        token.last = true;
    }
    (tokens, directives)
}

fn word_end(bytes: &[u8], mut at: usize) -> usize {
    let in_word = |it: &u8| it.is_ascii_alphanumeric() || *it == b'_' || !it.is_ascii();
    while bytes.get(at).is_some_and(in_word) {
        at += 1;
    }
    at
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| at + end)
}

/// The end of the last line of a directive: a backslash at its end goes on with it.
fn directive_end(bytes: &[u8], mut at: usize) -> usize {
    loop {
        let end = line_end(bytes, at);
        let line = bytes[at..end].trim_ascii_end();
        if line.last() != Some(&b'\\') || end == bytes.len() {
            return end;
        }
        at = end + 1;
    }
}

/// The end of a string or character; one that is not ended ends with its line.
fn literal_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' => return at,
            byte if *byte == bytes[start] => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// How many bytes stand before the quote that opens a raw string.
fn raw_prefix(bytes: &[u8]) -> Option<usize> {
    let prefixes: [&[u8]; 5] = [b"R\"", b"LR\"", b"uR\"", b"UR\"", b"u8R\""];
    prefixes.iter().find(|prefix| bytes.starts_with(prefix)).map(|prefix| prefix.len() - 1)
}

/// The end of `"delimiter(…)delimiter"`, which begins at the quote.
fn raw_end(source: &str, quote: usize) -> usize {
    let rest = &source.as_bytes()[quote + 1..];
    let Some(open) = rest.iter().take(17).position(|byte| *byte == b'(') else { return quote + 1 };
    let delimiter = &source[quote + 1..quote + 1 + open];
    if delimiter.contains([' ', ')', '\\', '"', '\n']) {
        return quote + 1;
    }
    let close = format!("){delimiter}\"");
    let body = quote + 1 + open;
    source[body..].find(&close).map_or(source.len(), |at| body + at + close.len())
}
