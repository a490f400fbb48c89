//! Checkpoints: everything a work tree and its repository are at one time, and the way back to it.
//!
//! A checkpoint is taken before a phase of work. It reads, and writes only to a private store
//! outside the repository ([`store`]); one commit that no branch names goes to the list of stashes,
//! so that plain git can bring tracked and untracked files back too ([`stash`]). When the phase has
//! ended, what it changed is written down with the state before and after. Rolling back undoes that
//! list, three-way: it removes only what the phase made, and what somebody changed since stays and
//! is reported ([`plan`], [`undo_git`]). What a rollback did is such a list itself, so it can be
//! undone ([`restore`]).
//!
//! Decisions worth knowing:
//! - Contents that git has in a commit are not stored again; everything else is, once, by its hash.
//! - Work trees are read with the system's own times as a guide ([`tree::scan`]), so that the second
//!   checkpoint costs one look at each file instead of its bytes.
//! - References are restored by what they say, the index and the files of an operation in progress
//!   by their bytes ([`state`]).
//! - Nothing here runs `git clean`, `reset`, `checkout` or `stash push`.

pub mod apart;
pub mod capture;
pub mod error;
pub mod git;
pub mod live;
pub mod plan;
pub mod record;
pub mod restore;
pub mod secrets;
pub mod stash;
pub mod state;
pub mod store;
pub mod tree;
pub mod undo_git;

use capture::{Capture, Moment, Policy};
use error::{CheckpointError, Result};
use git::{Choice, Git, Stash};
use live::Live;
use qf_graph::store::Home;
use record::{Change, Ended, Phase, Purpose, Record, Snapshot, changes};
use restore::{Journal, Options, Restored, Step};
use std::path::Path;
use store::Store;
use store::contents::{Contents, Writer};
use tree::entry::now;
use undo_git::IndexLock;

/// The checkpoints of one work tree.
pub struct Checkpoints {
    git: Box<dyn Git>,
    store: Store,
    policy: Policy,
}

/// What a clean-up freed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freed {
    /// Checkpoints that were dropped.
    pub dropped: usize,
    /// Bytes that the store has less.
    pub bytes: u64,
}

impl Checkpoints {
    /// Those of the work tree that a folder is in.
    pub fn open(home: &Home, folder: &Path, choice: Choice, policy: Policy) -> Result<Self> {
        let folder = folder.canonicalize().map_err(CheckpointError::io(folder))?;
        let git = git::open(&folder, choice)?;
        let tree = &git.layout().tree;
        let refused = |reason| CheckpointError::Refused { path: tree.clone(), reason };
        if tree.parent().is_none() {
            return Err(refused("it is the root of the file system, not a project"));
        }
        let user = std::env::var_os("HOME").and_then(|home| Path::new(&home).canonicalize().ok());
        if user.is_some_and(|user| user.starts_with(tree) && user.parent().is_some()) {
            return Err(refused("it is or has a home folder in it, not a project"));
        }
        let store = Store::new(home, tree);
        Ok(Self { git, store, policy })
    }

