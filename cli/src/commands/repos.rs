//! `qf repos`: what is indexed.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::{count, rough};
use crate::output::table::Table;
use clap::Args;
use qf_graph::Snapshot;
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
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &ReposArguments) -> Result<Outcome, CommandError> {
    let snapshot = context.snapshot()?;
    let any = snapshot.repositories().next().is_some();
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
                }
            })
            .collect();
        context.out.json(&rows)?;
    } else if any {
        let lines = table(&snapshot).lines(context.out.paint);
        context.out.lines(lines)?;
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
