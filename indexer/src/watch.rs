//! Keeping an index fresh: notice that something changed, wait until it is quiet, run again.
//!
//! An event says in which repository something happened, not what: any that may matter leads to a
//! run over that repository, in which unchanged files are known by their hash, and a created folder or
//! a switched branch needs no case of its own. What does matter is to ignore what cannot: reads, build
//! output, and everything in `.git` but `HEAD` and the index. Where it is not known where something
//! happened — events were lost, a folder was replaced, a path lies in no repository that is known —
//! and every ten minutes, the run is over everything.
//!
//! Where the operating system refuses to watch (too many folders for its limit), the roots are
//! listed every two seconds instead.
//!
//! A watched folder may go away and come back: a disk is unmounted, a folder is replaced. Events do
//! not tell that reliably, so its identity (device and inode) is looked at every few seconds. While
//! it is away, or empty, its repositories stay in the index as they were; when it is back it is
//! watched anew. A repository that was removed from a watched folder that is still the same is taken
//! out of the index.

use crate::memory::Memory;
use crate::run::{self, IndexError, Options, Progress, Report};
use crate::walk;
use notify_debouncer_full::notify::{EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};
use qf_graph::store::Home;
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

/// How long nothing may happen before a run begins: a quarter of what the last run took, within
/// these bounds. Where runs are quick a save is taken in at once; where they are not, a burst of
/// changes costs one.
pub const QUIET: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(500)];
/// How often roots are listed where events are not to be had.
pub const POLL: Duration = Duration::from_secs(2);
/// How long events of one file are put together: what an editor does to save it is one change.
const DEBOUNCE: Duration = Duration::from_millis(12);
/// A run begins even if it never gets quiet.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often it is looked whether the watched folders are still the same.
const HEARTBEAT: Duration = Duration::from_secs(3);

/// How long it is believed that nothing changes but what is heard of. Not all that an index follows
/// from lies in watched folders (git's excludes of a user, the head of a linked work tree), and a disk
/// may damage what is published.
const CONFIDENCE: Duration = Duration::from_secs(600);

/// Longest pause before a run that failed is tried again.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// What the watcher hears.
enum Signal {
    Changed(Vec<PathBuf>),
    /// Events were lost: anything may have changed.
    Lost,
    Stop,
}

/// Ends a watch from another thread.
#[derive(Clone)]
pub struct Stop(Sender<Signal>);

impl Stop {
    /// Ends it; a run under way is finished first.
    pub fn stop(&self) {
        // The watch may have ended by itself.
        let _ = self.0.send(Signal::Stop);
    }
}

/// A watch over some folders.
pub struct Watch {
    folders: Vec<Folder>,
    /// The index's own folder, whose changes are of no interest.
    own: PathBuf,
    signals: Receiver<Signal>,
    sender: Sender<Signal>,
    source: Source,
    /// Changes of a run that failed, and how long to wait before the next attempt.
    owed: Option<(Changes, Duration)>,
    /// How long nothing may happen before the next run begins.
    quiet: Duration,
    /// When everything was looked at and indexed; nothing but the changes since is new.
    complete: Option<Instant>,
    memory: Arc<Memory>,
}

/// A watched folder.
struct Folder {
    path: PathBuf,
    /// What it was when it was last looked at; `None` when it was away.
    identity: Option<Identity>,
    /// What it was when what is below it was last indexed. Of another folder nothing that is missing
    /// in it says that it was removed.
    indexed: Option<Identity>,
}

impl Folder {
    fn new(path: PathBuf) -> Self {
        let now = identity(&path);
        Self { path, identity: now, indexed: now }
    }
}

/// What makes a folder this one: device and inode.
type Identity = (u64, u64);

/// None of a folder that is away.
fn identity(path: &Path) -> Option<Identity> {
    if walk::is_away(path) {
        return None;
    }
    let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_dir)?;
    #[cfg(unix)]
    let identity = {
        use std::os::unix::fs::MetadataExt;
        (metadata.dev(), metadata.ino())
    };
    #[cfg(not(unix))]
    let identity = (metadata.is_dir().into(), 0);
    Some(identity)
}

