//! Replies: as few characters as say it, and never more than the budget.
//!
//! The text block is what a model reads, a line an item; the structured content is what a program
//! reads. Together they stay within 800 tokens (at four characters a token) unless the caller
//! names a limit: items are cut, their number is told, and so is the call that gives them.

use super::tools::{Call, Relation, Relations, Symbol};
use crate::output::format::{age, age_seconds, shorten, shorten_around};
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::Direction;
use qf_graph::store::lock::WriterLock;
use qf_graph::{EdgeKind, Snapshot, SymbolId, Tier};
use qf_query::{Answer, Item, Meaning, Options};
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Most characters of a reply: 800 tokens, less what the protocol wraps around it.
const BUDGET: usize = 3_200 - 250;
/// Most items when the caller names a limit.
const MOST: usize = 500;

/// Answers a call.
pub fn reply(snapshot: &Snapshot, call: &Call) -> CallToolResult {
    match call {
        Call::Ask(ask) => {
            let options = options(ask.repo.as_deref(), ask.limit, None);
            if let Some(budget) = ask.budget {
                // Room for what every reply ends with.
                const FOOTER: usize = 40;
                let pack = budget.saturating_sub(FOOTER);
                let pack = qf_query::context::pack(snapshot, &ask.question, pack, &options);
                let footer = format!(
                    "\n{} more definitions fit; index {} old",
                    pack.left_out,
                    crate::output::format::age(snapshot.published())
                );
                return CallToolResult::success(vec![ContentBlock::text(
                    pack.markdown() + &footer,
                )]);
            }
            let answer = qf_query::ask(snapshot, &ask.question, &options);
            items(snapshot, &answer, ask.limit)
        }
        Call::Relations(relations) => related(snapshot, relations),
        Call::Path(path) => {
            let answer = qf_query::path(snapshot, &path.from, &path.to, &Options::default());
            items(snapshot, &answer, None)
        }
        Call::Symbol(symbol) => symbols(snapshot, symbol),
        Call::Status => status(snapshot),
    }
}

fn options(repo: Option<&str>, limit: Option<usize>, hops: Option<u32>) -> Options {
    Options {
        limit: limit.map(|limit| limit.min(MOST)),
        repo: repo.map(str::to_owned),
        hops,
        ..Options::default()
    }
}

fn related(snapshot: &Snapshot, relations: &Relations) -> CallToolResult {
    let verb = match relations.relation {
        Relation::Callers => qf_query::callers,
        Relation::Callees => qf_query::callees,
        Relation::Writers => qf_query::writers,
        Relation::Impact => qf_query::impact,
        Relation::Tests => qf_query::tests,
    };
    let options = options(None, relations.limit, relations.hops);
    let answer = verb(snapshot, &relations.name, &options);
    items(snapshot, &answer, relations.limit)
}

/// What every reply says of the index.
fn state(snapshot: &Snapshot) -> Map<String, Value> {
    let mut state = Map::new();
    state.insert("generation".into(), snapshot.generation().into());
    state.insert("age_seconds".into(), age_seconds(snapshot.published()).into());
    state.insert("complete".into(), snapshot.damaged().is_empty().into());
    state.insert("pending".into(), WriterLock::holder(snapshot.home()).is_some().into());
    state
}

fn footer(snapshot: &Snapshot) -> String {
    let mut text = format!("index {} old", age(snapshot.published()));
    if !snapshot.damaged().is_empty() {
        text += "; INCOMPLETE: a repository is damaged (qf check)";
    }
    if WriterLock::holder(snapshot.home()).is_some() {
        text += "; a writer is at work, newer answers soon";
    }
    text
}

fn result(structured: Map<String, Value>, text: String) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
    result.structured_content = Some(Value::Object(structured));
    result
}

/// The answer's items, as many as fit.
fn items(snapshot: &Snapshot, answer: &Answer, limit: Option<usize>) -> CallToolResult {
    let wanted = limit.unwrap_or(usize::MAX).min(answer.items.len());
    let mut shown = wanted;
    loop {
        let (structured, text) = render(snapshot, answer, shown);
        let size = text.len()
            + serde_json::to_string(&structured).map_or(0, |structured| structured.len());
        if size <= BUDGET || shown <= 1 || limit.is_some() {
            return result(structured, text);
        }
        // Near the budget one item at a time, far from it in larger steps.
        shown = (shown - 1).min(shown * BUDGET / size + 1);
    }
}

