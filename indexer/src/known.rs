//! What earlier runs know of a file: facts and text by path and content.
//!
//! Facts are a function of path and text alone, so it does not matter where they come from. First
//! what is published of the repository is asked; then its views, and other roots of the same git
//! repository (worktrees), so that a second branch is parsed only where it differs. Those are
//! opened when the first file asks for them.

use crate::run::{Previous, Stored};
use crate::walk::Root;
use git2::Repository;
use qf_graph::store::Home;
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Most others that are opened for one repository; the newest views are.
const MOST: usize = 8;

/// Everything that is stored in a workspace.
pub(crate) struct Earlier<'e> {
    home: &'e Home,
    published: &'e Manifest,
    /// Newest first.
    views: Vec<Manifest>,
    /// Git's own folders by root; worktrees of one repository have one in common.
    shared: OnceLock<FxHashMap<String, PathBuf>>,
}

impl<'e> Earlier<'e> {
    /// What is published, and the views beside it.
    pub fn new(home: &'e Home, published: &'e Manifest) -> Self {
        let mut views = Manifest::readable_views(home);
        views.sort_by_key(|view| std::cmp::Reverse(view.published));
        Self { home, published, views, shared: OnceLock::new() }
    }

    /// Entries of all manifests with the most useful of a repository first: its own.
    fn entries(&self, name: &str) -> impl Iterator<Item = &RepositoryEntry> {
        let own = self.views.iter().filter(move |view| of(view) == Some(name));
        let others = self.views.iter().filter(move |view| of(view) != Some(name));
        own.chain([self.published]).chain(others).flat_map(|manifest| &manifest.repositories)
    }

    fn shared(&self) -> &FxHashMap<String, PathBuf> {
        self.shared.get_or_init(|| {
            let roots: BTreeSet<&String> = self.entries("").map(|entry| &entry.root).collect();
            let shared = |root: &String| Some((root.clone(), git_folder(Path::new(root))?));
            roots.into_iter().filter_map(shared).collect()
        })
    }
}

/// The repository that a view is of.
fn of(view: &Manifest) -> Option<&str> {
    view.view.as_ref().map(|view| view.repository.as_str())
}

/// Where git keeps what all worktrees of a repository share.
fn git_folder(root: &Path) -> Option<PathBuf> {
    let repository = Repository::discover(root).ok()?;
    repository.commondir().canonicalize().ok()
}

/// What is known of the files of one repository.
pub(crate) struct Known<'e> {
    own: Previous,
    /// What is stored under its name.
    facts: Option<&'e str>,
    others: Option<(&'e Earlier<'e>, &'e Root)>,
    opened: OnceLock<Vec<Previous>>,
}

impl<'e> Known<'e> {
    /// What is known of a repository.
    pub fn new(earlier: &'e Earlier<'e>, root: &'e Root) -> Self {
        let entry = earlier.published.repositories.iter().find(|entry| entry.name == root.name);
        Self {
            own: Previous::open(earlier.home, entry),
            facts: entry.map(|entry| entry.facts.as_str()),
            others: Some((earlier, root)),
            opened: OnceLock::new(),
        }
    }

    /// Nothing: every file is parsed.
    pub fn nothing() -> Self {
        Self { own: Previous::nothing(), facts: None, others: None, opened: OnceLock::new() }
    }

    /// Facts, as they are and as they are stored, and compressed text of a file that was read before.
    pub fn file(&self, path: &str, hash: &[u8; 32]) -> Option<Stored> {
        self.own.file(path, hash).or_else(|| {
            let others = self.opened.get_or_init(|| self.open_others());
            others.iter().find_map(|previous| previous.file(path, hash))
        })
    }

    fn open_others(&self) -> Vec<Previous> {
        let Some((earlier, root)) = self.others else { return Vec::new() };
        let path = root.path.to_string_lossy();
        let mut seen: BTreeSet<&str> = self.facts.into_iter().collect();
        let mut opened = Vec::new();
        let folder = OnceLock::new();
        for entry in earlier.entries(&root.name) {
            // Worktrees are looked for only where something else is indexed.
            let same = || {
                let folder = folder.get_or_init(|| git_folder(&root.path));
                folder.is_some() && earlier.shared().get(&entry.root) == folder.as_ref()
            };
            if opened.len() < MOST
                && !seen.contains(entry.facts.as_str())
                && (entry.name == root.name || entry.root == path || same())
            {
                seen.insert(&entry.facts);
                opened.push(Previous::open(earlier.home, Some(entry)));
            }
        }
        opened
    }
}
