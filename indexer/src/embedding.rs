//! Vectors of documents by a model that is asked for them.
//!
//! The built-in table makes vectors in the same pass as postings (see [`crate::documents`]). A
//! transformer reads a text instead, and costs a thousand times as much, so a text that is known
//! is not embedded again: the segment keeps a hash of each vector's text, and the next run takes
//! the vectors of equal texts from there. What such models do best with was measured: the name in
//! words, then the code as it stands.

use crate::assemble::Assembly;
use crate::build::Kept;
use crate::resolve::World;
use crate::run::Progress;
use qf_graph::embed::{self, EmbedError, Embedder};
use qf_graph::facts::{Definition, DefinitionId, FileFacts};
use qf_graph::store::repository::{Repository, RepositoryData, SearchData, decompress};
use qf_graph::words;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Texts that a model gets at once.
const BATCH: usize = 512;
/// Lines of code in a text.
const LINES: usize = 60;
/// Most bytes of code in a text: models read a few hundred tokens.
const CODE_BYTES: usize = 3_000;
/// Most bytes of documentation in a text.
const DOC_BYTES: usize = 600;

/// Fills in the vectors of all repositories. `earlier` are the published segments.
pub(crate) fn vectors(
    world: &World<'_>,
    assembly: &Assembly,
    kept: &[Kept],
    data: &mut [RepositoryData],
    earlier: &[Option<Repository>],
    model: &dyn Embedder,
    progress: &dyn Progress,
) -> Result<(), EmbedError> {
    let dimensions = model.query("dimensions")?.len();
    for (repository, data) in data.iter_mut().enumerate() {
        let mut collector = Collector::new(model, dimensions, &mut data.search);
        if let Some(Some(earlier)) = earlier.get(repository) {
            collector.remember(earlier);
        }
        let files: Vec<u32> =
            (world.first_file[repository]..world.first_file[repository + 1]).collect();
        // Some files at a time, so that not all texts are in memory at once.
        for files in files.chunks(64) {
            let texts: Vec<Vec<(u32, String)>> = files
                .par_iter()
                .map(|file| {
                    let index = world.file(*file);
                    let kept = &kept[repository].files[index.position as usize];
                    let text = decompress(&kept.text).unwrap_or_default();
                    let named = assembly.named(*file);
                    texts(&text, index.facts(), named, assembly.module[*file as usize])
                })
                .collect();
            for (symbol, text) in texts.into_iter().flatten() {
                collector.add(symbol, text)?;
            }
            progress.advance(files.len() as u64, 0);
        }
        collector.finish()?;
    }
    Ok(())
}

/// The texts of a file's definitions with their symbols.
fn texts(
    text: &str,
    facts: &FileFacts,
    named: &[(DefinitionId, String)],
    module: u32,
) -> Vec<(u32, String)> {
    named
        .iter()
        .enumerate()
        .filter_map(|(position, (id, qualified))| {
            let definition = &facts.definitions[id.index()];
            let symbol = module + 1 + position as u32;
            (!definition.kind.is_value())
                .then(|| (symbol, document(text, facts, definition, qualified)))
        })
        .collect()
}

fn document(text: &str, facts: &FileFacts, definition: &Definition, qualified: &str) -> String {
    let mut out = words::split(facts.text(definition.name)).join(" ");
    out.push('\n');
    out.push_str(qualified);
    if let Some(doc) = definition.doc {
        out.push('\n');
        out.push_str(head(facts.text(doc), DOC_BYTES));
    }
    // The code begins with decorators and the signature.
    let (start, end) = (definition.span.start as usize, definition.span.end as usize);
    for line in head(text.get(start..end).unwrap_or(""), CODE_BYTES).lines().take(LINES) {
        out.push('\n');
        out.push_str(line);
    }
    out
}

/// The first bytes of a text, cut between characters.
fn head(text: &str, bytes: usize) -> &str {
    &text[..crate::extract::builder::floor_char_boundary(text, bytes)]
}

/// Gathers one repository's vectors in the order of its symbols.
struct Collector<'a> {
    model: &'a dyn Embedder,
    dimensions: usize,
    out: &'a mut SearchData,
    /// Vectors of known texts by hash, one after the other in `vectors`.
    known: FxHashMap<u64, u32>,
    vectors: Vec<i8>,
    /// Texts that wait for the model.
    waiting: Vec<String>,
}

impl<'a> Collector<'a> {
    fn new(model: &'a dyn Embedder, dimensions: usize, out: &'a mut SearchData) -> Self {
        let (known, vectors, waiting) = (FxHashMap::default(), Vec::new(), Vec::new());
        Self { model, dimensions, out, known, vectors, waiting }
    }

    /// Takes over the vectors that the same model made in an earlier run.
    fn remember(&mut self, earlier: &Repository) {
        if earlier.model() != self.model.name() || earlier.dimensions() != self.dimensions {
            return;
        }
        let Ok((_, vectors)) = earlier.vectors() else { return };
        for (hash, vector) in earlier.vector_hashes().zip(vectors.chunks_exact(self.dimensions)) {
            let place = (self.vectors.len() / self.dimensions) as u32;
            self.known.entry(hash).or_insert_with(|| {
                self.vectors.extend_from_slice(vector);
                place
            });
        }
    }

    fn add(&mut self, symbol: u32, text: String) -> Result<(), EmbedError> {
        let hash = blake3::hash(text.as_bytes());
        let hash = hash.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        self.out.vector_symbols.push(symbol);
        self.out.vector_hashes.push(hash);
        // The place is reserved now, so that an equal text is not asked for twice.
        if let std::collections::hash_map::Entry::Vacant(vacant) = self.known.entry(hash) {
            let place = self.vectors.len() / self.dimensions + self.waiting.len();
            vacant.insert(place as u32);
            self.waiting.push(text);
        }
        if self.waiting.len() >= BATCH { self.ask() } else { Ok(()) }
    }

    fn ask(&mut self) -> Result<(), EmbedError> {
        let texts = std::mem::take(&mut self.waiting);
        let vectors = self.model.documents(&texts)?;
        if vectors.len() != texts.len() || vectors.iter().any(|v| v.len() != self.dimensions) {
            return Err(EmbedError {
                message: format!("model `{}` made vectors of different sizes", self.model.name()),
                hint: "index with another model (QF_EMBEDDER), or with `--no-vectors`".to_owned(),
            });
        }
        for vector in vectors {
            embed::quantise(&vector, &mut self.vectors);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), EmbedError> {
        self.ask()?;
        self.out.vectors.reserve(self.out.vector_symbols.len() * self.dimensions);
        for hash in &self.out.vector_hashes {
            let start = self.known.get(hash).copied().unwrap_or(0) as usize * self.dimensions;
            let vector = self.vectors.get(start..start + self.dimensions).unwrap_or(&[]);
            self.out.vectors.extend_from_slice(vector);
        }
        self.out.dimensions = self.dimensions as u32;
        self.model.name().clone_into(&mut self.out.model);
        Ok(())
    }
}
