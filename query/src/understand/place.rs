//! Names that are places: `path/file.py:88`, `repo/path/file.py:88`, `file.py:88:12`.

use crate::asking::Asking;
use crate::understand::mentions::Want;
use qf_graph::{FileId, SymbolId};

/// A path and a line (1-based), if a word has that shape.
pub fn parse(word: &str) -> Option<(&str, u32)> {
    let (rest, last) = word.rsplit_once(':')?;
    let last: u32 = last.parse().ok().filter(|line| *line > 0)?;
    if let Some((path, line)) = rest.rsplit_once(':')
        && let Ok(line) = line.parse::<u32>()
    {
        return Some((path, line)).filter(|(path, _)| !path.is_empty());
    }
    (!rest.is_empty() && !rest.ends_with(':')).then_some((rest, last))
}

/// Files whose `repository/path` is `path` or ends with it.
pub fn files(asking: &Asking<'_>, path: &str) -> Vec<FileId> {
    let snapshot = asking.snapshot;
    let path = path.trim_start_matches("./").trim_start_matches('/');
    if let Some((repository, rest)) = path.split_once('/')
        && let Some(repository) = snapshot.repository_named(repository)
        && let Some(file) = snapshot.file_named(repository, rest)
    {
        return vec![file];
    }
    let exact: Vec<FileId> = snapshot
        .repositories()
        .filter_map(|repository| snapshot.file_named(repository, path))
        .collect();
    if !exact.is_empty() {
        return exact;
    }
    let ends = |file: &FileId| {
        snapshot.path(*file).strip_suffix(path).is_some_and(|head| head.ends_with('/'))
    };
    let found: Vec<FileId> = snapshot.files().filter(ends).collect();
    if found.is_empty() { absolute(asking, path) } else { found }
}

/// A path from outside: below the root of a repository.
fn absolute(asking: &Asking<'_>, path: &str) -> Vec<FileId> {
    let snapshot = asking.snapshot;
    let below = |repository| {
        let root = snapshot.entry(repository).root.trim_matches('/');
        let rest = path.strip_prefix(root)?.strip_prefix('/')?;
        snapshot.file_named(repository, rest)
    };
    snapshot.repositories().filter_map(below).collect()
}

/// What is defined on a line, else what is around it; what the question wants goes first.
pub fn symbols(asking: &Asking<'_>, file: FileId, line: u32, want: Want) -> Vec<SymbolId> {
    let snapshot = asking.snapshot;
    let defined: Vec<SymbolId> = snapshot
        .symbols_of_file(file)
        .filter(|symbol| snapshot.lines(*symbol).1 == line && !snapshot.name(*symbol).is_empty())
        .collect();
    let wanted: Vec<SymbolId> =
        defined.iter().copied().filter(|symbol| want.accepts(snapshot, *symbol)).collect();
    if !wanted.is_empty() {
        return wanted;
    }
    if !defined.is_empty() {
        return defined;
    }
    let around = snapshot
        .symbols_of_file(file)
        .filter(|symbol| {
            let (first, _, last) = snapshot.lines(*symbol);
            first <= line && line <= last && want.accepts(snapshot, *symbol)
        })
        .min_by_key(|symbol| {
            let (first, _, last) = snapshot.lines(*symbol);
            (last - first, std::cmp::Reverse(*symbol))
        });
    around.or_else(|| snapshot.symbol_at(file, line)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn places_have_a_path_and_a_line() {
        assert_eq!(parse("a/b.py:88"), Some(("a/b.py", 88)));
        assert_eq!(parse("b.py:88:12"), Some(("b.py", 88)));
        assert_eq!(parse("Ledger::apply"), None);
        assert_eq!(parse("Ledger::7"), None);
        assert_eq!(parse("a.py:0"), None);
    }
}
