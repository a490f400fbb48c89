//! What search knows of each symbol: postings and a vector, made from the same words.
//!
//! A symbol's document has weighted fields (name, qualified name, path, signature, documentation,
//! body). One pass over its words fills both the term frequencies and the sum of word vectors;
//! what a word means (its stem, its rows in the vector table) is worked out once per thread.

use qf_graph::embed::static_model::{self, DIMENSIONS, StaticModel};
use qf_graph::facts::{Definition, DefinitionId, FileFacts};
use qf_graph::words::{self, Stems};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::cell::RefCell;

/// Longest body that is read, in bytes: the rest of a long function says little more.
const BODY_BYTES: usize = 6_000;

/// Longest file that is read as a whole, in bytes.
const FILE_BYTES: usize = 100_000;

/// The first bytes of a text, at most so many.
fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Fields of a document with their weights for terms and for vectors.
#[derive(Clone, Copy)]
enum Field {
    Name,
    Qualified,
    Path,
    Signature,
    Doc,
    Body,
}

impl Field {
    const ALL: usize = 6;
    const LEXICAL: [f32; Self::ALL] = [4.0, 2.0, 1.0, 1.0, 2.0, 0.5];
    const DENSE: [f32; Self::ALL] = [4.0, 1.5, 0.7, 1.0, 2.0, 0.5];
}

struct Word {
    term: u64,
    rows: static_model::Rows,
}

/// What an identifier is made of.
struct Identifier {
    /// Its parts, as positions in the list of words.
    parts: SmallVec<[u32; 4]>,
    /// The term of all of it, when it has several parts.
    whole: Option<u64>,
}

struct Scratch {
    stems: Stems,
    words: Vec<Word>,
    ids: FxHashMap<Box<str>, u32>,
    identifiers: FxHashMap<Box<str>, Identifier>,
    /// Frequency by field of each word of the current document.
    counts: FxHashMap<u32, [u16; Field::ALL]>,
    wholes: FxHashMap<u64, f32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch {
        stems: Stems::default(),
        words: Vec::new(),
        ids: FxHashMap::default(),
        identifiers: FxHashMap::default(),
        counts: FxHashMap::default(),
        wholes: FxHashMap::default(),
    });
}

/// What one file adds to the search data; symbols are positions in the file's own list.
#[derive(Default)]
pub struct FileDocuments {
    /// Term, symbol, weighted frequency × 16.
    pub postings: Vec<(u64, u32, u16)>,
    /// Weighted lengths × 16, one a symbol.
    pub lengths: Vec<u32>,
    /// Symbols with vectors.
    pub vector_symbols: Vec<u32>,
    /// Their vectors.
    pub vectors: Vec<i8>,
}

/// The documents of a file's named definitions, in order. `symbols` lists them with their
/// qualified names. Without `vectors` only postings are made.
pub fn of_file(
    path: &str,
    text: &str,
    facts: &FileFacts,
    symbols: &[(DefinitionId, String)],
    vectors: bool,
) -> FileDocuments {
    let mut out = FileDocuments::default();
    SCRATCH.with_borrow_mut(|scratch| {
        // Position 0 is the file's module: its document is the whole file.
        scratch.begin();
        scratch.add(Field::Name, path.rsplit('/').next().unwrap_or(path));
        scratch.add(Field::Path, path);
        scratch.add(Field::Body, cut(text, FILE_BYTES));
        scratch.finish(0, false, &mut out);
        for (position, (id, qualified)) in symbols.iter().enumerate() {
            let definition = &facts.definitions[id.index()];
            scratch.begin();
            scratch.document(path, text, facts, definition, qualified);
            let vector = vectors && !definition.kind.is_value();
            scratch.finish(position as u32 + 1, vector, &mut out);
        }
    });
    out
}

impl Scratch {
    fn begin(&mut self) {
        self.counts.clear();
        self.wholes.clear();
        // The table of a long run must not grow without end.
        if self.identifiers.len() > 400_000 {
            self.ids.clear();
            self.words.clear();
            self.identifiers.clear();
        }
    }

