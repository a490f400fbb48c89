//! What checkpoints cost: `checkpoint` writes `benches/results/checkpoint.md` and `.json`.
//!
//! A repository of fifty thousand files in a thousand folders. In turn: the first checkpoint, one
//! when nothing has changed, and then phases that change a hundred and fifty files each: the next
//! checkpoint, the end of the phase, the rollback, and the bytes that the store has for what was
//! changed. `git stash` beside it does the same work on the same files.

use crate::{Arguments, Outcome, print, workspace};
use qf_agent::checkpoint::Checkpoints;
use qf_agent::checkpoint::capture::Policy;
use qf_agent::checkpoint::git::Choice;
use qf_agent::checkpoint::restore::Options;
use qf_graph::store::Home;
use qf_graph::store::disk::write_atomically;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// A result of a measure.
pub type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

const PER_FOLDER: usize = 50;
const CHANGED: usize = 150;
const PHASES: usize = 10;

/// Bytes without a pattern, of letters as source has them.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// A text of about `length` bytes.
    fn text(&mut self, length: usize) -> String {
        let mut text = String::with_capacity(length + 16);
        while text.len() < length {
            let word = self.next();
            let _ = write!(text, "{word:x}");
            text.push(if word.is_multiple_of(7) { '\n' } else { ' ' });
        }
        text
    }
}

/// A repository of many files.
pub struct Tree {
    /// Its root.
    pub root: PathBuf,
    files: Vec<PathBuf>,
    noise: Noise,
    bytes: u64,
}

fn git(root: &Path, arguments: &[&str]) -> Fallible<()> {
    let status = Command::new("git").current_dir(root).args(arguments).status()?;
    if status.success() { Ok(()) } else { Err(format!("git {arguments:?} failed").into()) }
}

impl Tree {
    /// Makes one.
    pub fn make(root: PathBuf, count: usize) -> Fallible<Self> {
        let mut tree = Self { root, files: Vec::new(), noise: Noise(7), bytes: 0 };
        for number in 0..count {
            let folder = tree.root.join(format!("part{}", number / PER_FOLDER));
            if number % PER_FOLDER == 0 {
                std::fs::create_dir_all(&folder)?;
            }
            let path = folder.join(format!("file{number}.txt"));
            let length = 2000 + (tree.noise.next() % 7000) as usize;
            let text = tree.noise.text(length);
            tree.bytes += text.len() as u64;
            std::fs::write(&path, text)?;
            tree.files.push(path);
        }
        std::fs::write(tree.root.join(".gitignore"), "*.log\n")?;
        git(&tree.root, &["init", "-q", "-b", "main"])?;
        git(&tree.root, &["add", "-A"])?;
        let who = ["-c", "user.name=qf", "-c", "user.email=qf@localhost"];
        git(&tree.root, &[&who[..], &["commit", "-q", "-m", "all"]].concat())?;
        Ok(tree)
    }

    /// What a phase does: writes files anew, makes some and deletes some. Gives the bytes of it.
    fn change(&mut self, phase: usize) -> Fallible<u64> {
        let mut bytes = 0;
        for number in 0..CHANGED {
            let at = (self.noise.next() as usize) % self.files.len();
            let text = self.noise.text(5500);
            bytes += text.len() as u64;
            if number % 15 == 14 {
                std::fs::write(self.root.join(format!("made{phase}-{number}.txt")), text)?;
            } else {
                std::fs::write(&self.files[at], text)?;
            }
        }
        Ok(bytes)
    }
}

/// Runs `action` and gives its result and how many seconds it took.
pub fn timed<T>(action: impl FnOnce() -> T) -> (T, f64) {
    let begun = Instant::now();
    let value = action();
    (value, begun.elapsed().as_secs_f64())
}

/// With three decimals.
pub fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The middle one.
pub fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// See the module.
pub fn run(arguments: &Arguments) -> Outcome {
    let count: usize = arguments.value("--files").map_or(Ok(50_000), str::parse)?;
    let scratch = std::env::temp_dir().join(format!("qf-checkpoint-{}", std::process::id()));
    let mut tree = Tree::make(scratch.join("tree"), count)?;
    let mut rows = Vec::new();
    for (name, choice) in [("library", Choice::Either), ("program", Choice::Program)] {
        let row = measured(&mut tree, &scratch.join(name), choice)?;
        print::line(&row.to_string());
        rows.push(row);
    }
    let stash = stash(&mut tree)?;
    std::fs::remove_dir_all(&scratch)?;
    let value = json!({
        "files": count,
        "bytes": tree.bytes,
        "changed_files": CHANGED,
        "runs": rows,
        "git_stash": stash,
        "targets": { "first_s": 6.0, "following_s": 0.7, "rollback_s": 0.3, "bytes_of_changed": 1.2 },
    });
    let results = workspace().join("benches/results");
    let mut bytes = serde_json::to_vec_pretty(&value)?;
    bytes.push(b'\n');
    write_atomically(&results.join("checkpoint.json"), &bytes)?;
    Ok(write_atomically(&results.join("checkpoint.md"), text(&value).as_bytes())?)
}

