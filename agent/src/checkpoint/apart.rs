//! Phases that work elsewhere: over a view of the tree that nobody else sees, until they succeed.
//!
//! What such a phase did is the difference between the tree as it was when it began and the view as
//! it is when it ends. Bringing it into the tree is the same work as undoing a phase, the other way
//! round: three-way for each path, reference and entry of the index, with everything that is needed
//! kept before the first byte changes, gone on with after a kill, and undoable. So the difference is
//! kept as a phase that went from the view to the tree, and landing undoes that.
//!
//! While it works, the tree is a person's: what is changed there meanwhile stays. Where both changed
//! the same, nothing lands at all.

use super::Checkpoints;
use super::capture::{Class, Moment, Touches};
use super::error::Result;
use super::record::{Change, Ended, Phase, Purpose, Record, Side, changes};
use super::restore::{self, Restored, Step};
use super::tree::entry::{Kind, now};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a phase did elsewhere, kept so that it can be brought into the tree.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Landing {
    /// The checkpoint that its phase began with.
    pub of: String,
    /// A phase from what the view is to what the tree was: undoing it lands.
    pub record: Record,
    /// Paths that are ignored or nobody's: where others changed them too, theirs stay, and that
    /// keeps nothing else from landing.
    pub aside: BTreeSet<Vec<u8>>,
    /// When the phase began.
    pub since: i64,
    /// Paths, some of them folders, whose bytes are not kept: they are moved as they are.
    pub bulk: Vec<Vec<u8>>,
}

impl Landing {
    /// What the phase did to the files.
    pub fn changes(&self) -> Vec<Change> {
        let phase = self.record.phase.iter();
        phase.flat_map(|phase| &phase.changes).map(Change::reversed).collect()
    }
}

impl Checkpoints {
    /// Takes a checkpoint for a phase that works elsewhere: what is changed here meanwhile is not
    /// its work. How the tree is, is kept until the phase is over ([`Self::forget_apart`]).
    pub fn create_apart(&self, label: Option<&str>) -> Result<Record> {
        self.take(label, true)
    }

    /// Called where the view is seen: keeps what became of the paths that `touched` names since a
    /// phase began, and gives it.
    pub fn depart(&self, id: &str, touched: Touches<'_>) -> Result<Landing> {
        let _lock = self.lock()?;
        let record = self.find(id)?;
        let begin = self.store.beginning(&record.id)?.ok_or_else(|| self.no_beginning())?;
        let contents = self.store.contents()?;
        let end = self.capture(&contents, Some(&begin), Moment::View(&begin, touched))?;
        end.writer.finish()?;
        let done: Vec<Change> = changes(&begin, &end.snapshot)
            .into_iter()
            .filter(|change| touched(&change.path))
            .collect();
        // A socket ends with who listens.
        let is_left = |side: &Side| matches!(side.entry.kind, Kind::Left { .. });
        let is_special =
            |side: &Option<Side>| side.as_ref().is_some_and(|it| it.entry.kind == Kind::Special);
        let unkept = |change: &Change| match (&change.before, &change.after) {
            (_, Some(after)) => is_left(after),
            (Some(before), None) => is_left(before),
            (None, None) => false,
        };
        let skipped: BTreeSet<&[u8]> =
            begin.skipped.iter().chain(&end.snapshot.skipped).map(Vec::as_slice).collect();
        let (bulk, done): (Vec<Change>, Vec<Change>) = done
            .into_iter()
            .filter(|change| !is_special(&change.after))
            // What becomes of those is no matter of single paths.
            .filter(|change| !skipped.contains(change.path.as_slice()))
            .partition(unkept);
        let known: BTreeSet<&[u8]> = done.iter().map(|change| change.path.as_slice()).collect();
        let classes = end.snapshot.items.iter().zip(&end.classes);
        let mut aside: BTreeSet<Vec<u8>> = classes
            .filter(|(item, class)| **class == Class::Private && known.contains(&*item.path))
            .filter(|(item, _)| !item.entry.is_folder())
            .filter(|(item, _)| super::plan::other_repository(&item.path).is_none())
            .map(|(item, _)| item.path.clone())
            .collect();
        // Of what is gone, what the rules say now.
        let gone: Vec<&[u8]> = done
            .iter()
            .filter(|it| it.after.is_none())
            .filter(|it| it.before.as_ref().is_some_and(|side| !side.entry.is_folder()))
            .map(|it| it.path.as_slice())
            .filter(|path| super::plan::other_repository(path).is_none())
            .collect();
        let ignored = self.git.ignored(&gone)?;
        let rest = gone.iter().zip(ignored).filter(|(_, ignored)| *ignored);
        aside.extend(rest.map(|(path, _)| path.to_vec()));
        let folders = begin.skipped.iter().chain(&end.snapshot.skipped);
        let bulk: BTreeSet<Vec<u8>> = bulk
            .into_iter()
            .map(|change| change.path)
            .chain(folders.filter(|folder| touched(folder)).cloned())
            .collect();
        let landing = Landing {
            of: record.id.clone(),
            record: Record {
                before: end.snapshot.state,
                phase: Some(Phase {
                    ended: now(),
                    why: Ended::Said,
                    changes: done.iter().map(Change::reversed).collect(),
                    after: begin.state,
                }),
                stash: None,
                ..record
            },
            aside,
            since: begin.taken,
            bulk: bulk.into_iter().collect(),
        };
        self.store.save_landing(&landing.of, &landing)?;
        Ok(landing)
    }

    /// What [`Self::depart`] kept for a phase.
    pub fn departed(&self, id: &str) -> Result<Option<Landing>> {
        self.store.landing(id)
    }

    /// Brings what a phase did elsewhere into the tree. When others changed the same since it began,
    /// nothing is done, and the conflicts say what. `step` is called before every step.
    pub fn land(&self, landing: &Landing, step: &mut dyn FnMut(Step)) -> Result<Restored> {
        let _lock = self.lock()?;
        restore::land(self, landing, step)
    }

    /// What a landing did, when it is finished: by what it can be undone, and the files.
    pub fn landed(&self, id: &str) -> Result<Option<Record>> {
        let purpose = Purpose::Landed(id.to_owned());
        Ok(self.store.records()?.into_iter().find(|record| record.purpose == purpose))
    }

    /// Whether something was landed or restored in the tree since a checkpoint was taken.
    pub fn has_moved_since(&self, id: &str) -> Result<bool> {
        let records = self.store.records()?;
        let taken = records.iter().find(|record| record.id == id).map(|record| record.created);
        Ok(records
            .iter()
            .any(|record| record.purpose != Purpose::Checkpoint && Some(record.created) > taken))
    }

    /// Whether everything in the tree was its user's own when a phase began that works elsewhere.
    pub fn is_own(&self, id: &str, user: u32, group: u32) -> Result<bool> {
        let begin = self.store.beginning(id)?.ok_or_else(|| self.no_beginning())?;
        Ok(begin.items.iter().all(|item| item.entry.owner == (user, group)))
    }

    /// Forgets what was kept for a phase that worked elsewhere and is over.
    pub fn forget_apart(&self, id: &str) -> Result<()> {
        self.store.forget_apart(id)
    }
}
