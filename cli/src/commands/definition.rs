//! `qf definition FILE:LINE:COL`: what the reference at a position means.

use crate::context::{self, Context};
use crate::error::{CommandError, Outcome};
use crate::output::answer::tier_name;
use clap::Args;
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::{Direction, Edge};
use qf_graph::{EdgeKind, FileId, Snapshot, SymbolId, Tier};
use qf_indexer::definition::{Site, SiteKind};
use serde::Serialize;
use std::fmt::Write as _;

/// Arguments of `qf definition`.
#[derive(Debug, Args)]
pub struct DefinitionArguments {
    /// `repository/path:line:column` or a path on disk; lines and columns count from 1
    #[arg(value_name = "FILE:LINE:COL")]
    pub position: String,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// What was found at a position.
#[derive(Debug, Serialize)]
struct Found<'s> {
    version: u32,
    name: String,
    definitions: Vec<Target<'s>>,
    unresolved: Vec<Reason>,
}

/// One definition.
#[derive(Debug, PartialEq, Serialize)]
struct Target<'s> {
    repo: String,
    file: String,
    line: u32,
    name: String,
    qualified_name: String,
    kind: &'static str,
    edge: &'static str,
    tier: Option<Tier>,
    rule: &'s str,
}

/// Why nothing is bound.
#[derive(Debug, Serialize)]
struct Reason {
    reason: &'static str,
    detail: String,
}

/// Runs it.
pub fn run(
    context: &mut Context,
    arguments: &DefinitionArguments,
) -> Result<Outcome, CommandError> {
    let snapshot = context.snapshot()?;
    let (path, line, column) = position(&arguments.position)?;
    let file = context::file(&snapshot, path)?;
    let at = offset(&snapshot, file, line, column)?;
    let text = snapshot.text(file);
    let name = word(&text, at);
    let mut definitions: Vec<Target<'_>> = Vec::new();
    let sites = qf_indexer::definition::sites(snapshot.path(file), &text, at as u32);
    let behind = sites.iter().filter_map(|site| site.behind);
    for position in std::iter::once(at as u32).chain(behind.clone()) {
        for edge in edges_at(&snapshot, file, position) {
            if position == at as u32 && is_replaced(&snapshot, file, edge.to, &sites) {
                continue;
            }
            if !definitions.iter().any(|known| same(&snapshot, known, edge.to)) {
                definitions.push(target(&snapshot, &edge));
            }
        }
    }
    for position in behind {
        definitions.extend(reexports(&snapshot, file, &text, position));
    }
    definitions.extend(exports(&snapshot, file, &definitions));
    let mut given = Vec::new();
    for edge in edges_at(&snapshot, file, at as u32) {
        let symbol = edge.to;
        let place = snapshot.file(symbol);
        if snapshot.kind(symbol).is_value() && place == file {
            let at = snapshot.name_start(symbol);
            given.extend(qf_indexer::definition::given(snapshot.path(place), &text, at));
        }
    }
    for site in sites.into_iter().chain(given) {
        let target = local(&snapshot, file, site, &name);
        let known = |other: &Target<'_>| other.file == target.file && other.line == target.line;
        if !definitions.iter().any(known) {
            definitions.push(target);
        }
    }
    if definitions.is_empty() {
        definitions.extend(itself(&snapshot, file, line, &name));
    }
    let unresolved: Vec<Reason> = if definitions.is_empty() {
        snapshot
            .unresolved(snapshot.file_repository(file))
            .filter(|row| row.file == file && row.line == line && row.name == name)
            .map(|row| Reason { reason: row.reason.name(), detail: row.detail })
            .collect()
    } else {
        Vec::new()
    };
    let found = Found { version: 1, name, definitions, unresolved };
    if arguments.json {
        context.out.json(&found)?;
    } else {
        print(context, &found)?;
    }
    Ok(Outcome::found(!found.definitions.is_empty()))
}

fn position(text: &str) -> Result<(&str, u32, u32), CommandError> {
    let parts = || {
        let (rest, column) = text.rsplit_once(':')?;
        let (path, line) = rest.rsplit_once(':')?;
        Some((path, line.parse().ok()?, column.parse().ok()?))
    };
    parts().filter(|(_, line, column)| *line > 0 && *column > 0).ok_or_else(|| {
        CommandError::input(format!("`{text}` is no position"))
            .hint("write it as FILE:LINE:COLUMN, for example app/ledger.py:30:14")
    })
}

