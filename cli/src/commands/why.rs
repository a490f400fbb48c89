//! `qf why`: the edges between two things, each with what proves it.

use crate::args;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::names;
use crate::output::answer::tier_name;
use crate::output::format::{share, shorten};
use clap::Args;
use qf_graph::snapshot::{Direction, Edge, Walk};
use qf_graph::{EdgeKind, FileId, Snapshot, SymbolId, Tier};
use serde::Serialize;

/// Arguments of `qf why`.
#[derive(Debug, Args)]
pub struct WhyArguments {
    /// Where the edges begin: a name or `repository/path:line`
    pub from: String,
    /// Where they end
    pub to: String,
    /// Print them as JSON
    #[arg(long)]
    pub json: bool,
    /// The least sure tier that is followed when there is no direct edge
    #[arg(long, value_name = "TIER", value_parser = args::tier, default_value = "likely")]
    pub tier: Tier,
    /// Most steps of a way when there is no direct edge
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub hops: u32,
}

/// One edge with its evidence.
#[derive(Debug, Serialize)]
struct Proof<'s> {
    from: String,
    to: String,
    kind: &'static str,
    tier: Tier,
    rule: &'s str,
    file: String,
    line: u32,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    defined: String,
    /// What leads from the reference to what it means, as far as the file tells.
    chain: Vec<Link>,
    /// The measured share of right edges of the tier in the language.
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<f64>,
}

/// One link of a chain.
#[derive(Debug, Serialize)]
struct Link {
    what: String,
    is: String,
    file: String,
    line: u32,
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &WhyArguments) -> Result<Outcome, CommandError> {
    let snapshot = context.snapshot()?;
    let from = names::symbols(&snapshot, &arguments.from)?;
    let to = names::symbols(&snapshot, &arguments.to)?;
    let mut steps: Vec<(SymbolId, SymbolId)> = Vec::new();
    for source in &from {
        for target in &to {
            if !between(&snapshot, *source, *target).is_empty() {
                steps.push((*source, *target));
            }
        }
    }
    if steps.is_empty() {
        let kinds = EdgeKind::ALL.into_iter().filter(|kind| *kind != EdgeKind::Contains);
        let walk = Walk {
            kinds: kinds.collect(),
            direction: Direction::Out,
            tier: arguments.tier,
            hops: arguments.hops,
        };
        if let Some(path) = snapshot.path_between(&from, &to, &walk) {
            steps.extend(path.windows(2).map(|pair| (pair[0], pair[1])));
        }
    }
    let proofs: Vec<Proof<'_>> = steps
        .iter()
        .flat_map(|(source, target)| between(&snapshot, *source, *target))
        .map(|edge| proof(&snapshot, &edge))
        .collect();
    if arguments.json {
        context.out.json(&proofs)?;
    } else if proofs.is_empty() {
        context.out.line(format_args!(
            "No edge and no way of up to {} steps leads from {} to {}.",
            arguments.hops, arguments.from, arguments.to
        ))?;
    } else {
        print(context, &proofs)?;
    }
    Ok(Outcome::found(!proofs.is_empty()))
}

fn between(snapshot: &Snapshot, from: SymbolId, to: SymbolId) -> Vec<Edge<'_>> {
    let mut edges = snapshot.edges(from, Direction::Out);
    edges.retain(|edge| edge.to == to && edge.kind != EdgeKind::Contains);
    edges
}

fn proof<'s>(snapshot: &'s Snapshot, edge: &Edge<'s>) -> Proof<'s> {
    Proof {
        from: snapshot.qualified_name(edge.from).to_owned(),
        to: snapshot.qualified_name(edge.to).to_owned(),
        kind: edge.kind.name(),
        tier: edge.tier,
        rule: edge.rule,
        file: snapshot.display_path(edge.file),
        line: edge.line,
        text: snapshot.line(edge.file, edge.line).trim().to_owned(),
        key: edge.key.map(|(channel, text)| format!("{} {text}", channel.name())),
        defined: names::place(snapshot, edge.to),
        chain: chain(snapshot, edge),
        precision: snapshot.precision(snapshot.language(edge.file), edge.tier),
    }
}

/// The chain behind an edge; what an import brings in is followed to where it is defined.
fn chain(snapshot: &Snapshot, edge: &Edge<'_>) -> Vec<Link> {
    let (path, text) = (snapshot.path(edge.file), snapshot.text(edge.file));
    let file = snapshot.display_path(edge.file);
    let mut links = Vec::new();
    for step in qf_indexer::explain::chain(path, &text, edge.start) {
        let (file, line) = (file.clone(), step.line);
        links.push(Link { what: step.what.clone(), is: step.is, file, line });
        let Some(import) = step.import else { continue };
        for imported in imports(snapshot, edge.file, import) {
            let place = snapshot.display_path(snapshot.file(imported));
            links.push(Link {
                what: step.what.clone(),
                is: format!("{} defined there", snapshot.kind(imported).name()),
                file: place,
                line: snapshot.lines(imported).1,
            });
        }
    }
    links
}

/// What the import at a byte brings in.
fn imports(snapshot: &Snapshot, file: FileId, at: u32) -> Vec<SymbolId> {
    let mut found = Vec::new();
    for symbol in snapshot.symbols_of_file(file) {
        for edge in snapshot.edges(symbol, Direction::Out) {
            let here = edge.kind == EdgeKind::Imports && edge.file == file && edge.start == at;
            if here && !found.contains(&edge.to) {
                found.push(edge.to);
            }
        }
    }
    found
}

fn print(context: &mut Context, proofs: &[Proof<'_>]) -> Result<(), CommandError> {
    let paint = context.out.paint;
    for proof in proofs {
        let place = paint.cyan(format_args!("{}:{}", proof.file, proof.line));
        context.out.line(format_args!("{place}   {}", shorten(&proof.text, 100)))?;
        context.out.line(format_args!(
            "  {} {} {}   defined {}",
            paint.bold(&proof.from),
            proof.kind.replace('_', " "),
            paint.bold(&proof.to),
            proof.defined
        ))?;
        if let Some(key) = &proof.key {
            context.out.line(format_args!("  through {key}"))?;
        }
        let what = proof.chain.iter().map(|link| link.what.chars().count()).max().unwrap_or(0);
        let is = proof.chain.iter().map(|link| link.is.chars().count()).max().unwrap_or(0).min(60);
        for link in &proof.chain {
            let place = paint.dim(format_args!("{}:{}", link.file, link.line));
            let text = shorten(&link.is, 60);
            context.out.line(format_args!("    {:what$}  {text:is$}  {place}", link.what))?;
        }
        let measured = proof.precision.map_or_else(String::new, |precision| {
            format!(" · {} right as measured", share(precision as f32))
        });
        context.out.line(format_args!(
            "  tier {} · rule {}{}",
            tier_name(paint, proof.tier),
            proof.rule,
            paint.dim(measured)
        ))?;
    }
    Ok(())
}
