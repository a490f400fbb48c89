//! From paths to entries: reads what has changed since it was read before, and keeps its bytes.
//!
//! What was read before and has the same size, times, inode and mode is not read again, unless it
//! was written so shortly before it was read that the clock could not show another write. A file
//! that changes while it is read is read again.

use super::attributes;
use super::entry::{Blob, ContentHash, Entry, Item, Kind, Left, Oid, Stat, now};
use super::walk::{Found, threads};
use crate::checkpoint::error::{CheckpointError, Result};
use crate::checkpoint::git::Layout;
use crate::checkpoint::store::contents::{self, Contents, Writer};
use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Files above this are read in blocks.
const LARGE: u64 = 8 << 20;
/// How often a file is read again that changes while it is read.
const TRIES: usize = 5;

/// What is known of a path before it is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    /// The blob that the index has for it.
    pub tracked: Option<Oid>,
    /// Its bytes must be kept even when git has them.
    pub keep: bool,
    /// Its bytes are not to be kept.
    pub left: Option<Left>,
}

/// Where bytes are kept.
pub struct Sink<'a> {
    /// What is kept already.
    pub contents: &'a Contents,
    /// What is kept now.
    pub writer: Mutex<Writer>,
}

impl Sink<'_> {
    fn has(&self, hash: ContentHash) -> bool {
        self.contents.has(hash)
            || self.writer.lock().unwrap_or_else(PoisonError::into_inner).has(hash)
    }

    /// Keeps bytes.
    pub fn keep(&self, hash: ContentHash, bytes: &[u8]) -> Result<()> {
        if self.has(hash) {
            return Ok(());
        }
        let packed = contents::pack(hash, bytes);
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).add(&packed)
    }

    fn keep_file(&self, file: File, path: &Path) -> Result<ContentHash> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.add_file(file, path).map(|(hash, _)| hash)
    }
}

/// How paths are read.
pub struct Scan<'a> {
    /// The repository.
    pub layout: &'a Layout,
    /// What was read before, sorted by path.
    pub previous: &'a [Item],
    /// Whether the bytes of what is unchanged since are known to be kept.
    pub trusted: bool,
    /// In a view over a layer: of which paths that has something. The others are not read.
    pub touched: Option<crate::checkpoint::capture::Touches<'a>>,
    /// Where bytes go.
    pub sink: &'a Sink<'a>,
}

/// An item as it was read, of which it is yet to be seen what it is linked with.
fn unlinked(item: &Item) -> Item {
    let mut item = item.clone();
    if let Kind::File { link, .. } = &mut item.entry.kind {
        *link = None;
    }
    item
}

