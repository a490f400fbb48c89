//! Leave for a call, and what became of it: for scripts and agents that call models themselves.

use super::project;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::plural;
use clap::Args;
use qf_agent::ledger::cost::book::Reserved;
use qf_agent::ledger::cost::reported::Spent;
use qf_agent::ledger::cost::usage::Usage;
use qf_agent::ledger::cost::{Call, Ledger, is_gone};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Arguments of `qf cost reserve`.
#[derive(Debug, Args)]
pub struct ReserveArguments {
    /// The model, as its server calls it
    #[arg(long, value_name = "NAME")]
    model: String,
    /// At most so many tokens are read
    #[arg(long, value_name = "N")]
    input: u64,
    /// At most so many are written: what the call is limited to
    #[arg(long, value_name = "N")]
    output: u64,
    /// For which project [default: the git work tree around this folder, else this folder]
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// For which plan
    #[arg(long, value_name = "ID")]
    plan: Option<String>,
    /// By which agent
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// By which agent that one was started
    #[arg(long, value_name = "NAME", requires = "agent")]
    parent: Option<String>,
    /// It is answered in a batch
    #[arg(long)]
    batch: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// What a call took.
#[derive(Debug, Args)]
struct SpentArguments {
    /// Tokens that were read anew: without those of `--cached` and `--written`
    #[arg(long, value_name = "N")]
    input: Option<u64>,
    /// Tokens that a cache had
    #[arg(long, value_name = "N")]
    cached: Option<u64>,
    /// Tokens that were put into a cache
    #[arg(long, value_name = "N")]
    written: Option<u64>,
    /// Tokens that were put into a cache for an hour
    #[arg(long, value_name = "N")]
    written_long: Option<u64>,
    /// Tokens that were written
    #[arg(long, value_name = "N")]
    output: Option<u64>,
    /// The server's answer, its usage, or what an agent printed, in whichever form; `-` is standard
    /// input
    #[arg(long, value_name = "FILE")]
    #[arg(conflicts_with_all = ["input", "cached", "written", "written_long", "output"])]
    from_json: Option<PathBuf>,
}

/// Arguments of `qf cost commit`.
#[derive(Debug, Args)]
pub struct CommitArguments {
    /// The name that `reserve` printed
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    spent: SpentArguments,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `qf cost release`.
#[derive(Debug, Args)]
pub struct ReleaseArguments {
    /// The name that `reserve` printed
    #[arg(value_name = "ID")]
    id: String,
}

/// Arguments of `qf cost settle`.
#[derive(Debug, Args)]
pub struct SettleArguments {
    /// The name, as `qf cost` lists it
    #[arg(value_name = "ID")]
    id: String,
    /// The call was not made
    #[arg(long, conflicts_with = "as_reserved")]
    nothing: bool,
    /// It took what was reserved
    #[arg(long)]
    as_reserved: bool,
    #[command(flatten)]
    spent: SpentArguments,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl SpentArguments {
    /// What is said; none where nothing is.
    fn read(&self) -> Result<Option<Spent>, CommandError> {
        if let Some(path) = &self.from_json {
            let name = path.display();
            let text =
                text(path).map_err(|error| CommandError::input(format!("{name}: {error}")))?;
            let spent = Spent::of_text(&text)
                .map_err(|error| CommandError::input(format!("{name}: {error}")))?;
            let spent = spent.ok_or_else(|| {
                CommandError::input(format!("{name} says nothing of tokens")).hint(
                    "give an answer with its `usage`, as OpenAI, Anthropic or Gemini send it, or \
                     the output of `claude -p --output-format json` or `codex exec --json`",
                )
            });
            return spent.map(Some);
        }
        let all = [self.input, self.cached, self.written, self.written_long, self.output];
        if all.iter().all(Option::is_none) {
            return Ok(None);
        }
        let [input, cache_read, cache_write, cache_write_long, output] =
            all.map(Option::unwrap_or_default);
        let usage = Usage { input, cache_read, cache_write, cache_write_long, output };
        Ok(Some(Spent::from(usage)))
    }
}

fn text(path: &Path) -> std::io::Result<String> {
    if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    }
}

/// Asks leave for a call.
pub fn reserve(
    context: &mut Context,
    arguments: &ReserveArguments,
) -> Result<Outcome, CommandError> {
    let call = Call {
        project: arguments.project.clone().unwrap_or_else(project),
        plan: arguments.plan.clone(),
        agent: arguments.agent.clone(),
        parent: arguments.parent.clone(),
        model: arguments.model.clone(),
        batch: arguments.batch,
        detached: true,
    };
    let (input, output) = (arguments.input, arguments.output);
    let estimate = Usage { input, output, ..Usage::default() };
    let ledger = Ledger::open(&context.home)?;
    let reservation = ledger.reserve(call, estimate)?;
    if arguments.json {
        let reserved = json!({ "id": reservation.id(), "usd": reservation.money() });
        context.out.json(&reserved)?;
    } else {
        context.out.line(reservation.id())?;
    }
    Ok(Outcome::Done)
}

/// Ends a reservation with what the call took.
pub fn commit(context: &mut Context, arguments: &CommitArguments) -> Result<Outcome, CommandError> {
    let spent = arguments.spent.read()?.ok_or_else(|| {
        CommandError::input("nothing is said of what the call took")
            .hint("give `--input`, `--cached`, `--written` and `--output`, or `--from-json`")
            .hint("`qf cost release` ends a reservation whose call was not made")
    })?;
    may_end(&Ledger::open(&context.home)?, &arguments.id)?;
    book(context, &arguments.id, &spent, arguments.json)
}

/// Writes down what a call took, and says what it cost.
fn book(
    context: &mut Context,
    id: &str,
    spent: &Spent,
    json: bool,
) -> Result<Outcome, CommandError> {
    let booked = Ledger::open(&context.home)?.commit(id, spent)?;
    let why = booked.unpriced.as_ref().map(ToString::to_string);
    if json {
        let found =
            json!({ "id": id, "usage": booked.usage, "usd": booked.money, "unpriced": why });
        context.out.json(&found)?;
        return Ok(Outcome::Done);
    }
    let tokens = plural(booked.usage.total(), "token");
    match booked.money {
        Some(money) => context.out.line(format_args!("{id}: {tokens}, {money} USD"))?,
        None => context.out.line(format_args!("{id}: {tokens}, at an unknown price"))?,
    }
    if let Some(unpriced) = &booked.unpriced {
        context.messages.warning(unpriced);
        context.messages.hint(super::price_hint(unpriced.model()));
    }
    Ok(Outcome::Done)
}

/// Ends a reservation whose call was not made.
pub fn release(
    context: &mut Context,
    arguments: &ReleaseArguments,
) -> Result<Outcome, CommandError> {
    let ledger = Ledger::open(&context.home)?;
    may_end(&ledger, &arguments.id)?;
    ledger.release(&arguments.id)?;
    context.out.line(format_args!("{} is released", arguments.id))?;
    Ok(Outcome::Done)
}

/// Whether a script may end a reservation: not one that a program made for itself, which ends it
/// with what the call really took.
fn may_end(ledger: &Ledger, id: &str) -> Result<(), CommandError> {
    let reserved = ledger.open_reservation(id)?;
    if reserved.pid.is_none() {
        return Ok(());
    }
    let refused = CommandError::input(format!("{id} is ended by the process that reserved it"));
    Err(if is_gone(&reserved) {
        refused.hint(format!("that process is gone: `qf cost settle {id}` says what became of it"))
    } else {
        refused.hint("it still runs, and commits or releases the call itself")
    })
}

/// Says what became of a call that nobody knows of.
pub fn settle(context: &mut Context, arguments: &SettleArguments) -> Result<Outcome, CommandError> {
    let (id, given) = (&arguments.id, arguments.spent.read()?);
    let chosen = [arguments.nothing, arguments.as_reserved, given.is_some()];
    if chosen.into_iter().filter(|chosen| *chosen).count() != 1 {
        return Err(CommandError::input("say one thing of what became of the call").hint(
            "`--nothing` when it was not made, `--as-reserved` when it took what was reserved, \
             else what it took, as for `qf cost commit`",
        ));
    }
    let ledger = Ledger::open(&context.home)?;
    let reserved: Reserved = ledger.open_reservation(id)?;
    // In a chat this process may have made it, for a run that has ended.
    let is_own = reserved.pid == Some(std::process::id());
    if reserved.pid.is_some() && !is_own && !is_gone(&reserved) {
        return Err(CommandError::input(format!("the process that reserved {id} still runs"))
            .hint("it commits or releases the call itself"));
    }
    if arguments.nothing {
        ledger.release(id)?;
        context.out.line(format_args!("{id} is released"))?;
        return Ok(Outcome::Done);
    }
    let spent = given.unwrap_or_else(|| Spent::from(reserved.estimate));
    book(context, id, &spent, arguments.json)
}
