//! Which edges there are in one snapshot and not in another.
//!
//! An edge is its source, its kind, its target and the key that it goes through. Lines do not
//! count: code that moved down calls what it called before.

use super::matching::{Matching, Side};
use super::{EdgeChange, KeyChange, LinkKey};
use crate::answer::Place;
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::{Direction, Edge};
use qf_graph::{Channel, EdgeKind, Snapshot, SymbolId, Tier};
use std::collections::BTreeMap;

/// A symbol of either snapshot: that of the newer, where it has one.
type Either = (bool, SymbolId);
/// What an edge is, whatever line proves it.
type EdgeKey<'s> = (Either, EdgeKind, Either, Option<(&'static str, &'s str)>);

/// The changes of edges inside the repository, and of links that begin or end in it.
pub struct Edges {
    /// Inside.
    pub edges: Vec<EdgeChange>,
    /// Through keys.
    pub links: Vec<EdgeChange>,
}

/// Compares the edges of the two sides.
pub fn compare(matching: &Matching<'_>, tier: Tier) -> Edges {
    let mut same = Same { matching, known: BTreeMap::new() };
    let new = collect(&matching.new, tier, |symbol| (false, symbol));
    let old = collect(&matching.old, tier, |symbol| same.newer(symbol));
    let mut removed: Vec<(&EdgeKey<'_>, &Edge<'_>)> =
        old.iter().filter(|(key, _)| !new.contains_key(*key)).collect();
    let mut added: Vec<(&EdgeKey<'_>, &Edge<'_>)> =
        new.iter().filter(|(key, _)| !old.contains_key(*key)).collect();
    let mut out = Edges { edges: Vec::new(), links: Vec::new() };
    let mut put = |key: &EdgeKey<'_>, change: EdgeChange| {
        let list = if key.3.is_some() { &mut out.links } else { &mut out.edges };
        list.push(change);
    };
    // One name, another definition: what is left of the source's edges of that kind to that name.
    let (before, after) = (matching.old.snapshot, matching.new.snapshot);
    added.retain(|(key, edge)| {
        if matching.new.has(edge.from) && matching.older(edge.from).is_none() {
            return true;
        }
        let name = after.name(edge.to);
        let was = removed.iter().position(|(other, edge)| {
            (other.0, other.1) == (key.0, key.1)
                && other.3.map(|key| key.0) == key.3.map(|key| key.0)
                && before.name(edge.to) == name
        });
        let Some(was) = was else { return true };
        let (_, gone) = removed.remove(was);
        let mut change = described(after, "rerouted", edge);
        change.was = Some(place(before, gone.to));
        change.tier_was = Some(gone.tier);
        put(key, change);
        false
    });
    for (key, edge) in added {
        let mut change = described(after, "added", edge);
        change.with_definition = matching.new.has(edge.from) && matching.older(edge.from).is_none();
        put(key, change);
    }
    for (key, edge) in removed {
        let mut change = described(before, "removed", edge);
        change.with_definition = matching.old.has(edge.from) && matching.newer(edge.from).is_none();
        put(key, change);
    }
    for list in [&mut out.edges, &mut out.links] {
        list.sort_by(|a, b| {
            let key = |edge: &EdgeChange| {
                let order = ["rerouted", "removed", "added"];
                let order = order.iter().position(|change| *change == edge.change);
                // What documents say of code changes with every name; code comes first.
                (edge.with_definition, order, edge.kind == "documents")
            };
            let place = |edge: &EdgeChange| (edge.file.clone(), edge.line, edge.kind.clone());
            let ends = |edge: &EdgeChange| {
                let to = (edge.to.repo.clone(), edge.to.file.clone(), edge.to.line);
                (edge.from.name.clone(), edge.to.name.clone(), to)
            };
            (key(a), place(a), ends(a)).cmp(&(key(b), place(b), ends(b)))
        });
    }
    out
}

/// The edges of a side; of several between two ends the surest, then the first.
fn collect<'s>(
    side: &Side<'s>,
    tier: Tier,
    mut either: impl FnMut(SymbolId) -> Either,
) -> BTreeMap<EdgeKey<'s>, Edge<'s>> {
    let snapshot = side.snapshot;
    let mut edges: Vec<Edge<'s>> = Vec::new();
    for symbol in &side.symbols {
        edges.extend(snapshot.edges(*symbol, Direction::Out));
    }
    edges.extend(snapshot.links().filter(|link| side.has(link.to) && !side.has(link.from)));
    edges.retain(|edge| edge.kind != EdgeKind::Contains && edge.tier <= tier);
    edges.sort_by_key(|edge| (edge.tier, edge.file, edge.line, edge.start));
    let mut out = BTreeMap::new();
    for edge in edges {
        let through = edge.key.map(|(channel, key)| (channel.name(), key));
        out.entry((either(edge.from), edge.kind, either(edge.to), through)).or_insert(edge);
    }
    out
}

