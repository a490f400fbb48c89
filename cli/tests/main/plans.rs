//! `qf plan` as a person sees it.

use crate::support::{QF, Run, Workspace, run_in};
use std::path::{Path, PathBuf};
use std::process::Command;

const GOAL: &str = "Rename Account.balance to funds";
const ID: &str = "rename-account-balance-to-funds";

const ACCOUNT: &str = "\
class Account:
    def __init__(self) -> None:
        self.balance = 0

    def deposit(self, amount: int) -> None:
        self.balance += amount

    def withdraw(self, amount: int) -> None:
        self.balance -= amount
";

const SERVICE: &str = "\
from bank.account import Account


def transfer(source: Account, target: Account, amount: int) -> None:
    source.withdraw(amount)
    target.deposit(amount)


def close(account: Account) -> int:
    rest = account.balance
    account.balance = 0
    return rest
";

const TEST: &str = "\
from bank.account import Account
from bank.service import close


def test_close():
    account = Account()
    account.deposit(5)
    assert close(account) == 5
    assert account.balance == 0
";

/// A small bank under version control, indexed.
fn bank() -> Workspace {
    let workspace = Workspace::empty();
    let tree = tree(&workspace);
    for (path, text) in [
        ("pyproject.toml", "[project]\nname = \"bank\"\nversion = \"1\"\n"),
        ("bank/__init__.py", ""),
        ("bank/account.py", ACCOUNT),
        ("bank/service.py", SERVICE),
        ("tests/test_account.py", TEST),
    ] {
        let path = tree.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is ours");
        std::fs::write(path, text).expect("it is ours");
    }
    sh(
        &workspace,
        "cd tree; git init -q -b main; git config user.name s; git config user.email s@example.org
        git add -A; git commit -q -m first",
    );
    workspace.run(&["index", "--quiet", &tree.display().to_string()]).exits(0);
    workspace
}

fn tree(workspace: &Workspace) -> PathBuf {
    let folder = workspace.folder.path().canonicalize().expect("it is there");
    folder.join("tree")
}

