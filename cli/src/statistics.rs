//! How well calls are resolved, counted from a snapshot.
//!
//! A call site counts once, with the surest of its edges: a call through an interface has an edge
//! for the interface's method and one for each implementation, but is one call. Links into other
//! repositories count as the resolutions they are.

use qf_graph::facts::Role;
use qf_graph::{EdgeKind, FileId, RepoId, Snapshot, Tier, Unresolved};
use serde::Serialize;
use std::collections::BTreeMap;

/// Call sites by what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// All call sites.
    pub sites: u64,
    /// Resolved, by tier.
    pub tiers: BTreeMap<&'static str, u64>,
    /// Not resolved, by reason.
    pub unresolved: BTreeMap<&'static str, u64>,
}

impl Calls {
    fn resolved(&mut self, tier: Tier) {
        self.sites += 1;
        *self.tiers.entry(tier.name()).or_default() += 1;
    }

    fn unresolved(&mut self, reason: Unresolved) {
        self.sites += 1;
        *self.unresolved.entry(reason.name()).or_default() += 1;
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Calls) {
        self.sites += other.sites;
        for (tier, count) in &other.tiers {
            *self.tiers.entry(tier).or_default() += count;
        }
        for (reason, count) in &other.unresolved {
            *self.unresolved.entry(reason).or_default() += count;
        }
    }

    /// Sites of a tier.
    pub fn tier(&self, tier: Tier) -> u64 {
        self.tiers.get(tier.name()).copied().unwrap_or(0)
    }

    /// Unresolved sites that call what is not indexed: other packages and built-ins.
    pub fn external(&self) -> u64 {
        [Unresolved::External, Unresolved::Builtin]
            .iter()
            .map(|reason| self.unresolved.get(reason.name()).copied().unwrap_or(0))
            .sum()
    }

    /// All unresolved sites.
    pub fn unresolved_total(&self) -> u64 {
        self.unresolved.values().sum()
    }

    /// Unresolved sites whose target may be in the index: computed, or not understood.
    pub fn dynamic(&self) -> u64 {
        self.unresolved_total() - self.external()
    }
}

/// Counts of one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// Call sites by language.
    pub languages: BTreeMap<String, Calls>,
    /// Unresolved references of every role by reason.
    pub unresolved: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
}

impl Statistics {
    /// Call sites of all languages.
    pub fn calls(&self) -> Calls {
        let mut all = Calls::default();
        self.languages.values().for_each(|calls| all.add(calls));
        all
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Statistics) {
        for (language, calls) in &other.languages {
            self.languages.entry(language.clone()).or_default().add(calls);
        }
        for (role, reasons) in &other.unresolved {
            for (reason, count) in reasons {
                *self.unresolved.entry(role).or_default().entry(reason).or_default() += count;
            }
        }
    }
}

/// A role's name for people and JSON.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Call => "call",
        Role::Read => "read",
        Role::Write => "write",
        Role::Import => "import",
        Role::Type => "type",
        Role::Inherit => "inherit",
    }
}

/// Counts a repository.
pub fn of(snapshot: &Snapshot, repository: RepoId) -> Statistics {
    let mut sites: Vec<(u32, u32, Tier)> = Vec::new();
    let (columns, _) = snapshot.columns(repository);
    for id in 0..snapshot.segment(repository).edges() {
        if let Some(edge) = columns.edge(id).filter(|edge| edge.kind == EdgeKind::Calls) {
            sites.push((edge.file, edge.start, edge.tier));
        }
    }
    let base = snapshot.files().find(|file| snapshot.file_repository(*file) == repository);
    let base = base.map_or(0, |file| file.0);
    for link in snapshot.links().filter(|link| link.kind == EdgeKind::Calls) {
        if snapshot.repository_of(link.from) == repository {
            sites.push((link.file.0 - base, link.start, link.tier));
        }
    }
    sites.sort_unstable();
    sites.dedup_by_key(|(file, start, _)| (*file, *start));
    let mut statistics = Statistics::default();
    for (file, _, tier) in sites {
        calls(&mut statistics, snapshot, FileId(base + file)).resolved(tier);
    }
    for (role, reason, file) in snapshot.unresolved_reasons(repository) {
        let reasons = statistics.unresolved.entry(role_name(role)).or_default();
        *reasons.entry(reason.name()).or_default() += 1;
        if role == Role::Call {
            calls(&mut statistics, snapshot, file).unresolved(reason);
        }
    }
    statistics
}

fn calls<'a>(statistics: &'a mut Statistics, snapshot: &Snapshot, file: FileId) -> &'a mut Calls {
    let language = snapshot.language(file);
    // `entry` would allocate the name for every site.
    if !statistics.languages.contains_key(language) {
        statistics.languages.insert(language.to_owned(), Calls::default());
    }
    statistics.languages.get_mut(language).expect("the language was just put in")
}
