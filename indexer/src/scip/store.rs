//! What compilers said of one repository, as it is kept.
//!
//! A segment with one section, in postcard. Symbols are strings that are equal in all indexes of all
//! repositories, so two repositories whose compilers were asked meet without further ado.

use qf_graph::store::StoreError;
use qf_graph::store::segment::{Segment, SegmentWriter};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Version of this form.
const FORMAT: u32 = 1;

/// One place of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Occurrence {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Row of [`CompilerFacts::symbols`].
    pub symbol: u32,
    /// The symbol is defined here.
    pub definition: bool,
    /// It is written here.
    pub write: bool,
}

/// One file that a compiler has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompilerFile {
    /// Path below the repository's root.
    pub path: String,
    /// BLAKE3 of the content that the places are of.
    pub hash: [u8; 32],
    /// The tool, as it names itself (`scip-python`).
    pub tool: String,
    /// Places, in order.
    pub occurrences: Vec<Occurrence>,
    /// `(symbol, what it implements or overrides)`, in order.
    pub implementations: Vec<(u32, u32)>,
}

/// What compilers said of one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompilerFacts {
    format: u32,
    /// Symbols, sorted. Those that are local to a file are `local PATH N`.
    pub symbols: Vec<String>,
    /// Files, in order of path.
    pub files: Vec<CompilerFile>,
}

impl CompilerFacts {
    /// What one or several indexes said, in a canonical order: what was said counts, not in which
    /// order. Symbols that no file mentions are left out.
    pub fn new(symbols: &[String], mut files: Vec<CompilerFile>) -> Self {
        let rows = |file: &CompilerFile| -> Vec<u32> {
            let related = file.implementations.iter().flat_map(|(this, of)| [*this, *of]);
            file.occurrences.iter().map(|occurrence| occurrence.symbol).chain(related).collect()
        };
        let name = |row: u32| symbols.get(row as usize).map_or("", String::as_str);
        let mut used: Vec<&str> = files.iter().flat_map(rows).map(name).collect();
        used.sort_unstable();
        used.dedup();
        let row = |old: u32| used.binary_search(&name(old)).unwrap_or(0) as u32;
        for file in &mut files {
            for occurrence in &mut file.occurrences {
                occurrence.symbol = row(occurrence.symbol);
            }
            for (this, of) in &mut file.implementations {
                (*this, *of) = (row(*this), row(*of));
            }
            file.occurrences.sort_unstable();
            file.occurrences.dedup();
            file.implementations.sort_unstable();
            file.implementations.dedup();
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let symbols = used.into_iter().map(str::to_owned).collect();
        Self { format: FORMAT, symbols, files }
    }

    /// Adds what another index said; of a file that both have seen the other's word counts.
    pub fn merge(self, other: Self) -> Self {
        let mut symbols = Symbols::default();
        let mut files = Vec::new();
        let mut first = self;
        let covered =
            |path: &str| other.files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok();
        first.files.retain(|file| !covered(&file.path));
        for facts in [first, other] {
            let rows: Vec<u32> = facts.symbols.iter().map(|name| symbols.row(name)).collect();
            let row = |old: u32| rows.get(old as usize).copied().unwrap_or(0);
            for mut file in facts.files {
                for occurrence in &mut file.occurrences {
                    occurrence.symbol = row(occurrence.symbol);
                }
                for (this, of) in &mut file.implementations {
                    (*this, *of) = (row(*this), row(*of));
                }
                files.push(file);
            }
        }
        Self::new(&symbols.names, files)
    }

    /// Reads a stored form; `None` when it is damaged or of another version.
    pub fn open(path: &Path) -> Option<Self> {
        let segment = Segment::open(path).ok()?;
        let facts: Self = postcard::from_bytes(segment.bytes("scip").ok()?).ok()?;
        (facts.format == FORMAT).then_some(facts)
    }

    /// The bytes to store.
    pub fn serialize(&self) -> Vec<u8> {
        let mut out = SegmentWriter::new();
        out.bytes("scip", postcard::to_stdvec(self).unwrap_or_default());
        out.serialize()
    }
}

/// Verifies a stored form.
pub fn verify(path: &Path) -> Result<(), StoreError> {
    Segment::open(path)?.verify()
}

/// Numbers symbols.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    pub(super) names: Vec<String>,
    rows: rustc_hash::FxHashMap<String, u32>,
}

impl Symbols {
    pub(super) fn row(&mut self, name: &str) -> u32 {
        if let Some(row) = self.rows.get(name) {
            return *row;
        }
        let row = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.rows.insert(name.to_owned(), row);
        row
    }
}
