//! What a run does, as the audit log has it.
//!
//! The log is for whoever has to answer for the run, the run's own log is for going on with it; an
//! event of the one is a record of the other, with the commands, the hashes of what they printed,
//! and the files that a phase changed.

use super::super::audit::actor;
use crate::output::Messages;
use qf_agent::checkpoint::record::{Change, Side};
use qf_agent::checkpoint::tree::shown;
use qf_agent::ledger::audit::Audit;
use qf_agent::ledger::audit::hash::sha256_hex;
use qf_agent::ledger::audit::record::{Draft, FileChange, Outcome, Policy, Tokens};
use qf_agent::ledger::cost::reported::Spent;
use qf_agent::plan::{Action, Plan, Step};
use qf_agent::run;
use qf_graph::store::Home;
use std::path::PathBuf;

/// Writes the audit log of one run.
pub struct Witness<'a> {
    audit: Option<Audit>,
    messages: Messages,
    plan: &'a Plan,
    hash: &'a str,
    phase: usize,
    checkpoint: Option<String>,
    /// How the phase is kept from everything else.
    isolation: &'static str,
    /// What an agent says that it used, until its step is written down.
    used: Option<Spent>,
    /// Where what steps print is.
    folder: PathBuf,
}

impl<'a> Witness<'a> {
    /// Of the run of a plan with these bytes. What cannot be written down is said, and the run goes
    /// on: the run's own log is what it depends on.
    pub fn new(
        home: &Home,
        messages: Messages,
        plan: &'a Plan,
        hash: &'a str,
        folder: PathBuf,
    ) -> Self {
        let audit = match Audit::open(home) {
            Ok(audit) => Some(audit),
            Err(error) => {
                messages.warning(format_args!("nothing is written to the audit log: {error}"));
                None
            }
        };
        Self {
            audit,
            messages,
            plan,
            hash,
            phase: 0,
            checkpoint: None,
            isolation: "none",
            used: None,
            folder,
        }
    }

    fn note(&mut self, action: &str, draft: Draft) {
        let Some(audit) = &self.audit else { return };
        let draft = Draft {
            action: action.to_owned(),
            actor: Some(actor()),
            plan: Some(self.plan.header.id.clone()),
            tree: Some(self.plan.header.tree.display().to_string()),
            isolation: Some(self.isolation.to_owned()),
            ..draft
        };
        if let Err(error) = audit.append(draft) {
            self.messages.warning(format_args!("the audit log ends here: {error}"));
            self.audit = None;
        }
    }

    fn in_phase(&self) -> Draft {
        Draft {
            phase: Some(self.phase as u64),
            checkpoint: self.checkpoint.clone(),
            ..Draft::default()
        }
    }

    /// An agent has ended, and says this of what it used.
    pub fn used(&mut self, used: Option<Spent>) {
        self.used = used;
    }

    fn of_step(&mut self, step: &Step) -> Draft {
        let steps = self.plan.phases.get(self.phase).map_or(&[][..], |phase| &phase.steps);
        // The check that every phase has is behind its own steps.
        let number = steps.iter().position(|known| std::ptr::eq(known, step));
        let number = number.unwrap_or(steps.len());
        let command = match &step.action {
            Action::Run(script) | Action::Verify(Some(script)) => script.text.clone(),
            Action::Edit { path, .. } => format!("edit {path}"),
            Action::Codemod { rules, paths } => {
                let paths: String = paths.iter().map(|path| format!(" {path}")).collect();
                format!("codemod{paths}\n{rules}")
            }
            Action::Mcp(call) => {
                format!("mcp {} {} {}", call.server, call.tool, call.arguments)
            }
            Action::Agent { prompt, .. } => format!("agent\n{prompt}"),
            other => other.name().to_owned(),
        };
        let used = self.used.take();
        let tokens = used.as_ref().map(|spent| Tokens {
            input: spent.usage.input,
            cached: spent.usage.cache_read,
            written: spent.usage.cache_write + spent.usage.cache_write_long,
            output: spent.usage.output,
        });
        let models = used.map(|spent| spent.models.into_keys().collect::<Vec<_>>().join(", "));
        let output = self.folder.join(format!("output-{}-{}", self.phase + 1, number + 1));
        let printed = match &step.action {
            Action::Run(_) | Action::Verify(Some(_)) | Action::Mcp(_) | Action::Agent { .. } => {
                std::fs::read(output).ok().map(|bytes| sha256_hex(&bytes))
            }
            _ => None,
        };
        Draft {
            step: Some(number as u64),
            command: Some(command),
            output_sha256: printed,
            model: models.filter(|models| !models.is_empty()),
            tokens,
            ..self.in_phase()
        }
    }

