//! Call sites: what is bound where the receiver's type decides, and what must not be bound.
//!
//! The truth is that of the compilers. A site has a receiver when its line calls the name on
//! something that is not `self`, `this`, a type or a module: `order.total()`, `find(id).total()`.
//! There a name alone says nothing. A site is external when the compiler finds its target in the
//! standard library or in a package that is not indexed: nothing in the repository may be bound
//! there under that name.

use super::edges::{calls, judged};
use super::{Bench, Error, Rows, Score, Section, is_test, read, rows, text};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The table of sites.
pub(super) const SECTION: Section = Section {
    name: "sites",
    title: "Call sites",
    about: "Sites in production code whose receiver is neither `self`, `this`, a type nor a module, \
            and the share of them that has an edge to what the compiler found; sites whose target \
            is outside the repository, and the share of them that is bound to something inside \
            under that name.",
    columns: &[
        ("sites with a receiver", "/receiver_sites"),
        ("recall there", "/receiver_recall"),
        ("external sites", "/external_sites"),
        ("bound inside", "/external_bound"),
    ],
    scores: |_| Ok(vec![Score::new("sites", score)]),
};

#[derive(Default)]
struct Counts {
    receivers: u64,
    found: u64,
    external: u64,
    bound: u64,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.receivers += other.receivers;
        self.found += other.found;
        self.external += other.external;
        self.bound += other.bound;
    }

    fn row(&self) -> Value {
        let share = |part: u64, whole: u64| {
            if whole == 0 {
                Value::Null
            } else {
                json!((part as f64 / whole as f64 * 1e4).round() / 1e4)
            }
        };
        json!({
            "receiver_sites": self.receivers,
            "receiver_recall": share(self.found, self.receivers),
            "external_sites": self.external,
            "external_bound": share(self.bound, self.external),
        })
    }
}

fn score(bench: &Bench) -> Result<Rows, Error> {
    let mut languages: BTreeMap<String, Counts> = BTreeMap::new();
    let mut all = Counts::default();
    for file in judged(&bench.truth)? {
        let truth = rows(&read(&file)?)?;
        let meta = truth.first().cloned().unwrap_or_default();
        let Ok(source) = bench.source(text(&meta, "repo")) else { continue };
        let name = format!("sites-{}", text(&meta, "repo").replace('/', "+"));
        let index = bench.index(&name, std::slice::from_ref(&source))?;
        let counts = count(&truth, &calls(&index)?, &source);
        languages.entry(text(&meta, "lang").to_owned()).or_default().add(&counts);
        all.add(&counts);
    }
    let mut out: Rows =
        languages.iter().map(|(name, counts)| (name.clone(), counts.row())).collect();
    out.insert("all".to_owned(), all.row());
    Ok(out)
}

/// A target: file, line of its name, name.
type Target = (String, u64, String);

fn count(truth: &[Value], edges: &[Value], source: &Path) -> Counts {
    let mut bound: BTreeMap<(String, u64), Vec<Target>> = BTreeMap::new();
    for edge in edges {
        let place = (text(edge, "caller_file").to_owned(), edge["line"].as_u64().unwrap_or(0));
        let line = edge["callee_line"].as_u64().unwrap_or(0);
        bound.entry(place).or_default().push((
            text(edge, "callee_file").to_owned(),
            line,
            last(text(edge, "callee")).to_owned(),
        ));
    }
    let string = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let lines_of = |row: &Value| -> Vec<u64> {
        row["u"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
    };
    let mut counts = Counts::default();
    let mut sources = Sources { folder: source, files: BTreeMap::new() };
    let mut inside: BTreeSet<(String, u64, String)> = BTreeSet::new();
    for row in truth.iter().filter(|row| text(row, "t") == "call") {
        let file = string(&row["c"][0]);
        let (target, name) = (string(&row["d"][0]), string(&row["d"][3]));
        for line in lines_of(row) {
            inside.insert((file.clone(), line, name.clone()));
        }
        if is_test(&file) || !matches!(text(row, "k"), "fn" | "ctor") {
            continue;
        }
        let (first, named) = (row["d"][1].as_u64().unwrap_or(0), row["d"][2].as_u64().unwrap_or(0));
        for line in lines_of(row) {
            if !sources.has_receiver(&file, line, &name) {
                continue;
            }
            counts.receivers += 1;
            let found = bound.get(&(file.clone(), line)).into_iter().flatten();
            let fits = |(to, at, _): &Target| {
                *to == target && (first.saturating_sub(1)..=named + 1).contains(at)
            };
            counts.found += u64::from(found.into_iter().any(fits));
        }
    }
    for row in truth.iter().filter(|row| text(row, "t") == "ext" && row["call"] == 1) {
        let (file, name) = (string(&row["c"][0]), text(row, "name").to_owned());
        if is_test(&file) {
            continue;
        }
        for line in lines_of(row) {
            let place = (file.clone(), line);
            counts.external += 1;
            let ours = bound.get(&place).into_iter().flatten().any(|(_, _, own)| *own == name);
            let both = inside.contains(&(file.clone(), line, name.clone()));
            counts.bound += u64::from(ours && !both);
        }
    }
    counts
}

/// The last part of a qualified name.
fn last(name: &str) -> &str {
    name.rsplit(['.', ':', '#']).next().unwrap_or(name)
}

/// Source lines, with the modules that each file imports.
struct Sources<'s> {
    folder: &'s Path,
    files: BTreeMap<String, (Vec<String>, BTreeSet<String>)>,
}

