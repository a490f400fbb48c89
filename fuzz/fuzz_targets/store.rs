//! The other files of an index are read or refused: the manifest, links, stored facts, what compilers
//! said, the index of nearest neighbours.
//!
//! The first byte chooses the file and whether it has right checksums, the rest is its content.
//! Reading gives a value or an error. The index of nearest neighbours is not opened with a right
//! checksum: its library follows what it reads, so the checksum is what keeps damage away from it. A
//! fuzzer that sees what is compared can write one itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_fuzz::{Bytes, scratch, write};
use qf_graph::store::Home;
use qf_graph::store::links::LinksData;
use qf_graph::store::manifest::Manifest;
use qf_graph::store::nearest::{self, NearestIndex};
use qf_graph::store::segment::SegmentWriter;
use qf_indexer::cache::{self, FactsCache};
use qf_indexer::scip::CompilerFacts;

fuzz_target!(|data: &[u8]| {
    let mut input = Bytes(data);
    match input.byte() % 9 {
        0 => manifest(input.0),
        1 => signed_manifest(input.0),
        2 => links(input.0),
        3 => {
            let count = usize::from(input.short());
            let links = input.take(count);
            links_of(&[("links", links), ("drifts", input.0)]);
        }
        4 => facts(input.0),
        5 => {
            // The table begins with the version of the extraction, or nothing behind it is read.
            let mut table = postcard::to_stdvec(cache::EXTRACTOR).expect("a text has a form");
            let count = usize::from(input.short());
            table.extend_from_slice(input.take(count));
            facts(&container(&[("table", &table), ("facts", input.0)]));
        }
        6 => compiler(input.0),
        7 => {
            let mut said = vec![1];
            said.extend_from_slice(input.0);
            compiler(&container(&[("scip", &said)]));
        }
        _ => {
            let path = write("a.nearest", input.0);
            if nearest::verify(&path).is_err() {
                assert!(NearestIndex::open(&path, 4, 8).is_err());
            } else {
                assert!(input.0.len() > 32, "nothing is no index");
            }
        }
    }
});

/// A file with these sections and right checksums.
fn container(sections: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = SegmentWriter::new();
    for (name, content) in sections {
        writer.bytes(name, content.to_vec());
    }
    writer.serialize()
}

fn manifest(bytes: &[u8]) {
    write("manifest.json", bytes);
    let home = Home::new(scratch());
    if let Ok(manifest) = Manifest::read(&home) {
        used(&manifest);
    }
}

/// A manifest whose content is the input and whose checksum is right.
fn signed_manifest(bytes: &[u8]) {
    let Ok(content) = serde_json::from_slice::<Manifest>(bytes) else { return };
    let text = serde_json::to_string(&content).expect("a manifest has a form");
    let checksum = blake3::hash(text.as_bytes()).to_hex();
    write("manifest.json", format!(r#"{{"checksum":"{checksum}","manifest":{text}}}"#).as_bytes());
    match Manifest::read(&Home::new(scratch())) {
        Ok(read) => {
            assert!(read == content, "a manifest is read as it was written");
            used(&read);
        }
        // The format's own number is the only thing that is left to be wrong.
        Err(error) => assert!(error.to_string().contains("version"), "{error}"),
    }
}

fn used(manifest: &Manifest) {
    for pairs in manifest.measured.values().flat_map(|tiers| tiers.values()) {
        assert!(pairs.precision().is_none_or(|share| (0.0..=1.0).contains(&share)));
    }
}

fn links(bytes: &[u8]) {
    let _ = LinksData::open(&write("a.links", bytes));
}

fn links_of(sections: &[(&str, &[u8])]) {
    let path = write("a.links", &container(sections));
    let Ok(mut links) = LinksData::open(&path) else { return };
    let bytes = links.to_bytes();
    let again = LinksData::open(&write("b.links", &bytes)).expect("written links are read");
    assert!(again == links, "links are read as they were written");
}

fn facts(bytes: &[u8]) {
    let path = write("a.facts", bytes);
    let verified = cache::verify(&path);
    let Some(cache) = FactsCache::open(&path) else { return };
    for (row, entry) in cache.entries().iter().enumerate().take(16) {
        let _ = cache.unchanged(&entry.path, &entry.hash);
        let _ = cache.facts(row as u32);
    }
    let _ = (cache.facts(u32::MAX), cache.skipped(), verified);
}

fn compiler(bytes: &[u8]) {
    let path = write("a.compiler", bytes);
    let Some(said) = CompilerFacts::open(&path) else { return };
    let canonical = CompilerFacts::new(&said.symbols, said.files.clone());
    let path = write("b.compiler", &canonical.serialize());
    assert!(CompilerFacts::open(&path).as_ref() == Some(&canonical), "read as it was written");
    let _ = said.merge(canonical);
}
