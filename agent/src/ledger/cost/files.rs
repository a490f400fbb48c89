//! Where the cost ledger is, and the lock on it.
//!
//! ```text
//! $QF_HOME/prices.toml      prices of the user's own, which win
//! $QF_HOME/cost/
//!     ledger.jsonl          what was reserved, committed and released, one event a line
//!     budgets.toml          how much may be spent
//!     lock                  held while one looks what was spent and adds a line
//! ```

use super::error::{CostError, Result};
use qf_graph::store::Home;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long the lock is waited for; it is held for one line, but many may wait for their turn.
const WAIT: Duration = Duration::from_secs(30);

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The folder.
    pub folder: PathBuf,
    /// The ledger.
    pub ledger: PathBuf,
    /// The budgets.
    pub budgets: PathBuf,
}

impl Places {
    /// Those below a home.
    pub fn of(home: &Home) -> Self {
        let folder = home.folder().join("cost");
        let (ledger, budgets) = (folder.join("ledger.jsonl"), folder.join("budgets.toml"));
        Self { folder, ledger, budgets }
    }
}

/// Held while nobody else may look or add.
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock; the folder is there.
    pub fn take(places: &Places) -> Result<Self> {
        let path = places.folder.join("lock");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(CostError::io(&path))?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < WAIT => {
                    std::thread::sleep(Duration::from_micros(500));
                }
                Err(TryLockError::WouldBlock) => return Err(CostError::Busy { path }),
                Err(TryLockError::Error(source)) => return Err(CostError::Io { path, source }),
            }
        }
    }

    /// Takes the lock in order to read; none where nobody can write: no folder, a copy on a medium
    /// for reading only, the ledger of somebody else.
    pub fn take_to_read(places: &Places) -> Result<Option<Self>> {
        match Self::take(places) {
            Ok(lock) => Ok(Some(lock)),
            Err(CostError::Io { source, .. })
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
