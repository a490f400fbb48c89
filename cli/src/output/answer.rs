//! An answer as text: groups by role, one line an item with its place, name, evidence and tier,
//! and at the end what was counted but not listed.

use super::{Output, Paint, format};
use qf_graph::{Snapshot, Tier};
use qf_query::{Answer, Evidence, Item, Place};
use std::fmt::Write as _;
use std::io;

/// Longest evidence text on a line.
const EVIDENCE: usize = 72;

/// How an answer is shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// With the plan.
    pub explain: bool,
    /// Nothing is cut.
    pub all: bool,
}

/// Roles in the order in which they are listed, with their headings.
const GROUPS: [(&str, &str); 10] = [
    ("definition", "defined at"),
    ("direct", "direct"),
    ("caller", "calls it"),
    ("callee", "calls"),
    ("path", "the way"),
    ("match", "matches"),
    ("transitive", "reaches them"),
    ("initializer", "sets it when creating"),
    ("reads", "reads it"),
    ("test", "tests"),
];

/// Writes an answer.
pub fn print(out: &mut Output, snapshot: &Snapshot, answer: &Answer, look: Look) -> io::Result<()> {
    let paint = out.paint;
    if answer.items.is_empty() {
        nothing(out, answer)?;
    } else {
        let explained = if look.explain { "" } else { "      --explain shows the plan" };
        out.line(format_args!("{}{}", reading(answer), paint.dim(explained)))?;
        ambiguous(out, &answer.ambiguous)?;
        for (role, heading) in GROUPS {
            group(out, snapshot, answer, role, heading, look)?;
        }
        others(out, snapshot, answer, look)?;
        counted(out, answer)?;
    }
    if !answer.notes.is_empty() {
        out.line("")?;
        for note in &answer.notes {
            out.line(note)?;
        }
    }
    if look.explain {
        out.line("")?;
        out.line(answer.explain().trim_end())?;
    }
    let incomplete = if answer.complete { "" } else { " · incomplete: a repository is damaged" };
    out.line(paint.dim(format_args!(
        "{} · index {} old{incomplete}",
        milliseconds(answer.timing.total_ms),
        format::age(answer.indexed_at)
    )))
}

fn reading(answer: &Answer) -> String {
    let mut letters = answer.reading.chars();
    match (answer.reading.starts_with("Reading"), letters.next()) {
        (false, Some(first)) => {
            format!("Reading this as: {}{}", first.to_lowercase(), letters.as_str())
        }
        _ => answer.reading.clone(),
    }
}

/// `0.4 ms`, `23 ms`, `1.2 s`.
fn milliseconds(time: f64) -> String {
    match time {
        time if time < 10.0 => format!("{time:.1} ms"),
        time if time < 1000.0 => format!("{time:.0} ms"),
        time => format!("{:.1} s", time / 1000.0),
    }
}

fn place(place: &Place) -> String {
    format!("{} ({}/{}:{})", place.name, place.repo, place.file, place.line)
}

fn nothing(out: &mut Output, answer: &Answer) -> io::Result<()> {
    let near: Vec<String> = answer.nearest.iter().take(5).map(place).collect();
    let sentence = answer.reading.starts_with(char::is_uppercase);
    let reading = if sentence { answer.reading.clone() } else { reading(answer) };
    let reading = reading.trim_end_matches('.');
    let found = if near.is_empty() {
        if reading.starts_with("Nothing") {
            String::new()
        } else {
            " Nothing was found.".to_owned()
        }
    } else {
        format!(" Near it: {}", near.join(", "))
    };
    out.line(format_args!("{reading}.{found}"))
}

fn ambiguous(out: &mut Output, places: &[Place]) -> io::Result<()> {
    if places.len() < 2 {
        return Ok(());
    }
    let listed: Vec<String> = places.iter().take(4).map(place).collect();
    let more =
        if places.len() > 4 { format!(" and {} more", places.len() - 4) } else { String::new() };
    out.line(format_args!("That may be any of {}{more}; all are answered", listed.join(", ")))
}

fn group(
    out: &mut Output,
    snapshot: &Snapshot,
    answer: &Answer,
    role: &str,
    heading: &str,
    look: Look,
) -> io::Result<()> {
    let items: Vec<&Item> = answer.items.iter().filter(|item| item.role == role).collect();
    if items.is_empty() {
        return Ok(());
    }
    let paint = out.paint;
    let heading = match (role, answer.intent.as_str()) {
        ("transitive", "callees") => "reaches from there",
        ("transitive", "callers" | "impact") => "reaches it",
        _ => heading,
    };
    let total = answer.totals.get(role).copied().unwrap_or(items.len()).max(items.len());
    let numbers = if total > items.len() {
        let hint = if look.all { "" } else { ", --all" };
        format!("{} of {} shown{hint}", items.len(), format::count(total as u64))
    } else {
        format::count(total as u64)
    };
    out.line("")?;
    out.line(format_args!("{}, {numbers}", paint.bold(heading)))?;
    rows(out, snapshot, &items)
}

