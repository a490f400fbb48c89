//! What a rollback does to what git knows: the same three-way rule, for each reference, each entry
//! of the index and each small file by itself.

use super::error::{CheckpointError, Result};
use super::git::{Git, IndexEntry, Layout, RefChange, Reference, Stash, Target};
use super::plan::{Conflict, Reason};
use super::state::{Control, GitState, Place, commit_of, is_checkpoint};
use super::store::contents::{Contents, Writer};
use super::tree::entry::{ContentHash, Oid};
use super::tree::{is_absent, look, name, on_disk, parent, read};
use qf_graph::store::disk::write_atomically;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Permissions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A small file that is to be another, or gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlChange {
    place: Place,
    path: Vec<u8>,
    from: Option<Control>,
    to: Option<Control>,
}

/// What is to be done. Everything says what it is to be and what it was, so that a restore that goes
/// on after a stop can tell what somebody changed in between.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitPlan {
    /// HEAD, when it changes: from what, to what.
    pub head: Option<(Target, Target)>,
    /// References.
    pub references: Vec<RefChange>,
    /// The user's stashes, when they change.
    pub stashes: Option<(Vec<Stash>, Vec<Stash>)>,
    /// The bytes of the index, or that there is none, when it changes.
    pub index: Option<(Option<ContentHash>, Option<ContentHash>)>,
    shared: Vec<(Vec<u8>, ContentHash)>,
    /// Small files.
    pub control: Vec<ControlChange>,
    staged: Vec<(Oid, ContentHash)>,
}

impl GitPlan {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is to be done, for people.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let shown = |target: &Target| match target {
            Target::Symbolic(name) => String::from_utf8_lossy(name).into_owned(),
            Target::Object(oid) => oid.to_string()[..10].to_owned(),
        };
        if let Some((_, head)) = &self.head {
            lines.push(format!("HEAD → {}", shown(head)));
        }
        for change in &self.references {
            let to = change.to.as_ref().map_or_else(|| "removed".to_owned(), &shown);
            lines.push(format!("{} → {to}", String::from_utf8_lossy(&change.name)));
        }
        if self.index.is_some() {
            lines.push("the index".to_owned());
        }
        if self.stashes.is_some() {
            lines.push("the list of stashes".to_owned());
        }
        for change in &self.control {
            lines.push(format!(".git/{}", String::from_utf8_lossy(&change.path)));
        }
        lines
    }
}

/// Files that git writes on the side of other things: that somebody changed one is no conflict.
const BY_THE_WAY: [&[u8]; 4] = [b"COMMIT_EDITMSG", b"FETCH_HEAD", b"ORIG_HEAD", b"AUTO_MERGE"];

/// What a plan is made of: the repository, and where bytes are.
pub struct Planner<'a> {
    /// The repository.
    pub git: &'a dyn Git,
    /// What is kept.
    pub contents: &'a Contents,
    /// Where new bytes go.
    pub writer: &'a mut Writer,
    /// A folder for files that are gone when the plan is made.
    pub scratch: &'a Path,
    /// What others changed is undone, too.
    pub force: bool,
}

/// One value, three-way: what it is to be, or none when it was changed since.
fn three<T: PartialEq + Clone>(now: &T, after: &T, before: &T, force: bool) -> Option<T> {
    if now == after || force && after != before {
        Some(before.clone())
    } else if now == before || after == before {
        Some(now.clone())
    } else {
        None
    }
}

