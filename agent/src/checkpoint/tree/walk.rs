//! Every path below a work tree, with what the system says of it.
//!
//! A walk of fifty thousand files is one system call each, so all cores do it. The threads belong to
//! the walk: they have the rights of the thread that called, which a pool started earlier may not.

use super::entry::Stat;
use super::is_absent;
use crate::checkpoint::error::{CheckpointError, Result};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The beginning of the names of files that a restore writes before it renames them.
pub const TEMPORARY: &[u8] = b".qf-restore-";

/// A path and what the system says of it.
#[derive(Debug, Clone)]
pub struct Found {
    /// Below the root.
    pub path: Vec<u8>,
    /// What it is.
    pub stat: Stat,
}

/// What a walk came to.
#[derive(Debug, Default)]
pub struct Walked {
    /// Everything found, sorted by path; the root itself is the empty path.
    pub found: Vec<Found>,
    /// Folders that were not entered because the caller holds them back.
    pub held_back: Vec<Vec<u8>>,
    /// Folders that the system does not let be listed, or not all of them.
    pub unlisted: Vec<Vec<u8>>,
}

struct Queue {
    folders: Vec<Vec<u8>>,
    busy: usize,
}

/// Walks below `start`. A folder for which `hold_back` is true is found but not entered; `.git` of
/// the root and the folder `without` are not even found.
pub fn walk(
    root: &Path,
    start: Vec<u8>,
    without: Option<&[u8]>,
    hold_back: &(dyn Fn(&[u8]) -> bool + Sync),
) -> Result<Walked> {
    let begin = super::on_disk(root, &start);
    let metadata = std::fs::symlink_metadata(&begin).map_err(CheckpointError::io(&begin))?;
    let first = Found { path: start.clone(), stat: Stat::of(&metadata) };
    let queue = Mutex::new(Queue { folders: vec![start], busy: 0 });
    let ready = Condvar::new();
    let all = Mutex::new(Walked { found: vec![first], ..Walked::default() });
    let failed = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads() {
            scope.spawn(|| {
                let mut own = Walked::default();
                while let Some(folder) = next(&queue, &ready) {
                    let below = list(root, &folder, without, hold_back, &mut own);
                    let mut queue = lock(&queue);
                    match below {
                        Ok(below) => queue.folders.extend(below),
                        Err(error) => {
                            queue.folders.clear();
                            *lock(&failed) = Some(error);
                        }
                    }
                    queue.busy -= 1;
                    ready.notify_all();
                }
                let mut all = lock(&all);
                all.found.append(&mut own.found);
                all.held_back.append(&mut own.held_back);
                all.unlisted.append(&mut own.unlisted);
            });
        }
    });
    if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    all.found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    all.held_back.sort_unstable();
    all.unlisted.sort_unstable();
    all.unlisted.dedup();
    Ok(all)
}

/// How many threads read: what the machine has, but no more than helps.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).min(8)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The next folder to list; none when all are listed.
fn next(queue: &Mutex<Queue>, ready: &Condvar) -> Option<Vec<u8>> {
    let mut guard = lock(queue);
    loop {
        if let Some(folder) = guard.folders.pop() {
            guard.busy += 1;
            return Some(folder);
        }
        if guard.busy == 0 {
            ready.notify_all();
            return None;
        }
        guard = ready.wait(guard).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Lists one folder into `out` and gives the folders in it that are to be entered. A folder of which
/// something cannot be seen is named; when it is the root, nothing at all would be seen, which is an
/// error.
fn list(
    root: &Path,
    folder: &[u8],
    without: Option<&[u8]>,
    hold_back: &(dyn Fn(&[u8]) -> bool + Sync),
    out: &mut Walked,
) -> Result<Vec<Vec<u8>>> {
    let mut below = Vec::new();
    let here = super::on_disk(root, folder);
    let top = folder.is_empty();
    let entries = match std::fs::read_dir(&here) {
        Ok(entries) => entries,
        Err(error) if !top && is_absent(&error) => return Ok(below),
        Err(error) if !top && error.kind() == ErrorKind::PermissionDenied => {
            out.unlisted.push(folder.to_vec());
            return Ok(below);
        }
        Err(error) => return Err(CheckpointError::io(&here)(error)),
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if top => return Err(CheckpointError::io(&here)(error)),
            Err(_) => {
                out.unlisted.push(folder.to_vec());
                break;
            }
        };
        let name = entry.file_name();
        let name = name.as_bytes();
        if folder.is_empty() && name == b".git" || name.starts_with(TEMPORARY) {
            continue;
        }
        let mut path = Vec::with_capacity(folder.len() + 1 + name.len());
        path.extend_from_slice(folder);
        if !folder.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        if without == Some(path.as_slice()) {
            continue;
        }
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            // What vanished between the listing and now is not there.
            Err(error) if is_absent(&error) => continue,
            Err(error) if top => return Err(CheckpointError::io(&entry.path())(error)),
            Err(_) => {
                out.unlisted.push(folder.to_vec());
                continue;
            }
        };
        if metadata.is_dir() {
            if hold_back(&path) {
                out.held_back.push(path.clone());
            } else {
                below.push(path.clone());
            }
        }
        out.found.push(Found { path, stat: Stat::of(&metadata) });
    }
    Ok(below)
}
