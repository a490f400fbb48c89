//! Communities of graphs whose communities are known, and what must hold of any.

use super::*;

/// W. W. Zachary's karate club, "An information flow model for conflict and fission in small
/// groups" (1977): 34 members, 78 friendships.
const KARATE: [(u32, u32); 78] = [
    (0, 1),
    (0, 2),
    (0, 3),
    (0, 4),
    (0, 5),
    (0, 6),
    (0, 7),
    (0, 8),
    (0, 10),
    (0, 11),
    (0, 12),
    (0, 13),
    (0, 17),
    (0, 19),
    (0, 21),
    (0, 31),
    (1, 2),
    (1, 3),
    (1, 7),
    (1, 13),
    (1, 17),
    (1, 19),
    (1, 21),
    (1, 30),
    (2, 3),
    (2, 7),
    (2, 8),
    (2, 9),
    (2, 13),
    (2, 27),
    (2, 28),
    (2, 32),
    (3, 7),
    (3, 12),
    (3, 13),
    (4, 6),
    (4, 10),
    (5, 6),
    (5, 10),
    (5, 16),
    (6, 16),
    (8, 30),
    (8, 32),
    (8, 33),
    (9, 33),
    (13, 33),
    (14, 32),
    (14, 33),
    (15, 32),
    (15, 33),
    (18, 32),
    (18, 33),
    (19, 33),
    (20, 32),
    (20, 33),
    (22, 32),
    (22, 33),
    (23, 25),
    (23, 27),
    (23, 29),
    (23, 32),
    (23, 33),
    (24, 25),
    (24, 27),
    (24, 31),
    (25, 31),
    (26, 29),
    (26, 33),
    (27, 33),
    (28, 31),
    (28, 33),
    (29, 32),
    (29, 33),
    (30, 32),
    (30, 33),
    (31, 32),
    (31, 33),
    (32, 33),
];

fn plain(nodes: u32, edges: &[(u32, u32)]) -> Weighted {
    Weighted::from_edges(nodes, edges.iter().map(|&(a, b)| (a, b, 1.0)))
}

fn karate() -> Weighted {
    plain(34, &KARATE)
}

fn clique(first: u32, size: u32) -> impl Iterator<Item = (u32, u32)> {
    (first..first + size).flat_map(move |a| (a + 1..first + size).map(move |b| (a, b)))
}

fn below(chance: &mut Chance, limit: u32) -> u32 {
    ((u64::from(chance.bits()) * u64::from(limit)) >> 32) as u32
}

/// Groups of `size` nodes; of eight edges `mixed` go anywhere, the others stay in a group.
fn planted(chance: &mut Chance, groups: u32, size: u32, edges: u32, mixed: u32) -> Weighted {
    let nodes = groups * size;
    let edges: Vec<(u32, u32, f32)> = (0..edges)
        .map(|_| {
            let a = below(chance, nodes);
            let b = if below(chance, 8) < mixed {
                below(chance, nodes)
            } else {
                a / size * size + below(chance, size)
            };
            (a, b, 0.5 + below(chance, 100) as f32 / 50.0)
        })
        .collect();
    Weighted::from_edges(nodes, edges)
}

/// Graphs of several kinds: sparse, dense, with groups and without.
fn various() -> Vec<Weighted> {
    let mut chance = Chance::new();
    let mut graphs = vec![karate()];
    for (groups, size, edges, mixed) in
        [(1, 60, 50, 0), (1, 200, 260, 0), (1, 150, 800, 0), (8, 25, 600, 2), (15, 20, 1200, 4)]
    {
        for _ in 0..2 {
            graphs.push(planted(&mut chance, groups, size, edges, mixed));
        }
    }
    // As programs have them: most edges go to a few nodes, and weights differ widely.
    for nodes in [50, 200, 500] {
        let edges: Vec<(u32, u32, f32)> = (1..nodes)
            .flat_map(|a| [(a, 0), (a, 1), (a, 2)])
            .map(|(a, _)| {
                let b = below(&mut chance, a);
                let b = below(&mut chance, b + 1);
                (a, b, [0.001, 0.1, 1.0, 1.0, 3.0, 100.0][below(&mut chance, 6) as usize])
            })
            .collect();
        graphs.push(Weighted::from_edges(nodes, edges));
    }
    graphs
}

