//! How an index is kept on disk.
//!
//! One folder holds everything (`$QF_HOME`): immutable segment files, one per repository, one for
//! what joins repositories, and one manifest that names them. Publishing is: write new files,
//! sync, swap the manifest by rename. A reader opens the manifest and maps what it names; since no
//! file ever changes after its name is in a manifest, readers need no lock and see one generation.

pub mod disk;
pub mod links;
pub mod lock;
pub mod manifest;
mod map;
pub mod nearest;
pub mod repository;
pub mod segment;
pub mod view;

use std::path::{Path, PathBuf};

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// A file is not what was written.
    #[error("{} is damaged ({what} at byte {offset})", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which part.
        what: String,
        /// Where.
        offset: u64,
    },
    /// A file of another version of the format.
    #[error("{} has format version {found}, this qf reads version {}", path.display(), segment::VERSION)]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// There is no index in this folder.
    #[error("there is no index in {}", path.display())]
    NoIndex {
        /// The folder.
        path: PathBuf,
    },
    /// Another process is writing.
    #[error("another qf is indexing this workspace ({owner})")]
    Locked {
        /// Who: pid and since when.
        owner: String,
    },
}

/// The folders of a workspace.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

impl Home {
    /// The workspace in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// `$QF_HOME`, else `$XDG_DATA_HOME/qf`, else `~/.local/share/qf`.
    pub fn from_environment() -> Option<Self> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        set("QF_HOME")
            .map(PathBuf::from)
            .or_else(|| set("XDG_DATA_HOME").map(|data| PathBuf::from(data).join("qf")))
            .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".local/share/qf")))
            .map(|folder| Self(std::path::absolute(&folder).unwrap_or(folder)))
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Where segment files are.
    pub fn segments(&self) -> PathBuf {
        self.0.join("segments")
    }

    /// Where stored facts are.
    pub fn facts(&self) -> PathBuf {
        self.0.join("facts")
    }

    /// Where views are: the workspace with a repository as of a commit.
    pub fn revisions(&self) -> PathBuf {
        self.0.join("revisions")
    }

    /// The manifest.
    pub fn manifest(&self) -> PathBuf {
        self.0.join("manifest.json")
    }

    /// The copy of the manifest.
    pub fn manifest_copy(&self) -> PathBuf {
        self.0.join("manifest.copy.json")
    }

    /// The writer's lock.
    pub fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// The lock of the one who watches.
    pub fn watch_lock(&self) -> PathBuf {
        self.0.join("watch.lock")
    }

    /// What the one who watches says of itself.
    pub fn watch_state(&self) -> PathBuf {
        self.0.join("watch.json")
    }

    /// What a watch in the background has said.
    pub fn watch_log(&self) -> PathBuf {
        self.0.join("watch.log")
    }

    /// Makes the folders.
    pub fn create(&self) -> Result<(), StoreError> {
        for folder in [self.segments(), self.facts()] {
            disk::create_folder(&folder)?;
        }
        Ok(())
    }
}
