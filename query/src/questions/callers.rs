//! "Who calls `Ledger.apply`?": what calls it itself, then what reaches those.
//!
//! A type is called by being instantiated. A method that implements an interface's is also called
//! through that; such callers are kept apart by their tier and by what `why` says. Something that
//! is no function (a field, a constant) is "called" by being read or written.

use super::reach::{self, CALLING, Chains, TestRoles};
use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::{Asking, counted, counted_does, listed};
use crate::plan::{Plan, Step, Way};
use crate::rank::{self, Draft, Role, Spot};
use crate::run::{self, Rows};
use crate::understand::intent::{Pattern, maybe, sure};
use crate::understand::{Reading, Resolved, Unknown, Want};
use qf_graph::facts::{DefinitionFlags, SymbolKind};
use qf_graph::snapshot::{Direction, Edge, Key};
use qf_graph::{EdgeKind, SymbolId, Tier};
use std::collections::BTreeMap;
use std::fmt::Write;

/// See the module.
pub struct Callers;

const LIMIT: usize = 50;

impl Question for Callers {
    fn intent(&self) -> &'static str {
        "callers"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure("@agent @call *"),
            sure("@agent is|are calling|using|invoking *"),
            sure("@agent calls|call into|to *"),
            sure(
                "callers|users|consumers|clients|usages|uses|usage|invocations|references of|to|for *",
            ),
            sure("calls|references to|of *"),
            sure("@agent publish|emit|instantiate|construct|produce|send to? *"),
            sure("who sends requests? to *"),
            sure("@agent ask|asks for the? route|endpoint|topic? *"),
            sure(
                "where is|are|do|does|did * called|used|invoked|referenced|instantiated|constructed",
            ),
            sure("where * is|are called|used|invoked|instantiated"),
            sure("where do we call|use|invoke|instantiate *"),
            sure("who is * called|used|invoked by"),
            sure("by? what|whom|who is * called|used|invoked by?"),
            sure("is * used|called|invoked"),
            sure(
                "* is|are|gets|get|was|were called|used|invoked|referenced|instantiated by whom|who|what",
            ),
            sure("does|do|can|could|is|are there? @agent that|who? @call *"),
            sure("number of callers|calls|usages of|to *"),
            sure("how often|many is|are|times? * called|used"),
            maybe("* callers|usages|usage|users|references"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let resolved = subject(asking, reading, 0, Want::Callable)?;
        let mut findings = Findings::default();
        findings.about(asking, &resolved);
        served(asking, &mut findings, &resolved);
        let starts = starts(asking, &mut findings, &resolved);
        // "Who uses a type" also means who mentions it; so does "who calls" where nobody makes it.
        let mut uses = reading.verb.as_deref() == Some("use");
        let mut groups = grouped(asking, &resolved, &starts, uses);
        if groups.is_empty() && !uses {
            groups = grouped(asking, &resolved, &starts, true);
            uses = !groups.is_empty();
        }
        findings.reading = reading_of(asking, &resolved, uses);
        let mut tests = TestRoles::new(asking);
        let mut callers = Vec::new();
        for (symbol, edges, through) in groups {
            callers.push(symbol);
            let calls = edges.iter().any(|edge| CALLING.contains(&edge.kind));
            let role = if calls { Role::Caller } else { Role::User };
            let role = tests.of(symbol).unwrap_or(role);
            findings.drafts.push(draft(asking, symbol, role, &edges, through));
        }
        by_key(asking, &resolved, &mut findings, &mut callers);
        let step = Step::one(&CALLING, Way::In, asking.options.tier)
            .up_to(asking.further_hops())
            .through_dispatch();
        let plan = Plan::named("direct callers", &callers)
            .step(step.clone())
            .without(Plan::named(&resolved.text, &starts));
        let rows = findings.run(asking, &plan);
        add_transitive(asking, &mut findings, rows, &step);
        passed_on(asking, &mut findings, &starts, &callers);
        Ok(findings.answer(asking, LIMIT))
    }
}

/// Says what answers a route.
fn served(asking: &Asking<'_>, findings: &mut Findings, resolved: &Resolved) {
    let Some((channel, text)) = &resolved.key else { return };
    let same = |key: &&Key| key.provides && key.channel == *channel && key.text == *text;
    let served: Vec<String> = asking
        .snapshot
        .keys()
        .iter()
        .filter(same)
        .map(|key| format!("{}:{}", asking.snapshot.display_path(key.file), key.line))
        .collect();
    if !served.is_empty() {
        findings.notes.push(format!("Served at {}", listed(&served, 3)));
    }
}

