//! Chains: how something reaches what was asked about.
//!
//! A walk gives for every symbol the one it was reached from; here that becomes what people read:
//! the chain in words (`→ POST /api/refunds → refund_order → Ledger.reverse`), the lines of its
//! first step, the weakest tier on the way. Edges are read only for what is listed.

use super::Findings;
use crate::asking::Asking;
use crate::plan::{Order, Plan, Step, Way};
use crate::rank::{self, Draft, Leg, Role, Spot};
use crate::run::{Row, Rows, by_hops, by_symbol};
use qf_graph::facts::{DefinitionFlags, SymbolKind};
use qf_graph::snapshot::{Direction, Edge};
use qf_graph::{Channel, EdgeKind, FileId, SymbolId, Tier};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// The edges of one step of a chain.
#[derive(Debug, Clone)]
pub struct Hop {
    /// The best tier among them.
    pub tier: Tier,
    /// The rule of the best.
    pub rule: String,
    /// The key they go through.
    pub key: Option<String>,
    /// Their lines.
    pub lines: Vec<Spot>,
}

/// The chains of a walk.
pub struct Chains<'a, 's> {
    asking: &'a Asking<'s>,
    step: &'a Step,
    /// By symbol.
    rows: Vec<Row>,
    hops: FxHashMap<SymbolId, Option<Hop>>,
    /// Whether the walk went against the edges: from what is called to what calls it.
    inwards: bool,
    /// Tiers of what the walk began at, where that depends on edges itself.
    starts: FxHashMap<SymbolId, Tier>,
}

impl<'a, 's> Chains<'a, 's> {
    /// The chains of a walk along `step`.
    pub fn new(asking: &'a Asking<'s>, rows: &Rows, step: &'a Step) -> Self {
        let rows = by_symbol(rows.rows.clone(), asking.snapshot.symbol_count() as usize);
        let inwards = step.way != crate::plan::Way::Out;
        Self {
            asking,
            step,
            rows,
            hops: FxHashMap::default(),
            inwards,
            starts: FxHashMap::default(),
        }
    }

    /// Chains that go on beyond the start of the walk: at the items that were found before it, whose
    /// own tiers are part of the chain.
    pub fn beyond(mut self, direct: &[Draft]) -> Self {
        let tiers = direct.iter().filter_map(|draft| Some((draft.symbol, draft.tier?)));
        self.starts.extend(tiers);
        self
    }

    /// The step from a symbol towards the start of the walk.
    fn hop(&mut self, row: Row) -> Option<Hop> {
        if let Some(known) = self.hops.get(&row.symbol) {
            return known.clone();
        }
        let via = row.via?;
        let (from, to) = if self.inwards { (row.symbol, via) } else { (via, row.symbol) };
        let to = row.through.unwrap_or(to);
        let hop = hop_between(self.asking, from, to, self.step, row.through.is_some());
        self.hops.insert(row.symbol, hop.clone());
        hop
    }

    /// The item of one row.
    pub fn draft(&mut self, row: Row, role: Role) -> Draft {
        let mut draft = Draft::new(row.symbol, role);
        let mut tier = Tier::Compiler;
        let mut words = Vec::new();
        let mut at = row;
        let mut first = true;
        while let Some(via) = at.via {
            if let Some(hop) = self.hop(at) {
                tier = tier.max(hop.tier);
                draft.steps.push(hop.leg(at.through.unwrap_or(via)));
                if std::mem::take(&mut first) {
                    draft.lines.clone_from(&hop.lines);
                }
                words.extend(hop.key);
            }
            if let Some(through) = at.through {
                words.push(self.asking.label(through));
            }
            words.push(self.asking.label(via));
            draft.path.push(via);
            if let Some(start) = self.starts.get(&via) {
                tier = tier.max(*start);
            }
            let next = self.rows.binary_search_by_key(&via, |row| row.symbol);
            let Some(next) = next.ok().map(|at| self.rows[at]).filter(|next| next.hops < at.hops)
            else {
                break;
            };
            at = next;
        }
        let arrow = if self.inwards { "→" } else { "←" };
        draft.why =
            words.iter().map(|word| format!("{arrow} {word}")).collect::<Vec<_>>().join(" ");
        draft.tier = Some(tier);
        draft.hops = row.hops;
        draft.score = rank::score(tier, row.hops);
        draft
    }
}

/// The edges from one symbol to another that a step may take.
pub fn hop_between(
    asking: &Asking<'_>,
    from: SymbolId,
    to: SymbolId,
    step: &Step,
    through: bool,
) -> Option<Hop> {
    let edges: Vec<Edge<'_>> = asking
        .snapshot
        .edges(from, Direction::Out)
        .into_iter()
        .filter(|edge| edge.to == to && edge.tier <= step.tier && step.kinds.contains(&edge.kind))
        .collect();
    let best = edges.iter().min_by_key(|edge| edge.tier)?;
    let tier = if through { best.tier.max(Tier::Dispatch) } else { best.tier };
    let key = edges.iter().find_map(shown_key);
    Some(Hop { tier, rule: best.rule.to_owned(), key, lines: rank::spots(&edges) })
}

impl Hop {
    /// The step as it is shown.
    pub fn leg(&self, to: SymbolId) -> Leg {
        let (rule, key) = (self.rule.clone(), self.key.clone());
        Leg { to, tier: self.tier, rule, key, at: self.lines.first().copied() }
    }
}

/// The key of an edge, where it says something: not the package of an ordinary call.
pub fn shown_key(edge: &Edge<'_>) -> Option<String> {
    edge.key.filter(|(channel, _)| *channel != Channel::Package).map(|(_, text)| text.to_owned())
}