impl Sources<'_> {
    fn has_receiver(&mut self, file: &str, line: u64, name: &str) -> bool {
        let folder = self.folder;
        let (lines, modules) = self.files.entry(file.to_owned()).or_insert_with(|| {
            let text = std::fs::read(folder.join(file)).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let modules = lines.iter().flat_map(|line| modules(line)).collect();
            (lines, modules)
        });
        let Some(line) = lines.get((line as usize).wrapping_sub(1)) else { return false };
        receiver(line, name).is_some_and(|receiver| {
            let own = matches!(receiver, "self" | "this" | "cls" | "super" | "Self");
            let constant = receiver.starts_with(char::is_uppercase);
            !own && !constant && !modules.contains(receiver)
        })
    }
}

/// What `name(` is called on in a line: an identifier, or nothing for an expression in front.
fn receiver<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    line.match_indices(name).find_map(|(at, _)| {
        let (before, after) = (&line[..at], line[at + name.len()..].trim_start());
        let called = after.starts_with('(') || after.starts_with("::<") || after.starts_with('<');
        let before = before.trim_end();
        let dotted = before.strip_suffix('.').or_else(|| before.strip_suffix("->"));
        let object = dotted.filter(|_| called)?.trim_end().trim_end_matches(['?', '!']);
        let start = object
            .rfind(|c| !part(c))
            .map_or(0, |at| at + object[at..].chars().next().map_or(1, char::len_utf8));
        Some(&object[start..])
    })
}

/// Names of modules that a line imports, in any of the languages.
fn modules(line: &str) -> Vec<String> {
    let line = line.trim();
    let mut names = Vec::new();
    if let Some(rest) = line.strip_prefix("import ") {
        for module in rest.split(',') {
            let alias = module.rsplit(" as ").next().unwrap_or(module);
            let alias = alias.split(" from ").next().unwrap_or(alias).trim();
            names.push(last(alias).trim_matches(['"', ';', '\'', '*', ' ']).to_owned());
        }
    }
    if let Some(rest) = line.strip_prefix("from ")
        && let Some((_, items)) = rest.split_once(" import ")
    {
        for item in items.split(',') {
            names.push(item.rsplit(" as ").next().unwrap_or(item).trim().to_owned());
        }
    }
    // Go: a path between quotation marks, perhaps with a name in front.
    if let Some((before, rest)) = line.split_once('"')
        && let Some((path, "")) = rest.split_once('"')
    {
        let alias = before.trim().trim_start_matches("import").trim();
        let path = path.rsplit('/').next().unwrap_or(path);
        names.push(if alias.is_empty() { path.to_owned() } else { alias.to_owned() });
    }
    if let Some((before, _)) = line.split_once("require(") {
        let alias = before.trim_end_matches(['=', ' ']).rsplit(' ').next().unwrap_or_default();
        names.push(alias.to_owned());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::{modules, receiver};

    #[test]
    fn receivers_are_read_off_lines() {
        assert_eq!(receiver("    return self.total(x)", "total"), Some("self"));
        assert_eq!(receiver("x = order.total()", "total"), Some("order"));
        assert_eq!(receiver("find(id).total()", "total"), Some(""));
        assert_eq!(receiver("    .total()", "total"), Some(""));
        assert_eq!(receiver("total()", "total"), None);
        assert_eq!(receiver("a.subtotal() + total(b)", "total"), None);
        assert_eq!(receiver("p->total(1)", "total"), Some("p"));
    }

    #[test]
    fn modules_are_read_off_imports() {
        assert_eq!(modules("import os.path as p, re"), ["p", "re"]);
        assert_eq!(modules("from . import json"), ["json"]);
        assert_eq!(modules("\t\"net/http\""), ["http"]);
        assert_eq!(modules("\tm \"a/b\""), ["m"]);
        assert_eq!(modules("const fs = require('fs');"), ["fs"]);
    }
}
