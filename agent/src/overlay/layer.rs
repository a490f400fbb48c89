//! What a layer holds, as the kernel keeps it (Documentation/filesystems/overlayfs.rst): a file or
//! folder that was written, a character device 0/0 for one that was removed, and an attribute on a
//! folder that hides what the tree has in it.

use crate::checkpoint::tree::shown;
use rustix::fs::{CWD, FileType, Mode};
use std::collections::BTreeSet;
use std::fs::{DirEntry, Metadata};
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What a layer touches.
#[derive(Debug, Default)]
pub struct Touched {
    paths: BTreeSet<Vec<u8>>,
    /// Paths below which everything is touched.
    whole: BTreeSet<Vec<u8>>,
}

impl Touched {
    /// What is in a layer.
    pub fn of(upper: &Path) -> Result<Self> {
        let mut touched = Self::default();
        touched.paths.insert(Vec::new());
        touched.look(upper, &[])?;
        Ok(touched)
    }

    fn look(&mut self, folder: &Path, below: &[u8]) -> Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let mut path = below.to_vec();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(entry.file_name().as_bytes());
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                if hides(&entry.path()) {
                    self.whole.insert(path.clone());
                }
                self.look(&entry.path(), &path)?;
            } else {
                // A folder may have been there before.
                self.whole.insert(path.clone());
            }
            self.paths.insert(path);
        }
        Ok(())
    }

    /// Whether a path is another in the view than in the tree.
    pub fn has(&self, path: &[u8]) -> bool {
        if self.paths.contains(path) {
            return true;
        }
        let above = std::iter::successors(Some(path), |path| {
            path.iter().rposition(|&byte| byte == b'/').map(|at| &path[..at])
        });
        above.skip(1).any(|folder| self.whole.contains(folder))
    }

    /// Whether nothing but the root is touched.
    pub fn is_empty(&self) -> bool {
        self.paths.len() <= 1
    }
}

/// Whether something of a layer stands for what was removed.
fn is_gone(metadata: &Metadata) -> bool {
    metadata.file_type().is_char_device() && metadata.rdev() == 0
}

/// Whether a folder hides what the tree has in it.
fn hides(folder: &Path) -> bool {
    ["trusted.overlay.opaque", "user.overlay.opaque"].iter().any(|name| {
        let mut value = [0_u8; 8];
        matches!(rustix::fs::lgetxattr(folder, *name, &mut value[..]), Ok(1) if value[0] == b'y')
    })
}

/// Removes a folder and everything in it, also folders that nobody may enter; nothing when there is
/// none.
pub fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            open_up(folder);
            std::fs::remove_dir_all(folder)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The kernel's own working folder has no rights at all.
fn open_up(folder: &Path) {
    let Ok(metadata) = std::fs::symlink_metadata(folder) else { return };
    if !metadata.is_dir() {
        return;
    }
    // Best effort: what cannot be entered is said by whoever removes it.
    let _ = std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700));
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        open_up(&entry.path());
    }
}

/// Copies what git stored in a layer to the tree's repositories: objects are named by what is in
/// them, so they are in nobody's way, and what lands may need them. Says whether there were any.
pub fn share_objects(upper: &Path, tree: &Path) -> Result<bool> {
    let git = Path::new(".git");
    let mut stores: Vec<PathBuf> =
        ["objects", "lfs/objects", "annex/objects"].iter().map(|store| git.join(store)).collect();
    modules(&upper.join(git).join("modules"), &git.join("modules"), &mut stores)?;
    let mut any = false;
    for store in stores {
        let mut files = Vec::new();
        objects(&upper.join(&store), &mut files)?;
        // A pack is one that its list names, so the list comes last.
        files.sort_by_key(|file| (file.extension().is_some_and(|e| e == "idx"), file.clone()));
        for file in files {
            let Ok(below) = file.strip_prefix(upper) else { continue };
            let to = tree.join(below);
            if to.symlink_metadata().is_ok() {
                continue;
            }
            if let Some(folder) = to.parent() {
                std::fs::create_dir_all(folder)?;
            }
            copy(&file, &to)?;
            any = true;
        }
    }
    Ok(any)
}

