//! Accuracy against third-party ground truth.
//!
//! The ground truth and its scorers are not part of this repository; they are given as
//! `--truth DIR`, the sources they were made from as `--sources DIR` (one folder a repository,
//! `owner+name`). Every figure is that of a scorer, unchanged.
//!
//! A section is a table of the results. It lists its scores; a score indexes what it needs, writes
//! what `qf` answers as JSON Lines, and hands both to its scorer. A score that fails is told and
//! left out, so that one missing repository does not cost the others.

mod definitions;
mod edges;
mod links;
mod sites;
mod writes;

use crate::{Arguments, Outcome, binary, print, workspace};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

type Error = Box<dyn std::error::Error>;

/// The rows of a table: what was judged, and the figures of the scorer.
type Rows = BTreeMap<String, Value>;

/// A child that takes longer is killed.
const LONGEST: Duration = Duration::from_secs(120);

/// All tables, in the order of the result file.
const SECTIONS: [Section; 9] = [
    edges::SECTION,
    edges::TIERS,
    edges::UNSEEN,
    edges::LANGUAGES,
    sites::SECTION,
    definitions::SECTION,
    links::SECTION,
    links::PACKAGES,
    writes::SECTION,
];

/// A table of results.
struct Section {
    /// Its key in the result file, and the first half of what `--only` is compared with.
    name: &'static str,
    title: &'static str,
    /// What is measured.
    about: &'static str,
    /// Headings, and where in a row the figure stands.
    columns: &'static [(&'static str, &'static str)],
    scores: fn(&Bench) -> Result<Vec<Score>, Error>,
}

/// One run of a scorer.
struct Score {
    name: String,
    run: Box<dyn Fn(&Bench) -> Result<Rows, Error>>,
}

