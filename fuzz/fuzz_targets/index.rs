//! A whole run over any sources succeeds: nothing that a file, a rule of a repository or an index of a
//! compiler holds stops the others from being indexed.
//!
//! The input is a few files, cut at NUL bytes; the first byte of each chooses where it lies in two
//! repositories. They are indexed, bound and linked. The published index is whole, all ids in it point at
//! something, every edge's evidence is a line of its file, and a second run finds nothing to do.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_fuzz::scratch;
use qf_graph::Snapshot;
use qf_graph::snapshot::Direction;
use qf_graph::store::Home;
use qf_indexer::run::{self, Options, Silent};

/// Where files lie, in a fixed order: a seed's bytes are positions here.
#[rustfmt::skip] // a table
const PLACES: &[&str] = &[
    "one/a.py", "one/b.py", "one/pkg/__init__.py", "one/pkg/c.py", "one/tests/test_a.py",
    "one/a.ts", "one/b.ts", "one/c.tsx", "one/d.js", "one/package.json", "one/schema.sql",
    "one/.qf/rules/own.toml", "one/src/lib.rs", "one/src/a.rs", "one/Cargo.toml", "one/a.rb",
    "two/main.go", "two/b.go", "two/go.mod", "two/A.java", "two/B.java", "two/a.cpp", "two/a.h",
    "two/a.c", "two/A.kt", "two/A.cs", "two/a.php", "two/a.swift", "two/a.scala", "two/a.proto",
    "two/a.graphql", "two/openapi.yaml", "two/a.ts", "two/a.py", "two/nginx.conf", "two/README.md",
    "two/a.ex", "two/a.dart", "two/a.hs", "two/a.lua", "two/a.jl", "two/a.zig", "two/a.sol",
    "two/a.ml", "two/a.r", "two/a.vue", "two/a.prisma", "two/values.yaml", "two/urls.py",
    "two/config/routes.rb", "two/routes/web.php",
];

/// Most files of one input.
const MOST: usize = 12;

fuzz_target!(|data: &[u8]| {
    let (sources, home) = (scratch().join("sources"), Home::new(scratch().join("home")));
    for folder in [sources.as_path(), home.folder()] {
        // What is not there cannot be removed, and that is all that can go wrong.
        let _ = std::fs::remove_dir_all(folder);
    }
    let roots = ["one", "two"].map(|name| sources.join(name));
    for root in &roots {
        std::fs::create_dir_all(root).expect("the scratch folder is writable");
    }
    for piece in data.split(|byte| *byte == 0).take(MOST) {
        let Some((place, content)) = piece.split_first() else { continue };
        let path = sources.join(PLACES[usize::from(*place) % PLACES.len()]);
        let folder = path.parent().expect("a file lies in a folder");
        std::fs::create_dir_all(folder).expect("the scratch folder is writable");
        std::fs::write(path, content).expect("the scratch folder is writable");
    }
    let options = Options { threads: 1, without_vectors: true, ..Options::default() };
    let report = run::index(&home, &roots, &options, &Silent).expect("any sources are indexed");
    for repository in &report.repositories {
        assert_eq!(repository.counts.problems.get("internal"), None, "a walk panicked");
    }
    assert_eq!(run::check(&home).expect("an index is published"), [""; 0]);
    let snapshot = Snapshot::open(&home).expect("an index is published");
    assert_eq!(snapshot.damaged(), [""; 0]);
    whole(&snapshot);
    let again = run::index(&home, &roots, &options, &Silent).expect("indexed again");
    assert!(again.unchanged, "the same sources are another index");
});

fn whole(snapshot: &Snapshot) {
    for symbol in snapshot.symbols() {
        let (first, line, last) = snapshot.lines(symbol);
        let count = snapshot.file_lines(snapshot.file(symbol));
        assert!(1 <= first && first <= last && last <= count.max(1), "{first}-{last} of {count}");
        assert!((first..=last).contains(&line), "line {line} of {first}-{last}");
        let _ = (snapshot.moniker(symbol), snapshot.signature(symbol));
        for direction in [Direction::Out, Direction::In] {
            for edge in snapshot.edges(symbol, direction) {
                assert!(
                    edge.from.0 < snapshot.symbol_count() && edge.to.0 < snapshot.symbol_count()
                );
                let count = snapshot.file_lines(edge.file).max(1);
                assert!((1..=count).contains(&edge.line), "line {} of {count}", edge.line);
            }
        }
    }
    for key in snapshot.keys() {
        assert!(!key.text.is_empty() && key.symbol.0 < snapshot.symbol_count(), "{key:?}");
    }
}
