//! What every command works with: the workspace, the output, the messages.

use crate::error::{CommandError, Outcome};
use crate::output::{Messages, Output};
use qf_graph::store::Home;
use qf_graph::store::manifest::Manifest;
use qf_graph::store::view::View;
use qf_graph::{FileId, RepoId, Snapshot};
use qf_indexer::history::Git;
use qf_indexer::revision;
use std::sync::Arc;

/// The surroundings of one command.
pub struct Context {
    /// The workspace.
    pub home: Home,
    /// Standard output.
    pub out: Output,
    /// Standard error.
    pub messages: Messages,
    /// The revision that is to be answered from, instead of what is published.
    pub at: Option<String>,
    partial: bool,
}

impl Context {
    /// A command's surroundings.
    pub fn new(home: Home, out: Output, messages: Messages) -> Self {
        Self { home, out, messages, at: None, partial: false }
    }

    /// Opens what is published, or the view that `--at` names. What is damaged is said, left out, and
    /// turns the exit code into 3.
    pub fn snapshot(&mut self) -> Result<Snapshot, CommandError> {
        if let Some(asked) = &self.at {
            let view = revision::find(&self.home, asked)?;
            return self.open_view(&view);
        }
        let snapshot = Snapshot::open(&self.home)?;
        Ok(self.opened(snapshot))
    }

    /// Opens a view, in the same manner.
    pub fn open_view(&mut self, view: &View) -> Result<Snapshot, CommandError> {
        let snapshot = Snapshot::open_view(&self.home, &view.path(&self.home))?;
        Ok(self.opened(snapshot))
    }

    fn opened(&mut self, snapshot: Snapshot) -> Snapshot {
        for damage in snapshot.damaged() {
            self.messages.warning(format_args!("{damage}; answering without it"));
        }
        if !snapshot.damaged().is_empty() {
            self.partial = true;
            self.messages.hint(rebuild_hint(&snapshot));
        }
        snapshot
    }

    /// Opens what is published, with the model that `QF_EMBEDDER` names, to ask questions.
    pub fn asking(&mut self) -> Result<Snapshot, CommandError> {
        let embedder = qf_models::from_environment()?;
        let mut snapshot = self.snapshot()?;
        snapshot.set_embedder(embedder);
        snapshot.set_history(Arc::new(Git));
        Ok(snapshot)
    }

    /// The outcome, given what a command came to.
    pub fn outcome(&self, outcome: Outcome) -> Outcome {
        if self.partial { Outcome::Partial } else { outcome }
    }
}

/// How to get damaged repositories back.
fn rebuild_hint(snapshot: &Snapshot) -> String {
    if let Some(view) = snapshot.view() {
        return format!("`qf index PATH --rev {}` writes it again", view.revision);
    }
    let open: Vec<&str> =
        snapshot.repositories().map(|repository| snapshot.repository_name(repository)).collect();
    let manifest = Manifest::read(snapshot.home()).unwrap_or_default();
    let roots: Vec<&str> = manifest
        .repositories
        .iter()
        .filter(|entry| !open.contains(&entry.name.as_str()))
        .map(|entry| entry.root.as_str())
        .collect();
    if roots.is_empty() {
        return "`qf index PATH` of any repository rebuilds it".to_owned();
    }
    format!("`qf index {}` rebuilds it from its sources", roots.join(" "))
}

/// The repository called `name`, or an error that lists what there is.
pub fn repository(snapshot: &Snapshot, name: &str) -> Result<RepoId, CommandError> {
    snapshot.repository_named(name).ok_or_else(|| {
        let known: Vec<_> = snapshot
            .repositories()
            .map(|repository| snapshot.repository_name(repository))
            .collect();
        CommandError::input(format!("no repository is called `{name}`"))
            .hint(format!("indexed are {}", known.join(", ")))
    })
}

/// The repositories a command is about: one, or all.
pub fn repositories(snapshot: &Snapshot, one: Option<&str>) -> Result<Vec<RepoId>, CommandError> {
    match one {
        Some(name) => Ok(vec![repository(snapshot, name)?]),
        None => Ok(snapshot.repositories().collect()),
    }
}

/// The indexed file that `path` means: `repository/path`, a path on disk, or the end of a path
/// that only one file has.
pub fn file(snapshot: &Snapshot, path: &str) -> Result<FileId, CommandError> {
    if let Some((first, rest)) = path.split_once('/')
        && let Some(repository) = snapshot.repository_named(first)
        && let Some(file) = snapshot.file_named(repository, rest)
    {
        return Ok(file);
    }
    if let Ok(absolute) = std::path::Path::new(path).canonicalize() {
        for repository in snapshot.repositories() {
            if let Ok(below) = absolute.strip_prefix(&snapshot.entry(repository).root)
                && let Some(file) = below.to_str().and_then(|p| snapshot.file_named(repository, p))
            {
                return Ok(file);
            }
        }
    }
    let ends_so = |file: &FileId| {
        let own = snapshot.path(*file);
        own.strip_suffix(path).is_some_and(|head| head.is_empty() || head.ends_with('/'))
    };
    let found: Vec<FileId> = snapshot.files().filter(ends_so).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(CommandError::input(format!("no indexed file is called `{path}`"))
            .hint("write it as repository/path, or give a path on disk")),
        many => {
            let listed: Vec<_> =
                many.iter().take(5).map(|file| snapshot.display_path(*file)).collect();
            Err(CommandError::input(format!("`{path}` may be {} files", many.len()))
                .hint(format!("name one of {}", listed.join(", "))))
        }
    }
}
