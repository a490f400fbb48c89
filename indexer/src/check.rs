//! Verifies every byte of what is published and of every view.

use crate::{cache, scip};
use qf_graph::store::links::LinksData;
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use qf_graph::store::nearest;
use qf_graph::store::repository::Repository;
use qf_graph::store::{Home, StoreError};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// What is wrong, as messages for people. A file that several manifests name is read once.
pub fn check(home: &Home) -> Result<Vec<String>, StoreError> {
    let manifest = Manifest::read(home)?;
    let mut wrong = published(home, &manifest);
    let mut seen: BTreeSet<String> = manifest.files().map(str::to_owned).collect();
    for (_, view) in Manifest::views(home) {
        match view {
            Ok(view) => {
                wrong.extend(files(home, &view, &seen));
                seen.extend(view.files().map(str::to_owned));
            }
            Err(error) => wrong.push(format!("a view: {error}")),
        }
    }
    Ok(wrong)
}

/// What is wrong with what is published, views aside.
pub(crate) fn published(home: &Home, manifest: &Manifest) -> Vec<String> {
    let mut wrong: Vec<String> = manifest.recovered.iter().cloned().collect();
    if manifest.recovered.is_none() {
        wrong.extend(manifest.wrong_with_copy(home));
    }
    wrong.extend(files(home, manifest, &BTreeSet::new()));
    wrong
}

/// What is wrong with the files that a manifest names, but for those that were looked at.
fn files(home: &Home, manifest: &Manifest, seen: &BTreeSet<String>) -> Vec<String> {
    let of = manifest.view.as_ref().map_or_else(String::new, |view| {
        let commit = view.revision.get(..10).unwrap_or(&view.revision);
        format!(" in the view `{}@{commit}`", view.repository)
    });
    let check = |entry: &RepositoryEntry| -> Vec<String> {
        let wrong = repository(home, entry, seen).into_iter();
        wrong.map(|(what, error)| format!("{what} `{}`{of}: {error}", entry.name)).collect()
    };
    let found: Vec<Vec<String>> = manifest.repositories.par_iter().map(check).collect();
    let mut wrong: Vec<String> = found.into_iter().flatten().collect();
    if let Some(links) = &manifest.links
        && !seen.contains(links)
        && let Err(error) = LinksData::open(&home.segments().join(links))
    {
        wrong.push(format!("links between repositories{of}: {error}"));
    }
    wrong
}

/// What is wrong with the files of one repository.
pub(crate) fn repository(
    home: &Home,
    entry: &RepositoryEntry,
    seen: &BTreeSet<String>,
) -> Vec<(&'static str, StoreError)> {
    let mut wrong = Vec::new();
    if !seen.contains(&entry.segment) {
        let opened = Repository::open(&home.segments().join(&entry.segment)).and_then(|segment| {
            segment.segment().verify()?;
            segment.verify_ids()
        });
        wrong.extend(opened.err().map(|error| ("repository", error)));
    }
    if let Some(file) = &entry.nearest
        && !seen.contains(file)
        && let Err(error) = nearest::verify(&home.segments().join(file))
    {
        wrong.push(("index of nearest neighbours of", error));
    }
    if !seen.contains(&entry.facts)
        && let Err(error) = cache::verify(&home.facts().join(&entry.facts))
    {
        wrong.push(("stored facts of", error));
    }
    if let Some(file) = &entry.compiler
        && !seen.contains(file)
        && let Err(error) = scip::store::verify(&home.facts().join(file))
    {
        wrong.push(("what compilers said of", error));
    }
    wrong
}
