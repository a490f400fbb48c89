//! Chains: how something reaches what was asked about.
//!
//! A walk gives for every symbol the one it was reached from; here that becomes what people read:
//! the chain in words (`→ POST /api/refunds → refund_order → Ledger.reverse`), the lines of its
//! first step, the weakest tier on the way. Edges are read only for what is listed.

use crate::asking::Asking;
use crate::plan::Step;
use crate::rank::{self, Draft, Role};
use crate::run::{Row, Rows};
use qf_graph::snapshot::{Direction, Edge};
use qf_graph::{Channel, FileId, SymbolId, Tier};
use rustc_hash::FxHashMap;

/// The edges of one step of a chain.
#[derive(Debug, Clone)]
pub struct Hop {
    /// The best tier among them.
    pub tier: Tier,
    /// The key they go through.
    pub key: Option<String>,
    /// Their lines.
    pub lines: Vec<(FileId, u32)>,
}

/// The chains of a walk.
pub struct Chains<'a, 's> {
    asking: &'a Asking<'s>,
    step: &'a Step,
    rows: FxHashMap<SymbolId, Row>,
    hops: FxHashMap<SymbolId, Option<Hop>>,
    /// Whether the walk went against the edges: from what is called to what calls it.
    inwards: bool,
}

impl<'a, 's> Chains<'a, 's> {
    /// The chains of a walk along `step`.
    pub fn new(asking: &'a Asking<'s>, rows: &Rows, step: &'a Step) -> Self {
        let rows = rows.rows.iter().map(|row| (row.symbol, *row)).collect();
        let inwards = step.way != crate::plan::Way::Out;
        Self { asking, step, rows, hops: FxHashMap::default(), inwards }
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
            let Some(next) = self.rows.get(&via).filter(|next| next.hops < at.hops) else { break };
            at = *next;
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
    let tier = edges.iter().map(|edge| edge.tier).min()?;
    let tier = if through { tier.max(Tier::Dispatch) } else { tier };
    let mut lines: Vec<_> = edges.iter().map(|edge| (edge.file, edge.line)).collect();
    lines.sort_unstable();
    lines.dedup();
    Some(Hop { tier, key: edges.iter().find_map(shown_key), lines })
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
    let mut lines: Vec<_> = edges.iter().map(|edge| (edge.file, edge.line)).collect();
    lines.dedup();
    Draft {
        tier: Some(tier),
        hops: 1,
        score: rank::score(tier, 1),
        why,
        lines,
        ..Draft::new(symbol, role)
    }
}

/// The transitive part of an answer: rows of a walk by hops and place, tests apart, at most
/// `limit` of them drafted. Gives the drafts, how many more there are, and how many tests.
pub struct Transitive {
    /// The items.
    pub drafts: Vec<Draft>,
    /// How many were not drafted.
    pub more: usize,
    /// Tests, drafted when the caller lists them.
    pub tests: Vec<Draft>,
    /// Tests that were not drafted.
    pub more_tests: usize,
}

/// See [`Transitive`].
pub fn transitive(
    asking: &Asking<'_>,
    rows: &Rows,
    step: &Step,
    role: Role,
    limit: usize,
) -> Transitive {
    let snapshot = asking.snapshot;
    let options = asking.options;
    let limit = if options.all { usize::MAX } else { options.limit.unwrap_or(limit) };
    let mut order: Vec<Row> = rows
        .rows
        .iter()
        .copied()
        .filter(|row| asking.wants_file(snapshot.file(row.symbol)))
        .collect();
    order.sort_by_key(|row| (row.hops, row.symbol));
    let (tests, order): (Vec<Row>, Vec<Row>) =
        order.into_iter().partition(|row| snapshot.is_test(row.symbol));
    let mut chains = Chains::new(asking, rows, step);
    let listed = order.len().min(limit);
    let drafts = order[..listed].iter().map(|row| chains.draft(*row, role)).collect();
    let shown = if options.include_tests { tests.len().min(limit) } else { 0 };
    let test_drafts = tests[..shown].iter().map(|row| chains.draft(*row, Role::Test)).collect();
    Transitive {
        drafts,
        more: order.len() - listed,
        tests: test_drafts,
        more_tests: tests.len() - shown,
    }
}
