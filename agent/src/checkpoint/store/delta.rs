//! A content as what is new in it against another.
//!
//! The index of a repository with fifty thousand files has five megabytes, and a `git status` changes
//! a few hundred bytes in it. Kept as a whole before and after every phase it would be most of the
//! store. Both contents are cut where their own bytes say so (so that an insertion moves no later
//! cut), and pieces that the older one has are named instead of repeated.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A part of the newer content.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Part<'a> {
    /// Bytes of the older one: from where, how many.
    Old(u64, u64),
    /// Bytes that are new.
    New(&'a [u8]),
}

const SHORTEST: usize = 48;
const LONGEST: usize = 1024;
/// One in 128 positions is a cut.
const MASK: u64 = 0x7f << 40;

/// The pieces of a content, as ends.
fn cuts(bytes: &[u8]) -> Vec<usize> {
    let mut ends = Vec::with_capacity(bytes.len() / 100 + 1);
    let (mut start, mut rolling) = (0, 0_u64);
    for (at, &byte) in bytes.iter().enumerate() {
        // The multiplier spreads a byte over the word; a shift forgets it after 64 of them.
        rolling = (rolling << 1).wrapping_add(u64::from(byte).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let length = at + 1 - start;
        if length >= LONGEST || length >= SHORTEST && rolling & MASK == 0 {
            ends.push(at + 1);
            start = at + 1;
            rolling = 0;
        }
    }
    if start < bytes.len() {
        ends.push(bytes.len());
    }
    ends
}

fn pieces(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = 0;
    cuts(bytes).into_iter().map(move |end| {
        let piece = (start, &bytes[start..end]);
        start = end;
        piece
    })
}

/// What makes `new` of `old`; none when that would not be much shorter than `new`.
pub fn difference(old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    let known: HashMap<&[u8], usize> = pieces(old).map(|(at, piece)| (piece, at)).collect();
    let mut parts: Vec<Part<'_>> = Vec::new();
    for (at, piece) in pieces(new) {
        let length = piece.len() as u64;
        match (known.get(piece), parts.last_mut()) {
            (Some(&from), Some(Part::Old(start, count))) if *start + *count == from as u64 => {
                *count += length;
            }
            (Some(&from), _) => parts.push(Part::Old(from as u64, length)),
            (None, Some(Part::New(bytes))) => {
                let start = at - bytes.len();
                *bytes = &new[start..at + piece.len()];
            }
            (None, _) => parts.push(Part::New(piece)),
        }
    }
    let bytes = postcard::to_stdvec(&parts).ok()?;
    (bytes.len() < new.len() / 2).then_some(bytes)
}

/// The newer content of the older one; none when the difference is not one of it.
pub fn apply(old: &[u8], difference: &[u8]) -> Option<Vec<u8>> {
    let parts: Vec<Part<'_>> = postcard::from_bytes(difference).ok()?;
    let mut new = Vec::new();
    for part in parts {
        match part {
            Part::New(bytes) => new.extend_from_slice(bytes),
            Part::Old(start, length) => {
                let end = start.checked_add(length)?;
                new.extend_from_slice(old.get(start as usize..end as usize)?);
            }
        }
    }
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::{apply, difference};

    /// Bytes without a pattern.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 7_u64;
        (0..length)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect()
    }

    #[test]
    fn a_few_changes_cost_a_few_bytes() {
        let old = noise(500_000);
        let mut new = old.clone();
        new.splice(1000..1003, *b"inserted");
        new[400_000] ^= 1;
        let delta = difference(&old, &new).expect("it is shorter");
        assert!(delta.len() < 5000, "{}", delta.len());
        assert_eq!(apply(&old, &delta), Some(new));
    }

    #[test]
    fn what_shares_nothing_is_no_difference() {
        assert_eq!(difference(&noise(10_000), &[9; 20]), None);
        assert_eq!(apply(b"short", &difference(&noise(9000), &noise(9000)).expect("all")), None);
    }
}