/// What a layer has behind the end of each of git's logs in the tree: what was done in the view.
pub fn log_lines(upper: &Path, tree: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let logs = Path::new(".git/logs");
    let mut files = Vec::new();
    objects(&upper.join(logs), &mut files)?;
    let mut lines = Vec::new();
    for file in files {
        let Ok(below) = file.strip_prefix(upper) else { continue };
        let ours = std::fs::read(&file)?;
        let theirs = std::fs::read(tree.join(below)).unwrap_or_default();
        // Where somebody else wrote to it meanwhile, what lands says that it did.
        if let Some(new) = ours.strip_prefix(&theirs[..]).filter(|new| !new.is_empty()) {
            lines.push((tree.join(below), new.to_vec()));
        }
    }
    Ok(lines)
}

/// Adds lines to logs.
pub fn add_lines(lines: &[(PathBuf, Vec<u8>)]) -> Result<()> {
    for (path, new) in lines {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::File::options().append(true).create(true).open(path)?.write_all(new)?;
    }
    Ok(())
}

/// The stores of submodules, at any depth.
fn modules(folder: &Path, below: &Path, stores: &mut Vec<PathBuf>) -> Result<()> {
    for entry in entries(folder)? {
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let name = entry.file_name();
        if name == "objects" {
            stores.push(below.join(name));
        } else {
            modules(&entry.path(), &below.join(name), stores)?;
        }
    }
    Ok(())
}

