//! Carries out the steps that change files.
//!
//! An edit that does not fit exactly is refused: what a plan says is there must be there, and once
//! only. Everything is worked out before anything is written, so that a step that does not fit
//! leaves all files as they are. Nothing outside of the work tree is ever written, and nothing of
//! git's own.

use super::parse::bare;
use super::{Action, Replacement};
use std::fs::{File, Metadata, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

mod diff;

pub(crate) use diff::parts;
pub use diff::unified;

/// Why files were left as they are; but for [`EditError::Io`] nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// What is to be replaced is not there.
    #[error("the SEARCH text of line {line} of the plan is not in {path}: {hint}")]
    NotFound {
        /// The file.
        path: String,
        /// The line of the piece in the plan.
        line: u32,
        /// What is there instead, and what to do.
        hint: String,
    },
    /// What is to be replaced is there several times.
    #[error(
        "the SEARCH text of line {line} of the plan is {times} times in {path}, at lines {}; add lines around it until it is there once",
        numbers(lines)
    )]
    Ambiguous {
        /// The file.
        path: String,
        /// The line of the piece in the plan.
        line: u32,
        /// How often; not counted past a hundred.
        times: usize,
        /// The first of the lines in the file.
        lines: Vec<u32>,
    },
    /// A file that is to be new is there.
    #[error("{path} exists, and the plan makes it anew; change what is there, or remove it first")]
    Exists {
        /// The file.
        path: String,
    },
    /// A file that is to be changed is not there.
    #[error("{path} does not exist; correct the path, or make the file anew")]
    Missing {
        /// The file.
        path: String,
    },
    /// A file is no text.
    #[error("{path} is no UTF-8 text; change it with a script")]
    NotText {
        /// The file.
        path: String,
    },
    /// A link, a folder or something else is where a file should be.
    #[error("{path} is no regular file; name the file itself, or change it with a script")]
    NotAFile {
        /// The path.
        path: String,
    },
    /// A patch cannot be read.
    #[error("line {line} of the patch: {reason}")]
    Malformed {
        /// The line in the patch.
        line: u32,
        /// What is wrong.
        reason: String,
    },
    /// A patch does not fit.
    #[error("hunk {hunk} of the patch of {path} does not fit: {reason}")]
    Context {
        /// The file.
        path: String,
        /// Which of its hunks, from 1.
        hunk: usize,
        /// Why, and what to do.
        reason: String,
    },
    /// A path that plans may not change.
    #[error("{path} {reason}; a plan changes files of its work tree only")]
    Outside {
        /// The path.
        path: String,
        /// Why.
        reason: &'static str,
    },
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl EditError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

fn numbers(lines: &[u32]) -> String {
    let all: Vec<String> = lines.iter().map(u32::to_string).collect();
    all.join(", ")
}

/// What lines of a text end with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// No line ends.
    None,
    Lf,
    CrLf,
    /// Some one, some the other.
    Mixed,
}

impl Ends {
    fn of<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        lines.fold(Self::None, |ends, line| {
            let own = if line.ends_with("\r\n") {
                Self::CrLf
            } else if line.ends_with('\n') {
                Self::Lf
            } else {
                return ends;
            };
            if ends == Self::None || ends == own { own } else { Self::Mixed }
        })
    }

    /// What lines with these ends must have to be like a file's; none when they stay as they are.
    fn in_file(self, file: Self) -> Option<&'static str> {
        match (self, file) {
            (Self::Lf, Self::CrLf) => Some("\r\n"),
            (Self::CrLf, Self::Lf) => Some("\n"),
            _ => None,
        }
    }
}

/// The lines of a text, with their ends.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n')
}

fn with_ends(text: &str, end: &str) -> String {
    lines(text).flat_map(|line| [bare(line), if line.ends_with('\n') { end } else { "" }]).collect()
}

/// A path below the root of the work tree, without what says nothing; else why it is none.
pub(crate) fn below(path: &str) -> Result<String, &'static str> {
    if path.starts_with('/') {
        return Err("is absolute");
    }
    if path.chars().any(char::is_control) {
        return Err("has control characters in it");
    }
    let parts: Vec<&str> =
        path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err("leads upwards");
    }
    if parts.is_empty() {
        return Err("names nothing");
    }
    Ok(parts.join("/"))
}

/// A path that plans may change, as [`below`]; else why they may not.
pub(crate) fn relative(path: &str) -> Result<String, &'static str> {
    let path = below(path)?;
    if path.split('/').any(|part| part.eq_ignore_ascii_case(".git")) {
        return Err("belongs to git");
    }
    Ok(path)
}

