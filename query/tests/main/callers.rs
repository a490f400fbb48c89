use crate::world::{dispatched, world};
use crate::{item, noted, of_role};
use qf_graph::Tier;
use qf_query::{Options, ask, callers};

#[test]
fn callers_with_their_lines_then_what_reaches_them() {
    let world = world();
    let answer = ask(&world.snapshot, "who calls Ledger.reverse", &Options::default());
    assert_eq!(of_role(&answer, "caller"), ["refund_order"]);
    assert_eq!(of_role(&answer, "transitive"), ["requestRefund", "RefundButton"]);
    let caller = item(&answer, "refund_order");
    assert_eq!(caller.why, "calls Ledger.reverse");
    assert_eq!(caller.evidence[0].text, "ledger.reverse(order.entry)");
    assert!(noted(&answer, "2 tests reach it"), "{:?}", answer.notes);
}

#[test]
fn a_type_is_called_by_being_made() {
    let world = world();
    let answer = callers(&world.snapshot, "User", &Options::default());
    assert_eq!(of_role(&answer, "caller"), ["open_account"]);
}

#[test]
fn calls_through_an_interface_are_marked() {
    let world = world();
    let answer = callers(&world.snapshot, "Postgres.Charge", &Options::default());
    let settle = item(&answer, "Settle");
    assert_eq!(settle.why, "may call it through Store.Charge");
    assert_eq!(settle.tier, Some(Tier::Dispatch));
    assert_eq!(settle.role, "caller");
}

#[test]
fn where_the_index_knows_the_implementation_nothing_is_guessed() {
    let world = dispatched();
    let options = Options::default();
    assert_eq!(of_role(&callers(&world.snapshot, "A.fee", &options), "caller"), ["run"]);
    assert!(callers(&world.snapshot, "B.fee", &options).is_empty());
}

#[test]
fn unsure_edges_are_left_out_unless_asked_for() {
    let world = world();
    let sure = callers(&world.snapshot, "Memory.Charge", &Options::default());
    assert_eq!(of_role(&sure, "caller"), ["Settle"]);
    let options = Options { tier: Tier::Maybe, ..Options::default() };
    let all = callers(&world.snapshot, "Memory.Charge", &options);
    assert_eq!(of_role(&all, "caller"), ["Settle", "main"]);
}

#[test]
fn routes_have_callers_too() {
    let world = world();
    let answer = ask(&world.snapshot, "who calls POST /api/refunds", &Options::default());
    assert_eq!(of_role(&answer, "caller"), ["requestRefund"]);
    assert_eq!(of_role(&answer, "transitive"), ["RefundButton"]);
    assert!(answer.reading.contains("POST /api/refunds"));
}

#[test]
fn what_is_passed_on_is_noted() {
    let world = world();
    let answer = callers(&world.snapshot, "refund_order", &Options::default());
    assert!(noted(&answer, "Passed on without a call by 1 definition"), "{:?}", answer.notes);
}

#[test]
fn an_unknown_name_has_neighbours() {
    let world = world();
    let answer = ask(&world.snapshot, "who calls ledgr.reverse", &Options::default());
    assert!(answer.is_empty());
    assert_eq!(answer.searched, ["ledgr.reverse"]);
    assert_eq!(answer.nearest[0].name, "Ledger.reverse");
    assert_eq!((answer.nearest[0].file.as_str(), answer.nearest[0].line), ("ledger.py", 4));
    assert_eq!(answer.reading, "Nothing is named `ledgr.reverse`");
}
