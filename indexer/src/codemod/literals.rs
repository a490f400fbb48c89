//! Literals of several lines, whose text nothing may change by the way.
//!
//! The library moves the lines of what a variable holds to where they come to stand: right for
//! code, and wrong for a string, since blanks at the beginning of its lines are part of its value.
//! What it takes for the end of a line is a byte of the text, and not of the tree. So such literals
//! are shown to it as one line each, in a copy of the text that has another byte there; what it
//! makes of the copy has the ends back afterwards ([`Masked`]). Where that would change what a rule
//! sees, as in the regular expressions of its `transform`, the text itself is used, and a rewriting
//! that does not keep a literal is refused ([`is_lost`]).

use super::dialect::Dialect;
use ast_grep_core::AstGrep;
use ast_grep_core::tree_sitter::StrDoc;
use std::ops::Range;
use tree_sitter::Tree;

/// What has another name than its kind suggests: code between literals, where lines may move.
const NO_LITERALS: [&str; 2] = ["concatenated_string", "chained_string"];

/// Kinds of literals that are not called after strings.
const OTHERS: [&str; 10] = [
    "template_string",
    "template_literal",
    "quoted_template",
    "text_block",
    "nowdoc",
    "charlist",
    "sigil",
    "quasiquote",
    "command_literal",
    "raw_text",
];

/// Whether blanks in what is of this kind are part of a value.
pub(super) fn is_literal(kind: &str) -> bool {
    let named = kind.contains("string") || kind.contains("heredoc") || OTHERS.contains(&kind);
    named && !NO_LITERALS.contains(&kind)
}

/// The bytes of a literal in whose text no line may move; a document that begins in its own line is
/// one from the end of the line before.
pub(super) fn bytes_of(kind: &str, range: &Range<usize>, text: &str) -> Range<usize> {
    let before = text.get(..range.start).unwrap_or_default();
    let begins_line = kind.contains("heredoc") && before.ends_with('\n');
    let start = if begins_line { range.start - 1 } else { range.start };
    start..range.end
}

/// A text in which literals are one line each, with the tree of the text itself.
pub(super) struct Masked {
    pub(super) root: AstGrep<StrDoc<Dialect>>,
    /// What stands there for the end of a line.
    sign: char,
}

impl Masked {
    /// None where there are no such literals, or no byte is free to be the sign.
    pub(super) fn new(
        text: &str,
        lang: &Dialect,
        tree: &Tree,
        literals: &[Range<usize>],
    ) -> Option<Self> {
        if literals.is_empty() {
            return None;
        }
        let sign = ('\u{1}'..='\u{1f}').rev().find(|sign| {
            // Grammars may take other blanks for blanks.
            !matches!(sign, '\t'..='\r') && !text.contains(*sign)
        })?;
        let mut src = String::with_capacity(text.len());
        let mut at = 0;
        for literal in literals {
            src.push_str(text.get(at..literal.start)?);
            // Both are one byte, so that every place stays where it is.
            src.extend(
                text.get(literal.clone())?.chars().map(|c| if c == '\n' { sign } else { c }),
            );
            at = literal.end;
        }
        src.push_str(text.get(at..)?);
        let doc = StrDoc { src, lang: lang.clone(), tree: tree.clone() };
        Some(Self { root: AstGrep::doc(doc), sign })
    }

    /// A text made of it, with the ends of lines.
    pub(super) fn unmask(&self, text: &str) -> String {
        text.replace(self.sign, "\n")
    }
}

/// Whether a new text has a literal no longer as it was: it is there with other blanks, or not at
/// all where `must` says that it has to be.
pub(super) fn is_lost(literal: &str, new: &str, must: bool) -> bool {
    !new.contains(literal) && (must || shape(new).contains(&shape(literal)))
}

/// A text without blanks at the beginning of its lines.
fn shape(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(|line| line.trim_start_matches(' ')).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{is_literal, is_lost};

    #[test]
    fn strings_are_told_from_what_is_only_called_so() {
        for kind in ["string", "template_string", "heredoc_body", "raw_string_literal", "sigil"] {
            assert!(is_literal(kind), "{kind}");
        }
        for kind in ["concatenated_string", "template_declaration", "call", "comment"] {
            assert!(!is_literal(kind), "{kind}");
        }
    }

    #[test]
    fn a_literal_with_other_blanks_is_lost() {
        let literal = "'''a\n  b'''";
        assert!(!is_lost(literal, "f('''a\n  b''')", true));
        assert!(is_lost(literal, "f('''a\n      b''')", false));
        // It was left out on purpose.
        assert!(!is_lost(literal, "f()", false));
        assert!(is_lost(literal, "f()", true));
    }
}
