//! `qf status`, `repos`, `forget`, `check`, the writer's lock, and what needs no index.

use crate::support::{Workspace, repositories, shared};
use qf_graph::store::Home;
use qf_graph::store::lock::WriterLock;

#[test]
fn status_and_repos() {
    let status = shared().run(&["status", "--json"]).json(0);
    assert_eq!(status["generation"], 1);
    assert_eq!(status["repositories"], 7);
    assert_eq!(status["complete"], true);
    assert_eq!(status["writer"], serde_json::Value::Null);
    assert!(status["bytes"].as_u64() > Some(10_000));
    let text = shared().run(&["status"]).exits(0);
    assert!(text.contains("generation 1") && text.contains("nobody is writing"), "{text}");
    let repos = shared().run(&["repos", "--json"]).json(0);
    assert_eq!(repos.as_array().map(Vec::len), Some(7));
    assert_eq!(repos[0]["name"], "accounts-api");
    assert!(repos[0]["root"].as_str().expect("a root").ends_with("shop/accounts-api"));
    assert!(repos[0]["counts"]["files"].as_u64() > Some(5));
}

#[test]
fn a_locked_workspace_says_who_holds_it() {
    let workspace = Workspace::with_shop();
    let lock = WriterLock::acquire(&Home::new(workspace.home())).expect("nobody else writes");
    let path = repositories().remove(0).display().to_string();
    let run = workspace.run(&["index", &path]);
    let pid = std::process::id();
    let expected = format!("error: another qf is indexing this workspace (pid {pid}, since ");
    assert!(run.stderr.contains(&expected), "{}", run.stderr);
    assert!(run.stderr.contains("hint: `qf status` "), "{}", run.stderr);
    assert!(run.stderr.contains("`--wait` waits for it"), "{}", run.stderr);
    run.exits(2);
    let status = workspace.run(&["status"]).exits(0);
    assert!(status.contains(&format!("pid {pid}")), "{status}");
    // Readers never wait for the writer.
    workspace.run(&["where", "Ledger"]).exits(0);
    drop(lock);
    workspace.run(&["index", "--quiet", &path]).exits(0);
}

#[test]
fn waiting_for_the_lock() {
    let workspace = Workspace::empty();
    let home = Home::new(workspace.home());
    let lock = WriterLock::acquire(&home).expect("nobody else writes");
    let path = repositories().remove(0).display().to_string();
    std::thread::scope(|scope| {
        let waiting =
            scope.spawn(|| workspace.run(&["index", "--quiet", "--wait", &path]).exits(0));
        std::thread::sleep(std::time::Duration::from_millis(400));
        assert!(!waiting.is_finished());
        drop(lock);
        waiting.join().expect("the waiting run ends");
    });
}

#[test]
fn forgetting_a_repository() {
    let workspace = Workspace::with_shop();
    let run = workspace.run(&["forget", "nowhere"]);
    assert!(run.stderr.contains("no repository is called `nowhere`"), "{}", run.stderr);
    run.exits(2);
    let out = workspace.run(&["forget", "accounts-api"]).exits(0);
    assert!(out.contains("Forgot accounts-api"), "{out}");
    let repos = workspace.run(&["repos", "--json"]).json(0);
    assert_eq!(repos.as_array().map(Vec::len), Some(6));
    let gone = workspace.run(&["callers", "grant_bonus", "--json"]).json(1);
    assert_eq!(gone["items"].as_array().map(Vec::len), Some(0));
    workspace.run(&["check"]).exits(0);
}

#[test]
fn help_completions_and_the_manual_need_no_index() {
    let workspace = Workspace::empty();
    let help = workspace.run(&["--help"]).exits(0);
    assert!(help.contains("Exit codes: 0 found or done"), "{help}");
    let script = workspace.run(&["completions", "bash"]).exits(0);
    assert!(script.contains("qf__subcmd__callers") || script.contains("callers"), "{script}");
    let manual = workspace.run(&["man"]).exits(0);
    assert!(manual.contains(".TH qf") && manual.contains("callers"), "{manual}");
}

#[test]
fn the_demo_answers_from_a_home_of_its_own() {
    let workspace = Workspace::empty();
    let out = workspace.run(&["demo"]).exits(0);
    assert!(out.contains("$ qf ask \"functions that update user balance\""), "{out}");
    assert!(out.contains("self.user.balance += amount"), "{out}");
    assert!(out.contains("qf index ~/code/*"), "{out}");
    assert!(!workspace.home().exists(), "the demo wrote into the user's home");
}
