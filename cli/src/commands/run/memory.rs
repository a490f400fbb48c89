//! What the graph says of what a phase changed.
//!
//! The index is brought up to date when a phase begins and when it is checked; the difference of the
//! two is what the phase did: what became of the interface, which calls lead nowhere any more, which
//! tests reach what changed. The snapshot of the beginning is held, so that others who refresh the
//! index in between take nothing away.

use crate::output::format::plural;
use qf_agent::run::Checked;
use qf_agent::run::script::View;
use qf_graph::store::Home;
use qf_graph::store::manifest::Manifest;
use qf_graph::{Snapshot, Tier};
use qf_indexer::run::{self, Options, Silent};
use qf_query::answer::Place;
use qf_query::diff::{self, Diff, EdgeChange};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Most lines of each kind that are said.
const LISTED: usize = 8;

/// The graph around a work tree.
pub struct Memory<'a> {
    home: &'a Home,
    tree: PathBuf,
    before: Option<Snapshot>,
    /// Tests that the part of a phase before a question may break.
    pending: PathBuf,
    /// The index of what is seen by the phase alone.
    apart: Home,
    /// Whether phases may work over layers.
    layered: bool,
    /// Where that began, when it could.
    begun_apart: bool,
}

impl<'a> Memory<'a> {
    /// Of a work tree, in the run of the plan in a folder; `layered` when phases may work over layers.
    pub fn new(home: &'a Home, tree: &Path, folder: &Path, layered: bool) -> Self {
        let pending = folder.join("tests-before-the-question");
        let apart = Home::new(folder.join("index"));
        Self {
            home,
            tree: tree.to_owned(),
            before: None,
            pending,
            apart,
            layered,
            begun_apart: false,
        }
    }

    /// Remembers how everything is before a phase, or before the rest of one.
    pub fn begin(&mut self, again: bool) {
        if !again {
            // What is not there cannot be removed.
            let _ = std::fs::remove_file(&self.pending);
        }
        self.before = self.updated().ok();
        self.forget_apart();
        // Without it, what the phase sees is published a little early.
        self.begun_apart =
            self.layered && self.before.is_some() && Manifest::fork(self.home, &self.apart).is_ok();
    }

    fn forget_apart(&mut self) {
        // Best effort: the next phase begins it anew.
        let _ = std::fs::remove_dir_all(self.apart.folder());
        self.begun_apart = false;
    }

    /// The phase ends here, or is left in the middle with a question: then the tests of what it did
    /// so far are kept for when it is gone on with. The index is up to date afterwards.
    pub fn leave(&mut self, in_the_middle: bool) {
        if in_the_middle {
            let checked = self.compared(None);
            // Best effort: without it the tests of the rest are run.
            let _ = std::fs::write(&self.pending, checked.tests.join("\n"));
        } else {
            let _ = std::fs::remove_file(&self.pending);
            // Best effort at the end of a run: the next question says when the index lags.
            let _ = self.updated();
        }
        self.forget_apart();
    }

    /// The repositories that lie in the tree, or that it lies in.
    fn own(&self, snapshot: &Snapshot) -> Vec<(String, PathBuf)> {
        snapshot
            .repositories()
            .map(|repository| {
                let root = PathBuf::from(&snapshot.entry(repository).root);
                (snapshot.repository_name(repository).to_owned(), root)
            })
            .filter(|(_, root)| root.starts_with(&self.tree) || self.tree.starts_with(root))
            .collect()
    }

    fn not_indexed(&self) -> String {
        let tree = self.tree.display();
        format!("{tree} is not indexed, so no tests are known: `qf index {tree}`")
    }

    fn updated(&self) -> Result<Snapshot, String> {
        let known = Snapshot::open(self.home).map_err(|error| error.to_string())?;
        let roots: Vec<PathBuf> = self.own(&known).into_iter().map(|(_, root)| root).collect();
        if roots.is_empty() {
            return Err(self.not_indexed());
        }
        let embedder = qf_models::from_environment().map_err(|error| error.to_string())?;
        let options = Options { wait: true, embedder, ..Options::default() };
        run::index(self.home, &roots, &options, &Silent).map_err(|error| error.to_string())?;
        Snapshot::open(self.home).map_err(|error| error.to_string())
    }

    /// The index of what a phase sees over its layer: made by a process that sees it.
    fn seen_by(&self, view: &View<'_>) -> Result<Snapshot, String> {
        let home = if self.begun_apart { &self.apart } else { self.home };
        let known = Snapshot::open(home).map_err(|error| error.to_string())?;
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut words: Vec<OsString> = vec![program.into(), "--home".into()];
        words.extend([home.folder().into(), "index".into()]);
        let own = self.own(&known);
        if own.is_empty() {
            return Err(self.not_indexed());
        }
        words.extend(own.into_iter().map(|(_, root)| root.into_os_string()));
        let output = view.command("", &words).stdin(Stdio::null()).output();
        let output = output.map_err(|error| error.to_string())?;
        // In part, for what cannot be read, is as good as it gets.
        if !matches!(output.status.code(), Some(0 | 3)) {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().last().unwrap_or("it ended without a word").to_owned();
            return Err(format!("the changes cannot be indexed: {said}"));
        }
        Snapshot::open(home).map_err(|error| error.to_string())
    }