fn reading_of(asking: &Asking<'_>, resolved: &Resolved, uses: bool) -> String {
    let does = if uses { "uses" } else { "calls" };
    match &resolved.key {
        Some((channel, text)) => format!("who reaches the {} key {text}", channel.name()),
        None => format!("who {does} {}", asking.some_names(&resolved.symbols)),
    }
}

/// What counts as calling it: for a type also its constructors.
fn starts(asking: &Asking<'_>, findings: &mut Findings, resolved: &Resolved) -> Vec<SymbolId> {
    let named = || Plan::named(&resolved.text, &resolved.symbols);
    let inside = Step::one(&[EdgeKind::Contains], Way::Out, Tier::Maybe);
    let constructors = named()
        .of_kinds(&[SymbolKind::Class, SymbolKind::Struct, SymbolKind::Enum])
        .step(inside)
        .of_kinds(&[SymbolKind::Constructor]);
    findings.run(asking, &Plan::Union(vec![named(), constructors])).symbols()
}

/// The kinds of edges that call a symbol.
fn kinds(asking: &Asking<'_>, symbol: SymbolId, uses: bool) -> Vec<EdgeKind> {
    let mut kinds = CALLING.to_vec();
    let kind = asking.snapshot.kind(symbol);
    let property = DefinitionFlags::PROPERTY | DefinitionFlags::SETTER;
    if uses {
        kinds.extend([EdgeKind::References, EdgeKind::Inherits, EdgeKind::Implements]);
    }
    if kind.is_type() {
        kinds.push(EdgeKind::Instantiates);
        if uses {
            kinds.push(EdgeKind::TypeOf);
        }
    } else if !kind.is_callable() || asking.snapshot.flags(symbol).intersects(property) {
        kinds.extend([EdgeKind::Reads, EdgeKind::Writes, EdgeKind::TypeOf]);
    }
    kinds
}

/// Whether an edge is only an enumeration listing its own constants.
fn is_own_constant(asking: &Asking<'_>, edge: &Edge<'_>) -> bool {
    let snapshot = asking.snapshot;
    let owner = match snapshot.kind(edge.to) {
        SymbolKind::Enum => Some(edge.to),
        SymbolKind::Constructor => {
            snapshot.parent(edge.to).filter(|owner| snapshot.kind(*owner) == SymbolKind::Enum)
        }
        _ => None,
    };
    let constant =
        snapshot.kind(edge.from) == SymbolKind::EnumMember && snapshot.parent(edge.from) == owner;
    owner.is_some_and(|owner| edge.from == owner || constant)
}

type Group<'s> = (SymbolId, Vec<Edge<'s>>, Option<SymbolId>);

/// Callers with their edges; those through a bodiless member name it.
fn grouped<'s>(
    asking: &Asking<'s>,
    resolved: &Resolved,
    starts: &[SymbolId],
    uses: bool,
) -> Vec<Group<'s>> {
    let snapshot = asking.snapshot;
    let tier = asking.options.tier;
    let mut plain: Vec<Edge<'s>> = Vec::new();
    let mut through: Vec<(SymbolId, Edge<'s>)> = Vec::new();
    for symbol in starts {
        let kinds = kinds(asking, *symbol, uses);
        plain.extend(snapshot.edges(*symbol, Direction::In).into_iter().filter(|edge| {
            let keyed = resolved.key.as_ref().is_none_or(|(channel, text)| {
                edge.key.is_some_and(|(c, t)| c == *channel && t == text)
            });
            edge.tier <= tier
                && kinds.contains(&edge.kind)
                && keyed
                && !is_own_constant(asking, edge)
        }));
        if resolved.key.is_none() && snapshot.kind(*symbol).is_callable() {
            for base in run::bases(snapshot, *symbol) {
                let edges = snapshot.edges(base, Direction::In).into_iter();
                through.extend(
                    edges
                        .filter(|edge| edge.kind == EdgeKind::Calls && edge.tier <= tier)
                        .filter(|edge| !run::bound_elsewhere(snapshot, edge.from, base))
                        .map(|edge| (base, edge)),
                );
            }
        }
    }
    let mut out: BTreeMap<SymbolId, Group<'s>> = BTreeMap::new();
    for (symbol, edges) in reach::by_end(plain, |edge| edge.from) {
        out.insert(symbol, (symbol, edges, None));
    }
    for (base, edge) in through {
        let group = out.entry(edge.from).or_insert_with(|| (edge.from, Vec::new(), Some(base)));
        if group.2.is_some() {
            group.1.push(edge);
        }
    }
    out.into_values().collect()
}

