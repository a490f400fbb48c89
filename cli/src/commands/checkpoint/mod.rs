//! `qf checkpoint`: everything in a work tree kept before somebody else works in it, and the way
//! back.
//!
//! This file reads arguments and calls; what is printed is made in [`report`].

mod report;

use super::audit;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::{bytes, plural};
use clap::{Args, Subcommand};
use qf_agent::checkpoint::Checkpoints;
use qf_agent::checkpoint::capture::Policy;
use qf_agent::checkpoint::error::CheckpointError;
use qf_agent::checkpoint::git::Choice;
use qf_agent::checkpoint::restore::Options;
use qf_agent::ledger::audit::record::Draft;
use std::path::PathBuf;
use std::time::Instant;

/// Arguments of `qf checkpoint`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct CheckpointArguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    create: CreateArguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Take a checkpoint (this is the default)
    Create(CreateArguments),
    /// Say that the work after a checkpoint is over: what changes from now on is yours
    End(OneArguments),
    /// List the checkpoints of this work tree
    List(PlaceArguments),
    /// What a checkpoint has, and what was done after it
    Show(OneArguments),
    /// What became of the files since a checkpoint
    Diff(DiffArguments),
    /// Undo what was done after a checkpoint; what you changed since stays
    Restore(RestoreArguments),
    /// Forget checkpoints
    Drop(DropArguments),
    /// Forget the oldest checkpoints, and free what nothing needs
    Gc(GcArguments),
}

/// Where, and how to print.
#[derive(Debug, Args)]
struct PlaceArguments {
    /// A folder of the work tree
    #[arg(long = "in", value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct CreateArguments {
    /// What it is for, in your words
    #[arg(long, short = 'm', value_name = "TEXT")]
    label: Option<String>,
    /// Megabytes that the store of this work tree may have; the oldest checkpoints go first
    #[arg(long, value_name = "MB", default_value_t = 2048)]
    cap: u64,
    #[command(flatten)]
    place: PlaceArguments,
}

#[derive(Debug, Args)]
struct OneArguments {
    /// The checkpoint, or the beginning of its name
    #[arg(value_name = "ID", default_value = "latest")]
    id: String,
    #[command(flatten)]
    place: PlaceArguments,
}

#[derive(Debug, Args)]
struct DiffArguments {
    #[command(flatten)]
    one: OneArguments,
    /// Only until the work after it was over
    #[arg(long)]
    phase: bool,
    /// Show the changed lines
    #[arg(long, short = 'p', conflicts_with = "json")]
    patch: bool,
}

#[derive(Debug, Args)]
struct RestoreArguments {
    #[command(flatten)]
    one: OneArguments,
    /// Undo only what was done after this checkpoint, not after later ones
    #[arg(long)]
    only: bool,
    /// Undo it also where you changed the same things since
    #[arg(long)]
    force: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Go on with a restore that was interrupted
    #[arg(long = "continue", conflicts_with_all = ["only", "force", "dry_run"])]
    resume: bool,
}

#[derive(Debug, Args)]
struct DropArguments {
    /// The checkpoints
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    #[command(flatten)]
    place: PlaceArguments,
}

#[derive(Debug, Args)]
struct GcArguments {
    /// How many of the newest to keep
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    #[command(flatten)]
    place: PlaceArguments,
}

fn open(
    context: &Context,
    place: &PlaceArguments,
    policy: Policy,
) -> Result<Checkpoints, CommandError> {
    Ok(Checkpoints::open(&context.home, &place.folder, Choice::Either, policy)?)
}

