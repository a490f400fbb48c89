//! A part of what was loaded: chunks with an index of their words and one of their meanings.
//!
//! A part covers a stretch of one text, some 32 MB, so that any text is indexed in bounded memory;
//! a question goes over all parts. A part is written once and never changed. It is a flat file, read
//! at positions: a question needs the postings of a few terms only.
//!
//! ```text
//! mark, seven counts, length of the file   72 bytes
//! chunks        start u64, length u32, line u32, label u32, words and flags u32
//! terms         hash u64, end of its postings u64, sorted by hash
//! postings      chunk as difference to the one before in seven-bit groups, frequency in a byte
//! places        chunk u32 and byte in it u32 of each vector
//! vectors       dimensions bytes each
//! labels        postcard
//! statements    template u64, first chunk u32, how many u32, sorted by template
//! ```

use super::chunk::Cut;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;

const MAGIC: &[u8; 8] = b"qfpart02";
const HEADER: u64 = 72;
const CHUNK: u64 = 24;
const TERM: u64 = 16;
const PLACE: u64 = 8;
const STATEMENT: u64 = 16;
/// Of the last number of a chunk: it is one thing.
const WHOLE: u32 = 1 << 31;
/// Of the same: the next chunk goes on with it.
const GOES_ON: u32 = 1 << 30;
/// Most statements of a part; what others say is counted nowhere.
pub const MOST_STATEMENTS: usize = 40_000;

/// A chunk of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Its first byte in the text.
    pub start: u64,
    /// How many bytes it has.
    pub length: u32,
    /// The number of its first line.
    pub line: u32,
    /// Its label.
    pub label: u32,
    /// How many terms it has.
    pub words: u32,
    /// Whether it is one thing, and not lines that were gathered.
    pub whole: bool,
    /// Whether the next chunk goes on with it.
    pub goes_on: bool,
}

/// A statement of a program, by the lines or records that it wrote: those that differ in numbers
/// only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// See [`super::terms::template`].
    pub template: u64,
    /// The first chunk with one.
    pub chunk: u32,
    /// How many there are.
    pub count: u32,
}

/// What a part is made of.
#[derive(Default)]
pub struct Draft {
    chunks: Vec<Chunk>,
    labels: Vec<String>,
    /// Term, chunk, how often.
    postings: Vec<(u64, u32, u8)>,
    places: Vec<(u32, u32)>,
    vectors: Vec<i8>,
    dimensions: usize,
    /// First chunk and how many, by template.
    statements: BTreeMap<u64, (u32, u32)>,
}

impl Draft {
    /// A part with nothing in it, for vectors of a size.
    pub fn new(dimensions: usize) -> Self {
        Self { dimensions, ..Self::default() }
    }

    /// Adds a chunk with its terms, each once with how often it occurs.
    pub fn chunk(&mut self, cut: &Cut, terms: &[(u64, u8)], words: u32) {
        let chunk = self.chunks.len() as u32;
        if self.labels.last() != Some(&cut.label) {
            self.labels.push(cut.label.clone());
        }
        self.chunks.push(Chunk {
            start: cut.start,
            length: cut.length() as u32,
            line: cut.line,
            label: self.labels.len() as u32 - 1,
            words: words.min(GOES_ON - 1),
            whole: cut.whole,
            goes_on: cut.goes_on,
        });
        self.postings.extend(terms.iter().map(|(term, often)| (*term, chunk, *often)));
    }

    /// Counts what a statement wrote into a chunk.
    pub fn statement(&mut self, template: u64, chunk: u32) {
        let full = self.statements.len() >= MOST_STATEMENTS;
        match self.statements.entry(template) {
            Entry::Occupied(mut entry) => entry.get_mut().1 += 1,
            Entry::Vacant(entry) if !full => {
                entry.insert((chunk, 1));
            }
            Entry::Vacant(_) => {}
        }
    }

    /// Adds the vector of what is at a byte of a chunk.
    pub fn vector(&mut self, chunk: u32, at: u32, vector: &[f32]) {
        if vector.len() == self.dimensions {
            self.places.push((chunk, at));
            qf_graph::embed::quantise(vector, &mut self.vectors);
        }
    }

