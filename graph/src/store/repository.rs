//! The segment of one repository: writer ([`RepositoryData`]), serializer ([`RepositoryData::serialize`])
//! and reader ([`Repository`]).
//!
//! Everything is a column: symbol 7's line is entry 7 of section `sym.line`. Edges are sorted by
//! source and indexed twice (compressed sparse rows for both directions), so a hop reads one
//! contiguous run. Source text is kept, LZ4-compressed file by file, because answers show evidence
//! and must not depend on a working tree that has moved on. Ids are local to the repository.

use super::StoreError;
use super::segment::{Segment, SegmentWriter};
use crate::edge::{EdgeKind, Tier, Unresolved};
use crate::facts::{DefinitionFlags, Role, SymbolKind};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// No parent, no doc.
pub const NONE: u32 = u32::MAX;

/// Properties of an indexed file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileFlags {
    /// Test code by the language's conventions.
    pub test: bool,
    /// Example, benchmark or documentation code.
    pub example: bool,
}

/// One file to write.
#[derive(Debug, Clone)]
pub struct FileData {
    /// Path below the root, `/`-separated.
    pub path: String,
    /// Language name.
    pub language: String,
    /// Number of lines.
    pub lines: u32,
    /// Size in bytes.
    pub size: u32,
    /// Properties.
    pub flags: FileFlags,
    /// BLAKE3 of the content.
    pub hash: [u8; 32],
    /// Hash of what other files see.
    pub face: [u8; 16],
    /// LZ4 block of the text, preceded by its length (see [`compress`]).
    pub text: Vec<u8>,
}

/// One symbol to write. Symbols are ordered by file, then by position.
#[derive(Debug, Clone)]
pub struct SymbolData {
    /// Last name.
    pub name: String,
    /// Names from the outermost definition inwards, joined by dots.
    pub qualified: String,
    /// Kind.
    pub kind: SymbolKind,
    /// Properties.
    pub flags: DefinitionFlags,
    /// File (local id).
    pub file: u32,
    /// Enclosing symbol (local id) or [`NONE`].
    pub parent: u32,
    /// First byte, decorators included.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// End of the header.
    pub signature_end: u32,
    /// First byte of the name.
    pub name_start: u32,
    /// Line of the name.
    pub line: u32,
    /// First line, decorators included.
    pub first_line: u32,
    /// Last line.
    pub last_line: u32,
    /// Documentation.
    pub doc: Option<String>,
}

/// One edge to write; one per site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EdgeData {
    /// Source symbol.
    pub from: u32,
    /// Kind.
    pub kind: EdgeKind,
    /// Target symbol.
    pub to: u32,
    /// File of the evidence.
    pub file: u32,
    /// First byte of the evidence.
    pub start: u32,
    /// Its length.
    pub len: u32,
    /// Line of the evidence.
    pub line: u32,
    /// How it was established.
    pub tier: Tier,
    /// Index into the writer's rule names.
    pub rule: u16,
    /// Further properties: write flags (see [`crate::facts::ReferenceFlags`]).
    pub flags: u8,
}

/// One reference that is bound to nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnresolvedData {
    /// The function, type or module that holds it.
    pub from: u32,
    /// File.
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// Line.
    pub line: u32,
    /// What it does with the name.
    pub role: Role,
    /// Why it is not bound.
    pub reason: Unresolved,
    /// Properties of the reference.
    pub flags: u8,
    /// The name.
    pub name: String,
    /// What is known: the package (`rxjs.take`), the receiver as written, the candidates.
    pub detail: String,
}

/// Postings and vectors of one repository's symbols.
#[derive(Debug, Clone, Default)]
pub struct SearchData {
    /// `(term, symbol, weighted frequency × 16)`, sorted.
    pub postings: Vec<(u64, u32, u16)>,
    /// Weighted length of each symbol's document × 16; 0 where there is none.
    pub lengths: Vec<u32>,
    /// Symbols that have a vector, ascending.
    pub vector_symbols: Vec<u32>,
    /// Their quantised vectors, one after the other.
    pub vectors: Vec<i8>,
    /// Length of a vector.
    pub dimensions: u32,
    /// Name of the model that made them; empty when there are none.
    pub model: String,
    /// Hashes of the texts they were made from, for models so slow that vectors are kept from one
    /// run to the next; else empty.
    pub vector_hashes: Vec<u64>,
}

