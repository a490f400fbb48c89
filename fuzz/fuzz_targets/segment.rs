//! The reader of a repository's segment bears any file, also one whose checksums are right.
//!
//! The first byte says what the file is: the input as it stands, sections of the input under the
//! names of real ones, or a real segment some of whose sections are patched. Opening, verifying and
//! every accessor give an error or something empty for whatever id, and a file that was put together
//! is always whole for the verification.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_fuzz::{Bytes, scratch, write};
use qf_graph::edge::{EdgeKind, Tier, Unresolved};
use qf_graph::facts::{DefinitionFlags, Role, SymbolKind};
use qf_graph::store::repository::{
    EdgeData, FileData, FileFlags, NONE, Repository, RepositoryData, SymbolData, UnresolvedData,
    compress, decompress,
};
use qf_graph::store::segment::{Segment, SegmentWriter};
use std::sync::OnceLock;

/// Sections of a segment, in a fixed order: a seed's bytes are positions here.
#[rustfmt::skip] // a table
const SECTIONS: [&str; 51] = [
    "meta", "str.text", "str.end", "file.path", "file.lang", "file.lines", "file.size", "file.flags",
    "file.hash", "file.face", "text.end", "text", "file.sym", "sym.name", "sym.qual", "sym.doc",
    "sym.kind", "sym.file", "sym.parent", "sym.start", "sym.end", "sym.sig", "sym.namepos",
    "sym.line", "sym.first", "sym.last", "sym.byname", "kid.start", "kid", "edge.from", "edge.to",
    "edge.meta", "edge.file", "edge.line", "edge.start", "edge.len", "out.start", "in.start",
    "in.edge", "rule", "unr.from", "unr.name", "unr.detail", "unr.meta", "unr.file", "lex.term",
    "lex.start", "lex.sym", "lex.tf", "lex.len", "vec.sym",
];

fuzz_target!(|data: &[u8]| {
    let mut input = Bytes(data);
    let kind = input.byte() % 4;
    let bytes = match kind {
        0 => input.0.to_vec(),
        1 => put_together(Vec::new(), &mut input),
        _ => put_together(base().clone(), &mut input),
    };
    let path = write("a.segment", &bytes);
    match Segment::open(&path) {
        Ok(segment) => {
            let verified = segment.verify();
            assert!(kind == 0 || verified.is_ok(), "{verified:?}");
            for name in SECTIONS {
                let (start, end) = segment.range(name);
                assert!(start <= end && end <= segment.size());
                let _ = (segment.bytes(name), segment.numbers(name), segment.slice((start, end)));
            }
            let _ = segment.slice((usize::from(input.short()), usize::from(input.short())));
        }
        Err(error) => assert!(kind == 0, "{error}"),
    }
    if let Ok(repository) = Repository::open(&path) {
        read(&repository);
    }
});

/// A container of these sections, changed as the input says.
fn put_together(mut sections: Vec<(&'static str, Vec<u8>)>, input: &mut Bytes<'_>) -> Vec<u8> {
    while !input.is_empty() {
        let name = SECTIONS[usize::from(input.byte()) % SECTIONS.len()];
        let (how, at, count) = (input.byte(), usize::from(input.short()), input.byte());
        let at_section = sections.iter().position(|(known, _)| *known == name);
        let row = at_section.unwrap_or_else(|| {
            sections.push((name, Vec::new()));
            sections.len() - 1
        });
        let content = &mut sections[row].1;
        match how % 4 {
            0 => *content = input.take(usize::from(count)).to_vec(),
            1 => {
                let at = at % (content.len() + 1);
                let patch = input.take(usize::from(count) % 16);
                let end = (at + patch.len()).min(content.len());
                content.splice(at..end, patch.iter().copied());
            }
            2 => content.truncate(at % (content.len() + 1)),
            _ => {
                sections.remove(row);
            }
        }
    }
    let mut writer = SegmentWriter::new();
    for (name, content) in sections {
        writer.bytes(name, content);
    }
    writer.serialize()
}

/// The sections of a small sound segment.
fn base() -> &'static Vec<(&'static str, Vec<u8>)> {
    static BASE: OnceLock<Vec<(&str, Vec<u8>)>> = OnceLock::new();
    BASE.get_or_init(|| {
        let path = write("base.segment", &sound().serialize());
        let segment = Segment::open(&path).expect("a sound segment opens");
        SECTIONS
            .into_iter()
            .map(|name| (name, segment.bytes(name).expect("a sound section").to_vec()))
            .collect()
    })
}