fn objects(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in entries(folder)? {
        let kind = entry.file_type()?;
        if kind.is_dir() {
            objects(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// What is in a folder, by name; nothing when there is none.
fn entries(folder: &Path) -> Result<Vec<DirEntry>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => {
            let mut entries = entries.collect::<Result<Vec<_>>>()?;
            entries.sort_by_key(DirEntry::file_name);
            Ok(entries)
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

/// Copies a file with its mode and time, under its name only when it is whole. Whoever needs it on
/// the disk waits for that once for all.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let half = to.with_file_name(format!(".{name}.qf-{}", std::process::id()));
    let copied = std::fs::copy(from, &half).and_then(|_| {
        let file = std::fs::File::options().read(true).open(&half)?;
        file.set_modified(std::fs::metadata(from)?.modified()?)?;
        std::fs::rename(&half, to)
    });
    if copied.is_err() {
        // Best effort: it is ours.
        let _ = std::fs::remove_file(&half);
    }
    copied
}

/// Brings along what no bytes are kept of: what programs make or fetch again, and large ignored
/// files.
pub struct Carrier<'a> {
    /// The layer.
    pub upper: &'a Path,
    /// The tree.
    pub tree: &'a Path,
    /// What was changed in the tree after this time, in nanoseconds since 1970, is somebody else's.
    pub since: i64,
    /// What was left as it is, and why.
    pub left: Vec<String>,
}

impl Carrier<'_> {
    /// Makes what is at a path of the tree what it is in the view. Nothing when the layer has
    /// nothing there.
    pub fn carry(&mut self, path: &[u8]) {
        let below = Path::new(std::ffi::OsStr::from_bytes(path));
        let to = self.tree.join(below);
        let mut whole = false;
        for above in below.ancestors().skip(1).take_while(|it| !it.as_os_str().is_empty()) {
            match std::fs::symlink_metadata(self.upper.join(above)) {
                // What it was in is gone, or something else.
                Ok(metadata) if !metadata.is_dir() => return self.clear(&to),
                Ok(_) => whole |= hides(&self.upper.join(above)),
                Err(_) => {}
            }
        }
        match std::fs::symlink_metadata(self.upper.join(below)) {
            Ok(metadata) => self.item(&self.upper.join(below), &metadata, &to, whole),
            Err(error) if error.kind() == ErrorKind::NotFound && whole => self.clear(&to),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => self.leave(&to, &error.to_string()),
        }
    }

    fn leave(&mut self, path: &Path, why: &str) {
        let path = path.strip_prefix(self.tree).unwrap_or(path);
        self.left.push(format!("{} ({why})", shown(path.as_os_str().as_bytes())));
    }

    /// Whether somebody changed what is there since; then it stays.
    fn is_others(&mut self, path: &Path, there: &Metadata) -> bool {
        let changed =
            there.ctime().saturating_mul(1_000_000_000).saturating_add(there.ctime_nsec());
        let others = !there.is_dir() && changed > self.since;
        if others {
            self.leave(path, "it was changed meanwhile, and its bytes are not kept");
        }
        others
    }

    /// Removes what is there, but for what somebody changed since.
    fn clear(&mut self, path: &Path) {
        let Ok(there) = std::fs::symlink_metadata(path) else { return };
        if !there.is_dir() {
            if !self.is_others(path, &there)
                && let Err(error) = std::fs::remove_file(path)
            {
                self.leave(path, &error.to_string());
            }
            return;
        }
        open_folder(path, &there);
        match entries(path) {
            Ok(entries) => entries.iter().for_each(|entry| self.clear(&entry.path())),
            Err(error) => return self.leave(path, &error.to_string()),
        }
        // What was left in it has been said.
        let _ = std::fs::remove_dir(path);
    }

    /// `whole`: what the tree has there and the layer has not is gone.
    fn item(&mut self, from: &Path, metadata: &Metadata, to: &Path, whole: bool) {
        if is_gone(metadata) {
            return self.clear(to);
        }
        let there = std::fs::symlink_metadata(to).ok();
        if metadata.is_dir() {
            return self.folder(from, metadata, to, whole || !there.is_some_and(|it| it.is_dir()));
        }
        if let Some(there) = &there {
            let same = there.is_file()
                && there.len() == metadata.len()
                && there.mtime_nsec() == metadata.mtime_nsec()
                && there.mtime() == metadata.mtime();
            // It was brought along before.
            if same || self.is_others(to, there) {
                return;
            }
            if there.is_dir() || !metadata.is_file() {
                self.clear(to);
            }
        }
        if let Err(error) = place(from, metadata, to) {
            self.leave(to, &error.to_string());
        }
    }

    fn folder(&mut self, from: &Path, metadata: &Metadata, to: &Path, whole: bool) {
        let whole = whole || hides(from);
        if let Ok(there) = std::fs::symlink_metadata(to) {
            if there.is_dir() {
                open_folder(to, &there);
            } else {
                self.clear(to);
            }
        }
        let (ours, theirs) =
            match std::fs::create_dir_all(to).and_then(|()| Ok((entries(from)?, entries(to)?))) {
                Ok(both) => both,
                Err(error) => return self.leave(to, &error.to_string()),
            };
        if whole {
            let names: BTreeSet<_> = ours.iter().map(DirEntry::file_name).collect();
            for entry in theirs.iter().filter(|entry| !names.contains(&entry.file_name())) {
                self.clear(&entry.path());
            }
        }
        for entry in &ours {
            match entry.metadata() {
                Ok(inner) => self.item(&entry.path(), &inner, &to.join(entry.file_name()), whole),
                Err(error) => self.leave(&to.join(entry.file_name()), &error.to_string()),
            }
        }
        let set = std::fs::File::open(to).and_then(|folder| {
            folder.set_modified(metadata.modified()?)?;
            std::fs::set_permissions(to, metadata.permissions())
        });
        if let Err(error) = set {
            self.leave(to, &error.to_string());
        }
    }
}

/// Lets its owner write in a folder; what it is to have it gets in the end.
fn open_folder(path: &Path, there: &Metadata) {
    let mode = there.permissions().mode() & 0o7777;
    if mode & 0o700 != 0o700 {
        // Best effort: what cannot be written is said.
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode | 0o700));
    }
}

/// Puts a copy of something that is no folder at a path.
fn place(from: &Path, metadata: &Metadata, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let kind = metadata.file_type();
    if kind.is_symlink() {
        std::os::unix::fs::symlink(std::fs::read_link(from)?, to)
    } else if kind.is_file() {
        copy(from, to)
    } else if kind.is_fifo() {
        let mode = Mode::from_raw_mode(metadata.mode() & 0o7777);
        rustix::fs::mknodat(CWD, to, FileType::Fifo, mode, 0).map_err(Error::from)
    } else {
        // A socket belongs to whoever listens, and ended with the view.
        Ok(())
    }
}