/// Counts shown to people.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Indexed files.
    pub files: u64,
    /// Their lines.
    pub lines: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files by language.
    pub languages: std::collections::BTreeMap<String, u64>,
    /// Definitions.
    pub definitions: u64,
    /// References that may bind to something outside their function.
    pub references: u64,
    /// Edges by kind and tier: `calls` → `exact` → n.
    pub edges: std::collections::BTreeMap<String, std::collections::BTreeMap<String, u64>>,
    /// Unresolved references by reason.
    pub unresolved: std::collections::BTreeMap<String, u64>,
    /// Skipped files by reason.
    pub skipped: std::collections::BTreeMap<String, u64>,
    /// Files with problems by kind.
    pub problems: std::collections::BTreeMap<String, u64>,
}

impl Counts {
    /// Edges of a tier, of all kinds.
    pub fn edges_of(&self, tier: &str) -> u64 {
        self.edges.values().filter_map(|tiers| tiers.get(tier)).sum()
    }
}

/// Everything a repository's segment holds, before it is written.
#[derive(Debug, Default)]
pub struct RepositoryData {
    /// Name.
    pub name: String,
    /// Files, sorted by path.
    pub files: Vec<FileData>,
    /// Symbols, sorted by file and position.
    pub symbols: Vec<SymbolData>,
    /// Edges, any order.
    pub edges: Vec<EdgeData>,
    /// Unresolved references, any order.
    pub unresolved: Vec<UnresolvedData>,
    /// Names of rules that edges refer to.
    pub rules: Vec<String>,
    /// Postings and vectors.
    pub search: SearchData,
    /// Counts.
    pub counts: Counts,
    /// What joining it to other repositories takes, in the indexer's own form.
    pub linking: Vec<u8>,
}

/// LZ4 block with its length in front.
pub fn compress(text: &str) -> Vec<u8> {
    lz4_flex::block::compress_prepend_size(text.as_bytes())
}

/// Undoes [`compress`]; `None` when the bytes are damaged.
pub fn decompress(bytes: &[u8]) -> Option<String> {
    let (length, block) = lz4_flex::block::uncompressed_size(bytes).ok()?;
    // No byte of a block stands for more than this many of the text: a greater length is damage, and
    // no room is made for it.
    const MOST_OF_A_BYTE: usize = 255;
    if length > block.len().saturating_mul(MOST_OF_A_BYTE) {
        return None;
    }
    let text = lz4_flex::block::decompress(block, length).ok()?;
    String::from_utf8(text).ok()
}

#[derive(Default)]
struct Strings<'a> {
    ids: FxHashMap<&'a str, u32>,
    text: Vec<u8>,
    ends: Vec<u32>,
}

impl<'a> Strings<'a> {
    fn id(&mut self, text: &'a str) -> u32 {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = self.ends.len() as u32;
        self.text.extend_from_slice(text.as_bytes());
        self.ends.push(self.text.len() as u32);
        self.ids.insert(text, id);
        id
    }
}

#[derive(Serialize, Deserialize, Default)]
struct Meta {
    name: String,
    counts: Counts,
    dimensions: u32,
    model: String,
}

impl RepositoryData {
    /// The segment's bytes: equal data gives equal bytes. What has been put into them is dropped on the
    /// way; counts and vectors stay.
    pub fn serialize(&mut self) -> Vec<u8> {
        self.edges.par_sort_unstable();
        self.edges.dedup();
        self.unresolved.par_sort_unstable();
        let mut out = SegmentWriter::new();
        let meta = Meta {
            name: self.name.clone(),
            counts: self.counts.clone(),
            dimensions: self.search.dimensions,
            model: self.search.model.clone(),
        };
        out.bytes("meta", serde_json::to_vec(&meta).unwrap_or_default());
        self.put_search(&mut out);
        let mut strings = Strings::default();
        strings.id("");
        self.put_files(&mut out, &mut strings);
        self.put_symbols(&mut out, &mut strings);
        self.put_edges(&mut out, &mut strings);
        self.put_unresolved(&mut out, &mut strings);
        out.bytes("str.text", std::mem::take(&mut strings.text));
        out.numbers("str.end", &strings.ends);
        drop(strings);
        (self.files, self.symbols) = (Vec::new(), Vec::new());
        (self.edges, self.unresolved) = (Vec::new(), Vec::new());
        out.bytes("linking", std::mem::take(&mut self.linking));
        out.serialize()
    }

