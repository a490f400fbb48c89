//! Call edges: pairs of caller and callee.
//!
//! The truth of whole repositories is what their compilers resolve, that of small programs is
//! written by hand. Every program is a repository of its own, but all are indexed at once; an edge
//! between two of them is no edge of either and is left out.

use super::{Bench, Error, Index, Rows, Score, Section, read, rows, text};
use crate::print;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
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

/// The tier whose edges are read.
const DISPATCH: &str = "dispatch";

/// Edges of that tier, read one by one.
const DISPATCHES: &str = include_str!("../../gold/dispatch.jsonl");

/// The table of tiers.
pub(super) const TIERS: Section = Section {
    name: "tiers",
    title: "Precision of each tier",
    about: "Pairs of caller and callee in production code of the repositories above that compilers \
            judge, each pair counted in the surest tier it has; all repositories of a language \
            together. Of what may run at a call compilers name one target or none, so `dispatch` \
            is judged by reading: samples of its edges, taken at random and read one by one \
            against the question whether that call can run that function \
            (`benches/gold/dispatch.jsonl`), for Go also in three repositories of the next table, \
            since the ones above have six such edges; what is no longer an edge of that tier is \
            not counted.",
    columns: &[("pairs right", "/tp"), ("pairs wrong", "/fp"), ("precision", "/precision")],
    scores: |_| Ok(vec![Score::new("tiers", tiers)]),
};

/// The table of repositories that nobody looked at while rules were written.
pub(super) const UNSEEN: Section = Section {
    name: "unseen",
    title: "Call edges in repositories that were not looked at",
    about: "The same measure on repositories that were chosen beforehand, judged by their compilers \
            and scored once, after everything else was done (`--unseen DIR`, with `compiler` and \
            `sources` as in the ground truth).",
    columns: &[
        ("true pairs", "/gt_pairs"),
        ("precision", "/precision"),
        ("recall", "/recall"),
        ("cross-file precision", "/cross_file/precision"),
        ("cross-file recall", "/cross_file/recall"),
    ],
    scores: |bench| match &bench.unseen {
        Some(unseen) => compilers(unseen, &unseen.join("sources")),
        None => Ok(Vec::new()),
    },
};

/// The table of languages, derived from the others.
pub(super) const LANGUAGES: Section = Section {
    name: "languages",
    title: "Call edges by language",
    about: "All pairs of a language's repositories together: those that were looked at while rules \
            were written, and those that were not.",
    columns: &[
        ("repositories", "/repositories"),
        ("precision", "/precision"),
        ("recall", "/recall"),
        ("unseen repositories", "/unseen/repositories"),
        ("precision there", "/unseen/precision"),
        ("recall there", "/unseen/recall"),
    ],
    scores: |_| Ok(Vec::new()),
};

/// The rows of [`LANGUAGES`]; TypeScript and JavaScript are one family.
pub(super) fn by_language(results: &BTreeMap<&str, Rows>) -> Rows {
    let sum = |section: &str, family: &str| {
        let (mut count, mut right, mut wrong, mut wanted) = (0_u64, 0_u64, 0_u64, 0_u64);
        for (name, row) in results.get(section).into_iter().flatten() {
            if family_of(name) == Some(family) {
                let figure = |key: &str| row[key].as_u64().unwrap_or(0);
                count += 1;
                right += figure("tp");
                wrong += figure("fp");
                wanted += figure("gt_pairs");
            }
        }
        let share = |part: u64, whole: u64| {
            let share = part as f64 / whole.max(1) as f64;
            (share * 1e4).round() / 1e4
        };
        json!({
            "repositories": count,
            "precision": share(right, right + wrong),
            "recall": share(right, wanted),
        })
    };
    let mut families: Vec<&str> = results
        .get("edges")
        .into_iter()
        .flatten()
        .filter_map(|(name, _)| family_of(name))
        .collect();
    families.sort_unstable();
    families.dedup();
    families
        .into_iter()
        .map(|family| {
            let mut row = sum("edges", family);
            if results.contains_key("unseen") {
                row["unseen"] = sum("unseen", family);
            }
            (family.to_owned(), row)
        })
        .collect()
}

/// The language family of `python-flask`.
fn family_of(name: &str) -> Option<&str> {
    match name.split_once('-')?.0 {
        "typescript" | "javascript" => Some("javascript"),
        language => Some(language),
    }
}

/// Tiers from the surest to the least sure.
const NAMES: [&str; 5] = ["exact", "typed", "dispatch", "likely", "maybe"];

/// The sets of small programs.
const MICRO: [&str; 3] = ["pycg", "javascript_swarm", "java_cats"];

