//! A run: what there is, what of it has changed, and reading that.
//!
//! All files of all repositories that have changed go through one queue, largest first, so that no
//! core waits for a last big file. A file whose content hash is known is not parsed again: its facts
//! and its compressed text come from what is stored. Binding and publishing come after
//! ([`crate::build`]).

use crate::build::{self, Task};
use crate::cache::{FactsCache, Passed};
use crate::known::{Earlier, Known};
use crate::languages;
use crate::memory::{Memo, Memory};
use crate::parse;
use crate::revision::{self, RevisionError, Source};
use crate::scip::read::Source as ScipSource;
use crate::scip::{CompilerFacts, Imported, ReadError, ScipIndex};
use crate::unchanged;
use crate::walk::{self, Root, Skipped, WalkError};
use qf_graph::embed::{EmbedError, Embedder};
use qf_graph::facts::FileFacts;
use qf_graph::store::lock::WriterLock;
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use qf_graph::store::repository::{self, Counts, Repository};
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
    /// What is published is known to be sound: it is not verified again.
    pub trusted: bool,
    /// What earlier runs of this process remember.
    pub memory: Option<Arc<Memory>>,
    /// What has changed since everything was read by an earlier run, where that is known:
    /// repositories that are published and that none of these paths is about are left out.
    pub changed: Option<BTreeSet<PathBuf>>,
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
    /// CPU seconds spent reading and parsing its files.
    pub seconds: f64,
    /// What compilers said of it.
    pub compiler: Option<CompilerFacts>,
    /// Where its files are.
    pub source: Source,
}

/// One file on its way through a run.
pub(crate) struct Loaded {
    /// Path below the root.
    pub path: String,
    /// BLAKE3 of the content.
    pub hash: [u8; 32],
    /// Size of the content.
    pub size: u32,
    /// Compressed text.
    pub text: Vec<u8>,
    /// Its facts.
    pub facts: FileFacts,
    /// Its language.
    pub language: &'static dyn languages::Language,
    /// It is not as it was.
    pub parsed: bool,
    /// What has been made of it.
    pub memo: Memo,
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
    let (path, memo) = (path.to_owned(), Memo::default());
    Some(Loaded { path, hash, size, text, facts, language, parsed: false, memo })
}

/// What is stored of a file.
pub(crate) struct Stored {
    facts: FileFacts,
    encoded: Vec<u8>,
    text: Vec<u8>,
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

