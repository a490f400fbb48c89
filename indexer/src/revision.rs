//! A repository as of a commit, read from git's object store without a checkout.
//!
//! The tree of the commit is walked as [`crate::walk`] walks a folder, with the same filters: what
//! comes of it is the index of a clean checkout, byte for byte. Two things a checkout does are not
//! done: submodules stay empty, and nothing is converted (line ends, filters of `.gitattributes`). A link
//! where patterns of what is passed over should be is not followed.

use crate::history;
use crate::languages;
use crate::link::rule::{self, OwnFile};
use crate::walk::{self, Candidate, Named, Root, Skipped};
use git2::{ObjectType, Oid, Repository, Tree};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use qf_graph::store::manifest::Manifest;
use qf_graph::store::view::View;
use qf_graph::store::{Home, StoreError, disk};
use rustc_hash::FxHashMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Mode of a symbolic link in a tree.
const LINK: i32 = 0o120_000;
/// Longer paths are passed over: no checkout has them, and the walk goes down as deep as a path is long.
const LONGEST_PATH: usize = 4096;

/// Why a revision cannot be indexed or found.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// The folder is not in a git repository, or git's data cannot be read.
    #[error("{why}")]
    NotGit {
        /// What is wrong, with the folder.
        why: String,
    },
    /// There is no such revision.
    #[error(
        "{} has no revision `{revision}`{}", root.display(),
        if *shallow { ": the clone is shallow" } else { "" }
    )]
    Unknown {
        /// What was asked for.
        revision: String,
        /// The repository.
        root: PathBuf,
        /// Whether the clone has only part of the history.
        shallow: bool,
    },
    /// Objects of the commit are not in the store.
    #[error("{}: `{revision}` cannot be read whole: {why}", root.display())]
    Incomplete {
        /// What was asked for.
        revision: String,
        /// The repository.
        root: PathBuf,
        /// What git says.
        why: String,
    },
    /// Not exactly one repository was given.
    #[error("a revision is of one repository; {count} were found")]
    Many {
        /// How many.
        count: usize,
    },
    /// A name was given to what has one.
    #[error("this repository is indexed as `{name}`")]
    Named {
        /// Its name.
        name: String,
    },
    /// No view is of that revision.
    #[error("no index of revision `{revision}`")]
    NotIndexed {
        /// What was asked for.
        revision: String,
        /// The roots that have the revision.
        roots: Vec<String>,
    },
    /// Several repositories have a view of that revision.
    #[error("`{revision}` may be {}", views.join(" or "))]
    Several {
        /// What was asked for.
        revision: String,
        /// `repository@commit` of each.
        views: Vec<String>,
    },
}

/// Where the files of a repository are read from.
#[derive(Clone, Default)]
pub(crate) enum Source {
    /// Its folder.
    #[default]
    Disk,
    /// A commit.
    Commit(Arc<Commit>),
}

impl Source {
    /// The bytes of a file, or the reason to skip it.
    pub fn bytes(&self, root: &Path, path: &str) -> Result<Vec<u8>, &'static str> {
        match self {
            Source::Disk => std::fs::read(root.join(path)).map_err(|_| "unreadable"),
            Source::Commit(commit) => {
                commit.blobs.get(path).and_then(|id| commit.bytes(*id)).ok_or("unreadable")
            }
        }
    }

    /// The repository's own link rules.
    pub fn rules(&self, root: &Path) -> Vec<OwnFile> {
        match self {
            Source::Disk => rule::own_files(root),
            Source::Commit(commit) => commit.rules.clone(),
        }
    }
}

/// The files of a commit.
pub(crate) struct Commit {
    git: PathBuf,
    blobs: FxHashMap<String, Oid>,
    rules: Vec<OwnFile>,
    /// Open handles: one cannot be used by two threads at once, and opening takes a while.
    handles: Mutex<Vec<Repository>>,
}

impl Commit {
    fn bytes(&self, id: Oid) -> Option<Vec<u8>> {
        let free = self.handles.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let repository = free.or_else(|| Repository::open(&self.git).ok())?;
        let bytes = repository.find_blob(id).ok().map(|blob| blob.content().to_vec());
        self.handles.lock().unwrap_or_else(PoisonError::into_inner).push(repository);
        bytes
    }
}

/// The commit that a revision of the repository in a folder means.
pub fn resolve(root: &Path, revision: &str) -> Result<String, RevisionError> {
    let (repository, _) = open(root)?;
    commit(&repository, root, revision).map(|id| id.to_string())
}

fn open(root: &Path) -> Result<(Repository, PathBuf), RevisionError> {
    history::open(&root.to_string_lossy()).map_err(|why| RevisionError::NotGit { why })
}

