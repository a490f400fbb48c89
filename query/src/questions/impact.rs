//! "What breaks if I change `User.balance`?": everything that depends on it, nearest first.
//!
//! The first step goes over every kind of dependency; from there on over those that carry a change
//! of behaviour further. Counted by repository, with the routes and the tests that are reached.

use super::reach::{self, Transitive};
use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::{Asking, counted, listed};
use crate::plan::{Group, Order, Plan, Step, Tag, Way};
use crate::rank::Role;
use crate::run::Rows;
use crate::understand::intent::{Pattern, sure};
use crate::understand::{Reading, Unknown, Want};
use qf_graph::{EdgeKind, SymbolId, Tier};

/// See the module.
pub struct Impact;

const LIMIT: usize = 50;
const HOPS: u32 = 6;
const FIRST: [EdgeKind; 10] = [
    EdgeKind::Calls,
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
const FURTHER: [EdgeKind; 6] = [
    EdgeKind::Calls,
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
        let tier = asking.options.tier;
        let first = Step::one(&FIRST, Way::In, tier).through_dispatch();
        let hops = asking.options.hops.unwrap_or(HOPS).saturating_sub(1);
        let further = Step::one(&FURTHER, Way::In, tier).up_to(hops).through_dispatch();
        let near = findings.run(asking, &Plan::named(&resolved.text, &starts).step(first));
        let far = Plan::named("depends on it", &near.symbols())
            .step(further)
            .without(Plan::named(&resolved.text, &starts))
            .ranked(Order::Hops);
        let far = findings.run(asking, &far);
        let mut rows = near;
        rows.rows.extend(far.rows.iter().map(|row| crate::run::Row { hops: row.hops + 1, ..*row }));
        let step = Step::one(&FIRST, Way::In, tier);
        let Transitive { drafts, more, tests, more_tests } =
            reach::transitive(asking, &rows, &step, Role::Transitive, LIMIT);
        let all_tests = tests.len() + more_tests;
        findings.drafts.extend(tests);
        for mut draft in drafts {
            if draft.hops == 1 {
                draft.role = Role::Direct;
            }
            findings.drafts.push(draft);
        }
        findings.uncounted.insert(Role::Transitive, more);
        findings.uncounted.insert(Role::Test, more_tests);
        counts(asking, &mut findings, &rows, all_tests);
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
        note += &format!(", {}", counted(endpoints, "endpoint"));
    }
    if tests > 0 {
        note += &format!(", {}", counted(tests, "test"));
    }
    findings.notes.push(format!("{note} ({})", listed(&names, 6)));
    let mut by_hops: Vec<(u32, usize)> = Vec::new();
    let mut hops: Vec<u32> = rows
        .rows
        .iter()
        .filter(|row| !asking.snapshot.is_test(row.symbol))
        .map(|row| row.hops)
        .collect();
    hops.sort_unstable();
    for hops in hops {
        match by_hops.last_mut().filter(|(known, _)| *known == hops) {
            Some((_, count)) => *count += 1,
            None => by_hops.push((hops, 1)),
        }
    }
    let by_hops: Vec<String> = by_hops
        .iter()
        .map(|(hops, count)| format!("{}: {count}", counted(*hops as usize, "hop")))
        .collect();
    findings.notes.push(by_hops.join(" · "));
}
