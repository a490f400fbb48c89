//! Reads a work tree and what git knows of it, without writing to either.

use super::error::Result;
use super::git::{Git, IndexEntry, TreeChange};
use super::record::Snapshot;
use super::state::{self, GitState};
use super::store::Store;
use super::store::contents::{Contents, Writer};
use super::tree::entry::{Item, Kind, Left, Oid, now};
use super::tree::scan::{Known, Scan, Sink};
use super::tree::walk::{Found, walk};
use super::tree::{name, parent};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// What is kept of files that nobody tracks.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Bytes of one ignored file.
    pub ignored_file: u64,
    /// Bytes of all ignored files.
    pub ignored_total: u64,
    /// Bytes of the whole store; when a checkpoint passes it, the oldest go.
    pub cap: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { ignored_file: 64 << 20, ignored_total: 256 << 20, cap: 2 << 30 }
    }
}

/// Names of folders that hold what programs make or fetch again: when they are ignored and nothing
/// in them is tracked, they are not entered.
const REMADE: [&[u8]; 22] = [
    b"node_modules",
    b"bower_components",
    b"target",
    b".venv",
    b"venv",
    b".tox",
    b".nox",
    b"__pycache__",
    b".mypy_cache",
    b".pytest_cache",
    b".ruff_cache",
    b".gradle",
    b".next",
    b".nuxt",
    b".svelte-kit",
    b".turbo",
    b".parcel-cache",
    b"DerivedData",
    b"Pods",
    b".terraform",
    b"elm-stuff",
    b"_build",
];

/// What git makes of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// In the index.
    Tracked,
    /// Not in the index and not ignored.
    Untracked,
    /// Ignored, or part of another repository.
    Private,
}

/// What was read.
pub struct Capture {
    /// Everything in the tree.
    pub snapshot: Snapshot,
    /// What git makes of each item.
    pub classes: Vec<Class>,
    /// What git knows.
    pub state: GitState,
    /// The index.
    pub index: Vec<IndexEntry>,
    /// What is staged.
    pub staged: Vec<TreeChange>,
    /// Bytes that are new, not yet finished.
    pub writer: Writer,
}

