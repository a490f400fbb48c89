//! The commands: one file each, one line in [`run`].

pub mod ask;
#[cfg(unix)]
pub mod audit;
pub mod check;
#[cfg(unix)]
pub mod checkpoint;
#[cfg(unix)]
pub mod codemod;
pub mod completions;
pub mod context;
#[cfg(unix)]
pub mod cost;
pub mod definition;
pub mod demo;
pub mod diff;
pub mod export;
pub mod facts;
pub mod forget;
pub mod index;
pub mod links;
#[cfg(unix)]
pub mod load;
pub mod man;
pub mod map;
#[cfg(unix)]
pub mod plan;
#[cfg(unix)]
pub mod read_document;
pub mod repos;
#[cfg(unix)]
pub mod run;
#[cfg(unix)]
pub mod session;
pub mod sparql;
pub mod stats;
pub mod status;
pub mod unresolved;
pub mod watch;
pub mod why;

use crate::args::Command;
use crate::context::Context;
use crate::error::{CommandError, Outcome};

/// Runs a command.
pub fn run(context: &mut Context, command: Command) -> Result<Outcome, CommandError> {
    match command {
        Command::Index(arguments) => index::run(context, &arguments),
        Command::Watch(arguments) => watch::run(context, &arguments),
        Command::Ask(arguments) => ask::question(context, &arguments),
        Command::Where(arguments) => ask::name(context, &arguments, qf_query::where_is),
        Command::Callers(arguments) => ask::name(context, &arguments, qf_query::callers),
        Command::Callees(arguments) => ask::name(context, &arguments, qf_query::callees),
        Command::Writers(arguments) => ask::name(context, &arguments, qf_query::writers),
        Command::Impact(arguments) => {
            ask::change(context, &arguments, qf_query::impact, qf_query::changed)
        }
        Command::Overview(arguments) => ask::overview(context, &arguments),
        Command::Path(arguments) => ask::path(context, &arguments),
        Command::Tests(arguments) => {
            ask::change(context, &arguments, qf_query::tests, qf_query::tests_of_changes)
        }
        Command::Context(arguments) => context::run(context, &arguments),
        Command::Sparql(arguments) => sparql::sparql(context, &arguments),
        Command::Query(arguments) => sparql::query(context, &arguments),
        Command::Why(arguments) => why::run(context, &arguments),
        Command::Diff(arguments) => diff::run(context, &arguments),
        Command::Definition(arguments) => definition::run(context, &arguments),
        Command::Links(arguments) => links::run(context, &arguments),
        Command::Map(arguments) => map::run(context, &arguments),
        Command::Unresolved(arguments) => unresolved::run(context, &arguments),
        Command::Stats(arguments) => stats::run(context, &arguments),
        Command::Status(arguments) => status::run(context, &arguments),
        Command::Repos(arguments) => repos::run(context, &arguments),
        Command::Forget(arguments) => forget::run(context, &arguments),
        Command::Check(arguments) => check::run(context, &arguments),
        Command::Repair(arguments) => check::repair(context, &arguments),
        #[cfg(unix)]
        Command::Checkpoint(arguments) => checkpoint::run(context, &arguments),
        #[cfg(unix)]
        Command::Codemod(arguments) => codemod::run(context, &arguments),
        #[cfg(unix)]
        Command::Audit(arguments) => audit::run(context, &arguments),
        #[cfg(unix)]
        Command::Cost(arguments) => cost::run(context, &arguments),
        #[cfg(unix)]
        Command::Plan(arguments) => plan::run(context, &arguments),
        #[cfg(unix)]
        Command::Run(arguments) => run::run(context, &arguments),
        #[cfg(unix)]
        Command::Inside => run::inside::run(context),
        #[cfg(unix)]
        Command::Resume(arguments) => run::resume(context, &arguments),
        Command::Export(arguments) => export::run(context, &arguments),
        #[cfg(unix)]
        Command::Load(arguments) => load::run(context, &arguments),
        #[cfg(unix)]
        Command::Session(arguments) => session::run(context, &arguments),
        #[cfg(unix)]
        Command::ReadDocument(arguments) => read_document::run(context, &arguments),
        Command::Facts(arguments) => facts::run(context, &arguments),
        Command::Mcp(arguments) => crate::mcp::client::run(context, &arguments),
        // Begun before standard output is taken; see `main`.
        #[cfg(unix)]
        Command::Chat(_) => Ok(Outcome::Done),
        Command::Demo(arguments) => demo::run(context, &arguments),
        Command::Completions(arguments) => completions::run(context, &arguments),
        Command::Man => man::run(context),
    }
}
