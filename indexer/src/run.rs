//! A whole run: find, read, bind, link, write, publish.
//!
//! All files of all repositories go through one queue, largest first, so that no core waits for a
//! last big file. A file whose content hash is known is not parsed again: its facts and its
//! compressed text come from the published generation. Repositories of the workspace that are not
//! part of this run take part with their stored facts, because an edge may lead into them.
//!
//! Everything after reading is a function of the facts alone, and all lists are sorted, so the
//! written bytes depend on neither the number of threads nor the order of arguments.

use crate::assemble;
use crate::cache::{self, FactsCache, Passed};
use crate::embedding;
use crate::known::{Earlier, Known};
use crate::languages;
use crate::layout::{Layout, is_example};
use crate::link;
use crate::measured;
use crate::parse;
use crate::relations;
use crate::resolve::bind::{self, FileEdges};
use crate::resolve::evaluate::ArgumentFlow;
use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::{RepositoryFacts, SourceFacts, World, flow};
use crate::revision::{self, RevisionError, Source};
use crate::scip::read::Source as ScipSource;
use crate::scip::{self, CompilerFacts, Imported, ReadError, ScipIndex};
use crate::unchanged;
use crate::walk::{self, Root, Skipped, WalkError};
use qf_graph::embed::{EmbedError, Embedder};
use qf_graph::facts::FileFacts;
use qf_graph::store::disk::write_atomically;
use qf_graph::store::links::LinksData;
use qf_graph::store::lock::WriterLock;
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use qf_graph::store::nearest::{self, NEAREST_FROM, NearestIndex};
use qf_graph::store::repository::{self, Counts, FileFlags, Repository, SearchData};
use qf_graph::store::view::View;
use qf_graph::store::{Home, StoreError};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

pub use crate::check::check;
pub use crate::forget::forget;

/// What a run is asked to do.
#[derive(Clone, Default)]
pub struct Options {
    /// Name for the repository, when exactly one is given.
    pub name: Option<String>,
    /// Leave vectors out.
    pub without_vectors: bool,
    /// Worker threads; 0 takes all cores.
    pub threads: usize,
    /// Wait for another writer instead of failing.
    pub wait: bool,
    /// The model that makes vectors; the built-in table when there is none.
    pub embedder: Option<Arc<dyn Embedder>>,
    /// Bytes of vectors from which a repository gets an index of nearest neighbours; 0 takes the
    /// measured number.
    pub nearest_from: usize,
    /// Build no index of nearest neighbours: searches scan until the next run does.
    pub without_nearest: bool,
    /// Indexes of compilers to import, as SCIP files.
    pub scip: Vec<PathBuf>,
    /// Forget what compilers said of the repositories of this run.
    pub without_scip: bool,
    /// Index this revision of the one repository that is given, from git's object store, as a view
    /// beside what is published.
    pub revision: Option<String>,
    /// Names of repositories to take out of the workspace in the same run.
    pub forget: Vec<String>,
}

