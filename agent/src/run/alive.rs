//! Whether a run is at work: a file whose time is set twice a second.
//!
//! What was changed while no run was at work is a person's. When a run was killed is written nowhere,
//! but this file's time is close.

use super::RunError;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// When the run of a folder was last seen alive.
pub fn sign_of_life(folder: &Path) -> Option<i64> {
    let time = std::fs::metadata(folder.join("alive")).ok()?.modified().ok()?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos()).ok()
}

/// Sets the time of a file twice a second until it is dropped.
pub struct Alive {
    done: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Alive {
    const BEAT: Duration = Duration::from_millis(500);

    /// Begins now.
    pub fn begin(folder: &Path) -> Result<Self, RunError> {
        let path = folder.join("alive");
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(RunError::io(&path))?;
        file.set_modified(SystemTime::now()).map_err(RunError::io(&path))?;
        let done = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&done);
        let thread = std::thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                std::thread::park_timeout(Self::BEAT);
                // Best effort: without it more counts as somebody else's, and stays.
                let _ = file.set_modified(SystemTime::now());
            }
        });
        Ok(Self { done, thread: Some(thread) })
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It ends by itself; nothing follows from how.
            let _ = thread.join();
        }
    }
}
