//! `QF_EMBEDDER`: which model makes vectors and embeds questions.

use crate::support::{Run, Workspace, repositories};
use assert_cmd::Command;

fn run(workspace: &Workspace, embedder: &str, arguments: &[&str]) -> Run {
    let output = Command::new(crate::support::QF)
        .args(arguments)
        .env("QF_HOME", workspace.home())
        .env("NO_COLOR", "1")
        .env("QF_EMBEDDER", embedder)
        .env_remove("QF_EMBEDDER_KEY")
        .output()
        .expect("the binary runs");
    Run {
        code: output.status.code().expect("the binary exits"),
        stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
    }
}

#[test]
fn an_unknown_model_is_an_error_with_its_remedy() {
    let workspace = Workspace::empty();
    let folder = repositories()[0].display().to_string();
    for arguments in [&["index", &folder][..], &["ask", "who calls apply"], &["mcp"]] {
        let run = run(&workspace, "word2vec", arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("QF_EMBEDDER=word2vec"), "{}", run.stderr);
        assert!(run.stderr.contains("hint: set it to `static`"), "{}", run.stderr);
    }
}

#[test]
fn the_built_in_table_is_the_default() {
    let workspace = Workspace::empty();
    let folder = repositories()[0].display().to_string();
    run(&workspace, "static", &["index", "--quiet", &folder]).exits(0);
    let named = run(&workspace, "static", &["ask", "money comes back to a customer"]);
    assert!(!named.stderr.contains("only words"), "{}", named.stderr);
    let unset = run(&workspace, "", &["ask", "money comes back to a customer"]);
    // The last line tells the time it took.
    let items =
        |run: &Run| run.stdout.trim_end().rsplit_once('\n').map(|(head, _)| head.to_owned());
    assert_eq!(items(&named), items(&unset));
}

#[test]
fn a_model_that_cannot_be_had_says_what_to_do() {
    let workspace = Workspace::empty();
    let folder = repositories()[0].display().to_string();
    for embedder in ["fastembed:/there/is/no/model", "http:http://127.0.0.1:9/v1#m"] {
        let run = run(&workspace, embedder, &["index", &folder]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains("hint: "), "{}", run.stderr);
    }
}
