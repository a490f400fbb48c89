//! The types of questions that need no chapter of their own.

use crate::fixture::World;
use crate::roles;
use crate::world::world;
use qf_graph::EdgeKind::Calls;
use qf_query::{Options, ask};

#[test]
fn who_reads_a_field() {
    let world = world();
    for question in ["who reads User.balance?", "where is the user's balance read?"] {
        let answer = ask(&world.snapshot, question, &Options::default());
        assert_eq!(answer.intent, "readers", "{question}");
        assert_eq!(roles(&answer), ["direct Ledger.describe"], "{question}");
    }
}

#[test]
fn what_stands_below_a_type_or_method() {
    let world = world();
    let of = |question: &str| ask(&world.snapshot, question, &Options::default());
    assert_eq!(roles(&of("subclasses of Ledger")), ["direct CappedLedger"]);
    assert_eq!(roles(&of("what overrides Ledger.apply?")), ["direct CappedLedger.apply"]);
    let answer = of("which methods implement Store.Charge");
    assert_eq!(roles(&answer), ["direct Postgres.Charge", "direct Memory.Charge"]);
    assert!(of("implementations of Wallet").is_empty());
}

#[test]
fn what_nothing_uses_and_why_it_may_live() {
    let world = world();
    for question in ["dead code", "which functions are never called?", "unused functions"] {
        let answer = ask(&world.snapshot, question, &Options::default());
        assert_eq!(answer.intent, "dead", "{question}");
        let item = |name: &str| answer.items.iter().find(|item| item.qualified_name == name);
        assert_eq!(item("top_up").expect("listed").role, "direct");
        assert_eq!(item("top_up").expect("listed").why, "nothing uses it");
        let overriding = item("CappedLedger.apply").expect("listed");
        assert_eq!(overriding.role, "match");
        assert!(overriding.why.contains("overrides"), "{}", overriding.why);
        for used in ["main", "Ledger.reverse", "refund_order", "test_reverse"] {
            assert!(item(used).is_none(), "{used}");
        }
    }
}

#[test]
fn what_most_functions_depend_on() {
    let world = world();
    let answer = ask(&world.snapshot, "hotspots", &Options::default());
    assert_eq!(answer.intent, "hotspots");
    assert!(answer.items.iter().all(|item| item.why.starts_with("used by ")), "{answer:?}");
}

#[test]
fn functions_that_call_each_other() {
    let world = World::default()
        .file(
            "app/a.py",
            "def ping(): pong()\ndef pong(): ping()\ndef alone(): ping()\n",
            &["function ping 1", "function pong 2", "function alone 3"],
        )
        .edge("app:ping", Calls, "app:pong", 1)
        .edge("app:pong", Calls, "app:ping", 2)
        .edge("app:alone", Calls, "app:ping", 3)
        .open();
    let answer = ask(&world.snapshot, "functions that call each other", &Options::default());
    assert_eq!(roles(&answer), ["match ping", "match pong"]);
    assert_eq!(answer.items[0].why, "circle 1 of 2: → pong");
    let answer = ask(&world.snapshot, "circular imports", &Options::default());
    assert!(answer.is_empty());
}

#[test]
fn a_message_is_found_where_it_stands() {
    let world = World::default()
        .file(
            "app/a.py",
            "def pay(name):\n    raise Error(f\"no funds left for {name}\")\ndef other(): 1\n",
            &["function pay 1-2", "function other 3"],
        )
        .open();
    for question in [
        "where is the error \"no funds left for bob\" raised?",
        "where is \"no funds left\" raised?",
        "who raises the error no funds left",
    ] {
        let answer = ask(&world.snapshot, question, &Options::default());
        assert_eq!(answer.intent, "raised", "{question}");
        assert_eq!(roles(&answer), ["match pay"], "{question}");
        assert_eq!(answer.items[0].evidence[0].line, 2);
    }
}

#[test]
fn what_is_written_alike_leaves_itself_out() {
    let world = World::default()
        .file(
            "app/a.py",
            "def add_user(user): insert(user)\ndef add_order(order): insert(order)\nclass A: pass\n",
            &["function add_user 1", "function add_order 2", "class A 3"],
        )
        .open();
    let answer = ask(&world.snapshot, "functions similar to add_user", &Options::default());
    assert_eq!(answer.intent, "similar");
    assert_eq!(roles(&answer), ["match add_order"]);
}
