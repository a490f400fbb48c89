//! The index of nearest neighbours that large repositories get beside their segment.
//!
//! An exact scan over quantised vectors is one pass over memory, so for most repositories nothing
//! can be gained by an index that takes far longer to build than everything else. From
//! [`NEAREST_FROM`] on a graph of neighbours (HNSW, by usearch) answers faster. It is a
//! derived file: the vectors in the segment are the truth, and where the index is missing or
//! damaged the exact scan answers instead.
//!
//! usearch maps its file and follows the offsets that it finds there, so a damaged file may end
//! the process. Therefore our BLAKE3 of the whole file stands at its end and is verified before
//! usearch sees the file. Building uses several threads and gives other bytes each time: the file
//! is named after the vectors that it was built from, not after its own content.

use super::StoreError;
use rayon::prelude::*;
use std::io::Read;
use std::path::Path;
use usearch::{Index, IndexOptions, MetricKind, ScalarKind};

/// A repository with at least so many bytes of vectors gets an index: four million of 128 bytes.
///
/// Measured (`benches/results/vectors.md`): the scan costs 19 ms a million vectors of 128 bytes and
/// is the faster of the two at every size at which both were measured; at 200,000 it takes 4.0 ms
/// and the index 8.5 ms, which grows by half when the vectors double. Building costs a processor
/// second for some 1,500 vectors; all the rest of a run, parsing included, handles more than 2,500
/// in that time even without optimisation. So an index must not be built because it is a little
/// faster, only where a question would otherwise wait noticeably: from here on a scan takes 80 ms.
pub const NEAREST_FROM: usize = 4_000_000 * 128;

/// Neighbours of a node in the graph.
const CONNECTIVITY: usize = 32;
/// Candidates that are looked at when a vector is added.
const EXPANSION_ADD: usize = 64;
/// Candidates that are looked at in a search; never fewer than are asked for.
const EXPANSION_SEARCH: usize = 1024;
const CHECKSUM: usize = 32;
/// Changes with the parameters above and with what usearch writes, so that no old file is used.
const FORMAT: &str = "usearch 2.26 ip i8 32 64/1";

/// An open index.
pub struct NearestIndex(Index);

fn empty(dimensions: usize) -> Result<Index, String> {
    Index::new(&IndexOptions {
        dimensions,
        // Products of whole numbers below 2^24 are exact in single precision, so a distance is
        // the very number that the exact scan computes.
        metric: MetricKind::IP,
        quantization: ScalarKind::I8,
        connectivity: CONNECTIVITY,
        expansion_add: EXPANSION_ADD,
        expansion_search: EXPANSION_SEARCH,
        multi: false,
    })
    .map_err(|error| error.to_string())
}

