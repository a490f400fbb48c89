//! Walking: breadth first, shortest way to each symbol, ties to the lower symbol.
//!
//! A call through an interface is an edge to the interface's bodiless member and, where the
//! indexer could tell which implementations are made, `dispatch` edges to those. Where it could
//! not tell, [`Step::dispatch`] joins the member and what overrides it, so that a chain does not
//! end at an interface.

use super::{Row, Rows};
use crate::plan::{Step, Way};
use qf_graph::facts::{DefinitionFlags, SymbolKind};
use qf_graph::snapshot::Direction;
use qf_graph::store::repository::EdgeColumns;
use qf_graph::{EdgeKind, RepoId, Snapshot, SymbolId, Tier};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// How far up a chain of overridden members is followed.
const OVERRIDE_DEPTH: usize = 4;

/// The bodiless members that a method overrides, nearest first.
pub fn bases(snapshot: &Snapshot, symbol: SymbolId) -> Vec<SymbolId> {
    let mut found = Vec::new();
    let mut frontier = vec![symbol];
    for _ in 0..OVERRIDE_DEPTH {
        let mut next = Vec::new();
        for method in frontier {
            snapshot.hop(method, Direction::Out, |base, kind, _| {
                if kind == EdgeKind::Overrides && base != symbol && !found.contains(&base) {
                    found.push(base);
                    next.push(base);
                }
            });
        }
        frontier = next;
    }
    found.retain(|base| is_bodiless(snapshot, *base));
    found
}

/// The members that override one, as far down as [`bases`] looks up.
fn overrides(snapshot: &Snapshot, base: SymbolId) -> Vec<SymbolId> {
    let mut found = Vec::new();
    let mut frontier = vec![base];
    for _ in 0..OVERRIDE_DEPTH {
        let mut next = Vec::new();
        for member in frontier {
            snapshot.hop(member, Direction::In, |method, kind, _| {
                if kind == EdgeKind::Overrides && method != base && !found.contains(&method) {
                    found.push(method);
                    next.push(method);
                }
            });
        }
        frontier = next;
    }
    found
}