    /// How many chunks it has.
    pub fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// The part as bytes.
    pub fn encode(mut self) -> io::Result<Vec<u8>> {
        self.postings.par_sort_unstable();
        let (mut terms, mut postings) = (Vec::new(), Vec::new());
        for of_term in self.postings.chunk_by(|a, b| a.0 == b.0) {
            let mut last = 0;
            for (_, chunk, often) in of_term {
                push_number(chunk - last, &mut postings);
                postings.push(*often);
                last = *chunk;
            }
            terms.push((of_term[0].0, postings.len() as u64));
        }
        let labels = postcard::to_stdvec(&self.labels).map_err(io::Error::other)?;
        let counts = [
            self.chunks.len(),
            terms.len(),
            postings.len(),
            self.places.len(),
            self.dimensions,
            labels.len(),
            self.statements.len(),
        ];
        let mut out = Vec::with_capacity(72 + self.chunks.len() * 24 + postings.len());
        out.extend_from_slice(MAGIC);
        out.extend(counts.iter().flat_map(|count| (*count as u64).to_le_bytes()));
        out.extend([0; 8]);
        for chunk in &self.chunks {
            out.extend(chunk.start.to_le_bytes());
            let flag = |set: bool, flag: u32| if set { flag } else { 0 };
            let last = chunk.words | flag(chunk.whole, WHOLE) | flag(chunk.goes_on, GOES_ON);
            for number in [chunk.length, chunk.line, chunk.label, last] {
                out.extend(number.to_le_bytes());
            }
        }
        for (term, end) in &terms {
            out.extend(term.to_le_bytes());
            out.extend(end.to_le_bytes());
        }
        out.extend_from_slice(&postings);
        for (chunk, at) in &self.places {
            out.extend(chunk.to_le_bytes());
            out.extend(at.to_le_bytes());
        }
        out.extend(self.vectors.iter().flat_map(|value| value.to_le_bytes()));
        out.extend_from_slice(&labels);
        for (template, (chunk, count)) in &self.statements {
            out.extend(template.to_le_bytes());
            out.extend(chunk.to_le_bytes());
            out.extend(count.to_le_bytes());
        }
        let length = out.len() as u64;
        out[64..72].copy_from_slice(&length.to_le_bytes());
        Ok(out)
    }
}

/// A part that is open.
pub struct Part {
    file: File,
    chunks: u64,
    terms: u64,
    postings: u64,
    vectors: u64,
    dimensions: u64,
    labels: u64,
    statements: u64,
}

impl Part {
    /// Opens a part; what is no whole part is an error.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let mut header = [0; HEADER as usize];
        file.read_exact_at(&mut header, 0)?;
        let number = |index: usize| {
            let bytes = header[8 * index..8 * index + 8].try_into().unwrap_or_default();
            u64::from_le_bytes(bytes)
        };
        let part = Self {
            chunks: number(1),
            terms: number(2),
            postings: number(3),
            vectors: number(4),
            dimensions: number(5),
            labels: number(6),
            statements: number(7),
            file,
        };
        let stated = part.length();
        let right = &header[..8] == MAGIC
            && stated == Some(number(8))
            && stated == Some(part.file.metadata()?.len());
        if right { Ok(part) } else { Err(damaged("it is no part")) }
    }

    /// How long the file must be.
    fn length(&self) -> Option<u64> {
        let sizes = [
            self.chunks.checked_mul(CHUNK)?,
            self.terms.checked_mul(TERM)?,
            self.postings,
            self.vectors.checked_mul(PLACE)?,
            self.vectors.checked_mul(self.dimensions)?,
            self.labels,
            self.statements.checked_mul(STATEMENT)?,
        ];
        sizes.iter().try_fold(HEADER, |sum, size| sum.checked_add(*size))
    }

    fn labels_at(&self) -> u64 {
        self.places_at() + self.vectors * (PLACE + self.dimensions)
    }

    fn read(&self, at: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length as usize];
        self.file.read_exact_at(&mut bytes, at)?;
        Ok(bytes)
    }

    fn terms_at(&self) -> u64 {
        HEADER + self.chunks * CHUNK
    }

    fn postings_at(&self) -> u64 {
        self.terms_at() + self.terms * TERM
    }

    fn places_at(&self) -> u64 {
        self.postings_at() + self.postings
    }

    /// Its chunks, in order of their places.
    pub fn chunks(&self) -> io::Result<Vec<Chunk>> {
        let bytes = self.read(HEADER, self.chunks * CHUNK)?;
        let chunk = |bytes: &[u8]| {
            let last = number(&bytes[20..24]);
            Chunk {
                start: long_number(&bytes[..8]),
                length: number(&bytes[8..12]),
                line: number(&bytes[12..16]),
                label: number(&bytes[16..20]),
                words: last & !(WHOLE | GOES_ON),
                whole: last & WHOLE != 0,
                goes_on: last & GOES_ON != 0,
            }
        };
        Ok(bytes.chunks_exact(CHUNK as usize).map(chunk).collect())
    }

    /// The labels of its chunks.
    pub fn labels(&self) -> io::Result<Vec<String>> {
        let bytes = self.read(self.labels_at(), self.labels)?;
        postcard::from_bytes(&bytes).map_err(|_| damaged("its labels cannot be read"))
    }

    /// The statements that wrote its lines, sorted by template.
    pub fn statements(&self) -> io::Result<Vec<Statement>> {
        let at = self.labels_at() + self.labels;
        let bytes = self.read(at, self.statements * STATEMENT)?;
        let statement = |bytes: &[u8]| Statement {
            template: long_number(&bytes[..8]),
            chunk: number(&bytes[8..12]),
            count: number(&bytes[12..]),
        };
        Ok(bytes.chunks_exact(STATEMENT as usize).map(statement).collect())
    }

    /// The chunks that have a term, with how often.
    pub fn postings(&self, term: u64) -> io::Result<Vec<(u32, u8)>> {
        let Some((start, end)) = self.find(term)? else { return Ok(Vec::new()) };
        if start > end || end > self.postings {
            return Err(damaged("its postings have no order"));
        }
        let bytes = self.read(self.postings_at() + start, end - start)?;
        let (mut out, mut at, mut chunk) = (Vec::new(), 0, 0u32);
        while at < bytes.len() {
            let step = take_number(&bytes, &mut at).ok_or_else(|| damaged("a posting is cut"))?;
            let often = *bytes.get(at).ok_or_else(|| damaged("a posting is cut"))?;
            at += 1;
            chunk = chunk.wrapping_add(step);
            if u64::from(chunk) >= self.chunks {
                return Err(damaged("a posting is of no chunk"));
            }
            out.push((chunk, often));
        }
        Ok(out)
    }

    /// Where the postings of a term are.
    fn find(&self, term: u64) -> io::Result<Option<(u64, u64)>> {
        let entry = |index: u64| -> io::Result<(u64, u64)> {
            let bytes = self.read(self.terms_at() + index * TERM, TERM)?;
            Ok((long_number(&bytes[..8]), long_number(&bytes[8..])))
        };
        let (mut low, mut high) = (0, self.terms);
        while low < high {
            let middle = low + (high - low) / 2;
            let (found, end) = entry(middle)?;
            match found.cmp(&term) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    let start = if middle == 0 { 0 } else { entry(middle - 1)?.1 };
                    return Ok(Some((start, end)));
                }
            }
        }
        Ok(None)
    }

    /// Length of its vectors.
    pub fn dimensions(&self) -> usize {
        self.dimensions as usize
    }

    /// Its vectors, with the chunk and the byte in it that each is of.
    pub fn vectors(&self) -> io::Result<(Vec<(u32, u32)>, Vec<i8>)> {
        let bytes = self.read(self.places_at(), self.vectors * PLACE)?;
        let places = bytes
            .chunks_exact(PLACE as usize)
            .map(|bytes| (number(&bytes[..4]), number(&bytes[4..])))
            .collect();
        let at = self.places_at() + self.vectors * PLACE;
        let bytes = self.read(at, self.vectors * self.dimensions)?;
        Ok((places, bytes.into_iter().map(|byte| i8::from_le_bytes([byte])).collect()))
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes.try_into().unwrap_or_default())
}

