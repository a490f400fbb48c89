//! The words of loaded texts, and what in them is no word.
//!
//! Words are those of the index ([`qf_graph::words`]): stems of the parts of identifiers, and whole
//! identifiers. But a log is full of numbers that occur once: ids of requests, hashes, addresses,
//! counters. In a dictionary they would outnumber the words a hundred times, and no meaning is lost
//! without them; who asks for one wants exactly that one, and is served by a scan of the bytes
//! ([`super::scan`]). So what looks like an id is no term.
//!
//! Lines of a log that differ in numbers only come from one statement. The hash of a line with its
//! numbers masked says which do ([`template`]); it is enough to embed one of them.

use qf_graph::words::{self, Stems};
use rustc_hash::{FxHashMap, FxHasher};
use std::collections::BTreeSet;
use std::hash::Hasher;

/// Shortest id. What is shorter makes a small dictionary.
const ID: usize = 6;

/// How many identifiers are remembered with their terms; the same few thousand come again and again.
const REMEMBERED: usize = 100_000;

/// Words that carry no meaning in a question.
const STOP: [&str; 46] = [
    "a", "about", "an", "and", "are", "as", "at", "be", "been", "by", "can", "could", "did", "do",
    "does", "for", "from", "had", "has", "have", "how", "i", "in", "is", "it", "me", "my", "of",
    "on", "or", "our", "show", "tell", "that", "the", "there", "this", "to", "was", "we", "were",
    "what", "when", "where", "which", "with",
];

/// Makes terms of texts.
#[derive(Default)]
pub struct Terms {
    stems: Stems,
    known: FxHashMap<String, Box<[u64]>>,
}

impl Terms {
    /// Calls `each` with every term of a text, as often as it occurs.
    pub fn each(&mut self, text: &str, mut each: impl FnMut(u64)) {
        let Self { stems, known } = self;
        words::identifiers(text, |identifier| {
            if is_id(identifier) {
                return;
            }
            if let Some(terms) = known.get(identifier) {
                terms.iter().copied().for_each(&mut each);
                return;
            }
            let terms = of_identifier(stems, identifier);
            terms.iter().copied().for_each(&mut each);
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(identifier.to_owned(), terms);
        });
    }

    /// The terms of a question, each once, without words that mean nothing.
    pub fn question(&mut self, text: &str) -> Vec<u64> {
        let stop: BTreeSet<u64> = STOP.iter().map(|word| self.stems.term(word)).collect();
        let mut terms = Vec::new();
        self.each(text, |term| terms.push(term));
        terms.retain(|term| !stop.contains(term));
        terms.sort_unstable();
        terms.dedup();
        terms
    }
}

fn of_identifier(stems: &Stems, identifier: &str) -> Box<[u64]> {
    let mut terms = Vec::new();
    words::parts(identifier, |part| terms.push(stems.term(part)));
    if terms.len() > 1 {
        terms.push(words::whole_term(identifier));
    }
    terms.into()
}

/// Whether a run of letters, digits and underscores looks like an id: at least six characters, some
/// of them digits, and either digits of a number or changing between letters and digits again and
/// again.
pub fn is_id(word: &str) -> bool {
    let bytes = word.as_bytes();
    if bytes.len() < ID || !bytes.iter().any(u8::is_ascii_digit) {
        return false;
    }
    let number = bytes.strip_prefix(b"0x").or_else(|| bytes.strip_prefix(b"0X")).unwrap_or(bytes);
    if number.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'_') {
        return true;
    }
    let changes = bytes.windows(2).filter(|pair| {
        let (a, b) = (pair[0], pair[1]);
        a.is_ascii_alphanumeric()
            && b.is_ascii_alphanumeric()
            && a.is_ascii_digit() != b.is_ascii_digit()
    });
    changes.count() >= 3
}

/// The ids of a question, as they are to be found in bytes: runs of letters, digits, `_` and `-` that
/// have an id in them, so that a UUID is one.
pub fn ids(question: &str) -> Vec<String> {
    let outside = |c: char| !(c.is_alphanumeric() || c == '_' || c == '-');
    let mut ids: Vec<String> = Vec::new();
    for run in question.split(outside).map(|run| run.trim_matches('-')) {
        if run.split('-').any(is_id) && !ids.iter().any(|id| id == run) {
            ids.push(run.to_owned());
        }
    }
    ids
}

/// The hash of a line whose words with digits in them are masked.
pub fn template(line: &str) -> u64 {
    let mut hasher = FxHasher::default();
    runs(line, |run, masked| {
        if masked {
            hasher.write_u8(b'#');
        } else {
            hasher.write(run.as_bytes());
        }
        hasher.write_u8(0xff);
    });
    hasher.finish()
}

/// A text without its words that have digits in them.
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    runs(text, |run, masked| out += if masked { " " } else { run });
    out
}

/// Calls `each` with every run of letters, digits and underscores, and whether it has a digit, and
/// with what is between them.
fn runs<'t>(text: &'t str, mut each: impl FnMut(&'t str, bool)) {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
    let bytes = text.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        let inside = word(bytes[start]);
        let (mut end, mut digit) = (start, false);
        while end < bytes.len() && word(bytes[end]) == inside {
            digit |= bytes[end].is_ascii_digit();
            end += 1;
        }
        // Other characters than those of ASCII are parts of words, so no character is cut.
        each(text.get(start..end).unwrap_or_default(), digit);
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::{Terms, ids, is_id, masked, template};

    #[test]
    fn ids_are_no_words() {
        for id in ["8f3a2b1c", "123456", "0x7ffde123", "req_8f3a2b1c", "a8Kd93kD0"] {
            assert!(is_id(id), "{id}");
        }
        for word in ["balance", "utf8_to_utf16", "sha256sum", "12345", "v2", "decade", "0x"] {
            assert!(!is_id(word), "{word}");
        }
        let uuid = "3f2b8c1e-9d4a-4c55-8f00-1234567890ab";
        assert_eq!(ids(&format!("who sent `{uuid}` and order 1234567?")), [uuid, "1234567"]);
        assert_eq!(ids("2024-05-01: what failed?"), [""; 0]);
    }

    #[test]
    fn lines_of_one_statement_have_one_template() {
        assert_eq!(template("took 12 ms for 8f3a2b1c"), template("took 7 ms for 99"));
        assert_ne!(template("took 12 ms"), template("took 12 s"));
        assert_eq!(masked("größe 12: a1"), "größe  :  ");
    }

    #[test]
    fn a_question_has_its_words_once() {
        let mut terms = Terms::default();
        assert_eq!(terms.question("what is the balance of balances").len(), 1);
        // `user`, `balance`, and both together.
        assert_eq!(terms.question("userBalance").len(), 3);
        assert_eq!(terms.question("the 8f3a2b1c"), [0; 0]);
    }
}
