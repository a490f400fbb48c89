//! Makes paths of a work tree what they are to be, one after the other.
//!
//! A file is written beside its place and renamed, so that whoever reads it sees the old one or the
//! new one. Before anything is touched it must still be what it was when the plan was made; else it
//! is left and reported. What goes is taken away before what comes is made, and the times of folders
//! are set last.

use super::attributes;
use super::entry::{Entry, Kind, Stat};
use super::walk::TEMPORARY;
use super::{on_disk, parent};
use crate::checkpoint::error::{CheckpointError, Result};
use crate::checkpoint::git::Layout;
use crate::checkpoint::plan::{Conflict, Op, Reason, keeps_content};
use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, Timespec, Timestamps, Uid};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Writes the bytes of an op's wanted file.
pub type Fill<'a> = dyn FnMut(&Op, &mut File) -> io::Result<()> + 'a;

/// What applying ops came to.
#[derive(Debug, Default)]
pub struct Applied {
    /// Paths that are what they are to be.
    pub done: Vec<Vec<u8>>,
    /// Paths that were left.
    pub conflicts: Vec<Conflict>,
}

struct Writing<'a> {
    root: &'a Path,
    /// What this restore was stopped in the middle of before.
    resumed: bool,
    fill: &'a mut Fill<'a>,
    /// Folders that had to be opened, and the mode they had.
    opened: BTreeMap<Vec<u8>, u32>,
}

/// Applies ops. `before` is called ahead of each.
pub fn apply(
    root: &Path,
    ops: &[Op],
    resumed: bool,
    fill: &mut Fill<'_>,
    before: &mut dyn FnMut(usize),
) -> Applied {
    let mut applied = Applied::default();
    let mut fill = |op: &Op, file: &mut File| fill(op, file);
    let mut writing = Writing { root, resumed, fill: &mut fill, opened: BTreeMap::new() };
    let times = folder_times(root, ops);
    let mut left = vec![None; ops.len()];
    let mut number = 0;
    // The deepest first: a folder is empty before it goes.
    for (at, op) in ops.iter().enumerate().rev().filter(|(_, op)| goes(op)) {
        before(number);
        number += 1;
        left[at] = writing.remove(op);
    }
    for (at, op) in ops.iter().enumerate() {
        let Some(to) = op.to.as_ref().map(|side| &side.entry) else { continue };
        before(number);
        number += 1;
        if left[at].is_none() {
            left[at] = writing.make(op, to, at);
        }
    }
    for (path, mode) in std::mem::take(&mut writing.opened).iter().rev() {
        // It was that before; the folder may be gone by now.
        let _ = std::fs::set_permissions(on_disk(root, path), Permissions::from_mode(*mode));
    }
    for (at, op) in ops.iter().enumerate().rev() {
        if let Some(to) = op.to.as_ref().map(|side| &side.entry)
            && to.is_folder()
            && left[at].is_none()
        {
            left[at] = failed(finish(&on_disk(root, &op.path), to));
        }
    }
    for (path, modified) in times.iter().rev() {
        let _ = set_time(&on_disk(root, path), *modified);
    }
    for (op, reason) in ops.iter().zip(left) {
        match reason {
            None => applied.done.push(op.path.clone()),
            Some(reason) => applied.conflicts.push(Conflict { path: op.path.clone(), reason }),
        }
    }
    applied
}

/// Waits until what was written is on the disk, since it is to be written down as done. One call for
/// each file system is faster than two for each file.
#[cfg(target_os = "linux")]
pub fn sync(layout: &Layout, _: &[Op]) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let mut devices: BTreeSet<u64> = BTreeSet::new();
    for folder in [&layout.tree, &layout.own, &layout.common] {
        let handle = File::open(folder).map_err(CheckpointError::io(folder))?;
        let metadata = handle.metadata().map_err(CheckpointError::io(folder))?;
        if devices.insert(metadata.dev()) {
            rustix::fs::syncfs(&handle)
                .map_err(|error| CheckpointError::io(folder)(error.into()))?;
        }
    }
    Ok(())
}