/// Hears how a run goes on.
pub trait Progress: Sync {
    /// What was found before reading begins.
    fn found(&self, repositories: usize, files: usize, bytes: u64, skipped: &Skipped);
    /// A phase begins, with `total` steps.
    fn start(&self, phase: &'static str, total: u64);
    /// Steps of the current phase are done, over so many lines.
    fn advance(&self, steps: u64, lines: u64);
    /// The current phase is done.
    fn finish(&self);
}

/// Hears nothing.
pub struct Silent;

impl Progress for Silent {
    fn found(&self, _: usize, _: usize, _: u64, _: &Skipped) {}
    fn start(&self, _: &'static str, _: u64) {}
    fn advance(&self, _: u64, _: u64) {}
    fn finish(&self) {}
}

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The published generation.
    pub generation: u64,
    /// Nothing had changed, nothing was written.
    pub unchanged: bool,
    /// The view that was written instead of a generation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// Repositories of this run, by name.
    pub repositories: Vec<RepositoryReport>,
    /// Links between repositories by channel.
    pub links: BTreeMap<String, u64>,
    /// What was imported from compilers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scip: Vec<Imported>,
    /// Rule files of repositories that could not be used, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rule_faults: Vec<String>,
    /// Seconds by phase, in order.
    pub phases: Vec<(String, f64)>,
    /// Seconds in all.
    pub seconds: f64,
}

/// What a run did with one repository.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RepositoryReport {
    /// Name.
    pub name: String,
    /// Folder.
    pub root: String,
    /// Files that were parsed; the others were unchanged.
    pub parsed: u64,
    /// Counts.
    pub counts: Counts,
    /// CPU seconds spent reading and parsing its files.
    pub seconds: f64,
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// A path cannot be indexed.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No such repository.
    #[error("no repository is called `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// `--name` with the name of another repository.
    #[error("another repository is called `{name}`")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// `--name` with several repositories.
    #[error("a name can be given to one repository only; {count} were found")]
    NameForMany {
        /// How many.
        count: usize,
    },
    /// A repository that this run does not read cannot take part in it.
    #[error(
        "what is stored of `{name}` cannot be used any more, and its folder {} is gone: bring it \
         back or `qf forget {name}`", root.display()
    )]
    Lost {
        /// The repository.
        name: String,
        /// Where it was.
        root: PathBuf,
    },
    /// None of the watched folders is there.
    #[error("{} is away; its index stays as it is until it is back", path.display())]
    Away {
        /// One of them.
        path: PathBuf,
    },
    /// An index of a compiler cannot be imported.
    #[error(transparent)]
    Scip(#[from] ReadError),
    /// A revision cannot be indexed or found.
    #[error(transparent)]
    Revision(#[from] RevisionError),
    /// The model that was asked for makes no vectors.
    #[error("{}", .0.message)]
    Embed(#[from] EmbedError),
    /// Threads could not be started.
    #[error("cannot start worker threads: {0}")]
    Threads(String),
}

/// A repository on its way through a run.
pub(crate) struct Work {
    /// The repository.
    pub root: Root,
    /// What was passed over.
    pub skipped: Skipped,
    /// Its files, sorted by path.
    pub files: Vec<Loaded>,
    /// Files that were passed over when they were read.
    pub passed: Vec<Passed>,
    seconds: f64,
    /// What compilers said of it.
    pub compiler: Option<CompilerFacts>,
    /// Where its files are.
    pub source: Source,
}

/// One file on its way through a run.
pub(crate) struct Loaded {
    path: String,
    hash: [u8; 32],
    size: u32,
    text: Vec<u8>,
    facts: qf_graph::facts::FileFacts,
    language: &'static dyn languages::Language,
    parsed: bool,
}

impl Work {
    /// A repository whose files are still to be read.
    pub fn new(root: Root, skipped: Skipped, source: Source) -> Self {
        let (files, passed) = (Vec::new(), Vec::new());
        Self { root, skipped, files, passed, seconds: 0.0, compiler: None, source }
    }

    /// Takes in what became of a file.
    fn take(&mut self, outcome: Result<Loaded, Passed>) {
        match outcome {
            Ok(loaded) => self.files.push(loaded),
            Err(passed) => {
                *self.skipped.entry(passed.reason.clone()).or_default() += 1;
                self.passed.push(passed);
            }
        }
    }
}

/// A file from what is stored of it; `None` when no language of this binary claims it.
pub(crate) fn loaded(
    path: &str,
    hash: [u8; 32],
    size: u32,
    text: Vec<u8>,
    facts: FileFacts,
) -> Option<Loaded> {
    let language = languages::by_name(&facts.language)?;
    Some(Loaded { path: path.to_owned(), hash, size, text, facts, language, parsed: false })
}

/// Where a repository's earlier facts and texts are.
pub(crate) struct Previous {
    cache: Option<FactsCache>,
    segment: Option<Repository>,
    paths: rustc_hash::FxHashMap<String, u32>,
}

impl Previous {
    /// Nowhere.
    pub fn nothing() -> Self {
        Self { cache: None, segment: None, paths: rustc_hash::FxHashMap::default() }
    }

    /// What a manifest names.
    pub fn open(home: &Home, entry: Option<&RepositoryEntry>) -> Self {
        let Some(entry) = entry else { return Self::nothing() };
        let cache = FactsCache::open(&home.facts().join(&entry.facts));
        let segment = Repository::open(&home.segments().join(&entry.segment)).ok();
        let mut paths = rustc_hash::FxHashMap::default();
        if let Some(segment) = &segment {
            for file in 0..segment.files() {
                paths.insert(segment.string(segment.file_path(file)).to_owned(), file);
            }
        }
        Self { cache, segment, paths }
    }

    /// Facts and compressed text of an unchanged file.
    pub fn file(&self, path: &str, hash: &[u8; 32]) -> Option<(FileFacts, Vec<u8>)> {
        let cache = self.cache.as_ref()?;
        let facts = cache.facts(cache.unchanged(path, hash)?)?;
        let segment = self.segment.as_ref()?;
        let text = segment.compressed_text(*self.paths.get(path)?)?;
        Some((facts, text.to_vec()))
    }
}

/// Indexes the repositories behind `paths` and publishes a generation with them.
pub fn index(
    home: &Home,
    paths: &[PathBuf],
    options: &Options,
    progress: &dyn Progress,
) -> Result<Report, IndexError> {
    let _lock = if options.wait { WriterLock::wait(home)? } else { WriterLock::acquire(home)? };
    let outcome = pool(options)?.install(|| index_locked(home, paths, options, progress));
    if outcome.is_err() {
        clean_up(home);
    }
    outcome
}

/// Threads for a run; code may be nested deeply.
pub(crate) fn pool(options: &Options) -> Result<rayon::ThreadPool, IndexError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .stack_size(16 << 20)
        .build()
        .map_err(|error| IndexError::Threads(error.to_string()))
}

/// Removes what a failed run has written, so that a full disk does not stay full.
fn clean_up(home: &Home) {
    if let Ok(manifest) = Manifest::read(home) {
        // Best effort: the run has failed already, for a reason that matters more.
        let _ = manifest.collect_garbage(home);
    }
}

fn published(home: &Home) -> Result<Manifest, StoreError> {
    match Manifest::read(home) {
        Ok(manifest) => Ok(manifest),
        Err(StoreError::NoIndex { .. }) => Ok(Manifest::default()),
        Err(error) => Err(error),
    }
}

fn index_locked(
    home: &Home,
    paths: &[PathBuf],
    options: &Options,
    progress: &dyn Progress,
) -> Result<Report, IndexError> {
    let started = Instant::now();
    let mut clock = Clock::new();
    if let Some(model) = options.embedder.as_ref().filter(|_| !options.without_vectors) {
        // A model that cannot answer is found out now, not after minutes of reading.
        model.query("ready")?;
    }
    let mut manifest = published(home)?;
    let before = manifest.clone();
    manifest.repositories.retain(|entry| !options.forget.contains(&entry.name));
    let mut roots = walk::roots(paths)?;
    if options.revision.is_some() {
        roots = vec![revision::one(home, &manifest, roots, options.name.as_deref())?];
    } else if let Some(name) = &options.name {
        match roots.as_mut_slice() {
            [one] => rename(one, name, &mut manifest)?,
            many => return Err(IndexError::NameForMany { count: many.len() }),
        }
    }
    keep_names(&mut roots, &manifest);
    let mut work = match &options.revision {
        Some(revision) => vec![discover_revision(roots.remove(0), revision)?],
        None => discover(roots),
    };
    clock.lap("walking");
    if options.revision.is_none()
        && manifest == before
        && let Some(report) = unchanged::report(home, &mut manifest, &work, options)
    {
        clock.lap("comparing");
        return Ok(Report {
            phases: clock.laps,
            seconds: started.elapsed().as_secs_f64(),
            ..report
        });
    }
    let total: usize = work.iter().map(|(_, files)| files.len()).sum();
    let bytes = work.iter().flat_map(|(_, files)| files).map(|file| file.size).sum();
    let mut skipped = Skipped::new();
    for (repository, _) in &work {
        for (reason, count) in &repository.skipped {
            *skipped.entry(reason.clone()).or_default() += count;
        }
    }
    progress.found(work.len(), total, bytes, &skipped);
    progress.start("parsing", total as u64);
    let names: Vec<String> = work.iter().map(|(w, _)| w.root.name.clone()).collect();
    read_all(home, &manifest, &mut work, progress);
    progress.finish();
    clock.lap("parsing");
    let mut repositories: Vec<Work> = work.into_iter().map(|(work, _)| work).collect();
    add_others(home, &manifest, &names, &mut repositories)?;
    repositories.sort_by(|a, b| a.root.name.cmp(&b.root.name));
    for work in &mut repositories {
        let forgotten = options.without_scip && names.contains(&work.root.name);
        if !forgotten {
            work.compiler = compiler(home, &before, &work.root);
        }
    }
    let imported = import(&mut repositories, &names, &options.scip)?;
    let own = repositories.iter().find(|work| names.contains(&work.root.name));
    if let (Some(revision), Some(own)) = (&options.revision, own) {
        manifest = revision::view(home, &mut manifest, &own.root, revision)?;
    }
    let mut report =
        build(home, &mut manifest, repositories, &names, options, progress, &mut clock)?;
    let mut dropped = 0;
    for name in &options.forget {
        dropped += revision::drop_views(home, name)?;
    }
    if dropped > 0 {
        manifest.collect_garbage(home)?;
    }
    for imported in imported {
        let own = report.repositories.iter().find(|own| own.name == imported.repository);
        let edges = own.map_or(0, |own| own.counts.edges_of("compiler"));
        report.scip.push(Imported { edges, ..imported });
    }
    Ok(Report { phases: clock.laps, seconds: started.elapsed().as_secs_f64(), ..report })
}

/// What compilers said of a repository before, whatever it was called then.
pub(crate) fn compiler(home: &Home, manifest: &Manifest, root: &Root) -> Option<CompilerFacts> {
    let path = root.path.to_string_lossy();
    compiler_of(home, manifest.repositories.iter().find(|entry| entry.root == path)?)
}

/// What compilers said of a published repository.
pub(crate) fn compiler_of(home: &Home, entry: &RepositoryEntry) -> Option<CompilerFacts> {
    CompilerFacts::open(&home.facts().join(entry.compiler.as_ref()?))
}

/// Imports indexes of compilers into the repositories of this run that they are about.
fn import(
    repositories: &mut [Work],
    names: &[String],
    paths: &[PathBuf],
) -> Result<Vec<Imported>, IndexError> {
    let mut all = Vec::new();
    for path in paths {
        let index = ScipIndex::open(path)?;
        let own: Vec<usize> = (0..repositories.len())
            .filter(|row| names.contains(&repositories[*row].root.name))
            .collect();
        let roots: Vec<&Path> =
            own.iter().map(|row| repositories[*row].root.path.as_path()).collect();
        let (position, below) = index.repository(&roots)?;
        let work = &mut repositories[own[position]];
        let files: rustc_hash::FxHashMap<&str, &Loaded> =
            work.files.iter().map(|file| (file.path.as_str(), file)).collect();
        let (facts, imported) = index.facts(&below, |path| {
            let file = files.get(path)?;
            let text = repository::decompress(&file.text)?;
            Some(ScipSource { hash: file.hash, text: text.into() })
        });
        let repository = work.root.name.clone();
        work.compiler = Some(match work.compiler.take() {
            Some(before) => before.merge(facts),
            None => facts,
        });
        all.push(Imported { repository, ..imported });
    }
    Ok(all)
}

/// Gives a root the name that the user wants; what is indexed of it under another name gives way
/// when the run is published.
fn rename(root: &mut Root, name: &str, manifest: &mut Manifest) -> Result<(), IndexError> {
    let path = root.path.to_string_lossy().into_owned();
    if manifest.repositories.iter().any(|entry| entry.name == name && entry.root != path) {
        return Err(IndexError::NameTaken { name: name.to_owned() });
    }
    manifest.repositories.retain(|entry| entry.root != path || entry.name == name);
    name.clone_into(&mut root.name);
    Ok(())
}

/// A root that is indexed already keeps its name; a new root whose name is taken gets its
/// parent's in front, and a number when that is taken too.
fn keep_names(roots: &mut [Root], manifest: &Manifest) {
    let mut taken: BTreeSet<String> =
        manifest.repositories.iter().map(|entry| entry.name.clone()).collect();
    for root in roots {
        let path = root.path.to_string_lossy();
        if let Some(entry) = manifest.repositories.iter().find(|entry| entry.root == path) {
            root.name.clone_from(&entry.name);
            continue;
        }
        if taken.contains(&root.name) {
            let parent = root.path.parent().and_then(Path::file_name);
            let parent = parent.map_or_else(String::new, |p| p.to_string_lossy().into_owned());
            let longer = format!("{parent}-{}", root.name);
            let numbered = (2..).map(|number| format!("{longer}-{number}"));
            let free = std::iter::once(longer.clone()).chain(numbered);
            root.name = free.into_iter().find(|name| !taken.contains(name)).unwrap_or(longer);
        }
        taken.insert(root.name.clone());
    }
}

fn discover(roots: Vec<Root>) -> Vec<(Work, Vec<walk::Candidate>)> {
    roots
        .into_par_iter()
        .map(|root| {
            let (files, skipped) = walk::files(&root.path);
            (Work::new(root, skipped, Source::Disk), files)
        })
        .collect()
}

fn discover_revision(
    mut root: Root,
    revision: &str,
) -> Result<(Work, Vec<walk::Candidate>), RevisionError> {
    let (files, skipped, source) = revision::files(&mut root, revision)?;
    Ok((Work::new(root, skipped, source), files))
}

/// Reads and parses all files of all repositories through one queue, largest first.
fn read_all(
    home: &Home,
    manifest: &Manifest,
    work: &mut [(Work, Vec<walk::Candidate>)],
    progress: &dyn Progress,
) {
    let earlier = Earlier::new(home, manifest);
    let roots: Vec<Root> = work.iter().map(|(repository, _)| repository.root.clone()).collect();
    let known: Vec<Known<'_>> = roots.iter().map(|root| Known::new(&earlier, root)).collect();
    let mut queue: Vec<(usize, usize)> = work
        .iter()
        .enumerate()
        .flat_map(|(repository, (_, files))| (0..files.len()).map(move |file| (repository, file)))
        .collect();
    queue.sort_by_key(|(repository, file)| std::cmp::Reverse(work[*repository].1[*file].size));
    let next = AtomicUsize::new(0);
    type Outcome = (usize, usize, Result<Loaded, Passed>, f64);
    let outcomes: Mutex<Vec<Outcome>> = Mutex::new(Vec::with_capacity(queue.len()));
    let shared = &*work;
    rayon::broadcast(|_| {
        let mut mine: Vec<Outcome> = Vec::new();
        while let Some((repository, file)) = queue.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (owner, files) = &shared[*repository];
            let begun = Instant::now();
            let loaded = read(owner, &files[*file], &known[*repository]);
            let lines = loaded.as_ref().map_or(0, |loaded| u64::from(loaded.facts.lines()));
            progress.advance(1, lines);
            mine.push((*repository, *file, loaded, begun.elapsed().as_secs_f64()));
        }
        outcomes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).append(&mut mine);
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    outcomes.sort_by_key(|(repository, file, _, _)| (*repository, *file));
    for (repository, _, loaded, seconds) in outcomes {
        let owner = &mut work[repository].0;
        owner.seconds += seconds;
        owner.take(loaded);
    }
}

/// The content of a file with its hash, or why it cannot be had.
pub(crate) fn content(
    owner: &Work,
    file: &walk::Candidate,
) -> Result<(Vec<u8>, [u8; 32]), &'static str> {
    let bytes = owner.source.bytes(&owner.root.path, &file.path)?;
    if bytes.len() as u64 > walk::MAX_BYTES {
        return Err("too_large");
    }
    let hash = *blake3::hash(&bytes).as_bytes();
    Ok((bytes, hash))
}

