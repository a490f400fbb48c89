//! The order of what a search finds.
//!
//! The index's fused score of a symbol (words and vectors) is the base. Added to it is what only the
//! symbol and its file as a whole show: words of the question in its name, in the name of its file and
//! in the folders above, how well the file's text fits, how much else of the file was found. Taken from
//! it: tests, documents, settings, old versions and headers, unless the question is about them. A file
//! stands where its best symbol stands, and the next best symbol of a file says less than the best of
//! another. The weights were fitted by coordinate search on the development part of a public benchmark
//! of code search; `benches/results/ranking.md` shows what each adds.

use crate::asking::Asking;
use crate::understand::sentence;
use qf_graph::facts::SymbolKind;
use qf_graph::{FileId, SymbolId};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// How much each sign counts. A weight of 0, and a factor of 1, leaves it out.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// The fused score of words and vectors.
    pub fused: f32,
    /// The same once more, for which of its symbols stands for a file.
    pub inner: f32,
    /// The part of the symbol's name that is in the question.
    pub share: f32,
    /// The symbol has documentation.
    pub documented: f32,
    /// How well the whole file fits.
    pub file: f32,
    /// The part of the file's name that is in the question.
    pub file_name: f32,
    /// Each word of the question in the path, of three at most.
    pub path: f32,
    /// Exponent of the rarity of a word, relative to that of the question's words in the mean.
    pub rarity: f32,
    /// How much of the file was found (natural logarithm of the number of symbols).
    pub together: f32,
    /// What the next three symbols of the file add to the best.
    pub next: f32,
    /// What a file as a whole has for the score of a symbol, where none of its symbols was found.
    pub module: f32,
    /// How many files of which no symbol was found are looked at.
    pub modules: usize,
    /// Factor for test code.
    pub test: f32,
    /// Exponent of the factors for documents and settings.
    pub prose: f32,
    /// Factor for folders of old code.
    pub old: f32,
    /// Factor for a version beside a later one.
    pub superseded: f32,
    /// Factor for a header beside its source.
    pub header: f32,
    /// Factor for each further symbol of one file.
    pub repeated: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            fused: 0.6,
            inner: 0.4,
            share: 0.2,
            documented: 0.06,
            file: 0.5,
            file_name: 0.3,
            path: 0.12,
            rarity: 0.5,
            together: 0.08,
            next: 0.04,
            module: 0.1,
            modules: 60,
            test: 0.4,
            prose: 2.0,
            old: 0.7,
            superseded: 0.7,
            header: 0.8,
            repeated: 0.4,
        }
    }
}

/// Folders of code that is kept for those who still need it.
const OLD: [&str; 8] =
    ["_compat", "_vendor", "compat", "deprecated", "legacy", "old", "third_party", "vendor"];

/// Stems of words that ask for documents or settings.
const DOCUMENTS: [&str; 16] = [
    "doc",
    "document",
    "readm",
    "guid",
    "tutori",
    "changelog",
    "config",
    "configur",
    "yaml",
    "yml",
    "json",
    "toml",
    "html",
    "css",
    "markdown",
    "manifest",
];

/// The words of a question that carry meaning, as stems.
pub fn words(asking: &Asking<'_>, text: &str) -> Vec<String> {
    let mut words: Vec<String> = sentence::words(text, &asking.stems)
        .iter()
        .filter(|word| !sentence::is_filler(&word.lower))
        .flat_map(|word| {
            let joined = qf_graph::words::joined(&word.text);
            let joined = joined.map(|it| asking.stems.stem(&it).into_owned());
            asking.stems_of(&word.text).into_iter().chain(joined)
        })
        .collect();
    words.sort();
    words.dedup();
    words
}

/// The words of a question with how much each counts: one in the mean, a rare one more.
struct Words(Vec<(String, f32)>);

impl Words {
    fn new(asking: &Asking<'_>, text: &str) -> Self {
        let words = words(asking, text);
        let rarity: Vec<f32> = words.iter().map(|word| asking.snapshot.rarity(word)).collect();
        let mean = (rarity.iter().sum::<f32>() / rarity.len().max(1) as f32).max(f32::EPSILON);
        let exponent = asking.options.weights.rarity;
        let weigh = |rarity: f32| (rarity / mean).powf(exponent);
        Self(words.into_iter().zip(rarity.into_iter().map(weigh)).collect())
    }

