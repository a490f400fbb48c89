//! A work tree as the file system has it: what it holds, how it is read, how it is written.
//!
//! Nothing here knows git but for the names of its objects. Paths are bytes below the root of the
//! work tree, with `/` between the parts: file systems hold names that are no text.

pub mod attributes;
pub mod entry;
pub mod scan;
pub mod walk;
pub mod write;

use std::ffi::OsStr;
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
