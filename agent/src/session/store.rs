//! Where sessions are, who may look at them, and when they go.
//!
//! ```text
//! $XDG_RUNTIME_DIR/qf/sessions/NAME/      else /tmp/qf-UID/sessions/NAME/
//!     session.json     what is loaded; replaced as a whole, the last step of each load
//!     part-000001      see `part`
//!     text-000002      text of a document, or what came from standard input
//!     lock             held by whoever loads
//! ```
//!
//! The runtime directory is the user's alone and goes when the user logs out. `/tmp` is everybody's,
//! so a folder there is used only when it is ours, is no link, and is closed to others: whoever makes
//! it first could else read what is loaded. Readers take no lock: they read the manifest and what it
//! names, all of which is whole.
//!
//! A session is kept for some hours after the last load. Nothing runs in the background to drop it;
//! every command that opens sessions first drops those whose time is over, and what is left of those
//! that somebody was killed in the middle of dropping.

use super::error::{Result, SessionError};
use super::{Manifest, VERSION};
use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a session is kept when nothing else is said.
pub const TTL: Duration = Duration::from_secs(12 * 3600);

const MANIFEST: &str = "session.json";
const LOCK: &str = "lock";
/// What is being dropped is called so, and has no other meaning.
const DROPPED: &str = ".dropped-";

/// The sessions of a user.
#[derive(Debug, Clone)]
pub struct Sessions {
    /// The folders that must be ours, the outer one first; the last holds the sessions.
    folders: [PathBuf; 2],
}

/// A session that is read.
#[derive(Debug, Clone)]
pub struct Session {
    pub(super) folder: PathBuf,
    /// What it holds.
    pub manifest: Manifest,
}

/// Held while something is loaded into a session, or while it is dropped.
pub struct Lock {
    _file: File,
}

