//! Segment files: named sections of bytes, each with its checksum, written once.
//!
//! Layout (little-endian): magic and version (16 bytes), number of sections (`u32`) and four
//! zero bytes, one 64-byte row a section (name 16, offset `u64`, length `u64`, BLAKE3 32), the
//! BLAKE3 of everything before it, then the sections, each at a multiple of 64 bytes. Sections of
//! numbers are flat `u32` arrays and are read in place.
//!
//! The table is verified when the file is opened, a section when it is first asked for: a flipped
//! bit is an error with the section's name and offset, never a wrong answer.

use super::{StoreError, map::Map};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

#[cfg(target_endian = "big")]
compile_error!(
    "segments are little-endian arrays read in place; big-endian machines are not supported"
);

const MAGIC: &[u8; 12] = b"QuantumFlow\n";
/// Version of the segment format.
pub const VERSION: u32 = 1;
const ROW: usize = 64;
const HEAD: usize = 24;
const ALIGN: usize = 64;

/// Collects sections and writes them as one file.
#[derive(Default)]
pub struct SegmentWriter {
    sections: Vec<(String, Vec<u8>)>,
}

impl SegmentWriter {
    /// An empty segment.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a section of bytes. Names have at most 16 bytes.
    pub fn bytes(&mut self, name: &str, bytes: Vec<u8>) {
        debug_assert!(name.len() <= 16, "section name {name} is too long");
        self.sections.push((name.to_owned(), bytes));
    }

    /// Adds a section of numbers.
    pub fn numbers(&mut self, name: &str, numbers: &[u32]) {
        self.bytes(name, bytemuck::cast_slice(numbers).to_vec());
    }

    /// The file's bytes. Sections are dropped as they are put in: two copies of a large one are never
    /// in memory.
    pub fn serialize(self) -> Vec<u8> {
        let table = HEAD + ROW * self.sections.len();
        let mut offset = align(table + 32);
        let mut out = Vec::with_capacity(
            offset + self.sections.iter().map(|(_, bytes)| align(bytes.len())).sum::<usize>(),
        );
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&(self.sections.len() as u32).to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        let hashes: Vec<blake3::Hash> =
            self.sections.par_iter().map(|(_, bytes)| blake3::hash(bytes)).collect();
        for ((name, bytes), hash) in self.sections.iter().zip(hashes) {
            let mut padded = [0; 16];
            padded[..name.len().min(16)].copy_from_slice(&name.as_bytes()[..name.len().min(16)]);
            out.extend_from_slice(&padded);
            out.extend_from_slice(&(offset as u64).to_le_bytes());
            out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            out.extend_from_slice(hash.as_bytes());
            offset = align(offset + bytes.len());
        }
        let head = *blake3::hash(&out).as_bytes();
        out.extend_from_slice(&head);
        for (_, bytes) in self.sections {
            out.resize(align(out.len()), 0);
            out.extend_from_slice(&bytes);
        }
        out.resize(align(out.len()), 0);
        out
    }
}

/// What names a segment by its content: the hash over its table, which has the hash of every section.
/// `bytes` are a whole segment's.
pub fn content_hash(bytes: &[u8]) -> blake3::Hash {
    let sections = bytes.get(16..20).and_then(|count| count.try_into().ok());
    let table = HEAD + ROW * sections.map_or(0, u32::from_le_bytes) as usize;
    let hash = bytes.get(table..table + 32).and_then(|hash| <[u8; 32]>::try_from(hash).ok());
    hash.map_or_else(|| blake3::hash(bytes), blake3::Hash::from)
}

fn align(offset: usize) -> usize {
    offset.div_ceil(ALIGN) * ALIGN
}

struct Section {
    name: [u8; 16],
    offset: usize,
    len: usize,
    hash: [u8; 32],
    verified: OnceLock<bool>,
}

/// An open segment.
pub struct Segment {
    path: PathBuf,
    map: Map,
    sections: Vec<Section>,
}

impl Segment {
    /// Opens and verifies the section table.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let map =
            Map::open(path).map_err(|source| StoreError::Io { path: path.to_owned(), source })?;
        let bytes = map.bytes();
        let damaged = |what: &str, offset: usize| StoreError::Damaged {
            path: path.to_owned(),
            what: what.to_owned(),
            offset: offset as u64,
        };
        if bytes.len() < HEAD || &bytes[..12] != MAGIC {
            return Err(damaged("file header", 0));
        }
        let version = read_u32(bytes, 12);
        if version != VERSION {
            return Err(StoreError::Version { path: path.to_owned(), found: version });
        }
        let count = read_u32(bytes, 16) as usize;
        let table = count
            .checked_mul(ROW)
            .and_then(|rows| rows.checked_add(HEAD))
            .filter(|table| table + 32 <= bytes.len())
            .ok_or_else(|| damaged("section table", 16))?;
        if blake3::hash(&bytes[..table]).as_bytes() != &bytes[table..table + 32] {
            return Err(damaged("checksum of the section table", table));
        }
        let mut sections = Vec::with_capacity(count);
        for row in bytes[HEAD..table].chunks_exact(ROW) {
            let mut name = [0; 16];
            name.copy_from_slice(&row[..16]);
            let mut hash = [0; 32];
            hash.copy_from_slice(&row[32..]);
            let (offset, len) = (read_u64(row, 16), read_u64(row, 24));
            if offset.checked_add(len).is_none_or(|end| end > bytes.len() as u64) {
                return Err(damaged("file is shorter than its section table says", bytes.len()));
            }
            let (offset, len) = (offset as usize, len as usize);
            sections.push(Section { name, offset, len, hash, verified: OnceLock::new() });
        }
        Ok(Self { path: path.to_owned(), map, sections })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Size of the file in bytes.
    pub fn size(&self) -> usize {
        self.map.bytes().len()
    }

