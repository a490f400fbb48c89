//! What was spent, and what models cost, as tables.

use super::price_hint;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::{age, count, plural};
use crate::output::table::Table;
use clap::{Args, ValueEnum};
use qf_agent::checkpoint::tree::shown;
use qf_agent::ledger::cost::money::{Money, Price};
use qf_agent::ledger::cost::prices::{Model, Prices, Rates, Table as PriceTable};
use qf_agent::ledger::cost::report::{self, By, Filter, Open, Report, Row, day_number};
use serde_json::json;
use std::io;

/// Arguments of `qf cost` itself.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// What rows are of
    #[arg(long, value_enum, default_value_t, value_name = "KEY")]
    by: Key,
    /// From this day on, in UTC
    #[arg(long, value_name = "DATE", value_parser = day)]
    since: Option<i64>,
    /// Up to the end of this day
    #[arg(long, value_name = "DATE", value_parser = day)]
    until: Option<i64>,
    /// Only calls for this project
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Only calls for this plan
    #[arg(long, value_name = "ID")]
    plan: Option<String>,
    /// Print it as JSON; amounts are decimal text
    #[arg(long)]
    json: bool,
}

/// What rows may be of.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Key {
    #[default]
    Project,
    Plan,
    Agent,
    Model,
    Day,
}

impl Key {
    fn by(self) -> (By, &'static str) {
        match self {
            Key::Project => (By::Project, "project"),
            Key::Plan => (By::Plan, "plan"),
            Key::Agent => (By::Agent, "agent"),
            Key::Model => (By::Model, "model"),
            Key::Day => (By::Day, "day"),
        }
    }
}

fn day(text: &str) -> Result<i64, String> {
    day_number(text).ok_or_else(|| "write a day as 2026-11-30".to_owned())
}

/// Prints what was spent.
pub fn run(context: &mut Context, arguments: &ReportArguments) -> Result<Outcome, CommandError> {
    let (by, title) = arguments.by.by();
    let filter = Filter {
        project: arguments.project.clone(),
        plan: arguments.plan.clone(),
        since: arguments.since,
        until: arguments.until,
    };
    let found = report::report(&context.home, by, &filter)?;
    let any = found.total.calls > 0 || !found.open.is_empty();
    if arguments.json {
        let Report { rows, total, open } = &found;
        let report = json!({ "by": title, "rows": rows, "total": total, "open": open });
        context.out.json(&report)?;
    } else if any {
        print(context, &found, title)?;
    } else {
        context.out.line("no call was booked")?;
    }
    Ok(Outcome::found(any))
}

fn print(context: &mut Context, found: &Report, title: &str) -> io::Result<()> {
    let mut table =
        Table::new(&[title, "calls", "input", "cached", "cache writes", "output", "cost in USD"]);
    for row in &found.rows {
        let key = row.key.as_deref().map_or_else(|| "-".to_owned(), |key| shown(key.as_bytes()));
        table.row(cells(key, row));
    }
    table.row(cells("total".to_owned(), &found.total));
    let lines = table.lines(context.out.paint);
    context.out.lines(lines)?;
    if found.total.unpriced > 0 {
        let calls = plural(found.total.unpriced, "call");
        context.out.line(format_args!("not in the cost: {calls} whose price is not known"))?;
    }
    if found.open.is_empty() {
        return Ok(());
    }
    let sum = found.reserved();
    context.out.line(format_args!(
        "reserved: {}, at most {} USD",
        plural(found.open.len() as u64, "call"),
        sum.money.rounded(4)
    ))?;
    found.open.iter().try_for_each(|open| context.out.line(line(open)))
}

fn cells(key: String, row: &Row) -> Vec<String> {
    let usage = &row.usage;
    let writes = usage.cache_write.saturating_add(usage.cache_write_long);
    let is_known = row.unpriced == 0 || row.usd > Money::ZERO;
    vec![
        key,
        count(row.calls),
        count(usage.input),
        count(usage.cache_read),
        count(writes),
        count(usage.output),
        if is_known { row.usd.rounded(4) } else { "?".to_owned() },
    ]
}