fn render(snapshot: &Snapshot, answer: &Answer, shown: usize) -> (Map<String, Value>, String) {
    let total: usize = answer
        .totals
        .iter()
        .filter(|(role, _)| answer.items.iter().any(|item| item.role == **role))
        .map(|(_, total)| *total)
        .sum::<usize>()
        .max(answer.items.len());
    let left = total - shown;
    let mut structured = state(snapshot);
    structured.insert("intent".into(), answer.intent.clone().into());
    structured.insert("totals".into(), json!(answer.totals));
    let rows: Vec<Value> = answer.items[..shown].iter().map(row).collect();
    structured.insert("items".into(), rows.into());
    structured.insert("left".into(), left.into());
    let mut text = shorten(&answer.reading, 200);
    let mut role = "";
    for item in &answer.items[..shown] {
        if item.role != role {
            role = &item.role;
            let total = answer.totals.get(role).copied().unwrap_or(0);
            let _ = write!(text, "\n{role} ({total}):");
        }
        let _ = write!(text, "\n{}", line(item));
    }
    if answer.items.is_empty() && !answer.nearest.is_empty() {
        let near: Vec<String> = answer
            .nearest
            .iter()
            .take(5)
            .map(|place| format!("{} {}/{}:{}", place.name, place.repo, place.file, place.line))
            .collect();
        let _ = write!(text, "\nNear it: {}", near.join(", "));
        structured.insert("nearest".into(), near.into());
    }
    for Meaning { name, count, .. } in &answer.meanings {
        let _ = write!(text, "\n`{name}` is {count} definitions: give Type.member or repo");
    }
    for note in answer.notes.iter().take(3) {
        let _ = write!(text, "\n{}", shorten(note, 160));
    }
    if left > 0 {
        let _ =
            write!(text, "\n{left} more: call again with limit {}", (shown * 4).clamp(50, MOST));
    }
    let _ = write!(text, "\n{}", footer(snapshot));
    (structured, text)
}

fn row(item: &Item) -> Value {
    let mut row = json!({
        "at": format!("{}/{}:{}", item.repo, item.file, item.line),
        "name": item.qualified_name,
        "role": item.role,
    });
    if let Some(tier) = item.tier {
        row["tier"] = tier.name().into();
    }
    row
}

fn line(item: &Item) -> String {
    let mut line = format!("{}/{}:{} {}", item.repo, item.file, item.line, item.qualified_name);
    if let Some(parameters) = &item.parameters {
        line += &shorten(parameters, 40);
    }
    if let Some(tier) = item.tier {
        let _ = write!(line, " [{}]", tier.name());
    }
    let chain = item.hops > 1 && item.role != "path" && !item.why.is_empty();
    if chain {
        let _ = write!(line, " {}", shorten(&item.why, 120));
    } else if let Some(evidence) = item.evidence.first() {
        if evidence.line != item.line {
            let _ = write!(line, " :{}", evidence.line);
        }
        let text = match evidence.focus {
            Some(focus) => shorten_around(&evidence.text, focus, 80),
            None => shorten(&evidence.text, 80),
        };
        let _ = write!(line, " {text}");
    }
    line
}

