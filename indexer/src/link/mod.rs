//! Where repositories meet.
//!
//! Each side of a meeting point is reduced to a key: a route, a topic, a table. Sides in code are
//! found by rules ([`rule`], one TOML file a framework) that name library functions by their
//! origin; sides in contracts come with the facts. A link is two sides of one key. Nothing is
//! compared pairwise, a repository's own side wins over another's, and when several repositories
//! offer the same key the tie is kept as unlinked keys, not guessed.
//!
//! [`find`] needs the facts of repositories and gives rows ([`brought`]); [`join`] needs the rows of
//! all repositories and nothing else.

mod arguments;
pub mod brought;
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
mod records;
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
use brought::{Brought, Place, Positions, Row};
use gateways::Gateways;
use origin::{Origins, Shared};
use qf_graph::facts::ByteRange;
use qf_graph::key::Channel;
use qf_graph::store::links::{KeyData, LinkData, LinksData};
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
    /// It is a side because a contract declares its key: of itself it would be none.
    pub placed: bool,
}

impl Side {
    /// A server's side, of which nothing is known but its key and where it stands.
    fn new(
        channel: Channel,
        text: String,
        (file, owner, span): (u32, Option<DefinitionRef>, ByteRange),
        rule: &str,
    ) -> Self {
        let (provides, open, placed, rule) = (true, false, false, rule.to_owned());
        let (tail, host) = (None, None);
        Self { channel, text, provides, open, tail, host, file, owner, span, rule, placed }
    }
}

/// Finds what the repositories of a world bring. `others` is what those bring that are not in it:
/// what a contract declares is looked for everywhere.
pub fn find(
    world: &World<'_>,
    (hierarchy, flow): (&Hierarchy, &ArgumentFlow),
    edges: &[FileEdges],
    rules: &rule::Rules,
    assembly: &Assembly,
    others: &[&Brought],
) -> (Vec<Brought>, Linked) {
    let shared = Shared::new(world, hierarchy, flow, rules);
    let mut sides = sides::all(&shared, edges);
    sides.extend(generated::sides(&shared));
    sides.extend(grpc::sides(&shared, others));
    sides.extend(graphql::sides(&shared, edges, others));
    sides.extend(next::sides(&shared));
    sides.extend(ruby::sides(&shared));
    sides.extend(settings::sides(&shared));
    for (file, index) in world.files.iter().enumerate() {
        for key in &index.facts().keys {
            let file = file as u32;
            let owner = key.definition.map(|definition| DefinitionRef { file, definition });
            let rule = format!("{}/contract", index.facts().language);
            let host = settings::service_of(index, key);
            let side = Side::new(key.channel, key.text.clone(), (file, owner, key.span), &rule);
            sides.push(Side { provides: key.provides, host, ..side });
        }
    }
    let mut brought = vec![Brought::default(); world.repositories.len()];
    let rows: Vec<Row> = sides.par_iter().map(|side| row(&shared, assembly, side)).collect();
    for row in rows {
        brought[row.place.repository as usize].sides.push(row);
    }
    for passed in each_file(&shared, gateways::of_file) {
        brought[passed.repository as usize].gateways.push(passed);
    }
    for file in 0..world.files.len() as u32 {
        if let Some(manifest) = packages::manifest(world, assembly, file) {
            brought[manifest.place.repository as usize].manifests.push(manifest);
        }
    }
    let mut linked = Linked { edges: vec![Vec::new(); world.repositories.len()] };
    tables::find(&shared, &queries::all(&shared), assembly, &mut brought, &mut linked);
    (brought, linked)
}

/// A side with its place.
fn row(shared: &Shared<'_, '_>, assembly: &Assembly, side: &Side) -> Row {
    let mut row = Row {
        channel: side.channel,
        text: side.text.clone(),
        provides: side.provides,
        open: side.open,
        tail: side.tail.clone(),
        host: side.host.clone(),
        rule: side.rule.clone(),
        placed: side.placed,
        place: place(shared.world, assembly, (side.file, side.owner, side.span)),
        sent: None,
        taken: None,
    };
    drift::describe(shared, assembly, side, &mut row);
    row
}

