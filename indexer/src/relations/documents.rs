//! What documents describe.
//!
//! A section of a document describes what it names as code: `` `Ledger.apply` ``, `` `apply()` ``. A
//! name alone proves little, so it has to be one that nobody uses by chance: qualified, or called,
//! or of two words or more. The last part is looked up among the definitions of the repository, and
//! what stands before it has to be the definition's owner, module or package. The only one that
//! fits is likely; one of a few is a possibility.

use crate::resolve::bind::{Bound, FileEdges, Target};
use crate::resolve::world::Word;
use crate::resolve::{DefinitionRef, World};
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::facts::{ByteRange, DefinitionId, Name, ReferenceFlags, SymbolKind};
use qf_graph::words;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::Range;

/// Most candidates that are worth showing.
const FEW: usize = 8;
/// Longest name that is looked at.
const MAX_NAME: usize = 120;

/// Definitions by repository and name.
type Named = FxHashMap<(u32, Word), Vec<DefinitionRef>>;

/// Adds the edges of all documents; `text` gives a file's text.
pub(crate) fn add(world: &World<'_>, edges: &mut [FileEdges], text: impl Fn(u32) -> String + Sync) {
    let documents: Vec<u32> = (0..world.files.len() as u32)
        .filter(|file| world.file(*file).source.language.name() == "markdown")
        .collect();
    if documents.is_empty() {
        return;
    }
    let named = named(world);
    let found: Vec<Vec<Bound>> =
        documents.par_iter().map(|file| of_file(world, &named, *file, &text(*file))).collect();
    for (file, found) in documents.into_iter().zip(found) {
        edges[file as usize].edges.extend(found);
    }
}

/// Definitions that documents describe: no sections, settings, tests or locals.
fn named(world: &World<'_>) -> Named {
    let mut named = Named::default();
    for (file, index) in world.files.iter().enumerate() {
        if index.source.flags.test || index.source.flags.example {
            continue;
        }
        let facts = index.facts();
        for (row, definition) in facts.definitions.iter().enumerate() {
            let kind = definition.kind;
            let local = definition
                .parent
                .is_some_and(|parent| facts.definitions[parent.index()].kind.is_callable());
            let wanted = kind.is_callable() || kind.is_type() || kind.is_value();
            if wanted && !local && definition.name != Name(0) {
                let at = DefinitionRef { file: file as u32, definition: DefinitionId(row as u32) };
                named.entry((index.repository, index.word(definition.name))).or_default().push(at);
            }
        }
    }
    named
}

fn of_file(world: &World<'_>, named: &Named, file: u32, text: &str) -> Vec<Bound> {
    let index = world.file(file);
    let mut found: Vec<Bound> = Vec::new();
    let mut seen: FxHashSet<(Option<DefinitionId>, Target)> = FxHashSet::default();
    for (start, code) in spans(text) {
        let Some(name) = mention(code) else { continue };
        let Some(word) = world.word(name.last) else { continue };
        let Some(all) = named.get(&(index.repository, word)) else { continue };
        let fitting: Vec<DefinitionRef> =
            all.iter().copied().filter(|at| fits(world, *at, &name.owners)).collect();
        let tier = match fitting.len() {
            1 => Tier::Likely,
            2..=FEW => Tier::Maybe,
            _ => continue,
        };
        let span = ByteRange { start: start as u32, end: (start + code.len()) as u32 };
        // None before the first heading.
        let from = index.facts().innermost(span, |around| around.kind == SymbolKind::Section);
        for at in fitting {
            let to = Target::Definition(at);
            if seen.insert((from, to)) {
                found.push(Bound {
                    from,
                    to,
                    kind: EdgeKind::Documents,
                    tier,
                    rule: "code-span",
                    span,
                    flags: ReferenceFlags::empty(),
                });
            }
        }
    }
    found
}

/// Code spans outside of fenced blocks, with the byte where their text begins (CommonMark 0.31, 4.5 and
/// 6.1; what a span may not cross is a blank line, a heading or a fence).
fn spans(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut open: Option<Fence> = None;
    let mut paragraph = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let fence = Fence::of(line);
        let ends = match (&open, &fence) {
            (Some(opened), Some(mark)) => {
                if mark.closes(opened) {
                    open = None;
                }
                true
            }
            (Some(_), None) => true,
            (None, Some(mark)) if mark.opens() => {
                open = fence;
                true
            }
            (None, _) => line.trim().is_empty(),
        };
        let heading = line.trim_start().starts_with('#');
        if ends || heading {
            paragraph_spans(text, paragraph..start, &mut found);
            paragraph = if ends { at } else { start };
        }
        if heading && !ends {
            paragraph_spans(text, start..at, &mut found);
            paragraph = at;
        }
    }
    paragraph_spans(text, paragraph..at, &mut found);
    found
}

/// A line that opens or closes a fenced block.
struct Fence<'t> {
    mark: char,
    length: usize,
    info: &'t str,
}

