//! `qf demo`: a first look, on a small made-up shop of seven repositories.

use crate::commands::index;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::answer::{self, Look};
use crate::output::progress::Reporter;
use clap::Args;
use qf_graph::Snapshot;
use qf_graph::store::Home;
use qf_indexer::run::{self, Options};
use qf_query::Answer;
use std::path::PathBuf;

/// Arguments of `qf demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Folder with the example repositories [default: the source tree's corpora/shop]
    #[arg(value_name = "PATH")]
    pub corpus: Option<PathBuf>,
}

/// A folder that is removed when the demo ends.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Result<Self, CommandError> {
        let folder = std::env::temp_dir().join(format!("qf-demo-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Nothing depends on it; the system empties its temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

type Ask = fn(&Snapshot) -> Answer;

/// What is asked, and how a person would ask it.
const QUESTIONS: [(&str, Ask); 3] = [
    ("qf ask \"functions that update user balance\"", |snapshot| {
        qf_query::ask(snapshot, "functions that update user balance", &qf_query::Options::default())
    }),
    ("qf callers formatMoney", |snapshot| {
        qf_query::callers(snapshot, "formatMoney", &qf_query::Options::default())
    }),
    ("qf tests Ledger.apply", |snapshot| {
        qf_query::tests(snapshot, "Ledger.apply", &qf_query::Options::default())
    }),
];

/// Runs it.
pub fn run(context: &mut Context, arguments: &DemoArguments) -> Result<Outcome, CommandError> {
    let corpus = corpus(arguments)?;
    let temporary = Temporary::new()?;
    let home = Home::new(&temporary.0);
    let paint = context.out.paint;
    context.out.line(paint.bold(format_args!("$ qf index {}", corpus.display())))?;
    context.out.flush()?;
    let reporter = Reporter::new(context.messages, false);
    let options = Options::default();
    let report = run::index(&home, &repositories(&corpus)?, &options, &reporter)?;
    let snapshot = Snapshot::open(&home)?;
    index::print(context, &snapshot, &report, false)?;
    for (command, ask) in QUESTIONS {
        context.out.line("")?;
        context.out.line(paint.bold(format_args!("$ {command}")))?;
        let answer = ask(&snapshot);
        answer::print(&mut context.out, &snapshot, &answer, Look::default())?;
    }
    context.out.line("")?;
    context.out.line("Now with your own code:")?;
    context.out.line(
        "  qf index ~/code/*          read your repositories; nothing is written into them",
    )?;
    context
        .out
        .line("  qf ask \"who calls …\"       ask; `qf why A B` shows what proves an edge")?;
    context.out.line("  qf watch                   keep the graph fresh")?;
    context.out.line("  qf mcp                     serve a coding agent")?;
    Ok(Outcome::Done)
}

fn corpus(arguments: &DemoArguments) -> Result<PathBuf, CommandError> {
    if let Some(corpus) = &arguments.corpus {
        return Ok(corpus.clone());
    }
    let built = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../corpora/shop"));
    let candidates = [built, PathBuf::from("corpora/shop")];
    candidates
        .iter()
        .find(|folder| folder.is_dir())
        .map(|folder| folder.canonicalize().unwrap_or_else(|_| folder.clone()))
        .ok_or_else(|| {
            CommandError::input("the example repositories are not here")
                .hint("run it in qf's source tree, or give their folder: `qf demo PATH`")
        })
}

/// The folders of the corpus: they are plain folders, not git repositories.
fn repositories(corpus: &PathBuf) -> Result<Vec<PathBuf>, CommandError> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(corpus)? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}
