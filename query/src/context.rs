//! Context packs: what an agent needs to know for a task, within a number of tokens.
//!
//! An agent that reads whole files spends its window on what does not matter. A pack holds, each
//! once and the most useful first: the definitions that fit the task, in full where there is room;
//! the signatures of what they call, the lines that call them, the tests that reach them, the keys
//! they meet other repositories through; and the outline of further files that fit. Every entry has
//! its place, so that what is cut can be read on. Tokens are counted with a published tokenizer
//! (`o200k_base`), and never is there more than was asked for.

use crate::asking::Asking;
use crate::options::Options;
use crate::plan::Plan;
use crate::questions::{CALLING, TestRoles, hop_between, shown_key};
use crate::rank::{Role, matches};
use crate::run;
use crate::understand::{How, Want, mentions, sentence};
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::Direction;
use qf_graph::{EdgeKind, FileId, Snapshot, SymbolId};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Version of the serialized form.
pub const VERSION: u32 = 1;

/// What a task needs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Pack {
    /// Version of this form.
    pub version: u32,
    /// The task as given.
    pub task: String,
    /// Most tokens.
    pub budget: usize,
    /// Tokens of the pack as Markdown.
    pub tokens: usize,
    /// What it holds, most useful first.
    pub entries: Vec<Entry>,
    /// How many further definitions fit the task.
    pub left_out: usize,
}

/// One thing that an agent should know.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Entry {
    /// `definition`, `callee`, `caller`, `test`, `contract` or `outline`.
    pub kind: &'static str,
    /// Repository.
    pub repo: String,
    /// Path below the repository's root.
    pub file: String,
    /// First line of the text, or of what it is about.
    pub line: u32,
    /// Last line of the definition.
    pub end_line: u32,
    /// Qualified name.
    pub name: String,
    /// Language of the file.
    pub language: String,
    /// Why it is here.
    pub why: String,
    /// Source, signature or line.
    pub text: String,
}

/// Counts tokens of a text.
pub fn tokens(text: &str) -> usize {
    bpe_openai::o200k_base().count(text)
}

/// How many matches are looked at.
const DEPTH: usize = 320;
/// Longest definition in full, in lines; of longer ones the header is given.
const LINES: usize = 120;
/// Share of the budget for definitions, in percent; what is left is for what is around them.
const DEFINITIONS: usize = 55;
/// Most entries of one kind for one definition.
const AROUND: usize = 4;

/// What an agent needs for a task, in at most `budget` tokens.
pub fn pack(snapshot: &Snapshot, task: &str, budget: usize, options: &Options) -> Pack {
    let asking = Asking::new(snapshot, task, options);
    let found = relevant(&asking, task);
    let mut packer = Packer {
        asking: &asking,
        entries: Vec::new(),
        seen: BTreeSet::new(),
        files: BTreeSet::new(),
        whole: Vec::new(),
        used: tokens(&heading(task)) + 2,
        budget,
    };
    packer.fill(&found);
    let Packer { entries, seen, .. } = packer;
    let left_out = found.iter().filter(|symbol| !seen.contains(*symbol)).count();
    let task = task.to_owned();
    let mut pack = Pack { version: VERSION, task, budget, tokens: 0, entries, left_out };
    // Counted apart, the parts of a text may have fewer tokens than it has as a whole.
    loop {
        pack.tokens = tokens(&pack.markdown());
        if pack.tokens <= budget || pack.entries.pop().is_none() {
            return pack;
        }
        pack.left_out += 1;
    }
}

