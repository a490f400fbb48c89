//! `qf run` and `qf resume`: an approved plan carried out, and gone on with.
//!
//! What is done and how it is undone is the agent crate's; here it is told on standard error as it
//! happens, one line for each step, and the graph is asked what the changes mean ([`memory`]).

mod memory;
mod witness;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::Messages;
use crate::output::format::plural;
use crate::signals;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use memory::Memory;
use qf_agent::checkpoint::Checkpoints;
use qf_agent::checkpoint::capture::Policy;
use qf_agent::checkpoint::git::Choice;
use qf_agent::checkpoint::record::Change;
use qf_agent::plan::store::Plans;
use qf_agent::plan::{Action, Step};
use qf_agent::run::log::{Event, Log};
use qf_agent::run::{self, Checked, Run, RunError, Surroundings, Told, log_of};
use serde_json::json;
use std::io::{BufRead, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use witness::Witness;

/// Arguments of `qf run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// The plan, or the beginning of its name
    #[arg(value_name = "PLAN")]
    plan: String,
    /// Carry it out from its beginning though it was carried out before
    #[arg(long)]
    again: bool,
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
}

/// `qf run`.
pub fn run(context: &mut Context, arguments: &RunArguments) -> Result<Outcome, CommandError> {
    let plans = Plans::new(&context.home);
    let id = plans.find(&arguments.plan)?;
    let log = log_of(&plans.folder_of(&id));
    let entries = Log::read(&log)?;
    if let Some(last) = entries.last().filter(|_| !arguments.again) {
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
    let said = Said { again: arguments.again && !entries.is_empty(), ..Said::default() };
    carry_out(context, &plans, &id, said, arguments.json)
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
    };
    carry_out(context, &plans, &id, said, arguments.json)
}

fn carry_out(
    context: &mut Context,
    plans: &Plans,
    id: &str,
    said: Said,
    json: bool,
) -> Result<Outcome, CommandError> {
    let (plan, hash) = plans.approved(id)?;
    let tree = &plan.header.tree;
    let checkpoints = Checkpoints::open(&context.home, tree, Choice::Either, Policy::default())?;
    if tree.canonicalize().ok().as_deref() != Some(checkpoints.tree()) {
        let root = checkpoints.tree().display();
        return Err(CommandError::input(format!(
            "{} is not the root of its work tree",
            tree.display()
        ))
        .hint(format!("write `tree = \"{root}\"` in the plan, and approve it again")));
    }
    if !plan.header.domains.is_empty() {
        return Err(CommandError::input("this version cannot hold steps to `domains`")
            .hint("remove the line from the plan, and approve it again"));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    signals::on_end(move || told.store(true, Ordering::Relaxed));
    let mut teller = Teller {
        messages: context.messages,
        memory: Memory::new(&context.home, checkpoints.tree(), &plans.folder_of(id)),
        witness: Witness::new(&context.home, context.messages, &plan, &hash),
        phases: plan.phases.len(),
        phase: 0,
        spinner: None,
    };
    teller.witness.begun();
    let came_to = run::run(
        Run {
            plan: &plan,
            hash: &hash,
            folder: &plans.folder_of(id),
            checkpoints: &checkpoints,
            again: said.again,
            stop,
            answer: said.answer,
            settled: said.settled,
            hook: &mut |_| {},
        },
        &mut teller,
    );
    teller.quiet();
    teller.witness.ended(came_to.as_ref().ok());
    teller.memory.leave(matches!(came_to, Ok(run::Outcome::Waiting { .. })));
    let came_to = came_to?;
    if json {
        context.out.json(&as_json(id, &came_to))?;
    }
    tell_end(context, id, &came_to, json)
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
            messages
                .error(format_args!("phase \"{phase}\" failed at plan.md:{line}; it was undone"));
            for path in kept {
                messages.warning(format_args!("left as it is: {path}"));
            }
            messages.hint(format!("`qf resume {id}` tries it again"));
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
            messages.hint(format!(
                "`qf resume {id}` undoes what the phase did and goes on; \
                 `qf checkpoint restore` undoes it"
            ));
        }
    }
    Ok(Outcome::Partial)
}

/// Tells what happens, and asks.
struct Teller<'a> {
    messages: Messages,
    memory: Memory<'a>,
    witness: Witness<'a>,
    phases: usize,
    phase: usize,
    spinner: Option<ProgressBar>,
}

