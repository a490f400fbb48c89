//! Names in words: "the user's balance", "balance of an account", "last seen".
//!
//! The head of a phrase ("balance") and what may be written together with it ("user balance" →
//! `user_balance`, `userBalance`) are looked up in the sorted index of names; the remaining words
//! must belong to the owner: the type, table or module around it. So a question costs a few dozen
//! look-ups, whatever the size of the index. Only when nothing is found are the names scanned, once.

use super::mentions::{How, Resolved, Want, wanted};
use super::sentence::{self, Word};
use crate::asking::Asking;
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::Direction;
use qf_graph::words;
use qf_graph::{EdgeKind, SymbolId};
use rustc_hash::{FxHashMap, FxHashSet};

/// Most parts that a name is put together of.
const LONGEST: usize = 5;
/// More words than this are no name.
const MOST_PARTS: usize = 24;
/// Most names that a scan may add.
const MOST_SCANNED: usize = 24;

struct Part {
    lower: String,
    stem: String,
    /// Carries meaning: no article, no preposition, no noun for a kind of symbol.
    content: bool,
    /// Which prepositional phrase it is in.
    segment: usize,
}

struct Candidate {
    symbol: SymbolId,
    /// Parts that its name covers, as bits.
    name: u64,
    /// Parts that its owner covers.
    owner: u64,
}

/// What a phrase names.
pub fn resolve(asking: &Asking<'_>, text: &str, words: &[Word], want: Want) -> Option<Resolved> {
    let (parts, noun) = parts(asking, words);
    let content: Vec<usize> = (0..parts.len()).filter(|at| parts[*at].content).collect();
    if content.is_empty() || parts.len() > MOST_PARTS {
        return None;
    }
    let want = noun.unwrap_or(want);
    let first_segment = parts[content[0]].segment;
    let head = content.iter().copied().rfind(|at| parts[*at].segment == first_segment)?;
    let mut candidates = look_up(asking, &parts);
    if !candidates.iter().any(|candidate| candidate.name & 1 << head != 0) {
        candidates = scan(asking, &parts);
    }
    let all: u64 = content.iter().fold(0, |bits, at| bits | 1 << at);
    let goal = Goal { head, all, want };
    let found = select(asking, text, &parts, candidates, goal);
    if found.as_ref().is_some_and(|found| found.owner_unknown) {
        // What is spelled so belongs to another; what only has the word may belong to the owner:
        // "the favorites of an article" are its `favoritedBy`.
        let loose = select(asking, text, &parts, scan(asking, &parts), goal);
        return loose.filter(|it| !it.owner_unknown && it.synonyms.is_empty()).or(found);
    }
    found
}

#[derive(Clone, Copy)]
struct Goal {
    head: usize,
    all: u64,
    want: Want,
}

