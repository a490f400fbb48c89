//! Git as a library: libgit2.

use super::{
    Git, IndexEntry, Layout, REFLOG, RefChange, Reference, Stash, Target, TreeChange, bare,
    other_stashes,
};
use crate::checkpoint::error::{CheckpointError, Result};
use crate::checkpoint::tree::entry::Oid;
use crate::checkpoint::tree::{look, on_disk, parent};
use git2::{ErrorCode, ObjectType, Repository, Signature};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const STASH: &str = "refs/stash";
/// Flag of an index entry: taken as unchanged.
const ASSUME: u16 = 1 << 15;
/// Extended flags: announced, and not to be in the work tree.
const ANNOUNCED: u16 = 1 << 13;
const SKIP: u16 = 1 << 14;

/// A repository opened by libgit2.
pub struct Library {
    repository: RefCell<Repository>,
    layout: Layout,
    unreadable: bool,
    filters: bool,
    strict: bool,
}

fn git(oid: Oid) -> Result<git2::Oid> {
    git2::Oid::from_bytes(oid.as_bytes()).map_err(CheckpointError::git("name an object"))
}

fn ours(oid: git2::Oid) -> Oid {
    Oid::of_digest(oid.as_bytes())
}

fn text(name: &[u8]) -> Result<&str> {
    std::str::from_utf8(name).map_err(|_| CheckpointError::Git {
        what: "name a reference",
        message: format!("{} is no text", String::from_utf8_lossy(name)),
    })
}

fn path(path: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(path))
}

/// Whoever commits: nobody.
fn nobody() -> Result<Signature<'static>> {
    Signature::now("qf", "qf@localhost").map_err(CheckpointError::git("sign"))
}

impl Library {
    /// Opens the repository above a folder.
    pub fn open(folder: &Path) -> Result<Self> {
        let what = CheckpointError::git("open the repository");
        let repository = Repository::discover(folder).map_err(|error| match error.code() {
            ErrorCode::NotFound => CheckpointError::NotARepository { path: folder.to_owned() },
            _ => what(error),
        })?;
        let Some(tree) = repository.workdir().map(Path::to_owned) else {
            return Err(bare(repository.path()));
        };
        let real = |path: &Path| path.canonicalize().map_err(CheckpointError::io(path));
        let layout = Layout {
            tree: real(&tree)?,
            own: real(repository.path())?,
            common: real(repository.commondir())?,
            sha256: false,
        };
        let unreadable = repository.index().is_err();
        let filters = repository.config().is_ok_and(|config| {
            config
                .entries(Some("filter\\..*\\.(clean|process)"))
                .is_ok_and(|mut entries| entries.next().is_some_and(|entry| entry.is_ok()))
        });
        let strict = repository
            .config()
            .is_ok_and(|config| config.get_bool("core.safecrlf").unwrap_or(false));
        Ok(Self { repository: RefCell::new(repository), layout, unreadable, filters, strict })
    }

    /// Why the program must be asked instead.
    pub fn unable(&self) -> Option<String> {
        if self.unreadable {
            Some("the library cannot read the index".to_owned())
        } else if self.filters {
            Some("filters are configured".to_owned())
        } else if self.strict {
            Some("core.safecrlf is set, which the library cannot leave aside".to_owned())
        } else {
            None
        }
    }

    /// Whether the index is in a form that it does not know.
    pub fn unreadable(&self) -> bool {
        self.unreadable
    }
}

