//! `qf forget`: take a repository out of the index.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use clap::Args;
use qf_indexer::run;

/// Arguments of `qf forget`.
#[derive(Debug, Args)]
pub struct ForgetArguments {
    /// Name of the repository
    #[arg(value_name = "REPO")]
    pub name: String,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &ForgetArguments) -> Result<Outcome, CommandError> {
    let generation = run::forget(&context.home, &arguments.name)?;
    if arguments.json {
        context.out.json(
            &serde_json::json!({ "forgotten": arguments.name, "generation": generation }),
        )?;
    } else {
        context.out.line(format_args!(
            "Forgot {}; generation {generation} is published. Its sources were not touched.",
            arguments.name
        ))?;
    }
    Ok(Outcome::Done)
}
