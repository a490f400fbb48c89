//! What is written down of a checkpoint.
//!
//! A checkpoint by itself is a promise; what makes it restorable is the list of changes of the phase
//! that followed, each with the state before and after. A rollback reads that list alone: neither
//! all of the tree nor what other phases did.

use super::git::TreeChange;
use super::tree::entry::{ContentHash, Entry, Item, Kind, Left, Oid};
use qf_graph::time::Moment;
use serde::{Deserialize, Serialize};

/// The beginning of the message of every checkpoint in `git stash list`.
pub const MESSAGE: &str = "quantumflow-checkpoint-";

/// Everything in a work tree at one time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Snapshot {
    /// The checkpoint that began with it; none when it is the end of a phase.
    pub of: Option<String>,
    /// When it was begun.
    pub taken: i64,
    /// What is there, sorted by path.
    pub items: Vec<Item>,
    /// Ignored folders of build output and dependencies that were not entered.
    pub skipped: Vec<Vec<u8>>,
    /// Folders that could not be listed.
    pub unlisted: Vec<Vec<u8>>,
    /// The commit of HEAD.
    pub commit: Option<Oid>,
    /// What git knows, as it is kept.
    pub state: ContentHash,
    /// The content of the index, to which a later one is kept as a difference.
    pub index: Option<ContentHash>,
    /// What is staged in it, against that commit.
    pub staged: Vec<TreeChange>,
}

/// One side of a change: what was there, and the object of git that has its very bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// What was there.
    pub entry: Entry,
    /// Where git has its bytes.
    pub blob: Option<Oid>,
}

impl Side {
    /// Of an item.
    pub fn of(item: &Item) -> Self {
        let blob = item.blob.filter(|blob| blob.exact).map(|blob| blob.oid);
        Self { entry: item.entry.clone(), blob }
    }
}

/// What became of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Below the root of the work tree.
    pub path: Vec<u8>,
    /// What was there before; none when nothing was.
    pub before: Option<Side>,
    /// What was there after.
    pub after: Option<Side>,
}

impl Change {
    /// The way back.
    pub fn reversed(&self) -> Self {
        let (before, after) = (self.after.clone(), self.before.clone());
        Self { path: self.path.clone(), before, after }
    }
}

/// Why a phase counts as ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// It was said.
    Said,
    /// The next checkpoint was taken.
    Next,
    /// It was rolled back.
    Restored,
}

/// What happened after a checkpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Phase {
    /// When it ended.
    pub ended: i64,
    /// Why it counts as ended.
    pub why: Ended,
    /// What it changed, sorted by path.
    pub changes: Vec<Change>,
    /// What git knew afterwards, as it is kept.
    pub after: ContentHash,
}

/// What a record is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// A checkpoint.
    Checkpoint,
    /// What a restore of this checkpoint did, so that it can be undone.
    Undo(String),
    /// What a phase that began with this checkpoint did elsewhere, brought into the tree.
    Landed(String),
}

/// A checkpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// Its name.
    pub id: String,
    /// Of a checkpoint or of a restore.
    pub purpose: Purpose,
    /// When, in nanoseconds since 1970.
    pub created: i64,
    /// What for, in a person's words.
    pub label: Option<String>,
    /// The branch, or the commit, of HEAD.
    pub head: String,
    /// The commit in the list of stashes.
    pub stash: Option<Oid>,
    /// How many files the tree had.
    pub files: u64,
    /// What git knew, as it is kept.
    pub before: ContentHash,
    /// What happened afterwards; none while it goes on.
    pub phase: Option<Phase>,
    /// Files whose bytes are not in it, and why.
    pub left: Vec<(Vec<u8>, Left)>,
    /// Folders that were not entered.
    pub skipped: Vec<Vec<u8>>,
    /// Folders that could not be listed.
    pub unlisted: Vec<Vec<u8>>,
    /// Files that are in the private store alone because they look like secrets.
    pub secrets: Vec<Vec<u8>>,
}

impl Record {
    /// Whether its phase goes on.
    pub fn is_open(&self) -> bool {
        self.purpose == Purpose::Checkpoint && self.phase.is_none()
    }
}

