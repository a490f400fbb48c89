//! What a rollback does to the files, worked out before anything is touched.
//!
//! The phases are undone the last first, each path for itself and three-way: where the tree still is
//! as the phase left it, it becomes what it was before; where it is that already, nothing is done;
//! where somebody changed it since, both changes are kept when they are in different lines of a
//! text, and otherwise the later one stays and is reported.

use super::record::{Change, Record, Side};
use super::tree::entry::{ContentHash, Entry, Item, Kind, Stat};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is to be done to one path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Op {
    /// Below the root of the work tree.
    pub path: Vec<u8>,
    /// What is there.
    pub from: Option<Side>,
    /// How to tell that it still is.
    pub stat: Option<Stat>,
    /// What is to be there.
    pub to: Option<Side>,
}

/// Why a path is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// It was changed after the phase.
    Changed,
    /// A folder that the phase made has files of others in it.
    NotEmpty,
    /// Its bytes were not kept.
    NotKept,
    /// It is part of another repository, in which something was changed after the phase.
    OtherRepository,
    /// The system does not let it be written.
    Denied,
}

/// A path that is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The path, or the reference.
    pub path: Vec<u8>,
    /// Why.
    pub reason: Reason,
}

/// What a rollback does to the files.
#[derive(Debug, Default)]
pub struct Plan {
    /// What is done, sorted by path.
    pub ops: Vec<Op>,
    /// What is left.
    pub conflicts: Vec<Conflict>,
    /// Texts in which both changes are kept.
    pub merged: Vec<Vec<u8>>,
    /// New bytes of those texts.
    pub texts: Vec<(ContentHash, Vec<u8>)>,
}

/// Where a plan gets bytes from.
pub trait Bytes {
    /// The bytes of a side, when it is a small file.
    fn text(&self, path: &[u8], side: &Side) -> Option<Vec<u8>>;
    /// Whether the bytes of a side can be had.
    fn is_kept(&self, side: &Side) -> bool;
    /// Whether two files are indexes of git that differ in times alone.
    fn same_index(&self, path: &[u8], now: &Side, then: &Side) -> bool;
}

/// A text above this is not merged.
const LONGEST_TEXT: u64 = 4 << 20;
/// Nor are two texts that differ in a part with more lines than this, both together.
const MOST_LINES: usize = 40_000;

/// Whether two states may be merged by lines.
fn texts(sides: [Option<&Side>; 3]) -> bool {
    sides.iter().all(|side| {
        side.is_some_and(|side| {
            matches!(&side.entry.kind, Kind::File { size, link: None, .. } if *size <= LONGEST_TEXT)
        })
    })
}

fn same(a: Option<&Side>, b: Option<&Side>) -> bool {
    super::tree::entry::same(a.map(|a| &a.entry), b.map(|b| &b.entry))
}

/// Whether somebody wrote a file whose bytes are not kept.
fn touched(a: Option<&Side>, b: Option<&Side>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => {
            let left = |side: &Side| matches!(side.entry.kind, Kind::Left { .. });
            (left(a) || left(b)) && a.entry.modified != b.entry.modified
        }
        _ => false,
    }
}

/// The folder of another repository's state that a path is in: up to its `.git`.
pub fn other_repository(path: &[u8]) -> Option<&[u8]> {
    let mut start = 0;
    for part in path.split(|&byte| byte == b'/') {
        let end = start + part.len();
        if part == b".git" && end < path.len() {
            return Some(&path[..end]);
        }
        start = end + 1;
    }
    None
}

/// Which paths a rollback of these phases looks at, and what is expected there.
pub fn paths<'a>(phases: &[&'a Record]) -> BTreeMap<&'a [u8], Option<&'a Side>> {
    let mut paths = BTreeMap::new();
    let changes = phases.iter().filter_map(|record| record.phase.as_ref()).flat_map(|p| &p.changes);
    for change in changes {
        // The last phase says what is expected to be there now.
        paths.entry(change.path.as_slice()).or_insert(change.after.as_ref());
    }
    paths
}

