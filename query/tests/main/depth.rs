//! How far answers look, what they count, and how sure they are of what is far away.

use crate::fixture::{Opened, World};
use crate::{item, noted, of_role};
use qf_graph::EdgeKind::{Calls, Instantiates, Writes};
use qf_graph::Tier;
use qf_graph::facts::ReferenceFlags;
use qf_query::{Options, callers, impact, tests, writers};

/// `test_it` → `f9` → … → `f1` → `f0`, which writes `Box.value`.
fn chain() -> Opened {
    let source = (0..10).map(|at| format!("f{at}()\n")).collect::<String>();
    let source = source + "class Box\n  value\n";
    let functions: Vec<String> = (0..10).map(|at| format!("function f{at} {}", at + 1)).collect();
    let mut definitions: Vec<&str> = functions.iter().map(String::as_str).collect();
    definitions.extend(["class Box 11-12", "field Box.value 12"]);
    let tests = ["function test_it 1 test", "function helper 2"];
    let mut world = World::default().file("deep/a.py", &source, &definitions).file(
        "deep/tests/test_a.py",
        "test_it()\nhelper()\n",
        &tests,
    );
    for at in 1..10 {
        world = world.edge(&format!("deep:f{at}"), Calls, &format!("deep:f{}", at - 1), at);
    }
    world
        .edge("deep:f0", Writes, "deep:Box.value", 1)
        .edge("deep:test_it", Calls, "deep:f9", 1)
        .edge("deep:helper", Calls, "deep:f9", 2)
        .open()
}

#[test]
fn all_questions_count_as_far_as_there_is_something() {
    let world = chain();
    let options = Options::default();
    for (answer, reached) in [
        (callers(&world.snapshot, "f0", &options), 8),
        (writers(&world.snapshot, "Box.value", &options), 9),
        (impact(&world.snapshot, "f0", &options), 8),
    ] {
        assert_eq!(answer.total("transitive"), reached, "{}", answer.intent);
        assert_eq!(answer.total("test"), 1, "{}", answer.intent);
        assert_eq!(answer.total("helper"), 1, "{}", answer.intent);
    }
    let answer = tests(&world.snapshot, "f0", &options);
    assert_eq!(of_role(&answer, "test"), ["test_it"]);
    assert_eq!(answer.items[0].hops, 10);
    assert!(noted(&answer, "1 helper of tests reaches it too"), "{:?}", answer.notes);
    let answer = callers(&world.snapshot, "f0", &options);
    assert!(noted(&answer, "1 test reaches it"), "{:?}", answer.notes);
    assert!(!noted(&answer, "More beyond"), "{:?}", answer.notes);
}

#[test]
fn a_walk_that_was_cut_says_so() {
    let world = chain();
    let options = Options { hops: Some(2), ..Options::default() };
    for answer in [
        callers(&world.snapshot, "f0", &options),
        writers(&world.snapshot, "Box.value", &options),
        impact(&world.snapshot, "f0", &options),
        tests(&world.snapshot, "f0", &options),
    ] {
        assert!(noted(&answer, "More beyond 2 hops: --hops"), "{:?}", answer.notes);
    }
    let options = Options { hops: Some(1), ..Options::default() };
    let answer = callers(&world.snapshot, "f0", &options);
    assert!(noted(&answer, "More beyond 1 hop: --hops"), "{:?}", answer.notes);
    let options = Options { hops: Some(20), ..Options::default() };
    let answer = callers(&world.snapshot, "f0", &options);
    assert!(!noted(&answer, "More beyond"), "{:?}", answer.notes);
}

#[test]
fn a_chain_is_as_sure_as_its_weakest_edge() {
    let none = ReferenceFlags::empty();
    let world = World::default()
        .file(
            "shop/a.py",
            "class Box\n  value\nput()\nask()\nrun()\nmain()\n",
            &[
                "class Box 1-2",
                "field Box.value 2",
                "function put 3",
                "function ask 4",
                "function run 5",
                "function main 6",
            ],
        )
        .edge_with("shop:put", Writes, "shop:Box.value", 3, Tier::Likely, none)
        .edge("shop:ask", Calls, "shop:put", 4)
        .edge_with("shop:run", Calls, "shop:ask", 5, Tier::Dispatch, none)
        .edge("shop:main", Calls, "shop:run", 6)
        .open();
    let options = Options::default();
    let answer = writers(&world.snapshot, "Box.value", &options);
    for name in ["put", "ask", "run", "main"] {
        assert_eq!(item(&answer, name).tier, Some(Tier::Likely), "{name}");
    }
    let answer = callers(&world.snapshot, "ask", &options);
    assert_eq!(item(&answer, "run").tier, Some(Tier::Dispatch));
    assert_eq!(item(&answer, "main").tier, Some(Tier::Dispatch));
}

#[test]
fn impact_counts_what_is_next_to_it_and_what_is_further_away_apart() {
    let functions: Vec<String> = (1..=70).map(|at| format!("function f{at} {at}")).collect();
    let source = (1..=70).map(|at| format!("f{at}()\n")).collect::<String>();
    let definitions: Vec<&str> = functions.iter().map(String::as_str).collect();
    let mut world = World::default().file("wide/a.py", &source, &definitions);
    for at in 2..=61 {
        world = world.edge(&format!("wide:f{at}"), Calls, "wide:f1", at);
    }
    for at in 62..=70 {
        world = world.edge(&format!("wide:f{at}"), Calls, "wide:f2", at);
    }
    let world = world.open();
    let answer = impact(&world.snapshot, "f1", &Options::default());
    assert_eq!((answer.total("direct"), answer.total("transitive")), (60, 9));
    assert_eq!(of_role(&answer, "direct").len(), 50);
    assert_eq!(of_role(&answer, "transitive").len(), 9);
    let options = Options { limit: Some(3), ..Options::default() };
    let answer = impact(&world.snapshot, "f1", &options);
    assert_eq!((answer.total("direct"), answer.total("transitive")), (60, 9));
    assert_eq!((of_role(&answer, "direct").len(), of_role(&answer, "transitive").len()), (3, 3));
}

#[test]
fn where_nothing_writes_directly_what_creates_comes_first() {
    let world = World::default()
        .file(
            "shop/a.py",
            "class Box\n  value\n  init()\nmake()\n",
            &["class Box 1-3", "field Box.value 2", "constructor Box.init 3", "function make 4"],
        )
        .edge_with(
            "shop:Box.init",
            Writes,
            "shop:Box.value",
            3,
            Tier::Exact,
            ReferenceFlags::INITIALIZER,
        )
        .edge("shop:make", Calls, "shop:Box.init", 4)
        .edge("shop:make", Instantiates, "shop:Box", 4)
        .open();
    let answer = writers(&world.snapshot, "Box.value", &Options::default());
    assert_eq!(crate::roles(&answer), ["initializer Box.init", "transitive make"]);
}
