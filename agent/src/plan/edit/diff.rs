//! A unified diff of several files, taken apart and applied file by file.
//!
//! Which lines belong to a hunk is told by the numbers of its header alone: a deleted line that
//! begins with two hyphens looks like the header of a file. What a diff can say but a plan cannot do
//! (renames, bytes, links) is refused, so that no part of it is left out in silence.

use super::{EditError, Ends, lines, relative};
use crate::plan::parse::bare;

/// What becomes of a file, as a unified diff for people; empty when nothing does.
pub fn unified(path: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let mut options = diffy::DiffOptions::new();
    options.set_original_filename(format!("a/{path}")).set_modified_filename(format!("b/{path}"));
    options.create_patch(before, after).to_string()
}

/// Why a diff cannot be read.
#[derive(Debug)]
pub(crate) struct Malformed {
    /// The line in the diff, from 1.
    pub(crate) line: u32,
    pub(crate) reason: String,
}

impl Malformed {
    fn new(line: u32, reason: impl Into<String>) -> Self {
        Self { line, reason: reason.into() }
    }
}

/// What a diff does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    New,
    Changed,
    Deleted,
}

/// A hunk as it is written.
#[derive(Debug)]
struct Hunk<'a> {
    /// The line of its header in the diff.
    line: u32,
    header: &'a str,
    /// Its lines, and whether the line of the file has no end.
    body: Vec<(&'a str, bool)>,
}

/// What a diff says of one file.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    /// Below the root of the work tree.
    pub(crate) path: String,
    kind: Kind,
    /// Its line in the diff.
    line: u32,
    hunks: Vec<Hunk<'a>>,
}

/// Lines between files that say nothing that is needed.
const TOLERATED: [&str; 7] = [
    "index ",
    "old mode ",
    "new mode ",
    "new file mode ",
    "deleted file mode ",
    "similarity index ",
    "dissimilarity index ",
];

/// The parts of a diff, one for each file.
pub(crate) fn parts(text: &str) -> Result<Vec<Part<'_>>, Malformed> {
    let lines: Vec<&str> = lines(text).collect();
    let mut parts = Vec::new();
    // The line of a `diff` that nothing has come after yet.
    let mut announced: Option<u32> = None;
    let mut at = 0;
    while let Some(&whole) = lines.get(at) {
        let (line, number) = (bare(whole), at as u32 + 1);
        if line.starts_with("--- ") {
            announced = None;
            let (part, next) = part(&lines, at)?;
            parts.push(part);
            at = next;
            continue;
        }
        if line.starts_with("diff ") {
            has_come(announced)?;
            announced = Some(number);
        } else if let Some(reason) = refused(line) {
            return Err(Malformed::new(number, reason));
        } else if !line.trim().is_empty() && !TOLERATED.iter().any(|start| line.starts_with(*start))
        {
            return Err(Malformed::new(number, "this line belongs to no hunk and is no header"));
        }
        at += 1;
    }
    has_come(announced)?;
    if parts.is_empty() {
        return Err(Malformed::new(1, "the patch has no hunk"));
    }
    Ok(parts)
}

fn has_come(announced: Option<u32>) -> Result<(), Malformed> {
    match announced {
        None => Ok(()),
        Some(line) => Err(Malformed::new(
            line,
            "no hunk follows; make an empty file with `edit`, change a mode or delete an empty file with `run`",
        )),
    }
}

/// Why a line between files is refused.
fn refused(line: &str) -> Option<&'static str> {
    let begins = |starts: &[&str]| starts.iter().any(|start| line.starts_with(*start));
    if begins(&["rename ", "copy "]) {
        Some("a patch cannot rename or copy here; do that in a `run` block")
    } else if begins(&["Binary files ", "GIT binary patch"]) {
        Some("a patch cannot change files that are no text")
    } else if begins(&TOLERATED) && (line.ends_with(" 120000") || line.ends_with(" 160000")) {
        Some("a patch cannot make or change links and submodules")
    } else if line.starts_with("@@") {
        Some("a hunk needs lines of `---` and `+++` before it")
    } else {
        None
    }
}

