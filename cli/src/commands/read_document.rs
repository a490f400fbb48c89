//! `qf read-document`: a PDF, a docx or a page of HTML as text, in a process that may fail.
//!
//! `qf load` calls it for every document; nobody else has a use for it, since what it writes is
//! meant for that. Why it is a command is told in [`qf_agent::session::read`].

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use clap::Args;
use qf_agent::session::read::{self, Kind, ReadError};
use std::path::PathBuf;

/// Arguments of `qf read-document`.
#[derive(Debug, Args)]
pub struct ReadDocumentArguments {
    /// What it is: html, docx or pdf
    #[arg(value_parser = kind)]
    kind: Kind,
    /// The document
    file: PathBuf,
}

/// Runs it.
pub fn run(
    context: &mut Context,
    arguments: &ReadDocumentArguments,
) -> Result<Outcome, CommandError> {
    read::limit()?;
    read::serve(arguments.kind, &arguments.file, context.out.writer())?;
    Ok(Outcome::Done)
}

fn kind(name: &str) -> Result<Kind, String> {
    Kind::from_name(name)
        .filter(|kind| kind.is_document())
        .ok_or_else(|| "documents are html, docx and pdf".to_owned())
}

impl From<ReadError> for CommandError {
    fn from(error: ReadError) -> Self {
        let hint = error.hint();
        let error = Self::input(error.to_string());
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}
