//! Every command that the README shows runs.
//!
//! Lines that begin with `$ qf ` in fenced blocks are run in order, in the corpus's folder, in a
//! workspace that has the shop. A line may say what it exits with: `$ qf … # exit 1`. Commands that
//! serve or watch until they are stopped are only checked for their arguments, with `--help`.

use crate::support::{QF, Workspace, repositories};
use std::path::Path;
use std::process::{Command, Stdio};

/// The commands in a Markdown text's code fences, with the exit code that each should give.
fn commands(markdown: &str) -> Vec<(String, i32)> {
    let mut inside = false;
    let mut out = Vec::new();
    for line in markdown.lines() {
        let line = line.trim();
        if line.starts_with("```") {
            inside = !inside;
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside)
            && command.starts_with("qf ")
        {
            let (command, note) = command.split_once(" # ").unwrap_or((command, ""));
            let code = note.trim().strip_prefix("exit ").and_then(|code| code.parse().ok());
            out.push((command.trim().to_owned(), code.unwrap_or(0)));
        }
    }
    out
}

/// A command as it can be run here: paths of an example become those of the corpus, and what runs
/// until it is stopped only shows its help.
fn runnable(command: &str) -> String {
    let mut words: Vec<String> = command.split(' ').map(str::to_owned).collect();
    for word in &mut words {
        if word.starts_with("~/") {
            let all: Vec<_> =
                repositories().iter().map(|path| format!("'{}'", path.display())).collect();
            *word = all.join(" ");
        }
    }
    if matches!(words.get(1).map(String::as_str), Some("watch" | "mcp")) {
        words.push("--help".to_owned());
    }
    format!("'{QF}' {}", words[1..].join(" "))
}

#[test]
fn commands_are_read_from_fences_only() {
    let text = "$ qf no\n```\n$ qf ask x\nout\n$ ls\n$ qf ask y # exit 1\n```\n$ qf no\n";
    assert_eq!(commands(text), [("qf ask x".to_owned(), 0), ("qf ask y".to_owned(), 1)]);
}

#[test]
fn every_command_of_the_readme_runs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let commands = std::fs::read_to_string(path).map(|text| commands(&text)).unwrap_or_default();
    if commands.is_empty() {
        return;
    }
    let workspace = Workspace::with_shop();
    let mut wrong = Vec::new();
    for (command, code) in commands {
        let output = Command::new("sh")
            .args(["-c", &runnable(&command)])
            .current_dir(crate::support::shop())
            .env("QF_HOME", workspace.home())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .expect("a shell runs");
        if output.status.code() != Some(code) {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            wrong.push(format!("{command}: {:?} instead of {code}: {said}", output.status.code()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
