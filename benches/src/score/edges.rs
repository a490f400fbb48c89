//! Call edges: pairs of caller and callee.
//!
//! The truth of whole repositories is what their compilers resolve, that of small programs is
//! written by hand. Every program is a repository of its own, but all are indexed at once; an edge
//! between two of them is no edge of either and is left out.

use super::{Bench, Error, Index, Rows, Score, Section, read, rows, text};
use crate::print;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The table of call edges.
pub(super) const SECTION: Section = Section {
    name: "edges",
    title: "Call edges",
    about: "Pairs of caller and callee at default tiers (`likely` and better), in production code \
            for whole repositories.",
    columns: &[
        ("precision", "/precision"),
        ("recall", "/recall"),
        ("cross-file precision", "/cross_file/precision"),
        ("cross-file recall", "/cross_file/recall"),
    ],
    scores,
};

/// The sets of small programs.
const MICRO: [&str; 3] = ["pycg", "javascript_swarm", "java_cats"];

fn scores(bench: &Bench) -> Result<Vec<Score>, Error> {
    let folder = bench.truth.join("compiler");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let compilers = files.into_iter().map(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = name.trim_end_matches(".jsonl.gz").to_owned();
        Score::new(name.clone(), move |bench| compiler(bench, &name, &file))
    });
    let micro = MICRO.map(|name| Score::new(name, move |bench| micro(bench, name)));
    Ok(compilers.chain(micro).collect())
}

fn calls(index: &Index<'_>) -> Result<Vec<Value>, Error> {
    index.rows(&["export", "edges", "--kind", "calls", "--min-tier", "likely"])
}

/// Judges predictions: the first line is the figures, the others are faults to show.
fn judge(
    bench: &Bench,
    name: &str,
    truth: &Path,
    predictions: &[Value],
    more: &[&str],
) -> Result<Rows, Error> {
    let predictions = bench.rows_to(name, "edges.jsonl", predictions)?;
    let more = [more, &["--show", &bench.show]].concat();
    let output = bench.scorer("score_edges.py", truth, &predictions, &more)?;
    let mut lines = output.lines();
    let mut row: Value = serde_json::from_str(lines.next().unwrap_or("null"))?;
    for line in lines {
        print::line(line);
    }
    let recall_only = row["recall_only"].as_bool().unwrap_or(false);
    if let Some(object) = row.as_object_mut() {
        object.remove("unjudged");
        object.remove("site_recall");
        if recall_only {
            object.remove("precision");
            object.remove("f1");
        }
    }
    Ok(Rows::from([(name.to_owned(), row)]))
}

/// A repository as its compiler sees it.
fn compiler(bench: &Bench, name: &str, file: &Path) -> Result<Rows, Error> {
    let truth = read(file)?;
    let meta: Value = serde_json::from_str(truth.lines().next().unwrap_or("null"))?;
    let source = bench.source(text(&meta, "repo"))?;
    let index = bench.index(name, &[source])?;
    judge(bench, name, file, &calls(&index)?, &["--prod"])
}

/// Small programs.
fn micro(bench: &Bench, name: &str) -> Result<Rows, Error> {
    let file = bench.truth.join("micro").join(format!("{name}.jsonl"));
    let programs = bench.scratch.join(name).join("programs");
    let mut cases = BTreeMap::new();
    for (number, row) in rows(&read(&file)?)?.iter().enumerate() {
        let root = bench.sources.join(text(row, "files_root"));
        let folder = format!("p{number:04}");
        for path in row["files"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let to = programs.join(&folder).join(path);
            std::fs::create_dir_all(to.parent().unwrap_or(&programs))?;
            std::fs::copy(root.join(path), &to)
                .map_err(|error| format!("{}: {error}", root.join(path).display()))?;
        }
        cases.insert(folder, text(row, "case").to_owned());
    }
    let folders: Vec<PathBuf> = cases.keys().map(|folder| programs.join(folder)).collect();
    let index = bench.index(name, &folders)?;
    let mut edges = calls(&index)?;
    edges.retain_mut(|edge| {
        let Some(case) = cases.get(text(edge, "caller_repo")) else { return false };
        edge["case"] = json!(case);
        edge["caller_repo"] == edge["callee_repo"]
    });
    judge(bench, name, &file, &edges, &[])
}