    /// The run begins.
    pub fn begun(&mut self) {
        let policy = Policy {
            decision: "allow".to_owned(),
            rule: "the plan is as it was approved".to_owned(),
        };
        let draft = Draft {
            input_sha256: Some(self.hash.to_owned()),
            policy: Some(policy),
            ..Draft::default()
        };
        self.note("run.begun", draft);
    }

    /// A phase begins.
    pub fn phase(&mut self, name: &str) {
        let phases = &self.plan.phases;
        self.phase = phases.iter().position(|phase| phase.name == name).unwrap_or(phases.len());
        self.checkpoint = None;
        let draft = Draft { detail: Some(name.to_owned()), ..self.in_phase() };
        self.note("phase.begun", draft);
    }

    /// Its checkpoint is there.
    pub fn checkpoint(&mut self, id: &str, overlay: bool) {
        self.isolation = if overlay { "overlay" } else { "checkpoint" };
        self.checkpoint = Some(id.to_owned());
        let draft = Draft { outcome: Some(Outcome::Ok), ..self.in_phase() };
        self.note("checkpoint.created", draft);
    }

    /// A step is done, or was found done.
    pub fn done(&mut self, step: &Step, found: bool) {
        let detail = found.then(|| "it had been done before and was not done again".to_owned());
        let draft = Draft { outcome: Some(Outcome::Ok), detail, ..self.of_step(step) };
        self.note("step.done", draft);
    }

    /// A step failed.
    pub fn failed(&mut self, step: &Step, reason: &str) {
        let draft = Draft {
            outcome: Some(Outcome::Failed),
            detail: Some(reason.to_owned()),
            ..self.of_step(step)
        };
        self.note("step.failed", draft);
    }

    /// What a phase did was undone, but for what is named.
    pub fn undone(&mut self, name: &str, kept: &[String]) {
        let phases = &self.plan.phases;
        self.phase = phases.iter().position(|phase| phase.name == name).unwrap_or(phases.len());
        let detail = (!kept.is_empty()).then(|| format!("left: {}", kept.join(", ")));
        let draft = Draft { outcome: Some(Outcome::Ok), detail, ..self.in_phase() };
        self.note("phase.undone", draft);
    }

    /// A phase is done, with these changes.
    pub fn phase_done(&mut self, changes: &[Change]) {
        let hash = |side: &Option<Side>| {
            let hash = side.as_ref().and_then(|side| side.entry.hash());
            hash.map(|hash| format!("blake3:{}", hash.to_hex()))
        };
        let files = changes.iter().map(|change| FileChange {
            path: shown(&change.path),
            before: hash(&change.before),
            after: hash(&change.after),
        });
        let files = files.filter(|file| file.before.is_some() || file.after.is_some()).collect();
        let draft = Draft { outcome: Some(Outcome::Ok), files, ..self.in_phase() };
        self.note("phase.done", draft);
    }

    /// The run ended.
    pub fn ended(&mut self, came_to: Option<&run::Outcome>) {
        let (outcome, detail) = match came_to {
            Some(run::Outcome::Done) => (Outcome::Ok, None),
            Some(run::Outcome::Failed { phase, reason, .. }) => {
                (Outcome::Failed, Some(format!("{phase}: {reason}")))
            }
            Some(run::Outcome::Waiting { question }) => {
                (Outcome::Unknown, Some(format!("waits: {question}")))
            }
            Some(run::Outcome::Unknown { line, .. }) => {
                (Outcome::Unknown, Some(format!("whether line {line} was done is not known")))
            }
            Some(run::Outcome::Stopped) => (Outcome::Unknown, Some("stopped".to_owned())),
            None => (Outcome::Failed, None),
        };
        let draft = Draft { outcome: Some(outcome), detail, ..Draft::default() };
        self.note("run.ended", draft);
        if let Some(audit) = self.audit.take()
            && let Err(error) = audit.close()
        {
            self.messages.warning(format_args!("the audit log is not signed: {error}"));
        }
    }
}