#[track_caller]
fn sh(workspace: &Workspace, script: &str) {
    let output = Command::new("sh")
        .args(["-e", "-c", script])
        .current_dir(workspace.folder.path())
        .output()
        .expect("a shell runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn plan(workspace: &Workspace, arguments: &[&str]) -> Run {
    let mut all = vec!["plan"];
    all.extend(arguments);
    run_in(&workspace.home(), &all)
}

/// Begins a plan in the bank, with more arguments.
fn new(workspace: &Workspace, goal: &str, arguments: &[&str]) -> Run {
    let tree = tree(workspace).display().to_string();
    let mut all = vec!["new", goal, "--in", &tree];
    all.extend(arguments);
    plan(workspace, &all)
}

/// Begins the plan of the renaming, and gives its file.
fn begun(workspace: &Workspace) -> PathBuf {
    let said = new(workspace, GOAL, &["--symbol", "Account.balance"]).exits(0);
    PathBuf::from(said.lines().next().expect("the file is said"))
}

/// A plan that nothing is wrong with.
fn right(workspace: &Workspace) -> String {
    format!(
        "+++\nid = \"{ID}\"\ngoal = \"{GOAL}\"\ntree = \"{}\"\n+++\n\n# {GOAL}\n\n\
         ## Phase: rename\n\n```edit bank/account.py\n\
         <<<<<<< SEARCH\n        self.balance = 0\n=======\n        self.funds = 0\n>>>>>>> REPLACE\n\
         ```\n\n```verify\ntrue\n```\n",
        tree(workspace).display()
    )
}

#[test]
fn what_cannot_be_carried_out_here_is_said_before_it_is_run() {
    let workspace = bank();
    let text = right(&workspace)
        .replace(&tree(&workspace).display().to_string(), "/nowhere/bank")
        .replace("+++\n\n#", "domains = [\"example.org\"]\n+++\n\n#");
    let folder = workspace.home().join("plans").join(ID);
    std::fs::create_dir_all(&folder).expect("it is ours");
    std::fs::write(folder.join("plan.md"), text).expect("it is ours");
    for action in ["lint", "approve"] {
        let run = plan(&workspace, &[action, ID]);
        for part in ["cannot hold steps to `domains`", "no folder /nowhere/bank here"] {
            assert!(run.stderr.contains(part), "{action}: {}", run.stderr);
        }
        run.exits(0);
    }
}

#[test]
fn the_graph_begins_it() {
    let workspace = bank();
    let file = begun(&workspace);
    assert!(file.ends_with(format!("{ID}/plan.md")), "{}", file.display());
    let text = std::fs::read_to_string(&file).expect("it was written");
    for part in [
        "goal = \"Rename Account.balance to funds\"\n",
        "test = \"python -m pytest -q {tests}\"\n",
        "base = \"",
        "index = 1\n",
        "\n# Rename Account.balance to funds\n",
        "- `bank/account.py:6` `Account.deposit` writes it (typed)\n",
        "- `bank/account.py:9` `Account.withdraw` writes it (typed)\n",
        "- `bank/service.py:11` `close` writes it (typed)\n",
        "\nReached by 1 test:\n\n- `tests/test_account.py:5` `test_close`\n",
        "\n## Phase: change Account.balance\n",
        "- `bank/account.py:3` `Account.__init__` writes `Account.balance`; defines `Account.balance`\n",
        "\n```edit bank/account.py\n<<<<<<< SEARCH\n        self.balance = 0\n=======\n        self.balance = 0\n>>>>>>> REPLACE\n",
        "\n## Phase: follow in the callers\n",
        "\n```edit bank/service.py\n<<<<<<< SEARCH\n    rest = account.balance\n    account.balance = 0\n=======\n",
        "\n## Phase: tests\n",
        "\n```edit tests/test_account.py\n",
        "\n```verify\n```\n",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }

    // The same index gives the same plan.
    let arguments = ["--symbol", "Account.balance", "--id", ID, "--print"];
    let printed = new(&workspace, GOAL, &arguments).exits(0);
    assert_eq!(printed, text);
    // The goal names it as well.
    assert_eq!(new(&workspace, GOAL, &["--id", ID, "--print"]).exits(0), text);
    let second = new(&workspace, GOAL, &[]).exits(0);
    assert!(second.contains(&format!("/{ID}-2/plan.md")), "{second}");

    // What is not filled in is not carried out.
    let lint = plan(&workspace, &["lint", ID]);
    assert_eq!(lint.code, 2, "{}", lint.stderr);
    assert!(lint.stdout.contains("plan.md:"), "{}", lint.stdout);
    assert!(lint.stdout.contains("SEARCH and REPLACE are the same"), "{}", lint.stdout);
    assert!(lint.stderr.contains("problems"), "{}", lint.stderr);
    plan(&workspace, &["approve", ID]).exits(2);
    let list = plan(&workspace, &["list", "--json"]).json(0);
    assert_eq!(list["plans"].as_array().map(Vec::len), Some(2), "{list}");
    assert_eq!(list["plans"][0]["approval"]["state"], "none", "{list}");
}

#[test]
fn an_approval_is_of_what_is_written() {
    let workspace = bank();
    let file = begun(&workspace);
    let text = right(&workspace);
    std::fs::write(&file, &text).expect("it is ours");
    let lint = plan(&workspace, &["lint", ID, "--json"]).json(0);
    assert_eq!(lint["problems"].as_array().map(Vec::len), Some(0), "{lint}");
    let shown = plan(&workspace, &["show", ID]).exits(0);
    assert!(shown.contains(GOAL) && shown.contains("not approved"), "{shown}");
    assert!(shown.contains("edit    bank/account.py 1 replacement"), "{shown}");
    assert!(shown.contains("verify  true"), "{shown}");
    plan(&workspace, &["diff", ID]).exits(1);

    let approved = plan(&workspace, &["approve", ID]).exits(0);
    assert!(approved.starts_with(&format!("approved {ID} as ")), "{approved}");
    assert!(approved.contains("1 phase, 2 steps"), "{approved}");
    let list = plan(&workspace, &["list"]).exits(0);
    assert!(list.contains("approved") && list.contains(GOAL), "{list}");
    plan(&workspace, &["diff", ID]).exits(1);

    let changed = text.replace("self.funds", "self.money");
    std::fs::write(&file, &changed).expect("it is ours");
    let list = plan(&workspace, &["list"]).exits(0);
    assert!(list.contains("changed"), "{list}");
    let shown = plan(&workspace, &["show", ID, "--json"]).json(0);
    assert_eq!(shown["approval"]["state"], "changed", "{shown}");
    assert_eq!(shown["phases"][0]["steps"][0]["action"], "edit", "{shown}");
    let diff = plan(&workspace, &["diff", ID]).exits(0);
    assert!(diff.contains("-        self.funds = 0"), "{diff}");
    assert!(diff.contains("+        self.money = 0"), "{diff}");

    // The beginning of a name is enough.
    plan(&workspace, &["rm", "rename"]).exits(0);
    assert!(!file.exists());
    plan(&workspace, &["list"]).exits(1);
}

#[test]
fn an_editor_is_opened_until_it_is_right() {
    let workspace = bank();
    let file = begun(&workspace);
    let folder = workspace.folder.path();
    std::fs::write(folder.join("right.md"), right(&workspace)).expect("it is ours");
    std::fs::write(
        folder.join("editor.sh"),
        "echo \"$*\" >> \"$FOLDER/calls\"\ncp \"$FOLDER/$TEXT\" \"$1\"\n",
    )
    .expect("it is ours");
    std::fs::write(folder.join("wrong.md"), "no plan\n").expect("it is ours");
    let edit = |text: &str| {
        let output = Command::new(QF)
            .args(["plan", "edit", ID])
            .env("QF_HOME", workspace.home())
            .env("NO_COLOR", "1")
            .env_remove("VISUAL")
            .env("EDITOR", format!("sh {}", folder.join("editor.sh").display()))
            .env("FOLDER", folder)
            .env("TEXT", text)
            .output()
            .expect("the binary runs");
        Run {
            code: output.status.code().expect("the binary exits"),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    };
    // Off a terminal nobody can be asked.
    let wrong = edit("wrong.md");
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
    assert!(wrong.stdout.contains("plan.md:1: "), "{}", wrong.stdout);
    let good = edit("right.md").exits(0);
    assert!(good.contains("1 phase and 2 steps"), "{good}");
    let calls = std::fs::read_to_string(folder.join("calls")).expect("it was called");
    assert_eq!(calls, format!("{0}\n{0}\n", file.display()));
    let none = run_without_editor(&workspace);
    assert!(none.contains("no editor is set"), "{none}");
}

fn run_without_editor(workspace: &Workspace) -> String {
    let output = Command::new(QF)
        .args(["plan", "edit", ID])
        .env("QF_HOME", workspace.home())
        .env_remove("VISUAL")
        .env_remove("EDITOR")
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn errors_say_what_to_do() {
    let workspace = bank();
    let refused = |run: Run, what: &str| {
        assert_eq!(run.code, 2, "{}", run.stdout);
        assert!(run.stderr.contains(what), "{}", run.stderr);
    };
    let unknown = new(&workspace, GOAL, &["--symbol", "Account.nothing"]);
    refused(unknown, "nothing is named `Account.nothing`");
    refused(new(&workspace, GOAL, &["--test", "make test"]), "`{tests}`");
    refused(plan(&workspace, &["show", "nothing"]), "nothing");

    let outside = workspace.folder.path().display().to_string();
    let output = plan(&workspace, &["new", GOAL, "--in", &outside]);
    refused(output, "is in no git work tree");
    sh(&workspace, "mkdir other; git init -q -b main other");
    let other = Path::new(&outside).join("other").display().to_string();
    refused(plan(&workspace, &["new", GOAL, "--in", &other]), "is not indexed");

    // Words that are no names are searched for, and that is said.
    let goal = "let transfer refuse negative amounts";
    let guessed = new(&workspace, goal, &["--print"]);
    assert_eq!(guessed.code, 0, "{}", guessed.stderr);
    assert!(guessed.stderr.contains("`--symbol NAME`"), "{}", guessed.stderr);
    assert!(guessed.stdout.contains("### `transfer`"), "{}", guessed.stdout);
}

#[test]
fn a_plan_is_carried_out_and_what_it_did_is_on_record() {
    let workspace = bank();
    let tree = tree(&workspace);
    let text = format!(
        "+++\nid = \"close\"\ngoal = \"Close pays out\"\ntree = {:?}\n\
         test = \"echo {{tests}} >> ../ran\"\n+++\n\n## Phase: service\n\n\
         ```edit bank/service.py\n<<<<<<< SEARCH\n    account.balance = 0\n=======\n    \
         account.withdraw(rest)\n>>>>>>> REPLACE\n```\n\n```ask\nGo on?\n```\n\n\
         ## Phase: wrong\n\n```run\necho x > x.txt; exit 7\n```\n",
        tree.display().to_string()
    );
    let folder = workspace.home().join("plans/close");
    std::fs::create_dir_all(&folder).expect("it is ours");
    std::fs::write(folder.join("plan.md"), &text).expect("it is ours");
    let refused = run_in(&workspace.home(), &["run", "close"]);
    refused.exits(2);
    plan(&workspace, &["approve", "close"]).exits(0);
    let waits = workspace.run(&["run", "close", "--json"]).json(3);
    assert_eq!(waits["outcome"], "waiting", "{waits}");
    plan(&workspace, &["rm", "close"]).exits(2);
    let failed = workspace.run(&["resume", "close", "--answer", "yes", "--json"]).json(3);
    assert_eq!(failed["outcome"], "failed", "{failed}");
    assert_eq!(failed["phase"], "wrong", "{failed}");
    // The tests of what was changed before the question ran after it.
    let ran = std::fs::read_to_string(workspace.folder.path().join("ran")).expect("tests ran");
    assert!(ran.contains("tests/test_account.py::test_close"), "{ran}");
    let service = std::fs::read_to_string(tree.join("bank/service.py")).expect("it is there");
    assert!(service.contains("account.withdraw(rest)"), "{service}");
    assert!(!tree.join("x.txt").exists());
    let callers = workspace.run(&["callers", "Account.withdraw"]).exits(0);
    assert!(callers.contains("close"), "{callers}");
    let records = workspace.run(&["audit", "show", "--plan", "close", "--json"]).exits(0);
    for action in ["plan.approved", "run.begun", "phase.done", "step.failed", "phase.undone"] {
        assert!(records.contains(action), "{action}: {records}");
    }
    workspace.run(&["audit", "verify"]).exits(0);
    let again = workspace.run(&["run", "close"]);
    again.exits(2);
}
