//! From repositories that were read to a published generation: bind, link, write, publish.
//!
//! What the change cannot reach is left alone ([`crate::affected`]): its segments stay, and of
//! joining it to others only the rows are needed that are kept with them
//! ([`crate::link::brought`]). Everything here is a function of facts and texts, and all lists are
//! sorted, so the written bytes depend neither on the number of threads, nor on the order of
//! arguments, nor on how many repositories were bound together.

use crate::affected::Rest;
use crate::assemble;
use crate::cache::{self, Passed};
use crate::embedding;
use crate::layout::{Layout, is_example, is_load_test, is_of_load_tests};
use crate::link::{self, brought::Brought, rule};
use crate::measured;
use crate::memory::{Memo, Memory};
use crate::relations;
use crate::resolve::bind::{self, FileEdges};
use crate::resolve::evaluate::ArgumentFlow;
use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::{RepositoryFacts, SourceFacts, World, flow};
use crate::revision::Source;
use crate::run::{
    self, Clock, IndexError, Loaded, Options, Progress, Report, RepositoryReport, Work,
};
use crate::scip::{self, CompilerFacts};
use crate::unchanged;
use crate::walk::{Root, Skipped};
use qf_graph::facts::FileFacts;
use qf_graph::store::disk::write_atomically;
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use qf_graph::store::nearest::{self, NEAREST_FROM, NearestIndex};
use qf_graph::store::repository::{self, FileFlags, Repository, RepositoryData, SearchData};
use qf_graph::store::segment::content_hash;
use qf_graph::store::{Home, StoreError};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;

/// What is to be built.
pub(crate) struct Task<'t> {
    /// Where.
    pub home: &'t Home,
    /// How.
    pub options: &'t Options,
    /// Who hears of it.
    pub progress: &'t dyn Progress,
    /// Repositories that the report is about.
    pub named: &'t [String],
    /// Repositories among them that were found as they are published.
    pub same: &'t [Root],
    /// Nothing is left alone.
    pub whole: bool,
}

/// Repositories that are bound together, in order of name.
#[derive(Default)]
struct Team {
    kept: Vec<Kept>,
    facts: Vec<RepositoryFacts>,
    compiled: Vec<Option<CompilerFacts>>,
}

impl Team {
    fn add(&mut self, mut work: Work) {
        let at = self.kept.partition_point(|kept| kept.root.name < work.root.name);
        self.compiled.insert(at, work.compiler.take());
        let (kept, facts) = split(work);
        self.kept.insert(at, kept);
        self.facts.insert(at, facts);
    }

    fn load(&mut self, task: &Task<'_>, entries: &[RepositoryEntry]) -> Result<(), IndexError> {
        entries.iter().try_for_each(|entry| {
            self.add(run::load(task.home, entry, task.options)?);
            Ok(())
        })
    }

    /// Puts facts into the form they are stored in and drops them: a large repository's are the most
    /// of what a run holds.
    fn encode(&mut self) {
        for (kept, facts) in self.kept.iter().zip(&mut self.facts) {
            facts.files.par_iter_mut().zip(&kept.files).for_each(|(source, file)| {
                file.memo.encoded.get_or_init(|| cache::encode(&source.facts));
                source.facts = FileFacts::default();
            });
        }
    }

    /// Remembers everything for the next run of this process.
    fn keep(self, memory: &Memory, entries: &[RepositoryEntry]) {
        for (kept, facts) in self.kept.into_iter().zip(self.facts) {
            let entry = entries.iter().find(|entry| entry.name == kept.root.name);
            if let Some(entry) = entry {
                memory.keep(entry, joined(kept, facts));
            }
        }
    }
}

/// What binding gives, one row a repository of the team.
struct Made {
    data: Vec<RepositoryData>,
    brought: Vec<Brought>,
}

