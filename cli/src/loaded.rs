//! What was loaded into a session, beside what the index knows.
//!
//! The query crate answers from the index and knows nothing of sessions; the agent crate searches a
//! session and knows nothing of questions. Here the two meet: passages of a session that fit a
//! question, and below each the places in indexed code that it names. A log line that names none may
//! still be the work of one statement, which is asked for as a person would ask: where is this
//! message raised?

use crate::commands::ask::{self, AnswerArguments};
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::{count, plural, shorten};
use qf_agent::checkpoint::tree::shown;
use qf_agent::session::mentions::{self, Found, Resolved};
use qf_agent::session::search::{self, Hit};
use qf_agent::session::{DEFAULT, SessionError, Sessions};
use qf_graph::Snapshot;
use qf_graph::embed::Embedder;
use qf_graph::embed::static_model::StaticModel;
use qf_query::context::{Pack, tokens};
use qf_query::{Answer, Options};
use serde::Serialize;
use std::io;

/// Names the session that is meant where none is named.
const VARIABLE: &str = "QF_SESSION";
/// Items of an answer when no limit is given.
const ITEMS: usize = 5;
/// Items that a pack may be made of.
pub const PACKED: usize = 12;
/// Share of a pack's budget, in percent.
const SHARE: usize = 30;
/// Most places of one passage that are listed.
const PLACES: usize = 8;
/// So many of the best items are looked at for their messages.
const MESSAGES: usize = 3;
/// Widest line of a passage on a terminal.
const WIDTH: usize = 110;
/// Most lines and characters of a passage in a pack.
const LINES: usize = 40;
const CHARACTERS: usize = 2_000;

/// What a session says to a question.
#[derive(Debug, Serialize)]
pub struct Loaded {
    /// Name of the session.
    pub name: String,
    /// The passages that fit best.
    pub items: Vec<Item>,
    /// What else should be known of the files.
    pub notes: Vec<String>,
}

/// A passage.
#[derive(Debug, Serialize)]
pub struct Item {
    #[serde(flatten)]
    hit: Hit,
    /// The places in code that it names.
    mentions: Vec<Mention>,
}

/// A place in code that a passage names.
#[derive(Debug, PartialEq, Serialize)]
struct Mention {
    /// As it is written.
    stated: String,
    /// `place` where the text names it, `message` where a line of code has its words.
    by: &'static str,
    /// Where that is in the index; several are a tie, which is not guessed.
    places: Vec<Place>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Place {
    repo: String,
    file: String,
    line: u32,
    symbol: Option<String>,
}

/// The session that a command is about: the one that is named, else that of `QF_SESSION`, else the
/// default one.
pub fn name(asked: Option<&str>) -> String {
    asked.map(str::to_owned).or_else(from_environment).unwrap_or_else(|| DEFAULT.to_owned())
}

fn from_environment() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|name| !name.is_empty())
}

/// The model that questions and texts are embedded with.
pub fn with_embedder<T>(
    run: impl FnOnce(&dyn Embedder) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    match qf_models::from_environment()? {
        Some(embedder) => run(embedder.as_ref()),
        None => run(StaticModel::get()),
    }
}

/// What the session that is asked for, or that the environment names, says to a question. None
/// where no session is meant.
pub fn find(
    snapshot: &Snapshot,
    asked: Option<&str>,
    question: &str,
    limit: Option<usize>,
) -> Result<Option<Loaded>, CommandError> {
    let Some(name) = asked.map(str::to_owned).or_else(from_environment) else { return Ok(None) };
    let session = match Sessions::of_user().open(&name) {
        // The environment names one for whenever there is one.
        Err(SessionError::Unknown { .. }) if asked.is_none() => return Ok(None),
        session => session?,
    };
    let found = with_embedder(|embedder| {
        Ok(search::search(&session, question, limit.unwrap_or(ITEMS), embedder)?)
    })?;
    let items = found.hits.into_iter().enumerate().map(|(rank, hit)| {
        let mut mentions = stated(snapshot, &hit);
        if mentions.is_empty() && hit.kind == "log" && rank < MESSAGES {
            mentions.extend(raised(snapshot, &hit.text));
        }
        Item { hit, mentions }
    });
    Ok(Some(Loaded { name, items: items.collect(), notes: found.notes }))
}

/// The places that a passage, or the record that goes on behind it, names and the index has.
fn stated(snapshot: &Snapshot, hit: &Hit) -> Vec<Mention> {
    let mut all: Vec<Mention> = Vec::new();
    let text = if hit.record.is_empty() { &hit.passage } else { &hit.record };
    for stated in mentions::mentions(text) {
        let places: Vec<Place> = match mentions::resolve(snapshot, &stated) {
            Resolved::One(found) => vec![place(found)],
            Resolved::Tie(several) => several.into_iter().map(place).collect(),
            Resolved::Nothing => continue,
        };
        let mention =
            Mention { stated: format!("{}:{}", stated.path, stated.line), by: "place", places };
        if !all.iter().any(|other| other.places == mention.places) {
            all.push(mention);
        }
    }
    all
}

