//! What a layer holds, as the kernel keeps it (Documentation/filesystems/overlayfs.rst): a file or
//! folder that was written, a character device 0/0 for one that was removed, and an attribute on a
//! folder that hides what the tree has in it.

use rustix::fs::{CWD, FileType, Mode};
use std::collections::BTreeSet;
use std::fs::{DirEntry, Metadata};
use std::io::{Error, ErrorKind, Result};
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
/// them, so they are in nobody's way, and what lands may need them.
pub fn share_objects(upper: &Path, tree: &Path) -> Result<()> {
    let git = Path::new(".git");
    let mut stores = vec![git.join("objects")];
    modules(&upper.join(git).join("modules"), &git.join("modules"), &mut stores)?;
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
        }
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

/// Copies a file with its mode and time, under its name only when it is whole.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let half = to.with_file_name(format!(".{name}.qf-{}", std::process::id()));
    let copied = std::fs::copy(from, &half).and_then(|_| {
        let file = std::fs::File::options().read(true).open(&half)?;
        file.set_modified(std::fs::metadata(from)?.modified()?)?;
        file.sync_all()?;
        std::fs::rename(&half, to)
    });
    if copied.is_err() {
        // Best effort: it is ours.
        let _ = std::fs::remove_file(&half);
    }
    copied
}

/// Makes what is at a path of the tree what it is in the view, as a whole: for what programs make
/// or fetch again, of which no bytes are kept. Nothing when the layer has nothing there.
pub fn carry_over(upper: &Path, tree: &Path, path: &[u8]) -> Result<()> {
    let below = Path::new(std::ffi::OsStr::from_bytes(path));
    let above = below.ancestors().skip(1).take_while(|above| !above.as_os_str().is_empty());
    // A folder that was removed takes what was in it along.
    if above.into_iter().any(|above| {
        std::fs::symlink_metadata(upper.join(above)).is_ok_and(|metadata| is_gone(&metadata))
    }) {
        return clear(&tree.join(below));
    }
    match std::fs::symlink_metadata(upper.join(below)) {
        Ok(_) => carry(&upper.join(below), &tree.join(below)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn clear(path: &Path) -> Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn carry(from: &Path, to: &Path) -> Result<()> {
    let metadata = std::fs::symlink_metadata(from)?;
    if is_gone(&metadata) {
        return clear(to);
    }
    let there = std::fs::symlink_metadata(to).ok();
    if !metadata.is_dir() {
        if there.is_some_and(|there| there.is_dir()) {
            clear(to)?;
        }
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let kind = metadata.file_type();
        return if kind.is_symlink() {
            clear(to)?;
            std::os::unix::fs::symlink(std::fs::read_link(from)?, to)
        } else if kind.is_file() {
            copy(from, to)
        } else if kind.is_fifo() {
            clear(to)?;
            let mode = Mode::from_raw_mode(metadata.mode() & 0o7777);
            rustix::fs::mknodat(CWD, to, FileType::Fifo, mode, 0).map_err(Error::from)
        } else {
            // A socket belongs to whoever listens, and ended with the view.
            Ok(())
        };
    }
    if there.as_ref().is_some_and(|there| !there.is_dir()) {
        clear(to)?;
    }
    std::fs::create_dir_all(to)?;
    let ours = entries(from)?;
    if hides(from) {
        let names: BTreeSet<_> = ours.iter().map(DirEntry::file_name).collect();
        for entry in entries(to)? {
            if !names.contains(&entry.file_name()) {
                clear(&entry.path())?;
            }
        }
    }
    for entry in ours {
        carry(&entry.path(), &to.join(entry.file_name()))?;
    }
    std::fs::set_permissions(to, metadata.permissions())?;
    std::fs::File::open(to)?.set_modified(metadata.modified()?)
}