/// The byte at a line and column; columns count characters.
fn offset(
    snapshot: &Snapshot,
    file: FileId,
    line: u32,
    column: u32,
) -> Result<usize, CommandError> {
    let text = snapshot.text(file);
    let mut start = 0;
    for (index, content) in text.split_inclusive('\n').enumerate() {
        if index as u32 + 1 == line {
            let within = content
                .char_indices()
                .nth(column as usize - 1)
                .map_or(content.trim_end().len(), |(at, _)| at);
            return Ok(start + within);
        }
        start += content.len();
    }
    let path = snapshot.display_path(file);
    Err(CommandError::input(format!("{path} has no line {line}")))
}

/// The identifier around a byte.
fn word(text: &str, at: usize) -> String {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let head = text.get(..at).unwrap_or("");
    let start = head.char_indices().rev().take_while(|(_, c)| part(*c)).last();
    let start = start.map_or(at, |(index, _)| index);
    text.get(start..).unwrap_or("").chars().take_while(|c| part(*c)).collect()
}

/// Whether a variable of the file, which the graph has an edge to because it does not know the order
/// of lines, has another value by now.
fn is_replaced(snapshot: &Snapshot, file: FileId, symbol: SymbolId, sites: &[Site]) -> bool {
    let here = snapshot.file(symbol) == file && snapshot.kind(symbol).is_value();
    let line = snapshot.lines(symbol).1;
    here && snapshot.parent(symbol).is_none_or(|parent| snapshot.kind(parent) == SymbolKind::Module)
        && sites.iter().any(|site| site.kind == SiteKind::Definition)
        && !sites.iter().any(|site| site.line == line)
}

/// The definition whose own name stands there.
fn itself<'s>(snapshot: &'s Snapshot, file: FileId, line: u32, name: &str) -> Option<Target<'s>> {
    let symbol = snapshot
        .symbols_of_file(file)
        .find(|symbol| snapshot.lines(*symbol).1 == line && snapshot.name(*symbol) == name)?;
    Some(describe(snapshot, symbol, "definition", None, ""))
}

/// The edges of the narrowest reference at a byte.
fn edges_at(snapshot: &Snapshot, file: FileId, at: u32) -> Vec<Edge<'_>> {
    let mut edges: Vec<Edge<'_>> = snapshot
        .symbols_of_file(file)
        .flat_map(|symbol| snapshot.edges(symbol, Direction::Out))
        .filter(|edge| {
            edge.kind != EdgeKind::Contains
                && edge.file == file
                && (edge.start..edge.start + edge.len.max(1)).contains(&at)
        })
        .collect();
    edges.sort_by_key(|edge| (edge.len, edge.tier, edge.to));
    let narrowest = edges.first().map_or(0, |edge| edge.len);
    edges.retain(|edge| edge.len == narrowest);
    edges
}

/// The lines on the way that offer what another file defines.
fn exports<'s>(snapshot: &'s Snapshot, file: FileId, found: &[Target<'s>]) -> Vec<Target<'s>> {
    let mut lines = Vec::new();
    for target in found {
        let repository = snapshot.repository_named(&target.repo);
        let other = repository.and_then(|id| snapshot.file_named(id, &target.file));
        let Some(other) = other.filter(|other| *other != file) else { continue };
        let text = snapshot.text(other);
        for line in qf_indexer::definition::exported(&target.file, &text, &target.name) {
            if line != target.line {
                lines.push(Target {
                    repo: target.repo.clone(),
                    file: target.file.clone(),
                    line,
                    name: target.name.clone(),
                    qualified_name: target.qualified_name.clone(),
                    kind: "export",
                    edge: EdgeKind::Imports.name(),
                    tier: Some(Tier::Exact),
                    rule: "export",
                });
            }
        }
    }
    lines
}

/// The places on the way from an import to what it names where the module that it imports from
/// takes it from elsewhere.
fn reexports<'s>(snapshot: &'s Snapshot, file: FileId, text: &str, import: u32) -> Vec<Target<'s>> {
    let Some(stem) = qf_indexer::definition::module_stem(snapshot.path(file), text, import) else {
        return Vec::new();
    };
    let mut found: Vec<Target<'_>> = Vec::new();
    for edge in edges_at(snapshot, file, import) {
        for other in snapshot.edges(edge.to, Direction::In) {
            let path = snapshot.path(other.file);
            if other.kind != EdgeKind::Imports
                || other.file == file
                || other.file == snapshot.file(edge.to)
                || !is_module(path, &stem)
            {
                continue;
            }
            let place = target(snapshot, &edge);
            found.push(Target {
                file: path.to_owned(),
                line: other.line,
                kind: "import",
                edge: EdgeKind::Imports.name(),
                ..place
            });
        }
    }
    found
}