    /// Which part of a name, given as its stems, is among them.
    fn share(&self, name: &[String]) -> f32 {
        name.iter().map(|part| self.weight(part)).sum::<f32>() / name.len().max(1) as f32
    }

    /// How much a part of a name counts. Of a compound (`filesize`) a word that it begins or ends
    /// with counts half.
    fn weight(&self, part: &str) -> f32 {
        if let Some((_, weight)) = self.0.iter().find(|(word, _)| word == part) {
            return *weight;
        }
        let holds = |word: &str| {
            word.len() >= 4
                && part.len() >= word.len() + 3
                && (part.starts_with(word) || part.ends_with(word))
        };
        let held = self.0.iter().filter(|(word, _)| holds(word)).map(|(_, weight)| weight);
        held.sum::<f32>().min(2.0) / 2.0
    }
}

/// Symbols with their scores, best first. `found` are symbols with their fused scores, best first.
pub fn ordered(asking: &Asking<'_>, text: &str, found: &[(SymbolId, f32)]) -> Vec<(SymbolId, f32)> {
    let snapshot = asking.snapshot;
    let weights = &asking.options.weights;
    let words = Words::new(asking, text);
    let has = |stems: &[&str]| words.0.iter().any(|(word, _)| stems.contains(&word.as_str()));
    let whole = snapshot.file_scores(text);
    let mut files: FxHashMap<FileId, Vec<(SymbolId, f32)>> = FxHashMap::default();
    for (symbol, score) in found {
        let file = snapshot.file(*symbol);
        if asking.wants_file(file) {
            files.entry(file).or_default().push((*symbol, *score));
        }
    }
    let mut alone: Vec<(FileId, f32)> = whole.iter().map(|(file, score)| (*file, *score)).collect();
    alone.retain(|(file, _)| !files.contains_key(file) && asking.wants_file(*file));
    alone.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    for (file, _) in alone.iter().take(weights.modules) {
        files.insert(*file, snapshot.symbols_of_file(*file).take(1).map(|it| (it, 0.0)).collect());
    }
    let among: BTreeSet<String> = files.keys().map(|file| snapshot.display_path(*file)).collect();
    let mut all = Vec::new();
    let mut order: Vec<FileId> = files.keys().copied().collect();
    order.sort_unstable();
    for file in order {
        let path = snapshot.path(file);
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = asking.stems_of(name_of_file(folders, name));
        let in_path = asking.stems_of(path);
        let in_path: f32 = words
            .0
            .iter()
            .filter(|(word, _)| in_path.contains(word))
            .map(|(_, weight)| weight)
            .sum();
        let symbols = &files[&file];
        let mut around = weights.file * whole.get(&file).copied().unwrap_or(0.0)
            + weights.file_name * words.share(&stem)
            + weights.path * in_path.min(3.0);
        around += weights.together * (symbols.len() as f32).ln();
        let mut scored = Vec::with_capacity(symbols.len());
        let mut inside = Vec::with_capacity(symbols.len());
        for (symbol, fused) in symbols {
            let mut score = around + of_symbol(asking, *symbol, *fused, &words);
            if snapshot.is_test(*symbol) && !has(&["fixtur", "spec", "test"]) {
                score *= weights.test;
            }
            if !has(&DOCUMENTS) {
                let prior = prior(snapshot.language(file), snapshot.kind(*symbol));
                score *= prior.powf(weights.prose);
            }
            scored.push(score);
            inside.push((*symbol, score + weights.inner * fused));
        }
        scored.sort_by(|a, b| b.total_cmp(a));
        let mut factor = 1.0;
        if folders.split('/').any(|folder| OLD.contains(&folder)) {
            factor *= weights.old;
        }
        let shown = snapshot.display_path(file);
        if is_superseded(&shown, &among) {
            factor *= weights.superseded;
        }
        if is_declared_only(&shown, &among) {
            factor *= weights.header;
        }
        let more: f32 = scored.iter().skip(1).take(3).sum();
        let total = (scored[0] + weights.next * more) * factor;
        inside.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let best = inside[0].1.max(f32::EPSILON);
        for (position, (symbol, own)) in inside.into_iter().enumerate() {
            let repeated = weights.repeated.powf(position as f32);
            all.push((symbol, total * repeated * own / best));
        }
    }
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all
}

