//! `qf checkpoint` as a person sees it.

use crate::support::{Run, Workspace, run_in};
use std::path::Path;
use std::process::Command;

const QF: &str = crate::support::QF;

/// A repository with two files in a workspace of its own.
fn repository() -> Workspace {
    let workspace = Workspace::empty();
    sh(
        &workspace,
        "git init -q -b main tree; cd tree; git config user.name s; git config user.email s@example.org
        printf 'one\\ntwo\\nthree\\nfour\\nfive\\n' > a; printf 'b\\n' > b; git add -A; git commit -q -m first
        printf 'mine\\n' > u",
    );
    workspace
}

#[track_caller]
fn sh(workspace: &Workspace, script: &str) -> String {
    let output = Command::new("sh")
        .args(["-e", "-c", script])
        .current_dir(workspace.folder.path())
        .output()
        .expect("a shell runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn checkpoint(workspace: &Workspace, arguments: &[&str]) -> Run {
    let tree = workspace.folder.path().join("tree").display().to_string();
    let mut all = vec!["checkpoint"];
    all.extend(arguments);
    // Behind the action, when there is one.
    all.extend(["--in", &tree]);
    run_in(&workspace.home(), &all)
}

#[test]
fn there_and_back() {
    let workspace = repository();
    assert!(checkpoint(&workspace, &["list"]).exits(1).starts_with("no checkpoints of "));
    let taken = checkpoint(&workspace, &["-m", "before the agent"]).exits(0);
    assert!(taken.starts_with("quantumflow-checkpoint-"), "{taken}");
    assert!(sh(&workspace, "git -C tree stash list").contains("quantumflow-checkpoint-"));

    sh(
        &workspace,
        "cd tree; sed -i s/one/AGENT/ a; rm b; printf 'n\\n' > n; printf 'agent\\n' > u",
    );
    let ended = checkpoint(&workspace, &["end", "--json"]).json(0);
    assert_eq!(ended["changes"].as_array().map(Vec::len), Some(4), "{ended}");
    sh(&workspace, "cd tree; sed -i s/five/ME/ a; printf 'me\\n' > u; printf 'q\\n' > q");

    let diff = checkpoint(&workspace, &["diff", "--phase"]).exits(0);
    assert_eq!(diff, "  changed  a\n  deleted  b\n  created  n\n  changed  u\n");
    let patch = checkpoint(&workspace, &["diff", "-p"]).exits(0);
    assert!(patch.contains("-one\n+AGENT\n") && patch.contains("+ME\n"), "{patch}");

    let before = sh(&workspace, "cd tree; cat a u q n; ls");
    let preview = checkpoint(&workspace, &["restore", "--dry-run"]).exits(3);
    assert!(preview.contains("3 changes would be undone"), "{preview}");
    assert_eq!(sh(&workspace, "cd tree; cat a u q n; ls"), before);
    let done = checkpoint(&workspace, &["restore", "--json"]).json(3);
    assert_eq!(done["merged"][0], "a", "{done}");
    assert_eq!(done["kept"][0]["path"], "u", "{done}");
    assert_eq!(
        sh(&workspace, "cd tree; cat a b u q; ls"),
        "one\ntwo\nthree\nfour\nME\nb\nme\nq\na\nb\nq\nu\n"
    );

    let undo = done["undo"].as_str().expect("it can be undone");
    checkpoint(&workspace, &["restore", undo]).exits(0);
    assert_eq!(sh(&workspace, "cd tree; cat a u q n; ls"), before);

    let list = checkpoint(&workspace, &["list"]).exits(0);
    assert!(list.contains("before the agent") && list.contains("restored "), "{list}");
    let all = checkpoint(&workspace, &["list", "--json"]).json(0);
    let id = all["checkpoints"][2]["id"].as_str().expect("the oldest is the last");
    assert!(checkpoint(&workspace, &["show", id]).exits(0).contains("before the agent"));
    checkpoint(&workspace, &["drop", id]).exits(0);
    assert_eq!(sh(&workspace, "git -C tree stash list"), "");
    checkpoint(&workspace, &["gc", "--keep", "0"]).exits(0);
    checkpoint(&workspace, &["list"]).exits(1);
}

#[test]
fn errors_say_what_to_do() {
    let workspace = repository();
    let unknown = checkpoint(&workspace, &["restore", "nothing"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("hint: `qf checkpoint list`"), "{}", unknown.stderr);
    let idle = checkpoint(&workspace, &["restore", "--continue"]);
    assert_eq!(idle.code, 2, "{}", idle.stderr);

    let refused = |folder: &Path, home: &Path| {
        let output = Command::new(QF)
            .args(["checkpoint", "--in"])
            .arg(folder)
            .env("HOME", home)
            .env("QF_HOME", workspace.home())
            .env("GIT_CEILING_DIRECTORIES", workspace.folder.path())
            .output()
            .expect("the binary runs");
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let outside = workspace.folder.path();
    let tree = outside.join("tree");
    let said = refused(outside, &tree);
    assert!(said.contains("is in no git repository") && said.contains("--in DIR"), "{said}");
    let said = refused(&tree, &tree);
    assert!(said.contains("home folder"), "{said}");
    std::fs::create_dir(tree.join("user")).expect("it is ours");
    let said = refused(&tree, &tree.join("user"));
    assert!(said.contains("home folder"), "{said}");
    assert_eq!(sh(&workspace, "git -C tree stash list"), "", "something was taken");
}