/// What a task is about: what it names, then what fits its words.
fn relevant(asking: &Asking<'_>, task: &str) -> Vec<SymbolId> {
    let snapshot = asking.snapshot;
    let wanted = |symbol: &SymbolId| asking.wants_file(snapshot.file(*symbol));
    let mut out: Vec<SymbolId> = Vec::new();
    for word in sentence::words(task, &asking.stems).iter().filter(|word| word.code) {
        if let Ok(resolved) = mentions::resolve(asking, &word.text, Want::Any)
            && matches!(resolved.how, How::Place | How::Name | How::Key)
        {
            out.extend(resolved.symbols.iter().copied().filter(wanted).take(3));
        }
    }
    let plan = Plan::Search { text: task.to_owned(), k: DEPTH };
    let rows = run::run(snapshot, &plan).0;
    let hits: Vec<(SymbolId, f32)> = rows.rows.iter().map(|row| (row.symbol, row.score)).collect();
    let ordered = matches::ordered(asking, task, &hits);
    out.extend(ordered.into_iter().map(|(symbol, _)| symbol).filter(wanted));
    let mut seen = BTreeSet::new();
    out.retain(|symbol| seen.insert(*symbol));
    out
}

struct Packer<'a, 's> {
    asking: &'a Asking<'s>,
    entries: Vec<Entry>,
    seen: BTreeSet<SymbolId>,
    files: BTreeSet<FileId>,
    /// Definitions that are given in full.
    whole: Vec<SymbolId>,
    used: usize,
    budget: usize,
}

impl Packer<'_, '_> {
    fn fill(&mut self, found: &[SymbolId]) {
        let all = self.budget;
        // Where everything might be: one line for each of the best files, before any is read.
        let mut outlines = Vec::new();
        let mut named = BTreeSet::new();
        for symbol in found {
            let file = self.asking.snapshot.file(*symbol);
            if named.insert(file) {
                outlines.push(*symbol);
            }
        }
        let definitions = all * DEFINITIONS / 100;
        let mut main = Vec::new();
        for symbol in found {
            if self.used >= definitions {
                break;
            }
            if self.definition(*symbol, definitions) {
                main.push(*symbol);
            }
        }
        // The rest is shared between what is around, and further files.
        let around = all * 80 / 100;
        for symbol in &main {
            self.contracts(*symbol, around);
            self.callers(*symbol, around);
            self.callees(*symbol, around);
        }
        for symbol in outlines {
            if !self.files.contains(&self.asking.snapshot.file(symbol)) {
                self.outline(symbol, all);
            }
        }
        for symbol in found {
            self.definition(*symbol, all);
            if self.used >= all {
                break;
            }
        }
    }

    /// Adds an entry where it fits.
    fn add(&mut self, symbol: SymbolId, entry: Entry, limit: usize) -> bool {
        if self.seen.contains(&symbol) {
            return false;
        }
        let size = tokens(&entry.markdown()) + 1;
        if self.used + size > limit.min(self.budget) {
            return false;
        }
        self.used += size;
        self.seen.insert(symbol);
        self.files.insert(self.asking.snapshot.file(symbol));
        self.entries.push(entry);
        true
    }

    fn entry(&self, kind: &'static str, symbol: SymbolId, why: String, text: String) -> Entry {
        let snapshot = self.asking.snapshot;
        let file = snapshot.file(symbol);
        let (first, line, end_line) = snapshot.lines(symbol);
        Entry {
            kind,
            repo: snapshot.repository_name(snapshot.file_repository(file)).to_owned(),
            file: snapshot.path(file).to_owned(),
            line: if kind == "definition" { first } else { line },
            end_line,
            name: self.asking.label(symbol),
            language: snapshot.language(file).to_owned(),
            why,
            text,
        }
    }

    fn definition(&mut self, symbol: SymbolId, limit: usize) -> bool {
        let snapshot = self.asking.snapshot;
        let kind = snapshot.kind(symbol);
        if self.seen.contains(&symbol) || self.is_given(symbol) {
            return false;
        }
        if matches!(kind, SymbolKind::Module | SymbolKind::Namespace) {
            return self.outline(symbol, limit);
        }
        let (first, _, last) = snapshot.lines(symbol);
        let why = format!("{} fits the task", kind.name());
        // What holds something that was given already is not given again as a whole.
        let holds = self.whole.iter().any(|inner| self.is_inside(*inner, symbol));
        if !holds && (last + 1).saturating_sub(first) as usize <= LINES {
            let (start, end) = snapshot.bytes(symbol);
            let text = snapshot.text(snapshot.file(symbol));
            let source = text.get(start as usize..end as usize).unwrap_or_default();
            let entry = self.entry("definition", symbol, why.clone(), outdented(source));
            if self.add(symbol, entry, limit) {
                self.whole.push(symbol);
                return true;
            }
        }
        let header = self.header(symbol);
        let entry = self.entry("definition", symbol, why, header);
        self.add(symbol, entry, limit)
    }

