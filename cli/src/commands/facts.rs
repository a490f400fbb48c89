//! `qf facts`: what one source file says, before anything is bound.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use clap::Args;
use qf_indexer::extract::dump;
use qf_indexer::{languages, parse, walk};
use std::path::PathBuf;

/// Arguments of `qf facts`.
#[derive(Debug, Args)]
pub struct FactsArguments {
    /// A source file on disk; no index is needed
    pub file: PathBuf,
    /// Print them as JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &FactsArguments) -> Result<Outcome, CommandError> {
    let path = arguments.file.to_string_lossy().replace('\\', "/");
    let unclaimed = || CommandError::input(format!("no language claims {path}"));
    if languages::for_path(&path).is_none() && !languages::may_be_script(&path) {
        return Err(unclaimed());
    }
    let bytes = std::fs::read(&arguments.file)
        .map_err(|error| CommandError::input(format!("{path}: {error}")))?;
    let text = walk::text(&path, &bytes).map_err(|reason| {
        CommandError::input(format!("{path} would be skipped: {}", reason.replace('_', " ")))
    })?;
    let language = languages::for_file(&path, &text).ok_or_else(unclaimed)?;
    let facts = parse::facts(language, &path, &text);
    if arguments.json {
        context.out.json(&facts)?;
    } else {
        context.out.lines(dump::lines(&facts))?;
    }
    Ok(Outcome::Done)
}
