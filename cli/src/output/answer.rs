//! An answer as text: groups by role, one line an item with its place, name, evidence and tier,
//! and at the end what was counted but not listed.

use super::{Output, Paint, format};
use qf_graph::{Snapshot, Tier};
use qf_query::{Answer, Evidence, Item, Meaning, Place};
use std::fmt::Write as _;
use std::io;

/// Longest evidence text on a line.
const EVIDENCE: usize = 72;

/// Widest columns of places and names.
const PLACE: usize = 64;
const NAME: usize = 40;
/// Least room for parameters.
const PARAMETERS: usize = 24;
/// So many items of one file stand below its path.
const FOLDED: usize = 3;
/// Most steps of a chain that are shown.
const CHAIN: usize = 6;
/// Most meanings of a name that are listed.
const MOST_MEANINGS: usize = 5;

/// How an answer is shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// With the plan.
    pub explain: bool,
    /// Nothing is cut.
    pub all: bool,
}

/// Roles in the order in which they are listed, with their headings.
const GROUPS: [(&str, &str); 14] = [
    ("definition", "defined at"),
    ("direct", "direct"),
    ("caller", "calls it"),
    ("user", "uses it"),
    ("callee", "calls"),
    ("path", "the way"),
    ("example", "examples"),
    ("part", "parts"),
    ("match", "matches"),
    ("transitive", "reaches them"),
    ("initializer", "sets it when creating"),
    ("reads", "reads it"),
    ("test", "tests"),
    ("helper", "helpers of tests"),
];

/// Writes an answer.
pub fn print(out: &mut Output, snapshot: &Snapshot, answer: &Answer, look: Look) -> io::Result<()> {
    let paint = out.paint;
    if answer.items.is_empty() && answer.groups.is_empty() {
        nothing(out, answer)?;
    } else {
        let explained = if look.explain { "" } else { "      --explain shows the plan" };
        out.line(format_args!("{}{}", reading(answer), paint.dim(explained)))?;
        for meaning in &answer.meanings {
            out.line(several(meaning))?;
        }
        if let Some(phrased) = &answer.phrased {
            out.line("")?;
            for sentence in &phrased.sentences {
                out.line(&sentence.text)?;
            }
            let dropped = match phrased.dropped {
                0 => String::new(),
                dropped => format!(
                    "; {dropped} of its sentences named code without proof and are left out"
                ),
            };
            out.line(paint.dim(format_args!(
                "phrased by {}; [n] is the n-th item below{dropped}",
                phrased.model
            )))?;
        }
        for (group, count) in &answer.groups {
            out.line(format_args!("{count:>8}  {group}"))?;
        }
        // Items come role by role, in the order in which these are to be read.
        let mut roles: Vec<&str> = answer.items.iter().map(|item| item.role.as_str()).collect();
        roles.dedup();
        for role in roles {
            let known = GROUPS.iter().find(|(known, _)| *known == role);
            group(out, snapshot, answer, role, known.map_or(role, |(_, heading)| *heading), look)?;
        }
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
        for query in &answer.queries {
            out.line("")?;
            out.line(paint.dim("as a plan, for `qf query`:"))?;
            out.line(shortened(&query.algebra))?;
            out.line(paint.dim("in SPARQL 1.1, for `qf sparql`:"))?;
            out.line(shortened(query.sparql.trim_end()))?;
        }
    }
    let incomplete = if answer.complete { "" } else { " · incomplete: a repository is damaged" };
    let of = snapshot.view().map_or_else(String::new, |view| {
        let commit = view.revision.get(..10).unwrap_or(&view.revision);
        format!(" · {} at {commit}", view.repository)
    });
    out.line(paint.dim(format_args!(
        "{} · index {} old{of}{incomplete}",
        milliseconds(answer.timing.total_ms),
        format::age(answer.indexed_at)
    )))
}

