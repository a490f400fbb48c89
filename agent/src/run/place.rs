//! Where a phase works, and how its work gets into the tree or away.
//!
//! In the tree itself a phase is between two checkpoints, and undone from them. Over a layer it has
//! one checkpoint, which says how the tree was; when all its steps are done, what it did is landed,
//! three-way and as a whole ([`crate::checkpoint::apart`]); when one fails, the layer is forgotten.

use super::inside::Request;
use super::log::Event;
use super::step::{Ended, Inside};
use super::{RunError, Running, Told, is_file, steps};
use crate::checkpoint::apart::Landing;
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::plan::{Conflict, Reason};
use crate::checkpoint::record::{Change, Ended as Closed};
use crate::checkpoint::restore::{Options, Restored, Step};
use crate::checkpoint::tree::{on_disk, shown};
use crate::orchestrate::Beside;
use crate::overlay::layer::{self, Carrier, Touched};
use crate::plan::{Action, Isolation, Phase, Step as PlanStep};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// So long a landing waits for another git.
const PATIENCE: Duration = Duration::from_secs(300);
/// So many paths that were left are told.
const LEFT: usize = 8;

/// How a phase whose steps are all done ends.
pub(super) enum Concluded {
    /// It is in the tree.
    Done(Vec<Change>),
    /// It is not: because of this step, for this reason.
    Refused(usize, String),
    /// It is not, because another plan of this run has landed in the same branch: it is to be done
    /// again over what that left.
    Anew(String),
    /// The run is to stop.
    Stopped,
}

impl Running<'_, '_> {
    /// Whether the next phase works over a layer; says so where it was to and cannot.
    fn wants_overlay(&mut self) -> Result<bool, RunError> {
        let isolation = self.run.plan.header.isolation;
        if isolation == Isolation::Checkpoint {
            return Ok(false);
        }
        if let Some(possible) = self.possible {
            return Ok(possible);
        }
        let reason = match &self.run.inside {
            Some(_) => self.overlay.try_out().err(),
            None => Some("it was not asked for".to_owned()),
        };
        let possible = reason.is_none();
        if let Some(reason) = reason {
            if isolation == Isolation::Overlay {
                return Err(RunError::NoOverlay { reason });
            }
            self.tell_place(&reason);
        }
        self.possible = Some(possible);
        Ok(possible)
    }

    /// Begins a phase, or the rest of one.
    pub(super) fn begin(&mut self, number: usize, phase: &Phase) -> Result<(), RunError> {
        let fresh = self.taken.is_empty();
        if fresh {
            self.is_overlaid = self.wants_overlay()?;
            let overlay = self.is_overlaid;
            self.write(Event::PhaseBegun { phase: number, overlay })?;
        }
        if !self.is_overlaid {
            return self.take_checkpoint(number, phase);
        }
        if !fresh {
            // Its layer is as it was left.
            return Ok(());
        }
        let label = format!("{}: {}", self.run.plan.header.id, phase.name);
        let id = {
            let _held = self.run.beside.map(Beside::hold);
            self.run.checkpoints.create_apart(Some(&label))?.id
        };
        self.write(Event::Checkpointed { phase: number, checkpoint: id.clone() })?;
        if let Some(reason) = self.foreign(&id)? {
            // A view shows such files to whoever is not root, and lets nobody write them.
            if self.run.plan.header.isolation == Isolation::Overlay {
                return Err(RunError::NoOverlay { reason });
            }
            self.run.checkpoints.forget_apart(&id)?;
            self.is_overlaid = false;
            self.possible = Some(false);
            self.tell_place(&reason);
            self.write(Event::PhaseBegun { phase: number, overlay: false })?;
            return self.take_checkpoint(number, phase);
        }
        self.around.tell(Told::Checkpoint { id: &id, overlay: true });
        self.taken.push(id);
        let folder = self.overlay.upper();
        self.overlay.begin().map_err(RunError::io(&folder))
    }

    fn tell_place(&mut self, reason: &str) {
        self.around.tell(Told::Line(&format!(
            "the phases work in the tree itself, each after a checkpoint: {reason}"
        )));
    }

