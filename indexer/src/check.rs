//! Verifies every byte of what is published and of every view.

use crate::{cache, scip};
use qf_graph::store::links::LinksData;
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use qf_graph::store::nearest;
use qf_graph::store::repository::Repository;
use qf_graph::store::{Home, StoreError};
use std::collections::BTreeSet;

/// What is wrong, as messages for people. A file that several manifests name is read once.
pub fn check(home: &Home) -> Result<Vec<String>, StoreError> {
    let manifest = Manifest::read(home)?;
    let mut wrong: Vec<String> = manifest.recovered.iter().cloned().collect();
    let mut seen = BTreeSet::new();
    check_files(home, &manifest, &mut seen, &mut wrong);
    for (_, view) in Manifest::views(home) {
        match view {
            Ok(view) => check_files(home, &view, &mut seen, &mut wrong),
            Err(error) => wrong.push(format!("a view: {error}")),
        }
    }
    Ok(wrong)
}

fn check_files(
    home: &Home,
    manifest: &Manifest,
    seen: &mut BTreeSet<String>,
    wrong: &mut Vec<String>,
) {
    let of = manifest.view.as_ref().map_or_else(String::new, |view| {
        let commit = view.revision.get(..10).unwrap_or(&view.revision);
        format!(" in the view `{}@{commit}`", view.repository)
    });
    for entry in &manifest.repositories {
        for (what, error) in check_entry(home, entry, seen) {
            wrong.push(format!("{what} `{}`{of}: {error}", entry.name));
        }
    }
    if let Some(links) = &manifest.links
        && seen.insert(links.clone())
        && let Err(error) = LinksData::open(&home.segments().join(links))
    {
        wrong.push(format!("links between repositories{of}: {error}"));
    }
}

fn check_entry(
    home: &Home,
    entry: &RepositoryEntry,
    seen: &mut BTreeSet<String>,
) -> Vec<(&'static str, StoreError)> {
    let mut wrong = Vec::new();
    if seen.insert(entry.segment.clone()) {
        let opened = Repository::open(&home.segments().join(&entry.segment)).and_then(|segment| {
            segment.segment().verify()?;
            segment.verify_ids()
        });
        wrong.extend(opened.err().map(|error| ("repository", error)));
    }
    if let Some(file) = &entry.nearest
        && seen.insert(file.clone())
        && let Err(error) = nearest::verify(&home.segments().join(file))
    {
        wrong.push(("index of nearest neighbours of", error));
    }
    if seen.insert(entry.facts.clone())
        && let Err(error) = cache::verify(&home.facts().join(&entry.facts))
    {
        wrong.push(("stored facts of", error));
    }
    if let Some(file) = &entry.compiler
        && seen.insert(file.clone())
        && let Err(error) = scip::store::verify(&home.facts().join(file))
    {
        wrong.push(("what compilers said of", error));
    }
    wrong
}
