//! "Which tests cover `Ledger.apply`?": tests that reach it, the nearest first.

use super::reach::Chains;
use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::{Asking, counted};
use crate::plan::{Order, Plan, Step, Tag, Way};
use crate::rank::Role;
use crate::understand::intent::{Pattern, maybe, sure};
use crate::understand::{Reading, Unknown, Want};
use qf_graph::facts::{DefinitionFlags, SymbolKind};
use qf_graph::{EdgeKind, SymbolId, Tier};

/// See the module.
pub struct TestsOf;

const LIMIT: usize = 50;
const HOPS: u32 = 3;
const KINDS: [EdgeKind; 4] =
    [EdgeKind::Calls, EdgeKind::Reaches, EdgeKind::Instantiates, EdgeKind::Tests];

impl Question for TestsOf {
    fn intent(&self) -> &'static str {
        "tests"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure("tests|specs of|for|covering|on|around|against *"),
            sure("unit|integration tests of|for|covering *"),
            sure(
                "which|what unit|integration? tests cover|covers|exercise|hit|test|run|use|touch|call|reach|check|verify|are|exist for? *",
            ),
            sure(
                "tests that|which cover|exercise|hit|test|run|use|touch|call|reach|check|verify *",
            ),
            sure("who|what tests|covers|exercises *"),
            sure("is|are * tested|covered by? tests?"),
            sure("is there a|any? tests? for|of *"),
            sure("are there any? tests for|of *"),
            sure("how is|are * tested"),
            sure("where is|are * tested"),
            sure("test? coverage of|for *"),
            sure("which|what tests should|must|do|to i|we? run for|if|when|after i? @change? *"),
            maybe("* tests"),
            maybe("test *"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let resolved = subject(asking, reading, 0, Want::Any)?;
        let snapshot = asking.snapshot;
        let names = asking.some_names(&resolved.symbols);
        let mut findings = Findings::new(format!("which tests reach {names}"));
        findings.about(asking, &resolved);
        let starts = starts(asking, &mut findings, &resolved.text, &resolved.symbols);
        let mut kinds = KINDS.to_vec();
        if resolved.symbols.iter().any(|symbol| Want::Value.accepts(snapshot, *symbol)) {
            kinds.extend([EdgeKind::Reads, EdgeKind::Writes]);
        }
        let step = Step::one(&kinds, Way::In, asking.options.tier)
            .up_to(asking.options.hops.unwrap_or(HOPS))
            .through_dispatch();
        let reached = Plan::named(&resolved.text, &starts).step(step.clone());
        let (all, _) = crate::run::run(snapshot, &reached);
        let rows = findings.run(asking, &reached.tagged(Tag::Test).ranked(Order::Hops));
        let mut chains = Chains::new(asking, &all, &step);
        let mut helpers = 0;
        for row in &rows.rows {
            if !is_test_itself(asking, row.symbol) {
                helpers += 1;
                continue;
            }
            let mut draft = chains.draft(*row, Role::Test);
            draft.why =
                format!("{} {}", if row.hops == 1 { "tests it" } else { "reaches it" }, draft.why);
            findings.drafts.push(draft);
        }
        if helpers > 0 {
            findings.notes.push(format!("{} of tests reach it too", counted(helpers, "helper")));
        }
        if findings.drafts.is_empty() {
            findings
                .notes
                .push(format!("No test reaches it within {}", counted(step.hops as usize, "hop")));
        }
        Ok(findings.answer(asking, LIMIT))
    }
}

/// The thing itself; a type's members with it.
fn starts(
    asking: &Asking<'_>,
    findings: &mut Findings,
    text: &str,
    symbols: &[SymbolId],
) -> Vec<SymbolId> {
    let types: Vec<SymbolId> =
        symbols.iter().copied().filter(|symbol| asking.snapshot.kind(*symbol).is_type()).collect();
    let inside = Step::one(&[EdgeKind::Contains], Way::Out, Tier::Maybe);
    let plan = Plan::Union(vec![
        Plan::named(text, symbols),
        Plan::named("its members", &types).step(inside),
    ]);
    findings.run(asking, &plan).symbols()
}

/// A test, not a helper beside tests: flagged as one, or the top of a file that has no flagged
/// ones (where tests are calls, not functions).
fn is_test_itself(asking: &Asking<'_>, symbol: SymbolId) -> bool {
    let snapshot = asking.snapshot;
    if !snapshot.is_test_file(snapshot.file(symbol)) {
        return snapshot.flags(symbol).contains(DefinitionFlags::TEST);
    }
    let flagged = |symbol: SymbolId| {
        snapshot.flags(symbol).contains(DefinitionFlags::TEST)
            && snapshot.kind(symbol).is_callable()
    };
    flagged(symbol)
        || snapshot.kind(symbol) == SymbolKind::Module
        || !snapshot.symbols_of_file(snapshot.file(symbol)).any(flagged)
}