impl Git for Library {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn name(&self) -> &'static str {
        "library"
    }

    fn head(&self) -> Result<Target> {
        let what = CheckpointError::git("read HEAD");
        let repository = self.repository.borrow();
        let head = repository.find_reference("HEAD").map_err(what)?;
        target(&head).ok_or_else(|| CheckpointError::Git {
            what: "read HEAD",
            message: "it is neither a branch nor a commit".to_owned(),
        })
    }

    fn references(&self) -> Result<Vec<Reference>> {
        let what = || CheckpointError::git("list references");
        let repository = self.repository.borrow();
        let mut references = Vec::new();
        for reference in repository.references().map_err(what())? {
            let reference = reference.map_err(what())?;
            let name = reference.name_bytes();
            if name != STASH.as_bytes()
                && let Some(target) = target(&reference)
            {
                references.push(Reference { name: name.to_vec(), target });
            }
        }
        references.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(references)
    }

    fn index(&self, file: &Path) -> Result<Vec<IndexEntry>> {
        if look(file)?.is_none() {
            return Ok(Vec::new());
        }
        let what = || CheckpointError::git("read the index");
        let mut index = if file == self.layout.index() {
            // Parsed once, and again only when it has changed.
            self.repository.borrow().index().map_err(what())?
        } else {
            git2::Index::open(file).map_err(what())?
        };
        index.read(false).map_err(what())?;
        let mut entries: Vec<IndexEntry> = index
            .iter()
            .map(|entry| IndexEntry {
                stage: (entry.flags >> 12 & 3) as u8,
                mode: entry.mode,
                oid: ours(entry.id),
                skip: entry.flags_extended & SKIP != 0,
                assume: entry.flags & ASSUME != 0,
                announced: entry.flags_extended & ANNOUNCED != 0,
                path: entry.path,
            })
            .collect();
        if !entries.is_sorted_by(|a, b| (&a.path, a.stage) <= (&b.path, b.stage)) {
            entries.sort_by(|a, b| (&a.path, a.stage).cmp(&(&b.path, b.stage)));
        }
        Ok(entries)
    }

    fn staged(&self, commit: Option<Oid>, index: &[IndexEntry]) -> Result<Vec<TreeChange>> {
        let what = || CheckpointError::git("compare HEAD with the index");
        let repository = self.repository.borrow();
        let tree = match commit {
            Some(commit) => {
                let commit = repository.find_commit(git(commit)?).map_err(what())?;
                Some(commit.tree().map_err(what())?)
            }
            None => None,
        };
        let opened = repository.index().map_err(what())?;
        let diff =
            repository.diff_tree_to_index(tree.as_ref(), Some(&opened), None).map_err(what())?;
        let known: HashMap<&[u8], &IndexEntry> = index
            .iter()
            .filter(|entry| entry.stage == 0 && !entry.announced)
            .map(|entry| (entry.path.as_slice(), entry))
            .collect();
        let conflicts: BTreeSet<&[u8]> = index
            .iter()
            .filter(|entry| entry.stage > 0)
            .map(|entry| entry.path.as_slice())
            .collect();
        let mut changes = Vec::new();
        for delta in diff.deltas() {
            let file = delta.new_file().path_bytes().or_else(|| delta.old_file().path_bytes());
            let Some(path) = file.filter(|path| !conflicts.contains(path)) else { continue };
            let now = known.get(path).map(|entry| (entry.mode, entry.oid));
            changes.push((path.to_vec(), now));
        }
        Ok(changes)
    }

    fn ignored(&self, paths: &[&[u8]]) -> Result<Vec<bool>> {
        let repository = self.repository.borrow();
        // What is in an ignored folder is ignored, whatever rules would say of it by itself.
        let mut folders: HashMap<&[u8], bool> = HashMap::new();
        let mut all = Vec::with_capacity(paths.len());
        for &path in paths {
            let mut above: Vec<&[u8]> = std::iter::successors(parent(path), |path| parent(path))
                .take_while(|path| !path.is_empty())
                .collect();
            above.reverse();
            let mut ignored = false;
            for folder in above {
                ignored = *folders.entry(folder).or_insert_with(|| {
                    let below = on_disk(&self.layout.tree, folder);
                    repository.is_path_ignored(below).unwrap_or(false)
                });
                if ignored {
                    break;
                }
            }
            let below = on_disk(&self.layout.tree, path);
            all.push(ignored || repository.is_path_ignored(below).unwrap_or(false));
        }
        Ok(all)
    }

    fn blob(&self, oid: Oid) -> Result<Option<Vec<u8>>> {
        let repository = self.repository.borrow();
        match repository.find_blob(git(oid)?) {
            Ok(blob) => Ok(Some(blob.content().to_vec())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(CheckpointError::git("read an object")(error)),
        }
    }

    fn has(&self, oid: Oid) -> bool {
        let repository = self.repository.borrow();
        git(oid).is_ok_and(|oid| repository.odb().is_ok_and(|objects| objects.exists(oid)))
    }

    fn write_blobs(&self, contents: &[Vec<u8>]) -> Result<Vec<Oid>> {
        let what = || CheckpointError::git("write an object");
        let repository = self.repository.borrow();
        let objects = repository.odb().map_err(what())?;
        let write = |bytes: &Vec<u8>| objects.write(ObjectType::Blob, bytes).map_err(what());
        contents.iter().map(|bytes| write(bytes).map(ours)).collect()
    }

    fn add_files(&self, paths: &[&[u8]]) -> Result<Vec<Option<Oid>>> {
        let repository = self.repository.borrow();
        let add = |path: &&[u8]| -> Result<Option<Oid>> {
            let file = on_disk(&self.layout.tree, path);
            match repository.blob_path(&file) {
                Ok(oid) => Ok(Some(ours(oid))),
                Err(error) => match look(&file)? {
                    Some(metadata) if metadata.is_file() => {
                        Err(CheckpointError::git("add a file")(error))
                    }
                    _ => Ok(None),
                },
            }
        };
        paths.iter().map(add).collect()
    }

    fn write_tree(&self, commit: Option<Oid>, changes: &[TreeChange]) -> Result<Oid> {
        let what = || CheckpointError::git("write a tree");
        let repository = self.repository.borrow();
        let mut index = git2::Index::new().map_err(what())?;
        if let Some(commit) = commit {
            let commit = repository.find_commit(git(commit)?).map_err(what())?;
            let tree = commit.tree().map_err(what())?;
            if changes.is_empty() {
                return Ok(ours(tree.id()));
            }
            index.read_tree(&tree).map_err(what())?;
        }
        // What goes comes first: a folder may become a file, or a file a folder.
        for (name, _) in changes.iter().filter(|(_, to)| to.is_none()) {
            match index.remove(path(name), 0) {
                Err(error) if error.code() != ErrorCode::NotFound => return Err(what()(error)),
                _ => {}
            }
        }
        for (name, to) in changes {
            let Some((mode, oid)) = to else { continue };
            index.add(&entry(name, 0, *mode, git(*oid)?, 0, 0)).map_err(what())?;
        }
        index.write_tree_to(&repository).map(ours).map_err(what())
    }

    fn commit(&self, tree: Oid, parents: &[Oid], message: &str) -> Result<Oid> {
        let what = || CheckpointError::git("write a commit");
        let repository = self.repository.borrow();
        let tree = repository.find_tree(git(tree)?).map_err(what())?;
        let parents: Vec<git2::Commit<'_>> = parents
            .iter()
            .map(|parent| repository.find_commit(git(*parent)?).map_err(what()))
            .collect::<Result<_>>()?;
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        let nobody = nobody()?;
        let commit = repository.commit(None, &nobody, &nobody, message, &tree, &parents);
        commit.map(ours).map_err(what())
    }

    fn stash(&self, commit: Oid, message: &str) -> Result<()> {
        let what = || CheckpointError::git("write the list of stashes");
        let repository = self.repository.borrow();
        repository.reference_ensure_log(STASH).map_err(what())?;
        // In a transaction, so that the entry of the log does not depend on whose address is set.
        let mut transaction = repository.transaction().map_err(what())?;
        transaction.lock_ref(STASH).map_err(what())?;
        let nobody = nobody()?;
        transaction.set_target(STASH, git(commit)?, Some(&nobody), message).map_err(what())?;
        transaction.commit().map_err(what())
    }

    fn stashes(&self) -> Result<Vec<Stash>> {
        let what = || CheckpointError::git("read the list of stashes");
        let repository = self.repository.borrow();
        match repository.find_reference(STASH) {
            Ok(_) => {}
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(what()(error)),
        }
        let log = repository.reflog(STASH).map_err(what())?;
        Ok(log.iter().map(|entry| listed(&entry)).collect())
    }

    fn drop_stash(&self, at: usize, expected: &Stash) -> Result<()> {
        let what = || CheckpointError::git("change the list of stashes");
        let repository = self.repository.borrow();
        let mut transaction = repository.transaction().map_err(what())?;
        transaction.lock_ref(STASH).map_err(what())?;
        // Read under the lock, so that nothing that somebody adds is lost when it is written.
        let mut log = repository.reflog(STASH).map_err(what())?;
        if log.get(at).is_none_or(|entry| listed(&entry) != *expected) {
            return Err(other_stashes());
        }
        log.remove(at, true).map_err(what())?;
        let newest = log.get(0).map(|entry| entry.id_new());
        match newest {
            None => transaction.remove(STASH).map_err(what())?,
            Some(newest) if at == 0 => {
                let nobody = nobody()?;
                transaction.set_target(STASH, newest, Some(&nobody), "dropped").map_err(what())?;
            }
            Some(_) => {}
        }
        transaction.set_reflog(STASH, log).map_err(what())?;
        transaction.commit().map_err(what())
    }

    fn add_stash(&self, stash: &Stash) -> Result<()> {
        let what = || CheckpointError::git("change the list of stashes");
        let repository = self.repository.borrow();
        repository.reference_ensure_log(STASH).map_err(what())?;
        let mut transaction = repository.transaction().map_err(what())?;
        transaction.lock_ref(STASH).map_err(what())?;
        let mut log = repository.reflog(STASH).map_err(what())?;
        let (name, address, seconds, offset) = &stash.who;
        let time = git2::Time::new(*seconds, *offset);
        let who = Signature::new(name, address, &time).map_err(what())?;
        let message = String::from_utf8_lossy(&stash.message);
        let commit = git(stash.oid)?;
        log.append(commit, &who, Some(&message)).map_err(what())?;
        transaction.set_target(STASH, commit, Some(&who), &message).map_err(what())?;
        transaction.set_reflog(STASH, log).map_err(what())?;
        transaction.commit().map_err(what())
    }

    fn set_references(&self, changes: &[RefChange]) -> Result<()> {
        let what = || CheckpointError::git("change references");
        let repository = self.repository.borrow();
        let mut transaction = repository.transaction().map_err(what())?;
        for change in changes {
            transaction.lock_ref(text(&change.name)?).map_err(what())?;
        }
        let nobody = nobody()?;
        for change in changes {
            let name = text(&change.name)?;
            let now = repository.find_reference(name).ok().and_then(|found| target(&found));
            if now != change.from {
                return Err(CheckpointError::Git {
                    what: "change references",
                    message: format!("{name} has changed meanwhile"),
                });
            }
            match &change.to {
                None => transaction.remove(name),
                Some(Target::Object(oid)) => {
                    transaction.set_target(name, git(*oid)?, Some(&nobody), REFLOG)
                }
                Some(Target::Symbolic(to)) => {
                    transaction.set_symbolic_target(name, text(to)?, Some(&nobody), REFLOG)
                }
            }
            .map_err(what())?;
        }
        transaction.commit().map_err(what())
    }

    fn set_head(&self, to: &Target) -> Result<()> {
        let what = || CheckpointError::git("change HEAD");
        let repository = self.repository.borrow();
        let nobody = nobody()?;
        let mut transaction = repository.transaction().map_err(what())?;
        transaction.lock_ref("HEAD").map_err(what())?;
        match to {
            Target::Object(oid) => {
                transaction.set_target("HEAD", git(*oid)?, Some(&nobody), REFLOG)
            }
            Target::Symbolic(to) => {
                transaction.set_symbolic_target("HEAD", text(to)?, Some(&nobody), REFLOG)
            }
        }
        .map_err(what())?;
        transaction.commit().map_err(what())
    }

    fn edit_index(&self, file: &Path, changes: &[(Vec<u8>, Vec<IndexEntry>)]) -> Result<()> {
        let what = || CheckpointError::git("change the index");
        let mut index = git2::Index::open(file).map_err(what())?;
        for (name, _) in changes {
            for stage in 0..4 {
                match index.remove(path(name), stage) {
                    Err(error) if error.code() != ErrorCode::NotFound => return Err(what()(error)),
                    _ => {}
                }
            }
        }
        for new in changes.iter().flat_map(|(_, entries)| entries) {
            let flags = if new.assume { ASSUME } else { 0 };
            let extended =
                if new.skip { SKIP } else { 0 } | if new.announced { ANNOUNCED } else { 0 };
            let entry = entry(&new.path, new.stage, new.mode, git(new.oid)?, flags, extended);
            index.add(&entry).map_err(what())?;
        }
        index.write().map_err(what())
    }
}