/// Publishes what follows from the repositories of `manifest` and from those that were read.
pub(crate) fn build(
    task: &Task<'_>,
    manifest: &mut Manifest,
    read: Vec<Work>,
    clock: &mut Clock,
) -> Result<Report, IndexError> {
    let home = task.home;
    // What is stored, not what is left of it: a repository may have been taken out.
    let before = match &manifest.view {
        None => run::published(home)?,
        Some(view) => Manifest::read_view(home, &view.path(home)).unwrap_or_default(),
    };
    let mut team = Team::default();
    for work in read {
        team.add(work);
    }
    let entries = manifest.repositories.iter();
    let mut own: Vec<(String, Vec<rule::OwnFile>)> = entries
        .filter(|entry| team.kept.iter().all(|kept| kept.root.name != entry.name))
        .map(|entry| (entry.name.clone(), rule::own_files(Path::new(&entry.root))))
        .collect();
    // Read once: what is linked with is what the hash of the run is made of.
    let rules_of = |kept: &Kept| (kept.root.name.clone(), kept.source.rules(&kept.root.path));
    own.extend(team.kept.iter().map(rules_of));
    own.sort();
    // The rules of a view's commit follow from the commit.
    let viewed = manifest.view.as_ref().map(|view| view.repository.as_str());
    let others = own.iter().filter(|(name, _)| Some(name.as_str()) != viewed);
    let others = others.map(|(name, files)| (name.as_str(), files.as_slice()));
    let made = Some(unchanged::made_with(task.options, others));
    let (rules, rule_faults) =
        rule::with_own(own.iter().map(|(name, files)| (name.as_str(), files.clone())));

    let names: BTreeSet<&str> = own.iter().map(|(name, _)| name.as_str()).collect();
    let read: BTreeSet<&str> = team.kept.iter().map(|kept| kept.root.name.as_str()).collect();
    // A view that is new begins with what is published.
    let stored = if viewed.is_some() { &manifest.repositories } else { &before.repositories };
    let stored = checked_out(stored, task.same);
    let divided = can_leave_alone(task, manifest, made.as_ref(), viewed, &own)
        .then(|| Rest::new(home, &stored, &names, &read, task.options.trusted))
        .flatten();
    let (mut rest, again) = divided.unwrap_or_else(|| {
        let is_left = |entry: &RepositoryEntry| {
            let name = entry.name.as_str();
            names.contains(name) && !read.contains(name)
        };
        (Rest::default(), stored.into_iter().filter(is_left).collect())
    });
    team.load(task, &again)?;
    if team.compiled.iter().any(Option::is_some) {
        rest.touch(&[], &[], true);
    }
    clock.lap("comparing");
    let mut made_of = loop {
        team.load(task, &rest.reached())?;
        match bind(task, manifest, &team, &mut rest, &rules, clock)? {
            Ok(bound) => break bound,
            Err(reached) => team.load(task, &reached)?,
        }
    };

    if task.options.memory.is_none() {
        team.encode();
    }
    let mut report = Report { rule_faults, ..Report::default() };
    let written: Vec<RepositoryEntry> = made_of
        .data
        .par_iter_mut()
        .enumerate()
        .map(|(position, data)| {
            data.linking = made_of.brought[position].encode();
            let (work, facts) = (&team.kept[position], &team.facts[position]);
            write(task, work, facts, team.compiled[position].as_ref(), data)
        })
        .collect::<Result<_, IndexError>>()?;
    for (work, data) in team.kept.iter().zip(&made_of.data) {
        if task.named.contains(&work.root.name) {
            report.repositories.push(RepositoryReport {
                name: work.root.name.clone(),
                root: work.root.path.to_string_lossy().into_owned(),
                parsed: work.files.iter().filter(|file| file.parsed).count() as u64,
                counts: data.counts.clone(),
                seconds: work.seconds,
            });
        }
    }
    for (entry, _) in rest.others.iter().filter(|(entry, _)| task.named.contains(&entry.name)) {
        let segment = Repository::open(&home.segments().join(&entry.segment))?;
        report.repositories.push(RepositoryReport {
            name: entry.name.clone(),
            root: entry.root.clone(),
            counts: segment.counts().clone(),
            ..RepositoryReport::default()
        });
    }
    report.repositories.sort_by(|a, b| a.name.cmp(&b.name));
    let mut all: Vec<(RepositoryEntry, Brought)> =
        written.into_iter().zip(made_of.brought).chain(rest.others).collect();
    all.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    let (entries, mut brought): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    let links_name = join(home, &entries, &mut brought, &mut report)?;
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
    if let Some(memory) = task.options.memory.as_ref().filter(|_| manifest.view.is_none()) {
        team.keep(memory, &manifest.repositories);
    }
    report.generation = manifest.generation;
    report.view.clone_from(&manifest.view);
    clock.lap("writing");
    Ok(report)
}

/// Entries with what is checked out now, where that was looked at.
fn checked_out(entries: &[RepositoryEntry], same: &[Root]) -> Vec<RepositoryEntry> {
    let mut entries = entries.to_vec();
    for entry in &mut entries {
        if let Some(root) = same.iter().find(|root| root.name == entry.name) {
            entry.revision.clone_from(&root.revision);
            entry.branch.clone_from(&root.branch);
        }
    }
    entries
}

