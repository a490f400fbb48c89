//! `qf check` and `qf repair`: verify every byte of the index; make again what is damaged.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::plural;
use clap::Args;
use qf_graph::store::manifest::Manifest;
use qf_indexer::repair;
use qf_indexer::run::{self, Options};

/// Arguments of `qf check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Print what is wrong as JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &CheckArguments) -> Result<Outcome, CommandError> {
    let wrong = run::check(&context.home)?;
    let manifest = Manifest::read(&context.home)?;
    if arguments.json {
        context.out.json(&serde_json::json!({
            "generation": manifest.generation,
            "sound": wrong.is_empty(),
            "damaged": wrong,
        }))?;
    } else if wrong.is_empty() {
        context.out.line(format_args!(
            "Generation {} is sound: every checksum and every id of {}{}",
            manifest.generation,
            plural(manifest.repositories.len() as u64, "repository"),
            match Manifest::readable_views(&context.home).len() {
                0 => String::new(),
                views => format!(" and {}", plural(views as u64, "view")),
            }
        ))?;
    }
    if wrong.is_empty() {
        return Ok(Outcome::Done);
    }
    for damage in &wrong {
        context.messages.error(damage);
    }
    context.messages.hint("`qf repair` makes again what it can without reading sources");
    hint_at_views(context, &wrong);
    Ok(Outcome::Partial)
}

/// A view is made from its commit again: there is nothing to repair it from.
fn hint_at_views(context: &Context, wrong: &[String]) {
    let of_view = |text: &String| text.contains(" in the view `") || text.starts_with("a view: ");
    if wrong.iter().any(of_view) {
        context.messages.hint(
            "`qf index PATH --rev REV` writes a damaged view again; `qf forget NAME@REV` drops it",
        );
    }
}

/// Arguments of `qf repair`.
#[derive(Debug, Args)]
pub struct RepairArguments {
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
    /// Wait for another qf that is writing
    #[arg(long)]
    pub wait: bool,
}

/// Runs `qf repair`.
pub fn repair(context: &mut Context, arguments: &RepairArguments) -> Result<Outcome, CommandError> {
    let options = Options {
        wait: arguments.wait,
        embedder: qf_models::from_environment()?,
        ..Options::default()
    };
    let repair = repair::repair(&context.home, &options)?;
    if arguments.json {
        context.out.json(&repair)?;
    } else if repair.found.is_empty() {
        context.out.line(format_args!("Generation {} is sound already", repair.generation))?;
    } else {
        for damage in repair.found.iter().filter(|damage| !repair.left.contains(damage)) {
            context.out.line(format_args!("made again: {damage}"))?;
        }
    }
    if repair.left.is_empty() {
        return Ok(Outcome::Done);
    }
    for damage in &repair.left {
        context.messages.error(damage);
    }
    hint_at_views(context, &repair.left);
    let roots: Vec<&str> = repair.from_sources.iter().map(|(_, root)| root.as_str()).collect();
    if !roots.is_empty() {
        let roots = roots.join(" ");
        context.messages.hint(format_args!("`qf index {roots}` reads the sources again"));
    }
    Ok(Outcome::Partial)
}
