//! Rules applied to the files below a folder: what the walk reads, and what the paths mean.

use super::read::rules;
use super::{CodemodError, Rules, Told};
use crate::walk;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

/// Reasons to leave a file out that are guesses: whoever names the file knows better.
const GUESSES: [&str; 2] = ["minified", "generated"];

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

/// What was not looked at, or is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Why: `syntax error`, or as the walk has it, `minified`, `generated`, `vendored` and the like.
    pub reason: &'static str,
    /// A file or a folder below the root, `/`-separated.
    pub path: String,
    /// The line of a match, from 1; none where it is the file or folder.
    pub line: Option<u32>,
}

/// What rules make of the files below a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// The files that they change, sorted by path.
    pub changes: Vec<FileChange>,
    /// What they might have changed, sorted by reason, path and line.
    pub left_out: Vec<LeftOut>,
}

/// What rules make of the files below a folder; nothing is written.
///
/// The files are those that are indexed: what ignore files, vendored folders, size and the like
/// keep out of the graph is not changed either. `paths` are files, folders and globs
/// (`src/**/*.py`) below the root; without any, all files are meant. A file that is named itself is
/// taken also when it looks minified or generated. A path that means no file is an error.
pub fn apply_below(root: &Path, paths: &[String], text: &str) -> Result<Applied, CodemodError> {
    let rules = rules(text)?;
    let selectors: Vec<Selector> =
        paths.iter().map(|path| Selector::new(root, path)).collect::<Result<_, _>>()?;
    // What cannot be listed would look like a folder without files.
    std::fs::read_dir(root).map_err(|source| CodemodError::Io { path: root.to_owned(), source })?;
    let listing = walk::listing(root);
    let is_named = |path: &str| selectors.iter().any(|selector| selector.names(path));
    let mut candidates: Vec<&str> =
        listing.files.iter().map(|candidate| candidate.path.as_str()).collect();
    let named = listing.passed.iter().filter(|(path, reason)| {
        GUESSES.contains(*reason) && is_named(path) && root.join(path).is_file()
    });
    candidates.extend(named.map(|(path, _)| path.as_str()));
    candidates.sort_unstable();
    for (selector, given) in selectors.iter().zip(paths) {
        if !candidates.iter().any(|path| selector.selects(path)) {
            let reason = "means no file that is read here; what is ignored, vendored, generated or \
                          of no known language is not";
            return Err(CodemodError::Path { given: given.clone(), reason: reason.to_owned() });
        }
    }
    let selected = |path: &str| {
        selectors.is_empty() || selectors.iter().any(|selector| selector.selects(path))
    };
    let taken: BTreeSet<&str> = candidates.iter().copied().collect();
    let left_out = listing.passed.iter().filter(|(path, reason)| {
        let meant = **reason == "vendored" || rules.claims(Path::new(path));
        selected(path) && meant && !taken.contains(path.as_str())
    });
    let left_out =
        left_out.map(|(path, &reason)| LeftOut { reason, path: path.clone(), line: None });
    let mut applied = Applied { changes: Vec::new(), left_out: left_out.collect() };
    let meant: Vec<&str> = candidates
        .into_iter()
        .filter(|path| selected(path) && rules.claims(Path::new(path)))
        .collect();
    // Trees may be deep, and comparing them takes stack.
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(16 << 20)
        .build()
        .map_err(|error| CodemodError::Threads(error.to_string()))?;
    let results: Vec<Result<Applied, CodemodError>> = pool.install(|| {
        meant.par_iter().map(|path| change(root, path, is_named(path), &rules)).collect()
    });
    // The first error by path, whichever thread was first.
    for result in results {
        let one = result?;
        applied.changes.extend(one.changes);
        applied.left_out.extend(one.left_out);
    }
    applied.left_out.sort();
    Ok(applied)
}

/// What rules make of one file; `named` says that it is meant whatever it looks like.
fn change(root: &Path, path: &str, named: bool, rules: &Rules) -> Result<Applied, CodemodError> {
    let whole = root.join(path);
    let bytes = match std::fs::read(&whole) {
        Ok(bytes) => bytes,
        Err(source) => return Err(CodemodError::Io { path: whole, source }),
    };
    let left_out = |reason, line| LeftOut { reason, path: path.to_owned(), line };
    let text = match walk::text(path, &bytes) {
        Ok(text) => text,
        Err(reason) if named && GUESSES.contains(&reason) => String::from_utf8_lossy(&bytes),
        Err(reason) => {
            let left_out = vec![left_out(reason, None)];
            return Ok(Applied { left_out, ..Applied::default() });
        }
    };
    let Told { rewritten, left_out: lines } = rules.told(Path::new(path), &text)?;
    let lines = lines.into_iter().map(|line| left_out("syntax error", Some(line)));
    let mut applied = Applied { changes: Vec::new(), left_out: lines.collect() };
    let Some(rewritten) = rewritten else { return Ok(applied) };
    // Decoded from something else, it could not be written back as it was.
    if text.as_bytes() != bytes.as_slice() {
        return Err(CodemodError::NotText { path: path.to_owned() });
    }
    let before = Cow::into_owned(text);
    let (path, text) = (path.to_owned(), rewritten.text);
    applied.changes.push(FileChange { path, before, text, changes: rewritten.changes });
    Ok(applied)
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

    /// Whether a path is this very file.
    fn names(&self, path: &str) -> bool {
        matches!(self, Self::Exact(own) if own == path)
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