/// Whether what a change does not reach would come out as it is stored: everything but the files is
/// as it was.
fn can_leave_alone(
    task: &Task<'_>,
    manifest: &Manifest,
    made: Option<&String>,
    viewed: Option<&str>,
    own: &[(String, Vec<rule::OwnFile>)],
) -> bool {
    // Rules of any repository are applied to all; a view may have others of its own than its
    // repository has now.
    let viewed_rules = viewed.is_some_and(|viewed| {
        let entry = manifest.repositories.iter().find(|entry| entry.name == viewed);
        own.iter().any(|(name, files)| name == viewed && !files.is_empty())
            || entry.is_some_and(|entry| !rule::own_files(Path::new(&entry.root)).is_empty())
    });
    !task.whole && manifest.recovered.is_none() && manifest.made.as_ref() == made && !viewed_rules
}

/// Binds and links a team. `Err` names repositories that something has led to: they have to be in it.
fn bind(
    task: &Task<'_>,
    manifest: &Manifest,
    team: &Team,
    rest: &mut Rest,
    rules: &rule::Rules,
    clock: &mut Clock,
) -> Result<Result<Made, Vec<RepositoryEntry>>, IndexError> {
    let Team { kept, facts, compiled } = team;
    let (options, progress) = (task.options, task.progress);
    let world = World::new(facts);
    let repositories = 0..facts.len() as u32;
    let offers: Vec<Vec<u64>> = repositories.clone().map(|it| world.offers(it)).collect();
    for offers in &offers {
        rest.touch(offers, &[], false);
    }
    let reached = rest.reached();
    if !reached.is_empty() {
        return Ok(Err(reached));
    }
    let hierarchy = Hierarchy::new(&world);
    clock.lap("indexing names");
    progress.start("resolving", 2 * world.files.len() as u64);
    let flow = flow::arguments(&world, &hierarchy, || progress.advance(1, 0));
    let mut edges = resolve(&world, &hierarchy, &flow, progress);
    let file = |file: u32| {
        let index = world.file(file);
        &kept[index.repository as usize].files[index.position as usize]
    };
    let text = |at: u32| repository::decompress(&file(at).text).unwrap_or_default();
    if compiled.iter().any(Option::is_some) {
        scip::apply::apply(&world, &hierarchy, &mut edges, compiled, |at| file(at).hash, text);
    }
    relations::tests::add(&world, &mut edges);
    relations::documents::add(&world, &mut edges, text);
    progress.finish();
    clock.lap("resolving");
    let assembly = assemble::Assembly::new(&world, &hierarchy);
    let others: Vec<&Brought> = rest.brought().collect();
    let (mut brought, linked) =
        link::find(&world, (&hierarchy, &flow), &edges, rules, &assembly, &others);
    let reached = rest.redeclared(&brought);
    if !reached.is_empty() {
        return Ok(Err(reached));
    }
    for ((position, offers), brought) in repositories.zip(offers).zip(&mut brought) {
        brought.offers = offers;
        brought.asks = world.asks(position);
        rest.touch(&[], &brought.asks, false);
    }
    let reached = rest.reached();
    if !reached.is_empty() {
        return Ok(Err(reached));
    }
    clock.lap("linking");
    let mut data = assembly.repositories(&world, &edges, linked, &mut brought, kept);
    clock.lap("assembling");
    progress.start("embedding", world.files.len() as u64);
    let model = options.embedder.as_deref().filter(|_| !options.without_vectors);
    let table = !options.without_vectors && model.is_none();
    let remember = options.memory.is_some();
    assemble::search(&world, &assembly, kept, &mut data, (table, remember), progress);
    if let Some(model) = model {
        progress.finish();
        progress.start("embedding", world.files.len() as u64);
        let earlier: Vec<_> = kept.iter().map(|kept| segment(task.home, manifest, kept)).collect();
        embedding::vectors(&world, &assembly, kept, &mut data, &earlier, model, progress)?;
    }
    progress.finish();
    clock.lap("embedding");
    Ok(Ok(Made { data, brought }))
}

