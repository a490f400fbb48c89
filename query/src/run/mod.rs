//! Runs plans.
//!
//! Set semantics: a node's rows are unique by symbol and ordered by symbol, which is the order of
//! repository name, path and position, so that equal plans over equal indexes give equal answers.
//! Only [`Plan::Rank`], [`Plan::Search`] and [`Plan::Paths`] give another order. Every node's size
//! and time is recorded.

mod step;

use crate::answer::Trace;
use crate::plan::{Group, Order, Plan, Tag, explain};
use qf_graph::facts::DefinitionFlags;
use qf_graph::snapshot::Direction;
use qf_graph::{EdgeKind, Snapshot, SymbolId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::time::Instant;

pub use step::{bases, bound_elsewhere, by_symbol, callees_through, callers_through};

/// One symbol of a result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The symbol.
    pub symbol: SymbolId,
    /// Hops from the nearest start; 0 where nothing was walked.
    pub hops: u32,
    /// The symbol it was reached from, one hop nearer to the start.
    pub via: Option<SymbolId>,
    /// The bodiless member the hop goes through, when it is no plain edge.
    pub through: Option<SymbolId>,
    /// Score, where the node gives one.
    pub score: f32,
}

impl Row {
    fn start(symbol: SymbolId) -> Self {
        Self { symbol, hops: 0, via: None, through: None, score: 0.0 }
    }
}

/// The result of a node.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// The symbols.
    pub rows: Vec<Row>,
    /// Paths of a [`Plan::Paths`]; their symbols are the rows.
    pub paths: Vec<Vec<SymbolId>>,
    /// Groups of a [`Plan::GroupBy`] with their sizes.
    pub groups: Vec<(String, usize)>,
    /// Whether a [`Plan::Step`] had to stop with more to reach.
    pub cut: bool,
}

impl Rows {
    /// The symbols alone.
    pub fn symbols(&self) -> Vec<SymbolId> {
        self.rows.iter().map(|row| row.symbol).collect()
    }

    fn set(mut rows: Vec<Row>) -> Self {
        let key = |row: &Row| (row.symbol, row.hops, row.via);
        if !rows.is_sorted_by_key(key) {
            rows.sort_by_key(key);
        }
        rows.dedup_by_key(|row| row.symbol);
        Self { rows, ..Self::default() }
    }
}

/// Runs a plan; the trace has the shape of the plan.
pub fn run(snapshot: &Snapshot, plan: &Plan) -> (Rows, Trace) {
    let mut results = Vec::new();
    let mut inputs = Vec::new();
    for input in plan.inputs() {
        let (rows, trace) = run(snapshot, input);
        results.push(rows);
        inputs.push(trace);
    }
    let started = Instant::now();
    let rows = evaluate(snapshot, plan, results);
    let microseconds = started.elapsed().as_micros() as u64;
    let size = if rows.groups.is_empty() { rows.rows.len() } else { rows.groups.len() };
    (rows, Trace { node: explain::node(plan), rows: size, microseconds, inputs })
}

fn evaluate(snapshot: &Snapshot, plan: &Plan, mut inputs: Vec<Rows>) -> Rows {
    let second = if inputs.len() > 1 { inputs.pop().unwrap_or_default() } else { Rows::default() };
    match plan {
        Plan::Named { symbols, .. } => {
            let rows = symbols.iter().copied().map(Row::start).collect();
            let mut rows = by_symbol(rows, snapshot.symbol_count() as usize);
            rows.dedup_by_key(|row| row.symbol);
            Rows { rows, ..Rows::default() }
        }
        Plan::Search { text, k } => Rows {
            rows: snapshot
                .search(text, *k, |_| true)
                .iter()
                .map(|hit| Row { score: hit.score, ..Row::start(hit.symbol) })
                .collect(),
            ..Rows::default()
        },
        Plan::All(kinds) => Rows {
            rows: snapshot
                .symbols()
                .filter(|symbol| kinds.contains(&snapshot.kind(*symbol)))
                .map(Row::start)
                .collect(),
            ..Rows::default()
        },
        Plan::Union(_) => {
            let mut rows: Vec<Row> = inputs.into_iter().flat_map(|rows| rows.rows).collect();
            rows.extend(second.rows);
            Rows::set(rows)
        }
        _ => {
            let first = inputs.pop().unwrap_or_default();
            combine(snapshot, plan, first, &second)
        }
    }
}