/// Works out what undoing the phases does: the last phase first, `now` being what is there and
/// `spared` what counts as somebody else's whatever the phases did.
pub fn plan(
    phases: &[&Record],
    now: &BTreeMap<Vec<u8>, Item>,
    spared: &BTreeSet<Vec<u8>>,
    force: bool,
    bytes: &dyn Bytes,
) -> Plan {
    let mut by_path: BTreeMap<&[u8], Vec<&Change>> = BTreeMap::new();
    let changes = phases.iter().filter_map(|record| record.phase.as_ref()).flat_map(|p| &p.changes);
    for change in changes {
        by_path.entry(&change.path).or_default().push(change);
    }
    let mut plan = Plan::default();
    let frozen = if force { BTreeSet::new() } else { frozen(&by_path, now, bytes) };
    for repository in &frozen {
        let path = repository.clone();
        plan.conflicts.push(Conflict { path, reason: Reason::OtherRepository });
    }
    for (path, changes) in by_path {
        let other = other_repository(path);
        if other.is_some_and(|other| frozen.contains(other)) {
            continue;
        }
        if spared.contains(path) && !force {
            plan.conflicts.push(Conflict { path: path.to_vec(), reason: Reason::Changed });
            continue;
        }
        let item = now.get(path);
        let from = item.map(Side::of);
        let mut to = from.clone();
        for change in &changes {
            if !undo(path, change, &mut to, force, bytes, &mut plan) {
                break;
            }
        }
        // What another repository stored stays: something may have come to need it.
        let object = other.is_some_and(|other| path[other.len()..].starts_with(b"/objects/"));
        let had = changes.last().is_some_and(|change| change.before.is_some());
        let whole = other.is_some_and(|other| {
            let head = [other, b"/HEAD"].concat();
            phases.iter().filter_map(|record| record.phase.as_ref()).any(|phase| {
                phase.changes.iter().any(|change| change.path == head && change.before.is_none())
            })
        });
        if object && !had && to.is_none() && !whole {
            continue;
        }
        if from == to {
            continue;
        }
        // A file whose bytes nobody kept may be one that the phase moved: it could never come back.
        let only_one =
            |side: &Side| matches!(side.entry.kind, Kind::Left { .. }) && to.is_none() && !force;
        if from.as_ref().is_some_and(only_one) {
            plan.conflicts.push(Conflict { path: path.to_vec(), reason: Reason::NotKept });
            continue;
        }
        let merged =
            |side: &Side| plan.texts.iter().any(|(hash, _)| side.entry.hash() == Some(*hash));
        if let Some(side) = &to
            && !merged(side)
            && !bytes.is_kept(side)
            && from.as_ref().map(|side| &side.entry.kind) != Some(&side.entry.kind)
        {
            plan.conflicts.push(Conflict { path: path.to_vec(), reason: Reason::NotKept });
            continue;
        }
        plan.ops.push(Op { path: path.to_vec(), from, stat: item.map(|item| item.stat), to });
    }
    plan.merged.sort();
    plan.merged.dedup();
    plan
}

/// Undoes one change of a path; false when what is before it cannot be undone either.
fn undo(
    path: &[u8],
    change: &Change,
    to: &mut Option<Side>,
    force: bool,
    bytes: &dyn Bytes,
    plan: &mut Plan,
) -> bool {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    let folder = |side: Option<&Side>| side.is_some_and(|side| side.entry.is_folder());
    let left = touched(to.as_ref(), after);
    if same(to.as_ref(), after) && !left {
        let mut wanted = before.cloned();
        if let (Some(wanted), Some(now), Some(after)) = (&mut wanted, to.as_ref(), after)
            && wanted.entry.is_folder()
            && now.entry.modified != after.entry.modified
        {
            // Something else was put there or taken away meanwhile: that is when it was.
            wanted.entry.modified = now.entry.modified;
        }
        *to = wanted;
        return true;
    }
    if same(to.as_ref(), before) && !left {
        return true;
    }
    if folder(to.as_ref()) && folder(after) && folder(before) || force {
        // Of a folder, what the phase changed: its mode, and not what is in it.
        let keep = to.as_ref().filter(|_| !force).map(|now| now.entry.modified);
        *to = before.cloned();
        if let (Some(to), Some(keep)) = (to, keep) {
            to.entry.modified = keep;
        }
        return true;
    }
    if let Some(merged) = merge(path, [before, after, to.as_ref()], &plan.texts, bytes) {
        if let Some(side) = to {
            let hash = ContentHash::of(&merged);
            let size = merged.len() as u64;
            side.entry.kind = Kind::File { hash, size, link: None };
            side.entry.modified = super::tree::entry::now();
            side.blob = None;
            plan.texts.push((hash, merged));
        }
        plan.merged.push(path.to_vec());
        return true;
    }
    plan.conflicts.push(Conflict { path: path.to_vec(), reason: Reason::Changed });
    false
}

/// What somebody wrote since, without what the phase wrote; none when both are in the same lines.
/// The sides are before, after and now; `merged` are texts that earlier merges made.
fn merge(
    path: &[u8],
    sides: [Option<&Side>; 3],
    merged: &[(ContentHash, Vec<u8>)],
    bytes: &dyn Bytes,
) -> Option<Vec<u8>> {
    if !texts(sides) {
        return None;
    }
    let [before, after, now] = sides;
    let (before, after, now) = (before?, after?, now?);
    if before.entry.hash() == after.entry.hash() {
        // The phase changed the mode alone; the bytes are somebody else's.
        return None;
    }
    let text = |side: &Side| {
        let made = merged.iter().find(|(hash, _)| side.entry.hash() == Some(*hash));
        made.map(|(_, text)| text.clone()).or_else(|| bytes.text(path, side))
    };
    let (before, after, now) = (text(before)?, text(after)?, text(now)?);
    if [&before, &after, &now].iter().any(|text| text.contains(&0)) {
        return None;
    }
    if too_different(&after, &now) || too_different(&after, &before) {
        return None;
    }
    let merged = diffy::merge_bytes(&after, &now, &before).ok()?;
    // A merge that lost a line that was written since is none.
    keeps(&after, &now, &merged).then_some(merged)
}

