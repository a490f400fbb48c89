//! A watch in the background: the program started again without a terminal.

use super::What;
use super::state::State;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use qf_graph::store::lock::WriterLock;
use std::fs::OpenOptions;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A log that has grown past this many bytes gives way to a new one.
const LOG: u64 = 1 << 20;
/// How long a start is waited for.
const START: Duration = Duration::from_secs(3);
/// How long an end is waited for: a run under way is finished first.
const END: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(30);

/// `qf watch --daemon`.
pub fn start(context: &mut Context, what: &What) -> Result<Outcome, CommandError> {
    // Who is there already is said here, not in a log.
    drop(super::lock(&context.home)?);
    let failed = |error: std::io::Error| {
        CommandError::input(format!("cannot watch in the background: {error}"))
    };
    let path = context.home.watch_log();
    if std::fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LOG) {
        let _ = std::fs::rename(&path, path.with_extension("log.old"));
    }
    let log = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
    let begins = log.metadata().map_or(0, |metadata| metadata.len());
    let mut child = Command::new(std::env::current_exe().map_err(failed)?)
        .args(["watch", "--detached"])
        .args(what.arguments())
        .env("QF_HOME", std::path::absolute(context.home.folder()).map_err(failed)?)
        // Where it was started from must not be held busy.
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(failed)?)
        .stderr(log)
        .spawn()
        .map_err(failed)?;
    let pid = child.id();
    let begun = Instant::now();
    while begun.elapsed() < START {
        if let Some(status) = child.try_wait().map_err(failed)? {
            let text = std::fs::read(&path).unwrap_or_default();
            let said = text.get(begins as usize..).unwrap_or(&[]);
            let said = String::from_utf8_lossy(said).trim().to_owned();
            return Err(CommandError::conflict(format!(
                "the watch in the background ended at once ({status}): {said}"
            )));
        }
        if State::of_running(&context.home).is_some_and(|state| state.pid == pid && state.ready) {
            break;
        }
        std::thread::sleep(STEP);
    }
    context.out.line(format_args!(
        "Watching in the background (pid {pid}); it says what it does in {}",
        path.display()
    ))?;
    context.out.line("qf watch --status   qf watch --stop")?;
    Ok(Outcome::Done)
}

/// Leaves the terminal's session, so that closing the terminal does not end the watch.
pub fn detach() {
    // Fails only when there is no terminal to leave.
    #[cfg(unix)]
    let _ = rustix::process::setsid();
}

/// `qf watch --stop`.
pub fn stop(context: &mut Context) -> Result<Outcome, CommandError> {
    if WriterLock::watcher(&context.home).is_none() {
        context.out.line("nobody watches this workspace")?;
        return Ok(Outcome::NothingFound);
    }
    let Some(state) = State::of_running(&context.home) else {
        return Err(CommandError::conflict(
            "the watch is starting; try again in a moment".to_owned(),
        ));
    };
    end(state.pid)?;
    let begun = Instant::now();
    while WriterLock::watcher(&context.home).is_some() {
        if begun.elapsed() > END {
            return Err(CommandError::conflict(format!(
                "pid {} has been told to end and still finishes its run",
                state.pid
            )));
        }
        std::thread::sleep(STEP);
    }
    context.out.line(format_args!("the watch (pid {}) has ended", state.pid))?;
    Ok(Outcome::Done)
}

#[cfg(unix)]
fn end(pid: u32) -> Result<(), CommandError> {
    use rustix::process::{Pid, Signal, kill_process};
    let process = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let sent = process.ok_or(rustix::io::Errno::SRCH).and_then(|process| {
        // The lock is held, so the process of its holder exists and is the one that is meant.
        kill_process(process, Signal::TERM)
    });
    sent.map_err(|error| CommandError::conflict(format!("cannot end pid {pid}: {error}")))
}

#[cfg(not(unix))]
fn end(pid: u32) -> Result<(), CommandError> {
    let message = format!("end process {pid} with the system's own means");
    Err(CommandError::conflict(message))
}