impl Planner<'_> {
    /// Works out what undoing phases does; the last phase first, each as before and after.
    pub fn plan(
        &mut self,
        phases: &[(GitState, GitState)],
        now: &GitState,
        conflicts: &mut Vec<Conflict>,
    ) -> Result<GitPlan> {
        let mut changed = |what: &[u8]| {
            conflicts.push(Conflict { path: what.to_vec(), reason: Reason::Changed });
        };
        let mut plan = GitPlan::default();
        let mut head = now.head.clone();
        let mut stashes = now.stashes.clone();
        for (before, after) in phases {
            match three(&head, &after.head, &before.head, self.force) {
                Some(to) => head = to,
                None => changed(b"HEAD"),
            }
            match three(&stashes, &after.stashes, &before.stashes, self.force) {
                Some(to) => stashes = to,
                None => changed(b"the list of stashes"),
            }
        }
        if head != now.head {
            plan.head = Some((now.head.clone(), head));
        }
        let lost = stashes.iter().any(|stash| !self.git.has(stash.oid));
        if stashes != now.stashes {
            if lost {
                changed(b"the list of stashes");
            } else {
                plan.stashes = Some((now.stashes.clone(), stashes));
            }
        }
        self.references(phases, now, &mut plan, &mut changed);
        self.control(phases, now, &mut plan, &mut changed);
        let index = self.index(phases, now, &mut changed)?;
        if index != now.index {
            plan.index = Some((now.index, index));
            // The state that has this index says what it stands on.
            if let Some((before, _)) = phases.iter().rev().find(|(before, _)| before.index == index)
            {
                plan.shared.clone_from(&before.shared);
                plan.staged.clone_from(&before.staged);
            }
        }
        Ok(plan)
    }

    fn references(
        &self,
        phases: &[(GitState, GitState)],
        now: &GitState,
        plan: &mut GitPlan,
        changed: &mut impl FnMut(&[u8]),
    ) {
        fn map(references: &[Reference]) -> BTreeMap<&[u8], &Target> {
            references.iter().map(|r| (r.name.as_slice(), &r.target)).collect()
        }
        let present = map(&now.references);
        let mut wanted: BTreeMap<Vec<u8>, Option<Target>> = BTreeMap::new();
        for (before, after) in phases {
            let (before, after) = (map(&before.references), map(&after.references));
            let names: BTreeSet<&[u8]> = before.keys().chain(after.keys()).copied().collect();
            for reference in names.into_iter().filter(|name| before.get(name) != after.get(name)) {
                let owned = |map: &BTreeMap<&[u8], &Target>| map.get(reference).copied().cloned();
                let is =
                    wanted.entry(reference.to_vec()).or_insert_with(|| owned(&present)).clone();
                match three(&is, &owned(&after), &owned(&before), self.force) {
                    Some(to) => {
                        wanted.insert(reference.to_vec(), to);
                    }
                    None => changed(reference),
                }
            }
        }
        for (reference, to) in wanted {
            let from = present.get(reference.as_slice()).copied().cloned();
            if from == to {
                continue;
            }
            if let Some(Target::Object(oid)) = &to
                && !self.git.has(*oid)
            {
                changed(&reference);
                continue;
            }
            plan.references.push(RefChange { name: reference, from, to });
        }
    }

    fn control(
        &self,
        phases: &[(GitState, GitState)],
        now: &GitState,
        plan: &mut GitPlan,
        changed: &mut impl FnMut(&[u8]),
    ) {
        type Key<'a> = (Place, &'a [u8]);
        fn map(files: &[Control]) -> BTreeMap<Key<'_>, &Control> {
            files.iter().map(|file| ((file.place, file.path.as_slice()), file)).collect()
        }
        let present = map(&now.control);
        let mut wanted: BTreeMap<Key<'_>, Option<Control>> = BTreeMap::new();
        let mut stuck: BTreeSet<Key<'_>> = BTreeSet::new();
        for (before, after) in phases {
            let (before, after) = (map(&before.control), map(&after.control));
            let keys: BTreeSet<Key<'_>> = before.keys().chain(after.keys()).copied().collect();
            for key in keys.into_iter().filter(|key| before.get(key) != after.get(key)) {
                let owned = |map: &BTreeMap<Key<'_>, &Control>| map.get(&key).copied().cloned();
                let is = wanted.entry(key).or_insert_with(|| owned(&present)).clone();
                match three(&is, &owned(&after), &owned(&before), self.force) {
                    Some(to) => {
                        wanted.insert(key, to);
                    }
                    None if self.same_index(is.as_ref(), after.get(&key).copied()) => {
                        wanted.insert(key, owned(&before));
                    }
                    None => {
                        stuck.insert(key);
                    }
                }
            }
        }
        // The files of one submodule belong together.
        let module = |path: &[u8]| -> Option<Vec<u8>> {
            if !path.starts_with(b"modules/") {
                return None;
            }
            std::iter::successors(parent(path), |path| parent(path))
                .take_while(|folder| folder.len() > b"modules".len())
                .find(|folder| {
                    let head = [*folder, b"/HEAD"].concat();
                    let has = |files: &[Control]| files.iter().any(|file| file.path == head);
                    has(&now.control) || phases.iter().any(|(before, _)| has(&before.control))
                })
                .map(<[u8]>::to_vec)
        };
        let frozen: BTreeSet<Vec<u8>> = stuck.iter().filter_map(|(_, path)| module(path)).collect();
        for (_, path) in &stuck {
            if !BY_THE_WAY.contains(&name(path)) && module(path).is_none() {
                changed(&[b".git/", *path].concat());
            }
        }
        for module in &frozen {
            changed(&[b".git/", module.as_slice()].concat());
        }
        for ((place, path), to) in wanted {
            let from = present.get(&(place, path)).copied().cloned();
            let left = stuck.contains(&(place, path))
                || module(path).is_some_and(|module| frozen.contains(&module));
            if from != to && !left {
                plan.control.push(ControlChange { place, path: path.to_vec(), from, to });
            }
        }
    }

    /// Whether two files are indexes that differ in times alone.
    fn same_index(&self, a: Option<&Control>, b: Option<&Control>) -> bool {
        let (Some(a), Some(b)) = (a, b) else { return false };
        if name(&a.path) != b"index" {
            return false;
        }
        match (self.entries(Some(a.hash), None), self.entries(Some(b.hash), None)) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        }
    }

    /// The entries of an index that is kept, or of bytes that are not yet.
    fn entries(&self, hash: Option<ContentHash>, fresh: Option<&[u8]>) -> Result<Vec<IndexEntry>> {
        let bytes = match (fresh, hash) {
            (Some(bytes), _) => bytes.to_vec(),
            (None, Some(hash)) => self.contents.read(hash)?,
            (None, None) => return Ok(Vec::new()),
        };
        let file = self.scratch.join(format!("index-{}", std::process::id()));
        std::fs::write(&file, bytes).map_err(CheckpointError::io(&file))?;
        let entries = self.git.index(&file);
        let _ = std::fs::remove_file(&file);
        entries
    }

    fn index(
        &mut self,
        phases: &[(GitState, GitState)],
        now: &GitState,
        changed: &mut impl FnMut(&[u8]),
    ) -> Result<Option<ContentHash>> {
        let mut is = now.index;
        // What git has on the disk need not be in a pack yet.
        let mut fresh = read(&self.git.layout().index())?;
        for (before, after) in phases {
            if before.index == after.index || is == before.index {
                continue;
            }
            if is == after.index || self.force {
                (is, fresh) = (before.index, None);
                continue;
            }
            let mine = self.entries(is, fresh.as_deref())?;
            let theirs = self.entries(after.index, None)?;
            if mine == theirs {
                (is, fresh) = (before.index, None);
                continue;
            }
            let old = self.entries(before.index, None)?;
            let edits = edits(&mine, &theirs, &old, changed);
            if edits.is_empty() {
                continue;
            }
            let file = self.scratch.join(format!("edit-{}", std::process::id()));
            let bytes = match (&fresh, is) {
                (Some(bytes), _) => bytes.clone(),
                (None, Some(hash)) => self.contents.read(hash)?,
                (None, None) => continue,
            };
            std::fs::write(&file, bytes).map_err(CheckpointError::io(&file))?;
            let edited = self
                .git
                .edit_index(&file, &edits)
                .and_then(|()| std::fs::read(&file).map_err(CheckpointError::io(&file)));
            let _ = std::fs::remove_file(&file);
            let edited = edited?;
            is = Some(self.writer.add_against(self.contents, None, &edited)?);
            fresh = Some(edited);
        }
        Ok(is)
    }
}