    /// What answers for git: `library` or `program`.
    pub fn git(&self) -> &'static str {
        self.git.name()
    }

    /// The root of the work tree.
    pub fn tree(&self) -> &Path {
        &self.git.layout().tree
    }

    /// Bytes of the store.
    pub fn bytes(&self) -> u64 {
        self.store.bytes()
    }

    /// The folder of the store.
    pub fn folder(&self) -> &Path {
        self.store.folder()
    }

    /// All records that can be read, the oldest first.
    pub fn list(&self) -> Result<Vec<Record>> {
        Ok(self.store.readable()?.0)
    }

    /// The names of the records that cannot be read, and what is wrong with each.
    pub fn damaged(&self) -> Result<Vec<(String, CheckpointError)>> {
        Ok(self.store.readable()?.1)
    }

    /// The record whose name is or begins with `id`; `latest` is the last checkpoint.
    pub fn find(&self, id: &str) -> Result<Record> {
        let mut records = self.store.records()?;
        let at = position(&records, id)?;
        Ok(records.swap_remove(at))
    }

    fn lock(&self) -> Result<store::Lock> {
        let lock = self.store.lock(self.tree())?;
        if let Some(journal) = self.store.unfinished::<Journal>()? {
            return Err(CheckpointError::Interrupted { id: journal.target().to_owned() });
        }
        IndexLock::release(self.git.layout(), self.store.folder());
        Ok(lock)
    }

    /// What is said when how the tree was when a phase began is gone, and with it what the phase did.
    fn no_beginning(&self) -> CheckpointError {
        CheckpointError::Damaged {
            path: self.store.folder().join("latest"),
            reason: "how the tree was when the phase began is not there".to_owned(),
        }
    }

    fn capture(
        &self,
        contents: &Contents,
        previous: Option<&Snapshot>,
        moment: Moment<'_>,
    ) -> Result<Capture> {
        capture::capture(self.git.as_ref(), &self.store, contents, previous, &self.policy, moment)
    }

    /// Takes a checkpoint. A phase that goes on ends with it.
    pub fn create(&self, label: Option<&str>) -> Result<Record> {
        self.take(label, false)
    }

    /// Takes a checkpoint of a phase that works here, or apart.
    fn take(&self, label: Option<&str>, apart: bool) -> Result<Record> {
        let _lock = self.lock()?;
        self.store.sweep();
        let contents = self.store.contents()?;
        // What was read last is a help; when it is damaged, everything is read.
        let previous = self.store.snapshot().ok().flatten();
        let mut records = self.store.records()?;
        let open = previous.as_ref().and_then(|begin| going_on(&records, begin));
        let moment = Moment::Before(previous.as_ref().filter(|_| open.is_some()));
        let mut capture = self.capture(&contents, previous.as_ref(), moment)?;
        let (created, id) = record::fresh(&records, now());
        let stashed = stash::stash(self.git.as_ref(), &mut capture, previous.as_ref(), &id)?;
        std::mem::replace(&mut capture.writer, Writer::new(&self.store.packs())).finish()?;
        let mut snapshot = capture.snapshot;
        if let Some((at, begin)) = open.zip(previous.as_ref()) {
            let open = &mut records[at];
            open.phase = Some(Phase {
                ended: created,
                why: Ended::Next,
                changes: changes(begin, &snapshot),
                after: snapshot.state,
            });
            self.store.save(open)?;
        }
        snapshot.of = Some(id.clone()).filter(|_| !apart);
        let nothing =
            Phase { ended: created, why: Ended::Said, changes: Vec::new(), after: snapshot.state };
        let record = Record {
            id,
            purpose: Purpose::Checkpoint,
            created,
            label: label.map(str::to_owned),
            head: capture.state.head_text(),
            stash: Some(stashed.commit),
            files: snapshot.items.iter().filter(|item| !item.entry.is_folder()).count() as u64,
            before: snapshot.state,
            phase: apart.then_some(nothing),
            left: capture::left(&snapshot.items),
            skipped: snapshot.skipped.clone(),
            unlisted: snapshot.unlisted.clone(),
            secrets: stashed.secrets,
        };
        if apart {
            self.store.save_beginning(&record.id, &snapshot)?;
        }
        self.store.save_snapshot(&snapshot)?;
        self.store.add(&record)?;
        if self.store.bytes() > self.policy.cap {
            self.shrink()?;
        }
        Ok(record)
    }

    /// Ends the phase of a checkpoint: what is changed from now on is somebody else's. Gives the
    /// record with what the phase changed. A phase that has ended stays as it is.
    pub fn end(&self, id: &str) -> Result<Record> {
        let _lock = self.lock()?;
        let mut record = self.find(id)?;
        if !record.is_open() {
            return Ok(record);
        }
        let contents = self.store.contents()?;
        let begin = self.store.snapshot()?.filter(|begin| begin.of.as_ref() == Some(&record.id));
        let begin = begin.ok_or_else(|| self.no_beginning())?;
        let end = self.capture(&contents, Some(&begin), Moment::After(&begin))?;
        end.writer.finish()?;
        record.phase = Some(Phase {
            ended: now(),
            why: Ended::Said,
            changes: changes(&begin, &end.snapshot),
            after: end.snapshot.state,
        });
        self.store.save(&record)?;
        self.store.save_snapshot(&end.snapshot)?;
        Ok(record)
    }

    /// Waits until what the tree and git have is on the disk.
    pub fn sync(&self) -> Result<()> {
        tree::write::sync(self.git.layout(), &[])
    }

    /// What became of the files since a checkpoint was taken, or, with `phase`, until its phase
    /// ended. Nothing is written down.
    pub fn compare(&self, id: &str, phase: bool) -> Result<Vec<Change>> {
        let record = self.find(id)?;
        if let Some(ended) = record.phase.as_ref().filter(|_| phase) {
            return Ok(ended.changes.clone());
        }
        let _lock = self.lock()?;
        let contents = self.store.contents()?;
        let previous = self.store.snapshot()?;
        let Some(previous) = previous else {
            return Ok(Vec::new());
        };
        let capture = self.capture(&contents, Some(&previous), Moment::After(&previous))?;
        capture.writer.abandon();
        let now = changes(&previous, &capture.snapshot);
        let records = self.store.records()?;
        let at = position(&records, &record.id)?;
        Ok(compose(&records[at..], &now, &capture.snapshot))
    }

    /// The bytes of one side of a change; none when it is no file or they are gone.
    pub fn bytes_of(&self, side: &record::Side) -> Option<Vec<u8>> {
        let hash = side.entry.hash()?;
        let contents = self.store.contents().ok()?;
        if contents.has(hash) {
            return contents.read(hash).ok();
        }
        self.git.blob(side.blob?).ok().flatten()
    }

    /// Rolls back to a checkpoint: undoes what its phase did, and the phases after it. `step` is
    /// called before every step.
    pub fn restore(
        &self,
        id: &str,
        options: Options,
        step: &mut dyn FnMut(Step),
    ) -> Result<Restored> {
        self.restore_but(id, options, &[], step)
    }

    /// The same, but what was changed within one of these times (in nanoseconds since 1970) counts as
    /// somebody else's, though the phase went on: who did its work was away.
    pub fn restore_but(
        &self,
        id: &str,
        options: Options,
        away: &[(i64, i64)],
        step: &mut dyn FnMut(Step),
    ) -> Result<Restored> {
        let _lock = self.lock()?;
        restore::restore(self, id, options, away, step)
    }

    /// Goes on with a restore that was interrupted.
    pub fn resume(&self, step: &mut dyn FnMut(Step)) -> Result<Restored> {
        let _lock = self.store.lock(self.tree())?;
        let journal = self.store.unfinished::<Journal>()?.ok_or(CheckpointError::NotInterrupted)?;
        let contents = self.store.contents()?;
        let lock = IndexLock::take(self.git.layout(), self.store.folder())?;
        restore::carry_out(self, &contents, journal, lock, &[], true, step)
    }

    /// Forgets checkpoints, and takes them off the list of stashes. One that cannot be read is
    /// forgotten when its whole name is given.
    pub fn drop(&self, ids: &[String]) -> Result<Freed> {
        let _lock = self.lock()?;
        let before = self.store.bytes();
        let mut dropped = 0;
        for id in ids {
            let (mut records, damaged) = self.store.readable()?;
            if let Some(name) = meant(&records, damaged, id)? {
                self.forget_damaged(&name)?;
            } else {
                let at = position(&records, id)?;
                self.forget(&records.swap_remove(at))?;
            }
            dropped += 1;
        }
        // What a record needs that cannot be read, nobody knows.
        if self.damaged()?.is_empty() {
            self.collect()?;
        }
        Ok(Freed { dropped, bytes: before.saturating_sub(self.store.bytes()) })
    }

    /// Forgets all but the newest `keep` checkpoints, and frees what nothing needs.
    pub fn gc(&self, keep: Option<usize>) -> Result<Freed> {
        let _lock = self.lock()?;
        self.store.sweep();
        let before = self.store.bytes();
        let records = self.store.records()?;
        let old = records.len().saturating_sub(keep.unwrap_or(records.len()));
        let old = self.forget_old(&records[..old])?;
        self.collect()?;
        Ok(Freed { dropped: old, bytes: before.saturating_sub(self.store.bytes()) })
    }

    /// Forgets records, but for those of phases that work elsewhere and are not over; gives how many.
    fn forget_old(&self, records: &[Record]) -> Result<usize> {
        let at_work = self.store.at_work()?;
        let mut forgotten = 0;
        for record in records {
            let of = match &record.purpose {
                Purpose::Landed(of) => of,
                Purpose::Checkpoint | Purpose::Undo(_) => &record.id,
            };
            if !at_work.contains(of) {
                self.forget(record)?;
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }

    fn forget(&self, record: &Record) -> Result<()> {
        if let Some(commit) = record.stash {
            self.drop_stashes(|stash| stash.oid == commit && state::is_checkpoint(stash))?;
        }
        self.store.forget_apart(&record.id)?;
        self.store.remove(&record.id)
    }

    /// Forgets a record of which only the name is known.
    fn forget_damaged(&self, name: &str) -> Result<()> {
        let mark = format!("{}{name}", record::MESSAGE);
        self.drop_stashes(|stash| stash.message.ends_with(mark.as_bytes()))?;
        self.store.remove(name)
    }

    /// Takes entries off the list of stashes, the last first: those before it keep their places.
    fn drop_stashes(&self, unwanted: impl Fn(&Stash) -> bool) -> Result<()> {
        for (at, stash) in self.git.stashes()?.iter().enumerate().rev() {
            if unwanted(stash) {
                self.git.drop_stash(at, stash)?;
            }
        }
        Ok(())
    }

    /// Drops the oldest until the store is well below the cap, so that it is not to be done for every
    /// checkpoint; the newest stays.
    fn shrink(&self) -> Result<()> {
        for tenths in (0..10).rev() {
            let records = self.store.records()?;
            let old = records.len() - self.fitting(&records, self.policy.cap / 10 * tenths)?;
            self.forget_old(&records[..old])?;
            self.collect()?;
            // A pack of which most is needed is kept as a whole: then there is more to drop.
            if self.store.bytes() <= self.policy.cap {
                break;
            }
        }
        Ok(())
    }

    /// How many of the newest records fit into so many bytes; the last does.
    fn fitting(&self, records: &[Record], bytes: u64) -> Result<usize> {
        let contents = self.store.contents()?;
        let mut live = Live::new(&contents);
        self.held(&mut live)?;
        let beside = self.store.bytes().saturating_sub(contents.bytes());
        for (count, record) in records.iter().rev().enumerate() {
            live.record(record)?;
            if count > 0 && beside + live.bytes() > bytes {
                return Ok(count);
            }
        }
        Ok(records.len())
    }

    /// What is needed whatever becomes of the records.
    fn held(&self, live: &mut Live<'_>) -> Result<()> {
        let (mut snapshots, landings) = self.store.apart()?;
        snapshots.extend(self.store.snapshot()?);
        for snapshot in &snapshots {
            live.snapshot(snapshot)?;
        }
        for landing in &landings {
            live.record(&landing.record)?;
        }
        Ok(())
    }

    /// Removes the bytes that nothing needs.
    fn collect(&self) -> Result<()> {
        let mut contents = self.store.contents()?;
        let mut live = Live::new(&contents);
        for record in self.store.records()? {
            live.record(&record)?;
        }
        self.held(&mut live)?;
        let live = live.into_hashes();
        contents.collect(&live)?;
        Ok(())
    }
}

/// The record whose phase goes on since this snapshot was taken.
fn going_on(records: &[Record], begin: &Snapshot) -> Option<usize> {
    records.iter().position(|record| record.is_open() && begin.of.as_ref() == Some(&record.id))
}

/// The damaged record that an id is the name of; none when it means none of them. It is an error when
/// it only may mean one.
fn meant(
    records: &[Record],
    damaged: Vec<(String, CheckpointError)>,
    id: &str,
) -> Result<Option<String>> {
    let id = id.strip_prefix(record::MESSAGE).unwrap_or(id);
    if records.iter().any(|record| record.id == id) {
        return Ok(None);
    }
    match damaged.into_iter().find(|(name, _)| id == "latest" || name.starts_with(id)) {
        Some((name, _)) if name == id => Ok(Some(name)),
        Some((_, error)) => Err(error),
        None => Ok(None),
    }
}

/// Which record an id means: its name, the beginning of it, or `latest`.
fn position(records: &[Record], id: &str) -> Result<usize> {
    let id = id.strip_prefix(record::MESSAGE).unwrap_or(id);
    let unknown = || CheckpointError::Unknown { id: id.to_owned() };
    if id == "latest" {
        let checkpoint = |record: &Record| record.purpose == Purpose::Checkpoint;
        return records.iter().rposition(checkpoint).ok_or_else(unknown);
    }
    if let Some(exact) = records.iter().position(|record| record.id == id) {
        return Ok(exact);
    }
    let mut found = (0..records.len()).filter(|&at| records[at].id.starts_with(id));
    let first = found.next().filter(|_| !id.is_empty()).ok_or_else(unknown)?;
    let others: Vec<usize> = found.collect();
    if others.is_empty() {
        return Ok(first);
    }
    let candidates = std::iter::once(first).chain(others);
    Err(CheckpointError::Ambiguous {
        id: id.to_owned(),
        candidates: candidates.map(|at| records[at].id.clone()).collect(),
    })
}

/// What became of paths over several phases and after them, as one list.
fn compose(records: &[Record], last: &[Change], end: &Snapshot) -> Vec<Change> {
    let phases = records.iter().filter_map(|record| record.phase.as_ref());
    let mut all: std::collections::BTreeMap<Vec<u8>, Change> = std::collections::BTreeMap::new();
    for change in phases.flat_map(|phase| &phase.changes).chain(last) {
        all.entry(change.path.clone())
            .and_modify(|known| known.after.clone_from(&change.after))
            .or_insert_with(|| change.clone());
    }
    // Between two phases others may have changed what a phase had changed.
    for change in all.values_mut() {
        let item = end.items.binary_search_by(|item| item.path.cmp(&change.path)).ok();
        change.after = item.map(|at| record::Side::of(&end.items[at]));
    }
    all.into_values().filter(|change| change.before != change.after).collect()
}
