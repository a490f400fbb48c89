//! Communities of an undirected weighted graph by the Leiden algorithm: V. A. Traag, L. Waltman
//! and N. J. van Eck, "From Louvain to Leiden: guaranteeing well-connected communities",
//! Scientific Reports 9, 5233 (2019), <https://doi.org/10.1038/s41598-019-41695-z>.
//!
//! The quality function is modularity with a resolution γ:
//!
//! ```text
//! Q = Σ over communities c of  inside(c) / m  −  γ · (strength(c) / 2m)²
//! ```
//!
//! where `m` is the weight of all edges, `inside(c)` the weight of the edges within `c`, and
//! `strength(c)` the sum of the strengths of its nodes; a self loop counts once in `m` and in
//! `inside`, and twice in the strength of its node, as `igraph` and `networkx` count it.
//!
//! One pass of the algorithm goes up through levels. On each it moves single nodes to the best
//! community among those of their neighbours, revisiting only the nodes around one that moved;
//! then it splits each community anew into parts that are well connected to the rest of it; then
//! every part becomes one node of the next level, where the communities found before the split
//! are the start. Passes are repeated until one no longer helps, and on small graphs all of it is
//! repeated from other orders of the nodes.
//!
//! Of the parts that a node may join in the split, it takes the one that gains most: the paper
//! draws one at random, and this is the limit of its θ → 0, which `leidenalg` takes too. The order
//! in which nodes are visited is random, drawn from a generator with a fixed seed, and of floating
//! point only the exactly defined operations are used: the same graph gives the same communities,
//! on every machine.

use std::collections::VecDeque;

/// Passes at most over one graph. Most graphs are settled after three to six.
const PASSES: usize = 10;

/// A pass that raises the quality by a smaller part than this is the last one: the more entries
/// the rows have, the more another pass has to be worth.
const WORTHWHILE: f64 = 1.3e-8;

/// Small graphs are gone over from the start in other orders too, and the best result is kept:
/// as often as it takes to come to so many entries of rows, within the number of starts below.
const SMALL: usize = 100_000;

/// Starts at most over one graph.
const STARTS: usize = 8;

/// A move has to gain this much, as a part of the node's strength: less is rounding.
const TOLERANCE: f64 = 1e-10;

/// The resolutions at which fine communities are put together to coarse ones: the first that
/// leaves a graph in pieces.
const COARSE: [f64; 3] = [0.25, 0.5, 0.75];

/// A graph is in pieces while no coarse community has more than this part of its strength.
const LARGEST: f64 = 0.5;

/// Resolutions are held below this, so that no product overflows.
const STEEPEST: f64 = 1e100;

/// An undirected graph in compressed sparse rows; every edge stands in both rows, a self loop
/// once in its one row. Weights are positive and finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighted {
    /// Where each row begins in `targets` and `weights`, and where the last one ends: one entry
    /// more than there are nodes.
    pub offsets: Vec<u32>,
    /// The node at the other end of each edge, row after row.
    pub targets: Vec<u32>,
    /// The weight of each edge, beside `targets`; parallel edges are summed, hence wider than
    /// the weights that are given.
    pub weights: Vec<f64>,
}

