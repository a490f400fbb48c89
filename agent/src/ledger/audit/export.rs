//! A part of the log for somebody who has neither this program nor trust in it.
//!
//! What is exported are the lines as they are, and a manifest: which records they are, what the
//! first one follows, the hash of all of them, the heads among them and the public key. With a JSON
//! reader, SHA-256 and Ed25519 all of it can be checked; it is thirty lines of Python.

use super::canonical::canonical;
use super::error::{AuditError, Result};
use super::files::Places;
use super::hash::hex;
use super::heads::Head;
use super::read::Snapshot;
use super::scan::{check, scan};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::ops::RangeInclusive;

/// What a manifest calls its form.
pub const FORMAT: &str = "quantumflow-audit-1";

/// What is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The number of the first record.
    pub from: u64,
    /// The number of the last.
    pub to: u64,
    /// How many there are.
    pub count: u64,
    /// What the first calls `previous`.
    pub first_previous: String,
    /// The hash of the last.
    pub last_hash: String,
    /// The SHA-256 of all lines with their ends.
    pub sha256: String,
    /// The id of the public key.
    pub key: Option<String>,
    /// The public key, as hexadecimal digits.
    pub public_key: Option<String>,
    /// The heads of these records.
    pub heads: Vec<Head>,
}

impl Manifest {
    /// It as JSON.
    pub fn value(&self) -> Value {
        json!({
            "count": self.count,
            "first_previous": self.first_previous,
            "format": FORMAT,
            "from": self.from,
            "heads": self.heads.iter().map(Head::value).collect::<Vec<Value>>(),
            "key": self.key,
            "last_hash": self.last_hash,
            "public_key": self.public_key,
            "sha256": self.sha256,
            "to": self.to,
        })
    }

    /// It as one canonical line.
    pub fn line(&self) -> Result<Vec<u8>> {
        let mut line = canonical(&self.value())?;
        line.push(b'\n');
        Ok(line)
    }
}

/// Records that can be exported: they follow each other, and the manifest is of them.
pub struct Export {
    snapshot: Snapshot,
    range: RangeInclusive<u64>,
    manifest: Manifest,
}

impl Export {
    /// The records of a range, as far as there are such.
    pub fn new(places: &Places, range: RangeInclusive<u64>) -> Result<Self> {
        let snapshot = Snapshot::take(places)?;
        let mut manifest = Manifest {
            from: 0,
            to: 0,
            count: 0,
            first_previous: String::new(),
            last_hash: String::new(),
            sha256: String::new(),
            key: snapshot.key.as_ref().map(|key| key.id().to_owned()),
            public_key: snapshot.key.as_ref().map(super::heads::PublicKey::to_hex),
            heads: Vec::new(),
        };
        let mut sum = Sha256::new();
        let mut chain: Option<[u8; 64]> = None;
        lines(&snapshot, &range, &mut |path, number, line| {
            let wrong = |what: &str| AuditError::damaged(path, format!("line {number}: {what}"));
            let checked = check(line).map_err(wrong)?;
            let record = &checked.record;
            if chain.is_some_and(|chain| chain != record.previous || record.seq != manifest.to + 1)
            {
                return Err(wrong("it does not follow the record before it"));
            }
            if manifest.count == 0 {
                manifest.from = record.seq;
                manifest.first_previous = String::from_utf8_lossy(record.previous).into_owned();
            }
            manifest.count += 1;
            manifest.to = record.seq;
            manifest.last_hash = record.hash_text();
            chain = Some(checked.chain);
            sum.update(line);
            sum.update(b"\n");
            Ok(())
        })?;
        if manifest.count == 0 {
            return Err(AuditError::NoRecords { from: *range.start(), to: *range.end() });
        }
        let sum: [u8; 32] = sum.finalize().into();
        manifest.sha256 = hex(&sum);
        let own = manifest.from..=manifest.to;
        let key = snapshot.key.as_ref();
        let heads = snapshot.heads.split(|byte| *byte == b'\n').filter_map(Head::parse);
        let signed = heads.filter(|head| key.is_none_or(|key| head.verifies(key)));
        manifest.heads = signed.filter(|head| own.contains(&head.seq)).collect();
        Ok(Self { snapshot, range, manifest })
    }

    /// What it is.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Writes the records, one a line.
    pub fn records(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let mut written = Ok(());
        let read = lines(&self.snapshot, &self.range, &mut |path, _, line| {
            written = out.write_all(line).and_then(|()| out.write_all(b"\n"));
            match &written {
                Ok(()) => Ok(()),
                // Ends the reading; what is told is `written`.
                Err(_) => Err(AuditError::damaged(path, "it is not written")),
            }
        });
        written?;
        read.map_err(std::io::Error::other)
    }
}

/// Calls `each` with the lines of a range.
fn lines(
    snapshot: &Snapshot,
    range: &RangeInclusive<u64>,
    each: &mut dyn FnMut(&std::path::Path, u64, &[u8]) -> Result<()>,
) -> Result<()> {
    snapshot.lines(&mut |part, number, line| {
        let wrong = |what: &str| AuditError::damaged(&part.path, format!("line {number}: {what}"));
        let seq = scan(line).map_err(wrong)?.seq;
        if range.contains(&seq) {
            each(&part.path, number, line)?;
        }
        Ok(seq < *range.end())
    })
}

/// Writes the manifest as one line, and behind it the records of a range, a line each.
pub fn export(
    places: &Places,
    range: RangeInclusive<u64>,
    out: &mut dyn Write,
) -> Result<Manifest> {
    let export = Export::new(places, range)?;
    let line = export.manifest.line()?;
    let written = out.write_all(&line).and_then(|()| export.records(out));
    written.map_err(AuditError::io(std::path::Path::new("the export")))?;
    Ok(export.manifest)
}
