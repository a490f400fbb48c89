//! `qf codemod`: what rules of syntax would change, as a diff, and what they leave out. Nothing is
//! written: a plan with a `codemod` step does that, after somebody has approved it.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::plural;
use clap::Args;
use qf_agent::checkpoint::tree::shown;
use qf_agent::plan::edit::unified;
use qf_indexer::codemod::{Applied, CodemodError, LeftOut, apply_below};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Arguments of `qf codemod`.
#[derive(Debug, Args)]
pub struct CodemodArguments {
    /// The rules, as ast-grep has them: YAML with `id`, `language`, `rule` and `fix`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Files, folders and globs below the tree; without any, all of it
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// The folder that is looked at
    #[arg(long, value_name = "DIR", default_value = ".")]
    tree: PathBuf,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &CodemodArguments) -> Result<Outcome, CommandError> {
    let file = arguments.file.display();
    let text = std::fs::read_to_string(&arguments.file)
        .map_err(|error| CommandError::input(format!("{file}: {error}")))?;
    let applied = match apply_below(&arguments.tree, &arguments.paths, &text) {
        Ok(applied) => applied,
        Err(CodemodError::Rules { line, message }) => {
            return Err(CommandError::input(format!("{file}:{line}: {message}"))
                .hint("each rule has `id`, `language`, `rule` and `fix`; `---` is between two"));
        }
        Err(error) => return Err(error.into()),
    };
    let Applied { changes, left_out } = applied;
    let diffs = changes.iter().map(|change| unified(&change.path, &change.before, &change.text));
    if arguments.json {
        let files: Vec<Value> = changes
            .iter()
            .zip(diffs)
            .map(|(change, diff)| {
                json!({ "path": change.path, "changes": change.changes, "diff": diff })
            })
            .collect();
        let left_out: Vec<Value> = left_out.iter().map(as_json).collect();
        let tree = arguments.tree.display().to_string();
        let found = json!({ "version": 1, "tree": tree, "files": files, "left_out": left_out });
        context.out.json(&found)?;
        return Ok(Outcome::found(!changes.is_empty()));
    }
    for diff in diffs {
        context.out.bytes(diff.as_bytes())?;
    }
    if changes.is_empty() {
        context.messages.say("nothing matches");
    } else {
        let places: usize = changes.iter().map(|change| change.changes).sum();
        let places = plural(places as u64, "place");
        let files = plural(changes.len() as u64, "file");
        context.messages.say(format_args!("{places} in {files}; nothing was written"));
    }
    if !left_out.is_empty() {
        context.messages.say(format_args!("left out: {}", listed(&left_out)));
    }
    Ok(Outcome::found(!changes.is_empty()))
}

fn as_json(left_out: &LeftOut) -> Value {
    let LeftOut { reason, path, line } = left_out;
    json!({ "path": path, "line": line, "reason": reason })
}

/// What was left out, by reason: how much, and where the first of it is.
fn listed(left_out: &[LeftOut]) -> String {
    /// So many places are named.
    const SHOWN: usize = 3;
    let parts = left_out.chunk_by(|one, other| {
        (one.reason, one.line.is_some()) == (other.reason, other.line.is_some())
    });
    let parts = parts.map(|part| {
        let mut places: Vec<String> = part.iter().take(SHOWN).map(place).collect();
        if part.len() > SHOWN {
            places.push("…".to_owned());
        }
        let (number, places) = (part.len() as u64, places.join(", "));
        let what = match part.first() {
            Some(LeftOut { line: Some(_), .. }) => {
                format!("{} with syntax errors", plural(number, "match"))
            }
            Some(LeftOut { reason: "vendored", .. }) => {
                format!("{} as vendored", plural(number, "folder"))
            }
            Some(LeftOut { reason, .. }) => {
                format!("{} as {}", plural(number, "file"), reason.replace('_', " "))
            }
            None => String::new(),
        };
        format!("{what} ({places})")
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn place(left_out: &LeftOut) -> String {
    let path = shown(left_out.path.as_bytes());
    left_out.line.map_or_else(|| path.clone(), |line| format!("{path}:{line}"))
}

impl From<CodemodError> for CommandError {
    fn from(error: CodemodError) -> Self {
        let message = error.to_string();
        match error {
            CodemodError::Rules { .. } => {
                Self::input(message).hint("`qf codemod FILE` tries rules out")
            }
            CodemodError::Broken { .. } => Self::input(message)
                .hint("correct its `fix`, or narrow its `rule`; no file was changed"),
            CodemodError::Reindented { .. } => Self::input(message)
                .hint("a `fix` without `transform` keeps strings as they are; no file was changed"),
            CodemodError::Path { .. } => Self::input(message)
                .hint("paths are below the tree: files, folders or globs like `src/**/*.py`"),
            CodemodError::NotParsed { .. }
            | CodemodError::NotText { .. }
            | CodemodError::Io { .. }
            | CodemodError::Threads(_)
            | CodemodError::Internal { .. } => Self::input(message),
        }
    }
}