fn draft(
    asking: &Asking<'_>,
    symbol: SymbolId,
    role: Role,
    edges: &[Edge<'_>],
    through: Option<SymbolId>,
) -> Draft {
    let target = edges.first().map_or(symbol, |edge| edge.to);
    let label = asking.label(target);
    let does = |edge: &Edge<'_>| match edge.kind {
        EdgeKind::Instantiates => "makes",
        EdgeKind::Reads => "reads",
        EdgeKind::Writes => "writes",
        EdgeKind::TypeOf => "has the type",
        EdgeKind::References => "mentions",
        EdgeKind::Inherits | EdgeKind::Implements => "extends",
        EdgeKind::Reaches => "reaches",
        _ => "calls",
    };
    let verb = edges.first().map_or("calls", does);
    let mut why = match through {
        Some(base) => format!("may call it through {}", asking.label(base)),
        None => format!("{verb} {label}"),
    };
    if let Some(key) = edges.iter().find_map(reach::shown_key) {
        let _ = write!(why, " by {key}");
    } else if through.is_none() && edges.iter().all(|edge| edge.tier == Tier::Dispatch) {
        why += " through what it overrides";
    }
    let mut draft = reach::draft_of(symbol, role, edges, why);
    draft.path.push(target);
    if through.is_some() {
        draft.tier = draft.tier.map(|tier| tier.max(Tier::Dispatch));
        draft.score = rank::score(draft.tier.unwrap_or(Tier::Dispatch), 1);
    }
    draft
}

/// Clients of a key that nothing indexed provides, or that no link was made for.
fn by_key(
    asking: &Asking<'_>,
    resolved: &Resolved,
    findings: &mut Findings,
    callers: &mut Vec<SymbolId>,
) {
    let Some((channel, text)) = &resolved.key else { return };
    for key in asking.snapshot.keys() {
        let same = key.channel == *channel && key.text == *text && !key.provides;
        if same && !callers.contains(&key.symbol) {
            callers.push(key.symbol);
            let role = TestRoles::new(asking).of(key.symbol).unwrap_or(Role::Caller);
            let mut draft = Draft::new(key.symbol, role);
            draft.why = format!("requires {text}");
            draft.lines.push(Spot::line(key.file, key.line));
            draft.hops = 1;
            findings.drafts.push(draft);
        }
    }
}

fn add_transitive(asking: &Asking<'_>, findings: &mut Findings, mut rows: Rows, step: &Step) {
    for row in &mut rows.rows {
        row.hops += 1;
    }
    let direct = findings.drafts.iter().filter(|draft| draft.role == Role::Test).count();
    let chains = Chains::new(asking, &rows, step).beyond(&findings.drafts);
    let found = reach::transitive(asking, &rows, chains, LIMIT, |_| Role::Transitive);
    let tests = direct + found.tests;
    findings.add(found);
    if tests > 0 {
        findings.notes.push(format!("{} it", counted_does(tests, "test", "reach")));
    }
    findings.tell_cut(asking.hops(), &rows);
}

/// Who mentions it without calling it.
fn passed_on(
    asking: &Asking<'_>,
    findings: &mut Findings,
    starts: &[SymbolId],
    callers: &[SymbolId],
) {
    let mut mentioning = Vec::new();
    for symbol in starts {
        asking.snapshot.hop(*symbol, Direction::In, |other, kind, tier| {
            if kind == EdgeKind::References
                && tier <= asking.options.tier
                && !callers.contains(&other)
            {
                mentioning.push(other);
            }
        });
    }
    mentioning.sort_unstable();
    mentioning.dedup();
    if !mentioning.is_empty() {
        findings.notes.push(format!(
            "Passed on without a call by {}: {}",
            counted(mentioning.len(), "definition"),
            asking.some_names(&mentioning)
        ));
    }
}
