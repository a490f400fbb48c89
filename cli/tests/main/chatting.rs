//! `qf chat`, driven by a script and in a terminal.

use crate::support::{QF, Run, Workspace, shared, skip};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ID: &str = "rename-account-balance-to-funds";

const ACCOUNT: &str = "\
class Account:
    def __init__(self) -> None:
        self.balance = 0

    def deposit(self, amount: int) -> None:
        self.balance += amount
";

/// A small repository under version control, indexed.
fn bank() -> Workspace {
    let workspace = Workspace::empty();
    let tree = tree(&workspace);
    for (path, text) in [
        ("pyproject.toml", "[project]\nname = \"bank\"\nversion = \"1\"\n"),
        ("bank/__init__.py", ""),
        ("bank/account.py", ACCOUNT),
    ] {
        let path = tree.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is ours");
        std::fs::write(path, text).expect("it is ours");
    }
    let made = Command::new("sh")
        .args([
            "-e",
            "-c",
            "git init -q -b main; git config user.name s; git config user.email s@example.org
            git add -A; git commit -q -m first",
        ])
        .current_dir(&tree)
        .status()
        .expect("a shell runs");
    assert!(made.success());
    workspace.run(&["index", "--quiet", &tree.display().to_string()]).exits(0);
    workspace
}

fn tree(workspace: &Workspace) -> PathBuf {
    workspace.folder.path().canonicalize().expect("it is there").join("tree")
}

/// A chat with these lines, in a folder.
fn chat_in(home: &Path, folder: &Path, lines: &str) -> Run {
    let output = assert_cmd::Command::new(QF)
        .arg("chat")
        .current_dir(folder)
        .env("QF_HOME", home)
        .env("NO_COLOR", "1")
        .write_stdin(lines)
        .output()
        .expect("the binary runs");
    Run {
        code: output.status.code().expect("the binary exits"),
        stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
    }
}

/// A chat about the shop.
fn chat(lines: &str) -> Run {
    chat_in(&shared().home(), shared().folder.path(), lines)
}

#[test]
fn help_lists_every_command() {
    let said = chat("/help\n").exits(0);
    for name in [
        "ask",
        "plan",
        "edit",
        "approve",
        "run",
        "resume",
        "rollback",
        "load",
        "cost",
        "help",
        "quit",
        "callers",
        "impact",
        "checkpoint",
    ] {
        assert!(said.contains(&format!("\n  /{name} ")), "no /{name} in {said}");
    }
    assert!(!said.contains("/watch") && !said.contains("/mcp"), "{said}");
    let of_one = chat("/help rollback\n").exits(0);
    assert!(of_one.contains("--dry-run"), "{of_one}");
}

#[test]
fn lines_are_questions_and_commands() {
    let said = chat("who calls Ledger.apply?\n").exits(0);
    assert!(said.contains("AccountService.credit"), "{said}");
    assert_eq!(chat("/ask who calls Ledger.apply?").exits(0).lines().next(), said.lines().next());
    let json = chat("/callers Ledger.apply --json\n").json(0);
    assert!(json["items"].as_array().is_some_and(|items| !items.is_empty()), "{json:#}");
    let two = chat("/where 'Ledger.apply'\n\n/where formatMoney\n").exits(0);
    assert!(two.contains("Ledger.apply") && two.contains("formatMoney"), "{two}");
}

#[test]
fn mistakes_are_said_and_the_chat_goes_on() {
    let run = chat("/wriers balance\n/callers \"open\n/watch\n/callers --no-such\n/where Ledger\n");
    for part in [
        "no command is called `/wriers`",
        "near it: /writers",
        "a quote is not closed",
        "`/watch` is not for a chat",
        "--no-such",
    ] {
        assert!(run.stderr.contains(part), "no {part:?} in {}", run.stderr);
    }
    // The code is that of the last that failed.
    assert!(run.exits(2).contains("Ledger"));
    chat("/nothing\n/where nothing_has_this_name\n/where Ledger\n").exits(1);
    chat("").exits(0);
}

#[test]
fn it_ends_when_it_is_told_to() {
    assert_eq!(chat("/quit\n/where Ledger\n").exits(0), "");
    assert_eq!(chat("/exit\n/where Ledger\n").exits(0), "");
}

#[test]
fn what_was_used_last_is_meant() {
    let run = chat("/callers Ledger.apply\n/tests\n");
    assert!(run.stderr.contains("name Ledger.apply"), "{}", run.stderr);
    assert!(run.exits(0).contains("test_apply_adds_to_the_balance"));
    let none = chat("/run\n");
    assert!(none.stderr.contains("<PLAN>"), "{}", none.stderr);
    none.exits(2);
}

