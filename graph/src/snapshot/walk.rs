//! Walking the graph: one hop, many hops, paths, and petgraph's traits on the snapshot.

use super::Snapshot;
use crate::edge::{EdgeKind, Tier};
use crate::id::SymbolId;
use petgraph::visit::{
    Data, GraphBase, GraphRef, IntoNeighbors, IntoNeighborsDirected, NodeCount, NodeIndexable,
    Visitable,
};
use std::collections::VecDeque;

/// Which end of an edge to leave by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From source to target: what it calls.
    Out,
    /// From target to source: who calls it.
    In,
}

/// Which edges a walk follows.
#[derive(Debug, Clone)]
pub struct Walk {
    /// Kinds to follow.
    pub kinds: Vec<EdgeKind>,
    /// Direction.
    pub direction: Direction,
    /// The least sure tier to follow.
    pub tier: Tier,
    /// Most hops; 1 is direct neighbours.
    pub hops: u32,
}

/// A symbol a walk arrived at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The symbol.
    pub symbol: SymbolId,
    /// The symbol it was reached from (one hop nearer to the start).
    pub via: SymbolId,
    /// Hops from the nearest start.
    pub hops: u32,
}

impl Snapshot {
    /// Calls `each` with the other end, kind and tier of every edge at a symbol. This is the hop
    /// that everything is built on; it touches only the columns it needs.
    #[inline]
    pub fn hop(
        &self,
        symbol: SymbolId,
        direction: Direction,
        mut each: impl FnMut(SymbolId, EdgeKind, Tier),
    ) {
        let (repository, local, base) = self.at(symbol);
        let columns = repository.edge_columns();
        match direction {
            Direction::Out => {
                for id in repository.outgoing(&columns, local) {
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
        for position in self.link_positions(symbol, direction) {
            let link = &self.links[*position as usize];
            let other = if direction == Direction::Out { link.to } else { link.from };
            each(other, link.data.kind, link.data.tier);
        }
    }

    /// Everything a walk reaches from `starts` (which are not in the result), breadth first, each
    /// symbol once with its shortest distance. Ties are broken by symbol order.
    pub fn reach(&self, starts: &[SymbolId], walk: &Walk) -> Vec<Reached> {
        let mut seen = vec![false; self.symbol_count() as usize];
        for start in starts {
            seen[start.index()] = true;
        }
        let mut reached = Vec::new();
        let mut queue: VecDeque<(SymbolId, u32)> = starts.iter().map(|start| (*start, 0)).collect();
        while let Some((symbol, hops)) = queue.pop_front() {
            if hops >= walk.hops {
                continue;
            }
            self.hop(symbol, walk.direction, |other, kind, tier| {
                let wanted = tier <= walk.tier && walk.kinds.contains(&kind);
                if wanted && !std::mem::replace(&mut seen[other.index()], true) {
                    reached.push(Reached { symbol: other, via: symbol, hops: hops + 1 });
                    queue.push_back((other, hops + 1));
                }
            });
        }
        reached
    }

    /// A shortest path from one of `from` to one of `to` along outgoing edges, both ends
    /// included; `None` when there is none within `walk.hops`.
    pub fn path_between(
        &self,
        from: &[SymbolId],
        to: &[SymbolId],
        walk: &Walk,
    ) -> Option<Vec<SymbolId>> {
        if let Some(both) = from.iter().find(|symbol| to.contains(symbol)) {
            return Some(vec![*both]);
        }
        let reached = self.reach(from, walk);
        let end = reached.iter().position(|step| to.contains(&step.symbol))?;
        let via: rustc_hash::FxHashMap<SymbolId, SymbolId> =
            reached[..=end].iter().map(|step| (step.symbol, step.via)).collect();
        let mut path = vec![reached[end].symbol];
        while let Some(previous) = via.get(&path[path.len() - 1]) {
            path.push(*previous);
            if from.contains(previous) {
                break;
            }
        }
        path.reverse();
        Some(path)
    }

    /// The snapshot as a petgraph graph that has only the given kinds of edges.
    pub fn graph(&self, kinds: Vec<EdgeKind>, tier: Tier) -> Graph<'_> {
        Graph { snapshot: self, kinds, tier }
    }
}

/// A view of a snapshot for petgraph's algorithms: nodes are symbols, edges are those of the given
/// kinds and tiers. Nothing is copied.
pub struct Graph<'s> {
    snapshot: &'s Snapshot,
    kinds: Vec<EdgeKind>,
    tier: Tier,
}

impl GraphBase for Graph<'_> {
    type NodeId = SymbolId;
    type EdgeId = (SymbolId, SymbolId);
}

