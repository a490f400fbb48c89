//! One at a time: the lock of a ledger's folder, which ends with the process that holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Why a lock is not to be had.
#[derive(Debug)]
pub enum NoLock {
    /// Another holds it and does not let go.
    Busy {
        /// The lock.
        path: PathBuf,
    },
    /// It cannot be opened.
    Io {
        /// The lock.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Held while nobody else may look or add.
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a folder that is there; waits for so long.
    pub fn take(folder: &Path, most: Duration) -> Result<Self, NoLock> {
        let path = folder.join("lock");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = match options.open(&path) {
            Ok(file) => file,
            Err(source) => return Err(NoLock::Io { path, source }),
        };
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < most => {
                    std::thread::sleep(Duration::from_micros(500));
                }
                Err(TryLockError::WouldBlock) => return Err(NoLock::Busy { path }),
                Err(TryLockError::Error(source)) => return Err(NoLock::Io { path, source }),
            }
        }
    }

    /// Takes the lock in order to read; none where nobody can write: no folder, a copy on a medium
    /// for reading only, the ledger of somebody else.
    pub fn take_to_read(folder: &Path, most: Duration) -> Result<Option<Self>, NoLock> {
        match Self::take(folder, most) {
            Ok(lock) => Ok(Some(lock)),
            Err(NoLock::Io { source, .. })
                if matches!(
                    source.kind(),
                    ErrorKind::NotFound
                        | ErrorKind::PermissionDenied
                        | ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