fn commit(repository: &Repository, root: &Path, revision: &str) -> Result<Oid, RevisionError> {
    let found = repository.revparse_single(revision).and_then(|object| object.peel_to_commit());
    found.map(|commit| commit.id()).map_err(|_| RevisionError::Unknown {
        revision: revision.to_owned(),
        root: root.to_owned(),
        shallow: repository.is_shallow(),
    })
}

/// The branch or tag that a revision names, if it names one.
fn branch(repository: &Repository, revision: &str) -> Option<String> {
    let reference = repository.resolve_reference_from_short_name(revision).ok()?.resolve().ok()?;
    let named = reference.is_branch() || reference.is_tag() || reference.is_remote();
    named.then(|| reference.shorthand().ok().map(str::to_owned)).flatten()
}

/// The files of a revision and what was passed over. The root is told its commit and branch.
pub(crate) fn files(
    root: &mut Root,
    revision: &str,
) -> Result<(Vec<Candidate>, Skipped, Source), RevisionError> {
    let (repository, below) = open(&root.path)?;
    let id = commit(&repository, &root.path, revision)?;
    let incomplete = |error: git2::Error| RevisionError::Incomplete {
        revision: revision.to_owned(),
        root: root.path.clone(),
        why: error.message().to_owned(),
    };
    let mut tree =
        repository.find_commit(id).and_then(|commit| commit.tree()).map_err(incomplete)?;
    if below.components().next().is_some() {
        let folder = tree.get_path(&below).and_then(|entry| entry.to_object(&repository));
        tree = if let Ok(Ok(folder)) = folder.map(git2::Object::into_tree) {
            folder
        } else {
            // The folder that is indexed is younger than the commit.
            let none = repository.treebuilder(None).and_then(|empty| empty.write());
            none.and_then(|id| repository.find_tree(id)).map_err(incomplete)?
        };
    }
    let mut reading = Reading {
        repository: &repository,
        odb: repository.odb().map_err(incomplete)?,
        ignores: Vec::new(),
        files: Vec::new(),
        skipped: Skipped::new(),
        blobs: FxHashMap::default(),
    };
    reading.folder(&root.path, "", &tree).map_err(incomplete)?;
    let rules = reading.rules(&tree).map_err(incomplete)?;
    let Reading { mut files, skipped, blobs, .. } = reading;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    root.revision = Some(id.to_string());
    root.branch = branch(&repository, revision);
    let git = repository.path().to_owned();
    let commit = Commit { git, blobs, rules, handles: Mutex::default() };
    Ok((files, skipped, Source::Commit(Arc::new(commit))))
}

/// Patterns of one folder, in the order in which they count. Those of git do not: what is in a commit is
/// in the repository.
struct Ignores([Gitignore; 2]);

impl Ignores {
    const FILES: [&str; 2] = [walk::QF_IGNORE, ".ignore"];

    fn new(folder: &Path, texts: [Option<Vec<u8>>; 2]) -> Self {
        Self(texts.map(|text| match text {
            None => Gitignore::empty(),
            Some(text) => patterns(folder, &text),
        }))
    }
}