/// The methods that a function may reach by calling bodiless members which they override, where
/// the index does not say which of them it reaches.
pub fn callees_through(snapshot: &Snapshot, caller: SymbolId, tier: Tier) -> Vec<SymbolId> {
    let mut called = Vec::new();
    snapshot.hop(caller, Direction::Out, |other, kind, sure| {
        if kind == EdgeKind::Calls && sure <= tier && is_bodiless(snapshot, other) {
            called.push(other);
        }
    });
    called.sort_unstable();
    called.dedup();
    called.retain(|base| !bound_elsewhere(snapshot, caller, *base));
    let mut found: Vec<SymbolId> =
        called.into_iter().flat_map(|base| overrides(snapshot, base)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The functions that may reach a method by calling a bodiless member which it overrides: the
/// other direction of [`callees_through`].
pub fn callers_through(snapshot: &Snapshot, method: SymbolId, tier: Tier) -> Vec<SymbolId> {
    let mut found = Vec::new();
    for base in bases(snapshot, method) {
        snapshot.hop(base, Direction::In, |caller, kind, sure| {
            if kind == EdgeKind::Calls && sure <= tier && !bound_elsewhere(snapshot, caller, base) {
                found.push(caller);
            }
        });
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn is_bodiless(snapshot: &Snapshot, symbol: SymbolId) -> bool {
    snapshot.flags(symbol).contains(DefinitionFlags::ABSTRACT)
}

/// Whether the index says which implementations `caller` reaches where it calls `base`.
pub fn bound_elsewhere(snapshot: &Snapshot, caller: SymbolId, base: SymbolId) -> bool {
    let name = snapshot.name(base);
    let mut bound = false;
    snapshot.hop(caller, Direction::Out, |other, kind, tier| {
        bound |= kind == EdgeKind::Calls && tier == Tier::Dispatch && snapshot.name(other) == name;
    });
    bound
}

/// A snapshot's edges with their columns at hand: a walk of many hops looks each column up once.
struct Walker<'s> {
    snapshot: &'s Snapshot,
    columns: Vec<(EdgeColumns<'s>, u32)>,
    /// By symbol and whether the link leaves it.
    links: FxHashMap<(SymbolId, bool), Vec<Neighbour>>,
}

type Neighbour = (SymbolId, EdgeKind, Tier);

impl<'s> Walker<'s> {
    fn new(snapshot: &'s Snapshot) -> Self {
        let columns = snapshot.repositories().map(|repository| snapshot.columns(repository));
        let mut links: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for edge in snapshot.links() {
            links.entry((edge.from, true)).or_default().push((edge.to, edge.kind, edge.tier));
            links.entry((edge.to, false)).or_default().push((edge.from, edge.kind, edge.tier));
        }
        Self { snapshot, columns: columns.collect(), links }
    }

    /// As [`Snapshot::hop`].
    fn hop(
        &self,
        symbol: SymbolId,
        direction: Direction,
        mut each: impl FnMut(SymbolId, EdgeKind, Tier),
    ) {
        let index = self.columns.partition_point(|(_, base)| *base <= symbol.0) - 1;
        let (columns, base) = &self.columns[index];
        let local = symbol.0 - base;
        match direction {
            Direction::Out => {
                let segment = self.snapshot.segment(RepoId(index as u32));
                for id in segment.outgoing(columns, local) {
                    if let Some((_, to, kind, tier)) = columns.ends(id) {
                        each(SymbolId(base + to), kind, tier);
                    }
                }
            }
            Direction::In => {
                for id in columns.incoming(local) {
                    if let Some((from, _, kind, tier)) = columns.ends(*id) {
                        each(SymbolId(base + from), kind, tier);
                    }
                }
            }
        }
        for (other, kind, tier) in
            self.links.get(&(symbol, direction == Direction::Out)).into_iter().flatten()
        {
            each(*other, *kind, *tier);
        }
    }

    /// Calls `each` with every neighbour of a symbol and the bodiless member between them.
    fn neighbours(
        &self,
        symbol: SymbolId,
        step: &Step,
        mut each: impl FnMut(SymbolId, Option<SymbolId>),
    ) {
        let snapshot = self.snapshot;
        let mask = step.kinds.iter().fold(0u32, |bits, kind| bits | 1 << *kind as u32);
        let wanted = |kind: EdgeKind, tier: Tier| tier <= step.tier && mask & 1 << kind as u32 != 0;
        // A plain function overrides nothing: what it calls need not be looked at.
        let dispatch =
            step.dispatch && (step.way != Way::In || snapshot.kind(symbol) != SymbolKind::Function);
        if step.kinds.contains(&EdgeKind::Contains) {
            // What contains what is kept as parents and children, not as edges.
            if step.way != Way::Out {
                snapshot.parent(symbol).into_iter().for_each(|parent| each(parent, None));
            }
            if step.way != Way::In {
                snapshot.children(symbol).for_each(|child| each(child, None));
            }
        }
        let mut overridden = false;
        let mut through = Vec::new();
        if step.way != Way::Out {
            self.hop(symbol, Direction::In, |other, kind, tier| {
                if wanted(kind, tier) {
                    each(other, None);
                }
            });
        }
        if step.way != Way::In || dispatch {
            self.hop(symbol, Direction::Out, |other, kind, tier| {
                overridden |= kind == EdgeKind::Overrides;
                if step.way != Way::In && wanted(kind, tier) {
                    each(other, None);
                    if step.dispatch && kind == EdgeKind::Calls && is_bodiless(snapshot, other) {
                        through.push(other);
                    }
                }
            });
        }
        if overridden && step.dispatch && step.way != Way::Out {
            for base in bases(snapshot, symbol) {
                self.hop(base, Direction::In, |other, kind, tier| {
                    if kind == EdgeKind::Calls
                        && wanted(kind, tier)
                        && !bound_elsewhere(snapshot, other, base)
                    {
                        each(other, Some(base));
                    }
                });
            }
        }
        for base in through {
            if !bound_elsewhere(snapshot, symbol, base) {
                for method in overrides(snapshot, base) {
                    each(method, Some(base));
                }
            }
        }
    }
}

/// Everything within reach of `starts`, which are not in the result.
pub fn walk(snapshot: &Snapshot, starts: &[SymbolId], step: &Step) -> Rows {
    walk_until(snapshot, starts, step, &[])
}

/// As [`walk`], but ends with the hop that arrives at one of `ends`.
fn walk_until(snapshot: &Snapshot, starts: &[SymbolId], step: &Step, ends: &[SymbolId]) -> Rows {
    let walker = Walker::new(snapshot);
    let mut seen = vec![false; snapshot.symbol_count() as usize];
    for start in starts {
        seen[start.index()] = true;
    }
    let mut rows: Vec<Row> = Vec::new();
    let mut frontier = starts.to_vec();
    for hops in 1..=step.hops {
        frontier.sort_unstable();
        let mut next = Vec::new();
        // What each part of a wide frontier leads to is looked up at once, and taken in its order: the
        // rows are those that one thread finds.
        let found = if frontier.len() < WIDE {
            Vec::new()
        } else {
            expand(&walker, &frontier, step, &seen)
        };
        let mut arrive = |other: SymbolId, via: SymbolId, through: Option<SymbolId>| {
            if !std::mem::replace(&mut seen[other.index()], true) {
                rows.push(Row { symbol: other, hops, via: Some(via), through, score: 0.0 });
                next.push(other);
            }
        };
        if frontier.len() < WIDE {
            for symbol in &frontier {
                walker.neighbours(*symbol, step, |other, through| arrive(other, *symbol, through));
            }
        }
        for (other, via, through) in found.into_iter().flatten() {
            arrive(other, via, through);
        }
        frontier = next;
        if frontier.is_empty() || ends.iter().any(|end| seen[end.index()]) {
            break;
        }
    }
    let cut = is_more(&walker, &frontier, step, &seen);
    Rows { rows: by_symbol(rows, seen.len()), cut, ..Rows::default() }
}

/// A frontier that is worth more than one thread.
const WIDE: usize = 8192;

type Arrival = (SymbolId, SymbolId, Option<SymbolId>);

fn expand(
    walker: &Walker<'_>,
    frontier: &[SymbolId],
    step: &Step,
    seen: &[bool],
) -> Vec<Vec<Arrival>> {
    frontier
        .par_chunks(WIDE / 4)
        .map(|part| {
            let mut found = Vec::with_capacity(part.len());
            for symbol in part {
                walker.neighbours(*symbol, step, |other, through| {
                    if !seen[other.index()] {
                        found.push((other, *symbol, through));
                    }
                });
            }
            found
        })
        .collect()
}

/// Rows, each symbol once, in the order of symbols; many are put where they belong instead of being
/// compared.
pub fn by_symbol(mut rows: Vec<Row>, symbols: usize) -> Vec<Row> {
    if rows.len() < symbols / 16 {
        rows.sort_unstable_by_key(|row| row.symbol);
        return rows;
    }
    let mut place = vec![u32::MAX; symbols];
    for (at, row) in rows.iter().enumerate() {
        place[row.symbol.index()] = at as u32;
    }
    place.into_iter().filter(|at| *at != u32::MAX).map(|at| rows[at as usize]).collect()
}

/// Whether anything new lies one hop beyond.
fn is_more(walker: &Walker<'_>, frontier: &[SymbolId], step: &Step, seen: &[bool]) -> bool {
    let mut more = false;
    for symbol in frontier {
        walker.neighbours(*symbol, step, |other, _| more |= !seen[other.index()]);
        if more {
            break;
        }
    }
    more
}

/// Shortest paths, both ends included, one for each end that is reached in the fewest hops.
pub fn paths(snapshot: &Snapshot, from: &[SymbolId], to: &[SymbolId], step: &Step) -> Rows {
    let both: Vec<_> = from.iter().copied().filter(|symbol| to.contains(symbol)).collect();
    if let Some(symbol) = both.first() {
        let rows = vec![Row::start(*symbol)];
        return Rows { rows, paths: vec![vec![*symbol]], ..Rows::default() };
    }
    let reached = walk_until(snapshot, from, &Step { way: Way::Out, ..step.clone() }, to);
    let find = |symbol: SymbolId| {
        reached.rows.binary_search_by_key(&symbol, |row| row.symbol).ok().map(|at| reached.rows[at])
    };
    let mut ends: Vec<Row> = to.iter().filter_map(|symbol| find(*symbol)).collect();
    ends.sort_by_key(|row| (row.hops, row.symbol));
    ends.dedup_by_key(|row| row.symbol);
    let shortest = ends.first().map_or(0, |row| row.hops);
    let mut out = Rows::default();
    for end in ends.into_iter().take_while(|row| row.hops == shortest) {
        let mut path = vec![end];
        while let Some(via) = path[path.len() - 1].via {
            path.push(find(via).unwrap_or(Row::start(via)));
        }
        path.reverse();
        out.paths.push(path.iter().map(|row| row.symbol).collect());
        for row in path {
            if !out.rows.iter().any(|known| known.symbol == row.symbol) {
                out.rows.push(row);
            }
        }
    }
    out
}
