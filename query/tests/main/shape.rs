//! The serialized form is a contract.

use crate::world::world;
use qf_query::{Options, ask};

#[test]
fn the_contract_of_the_serialized_form() {
    let world = world();
    let answer = ask(&world.snapshot, "functions that update user balance", &Options::default());
    let json = serde_json::to_value(&answer).expect("an answer is JSON");
    for field in [
        "version",
        "question",
        "intent",
        "reading",
        "items",
        "totals",
        "ambiguous",
        "searched",
        "nearest",
        "notes",
        "plan",
        "timing",
        "generation",
        "indexed_at",
        "complete",
    ] {
        assert!(json.get(field).is_some(), "{field}");
    }
    assert_eq!(json["version"], 1);
    assert_eq!(json["complete"], true);
    let item = &json["items"][0];
    for field in [
        "rank",
        "repo",
        "file",
        "line",
        "end_line",
        "name",
        "qualified_name",
        "kind",
        "role",
        "tier",
        "score",
        "why",
        "evidence",
        "path",
        "hops",
        "across",
    ] {
        assert!(item.get(field).is_some(), "{field}");
    }
    assert_eq!(item["rank"], 1);
    assert_eq!(item["tier"], "exact");
    assert_eq!(
        item["evidence"][0],
        serde_json::json!({
            "file": "billing/ledger.py",
            "line": 3,
            "text": "self.user.balance += entry.amount",
        })
    );
}

#[test]
fn equal_questions_have_equal_items() {
    let world = world();
    for question in ["functions that update user balance", "who calls apply", "ledger entries"] {
        let first = ask(&world.snapshot, question, &Options::default());
        let second = ask(&world.snapshot, question, &Options::default());
        assert_eq!(first.items, second.items, "{question}");
        assert_eq!(first.notes, second.notes, "{question}");
    }
}

#[test]
fn the_plan_is_explained() {
    let world = world();
    let answer = ask(&world.snapshot, "functions that update user balance", &Options::default());
    let text = answer.explain();
    assert!(
        text.contains(
            "Step calls|invokes|reaches|instantiates|writes in, any number of hops, likely or better"
        ),
        "{text}"
    );
    assert!(text.contains("Named `user balance`"), "{text}");
    assert!(text.lines().all(|line| line.contains(" rows ")), "{text}");
}

#[test]
fn no_question_is_too_strange() {
    let world = world();
    let long = "who calls ".repeat(400);
    let strange = [
        "",
        " ",
        "?",
        "()",
        "`",
        "``",
        "`()`",
        "who calls",
        "a:1",
        ":1",
        "é's ß",
        "/",
        "GET /",
        "who calls ()",
        "models.py:4294967295",
        "models.py:99999999999",
        "::",
        "who updates the",
        "path from to",
        "path from a to",
        "who writes `user balance`",
        "İ i̇",
        &long,
    ];
    for question in strange {
        let answer = ask(&world.snapshot, question, &Options::default());
        assert_eq!(answer.question, question);
    }
}