fn select(
    asking: &Asking<'_>,
    text: &str,
    parts: &[Part],
    candidates: Vec<Candidate>,
    goal: Goal,
) -> Option<Resolved> {
    let Goal { head, all, want } = goal;
    let headed = candidates.iter().filter(|c| c.name & 1 << head != 0).map(|c| c.symbol).collect();
    let kept: FxHashSet<SymbolId> = wanted(asking, headed, want).into_iter().collect();
    let mut pool: Vec<Candidate> =
        candidates.into_iter().filter(|candidate| kept.contains(&candidate.symbol)).collect();
    let mut owners = Owners { asking, cache: FxHashMap::default() };
    for candidate in &mut pool {
        let open = all & !candidate.name;
        if open != 0 {
            let around = owners.stems(candidate.symbol);
            candidate.owner = bits(parts, open, |part| around.contains(&part.stem));
        }
    }
    let covered = |candidate: &Candidate| (candidate.name | candidate.owner).count_ones();
    let best = pool.iter().map(covered).max()?;
    let owned = pool.iter().any(|candidate| covered(candidate) == best && candidate.owner != 0);
    let meant = |candidate: &Candidate| covered(candidate) == best;
    let name = pool.iter().filter(|c| meant(c)).fold(0, |bits, candidate| bits | candidate.name);
    let hints = all & !name;
    let unowned = hints != 0 && !owned;
    let (mut symbols, mut synonyms, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for candidate in &pool {
        let open = all & !candidate.name;
        if meant(candidate) && !unowned {
            symbols.push(candidate.symbol);
        } else if open != 0 && owners.alike(candidate.symbol, parts, open, unowned) {
            synonyms.push(candidate.symbol);
        } else {
            others.push(candidate.symbol);
        }
    }
    let owner_unknown = unowned && synonyms.is_empty();
    if owner_unknown && text.contains(['.', ':', '#', '/']) {
        // A qualifier is no hint: it must be right.
        return None;
    }
    if owner_unknown {
        symbols = pool.iter().filter(|c| meant(c)).map(|candidate| candidate.symbol).collect();
        others.clear();
    }
    symbols.extend(&synonyms);
    symbols.sort_unstable();
    symbols.dedup();
    others.retain(|symbol| !symbols.contains(symbol));
    let owner = (0..parts.len()).filter(|at| hints & 1 << at != 0);
    Some(Resolved {
        text: text.to_owned(),
        symbols,
        how: How::Words,
        key: None,
        owner: owner.map(|at| parts[at].lower.clone()).collect(),
        owner_unknown,
        others,
        synonyms,
        coverage: best as f32 / all.count_ones().max(1) as f32,
        notes: Vec::new(),
    })
}

fn bits(parts: &[Part], among: u64, test: impl Fn(&Part) -> bool) -> u64 {
    let one = |at: &usize| among & 1 << at != 0 && test(&parts[*at]);
    (0..parts.len()).filter(one).fold(0, |bits, at| bits | 1 << at)
}

/// Nouns that say what kind of symbol is meant.
pub fn kind_noun(lower: &str) -> Option<Want> {
    Some(match lower {
        "field" | "fields" | "column" | "columns" | "property" | "properties" | "attribute"
        | "attributes" | "variable" | "variables" | "value" | "member" | "constant" => Want::Value,
        "table" | "tables" | "class" | "classes" | "struct" | "interface" | "trait" | "type"
        | "enum" | "model" | "record" | "records" | "rows" | "entity" => Want::Record,
        "function" | "functions" | "method" | "methods" | "constructor" | "macro" | "handler"
        | "endpoint" | "route" | "procedure" | "helper" => Want::Function,
        _ => return None,
    })
}

pub fn is_preposition(lower: &str) -> bool {
    const WORDS: [&str; 12] = [
        "of",
        "for",
        "in",
        "on",
        "from",
        "within",
        "inside",
        "belonging",
        "owned",
        "at",
        "into",
        "across",
    ];
    WORDS.contains(&lower)
}

fn parts(asking: &Asking<'_>, words: &[Word]) -> (Vec<Part>, Option<Want>) {
    let mut out: Vec<Part> = Vec::new();
    let mut noun = None;
    let mut segment = 0;
    let says_kind = |at: usize| !words[at].code && kind_noun(&words[at].lower).is_some();
    let called = words
        .last()
        .is_some_and(|word| !word.code && kind_noun(&word.lower) == Some(Want::Function));
    let ends = |at: usize| words.get(at).is_none_or(|word| is_preposition(&word.lower));
    for (at, word) in words.iter().enumerate() {
        let preposition = !word.code && is_preposition(&word.lower);
        segment += usize::from(preposition);
        let verb = called && segment == 0 && sentence::is_verb(&word.lower);
        let filler = preposition || (!word.code && !verb && sentence::is_filler(&word.lower));
        // "the users table", "the field balance": but a lone "table" is a name.
        let starts = at == 0 || (at == 1 && sentence::is_filler(&words[0].lower));
        let beside = |at: usize| words.get(at).is_some_and(|w| !sentence::is_filler(&w.lower));
        let kind = says_kind(at)
            && ((ends(at + 1) && at > 0 && beside(at - 1)) || (starts && beside(at + 1)));
        if kind && noun.is_none() && segment == 0 {
            noun = kind_noun(&word.lower);
        }
        words::identifiers(&word.text, |identifier| {
            words::parts(identifier, |part| {
                out.push(Part {
                    lower: part.to_owned(),
                    stem: asking.stems.stem(part).into_owned(),
                    content: !filler && !kind,
                    segment,
                });
            });
        });
    }
    (out, noun)
}

/// A word in singular and plural.
fn numbers(word: &str) -> Vec<String> {
    let mut out = vec![word.to_owned()];
    if let Some(stem) = word.strip_suffix("ies") {
        out.push(format!("{stem}y"));
    } else if word.ends_with("ses") || word.ends_with("xes") || word.ends_with("hes") {
        out.push(word[..word.len() - 2].to_owned());
        out.push(word[..word.len() - 1].to_owned());
    } else if let Some(stem) = word.strip_suffix('s').filter(|stem| !stem.ends_with('s')) {
        out.push(stem.to_owned());
    } else if let Some(stem) = word.strip_suffix('y') {
        out.extend([format!("{stem}ies"), format!("{word}s")]);
    } else if word.ends_with(['s', 'x']) {
        out.push(format!("{word}es"));
    } else {
        out.push(format!("{word}s"));
    }
    out
}

/// Everything whose name is a run of the phrase's words.
fn look_up(asking: &Asking<'_>, parts: &[Part]) -> Vec<Candidate> {
    let mut found: FxHashMap<SymbolId, u64> = FxHashMap::default();
    let mut asked: FxHashSet<String> = FxHashSet::default();
    for from in 0..parts.len() {
        for to in from..parts.len().min(from + LONGEST) {
            if !parts[from].content || !parts[to].content {
                continue;
            }
            let run = &parts[from..=to];
            let covers = (from..=to).filter(|at| parts[*at].content);
            let covers = covers.fold(0u64, |bits, at| bits | 1 << at);
            let mut spellings = vec![run.iter().collect::<Vec<_>>()];
            if run.iter().any(|part| !part.content) && parts[from].segment == parts[to].segment {
                spellings.push(run.iter().filter(|part| part.content).collect());
            }
            for spelling in spellings {
                for name in spelled(&spelling) {
                    if asked.insert(name.clone()) {
                        for symbol in asking.snapshot.named(&name) {
                            *found.entry(symbol).or_default() |= covers;
                        }
                    }
                }
            }
        }
    }
    in_order(found)
}

/// A hash map's candidates in symbol order.
fn in_order(found: FxHashMap<SymbolId, u64>) -> Vec<Candidate> {
    let mut out: Vec<Candidate> =
        found.into_iter().map(|(symbol, name)| Candidate { symbol, name, owner: 0 }).collect();
    out.sort_unstable_by_key(|candidate| candidate.symbol);
    out
}

fn spelled(parts: &[&Part]) -> Vec<String> {
    let Some((last, first)) = parts.split_last() else { return Vec::new() };
    let mut out = Vec::new();
    for last in numbers(&last.lower) {
        let separators: &[&str] = if first.is_empty() { &[""] } else { &["", "_"] };
        for separator in separators {
            let mut name = String::new();
            for part in first {
                name += &part.lower;
                name += separator;
            }
            out.push(name + &last);
        }
    }
    out
}

/// Names all of whose words are among the phrase's, by stem: "favorites" → `favoritedBy`.
fn scan(asking: &Asking<'_>, parts: &[Part]) -> Vec<Candidate> {
    let starts: Vec<&str> = parts
        .iter()
        .filter(|part| part.content && part.stem.len() > 3)
        .map(|part| part.stem.get(..4).unwrap_or(&part.stem))
        .collect();
    let mut names: Vec<(u32, String, u64)> = Vec::new();
    asking.snapshot.each_name(|name, _| {
        if name.len() > 48 || !starts.iter().any(|start| contains_folded(name, start)) {
            return;
        }
        let (mut covers, mut strange) = (0u64, false);
        words::parts(name, |word| {
            let stem = asking.stems.stem(word);
            let at = parts.iter().position(|part| part.content && part.stem == stem);
            match at {
                Some(at) => covers |= 1 << at,
                None => strange |= !sentence::is_filler(word) && word.len() > 2,
            }
        });
        if covers != 0 && !strange {
            names.push((covers.count_ones(), name.to_owned(), covers));
        }
    });
    names.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    names.dedup_by(|a, b| a.1 == b.1);
    names.truncate(MOST_SCANNED);
    let mut found: FxHashMap<SymbolId, u64> = FxHashMap::default();
    for (_, name, covers) in names {
        for symbol in asking.snapshot.named(&name) {
            *found.entry(symbol).or_default() |= covers;
        }
    }
    in_order(found)
}

fn contains_folded(name: &str, lower: &str) -> bool {
    let (name, lower) = (name.as_bytes(), lower.as_bytes());
    name.windows(lower.len()).any(|window| window.eq_ignore_ascii_case(lower))
}

/// Words that mean the same owner.
const SAME_OWNER: [&[&str]; 3] = [
    &["user", "account", "custom", "member", "person", "profil"],
    &["order", "purchas"],
    &["product", "item", "articl"],
];

struct Owners<'a, 's> {
    asking: &'a Asking<'s>,
    cache: FxHashMap<SymbolId, Vec<String>>,
}

impl Owners<'_, '_> {
    /// Stems of the words of what a symbol belongs to: the types around it, or for what stands
    /// alone its file and folders.
    fn stems(&mut self, symbol: SymbolId) -> &Vec<String> {
        let snapshot = self.asking.snapshot;
        let parent = snapshot.parent(symbol);
        let key = parent.unwrap_or(symbol);
        if !self.cache.contains_key(&key) {
            let mut stems = Vec::new();
            let mut at = parent;
            while let Some(owner) = at {
                if snapshot.kind(owner) != SymbolKind::Module {
                    stems.extend(self.asking.stems_of(snapshot.name(owner)));
                }
                at = snapshot.parent(owner);
            }
            if stems.is_empty() {
                let path = snapshot.path(snapshot.file(symbol));
                for part in path.rsplit('/') {
                    stems.extend(self.asking.stems_of(part.split('.').next().unwrap_or(part)));
                }
            }
            self.cache.insert(key, stems);
        }
        &self.cache[&key]
    }

    /// Whether a symbol's owner is only another word for the one that is asked for, or inherits:
    /// the balance of an `Account` is a user's when its documentation says so (or when nothing
    /// else is a user's).
    fn alike(&mut self, symbol: SymbolId, parts: &[Part], open: u64, alone: bool) -> bool {
        let snapshot = self.asking.snapshot;
        let Some(owner) = snapshot.parent(symbol) else { return false };
        let around = self.stems(symbol).clone();
        let same = bits(parts, open, |part| {
            SAME_OWNER.iter().any(|group| {
                group.contains(&part.stem.as_str())
                    && around.iter().any(|stem| group.contains(&stem.as_str()))
            })
        });
        if same != 0 {
            let vouched = snapshot.doc(owner).is_some_and(|doc| {
                let doc = self.asking.stems_of(doc);
                bits(parts, same, |part| doc.contains(&part.stem)) != 0
            });
            return alone || vouched;
        }
        alone && self.inherited(owner, parts, open)
    }

    fn inherited(&mut self, owner: SymbolId, parts: &[Part], open: u64) -> bool {
        let snapshot = self.asking.snapshot;
        let mut heirs = Vec::new();
        snapshot.hop(owner, Direction::In, |heir, kind, _| {
            if matches!(kind, EdgeKind::Inherits | EdgeKind::Implements) && heirs.len() < 64 {
                heirs.push(heir);
            }
        });
        heirs.iter().any(|heir| {
            let stems = self.asking.stems_of(snapshot.name(*heir));
            bits(parts, open, |part| stems.contains(&part.stem)) != 0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn words_have_two_numbers() {
        assert_eq!(numbers("savings"), ["savings", "saving"]);
        assert_eq!(numbers("entries"), ["entries", "entry"]);
        assert_eq!(numbers("user"), ["user", "users"]);
        assert_eq!(numbers("address"), ["address", "addresses"]);
        assert_eq!(numbers("addresses"), ["addresses", "address", "addresse"]);
    }
}
