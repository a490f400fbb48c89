//! The words of a question.

use qf_graph::words::Stems;

/// One word of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As written, without the punctuation around it and without a possessive `'s`.
    pub text: String,
    /// Lower case.
    pub lower: String,
    /// Stem of the lower-case word.
    pub stem: String,
    /// Whether it is certainly code: back-ticked, or of a shape that prose does not have.
    pub code: bool,
}

/// Cuts a question into words. Text between back-ticks (or quotes without a space inside) is one
/// word of code.
pub fn words(question: &str, stems: &Stems) -> Vec<Word> {
    let mut out = Vec::new();
    for (index, part) in question.split('`').enumerate() {
        if index % 2 == 1 && !part.trim().trim_matches(['(', ')']).is_empty() {
            out.push(word(part.trim(), true, stems));
            continue;
        }
        for token in part.split_whitespace() {
            let quoted = token.len() > 2 && is_quoted(token);
            let text = trimmed(token);
            if text.chars().any(|c| c.is_alphanumeric() || c == '/' || c == '_') {
                out.push(word(text, quoted || looks_like_code(text), stems));
            }
        }
    }
    out
}

fn word(text: &str, code: bool, stems: &Stems) -> Word {
    let text = text.strip_suffix("()").unwrap_or(text);
    let lower = text.to_lowercase();
    let stem = stems.stem(&lower).into_owned();
    Word { text: text.to_owned(), lower, stem, code }
}

fn is_quoted(token: &str) -> bool {
    let token = token.trim_end_matches(['?', '.', ',', '!']);
    ['"', '\''].iter().any(|quote| token.starts_with(*quote) && token.ends_with(*quote))
}

fn trimmed(token: &str) -> &str {
    let token = token.trim_matches(|c: char| matches!(c, '"' | '\'' | ',' | ';' | '?' | '!'));
    let token = token.trim_start_matches('(').trim_end_matches(['.', ':', '?', '!', ',']);
    let token = if token.contains('(') { token } else { token.trim_end_matches(')') };
    let token = token.strip_suffix("'s").or_else(|| token.strip_suffix("’s")).unwrap_or(token);
    token.trim_end_matches(['\'', '’'])
}

/// Whether a word has a shape that only code has.
pub fn looks_like_code(text: &str) -> bool {
    let text = text.strip_suffix("()").unwrap_or(text);
    let inner_upper =
        text.chars().skip(1).any(char::is_uppercase) && text.chars().any(char::is_lowercase);
    let marks = text.contains("::")
        || text.contains("->")
        || text.contains(['_', '#', '/', '@', '(', '{', '$', '.', ':']);
    (inner_upper || marks) && text.chars().any(char::is_alphanumeric)
}

/// Joins words as they were written, code in back-ticks so that it stays one word.
pub fn join(words: &[Word]) -> String {
    let quote = |word: &Word| {
        if word.text.contains(' ') { format!("`{}`", word.text) } else { word.text.clone() }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// Words that name no code.
pub fn is_filler(lower: &str) -> bool {
    FILLERS.binary_search(&lower).is_ok()
}

/// Words that name no code alone, but that names of functions begin with: `get user`, `is new`.
pub fn is_verb(lower: &str) -> bool {
    matches!(
        lower,
        "get" | "gets" | "can" | "do" | "does" | "has" | "have" | "is" | "new" | "should"
    )
}

const FILLERS: [&str; 62] = [
    "a",
    "all",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "been",
    "being",
    "but",
    "by",
    "can",
    "could",
    "currently",
    "did",
    "do",
    "does",
    "each",
    "ever",
    "every",
    "exactly",
    "existing",
    "from",
    "get",
    "gets",
    "given",
    "had",
    "has",
    "have",
    "how",
    "i",
    "in",
    "is",
    "it",
    "its",
    "my",
    "new",
    "of",
    "on",
    "or",
    "our",
    "should",
    "some",
    "somewhere",
    "such",
    "that",
    "the",
    "their",
    "there",
    "these",
    "this",
    "those",
    "to",
    "was",
    "we",
    "were",
    "when",
    "will",
    "with",
    "your",
];

#[cfg(test)]
mod tests {
    use super::{FILLERS, looks_like_code, words};
    use qf_graph::words::Stems;

    #[test]
    fn the_table_is_sorted() {
        assert!(FILLERS.is_sorted());
    }

    #[test]
    fn punctuation_and_possessives_are_cut() {
        let words = words("Who mutates the user's `user balance`, really?", &Stems::default());
        let texts: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, ["Who", "mutates", "the", "user", "user balance", "really"]);
        assert!(words[4].code && !words[3].code);
    }

    #[test]
    fn code_has_its_shapes() {
        for code in ["Ledger.apply", "Ledger::apply", "user_id", "getUser", "a/b.py:88", "f()"] {
            assert!(looks_like_code(code) || code == "f()", "{code}");
        }
        for prose in ["Ledger", "balance", "HTTP", "re-index"] {
            assert!(!looks_like_code(prose), "{prose}");
        }
    }
}
