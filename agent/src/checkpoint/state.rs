//! What git knows beside the files: HEAD, references, stashes, the index, the operation in progress.
//!
//! References and stashes are kept by what they say, since git may store them in three ways and
//! change between those on its own. The index is kept by its bytes, so that what no interface shows
//! comes back too, and so are all small files of the repository's folder that are none of these:
//! `MERGE_HEAD`, `rebase-merge/`, `sequencer/`, `BISECT_LOG`, whatever the next git calls them, the
//! configuration, hooks, and the folders of submodules. Objects are never taken back.

use super::error::{CheckpointError, Result};
use super::git::{Git, IndexEntry, Layout, Reference, Stash, Target, TreeChange};
use super::record::{MESSAGE, Snapshot};
use super::store::contents::{Contents, Writer};
use super::tree::entry::{ContentHash, Oid, Stat};
use super::tree::{entries, look, on_disk, read};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Which folder of the repository a file is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// That of this work tree.
    Own,
    /// That of all work trees.
    Common,
}

impl Place {
    /// The folder.
    pub fn folder(self, layout: &Layout) -> &Path {
        match self {
            Place::Own => &layout.own,
            Place::Common => &layout.common,
        }
    }
}

/// A small file of the repository's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// In which folder.
    pub place: Place,
    /// Below it.
    pub path: Vec<u8>,
    /// Its permission bits.
    pub mode: u32,
    /// Its bytes.
    pub hash: ContentHash,
}

/// What git knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitState {
    /// What HEAD is.
    pub head: Target,
    /// The commit of HEAD; none before the first.
    pub commit: Option<Oid>,
    /// All references but the stash.
    pub references: Vec<Reference>,
    /// The user's stashes, the newest first; checkpoints are not among them.
    pub stashes: Vec<Stash>,
    /// The bytes of the index.
    pub index: Option<ContentHash>,
    /// The files that a split index stands on, by name.
    pub shared: Vec<(Vec<u8>, ContentHash)>,
    /// Small files, sorted.
    pub control: Vec<Control>,
    /// Objects that the index alone names, and their bytes.
    pub staged: Vec<(Oid, ContentHash)>,
}

impl GitState {
    /// HEAD as people say it.
    pub fn head_text(&self) -> String {
        match &self.head {
            Target::Symbolic(name) => {
                let name = String::from_utf8_lossy(name);
                name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned()
            }
            Target::Object(oid) => oid.to_string()[..10].to_owned(),
        }
    }
}

/// Whether an entry of the list of stashes is a checkpoint.
pub fn is_checkpoint(stash: &Stash) -> bool {
    stash.message.windows(MESSAGE.len()).any(|window| window == MESSAGE.as_bytes())
}

/// The commit that HEAD leads to.
pub fn commit_of(head: &Target, references: &[Reference]) -> Option<Oid> {
    let mut target = head;
    for _ in 0..8 {
        match target {
            Target::Object(oid) => return Some(*oid),
            Target::Symbolic(name) => {
                target = &references.iter().find(|reference| reference.name == *name)?.target;
            }
        }
    }
    None
}

/// Files of the repository's folder that are kept by what they say, belong to git alone, or are
/// large.
const NOT_CONTROL: [&[u8]; 16] = [
    b"objects",
    b"refs",
    b"logs",
    b"reftable",
    b"worktrees",
    b"lfs",
    b"annex",
    b"svn",
    b"HEAD",
    b"index",
    b"packed-refs",
    b"packed-refs.new",
    b"gc.log",
    b"gc.pid",
    b"gitdir",
    b"commondir",
];
/// References again, written for whoever fetches without git's help.
const LISTING: &[u8] = b"info/refs";
/// What belongs to all work trees where there are several.
const SHARED: [&[u8]; 7] =
    [b"config", b"config.worktree", b"hooks", b"info", b"modules", b"shallow", b"rr-cache"];
/// A control file above this is none.
const LARGEST: u64 = 16 << 20;

/// What is known of the index before it is read. Where neither it nor HEAD has changed, what is
/// staged has not either.
#[derive(Clone, Copy)]
pub enum Index<'a> {
    /// Its entries, and what was read before.
    Read(&'a [IndexEntry], Option<&'a Snapshot>),
    /// It may be that of one of these states; else it is read.
    Of(&'a [&'a GitState]),
}

