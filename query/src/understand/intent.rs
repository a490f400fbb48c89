//! Which question is asked.
//!
//! Every question type lists [`Pattern`]s: short lines of words in which `a|b` is either, `x?` may
//! be missing, `@name` is a class of words and `*` is what the question is about (`**` the second
//! such thing). Words are compared by stem, so verb forms and number do not matter. The pattern
//! that accounts for the most words wins; ties go to the type that is listed first.

use super::sentence::{self, Word};
use qf_graph::words::Stems;
use rustc_hash::FxHashMap;

/// A way to ask a question of a type.
#[derive(Debug, Clone, Copy)]
pub struct Pattern {
    /// The words; see the module.
    pub words: &'static str,
    /// Whether these words mean this question and nothing else. What is not sure must name
    /// something that exists with every one of its words.
    pub sure: bool,
}

/// A pattern that means its question for certain.
pub const fn sure(words: &'static str) -> Pattern {
    Pattern { words, sure: true }
}

/// A pattern that prose may have by chance.
pub const fn maybe(words: &'static str) -> Pattern {
    Pattern { words, sure: false }
}

/// A question as one type reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Position of the type in the list of questions.
    pub question: usize,
    /// What it is about, in order.
    pub subjects: Vec<String>,
    /// The stem of the verb, where the pattern has one.
    pub verb: Option<String>,
    /// See [`Pattern::sure`].
    pub sure: bool,
    /// Words accounted for.
    pub weight: usize,
}

impl Reading {
    /// A question about given names, for callers that know what they ask.
    pub fn direct(subjects: &[&str]) -> Self {
        Self {
            question: 0,
            subjects: subjects.iter().map(|subject| (*subject).to_owned()).collect(),
            verb: None,
            sure: true,
            weight: 0,
        }
    }
}

/// The words of patterns and of classes.
pub fn vocabulary(patterns: &[(usize, Pattern)]) -> Vec<&'static str> {
    let mut words: Vec<&'static str> = patterns
        .iter()
        .flat_map(|(_, pattern)| pattern.words.split([' ', '|']))
        .map(|word| word.trim_end_matches('?'))
        .filter(|word| !word.starts_with(['@', '*']))
        .chain(CLASSES.iter().flat_map(|name| class(name).iter().copied()))
        .chain(["which", "what", "where", "whom"])
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// All readings of a question, best first.
pub fn readings(words: &[Word], patterns: &[(usize, Pattern)], stems: &Stems) -> Vec<Reading> {
    let tail = without_tail(words);
    let mut memo = Memo { stems, cache: FxHashMap::default() };
    let mut found: Vec<Reading> = Vec::new();
    for start in lead_ends(tail) {
        let words = &tail[start..];
        for (question, pattern) in patterns {
            let elements: Vec<&str> = pattern.words.split(' ').collect();
            let mut captures = Captures::default();
            if memo.matches(&elements, words, &mut captures) {
                let subjects: Vec<String> = captures
                    .subjects
                    .iter()
                    .map(|(from, to)| sentence::join(strip_fillers(&words[*from..*to])))
                    .collect();
                if subjects.iter().all(|subject| !subject.is_empty()) {
                    found.push(Reading {
                        question: *question,
                        subjects,
                        verb: captures.verb.map(|at| words[at].stem.clone()),
                        sure: pattern.sure,
                        weight: captures.literal,
                    });
                }
            }
        }
    }
    found.sort_by(|a, b| b.weight.cmp(&a.weight).then(a.question.cmp(&b.question)));
    found.dedup_by(|a, b| a.question == b.question && a.subjects == b.subjects);
    found
}

/// What is left of a question without its polite beginnings: "show me all …".
pub fn bare(words: &[Word]) -> &[Word] {
    let tail = without_tail(words);
    let start = lead_ends(tail).last().copied().unwrap_or(0);
    strip_fillers(&tail[start..])
}

fn strip_fillers(words: &[Word]) -> &[Word] {
    // "The get user method": before a noun for something callable, verbs are part of its name.
    let called = words.last().is_some_and(|word| !word.code && is_called(&word.lower));
    let filler = |(at, word): (usize, &Word)| {
        let verb = called && sentence::is_verb(&word.lower);
        // "GET /orders": the method of a route is no filler.
        let route = words.get(at + 1).is_some_and(|next| next.text.starts_with('/'));
        let method = route && word.lower == "get";
        !word.code && sentence::is_filler(&word.lower) && !verb && !method
    };
    let kept = |it: &(usize, &Word)| !filler(*it);
    let start = words.iter().enumerate().find(kept).map_or(words.len(), |it| it.0);
    let end = words.iter().enumerate().rev().find(kept).map_or(start, |it| it.0 + 1);
    &words[start..end]
}

