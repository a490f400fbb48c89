//! `qf codemod`: what rules of syntax would change, as a diff. Nothing is written: a plan with a
//! `codemod` step does that, after somebody has approved it.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::plural;
use clap::Args;
use qf_agent::plan::edit::unified;
use qf_indexer::codemod::{CodemodError, apply_below};
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
    let changes = match apply_below(&arguments.tree, &arguments.paths, &text) {
        Ok(changes) => changes,
        Err(CodemodError::Rules { line, message }) => {
            return Err(CommandError::input(format!("{file}:{line}: {message}"))
                .hint("each rule has `id`, `language`, `rule` and `fix`; `---` is between two"));
        }
        Err(error) => return Err(error.into()),
    };
    let diffs = changes.iter().map(|change| unified(&change.path, &change.before, &change.text));
    if arguments.json {
        let files: Vec<Value> = changes
            .iter()
            .zip(diffs)
            .map(|(change, diff)| {
                json!({ "path": change.path, "changes": change.changes, "diff": diff })
            })
            .collect();
        let tree = arguments.tree.display().to_string();
        context.out.json(&json!({ "version": 1, "tree": tree, "files": files }))?;
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
    Ok(Outcome::found(!changes.is_empty()))
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
