//! `qf watch`.

use crate::support::{QF, Workspace};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

fn watch(
    workspace: &Workspace,
    folder: &Path,
    more: &[&str],
) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(QF)
        .arg("watch")
        .arg(folder)
        .args(more)
        .env("QF_HOME", workspace.home())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut out = BufReader::new(child.stdout.take().expect("standard output"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    assert!(line.starts_with("Watching 1 repository as of generation 1"), "{line}");
    (child, out)
}

fn a_change_is_taken_in(more: &[&str]) {
    let workspace = Workspace::empty();
    let folder = workspace.folder.path().join("small");
    std::fs::create_dir_all(folder.join("src")).expect("a folder");
    std::fs::write(folder.join("src/a.py"), "def first():\n    pass\n").expect("written");
    let (mut child, mut out) = watch(&workspace, &folder, more);
    workspace.run(&["where", "second"]).exits(1);
    std::fs::create_dir_all(folder.join("src/new")).expect("a folder");
    std::fs::write(folder.join("src/new/b.py"), "def second():\n    pass\n").expect("written");
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    assert!(line.contains("generation 2"), "{line}");
    assert!(child.wait().expect("it ends").success());
    workspace.run(&["where", "second"]).exits(0);
}

#[test]
fn a_new_file_in_a_new_folder_is_taken_in() {
    a_change_is_taken_in(&["--once"]);
}

#[test]
fn polling_does_the_same() {
    a_change_is_taken_in(&["--once", "--poll"]);
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_it_cleanly() {
    let workspace = Workspace::empty();
    let folder = workspace.folder.path().join("small");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("a.py"), "def first():\n    pass\n").expect("written");
    let (mut child, _out) = watch(&workspace, &folder, &[]);
    // The line is written just before the signal is awaited.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(0));
    workspace.run(&["check"]).exits(0);
}