fn sound() -> RepositoryData {
    let text =
        "class Ledger:\n    def apply(self):\n        top_up()\n\n\ndef top_up():\n    pass\n";
    let symbol = |qualified: &str, kind, parent, start: u32, end: u32| SymbolData {
        name: qualified.rsplit('.').next().unwrap_or(qualified).to_owned(),
        qualified: qualified.to_owned(),
        kind,
        flags: DefinitionFlags::EXPORTED,
        file: 0,
        parent,
        start,
        end,
        signature_end: end,
        name_start: start,
        line: 1,
        first_line: 1,
        last_line: 2,
        doc: (parent == NONE).then(|| "Moves money.".to_owned()),
    };
    let mut data = RepositoryData { name: "shop".to_owned(), ..RepositoryData::default() };
    data.files = ["a.py", "b.py"]
        .map(|path| FileData {
            path: path.to_owned(),
            language: "python".to_owned(),
            lines: 7,
            size: text.len() as u32,
            flags: FileFlags::default(),
            hash: [1; 32],
            face: [2; 16],
            text: compress(text),
        })
        .to_vec();
    data.symbols = vec![
        symbol("", SymbolKind::Module, NONE, 0, 84),
        symbol("Ledger", SymbolKind::Class, 0, 0, 55),
        symbol("Ledger.apply", SymbolKind::Method, 1, 18, 55),
        symbol("top_up", SymbolKind::Function, 0, 58, 80),
    ];
    let edge = |from, kind, to| EdgeData {
        from,
        kind,
        to,
        file: 0,
        start: 43,
        len: 6,
        line: 3,
        tier: Tier::Exact,
        rule: 0,
        flags: 0,
    };
    data.edges = vec![edge(2, EdgeKind::Calls, 3), edge(0, EdgeKind::Contains, 1)];
    data.unresolved = vec![UnresolvedData {
        from: 3,
        file: 0,
        start: 70,
        line: 7,
        role: Role::Call,
        reason: Unresolved::External,
        flags: 0,
        name: "print".to_owned(),
        detail: "builtins".to_owned(),
    }];
    data.rules = vec!["python/scope".to_owned()];
    data.search.postings = vec![(5, 1, 16), (5, 2, 16), (1 << 40, 3, 32)];
    data.search.lengths = vec![0, 16, 16, 32];
    data.search.vector_symbols = vec![1, 2];
    data.search.vectors = vec![3; 16];
    data.search.dimensions = 8;
    "table".clone_into(&mut data.search.model);
    data
}

/// Asks for everything, with ids that exist and ids that do not.
fn read(repository: &Repository) {
    let _ = repository.segment().verify().and_then(|()| repository.verify_ids());
    let _ = (repository.name(), repository.counts().edges_of("exact"), repository.model());
    let _ = repository.dimensions();
    let counts = [repository.files(), repository.symbols(), repository.edges()];
    let columns = repository.edge_columns();
    let ends = counts.into_iter().chain([repository.unresolved(), u32::MAX]);
    for id in (0..6).chain(ends.flat_map(|end| [end.saturating_sub(1), end])) {
        let _ = (repository.string(id), repository.rule(id as u16));
        let _ = (repository.file_path(id), repository.file_language(id), repository.file_lines(id));
        let _ = (repository.file_size(id), repository.file_flags(id), repository.file_hash(id));
        let _ = (repository.symbol_name(id), repository.symbol_qualified(id));
        let _ =
            (repository.symbol_file(id), repository.symbol_start(id), repository.symbol_end(id));
        let _ = (repository.symbol_signature_end(id), repository.symbol_name_start(id));
        let _ = (repository.symbol_line(id), repository.symbol_first_line(id));
        let _ = (repository.symbol_last_line(id), repository.symbol_kind(id));
        let _ = (repository.symbol_flags(id), repository.symbol_parent(id));
        let _ = (repository.symbol_doc(id), repository.children(id).len());
        let _ = (repository.symbols_of_file(id).count(), repository.unresolved_row(id));
        let _ = (repository.outgoing(&columns, id), repository.unresolved_of(id));
        let _ = (columns.incoming(id).len(), columns.ends(id), columns.edge(id));
        let _ = repository.text(id).map(|text| text.len());
        let _ = repository.compressed_text(id).and_then(decompress);
    }
    for name in ["", "apply", "ledger", "top_up", "\u{10ffff}"] {
        let _ = repository.named(name);
    }
    for term in [0, 5, 1 << 40, u64::MAX] {
        let _ = repository.postings(term).map(|(symbols, _)| symbols.len());
    }
    let _ = (repository.by_name().len(), repository.lengths().map(<[u32]>::len));
    let _ = repository.vectors().map(|(symbols, vectors)| (symbols.len(), vectors.len()));
    let _ = (repository.vector_hashes().count(), repository.unresolved_reasons().count());
    assert!(repository.segment().path().starts_with(scratch()));
}
