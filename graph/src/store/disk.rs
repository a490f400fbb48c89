//! Everything that changes the disk.
//!
//! The store makes folders, writes files atomically and removes them, and nothing else. All of it is
//! here, step by step, so that a test can make each step fail, or be the last one that is done
//! before the process is killed (feature `faults`, which no released program has).

use super::StoreError;
use std::io::{self, Write};
use std::path::Path;

#[cfg(feature = "faults")]
pub mod faults;

/// A step that is about to be done to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Making a folder.
    Folder,
    /// Making a file.
    Create,
    /// Writing the first half of a file's content.
    FirstHalf,
    /// Writing the rest.
    SecondHalf,
    /// Waiting until the content is on the disk.
    Sync,
    /// Giving the file its name.
    Rename,
    /// Waiting until the name is on the disk.
    SyncFolder,
    /// Removing a file.
    Remove,
}

#[cfg(feature = "faults")]
use faults::before;

#[cfg(not(feature = "faults"))]
#[inline]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it may fail")]
fn before(_: Step, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes a folder and those above it.
pub fn create_folder(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    before(Step::Folder, path)
        .and_then(|()| std::fs::create_dir_all(path))
        .map_err(|source| StoreError::Io { path: path.to_owned(), source })
}

/// Gives a file a further name, which may have it already.
pub fn link(from: &Path, to: &Path) -> Result<(), StoreError> {
    let linked = before(Step::Create, to).and_then(|()| std::fs::hard_link(from, to));
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map_err(|source| StoreError::Io { path: to.to_owned(), source }),
    }
}

/// Removes a file.
pub fn remove(path: &Path) -> io::Result<()> {
    before(Step::Remove, path)?;
    std::fs::remove_file(path)
}

/// Writes `bytes` to `path` so that a crash leaves the old file or the new one: temporary file in
/// the same folder, fsync, rename, fsync of the folder.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let io = |source| StoreError::Io { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let written = (|| {
        before(Step::Create, &temporary)?;
        let mut file = std::fs::File::create(&temporary)?;
        let (first, second) = bytes.split_at(bytes.len() / 2);
        for (step, half) in [(Step::FirstHalf, first), (Step::SecondHalf, second)] {
            before(step, &temporary)?;
            file.write_all(half)?;
        }
        before(Step::Sync, &temporary)?;
        file.sync_all()?;
        before(Step::Rename, path)?;
        std::fs::rename(&temporary, path)
    })();
    if let Err(source) = written {
        // Best effort: the temporary file is of no use to anybody.
        let _ = remove(&temporary);
        return Err(io(source));
    }
    #[cfg(unix)]
    before(Step::SyncFolder, folder)
        .and_then(|()| std::fs::File::open(folder)?.sync_all())
        .map_err(io)?;
    Ok(())
}