impl Teller<'_> {
    /// Takes the spinner off the terminal.
    fn quiet(&mut self) {
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
    }

    fn spin(&mut self, text: String) {
        if self.messages.terminal {
            let style = ProgressStyle::with_template("  {spinner} {msg} {elapsed}");
            let spinner = ProgressBar::new_spinner();
            if let Ok(style) = style {
                spinner.set_style(style);
            }
            spinner.set_message(text);
            spinner.enable_steady_tick(Duration::from_millis(120));
            self.spinner = Some(spinner);
        }
    }
}

/// A step in a few words.
fn short(step: &Step) -> String {
    let first = |text: &str| {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        crate::output::format::shorten(line, 60)
    };
    let what = match &step.action {
        Action::Run(script) | Action::Verify(Some(script)) => first(&script.text),
        Action::Verify(None) => "the tests that the changes may break".to_owned(),
        Action::Edit { path, .. } => path.clone(),
        Action::Patch { text } => {
            let files = text.lines().filter(|line| line.starts_with("+++ ")).count();
            plural(files as u64, "file")
        }
        Action::Ask { question } => first(question),
        Action::Notify { text } => first(text),
    };
    format!("{:<7}{what}", step.action.name())
}

impl Surroundings for Teller<'_> {
    fn tell(&mut self, told: Told<'_>) {
        let messages = self.messages;
        self.quiet();
        match told {
            Told::Phase(phase, again) => {
                self.phase += 1;
                let word = if again { ", again" } else { "" };
                let (number, of) = (self.phase, self.phases);
                messages.say(format_args!("phase {number}/{of}  {}{word}", phase.name));
                self.witness.phase(&phase.name);
                self.memory.begin(again);
            }
            Told::DoneBefore(phase) => {
                self.phase += 1;
                let (number, of) = (self.phase, self.phases);
                messages.say(format_args!("phase {number}/{of}  {}, done before", phase.name));
            }
            Told::Undone(phase, kept) => {
                messages.say(format_args!("undone what an interrupted run did of {}", phase.name));
                self.witness.undone(&phase.name, kept);
                for path in kept {
                    messages.warning(format_args!("left as it is: {path}"));
                }
            }
            Told::Checkpoint(id) => {
                messages.say(format_args!("  checkpoint {id}"));
                self.witness.checkpoint(id);
            }
            Told::Step(step) => self.spin(short(step)),
            Told::StepDone(step, seconds, found) => {
                let again = if found { "  (done before)" } else { "" };
                messages.say(format_args!("  {:<68} {seconds:>6.1} s{again}", short(step)));
                self.witness.done(step, found);
            }
            Told::StepFailed(step, reason) => {
                messages.say(format_args!("  {:<68} failed", short(step)));
                self.witness.failed(step, reason);
                for line in reason.lines() {
                    messages.say(format_args!("    {line}"));
                }
            }
            Told::RolledBack(phase, kept) => {
                self.witness.undone(&phase.name, kept);
                messages.say(format_args!("undone what the phase \"{}\" did", phase.name));
            }
            Told::Line(line) => messages.say(format_args!("  {line}")),
            Told::PhaseDone(_, files) => {
                self.witness.phase_done(files);
                let number = plural(files.len() as u64, "file");
                messages.say(format_args!("  done, {number} changed"));
            }
        }
    }

    fn ask(&mut self, question: &str) -> Option<bool> {
        self.quiet();
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return None;
        }
        loop {
            let _ = write!(std::io::stderr(), "  {question} [y/n] ");
            let mut line = String::new();
            if std::io::stdin().lock().read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" => return Some(true),
                "n" | "no" => return Some(false),
                _ => {}
            }
        }
    }

    fn check(&mut self, changes: &[Change]) -> Checked {
        self.memory.check(changes)
    }
}

impl From<RunError> for CommandError {
    fn from(error: RunError) -> Self {
        let message = error.to_string();
        match error {
            RunError::Checkpoint(error) => error.into(),
            RunError::Io { .. } => Self::input(message),
            RunError::Damaged { .. } => Self::conflict(message)
                .hint("`qf run PLAN --again` keeps it aside and begins anew")
                .hint("`qf checkpoint list` has the checkpoints of what was done"),
            RunError::Busy { .. } => Self::input(message).hint("wait until it has ended"),
            RunError::Changed => Self::input(message)
                .hint("`qf run PLAN --again` carries out what it says now, from its beginning"),
        }
    }
}
