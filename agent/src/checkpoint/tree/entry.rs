//! One thing in a work tree, in full: what a checkpoint remembers of it and compares.

use serde::{Deserialize, Serialize};

/// BLAKE3 of a file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// That of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// In hexadecimal digits.
    pub fn to_hex(self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }
}

/// The name of a git object: 20 bytes, or 32 in repositories of the newer format.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Oid {
    length: u8,
    bytes: [u8; 32],
}

impl Oid {
    /// From its bytes; none when there are neither 20 nor 32.
    pub fn from_bytes(name: &[u8]) -> Option<Self> {
        (name.len() == 20 || name.len() == 32).then(|| Self::of_digest(name))
    }

    /// From a digest of at most 32 bytes.
    pub(crate) fn of_digest(digest: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes[..digest.len()].copy_from_slice(digest);
        Self { length: digest.len() as u8, bytes }
    }

    /// From hexadecimal digits.
    pub fn from_hex(digits: &[u8]) -> Option<Self> {
        let nibble = |digit: u8| (digit as char).to_digit(16).map(|value| value as u8);
        if !digits.len().is_multiple_of(2) {
            return None;
        }
        let bytes: Option<Vec<u8>> = digits
            .chunks_exact(2)
            .map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?))
            .collect();
        Self::from_bytes(&bytes?)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// Whether it is all zeros, which names nothing.
    pub fn is_zero(&self) -> bool {
        self.bytes == [0; 32]
    }
}

impl std::fmt::Display for Oid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Oid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// What git has of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// The object that stands for the file, after filters.
    pub oid: Oid,
    /// Whether the object has the very bytes of the file.
    pub exact: bool,
}

/// Why the content of a file is not in a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Left {
    /// An ignored file above the limit of one file.
    Large,
    /// Ignored files above the limit of all.
    Many,
    /// The system does not let it be read.
    Unreadable,
}

/// What kind of thing it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A file with these bytes.
    File {
        /// Of its bytes.
        hash: ContentHash,
        /// How many.
        size: u64,
        /// The first path of the files that are one by hard links; none when it stands alone.
        link: Option<Vec<u8>>,
    },
    /// A file whose bytes are not kept.
    Left {
        /// How many it has.
        size: u64,
        /// Why not.
        why: Left,
    },
    /// A symbolic link to this path.
    Symlink(Vec<u8>),
    /// A folder.
    Folder,
    /// A named pipe.
    Pipe,
    /// A socket or a device, which is noticed and left alone.
    Special,
}

/// One thing in a work tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// The user and the group that own it.
    pub owner: (u32, u32),
    /// Time of the last change, in nanoseconds since 1970.
    pub modified: i64,
    /// Extended attributes, sorted by name.
    pub attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Entry {
    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.kind == Kind::Folder
    }

    /// The hash of its bytes, when it is a file whose bytes are kept.
    pub fn hash(&self) -> Option<ContentHash> {
        match self.kind {
            Kind::File { hash, .. } => Some(hash),
            _ => None,
        }
    }

    /// Whether it is the same but for its time: touching a file changes nothing that can be lost.
    pub fn same(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.mode == other.mode
            && self.owner == other.owner
            && self.attributes == other.attributes
    }
}

/// Whether two states of one path are the same but for times.
pub fn same(a: Option<&Entry>, b: Option<&Entry>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => a.same(b),
        _ => false,
    }
}

/// What tells without reading it that a file is the one that was read before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stat {
    /// Device.
    pub device: u64,
    /// Inode.
    pub inode: u64,
    /// Time of the last change of the inode, in nanoseconds.
    pub changed: i64,
    /// Time of the last change of the content.
    pub modified: i64,
    /// Bytes.
    pub size: u64,
    /// Type and permission bits.
    pub mode: u32,
    /// Names that the inode has.
    pub links: u64,
    /// User and group.
    pub owner: (u32, u32),
}

impl Stat {
    /// From what the system says.
    pub fn of(metadata: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        let nanoseconds =
            |seconds: i64, rest: i64| seconds.saturating_mul(SECOND).saturating_add(rest);
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            size: metadata.len(),
            mode: metadata.mode(),
            links: metadata.nlink(),
            owner: (metadata.uid(), metadata.gid()),
        }
    }

    /// Whether the content was last changed well before `time`. A file that is written in the same
    /// tick of the clock as it was read may be written again without showing it; times in whole
    /// seconds come from a file system whose clock has ticks of one or two.
    pub fn settled(&self, time: i64) -> bool {
        const TICK: i64 = 20_000_000;
        let coarse = self.changed % SECOND == 0 && self.modified % SECOND == 0;
        let tick = if coarse { 2 * SECOND } else { TICK };
        self.changed.max(self.modified).saturating_add(tick) < time
    }
}

/// In nanoseconds.
const SECOND: i64 = 1_000_000_000;

/// Nanoseconds since 1970.
pub fn now() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |now| now.as_nanos() as i64)
}

/// A path, what is there, and how to tell that it is still there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Below the root of the work tree.
    pub path: Vec<u8>,
    /// What is there.
    pub entry: Entry,
    /// What git has of it.
    pub blob: Option<Blob>,
    /// How to tell that it is unchanged.
    pub stat: Stat,
    /// When it was read.
    pub read: i64,
}

#[cfg(test)]
mod tests {
    use super::{SECOND, Stat};

    #[test]
    fn what_was_written_in_the_same_tick_is_not_settled() {
        let stat = |changed: i64, modified: i64| Stat {
            device: 1,
            inode: 1,
            changed,
            modified,
            size: 0,
            mode: 0,
            links: 1,
            owner: (0, 0),
        };
        let fine = stat(5 * SECOND + 1, 5 * SECOND);
        assert!(!fine.settled(5 * SECOND + 10_000_000));
        assert!(fine.settled(5 * SECOND + 30_000_000));
        let coarse = stat(5 * SECOND, 5 * SECOND);
        assert!(!coarse.settled(6 * SECOND + 30_000_000));
        assert!(coarse.settled(7 * SECOND + 1));
        assert!(!stat(i64::MAX, 0).settled(i64::MAX));
    }
}
