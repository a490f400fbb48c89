//! Links: from the call of a client to the handler that serves it, and from one repository into
//! the packages of another.
//!
//! The repositories of a system (a front end and one back end, or the services of one repository)
//! are indexed together and alone. Systems and pairs of repositories without sources are taken out
//! of the truth, so that nothing is judged that could not be found.

use super::{Bench, Error, Rows, Score, Section, dictionary, label, marks, read, rows, text};
use crate::print;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The table of HTTP links.
pub(super) const SECTION: Section = Section {
    name: "links",
    title: "HTTP links",
    about: "Calls of clients and the handlers that serve them, from `qf export links`; every \
            system is indexed alone.",
    columns: COLUMNS,
    scores: |_| Ok(HTTP.map(|name| Score::new(name, move |bench| http(bench, name))).into()),
};

/// The table of links into packages.
pub(super) const PACKAGES: Section = Section {
    name: "packages",
    title: "Links into packages",
    about: "Calls from one repository of definitions in another that provides its package, from \
            `qf export links`, for the pairs of repositories that the truth has; all repositories \
            are indexed together.",
    columns: COLUMNS,
    scores: |_| Ok(vec![Score::new("packages", packages)]),
};

const COLUMNS: &[(&str, &str)] =
    &[("required", "/required"), ("precision", "/precision"), ("recall", "/recall"), ("F1", "/f1")];

/// The systems whose services talk by HTTP.
const HTTP: [&str; 2] = ["realworld", "microservices_http"];

fn http(bench: &Bench, name: &str) -> Result<Rows, Error> {
    let all = rows(&read(&bench.truth.join("links").join(format!("{name}.jsonl")))?)?;
    let mut systems: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in all {
        systems.entry(text(&row, "system").to_owned()).or_default().push(row);
    }
    let (mut truth, mut predictions) = (Vec::new(), Vec::new());
    for (number, (system, expected)) in systems.into_iter().enumerate() {
        match exported(bench, &format!("{name}/{number}"), &expected) {
            Ok(links) => {
                predictions.extend(links);
                truth.extend(expected);
            }
            Err(error) => print::line(&format!("{system}: skipped, {error}")),
        }
    }
    judge(bench, name, &truth, &predictions)
}

/// The links that `qf` exports for the repositories of a system.
fn exported(bench: &Bench, name: &str, expected: &[Value]) -> Result<Vec<Value>, Error> {
    let folders = sources(bench, expected, ["client_repo", "server_repo"])?;
    let index = bench.index(name, &folders)?;
    let mut links = index.rows(&["export", "links", "--channel", "http"])?;
    for link in &mut links {
        name_in_full(link, ["client_repo", "server_repo"]);
    }
    Ok(links)
}

/// Links into packages. The scorer counts every prediction: those between repositories for which
/// there is no truth (flask into werkzeug) are left out before, and a pair of caller and callee is
/// one prediction however many sites it has, as it is one row of the truth.
fn packages(bench: &Bench) -> Result<Rows, Error> {
    const ENDS: [&str; 2] = ["consumer", "provider"];
    let mut truth = rows(&read(&bench.truth.join("links/packages.jsonl"))?)?;
    truth.retain(|row| ENDS.iter().all(|end| bench.source(text(row, end)).is_ok()));
    let pair = |row: &Value| ENDS.map(|end| text(row, end).to_owned());
    let pairs: BTreeSet<[String; 2]> = truth.iter().map(pair).collect();
    let index = bench.index("packages", &sources(bench, &truth, ENDS)?)?;
    let mut links = index.rows(&["export", "links", "--channel", "package", "--kind", "calls"])?;
    let mut known = BTreeSet::new();
    links.retain_mut(|link| {
        name_in_full(link, ENDS);
        for of_the_site in ["line", "package", "tier", "rule"] {
            link[of_the_site] = Value::Null;
        }
        pairs.contains(&pair(link)) && known.insert(link.to_string())
    });
    judge(bench, "packages", &truth, &links)
}

/// The folders of all repositories that are named at these keys.
fn sources(bench: &Bench, rows: &[Value], keys: [&str; 2]) -> Result<Vec<PathBuf>, Error> {
    let names: BTreeSet<&str> =
        rows.iter().flat_map(|row| keys.map(|key| text(row, key))).collect();
    names.into_iter().map(|name| bench.source(name)).collect()
}

/// A repository is called like its folder, `owner+name`; the truth says `owner/name`.
fn name_in_full(row: &mut Value, keys: [&str; 2]) {
    for key in keys {
        row[key] = json!(text(row, key).replace('+', "/"));
    }
}

fn judge(bench: &Bench, name: &str, truth: &[Value], predictions: &[Value]) -> Result<Rows, Error> {
    if truth.is_empty() {
        return Err("no sources".into());
    }
    let truth = bench.rows_to(name, "truth.jsonl", truth)?;
    let predictions = bench.rows_to(name, "links.jsonl", predictions)?;
    let output = bench.scorer("score_links.py", &truth, &predictions, &["--show", &bench.show])?;
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

/// `name {'tp': 2, 'fn': 1} P 1.0000 R 0.6667 F1 0.8000`, as the scorer prints it. The name is
/// `client|server`, or `('consumer', 'provider')`.
fn figures(line: &str) -> Option<(String, Value)> {
    let (name, rest) = line.split_once('{')?;
    let (counts, tail) = rest.split_once("} P ")?;
    let counts = dictionary(&format!("{{{counts}}}"))?;
    let count = |key: &str| counts[key].as_u64().unwrap_or(0);
    let mut row = marks(tail)?;
    row["required"] = json!(count("tp") + count("fn"));
    row["found"] = json!(count("tp"));
    row["false"] = json!(count("fp"));
    let ends: Vec<&str> =
        name.split(['|', ',']).map(|end| end.trim_matches(['(', ')', '\'', ' '])).collect();
    Some((ends.join(" → "), row))
}

#[cfg(test)]
mod tests {
    use super::figures;

    #[test]
    fn lines_of_the_scorer_become_rows() {
        let (name, row) = figures("front|back      {'tp': 2, 'fn': 1} P 1.0000 R 0.6667 F1 0.8000")
            .expect("a row");
        assert_eq!(
            (name.as_str(), &row["required"], &row["false"]),
            ("front → back", &3.into(), &0.into())
        );
        assert_eq!(row["recall"], 0.6667);
        let pair = figures("('a/b', 'c/d') {'fp': 1} P 0.0000 R 0.0000 F1 0.0000");
        assert_eq!(pair.expect("a row").0, "a/b → c/d");
        assert!(figures("FP {'client_repo': 'a/b'}").is_none());
    }
}
