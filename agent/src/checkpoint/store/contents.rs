//! The bytes of files, by their hash, in packs.
//!
//! A file for each content would cost a wait for the disk each; a checkpoint appends all it has to
//! keep to one pack, waits once, and then writes the list that makes the pack's contents known. A
//! pack without a list is what a crash left and is removed by the next clean-up. Contents are cut
//! into blocks, each compressed when that helps, so that a large file never is in memory as a whole.

use super::{codec, delta};
use crate::checkpoint::error::{CheckpointError, Result};
use crate::checkpoint::tree::entries;
use crate::checkpoint::tree::entry::ContentHash;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Bytes of a block before compression.
const BLOCK: usize = 1 << 20;
/// Differences that may stand on each other before a content is kept as a whole again.
const MAX_DEPTH: u8 = 40;

/// Where a content is in its pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    hash: ContentHash,
    offset: u64,
    stored: u64,
    /// Bytes of what is stored, before compression.
    raw: u64,
    /// The content that it is a difference to, and how many stand below it.
    base: Option<(ContentHash, u8)>,
}

/// All contents of a store.
pub struct Contents {
    folder: PathBuf,
    packs: Vec<PathBuf>,
    places: HashMap<ContentHash, (usize, Place)>,
    /// Packs whose list cannot be read: nobody knows what is in them.
    unknown: BTreeSet<usize>,
}

fn list_of(pack: &Path) -> PathBuf {
    pack.with_extension("list")
}

impl Contents {
    /// Opens the packs of a folder. A list that cannot be read costs what it lists, until it can be.
    pub fn open(folder: &Path) -> Result<Self> {
        let mut packs: Vec<PathBuf> = entries(folder)?
            .iter()
            .map(std::fs::DirEntry::path)
            .filter(|path| path.extension().is_some_and(|extension| extension == "pack"))
            .collect();
        packs.sort();
        let mut places = HashMap::new();
        let mut unknown = BTreeSet::new();
        for (number, pack) in packs.iter().enumerate() {
            match codec::read::<Vec<Place>>(&list_of(pack)) {
                Ok(list) => {
                    let list = list.unwrap_or_default();
                    places.extend(list.into_iter().map(|place| (place.hash, (number, place))));
                }
                Err(_) => {
                    unknown.insert(number);
                }
            }
        }
        Ok(Self { folder: folder.to_owned(), packs, places, unknown })
    }

    /// Whether a content is kept.
    pub fn has(&self, hash: ContentHash) -> bool {
        self.places.contains_key(&hash)
    }

