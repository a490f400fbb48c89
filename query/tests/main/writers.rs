use crate::world::{articles, world};
use crate::{item, noted, of_role, roles};
use qf_query::{Options, ask, writers};

#[test]
fn direct_writers_then_what_reaches_them_then_initializers() {
    let world = world();
    let answer = ask(&world.snapshot, "functions that update user balance", &Options::default());
    assert_eq!(answer.intent, "writers");
    assert_eq!(
        roles(&answer),
        [
            "direct Ledger.apply",
            "direct Ledger.reverse",
            "direct Postgres.Charge",
            "transitive CappedLedger.apply",
            "transitive refund_order",
            "transitive Settle",
            "transitive main",
            "transitive requestRefund",
            "transitive RefundButton",
            "initializer User.__init__",
            "initializer open_account",
        ]
    );
    assert!(answer.reading.contains("named balance, owned by User"), "{}", answer.reading);
    assert!(answer.reading.contains("table users"), "{}", answer.reading);
}

#[test]
fn chains_say_how_and_over_how_many_repositories() {
    let world = world();
    let answer = ask(&world.snapshot, "who mutates the user's balance?", &Options::default());
    let request = item(&answer, "requestRefund");
    assert_eq!(request.why, "→ POST /api/refunds → refund_order → Ledger.reverse");
    assert_eq!(request.path, ["requestRefund", "refund_order", "Ledger.reverse"]);
    assert_eq!((request.across, request.hops), (2, 2));
    assert_eq!(request.evidence[0].text, "return post('/api/refunds')");
    assert_eq!(request.evidence[0].file, "web/refund.ts");
    let settle = item(&answer, "Settle");
    assert_eq!(settle.why, "→ Store.Charge → Postgres.Charge");
    assert_eq!(settle.tier, Some(qf_graph::Tier::Dispatch));
    let reverse = item(&answer, "Ledger.reverse");
    assert_eq!(reverse.why, "writes User.balance");
    assert_eq!(reverse.evidence[0].text, "user.balance = entry.before");
    assert_eq!(reverse.tier, Some(qf_graph::Tier::Typed));
}

#[test]
fn what_is_not_meant_is_counted() {
    let world = world();
    let answer = ask(&world.snapshot, "functions that update user balance", &Options::default());
    assert!(noted(&answer, "Not counted: 1 write to a balance of another owner (Wallet.balance)"));
    assert!(noted(&answer, "reads it, 1 · tests, 2"), "{:?}", answer.notes);
    assert!(noted(&answer, "1 write of that name could not be bound"));
    assert!(noted(&answer, "same owner as `user`: Account.balance"), "{:?}", answer.notes);
    assert_eq!(answer.total("test"), 2);
    assert!(answer.ambiguous.is_empty() && answer.meanings.is_empty());
}

#[test]
fn tests_are_listed_last_when_asked_for() {
    let world = world();
    let options = Options { include_tests: true, ..Options::default() };
    let answer = ask(&world.snapshot, "functions that update user balance", &options);
    assert_eq!(of_role(&answer, "test"), ["test_reverse", "test_refund"]);
    assert_eq!(of_role(&answer, "helper"), ["helper"]);
    assert_eq!(answer.items.last().map(|item| item.role.as_str()), Some("helper"));
}

#[test]
fn a_name_of_many_owners_is_ambiguous_and_all_are_answered() {
    let world = world();
    let answer = ask(&world.snapshot, "who updates balance", &Options::default());
    assert!(of_role(&answer, "direct").contains(&"top_up".to_owned()));
    let names: Vec<_> = answer.ambiguous.iter().map(|place| place.name.as_str()).collect();
    assert_eq!(names, ["User.balance", "Wallet.balance", "Account.balance"]);
}

#[test]
fn another_owner_is_its_own_question() {
    let world = world();
    for question in ["functions that update wallet balance", "who writes Wallet.balance"] {
        let answer = ask(&world.snapshot, question, &Options::default());
        assert_eq!(roles(&answer), ["direct top_up"], "{question}");
    }
}

#[test]
fn an_unknown_owner_is_said_to_be_unknown() {
    let world = world();
    let answer = ask(&world.snapshot, "who updates the campaign balance", &Options::default());
    assert!(noted(&answer, "Nothing named balance belongs to `campaign`"), "{:?}", answer.notes);
    assert!(of_role(&answer, "direct").len() >= 4);
}

#[test]
fn fields_are_found_in_words_places_and_tables() {
    let world = world();
    let snapshot = &world.snapshot;
    let options = Options::default();
    let direct = |question: &str| of_role(&ask(snapshot, question, &options), "direct");
    assert_eq!(direct("functions that record when a user was last seen"), ["Ledger.apply"]);
    let expected = ["Ledger.apply", "Ledger.reverse", "Postgres.Charge"];
    assert_eq!(of_role(&writers(snapshot, "billing/models.py:2", &options), "direct"), expected);
    assert_eq!(of_role(&writers(snapshot, "models.py:2", &options), "direct"), expected);
    assert_eq!(of_role(&writers(snapshot, "User.balance", &options), "direct"), expected);
    let table = direct("who writes the users table");
    for name in expected {
        assert!(table.contains(&name.to_owned()), "{name} in {table:?}");
    }
    assert!(!table.contains(&"top_up".to_owned()));
}

#[test]
fn the_verb_picks_the_kind_of_write() {
    let world = world();
    let options = Options::default();
    let created = ask(&world.snapshot, "functions that create a user", &options);
    assert_eq!(of_role(&created, "direct"), ["open_account"]);
    let deleted = ask(&world.snapshot, "what deletes the user status", &options);
    assert_eq!(of_role(&deleted, "direct"), ["forget"]);
}

#[test]
fn limits_and_filters_leave_the_totals() {
    let world = world();
    let options = Options { limit: Some(1), ..Options::default() };
    let answer = ask(&world.snapshot, "functions that update user balance", &options);
    assert_eq!(of_role(&answer, "transitive"), ["CappedLedger.apply"]);
    assert_eq!((answer.total("direct"), answer.total("transitive")), (3, 6));
    let options = Options { repo: Some("orders".to_owned()), ..Options::default() };
    let answer = ask(&world.snapshot, "functions that update user balance", &options);
    assert_eq!(roles(&answer), ["direct Postgres.Charge", "transitive Settle", "transitive main"]);
    let options = Options { hops: Some(1), all: true, ..Options::default() };
    let answer = ask(&world.snapshot, "functions that update user balance", &options);
    assert_eq!(of_role(&answer, "transitive"), ["CappedLedger.apply", "refund_order", "Settle"]);
}

#[test]
fn words_need_not_be_spelled_like_the_code() {
    let world = articles();
    let cases = [
        ("functions that change the favorites of an article", "favoriteArticle"),
        ("functions that change the tag list of an article", "updateArticle"),
        ("what updates the article tags list", "updateArticle"),
        ("functions that add a contact", "addContact"),
        ("who updates the contacts table", "renameContact"),
    ];
    for (question, expected) in cases {
        let answer = ask(&world.snapshot, question, &Options::default());
        assert_eq!(of_role(&answer, "direct"), [expected], "{question}: {:?}", answer.notes);
    }
}
