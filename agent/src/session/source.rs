//! A loaded file as it was: its texts are read from it when a question is asked, so it must be known
//! whether it still is the file that was read.
//!
//! Logs grow: what was loaded is then still where it was. A rotated log is another file behind the
//! same name, and an editor writes a new one. The inode tells the second from the first, but a file
//! can also be written over in place. So where the time of the last change is another, the text is
//! compared by a hash, which was made while it was read. Of a text that is too long to be read again
//! for a question, the hash is of the first and the last bytes only, and is believed only where the
//! file has grown: who writes a file over in its full length seldom means to add to it.

use blake3::Hasher;
use serde::{Deserialize, Serialize};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

/// How many bytes are hashed at either end.
const SAMPLE: u64 = 4096;
/// Most bytes that are hashed as a whole.
pub const WHOLE: u64 = 64 << 20;
/// Bytes that are read at once for that.
const BLOCK: u64 = 1 << 20;

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
    /// Hash of all bytes; none where there are more than [`WHOLE`].
    pub whole: Option<String>,
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
    /// Remembers the first `size` bytes of an open file, which had this metadata before they were
    /// read: what was changed meanwhile is then seen. `whole` has hashed them; where nothing has,
    /// they are read.
    pub fn of(
        file: &File,
        metadata: &Metadata,
        size: u64,
        whole: Option<Hasher>,
    ) -> io::Result<Self> {
        let whole = match whole {
            Some(hasher) => Some(text(&hasher)),
            None if size <= WHOLE => Some(all(file, size)?),
            None => None,
        };
        Ok(Self {
            size,
            modified: modified(metadata),
            inode: metadata.ino(),
            device: metadata.dev(),
            sample: sample(file, size)?,
            whole,
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
            let grown = metadata.len() > self.size;
            if !grown && modified(&metadata) == self.modified {
                return Ok(State::Same);
            }
            Ok(match (self.holds(&file, grown)?, grown) {
                (false, _) => State::Changed,
                (true, false) => State::Same,
                (true, true) => State::Grown,
            })
        };
        look().unwrap_or(State::Gone)
    }

    /// Whether a file still begins with the bytes that were read.
    fn holds(&self, file: &File, grown: bool) -> io::Result<bool> {
        if sample(file, self.size)? != self.sample {
            return Ok(false);
        }
        match &self.whole {
            Some(whole) => Ok(all(file, self.size)? == *whole),
            None => Ok(grown),
        }
    }
}

fn modified(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}

/// The hash of the first and the last bytes of the first `size`.
fn sample(file: &File, size: u64) -> io::Result<String> {
    let mut hasher = Hasher::new();
    let length = size.min(SAMPLE);
    let mut bytes = vec![0; length as usize];
    for at in [0, size - length] {
        file.read_exact_at(&mut bytes, at)?;
        hasher.update(&bytes);
    }
    Ok(text(&hasher))
}

/// The hash of the first `size` bytes.
fn all(file: &File, size: u64) -> io::Result<String> {
    let mut hasher = Hasher::new();
    let mut bytes = vec![0; size.min(BLOCK) as usize];
    let mut at = 0;
    while at < size {
        let next = &mut bytes[..(size - at).min(BLOCK) as usize];
        file.read_exact_at(next, at)?;
        hasher.update(next);
        at += next.len() as u64;
    }
    Ok(text(&hasher))
}

fn text(hasher: &Hasher) -> String {
    hasher.finalize().to_hex()[..32].to_owned()
}
