//! `qf plan`: what is going to be done, begun by the graph, written by you, and approved as it is
//! written.
//!
//! This file reads arguments and calls. A new plan is made in [`new`]: what is known of the
//! definitions that change comes from [`affected`], becomes phases in [`parts`] and a text in
//! [`skeleton`]. What is printed is made in [`report`].

mod affected;
mod checked;
mod edit;
mod new;
mod parts;
mod report;
mod skeleton;

use super::audit;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
pub use affected::USES;
use checked::parse;
use clap::{Args, Subcommand};
use qf_agent::ledger::audit::record::Draft;
use qf_agent::plan::Plan;
use qf_agent::plan::store::{PlanError, Plans, diff};
use qf_agent::run::log::{Event, Log};
use qf_agent::run::log_of;
use std::path::Path;

/// Arguments of `qf plan`.
#[derive(Debug, Args)]
pub struct PlanArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Begin a plan from the graph: what changes, what follows, which tests reach it
    New(new::NewArguments),
    /// Open a plan in $VISUAL or $EDITOR, until nothing is wrong with it
    Edit(OneArguments),
    /// What is wrong with a plan, line by line; exit code 2 when there is anything
    Lint(LintArguments),
    /// List the plans
    List(ListArguments),
    /// What a plan is for and what its steps do
    Show(ShowArguments),
    /// What was changed in a plan since it was approved
    Diff(OneArguments),
    /// Allow a plan to be carried out, exactly as it is written now
    Approve(OneArguments),
    /// Remove plans
    Rm(RemoveArguments),
}

/// Which plan.
#[derive(Debug, Args)]
struct OneArguments {
    /// The plan, or the beginning of its name
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Debug, Args)]
struct LintArguments {
    /// The plan, or the beginning of its name, or a file
    #[arg(value_name = "ID|FILE")]
    plan: String,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ListArguments {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ShowArguments {
    #[command(flatten)]
    one: OneArguments,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct RemoveArguments {
    /// The plans
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
}

/// The file of a plan, as problems name it.
const FILE: &str = "plan.md";

/// Runs it.
pub fn run(context: &mut Context, arguments: &PlanArguments) -> Result<Outcome, CommandError> {
    let plans = Plans::new(&context.home);
    match &arguments.action {
        Action::New(arguments) => new::run(context, &plans, arguments),
        Action::Edit(arguments) => edit::run(context, &plans, &plans.find(&arguments.id)?),
        Action::Lint(arguments) => lint(context, &plans, arguments),
        Action::List(arguments) => report::list(context, &plans.list()?, arguments.json),
        Action::Show(arguments) => {
            let id = plans.find(&arguments.one.id)?;
            let plan = read(context, &plans, &id)?;
            let state = plans.approval(&id)?;
            report::show(context, &plans.path(&id), &plan, &state, arguments.json)
        }
        Action::Diff(arguments) => changes(context, &plans, &arguments.id),
        Action::Approve(arguments) => approve(context, &plans, &arguments.id),
        Action::Rm(arguments) => {
            // All of them are known before the first is removed.
            let mut ids: Vec<String> = Vec::new();
            for id in &arguments.ids {
                ids.push(plans.find(id)?);
            }
            ids.sort();
            ids.dedup();
            for id in &ids {
                let entries = Log::read(&log_of(&plans.folder_of(id)))?;
                let last = entries.last().map(|entry| &entry.event);
                if last.is_some_and(|event| !matches!(event, Event::Ended { .. })) {
                    return Err(CommandError::input(format!("a run of {id} has not ended"))
                        .hint(format!("`qf resume {id}` goes on with it"))
                        .hint("`qf checkpoint restore` undoes what its last phase did"));
                }
            }
            for id in &ids {
                plans.remove(id)?;
                context.out.line(format_args!("removed {id}"))?;
            }
            Ok(Outcome::Done)
        }
    }
}

/// A plan without problems; those that it has are printed first.
fn read(context: &mut Context, plans: &Plans, id: &str) -> Result<Plan, CommandError> {
    let text = plans.read(id)?;
    match parse(&text) {
        Ok(plan) => Ok(plan),
        Err(problems) => {
            report::problems(context, FILE, &problems)?;
            Err(report::wrong(id, &problems).hint(format!("`qf plan edit {id}` opens it")))
        }
    }
}

fn lint(
    context: &mut Context,
    plans: &Plans,
    arguments: &LintArguments,
) -> Result<Outcome, CommandError> {
    let given = &arguments.plan;
    let (name, file, text) = if Path::new(given).is_file() {
        let text = std::fs::read_to_string(given)
            .map_err(|error| CommandError::input(format!("{given}: {error}")))?;
        (given.clone(), given.as_str(), text)
    } else {
        let id = plans.find(given)?;
        let text = plans.read(&id)?;
        (id, FILE, text)
    };
    let parsed = parse(&text);
    let problems = parsed.as_ref().err().map_or(&[][..], Vec::as_slice);
    if arguments.json {
        report::problems_json(context, file, problems)?;
    } else {
        report::problems(context, file, problems)?;
    }
    match &parsed {
        Ok(_) if arguments.json => Ok(Outcome::Done),
        Ok(plan) => {
            warn(context, plan);
            report::right(context, &name, plan)
        }
        Err(problems) => Err(report::wrong(&name, problems)),
    }
}

/// What is right as it is written, and cannot be carried out here.
fn warn(context: &Context, plan: &Plan) {
    let header = &plan.header;
    if !header.domains.is_empty() {
        let why = "this version cannot hold steps to `domains`, so `qf run` refuses it";
        context.messages.warning(why);
    }
    if !header.tree.is_dir() {
        let tree = header.tree.display();
        context.messages.warning(format_args!("there is no folder {tree} here, its `tree`"));
    }
}

fn changes(context: &mut Context, plans: &Plans, id: &str) -> Result<Outcome, CommandError> {
    let id = plans.find(id)?;
    let Some(approved) = plans.approved_text(&id)? else {
        context.out.line(format_args!(
            "nothing is kept of an approval of {id}     qf plan approve {id}"
        ))?;
        return Ok(Outcome::NothingFound);
    };
    let text = plans.read(&id)?;
    if text == approved {
        context.out.line("nothing has changed since it was approved")?;
        return Ok(Outcome::NothingFound);
    }
    context.out.bytes(diff(&approved, &text).as_bytes())?;
    Ok(Outcome::Done)
}

fn approve(context: &mut Context, plans: &Plans, id: &str) -> Result<Outcome, CommandError> {
    let id = plans.find(id)?;
    let plan = read(context, plans, &id)?;
    warn(context, &plan);
    let hash = plans.approve(&id, &audit::actor().name)?;
    let draft = Draft {
        plan: Some(id.clone()),
        tree: Some(plan.header.tree.display().to_string()),
        input_sha256: Some(hash.clone()),
        ..Draft::default()
    };
    audit::note(context, "plan.approved", draft);
    report::approved(context, &plan, &hash)
}

impl From<PlanError> for CommandError {
    fn from(error: PlanError) -> Self {
        let message = error.to_string();
        match error {
            PlanError::Unknown { .. } => {
                Self::input(message).hint("`qf plan list` shows what there is")
            }
            PlanError::Ambiguous { .. } => Self::input(message).hint("give more of the name"),
            PlanError::Exists { .. } => Self::input(message).hint("`--id NAME` names the new one"),
            PlanError::Problems { .. } => {
                Self::input(message).hint("`qf plan lint` shows all of them, with their lines")
            }
            // What to do is part of the message.
            _ => Self::input(message),
        }
    }
}
