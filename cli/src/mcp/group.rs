//! All that a server starts, ended as one.
//!
//! Many servers are started by something else: `npx`, `uvx`, a shell. Ending that leaves the server
//! running. So it leads a process group of its own, which is ended as a whole when the call is over,
//! however that came. A step of a plan is such a group already, and is ended by its run.

use std::io;
use tokio::process::Command;

/// What steps of plans find in their environment.
const STEP: &str = "QF_STEP_KEY";

/// A group of processes, which is ended when this is dropped.
pub struct Group {
    leader: Option<u32>,
}

impl Group {
    /// Starts what a command says as the leader of a group; `start` gives its process.
    pub fn start<T>(
        mut command: Command,
        start: impl FnOnce(Command) -> io::Result<(T, Option<u32>)>,
    ) -> io::Result<(T, Self)> {
        let is_own = std::env::var_os(STEP).is_none();
        if is_own {
            lead(&mut command);
        }
        let (started, process) = start(command)?;
        Ok((started, Self { leader: process.filter(|_| is_own) }))
    }

    /// Ends it, from wherever that is called; nothing where it is not ours to end.
    pub fn ender(&self) -> Option<impl Fn() + Send + use<>> {
        let leader = self.leader?;
        Some(move || end(leader))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            end(leader);
        }
    }
}

#[cfg(unix)]
fn lead(command: &mut Command) {
    command.process_group(0);
}

#[cfg(unix)]
fn end(leader: u32) {
    let group = i32::try_from(leader).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // Best effort: all of it may have ended by itself.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// There are no such groups.
#[cfg(not(unix))]
fn lead(_: &mut Command) {}

#[cfg(not(unix))]
fn end(_: u32) {}