/// Whether a file is the module of a name: `refund.js`, `refund/index.ts`, `refund/__init__.py`.
fn is_module(path: &str, stem: &str) -> bool {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path).split('.').next().unwrap_or("");
    name == stem || (matches!(name, "index" | "__init__" | "mod") && parts.next() == Some(stem))
}

/// A place of this file that binds the name: what the graph has no symbol for, and imports on the
/// way to what it has.
fn local<'s>(snapshot: &'s Snapshot, file: FileId, site: Site, name: &str) -> Target<'s> {
    if let Some(symbol) = itself(snapshot, file, site.line, name)
        && site.kind == SiteKind::Definition
    {
        return symbol;
    }
    Target {
        repo: snapshot.repository_name(snapshot.file_repository(file)).to_owned(),
        file: snapshot.path(file).to_owned(),
        line: site.line,
        name: name.to_owned(),
        qualified_name: name.to_owned(),
        kind: match site.kind {
            SiteKind::Import => "import",
            SiteKind::Parameter => "parameter",
            SiteKind::Definition | SiteKind::Variable => "variable",
        },
        edge: "local",
        tier: Some(Tier::Exact),
        rule: "scope",
    }
}

fn same(snapshot: &Snapshot, known: &Target<'_>, symbol: SymbolId) -> bool {
    let other = describe(snapshot, symbol, known.edge, known.tier, known.rule);
    *known == other
}

fn target<'s>(snapshot: &'s Snapshot, edge: &Edge<'s>) -> Target<'s> {
    describe(snapshot, edge.to, edge.kind.name(), Some(edge.tier), edge.rule)
}

fn describe<'s>(
    snapshot: &'s Snapshot,
    symbol: SymbolId,
    edge: &'static str,
    tier: Option<Tier>,
    rule: &'s str,
) -> Target<'s> {
    let file = snapshot.file(symbol);
    Target {
        repo: snapshot.repository_name(snapshot.file_repository(file)).to_owned(),
        file: snapshot.path(file).to_owned(),
        line: snapshot.lines(symbol).1,
        name: snapshot.name(symbol).to_owned(),
        qualified_name: snapshot.qualified_name(symbol).to_owned(),
        kind: snapshot.kind(symbol).name(),
        edge,
        tier,
        rule,
    }
}

fn print(context: &mut Context, found: &Found<'_>) -> Result<(), CommandError> {
    let paint = context.out.paint;
    for target in &found.definitions {
        let place = format!("{}/{}:{}", target.repo, target.file, target.line);
        let mut line = format!(
            "{}  {} {}",
            paint.cyan(place),
            target.kind,
            paint.bold(&target.qualified_name)
        );
        if let Some(tier) = target.tier {
            let _ = write!(line, "  {} · {}", tier_name(paint, tier), target.rule);
        }
        context.out.line(line)?;
    }
    if found.definitions.is_empty() {
        let reasons: Vec<String> = found
            .unresolved
            .iter()
            .map(|reason| format!("{} {}", reason.reason.replace('_', " "), reason.detail))
            .collect();
        let why = if reasons.is_empty() {
            "no reference stands there".into()
        } else {
            reasons.join("; ")
        };
        context.out.line(format_args!("`{}` is bound to nothing: {why}", found.name))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{position, word};

    #[test]
    fn positions_and_words() {
        assert_eq!(position("a/b.py:3:7").ok(), Some(("a/b.py", 3, 7)));
        assert!(position("a/b.py:3").is_err());
        assert!(position("a/b.py:0:1").is_err());
        assert_eq!(word("self.balance += 1", 7), "balance");
        assert_eq!(word("self.balance += 1", 5), "balance");
        assert_eq!(word("x", 9), "");
    }
}
