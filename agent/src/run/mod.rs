//! Carries a plan out, so that it can be killed at any moment.
//!
//! A phase is done as a whole or not at all: a checkpoint, its steps, a check, and the end; when
//! something fails, what the phase did is undone and what others did stays. Everything is written
//! down before and after it is done ([`log`]), and [`run`] begins by reading that. A phase in which
//! the last run was killed is undone and done again from its beginning, so that the tree in the end
//! is that of a run that was not killed.
//!
//! That is right only for what is in the tree. A step that changes something elsewhere says so
//! (`once`): it is known by a key made of what it does, and is not done again when it was done. When
//! a run was killed in the middle of one, nobody knows; its `done-when` is asked, and where there is
//! none, the run stops and asks.
//!
//! What was changed while no run was at work is a person's, also when it lies in the middle of a
//! phase: the times without a run are known from the log and a file whose time is set twice a second.

pub mod log;
pub mod script;

use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::plan::Reason;
use crate::checkpoint::record::Ended as Closed;
use crate::checkpoint::restore::Options;
use crate::checkpoint::tree::entry::now;
use crate::checkpoint::tree::shown;
use crate::checkpoint::{Checkpoints, record::Change};
use crate::plan::edit::{self, EditError};
use crate::plan::{Action, OnFailure, Phase, Plan, Script, Step};
use log::{Entry, Event, Hook, Log};
use script::End;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

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
    Checkpoint(&'a str),
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
    /// Looks at what a phase changed so far, and says what can be said of it.
    fn check(&mut self, changes: &[Change]) -> Checked;
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
    /// Called at every write of the log.
    pub hook: Hook<'a>,
}

/// Where the log of a plan's run is.
pub fn log_of(folder: &Path) -> PathBuf {
    folder.join("run.log")
}

/// Carries a plan out, or goes on with it.
pub fn run(run: Run<'_>, around: &mut dyn Surroundings) -> Result<Outcome, RunError> {
    let _tree = lock(&run.checkpoints.folder().join("running"), run.checkpoints.tree())?;
    let path = log_of(run.folder);
    let (log, entries) = Log::open(&path)?;
    let past = Past::of(&entries, sign_of_life(run.folder));
    if !run.again && past.plan.as_ref().is_some_and(|plan| plan != run.hash) {
        return Err(RunError::Changed);
    }
    if let Some((group, since)) = past.group {
        script::end_leftover(group, since);
    }
    // A rollback that was killed is finished first.
    match run.checkpoints.resume(&mut |_| {}) {
        Ok(_) | Err(CheckpointError::NotInterrupted) => {}
        Err(error) => return Err(error.into()),
    }
    let folder = run.folder;
    let from = Instant::now();
    let (taken, waiting) = (Vec::new(), None);
    let mut running = Running { run, around, log, past, from, taken, waiting };
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

/// When the run of a folder was last seen alive.
fn sign_of_life(folder: &Path) -> Option<i64> {
    let time = std::fs::metadata(folder.join("alive")).ok()?.modified().ok()?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos()).ok()
}

/// Sets the time of a file twice a second until it is dropped.
struct Alive {
    done: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Alive {
    const BEAT: Duration = Duration::from_millis(500);

    fn begin(folder: &Path) -> Result<Self, RunError> {
        let path = folder.join("alive");
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(RunError::io(&path))?;
        file.set_modified(SystemTime::now()).map_err(RunError::io(&path))?;
        let done = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&done);
        let thread = std::thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                std::thread::park_timeout(Self::BEAT);
                // Best effort: without it more counts as somebody else's, and stays.
                let _ = file.set_modified(SystemTime::now());
            }
        });
        Ok(Self { done, thread: Some(thread) })
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It ends by itself; nothing follows from how.
            let _ = thread.join();
        }
    }
}

