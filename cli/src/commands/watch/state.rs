//! What a watcher says of itself, for `qf watch --status`.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::{age, plural};
use qf_graph::store::disk::write_atomically;
use qf_graph::store::lock::WriterLock;
use qf_graph::store::{Home, StoreError};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// The state of a watcher; times are seconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
pub struct State {
    version: u32,
    /// The watcher's process.
    pub pid: u32,
    started: u64,
    paths: Vec<PathBuf>,
    /// Why it lists files again and again, when it does.
    polls: Option<String>,
    /// The first run is done.
    pub ready: bool,
    refreshes: u64,
    generation: u64,
    last: Option<Last>,
    /// Why the last run failed, until one succeeds.
    problem: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Last {
    at: u64,
    line: String,
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

impl State {
    /// Of this process, before its first run.
    pub fn new(paths: &[PathBuf], polls: Option<&str>) -> Self {
        Self {
            version: 1,
            pid: std::process::id(),
            started: now(),
            paths: paths.to_vec(),
            polls: polls.map(str::to_owned),
            ready: false,
            refreshes: 0,
            generation: 0,
            last: None,
            problem: None,
        }
    }

    /// The first run is done.
    pub fn began(&mut self, line: String, generation: u64) {
        self.ready = true;
        self.generation = generation;
        self.last = Some(Last { at: now(), line });
    }

    /// A refresh is done.
    pub fn refreshed(&mut self, line: String, generation: u64) {
        self.refreshes += 1;
        self.generation = generation;
        self.problem = None;
        self.last = Some(Last { at: now(), line });
    }

    /// A refresh failed.
    pub fn failed(&mut self, message: String) {
        self.problem = Some(message);
    }

    /// Whether the last refresh failed in the same way.
    pub fn failed_with(&self, error: &impl ToString) -> bool {
        self.problem.as_ref() == Some(&error.to_string())
    }

    /// Writes it beside the index.
    pub fn write(&self, home: &Home) -> Result<(), StoreError> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        write_atomically(&home.watch_state(), &bytes)
    }

    /// That of the watcher at work; `None` when nobody watches.
    pub fn of_running(home: &Home) -> Option<Self> {
        let owner = WriterLock::watcher(home)?;
        let bytes = std::fs::read(home.watch_state()).ok()?;
        let state: Self = serde_json::from_slice(&bytes).ok()?;
        // One that is starting has not written its own yet.
        owner.starts_with(&format!("pid {},", state.pid)).then_some(state)
    }
}

/// `qf watch --status`.
pub fn print(context: &mut Context, json: bool) -> Result<Outcome, CommandError> {
    let Some(owner) = WriterLock::watcher(&context.home) else {
        if json {
            context.out.json(&serde_json::json!({ "version": 1, "running": false }))?;
        } else {
            context.out.line("nobody watches this workspace   qf watch --daemon")?;
        }
        return Ok(Outcome::NothingFound);
    };
    let state = State::of_running(&context.home);
    if json {
        let mut value = serde_json::to_value(&state).unwrap_or_default();
        if let Some(object) = value.as_object_mut() {
            object.insert("running".to_owned(), true.into());
        }
        context.out.json(&value)?;
        return Ok(Outcome::Done);
    }
    let Some(state) = state else {
        context.out.line(format_args!("watched ({owner})"))?;
        return Ok(Outcome::Done);
    };
    let paths: Vec<String> = state.paths.iter().map(|path| path.display().to_string()).collect();
    context.out.line(format_args!(
        "watched by pid {}, begun {} ago, {}, generation {}",
        state.pid,
        age(state.started),
        plural(state.refreshes, "refresh"),
        state.generation
    ))?;
    for path in paths {
        context.out.line(format_args!("  {path}"))?;
    }
    if let Some(why) = &state.polls {
        context.out.line(format_args!("files are listed every 2 s: {why}"))?;
    }
    match &state.last {
        Some(last) => context.out.line(format_args!("{} ago: {}", age(last.at), last.line))?,
        None => context.out.line("the first run is under way")?,
    }
    if let Some(problem) = &state.problem {
        context.messages.warning(format_args!("the last run failed and is tried again: {problem}"));
    }
    Ok(Outcome::Done)
}
