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
/// Most chunks of a part that are told for one string.
pub const MOST: usize = 500;

/// Finds some strings, in letters of either case, where they stand alone: an id that is a part of a
/// longer one is another.
pub struct Needles {
    automaton: AhoCorasick,
    longest: usize,
    number: usize,
}

impl Needles {
    /// For these strings, of which there is one at least.
    pub fn new(strings: &[String]) -> Result<Self, BuildError> {
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(strings)?;
        let longest = strings.iter().map(String::len).max().unwrap_or(1);
        Ok(Self { automaton, longest, number: strings.len() })
    }

    /// Which of the strings a text has.
    pub fn of(&self, text: &str) -> BTreeSet<usize> {
        self.hits(text.as_bytes()).map(|(_, string)| string).collect()
    }

    /// Where a text has which of the strings. One may be the beginning of another.
    fn hits<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = (usize, usize)> + 't {
        self.automaton
            .find_overlapping_iter(text)
            .filter(move |hit| stands_alone(text, hit.start(), hit.end()))
            .map(|hit| (hit.start(), hit.pattern().as_usize()))
    }

    /// The first chunks of a part that have each, and which they have.
    pub fn chunks(
        &self,
        file: &File,
        chunks: &[Chunk],
    ) -> io::Result<BTreeMap<u32, BTreeSet<usize>>> {
        let mut found: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
        let (Some(first), Some(last)) = (chunks.first(), chunks.last()) else { return Ok(found) };
        let end = last.start + u64::from(last.length);
        let mut counts = vec![0; self.number];
        let mut at = first.start;
        // With the byte before a block and the one behind, a string at its border is seen to stand
        // alone.
        let mut buffer = vec![0; BLOCK + self.longest + 2];
        while at < end && counts.iter().any(|count| *count < MOST) {
            let from = at.saturating_sub(1);
            let before = (at - from) as usize;
            let most = usize::try_from(end + 1 - from).unwrap_or(buffer.len()).min(buffer.len());
            let read = read_up_to(file, &mut buffer[..most], from)?;
            for (start, string) in self.hits(&buffer[..read]) {
                // What begins behind this block is looked at again with the next.
                if !(before..before + BLOCK).contains(&start) || counts[string] == MOST {
                    continue;
                }
                let place = from + start as u64;
                let index = chunks.partition_point(|chunk| chunk.start <= place);
                let Some(chunk) = index.checked_sub(1) else { continue };
                if place < chunks[chunk].start + u64::from(chunks[chunk].length)
                    && found.entry(chunk as u32).or_default().insert(string)
                {
                    counts[string] += 1;
                }
            }
            if (read as u64) < end - from && read < buffer.len() {
                // It was cut meanwhile.
                break;
            }
            at += BLOCK as u64;
        }
        Ok(found)
    }
}

/// Whether what is at a stretch of a text is no part of a longer word.
fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let in_word =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    !in_word(before) && !in_word(text.get(end))
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
    use super::{BLOCK, BTreeSet, Chunk, MOST, Needles};

    fn needles(strings: &[&str]) -> Needles {
        let strings: Vec<String> = strings.iter().map(|it| (*it).to_owned()).collect();
        Needles::new(&strings).expect("an automaton")
    }

    /// The chunks, all of a length, in which some strings are found, and which.
    fn found(needles: &Needles, text: &[u8], length: usize) -> Vec<(u32, BTreeSet<usize>)> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("text");
        std::fs::write(&path, text).expect("it is ours");
        let chunk = |number: usize| Chunk {
            start: (number * length) as u64,
            length: length as u32,
            line: 1,
            label: 0,
            words: 1,
            whole: true,
            goes_on: false,
        };
        let chunks: Vec<Chunk> = (0..text.len() / length).map(chunk).collect();
        let file = std::fs::File::open(&path).expect("it opens");
        needles.chunks(&file, &chunks).expect("it is read").into_iter().collect()
    }

    fn places(found: &[(u32, BTreeSet<usize>)]) -> Vec<u32> {
        found.iter().map(|(chunk, _)| *chunk).collect()
    }

    #[test]
    fn ids_at_the_border_of_blocks_are_found() {
        let mut text = vec![b'.'; 3 * BLOCK];
        for at in [0, BLOCK - 3, 2 * BLOCK - 1, 3 * BLOCK - 8] {
            text[at..at + 8].copy_from_slice(b"8f3A2b1C");
        }
        let needles = needles(&["8f3a2b1c"]);
        assert_eq!(places(&found(&needles, &text, BLOCK / 4)), [0, 3, 7, 11]);
        // Of a longer one, whichever side of the border the rest is on.
        for at in [BLOCK - 4, BLOCK + 5, 2 * BLOCK + 7, 3 * BLOCK - 9] {
            text[at] = b'7';
        }
        assert_eq!(places(&found(&needles, &text, BLOCK / 4)), [0]);
    }

    #[test]
    fn ids_stand_alone_and_may_begin_alike() {
        let needles = needles(&["123456", "123456-789", "456-789"]);
        let of = |text: &str| needles.of(text).into_iter().collect::<Vec<_>>();
        assert_eq!(of("order 77123456001"), [0; 0]);
        assert_eq!(of("x_123456 123456_x 1234567 a123456"), [0; 0]);
        assert_eq!(of("(123456)"), [0]);
        assert_eq!(of("id=123456-789;"), [0, 1]);
    }

    #[test]
    fn a_frequent_id_does_not_hide_a_rare_one() {
        let mut text = b"aaaa11 ..".repeat(2 * MOST);
        text.extend(b"bbbb22 ..");
        let found = found(&needles(&["aaaa11", "bbbb22"]), &text, 9);
        assert_eq!(found.len(), MOST + 1);
        assert_eq!(found.last(), Some(&(2 * MOST as u32, BTreeSet::from([1]))));
    }
}
