//! What is told while a plan is carried out: one line for each step on standard error.

use super::memory::Memory;
use super::spending::Spending;
use super::witness::Witness;
use crate::output::Messages;
use crate::output::format::plural;
use indicatif::{ProgressBar, ProgressStyle};
use qf_agent::plan::{Action, Budget, Step};
use qf_agent::run::script::View;
use qf_agent::run::{AgentEnd, Checked, Surroundings, Told};
use std::fmt::Display;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

/// Tells what happens, and asks.
pub(super) struct Teller<'a> {
    pub(super) messages: Messages,
    pub(super) memory: Memory<'a>,
    pub(super) witness: Witness<'a>,
    pub(super) spending: Spending<'a>,
    pub(super) phases: usize,
    pub(super) phase: usize,
    pub(super) spinner: Option<ProgressBar>,
    /// What its lines begin with, where several plans are carried out.
    pub(super) before: String,
    /// Whether somebody can be asked.
    pub(super) alone: bool,
}

impl Teller<'_> {
    /// Takes the spinner off the terminal.
    pub(super) fn quiet(&mut self) {
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
    }

    fn say(&self, text: impl Display) {
        self.messages.say(format_args!("{}{text}", self.before));
    }

    fn left(&self, path: &str) {
        self.messages.warning(format_args!("{}left as it is: {path}", self.before));
    }

    fn spin(&mut self, text: String) {
        if self.messages.terminal && self.alone {
            let style = ProgressStyle::with_template("  {bar:12} {spinner} {msg} {elapsed}");
            // How many phases are done.
            let spinner = ProgressBar::new(self.phases as u64);
            spinner.set_position(self.phase.saturating_sub(1) as u64);
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
        Action::Codemod { paths, .. } if paths.is_empty() => "all files".to_owned(),
        Action::Codemod { paths, .. } => first(&paths.join(" ")),
        Action::Mcp(call) => first(&format!("{} {}", call.server, call.tool)),
        Action::Ask { question } => first(question),
        Action::Notify { text } => first(text),
        Action::Agent { prompt, .. } => first(prompt),
    };
    format!("{:<8}{what}", step.action.name())
}

impl Surroundings for Teller<'_> {
    fn tell(&mut self, told: Told<'_>) {
        self.quiet();
        match told {
            Told::Phase(phase, again) => {
                self.phase += 1;
                let word = if again { ", again" } else { "" };
                let (number, of) = (self.phase, self.phases);
                self.say(format_args!("phase {number}/{of}  {}{word}", phase.name));
                self.witness.phase(&phase.name);
                self.memory.begin(again);
            }
            Told::DoneBefore(phase) => {
                self.phase += 1;
                let (number, of) = (self.phase, self.phases);
                self.say(format_args!("phase {number}/{of}  {}, done before", phase.name));
            }
            Told::Undone(phase, kept) => {
                self.say(format_args!("undone what an interrupted run did of {}", phase.name));
                self.witness.undone(&phase.name, kept);
                for path in kept {
                    self.left(path);
                }
            }
            Told::Checkpoint { id, overlay } => {
                let place = if overlay { ", over a private layer" } else { "" };
                self.say(format_args!("  checkpoint {id}{place}"));
                self.witness.checkpoint(id, overlay);
            }
            Told::Step(step) => self.spin(short(step)),
            Told::StepDone(step, seconds, found) => {
                let again = if found { "  (done before)" } else { "" };
                self.say(format_args!("  {:<68} {seconds:>6.1} s{again}", short(step)));
                self.witness.done(step, found);
            }
            Told::StepFailed(step, reason) => {
                self.say(format_args!("  {:<68} failed", short(step)));
                self.witness.failed(step, reason);
                for line in reason.lines() {
                    self.say(format_args!("    {line}"));
                }
            }
            Told::RolledBack(phase, kept) => {
                self.witness.undone(&phase.name, kept);
                self.say(format_args!("undone what the phase \"{}\" did", phase.name));
            }
            Told::Line(line) => self.say(format_args!("  {line}")),
            Told::PhaseDone(_, files) => {
                self.witness.phase_done(files);
                let number = plural(files.len() as u64, "file");
                self.say(format_args!("  done, {number} changed"));
            }
        }
    }

    fn ask(&mut self, question: &str) -> Option<bool> {
        self.quiet();
        if !self.alone || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
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

    fn agent_begins(
        &mut self,
        key: &str,
        _: &str,
        budget: &Budget,
    ) -> Result<Vec<(String, String)>, String> {
        self.spending.begins(key, budget)
    }

    fn agent_ended(&mut self, _: &str, output: &Path, end: &AgentEnd) {
        self.quiet();
        self.witness.used(self.spending.ended(output, end));
    }

    fn check(&mut self, changed: bool, view: &View<'_>) -> Checked {
        self.memory.check(changed, view)
    }
}
