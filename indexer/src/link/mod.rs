//! Where repositories meet.
//!
//! Each side of a meeting point is reduced to a key: a route, a topic, a table. Sides in code are
//! found by rules ([`rule`], one TOML file a framework) that name library functions by their
//! origin; sides in contracts come with the facts. A link is two sides of one key. Nothing is
//! compared pairwise, a repository's own side wins over another's, and when several repositories
//! offer the same key the tie is kept as unlinked keys, not guessed.

mod arguments;
mod callbacks;
mod django;
mod drift;
mod fold;
mod gateways;
mod generated;
mod graphql;
mod grpc;
mod handlers;
mod meet;
mod methods;
mod next;
mod origin;
mod packages;
mod queries;
mod routers;
mod ruby;
pub mod rule;
mod settings;
mod sides;
mod sites;
mod tables;
mod versions;
mod views;

use crate::assemble::{Assembly, Linked};
use crate::resolve::bind::{FileEdges, Target};
use crate::resolve::evaluate::ArgumentFlow;
use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::{DefinitionRef, World};
use origin::{Origins, Shared};
use qf_graph::facts::ByteRange;
use qf_graph::key::Channel;
use qf_graph::store::links::{KeyData, LinksData};
use rayon::prelude::*;

/// One side of a key, found in code or in a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// Channel.
    pub channel: Channel,
    /// Key text.
    pub text: String,
    /// Server's side.
    pub provides: bool,
    /// The text began with an unknown base: a server's key may be longer at the front.
    pub open: bool,
    /// The key without what the base URL has of the path.
    pub tail: Option<String>,
    /// Host as written, with holes.
    pub host: Option<String>,
    /// File of the site.
    pub file: u32,
    /// What it belongs to: the handler, or the function that makes the request.
    pub owner: Option<DefinitionRef>,
    /// The site.
    pub span: ByteRange,
    /// Rule.
    pub rule: String,
}

impl Side {
    /// A server's side, of which nothing is known but its key and where it stands.
    fn new(
        channel: Channel,
        text: String,
        (file, owner, span): (u32, Option<DefinitionRef>, ByteRange),
        rule: &str,
    ) -> Self {
        let (provides, open, rule) = (true, false, rule.to_owned());
        Self { channel, text, provides, open, tail: None, host: None, file, owner, span, rule }
    }
}

/// Finds all sides and joins them.
pub fn link(
    world: &World<'_>,
    hierarchy: &Hierarchy,
    flow: &ArgumentFlow,
    edges: &[FileEdges],
    rules: &rule::Rules,
    assembly: &Assembly,
    links: &mut LinksData,
) -> Linked {
    let shared = Shared::new(world, hierarchy, flow, rules);
    let mut sides = sides::all(&shared, edges);
    sides.extend(generated::sides(&shared));
    sides.extend(grpc::sides(&shared));
    sides.extend(graphql::sides(&shared, edges));
    sides.extend(next::sides(&shared));
    sides.extend(ruby::sides(&shared));
    sides.extend(settings::sides(&shared));
    let read = settings::read(&sides, world);
    let mut contracts = Vec::new();
    for (file, index) in world.files.iter().enumerate() {
        for key in &index.facts().keys {
            let set = key.provides && key.channel == Channel::Env && settings::is_key(&key.text);
            if set && !read.contains(key.text.as_str()) {
                continue;
            }
            let file = file as u32;
            let owner = key.definition.map(|definition| DefinitionRef { file, definition });
            let rule = format!("{}/contract", index.facts().language);
            let host = settings::service_of(index, key);
            let side = Side::new(key.channel, key.text.clone(), (file, owner, key.span), &rule);
            contracts.push(Side { provides: key.provides, host, ..side });
        }
    }
    sides.extend(contracts);
    meet::join(&shared, assembly, &sides, links);
    for side in &sides {
        let (repository, symbol) = symbol_of(world, assembly, side);
        let index = world.file(side.file);
        // What a test asks for is no need of its repository.
        if index.source.flags.test && !side.provides && side.channel == Channel::Http {
            continue;
        }
        links.keys.push(KeyData {
            channel: side.channel,
            text: side.text.clone(),
            provides: side.provides,
            repository,
            symbol,
            file: index.position,
            line: index.facts().line(side.span.start),
            rule: side.rule.clone(),
        });
    }
    links.keys.extend(packages::sides(world, assembly));
    let mut linked = Linked { edges: vec![Vec::new(); world.repositories.len()] };
    tables::join(&shared, &queries::all(&shared), assembly, links, &mut linked);
    linked
}

