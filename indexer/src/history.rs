//! Version control, read with libgit2: blame, and what changed between two revisions.
//!
//! The index may be of a working tree with changes of its own, so changes are found between the
//! older revision's files and the indexed *texts*; line numbers are then those of the index. A
//! newer revision that is not what is indexed is compared first, and its lines are carried over.

use git2::{
    BlameOptions, DiffOptions, ObjectType, Oid, Patch, Repository, Tree, TreeWalkMode,
    TreeWalkResult,
};
use qf_graph::FileId;
use qf_graph::history::{Blame, Change, History, Texts};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct Git;

/// Changed lines of a newer text: `(first of the old, how many, first of the new, how many)`.
type Hunk = (u32, u32, u32, u32);

impl History for Git {
    fn blame(
        &self,
        root: &str,
        commit: &str,
        path: &str,
        text: &str,
        (first, last): (u32, u32),
    ) -> Result<Vec<Blame>, String> {
        let (repository, below) = open(root)?;
        let mut options = BlameOptions::new();
        let commit = repository
            .revparse_single(commit)
            .and_then(|object| object.peel_to_commit())
            .map_err(|_| format!("no commit `{commit}`"))?;
        // The text may be of a tree with changes of its own: its lines are found in the commit first.
        let tree = commit.tree().map_err(|error| error.message().to_owned())?;
        let committed = blob(&tree, &below.join(path));
        let since = hunks(&repository, committed, text.as_bytes())?;
        let back: Vec<Hunk> = since.iter().map(|(a, b, c, d)| (*c, *d, *a, *b)).collect();
        let (first, last) = carried(&[(first, last)], &back)[0];
        let commit = commit.id();
        options.newest_commit(commit).min_line(first as usize).max_line(last as usize);
        let blame = repository
            .blame_file(&below.join(path), Some(&mut options))
            .map_err(|error| error.message().to_owned())?;
        let mut found = Vec::new();
        for hunk in blame.iter() {
            let Ok(commit) = repository.find_commit(hunk.final_commit_id()) else { continue };
            let author = commit.author();
            found.push(Blame {
                commit: commit.id().to_string(),
                author: author.name().unwrap_or("unknown").to_owned(),
                time: author.when().seconds(),
                summary: commit.summary().ok().flatten().unwrap_or_default().to_owned(),
                line: carried(&[(hunk.final_start_line() as u32, 0)], &since)[0].0,
                lines: hunk.lines_in_hunk() as u32,
            });
        }
        Ok(found)
    }

    fn changes(
        &self,
        root: &str,
        (from, to): (&str, Option<&str>),
        files: &[(String, FileId)],
        text: Texts<'_>,
    ) -> Result<Vec<Change>, String> {
        let (repository, below) = open(root)?;
        let old = tree(&repository, from)?;
        let new = to.map(|to| tree(&repository, to)).transpose()?;
        let mut found = Vec::new();
        for (path, file) in files {
            let whole = below.join(path);
            let before = blob(&old, &whole);
            let (lines, deleted, added) = match &new {
                None => {
                    let now = text(*file);
                    let same = before.is_some_and(|before| {
                        Oid::hash_object(ObjectType::Blob, now.as_bytes()).ok() == Some(before)
                    });
                    if same {
                        continue;
                    }
                    let changed = hunks(&repository, before, now.as_bytes())?;
                    (lines(&changed), deleted(&changed), before.is_none())
                }
                Some(new) => {
                    let after = blob(new, &whole);
                    if before == after {
                        continue;
                    }
                    let content = after
                        .and_then(|id| repository.find_blob(id).ok())
                        .map_or_else(Vec::new, |blob| blob.content().to_vec());
                    let changed = hunks(&repository, before, &content)?;
                    let on = hunks(&repository, after, text(*file).as_bytes())?;
                    let at: Vec<(u32, u32)> =
                        deleted(&changed).into_iter().map(|line| (line, line)).collect();
                    let at = carried(&at, &on).into_iter().map(|(line, _)| line).collect();
                    (carried(&lines(&changed), &on), at, before.is_none())
                }
            };
            if !(lines.is_empty() && deleted.is_empty()) {
                let (file, path) = (Some(*file), path.clone());
                found.push(Change { file, path, lines, deleted, added });
            }
        }
        found.extend(gone(root, &old, new.as_ref(), &below, files)?);
        Ok(found)
    }
}

/// The git repository around an indexed folder, and where the folder lies in it.
pub(crate) fn open(root: &str) -> Result<(Repository, PathBuf), String> {
    let repository = Repository::discover(root)
        .map_err(|_| format!("{root} is not under version control of git"))?;
    let folder = repository.workdir().unwrap_or_else(|| repository.path()).to_path_buf();
    let folder = folder.canonicalize().unwrap_or(folder);
    let root = Path::new(root).canonicalize().unwrap_or_else(|_| PathBuf::from(root));
    let below = root.strip_prefix(&folder).map(Path::to_path_buf).unwrap_or_default();
    Ok((repository, below))
}

