//! Name resolution: the lines that define what stands at a line and column.
//!
//! The truth is a set of test files with assertions. Each is a repository of its own, but all are
//! indexed at once. Some hold several files, each below a header (`# --- path: a/b.py ---`); they
//! are split, and every part is padded with empty lines, so that a line keeps the number that it
//! has in the test file. A module has no line of its own: the truth puts it on the first line with
//! content, where a prediction of a module is put too.

use super::{Bench, Error, Index, Rows, Score, Section, label, marks, read, rows, text};
use crate::print;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The table of name resolution.
pub(super) const SECTION: Section = Section {
    name: "definitions",
    title: "Name resolution",
    about: "Definition lines of a reference, by `qf definition FILE:LINE:COLUMN`, in small files; \
            exact is the share of references with all of their definitions and no others. Import \
            bindings on the way count as definitions there.",
    columns: &[
        ("references", "/references"),
        ("exact", "/exact"),
        ("precision", "/precision"),
        ("recall", "/recall"),
    ],
    scores: |_| Ok(vec![Score::new(NAME, score)]),
};

const NAME: &str = "name_resolution";

/// A test file.
struct Case {
    name: String,
    /// Its repository.
    folder: String,
    parts: Vec<Part>,
    assertions: Vec<Value>,
}

/// A file in a test file.
struct Part {
    path: String,
    /// The line of its header, counted from 1; 0 when the part is the whole test file.
    header: usize,
    /// Its first line with content.
    content: usize,
    text: String,
}

fn score(bench: &Bench) -> Result<Rows, Error> {
    let file = bench.truth.join("micro").join(format!("{NAME}.jsonl"));
    let programs = bench.scratch.join(NAME).join("programs");
    let mut cases = Vec::new();
    for (number, row) in rows(&read(&file)?)?.iter().enumerate() {
        let case = case(bench, row, format!("c{number:04}"))?;
        for part in &case.parts {
            let to = programs.join(&case.folder).join(&part.path);
            std::fs::create_dir_all(to.parent().unwrap_or(&programs))?;
            std::fs::write(to, &part.text)?;
        }
        cases.push(case);
    }
    let folders: Vec<_> = cases.iter().map(|case| programs.join(&case.folder)).collect();
    let index = bench.index(NAME, &folders)?;
    let predictions = bench.rows_to(NAME, "definitions.jsonl", &resolve(&index, &cases))?;
    let output = bench.scorer("score_resolve.py", &file, &predictions, &[])?;
    Ok(output.lines().filter_map(figures).collect())
}

/// `python 82 exact 0.5000 P 0.6000 R 0.7000 F1 0.6500`, as the scorer prints it.
fn figures(line: &str) -> Option<(String, Value)> {
    let (head, tail) = line.split_once(" P ")?;
    let mut words = head.split_whitespace();
    let language = words.next()?;
    let references: u64 = words.next()?.parse().ok()?;
    let exact: f64 = words.nth(1)?.parse().ok()?;
    let mut row = marks(tail)?;
    row["references"] = json!(references);
    row["exact"] = json!(exact);
    Some((label(NAME, language), row))
}

fn case(bench: &Bench, row: &Value, folder: String) -> Result<Case, Error> {
    let name = text(row, "case");
    let content = read(&bench.sources.join(text(row, "files_root")).join(name))?;
    let whole = row["virtual_files"].as_array().is_none_or(Vec::is_empty);
    Ok(Case {
        name: name.to_owned(),
        folder,
        parts: if whole {
            let path = Path::new(name).file_name().unwrap_or_default().to_string_lossy();
            vec![part(path.into_owned(), 0, content.lines())]
        } else {
            split(&content)
        },
        assertions: row["assertions"].as_array().cloned().unwrap_or_default(),
    })
}