/// Waits until what was written is on the disk, since it is to be written down as done.
#[cfg(not(target_os = "linux"))]
pub fn sync(layout: &Layout, ops: &[Op]) -> Result<()> {
    let mut paths: BTreeSet<PathBuf> = BTreeSet::new();
    paths.insert(layout.own.clone());
    for op in ops {
        let file = |to: &crate::checkpoint::record::Side| to.entry.hash().is_some();
        if op.to.as_ref().is_some_and(file) {
            paths.insert(on_disk(&layout.tree, &op.path));
        }
        paths.insert(on_disk(&layout.tree, parent(&op.path).unwrap_or_default()));
    }
    let paths: Vec<PathBuf> = paths.into_iter().collect();
    let share = paths.len().div_ceil(super::walk::threads());
    let failed = std::sync::Mutex::new(None);
    std::thread::scope(|scope| {
        for paths in paths.chunks(share) {
            let failed = &failed;
            scope.spawn(move || {
                for path in paths {
                    // What cannot be opened was not written, or is for nobody to read.
                    let Ok(file) = super::scan::open(path) else { continue };
                    if let Err(error) = file.sync_all() {
                        let error = CheckpointError::io(path)(error);
                        *failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
                            Some(error);
                    }
                }
            });
        }
    });
    match failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Whether what is there must go before what is wanted can be made.
fn goes(op: &Op) -> bool {
    let folder = |side: &Option<crate::checkpoint::record::Side>| {
        side.as_ref().is_some_and(|side| side.entry.is_folder())
    };
    op.from.is_some() && (op.to.is_none() || folder(&op.from) != folder(&op.to))
}

/// The times of the folders in which something is changed, but of which nothing else is.
fn folder_times(root: &Path, ops: &[Op]) -> BTreeMap<Vec<u8>, i64> {
    let mut times = BTreeMap::new();
    for op in ops {
        let Some(folder) = parent(&op.path) else { continue };
        let planned = ops.binary_search_by(|other| other.path.as_slice().cmp(folder)).is_ok();
        if !planned
            && !times.contains_key(folder)
            && let Ok(metadata) = std::fs::symlink_metadata(on_disk(root, folder))
        {
            times.insert(folder.to_vec(), Stat::of(&metadata).modified);
        }
    }
    times
}

fn failed(result: io::Result<()>) -> Option<Reason> {
    match result {
        Ok(()) => None,
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Some(Reason::NotEmpty),
        Err(error) if error.kind() == ErrorKind::NotFound => Some(Reason::NotKept),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Some(Reason::Changed),
        Err(_) => Some(Reason::Denied),
    }
}

fn same_type(kind: &Kind, mode: u32) -> bool {
    let wanted = match kind {
        Kind::File { .. } | Kind::Left { .. } => FileType::RegularFile,
        Kind::Symlink(_) => FileType::Symlink,
        Kind::Folder => FileType::Directory,
        Kind::Pipe => FileType::Fifo,
        Kind::Special => return true,
    };
    FileType::from_raw_mode(mode) == wanted
}

impl Writing<'_> {
    /// Runs `action`, which changes a folder; a folder of the user's that is not writable is opened
    /// for it.
    fn within<T>(
        &mut self,
        folder: &[u8],
        mut action: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
        match action() {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                let path = on_disk(self.root, folder);
                let mode = std::fs::symlink_metadata(&path)?.permissions().mode() & 0o7777;
                if mode & 0o700 == 0o700 {
                    return Err(error);
                }
                std::fs::set_permissions(&path, Permissions::from_mode(mode | 0o700))?;
                self.opened.entry(folder.to_vec()).or_insert(mode);
                action()
            }
            other => other,
        }
    }

    /// Whether a path is as the plan found it.
    fn is_as_found(&self, op: &Op) -> bool {
        let now = std::fs::symlink_metadata(on_disk(self.root, &op.path)).ok();
        match (&op.stat, now) {
            (None, None) => true,
            (Some(then), Some(now)) => {
                let now = Stat::of(&now);
                // A folder's time changes with what is done in it; links and modes of a file may.
                (now.device, now.inode) == (then.device, then.inode)
                    && (FileType::from_raw_mode(now.mode) == FileType::Directory
                        || (now.size, now.modified) == (then.size, then.modified))
            }
            _ => false,
        }
    }

    /// Whether a path is what it is to be: only asked when a restore goes on after a stop.
    fn is_done(&self, op: &Op) -> bool {
        let Ok(metadata) = std::fs::symlink_metadata(on_disk(self.root, &op.path)) else {
            return op.to.is_none();
        };
        let now = Stat::of(&metadata);
        op.to.as_ref().map(|side| &side.entry).is_some_and(|to| {
            same_type(&to.kind, now.mode)
                && match &to.kind {
                    Kind::Folder => true,
                    Kind::File { size, .. } => *size == now.size && to.modified == now.modified,
                    _ => to.modified == now.modified,
                }
        })
    }

    fn remove(&mut self, op: &Op) -> Option<Reason> {
        let path = on_disk(self.root, &op.path);
        if self.resumed && (self.is_done(op) || !path.is_symlink() && !path.exists()) {
            return None;
        }
        if !self.is_as_found(op) || !super::is_inside(self.root, &op.path) {
            return Some(Reason::Changed);
        }
        let folder = op.from.as_ref().is_some_and(|side| side.entry.is_folder());
        let above = parent(&op.path).unwrap_or_default().to_vec();
        failed(self.within(&above, || {
            if folder { std::fs::remove_dir(&path) } else { std::fs::remove_file(&path) }
        }))
    }

    fn make(&mut self, op: &Op, to: &Entry, number: usize) -> Option<Reason> {
        let path = on_disk(self.root, &op.path);
        let temporary = self.temporary(op, number);
        if self.resumed {
            // What was being written when it was stopped.
            let _ = std::fs::remove_file(&temporary);
            if self.is_done(op) && !to.is_folder() {
                return failed(finish(&path, to));
            }
        }
        let gone = goes(op);
        let free = !path.is_symlink() && !path.exists();
        if !(gone && free || self.is_as_found(op) || self.resumed && (free || to.is_folder())) {
            return Some(Reason::Changed);
        }
        if !super::is_inside(self.root, &op.path) {
            return Some(Reason::Changed);
        }
        let above = parent(&op.path).unwrap_or_default().to_vec();
        if to.is_folder() {
            if path.is_dir() && !path.is_symlink() {
                return None;
            }
            return failed(self.within(&above, || std::fs::create_dir(&path)));
        }
        if let Some(from) = op.from.as_ref().map(|side| &side.entry)
            && keeps_content(from, to)
            && !free
        {
            return failed(finish(&path, to));
        }
        failed(self.place(op, to, &path, &temporary, &above))
    }

    fn temporary(&self, op: &Op, number: usize) -> PathBuf {
        let mut name = TEMPORARY.to_vec();
        name.extend_from_slice(number.to_string().as_bytes());
        on_disk(self.root, parent(&op.path).unwrap_or_default()).join(OsStr::from_bytes(&name))
    }

    /// Makes something that is no folder, in place of what is there.
    fn place(
        &mut self,
        op: &Op,
        to: &Entry,
        path: &Path,
        temporary: &Path,
        above: &[u8],
    ) -> io::Result<()> {
        match &to.kind {
            Kind::File { link, .. } => {
                if let Some(first) = link
                    && *first != op.path
                    && self.link(op, first, to, path, temporary, above)?
                {
                    return Ok(());
                }
                if link.is_none() && is_linked_outside(op, path) {
                    let mut file = File::options().write(true).truncate(true).open(path)?;
                    (self.fill)(op, &mut file)?;
                    return finish(path, to);
                }
                let mut file = self.within(above, || {
                    File::options().write(true).create_new(true).mode(0o600).open(temporary)
                })?;
                let written = (self.fill)(op, &mut file)
                    .and_then(|()| file.flush())
                    .and_then(|()| finish(temporary, to))
                    .and_then(|()| std::fs::rename(temporary, path));
                if written.is_err() {
                    // Best effort: it is of no use to anybody.
                    let _ = std::fs::remove_file(temporary);
                }
                written
            }
            Kind::Symlink(target) => {
                let target = OsStr::from_bytes(target);
                self.within(above, || std::os::unix::fs::symlink(target, temporary))?;
                finish(temporary, to).and_then(|()| std::fs::rename(temporary, path))
            }
            Kind::Pipe => {
                let mode = Mode::from_raw_mode(to.mode);
                self.within(above, || {
                    rustix::fs::mknodat(CWD, temporary, FileType::Fifo, mode, 0)
                        .map_err(io::Error::from)
                })?;
                finish(temporary, to).and_then(|()| std::fs::rename(temporary, path))
            }
            Kind::Left { .. } | Kind::Special => Err(ErrorKind::NotFound.into()),
            Kind::Folder => Ok(()),
        }
    }

    /// Makes a path another name of the first file of its group, when that has the wanted bytes.
    fn link(
        &mut self,
        op: &Op,
        first: &[u8],
        to: &Entry,
        path: &Path,
        temporary: &Path,
        above: &[u8],
    ) -> io::Result<bool> {
        let first = on_disk(self.root, first);
        let same = std::fs::symlink_metadata(&first).is_ok_and(|metadata| metadata.is_file())
            && std::fs::read(&first)
                .is_ok_and(|bytes| Some(super::entry::ContentHash::of(&bytes)) == to.hash());
        if !same {
            return Ok(false);
        }
        let one = |path: &Path| {
            std::fs::symlink_metadata(path).map(|m| (Stat::of(&m).device, Stat::of(&m).inode)).ok()
        };
        if op.from.is_some() && one(&first) == one(path) {
            finish(path, to)?;
            return Ok(true);
        }
        self.within(above, || std::fs::hard_link(&first, temporary))?;
        std::fs::rename(temporary, path)?;
        finish(path, to)?;
        Ok(true)
    }
}