enum Source {
    /// Dropping the debouncer ends its threads.
    Events(#[expect(dead_code, reason = "held to keep the watcher alive")] Box<Events>),
    Polling {
        why: String,
        seen: Listing,
    },
}

type Events = Debouncer<RecommendedWatcher, RecommendedCache>;

/// Sizes and times of the files below some roots.
type Listing = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// What changed since the last run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Paths, as far as they are known.
    pub paths: BTreeSet<PathBuf>,
    /// Events were lost: anything may have changed.
    pub lost: bool,
}

impl Changes {
    fn hear(&mut self, paths: Option<Vec<PathBuf>>) {
        self.lost |= paths.is_none();
        self.paths.extend(paths.into_iter().flatten());
    }
}

/// One refresh.
#[derive(Debug)]
pub struct Refresh {
    /// What made it necessary.
    pub changes: Changes,
    /// Repositories that were removed from a watched folder and taken out of the index.
    pub removed: Vec<String>,
    /// What the run did.
    pub report: Report,
}

impl Watch {
    /// Begins to watch. Falls back to polling where events are not to be had.
    pub fn new(paths: &[PathBuf], home: &Home) -> Result<Self, IndexError> {
        Self::begin(paths, home, None)
    }

    /// Begins to watch by polling.
    pub fn polling(paths: &[PathBuf], home: &Home, why: &str) -> Result<Self, IndexError> {
        Self::begin(paths, home, Some(why))
    }

    fn begin(paths: &[PathBuf], home: &Home, poll: Option<&str>) -> Result<Self, IndexError> {
        // What cannot be watched at all is an error now, not a folder that is away.
        walk::roots(paths)?;
        let mut folders: Vec<PathBuf> =
            paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
        folders.sort();
        folders.dedup();
        let folders: Vec<Folder> = folders.into_iter().map(Folder::new).collect();
        let (sender, signals) = channel();
        let own = home.folder().canonicalize().unwrap_or_else(|_| home.folder().to_owned());
        let source = match poll {
            Some(why) => Source::Polling { why: why.to_owned(), seen: listing(&folders) },
            None => source(&folders, &own, &sender),
        };
        let (owed, quiet, memory) = (None, QUIET[0], Arc::default());
        Ok(Self { folders, own, signals, sender, source, owed, quiet, complete: None, memory })
    }

    /// Ends the watch from elsewhere.
    pub fn stop(&self) -> Stop {
        Stop(self.sender.clone())
    }

    /// Why the roots are listed again and again, when they are.
    pub fn polls_because(&self) -> Option<&str> {
        match &self.source {
            Source::Events(_) => None,
            Source::Polling { why, .. } => Some(why),
        }
    }

    /// Watched folders that are away.
    pub fn away(&self) -> impl Iterator<Item = &Path> {
        self.folders
            .iter()
            .filter(|folder| folder.identity.is_none())
            .map(|folder| folder.path.as_path())
    }

    /// Waits for changes and for quiet after them; `None` when the watch was stopped.
    pub fn wait(&mut self) -> Option<Changes> {
        loop {
            if let Some(changes) = self.replaced() {
                return Some(changes);
            }
            match &mut self.source {
                Source::Events(_) => match gather(&self.signals, self.quiet) {
                    Heard::Changes(changes) => return Some(changes),
                    Heard::Nothing => {}
                    Heard::Stop => return None,
                },
                Source::Polling { seen, .. } => {
                    match self.signals.recv_timeout(POLL) {
                        Err(RecvTimeoutError::Timeout) | Ok(Signal::Changed(_) | Signal::Lost) => {}
                        Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return None,
                    }
                    let now = listing(&self.folders);
                    let paths = differences(seen, &now);
                    *seen = now;
                    if !paths.is_empty() {
                        return Some(Changes { paths, lost: false });
                    }
                }
            }
        }
    }

    /// Watched folders that went away, came back or are others than before; then all are watched
    /// anew, because what was watched in them is no longer what their paths lead to.
    fn replaced(&mut self) -> Option<Changes> {
        // What is heard and listed from now on is new: what happened elsewhere meanwhile is lost.
        let mut changes = Changes { lost: true, ..Changes::default() };
        for folder in &mut self.folders {
            let now = identity(&folder.path);
            if now != folder.identity {
                folder.identity = now;
                changes.paths.insert(folder.path.clone());
            }
        }
        if changes.paths.is_empty() {
            return None;
        }
        match &mut self.source {
            Source::Events(_) => self.source = source(&self.folders, &self.own, &self.sender),
            Source::Polling { seen, .. } => *seen = listing(&self.folders),
        }
        Some(changes)
    }

