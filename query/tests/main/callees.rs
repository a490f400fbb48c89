use crate::world::world;
use crate::{item, noted, of_role};
use qf_query::{Options, ask};

#[test]
fn what_is_called_what_it_may_reach_and_what_is_outside() {
    let world = world();
    let answer = ask(&world.snapshot, "what does Settle call", &Options::default());
    assert_eq!(answer.intent, "callees");
    assert_eq!(of_role(&answer, "callee"), ["Store.Charge"]);
    assert_eq!(of_role(&answer, "transitive"), ["Postgres.Charge", "Memory.Charge"]);
    assert_eq!(item(&answer, "Store.Charge").evidence[0].text, "store.Charge(1)");
    assert!(noted(&answer, "outside of the index: kafka.publish"), "{:?}", answer.notes);
}

#[test]
fn links_are_called_too() {
    let world = world();
    let answer = ask(&world.snapshot, "callees of requestRefund", &Options::default());
    assert_eq!(of_role(&answer, "callee"), ["refund_order"]);
    assert_eq!(answer.items[0].why, "called by it with POST /api/refunds");
    assert_eq!(answer.items[0].across, 2);
}
