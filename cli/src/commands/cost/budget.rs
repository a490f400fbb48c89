//! Limits: set, removed, and shown with what is left of them.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::{count, plural};
use crate::output::table::Table;
use clap::{Args, Subcommand};
use qf_agent::checkpoint::tree::shown;
use qf_agent::ledger::cost::budget::{Budget, Scope};
use qf_agent::ledger::cost::files::Places;
use qf_agent::ledger::cost::money::Money;
use qf_agent::ledger::cost::{Ledger, Standing};
use serde_json::{Value, json};

/// Arguments of `qf cost budget`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BudgetArguments {
    #[command(subcommand)]
    action: Option<Action>,
    /// Print it as JSON; amounts are decimal text
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Limit what may be spent, in place of the limit that was
    Set(SetArguments),
    /// Remove a limit
    Rm(ScopeArguments),
}

/// What a limit is of: everything, where nothing is said.
#[derive(Debug, Args)]
struct ScopeArguments {
    /// Of a project
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Of a plan
    #[arg(long, value_name = "ID", conflicts_with = "project")]
    plan: Option<String>,
    /// Of each day, in UTC
    #[arg(long, conflicts_with = "plan")]
    day: bool,
}

#[derive(Debug, Args)]
struct SetArguments {
    #[command(flatten)]
    scope: ScopeArguments,
    /// So many US dollars
    #[arg(long, value_name = "AMOUNT", value_parser = Money::parse)]
    #[arg(required_unless_present = "tokens")]
    usd: Option<Money>,
    /// So many tokens, of all classes together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=1 << 62))]
    tokens: Option<u64>,
}

impl ScopeArguments {
    fn scope(&self) -> Scope {
        match (&self.project, &self.plan, self.day) {
            (Some(name), _, false) => Scope::Project(name.clone()),
            (Some(name), _, true) => Scope::ProjectDay(name.clone()),
            (None, Some(id), _) => Scope::Plan(id.clone()),
            (None, None, true) => Scope::Day,
            (None, None, false) => Scope::Everything,
        }
    }
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &BudgetArguments) -> Result<Outcome, CommandError> {
    match &arguments.action {
        None => list(context, arguments.json),
        Some(Action::Set(arguments)) => {
            let (usd, tokens) = (arguments.usd, arguments.tokens);
            let scope = arguments.scope.scope();
            let said = format!("the budget of {scope} is {}", limits(usd, tokens));
            Ledger::open(&context.home)?.set_budget(Budget { scope, usd, tokens })?;
            context.out.line(said)?;
            Ok(Outcome::Done)
        }
        Some(Action::Rm(arguments)) => {
            let scope = arguments.scope();
            let is_there = Places::of(&context.home).budgets.exists();
            if is_there && Ledger::open(&context.home)?.remove_budget(&scope)? {
                context.out.line(format_args!("the budget of {scope} is removed"))?;
                return Ok(Outcome::Done);
            }
            context.out.line(format_args!("there is no budget of {scope}"))?;
            Ok(Outcome::NothingFound)
        }
    }
}

fn limits(usd: Option<Money>, tokens: Option<u64>) -> String {
    let usd = usd.map(|usd| format!("{usd} USD"));
    let tokens = tokens.map(|tokens| plural(tokens, "token"));
    usd.into_iter().chain(tokens).collect::<Vec<_>>().join(" and ")
}

fn list(context: &mut Context, json: bool) -> Result<Outcome, CommandError> {
    // Looking makes no folder.
    let is_there = Places::of(&context.home).budgets.exists();
    let standings = if is_there { Ledger::open(&context.home)?.budgets()? } else { Vec::new() };
    if json {
        let budgets: Vec<Value> = standings.iter().map(as_json).collect();
        context.out.json(&json!({ "budgets": budgets }))?;
    } else if standings.is_empty() {
        context.out.line("there is no budget     qf cost budget set --day --usd 5")?;
    } else {
        let mut table = Table::new(&["budget of", "limit", "spent", "reserved", "left"]);
        standings.iter().flat_map(rows).for_each(|row| table.row(row));
        let lines = table.lines(context.out.paint);
        context.out.lines(lines)?;
        let unpriced = standings.iter().filter(|standing| standing.budget.usd.is_some());
        let unpriced = unpriced.map(|it| it.spent.unpriced + it.reserved.unpriced).max();
        if let Some(number) = unpriced.filter(|number| *number > 0) {
            let calls = plural(number, "call");
            context.out.line(format_args!("not in them: {calls} whose price is not known"))?;
        }
    }
    Ok(Outcome::found(!standings.is_empty()))
}

/// A row in dollars, one in tokens.
fn rows(standing: &Standing) -> Vec<Vec<String>> {
    let Standing { budget, spent, reserved } = standing;
    let scope = shown(budget.scope.to_string().as_bytes());
    let mut rows = Vec::new();
    if let Some(limit) = budget.usd {
        let left = limit.minus(spent.money).minus(reserved.money);
        let cells = [limit, spent.money, reserved.money, left];
        let cells = cells.map(|money| format!("{} USD", money.rounded(4)));
        rows.push([scope.clone()].into_iter().chain(cells).collect());
    }
    if let Some(limit) = budget.tokens {
        let left = limit.saturating_sub(spent.tokens).saturating_sub(reserved.tokens);
        let cells = [limit, spent.tokens, reserved.tokens, left];
        let cells = cells.map(|tokens| format!("{} tokens", count(tokens)));
        rows.push([scope].into_iter().chain(cells).collect());
    }
    rows
}

fn as_json(standing: &Standing) -> Value {
    let Standing { budget, spent, reserved } = standing;
    let (project, plan) = match &budget.scope {
        Scope::Everything | Scope::Day => (None, None),
        Scope::Project(name) | Scope::ProjectDay(name) => (Some(name), None),
        Scope::Plan(id) => (None, Some(id)),
    };
    let left = |limit: Money| limit.minus(spent.money).minus(reserved.money);
    let left_tokens =
        |limit: u64| limit.saturating_sub(spent.tokens).saturating_sub(reserved.tokens);
    json!({
        "project": project,
        "plan": plan,
        "per_day": budget.scope.is_daily(),
        "usd": budget.usd,
        "tokens": budget.tokens,
        "spent": { "usd": spent.money, "tokens": spent.tokens, "unpriced": spent.unpriced },
        "reserved": {
            "usd": reserved.money,
            "tokens": reserved.tokens,
            "unpriced": reserved.unpriced,
        },
        "left": { "usd": budget.usd.map(left), "tokens": budget.tokens.map(left_tokens) },
    })
}