/// A reservation that was not ended.
fn line(open: &Open) -> String {
    let reserved = &open.reserved;
    let since = age(u64::try_from(reserved.at / 1_000_000_000).unwrap_or_default());
    let money = reserved.money.map_or_else(|| "?".to_owned(), |money| money.rounded(4));
    let (id, model) = (shown(reserved.id.as_bytes()), shown(reserved.model.as_bytes()));
    let gone = if open.gone {
        format!("; its process is gone, and it counts in full     qf cost settle {id}")
    } else {
        String::new()
    };
    format!("  {id}  {model}  {money} USD, {since} ago{gone}")
}

/// Arguments of `qf cost prices`.
#[derive(Debug, Args)]
pub struct PricesArguments {
    /// Only of this model
    #[arg(value_name = "MODEL")]
    model: Option<String>,
    /// Print it as JSON; prices are decimal text
    #[arg(long)]
    json: bool,
}

/// Prints what models cost.
pub fn prices(context: &mut Context, arguments: &PricesArguments) -> Result<Outcome, CommandError> {
    let prices = Prices::load(&context.home)?;
    let Some(name) = &arguments.model else {
        return all_prices(context, &prices, arguments.json);
    };
    let Some((model, table)) = prices.find(name) else {
        if arguments.json {
            context.out.json(&json!({ "models": [] }))?;
        } else {
            context.out.line(format_args!("no price of `{name}` is known"))?;
        }
        context.messages.hint(price_hint(name));
        return Ok(Outcome::NothingFound);
    };
    if arguments.json {
        let PriceTable { date, source, own, .. } = table;
        let found = json!({ "date": date, "source": source, "own": own, "models": [model] });
        context.out.json(&found)?;
    } else {
        print_prices(context, table, &[model])?;
    }
    Ok(Outcome::Done)
}

fn all_prices(context: &mut Context, prices: &Prices, json: bool) -> Result<Outcome, CommandError> {
    if json {
        context.out.json(&json!({ "tables": prices.tables() }))?;
        return Ok(Outcome::Done);
    }
    for table in prices.tables() {
        // What the user's table says better is not said twice.
        let is_seen = |model: &&Model| {
            prices.find(&model.name).is_some_and(|(_, known)| known.own == table.own)
        };
        let models: Vec<&Model> = table.models.iter().filter(is_seen).collect();
        print_prices(context, table, &models)?;
    }
    Ok(Outcome::Done)
}

fn print_prices(context: &mut Context, table: &PriceTable, models: &[&Model]) -> io::Result<()> {
    let whose = if table.own { "your prices" } else { "built-in prices" };
    let source = table.source.as_deref().map(|source| format!(", from {source}"));
    context.out.line(format_args!(
        "{whose} of {}{}, in USD for a million tokens",
        table.dated(),
        source.unwrap_or_default()
    ))?;
    let mut lines =
        Table::new(&["model", "input", "cached", "write 5 min", "write 1 h", "output", "<for"]);
    for model in models {
        for (index, tier) in model.tiers.iter().enumerate() {
            let name = if index == 0 { model.name.clone() } else { String::new() };
            let long = match tier.above {
                0 => String::new(),
                above => format!("prompts above {} tokens", count(above)),
            };
            lines.row(rates(name, &tier.rates, long.clone()));
            if let Some(batch) = &tier.batch {
                let what = match long.as_str() {
                    "" => "batches".to_owned(),
                    long => format!("batches, {long}"),
                };
                lines.row(rates(String::new(), batch, what));
            }
        }
    }
    let lines = lines.lines(context.out.paint);
    context.out.lines(lines)
}

fn rates(name: String, rates: &Rates, what: String) -> Vec<String> {
    let cell = |price: Option<Price>| price.map_or_else(|| "-".to_owned(), |it| it.to_string());
    vec![
        name,
        cell(rates.input),
        cell(rates.cache_read),
        cell(rates.cache_write),
        cell(rates.cache_write_long),
        cell(rates.output),
        what,
    ]
}
