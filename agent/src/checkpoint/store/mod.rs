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
//!     <id>.beginning     everything in the tree when a phase began that works elsewhere
//!     <id>.landing       what such a phase did, until it is in the tree
//! ```
//!
//! Outside the repository, because an agent that deletes `.git` deletes what is in it, and because
//! nothing in here may ever be published: secrets and ignored files are among it.

pub mod codec;
pub mod contents;
pub mod delta;

use super::apart::Landing;
use super::error::{CheckpointError, Result};
use super::record::{Record, Snapshot};
use super::tree::entries;
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
        let (records, damaged) = self.readable()?;
        match damaged.into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(records),
        }
    }

    /// The records that can be read, the oldest first, and the names of the others, each with what is
    /// wrong with it: for whoever shows them or drops them.
    pub fn readable(&self) -> Result<(Vec<Record>, Vec<(String, CheckpointError)>)> {
        let mut records: Vec<Record> = Vec::new();
        let mut damaged: Vec<(String, CheckpointError)> = Vec::new();
        for path in entries(&self.folder)?.iter().map(std::fs::DirEntry::path) {
            if path.extension().is_none_or(|extension| extension != "checkpoint") {
                continue;
            }
            match codec::read::<Record>(&path) {
                Ok(record) => records.extend(record),
                Err(error) => {
                    let name = path.file_stem().unwrap_or_default().to_string_lossy();
                    damaged.push((name.into_owned(), error));
                }
            }
        }
        records.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        damaged.sort_by(|a, b| a.0.cmp(&b.0));
        Ok((records, damaged))
    }

    /// Writes a new record, never over another.
    pub fn add(&self, record: &Record) -> Result<()> {
        let path = self.record(&record.id);
        if path.try_exists().map_err(CheckpointError::io(&path))? {
            return Err(CheckpointError::Damaged {
                path,
                reason: "another record has this name".to_owned(),
            });
        }
        self.save(record)
    }

    /// Writes a record that is known anew.
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

    /// The names of the files with this ending, without it.
    fn named(&self, ending: &str) -> Result<Vec<String>> {
        let names = entries(&self.folder)?.into_iter().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_suffix(ending)?.strip_suffix('.')?.to_owned())
        });
        Ok(names.collect())
    }

    /// Writes how the tree was when a phase began that works elsewhere.
    pub fn save_beginning(&self, id: &str, snapshot: &Snapshot) -> Result<()> {
        codec::write(&self.folder.join(format!("{id}.beginning")), snapshot)
    }

    /// How the tree was when such a phase began.
    pub fn beginning(&self, id: &str) -> Result<Option<Snapshot>> {
        codec::read(&self.folder.join(format!("{id}.beginning")))
    }

    /// Writes what such a phase did.
    pub fn save_landing(&self, id: &str, landing: &Landing) -> Result<()> {
        codec::write(&self.folder.join(format!("{id}.landing")), landing)
    }

    /// What such a phase did.
    pub fn landing(&self, id: &str) -> Result<Option<Landing>> {
        codec::read(&self.folder.join(format!("{id}.landing")))
    }

    /// Removes both.
    pub fn forget_apart(&self, id: &str) -> Result<()> {
        for ending in ["beginning", "landing"] {
            let path = self.folder.join(format!("{id}.{ending}"));
            match disk::remove(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(CheckpointError::io(&path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The checkpoints of phases that work elsewhere and are not over.
    pub fn at_work(&self) -> Result<Vec<String>> {
        self.named("beginning")
    }

    /// What phases that work elsewhere will need.
    pub fn apart(&self) -> Result<(Vec<Snapshot>, Vec<Landing>)> {
        let mut snapshots = Vec::new();
        for id in self.named("beginning")? {
            snapshots.extend(self.beginning(&id)?);
        }
        let mut landings = Vec::new();
        for id in self.named("landing")? {
            landings.extend(self.landing(&id)?);
        }
        Ok((snapshots, landings))
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
        let Ok(entries) = entries(&self.packs()) else { return };
        for path in entries.iter().map(std::fs::DirEntry::path) {
            let stray = path.extension().is_some_and(|extension| extension == "pack")
                && matches!(path.with_extension("list").try_exists(), Ok(false))
                || path.extension().is_some_and(|extension| extension == "tmp");
            if stray {
                // Best effort: it is in nobody's way.
                let _ = disk::remove(&path);
            }
        }
    }
}