impl Score {
    fn new(name: impl Into<String>, run: impl Fn(&Bench) -> Result<Rows, Error> + 'static) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }
}

/// Runs all scores whose sources are there. `--only NAME` runs those whose `section/name` contains
/// it, and writes no results; `--show N` prints faults where a scorer does; `--keep DIR` leaves
/// indexes and predictions in that folder.
pub fn run(arguments: &Arguments) -> Outcome {
    let bench = Bench::new(arguments)?;
    let only = arguments.value("--only").unwrap_or("");
    let mut results: BTreeMap<&str, Rows> = BTreeMap::new();
    for section in &SECTIONS {
        let scores = match (section.scores)(&bench) {
            Ok(scores) => scores,
            Err(error) => {
                print::line(&format!("{}: skipped, {error}", section.name));
                continue;
            }
        };
        for score in scores {
            let name = format!("{}/{}", section.name, score.name);
            if !name.contains(only) {
                continue;
            }
            match (score.run)(&bench) {
                Ok(rows) => {
                    for (name, row) in &rows {
                        print::line(&format!("{}/{name}: {row}", section.name));
                    }
                    results.entry(section.name).or_default().extend(rows);
                }
                Err(error) => print::line(&format!("{name}: skipped, {error}")),
            }
        }
    }
    if arguments.value("--keep").is_none() {
        std::fs::remove_dir_all(&bench.scratch)?;
    }
    if !only.is_empty() {
        return Ok(());
    }
    let before: BTreeMap<String, Rows> =
        std::fs::read_to_string(workspace().join("benches/results/accuracy.json"))
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
    if let (None, Some(rows)) = (&bench.unseen, before.get("unseen")) {
        // Scored once, and not again by every run.
        results.insert("unseen", rows.clone());
    }
    let languages = edges::by_language(&results);
    results.insert(edges::LANGUAGES.name, languages);
    write(&results)?;
    gate(&results)
}

/// Fails when a figure is below its floor in `benches/results/floors.toml`.
fn gate(results: &BTreeMap<&str, Rows>) -> Outcome {
    let path = workspace().join("benches/results/floors.toml");
    let floors: BTreeMap<String, BTreeMap<String, BTreeMap<String, f64>>> =
        toml::from_str(&std::fs::read_to_string(path)?)?;
    let mut below = Vec::new();
    for (section, rows) in &floors {
        for (row, figures) in rows {
            for (figure, floor) in figures {
                let value = results.get(section.as_str()).and_then(|rows| rows.get(row));
                match value.and_then(|row| row[figure.as_str()].as_f64()) {
                    Some(value) if value < *floor => {
                        below.push(format!("{section}/{row}: {figure} {value} is below {floor}"));
                    }
                    Some(_) => {}
                    None => below.push(format!("{section}/{row}: no {figure}")),
                }
            }
        }
    }
    if below.is_empty() { Ok(()) } else { Err(below.join("; ").into()) }
}

fn write(results: &BTreeMap<&str, Rows>) -> Outcome {
    let folder = workspace().join("benches/results");
    std::fs::create_dir_all(&folder)?;
    let mut text = serde_json::to_string_pretty(results)?;
    text.push('\n');
    std::fs::write(folder.join("accuracy.json"), text)?;
    let mut text = String::from(
        "# Accuracy\n\nAnswers of `qf`, as judged by the scorers of third-party ground truth. Made \
         by `cargo xtask score`.\n",
    );
    for section in &SECTIONS {
        if let Some(rows) = results.get(section.name) {
            table(&mut text, section, rows)?;
        }
    }
    std::fs::write(folder.join("accuracy.md"), text)?;
    Ok(())
}

fn table(text: &mut String, section: &Section, rows: &Rows) -> Outcome {
    write!(text, "\n## {}\n\n{}\n\n| ground truth |", section.title, section.about)?;
    for (heading, _) in section.columns {
        write!(text, " {heading} |")?;
    }
    writeln!(text, "\n|---|{}", "---|".repeat(section.columns.len()))?;
    for (name, row) in rows {
        write!(text, "| {name} |")?;
        for (_, pointer) in section.columns {
            write!(text, " {} |", figure(row.pointer(pointer)))?;
        }
        writeln!(text)?;
    }
    Ok(())
}

/// A share has three digits, a number has none, what is not measured is a dash.
fn figure(value: Option<&Value>) -> String {
    match value {
        Some(Value::Number(number)) if number.is_f64() => {
            format!("{:.3}", number.as_f64().unwrap_or_default())
        }
        Some(Value::Number(number)) => number.to_string(),
        _ => "–".to_owned(),
    }
}

/// What every score works with.
struct Bench {
    qf: PathBuf,
    truth: PathBuf,
    sources: PathBuf,
    /// Ground truth of repositories that were not looked at, with their sources.
    unseen: Option<PathBuf>,
    /// Indexes and predictions.
    scratch: PathBuf,
    /// How many faults a scorer is to print.
    show: String,
}

impl Bench {
    fn new(arguments: &Arguments) -> Result<Self, Error> {
        let bench = Self {
            truth: arguments.path("--truth").ok_or("--truth DIR is missing")?,
            sources: arguments.path("--sources").ok_or("--sources DIR is missing")?,
            unseen: arguments.path("--unseen"),
            qf: binary(arguments)?,
            scratch: arguments.path("--keep").unwrap_or_else(|| {
                std::env::temp_dir().join(format!("qf-score-{}", std::process::id()))
            }),
            show: arguments.value("--show").unwrap_or("0").to_owned(),
        };
        std::fs::create_dir_all(&bench.scratch)?;
        Ok(bench)
    }

    /// The folder with the sources of `owner/name`.
    fn source(&self, repository: &str) -> Result<PathBuf, Error> {
        source(&self.sources, repository)
    }

    /// An index of these folders and of nothing else, without the vectors, which only questions in
    /// words need.
    fn index(&self, name: &str, folders: &[PathBuf]) -> Result<Index<'_>, Error> {
        self.index_with(name, &["--no-vectors"], folders)
    }

    fn index_with(
        &self,
        name: &str,
        flags: &[&str],
        folders: &[PathBuf],
    ) -> Result<Index<'_>, Error> {
        let index = Index { bench: self, home: self.scratch.join(name).join("index") };
        let _ = std::fs::remove_dir_all(&index.home);
        std::fs::create_dir_all(&index.home)?;
        let mut arguments = vec![OsStr::new("index"), OsStr::new("--quiet")];
        arguments.extend(flags.iter().map(OsStr::new));
        arguments.extend(folders.iter().map(|folder| folder.as_os_str()));
        index.output(&arguments)?;
        Ok(index)
    }

    /// Writes rows as JSON Lines into the folder of the score `name`.
    fn rows_to<'r>(
        &self,
        name: &str,
        file: &str,
        rows: impl IntoIterator<Item = &'r Value>,
    ) -> Result<PathBuf, Error> {
        let folder = self.scratch.join(name);
        std::fs::create_dir_all(&folder)?;
        let mut text = String::new();
        for row in rows {
            writeln!(text, "{row}")?;
        }
        let path = folder.join(file);
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// What a scorer of the ground truth prints. Where a prediction fits two rows of the truth, the
    /// scorers take the first of a set, so the order of sets is fixed lest figures vary by run.
    fn scorer(
        &self,
        script: &str,
        truth: &Path,
        predictions: &Path,
        more: &[&str],
    ) -> Result<String, Error> {
        let mut command = Command::new("python3");
        command.env("PYTHONHASHSEED", "0").arg("-B").arg(self.truth.join("scorers").join(script));
        command.arg(truth).arg(predictions).args(more);
        let (code, output, errors) = finish(&mut command)?;
        if code == 0 { Ok(output) } else { Err(errors.into()) }
    }
}