/// The sets that compilers judge.
pub(super) fn judged(truth: &Path) -> Result<Vec<PathBuf>, Error> {
    let folder = truth.join("compiler");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

fn scores(bench: &Bench) -> Result<Vec<Score>, Error> {
    let compilers = compilers(&bench.truth, &bench.sources)?;
    let micro = MICRO.map(|name| Score::new(name, move |bench| micro(bench, name)));
    Ok(compilers.into_iter().chain(micro).collect())
}

/// A score for each set that a compiler judges.
fn compilers(truth: &Path, sources: &Path) -> Result<Vec<Score>, Error> {
    let scores = judged(truth)?.into_iter().map(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = name.trim_end_matches(".jsonl.gz").to_owned();
        let sources = sources.to_owned();
        Score::new(name.clone(), move |bench| compiler(bench, &name, &file, &sources))
    });
    Ok(scores.collect())
}

pub(super) fn calls(index: &Index<'_>) -> Result<Vec<Value>, Error> {
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
fn compiler(bench: &Bench, name: &str, file: &Path, sources: &Path) -> Result<Rows, Error> {
    let truth = read(file)?;
    let meta: Value = serde_json::from_str(truth.lines().next().unwrap_or("null"))?;
    let source = super::source(sources, text(&meta, "repo"))?;
    let index = bench.index(name, &[source])?;
    judge(bench, name, file, &calls(&index)?, &["--prod"])
}

/// Every tier of every language by itself.
fn tiers(bench: &Bench) -> Result<Rows, Error> {
    let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for file in judged(&bench.truth)? {
        let truth = read(&file)?;
        let meta: Value = serde_json::from_str(truth.lines().next().unwrap_or("null"))?;
        let Ok(source) = bench.source(text(&meta, "repo")) else { continue };
        let name = format!("tiers-{}", text(&meta, "repo").replace('/', "+"));
        let index = bench.index(&name, &[source])?;
        let edges = index.rows(&["export", "edges", "--kind", "calls", "--min-tier", "maybe"])?;
        let mut surest: BTreeMap<String, (usize, Value)> = BTreeMap::new();
        for edge in edges {
            let Some(tier) = NAMES.iter().position(|name| *name == text(&edge, "tier")) else {
                continue;
            };
            let ends =
                ["caller_file", "caller", "caller_line", "callee_file", "callee", "callee_line"];
            let pair = ends.map(|end| edge[end].to_string()).join(" ");
            let best = surest.entry(pair).or_insert((tier, edge.clone()));
            if tier < best.0 {
                *best = (tier, edge);
            }
        }
        for (tier, label) in NAMES.iter().enumerate().filter(|(_, name)| **name != DISPATCH) {
            let pairs: Vec<Value> = surest
                .values()
                .filter(|(at, _)| *at == tier)
                .map(|(_, edge)| edge.clone())
                .collect();
            let rows = judge(bench, &format!("{name}-{label}"), &file, &pairs, &["--prod"])?;
            for row in rows.values() {
                let sum =
                    sums.entry(format!("{}: {tier} {label}", text(&meta, "lang"))).or_default();
                sum.0 += row["tp"].as_u64().unwrap_or(0);
                sum.1 += row["fp"].as_u64().unwrap_or(0);
            }
        }
    }
    dispatch(bench, &mut sums)?;
    Ok(sums
        .into_iter()
        .filter(|(_, (right, wrong))| right + wrong > 0)
        .map(|(name, (right, wrong))| {
            let precision = right as f64 / (right + wrong) as f64;
            let precision = (precision * 1e4).round() / 1e4;
            (name, json!({ "tp": right, "fp": wrong, "precision": precision }))
        })
        .collect())
}

/// Adds the edges that were read.
fn dispatch(bench: &Bench, sums: &mut BTreeMap<String, (u64, u64)>) -> Result<(), Error> {
    let place = |row: &Value| {
        let ends = ["caller_file", "caller", "line", "callee_file", "callee", "callee_line"];
        ends.map(|end| row[end].to_string()).join(" ")
    };
    let mut read: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in rows(DISPATCHES)? {
        if !super::is_test(text(&row, "caller_file")) {
            read.entry(text(&row, "repo").to_owned()).or_default().push(row);
        }
    }
    let tier = NAMES.iter().position(|name| *name == DISPATCH).unwrap_or_default();
    for (repository, read) in read {
        let elsewhere = bench.unseen.iter().map(|unseen| unseen.join("sources"));
        let mut folders = std::iter::once(bench.sources.clone()).chain(elsewhere);
        let Some(source) = folders.find_map(|folder| super::source(&folder, &repository).ok())
        else {
            continue;
        };
        let index = bench.index(&format!("read-{}", repository.replace('/', "+")), &[source])?;
        let edges = index.rows(&["export", "edges", "--kind", "calls", "--min-tier", "likely"])?;
        let named: BTreeSet<String> =
            edges.iter().filter(|edge| text(edge, "tier") == DISPATCH).map(place).collect();
        for row in read.iter().filter(|row| named.contains(&place(row))) {
            let language = text(row, "lang");
            let sum = sums.entry(format!("{language}: {tier} {DISPATCH}")).or_default();
            match row["right"].as_bool() {
                Some(true) => sum.0 += 1,
                _ => sum.1 += 1,
            }
        }
    }
    Ok(())
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
