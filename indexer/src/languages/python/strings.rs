//! String literals: their text, and the parts of formatted ones.

use super::kinds::Kind;
use super::walk::Walker;
use qf_graph::facts::{Expression, ExpressionId};
use smallvec::SmallVec;
use std::borrow::Cow;
use tree_sitter::Node;

type Parts = SmallVec<[ExpressionId; 8]>;

impl<'t> Walker<'_, '_, 't> {
    /// A string literal, formatted or not.
    pub(super) fn string_literal(&mut self, node: Node<'t>) -> ExpressionId {
        let text = self.text(node);
        let prefix = prefix_of(text);
        if has_letter(prefix, b"bB") {
            return self.constants.bytes;
        }
        if has_letter(prefix, b"fFtT") {
            let mut parts = Parts::new();
            self.formatted_parts(node, &mut parts);
            return self.out.concat(&parts, Self::span(node));
        }
        let value = plain_text(text);
        self.out.string(&value, Self::span(node))
    }

    /// Whether a string has holes.
    pub(super) fn is_formatted(&self, node: Node<'t>) -> bool {
        has_letter(prefix_of(self.text(node)), b"fFtT")
    }

    /// `"a" "b" f"{c}"`.
    pub(super) fn concatenated(&mut self, node: Node<'t>) -> ExpressionId {
        let children = self.children(node);
        let plain =
            children.iter().all(|child| !has_letter(prefix_of(self.text(*child)), b"fFtTbB"));
        if plain {
            let mut whole = String::new();
            for child in &children {
                whole.push_str(&plain_text(self.text(*child)));
            }
            return self.out.string(&whole, Self::span(node));
        }
        let mut parts = Parts::new();
        for child in children {
            let prefix = prefix_of(self.text(child));
            if has_letter(prefix, b"bB") {
                return self.constants.bytes;
            }
            if has_letter(prefix, b"fFtT") {
                self.formatted_parts(child, &mut parts);
            } else {
                let value = plain_text(self.text(child));
                parts.push(self.text_part(&value));
            }
        }
        self.out.concat(&parts, Self::span(node))
    }

    /// A piece of text that is no literal of its own (it is not looked at for SQL).
    fn text_part(&mut self, value: &str) -> ExpressionId {
        let cut = crate::extract::builder::floor_char_boundary(value, 4096);
        let name = self.out.name(&value[..cut]);
        self.out.expression(Expression::Text(name))
    }

    fn formatted_parts(&mut self, node: Node<'t>, parts: &mut Parts) {
        for child in self.children(node) {
            match self.kind(child) {
                Kind::StringContent => {
                    let text = self.text(child);
                    let value = if text.contains(['{', '}', '\\']) {
                        Cow::Owned(unescape(&text.replace("{{", "{").replace("}}", "}")))
                    } else {
                        Cow::Borrowed(text)
                    };
                    parts.push(self.text_part(&value));
                }
                Kind::Interpolation => parts.push(self.interpolation(child)),
                _ => {}
            }
        }
    }

    fn interpolation(&mut self, node: Node<'t>) -> ExpressionId {
        let value = match self.field(node, self.grammar.expression) {
            Some(inner) => self.expression(inner),
            None => ExpressionId::UNKNOWN,
        };
        if let Some(format) = self.field(node, self.grammar.format_specifier) {
            self.visit_children(format);
        }
        value
    }

    /// `"… {} …".format(a, b)`: the text with its holes.
    pub(super) fn format_call(
        &mut self,
        text: &str,
        arguments: &[ExpressionId],
        node: Node<'t>,
    ) -> ExpressionId {
        let mut parts = Parts::new();
        let mut rest = text;
        let mut next = 0;
        while let Some(open) = rest.find('{') {
            let (before, after) = rest.split_at(open);
            if let Some(after) = after.strip_prefix("{{") {
                let before = format!("{before}{{");
                parts.push(self.text_part(&before));
                rest = after;
                continue;
            }
            let Some(close) = after.find('}') else { break };
            if !before.is_empty() {
                parts.push(self.text_part(before));
            }
            let field = after[1..close].split([':', '!', '.', '[']).next().unwrap_or("");
            let value = match field.parse::<usize>() {
                Ok(index) => arguments.get(index).copied(),
                Err(_) if field.is_empty() => {
                    next += 1;
                    arguments.get(next - 1).copied()
                }
                Err(_) => self.named_argument(field, arguments),
            };
            parts.push(value.unwrap_or(ExpressionId::UNKNOWN));
            rest = &after[close + 1..];
        }
        if !rest.is_empty() {
            parts.push(self.text_part(rest));
        }
        self.out.concat(&parts, Self::span(node))
    }