impl NearestIndex {
    /// The name of the file for these vectors, without the repository's name.
    pub fn fingerprint(vectors: &[i8], dimensions: usize) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(FORMAT.as_bytes());
        hasher.update(&(dimensions as u64).to_le_bytes());
        hasher.update(bytemuck::cast_slice(vectors));
        hasher.finalize().to_hex()[..20].to_owned()
    }

    /// The bytes of an index over vectors that stand one after the other.
    pub fn build(vectors: &[i8], dimensions: usize) -> Result<Vec<u8>, String> {
        let index = empty(dimensions)?;
        let count = vectors.len() / dimensions.max(1);
        index
            .reserve_capacity_and_threads(count, rayon::current_num_threads().max(1))
            .map_err(|error| error.to_string())?;
        vectors.par_chunks_exact(dimensions).enumerate().try_for_each(|(position, vector)| {
            index.add(position as u64, vector).map_err(|error| error.to_string())
        })?;
        let mut bytes = vec![0; index.serialized_length()];
        index.save_to_buffer(&mut bytes).map_err(|error| error.to_string())?;
        let checksum = *blake3::hash(&bytes).as_bytes();
        bytes.extend_from_slice(&checksum);
        Ok(bytes)
    }

    /// Verifies a file against its checksum, then maps it. `count` and `dimensions` are those of
    /// the vectors in the segment.
    pub fn open(path: &Path, count: usize, dimensions: usize) -> Result<Self, StoreError> {
        verify(path)?;
        let damaged = |what: String| StoreError::Damaged { path: path.to_owned(), what, offset: 0 };
        let text = path.to_str().ok_or_else(|| damaged("its path is not Unicode".to_owned()))?;
        let index = empty(dimensions).map_err(damaged)?;
        index.view(text).map_err(|error| damaged(error.to_string()))?;
        if index.size() != count || index.dimensions() != dimensions {
            return Err(damaged(format!("{} vectors instead of {count}", index.size())));
        }
        index.change_expansion_search(EXPANSION_SEARCH);
        Ok(Self(index))
    }

    /// Positions of the vectors nearest to `query` with their dot products, best first. `None`
    /// when usearch cannot answer, as when more threads search than it was prepared for.
    pub fn nearest(&self, query: &[i8], limit: usize) -> Option<Vec<(u32, i32)>> {
        let found = self.0.search(query, limit).ok()?;
        Some(
            found
                .keys
                .iter()
                .zip(&found.distances)
                .map(|(position, distance)| (*position as u32, (1.0 - distance) as i32))
                .collect(),
        )
    }
}

/// Compares a file with the checksum at its end.
pub fn verify(path: &Path) -> Result<(), StoreError> {
    let io = |source| StoreError::Io { path: path.to_owned(), source };
    let mut file = std::fs::File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let body = length.saturating_sub(CHECKSUM as u64);
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; 1 << 16];
    let mut left = body;
    while left > 0 {
        let want = piece.len().min(left as usize);
        file.read_exact(&mut piece[..want]).map_err(io)?;
        hasher.update(&piece[..want]);
        left -= want as u64;
    }
    let mut stored = [0; CHECKSUM];
    let damaged = || StoreError::Damaged {
        path: path.to_owned(),
        what: "checksum of the index of nearest neighbours".to_owned(),
        offset: 0,
    };
    file.read_exact(&mut stored).map_err(|_| damaged())?;
    // Nothing with a right checksum is no index either.
    let right = body > 0 && *hasher.finalize().as_bytes() == stored;
    if right { Ok(()) } else { Err(damaged()) }
}

/// The exact scan: positions of the `limit` vectors with the largest dot products of those that
/// `keep` accepts, best first, equal ones by position.
pub fn exact(
    vectors: &[i8],
    query: &[i8],
    limit: usize,
    mut keep: impl FnMut(u32) -> bool,
) -> Vec<(u32, i32)> {
    if query.is_empty() || limit == 0 {
        return Vec::new();
    }
    let query: Vec<i16> = query.iter().map(|value| i16::from(*value)).collect();
    let better = |a: &(u32, i32), b: &(u32, i32)| b.1.cmp(&a.1).then(a.0.cmp(&b.0));
    // Only what beats the worst of the best so far is kept, and sorted out now and then.
    let mut best: Vec<(u32, i32)> = Vec::with_capacity(4 * limit);
    let mut least = i32::MIN;
    for (position, vector) in vectors.chunks_exact(query.len()).enumerate() {
        let dot =
            vector.iter().zip(&query).map(|(a, b)| i32::from(i16::from(*a)) * i32::from(*b)).sum();
        if dot > least && keep(position as u32) {
            best.push((position as u32, dot));
            if best.len() == 4 * limit {
                best.select_nth_unstable_by(limit - 1, better);
                best.truncate(limit);
                least = best[limit - 1].1;
            }
        }
    }
    best.sort_unstable_by(better);
    best.truncate(limit);
    best
}

#[cfg(test)]
mod tests {
    use super::{NearestIndex, exact, verify};
    use crate::embed::static_model::{DIMENSIONS, StaticModel, normalise};

