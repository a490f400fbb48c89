//! Verifies a log: that no record was changed, dropped, put elsewhere or made up.
//!
//! Each line is checked by itself (it is canonical, its hash is that of its content), against the
//! one before it (its number is the next, `previous` is the hash of that line), and against the
//! signed heads (the record with that number has that hash, and none is missing). A problem is told
//! at the place where it shows first: the number that the record there should have. One change makes
//! later problems too; a few are told, the first one is what matters.
//!
//! What cannot be seen: that the last records were taken away together with all heads that name
//! them, or changed by who has the key. Whoever keeps a copy of a head, or its number and hash, can.

use super::error::{AuditError, Result};
use super::files::{Places, number};
use super::hash::ZEROS;
use super::heads::{Head, PublicKey};
use super::read::{Next, Snapshot, next};
use super::record::Pruned;
use super::scan::{Checked, check};
use serde::{Deserialize, Serialize};
use std::io::BufRead;

/// How many problems are told.
const TOLD: usize = 20;

/// Something that is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The number that the record at this place should have, when that is known.
    pub seq: Option<u64>,
    /// The file.
    pub file: String,
    /// The line in it, from 1; 0 when it is about the whole file.
    pub line: u64,
    /// What is wrong.
    pub what: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.file)?;
        if self.line > 0 {
            write!(out, " line {}", self.line)?;
        }
        if let Some(seq) = self.seq {
            write!(out, ", record {seq}")?;
        }
        write!(out, ": {}", self.what)
    }
}

/// What is known of a log after it was verified.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Verified {
    /// Records that are whole.
    pub records: u64,
    /// The number of the first.
    pub first: u64,
    /// The number of the last.
    pub last: u64,
    /// The hash of the last.
    pub last_hash: String,
    /// Files.
    pub files: u64,
    /// Heads whose signature is right.
    pub heads: u64,
    /// The number of the last record that a head is of.
    pub signed: u64,
    /// Records after that.
    pub unsigned: u64,
    /// The id of the key.
    pub key: Option<String>,
    /// What is wrong; the first is told first.
    pub problems: Vec<Problem>,
    /// How many more problems there are.
    pub more: u64,
}

/// Verifies the log of some places, with the key beside it or with the one that is given.
pub fn verify(places: &Places, pinned: Option<&PublicKey>) -> Result<Verified> {
    verify_snapshot(&Snapshot::take(places)?, pinned)
}

/// Verifies a log as it was at one moment.
pub fn verify_snapshot(snapshot: &Snapshot, pinned: Option<&PublicKey>) -> Result<Verified> {
    let mut check = Check::new(&snapshot.heads, pinned.or(snapshot.key.as_ref()));
    for (index, part) in snapshot.files.iter().enumerate() {
        let reader = part.reader().map_err(AuditError::io(&part.path))?;
        let last = index + 1 == snapshot.files.len();
        check.file(&part.name, reader, last).map_err(AuditError::io(&part.path))?;
    }
    Ok(check.finish())
}

/// Verifies a log that is in memory: names and bytes of its files, the bytes of its heads.
pub fn verify_bytes(files: &[(&str, &[u8])], heads: &[u8], key: Option<&PublicKey>) -> Verified {
    let mut check = Check::new(heads, key);
    for (index, (name, bytes)) in files.iter().enumerate() {
        if let Err(error) = check.file(name, *bytes, index + 1 == files.len()) {
            check.bad(name, 0, error.to_string());
        }
    }
    check.finish()
}

/// The end of what was pruned, as a record says.
struct Anchor {
    /// The record that says so.
    said: u64,
    pruned: Pruned,
}

struct Check {
    /// Those that are signed, by number.
    heads: Vec<Head>,
    /// The first of them that is not behind us.
    next_head: usize,
    /// The number that must come next; none before the first record of a log that was pruned.
    expected: Option<u64>,
    /// What it must call `previous`; none after a line that cannot be read.
    previous: Option<[u8; 64]>,
    /// Number and `previous` of the first record.
    begun: Option<(u64, Vec<u8>)>,
    anchors: Vec<Anchor>,
    /// Of the heads: told after those of the records.
    of_heads: Vec<Problem>,
    /// The file that was read last, and its lines.
    place: (String, u64),
    has_key: bool,
    verified: Verified,
}

impl Check {
    fn new(lines: &[u8], key: Option<&PublicKey>) -> Self {
        let mut heads = Vec::new();
        let mut of_heads = Vec::new();
        let whole = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (lines, torn) = lines.split_at(whole);
        let mut problem = |seq: Option<u64>, line: usize, what: &str| {
            let (file, what) = ("heads.jsonl".to_owned(), what.to_owned());
            of_heads.push(Problem { seq, file, line: line as u64, what });
        };
        let mut count = 0;
        let lines = lines.strip_suffix(b"\n").unwrap_or(lines);
        for line in lines.split(|byte| *byte == b'\n').filter(|_| whole > 0) {
            count += 1;
            match (Head::parse(line), key) {
                (None, _) => problem(None, count, "it is no head"),
                (Some(head), Some(key)) if head.verifies(key) => heads.push(head),
                (Some(head), Some(_)) => {
                    problem(Some(head.seq), count, "it is not signed with the key");
                }
                (Some(_), None) => {}
            }
        }
        if !torn.is_empty() {
            problem(None, count + 1, "its end is torn; the next head moves it aside");
        }
        heads.sort_by_key(|head| head.seq);
        let key_id = key.map(|key| key.id().to_owned());
        let verified = Verified { heads: heads.len() as u64, key: key_id, ..Verified::default() };
        Self {
            heads,
            next_head: 0,
            expected: None,
            previous: None,
            begun: None,
            anchors: Vec::new(),
            of_heads,
            place: (String::new(), 0),
            has_key: key.is_some(),
            verified,
        }
    }

