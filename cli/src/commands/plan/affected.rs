//! What a change of a definition reaches, as the index has it: places and counts, no opinions.

use crate::names;
use crate::output::format::plural;
use qf_graph::facts::{DefinitionFlags, Role, SymbolKind};
use qf_graph::snapshot::{Direction, Edge};
use qf_graph::{Channel, EdgeKind, FileId, RepoId, Snapshot, SymbolId, Tier};
use qf_query::Options;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What makes a place one that a change of a definition may have to be followed at.
pub const USES: [EdgeKind; 13] = [
    EdgeKind::Imports,
    EdgeKind::Calls,
    EdgeKind::Reads,
    EdgeKind::Writes,
    EdgeKind::Inherits,
    EdgeKind::Implements,
    EdgeKind::Overrides,
    EdgeKind::Instantiates,
    EdgeKind::TypeOf,
    EdgeKind::References,
    EdgeKind::Reaches,
    EdgeKind::Expands,
    EdgeKind::Invokes,
];
/// Most tests of one definition that are looked at.
const MOST_TESTS: usize = 50;
/// More definitions than this make a change a wide one.
const MANY: usize = 20;

/// The work tree that a plan is for, as the index knows it.
pub struct Tree<'s> {
    /// The index.
    pub snapshot: &'s Snapshot,
    /// The root of the work tree, without links on the way.
    pub root: PathBuf,
    own: Vec<RepoId>,
}

impl<'s> Tree<'s> {
    /// The tree, and what is indexed of it: itself, folders of it, or a folder that it is in.
    pub fn new(snapshot: &'s Snapshot, root: PathBuf) -> Self {
        let is_own = |repository: &RepoId| {
            let indexed = Path::new(&snapshot.entry(*repository).root);
            let part = indexed.starts_with(&root) && !indexed.join(".git").exists();
            root.starts_with(indexed) || part
        };
        let own: Vec<RepoId> = snapshot.repositories().filter(is_own).collect();
        Self { snapshot, root, own }
    }

    /// The names of what is indexed of it.
    pub fn names(&self) -> Vec<&'s str> {
        self.own.iter().map(|repository| self.snapshot.repository_name(*repository)).collect()
    }

    /// The path of a file below the root; none for files of other trees.
    pub fn path(&self, file: FileId) -> Option<String> {
        let repository = self.snapshot.file_repository(file);
        if !self.own.contains(&repository) {
            return None;
        }
        let folder = Path::new(&self.snapshot.entry(repository).root);
        let whole = folder.join(self.snapshot.path(file));
        whole.strip_prefix(&self.root).ok()?.to_str().map(str::to_owned)
    }

    /// The path below the root, of files of other trees `repository/path`.
    pub fn shown(&self, file: FileId) -> String {
        self.path(file).unwrap_or_else(|| self.snapshot.display_path(file))
    }

    /// Whether a definition stands in it.
    pub fn has(&self, symbol: SymbolId) -> bool {
        self.path(self.snapshot.file(symbol)).is_some()
    }

    /// `path:line` as code.
    pub fn place(&self, file: FileId, line: u32) -> String {
        code(&format!("{}:{line}", self.shown(file)))
    }

    /// The place of a definition.
    pub fn definition(&self, symbol: SymbolId) -> String {
        self.place(self.snapshot.file(symbol), self.snapshot.lines(symbol).1)
    }

    /// A definition as it is mentioned.
    pub fn name(&self, symbol: SymbolId) -> String {
        if self.snapshot.kind(symbol) == SymbolKind::Module {
            return "the top of the file".to_owned();
        }
        code(label(self.snapshot, symbol))
    }
}

/// Qualified name of a definition, else its name.
pub fn label(snapshot: &Snapshot, symbol: SymbolId) -> &str {
    let qualified = snapshot.qualified_name(symbol);
    if qualified.is_empty() { snapshot.name(symbol) } else { qualified }
}

/// A text in one line, quoted as code.
pub fn code(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("`{}`", line.replace('`', "ˋ"))
}

/// A place that uses a definition.
#[derive(Debug, Clone)]
pub struct Use {
    /// What stands there.
    pub user: SymbolId,
    /// File of the place.
    pub file: FileId,
    /// Its line.
    pub line: u32,
    /// The surest tier of what it does there.
    pub tier: Tier,
    /// What it does there.
    pub does: Vec<EdgeKind>,
}

