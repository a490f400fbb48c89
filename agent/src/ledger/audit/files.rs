//! The files of the log: their names, the lock, the end of the last one.
//!
//! ```text
//! $QF_HOME/audit/
//!     log-000001.jsonl   records, one a line; numbers go up, and are not used again
//!     log-000002.torn    what was behind the last whole record after a crash
//!     lock               held by whoever adds something
//! $QF_HOME/audit-heads/
//!     heads.jsonl        signed heads, one a line
//!     key, key.pub       what they are signed and verified with
//! ```
//!
//! The heads are kept apart, so that they can be on another disk, be copied away line by line, and
//! be given to whoever must not read what was done.
//!
//! Each record is on the disk before the next is written, so that after a crash only the last line
//! can be torn. It is moved aside, not deleted: whether it was a crash is for a person to say.

use super::error::{AuditError, Result};
use super::hash::ZEROS;
use super::scan;
use crate::ledger::lock::Lock;
use qf_graph::store::Home;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the lock is waited for; it is held for one record.
const WAIT: Duration = Duration::from_secs(10);

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The folder of the log.
    pub log: PathBuf,
    /// The folder of the heads and the keys.
    pub heads: PathBuf,
}

impl Places {
    /// Those below a home.
    pub fn of(home: &Home) -> Self {
        Self { log: home.folder().join("audit"), heads: home.folder().join("audit-heads") }
    }

    /// A file of the log.
    pub fn file(&self, number: u64) -> PathBuf {
        self.log.join(name(number))
    }

    /// Where its torn end is put.
    pub fn torn(&self, number: u64) -> PathBuf {
        self.log.join(format!("log-{number:06}.torn"))
    }

    /// The file of the heads.
    pub fn head_lines(&self) -> PathBuf {
        self.heads.join("heads.jsonl")
    }

    /// The files of the log, the oldest first.
    pub fn list(&self) -> Result<Vec<(u64, PathBuf)>> {
        let entries = match std::fs::read_dir(&self.log) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(AuditError::io(&self.log)(error)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry.map_err(AuditError::io(&self.log))?;
            if let Some(number) = entry.file_name().to_str().and_then(number) {
                files.push((number, entry.path()));
            }
        }
        files.sort_unstable();
        Ok(files)
    }
}

/// The name of a file of the log.
pub fn name(number: u64) -> String {
    format!("log-{number:06}.jsonl")
}

/// The number of a file of the log; none when that is not its name.
pub fn number(file: &str) -> Option<u64> {
    let digits = file.strip_prefix("log-")?.strip_suffix(".jsonl")?;
    let number = digits.parse().ok()?;
    (name(number) == file).then_some(number)
}

/// Waits until names of a folder are on the disk.
pub fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(AuditError::io(folder))
}

/// Takes the lock; the folder is there.
pub fn lock(folder: &Path) -> Result<Lock> {
    Ok(Lock::take(folder, WAIT)?)
}

/// Takes the lock in order to read; none where nobody can write.
pub fn lock_to_read(folder: &Path) -> Result<Option<Lock>> {
    Ok(Lock::take_to_read(folder, WAIT)?)
}

/// The last line of the beginning of a file.
pub struct Ends {
    /// Where it begins, and its bytes without its end; none when there is no whole line.
    pub line: Option<(u64, Vec<u8>)>,
    /// How many bytes are whole lines.
    pub whole: u64,
}

/// The last line of the first `length` bytes of a file.
pub fn ends(file: &File, length: u64) -> std::io::Result<Ends> {
    let mut window = length.min(64 << 10);
    loop {
        let from = length - window;
        let mut bytes = vec![0; window as usize];
        file.read_exact_at(&mut bytes, from)?;
        let is_end = |byte: &u8| *byte == b'\n';
        if let Some(end) = bytes.iter().rposition(is_end) {
            let start = bytes[..end].iter().rposition(is_end).map(|at| at + 1);
            if let Some(start) = start.or((from == 0).then_some(0)) {
                let line = (from + start as u64, bytes[start..end].to_vec());
                return Ok(Ends { line: Some(line), whole: from + end as u64 + 1 });
            }
        } else if from == 0 {
            return Ok(Ends { line: None, whole: 0 });
        }
        window = window.saturating_mul(4).min(length);
    }
}

/// What the next record comes after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// Its number; 0 when there is none.
    pub seq: u64,
    /// Its own hash.
    pub hash: String,
    /// The hash of its line.
    pub chain: String,
}

impl Default for Last {
    fn default() -> Self {
        Self { seq: 0, hash: ZEROS.to_owned(), chain: ZEROS.to_owned() }
    }
}

impl Last {
    fn of(line: &[u8]) -> std::result::Result<Self, scan::Fault> {
        let checked = scan::check(line)?;
        Ok(Self {
            seq: checked.record.seq,
            hash: checked.record.hash_text(),
            chain: checked.chain_text(),
        })
    }
}

