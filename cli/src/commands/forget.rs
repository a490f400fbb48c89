//! `qf forget`: take a repository out of the index.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use clap::Args;
use qf_indexer::run::{self, Options};

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
    // The other repositories are written again, so they keep their vectors' model.
    let options = Options { embedder: qf_models::from_environment()?, ..Options::default() };
    let generation = run::forget(&context.home, &arguments.name, &options)?;
    if arguments.json {
        context
            .out
            .json(&serde_json::json!({ "forgotten": arguments.name, "generation": generation }))?;
    } else {
        context.out.line(format_args!(
            "Forgot {}; generation {generation} is published. Its sources were not touched.",
            arguments.name
        ))?;
    }
    Ok(Outcome::Done)
}
