//! "Who calls `Ledger.apply`?": what calls it itself, then what reaches those.
//!
//! A type is called by being instantiated. A method that implements an interface's is also called
//! through that; such callers are kept apart by their tier and by what `why` says. Something that
//! is no function (a field, a constant) is "called" by being read or written.

use super::reach::{self, Transitive};
use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::{Asking, counted};
use crate::plan::{Plan, Step, Way};
use crate::rank::{self, Draft, Role};
use crate::run::{self, Rows};
use crate::understand::intent::{Pattern, maybe, sure};
use crate::understand::{Reading, Resolved, Unknown, Want};
use qf_graph::facts::{DefinitionFlags, SymbolKind};
use qf_graph::snapshot::{Direction, Edge};
use qf_graph::{EdgeKind, SymbolId, Tier};
use std::collections::BTreeMap;

/// See the module.
pub struct Callers;

const LIMIT: usize = 50;
const HOPS: u32 = 5;
/// What leads from a caller to what it calls, links between repositories included.
pub const CALLING: [EdgeKind; 2] = [EdgeKind::Calls, EdgeKind::Reaches];

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
            sure("@agent consume|subscribe|publish|emit|instantiate|construct to? *"),
            sure("who sends requests? to *"),
            sure(
                "where is|are|do|does|did * called|used|invoked|referenced|instantiated|constructed",
            ),
            sure("where * is|are called|used|invoked|instantiated"),
            sure("where do we call|use|invoke|instantiate *"),
            sure("who is * called|used|invoked by"),
            sure("by? what|whom|who is * called|used|invoked by?"),
            sure("is * used|called|invoked"),
            sure("number of callers|calls|usages of|to *"),
            sure("how often|many is|are|times? * called|used"),
            maybe("* callers|usages|usage|users|references"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let resolved = subject(asking, reading, 0, Want::Callable)?;
        let mut findings = Findings::new(reading_of(asking, &resolved));
        findings.about(asking, &resolved);
        let starts = starts(asking, &mut findings, &resolved);
        // "Who uses a type" also means who mentions it; so does "who calls" where nobody makes it.
        let uses = reading.verb.as_deref() == Some("use");
        let mut groups = grouped(asking, &resolved, &starts, uses);
        if groups.is_empty() && !uses {
            groups = grouped(asking, &resolved, &starts, true);
        }
        let mut tests = 0;
        let mut callers = Vec::new();
        for (symbol, edges, through) in groups {
            let test = asking.snapshot.is_test(symbol);
            tests += usize::from(test);
            callers.push(symbol);
            let role = if test { Role::Test } else { Role::Caller };
            findings.drafts.push(draft(asking, symbol, role, &edges, through));
        }
        by_key(asking, &resolved, &mut findings, &mut callers);
        let step = Step::one(&CALLING, Way::In, asking.options.tier)
            .up_to(asking.options.hops.unwrap_or(HOPS).saturating_sub(1))
            .through_dispatch();
        let plan = Plan::named("direct callers", &callers)
            .step(step.clone())
            .without(Plan::named(&resolved.text, &starts));
        let rows = findings.run(asking, &plan);
        add_transitive(asking, &mut findings, &rows, &step, tests);
        passed_on(asking, &mut findings, &starts, &callers);
        Ok(findings.answer(asking, LIMIT))
    }
}

fn reading_of(asking: &Asking<'_>, resolved: &Resolved) -> String {
    match &resolved.key {
        Some((channel, text)) => format!("who reaches the {} key {text}", channel.name()),
        None => format!("who calls {}", asking.some_names(&resolved.symbols)),
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
            edge.tier <= tier && kinds.contains(&edge.kind) && keyed
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
        why += &format!(" by {key}");
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
            let test = asking.snapshot.is_test(key.symbol);
            let role = if test { Role::Test } else { Role::Caller };
            let mut draft = Draft::new(key.symbol, role);
            draft.why = format!("requires {text}");
            draft.lines.push((key.file, key.line));
            draft.hops = 1;
            findings.drafts.push(draft);
        }
    }
}

fn add_transitive(
    asking: &Asking<'_>,
    findings: &mut Findings,
    rows: &Rows,
    step: &Step,
    direct_tests: usize,
) {
    let mut rows = rows.clone();
    for row in &mut rows.rows {
        row.hops += 1;
    }
    let Transitive { drafts, more, tests, more_tests } =
        reach::transitive(asking, &rows, step, Role::Transitive, LIMIT);
    let all_tests = direct_tests + tests.len() + more_tests;
    findings.drafts.extend(drafts);
    findings.drafts.extend(tests);
    findings.uncounted.insert(Role::Transitive, more);
    findings.uncounted.insert(Role::Test, more_tests);
    if all_tests > 0 {
        findings.notes.push(format!("{} reach it", counted(all_tests, "test")));
    }
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
