//! Carries a plan out, so that it can be killed at any moment.
//!
//! A phase is done as a whole or not at all: a checkpoint, its steps, a check, and the end; when
//! something fails, what the phase did is undone and what others did stays. Everything is written
//! down before and after it is done ([`log`]), and [`run`] begins by reading that. A phase in which
//! the last run was killed is undone and done again from its beginning, so that the tree in the end
//! is that of a run that was not killed.
//!
//! Where a view of the tree can be had, a phase works there ([`place`]): the tree is touched only
//! when it has succeeded, and undoing it is forgetting a layer. Elsewhere it works in the tree itself,
//! and is undone from its checkpoint.
//!
//! That is right only for what is in the tree. A step that changes something elsewhere says so
//! (`once`): it is known by a key made of what it does, and is not done again when it was done. When
//! a run was killed in the middle of one, nobody knows; its `done-when` is asked, and where there is
//! none, the run stops and asks.
//!
//! What was changed while no run was at work is a person's, also when it lies in the middle of a
//! phase: the times without a run are known from the log and a file whose time is set twice a second
//! ([`alive`]).

pub mod alive;
pub mod inside;
pub mod log;
mod past;
mod place;
pub mod script;
mod step;

use crate::checkpoint::Checkpoints;
use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::record::Change;
use crate::orchestrate::Beside;
use crate::overlay::Overlay;
use crate::plan::{Action, Budget, OnFailure, Phase, Plan, Step};
use alive::{Alive, sign_of_life};
use inside::Codemod;
use log::{Event, Hook, Log};
use past::Past;
use place::Concluded;
use qf_graph::store::Home;
use script::View;
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use step::Ended;

/// A run that cannot go on. What was done is written down; the same run can be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A checkpoint cannot be taken or gone back to.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The log is damaged elsewhere than at its end.
    #[error("{} is damaged at entry {number}", path.display())]
    Damaged {
        /// The log.
        path: PathBuf,
        /// From 1.
        number: usize,
    },
    /// Another run works in the tree.
    #[error("another run works in {}", path.display())]
    Busy {
        /// The work tree.
        path: PathBuf,
    },
    /// The plan was changed after the run began.
    #[error("the plan was changed since its run began")]
    Changed,
    /// The plan wants its phases to work over a layer, and that cannot be.
    #[error("the tree cannot have a private layer over it: {reason}")]
    NoOverlay {
        /// Why.
        reason: String,
    },
}