    /// A section's bytes, verified on first use; empty when there is no such section.
    pub fn bytes(&self, name: &str) -> Result<&[u8], StoreError> {
        let Some(section) = self.sections.iter().find(|section| {
            let end = section.name.iter().position(|byte| *byte == 0).unwrap_or(16);
            &section.name[..end] == name.as_bytes()
        }) else {
            return Ok(&[]);
        };
        let bytes = &self.map.bytes()[section.offset..section.offset + section.len];
        let verified =
            *section.verified.get_or_init(|| blake3::hash(bytes).as_bytes() == &section.hash);
        if verified {
            Ok(bytes)
        } else {
            Err(StoreError::Damaged {
                path: self.path.clone(),
                what: format!("checksum of section {name}"),
                offset: section.offset as u64,
            })
        }
    }

    /// Where a section's bytes are; `(0, 0)` when there is no such section.
    pub fn range(&self, name: &str) -> (usize, usize) {
        self.sections
            .iter()
            .find(|section| {
                let end = section.name.iter().position(|byte| *byte == 0).unwrap_or(16);
                &section.name[..end] == name.as_bytes()
            })
            .map_or((0, 0), |section| (section.offset, section.offset + section.len))
    }

    /// Bytes of the file, for ranges that [`Self::range`] gave.
    #[inline]
    pub fn slice(&self, (start, end): (usize, usize)) -> &[u8] {
        self.map.bytes().get(start..end).unwrap_or(&[])
    }

    /// A section's numbers.
    pub fn numbers(&self, name: &str) -> Result<&[u32], StoreError> {
        let bytes = self.bytes(name)?;
        bytemuck::try_cast_slice(bytes).map_err(|_| StoreError::Damaged {
            path: self.path.clone(),
            what: format!("section {name} is no array of numbers"),
            offset: 0,
        })
    }

    /// Verifies every section and that the bytes between them are zero, so that a flipped bit
    /// anywhere in the file is found.
    pub fn verify(&self) -> Result<(), StoreError> {
        let mut end = HEAD + ROW * self.sections.len() + 32;
        for section in &self.sections {
            let name = String::from_utf8_lossy(&section.name);
            self.bytes(name.trim_end_matches('\0'))?;
            self.verify_padding(end, section.offset)?;
            end = section.offset + section.len;
        }
        self.verify_padding(end, self.map.bytes().len())
    }

    fn verify_padding(&self, from: usize, to: usize) -> Result<(), StoreError> {
        match self.map.bytes().get(from..to).unwrap_or(&[]).iter().position(|byte| *byte != 0) {
            None => Ok(()),
            Some(at) => Err(StoreError::Damaged {
                path: self.path.clone(),
                what: "padding between sections".to_owned(),
                offset: (from + at) as u64,
            }),
        }
    }
}

fn read_u32(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn read_u64(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::{Segment, SegmentWriter};
    use crate::store::disk::write_atomically;

    fn sample() -> Vec<u8> {
        let mut writer = SegmentWriter::new();
        writer.numbers("numbers", &[1, 2, 3]);
        writer.bytes("text", b"hello".to_vec());
        writer.serialize()
    }

    #[test]
    fn sections_come_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.seg");
        write_atomically(&path, &sample()).expect("written");
        let segment = Segment::open(&path).expect("opened");
        assert_eq!(segment.numbers("numbers").expect("numbers"), &[1, 2, 3]);
        assert_eq!(segment.bytes("text").expect("text"), b"hello");
        assert_eq!(segment.bytes("missing").expect("no section"), b"");
        segment.verify().expect("sound");
    }

    #[test]
    fn every_flipped_byte_and_every_truncation_is_found() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.seg");
        let good = sample();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            std::fs::write(&path, &bad).expect("written");
            let found = Segment::open(&path).and_then(|segment| segment.verify());
            // The four reserved bytes of the header are covered by the table's checksum.
            assert!(found.is_err(), "byte {at} may change unnoticed");
        }
        for end in 0..good.len() - 1 {
            std::fs::write(&path, &good[..end]).expect("written");
            let cut = Segment::open(&path).and_then(|segment| segment.verify());
            assert!(cut.is_err() || good[end..].iter().all(|byte| *byte == 0), "cut at {end}");
        }
    }
}
