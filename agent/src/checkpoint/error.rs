//! What can go wrong with a checkpoint.

use qf_graph::store::StoreError;
use std::path::{Path, PathBuf};

/// A failure. Nothing is half done when one is returned, but for [`CheckpointError::Interrupted`].
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// No git repository is above the folder.
    #[error("{} is in no git repository", path.display())]
    NotARepository {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that is never taken: too much that is nobody's project would be.
    #[error("{} is not taken: {reason}", path.display())]
    Refused {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: &'static str,
    },
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Git, as a library or as a program, refuses.
    #[error("git cannot {what}: {message}")]
    Git {
        /// What was asked of it.
        what: &'static str,
        /// What it says.
        message: String,
    },
    /// Neither the library nor an installed program can read the repository.
    #[error("{} needs the git program, which is not installed: {reason}", path.display())]
    NoProgram {
        /// The repository.
        path: PathBuf,
        /// What the library says of it.
        reason: String,
    },
    /// A file of the store is damaged.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such checkpoint.
    #[error("there is no checkpoint {id}")]
    Unknown {
        /// What was asked for.
        id: String,
    },
    /// Several checkpoints begin like that.
    #[error("{id} may be {}", candidates.join(" or "))]
    Ambiguous {
        /// What was asked for.
        id: String,
        /// What it may mean.
        candidates: Vec<String>,
    },
    /// Another process works with the checkpoints of this work tree.
    #[error("another qf works with the checkpoints of this work tree ({owner})")]
    Busy {
        /// Who: pid and since when.
        owner: String,
    },
    /// Another git is writing the index.
    #[error("another git is at work: {} exists", path.display())]
    IndexLocked {
        /// The lock.
        path: PathBuf,
    },
    /// A restore was stopped in the middle.
    #[error("restoring {id} was interrupted")]
    Interrupted {
        /// Of which checkpoint.
        id: String,
    },
    /// Nothing is interrupted.
    #[error("no restore was interrupted")]
    NotInterrupted,
    /// Storing it would pass the cap.
    #[error("the checkpoint needs at least {needed} bytes, the store may have {cap}")]
    TooLarge {
        /// Bytes that would be stored, as far as that was looked at.
        needed: u64,
        /// The cap.
        cap: u64,
    },
    /// A content that the checkpoint needs is gone.
    #[error("the content of {path} is gone: {reason}")]
    Gone {
        /// Whose content.
        path: String,
        /// Where it was looked for.
        reason: String,
    },
}

impl CheckpointError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn git(what: &'static str) -> impl FnOnce(git2::Error) -> Self {
        move |error| Self::Git { what, message: error.message().to_owned() }
    }
}

impl From<StoreError> for CheckpointError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Io { path, source } => Self::Io { path, source },
            StoreError::Locked { owner } => Self::Busy { owner },
            other => Self::Damaged { path: PathBuf::from("the store"), reason: other.to_string() },
        }
    }
}

/// What everything here returns.
pub type Result<T> = std::result::Result<T, CheckpointError>;