impl<'t> Fence<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let line = line.trim();
        let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let info = line.trim_start_matches(mark);
        let length = line.len() - info.len();
        (length >= 3).then_some(Self { mark, length, info })
    }

    /// What follows three backticks on a line of text may be a code span.
    fn opens(&self) -> bool {
        self.mark != '`' || !self.info.contains('`')
    }

    fn closes(&self, opened: &Self) -> bool {
        self.mark == opened.mark && self.length >= opened.length && self.info.is_empty()
    }
}

/// Code spans of one paragraph: what stands between two runs of equally many backticks.
fn paragraph_spans<'t>(text: &'t str, range: Range<usize>, found: &mut Vec<(usize, &'t str)>) {
    let part = text.get(range.clone()).unwrap_or("");
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, _) in part.match_indices('`') {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    // The next run of the same length, from the last to the first.
    let mut ends: FxHashMap<usize, usize> = FxHashMap::default();
    let mut closing: Vec<Option<usize>> = vec![None; runs.len()];
    for (row, run) in runs.iter().enumerate().rev() {
        closing[row] = ends.insert(run.len(), row);
    }
    let mut row = 0;
    while let Some(run) = runs.get(row) {
        row = match closing[row] {
            Some(end) => {
                let code = part.get(run.end..runs[end].start).unwrap_or("");
                let padding = code.len() - code.trim_start().len();
                let trimmed = code.trim();
                if !trimmed.is_empty() {
                    found.push((range.start + run.end + padding, trimmed));
                }
                end + 1
            }
            None => row + 1,
        };
    }
}

/// A name as it is written in a document.
struct Mention<'t> {
    /// The last part.
    last: &'t str,
    /// What stands before it, the nearest first.
    owners: Vec<&'t str>,
}

/// The name that a code span is, when it is one that nobody uses by chance.
fn mention(code: &str) -> Option<Mention<'_>> {
    let (name, called) = match code.split_once('(') {
        Some((name, rest)) if rest.ends_with(')') => (name, true),
        Some(_) => return None,
        None => (code, false),
    };
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    if name.len() < 3 || name.len() > MAX_NAME || !name.starts_with(part) {
        return None;
    }
    let mut parts: Vec<&str> = name.split(['.', '#', '/']).flat_map(|p| p.split("::")).collect();
    if parts.iter().any(|p| p.is_empty() || !p.chars().all(part)) {
        return None;
    }
    let last = parts.pop()?;
    let telling = called || !parts.is_empty() || words::split(last).len() >= 2;
    // File names (`README.md`) are no members.
    let file = matches!(last, "md" | "py" | "js" | "ts" | "rs" | "go" | "java" | "json" | "toml");
    parts.reverse();
    (telling && !file && last.len() >= 3).then_some(Mention { last, owners: parts })
}

/// Whether what a name is qualified with is around a definition: its owners, its file, its folders.
fn fits(world: &World<'_>, at: DefinitionRef, owners: &[&str]) -> bool {
    let index = world.file(at.file);
    let facts = index.facts();
    let mut around: Vec<&str> = Vec::new();
    let mut parent = facts.definitions[at.definition.index()].parent;
    while let Some(id) = parent {
        let definition = &facts.definitions[id.index()];
        around.push(facts.text(definition.name));
        parent = definition.parent;
    }
    let mut folders = index.source.path.rsplit('/');
    let file = folders.next().unwrap_or_default();
    around.push(file.split('.').next().unwrap_or(file));
    around.extend(folders);
    let mut around = around.into_iter();
    owners.iter().all(|owner| around.any(|name| name.eq_ignore_ascii_case(owner)))
}

#[cfg(test)]
mod unit {
    use super::{mention, spans};

    #[test]
    fn code_spans_stand_outside_of_fences() {
        let text = "Call `Ledger.apply` or `apply()`.\n```py\n`no`\n```\nAn odd ` mark, `x`\n\n\
            ```` run() ```` on a line, `` a`b `` too.\n~~~~\n~~~\n`no`\n```\n~~~~\n# A `title\n`after`\n";
        let found: Vec<&str> = spans(text).into_iter().map(|(_, code)| code).collect();
        assert_eq!(found, ["Ledger.apply", "apply()", "mark,", "run()", "a`b", "after"]);
        for (at, code) in spans(text) {
            assert!(text[at..].starts_with(code));
        }
    }

    #[test]
    fn only_telling_names_are_looked_up() {
        let last = |code| mention(code).map(|found| (found.last, found.owners));
        assert_eq!(last("Ledger.apply"), Some(("apply", vec!["Ledger"])));
        assert_eq!(last("a::b::run(x)"), Some(("run", vec!["b", "a"])));
        assert_eq!(last("set_balance"), Some(("set_balance", vec![])));
        assert_eq!(last("balance"), None);
        assert_eq!(last("README.md"), None);
        assert_eq!(last("cargo test --all"), None);
        assert_eq!(last("f(x"), None);
    }
}
