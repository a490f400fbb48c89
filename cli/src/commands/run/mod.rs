//! `qf run` and `qf resume`: approved plans carried out, and gone on with.
//!
//! What is done and how it is undone is the agent crate's; here it is told on standard error as it
//! happens ([`teller`]), and the graph is asked what the changes mean ([`memory`]), and which plans may
//! run at the same time ([`together`]).

pub mod inside;
mod memory;
mod reach;
mod spending;
mod teller;
mod together;
mod witness;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::Messages;
use crate::signals;
use clap::{Args, ValueEnum};
use memory::Memory;
use qf_agent::checkpoint::Checkpoints;
use qf_agent::checkpoint::capture::Policy;
use qf_agent::checkpoint::git::Choice;
use qf_agent::orchestrate::Beside;
use qf_agent::plan::store::Plans;
use qf_agent::plan::{Isolation, Plan};
use qf_agent::run::log::{Event, Log};
use qf_agent::run::{self, Run, RunError, log_of};
use qf_graph::store::Home;
use serde_json::json;
use spending::Spending;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use teller::Teller;
use witness::Witness;

/// The variable that says how an agent is given a task: a shell line that reads it from its input.
const AGENT: &str = "QF_AGENT";

/// Arguments of `qf run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// The plans, or the beginnings of their names; several run at the same time where they have
    /// nothing to do with each other
    #[arg(value_name = "PLAN", required = true)]
    plans: Vec<String>,
    /// Carry it out from its beginning though it was carried out before
    #[arg(long)]
    again: bool,
    /// Most plans at the same time [default: as many as there are processors]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Print what it came to as JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `qf resume`.
#[derive(Debug, Args)]
pub struct ResumeArguments {
    /// The plan, or the beginning of its name
    #[arg(value_name = "PLAN")]
    plan: String,
    /// The answer to the question that it waits with
    #[arg(long, value_name = "ANSWER")]
    answer: Option<Answer>,
    /// What became of the step that must not be done twice and in which the last run ended
    #[arg(long, value_name = "WHAT")]
    settled: Option<Settled>,
    /// Print what it came to as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Answer {
    Yes,
    No,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Settled {
    /// It was done: it is not done again
    Done,
    /// It was not done: it is done now
    NotDone,
}

/// What a person said on the command line.
#[derive(Default, Clone, Copy)]
struct Said {
    answer: Option<bool>,
    settled: Option<bool>,
    again: bool,
    resumed: bool,
}

/// `qf run`.
pub fn run(context: &mut Context, arguments: &RunArguments) -> Result<Outcome, CommandError> {
    let plans = Plans::new(&context.home);
    let mut begun = Vec::new();
    for plan in &arguments.plans {
        let id = plans.find(plan)?;
        let said = Said { again: arguments.again, ..Said::default() };
        begun.push(Begun::new(&plans, id, said)?);
    }
    let stop = stop_on_signal();
    if let [one] = begun.as_slice() {
        let came_to = one.carry_out(&context.home, context.messages, &stop.0, None)?;
        return told(context, &one.id, &came_to, arguments.json);
    }
    together::run(context, &begun, arguments.jobs, arguments.json, &stop.0)
}

/// `qf resume`.
pub fn resume(context: &mut Context, arguments: &ResumeArguments) -> Result<Outcome, CommandError> {
    let plans = Plans::new(&context.home);
    let id = plans.find(&arguments.plan)?;
    if Log::read(&log_of(&plans.folder_of(&id)))?.is_empty() {
        return Err(CommandError::input(format!("no run of {id} was begun"))
            .hint(format!("`qf run {id}` begins one")));
    }
    let said = Said {
        answer: arguments.answer.map(|answer| answer == Answer::Yes),
        settled: arguments.settled.map(|settled| settled == Settled::Done),
        again: false,
        resumed: true,
    };
    let begun = Begun::new(&plans, id, said)?;
    let stop = stop_on_signal();
    let came_to = begun.carry_out(&context.home, context.messages, &stop.0, None)?;
    told(context, &begun.id, &came_to, arguments.json)
}

/// Set by the first signal that asks to end, for as long as the second is held.
fn stop_on_signal() -> (Arc<AtomicBool>, signals::Listening) {
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    (stop, signals::on_end(move || told.store(true, Ordering::Relaxed)))
}

/// A plan that is about to be carried out.
struct Begun {
    id: String,
    plan: Plan,
    hash: String,
    folder: PathBuf,
    said: Said,
}

impl Begun {
    fn new(plans: &Plans, id: String, said: Said) -> Result<Self, CommandError> {
        let folder = plans.folder_of(&id);
        let entries = Log::read(&log_of(&folder))?;
        if let Some(last) = entries.last().filter(|_| !said.again && !said.resumed) {
            let hint = format!("`qf run {id} --again` carries it out from its beginning");
            return Err(match last.event {
                Event::Ended { done: true } => {
                    CommandError::input(format!("{id} was carried out already")).hint(hint)
                }
                _ => CommandError::input(format!("a run of {id} was begun and has not ended"))
                    .hint(format!("`qf resume {id}` goes on with it"))
                    .hint(hint),
            });
        }
        let (plan, hash) = plans.approved(&id)?;
        if !plan.header.domains.is_empty() {
            return Err(CommandError::input("this version cannot hold steps to `domains`")
                .hint("remove the line from the plan, and approve it again"));
        }
        let said = Said { again: said.again && !entries.is_empty(), ..said };
        Ok(Self { id, plan, hash, folder, said })
    }

