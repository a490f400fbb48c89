use crate::world::world;
use crate::{noted, roles};
use qf_query::{Options, ask};

#[test]
fn tests_that_reach_it_nearest_first_helpers_apart() {
    let world = world();
    let answer = ask(&world.snapshot, "tests of Ledger.reverse", &Options::default());
    assert_eq!(roles(&answer), ["test test_reverse", "test test_refund"]);
    assert_eq!(answer.items[0].why, "tests it → Ledger.reverse");
    assert_eq!(answer.items[1].why, "reaches it → refund_order → Ledger.reverse");
    let answer = ask(&world.snapshot, "which tests cover Ledger.apply?", &Options::default());
    assert!(answer.is_empty());
    assert!(noted(&answer, "1 helper of tests reaches it too"), "{:?}", answer.notes);
    assert!(noted(&answer, "No test reaches it"), "{:?}", answer.notes);
}
