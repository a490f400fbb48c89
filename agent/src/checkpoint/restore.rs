//! Carries a rollback out: plan, journal, files, git, record.
//!
//! Everything that will be needed is in the store before the first byte of the tree changes: the
//! bytes that are there now, and the list of what is to be done. A restore that is killed is gone on
//! with from that list ([`super::Checkpoints::resume`]); one that is finished left a record by which
//! it is undone like any phase.

use super::apart::Landing;
use super::capture::{self, Moment};
use super::error::{CheckpointError, Result};
use super::plan::{self, Bytes, Conflict, Op};
use super::record::{Change, Ended, Phase, Purpose, Record, Side, changes, fresh};
use super::state::{self, GitState, Index};
use super::store::contents::{Contents, Writer};
use super::tree::entry::{Item, Kind, now};
use super::tree::scan::{Scan, Sink};
use super::tree::write;
use super::undo_git::{self, GitPlan, IndexLock, Planner};
use super::{Checkpoints, going_on, position};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// How to restore.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Undo this phase alone, and not those after it.
    pub only: bool,
    /// Undo also what was changed since, in what the phase changed.
    pub force: bool,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

/// A step of a restore that is about to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Writing down what is to be done.
    Journal,
    /// The n-th change of a path.
    Path(usize),
    /// A part of what git knows.
    Git(&'static str),
    /// Writing down what was done.
    Record,
}

/// What a restore came to.
#[derive(Debug)]
pub struct Restored {
    /// The checkpoint.
    pub id: String,
    /// Checkpoints whose phases were undone, too, the last first.
    pub also: Vec<String>,
    /// By what it can be undone; none when there was nothing to do.
    pub undo: Option<String>,
    /// What was done to files.
    pub changes: Vec<Change>,
    /// Texts in which both changes are kept.
    pub merged: Vec<Vec<u8>>,
    /// What was done to what git knows.
    pub git: Vec<String>,
    /// What was left as it is.
    pub conflicts: Vec<Conflict>,
}

/// What an unfinished restore has to do.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    target: String,
    also: Vec<String>,
    undo: Record,
    ops: Vec<Op>,
    git: GitPlan,
    merged: Vec<Vec<u8>>,
}

impl Journal {
    /// Of which checkpoint.
    pub(super) fn target(&self) -> &str {
        &self.target
    }
}

/// Bytes from the store or from git.
struct Source<'a> {
    checkpoints: &'a Checkpoints,
    contents: &'a Contents,
}

impl Source<'_> {
    fn copy(&self, path: &[u8], side: &Side, out: &mut impl Write) -> Result<()> {
        let gone = |reason: &str| CheckpointError::Gone {
            path: super::tree::shown(path),
            reason: reason.to_owned(),
        };
        let hash = side.entry.hash().ok_or_else(|| gone("its bytes were not kept"))?;
        if self.contents.has(hash) {
            return self.contents.copy(hash, out);
        }
        let oid = side.blob.ok_or_else(|| gone("no pack has it"))?;
        let bytes = self.checkpoints.git.blob(oid)?.ok_or_else(|| gone("git has lost it"))?;
        if super::tree::entry::ContentHash::of(&bytes) != hash {
            return Err(gone("git has other bytes"));
        }
        let file = super::tree::on_disk(&self.checkpoints.git.layout().tree, path);
        out.write_all(&bytes).map_err(CheckpointError::io(&file))
    }
}

impl Bytes for Source<'_> {
    fn text(&self, path: &[u8], side: &Side) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        if self.copy(path, side, &mut bytes).is_ok() {
            return Some(bytes);
        }
        // What is there now may be in no pack yet.
        let file = super::tree::on_disk(&self.checkpoints.git.layout().tree, path);
        let bytes = std::fs::read(file).ok()?;
        (Some(super::tree::entry::ContentHash::of(&bytes)) == side.entry.hash()).then_some(bytes)
    }

    fn is_kept(&self, side: &Side) -> bool {
        match side.entry.kind {
            Kind::File { hash, .. } => {
                self.contents.has(hash)
                    || side.blob.is_some_and(|oid| self.checkpoints.git.has(oid))
            }
            Kind::Left { .. } | Kind::Special => false,
            Kind::Symlink(_) | Kind::Folder | Kind::Pipe => true,
        }
    }

    fn same_index(&self, path: &[u8], now: &Side, then: &Side) -> bool {
        let entries = |side: &Side| {
            let bytes = self.text(path, side)?;
            let file = self.checkpoints.store.folder().join("other-index");
            std::fs::write(&file, bytes).ok()?;
            let entries = self.checkpoints.git.index(&file).ok();
            let _ = std::fs::remove_file(&file);
            entries
        };
        matches!((entries(now), entries(then)), (Some(a), Some(b)) if a == b)
    }
}