fn is_called(lower: &str) -> bool {
    matches!(lower, "function" | "method" | "handler" | "procedure" | "endpoint")
}

/// Beginnings that say nothing.
const LEADS: [&str; 40] = [
    "please",
    "hey",
    "so",
    "show",
    "list",
    "find",
    "give",
    "tell",
    "get",
    "display",
    "print",
    "enumerate",
    "me",
    "us",
    "all",
    "all the",
    "all of",
    "every",
    "any",
    "the",
    "some",
    "can you",
    "could you",
    "would you",
    "i want to know",
    "i need to know",
    "i want to see",
    "i want to",
    "do you know",
    "let me know",
    "what is the",
    "what are the",
    "who are the",
    "which are the",
    "what's the",
    "what are",
    "who are",
    "what is",
    "search for",
    "look for",
];

/// Positions at which the question may begin: 0 and after each further lead.
fn lead_ends(words: &[Word]) -> Vec<usize> {
    let mut ends = vec![0];
    let mut at = 0;
    while let Some(len) = LEADS
        .iter()
        .filter_map(|lead| starts_with(&words[at..], lead))
        .max()
        .filter(|len| at + len < words.len())
    {
        at += len;
        ends.push(at);
    }
    ends
}

fn starts_with(words: &[Word], phrase: &str) -> Option<usize> {
    let mut count = 0;
    for part in phrase.split(' ') {
        let word = words.get(count).filter(|word| !word.code || word.lower == part)?;
        if word.lower != part {
            return None;
        }
        count += 1;
    }
    Some(count)
}

/// Endings that say nothing.
const TAILS: [&str; 30] = [
    "please",
    "in the codebase",
    "in this codebase",
    "in our codebase",
    "in the code",
    "in our code",
    "in this code",
    "in the project",
    "in this project",
    "in the workspace",
    "in this workspace",
    "in this repo",
    "in the repo",
    "in the repository",
    "across services",
    "across all services",
    "across repositories",
    "across all repositories",
    "across repos",
    "across the codebase",
    "across projects",
    "everywhere",
    "anywhere",
    "right now",
    "today",
    "directly",
    "in the source",
    "in our services",
    "in the system",
    "for me",
];

fn without_tail(words: &[Word]) -> &[Word] {
    let mut end = words.len();
    loop {
        let cut = TAILS
            .iter()
            .filter_map(|tail| {
                let count = tail.split(' ').count();
                let start = end.checked_sub(count).filter(|start| *start > 0)?;
                starts_with(&words[start..end], tail).map(|_| count)
            })
            .max();
        match cut {
            Some(count) => end -= count,
            None => return &words[..end],
        }
    }
}

/// Names of the classes.
const CLASSES: [&str; 5] = ["write", "writes", "call", "change", "thing"];

/// Words of a class, compared by stem.
fn class(name: &str) -> &'static [&'static str] {
    match name {
        "write" => &[
            "update",
            "write",
            "modify",
            "mutate",
            "change",
            "set",
            "assign",
            "alter",
            "edit",
            "increment",
            "decrement",
            "increase",
            "decrease",
            "store",
            "save",
            "persist",
            "record",
            "reset",
            "adjust",
            "overwrite",
            "populate",
            "insert",
            "add",
            "create",
            "append",
            "delete",
            "remove",
            "clear",
            "initialize",
            "initialise",
            "bump",
            "toggle",
            "manipulate",
            "touch",
            "wrote",
            "written",
            "writing",
            "setting",
            "erase",
            "fill",
            "grow",
            "raise",
            "lower",
            "upsert",
            "empty",
            "put",
            "push",
            "pop",
        ],
        "writes" => &[
            "updates",
            "writes",
            "changes",
            "modifications",
            "mutations",
            "writers",
            "assignments",
            "mutators",
            "setters",
            "modifiers",
            "updaters",
            "stores",
        ],
        "call" => &[
            "call", "calls", "invoke", "invokes", "use", "uses", "execute", "executes", "trigger",
            "run", "hit", "request",
        ],
        "change" => &[
            "change",
            "modify",
            "edit",
            "rename",
            "remove",
            "delete",
            "touch",
            "refactor",
            "alter",
            "update",
            "drop",
            "move",
            "break",
            "deprecate",
        ],
        "thing" => &[
            "function",
            "method",
            "code",
            "place",
            "handler",
            "endpoint",
            "service",
            "class",
            "procedure",
            "routine",
            "line",
            "file",
            "module",
            "component",
            "caller",
            "repository",
            "repo",
            "spot",
            "part",
            "symbol",
            "piece",
            "location",
            "job",
            "controller",
            "test",
            "thing",
            "callback",
            "program",
            "statement",
            "type",
            "struct",
            "exception",
            "page",
        ],
        _ => &[],
    }
}

