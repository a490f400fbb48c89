//! What version control knows of indexed files.
//!
//! Answers about history need the repository itself, which the crates that answer never open. This
//! is the vocabulary between them and whoever does: blame of lines, and changed lines, both in the
//! numbering of the indexed text.

use crate::id::FileId;
use std::sync::Arc;

/// A commit that some lines come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blame {
    /// Hash of the commit.
    pub commit: String,
    /// Name of its author.
    pub author: String,
    /// When it was made, in seconds since 1970.
    pub time: i64,
    /// First line of its message.
    pub summary: String,
    /// First of the lines, in the numbering of the indexed text.
    pub line: u32,
    /// How many lines.
    pub lines: u32,
}

/// What changed in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The file; none where it is not indexed any more.
    pub file: Option<FileId>,
    /// Its path below the repository's root.
    pub path: String,
    /// Changed lines of the indexed text, first and last.
    pub lines: Vec<(u32, u32)>,
    /// Lines of the indexed text behind which lines were taken out, and none put in.
    pub deleted: Vec<u32>,
    /// Whether the older revision does not have the file.
    pub added: bool,
}

/// An indexed text of a repository, as it is asked for.
pub type Texts<'a> = &'a dyn Fn(FileId) -> Arc<str>;

/// Version control of indexed repositories.
pub trait History: Send + Sync {
    /// Where lines `first` to `last` of an indexed text come from, as of a commit that the text may
    /// have moved on from. `root` is the repository's folder.
    fn blame(
        &self,
        root: &str,
        commit: &str,
        path: &str,
        text: &str,
        lines: (u32, u32),
    ) -> Result<Vec<Blame>, String>;

    /// What changed from one revision to another, or to the indexed texts; `files` are the indexed
    /// ones. An error says which revision there is not.
    fn changes(
        &self,
        root: &str,
        revisions: (&str, Option<&str>),
        files: &[(String, FileId)],
        text: Texts<'_>,
    ) -> Result<Vec<Change>, String>;
}
