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
fn a_folder_of_folders_that_were_indexed_one_by_one_means_those() {
    let workspace = Workspace::empty();
    let folder = workspace.folder.path().join("code");
    let small = folder.join("small");
    std::fs::create_dir_all(&small).expect("a folder");
    std::fs::write(small.join("a.py"), "def first():\n    pass\n").expect("written");
    workspace.run(&["index", small.to_str().expect("a path")]).exits(0);
    let (mut child, mut out) = watch(&workspace, &folder, &["--once"]);
    std::fs::write(small.join("a.py"), "def second():\n    pass\n").expect("written");
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    assert!(line.contains("generation 2"), "{line}");
    assert!(child.wait().expect("it ends").success());
    workspace.run(&["where", "second"]).exits(0);
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

#[test]
#[cfg(unix)]
fn in_the_background_it_can_be_asked_and_stopped() {
    let workspace = Workspace::empty();
    let folder = workspace.folder.path().join("small");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("a.py"), "def first():\n    pass\n").expect("written");
    let path = folder.display().to_string();
    workspace.run(&["watch", "--status"]).exits(1);
    workspace.run(&["watch", "--stop"]).exits(1);
    let begun = workspace.run(&["watch", "--daemon", &path]).exits(0);
    assert!(begun.starts_with("Watching in the background (pid "), "{begun}");
    let refused = workspace.run(&["watch", &path]);
    assert!(refused.stderr.contains("is watched already"), "{}", refused.stderr);
    refused.exits(3);
    std::fs::write(folder.join("b.py"), "def second():\n    pass\n").expect("written");
    let begun = std::time::Instant::now();
    while workspace.run(&["where", "second"]).code != 0 {
        assert!(begun.elapsed().as_secs() < 60, "the change is not taken in");
    }
    // What it says follows what it publishes.
    let status = loop {
        let status = workspace.run(&["watch", "--status", "--json"]).json(0);
        if status["refreshes"] != 0 {
            break status;
        }
        assert!(begun.elapsed().as_secs() < 60, "{status}");
    };
    assert_eq!(status["running"], true);
    assert!(status["last"]["line"].as_str().is_some_and(|line| line.contains("b.py")), "{status}");
    let told = workspace.run(&["watch", "--status"]).exits(0);
    assert!(told.contains("small") && told.contains("b.py"), "{told}");
    workspace.run(&["watch", "--stop"]).exits(0);
    workspace.run(&["watch", "--status"]).exits(1);
    workspace.run(&["check"]).exits(0);
    let log = std::fs::read_to_string(workspace.home().join("watch.log")).expect("a log");
    assert!(log.contains("Watching 1 repository"), "{log}");
    // What cannot begin is said at once.
    let missing = folder.join("missing").display().to_string();
    let failed = workspace.run(&["watch", "--daemon", &missing]);
    assert!(failed.stderr.contains("No such file"), "{}", failed.stderr);
    failed.exits(3);
}

#[test]
#[cfg(unix)]
fn a_watch_that_was_suspended_takes_in_what_happened() {
    let workspace = Workspace::empty();
    let folder = workspace.folder.path().join("small");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("a.py"), "def first():\n    pass\n").expect("written");
    let (mut child, mut out) = watch(&workspace, &folder, &["--once"]);
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    };
    signal("-STOP");
    std::fs::write(folder.join("b.py"), "def second():\n    pass\n").expect("written");
    workspace.run(&["where", "first"]).exits(0);
    signal("-CONT");
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    assert!(child.wait().expect("it ends").success());
    workspace.run(&["where", "second"]).exits(0);
}

