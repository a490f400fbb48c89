//! `qf cost`: what language models cost, what they may cost, and leave to call one.
//!
//! Whoever calls a model through a script or another program keeps the same budgets as `qf` does:
//! `reserve` before the call, `commit` with what the server or the agent said after it ([`calls`]).
//! What was spent is shown in [`report`], limits are set in [`budget`].

mod budget;
mod calls;
mod report;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use clap::{Args, Subcommand};
use qf_agent::ledger::cost::error::CostError;
use std::path::Path;

/// Arguments of `qf cost`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct CostArguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    report: report::ReportArguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// What models cost, and of which day that is
    Prices(report::PricesArguments),
    /// How much may be spent, and what is left of it
    Budget(budget::BudgetArguments),
    /// Ask leave for a call, before it is made: prints its name; exit code 3 when a budget refuses
    Reserve(calls::ReserveArguments),
    /// A call was made: what it took
    Commit(calls::CommitArguments),
    /// A call was not made
    Release(calls::ReleaseArguments),
    /// Say what became of a call that nobody knows of, because its process is gone
    Settle(calls::SettleArguments),
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &CostArguments) -> Result<Outcome, CommandError> {
    match &arguments.action {
        None => report::run(context, &arguments.report),
        Some(Action::Prices(arguments)) => report::prices(context, arguments),
        Some(Action::Budget(arguments)) => budget::run(context, arguments),
        Some(Action::Reserve(arguments)) => calls::reserve(context, arguments),
        Some(Action::Commit(arguments)) => calls::commit(context, arguments),
        Some(Action::Release(arguments)) => calls::release(context, arguments),
        Some(Action::Settle(arguments)) => calls::settle(context, arguments),
    }
}

/// The project that is worked on here: the folder of the git work tree around this one, else this
/// one.
pub fn project() -> String {
    project_of(&std::env::current_dir().unwrap_or_default())
}

/// The project that a folder belongs to.
pub fn project_of(folder: &Path) -> String {
    let tree = folder.ancestors().find(|folder| folder.join(".git").exists());
    let name = tree.unwrap_or(folder).file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "/".to_owned())
}

impl From<CostError> for CommandError {
    fn from(error: CostError) -> Self {
        let message = error.to_string();
        match error {
            CostError::Io { .. } | CostError::Table { .. } | CostError::Usage(_) => {
                Self::input(message)
            }
            CostError::Busy { .. } => Self::input(message).hint("try again when it is done"),
            CostError::Damaged { .. } => Self::conflict(message).hint(
                "what was spent is not known: put the line right, or move the file away and begin \
                 anew",
            ),
            CostError::Budget(_) => Self::conflict(message)
                .hint("`qf cost budget` shows what is left")
                .hint("`qf cost` shows what is reserved and not over"),
            CostError::Unpriced { source, .. } => {
                Self::conflict(message).hint(price_hint(source.model()))
            }
            CostError::Unstated { .. } => Self::conflict(message).hint(
                "say it in the step (`agent usd=0.50 tokens=200000`), or in `[budget]` of the plan",
            ),
            CostError::NotOpen { .. } => Self::input(message)
                .hint("`qf cost` lists what is reserved; what was committed or released is over"),
        }
    }
}

/// How a price is added.
pub fn price_hint(model: &str) -> String {
    format!(
        "add what a million tokens cost in USD to $QF_HOME/prices.toml, \"0\" where it is yours: \
         `[[model]]`, `name = \"{model}\"`, `input = \"3\"`, `output = \"15\"`"
    )
}