/// A query without most of a long list of symbols; `--json` has all of it.
fn shortened(query: &str) -> String {
    const MOST: usize = 12;
    let (mut out, mut seen) = (String::new(), 0);
    for word in query.split_inclusive([' ', '\n']) {
        let symbol = word.contains("urn:qf:symbol:");
        seen = if symbol { seen + 1 } else { 0 };
        if seen == MOST + 1 {
            out += "… ";
        }
        if seen <= MOST {
            out += word;
        }
    }
    out
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
    format!("{} ({}/{}:{})", format::name(&place.name), place.repo, place.file, place.line)
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

/// `Currency` is 2 definitions: …
fn several(meaning: &Meaning) -> String {
    let Meaning { name, count, places } = meaning;
    let narrow = "narrow with --repo or the qualified name";
    if places.len() < *count || *count > MOST_MEANINGS {
        return format!("`{name}` is {} definitions; {narrow}", format::count(*count as u64));
    }
    let listed: Vec<String> = places.iter().map(place).collect();
    format!("`{name}` is {count} definitions: {}; {narrow}", listed.join(", "))
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

/// One line an item. Items of one file that follow each other, and places too long for a column,
/// stand below the file's path, so that the columns stay narrow.
fn rows(out: &mut Output, snapshot: &Snapshot, items: &[&Item]) -> io::Result<()> {
    let mut plain: Vec<&Item> = Vec::new();
    for run in items.chunk_by(|a, b| a.repo == b.repo && a.file == b.file) {
        let file = format!("{}/{}", run[0].repo, run[0].file);
        let longest = run.iter().map(|item| item.line).max().unwrap_or(0).to_string().len();
        if run.len() < FOLDED && file.chars().count() + 1 + longest <= PLACE {
            plain.extend(run);
            continue;
        }
        table(out, snapshot, &plain, false)?;
        plain.clear();
        out.line(format_args!("  {}", out.paint.cyan(file)))?;
        table(out, snapshot, run, true)?;
    }
    table(out, snapshot, &plain, false)
}

/// Items in columns; `folded` when their file is named above them.
fn table(out: &mut Output, snapshot: &Snapshot, items: &[&Item], folded: bool) -> io::Result<()> {
    let paint = out.paint;
    let width = |texts: &[String]| texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let places: Vec<String> = items
        .iter()
        .map(|item| {
            if folded {
                format!(":{}", item.line)
            } else {
                format!("{}/{}:{}", item.repo, item.file, item.line)
            }
        })
        .collect();
    let names: Vec<String> = items.iter().map(|item| shown_name(item)).collect();
    let middles: Vec<String> = items.iter().map(|item| middle(item)).collect();
    let (places_width, names_width) = (width(&places), width(&names));
    let middles_width = width(&middles).min(EVIDENCE);
    let indent = if folded { "    " } else { "  " };
    for (index, item) in items.iter().enumerate() {
        let shown = paint.link(&on_disk(snapshot, item), paint.cyan(&places[index]));
        let mut line = format!(
            "{indent}{shown}{}  {}{}",
            pad(&places[index], places_width),
            names[index],
            pad(&names[index], names_width)
        );
        let _ = write!(line, "  {}{}", middles[index], pad(&middles[index], middles_width));
        if let Some(tier) = item.tier {
            let _ = write!(line, "  {}", tier_name(paint, tier));
            if let Some(precision) = item.precision {
                line += &paint.dim(format_args!(" {}", format::share(precision)));
            }
        }
        if let ("path", Some(step)) = (item.role.as_str(), item.steps.first()) {
            line += &paint.dim(format_args!("  {}", step.rule));
        }
        if item.across > 1 {
            line += &paint.dim(format_args!("  across {} repositories", item.across));
        }
        out.line(line.trim_end())?;
    }
    Ok(())
}

/// A qualified name that fits its column: of a long one the end, which says most; of an overload
/// with its parameters.
fn shown_name(item: &Item) -> String {
    let name = format::name(&item.qualified_name);
    let length = name.chars().count();
    let mut shown = name.clone();
    if length > NAME {
        let end: String = name.chars().skip(length - NAME + 1).collect();
        let whole = end.split_once('.').map_or(end.as_str(), |(_, whole)| whole);
        shown = format!("…{}", if name.contains(' ') { end.as_str() } else { whole });
    }
    if let Some(parameters) = &item.parameters {
        let room = NAME.saturating_sub(shown.chars().count()).max(PARAMETERS);
        shown += &format::shorten(parameters, room);
    }
    shown
}

/// What proves an item, in few words: the way for what reaches, the line for what does.
fn middle(item: &Item) -> String {
    let step = item.role == "path";
    let chain = !step && (item.hops > 1 || item.role == "transitive");
    if chain && !item.why.is_empty() {
        return shorter_chain(&item.why);
    }
    let more = match item.evidence.len() {
        0 => return item.why.clone(),
        1 => String::new(),
        2 => "  and 1 line more".to_owned(),
        lines => format!("  and {} lines more", lines - 1),
    };
    let text = proof(item, &item.evidence[0], EVIDENCE - more.len()) + &more;
    // A step over a wire or through an interface: what is between its line and the next step.
    match item.why.rsplit_once(" → ") {
        Some((between, _)) if step => format!("{text}  {between}"),
        _ => text,
    }
}

/// A chain without its middle, when that is long.
fn shorter_chain(chain: &str) -> String {
    let arrow = if chain.contains('→') { "→ " } else { "← " };
    let steps: Vec<&str> = chain.split(arrow).map(str::trim).collect();
    // Before the first arrow there are words or nothing.
    if steps.len() - 1 <= CHAIN {
        return chain.to_owned();
    }
    let (head, tail) = (&steps[..CHAIN - 2], &steps[steps.len() - 2..]);
    let left = format!("… {} more …", steps.len() - head.len() - tail.len());
    let shown: Vec<&str> = head.iter().chain([&left.as_str()]).chain(tail).copied().collect();
    shown.join(&format!(" {arrow}")).trim().to_owned()
}

/// A line that proves it, with its number where that is another than the definition's.
fn proof(item: &Item, evidence: &Evidence, most: usize) -> String {
    let number =
        if evidence.line == item.line { String::new() } else { format!(":{} ", evidence.line) };
    let room = most - number.chars().count();
    let text = match evidence.focus {
        Some(focus) => format::shorten_around(&evidence.text, focus, room),
        None => format::shorten(&evidence.text, room),
    };
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

#[cfg(test)]
mod tests {
    use super::shorter_chain;

    #[test]
    fn long_chains_lose_their_middle() {
        assert_eq!(shorter_chain("→ a → b"), "→ a → b");
        assert_eq!(shorter_chain("→ a → b → c → d → e → f"), "→ a → b → c → d → e → f");
        assert_eq!(
            shorter_chain("→ a → b → c → d → e → f → g → h"),
            "→ a → b → c → … 3 more … → g → h"
        );
        assert_eq!(
            shorter_chain("tests it → a → b → c → d → e → f → g"),
            "tests it → a → b → c → … 2 more … → f → g"
        );
    }
}
