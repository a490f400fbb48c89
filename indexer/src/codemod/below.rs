//! Rules applied to the files below a folder: what the walk reads, and what the paths mean.

use super::read::rules;
use super::{CodemodError, Rules};
use crate::walk;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rayon::prelude::*;
use std::path::Path;

/// A file that rules change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Below the root, `/`-separated.
    pub path: String,
    /// What is there.
    pub before: String,
    /// What is to be there.
    pub text: String,
    /// How many places were written anew.
    pub changes: usize,
}

/// What rules make of the files below a folder, sorted by path; nothing is written.
///
/// The files are those that are indexed: what ignore files, vendored folders, size and the like
/// keep out of the graph is not changed either. `paths` are files, folders and globs
/// (`src/**/*.py`) below the root; without any, all files are meant. A path that means no file is
/// an error.
pub fn apply_below(
    root: &Path,
    paths: &[String],
    text: &str,
) -> Result<Vec<FileChange>, CodemodError> {
    let rules = rules(text)?;
    let selectors: Vec<Selector> =
        paths.iter().map(|path| Selector::new(root, path)).collect::<Result<_, _>>()?;
    // What cannot be listed would look like a folder without files.
    std::fs::read_dir(root).map_err(|source| CodemodError::Io { path: root.to_owned(), source })?;
    let (candidates, _) = walk::files(root);
    for (selector, given) in selectors.iter().zip(paths) {
        if !candidates.iter().any(|candidate| selector.selects(&candidate.path)) {
            let reason = "means no file that is read here; what is ignored, vendored, generated or \
                          of no known language is not";
            return Err(CodemodError::Path { given: given.clone(), reason: reason.to_owned() });
        }
    }
    let meant: Vec<&str> = candidates
        .iter()
        .map(|candidate| candidate.path.as_str())
        .filter(|path| {
            selectors.is_empty() || selectors.iter().any(|selector| selector.selects(path))
        })
        .filter(|path| rules.claims(Path::new(path)))
        .collect();
    // Trees may be deep, and comparing them takes stack.
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(16 << 20)
        .build()
        .map_err(|error| CodemodError::Threads(error.to_string()))?;
    let results: Vec<Result<Option<FileChange>, CodemodError>> =
        pool.install(|| meant.par_iter().map(|path| change(root, path, &rules)).collect());
    // The first error by path, whichever thread was first.
    results.into_iter().filter_map(Result::transpose).collect()
}

/// What rules make of one file.
fn change(root: &Path, path: &str, rules: &Rules) -> Result<Option<FileChange>, CodemodError> {
    let whole = root.join(path);
    let bytes = match std::fs::read(&whole) {
        Ok(bytes) => bytes,
        Err(source) => return Err(CodemodError::Io { path: whole, source }),
    };
    let Ok(text) = walk::text(path, &bytes) else { return Ok(None) };
    let Some(rewritten) = rules.apply(Path::new(path), &text)? else { return Ok(None) };
    // Decoded from something else, it could not be written back as it was.
    if text.as_bytes() != bytes.as_slice() {
        return Err(CodemodError::NotText { path: path.to_owned() });
    }
    Ok(Some(FileChange {
        path: path.to_owned(),
        before: text.into_owned(),
        text: rewritten.text,
        changes: rewritten.changes,
    }))
}

/// Which files a path means.
enum Selector {
    /// This one, or what is below it.
    Exact(String),
    /// Those that fit a glob, and what is below folders that do.
    Glob(Box<Gitignore>),
}

impl Selector {
    fn new(root: &Path, given: &str) -> Result<Self, CodemodError> {
        let wrong = |reason: &str| {
            let (given, reason) = (given.to_owned(), reason.to_owned());
            CodemodError::Path { given, reason }
        };
        if given.starts_with('/') {
            return Err(wrong("is absolute; write it as it is below the root"));
        }
        let parts: Vec<&str> =
            given.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        if parts.contains(&"..") {
            return Err(wrong("leads upwards"));
        }
        let path = parts.join("/");
        // A name may have brackets in it; what is there is meant as it is written.
        let there = path.is_empty() || root.join(&path).symlink_metadata().is_ok();
        if there || !path.contains(['*', '?', '[', '{']) {
            return Ok(Self::Exact(path));
        }
        let mut builder = GitignoreBuilder::new(".");
        builder.add_line(None, &format!("/{path}")).map_err(|error| wrong(&error.to_string()))?;
        let glob = builder.build().map_err(|error| wrong(&error.to_string()))?;
        Ok(Self::Glob(Box::new(glob)))
    }

    fn selects(&self, path: &str) -> bool {
        match self {
            Self::Exact(own) if own.is_empty() => true,
            Self::Exact(own) => path
                .strip_prefix(own.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            Self::Glob(glob) => glob.matched_path_or_any_parents(path, false).is_ignore(),
        }
    }
}