fn read(owner: &Work, file: &walk::Candidate, known: &Known<'_>) -> Result<Loaded, Passed> {
    let passed =
        |hash, reason: &str| Passed { path: file.path.clone(), hash, reason: reason.to_owned() };
    let (bytes, hash) = content(owner, file).map_err(|reason| passed(None, reason))?;
    let loaded = |facts: FileFacts, text, parsed| Loaded {
        path: file.path.clone(),
        hash,
        size: bytes.len() as u32,
        text,
        language: languages::by_name(&facts.language).unwrap_or(file.language),
        facts,
        parsed,
    };
    if let Some((facts, text)) = known.file(&file.path, &hash) {
        return Ok(loaded(facts, text, false));
    }
    let text = walk::text(&file.path, &bytes).map_err(|reason| passed(Some(hash), reason))?;
    let language = languages::for_file(&file.path, &text).unwrap_or(file.language);
    let mut facts = parse::facts(language, &file.path, &text);
    if matches!(text, std::borrow::Cow::Owned(_)) {
        let span = qf_graph::facts::ByteRange { start: 0, end: 0 };
        let kind = qf_graph::facts::ProblemKind::Encoding;
        facts.problems.push(qf_graph::facts::Problem { kind, span });
    }
    Ok(loaded(facts, repository::compress(&text), true))
}

