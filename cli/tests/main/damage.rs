//! What is damaged costs its repository, not the answer.

use crate::support::{Workspace, repositories};
use std::path::PathBuf;

/// The segment file of a repository.
fn segment(workspace: &Workspace, repository: &str) -> PathBuf {
    std::fs::read_dir(workspace.home().join("segments"))
        .expect("segments")
        .map(|entry| entry.expect("a segment").path())
        .find(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(repository))
        })
        .expect("the repository has a segment")
}

fn flip(path: &PathBuf, at: impl Fn(usize) -> usize) {
    let mut bytes = std::fs::read(path).expect("the segment can be read");
    let at = at(bytes.len());
    bytes[at] ^= 0x10;
    std::fs::write(path, bytes).expect("the segment can be written");
}

#[test]
fn one_flipped_byte_is_found_said_and_repaired() {
    let workspace = Workspace::with_shop();
    // A byte of the section table: the segment cannot be opened at all.
    flip(&segment(&workspace, "ledger-rs"), |_| 40);
    let check = workspace.run(&["check"]);
    assert!(check.stderr.contains("repository `ledger-rs`"), "{}", check.stderr);
    assert!(check.stderr.contains("hint: `qf repair`"), "{}", check.stderr);
    check.exits(3);
    let ask = workspace.run(&["ask", "functions that update user balance", "--json"]);
    assert!(ask.stderr.contains("warning: segment of repository `ledger-rs`"), "{}", ask.stderr);
    assert!(ask.stderr.contains("; answering without it"), "{}", ask.stderr);
    assert!(ask.stderr.contains("hint: "), "{}", ask.stderr);
    let answer = ask.json(3);
    assert_eq!(answer["complete"], false);
    let items = answer["items"].as_array().expect("items");
    assert!(items.iter().any(|item| item["qualified_name"] == "Ledger.apply"));
    assert!(items.iter().all(|item| item["repo"] != "ledger-rs"));
    // The hint holds: indexing that repository again repairs it.
    let root = repositories()
        .into_iter()
        .find(|path| path.ends_with("ledger-rs"))
        .expect("the corpus has it");
    workspace.run(&["index", "--quiet", &root.display().to_string()]).exits(0);
    workspace.run(&["check"]).exits(0);
    workspace.run(&["ask", "functions that update user balance"]).exits(0);
}

#[test]
fn damage_in_the_stored_text_is_found_by_check() {
    let workspace = Workspace::with_shop();
    flip(&segment(&workspace, "orders-go"), |len| len / 2);
    let check = workspace.run(&["check", "--json"]);
    let report = check.json(3);
    assert_eq!(report["sound"], false);
    assert!(report["damaged"][0].as_str().expect("a message").contains("orders-go"));
}

#[test]
fn a_broken_manifest_is_a_conflict() {
    let workspace = Workspace::with_shop();
    std::fs::write(workspace.home().join("manifest.json"), "{}").expect("written");
    let run = workspace.run(&["ask", "who calls Ledger.apply"]);
    assert!(run.stderr.contains("is damaged"), "{}", run.stderr);
    run.exits(3);
}