/// Edges grouped by one end, in symbol order.
pub fn by_end<'e>(
    edges: impl IntoIterator<Item = Edge<'e>>,
    end: impl Fn(&Edge<'e>) -> SymbolId,
) -> Vec<(SymbolId, Vec<Edge<'e>>)> {
    let mut edges: Vec<Edge<'e>> = edges.into_iter().collect();
    edges.sort_by_key(|edge| (end(edge), edge.file, edge.line, edge.start, edge.tier));
    let mut out: Vec<(SymbolId, Vec<Edge<'e>>)> = Vec::new();
    for edge in edges {
        match out.last_mut().filter(|(symbol, _)| *symbol == end(&edge)) {
            Some((_, group)) => group.push(edge),
            None => out.push((end(&edge), vec![edge])),
        }
    }
    out
}

/// An item that stands on edges at one end of it.
pub fn draft_of(symbol: SymbolId, role: Role, edges: &[Edge<'_>], why: String) -> Draft {
    let tier = edges.iter().map(|edge| edge.tier).min().unwrap_or(Tier::Maybe);
    let lines = rank::spots(edges);
    Draft {
        tier: Some(tier),
        hops: 1,
        score: rank::score(tier, 1),
        why,
        lines,
        ..Draft::new(symbol, role)
    }
}

/// What leads from what calls to what is called, links between repositories included. Making an
/// instance is part of it: the class around a call in a field's first value is no function.
pub const CALLING: [EdgeKind; 4] =
    [EdgeKind::Calls, EdgeKind::Invokes, EdgeKind::Reaches, EdgeKind::Instantiates];

/// A walk against the edges whose first hop goes over more kinds of edges than the others. The
/// starts are not in the result.
pub fn near_and_far(
    asking: &Asking<'_>,
    findings: &mut Findings,
    (text, starts): (&str, &[SymbolId]),
    (first, further): (&[EdgeKind], &[EdgeKind]),
) -> Rows {
    let tier = asking.options.tier;
    let first = Step::one(first, Way::In, tier).through_dispatch();
    let further = Step::one(further, Way::In, tier).up_to(asking.further_hops()).through_dispatch();
    let mut rows = findings.run(asking, &Plan::named(text, starts).step(first));
    let far = Plan::named("what is next to it", &rows.symbols())
        .step(further)
        .without(Plan::named(text, starts))
        .ranked(Order::Hops);
    let far = findings.run(asking, &far);
    rows.cut = far.cut;
    rows.rows.extend(far.rows.iter().map(|row| Row { hops: row.hops + 1, ..*row }));
    rows
}

/// What a symbol of test code is to an answer: a test, or a helper beside tests. A test is flagged
/// as one, or is the top of a file that has no flagged ones (where tests are calls, not functions).
pub struct TestRoles<'a, 's> {
    asking: &'a Asking<'s>,
    /// Whether a file has flagged tests.
    flagged: FxHashMap<FileId, bool>,
}

impl<'a, 's> TestRoles<'a, 's> {
    /// Knows nothing yet.
    pub fn new(asking: &'a Asking<'s>) -> Self {
        Self { asking, flagged: FxHashMap::default() }
    }

    /// [`Role::Test`] or [`Role::Helper`]; none for production code.
    pub fn of(&mut self, symbol: SymbolId) -> Option<Role> {
        let snapshot = self.asking.snapshot;
        let file = snapshot.file(symbol);
        let flagged = snapshot.flags(symbol).contains(DefinitionFlags::TEST);
        if !snapshot.is_test_file(file) {
            return flagged.then_some(Role::Test);
        }
        let test = |symbol: SymbolId| {
            snapshot.flags(symbol).contains(DefinitionFlags::TEST)
                && snapshot.kind(symbol).is_callable()
        };
        let itself = test(symbol)
            || snapshot.kind(symbol) == SymbolKind::Module
            || !*self
                .flagged
                .entry(file)
                .or_insert_with(|| snapshot.symbols_of_file(file).any(test));
        Some(if itself { Role::Test } else { Role::Helper })
    }
}

/// The walked part of an answer: rows by hops and place, tests apart.
pub struct Transitive {
    /// The items, at most the limit of each role; of tests only when the caller lists them.
    pub drafts: Vec<Draft>,
    /// How many of each role were not drafted.
    pub more: BTreeMap<Role, usize>,
    /// How many tests there are, drafted or not.
    pub tests: usize,
}

/// See [`Transitive`]; `role` says what a row that is no test code is.
pub fn transitive(
    asking: &Asking<'_>,
    rows: &Rows,
    mut chains: Chains<'_, '_>,
    limit: usize,
    role: impl Fn(&Row) -> Role,
) -> Transitive {
    let snapshot = asking.snapshot;
    let options = asking.options;
    let limit = options.most(limit);
    let narrowed = options.repo.is_some() || options.language.is_some();
    let flags = snapshot.all_flags();
    let mut order: Vec<Row> = rows
        .rows
        .iter()
        .copied()
        .filter(|row| !narrowed || asking.wants_file(snapshot.file(row.symbol)))
        .collect();
    by_hops(&mut order);
    let mut roles = TestRoles::new(asking);
    let mut found = Transitive { drafts: Vec::new(), more: BTreeMap::new(), tests: 0 };
    let mut listed: BTreeMap<Role, usize> = BTreeMap::new();
    for row in order {
        let test = if flags[row.symbol.index()].1 { roles.of(row.symbol) } else { None };
        let role = test.unwrap_or_else(|| role(&row));
        found.tests += usize::from(role == Role::Test);
        let listed = listed.entry(role).or_default();
        if *listed < limit && (options.include_tests || !role.is_of_tests()) {
            *listed += 1;
            found.drafts.push(chains.draft(row, role));
        } else {
            *found.more.entry(role).or_default() += 1;
        }
    }
    found
}
