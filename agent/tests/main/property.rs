//! Nothing that a person wrote is ever lost, in whatever order an agent and a person write.
//!
//! An agent works in phases, each between a checkpoint and its end; between them a person edits the
//! same tree. Every line that either writes is unique. Then everything is rolled back to the first
//! checkpoint.

use crate::support::Fixture;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use qf_agent::checkpoint::Checkpoints;
use qf_agent::checkpoint::capture::Policy;
use qf_agent::checkpoint::git::Choice;
use qf_agent::checkpoint::restore::Options;
use qf_graph::store::Home;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// One thing that somebody does to one file.
#[derive(Debug, Clone, Copy)]
enum Act {
    Append(usize),
    Prepend(usize),
    Change(usize, usize),
    Overwrite(usize),
    Delete(usize),
    Make(usize),
    Mode(usize),
    Replace(usize),
    Stage,
    Commit,
}

/// Tracked, untracked and ignored files, in folders and not.
const FILES: [&str; 9] = ["a", "b", "d/c", "d/e", "d/f/g", "u", "n/v", "i.log", "d/j.log"];

fn act() -> impl Strategy<Value = Act> {
    let file = 0..FILES.len();
    prop_oneof![
        4 => file.clone().prop_map(Act::Append),
        2 => file.clone().prop_map(Act::Prepend),
        4 => (file.clone(), 0..12_usize).prop_map(|(file, line)| Act::Change(file, line)),
        2 => file.clone().prop_map(Act::Overwrite),
        3 => file.clone().prop_map(Act::Delete),
        2 => (0..6_usize).prop_map(Act::Make),
        1 => file.clone().prop_map(Act::Mode),
        1 => file.prop_map(Act::Replace),
        1 => Just(Act::Stage),
        1 => Just(Act::Commit),
    ]
}

/// A few phases: what the agent does, and what the person does after it.
fn story() -> impl Strategy<Value = Vec<(Vec<Act>, Vec<Act>)>> {
    let phase = (prop::collection::vec(act(), 1..6), prop::collection::vec(act(), 0..6));
    prop::collection::vec(phase, 1..4)
}

/// Does it, and gives the paths that it touched.
fn perform(fixture: &Fixture, act: Act, who: &str, serial: usize) -> BTreeSet<String> {
    let line = format!("{who}-{serial}");
    let mut touched = BTreeSet::new();
    let edit = |name: &str, change: &dyn Fn(&mut Vec<String>)| -> bool {
        let path = fixture.tree.join(name);
        let Ok(text) = std::fs::read_to_string(&path) else { return false };
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        change(&mut lines);
        std::fs::write(&path, lines.join("\n") + "\n").is_ok()
    };
    let write = |name: &str| -> bool {
        let path = fixture.tree.join(name);
        let folder = path.parent().expect("it is in the tree");
        std::fs::create_dir_all(folder).is_ok()
            && std::fs::write(&path, format!("{line}\n")).is_ok()
    };
    let (name, did) = match act {
        Act::Append(file) => (FILES[file], edit(FILES[file], &|lines| lines.push(line.clone()))),
        Act::Prepend(file) => {
            (FILES[file], edit(FILES[file], &|lines| lines.insert(0, line.clone())))
        }
        Act::Change(file, at) => (
            FILES[file],
            edit(FILES[file], &|lines| {
                if let Some(old) = lines.get_mut(at) {
                    old.clone_from(&line);
                }
            }),
        ),
        Act::Overwrite(file) => (FILES[file], write(FILES[file])),
        Act::Delete(file) => {
            (FILES[file], std::fs::remove_file(fixture.tree.join(FILES[file])).is_ok())
        }
        Act::Make(number) => {
            let name = ["x/1", "x/2", "y/z/3", "new", "d/new", "k.log"][number];
            (name, write(name))
        }
        Act::Mode(file) => {
            let path = fixture.tree.join(FILES[file]);
            let mode = std::fs::Permissions::from_mode(if serial.is_multiple_of(2) {
                0o700
            } else {
                0o640
            });
            (FILES[file], path.is_file() && std::fs::set_permissions(path, mode).is_ok())
        }
        Act::Replace(file) if who == "agent" => {
            // The folder of the file becomes a file.
            let Some((folder, _)) = FILES[file].split_once('/') else { return touched };
            for below in files(&fixture.tree).into_keys().filter(|path| path.starts_with(folder)) {
                touched.insert(below);
            }
            let _ = std::fs::remove_dir_all(fixture.tree.join(folder));
            (folder, std::fs::write(fixture.tree.join(folder), format!("{line}\n")).is_ok())
        }
        Act::Stage if who == "agent" => {
            fixture.sh("git add -A");
            return touched;
        }
        Act::Commit if who == "agent" => {
            fixture.sh("git add -A; git commit -q --allow-empty -m agent");
            return touched;
        }
        Act::Replace(_) | Act::Stage | Act::Commit => return touched,
    };
    if did {
        touched.insert(name.to_owned());
    }
    touched
}

/// Every file and its text.
fn files(tree: &Path) -> BTreeMap<String, String> {
    let mut paths = Vec::new();
    crate::support::list(tree, tree, &mut paths);
    paths
        .into_iter()
        .filter(|path| path.is_file())
        .map(|path| {
            let below =
                path.strip_prefix(tree).expect("it is below").to_string_lossy().into_owned();
            let mode = path.metadata().expect("it is there").permissions().mode() & 0o777;
            let text = std::fs::read_to_string(&path).expect("it is ours");
            (below, format!("{mode:o}\n{text}"))
        })
        .collect()
}

