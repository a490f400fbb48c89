//! What can go wrong with the audit log.
//!
//! Nothing is swallowed: work whose record cannot be written must be able to stop. Faults that are
//! found in what was written long ago are no errors but the result of looking
//! ([`super::verify::Problem`]).

use super::canonical::NotCanonical;
use crate::ledger::lock::NoLock;
use qf_graph::store::StoreError;
use std::path::{Path, PathBuf};

/// A failure.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
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
    /// A file is damaged, and nothing can be added to it.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A record that cannot be written as it is.
    #[error("this is no record: {reason}")]
    Unfit {
        /// What is wrong with it.
        reason: String,
    },
    /// A record that is too long.
    #[error("a record of {bytes} bytes is too long, at most {most} are written")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// How long it may be.
        most: usize,
    },
    /// The key that signed the heads is gone; with a new one nobody could tell who signed.
    #[error("the key that signs the audit log is gone: {}", path.display())]
    KeyLost {
        /// Where it was.
        path: PathBuf,
    },
    /// The record is written, but the head that was due after it is not signed.
    #[error("record {seq} is written, but its head is not signed: {source}")]
    NotSigned {
        /// The record.
        seq: u64,
        /// Why.
        source: Box<AuditError>,
    },
    /// A log that does not verify is not pruned: it is evidence.
    #[error("the audit log does not verify: {problem}")]
    NotWhole {
        /// The first problem.
        problem: String,
    },
    /// No record is within a range.
    #[error("there is no record {}", range(*from, *to))]
    NoRecords {
        /// Its first.
        from: u64,
        /// Its last.
        to: u64,
    },
}

fn range(from: u64, to: u64) -> String {
    if to == u64::MAX { format!("{from} or later") } else { format!("from {from} to {to}") }
}

impl AuditError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn damaged(path: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.into() }
    }

    pub(crate) fn unfit(reason: impl Into<String>) -> Self {
        Self::Unfit { reason: reason.into() }
    }
}

impl From<NotCanonical> for AuditError {
    fn from(error: NotCanonical) -> Self {
        Self::unfit(error.to_string())
    }
}

impl From<StoreError> for AuditError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Io { path, source } => Self::Io { path, source },
            other => Self::Damaged { path: PathBuf::from("the store"), reason: other.to_string() },
        }
    }
}

/// What everything here returns.
pub type Result<T> = std::result::Result<T, AuditError>;

impl From<NoLock> for AuditError {
    fn from(error: NoLock) -> Self {
        match error {
            NoLock::Busy { path } => Self::Busy { path },
            NoLock::Io { path, source } => Self::Io { path, source },
        }
    }
}
