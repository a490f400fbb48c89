//! Types of questions beside the relations: what something is, examples, packages, history, changes,
//! parts, where something new would go; other wordings; context packs; phrased answers.

use crate::fixture::World;
use crate::world::world;
use crate::{item, noted, of_role};
use qf_graph::EdgeKind::Imports;
use qf_graph::history::{Blame, Change, History, Texts};
use qf_graph::{Channel, FileId};
use qf_query::{Options, ask, context, phrase};
use std::sync::Arc;

/// Version control in which `Ledger.reverse` was changed last.
struct Changed;

impl History for Changed {
    fn blame(
        &self,
        root: &str,
        _: &str,
        path: &str,
        text: &str,
        (first, last): (u32, u32),
    ) -> Result<Vec<Blame>, String> {
        assert!(text.contains("class Ledger") || !root.ends_with("billing"));
        if !root.ends_with("billing") {
            return Err("no such file in that commit".to_owned());
        }
        let commit = |author: &str, time, line, lines| Blame {
            commit: "abcdef0123456789".to_owned(),
            author: author.to_owned(),
            time,
            summary: format!("Change {path}"),
            line,
            lines,
        };
        Ok(vec![commit("Ada", 86_400, first, last - first), commit("Grace", 951_782_400, last, 1)])
    }

    fn changes(
        &self,
        root: &str,
        (from, to): (&str, Option<&str>),
        files: &[(String, FileId)],
        text: Texts<'_>,
    ) -> Result<Vec<Change>, String> {
        if from != "v1" || to.is_some_and(|to| to != "v2") {
            return Err(format!("no revision `{from}`"));
        }
        let mut out = Vec::new();
        for (path, file) in files {
            assert!(!text(*file).is_empty());
            if root.ends_with("billing") && path == "ledger.py" {
                let (file, path, lines) = (Some(*file), path.clone(), vec![(5, 5)]);
                out.push(Change { file, path, lines, deleted: Vec::new(), added: false });
            }
        }
        if root.ends_with("billing") {
            let path = "old.py".to_owned();
            let (lines, deleted) = (Vec::new(), Vec::new());
            out.push(Change { file: None, path, lines, deleted, added: false });
        }
        Ok(out)
    }
}

#[test]
fn what_something_is_is_told_from_the_graph() {
    let world = world();
    for question in
        ["what is Ledger", "explain Ledger", "what does Ledger do", "what's Ledger for?"]
    {
        let answer = ask(&world.snapshot, question, &Options::default());
        assert_eq!(answer.intent, "what", "{question}");
        assert_eq!(answer.items[0].qualified_name, "Ledger");
        assert!(noted(&answer, "extended by CappedLedger"), "{:?}", answer.notes);
        assert!(
            noted(&answer, "3 methods (apply, reverse, describe)")
                || noted(&answer, "Has 3 methods (apply, reverse and describe)"),
            "{:?}",
            answer.notes
        );
    }
    let answer = ask(&world.snapshot, "what does Ledger.apply do?", &Options::default());
    assert!(noted(&answer, "applies an entry"), "{:?}", answer.notes);
    assert!(noted(&answer, "Writes User.balance and User.last_seen"), "{:?}", answer.notes);
}

#[test]
fn examples_are_tests_before_other_code() {
    let world = world();
    let answer = ask(&world.snapshot, "example uses of Ledger.reverse", &Options::default());
    assert_eq!(answer.intent, "examples");
    assert_eq!(of_role(&answer, "example"), ["test_reverse", "refund_order"]);
    assert_eq!(item(&answer, "test_reverse").evidence[0].text, "ledger.reverse(entry)");
}