/// Repositories of the workspace that this run does not read, from their stored facts; from
/// their folders where those are damaged or of an older qf.
pub(crate) fn add_others(
    home: &Home,
    manifest: &Manifest,
    names: &[String],
    repositories: &mut Vec<Work>,
) -> Result<(), IndexError> {
    for entry in &manifest.repositories {
        if names.contains(&entry.name) {
            continue;
        }
        let root = Root {
            name: entry.name.clone(),
            path: PathBuf::from(&entry.root),
            revision: entry.revision.clone(),
            branch: entry.branch.clone(),
        };
        let work = match stored(&Previous::open(home, Some(entry)), &root) {
            Some(work) => work,
            None if !walk::is_away(&root.path) => read_again(root),
            None => return Err(IndexError::Lost { name: root.name, root: root.path }),
        };
        repositories.push(work);
    }
    Ok(())
}

/// A repository as it is stored; `None` when any part of it is missing.
fn stored(previous: &Previous, root: &Root) -> Option<Work> {
    let cache = previous.cache.as_ref()?;
    let files = cache
        .entries()
        .par_iter()
        .map(|stored| {
            let (facts, text) = previous.file(&stored.path, &stored.hash)?;
            loaded(&stored.path, stored.hash, stored.size, text, facts)
        })
        .collect::<Option<Vec<_>>>()?;
    previous.segment.as_ref()?;
    let (skipped, passed) = (cache.skipped().clone(), cache.passed().to_vec());
    Some(Work { files, passed, ..Work::new(root.clone(), skipped, Source::Disk) })
}