/// What became of the paths between two snapshots, but for what is below folders that one of them
/// did not look into.
pub fn changes(before: &Snapshot, after: &Snapshot) -> Vec<Change> {
    let unseen: Vec<&[u8]> = [&before.skipped, &before.unlisted, &after.skipped, &after.unlisted]
        .into_iter()
        .flatten()
        .map(Vec::as_slice)
        .collect();
    let hidden = |path: &[u8]| {
        unseen.iter().any(|folder| {
            path.strip_prefix(*folder)
                .is_some_and(|rest| rest.first() == Some(&b'/') || folder.is_empty())
        })
    };
    let mut changes = Vec::new();
    let (mut old, mut new) = (before.items.iter().peekable(), after.items.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(a), Some(b)) => a.path.cmp(&b.path),
        };
        let a = if order.is_le() { old.next() } else { None };
        let b = if order.is_ge() { new.next() } else { None };
        if unchanged(a, b) {
            continue;
        }
        let Some(path) = a.or(b).map(|item| item.path.clone()) else { break };
        if !hidden(&path) {
            changes.push(Change { path, before: a.map(Side::of), after: b.map(Side::of) });
        }
    }
    changes
}

fn unchanged(a: Option<&Item>, b: Option<&Item>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    if a.entry == b.entry {
        return true;
    }
    let size = |item: &Item| match item.entry.kind {
        Kind::File { size, .. } | Kind::Left { size, .. } => Some(size),
        _ => None,
    };
    // Of a file that is kept on one side alone, size and times must tell.
    let left =
        matches!(a.entry.kind, Kind::Left { .. }) || matches!(b.entry.kind, Kind::Left { .. });
    left && size(a) == size(b)
        && a.entry.modified == b.entry.modified
        && a.entry.mode == b.entry.mode
}

/// A name for a record that is made at this time: sortable, and short enough to be typed.
pub fn name(created: i64) -> String {
    let Moment { year, month, day, hour, minute, second } =
        Moment::of(created.div_euclid(1_000_000_000));
    let spread = blake3::hash(
        &[created.to_le_bytes(), i64::from(std::process::id()).to_le_bytes()].concat(),
    );
    let tail = &spread.to_hex()[..4];
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}-{tail}")
}

/// The time and the name of a new record: later than every other, whatever the clock says, and a
/// name that none has. A name has so few letters that two of one second may be the same.
pub fn fresh(records: &[Record], now: i64) -> (i64, String) {
    let last = records.iter().map(|record| record.created).max();
    let mut created = last.map_or(now, |last| last.saturating_add(1).max(now));
    loop {
        let id = name(created);
        if records.iter().all(|record| record.id != id) {
            return (created, id);
        }
        created = created.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::{ContentHash, Purpose, Record, fresh, name};
    use std::collections::BTreeMap;

    fn record(created: i64, id: String) -> Record {
        Record {
            id,
            purpose: Purpose::Checkpoint,
            created,
            label: None,
            head: String::new(),
            stash: None,
            files: 0,
            before: ContentHash::of(b""),
            phase: None,
            left: Vec::new(),
            skipped: Vec::new(),
            unlisted: Vec::new(),
            secrets: Vec::new(),
        }
    }

    #[test]
    fn names_are_dates() {
        assert!(name(0).starts_with("19700101-000000-"));
        assert!(name(951_782_399 * 1_000_000_000).starts_with("20000228-235959-"));
        assert!(name(1_709_164_800 * 1_000_000_000).starts_with("20240229-000000-"));
        assert_ne!(name(1), name(2));
    }

    #[test]
    fn no_two_records_have_one_name() {
        let mut first: BTreeMap<String, i64> = BTreeMap::new();
        // Of two thousand names of one second some are the same.
        let (old, new) = (0..2000)
            .find_map(|created| first.insert(name(created), created).map(|old| (old, created)))
            .expect("names are that short");
        let mut records = vec![record(old, name(old))];
        let (created, id) = fresh(&records, new);
        assert!(created > new, "{created}");
        assert_ne!(id, name(old));
        // Whatever the clock says.
        records.push(record(created, id.clone()));
        let (later, other) = fresh(&records, 0);
        assert!(later > created);
        assert_ne!(other, id);
        assert_eq!(fresh(&[], 7), (7, name(7)));
    }
}