    fn is_inside(&self, symbol: SymbolId, owner: SymbolId) -> bool {
        let parent = |at: SymbolId| self.asking.snapshot.parent(at);
        std::iter::successors(parent(symbol), |at| parent(*at)).any(|at| at == owner)
    }

    /// Whether a definition that is given in full holds this one.
    fn is_given(&self, symbol: SymbolId) -> bool {
        self.whole.iter().any(|owner| self.is_inside(symbol, *owner))
    }

    /// Signature, documentation, and the signatures of members.
    fn header(&self, symbol: SymbolId) -> String {
        let snapshot = self.asking.snapshot;
        let mut text = snapshot.signature(symbol);
        if let Some(doc) = snapshot.doc(symbol) {
            let line = doc.trim().lines().next().unwrap_or_default();
            let _ = write!(text, "\n    {line}");
        }
        for member in snapshot.children(symbol).take(24) {
            let _ = write!(text, "\n    {}", snapshot.signature(member));
        }
        let (first, _, last) = snapshot.lines(symbol);
        let _ = write!(text, "\n    … {} lines", (last + 1).saturating_sub(first));
        text
    }

    fn outline(&mut self, symbol: SymbolId, limit: usize) -> bool {
        let snapshot = self.asking.snapshot;
        let file = snapshot.file(symbol);
        if self.files.contains(&file) {
            return false;
        }
        let mut names: Vec<&str> = Vec::new();
        if snapshot.kind(symbol) == SymbolKind::Module {
            let inside = snapshot.children(symbol).filter(|child| {
                let kind = snapshot.kind(*child);
                kind.is_type() || kind.is_callable()
            });
            names.extend(inside.take(8).map(|child| snapshot.name(child)));
        }
        let text = match names.as_slice() {
            [] => snapshot.signature(symbol),
            names => names.join(", "),
        };
        let text: String = text.chars().take(160).collect();
        let entry = self.entry("outline", symbol, "may matter too".to_owned(), text);
        self.add(symbol, entry, limit)
    }

    fn callees(&mut self, symbol: SymbolId, limit: usize) {
        let snapshot = self.asking.snapshot;
        for (other, _) in self.around(symbol, Direction::Out) {
            let text = snapshot.signature(other);
            let why = format!("called by {}", self.asking.label(symbol));
            let entry = self.entry("callee", other, why, text);
            self.add(other, entry, limit);
        }
    }

    fn callers(&mut self, symbol: SymbolId, limit: usize) {
        let snapshot = self.asking.snapshot;
        let mut roles = TestRoles::new(self.asking);
        for (other, lines) in self.around(symbol, Direction::In) {
            let Some((file, line)) = lines else { continue };
            let kind = if roles.of(other) == Some(Role::Test) { "test" } else { "caller" };
            let why = format!("calls {}", self.asking.label(symbol));
            let text = snapshot.line(file, line).trim().to_owned();
            let entry = Entry { line, ..self.entry(kind, other, why, text) };
            self.add(other, entry, limit);
        }
    }