/// Where something stands, and what it belongs to.
fn place(
    world: &World<'_>,
    assembly: &Assembly,
    (file, owner, span): (u32, Option<DefinitionRef>, ByteRange),
) -> Place {
    let index = world.file(file);
    let owner = owner.map_or(Target::Module(file), Target::Definition);
    let (of, symbol) = assembly.symbol(world, owner);
    let elsewhere = (of != index.repository).then(|| name_of(world, of));
    Place {
        repository: index.repository,
        file: index.position,
        path: index.source.path.clone(),
        test: index.source.flags.test,
        symbol,
        elsewhere,
        owner: of,
        line: index.facts().line(span.start),
        span,
    }
}

/// The name of a repository.
fn name_of(world: &World<'_>, repository: u32) -> String {
    world.repositories[repository as usize].layout.repository.clone()
}

/// Joins what all repositories bring; both lists are in order of name.
pub fn join(names: &[&str], all: &mut [Brought]) -> LinksData {
    let positions: Positions<'_> = names.iter().copied().zip(0..).collect();
    for (brought, position) in all.iter_mut().zip(0..) {
        brought.settle(position, &positions);
    }
    let all = &*all;
    let mut links = LinksData::default();
    let rows = || all.iter().flat_map(|brought| &brought.sides);
    let read = settings::read(rows());
    // A key of a file that nothing reads is no meeting point.
    let unread = |row: &&Row| {
        let set = row.provides && row.channel == Channel::Env && row.rule.ends_with("/contract");
        set && settings::is_key(&row.text) && !read.contains(row.text.as_str())
    };
    let sides: Vec<&Row> = rows().filter(|row| !unread(row)).collect();
    let passed = all.iter().flat_map(|brought| &brought.gateways);
    meet::join((names, &positions), &sides, Gateways::new(passed), &mut links);
    for Row { channel, text, provides, rule, place, .. } in sides {
        // What a test asks for is no need of its repository.
        if place.test && !provides && *channel == Channel::Http {
            continue;
        }
        links.keys.push(KeyData {
            channel: *channel,
            text: text.clone(),
            provides: *provides,
            repository: place.owner,
            symbol: place.symbol,
            file: place.file,
            line: place.line,
            rule: rule.clone(),
        });
    }
    let manifests: Vec<_> = all.iter().flat_map(|brought| &brought.manifests).collect();
    drift::versions(&manifests, &mut links);
    links.keys.extend(manifests.into_iter().flat_map(packages::keys));
    tables::join(all, &mut links);
    for (brought, from_repository) in all.iter().zip(0..) {
        links.links.extend(brought.crossing.iter().filter_map(|it| {
            Some(LinkData {
                from_repository,
                from: it.from,
                to_repository: *positions.get(it.repository.as_str())?,
                to: it.to,
                kind: it.kind,
                tier: it.tier,
                channel: it.channel,
                key: it.key.clone(),
                rule: it.rule.clone(),
                file: it.file,
                line: it.line,
                start: it.span.start,
                len: it.span.end - it.span.start,
                flags: it.flags,
            })
        }));
    }
    links
}

/// The keys that one piece of code gives, as text: for the examples inside rule files.
pub fn keys_of_example(path: &str, code: &str) -> Vec<String> {
    use crate::languages;
    use crate::resolve::{RepositoryFacts, SourceFacts};
    let Some(language) = languages::for_file(path, code) else { return Vec::new() };
    let repository = RepositoryFacts {
        layout: crate::layout::Layout::new("example".to_owned(), vec![path.to_owned()], Vec::new()),
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
    let relations = records::Relations::of(&shared);
    queries::of_file((&shared, &relations), &mut shared.origins(0), 0, &mut queries);
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