impl Weighted {
    /// The graph of `nodes` nodes and these edges. Parallel edges, whichever way round, become
    /// one with their weights summed. An edge to a node that is not there, or with a weight that
    /// is not positive and finite, is left out. The rows come out sorted by target.
    pub fn from_edges(nodes: u32, edges: impl IntoIterator<Item = (u32, u32, f32)>) -> Self {
        let count = nodes as usize;
        let edges: Vec<(u32, u32, f32)> = edges
            .into_iter()
            .filter(|&(a, b, w)| a < nodes && b < nodes && w > 0.0 && w.is_finite())
            .collect();
        let mut offsets = vec![0u32; count + 1];
        for &(a, b, _) in &edges {
            offsets[a as usize + 1] += 1;
            if a != b {
                offsets[b as usize + 1] += 1;
            }
        }
        for row in 0..count {
            offsets[row + 1] += offsets[row];
        }
        let entries = offsets[count] as usize;

        // Into rows, in the order given.
        let mut given = vec![(0u32, 0f32); entries];
        let mut next = offsets.clone();
        let mut put = |row: u32, target: u32, weight: f32| {
            let at = &mut next[row as usize];
            given[*at as usize] = (target, weight);
            *at += 1;
        };
        for &(a, b, w) in &edges {
            put(a, b, w);
            if a != b {
                put(b, a, w);
            }
        }
        drop(edges);

        // Transposed: the same graph, for it is symmetric, but every row is sorted by now.
        let mut sorted = vec![(0u32, 0f32); entries];
        next.copy_from_slice(&offsets);
        for row in 0..count {
            for &(target, weight) in &given[offsets[row] as usize..offsets[row + 1] as usize] {
                let at = &mut next[target as usize];
                sorted[*at as usize] = (row as u32, weight);
                *at += 1;
            }
        }
        drop(given);

        let mut graph = Weighted {
            offsets: Vec::with_capacity(count + 1),
            targets: Vec::with_capacity(entries),
            weights: Vec::with_capacity(entries),
        };
        graph.offsets.push(0);
        for row in 0..count {
            let mut last = None;
            for &(target, weight) in &sorted[offsets[row] as usize..offsets[row + 1] as usize] {
                if last == Some(target)
                    && let Some(sum) = graph.weights.last_mut()
                {
                    *sum += f64::from(weight);
                } else {
                    graph.targets.push(target);
                    graph.weights.push(f64::from(weight));
                    last = Some(target);
                }
            }
            graph.offsets.push(graph.targets.len() as u32);
        }
        graph
    }

    /// How many nodes the graph has.
    pub fn nodes(&self) -> u32 {
        self.offsets.len().saturating_sub(1) as u32
    }

    /// The edges of one node: the other end and the weight.
    fn row(&self, node: u32) -> impl Iterator<Item = (u32, f64)> {
        let row = self.offsets[node as usize] as usize..self.offsets[node as usize + 1] as usize;
        self.targets[row.clone()].iter().copied().zip(self.weights[row].iter().copied())
    }

    /// The weight at each node, where a self loop counts twice.
    fn strengths(&self) -> Vec<f64> {
        (0..self.nodes())
            .map(|node| {
                self.row(node).map(|(to, w)| if to == node { 2.0 * w } else { w }).sum::<f64>()
            })
            .collect()
    }

    /// The graph whose nodes are these communities, numbered 0..`count`: what was within one is
    /// now its self loop.
    fn merged(&self, communities: &[u32], count: usize) -> Weighted {
        // The nodes, those of one community side by side.
        let mut starts = vec![0u32; count + 1];
        for &community in communities {
            starts[community as usize + 1] += 1;
        }
        for community in 0..count {
            starts[community + 1] += starts[community];
        }
        let mut members = vec![0u32; communities.len()];
        let mut next = starts.clone();
        for (node, &community) in (0u32..).zip(communities) {
            let at = &mut next[community as usize];
            members[*at as usize] = node;
            *at += 1;
        }

        let mut merged = Weighted { offsets: vec![0], targets: Vec::new(), weights: Vec::new() };
        merged.offsets.reserve(count);
        let mut tally = Tally::new(count);
        for community in 0..count {
            let own = community as u32;
            let mut inside = 0.0;
            for &node in &members[starts[community] as usize..starts[community + 1] as usize] {
                for (to, weight) in self.row(node) {
                    let other = communities[to as usize];
                    if other != own {
                        tally.add(other, weight);
                    } else if to == node {
                        inside += weight;
                    } else {
                        // Met once from either end.
                        inside += weight / 2.0;
                    }
                }
            }
            if inside > 0.0 {
                tally.add(own, inside);
            }
            for &other in &tally.seen {
                merged.targets.push(other);
                merged.weights.push(tally.cells[other as usize].sum);
            }
            tally.clear();
            merged.offsets.push(merged.targets.len() as u32);
        }
        merged
    }
}

/// The communities of a graph at two sizes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    /// The fine community of every node.
    pub fine: Vec<u32>,
    /// The coarse community of every node: nodes of one fine community share it.
    pub coarse: Vec<u32>,
}