#[test]
fn packages_have_dependents_and_repositories_dependencies() {
    let opened = World::default()
        .file("api/a.ts", "f\n", &["function f 1"])
        .file("api/package.json", "{}\n", &[])
        .file("lib/l.ts", "g\n", &["function g 1"])
        .file("lib/package.json", "{}\n", &[])
        .side("api:<module>", (Channel::Package, "npm:@acme/lib"), false)
        .side("api:<module>", (Channel::Package, "npm:left-pad"), false)
        .side("lib:<module>", (Channel::Package, "npm:@acme/lib"), true)
        .link("api:f", Imports, "lib:g", 1, (Channel::Package, "npm:@acme/lib"))
        .open();
    for question in [
        "which repos depend on @acme/lib?",
        "who uses the package lib",
        "which projects require npm:@acme/lib",
    ] {
        let answer = ask(&opened.snapshot, question, &Options::default());
        assert_eq!(answer.intent, "dependents", "{question}");
        assert!(answer.items.iter().all(|item| item.repo == "api") && !answer.is_empty());
        assert!(noted(&answer, "1 repository: api"), "{:?}", answer.notes);
        assert!(noted(&answer, "Provided by lib/"), "{:?}", answer.notes);
    }
    let answer = ask(&opened.snapshot, "what does api depend on", &Options::default());
    assert_eq!(answer.intent, "dependencies");
    assert!(noted(&answer, "1 of 2 are indexed"), "{:?}", answer.notes);
}

#[test]
fn topics_have_consumers() {
    let opened = World::default()
        .file("a/a.py", "f\n", &["function publish 1"])
        .file("b/b.py", "f\n", &["function settle 1"])
        .side("a:publish", (Channel::Topic, "orders.settled"), false)
        .side("b:settle", (Channel::Topic, "orders.settled"), true)
        .open();
    for question in [
        "who consumes orders.settled?",
        "who listens to orders.settled",
        "subscribers of the topic orders.settled",
    ] {
        let answer = ask(&opened.snapshot, question, &Options::default());
        assert_eq!(answer.intent, "consumers", "{question}");
        assert_eq!(of_role(&answer, "direct"), ["settle"]);
        assert!(noted(&answer, "1 place asks for it"), "{:?}", answer.notes);
    }
}

#[test]
fn history_says_who_and_when() {
    let mut world = world();
    let unknown = ask(&world.snapshot, "who last changed Ledger.reverse", &Options::default());
    assert!(noted(&unknown, "Version control is not at hand"), "{:?}", unknown.notes);
    world.snapshot.set_history(Arc::new(Changed));
    let answer = ask(&world.snapshot, "who last changed Ledger.reverse", &Options::default());
    assert_eq!(answer.intent, "history");
    let found = &answer.items[0];
    assert_eq!(found.why, "last changed 2000-02-29 by Grace in abcdef0123: Change ledger.py");
    assert!(
        noted(&answer, "Written by Ada 1 of 2 lines, Grace 1 of 2 lines"),
        "{:?}",
        answer.notes
    );
}

#[test]
fn changes_affect_what_reaches_them() {
    let mut world = world();
    world.snapshot.set_history(Arc::new(Changed));
    for question in [
        "what changed since v1",
        "what changed between v1 and v2",
        "what changed in billing since v1",
    ] {
        let answer = ask(&world.snapshot, question, &Options::default());
        assert_eq!(answer.intent, "changed", "{question}");
        assert_eq!(of_role(&answer, "direct"), ["Ledger.reverse"], "{question}");
        assert_eq!(of_role(&answer, "transitive")[0], "refund_order");
        assert!(noted(&answer, "Gone: billing/old.py"), "{:?}", answer.notes);
    }
    let tests = qf_query::tests_of_changes(&world.snapshot, &["v1"], &Options::default());
    assert_eq!(of_role(&tests, "test"), ["test_reverse", "test_refund"]);
    let unknown = qf_query::changed(&world.snapshot, &["v7"], &Options::default());
    assert!(unknown.is_empty() && unknown.reading.contains("v7"), "{}", unknown.reading);
}

#[test]
fn parts_are_named_and_described() {
    let world = world();
    let answer = ask(&world.snapshot, "how is billing organised?", &Options::default());
    assert_eq!(answer.intent, "overview");
    assert!(!of_role(&answer, "part").is_empty());
    assert!(noted(&answer, "billing: "), "{:?}", answer.notes);
    let all = qf_query::overview(&world.snapshot, None, &Options::default());
    assert!(noted(&all, "web: ") && noted(&all, "uses billing"), "{:?}", all.notes);
    // Prose about something else is no question about repositories.
    let other = ask(&world.snapshot, "how is the balance organised", &Options::default());
    assert_ne!(other.intent, "overview");
}

#[test]
fn something_new_goes_beside_what_is_like_it() {
    let world = world();
    let answer = ask(&world.snapshot, "where would I add a new ledger", &Options::default());
    assert_eq!(answer.intent, "add");
    assert_eq!(answer.items[0].file, "ledger.py");
    assert!(answer.items[0].why.starts_with("beside Ledger"), "{}", answer.items[0].why);
}