type Edits = Vec<(Vec<u8>, Vec<IndexEntry>)>;

/// What makes the index what it would be without the phase: its paths, and their entries.
fn edits(
    mine: &[IndexEntry],
    after: &[IndexEntry],
    before: &[IndexEntry],
    changed: &mut impl FnMut(&[u8]),
) -> Edits {
    fn map(entries: &[IndexEntry]) -> BTreeMap<&[u8], Vec<&IndexEntry>> {
        let mut map: BTreeMap<&[u8], Vec<&IndexEntry>> = BTreeMap::new();
        for entry in entries {
            map.entry(&entry.path).or_default().push(entry);
        }
        map
    }
    let (mine, after, before) = (map(mine), map(after), map(before));
    let paths: BTreeSet<&[u8]> = after.keys().chain(before.keys()).copied().collect();
    let mut edits = Vec::new();
    for path in paths.into_iter().filter(|path| after.get(path) != before.get(path)) {
        let (is, was) = (mine.get(path), before.get(path));
        if is == was {
            continue;
        }
        if is == after.get(path) {
            let entries = was.into_iter().flatten().map(|entry| (*entry).clone()).collect();
            edits.push((path.to_vec(), entries));
        } else {
            changed(&[b"staged: ", path].concat());
        }
    }
    edits
}

