//! Everything else: words looked for in names, documentation, source and paths.
//!
//! The index's fused score is the base. Added to it: words of the question in the symbol's own
//! name, in its path, and how much else was found in its file; taken from it: tests and examples,
//! unless the question is about them.

use super::{Findings, Question};
use crate::answer::Answer;
use crate::asking::Asking;
use crate::plan::Plan;
use crate::rank::{Draft, Role, Spot};
use crate::understand::intent::Pattern;
use crate::understand::{Reading, Unknown, sentence};
use qf_graph::facts::SymbolKind;
use qf_graph::{FileId, SymbolId};
use rustc_hash::FxHashMap;

/// See the module.
pub struct Search;

const LIMIT: usize = 10;
/// How many are looked at before boosts decide.
const DEPTH: usize = 120;

impl Question for Search {
    fn intent(&self) -> &'static str {
        "search"
    }

    fn patterns(&self) -> &'static [Pattern] {
        &[]
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        Ok(answer(asking, &reading.subjects.join(" ")))
    }
}

/// The best matches of a text.
pub fn answer(asking: &Asking<'_>, text: &str) -> Answer {
    let snapshot = asking.snapshot;
    let mut findings = Findings::new(format!("search for `{text}`"));
    findings.searched.push(text.to_owned());
    let limit = if asking.options.all { 200 } else { asking.options.limit.unwrap_or(LIMIT) };
    let plan = Plan::Search { text: text.to_owned(), k: DEPTH.max(limit * 4) };
    let rows = findings.run(asking, &plan);
    let mut words: Vec<String> = sentence::words(text, &asking.stems)
        .iter()
        .filter(|word| !sentence::is_filler(&word.lower))
        .flat_map(|word| asking.stems_of(&word.text))
        .collect();
    words.sort();
    words.dedup();
    let about_tests = words.iter().any(|word| matches!(word.as_str(), "test" | "spec" | "fixtur"));
    let about_documents = words.iter().any(|word| DOCUMENTS.contains(&word.as_str()));
    let about_examples = words.iter().any(|word| matches!(word.as_str(), "exampl" | "demo"));
    let mut files: FxHashMap<FileId, usize> = FxHashMap::default();
    for row in &rows.rows {
        *files.entry(snapshot.file(row.symbol)).or_default() += 1;
    }
    let mut drafts = Vec::new();
    for row in &rows.rows {
        let file = snapshot.file(row.symbol);
        if !asking.wants_file(file) {
            continue;
        }
        let mut score = row.score;
        let (in_name, share) = name_match(asking, row.symbol, &words);
        score += 0.2 * share + 0.05 * in_name;
        let path = asking.stems_of(snapshot.path(file));
        score += 0.04 * words.iter().filter(|word| path.contains(word)).count().min(3) as f32;
        let together = files.get(&file).copied().unwrap_or(1) as f32;
        score += 0.03 * together.ln();
        if snapshot.is_test(row.symbol) && !about_tests {
            score *= 0.6;
        }
        if snapshot.is_example_file(file) && !about_examples {
            score *= 0.75;
        }
        if !about_documents {
            score *= prior(snapshot.language(file), snapshot.kind(row.symbol));
        }
        drafts.push(draft(asking, row.symbol, score, &words));
    }
    let best = drafts.iter().map(|draft: &Draft| draft.score).fold(0.0f32, f32::max);
    for draft in &mut drafts {
        draft.score /= best.max(f32::EPSILON);
    }
    findings.drafts = drafts;
    findings.answer(asking, limit)
}

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

/// How many of the words a symbol's name has, and which part of the name they are.
fn name_match(asking: &Asking<'_>, symbol: SymbolId, words: &[String]) -> (f32, f32) {
    let name = asking.stems_of(asking.snapshot.name(symbol));
    if name.is_empty() || words.is_empty() {
        return (0.0, 0.0);
    }
    let found = name.iter().filter(|part| words.contains(part)).count() as f32;
    (found.min(3.0), found / name.len() as f32)
}

fn draft(asking: &Asking<'_>, symbol: SymbolId, score: f32, words: &[String]) -> Draft {
    let snapshot = asking.snapshot;
    let file = snapshot.file(symbol);
    let mut draft = Draft::new(symbol, Role::Match);
    draft.score = score;
    draft.header = snapshot.kind(symbol) != SymbolKind::Module;
    draft.lines.push(Spot::line(file, snapshot.lines(symbol).1));
    let doc = snapshot.doc(symbol).and_then(|doc| doc.lines().find(|line| !line.trim().is_empty()));
    draft.why =
        doc.map_or_else(|| shared_words(asking, symbol, words), |doc| doc.trim().to_owned());
    draft
}

fn shared_words(asking: &Asking<'_>, symbol: SymbolId, words: &[String]) -> String {
    let name = asking.stems_of(asking.snapshot.qualified_name(symbol));
    let shared: Vec<String> = words.iter().filter(|word| name.contains(word)).cloned().collect();
    if shared.is_empty() {
        "means something alike".to_owned()
    } else {
        format!("name has {}", shared.join(", "))
    }
}
