//! Which line of the index a place is.
//!
//! The folders in front of a path are those of another machine, so files are compared by how much
//! of the end of their paths is the same, and the one with most of it is meant. Not every likeness
//! is enough: there is a `utils.py` in every library. The whole path must be that of a file or its
//! end, or the folder of the file must be the same too, or the function that the frame names must
//! be around that line. Of a path inside a folder of libraries all of what is behind that folder
//! must be the same. When this leaves several files, the function decides; when that does not, they
//! are a tie.

use super::{Found, Resolved, Stated};
use qf_graph::{FileId, Snapshot, SymbolId};

/// Folders that hold what others wrote.
const LIBRARIES: [&str; 10] = [
    "site-packages",
    "dist-packages",
    "node_modules",
    "gems",
    ".cargo",
    ".m2",
    ".gradle",
    "rustc",
    "vendor",
    "Cellar",
];

/// Resolves a place against the index.
pub fn resolve(snapshot: &Snapshot, stated: &Stated) -> Resolved {
    if let Some(file) = below_root(snapshot, stated) {
        return Resolved::One(found(snapshot, file, stated.line));
    }
    let parts = parts(stated);
    let Some(name) = parts.last() else { return Resolved::Nothing };
    let names = snapshot.cached(|| ByName::new(snapshot));
    let mut likely: Vec<Likely> = Vec::new();
    for file in names.named(snapshot, name) {
        likely.extend(Likely::judge(snapshot, file, stated, &parts));
    }
    let most = likely.iter().map(|it| it.same).max().unwrap_or(0);
    likely.retain(|it| it.same == most);
    if likely.len() > 1 && likely.iter().any(|it| it.named) {
        likely.retain(|it| it.named);
    }
    let mut all: Vec<Found> =
        likely.iter().map(|it| found(snapshot, it.file, stated.line)).collect();
    all.sort();
    match all.len() {
        0 => Resolved::Nothing,
        1 => all.pop().map_or(Resolved::Nothing, Resolved::One),
        _ => Resolved::Tie(all),
    }
}

/// The file whose path on this machine it is.
fn below_root(snapshot: &Snapshot, stated: &Stated) -> Option<FileId> {
    // Written as a URL, it has more slashes.
    let path = stated.path.trim_start_matches('/');
    if path.len() == stated.path.len() {
        return None;
    }
    snapshot.repositories().find_map(|repository| {
        let root = snapshot.entry(repository).root.trim_matches('/');
        let below = path.strip_prefix(root)?.strip_prefix('/')?;
        let file = snapshot.file_named(repository, below)?;
        (stated.line <= snapshot.file_lines(file)).then_some(file)
    })
}

/// The folders and the file of a place, from the root.
fn parts(stated: &Stated) -> Vec<&str> {
    let mut parts: Vec<&str> = Vec::new();
    if let Some(class) = &stated.class {
        // The last name is that of the class.
        parts.extend(class.split('.'));
        parts.pop();
    }
    for part in stated.path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            drive if drive.len() == 2 && drive.ends_with(':') => {}
            part => parts.push(part),
        }
    }
    parts
}

/// A file that may be meant.
struct Likely {
    file: FileId,
    /// How many of the last parts of the two paths are the same.
    same: usize,
    /// Whether the function that is named is around the line.
    named: bool,
}

impl Likely {
    /// Judges a file of the same name; none when it cannot be meant, or is too unlike.
    fn judge(snapshot: &Snapshot, file: FileId, stated: &Stated, parts: &[&str]) -> Option<Self> {
        if stated.line > snapshot.file_lines(file) {
            return None;
        }
        let path = snapshot.path(file);
        let own = path.split('/').rev();
        let same = own.zip(parts.iter().rev()).take_while(|(own, part)| own == *part).count();
        let named = named(snapshot, file, stated);
        let enough = if let Some(behind) = library(parts) {
            same >= behind.max(2)
        } else {
            let whole_of_file = same == path.split('/').count();
            same == parts.len()
                || same >= 2
                || named == Some(true)
                || (whole_of_file && named.is_none())
        };
        enough.then_some(Self { file, same, named: named == Some(true) })
    }
}

/// Of a path inside a folder of libraries, how many parts are behind that.
fn library(parts: &[&str]) -> Option<usize> {
    let at = parts.iter().rposition(|part| LIBRARIES.contains(part));
    let two = |first: &str, second: fn(&str) -> bool| {
        parts.windows(2).rposition(|pair| pair[0] == first && second(pair[1])).map(|at| at + 1)
    };
    let at = at
        .max(two("pkg", |part| part == "mod"))
        .max(two("local", |part| part == "go"))
        .max(two("lib", |part| part.starts_with("python")))
        .max(two("usr", |part| part == "lib" || part == "include"));
    at.map(|at| parts.len() - at - 1)
}

/// Whether the function that is named is around the line; none when none is, or one that has no
/// name.
fn named(snapshot: &Snapshot, file: FileId, stated: &Stated) -> Option<bool> {
    let function = stated.function.as_deref()?;
    if stated.class.is_none() && (function.starts_with('<') || function.contains("<anonymous>")) {
        return None;
    }
    // The qualifiers count too: a closure has but those, and so has a constructor.
    let text = format!("{} {function}", stated.class.as_deref().unwrap_or_default());
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let mut around = snapshot.symbol_at(file, stated.line);
    while let Some(symbol) = around {
        if is_named(snapshot, symbol) && words.contains(&snapshot.name(symbol)) {
            return Some(true);
        }
        around = snapshot.parent(symbol);
    }
    Some(false)
}

/// Whether a symbol has a name of its own; the code of a whole file has none.
fn is_named(snapshot: &Snapshot, symbol: SymbolId) -> bool {
    let name = snapshot.qualified_name(symbol);
    !name.is_empty() && !name.starts_with('<')
}

fn found(snapshot: &Snapshot, file: FileId, line: u32) -> Found {
    let symbol = snapshot.symbol_at(file, line).filter(|symbol| is_named(snapshot, *symbol));
    Found {
        repository: snapshot.repository_name(snapshot.file_repository(file)).to_owned(),
        path: snapshot.path(file).to_owned(),
        line,
        symbol: symbol.map(|symbol| snapshot.qualified_name(symbol).to_owned()),
    }
}

/// All files, by the last part of their paths: a stack has many frames, and an index many files.
struct ByName(Vec<FileId>);

impl ByName {
    fn new(snapshot: &Snapshot) -> Self {
        let mut files: Vec<FileId> = snapshot.files().collect();
        files.sort_by_cached_key(|file| (name(snapshot, *file).to_owned(), *file));
        Self(files)
    }

    fn named<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        wanted: &'a str,
    ) -> impl Iterator<Item = FileId> + 'a {
        let start = self.0.partition_point(|file| name(snapshot, *file) < wanted);
        let same = self.0[start..].iter().take_while(move |file| name(snapshot, **file) == wanted);
        same.copied()
    }
}

fn name(snapshot: &Snapshot, file: FileId) -> &str {
    let path = snapshot.path(file);
    path.rsplit('/').next().unwrap_or(path)
}
