use crate::world::world;
use crate::{noted, roles};
use qf_query::{Options, ask, path};

#[test]
fn every_step_has_its_line() {
    let world = world();
    let answer =
        ask(&world.snapshot, "how does RefundButton reach Ledger.reverse", &Options::default());
    assert_eq!(answer.intent, "path");
    assert_eq!(
        roles(&answer),
        ["path RefundButton", "path requestRefund", "path refund_order", "path Ledger.reverse"]
    );
    assert_eq!(answer.items[1].why, "→ POST /api/refunds → refund_order");
    assert_eq!(answer.items[0].evidence[0].text, "requestRefund(1)");
    assert_eq!(answer.items[3].evidence[0].text, "def reverse(self, entry)");
}

#[test]
fn interfaces_are_no_end() {
    let world = world();
    let answer = path(&world.snapshot, "main", "Postgres.Charge", &Options::default());
    assert_eq!(roles(&answer), ["path main", "path Settle", "path Postgres.Charge"]);
    assert_eq!(answer.items[1].why, "→ Store.Charge → Postgres.Charge");
}

#[test]
fn the_way_back_is_better_than_nothing() {
    let world = world();
    let answer = path(&world.snapshot, "Ledger.reverse", "refund_order", &Options::default());
    assert_eq!(roles(&answer), ["path refund_order", "path Ledger.reverse"]);
    assert!(noted(&answer, "this is the way back"));
    let none = path(&world.snapshot, "Settle", "refund_order", &Options::default());
    assert!(none.is_empty());
    assert!(noted(&none, "does not reach"));
}