fn written_by<'a>(who: &str, text: &'a str) -> BTreeSet<&'a str> {
    text.lines().filter(|line| line.starts_with(who)).collect()
}

fn tell(
    fixture: &Fixture,
    number: usize,
    story: &[(Vec<Act>, Vec<Act>)],
) -> Result<(), TestCaseError> {
    for entry in std::fs::read_dir(&fixture.tree).expect("it is there").flatten() {
        let path = entry.path();
        if path.is_dir() && entry.file_name() != ".git" {
            std::fs::remove_dir_all(path).expect("it is ours");
        } else if path.is_file() && entry.file_name() != ".gitignore" {
            std::fs::remove_file(path).expect("it is ours");
        }
    }
    for (number, name) in FILES.iter().enumerate() {
        let path = fixture.tree.join(name);
        std::fs::create_dir_all(path.parent().expect("it is in the tree")).expect("it is ours");
        let text: Vec<String> =
            (0..12).map(|line| format!("person-base-{number}-{line}")).collect();
        std::fs::write(&path, text.join("\n") + "\n").expect("it is ours");
    }
    fixture.sh(
        "git stash clear; git update-ref refs/heads/main begin; git symbolic-ref HEAD refs/heads/main
        rm -f .git/index; git read-tree HEAD; git add a b d/c d/e",
    );
    let home = Home::new(fixture.outside().join(format!("home-{number}")));
    let checkpoints = Checkpoints::open(&home, &fixture.tree, Choice::Either, Policy::default())
        .expect("it opens");
    let begin = files(&fixture.tree);
    let mut serial = 0;
    let mut ids = Vec::new();
    let (mut by_agent, mut by_person) = (BTreeSet::new(), BTreeSet::new());
    for (agent, person) in story {
        let id = checkpoints.create(None).expect("it is taken").id;
        for act in agent {
            serial += 1;
            by_agent.extend(perform(fixture, *act, "agent", serial));
        }
        checkpoints.end(&id).expect("it ends");
        ids.push(id);
        for act in person {
            serial += 1;
            by_person.extend(perform(fixture, *act, "person", serial));
        }
    }
    let now = files(&fixture.tree);
    let dry = Options { dry_run: true, ..Options::default() };
    let preview = checkpoints.restore(&ids[0], dry, &mut |_| {}).expect("it is previewed");
    prop_assert_eq!(&files(&fixture.tree), &now, "a dry run changed something");
    let done = checkpoints.restore(&ids[0], Options::default(), &mut |_| {}).expect("restored");
    let names = |changes: &[qf_agent::checkpoint::record::Change]| -> Vec<Vec<u8>> {
        changes.iter().map(|change| change.path.clone()).collect()
    };
    let left: BTreeSet<String> = done
        .conflicts
        .iter()
        .map(|conflict| String::from_utf8_lossy(&conflict.path).into_owned())
        .collect();
    prop_assert!(
        names(&done.changes).iter().all(|path| names(&preview.changes).contains(path)),
        "something was done that was not announced"
    );
    let after = files(&fixture.tree);
    let nothing = String::new();
    for (path, text) in &now {
        let is = after.get(path).unwrap_or(&nothing);
        // What a person has written after the agent's phase is where it was written.
        for line in written_by("person", text) {
            prop_assert!(is.lines().any(|other| other == line), "{path} lost {line}");
        }
        if !by_agent.contains(path) {
            prop_assert_eq!(is, text, "{} is nobody's business", path);
        }
    }
    let roots: BTreeSet<String> = left.iter().cloned().collect();
    let is_left = |path: &str| {
        roots.iter().any(|other| {
            path == other
                || path.starts_with(&format!("{other}/"))
                || other.starts_with(&format!("{path}/"))
        })
    };
    for (path, text) in &after {
        if !is_left(path) {
            let agents = written_by("agent", text);
            prop_assert!(agents.is_empty(), "{} still has {:?}", path, agents);
        }
    }
    for path in by_agent.difference(&by_person).filter(|path| !is_left(path)) {
        prop_assert_eq!(after.get(path), begin.get(path), "{} did not come back", path);
    }
    // A deletion by a person is not taken back.
    for path in by_person.difference(&by_agent).filter(|path| !now.contains_key(*path)) {
        prop_assert!(!after.contains_key(path), "{} came back", path);
    }
    if let Some(undo) = done.undo {
        let undone =
            checkpoints.restore(&undo, Options::default(), &mut |_| {}).expect("it is undone");
        prop_assert_eq!(&files(&fixture.tree), &now, "the undo is not exact");
        ids.push(undo);
        ids.extend(undone.undo);
    }
    let distinct: BTreeSet<&String> = ids.iter().collect();
    prop_assert_eq!(distinct.len(), ids.len(), "two records have one name");
    let listed = checkpoints.list().expect("they are listed").len();
    prop_assert_eq!(listed, ids.len(), "a record replaced another");
    let _ = std::fs::remove_dir_all(home.folder());
    Ok(())
}

#[test]
fn no_interleaving_loses_what_a_person_wrote() {
    let cases = std::env::var("QF_PROPERTY_CASES").ok().and_then(|text| text.parse().ok());
    let config = Config {
        cases: cases.unwrap_or(500),
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    };
    let fixture = Fixture::in_memory();
    fixture.sh("git tag begin");
    let number = std::cell::Cell::new(0);
    TestRunner::new(config)
        .run(&story(), |story| {
            number.set(number.get() + 1);
            tell(&fixture, number.get(), &story)
        })
        .expect("no line is lost");
}
