//! The local model: what may be missing, and the real thing where it is installed.
#![cfg(feature = "fastembed")]

use qf_graph::embed::Embedder;
use qf_models::fastembed::LocalModel;
use std::path::{Path, PathBuf};

#[test]
fn a_missing_model_is_an_error_with_its_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = LocalModel::open(folder.path(), None).err().expect("an error");
    assert!(error.message.contains("model.onnx"), "{error}");
    assert!(error.hint.contains("tokenizer.json"), "{}", error.hint);
    std::fs::write(folder.path().join("model.onnx"), "no model").expect("written");
    let error = LocalModel::open(folder.path(), None).err().expect("an error");
    assert!(error.message.contains("tokenizer.json"), "{error}");
}

fn folder_with_files() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("model.onnx"), "no model").expect("written");
    std::fs::write(folder.path().join("tokenizer.json"), "{}").expect("written");
    folder
}

#[test]
fn a_missing_library_is_an_error_with_its_remedy() {
    let folder = folder_with_files();
    let library = folder.path().join("libonnxruntime.so");
    let error = LocalModel::open(folder.path(), Some(&library)).err().expect("an error");
    assert!(error.message.contains("there is no ONNX Runtime library"), "{error}");
    assert!(error.hint.contains("ORT_DYLIB_PATH"), "{}", error.hint);
}

#[test]
fn what_is_no_library_is_an_error() {
    let Some((library, _)) = installed("what_is_no_library_is_an_error") else {
        // Nothing is loaded in this process, so the loader is really asked.
        let folder = folder_with_files();
        let library = folder.path().join("libonnxruntime.so");
        std::fs::write(&library, "no library").expect("written");
        let error = LocalModel::open(folder.path(), Some(&library)).err().expect("an error");
        assert!(error.message.contains("cannot be loaded"), "{error}");
        return;
    };
    // A real library, but no model.
    let folder = folder_with_files();
    let error = LocalModel::open(folder.path(), Some(&library)).err().expect("an error");
    assert!(error.message.contains("cannot open model"), "{error}");
}

/// Library and model, from QF_TEST_ONNXRUNTIME and QF_TEST_MODEL.
fn installed(test: &str) -> Option<(PathBuf, PathBuf)> {
    let path = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let (Some(library), Some(model)) = (path("QF_TEST_ONNXRUNTIME"), path("QF_TEST_MODEL")) {
        return Some((library, model));
    }
    let reason = "QF_TEST_ONNXRUNTIME and QF_TEST_MODEL are not set (.ci/models.sh sets them)";
    assert!(std::env::var_os("QF_REQUIRE_ALL").is_none_or(|v| v != "1"), "{test}: {reason}");
    skipped(test, reason);
    None
}

#[expect(clippy::print_stderr, reason = "a test that does not run says so")]
fn skipped(test: &str, reason: &str) {
    eprintln!("skipped: {test}: {reason}");
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn a_real_model_embeds() {
    let Some((library, folder)) = installed("a_real_model_embeds") else { return };
    let model = LocalModel::open(&folder, Some(&library)).expect("a model");
    assert_eq!(model.dimensions(), 384);
    assert!(model.name().starts_with("onnx:"), "{}", model.name());
    let texts: Vec<String> = [
        "delete user account\nfn delete_account(user: &User) { users.remove(user.id) }",
        "parse date\nfn parse_date(text: &str) -> Date { Date::from_iso(text) }",
        "retry request\nfn retry(request: Request) { for _ in 0..3 { send(request) } }",
    ]
    .map(str::to_owned)
    .to_vec();
    let documents = model.documents(&texts).expect("vectors");
    for (question, expected) in [
        ("remove an account of somebody", 0),
        ("read a calendar day from a string", 1),
        ("try to send again after a failure", 2),
    ] {
        let query = model.query(question).expect("a vector");
        assert!((cosine(&query, &query) - 1.0).abs() < 1e-4, "a unit vector");
        let scores: Vec<f32> = documents.iter().map(|d| cosine(&query, d)).collect();
        let best = (0..3).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).expect("three");
        assert_eq!(best, expected, "{question}: {scores:?}");
    }
    // Neither the other texts nor the number of sessions changes a vector.
    let alone = model.documents(&texts[..1]).expect("a vector");
    assert_eq!(alone[0], documents[0]);
    assert_eq!(model.documents(&[String::new()]).expect("of an empty text")[0].len(), 384);
    let long = "word ".repeat(20_000);
    assert_eq!(model.documents(&[long]).expect("of a long text")[0].len(), 384);
}

#[test]
fn the_environment_chooses() {
    let error = qf_models::select("fastembed:/there/is/no/such/folder").err().expect("an error");
    assert!(error.message.contains(&Path::new("/there/is/no").display().to_string()), "{error}");
}