fn measured(tree: &mut Tree, home: &Path, choice: Choice) -> Fallible<Value> {
    let root = tree.root.clone();
    let open = || Checkpoints::open(&Home::new(home), &root, choice, Policy::default());
    let checkpoints = open()?;
    let (first, first_s) = timed(|| checkpoints.create(None));
    first?;
    let listing = checkpoints.bytes();
    let (again, again_s) = timed(|| checkpoints.create(None));
    again?;
    let before = checkpoints.bytes();
    let (mut creates, mut ends, mut rollbacks, mut open_rollbacks) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut changed = 0;
    for phase in 0..PHASES {
        // A process of its own each time, as it is for whoever runs the command.
        let checkpoints = open()?;
        let (record, seconds) = timed(|| checkpoints.create(None));
        creates.push(seconds);
        let id = record?.id;
        changed += tree.change(phase)?;
        // Half of the phases end before they are rolled back, half by it.
        if phase % 2 == 0 {
            let (ended, seconds) = timed(|| checkpoints.end(&id));
            ended?;
            ends.push(seconds);
        }
        let checkpoints = open()?;
        let only = Options { only: true, ..Options::default() };
        let (restored, seconds) = timed(|| checkpoints.restore(&id, only, &mut |_| {}));
        let restored = restored?;
        if !restored.conflicts.is_empty() || restored.changes.len() < CHANGED / 2 {
            return Err(format!("phase {phase} was not rolled back").into());
        }
        if phase % 2 == 0 { rollbacks.push(seconds) } else { open_rollbacks.push(seconds) }
    }
    let store = open()?.bytes() - before;
    Ok(json!({
        "git": open()?.git(),
        "first_s": rounded(first_s),
        "nothing_changed_s": rounded(again_s),
        "following_s": rounded(median(&mut creates)),
        "end_s": rounded(median(&mut ends)),
        "rollback_s": rounded(median(&mut rollbacks)),
        "rollback_of_an_open_phase_s": rounded(median(&mut open_rollbacks)),
        "listing_bytes": listing,
        "changed_bytes": changed,
        "store_bytes": store,
        "store_of_changed": rounded(store as f64 / changed as f64),
    }))
}

/// What `git stash` takes to put the same work away and to bring it back.
fn stash(tree: &mut Tree) -> Fallible<Value> {
    tree.change(PHASES)?;
    let who = ["-c", "user.name=qf", "-c", "user.email=qf@localhost"];
    let push = [&who[..], &["stash", "push", "-q", "-u"]].concat();
    let (pushed, push_s) = timed(|| git(&tree.root, &push));
    pushed?;
    let (applied, apply_s) = timed(|| git(&tree.root, &["stash", "apply", "-q"]));
    applied?;
    Ok(json!({ "push_s": rounded(push_s), "apply_s": rounded(apply_s) }))
}

fn text(value: &Value) -> String {
    let mut text = String::from("# Checkpoints\n\nMade by `cargo xtask checkpoint`. Seconds.\n\n");
    let _ = writeln!(
        text,
        "A repository of {} files with {} MB; phases that change {} files. Medians of {PHASES} phases.\n",
        value["files"],
        value["bytes"].as_u64().unwrap_or_default() / 1_000_000,
        value["changed_files"]
    );
    let runs = value["runs"].as_array().cloned().unwrap_or_default();
    let cells =
        |key: &str| -> String { runs.iter().map(|run| format!(" {} |", run[key])).collect() };
    let _ = writeln!(
        text,
        "| what |{} at most |\n|---|{}---|",
        cells("git").replace('"', ""),
        "---|".repeat(runs.len())
    );
    for (name, key, target) in [
        ("the first checkpoint", "first_s", "6"),
        ("one when nothing has changed", "nothing_changed_s", "0.7"),
        ("a following one", "following_s", "0.7"),
        ("the end of a phase", "end_s", ""),
        ("the rollback of a phase that has ended", "rollback_s", "0.3"),
        (
            "the rollback of one that goes on, with a look at every file",
            "rollback_of_an_open_phase_s",
            "",
        ),
        ("bytes in the store for each byte that a phase wrote", "store_of_changed", "1.2"),
        ("bytes of the list of all files, once", "listing_bytes", ""),
    ] {
        let _ = writeln!(text, "| {name} |{} {target} |", cells(key));
    }
    let _ = writeln!(
        text,
        "\n`git stash push -u` takes {} for the same files, `git stash apply` {}.",
        value["git_stash"]["push_s"], value["git_stash"]["apply_s"]
    );
    text
}
