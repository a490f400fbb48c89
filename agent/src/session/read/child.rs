//! The process that reads a document, seen from both sides.

use super::frames::{Frame, receive};
use super::{
    Kind, MOST_MEMORY, MOST_SECONDS, MOST_TEXT, MOST_WAIT, Page, Problem, Read, ReadError,
    first_line,
};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use std::io::{self, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// So much is kept of what it says when it fails.
const HEARD: u64 = 8 << 10;

/// Sets the limits of the process that reads: no more than [`MOST_MEMORY`] and [`MOST_SECONDS`],
/// and no picture of its memory when it fails. They cannot be taken back.
pub fn limit() -> Result<(), ReadError> {
    // At the lower of the two limits of time comes a signal that tells it from other ends.
    let limits = [
        (Resource::Core, 0, 0),
        (Resource::Cpu, MOST_SECONDS, MOST_SECONDS + 5),
        (Resource::As, MOST_MEMORY, MOST_MEMORY),
    ];
    for (resource, lower, upper) in limits {
        let old = getrlimit(resource);
        let least = |limit: u64, old: Option<u64>| Some(old.map_or(limit, |old| old.min(limit)));
        let new = Rlimit { current: least(lower, old.current), maximum: least(upper, old.maximum) };
        let set = setrlimit(resource, new);
        // Other systems do not have all of them; the rest still holds.
        if cfg!(target_os = "linux") {
            set.map_err(|error| ReadError::Program { source: error.into() })?;
        }
    }
    Ok(())
}

/// Reads a document in a process of its own, which `program` (this program) is when it is called
/// with `read-document KIND FILE`. The pages are given away as they come; when it fails after some,
/// those are what was read, and a warning says so. In messages the file is called `shown`.
pub fn pages(
    program: &Path,
    kind: Kind,
    path: &Path,
    shown: &Path,
    page: &mut dyn FnMut(Page) -> io::Result<()>,
) -> Result<Read, ReadError> {
    if !kind.is_document() {
        return Err(ReadError::refused(shown, kind, Problem::Plain));
    }
    let mut child = start(program, kind, path).map_err(|source| ReadError::Program { source })?;
    let (Some(out), Some(mut errors)) = (child.stdout.take(), child.stderr.take()) else {
        end(&mut child);
        return Err(ReadError::Program { source: io::Error::other("it has no output") });
    };
    let listener = std::thread::spawn(move || {
        let mut said = Vec::new();
        let mut first = errors.by_ref().take(HEARD);
        // What cannot be heard is not missed.
        let _ = first.read_to_end(&mut said);
        let _ = io::copy(&mut errors, &mut io::sink());
        String::from_utf8_lossy(&said).into_owned()
    });
    let mut told = Told::default();
    let watch = Watch::begin(&child, Duration::from_secs(MOST_WAIT));
    let listened = told.listen(out, MOST_TEXT * 1_000_000, page);
    let late = watch.end();
    if listened.is_err() {
        // It would go on reading for nobody.
        end(&mut child);
    }
    let status = child.wait();
    let said = listener.join().unwrap_or_default();
    match listened {
        Err(Broken::Page(source)) => return Err(ReadError::Kept { source }),
        Err(Broken::Pipe(reason)) => told.failure = Some(Problem::Damaged(reason)),
        Err(Broken::Long) => told.failure = Some(Problem::Long),
        Ok(()) if late && told.end.is_none() => told.failure = Some(Problem::Wait),
        Ok(()) => {}
    }
    let status = status.map_err(|source| ReadError::Program { source })?;
    told.outcome(kind, shown, status, &said)
}

/// Ends a process that is not done in time. It may wait for something, or for us: its limit of time
/// is of a processor.
struct Watch {
    over: Sender<()>,
    thread: JoinHandle<bool>,
}

impl Watch {
    fn begin(child: &Child, most: Duration) -> Self {
        let (over, heard) = mpsc::channel();
        let process = Pid::from_child(child);
        let thread = std::thread::spawn(move || {
            let late = heard.recv_timeout(most) == Err(RecvTimeoutError::Timeout);
            if late {
                // It may have ended by itself. Nobody has waited for it yet, so its number is still
                // its own.
                let _ = kill_process(process, Signal::KILL);
            }
            late
        });
        Self { over, thread }
    }

    /// Stops watching, and says whether the process was ended.
    fn end(self) -> bool {
        drop(self.over);
        self.thread.join().unwrap_or(false)
    }
}

fn start(program: &Path, kind: Kind, path: &Path) -> io::Result<Child> {
    Command::new(program)
        .args(["read-document", kind.name(), "--"])
        .arg(path)
        // It reads files that nobody looked into, and needs to know nothing of us to do that. It
        // must be told of some index, but has none.
        .env_clear()
        .env("QF_HOME", "/dev/null")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

fn end(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

/// Why nothing more is heard, though it may say more.
enum Broken {
    /// A page could not be given away.
    Page(io::Error),
    /// What it says makes no sense.
    Pipe(String),
    /// It has said enough.
    Long,
}

/// What the process said until it ended.
#[derive(Default)]
struct Told {
    /// How many pages, and the last one's label.
    pages: u32,
    last: String,
    failure: Option<Problem>,
    end: Option<Read>,
}

impl Told {
    /// Hears it until it ends, or has said more than `most` bytes of text.
    fn listen(
        &mut self,
        out: impl io::Read,
        most: u64,
        page: &mut dyn FnMut(Page) -> io::Result<()>,
    ) -> Result<(), Broken> {
        let mut out = BufReader::with_capacity(1 << 16, out);
        let mut heard = 0;
        loop {
            match receive(&mut out).map_err(|error| Broken::Pipe(error.to_string()))? {
                None => return Ok(()),
                Some(Frame::Page(next)) => {
                    heard += next.text.len() as u64;
                    if heard > most {
                        return Err(Broken::Long);
                    }
                    self.pages += 1;
                    self.last.clone_from(&next.label);
                    page(next).map_err(Broken::Page)?;
                }
                Some(Frame::Failure(problem)) => self.failure = Some(problem),
                Some(Frame::End { pages, warning }) => self.end = Some(Read { pages, warning }),
            }
        }
    }

    fn outcome(
        self,
        kind: Kind,
        path: &Path,
        status: ExitStatus,
        said: &str,
    ) -> Result<Read, ReadError> {
        if let (Some(read), None) = (self.end, &self.failure) {
            return Ok(read);
        }
        let problem = self.failure.unwrap_or_else(|| cause(status, said));
        let error = ReadError::refused(path, kind, problem.clone());
        if self.pages == 0 {
            return Err(error);
        }
        let after = if self.last.is_empty() { "its beginning" } else { self.last.as_str() };
        let hint = error.hint().map_or_else(String::new, |hint| format!("; {hint}"));
        let warning = format!("what follows {after} was not read: the file {problem}{hint}");
        Ok(Read { pages: self.pages, warning: Some(warning) })
    }
}

/// Why a process ended that did not say so itself.
fn cause(status: ExitStatus, said: &str) -> Problem {
    let signal = status.signal();
    if signal == Some(Signal::XCPU.as_raw()) {
        return Problem::Time;
    }
    // The first is what the standard library says before it gives up. The second comes from the
    // system, when others need the memory more.
    if said.contains("memory allocation of") || signal == Some(Signal::KILL.as_raw()) {
        return Problem::Memory;
    }
    let first = said.lines().find(|line| !line.trim().is_empty());
    Problem::Damaged(match (first, signal) {
        (Some(line), _) => format!("its reader failed: {}", first_line(line.trim())),
        (None, Some(signal)) => format!("its reader was ended by signal {signal}"),
        (None, None) => "its reader failed".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a shell ends that runs a line.
    fn ended(line: &str) -> ExitStatus {
        let line = format!("ulimit -c 0; {line}");
        let shell = Command::new("sh").args(["-c", &line]).stderr(Stdio::null()).status();
        shell.expect("there is a shell")
    }

    #[test]
    fn the_end_of_a_reader_says_what_was_wrong() {
        assert_eq!(cause(ended("kill -XCPU $$"), ""), Problem::Time);
        assert_eq!(cause(ended("kill -KILL $$"), ""), Problem::Memory);
        let said = "memory allocation of 5 bytes failed\n";
        assert_eq!(cause(ended("kill -ABRT $$"), said), Problem::Memory);
        let said = "\nthread 'main' has overflowed its stack\nfatal";
        let reason = "its reader failed: thread 'main' has overflowed its stack";
        assert_eq!(cause(ended("kill -ABRT $$"), said), Problem::Damaged(reason.to_owned()));
        let reason = "its reader was ended by signal 11";
        assert_eq!(cause(ended("kill -SEGV $$"), ""), Problem::Damaged(reason.to_owned()));
    }

    #[test]
    fn a_process_that_is_late_is_ended() {
        let start = |line: &str| {
            let mut shell = Command::new("sh");
            shell.args(["-c", line]).stdout(Stdio::piped()).spawn().expect("there is a shell")
        };
        let mut child = start("exec sleep 600");
        let out = child.stdout.take().expect("a pipe");
        let watch = Watch::begin(&child, Duration::from_millis(50));
        let listened = Told::default().listen(out, 1, &mut |_| Ok(()));
        assert!(listened.is_ok() && watch.end(), "nothing more comes");
        let status = child.wait().expect("it is ours");
        assert_eq!(status.signal(), Some(Signal::KILL.as_raw()));
        let mut child = start("exit 0");
        let watch = Watch::begin(&child, Duration::from_secs(600));
        assert!(!watch.end(), "it was in time");
        assert!(child.wait().expect("it is ours").success());
    }

    #[test]
    fn no_more_text_than_is_kept_is_taken() {
        let mut sent = Vec::new();
        let mut sender = super::super::frames::Sender::new(&mut sent);
        for number in 1..=3 {
            let page = Page { label: format!("p. {number}"), text: "a text\n".to_owned() };
            sender.page(&page).expect("memory takes it");
        }
        let (mut told, mut taken) = (Told::default(), Vec::new());
        let listened = told.listen(sent.as_slice(), 14, &mut |page| {
            taken.push(page.label);
            Ok(())
        });
        assert!(matches!(listened, Err(Broken::Long)));
        assert_eq!(taken, ["p. 1", "p. 2"]);
        told.failure = Some(Problem::Long);
        let read = told.outcome(Kind::Pdf, Path::new("a.pdf"), ended("kill -KILL $$"), "");
        let warning = read.expect("two pages were read").warning.expect("not all of it");
        let expected = "what follows p. 2 was not read: the file has more than 256 MB of text; \
                        split it: `qpdf --split-pages=100 a.pdf part.pdf`";
        assert_eq!(warning, expected);
    }

    #[test]
    fn pages_before_a_fault_are_kept_and_said() {
        let told = Told { pages: 2, last: "p. 2".to_owned(), ..Told::default() };
        let read = told.outcome(Kind::Pdf, Path::new("a.pdf"), ended("kill -XCPU $$"), "");
        let read = read.expect("two pages were read");
        assert_eq!(read.pages, 2);
        let warning = read.warning.expect("something was not read");
        assert!(warning.starts_with("what follows p. 2 was not read: the file takes"), "{warning}");
        assert!(warning.contains("qpdf --split-pages"), "{warning}");
        let nothing = Told::default().outcome(Kind::Pdf, Path::new("a.pdf"), ended("exit 1"), "");
        assert!(matches!(nothing, Err(ReadError::Refused { .. })));
    }
}