/// The community of every node, numbered from 0 in the order of their first nodes.
///
/// A higher resolution gives more and smaller communities, 1 is plain modularity, and at 0 (and
/// below, or if it is no number) the communities are the connected components. Every community is
/// connected; a node without edges to others is alone in its own.
pub fn leiden(graph: &Weighted, resolution: f64) -> Vec<u32> {
    let nodes = graph.nodes();
    let strengths = graph.strengths();
    let total: f64 = strengths.iter().sum();
    let alone: Vec<u32> = (0..nodes).collect();
    if total <= 0.0 {
        return alone;
    }
    let resolution = if resolution > 0.0 { resolution.min(STEEPEST) } else { 0.0 };
    let scale = resolution / total;
    let mut chance = Chance::new();
    let mut best = alone.clone();
    let entries = graph.targets.len();
    let worthwhile = (entries as f64 * WORTHWHILE).clamp(1e-6, 0.05);
    let mut highest = f64::NEG_INFINITY;
    for _ in 0..(SMALL / entries.max(1)).clamp(1, STARTS) {
        let mut communities = alone.clone();
        let mut quality = f64::NEG_INFINITY;
        for _ in 0..PASSES {
            let found = pass(graph, &strengths, &communities, scale, &mut chance);
            let reached = quality_of(graph, &strengths, &found, resolution);
            let gained = reached - quality;
            if gained > 0.0 {
                communities = found;
                quality = reached;
            }
            if gained <= worthwhile * quality.abs() {
                break;
            }
        }
        if quality > highest {
            best = communities;
            highest = quality;
        }
    }
    components(graph, &best)
}

/// The modularity of these communities: at most 1, and 0 for a graph without edges.
///
/// The communities may have any numbers. A node past the end of `communities` counts as alone.
pub fn modularity(graph: &Weighted, communities: &[u32], resolution: f64) -> f64 {
    let mut names = communities.to_vec();
    names.sort_unstable();
    names.dedup();
    let mut alone = names.len() as u32;
    let dense: Vec<u32> = (0..graph.nodes() as usize)
        .map(|node| {
            if let Some(name) = communities.get(node)
                && let Ok(place) = names.binary_search(name)
            {
                return place as u32;
            }
            alone += 1;
            alone - 1
        })
        .collect();
    quality_of(graph, &graph.strengths(), &dense, resolution)
}

/// Communities at two sizes: the fine ones are those of plain modularity, and the coarse ones are
/// found in the graph of the fine ones at a lower resolution, so that each is a union of some.
///
/// The resolution is 0.25, but a higher one where that would put more than half of the graph, by
/// strength, into one community; where none does better, coarse is the same as fine.
pub fn levels(graph: &Weighted) -> Levels {
    let fine = leiden(graph, 1.0);
    let count = fine.iter().max().map_or(0, |&last| last as usize + 1);
    let merged = graph.merged(&fine, count);
    let strengths = merged.strengths();
    let total: f64 = strengths.iter().sum();
    let limit = strengths.iter().copied().fold(LARGEST * total, f64::max);
    for resolution in COARSE {
        let above = leiden(&merged, resolution);
        let mut sums = vec![0.0; count];
        for (&community, &strength) in above.iter().zip(&strengths) {
            sums[community as usize] += strength;
        }
        if sums.iter().all(|&sum| sum <= limit) {
            let coarse = fine.iter().map(|&community| above[community as usize]).collect();
            return Levels { fine, coarse };
        }
    }
    Levels { coarse: fine.clone(), fine }
}

/// The quality of communities that are numbered without large gaps.
fn quality_of(graph: &Weighted, strengths: &[f64], communities: &[u32], resolution: f64) -> f64 {
    let total: f64 = strengths.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    let count = communities.iter().max().map_or(0, |&last| last as usize + 1);
    // The weight within, from either end, and all the weight, both as parts of the graph's.
    let mut inside = vec![0.0; count];
    let mut share = vec![0.0; count];
    for (node, &community) in (0u32..).zip(communities) {
        let mut sum = 0.0;
        for (to, weight) in graph.row(node) {
            if to == node {
                sum += 2.0 * weight;
            } else if communities[to as usize] == community {
                sum += weight;
            }
        }
        inside[community as usize] += sum / total;
        share[community as usize] += strengths[node as usize] / total;
    }
    inside.iter().zip(&share).map(|(&inside, &share)| inside - resolution * share * share).sum()
}