/// The lock of the index, which keeps other gits out for as long as it is held.
///
/// What is in it says which store's restore has it. Who holds the lock of that store knows that
/// nobody else does: a restore that was killed left it.
pub struct IndexLock {
    path: PathBuf,
    mark: Vec<u8>,
}

impl IndexLock {
    fn of(layout: &Layout, store: &Path) -> Self {
        let store = store.canonicalize().unwrap_or_else(|_| store.to_owned());
        let mark = [b"qf restore ", store.as_os_str().as_bytes()].concat();
        Self { path: layout.own.join("index.lock"), mark }
    }

    /// Takes it, for a restore of this store, whose lock is held.
    pub fn take(layout: &Layout, store: &Path) -> Result<Self> {
        let lock = Self::of(layout, store);
        for attempt in 0..20 {
            match File::options().write(true).create_new(true).open(&lock.path) {
                Ok(mut file) => {
                    if let Err(error) = file.write_all(&lock.mark) {
                        // Best effort: with half a mark it would be nobody's.
                        let _ = std::fs::remove_file(&lock.path);
                        return Err(CheckpointError::io(&lock.path)(error));
                    }
                    return Ok(lock);
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    if lock.is_held() {
                        return Ok(lock);
                    }
                    if attempt < 19 {
                        std::thread::sleep(std::time::Duration::from_millis(50));
                    }
                }
                Err(error) => return Err(CheckpointError::io(&lock.path)(error)),
            }
        }
        Err(CheckpointError::IndexLocked { path: lock.path.clone() })
    }

    /// Gives back what a restore of this store left that was killed before it began.
    pub fn release(layout: &Layout, store: &Path) {
        drop(Self::of(layout, store));
    }

    fn is_held(&self) -> bool {
        std::fs::read(&self.path).is_ok_and(|bytes| bytes == self.mark)
    }
}