    fn problem(&mut self, problem: Problem) {
        if self.verified.problems.len() < TOLD {
            self.verified.problems.push(problem);
        } else {
            self.verified.more += 1;
        }
    }

    fn bad(&mut self, file: &str, line: u64, what: impl Into<String>) {
        let (seq, what) = (self.expected, what.into());
        self.problem(Problem { seq, file: file.to_owned(), line, what });
    }

    /// A line that is no record: the next one may follow it, whatever it was.
    fn skip(&mut self) {
        self.expected = self.expected.map(|expected| expected + 1);
        self.previous = None;
    }

    fn file(&mut self, name: &str, mut reader: impl BufRead, last: bool) -> std::io::Result<()> {
        if self.verified.files == 0 && number(name) == Some(1) {
            self.expected = Some(1);
            self.previous = ZEROS.as_bytes().try_into().ok();
        }
        self.verified.files += 1;
        self.place = (name.to_owned(), 0);
        let mut line = Vec::new();
        loop {
            match next(&mut reader, &mut line)? {
                Next::Line => {
                    self.place.1 += 1;
                    self.line(name, &line);
                }
                Next::Torn => {
                    self.place.1 += 1;
                    let what = if last {
                        "the last line is torn: a crash, or it was cut; the next record moves it aside"
                    } else {
                        "its last line is cut"
                    };
                    self.bad(name, self.place.1, what);
                    self.skip();
                    return Ok(());
                }
                Next::End => return Ok(()),
            }
        }
    }

    fn line(&mut self, file: &str, line: &[u8]) {
        let number = self.place.1;
        let checked = match check(line) {
            Ok(checked) => checked,
            Err(fault) => {
                self.bad(file, number, fault);
                self.skip();
                return;
            }
        };
        let seq = checked.record.seq;
        match self.expected {
            Some(expected) if seq < expected => {
                let what = format!("record {seq} is here, where record {expected} should be");
                self.bad(file, number, what);
                return;
            }
            Some(expected) if seq > expected => {
                let what = format!("it is missing: record {seq} is here instead");
                self.bad(file, number, what);
            }
            _ => {
                let other = |previous: [u8; 64]| previous != checked.record.previous;
                if self.previous.is_some_and(other) {
                    self.bad(file, number, "it does not follow the record before it");
                }
            }
        }
        self.record(file, line, &checked);
    }

    /// A record that is whole in itself.
    fn record(&mut self, file: &str, line: &[u8], checked: &Checked<'_>) {
        let record = &checked.record;
        if self.begun.is_none() {
            self.begun = Some((record.seq, record.previous.to_vec()));
            self.verified.first = record.seq;
        }
        if record.action == b"log.pruned" {
            #[derive(Deserialize)]
            struct Said {
                pruned: Pruned,
            }
            if let Ok(Said { pruned }) = serde_json::from_slice(line) {
                self.anchors.push(Anchor { said: record.seq, pruned });
            }
        }
        while let Some(head) = self.heads.get(self.next_head).filter(|head| head.seq <= record.seq)
        {
            let is_of_it = head.seq == record.seq;
            let is_same = head.hash.as_bytes() == record.hash;
            self.next_head += 1;
            if is_of_it && is_same {
                self.verified.signed = record.seq;
            } else if is_of_it {
                let what = match self.verified.signed {
                    0 => "it is not the record that was signed".to_owned(),
                    signed => format!(
                        "it is not the record that was signed; the change is after record {signed}"
                    ),
                };
                self.expected = Some(record.seq);
                self.bad(file, self.place.1, what);
            }
        }
        self.verified.records += 1;
        self.verified.last = record.seq;
        self.verified.last_hash = record.hash_text();
        self.expected = Some(record.seq + 1);
        self.previous = Some(checked.chain);
    }

    fn finish(mut self) -> Verified {
        let last = self.verified.last;
        if let Some(head) = self.heads.last().filter(|head| head.seq > last) {
            let what = format!(
                "the log ends before it, but record {} was signed at {}",
                head.seq, head.time
            );
            let (file, lines) = std::mem::take(&mut self.place);
            let file = if file.is_empty() { "audit".to_owned() } else { file };
            self.problem(Problem { seq: Some(last + 1), file, line: lines + 1, what });
        }
        if let Some(problem) = self.beginning() {
            self.verified.problems.insert(0, problem);
        }
        if !self.has_key && self.verified.records > 0 {
            let (file, what) = ("key.pub".to_owned(), "there is no key to verify heads with");
            self.of_heads.push(Problem { seq: None, file, line: 0, what: what.to_owned() });
        }
        for problem in std::mem::take(&mut self.of_heads) {
            self.problem(problem);
        }
        let before = self.verified.first.saturating_sub(1);
        self.verified.unsigned = last.saturating_sub(self.verified.signed.max(before));
        self.verified
    }

    /// What is wrong with a beginning that is not the first record: a signed record must say that
    /// what was before it was pruned, and what the last of that was.
    fn beginning(&self) -> Option<Problem> {
        let (seq, previous) = self.begun.as_ref().filter(|(seq, _)| *seq > 1)?;
        let is_told = self.anchors.iter().any(|anchor| {
            anchor.said <= self.verified.signed
                && anchor.pruned.seq + 1 == *seq
                && anchor.pruned.chain.as_bytes() == previous
        });
        let at_first = |problem: &Problem| problem.seq.is_none_or(|seq| seq == 1);
        let told = self.verified.problems.first().is_some_and(at_first);
        if is_told || told {
            return None;
        }
        let what = format!("the log begins with record {seq}, and no signed record says why");
        Some(Problem { seq: Some(1), file: "audit".to_owned(), line: 0, what })
    }
}