impl Data for Graph<'_> {
    type NodeWeight = ();
    type EdgeWeight = ();
}

impl<'g, 's> IntoNeighbors for &'g Graph<'s>
where
    &'g Graph<'s>: GraphRef + GraphBase<NodeId = SymbolId>,
{
    type Neighbors = std::vec::IntoIter<SymbolId>;
    fn neighbors(self, symbol: SymbolId) -> Self::Neighbors {
        self.neighbors_directed(symbol, petgraph::Direction::Outgoing)
    }
}

impl<'g, 's> IntoNeighborsDirected for &'g Graph<'s>
where
    &'g Graph<'s>: GraphRef + GraphBase<NodeId = SymbolId>,
{
    type NeighborsDirected = std::vec::IntoIter<SymbolId>;
    fn neighbors_directed(
        self,
        symbol: SymbolId,
        direction: petgraph::Direction,
    ) -> Self::NeighborsDirected {
        let direction = match direction {
            petgraph::Direction::Outgoing => Direction::Out,
            petgraph::Direction::Incoming => Direction::In,
        };
        let mut others = Vec::new();
        self.snapshot.hop(symbol, direction, |other, kind, tier| {
            if tier <= self.tier && self.kinds.contains(&kind) {
                others.push(other);
            }
        });
        others.dedup();
        others.into_iter()
    }
}

impl NodeCount for Graph<'_> {
    fn node_count(&self) -> usize {
        self.snapshot.symbol_count() as usize
    }
}

impl NodeIndexable for Graph<'_> {
    fn node_bound(&self) -> usize {
        self.snapshot.symbol_count() as usize
    }
    fn to_index(&self, symbol: SymbolId) -> usize {
        symbol.index()
    }
    fn from_index(&self, index: usize) -> SymbolId {
        SymbolId(index as u32)
    }
}

impl petgraph::visit::NodeCompactIndexable for Graph<'_> {}

impl<'g, 's> petgraph::visit::IntoNodeIdentifiers for &'g Graph<'s>
where
    &'g Graph<'s>: GraphRef + GraphBase<NodeId = SymbolId>,
{
    type NodeIdentifiers = std::iter::Map<std::ops::Range<u32>, fn(u32) -> SymbolId>;
    fn node_identifiers(self) -> Self::NodeIdentifiers {
        (0..self.snapshot.symbol_count()).map(SymbolId as fn(u32) -> SymbolId)
    }
}

/// One bit a symbol: which were visited.
pub struct Visited(Vec<bool>);

impl petgraph::visit::VisitMap<SymbolId> for Visited {
    fn visit(&mut self, symbol: SymbolId) -> bool {
        !std::mem::replace(&mut self.0[symbol.index()], true)
    }
    fn is_visited(&self, symbol: &SymbolId) -> bool {
        self.0[symbol.index()]
    }
    fn unvisit(&mut self, symbol: SymbolId) -> bool {
        std::mem::replace(&mut self.0[symbol.index()], false)
    }
}

impl Visitable for Graph<'_> {
    type Map = Visited;
    fn visit_map(&self) -> Visited {
        Visited(vec![false; self.snapshot.symbol_count() as usize])
    }
    fn reset_map(&self, map: &mut Visited) {
        map.0.fill(false);
    }
}