/// Makes these bytes the index, or takes the index away; for who holds its lock.
fn replace_index(layout: &Layout, bytes: Option<&[u8]>) -> Result<()> {
    let index = layout.index();
    let io = || CheckpointError::io(&index);
    match bytes {
        // Beside the lock, whose mark must stay: a stop here must not leave somebody else's.
        Some(bytes) => {
            let neighbour = layout.own.join("qf-index");
            let mode = std::fs::metadata(&index).map_or(0o644, |m| m.permissions().mode());
            let mut file = File::create(&neighbour).map_err(io())?;
            let written = file
                .write_all(bytes)
                .and_then(|()| file.set_permissions(Permissions::from_mode(mode & 0o777)))
                .and_then(|()| file.sync_all())
                .and_then(|()| std::fs::rename(&neighbour, &index));
            if written.is_err() {
                // Best effort: it is of no use to anybody.
                let _ = std::fs::remove_file(&neighbour);
            }
            written.map_err(io())
        }
        None => match std::fs::remove_file(&index) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io()(error)),
            _ => Ok(()),
        },
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        if self.is_held() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// What was left as it is because somebody changed it after the plan was made.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    head: bool,
    index: bool,
    references: BTreeSet<Vec<u8>>,
    control: BTreeSet<(Place, Vec<u8>)>,
}

impl Skipped {
    /// Whether everything was done.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What was left, for people.
    pub fn conflicts(&self) -> Vec<Conflict> {
        let mut paths: Vec<Vec<u8>> = Vec::new();
        if self.head {
            paths.push(b"HEAD".to_vec());
        }
        paths.extend(self.references.iter().cloned());
        if self.index {
            paths.push(b"the index".to_vec());
        }
        for (_, path) in &self.control {
            paths.push([b".git/", path.as_slice()].concat());
        }
        paths.into_iter().map(|path| Conflict { path, reason: Reason::Changed }).collect()
    }

    /// Makes what git knows afterwards say of these what it said before: somebody else changed them,
    /// and undoing the restore must not take that back.
    pub fn leave_out(&self, before: &GitState, after: &mut GitState) {
        if self.head {
            after.head.clone_from(&before.head);
        }
        if self.index {
            after.index = before.index;
            after.shared.clone_from(&before.shared);
            after.staged.clone_from(&before.staged);
        }
        let left = |reference: &Reference| self.references.contains(&reference.name);
        after.references.retain(|reference| !left(reference));
        after.references.extend(before.references.iter().filter(|other| left(other)).cloned());
        after.references.sort_by(|a, b| a.name.cmp(&b.name));
        let left = |file: &Control| self.control.contains(&(file.place, file.path.clone()));
        after.control.retain(|file| !left(file));
        after.control.extend(before.control.iter().filter(|other| left(other)).cloned());
        after.control.sort_by(|a, b| (a.place, &a.path).cmp(&(b.place, &b.path)));
        after.commit = commit_of(&after.head, &after.references);
    }
}

