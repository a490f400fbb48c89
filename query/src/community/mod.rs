//! Communities: which definitions hold together, and what to call that.
//!
//! A person who asks how a repository is organised wants its parts, not its folders alone. Parts are
//! found in the graph: definitions are gathered into units (a type with its members, a function, a
//! file's top), references between units become weighted edges, and the Leiden algorithm
//! ([`leiden`]) finds two levels of communities of them. A community is named by the words that its
//! units' names have and others' have not (class-based TF-IDF, M. Grootendorst, arXiv:2203.05794),
//! and described by templates: hubs, entry points, what it reads and writes, its tests. Test code is
//! no unit; it is counted where it leads.

pub mod leiden;

use crate::asking::listed;
use leiden::{Levels, Weighted};
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::Direction;
use qf_graph::{Channel, EdgeKind, RepoId, Snapshot, SymbolId, Tier};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Communities of one repository, or across all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Communities {
    /// The coarse ones, largest first.
    pub parts: Vec<Part>,
}

/// A community.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    /// Its most used unit.
    pub hub: Option<SymbolId>,
    /// Words that tell it from the others, best first.
    pub label: Vec<String>,
    /// Its units, in order.
    pub units: Vec<SymbolId>,
    /// The fine communities in it, largest first, by their words; none where it is one itself.
    pub inner: Vec<Vec<String>>,
    /// The units that most others use.
    pub hubs: Vec<SymbolId>,
    /// Units that are reached from elsewhere through a key.
    pub entries: Vec<SymbolId>,
    /// Units that nothing of the part uses, but that use it: where one would begin to read.
    pub roots: Vec<SymbolId>,
    /// Tables, and fields of other parts, that it reads and writes.
    pub reads: Vec<SymbolId>,
    /// See `reads`.
    pub writes: Vec<SymbolId>,
    /// Positions of the parts that use it most, with how many references do.
    pub users: Vec<(usize, usize)>,
    /// Tests that call into it.
    pub tests: usize,
    /// Folders of its units, those with the most first.
    pub folders: Vec<String>,
    /// Files of its units.
    pub files: usize,
    /// Repositories of its units, most units first.
    pub repositories: Vec<RepoId>,
}

/// Everything [`communities`] looked up once, kept with the snapshot.
#[derive(Default)]
struct Known(std::sync::Mutex<FxHashMap<Option<RepoId>, std::sync::Arc<Communities>>>);

/// The communities of a repository, or of all of them together; computed once for a snapshot.
pub fn communities(snapshot: &Snapshot, only: Option<RepoId>) -> std::sync::Arc<Communities> {
    let known = snapshot.cached(Known::default);
    let mut known = known.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    known.entry(only).or_insert_with(|| std::sync::Arc::new(find(snapshot, only))).clone()
}

fn find(snapshot: &Snapshot, only: Option<RepoId>) -> Communities {
    let units = Units::new(snapshot, only);
    let graph = units.graph();
    let Levels { fine, coarse } = leiden::levels(&graph);
    // Where everything hangs together with everything, the coarse level says too little.
    let coarse = if groups_of(&coarse) < FEW { fine.clone() } else { coarse };
    let fine_words = labels(snapshot, &units.symbols, &fine);
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (unit, community) in coarse.iter().enumerate() {
        groups.entry(*community).or_default().push(unit as u32);
    }
    let mut groups: Vec<Vec<u32>> = groups.into_values().collect();
    groups.sort_by_key(|group| (Reverse(group.len()), group.first().copied()));
    let mut number = vec![0; units.symbols.len()];
    for (at, group) in groups.iter().enumerate() {
        for unit in group {
            number[*unit as usize] = at as u32;
        }
    }
    let words = labels(snapshot, &units.symbols, &number);
    let parts = groups
        .iter()
        .enumerate()
        .map(|(at, group)| {
            let inner = inner(group, &fine, &fine_words);
            let label = words.get(&(at as u32)).cloned().unwrap_or_default();
            Part { label, inner, ..units.part(group, at, &number) }
        })
        .collect();
    Communities { parts }
}

