//! Answers in sentences, as a language model phrases them, held to what was found.
//!
//! A model that is asked to phrase an answer may say more than the answer does. So it must cite: an
//! item is `[3]` by its rank, and every sentence must cite an item that is there, and may name only
//! code that stands in the items it cites: words of the shape of code, in back-ticks, and words that
//! are names in the index and no plain English. Sentences that do not are dropped and counted. What is left is shown beside the answer, never instead of it.

use crate::answer::{Answer, Item};
use crate::understand::sentence::{is_filler, looks_like_code};
use qf_graph::Snapshot;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;

/// An answer in sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Phrased {
    /// The sentences that hold.
    pub sentences: Vec<Sentence>,
    /// How many were dropped, because they cite nothing, or name code that what they cite does not show.
    pub dropped: usize,
    /// The model that phrased it.
    pub model: String,
}

/// A sentence with what it cites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sentence {
    /// The text, with its citations.
    pub text: String,
    /// Ranks of the items it cites.
    pub cites: Vec<usize>,
}

/// Most items that a model is told of.
pub const MOST: usize = 30;

/// The items of an answer as a model is told of them, one a line, numbered by rank.
pub fn listed(answer: &Answer) -> String {
    let mut out = String::new();
    for item in answer.items.iter().take(MOST) {
        let _ = write!(
            out,
            "[{}] {} {} ({}/{}:{}, {})",
            item.rank, item.kind, item.qualified_name, item.repo, item.file, item.line, item.role
        );
        if !item.why.is_empty() {
            let _ = write!(out, " — {}", item.why);
        }
        if let Some(evidence) = item.evidence.first() {
            let _ = write!(out, " — line {}: {}", evidence.line, evidence.text);
        }
        out.push('\n');
    }
    out
}

/// Keeps the sentences of a text that cite what they name.
pub fn checked(snapshot: &Snapshot, text: &str, answer: &Answer, model: &str) -> Phrased {
    let mut phrased = Phrased { sentences: Vec::new(), dropped: 0, model: model.to_owned() };
    for text in sentences(text) {
        let cites = cites(&text);
        let items: Vec<&Item> = cites
            .iter()
            .filter_map(|rank| answer.items.iter().find(|item| item.rank == *rank))
            .collect();
        let known = !cites.is_empty() && items.len() == cites.len();
        let names = names(snapshot, &text);
        let proven = names.iter().all(|name| items.iter().any(|item| mentions(item, name)));
        if known && proven {
            phrased.sentences.push(Sentence { text, cites });
        } else {
            phrased.dropped += 1;
        }
    }
    phrased
}

/// Cuts a text where a sentence ends: after `.`, `!` or `?` before a space and a capital letter, a
/// bracket or a quote, and at line ends. A citation behind the full stop belongs to its sentence.
fn sentences(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for line in text.lines() {
        let chars: Vec<char> = line.chars().collect();
        let mut from = 0;
        let mut at = 0;
        while at < chars.len() {
            let ends = matches!(chars[at], '.' | '!' | '?')
                && chars.get(at + 1).is_none_or(|next| next.is_whitespace());
            if ends {
                let mut end = at + 1;
                loop {
                    let next = chars[end..].iter().position(|c| !c.is_whitespace());
                    let Some(next) = next.map(|skip| end + skip) else { break };
                    let close = chars[next..].iter().position(|c| *c == ']');
                    match close {
                        Some(close) if chars[next] == '[' => end = next + close + 1,
                        _ => break,
                    }
                }
                out.push(chars[from..end].iter().collect::<String>());
                from = end;
                at = end;
            } else {
                at += 1;
            }
        }
        out.push(chars[from..].iter().collect());
    }
    let clean = |text: String| text.trim().trim_start_matches(['-', '*', ' ']).trim().to_owned();
    out.into_iter().map(clean).filter(|text| text.chars().any(char::is_alphanumeric)).collect()
}

/// `[3]`, `[1, 4]`.
fn cites(text: &str) -> Vec<usize> {
    let mut out = Vec::new();
    for part in text.split('[').skip(1) {
        let Some((inside, _)) = part.split_once(']') else { continue };
        let ranks: Option<Vec<usize>> =
            inside.split(',').map(|rank| rank.trim().parse().ok()).collect();
        out.extend(ranks.unwrap_or_default());
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Words that functions are called like, and that sentences about code need.
const PLAIN: [&str; 44] = [
    "also",
    "application",
    "call",
    "called",
    "caller",
    "callers",
    "calls",
    "change",
    "changes",
    "class",
    "code",
    "count",
    "field",
    "file",
    "find",
    "first",
    "from",
    "function",
    "functions",
    "list",
    "makes",
    "method",
    "module",
    "name",
    "only",
    "path",
    "reach",
    "reaches",
    "read",
    "reads",
    "returns",
    "service",
    "sets",
    "test",
    "tests",
    "that",
    "them",
    "this",
    "type",
    "updates",
    "uses",
    "value",
    "with",
    "writes",
];

/// Words of a sentence that are code.
fn names(snapshot: &Snapshot, text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            out.push(part.trim().trim_end_matches("()").to_owned());
            continue;
        }
        for word in part.split_whitespace() {
            let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | ')' | '}' | '#');
            let word = word.trim_matches(|c: char| !inner(c));
            let word = word.trim_end_matches("()").trim_end_matches(')');
            if !word.is_empty() && (looks_like_code(word) || is_name(snapshot, word)) {
                out.push(word.to_owned());
            }
        }
    }
    let address = |name: &String| name.starts_with("http://") || name.starts_with("https://");
    out.retain(|name| name.chars().any(char::is_alphabetic) && !address(name));
    out
}

/// Whether a word is called so in the index, and is no plain English.
fn is_name(snapshot: &Snapshot, word: &str) -> bool {
    let plain = word.len() < 4 || is_filler(&word.to_lowercase()) || PLAIN.contains(&word);
    !plain
        && snapshot.named(word).into_iter().any(|symbol| {
            let kind = snapshot.kind(symbol);
            snapshot.name(symbol) == word && (kind.is_callable() || kind.is_type())
        })
}

/// Whether an item says anything of a name: as a whole word.
fn mentions(item: &Item, name: &str) -> bool {
    let within = |text: &str| {
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        text.match_indices(name).any(|(at, _)| {
            !letter(text[..at].chars().next_back())
                && !letter(text[at + name.len()..].chars().next())
        })
    };
    within(&item.qualified_name)
        || within(&format!("{}/{}:{}", item.repo, item.file, item.line))
        || within(&item.why)
        || item.path.iter().any(|step| within(step))
        || item.evidence.iter().any(|line| within(&line.text) || within(&line.file))
}

#[cfg(test)]
mod tests {
    use super::{cites, sentences};

    #[test]
    fn sentences_end_where_they_do() {
        let text = "Ledger.apply adds it [1]. Others reach it. [2][3] And so on\n- a line [4]";
        assert_eq!(
            sentences(text),
            ["Ledger.apply adds it [1].", "Others reach it. [2][3]", "And so on", "a line [4]"]
        );
        assert_eq!(sentences("see orders/app.py:12 now."), ["see orders/app.py:12 now."]);
    }

    #[test]
    fn citations_are_numbers_in_brackets() {
        assert_eq!(cites("a [2, 1] b [3] c [x] d[0"), [1, 2, 3]);
    }
}
