//! Questions that no pattern fits, said again in words that one may fit.
//!
//! People name the topic first ("balance of the user: who updates it?"), say at the end which
//! repository they mean ("dead code in billing"), and mistype. Each of these gives another wording;
//! whoever asks for it takes the first that is certainly a question of some type. Nothing is
//! rewritten that a pattern fits as it stands.

use super::sentence::{self, Word};
use crate::asking::Asking;
use qf_graph::words;

/// Another wording, and the repository that it is about, where that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// The question.
    pub question: String,
    /// Only this repository.
    pub repository: Option<String>,
}

/// Other wordings of a question, the most likely first. `vocabulary` are the words of patterns.
pub fn all(asking: &Asking<'_>, vocabulary: &[&str]) -> Vec<Rewritten> {
    let plain = |question: String| Rewritten { question, repository: None };
    let mut out = Vec::new();
    let words = sentence::words(&asking.question, &asking.stems);
    out.extend(topic_first(&asking.question).map(plain));
    out.extend(scoped(asking, &words));
    for question in spelled(asking, &words, vocabulary) {
        out.push(plain(question.clone()));
        let words = sentence::words(&question, &asking.stems);
        out.extend(scoped(asking, &words));
    }
    out
}

/// "X: who updates it?" is "who updates X?".
fn topic_first(question: &str) -> Option<String> {
    let (topic, rest) = question.split_once(": ").or_else(|| question.split_once(", "))?;
    let mut found = false;
    let words: Vec<&str> = rest
        .split_whitespace()
        .map(|word| {
            let bare = word.trim_matches(['?', '.', '!']).to_lowercase();
            let pronoun = matches!(bare.as_str(), "it" | "them" | "that" | "this" | "those");
            if pronoun && !found {
                found = true;
                return topic.trim();
            }
            word
        })
        .collect();
    found.then(|| words.join(" "))
}

/// "… in billing", "which functions of billing …": the same without the repository, in it.
fn scoped(asking: &Asking<'_>, words: &[Word]) -> Option<Rewritten> {
    let snapshot = asking.snapshot;
    if asking.options.repo.is_some() {
        return None;
    }
    let named = |word: &Word| {
        snapshot
            .repositories()
            .map(|one| snapshot.repository_name(one))
            .find(|name| name.eq_ignore_ascii_case(&word.text))
    };
    let (at, name) = words.iter().enumerate().skip(1).find_map(|(at, word)| {
        let before = words[at - 1].lower.as_str();
        let said = matches!(before, "in" | "of" | "from" | "within" | "inside" | "for" | "by");
        said.then(|| named(word).map(|name| (at, name.to_owned()))).flatten()
    })?;
    let rest: Vec<Word> = words[..at - 1].iter().chain(&words[at + 1..]).cloned().collect();
    (!rest.is_empty())
        .then(|| Rewritten { question: sentence::join(&rest), repository: Some(name) })
}

/// Words that nothing indexed has and that are one letter off a word of patterns, spelled like it;
/// a few wordings where several are.
fn spelled(asking: &Asking<'_>, given: &[Word], vocabulary: &[&str]) -> Vec<String> {
    const SHORTEST: usize = 4;
    /// Most wordings.
    const MOST: usize = 12;
    let mut wordings: Vec<Vec<Word>> = vec![given.to_vec()];
    let mut changed = false;
    for (at, word) in given.iter().enumerate() {
        let known = vocabulary.contains(&word.lower.as_str())
            || sentence::is_filler(&word.lower)
            || vocabulary.iter().any(|other| forms(other).contains(&word.lower));
        if word.code || known || word.lower.len() < SHORTEST || is_indexed(asking, word) {
            continue;
        }
        let mut near: Vec<String> = vocabulary
            .iter()
            .flat_map(|other| forms(other))
            .filter(|other| other.len() >= SHORTEST && one_off(&word.lower, other))
            .collect();
        // A letter is left out more often than it is mistaken.
        near.sort_by_key(|other| (std::cmp::Reverse(other.len()), other.clone()));
        near.dedup();
        if near.is_empty() {
            continue;
        }
        changed = true;
        wordings = near
            .iter()
            .flat_map(|near| {
                wordings.iter().map(move |wording| {
                    let mut wording = wording.clone();
                    wording[at].text.clone_from(near);
                    wording
                })
            })
            .take(MOST)
            .collect();
    }
    if !changed {
        return Vec::new();
    }
    wordings.iter().map(|wording| sentence::join(wording)).collect()
}

/// A word with the endings of its number and tense.
fn forms(word: &str) -> Vec<String> {
    let mut out =
        vec![word.to_owned(), format!("{word}s"), format!("{word}ed"), format!("{word}ing")];
    if let Some(stem) = word.strip_suffix('y') {
        out.extend([format!("{stem}ies"), format!("{stem}ied")]);
    }
    if let Some(stem) = word.strip_suffix('e') {
        out.extend([format!("{stem}ed"), format!("{stem}ing")]);
    }
    out
}

/// Whether a word occurs in what is indexed.
fn is_indexed(asking: &Asking<'_>, word: &Word) -> bool {
    let snapshot = asking.snapshot;
    let term = asking.stems.term(&word.lower);
    let whole = words::whole_term(&word.lower);
    snapshot.repositories().any(|repository| {
        let segment = snapshot.segment(repository);
        [term, whole]
            .into_iter()
            .any(|term| segment.postings(term).is_ok_and(|(symbols, _)| !symbols.is_empty()))
    })
}

/// Whether two words differ by one letter more, less, another, or by two that changed places
/// (F. J. Damerau 1964).
fn one_off(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same..], &b[same..]);
    match (a, b) {
        ([], []) => false,
        ([x, y, rest @ ..], [p, q, other @ ..]) if x == q && y == p && rest == other => true,
        _ if a.len() == b.len() => a[1..] == b[1..],
        _ if a.len() == b.len() + 1 => a[1..] == *b,
        _ if b.len() == a.len() + 1 => b[1..] == *a,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{one_off, topic_first};

    #[test]
    fn one_letter_may_be_wrong() {
        for (a, b) in [
            ("calers", "callers"),
            ("modifes", "modifies"),
            ("wich", "which"),
            ("udpate", "update"),
        ] {
            assert!(one_off(a, b) && one_off(b, a), "{a} {b}");
        }
        for (a, b) in [("call", "call"), ("callers", "calling"), ("abcd", "badc"), ("", "ab")] {
            assert!(!one_off(a, b), "{a} {b}");
        }
    }

    #[test]
    fn the_topic_may_come_first() {
        let question = topic_first("balance of the user: who updates it?");
        assert_eq!(question.as_deref(), Some("who updates balance of the user"));
        assert_eq!(topic_first("who calls a, b"), None);
    }
}