fn count(communities: &[u32]) -> usize {
    communities.iter().max().map_or(0, |&last| last as usize + 1)
}

fn groups(communities: &[u32]) -> Vec<Vec<u32>> {
    let mut groups = vec![Vec::new(); count(communities)];
    for (node, &community) in (0..).zip(communities) {
        groups[community as usize].push(node);
    }
    groups
}

/// How many of the nodes can be reached from the first of them without leaving them.
fn reached(graph: &Weighted, group: &[u32]) -> usize {
    let mut seen = vec![group[0]];
    let mut next = 0;
    while next < seen.len() {
        for (to, _) in graph.row(seen[next]) {
            if group.contains(&to) && !seen.contains(&to) {
                seen.push(to);
            }
        }
        next += 1;
    }
    seen.len()
}

#[test]
fn rows_hold_every_edge_from_both_ends() {
    let graph = Weighted::from_edges(
        4,
        [(2, 0, 1.0), (0, 1, 0.5), (0, 2, 2.0), (1, 1, 4.0), (1, 0, 0.25), (1, 1, 1.0)],
    );
    assert_eq!(graph.nodes(), 4);
    assert_eq!(graph.offsets, [0, 2, 4, 5, 5]);
    assert_eq!(graph.targets, [1, 2, 0, 1, 0]);
    assert_eq!(graph.weights, [0.75, 3.0, 0.75, 5.0, 3.0]);
    assert_eq!(graph.strengths(), [3.75, 10.75, 3.0, 0.0]);
}

#[test]
fn what_is_no_edge_is_left_out() {
    let graph = Weighted::from_edges(
        2,
        [
            (0, 2, 1.0),
            (9, 0, 1.0),
            (0, 1, 0.0),
            (0, 1, -1.0),
            (0, 1, f32::NAN),
            (0, 1, f32::INFINITY),
        ],
    );
    assert_eq!(graph, Weighted::from_edges(2, []));
    assert_eq!(leiden(&graph, 1.0), [0, 1]);
}

#[test]
fn no_nodes_and_no_edges() {
    let none = Weighted::from_edges(0, []);
    assert_eq!(none.nodes(), 0);
    assert!(leiden(&none, 1.0).is_empty());
    assert_eq!(levels(&none), Levels { fine: vec![], coarse: vec![] });
    assert!(modularity(&none, &[], 1.0).abs() < 1e-12);

    let apart = Weighted::from_edges(3, []);
    assert_eq!(leiden(&apart, 1.0), [0, 1, 2]);
    assert_eq!(levels(&apart), Levels { fine: vec![0, 1, 2], coarse: vec![0, 1, 2] });
    assert!(modularity(&apart, &[0, 0, 0], 1.0).abs() < 1e-12);
}

#[test]
fn isolated_nodes_and_self_loops_stay_alone() {
    let graph =
        Weighted::from_edges(6, [(1, 3, 1.0), (3, 5, 1.0), (5, 1, 1.0), (2, 2, 7.0), (3, 3, 1.0)]);
    assert_eq!(leiden(&graph, 1.0), [0, 1, 2, 1, 3, 1]);
    let loops = Weighted::from_edges(3, [(0, 0, 1.0), (2, 2, 1.0)]);
    assert_eq!(leiden(&loops, 1.0), [0, 1, 2]);
    assert!((modularity(&loops, &[0, 1, 2], 1.0) - 0.5).abs() < 1e-12);
}

#[test]
fn modularity_is_the_sum_over_all_pairs() {
    for graph in various().into_iter().take(8) {
        let nodes = graph.nodes();
        let found = leiden(&graph, 1.0);
        let strengths = graph.strengths();
        let total: f64 = strengths.iter().sum();
        for resolution in [0.0, 0.5, 1.0, 3.0] {
            let mut sum = 0.0;
            for a in 0..nodes {
                for b in 0..nodes {
                    if found[a as usize] == found[b as usize] {
                        let between: f64 =
                            graph.row(a).filter(|&(to, _)| to == b).map(|(_, w)| w).sum();
                        let twice = if a == b { 2.0 } else { 1.0 };
                        sum += twice * between
                            - resolution * strengths[a as usize] * strengths[b as usize] / total;
                    }
                }
            }
            let quality = modularity(&graph, &found, resolution);
            assert!((quality - sum / total).abs() < 1e-9, "{quality} {}", sum / total);
        }
    }
}

