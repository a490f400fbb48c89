//! Communities held against other implementations of the Leiden algorithm: the modularity has to
//! be at least .99 of theirs, and the measure itself has to be theirs.
//!
//! The figures of `leidenalg` are the best of five seeds (`find_partition`,
//! `ModularityVertexPartition`, `n_iterations=-1`, seeds 0 to 4, leidenalg 0.12.0, igraph 1.0.0)
//! on the same graphs, which both sides draw with the same linear congruential generator; the
//! crate `leiden-rs` runs here, as the best of five seeds too.

use qf_query::community::leiden::{Weighted, leiden, modularity};

/// What has to be reached of another implementation's modularity.
const SHARE: f64 = 0.99;

/// D. H. Lehmer's generator modulo 2⁶⁴, with the constants of D. E. Knuth's MMIX.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (((self.0 >> 32) * u64::from(limit)) >> 32) as u32
    }
}

type Edges = Vec<(u32, u32, f32)>;

/// Groups of `size` nodes; of a hundred edges `mixed` go anywhere, the others stay in a group.
fn planted(
    seed: u64,
    groups: u32,
    size: u32,
    edges: u32,
    mixed: u32,
    weighted: bool,
) -> (u32, Edges) {
    let mut lcg = Lcg(seed);
    let nodes = groups * size;
    let mut out = Edges::new();
    for _ in 0..edges {
        let a = lcg.below(nodes);
        let b = if lcg.below(100) < mixed {
            lcg.below(nodes)
        } else {
            a / size * size + lcg.below(size)
        };
        let weight = if weighted { 1 + lcg.below(8) } else { 1 };
        if a != b {
            out.push((a, b, weight as f32));
        }
    }
    (nodes, out)
}

/// Each node links to earlier ones with odds by how many links those have (A.-L. Barabási and
/// R. Albert).
fn scale_free(seed: u64, nodes: u32, links: u32) -> (u32, Edges) {
    let mut lcg = Lcg(seed);
    let mut ends = vec![0];
    let mut out = Edges::new();
    for a in 1..nodes {
        for _ in 0..links {
            let b = ends[lcg.below(ends.len() as u32) as usize];
            if a != b {
                out.push((a, b, 1.0));
                ends.extend([a, b]);
            }
        }
    }
    (nodes, out)
}

/// Cliques, each with one edge to the next.
fn ring(cliques: u32, size: u32) -> (u32, Edges) {
    let mut out = Edges::new();
    for clique in 0..cliques {
        let first = clique * size;
        for a in first..first + size {
            out.extend((a + 1..first + size).map(|b| (a, b, 1.0)));
        }
        out.push((first + size - 1, (clique + 1) % cliques * size, 1.0));
    }
    (cliques * size, out)
}

/// As in programs: most calls stay in a file or go to one near by, some to a few helpers of all.
fn calls(seed: u64, files: u32, functions: u32, edges: u32) -> (u32, Edges) {
    let mut lcg = Lcg(seed);
    let nodes = files * functions;
    let mut out = Edges::new();
    for _ in 0..edges {
        let a = lcg.below(nodes);
        let kind = lcg.below(100);
        let file = a / functions;
        let b = if kind < 55 {
            file * functions + lcg.below(functions)
        } else if kind < 85 {
            let near = (file / 8 * 8 + lcg.below(8)) % files;
            let among = 1 + lcg.below(functions);
            near * functions + lcg.below(among)
        } else {
            let outer = 1 + lcg.below(nodes);
            let inner = 1 + lcg.below(outer);
            lcg.below(inner)
        };
        if a != b {
            out.push((a, b, 1.0));
        }
    }
    (nodes, out)
}

/// A graph and what `leidenalg` and `igraph` say of it.
struct Case {
    name: &'static str,
    graph: Weighted,
    /// How many edges, and their weight: a check that both sides drew the same graph.
    edges: usize,
    weight: f64,
    /// The modularity by igraph if node n is in community n % 7.
    fixed: f64,
    /// The best modularity of leidenalg.
    best: f64,
}