    fn document(
        &mut self,
        path: &str,
        text: &str,
        facts: &FileFacts,
        definition: &Definition,
        qualified: &str,
    ) {
        self.add(Field::Name, facts.text(definition.name));
        self.add(Field::Qualified, qualified);
        self.add(Field::Path, path);
        let name_end = definition.name_span.end as usize;
        let signature_end = (definition.signature_end as usize).max(name_end);
        let value = definition.kind.is_value();
        let signature = text.get(name_end..signature_end.min(name_end + 400));
        if !value {
            self.add(Field::Signature, signature.unwrap_or(""));
        }
        if let Some(doc) = definition.doc {
            self.add(Field::Doc, facts.text(doc));
        }
        if definition.kind.is_callable() {
            let body = text.get(signature_end..definition.span.end as usize).unwrap_or("");
            self.add(Field::Body, cut(body, BODY_BYTES));
        }
    }

    fn add(&mut self, field: Field, text: &str) {
        let Self { stems, words, ids, identifiers, counts, wholes } = self;
        let mut count = |identifier: &Identifier| {
            for id in &identifier.parts {
                let count = &mut counts.entry(*id).or_default()[field as usize];
                *count = count.saturating_add(1);
            }
            if let Some(term) = identifier.whole {
                *wholes.entry(term).or_default() += Field::LEXICAL[field as usize];
            }
        };
        words::identifiers(text, |name| {
            // Most identifiers of a text were met before: split once, counted often.
            if let Some(known) = identifiers.get(name) {
                count(known);
            } else {
                let new = identifier(name, stems, words, ids);
                count(&new);
                identifiers.insert(name.into(), new);
            }
        });
    }

    #[expect(
        clippy::iter_over_hash_type,
        reason = "terms are sorted, vector rows are sorted first"
    )]
    fn finish(&mut self, symbol: u32, vector: bool, out: &mut FileDocuments) {
        let mut length = 0.0;
        let mut terms: Vec<(u64, f32)> = Vec::with_capacity(self.counts.len() + self.wholes.len());
        let mut rows: Vec<(u32, f32)> = Vec::new();
        for (id, counts) in &self.counts {
            let word = &self.words[*id as usize];
            let (mut lexical, mut dense) = (0.0, 0.0);
            for (field, count) in counts.iter().enumerate() {
                if *count > 0 {
                    lexical += Field::LEXICAL[field] * f32::from(*count);
                    dense += Field::DENSE[field] * (1.0 + f32::from(*count).ln());
                }
            }
            length += lexical;
            terms.push((word.term, lexical));
            if vector {
                rows.extend(word.rows.iter().map(|row| (*row, dense)));
            }
        }
        terms.extend(self.wholes.iter().map(|(term, weight)| (*term, *weight)));
        terms.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        out.postings.extend(terms.chunk_by(|a, b| a.0 == b.0).map(|same| {
            let weight: f32 = same.iter().map(|(_, weight)| weight).sum();
            let weight = (weight * 16.0).round().clamp(1.0, f32::from(u16::MAX)) as u16;
            (same[0].0, symbol, weight)
        }));
        out.lengths.push((length * 16.0).round() as u32);
        if vector && !rows.is_empty() {
            // Sums of floats depend on their order: sort, so that the vector does not depend on
            // the hash table.
            rows.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let mut sum = [0.0; DIMENSIONS];
            for (row, weight) in rows {
                StaticModel::get().add_document(row, weight, &mut sum);
            }
            static_model::normalise(&mut sum);
            out.vector_symbols.push(symbol);
            qf_graph::embed::quantise(&sum, &mut out.vectors);
        }
    }
}

/// Splits an identifier and registers parts that are new.
fn identifier(
    name: &str,
    stems: &Stems,
    words: &mut Vec<Word>,
    ids: &mut FxHashMap<Box<str>, u32>,
) -> Identifier {
    let mut parts = SmallVec::new();
    words::parts(name, |part| {
        let id = ids.get(part).copied().unwrap_or_else(|| {
            let id = words.len() as u32;
            words.push(Word { term: stems.term(part), rows: StaticModel::get().rows(part) });
            ids.insert(part.into(), id);
            id
        });
        parts.push(id);
    });
    let whole = (parts.len() > 1).then(|| words::whole_term(name));
    Identifier { parts, whole }
}
