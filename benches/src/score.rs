//! Accuracy against third-party ground truth.
//!
//! The ground truth and its scorers are not part of this repository; they are given as
//! `--truth DIR`, the sources they were made from as `--sources DIR` (one folder a repository,
//! `owner+name`). Every figure is that of the scorer, unchanged.

use crate::{Arguments, Outcome, binary, print, workspace};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

type Error = Box<dyn std::error::Error>;

/// Runs all scores whose sources are there; `--only NAME` runs those whose name contains it.
pub fn run(arguments: &Arguments) -> Outcome {
    let truth = arguments.path("--truth").ok_or("--truth DIR is missing")?;
    let sources = arguments.path("--sources").ok_or("--sources DIR is missing")?;
    let only = arguments.value("--only").unwrap_or("");
    let show = arguments.value("--show").unwrap_or("0").to_owned();
    let qf = binary(arguments)?;
    let scratch = std::env::temp_dir().join(format!("qf-score-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)?;
    let mut rows: BTreeMap<String, Value> = BTreeMap::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(truth.join("compiler"))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().contains(only))
        .collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = name.trim_end_matches(".jsonl.gz").to_owned();
        match compiler(&qf, &truth, &sources, &file, &scratch.join(&name), &show) {
            Ok(value) => {
                print::line(&format!("{name}: {value}"));
                rows.insert(name, value);
            }
            Err(error) => print::line(&format!("{name}: skipped, {error}")),
        }
    }
    for name in ["pycg", "javascript_swarm", "java_cats"] {
        if !name.contains(only) {
            continue;
        }
        let file = truth.join("micro").join(format!("{name}.jsonl"));
        match micro(&qf, &truth, &sources, &file, &scratch.join(name), &show) {
            Ok(value) => {
                print::line(&format!("{name}: {value}"));
                rows.insert(name.to_owned(), value);
            }
            Err(error) => print::line(&format!("{name}: skipped, {error}")),
        }
    }
    std::fs::remove_dir_all(&scratch)?;
    if only.is_empty() {
        write(&rows)?;
    }
    Ok(())
}

fn write(rows: &BTreeMap<String, Value>) -> Outcome {
    let results = workspace().join("benches/results");
    std::fs::create_dir_all(&results)?;
    let mut text = serde_json::to_string_pretty(&rows)?;
    text.push('\n');
    std::fs::write(results.join("accuracy.json"), text)?;
    let mut table = String::from(
        "# Accuracy of call edges\n\nPairs of caller and callee at default tiers (`likely` and \
         better), production code only, as judged by the ground truth's own scorers. Made by \
         `cargo xtask score`.\n\n| ground truth | precision | recall | cross-file precision | \
         cross-file recall |\n|---|---|---|---|---|\n",
    );
    for (name, row) in rows {
        let figure = |value: &Value| value.as_f64().map_or("–".to_owned(), |f| format!("{f:.3}"));
        let recall_only = row["recall_only"].as_bool().unwrap_or(false);
        let precision = if recall_only { "–".to_owned() } else { figure(&row["precision"]) };
        writeln!(
            table,
            "| {name} | {precision} | {} | {} | {} |",
            figure(&row["recall"]),
            figure(&row["cross_file"]["precision"]),
            figure(&row["cross_file"]["recall"]),
        )?;
    }
    std::fs::write(results.join("accuracy.md"), table)?;
    Ok(())
}

fn index(qf: &Path, home: &Path, arguments: &[&std::ffi::OsStr]) -> Result<(), Error> {
    let output = Command::new(qf)
        .env("QF_HOME", home)
        .args(["index", "--quiet", "--no-vectors"])
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("qf index failed: {}", String::from_utf8_lossy(&output.stderr)).into())
}

/// Writes the exported call edges to `to`, each passed through `change`.
fn edges(
    qf: &Path,
    home: &Path,
    to: &Path,
    mut change: impl FnMut(Value) -> Option<Value>,
) -> Result<(), Error> {
    let mut child = Command::new(qf)
        .env("QF_HOME", home)
        .args(["export", "edges", "--kind", "calls", "--min-tier", "likely"])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut out = std::io::BufWriter::new(std::fs::File::create(to)?);
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            if let Some(value) = change(serde_json::from_str(&line?)?) {
                writeln!(out, "{value}")?;
            }
        }
    }
    out.flush()?;
    if child.wait()?.success() { Ok(()) } else { Err("qf export failed".into()) }
}

fn scorer(truth: &Path, script: &str, arguments: &[&str]) -> Result<String, Error> {
    let output =
        Command::new("python3").arg(truth.join("scorers").join(script)).args(arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn score_edges(truth: &Path, arguments: &[&str]) -> Result<Value, Error> {
    let text = scorer(truth, "score_edges.py", arguments)?;
    let mut lines = text.lines();
    let value = serde_json::from_str(lines.next().unwrap_or("null"))?;
    for line in lines {
        print::line(line);
    }
    Ok(value)
}

fn compiler(
    qf: &Path,
    truth: &Path,
    sources: &Path,
    file: &Path,
    home: &Path,
    show: &str,
) -> Result<Value, Error> {
    let first =
        Command::new("sh").args(["-c", "gzip -dc \"$0\" | head -n 1"]).arg(file).output()?;
    let meta: Value = serde_json::from_slice(&first.stdout)?;
    let repository = meta["repo"].as_str().unwrap_or_default().replace('/', "+");
    let source = sources.join(&repository);
    if !source.is_dir() {
        return Err(format!("no sources in {}", source.display()).into());
    }
    index(qf, home, &[source.as_os_str()])?;
    let predictions = home.join("edges.jsonl");
    edges(qf, home, &predictions, Some)?;
    let file = file.to_string_lossy().into_owned();
    let predictions = predictions.to_string_lossy().into_owned();
    let mut value = score_edges(truth, &[&file, &predictions, "--prod", "--show", show])?;
    if let Some(object) = value.as_object_mut() {
        object.remove("unjudged");
        object.remove("site_recall");
    }
    Ok(value)
}

/// Micro-benchmarks: every program is a repository of its own.
fn micro(
    qf: &Path,
    truth: &Path,
    sources: &Path,
    file: &Path,
    home: &Path,
    show: &str,
) -> Result<Value, Error> {
    let programs = home.join("programs");
    let mut cases = BTreeMap::new();
    for (number, line) in std::fs::read_to_string(file)?.lines().enumerate() {
        let row: Value = serde_json::from_str(line)?;
        let root = sources.join(row["files_root"].as_str().unwrap_or_default());
        let folder = format!("p{number:04}");
        for path in row["files"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let to = programs.join(&folder).join(path);
            std::fs::create_dir_all(to.parent().unwrap_or(&programs))?;
            std::fs::copy(root.join(path), &to)
                .map_err(|error| format!("{}: {error}", root.join(path).display()))?;
        }
        cases.insert(folder, row["case"].as_str().unwrap_or_default().to_owned());
    }
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(&programs)?.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let home = home.join("home");
    std::fs::create_dir_all(&home)?;
    let arguments: Vec<_> = folders.iter().map(|folder| folder.as_os_str()).collect();
    index(qf, &home, &arguments)?;
    let predictions = home.join("edges.jsonl");
    edges(qf, &home, &predictions, |mut value| {
        if value["caller_repo"] != value["callee_repo"] {
            return None;
        }
        let case = cases.get(value["caller_repo"].as_str()?)?;
        value["case"] = json!(case);
        Some(value)
    })?;
    let file = file.to_string_lossy().into_owned();
    let predictions = predictions.to_string_lossy().into_owned();
    score_edges(truth, &[&file, &predictions, "--show", show])
}
