//! Facts kept between runs.
//!
//! One file a repository, beside its segment: for every path the hash of the content and the
//! facts, in postcard. The file carries the version of the extraction that made it
//! (`QF_EXTRACTOR`, a hash of the extraction's own source), so facts of an older qf are never
//! mixed with those of this one.

use qf_graph::facts::FileFacts;
use qf_graph::store::StoreError;
use qf_graph::store::segment::{Segment, SegmentWriter};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Version of the extraction in this binary.
pub const EXTRACTOR: &str = env!("QF_EXTRACTOR");
/// Version of all that makes an index in this binary.
pub const BUILD: &str = env!("QF_BUILD");

/// One file's entry.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Path below the root.
    pub path: String,
    /// BLAKE3 of the content.
    pub hash: [u8; 32],
    /// Size of the content.
    pub size: u32,
    /// End of its facts in the section `facts`.
    end: u64,
}

/// A file that a language claims and that was passed over when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// Path below the root.
    pub path: String,
    /// BLAKE3 of the content; `None` when it could not be read whole.
    pub hash: Option<[u8; 32]>,
    /// Why (see [`crate::walk`]).
    pub reason: String,
}

#[derive(Serialize, Deserialize, Default)]
struct Table {
    extractor: String,
    entries: Vec<Entry>,
    /// Files that were passed over when they were read, sorted by path.
    passed: Vec<Passed>,
    /// What was passed over when the repository was last walked.
    skipped: crate::walk::Skipped,
}

/// Stored facts of one repository.
pub struct FactsCache {
    segment: Segment,
    table: Table,
    by_path: FxHashMap<String, u32>,
}

impl FactsCache {
    /// Opens stored facts; `None` when there are none that this binary can use.
    pub fn open(path: &Path) -> Option<Self> {
        let segment = Segment::open(path).ok()?;
        let table: Table = postcard::from_bytes(segment.bytes("table").ok()?).ok()?;
        if table.extractor != EXTRACTOR {
            return None;
        }
        segment.bytes("facts").ok()?;
        let by_path = table
            .entries
            .iter()
            .enumerate()
            .map(|(row, entry)| (entry.path.clone(), row as u32))
            .collect();
        Some(Self { segment, table, by_path })
    }

    /// All entries, sorted by path.
    pub fn entries(&self) -> &[Entry] {
        &self.table.entries
    }

    /// What was passed over when the repository was last walked.
    pub fn skipped(&self) -> &crate::walk::Skipped {
        &self.table.skipped
    }

    /// Files that were passed over when they were read, sorted by path.
    pub fn passed(&self) -> &[Passed] {
        &self.table.passed
    }

    /// The row of a path whose content still has this hash.
    pub fn unchanged(&self, path: &str, hash: &[u8; 32]) -> Option<u32> {
        let row = *self.by_path.get(path)?;
        (&self.table.entries[row as usize].hash == hash).then_some(row)
    }

    /// The facts of a row.
    pub fn facts(&self, row: u32) -> Option<FileFacts> {
        postcard::from_bytes(self.encoded(row)?).ok()
    }

    /// The facts of a row as they are stored.
    pub fn encoded(&self, row: u32) -> Option<&[u8]> {
        let end = self.table.entries.get(row as usize)?.end as usize;
        let start = match row {
            0 => 0,
            _ => self.table.entries[row as usize - 1].end as usize,
        };
        self.segment.bytes("facts").ok()?.get(start..end)
    }
}

/// One file's facts as stored.
pub struct Stored<'s> {
    /// Path below the root.
    pub path: &'s str,
    /// BLAKE3 of the content.
    pub hash: [u8; 32],
    /// Size of the content.
    pub size: u32,
    /// The facts, in postcard.
    pub facts: &'s [u8],
}

/// The bytes of a facts file; `files` are sorted by path.
pub fn serialize(
    files: &[Stored<'_>],
    passed: &[Passed],
    skipped: &crate::walk::Skipped,
) -> Vec<u8> {
    let mut table = Table {
        extractor: EXTRACTOR.to_owned(),
        entries: Vec::with_capacity(files.len()),
        passed: passed.to_vec(),
        skipped: skipped.clone(),
    };
    let mut blob = Vec::with_capacity(files.iter().map(|file| file.facts.len()).sum());
    for file in files {
        blob.extend_from_slice(file.facts);
        table.entries.push(Entry {
            path: file.path.to_owned(),
            hash: file.hash,
            size: file.size,
            end: blob.len() as u64,
        });
    }
    let mut out = SegmentWriter::new();
    out.bytes("table", postcard::to_stdvec(&table).unwrap_or_default());
    out.bytes("facts", blob);
    out.serialize()
}

/// The stored form of facts.
pub fn encode(facts: &FileFacts) -> Vec<u8> {
    postcard::to_stdvec(facts).unwrap_or_default()
}

/// Verifies a facts file.
pub fn verify(path: &Path) -> Result<(), StoreError> {
    Segment::open(path)?.verify()
}
