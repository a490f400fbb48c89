//! The part of a checkpoint that plain git can read: a commit as `git stash` makes it.
//!
//! Its tree has the tracked files, its second parent the index, its third the untracked files, as
//! git would store them. `git stash list` names it and `git stash apply` brings it back, without
//! this program. What is ignored or looks like a secret is not in it, because references get
//! published.

use super::capture::{Capture, Class};
use super::error::Result;
use super::git::{Git, TreeChange};
use super::record::{MESSAGE, Snapshot};
use super::secrets;
use super::tree::entry::{Blob, Kind, Oid};
use super::tree::on_disk;
use std::collections::{BTreeSet, HashMap};
use std::io::Read;

/// What a stash came to.
pub struct Stashed {
    /// The commit.
    pub commit: Oid,
    /// Files that are not in it because they look like secrets.
    pub secrets: Vec<Vec<u8>>,
}

/// The mode that git has for a file.
fn mode(kind: &Kind, bits: u32) -> u32 {
    match kind {
        Kind::Symlink(_) => 0o120_000,
        _ if bits & 0o100 != 0 => 0o100_755,
        _ => 0o100_644,
    }
}

/// A file or link of which git is to have a blob.
struct Wanted {
    number: usize,
    mode: u32,
    blob: Option<Oid>,
}

/// Makes the commit and puts it on the list of stashes.
pub fn stash(
    git: &dyn Git,
    capture: &mut Capture,
    previous: Option<&Snapshot>,
    id: &str,
) -> Result<Stashed> {
    let mut secrets = Vec::new();
    let (mut tracked, mut untracked) = (Vec::new(), Vec::new());
    let staged: HashMap<&[u8], (u32, Oid)> = capture
        .index
        .iter()
        .filter(|entry| entry.stage == 0)
        .map(|entry| (entry.path.as_slice(), (entry.mode, entry.oid)))
        .collect();
    let mut there: BTreeSet<&[u8]> = BTreeSet::new();
    for (number, (item, class)) in capture.snapshot.items.iter().zip(&capture.classes).enumerate() {
        let link = matches!(item.entry.kind, Kind::Symlink(_));
        if !link && item.entry.hash().is_none() {
            if matches!(item.entry.kind, Kind::Left { .. }) {
                there.insert(&item.path);
            }
            continue;
        }
        let path = item.path.as_slice();
        let mode = mode(&item.entry.kind, item.entry.mode);
        let exact = item.blob.filter(|blob| blob.exact).map(|blob| blob.oid);
        there.insert(path);
        match class {
            Class::Private => {}
            Class::Tracked
                if exact.is_some() && staged.get(path) == exact.map(|oid| (mode, oid)).as_ref() => {
            }
            Class::Tracked | Class::Untracked => {
                // A file that has a blob which is not of the index was looked at before that was
                // made, and has not changed since.
                let seen = item.blob.is_some_and(|blob| !blob.exact);
                if is_secret(git, path, link || seen) {
                    secrets.push(path.to_vec());
                    continue;
                }
                let wanted = Wanted { number, mode, blob: exact };
                if *class == Class::Tracked { tracked.push(wanted) } else { untracked.push(wanted) }
            }
        }
    }
    let gone: Vec<TreeChange> = capture
        .index
        .iter()
        .filter(|entry| entry.stage == 0 && !entry.skip && entry.mode != 0o160_000)
        .filter(|entry| !there.contains(entry.path.as_slice()))
        .map(|entry| (entry.path.clone(), None))
        .collect();
    fill(git, capture, previous, &mut tracked)?;
    fill(git, capture, previous, &mut untracked)?;

    let base = match capture.state.commit {
        Some(commit) => commit,
        // A stash stands on a commit; before the first there is an empty one.
        None => git.commit(git.write_tree(None, &[])?, &[], "nothing yet")?,
    };
    let branch = match capture.state.head_text() {
        head if matches!(capture.state.head, super::git::Target::Symbolic(_)) => head,
        _ => "(no branch)".to_owned(),
    };
    let index_tree = git.write_tree(capture.state.commit, &capture.staged)?;
    let index_commit =
        git.commit(index_tree, &[base], &format!("index on {branch}: {MESSAGE}{id}\n"))?;
    let items = &capture.snapshot.items;
    let change = |wanted: &Wanted| -> Option<TreeChange> {
        Some((items[wanted.number].path.clone(), Some((wanted.mode, wanted.blob?))))
    };
    let mut changes = capture.staged.clone();
    changes.extend(gone);
    changes.extend(tracked.iter().filter_map(change));
    let tree = git.write_tree(capture.state.commit, &last(changes))?;
    let mut parents = vec![base, index_commit];
    let others: Vec<TreeChange> = untracked.iter().filter_map(change).collect();
    if !others.is_empty() {
        let tree = git.write_tree(None, &others)?;
        let message = format!("untracked files on {branch}: {MESSAGE}{id}\n");
        parents.push(git.commit(tree, &[], &message)?);
    }
    let message = format!("On {branch}: {MESSAGE}{id}");
    let commit = git.commit(tree, &parents, &format!("{message}\n"))?;
    git.stash(commit, &message)?;
    Ok(Stashed { commit, secrets })
}

