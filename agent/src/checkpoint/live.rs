//! What is still needed of the contents that are kept, and how many bytes that is.

use super::error::Result;
use super::record::{Record, Snapshot};
use super::state;
use super::store::contents::Contents;
use super::tree::entry::ContentHash;
use std::collections::BTreeSet;

/// Contents that something needs.
pub struct Live<'a> {
    contents: &'a Contents,
    hashes: BTreeSet<ContentHash>,
    states: BTreeSet<ContentHash>,
    bytes: u64,
}

impl<'a> Live<'a> {
    /// None yet.
    pub fn new(contents: &'a Contents) -> Self {
        Self { contents, hashes: BTreeSet::new(), states: BTreeSet::new(), bytes: 0 }
    }

    /// Bytes that packs have for them.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Their hashes.
    pub fn into_hashes(self) -> BTreeSet<ContentHash> {
        self.hashes
    }

    /// What a record needs.
    pub fn record(&mut self, record: &Record) -> Result<()> {
        self.state(record.before)?;
        let Some(phase) = &record.phase else { return Ok(()) };
        self.state(phase.after)?;
        for change in &phase.changes {
            for side in [&change.before, &change.after].into_iter().flatten() {
                if let Some(hash) = side.entry.hash() {
                    self.content(hash);
                }
            }
        }
        Ok(())
    }

    /// What the tree as it was read last needs.
    pub fn snapshot(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.state(snapshot.state)?;
        for hash in snapshot.items.iter().filter_map(|item| item.entry.hash()) {
            self.content(hash);
        }
        Ok(())
    }

    fn state(&mut self, hash: ContentHash) -> Result<()> {
        if self.states.insert(hash) {
            self.content(hash);
            for used in state::uses(&state::load(self.contents, hash)?) {
                self.content(used);
            }
        }
        Ok(())
    }

    fn content(&mut self, hash: ContentHash) {
        for part in self.contents.chain(hash) {
            if self.hashes.insert(part) {
                self.bytes += self.contents.stored(part);
            }
        }
    }
}
