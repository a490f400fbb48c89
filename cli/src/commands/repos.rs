//! `qf repos`: what is indexed.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::{age, count, rough};
use crate::output::table::Table;
use clap::Args;
use qf_graph::Snapshot;
use qf_graph::store::Home;
use qf_graph::store::manifest::Manifest;
use qf_graph::store::repository::Counts;
use serde::Serialize;

/// Arguments of `qf repos`.
#[derive(Debug, Args)]
pub struct ReposArguments {
    /// Print them as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Row<'s> {
    name: &'s str,
    root: &'s str,
    revision: Option<&'s str>,
    branch: Option<&'s str>,
    counts: &'s Counts,
    /// Its revisions that are indexed beside it.
    views: Vec<ViewRow>,
}

/// A repository as of a commit.
#[derive(Serialize)]
struct ViewRow {
    revision: String,
    /// What it was asked for as.
    names: Vec<String>,
    published: u64,
    #[serde(skip)]
    repository: String,
    #[serde(skip)]
    root: String,
}

/// Every view, by repository; of each the newest first.
fn views(home: &Home) -> Vec<ViewRow> {
    let row = |manifest: Manifest| {
        let view = manifest.view?;
        let own = manifest.repositories.iter().find(|entry| entry.name == view.repository)?;
        Some(ViewRow {
            root: own.root.clone(),
            revision: view.revision,
            names: view.names,
            published: manifest.published,
            repository: view.repository,
        })
    };
    let mut views: Vec<ViewRow> =
        Manifest::readable_views(home).into_iter().filter_map(row).collect();
    views.sort_by_key(|view| (view.repository.clone(), std::cmp::Reverse(view.published)));
    views
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &ReposArguments) -> Result<Outcome, CommandError> {
    let snapshot = context.snapshot()?;
    let mut views = views(&context.home);
    let any = snapshot.repositories().next().is_some() || !views.is_empty();
    if arguments.json {
        let rows: Vec<Row<'_>> = snapshot
            .repositories()
            .map(|repository| {
                let entry = snapshot.entry(repository);
                Row {
                    name: &entry.name,
                    root: &entry.root,
                    revision: entry.revision.as_deref(),
                    branch: entry.branch.as_deref(),
                    counts: snapshot.counts(repository),
                    views: views.extract_if(.., |view| view.repository == entry.name).collect(),
                }
            })
            .collect();
        context.out.json(&rows)?;
    } else if any {
        let paint = context.out.paint;
        if snapshot.repositories().next().is_some() {
            context.out.lines(table(&snapshot).lines(paint))?;
        }
        if !views.is_empty() {
            let mut table = Table::new(&["view", "<asked for as", "age", "<root"]);
            for view in &views {
                let commit = view.revision.get(..10).unwrap_or(&view.revision);
                table.row(vec![
                    format!("{}@{commit}", view.repository),
                    view.names.join(", "),
                    age(view.published),
                    view.root.clone(),
                ]);
            }
            context.out.line("")?;
            context.out.lines(table.lines(paint))?;
        }
    } else {
        context.out.line("No repository is indexed.     qf index PATH")?;
    }
    Ok(Outcome::found(any))
}

/// One row a repository.
pub fn table(snapshot: &Snapshot) -> Table {
    let mut table = Table::new(&[
        "repository",
        "files",
        "lines",
        "definitions",
        "references",
        "<revision",
        "<root",
    ]);
    for repository in snapshot.repositories() {
        let entry = snapshot.entry(repository);
        let counts = snapshot.counts(repository);
        let commit = entry.revision.as_deref().map_or("-", |id| id.get(..10).unwrap_or(id));
        let branch = entry.branch.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
        table.row(vec![
            entry.name.clone(),
            count(counts.files),
            rough(counts.lines),
            count(counts.definitions),
            count(counts.references),
            format!("{commit}{branch}"),
            entry.root.clone(),
        ]);
    }
    table
}
