//! `qf codemod`, and rules in plans, as a person sees them.

use crate::support::{Run, Workspace};
use std::path::{Path, PathBuf};

const RULE: &str = "id: r\nlanguage: python\nrule:\n  pattern: f($A)\nfix: g($A)\n";

/// A tree of two files beside a file of rules.
fn tree(rules: &str) -> (Workspace, PathBuf) {
    let workspace = Workspace::empty();
    let tree = workspace.folder.path().join("tree");
    for (path, text) in
        [("tree/a.py", "x = f(1)\n"), ("tree/b/c.py", "y = f(2)\nz = f(3)\n"), ("rules.yml", rules)]
    {
        write(&workspace.folder.path().join(path), text);
    }
    (workspace, tree)
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is ours");
    std::fs::write(path, text).expect("it is ours");
}

fn codemod(workspace: &Workspace, more: &[&str]) -> Run {
    let folder = workspace.folder.path();
    let (rules, tree) = (folder.join("rules.yml"), folder.join("tree"));
    let mut arguments = vec!["codemod".to_owned(), rules.display().to_string()];
    arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
    arguments.extend(["--tree".to_owned(), tree.display().to_string()]);
    workspace.run(&arguments)
}

#[test]
fn rules_are_shown_as_a_diff_and_nothing_is_written() {
    let (workspace, tree) = tree(RULE);
    let all = codemod(&workspace, &[]);
    assert!(all.stderr.contains("3 places in 2 files; nothing was written"), "{}", all.stderr);
    let shown = all.exits(0);
    assert!(shown.contains("--- a/a.py\n+++ b/a.py\n"), "{shown}");
    assert!(shown.contains("-x = f(1)\n+x = g(1)\n"), "{shown}");
    assert_eq!(std::fs::read_to_string(tree.join("a.py")).expect("it is there"), "x = f(1)\n");

    let one = codemod(&workspace, &["b", "--json"]).json(0);
    assert_eq!(one["files"].as_array().map(Vec::len), Some(1), "{one}");
    assert_eq!(one["files"][0]["path"], "b/c.py");
    assert_eq!(one["files"][0]["changes"], 2);

    let nowhere = codemod(&workspace, &["none.py"]);
    assert!(nowhere.stderr.contains("the path none.py means no file"), "{}", nowhere.stderr);
    nowhere.exits(2);
}

#[test]
fn nothing_found_and_wrong_rules_have_their_exit_codes() {
    let (nothing, _) = tree("id: r\nlanguage: python\nrule:\n  pattern: h($A)\nfix: g($A)\n");
    assert_eq!(codemod(&nothing, &[]).exits(1), "");
    let (wrong, _) = tree("id: r\nlanguage: python\nrule:\n  kind: nope\nfix: g\n");
    let run = codemod(&wrong, &[]);
    assert!(run.stderr.contains("rules.yml:4: "), "{}", run.stderr);
    run.exits(2);
    let (breaks, _) = tree("id: r\nlanguage: python\nrule:\n  pattern: f($A)\nfix: g(\n");
    let run = codemod(&breaks, &[]);
    assert!(run.stderr.contains("rule `r` would leave a.py"), "{}", run.stderr);
    run.exits(2);
}

#[test]
fn what_is_left_out_is_said() {
    let (workspace, tree) = tree(RULE);
    write(&tree.join("d.py"), "# @generated\nf(4)\n");
    write(&tree.join("venv/e.py"), "f(5)\n");
    let all = codemod(&workspace, &[]);
    let said = "left out: 1 file as generated (d.py), 1 folder as vendored (venv)";
    assert!(all.stderr.contains(said), "{}", all.stderr);
    let json = codemod(&workspace, &["--json"]).json(0);
    let generated = serde_json::json!({ "path": "d.py", "line": null, "reason": "generated" });
    assert_eq!(json["left_out"][0], generated, "{json}");
    let named = codemod(&workspace, &["d.py"]);
    assert!(!named.stderr.contains("left out"), "{}", named.stderr);
    assert!(named.exits(0).contains("+g(4)"));
}

#[test]
fn rules_of_a_plan_are_read_when_it_is_linted() {
    let (workspace, _) = tree(RULE);
    let plan = |rules: &str| {
        format!(
            "+++\nid = \"p\"\ngoal = \"a goal\"\ntree = \"/code/tree\"\n+++\n\
             ## Phase: one\n```codemod b\n{rules}```\n"
        )
    };
    let file = workspace.folder.path().join("plan.md");
    let file_name = file.display().to_string();
    let lint = || workspace.run(&["plan", "lint", &file_name, "--json"]);
    write(&file, &plan(RULE));
    assert_eq!(lint().json(0)["problems"].as_array().map(Vec::len), Some(0));
    write(&file, &plan("id: r\nlanguage: cobol\nrule:\n  pattern: x\nfix: y\n"));
    let run = lint();
    assert_eq!(run.code, 2, "{}", run.stderr);
    let printed: serde_json::Value = serde_json::from_str(&run.stdout).expect("it is JSON");
    // The block begins at line 7; the language is in its second line.
    assert_eq!(printed["problems"][0]["line"], 9, "{printed}");
}