/// Roles that this version has no heading for.
fn others(out: &mut Output, snapshot: &Snapshot, answer: &Answer, look: Look) -> io::Result<()> {
    let mut roles: Vec<&str> = answer.items.iter().map(|item| item.role.as_str()).collect();
    roles.sort_unstable();
    roles.dedup();
    for role in roles {
        if GROUPS.iter().all(|(known, _)| *known != role) {
            group(out, snapshot, answer, role, role, look)?;
        }
    }
    Ok(())
}

/// Groups of which nothing is listed and that no note counts: `tests, 6`.
fn counted(out: &mut Output, answer: &Answer) -> io::Result<()> {
    let noted = |heading: &str| answer.notes.iter().any(|note| note.contains(heading));
    let parts: Vec<String> = GROUPS
        .iter()
        .filter(|(role, heading)| {
            answer.items.iter().all(|item| item.role != *role) && !(noted(role) || noted(heading))
        })
        .filter_map(|(role, heading)| {
            let total = answer.totals.get(*role).copied().filter(|total| *total > 0)?;
            Some(format!("{heading}, {total}"))
        })
        .collect();
    if parts.is_empty() {
        return Ok(());
    }
    out.line("")?;
    out.line(format_args!("{}     --all", parts.join(" · ")))
}

fn rows(out: &mut Output, snapshot: &Snapshot, items: &[&Item]) -> io::Result<()> {
    let paint = out.paint;
    let places: Vec<String> =
        items.iter().map(|item| format!("{}/{}:{}", item.repo, item.file, item.line)).collect();
    let middles: Vec<String> = items.iter().map(|item| middle(item)).collect();
    let width = |texts: &[String], most: usize| {
        texts.iter().map(|text| text.chars().count()).filter(|len| *len <= most).max().unwrap_or(0)
    };
    let names: Vec<String> = items.iter().map(|item| item.qualified_name.clone()).collect();
    let (places_width, names_width) = (width(&places, 64), width(&names, 40));
    let middles_width = width(&middles, EVIDENCE);
    for (index, item) in items.iter().enumerate() {
        let shown = paint.link(&on_disk(snapshot, item), paint.cyan(&places[index]));
        let mut line = format!(
            "  {shown}{}  {}{}",
            pad(&places[index], places_width),
            names[index],
            pad(&names[index], names_width)
        );
        let _ = write!(line, "  {}{}", middles[index], pad(&middles[index], middles_width));
        if let Some(tier) = item.tier {
            let _ = write!(line, "  {}", tier_name(paint, tier));
        }
        if item.across > 1 {
            line += &paint.dim(format_args!("  across {} repositories", item.across));
        }
        out.line(line.trim_end())?;
    }
    Ok(())
}

/// What proves an item, in few words: the way for what reaches, the line for what does.
fn middle(item: &Item) -> String {
    let chain = item.hops > 1 || item.role == "transitive";
    if chain && !item.why.is_empty() {
        return item.why.clone();
    }
    match item.evidence.as_slice() {
        [] => item.why.clone(),
        [only] => proof(item, only, EVIDENCE),
        [first, rest @ ..] => {
            let more = format!("  (+{})", rest.len());
            proof(item, first, EVIDENCE - more.len()) + &more
        }
    }
}

/// A line that proves it, with its number where that is another than the definition's.
fn proof(item: &Item, evidence: &Evidence, most: usize) -> String {
    if evidence.line == item.line {
        return format::shorten(&evidence.text, most);
    }
    let number = format!(":{} ", evidence.line);
    let text = format::shorten(&evidence.text, most - number.len());
    number + &text
}

fn pad(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(text.chars().count()))
}

fn on_disk(snapshot: &Snapshot, item: &Item) -> String {
    snapshot
        .repository_named(&item.repo)
        .map(|repository| format!("{}/{}", snapshot.entry(repository).root, item.file))
        .unwrap_or_default()
}

/// A tier's name in its colour.
pub fn tier_name(paint: Paint, tier: Tier) -> String {
    match tier {
        Tier::Compiler | Tier::Exact | Tier::Typed => paint.green(tier.name()),
        Tier::Dispatch | Tier::Likely => paint.yellow(tier.name()),
        Tier::Maybe => paint.red(tier.name()),
    }
}
