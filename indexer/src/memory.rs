//! What a process remembers of repositories between its runs.
//!
//! A watch runs over the same few repositories again and again. Facts that are decoded, facts that
//! are encoded and search documents are functions of a file's path and content, so they are kept
//! with the repository that was last bound, as much as [`MOST_BYTES`] of source allow. What is
//! remembered is never trusted further than what is stored: it is found by content, and a whole
//! repository by the name of its file of facts.

use crate::cache::Passed;
use crate::documents::FileDocuments;
use crate::revision::Source;
use crate::run::{Loaded, Work};
use crate::walk::{Root, Skipped};
use qf_graph::store::manifest::RepositoryEntry;
use rustc_hash::FxHashMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Most bytes of source of which everything is remembered: what is made of them takes some ten
/// times as much.
const MOST_BYTES: u64 = 64 << 20;

/// Remembered repositories.
#[derive(Default)]
pub struct Memory(Mutex<Vec<Part>>);

/// One repository; the one that was bound last stands first.
struct Part {
    name: String,
    /// Its file of facts; none when some of it was taken out.
    facts: Option<String>,
    bytes: u64,
    skipped: Skipped,
    passed: Vec<Passed>,
    files: FxHashMap<String, Loaded>,
}

/// What was made of one file and need not be made again.
#[derive(Default)]
pub(crate) struct Memo {
    /// Its facts as they are stored.
    pub encoded: OnceLock<Vec<u8>>,
    /// Its documents with a hash of what they were made of besides path and content.
    pub documents: Mutex<Option<(u64, FileDocuments)>>,
}

impl Memo {
    /// Of a file that was read from where facts are stored.
    pub fn encoded(bytes: Vec<u8>) -> Self {
        Self { encoded: OnceLock::from(bytes), ..Self::default() }
    }

    /// The documents, to be looked at or put in.
    pub fn documents(&self) -> MutexGuard<'_, Option<(u64, FileDocuments)>> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn parts(&self) -> MutexGuard<'_, Vec<Part>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out a file of a repository, if it is remembered with this content.
    pub(crate) fn file(&self, name: &str, path: &str, hash: &[u8; 32]) -> Option<Loaded> {
        let mut parts = self.parts();
        let part = parts.iter_mut().find(|part| part.name == name)?;
        part.files.get(path).filter(|file| file.hash == *hash)?;
        part.facts = None;
        part.files.remove(path)
    }

    /// Takes out a repository, if it is remembered as it is published.
    pub(crate) fn repository(&self, entry: &RepositoryEntry, root: &Root) -> Option<Work> {
        let mut parts = self.parts();
        let at = parts.iter().position(|part| part.name == entry.name)?;
        let part = parts.remove(at);
        if part.facts.as_ref() != Some(&entry.facts) {
            return None;
        }
        let mut work = Work::new(root.clone(), part.skipped, Source::Disk);
        work.passed = part.passed;
        work.files = part.files.into_values().collect();
        work.files.sort_by(|a, b| a.path.cmp(&b.path));
        Some(work)
    }

    /// Remembers a repository, and of the others what there is room for.
    pub(crate) fn keep(&self, entry: &RepositoryEntry, work: Work) {
        let bytes = work.files.iter().map(|file| u64::from(file.size)).sum();
        let files = work.files.into_iter().map(|mut file| {
            file.parsed = false;
            (file.path.clone(), file)
        });
        let part = Part {
            name: entry.name.clone(),
            facts: Some(entry.facts.clone()),
            bytes,
            skipped: work.skipped,
            passed: work.passed,
            files: files.collect(),
        };
        let mut parts = self.parts();
        parts.retain(|part| part.name != entry.name);
        parts.insert(0, part);
        let mut room = MOST_BYTES;
        parts.retain(|part| {
            let fits = part.bytes <= room;
            room -= if fits { part.bytes } else { 0 };
            fits
        });
    }
}