/// Fewer parts than these say too little.
const FEW: usize = 8;
/// Communities of fewer units are not counted as parts.
const LEAST: usize = 3;

fn groups_of(communities: &[u32]) -> usize {
    let mut sizes: FxHashMap<u32, usize> = FxHashMap::default();
    for community in communities {
        *sizes.entry(*community).or_default() += 1;
    }
    sizes.values().filter(|size| **size >= LEAST).count()
}

/// The names of the fine communities of a coarse one.
fn inner(group: &[u32], fine: &[u32], words: &BTreeMap<u32, Vec<String>>) -> Vec<Vec<String>> {
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    for unit in group {
        *sizes.entry(fine[*unit as usize]).or_default() += 1;
    }
    if sizes.len() < 2 {
        return Vec::new();
    }
    let mut sizes: Vec<(u32, usize)> =
        sizes.into_iter().filter(|(_, size)| *size >= LEAST).collect();
    sizes.sort_by_key(|(community, size)| (Reverse(*size), *community));
    sizes.iter().filter_map(|(community, _)| words.get(community).cloned()).collect()
}

/// Definitions gathered into what is told apart.
struct Units<'s> {
    snapshot: &'s Snapshot,
    symbols: Vec<SymbolId>,
    /// Position of the unit that a symbol belongs to.
    of: FxHashMap<SymbolId, u32>,
    /// References between units: from, to, weight.
    edges: Vec<(u32, u32, f32)>,
    /// Calls of tests into units.
    tested: Vec<usize>,
}

impl<'s> Units<'s> {
    fn new(snapshot: &'s Snapshot, only: Option<RepoId>) -> Self {
        let flags = snapshot.all_flags();
        // Templates, settings and prose have no definitions that hang together, and examples show
        // how the parts are used.
        let mut code = vec![false; snapshot.file_count() as usize];
        for symbol in snapshot.symbols() {
            let kind = snapshot.kind(symbol);
            if kind.is_type() || kind.is_callable() || kind == SymbolKind::Table {
                code[snapshot.file(symbol).index()] = true;
            }
        }
        let wanted = |symbol: SymbolId| {
            let file = snapshot.file(symbol);
            code[file.index()]
                && !flags[symbol.index()].1
                && !snapshot.is_example_file(file)
                && !matches!(snapshot.kind(symbol), SymbolKind::Section | SymbolKind::Setting)
        };
        let mut units = Self {
            snapshot,
            symbols: Vec::new(),
            of: FxHashMap::default(),
            edges: Vec::new(),
            tested: Vec::new(),
        };
        let candidates: Vec<SymbolId> = match only {
            Some(only) => snapshot.symbols_of(only).collect(),
            None => snapshot.symbols().collect(),
        };
        for symbol in candidates.iter().copied().filter(|symbol| wanted(*symbol)) {
            // Parents come first: a member finds its owner's unit.
            let parent = snapshot.parent(symbol).and_then(|parent| {
                let own =
                    !matches!(snapshot.kind(parent), SymbolKind::Module | SymbolKind::Namespace);
                own.then(|| units.of.get(&parent).copied()).flatten()
            });
            let kind = snapshot.kind(symbol);
            let unit = match parent {
                Some(unit) => unit,
                None if kind.is_type()
                    || kind.is_callable()
                    || matches!(
                        kind,
                        SymbolKind::Module | SymbolKind::Table | SymbolKind::TypeAlias
                    ) =>
                {
                    units.symbols.push(symbol);
                    units.symbols.len() as u32 - 1
                }
                // Constants and the like belong to their file's top.
                None => match snapshot.parent(symbol).and_then(|parent| units.of.get(&parent)) {
                    Some(unit) => *unit,
                    None => continue,
                },
            };
            units.of.insert(symbol, unit);
        }
        units.tested = vec![0; units.symbols.len()];
        units.connect(&candidates);
        units
    }

