//! `qf forget`: take a repository out of the index.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::plural;
use clap::Args;
use qf_graph::store::manifest::Manifest;
use qf_indexer::run::{self, Options};

/// Arguments of `qf forget`.
#[derive(Debug, Args)]
pub struct ForgetArguments {
    /// Name of the repository, its views with it; `NAME@REV` drops one view
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
    let before = Manifest::readable_views(&context.home);
    let generation = run::forget(&context.home, &arguments.name, &options)?;
    let left = Manifest::readable_views(&context.home);
    let views: Vec<String> = before
        .into_iter()
        .filter(|view| !left.contains(view))
        .filter_map(|view| Some(view.view?.revision))
        .collect();
    if arguments.json {
        context.out.json(&serde_json::json!({
            "forgotten": arguments.name,
            "generation": generation,
            "views": views,
        }))?;
    } else {
        let with = match views.len() {
            0 => String::new(),
            // The name is that of the view.
            1 if arguments.name.contains('@') => String::new(),
            views => format!(" and {}", plural(views as u64, "view")),
        };
        context.out.line(format_args!(
            "Forgot {}{with}; generation {generation} is published. Its sources were not touched.",
            arguments.name
        ))?;
    }
    Ok(Outcome::Done)
}
