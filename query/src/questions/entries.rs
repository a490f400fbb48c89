//! "Which screens end up writing `users.balance`?", "which endpoints reach `Ledger.apply`?": where
//! from the outside something is reached, over any number of calls and repositories.
//!
//! A screen is a component — a function with a capital in a file of JSX, or what a Vue or Svelte file
//! is — or a function inside one. An endpoint is what provides a key: a route, an RPC, a topic. An
//! entry point is either, or a `main`, or a function that runs and that nothing in the index calls.

use super::reach::{CALLING, Chains};
use super::{Findings, Question, subject, writers};
use crate::answer::Answer;
use crate::asking::{Asking, counted};
use crate::plan::{Plan, Step, Way};
use crate::rank::{Draft, Role};
use crate::run::Row;
use crate::understand::intent::{Pattern, sure};
use crate::understand::{Reading, Unknown, Want};
use qf_graph::facts::DefinitionFlags;
use qf_graph::snapshot::Direction;
use qf_graph::{Channel, EdgeKind, SymbolId};
use std::collections::BTreeSet;

/// See the module.
pub struct Entries(pub Kind);

/// What kind of entry is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Components of user interfaces.
    Screen,
    /// What answers requests and messages.
    Endpoint,
    /// All of them, and programs.
    Any,
}

const LIMIT: usize = 50;

impl Kind {
    fn plural(self) -> &'static str {
        match self {
            Kind::Screen => "screens",
            Kind::Endpoint => "endpoints",
            Kind::Any => "entry points",
        }
    }
}

impl Question for Entries {
    fn intent(&self) -> &'static str {
        match self.0 {
            Kind::Screen => "screens",
            Kind::Endpoint => "endpoints",
            Kind::Any => "entries",
        }
    }

    fn patterns(&self) -> &'static [Pattern] {
        const SCREENS: &[Pattern] = &[
            sure("which|what? screens|pages|views|components that? end? up? @write *"),
            sure(
                "which|what? screens|pages|views|components that? end? up? call|reach|use|trigger|touch|invoke|read|hit|run|depend on? *",
            ),
        ];
        const ENDPOINTS: &[Pattern] = &[
            sure("which|what? http? endpoints|routes|handlers|apis that? end? up? @write *"),
            sure(
                "which|what? http? endpoints|routes|handlers|apis that? end? up? call|reach|use|trigger|touch|invoke|read|hit|run|depend on? *",
            ),
        ];
        const ANY: &[Pattern] = &[
            sure("which|what? entry points|point that? end? up? @write *"),
            sure(
                "which|what? entry points|point that? end? up? to? call|reach|use|trigger|touch|invoke|read|hit|run|of|for|into|in|at *",
            ),
            sure("which|what? entry points|point that? lead|leads|get|go to|into *"),
            sure("where is|are|can * entered|reached|triggered from? outside?"),
        ];
        match self.0 {
            Kind::Screen => SCREENS,
            Kind::Endpoint => ENDPOINTS,
            Kind::Any => ANY,
        }
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        // The verb is captured where the question is about writing.
        let writes = reading.verb.is_some();
        let want = if writes { Want::Value } else { Want::Any };
        let resolved = subject(asking, reading, 0, want)?;
        let snapshot = asking.snapshot;
        let names = asking.some_names(&resolved.symbols);
        let what = self.0.plural();
        let does = if writes { "end up writing" } else { "reach" };
        let mut findings = Findings::new(format!("which {what} {does} {names}"));
        findings.about(asking, &resolved);
        let starts = if writes {
            writers::writing(asking, &mut findings, &resolved)
        } else {
            resolved.symbols.clone()
        };
        let mut kinds = CALLING.to_vec();
        if resolved.symbols.iter().any(|symbol| Want::Value.accepts(snapshot, *symbol)) {
            kinds.extend([EdgeKind::Reads, EdgeKind::Writes]);
        }
        let step =
            Step::one(&kinds, Way::In, asking.options.tier).up_to(asking.hops()).through_dispatch();
        let plan = Plan::named(&resolved.text, &starts).step(step.clone());
        let mut rows = findings.run(asking, &plan);
        let known: BTreeSet<SymbolId> = rows.rows.iter().map(|row| row.symbol).collect();
        let first = starts.iter().filter(|symbol| !known.contains(symbol));
        rows.rows.extend(first.map(|symbol| Row {
            symbol: *symbol,
            hops: 0,
            via: None,
            through: None,
            score: 0.0,
        }));
        let provided = provided(asking);
        let flags = snapshot.all_flags();
        let mut chains = Chains::new(asking, &rows, &step);
        let mut listed: BTreeSet<SymbolId> = BTreeSet::new();
        let mut found: Vec<Row> = rows.rows.clone();
        found.retain(|row| {
            !flags[row.symbol.index()].1
                && asking.wants_file(snapshot.file(row.symbol))
                && self.0.is(asking, row.symbol, &provided)
        });
        found.sort_by_key(|row| (row.hops, row.symbol));
        let limit = asking.options.most(LIMIT);
        for row in found {
            let role = if row.hops == 0 { Role::Direct } else { Role::Transitive };
            if findings.drafts.len() >= limit {
                *findings.uncounted.entry(role).or_default() += 1;
                continue;
            }
            let mut draft = chains.draft(row, role);
            if self.0 == Kind::Screen {
                on_screen(asking, &mut draft);
            }
            if listed.insert(draft.symbol) {
                findings.drafts.push(draft);
            }
        }
        if findings.drafts.is_empty() {
            let others = counted(rows.rows.len(), "function");
            findings.notes.push(format!("No {what} {does} it; {others} do"));
        }
        findings.tell_cut(asking.hops(), &rows);
        Ok(findings.answer(asking, LIMIT))
    }
}