    fn connect(&mut self, candidates: &[SymbolId]) {
        let snapshot = self.snapshot;
        for symbol in candidates {
            let from = self.of.get(symbol).copied();
            snapshot.hop(*symbol, Direction::Out, |other, kind, tier| {
                let Some(to) = self.of.get(&other).copied().filter(|_| tier <= Tier::Likely) else {
                    return;
                };
                let Some(from) = from else {
                    self.tested[to as usize] += usize::from(kind == EdgeKind::Calls);
                    return;
                };
                let weight = weight(kind);
                if from != to && weight > 0.0 {
                    self.edges.push((from, to, weight));
                }
            });
            // What stands in one file, and files in one folder, hold together a little.
            if let (Some(unit), Some(parent)) = (from, snapshot.parent(*symbol))
                && let Some(top) = self.of.get(&parent).copied()
                && top != unit
            {
                self.edges.push((top, unit, 0.5));
            }
        }
        let mut folders: FxHashMap<(RepoId, &str), u32> = FxHashMap::default();
        for (at, symbol) in self.symbols.iter().enumerate() {
            if snapshot.kind(*symbol) == SymbolKind::Module {
                let place = (snapshot.repository_of(*symbol), folder(snapshot, *symbol));
                let first = *folders.entry(place).or_insert(at as u32);
                if first != at as u32 {
                    self.edges.push((first, at as u32, 0.5));
                }
            }
        }
    }

    fn graph(&self) -> Weighted {
        Weighted::from_edges(self.symbols.len() as u32, self.edges.iter().copied())
    }

    fn part(&self, group: &[u32], at: usize, number: &[u32]) -> Part {
        let snapshot = self.snapshot;
        let mut part = Part {
            units: group.iter().map(|unit| self.symbols[*unit as usize]).collect(),
            tests: group.iter().map(|unit| self.tested[*unit as usize]).sum(),
            ..Part::default()
        };
        let mut used: BTreeMap<SymbolId, BTreeSet<SymbolId>> = BTreeMap::new();
        let mut users: BTreeMap<usize, usize> = BTreeMap::new();
        let mut starts: BTreeSet<SymbolId> = BTreeSet::new();
        let mut reached: BTreeSet<SymbolId> = BTreeSet::new();
        let inside: BTreeSet<u32> = group.iter().copied().collect();
        for unit in group {
            let symbol = self.symbols[*unit as usize];
            for member in std::iter::once(symbol).chain(self.members(symbol)) {
                snapshot.hop(member, Direction::In, |other, kind, tier| {
                    if tier > Tier::Likely || weight(kind) <= 0.0 {
                        return;
                    }
                    if kind == EdgeKind::Reaches {
                        part.entries.push(member);
                    }
                    let Some(from) = self.of.get(&other).copied().filter(|from| from != unit)
                    else {
                        return;
                    };
                    used.entry(symbol).or_default().insert(self.symbols[from as usize]);
                    if inside.contains(&from) {
                        starts.insert(self.symbols[from as usize]);
                        reached.insert(symbol);
                    } else {
                        *users.entry(number[from as usize] as usize).or_default() += 1;
                    }
                });
                snapshot.hop(member, Direction::Out, |other, kind, tier| {
                    let into = match kind {
                        EdgeKind::Reads => &mut part.reads,
                        EdgeKind::Writes => &mut part.writes,
                        _ => return,
                    };
                    let table =
                        matches!(snapshot.kind(other), SymbolKind::Table | SymbolKind::Column);
                    let elsewhere =
                        self.of.get(&other).is_none_or(|to| number[*to as usize] as usize != at);
                    if tier <= Tier::Likely && (table || elsewhere) {
                        into.push(other);
                    }
                });
            }
        }
        for list in [&mut part.entries, &mut part.reads, &mut part.writes] {
            list.sort_unstable();
            list.dedup();
        }
        let named = |symbol: &SymbolId| snapshot.kind(*symbol) != SymbolKind::Module;
        let mut hubs: Vec<(usize, SymbolId)> =
            used.iter().map(|(symbol, users)| (users.len(), *symbol)).collect();
        hubs.sort_by_key(|(users, symbol)| (Reverse(*users), *symbol));
        part.hubs = hubs.iter().map(|(_, symbol)| *symbol).filter(named).take(5).collect();
        part.hub = part
            .hubs
            .first()
            .or_else(|| part.units.iter().find(|symbol| named(symbol)))
            .or_else(|| part.units.first())
            .copied();
        part.roots = starts.difference(&reached).copied().filter(named).take(5).collect();
        let mut users: Vec<(usize, usize)> = users.into_iter().collect();
        users.sort_by_key(|(part, count)| (Reverse(*count), *part));
        part.users = users.into_iter().take(4).collect();
        place(snapshot, &mut part);
        part
    }