/// The files below the headers of a test file.
fn split(content: &str) -> Vec<Part> {
    let lines: Vec<&str> = content.lines().collect();
    let headers: Vec<(usize, &str)> = lines
        .iter()
        .enumerate()
        .filter_map(|(index, line)| Some((index + 1, header(line)?)))
        .collect();
    let ends = headers.iter().skip(1).map(|(next, _)| next - 1).chain([lines.len()]);
    headers
        .iter()
        .zip(ends)
        .map(|((header, path), end)| {
            let own = lines.get(*header..end).unwrap_or_default();
            part((*path).to_owned(), *header, own.iter().copied())
        })
        .collect()
}

/// The path in `/* --- path: a.js --- */` and its like.
fn header(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("path:")?;
    let rule = before.trim_end();
    let only_signs = rule.chars().all(|sign| "#/*- ".contains(sign));
    if only_signs && rule.ends_with("---") { after.split_whitespace().next() } else { None }
}

fn part<'l>(path: String, header: usize, lines: impl Iterator<Item = &'l str>) -> Part {
    let mut part = Part { path, header, content: 0, text: "\n".repeat(header) };
    for (index, line) in lines.enumerate() {
        if part.content == 0 && !line.trim().is_empty() {
            part.content = header + index + 1;
        }
        part.text.push_str(line);
        part.text.push('\n');
    }
    part
}

/// Asks for every reference. A position that `qf` refuses has no definition.
fn resolve(index: &Index<'_>, cases: &[Case]) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut refused = BTreeMap::new();
    for case in cases {
        for assertion in &case.assertions {
            let lines = definitions(index, case, assertion).unwrap_or_else(|error| {
                let place = format!("{}:{}", case.name, assertion["line"]);
                refused.insert(place, error.to_string());
                Vec::new()
            });
            rows.push(json!({
                "case": case.name,
                "line": assertion["line"],
                "col": assertion["col"],
                "defs": lines,
            }));
        }
    }
    for (place, error) in refused {
        print::line(&format!("{place}: {}", error.lines().next().unwrap_or_default()));
    }
    rows
}

/// The lines that define what an assertion is about.
fn definitions(index: &Index<'_>, case: &Case, assertion: &Value) -> Result<Vec<u64>, Error> {
    let line = assertion["line"].as_u64().unwrap_or_default();
    let part = case.parts.iter().rev().find(|part| (part.header as u64) < line);
    let part = part.ok_or("no file has this line")?;
    let place = format!("{}/{}:{line}:{}", case.folder, part.path, assertion["col"]);
    let answer: Value = serde_json::from_str(&index.output(&["definition", &place, "--json"])?)?;
    let definitions = answer["definitions"].as_array().into_iter().flatten();
    Ok(definitions
        .filter(|definition| text(definition, "repo") == case.folder)
        .filter_map(|definition| {
            let file = case.parts.iter().find(|part| part.path == text(definition, "file"))?;
            if text(definition, "kind") == "module" && definition["line"] == 1 {
                return Some(file.content as u64);
            }
            definition["line"].as_u64()
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{figures, header, split};

    #[test]
    fn parts_keep_the_lines_of_the_test_file() {
        let parts = split("#--- path: a/b.py ---#\n\nx = 1\n/* --- path: c.js --- */\ny;\n");
        let found: Vec<_> =
            parts.iter().map(|p| (p.path.as_str(), p.header, p.content, p.text.as_str())).collect();
        assert_eq!(found, [("a/b.py", 1, 3, "\n\nx = 1\n"), ("c.js", 4, 5, "\n\n\n\ny;\n")]);
    }

    #[test]
    fn headers_are_told_from_code() {
        assert_eq!(header("/*--- path: a.js ---*/"), Some("a.js"));
        assert_eq!(header("#------ path: one/two.py -----------#"), Some("one/two.py"));
        assert_eq!(header("let path: string = x"), None);
        assert_eq!(header("/* --- global: FILE_PATH=a.js --- */"), None);
    }

    #[test]
    fn lines_of_the_scorer_become_rows() {
        let (name, row) =
            figures("ALL 82 exact 0.5000 P 0.6000 R 0.7000 F1 0.6500").expect("a row");
        assert_eq!((name.as_str(), &row["references"]), (super::NAME, &82.into()));
        assert_eq!((&row["exact"], &row["precision"]), (&0.5.into(), &0.6.into()));
    }
}