/// Writes the files of one repository.
fn write(
    task: &Task<'_>,
    work: &Kept,
    facts: &RepositoryFacts,
    compiled: Option<&CompilerFacts>,
    data: &mut RepositoryData,
) -> Result<RepositoryEntry, IndexError> {
    let home = task.home;
    let compiler = match compiled {
        Some(compiled) => {
            let bytes = compiled.serialize();
            let name = file_name(&work.root.name, &bytes, "scip");
            put(&home.facts().join(&name), &bytes)?;
            Some(name)
        }
        None => None,
    };
    let (segment, stored) = rayon::join(
        || {
            let segment = data.serialize();
            let name = file_name(&work.root.name, &segment, "segment");
            put(&home.segments().join(&name), &segment)?;
            Ok::<_, StoreError>(name)
        },
        || write_facts(home, work, facts),
    );
    Ok(RepositoryEntry {
        name: work.root.name.clone(),
        root: work.root.path.to_string_lossy().into_owned(),
        segment: segment?,
        facts: stored?,
        revision: work.root.revision.clone(),
        branch: work.root.branch.clone(),
        nearest: nearest_file(home, &work.root.name, &data.search, task.options)?,
        compiler,
    })
}

/// Writes the facts of one repository; gives the name of the file.
fn write_facts(home: &Home, work: &Kept, facts: &RepositoryFacts) -> Result<String, StoreError> {
    let stored: Vec<cache::Stored<'_>> = facts
        .files
        .par_iter()
        .zip(&work.files)
        .map(|(source, file)| cache::Stored {
            path: &source.path,
            hash: file.hash,
            size: file.size,
            facts: file.memo.encoded.get_or_init(|| cache::encode(&source.facts)),
        })
        .collect();
    let bytes = cache::serialize(&stored, &work.passed, &work.skipped);
    let name = file_name(&work.root.name, &bytes, "facts");
    put(&home.facts().join(&name), &bytes)?;
    Ok(name)
}

/// Joins what all repositories bring; gives the name of the file of links.
fn join(
    home: &Home,
    entries: &[RepositoryEntry],
    brought: &mut [Brought],
    report: &mut Report,
) -> Result<String, StoreError> {
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let mut links = link::join(&names, brought);
    let bytes = links.to_bytes();
    for link in &links.links {
        *report.links.entry(link.channel.name().to_owned()).or_default() += 1;
    }
    let name = file_name("links", &bytes, "links");
    put(&home.segments().join(&name), &bytes)?;
    Ok(name)
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
    /// What has been made of it.
    pub memo: Memo,
}

/// Undoes [`split`].
fn joined(kept: Kept, facts: RepositoryFacts) -> Work {
    let mut work = Work::new(kept.root, kept.skipped, kept.source);
    work.passed = kept.passed;
    let files = kept.files.into_iter().zip(facts.files);
    work.files = files
        .map(|(kept, source)| Loaded {
            path: source.path,
            hash: kept.hash,
            size: kept.size,
            text: kept.text,
            facts: source.facts,
            language: source.language,
            parsed: kept.parsed,
            memo: kept.memo,
        })
        .collect();
    work
}

fn split(work: Work) -> (Kept, RepositoryFacts) {
    let mut kept = Kept {
        root: work.root,
        skipped: work.skipped,
        files: Vec::with_capacity(work.files.len()),
        passed: work.passed,
        seconds: work.seconds,
        source: work.source,
    };
    let provides = work.files.iter().any(|file| is_of_load_tests(&file.path));
    let mut paths = Vec::with_capacity(work.files.len());
    let mut manifests = Vec::new();
    let mut files = Vec::with_capacity(work.files.len());
    for file in work.files {
        paths.push(file.path.clone());
        if let Some(manifest) = &file.facts.manifest {
            manifests.push((crate::layout::folder(&file.path).to_owned(), manifest.clone()));
        }
        let test = file.language.semantics().is_test_path(&file.path)
            || !provides && is_load_test(&file.facts);
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
            memo: file.memo,
        });
    }
    manifests.sort_by(|a, b| a.0.cmp(&b.0));
    let layout = Layout::new(kept.root.name.clone(), paths, manifests);
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
    format!("{}-{}.{extension}", safe(name), &content_hash(bytes).to_hex()[..20])
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

/// Publishes what follows from a manifest and from repositories that stand for those of it; gives the
/// generation. With `whole` they are all there are, and nothing is taken from what is published.
pub(crate) fn rebuild(
    home: &Home,
    manifest: &mut Manifest,
    repositories: Vec<Work>,
    whole: bool,
    options: &Options,
) -> Result<u64, IndexError> {
    let task = Task { home, options, progress: &run::Silent, named: &[], same: &[], whole };
    Ok(build(&task, manifest, repositories, &mut Clock::new())?.generation)
}
