//! What the log says of the runs before.

use super::log::{Entry, Event};
use crate::checkpoint::tree::entry::now;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the runs before.
#[derive(Debug, Default)]
pub(super) struct Past {
    pub(super) plan: Option<String>,
    pub(super) done: BTreeSet<usize>,
    /// Phases that failed and were undone since the plan was last given up: the step, and why.
    pub(super) failed: BTreeMap<usize, (usize, String, Vec<String>)>,
    /// The phase that was begun last and has not ended.
    pub(super) current: Option<Current>,
    /// Keys of steps that were begun, and whether they are known to be done.
    pub(super) keys: BTreeMap<String, bool>,
    /// What a person answered, by phase and step.
    pub(super) answers: BTreeMap<(usize, usize), bool>,
    /// The processes of a step that was not seen to end.
    pub(super) group: Option<(i32, u64)>,
    /// When nobody was at work.
    pub(super) away: Vec<(i64, i64)>,
    /// When the last run was last seen alive.
    pub(super) seen: Option<i64>,
}

/// A phase in the middle of which a run ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Current {
    pub(super) phase: usize,
    /// In order: each time the run was left and gone on with, another was taken.
    pub(super) checkpoints: Vec<String>,
    /// It waits for an answer at this step.
    pub(super) waiting: Option<usize>,
    pub(super) failure: Option<(usize, String)>,
    /// It works over a layer.
    pub(super) overlay: bool,
    /// What it did was about to be brought into the tree.
    pub(super) landing: bool,
}

/// A run is taken to have been alive so long after its last sign, in nanoseconds.
const GRACE: i64 = 600_000_000;

impl Past {
    /// Read back from the log; `sign` is when the last run was last seen alive.
    pub(super) fn of(entries: &[Entry], sign: Option<i64>) -> Self {
        let mut past = Self::default();
        let mut last: Option<i64> = None;
        for entry in entries {
            past.take(entry, last);
            last = Some(entry.at);
        }
        if let Some(last) = last {
            // What a kill took from the log happened until the last sign of life.
            let seen = sign.map_or(last, |sign| sign.max(last));
            past.seen = Some(seen);
            past.away.push((seen.saturating_add(GRACE), now()));
        }
        past
    }

    fn take(&mut self, entry: &Entry, last: Option<i64>) {
        let known = |current: &mut Option<Current>, phase: usize| {
            current.get_or_insert_with(|| Current { phase, ..Current::default() }).clone()
        };
        match &entry.event {
            Event::Begun { plan, seen, .. } => {
                self.plan = Some(plan.clone());
                if let Some(last) = seen.or(last) {
                    self.away.push((last.saturating_add(GRACE), entry.at));
                }
            }
            Event::PhaseBegun { phase, overlay } => {
                self.failed.remove(phase);
                let (phase, overlay) = (*phase, *overlay);
                self.current = Some(Current { phase, overlay, ..Current::default() });
            }
            Event::Landing { phase } => {
                let before = known(&mut self.current, *phase);
                self.current = Some(Current { landing: true, ..before });
            }
            Event::Checkpointed { phase, checkpoint } => {
                let mut before = known(&mut self.current, *phase);
                before.checkpoints.push(checkpoint.clone());
                self.current = Some(before);
            }
            Event::StepBegun { key, .. } => {
                self.keys.entry(key.clone()).or_insert(false);
            }
            Event::Started { group, since } => self.group = Some((*group, *since)),
            Event::StepDone { phase, key, .. } => {
                self.keys.insert(key.clone(), true);
                self.group = None;
                let before = known(&mut self.current, *phase);
                self.current = Some(Current { waiting: None, ..before });
            }
            Event::StepFailed { phase, step, reason } => {
                self.group = None;
                let before = known(&mut self.current, *phase);
                self.current = Some(Current { failure: Some((*step, reason.clone())), ..before });
            }
            Event::RolledBack { phase, failed, kept } => {
                let failure = self.current.take().and_then(|current| current.failure);
                if let (true, Some((step, reason))) = (*failed, failure) {
                    self.failed.insert(*phase, (step, reason, kept.clone()));
                    // What is tried again is asked again.
                    self.answers.retain(|(of, _), _| of != phase);
                }
            }
            Event::Waiting { phase, step } => {
                let before = known(&mut self.current, *phase);
                self.current = Some(Current { waiting: Some(*step), ..before });
            }
            Event::Answered { phase, step, yes } => {
                self.answers.insert((*phase, *step), *yes);
            }
            Event::Settled { key, done } => {
                if *done {
                    self.keys.insert(key.clone(), true);
                } else {
                    self.keys.remove(key);
                }
            }
            Event::PhaseDone { phase } => {
                self.done.insert(*phase);
                self.current = None;
            }
            Event::Ended { .. } => self.failed.clear(),
        }
    }
}
