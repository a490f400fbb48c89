//! What changed in the graph of a repository between two snapshots: definitions, edges, keys, and
//! the tests that reach what changed.
//!
//! Both sides are snapshots, so nothing is guessed from lines: a definition that moved is the same
//! definition, and an edge is there or not. Equal snapshots give equal differences, byte for byte.

mod edges;
mod matching;
mod tests_of;

use crate::answer::Place;
use edges::place;
use matching::{Matching, Side};
use qf_graph::facts::{DefinitionFlags, SymbolKind};
use qf_graph::{Snapshot, SymbolId, Tier};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Version of the serialized form.
pub const VERSION: u32 = 1;

/// What changed in a repository.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Diff {
    /// Version of this form.
    pub version: u32,
    /// The repository.
    pub repository: String,
    /// The older side.
    pub from: State,
    /// The newer side.
    pub to: State,
    /// How many there are of each group, those past the limit included.
    pub totals: BTreeMap<String, usize>,
    /// Definitions, those of the interface first.
    pub definitions: Vec<DefinitionChange>,
    /// Files that are somewhere else now.
    pub moved_files: Vec<MovedFile>,
    /// Edges inside the repository.
    pub edges: Vec<EdgeChange>,
    /// Links that begin or end in the repository.
    pub links: Vec<EdgeChange>,
    /// Routes, topics, tables and other keys that the repository provides or requires.
    pub keys: Vec<KeyChange>,
    /// Tests that changed, or that reach what changed.
    pub tests: Vec<TestToRun>,
    /// What else should be known.
    pub notes: Vec<String>,
    /// Whether every repository could be read on both sides.
    pub complete: bool,
}

/// One of the two sides.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct State {
    /// The commit; of what is published the one that was checked out, with changes of its own.
    pub revision: Option<String>,
    /// The branch or tag.
    pub branch: Option<String>,
    /// Whether it is what is published, and no commit.
    pub working_tree: bool,
}

/// A definition that is not what it was.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DefinitionChange {
    /// What happened to it: `removed`, `signature`, `kind`, `renamed`, `moved`, `body`, `added`; several of
    /// them in this order where it is still there.
    pub changes: Vec<String>,
    /// Whether others may depend on what changed: it is exported and no test.
    pub api: bool,
    /// The definition; one that was removed as it stood in the older side.
    pub at: Place,
    /// What and where it was, when that is another kind, name or file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Place>,
    /// Its header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// Its header before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_was: Option<String>,
    /// How many definitions inside of it came or went with it.
    #[serde(skip_serializing_if = "is_zero")]
    pub inside: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A file that is somewhere else.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MovedFile {
    /// Path before.
    pub from: String,
    /// Path now.
    pub to: String,
}

/// The key that a link goes through.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LinkKey {
    /// Channel: `http`, `topic`, `table`, …
    pub channel: String,
    /// The key.
    pub key: String,
}

/// An edge that came, went, or leads elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EdgeChange {
    /// `rerouted` (same source, kind and name of the target, another definition), `removed` or
    /// `added`.
    pub change: String,
    /// Kind of edge.
    pub kind: String,
    /// Source.
    pub from: Place,
    /// Target.
    pub to: Place,
    /// The target before, of one that leads elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Place>,
    /// How it was established.
    #[schemars(with = "String")]
    pub tier: Tier,
    /// How it was established before, of one that leads elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub tier_was: Option<Tier>,
    /// The rule that made it.
    pub rule: String,
    /// `repository/path` of the line that proves it; of a removed one that line in the older side.
    pub file: String,
    /// The line.
    pub line: u32,
    /// Its text.
    pub text: String,
    /// The key it goes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<LinkKey>,
    /// Whether its source came or went as a whole.
    pub with_definition: bool,
}

/// A key that is provided or required on one side only.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct KeyChange {
    /// `added` or `removed`.
    pub change: String,
    /// `provided` or `required`.
    pub side: String,
    /// Channel.
    pub channel: String,
    /// The key.
    pub key: String,
    /// Where.
    pub at: Place,
}

/// A test that should run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TestToRun {
    /// The test.
    pub at: Place,
    /// `changed`, `new` or `reaches`.
    pub why: String,
    /// What it calls on its way to what changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// Steps to what changed; 0 where it changed itself.
    pub hops: u32,
}

/// What to compare and how much of it to list.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Most of each group.
    pub limit: usize,
    /// The least sure tier of an edge.
    pub tier: Tier,
}

