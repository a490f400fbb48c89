//! A loaded file as it was: its texts are read from it when a question is asked, so it must be known
//! whether it still is the file that was read.
//!
//! Logs grow: what was loaded is then still where it was. A rotated log is another file behind the
//! same name, and an editor writes a new one. The inode tells the second from the first, but a file
//! can also be written over in place; so a hash is kept of the first and of the last bytes that were
//! read. Reading all of it again to be sure would take as long as loading it.

use serde::{Deserialize, Serialize};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

/// How many bytes are hashed at either end.
const SAMPLE: u64 = 4096;

/// What was remembered of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its length in bytes, as far as it was read.
    pub size: u64,
    /// When it was changed, in nanoseconds since 1970.
    pub modified: i64,
    /// Its inode.
    pub inode: u64,
    /// The device of that.
    pub device: u64,
    /// Hash of the first and last bytes.
    pub sample: String,
}

/// What became of a file since it was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing.
    Same,
    /// Something was added at its end.
    Grown,
    /// It is another file now, or has another content.
    Changed,
    /// It is not there, or cannot be read.
    Gone,
}

impl State {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            State::Same => "same",
            State::Grown => "grown",
            State::Changed => "changed",
            State::Gone => "gone",
        }
    }

    /// Whether the bytes that were loaded are still where they were.
    pub fn holds(self) -> bool {
        matches!(self, State::Same | State::Grown)
    }
}

impl Origin {
    /// Remembers the first `size` bytes of an open file.
    pub fn of(file: &File, size: u64) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            size,
            modified: modified(&metadata),
            inode: metadata.ino(),
            device: metadata.dev(),
            sample: sample(file, size)?,
        })
    }

    /// What became of the file at a path.
    pub fn state(&self, path: &Path) -> State {
        let look = || -> io::Result<State> {
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            let same_file = metadata.ino() == self.inode && metadata.dev() == self.device;
            if !same_file || metadata.len() < self.size {
                return Ok(State::Changed);
            }
            if metadata.len() == self.size && modified(&metadata) == self.modified {
                return Ok(State::Same);
            }
            if sample(&file, self.size)? != self.sample {
                return Ok(State::Changed);
            }
            Ok(if metadata.len() == self.size { State::Same } else { State::Grown })
        };
        look().unwrap_or(State::Gone)
    }
}

fn modified(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}

/// The hash of the first and the last bytes of the first `size`.
fn sample(file: &File, size: u64) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    let length = size.min(SAMPLE);
    let mut bytes = vec![0; length as usize];
    for at in [0, size - length] {
        file.read_exact_at(&mut bytes, at)?;
        hasher.update(&bytes);
    }
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}