fn combine(snapshot: &Snapshot, plan: &Plan, mut first: Rows, second: &Rows) -> Rows {
    match plan {
        Plan::In { repo, path, .. } => first.rows.retain(|row| {
            let file = snapshot.file(row.symbol);
            let repository = snapshot.repository_name(snapshot.repository_of(row.symbol));
            repo.as_ref().is_none_or(|repo| repo == repository)
                && path.as_ref().is_none_or(|path| snapshot.path(file).starts_with(path.as_str()))
        }),
        Plan::Keep { kinds, name: None, tag: Some(tag @ (Tag::Test | Tag::NotTest)), .. }
            if kinds.is_empty() =>
        {
            let flags = snapshot.all_flags();
            let wanted = *tag == Tag::Test;
            first.rows.retain(|row| flags[row.symbol.index()].1 == wanted);
        }
        Plan::Keep { kinds, name: None, tag: Some(Tag::Endpoint), .. }
            if kinds.is_empty() && first.rows.len() > MANY =>
        {
            let endpoints = snapshot.cached(|| Endpoints::new(snapshot));
            first.rows.retain(|row| endpoints.0.contains(&row.symbol));
        }
        Plan::Keep { kinds, name, tag, .. } => first.rows.retain(|row| {
            let symbol = row.symbol;
            (kinds.is_empty() || kinds.contains(&snapshot.kind(symbol)))
                && name.as_ref().is_none_or(|name| same_name(snapshot.name(symbol), name))
                && tag.is_none_or(|tag| has_tag(snapshot, symbol, tag))
        }),
        Plan::Step { step: walk, .. } => return step::walk(snapshot, &first.symbols(), walk),
        Plan::Both(..) => {
            let other = members(second);
            first.rows.retain(|row| other.contains(&row.symbol));
        }
        Plan::Without(..) => {
            let other = members(second);
            first.rows.retain(|row| !other.contains(&row.symbol));
        }
        Plan::Owned { .. } => {
            let owners = members(second);
            first.rows.retain(|row| {
                snapshot.parent(row.symbol).is_some_and(|parent| owners.contains(&parent))
            });
        }
        Plan::Paths { step: walk, .. } => {
            return step::paths(snapshot, &first.symbols(), &second.symbols(), walk);
        }
        Plan::Rank(_, order) => match order {
            Order::Place => first.rows.sort_unstable_by_key(|row| row.symbol),
            Order::Hops => by_hops(&mut first.rows),
            Order::Score => {
                first
                    .rows
                    .sort_by(|a, b| b.score.total_cmp(&a.score).then(a.symbol.cmp(&b.symbol)));
            }
        },
        Plan::Top(_, count) => first.rows.truncate(*count),
        Plan::GroupBy(_, group) => first.groups = groups(snapshot, &first.rows, *group),
        Plan::Named { .. } | Plan::Search { .. } | Plan::All(_) | Plan::Union(_) => {}
    }
    first
}

/// Orders rows by hops, then by symbol.
pub fn by_hops(rows: &mut [Row]) {
    if !rows.is_sorted_by_key(|row| (row.hops, row.symbol)) {
        if !rows.is_sorted_by_key(|row| row.symbol) {
            rows.sort_unstable_by_key(|row| row.symbol);
        }
        // There are few different numbers of hops, and the order of symbols stays.
        let mut buckets: BTreeMap<u32, Vec<Row>> = BTreeMap::new();
        for row in &*rows {
            buckets.entry(row.hops).or_default().push(*row);
        }
        for (place, row) in rows.iter_mut().zip(buckets.into_values().flatten()) {
            *place = row;
        }
    }
}

fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || !a.is_ascii() && a.to_lowercase() == b.to_lowercase()
}

/// So many rows are worth a look at every edge.
const MANY: usize = 4096;

/// What is reached through a key, for sets so large that asking each symbol is slower.
struct Endpoints(FxHashSet<SymbolId>);

impl Endpoints {
    fn new(snapshot: &Snapshot) -> Self {
        let links = snapshot.links().filter(|edge| edge.kind == EdgeKind::Reaches);
        let mut found: FxHashSet<SymbolId> = links.map(|edge| edge.to).collect();
        for repository in snapshot.repositories() {
            let (columns, base) = snapshot.columns(repository);
            let ends = (0..snapshot.segment(repository).edges()).filter_map(|id| columns.ends(id));
            let reached = ends.filter(|(_, _, kind, _)| *kind == EdgeKind::Reaches);
            found.extend(reached.map(|(_, to, ..)| SymbolId(base + to)));
        }
        Self(found)
    }
}

fn members(rows: &Rows) -> FxHashSet<SymbolId> {
    rows.rows.iter().map(|row| row.symbol).collect()
}

/// Whether a symbol has a property.
pub fn has_tag(snapshot: &Snapshot, symbol: SymbolId, tag: Tag) -> bool {
    match tag {
        Tag::Test => snapshot.is_test(symbol),
        Tag::NotTest => !snapshot.is_test(symbol),
        Tag::Exported => snapshot.flags(symbol).contains(DefinitionFlags::EXPORTED),
        Tag::Callable => snapshot.kind(symbol).is_callable(),
        Tag::Endpoint => {
            let mut reached = false;
            snapshot.hop(symbol, Direction::In, |_, kind, _| reached |= kind == EdgeKind::Reaches);
            reached
        }
    }
}

fn groups(snapshot: &Snapshot, rows: &[Row], group: Group) -> Vec<(String, usize)> {
    let number = |row: &Row| match group {
        Group::Repository => snapshot.repository_of(row.symbol).0,
        Group::File => snapshot.file(row.symbol).0,
        Group::Kind => snapshot.kind(row.symbol) as u32,
        Group::Hops => row.hops,
    };
    let mut order: Vec<(SymbolId, u32, usize)> = Vec::new();
    let mut position: FxHashMap<u32, usize> = FxHashMap::default();
    for row in rows {
        let number = number(row);
        // Rows of one group mostly come together.
        let last = order.len().checked_sub(1).filter(|last| order[*last].1 == number);
        let at = last.unwrap_or_else(|| {
            *position.entry(number).or_insert_with(|| {
                order.push((row.symbol, number, 0));
                order.len() - 1
            })
        });
        order[at].2 += 1;
    }
    let name = |symbol: SymbolId, number: u32| match group {
        Group::Repository => snapshot.repository_name(snapshot.repository_of(symbol)).to_owned(),
        Group::File => snapshot.display_path(snapshot.file(symbol)),
        Group::Kind => snapshot.kind(symbol).name().to_owned(),
        Group::Hops => number.to_string(),
    };
    order.into_iter().map(|(symbol, number, count)| (name(symbol, number), count)).collect()
}
