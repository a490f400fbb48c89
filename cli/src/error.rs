//! What went wrong, for a person: one type at the edge of the program.
//!
//! Libraries return precise errors; here each becomes a message that says what happened and where,
//! hints that say what to do next, and an exit code that scripts can rely on.

use qf_graph::embed::EmbedError;
use qf_graph::store::StoreError;
use qf_indexer::revision::RevisionError;
use qf_indexer::run::IndexError;
use qf_indexer::scip::ReadError;
use std::io::ErrorKind as IoKind;

/// What a command came to, when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Found or done: exit code 0.
    Done,
    /// Nothing was found: exit code 1.
    NothingFound,
    /// Done in part, or something is damaged: exit code 3.
    Partial,
}

impl Outcome {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Outcome::Done => 0,
            Outcome::NothingFound => 1,
            Outcome::Partial => 3,
        }
    }

    /// Done when there is something, else nothing found.
    pub fn found(any: bool) -> Self {
        if any { Outcome::Done } else { Outcome::NothingFound }
    }
}

/// What kind of failure it is; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Usage or input: exit code 2.
    Input,
    /// The store is damaged or in conflict: exit code 3.
    Conflict,
    /// Whoever read our output went away: not a failure, exit code 0, nothing is said.
    ClosedOutput,
}

/// A failure with what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CommandError {
    /// Decides the exit code.
    pub kind: ErrorKind,
    /// What happened, where.
    pub message: String,
    /// What to do next, a line each.
    pub hints: Vec<String>,
}

impl CommandError {
    /// Wrong usage or input.
    pub fn input(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Input, message: message.into(), hints: Vec::new() }
    }

    /// Damage or conflict.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Conflict, message: message.into(), hints: Vec::new() }
    }

    /// Adds a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        match self.kind {
            ErrorKind::Input => 2,
            ErrorKind::Conflict => 3,
            ErrorKind::ClosedOutput => 0,
        }
    }
}

impl From<std::io::Error> for CommandError {
    fn from(error: std::io::Error) -> Self {
        let kind = match error.kind() {
            IoKind::BrokenPipe => ErrorKind::ClosedOutput,
            _ => ErrorKind::Input,
        };
        Self { kind, message: error.to_string(), hints: Vec::new() }
    }
}

impl From<serde_json::Error> for CommandError {
    fn from(error: serde_json::Error) -> Self {
        std::io::Error::from(error).into()
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match error {
            StoreError::Io { .. } => Self::input(message),
            // Without the manifest nobody knows what was indexed: that is for a person to decide.
            StoreError::Damaged { path, .. } | StoreError::Version { path, .. }
                if path.ends_with("manifest.json") =>
            {
                Self::conflict(message).hint(format!(
                    "remove {} and index your repositories again; sources are never touched",
                    path.display()
                ))
            }
            StoreError::Damaged { .. } => Self::conflict(message)
                .hint("`qf check` lists what is damaged; `qf index PATH` writes it again"),
            StoreError::Version { .. } => {
                Self::conflict(message).hint("`qf index PATH` writes it in this qf's format")
            }
            StoreError::NoIndex { .. } => {
                Self::input(message).hint("`qf index PATH` makes one; `--home DIR` names another")
            }
            StoreError::Locked { .. } => Self::input(message)
                .hint("`qf status` shows who holds the lock; `--wait` waits for it"),
        }
    }
}

impl From<EmbedError> for CommandError {
    fn from(error: EmbedError) -> Self {
        Self::input(error.message).hint(error.hint)
    }
}

impl From<RevisionError> for CommandError {
    fn from(error: RevisionError) -> Self {
        let message = error.to_string();
        match error {
            RevisionError::NotGit { .. } => {
                Self::input(message).hint("`--rev` reads a git repository; leave it out for others")
            }
            RevisionError::Unknown { shallow: true, .. } => {
                Self::input(message).hint("`git fetch --unshallow` brings the rest of its history")
            }
            RevisionError::Unknown { .. } => {
                Self::input(message).hint("give a branch, a tag, a commit or `HEAD~3`")
            }
            RevisionError::Incomplete { .. } => {
                Self::input(message).hint("a partial clone has only some objects; fetch the others")
            }
            RevisionError::Many { .. } => Self::input(message).hint("give one repository"),
            RevisionError::Named { .. } => Self::input(message).hint("leave `--name` out"),
            RevisionError::NotIndexed { revision, roots } => {
                let error = Self::input(message);
                match roots.as_slice() {
                    [one] => error.hint(format!("`qf index {one} --rev {revision}` makes one")),
                    [] => error
                        .hint("no indexed repository has that revision; `qf repos` lists views"),
                    _ => error.hint(format!(
                        "`qf index PATH --rev {revision}` makes one, of {}",
                        roots.join(" or ")
                    )),
                }
            }
            RevisionError::Several { .. } => Self::input(message).hint("say which, as `NAME@REV`"),
        }
    }
}

impl From<IndexError> for CommandError {
    fn from(error: IndexError) -> Self {
        let message = error.to_string();
        match error {
            IndexError::Store(error) => error.into(),
            IndexError::Walk(_) => {
                Self::input(message).hint("give a repository, or a folder that holds repositories")
            }
            IndexError::Unknown { .. } | IndexError::NameTaken { .. } => {
                Self::input(message).hint("`qf repos` lists what is indexed")
            }
            IndexError::NameForMany { .. } => {
                Self::input(message).hint("leave `--name` out, or give one repository")
            }
            IndexError::Lost { .. } | IndexError::Away { .. } => Self::input(message),
            IndexError::Scip(ReadError::Elsewhere { .. }) => {
                Self::input(message).hint("give the repository that it was made in")
            }
            IndexError::Scip(_) => Self::input(message)
                .hint("a SCIP index is what `scip-python index`, `scip-typescript index` and their like write"),
            IndexError::Revision(error) => error.into(),
            IndexError::Embed(error) => error.into(),
            IndexError::Threads(_) => Self::input(message).hint("try `--threads 1`"),
        }
    }
}
