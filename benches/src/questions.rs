//! The corpus of questions: what is asked, what has to be answered, and how long that takes.
//!
//! `questions [--only TEXT] [--show]`: the files of `corpora/questions` name folders that are indexed
//! together (of `corpora/` or of the pinned packages), and questions with items that must and must
//! not be answered, derived by reading the sources. Every question is asked in process, as an agent's
//! server does it, once to warm up and once for the time. `--show` says what is wrong with those that
//! fail. Results go to `benches/results/questions.md` and `.json`.

use crate::{Arguments, Outcome, binary, print, workspace};
use qf_graph::Snapshot;
use qf_graph::store::Home;
use qf_query::{Answer, Options};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One file of the corpus.
#[derive(Debug, Deserialize)]
struct Corpus {
    corpus: Vec<String>,
    question: Vec<Question>,
}

/// A question with its expectations; the fields are explained in the files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    ask: String,
    intent: Option<String>,
    #[serde(default)]
    items: Vec<String>,
    #[serde(default)]
    absent: Vec<String>,
    first: Option<String>,
    role: Option<String>,
    #[serde(default)]
    nothing: bool,
    #[serde(default)]
    near: Vec<String>,
    #[serde(default)]
    notes: Vec<String>,
    limit: Option<usize>,
}

/// What came of one type of question.
#[derive(Debug, Default)]
struct Tally {
    asked: usize,
    passed: usize,
    milliseconds: Vec<f64>,
}

/// See the module.
pub fn run(arguments: &Arguments) -> Outcome {
    let qf = binary(arguments)?;
    let only = arguments.value("--only");
    let mut files: BTreeMap<String, Tally> = BTreeMap::new();
    let mut intents: BTreeMap<String, Tally> = BTreeMap::new();
    for path in corpora()? {
        let text = std::fs::read_to_string(&path)?;
        let corpus: Corpus =
            toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let home = std::env::temp_dir().join(format!("qf-questions-{}", std::process::id()));
        let snapshot = indexed(&qf, &home, &corpus.corpus)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for question in &corpus.question {
            if only.is_some_and(|only| !question.ask.contains(only) && name != only) {
                continue;
            }
            let options =
                Options { limit: Some(question.limit.unwrap_or(50)), ..Options::default() };
            qf_query::ask(&snapshot, &question.ask, &options);
            let answer = qf_query::ask(&snapshot, &question.ask, &options);
            let wrong = wrong(question, &answer);
            let intent = question.intent.clone().unwrap_or_else(|| answer.intent.clone());
            for tally in
                [files.entry(name.clone()).or_default(), intents.entry(intent).or_default()]
            {
                tally.asked += 1;
                tally.passed += usize::from(wrong.is_empty());
                tally.milliseconds.push(answer.timing.total_ms);
            }
            if arguments.flag("--show") && !wrong.is_empty() {
                print::line(&format!("{name}: {}", question.ask));
                for one in wrong {
                    print::line(&format!("    {one}"));
                }
            }
        }
        drop(snapshot);
        std::fs::remove_dir_all(&home)?;
    }
    report(&files, &intents, only.is_none())
}

fn corpora() -> Result<Vec<PathBuf>, Box<dyn std::error::Error>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(workspace().join("corpora/questions"))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    Ok(paths)
}

/// Indexes the folders of a corpus together and opens them.
fn indexed(
    qf: &Path,
    home: &Path,
    names: &[String],
) -> Result<Snapshot, Box<dyn std::error::Error>> {
    let mut paths = Vec::new();
    for name in names {
        let own = workspace().join("corpora").join(name);
        let package = std::env::var_os("QF_CORPORA")
            .map_or_else(|| workspace().join("target/corpora"), PathBuf::from)
            .join(name);
        if own.is_dir() {
            // A folder of example services: each is a repository.
            let mut services: Vec<PathBuf> = std::fs::read_dir(own)?
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.is_dir())
                .collect();
            services.sort();
            paths.extend(services);
        } else if package.is_dir() {
            paths.push(package);
        } else {
            return Err(format!("{} is missing: cargo xtask corpora", package.display()).into());
        }
    }
    let status = Command::new(qf)
        .env("QF_HOME", home)
        .args(["index", "--quiet"])
        .args(&paths)
        .stdout(std::process::Stdio::null())
        .status()?;
    if !status.success() {
        return Err(format!("indexing {names:?} failed").into());
    }
    Ok(Snapshot::open(&Home::new(home.to_path_buf()))?)
}