#[test]
fn modularity_takes_any_numbers_and_too_few() {
    let graph = plain(4, &[(0, 1), (2, 3)]);
    let quality = modularity(&graph, &[u32::MAX, u32::MAX, 7, 7], 1.0);
    assert!((quality - 0.5).abs() < 1e-12);
    let short = modularity(&graph, &[3, 3], 1.0);
    assert!((short - modularity(&graph, &[3, 3, 0, 1], 1.0)).abs() < 1e-12);
}

#[test]
fn merging_keeps_modularity() {
    for graph in various() {
        let found = leiden(&graph, 1.0);
        let merged = graph.merged(&found, count(&found));
        let alone: Vec<u32> = (0..merged.nodes()).collect();
        let difference = modularity(&graph, &found, 1.0) - modularity(&merged, &alone, 1.0);
        assert!(difference.abs() < 1e-9, "{difference}");
    }
}

#[test]
fn karate_club_reaches_the_known_optimum() {
    let graph = karate();
    let found = leiden(&graph, 1.0);
    assert_eq!(count(&found), 4);
    let quality = modularity(&graph, &found, 1.0);
    assert!((0.4197..0.4198).contains(&quality), "{quality}");
}

#[test]
fn two_cliques_joined_by_an_edge() {
    let edges: Vec<(u32, u32)> = clique(0, 5).chain(clique(5, 5)).chain([(4, 5)]).collect();
    let both = levels(&plain(10, &edges));
    assert_eq!(both.fine, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    assert_eq!(both.coarse, both.fine);
}

#[test]
fn ring_of_cliques() {
    // Eight cliques, every other two of them joined by two edges more.
    let edges: Vec<(u32, u32)> = (0..8)
        .flat_map(|at| clique(at * 6, 6).chain([(at * 6 + 5, (at + 1) % 8 * 6)]))
        .chain((0..4).flat_map(|at| [(at * 12 + 1, at * 12 + 6), (at * 12 + 2, at * 12 + 7)]))
        .collect();
    let both = levels(&plain(48, &edges));
    let expected: Vec<u32> = (0..48).map(|node| node / 6).collect();
    assert_eq!(both.fine, expected);
    let expected: Vec<u32> = (0..48).map(|node| node / 12).collect();
    assert_eq!(both.coarse, expected);

    // With many small cliques pairs of neighbours are better than single ones: the limit of
    // resolution, which a higher resolution lifts.
    let edges: Vec<(u32, u32)> =
        (0..30).flat_map(|at| clique(at * 5, 5).chain([(at * 5 + 4, (at + 1) % 30 * 5)])).collect();
    let graph = plain(150, &edges);
    let single: Vec<u32> = (0..150).map(|node| node / 5).collect();
    let found = leiden(&graph, 1.0);
    assert!(modularity(&graph, &found, 1.0) > modularity(&graph, &single, 1.0));
    assert_eq!(leiden(&graph, 4.0), single);
}

#[test]
fn planted_groups_are_found() {
    let mut chance = Chance::new();
    let graph = planted(&mut chance, 20, 50, 10_000, 2);
    let expected: Vec<u32> = (0..1000).map(|node| node / 50).collect();
    assert_eq!(leiden(&graph, 1.0), expected);
}

#[test]
fn every_community_is_connected() {
    for graph in various() {
        for resolution in [0.1, 1.0, 2.5] {
            let found = leiden(&graph, resolution);
            for group in groups(&found) {
                assert_eq!(reached(&graph, &group), group.len(), "{group:?}");
            }
        }
        for group in groups(&levels(&graph).coarse) {
            assert_eq!(reached(&graph, &group), group.len(), "{group:?}");
        }
    }
}

/// The last step that cuts communities into their connected pieces finds nothing to cut.
#[test]
fn a_pass_gives_connected_communities_by_itself() {
    for graph in various() {
        let strengths = graph.strengths();
        let total: f64 = strengths.iter().sum();
        let mut chance = Chance::new();
        let mut found: Vec<u32> = (0..graph.nodes()).collect();
        let mut last = f64::NEG_INFINITY;
        for _ in 0..4 {
            found = pass(&graph, &strengths, &found, 1.0 / total, &mut chance);
            assert_eq!(components(&graph, &found), found);
            let quality = modularity(&graph, &found, 1.0);
            assert!(quality >= last - 1e-9, "{quality} after {last}");
            last = quality;
        }
    }
}

/// What the paper calls γ-separated: no two communities are better as one.
#[test]
fn no_two_communities_are_better_together() {
    for graph in various() {
        for resolution in [0.5, 1.0, 2.0] {
            let found = leiden(&graph, resolution);
            let merged = graph.merged(&found, count(&found));
            let strengths = merged.strengths();
            let total: f64 = strengths.iter().sum();
            for a in 0..merged.nodes() {
                for (b, weight) in merged.row(a).filter(|&(b, _)| b != a) {
                    let expected = strengths[a as usize] * strengths[b as usize] / total;
                    let gain = weight - resolution * expected;
                    assert!(gain <= 1e-9 * strengths[a as usize], "{a} {b} {gain}");
                }
            }
        }
    }
}

/// Each part is connected and within one community, and the parts are better than none.
#[test]
fn refined_parts_are_connected_pieces_of_communities() {
    for graph in various() {
        let strengths = graph.strengths();
        let scale = 1.0 / strengths.iter().sum::<f64>();
        let mut chance = Chance::new();
        let alone: Vec<u32> = (0..graph.nodes()).collect();
        let mut found = alone.clone();
        move_nodes(&graph, &strengths, &mut found, scale, &mut chance);
        let (mut parts, parted) = refine(&graph, &strengths, &found, scale, &mut chance);
        number(&mut parts);
        assert_eq!(count(&parts), parted);
        assert!(parted < alone.len());
        for part in groups(&parts) {
            assert_eq!(reached(&graph, &part), part.len());
            assert!(part.iter().all(|&node| found[node as usize] == found[part[0] as usize]));
        }
        assert!(modularity(&graph, &parts, 1.0) > modularity(&graph, &alone, 1.0));
    }
}

/// A node that hangs on its community by one edge of many is split from it, though it would
/// gain by joining its one neighbour there.
#[test]
fn what_is_not_well_connected_is_split_off() {
    let edges: Vec<(u32, u32)> =
        clique(0, 5).chain([(5, 0), (5, 6), (5, 7), (5, 8)]).chain(clique(6, 5)).collect();
    let graph = plain(11, &edges);
    let strengths = graph.strengths();
    let scale = 1.0 / strengths.iter().sum::<f64>();
    assert!(1.0 - scale * strengths[5] * strengths[0] > 0.0);
    let given = [0, 0, 0, 0, 0, 0, 6, 7, 8, 9, 10];
    let (mut parts, parted) = refine(&graph, &strengths, &given, scale, &mut Chance::new());
    number(&mut parts);
    assert_eq!(parts, [0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(parted, 7);
}

/// With fewer edges elsewhere, the four others of the clique are not well connected to the
/// two as soon as they are one part: then the fifth, if it comes last, is not let in.
#[test]
fn a_part_that_is_not_well_connected_takes_no_more() {
    let edges: Vec<(u32, u32)> = clique(0, 5).chain([(5, 0), (5, 6), (5, 7), (5, 8)]).collect();
    let graph = plain(9, &edges);
    let strengths = graph.strengths();
    let scale = 1.0 / strengths.iter().sum::<f64>();
    let given = [0, 0, 0, 0, 0, 0, 6, 7, 8];
    let mut outcomes: Vec<Vec<u32>> = (1..100)
        .map(|seed| {
            let mut chance = Chance(seed << 32 | seed);
            let (mut parts, _) = refine(&graph, &strengths, &given, scale, &mut chance);
            number(&mut parts);
            parts
        })
        .collect();
    outcomes.sort();
    outcomes.dedup();
    assert_eq!(outcomes, [[0, 0, 0, 0, 0, 1, 2, 3, 4], [0, 1, 1, 1, 1, 2, 3, 4, 5]]);
}

/// Nodes around one that moved are visited again, so that hardly anything is left to gain: only
/// what came by nodes far off that joined or left a community.
#[test]
fn after_moving_no_move_of_one_node_helps_much() {
    for graph in various().iter().filter(|graph| graph.nodes() <= 200) {
        let strengths = graph.strengths();
        let total = strengths.iter().sum::<f64>();
        let mut found: Vec<u32> = (0..graph.nodes()).collect();
        move_nodes(graph, &strengths, &mut found, 1.0 / total, &mut Chance::new());
        let quality = modularity(graph, &found, 1.0);
        for node in 0..graph.nodes() {
            let mut others: Vec<u32> = graph.row(node).map(|(to, _)| found[to as usize]).collect();
            others.sort_unstable();
            others.dedup();
            others.push(graph.nodes());
            for other in others {
                let mut moved = found.clone();
                moved[node as usize] = other;
                let after = modularity(graph, &moved, 1.0);
                assert!(after <= quality + 1e-3, "{node} to {other}: {quality} {after}");
            }
        }
    }
}

#[test]
fn the_same_graph_gives_the_same_communities() {
    for graph in various() {
        let first = levels(&graph);
        assert_eq!(first, levels(&graph.clone()));
        // Numbered in the order of first nodes.
        for communities in [&first.fine, &first.coarse] {
            let mut next = 0;
            for &community in communities {
                assert!(community <= next);
                next = next.max(community + 1);
            }
        }
    }
}

#[test]
fn coarse_communities_are_unions_of_fine_ones() {
    let mut fewer = false;
    for graph in various() {
        let Levels { fine, coarse } = levels(&graph);
        assert_eq!(fine.len(), coarse.len());
        let mut over = vec![None; count(&fine)];
        for (&fine, &coarse) in fine.iter().zip(&coarse) {
            let known = over[fine as usize].get_or_insert(coarse);
            assert_eq!(*known, coarse);
        }
        fewer |= count(&coarse) < count(&fine);
    }
    assert!(fewer);
}

#[test]
fn weights_of_any_size() {
    for factor in [f32::MIN_POSITIVE, 1e-20, 1.0, 1e20, f32::MAX / 4.0] {
        let edges = KARATE.iter().map(|&(a, b)| (a, b, factor));
        let graph = Weighted::from_edges(34, edges);
        let quality = modularity(&graph, &leiden(&graph, 1.0), 1.0);
        assert!((0.4197..0.4198).contains(&quality), "{factor} {quality}");
    }
    // One edge that outweighs all others, many times over by parallel ones.
    let huge = (0..10).map(|_| (0, 1, f32::MAX));
    let edges = KARATE.iter().map(|&(a, b)| (a, b, 1.0)).chain(huge);
    let graph = Weighted::from_edges(34, edges);
    let found = leiden(&graph, 1.0);
    assert_eq!(found[0], found[1]);
    assert!(modularity(&graph, &found, 1.0).is_finite());
}

#[test]
fn resolutions_of_any_size() {
    let graph = karate();
    let alone: Vec<u32> = (0..34).collect();
    for resolution in [1e3, 1e300, f64::INFINITY] {
        assert_eq!(leiden(&graph, resolution), alone);
    }
    for resolution in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
        assert_eq!(leiden(&graph, resolution), [0; 34]);
    }
    let found: Vec<usize> = [0.2, 1.0, 3.0].iter().map(|&at| count(&leiden(&graph, at))).collect();
    assert!(found[0] < found[1] && found[1] < found[2], "{found:?}");
}

#[test]
fn long_chains_need_no_deep_stack() {
    let nodes = 20_000;
    let graph = Weighted::from_edges(nodes, (1..nodes).map(|b| (b - 1, b, 1.0)));
    assert_eq!(count(&leiden(&graph, 0.0)), 1);
    let found = leiden(&graph, 1.0);
    assert!(modularity(&graph, &found, 1.0) > 0.98);
}