/// The folder with the sources of `owner/name`.
fn source(sources: &Path, repository: &str) -> Result<PathBuf, Error> {
    let folder = sources.join(repository.replace('/', "+"));
    if folder.is_dir() {
        Ok(folder)
    } else {
        Err(format!("no sources in {}", folder.display()).into())
    }
}

/// Whether a file is a test, benchmark or example by its path, as the ground truth tells them.
fn is_test(file: &str) -> bool {
    let path = format!("/{}", file.to_lowercase());
    ["/test", "_test.", "/bench", "/example", ".spec.", ".test.", "/docs/", "test_"]
        .iter()
        .any(|part| path.contains(part))
}

/// An index in a folder of its own, to ask.
struct Index<'b> {
    bench: &'b Bench,
    home: PathBuf,
}

impl Index<'_> {
    /// What `qf` prints; finding nothing (exit code 1) is an answer.
    fn output<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<String, Error> {
        let mut command = Command::new(&self.bench.qf);
        command.env("QF_HOME", &self.home).args(arguments);
        let (code, output, errors) = finish(&mut command)?;
        let verb = arguments
            .first()
            .map_or_else(String::new, |verb| verb.as_ref().to_string_lossy().into_owned());
        if code <= 1 { Ok(output) } else { Err(format!("qf {verb} failed: {errors}").into()) }
    }

    /// The rows that `qf export` prints.
    fn rows(&self, arguments: &[&str]) -> Result<Vec<Value>, Error> {
        rows(&self.output(arguments)?)
    }
}

/// Runs a child to its end: its exit code and what it printed. One that takes too long is killed.
fn finish(command: &mut Command) -> Result<(i32, String, String), Error> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let (output, errors) = (collect(child.stdout.take()), collect(child.stderr.take()));
    let Ok(output) = output.recv_timeout(LONGEST) else {
        child.kill()?;
        child.wait()?;
        return Err(format!("killed after {} s", LONGEST.as_secs()).into());
    };
    let code = child.wait()?.code().unwrap_or(i32::MAX);
    Ok((code, output, errors.recv_timeout(LONGEST).unwrap_or_default()))
}

/// Reads a pipe to its end on a thread, for a child that fills both must not wait for us.
fn collect(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What a killed child leaves unsaid is not asked for.
            let _ = pipe.read_to_end(&mut bytes);
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// The text of a file of the ground truth, which may be compressed.
pub fn read(path: &Path) -> Result<String, Error> {
    if path.extension().is_some_and(|extension| extension == "gz") {
        let (code, output, errors) = finish(Command::new("gzip").arg("-dc").arg(path))?;
        return if code == 0 { Ok(output) } else { Err(errors.into()) };
    }
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// The values of JSON Lines.
fn rows(text: &str) -> Result<Vec<Value>, Error> {
    text.lines().map(|line| serde_json::from_str(line).map_err(Error::from)).collect()
}

/// A text in a row; empty when it has none.
fn text<'v>(row: &'v Value, key: &str) -> &'v str {
    row[key].as_str().unwrap_or_default()
}

/// The row of a part of a score; the scorers call the whole `ALL`.
fn label(score: &str, part: &str) -> String {
    if part == "ALL" { score.to_owned() } else { format!("{score}: {part}") }
}

/// `1.0000 R 0.5000 F1 0.6667`, what a scorer prints after its `P`.
fn marks(text: &str) -> Option<Value> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [precision, "R", recall, "F1", f1] = words[..] else { return None };
    let share = |word: &str| word.parse::<f64>().ok();
    Some(json!({"precision": share(precision)?, "recall": share(recall)?, "f1": share(f1)?}))
}

/// A dictionary as Python prints it, of plain names and numbers.
fn dictionary(text: &str) -> Option<Value> {
    serde_json::from_str(&text.replace('\'', "\"")).ok()
}
