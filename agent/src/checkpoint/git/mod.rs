//! What is asked of git, and the two that answer.
//!
//! [`library::Library`] is libgit2: no process, no parsing. It cannot open repositories with
//! reftables or SHA-256 names, nor a split or sparse index, and it runs no filters of a user
//! (`filter.lfs.clean`). [`program::Program`] is the installed git, which can. A repository is opened
//! with the first unless that cannot do it right; tests make both answer the same questions.

pub mod library;
pub mod program;

use crate::checkpoint::error::{CheckpointError, Result};
use crate::checkpoint::tree::entry::Oid;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What git's logs of references say of what is set here: by a rollback, or by a phase that landed.
pub(super) const REFLOG: &str = "qf: rolled back, or landed";

/// The names of a branch or of a commit that HEAD may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// Another reference.
    Symbolic(Vec<u8>),
    /// An object.
    Object(Oid),
}

/// A reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// `refs/heads/main`.
    pub name: Vec<u8>,
    /// What it stands for.
    pub target: Target,
}

/// One entry of the index, without what it knows of the file's times.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexEntry {
    /// Below the root of the work tree.
    pub path: Vec<u8>,
    /// 0, or 1 to 3 in a conflict.
    pub stage: u8,
    /// Git's mode: `0o100644`, `0o160000`, …
    pub mode: u32,
    /// The object.
    pub oid: Oid,
    /// The file is not to be in the work tree.
    pub skip: bool,
    /// The file is taken as unchanged.
    pub assume: bool,
    /// `git add -N`: the path is announced, its content is not staged.
    pub announced: bool,
}

/// An entry of `git stash list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stash {
    /// The commit.
    pub oid: Oid,
    /// What the list says.
    pub message: Vec<u8>,
    /// Who stashed: name, address, seconds since 1970, minutes from UTC.
    pub who: (String, String, i64, i32),
}

/// One path of a tree that is to be written: its mode and object, or that it is not there.
pub type TreeChange = (Vec<u8>, Option<(u32, Oid)>);

/// One reference that is to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefChange {
    /// Its name.
    pub name: Vec<u8>,
    /// What it must be now; none when it must not be there.
    pub from: Option<Target>,
    /// What it is to be; none to remove it.
    pub to: Option<Target>,
}

/// Where a repository is.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The root of the work tree.
    pub tree: PathBuf,
    /// The folder of this work tree's state: `.git`, or one in `.git/worktrees`.
    pub own: PathBuf,
    /// The folder that all work trees share.
    pub common: PathBuf,
    /// Whether names of objects have 32 bytes.
    pub sha256: bool,
}

impl Layout {
    /// The index file.
    pub fn index(&self) -> PathBuf {
        self.own.join("index")
    }

    /// The name that git gives to a file of these bytes.
    pub fn blob_name(&self, size: u64) -> BlobName {
        BlobName::new(self.sha256, size)
    }
}

/// Works out the name of a blob while its bytes pass by.
pub enum BlobName {
    /// The older format.
    Sha1(sha1::Sha1),
    /// The newer one.
    Sha256(sha2::Sha256),
}

impl BlobName {
    fn new(sha256: bool, size: u64) -> Self {
        use sha1::Digest;
        let mut name =
            if sha256 { Self::Sha256(sha2::Sha256::new()) } else { Self::Sha1(sha1::Sha1::new()) };
        name.update(format!("blob {size}\0").as_bytes());
        name
    }