/// One pass of the algorithm, from these communities to better ones, numbered from 0 in the order
/// of their first nodes. `scale` is the resolution over the strength of the whole graph.
fn pass(
    graph: &Weighted,
    strengths: &[f64],
    start: &[u32],
    scale: f64,
    chance: &mut Chance,
) -> Vec<u32> {
    // The level's own graph and strengths, once above the given ones.
    let mut above: Option<(Weighted, Vec<f64>)> = None;
    // The level's node in which each of the graph's nodes is.
    let mut place: Vec<u32> = (0..graph.nodes()).collect();
    let mut communities = start.to_vec();
    loop {
        let (level, strength) =
            above.as_ref().map_or((graph, strengths), |(graph, own)| (graph, own.as_slice()));
        move_nodes(level, strength, &mut communities, scale, chance);
        number(&mut communities);
        let (mut parts, count) = refine(level, strength, &communities, scale, chance);
        if count == communities.len() {
            break;
        }
        number(&mut parts);
        let merged = level.merged(&parts, count);
        let mut sums = vec![0.0; count];
        let mut outer = vec![0; count];
        for (node, &part) in parts.iter().enumerate() {
            sums[part as usize] += strength[node];
            outer[part as usize] = communities[node];
        }
        communities = outer;
        for at in &mut place {
            *at = parts[*at as usize];
        }
        above = Some((merged, sums));
    }
    let mut found: Vec<u32> = place.iter().map(|&at| communities[at as usize]).collect();
    number(&mut found);
    found
}

/// Moves single nodes to where they add most to the quality, until no move of one helps.
fn move_nodes(
    graph: &Weighted,
    strengths: &[f64],
    communities: &mut [u32],
    scale: f64,
    chance: &mut Chance,
) {
    let count = communities.len();
    let mut tally = Tally::new(count);
    let mut sizes = vec![0u32; count];
    for (node, &community) in communities.iter().enumerate() {
        tally.cells[community as usize].total += strengths[node];
        sizes[community as usize] += 1;
    }
    let mut empty: Vec<u32> =
        (0..count as u32).rev().filter(|&community| sizes[community as usize] == 0).collect();
    let mut queue = VecDeque::from(chance.order(count));
    let mut queued = vec![true; count];
    while let Some(node) = queue.pop_front() {
        queued[node as usize] = false;
        for (to, weight) in graph.row(node) {
            if to != node {
                tally.add(communities[to as usize], weight);
            }
        }
        let strength = strengths[node as usize];
        let cost = scale * strength;
        let old = communities[node as usize];
        let own = &mut tally.cells[old as usize];
        own.total -= strength;
        let mut new = old;
        let mut best = own.sum - cost * own.total + TOLERANCE * strength;
        for &community in &tally.seen {
            let cell = tally.cells[community as usize];
            let gain = cell.sum - cost * cell.total;
            if gain > best {
                best = gain;
                new = community;
            }
        }
        tally.clear();
        if best < 0.0
            && sizes[old as usize] > 1
            && let Some(fresh) = empty.pop()
        {
            new = fresh;
        }
        tally.cells[new as usize].total += strength;
        if new == old {
            continue;
        }
        communities[node as usize] = new;
        sizes[new as usize] += 1;
        sizes[old as usize] -= 1;
        if sizes[old as usize] == 0 {
            tally.cells[old as usize].total = 0.0;
            empty.push(old);
        }
        for (to, _) in graph.row(node) {
            if communities[to as usize] != new && !queued[to as usize] {
                queued[to as usize] = true;
                queue.push_back(to);
            }
        }
    }
}

