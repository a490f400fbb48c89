//! Edges that no reference makes: tests and what they exercise, documents and what they describe.

use crate::support::{Place, edges};
use qf_graph::edge::EdgeKind;

/// `from -> to, tier, rule` of all edges of a kind.
fn found(place: &Place, kind: EdgeKind) -> Vec<String> {
    place.index();
    let snapshot = place.snapshot();
    let name = |symbol| match snapshot.qualified_name(symbol) {
        "<module>" => snapshot.path(snapshot.file(symbol)).to_owned(),
        name => name.to_owned(),
    };
    let mut out: Vec<String> = edges(&snapshot)
        .filter(|edge| edge.kind == kind)
        .map(|edge| {
            let rule = edge.rule.rsplit('/').next().unwrap_or_default();
            format!("{} -> {}, {}, {rule}", name(edge.from), name(edge.to), edge.tier.name())
        })
        .collect();
    out.sort();
    out
}

const LEDGER: &str = "class Ledger:
    def apply(self, amount): pass
    def reset(self): pass

def balance_of(ledger): pass
";

#[test]
fn tests_exercise_what_they_call_and_what_their_fixtures_make() {
    let place = Place::with(&[
        ("shop/ledger.py", LEDGER),
        (
            "tests/conftest.py",
            "import pytest\nfrom shop.ledger import Ledger\n\n@pytest.fixture\ndef ledger():\n    return Ledger()\n",
        ),
        (
            "tests/test_ledger.py",
            "from shop.ledger import Ledger\n\ndef helper():\n    Ledger().reset()\n\ndef test_apply(ledger):\n    ledger.apply(1)\n\ndef test_made():\n    Ledger().apply(2)\n\ndef test_balance_of():\n    assert True\n",
        ),
    ]);
    assert_eq!(
        found(&place, EdgeKind::Tests),
        [
            "test_apply -> Ledger, typed, test-fixture",
            "test_apply -> Ledger.apply, typed, test-call",
            "test_balance_of -> balance_of, likely, test-name",
            "test_made -> Ledger, exact, test-call",
            "test_made -> Ledger.apply, typed, test-call",
            "tests/test_ledger.py -> shop/ledger.py, likely, test-file",
        ]
    );
}

#[test]
fn tests_that_are_calls_count() {
    let place = Place::with(&[
        ("src/ledger.js", "export function apply(n) { return n; }\n"),
        (
            "src/ledger.test.js",
            "import { apply } from './ledger';\ntest('adds', () => { expect(apply(1)).toBe(1); });\n",
        ),
    ]);
    assert_eq!(
        found(&place, EdgeKind::Tests),
        [
            "adds -> apply, exact, test-call",
            "src/ledger.test.js -> src/ledger.js, likely, test-file",
        ]
    );
}

#[test]
fn inline_tests_of_rust_count() {
    let place = Place::with(&[(
        "src/lib.rs",
        "pub fn apply(n: i32) -> i32 { n }\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn test_apply() {\n        assert_eq!(apply(1), 1);\n    }\n}\n",
    )]);
    assert_eq!(found(&place, EdgeKind::Tests), ["tests.test_apply -> apply, exact, test-call"]);
}

#[test]
fn a_file_that_two_could_be_paired_with_is_paired_with_none() {
    let place = Place::with(&[
        ("a/util.py", "def one(): pass\n"),
        ("b/util.py", "def one(): pass\n"),
        ("tests/test_util.py", "def test_one(): pass\n"),
    ]);
    assert_eq!(found(&place, EdgeKind::Tests), Vec::<String>::new());
}

#[test]
fn documents_describe_what_they_name_as_code() {
    let place = Place::with(&[
        ("shop/ledger.py", LEDGER),
        ("shop/other.py", "class Other:\n    def reset(self): pass\n"),
        (
            "README.md",
            "# Shop\n\nSee `balance_of`.\n\n## Use\n\nCall `Ledger.apply`, then `reset()`; not `apply`.\n\n```py\nOther.reset()\n```\n",
        ),
    ]);
    assert_eq!(
        found(&place, EdgeKind::Documents),
        [
            "Shop -> balance_of, likely, code-span",
            "Shop.Use -> Ledger.apply, likely, code-span",
            "Shop.Use -> Ledger.reset, maybe, code-span",
            "Shop.Use -> Other.reset, maybe, code-span",
        ]
    );
}
