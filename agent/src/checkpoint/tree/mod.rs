//! A work tree as the file system has it: what it holds, how it is read, how it is written.
//!
//! Nothing here knows git but for the names of its objects. Paths are bytes below the root of the
//! work tree, with `/` between the parts: file systems hold names that are no text.

pub mod attributes;
pub mod entry;
pub mod scan;
pub mod walk;
pub mod write;

use super::error::{CheckpointError, Result};
use std::ffi::OsStr;
use std::fs::{DirEntry, Metadata};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The path on disk of a path below `root`.
pub fn on_disk(root: &Path, path: &[u8]) -> PathBuf {
    if path.is_empty() { root.to_owned() } else { root.join(OsStr::from_bytes(path)) }
}

/// The folder of a path; none of the root.
pub fn parent(path: &[u8]) -> Option<&[u8]> {
    if path.is_empty() {
        return None;
    }
    Some(path.iter().rposition(|&byte| byte == b'/').map_or(&[][..], |slash| &path[..slash]))
}

/// The last part of a path.
pub fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

/// Whether an error says that nothing is there. Any other says that nobody knows what is there:
/// taken for absence, it would be the reason to delete something or to write over it.
pub fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// What the system says of a path itself, also when it is a link; none when nothing is there.
pub fn look(path: &Path) -> Result<Option<Metadata>> {
    present(path, std::fs::symlink_metadata(path))
}

/// The bytes of a file; none when there is no file.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    present(path, std::fs::read(path))
}

/// What is in a folder; nothing when there is no folder.
pub fn entries(folder: &Path) -> Result<Vec<DirEntry>> {
    let all: std::io::Result<Vec<DirEntry>> = std::fs::read_dir(folder).and_then(Iterator::collect);
    Ok(present(folder, all)?.unwrap_or_default())
}

fn present<T>(path: &Path, result: std::io::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(CheckpointError::io(path)(error)),
    }
}

/// A path as people read it.
pub fn shown(path: &[u8]) -> String {
    let text = String::from_utf8_lossy(path);
    if text.chars().any(char::is_control) { text.escape_debug().to_string() } else { text.into() }
}

/// Whether every folder of a path is one, and none a link that leads elsewhere.
pub fn is_inside(root: &Path, path: &[u8]) -> bool {
    std::iter::successors(parent(path), |path| parent(path))
        .take_while(|folder| !folder.is_empty())
        .all(|folder| on_disk(root, folder).symlink_metadata().is_ok_and(|m| m.is_dir()))
}