#[test]
fn a_plan_is_begun_and_gone_on_with() {
    let workspace = bank();
    let lines = "/plan Rename Account.balance to funds\n/approve\n/plan\n/plan show rename-acc\n";
    let run = chat_in(&workspace.home(), &tree(&workspace), lines);
    // It has blanks, so it cannot be approved yet.
    assert!(run.stderr.contains(&format!("plan {ID}\n")), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("`qf plan edit {ID}` opens it")), "{}", run.stderr);
    let said = run.exits(2);
    assert!(said.contains(&format!("{ID}/plan.md")), "{said}");
    assert!(said.contains("not approved"), "{said}");

    let text = format!(
        "+++\nid = \"{ID}\"\ngoal = \"g\"\ntree = \"{}\"\n+++\n\n## Phase: one\n\n\
         ```run\nprintf done > made\n```\n",
        tree(&workspace).display()
    );
    std::fs::write(workspace.home().join(format!("plans/{ID}/plan.md")), text).expect("it is ours");
    let lines = "/approve rename\n/run\n/run\n/resume\n";
    let run = chat_in(&workspace.home(), &tree(&workspace), lines);
    assert!(run.stderr.contains("was carried out already"), "{}", run.stderr);
    assert!(run.stdout.contains(&format!("{ID} is carried out")), "{}", run.stdout);
    let made = std::fs::read_to_string(tree(&workspace).join("made"));
    assert_eq!(made.expect("the plan was carried out"), "done");
}

#[test]
fn a_rollback_undoes_what_was_done() {
    let workspace = bank();
    let (home, tree) = (workspace.home(), tree(&workspace));
    chat_in(&home, &tree, "/checkpoint -m 'before the work'\n").exits(0);
    std::fs::write(tree.join("bank/account.py"), "gone\n").expect("it is ours");
    std::fs::write(tree.join("new.py"), "new\n").expect("it is ours");
    chat_in(&home, &tree, "/rollback --dry-run\n/rollback\n").exits(0);
    let text = std::fs::read_to_string(tree.join("bank/account.py")).expect("it is back");
    assert_eq!(text, ACCOUNT);
    assert!(!tree.join("new.py").exists());
}

/// A chat in a terminal.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    shown: Arc<Mutex<String>>,
    read: usize,
}