fn place(found: Found) -> Place {
    let Found { repository, path, line, symbol } = found;
    Place { repo: repository, file: path, line, symbol }
}

/// The line of code that has the words of a message; none where several do.
fn raised(snapshot: &Snapshot, line: &str) -> Option<Mention> {
    let message = message(line)?;
    let question = format!("where is the message \"{message}\" logged?");
    let options = Options { limit: Some(2), ..Options::default() };
    let answer = qf_query::ask(snapshot, &question, &options);
    let [item] = answer.items.as_slice() else { return None };
    if answer.intent != "raised" || item.role != "match" {
        return None;
    }
    let line = item.evidence.first().map_or(item.line, |evidence| evidence.line);
    let place = Place {
        repo: item.repo.clone(),
        file: item.file.clone(),
        line,
        symbol: Some(item.qualified_name.clone()),
    };
    Some(Mention { stated: message, by: "message", places: vec![place] })
}

/// The words of a log line that its statement may have: not the time, the level and the logger, and
/// nothing with digits. None where too few are left to know it by.
fn message(line: &str) -> Option<String> {
    const LEVELS: [&str; 10] = [
        "TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL",
        "PANIC",
    ];
    const LEAST: usize = 3;
    let object: Option<serde_json::Value> =
        if line.starts_with('{') { serde_json::from_str(line).ok() } else { None };
    let stated = object.as_ref().and_then(|object| {
        ["message", "msg", "event"].iter().find_map(|name| object[*name].as_str())
    });
    let words: Vec<&str> = stated.unwrap_or(line).split_whitespace().collect();
    let letters = |word: &str| word.trim_matches(|c: char| !c.is_alphabetic()).to_uppercase();
    let level = words.iter().take(8).position(|word| LEVELS.contains(&letters(word).as_str()));
    let mut rest = &words[level.map_or(0, |at| at + 1)..];
    // `app.ledger:`, `app.ledger -`, `[worker]`
    while let [first, after @ ..] = rest
        && (first.ends_with(':') || first.starts_with('[') || after.first() == Some(&"-"))
        && after.len() >= LEAST
    {
        rest = after;
    }
    let plain = |word: &&str| {
        word.chars().any(char::is_alphabetic) && !word.chars().any(|c| c.is_numeric() || c == '=')
    };
    let words: Vec<String> =
        rest.iter().copied().filter(plain).map(|word| word.replace(['"', '`'], "")).collect();
    (words.len() >= LEAST).then(|| words.join(" "))
}

#[derive(Serialize)]
struct With<'a, T> {
    #[serde(flatten)]
    main: &'a T,
    session: &'a Loaded,
}

/// Prints an answer, and what a session adds.
pub fn show(
    context: &mut Context,
    snapshot: &Snapshot,
    answer: &Answer,
    arguments: &AnswerArguments,
    loaded: &Loaded,
) -> Result<Outcome, CommandError> {
    let found = Outcome::found(!loaded.items.is_empty());
    if arguments.json {
        if let Some(problem) = snapshot.take_search_problem() {
            context.messages.warning(problem);
        }
        context.out.json(&With { main: answer, session: loaded })?;
        let any = !answer.items.is_empty() || !answer.groups.is_empty();
        return Ok(if any { Outcome::Done } else { found });
    }
    let outcome = ask::show(context, snapshot, answer, arguments)?;
    if arguments.json_lines {
        context.out.json_line(&serde_json::json!({ "session": loaded }))?;
    } else {
        print(context, loaded)?;
    }
    Ok(if outcome == Outcome::NothingFound { found } else { outcome })
}

/// Writes passages for people. What comes from files may have what a terminal takes for commands.
fn print(context: &mut Context, loaded: &Loaded) -> io::Result<()> {
    let paint = context.out.paint;
    let out = &mut context.out;
    out.line("")?;
    let heading = paint.bold("in what was loaded");
    let number = count(loaded.items.len() as u64);
    out.line(format_args!("{heading}, {number}      session {}", loaded.name))?;
    let safe = |text: &str| shown(shorten(text, WIDTH).as_bytes());
    for item in &loaded.items {
        let hit = &item.hit;
        out.line(format_args!("  {}  {}", paint.cyan(safe(&hit.place)), safe(&hit.text)))?;
        for mention in item.mentions.iter().take(PLACES) {
            let places: Vec<String> = mention
                .places
                .iter()
                .map(|place| {
                    let at = format!("{}/{}:{}", place.repo, place.file, place.line);
                    let symbol = place.symbol.as_deref().unwrap_or_default();
                    format!("{} {symbol}", paint.cyan(at)).trim_end().to_owned()
                })
                .collect();
            let line = match (mention.by, places.as_slice()) {
                ("message", [one]) => {
                    format!("{one}  {}", paint.dim("has the words of the message"))
                }
                (_, [one]) => one.clone(),
                (_, several) => {
                    format!("{} may be {}", safe(&mention.stated), several.join(" or "))
                }
            };
            out.line(format_args!("    → {line}"))?;
        }
        if item.mentions.len() > PLACES {
            let more = plural((item.mentions.len() - PLACES) as u64, "place");
            out.line(paint.dim(format_args!("    and {more} more")))?;
        }
        if hit.alike > 0 {
            let lines = plural(hit.alike as u64, "line");
            let least = if hit.alike_at_least { "at least " } else { "" };
            out.line(paint.dim(format_args!("    and {least}{lines} more that say the same")))?;
        }
    }
    for note in &loaded.notes {
        out.line(safe(note))?;
    }
    Ok(())
}