    /// More of its bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        use sha1::Digest;
        match self {
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    /// The name.
    pub fn finish(self) -> Oid {
        use sha1::Digest;
        match self {
            Self::Sha1(hasher) => Oid::of_digest(&hasher.finalize()),
            Self::Sha256(hasher) => Oid::of_digest(&hasher.finalize()),
        }
    }
}

/// What is asked of a repository.
pub trait Git {
    /// Where it is.
    fn layout(&self) -> &Layout;
    /// `library` or `program`.
    fn name(&self) -> &'static str;
    /// What HEAD is: a branch, which may not exist yet, or a commit.
    fn head(&self) -> Result<Target>;
    /// Every reference but HEAD and the stash, sorted by name.
    fn references(&self) -> Result<Vec<Reference>>;
    /// The entries of an index file, sorted by path and stage; none when there is no such file.
    fn index(&self, file: &Path) -> Result<Vec<IndexEntry>>;
    /// What the tree of `commit` (nothing, when there is none) must be changed by to be the index,
    /// entries in conflict left out.
    fn staged(&self, commit: Option<Oid>, index: &[IndexEntry]) -> Result<Vec<TreeChange>>;
    /// Of each of these paths, none of which is tracked, whether it is ignored.
    fn ignored(&self, paths: &[&[u8]]) -> Result<Vec<bool>>;
    /// The bytes of a blob; none when it is not there.
    fn blob(&self, oid: Oid) -> Result<Option<Vec<u8>>>;
    /// Whether there is an object of this name.
    fn has(&self, oid: Oid) -> bool;
    /// Makes blobs of these bytes as they are.
    fn write_blobs(&self, contents: &[Vec<u8>]) -> Result<Vec<Oid>>;
    /// Makes blobs of files of the work tree, through the filters of `git add`; none of a file that
    /// is not there any more.
    fn add_files(&self, paths: &[&[u8]]) -> Result<Vec<Option<Oid>>>;
    /// Writes the tree of `commit`, or an empty one, with changes.
    fn write_tree(&self, commit: Option<Oid>, changes: &[TreeChange]) -> Result<Oid>;
    /// Writes a commit that no reference names.
    fn commit(&self, tree: Oid, parents: &[Oid], message: &str) -> Result<Oid>;
    /// Puts a commit on top of the list of stashes.
    fn stash(&self, commit: Oid, message: &str) -> Result<()>;
    /// The list of stashes, the newest first.
    fn stashes(&self) -> Result<Vec<Stash>>;
    /// Takes the entry at this place off the list of stashes, if it still is this one. No other entry
    /// is touched.
    fn drop_stash(&self, at: usize, expected: &Stash) -> Result<()>;
    /// Puts an entry on top of the list of stashes.
    fn add_stash(&self, stash: &Stash) -> Result<()>;
    /// Changes references, all of them or none.
    fn set_references(&self, changes: &[RefChange]) -> Result<()>;
    /// Makes HEAD something else, without touching the work tree.
    fn set_head(&self, target: &Target) -> Result<()>;
    /// Changes entries of the index in `file`: those of a path are replaced by these.
    fn edit_index(&self, file: &Path, changes: &[(Vec<u8>, Vec<IndexEntry>)]) -> Result<()>;
}

/// Which of the two is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// The library where it can, else the program.
    #[default]
    Either,
    /// The program alone.
    Program,
}

/// Opens the repository whose work tree has `folder`.
pub fn open(folder: &Path, choice: Choice) -> Result<Box<dyn Git>> {
    let reason = if choice == Choice::Program {
        String::from("it was asked for")
    } else {
        match library::Library::open(folder) {
            Ok(library) => match library.unable() {
                None => return Ok(Box::new(library)),
                Some(reason) => {
                    // Filters of a user are run by git alone; without it the rest still is right.
                    if !program::installed() && !library.unreadable() {
                        return Ok(Box::new(library));
                    }
                    reason
                }
            },
            Err(error @ CheckpointError::Refused { .. }) => return Err(error),
            Err(error) => error.to_string(),
        }
    };
    if !program::installed() {
        let above = folder.ancestors().any(|folder| folder.join(".git").exists());
        return Err(if above {
            CheckpointError::NoProgram { path: folder.to_owned(), reason }
        } else {
            CheckpointError::NotARepository { path: folder.to_owned() }
        });
    }
    Ok(Box::new(program::Program::open(folder)?))
}

/// What is said when the list of stashes is not what it was.
pub(crate) fn other_stashes() -> CheckpointError {
    CheckpointError::Git {
        what: "change the list of stashes",
        message: "it has changed meanwhile".to_owned(),
    }
}

/// What a bare repository is told.
pub(crate) fn bare(path: &Path) -> CheckpointError {
    CheckpointError::Refused {
        path: path.to_owned(),
        reason: "a bare repository has no work tree that could change",
    }
}