/// What is wrong with an answer.
fn wrong(question: &Question, answer: &Answer) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(intent) = &question.intent
        && answer.intent != *intent
    {
        wrong.push(format!("is read as {}, not {intent}: {}", answer.intent, answer.reading));
    }
    let has = |expected: &str, role: Option<&str>| {
        answer
            .items
            .iter()
            .any(|item| role.is_none_or(|role| item.role == role) && is(item, expected))
    };
    for expected in &question.items {
        if !has(expected, question.role.as_deref()) {
            wrong.push(format!("lacks {expected}"));
        }
    }
    for unwanted in &question.absent {
        let listed = answer.items.iter().any(|item| {
            is(item, unwanted) && (question.intent.as_deref() == Some("tests") || !is_test(item))
        });
        if listed {
            wrong.push(format!("has {unwanted}"));
        }
    }
    if let Some(first) = &question.first
        && !answer.items.first().is_some_and(|item| is(item, first))
    {
        let named = answer.items.first().map_or("nothing", |item| item.qualified_name.as_str());
        wrong.push(format!("begins with {named}, not {first}"));
    }
    if question.nothing && !answer.items.is_empty() {
        wrong.push(format!("has {} items instead of none", answer.items.len()));
    }
    for name in &question.near {
        if !answer.nearest.iter().any(|place| place.name == *name) {
            wrong.push(format!("{name} is not said to be near"));
        }
    }
    let said = said(answer);
    for note in &question.notes {
        if !said.contains(&note.to_lowercase()) {
            wrong.push(format!("does not say {note}"));
        }
    }
    wrong
}

fn is_test(item: &qf_query::Item) -> bool {
    matches!(item.role.as_str(), "test" | "helper")
}

/// Whether an item is `repo/path:line Name` (the last parts of a name will do), or in `repo/path`.
fn is(item: &qf_query::Item, expected: &str) -> bool {
    let file = format!("{}/{}", item.repo, item.file);
    let Some((place, name)) = expected.split_once(' ') else { return file == expected };
    let own = &item.qualified_name;
    let named = own == name || own.ends_with(&format!(".{name}"));
    place == format!("{file}:{}", item.line) && named
}

/// Everything that an answer says in words, in lower case.
fn said(answer: &Answer) -> String {
    let mut text = answer.reading.clone();
    for note in &answer.notes {
        let _ = write!(text, "\n{note}");
    }
    for meaning in &answer.meanings {
        let _ = write!(text, "\n{}", meaning.name);
        for place in &meaning.places {
            let _ = write!(text, "\n{} {}", place.name, place.repo);
        }
    }
    for item in &answer.items {
        let _ = write!(
            text,
            "\n{}/{} {} {} {}",
            item.repo, item.file, item.qualified_name, item.why, item.name
        );
    }
    text.to_lowercase()
}

fn report(
    files: &BTreeMap<String, Tally>,
    intents: &BTreeMap<String, Tally>,
    write: bool,
) -> Outcome {
    let (asked, passed) =
        files.values().fold((0, 0), |sum, it| (sum.0 + it.asked, sum.1 + it.passed));
    let mut text = String::from(
        "# Questions\n\nQuestions in words over the example services and the pinned packages \
         (`corpora/questions`), with what has to be answered and what must not be; the truth was \
         derived by reading the sources. Made by `cargo xtask questions`; times are of whole answers \
         in process.\n",
    );
    let _ = writeln!(
        text,
        "\n**{passed} of {asked} pass ({:.3}).**",
        passed as f64 / asked.max(1) as f64
    );
    for (title, groups) in [("corpus", files), ("type", intents)] {
        let _ =
            writeln!(text, "\n| {title} | asked | pass | p50 ms | p95 ms |\n|---|---|---|---|---|");
        for (name, tally) in groups {
            let _ = writeln!(
                text,
                "| {name} | {} | {} | {:.1} | {:.1} |",
                tally.asked,
                tally.passed,
                percentile(&tally.milliseconds, 0.5),
                percentile(&tally.milliseconds, 0.95)
            );
        }
    }
    print::line(&text);
    if !write {
        return Ok(());
    }
    let rows = |groups: &BTreeMap<String, Tally>| -> BTreeMap<String, serde_json::Value> {
        groups
            .iter()
            .map(|(name, it)| (name.clone(), json!({ "asked": it.asked, "passed": it.passed })))
            .collect()
    };
    let results = json!({
        "asked": asked,
        "passed": passed,
        "rate": passed as f64 / asked.max(1) as f64,
        "corpora": rows(files),
        "types": rows(intents),
    });
    let folder = workspace().join("benches/results");
    std::fs::write(folder.join("questions.md"), text)?;
    std::fs::write(folder.join("questions.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    Ok(())
}

/// The value below which a share of the values lies (nearest rank).
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len().max(1));
    sorted.get(at - 1).copied().unwrap_or(0.0)
}
