//! "What implements `Store`?", "what overrides `Store.charge`?", "subclasses of `Ledger`": what
//! stands below a type or method in its hierarchy, the nearest first.

use super::reach::{Chains, TestRoles};
use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::Asking;
use crate::plan::{Order, Plan, Step, Way};
use crate::rank::{Role, Spot};
use crate::understand::intent::{Pattern, maybe, sure};
use crate::understand::{Reading, Unknown, Want};
use qf_graph::EdgeKind;

/// See the module.
pub struct Implementers;

const LIMIT: usize = 50;

impl Question for Implementers {
    fn intent(&self) -> &'static str {
        "implementers"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure("@agent implement|extend|override|subclass|satisfy|inherit from? *"),
            sure(
                "implementations|implementers|implementors|overrides|subclasses|subtypes|descendants|heirs|children of *",
            ),
            sure(
                "which|what? types|classes|structs|exceptions|errors|enums|components|services that|which? implement|extend|satisfy|subclass|override|inherit from? *",
            ),
            sure(
                "does|do|is|are there? @agent that|who? implement|extend|override|subclass|inherit from? *",
            ),
            sure("where is|are * implemented by"),
            maybe("* implementations|implementers|implementors|subclasses|overrides"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let resolved = subject(asking, reading, 0, Want::Callable)?;
        let snapshot = asking.snapshot;
        let names = asking.some_names(&resolved.symbols);
        let mut findings = Findings::new(format!("what implements, extends or overrides {names}"));
        findings.about(asking, &resolved);
        let kinds = [EdgeKind::Implements, EdgeKind::Inherits, EdgeKind::Overrides];
        let step = Step::one(&kinds, Way::In, asking.options.tier).up_to(asking.hops());
        let plan =
            Plan::named(&resolved.text, &resolved.symbols).step(step.clone()).ranked(Order::Hops);
        let rows = findings.run(asking, &plan);
        let mut chains = Chains::new(asking, &rows, &step);
        let mut tests = TestRoles::new(asking);
        for row in &rows.rows {
            let role = if row.hops == 1 { Role::Direct } else { Role::Transitive };
            let role = tests.of(row.symbol).unwrap_or(role);
            let mut draft = chains.draft(*row, role);
            draft.header = true;
            draft.lines = vec![Spot::line(snapshot.file(row.symbol), snapshot.lines(row.symbol).1)];
            findings.drafts.push(draft);
        }
        if findings.drafts.is_empty() {
            findings.notes.push("Nothing that is indexed does".to_owned());
        }
        findings.tell_cut(asking.hops(), &rows);
        Ok(findings.answer(asking, LIMIT))
    }
}