impl Terminal {
    fn new(home: &Path, folder: &Path, state: &Path) -> Self {
        let mut child = Command::new("script")
            .args(["-qec", &format!("exec '{QF}' chat"), "/dev/null"])
            .current_dir(folder)
            .env("QF_HOME", home)
            .env("XDG_STATE_HOME", state)
            .env("NO_COLOR", "1")
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it ran before");
        let keys = child.stdin.take().expect("a pipe");
        let mut screen = child.stdout.take().expect("a pipe");
        let shown = Arc::new(Mutex::new(String::new()));
        let all = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..count]);
                all.lock().expect("nobody failed").push_str(&text);
            }
        });
        Self { child, keys, shown, read: 0 }
    }

    /// Waits until something is shown, after what was waited for before.
    #[track_caller]
    fn shows(&mut self, what: &str) {
        let begun = Instant::now();
        loop {
            let shown = self.shown.lock().expect("nobody failed").clone();
            if let Some(at) = shown[self.read..].find(what) {
                self.read += at + what.len();
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "no {what:?} in {shown:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("the terminal takes keys");
        self.keys.flush().expect("the terminal takes keys");
    }

    /// Waits until it ends.
    #[track_caller]
    fn ends(&mut self) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                return status.code();
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether there is a program that gives others a terminal.
fn has_script() -> bool {
    let version = Command::new("script").arg("--version").output();
    version.is_ok_and(|version| String::from_utf8_lossy(&version.stdout).contains("util-linux"))
}

#[test]
fn in_a_terminal_lines_are_edited_completed_and_kept() {
    if !has_script() {
        return skip("there is no `script` of util-linux");
    }
    let workspace = bank();
    let state = workspace.folder.path().join("state");
    let mut terminal = Terminal::new(&workspace.home(), &tree(&workspace), &state);
    terminal.shows("qf> ");
    terminal.types("/he\t");
    terminal.shows("/help ");
    terminal.types("\r");
    terminal.shows("ends the chat, as Ctrl-D does");
    terminal.shows("qf> ");
    // What is no text is taken away, and the chat goes on.
    terminal.keys.write_all(b"caf\xe9\r").expect("the terminal takes keys");
    terminal.shows("that is no UTF-8 text");
    terminal.shows("qf> ");
    // What came behind it is a line of its own.
    terminal.types("\u{3}");
    terminal.shows("qf> ");
    // Ctrl-C takes the line away, and the chat goes on.
    terminal.types("half a line\u{3}");
    terminal.shows("half a line");
    terminal.shows("qf> ");
    terminal.types("/where Account\r");
    terminal.shows("account.py:1");
    terminal.shows("qf> ");
    terminal.types("/where Account.dep\t\r");
    terminal.shows("Account.deposit");
    terminal.shows("account.py:5");
    terminal.shows("qf> ");
    let secret = format!("ghp_{}", "a1".repeat(12));
    terminal.types(&format!("/where {secret}\r"));
    terminal.shows("Nothing is named");
    terminal.shows("qf> ");
    terminal.types("/quit\r");
    // Nothing has the name of a secret.
    assert_eq!(terminal.ends(), Some(1));

    let file = state.join("qf/chat-history");
    let kept = std::fs::read_to_string(&file).expect("lines are kept");
    for line in ["/help", "/where Account", "/where Account.deposit", "/quit"] {
        assert!(kept.lines().any(|known| known.trim_end() == line), "no {line} in {kept}");
    }
    assert!(!kept.contains(&secret) && !kept.contains("half"), "{kept}");
    let mode = file.metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // Ctrl-D ends it, and the arrow brings back what was typed before.
    let mut terminal = Terminal::new(&workspace.home(), &tree(&workspace), &state);
    terminal.shows("qf> ");
    terminal.types("\u{1b}[A\u{1b}[A\r");
    terminal.shows("Account.deposit");
    terminal.shows("account.py:5");
    terminal.shows("qf> ");
    terminal.types("\u{4}");
    assert_eq!(terminal.ends(), Some(0));
}

#[test]
fn ctrl_c_stops_a_run_and_not_the_chat() {
    if !has_script() {
        return skip("there is no `script` of util-linux");
    }
    let workspace = bank();
    let text = format!(
        "+++\nid = \"slow\"\ngoal = \"g\"\ntree = \"{}\"\n+++\n\n## Phase: one\n\n\
         ```run\nsleep 60\n```\n",
        tree(&workspace).display()
    );
    let folder = workspace.home().join("plans/slow");
    std::fs::create_dir_all(&folder).expect("it is ours");
    std::fs::write(folder.join("plan.md"), text).expect("it is ours");
    workspace.run(&["plan", "approve", "slow"]).exits(0);
    let state = workspace.folder.path().join("state");
    let mut terminal = Terminal::new(&workspace.home(), &tree(&workspace), &state);
    terminal.shows("qf> ");
    terminal.types("/run slow\r");
    terminal.shows("phase 1/1");
    terminal.types("\u{3}");
    terminal.shows("slow was stopped");
    terminal.shows("qf> ");
    // Whoever was told once is told again the next time.
    terminal.types("/resume\r");
    terminal.shows("phase 1/1");
    terminal.types("\u{3}");
    terminal.shows("slow was stopped");
    terminal.shows("qf> ");
    terminal.types("/quit\r");
    assert_eq!(terminal.ends(), Some(3));
}

#[test]
fn what_was_loaded_is_gone_with_the_chat() {
    let workspace = bank();
    let runtime = workspace.folder.path().join("runtime");
    std::fs::create_dir(&runtime).expect("it is ours");
    let private = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(&runtime, private).expect("it is ours");
    let file = workspace.folder.path().join("notes.md");
    std::fs::write(&file, "# Deposits\n\nThe quarterly walrus deposits on Fridays.\n")
        .expect("it is ours");
    let lines = format!("/load {}\n/session list\nquarterly walrus\n", file.display());
    let output = assert_cmd::Command::new(QF)
        .arg("chat")
        .current_dir(tree(&workspace))
        .env("QF_HOME", workspace.home())
        .env("XDG_RUNTIME_DIR", &runtime)
        .env("NO_COLOR", "1")
        .write_stdin(lines)
        .output()
        .expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("chat-") && said.contains("walrus deposits"), "{said}\n{errors}");
    let left = std::fs::read_dir(runtime.join("qf/sessions"));
    let left = left.map(|entries| entries.flatten().count()).unwrap_or_default();
    assert_eq!(left, 0, "{said}\n{errors}");
}
