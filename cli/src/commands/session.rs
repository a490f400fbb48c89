//! `qf session`: what was loaded, and dropping it.

use crate::commands::load::summary;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::loaded;
use crate::output::format::{age, count, duration, plural};
use crate::output::table::Table;
use clap::{Args, Subcommand};
use qf_agent::checkpoint::tree::shown;
use qf_agent::session::load::INPUT;
use qf_agent::session::source::State;
use qf_agent::session::{Loaded, Manifest, Sessions};
use serde_json::json;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Arguments of `qf session`.
#[derive(Debug, Args)]
pub struct SessionArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the sessions
    List {
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what a session holds, and what became of the files
    Show(OneArguments),
    /// Drop a session with everything in it; the files that were loaded are not touched
    Drop(OneArguments),
}

#[derive(Debug, Args)]
struct OneArguments {
    /// The session [default: $QF_SESSION, else `default`]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &SessionArguments) -> Result<Outcome, CommandError> {
    match &arguments.action {
        Action::List { json } => list(context, *json),
        Action::Show(arguments) => show(context, arguments),
        Action::Drop(arguments) => drop_one(context, arguments),
    }
}

fn list(context: &mut Context, json: bool) -> Result<Outcome, CommandError> {
    let sessions = Sessions::of_user();
    let (all, broken) = sessions.list()?;
    let is_whole = broken.is_empty();
    for error in broken {
        let CommandError { message, hints, .. } = CommandError::from(error);
        context.messages.warning(shown(message.as_bytes()));
        for hint in &hints {
            context.messages.hint(hint);
        }
    }
    if json {
        context.out.json(&all)?;
    } else if all.is_empty() && is_whole {
        context.out.line(format_args!("no sessions in {}", sessions.folder().display()))?;
    } else if !all.is_empty() {
        let mut table = Table::new(&["session", "files", "chunks", "<loaded", "<dropped in"]);
        for manifest in &all {
            table.row(vec![
                manifest.name.clone(),
                count(manifest.files.len() as u64),
                count(manifest.files.iter().map(|file| file.chunks).sum()),
                format!("{} ago", age(manifest.loaded)),
                duration(left(manifest)),
            ]);
        }
        let paint = context.out.paint;
        context.out.lines(table.lines(paint))?;
    }
    Ok(if is_whole { Outcome::found(!all.is_empty()) } else { Outcome::Partial })
}

fn show(context: &mut Context, arguments: &OneArguments) -> Result<Outcome, CommandError> {
    let name = loaded::name(arguments.name.as_deref());
    let manifest = Sessions::of_user().open(&name)?.manifest;
    if arguments.json {
        let states: Vec<&str> = manifest.files.iter().map(|it| state(it).name()).collect();
        context.out.json(&json!({
            "session": manifest,
            "expires": manifest.expires(),
            "states": states,
        }))?;
        return Ok(Outcome::Done);
    }
    for file in &manifest.files {
        let became = match state(file) {
            State::Same => String::new(),
            State::Grown => "; it has grown since".to_owned(),
            State::Changed => "; it has changed since".to_owned(),
            State::Gone => "; it is gone".to_owned(),
        };
        context.out.line(format_args!("{}{became}", summary(file)))?;
        if let Some(warning) = &file.warning {
            context.out.line(format_args!("    {}", shown(warning.as_bytes())))?;
        }
    }
    let files = plural(manifest.files.len() as u64, "file");
    let left = duration(left(&manifest));
    context.out.line(format_args!("session {name}: {files}; dropped in {left}"))?;
    Ok(Outcome::Done)
}

fn drop_one(context: &mut Context, arguments: &OneArguments) -> Result<Outcome, CommandError> {
    let name = loaded::name(arguments.name.as_deref());
    let manifest = Sessions::of_user().drop_session(&name)?;
    if arguments.json {
        let files = manifest.map(|manifest| manifest.files.len());
        context.out.json(&json!({ "dropped": name, "files": files }))?;
    } else {
        let with = match manifest {
            Some(manifest) => plural(manifest.files.len() as u64, "file"),
            None => "files that it did not say any more".to_owned(),
        };
        context.out.line(format_args!("Dropped session {name} with what was loaded of {with}."))?;
    }
    Ok(Outcome::Done)
}

/// What became of a file since it was loaded.
fn state(file: &Loaded) -> State {
    if file.path.starts_with(INPUT) {
        return State::Same;
    }
    file.origin.state(Path::new(&file.path))
}

/// Seconds until a session is dropped.
fn left(manifest: &Manifest) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    manifest.expires().saturating_sub(now)
}