    fn put_files<'a>(&'a self, out: &mut SegmentWriter, strings: &mut Strings<'a>) {
        let mut text = Vec::new();
        let mut text_end = Vec::with_capacity(self.files.len());
        let (mut hashes, mut faces) = (Vec::new(), Vec::new());
        for file in &self.files {
            text.extend_from_slice(&file.text);
            text_end.push(text.len() as u32);
            hashes.extend_from_slice(&file.hash);
            faces.extend_from_slice(&file.face);
        }
        let mut column = |name: &str, f: &mut dyn FnMut(&'a FileData) -> u32| {
            let column: Vec<u32> = self.files.iter().map(f).collect();
            out.numbers(name, &column);
        };
        column("file.path", &mut |file| strings.id(&file.path));
        column("file.lang", &mut |file| strings.id(&file.language));
        column("file.lines", &mut |file| file.lines);
        column("file.size", &mut |file| file.size);
        column("file.flags", &mut |file| {
            u32::from(file.flags.test) | u32::from(file.flags.example) << 1
        });
        out.bytes("file.hash", hashes);
        out.bytes("file.face", faces);
        out.numbers("text.end", &text_end);
        out.bytes("text", text);
    }

    fn put_symbols<'a>(&'a self, out: &mut SegmentWriter, strings: &mut Strings<'a>) {
        let mut column = |name: &str, f: &mut dyn FnMut(&'a SymbolData) -> u32| {
            let column: Vec<u32> = self.symbols.iter().map(f).collect();
            out.numbers(name, &column);
        };
        column("sym.name", &mut |symbol| strings.id(&symbol.name));
        column("sym.qual", &mut |symbol| strings.id(&symbol.qualified));
        column("sym.doc", &mut |symbol| symbol.doc.as_deref().map_or(NONE, |doc| strings.id(doc)));
        column("sym.kind", &mut |symbol| symbol.kind as u32 | symbol.flags.bits() << 8);
        column("sym.file", &mut |symbol| symbol.file);
        column("sym.parent", &mut |symbol| symbol.parent);
        column("sym.start", &mut |symbol| symbol.start);
        column("sym.end", &mut |symbol| symbol.end);
        column("sym.sig", &mut |symbol| symbol.signature_end);
        column("sym.namepos", &mut |symbol| symbol.name_start);
        column("sym.line", &mut |symbol| symbol.line);
        column("sym.first", &mut |symbol| symbol.first_line);
        column("sym.last", &mut |symbol| symbol.last_line);
        let lower: Vec<String> =
            self.symbols.iter().map(|symbol| symbol.name.to_lowercase()).collect();
        let mut by_name: Vec<u32> = (0..self.symbols.len() as u32).collect();
        by_name.par_sort_by(|a, b| (&lower[*a as usize], a).cmp(&(&lower[*b as usize], b)));
        out.numbers("sym.byname", &by_name);
        let parents = self.symbols.iter().map(|symbol| symbol.parent);
        let (start, items) = rows(self.symbols.len(), parents);
        out.numbers("kid.start", &start);
        out.numbers("kid", &items);
        let files = self.symbols.iter().map(|symbol| symbol.file);
        let (start, _) = rows(self.files.len(), files);
        out.numbers("file.sym", &start);
    }

    fn put_edges<'a>(&'a self, out: &mut SegmentWriter, strings: &mut Strings<'a>) {
        let mut column = |name: &str, f: &mut dyn FnMut(&EdgeData) -> u32| {
            let column: Vec<u32> = self.edges.iter().map(f).collect();
            out.numbers(name, &column);
        };
        column("edge.from", &mut |edge| edge.from);
        column("edge.to", &mut |edge| edge.to);
        column("edge.meta", &mut |edge| {
            edge.kind as u32
                | (edge.tier as u32) << 6
                | u32::from(edge.flags) << 10
                | u32::from(edge.rule) << 18
        });
        column("edge.file", &mut |edge| edge.file);
        column("edge.line", &mut |edge| edge.line);
        column("edge.start", &mut |edge| edge.start);
        column("edge.len", &mut |edge| edge.len);
        let (start, _) = rows(self.symbols.len(), self.edges.iter().map(|edge| edge.from));
        out.numbers("out.start", &start);
        let (start, items) = rows(self.symbols.len(), self.edges.iter().map(|edge| edge.to));
        out.numbers("in.start", &start);
        out.numbers("in.edge", &items);
        let rules: Vec<u32> = self.rules.iter().map(|rule| strings.id(rule)).collect();
        out.numbers("rule", &rules);
    }

    fn put_unresolved<'a>(&'a self, out: &mut SegmentWriter, strings: &mut Strings<'a>) {
        let mut column = |name: &str, f: &mut dyn FnMut(&'a UnresolvedData) -> u32| {
            let column: Vec<u32> = self.unresolved.iter().map(f).collect();
            out.numbers(name, &column);
        };
        column("unr.from", &mut |row| row.from);
        column("unr.name", &mut |row| strings.id(&row.name));
        column("unr.detail", &mut |row| strings.id(&row.detail));
        column("unr.meta", &mut |row| {
            row.role as u32 | (row.reason as u32) << 8 | u32::from(row.flags) << 16
        });
        column("unr.file", &mut |row| row.file);
        column("unr.line", &mut |row| row.line);
        column("unr.start", &mut |row| row.start);
    }

    fn put_search(&mut self, out: &mut SegmentWriter) {
        let search = &mut self.search;
        // A large repository's postings are the most of what it has: they are gone before the rest
        // is put together.
        let mut postings = std::mem::take(&mut search.postings);
        postings.par_sort_unstable();
        let mut terms: Vec<u32> = Vec::new();
        let mut starts: Vec<u32> = Vec::new();
        let mut last = None;
        for (position, (term, _, _)) in postings.iter().enumerate() {
            if last != Some(*term) {
                terms.extend([*term as u32, (*term >> 32) as u32]);
                starts.push(position as u32);
                last = Some(*term);
            }
        }
        starts.push(postings.len() as u32);
        let symbols: Vec<u32> = postings.iter().map(|(_, symbol, _)| *symbol).collect();
        let weights: Vec<u16> = postings.iter().map(|(_, _, weight)| *weight).collect();
        drop(postings);
        out.numbers("lex.term", &terms);
        out.numbers("lex.start", &starts);
        out.numbers("lex.sym", &symbols);
        out.bytes("lex.tf", bytemuck::cast_slice(&weights).to_vec());
        out.numbers("lex.len", &search.lengths);
        out.numbers("vec.sym", &search.vector_symbols);
        out.bytes("vec", bytemuck::cast_slice(&search.vectors).to_vec());
        if !search.vector_hashes.is_empty() {
            let halves: Vec<u32> = search
                .vector_hashes
                .iter()
                .flat_map(|hash| [*hash as u32, (*hash >> 32) as u32])
                .collect();
            out.numbers("vec.text", &halves);
        }
    }
}