    /// Vectors of made-up documents of words of the built-in table.
    fn vectors(count: u64, mut seed: u64) -> Vec<i8> {
        let mut out = Vec::new();
        for _ in 0..count {
            let mut sum = [0.0; DIMENSIONS];
            for _ in 0..24 {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                let weight = 0.5 + (seed >> 60) as f32 / 4.0;
                StaticModel::get().add_document((seed % 20_000) as u32, weight, &mut sum);
            }
            normalise(&mut sum);
            crate::embed::quantise(&sum, &mut out);
        }
        out
    }

    #[test]
    fn the_index_finds_what_the_scan_finds() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("vectors.nearest");
        let stored = vectors(4_000, 7);
        let bytes = NearestIndex::build(&stored, DIMENSIONS).expect("built");
        std::fs::write(&path, bytes).expect("written");
        let index = NearestIndex::open(&path, 4_000, DIMENSIONS).expect("opened");
        let (mut found, mut wanted) = (0, 0);
        for query in vectors(100, 99).chunks_exact(DIMENSIONS) {
            let truth = exact(&stored, query, 10, |_| true);
            let near = index.nearest(query, 10).expect("an answer");
            for (position, dot) in &near {
                let vector = &stored[*position as usize * DIMENSIONS..][..DIMENSIONS];
                let own: i32 =
                    vector.iter().zip(query).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
                assert_eq!(*dot, own, "the distance is the dot product itself");
            }
            wanted += truth.len();
            found += near.iter().filter(|hit| truth.contains(hit)).count();
        }
        let recall = f64::from(found as u32) / f64::from(wanted as u32);
        assert!(recall >= 0.95, "recall@10 is {recall}");
    }

    #[test]
    fn the_scan_is_exact() {
        let stored = vectors(3_000, 5);
        let query = &vectors(1, 1)[..];
        let mut all: Vec<(u32, i32)> = stored
            .chunks_exact(DIMENSIONS)
            .enumerate()
            .map(|(position, vector)| {
                let dot = vector.iter().zip(query).map(|(a, b)| i32::from(*a) * i32::from(*b));
                (position as u32, dot.sum())
            })
            .filter(|(position, _)| position % 3 != 0)
            .collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        for limit in [0, 1, 7, 200, 5_000] {
            let found = exact(&stored, query, limit, |position| position % 3 != 0);
            assert_eq!(found, all[..limit.min(all.len())], "the best {limit}");
        }
        // Equal vectors come in order of position.
        let same = [1i8; 64];
        let found: Vec<u32> = exact(&same, &[1; 2], 3, |_| true).iter().map(|hit| hit.0).collect();
        assert_eq!(found, [0, 1, 2]);
    }

    #[test]
    fn damage_is_found_before_usearch_sees_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("vectors.nearest");
        let good = NearestIndex::build(&vectors(50, 3), DIMENSIONS).expect("built");
        std::fs::write(&path, &good).expect("written");
        verify(&path).expect("sound");
        for at in (0..good.len()).step_by(101).chain([good.len() - 1]) {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            std::fs::write(&path, &bad).expect("written");
            assert!(NearestIndex::open(&path, 50, DIMENSIONS).is_err(), "byte {at}");
        }
        for end in [0, 31, 32, 100, good.len() - 1] {
            std::fs::write(&path, &good[..end]).expect("written");
            assert!(NearestIndex::open(&path, 50, DIMENSIONS).is_err(), "cut at {end}");
        }
        std::fs::write(&path, &good).expect("written");
        assert!(NearestIndex::open(&path, 51, DIMENSIONS).is_err(), "of other vectors");
        assert!(NearestIndex::open(&path, 50, 64).is_err(), "of another size");
        assert!(NearestIndex::open(&folder.path().join("none"), 50, DIMENSIONS).is_err());
    }
}
