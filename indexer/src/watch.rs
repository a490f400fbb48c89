//! Keeping an index fresh: notice that something changed, wait until it is quiet, run again.
//!
//! A run costs little when little changed (unchanged files are known by their hash), so what
//! changed needs no exact account: any event that may matter leads to a run over the same roots,
//! and a created folder or a switched branch needs no case of its own. What does matter is to
//! ignore what cannot: reads, build output, and everything in `.git` but `HEAD` and the index.
//!
//! Where the operating system refuses to watch (too many folders for its limit), the roots are
//! listed every two seconds instead.

use crate::run::{self, IndexError, Options, Progress, Report};
use crate::walk::{self, VENDORED};
use notify_debouncer_full::notify::{EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};
use qf_graph::store::Home;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

/// How long nothing may happen before a run begins.
pub const QUIET: Duration = Duration::from_millis(300);
/// How often roots are listed where events are not to be had.
pub const POLL: Duration = Duration::from_secs(2);
/// A run begins even if it never gets quiet.
const PATIENCE: Duration = Duration::from_secs(10);

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
    paths: Vec<PathBuf>,
    signals: Receiver<Signal>,
    sender: Sender<Signal>,
    source: Source,
    /// Changes of a run that failed, and how long to wait before the next attempt.
    owed: Option<(Changes, Duration)>,
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
}

/// One refresh.
#[derive(Debug)]
pub struct Refresh {
    /// What made it necessary.
    pub changes: Changes,
    /// What the run did.
    pub report: Report,
}

impl Watch {
    /// Begins to watch. Falls back to polling where events are not to be had.
    pub fn new(paths: &[PathBuf], home: &Home) -> Result<Self, IndexError> {
        let roots = walk::roots(paths)?;
        let mut folders: Vec<PathBuf> =
            paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
        folders.sort();
        folders.dedup();
        let (sender, signals) = channel();
        let own = home.folder().canonicalize().unwrap_or_else(|_| home.folder().to_owned());
        let source = match events(&folders, own, sender.clone()) {
            Ok(debouncer) => Source::Events(Box::new(debouncer)),
            Err(error) => {
                let roots: Vec<PathBuf> = roots.into_iter().map(|root| root.path).collect();
                Source::Polling { why: error.to_string(), seen: listing(&roots) }
            }
        };
        Ok(Self { paths: paths.to_vec(), signals, sender, source, owed: None })
    }

    /// Begins to watch by polling.
    pub fn polling(paths: &[PathBuf], why: &str) -> Result<Self, IndexError> {
        let roots: Vec<PathBuf> = walk::roots(paths)?.into_iter().map(|root| root.path).collect();
        let (sender, signals) = channel();
        let source = Source::Polling { why: why.to_owned(), seen: listing(&roots) };
        Ok(Self { paths: paths.to_vec(), signals, sender, source, owed: None })
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

    /// Waits for changes and for quiet after them; `None` when the watch was stopped.
    pub fn wait(&mut self) -> Option<Changes> {
        match &mut self.source {
            Source::Events(_) => gather(&self.signals, QUIET),
            Source::Polling { seen, .. } => loop {
                match self.signals.recv_timeout(POLL) {
                    Err(RecvTimeoutError::Timeout) | Ok(Signal::Changed(_) | Signal::Lost) => {}
                    Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return None,
                }
                let roots = walk::roots(&self.paths).unwrap_or_default();
                let roots: Vec<PathBuf> = roots.into_iter().map(|root| root.path).collect();
                let now = listing(&roots);
                let paths = differences(seen, &now);
                *seen = now;
                if !paths.is_empty() {
                    return Some(Changes { paths });
                }
            },
        }
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
        let run = run::index(home, &self.paths, options, progress);
        if run.is_err() {
            self.owed = Some((changes.clone(), pause));
        }
        Some(run.map(|report| Refresh { changes, report }))
    }

    /// Waits, but not longer than until the next change; `None` when the watch was stopped.
    fn pause(&mut self, mut changes: Changes, pause: Duration) -> Option<Changes> {
        match self.signals.recv_timeout(pause) {
            Ok(Signal::Changed(paths)) => changes.paths.extend(paths),
            Ok(Signal::Stop) => return None,
            Ok(Signal::Lost) | Err(_) => {}
        }
        Some(changes)
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
    let mut debouncer = new_debouncer(Duration::from_millis(100), None, hear)?;
    for folder in folders {
        debouncer.watch(folder, RecursiveMode::Recursive)?;
    }
    Ok(debouncer)
}

/// Whether an event may change the index: it is no mere access, and lies neither in build output
/// nor in a hidden folder. Of `.git`, only a moved `HEAD` or a rewritten index matters.
pub fn matters(kind: EventKind, path: &Path, roots: &[PathBuf]) -> bool {
    if matches!(kind, EventKind::Access(_)) {
        return false;
    }
    let Some(below) = roots.iter().find_map(|root| path.strip_prefix(root).ok()) else {
        return true;
    };
    let mut names = below.components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    while let Some(name) = names.next() {
        if name == ".git" {
            let rest: Vec<&str> = names.collect();
            return matches!(rest.as_slice(), [] | ["HEAD" | "index"]);
        }
        if VENDORED.contains(&name) || name == ".hg" || name == ".svn" {
            return false;
        }
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

/// The first change and all that follow until it is quiet.
fn gather(signals: &Receiver<Signal>, quiet: Duration) -> Option<Changes> {
    let mut changes = Changes::default();
    match signals.recv().ok()? {
        Signal::Changed(paths) => changes.paths.extend(paths),
        Signal::Lost => {}
        Signal::Stop => return None,
    }
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match signals.recv_timeout(quiet) {
            Ok(Signal::Changed(paths)) => changes.paths.extend(paths),
            Ok(Signal::Lost) => {}
            Ok(Signal::Stop) => return None,
            Err(_) => break,
        }
    }
    Some(changes)
}

fn listing(roots: &[PathBuf]) -> Listing {
    let mut out = Listing::new();
    for root in roots {
        let (files, _) = walk::files(root);
        let paths = files.into_iter().map(|file| root.join(file.path));
        for path in paths.chain([root.join(".git/HEAD")]) {
            if let Ok(metadata) = std::fs::metadata(&path) {
                out.insert(path, (metadata.len(), metadata.modified().ok()));
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
    use super::{Changes, QUIET, Signal, differences, gather, matters};
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
        let changes = gather(&signals, QUIET).expect("changes");
        assert_eq!(changes, Changes { paths: ["/a", "/b"].iter().map(PathBuf::from).collect() });
        sender.send(Signal::Stop).expect("sent");
        assert_eq!(gather(&signals, QUIET), None);
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