impl Use {
    /// `calls NAME`, `reads and writes NAME`.
    pub fn does(&self, name: &str) -> String {
        let words: Vec<&str> = self.does.iter().map(|kind| verb(*kind)).collect();
        format!("{} {name}", words.join(" and "))
    }
}

fn verb(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::TypeOf => "is typed with",
        EdgeKind::Instantiates => "makes",
        EdgeKind::Inherits => "extends",
        EdgeKind::References => "mentions",
        EdgeKind::Invokes => "runs",
        kind => kind.name(),
    }
}

/// A test that reaches a definition.
#[derive(Debug, Clone)]
pub struct Test {
    /// Its file.
    pub file: FileId,
    /// Its line.
    pub line: u32,
    /// Its qualified name.
    pub name: String,
}

/// What a change of one definition reaches.
pub struct Affected {
    /// The definition.
    pub symbol: SymbolId,
    /// The places that use it, by file and line; those of tests too.
    pub uses: Vec<Use>,
    /// How many places beside these are only candidates.
    pub unsure: usize,
    /// The keys through which it meets others, as sentences.
    pub contracts: Vec<String>,
    /// The first of the tests that reach it, the nearest first.
    pub tests: Vec<Test>,
    /// How many there are.
    pub all_tests: usize,
    /// What to be careful about, as sentences.
    pub risks: Vec<String>,
}

impl Affected {
    /// Reads it from the index.
    pub fn new(tree: &Tree<'_>, symbol: SymbolId) -> Self {
        let all = uses(tree.snapshot, symbol);
        let count = all.len();
        let uses: Vec<Use> = all.into_iter().filter(|one| one.tier <= Tier::Likely).collect();
        let (tests, all_tests) = tests(tree.snapshot, symbol);
        let mut affected = Self {
            symbol,
            unsure: count - uses.len(),
            uses,
            contracts: contracts(tree, symbol),
            tests,
            all_tests,
            risks: Vec::new(),
        };
        affected.risks = risks(tree, &affected);
        affected
    }

    /// The places of code that is no test: those of the tree first, then by file and line.
    pub fn callers(&self, tree: &Tree<'_>) -> Vec<&Use> {
        let mut callers: Vec<&Use> = self
            .uses
            .iter()
            .filter(|one| one.user != self.symbol && !tree.snapshot.is_test(one.user))
            .collect();
        // The sort is stable: within the two groups the order stays.
        callers.sort_by_key(|one| tree.path(one.file).is_none());
        callers
    }
}

fn uses(snapshot: &Snapshot, symbol: SymbolId) -> Vec<Use> {
    let mut edges: Vec<Edge<'_>> = snapshot.edges(symbol, Direction::In);
    edges.retain(|edge| USES.contains(&edge.kind));
    edges.sort_by_key(|edge| (edge.file, edge.line, edge.from, edge.kind, edge.tier));
    let mut found: Vec<Use> = Vec::new();
    for edge in edges {
        let (file, line, user) = (edge.file, edge.line.max(1), edge.from);
        match found
            .last_mut()
            .filter(|last| last.file == file && last.line == line && last.user == user)
        {
            Some(last) => {
                last.tier = last.tier.min(edge.tier);
                if !last.does.contains(&edge.kind) {
                    last.does.push(edge.kind);
                }
            }
            None => {
                found.push(Use { user, file, line, tier: edge.tier, does: vec![edge.kind] });
            }
        }
    }
    found
}

fn tests(snapshot: &Snapshot, symbol: SymbolId) -> (Vec<Test>, usize) {
    let options = Options { limit: Some(MOST_TESTS), ..Options::default() };
    let mut answer = qf_query::tests(snapshot, &names::place(snapshot, symbol), &options);
    if answer.plan.is_none() {
        // The place was not understood: its path is more than one word.
        answer = qf_query::tests(snapshot, label(snapshot, symbol), &options);
    }
    let tests: Vec<Test> = answer
        .items
        .iter()
        .filter(|item| item.role == "test")
        .filter_map(|item| {
            let repository = snapshot.repository_named(&item.repo)?;
            let file = snapshot.file_named(repository, &item.file)?;
            Some(Test { file, line: item.line, name: item.qualified_name.clone() })
        })
        .collect();
    let all = answer.total("test").max(tests.len());
    (tests, all)
}