/// What is to be undone, and under which name.
struct Undoing<'a> {
    /// The checkpoint that is meant.
    target: String,
    /// What the record of it says.
    purpose: Purpose,
    /// The phases, the last first.
    phases: Vec<&'a Record>,
    options: Options,
    /// Times within which changes are somebody else's.
    away: &'a [(i64, i64)],
    /// Nothing is done when anything but these paths must stay as it is.
    whole: Option<&'a BTreeSet<Vec<u8>>>,
}

/// Rolls back.
pub(super) fn restore(
    checkpoints: &Checkpoints,
    id: &str,
    options: Options,
    away: &[(i64, i64)],
    step: &mut dyn FnMut(Step),
) -> Result<Restored> {
    let mut contents = checkpoints.store.contents()?;
    let mut records = checkpoints.store.records()?;
    let at = position(&records, id)?;
    close_open(checkpoints, &mut contents, &mut records, options.dry_run)?;
    if records[at].is_open() {
        // Nobody can say what was done since.
        return Err(checkpoints.no_beginning());
    }
    let end = if options.only { at + 1 } else { records.len() };
    let phases: Vec<&Record> =
        records[at..end].iter().rev().filter(|record| record.phase.is_some()).collect();
    let target = records[at].id.clone();
    let purpose = Purpose::Undo(target.clone());
    let undoing = Undoing { target, purpose, phases, options, away, whole: None };
    undo(checkpoints, &mut contents, &records, &undoing, step)
}

/// Brings what was done elsewhere into the tree: undoes the way from there to here, as a whole or
/// not at all.
pub(super) fn land(
    checkpoints: &Checkpoints,
    landing: &Landing,
    step: &mut dyn FnMut(Step),
) -> Result<Restored> {
    let mut contents = checkpoints.store.contents()?;
    let mut records = checkpoints.store.records()?;
    close_open(checkpoints, &mut contents, &mut records, false)?;
    let undoing = Undoing {
        target: landing.of.clone(),
        purpose: Purpose::Landed(landing.of.clone()),
        phases: vec![&landing.record],
        options: Options { only: true, ..Options::default() },
        away: &[],
        whole: Some(&landing.aside),
    };
    undo(checkpoints, &mut contents, &records, &undoing, step)
}

fn undo(
    checkpoints: &Checkpoints,
    contents: &mut Contents,
    records: &[Record],
    undoing: &Undoing<'_>,
    step: &mut dyn FnMut(Step),
) -> Result<Restored> {
    let git = checkpoints.git.as_ref();
    let Undoing { target, phases, options, away, .. } = undoing;
    let (created, undo_id) = fresh(records, now());
    // Nothing of the user's has changed yet: when another git is at work, that is all. What is read
    // from here on is what will be there when it is written.
    let lock = if options.dry_run {
        None
    } else {
        Some(IndexLock::take(git.layout(), checkpoints.store.folder())?)
    };
    let also =
        phases.iter().map(|record| record.id.clone()).filter(|other| other != target).collect();

    let writer = Writer::new(&checkpoints.store.packs());
    let sink = Sink { contents, writer: Mutex::new(writer) };
    let scan =
        Scan { layout: git.layout(), previous: &[], trusted: false, touched: None, sink: &sink };
    let mut present: BTreeMap<Vec<u8>, Item> = BTreeMap::new();
    for (path, expected) in plan::paths(phases) {
        if let Some(item) = scan.now(path, expected.map(|side| &side.entry))? {
            present.insert(path.to_vec(), item);
        }
    }
    let away =
        |item: &Item| away.iter().any(|(from, to)| (*from..=*to).contains(&item.stat.changed));
    let spared: BTreeSet<Vec<u8>> = present
        .values()
        .filter(|item| !item.entry.is_folder() && away(item))
        .map(|item| item.path.clone())
        .collect();
    let source = Source { checkpoints, contents };
    let mut plan = plan::plan(phases, &present, &spared, options.force, &source);
    for (hash, text) in &plan.texts {
        sink.keep(*hash, text)?;
    }
    let mut writer = sink.writer.into_inner().unwrap_or_else(PoisonError::into_inner);

    let mut states = Vec::new();
    for (record, phase) in phases.iter().filter_map(|r| Some((r, r.phase.as_ref()?))) {
        let before = state::load(contents, record.before)?;
        states.push((before, state::load(contents, phase.after)?));
    }
    let known: Vec<&GitState> = states.iter().flat_map(|(before, after)| [after, before]).collect();
    let (now_state, _) = state::capture(git, contents, &mut writer, Index::Of(&known))?;
    let mut planner = Planner {
        git,
        contents,
        writer: &mut writer,
        scratch: checkpoints.store.folder(),
        force: options.force,
    };
    let git_plan = planner.plan(&states, &now_state, &mut plan.conflicts)?;
    let mut restored = Restored {
        id: target.clone(),
        also,
        undo: None,
        changes: plan.ops.iter().map(change).collect(),
        merged: plan.merged,
        git: git_plan.lines(),
        conflicts: plan.conflicts,
    };
    let stuck = undoing.whole.is_some_and(|aside| {
        restored.conflicts.iter().any(|conflict| !aside.contains(&conflict.path))
    });
    let nothing = plan.ops.is_empty() && git_plan.is_empty();
    let lock = lock.filter(|_| !stuck && !nothing);
    let Some(lock) = lock else {
        writer.abandon();
        return Ok(restored);
    };
    let before = state::keep(&now_state, contents, &mut writer)?;
    writer.finish_into(contents)?;
    let undo = Record {
        id: undo_id,
        purpose: undoing.purpose.clone(),
        created,
        label: None,
        head: now_state.head_text(),
        stash: None,
        files: 0,
        before,
        phase: None,
        left: Vec::new(),
        skipped: Vec::new(),
        unlisted: Vec::new(),
        secrets: Vec::new(),
    };
    let journal = Journal {
        target: target.clone(),
        also: restored.also.clone(),
        undo,
        ops: plan.ops,
        git: git_plan,
        merged: restored.merged.clone(),
    };
    step(Step::Journal);
    checkpoints.store.begin(&journal)?;
    let known: Vec<&GitState> = std::iter::once(&now_state).chain(known).collect();
    let done = carry_out(checkpoints, contents, journal, lock, &known, false, step)?;
    restored.changes = done.changes;
    restored.undo = done.undo;
    restored.conflicts.extend(done.conflicts);
    Ok(restored)
}