/// Splits every community into parts that are connected, and well connected to the rest of it: a
/// part is grown from single nodes, which join where that adds most to the quality, and never
/// where it lowers it. The parts are named by one of their nodes; their number comes along.
fn refine(
    graph: &Weighted,
    strengths: &[f64],
    communities: &[u32],
    scale: f64,
    chance: &mut Chance,
) -> (Vec<u32>, usize) {
    let nodes = communities.len();
    let mut count = nodes;
    let mut whole = vec![0.0; nodes];
    let mut tally = Tally::new(nodes);
    // The weight from each part to the rest of its community.
    let mut bonds = vec![0.0; nodes];
    for (node, &community) in (0u32..).zip(communities) {
        whole[community as usize] += strengths[node as usize];
        tally.cells[node as usize].total = strengths[node as usize];
        bonds[node as usize] = graph
            .row(node)
            .filter(|&(to, _)| to != node && communities[to as usize] == community)
            .map(|(_, weight)| weight)
            .sum();
    }
    let mut parts: Vec<u32> = (0..nodes as u32).collect();
    let mut single = vec![true; nodes];
    for node in chance.order(nodes) {
        let at = node as usize;
        if !single[at] {
            continue;
        }
        let community = communities[at];
        let all = whole[community as usize];
        let held =
            |bond: f64, total: f64| bond + TOLERANCE * total >= scale * total * (all - total);
        if bonds[at] <= 0.0 || !held(bonds[at], strengths[at]) {
            continue;
        }
        for (to, weight) in graph.row(node) {
            if to != node && communities[to as usize] == community {
                tally.add(parts[to as usize], weight);
            }
        }
        let strength = strengths[at];
        let mut best = -TOLERANCE * strength;
        let mut choice = None;
        for &part in &tally.seen {
            let cell = tally.cells[part as usize];
            let gain = cell.sum - scale * strength * cell.total;
            if gain > best && held(bonds[part as usize], cell.total) {
                best = gain;
                choice = Some(part);
            }
        }
        if let Some(part) = choice {
            let joined = part as usize;
            parts[at] = part;
            tally.cells[joined].total += strength;
            bonds[joined] += bonds[at] - 2.0 * tally.cells[joined].sum;
            single[joined] = false;
            single[at] = false;
            count -= 1;
        }
        tally.clear();
    }
    (parts, count)
}

/// Numbers communities anew, from 0 in the order of their first nodes. The numbers given are
/// below the length.
fn number(communities: &mut [u32]) {
    let mut names = vec![u32::MAX; communities.len()];
    let mut next = 0;
    for community in communities {
        let name = &mut names[*community as usize];
        if *name == u32::MAX {
            *name = next;
            next += 1;
        }
        *community = *name;
    }
}

/// The connected pieces of these communities, numbered from 0 in the order of their first nodes.
/// What a pass settles on is connected by itself; this holds whatever rounding did, and cannot
/// lower the quality.
fn components(graph: &Weighted, communities: &[u32]) -> Vec<u32> {
    let mut pieces = vec![u32::MAX; communities.len()];
    let mut stack = Vec::new();
    let mut next = 0;
    for first in 0..graph.nodes() {
        if pieces[first as usize] != u32::MAX {
            continue;
        }
        pieces[first as usize] = next;
        stack.push(first);
        while let Some(node) = stack.pop() {
            for (to, _) in graph.row(node) {
                if pieces[to as usize] == u32::MAX
                    && communities[to as usize] == communities[node as usize]
                {
                    pieces[to as usize] = next;
                    stack.push(to);
                }
            }
        }
        next += 1;
    }
    pieces
}

/// Sums of weights by community, cleared in the time it took to fill them.
struct Tally {
    cells: Vec<Cell>,
    /// The communities whose sum is not 0, as they were met.
    seen: Vec<u32>,
}

/// What is looked at together lies together: most of the time is spent waiting for memory.
#[derive(Clone, Copy)]
struct Cell {
    /// The weight between the node at hand and this community.
    sum: f64,
    /// The strength of this community, which clearing leaves.
    total: f64,
}

impl Tally {
    fn new(communities: usize) -> Self {
        Tally { cells: vec![Cell { sum: 0.0, total: 0.0 }; communities], seen: Vec::new() }
    }

    fn add(&mut self, community: u32, weight: f64) {
        let cell = &mut self.cells[community as usize];
        if cell.sum == 0.0 {
            self.seen.push(community);
        }
        cell.sum += weight;
    }

    fn clear(&mut self) {
        for &community in &self.seen {
            self.cells[community as usize].sum = 0.0;
        }
        self.seen.clear();
    }
}

/// Pseudo-random numbers from a fixed seed (xorshift64*, G. Marsaglia and S. Vigna).
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        Chance(0x9E37_79B9_7F4A_7C15)
    }

    /// 32 random bits.
    fn bits(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
    }

    /// The numbers below `count`, shuffled.
    fn order(&mut self, count: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..count as u32).collect();
        for last in (1..count).rev() {
            let other = (u64::from(self.bits()) * (last as u64 + 1)) >> 32;
            order.swap(last, other as usize);
        }
        order
    }
}

#[cfg(test)]
mod tests;