fn cases() -> Vec<Case> {
    let case = |name, (nodes, list): (u32, Edges), edges, weight, fixed, best| Case {
        name,
        graph: Weighted::from_edges(nodes, list),
        edges,
        weight,
        fixed,
        best,
    };
    vec![
        case(
            "planted, clear",
            planted(1, 20, 50, 6000, 30, false),
            5578,
            5925.0,
            -0.014_349_951,
            0.664_493,
        ),
        case(
            "planted, mixed",
            planted(2, 20, 50, 8000, 55, false),
            7640,
            7920.0,
            -0.005_709_103,
            0.422_657,
        ),
        case(
            "planted, weighted",
            planted(3, 60, 50, 20_000, 45, true),
            18_973,
            89_157.0,
            -0.011_417_931,
            0.538_093,
        ),
        case("sparse", planted(4, 1, 2000, 2600, 0, false), 2595, 2599.0, 0.008_667_983, 0.726_928),
        case(
            "random",
            planted(5, 1, 1000, 5000, 0, true),
            4968,
            22_545.0,
            0.004_438_229,
            0.375_761,
        ),
        case("scale-free", scale_free(6, 2000, 3), 5943, 5993.0, 0.003_881_454, 0.425_161),
        case("trees", scale_free(7, 1500, 1), 1499, 1499.0, 0.008_759_231, 0.922_945),
        case("ring of cliques", ring(30, 5), 330, 330.0, -0.142_929_293, 0.886_263),
        case("calls", calls(8, 160, 25, 12_000), 11_254, 11_741.0, -0.019_122_723, 0.802_365),
    ]
}

/// The best modularity of `leiden-rs` with seeds 0 to 4.
fn other(graph: &Weighted) -> f64 {
    let mut builder = leiden_rs::GraphDataBuilder::new(graph.nodes() as usize);
    for a in 0..graph.nodes() as usize {
        for at in graph.offsets[a] as usize..graph.offsets[a + 1] as usize {
            let b = graph.targets[at] as usize;
            if a <= b {
                builder.add_edge(a, b, graph.weights[at]).expect("an edge");
            }
        }
    }
    let data = builder.build().expect("a graph");
    (0..5)
        .map(|seed| {
            let config = leiden_rs::LeidenConfig::builder().seed(seed).build();
            let found = leiden_rs::Leiden::new(config).run(&data).expect("communities");
            let numbers: Vec<u32> = found.partition.as_slice().iter().map(|&c| c as u32).collect();
            let quality = modularity(graph, &numbers, 1.0);
            assert!((quality - found.quality).abs() < 1e-9, "{quality} {}", found.quality);
            quality
        })
        .fold(f64::NEG_INFINITY, f64::max)
}

#[test]
fn modularity_is_that_of_igraph() {
    for case in cases() {
        let total: f64 = case.graph.weights.iter().sum();
        assert_eq!(case.graph.targets.len(), 2 * case.edges, "{}", case.name);
        assert!((total - 2.0 * case.weight).abs() < 1e-9, "{}", case.name);
        let fixed: Vec<u32> = (0..case.graph.nodes()).map(|node| node % 7).collect();
        let quality = modularity(&case.graph, &fixed, 1.0);
        assert!((quality - case.fixed).abs() < 1e-8, "{}: {quality}", case.name);
    }
}

#[test]
fn communities_are_as_good_as_those_of_leidenalg() {
    for case in cases() {
        let quality = modularity(&case.graph, &leiden(&case.graph, 1.0), 1.0);
        assert!(quality >= SHARE * case.best, "{}: {quality} of {}", case.name, case.best);
    }
}

#[test]
fn communities_are_as_good_as_those_of_leiden_rs() {
    for case in cases() {
        let quality = modularity(&case.graph, &leiden(&case.graph, 1.0), 1.0);
        let other = other(&case.graph);
        assert!(quality >= SHARE * other, "{}: {quality} of {other}", case.name);
    }
}