/// What changed in a repository from one snapshot to another; `None` when one of them does not have
/// it.
pub fn diff(old: &Snapshot, new: &Snapshot, repository: &str, options: Options) -> Option<Diff> {
    let older = Side::new(old, old.repository_named(repository)?);
    let newer = Side::new(new, new.repository_named(repository)?);
    let (from, to) = (state(&older), state(&newer));
    let matching = Matching::new(older, newer);
    let Definitions { mut listed, changed, gone, mut notes } = definitions(&matching);
    let found = edges::compare(&matching, options.tier);
    let mut diff = Diff {
        version: VERSION,
        repository: repository.to_owned(),
        from,
        to,
        totals: BTreeMap::new(),
        definitions: Vec::new(),
        moved_files: moved_files(&matching),
        edges: found.edges,
        links: found.links,
        keys: edges::keys(&matching),
        tests: tests_of::reaching(&matching, &changed, &gone, options.tier),
        notes: Vec::new(),
        complete: old.damaged().is_empty() && new.damaged().is_empty(),
    };
    listed.sort_by_key(order);
    diff.definitions = listed;
    let (totals, limit) = (&mut diff.totals, options.limit);
    cut(totals, limit, &mut diff.definitions, DefinitionChange::group);
    cut(totals, limit, &mut diff.moved_files, |_| "files moved".to_owned());
    cut(totals, limit, &mut diff.edges, |edge| edge.group("edges"));
    cut(totals, limit, &mut diff.links, |edge| edge.group("links"));
    cut(totals, limit, &mut diff.keys, |key| format!("keys {}", key.change));
    cut(totals, limit, &mut diff.tests, |_| "tests".to_owned());
    diff.notes.append(&mut notes);
    Some(diff)
}

impl DefinitionChange {
    /// The group that it is listed in: `api`, or the first of what happened to it.
    pub fn group(&self) -> String {
        if self.api { "api".to_owned() } else { self.changes[0].clone() }
    }
}

impl EdgeChange {
    /// The group that it is listed in: of those that came or went with their source only the number
    /// matters.
    pub fn group(&self, what: &str) -> String {
        let with = if self.with_definition { " with definitions" } else { "" };
        format!("{what} {}{with}", self.change)
    }
}

impl Diff {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.totals.is_empty()
    }

    /// How many there are of a group, listed or not.
    pub fn total(&self, group: &str) -> usize {
        self.totals.get(group).copied().unwrap_or(0)
    }
}

/// Counts the groups of a list and leaves so many of each.
fn cut<T>(
    totals: &mut BTreeMap<String, usize>,
    limit: usize,
    list: &mut Vec<T>,
    group: impl Fn(&T) -> String,
) {
    list.retain(|item| {
        let total = totals.entry(group(item)).or_default();
        *total += 1;
        *total <= limit
    });
}

fn state(side: &Side<'_>) -> State {
    let entry = side.snapshot.entry(side.repository);
    let view = side.snapshot.view().is_some_and(|view| view.repository == entry.name);
    State { revision: entry.revision.clone(), branch: entry.branch.clone(), working_tree: !view }
}

fn moved_files(matching: &Matching<'_>) -> Vec<MovedFile> {
    let file =
        |(from, to): (&&str, &&str)| MovedFile { from: (*from).to_owned(), to: (*to).to_owned() };
    matching.moved.iter().map(file).collect()
}

/// The interface first, what breaks most before what breaks nothing; then by place.
fn order(change: &DefinitionChange) -> (bool, usize, String, u32, String) {
    let first = CHANGES.iter().position(|known| *known == change.changes[0]).unwrap_or(0);
    (!change.api, first, change.at.file.clone(), change.at.line, change.at.name.clone())
}

/// What may happen to a definition.
const CHANGES: [&str; 7] = ["removed", "signature", "kind", "renamed", "moved", "body", "added"];

struct Definitions {
    listed: Vec<DefinitionChange>,
    /// Of the newer side: changed or new.
    changed: Vec<SymbolId>,
    /// Of the older side.
    gone: Vec<SymbolId>,
    notes: Vec<String>,
}