    /// The bytes of a content.
    pub fn read(&self, hash: ContentHash) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.copy(hash, &mut bytes)?;
        Ok(bytes)
    }

    /// Writes a content to `out`, and checks that it is what it was.
    pub fn copy(&self, hash: ContentHash, out: &mut impl Write) -> Result<()> {
        let Some(&(number, place)) = self.places.get(&hash) else {
            return Err(CheckpointError::Gone {
                path: "a file".to_owned(),
                reason: format!("no pack in {} has it", self.folder.display()),
            });
        };
        let pack = &self.packs[number];
        let damaged = |reason: &str| CheckpointError::Damaged {
            path: pack.clone(),
            reason: format!("{reason} at byte {}", place.offset),
        };
        if let Some((base, _)) = place.base {
            let mut difference = Vec::new();
            unpack(pack, place, &mut difference, &damaged)?;
            let bytes = delta::apply(&self.read(base)?, &difference)
                .ok_or_else(|| damaged("a difference does not fit"))?;
            if ContentHash::of(&bytes) != hash {
                return Err(damaged("a content is not what it was"));
            }
            return out.write_all(&bytes).map_err(CheckpointError::io(pack));
        }
        let mut checked = Checked { out, hasher: blake3::Hasher::new() };
        unpack(pack, place, &mut checked, &damaged)?;
        if checked.hasher.finalize().as_bytes() == &hash.0 {
            Ok(())
        } else {
            Err(damaged("a content is not what it was"))
        }
    }

    /// Bytes of all packs and lists.
    pub fn bytes(&self) -> u64 {
        self.packs
            .iter()
            .flat_map(|pack| [pack.clone(), list_of(pack)])
            .filter_map(|path| path.metadata().ok())
            .map(|metadata| metadata.len())
            .sum()
    }

    /// How many differences `hash` stands on; none when it is not kept.
    fn depth(&self, hash: ContentHash) -> Option<u8> {
        self.places.get(&hash).map(|(_, place)| place.base.map_or(0, |(_, depth)| depth))
    }

    /// Bytes that a pack has for a content, without what it stands on.
    pub fn stored(&self, hash: ContentHash) -> u64 {
        self.places.get(&hash).map_or(0, |(_, place)| place.stored)
    }

    /// What a content stands on, itself included.
    pub fn chain(&self, hash: ContentHash) -> Vec<ContentHash> {
        let mut chain = vec![hash];
        while let Some((_, place)) = chain.last().and_then(|last| self.places.get(last))
            && let Some((base, _)) = place.base
        {
            chain.push(base);
        }
        chain
    }

    /// Removes every pack that has none of the contents `live`, and writes those anew of which
    /// less than three quarters are; packs of which nobody knows what they have stay. Gives the bytes
    /// that are free now.
    pub fn collect(&mut self, live: &BTreeSet<ContentHash>) -> Result<u64> {
        let before = self.bytes();
        let live: BTreeSet<ContentHash> = live.iter().flat_map(|&hash| self.chain(hash)).collect();
        let mut kept = vec![0_u64; self.packs.len()];
        let mut moved: Vec<Vec<Place>> = vec![Vec::new(); self.packs.len()];
        for hash in &live {
            if let Some(&(number, place)) = self.places.get(hash) {
                kept[number] += place.stored;
                moved[number].push(place);
            }
        }
        let mut writer = Writer::new(&self.folder);
        let mut gone = Vec::new();
        for (number, pack) in self.packs.iter().enumerate() {
            let size = pack.metadata().map_or(0, |metadata| metadata.len());
            let needed = kept[number] * 4 >= size * 3 && kept[number] > 0;
            if needed || self.unknown.contains(&number) {
                continue;
            }
            let mut file = File::open(pack).map_err(CheckpointError::io(pack))?;
            moved[number].sort_unstable_by_key(|place| place.offset);
            for place in &moved[number] {
                writer.take_over(&mut file, pack, *place)?;
            }
            gone.push(pack.clone());
        }
        // The new pack is known before the old ones go: a crash between leaves both.
        writer.finish()?;
        for pack in gone {
            let list = list_of(&pack);
            for path in [&list, &pack] {
                match qf_graph::store::disk::remove(path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(CheckpointError::io(path)(error));
                    }
                    _ => {}
                }
            }
        }
        *self = Self::open(&self.folder)?;
        Ok(before.saturating_sub(self.bytes()))
    }
}

struct Checked<'a, W: Write> {
    out: &'a mut W,
    hasher: blake3::Hasher,
}