    fn named_argument(&self, name: &str, arguments: &[ExpressionId]) -> Option<ExpressionId> {
        arguments.iter().find_map(|argument| match self.out.peek(*argument) {
            Expression::Argument { name: found, value } if self.out.name_text(found) == name => {
                Some(value)
            }
            _ => None,
        })
    }

    /// `"… %s …" % value`: the text with its holes.
    pub(super) fn percent_format(
        &mut self,
        text: &str,
        value: ExpressionId,
        node: Node<'t>,
    ) -> ExpressionId {
        let parts_of_value = self.holes(text, value);
        let mut parts = Parts::new();
        let mut rest = text;
        let mut hole = 0;
        while let Some(at) = rest.find('%') {
            let (before, after) = rest.split_at(at);
            let len = conversion_length(after);
            if after[..len].ends_with('%') {
                let before = format!("{before}%");
                parts.push(self.text_part(&before));
            } else {
                if !before.is_empty() {
                    parts.push(self.text_part(before));
                }
                parts.push(parts_of_value.get(hole).copied().unwrap_or(ExpressionId::UNKNOWN));
                hole += 1;
            }
            rest = &after[len..];
        }
        if !rest.is_empty() {
            parts.push(self.text_part(rest));
        }
        self.out.concat(&parts, Self::span(node))
    }

    fn holes(&mut self, text: &str, value: ExpressionId) -> Parts {
        match self.out.peek(value) {
            Expression::Collection { kind: qf_graph::facts::CollectionKind::Tuple, items } => {
                (0..items.len.min(32)).map(|index| self.part(value, index as u16)).collect()
            }
            _ if text.contains("%(") => Parts::new(),
            _ => SmallVec::from_slice(&[value]),
        }
    }
}

/// Length of a conversion such as `%s`, `%(name)s`, `%05.2f`, `%%`.
fn conversion_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    if bytes.get(at) == Some(&b'(') {
        while at < bytes.len() && bytes[at] != b')' {
            at += 1;
        }
        at += 1;
    }
    while bytes
        .get(at)
        .is_some_and(|byte| matches!(byte, b'#' | b'-' | b'+' | b' ' | b'.' | b'*' | b'0'..=b'9'))
    {
        at += 1;
    }
    match bytes.get(at) {
        Some(byte) if byte.is_ascii() => at + 1,
        _ => 1,
    }
}

/// The letters before the quote.
fn prefix_of(text: &str) -> &str {
    let end = text.find(['"', '\'']).unwrap_or(0);
    text.get(..end.min(3)).unwrap_or("")
}

fn has_letter(prefix: &str, letters: &[u8]) -> bool {
    prefix.bytes().any(|byte| letters.contains(&byte))
}

/// The text of a literal without prefix, quotes and escapes.
fn plain_text(text: &str) -> Cow<'_, str> {
    let prefix = prefix_of(text);
    let raw = has_letter(prefix, b"rR");
    let quoted = &text[prefix.len()..];
    let quote = if quoted.starts_with("\"\"\"") || quoted.starts_with("'''") { 3 } else { 1 };
    let inner = quoted.get(quote..).unwrap_or("");
    let inner = inner.get(..inner.len().saturating_sub(quote)).unwrap_or(inner);
    if raw || !inner.contains('\\') { Cow::Borrowed(inner) } else { Cow::Owned(unescape(inner)) }
}

/// Resolves the escapes that matter for reading (`\n`, quotes, continued lines).
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\n') | None => {}
            Some(quoted @ ('"' | '\'' | '\\')) => out.push(quoted),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    out
}
