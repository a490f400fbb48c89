//! What can go wrong with the cost ledger.
//!
//! A call whose cost cannot be written down, or held against the budgets, must not be made: so
//! everything here is an error, and none of them lets a call through.

use super::budget::{Refusal, Scope};
use super::prices::Unpriced;
use super::usage::UsageError;
use crate::ledger::lock::NoLock;
use qf_graph::store::StoreError;
use std::path::{Path, PathBuf};

/// A failure.
#[derive(Debug, thiserror::Error)]
pub enum CostError {
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another process holds the lock and does not let go.
    #[error("another program holds {}", path.display())]
    Busy {
        /// The lock.
        path: PathBuf,
    },
    /// A line of the ledger is damaged, and what was spent is not known.
    #[error("{} line {line} is damaged: {reason}", path.display())]
    Damaged {
        /// The ledger.
        path: PathBuf,
        /// From 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A table of prices or budgets cannot be read.
    #[error("{}: {reason}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The call would pass a budget.
    #[error("{0}")]
    Budget(Box<Refusal>),
    /// There is a budget in money, and what the call costs is not known.
    #[error("{source}, and there is a budget of {scope} in money")]
    Unpriced {
        /// Whose budget.
        scope: Scope,
        /// What is not known.
        source: Unpriced,
    },
    /// Work makes calls of its own, there is a budget, and nobody said how much it may take.
    #[error("there is a budget of {scope}, and it is not said how much the work may take at most")]
    Unstated {
        /// Whose budget.
        scope: Scope,
    },
    /// Tokens that no call has.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// No reservation is open by that name.
    #[error("no reservation is open as `{id}`")]
    NotOpen {
        /// The name.
        id: String,
    },
}

impl CostError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn table(path: &Path, reason: impl Into<String>) -> Self {
        Self::Table { path: path.to_owned(), reason: reason.into() }
    }
}

impl From<StoreError> for CostError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Io { path, source } => Self::Io { path, source },
            other => Self::Table { path: PathBuf::from("the store"), reason: other.to_string() },
        }
    }
}

/// What everything here returns.
pub type Result<T> = std::result::Result<T, CostError>;

impl From<NoLock> for CostError {
    fn from(error: NoLock) -> Self {
        match error {
            NoLock::Busy { path } => Self::Busy { path },
            NoLock::Io { path, source } => Self::Io { path, source },
        }
    }
}
