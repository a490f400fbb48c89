//! Finding symbols by words: BM25F postings and vectors, fused by score.
//!
//! The lexical list is BM25 over field-weighted frequencies that the writer has summed (Robertson,
//! Zaragoza, Taylor 2004: weights are applied to frequencies before saturation). The dense list is
//! an exact scan over quantised vectors. Each list is scaled to 0…1 over its best 200 and the two
//! are added with weight 0.6 for the dense one, which was measured better than reciprocal rank
//! fusion.

use super::Snapshot;
use crate::embed::static_model::{self, StaticModel};
use crate::id::SymbolId;
use crate::words::{self, Stems};
use rustc_hash::FxHashMap;

/// Saturation of term frequencies.
const K1: f32 = 1.2;
/// Strength of the length normalisation.
const B: f32 = 0.6;
/// Weight of the dense list in the fusion.
const DENSE: f32 = 0.6;
/// How many of each list are fused.
const DEPTH: usize = 200;

/// One found symbol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The symbol.
    pub symbol: SymbolId,
    /// Fused score, best first, 0…1.
    pub score: f32,
    /// Scaled lexical score, 0 when only the vector found it.
    pub lexical: f32,
    /// Scaled dense score, 0 when only words found it.
    pub dense: f32,
}

impl Snapshot {
    /// The best `limit` symbols for a text, of those that `keep` accepts.
    pub fn search(
        &self,
        text: &str,
        limit: usize,
        mut keep: impl FnMut(SymbolId) -> bool,
    ) -> Vec<Hit> {
        let lexical = top(self.lexical(text), DEPTH.max(limit), &mut keep);
        let dense = top(self.dense(text), DEPTH.max(limit), &mut keep);
        let mut fused: FxHashMap<SymbolId, (f32, f32)> = FxHashMap::default();
        for (symbol, score) in scaled(&lexical) {
            fused.entry(symbol).or_default().0 = score;
        }
        for (symbol, score) in scaled(&dense) {
            fused.entry(symbol).or_default().1 = score;
        }
        let mut hits: Vec<Hit> = fused
            .into_iter()
            .map(|(symbol, (lexical, dense))| Hit {
                symbol,
                score: (1.0 - DENSE) * lexical + DENSE * dense,
                lexical,
                dense,
            })
            .collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.symbol.cmp(&b.symbol)));
        hits.truncate(limit);
        hits
    }

    /// BM25 scores of every symbol that has one of the text's terms.
    fn lexical(&self, text: &str) -> Vec<(SymbolId, f32)> {
        let terms = terms(text);
        let mut documents = 0u64;
        let mut length = 0u64;
        for open in &self.repositories {
            for len in open.repository.lengths().unwrap_or(&[]) {
                documents += u64::from(*len > 0);
                length += u64::from(*len);
            }
        }
        let average = (length as f32 / documents.max(1) as f32).max(1.0);
        let mut scores: FxHashMap<SymbolId, f32> = FxHashMap::default();
        for term in terms {
            let lists: Vec<_> = self
                .repositories
                .iter()
                .map(|open| open.repository.postings(term).unwrap_or((&[], &[])))
                .collect();
            let frequency: usize = lists.iter().map(|(symbols, _)| symbols.len()).sum();
            let rarity =
                (1.0 + (documents as f32 - frequency as f32 + 0.5) / (frequency as f32 + 0.5)).ln();
            for ((open, base), (symbols, weights)) in
                self.repositories.iter().zip(&self.symbol_base).zip(lists)
            {
                let lengths = open.repository.lengths().unwrap_or(&[]);
                for (symbol, weight) in symbols.iter().zip(weights) {
                    let weight = f32::from(*weight) / 16.0;
                    let len = lengths.get(*symbol as usize).copied().unwrap_or(0) as f32;
                    let norm = K1 * (1.0 - B + B * len / average);
                    *scores.entry(SymbolId(base + symbol)).or_default() +=
                        rarity * weight * (K1 + 1.0) / (weight + norm);
                }
            }
        }
        scores.into_iter().collect()
    }

    /// Cosine of the text's vector with every symbol's.
    fn dense(&self, text: &str) -> Vec<(SymbolId, f32)> {
        let query = StaticModel::get().query(text);
        let largest = query.iter().fold(0f32, |largest, value| largest.max(value.abs()));
        if largest == 0.0 {
            return Vec::new();
        }
        let scale = 127.0 / largest;
        let query: Vec<i16> = query.iter().map(|value| (value * scale).round() as i16).collect();
        let mut scores = Vec::new();
        for (open, base) in self.repositories.iter().zip(&self.symbol_base) {
            let repository = &open.repository;
            if repository.model() != static_model::NAME {
                continue;
            }
            let Ok((symbols, vectors)) = repository.vectors() else { continue };
            for (symbol, vector) in symbols.iter().zip(vectors.chunks_exact(query.len())) {
                let dot: i32 =
                    vector.iter().zip(&query).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
                // Quantised vectors have one fixed scale (see `store::vectors`).
                scores.push((SymbolId(base + symbol), dot as f32 / (scale * 127.0 * 2.0)));
            }
        }
        scores
    }
}

/// The terms of a text: stems of all word parts, and whole identifiers.
fn terms(text: &str) -> Vec<u64> {
    let stems = Stems::default();
    let mut terms = Vec::new();
    words::identifiers(text, |identifier| {
        let mut parts = 0;
        words::parts(identifier, |part| {
            parts += 1;
            if !STOP.contains(&part) {
                terms.push(stems.term(part));
            }
        });
        if parts > 1 {
            terms.push(words::whole_term(identifier));
        }
    });
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// Words that carry no meaning in a question about code.
const STOP: [&str; 30] = [
    "a", "an", "and", "are", "as", "at", "be", "by", "do", "does", "for", "from", "how", "i", "in",
    "is", "it", "of", "on", "or", "that", "the", "there", "this", "to", "we", "what", "where",
    "which", "with",
];

fn top(
    mut scores: Vec<(SymbolId, f32)>,
    limit: usize,
    keep: &mut impl FnMut(SymbolId) -> bool,
) -> Vec<(SymbolId, f32)> {
    scores.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut out = Vec::with_capacity(limit);
    for (symbol, score) in scores {
        if keep(symbol) {
            out.push((symbol, score));
            if out.len() == limit {
                break;
            }
        }
    }
    out
}

/// Scales scores to 0…1.
fn scaled(scores: &[(SymbolId, f32)]) -> impl Iterator<Item = (SymbolId, f32)> + '_ {
    let best = scores.first().map_or(1.0, |(_, score)| *score);
    let least = scores.last().map_or(0.0, |(_, score)| *score);
    let range = if best > least { best - least } else { 1.0 };
    scores.iter().map(move |(symbol, score)| {
        (*symbol, if best > least { (score - least) / range } else { 1.0 })
    })
}
