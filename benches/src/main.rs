//! `cargo xtask`: measures that are committed, and the corpora they are made on.
//!
//! - `score --truth DIR --sources DIR`: accuracy against third-party ground truth;
//! - `rank --truth DIR --sources DIR`: order of searches, and what each sign adds to it;
//! - `questions`: the corpus of questions, what is answered rightly and how fast;
//! - `latency`: how long every type of question takes, also on a graph of five million edges;
//! - `fresh`: how long after a change answers see it, and everything at once for ten minutes;
//! - `scale --tree DIR`: how cost grows with code, up to tens of millions of lines;
//! - `agent`: what phases over layers, the ledgers and loaded logs cost;
//! - `checkpoint`: what checkpoints and rollbacks of fifty thousand files cost;
//! - `train-embeddings --cache DIR --out DIR`: makes the built-in table of word vectors anew;
//! - `corpora`: fetches pinned packages from their registries;
//! - `bench`: speed and memory of whole commands, next to parsing alone (`--linking`: only what
//!   linking many repositories costs);
//! - `parse PATH…`: parses the files that would be indexed and does nothing else;
//! - `shop`: checks the shipped corpus against its expected facts.
//!
//! Results go to `benches/results/` and are reviewed in diffs like code.

#[cfg(unix)]
mod agent;
#[cfg(unix)]
mod checkpoint;
mod corpora;
mod fresh;
mod latency;
mod measure;
mod questions;
mod ranking;
mod scale;
mod score;
mod shop;

use std::path::PathBuf;
use std::process::ExitCode;

/// What every task returns.
pub type Outcome = Result<(), Box<dyn std::error::Error>>;

/// `--name value` arguments.
pub struct Arguments(Vec<String>);

impl Arguments {
    /// The value after `--name`.
    pub fn value(&self, name: &str) -> Option<&str> {
        let at = self.0.iter().position(|argument| argument == name)?;
        self.0.get(at + 1).map(String::as_str)
    }

    /// Whether `--name` is given.
    pub fn flag(&self, name: &str) -> bool {
        self.0.iter().any(|argument| argument == name)
    }

    /// The value after `--name`, as a path.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.value(name).map(PathBuf::from)
    }
}

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().map(PathBuf::from).unwrap_or_default()
}

/// The `qf` binary to measure: `--qf`, or the release build of this workspace (built when needed).
pub fn binary(arguments: &Arguments) -> Result<PathBuf, Box<dyn std::error::Error>> {
    if let Some(path) = arguments.path("--qf") {
        return Ok(path);
    }
    let status = std::process::Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--package", "qf"])
        .current_dir(workspace())
        .status()?;
    if !status.success() {
        return Err("building qf failed".into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace().join("target"), PathBuf::from);
    Ok(target.join("release/qf"))
}

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let task = if arguments.is_empty() { String::new() } else { arguments.remove(0) };
    let arguments = Arguments(arguments);
    let outcome = match task.as_str() {
        "score" => score::run(&arguments),
        #[cfg(unix)]
        "checkpoint" => checkpoint::run(&arguments),
        #[cfg(unix)]
        "agent" => agent::run(&arguments),
        "corpora" => corpora::run(&arguments),
        "bench" => measure::run(&arguments),
        "train-embeddings" => train(&arguments),
        "latency" => latency::run(&arguments),
        "fresh" => fresh::run(&arguments),
        "scale" => scale::run(&arguments),
        "questions" => questions::run(&arguments),
        "rank" => ranking::run(&arguments),
        "shop" => shop::run(&arguments),
        "parse" => measure::parse_only(&arguments.0),
        _ => Err(
            "usage: cargo xtask score|rank|questions|latency|fresh|scale|checkpoint|agent|train-embeddings|corpora|bench|shop"
                .into(),
        ),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print::line(&format!("error: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Runs the recipe of the built-in table (`benches/train`), which needs Python and its requirements.
fn train(arguments: &Arguments) -> Outcome {
    let folder = workspace().join("benches/train");
    let status = std::process::Command::new("python3")
        .arg(folder.join("train_embeddings.py"))
        .args(&arguments.0)
        .env("OMP_NUM_THREADS", "1")
        .env("OPENBLAS_NUM_THREADS", "1")
        .status()?;
    if status.success() {
        return Ok(());
    }
    let requirements = folder.join("requirements.txt");
    Err(format!("training failed; it needs `pip install -r {}`", requirements.display()).into())
}

/// The one place that prints.
pub mod print {
    use std::io::Write;

    /// One line on standard output.
    pub fn line(text: &str) {
        // A closed pipe is the reader's business.
        let _ = writeln!(std::io::stdout(), "{text}");
    }
}
