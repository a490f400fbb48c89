//! `qf index`.

use crate::support::{Workspace, repositories, shared};

#[test]
fn the_table_has_a_row_a_repository() {
    let run = Workspace::empty();
    let mut arguments = vec!["index".to_owned()];
    arguments.extend(repositories().iter().map(|path| path.display().to_string()));
    let run = run.run(&arguments);
    assert!(run.stderr.starts_with("Found 7 repositories ("), "{}", run.stderr);
    let out = run.exits(0);
    let header = out.lines().next().expect("a header");
    for column in ["repository", "files", "definitions", "calls", "exact", "unresolved"] {
        assert!(header.contains(column), "{header}");
    }
    for repository in repositories() {
        let name = repository.file_name().expect("a folder").to_string_lossy().into_owned();
        assert!(out.lines().any(|line| line.starts_with(&name)), "no row for {name}:\n{out}");
    }
    assert!(out.contains("external") && out.contains("dynamic"), "{out}");
    assert!(out.contains("links through shared keys: "), "{out}");
    assert!(out.contains("Fresh with: qf watch"), "{out}");
}

#[test]
fn json_is_the_report_and_a_second_run_changes_nothing() {
    let workspace = Workspace::with_shop();
    let mut arguments = vec!["index".to_owned(), "--json".to_owned()];
    arguments.extend(repositories().iter().map(|path| path.display().to_string()));
    let report = workspace.run(&arguments).json(0);
    assert_eq!(report["unchanged"], true);
    assert_eq!(report["generation"], 1);
    let rows = report["repositories"].as_array().expect("repositories");
    assert_eq!(rows.len(), 7);
    assert!(rows.iter().all(|row| row["parsed"] == 0));
    assert!(rows.iter().all(|row| row["counts"]["files"].as_u64() > Some(0)));
    assert!(report["links"].is_object());
}

#[test]
fn wrong_paths_are_input_errors() {
    let workspace = Workspace::empty();
    let missing = workspace.run(&["index", "/no/such/folder"]);
    assert!(missing.stderr.contains("error: /no/such/folder"), "{}", missing.stderr);
    assert!(missing.stderr.contains("hint: "), "{}", missing.stderr);
    missing.exits(2);
    let file = format!("{}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
    let run = workspace.run(&["index", &file]);
    assert!(run.stderr.contains("is a file"), "{}", run.stderr);
    run.exits(2);
    let mut named = vec!["index".to_owned(), "--name".to_owned(), "one".to_owned()];
    named.extend(repositories().iter().map(|path| path.display().to_string()));
    let run = workspace.run(&named);
    assert!(run.stderr.contains("one repository only"), "{}", run.stderr);
    run.exits(2);
    workspace.run(&["index"]).exits(2);
}

#[test]
fn progress_and_data_do_not_mix() {
    let workspace = Workspace::empty();
    let path = repositories().remove(0).display().to_string();
    let run = workspace.run(&["index", "--json", &path]);
    assert!(run.stderr.contains("Found 1 repository"), "{}", run.stderr);
    run.json(0);
    let quiet = workspace.run(&["index", "--quiet", &path]);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn facts_need_no_index() {
    let file = repositories()[0].join("app/ledger.py").display().to_string();
    let workspace = Workspace::empty();
    let out = workspace.run(&["facts", &file]).exits(0);
    assert!(out.lines().any(|line| line.starts_with("def class Ledger @")), "{out}");
    let run = workspace.run(&["facts", "/etc/hostname.nothing"]);
    assert!(run.stderr.contains("no language claims"), "{}", run.stderr);
    run.exits(2);
}

#[test]
fn numbers_in_stats_add_up() {
    let stats = shared().run(&["stats", "--json"]).json(0);
    let sum = |value: &serde_json::Value| -> u64 {
        value.as_object().expect("counts").values().filter_map(serde_json::Value::as_u64).sum()
    };
    let calls = &stats["calls"];
    assert_eq!(calls["sites"].as_u64(), Some(sum(&calls["tiers"]) + sum(&calls["unresolved"])));
    assert!(calls["sites"].as_u64() > Some(100));
    let python = shared().run(&["stats", "--repo", "accounts-api"]).exits(0);
    assert!(python.lines().any(|line| line.starts_with("python")), "{python}");
}

#[test]
fn a_repository_can_be_renamed() {
    let workspace = Workspace::empty();
    let [one, two] = [0, 1].map(|number| repositories()[number].clone());
    let index = |name: &str, path: &std::path::Path| {
        workspace.run(&["index", "--quiet", "--name", name, &path.display().to_string()])
    };
    index("first", &one).exits(0);
    index("second", &two).exits(0);
    let run = index("first", &two);
    assert!(run.stderr.contains("another repository is called `first`"), "{}", run.stderr);
    run.exits(2);
    index("other", &two).exits(0);
    let out = workspace.run(&["repos"]).exits(0);
    assert!(out.contains("first") && out.contains("other"), "{out}");
    assert!(!out.contains("second"), "{out}");
    workspace.run(&["check"]).exits(0);
}

/// Permissions do not bind the superuser, as whom tests often run; then the binary runs as somebody
/// else.
#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_counted_and_the_rest_is_indexed() {
    use crate::support::{QF, skip};
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;
    let place = tempfile::tempdir().expect("a temporary folder");
    let at = |path: &str| place.path().join(path);
    std::fs::create_dir_all(at("code/closed")).expect("made");
    std::fs::create_dir(at("home")).expect("made");
    for path in ["code/good.py", "code/secret.py", "code/closed/inner.py"] {
        std::fs::write(at(path), "def good():\n    pass\n").expect("written");
    }
    let mode = |path: &str, mode: u32| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(at(path), permissions).expect("permissions");
    };
    mode("", 0o755);
    mode("code", 0o755);
    mode("home", 0o777);
    mode("code/secret.py", 0);
    mode("code/closed", 0);
    let superuser = std::fs::read(at("code/secret.py")).is_ok();
    let mut command = if superuser {
        // The build folder may be in a home that nobody else can enter.
        std::fs::copy(QF, at("qf")).expect("copied");
        mode("qf", 0o755);
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(at("qf"));
        command
    } else {
        Command::new(QF)
    };
    let output = command
        .args(["index", "--json"])
        .arg(at("code"))
        .env("QF_HOME", at("home"))
        .current_dir(place.path())
        .output();
    mode("code/closed", 0o755);
    let output = match output {
        Ok(output) => output,
        Err(error) => return skip(&format!("setpriv does not run: {error}")),
    };
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let row = &report["repositories"][0];
    assert_eq!(row["counts"]["files"], 1, "{row}");
    assert_eq!(row["counts"]["skipped"]["unreadable"], 2, "{row}");
}