/// What becomes of a file by replacements in their order; `text` is none when there is no file.
///
/// Each must be there exactly once, as whole lines, in the text as those before have left it. Lines
/// of a file that end in CRLF are found by lines that end in LF, and the other way round; the file
/// keeps what it has. So it does when its last line has no end.
pub fn replace(
    path: &str,
    text: Option<&str>,
    replacements: &[Replacement],
) -> Result<String, EditError> {
    let Some(text) = text else {
        return match replacements {
            [one] if one.before.is_empty() => Ok(one.after.clone()),
            _ => Err(EditError::Missing { path: path.to_owned() }),
        };
    };
    if replacements.iter().any(|one| one.before.is_empty()) {
        return Err(EditError::Exists { path: path.to_owned() });
    }
    let ends = Ends::of(lines(text));
    let end = if ends == Ends::CrLf { "\r\n" } else { "\n" };
    let mut text = text.to_owned();
    let mut open = !text.is_empty() && !text.ends_with('\n');
    if open {
        text.push_str(end);
    }
    for one in replacements {
        let converted = Ends::of(lines(&one.before)).in_file(ends).map(|end| {
            let (before, after) = (with_ends(&one.before, end), with_ends(&one.after, end));
            Replacement { line: one.line, before, after }
        });
        let one = converted.as_ref().unwrap_or(one);
        let start = single(path, &text, one)?;
        let stop = start + one.before.len();
        // Without its last line a file ends with the one before it, and that has an end.
        open &= stop < text.len() || !one.after.is_empty();
        text.replace_range(start..stop, &one.after);
    }
    if open {
        let length = bare(&text).len();
        text.truncate(length);
    }
    Ok(text)
}

/// Where the lines of `wanted` begin in a text, at the beginnings of lines: bytes, a hundred of them
/// at most.
fn places(text: &str, wanted: &str) -> Vec<usize> {
    const MOST: usize = 100;
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(wanted)) {
        let start = from + at;
        if start == 0 || text.as_bytes()[start - 1] == b'\n' {
            found.push(start);
        }
        let Some(next) = text.get(start..).and_then(|rest| rest.find('\n')) else { break };
        from = start + next + 1;
        if found.len() == MOST {
            break;
        }
    }
    found
}

fn line_of(text: &str, at: usize) -> u32 {
    text.get(..at).unwrap_or(text).matches('\n').count() as u32 + 1
}

/// Where the one place of a replacement begins.
fn single(path: &str, text: &str, one: &Replacement) -> Result<usize, EditError> {
    let found = places(text, &one.before);
    match found.as_slice() {
        [start] => Ok(*start),
        [] => Err(EditError::NotFound {
            path: path.to_owned(),
            line: one.line,
            hint: hint(text, one),
        }),
        _ => Err(EditError::Ambiguous {
            path: path.to_owned(),
            line: one.line,
            times: found.len(),
            lines: found.iter().take(10).map(|start| line_of(text, *start)).collect(),
        }),
    }
}

/// What is there in place of what is not found.
fn hint(text: &str, one: &Replacement) -> String {
    /// Most pairs of lines: it is a hint, and nobody waits for that.
    const MOST_COMPARED: usize = 50_000_000;
    let squeezed = |text: &str| -> Vec<(u32, String)> {
        lines(text)
            .enumerate()
            .map(|(index, line)| (index as u32 + 1, line.split_whitespace().collect::<String>()))
            .filter(|(_, line)| !line.is_empty())
            .collect()
    };
    let (file, wanted) = (squeezed(text), squeezed(&one.before));
    if file.len().saturating_mul(wanted.len()) > MOST_COMPARED {
        return "read the file again and copy the lines from it".to_owned();
    }
    // The longest beginning of it, and where that is.
    let mut best = (0, 0);
    for start in 0..file.len() {
        let same = file[start..].iter().zip(&wanted).take_while(|(a, b)| a.1 == b.1).count();
        if same > best.0 {
            best = (same, start);
        }
        if same == wanted.len() {
            break;
        }
    }
    let (same, start) = best;
    let line = file.get(start).map_or(1, |(line, _)| *line);
    let near = same > 0 && same == wanted.len();
    let done = if one.after.is_empty() { None } else { places(text, &one.after).first().copied() };
    // What only indents is found with other white space when it was done.
    if near && (done.is_none() || wanted != squeezed(&one.after)) {
        return format!(
            "with other white space it is at line {line}; copy the lines from there as they are"
        );
    }
    if let Some(done) = done {
        let line = line_of(text, done);
        return format!("but its REPLACE text is, at line {line}; was this done before?");
    }
    if same == 0 {
        return "not even its first line is; read the file again and copy the lines from it"
            .to_owned();
    }
    let other = wanted.get(same).map_or(1, |(line, _)| *line);
    format!("it begins like line {line}, but from its line {other} on the file is different")
}

/// What becomes of files by a unified diff: each path with its new text, or none when it is deleted.
/// `read` gives the text of a file, or none when there is no file.
///
/// Hunks must fit exactly; only their line numbers may be wrong. Line ends are treated as in
/// [`replace`]. Modes that a diff names are not carried over.
pub fn patch(
    text: &str,
    read: &mut dyn FnMut(&str) -> Result<Option<String>, EditError>,
) -> Result<Vec<(String, Option<String>)>, EditError> {
    let parts = parts(text)
        .map_err(|diff::Malformed { line, reason }| EditError::Malformed { line, reason })?;
    let mut results: Vec<(String, Option<String>)> = Vec::new();
    for part in &parts {
        let earlier = results.iter().position(|(path, _)| *path == part.path);
        let before = match earlier {
            Some(index) => results[index].1.clone(),
            None => read(&part.path)?,
        };
        let after = part.apply(before.as_deref())?;
        match earlier {
            Some(index) => results[index].1 = after,
            None => results.push((part.path.clone(), after)),
        }
    }
    Ok(results)
}