/// The last of several changes of each path.
fn last(changes: Vec<TreeChange>) -> Vec<TreeChange> {
    let map: std::collections::BTreeMap<Vec<u8>, Option<(u32, Oid)>> =
        changes.into_iter().collect();
    map.into_iter().collect()
}

/// Gives every wanted file its blob: the one it had when it was the same, else a new one.
fn fill(
    git: &dyn Git,
    capture: &mut Capture,
    previous: Option<&Snapshot>,
    wanted: &mut [Wanted],
) -> Result<()> {
    let old = previous.map_or(&[][..], |snapshot| &snapshot.items);
    let (mut files, mut links) = (Vec::new(), Vec::new());
    for (at, wanted) in wanted.iter_mut().enumerate() {
        let item = &capture.snapshot.items[wanted.number];
        if wanted.blob.is_some_and(|oid| git.has(oid)) {
            continue;
        }
        wanted.blob = None;
        let before = old
            .binary_search_by(|before| before.path.cmp(&item.path))
            .ok()
            .map(|number| &old[number])
            .filter(|before| before.stat == item.stat && before.entry.kind == item.entry.kind)
            .and_then(|before| before.blob)
            .filter(|blob| git.has(blob.oid));
        match (before, &item.entry.kind) {
            (Some(blob), _) => wanted.blob = Some(blob.oid),
            (None, Kind::Symlink(target)) => links.push((at, target.clone())),
            (None, _) => files.push((at, item.path.clone())),
        }
    }
    let targets: Vec<Vec<u8>> = links.iter().map(|(_, target)| target.clone()).collect();
    for ((at, _), oid) in links.iter().zip(git.write_blobs(&targets)?) {
        wanted[*at].blob = Some(oid);
    }
    // A file that went away since it was read is kept, but no filter can be run on it any more.
    let paths: Vec<&[u8]> = files.iter().map(|(_, path)| path.as_slice()).collect();
    for ((at, _), oid) in files.iter().zip(git.add_files(&paths)?) {
        wanted[*at].blob = oid;
    }
    for wanted in wanted {
        let item = &mut capture.snapshot.items[wanted.number];
        if item.blob.is_none() {
            item.blob = wanted.blob.map(|oid| Blob { oid, exact: false });
        }
    }
    Ok(())
}

/// Whether a file holds a secret; what is `harmless` has none in its bytes.
fn is_secret(git: &dyn Git, path: &[u8], harmless: bool) -> bool {
    if secrets::by_name(path) {
        return true;
    }
    if harmless {
        return false;
    }
    let Ok(file) = super::tree::scan::open(&on_disk(&git.layout().tree, path)) else { return true };
    let mut bytes = Vec::new();
    // What cannot be read is not published either.
    file.take(secrets::LOOKED_AT as u64).read_to_end(&mut bytes).is_err()
        || secrets::by_content(&bytes)
}
