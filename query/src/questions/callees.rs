//! "What does `Settle` call?": what it calls itself, what its calls through interfaces may reach,
//! and by name what is called outside of everything that is indexed.

use super::reach::{self, shown_key};
use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::{Asking, counted, listed};
use crate::plan::{Plan, Step, Way};
use crate::rank::{self, Draft, Role, Spot};
use crate::run;
use crate::understand::intent::{Pattern, maybe, sure};
use crate::understand::{Reading, Unknown, Want};
use qf_graph::facts::{self, DefinitionFlags};
use qf_graph::snapshot::{Direction, Edge};
use qf_graph::{EdgeKind, SymbolId, Tier, Unresolved};
use std::collections::BTreeMap;
use std::fmt::Write;

/// See the module.
pub struct Callees;

const LIMIT: usize = 50;
const KINDS: [EdgeKind; 4] =
    [EdgeKind::Calls, EdgeKind::Invokes, EdgeKind::Reaches, EdgeKind::Instantiates];

impl Question for Callees {
    fn intent(&self) -> &'static str {
        "callees"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure("what|which|who does|do|did|can|will * call|invoke|use|execute|run|trigger"),
            sure(
                "what|which functions|methods|function|method|services|code does|do * call|invoke|use",
            ),
            sure(
                "what|which functions|methods|services|code is|are called|invoked|used by|in|from *",
            ),
            sure("what is|are called|invoked|used by|in|from|inside *"),
            sure(
                "functions|methods|everything|anything|things|what that? is|are? called|invoked|used by|in|from *",
            ),
            sure(
                "functions|methods|everything|things that? * calls|invokes|uses|executes|triggers",
            ),
            sure("what * calls|invokes"),
            sure("callees|dependencies of *"),
            sure("calls made? by|from|in|inside *"),
            sure("outgoing calls of|from *"),
            sure("what does|do * depend on"),
            maybe("* callees|dependencies"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let resolved = subject(asking, reading, 0, Want::Callable)?;
        let snapshot = asking.snapshot;
        let names = asking.some_names(&resolved.symbols);
        let mut findings = Findings::new(format!("what {names} calls"));
        findings.about(asking, &resolved);
        let inside = Step::one(&[EdgeKind::Contains], Way::Out, Tier::Maybe);
        let types: Vec<SymbolId> = resolved
            .symbols
            .iter()
            .copied()
            .filter(|symbol| snapshot.kind(*symbol).is_type())
            .collect();
        // What a type calls is what its members call.
        let from = Plan::Union(vec![
            Plan::named(&resolved.text, &resolved.symbols),
            Plan::named("its members", &types).step(inside),
        ]);
        let from = crate::run::run(snapshot, &from).0.symbols();
        let step = Step::one(&KINDS, Way::Out, asking.options.tier);
        findings.run(asking, &Plan::named(&resolved.text, &from).step(step));
        let edges = from.iter().flat_map(|symbol| snapshot.edges(*symbol, Direction::Out));
        let edges = edges.filter(|edge| {
            KINDS.contains(&edge.kind)
                && edge.tier <= asking.options.tier
                && !from.contains(&edge.to)
        });
        let mut called = Vec::new();
        for (symbol, edges) in reach::by_end(edges, |edge| edge.to) {
            called.push(symbol);
            findings.drafts.push(draft(asking, symbol, &edges));
        }
        through_interfaces(asking, &mut findings, &from, &called);
        external(asking, &mut findings, &from);
        Ok(findings.answer(asking, LIMIT))
    }
}

fn draft(asking: &Asking<'_>, symbol: SymbolId, edges: &[Edge<'_>]) -> Draft {
    let dispatched = edges.iter().all(|edge| edge.tier == Tier::Dispatch);
    let role = match () {
        () if asking.snapshot.is_test(symbol) => Role::Test,
        () if dispatched => Role::Transitive,
        () => Role::Callee,
    };
    let mut why = match edges.first().map(|edge| edge.kind) {
        Some(EdgeKind::Instantiates) => "made by it".to_owned(),
        _ if dispatched => "may be reached through what it overrides".to_owned(),
        _ => "called by it".to_owned(),
    };
    if let Some(key) = edges.iter().find_map(shown_key) {
        let _ = write!(why, " with {key}");
    }
    let mut draft = reach::draft_of(symbol, role, edges, why);
    draft.path = edges.first().map(|edge| vec![edge.from, symbol]).unwrap_or_default();
    draft
}

/// What overrides the bodiless members that are called, where the index does not say which.
fn through_interfaces(
    asking: &Asking<'_>,
    findings: &mut Findings,
    from: &[SymbolId],
    called: &[SymbolId],
) {
    let snapshot = asking.snapshot;
    for base in called {
        let bodiless = snapshot.flags(*base).contains(DefinitionFlags::ABSTRACT);
        if !bodiless || from.iter().any(|from| run::bound_elsewhere(snapshot, *from, *base)) {
            continue;
        }
        let mut methods = Vec::new();
        snapshot.hop(*base, Direction::In, |method, kind, _| {
            if kind == EdgeKind::Overrides && !called.contains(&method) {
                methods.push(method);
            }
        });
        methods.dedup();
        for method in methods {
            let mut draft = Draft::new(method, Role::Transitive);
            draft.tier = Some(Tier::Dispatch);
            draft.score = rank::score(Tier::Dispatch, 2);
            draft.hops = 2;
            draft.why = format!("overrides {}, which is called", asking.label(*base));
            draft.lines.push(Spot::line(snapshot.file(method), snapshot.lines(method).1));
            draft.path = vec![*base, method];
            findings.drafts.push(draft);
        }
    }
}

/// Calls that lead out of what is indexed, by name.
fn external(asking: &Asking<'_>, findings: &mut Findings, from: &[SymbolId]) {
    let mut outside: BTreeMap<String, usize> = BTreeMap::new();
    let mut unknown = 0;
    for symbol in from {
        for reference in asking.snapshot.unresolved_of(*symbol) {
            if reference.role != facts::Role::Call {
                continue;
            }
            match reference.reason {
                Unresolved::External => {
                    let known = !reference.detail.is_empty();
                    let name = if known { reference.detail } else { reference.name };
                    *outside.entry(name).or_default() += 1;
                }
                Unresolved::Builtin => {}
                _ => unknown += 1,
            }
        }
    }
    if !outside.is_empty() {
        let mut names: Vec<(String, usize)> = outside.into_iter().collect();
        names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let names: Vec<String> = names
            .into_iter()
            .map(|(name, count)| if count > 1 { format!("{name} ×{count}") } else { name })
            .collect();
        findings.notes.push(format!("Calls outside of the index: {}", listed(&names, 8)));
    }
    if unknown > 0 {
        let file = from.first().map_or_else(String::new, |symbol| {
            format!(" {}", asking.snapshot.display_path(asking.snapshot.file(*symbol)))
        });
        findings
            .notes
            .push(format!("{} could not be bound: qf unresolved{file}", counted(unknown, "call")));
    }
}
