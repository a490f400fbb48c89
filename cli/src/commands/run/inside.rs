//! `qf inside`: the part of a run that is done in the view of a phase, by a process of its own. Runs
//! start it; it is for nobody else.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use qf_agent::run::inside::{self, Rewritten, VARIABLE};
use std::path::{Path, PathBuf};

/// Does what a run asks for.
pub fn run(_: &mut Context) -> Result<Outcome, CommandError> {
    let folder = std::env::var_os(VARIABLE).map(PathBuf::from);
    let folder = folder.ok_or_else(|| CommandError::input("`qf inside` is a part of `qf run`"))?;
    inside::serve(&folder, &codemod)
        .map_err(|error| CommandError::input(format!("{}: {error}", folder.display())))?;
    Ok(Outcome::Done)
}

/// Rewrites files below a work tree by rules of syntax.
pub fn codemod(tree: &Path, paths: &[String], rules: &str) -> Result<Vec<Rewritten>, String> {
    let applied = qf_indexer::codemod::apply_below(tree, paths, rules);
    let files = applied.map_err(|error| error.to_string())?.changes;
    Ok(files.into_iter().map(|file| Rewritten { path: file.path, text: file.text }).collect())
}
