//! `qf links`: where repositories meet, and where one waits for another that is not there.

use crate::context::{self, Context};
use crate::error::{CommandError, Outcome};
use crate::output::answer::tier_name;
use crate::output::format::count;
use clap::Args;
use qf_graph::store::links::DriftKind;
use qf_graph::{Channel, Snapshot, Tier};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Arguments of `qf links`.
#[derive(Debug, Args)]
pub struct LinksArguments {
    /// One channel only: package, http, grpc, graphql, topic, table, bucket or env
    #[arg(long, value_parser = channel)]
    pub channel: Option<Channel>,
    /// List the sides that meet nothing instead
    #[arg(long)]
    pub unlinked: bool,
    /// Report where two sides do not agree: calls of routes that are not served, methods, fields
    /// that are never sent, versions of packages; exit code 3 when there is any
    #[arg(long, conflicts_with = "unlinked")]
    pub check: bool,
    /// Of or into this repository only
    #[arg(long, value_name = "NAME")]
    pub repo: Option<String>,
    /// From this repository only
    #[arg(long, value_name = "NAME", conflicts_with = "unlinked")]
    pub from: Option<String>,
    /// Into this repository only
    #[arg(long, value_name = "NAME", conflicts_with = "unlinked")]
    pub to: Option<String>,
    /// Most lines of each channel
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub limit: usize,
    /// No limit
    #[arg(long)]
    pub all: bool,
    /// Print them as JSON
    #[arg(long)]
    pub json: bool,
}

/// Reads a channel's name.
pub fn channel(name: &str) -> Result<Channel, String> {
    Channel::ALL.into_iter().find(|channel| channel.name() == name).ok_or_else(|| {
        let known: Vec<_> = Channel::ALL.iter().map(|channel| channel.name()).collect();
        format!("no such channel; there are {}", known.join(", "))
    })
}

#[derive(Debug, Serialize)]
struct Link<'s> {
    channel: &'static str,
    key: &'s str,
    from: String,
    from_name: &'s str,
    to: String,
    to_name: &'s str,
    kind: &'static str,
    tier: Tier,
    rule: &'s str,
}

#[derive(Debug, Serialize)]
struct Unlinked<'s> {
    channel: &'static str,
    key: &'s str,
    side: &'static str,
    /// Repositories that have the other side: several are a tie, which is not guessed.
    tied: Vec<&'s str>,
    at: String,
    name: &'s str,
    rule: &'s str,
}

#[derive(Debug, Serialize)]
struct Drifted<'s> {
    /// `route`, `method`, `field` or `version`.
    kind: DriftKind,
    key: &'s str,
    /// The line that asks.
    from: String,
    from_name: &'s str,
    /// What answers, or the nearest to it.
    to: String,
    to_name: &'s str,
    to_repository: &'s str,
    /// What it has instead: the nearest route, methods, the field, the version.
    has: &'s str,
}

#[derive(Debug, Serialize)]
struct Checked<'s> {
    drifts: Vec<Drifted<'s>>,
    /// Endpoints that nobody in the index asks for; no fault.
    unused: Vec<Unlinked<'s>>,
}