fn long_number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().unwrap_or_default())
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn push_number(mut number: u32, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take_number(bytes: &[u8], at: &mut usize) -> Option<u32> {
    let mut number = 0;
    for shift in (0..32).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        number |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Draft, Part, Statement};
    use crate::session::chunk::Cut;

    fn draft() -> Draft {
        let mut draft = Draft::new(2);
        for chunk in 0..300u64 {
            let label = format!("p. {}", chunk / 100);
            let cut = Cut {
                start: chunk * 10,
                end: chunk * 10 + 10,
                line: chunk as u32 + 1,
                label,
                whole: chunk % 2 == 0,
                goes_on: chunk == 299,
            };
            let terms = if chunk % 150 == 7 { vec![(9, 1), (u64::MAX, 3)] } else { vec![(9, 1)] };
            draft.chunk(&cut, &terms, 4);
            draft.statement(chunk % 3, chunk as u32);
        }
        draft.vector(299, 5, &[0.5, -0.5]);
        draft
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("part");
        std::fs::write(&path, draft().encode().expect("it has a form")).expect("it is ours");
        let part = Part::open(&path).expect("it opens");
        let chunks = part.chunks().expect("chunks");
        assert_eq!(chunks.len(), 300);
        let last = chunks[299];
        assert_eq!((last.start, last.length, last.line, last.label), (2990, 10, 300, 2));
        assert_eq!((last.words, last.whole, last.goes_on), (4, false, true));
        assert!(!chunks[298].goes_on);
        let statements = part.statements().expect("statements");
        let told = |it: &Statement| (it.template, it.chunk, it.count);
        assert_eq!(
            statements.iter().map(told).collect::<Vec<_>>(),
            [(0, 0, 100), (1, 1, 100), (2, 2, 100)]
        );
        assert_eq!(part.labels().expect("labels"), ["p. 0", "p. 1", "p. 2"]);
        assert_eq!(part.postings(u64::MAX).expect("postings"), [(7, 3), (157, 3)]);
        assert_eq!(part.postings(9).expect("postings").len(), 300);
        assert_eq!(part.postings(8).expect("postings"), []);
        let (places, vectors) = part.vectors().expect("vectors");
        assert_eq!(places, [(299, 5)]);
        assert_eq!(vectors[0], -vectors[1]);
    }

    #[test]
    fn what_is_cut_or_changed_is_no_panic() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("part");
        let good = draft().encode().expect("it has a form");
        for length in [0, 7, 71, 72, good.len() - 1] {
            std::fs::write(&path, &good[..length]).expect("it is ours");
            assert!(Part::open(&path).is_err(), "{length} bytes");
        }
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x81;
            std::fs::write(&path, &bad).expect("it is ours");
            let Ok(part) = Part::open(&path) else { continue };
            let _ = (part.chunks(), part.labels(), part.postings(9), part.postings(u64::MAX));
            let _ = (part.vectors(), part.statements());
        }
    }
}