/// The keys that one piece of code gives, as text: for the examples inside rule files.
pub fn keys_of_example(path: &str, code: &str) -> Vec<String> {
    use crate::languages;
    use crate::resolve::{RepositoryFacts, SourceFacts};
    let Some(language) = languages::for_file(path, code) else { return Vec::new() };
    let repository = RepositoryFacts {
        layout: crate::layout::Layout {
            repository: "example".to_owned(),
            paths: vec![path.to_owned()],
            manifests: Vec::new(),
        },
        files: vec![SourceFacts {
            path: path.to_owned(),
            language,
            facts: crate::parse::facts(language, path, code),
            flags: qf_graph::store::repository::FileFlags::default(),
        }],
    };
    let repositories = [repository];
    let world = World::new(&repositories);
    let hierarchy = Hierarchy::new(&world);
    let flow = crate::resolve::flow::arguments(&world, &hierarchy, || {});
    let edges = [crate::resolve::bind::bind_file(&world, &hierarchy, &flow, 0)];
    let shared = Shared::new(&world, &hierarchy, &flow, rule::shipped());
    let mut keys: Vec<String> = sides::all(&shared, &edges)
        .into_iter()
        .map(|side| {
            let verb = if side.provides { "provides" } else { "requires" };
            format!("{verb} {} {}", side.channel.name(), side.text)
        })
        .collect();
    let mut queries = Vec::new();
    queries::of_file(&shared, &mut shared.origins(0), 0, &mut queries);
    for query in queries {
        let record = match &query.record {
            queries::Record::Class(at) => world.file(0).facts().text(world.definition(*at).name),
            queries::Record::Named(name) | queries::Record::Table(name) => name,
        };
        let action = format!("{:?}", query.action).to_lowercase();
        let columns =
            query.columns.iter().map(|column| format!("{action} table {record}.{column}"));
        keys.extend(columns);
        keys.push(format!("{action} table {record}"));
    }
    keys.sort();
    keys.dedup();
    keys
}

fn symbol_of(world: &World<'_>, assembly: &Assembly, side: &Side) -> (u32, u32) {
    match side.owner {
        Some(at) => assembly.symbol(world, Target::Definition(at)),
        None => assembly.symbol(world, Target::Module(side.file)),
    }
}

/// One file's sides, by a function that gets the tools to look at it.
fn each_file<'w, 's, T: Send>(
    shared: &'s Shared<'w, '_>,
    look: impl Fn(&mut Origins<'w, 's>, u32) -> Vec<T> + Sync,
) -> Vec<T> {
    let found: Vec<Vec<T>> = (0..shared.world.files.len() as u32)
        .into_par_iter()
        .map(|file| look(&mut shared.origins(file), file))
        .collect();
    found.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::{keys_of_example, rule};

    #[test]
    fn examples_inside_rule_files_hold() {
        let mut failures = String::new();
        for (name, example) in rule::examples() {
            let found = keys_of_example(&example.path, &example.code);
            let mut expected = example.keys.clone();
            expected.sort();
            let missing = expected.iter().any(|key| !found.contains(key));
            if missing || (expected.is_empty() && !found.is_empty()) {
                failures += &format!("{name} {}: {found:?}, not {expected:?}\n", example.path);
            }
        }
        assert!(failures.is_empty(), "{failures}");
    }
}
