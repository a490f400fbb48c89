//! The phases of a plan that the graph writes: the files in which something is defined, those of
//! what uses it, and those of tests, with the places of each.

use super::affected::{Affected, Tree, code, label};
use super::skeleton::list;
use crate::output::format::shorten;
use qf_graph::snapshot::Direction;
use qf_graph::{EdgeKind, FileId, Snapshot, SymbolId, Tier};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Most blocks of a phase; the other places are listed only.
const MOST_BLOCKS: usize = 8;
/// Most replacements of a block.
const MOST_REPLACEMENTS: usize = 12;
/// How often a place takes a line more, until it is the only one of its kind in its file.
const MOST_AROUND: usize = 12;
/// Most places of a phase that are listed.
const MOST_PLACES: usize = 40;
/// More files than this stay in the order of their paths.
const MOST_ORDERED: usize = 200;
/// Most names in the name of a phase, and the most letters that it has.
const MOST_NAMES: usize = 3;
const LONGEST_NAME: usize = 80;

/// What is called has to be changed before what calls it.
const CALLING: [EdgeKind; 4] =
    [EdgeKind::Calls, EdgeKind::Invokes, EdgeKind::Reaches, EdgeKind::Instantiates];

/// What becomes a phase.
pub struct Part {
    name: String,
    words: &'static str,
    files: Vec<Places>,
    /// Tests that reach what changes, with their places.
    tests: Vec<String>,
}

/// A file with the places that may have to change.
struct Places {
    file: FileId,
    path: String,
    /// What is there, by line.
    lines: BTreeMap<u32, BTreeSet<String>>,
    /// Whether anything there is no test.
    code: bool,
}

/// The phases: where it is defined, where code follows, where tests follow.
pub fn parts(tree: &Tree<'_>, affected: &[Affected]) -> Vec<Part> {
    let snapshot = tree.snapshot;
    let mut found = files(tree, affected);
    let mut homes: Vec<Places> = Vec::new();
    for one in affected {
        homes.extend(found.remove(&snapshot.file(one.symbol)));
    }
    let (callers, tests): (Vec<Places>, Vec<Places>) =
        found.into_values().partition(|places| places.code && !snapshot.is_test_file(places.file));
    let words = if callers.is_empty() && tests.is_empty() {
        "What changes is defined here."
    } else {
        "What changes is defined here. Tests run at the end of each phase: what holds together \
         only with a later one is to be moved here."
    };
    let mut parts = vec![Part {
        name: shorten(&format!("change {}", names(snapshot, affected)), LONGEST_NAME),
        words,
        files: homes,
        tests: Vec::new(),
    }];
    if !callers.is_empty() {
        parts.push(Part {
            name: "follow in the callers".to_owned(),
            words: "These files use it; what others of them call comes first.",
            files: ordered(snapshot, callers, affected),
            tests: Vec::new(),
        });
    }
    if !tests.is_empty() {
        parts.push(Part {
            name: "tests".to_owned(),
            words: "These files test it.",
            files: tests,
            tests: reaching(tree, affected),
        });
    }
    parts
}

/// The files of the tree with a place that may have to change, by file.
fn files(tree: &Tree<'_>, affected: &[Affected]) -> BTreeMap<FileId, Places> {
    let snapshot = tree.snapshot;
    let mut found: BTreeMap<FileId, Places> = BTreeMap::new();
    let mut add = |file: FileId, line: u32, what: String, code: bool| {
        let Some(path) = tree.path(file) else { return };
        let places = found.entry(file).or_insert_with(|| Places {
            file,
            path,
            lines: BTreeMap::new(),
            code: false,
        });
        places.lines.entry(line).or_default().insert(what);
        places.code |= code;
    };
    for one in affected {
        let name = tree.name(one.symbol);
        let line = snapshot.lines(one.symbol).1.max(1);
        add(snapshot.file(one.symbol), line, format!("defines {name}"), true);
        for place in &one.uses {
            let what = format!("{} {}", tree.name(place.user), place.does(&name));
            add(place.file, place.line, what, !snapshot.is_test(place.user));
        }
    }
    found
}

/// The tests of the tree that reach what changes, with their places.
fn reaching(tree: &Tree<'_>, affected: &[Affected]) -> Vec<String> {
    let mut found: BTreeSet<(FileId, u32, &str)> = BTreeSet::new();
    for test in affected.iter().flat_map(|one| one.tests.iter()) {
        if tree.path(test.file).is_some() {
            found.insert((test.file, test.line, test.name.as_str()));
        }
    }
    found
        .into_iter()
        .map(|(file, line, name)| format!("{} {}", tree.place(file, line), code(name)))
        .collect()
}

