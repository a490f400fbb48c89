//! SPARQL over a snapshot, the text form of plans, and that both say what the algebra says.

use crate::fixture::{Opened, World};
use crate::world::{articles, dispatched, world};
use oxigraph::sparql::QueryResults;
use proptest::prelude::*;
use qf_graph::{EdgeKind, Snapshot, SymbolId, Tier};
use qf_query::plan::{Plan, generate, text};
use qf_query::sparql::{self, terms};
use qf_query::{Options, run};

struct Iris<'s>(&'s Snapshot);

impl text::Names for Iris<'_> {
    fn named(&self, name: &str) -> Result<Vec<SymbolId>, String> {
        Ok(self.0.named(name))
    }
    fn iri(&self, iri: &str) -> Option<SymbolId> {
        let term = oxigraph::model::NamedNode::new(iri).ok()?.into();
        match terms::node(self.0, term) {
            terms::Node::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }
}

/// The symbols that a query binds to `?symbol`, in its order.
fn selected(snapshot: &Snapshot, query: &str) -> Vec<SymbolId> {
    let results = sparql::query(snapshot, query).unwrap_or_else(|error| panic!("{error}\n{query}"));
    let QueryResults::Solutions(solutions) = results else { panic!("no solutions: {query}") };
    solutions
        .map(|solution| {
            let term = solution.expect("a solution").get("symbol").expect("?symbol").clone();
            match terms::node(snapshot, term) {
                terms::Node::Symbol(symbol) => symbol,
                other => panic!("{other:?} is no symbol"),
            }
        })
        .collect()
}

/// Many definitions with edges of all kinds between them, from a sequence of bytes.
fn tangle(bytes: &[u8]) -> Opened {
    let source = "x\n".repeat(40);
    let definitions: Vec<String> = (0..12)
        .map(|at| match at % 4 {
            0 => format!("class C{at} {}-{}", at + 1, at + 3),
            1 => format!("method C{}.m{} {} abstract", at - 1, at % 3, at + 1),
            2 => format!("method C{}.m{} {}", at - 2, at % 3, at + 1),
            _ => format!("function f{at} {}", at + 2),
        })
        .collect();
    let definitions: Vec<&str> = definitions.iter().map(String::as_str).collect();
    let mut world = World::default().file("one/a.py", &source, &definitions).file(
        "one/b.py",
        &source,
        &["function g0 1", "function g1 2 test", "field g2 3"],
    );
    let names = [
        "C0.m1", "C0.m2", "f3", "C4", "C4.m2", "C4.m0", "f7", "C8", "C8.m0", "C8.m1", "f11", "g0",
        "g1", "g2", "C0",
    ];
    const KINDS: [EdgeKind; 7] = [
        EdgeKind::Calls,
        EdgeKind::Overrides,
        EdgeKind::Calls,
        EdgeKind::Writes,
        EdgeKind::Reads,
        EdgeKind::Instantiates,
        EdgeKind::Overrides,
    ];
    for triple in bytes.chunks_exact(3) {
        let from = names[triple[0] as usize % names.len()];
        let to = names[triple[1] as usize % names.len()];
        let kind = KINDS[triple[2] as usize % KINDS.len()];
        let tier = Tier::ALL[triple[2] as usize / KINDS.len() % Tier::ALL.len()];
        // Only a member of a type overrides anything.
        let possible = kind != EdgeKind::Overrides || from.contains(".m");
        if from != to && possible {
            let (from, to) = (format!("one:{from}"), format!("one:{to}"));
            world = world.edge_with(
                &from,
                kind,
                &to,
                1,
                tier,
                qf_graph::facts::ReferenceFlags::empty(),
            );
        }
    }
    world.open()
}

/// The plan's rows, the rows of its text read back, and its SPARQL form give the same set, whose size
/// it gives.
fn agree(snapshot: &Snapshot, bytes: &[u8]) -> usize {
    let plan = generate::plan(snapshot, &mut bytes.iter().copied());
    let mut algebra = run::run(snapshot, &plan).0.symbols();
    let written = text::print(snapshot, &plan);
    let read =
        text::parse(&written, &Iris(snapshot)).unwrap_or_else(|error| panic!("{error}\n{written}"));
    assert_eq!(run::run(snapshot, &read).0.symbols(), algebra, "{written}");
    let query = sparql::select(snapshot, &plan);
    let mut found = selected(snapshot, &query);
    algebra.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, algebra, "{plan:#?}\n{query}");
    found.len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn sparql_says_what_the_algebra_says(
        edges in prop::collection::vec(any::<u8>(), 0..120),
        plans in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..60), 8),
    ) {
        let opened = tangle(&edges);
        for plan in plans {
            agree(&opened.snapshot, &plan);
        }
    }

    #[test]
    fn any_text_is_a_plan_or_an_error(text in ".{0,80}") {
        let opened = dispatched();
        let _ = text::parse(&text, &Iris(&opened.snapshot));
    }
}