/// Reads what git knows, and what is staged as changes of HEAD's tree (for an index whose entries
/// are given). What is new goes to the writer.
pub fn capture(
    git: &dyn Git,
    contents: &Contents,
    writer: &mut Writer,
    index: Index<'_>,
) -> Result<(GitState, Vec<TreeChange>)> {
    // A new index is kept as a difference to an older one.
    let base = match index {
        Index::Read(_, snapshot) => snapshot.and_then(|snapshot| snapshot.index),
        Index::Of(states) => states.first().and_then(|state| state.index),
    };
    let layout = git.layout();
    let head = git.head()?;
    let references = git.references()?;
    let commit = commit_of(&head, &references);
    let mut stashes = git.stashes()?;
    stashes.retain(|stash| !is_checkpoint(stash));
    let hash = match read(&layout.index())? {
        Some(bytes) => Some(writer.add_against(contents, base, &bytes)?),
        None => None,
    };
    let mut shared = Vec::new();
    for entry in entries(&layout.own)? {
        let name = entry.file_name();
        if name.as_bytes().starts_with(b"sharedindex.")
            && let Some(bytes) = read(&entry.path())?
        {
            let hash = writer.add_against(contents, None, &bytes)?;
            shared.push((name.as_bytes().to_vec(), hash));
        }
    }
    shared.sort();
    let (changes, staged) = match index {
        _ if hash.is_none() => (Vec::new(), Vec::new()),
        Index::Read(entries, snapshot) => {
            let same = snapshot.filter(|known| known.index == hash && known.commit == commit);
            let changes = match same {
                Some(known) => known.staged.clone(),
                None => git.staged(commit, entries)?,
            };
            let staged = staged_objects(git, contents, writer, &changes, entries)?;
            (changes, staged)
        }
        Index::Of(states) => {
            let same = |state: &&&GitState| state.index == hash && state.commit == commit;
            if let Some(known) = states.iter().find(same) {
                (Vec::new(), known.staged.clone())
            } else {
                let entries = git.index(&layout.index())?;
                let changes = git.staged(commit, &entries)?;
                let staged = staged_objects(git, contents, writer, &changes, &entries)?;
                (changes, staged)
            }
        }
    };
    let mut control = Vec::new();
    for (place, path, file) in control_files(layout)? {
        let Some(metadata) = look(&file)? else { continue };
        let Some(bytes) = read(&file)? else { continue };
        let hash = writer.add_against(contents, None, &bytes)?;
        control.push(Control { place, path, mode: Stat::of(&metadata).mode & 0o7777, hash });
    }
    control.sort_by(|a, b| (a.place, &a.path).cmp(&(b.place, &b.path)));
    let state =
        GitState { head, commit, references, stashes, index: hash, shared, control, staged };
    Ok((state, changes))
}

/// Keeps the objects that nothing but the index names: a clean-up of git could take them.
fn staged_objects(
    git: &dyn Git,
    contents: &Contents,
    writer: &mut Writer,
    changes: &[TreeChange],
    index: &[IndexEntry],
) -> Result<Vec<(Oid, ContentHash)>> {
    const MODULE: u32 = 0o160_000;
    let staged = changes.iter().filter_map(|(_, to)| *to);
    let conflicts = index.iter().filter(|entry| entry.stage > 0);
    let names: BTreeSet<Oid> = staged
        .chain(conflicts.map(|entry| (entry.mode, entry.oid)))
        .filter(|(mode, _)| *mode != MODULE)
        .map(|(_, oid)| oid)
        .collect();
    let mut objects = Vec::new();
    for oid in names {
        if let Some(bytes) = git.blob(oid)? {
            objects.push((oid, writer.add_against(contents, None, &bytes)?));
        }
    }
    Ok(objects)
}

/// The control files: place, path, path on disk.
pub fn control_files(layout: &Layout) -> Result<Vec<(Place, Vec<u8>, PathBuf)>> {
    let mut files = Vec::new();
    list(Place::Own, &layout.own, b"", None, &mut files)?;
    if layout.own != layout.common {
        list(Place::Common, &layout.common, b"", Some(&SHARED), &mut files)?;
    }
    Ok(files)
}

fn list(
    place: Place,
    root: &Path,
    folder: &[u8],
    only: Option<&[&[u8]]>,
    files: &mut Vec<(Place, Vec<u8>, PathBuf)>,
) -> Result<()> {
    for entry in entries(&on_disk(root, folder))? {
        let name = entry.file_name();
        let name = name.as_bytes();
        let top = folder.is_empty();
        let of_git = top && (NOT_CONTROL.contains(&name) || name.starts_with(b"sharedindex."))
            || name == b"objects"
            || name.ends_with(b".lock")
            || name.starts_with(b"qf-")
            || name.starts_with(b"fsmonitor")
            || only.is_some_and(|only| !only.contains(&name));
        let mut path = folder.to_vec();
        if !top {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        if of_git || path == LISTING {
            continue;
        }
        let Some(metadata) = look(&entry.path())? else { continue };
        if metadata.is_dir() {
            list(place, root, &path, None, files)?;
        } else if metadata.is_file() && metadata.len() <= LARGEST {
            files.push((place, path, entry.path()));
        }
    }
    Ok(())
}

/// Keeps a state, and gives its name.
pub fn keep(state: &GitState, contents: &Contents, writer: &mut Writer) -> Result<ContentHash> {
    writer.add_against(contents, None, &super::store::codec::encode(state))
}

/// A state that was kept.
pub fn load(contents: &Contents, hash: ContentHash) -> Result<GitState> {
    let bytes = contents.read(hash)?;
    super::store::codec::decode(&bytes).map_err(|reason| CheckpointError::Damaged {
        path: PathBuf::from("what git knew"),
        reason: reason.to_owned(),
    })
}

/// Everything that a state keeps bytes of.
pub fn uses(state: &GitState) -> impl Iterator<Item = ContentHash> {
    state
        .index
        .into_iter()
        .chain(state.shared.iter().map(|(_, hash)| *hash))
        .chain(state.control.iter().map(|control| control.hash))
        .chain(state.staged.iter().map(|(_, hash)| *hash))
}
