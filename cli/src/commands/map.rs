//! `qf map`: which repository uses which, and through what.
//!
//! The links between repositories, added up: one row for each pair and channel, with the number of
//! keys (routes, topics, tables, packages) and the least sure tier among them. As text, as a graph
//! for Graphviz (DOT) or for Mermaid, or as JSON.

use super::links::channel;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::answer::tier_name;
use clap::{Args, ValueEnum};
use qf_graph::{Channel, Snapshot, Tier};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Arguments of `qf map`.
#[derive(Debug, Args)]
pub struct MapArguments {
    /// One channel only: package, http, grpc, graphql, topic, table, bucket or env
    #[arg(long, value_parser = channel)]
    pub channel: Option<Channel>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Print it as JSON
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

/// How a map is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line for each pair of repositories
    Text,
    /// Graphviz
    Dot,
    /// Mermaid
    Mermaid,
}

/// What one repository asks of another through one channel.
#[derive(Debug, Serialize)]
struct Use<'s> {
    from: &'s str,
    to: &'s str,
    channel: &'static str,
    /// Different keys.
    keys: usize,
    /// Places.
    links: usize,
    /// The least sure of them.
    tier: Tier,
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &MapArguments) -> Result<Outcome, CommandError> {
    let snapshot = context.snapshot()?;
    let uses = uses(&snapshot, arguments.channel);
    match arguments.format {
        _ if arguments.json => context.out.json(&uses)?,
        Format::Dot => context.out.line(dot(&uses).trim_end())?,
        Format::Mermaid => context.out.line(mermaid(&uses).trim_end())?,
        Format::Text => print(context, &uses)?,
    }
    Ok(Outcome::found(!uses.is_empty()))
}

fn uses(snapshot: &Snapshot, only: Option<Channel>) -> Vec<Use<'_>> {
    type Found<'s> = (BTreeSet<&'s str>, usize, Tier);
    let mut found: BTreeMap<(&str, &str, Channel), Found<'_>> = BTreeMap::new();
    for edge in snapshot.links() {
        let Some((channel, key)) = edge.key else { continue };
        if only.is_some_and(|only| only != channel) {
            continue;
        }
        let name = |symbol| snapshot.repository_name(snapshot.repository_of(symbol));
        let row = found
            .entry((name(edge.from), name(edge.to), channel))
            .or_insert_with(|| (BTreeSet::new(), 0, edge.tier));
        row.0.insert(key);
        row.1 += 1;
        row.2 = row.2.max(edge.tier);
    }
    found
        .into_iter()
        .map(|((from, to, channel), (keys, links, tier))| {
            let keys = keys.len();
            Use { from, to, channel: channel.name(), keys, links, tier }
        })
        .collect()
}

fn print(context: &mut Context, uses: &[Use<'_>]) -> Result<(), CommandError> {
    let paint = context.out.paint;
    if uses.is_empty() {
        context.out.line("No two repositories meet.     qf links --unlinked")?;
    }
    let width = |name: fn(&Use<'_>) -> usize| uses.iter().map(name).max().unwrap_or(0);
    let (from, to) = (width(|row| row.from.len()), width(|row| row.to.len()));
    for row in uses {
        context.out.line(format_args!(
            "{:from$}  →  {:to$}  {:7}  {:>3}  {}",
            row.from,
            row.to,
            row.channel,
            row.keys,
            tier_name(paint, row.tier)
        ))?;
    }
    Ok(())
}

fn dot(uses: &[Use<'_>]) -> String {
    let quoted = |name: &str| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    let mut out = "digraph repositories {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for row in uses {
        let style = if row.tier > Tier::Typed { ", style=dashed" } else { "" };
        let ends = (quoted(row.from), quoted(row.to));
        let label = format!("{} {}", row.channel, row.keys);
        let _ = writeln!(out, "  {} -> {} [label=\"{label}\"{style}];", ends.0, ends.1);
    }
    out + "}\n"
}

fn mermaid(uses: &[Use<'_>]) -> String {
    let names: BTreeSet<&str> = uses.iter().flat_map(|row| [row.from, row.to]).collect();
    let id = |name: &str| names.iter().position(|known| *known == name).unwrap_or(0);
    let mut out = "flowchart LR\n".to_owned();
    for (position, name) in names.iter().enumerate() {
        let _ = writeln!(out, "  r{position}[\"{}\"]", name.replace('"', "#quot;"));
    }
    for row in uses {
        let arrow = if row.tier > Tier::Typed { "-.->" } else { "-->" };
        let (from, to) = (id(row.from), id(row.to));
        let _ = writeln!(out, "  r{from} {arrow}|{} {}| r{to}", row.channel, row.keys);
    }
    out
}
