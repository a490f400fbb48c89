//! `qf index --rev`, `--at`, `qf diff`, and what they say when there is nothing to read.

use crate::support::Workspace;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn git(folder: &Path, arguments: &[&str]) {
    let settings = ["user.name=Ada", "user.email=ada@example.com", "commit.gpgsign=false"];
    let status = Command::new("git")
        .current_dir(folder)
        .args(settings.iter().flat_map(|setting| ["-c", setting]))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("git runs");
    assert!(status.success(), "git {arguments:?}");
}

const LEDGER: &str = "\
class Ledger:
    def apply(self, amount):
        return self.post(amount)

    def post(self, amount):
        return amount


def round_up(amount):
    whole = int(amount)
    return whole + 1 if amount > whole else whole


def old_fee(amount):
    return amount
";

const LEDGER_2: &str = "\
class Ledger:
    def apply(self, amount, reason):
        return self.post(amount)

    def post(self, amount):
        return amount + 1


def rounded(amount):
    whole = int(amount)
    return whole + 1 if amount > whole else whole


def fee(amount):
    return 2 * amount
";

const PAY: &str = "\
from shop.ledger import Ledger
from shop.rates import rate


def pay(amount):
    return Ledger().apply(amount) * rate()


def unused():
    return pay(0)
";

const PAY_2: &str = "\
from shop.ledger import Ledger
from shop.prices import rate


def pay(amount):
    return Ledger().apply(amount, 'pay') * rate()
";

/// A repository with `v1`, and `v2` on `main`: an interface that changed, a definition that was
/// renamed, one that was moved, a call that leads elsewhere.
fn repository(workspace: &Workspace) -> PathBuf {
    let root = workspace.folder.path().join("shop");
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("written");
    };
    write("shop/__init__.py", "");
    git(&root, &["init", "-q", "-b", "main"]);
    write("shop/ledger.py", LEDGER);
    write("shop/pay.py", PAY);
    write("shop/rates.py", "def rate():\n    return 1\n");
    write("tests/test_pay.py", "from shop.pay import pay\n\n\ndef test_pay():\n    pay(1)\n");
    write("tests/test_rates.py", "from shop.rates import rate\n\n\ndef test_rate():\n    rate()\n");
    git(&root, &["add", "-A"]);
    git(&root, &["commit", "-q", "-m", "First"]);
    git(&root, &["tag", "v1"]);
    write("shop/ledger.py", LEDGER_2);
    write("shop/pay.py", PAY_2);
    write("shop/prices.py", "def rate():\n    return 3\n");
    git(&root, &["add", "-A"]);
    git(&root, &["commit", "-q", "-m", "Second"]);
    git(&root, &["tag", "v2"]);
    root
}

