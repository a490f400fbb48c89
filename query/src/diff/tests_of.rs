//! The tests that reach what changed, by the same steps as `qf tests --diff`.

use super::TestToRun;
use super::edges::place;
use super::matching::Matching;
use crate::asking::Asking;
use crate::plan::Plan;
use crate::questions::{TestRoles, affects};
use crate::rank::Role;
use crate::run::run;
use qf_graph::{Snapshot, SymbolId, Tier};
use std::collections::BTreeMap;

/// Tests among what changed, tests that reach it, and tests that reached what is gone.
pub fn reaching(
    matching: &Matching<'_>,
    changed: &[SymbolId],
    gone: &[SymbolId],
    tier: Tier,
) -> Vec<TestToRun> {
    let (old, new) = (matching.old.snapshot, matching.new.snapshot);
    let options = crate::Options { tier, ..crate::Options::default() };
    let asking = Asking::new(new, "", &options);
    let mut roles = TestRoles::new(&asking);
    // By test: steps, what it goes through, why.
    let mut found: BTreeMap<SymbolId, (u32, Option<String>, &str)> = BTreeMap::new();
    for symbol in changed {
        if roles.of(*symbol) == Some(Role::Test) {
            let why = if matching.older(*symbol).is_none() { "new" } else { "changed" };
            found.insert(*symbol, (0, None, why));
        }
    }
    for (symbol, hops, through) in walk(new, changed, &options) {
        if roles.of(symbol) == Some(Role::Test) {
            found.entry(symbol).or_insert((hops, through, "reaches"));
        }
    }
    for (symbol, hops, through) in walk(old, gone, &options) {
        // A test of another repository is the same on both sides; here only this one's are known.
        let newer = matching.old.has(symbol).then(|| matching.newer(symbol)).flatten();
        if let Some(test) = newer.filter(|test| roles.of(*test) == Some(Role::Test)) {
            found.entry(test).or_insert((hops, through, "reaches"));
        }
    }
    let mut tests: Vec<TestToRun> = found
        .into_iter()
        .map(|(symbol, (hops, through, why))| TestToRun {
            at: place(new, symbol),
            why: why.to_owned(),
            through,
            hops,
        })
        .collect();
    tests.sort_by(|a, b| {
        let key = |test: &TestToRun| {
            let at = (test.at.repo.clone(), test.at.file.clone(), test.at.line);
            (test.hops, at, test.at.name.clone())
        };
        key(a).cmp(&key(b))
    });
    tests
}

/// What reaches some symbols: each with its distance and the next step on the way.
fn walk(
    snapshot: &Snapshot,
    starts: &[SymbolId],
    options: &crate::Options,
) -> Vec<(SymbolId, u32, Option<String>)> {
    if starts.is_empty() {
        return Vec::new();
    }
    let asking = Asking::new(snapshot, "", options);
    let plan = Plan::named("what changed", starts).step(affects(&asking));
    let rows = run(snapshot, &plan).0.rows;
    let named = |row: &crate::run::Row| row.via.map(|via| place(snapshot, via).name);
    rows.iter().map(|row| (row.symbol, row.hops, named(row))).collect()
}