impl RunError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// What is told while a plan is carried out.
#[derive(Debug)]
pub enum Told<'a> {
    /// A phase begins; whether it is tried again after the run was killed.
    Phase(&'a Phase, bool),
    /// A phase was done before.
    DoneBefore(&'a Phase),
    /// What an interrupted phase did was undone.
    Undone(&'a Phase, &'a [String]),
    /// The checkpoint of the phase.
    Checkpoint {
        /// Its name.
        id: &'a str,
        /// Whether the phase works over a layer.
        overlay: bool,
    },
    /// A step begins.
    Step(&'a Step),
    /// A step is done, after so many seconds; whether it had been done before.
    StepDone(&'a Step, f64, bool),
    /// A step failed, and why.
    StepFailed(&'a Step, &'a str),
    /// What the phase did was undone, but for this.
    RolledBack(&'a Phase, &'a [String]),
    /// A line about what was checked.
    Line(&'a str),
    /// A phase is done, with these changed files.
    PhaseDone(&'a Phase, &'a [Change]),
}

/// What a run needs from whoever started it.
pub trait Surroundings {
    /// Something happened.
    fn tell(&mut self, told: Told<'_>);
    /// Asks a person yes or no; none when nobody is there.
    fn ask(&mut self, question: &str) -> Option<bool>;
    /// Looks at what a phase did so far, from where that is seen, and says what can be said of it;
    /// `changed` says whether it did anything.
    fn check(&mut self, changed: bool, view: &View<'_>) -> Checked;
    /// An agent is about to be given a task, within a budget: what its program finds in its
    /// environment, or why it must not begin.
    fn agent_begins(
        &mut self,
        key: &str,
        task: &str,
        budget: &Budget,
    ) -> Result<Vec<(String, String)>, String> {
        let _ = (key, task, budget);
        Ok(Vec::new())
    }
    /// It has ended in this way, and printed this.
    fn agent_ended(&mut self, key: &str, output: &Path, end: &AgentEnd) {
        let _ = (key, output, end);
    }
}

/// How the program of an agent ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentEnd {
    /// As it should.
    Right,
    /// Otherwise, with this exit code; none where something else ended it. Where nothing was begun,
    /// it is [`script::NOT_RUN`] or [`script::NOT_FOUND`].
    Wrong(Option<i32>),
    /// The run was stopped.
    Stopped,
}

/// What is known of changes.
#[derive(Debug, Default)]
pub struct Checked {
    /// What a person should know: what became of the API, which callers broke.
    pub lines: Vec<String>,
    /// The tests that the changes may break, as the plan's `test` line takes them.
    pub tests: Vec<String>,
}

/// What a run came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every phase is done.
    Done,
    /// A phase failed and was undone, but for what somebody else changed.
    Failed {
        /// Its name.
        phase: String,
        /// The line of the step.
        line: u32,
        /// Why.
        reason: String,
        /// What was left.
        kept: Vec<String>,
    },
    /// A question waits for a person.
    Waiting {
        /// What.
        question: String,
    },
    /// Nobody knows whether a step that must not be done twice was done.
    Unknown {
        /// The line of the step.
        line: u32,
        /// Its key.
        key: String,
    },
    /// It was stopped.
    Stopped,
}

/// How to run.
pub struct Run<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// SHA-256 of its bytes.
    pub hash: &'a str,
    /// Where everything is kept.
    pub home: &'a Home,
    /// The folder of the plan; the log and what scripts print go there.
    pub folder: &'a Path,
    /// The checkpoints of its work tree.
    pub checkpoints: &'a Checkpoints,
    /// Begin anew: what an unfinished phase did is undone, and the log is put aside.
    pub again: bool,
    /// Set when it is to stop.
    pub stop: Arc<AtomicBool>,
    /// What a person answered to the question that waits.
    pub answer: Option<bool>,
    /// What a person says of the step of which nobody knew: whether it was done.
    pub settled: Option<bool>,
    /// The program, with arguments, that carries out what [`inside`] says; none when phases are to
    /// work in the tree itself.
    pub inside: Option<Vec<OsString>>,
    /// The `qf` program, for steps that call it.
    pub program: PathBuf,
    /// What rewrites files by rules.
    pub codemod: &'a Codemod<'a>,
    /// The shell line that carries out what an agent is to do: it reads that from its input.
    pub agent: Option<String>,
    /// Shared with others that run at the same time in this process and this tree. None when there
    /// are none: then the run keeps others out of the tree.
    pub beside: Option<&'a Beside>,
    /// Called at every write of the log.
    pub hook: Hook<'a>,
}

/// Where the log of a plan's run is.
pub fn log_of(folder: &Path) -> PathBuf {
    folder.join("run.log")
}

/// Keeps other runs out of a tree for as long as it is held.
pub fn lock_tree(checkpoints: &Checkpoints) -> Result<File, RunError> {
    lock(&checkpoints.folder().join("running"), checkpoints.tree())
}

/// Finishes what a run that was killed left half done in the tree.
pub fn finish_leftover(checkpoints: &Checkpoints) -> Result<(), RunError> {
    match checkpoints.resume(&mut |_| {}) {
        Ok(_) | Err(CheckpointError::NotInterrupted) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Carries a plan out, or goes on with it.
pub fn run(run: Run<'_>, around: &mut dyn Surroundings) -> Result<Outcome, RunError> {
    let _tree = run.beside.is_none().then(|| lock_tree(run.checkpoints)).transpose()?;
    // The same plan may be given twice.
    let _own = lock(&run.folder.join("running"), run.folder)?;
    let path = log_of(run.folder);
    let (log, entries) = Log::open(&path)?;
    let past = Past::of(&entries, sign_of_life(run.folder));
    if !run.again && past.plan.as_ref().is_some_and(|plan| plan != run.hash) {
        return Err(RunError::Changed);
    }
    if let Some((group, since)) = past.group {
        script::end_leftover(group, since);
    }
    if run.beside.is_none() {
        finish_leftover(run.checkpoints)?;
    }
    let folder = run.folder;
    let overlay = Overlay::new(run.checkpoints.tree(), &folder.join("overlay"));
    let mut running = Running {
        run,
        around,
        log,
        past,
        from: Instant::now(),
        taken: Vec::new(),
        waiting: None,
        overlay,
        is_overlaid: false,
        possible: None,
    };
    if running.run.again {
        running.begin_anew(&path)?;
    }
    let (plan, seen) = (running.run.hash.to_owned(), running.past.seen);
    running.write(Event::Begun { plan, pid: std::process::id(), seen })?;
    // Only now: until then the time of the file tells when the run before was last seen.
    let _alive = Alive::begin(folder)?;
    running.all()
}

/// Takes a lock that ends with the process.
fn lock(path: &Path, tree: &Path) -> Result<File, RunError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(RunError::io(folder))?;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
    let file = file.map_err(RunError::io(path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RunError::Busy { path: tree.to_owned() }),
        Err(TryLockError::Error(source)) => Err(RunError::io(path)(source)),
    }
}

struct Running<'a, 'b> {
    run: Run<'a>,
    around: &'b mut dyn Surroundings,
    log: Log,
    past: Past,
    from: Instant,
    /// The checkpoints of the phase that is being done.
    taken: Vec<String>,
    /// The step whose question waits for the answer that the run was given.
    waiting: Option<(usize, usize)>,
    /// The layer of the phase that is being done.
    overlay: Overlay,
    /// Whether that phase works over it.
    is_overlaid: bool,
    /// Whether phases can, once that was tried.
    possible: Option<bool>,
}

impl<'a> Running<'a, '_> {
    fn write(&mut self, event: Event) -> Result<(), RunError> {
        self.log.write(event, &mut *self.run.hook)?;
        Ok(())
    }

    /// Undoes what an unfinished phase did, and puts the log aside.
    fn begin_anew(&mut self, path: &Path) -> Result<(), RunError> {
        if let Some(current) = self.past.current.take().filter(|it| !it.checkpoints.is_empty()) {
            self.taken = current.checkpoints;
            self.is_overlaid = current.overlay;
            if current.landing {
                self.unland()?;
            }
            let kept = self.undo(current.phase, false)?;
            self.taken.clear();
            if let Some(phase) = self.run.plan.phases.get(current.phase) {
                self.around.tell(Told::Undone(phase, &kept));
            }
        }
        let old = (1..).map(|number| path.with_extension(format!("log.{number}")));
        let free = old.into_iter().find(|path| !path.exists()).unwrap_or_else(|| path.to_owned());
        std::fs::rename(path, &free).map_err(RunError::io(path))?;
        self.log = Log::open(path)?.0;
        self.past = Past::default();
        Ok(())
    }

    fn all(&mut self) -> Result<Outcome, RunError> {
        let plan: &'a Plan = self.run.plan;
        let mut failure = None;
        for (number, phase) in plan.phases.iter().enumerate() {
            if self.past.done.contains(&number) {
                self.around.tell(Told::DoneBefore(phase));
                continue;
            }
            // The run went on after it, and is gone on with after it.
            let skipped = self.past.failed.remove(&number);
            let skipped = skipped.filter(|_| phase.on_failure == OnFailure::Continue);
            if let Some((step, reason, kept)) = skipped {
                failure = failure.or(Some(failed(phase, step, reason, kept)));
                continue;
            }
            match self.phase(number, phase)? {
                None => {}
                Some(failed @ Outcome::Failed { .. }) => {
                    if phase.on_failure == OnFailure::Stop {
                        self.write(Event::Ended { done: false })?;
                        return Ok(failed);
                    }
                    failure = failure.or(Some(failed));
                }
                Some(other) => return Ok(other),
            }
        }
        self.write(Event::Ended { done: failure.is_none() })?;
        Ok(failure.unwrap_or(Outcome::Done))
    }

    /// Does a phase; none when it is done.
    fn phase(&mut self, number: usize, phase: &'a Phase) -> Result<Option<Outcome>, RunError> {
        let before = self.past.current.take().filter(|current| current.phase == number);
        let again = before.is_some();
        let mut first = 0;
        self.taken.clear();
        self.is_overlaid = false;
        if let Some(before) = before {
            self.taken = before.checkpoints;
            self.is_overlaid = before.overlay;
            if before.landing && self.has_landed()? {
                // Only that was not written down any more.
                let changes = self.landed_changes()?;
                return self.done(number, phase, &changes).map(|()| None);
            }
            match (before.failure, before.waiting) {
                // It had failed: what is left to do is to undo it.
                (Some((step, reason)), _) => {
                    return self.fail(number, phase, step, reason).map(Some);
                }
                (None, Some(step)) => {
                    first = step;
                    self.waiting = Some((number, step));
                }
                // No step is begun before a checkpoint is known.
                (None, None) => {
                    let kept = self.undo(number, false)?;
                    self.around.tell(Told::Undone(phase, &kept));
                    self.taken.clear();
                }
            }
        }
        self.around.tell(Told::Phase(phase, again));
        self.begin(number, phase)?;
        let check = Step { line: phase.line, action: Action::Verify(None) };
        for (at, step) in steps(phase, &check).skip(first) {
            if self.run.stop.load(Ordering::Relaxed) {
                self.leave()?;
                return Ok(Some(Outcome::Stopped));
            }
            self.around.tell(Told::Step(step));
            let from = Instant::now();
            match self.step(number, at, step)? {
                Ended::Done { found } => {
                    let seconds = from.elapsed().as_secs_f64();
                    self.around.tell(Told::StepDone(step, seconds, found));
                }
                Ended::Failed(reason) => {
                    self.around.tell(Told::StepFailed(step, &reason));
                    return self.failed(number, phase, at, reason).map(Some);
                }
                Ended::Left(outcome) => {
                    // What is changed from now on is not the phase's.
                    self.leave()?;
                    return Ok(Some(outcome));
                }
            }
        }
        match self.conclude(number, phase)? {
            Concluded::Done(changes) => self.done(number, phase, &changes).map(|()| None),
            Concluded::Refused(step, reason) => {
                self.around.tell(Told::Line(&reason));
                self.failed(number, phase, step, reason).map(Some)
            }
            Concluded::Stopped => {
                self.leave()?;
                Ok(Some(Outcome::Stopped))
            }
            Concluded::Anew(reason) => {
                self.around.tell(Told::Line(&reason));
                self.undo(number, false)?;
                self.phase(number, phase)
            }
        }
    }

    /// Writes down that a phase is done.
    fn done(
        &mut self,
        number: usize,
        phase: &'a Phase,
        changes: &[Change],
    ) -> Result<(), RunError> {
        // What is written down as done must outlive a power cut.
        self.run.checkpoints.sync()?;
        self.write(Event::PhaseDone { phase: number })?;
        self.forget_layer()?;
        self.around.tell(Told::PhaseDone(phase, changes));
        Ok(())
    }

    /// Writes down that a step failed, and undoes its phase.
    fn failed(
        &mut self,
        number: usize,
        phase: &'a Phase,
        step: usize,
        reason: String,
    ) -> Result<Outcome, RunError> {
        let failed = Event::StepFailed { phase: number, step, reason: reason.clone() };
        self.write(failed)?;
        self.fail(number, phase, step, reason)
    }

    /// Undoes a phase that failed.
    fn fail(
        &mut self,
        number: usize,
        phase: &'a Phase,
        step: usize,
        reason: String,
    ) -> Result<Outcome, RunError> {
        let kept = self.undo(number, true)?;
        self.around.tell(Told::RolledBack(phase, &kept));
        Ok(failed(phase, step, reason, kept))
    }
}

/// The steps of a phase with their places; one without a check ends with the given one.
fn steps<'s>(
    phase: &'s Phase,
    check: &'s Step,
) -> impl Iterator<Item = (usize, &'s Step)> + use<'s> {
    let checks = phase.steps.iter().any(|step| matches!(step.action, Action::Verify(_)));
    phase.steps.iter().chain((!checks).then_some(check)).enumerate()
}

fn failed(phase: &Phase, step: usize, reason: String, kept: Vec<String>) -> Outcome {
    let line = phase.steps.get(step).map_or(phase.line, |step| step.line);
    Outcome::Failed { phase: phase.name.clone(), line, reason, kept }
}

fn is_file(change: &Change) -> bool {
    [&change.before, &change.after].into_iter().flatten().any(|side| !side.entry.is_folder())
}