/// Compressed sparse rows: for each of `count` rows the positions of the items that name it.
/// Items that name no row ([`NONE`]) are left out.
fn rows(count: usize, items: impl Iterator<Item = u32> + Clone) -> (Vec<u32>, Vec<u32>) {
    let mut start = vec![0u32; count + 1];
    for row in items.clone() {
        if let Some(slot) = start.get_mut(row as usize + 1).filter(|_| row != NONE) {
            *slot += 1;
        }
    }
    for index in 0..count {
        start[index + 1] += start[index];
    }
    let mut next = start.clone();
    let mut out = vec![0u32; start[count] as usize];
    for (position, row) in items.enumerate() {
        if row != NONE && (row as usize) < count {
            out[next[row as usize] as usize] = position as u32;
            next[row as usize] += 1;
        }
    }
    (start, out)
}

/// A repository's open segment. Accessors take local ids; ids out of range give empty values, so
/// no stored number can cause a panic.
pub struct Repository {
    segment: Segment,
    meta: Meta,
    /// Byte ranges of the sections of [`HOT`], verified at open.
    hot: [(usize, usize); HOT.len()],
    /// Byte range of the string texts.
    text: (usize, usize),
}

/// Sections that every answer reads. They are verified when a repository is opened and then read
/// without another look at the section table.
const HOT: [&str; 34] = [
    "str.end",
    "file.path",
    "file.lang",
    "file.lines",
    "file.size",
    "file.flags",
    "text.end",
    "file.sym",
    "sym.name",
    "sym.qual",
    "sym.doc",
    "sym.kind",
    "sym.file",
    "sym.parent",
    "sym.start",
    "sym.end",
    "sym.sig",
    "sym.namepos",
    "sym.line",
    "sym.first",
    "sym.last",
    "sym.byname",
    "kid.start",
    "kid",
    "edge.from",
    "edge.to",
    "edge.meta",
    "edge.file",
    "edge.line",
    "edge.start",
    "edge.len",
    "out.start",
    "in.start",
    "in.edge",
];

