//! The part of a run that is done in the view of a phase, by a process of its own.
//!
//! The run itself sees the tree as everybody does. What must see the layer, to change files in it or
//! to tell what became of it, is asked for in a file, done by the same program in the view, and
//! answered in another file.

use super::RunError;
use crate::checkpoint::Checkpoints;
use crate::checkpoint::capture::Policy;
use crate::checkpoint::git::Choice;
use crate::overlay::layer::Touched;
use crate::plan::Action;
use crate::plan::edit::{self, EditError};
use qf_graph::store::Home;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The variable that says in which folder the request is.
pub const VARIABLE: &str = "QF_INSIDE";

/// A file that rules rewrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// Below the root of the work tree.
    pub path: String,
    /// What is in it afterwards.
    pub text: String,
}

/// What rewrites files by rules: in a work tree, below these paths or, with none, everywhere; by
/// rules in the form of ast-grep. Nothing is written.
pub type Codemod<'a> = dyn Fn(&Path, &[String], &str) -> Result<Vec<Rewritten>, String> + Sync + 'a;

/// What is to be done in a view.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Request {
    /// Change files.
    Change {
        /// The work tree.
        tree: PathBuf,
        /// By this.
        action: Action,
    },
    /// Keep what a phase did, so that it can land.
    Depart {
        /// Where everything is kept.
        home: PathBuf,
        /// The work tree.
        tree: PathBuf,
        /// The checkpoint that the phase began with.
        checkpoint: String,
        /// The layer.
        upper: PathBuf,
    },
}

/// How it went; the error is for people.
pub(super) type Reply = Result<(), String>;

fn request(folder: &Path) -> PathBuf {
    folder.join("request")
}

fn reply(folder: &Path) -> PathBuf {
    folder.join("reply")
}

/// Writes down what is to be done.
pub(super) fn ask(folder: &Path, what: &Request) -> Result<(), RunError> {
    let path = request(folder);
    let text =
        serde_json::to_vec(what).map_err(std::io::Error::from).map_err(RunError::io(&path))?;
    let _ = std::fs::remove_file(reply(folder));
    std::fs::write(&path, text).map_err(RunError::io(&path))
}

/// How it went; none when that was not written down.
pub(super) fn answer(folder: &Path) -> Option<Reply> {
    serde_json::from_slice(&std::fs::read(reply(folder)).ok()?).ok()
}

/// Does what is asked for in a folder, and answers there.
pub fn serve(folder: &Path, codemod: &Codemod<'_>) -> std::io::Result<()> {
    let what: Request = serde_json::from_slice(&std::fs::read(request(folder))?)?;
    let answer: Reply = match what {
        Request::Change { tree, action } => change(&tree, &action, codemod),
        Request::Depart { home, tree, checkpoint, upper } => {
            depart(&Home::new(home), &tree, &checkpoint, &upper)
        }
    };
    std::fs::write(reply(folder), serde_json::to_vec(&answer)?)
}

fn depart(home: &Home, tree: &Path, checkpoint: &str, upper: &Path) -> Reply {
    let touched = Touched::of(upper).map_err(|error| format!("{}: {error}", upper.display()))?;
    let checkpoints = Checkpoints::open(home, tree, Choice::Either, Policy::default());
    checkpoints
        .and_then(|checkpoints| checkpoints.depart(checkpoint, &|path| touched.has(path)))
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// Carries out a step that changes files.
pub(super) fn change(tree: &Path, action: &Action, codemod: &Codemod<'_>) -> Reply {
    let done = match action {
        Action::Codemod { rules, paths } => {
            let files = codemod(tree, paths, rules)?;
            if files.is_empty() {
                return Err("nothing matches its rules".to_owned());
            }
            edit::put(tree, files.into_iter().map(|file| (file.path, Some(file.text))).collect())
        }
        other => edit::apply(tree, other),
    };
    match done {
        Ok(_) => Ok(()),
        Err(EditError::Io { path, source }) => Err(format!("{}: {source}", path.display())),
        Err(error) => Err(error.to_string()),
    }
}
