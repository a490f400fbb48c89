//! Real indexes of compilers: scip-python and scip-typescript run over the shop, what they say
//! replaces ours, and what we write is read by the public library.
//!
//! The tools are looked for in `$QF_SCIP_TOOLS/node_modules/.bin` and on the PATH.

use crate::support::{Workspace, shop, skip};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program of a tool, when it is installed.
fn tool(name: &str) -> Option<PathBuf> {
    let own = std::env::var_os("QF_SCIP_TOOLS")
        .map(|folder| Path::new(&folder).join("node_modules/.bin").join(name));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name));
    let found = own.into_iter().chain(found).find(|program| program.is_file());
    if found.is_none() {
        skip(&format!("{name} is not installed: `npm install @sourcegraph/{name}`"));
    }
    found
}

/// A copy of one of the shop's repositories, for tools that write beside the sources.
fn copy(workspace: &Workspace, name: &str) -> PathBuf {
    let to = workspace.folder.path().join("code").join(name);
    std::fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
    let copied = Command::new("cp").arg("-r").arg(shop().join(name)).arg(&to).status();
    assert!(copied.expect("cp runs").success());
    to
}

/// Runs a tool in a folder and gives the index that it writes.
fn run(program: &Path, folder: &Path, arguments: &[&str]) -> PathBuf {
    let output =
        Command::new(program).args(arguments).current_dir(folder).output().expect("the tool runs");
    let index = folder.join("index.scip");
    assert!(
        index.is_file(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    index
}

fn imported(workspace: &Workspace, folder: &Path, index: &Path) -> Value {
    let (folder, index) = (folder.display().to_string(), index.display().to_string());
    workspace
        .run(&["index", "--quiet", "--no-vectors", "--json", &folder, "--scip", &index])
        .json(0)
}

fn calls(workspace: &Workspace) -> Vec<Value> {
    workspace.run(&["export", "edges", "--kind", "calls"]).json_lines(0)
}

#[test]
fn what_scip_python_says_is_the_compilers_word() {
    let Some(program) = tool("scip-python") else { return };
    let workspace = Workspace::empty();
    let folder = copy(&workspace, "accounts-api");
    let git = |arguments: &[&str]| {
        let run = Command::new("git").args(arguments).current_dir(&folder).output();
        assert!(run.expect("git runs").status.success());
    };
    // It takes the version from git.
    git(&["init", "--quiet"]);
    git(&[
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@t",
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "x",
    ]);
    let index = run(&program, &folder, &["index", "--project-name", "accounts-api", "--quiet"]);
    let report = imported(&workspace, &folder, &index);
    assert_eq!(report["scip"][0]["tool"], "scip-python");
    assert!(report["scip"][0]["documents"].as_u64() > Some(5), "{report}");
    assert_eq!(report["scip"][0]["stale"], 0, "{report}");
    assert!(report["scip"][0]["edges"].as_u64() > Some(50), "{report}");
    let rows = calls(&workspace);
    let by_compiler = |from: &str, to: &str| {
        rows.iter()
            .any(|row| row["caller"] == from && row["callee"] == to && row["tier"] == "compiler")
    };
    assert!(by_compiler("AccountService.credit", "Ledger.apply"), "{rows:#?}");
    workspace.run(&["check"]).exits(0);
}

#[test]
fn what_scip_typescript_says_is_the_compilers_word() {
    let Some(program) = tool("scip-typescript") else { return };
    let workspace = Workspace::empty();
    let folder = copy(&workspace, "shop-web");
    let index = run(&program, &folder, &["index", "--infer-tsconfig", "--no-progress-bar"]);
    let report = imported(&workspace, &folder, &index);
    assert_eq!(report["scip"][0]["tool"], "scip-typescript");
    assert!(report["scip"][0]["documents"].as_u64() > Some(5), "{report}");
    assert_eq!(report["scip"][0]["stale"], 0, "{report}");
    let rows = calls(&workspace);
    let count = rows.iter().filter(|row| row["tier"] == "compiler").count();
    assert!(count > 10, "{count} of {}", rows.len());
    workspace.run(&["check"]).exits(0);
}

#[test]
fn an_index_can_be_written_and_comes_back_as_it_was() {
    let workspace = Workspace::empty();
    let folder = copy(&workspace, "accounts-api");
    let folder_name = folder.display().to_string();
    workspace.run(&["index", "--quiet", "--no-vectors", &folder_name]).exits(0);
    let before = calls(&workspace);
    let scip = workspace.folder.path().join("ours.scip").display().to_string();
    workspace.run(&["export", "scip", "--repo", "accounts-api", "--output", &scip]).exits(0);
    let report = imported(&workspace, &folder, Path::new(&scip));
    assert_eq!(report["scip"][0]["stale"], 0, "{report}");
    let after = calls(&workspace);
    let pairs = |rows: &[Value]| {
        let mut pairs: Vec<String> = rows
            .iter()
            .map(|row| {
                format!(
                    "{} {} {} {}",
                    row["caller"], row["line"], row["callee"], row["callee_line"]
                )
            })
            .collect();
        pairs.sort();
        pairs.dedup();
        pairs
    };
    assert_eq!(pairs(&before), pairs(&after));
    assert!(after.iter().any(|row| row["tier"] == "compiler"));
    let nowhere = workspace.folder.path().join("no/such/folder.scip").display().to_string();
    workspace.run(&["export", "scip", "--output", &nowhere]).exits(2);
}