    /// What a unit gathers.
    fn members(&self, unit: SymbolId) -> Vec<SymbolId> {
        let own = self.of.get(&unit).copied();
        let mut found = Vec::new();
        let mut next: Vec<SymbolId> = self.snapshot.children(unit).collect();
        while let Some(member) = next.pop() {
            if self.of.get(&member).copied() == own {
                found.push(member);
                next.extend(self.snapshot.children(member));
            }
        }
        found
    }
}

/// How much a reference holds two units together.
fn weight(kind: EdgeKind) -> f32 {
    match kind {
        EdgeKind::Inherits | EdgeKind::Implements | EdgeKind::Overrides => 2.0,
        EdgeKind::Calls | EdgeKind::Instantiates | EdgeKind::Invokes | EdgeKind::Expands => 1.0,
        EdgeKind::Reads | EdgeKind::Writes | EdgeKind::TypeOf | EdgeKind::References => 0.5,
        EdgeKind::Reaches | EdgeKind::MapsTo => 1.0,
        EdgeKind::Imports => 0.25,
        _ => 0.0,
    }
}

fn folder(snapshot: &Snapshot, symbol: SymbolId) -> &str {
    snapshot.path(snapshot.file(symbol)).rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Where the units of a part are.
fn place(snapshot: &Snapshot, part: &mut Part) {
    let mut folders: BTreeMap<(RepoId, &str), usize> = BTreeMap::new();
    let mut files = BTreeSet::new();
    let mut repositories: BTreeMap<RepoId, usize> = BTreeMap::new();
    for unit in &part.units {
        let repository = snapshot.repository_of(*unit);
        *folders.entry((repository, folder(snapshot, *unit))).or_default() += 1;
        *repositories.entry(repository).or_default() += 1;
        files.insert(snapshot.file(*unit));
    }
    part.files = files.len();
    let mut folders: Vec<((RepoId, &str), usize)> = folders.into_iter().collect();
    folders.sort_by_key(|(at, count)| (Reverse(*count), *at));
    part.folders = folders
        .into_iter()
        .map(|((repository, folder), _)| {
            let name = snapshot.repository_name(repository);
            if folder.is_empty() { name.to_owned() } else { format!("{name}/{folder}") }
        })
        .collect();
    let mut repositories: Vec<(RepoId, usize)> = repositories.into_iter().collect();
    repositories.sort_by_key(|(repository, count)| (Reverse(*count), *repository));
    part.repositories = repositories.into_iter().map(|(repository, _)| repository).collect();
}

/// The words of each community that its units' names have and others' have not, best first:
/// `tf · ln(1 + A / f)`, `tf` the word's share in the community, `A` the mean number of words of a
/// community, `f` how often the word occurs in all.
fn labels(
    snapshot: &Snapshot,
    units: &[SymbolId],
    community: &[u32],
) -> BTreeMap<u32, Vec<String>> {
    const WORDS: usize = 3;
    const PLAIN: [&str; 22] = [
        "get", "set", "is", "has", "new", "the", "of", "to", "from", "and", "init", "main", "test",
        "do", "add", "with", "for", "on", "in", "self", "py", "impl",
    ];
    let mut counts: BTreeMap<u32, BTreeMap<String, f32>> = BTreeMap::new();
    let mut all: BTreeMap<String, f32> = BTreeMap::new();
    for (unit, community) in units.iter().zip(community) {
        let mut take = |text: &str, weight: f32| {
            qf_graph::words::identifiers(text, |identifier| {
                qf_graph::words::parts(identifier, |part| {
                    let usual = part.len() < 3 || PLAIN.contains(&part);
                    if !usual && part.chars().any(char::is_alphabetic) {
                        *counts
                            .entry(*community)
                            .or_default()
                            .entry(part.to_owned())
                            .or_default() += weight;
                        *all.entry(part.to_owned()).or_default() += weight;
                    }
                });
            });
        };
        match snapshot.kind(*unit) {
            SymbolKind::Module => {
                let path = snapshot.path(snapshot.file(*unit));
                let name = path.rsplit('/').next().unwrap_or(path);
                take(name.split('.').next().unwrap_or(name), 2.0);
            }
            _ => take(snapshot.name(*unit), 1.0),
        }
    }
    let total: f32 = all.values().sum();
    let mean = total / counts.len().max(1) as f32;
    counts
        .into_iter()
        .map(|(community, words)| {
            let own: f32 = words.values().sum();
            let mut scored: Vec<(f32, String)> = words
                .into_iter()
                .map(|(word, count)| {
                    let often = all.get(&word).copied().unwrap_or(count).max(f32::EPSILON);
                    (count / own * (1.0 + mean / often).ln(), word)
                })
                .collect();
            scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            (community, scored.into_iter().take(WORDS).map(|(_, word)| word).collect())
        })
        .collect()
}

/// What a part is, in one line.
pub fn summary(snapshot: &Snapshot, all: &Communities, part: &Part) -> String {
    let names = |symbols: &[SymbolId], most: usize| {
        let mut names: Vec<String> = Vec::new();
        for symbol in symbols {
            let name = snapshot.qualified_name(*symbol).to_owned();
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        listed(&names, most)
    };
    let mut out = vec![part.label.join(" · ")];
    let folder = format!("in {}", listed(&part.folders, 3));
    let unit = |count: usize, noun: &str| crate::asking::counted(count, noun);
    out.push(format!(
        "{} in {}, {folder}",
        unit(part.units.len(), "unit"),
        unit(part.files, "file")
    ));
    if part.repositories.len() > 1 {
        let repositories: Vec<String> =
            part.repositories.iter().map(|one| snapshot.repository_name(*one).to_owned()).collect();
        out.push(format!("across {}", listed(&repositories, 4)));
    }
    if !part.hubs.is_empty() {
        out.push(format!("hubs {}", names(&part.hubs, 4)));
    }
    if !part.entries.is_empty() {
        out.push(format!("entered at {}", names(&part.entries, 3)));
    }
    if !part.inner.is_empty() {
        let inner: Vec<String> =
            part.inner.iter().filter(|one| !one.is_empty()).map(|one| one.join(" ")).collect();
        out.push(format!("in it: {}", listed(&inner, 5)));
    }
    let users: Vec<String> = part
        .users
        .iter()
        .filter_map(|(at, _)| all.parts.get(*at))
        .filter(|user| !user.label.is_empty())
        .map(|user| user.label.join(" "))
        .collect();
    if !users.is_empty() {
        out.push(format!("used by {}", listed(&users, 3)));
    }
    if !part.writes.is_empty() {
        out.push(format!("writes {}", names(&part.writes, 3)));
    }
    let tables: Vec<SymbolId> = part
        .reads
        .iter()
        .copied()
        .filter(|symbol| matches!(snapshot.kind(*symbol), SymbolKind::Table | SymbolKind::Column))
        .collect();
    if !tables.is_empty() {
        out.push(format!("reads {}", names(&tables, 3)));
    }
    if part.tests > 0 {
        out.push(format!("{} of tests", unit(part.tests, "call")));
    }
    out.join(" — ")
}

/// Routes, topics and other keys that a repository serves, by channel.
pub fn served(snapshot: &Snapshot, repository: RepoId) -> BTreeMap<&'static str, BTreeSet<&str>> {
    let mut out: BTreeMap<&'static str, BTreeSet<&str>> = BTreeMap::new();
    for key in snapshot.keys() {
        let serves = matches!(
            key.channel,
            Channel::Http | Channel::Grpc | Channel::Graphql | Channel::Topic | Channel::Package
        );
        if key.provides && serves && snapshot.file_repository(key.file) == repository {
            out.entry(key.channel.name()).or_default().insert(&key.text);
        }
    }
    out
}