/// What symbols of the older snapshot are in the newer, those of other repositories too.
struct Same<'a, 's> {
    matching: &'a Matching<'s>,
    known: BTreeMap<SymbolId, Either>,
}

impl Same<'_, '_> {
    fn newer(&mut self, old: SymbolId) -> Either {
        if self.matching.old.has(old) {
            return self.matching.newer(old).map_or((true, old), |new| (false, new));
        }
        let (before, after) = (self.matching.old.snapshot, self.matching.new.snapshot);
        *self.known.entry(old).or_insert_with(|| {
            elsewhere(before, after, old).map_or((true, old), |new| (false, new))
        })
    }
}

/// A symbol of another repository in the newer snapshot: by path, name, kind and number.
fn elsewhere(before: &Snapshot, after: &Snapshot, old: SymbolId) -> Option<SymbolId> {
    let file = before.file(old);
    let repository = after.repository_named(before.repository_name(before.repository_of(old)))?;
    let there = after.file_named(repository, before.path(file))?;
    let same = |snapshot: &Snapshot, symbol: &SymbolId| {
        snapshot.qualified_name(*symbol) == before.qualified_name(old)
            && snapshot.kind(*symbol) == before.kind(old)
    };
    let number =
        before.symbols_of_file(file).filter(|symbol| same(before, symbol) && *symbol < old);
    let number = number.count();
    after.symbols_of_file(there).filter(|symbol| same(after, symbol)).nth(number)
}

fn described(snapshot: &Snapshot, change: &str, edge: &Edge<'_>) -> EdgeChange {
    EdgeChange {
        change: change.to_owned(),
        kind: edge.kind.name().to_owned(),
        from: place(snapshot, edge.from),
        to: place(snapshot, edge.to),
        was: None,
        tier: edge.tier,
        tier_was: None,
        rule: edge.rule.to_owned(),
        file: snapshot.display_path(edge.file),
        line: edge.line,
        text: snapshot.line(edge.file, edge.line).trim().to_owned(),
        key: edge.key.map(|(channel, key)| LinkKey {
            channel: channel.name().to_owned(),
            key: key.to_owned(),
        }),
        with_definition: false,
    }
}

/// A symbol as it is mentioned.
pub fn place(snapshot: &Snapshot, symbol: SymbolId) -> Place {
    let file = snapshot.file(symbol);
    let qualified = snapshot.qualified_name(symbol);
    let name = if qualified.is_empty() { snapshot.name(symbol) } else { qualified };
    Place {
        name: name.to_owned(),
        kind: snapshot.kind(symbol).name().to_owned(),
        repo: snapshot.repository_name(snapshot.repository_of(symbol)).to_owned(),
        file: snapshot.path(file).to_owned(),
        line: snapshot.lines(symbol).1,
    }
}

/// The keys that the repository provides or requires on one side only. Tests require what they
/// like, so theirs do not count.
pub fn keys(matching: &Matching<'_>) -> Vec<KeyChange> {
    type Found<'s> = BTreeMap<(bool, &'static str, &'s str), KeyChange>;
    fn of<'s>(side: &Side<'s>, change: &str) -> Found<'s> {
        let snapshot = side.snapshot;
        let mut found = Found::new();
        for key in snapshot.keys() {
            // Packages are edges and manifests; as keys they are every import.
            let counts = side.has(key.symbol)
                && key.channel != Channel::Package
                && !snapshot.is_test(key.symbol)
                && snapshot.kind(key.symbol) != SymbolKind::Section;
            if !counts {
                continue;
            }
            let described = || KeyChange {
                change: change.to_owned(),
                side: if key.provides { "provided" } else { "required" }.to_owned(),
                channel: key.channel.name().to_owned(),
                key: key.text.clone(),
                at: Place { line: key.line, ..place(snapshot, key.symbol) },
            };
            let what = (!key.provides, key.channel.name(), key.text.as_str());
            found.entry(what).or_insert_with(described);
        }
        found
    }
    let (old, new) = (of(&matching.old, "removed"), of(&matching.new, "added"));
    let gone = old.iter().filter(|(key, _)| !new.contains_key(*key));
    let came = new.iter().filter(|(key, _)| !old.contains_key(*key));
    gone.chain(came).map(|(_, change)| change.clone()).collect()
}