/// The part that begins at a line of `---`, and the index of what follows it.
fn part<'a>(lines: &[&'a str], first: usize) -> Result<(Part<'a>, usize), Malformed> {
    let line = first as u32 + 1;
    let headed = |index: usize, mark: &str| {
        lines.get(index).copied().and_then(|line| bare(line).strip_prefix(mark))
    };
    let Some((before, after)) = headed(first, "--- ").zip(headed(first + 1, "+++ ")) else {
        return Err(Malformed::new(line, "no line of `+++` follows this one of `---`"));
    };
    let (path, kind) = named(before, after).map_err(|reason| Malformed { line, reason })?;
    let mut at = first + 2;
    let mut hunks = Vec::new();
    while lines.get(at).is_some_and(|line| line.starts_with("@@")) {
        let (hunk, next) = hunk(lines, at)?;
        hunks.push(hunk);
        at = next;
    }
    if hunks.is_empty() {
        return Err(Malformed::new(line, "no hunk follows: `@@ -1,2 +1,3 @@`"));
    }
    let part = Part { path, kind, line, hunks };
    match diffy::Patch::from_str(&part.written(Ends::None)) {
        Ok(_) => Ok((part, at)),
        Err(error) => Err(Malformed::new(line, error.to_string())),
    }
}

/// The file that two headers name, and what is done with it.
fn named(before: &str, after: &str) -> Result<(String, Kind), String> {
    let (before, after) = (name(before)?, name(after)?);
    let (path, kind) = match (before, after) {
        (None, None) => return Err("both sides are /dev/null".to_owned()),
        (None, Some(after)) => (after.strip_prefix("b/").unwrap_or(after), Kind::New),
        (Some(before), None) => (before.strip_prefix("a/").unwrap_or(before), Kind::Deleted),
        (Some(before), Some(after)) => {
            let path = match (before.strip_prefix("a/"), after.strip_prefix("b/")) {
                (Some(before), Some(after)) if before == after => after,
                _ if before == after => after,
                _ => {
                    return Err(format!(
                        "`{before}` and `{after}` are two files; rename in a `run` block"
                    ));
                }
            };
            (path, Kind::Changed)
        }
    };
    let path = relative(path).map_err(|reason| format!("the path {reason}: {path}"))?;
    Ok((path, kind))
}

/// The path in a header; none for `/dev/null`.
fn name(text: &str) -> Result<Option<&str>, String> {
    // A time may follow.
    let text = text.split('\t').next().unwrap_or(text).trim_end();
    if text.starts_with('"') {
        return Err("paths in quotes cannot be read; git writes none with \
                    `-c core.quotePath=false`"
            .to_owned());
    }
    Ok((text != "/dev/null").then_some(text))
}

