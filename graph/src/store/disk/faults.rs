//! Steps that fail on purpose, for tests.
//!
//! A test arms one folder; steps below it are counted, and from the given one on they fail in the
//! given way. Being killed is the way in which every later step fails too, also the ones that would
//! tidy up: what is on the disk then is what a killed process leaves.

use super::Step;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How steps fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// This one and all that follow: the process is gone.
    Killed,
    /// No more room: what adds to the disk fails, removing does not.
    Full,
    /// Nothing may be written or removed any more.
    ReadOnly,
    /// This one only, with an error of the device.
    Once,
}

struct Armed {
    folder: PathBuf,
    /// Steps still to be done; `None` counts only.
    left: Option<usize>,
    fault: Fault,
    done: Vec<(Step, PathBuf)>,
}

static ARMED: Mutex<Vec<Armed>> = Mutex::new(Vec::new());

/// Lets the steps below `folder` fail from the `at`-th on, counted from 0; with `None` they are
/// counted only.
pub fn arm(folder: &Path, at: Option<usize>, fault: Fault) {
    let mut armed = ARMED.lock().unwrap_or_else(PoisonError::into_inner);
    armed.push(Armed { folder: folder.to_owned(), left: at, fault, done: Vec::new() });
}

/// Ends that; gives the steps that were done or begun.
pub fn disarm(folder: &Path) -> Vec<(Step, PathBuf)> {
    let mut armed = ARMED.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(at) = armed.iter().position(|armed| armed.folder == folder) else { return Vec::new() };
    armed.swap_remove(at).done
}

/// Called before each step.
pub(super) fn before(step: Step, path: &Path) -> io::Result<()> {
    let mut armed = ARMED.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(armed) = armed.iter_mut().find(|armed| path.starts_with(&armed.folder)) else {
        return Ok(());
    };
    armed.done.push((step, path.to_owned()));
    match &mut armed.left {
        None => return Ok(()),
        Some(0) => {}
        Some(left) => {
            *left -= 1;
            return Ok(());
        }
    }
    match armed.fault {
        Fault::Killed => Err(io::Error::other("killed")),
        Fault::Full if step == Step::Remove => Ok(()),
        Fault::Full => Err(io::ErrorKind::StorageFull.into()),
        Fault::ReadOnly => Err(io::ErrorKind::ReadOnlyFilesystem.into()),
        Fault::Once => {
            armed.left = None;
            Err(io::Error::other("the device failed"))
        }
    }
}