    /// What is stored of an unchanged file.
    pub fn file(&self, path: &str, hash: &[u8; 32]) -> Option<Stored> {
        let cache = self.cache.as_ref()?;
        let row = cache.unchanged(path, hash)?;
        let facts = cache.facts(row)?;
        let segment = self.segment.as_ref()?;
        let text = segment.compressed_text(*self.paths.get(path)?)?.to_vec();
        Some(Stored { facts, encoded: cache.encoded(row)?.to_vec(), text })
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

pub(crate) fn published(home: &Home) -> Result<Manifest, StoreError> {
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
    if let Some(changed) = &options.changed {
        let about = |root: &Path| {
            changed.iter().any(|path| path.starts_with(root) || root.starts_with(path))
        };
        let is_published = |root: &Root| {
            let path = root.path.to_string_lossy();
            manifest.repositories.iter().any(|entry| entry.root == path && entry.name == root.name)
        };
        // A path that is below no root may be about any of them.
        let placed = |path: &PathBuf| {
            roots.iter().any(|root| path.starts_with(&root.path) || root.path.starts_with(path))
        };
        if changed.iter().all(placed) {
            roots.retain(|root| about(&root.path) || !is_published(root));
        }
    }
    let work = match &options.revision {
        Some(revision) => vec![discover_revision(roots.remove(0), revision)?],
        None => discover(roots),
    };
    clock.lap("walking");
    let same = unchanged::same(home, &manifest, &work, options);
    if same.iter().all(|same| *same)
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
    clock.lap("comparing");
    let total: usize = work.iter().map(|(_, files)| files.len()).sum();
    let bytes = work.iter().flat_map(|(_, files)| files).map(|file| file.size).sum();
    let mut skipped = Skipped::new();
    for (repository, _) in &work {
        for (reason, count) in &repository.skipped {
            *skipped.entry(reason.clone()).or_default() += count;
        }
    }
    progress.found(work.len(), total, bytes, &skipped);
    let names: Vec<String> = work.iter().map(|(w, _)| w.root.name.clone()).collect();
    let (mut changed, mut same_roots) = (Vec::new(), Vec::new());
    for (work, same) in work.into_iter().zip(same) {
        if same { same_roots.push(work.0.root) } else { changed.push(work) }
    }
    progress.start("parsing", changed.iter().map(|(_, files)| files.len() as u64).sum());
    read_all(home, &manifest, &mut changed, options, progress);
    progress.finish();
    clock.lap("parsing");
    let mut read: Vec<Work> = changed.into_iter().map(|(work, _)| work).collect();
    if !options.without_scip {
        for work in &mut read {
            work.compiler = compiler(home, &before, &work.root);
        }
    }
    let imported = import(&mut read, &options.scip)?;
    if let (Some(revision), [own]) = (&options.revision, read.as_slice()) {
        manifest = revision::view(home, &mut manifest, &own.root, revision)?;
    }
    let task = Task { home, options, progress, named: &names, same: &same_roots, whole: false };
    let mut report = build::build(&task, &mut manifest, read, &mut clock)?;
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
fn import(repositories: &mut [Work], paths: &[PathBuf]) -> Result<Vec<Imported>, IndexError> {
    let mut all = Vec::new();
    for path in paths {
        let index = ScipIndex::open(path)?;
        let roots: Vec<&Path> = repositories.iter().map(|work| work.root.path.as_path()).collect();
        let (position, below) = index.repository(&roots)?;
        let work = &mut repositories[position];
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
    options: &Options,
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
            let loaded = read(owner, &files[*file], &known[*repository], options);
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

fn read(
    owner: &Work,
    file: &walk::Candidate,
    known: &Known<'_>,
    options: &Options,
) -> Result<Loaded, Passed> {
    let passed =
        |hash, reason: &str| Passed { path: file.path.clone(), hash, reason: reason.to_owned() };
    let (bytes, hash) = content(owner, file).map_err(|reason| passed(None, reason))?;
    let memory = options.memory.as_deref();
    if let Some(file) = memory.and_then(|it| it.file(&owner.root.name, &file.path, &hash)) {
        return Ok(file);
    }
    let loaded = |facts: FileFacts, text, parsed, memo| Loaded {
        path: file.path.clone(),
        hash,
        size: bytes.len() as u32,
        text,
        language: languages::by_name(&facts.language).unwrap_or(file.language),
        facts,
        parsed,
        memo,
    };
    if let Some(stored) = known.file(&file.path, &hash) {
        return Ok(loaded(stored.facts, stored.text, false, Memo::encoded(stored.encoded)));
    }
    let text = walk::text(&file.path, &bytes).map_err(|reason| passed(Some(hash), reason))?;
    let language = languages::for_file(&file.path, &text).unwrap_or(file.language);
    let mut facts = parse::facts(language, &file.path, &text);
    if matches!(text, std::borrow::Cow::Owned(_)) {
        let span = qf_graph::facts::ByteRange { start: 0, end: 0 };
        let kind = qf_graph::facts::ProblemKind::Encoding;
        facts.problems.push(qf_graph::facts::Problem { kind, span });
    }
    Ok(loaded(facts, repository::compress(&text), true, Memo::default()))
}

/// A repository that a run does not read, from its stored facts; from its folder where those are
/// damaged or of an older qf.
pub(crate) fn load(
    home: &Home,
    entry: &RepositoryEntry,
    options: &Options,
) -> Result<Work, IndexError> {
    let root = Root {
        name: entry.name.clone(),
        path: PathBuf::from(&entry.root),
        revision: entry.revision.clone(),
        branch: entry.branch.clone(),
    };
    let remembered = options.memory.as_ref().and_then(|it| it.repository(entry, &root));
    let known = remembered.or_else(|| stored(&Previous::open(home, Some(entry)), &root));
    let mut work = match known {
        Some(work) => work,
        None if !walk::is_away(&root.path) => read_again(root),
        None => return Err(IndexError::Lost { name: root.name, root: root.path }),
    };
    work.compiler = compiler_of(home, entry);
    Ok(work)
}

/// A repository as it is stored; `None` when any part of it is missing.
fn stored(previous: &Previous, root: &Root) -> Option<Work> {
    let cache = previous.cache.as_ref()?;
    let files = cache
        .entries()
        .par_iter()
        .map(|stored| {
            let known = previous.file(&stored.path, &stored.hash)?;
            let file = loaded(&stored.path, stored.hash, stored.size, known.text, known.facts)?;
            Some(Loaded { memo: Memo::encoded(known.encoded), ..file })
        })
        .collect::<Option<Vec<_>>>()?;
    previous.segment.as_ref()?;
    let (skipped, passed) = (cache.skipped().clone(), cache.passed().to_vec());
    Some(Work { files, passed, ..Work::new(root.clone(), skipped, Source::Disk) })
}

fn read_again(root: Root) -> Work {
    let (candidates, skipped) = walk::files(&root.path);
    let mut work = Work::new(root, skipped, Source::Disk);
    let (none, options) = (Known::nothing(), Options::default());
    let outcomes: Vec<_> =
        candidates.par_iter().map(|file| read(&work, file, &none, &options)).collect();
    for outcome in outcomes {
        work.take(outcome);
    }
    work
}

/// Seconds by phase.
pub(crate) struct Clock {
    last: Instant,
    laps: Vec<(String, f64)>,
}

impl Clock {
    /// Begins now.
    pub fn new() -> Self {
        Self { last: Instant::now(), laps: Vec::new() }
    }

    /// A phase ends; one that has been before takes the time too.
    pub fn lap(&mut self, phase: &str) {
        let now = Instant::now();
        let seconds = (now - self.last).as_secs_f64();
        match self.laps.iter_mut().find(|(name, _)| name == phase) {
            Some((_, all)) => *all += seconds,
            None => self.laps.push((phase.to_owned(), seconds)),
        }
        self.last = now;
    }
}