fn read_again(root: Root) -> Work {
    let (candidates, skipped) = walk::files(&root.path);
    let mut work = Work::new(root, skipped, Source::Disk);
    let none = Known::nothing();
    let outcomes: Vec<_> = candidates.par_iter().map(|file| read(&work, file, &none)).collect();
    for outcome in outcomes {
        work.take(outcome);
    }
    work
}

fn build(
    home: &Home,
    manifest: &mut Manifest,
    repositories: Vec<Work>,
    named: &[String],
    options: &Options,
    progress: &dyn Progress,
    clock: &mut Clock,
) -> Result<Report, IndexError> {
    let mut kept = Vec::with_capacity(repositories.len());
    let mut facts = Vec::with_capacity(repositories.len());
    for work in repositories {
        let (work, repository) = split(work);
        kept.push(work);
        facts.push(repository);
    }
    let world = World::new(&facts);
    let hierarchy = Hierarchy::new(&world);
    clock.lap("indexing names");
    progress.start("resolving", 2 * world.files.len() as u64);
    let flow = flow::arguments(&world, &hierarchy, || progress.advance(1, 0));
    let mut edges = resolve(&world, &hierarchy, &flow, progress);
    let compiled: Vec<Option<CompilerFacts>> =
        kept.iter_mut().map(|kept: &mut Kept| kept.compiler.take()).collect();
    let file = |file: u32| {
        let index = world.file(file);
        &kept[index.repository as usize].files[index.position as usize]
    };
    let text = |at: u32| repository::decompress(&file(at).text).unwrap_or_default();
    if compiled.iter().any(Option::is_some) {
        scip::apply::apply(&world, &hierarchy, &mut edges, &compiled, |at| file(at).hash, text);
    }
    relations::tests::add(&world, &mut edges);
    relations::documents::add(&world, &mut edges, text);
    progress.finish();
    clock.lap("resolving");
    let assembly = assemble::Assembly::new(&world, &hierarchy);
    let mut links = LinksData::default();
    // Read once: what is linked with is what the hash of the run is made of.
    let own = |kept: &'_ Kept| kept.source.rules(&kept.root.path);
    let own: Vec<_> = kept.iter().map(|kept| (kept.root.name.as_str(), own(kept))).collect();
    // The rules of a view's commit follow from the commit.
    let viewed = manifest.view.as_ref().map(|view| view.repository.as_str());
    let others = own.iter().filter(|(name, _)| Some(*name) != viewed);
    let made = Some(unchanged::made_with(options, others));
    let (rules, rule_faults) = link::rule::with_own(own.into_iter());
    let linked = link::link(&world, &hierarchy, &flow, &edges, &rules, &assembly, &mut links);
    clock.lap("linking");
    let mut data = assembly.repositories(&world, &edges, linked, &mut links, &kept);
    clock.lap("assembling");
    progress.start("embedding", world.files.len() as u64);
    let model = options.embedder.as_deref().filter(|_| !options.without_vectors);
    let table = !options.without_vectors && model.is_none();
    assemble::search(&world, &assembly, &kept, &mut data, table, progress);
    if let Some(model) = model {
        progress.finish();
        progress.start("embedding", world.files.len() as u64);
        let earlier: Vec<_> = kept.iter().map(|kept| segment(home, manifest, kept)).collect();
        embedding::vectors(&world, &assembly, &kept, &mut data, &earlier, model, progress)?;
    }
    progress.finish();
    clock.lap("embedding");
    let mut report = Report { rule_faults, ..Report::default() };
    for link in &links.links {
        *report.links.entry(link.channel.name().to_owned()).or_default() += 1;
    }
    let mut entries = Vec::new();
    for (((work, data), facts), compiled) in kept.iter().zip(&mut data).zip(&facts).zip(&compiled) {
        let segment = data.serialize();
        let compiler = match compiled {
            Some(compiled) => {
                let bytes = compiled.serialize();
                let name = file_name(&work.root.name, &bytes, "scip");
                put(&home.facts().join(&name), &bytes)?;
                Some(name)
            }
            None => None,
        };
        let segment_name = file_name(&work.root.name, &segment, "segment");
        put(&home.segments().join(&segment_name), &segment)?;
        let stored: Vec<cache::Stored> = facts
            .files
            .par_iter()
            .zip(&work.files)
            .map(|(source, file)| cache::Stored {
                path: source.path.clone(),
                hash: file.hash,
                size: file.size,
                facts: cache::encode(&source.facts),
            })
            .collect();
        let bytes = cache::serialize(&stored, &work.passed, &work.skipped);
        let facts_name = file_name(&work.root.name, &bytes, "facts");
        put(&home.facts().join(&facts_name), &bytes)?;
        entries.push(RepositoryEntry {
            name: work.root.name.clone(),
            root: work.root.path.to_string_lossy().into_owned(),
            segment: segment_name,
            facts: facts_name,
            revision: work.root.revision.clone(),
            branch: work.root.branch.clone(),
            nearest: nearest_file(home, &work.root.name, &data.search, options)?,
            compiler,
        });
        if named.contains(&work.root.name) {
            report.repositories.push(RepositoryReport {
                name: work.root.name.clone(),
                root: work.root.path.to_string_lossy().into_owned(),
                parsed: work.files.iter().filter(|file| file.parsed).count() as u64,
                counts: data.counts.clone(),
                seconds: work.seconds,
            });
        }
    }
    let bytes = links.to_bytes();
    let links_name = file_name("links", &bytes, "links");
    put(&home.segments().join(&links_name), &bytes)?;
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    // What is stored, not what is left of it: a repository may have been taken out.
    let before = match &manifest.view {
        None => published(home)?,
        Some(view) => Manifest::read_view(home, &view.path(home)).unwrap_or_default(),
    };
    let same = before.view == manifest.view
        && before.repositories == entries
        && before.links.as_deref() == Some(&links_name)
        && before.made == made
        && before.measured == *measured::tiers();
    if same && manifest.recovered.is_none() {
        report.unchanged = true;
        if manifest.view.is_none() && before.wrong_with_copy(home).is_some() {
            before.write_copy(home)?;
        }
    } else {
        manifest.repositories = entries;
        manifest.links = Some(links_name);
        manifest.made = made;
        manifest.measured.clone_from(measured::tiers());
        manifest.publish(home)?;
        manifest.collect_garbage(home)?;
    }
    report.generation = manifest.generation;
    report.view.clone_from(&manifest.view);
    clock.lap("writing");
    Ok(report)
}