/// Whether more lines of two texts are to be compared than a merge has time for: it grows with the
/// square of them. Lines that both begin and end with cost nothing, and so does a text of no others.
fn too_different(a: &[u8], b: &[u8]) -> bool {
    fn lines(text: &[u8]) -> Vec<&[u8]> {
        text.split_inclusive(|&byte| byte == b'\n').collect()
    }
    let (a, b) = (lines(a), lines(b));
    let first = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[first..], &b[first..]);
    let last = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.len() - last, b.len() - last);
    a > 0 && b > 0 && a + b > MOST_LINES
}

/// Whether every line that `now` has more often than `base` is in `merged` as often as in `now`.
fn keeps(base: &[u8], now: &[u8], merged: &[u8]) -> bool {
    fn lines(text: &[u8]) -> BTreeMap<&[u8], usize> {
        let mut count = BTreeMap::new();
        for line in text.split(|&byte| byte == b'\n') {
            *count.entry(line).or_insert(0) += 1;
        }
        count
    }
    let (base, merged) = (lines(base), lines(merged));
    lines(now).iter().all(|(line, count)| {
        let new = count.saturating_sub(base.get(line).copied().unwrap_or(0));
        merged.get(line).copied().unwrap_or(0) >= new
    })
}

/// The other repositories in which somebody changed since what the phases changed.
fn frozen(
    by_path: &BTreeMap<&[u8], Vec<&Change>>,
    now: &BTreeMap<Vec<u8>, Item>,
    bytes: &dyn Bytes,
) -> BTreeSet<Vec<u8>> {
    let mut frozen = BTreeSet::new();
    for (path, changes) in by_path {
        let Some(other) = other_repository(path) else { continue };
        let Some(change) = changes.first() else { continue };
        let now = now.get(*path).map(Side::of);
        let now = now.as_ref();
        let expected = same(now, change.after.as_ref()) || same(now, change.before.as_ref());
        let index = super::tree::name(path) == b"index"
            && now
                .zip(change.after.as_ref())
                .is_some_and(|(now, then)| bytes.same_index(path, now, then));
        if !expected && !index {
            frozen.insert(other.to_vec());
        }
    }
    frozen
}

/// The lines in which two texts differ.
pub fn patch(before: &[u8], after: &[u8]) -> Vec<u8> {
    let mut options = diffy::DiffOptions::new();
    options.set_context_len(3);
    options.create_patch_bytes(before, after).to_bytes()
}

/// Whether only the times and the rights of an entry are to be changed.
pub fn keeps_content(from: &Entry, to: &Entry) -> bool {
    match (&from.kind, &to.kind) {
        (Kind::File { hash: a, link: first, .. }, Kind::File { hash: b, link: second, .. }) => {
            a == b && first == second
        }
        (Kind::Left { size: a, .. }, Kind::Left { size: b, .. }) => a == b,
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_LINES, keeps, other_repository, too_different};

    #[test]
    fn folders_of_other_repositories() {
        assert_eq!(other_repository(b"a/.git/HEAD"), Some(&b"a/.git"[..]));
        assert_eq!(other_repository(b"a/.git"), None);
        assert_eq!(other_repository(b"a/.gitignore"), None);
    }

    #[test]
    fn a_merge_keeps_what_was_written() {
        assert!(keeps(b"a\nb\n", b"a\nmine\nb\n", b"mine\n"));
        assert!(!keeps(b"a\nb\n", b"a\nmine\nb\n", b"a\nb\n"));
    }

    #[test]
    fn only_lines_that_differ_count() {
        let text = |from: usize, to: usize| -> Vec<u8> {
            (from..to).flat_map(|line| format!("{line}\n").into_bytes()).collect()
        };
        let long = text(0, 2 * MOST_LINES);
        let edited = [&text(0, 100)[..], b"mine\n", &text(101, 2 * MOST_LINES)].concat();
        assert!(!too_different(&long, &edited));
        assert!(!too_different(b"", &long));
        assert!(!too_different(&long, &[&long[..], &long].concat()));
        assert!(!too_different(b"mine\n", &text(0, MOST_LINES - 1)));
        assert!(too_different(b"mine\n", &text(0, MOST_LINES)));
        assert!(too_different(&long, &text(MOST_LINES * 2, MOST_LINES * 3)));
    }
}