impl Sessions {
    /// Those of whoever runs this.
    pub fn of_user() -> Self {
        let user = rustix::process::getuid().as_raw();
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| {
            // After `su` it may still be that of another user.
            let ours = folder.metadata().is_ok_and(|it| it.is_dir() && it.uid() == user);
            folder.is_absolute() && ours
        });
        match runtime {
            Some(runtime) => Self::in_folder(runtime.join("qf")),
            None => Self::in_folder(PathBuf::from(format!("/tmp/qf-{user}"))),
        }
    }

    /// Those in a folder that need not be there.
    pub fn in_folder(folder: PathBuf) -> Self {
        let sessions = folder.join("sessions");
        Self { folders: [folder, sessions] }
    }

    /// The folder that holds them.
    pub fn folder(&self) -> &Path {
        &self.folders[1]
    }

    /// The folder of a session, which need not be there.
    pub fn folder_of(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// What there is, by name, after what is over was dropped; and why others cannot be told.
    pub fn list(&self) -> Result<(Vec<Manifest>, Vec<SessionError>)> {
        self.expire()?;
        let (mut sessions, mut broken) = (Vec::new(), Vec::new());
        for name in self.names()? {
            match self.manifest(&name) {
                Ok(manifest) => sessions.extend(manifest),
                Err(error) => broken.push(error),
            }
        }
        Ok((sessions, broken))
    }

    /// Opens a session to read it.
    pub fn open(&self, name: &str) -> Result<Session> {
        check_name(name)?;
        self.expire()?;
        let manifest = if self.are_ours()? { self.manifest(name)? } else { None };
        match manifest {
            Some(manifest) => Ok(Session { folder: self.folder_of(name), manifest }),
            None => Err(self.unknown(name)),
        }
    }

    /// Begins a session, or goes on with it: the lock, and what it holds.
    pub(super) fn begin(&self, name: &str, ttl: Duration) -> Result<(Lock, Manifest)> {
        check_name(name)?;
        self.create()?;
        self.expire()?;
        let lock = self.lock(name)?;
        let now = now();
        let manifest = self.manifest(name)?.unwrap_or_else(|| Manifest {
            version: VERSION,
            name: name.to_owned(),
            created: now,
            loaded: now,
            ttl: ttl.as_secs(),
            next: 1,
            files: Vec::new(),
        });
        Ok((lock, manifest))
    }

    /// Drops a session, and gives what it held, where that can be read.
    pub fn drop_session(&self, name: &str) -> Result<Option<Manifest>> {
        check_name(name)?;
        self.expire()?;
        // Taking the lock would make the folder.
        if !self.are_ours()? || !is_private(&self.folder_of(name))? {
            return Err(self.unknown(name));
        }
        let lock = self.lock(name)?;
        let manifest = self.manifest(name);
        self.remove(name)?;
        drop(lock);
        self.tidy();
        match manifest {
            // It held nothing yet, or somebody else dropped it in this moment.
            Ok(None) => Err(self.unknown(name)),
            Ok(manifest) => Ok(manifest),
            Err(_) => Ok(None),
        }
    }

    /// Drops what is over, and gives the names.
    pub fn expire(&self) -> Result<Vec<String>> {
        let mut dropped = Vec::new();
        if !self.are_ours()? {
            return Ok(dropped);
        }
        self.clean();
        for name in self.names()? {
            // Whoever loads into it makes it live longer; and may have, until the lock is ours.
            if self.is_over(&name)
                && let Ok(_lock) = self.lock(&name)
                && self.is_over(&name)
            {
                self.remove(&name)?;
                dropped.push(name);
            }
        }
        Ok(dropped)
    }

    /// Whether the time of a session is over.
    fn is_over(&self, name: &str) -> bool {
        let folder = self.folder_of(name);
        match self.manifest(name) {
            Ok(Some(manifest)) => manifest.expires() <= now(),
            // A first load that is under way, or was killed.
            Ok(None) => age(&folder) > TTL.as_secs(),
            // What cannot be read is of no use, but a person may want to know; it goes later.
            Err(_) => age(&folder.join(MANIFEST)) > TTL.as_secs(),
        }
    }

    /// Makes the folders, or finds that they are ours.
    fn create(&self) -> Result<()> {
        for folder in &self.folders {
            make_private(folder)?;
        }
        Ok(())
    }

    /// Whether the folders are there; that they are not ours is an error.
    fn are_ours(&self) -> Result<bool> {
        for folder in &self.folders {
            if !is_private(folder)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The names of all sessions, sorted.
    fn names(&self) -> Result<Vec<String>> {
        let mut names: Vec<String> = self.entries()?;
        names.retain(|name| check_name(name).is_ok());
        Ok(names)
    }

    /// The names of all that is in the folder, sorted.
    fn entries(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let all = match std::fs::read_dir(self.folder()) {
            Ok(all) => all,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(names),
            Err(error) => return Err(SessionError::io(self.folder())(error)),
        };
        for entry in all {
            let entry = entry.map_err(SessionError::io(self.folder()))?;
            names.extend(entry.file_name().into_string());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// What a session holds; none where it is not there or holds nothing yet.
    fn manifest(&self, name: &str) -> Result<Option<Manifest>> {
        read_manifest(&self.folder_of(name), name)
    }

    fn unknown(&self, name: &str) -> SessionError {
        let known = self.names().unwrap_or_default();
        SessionError::Unknown { name: name.to_owned(), known }
    }

    /// Takes the lock of a session, whose folder is made when it is not there.
    fn lock(&self, name: &str) -> Result<Lock> {
        let folder = self.folder_of(name);
        let path = folder.join(LOCK);
        let io = || SessionError::io(&path);
        loop {
            self.create()?;
            make_private(&folder)?;
            let mut how = OpenOptions::new();
            how.write(true).create(true).truncate(false).mode(0o600);
            let file = match how.open(&path) {
                // It was dropped in this moment.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                opened => opened.map_err(io())?,
            };
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(SessionError::Busy { name: name.to_owned() });
                }
                Err(TryLockError::Error(source)) => return Err(io()(source)),
            }
            let own = file.metadata().map_err(io())?.ino();
            if path.metadata().is_ok_and(|now| now.ino() == own) {
                return Ok(Lock { _file: file });
            }
        }
    }

    /// Removes the folder of a session whose lock is held. Its name goes first and at once.
    fn remove(&self, name: &str) -> Result<()> {
        let folder = self.folder_of(name);
        let aside = self.folder().join(format!("{DROPPED}{name}-{}", std::process::id()));
        std::fs::rename(&folder, &aside).map_err(SessionError::io(&folder))?;
        match std::fs::remove_dir_all(&aside) {
            // Somebody cleans up, and was faster.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(SessionError::io(&aside)),
        }
    }

    /// Removes what somebody was killed in the middle of removing.
    fn clean(&self) {
        for name in self.entries().unwrap_or_default() {
            if name.starts_with(DROPPED) {
                // Whoever drops it now may be faster.
                let _ = std::fs::remove_dir_all(self.folder().join(name));
            }
        }
    }

    /// Removes what is left of sessions, and folders that are empty.
    fn tidy(&self) {
        self.clean();
        for folder in self.folders.iter().rev() {
            // Fails where something is in it, as it should.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

impl Session {
    /// What it holds now, where it has changed since it was opened.
    pub(super) fn again(&self) -> Result<Self> {
        let name = &self.manifest.name;
        match read_manifest(&self.folder, name)? {
            Some(manifest) => Ok(Self { folder: self.folder.clone(), manifest }),
            None => Err(SessionError::Unknown { name: name.clone(), known: Vec::new() }),
        }
    }
}

fn read_manifest(folder: &Path, name: &str) -> Result<Option<Manifest>> {
    let path = folder.join(MANIFEST);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(SessionError::io(&path)(error)),
    };
    let damaged = |reason: String| SessionError::Damaged { name: name.to_owned(), reason };
    let manifest: Manifest =
        serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    if manifest.version != VERSION {
        return Err(damaged(format!("it has version {}, not {VERSION}", manifest.version)));
    }
    Ok(Some(manifest))
}

/// Publishes what a session holds.
pub(super) fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<()> {
    let path = folder.join(MANIFEST);
    let bytes = serde_json::to_vec_pretty(manifest)
        .map_err(|error| SessionError::io(&path)(std::io::Error::other(error)))?;
    write_private(&path, &bytes)
}

/// Writes a file that is there as a whole or not at all, for nobody else to read.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = path.with_extension("new");
    let written = create_private(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    });
    written.map_err(|error| {
        // Best effort: it is of no use to anybody.
        let _ = std::fs::remove_file(&temporary);
        SessionError::io(path)(error)
    })
}

/// Makes a file that nobody else can read.
pub(super) fn create_private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Removes the files of a session that its manifest does not name; its lock is held.
pub(super) fn sweep(folder: &Path, manifest: &Manifest) -> Result<()> {
    let files = manifest.files.iter();
    let names = files.flat_map(|file| file.parts.iter().chain(&file.text)).map(String::as_str);
    let named: BTreeSet<&str> = names.chain([MANIFEST, LOCK]).collect();
    for entry in std::fs::read_dir(folder).map_err(SessionError::io(folder))? {
        let entry = entry.map_err(SessionError::io(folder))?;
        if !entry.file_name().to_str().is_some_and(|name| named.contains(name)) {
            let path = entry.path();
            std::fs::remove_file(&path).map_err(SessionError::io(&path))?;
        }
    }
    Ok(())
}

/// Makes a folder for us alone, or finds that it is one.
fn make_private(folder: &Path) -> Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            is_private(folder)?;
            Ok(())
        }
        Err(error) => Err(SessionError::io(folder)(error)),
    }
}

/// Whether a folder is there; that it is not ours alone is an error.
fn is_private(folder: &Path) -> Result<bool> {
    let metadata = match folder.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(SessionError::io(folder)(error)),
    };
    let foreign = |reason| SessionError::Foreign { path: folder.to_owned(), reason };
    if !metadata.is_dir() {
        return Err(foreign("it is no folder"));
    }
    if metadata.uid() != rustix::process::getuid().as_raw() {
        return Err(foreign("it belongs to another user"));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(foreign("others may look into it"));
    }
    Ok(true)
}

fn check_name(name: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let right = (1..=60).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(fits);
    if right { Ok(()) } else { Err(SessionError::Name { name: name.to_owned() }) }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}

/// Seconds since something was changed; 0 when that cannot be said.
fn age(path: &Path) -> u64 {
    let changed = path.metadata().and_then(|metadata| metadata.modified());
    changed.ok().and_then(|changed| changed.elapsed().ok()).map_or(0, |age| age.as_secs())
}