/// What provides a key that requests or messages come in by.
fn provided(asking: &Asking<'_>) -> BTreeSet<SymbolId> {
    let wire = |channel| {
        matches!(channel, Channel::Http | Channel::Grpc | Channel::Graphql | Channel::Topic)
    };
    let keys = asking.snapshot.keys().iter();
    keys.filter(|key| key.provides && wire(key.channel)).map(|key| key.symbol).collect()
}

impl Kind {
    fn is(self, asking: &Asking<'_>, symbol: SymbolId, provided: &BTreeSet<SymbolId>) -> bool {
        let snapshot = asking.snapshot;
        let runs = snapshot.kind(symbol).is_callable();
        // A function inside a component runs because the component is on the screen.
        let screen = || {
            let around = std::iter::successors(Some(symbol), |at| snapshot.parent(*at));
            around.into_iter().take(8).any(|at| is_component(asking, at))
        };
        match self {
            Kind::Screen => screen(),
            Kind::Endpoint => provided.contains(&symbol),
            Kind::Any => {
                provided.contains(&symbol)
                    || runs
                        && (snapshot.name(symbol) == "main"
                            || screen()
                            || !is_called(asking, symbol))
            }
        }
    }
}

/// Makes the item of a function inside a component one of the component, which is what is seen.
fn on_screen(asking: &Asking<'_>, draft: &mut Draft) {
    let around = std::iter::successors(Some(draft.symbol), |at| asking.snapshot.parent(*at));
    let component = around.into_iter().take(8).find(|at| is_component(asking, *at));
    if let Some(component) = component.filter(|component| *component != draft.symbol) {
        let inner = asking.label(draft.symbol);
        let chain = std::mem::take(&mut draft.why);
        draft.why =
            if chain.is_empty() { format!("→ {inner}") } else { format!("→ {inner} {chain}") };
        draft.symbol = component;
        draft.path.insert(0, component);
    }
}

fn is_component(asking: &Asking<'_>, symbol: SymbolId) -> bool {
    let snapshot = asking.snapshot;
    let path = snapshot.path(snapshot.file(symbol));
    let kind = snapshot.kind(symbol);
    match path.rsplit('.').next().unwrap_or_default() {
        "tsx" | "jsx" => {
            let named = snapshot.name(symbol).starts_with(char::is_uppercase);
            named && (kind.is_callable() || kind.is_type())
        }
        "vue" | "svelte" => true,
        _ => false,
    }
}

fn is_called(asking: &Asking<'_>, symbol: SymbolId) -> bool {
    let snapshot = asking.snapshot;
    let mut called = snapshot.flags(symbol).contains(DefinitionFlags::ABSTRACT);
    // Tests and examples call what is there to be called from outside.
    snapshot.hop(symbol, Direction::In, |other, kind, _| {
        called |= CALLING.contains(&kind)
            && !snapshot.is_test(other)
            && !snapshot.is_example_file(snapshot.file(other));
    });
    called
}
