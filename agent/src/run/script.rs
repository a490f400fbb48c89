//! Runs the command of a step.
//!
//! The command and everything that it starts is one process group, so that all of it can be ended:
//! when its time is over, when the run is stopped, and when the run was killed and is gone on with.
//! For the last it must be known which processes they are before they do anything: the shell waits
//! for a line that is written when its group is written down, and ends when nobody is left to write
//! it. What it prints goes to a file; the end of that is shown when it fails.

use super::RunError;
use crate::overlay::{NO_FOLDER, NO_VIEW, NOT_BEGUN, Overlay};
use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How a script ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// As it should.
    Right,
    /// Otherwise, and why, with the exit code; [`NOT_FOUND`] where nothing was begun.
    Wrong(String, Option<i32>),
    /// The run is to stop.
    Stopped,
}

/// Where a phase works: in the tree, or in a view of it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The work tree.
    pub tree: &'a Path,
    /// The layer over it.
    pub overlay: Option<&'a Overlay>,
}

impl View<'_> {
    /// A command that sees what the phase sees, in a folder below the root of the tree.
    pub fn command(&self, folder: &str, words: &[OsString]) -> Command {
        let words = self.words(folder, words);
        let mut command = Command::new(words.first().cloned().unwrap_or_default());
        command.args(words.get(1..).unwrap_or_default());
        // In a view, the folder may be one that nobody else sees.
        match self.overlay {
            Some(_) => command.current_dir(self.tree),
            None => command.current_dir(self.tree.join(folder)),
        };
        command
    }

    fn words(&self, folder: &str, words: &[OsString]) -> Vec<OsString> {
        let mut all =
            self.overlay.map_or_else(Vec::new, |overlay| overlay.before(&self.tree.join(folder)));
        all.extend_from_slice(words);
        all
    }
}

/// What is run.
pub struct Words {
    /// The program and its arguments.
    pub words: Vec<OsString>,
    /// In this folder below the root of the work tree.
    pub folder: String,
    /// The exit code that it must end with.
    pub expect: i32,
    /// Most seconds that it may take.
    pub seconds: u64,
    /// What it finds in its environment.
    pub variables: Vec<(String, String)>,
    /// Where what it prints goes.
    pub output: PathBuf,
}

/// Waits for a line, then becomes the command that is its arguments. Beside it somebody waits for the
/// end of the same pipe, which is that of the run, and ends the whole group.
const GATE: &str = "read -r go || exit 1; exec 3<&0 < /dev/null; \
    (read -r go <&3; kill -KILL 0) > /dev/null 2>&1 & exec \"$@\" 3<&-";
/// Exit code of a shell whose command cannot be run (POSIX, 2.8.2).
pub const NOT_RUN: i32 = 126;
/// And of one whose command is nowhere.
pub const NOT_FOUND: i32 = 127;
/// How often a script is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// So much of the end of what it printed is shown.
const SHOWN: u64 = 2_000;

/// Runs a command; `started` is told its process group and when that began.
pub fn run(
    view: &View<'_>,
    what: &Words,
    stop: &AtomicBool,
    started: &mut dyn FnMut(i32, u64) -> Result<(), RunError>,
) -> Result<End, RunError> {
    let output = &what.output;
    let file = File::create(output).map_err(RunError::io(output))?;
    let errors = file.try_clone().map_err(RunError::io(output))?;
    let folder = match view.overlay {
        Some(_) => view.tree.to_owned(),
        None => view.tree.join(&what.folder),
    };
    let child = Command::new("sh")
        .args(["-c", GATE, "sh"])
        .args(view.words(&what.folder, &what.words))
        .current_dir(&folder)
        .envs(what.variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(file)
        .stderr(errors)
        .process_group(0)
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            return Ok(End::Wrong(format!("it cannot be run: {error}"), Some(NOT_FOUND)));
        }
    };
    let group = child.id().cast_signed();
    let told = started(group, begun(group).unwrap_or(0));
    if let Err(error) = told {
        end(&mut child, group);
        return Err(error);
    }
    // Held until the script has ended.
    let mut gate = child.stdin.take();
    if let Some(gate) = &mut gate {
        // When it cannot be opened, the shell is gone, which is noticed below.
        let _ = gate.write_all(b"go\n");
    }
    let from = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                // What it left running would go on changing files.
                kill(group);
                return Ok(match status.code() {
                    Some(code) if code == what.expect => End::Right,
                    Some(NOT_BEGUN) if ends_with(output, NO_VIEW) => {
                        let said = tail(output);
                        let reason = format!("its view of the tree cannot be made{said}");
                        End::Wrong(reason, Some(NOT_FOUND))
                    }
                    Some(NOT_BEGUN) if ends_with(output, NO_FOLDER) => {
                        let reason = format!("there is no folder `{}`", what.folder);
                        End::Wrong(reason, Some(NOT_FOUND))
                    }
                    Some(code) => {
                        let (expect, said) = (what.expect, tail(output));
                        let reason = format!("it ended with {code} instead of {expect}{said}");
                        End::Wrong(reason, Some(code))
                    }
                    None => End::Wrong(format!("it was ended by a signal{}", tail(output)), None),
                });
            }
            Ok(None) => {}
            Err(error) => {
                end(&mut child, group);
                return Ok(End::Wrong(format!("it cannot be waited for: {error}"), None));
            }
        }
        if stop.load(Ordering::Relaxed) {
            end(&mut child, group);
            return Ok(End::Stopped);
        }
        if from.elapsed() > Duration::from_secs(what.seconds) {
            end(&mut child, group);
            let seconds = what.seconds;
            let reason = format!("it took more than {seconds} s{}", tail(output));
            return Ok(End::Wrong(reason, None));
        }
        std::thread::sleep(LOOK);
    }
}

/// Ends what a run that was killed left running, when it is still that.
pub fn end_leftover(group: i32, since: u64) {
    if since != 0 && begun(group) == Some(since) {
        kill(group);
        // It is gone when the system says so; files may be written until then.
        let from = Instant::now();
        while begun(group) == Some(since) && from.elapsed() < Duration::from_secs(2) {
            std::thread::sleep(LOOK);
        }
    }
}

fn end(child: &mut Child, group: i32) {
    kill(group);
    let _ = child.wait();
}

fn kill(group: i32) {
    if let Some(group) = rustix::process::Pid::from_raw(group) {
        // Best effort: it may have ended by itself.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// When a process began, in ticks since the system did (proc(5), `stat`); none where there is none,
/// or where the system does not say.
pub(crate) fn begun(process: i32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is a name in parentheses that may have any characters.
    let rest = text.rsplit_once(')')?.1;
    let mut fields = rest.split_whitespace();
    // A zombie runs no more.
    let state = fields.next()?;
    (state != "Z").then(|| fields.nth(18)?.parse().ok()).flatten()
}

/// Whether what was printed ends with a line.
fn ends_with(output: &Path, line: &str) -> bool {
    tail(output).lines().last() == Some(line)
}

/// The end of what was printed.
fn tail(output: &Path) -> String {
    let text = || -> std::io::Result<String> {
        let mut file = File::open(output)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(SHOWN)))?;
        let mut bytes = Vec::new();
        file.take(SHOWN).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
    };
    match text() {
        Ok(text) if !text.is_empty() => format!(":\n{text}"),
        _ => String::new(),
    }
}
