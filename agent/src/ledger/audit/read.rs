//! Reads the log while others add to it.
//!
//! Which files there are, how long each is and what the heads say is looked at under the lock, at one
//! moment; what is read afterwards is that much of those files, so that nobody is kept from writing
//! and no half line is seen. Files stay readable when they are pruned meanwhile: they are open.

use super::error::{AuditError, Result};
use super::files::{self, Places, name};
use super::heads::PublicKey;
use super::record::MOST_BYTES;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Take};
use std::path::PathBuf;

/// The log at one moment.
pub struct Snapshot {
    /// Its files, the oldest first.
    pub files: Vec<Part>,
    /// The heads.
    pub heads: Vec<u8>,
    /// What they are verified with.
    pub key: Option<PublicKey>,
}

/// A file of the log, as long as it was.
pub struct Part {
    /// Its number.
    pub number: u64,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// How long it was.
    pub length: u64,
    file: File,
}

impl Snapshot {
    /// The log now.
    pub fn take(places: &Places) -> Result<Self> {
        let _lock = files::lock_to_read(&places.log)?;
        let mut files = Vec::new();
        for (number, path) in places.list()? {
            let file = File::open(&path).map_err(AuditError::io(&path))?;
            let length = file.metadata().map_err(AuditError::io(&path))?.len();
            files.push(Part { number, name: name(number), path, length, file });
        }
        let path = places.head_lines();
        let heads = match std::fs::read(&path) {
            Ok(heads) => heads,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(AuditError::io(&path)(error)),
        };
        Ok(Self { files, heads, key: PublicKey::read(places)? })
    }

    /// Whether there is no log.
    pub fn is_empty(&self) -> bool {
        self.files.iter().all(|part| part.length == 0) && self.heads.is_empty()
    }

    /// Calls `each` with every line, without its end, until it says that it has enough. What is torn
    /// at the end of a file is left out.
    pub fn lines(&self, each: &mut dyn FnMut(&Part, u64, &[u8]) -> Result<bool>) -> Result<()> {
        let mut line = Vec::new();
        for part in &self.files {
            let io = || AuditError::io(&part.path);
            let mut reader = part.reader().map_err(io())?;
            let mut number = 0;
            while next(&mut reader, &mut line).map_err(io())? == Next::Line {
                number += 1;
                if !each(part, number, &line)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The last lines, the oldest first.
    pub fn last(&self, count: usize) -> Result<Vec<Vec<u8>>> {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        for part in self.files.iter().rev() {
            if lines.len() >= count {
                break;
            }
            let io = || AuditError::io(&part.path);
            let mut bytes = Vec::new();
            part.reader().map_err(io())?.read_to_end(&mut bytes).map_err(io())?;
            let whole = bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
            let missing = count - lines.len();
            let found = bytes[..whole].rsplit(|byte| *byte == b'\n').take(missing);
            lines.extend(found.filter(|line| !line.is_empty()).map(<[u8]>::to_vec));
        }
        lines.reverse();
        Ok(lines)
    }
}

impl Part {
    /// Reads it from its beginning.
    pub fn reader(&self) -> std::io::Result<BufReader<Take<&File>>> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))?;
        Ok(BufReader::with_capacity(1 << 18, Read::take(file, self.length)))
    }
}

/// What comes next in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A line that has its end.
    Line,
    /// Bytes without an end, or too many of them; there is nothing after them.
    Torn,
    /// The end.
    End,
}

/// Reads the next line, without its end.
pub fn next(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<Next> {
    line.clear();
    let most = MOST_BYTES as u64 + 1;
    Read::take(&mut *reader, most).read_until(b'\n', line)?;
    Ok(match line.pop() {
        None => Next::End,
        Some(b'\n') => Next::Line,
        Some(other) => {
            line.push(other);
            Next::Torn
        }
    })
}

/// Reads what is added to the log from now on.
pub struct Follow {
    places: Places,
    number: u64,
    at: u64,
}

impl Follow {
    /// Begins behind what a snapshot has.
    pub fn behind(places: Places, snapshot: &Snapshot) -> Self {
        let (number, at) = snapshot.files.last().map_or((0, 0), |part| (part.number, part.length));
        Self { places, number, at }
    }

    /// The whole lines that were added since it was asked last.
    pub fn more(&mut self) -> Result<Vec<Vec<u8>>> {
        let mut lines = Vec::new();
        for (number, path) in self.places.list()? {
            if number < self.number {
                continue;
            }
            if number > self.number {
                (self.number, self.at) = (number, 0);
            }
            let io = || AuditError::io(&path);
            let mut bytes = Vec::new();
            let mut file = File::open(&path).map_err(io())?;
            file.seek(SeekFrom::Start(self.at)).map_err(io())?;
            file.read_to_end(&mut bytes).map_err(io())?;
            if let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') {
                let added = bytes[..end].split(|byte| *byte == b'\n');
                lines.extend(added.map(<[u8]>::to_vec));
                self.at += end as u64 + 1;
            }
        }
        Ok(lines)
    }
}