#[test]
fn the_small_worlds_agree_too() {
    let mut with_rows = 0;
    for opened in [world(), dispatched(), articles()] {
        let mut seed = 1u64;
        for _ in 0..300 {
            let bytes: Vec<u8> = (0..40)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (seed >> 33) as u8
                })
                .collect();
            with_rows += usize::from(agree(&opened.snapshot, &bytes) > 0);
        }
    }
    assert!(with_rows > 200, "only {with_rows} of 900 plans gave anything");
}

#[test]
fn every_symbol_has_an_iri_of_its_own() {
    for opened in [world(), articles()] {
        for symbol in opened.snapshot.symbols() {
            let iri = terms::symbol_iri(&opened.snapshot, symbol);
            assert_eq!(text::Names::iri(&Iris(&opened.snapshot), &iri), Some(symbol), "{iri}");
        }
    }
}

#[test]
fn edges_have_evidence() {
    let opened = world();
    let query = "SELECT ?symbol ?line WHERE {
        ?edge a qf:Edge ; qf:from ?symbol ; qf:to ?to ; qf:kind \"calls\" ; qf:evidenceLine ?line .
        ?to qf:qualifiedName \"Ledger.reverse\" } ORDER BY ?line";
    let found = selected(&opened.snapshot, query);
    assert!(found.iter().any(|symbol| opened.snapshot.name(*symbol) == "refund_order"));
}

#[test]
fn questions_show_both_languages() {
    let opened = world();
    let options = Options { explain: true, ..Options::default() };
    let answer = qf_query::callers(&opened.snapshot, "Ledger.reverse", &options);
    let query = &answer.queries[0];
    assert!(query.algebra.contains("symbols \"urn:qf:symbol:"), "{}", query.algebra);
    assert!(!selected(&opened.snapshot, &query.sparql).is_empty());
    assert!(text::parse(&query.algebra, &Iris(&opened.snapshot)).is_ok());
}

#[test]
fn a_written_plan_is_answered() {
    let opened = world();
    let text = "named Ledger.reverse | in calls,reaches * | keep not_test | rank hops | top 2";
    let answer = qf_query::query(&opened.snapshot, text, &Options::default()).expect("a plan");
    assert_eq!(answer.items[0].qualified_name, "refund_order");
    assert!(!answer.items[0].evidence.is_empty());
    let groups =
        qf_query::query(&opened.snapshot, "all function | group repository", &Options::default());
    assert!(!groups.expect("groups").groups.is_empty());
    let unknown = qf_query::query(&opened.snapshot, "named ledgr.reverse", &Options::default());
    let message = unknown.expect_err("an unknown name").to_string();
    assert!(message.contains("Ledger.reverse") && message.contains("character 7"), "{message}");
    for wrong in [
        "",
        "all",
        "all thing",
        "named x |",
        "all function | top",
        "(all function",
        "all function | in flies",
    ] {
        assert!(qf_query::query(&opened.snapshot, wrong, &Options::default()).is_err(), "{wrong}");
    }
}

#[test]
fn plans_nest_only_so_deep() {
    let opened = world();
    let text = format!("{}nothing{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(text::parse(&text, &Iris(&opened.snapshot)).is_err());
    let flat = Plan::Union(Vec::new());
    assert_eq!(text::parse("nothing", &Iris(&opened.snapshot)), Ok(flat));
    let stages = format!("nothing{}", " | top 1".repeat(100_000));
    assert!(text::parse(&stages, &Iris(&opened.snapshot)).is_err());
}

#[test]
fn the_deepest_plan_that_is_read_is_answered_and_read_again() {
    let opened = world();
    let written = format!("{}nothing{}", "union ".repeat(100), " | top 1".repeat(200));
    let plan = text::parse(&written, &Iris(&opened.snapshot)).expect("deep enough");
    let printed = text::print(&opened.snapshot, &plan);
    assert_eq!(text::parse(&printed, &Iris(&opened.snapshot)), Ok(plan));
    let options = Options { explain: true, ..Options::default() };
    assert!(qf_query::query(&opened.snapshot, &written, &options).is_ok());
}

#[test]
fn queries_nest_only_so_deep() {
    let opened = world();
    for (open, close) in [("{", "}"), ("OPTIONAL { ?a ?b ?c ", "}"), ("FILTER(", ")"), ("!", "")] {
        let text = format!("ASK {{ {}{} }}", open.repeat(50_000), close.repeat(50_000));
        assert!(sparql::query(&opened.snapshot, &text).is_err(), "{open}");
    }
    let deepest = format!("ASK {}{}", "{".repeat(100), "}".repeat(100));
    assert!(sparql::query(&opened.snapshot, &deepest).is_ok());
}