/// `Account.balance, Account.close and 2 more`.
fn names(snapshot: &Snapshot, affected: &[Affected]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for one in affected {
        let name = label(snapshot, one.symbol);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    let shown = names.join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// Files in such an order that what others call comes before them, as far as there is one.
fn ordered(snapshot: &Snapshot, files: Vec<Places>, affected: &[Affected]) -> Vec<Places> {
    if files.len() > MOST_ORDERED {
        return files;
    }
    let mut waiting: BTreeSet<FileId> = files.iter().map(|places| places.file).collect();
    let mut needs: BTreeMap<FileId, BTreeSet<FileId>> = BTreeMap::new();
    for place in affected.iter().flat_map(|one| one.uses.iter()) {
        if waiting.contains(&place.file) {
            let needed = needs.entry(place.file).or_default();
            snapshot.hop(place.user, Direction::Out, |other: SymbolId, kind, tier| {
                let file = snapshot.file(other);
                if file != place.file
                    && tier <= Tier::Likely
                    && CALLING.contains(&kind)
                    && waiting.contains(&file)
                {
                    needed.insert(file);
                }
            });
        }
    }
    let mut left = files;
    let mut order: Vec<Places> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        // In a circle the first by its path begins.
        let next = left
            .iter()
            .position(|places| {
                needs
                    .get(&places.file)
                    .is_none_or(|needed| needed.iter().all(|other| !waiting.contains(other)))
            })
            .unwrap_or(0);
        let places = left.remove(next);
        waiting.remove(&places.file);
        order.push(places);
    }
    order
}

impl Part {
    /// The phase as text, and how many of its blocks have to be filled in.
    pub fn text(&self, tree: &Tree<'_>) -> (String, usize) {
        let mut text = format!("\n## Phase: {}\n\n{}\n", self.name, self.words);
        let mut places: Vec<String> = Vec::new();
        for file in &self.files {
            for (line, what) in &file.lines {
                let at = code(&format!("{}:{line}", file.path));
                let what: Vec<&str> = what.iter().map(String::as_str).collect();
                places.push(format!("{at} {}", what.join("; ")));
            }
        }
        text += &list(&places, MOST_PLACES, places.len());
        if !self.tests.is_empty() {
            text += "\nTests that reach it:\n";
            text += &list(&self.tests, MOST_PLACES, self.tests.len());
        }
        let mut blocks: Vec<String> = Vec::new();
        for file in &self.files {
            if blocks.len() >= MOST_BLOCKS {
                break;
            }
            let source = tree.snapshot.text(file.file);
            let lines: Vec<&str> = source.lines().collect();
            let wanted: Vec<u32> = file.lines.keys().copied().collect();
            let regions = regions(&lines, &wanted);
            if !regions.is_empty() {
                blocks.push(block(&file.path, &lines, &regions));
            }
        }
        if !blocks.is_empty() {
            text += "\nFill each block in, or remove it: the upper half is what is there now, the \
                     lower half what it becomes.\n";
        }
        for block in &blocks {
            text += block;
        }
        text += "\n```verify\n```\n";
        (text, blocks.len())
    }
}

/// The places of a file as ranges of lines that are there once, those that touch as one.
fn regions(lines: &[&str], wanted: &[u32]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = wanted
        .iter()
        .filter_map(|line| unique(lines, (*line as usize).saturating_sub(1)))
        .collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut found: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match found.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => found.push(range),
        }
    }
    found.truncate(MOST_REPLACEMENTS);
    found
}

/// A line, with as many around it as make them the only ones of their kind.
fn unique(lines: &[&str], at: usize) -> Option<Range<usize>> {
    if at >= lines.len() {
        return None;
    }
    let mut range = at..at + 1;
    for round in 0..=MOST_AROUND {
        let part = &lines[range.clone()];
        if lines.windows(part.len()).filter(|window| *window == part).count() == 1 {
            return part.iter().all(|line| can_stand(line)).then_some(range);
        }
        let up = range.start > 0 && (round % 2 == 0 || range.end >= lines.len());
        if up {
            range.start -= 1;
        } else if range.end < lines.len() {
            range.end += 1;
        }
    }
    None
}

/// Whether a line can stand in a block without ending one of its halves.
fn can_stand(line: &str) -> bool {
    let line = line.trim_end();
    line != "=======" && !line.starts_with("<<<<<<<") && !line.starts_with(">>>>>>>")
}

/// A block whose replacements change nothing yet.
fn block(path: &str, lines: &[&str], regions: &[Range<usize>]) -> String {
    let mut body = String::new();
    for region in regions {
        let mut text = lines[region.clone()].join("\n");
        text.push('\n');
        body += &format!("<<<<<<< SEARCH\n{text}=======\n{text}>>>>>>> REPLACE\n");
    }
    // Longer than any in the source; behind one of backticks there may be no others.
    let mark = if path.contains('`') { '~' } else { '`' };
    let longest = body.split(|letter| letter != mark).map(str::len).max().unwrap_or(0);
    let fence = mark.to_string().repeat(longest.max(2) + 1);
    let quote = path.starts_with('"') || path.trim() != path;
    let path = if quote {
        format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        path.to_owned()
    };
    format!("\n{fence}edit {path}\n{body}{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::{block, regions, unique};
    use std::ops::Range;

    fn one(range: Range<usize>) -> Vec<Range<usize>> {
        std::iter::once(range).collect()
    }

    #[test]
    fn places_are_the_only_ones_of_their_kind() {
        let lines = ["def a():", "    x = 1", "def b():", "    x = 1", "    y = 2"];
        assert_eq!(unique(&lines, 4), Some(4..5));
        assert_eq!(unique(&lines, 1), Some(0..2));
        assert_eq!(unique(&lines, 3), Some(2..4));
        assert_eq!(unique(&lines, 9), None);
        assert_eq!(unique(&["x", "x"], 0), Some(0..2));
        assert_eq!(unique(&["a", "======="], 1), None);
        assert_eq!(regions(&lines, &[2, 5]), [0..2, 4..5]);
        assert_eq!(regions(&lines, &[4, 5]), one(2..5));
    }

    #[test]
    fn blocks_hold_the_lines_twice() {
        let lines = ["one", "```", "two"];
        assert_eq!(
            block("a b.md", &lines, &one(1..2)),
            "\n````edit a b.md\n<<<<<<< SEARCH\n```\n=======\n```\n>>>>>>> REPLACE\n````\n"
        );
        assert!(block("\"a\"", &lines, &one(0..1)).starts_with("\n```edit \"\\\"a\\\"\"\n"));
        assert!(block("a`b", &lines, &one(0..1)).starts_with("\n~~~edit a`b\n"));
    }
}