    /// The checkpoints of its tree.
    fn checkpoints(&self, home: &Home) -> Result<Checkpoints, CommandError> {
        let tree = &self.plan.header.tree;
        let checkpoints = Checkpoints::open(home, tree, Choice::Either, Policy::default())?;
        if tree.canonicalize().ok().as_deref() != Some(checkpoints.tree()) {
            let root = checkpoints.tree().display();
            return Err(CommandError::input(format!(
                "{} is not the root of its work tree",
                tree.display()
            ))
            .hint(format!("write `tree = \"{root}\"` in the plan, and approve it again")));
        }
        Ok(checkpoints)
    }

    fn carry_out(
        &self,
        home: &Home,
        messages: Messages,
        stop: &Arc<AtomicBool>,
        beside: Option<&Beside>,
    ) -> Result<run::Outcome, CommandError> {
        let checkpoints = self.checkpoints(home)?;
        let program = std::env::current_exe()
            .map_err(|error| CommandError::input(format!("qf cannot find itself: {error}")))?;
        let agent = std::env::var(AGENT).ok().filter(|line| !line.trim().is_empty());
        let mut teller = Teller {
            messages,
            memory: Memory::new(
                home,
                checkpoints.tree(),
                &self.folder,
                self.plan.header.isolation != Isolation::Checkpoint,
            ),
            witness: Witness::new(home, messages, &self.plan, &self.hash, self.folder.clone()),
            spending: Spending::new(home, messages, &self.plan),
            phases: self.plan.phases.len(),
            phase: 0,
            spinner: None,
            before: beside.map_or_else(String::new, |_| format!("{}  ", self.id)),
            alone: beside.is_none(),
        };
        teller.witness.begun();
        let came_to = run::run(
            Run {
                plan: &self.plan,
                hash: &self.hash,
                home,
                folder: &self.folder,
                checkpoints: &checkpoints,
                again: self.said.again,
                stop: Arc::clone(stop),
                answer: self.said.answer,
                settled: self.said.settled,
                inside: Some(vec![program.clone().into(), "inside".into()]),
                program,
                codemod: &inside::codemod,
                agent,
                beside,
                hook: &mut |_| {},
            },
            &mut teller,
        );
        teller.quiet();
        teller.witness.ended(came_to.as_ref().ok());
        teller.memory.leave(matches!(came_to, Ok(run::Outcome::Waiting { .. })));
        Ok(came_to?)
    }
}

/// Says what a plan came to.
fn told(
    context: &mut Context,
    id: &str,
    came_to: &run::Outcome,
    json: bool,
) -> Result<Outcome, CommandError> {
    if json {
        context.out.json(&as_json(id, came_to))?;
    }
    tell_end(context, id, came_to, json)
}

fn as_json(id: &str, came_to: &run::Outcome) -> serde_json::Value {
    match came_to {
        run::Outcome::Done => json!({ "plan": id, "outcome": "done" }),
        run::Outcome::Failed { phase, line, reason, kept } => json!({
            "plan": id, "outcome": "failed", "phase": phase, "line": line, "reason": reason,
            "kept": kept,
        }),
        run::Outcome::Waiting { question } => {
            json!({ "plan": id, "outcome": "waiting", "question": question })
        }
        run::Outcome::Unknown { line, key } => {
            json!({ "plan": id, "outcome": "unknown", "line": line, "key": key })
        }
        run::Outcome::Stopped => json!({ "plan": id, "outcome": "stopped" }),
    }
}

/// Says how it ended and what to do next.
fn tell_end(
    context: &mut Context,
    id: &str,
    came_to: &run::Outcome,
    json: bool,
) -> Result<Outcome, CommandError> {
    let messages = context.messages;
    match came_to {
        run::Outcome::Done => {
            if !json {
                context.out.line(format_args!("{id} is carried out"))?;
            }
            return Ok(Outcome::Done);
        }
        run::Outcome::Failed { phase, line, kept, .. } => {
            messages.error(format_args!(
                "{id}: phase \"{phase}\" failed at plan.md:{line}; it was undone"
            ));
            for path in kept {
                messages.warning(format_args!("left as it is: {path}"));
            }
            messages.hint(format!(
                "`qf resume {id}` tries it again, when the cause is outside of the plan"
            ));
        }
        run::Outcome::Waiting { question } => {
            messages.say(format_args!("{id} waits: {question}"));
            messages.hint(format!("`qf resume {id} --answer yes` (or no) goes on"));
        }
        run::Outcome::Unknown { line, .. } => {
            messages.error(format_args!(
                "the last run ended in the step at plan.md:{line}, which must not be done twice, \
                 and nobody knows whether it was done"
            ));
            messages.hint(format!(
                "look, and say: `qf resume {id} --settled done` or `--settled not-done`"
            ));
        }
        run::Outcome::Stopped => {
            messages.error(format_args!("{id} was stopped in the middle of a phase"));
            messages.hint(format!("`qf resume {id}` undoes what the phase did and begins it anew"));
        }
    }
    Ok(Outcome::Partial)
}

impl From<RunError> for CommandError {
    fn from(error: RunError) -> Self {
        let message = error.to_string();
        match error {
            RunError::Checkpoint(error) => error.into(),
            RunError::Io { .. } => Self::input(message),
            RunError::Damaged { .. } => Self::conflict(message)
                .hint("`qf run` with `--again` keeps it aside and begins anew")
                .hint("`qf checkpoint list` has the checkpoints of what was done"),
            RunError::NoOverlay { .. } => Self::input(message).hint(
                "`isolation = \"checkpoint\"` in the plan lets its phases work in the tree itself",
            ),
            RunError::Busy { .. } => Self::input(message).hint("wait until it has ended"),
            RunError::Changed => Self::input(message)
                .hint("`qf run` with `--again` carries out what it says now, from its beginning")
                .hint(
                    "phases that are in the tree stay there: `qf checkpoint list` has where to go \
                     back to first (`qf checkpoint restore ID`)",
                ),
        }
    }
}
