//! "What breaks if I change `User.balance`?": everything that depends on it, nearest first.
//!
//! The first step goes over every kind of dependency; from there on over those that carry a change
//! of behaviour further. Counted by repository, with the routes and the tests that are reached.

use super::reach::{self, Chains};
use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::{Asking, counted, listed};
use crate::plan::{Group, Plan, Step, Tag, Way};
use crate::rank::Role;
use crate::run::Rows;
use crate::understand::intent::{Pattern, sure};
use crate::understand::{Reading, Unknown, Want};
use qf_graph::{EdgeKind, SymbolId, Tier};
use std::collections::BTreeMap;
use std::fmt::Write;

/// See the module.
pub struct Impact;

const LIMIT: usize = 50;
const FIRST: [EdgeKind; 11] = [
    EdgeKind::Calls,
    EdgeKind::Invokes,
    EdgeKind::Reaches,
    EdgeKind::Reads,
    EdgeKind::Writes,
    EdgeKind::References,
    EdgeKind::Inherits,
    EdgeKind::Implements,
    EdgeKind::Overrides,
    EdgeKind::Instantiates,
    EdgeKind::TypeOf,
];
const FURTHER: [EdgeKind; 7] = [
    EdgeKind::Calls,
    EdgeKind::Invokes,
    EdgeKind::Reaches,
    EdgeKind::Inherits,
    EdgeKind::Implements,
    EdgeKind::Overrides,
    EdgeKind::Instantiates,
];

impl Question for Impact {
    fn intent(&self) -> &'static str {
        "impact"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure(
                "what|which|who code|functions? will|would|could|can|might? break|breaks|change|changes|happens|happen|fail|fails if|when we|i|you|someone @change *",
            ),
            sure(
                "what|which code|functions? will|would|could|can|might? break|breaks|happen|happens if|when * is|are|was|were? @change",
            ),
            sure(
                "what|which|who code|functions|services|repositories? is|are|will|would|gets be? affected|impacted|broken by|if|when changing|change|changes|a|the? to|in|of|i|we? @change? *",
            ),
            sure(
                "impact|effect|effects|consequences|implications of|on changing|change|changes|a? to|in|of|renaming|removing|deleting|modifying? *",
            ),
            sure("impact of? *"),
            sure("blast radius|zone of|for? *"),
            sure(
                "what|who|which code|functions|services|repositories? depends|depend|relies|rely on|upon *",
            ),
            sure("dependents|dependants of *"),
            sure("is it safe to @change *"),
            sure("can|may|should i|we safely? @change *"),
            sure(
                "if|when * is|are|was|gets|get? @change what|which|who code|functions|services|else? will|would|could|can|might? break|breaks|happen|happens|fail|fails|is|are|change|changes affected|broken|impacted?",
            ),
            sure(
                "if i|we @change * what|which|who else? will|would|could? breaks|break|happens|happen|changes|is|fails else? affected?",
            ),
            sure("ripple effects? of @change? *"),
            sure("everything affected by *"),
            sure(
                "what else? is|are|do|does|would i|we? affected|need|have to? change|update if|when i|we @change *",
            ),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let resolved = subject(asking, reading, 0, Want::Any)?;
        let names = asking.some_names(&resolved.symbols);
        let mut findings = Findings::new(format!("what a change of {names} reaches"));
        findings.about(asking, &resolved);
        let starts = starts(asking, &mut findings, &resolved.text, &resolved.symbols);
        let named = (resolved.text.as_str(), starts.as_slice());
        let rows = reach::near_and_far(asking, &mut findings, named, (&FIRST, &FURTHER));
        let step = Step::one(&FIRST, Way::In, asking.options.tier);
        let chains = Chains::new(asking, &rows, &step);
        let found = reach::transitive(asking, &rows, chains, LIMIT, |row| {
            if row.hops == 1 { Role::Direct } else { Role::Transitive }
        });
        let tests = found.tests;
        findings.add(found);
        counts(asking, &mut findings, &rows, tests);
        findings.tell_cut(asking.hops(), &rows);
        Ok(findings.answer(asking, LIMIT))
    }
}

/// The symbol, what is inside it, and what is the same thing under another name.
fn starts(
    asking: &Asking<'_>,
    findings: &mut Findings,
    text: &str,
    symbols: &[SymbolId],
) -> Vec<SymbolId> {
    let types: Vec<SymbolId> = symbols
        .iter()
        .copied()
        .filter(|symbol| Want::Record.accepts(asking.snapshot, *symbol))
        .collect();
    let inside = Step::one(&[EdgeKind::Contains], Way::Out, Tier::Maybe);
    let mapped = Step::one(&[EdgeKind::MapsTo], Way::Either, Tier::Likely).up_to(2);
    let named = Plan::Union(vec![
        Plan::named(text, symbols),
        Plan::named("its members", &types).step(inside),
    ]);
    findings.run(asking, &Plan::Union(vec![named.clone(), named.step(mapped)])).symbols()
}

fn counts(asking: &Asking<'_>, findings: &mut Findings, rows: &Rows, tests: usize) {
    let reached = Plan::named("reached", &rows.symbols()).tagged(Tag::NotTest);
    let reached = Plan::named("reached", &findings.run(asking, &reached).symbols());
    let by_repository = Plan::GroupBy(Box::new(reached.clone()), Group::Repository);
    let mut groups = findings.run(asking, &by_repository).groups;
    groups.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let total: usize = groups.iter().map(|(_, count)| count).sum();
    if total == 0 && tests == 0 {
        findings.notes.push("Nothing that is indexed depends on it".to_owned());
        return;
    }
    let endpoints = findings.run(asking, &reached.tagged(Tag::Endpoint)).rows.len();
    let names: Vec<String> = groups.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let mut note = format!(
        "Reaches {} in {}",
        counted(total, "definition"),
        counted(groups.len(), "repository")
    );
    if endpoints > 0 {
        let _ = write!(note, ", {}", counted(endpoints, "endpoint"));
    }
    if tests > 0 {
        let _ = write!(note, ", {}", counted(tests, "test"));
    }
    findings.notes.push(format!("{note} ({})", listed(&names, 6)));
    let flags = asking.snapshot.all_flags();
    let mut by_hops: BTreeMap<u32, usize> = BTreeMap::new();
    for row in rows.rows.iter().filter(|row| !flags[row.symbol.index()].1) {
        *by_hops.entry(row.hops).or_default() += 1;
    }
    let by_hops: Vec<String> = by_hops
        .iter()
        .map(|(hops, count)| format!("{}: {count}", counted(*hops as usize, "hop")))
        .collect();
    findings.notes.push(by_hops.join(" · "));
}