/// An entry of the list of stashes.
fn listed(entry: &git2::ReflogEntry<'_>) -> Stash {
    let who = entry.committer();
    Stash {
        oid: ours(entry.id_new()),
        message: entry.message_bytes().unwrap_or_default().to_vec(),
        who: (
            String::from_utf8_lossy(who.name_bytes()).into_owned(),
            String::from_utf8_lossy(who.email_bytes()).into_owned(),
            who.when().seconds(),
            who.when().offset_minutes(),
        ),
    }
}

fn target(reference: &git2::Reference<'_>) -> Option<Target> {
    match reference.symbolic_target_bytes() {
        Some(name) => Some(Target::Symbolic(name.to_vec())),
        None => reference.target().map(|oid| Target::Object(ours(oid))),
    }
}

/// An entry of which git knows no times, so that it looks at the file.
fn entry(
    path: &[u8],
    stage: u8,
    mode: u32,
    id: git2::Oid,
    flags: u16,
    flags_extended: u16,
) -> git2::IndexEntry {
    let never = git2::IndexTime::new(0, 0);
    // The lower bits are the length of the path; a flag says that there are extended ones.
    let extended = if flags_extended == 0 { 0 } else { 1 << 14 };
    git2::IndexEntry {
        ctime: never,
        mtime: never,
        dev: 0,
        ino: 0,
        mode,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: flags | extended | u16::from(stage) << 12 | path.len().min(0xfff) as u16,
        flags_extended,
        path: path.to_vec(),
    }
}