/// `--check`.
fn check(
    context: &mut Context,
    snapshot: &Snapshot,
    arguments: &LinksArguments,
) -> Result<Outcome, CommandError> {
    let is = |symbol, wanted: &Option<String>| {
        let name = snapshot.repository_name(snapshot.repository_of(symbol));
        wanted.as_deref().is_none_or(|wanted| wanted == name)
    };
    let channel = |kind| match kind {
        DriftKind::Version => Channel::Package,
        _ => Channel::Http,
    };
    let drifts: Vec<Drifted<'_>> = snapshot
        .drifts()
        .iter()
        .filter(|it| arguments.channel.is_none_or(|only| only == channel(it.kind)))
        .filter(|it| is(it.symbol, &arguments.repo) || is(it.to, &arguments.repo))
        .filter(|it| is(it.symbol, &arguments.from) && is(it.to, &arguments.to))
        .map(|it| Drifted {
            kind: it.kind,
            key: &it.key,
            from: format!("{}:{}", snapshot.display_path(it.file), it.line),
            from_name: snapshot.qualified_name(it.symbol),
            to: format!(
                "{}:{}",
                snapshot.display_path(snapshot.file(it.to)),
                snapshot.lines(it.to).1
            ),
            to_name: snapshot.qualified_name(it.to),
            to_repository: snapshot.repository_name(snapshot.repository_of(it.to)),
            has: &it.has,
        })
        .collect();
    let mut unused = unlinked(snapshot, arguments);
    unused.retain(|side| side.side == "provided" && side.channel == Channel::Http.name());
    let outcome = if drifts.is_empty() { Outcome::Done } else { Outcome::Partial };
    if arguments.json {
        context.out.json(&Checked { drifts, unused })?;
        return Ok(outcome);
    }
    let paint = context.out.paint;
    if drifts.is_empty() {
        context.out.line("Every call fits what answers it, as far as both are written out.")?;
    }
    for kind in [DriftKind::Route, DriftKind::Method, DriftKind::Field, DriftKind::Version] {
        let group: Vec<_> = drifts.iter().filter(|it| it.kind == kind).collect();
        if group.is_empty() {
            continue;
        }
        let what = match kind {
            DriftKind::Route => "asked for, not served",
            DriftKind::Method => "asked for with another method than it is served for",
            DriftKind::Field => "sent without a field that is required",
            DriftKind::Version => "required in another version than the one that is indexed",
        };
        let shown = if arguments.all { group.len() } else { group.len().min(arguments.limit) };
        context.out.line(heading(paint, what, shown, group.len()))?;
        for it in &group[..shown] {
            let answer = match kind {
                DriftKind::Route => {
                    format!("{} has not; nearest {}", it.to_repository, it.has)
                }
                DriftKind::Method => format!("{} serves {}", it.to_repository, it.has),
                DriftKind::Field => format!("{} needs {}", it.to_name, it.has),
                DriftKind::Version => format!("{} is {}", it.to_repository, it.has),
            };
            context.out.line(format_args!(
                "  {}  {}  {}  {}  {}",
                paint.cyan(&it.from),
                it.from_name,
                it.key,
                answer,
                paint.cyan(&it.to)
            ))?;
        }
    }
    if !unused.is_empty() {
        let shown = if arguments.all { unused.len() } else { unused.len().min(arguments.limit) };
        let what = "endpoints that nobody in the index asks for";
        context.out.line(heading(paint, what, shown, unused.len()))?;
        for side in &unused[..shown] {
            let at = paint.cyan(&side.at);
            context.out.line(format_args!("  {at}  {}  {}", side.name, side.key))?;
        }
    }
    Ok(outcome)
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &LinksArguments) -> Result<Outcome, CommandError> {
    let snapshot = context.snapshot()?;
    for repository in [&arguments.repo, &arguments.from, &arguments.to].into_iter().flatten() {
        context::repository(&snapshot, repository)?;
    }
    if arguments.unlinked {
        let sides = unlinked(&snapshot, arguments);
        if arguments.json {
            context.out.json(&sides)?;
        } else {
            print_unlinked(context, &snapshot, &sides, arguments)?;
        }
        return Ok(Outcome::found(!sides.is_empty()));
    }
    if arguments.check {
        return check(context, &snapshot, arguments);
    }
    let links = links(&snapshot, arguments);
    if arguments.json {
        context.out.json(&links)?;
    } else {
        print_links(context, &links, arguments)?;
    }
    Ok(Outcome::found(!links.is_empty()))
}

fn links<'s>(snapshot: &'s Snapshot, arguments: &LinksArguments) -> Vec<Link<'s>> {
    let is_of = |symbol, repository: &Option<String>| {
        let name = snapshot.repository_name(snapshot.repository_of(symbol));
        repository.as_deref().is_none_or(|wanted| wanted == name)
    };
    snapshot
        .links()
        .filter_map(|edge| {
            let (channel, key) = edge.key?;
            if arguments.channel.is_some_and(|only| only != channel)
                || !(is_of(edge.from, &arguments.repo) || is_of(edge.to, &arguments.repo))
                || !(is_of(edge.from, &arguments.from) && is_of(edge.to, &arguments.to))
            {
                return None;
            }
            let (_, line, _) = snapshot.lines(edge.to);
            Some(Link {
                channel: channel.name(),
                key,
                from: format!("{}:{}", snapshot.display_path(edge.file), edge.line),
                from_name: snapshot.qualified_name(edge.from),
                to: format!("{}:{line}", snapshot.display_path(snapshot.file(edge.to))),
                to_name: snapshot.qualified_name(edge.to),
                kind: edge.kind.name(),
                tier: edge.tier,
                rule: edge.rule,
            })
        })
        .collect()
}

