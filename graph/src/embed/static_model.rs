//! The built-in embedding: a table of word vectors trained on code and its documentation.
//!
//! A text's vector is the weighted sum of its words' vectors, normalised. Queries and documents
//! use different learned word weights. Words that the table lacks are cut into the fewest words
//! that it has (`getuser` → `get`, `user`), by dynamic programming.

use super::{EmbedError, Embedder};
use crate::words;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::OnceLock;

/// Length of the vectors.
pub const DIMENSIONS: usize = 128;
/// Name stored beside the vectors.
pub const NAME: &str = "qf-static-128/2";

static TABLE: &[u8] = include_bytes!("../../assets/qf-static-128.safetensors");
static VOCABULARY: &str = include_str!("../../assets/vocab.txt");

/// Rows of the table that make up a word.
pub type Rows = SmallVec<[u32; 2]>;

/// The table.
pub struct StaticModel {
    rows: FxHashMap<&'static str, u32>,
    scale: Vec<f32>,
    query_weight: Vec<f32>,
    document_weight: Vec<f32>,
    vectors: &'static [i8],
}

impl StaticModel {
    /// The table that is compiled in.
    pub fn get() -> &'static Self {
        static MODEL: OnceLock<StaticModel> = OnceLock::new();
        MODEL.get_or_init(Self::load)
    }

    fn load() -> Self {
        // The asset is part of the binary: a unit test proves that it parses.
        let length = u64::from_le_bytes(TABLE[..8].try_into().unwrap_or_default()) as usize;
        let header: serde_json::Value =
            serde_json::from_slice(&TABLE[8..8 + length]).unwrap_or_default();
        let data = &TABLE[8 + length..];
        let tensor = |name: &str| {
            let bound = |index: usize| {
                header[name]["data_offsets"][index].as_u64().unwrap_or_default() as usize
            };
            &data[bound(0)..bound(1)]
        };
        let halves = |name: &str| -> Vec<f32> {
            tensor(name)
                .chunks_exact(2)
                .map(|pair| half_to_single(u16::from_le_bytes([pair[0], pair[1]])))
                .collect()
        };
        let rows = VOCABULARY.lines().enumerate().map(|(row, word)| (word, row as u32)).collect();
        Self {
            rows,
            scale: halves("scale"),
            query_weight: halves("wq"),
            document_weight: halves("wd"),
            vectors: bytemuck::cast_slice(tensor("emb")),
        }
    }

    /// The rows of a lower-case word: its own, or those of the words it is made of.
    pub fn rows(&self, word: &str) -> Rows {
        if let Some(row) = self.rows.get(word) {
            return Rows::from_slice(&[*row]);
        }
        if word.len() < 5 || word.len() > 40 || !word.is_ascii() {
            return Rows::new();
        }
        // fewest[i]: fewest known words that make up the first i letters, and where the last began.
        let mut fewest: Vec<Option<(u32, usize)>> = vec![None; word.len() + 1];
        fewest[0] = Some((0, 0));
        for end in 2..=word.len() {
            for start in 0..end - 1 {
                let Some((count, _)) = fewest[start] else { continue };
                if self.rows.contains_key(&word[start..end])
                    && fewest[end].is_none_or(|(best, _)| count + 1 < best)
                {
                    fewest[end] = Some((count + 1, start));
                }
            }
        }
        let mut rows = Rows::new();
        let mut end = word.len();
        while end > 0 {
            let Some((_, start)) = fewest[end] else { return Rows::new() };
            rows.extend(self.rows.get(&word[start..end]).copied());
            end = start;
        }
        rows
    }

    /// Adds `weight` times a document word's vector to a sum.
    pub fn add_document(&self, row: u32, weight: f32, sum: &mut [f32; DIMENSIONS]) {
        self.add(row, weight * self.document_weight.get(row as usize).copied().unwrap_or(0.0), sum);
    }

    fn add(&self, row: u32, weight: f32, sum: &mut [f32; DIMENSIONS]) {
        let row = row as usize;
        let factor = weight * self.scale.get(row).copied().unwrap_or(0.0);
        let Some(vector) = self.vectors.get(row * DIMENSIONS..(row + 1) * DIMENSIONS) else {
            return;
        };
        for (sum, value) in sum.iter_mut().zip(vector) {
            *sum += factor * f32::from(*value);
        }
    }

    /// The unit vector of a question; all zero when no word is known.
    pub fn query(&self, text: &str) -> [f32; DIMENSIONS] {
        let mut sum = [0.0; DIMENSIONS];
        for word in words::split(text) {
            for row in self.rows(&word) {
                let weight = self.query_weight.get(row as usize).copied().unwrap_or(0.0);
                self.add(row, weight, &mut sum);
            }
        }
        normalise(&mut sum);
        sum
    }
}

impl Embedder for StaticModel {
    fn name(&self) -> &str {
        NAME
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn query(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        Ok(Self::query(self, text).to_vec())
    }

    /// Plain texts, all words alike. The indexer weighs the fields of a definition instead, in
    /// the same pass that makes its postings.
    fn documents(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let one = |text: &String| {
            let mut sum = [0.0; DIMENSIONS];
            for word in words::split(text) {
                for row in self.rows(&word) {
                    self.add_document(row, 1.0, &mut sum);
                }
            }
            normalise(&mut sum);
            sum.to_vec()
        };
        Ok(texts.iter().map(one).collect())
    }
}

/// Scales to length one; zero stays zero.
pub fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        for value in vector {
            *value /= length;
        }
    }
}

/// IEEE 754 half precision to single.
fn half_to_single(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f32::from(bits & 0x3ff) / 1024.0;
    sign * match exponent {
        0 => fraction * 2f32.powi(-14),
        31 => f32::INFINITY,
        _ => (1.0 + fraction) * 2f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::{DIMENSIONS, StaticModel};

    fn cosine(a: &str, b: &str) -> f32 {
        let model = StaticModel::get();
        model.query(a).iter().zip(model.query(b)).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn the_table_is_whole() {
        let model = StaticModel::get();
        assert_eq!(model.scale.len(), model.rows.len());
        assert_eq!(model.vectors.len(), model.rows.len() * DIMENSIONS);
    }

    #[test]
    fn near_meanings_are_near() {
        assert!(cosine("delete user", "remove account") > cosine("delete user", "parse date"));
    }

    #[test]
    fn unknown_words_are_cut_into_known_ones() {
        let model = StaticModel::get();
        assert_eq!(model.rows("userbalance").len(), 2);
        assert!(model.rows("xqzvw").is_empty());
    }
}
