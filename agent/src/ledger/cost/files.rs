//! Where the cost ledger is, and the lock on it.
//!
//! ```text
//! $QF_HOME/prices.toml      prices of the user's own, which win
//! $QF_HOME/cost/
//!     ledger.jsonl          what was reserved, committed and released, one event a line
//!     budgets.toml          how much may be spent
//!     lock                  held while one looks what was spent and adds a line
//! ```

use super::error::Result;
use crate::ledger::lock::Lock;
use qf_graph::store::Home;
use std::path::PathBuf;
use std::time::Duration;

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

/// Takes the lock; the folder is there.
pub fn lock(places: &Places) -> Result<Lock> {
    Ok(Lock::take(&places.folder, WAIT)?)
}

/// Takes the lock in order to read; none where nobody can write.
pub fn lock_to_read(places: &Places) -> Result<Option<Lock>> {
    Ok(Lock::take_to_read(&places.folder, WAIT)?)
}
