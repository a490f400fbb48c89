//! What can go wrong with sessions.

use super::read::ReadError;
use qf_graph::embed::EmbedError;
use std::path::{Path, PathBuf};

/// A failure.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The folder for sessions is somebody else's, or others may look into it.
    #[error("{} cannot hold sessions: {reason}", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nothing that could be the name of a session.
    #[error(
        "a session cannot be called {name:?}; names have 1 to 60 letters, digits, `-`, `_` and `.`, \
         and begin with a letter or digit"
    )]
    Name {
        /// What was given.
        name: String,
    },
    /// There is no such session.
    #[error("there is no session {name}{}", there_is(known))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Another process loads into it.
    #[error("another qf loads into session {name}")]
    Busy {
        /// The session.
        name: String,
    },
    /// A file of a session is not what was written.
    #[error("session {name} is damaged: {reason}")]
    Damaged {
        /// The session.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A path that is not text cannot be kept in the manifest.
    #[error("{} has a name that is no UTF-8 text", path.display())]
    NotText {
        /// The path.
        path: PathBuf,
    },
    /// It is no file.
    #[error("{} is no file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// There is nothing in it.
    #[error("{} is empty", path.display())]
    Empty {
        /// The path.
        path: PathBuf,
    },
    /// More came from standard input than is kept.
    #[error("standard input has more than {} MB", most / 1_000_000)]
    TooLong {
        /// The limit, in bytes.
        most: u64,
    },
    /// It cannot be read as what it is.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A text could not be embedded.
    #[error(transparent)]
    Embed(#[from] EmbedError),
}

impl SessionError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

fn there_is(known: &[String]) -> String {
    if known.is_empty() {
        return "; there is none at all".to_owned();
    }
    format!("; there is {}", known.join(", "))
}

/// What everything here returns.
pub type Result<T> = std::result::Result<T, SessionError>;
