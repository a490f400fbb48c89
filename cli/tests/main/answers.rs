//! `qf ask` and the verbs.

use crate::support::{Workspace, shared};
use serde_json::Value;

const FLAGSHIP: &str = "functions that update user balance";

/// `repo/file name` of the items of a role.
fn items(answer: &Value, role: &str) -> Vec<String> {
    answer["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter(|item| item["role"] == role)
        .map(|item| {
            let text = |field: &str| item[field].as_str().unwrap_or_default().to_owned();
            format!("{}/{} {}", text("repo"), text("file"), text("qualified_name"))
        })
        .collect()
}

#[test]
fn the_flagship_question_has_direct_writers_with_evidence() {
    let answer = shared().run(&["ask", FLAGSHIP, "--json"]).json(0);
    assert_eq!(answer["version"], 1);
    let direct = items(&answer, "direct");
    for expected in [
        "accounts-api/app/ledger.py Ledger.apply",
        "accounts-api/app/ledger.py Ledger.reset",
        "accounts-api/app/models.py User.available",
    ] {
        assert!(direct.iter().any(|item| item == expected), "{expected} is not in {direct:#?}");
    }
    assert!(direct.iter().all(|item| !item.contains("Wallet") && !item.contains("LoadBalancer")));
    let reach = items(&answer, "transitive");
    assert!(reach.iter().any(|item| item.contains("AccountService.credit")), "{reach:#?}");
    for item in answer["items"].as_array().expect("items") {
        if item["role"] == "direct" {
            let evidence = item["evidence"].as_array().expect("evidence");
            assert!(!evidence.is_empty(), "no evidence for {item}");
            assert!(item["tier"].is_string());
        }
    }
}

#[test]
fn the_text_is_grouped_and_ends_with_time_and_age() {
    let out = shared().run(&["ask", FLAGSHIP]).exits(0);
    assert!(out.starts_with("Reading this as: "), "{out}");
    assert!(out.lines().any(|line| line.starts_with("direct, ")), "{out}");
    assert!(out.lines().any(|line| line.starts_with("reaches them, ")), "{out}");
    assert!(out.contains("  accounts-api/app/ledger.py:26 "), "{out}");
    assert!(out.contains("self.user.balance += amount"), "{out}");
    let last = out.lines().last().expect("a footer");
    assert!(last.contains(" ms · index ") && last.ends_with(" old"), "{last}");
    assert!(!out.contains('\u{1b}'), "colour without a terminal");
    let limited = shared().run(&["ask", FLAGSHIP, "--limit", "2"]).exits(0);
    assert!(limited.contains("2 of "), "{limited}");
    let coloured = shared().run(&["ask", FLAGSHIP, "--color", "always"]).exits(0);
    assert!(coloured.contains('\u{1b}'));
    let explained = shared().run(&["ask", FLAGSHIP, "--explain"]).exits(0);
    assert!(explained.len() > out.len());
}

#[test]
fn verbs_answer() {
    let callers = shared().run(&["callers", "Ledger.apply", "--json"]).json(0);
    assert!(
        callers["items"]
            .as_array()
            .expect("items")
            .iter()
            .any(|item| { item["qualified_name"] == "AccountService.credit" }),
        "{callers:#}"
    );
    for arguments in [
        vec!["where", "Ledger"],
        vec!["callees", "AccountService.credit"],
        vec!["writers", "User.balance"],
        vec!["impact", "Ledger.apply"],
        vec!["tests", "Ledger.apply"],
        vec!["path", "AccountService.credit", "Ledger.apply"],
        vec!["why", "AccountService.credit", "Ledger.apply"],
        vec!["links"],
        vec!["links", "--unlinked"],
        vec!["unresolved", "accounts-api/app/ledger.py"],
    ] {
        let out = shared().run(&arguments).exits(0);
        assert!(!out.is_empty(), "{arguments:?} says nothing");
    }
}

#[test]
fn why_shows_the_line_that_proves() {
    let out = shared().run(&["why", "AccountService.credit", "Ledger.apply"]).exits(0);
    assert!(out.contains("accounts-api/app/accounts.py:41   ledger.apply("), "{out}");
    assert!(out.contains("rule python/"), "{out}");
    let none = shared().run(&["why", "Ledger.apply", "AccountService.credit"]).exits(1);
    assert!(none.contains("No edge and no way"), "{none}");
}

#[test]
fn a_position_leads_to_the_definition() {
    // `        return self.apply(…)` or the like: the column is that of the name.
    let line = std::fs::read_to_string(crate::support::shop().join("accounts-api/app/accounts.py"))
        .expect("the corpus has the file")
        .lines()
        .nth(40)
        .expect("line 41")
        .to_owned();
    let column = line.find("apply").expect("a call of apply") + 2;
    let position = format!("accounts-api/app/accounts.py:41:{column}");
    let found = shared().run(&["definition", &position, "--json"]).json(0);
    assert_eq!(found["definitions"][0]["qualified_name"], "Ledger.apply");
    assert_eq!(found["definitions"][0]["line"], 26);
    shared().run(&["definition", "accounts-api/app/accounts.py:4100:1"]).exits(2);
    shared().run(&["definition", "accounts-api/app/accounts.py"]).exits(2);
    shared().run(&["definition", "no/such/file.py:1:1"]).exits(2);
}

#[test]
fn an_unknown_name_is_nothing_found() {
    let out = shared().run(&["ask", "who calls Ledgr.aply"]).exits(1);
    assert!(out.contains("Ledgr.aply"), "{out}");
    assert!(out.contains("Near it: "), "{out}");
    let out = shared().run(&["callers", "zzqqxx"]).exits(1);
    assert!(out.contains("`zzqqxx`"), "{out}");
    let run = shared().run(&["ask", FLAGSHIP, "--repo", "nowhere"]);
    assert!(run.stderr.contains("no repository is called `nowhere`"), "{}", run.stderr);
    run.exits(2);
    shared().run(&["ask", FLAGSHIP, "--tier", "sure"]).exits(2);
}

#[test]
fn no_index_is_an_input_error_with_a_hint() {
    let run = Workspace::empty().run(&["ask", FLAGSHIP]);
    assert!(run.stderr.contains("error: there is no index in "), "{}", run.stderr);
    assert!(run.stderr.contains("hint: `qf index PATH`"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    run.exits(2);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(crate::support::QF)
        .args(["export", "edges"])
        .env("QF_HOME", shared().home())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the binary ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn items_of_one_file_stand_below_it() {
    let out = shared().run(&["ask", FLAGSHIP]).exits(0);
    assert!(
        out.contains("\n  accounts-api/app/accounts.py\n    :38  AccountService.credit "),
        "{out}"
    );
    assert_eq!(out.matches("sets it when creating").count(), 1, "{out}");
    for line in out.lines() {
        assert!(!line.contains("(+"), "{line}");
    }
}

#[test]
fn every_step_of_a_way_has_its_line() {
    let out = shared().run(&["path", "CreditForm.submit", "Ledger.apply"]).exits(0);
    let steps: Vec<&str> = out
        .lines()
        .skip_while(|line| !line.starts_with("the way"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .collect();
    assert!(steps.len() > 4, "{out}");
    assert!(out.contains("ledger.apply("), "{out}");
    assert!(out.contains("→ POST /api/accounts/{}/credit"), "{out}");
    assert!(steps.iter().all(|step| !step.contains("  → credit")), "{out}");
}

#[test]
fn what_there_is_none_of_is_said() {
    let route = shared().run(&["callers", "GET /api/nowhere"]).exits(1);
    assert!(route.starts_with("No route `GET /api/nowhere` is indexed."), "{route}");
    let links = shared().run(&["links", "--unlinked", "--channel", "graphql"]).exits(1);
    assert_eq!(links.trim(), "There are no graphql keys.");
    let none = shared().run(&["unresolved", "--reason", "ambiguous"]);
    if none.code == 1 {
        assert_eq!(none.stdout.trim(), "Nothing is unresolved for the reason ambiguous.");
    }
    let why = shared().run(&["why", "Ledger.apply", "AccountService.credit"]).exits(1);
    assert!(why.contains("no way of up to 8 steps"), "{why}");
}

#[test]
fn headings_have_the_true_totals() {
    let out = shared().run(&["impact", "User.balance", "--limit", "2"]).exits(0);
    let all = shared().run(&["impact", "User.balance", "--json"]).json(0);
    let heading =
        |text: &str, role: &str| format!("\n{text}, 2 of {} shown, --all", all["totals"][role]);
    assert!(out.contains(&heading("direct", "direct")), "{out}");
    assert!(out.contains(&heading("reaches it", "transitive")), "{out}");
    let cut = shared().run(&["impact", "User.balance", "--hops", "1"]).exits(0);
    assert!(cut.contains("More beyond 1 hop: --hops"), "{cut}");
}

#[test]
fn one_name_for_several_things_is_said() {
    let out = shared().run(&["callers", "Account"]).exits(0);
    assert!(out.contains("`Account` is "), "{out}");
    assert!(out.contains("narrow with --repo or the qualified name"), "{out}");
}

#[test]
fn screens_and_endpoints_are_found_through_links_with_every_step() {
    let answer =
        shared().run(&["ask", "which screens end up writing users.balance?", "--json"]).json(0);
    assert_eq!(answer["intent"], "screens");
    let reach = items(&answer, "transitive");
    assert_eq!(reach, ["shop-web/src/components/CreditForm.tsx CreditForm"]);
    let steps = answer["items"][0]["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 5, "{steps:#?}");
    assert!(steps.iter().all(|step| step["tier"].is_string() && step["at"].is_string()));
    let over: Vec<_> = steps.iter().filter(|step| step["key"].is_string()).collect();
    assert_eq!(over.len(), 1, "{steps:#?}");
    assert_eq!(over[0]["key"], "POST /api/accounts/{}/credit");
    assert_eq!(over[0]["rule"], "fetch → fastapi");
    let endpoints = shared().run(&["ask", "which endpoints reach Ledger.apply", "--json"]).json(0);
    let reach = items(&endpoints, "transitive");
    assert!(reach.contains(&"accounts-api/app/routes.py credit_account".to_owned()), "{reach:?}");
    assert!(reach.iter().all(|item| !item.contains("AccountService")), "{reach:?}");
}

#[test]
fn links_check_says_what_has_come_apart_and_fails() {
    let fine = shared().run(&["links", "--check", "--json"]).json(0);
    assert_eq!(fine["drifts"].as_array().map(Vec::len), Some(0));
    assert!(fine["unused"].as_array().is_some_and(|unused| !unused.is_empty()));
    let workspace = Workspace::empty();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("written");
    };
    write(
        "api/server.js",
        "const app = require(\"express\")();\napp.get(\"/orders/:id\", function show(req, res) {});\n",
    );
    write(
        "web/client.js",
        "const axios = require(\"axios\");\nexports.drop = (id) => axios.delete(`/orders/${id}`);\n\
         exports.show = (id) => axios.get(`/orders/${id}`);\n",
    );
    let at = |path: &str| folder.path().join(path).to_string_lossy().into_owned();
    workspace.run(&["index", &at("api"), &at("web")]).exits(0);
    let drifts = workspace.run(&["links", "--check", "--json"]).json(3);
    assert_eq!(drifts["drifts"].as_array().map(Vec::len), Some(1));
    assert_eq!(drifts["drifts"][0]["kind"], "method");
    assert_eq!(drifts["drifts"][0]["from_name"], "drop");
    assert_eq!(drifts["drifts"][0]["has"], "GET");
    let shown = workspace.run(&["links", "--check"]).exits(3);
    assert!(shown.contains("api serves GET"), "{shown}");
}