    /// Waits for changes and runs; `None` when the watch was stopped. After a run that failed
    /// (another process was writing, the disk was full) the next one is tried without any change,
    /// at first soon, then ever more rarely.
    pub fn refresh(
        &mut self,
        home: &Home,
        options: &Options,
        progress: &dyn Progress,
    ) -> Option<Result<Refresh, IndexError>> {
        let (changes, pause) = match self.owed.take() {
            Some((changes, pause)) => (self.pause(changes, pause)?, (2 * pause).min(MAX_PAUSE)),
            None => (self.wait()?, POLL),
        };
        let begun = Instant::now();
        let run = self.run_after(Some(&changes), home, options, progress);
        self.quiet = (begun.elapsed() / 4).clamp(QUIET[0], QUIET[1]);
        if run.is_err() {
            self.owed = Some((changes.clone(), pause));
        }
        Some(run.map(|(report, removed)| Refresh { changes, removed, report }))
    }

    /// Indexes what is there.
    pub fn run(
        &mut self,
        home: &Home,
        options: &Options,
        progress: &dyn Progress,
    ) -> Result<(Report, Vec<String>), IndexError> {
        self.run_after(None, home, options, progress)
    }

    /// Indexes what these changes are about, after everything has been indexed once.
    fn run_after(
        &mut self,
        changes: Option<&Changes>,
        home: &Home,
        options: &Options,
        progress: &dyn Progress,
    ) -> Result<(Report, Vec<String>), IndexError> {
        let manifest = Manifest::read(home).unwrap_or_default();
        // A folder of repositories without any is no repository itself.
        let has_lost_all = |folder: &Path| {
            let below = |entry: &RepositoryEntry| {
                let root = Path::new(&entry.root);
                root != folder && root.starts_with(folder)
            };
            let alone = || {
                walk::roots(&[folder.to_owned()])
                    .is_ok_and(|roots| matches!(roots.as_slice(), [root] if root.path == folder))
            };
            !folder.join(".git").exists() && manifest.repositories.iter().any(below) && alone()
        };
        let mut here: Vec<(usize, Identity)> = (0..self.folders.len())
            .filter_map(|at| Some((at, identity(&self.folders[at].path)?)))
            .filter(|(at, _)| !has_lost_all(&self.folders[*at].path))
            .collect();
        let all = here.len() == self.folders.len();
        // Only what the changes are about is looked at, where that is known of all of them: they are
        // changes inside repositories that are indexed.
        let near = |path: &Path, folder: &Folder| {
            path.starts_with(&folder.path) || folder.path.starts_with(path)
        };
        let is_placed = |path: &PathBuf| {
            let mut roots = manifest.repositories.iter().map(|entry| Path::new(&entry.root));
            roots.any(|root| path.starts_with(root))
                && here.iter().any(|(at, _)| near(path, &self.folders[*at]))
        };
        let fresh = self.complete.is_some_and(|since| since.elapsed() < CONFIDENCE);
        let known =
            changes.filter(|changes| fresh && !changes.lost && changes.paths.iter().all(is_placed));
        if let Some(known) = known {
            here.retain(|(at, _)| known.paths.iter().any(|it| near(it, &self.folders[*at])));
        }
        let present: Vec<PathBuf> =
            here.iter().map(|(at, _)| self.folders[*at].path.clone()).collect();
        let removed = self.removed(&manifest);
        if present.is_empty() && removed.is_empty() {
            let path = self.folders.first().map(|folder| folder.path.clone()).unwrap_or_default();
            return Err(IndexError::Away { path });
        }
        let options = Options {
            forget: removed.clone(),
            changed: known.map(|changes| changes.paths.clone()),
            trusted: fresh,
            memory: Some(self.memory.clone()),
            ..options.clone()
        };
        let complete = self.complete.take();
        let report = run::index(home, &present, &options, progress)?;
        for (at, identity) in here {
            self.folders[at].indexed = Some(identity);
        }
        // What was looked at as a whole stays known for a while.
        self.complete = if known.is_some() { complete } else { all.then(Instant::now) };
        Ok((report, removed))
    }

