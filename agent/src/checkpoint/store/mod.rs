//! Where checkpoints are kept: one private folder for each work tree, outside of it.
//!
//! ```text
//! $QF_HOME/checkpoints/<work tree>/
//!     where              the work tree's path
//!     lock               held by whoever changes anything here
//!     <id>.checkpoint    what a checkpoint is, and, once its phase has ended, what that changed
//!     latest             everything in the tree as it was read last, so that little is read again
//!     packs/             bytes of files by their hash
//!     restore            what an unfinished restore is about to do
//! ```
//!
//! Outside the repository, because an agent that deletes `.git` deletes what is in it, and because
//! nothing in here may ever be published: secrets and ignored files are among it.

pub mod codec;
pub mod contents;
pub mod delta;

use super::error::{CheckpointError, Result};
use super::record::{Record, Snapshot};
use contents::Contents;
use qf_graph::store::{Home, disk};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The store of one work tree.
pub struct Store {
    folder: PathBuf,
}

/// Held while the store is changed.
pub struct Lock {
    _file: File,
}

impl Store {
    /// The store of a work tree below a home.
    pub fn new(home: &Home, tree: &Path) -> Self {
        let key = blake3::hash(tree.as_os_str().as_bytes()).to_hex();
        let name = tree.file_name().unwrap_or_default().to_string_lossy();
        let name: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' })
            .take(40)
            .collect();
        let folder = home.folder().join("checkpoints").join(format!("{name}-{}", &key[..16]));
        Self { folder }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the packs are.
    pub fn packs(&self) -> PathBuf {
        self.folder.join("packs")
    }

    fn latest(&self) -> PathBuf {
        self.folder.join("latest")
    }

    fn journal(&self) -> PathBuf {
        self.folder.join("restore")
    }

    fn record(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.checkpoint"))
    }

    /// Makes the folders, for their owner alone, and takes the lock.
    pub fn lock(&self, tree: &Path) -> Result<Lock> {
        let packs = self.packs();
        disk::create_folder(&packs)?;
        let private = std::fs::Permissions::from_mode(0o700);
        if let Some(all) = self.folder.parent() {
            std::fs::set_permissions(all, private).map_err(CheckpointError::io(all))?;
        }
        let path = self.folder.join("lock");
        let io = || CheckpointError::io(&path);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(io())?;
        let mut locked = file.try_lock();
        for _ in 0..100 {
            // Another is nearly always done in a moment.
            if matches!(locked, Err(TryLockError::WouldBlock)) {
                std::thread::sleep(std::time::Duration::from_millis(20));
                locked = file.try_lock();
            }
        }
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                let _ = file.rewind().and_then(|()| file.read_to_string(&mut owner));
                return Err(CheckpointError::Busy { owner: format!("pid {}", owner.trim()) });
            }
            Err(TryLockError::Error(source)) => return Err(io()(source)),
        }
        file.set_len(0).map_err(io())?;
        write!(file, "{}", std::process::id()).map_err(io())?;
        let place = self.folder.join("where");
        if !place.exists() {
            disk::write_atomically(&place, tree.as_os_str().as_bytes())?;
        }
        Ok(Lock { _file: file })
    }

    /// All records, the oldest first. A damaged one is an error: it must not be taken for none.
    pub fn records(&self) -> Result<Vec<Record>> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Ok(Vec::new()) };
        let mut records = Vec::new();
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == "checkpoint")
                && let Some(record) = codec::read::<Record>(&path)?
            {
                records.push(record);
            }
        }
        records.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        Ok(records)
    }

    /// Writes a record.
    pub fn save(&self, record: &Record) -> Result<()> {
        codec::write(&self.record(&record.id), record)
    }

    /// Removes a record.
    pub fn remove(&self, id: &str) -> Result<()> {
        let path = self.record(id);
        disk::remove(&path).map_err(CheckpointError::io(&path))
    }

    /// The tree as it was read last.
    pub fn snapshot(&self) -> Result<Option<Snapshot>> {
        codec::read(&self.latest())
    }

    /// Writes how the tree was read last.
    pub fn save_snapshot(&self, snapshot: &Snapshot) -> Result<()> {
        codec::write(&self.latest(), snapshot)
    }

    /// What an unfinished restore was about to do.
    pub fn unfinished<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        codec::read(&self.journal())
    }

    /// Writes down what a restore is about to do.
    pub fn begin(&self, journal: &impl Serialize) -> Result<()> {
        codec::write(&self.journal(), journal)
    }

    /// A restore is finished.
    pub fn finish(&self) -> Result<()> {
        let path = self.journal();
        disk::remove(&path).map_err(CheckpointError::io(&path))
    }

    /// The bytes that are kept.
    pub fn contents(&self) -> Result<Contents> {
        Contents::open(&self.packs())
    }

    /// Bytes of all files of the store.
    pub fn bytes(&self) -> u64 {
        [self.folder.clone(), self.packs()]
            .iter()
            .filter_map(|folder| std::fs::read_dir(folder).ok())
            .flat_map(Iterator::flatten)
            .filter_map(|entry| entry.metadata().ok())
            .filter(std::fs::Metadata::is_file)
            .map(|metadata| metadata.len())
            .sum()
    }

    /// Removes packs that a crash left without a list.
    pub fn sweep(&self) {
        let Ok(entries) = std::fs::read_dir(self.packs()) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            let stray = path.extension().is_some_and(|extension| extension == "pack")
                && !path.with_extension("list").exists()
                || path.extension().is_some_and(|extension| extension == "tmp");
            if stray {
                // Best effort: it is in nobody's way.
                let _ = disk::remove(&path);
            }
        }
    }
}
