//! Names that mean several things, and what they are to a question.

use crate::fixture::World;
use crate::{item, of_role};
use qf_graph::EdgeKind::{Calls, Instantiates, TypeOf};
use qf_query::{Options, ask, callers};

#[test]
fn unrelated_definitions_of_one_name_are_told() {
    let world = World::default()
        .file("a/money.java", "enum Currency { USD }\n", &["enum Currency 1"])
        .file("b/cash.java", "enum Currency { EUR }\n", &["enum Currency 1"])
        .file("b/pay.java", "pay() { Currency c }\n", &["function pay 1"])
        .edge("b:pay", TypeOf, "b:Currency", 1)
        .open();
    let answer = callers(&world.snapshot, "Currency", &Options::default());
    assert_eq!(answer.meanings.len(), 1);
    let meaning = &answer.meanings[0];
    assert_eq!((meaning.name.as_str(), meaning.count), ("Currency", 2));
    assert_eq!(answer.ambiguous.len(), 2);
}

#[test]
fn overloads_are_one_thing_and_told_apart_by_their_parameters() {
    let world = World::default()
        .file(
            "a/gson.java",
            "class Gson {\n  read(String json) {}\n  read(Reader json) {}\n  Gson() {}\n}\nrun()\n",
            &[
                "class Gson 1-5",
                "method Gson.read 2",
                "method Gson.read 3",
                "constructor Gson.Gson 4",
                "function run 6",
            ],
        )
        .edge("a:Gson.read", Calls, "a:run", 2)
        .open();
    let answer = ask(&world.snapshot, "where is Gson.read", &Options::default());
    let parameters: Vec<_> =
        answer.items.iter().filter_map(|item| item.parameters.as_deref()).collect();
    assert_eq!(parameters, ["(String json)", "(Reader json)"]);
    assert!(callers(&world.snapshot, "Gson.read", &Options::default()).meanings.is_empty());
    assert!(callers(&world.snapshot, "Gson", &Options::default()).meanings.is_empty());
    let answer = callers(&world.snapshot, "run", &Options::default());
    assert_eq!(answer.items[0].parameters, None);
}

#[test]
fn using_is_not_calling_and_constants_do_not_use_their_enumeration() {
    let world = World::default()
        .file(
            "a/kind.java",
            "enum Kind {\n  A\n}\nclass Item { Kind kind }\nmake() { new Item() }\nshow(Item i)\n",
            &[
                "enum Kind 1-3",
                "enum_member Kind.A 2",
                "class Item 4",
                "function make 5",
                "function show 6",
            ],
        )
        .edge("a:Kind", Instantiates, "a:Kind", 2)
        .edge("a:Kind.A", Instantiates, "a:Kind", 2)
        .edge("a:Item", TypeOf, "a:Kind", 4)
        .edge("a:make", Instantiates, "a:Item", 5)
        .edge("a:show", TypeOf, "a:Item", 6)
        .open();
    let answer = ask(&world.snapshot, "who uses Kind", &Options::default());
    assert_eq!(of_role(&answer, "user"), ["Item"]);
    assert!(of_role(&answer, "caller").is_empty());
    assert_eq!(answer.reading, "who uses Kind");
    let answer = ask(&world.snapshot, "who uses Item", &Options::default());
    assert_eq!(of_role(&answer, "caller"), ["make"]);
    assert_eq!(of_role(&answer, "user"), ["show"]);
    assert_eq!(item(&answer, "show").why, "has the type Item");
}