    /// Indexed repositories whose folders are gone from watched folders that are still the same.
    fn removed(&self, manifest: &Manifest) -> Vec<String> {
        let is_gone = |root: &Path| {
            // The innermost watched folder knows, unless it is the repository itself.
            let around = self.folders.iter().filter(|folder| root.starts_with(&folder.path));
            let Some(folder) = around.max_by_key(|folder| folder.path.as_os_str().len()) else {
                return false;
            };
            let same = folder.indexed.is_some() && folder.indexed == identity(&folder.path);
            // What cannot be looked at is not gone, nor what may be on a disk that is not mounted.
            let gone = matches!(root.try_exists(), Ok(false));
            let above = root.ancestors().skip(1).find(|path| path.exists());
            root != folder.path && same && gone && above.is_some_and(|path| !walk::is_away(path))
        };
        let all = manifest.repositories.iter();
        all.filter(|entry| is_gone(Path::new(&entry.root)))
            .map(|entry| entry.name.clone())
            .collect()
    }

    /// Waits, but not longer than until the next change; `None` when the watch was stopped.
    fn pause(&mut self, mut changes: Changes, pause: Duration) -> Option<Changes> {
        let until = Instant::now() + pause;
        loop {
            if let Some(replaced) = self.replaced() {
                changes.lost |= replaced.lost;
                changes.paths.extend(replaced.paths);
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.signals.recv_timeout(left.min(HEARTBEAT)) {
                Ok(Signal::Changed(paths)) => changes.hear(Some(paths)),
                Ok(Signal::Lost) => changes.hear(None),
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) if left > HEARTBEAT => continue,
                Err(RecvTimeoutError::Timeout) => {}
            }
            return Some(changes);
        }
    }
}

/// Events, or polling where they are not to be had.
fn source(folders: &[Folder], own: &Path, sender: &Sender<Signal>) -> Source {
    let present: Vec<PathBuf> = folders
        .iter()
        .filter(|folder| folder.identity.is_some())
        .map(|folder| folder.path.clone())
        .collect();
    match events(&present, own.to_owned(), sender.clone()) {
        Ok(debouncer) => Source::Events(Box::new(debouncer)),
        Err(error) => Source::Polling { why: error.to_string(), seen: listing(folders) },
    }
}

fn events(
    folders: &[PathBuf],
    own: PathBuf,
    sender: Sender<Signal>,
) -> Result<Events, notify_debouncer_full::notify::Error> {
    let roots = folders.to_vec();
    let hear = move |result: DebounceEventResult| {
        let signal = match result {
            Ok(events) => {
                let mut changed = Vec::new();
                for event in events {
                    if event.need_rescan() {
                        // Nobody waits any more when sending fails.
                        let _ = sender.send(Signal::Lost);
                    }
                    for path in &event.paths {
                        if matters(event.kind, path, &roots) && !path.starts_with(&own) {
                            changed.push(path.clone());
                        }
                    }
                }
                if changed.is_empty() {
                    return;
                }
                Signal::Changed(changed)
            }
            Err(_) => Signal::Lost,
        };
        let _ = sender.send(signal);
    };
    let mut debouncer = new_debouncer(DEBOUNCE, None, hear)?;
    for folder in folders {
        debouncer.watch(folder, RecursiveMode::Recursive)?;
    }
    Ok(debouncer)
}

/// Whether an event may change the index: it is no mere access and does not lie in build output. Of
/// `.git`, only a moved `HEAD` or a rewritten index matters.
pub fn matters(kind: EventKind, path: &Path, roots: &[PathBuf]) -> bool {
    if matches!(kind, EventKind::Access(_)) {
        return false;
    }
    // A watched folder may lie in another one, where its name would say that it does not matter.
    let below = roots.iter().filter_map(|root| path.strip_prefix(root).ok());
    let Some(below) = below.min_by_key(|below| below.components().count()) else {
        return true;
    };
    let mut names = below.components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let mut so_far = String::new();
    while let Some(name) = names.next() {
        so_far.push_str(name);
        if name == ".git" {
            let rest: Vec<&str> = names.collect();
            return matches!(rest.as_slice(), [] | ["HEAD" | "index"]);
        }
        if walk::is_vendored(name, &so_far) || name == ".hg" || name == ".svn" {
            return false;
        }
        so_far.push('/');
    }
    // What editors leave beside a file while they save it.
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let scratch = name.ends_with('~')
        || name.ends_with(".swp")
        || name.ends_with(".swx")
        || name.starts_with(".#")
        || name == "4913";
    !scratch
}

enum Heard {
    Changes(Changes),
    Nothing,
    Stop,
}