    /// What is called, or calls, with the first line that does; production code before tests.
    fn around(
        &self,
        symbol: SymbolId,
        direction: Direction,
    ) -> Vec<(SymbolId, Option<(FileId, u32)>)> {
        let snapshot = self.asking.snapshot;
        let mut found: Vec<SymbolId> = Vec::new();
        snapshot.hop(symbol, direction, |other, kind, tier| {
            let calls = CALLING.contains(&kind) || kind == EdgeKind::TypeOf;
            if calls && tier <= self.asking.options.tier && other != symbol {
                found.push(other);
            }
        });
        found.sort_by_key(|other| (snapshot.is_test(*other), *other));
        found.dedup();
        let tests = found.iter().position(|other| snapshot.is_test(*other)).unwrap_or(found.len());
        let (code, tests) = found.split_at(tests);
        let step =
            crate::plan::Step::one(&CALLING, crate::plan::Way::Out, self.asking.options.tier);
        code.iter()
            .take(AROUND)
            .chain(tests.iter().take(AROUND / 2))
            .filter(|other| !self.seen.contains(*other) && !self.is_given(**other))
            .map(|other| {
                let (from, to) = match direction {
                    Direction::Out => (symbol, *other),
                    Direction::In => (*other, symbol),
                };
                let hop = hop_between(self.asking, from, to, &step, false);
                let spot = hop.and_then(|hop| hop.lines.first().copied());
                (*other, spot.map(|spot| (spot.file, spot.line)))
            })
            .collect()
    }

    /// The keys through which a definition meets other repositories.
    fn contracts(&mut self, symbol: SymbolId, limit: usize) {
        let snapshot = self.asking.snapshot;
        for direction in [Direction::In, Direction::Out] {
            let mut told = BTreeSet::new();
            for edge in snapshot.edges(symbol, direction) {
                let Some(key) = shown_key(&edge) else { continue };
                let other = if direction == Direction::In { edge.from } else { edge.to };
                if told.len() >= AROUND || !told.insert((key.clone(), other)) {
                    continue;
                }
                let label = self.asking.label(symbol);
                let why = match direction {
                    Direction::In => format!("reaches {label} through {key}"),
                    Direction::Out => format!("reached by {label} through {key}"),
                };
                let text = snapshot.line(edge.file, edge.line).trim().to_owned();
                let entry = self.entry("contract", other, why, text);
                self.add(other, entry, limit);
            }
        }
    }
}

/// Source without the indentation that all of its lines have.
fn outdented(source: &str) -> String {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let common =
        source.lines().skip(1).filter(|line| !line.trim().is_empty()).map(depth).min().unwrap_or(0);
    let mut out = String::with_capacity(source.len());
    for (at, line) in source.lines().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        out += if at == 0 { line } else { line.get(common..).unwrap_or(line.trim_start()) };
    }
    out
}

fn heading(task: &str) -> String {
    format!("# Context: {}\n", task.split_whitespace().collect::<Vec<_>>().join(" "))
}

impl Entry {
    fn markdown(&self) -> String {
        let place = format!("{}/{}:{}", self.repo, self.file, self.line);
        if self.kind == "definition" {
            // A fence longer than any in the source.
            let longest = self.text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
            let fence = "`".repeat(longest.max(2) + 1);
            format!(
                "\n## {} — {place}\n{fence}{}\n{}\n{fence}\n",
                self.name, self.language, self.text
            )
        } else {
            let text = self.text.replace('`', "ˋ");
            format!("- {} {place} `{text}` — {}\n", self.name, self.why)
        }
    }
}

impl Pack {
    /// The pack as Markdown, which is what its tokens are counted of.
    pub fn markdown(&self) -> String {
        let mut out = heading(&self.task);
        let mut last = "";
        for entry in &self.entries {
            let listed = entry.kind != "definition";
            if listed && last != entry.kind && (last == "definition" || last.is_empty()) {
                out.push('\n');
            }
            out += &entry.markdown();
            last = entry.kind;
        }
        out
    }

    /// The files that it names, as `repository/path`, each once, in order.
    pub fn files(&self) -> Vec<String> {
        let mut files: Vec<String> = Vec::new();
        for entry in &self.entries {
            let file = format!("{}/{}", entry.repo, entry.file);
            if !files.contains(&file) {
                files.push(file);
            }
        }
        files
    }
}

#[cfg(test)]
mod tests {
    use super::outdented;

    #[test]
    fn members_stand_at_the_margin() {
        assert_eq!(outdented("def f():\n        return 1\n\n    x"), "def f():\n    return 1\n\nx");
        assert_eq!(outdented("one"), "one");
    }
}