/// Does what a plan says. Each part is done once, also when it is asked for again after a stop. What
/// is neither as the plan found it nor as it is to be was changed by somebody meanwhile, and is left.
pub fn apply(
    git: &dyn Git,
    contents: &Contents,
    plan: &GitPlan,
    lock: IndexLock,
    before: &mut dyn FnMut(&'static str),
) -> Result<Skipped> {
    let layout = git.layout();
    let mut skipped = Skipped::default();
    // What goes is taken away before what comes is made: a file may be where a folder was.
    let (come, go): (Vec<&ControlChange>, Vec<&ControlChange>) =
        plan.control.iter().partition(|change| change.to.is_some());
    for change in go.into_iter().chain(come) {
        before("control");
        if !control(layout, contents, change)? {
            skipped.control.insert((change.place, change.path.clone()));
        }
    }
    for (oid, hash) in &plan.staged {
        if !git.has(*oid) {
            git.write_blobs(&[contents.read(*hash)?])?;
        }
    }
    if let Some((from, to)) = &plan.head {
        let now = git.head()?;
        if now == *from {
            before("head");
            git.set_head(to)?;
        } else {
            skipped.head = now != *to;
        }
    }
    if !plan.references.is_empty() {
        before("references");
        let now = git.references()?;
        let mut rest: Vec<RefChange> = Vec::new();
        for change in &plan.references {
            let is = now.iter().find(|other| other.name == change.name).map(|other| &other.target);
            if is == change.from.as_ref() {
                rest.push(change.clone());
            } else if is != change.to.as_ref() {
                skipped.references.insert(change.name.clone());
            }
        }
        if !rest.is_empty() {
            git.set_references(&rest)?;
        }
    }
    if let Some((from, to)) = &plan.stashes {
        before("stashes");
        set_stashes(git, from, to)?;
    }
    let Some((from, to)) = plan.index else { return Ok(skipped) };
    before("index");
    let now = read(&layout.index())?.map(|bytes| ContentHash::of(&bytes));
    if now != from {
        skipped.index = now != to;
        return Ok(skipped);
    }
    for (name, hash) in &plan.shared {
        let path = on_disk(&layout.own, name);
        if look(&path)?.is_none() {
            write_atomically(&path, &contents.read(*hash)?)?;
        }
    }
    let bytes = to.map(|hash| contents.read(hash)).transpose()?;
    replace_index(layout, bytes.as_deref())?;
    drop(lock);
    Ok(skipped)
}

/// Makes a small file what it is to be; false when somebody changed it meanwhile.
fn control(layout: &Layout, contents: &Contents, change: &ControlChange) -> Result<bool> {
    let root = change.place.folder(layout);
    let path = on_disk(root, &change.path);
    let io = || CheckpointError::io(&path);
    // Of its bytes alone: a stop may have come between them and the mode.
    let now = match look(&path)? {
        Some(metadata) if metadata.is_file() => read(&path)?.map(|bytes| ContentHash::of(&bytes)),
        _ => None,
    };
    let hash = |side: &Option<Control>| side.as_ref().map(|control| control.hash);
    if now != hash(&change.from) && now != hash(&change.to) {
        return Ok(false);
    }
    let Some(to) = &change.to else {
        if now.is_some()
            && let Err(error) = std::fs::remove_file(&path)
            && !is_absent(&error)
        {
            return Err(io()(error));
        }
        // A folder that the operation made goes with its last file; one with others in it stays.
        let mut folder = parent(&change.path);
        while let Some(above) = folder.filter(|folder| !folder.is_empty()) {
            if std::fs::remove_dir(on_disk(root, above)).is_err() {
                break;
            }
            folder = parent(above);
        }
        return Ok(true);
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io())?;
    }
    write_atomically(&path, &contents.read(to.hash)?)?;
    std::fs::set_permissions(&path, Permissions::from_mode(to.mode)).map_err(io())?;
    Ok(true)
}

/// Makes the user's stashes, which were `from`, be `to` again. An entry is taken off only when it is
/// not wanted, or stands above another that is: then it is put on again. Checkpoints, and what
/// somebody stashed meanwhile, stay where they are.
fn set_stashes(git: &dyn Git, from: &[Stash], to: &[Stash]) -> Result<()> {
    let list = git.stashes()?;
    let ours: Vec<usize> = (0..list.len())
        .filter(|&at| from.contains(&list[at]) || to.contains(&list[at]))
        .filter(|&at| !is_checkpoint(&list[at]))
        .collect();
    let wanted: Vec<usize> = ours.iter().copied().filter(|&at| to.contains(&list[at])).collect();
    let shared = wanted
        .iter()
        .rev()
        .zip(to.iter().rev())
        .take_while(|(at, stash)| list[**at] == **stash)
        .count();
    let stay = &wanted[wanted.len() - shared..];
    // The last first: those before it keep their places.
    for &at in ours.iter().rev().filter(|at| !stay.contains(at)) {
        git.drop_stash(at, &list[at])?;
    }
    for stash in to[..to.len() - shared].iter().rev() {
        git.add_stash(stash)?;
    }
    Ok(())
}
