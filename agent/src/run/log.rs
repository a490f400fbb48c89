//! What a run does, written down before and after it is done.
//!
//! One line for each event, each with a checksum, each on the disk before the run goes on. A run
//! that is killed, or whose machine loses power, is read back from here: of the last line only a
//! part may be there, and it is dropped; any other line that does not check is damage and ends the
//! reading with an error, because what came after it cannot be trusted.
//!
//! ```text
//! 3f0c9a41d2b87e65 {"at":1764500000000000000,"event":"step_begun","phase":0,"step":1,"key":"…"}
//! ```

use super::RunError;
use crate::checkpoint::tree::entry::now;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What happened. Phases and steps are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A process begins to carry out the plan with these bytes, or goes on with it.
    Begun {
        /// SHA-256 of the plan.
        plan: String,
        /// Who does.
        pid: u32,
        /// When the run before was last seen alive; none for the first.
        seen: Option<i64>,
    },
    /// A phase is about to begin.
    PhaseBegun {
        /// Which.
        phase: usize,
        /// Whether it works over a layer, and the tree stays as it is until it lands.
        #[serde(default)]
        overlay: bool,
    },
    /// What the phase did over its layer is about to be brought into the tree.
    Landing {
        /// Which.
        phase: usize,
    },
    /// Its checkpoint is taken.
    Checkpointed {
        /// Of which phase.
        phase: usize,
        /// The checkpoint.
        checkpoint: String,
    },
    /// A step is about to be done.
    StepBegun {
        /// Of which phase.
        phase: usize,
        /// Which.
        step: usize,
        /// A hash of what it does: the same for the same step of the same plan, however often it is
        /// tried.
        key: String,
    },
    /// The processes of a step.
    Started {
        /// Their process group.
        group: i32,
        /// When its first process began, as the system counts it.
        since: u64,
    },
    /// A step is done.
    StepDone {
        /// Of which phase.
        phase: usize,
        /// Which.
        step: usize,
        /// As when it began.
        key: String,
        /// Whether it was found done, and not done again.
        found: bool,
    },
    /// A step failed, and its phase with it.
    StepFailed {
        /// Of which phase.
        phase: usize,
        /// Which.
        step: usize,
        /// Why.
        reason: String,
    },
    /// What the phase did was undone: because a step failed, or because the run had been killed.
    RolledBack {
        /// Which.
        phase: usize,
        /// Whether it failed.
        failed: bool,
        /// What was left, because somebody else changed it.
        kept: Vec<String>,
    },
    /// A question waits for a person.
    Waiting {
        /// Of which phase.
        phase: usize,
        /// Which step.
        step: usize,
    },
    /// A person answered.
    Answered {
        /// Of which phase.
        phase: usize,
        /// Which step.
        step: usize,
        /// What.
        yes: bool,
    },
    /// A person said what became of a step that must not be done twice.
    Settled {
        /// The key of the step.
        key: String,
        /// Whether it was done.
        done: bool,
    },
    /// A phase is done, and what it did is not undone any more.
    PhaseDone {
        /// Which.
        phase: usize,
    },
    /// The plan is carried out, or given up.
    Ended {
        /// Whether every phase is done.
        done: bool,
    },
}

/// An event and when it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// In nanoseconds since 1970.
    pub at: i64,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// The log of one run.
pub struct Log {
    path: PathBuf,
    file: File,
}

/// Called between the parts of writing an entry; tests end the process there.
pub type Hook<'a> = &'a mut dyn FnMut(&'static str);

impl Log {
    /// The log at a path, and what is in it. A torn last line is cut off.
    pub fn open(path: &Path) -> Result<(Self, Vec<Entry>), RunError> {
        let io = || RunError::io(path);
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .map_err(io())?;
        let bytes = std::fs::read(path).map_err(io())?;
        let (entries, whole) = read(path, &bytes)?;
        if whole < bytes.len() {
            file.set_len(whole as u64).map_err(io())?;
            file.sync_all().map_err(io())?;
        }
        file.flush().map_err(io())?;
        Ok((Self { path: path.to_owned(), file }, entries))
    }

    /// What is in the log at a path; nothing when there is none.
    pub fn read(path: &Path) -> Result<Vec<Entry>, RunError> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(read(path, &bytes)?.0),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(RunError::io(path)(error)),
        }
    }

    /// Writes an event down; it is on the disk when this returns.
    pub fn write(&mut self, event: Event, hook: Hook<'_>) -> Result<Entry, RunError> {
        let entry = Entry { at: now(), event };
        let text = serde_json::to_string(&entry).unwrap_or_default();
        let line = format!("{} {text}\n", sum(text.as_bytes()));
        hook("before");
        let (first, rest) = line.as_bytes().split_at(line.len() / 2);
        let written = self.file.write_all(first).and_then(|()| {
            hook("half");
            self.file.write_all(rest)
        });
        written.and_then(|()| self.file.sync_data()).map_err(RunError::io(&self.path))?;
        hook("after");
        Ok(entry)
    }
}

/// The first 16 hexadecimal digits of the BLAKE3 hash.
fn sum(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..16].to_owned()
}

/// The entries of a log, and how many of its bytes they are.
fn read(path: &Path, bytes: &[u8]) -> Result<(Vec<Entry>, usize), RunError> {
    let mut entries = Vec::new();
    let mut whole = 0;
    while whole < bytes.len() {
        let rest = &bytes[whole..];
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { break };
        let last = whole + end + 1 == bytes.len();
        match entry(&rest[..end]) {
            Some(entry) => entries.push(entry),
            // Blocks of one write may reach the disk in any order.
            None if last => break,
            None => {
                let number = entries.len() + 1;
                return Err(RunError::Damaged { path: path.to_owned(), number });
            }
        }
        whole += end + 1;
    }
    Ok((entries, whole))
}

fn entry(line: &[u8]) -> Option<Entry> {
    let (stated, text) = line.split_at_checked(16)?;
    let text = text.strip_prefix(b" ")?;
    (sum(text).as_bytes() == stated).then(|| serde_json::from_slice(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{Event, Log};

    #[test]
    fn a_torn_end_is_dropped_and_other_damage_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let (mut log, entries) = Log::open(&path).expect("it opens");
        assert_eq!(entries, []);
        for phase in 0..3 {
            log.write(Event::PhaseBegun { phase, overlay: false }, &mut |_| {})
                .expect("it is written");
        }
        let whole = std::fs::read(&path).expect("it is there");
        let first = whole.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).expect("it is ours");
            let count = whole[..length].split(|byte| *byte == b'\n').count() - 1;
            assert_eq!(Log::open(&path).expect("it opens").1.len(), count, "{length} bytes");
        }
        for at in 0..first {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            std::fs::write(&path, &bytes).expect("it is ours");
            assert!(Log::open(&path).is_err(), "byte {at}");
        }
    }
}
