//! "Who reads `User.balance`?", "what reads `DB_URL`?": who takes the value of a field, column,
//! variable, environment variable or configuration key.

use super::reach::{self, CALLING, TestRoles};
use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::{Asking, counted_does};
use crate::plan::{Plan, Step, Way};
use crate::rank::{Draft, Role, Spot};
use crate::understand::intent::{Pattern, sure};
use crate::understand::{Reading, Resolved, Unknown, Want};
use qf_graph::snapshot::{Direction, Key};
use qf_graph::{Channel, EdgeKind, SymbolId, Tier};
use std::collections::BTreeSet;

/// See the module.
pub struct Readers;

const LIMIT: usize = 50;

impl Question for Readers {
    fn intent(&self) -> &'static str {
        "readers"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure("@agent read|access|consult|inspect|check|examine the? value? of? *"),
            sure("@agent look|looks at|up the? value? of? *"),
            sure(
                "@agent need|needs|expect|expects|require|requires the? env|environment|config|configuration? variable|setting|key|option|flag *",
            ),
            sure(
                "@agent read|reads|use|uses|access|accesses|get|gets the? env|environment|config|configuration? variable|setting|key|option *",
            ),
            sure("does|do|is|are there? @agent that|who? read|access *"),
            sure("* is|are|gets read|accessed by whom|who|what"),
            sure("@agent is|are reading|accessing *"),
            sure("readers|reads of *"),
            sure("functions|code|methods|places for? reading *"),
            sure("where is|are|does|do|did * read|accessed|consulted"),
            sure("where do we read|access *"),
            sure("which|what services|functions|files|repos|repositories need|expect *"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let resolved = subject(asking, reading, 0, Want::Value)?;
        let snapshot = asking.snapshot;
        let mut findings = Findings::default();
        findings.about(asking, &resolved);
        findings.reading = match &resolved.key {
            Some((channel, text)) => format!("who reads the {} key {text}", channel.name()),
            None => format!("who reads {}", asking.some_names(&resolved.symbols)),
        };
        let mapped = Step::one(&[EdgeKind::MapsTo], Way::Either, Tier::Likely).up_to(2);
        let named = Plan::named(&resolved.text, &resolved.symbols);
        let same = Plan::Union(vec![named.clone(), named.step(mapped)]);
        let targets = findings.run(asking, &same).symbols();
        let step = Step::one(&[EdgeKind::Reads], Way::In, asking.options.tier);
        findings.run(asking, &Plan::named("targets", &targets).step(step));
        let edges = targets.iter().flat_map(|symbol| snapshot.edges(*symbol, Direction::In));
        let of_key = |text: Option<&str>| match &resolved.key {
            Some((_, wanted)) => text == Some(wanted.as_str()),
            None => true,
        };
        let edges = edges.filter(|edge| {
            edge.kind == EdgeKind::Reads
                && edge.tier <= asking.options.tier
                && of_key(edge.key.map(|(_, text)| text))
        });
        let mut tests = TestRoles::new(asking);
        let mut readers: Vec<SymbolId> = Vec::new();
        for (symbol, edges) in reach::by_end(edges, |edge| edge.from) {
            let role = tests.of(symbol).unwrap_or(Role::Direct);
            let why = format!("reads {}", asking.label(edges[0].to));
            let mut draft = reach::draft_of(symbol, role, &edges, why);
            draft.path.push(edges[0].to);
            findings.drafts.push(draft);
            readers.push(symbol);
        }
        unset(asking, &resolved, &mut findings, &mut readers);
        behind(asking, &mut findings, &readers);
        if findings.drafts.is_empty() {
            findings.notes.push("Nothing that is indexed reads it".to_owned());
        }
        Ok(findings.answer(asking, LIMIT))
    }
}

/// Who reads a key that nothing indexed sets.
fn unset(
    asking: &Asking<'_>,
    resolved: &Resolved,
    findings: &mut Findings,
    readers: &mut Vec<SymbolId>,
) {
    let Some((channel, text)) = &key_of(asking, resolved) else { return };
    for key in asking.snapshot.keys() {
        let same = key.channel == *channel && key.text == *text && !key.provides;
        if same && !readers.contains(&key.symbol) {
            readers.push(key.symbol);
            let role = TestRoles::new(asking).of(key.symbol).unwrap_or(Role::Direct);
            let mut draft = Draft::new(key.symbol, role);
            draft.why = format!("reads {text}");
            draft.lines.push(Spot::line(key.file, key.line));
            draft.hops = 1;
            findings.drafts.push(draft);
        }
    }
}

/// The key that is meant: the one that was asked for, or the variable of the environment that has the
/// name of a constant.
fn key_of(asking: &Asking<'_>, resolved: &Resolved) -> Option<(Channel, String)> {
    let env = || {
        let same = |key: &&Key| key.channel == Channel::Env && key.text == resolved.text;
        asking.snapshot.keys().iter().find(same).map(|key| (key.channel, key.text.clone()))
    };
    resolved.key.clone().or_else(env)
}

/// How many functions get at the value through its readers.
fn behind(asking: &Asking<'_>, findings: &mut Findings, readers: &[SymbolId]) {
    let step = Step::one(&CALLING, Way::In, asking.options.tier)
        .up_to(asking.further_hops())
        .through_dispatch();
    let known: BTreeSet<SymbolId> = readers.iter().copied().collect();
    let rows = findings.run(asking, &Plan::named("readers", readers).step(step));
    let others = rows
        .rows
        .iter()
        .filter(|row| !known.contains(&row.symbol) && !asking.snapshot.is_test(row.symbol));
    let others = others.count();
    if others > 0 {
        findings
            .notes
            .push(format!("{} it through them", counted_does(others, "function", "reach")));
    }
}
