use crate::roles;
use crate::world::world;
use qf_query::{Options, ask, where_is};

#[test]
fn definitions_with_their_headers_the_most_used_first() {
    let world = world();
    let answer = where_is(&world.snapshot, "apply", &Options::default());
    assert_eq!(roles(&answer), ["definition Ledger.apply", "definition CappedLedger.apply"]);
    let first = &answer.items[0];
    assert_eq!((first.repo.as_str(), first.file.as_str(), first.line), ("billing", "ledger.py", 2));
    assert_eq!(first.evidence[0].text, "def apply(self, entry)");
    assert!(first.why.starts_with("method of Ledger, used by"), "{}", first.why);
}

#[test]
fn names_have_many_spellings() {
    let world = world();
    let spellings = [
        "Ledger.apply",
        "Ledger::apply",
        "Ledger#apply",
        "`Ledger.apply`",
        "ledger.Ledger.apply",
        "billing.ledger.Ledger.apply",
        "billing/ledger.py:3",
        "ledger.py:2",
        "where is Ledger.apply?",
        "where is the apply method of Ledger",
        "where is Ledger apply defined",
        "where is apply of the ledger class",
    ];
    for spelling in spellings {
        let answer = ask(&world.snapshot, spelling, &Options::default());
        let first = answer.items.first().map(|item| item.qualified_name.as_str());
        assert_eq!(first, Some("Ledger.apply"), "{spelling}: {:?}", roles(&answer));
    }
}

#[test]
fn a_bare_symbol_is_looked_up() {
    let world = world();
    let answer = ask(&world.snapshot, "CappedLedger", &Options::default());
    assert_eq!(answer.intent, "where");
    assert_eq!(roles(&answer), ["definition CappedLedger"]);
    assert!(ask(&world.snapshot, "NoSuchThing", &Options::default()).is_empty());
}