#[test]
fn units_are_written_and_removed() {
    let workspace = Workspace::empty();
    let unit = workspace.run(&["watch", "install", "--system", "systemd", "--print", "/code"]);
    let unit = unit.exits(0);
    assert!(unit.contains("ExecStart=") && unit.contains("\"/code\""), "{unit}");
    let run = |arguments: &[&str]| {
        let output = Command::new(QF)
            .args(arguments)
            .env("QF_HOME", workspace.home())
            .env("XDG_CONFIG_HOME", workspace.folder.path().join("config"))
            .output()
            .expect("the binary runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let install = ["watch", "install", "--system", "systemd", "/code"];
    let path = workspace.folder.path().join("config/systemd/user/qf-watch.service");
    let (code, out) = run(&install);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("systemctl --user enable --now qf-watch.service"), "{out}");
    assert_eq!(std::fs::read_to_string(&path).expect("a unit"), unit);
    assert_eq!(run(&install).0, Some(0), "its own file is written again");
    let uninstall = ["watch", "uninstall", "--system", "systemd"];
    assert_eq!(run(&uninstall).0, Some(0));
    assert_eq!(run(&uninstall).0, Some(1));
    std::fs::write(&path, "[Unit]\n").expect("written");
    assert_eq!(run(&install).0, Some(3), "another's file stays");
    assert_eq!(run(&uninstall).0, Some(3));
}

/// Runs are killed at moments of chance; what is published is whole each time.
#[test]
#[cfg(unix)]
fn a_killed_run_loses_nothing() {
    let workspace = Workspace::empty();
    let folder = workspace.folder.path().join("small");
    std::fs::create_dir_all(&folder).expect("a folder");
    for number in 0..60 {
        let text = format!("def f{number}():\n    return f{}()\n", number / 2);
        std::fs::write(folder.join(format!("m{number}.py")), text).expect("written");
    }
    let path = folder.display().to_string();
    workspace.run(&["index", &path]).exits(0);
    let mut killed = 0;
    for round in 0..40u64 {
        let text = format!("def f0():\n    return {round}\n\n\ndef g{round}():\n    f0()\n");
        std::fs::write(folder.join("m0.py"), text).expect("written");
        let mut child = Command::new(QF)
            .args(["index", "--quiet", &path])
            .env("QF_HOME", workspace.home())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        std::thread::sleep(std::time::Duration::from_millis(round * 37 % 400));
        child.kill().expect("SIGKILL");
        killed += u32::from(!child.wait().expect("it ends").success());
        workspace.run(&["where", "f1"]).exits(0);
        let check = workspace.run(&["check"]);
        let stale = check.stderr.contains("the copy of the manifest is of generation");
        assert!(check.code == 0 || stale, "{}", check.stderr);
    }
    assert!(killed > 5, "only {killed} of 40 runs were killed");
    workspace.run(&["index", "--quiet", &path]).exits(0);
    workspace.run(&["check"]).exits(0);
    workspace.run(&["where", "g39"]).exits(0);
}

/// A process that does not outlive the test.
#[cfg(target_os = "linux")]
struct Ended(Child);

#[cfg(target_os = "linux")]
impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Memory in use, in kilobytes.
#[cfg(target_os = "linux")]
fn resident(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("a status");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("memory");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

/// Ten thousand edits, in bursts: what a watch remembers is replaced, never added to.
#[test]
#[cfg(target_os = "linux")]
fn memory_stays_flat_over_ten_thousand_edits() {
    const BURSTS: usize = 200;
    const BURST: usize = 50;
    let workspace = Workspace::empty();
    let folder = workspace.folder.path().join("small");
    std::fs::create_dir_all(&folder).expect("a folder");
    let write = |file: usize, edit: usize| {
        let calls: String = (0..20).map(|it| format!("    used_{it}_{edit}(a)\n")).collect();
        let text = format!("def first_{file}(a):\n{calls}\n\ndef edited_{edit}(b):\n    pass\n");
        std::fs::write(folder.join(format!("m{file}.py")), text).expect("written");
    };
    for file in 0..BURST {
        write(file, 0);
    }
    let (child, mut out) = watch(&workspace, &folder, &[]);
    let child = Ended(child);
    let mut after = Vec::new();
    for burst in 1..=BURSTS {
        for file in 0..BURST {
            write(file, burst * BURST + file);
        }
        let wanted = format!("edited_{}", burst * BURST + BURST - 1);
        // A burst may be taken in by several refreshes.
        loop {
            let mut line = String::new();
            assert!(out.read_line(&mut line).expect("a line") > 0, "the watch has ended");
            if workspace.run(&["where", &wanted]).code == 0 {
                break;
            }
        }
        after.push(resident(&child.0));
    }
    let most = |of: &[u64]| of.iter().copied().max().expect("some");
    let (early, late) = (most(&after[BURSTS / 10..BURSTS / 2]), most(&after[BURSTS / 2..]));
    assert!(late <= early + early / 10 + 4096, "memory grows from {early} kB to {late} kB");
}
