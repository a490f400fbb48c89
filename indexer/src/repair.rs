//! Making what is damaged again, without the sources.
//!
//! An index keeps two things that it cannot compute: the facts of each file and its text. Either of
//! a repository's two files has enough of the other to make it anew: facts are extracted again from
//! the stored text; symbols, edges, postings, vectors and links follow from facts and text. Only a
//! damaged text needs the sources, and what a compiler said needs its index. Files are named by
//! content, so what is made again proves itself: it gets the name that the manifest knows.

use crate::build;
use crate::cache::FactsCache;
use crate::languages;
use crate::parse;
use crate::revision::Source;
use crate::run::{self, IndexError, Options, Work};
use crate::unchanged;
use crate::walk::Root;
use qf_graph::facts::{ByteRange, Problem, ProblemKind};
use qf_graph::store::Home;
use qf_graph::store::lock::WriterLock;
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use qf_graph::store::repository::{Repository, decompress};
use qf_graph::store::segment::Segment;
use serde::Serialize;
use std::path::PathBuf;

/// What a repair came to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Repair {
    /// The published generation.
    pub generation: u64,
    /// What was wrong before.
    pub found: Vec<String>,
    /// What is wrong still.
    pub left: Vec<String>,
    /// Repositories that have to be read again from their sources: name and root.
    pub from_sources: Vec<(String, String)>,
}

/// Makes what is damaged again as far as the index itself allows.
pub fn repair(home: &Home, options: &Options) -> Result<Repair, IndexError> {
    let _lock = if options.wait { WriterLock::wait(home)? } else { WriterLock::acquire(home)? };
    run::pool(options)?.install(|| repair_locked(home, options))
}

fn repair_locked(home: &Home, options: &Options) -> Result<Repair, IndexError> {
    let found = run::check(home)?;
    let mut manifest = Manifest::read(home)?;
    let mut repair = Repair { generation: manifest.generation, found, ..Repair::default() };
    if repair.found.is_empty() {
        return Ok(repair);
    }
    let mut repositories = Vec::new();
    // A file that is not named any more is not damaged either, but what it said is missing.
    let lost: Vec<String> = manifest
        .repositories
        .iter()
        .filter(|entry| entry.compiler.is_some() && run::compiler_of(home, entry).is_none())
        .map(|entry| format!("what compilers said of `{}` is lost: import it again", entry.name))
        .collect();
    for entry in &manifest.repositories {
        match stored(home, entry) {
            Some(work) => repositories.push(work),
            None => repair.from_sources.push((entry.name.clone(), entry.root.clone())),
        }
    }
    let whole = repair.from_sources.is_empty();
    if whole {
        let options = as_made(&manifest, options);
        repair.generation = build::rebuild(home, &mut manifest, repositories, true, &options)?;
    } else if manifest.recovered.is_some() {
        // Edges lead from one repository into others, so none is made without all of them; the
        // manifest stands alone.
        manifest.publish(home)?;
        repair.generation = manifest.generation;
    } else if manifest.wrong_with_copy(home).is_some() {
        manifest.write_copy(home)?;
    }
    repair.left = run::check(home)?;
    if whole {
        repair.left.extend(lost);
    }
    Ok(repair)
}

/// The options that the index was made with, where that can be told.
fn as_made(manifest: &Manifest, options: &Options) -> Options {
    let without = Options { without_vectors: true, ..options.clone() };
    let made = |options: &Options| {
        manifest.made.as_ref() == Some(&unchanged::made(options, &manifest.repositories))
    };
    if !made(options) && made(&without) { without } else { options.clone() }
}

/// A repository from what is sound of its files.
fn stored(home: &Home, entry: &RepositoryEntry) -> Option<Work> {
    let root = Root {
        name: entry.name.clone(),
        path: PathBuf::from(&entry.root),
        revision: entry.revision.clone(),
        branch: entry.branch.clone(),
    };
    let segment = home.segments().join(&entry.segment);
    let mut work = match FactsCache::open(&home.facts().join(&entry.facts)) {
        Some(cache) => from_facts(&cache, &Segment::open(&segment).ok()?, root)?,
        None => from_texts(&Repository::open(&segment).ok()?, root)?,
    };
    work.compiler = run::compiler_of(home, entry);
    Some(work)
}

/// Facts are there: of the segment only the texts are needed, which stand in the same order.
fn from_facts(cache: &FactsCache, segment: &Segment, root: Root) -> Option<Work> {
    let (ends, texts) = (segment.numbers("text.end").ok()?, segment.bytes("text").ok()?);
    if ends.len() != cache.entries().len() {
        return None;
    }
    let mut work = Work::new(root, cache.skipped().clone(), Source::Disk);
    work.passed = cache.passed().to_vec();
    let mut start = 0;
    for (row, (entry, end)) in cache.entries().iter().zip(ends).enumerate() {
        let facts = cache.facts(row as u32)?;
        let text = texts.get(start..*end as usize)?.to_vec();
        start = *end as usize;
        work.files.push(run::loaded(&entry.path, entry.hash, entry.size, text, facts)?);
    }
    Some(work)
}

/// Facts are not there: they are extracted from the texts.
fn from_texts(segment: &Repository, root: Root) -> Option<Work> {
    let mut work = Work::new(root, segment.counts().skipped.clone(), Source::Disk);
    for file in 0..segment.files() {
        let path = segment.string(segment.file_path(file));
        let compressed = segment.compressed_text(file)?;
        let text = decompress(compressed)?;
        let hash = segment.file_hash(file)?;
        let language = languages::for_file(path, &text)?;
        let mut facts = parse::facts(language, path, &text);
        if blake3::hash(text.as_bytes()).as_bytes() != &hash {
            // What was read was not the text that is kept: it was decoded.
            let span = ByteRange { start: 0, end: 0 };
            facts.problems.push(Problem { kind: ProblemKind::Encoding, span });
        }
        let size = segment.file_size(file);
        work.files.push(run::loaded(path, hash, size, compressed.to_vec(), facts)?);
    }
    Some(work)
}
