//! `qf context`: what a task needs to be known, for an agent's window.

use crate::context::{self, Context};
use crate::error::{CommandError, Outcome};
use clap::Args;
use qf_query::Options;

/// Arguments of `qf context`.
#[derive(Debug, Args)]
pub struct ContextArguments {
    /// The task, in words; names of code in it are looked up
    #[arg(required = true, value_name = "TASK")]
    task: Vec<String>,
    /// Most tokens, as `o200k_base` counts them
    #[arg(long, value_name = "TOKENS", default_value_t = 8000, value_parser = clap::value_parser!(u32).range(100..))]
    budget: u32,
    /// From this repository only
    #[arg(long, value_name = "NAME")]
    repo: Option<String>,
    /// With what was loaded into this session [default: $QF_SESSION, when there is one]
    #[cfg(unix)]
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
    /// Print it as JSON; the budget is then that of its texts
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &ContextArguments) -> Result<Outcome, CommandError> {
    let snapshot = context.asking()?;
    if let Some(repository) = &arguments.repo {
        context::repository(&snapshot, repository)?;
    }
    let options = Options { repo: arguments.repo.clone(), ..Options::default() };
    let task = arguments.task.join(" ");
    let budget = arguments.budget as usize;
    #[cfg(unix)]
    {
        use crate::loaded;
        let asked = arguments.session.as_deref();
        if let Some(found) = loaded::find(&snapshot, asked, &task, Some(loaded::PACKED))? {
            let json = arguments.json;
            return loaded::pack(context, &snapshot, &task, budget, &options, json, found);
        }
    }
    let pack = qf_query::context::pack(&snapshot, &task, budget, &options);
    if let Some(problem) = snapshot.take_search_problem() {
        context.messages.warning(problem);
    }
    if arguments.json {
        context.out.json(&pack)?;
    } else {
        context.out.bytes(pack.markdown().as_bytes())?;
    }
    Ok(Outcome::found(!pack.entries.is_empty()))
}
