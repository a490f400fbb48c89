//! Runs the binary in a workspace of its own.

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// The binary under test.
pub const QF: &str = env!("CARGO_BIN_EXE_qf");

/// The folder with the shop's repositories.
pub fn shop() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/shop");
    folder.canonicalize().expect("the corpus is part of the source tree")
}

/// The shop's repositories.
pub fn repositories() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(shop())
        .expect("the corpus can be listed")
        .map(|entry| entry.expect("the corpus can be listed").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// What a run of the binary gave.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Checks the exit code and gives standard output.
    #[track_caller]
    pub fn exits(self, code: i32) -> String {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self.stdout
    }

    /// Checks the exit code and reads standard output as JSON.
    #[track_caller]
    pub fn json(self, code: i32) -> Value {
        serde_json::from_str(&self.exits(code)).expect("standard output is JSON")
    }

    /// Checks the exit code and reads standard output as JSON Lines.
    #[track_caller]
    pub fn json_lines(self, code: i32) -> Vec<Value> {
        self.exits(code)
            .lines()
            .map(|line| serde_json::from_str(line).expect("each line is JSON"))
            .collect()
    }
}

/// A workspace in a temporary folder.
pub struct Workspace {
    pub folder: TempDir,
}

impl Workspace {
    /// An empty workspace.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A workspace with the shop in it, for this test alone.
    pub fn with_shop() -> Self {
        let workspace = Self::empty();
        workspace.index_shop();
        workspace
    }

    pub fn index_shop(&self) -> Run {
        let mut arguments = vec!["index".to_owned(), "--quiet".to_owned()];
        arguments.extend(repositories().iter().map(|path| path.display().to_string()));
        let run = self.run(&arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run
    }

    /// The home folder.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Runs the binary in it.
    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Run {
        run_in(&self.home(), arguments)
    }
}

/// Runs the binary with a home.
pub fn run_in<S: AsRef<std::ffi::OsStr>>(home: &Path, arguments: &[S]) -> Run {
    let output = Command::new(QF)
        .args(arguments)
        .env("QF_HOME", home)
        .env("NO_COLOR", "1")
        .output()
        .expect("the binary runs");
    Run {
        code: output.status.code().expect("the binary exits"),
        stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
    }
}

/// A workspace with the shop that all tests share; nobody may change it.
pub fn shared() -> &'static Workspace {
    static SHARED: OnceLock<Workspace> = OnceLock::new();
    SHARED.get_or_init(Workspace::with_shop)
}

/// Fails when everything is required, else says why a test is skipped.
pub fn skip(why: &str) {
    assert!(std::env::var_os("QF_REQUIRE_ALL").is_none_or(|value| value != "1"), "{why}");
    eprintln!("skipped: {why}");
}