/// Prints a pack with what a session has for a task in it.
pub fn pack(
    context: &mut Context,
    snapshot: &Snapshot,
    task: &str,
    budget: usize,
    options: &Options,
    json: bool,
    mut loaded: Loaded,
) -> Result<Outcome, CommandError> {
    let share = budget * SHARE / 100;
    let mut used = tokens(&section(&loaded.name, &[]));
    loaded.items.retain(|item| {
        let size = tokens(&markdown(item)) + 1;
        let fits = used + size <= share;
        used += if fits { size } else { 0 };
        fits
    });
    if loaded.items.is_empty() {
        used = 0;
    }
    let mut pack: Pack = qf_query::context::pack(snapshot, task, budget - used, options);
    let text = loop {
        let mut text = pack.markdown();
        if !loaded.items.is_empty() {
            text += &section(&loaded.name, &loaded.items);
        }
        pack.tokens = tokens(&text);
        // Counted apart, the parts of a text may have fewer tokens than it has as a whole.
        if pack.tokens <= budget || loaded.items.pop().is_none() {
            break text;
        }
    };
    pack.budget = budget;
    if let Some(problem) = snapshot.take_search_problem() {
        context.messages.warning(problem);
    }
    if json {
        context.out.json(&With { main: &pack, session: &loaded })?;
    } else {
        context.out.bytes(text.as_bytes())?;
    }
    for note in &loaded.notes {
        context.messages.warning(shown(note.as_bytes()));
    }
    Ok(Outcome::found(!pack.entries.is_empty() || !loaded.items.is_empty()))
}

/// What a session has, as Markdown.
fn section(name: &str, items: &[Item]) -> String {
    let mut out = format!("\n# Loaded in session {name}\n");
    for item in items {
        out += &markdown(item);
    }
    out
}

fn markdown(item: &Item) -> String {
    let passage = harmless(&clipped(&item.hit.passage));
    // A fence longer than any in the text.
    let longest = passage.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut out = format!("\n## {}\n{fence}\n{passage}\n{fence}\n", in_a_line(&item.hit.place));
    for mention in item.mentions.iter().take(PLACES) {
        let places: Vec<String> = mention
            .places
            .iter()
            .map(|place| {
                let symbol =
                    place.symbol.as_ref().map_or_else(String::new, |it| format!(" `{it}`"));
                format!("{}/{}:{}{symbol}", place.repo, place.file, place.line)
            })
            .collect();
        let stated = in_a_line(&mention.stated).replace('`', "ˋ");
        out += &format!("- {stated} → {}\n", in_a_line(&places.join(" or ")));
    }
    out
}

/// A text without what a terminal takes for commands; lines and columns stay.
fn harmless(text: &str) -> String {
    let shown = |c: char| matches!(c, '\n' | '\t') || !c.is_control();
    text.chars().map(|c| if shown(c) { c } else { '\u{fffd}' }).collect()
}

/// The same of what stands in one line.
fn in_a_line(text: &str) -> String {
    harmless(text).replace('\n', "\u{fffd}")
}

/// The beginning of a passage.
fn clipped(passage: &str) -> String {
    let lines: Vec<&str> = passage.lines().take(LINES).collect();
    let mut text: String = lines.join("\n").chars().take(CHARACTERS).collect();
    if text.len() < passage.trim_end().len() {
        text.push_str("\n…");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{clipped, harmless, in_a_line, message};

    #[test]
    fn a_message_is_what_its_statement_says() {
        let said = |line: &str| message(line).unwrap_or_default();
        assert_eq!(
            said("2024-05-01 12:00:01,123 ERROR app.ledger: insufficient funds for user 42"),
            "insufficient funds for user"
        );
        assert_eq!(
            said("12:00:01 [main] WARN  a.b.C - cannot reach the server"),
            "cannot reach the server"
        );
        assert_eq!(
            said(r#"{"level":"error","msg":"cannot charge the card"}"#),
            "cannot charge the card"
        );
        assert_eq!(said("ERROR boom"), "");
        assert_eq!(said(""), "");
    }

    #[test]
    fn what_a_terminal_takes_for_commands_is_not_written() {
        assert_eq!(harmless("a\u{1b}[2Jb\r\n\tc\u{9b}"), "a\u{fffd}[2Jb\u{fffd}\n\tc\u{fffd}");
        assert_eq!(in_a_line("a\nb"), "a\u{fffd}b");
    }

    #[test]
    fn long_passages_are_cut() {
        assert_eq!(clipped("a\nb\n"), "a\nb");
        assert!(clipped(&"x".repeat(10_000)).ends_with("\n…"));
    }
}
