//! `qf check`: verify every byte of the index.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::plural;
use clap::Args;
use qf_graph::store::manifest::Manifest;
use qf_indexer::run;

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
    // A view is made from its commit again, not from what is on disk.
    let of_view = |text: &String| text.contains(" in the view `") || text.starts_with("a view: ");
    let views = wrong.iter().filter(|text| of_view(text)).count();
    if views > 0 {
        context.messages.hint(
            "`qf index PATH --rev REV` writes a damaged view again; `qf forget NAME@REV` drops it",
        );
    }
    if views == wrong.len() {
        return Ok(Outcome::Partial);
    }
    let roots: Vec<&str> = manifest
        .repositories
        .iter()
        .filter(|entry| {
            let name = format!("`{}`", entry.name);
            wrong.iter().any(|text| !of_view(text) && text.contains(&name))
        })
        .map(|entry| entry.root.as_str())
        .collect();
    if roots.is_empty() {
        context.messages.hint("`qf index PATH` of any repository writes the links again");
    } else {
        let roots = roots.join(" ");
        context.messages.hint(format_args!("`qf index {roots}` rebuilds it from its sources"));
    }
    Ok(Outcome::Partial)
}