/// The published segment of a repository.
fn segment(home: &Home, manifest: &Manifest, kept: &Kept) -> Option<Repository> {
    let entry = manifest.repositories.iter().find(|entry| entry.name == kept.root.name)?;
    Repository::open(&home.segments().join(&entry.segment)).ok()
}

/// The file of the index of nearest neighbours over a repository's vectors, when there are many. A
/// sound file over the same vectors is kept: building it takes minutes.
fn nearest_file(
    home: &Home,
    name: &str,
    search: &SearchData,
    options: &Options,
) -> Result<Option<String>, IndexError> {
    let least = if options.nearest_from == 0 { NEAREST_FROM } else { options.nearest_from };
    let dimensions = search.dimensions as usize;
    if search.vectors.len() < least || dimensions == 0 {
        return Ok(None);
    }
    let fingerprint = NearestIndex::fingerprint(&search.vectors, dimensions);
    let file = format!("{}-{fingerprint}.nearest", safe(name));
    let path = home.segments().join(&file);
    if nearest::verify(&path).is_ok() {
        return Ok(Some(file));
    }
    // A view must not cost minutes; it has the index of another over equal vectors.
    if options.without_nearest || options.revision.is_some() {
        return Ok(None);
    }
    // Without the index every search is answered by a scan, so a failure is none of the run's.
    let Ok(bytes) = NearestIndex::build(&search.vectors, dimensions) else { return Ok(None) };
    write_atomically(&path, &bytes)?;
    Ok(Some(file))
}