#[derive(Debug, Clone, Default)]
struct Captures {
    subjects: Vec<(usize, usize)>,
    verb: Option<usize>,
    literal: usize,
}

struct Memo<'s> {
    stems: &'s Stems,
    cache: FxHashMap<&'static str, String>,
}

impl Memo<'_> {
    fn same(&mut self, word: &Word, other: &'static str) -> bool {
        if word.code {
            return false;
        }
        if word.lower == other {
            return true;
        }
        let stems = self.stems;
        let stem = self.cache.entry(other).or_insert_with(|| stems.stem(other).into_owned());
        word.stem == *stem
    }

    fn matches(&mut self, elements: &[&'static str], words: &[Word], out: &mut Captures) -> bool {
        self.at(elements, words, 0, out)
    }

    fn at(
        &mut self,
        elements: &[&'static str],
        words: &[Word],
        at: usize,
        out: &mut Captures,
    ) -> bool {
        let Some((element, rest)) = elements.split_first() else { return at == words.len() };
        if *element == "*" || *element == "**" {
            let ends =
                if rest.is_empty() { words.len()..=words.len() } else { at + 1..=words.len() };
            for end in ends.filter(|end| *end > at) {
                let mut next = out.clone();
                next.subjects.push((at, end));
                if self.at(rest, words, end, &mut next) {
                    *out = next;
                    return true;
                }
            }
            return false;
        }
        let (element, optional) =
            element.strip_suffix('?').map_or((*element, false), |element| (element, true));
        for len in self.lengths(element, words, at) {
            let mut next = out.clone();
            next.literal += len;
            if matches!(element, "@write" | "@call" | "@change") {
                next.verb = Some(at);
            }
            if self.at(rest, words, at + len, &mut next) {
                *out = next;
                return true;
            }
        }
        optional && self.at(rest, words, at, out)
    }

    /// How many words an element may take here, longest first.
    fn lengths(&mut self, element: &'static str, words: &[Word], at: usize) -> Vec<usize> {
        if element == "@agent" {
            return self.agent(words, at);
        }
        let Some(word) = words.get(at) else { return Vec::new() };
        let one = match element.strip_prefix('@') {
            Some(name) => class(name).iter().any(|other| self.same(word, other)),
            None => element.split('|').any(|other| self.same(word, other)),
        };
        if one { vec![1] } else { Vec::new() }
    }

    /// Who does something: "who", "what", "which functions", "methods that", "code which".
    fn agent(&mut self, words: &[Word], at: usize) -> Vec<usize> {
        let plain = |at: usize, any: &[&str]| {
            words.get(at).is_some_and(|word| !word.code && any.contains(&word.lower.as_str()))
        };
        let mut lengths = Vec::new();
        let mut end = at;
        if plain(
            end,
            &[
                "who",
                "what",
                "which",
                "whatever",
                "whoever",
                "anything",
                "everything",
                "something",
                "someone",
                "everyone",
            ],
        ) {
            end += 1;
            lengths.push(end - at);
            if plain(end, &["all", "else", "other"]) {
                end += 1;
                lengths.push(end - at);
            }
        }
        let things = class("thing");
        let before = end;
        while end < before + 3
            && words.get(end).is_some_and(|word| things.iter().any(|thing| self.same(word, thing)))
        {
            end += 1;
            lengths.push(end - at);
            if plain(end, &["or", "and"]) {
                end += 1;
            }
        }
        if let Some(longest) = lengths.last().copied() {
            let end = at + longest;
            let relative = usize::from(plain(end, &["that", "which", "who", "to"]));
            let modal = usize::from(plain(
                end + relative,
                &[
                    "can",
                    "could",
                    "may",
                    "might",
                    "will",
                    "would",
                    "does",
                    "do",
                    "is",
                    "are",
                    "directly",
                    "actually",
                    "ever",
                    "currently",
                ],
            ));
            if relative + modal > 0 {
                lengths.push(longest + relative + modal);
            }
        }
        lengths.reverse();
        lengths
    }
}