    /// Why a view cannot show the tree as it is to an ordinary user.
    fn foreign(&self, id: &str) -> Result<Option<String>, RunError> {
        let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
        if user.is_root() || self.run.checkpoints.is_own(id, user.as_raw(), group.as_raw())? {
            return Ok(None);
        }
        Ok(Some("files in it belong to another user or group".to_owned()))
    }

    /// Takes a checkpoint of the phase: its first, or one from which it goes on.
    pub(super) fn take_checkpoint(&mut self, number: usize, phase: &Phase) -> Result<(), RunError> {
        if self.is_overlaid {
            return Ok(());
        }
        let label = format!("{}: {}", self.run.plan.header.id, phase.name);
        let id = self.run.checkpoints.create(Some(&label))?.id;
        self.write(Event::Checkpointed { phase: number, checkpoint: id.clone() })?;
        self.around.tell(Told::Checkpoint { id: &id, overlay: self.is_overlaid });
        self.taken.push(id);
        Ok(())
    }

    /// The phase is left in the middle: what is changed from now on is somebody else's.
    pub(super) fn leave(&mut self) -> Result<(), RunError> {
        if self.is_overlaid {
            return sync(&self.overlay.upper());
        }
        if let Some(last) = self.taken.last() {
            self.run.checkpoints.end(last)?;
        }
        Ok(())
    }

    /// Whether the phase changed anything so far.
    pub(super) fn has_changed(&self) -> Result<bool, RunError> {
        if self.is_overlaid {
            let upper = self.overlay.upper();
            let touched = Touched::of(&upper).map_err(RunError::io(&upper))?;
            return Ok(!touched.is_empty());
        }
        Ok(!self.changes()?.is_empty())
    }

    /// What became of the files since the phase began, where it works in the tree.
    fn changes(&self) -> Result<Vec<Change>, RunError> {
        match self.taken.first() {
            Some(first) => Ok(self.run.checkpoints.compare(first, false)?),
            None => Ok(Vec::new()),
        }
    }

    /// All steps are done: what they did is to be in the tree.
    pub(super) fn conclude(&mut self, number: usize, phase: &Phase) -> Result<Concluded, RunError> {
        if self.is_overlaid {
            return self.land(number, phase);
        }
        let mut changes = self.changes()?;
        changes.retain(is_file);
        self.leave()?;
        Ok(Concluded::Done(changes))
    }

    /// Brings what the phase did over its layer into the tree.
    fn land(&mut self, number: usize, phase: &Phase) -> Result<Concluded, RunError> {
        let checkpoints = self.run.checkpoints;
        let Some(id) = self.taken.first().cloned() else {
            return Ok(Concluded::Done(Vec::new()));
        };
        let beside = self.run.beside;
        let _held = beside.map(Beside::hold);
        // What was right when it was checked must be right over what is there now.
        let moved = checkpoints.has_moved_since(&id)?;
        if moved {
            match self.check_again(number, phase)? {
                None => {}
                Some((_, Ended::Left(_))) => return Ok(Concluded::Stopped),
                Some((step, Ended::Failed(reason))) => return Ok(Concluded::Refused(step, reason)),
                Some((_, Ended::Done { .. })) => {}
            }
        }
        let last = phase.steps.len().saturating_sub(1);
        let refused = |reason: String| Ok(Concluded::Refused(last, reason));
        let request = Request::Depart {
            home: self.run.home.folder().to_owned(),
            tree: checkpoints.tree().to_owned(),
            checkpoint: id.clone(),
            upper: self.overlay.upper(),
        };
        match self.inside(&request, number)? {
            Inside::Done => {}
            Inside::Stopped => return Ok(Concluded::Stopped),
            Inside::Wrong(reason) => {
                return refused(format!("what it did could not be kept: {reason}"));
            }
        }
        let Some(landing) = checkpoints.departed(&id)? else {
            return refused("what it did was not kept".to_owned());
        };
        let upper = self.overlay.upper();
        let io = || RunError::io(&upper);
        if layer::share_objects(&upper, checkpoints.tree()).map_err(io())? {
            // A reference must never be on the disk before what it names.
            checkpoints.sync()?;
        }
        let lines = layer::log_lines(&upper, checkpoints.tree()).map_err(io())?;
        self.write(Event::Landing { phase: number })?;
        let landed = self.patiently(&landing, &lines)?;
        let Some(landed) = landed else { return Ok(Concluded::Stopped) };
        let stuck: Vec<&Conflict> =
            landed.conflicts.iter().filter(|it| !landing.aside.contains(&it.path)).collect();
        if landed.undo.is_none() && !stuck.is_empty() {
            let branch = |it: &&Conflict| it.path.starts_with(b"refs/") || it.path == b"HEAD";
            if moved && beside.is_some() && stuck.iter().all(branch) {
                let reason = "another plan has landed in the same branch: done again after it";
                return Ok(Concluded::Anew(reason.to_owned()));
            }
            let paths: Vec<String> = stuck.into_iter().map(told).collect();
            return refused(format!(
                "the same was changed in the tree meanwhile, so nothing of the phase is in it: {}",
                listed(&paths)
            ));
        }
        for path in landed.merged.iter().map(|path| shown(path)) {
            self.around.tell(Told::Line(&format!("{path} was changed meanwhile; both are kept")));
        }
        self.carry_bulk(&landing);
        for conflict in &landed.conflicts {
            // A folder that is empty by now, because what was in it was of the bulk.
            let folder = on_disk(checkpoints.tree(), &conflict.path);
            if conflict.reason == Reason::NotEmpty && std::fs::remove_dir(folder).is_ok() {
                continue;
            }
            self.around.tell(Told::Line(&format!("left as it is: {}", told(conflict))));
        }
        Ok(Concluded::Done(files(&landing)))
    }

