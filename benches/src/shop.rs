//! The shipped corpus against its expected facts.
//!
//! `corpora/shop/expected.toml` lists edges and links that must be found and others that must not.
//! Level 1 facts and absences are required; level 2 facts (deeper inference) are counted.

use crate::{Arguments, Outcome, binary, print, workspace};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

type Error = Box<dyn std::error::Error>;

/// One expected fact that does not hold.
struct Miss {
    level: i64,
    text: String,
}

/// Indexes the corpus with the binary and reports what differs; fails when a required fact does.
pub fn run(arguments: &Arguments) -> Outcome {
    let qf = binary(arguments)?;
    let corpus = workspace().join("corpora/shop");
    let home = std::env::temp_dir().join(format!("qf-shop-{}", std::process::id()));
    let mut repositories: Vec<_> = std::fs::read_dir(&corpus)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    repositories.sort();
    let status = Command::new(&qf)
        .env("QF_HOME", &home)
        .args(["index", "--quiet", "--no-vectors"])
        .args(&repositories)
        .stdout(std::process::Stdio::null())
        .status()?;
    if !status.success() {
        return Err("qf index failed".into());
    }
    let edges = rows(&qf, &home, &["export", "edges", "--min-tier", "likely"])?;
    let links = rows(&qf, &home, &["export", "links"])?;
    let expected: toml::Value =
        toml::from_str(&std::fs::read_to_string(corpus.join("expected.toml"))?)?;
    let (total, misses) = compare(&expected, &edges, &links);
    std::fs::remove_dir_all(&home)?;
    let required = misses.iter().filter(|miss| miss.level == 1).count();
    for miss in &misses {
        print::line(&format!("level {}: {}", miss.level, miss.text));
    }
    print::line(&format!(
        "{total} facts, {required} required ones do not hold, {} deeper ones",
        misses.len() - required
    ));
    if required > 0 && arguments.flag("--strict") {
        return Err("required facts of the corpus do not hold".into());
    }
    Ok(())
}

fn rows(
    qf: &std::path::Path,
    home: &std::path::Path,
    arguments: &[&str],
) -> Result<Vec<Value>, Error> {
    let output = Command::new(qf).env("QF_HOME", home).args(arguments).output()?;
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn place(repository: &Value, file: &Value, line: &Value) -> String {
    format!(
        "{}/{}:{}",
        repository.as_str().unwrap_or_default(),
        file.as_str().unwrap_or_default(),
        line.as_u64().unwrap_or_default()
    )
}

fn compare(expected: &toml::Value, edges: &[Value], links: &[Value]) -> (usize, Vec<Miss>) {
    let mut found: BTreeSet<(String, String, String)> = BTreeSet::new();
    let mut add = |kind: &Value, row: &Value| {
        found.insert((
            kind.as_str().unwrap_or_default().to_owned(),
            place(&row["caller_repo"], &row["caller_file"], &row["caller_line"]),
            place(&row["callee_repo"], &row["callee_file"], &row["callee_line"]),
        ));
    };
    for row in edges {
        add(&row["kind"], row);
    }
    let mut joined: BTreeSet<(String, String, String)> = BTreeSet::new();
    for row in links {
        let channel = row["channel"].as_str().unwrap_or("package").to_owned();
        if row["consumer"].is_string() {
            joined.insert((
                channel,
                place(&row["consumer"], &row["caller_file"], &row["line"]),
                place(&row["provider"], &row["callee_file"], &row["callee_line"]),
            ));
        } else {
            joined.insert((
                channel,
                place(&row["client_repo"], &row["client_file"], &row["client_line"]),
                place(&row["server_repo"], &row["server_file"], &row["server_line"]),
            ));
        }
    }
    let mut misses = Vec::new();
    let mut total = 0;
    let mut check =
        |table: &str, wanted: bool, key: &str, set: &BTreeSet<(String, String, String)>| {
            for entry in expected.get(table).and_then(toml::Value::as_array).into_iter().flatten() {
                total += 1;
                let text = |name: &str| {
                    entry.get(name).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
                };
                let row = (text(key), text("from"), text("to"));
                if set.contains(&row) != wanted {
                    misses.push(Miss {
                        level: entry.get("level").and_then(toml::Value::as_integer).unwrap_or(1),
                        text: format!(
                            "{table} {} {} {} → {} {}",
                            row.0,
                            row.1,
                            text("from_name"),
                            row.2,
                            text("to_name")
                        ),
                    });
                }
            }
        };
    check("edge", true, "kind", &found);
    check("absent", false, "kind", &found);
    check("link", true, "channel", &joined);
    check("absent_link", false, "channel", &joined);
    (total, misses)
}