/// What is known of the runs before.
#[derive(Debug, Default)]
struct Past {
    plan: Option<String>,
    done: BTreeSet<usize>,
    /// Phases that failed and were undone since the plan was last given up: the step, and why.
    failed: BTreeMap<usize, (usize, String, Vec<String>)>,
    /// The phase that was begun last and has not ended.
    current: Option<Current>,
    /// Keys of steps that were begun, and whether they are known to be done.
    keys: BTreeMap<String, bool>,
    /// What a person answered, by phase and step.
    answers: BTreeMap<(usize, usize), bool>,
    /// The processes of a step that was not seen to end.
    group: Option<(i32, u64)>,
    /// When nobody was at work.
    away: Vec<(i64, i64)>,
    /// When the last run was last seen alive.
    seen: Option<i64>,
}

/// A phase in the middle of which a run ended.
#[derive(Debug, Clone, Default)]
struct Current {
    phase: usize,
    /// In order: each time the run was left and gone on with, another was taken.
    checkpoints: Vec<String>,
    /// It waits for an answer at this step.
    waiting: Option<usize>,
    failure: Option<(usize, String)>,
}

/// A run is taken to have been alive so long after its last sign, in nanoseconds.
const GRACE: i64 = 600_000_000;

impl Past {
    fn of(entries: &[Entry], sign: Option<i64>) -> Self {
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
            Event::PhaseBegun { phase } => {
                self.failed.remove(phase);
                self.current = Some(Current { phase: *phase, ..Current::default() });
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

/// How a step ended.
enum Ended {
    Done { found: bool },
    Failed(String),
    Left(Outcome),
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
        if let Some(before) = before {
            self.taken = before.checkpoints;
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
        if self.taken.is_empty() {
            self.write(Event::PhaseBegun { phase: number })?;
        }
        self.take_checkpoint(number, phase)?;
        let last_check = phase.steps.iter().any(|step| matches!(step.action, Action::Verify(_)));
        let check = Step { line: phase.line, action: Action::Verify(None) };
        let steps = phase.steps.iter().chain((!last_check).then_some(&check));
        for (at, step) in steps.enumerate().skip(first) {
            if self.run.stop.load(Ordering::Relaxed) {
                self.end_checkpoint()?;
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
                    let failed = Event::StepFailed { phase: number, step: at, reason };
                    let Event::StepFailed { reason, .. } = failed.clone() else { continue };
                    self.write(failed)?;
                    return self.fail(number, phase, at, reason).map(Some);
                }
                Ended::Left(outcome) => {
                    // What is changed from now on is not the phase's.
                    self.end_checkpoint()?;
                    return Ok(Some(outcome));
                }
            }
        }
        let mut changes = self.changes()?;
        changes.retain(is_file);
        self.end_checkpoint()?;
        // What is written down as done must outlive a power cut.
        self.run.checkpoints.sync()?;
        self.write(Event::PhaseDone { phase: number })?;
        self.around.tell(Told::PhaseDone(phase, &changes));
        Ok(None)
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

    /// Takes a checkpoint of the phase: its first, or one from which it goes on.
    fn take_checkpoint(&mut self, number: usize, phase: &Phase) -> Result<(), RunError> {
        let label = format!("{}: {}", self.run.plan.header.id, phase.name);
        let id = self.run.checkpoints.create(Some(&label))?.id;
        self.write(Event::Checkpointed { phase: number, checkpoint: id.clone() })?;
        self.around.tell(Told::Checkpoint(&id));
        self.taken.push(id);
        Ok(())
    }

    /// Says that what is changed from now on is somebody else's.
    fn end_checkpoint(&mut self) -> Result<(), RunError> {
        if let Some(last) = self.taken.last() {
            self.run.checkpoints.end(last)?;
        }
        Ok(())
    }

    /// What became of the files since the phase began.
    fn changes(&self) -> Result<Vec<Change>, RunError> {
        match self.taken.first() {
            Some(first) => Ok(self.run.checkpoints.compare(first, false)?),
            None => Ok(Vec::new()),
        }
    }

    /// Undoes what the phase did, the last part first.
    fn undo(&mut self, number: usize, failed: bool) -> Result<Vec<String>, RunError> {
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
            kept.extend(restored.conflicts.iter().map(|conflict| {
                let path = shown(&conflict.path);
                match conflict.reason {
                    Reason::Changed => path,
                    Reason::NotEmpty => format!("{path} (others have files in it)"),
                    Reason::NotKept => format!("{path} (its bytes were not kept)"),
                    Reason::OtherRepository => format!("{path} (another repository)"),
                    Reason::Denied => format!("{path} (it cannot be written)"),
                }
            }));
        }
        kept.sort();
        kept.dedup();
        self.write(Event::RolledBack { phase: number, failed, kept: kept.clone() })?;
        Ok(kept)
    }

    fn step(&mut self, phase: usize, number: usize, step: &Step) -> Result<Ended, RunError> {
        let minutes = self.run.plan.header.minutes;
        if minutes.is_some_and(|most| self.from.elapsed() > Duration::from_secs(60 * most)) {
            let most = minutes.unwrap_or(0);
            return Ok(Ended::Failed(format!("the run has taken more than {most} minutes")));
        }
        let key = key(self.run.plan, phase, number, step);
        let once = matches!(&step.action, Action::Run(script) if script.once);
        if once && let Some(ended) = self.done_before(step, &key)? {
            if matches!(ended, Ended::Done { .. }) {
                self.write(Event::StepDone { phase, step: number, key, found: true })?;
            }
            return Ok(ended);
        }
        self.write(Event::StepBegun { phase, step: number, key: key.clone() })?;
        let ended = match &step.action {
            Action::Run(script) => self.script(script, phase, number, &key)?,
            Action::Edit { .. } | Action::Patch { .. } => {
                match edit::apply(self.run.checkpoints.tree(), &step.action) {
                    Ok(_) => Ended::Done { found: false },
                    Err(EditError::Io { path, source }) => {
                        Ended::Failed(format!("{}: {source}", path.display()))
                    }
                    Err(error) => Ended::Failed(error.to_string()),
                }
            }
            Action::Verify(given) => self.verify(given.as_ref(), (phase, number), &key)?,
            Action::Ask { question } => self.ask(phase, number, question)?,
            Action::Notify { text } => {
                self.around.tell(Told::Line(text));
                Ended::Done { found: false }
            }
        };
        if matches!(ended, Ended::Done { .. }) {
            self.write(Event::StepDone { phase, step: number, key, found: false })?;
        }
        Ok(ended)
    }

    /// What is known of a step that must not be done twice; none when it is to be done.
    fn done_before(&mut self, step: &Step, key: &str) -> Result<Option<Ended>, RunError> {
        let Action::Run(script) = &step.action else { return Ok(None) };
        match (self.past.keys.get(key).copied(), &script.done_when) {
            (Some(true), _) => Ok(Some(Ended::Done { found: true })),
            // Somebody else may have done it, or a run of another copy of the plan.
            (_, Some(line)) => {
                let variables = [("QF_STEP_KEY", key.to_owned())];
                let done = script::holds(self.run.checkpoints.tree(), line, &variables);
                Ok(done.then_some(Ended::Done { found: true }))
            }
            (None, None) => Ok(None),
            (Some(false), None) => {
                let Some(done) = self.run.settled.take() else {
                    let outcome = Outcome::Unknown { line: step.line, key: key.to_owned() };
                    return Ok(Some(Ended::Left(outcome)));
                };
                self.write(Event::Settled { key: key.to_owned(), done })?;
                Ok(done.then_some(Ended::Done { found: true }))
            }
        }
    }

    fn script(
        &mut self,
        script: &Script,
        phase: usize,
        step: usize,
        key: &str,
    ) -> Result<Ended, RunError> {
        let output = self.run.folder.join(format!("output-{}-{}", phase + 1, step + 1));
        let plan = &self.run.plan.header;
        let variables = [
            ("QF_PLAN", plan.id.clone()),
            ("QF_PHASE", self.run.plan.phases[phase].name.clone()),
            ("QF_STEP_KEY", key.to_owned()),
        ];
        let (log, hook) = (&mut self.log, &mut self.run.hook);
        let mut started = |group, since| {
            log.write(Event::Started { group, since }, &mut **hook)?;
            Ok(())
        };
        let tree = self.run.checkpoints.tree();
        let stop = &self.run.stop;
        Ok(match script::run(tree, script, &output, &variables, stop, &mut started)? {
            End::Right => Ended::Done { found: false },
            End::Wrong(reason) => Ended::Failed(reason),
            End::Stopped => Ended::Left(Outcome::Stopped),
        })
    }

    fn verify(
        &mut self,
        given: Option<&Script>,
        (phase, step): (usize, usize),
        key: &str,
    ) -> Result<Ended, RunError> {
        if let Some(script) = given {
            return self.script(script, phase, step, key);
        }
        let changes = self.changes()?;
        let checked = self.around.check(&changes);
        for line in &checked.lines {
            self.around.tell(Told::Line(line));
        }
        let Some(line) = &self.run.plan.header.test else {
            return Ok(Ended::Done { found: false });
        };
        if checked.tests.is_empty() {
            return Ok(Ended::Done { found: false });
        }
        let tests: Vec<String> = checked.tests.iter().map(|test| quoted(test)).collect();
        let script = Script {
            text: line.replace("{tests}", &tests.join(" ")),
            folder: String::new(),
            expect: 0,
            seconds: Script::SECONDS,
            once: false,
            done_when: None,
        };
        self.script(&script, phase, step, key)
    }

    fn ask(&mut self, phase: usize, step: usize, question: &str) -> Result<Ended, RunError> {
        let known = self.past.answers.get(&(phase, step)).copied();
        // An answer is to the question that waits, and to no other.
        let waits = self.waiting.take() == Some((phase, step));
        let given = if waits { self.run.answer.take() } else { None };
        let mut answer = known.or(given);
        if answer.is_none() {
            // What a person changes while they think is theirs.
            self.end_checkpoint()?;
            answer = self.around.ask(question);
            if answer.is_some() {
                let plan: &'a Plan = self.run.plan;
                self.take_checkpoint(phase, &plan.phases[phase])?;
            }
        }
        let Some(yes) = answer else {
            self.write(Event::Waiting { phase, step })?;
            return Ok(Ended::Left(Outcome::Waiting { question: question.to_owned() }));
        };
        if known.is_none() {
            self.write(Event::Answered { phase, step, yes })?;
        }
        Ok(if yes {
            Ended::Done { found: false }
        } else {
            Ended::Failed("the answer was no".to_owned())
        })
    }
}

fn failed(phase: &Phase, step: usize, reason: String, kept: Vec<String>) -> Outcome {
    let line = phase.steps.get(step).map_or(phase.line, |step| step.line);
    Outcome::Failed { phase: phase.name.clone(), line, reason, kept }
}

fn is_file(change: &Change) -> bool {
    [&change.before, &change.after].into_iter().flatten().any(|side| !side.entry.is_folder())
}

/// What a step is known by: a hash of the plan's name, its phase, its place and what it does.
fn key(plan: &Plan, phase: usize, number: usize, step: &Step) -> String {
    let text = match &step.action {
        Action::Run(script) | Action::Verify(Some(script)) => {
            format!("{}\0{}", script.folder, script.text)
        }
        other => format!("{other:?}"),
    };
    let name = &plan.phases[phase].name;
    let place = format!("{}\0{name}\0{number}\0{}\0{text}", plan.header.id, step.action.name());
    blake3::hash(place.as_bytes()).to_hex()[..32].to_owned()
}

/// One word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