fn texts<'v>(list: &'v Value, of: impl Fn(&'v Value) -> String) -> Vec<String> {
    list.as_array().expect("a list").iter().map(of).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn answers_come_from_a_revision() {
    let workspace = Workspace::empty();
    let root = repository(&workspace).display().to_string();
    workspace.run(&["index", "--quiet", &root]).exits(0);
    let none = workspace.run(&["where", "old_fee", "--at", "v1"]);
    assert!(none.stderr.contains("no index of revision `v1`"), "{}", none.stderr);
    let hint = format!("`qf index {root} --rev v1` makes one");
    assert!(none.stderr.contains(&hint), "{}", none.stderr);
    none.exits(2);
    let done = workspace.run(&["index", &root, "--rev", "v1"]).exits(0);
    assert!(done.contains("is indexed: 2 files parsed in "), "{done}");
    assert!(done.contains("Answer from it with: --at v1"), "{done}");
    // What is published stays what it is.
    workspace.run(&["where", "old_fee"]).exits(1);
    for at in ["v1", "HEAD~1", "shop@v1"] {
        let out = workspace.run(&["where", "old_fee", "--at", at]).exits(0);
        assert!(out.contains("shop/shop/ledger.py:14") && out.contains(" · shop at "), "{out}");
    }
    let callers = workspace.run(&["--at", "v1", "callers", "rate", "--json"]).json(0);
    let names = texts(&callers["items"], |item| text(&item["qualified_name"]).to_owned());
    assert!(names.contains(&"pay".to_owned()), "{names:?}");
    let ask = workspace.run(&["ask", "who calls pay", "--at", "v1", "--json"]).json(0);
    let names = texts(&ask["items"], |item| text(&item["qualified_name"]).to_owned());
    assert!(names.contains(&"unused".to_owned()), "{names:?}");
    for command in [
        vec!["overview", "shop"],
        vec!["stats"],
        vec!["unresolved", "--json"],
        vec!["query", "all function | top 3"],
        vec!["export", "edges"],
        vec!["context", "pay"],
        vec!["why", "unused", "pay"],
        vec!["definition", "shop/shop/pay.py:6:12"],
    ] {
        let mut arguments = command.clone();
        arguments.extend(["--at", "v1"]);
        assert_eq!(workspace.run(&arguments).code, 0, "{command:?}");
    }
    // What changed before it, not what is on disk.
    let changed = workspace.run(&["impact", "--diff", "v1", "--at", "v1", "--json"]);
    assert_eq!(changed.json(1)["items"].as_array().map(Vec::len), Some(0));
    let wrong = workspace.run(&["repos", "--at", "v1"]);
    assert!(wrong.stderr.contains("`--at` is for commands that answer"), "{}", wrong.stderr);
    wrong.exits(2);
    workspace.run(&["where", "old_fee", "--at", "v1", "--open"]).exits(2);
}

#[test]
fn views_are_listed_checked_and_dropped() {
    let workspace = Workspace::empty();
    let root = repository(&workspace).display().to_string();
    // Nothing else needs to be indexed.
    workspace.run(&["index", "--quiet", &root, "--rev", "v1"]).exits(0);
    workspace.run(&["where", "old_fee", "--at", "v1"]).exits(0);
    let repos = workspace.run(&["repos"]).exits(0);
    assert!(repos.contains("shop@") && repos.contains("v1"), "{repos}");
    workspace.run(&["index", "--quiet", &root]).exits(0);
    workspace.run(&["index", "--quiet", &root, "--rev", "v2"]).exits(0);
    let repos = workspace.run(&["repos", "--json"]).json(0);
    assert_eq!(repos.as_array().map(Vec::len), Some(1));
    let names = texts(&repos[0]["views"], |view| text(&view["names"][0]).to_owned());
    assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 2, "{names:?}");
    let check = workspace.run(&["check"]).exits(0);
    assert!(check.contains("1 repository and 2 views"), "{check}");
    let out = workspace.run(&["forget", "shop@v1"]).exits(0);
    assert!(out.contains("Forgot shop@v1; "), "{out}");
    workspace.run(&["where", "old_fee", "--at", "v1"]).exits(2);
    let again = workspace.run(&["forget", "shop@v1"]);
    assert!(again.stderr.contains("no index of revision `v1`"), "{}", again.stderr);
    again.exits(2);
    let out = workspace.run(&["forget", "shop"]).exits(0);
    assert!(out.contains("Forgot shop and 1 view; "), "{out}");
    let error = workspace.run(&["index", &root, "--rev", "v9"]);
    assert!(error.stderr.contains("has no revision `v9`"), "{}", error.stderr);
    error.exits(2);
}

/// The lines of the README's fence that begins with what is compared.
fn readme_example() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().skip_while(|line| !line.starts_with("shop: v1 ("));
    lines.take_while(|line| !line.starts_with("```")).map(str::to_owned).collect()
}

