//! One writer at a time. The operating system's file lock decides, so a crashed writer leaves
//! nothing to clean up; the file's text only tells people who holds it.

use super::{Home, StoreError};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Held while writing; released on drop.
pub struct WriterLock {
    _file: File,
}

impl WriterLock {
    /// Takes the lock or says who has it.
    pub fn acquire(home: &Home) -> Result<Self, StoreError> {
        Self::acquire_file(home, &home.lock())
    }

    /// Takes the lock of the one who watches a workspace, which is no writer between two runs.
    pub fn acquire_watch(home: &Home) -> Result<Self, StoreError> {
        Self::acquire_file(home, &home.watch_lock())
    }

    fn acquire_file(home: &Home, path: &Path) -> Result<Self, StoreError> {
        home.create()?;
        let io = |source| StoreError::Io { path: path.to_owned(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io)?;
        let mut locked = file.try_lock();
        for _ in 0..3 {
            // Who only asks who holds it holds it for a moment.
            if matches!(locked, Err(TryLockError::WouldBlock)) {
                std::thread::sleep(std::time::Duration::from_millis(15));
                locked = file.try_lock();
            }
        }
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked { owner: owner(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        file.set_len(0).map_err(io)?;
        write!(file, "{} {}", std::process::id(), now()).map_err(io)?;
        Ok(Self { _file: file })
    }

    /// Waits for the lock.
    pub fn wait(home: &Home) -> Result<Self, StoreError> {
        loop {
            match Self::acquire(home) {
                Err(StoreError::Locked { .. }) => {
                    std::thread::sleep(std::time::Duration::from_millis(200));
                }
                other => return other,
            }
        }
    }

    /// Who writes at the moment, if anybody does.
    pub fn holder(home: &Home) -> Option<String> {
        Self::holder_of(&home.lock())
    }

    /// Who watches at the moment, if anybody does.
    pub fn watcher(home: &Home) -> Option<String> {
        Self::holder_of(&home.watch_lock())
    }

    fn holder_of(path: &Path) -> Option<String> {
        let mut file = File::open(path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(owner(&mut file)),
            _ => None,
        }
    }
}

fn owner(file: &mut File) -> String {
    let mut text = String::new();
    let _ = file.rewind();
    if file.read_to_string(&mut text).is_err() {
        return "unknown process".to_owned();
    }
    let mut parts = text.split_whitespace();
    match (parts.next(), parts.next().and_then(|since| since.parse::<u64>().ok())) {
        (Some(pid), Some(since)) => {
            format!("pid {pid}, since {} s", now().saturating_sub(since))
        }
        _ => "unknown process".to_owned(),
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
