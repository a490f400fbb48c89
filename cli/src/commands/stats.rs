//! `qf stats`: how well calls are resolved.

use crate::context::{self, Context};
use crate::error::{CommandError, Outcome};
use crate::output::format::{count, percent};
use crate::output::table::Table;
use crate::statistics::{self, Calls, Statistics};
use clap::Args;
use qf_graph::store::manifest::Measured;
use qf_graph::{Snapshot, Tier, Unresolved};
use serde::Serialize;

/// Tiers that are measured against compilers; that of the compilers themselves is not.
const MEASURED: [Tier; 5] = [Tier::Exact, Tier::Typed, Tier::Dispatch, Tier::Likely, Tier::Maybe];

/// Arguments of `qf stats`.
#[derive(Debug, Args)]
pub struct StatsArguments {
    /// Of this repository only
    #[arg(long, value_name = "NAME")]
    pub repo: Option<String>,
    /// Print them as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Json<'s> {
    version: u32,
    calls: Calls,
    languages: std::collections::BTreeMap<String, Calls>,
    unresolved:
        std::collections::BTreeMap<&'static str, std::collections::BTreeMap<&'static str, u64>>,
    /// Right and wrong pairs by language and tier, as measured.
    measured: &'s Measured,
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &StatsArguments) -> Result<Outcome, CommandError> {
    let snapshot = context.snapshot()?;
    let mut all = Statistics::default();
    for repository in context::repositories(&snapshot, arguments.repo.as_deref())? {
        all.add(&statistics::of(&snapshot, repository));
    }
    let calls = all.calls();
    if arguments.json {
        let Statistics { languages, unresolved } = all;
        context.out.json(&Json {
            version: 1,
            calls,
            languages,
            unresolved,
            measured: snapshot.measured(),
        })?;
        return Ok(Outcome::Done);
    }
    let paint = context.out.paint;
    let lines = tiers(&all, &calls).lines(paint);
    context.out.lines(lines)?;
    context.out.line("")?;
    let lines = reasons(&all).lines(paint);
    context.out.lines(lines)?;
    context.out.line("")?;
    context.out.lines(precision(&snapshot, &all).lines(paint))?;
    context.out.line(paint.dim("each unresolved with its place: qf unresolved --reason …"))?;
    Ok(Outcome::Done)
}

fn tiers(all: &Statistics, calls: &Calls) -> Table {
    let mut header = vec!["calls in", "sites"];
    header.extend(Tier::ALL.iter().map(|tier| tier.name()));
    header.extend(["unresolved", "external", "dynamic"]);
    let mut table = Table::new(&header);
    let mut row = |name: &str, calls: &Calls| {
        let share = |part: u64| percent(part, calls.sites);
        let mut cells = vec![name.to_owned(), count(calls.sites)];
        cells.extend(Tier::ALL.iter().map(|tier| share(calls.tier(*tier))));
        cells.extend([calls.unresolved_total(), calls.external(), calls.dynamic()].map(share));
        table.row(cells);
    };
    for (language, calls) in &all.languages {
        row(language, calls);
    }
    if all.languages.len() > 1 {
        row("all", calls);
    }
    table
}

/// Of a hundred call edges of a tier, how many a compiler has too.
fn precision(snapshot: &Snapshot, all: &Statistics) -> Table {
    let mut header = vec!["measured precision"];
    header.extend(MEASURED.iter().map(|tier| tier.name()));
    let mut table = Table::new(&header);
    for language in all.languages.keys() {
        if !snapshot.measured().contains_key(language) {
            continue;
        }
        let mut cells = vec![language.clone()];
        cells.extend(MEASURED.iter().map(|tier| {
            let precision = snapshot.precision(language, *tier);
            precision.map_or("–".to_owned(), |precision| format!("{precision:.3}"))
        }));
        table.row(cells);
    }
    table
}

fn reasons(all: &Statistics) -> Table {
    let mut header = vec!["unresolved"];
    let titles: Vec<String> =
        Unresolved::ALL.iter().map(|reason| reason.name().replace('_', " ")).collect();
    header.extend(titles.iter().map(String::as_str));
    let mut table = Table::new(&header);
    for (role, reasons) in &all.unresolved {
        let mut cells = vec![(*role).to_owned()];
        cells.extend(
            Unresolved::ALL
                .iter()
                .map(|reason| count(reasons.get(reason.name()).copied().unwrap_or(0))),
        );
        table.row(cells);
    }
    table
}