/// What a name is.
fn symbols(snapshot: &Snapshot, asked: &Symbol) -> CallToolResult {
    let Ok(found) = crate::names::symbols(snapshot, &asked.name) else {
        let options = options(asked.repo.as_deref(), None, None);
        return items(snapshot, &qf_query::where_is(snapshot, &asked.name, &options), None);
    };
    let wanted: Vec<SymbolId> = found
        .into_iter()
        .filter(|symbol| {
            let owner = snapshot.repository_name(snapshot.repository_of(*symbol));
            asked.repo.as_deref().is_none_or(|repo| repo == owner)
        })
        .collect();
    let mut structured = state(snapshot);
    let mut described = Vec::new();
    let mut texts = Vec::new();
    let mut size = 400;
    for symbol in &wanted {
        let (value, text) = describe(snapshot, *symbol);
        size += value.to_string().len() + text.len();
        if size > BUDGET && !described.is_empty() {
            break;
        }
        described.push(value);
        texts.push(text);
    }
    let left = wanted.len() - described.len();
    structured.insert("items".into(), described.into());
    structured.insert("left".into(), left.into());
    if wanted.is_empty() {
        texts.push(format!("Nothing in that repository is named `{}`.", asked.name));
    }
    if left > 0 {
        texts.push(format!("{left} more of that name: give Type.member or repo"));
    }
    texts.push(footer(snapshot));
    result(structured, texts.join("\n"))
}

fn describe(snapshot: &Snapshot, symbol: SymbolId) -> (Value, String) {
    let kind = snapshot.kind(symbol);
    let count = |wanted: EdgeKind| {
        let mut from: Vec<SymbolId> = snapshot
            .edges(symbol, Direction::In)
            .iter()
            .filter(|edge| edge.kind == wanted && edge.tier <= Tier::Likely)
            .map(|edge| edge.from)
            .collect();
        from.sort_unstable();
        from.dedup();
        from.len()
    };
    let members: Vec<&str> = snapshot
        .children(symbol)
        .filter(|_| kind != SymbolKind::Function)
        .map(|child| snapshot.name(child))
        .filter(|name| !name.is_empty())
        .take(20)
        .collect();
    let at = crate::names::place(snapshot, symbol);
    let name = snapshot.qualified_name(symbol);
    let signature = shorten(&snapshot.signature(symbol), 160);
    let mut value = json!({
        "at": at,
        "end_line": snapshot.lines(symbol).2,
        "name": name,
        "kind": kind.name(),
        "signature": signature,
    });
    let mut text = format!("{at} {} {name}\n{signature}", kind.name());
    if let Some(doc) = snapshot.doc(symbol) {
        let _ = write!(text, "\n{}", shorten(doc, 200));
    }
    let counted: &[(&str, EdgeKind)] = if kind.is_value() {
        &[("readers", EdgeKind::Reads), ("writers", EdgeKind::Writes)]
    } else if kind.is_type() {
        &[
            ("constructed by", EdgeKind::Instantiates),
            ("extended by", EdgeKind::Inherits),
            ("implemented by", EdgeKind::Implements),
        ]
    } else {
        &[("callers", EdgeKind::Calls)]
    };
    let numbers: Vec<String> = counted
        .iter()
        .map(|(what, edge)| {
            let number = count(*edge);
            value[what.replace(' ', "_")] = number.into();
            format!("{what}: {number}")
        })
        .collect();
    let _ = write!(text, "\n{}", numbers.join(", "));
    if !members.is_empty() {
        let _ = write!(text, "\nmembers: {}", members.join(", "));
        value["members"] = members.into();
    }
    (value, text)
}

fn status(snapshot: &Snapshot) -> CallToolResult {
    let mut structured = state(snapshot);
    let mut text = format!(
        "{} repositories, {} symbols, {} edges; {}",
        snapshot.repositories().count(),
        snapshot.symbol_count(),
        snapshot.edge_count(),
        footer(snapshot)
    );
    let mut rows = Vec::new();
    for repository in snapshot.repositories() {
        let counts = snapshot.counts(repository);
        let name = snapshot.repository_name(repository);
        let languages: Vec<&str> = counts.languages.keys().map(String::as_str).collect();
        let row = json!({ "name": name, "files": counts.files, "languages": languages });
        let line = format!("{name}: {} files, {} lines", counts.files, counts.lines);
        if text.len() + line.len() + rows.len() * 100 > BUDGET {
            break;
        }
        let _ = write!(text, "\n{line}");
        rows.push(row);
    }
    structured.insert("damaged".into(), json!(snapshot.damaged()));
    structured.insert("left".into(), (snapshot.repositories().count() - rows.len()).into());
    structured.insert("repositories".into(), rows.into());
    result(structured, text)
}
