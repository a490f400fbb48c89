//! `qf`: people and wires.
//!
//! Everything that is known is made by the indexer and kept in the graph; questions are answered
//! by the query crate. This binary reads arguments, calls them and writes down what they return:
//! as text for people, as JSON for programs, over MCP for agents. It is the only place that knows
//! a terminal. Each command is one file in [`commands`].
//!
//! Exit codes: 0 found or done, 1 nothing found, 2 wrong usage or input, 3 done in part (something
//! is damaged).

mod args;
#[cfg(unix)]
mod chat;
mod commands;
mod context;
mod editor;
mod error;
#[cfg(feature = "llm")]
mod llm;
#[cfg(unix)]
mod loaded;
mod mcp;
mod names;
mod output;
mod signals;
mod statistics;

use args::Arguments;
use clap::Parser;
use context::Context;
use error::{CommandError, ErrorKind, Outcome};
use output::{Messages, Output};
use qf_graph::store::Home;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let messages = Messages::new(arguments.global.color);
    match run(arguments, messages) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            tell(messages, &error);
            ExitCode::from(error.code())
        }
    }
}

/// Says what went wrong, when there is anybody to hear it.
fn tell(messages: Messages, error: &CommandError) {
    if error.kind != ErrorKind::ClosedOutput {
        messages.error(&error.message);
        for hint in &error.hints {
            messages.hint(hint);
        }
    }
}

/// Carries a command out, with an output of its own.
fn run(arguments: Arguments, messages: Messages) -> Result<u8, CommandError> {
    let home = match arguments.global.home {
        Some(folder) => Home::new(std::path::absolute(&folder).unwrap_or(folder)),
        None => Home::from_environment().ok_or_else(|| {
            CommandError::input("no folder for the index: HOME is not set")
                .hint("give one with `--home DIR` or QF_HOME")
        })?,
    };
    if arguments.global.at.is_some() && !arguments.command.answers() {
        return Err(CommandError::input("`--at` is for commands that answer from the index"));
    }
    if matches!(&arguments.command, args::Command::Mcp(mcp) if mcp.serves()) {
        // The transport writes from a thread of its own: `Output` would hold the lock.
        mcp::serve(&home)?;
        return Ok(Outcome::Done.code());
    }
    #[cfg(unix)]
    if let args::Command::Chat(chat) = &arguments.command {
        // Its commands take standard output one after the other.
        let color = arguments.global.color;
        return chat::run(home, color, arguments.global.at, chat, messages);
    }
    let mut context = Context::new(home, Output::new(arguments.global.color), messages);
    context.at = arguments.global.at;
    let outcome = commands::run(&mut context, arguments.command)?;
    context.out.flush()?;
    Ok(context.outcome(outcome).code())
}
