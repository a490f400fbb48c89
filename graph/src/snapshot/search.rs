//! Finding symbols by words: BM25F postings and vectors, fused by score.
//!
//! The lexical list is BM25 over field-weighted frequencies that the writer has summed (Robertson,
//! Zaragoza, Taylor 2004: weights are applied to frequencies before saturation). The dense list is
//! an exact scan over quantised vectors, or the index of nearest neighbours where a repository is
//! large enough to have one (see [`crate::store::nearest`]). Each list is scaled to 0…1 over its best 200 and the two
//! are added with weight 0.45 for the dense one, which was measured better than reciprocal rank
//! fusion. A file as a whole is a document too, the one of its module.

use super::{Open, Snapshot};
use crate::embed::static_model::StaticModel;
use crate::embed::{self, Embedder};
use crate::id::{FileId, SymbolId};
use crate::store::nearest::{self, NearestIndex};
use crate::store::repository::Repository;
use crate::words::{self, Stems};
use rustc_hash::FxHashMap;
use std::sync::{Arc, PoisonError};

/// Saturation of term frequencies.
const K1: f32 = 1.2;
/// Strength of the length normalisation.
const B: f32 = 0.6;
/// Weight of the dense list in the fusion.
const DENSE: f32 = 0.45;
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
    /// How well each file as a whole fits a text, 0…1: BM25 over the words of files. Files without
    /// any of them are left out.
    pub fn file_scores(&self, text: &str) -> FxHashMap<FileId, f32> {
        let found = self.lexical(text);
        let scores = &found.files;
        let best = scores.iter().map(|(_, score)| *score).fold(0f32, f32::max).max(f32::EPSILON);
        scores.iter().map(|(symbol, score)| (self.file(*symbol), score / best)).collect()
    }

    /// The files whose text has a name: as a whole where it has several parts, else as a word in any
    /// form.
    pub fn files_with(&self, name: &str) -> Vec<FileId> {
        let mut parts = Vec::new();
        words::parts(name, |part| parts.push(part.to_owned()));
        let term = match parts.as_slice() {
            [one] => Stems::default().term(one),
            _ => words::whole_term(name),
        };
        let mut found = Vec::new();
        let repositories = self.repositories.iter().zip(&self.symbol_base);
        for ((open, base), modules) in repositories.zip(self.modules()) {
            let (symbols, _) = open.repository.postings(term).unwrap_or((&[], &[]));
            let files = symbols.iter().filter(|symbol| modules.has(**symbol));
            found.extend(files.map(|symbol| self.file(SymbolId(base + symbol))));
        }
        found
    }

    /// How rare a stem is among the symbols of all repositories: inverse document frequency.
    pub fn rarity(&self, stem: &str) -> f32 {
        let term = words::term_of_stem(stem);
        let (mut all, mut having) = (0, 0);
        for open in &self.repositories {
            all += u64::from(open.repository.symbols());
            having += open.repository.postings(term).map_or(0, |(symbols, _)| symbols.len() as u64);
        }
        let (all, having) = (all as f32, having as f32);
        (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
    }

    /// The best `limit` symbols for a text, of those that `keep` accepts.
    pub fn search(
        &self,
        text: &str,
        limit: usize,
        mut keep: impl FnMut(SymbolId) -> bool,
    ) -> Vec<Hit> {
        let lexical = top(self.lexical(text).symbols.clone(), DEPTH.max(limit), &mut keep);
        let dense = self.dense(text, DEPTH.max(limit), &mut keep);
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

    /// The modules of each repository.
    fn modules(&self) -> &[Modules] {
        let all = || self.repositories.iter().map(|open| Modules::of(&open.repository)).collect();
        self.modules.get_or_init(all)
    }

    /// BM25 scores of every symbol and of every file that has one of the text's terms. The last text
    /// is remembered: an order of matches asks for both.
    fn lexical(&self, text: &str) -> Arc<Lexical> {
        let mut last = self.lexical.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = last.as_ref().filter(|(asked, _)| asked == text) {
            return found.clone();
        }
        let found = Arc::new(self.look_up(text));
        *last = Some((text.to_owned(), found.clone()));
        found
    }

    /// Symbols and files are collections of their own, each with its frequencies and lengths.
    fn look_up(&self, text: &str) -> Lexical {
        let all = self.modules();
        let mut collections = [Collection::default(), Collection::default()];
        for modules in all {
            for (collection, (documents, length)) in collections.iter_mut().zip(modules.sizes) {
                collection.documents += documents;
                collection.length += length;
            }
        }
        for term in terms(text) {
            for ((open, base), modules) in self.repositories.iter().zip(&self.symbol_base).zip(all)
            {
                let lengths = open.repository.lengths().unwrap_or(&[]);
                let (symbols, weights) = open.repository.postings(term).unwrap_or((&[], &[]));
                for (symbol, weight) in symbols.iter().zip(weights) {
                    let len = lengths.get(*symbol as usize).copied().unwrap_or(0) as f32;
                    let hit = (SymbolId(base + symbol), f32::from(*weight) / 16.0, len);
                    collections[usize::from(modules.has(*symbol))].hits.push(hit);
                }
            }
            for collection in &mut collections {
                collection.score();
            }
        }
        let [symbols, files] = collections.map(|it| it.scores.into_iter().collect());
        Lexical { symbols, files }
    }

    /// The `limit` symbols whose vectors are nearest to the text's, with the cosine.
    fn dense(
        &self,
        text: &str,
        limit: usize,
        keep: &mut impl FnMut(SymbolId) -> bool,
    ) -> Vec<(SymbolId, f32)> {
        let embedder: &dyn Embedder = match &self.embedder {
            Some(embedder) => embedder.as_ref(),
            None => StaticModel::get(),
        };
        // Asking a model may cost a request: only for vectors that it made.
        let (mut own, mut foreign) = (false, None);
        for open in &self.repositories {
            match open.repository.model() {
                "" => {}
                model if model == embedder.name() => own = true,
                model => foreign = Some(model),
            }
        }
        let mut problem = foreign.map(|model| {
            let (own, variable) = (embedder.name(), "QF_EMBEDDER");
            format!(
                "the index holds vectors of model `{model}`, questions are embedded by `{own}`: \
                 only words are compared; set {variable} as for `qf index`, or index again"
            )
        });
        let query = match own.then(|| embedder.query(text)) {
            Some(Ok(query)) => query,
            Some(Err(error)) => {
                problem = Some(format!("{error}: only words are compared; {}", error.hint));
                Vec::new()
            }
            None => Vec::new(),
        };
        *self.search_problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
        let largest = query.iter().fold(0f32, |largest, value| largest.max(value.abs()));
        if largest == 0.0 {
            return Vec::new();
        }
        let scale = 127.0 / largest;
        let query: Vec<i8> = query.iter().map(|value| (value * scale).round() as i8).collect();
        let unit = scale * embed::scale(query.len());
        let mut found = Vec::new();
        for (open, base) in self.repositories.iter().zip(&self.symbol_base) {
            if open.repository.model() == embedder.name() {
                let near = self.near(open, *base, &query, limit, keep);
                found.extend(near.into_iter().map(|(symbol, dot)| (symbol, dot as f32 / unit)));
            }
        }
        found.sort_unstable_by(best_first);
        found.truncate(limit);
        found
    }

    /// The vectors of one repository that are nearest to a query: by its index, or by an exact
    /// scan where there is none or where `keep` leaves too few of what the index found.
    fn near(
        &self,
        open: &Open,
        base: u32,
        query: &[i8],
        limit: usize,
        keep: &mut impl FnMut(SymbolId) -> bool,
    ) -> Vec<(SymbolId, i32)> {
        let repository = &open.repository;
        let Ok(symbols) = repository.segment().numbers("vec.sym") else { return Vec::new() };
        if repository.dimensions() != query.len() {
            return Vec::new();
        }
        let symbol = |position: u32| {
            symbols.get(position as usize).map_or(SymbolId(u32::MAX), |s| SymbolId(base + s))
        };
        if let Some(index) = self.nearest_index(open, symbols.len())
            && let Some(found) = index.nearest(query, limit)
        {
            let all = found.len();
            let kept: Vec<_> = found
                .into_iter()
                .map(|(position, dot)| (symbol(position), dot))
                .filter(|(symbol, _)| symbol.0 != u32::MAX && keep(*symbol))
                .collect();
            if kept.len() == all && all == limit.min(symbols.len()) {
                return kept;
            }
        }
        let Ok((_, vectors)) = repository.vectors() else { return Vec::new() };
        nearest::exact(vectors, query, limit, |position| {
            let symbol = symbol(position);
            symbol.0 != u32::MAX && keep(symbol)
        })
        .into_iter()
        .map(|(position, dot)| (symbol(position), dot))
        .collect()
    }

    fn nearest_index<'s>(&'s self, open: &'s Open, count: usize) -> Option<&'s NearestIndex> {
        let name = self.manifest.repositories[open.entry].nearest.as_deref()?;
        open.nearest
            .get_or_init(|| {
                let path = self.home.segments().join(name);
                NearestIndex::open(&path, count, open.repository.dimensions()).ok()
            })
            .as_ref()
    }

    /// Why the last search compared words only, with what to do about it; told once.
    pub fn take_search_problem(&self) -> Option<String> {
        self.search_problem.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What the words of a text found.
pub(super) struct Lexical {
    symbols: Vec<(SymbolId, f32)>,
    /// By the symbols of their modules.
    files: Vec<(SymbolId, f32)>,
}

/// Documents that are compared with each other.
#[derive(Default)]
struct Collection {
    documents: u64,
    length: u64,
    scores: FxHashMap<SymbolId, f32>,
    /// Document, frequency and length of what has the term at hand.
    hits: Vec<(SymbolId, f32, f32)>,
}

impl Collection {
    /// Adds what the term at hand says.
    fn score(&mut self) {
        let average = (self.length as f32 / self.documents.max(1) as f32).max(1.0);
        let (all, frequency) = (self.documents as f32, self.hits.len() as f32);
        let rarity = (1.0 + (all - frequency + 0.5) / (frequency + 0.5)).ln();
        for (symbol, weight, len) in self.hits.drain(..) {
            let norm = K1 * (1.0 - B + B * len / average);
            *self.scores.entry(symbol).or_default() +=
                rarity * weight * (K1 + 1.0) / (weight + norm);
        }
    }
}

/// Which symbols of a repository are the modules of its files.
pub(super) struct Modules {
    /// One bit a symbol.
    bits: Vec<u64>,
    /// Of other symbols and of modules: how many have words, and how many words they have.
    sizes: [(u64, u64); 2],
}

impl Modules {
    fn of(repository: &Repository) -> Self {
        let mut bits = vec![0; repository.symbols() as usize / 64 + 1];
        // The module is the first symbol of its file.
        for symbol in (0..repository.files()).filter_map(|it| repository.symbols_of_file(it).next())
        {
            if let Some(word) = bits.get_mut(symbol as usize / 64) {
                *word |= 1 << (symbol % 64);
            }
        }
        let mut modules = Self { bits, sizes: [(0, 0); 2] };
        for (symbol, len) in (0..).zip(repository.lengths().unwrap_or(&[])) {
            let whole = usize::from(modules.has(symbol));
            let (documents, length) = &mut modules.sizes[whole];
            *documents += u64::from(*len > 0);
            *length += u64::from(*len);
        }
        modules
    }

    fn has(&self, symbol: u32) -> bool {
        self.bits.get(symbol as usize / 64).is_some_and(|word| word & 1 << (symbol % 64) != 0)
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
            // `MySQL` is asked for, and code says `MysqlDialect`.
            if let Some(joined) = words::joined(identifier) {
                terms.push(stems.term(&joined));
            }
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
    scores.sort_unstable_by(best_first);
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "sorting compares references")]
fn best_first(a: &(SymbolId, f32), b: &(SymbolId, f32)) -> std::cmp::Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
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