/// Position of a section in [`HOT`], worked out at compile time.
const fn hot(name: &str) -> usize {
    let name = name.as_bytes();
    let mut row = 0;
    while row < HOT.len() {
        let other = HOT[row].as_bytes();
        let mut same = other.len() == name.len();
        let mut at = 0;
        while same && at < name.len() {
            same = other[at] == name[at];
            at += 1;
        }
        if same {
            return row;
        }
        row += 1;
    }
    panic!("not a hot section")
}

/// The numbers of a hot section.
macro_rules! hot {
    ($repository:expr, $section:literal) => {
        $repository.hot_numbers(const { hot($section) })
    };
}

/// A column that was verified at open.
macro_rules! column {
    ($(#[$doc:meta])* $name:ident, $section:literal) => {
        $(#[$doc])*
        pub fn $name(&self, row: u32) -> u32 {
            hot!(self, $section).get(row as usize).copied().unwrap_or(0)
        }
    };
}

impl Repository {
    /// Opens a segment and verifies all of it that answers are made of; text, postings and
    /// vectors are verified on first use.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let segment = Segment::open(path)?;
        let damaged = |what: &str| StoreError::Damaged {
            path: path.to_owned(),
            what: what.to_owned(),
            offset: 0,
        };
        let meta = serde_json::from_slice(segment.bytes("meta")?)
            .map_err(|error| damaged(&format!("section meta: {error}")))?;
        let mut hot = [(0, 0); HOT.len()];
        for (slot, name) in hot.iter_mut().zip(HOT) {
            segment.numbers(name)?;
            *slot = segment.range(name);
        }
        segment.bytes("str.text")?;
        let text = segment.range("str.text");
        Ok(Self { segment, meta, hot, text })
    }

    /// The segment file.
    pub fn segment(&self) -> &Segment {
        &self.segment
    }

    #[inline]
    fn hot_numbers(&self, row: usize) -> &[u32] {
        bytemuck::try_cast_slice(self.segment.slice(self.hot[row])).unwrap_or(&[])
    }

    fn numbers(&self, section: &str) -> &[u32] {
        // Hot sections were verified at open; a damaged cold one reads as empty and is reported
        // by `check`.
        self.segment.numbers(section).unwrap_or(&[])
    }

    /// The repository's name.
    pub fn name(&self) -> &str {
        &self.meta.name
    }

    /// Counts.
    pub fn counts(&self) -> &Counts {
        &self.meta.counts
    }

    /// Name of the model that made the vectors.
    pub fn model(&self) -> &str {
        &self.meta.model
    }

    /// Length of the vectors.
    pub fn dimensions(&self) -> usize {
        self.meta.dimensions as usize
    }

    /// Number of files.
    pub fn files(&self) -> u32 {
        hot!(self, "file.path").len() as u32
    }

    /// Number of symbols.
    pub fn symbols(&self) -> u32 {
        hot!(self, "sym.name").len() as u32
    }

    /// Number of edges inside the repository.
    pub fn edges(&self) -> u32 {
        hot!(self, "edge.from").len() as u32
    }

    /// Number of unresolved references.
    pub fn unresolved(&self) -> u32 {
        self.numbers("unr.from").len() as u32
    }

    /// A stored string.
    pub fn string(&self, id: u32) -> &str {
        let ends = hot!(self, "str.end");
        let Some(end) = ends.get(id as usize) else { return "" };
        let start = if id == 0 { 0 } else { ends[id as usize - 1] };
        let bytes = self.segment.slice(self.text);
        bytes
            .get(start as usize..*end as usize)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or("")
    }

    column!(/// String id of a file's path.
        file_path, "file.path");
    column!(/// String id of a file's language.
        file_language, "file.lang");
    column!(/// Lines of a file.
        file_lines, "file.lines");
    column!(/// Bytes of a file.
        file_size, "file.size");
    column!(/// String id of a symbol's name.
        symbol_name, "sym.name");
    column!(/// String id of a symbol's qualified name.
        symbol_qualified, "sym.qual");
    column!(/// File of a symbol.
        symbol_file, "sym.file");
    column!(/// First byte of a symbol.
        symbol_start, "sym.start");
    column!(/// One past a symbol's last byte.
        symbol_end, "sym.end");
    column!(/// End of a symbol's header.
        symbol_signature_end, "sym.sig");
    column!(/// First byte of a symbol's name.
        symbol_name_start, "sym.namepos");
    column!(/// Line of a symbol's name.
        symbol_line, "sym.line");
    column!(/// First line of a symbol.
        symbol_first_line, "sym.first");
    column!(/// Last line of a symbol.
        symbol_last_line, "sym.last");

    /// Properties of a file.
    pub fn file_flags(&self, file: u32) -> FileFlags {
        let bits = hot!(self, "file.flags").get(file as usize).copied().unwrap_or(0);
        FileFlags { test: bits & 1 != 0, example: bits & 2 != 0 }
    }

    /// Content hash of a file.
    pub fn file_hash(&self, file: u32) -> Option<[u8; 32]> {
        let bytes = self.segment.bytes("file.hash").ok()?;
        bytes.get(file as usize * 32..)?.first_chunk().copied()
    }

    /// Kind of a symbol.
    pub fn symbol_kind(&self, symbol: u32) -> SymbolKind {
        let bits = hot!(self, "sym.kind").get(symbol as usize).copied().unwrap_or(0);
        SymbolKind::from_u8(bits as u8).unwrap_or(SymbolKind::Variable)
    }

    /// Properties of a symbol.
    pub fn symbol_flags(&self, symbol: u32) -> DefinitionFlags {
        let bits = hot!(self, "sym.kind").get(symbol as usize).copied().unwrap_or(0);
        DefinitionFlags::from_bits_truncate(bits >> 8)
    }

    /// Enclosing symbol.
    pub fn symbol_parent(&self, symbol: u32) -> Option<u32> {
        let parent = hot!(self, "sym.parent").get(symbol as usize).copied()?;
        (parent != NONE).then_some(parent)
    }

    /// Documentation of a symbol.
    pub fn symbol_doc(&self, symbol: u32) -> Option<&str> {
        let doc = hot!(self, "sym.doc").get(symbol as usize).copied()?;
        (doc != NONE).then(|| self.string(doc))
    }

    /// Symbols directly inside a symbol.
    pub fn children(&self, symbol: u32) -> &[u32] {
        run(hot!(self, "kid.start"), hot!(self, "kid"), symbol)
    }

    /// Symbols of a file: a contiguous range.
    pub fn symbols_of_file(&self, file: u32) -> std::ops::Range<u32> {
        let starts = hot!(self, "file.sym");
        let start = starts.get(file as usize).copied().unwrap_or(0);
        let end = starts.get(file as usize + 1).copied().unwrap_or(start);
        start..end
    }

    /// Symbols whose name equals `lower` when lower-cased.
    pub fn named(&self, lower: &str) -> &[u32] {
        let by_name = hot!(self, "sym.byname");
        let key = |symbol: &u32| self.string(self.symbol_name(*symbol)).to_lowercase();
        let start = by_name.partition_point(|symbol| key(symbol).as_str() < lower);
        let len = by_name[start..].partition_point(|symbol| key(symbol) == lower);
        &by_name[start..start + len]
    }

    /// Symbols whose lower-cased name begins with `lower`: a run of [`Repository::by_name`].
    pub fn beginning(&self, lower: &str) -> &[u32] {
        let by_name = hot!(self, "sym.byname");
        let key = |symbol: &u32| self.string(self.symbol_name(*symbol)).to_lowercase();
        let start = by_name.partition_point(|symbol| key(symbol).as_str() < lower);
        let len = by_name[start..].partition_point(|symbol| key(symbol).starts_with(lower));
        &by_name[start..start + len]
    }

    /// All symbols in order of lower-case name.
    pub fn by_name(&self) -> &[u32] {
        hot!(self, "sym.byname")
    }

    /// Edge ids that leave a symbol: a contiguous range.
    #[inline]
    pub fn outgoing(&self, columns: &EdgeColumns<'_>, symbol: u32) -> std::ops::Range<u32> {
        let start = columns.out_start.get(symbol as usize).copied().unwrap_or(0);
        let end = columns.out_start.get(symbol as usize + 1).copied().unwrap_or(start);
        start..end
    }

    /// The edge columns, fetched once for many hops.
    pub fn edge_columns(&self) -> EdgeColumns<'_> {
        EdgeColumns {
            from: hot!(self, "edge.from"),
            to: hot!(self, "edge.to"),
            meta: hot!(self, "edge.meta"),
            file: hot!(self, "edge.file"),
            line: hot!(self, "edge.line"),
            start: hot!(self, "edge.start"),
            len: hot!(self, "edge.len"),
            out_start: hot!(self, "out.start"),
            in_start: hot!(self, "in.start"),
            in_edge: hot!(self, "in.edge"),
        }
    }

    /// Name of a rule.
    pub fn rule(&self, rule: u16) -> &str {
        self.numbers("rule").get(rule as usize).map_or("", |id| self.string(*id))
    }

    /// Unresolved reference `row`.
    pub fn unresolved_row(&self, row: u32) -> Option<UnresolvedData> {
        let at = |section: &str| self.numbers(section).get(row as usize).copied();
        let meta = at("unr.meta")?;
        Some(UnresolvedData {
            from: at("unr.from")?,
            file: at("unr.file")?,
            start: at("unr.start")?,
            line: at("unr.line")?,
            role: role(meta as u8),
            reason: Unresolved::from_u8((meta >> 8) as u8).unwrap_or(Unresolved::Dynamic),
            flags: (meta >> 16) as u8,
            name: self.string(at("unr.name")?).to_owned(),
            detail: self.string(at("unr.detail")?).to_owned(),
        })
    }

    /// Role, reason and file of every unresolved reference.
    pub fn unresolved_reasons(&self) -> impl Iterator<Item = (Role, Unresolved, u32)> + '_ {
        self.numbers("unr.meta").iter().zip(self.numbers("unr.file")).map(|(meta, file)| {
            let reason = Unresolved::from_u8((meta >> 8) as u8).unwrap_or(Unresolved::Dynamic);
            (role(*meta as u8), reason, *file)
        })
    }

    /// Rows of unresolved references that leave a symbol.
    pub fn unresolved_of(&self, symbol: u32) -> std::ops::Range<u32> {
        let from = self.numbers("unr.from");
        let start = from.partition_point(|row| *row < symbol);
        let len = from[start..].partition_point(|row| *row == symbol);
        start as u32..(start + len) as u32
    }

    /// The text of a file.
    pub fn text(&self, file: u32) -> Result<String, StoreError> {
        let ends = self.segment.numbers("text.end")?;
        let end = ends.get(file as usize).copied().unwrap_or(0) as usize;
        let start = if file == 0 { 0 } else { ends.get(file as usize - 1).copied().unwrap_or(0) };
        let bytes = self.segment.bytes("text")?.get(start as usize..end).unwrap_or(&[]);
        decompress(bytes).ok_or_else(|| StoreError::Damaged {
            path: self.segment.path().to_owned(),
            what: format!("text of file {file}"),
            offset: start as u64,
        })
    }

    /// The stored, compressed text of a file; `None` when that part of the segment is damaged.
    pub fn compressed_text(&self, file: u32) -> Option<&[u8]> {
        let ends = self.segment.numbers("text.end").ok()?;
        let end = *ends.get(file as usize)? as usize;
        let start = if file == 0 { 0 } else { *ends.get(file as usize - 1)? as usize };
        self.segment.bytes("text").ok()?.get(start..end)
    }

    /// Checks that every stored id points at something.
    pub fn verify_ids(&self) -> Result<(), StoreError> {
        let (symbols, files) = (self.symbols(), self.files());
        let strings = hot!(self, "str.end").len() as u32;
        let edges = self.edges();
        let bounds: [(&str, u32, bool); 15] = [
            ("sym.name", strings, false),
            ("sym.qual", strings, false),
            ("sym.doc", strings, true),
            ("sym.file", files, false),
            ("sym.parent", symbols, true),
            ("sym.byname", symbols, false),
            ("kid", symbols, false),
            ("edge.from", symbols, false),
            ("edge.to", symbols, false),
            ("edge.file", files, false),
            ("in.edge", edges, false),
            ("unr.from", symbols, false),
            ("unr.name", strings, false),
            ("lex.sym", symbols, false),
            ("vec.sym", symbols, false),
        ];
        for (section, bound, optional) in bounds {
            for id in self.segment.numbers(section)? {
                if *id >= bound && !(optional && *id == NONE) {
                    return Err(StoreError::Damaged {
                        path: self.segment.path().to_owned(),
                        what: format!("id {id} of section {section} is past {bound}"),
                        offset: 0,
                    });
                }
            }
        }
        Ok(())
    }

    /// Posting list of a term: symbols and weighted frequencies × 16.
    pub fn postings(&self, term: u64) -> Result<(&[u32], &[u16]), StoreError> {
        let terms = self.segment.numbers("lex.term")?;
        let starts = self.segment.numbers("lex.start")?;
        let at = |index: usize| u64::from(terms[2 * index]) | u64::from(terms[2 * index + 1]) << 32;
        let (mut low, mut high) = (0, terms.len() / 2);
        while low < high {
            let middle = usize::midpoint(low, high);
            if at(middle) < term { low = middle + 1 } else { high = middle }
        }
        if low >= terms.len() / 2 || at(low) != term {
            return Ok((&[], &[]));
        }
        let (start, end) = match starts.get(low..low + 2) {
            Some([start, end]) => (*start as usize, *end as usize),
            _ => return Ok((&[], &[])),
        };
        let symbols = self.segment.numbers("lex.sym")?.get(start..end).unwrap_or(&[]);
        let weights: &[u16] =
            bytemuck::try_cast_slice(self.segment.bytes("lex.tf")?).unwrap_or(&[]);
        Ok((symbols, weights.get(start..end).unwrap_or(&[])))
    }

    /// Weighted document lengths × 16, by symbol.
    pub fn lengths(&self) -> Result<&[u32], StoreError> {
        self.segment.numbers("lex.len")
    }

    /// Symbols with vectors, and the vectors.
    pub fn vectors(&self) -> Result<(&[u32], &[i8]), StoreError> {
        let symbols = self.segment.numbers("vec.sym")?;
        let vectors = bytemuck::cast_slice(self.segment.bytes("vec")?);
        Ok((symbols, vectors))
    }

    /// Hashes of the texts that the vectors were made from; none for the built-in table.
    pub fn vector_hashes(&self) -> impl Iterator<Item = u64> + '_ {
        self.numbers("vec.text").chunks_exact(2).map(|h| u64::from(h[0]) | u64::from(h[1]) << 32)
    }
}