fn contracts(tree: &Tree<'_>, symbol: SymbolId) -> Vec<String> {
    let snapshot = tree.snapshot;
    let mut found: BTreeSet<String> = BTreeSet::new();
    for key in snapshot.keys() {
        if key.symbol == symbol && key.channel != Channel::Package {
            let side = if key.provides { "provides" } else { "requires" };
            let (channel, text) = (key.channel.name(), code(&key.text));
            let at = tree.place(key.file, key.line);
            found.insert(format!("{side} {channel} {text} at {at}"));
        }
    }
    for direction in [Direction::In, Direction::Out] {
        for edge in snapshot.edges(symbol, direction) {
            let other = if direction == Direction::In { edge.from } else { edge.to };
            let name = tree.name(other);
            if edge.kind == EdgeKind::MapsTo {
                found.insert(format!("is the same thing as {name} at {}", tree.definition(other)));
                continue;
            }
            let Some((channel, text)) = edge.key else { continue };
            if channel == Channel::Package {
                continue;
            }
            let way = if direction == Direction::In { "is reached by" } else { "reaches" };
            let (channel, text) = (channel.name(), code(text));
            let at = tree.place(edge.file, edge.line.max(1));
            found.insert(format!("{way} {name} through {channel} {text} at {at}"));
        }
    }
    found.into_iter().collect()
}

fn risks(tree: &Tree<'_>, affected: &Affected) -> Vec<String> {
    let snapshot = tree.snapshot;
    let symbol = affected.symbol;
    let mut risks = Vec::new();
    let mut others: BTreeMap<&str, usize> = BTreeMap::new();
    for one in affected.uses.iter().filter(|one| tree.path(one.file).is_none()) {
        let name = snapshot.repository_name(snapshot.file_repository(one.file));
        *others.entry(name).or_default() += 1;
    }
    if !others.is_empty() {
        let counts: Vec<String> =
            others.iter().map(|(name, count)| format!("{name} ({count})")).collect();
        risks.push(format!(
            "Other repositories use it: {}. This plan does not change them.",
            counts.join(", ")
        ));
    }
    if !affected.contracts.is_empty() {
        risks.push("It is part of a contract: the other side has to change with it.".to_owned());
    }
    let mut above: BTreeSet<String> = BTreeSet::new();
    for edge in snapshot.edges(symbol, Direction::Out) {
        if edge.kind == EdgeKind::Overrides && edge.tier <= Tier::Likely {
            above.insert(format!("{} at {}", tree.name(edge.to), tree.definition(edge.to)));
        }
    }
    for other in above {
        risks.push(format!("It overrides {other}."));
    }
    let likely = affected.uses.iter().filter(|one| one.tier == Tier::Likely).count();
    if likely > 0 {
        risks.push(format!(
            "Likely, not certain: {likely} of {}; read them before you change them.",
            plural(affected.uses.len() as u64, "place")
        ));
    }
    if affected.unsure > 0 {
        risks.push(format!(
            "{} more may use it: `qf impact {} --tier maybe`.",
            plural(affected.unsure as u64, "place"),
            label(snapshot, symbol).replace('`', "ˋ")
        ));
    }
    let unbound = [Role::Call, Role::Read, Role::Write]
        .into_iter()
        .map(|role| snapshot.count_unresolved(snapshot.name(symbol), role))
        .sum::<usize>();
    if unbound > 0 {
        risks.push(format!(
            "{} of its name could not be bound and may mean it: `qf unresolved`.",
            plural(unbound as u64, "reference")
        ));
    }
    if affected.all_tests == 0 {
        risks.push("No test reaches it.".to_owned());
    }
    if snapshot.flags(symbol).contains(DefinitionFlags::EXPORTED) {
        risks.push("It is visible outside of its file: what is not indexed may use it.".to_owned());
    }
    let users: BTreeSet<SymbolId> =
        affected.callers(tree).into_iter().map(|one| one.user).collect();
    if users.len() > MANY {
        risks.push(format!("Many depend on it: {}.", plural(users.len() as u64, "definition")));
    }
    risks
}