    /// Lands; while another git is at work, it waits. None when the run is to stop.
    fn patiently(
        &mut self,
        landing: &Landing,
        lines: &[(PathBuf, Vec<u8>)],
    ) -> Result<Option<Restored>, RunError> {
        let from = Instant::now();
        let mut said = false;
        loop {
            let hook = &mut *self.run.hook;
            let mut problem = None;
            let landed = self.run.checkpoints.land(landing, &mut |step| {
                hook("landing");
                if step == Step::Journal {
                    // Now it is certain that it lands. The logs are for people: without these lines
                    // they say less.
                    problem = layer::add_lines(lines).err();
                }
            });
            if let Some(problem) = problem {
                self.around.tell(Told::Line(&format!("git's logs have gaps: {problem}")));
            }
            match landed {
                Err(CheckpointError::IndexLocked { .. } | CheckpointError::Busy { .. })
                    if from.elapsed() < PATIENCE =>
                {
                    if self.run.stop.load(Ordering::Relaxed) {
                        return Ok(None);
                    }
                    if !std::mem::replace(&mut said, true) {
                        self.around.tell(Told::Line("it waits for another git to end"));
                    }
                    std::thread::sleep(Duration::from_millis(200));
                }
                other => return Ok(Some(other?)),
            }
        }
    }

    /// The checks of the phase once more; gives the step that is not right, and how it ended.
    fn check_again(
        &mut self,
        number: usize,
        phase: &Phase,
    ) -> Result<Option<(usize, Ended)>, RunError> {
        self.around.tell(Told::Line("checked again: the tree has changed since the phase began"));
        let check = PlanStep { line: phase.line, action: Action::Verify(None) };
        for (at, step) in steps(phase, &check) {
            if !matches!(step.action, Action::Verify(_)) {
                continue;
            }
            match self.step(number, at, step)? {
                Ended::Done { .. } => {}
                other => return Ok(Some((at, other))),
            }
        }
        Ok(None)
    }

    /// Brings along what no bytes are kept of.
    fn carry_bulk(&mut self, landing: &Landing) {
        let upper = self.overlay.upper();
        let mut carrier = Carrier {
            upper: &upper,
            tree: self.run.checkpoints.tree(),
            since: landing.since,
            left: Vec::new(),
        };
        landing.bulk.iter().for_each(|path| carrier.carry(path));
        // What git keeps of work trees beside this one, and of other systems, is no small file.
        carrier.carry(b".git/worktrees");
        carrier.carry(b".git/svn");
        let left = carrier.left;
        let more = left.len().saturating_sub(LEFT);
        for path in left.iter().take(LEFT) {
            self.around.tell(Told::Line(&format!("left as it is: {path}")));
        }
        if more > 0 {
            self.around
                .tell(Told::Line(&format!("… and {more} more of what is not in checkpoints")));
        }
    }