/// The hunk that begins at a line, and the index of what follows it.
fn hunk<'a>(lines: &[&'a str], first: usize) -> Result<(Hunk<'a>, usize), Malformed> {
    let line = first as u32 + 1;
    let header = lines.get(first).copied().unwrap_or_default();
    let Some((mut old, mut new)) = sizes(bare(header)) else {
        return Err(Malformed::new(line, "a hunk begins with a line like `@@ -1,2 +1,3 @@`"));
    };
    let miscounted = || {
        Malformed::new(line, "the numbers of this line do not fit the lines of the hunk after it")
    };
    let mut body: Vec<(&'a str, bool)> = Vec::new();
    let mut at = first + 1;
    while let Some(&whole) = lines.get(at) {
        let (removes, adds) = match bare(whole).bytes().next() {
            Some(b'\\') => {
                let Some(last) = body.last_mut() else { return Err(miscounted()) };
                last.1 = true;
                at += 1;
                continue;
            }
            _ if old == 0 && new == 0 => break,
            // The blank of an empty line that did not change gets lost easily.
            None | Some(b' ') => (1, 1),
            Some(b'-') => (1, 0),
            Some(b'+') => (0, 1),
            Some(_) => break,
        };
        if removes > old || adds > new {
            return Err(miscounted());
        }
        old -= removes;
        new -= adds;
        body.push((whole, false));
        at += 1;
    }
    let next = lines.get(at).copied().unwrap_or_default();
    let is_file =
        next.starts_with("--- ") && lines.get(at + 1).is_some_and(|line| line.starts_with("+++ "));
    let goes_on = next.starts_with([' ', '-', '+']) && !next.trim().is_empty() && !is_file;
    if old > 0 || new > 0 || goes_on {
        return Err(miscounted());
    }
    Ok((Hunk { line, header, body }, at))
}

/// How many lines a hunk has before and after, as its header says.
fn sizes(header: &str) -> Option<(usize, usize)> {
    let (ranges, _) = header.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let size = |range: &str| -> Option<usize> {
        let (start, size) = range.split_once(',').unwrap_or((range, "1"));
        start.parse::<usize>().ok()?;
        size.parse().ok()
    };
    Some((size(old)?, size(new)?))
}

impl Part<'_> {
    /// Its hunks alone, with the line ends that a file has.
    fn written(&self, file: Ends) -> String {
        let ended = self.hunks.iter().flat_map(|hunk| hunk.body.iter());
        let own = Ends::of(ended.filter(|(_, last)| !last).map(|(line, _)| *line));
        let end = own.in_file(file);
        let mut text = String::new();
        for hunk in &self.hunks {
            let crlf = own == Ends::CrLf || own == Ends::None && hunk.header.ends_with("\r\n");
            text.push_str(bare(hunk.header));
            text.push('\n');
            for &(line, last) in &hunk.body {
                if bare(line).is_empty() {
                    text.push(' ');
                }
                if last {
                    // What ends this line is the diff's own.
                    let whole = line.strip_suffix('\n').unwrap_or(line);
                    text.push_str(if crlf { bare(line) } else { whole });
                    text.push_str("\n\\ No newline at end of file\n");
                } else if let Some(end) = end {
                    text.push_str(bare(line));
                    text.push_str(end);
                } else {
                    text.push_str(line);
                    if !line.ends_with('\n') {
                        text.push('\n');
                    }
                }
            }
        }
        text
    }

    /// What becomes of its file; none when that is deleted.
    pub(super) fn apply(&self, before: Option<&str>) -> Result<Option<String>, EditError> {
        let path = || self.path.clone();
        let text = match (self.kind, before) {
            (Kind::New, Some(_)) => return Err(EditError::Exists { path: path() }),
            (Kind::New, None) => "",
            (Kind::Changed | Kind::Deleted, None) => {
                return Err(EditError::Missing { path: path() });
            }
            (Kind::Changed | Kind::Deleted, Some(text)) => text,
        };
        self.is_placed(text)?;
        let written = self.written(Ends::of(lines(text)));
        let patch = diffy::Patch::from_str(&written)
            .map_err(|error| EditError::Malformed { line: self.line, reason: error.to_string() })?;
        let after = diffy::apply(text, &patch).map_err(|error| self.unfit(&error))?;
        if self.kind != Kind::Deleted {
            return Ok(Some(after));
        }
        if after.is_empty() {
            return Ok(None);
        }
        Err(EditError::Context {
            path: path(),
            hunk: self.hunks.len(),
            reason: "the file has more than what the patch deletes; read it again".to_owned(),
        })
    }

    /// Whether each hunk can only mean one place: the lines that it finds are there exactly once. Line
    /// numbers are not trusted, and the library takes the nearest of several places.
    fn is_placed(&self, text: &str) -> Result<(), EditError> {
        if self.kind == Kind::New {
            return Ok(());
        }
        let there: Vec<&str> = text.lines().collect();
        for (number, hunk) in (1..).zip(&self.hunks) {
            let old = hunk.body.iter().map(|(line, _)| bare(line));
            let old: Vec<&str> = old
                .filter(|line| !line.starts_with('+'))
                .map(|line| line.get(1..).unwrap_or(""))
                .collect();
            let times = if old.is_empty() {
                0
            } else {
                there.windows(old.len()).filter(|window| **window == old[..]).count()
            };
            let whole_new = old.is_empty() && there.is_empty();
            // What is not there at all is said by the library, with the line.
            if times > 1 || old.is_empty() && !whole_new {
                let what = if old.is_empty() { "has no line" } else { "has lines" };
                return Err(EditError::Context {
                    path: self.path.clone(),
                    hunk: number,
                    reason: format!(
                        "it {what} that the file has {times} times; give it more lines around the change"
                    ),
                });
            }
        }
        Ok(())
    }

    fn unfit(&self, error: &diffy::ApplyError) -> EditError {
        // Which hunk it is, is in its text only.
        let said = error.to_string();
        let hunk: usize =
            said.rsplit('#').next().and_then(|number| number.trim().parse().ok()).unwrap_or(1);
        let line = self.hunks.get(hunk.saturating_sub(1)).map_or(self.line, |hunk| hunk.line);
        EditError::Context {
            path: self.path.clone(),
            hunk,
            reason: format!(
                "the file does not have its lines (line {line} of the patch); read the file again and write the hunk for what is there now"
            ),
        }
    }
}