/// The last record of a file in which nothing is torn; none when it is empty.
pub fn last_of(path: &Path) -> Result<Option<Last>> {
    let io = || AuditError::io(path);
    let file = File::open(path).map_err(io())?;
    let length = file.metadata().map_err(io())?.len();
    let Some((_, line)) = ends(&file, length).map_err(io())?.line else { return Ok(None) };
    Last::of(&line)
        .map(Some)
        .map_err(|fault| AuditError::damaged(path, format!("at its end: {fault}")))
}

/// The end of the log.
#[derive(Debug, Default)]
pub struct Tail {
    /// The last file; 0 when there is none.
    pub number: u64,
    /// How many of its bytes are whole records.
    pub whole: u64,
    /// How many bytes it has.
    pub length: u64,
    /// The number of its first record; 0 when it has none.
    pub first: u64,
    /// The last record, which may be in the file before it.
    pub last: Last,
}

/// Looks where the log ends. Only the last line may be torn: without its end, or, because the blocks
/// of one write may reach the disk in any order, with it.
pub fn tail(places: &Places) -> Result<Tail> {
    let files = places.list()?;
    let Some((number, path)) = files.last() else { return Ok(Tail::default()) };
    let io = || AuditError::io(path);
    let file = File::open(path).map_err(io())?;
    let length = file.metadata().map_err(io())?.len();
    let mut tail = Tail { number: *number, whole: length, length, ..Tail::default() };
    for torn in [false, true] {
        let found = ends(&file, tail.whole).map_err(io())?;
        tail.whole = found.whole;
        let Some((at, line)) = found.line else { break };
        match Last::of(&line) {
            Ok(last) => {
                tail.first = first(&file, tail.whole).map_err(io())?.unwrap_or(last.seq);
                tail.last = last;
                return Ok(tail);
            }
            Err(_) if !torn => tail.whole = at,
            Err(fault) => {
                return Err(AuditError::damaged(path, format!("before its end: {fault}")));
            }
        }
    }
    for (_, path) in files.iter().rev().skip(1) {
        if let Some(last) = last_of(path)? {
            tail.last = last;
            break;
        }
    }
    Ok(tail)
}

/// The number of the first record of a file.
fn first(file: &File, whole: u64) -> std::io::Result<Option<u64>> {
    let mut window = whole.min(16 << 10);
    loop {
        let mut bytes = vec![0; window as usize];
        file.read_exact_at(&mut bytes, 0)?;
        let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if line.len() < bytes.len() || window == whole {
            return Ok(scan::scan(line).ok().map(|record| record.seq));
        }
        window = window.saturating_mul(4).min(whole);
    }
}

/// Moves what is behind the first `whole` bytes of a file to the end of another, and gives it.
pub fn set_aside(path: &Path, whole: u64, aside: &Path) -> Result<Vec<u8>> {
    let io = || AuditError::io(path);
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(io())?;
    let length = file.metadata().map_err(io())?.len();
    let mut torn = vec![0; length.saturating_sub(whole) as usize];
    file.read_exact_at(&mut torn, whole).map_err(io())?;
    let kept = OpenOptions::new().append(true).create(true).mode(0o600).open(aside);
    kept.and_then(|mut kept| {
        kept.write_all(&torn)?;
        kept.sync_all()
    })
    .map_err(AuditError::io(aside))?;
    if let Some(folder) = aside.parent() {
        sync_folder(folder)?;
    }
    file.set_len(whole).and_then(|()| file.sync_all()).map_err(io())?;
    Ok(torn)
}

#[cfg(test)]
mod tests {
    use super::{ends, name, number};
    use std::fs::File;

    #[test]
    fn names() {
        assert_eq!(name(1), "log-000001.jsonl");
        assert_eq!(number("log-000001.jsonl"), Some(1));
        assert_eq!(number("log-1234567.jsonl"), Some(1_234_567));
        for other in ["log-1.jsonl", "log-000001.torn", "log-.jsonl", "log-+00001.jsonl", "lock"] {
            assert_eq!(number(other), None, "{other}");
        }
    }

    #[test]
    fn the_last_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let long = "x".repeat(300_000);
        for (text, line, whole) in [
            (String::new(), None, 0),
            ("torn".to_owned(), None, 0),
            ("\n".to_owned(), Some((0, "")), 1),
            ("one\n".to_owned(), Some((0, "one")), 4),
            ("one\ntwo\nthr".to_owned(), Some((4, "two")), 8),
            (format!("one\n{long}\n"), Some((4, long.as_str())), 300_005),
            (format!("one\n{long}"), Some((0, "one")), 4),
            (long.clone(), None, 0),
        ] {
            std::fs::write(&path, &text).expect("it is ours");
            let file = File::open(&path).expect("it is there");
            let found = ends(&file, text.len() as u64).expect("it is read");
            assert_eq!(found.whole, whole);
            let bytes = line.map(|(at, line)| (at, line.as_bytes().to_vec()));
            assert_eq!(found.line, bytes);
        }
    }
}
