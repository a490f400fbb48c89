//! The command line: global options, and one line a command.

use crate::commands;
use crate::output::Colour;
use clap::{Args, Parser, Subcommand};
use qf_graph::Tier;
use std::path::PathBuf;

/// One graph of the code in all your repositories, with evidence for every edge.
#[derive(Debug, Parser)]
#[command(
    name = "qf",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 found or done, 1 nothing found, 2 wrong usage or input, 3 done in \
                  part (something is damaged)."
)]
pub struct Arguments {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Folder of the index [default: $QF_HOME, else $XDG_DATA_HOME/qf, else ~/.local/share/qf]
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// When to colour; NO_COLOR is honoured
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,
    /// Answer from a revision that was indexed with `index --rev`: a branch, a tag, a commit,
    /// `HEAD~3`, or `NAME@REV` to say of which repository
    #[arg(long, global = true, value_name = "REV")]
    pub at: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read repositories into the graph
    Index(commands::index::IndexArguments),
    /// Keep the graph fresh while files change
    Watch(commands::watch::WatchArguments),
    /// Ask in words: "functions that update user balance"
    Ask(commands::ask::AskArguments),
    /// Where something is defined
    Where(commands::ask::NameArguments),
    /// Who calls a function
    Callers(commands::ask::NameArguments),
    /// What a function calls
    Callees(commands::ask::NameArguments),
    /// Who writes a field, column, table or variable
    Writers(commands::ask::NameArguments),
    /// What a change reaches: of a name, or of what changed since a revision (--diff)
    Impact(commands::ask::ChangeArguments),
    /// How a repository is organised, or all of them
    Overview(commands::ask::OverviewArguments),
    /// How one thing reaches another
    Path(commands::ask::PathArguments),
    /// Which tests reach something, or what changed since a revision (--diff)
    Tests(commands::ask::ChangeArguments),
    /// Ask in SPARQL 1.1
    Sparql(commands::sparql::SparqlArguments),
    /// Ask in the algebra of plans, as `--explain` prints them
    Query(commands::sparql::QueryArguments),
    /// What a task needs to be known, within a number of tokens, as Markdown or JSON
    Context(commands::context::ContextArguments),
    /// The edges between two things, with the rule and the line that prove each
    Why(commands::why::WhyArguments),
    /// What changed in the graph between two revisions, or since one
    Diff(commands::diff::DiffArguments),
    /// What the reference at a position means
    Definition(commands::definition::DefinitionArguments),
    /// Where repositories meet
    Links(commands::links::LinksArguments),
    /// Which repository uses which, and through what: as text, DOT or Mermaid
    Map(commands::map::MapArguments),
    /// References that are bound to nothing, with the reason
    Unresolved(commands::unresolved::UnresolvedArguments),
    /// How well calls are resolved, by language, tier and reason
    Stats(commands::stats::StatsArguments),
    /// What is indexed, how old it is, who is writing
    Status(commands::status::StatusArguments),
    /// List the indexed repositories
    Repos(commands::repos::ReposArguments),
    /// Take a repository out of the index; its sources are not touched
    Forget(commands::forget::ForgetArguments),
    /// Verify every byte of the index
    Check(commands::check::CheckArguments),
    /// Make again what is damaged, without reading sources
    Repair(commands::check::RepairArguments),
    /// Keep everything in a work tree before an agent works in it, and undo what that did
    #[cfg(unix)]
    Checkpoint(commands::checkpoint::CheckpointArguments),
    /// Plan a change: begun from the graph, written by you, approved as it is written
    #[cfg(unix)]
    Plan(commands::plan::PlanArguments),
    /// What the rules of a `codemod` step would change, as a diff; nothing is written
    #[cfg(unix)]
    Codemod(commands::codemod::CodemodArguments),
    /// Carry an approved plan out, phase by phase, each undone when it fails
    #[cfg(unix)]
    Run(commands::run::RunArguments),
    /// What agents and plans did: a log that cannot be changed unnoticed
    #[cfg(unix)]
    Audit(commands::audit::AuditArguments),
    /// What language models cost, budgets, and leave to call one
    #[cfg(unix)]
    Cost(commands::cost::CostArguments),
    /// Go on with a run that was interrupted, waits, or failed
    #[cfg(unix)]
    Resume(commands::run::ResumeArguments),
    /// Load logs and documents for one session: searched with the code, kept apart from the index
    #[cfg(unix)]
    Load(commands::load::LoadArguments),
    /// What was loaded, and dropping it
    #[cfg(unix)]
    Session(commands::session::SessionArguments),
    /// Write the text of a document, for `load`
    #[cfg(unix)]
    #[command(hide = true)]
    ReadDocument(commands::read_document::ReadDocumentArguments),
    /// A part of `run`
    #[cfg(unix)]
    #[command(hide = true)]
    Inside,
    /// Write the graph for other programs: JSON Lines, SCIP, RDF, GraphML, DOT, Cypher, CSV, Parquet
    Export(commands::export::ExportArguments),
    /// Print what one source file says, before anything is bound (for authors of languages)
    Facts(commands::facts::FactsArguments),
    /// Serve coding agents over MCP on standard input and output, or call others' tools
    Mcp(crate::mcp::client::McpArguments),
    /// Ask and work line by line, with history and completion
    #[cfg(unix)]
    Chat(crate::chat::ChatArguments),
    /// Try it on a small made-up shop of seven repositories
    Demo(commands::demo::DemoArguments),
    /// Print a completion script for a shell
    Completions(commands::completions::CompletionsArguments),
    /// Print the manual page
    Man,
}

impl Command {
    /// Whether it answers from a snapshot, so that it can answer from that of a revision.
    pub fn answers(&self) -> bool {
        match self {
            Command::Ask(_)
            | Command::Where(_)
            | Command::Callers(_)
            | Command::Callees(_)
            | Command::Writers(_)
            | Command::Impact(_)
            | Command::Overview(_)
            | Command::Path(_)
            | Command::Tests(_)
            | Command::Sparql(_)
            | Command::Query(_)
            | Command::Context(_)
            | Command::Why(_)
            | Command::Definition(_)
            | Command::Links(_)
            | Command::Map(_)
            | Command::Unresolved(_)
            | Command::Stats(_)
            | Command::Export(_) => true,
            Command::Index(_)
            | Command::Watch(_)
            | Command::Diff(_)
            | Command::Status(_)
            | Command::Repos(_)
            | Command::Forget(_)
            | Command::Check(_)
            | Command::Repair(_)
            | Command::Facts(_)
            | Command::Mcp(_)
            | Command::Demo(_)
            | Command::Completions(_)
            | Command::Man => false,
            #[cfg(unix)]
            Command::Chat(_) => true,
            #[cfg(unix)]
            Command::Audit(_)
            | Command::Checkpoint(_)
            | Command::Codemod(_)
            | Command::Inside
            | Command::Cost(_)
            | Command::Load(_)
            | Command::Session(_)
            | Command::ReadDocument(_)
            | Command::Plan(_)
            | Command::Run(_)
            | Command::Resume(_) => false,
        }
    }
}

/// Reads a tier's name.
pub fn tier(name: &str) -> Result<Tier, String> {
    Tier::from_name(name).ok_or_else(|| {
        let known: Vec<_> = Tier::ALL.iter().map(|tier| tier.name()).collect();
        format!("no such tier; there are {}", known.join(", "))
    })
}