/// Required sides at whose line no link of that channel begins, and provided sides whose symbol
/// no link of that channel reaches.
fn unlinked<'s>(snapshot: &'s Snapshot, arguments: &LinksArguments) -> Vec<Unlinked<'s>> {
    let mut sources = BTreeSet::new();
    let mut targets = BTreeSet::new();
    for edge in snapshot.links() {
        if let Some((channel, key)) = edge.key {
            sources.insert((channel.name(), edge.file, edge.line));
            targets.insert((channel.name(), edge.to, ""));
            // A file of routes without names for their handlers is the symbol of all of them.
            targets.insert((channel.name(), edge.to, key));
            // Several sides of one repository may stand for one key (a package's imports).
            sources.insert((key, edge.file, 0));
        }
    }
    let mut providers: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for side in snapshot.keys().iter().filter(|side| side.provides) {
        let owner = snapshot.repository_name(snapshot.file_repository(side.file));
        providers.entry((side.channel.name(), &side.text)).or_default().insert(owner);
    }
    snapshot
        .keys()
        .iter()
        .filter(|side| match arguments.channel {
            Some(only) => only == side.channel,
            // Most required packages are other people's: they are listed when asked for.
            None => side.channel != Channel::Package,
        })
        .filter(|side| {
            let owner = snapshot.repository_name(snapshot.file_repository(side.file));
            arguments.repo.as_deref().is_none_or(|repo| repo == owner)
        })
        .filter(|side| {
            if side.provides {
                let text = match side.channel {
                    Channel::Http | Channel::Grpc | Channel::Topic => side.text.as_str(),
                    _ => "",
                };
                !targets.contains(&(side.channel.name(), side.symbol, text))
            } else {
                let imported = side.channel == Channel::Package
                    && sources.contains(&(side.text.as_str(), side.file, 0));
                !imported && !sources.contains(&(side.channel.name(), side.file, side.line))
            }
        })
        .map(|side| Unlinked {
            channel: side.channel.name(),
            key: &side.text,
            side: if side.provides { "provided" } else { "required" },
            tied: match providers.get(&(side.channel.name(), side.text.as_str())) {
                Some(all) if !side.provides && all.len() > 1 => all.iter().copied().collect(),
                _ => Vec::new(),
            },
            at: format!("{}:{}", snapshot.display_path(side.file), side.line),
            name: snapshot.qualified_name(side.symbol),
            rule: &side.rule,
        })
        .collect()
}

fn print_links(
    context: &mut Context,
    links: &[Link<'_>],
    arguments: &LinksArguments,
) -> Result<(), CommandError> {
    let paint = context.out.paint;
    if links.is_empty() {
        context.out.line("No two repositories meet.     qf links --unlinked")?;
    }
    for channel in Channel::ALL {
        let group: Vec<_> = links.iter().filter(|link| link.channel == channel.name()).collect();
        if group.is_empty() {
            continue;
        }
        let shown = if arguments.all { group.len() } else { group.len().min(arguments.limit) };
        context.out.line(heading(paint, channel.name(), shown, group.len()))?;
        for link in &group[..shown] {
            context.out.line(format_args!(
                "  {}  {} {} {}  {}   {}  {}",
                paint.cyan(&link.from),
                link.from_name,
                link.kind.replace('_', " "),
                link.to_name,
                paint.cyan(&link.to),
                link.key,
                tier_name(paint, link.tier)
            ))?;
        }
    }
    Ok(())
}

fn print_unlinked(
    context: &mut Context,
    snapshot: &Snapshot,
    sides: &[Unlinked<'_>],
    arguments: &LinksArguments,
) -> Result<(), CommandError> {
    let paint = context.out.paint;
    if sides.is_empty() {
        let keys = snapshot
            .keys()
            .iter()
            .filter(|key| arguments.channel.is_none_or(|only| only == key.channel))
            .filter(|key| {
                let owner = snapshot.repository_name(snapshot.file_repository(key.file));
                arguments.repo.as_deref().is_none_or(|repo| repo == owner)
            })
            .count();
        let of = arguments.channel.map_or_else(String::new, |one| format!("{} ", one.name()));
        context.out.line(match keys {
            0 => format!("There are no {of}keys."),
            _ => format!("Every side of every {of}key meets another."),
        })?;
    }
    for (side, tied) in [("required", false), ("required", true), ("provided", false)] {
        for channel in Channel::ALL {
            let group: Vec<_> = sides
                .iter()
                .filter(|unlinked| unlinked.side == side && unlinked.channel == channel.name())
                .filter(|unlinked| unlinked.tied.is_empty() != tied)
                .collect();
            if group.is_empty() {
                continue;
            }
            let shown = if arguments.all { group.len() } else { group.len().min(arguments.limit) };
            let what = match side {
                "required" if tied => {
                    format!("{} required, provided by several repositories", channel.name())
                }
                "required" => format!("{} required, provided by nobody", channel.name()),
                _ => format!("{} provided, required by nobody", channel.name()),
            };
            context.out.line(heading(paint, &what, shown, group.len()))?;
            for unlinked in &group[..shown] {
                context.out.line(format_args!(
                    "  {}  {}  {}{}{}",
                    paint.cyan(&unlinked.at),
                    unlinked.name,
                    unlinked.key,
                    if tied { "  by " } else { "" },
                    unlinked.tied.join(", ")
                ))?;
            }
        }
    }
    Ok(())
}

fn heading(paint: crate::output::Paint, what: &str, shown: usize, total: usize) -> String {
    if shown < total {
        format!("{}, {shown} of {} shown, --all", paint.bold(what), count(total as u64))
    } else {
        format!("{}, {}", paint.bold(what), count(total as u64))
    }
}
