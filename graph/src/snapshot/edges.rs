//! The edges of a snapshot with their evidence, of all repositories and of the links between them.

use super::{Direction, Drift, Edge, Key, Link, Snapshot};
use crate::facts::ReferenceFlags;
use crate::id::{FileId, RepoId, SymbolId};
use crate::store::repository::EdgeColumns;

/// Number of an edge in one generation: those of the first repository, of the second, …, then the
/// links between repositories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EdgeId(pub u64);

impl Snapshot {
    /// The edge with a number.
    pub fn edge(&self, id: EdgeId) -> Option<Edge<'_>> {
        let mut rest = id.0;
        for (index, open) in self.repositories.iter().enumerate() {
            let count = u64::from(open.repository.edges());
            if rest < count {
                return self.edge_of(index, &open.repository.edge_columns(), rest as u32);
            }
            rest -= count;
        }
        self.links.get(usize::try_from(rest).ok()?).map(Self::link_edge)
    }

    /// Numbers of the edges that leave (`Out`) or arrive at (`In`) a symbol.
    pub fn edge_ids(&self, symbol: SymbolId, direction: Direction) -> Vec<EdgeId> {
        let index = self.repository_of(symbol).index();
        let count = |open: &super::Open| u64::from(open.repository.edges());
        let base: u64 = self.repositories[..index].iter().map(count).sum();
        let (repository, local, _) = self.at(symbol);
        let columns = repository.edge_columns();
        let mut ids: Vec<EdgeId> = match direction {
            Direction::Out => repository
                .outgoing(&columns, local)
                .map(|id| EdgeId(base + u64::from(id)))
                .collect(),
            Direction::In => {
                columns.incoming(local).iter().map(|id| EdgeId(base + u64::from(*id))).collect()
            }
        };
        let links: u64 = self.repositories.iter().map(count).sum();
        let positions = self.link_positions(symbol, direction);
        ids.extend(positions.iter().map(|position| EdgeId(links + u64::from(*position))));
        ids
    }

    fn edge_of<'s>(&'s self, index: usize, columns: &EdgeColumns<'s>, id: u32) -> Option<Edge<'s>> {
        let (base, repository) = (self.symbol_base[index], &self.repositories[index].repository);
        let edge = columns.edge(id)?;
        Some(Edge {
            from: SymbolId(base + edge.from),
            to: SymbolId(base + edge.to),
            kind: edge.kind,
            tier: edge.tier,
            rule: repository.rule(edge.rule),
            flags: ReferenceFlags::from_bits_truncate(u16::from(edge.flags)),
            file: FileId(self.file_base[index] + edge.file),
            line: edge.line,
            start: edge.start,
            len: edge.len,
            key: None,
        })
    }

    /// Number of edges, links included.
    pub fn edge_count(&self) -> u64 {
        let inside: u64 =
            self.repositories.iter().map(|open| u64::from(open.repository.edges())).sum();
        inside + self.links.len() as u64
    }

    /// Edges that leave (`Out`) or arrive at (`In`) a symbol, with their evidence.
    pub fn edges(&self, symbol: SymbolId, direction: Direction) -> Vec<Edge<'_>> {
        let index = self.repository_of(symbol).index();
        let (repository, local, _) = self.at(symbol);
        let columns = repository.edge_columns();
        let mut out = Vec::new();
        let mut push = |id: u32| out.extend(self.edge_of(index, &columns, id));
        match direction {
            Direction::Out => repository.outgoing(&columns, local).for_each(&mut push),
            Direction::In => columns.incoming(local).iter().copied().for_each(&mut push),
        }
        for position in self.link_positions(symbol, direction) {
            out.push(Self::link_edge(&self.links[*position as usize]));
        }
        out
    }

    /// All links between repositories.
    pub fn links(&self) -> impl Iterator<Item = Edge<'_>> {
        self.links.iter().map(Self::link_edge)
    }

    /// All places where two sides do not agree.
    pub fn drifts(&self) -> &[Drift] {
        &self.drifts
    }

    /// All sides of keys.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    fn link_edge(link: &Link) -> Edge<'_> {
        Edge {
            from: link.from,
            to: link.to,
            kind: link.data.kind,
            tier: link.data.tier,
            rule: &link.data.rule,
            flags: ReferenceFlags::from_bits_truncate(u16::from(link.data.flags)),
            file: link.file,
            line: link.data.line,
            start: link.data.start,
            len: link.data.len,
            key: Some((link.data.channel, &link.data.key)),
        }
    }

    pub(super) fn link_positions(&self, symbol: SymbolId, direction: Direction) -> &[u32] {
        let (order, end): (&[u32], fn(&Link) -> SymbolId) = match direction {
            Direction::Out => (&self.links_out, |link| link.from),
            Direction::In => (&self.links_in, |link| link.to),
        };
        let start = order.partition_point(|at| end(&self.links[*at as usize]) < symbol);
        let len = order[start..].partition_point(|at| end(&self.links[*at as usize]) == symbol);
        &order[start..start + len]
    }

    /// Edge columns of a repository with its symbol base, for loops over many edges.
    pub fn columns(&self, repository: RepoId) -> (EdgeColumns<'_>, u32) {
        (
            self.repositories[repository.index()].repository.edge_columns(),
            self.symbol_base[repository.index()],
        )
    }
}
