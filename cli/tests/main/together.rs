//! Plans that are carried out over private layers, one and several at once.

use crate::support::{QF, Run, Workspace};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const BASE: &str = "\
def half(amount):
    return amount // 2


def rounded(amount):
    return half(amount) * 2
";

fn tree(workspace: &Workspace) -> PathBuf {
    workspace.folder.path().canonicalize().expect("it is there").join("tree")
}

#[track_caller]
fn sh(folder: &Path, script: &str) -> String {
    let output = Command::new("sh").args(["-e", "-c", script]).current_dir(folder).output();
    let output = output.expect("a shell runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Six modules that have nothing to do with each other but for the last two, with tests.
fn project() -> Workspace {
    let workspace = Workspace::empty();
    let tree = tree(&workspace);
    let write = |path: &str, text: &str| {
        let path = tree.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is ours");
        std::fs::write(path, text).expect("it is ours");
    };
    write("base.py", BASE);
    write(
        "uses.py",
        "from base import rounded\n\n\ndef bill(amount):\n    return rounded(amount)\n",
    );
    for name in ["one", "two", "three", "four"] {
        let text =
            format!("def {name}(x):\n    return x + 1\n\n\ndef other_{name}(x):\n    return x\n");
        write(&format!("{name}.py"), &text);
        let test = format!(
            "from {name} import {name}\n\n\ndef test_{name}():\n    assert {name}(1) == 2\n"
        );
        write(&format!("tests/test_{name}.py"), &test);
    }
    sh(
        &tree,
        "git init -q -b main; git config user.name s; git config user.email s@example.org
         git add -A; git commit -q -m first",
    );
    workspace.run(&["index", "--quiet", &tree.display().to_string()]).exits(0);
    workspace
}

/// A plan, approved.
fn approved(workspace: &Workspace, id: &str, header: &str, body: &str) {
    let tree = tree(workspace).display().to_string();
    let text =
        format!("+++\nid = \"{id}\"\ngoal = \"{id}\"\ntree = \"{tree}\"\n{header}+++\n\n{body}");
    let folder = workspace.home().join("plans").join(id);
    std::fs::create_dir_all(&folder).expect("it is ours");
    std::fs::write(folder.join("plan.md"), text).expect("it is ours");
    workspace.run(&["plan", "approve", id]).exits(0);
}

/// An `edit` block.
fn edit(path: &str, before: &str, after: &str) -> String {
    format!("```edit {path}\n<<<<<<< SEARCH\n{before}\n=======\n{after}\n>>>>>>> REPLACE\n```\n")
}

/// Whether a phase can work over a layer here: a plan that insists on one says so.
fn has_overlay() -> bool {
    let workspace = project();
    approved(
        &workspace,
        "probe",
        "isolation = \"overlay\"\n",
        "## Phase: one\n\n```run\ntrue\n```\n",
    );
    let run = workspace.run(&["run", "probe"]);
    if run.code != 0 {
        // Whether the kernel has them, no program that is installed changes.
        eprintln!("skipped: no overlay here: {}", run.stderr);
    }
    run.code == 0
}

fn run_with(workspace: &Workspace, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let output = Command::new(QF)
        .args(arguments)
        .env("QF_HOME", workspace.home())
        .env("NO_COLOR", "1")
        .envs(variables.iter().copied())
        .output()
        .expect("it runs");
    Run {
        code: output.status.code().expect("it ended by itself"),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// What is in a tree, but for times.
fn content(tree: &Path) -> String {
    sh(
        tree,
        "find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
         git status --porcelain",
    )
}

fn four_plans(workspace: &Workspace) {
    for name in ["one", "two", "three", "four"] {
        let (before, after) = ("    return x + 1", "    return 1 + x");
        let body = format!(
            "## Phase: turn\n\n{}\n```verify\ntest \"$(grep -c '1 + x' {name}.py)\" = 1\n```\n\n\
             ## Phase: note\n\n```run\necho {name} > {name}.txt\ngit add {name}.txt\n```\n",
            edit(
                &format!("{name}.py"),
                &format!("def {name}(x):\n{before}"),
                &format!("def {name}(x):\n{after}")
            )
        );
        approved(workspace, name, &format!("touches = [\"{name}.txt\"]\n"), &body);
    }
}

#[test]
fn four_plans_at_once_give_the_tree_of_one_after_the_other() {
    if !has_overlay() {
        return;
    }
    let (at_once, in_turn) = (project(), project());
    four_plans(&at_once);
    four_plans(&in_turn);
    let run = at_once.run(&["run", "one", "two", "three", "four", "--jobs", "4"]);
    assert!(!run.stderr.contains("waits for"), "{}", run.stderr);
    run.exits(0);
    for name in ["one", "two", "three", "four"] {
        in_turn.run(&["run", name]).exits(0);
    }
    assert_eq!(content(&tree(&at_once)), content(&tree(&in_turn)));
    // The index is that of the tree.
    at_once.run(&["check"]).exits(0);
    let status = at_once.run(&["index", &tree(&at_once).display().to_string()]).exits(0);
    assert!(status.contains("Nothing changed"), "{status}");
}

#[test]
fn plans_that_have_to_do_with_each_other_wait() {
    if !has_overlay() {
        return;
    }
    let workspace = project();
    let phase = |edit: String| format!("## Phase: p\n\n{edit}\n```verify\ntrue\n```\n");
    let half = edit("base.py", "    return amount // 2", "    return amount >> 1");
    let rounded = edit("base.py", "    return half(amount) * 2", "    return 2 * half(amount)");
    approved(&workspace, "half", "", &phase(half));
    // It uses what the first changes.
    approved(&workspace, "rounded", "", &phase(rounded));
    approved(
        &workspace,
        "apart",
        "",
        &phase(edit("one.py", "def other_one(x):", "def other_one(y):")),
    );
    approved(&workspace, "script", "", "## Phase: p\n\n```run\ntouch made\n```\n");
    let run = workspace.run(&["run", "half", "rounded", "apart", "script"]);
    let said = run.stderr.clone();
    for line in [
        "rounded waits for half: one changes rounded (tree/base.py:5), which uses what the other changes",
        "script waits for half: nobody knows what the scripts of script change (it has no `touches`)",
        "script waits for apart: nobody knows",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    assert!(!said.contains("apart waits"), "{said}");
    run.exits(0);
    let base = std::fs::read_to_string(tree(&workspace).join("base.py")).expect("it is there");
    assert!(base.contains("amount >> 1") && base.contains("2 * half(amount)"), "{base}");
}

#[test]
fn a_plan_behind_one_that_failed_is_not_begun() {
    if !has_overlay() {
        return;
    }
    let workspace = project();
    approved(&workspace, "fails", "", "## Phase: p\n\n```run\nfalse\n```\n");
    approved(&workspace, "behind", "", "## Phase: p\n\n```run\ntouch made\n```\n");
    let run = workspace.run(&["run", "fails", "behind", "--json"]);
    let value = run.json(3);
    assert_eq!(value[0]["outcome"], "failed", "{value}");
    assert_eq!(value[1]["outcome"], "not begun", "{value}");
    assert!(!tree(&workspace).join("made").exists());
}

#[test]
fn what_a_phase_did_is_in_no_published_index_before_it_lands() {
    if !has_overlay() {
        return;
    }
    let workspace = project();
    let rename = edit("one.py", "def one(x):", "def renamed(x):");
    let body = format!("## Phase: p\n\n{rename}\n```verify\n```\n\n```run\nfalse\n```\n");
    approved(&workspace, "rename", "test = \"echo {tests}\"\n", &body);
    let run = workspace.run(&["run", "rename"]);
    assert!(run.stderr.contains("interface: "), "{}", run.stderr);
    assert!(run.stderr.contains("1 test may break"), "{}", run.stderr);
    run.exits(3);
    workspace.run(&["where", "renamed"]).exits(1);
    workspace.run(&["where", "one"]).exits(0);
    assert_eq!(sh(&tree(&workspace), "git status --porcelain"), "");
    let folder = workspace.home().join("plans/rename");
    assert!(!folder.join("overlay").exists() && !folder.join("index").exists());
}

#[test]
fn every_kind_of_step_works_over_a_layer() {
    if !has_overlay() {
        return;
    }
    let workspace = project();
    let config = format!(
        "{{\"mcpServers\": {{\"own\": {{\"command\": \"{QF}\", \"args\": [\"mcp\"], \
         \"env\": {{\"QF_HOME\": \"{}\"}}}}}}}}",
        workspace.home().display()
    );
    std::fs::write(tree(&workspace).join(".mcp.json"), config).expect("it is ours");
    let agent = workspace.folder.path().join("agent.sh");
    let script = "cat > asked.txt; echo $QF_BUDGET_USD > budget.txt\n\
        echo '{\"type\":\"result\",\"total_cost_usd\":0.30,\"usage\":{\"input_tokens\":1000,\
        \"output_tokens\":200,\"cache_read_input_tokens\":5000}}'\n";
    std::fs::write(&agent, script).expect("it is ours");
    let body = "## Phase: all\n\n\
        ```codemod one.py two.py\nid: plus\nlanguage: python\nrule:\n  pattern: $A + 1\nfix: 1 + $A\n```\n\n\
        ```mcp own status readonly\n```\n\n\
        ```agent usd=0.40\nSay it.\n```\n\n\
        ```verify\ngrep -q 'Say it' asked.txt; grep -q '1 + x' one.py two.py\n```\n\n\
        ## Phase: more\n\n```agent usd=0.40\nAgain.\n```\n";
    let header = "\n[budget]\nusd = \"0.50\"\n";
    approved(&workspace, "all", header, body);
    let line = format!("sh {}", agent.display());
    let run = run_with(&workspace, &["run", "all"], &[("QF_AGENT", &line)]);
    // The second would pass what the plan may spend: it is not begun.
    assert!(
        run.stderr.contains("the budget of plan `all`, 0.5 USD, would be passed"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("6200 tokens, 0.3000 USD"), "{}", run.stderr);
    run.exits(3);
    let read = |name: &str| std::fs::read_to_string(tree(&workspace).join(name)).expect(name);
    assert_eq!(read("asked.txt").trim(), "Say it.");
    assert_eq!(read("budget.txt").trim(), "0.4");
    assert!(read("one.py").contains("1 + x") && read("two.py").contains("1 + x"));
    assert!(read("three.py").contains("x + 1"));
    let records = workspace.run(&["audit", "show", "--plan", "all", "--json"]).exits(0);
    let records: String = records.split_whitespace().collect();
    for part in [
        "\"isolation\":\"overlay\"",
        "\"cached\":5000",
        "\"output_sha256\":",
        "\"decision\":\"allow\"",
    ] {
        assert!(records.contains(part), "{part}: {records}");
    }
    workspace.run(&["audit", "verify"]).exits(0);
    let costs = workspace.run(&["cost", "--by", "plan", "--json"]).json(0);
    let mut text = String::new();
    write!(text, "{costs}").expect("memory takes it");
    assert!(text.contains("\"all\"") && text.contains("0.3"), "{text}");
}