/// Whether the file has names elsewhere, which a rename would cut off.
fn is_linked_outside(op: &Op, path: &Path) -> bool {
    let alone = op
        .from
        .as_ref()
        .is_some_and(|side| matches!(side.entry.kind, Kind::File { link: None, .. }));
    alone
        && std::fs::symlink_metadata(path)
            .is_ok_and(|metadata| metadata.is_file() && Stat::of(&metadata).links > 1)
}

/// Gives a path the owner, rights, attributes and time of an entry.
fn finish(path: &Path, to: &Entry) -> io::Result<()> {
    let now = Stat::of(&std::fs::symlink_metadata(path)?);
    if now.owner != to.owner {
        let (user, group) = (Uid::from_raw(to.owner.0), Gid::from_raw(to.owner.1));
        // Only the superuser gives files away; for others they belong to whoever writes them.
        let given =
            rustix::fs::chownat(CWD, path, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW);
        if let Err(error) = given
            && error != rustix::io::Errno::PERM
        {
            return Err(error.into());
        }
    }
    if !matches!(to.kind, Kind::Symlink(_)) {
        // Attributes first: a mode that forbids writing forbids those of a user, too.
        if attributes::read(path) != to.attributes {
            std::fs::set_permissions(path, Permissions::from_mode(to.mode | 0o600))?;
            attributes::write(path, &to.attributes)?;
        }
        std::fs::set_permissions(path, Permissions::from_mode(to.mode))?;
    }
    set_time(path, to.modified)
}

/// Sets the time of the last change and leaves that of the last access.
fn set_time(path: &Path, modified: i64) -> io::Result<()> {
    let times = Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT },
        last_modification: Timespec {
            tv_sec: modified.div_euclid(1_000_000_000),
            tv_nsec: modified.rem_euclid(1_000_000_000) as _,
        },
    };
    Ok(rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}