/// What a file is called without its extension. What stands for its folder is called like that.
fn name_of_file<'p>(folders: &'p str, name: &'p str) -> &'p str {
    let stem = name.split('.').next().unwrap_or(name);
    let folder = folders.rsplit('/').next().unwrap_or(folders);
    if matches!(stem, "__init__" | "index" | "init" | "mod") && !folder.is_empty() {
        folder
    } else {
        stem
    }
}

/// What a symbol shows by itself.
fn of_symbol(asking: &Asking<'_>, symbol: SymbolId, fused: f32, words: &Words) -> f32 {
    let weights = &asking.options.weights;
    let snapshot = asking.snapshot;
    let share = words.share(&asking.stems_of(snapshot.name(symbol)));
    if snapshot.kind(symbol) == SymbolKind::Module {
        return weights.module + weights.share * share + weights.fused * fused;
    }
    weights.fused * fused
        + weights.share * share
        + weights.documented * f32::from(u8::from(snapshot.doc(symbol).is_some()))
}

/// How much sooner code is meant than what is written about it or beside it.
fn prior(language: &str, kind: SymbolKind) -> f32 {
    match language {
        "html" | "css" => 0.6,
        "yaml" | "json" | "toml" | "manifest" => 0.65,
        "markdown" => 0.75,
        _ if matches!(kind, SymbolKind::Section | SymbolKind::Setting) => 0.75,
        _ => 1.0,
    }
}

/// The number of a folder like `v3`.
fn version(folder: &str) -> Option<u32> {
    folder.strip_prefix('v')?.parse().ok()
}

/// Whether a file lies in a version of something whose later version, or whose present state, was
/// found too: `v1/fields.py` beside `fields.py`, `v3/types.ts` beside `v4/core/schemas.ts`.
pub fn is_superseded(path: &str, among: &BTreeSet<String>) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    parts.iter().enumerate().any(|(at, folder)| {
        let Some(own) = version(folder).filter(|_| at + 1 < parts.len()) else { return false };
        let before = parts[..at].join("/");
        let present = [&parts[..at], &parts[at + 1..]].concat().join("/");
        among.contains(&present)
            || among.iter().any(|other| {
                let rest = other.strip_prefix(&before).and_then(|rest| rest.strip_prefix('/'));
                let folder = rest.and_then(|rest| rest.split('/').next());
                folder.and_then(version).is_some_and(|other| other > own)
            })
    })
}

/// Whether a file only declares what another that was found defines.
fn is_declared_only(path: &str, among: &BTreeSet<String>) -> bool {
    let source = |stem: &str, extensions: &[&str]| {
        extensions.iter().any(|extension| among.contains(&format!("{stem}.{extension}")))
    };
    match path.rsplit_once('.') {
        Some((stem, "h" | "hpp" | "hh")) => source(stem, &["c", "cc", "cpp", "cxx", "m"]),
        Some((stem, "ts")) => {
            stem.strip_suffix(".d").is_some_and(|stem| source(stem, &["js", "mjs", "cjs"]))
        }
        Some((stem, "pyi")) => source(stem, &["py"]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_declared_only, is_superseded};
    use std::collections::BTreeSet;

    #[test]
    fn what_has_a_successor_stands_behind_it() {
        let among: BTreeSet<String> =
            ["r/v3/types.ts", "r/v4/core/schemas.ts", "p/v1/fields.py", "p/fields.py", "q/v1/x.go"]
                .map(str::to_owned)
                .into_iter()
                .collect();
        for (path, old) in [
            ("r/v3/types.ts", true),
            ("r/v4/core/schemas.ts", false),
            ("p/v1/fields.py", true),
            ("p/fields.py", false),
            ("q/v1/x.go", false),
        ] {
            assert_eq!(is_superseded(path, &among), old, "{path}");
        }
    }

    #[test]
    fn headers_stand_behind_their_sources() {
        let among: BTreeSet<String> =
            ["r/url.c", "r/url.h", "r/only.h"].map(str::to_owned).into_iter().collect();
        assert!(is_declared_only("r/url.h", &among));
        assert!(!is_declared_only("r/only.h", &among));
        assert!(!is_declared_only("r/url.c", &among));
    }
}
