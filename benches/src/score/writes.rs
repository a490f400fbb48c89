//! Writers: the functions that update a field or a table.
//!
//! Questions in words are hand-checked and asked of an index of all their repositories; fields by
//! position are derived from compilers and asked of the index of their own repository. An answer is
//! judged as a user would read it: every item in its order, whatever its role.

use super::{
    Bench, Error, Index, Rows, Score, Section, dictionary, is_test, label, read, rows, text,
};
use crate::print;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The table of writers.
pub(super) const SECTION: Section = Section {
    name: "writes",
    title: "Writers",
    about: "Functions that update something, macro averages over questions: `gold` is asked in \
            words (`qf ask`), `auto` by the position of a field (`qf writers FILE:LINE`; at most \
            40 fields of a repository), `direct` are the edges alone: every field that compilers see \
            written, and the functions of production code that assign it, its elements or augment it. Writes in \
            literals, at the field's own declaration and through methods that change their receiver \
            are edges too, but no compiler calls them writes, so they are left out there. Indirect \
            writers are neutral for direct precision.",
    columns: &[
        ("questions", "/questions"),
        ("direct precision", "/direct P"),
        ("direct recall", "/direct R"),
        ("direct recall at 10", "/direct R@10"),
        ("transitive recall", "/transitive R"),
        ("precision of all", "/all P"),
        ("recall of all", "/all R"),
        ("look-alikes returned", "/neg hit"),
    ],
    scores: |_| {
        Ok(vec![
            Score::new("gold", gold),
            Score::new("auto", auto),
            Score::new("direct", |bench| edges(bench, "auto.jsonl.gz")),
        ])
    },
};

/// Fields of a repository that are asked for.
const FIELDS: usize = 40;

/// Questions of the truth by their repositories; of those without sources one line is printed.
fn questions(bench: &Bench, file: &str) -> Result<Vec<(PathBuf, Vec<Value>)>, Error> {
    let mut repositories: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in rows(&read(&bench.truth.join("writes").join(file))?)? {
        repositories.entry(text(&row, "repo").to_owned()).or_default().push(row);
    }
    let mut found = Vec::new();
    for (repository, questions) in repositories {
        match bench.source(&repository) {
            Ok(folder) => found.push((folder, questions)),
            Err(error) => print::line(&format!("{file}: {error}")),
        }
    }
    if found.is_empty() { Err("no sources".into()) } else { Ok(found) }
}

/// Questions in words, of an index as a user has it: with vectors.
fn gold(bench: &Bench) -> Result<Rows, Error> {
    let repositories = questions(bench, "gold.jsonl")?;
    let folders: Vec<PathBuf> = repositories.iter().map(|(folder, _)| folder.clone()).collect();
    let index = bench.index_with("gold", &[], &folders)?;
    let (mut truth, mut predictions) = (Vec::new(), Vec::new());
    for (folder, questions) in repositories {
        for question in questions {
            let words = text(&question, "question").to_owned();
            predictions.push(answer(&index, &folder, &question, ["ask", &words]));
            truth.push(question);
        }
    }
    judge(bench, "gold", &truth, &predictions, "repo")
}

/// Fields by position: every n-th of a repository with many.
fn auto(bench: &Bench) -> Result<Rows, Error> {
    let (mut truth, mut predictions) = (Vec::new(), Vec::new());
    for (folder, questions) in questions(bench, "auto.jsonl.gz")? {
        let repository = name(&folder);
        let index = match bench.index(&format!("auto/{repository}"), std::slice::from_ref(&folder))
        {
            Ok(index) => index,
            Err(error) => {
                print::line(&format!("{repository}: skipped, {error}"));
                continue;
            }
        };
        let count = questions.len().min(FIELDS);
        for number in 0..count {
            let Some(question) = questions.get(number * questions.len() / count) else { continue };
            let (file, line) =
                (question["field"][0].as_str().unwrap_or_default(), &question["field"][1]);
            let place = format!("{repository}/{file}:{line}");
            predictions.push(answer(&index, &folder, question, ["writers", &place]));
            truth.push(question.clone());
        }
    }
    judge(bench, "auto", &truth, &predictions, "repo")
}

/// Writes that compilers call writes.
const WRITES: [&str; 4] = ["assign", "augment", "element", "delete"];

/// Every field of the truth, by the edges into it.
fn edges(bench: &Bench, file: &str) -> Result<Rows, Error> {
    let (mut truth, mut predictions) = (Vec::new(), Vec::new());
    for (folder, questions) in questions(bench, file)? {
        let repository = name(&folder);
        let index = bench.index(&format!("direct/{repository}"), std::slice::from_ref(&folder))?;
        let mut writers: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for row in index.rows(&["export", "edges", "--kind", "writes", "--min-tier", "likely"])? {
            let tested = is_test(text(&row, "caller_file"));
            if WRITES.contains(&text(&row, "access")) && !tested {
                let field = format!("{}:{}", text(&row, "callee_file"), row["callee_line"]);
                let function = json!({
                    "file": row["caller_file"],
                    "line": row["caller_line"],
                    "name": row["caller"],
                });
                let all = writers.entry(field).or_default();
                if !all.contains(&function) {
                    all.push(function);
                }
            }
        }
        for question in questions {
            let field = &question["field"];
            let field = format!("{}:{}", field[0].as_str().unwrap_or_default(), field[1]);
            let functions = writers.get(&field).cloned().unwrap_or_default();
            predictions.push(json!({"id": question["id"], "functions": functions}));
            truth.push(question);
        }
    }
    judge(bench, "direct", &truth, &predictions, "lang")
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is answered, best first; a question that `qf` refuses has no answer.
fn answer(index: &Index<'_>, folder: &Path, question: &Value, ask: [&str; 2]) -> Value {
    let repository = name(folder);
    let arguments = [&ask[..], &["--json", "--limit", "50", "--repo", &repository]].concat();
    let answer = index.output(&arguments).and_then(|text| Ok(serde_json::from_str(&text)?));
    let answer: Value = answer.unwrap_or_else(|error| {
        print::line(&format!("{}: {error}", text(question, "id")));
        Value::Null
    });
    let functions: Vec<Value> = answer["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| json!({"file": item["file"], "line": item["line"], "name": item["name"]}))
        .collect();
    json!({"id": question["id"], "functions": functions})
}

fn judge(
    bench: &Bench,
    name: &str,
    truth: &[Value],
    predictions: &[Value],
    by: &str,
) -> Result<Rows, Error> {
    let truth = bench.rows_to(name, "truth.jsonl", truth)?;
    let predictions = bench.rows_to(name, "writers.jsonl", predictions)?;
    let mut more = vec!["--by", by];
    if bench.show != "0" {
        more.push("--show");
    }
    let output = bench.scorer("score_writes.py", &truth, &predictions, &more)?;
    let mut rows = Rows::new();
    for line in output.lines() {
        if let Some((part, row)) = figures(line) {
            rows.insert(label(name, &part), row);
        } else {
            print::line(line);
        }
    }
    Ok(rows)
}

/// `name 5 {'direct P': 0.5, 'direct R': 0.6}`, as the scorer prints it.
fn figures(line: &str) -> Option<(String, Value)> {
    let (head, dict) = line.split_once(" {")?;
    let (name, questions) = head.split_once(' ')?;
    let mut row = dictionary(&format!("{{{dict}"))?;
    row["questions"] = json!(questions.parse::<u64>().ok()?);
    Some((name.to_owned(), row))
}