/// The patterns of an ignore file, read as the walk reads one: up to a line that is no text.
fn patterns(folder: &Path, text: &[u8]) -> Gitignore {
    let mut builder = GitignoreBuilder::new(folder);
    for (number, line) in text.lines().map_while(Result::ok).enumerate() {
        let line = if number == 0 { line.trim_start_matches('\u{feff}') } else { &line };
        // A line that is no pattern is left out.
        let _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// A walk over a tree.
struct Reading<'r> {
    repository: &'r Repository,
    odb: git2::Odb<'r>,
    /// Of the folders from the root down to where the walk is.
    ignores: Vec<Ignores>,
    files: Vec<Candidate>,
    skipped: Skipped,
    blobs: FxHashMap<String, Oid>,
}

impl Reading<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str, tree: &Tree<'_>) -> Result<(), git2::Error> {
        let mut texts = [None, None];
        for (name, text) in Ignores::FILES.into_iter().zip(&mut texts) {
            let entry = tree.get_name(name).filter(|entry| entry.filemode() != LINK);
            if let Some(entry) = entry.filter(|entry| entry.kind() == Some(ObjectType::Blob)) {
                *text = Some(self.repository.find_blob(entry.id())?.content().to_vec());
            }
        }
        self.ignores.push(Ignores::new(folder, texts));
        for entry in tree {
            let is_folder = entry.kind() != Some(ObjectType::Blob);
            let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
            let path = folder.join(&name);
            if self.is_ignored(&path, is_folder) {
                continue;
            }
            match walk::named(&name, &format!("{prefix}{name}"), is_folder) {
                Named::Hidden => continue,
                Named::Vendored => {
                    self.skip("vendored");
                    continue;
                }
                Named::Read => {}
            }
            let below = format!("{prefix}{name}");
            if below.len() > LONGEST_PATH {
                self.skip("unreadable");
                continue;
            }
            match entry.kind() {
                Some(ObjectType::Tree) => {
                    let tree = self.repository.find_tree(entry.id())?;
                    self.folder(&path, &format!("{below}/"), &tree)?;
                }
                Some(ObjectType::Blob) if entry.filemode() != LINK => {
                    if std::str::from_utf8(entry.name_bytes()).is_err() {
                        self.skip("unreadable");
                        continue;
                    }
                    self.file(below, entry.id())?;
                }
                // Symbolic links, and submodules, which a plain checkout leaves empty.
                _ => {}
            }
        }
        self.ignores.pop();
        Ok(())
    }

    fn file(&mut self, path: String, id: Oid) -> Result<(), git2::Error> {
        let missing = std::cell::RefCell::new(None);
        let fail = |error: git2::Error| {
            missing.borrow_mut().get_or_insert(error);
        };
        let size = || self.odb.read_header(id).map(|(size, _)| size as u64).map_err(fail).ok();
        let head = || {
            size().filter(|size| *size <= walk::MAX_BYTES)?;
            let blob = self.odb.read(id).map_err(fail).ok()?;
            Some(blob.data().iter().take(languages::SCRIPT_HEAD).copied().collect())
        };
        let candidate = walk::candidate(path.replace('\\', "/"), size, head);
        // A file that is not there is not skipped: the index would not be that of the commit.
        if let Some(error) = missing.into_inner() {
            return Err(error);
        }
        match candidate {
            Ok(file) => {
                self.blobs.insert(path, id);
                self.files.push(file);
            }
            Err(reason) => self.skip(reason),
        }
        Ok(())
    }

    fn skip(&mut self, reason: &str) {
        *self.skipped.entry(reason.to_owned()).or_default() += 1;
    }

    /// Patterns of the innermost folder count first, those of one sort before those of the next.
    fn is_ignored(&self, path: &Path, folder: bool) -> bool {
        for sort in 0..2 {
            for ignores in self.ignores.iter().rev() {
                let found = ignores.0[sort].matched(path, folder);
                if !found.is_none() {
                    return found.is_ignore();
                }
            }
        }
        false
    }

    /// The repository's own link rules.
    fn rules(&self, tree: &Tree<'_>) -> Result<Vec<OwnFile>, git2::Error> {
        let Ok(folder) = tree.get_path(Path::new(rule::FOLDER)) else { return Ok(Vec::new()) };
        let Ok(folder) = folder.to_object(self.repository)?.into_tree() else {
            return Ok(Vec::new());
        };
        let mut rules = Vec::new();
        for entry in &folder {
            let Ok(name) = entry.name() else { continue };
            let path = Path::new(rule::FOLDER).join(name);
            if path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let text = if entry.kind() == Some(ObjectType::Blob) && entry.filemode() != LINK {
                rule::text(self.repository.find_blob(entry.id())?.content().to_vec())
            } else {
                Err("no file".to_owned())
            };
            rules.push((path, text));
        }
        rules.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(rules)
    }
}

/// The one root of a run over a revision, under the name that it is known by: that of what is
/// indexed of it, else that of its views, else the one that is asked for.
pub(crate) fn one(
    home: &Home,
    published: &Manifest,
    mut roots: Vec<Root>,
    name: Option<&str>,
) -> Result<Root, RevisionError> {
    let (Some(mut root), true) = (roots.pop(), roots.is_empty()) else {
        return Err(RevisionError::Many { count: roots.len() + 1 });
    };
    let path = root.path.to_string_lossy().into_owned();
    let indexed = published.repositories.iter().find(|entry| entry.root == path);
    let known = indexed.map(|entry| entry.name.clone()).or_else(|| {
        let views = Manifest::readable_views(home);
        views.iter().find_map(|view| {
            let name = &view.view.as_ref()?.repository;
            let own = view.repositories.iter().find(|entry| &entry.name == name)?;
            (own.root == path).then(|| name.clone())
        })
    });
    match (known, name) {
        (Some(known), Some(name)) if known != name => {
            return Err(RevisionError::Named { name: known });
        }
        (Some(known), _) => root.name = known,
        (None, Some(name)) => name.clone_into(&mut root.name),
        (None, None) => {}
    }
    Ok(root)
}

