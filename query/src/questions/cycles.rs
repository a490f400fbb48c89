//! "Cycles", "circular imports", "mutual recursion": files that import each other, or functions that
//! call each other, in a circle.
//!
//! Strongly connected components of the graph of files (by imports) or of functions (by calls), the
//! largest first (Kosaraju's algorithm, as petgraph has it: it does not recurse).

use super::{Findings, Question};
use crate::answer::Answer;
use crate::asking::{Asking, counted};
use crate::plan::{Plan, Tag};
use crate::rank::{Draft, Role, Spot};
use crate::understand::intent::{Pattern, sure};
use crate::understand::{Reading, Unknown};
use petgraph::graph::{DiGraph, NodeIndex};
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::Direction;
use qf_graph::{EdgeKind, SymbolId};
use rustc_hash::{FxHashMap, FxHashSet};

/// See the module.
pub struct Cycles;

const LIMIT: usize = 40;

impl Question for Cycles {
    fn intent(&self) -> &'static str {
        "cycles"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure(
                "import|imports|dependency|dependencies|circular|cyclic|module? cycles|cycle|circles",
            ),
            sure("circular|cyclic imports|dependencies|dependency"),
            sure("cycles|circles in|between|of? modules|files|imports|dependencies"),
            sure("are there any? circular|cyclic? cycles|imports|dependencies"),
            sure("call|calls cycles|circles"),
            sure("mutual|mutually recursion|recursive functions?"),
            sure("functions that? call each other"),
            sure("cycles"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, _: &Reading) -> Result<Answer, Unknown> {
        let lower = asking.question.to_lowercase();
        let calls = ["call", "recurs", "function"].iter().any(|word| lower.contains(word));
        let what =
            if calls { "functions that call each other" } else { "files that import each other" };
        let mut findings = Findings::new(format!("{what} in a circle"));
        let snapshot = asking.snapshot;
        let kinds: Vec<SymbolKind> = if calls {
            SymbolKind::ALL.into_iter().filter(|kind| kind.is_callable()).collect()
        } else {
            SymbolKind::ALL.to_vec()
        };
        let nodes = findings.run(asking, &Plan::All(kinds).tagged(Tag::NotTest)).symbols();
        let mut graph = Circles::default();
        let module = |symbol: SymbolId| snapshot.symbols_of_file(snapshot.file(symbol)).next();
        for symbol in nodes {
            snapshot.hop(symbol, Direction::Out, |other, kind, tier| {
                if tier > asking.options.tier || snapshot.is_test(other) {
                    return;
                }
                if calls && kind == EdgeKind::Calls && other != symbol {
                    graph.add(symbol, other);
                } else if !calls
                    && kind == EdgeKind::Imports
                    && let (Some(from), Some(to)) = (module(symbol), module(other))
                    && from != to
                {
                    graph.add(from, to);
                }
            });
        }
        let circles = graph.found();
        findings.notes.push(match circles.len() {
            0 => format!("No {what} in a circle"),
            count => format!("{}, the largest of {}", counted(count, "circle"), circles[0].len()),
        });
        let count = circles.len() as f32;
        for (position, circle) in circles.iter().enumerate() {
            for &symbol in circle {
                let mut draft = Draft::new(symbol, Role::Match);
                draft.score = 1.0 - position as f32 / (count + 1.0);
                draft.header = calls;
                draft.lines.push(Spot::line(snapshot.file(symbol), snapshot.lines(symbol).1));
                let next = next(asking, &graph, symbol, circle);
                draft.why = format!("circle {} of {}: → {next}", position + 1, circle.len());
                findings.drafts.push(draft);
            }
        }
        Ok(findings.answer(asking, LIMIT))
    }
}

/// A graph of symbols by their numbers.
#[derive(Default)]
struct Circles {
    graph: DiGraph<SymbolId, ()>,
    nodes: FxHashMap<SymbolId, NodeIndex>,
    known: FxHashSet<(SymbolId, SymbolId)>,
}

impl Circles {
    fn node(&mut self, symbol: SymbolId) -> NodeIndex {
        *self.nodes.entry(symbol).or_insert_with(|| self.graph.add_node(symbol))
    }

    fn add(&mut self, from: SymbolId, to: SymbolId) {
        if self.known.insert((from, to)) {
            let (from, to) = (self.node(from), self.node(to));
            self.graph.add_edge(from, to, ());
        }
    }

    /// The circles, the largest first.
    fn found(&self) -> Vec<Vec<SymbolId>> {
        let mut circles: Vec<Vec<SymbolId>> = petgraph::algo::kosaraju_scc(&self.graph)
            .into_iter()
            .filter(|circle| circle.len() > 1)
            .map(|circle| circle.into_iter().map(|node| self.graph[node]).collect())
            .collect();
        for circle in &mut circles {
            circle.sort_unstable();
        }
        circles.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        circles
    }
}

/// What of its circle a member leads to.
fn next(asking: &Asking<'_>, graph: &Circles, symbol: SymbolId, circle: &[SymbolId]) -> String {
    let snapshot = asking.snapshot;
    let name = |symbol: SymbolId| match snapshot.kind(symbol) {
        SymbolKind::Module => snapshot.path(snapshot.file(symbol)).to_owned(),
        _ => asking.label(symbol),
    };
    let neighbors = graph.nodes.get(&symbol).map(|node| graph.graph.neighbors(*node));
    let mut names: Vec<String> = neighbors
        .into_iter()
        .flatten()
        .map(|node| graph.graph[node])
        .filter(|other| circle.binary_search(other).is_ok())
        .map(name)
        .collect();
    names.sort();
    crate::asking::listed(&names, 3)
}
