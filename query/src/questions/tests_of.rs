//! "Which tests cover `Ledger.apply`?": tests that reach it, the nearest first.

use super::reach::{self, CALLING, Chains, TestRoles};
use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::{Asking, counted};
use crate::plan::{Plan, Step, Way};
use crate::rank::Role;
use crate::understand::intent::{Pattern, maybe, sure};
use crate::understand::{Reading, Unknown, Want};
use qf_graph::{EdgeKind, SymbolId, Tier};

/// See the module.
pub struct TestsOf;

const LIMIT: usize = 50;

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
        // A function that is handed on is called by somebody.
        let mut far = CALLING.to_vec();
        far.push(EdgeKind::References);
        let mut first = far.clone();
        first.push(EdgeKind::Tests);
        if resolved.symbols.iter().any(|symbol| Want::Value.accepts(snapshot, *symbol)) {
            first.extend([EdgeKind::Reads, EdgeKind::Writes]);
        }
        let named = (resolved.text.as_str(), starts.as_slice());
        let all = reach::near_and_far(asking, &mut findings, named, (&first, &far));
        let step = Step::one(&first, Way::In, asking.options.tier);
        let mut chains = Chains::new(asking, &all, &step);
        let mut roles = TestRoles::new(asking);
        let mut helpers = 0;
        let (mut rows, flags) = (all.rows.clone(), snapshot.all_flags());
        rows.retain(|row| {
            flags[row.symbol.index()].1 && asking.wants_file(snapshot.file(row.symbol))
        });
        rows.sort_by_key(|row| (row.hops, row.symbol));
        let options = asking.options;
        let limit = options.most(LIMIT);
        for row in rows {
            let role = roles.of(row.symbol).unwrap_or(Role::Test);
            helpers += usize::from(role == Role::Helper);
            if role == Role::Test && findings.drafts.len() >= limit {
                *findings.uncounted.entry(role).or_default() += 1;
            } else if role == Role::Test || options.include_tests {
                let mut draft = chains.draft(row, role);
                let does = if row.hops == 1 { "tests it" } else { "reaches it" };
                draft.why = format!("{does} {}", draft.why);
                findings.drafts.push(draft);
            }
        }
        if helpers > 0 {
            let helpers = counted(helpers, "helper");
            let reach = if helpers.starts_with("1 ") { "reaches" } else { "reach" };
            findings.notes.push(format!("{helpers} of tests {reach} it too"));
        }
        if findings.drafts.is_empty() {
            let within = asking.options.hops.map_or_else(String::new, |hops| {
                format!(" within {}", counted(hops as usize, "hop"))
            });
            findings.notes.push(format!("No test reaches it{within}"));
        }
        findings.tell_cut(asking.hops(), &all);
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