/// The manifest that a run over a revision writes: the view as it is stored, else a new one.
pub(crate) fn view(
    home: &Home,
    published: &mut Manifest,
    root: &Root,
    asked: &str,
) -> Result<Manifest, StoreError> {
    if published.generation == 0 {
        // Every command opens what is published, be it nothing.
        published.publish(home)?;
    }
    let revision = root.revision.clone().unwrap_or_default();
    let mut view = View { repository: root.name.clone(), revision, names: Vec::new() };
    let stored = Manifest::read_view(home, &view.path(home)).ok();
    view.names.extend(stored.iter().flat_map(|it| &it.view).flat_map(|it| &it.names).cloned());
    if !view.names.iter().any(|name| name == asked) {
        view.names.push(asked.to_owned());
    }
    let mut manifest = stored.unwrap_or_else(|| published.clone());
    manifest.generation = published.generation;
    manifest.view = Some(view);
    manifest.recovered = None;
    Ok(manifest)
}

/// A repository that is indexed, or has views: its name and its root.
pub type Target = (String, String);

/// Every repository that is indexed or has views, in order of name.
pub fn targets(home: &Home) -> Vec<Target> {
    let published = Manifest::read(home).unwrap_or_default();
    let mut targets: Vec<Target> = published
        .repositories
        .iter()
        .map(|entry| (entry.name.clone(), entry.root.clone()))
        .collect();
    for view in Manifest::readable_views(home) {
        let Some(View { repository, .. }) = &view.view else { continue };
        let own = view.repositories.iter().find(|entry| entry.name == *repository);
        if let Some(own) = own
            && !targets.iter().any(|(name, _)| name == repository)
        {
            targets.push((repository.clone(), own.root.clone()));
        }
    }
    targets.sort();
    targets
}

/// The view that `asked` means: a revision as git reads it in the roots of indexed repositories, the
/// beginning of a commit's hash, or what a view was asked for as. `NAME@REV` says whose.
pub fn find(home: &Home, asked: &str) -> Result<View, RevisionError> {
    let mut targets = targets(home);
    let mut views: Vec<(u64, View)> = Manifest::readable_views(home)
        .into_iter()
        .filter_map(|manifest| Some((manifest.published, manifest.view?)))
        .collect();
    // Names may hold an `@`, and so may revisions.
    let narrowed = targets.iter().filter_map(|(name, _)| {
        let rest = asked.strip_prefix(name.as_str())?.strip_prefix('@')?;
        (!rest.is_empty() && !rest.starts_with('{')).then(|| (name.clone(), rest))
    });
    let narrowed = narrowed.max_by_key(|(name, _)| name.len());
    let revision = narrowed.as_ref().map_or(asked, |(_, rest)| rest);
    if let Some((only, _)) = &narrowed {
        targets.retain(|(name, _)| name == only);
        views.retain(|(_, view)| view.repository == *only);
    }
    let resolved: Vec<(&Target, String)> = targets
        .iter()
        .filter_map(|target| Some((target, resolve(Path::new(&target.1), revision).ok()?)))
        .collect();
    let is = |view: &View, target: &Target, commit: &String| {
        view.repository == target.0 && view.revision == *commit
    };
    let mut found: Vec<&View> = views
        .iter()
        .map(|(_, view)| view)
        .filter(|view| resolved.iter().any(|(target, commit)| is(view, target, commit)))
        .collect();
    if found.is_empty() && revision.len() >= 4 {
        found = views.iter().map(|(_, view)| view).collect();
        found.retain(|view| view.revision.starts_with(revision));
    }
    if found.is_empty() {
        // Git does not know the name, or not any more. Of the views that had it the newest is meant.
        let mut named: Vec<&(u64, View)> = views.iter().collect();
        named.retain(|(_, view)| {
            let gone = !resolved.iter().any(|((name, _), _)| *name == view.repository);
            gone && view.names.iter().any(|name| name == revision)
        });
        named.sort_by_key(|(published, view)| (&view.repository, *published));
        named.reverse();
        named.dedup_by_key(|(_, view)| &view.repository);
        found = named.into_iter().map(|(_, view)| view).collect();
    }
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let roots = resolved.iter().map(|((_, root), _)| root.clone()).collect();
            Err(RevisionError::NotIndexed { revision: revision.to_owned(), roots })
        }
        many => Err(RevisionError::Several {
            revision: revision.to_owned(),
            views: many
                .iter()
                .map(|view| format!("{}@{}", view.repository, &view.revision[..10]))
                .collect(),
        }),
    }
}

/// Drops the views of a repository; returns how many there were. The writer's lock is held.
pub(crate) fn drop_views(home: &Home, repository: &str) -> Result<usize, StoreError> {
    let mut dropped = 0;
    for view in Manifest::readable_views(home).into_iter().filter_map(|view| view.view) {
        if view.repository == repository {
            drop_view(home, &view)?;
            dropped += 1;
        }
    }
    Ok(dropped)
}

/// Drops one view. What only it named is removed with the next garbage.
pub(crate) fn drop_view(home: &Home, view: &View) -> Result<(), StoreError> {
    let path = view.path(home);
    disk::remove(&path).map_err(|source| StoreError::Io { path, source })
}