/// A repository's files without their facts, for what comes after binding.
pub(crate) struct Kept {
    /// The repository.
    pub root: Root,
    /// What was passed over.
    pub skipped: Skipped,
    /// Files, in the order of the facts.
    pub files: Vec<KeptFile>,
    passed: Vec<Passed>,
    seconds: f64,
    compiler: Option<CompilerFacts>,
    source: Source,
}

/// A file without its facts.
pub(crate) struct KeptFile {
    /// Hash of the content.
    pub hash: [u8; 32],
    /// Size of the content.
    pub size: u32,
    /// Compressed text.
    pub text: Vec<u8>,
    parsed: bool,
}

fn split(work: Work) -> (Kept, RepositoryFacts) {
    let mut kept = Kept {
        root: work.root,
        skipped: work.skipped,
        files: Vec::with_capacity(work.files.len()),
        passed: work.passed,
        seconds: work.seconds,
        compiler: work.compiler,
        source: work.source,
    };
    let mut layout = Layout { repository: kept.root.name.clone(), ..Layout::default() };
    let mut files = Vec::with_capacity(work.files.len());
    for file in work.files {
        layout.paths.push(file.path.clone());
        if let Some(manifest) = &file.facts.manifest {
            layout.manifests.push((crate::layout::folder(&file.path).to_owned(), manifest.clone()));
        }
        let test = file.language.semantics().is_test_path(&file.path);
        files.push(SourceFacts {
            flags: FileFlags { test, example: is_example(&file.path) },
            path: file.path,
            language: file.language,
            facts: file.facts,
        });
        kept.files.push(KeptFile {
            hash: file.hash,
            size: file.size,
            text: file.text,
            parsed: file.parsed,
        });
    }
    layout.manifests.sort_by(|a, b| a.0.cmp(&b.0));
    (kept, RepositoryFacts { layout, files })
}