#[test]
fn what_changed_in_the_graph() {
    let workspace = Workspace::empty();
    let root = repository(&workspace);
    workspace.run(&["index", "--quiet", &root.display().to_string()]).exits(0);
    let run = workspace.run(&["diff", "v1", "v2", "--json"]);
    assert!(run.stderr.contains("indexing shop at v1 ("), "{}", run.stderr);
    assert!(run.stderr.contains("indexing shop at v2 ("), "{}", run.stderr);
    let diff = run.json(0);
    assert_eq!(diff["version"], 1);
    assert_eq!(diff["from"]["branch"], "v1");
    assert_eq!(diff["to"]["working_tree"], false);
    let definitions = texts(&diff["definitions"], |change| {
        let changes = texts(&change["changes"], |one| text(one).to_owned()).join("+");
        let api = if change["api"] == true { "api " } else { "" };
        format!("{api}{changes} {}", text(&change["at"]["name"]))
    });
    let expected = [
        "api removed old_fee",
        "api removed unused",
        "api signature Ledger.apply",
        "api renamed rounded",
        "body Ledger.post",
        "body pay",
        "added fee",
        "added rate",
    ];
    assert_eq!(definitions, expected);
    let apply = &diff["definitions"][2];
    assert_eq!(apply["signature_was"], "def apply(self, amount)");
    assert_eq!(apply["signature"], "def apply(self, amount, reason)");
    assert_eq!(apply["at"]["line"], 2);
    assert_eq!(diff["definitions"][3]["was"]["name"], "round_up");
    let edges = texts(&diff["edges"], |edge| {
        let ends = [&edge["from"], &edge["to"]].map(|end| text(&end["name"]).to_owned());
        let was = text(&edge["was"]["file"]);
        let with = if edge["with_definition"] == true { " with" } else { "" };
        format!(
            "{} {} {} {} {was}{with}",
            text(&edge["change"]),
            ends[0],
            text(&edge["kind"]),
            ends[1]
        )
    });
    assert!(edges.contains(&"rerouted pay calls rate shop/rates.py".to_owned()), "{edges:#?}");
    assert!(edges.contains(&"removed unused calls pay  with".to_owned()), "{edges:#?}");
    assert!(!edges.iter().any(|edge| edge.contains("Ledger.apply calls")), "{edges:#?}");
    let tests = texts(&diff["tests"], |test| text(&test["at"]["name"]).to_owned());
    assert_eq!(tests, ["test_pay"]);
    // The same again, byte for byte, and nothing is indexed any more.
    let again = workspace.run(&["diff", "v1", "v2", "--json"]);
    assert!(again.stderr.is_empty(), "{}", again.stderr);
    assert_eq!(again.json(0), diff);
    // Backwards what was added was removed.
    let back = workspace.run(&["diff", "v2", "v1", "--json"]).json(0);
    assert_eq!(back["totals"]["edges rerouted"], diff["totals"]["edges rerouted"]);
    assert_eq!(back["totals"]["edges added"], diff["totals"]["edges removed"]);
    let shown = workspace.run(&["diff", "v1", "v2"]).exits(0);
    assert!(shown.contains("interface changed, 4"), "{shown}");
    let apply = "def apply(self, amount) → def apply(self, amount, reason)";
    assert!(shown.contains(apply), "{shown}");
    assert!(
        shown.contains("pay calls rate  shop/shop/prices.py:1, before shop/shop/rates.py:1"),
        "{shown}"
    );
    let example = readme_example();
    if !example.is_empty() {
        // Hashes hold the time of the commit.
        let lines: Vec<&str> = shown.lines().skip(1).collect();
        assert_eq!(lines, example[1..], "the example of the README");
    }
    let short = workspace.run(&["diff", "v1", "v2", "--limit", "1"]).exits(0);
    assert!(short.contains("interface changed, 1 of 4 shown, --all"), "{short}");
}