    /// Whether what the phase did is in the tree, though that is not written down.
    pub(super) fn has_landed(&self) -> Result<bool, RunError> {
        let Some(id) = self.taken.first() else { return Ok(false) };
        Ok(self.run.checkpoints.landed(id)?.is_some())
    }

    /// What a phase did of which that is so, when it is wholly there.
    pub(super) fn landed_changes(&mut self) -> Result<Vec<Change>, RunError> {
        let Some(id) = self.taken.first() else { return Ok(Vec::new()) };
        let Some(landing) = self.run.checkpoints.departed(id)? else { return Ok(Vec::new()) };
        self.carry_bulk(&landing);
        Ok(files(&landing))
    }

    /// Takes what has landed out of the tree again, when the phase is given up.
    pub(super) fn unland(&self) -> Result<(), RunError> {
        let Some(id) = self.taken.first() else { return Ok(()) };
        if let Some(record) = self.run.checkpoints.landed(id)? {
            let only = Options { only: true, ..Options::default() };
            self.run.checkpoints.restore(&record.id, only, &mut |_| {})?;
        }
        Ok(())
    }

    /// The layer is not needed any more.
    pub(super) fn forget_layer(&self) -> Result<(), RunError> {
        if !self.is_overlaid {
            return Ok(());
        }
        for id in &self.taken {
            self.run.checkpoints.forget_apart(id)?;
        }
        let folder = self.overlay.upper();
        self.overlay.discard().map_err(RunError::io(&folder))
    }

    /// Undoes what the phase did, the last part first.
    pub(super) fn undo(&mut self, number: usize, failed: bool) -> Result<Vec<String>, RunError> {
        let kept = if self.is_overlaid {
            self.forget_layer()?;
            Vec::new()
        } else {
            self.restore()?
        };
        self.write(Event::RolledBack { phase: number, failed, kept: kept.clone() })?;
        Ok(kept)
    }

    fn restore(&self) -> Result<Vec<String>, RunError> {
        let only = Options { only: true, ..Options::default() };
        let mut kept: Vec<String> = Vec::new();
        for checkpoint in self.taken.iter().rev() {
            let record = self.run.checkpoints.find(checkpoint)?;
            if record.phase.is_some_and(|phase| phase.why == Closed::Next) {
                kept.push(format!(
                    "what was done after somebody took a checkpoint after {checkpoint}"
                ));
            }
            let away = &self.past.away;
            let restored = self.run.checkpoints.restore_but(checkpoint, only, away, &mut |_| {})?;
            kept.extend(restored.conflicts.iter().map(told));
        }
        kept.sort();
        kept.dedup();
        Ok(kept)
    }
}

fn files(landing: &Landing) -> Vec<Change> {
    landing.changes().into_iter().filter(is_file).collect()
}

/// A conflict for people.
fn told(conflict: &Conflict) -> String {
    let path = shown(&conflict.path);
    match conflict.reason {
        Reason::Changed => path,
        Reason::NotEmpty => format!("{path} (others have files in it)"),
        Reason::NotKept => format!("{path} (its bytes were not kept)"),
        Reason::OtherRepository => format!("{path} (another repository)"),
        Reason::Denied => format!("{path} (it cannot be written)"),
    }
}

/// The first of many.
fn listed(paths: &[String]) -> String {
    const SHOWN: usize = 8;
    let more = paths.len().saturating_sub(SHOWN);
    let first = paths[..paths.len() - more].join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}

/// Waits until what is in a folder's file system is on the disk.
fn sync(folder: &Path) -> Result<(), RunError> {
    #[cfg(target_os = "linux")]
    {
        let handle = std::fs::File::open(folder).map_err(RunError::io(folder))?;
        rustix::fs::syncfs(&handle).map_err(|error| RunError::io(folder)(error.into()))?;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = folder;
    Ok(())
}
