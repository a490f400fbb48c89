//! `qf completions`: a completion script.

use crate::args::Arguments;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Arguments of `qf completions`.
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell
    pub shell: Shell,
}

/// Runs it.
pub fn run(
    context: &mut Context,
    arguments: &CompletionsArguments,
) -> Result<Outcome, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "qf", &mut script);
    context.out.bytes(&script)?;
    Ok(Outcome::Done)
}