fn tree<'r>(repository: &'r Repository, revision: &str) -> Result<Tree<'r>, String> {
    repository
        .revparse_single(revision)
        .and_then(|object| object.peel_to_tree())
        .map_err(|_| format!("no revision `{revision}`"))
}

fn blob(tree: &Tree<'_>, path: &Path) -> Option<Oid> {
    tree.get_path(path).ok().filter(|it| it.kind() == Some(ObjectType::Blob)).map(|it| it.id())
}

fn hunks(repository: &Repository, before: Option<Oid>, now: &[u8]) -> Result<Vec<Hunk>, String> {
    let message = |error: git2::Error| error.message().to_owned();
    let old = before.map(|id| repository.find_blob(id)).transpose().map_err(message)?;
    let empty: &[u8] = &[];
    let mut options = DiffOptions::new();
    options.context_lines(0);
    let content = old.as_ref().map_or(empty, |blob| blob.content());
    // Texts are indexed as UTF-8, whatever else is in a file replaced.
    let content = String::from_utf8_lossy(content);
    let patch = Patch::from_buffers(content.as_bytes(), None, now, None, Some(&mut options));
    let patch = patch.map_err(message)?;
    let mut hunks = Vec::new();
    for at in 0..patch.num_hunks() {
        let (hunk, _) = patch.hunk(at).map_err(message)?;
        hunks.push((hunk.old_start(), hunk.old_lines(), hunk.new_start(), hunk.new_lines()));
    }
    Ok(hunks)
}

/// The lines of the newer text behind which lines were only taken out.
fn deleted(hunks: &[Hunk]) -> Vec<u32> {
    hunks.iter().filter(|(.., count)| *count == 0).map(|(_, _, start, _)| *start).collect()
}

/// The newer lines of hunks that have some.
fn lines(hunks: &[Hunk]) -> Vec<(u32, u32)> {
    let some = hunks.iter().filter(|(.., count)| *count > 0);
    some.map(|(_, _, start, count)| (*start, start + count - 1)).collect()
}

/// Lines of a text as lines of a later one, given what changed from it to that.
fn carried(lines: &[(u32, u32)], hunks: &[Hunk]) -> Vec<(u32, u32)> {
    let moved = |line: u32| {
        let mut shift = 0i64;
        for (old, old_lines, new, new_lines) in hunks {
            // Of a side without lines the number is that of the line before it.
            let first = old + u32::from(*old_lines == 0);
            let to = new + u32::from(*new_lines == 0);
            if line < first {
                break;
            }
            if line < first + old_lines {
                return (*new).max(1);
            }
            shift = i64::from(to + new_lines) - i64::from(first + old_lines);
        }
        u32::try_from((i64::from(line) + shift).max(1)).unwrap_or(1)
    };
    lines.iter().map(|(first, last)| (moved(*first), moved(*last).max(moved(*first)))).collect()
}

/// Files of the older revision that the newer one does not have; without a newer one, that are not on
/// disk.
fn gone(
    root: &str,
    old: &Tree<'_>,
    new: Option<&Tree<'_>>,
    below: &Path,
    files: &[(String, FileId)],
) -> Result<Vec<Change>, String> {
    let indexed: BTreeSet<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let mut out = Vec::new();
    let walked = old.walk(TreeWalkMode::PreOrder, |folder, entry| {
        let whole = Path::new(folder).join(entry.name().unwrap_or_default());
        let is_file = entry.kind() == Some(ObjectType::Blob);
        let path = whole.strip_prefix(below).ok().and_then(Path::to_str).filter(|_| is_file);
        let Some(path) = path else { return TreeWalkResult::Ok };
        let there = match new {
            Some(new) => new.get_path(&whole).is_ok(),
            None => Path::new(root).join(path).exists(),
        };
        if !there && !indexed.contains(path) {
            let (path, lines, deleted) = (path.to_owned(), Vec::new(), Vec::new());
            out.push(Change { file: None, path, lines, deleted, added: false });
        }
        TreeWalkResult::Ok
    });
    walked.map_err(|error| error.message().to_owned())?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::carried;

    #[test]
    fn lines_are_carried_over_later_changes() {
        // Two lines more after line 3, line 8 changed, lines 10 and 11 taken out.
        let hunks = [(3, 0, 4, 2), (8, 1, 10, 1), (10, 2, 11, 0)];
        let of = |line| carried(&[(line, line)], &hunks)[0].0;
        assert_eq!([of(2), of(3), of(4), of(7), of(8), of(9), of(12)], [2, 3, 6, 9, 10, 11, 12]);
    }
}