fn definitions(matching: &Matching<'_>) -> Definitions {
    let (old, new) = (&matching.old, &matching.new);
    let mut found = Definitions {
        listed: Vec::new(),
        changed: Vec::new(),
        gone: Vec::new(),
        notes: Vec::new(),
    };
    let mut prose = 0;
    for symbol in &new.symbols {
        let kind = new.snapshot.kind(*symbol);
        if kind == SymbolKind::Module {
            continue;
        }
        let changes = match matching.older(*symbol) {
            None => vec!["added"],
            Some(older) => changes(matching, older, *symbol),
        };
        if changes.is_empty() {
            continue;
        }
        if is_prose(kind) {
            prose += 1;
            continue;
        }
        if changes != ["moved"] {
            found.changed.push(*symbol);
        }
        let came = |symbol: SymbolId| matching.older(symbol).is_none();
        if changes == ["added"] && is_inside(new.snapshot, *symbol, came) {
            continue;
        }
        let older = matching.older(*symbol);
        let was_other =
            changes.iter().any(|change| matches!(*change, "kind" | "renamed" | "moved"));
        let signature = changes.contains(&"signature");
        found.listed.push(DefinitionChange {
            api: changes.iter().any(|change| !matches!(*change, "body" | "added"))
                && older.is_some_and(|older| is_api(old.snapshot, older)),
            at: place(new.snapshot, *symbol),
            was: older.filter(|_| was_other).map(|older| place(old.snapshot, older)),
            signature: (signature || changes == ["added"]).then(|| new.snapshot.signature(*symbol)),
            signature_was: older.filter(|_| signature).map(|it| old.snapshot.signature(it)),
            inside: if older.is_none() { inside(new.snapshot, *symbol, came) } else { 0 },
            changes: changes.into_iter().map(str::to_owned).collect(),
        });
    }
    for symbol in &old.symbols {
        let kind = old.snapshot.kind(*symbol);
        if kind == SymbolKind::Module || matching.newer(*symbol).is_some() {
            continue;
        }
        if is_prose(kind) {
            prose += 1;
            continue;
        }
        found.gone.push(*symbol);
        let went = |symbol: SymbolId| matching.newer(symbol).is_none();
        if is_inside(old.snapshot, *symbol, went) {
            continue;
        }
        found.listed.push(DefinitionChange {
            changes: vec!["removed".to_owned()],
            api: is_api(old.snapshot, *symbol),
            at: place(old.snapshot, *symbol),
            was: None,
            signature: None,
            signature_was: Some(old.snapshot.signature(*symbol)),
            inside: inside(old.snapshot, *symbol, went),
        });
    }
    if prose > 0 {
        let places = crate::asking::counted(prose, "place");
        found.notes.push(format!("Beside it {places} in documents and settings"));
    }
    found
}

/// What happened to a definition that is there on both sides, worst first.
fn changes(matching: &Matching<'_>, older: SymbolId, newer: SymbolId) -> Vec<&'static str> {
    let (old, new) = (&matching.old, &matching.new);
    let mut found = Vec::new();
    let texts = old.text(older).zip(new.text(newer));
    if texts.is_some_and(|(before, after)| before.signature != after.signature) {
        found.push("signature");
    }
    if old.snapshot.kind(older) != new.snapshot.kind(newer) {
        found.push("kind");
    }
    if old.snapshot.name(older) != new.snapshot.name(newer) {
        found.push("renamed");
    }
    // What goes where its file or the type around it goes does not move itself.
    let path = old.path(older);
    let with_file = matching.moved.get(path).copied().unwrap_or(path) == new.path(newer);
    let owner = |side: &Side<'_>, symbol: SymbolId| {
        let parent = side.snapshot.parent(symbol);
        parent.filter(|parent| side.snapshot.kind(*parent) != SymbolKind::Module)
    };
    let (from, to) = (owner(old, older), owner(new, newer));
    let with_owner =
        from.is_some() == to.is_some() && from.and_then(|parent| matching.newer(parent)) == to;
    if !(with_owner && (with_file || to.is_some())) {
        found.push("moved");
    }
    // A value has no body but its own text, in which a new type is no change of the value.
    let value = new.snapshot.kind(newer).is_value() && found.contains(&"signature");
    if !value && texts.is_some_and(|(before, after)| before.own != after.own) {
        found.push("body");
    }
    found
}

/// Documents and settings are no code: they are counted, not listed.
fn is_prose(kind: SymbolKind) -> bool {
    matches!(kind, SymbolKind::Section | SymbolKind::Setting)
}

/// Whether something around a symbol came or went too.
fn is_inside(snapshot: &Snapshot, symbol: SymbolId, of: impl Fn(SymbolId) -> bool) -> bool {
    let around = snapshot.parent(symbol);
    around.is_some_and(|parent| snapshot.kind(parent) != SymbolKind::Module && of(parent))
}

/// How many definitions inside a symbol came or went with it.
fn inside(snapshot: &Snapshot, symbol: SymbolId, of: impl Fn(SymbolId) -> bool + Copy) -> usize {
    let children = snapshot.children(symbol).filter(|child| of(*child));
    children.map(|child| 1 + inside(snapshot, child, of)).sum()
}

/// Whether other code may depend on a definition: it and what is around it are exported, and it is
/// neither a test nor an example.
fn is_api(snapshot: &Snapshot, symbol: SymbolId) -> bool {
    if snapshot.is_test(symbol) || snapshot.is_example_file(snapshot.file(symbol)) {
        return false;
    }
    let mut at = Some(symbol);
    while let Some(current) = at {
        let kind = snapshot.kind(current);
        let flags = snapshot.flags(current);
        if kind == SymbolKind::Module {
            break;
        }
        let hidden = flags.contains(DefinitionFlags::PRIVATE)
            || !flags.contains(DefinitionFlags::EXPORTED)
            || (current != symbol && kind.is_callable());
        if hidden && kind != SymbolKind::Namespace {
            return false;
        }
        at = snapshot.parent(current);
    }
    true
}
