//! Questions to plans to answers.
//!
//! A person asks in words, a program by verb and name; both want to know what the index knows,
//! with the lines that prove it. No language model is needed: a question is matched with the word
//! patterns of the question types ([`questions`]), what it names is looked up in the snapshot
//! ([`understand`]), the type writes a plan in a small algebra of symbol sets ([`plan`]), the plan
//! is run ([`run`]) and its rows become ranked items with evidence ([`rank`], [`answer`]).
//!
//! This crate never opens a source tree (source lines come from the snapshot) and knows nothing of
//! terminals: [`Answer`] is a value, and equal questions to equal snapshots give equal items.

pub mod answer;
mod asking;
pub mod community;
pub mod context;
pub mod diff;
mod options;
pub mod phrase;
pub mod plan;
pub mod questions;
pub mod rank;
pub mod run;
pub mod schema;
pub mod sparql;
pub mod understand;

pub use answer::{Answer, Evidence, Item, Meaning, Place, Timing, Trace};
pub use asking::Asking;
pub use options::Options;

use plan::text::PlanError;
use qf_graph::Snapshot;
use questions::Question;
use std::time::Instant;

/// Answers a question in words.
pub fn ask(snapshot: &Snapshot, question: &str, options: &Options) -> Answer {
    timed(|| questions::route(&mut Asking::new(snapshot, question, options)))
}

/// Where something is defined.
pub fn where_is(snapshot: &Snapshot, name: &str, options: &Options) -> Answer {
    verb(snapshot, &questions::WhereIs, &[name], options)
}

/// Who calls something.
pub fn callers(snapshot: &Snapshot, name: &str, options: &Options) -> Answer {
    verb(snapshot, &questions::Callers, &[name], options)
}

/// What something calls.
pub fn callees(snapshot: &Snapshot, name: &str, options: &Options) -> Answer {
    verb(snapshot, &questions::Callees, &[name], options)
}

/// Who writes a field, column, table or variable.
pub fn writers(snapshot: &Snapshot, name: &str, options: &Options) -> Answer {
    verb(snapshot, &questions::Writers, &[name], options)
}

/// What a change of something reaches.
pub fn impact(snapshot: &Snapshot, name: &str, options: &Options) -> Answer {
    verb(snapshot, &questions::Impact, &[name], options)
}

/// How one thing reaches another.
pub fn path(snapshot: &Snapshot, from: &str, to: &str, options: &Options) -> Answer {
    verb(snapshot, &questions::Path, &[from, to], options)
}

/// How a repository is organised, or all of them together.
pub fn overview(snapshot: &Snapshot, repository: Option<&str>, options: &Options) -> Answer {
    verb(snapshot, &questions::Overview, repository.as_slice(), options)
}

/// What changed since a revision, or between two, and whom it affects.
pub fn changed(snapshot: &Snapshot, revisions: &[&str], options: &Options) -> Answer {
    verb(snapshot, &questions::Changed, revisions, options)
}

/// Which tests reach what changed since a revision, or between two.
pub fn tests_of_changes(snapshot: &Snapshot, revisions: &[&str], options: &Options) -> Answer {
    verb(snapshot, &questions::TestsOfChanges, revisions, options)
}

/// Runs a plan in the text form of [`plan::text`].
pub fn query(snapshot: &Snapshot, text: &str, options: &Options) -> Result<Answer, PlanError> {
    let started = Instant::now();
    let mut answer = questions::given(&mut Asking::new(snapshot, text, options), text)?;
    set_times(&mut answer, started);
    Ok(answer)
}

/// Which tests reach something.
pub fn tests(snapshot: &Snapshot, name: &str, options: &Options) -> Answer {
    verb(snapshot, &questions::TestsOf, &[name], options)
}

fn verb(snapshot: &Snapshot, question: &dyn Question, names: &[&str], options: &Options) -> Answer {
    let asked = format!("{} {}", question.intent(), names.join(" "));
    timed(|| questions::direct(&mut Asking::new(snapshot, &asked, options), question, names))
}

fn timed(answer: impl FnOnce() -> Answer) -> Answer {
    let started = Instant::now();
    let mut answer = answer();
    set_times(&mut answer, started);
    answer
}

fn set_times(answer: &mut Answer, started: Instant) {
    let total = started.elapsed().as_secs_f64() * 1000.0;
    let run = |trace: &Trace| microseconds(trace) as f64 / 1000.0;
    answer.timing.total_ms = total;
    answer.timing.plan_ms = answer.plan.as_ref().map_or(0.0, run).min(total);
}

fn microseconds(trace: &Trace) -> u64 {
    trace.microseconds + trace.inputs.iter().map(microseconds).sum::<u64>()
}
