use crate::world::world;
use crate::{item, noted, of_role};
use qf_query::{Options, ask};

#[test]
fn everything_that_depends_on_it_by_hops() {
    let world = world();
    let answer = ask(&world.snapshot, "what breaks if I change User.balance?", &Options::default());
    assert_eq!(answer.intent, "impact");
    let direct = of_role(&answer, "direct");
    for name in ["Ledger.apply", "Ledger.reverse", "Ledger.describe", "Postgres.Charge"] {
        assert!(direct.contains(&name.to_owned()), "{name} in {direct:?}");
    }
    assert_eq!(item(&answer, "RefundButton").hops, 4);
    assert_eq!(
        item(&answer, "requestRefund").why,
        "→ POST /api/refunds → refund_order → Ledger.reverse → User.balance"
    );
    assert!(noted(&answer, "1 endpoint, 2 tests"), "{:?}", answer.notes);
    assert!(noted(&answer, "in 3 repositories"), "{:?}", answer.notes);
}

#[test]
fn heirs_are_affected() {
    let world = world();
    let answer = ask(&world.snapshot, "impact of changing Ledger", &Options::default());
    let direct = of_role(&answer, "direct");
    assert!(direct.contains(&"CappedLedger".to_owned()), "{direct:?}");
    assert!(direct.contains(&"CappedLedger.apply".to_owned()), "{direct:?}");
}