#[test]
fn what_changed_since_a_revision() {
    let workspace = Workspace::empty();
    let root = repository(&workspace);
    workspace.run(&["index", "--quiet", &root.display().to_string()]).exits(0);
    let same = workspace.run(&["diff", "HEAD"]).exits(1);
    assert!(same.contains("Nothing changed in the graph."), "{same}");
    // A file that goes elsewhere is the same file.
    std::fs::rename(root.join("shop/prices.py"), root.join("shop/tariff.py")).expect("moved");
    let pay = PAY_2.replace("shop.prices", "shop.tariff");
    std::fs::write(root.join("shop/pay.py"), pay).expect("written");
    workspace.run(&["index", "--quiet", &root.display().to_string()]).exits(0);
    let diff = workspace.run(&["diff", "HEAD", "--repo", "shop", "--json"]).json(0);
    assert_eq!(diff["to"]["working_tree"], true);
    assert_eq!(diff["moved_files"][0]["to"], "shop/tariff.py");
    assert_eq!(diff["definitions"].as_array().map(Vec::len), Some(0), "{diff:#}");
    assert_eq!(diff["edges"].as_array().map(Vec::len), Some(0), "{diff:#}");
    for (arguments, code, says) in [
        (vec!["diff", "v9"], 2, "has no revision `v9`"),
        (vec!["diff", "v1", "--repo", "nobody"], 2, "no repository is called `nobody`"),
        (vec!["diff", "v1", "v9"], 2, "has no revision `v9`"),
    ] {
        let run = workspace.run(&arguments);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(says), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn a_revision_of_two_repositories_says_which() {
    let workspace = Workspace::empty();
    let root = repository(&workspace);
    let copy = workspace.folder.path().join("copy");
    git(workspace.folder.path(), &["clone", "-q", &root.display().to_string(), "copy"]);
    for root in [&root, &copy] {
        let root = root.display().to_string();
        workspace.run(&["index", "--quiet", &root, "--rev", "v1"]).exits(0);
    }
    let run = workspace.run(&["where", "old_fee", "--at", "v1"]);
    assert!(
        run.stderr.contains("`v1` may be copy@") && run.stderr.contains("NAME@REV"),
        "{}",
        run.stderr
    );
    run.exits(2);
    workspace.run(&["where", "old_fee", "--at", "copy@v1"]).exits(0);
    let run = workspace.run(&["diff", "v1", "v2"]);
    assert!(run.stderr.contains("copy, shop have these revisions"), "{}", run.stderr);
    run.exits(2);
    workspace.run(&["diff", "v1", "v2", "--repo", "copy"]).exits(0);
}

#[test]
fn what_becomes_of_another_kind_is_the_same_thing() {
    let workspace = Workspace::empty();
    let root = workspace.folder.path().join("limits");
    std::fs::create_dir_all(&root).expect("a folder");
    let write = |word: &str| {
        let text = format!(
            "package limits\n\n{word} Most = 25\n\nfunc Left() int {{\n\treturn Most\n}}\n"
        );
        std::fs::write(root.join("limits.go"), text).expect("written");
    };
    git(&root, &["init", "-q", "-b", "main"]);
    for (word, tag) in [("var", "v1"), ("const", "v2")] {
        write(word);
        git(&root, &["add", "-A"]);
        git(&root, &["commit", "-q", "-m", tag]);
        git(&root, &["tag", tag]);
    }
    workspace.run(&["index", "--quiet", &root.display().to_string()]).exits(0);
    let diff = workspace.run(&["diff", "v1", "v2", "--json"]).json(0);
    let changed = texts(&diff["definitions"], |change| {
        format!(
            "{} {} was {}",
            change["changes"],
            text(&change["at"]["name"]),
            text(&change["was"]["kind"])
        )
    });
    assert_eq!(changed, ["[\"kind\"] Most was variable"]);
    assert_eq!(diff["edges"], serde_json::json!([]), "what reads it reads the same thing");
    let shown = workspace.run(&["diff", "v1", "v2"]).exits(0);
    assert!(shown.contains("constant Most  was a variable"), "{shown}");
}

/// An index of another qf says other things of the same code: what differs is no change of the code.
#[test]
fn a_view_that_was_made_otherwise_is_made_again() {
    let workspace = Workspace::empty();
    let root = repository(&workspace).display().to_string();
    workspace.run(&["index", "--quiet", "--no-vectors", &root]).exits(0);
    workspace.run(&["index", "--quiet", "--no-vectors", &root, "--rev", "v1"]).exits(0);
    let made = workspace.run(&["diff", "v1"]);
    assert!(made.stderr.contains("indexing shop at v1"), "{}", made.stderr);
    made.exits(0);
    let again = workspace.run(&["diff", "v1"]);
    assert!(!again.stderr.contains("indexing"), "{}", again.stderr);
    again.exits(0);
}
