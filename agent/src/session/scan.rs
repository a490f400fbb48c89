//! Exact strings in a stretch of a text, block by block: ids are in no dictionary.
//!
//! A gigabyte that the system has in memory is scanned in about a second, which is rare enough that
//! an index of ids, larger than all else together, would not pay.

use super::part::Chunk;
use aho_corasick::{AhoCorasick, BuildError};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

const BLOCK: usize = 1 << 20;
/// Most chunks of a part that are told.
const MOST: usize = 500;

/// Finds some strings, in letters of either case.
pub struct Needles {
    automaton: AhoCorasick,
    longest: usize,
}

impl Needles {
    /// For these strings, of which there is one at least.
    pub fn new(strings: &[String]) -> Result<Self, BuildError> {
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(strings)?;
        let longest = strings.iter().map(String::len).max().unwrap_or(1);
        Ok(Self { automaton, longest })
    }

    /// Which of the strings a text has.
    pub fn of(&self, text: &str) -> BTreeSet<usize> {
        self.automaton.find_iter(text).map(|found| found.pattern().as_usize()).collect()
    }

    /// The first chunks of a part in which any is, and which.
    pub fn chunks(
        &self,
        file: &File,
        chunks: &[Chunk],
    ) -> io::Result<BTreeMap<u32, BTreeSet<usize>>> {
        let mut found: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
        let (Some(first), Some(last)) = (chunks.first(), chunks.last()) else { return Ok(found) };
        let end = last.start + u64::from(last.length);
        let mut at = first.start;
        let mut buffer = vec![0; BLOCK + self.longest];
        while at < end && found.len() < MOST {
            let most = usize::try_from(end - at).unwrap_or(buffer.len()).min(buffer.len());
            let read = read_up_to(file, &mut buffer[..most], at)?;
            for hit in self.automaton.find_iter(&buffer[..read]) {
                let place = at + hit.start() as u64;
                let index = chunks.partition_point(|chunk| chunk.start <= place);
                let Some(chunk) = index.checked_sub(1) else { continue };
                if place < chunks[chunk].start + u64::from(chunks[chunk].length) {
                    let ids = found.entry(chunk as u32).or_default();
                    ids.insert(hit.pattern().as_usize());
                }
            }
            if read < buffer.len() {
                break;
            }
            // What may begin at the end of this block is looked at again with the next.
            at += BLOCK as u64;
        }
        Ok(found)
    }
}

/// Reads until a buffer is full or the file ends.
fn read_up_to(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read_at(&mut buffer[length..], at + length as u64) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Chunk, Needles};

    #[test]
    fn ids_at_the_border_of_blocks_are_found() {
        let mut text = vec![b'.'; 3 * BLOCK];
        for at in [0, BLOCK - 3, 2 * BLOCK - 1, 3 * BLOCK - 8] {
            text[at..at + 8].copy_from_slice(b"8f3A2b1C");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("text");
        std::fs::write(&path, &text).expect("it is ours");
        let length = (BLOCK / 4) as u32;
        let chunk = |number: u32| Chunk {
            start: u64::from(number * length),
            length,
            line: 1,
            label: 0,
            words: 1,
            whole: true,
        };
        let chunks: Vec<Chunk> = (0..12).map(chunk).collect();
        let file = std::fs::File::open(&path).expect("it opens");
        let needles = Needles::new(&["8f3a2b1c".to_owned()]).expect("an automaton");
        let found = needles.chunks(&file, &chunks).expect("it is read");
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), [0, 3, 7, 11]);
    }
}