fn change(op: &Op) -> Change {
    Change { path: op.path.clone(), before: op.from.clone(), after: op.to.clone() }
}

/// Ends the phase that goes on, so that what it changed is known.
fn close_open(
    checkpoints: &Checkpoints,
    contents: &mut Contents,
    records: &mut [Record],
    dry_run: bool,
) -> Result<()> {
    if !records.iter().any(Record::is_open) {
        return Ok(());
    }
    let Some(begin) = checkpoints.store.snapshot()? else { return Ok(()) };
    let Some(at) = going_on(records, &begin) else { return Ok(()) };
    let open = &mut records[at];
    let git = checkpoints.git.as_ref();
    let moment = Moment::After(&begin);
    let policy = &checkpoints.policy;
    let end = capture::capture(git, &checkpoints.store, contents, Some(&begin), policy, moment)?;
    open.phase = Some(Phase {
        ended: now(),
        why: Ended::Restored,
        changes: changes(&begin, &end.snapshot),
        after: end.snapshot.state,
    });
    end.writer.finish_into(contents)?;
    if !dry_run {
        checkpoints.store.save(open)?;
        checkpoints.store.save_snapshot(&end.snapshot)?;
    }
    Ok(())
}

/// Does what a journal says, and writes down what was done.
pub(super) fn carry_out(
    checkpoints: &Checkpoints,
    contents: &Contents,
    journal: Journal,
    lock: IndexLock,
    known: &[&GitState],
    resumed: bool,
    step: &mut dyn FnMut(Step),
) -> Result<Restored> {
    let git = checkpoints.git.as_ref();
    let source = Source { checkpoints, contents };
    let mut fill = |op: &Op, file: &mut std::fs::File| match &op.to {
        Some(side) => source
            .copy(&op.path, side, file)
            .map_err(|error| std::io::Error::other(error.to_string())),
        None => Ok(()),
    };
    let root = &git.layout().tree;
    let applied = write::apply(root, &journal.ops, resumed, &mut fill, &mut |number| {
        step(Step::Path(number));
    });
    let skipped =
        undo_git::apply(git, contents, &journal.git, lock, &mut |part| step(Step::Git(part)))?;
    write::sync(git.layout(), &journal.ops)?;
    step(Step::Record);
    let left = |path: &[u8]| applied.conflicts.iter().any(|conflict| conflict.path == path);
    let done: Vec<Change> = journal.ops.iter().filter(|op| !left(&op.path)).map(change).collect();
    let mut writer = Writer::new(&checkpoints.store.packs());
    let (mut after, _) = state::capture(git, contents, &mut writer, Index::Of(known))?;
    if !skipped.is_empty() {
        skipped.leave_out(&state::load(contents, journal.undo.before)?, &mut after);
    }
    let after = state::keep(&after, contents, &mut writer)?;
    writer.finish()?;
    let mut undo = journal.undo;
    undo.phase = Some(Phase { ended: now(), why: Ended::Said, changes: done.clone(), after });
    if resumed {
        // It may have been stopped right after this.
        checkpoints.store.save(&undo)?;
    } else {
        checkpoints.store.add(&undo)?;
    }
    checkpoints.store.finish()?;
    let mut conflicts = applied.conflicts;
    conflicts.extend(skipped.conflicts());
    Ok(Restored {
        id: journal.target,
        also: journal.also,
        undo: Some(undo.id),
        changes: done,
        merged: journal.merged,
        git: journal.git.lines(),
        conflicts,
    })
}