/// The first change and all that follow until it is quiet; nothing when there is none for a while.
fn gather(signals: &Receiver<Signal>, quiet: Duration) -> Heard {
    let mut changes = Changes::default();
    match signals.recv_timeout(HEARTBEAT) {
        Ok(Signal::Changed(paths)) => changes.hear(Some(paths)),
        Ok(Signal::Lost) => changes.hear(None),
        Err(RecvTimeoutError::Timeout) => return Heard::Nothing,
        Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return Heard::Stop,
    }
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match signals.recv_timeout(quiet) {
            Ok(Signal::Changed(paths)) => changes.hear(Some(paths)),
            Ok(Signal::Lost) => changes.hear(None),
            Ok(Signal::Stop) => return Heard::Stop,
            Err(_) => break,
        }
    }
    Heard::Changes(changes)
}

fn listing(folders: &[Folder]) -> Listing {
    let present = folders.iter().filter(|folder| identity(&folder.path).is_some());
    let paths: Vec<PathBuf> = present.map(|folder| folder.path.clone()).collect();
    let mut out = Listing::new();
    for root in walk::roots(&paths).unwrap_or_default() {
        let (files, _) = walk::files(&root.path);
        let paths = files.into_iter().map(|file| root.path.join(file.path));
        for path in paths.chain([root.path.join(".git/HEAD"), root.path.clone()]) {
            if let Ok(metadata) = std::fs::metadata(&path) {
                // A folder's time changes with every file beside the sources.
                let modified = metadata.modified().ok().filter(|_| metadata.is_file());
                out.insert(path, (if metadata.is_file() { metadata.len() } else { 0 }, modified));
            }
        }
    }
    out
}

fn differences(before: &Listing, after: &Listing) -> BTreeSet<PathBuf> {
    let changed = after.iter().filter(|(path, state)| before.get(*path) != Some(*state));
    let removed = before.iter().filter(|(path, _)| !after.contains_key(*path));
    changed.chain(removed).map(|(path, _)| path.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Changes, Heard, QUIET, Signal, differences, gather, matters};
    use notify_debouncer_full::notify::EventKind;
    use notify_debouncer_full::notify::event::{AccessKind, ModifyKind};
    use std::path::{Path, PathBuf};
    use std::sync::mpsc::channel;

    #[test]
    fn what_matters() {
        let roots = [PathBuf::from("/code")];
        let modify = EventKind::Modify(ModifyKind::Any);
        let changed = |path: &str| matters(modify, Path::new(path), &roots);
        assert!(changed("/code/shop/src/a.py"));
        assert!(changed("/code/shop/.git/HEAD"));
        assert!(changed("/code/shop/.git/index"));
        assert!(changed("/code/new-folder"));
        assert!(!changed("/code/shop/.git/index.lock"));
        assert!(!changed("/code/shop/.git/objects/ab/cdef"));
        assert!(!changed("/code/shop/.git/logs/HEAD"));
        assert!(!changed("/code/shop/node_modules/x/index.js"));
        assert!(!changed("/code/shop/target/debug/qf"));
        assert!(!changed("/code/shop/src/.a.py.swp"));
        let read = EventKind::Access(AccessKind::Any);
        assert!(!matters(read, Path::new("/code/shop/src/a.py"), &roots));
    }

    #[test]
    fn changes_are_gathered_until_quiet() {
        let (sender, signals) = channel();
        for path in ["/a", "/b", "/a"] {
            sender.send(Signal::Changed(vec![PathBuf::from(path)])).expect("sent");
        }
        let Heard::Changes(changes) = gather(&signals, QUIET[0]) else { panic!("changes") };
        let paths = ["/a", "/b"].iter().map(PathBuf::from).collect();
        assert_eq!(changes, Changes { paths, lost: false });
        sender.send(Signal::Stop).expect("sent");
        assert!(matches!(gather(&signals, QUIET[0]), Heard::Stop));
    }

    #[test]
    fn listings_differ_by_what_changed_and_what_is_gone() {
        let entry = |path: &str, size| (PathBuf::from(path), (size, None));
        let before = [entry("/a", 1), entry("/b", 1)].into_iter().collect();
        let after = [entry("/a", 2), entry("/c", 1)].into_iter().collect();
        let changed: Vec<_> = differences(&before, &after).into_iter().collect();
        assert_eq!(changed, ["/a", "/b", "/c"].map(PathBuf::from));
    }
}
