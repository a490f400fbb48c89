//! Every language's Markdown suites: `src/languages/<language>/tests/*.md`.
//!
//! A suite holds sections (`# title`). A section holds source fences, whose info string is
//! `<language> path=<path>`, and a `facts` fence of expected lines in the format of
//! `qf_indexer::extract::dump` — each must be among the facts of the fence above it; a line that
//! begins with `!` must not be.

use qf_indexer::{extract::dump, languages, parse};
use std::fmt::Write as _;
use std::path::Path;

struct Fence {
    info: String,
    text: String,
    line: usize,
}

fn fences(markdown: &str) -> Vec<Fence> {
    let mut fences = Vec::new();
    let mut open: Option<Fence> = None;
    for (number, line) in markdown.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Fence { info: info.to_owned(), text: String::new(), line: number + 1 });
            }
            (Some(_), Some("")) => fences.extend(open.take()),
            (Some(fence), _) => {
                fence.text.push_str(line);
                fence.text.push('\n');
            }
            (None, None) => {}
        }
    }
    fences
}

fn check_suite(path: &Path, failures: &mut String) -> usize {
    let text = std::fs::read_to_string(path).expect("the suite is readable");
    let mut checked = 0;
    let mut facts: Vec<String> = Vec::new();
    for fence in fences(&text) {
        if fence.info.starts_with("facts") {
            for expected in fence.text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                checked += 1;
                let (wanted, line) = match expected.strip_prefix('!') {
                    Some(rest) => (false, rest.trim()),
                    None => (true, expected),
                };
                if facts.iter().any(|fact| fact == line) != wanted {
                    let _ = writeln!(
                        failures,
                        "{}:{}: {} `{line}`\n    facts:\n      {}",
                        path.display(),
                        fence.line,
                        if wanted { "missing" } else { "unexpected" },
                        facts.join("\n      ")
                    );
                }
            }
        } else if let Some((language, file)) = fence.info.split_once(" path=") {
            let Some(language) = languages::by_name(language) else {
                let _ = writeln!(failures, "{}: no language {language}", path.display());
                continue;
            };
            facts = dump::lines(&parse::facts(language, file, &fence.text));
        }
    }
    checked
}

#[test]
fn markdown_suites() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/languages");
    let mut failures = String::new();
    let only = std::env::var("QF_LANGUAGE").ok();
    for language in languages::LANGUAGES {
        if only.as_deref().is_some_and(|only| only != language.name()) {
            continue;
        }
        let tests = folder.join(language.name()).join("tests");
        let mut checked = 0;
        if let Ok(entries) = std::fs::read_dir(&tests) {
            let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            paths.sort();
            for path in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "md")) {
                checked += check_suite(path, &mut failures);
            }
        }
        if checked == 0 {
            let _ = writeln!(failures, "{} has no test in {}", language.name(), tests.display());
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn no_prefix_of_a_file_panics() {
    // Truncated files are what editors save and what ERROR nodes come from.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/languages");
    let only = std::env::var("QF_LANGUAGE").ok();
    for language in languages::LANGUAGES {
        if only.as_deref().is_some_and(|only| only != language.name()) {
            continue;
        }
        let Ok(entries) = std::fs::read_dir(folder.join(language.name()).join("tests")) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            let text = std::fs::read_to_string(&path).expect("the suite is readable");
            for fence in fences(&text) {
                let Some((name, file)) = fence.info.split_once(" path=") else { continue };
                if name != language.name() {
                    continue;
                }
                let step = (fence.text.len() / 40).max(1);
                for end in (0..fence.text.len()).step_by(step) {
                    if fence.text.is_char_boundary(end) {
                        let facts = parse::facts(*language, file, &fence.text[..end]);
                        assert!(
                            !facts.problems.iter().any(|problem| {
                                problem.kind == qf_graph::facts::ProblemKind::Internal
                            }),
                            "{} panics on the first {end} bytes of a fence of {}",
                            language.name(),
                            path.display()
                        );
                    }
                }
            }
        }
    }
}
