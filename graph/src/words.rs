//! Words of code: the tokenizer that index and query share.
//!
//! An identifier is kept whole and is also split at case changes, digits and separators, because
//! people ask for "user balance" and code says `userBalance` or `user_balance`. Parts are stemmed
//! (Snowball English) so that number and tense do not matter. Terms are kept as 64-bit hashes:
//! equal terms meet without a dictionary of strings, and with ten million different terms the
//! chance of any collision is below one in a hundred thousand.

use rust_stemmers::{Algorithm, Stemmer};
use std::hash::Hasher;

/// Words longer than this are data, not words.
const MAX_WORD: usize = 64;

/// Whether an ASCII character is part of a word; asked for every byte of all code.
const IN_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
};

/// Calls `each` with every maximal run of letters, digits and underscores.
pub fn identifiers<'t>(text: &'t str, mut each: impl FnMut(&'t str)) {
    let mut rest = text;
    while !rest.is_empty() {
        let length = word_length(rest);
        if length > 0 && length <= 2 * MAX_WORD {
            each(&rest[..length]);
        }
        let after = &rest[length..];
        rest = &after[after.chars().next().map_or(0, char::len_utf8)..];
    }
}

/// Bytes of the letters, digits and underscores that a text begins with. Code is ASCII nearly
/// everywhere: characters are decoded only where it is not.
fn word_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if IN_WORD[*byte as usize] {
            at += 1;
        } else if byte.is_ascii() {
            break;
        } else {
            match text[at..].chars().next() {
                Some(c) if c.is_alphanumeric() => at += c.len_utf8(),
                _ => break,
            }
        }
    }
    at
}

/// Calls `each` with the lower-case parts of one identifier: `HTTPServer2Error_code` gives
/// `http`, `server`, `2`, `error`, `code`.
pub fn parts(identifier: &str, mut each: impl FnMut(&str)) {
    let mut part = String::with_capacity(identifier.len());
    let mut previous = ' ';
    let mut characters = identifier.chars().peekable();
    while let Some(c) = characters.next() {
        let next_lower = characters.peek().is_some_and(|next| next.is_lowercase());
        let boundary = c == '_'
            || c == '-'
            || c == '.'
            || (c.is_uppercase()
                && (previous.is_lowercase() || (previous.is_uppercase() && next_lower)))
            || (c.is_numeric() != previous.is_numeric() && previous.is_alphanumeric());
        if boundary && !part.is_empty() {
            each(&part);
            part.clear();
        }
        if c.is_alphanumeric() {
            part.extend(c.to_lowercase());
            if part.len() > MAX_WORD {
                part.clear();
            }
        }
        previous = c;
    }
    if !part.is_empty() {
        each(&part);
    }
}

/// The parts of every identifier of a text.
pub fn split(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    identifiers(text, |identifier| parts(identifier, |part| out.push(part.to_owned())));
    out
}

/// English stems.
pub struct Stems(Stemmer);

impl Default for Stems {
    fn default() -> Self {
        Self(Stemmer::create(Algorithm::English))
    }
}

impl Stems {
    /// The stem of a lower-case word.
    pub fn stem<'w>(&self, word: &'w str) -> std::borrow::Cow<'w, str> {
        if word.len() < 3 || !word.is_ascii() { word.into() } else { self.0.stem(word) }
    }

    /// The term of a lower-case word: the hash of its stem.
    pub fn term(&self, word: &str) -> u64 {
        hash(&self.stem(word))
    }
}

/// The term of a stem.
pub fn term_of_stem(stem: &str) -> u64 {
    hash(stem)
}

/// An identifier of several parts that is nothing but letters, as one lower-case word: names of
/// products (`MySQL`, `GraphQL`) are parted by some and not by others.
pub fn joined(identifier: &str) -> Option<String> {
    let mut count = 0;
    parts(identifier, |_| count += 1);
    (count > 1 && identifier.chars().all(char::is_alphabetic)).then(|| identifier.to_lowercase())
}

/// The term of a whole identifier, lower-cased.
pub fn whole_term(identifier: &str) -> u64 {
    let lower = identifier.to_lowercase();
    hash(&format!("={lower}"))
}

fn hash(text: &str) -> u64 {
    // FxHash is not meant for 64-bit fingerprints; two rounds with different tails are.
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.write_u8(0xff);
    let first = hasher.finish();
    hasher.write_u64(text.len() as u64 ^ 0x9e37_79b9_7f4a_7c15);
    (first ^ hasher.finish().rotate_left(29)).wrapping_mul(0xff51_afd7_ed55_8ccd)
}

#[cfg(test)]
mod tests {
    use super::{Stems, split};

    #[test]
    fn identifiers_are_split_where_people_see_words() {
        assert_eq!(split("HTTPServer2Error_code"), ["http", "server", "2", "error", "code"]);
        assert_eq!(split("getUserBalance(userId)"), ["get", "user", "balance", "user", "id"]);
        assert_eq!(split("naïve Größe"), ["naïve", "größe"]);
    }

    #[test]
    fn number_and_tense_do_not_matter() {
        let stems = Stems::default();
        assert_eq!(stems.term("balances"), stems.term("balance"));
        assert_eq!(stems.term("updating"), stems.term("updates"));
        assert_ne!(stems.term("user"), stems.term("order"));
    }
}
