//! `qf status`: what is indexed, how old it is, who is writing.

use crate::commands::repos;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::{age, age_seconds, bytes, count, plural};
use clap::Args;
use qf_graph::Snapshot;
use qf_graph::store::Home;
use qf_graph::store::lock::WriterLock;
use serde::Serialize;

/// Arguments of `qf status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// The state of a workspace.
#[derive(Debug, Serialize)]
pub struct Status {
    version: u32,
    home: String,
    generation: u64,
    published: u64,
    age_seconds: u64,
    bytes: u64,
    writer: Option<String>,
    complete: bool,
    damaged: Vec<String>,
    repositories: usize,
    files: u64,
    lines: u64,
    symbols: u64,
    edges: u64,
    links: u64,
}

/// Gathers the state of a workspace.
pub fn status(snapshot: &Snapshot) -> Status {
    let sum = |part: fn(&qf_graph::store::repository::Counts) -> u64| -> u64 {
        snapshot.repositories().map(|repository| part(snapshot.counts(repository))).sum()
    };
    Status {
        version: 1,
        home: snapshot.home().folder().display().to_string(),
        generation: snapshot.generation(),
        published: snapshot.published(),
        age_seconds: age_seconds(snapshot.published()),
        bytes: size(snapshot.home()),
        writer: WriterLock::holder(snapshot.home()),
        complete: snapshot.damaged().is_empty(),
        damaged: snapshot.damaged().to_vec(),
        repositories: snapshot.repositories().count(),
        files: sum(|counts| counts.files),
        lines: sum(|counts| counts.lines),
        symbols: u64::from(snapshot.symbol_count()),
        edges: snapshot.edge_count(),
        links: snapshot.links().count() as u64,
    }
}

/// Bytes on disk.
fn size(home: &Home) -> u64 {
    [home.segments(), home.facts()]
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(Iterator::flatten)
        .filter_map(|entry| entry.metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &StatusArguments) -> Result<Outcome, CommandError> {
    // A first run may be under way before anything is published.
    let holder = WriterLock::holder(&context.home);
    let snapshot = match context.snapshot() {
        Ok(snapshot) => snapshot,
        Err(error) => {
            return Err(match holder {
                Some(owner) => error.hint(format!("the first index is being written ({owner})")),
                None => error,
            });
        }
    };
    let status = status(&snapshot);
    if arguments.json {
        context.out.json(&status)?;
        return Ok(Outcome::Done);
    }
    context.out.line(format_args!(
        "generation {} · {} old · {} in {}",
        status.generation,
        age(status.published),
        bytes(status.bytes),
        status.home
    ))?;
    context.out.line(format_args!(
        "{} · {} · {} lines · {} symbols · {} edges · {} links through shared keys",
        plural(status.repositories as u64, "repository"),
        plural(status.files, "file"),
        count(status.lines),
        count(status.symbols),
        count(status.edges),
        count(status.links)
    ))?;
    match &status.writer {
        Some(owner) => context.out.line(format_args!("being written by another qf ({owner})"))?,
        None => context.out.line("nobody is writing")?,
    }
    if status.repositories > 0 {
        context.out.line("")?;
        let lines = repos::table(&snapshot).lines(context.out.paint);
        context.out.lines(lines)?;
    }
    Ok(Outcome::Done)
}
