//! Nothing to do, found out cheaply.
//!
//! An index is a function of the files, of the options, of the users' own rules and of the binary.
//! The manifest keeps a hash of the last three ([`made`]); the stored facts know the content of
//! every file that was read or passed over. When all of that is as it was and every published byte
//! is sound, a run ends here, before anything is parsed or bound. Times of files are not trusted:
//! content is read and hashed, at some gigabytes a second.

use crate::cache::{self, FactsCache};
use crate::check;
use crate::link::rule::{self, OwnFile};
use crate::measured;
use crate::run::{self, Options, Report, RepositoryReport, Work};
use crate::walk::{Candidate, Skipped};
use qf_graph::store::Home;
use qf_graph::store::links::LinksData;
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use qf_graph::store::repository::Repository;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::path::Path;

/// Hash of what decides, besides the files, what the index of these repositories is.
/// They stand in order of name.
pub fn made<'e>(
    options: &Options,
    repositories: impl IntoIterator<Item = &'e RepositoryEntry>,
) -> String {
    let own =
        |entry: &'e RepositoryEntry| (entry.name.as_str(), rule::own_files(Path::new(&entry.root)));
    let own: Vec<(&str, Vec<OwnFile>)> = repositories.into_iter().map(own).collect();
    made_with(options, own.iter().map(|(name, files)| (*name, files.as_slice())))
}

/// The same, with the rules that the repositories have of their own.
pub(crate) fn made_with<'o>(
    options: &Options,
    own: impl Iterator<Item = (&'o str, &'o [OwnFile])>,
) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add(cache::BUILD);
    let model = options.embedder.as_deref().map_or("", |model| model.name());
    add(if options.without_vectors { "no vectors" } else { model });
    add(&format!("{} {}", options.nearest_from, options.without_nearest));
    for (name, files) in own {
        for (path, content) in files {
            add(name);
            add(&path.to_string_lossy());
            add(content.as_deref().unwrap_or_default());
        }
    }
    hasher.finalize().to_hex()[..20].to_owned()
}

/// Which of these repositories are what is published of them: the same files, and whatever else
/// decides what an index is.
pub(crate) fn same(
    home: &Home,
    manifest: &Manifest,
    work: &[(Work, Vec<Candidate>)],
    options: &Options,
) -> Vec<bool> {
    let asks_more = !options.scip.is_empty() || options.without_scip;
    let other = asks_more
        || options.revision.is_some()
        || manifest.recovered.is_some()
        || manifest.made.as_ref() != Some(&made(options, &manifest.repositories));
    let same = |work: &Work, candidates: &[Candidate]| {
        let root = work.root.path.to_string_lossy();
        let mut entries = manifest.repositories.iter();
        let entry = entries.find(|entry| entry.name == work.root.name && entry.root == root);
        entry
            .and_then(|entry| FactsCache::open(&home.facts().join(&entry.facts)))
            .is_some_and(|cache| same_files(&cache, work, candidates))
    };
    work.iter().map(|(work, candidates)| !other && same(work, candidates)).collect()
}

/// The report of a run that finds everything as it was published; `None` when it has to be done.
/// Where only what is checked out has another name, that is published, with the files there are.
pub(crate) fn report(
    home: &Home,
    manifest: &mut Manifest,
    work: &[(Work, Vec<Candidate>)],
    options: &Options,
) -> Option<Report> {
    if manifest.measured != *measured::tiers() {
        return None;
    }
    let mut entries = manifest.repositories.clone();
    let mut report = Report { unchanged: true, ..Report::default() };
    for (work, _) in work {
        let root = work.root.path.to_string_lossy();
        let entry =
            entries.iter_mut().find(|entry| entry.name == work.root.name && entry.root == root)?;
        let segment = Repository::open(&home.segments().join(&entry.segment)).ok()?;
        report.repositories.push(RepositoryReport {
            name: entry.name.clone(),
            root: entry.root.clone(),
            counts: segment.counts().clone(),
            ..RepositoryReport::default()
        });
        entry.revision.clone_from(&work.root.revision);
        entry.branch.clone_from(&work.root.branch);
    }
    // What is damaged is made again, which this cannot do.
    if !options.trusted && !check::published(home, manifest).is_empty() {
        return None;
    }
    let links = LinksData::open(&home.segments().join(manifest.links.as_ref()?)).ok()?;
    for link in &links.links {
        *report.links.entry(link.channel.name().to_owned()).or_default() += 1;
    }
    let own = entries.iter().map(|entry| {
        let files = rule::own_files(Path::new(&entry.root));
        (entry.name.as_str(), files)
    });
    report.rule_faults = rule::with_own(own).1;
    if entries != manifest.repositories {
        let mut next = manifest.clone();
        next.repositories = entries;
        // A failure is that of a whole run, which says it better.
        next.publish(home).ok()?;
        *manifest = next;
        report.unchanged = false;
    }
    report.generation = manifest.generation;
    Some(report)
}

/// Whether every file is what was read or passed over when the facts were stored, and no other.
fn same_files(cache: &FactsCache, work: &Work, candidates: &[Candidate]) -> bool {
    let passed: FxHashMap<&str, _> =
        cache.passed().iter().map(|passed| (passed.path.as_str(), passed)).collect();
    let known = cache.entries().len() + passed.len();
    let mut skipped: Skipped = work.skipped.clone();
    for passed in cache.passed() {
        *skipped.entry(passed.reason.clone()).or_default() += 1;
    }
    known == candidates.len()
        && skipped == *cache.skipped()
        && candidates.par_iter().all(|file| {
            match (run::content(work, file), passed.get(file.path.as_str())) {
                (Ok((_, hash)), None) => cache.unchanged(&file.path, &hash).is_some(),
                (Ok((_, hash)), Some(passed)) => passed.hash == Some(hash),
                (Err(reason), Some(passed)) => passed.hash.is_none() && passed.reason == reason,
                (Err(_), None) => false,
            }
        })
}