#[test]
fn other_wordings_are_understood() {
    let world = world();
    let of = |question: &str| ask(&world.snapshot, question, &Options::default());
    for question in [
        "balance of the user: who updates it?",
        "who modifes User.balance?",
        "functions wich update User.balance",
        "does anything modify User.balance",
        "all places where the user balance is changed",
        "User.balance is written by whom?",
    ] {
        let answer = of(question);
        assert_eq!(answer.intent, "writers", "{question}");
        assert_eq!(answer.question, question);
        assert!(of_role(&answer, "direct").contains(&"Ledger.apply".to_owned()), "{question}");
    }
    let dead = of("dead code in orders");
    assert_eq!(dead.intent, "dead");
    assert!(dead.items.iter().all(|item| item.repo == "orders"));
    let inherited = of("who calls CappedLedger.reverse");
    assert_eq!(of_role(&inherited, "caller"), ["refund_order"]);
    assert!(noted(&inherited, "from what it extends"), "{:?}", inherited.notes);
}

#[test]
fn packs_fit_their_budget() {
    let world = world();
    for budget in [0, 60, 200, 600, 4000] {
        let task = "refunds must not make the user's balance negative (Ledger.reverse)";
        let pack = context::pack(&world.snapshot, task, budget, &Options::default());
        let tokens = context::tokens(&pack.markdown());
        assert_eq!(pack.tokens, tokens);
        assert!(tokens <= budget || pack.entries.is_empty(), "{tokens} of {budget}");
        if budget >= 600 {
            assert_eq!(pack.entries[0].name, "Ledger.reverse");
            assert!(pack.entries[0].text.contains("user.balance = entry.before"));
            assert!(pack.files().contains(&"billing/ledger.py".to_owned()));
            let place = |entry: &context::Entry| {
                format!("{}/{}:{} {}", entry.repo, entry.file, entry.line, entry.name)
            };
            let mut names: Vec<String> = pack.entries.iter().map(place).collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "each stands once");
        }
    }
}

#[test]
fn sentences_cite_what_they_name() {
    let world = world();
    let answer = ask(&world.snapshot, "who calls Ledger.reverse", &Options::default());
    let text = "Ledger.reverse is called by refund_order [1]. WalletService.top_up calls it too. \
                It is called once. `helper` calls it [1]. refund_order is a function [99]. Wallet \
                has it [1]. It starts at und_order [1]. helper runs it [1]. That is all there is [1].";
    let phrased = phrase::checked(&world.snapshot, text, &answer, "model");
    let kept: Vec<&str> = phrased.sentences.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(
        kept,
        ["Ledger.reverse is called by refund_order [1].", "That is all there is [1]."]
    );
    assert_eq!(phrased.sentences[0].cites, [1]);
    assert_eq!(phrased.dropped, 7);
    assert!(
        phrase::listed(&answer)
            .starts_with("[1] function refund_order (billing/routes.py:1, caller)")
    );
}

#[test]
fn pages_of_an_answer_join_to_the_whole() {
    let world = world();
    let options = |offset, limit| Options { offset, limit: Some(limit), ..Options::default() };
    let names = |options: &Options| -> Vec<String> {
        let answer = qf_query::callers(&world.snapshot, "Ledger.reverse", options);
        answer.items.iter().map(|item| format!("{} {}", item.role, item.qualified_name)).collect()
    };
    let whole = names(&options(0, 10));
    let mut pages: Vec<String> = (0..4).flat_map(|page| names(&options(page, 1))).collect();
    pages.sort();
    let mut sorted = whole.clone();
    sorted.sort();
    assert_eq!(pages, sorted);
    assert!(whole.len() >= 3);
}

#[test]
fn what_is_computed_once_may_need_what_else_is() {
    struct Inner(u32);
    struct Outer(u32);
    let world = world();
    let snapshot = &world.snapshot;
    let outer = || Outer(snapshot.cached(|| Inner(snapshot.symbol_count())).0 + 1);
    assert_eq!(snapshot.cached(outer).0, snapshot.symbol_count() + 1);
    assert_eq!(snapshot.cached(|| Outer(0)).0, snapshot.symbol_count() + 1);
}