    /// What can be said of what changed since the phase began.
    pub fn check(&mut self, changed: bool, view: &View<'_>) -> Checked {
        if changed { self.compared(Some(view)) } else { Checked::default() }
    }

    fn compared(&self, view: Option<&View<'_>>) -> Checked {
        let mut checked = Checked::default();
        let now = match view.filter(|view| view.overlay.is_some()) {
            Some(view) => self.seen_by(view),
            None => self.updated(),
        };
        let now = match now {
            Ok(now) => now,
            Err(reason) => {
                checked.lines.push(reason);
                return checked;
            }
        };
        let Some(before) = &self.before else {
            let line = "how the graph was before the phase is not known, so no tests are";
            checked.lines.push(line.to_owned());
            return checked;
        };
        let options = diff::Options { limit: usize::MAX, tier: Tier::Likely };
        let mut tests = BTreeSet::new();
        let mut reached = 0;
        for (name, root) in self.own(&now) {
            let Some(found) = diff::diff(before, &now, &name, options) else { continue };
            checked.lines.extend(interface(&found));
            checked.lines.extend(broken(&found));
            reached += found.tests.len();
            let below = root.strip_prefix(&self.tree).unwrap_or(Path::new(""));
            let ids = found.tests.iter().filter_map(|test| named(&test.at, below));
            tests.extend(ids);
        }
        let earlier = std::fs::read_to_string(&self.pending).unwrap_or_default();
        let known = tests.len();
        tests.extend(earlier.lines().map(str::to_owned));
        reached += tests.len() - known;
        let number = plural(reached as u64, "test");
        checked.lines.push(format!("{number} may break by the changes"));
        checked.tests = tests.into_iter().collect();
        checked
    }
}

fn listed(lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(LISTED);
    let mut listed: Vec<String> = lines.into_iter().take(LISTED).collect();
    if more > 0 {
        listed.push(format!("… and {more} more"));
    }
    listed
}

fn at(place: &Place) -> String {
    format!("{}:{}", place.file, place.line)
}

/// Definitions that others may depend on and that are not what they were.
fn interface(found: &Diff) -> Vec<String> {
    let changed = found.definitions.iter().filter(|change| change.api);
    let lines = changed.filter(|change| change.changes != ["body"] && change.changes != ["added"]);
    listed(
        lines
            .map(|change| {
                let what = change.changes.join(", ");
                format!("interface: {} {what}  {}", change.at.name, at(&change.at))
            })
            .collect(),
    )
}

/// Calls that code which is still there made before, where it has not come to make others instead.
fn broken(found: &Diff) -> Vec<String> {
    let calls = |change: &'static str| {
        let all = found.edges.iter().chain(&found.links);
        all.filter(move |edge| edge.kind == "calls" && edge.change == change)
    };
    let place = |place: &Place| (place.file.clone(), place.name.clone());
    let others: BTreeSet<_> = calls("added").map(|edge| place(&edge.from)).collect();
    let gone = calls("removed").filter(|edge| !edge.with_definition);
    let gone = gone.filter(|edge| !others.contains(&place(&edge.from)));
    let line = |edge: &EdgeChange| {
        let (from, to) = (&edge.from.name, &edge.to.name);
        format!("no longer calls: {from} → {to}  {}:{}", edge.file, edge.line)
    };
    listed(gone.map(line).collect())
}

/// Whether pytest looks for tests in a file, as it does when nothing else is said.
fn is_collected(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.starts_with("test_") || name.ends_with("_test.py") || name == "tests.py"
}

/// A test as its language's runner takes it; `below` is where its repository lies in the tree.
fn named(place: &Place, below: &Path) -> Option<String> {
    let file = place.file.as_str();
    let path = below.join(file);
    let path = path.to_str()?;
    let parts: Vec<&str> = place.name.split('.').collect();
    let last = parts.last()?;
    let extension = Path::new(file).extension()?.to_str()?;
    // The code of a whole file has no name of its own.
    let whole_file = place.name.starts_with('<');
    Some(match extension {
        "rs" if whole_file => return None,
        // Helpers of tests are no tests; pytest collects files of these names.
        "py" if !is_collected(file) => return None,
        "py" if whole_file => path.to_owned(),
        // What is defined inside of a test is collected with it.
        "py" => {
            let test = parts.iter().position(|part| part.starts_with("test"));
            // Of a class of tests, what is no test is none; a fixture has tests that use it.
            let class = parts.first().is_some_and(|part| part.starts_with("Test")).then_some(0);
            let whole = test.or(class)? + 1;
            format!("{path}::{}", parts[..whole].join("::"))
        }
        "rs" => (*last).to_owned(),
        "go" => match Path::new(path).parent().and_then(Path::to_str) {
            Some("") | None => ".".to_owned(),
            Some(folder) => format!("./{folder}"),
        },
        "java" | "kt" | "scala" | "cs" => Path::new(file).file_stem()?.to_str()?.to_owned(),
        _ => path.to_owned(),
    })
}