fn role(byte: u8) -> Role {
    match byte {
        0 => Role::Call,
        1 => Role::Read,
        2 => Role::Write,
        3 => Role::Import,
        4 => Role::Type,
        _ => Role::Inherit,
    }
}

/// Entries of one row of compressed sparse rows.
fn run<'a>(start: &[u32], items: &'a [u32], row: u32) -> &'a [u32] {
    let from = start.get(row as usize).copied().unwrap_or(0) as usize;
    let to = start.get(row as usize + 1).copied().unwrap_or(0) as usize;
    items.get(from..to).unwrap_or(&[])
}

/// Borrowed columns of a repository's edges.
#[derive(Clone, Copy)]
pub struct EdgeColumns<'a> {
    from: &'a [u32],
    to: &'a [u32],
    meta: &'a [u32],
    file: &'a [u32],
    line: &'a [u32],
    start: &'a [u32],
    len: &'a [u32],
    out_start: &'a [u32],
    in_start: &'a [u32],
    in_edge: &'a [u32],
}

impl<'a> EdgeColumns<'a> {
    /// Edge ids that arrive at a symbol.
    #[inline]
    pub fn incoming(&self, symbol: u32) -> &'a [u32] {
        run(self.in_start, self.in_edge, symbol)
    }

    /// Ends, kind and tier of edge `id`: what a walk needs, without the columns of the evidence.
    #[inline]
    pub fn ends(&self, id: u32) -> Option<(u32, u32, EdgeKind, Tier)> {
        let index = id as usize;
        let meta = *self.meta.get(index)?;
        Some((
            *self.from.get(index)?,
            *self.to.get(index)?,
            EdgeKind::from_u8((meta & 0x3f) as u8)?,
            Tier::from_u8((meta >> 6 & 0xf) as u8)?,
        ))
    }

    /// Edge `id`.
    #[inline]
    pub fn edge(&self, id: u32) -> Option<EdgeData> {
        let index = id as usize;
        let meta = *self.meta.get(index)?;
        Some(EdgeData {
            from: *self.from.get(index)?,
            to: *self.to.get(index)?,
            kind: EdgeKind::from_u8((meta & 0x3f) as u8)?,
            tier: Tier::from_u8((meta >> 6 & 0xf) as u8)?,
            flags: (meta >> 10) as u8,
            rule: (meta >> 18) as u16,
            file: *self.file.get(index)?,
            line: *self.line.get(index)?,
            start: *self.start.get(index)?,
            len: *self.len.get(index)?,
        })
    }
}