/// Runs it.
pub fn run(
    context: &mut Context,
    arguments: &CheckpointArguments,
) -> Result<Outcome, CommandError> {
    match &arguments.action {
        None => create(context, &arguments.create),
        Some(Action::Create(arguments)) => create(context, arguments),
        Some(Action::End(arguments)) => {
            let checkpoints = open(context, &arguments.place, Policy::default())?;
            let record = checkpoints.end(&arguments.id)?;
            noted(context, "checkpoint.ended", &checkpoints, &record.id);
            report::ended(context, &record, arguments.place.json)
        }
        Some(Action::List(place)) => {
            let checkpoints = open(context, place, Policy::default())?;
            report::list(context, &checkpoints, place.json)
        }
        Some(Action::Show(arguments)) => {
            let checkpoints = open(context, &arguments.place, Policy::default())?;
            let record = checkpoints.find(&arguments.id)?;
            report::show(context, &record, arguments.place.json)
        }
        Some(Action::Diff(arguments)) => {
            let checkpoints = open(context, &arguments.one.place, Policy::default())?;
            let changes = checkpoints.compare(&arguments.one.id, arguments.phase)?;
            if arguments.patch {
                report::patch(context, &checkpoints, &changes)
            } else {
                report::changes(context, &changes, arguments.one.place.json)
            }
        }
        Some(Action::Restore(arguments)) => restore(context, arguments),
        Some(Action::Drop(arguments)) => {
            let checkpoints = open(context, &arguments.place, Policy::default())?;
            let freed = checkpoints.drop(&arguments.ids)?;
            for id in &arguments.ids {
                noted(context, "checkpoint.dropped", &checkpoints, id);
            }
            report::freed(context, freed, checkpoints.bytes(), arguments.place.json)
        }
        Some(Action::Gc(arguments)) => {
            let checkpoints = open(context, &arguments.place, Policy::default())?;
            let freed = checkpoints.gc(arguments.keep)?;
            report::freed(context, freed, checkpoints.bytes(), arguments.place.json)
        }
    }
}

fn create(context: &mut Context, arguments: &CreateArguments) -> Result<Outcome, CommandError> {
    let begun = Instant::now();
    let policy = Policy { cap: arguments.cap.saturating_mul(1_000_000), ..Policy::default() };
    let checkpoints = open(context, &arguments.place, policy)?;
    let record = checkpoints.create(arguments.label.as_deref())?;
    noted(context, "checkpoint.created", &checkpoints, &record.id);
    report::created(context, &record, begun.elapsed(), arguments.place.json)
}

/// What was done to a checkpoint, for the audit log.
fn noted(context: &Context, action: &str, checkpoints: &Checkpoints, id: &str) {
    let draft = Draft {
        tree: Some(checkpoints.tree().display().to_string()),
        checkpoint: Some(id.to_owned()),
        ..Draft::default()
    };
    audit::note(context, action, draft);
}

fn restore(context: &mut Context, arguments: &RestoreArguments) -> Result<Outcome, CommandError> {
    let place = &arguments.one.place;
    let checkpoints = open(context, place, Policy::default())?;
    let restored = if arguments.resume {
        checkpoints.resume(&mut |_| {})?
    } else {
        let options =
            Options { only: arguments.only, force: arguments.force, dry_run: arguments.dry_run };
        checkpoints.restore(&arguments.one.id, options, &mut |_| {})?
    };
    if !arguments.dry_run {
        noted(context, "checkpoint.restored", &checkpoints, &restored.id);
    }
    report::restored(context, &restored, arguments.dry_run, place.json)
}

impl From<CheckpointError> for CommandError {
    fn from(error: CheckpointError) -> Self {
        let message = error.to_string();
        match error {
            CheckpointError::NotARepository { .. } => {
                Self::input(message).hint("give a folder of a git repository with `--in DIR`")
            }
            CheckpointError::Refused { .. } => Self::input(message)
                .hint("a checkpoint is of one project: give its folder with `--in DIR`"),
            CheckpointError::NoProgram { .. } => {
                Self::input(message).hint("install git and try again")
            }
            CheckpointError::Unknown { .. } => {
                Self::input(message).hint("`qf checkpoint list` shows what there is")
            }
            CheckpointError::Ambiguous { .. } => Self::input(message).hint("give more of the name"),
            CheckpointError::Busy { .. } => Self::input(message).hint("try again when it is done"),
            CheckpointError::IndexLocked { path } => {
                Self::input(message).hint("try again when it is done; nothing was changed").hint(
                    format!("when no git runs, it was left by a crash: remove {}", path.display()),
                )
            }
            CheckpointError::Interrupted { .. } => {
                Self::conflict(message).hint("`qf checkpoint restore --continue` finishes it")
            }
            CheckpointError::NotInterrupted => {
                Self::input(message).hint("`qf checkpoint restore ID` begins one")
            }
            CheckpointError::TooLarge { needed, cap } => Self::input(format!(
                "the checkpoint needs at least {}, the store may have {}",
                bytes(needed),
                bytes(cap)
            ))
            .hint("ignore what programs make again, or give more with `--cap MB`"),
            CheckpointError::Damaged { .. } | CheckpointError::Gone { .. } => {
                Self::conflict(message).hint("what git has of it is in `git stash list`")
            }
            CheckpointError::Io { .. } | CheckpointError::Git { .. } => Self::input(message),
        }
    }
}

/// `1 file`, and what is said about it.
fn count(number: usize, noun: &str) -> String {
    plural(number as u64, noun)
}
