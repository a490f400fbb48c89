//! Where repositories meet.
//!
//! Each side of a meeting point is reduced to a key: a route, a topic, a table. Sides in code are
//! found by rules ([`rule`], one TOML file a framework) that name library functions by their
//! origin; sides in contracts come with the facts. A link is two sides of one key. Nothing is
//! compared pairwise, a repository's own side wins over another's, and when several repositories
//! offer the same key the tie is kept as unlinked keys, not guessed.

mod fold;
mod grpc;
mod origin;
pub mod rule;
mod sides;
mod tables;

use crate::assemble::{Assembly, Linked};
use crate::resolve::bind::{FileEdges, Target};
use crate::resolve::evaluate::Evaluator;
use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::{DefinitionRef, World};
use origin::Origins;
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::facts::ByteRange;
use qf_graph::key::Channel;
use qf_graph::store::links::{KeyData, LinkData, LinksData};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

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
    /// File of the site.
    pub file: u32,
    /// What it belongs to: the handler, or the function that makes the request.
    pub owner: Option<DefinitionRef>,
    /// The site.
    pub span: ByteRange,
    /// Rule.
    pub rule: String,
}

/// Finds all sides and joins them.
pub fn link(
    world: &World<'_>,
    hierarchy: &Hierarchy,
    edges: &[FileEdges],
    assembly: &Assembly,
    links: &mut LinksData,
) -> Linked {
    let mut sides = sides::all(world, hierarchy, edges);
    sides.extend(grpc::sides(world, hierarchy));
    for (file, index) in world.files.iter().enumerate() {
        for key in &index.facts().keys {
            sides.push(Side {
                channel: key.channel,
                text: key.text.clone(),
                provides: key.provides,
                open: false,
                file: file as u32,
                owner: key
                    .definition
                    .map(|definition| DefinitionRef { file: file as u32, definition }),
                span: key.span,
                rule: format!("{}/contract", index.facts().language),
            });
        }
    }
    join(world, assembly, &sides, links);
    for side in &sides {
        let (repository, symbol) = symbol_of(world, assembly, side);
        let index = world.file(side.file);
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
    let mut linked = Linked { edges: vec![Vec::new(); world.repositories.len()] };
    tables::join(world, hierarchy, assembly, links, &mut linked);
    linked
}

/// The keys that one piece of code gives, as text: for the examples inside rule files.
pub fn keys_of_example(path: &str, code: &str) -> Vec<String> {
    use crate::languages;
    use crate::resolve::{RepositoryFacts, SourceFacts};
    let Some(language) = languages::for_path(path) else { return Vec::new() };
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
    let none = crate::resolve::evaluate::ArgumentFlow::default();
    let edges = [crate::resolve::bind::bind_file(&world, &hierarchy, &none, 0)];
    let mut keys: Vec<String> = sides::all(&world, &hierarchy, &edges)
        .into_iter()
        .map(|side| {
            let verb = if side.provides { "provides" } else { "requires" };
            format!("{verb} {} {}", side.channel.name(), side.text)
        })
        .collect();
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

/// Links clients to servers of the same key.
fn join(world: &World<'_>, assembly: &Assembly, sides: &[Side], links: &mut LinksData) {
    let mut servers: FxHashMap<(Channel, &str), Vec<&Side>> = FxHashMap::default();
    for side in sides.iter().filter(|side| side.provides && side.channel != Channel::Table) {
        servers.entry((side.channel, &side.text)).or_default().push(side);
    }
    let mut routes: Vec<&Side> =
        sides.iter().filter(|side| side.provides && side.channel == Channel::Http).collect();
    routes.sort_by(|a, b| (&a.text, a.file, a.span.start).cmp(&(&b.text, b.file, b.span.start)));
    for client in sides.iter().filter(|side| !side.provides && side.channel != Channel::Table) {
        let mut tier = Tier::Exact;
        let mut found: Vec<&Side> =
            servers.get(&(client.channel, client.text.as_str())).cloned().unwrap_or_default();
        if found.is_empty() && client.open && client.channel == Channel::Http {
            tier = Tier::Likely;
            found = routes.iter().copied().filter(|server| ends_with(server, client)).collect();
        }
        for server in nearest(world, client, found) {
            let (from_repository, from) = symbol_of(world, assembly, client);
            let (to_repository, to) = symbol_of(world, assembly, server);
            if (from_repository, from) == (to_repository, to) {
                continue;
            }
            let index = world.file(client.file);
            links.links.push(LinkData {
                from_repository,
                from,
                to_repository,
                to,
                kind: EdgeKind::Reaches,
                tier,
                channel: client.channel,
                key: server.text.clone(),
                rule: format!("{} → {}", client.rule, server.rule),
                file: index.position,
                line: index.facts().line(client.span.start),
                start: client.span.start,
                len: client.span.end - client.span.start,
                flags: 0,
            });
        }
    }
}

/// Whether a server's route is a client's with something in front.
fn ends_with(server: &Side, client: &Side) -> bool {
    match (server.text.split_once(' '), client.text.split_once(' ')) {
        (Some((server_method, server)), Some((client_method, client))) => {
            server_method == client_method
                && server.ends_with(client)
                && client.split('/').filter(|part| !part.is_empty() && *part != "{}").count() > 0
        }
        _ => false,
    }
}

/// The servers of the client's own repository, else those of the only other one. Messages go to
/// everybody who listens.
fn nearest<'s>(world: &World<'_>, client: &Side, found: Vec<&'s Side>) -> Vec<&'s Side> {
    let repository = |side: &Side| world.file(side.file).repository;
    let live: Vec<&Side> = {
        let production: Vec<_> =
            found.iter().copied().filter(|side| !world.file(side.file).source.flags.test).collect();
        if production.is_empty() { found } else { production }
    };
    if client.channel == Channel::Topic {
        return live;
    }
    // A contract says where a call goes only until an implementation is known.
    let implementations: Vec<_> =
        live.iter().copied().filter(|side| !side.rule.ends_with("/contract")).collect();
    let live = if implementations.is_empty() { live } else { implementations };
    let own: Vec<_> =
        live.iter().copied().filter(|side| repository(side) == repository(client)).collect();
    if !own.is_empty() {
        return own;
    }
    let mut repositories: Vec<u32> = live.iter().map(|side| repository(side)).collect();
    repositories.sort_unstable();
    repositories.dedup();
    if repositories.len() == 1 { live } else { Vec::new() }
}

/// One file's sides, by a function that gets the tools to look at it.
fn each_file<'w, T: Send>(
    world: &'w World<'w>,
    hierarchy: &Hierarchy,
    look: impl Fn(&mut Origins<'w, '_>, u32) -> Vec<T> + Sync,
) -> Vec<T> {
    let found: Vec<Vec<T>> = (0..world.files.len() as u32)
        .into_par_iter()
        .map(|file| {
            let evaluator = Evaluator::new(world, hierarchy, file);
            look(&mut Origins::new(evaluator), file)
        })
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
