//! `qf export`: the graph for other programs. Edges and links as JSON Lines here, everything else
//! in a file of its own.
//!
//! The form of edges and links is version 1 of a contract: fields may be added, none is renamed. Paths are relative
//! to their repository's root, lines count from 1; `caller_line` and `callee_line` are those of
//! the definitions' names, of a Python function with declared overloads that of the first of them, as
//! in the indexes of compilers; `line` is the site's. Code outside any function — of a module, of the
//! body of a type — has the name `<module>` and line 1, a lambda that is assigned to a name has the
//! name `<lambda>`, as Python calls it. A construction is a call of the constructor, or of the type
//! where it has none.

mod graph;
mod parquet;

use crate::args;
use crate::commands::links::channel;
use crate::context::{self, Context};
use crate::error::{CommandError, Outcome};
use clap::{Args, Subcommand, ValueEnum};
use qf_graph::facts::{DefinitionFlags, ReferenceFlags, SymbolKind};
use qf_graph::snapshot::{Direction, Edge};
use qf_graph::{Channel, EdgeKind, Snapshot, SymbolId, Tier};
use qf_query::sparql::{self, Facts, Format, vocabulary};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Arguments of `qf export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Edges: who calls, reads, writes, extends what (form version 1)
    Edges(EdgesArguments),
    /// Links between repositories (form version 1)
    Links(ExportLinksArguments),
    /// A SCIP index, for tools that read those of compilers (binary)
    Scip(ExportScipArguments),
    /// Every triple of the graph as RDF
    Rdf(ExportRdfArguments),
    /// The classes and properties of that RDF
    Ontology(ExportRdfArguments),
    /// The JSON Schemas of what `--json` prints: of answers, of context packs
    Schema(SchemaArguments),
    /// GraphML, for Gephi, yEd and NetworkX
    Graphml(GraphArguments),
    /// DOT, for Graphviz
    Dot(GraphArguments),
    /// Cypher statements, for Neo4j and its like
    Cypher(GraphArguments),
    /// symbols.csv and edges.csv
    Csv(TablesArguments),
    /// symbols.parquet and edges.parquet
    Parquet(TablesArguments),
}

/// Arguments of `qf export schema`.
#[derive(Debug, Args)]
struct SchemaArguments {
    /// Of what
    #[arg(value_parser = ["answer", "context", "diff"], default_value = "answer")]
    of: String,
}

/// Arguments of `qf export rdf` and `qf export ontology`.
#[derive(Debug, Args)]
struct ExportRdfArguments {
    /// How triples are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: TripleFormat,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum TripleFormat {
    /// Turtle
    #[default]
    #[value(alias = "ttl")]
    Turtle,
    /// N-Triples
    #[value(alias = "nt")]
    Ntriples,
}

/// Which part of the graph is drawn.
#[derive(Debug, Args)]
struct PartArguments {
    /// Definitions of this repository only
    #[arg(long, value_name = "NAME")]
    repo: Option<String>,
    /// Edges of this kind only: calls, reads, writes, inherits, … [default: all]
    #[arg(long, value_parser = kind)]
    kind: Vec<EdgeKind>,
    /// The least sure tier
    #[arg(long, value_name = "TIER", value_parser = args::tier, default_value = "likely")]
    min_tier: Tier,
}

impl PartArguments {
    fn part<'s>(&self, snapshot: &'s Snapshot) -> Result<graph::Part<'s>, CommandError> {
        graph::Part::new(snapshot, self.repo.as_deref(), &self.kind, self.min_tier)
    }
}

/// Arguments of exports that are one text.
#[derive(Debug, Args)]
struct GraphArguments {
    #[command(flatten)]
    part: PartArguments,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Arguments of exports that are two tables.
#[derive(Debug, Args)]
struct TablesArguments {
    #[command(flatten)]
    part: PartArguments,
    /// The folder for both files
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
}

/// Arguments of `qf export scip`.
#[derive(Debug, Args)]
struct ExportScipArguments {
    /// Of this repository only
    #[arg(long, value_name = "NAME")]
    repo: Option<String>,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Arguments of `qf export edges`.
#[derive(Debug, Args)]
struct EdgesArguments {
    /// Edges that leave this repository only
    #[arg(long, value_name = "NAME")]
    repo: Option<String>,
    /// Edges of this kind only: calls, reads, writes, inherits, … [default: all but contains]
    #[arg(long, value_parser = kind)]
    kind: Vec<EdgeKind>,
    /// The least sure tier
    #[arg(long, value_name = "TIER", value_parser = args::tier, default_value = "likely")]
    min_tier: Tier,
}

/// Arguments of `qf export links`.
#[derive(Debug, Args)]
struct ExportLinksArguments {
    /// Links that leave this repository only
    #[arg(long, value_name = "NAME")]
    repo: Option<String>,
    /// Links of this channel only: package, http, grpc, …
    #[arg(long, value_parser = channel)]
    channel: Vec<Channel>,
    /// Links of this kind only: calls, reaches, …
    #[arg(long, value_parser = kind)]
    kind: Vec<EdgeKind>,
    /// The least sure tier
    #[arg(long, value_name = "TIER", value_parser = args::tier, default_value = "likely")]
    min_tier: Tier,
}

fn kind(name: &str) -> Result<EdgeKind, String> {
    EdgeKind::from_name(name).ok_or_else(|| {
        let known: Vec<_> = EdgeKind::ALL.iter().map(|kind| kind.name()).collect();
        format!("no such kind; there are {}", known.join(", "))
    })
}

#[derive(Serialize)]
struct EdgeRow<'s> {
    caller_repo: &'s str,
    caller_file: &'s str,
    caller: &'s str,
    caller_line: u32,
    callee_repo: &'s str,
    callee_file: &'s str,
    callee: &'s str,
    callee_line: u32,
    line: u32,
    kind: &'static str,
    /// How a field is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<&'static str>,
    tier: Tier,
    rule: &'s str,
}

#[derive(Serialize)]
struct LinkRow<'s> {
    channel: &'static str,
    client_repo: &'s str,
    client_file: &'s str,
    client_line: u32,
    client_function: &'s str,
    server_repo: &'s str,
    server_file: &'s str,
    server_line: u32,
    handler: &'s str,
    method: Option<&'s str>,
    path: &'s str,
    kind: &'static str,
    tier: Tier,
    rule: &'s str,
}

#[derive(Serialize)]
struct PackageRow<'s> {
    channel: &'static str,
    package: &'s str,
    consumer: &'s str,
    provider: &'s str,
    caller_file: &'s str,
    caller: &'s str,
    caller_line: u32,
    callee_file: &'s str,
    callee: &'s str,
    callee_line: u32,
    line: u32,
    kind: &'static str,
    tier: Tier,
    rule: &'s str,
}

/// A definition as it is named in rows.
struct End<'s> {
    repo: &'s str,
    file: &'s str,
    name: &'s str,
    line: u32,
}

fn end(snapshot: &Snapshot, symbol: SymbolId) -> End<'_> {
    let file = snapshot.file(symbol);
    let module = snapshot.kind(symbol) == SymbolKind::Module;
    End {
        repo: snapshot.repository_name(snapshot.file_repository(file)),
        file: snapshot.path(file),
        name: match module {
            true => "<module>",
            false if snapshot.flags(symbol).contains(DefinitionFlags::LAMBDA) => "<lambda>",
            false => snapshot.qualified_name(symbol),
        },
        line: if module { 1 } else { snapshot.lines(first_declared(snapshot, symbol)).1 },
    }
}

/// The first of the overloads that are declared right before a function's body, else itself: where
/// the indexes of compilers have the function.
fn first_declared(snapshot: &Snapshot, symbol: SymbolId) -> SymbolId {
    let overload = DefinitionFlags::OVERLOAD | DefinitionFlags::DECLARATION;
    if snapshot.flags(symbol).intersects(overload) {
        return symbol;
    }
    let is_one = |before: &SymbolId| {
        snapshot.flags(*before).contains(overload)
            && snapshot.file(*before) == snapshot.file(symbol)
            && snapshot.parent(*before) == snapshot.parent(symbol)
            && snapshot.name(*before) == snapshot.name(symbol)
    };
    let before = (0..symbol.0).rev().map(SymbolId).take_while(is_one);
    before.last().unwrap_or(symbol)
}

/// The function around a symbol, itself included, else its module.
fn caller(snapshot: &Snapshot, symbol: SymbolId) -> End<'_> {
    let mut at = Some(symbol);
    while let Some(current) = at {
        if snapshot.kind(current).is_callable() {
            return end(snapshot, current);
        }
        at = snapshot.parent(current);
    }
    End { name: "<module>", line: 1, ..end(snapshot, symbol) }
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &ExportArguments) -> Result<Outcome, CommandError> {
    if let What::Schema(arguments) = &arguments.what {
        // The form of answers does not depend on what is indexed.
        let schemas = qf_query::schema::all();
        let schema = schemas.iter().find(|(name, _)| *name == arguments.of);
        context.out.json(&schema.map(|(_, schema)| schema))?;
        return Ok(Outcome::Done);
    }
    let snapshot = context.snapshot()?;
    match &arguments.what {
        What::Schema(_) => Ok(Outcome::Done),
        What::Edges(arguments) => edges(context, &snapshot, arguments),
        What::Links(arguments) => links(context, &snapshot, arguments),
        What::Scip(arguments) => scip(context, &snapshot, arguments),
        What::Rdf(arguments) => {
            let triples = Facts::new(&snapshot).triples();
            to(context, arguments.output.as_deref(), |out| arguments.write(triples, out))?;
            Ok(Outcome::found(snapshot.symbol_count() > 0))
        }
        What::Ontology(arguments) => {
            let triples = vocabulary::ontology().into_iter();
            to(context, arguments.output.as_deref(), |out| arguments.write(triples, out))?;
            Ok(Outcome::Done)
        }
        What::Graphml(arguments) => {
            drawn(context, &snapshot, arguments, |part, mut out| graph::graphml(part, &mut out))
        }
        What::Dot(arguments) => {
            drawn(context, &snapshot, arguments, |part, mut out| graph::dot(part, &mut out))
        }
        What::Cypher(arguments) => {
            drawn(context, &snapshot, arguments, |part, mut out| graph::cypher(part, &mut out))
        }
        What::Csv(arguments) => {
            let part = arguments.part.part(&snapshot)?;
            graph::csv(&part, &arguments.output)?;
            Ok(Outcome::found(part.any()))
        }
        What::Parquet(arguments) => {
            let part = arguments.part.part(&snapshot)?;
            parquet::write(&part, &arguments.output)?;
            Ok(Outcome::found(part.any()))
        }
    }
}

impl ExportRdfArguments {
    fn write(
        &self,
        triples: impl Iterator<Item = sparql::Triple>,
        out: &mut dyn Write,
    ) -> Result<(), CommandError> {
        let format = match self.format {
            TripleFormat::Turtle => Format::Turtle,
            TripleFormat::Ntriples => Format::NTriples,
        };
        Ok(sparql::write_triples(triples, format, out)?)
    }
}

/// Writes to a file, or to standard output where none is named.
fn to(
    context: &mut Context,
    path: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let Some(path) = path else { return write(context.out.writer()) };
    let failed = |error: std::io::Error| {
        CommandError::input(format!("cannot write {}: {error}", path.display()))
    };
    let mut out = std::io::BufWriter::new(std::fs::File::create(path).map_err(failed)?);
    write(&mut out)?;
    out.flush().map_err(failed)
}

fn drawn(
    context: &mut Context,
    snapshot: &Snapshot,
    arguments: &GraphArguments,
    write: impl FnOnce(&graph::Part<'_>, &mut dyn Write) -> std::io::Result<()>,
) -> Result<Outcome, CommandError> {
    let part = arguments.part.part(snapshot)?;
    to(context, arguments.output.as_deref(), |out| Ok(write(&part, out)?))?;
    Ok(Outcome::found(part.any()))
}

fn scip(
    context: &mut Context,
    snapshot: &Snapshot,
    arguments: &ExportScipArguments,
) -> Result<Outcome, CommandError> {
    let repositories = context::repositories(snapshot, arguments.repo.as_deref())?;
    let version = env!("CARGO_PKG_VERSION");
    to(context, arguments.output.as_deref(), |mut out| {
        Ok(qf_indexer::scip::write(snapshot, &repositories, version, &mut out)?)
    })?;
    Ok(Outcome::found(!repositories.is_empty()))
}

fn edges(
    context: &mut Context,
    snapshot: &Snapshot,
    arguments: &EdgesArguments,
) -> Result<Outcome, CommandError> {
    let mut any = false;
    for repository in context::repositories(snapshot, arguments.repo.as_deref())? {
        for symbol in snapshot.symbols_of(repository) {
            for edge in snapshot.edges(symbol, Direction::Out) {
                let wanted = if arguments.kind.is_empty() {
                    edge.kind != EdgeKind::Contains
                } else {
                    arguments.kind.contains(&edge.kind)
                };
                if wanted && edge.tier <= arguments.min_tier {
                    any = true;
                    context.out.json_line(&edge_row(snapshot, &edge))?;
                }
            }
        }
    }
    Ok(Outcome::found(any))
}

fn edge_row<'s>(snapshot: &'s Snapshot, edge: &Edge<'s>) -> EdgeRow<'s> {
    let code = matches!(
        edge.kind,
        EdgeKind::Calls
            | EdgeKind::Instantiates
            | EdgeKind::Expands
            | EdgeKind::Invokes
            | EdgeKind::Reads
            | EdgeKind::Writes
            | EdgeKind::References
    );
    let from = if code { caller(snapshot, edge.from) } else { end(snapshot, edge.from) };
    let to = end(snapshot, edge.to);
    EdgeRow {
        caller_repo: from.repo,
        caller_file: from.file,
        caller: from.name,
        caller_line: from.line,
        callee_repo: to.repo,
        callee_file: to.file,
        callee: to.name,
        callee_line: to.line,
        line: edge.line,
        kind: edge.kind.name(),
        access: (edge.kind == EdgeKind::Writes).then(|| access(snapshot, edge)),
        tier: edge.tier,
        rule: edge.rule,
    }
}

/// How a write changes what it writes: `declare` where the line is the field's definition,
/// `initialize` in a literal or by a named argument of a construction, `assign` (also in a
/// constructor), `augment`, `element`, `mutate` by a method that changes its receiver, `delete`.
fn access(snapshot: &Snapshot, edge: &Edge<'_>) -> &'static str {
    let has = |flags| edge.flags.intersects(flags);
    let declares =
        edge.file == snapshot.file(edge.to) && edge.start == snapshot.name_start(edge.to);
    if has(ReferenceFlags::DELETE) {
        "delete"
    } else if declares {
        "declare"
    } else if has(ReferenceFlags::INITIALIZER)
        && (snapshot.kind(edge.from) != SymbolKind::Constructor
            || edge.rule.ends_with("/constructor-argument"))
    {
        "initialize"
    } else if has(ReferenceFlags::IN_PLACE) {
        "mutate"
    } else if has(ReferenceFlags::ELEMENT) {
        "element"
    } else if has(ReferenceFlags::AUGMENTED) {
        "augment"
    } else {
        "assign"
    }
}

fn links(
    context: &mut Context,
    snapshot: &Snapshot,
    arguments: &ExportLinksArguments,
) -> Result<Outcome, CommandError> {
    let only = match arguments.repo.as_deref() {
        Some(name) => Some(context::repository(snapshot, name)?),
        None => None,
    };
    let mut any = false;
    let lines = lines_of_sides(snapshot);
    for edge in snapshot.links() {
        let Some((channel, key)) = edge.key else { continue };
        if only.is_some_and(|only| only != snapshot.repository_of(edge.from))
            || !(arguments.channel.is_empty() || arguments.channel.contains(&channel))
            || !(arguments.kind.is_empty() || arguments.kind.contains(&edge.kind))
            || edge.tier > arguments.min_tier
        {
            continue;
        }
        any = true;
        if channel == Channel::Package {
            context.out.json_line(&package_row(snapshot, &edge, key))?;
        } else {
            let mut row = link_row(snapshot, &edge, channel, key);
            // A handler without a name is where its route is.
            if let Some(line) = lines.get(&(channel.name(), key, edge.to)) {
                row.server_line = *line;
            }
            context.out.json_line(&row)?;
        }
    }
    Ok(Outcome::found(any))
}

/// The lines of provided sides that belong to a file as a whole.
fn lines_of_sides(snapshot: &Snapshot) -> BTreeMap<(&'static str, &str, SymbolId), u32> {
    let mut lines = BTreeMap::new();
    for side in snapshot.keys() {
        if side.provides && snapshot.kind(side.symbol) == SymbolKind::Module {
            lines
                .entry((side.channel.name(), side.text.as_str(), side.symbol))
                .or_insert(side.line);
        }
    }
    lines
}

fn link_row<'s>(
    snapshot: &'s Snapshot,
    edge: &Edge<'s>,
    channel: Channel,
    key: &'s str,
) -> LinkRow<'s> {
    let (from, to) = (end(snapshot, edge.from), end(snapshot, edge.to));
    let (method, path) = match channel {
        Channel::Http => key.split_once(' ').map_or((None, key), |(m, path)| (Some(m), path)),
        _ => (None, key),
    };
    LinkRow {
        channel: channel.name(),
        client_repo: from.repo,
        client_file: snapshot.path(edge.file),
        client_line: edge.line,
        client_function: from.name,
        server_repo: to.repo,
        server_file: to.file,
        server_line: to.line,
        handler: to.name,
        method,
        path,
        kind: edge.kind.name(),
        tier: edge.tier,
        rule: edge.rule,
    }
}

fn package_row<'s>(snapshot: &'s Snapshot, edge: &Edge<'s>, key: &'s str) -> PackageRow<'s> {
    let (from, to) = (end(snapshot, edge.from), end(snapshot, edge.to));
    PackageRow {
        channel: Channel::Package.name(),
        package: key,
        consumer: from.repo,
        provider: to.repo,
        caller_file: from.file,
        caller: from.name,
        caller_line: from.line,
        callee_file: to.file,
        callee: to.name,
        callee_line: to.line,
        line: edge.line,
        kind: edge.kind.name(),
        tier: edge.tier,
        rule: edge.rule,
    }
}