/// Carries out a step that changes files of the work tree at `root`, as far as the plan itself says
/// how; other steps change none here. Gives the paths that were written or deleted, in the order of
/// the step.
pub fn apply(root: &Path, action: &Action) -> Result<Vec<PathBuf>, EditError> {
    let canonical = || root.canonicalize().map_err(EditError::io(root));
    let (root, results) = match action {
        Action::Edit { path, replacements } => {
            let root = canonical()?;
            let text = read(&root, path)?;
            let after = replace(path, text.as_deref(), replacements)?;
            (root, vec![(path.clone(), Some(after))])
        }
        Action::Patch { text } => {
            let root = canonical()?;
            let results = patch(text, &mut |path: &str| read(&root, path))?;
            (root, results)
        }
        Action::Run(_)
        | Action::Codemod { .. }
        | Action::Verify(_)
        | Action::Mcp(_)
        | Action::Ask { .. }
        | Action::Notify { .. }
        | Action::Agent { .. } => return Ok(Vec::new()),
    };
    put(&root, results)
}

/// Writes texts of files of the work tree at `root`, or deletes the files where there is no text.
/// Gives the paths that were written or deleted. Where one of them may not be written, none is.
pub fn put(root: &Path, texts: Vec<(String, Option<String>)>) -> Result<Vec<PathBuf>, EditError> {
    let root = root.canonicalize().map_err(EditError::io(root))?;
    let mut changes = Vec::with_capacity(texts.len());
    for (path, text) in texts {
        let (target, there) = locate(&root, &path)?;
        changes.push((target, there, text));
    }
    let mut changed = Vec::with_capacity(changes.len());
    for (target, there, text) in changes {
        match text {
            Some(text) => write(&target, there.as_ref(), &text)?,
            None if there.is_none() => continue,
            None => std::fs::remove_file(&target).map_err(EditError::io(&target))?,
        }
        changed.push(target);
    }
    Ok(changed)
}

/// The text of a file; none when there is no file.
fn read(root: &Path, path: &str) -> Result<Option<String>, EditError> {
    let (target, there) = locate(root, path)?;
    if there.is_none() {
        return Ok(None);
    }
    let bytes = std::fs::read(&target).map_err(EditError::io(&target))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(EditError::NotText { path: path.to_owned() }),
    }
}

/// Where a path is on the disk, and the file that is there. `root` has no links in it.
fn locate(root: &Path, path: &str) -> Result<(PathBuf, Option<Metadata>), EditError> {
    let outside = |reason| EditError::Outside { path: path.to_owned(), reason };
    let target = root.join(relative(path).map_err(outside)?);
    let mut above = target.parent();
    while let Some(folder) = above {
        match folder.canonicalize() {
            Ok(real) => {
                let inner = real
                    .strip_prefix(root)
                    .map_err(|_| outside("is behind a link that leads out of the work tree"))?;
                let is_git = |part: Component<'_>| part.as_os_str().eq_ignore_ascii_case(".git");
                if inner.components().any(is_git) {
                    return Err(outside("is behind a link to what belongs to git"));
                }
                break;
            }
            // A folder that is to be made; or a link to nowhere, behind which anything may come.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if folder.symlink_metadata().is_ok() {
                    return Err(outside("is behind a link to nowhere"));
                }
                above = folder.parent();
            }
            Err(error) => return Err(EditError::io(folder)(error)),
        }
    }
    match target.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => Ok((target, Some(metadata))),
        Ok(_) => Err(EditError::NotAFile { path: path.to_owned() }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok((target, None)),
        Err(error) => Err(EditError::io(&target)(error)),
    }
}

/// Writes a file beside its place and renames it, so that whoever reads it sees the old one or the
/// new one. It has the mode of the one that was there.
fn write(target: &Path, there: Option<&Metadata>, text: &str) -> Result<(), EditError> {
    let folder = target.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder).map_err(EditError::io(folder))?;
    let temporary = folder.join(format!(".qf-edit-{}", std::process::id()));
    let mode = there.map(|metadata| metadata.permissions().mode() & 0o7777);
    // What a process of this number left when it was killed.
    let _ = std::fs::remove_file(&temporary);
    let written = (|| {
        // Never readable for more than the old one was, not even for a moment.
        let open = mode.map_or(0o666, |mode| mode & 0o777);
        let mut file = File::options().write(true).create_new(true).mode(open).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        if let Some(mode) = mode {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        std::fs::rename(&temporary, target)
    })();
    if written.is_err() {
        // Best effort: it is of no use to anybody.
        let _ = std::fs::remove_file(&temporary);
    }
    written.map_err(EditError::io(target))
}