impl<W: Write> Write for Checked<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.hasher.update(bytes);
        self.out.write_all(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// Writes what is stored at a place to `out`, without compression.
fn unpack(
    pack: &Path,
    place: Place,
    out: &mut impl Write,
    damaged: &dyn Fn(&str) -> CheckpointError,
) -> Result<()> {
    let mut file = File::open(pack).map_err(CheckpointError::io(pack))?;
    file.seek(SeekFrom::Start(place.offset)).map_err(CheckpointError::io(pack))?;
    let mut left = place.raw;
    while left > 0 {
        let mut header = [0; 8];
        file.read_exact(&mut header).map_err(|_| damaged("it ends too early"))?;
        let [a, b, c, d, e, f, g, h] = header;
        let stored = u32::from_le_bytes([a, b, c, d]) as usize;
        let raw = u32::from_le_bytes([e, f, g, h]) as usize;
        if stored > raw || raw > BLOCK || raw as u64 > left || raw == 0 {
            return Err(damaged("a block has an impossible size"));
        }
        let mut block = vec![0; stored];
        file.read_exact(&mut block).map_err(|_| damaged("it ends too early"))?;
        if stored < raw {
            block = lz4_flex::decompress(&block, raw)
                .map_err(|_| damaged("a block cannot be decompressed"))?;
        }
        out.write_all(&block).map_err(CheckpointError::io(pack))?;
        left = left.saturating_sub(block.len().max(1) as u64);
    }
    Ok(())
}

/// A content that is ready to be appended.
pub struct Packed {
    hash: ContentHash,
    bytes: Vec<u8>,
    raw: u64,
    base: Option<(ContentHash, u8)>,
}

/// Compresses a content; this needs no lock, so threads do it.
pub fn pack(hash: ContentHash, bytes: &[u8]) -> Packed {
    let mut out = Vec::with_capacity(bytes.len() / 2 + 16);
    for block in bytes.chunks(BLOCK) {
        append_block(&mut out, block);
    }
    Packed { hash, bytes: out, raw: bytes.len() as u64, base: None }
}

fn append_block(out: &mut Vec<u8>, block: &[u8]) {
    let packed = lz4_flex::compress(block);
    let body = if packed.len() < block.len() { packed.as_slice() } else { block };
    out.extend_from_slice(&(body.len() as u32).to_le_bytes());
    out.extend_from_slice(&(block.len() as u32).to_le_bytes());
    out.extend_from_slice(body);
}

/// A new pack. Nothing is on the disk before something is appended, and nothing is known of it
/// before [`Writer::finish`]; one that is not finished is removed.
pub struct Writer {
    folder: PathBuf,
    file: Option<(PathBuf, BufWriter<File>)>,
    cap: u64,
    offset: u64,
    list: Vec<Place>,
    have: BTreeSet<ContentHash>,
}

impl Writer {
    /// A pack in this folder.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            file: None,
            cap: u64::MAX,
            offset: 0,
            list: Vec::new(),
            have: BTreeSet::new(),
        }
    }

    /// One that refuses what would make it larger, before that is on the disk.
    pub fn capped(mut self, cap: u64) -> Self {
        self.cap = cap;
        self
    }

    /// Whether it has a content already.
    pub fn has(&self, hash: ContentHash) -> bool {
        self.have.contains(&hash)
    }

    fn file(&mut self) -> Result<&mut BufWriter<File>> {
        if self.file.is_none() {
            let name = format!(
                "{:020}-{}.pack",
                crate::checkpoint::tree::entry::now(),
                std::process::id()
            );
            let path = self.folder.join(name);
            let file = File::options()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
                .map_err(CheckpointError::io(&path))?;
            self.file = Some((path, BufWriter::with_capacity(1 << 18, file)));
        }
        Ok(&mut self.file.as_mut().expect("made above").1)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let needed = self.offset + bytes.len() as u64;
        if needed > self.cap {
            return Err(CheckpointError::TooLarge { needed, cap: self.cap });
        }
        let folder = self.folder.clone();
        self.file()?.write_all(bytes).map_err(CheckpointError::io(&folder))?;
        self.offset = needed;
        Ok(())
    }

    /// Appends a content that it does not have yet.
    pub fn add(&mut self, packed: &Packed) -> Result<()> {
        if !self.have.insert(packed.hash) {
            return Ok(());
        }
        let offset = self.offset;
        self.append(&packed.bytes)?;
        self.list.push(Place {
            hash: packed.hash,
            offset,
            stored: packed.bytes.len() as u64,
            raw: packed.raw,
            base: packed.base,
        });
        Ok(())
    }

    /// Appends bytes as a difference to a content that is kept already, when that is shorter.
    pub fn add_against(
        &mut self,
        contents: &Contents,
        base: Option<ContentHash>,
        bytes: &[u8],
    ) -> Result<ContentHash> {
        let hash = ContentHash::of(bytes);
        if contents.has(hash) || self.has(hash) {
            return Ok(hash);
        }
        let difference = base.filter(|_| bytes.len() > 4096).and_then(|base| {
            let depth = contents.depth(base).filter(|&depth| depth < MAX_DEPTH)?;
            let difference = delta::difference(&contents.read(base).ok()?, bytes)?;
            Some((difference, base, depth + 1))
        });
        let packed = match difference {
            Some((difference, base, depth)) => {
                Packed { hash, base: Some((base, depth)), ..pack(hash, &difference) }
            }
            None => pack(hash, bytes),
        };
        self.add(&packed)?;
        Ok(hash)
    }

    /// Appends a file block by block, and gives the hash and the size of what was read.
    pub fn add_file(&mut self, mut file: impl Read, path: &Path) -> Result<(ContentHash, u64)> {
        let (offset, mut raw) = (self.offset, 0_u64);
        let mut hasher = blake3::Hasher::new();
        let mut block = vec![0; BLOCK];
        loop {
            let mut filled = 0;
            while filled < BLOCK {
                match file.read(&mut block[filled..]).map_err(CheckpointError::io(path))? {
                    0 => break,
                    count => filled += count,
                }
            }
            if filled == 0 {
                break;
            }
            hasher.update(&block[..filled]);
            let mut out = Vec::new();
            append_block(&mut out, &block[..filled]);
            self.append(&out)?;
            raw += filled as u64;
        }
        let hash = ContentHash(*hasher.finalize().as_bytes());
        if self.have.insert(hash) {
            let stored = self.offset - offset;
            self.list.push(Place { hash, offset, stored, raw, base: None });
        }
        Ok((hash, raw))
    }

    /// Appends what another pack has, as it is.
    fn take_over(&mut self, file: &mut File, path: &Path, place: Place) -> Result<()> {
        if !self.have.insert(place.hash) {
            return Ok(());
        }
        file.seek(SeekFrom::Start(place.offset)).map_err(CheckpointError::io(path))?;
        let offset = self.offset;
        let mut block = vec![0; BLOCK];
        let mut left = place.stored;
        while left > 0 {
            let count = left.min(BLOCK as u64) as usize;
            file.read_exact(&mut block[..count]).map_err(CheckpointError::io(path))?;
            self.append(&block[..count])?;
            left -= count as u64;
        }
        self.list.push(Place { offset, ..place });
        Ok(())
    }

    /// Waits until the pack is on the disk and makes its contents known.
    pub fn finish(mut self) -> Result<()> {
        self.close().map(|_| ())
    }

    /// The same, and makes them known to contents that are open.
    pub fn finish_into(mut self, contents: &mut Contents) -> Result<()> {
        let Some(pack) = self.close()? else { return Ok(()) };
        let number = contents.packs.len();
        contents.packs.push(pack);
        contents.places.extend(self.list.iter().map(|place| (place.hash, (number, *place))));
        Ok(())
    }

    fn close(&mut self) -> Result<Option<PathBuf>> {
        let Some((path, file)) = self.file.take() else { return Ok(None) };
        let file =
            file.into_inner().map_err(|error| CheckpointError::io(&path)(error.into_error()))?;
        file.sync_all().map_err(CheckpointError::io(&path))?;
        codec::write(&list_of(&path), &self.list)?;
        Ok(Some(path))
    }

    /// Takes back what was appended.
    pub fn abandon(self) {
        drop(self);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some((path, _)) = self.file.take() {
            // A pack without a list is nothing to anybody; the clean-up removes what stays.
            let _ = qf_graph::store::disk::remove(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Contents, Writer, list_of};
    use crate::checkpoint::error::CheckpointError;
    use std::collections::BTreeSet;

    #[test]
    fn a_pack_whose_list_cannot_be_read_stays() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let none = Contents::open(folder.path()).expect("it opens");
        let mut writer = Writer::new(folder.path());
        let hash = writer.add_against(&none, None, b"kept").expect("it is written");
        writer.finish().expect("it is finished");
        let mut contents = Contents::open(folder.path()).expect("it opens");
        assert_eq!(contents.read(hash).expect("it is there"), b"kept");
        let list = list_of(&contents.packs[0]);
        let bytes = std::fs::read(&list).expect("it is there");
        std::fs::write(&list, b"nonsense").expect("it is ours");
        contents = Contents::open(folder.path()).expect("it opens all the same");
        assert!(!contents.has(hash));
        contents.collect(&BTreeSet::new()).expect("it is cleaned up");
        std::fs::write(&list, bytes).expect("it is ours");
        contents = Contents::open(folder.path()).expect("it opens");
        assert_eq!(contents.read(hash).expect("it is there again"), b"kept");
        assert!(contents.collect(&BTreeSet::new()).expect("it is cleaned up") > 0);
        assert!(!contents.has(hash));
    }

    #[test]
    fn a_writer_keeps_its_cap_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut contents = Contents::open(folder.path()).expect("it opens");
        let mut writer = Writer::new(folder.path()).capped(20);
        let first = writer.add_against(&contents, None, b"first").expect("it fits");
        let error = writer.add_against(&contents, None, b"and one more").expect_err("it does not");
        assert!(matches!(error, CheckpointError::TooLarge { needed: 33, cap: 20 }), "{error}");
        writer.abandon();
        assert_eq!(std::fs::read_dir(folder.path()).expect("it is ours").count(), 0);

        let mut writer = Writer::new(folder.path());
        writer.add_against(&contents, None, b"first").expect("it is written");
        writer.finish_into(&mut contents).expect("it is finished");
        assert_eq!(contents.read(first).expect("it is known"), b"first");
        assert!(contents.stored(first) > 5);
    }
}