/// Binds all references of all files.
fn resolve(
    world: &World<'_>,
    hierarchy: &Hierarchy,
    flow: &ArgumentFlow,
    progress: &dyn Progress,
) -> Vec<FileEdges> {
    (0..world.files.len() as u32)
        .into_par_iter()
        .map(|file| {
            let edges = bind::bind_file(world, hierarchy, flow, file);
            progress.advance(1, 0);
            edges
        })
        .collect()
}

/// Files are named by content: equal content is not written again.
fn file_name(name: &str, bytes: &[u8], extension: &str) -> String {
    format!("{}-{}.{extension}", safe(name), &blake3::hash(bytes).to_hex()[..20])
}

/// A name as part of a file's.
fn safe(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' })
        .collect()
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    // A file of that name and length may be damaged: then it is written again.
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() == bytes.len() as u64)
        && std::fs::read(path).is_ok_and(|stored| stored == bytes)
    {
        return Ok(());
    }
    write_atomically(path, bytes)
}

/// Publishes what follows from these repositories, which are all of the workspace; gives the
/// generation.
pub(crate) fn rebuild(
    home: &Home,
    manifest: &mut Manifest,
    mut repositories: Vec<Work>,
    options: &Options,
) -> Result<u64, IndexError> {
    repositories.sort_by(|a, b| a.root.name.cmp(&b.root.name));
    let clock = &mut Clock::new();
    let report = build(home, manifest, repositories, &[], options, &Silent, clock)?;
    Ok(report.generation)
}

/// Seconds by phase.
struct Clock {
    last: Instant,
    laps: Vec<(String, f64)>,
}

impl Clock {
    fn new() -> Self {
        Self { last: Instant::now(), laps: Vec::new() }
    }

    fn lap(&mut self, phase: &str) {
        let now = Instant::now();
        self.laps.push((phase.to_owned(), (now - self.last).as_secs_f64()));
        self.last = now;
    }
}