impl Scan<'_> {
    /// The entries of all paths, in their order. What vanishes meanwhile is left out.
    pub fn all(&self, found: &[Found], known: &[Known]) -> Result<Vec<Item>> {
        let before = self.before(found);
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::with_capacity(found.len()));
        let failed = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..threads() {
                scope.spawn(|| {
                    const SHARE: usize = 64;
                    let mut own = Vec::new();
                    loop {
                        let start = next.fetch_add(SHARE, Ordering::Relaxed);
                        let end = (start + SHARE).min(found.len());
                        if start >= end {
                            break;
                        }
                        for number in start..end {
                            match self.one(&found[number], before[number], known[number]) {
                                Ok(Some(item)) => own.push((number, item)),
                                Ok(None) => {}
                                Err(error) => {
                                    next.store(found.len(), Ordering::Relaxed);
                                    let mut failed =
                                        failed.lock().unwrap_or_else(PoisonError::into_inner);
                                    *failed = Some(error);
                                    return;
                                }
                            }
                        }
                    }
                    done.lock().unwrap_or_else(PoisonError::into_inner).append(&mut own);
                });
            }
        });
        if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let mut items = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        items.sort_unstable_by_key(|(number, _)| *number);
        let mut items: Vec<Item> = items.into_iter().map(|(_, item)| item).collect();
        link(&mut items);
        Ok(items)
    }

    /// What was read before of each path.
    fn before(&self, found: &[Found]) -> Vec<Option<&Item>> {
        let mut rest = self.previous;
        found
            .iter()
            .map(|found| {
                let skip = rest.iter().take_while(|item| item.path < found.path).count();
                rest = &rest[skip..];
                rest.first().filter(|item| item.path == found.path)
            })
            .collect()
    }

    /// Whether the bytes of an entry are where they are needed.
    fn kept(&self, item: &Item, known: Known) -> bool {
        let in_git = !known.keep
            && item.blob.is_some_and(|blob| blob.exact && Some(blob.oid) == known.tracked);
        self.trusted || in_git || item.entry.hash().is_none_or(|hash| self.sink.has(hash))
    }

    /// One path.
    fn one(&self, found: &Found, before: Option<&Item>, known: Known) -> Result<Option<Item>> {
        if self.touched.is_some_and(|touched| !touched(&found.path)) {
            // It is as it was, whatever became of it in the tree; what came there since is not of
            // the view.
            return Ok(before.map(unlinked));
        }
        if let Some(before) = before
            && before.stat == found.stat
            && before.stat.settled(before.read)
            && matches!(before.entry.kind, Kind::Left { .. }) == known.left.is_some()
            && self.kept(before, known)
        {
            return Ok(Some(unlinked(before)));
        }
        let path = super::on_disk(&self.layout.tree, &found.path);
        for _ in 0..TRIES {
            let read = now();
            let Some(metadata) = super::look(&path)? else { return Ok(None) };
            let stat = Stat::of(&metadata);
            let Some((kind, blob)) = self.kind(&path, &metadata, known)? else { continue };
            let attributes =
                if metadata.is_symlink() { Vec::new() } else { attributes::read(&path) };
            let entry = Entry {
                kind,
                mode: stat.mode & 0o7777,
                owner: stat.owner,
                modified: stat.modified,
                attributes,
            };
            return Ok(Some(Item { path: found.path.clone(), entry, blob, stat, read }));
        }
        Err(CheckpointError::Io {
            path,
            source: std::io::Error::other("it changes faster than it can be read"),
        })
    }

    /// What is at a path; none when it changed meanwhile.
    fn kind(
        &self,
        path: &Path,
        metadata: &Metadata,
        known: Known,
    ) -> Result<Option<(Kind, Option<Blob>)>> {
        let kind = metadata.file_type();
        if kind.is_dir() {
            return Ok(Some((Kind::Folder, None)));
        }
        if kind.is_symlink() {
            let Ok(target) = std::fs::read_link(path) else { return Ok(None) };
            let target = target.as_os_str().as_bytes().to_vec();
            return Ok(Some((Kind::Symlink(target), None)));
        }
        if kind.is_fifo() {
            return Ok(Some((Kind::Pipe, None)));
        }
        if !kind.is_file() {
            return Ok(Some((Kind::Special, None)));
        }
        if let Some(why) = known.left {
            return Ok(Some((Kind::Left { size: metadata.len(), why }, None)));
        }
        let file = match open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                let why = Left::Unreadable;
                return Ok(Some((Kind::Left { size: metadata.len(), why }, None)));
            }
            Err(_) => return Ok(None),
        };
        self.file(file, path, metadata, known)
    }

    fn file(
        &self,
        mut file: File,
        path: &Path,
        metadata: &Metadata,
        known: Known,
    ) -> Result<Option<(Kind, Option<Blob>)>> {
        let io = || CheckpointError::io(path);
        let size = metadata.len();
        let mut name = known.tracked.map(|_| self.layout.blob_name(size));
        let mut bytes = Vec::new();
        let hash = if size <= LARGE {
            bytes.reserve(size as usize + 1);
            file.read_to_end(&mut bytes).map_err(io())?;
            if let Some(name) = &mut name {
                name.update(&bytes);
            }
            ContentHash::of(&bytes)
        } else {
            let mut hasher = blake3::Hasher::new();
            let mut block = vec![0; 1 << 18];
            loop {
                let count = file.read(&mut block).map_err(io())?;
                if count == 0 {
                    break;
                }
                hasher.update(&block[..count]);
                if let Some(name) = &mut name {
                    name.update(&block[..count]);
                }
            }
            ContentHash(*hasher.finalize().as_bytes())
        };
        let unchanged = || {
            let after = file.metadata().ok()?;
            (Stat::of(&after) == Stat::of(metadata)).then_some(())
        };
        if unchanged().is_none() || size <= LARGE && bytes.len() as u64 != size {
            return Ok(None);
        }
        let blob = name
            .map(super::super::git::BlobName::finish)
            .filter(|oid| Some(*oid) == known.tracked)
            .map(|oid| Blob { oid, exact: true });
        if (known.keep || blob.is_none()) && !self.sink.has(hash) {
            if size <= LARGE {
                self.sink.keep(hash, &bytes)?;
            } else {
                let again = open(path).map_err(io())?;
                if self.sink.keep_file(again, path)? != hash {
                    return Ok(None);
                }
            }
        }
        Ok(Some((Kind::File { hash, size, link: None }, blob)))
    }

    /// What is at one path now; none when there is nothing. What is expected there tells which file
    /// it was one with, and whether its bytes were left out.
    pub fn now(&self, path: &[u8], expected: Option<&Entry>) -> Result<Option<Item>> {
        let above = std::iter::successors(super::parent(path), |path| super::parent(path));
        for folder in above.take_while(|folder| !folder.is_empty()) {
            // What is behind a link is not in the tree.
            match super::look(&super::on_disk(&self.layout.tree, folder))? {
                Some(metadata) if metadata.is_dir() => {}
                _ => return Ok(None),
            }
        }
        let file = super::on_disk(&self.layout.tree, path);
        let Some(metadata) = super::look(&file)? else { return Ok(None) };
        let found = Found { path: path.to_vec(), stat: Stat::of(&metadata) };
        let left = expected.and_then(|expected| match expected.kind {
            Kind::Left { size, why }
                if size == found.stat.size && expected.modified == found.stat.modified =>
            {
                Some(why)
            }
            _ => None,
        });
        let links = expected.and_then(|expected| match &expected.kind {
            Kind::File { link, .. } => link.as_deref(),
            _ => None,
        });
        let Some(mut item) = self.one(&found, None, Known { left, ..Known::default() })? else {
            return Ok(None);
        };
        if let (Kind::File { link, .. }, Some(first)) = (&mut item.entry.kind, links)
            && let Ok(other) = std::fs::symlink_metadata(super::on_disk(&self.layout.tree, first))
            && (Stat::of(&other).inode, Stat::of(&other).device)
                == (item.stat.inode, item.stat.device)
            && item.stat.links > 1
        {
            *link = Some(first.to_vec());
        }
        Ok(Some(item))
    }
}

/// Opens a file for reading: not through a link, and without waiting for the other end of a pipe
/// that took its place.
pub fn open(path: &Path) -> std::io::Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

/// Gives the files that are one by hard links the first path among them.
fn link(items: &mut [Item]) {
    let mut first: HashMap<(u64, u64), (usize, bool)> = HashMap::new();
    for number in 0..items.len() {
        let item = &items[number];
        if item.stat.links < 2 || !matches!(item.entry.kind, Kind::File { .. }) {
            continue;
        }
        let inode = (item.stat.device, item.stat.inode);
        let Some((leader, alone)) = first.get_mut(&inode) else {
            first.insert(inode, (number, true));
            continue;
        };
        let (leader, was_alone) = (*leader, std::mem::replace(alone, false));
        let path = items[leader].path.clone();
        let members = if was_alone { vec![leader, number] } else { vec![number] };
        for member in members {
            if let Kind::File { link, .. } = &mut items[member].entry.kind {
                *link = Some(path.clone());
            }
        }
    }
}