/// When a tree is read.
#[derive(Clone, Copy)]
pub enum Moment<'a> {
    /// Before a phase: everything must be kept. It may be the end of another, which began with this
    /// snapshot.
    Before(Option<&'a Snapshot>),
    /// After one, which began with this snapshot.
    After(&'a Snapshot),
    /// After one that worked over a layer, where that is seen: it began with this snapshot, and
    /// changed nothing but what the layer has.
    View(&'a Snapshot, Touches<'a>),
}

/// Whether a layer has something of a path.
pub type Touches<'a> = &'a (dyn Fn(&[u8]) -> bool + Sync);

/// Reads everything. `previous` has what was read before.
pub fn capture(
    git: &dyn Git,
    store: &Store,
    contents: &Contents,
    previous: Option<&Snapshot>,
    policy: &Policy,
    moment: Moment<'_>,
) -> Result<Capture> {
    let layout = git.layout();
    let taken = now();
    let index = git.index(&layout.index())?;
    let mut writer = Writer::new(&store.packs()).capped(policy.cap);
    let (state, staged) =
        state::capture(git, contents, &mut writer, state::Index::Read(&index, previous))?;

    // Sorted by stage, so that of a path in conflict its last stage counts.
    let tracked: HashMap<&[u8], Oid> =
        index.iter().map(|entry| (entry.path.as_slice(), entry.oid)).collect();
    let mut holders: HashSet<&[u8]> = HashSet::new();
    for entry in &index {
        let above = std::iter::successors(parent(&entry.path), |path| parent(path));
        for folder in above {
            if !holders.insert(folder) {
                break;
            }
        }
    }
    let (found, skipped, unlisted) = find(git, store, &holders, moment)?;
    let classes = classify(git, &found, &tracked, &holders)?;
    let unborn: BTreeSet<&[u8]> = staged.iter().map(|(path, _)| path.as_slice()).collect();
    // What a phase leaves must outlive the commits that it made.
    let moved = match moment {
        Moment::Before(_) | Moment::View(..) => false,
        Moment::After(before) => before.commit != state.commit,
    };
    let mut room = policy.ignored_total;
    let known: Vec<Known> = found
        .iter()
        .zip(&classes)
        .map(|(found, class)| {
            let file = found.stat.mode & 0o170_000 == 0o100_000;
            let left = match class {
                Class::Private if file && found.stat.size > policy.ignored_file => {
                    Some(Left::Large)
                }
                Class::Private if file && found.stat.size > room => Some(Left::Many),
                Class::Private if file => {
                    room -= found.stat.size;
                    None
                }
                _ => None,
            };
            let path = found.path.as_slice();
            Known {
                tracked: tracked.get(path).copied().filter(|_| file),
                keep: moved || unborn.contains(path),
                left,
            }
        })
        .collect();
    let sink = Sink { contents, writer: Mutex::new(writer) };
    let scan = Scan {
        layout,
        previous: previous.map_or(&[][..], |snapshot| &snapshot.items),
        trusted: matches!(moment, Moment::After(_)),
        touched: match moment {
            Moment::View(_, touched) => Some(touched),
            Moment::Before(_) | Moment::After(_) => None,
        },
        sink: &sink,
    };
    let items = scan.all(&found, &known)?;
    let mut by_path =
        found.iter().zip(classes).map(|(found, class)| (found.path.as_slice(), class));
    // What vanished while it was read has no item.
    let classes = items
        .iter()
        .map(|item| by_path.find(|(path, _)| *path == item.path).map_or(Class::Private, |(_, c)| c))
        .collect();
    let mut writer = sink.writer.into_inner().unwrap_or_else(PoisonError::into_inner);
    let kept = state::keep(&state, contents, &mut writer)?;
    let snapshot = Snapshot {
        of: None,
        taken,
        items,
        skipped,
        unlisted,
        commit: state.commit,
        state: kept,
        index: state.index,
        staged: staged.clone(),
    };
    Ok(Capture { snapshot, classes, state, index, staged, writer })
}

type Finds = (Vec<Found>, Vec<Vec<u8>>, Vec<Vec<u8>>);

/// Walks the tree: what is there, what was not entered, what could not be.
fn find(
    git: &dyn Git,
    store: &Store,
    holders: &HashSet<&[u8]>,
    moment: Moment<'_>,
) -> Result<Finds> {
    use std::os::unix::ffi::OsStrExt;
    let tree = &git.layout().tree;
    // A store inside the tree is not part of it.
    let home = store.folder().parent().and_then(|all| all.strip_prefix(tree).ok());
    let without = home.map(|path| path.as_os_str().as_bytes());
    let remade = |path: &[u8], begin: Option<&Snapshot>| {
        REMADE.contains(&name(path))
            && !holders.contains(path)
            && begin.is_none_or(|begin| !looked_into(begin, path))
    };
    let suspect = |path: &[u8]| match moment {
        Moment::Before(begin) => remade(path, begin),
        Moment::View(begin, _) => remade(path, Some(begin)),
        // A folder that was looked into before is looked into again, whatever is ignored by now.
        Moment::After(before) => before.skipped.iter().any(|skipped| skipped == path),
    };
    let mut walked = walk(tree, Vec::new(), without, &suspect)?;
    let mut skipped = std::mem::take(&mut walked.held_back);
    if !matches!(moment, Moment::After(_)) && !skipped.is_empty() {
        let paths: Vec<&[u8]> = skipped.iter().map(Vec::as_slice).collect();
        let ignored = git.ignored(&paths)?;
        let mut kept = Vec::new();
        for (path, ignored) in std::mem::take(&mut skipped).into_iter().zip(ignored) {
            if ignored {
                kept.push(path);
                continue;
            }
            let mut more = walk(tree, path.clone(), without, &|_| false)?;
            more.found.retain(|found| found.path != path);
            walked.found.append(&mut more.found);
            walked.unlisted.append(&mut more.unlisted);
        }
        skipped = kept;
        walked.found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        walked.unlisted.sort_unstable();
    }
    Ok((walked.found, skipped, walked.unlisted))
}

/// Whether a snapshot says what was in a folder: what became of that is to be seen at the end of the
/// phase, also when the folder is ignored by then.
fn looked_into(begin: &Snapshot, folder: &[u8]) -> bool {
    let below = [folder, b"/"].concat();
    let at = begin.items.partition_point(|item| item.path < below);
    begin.items.get(at).is_some_and(|item| item.path.starts_with(&below))
}

/// What git makes of each path.
fn classify(
    git: &dyn Git,
    found: &[Found],
    tracked: &HashMap<&[u8], Oid>,
    holders: &HashSet<&[u8]>,
) -> Result<Vec<Class>> {
    let modules: HashSet<&[u8]> =
        found.iter().filter_map(|found| found.path.strip_suffix(b"/.git")).collect();
    let nested = |path: &[u8]| {
        !modules.is_empty()
            && std::iter::successors(Some(path), |path| parent(path))
                .any(|folder| modules.contains(folder))
    };
    let mut classes = vec![Class::Private; found.len()];
    let mut unknown = Vec::new();
    for (number, found) in found.iter().enumerate() {
        let path = found.path.as_slice();
        if tracked.contains_key(path) || holders.contains(path) || path.is_empty() {
            classes[number] = Class::Tracked;
        } else if !nested(path) && found.stat.mode & 0o170_000 != 0o040_000 {
            unknown.push(number);
        }
    }
    let paths: Vec<&[u8]> = unknown.iter().map(|&number| found[number].path.as_slice()).collect();
    for (number, ignored) in unknown.into_iter().zip(git.ignored(&paths)?) {
        if !ignored {
            classes[number] = Class::Untracked;
        }
    }
    Ok(classes)
}

/// Files whose bytes are not in a snapshot, and why.
pub fn left(items: &[Item]) -> Vec<(Vec<u8>, Left)> {
    items
        .iter()
        .filter_map(|item| match item.entry.kind {
            Kind::Left { why, .. } => Some((item.path.clone(), why)),
            _ => None,
        })
        .collect()
}
