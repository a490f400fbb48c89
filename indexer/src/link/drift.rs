//! Where the two sides of a contract have come apart.
//!
//! A call that meets no route is no fault by itself: most go to services that are not indexed. It is
//! one when the host names a service that is indexed, or when what the repository asks below the
//! same beginning of that host's paths is served by one repository: then the path is served for
//! other methods, or not at all. A request lacks a field when its body is written out in the call
//! and the type of what the handler takes — a pydantic model, a class of NestJS, a body of Express,
//! a schema of OpenAPI — must have it; a body that shares no field with the type is wrapped or
//! renamed on the way, and says nothing. Packages drift apart by version ([`super::versions`]).

use super::Side;
use super::arguments::entry;
use super::brought::{ManifestRow, Positions, Row, Taken};
use super::meet::{
    Met, Servers, is_named_by_every_service, is_public, is_public_service, service_name, split,
};
use super::origin::{Origins, Shared};
use super::routers::call_at;
use super::versions::fits;
use crate::assemble::Assembly;
use crate::resolve::DefinitionRef;
use crate::resolve::bind::Target;
use crate::resolve::evaluate::Value;
use crate::resolve::hierarchy::Base;
use crate::resolve::world::FileIndex;
use qf_graph::facts::{
    BindingValue, CollectionKind, DefinitionFlags, Expression, ExpressionId, FileFacts,
    ReferenceFlags, SymbolKind,
};
use qf_graph::key::Channel;
use qf_graph::store::links::{DriftData, DriftKind, LinksData};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that has come apart.
pub(super) fn find(
    positions: &Positions<'_>,
    servers: &Servers<'_>,
    met: &[Met<'_>],
    links: &mut LinksData,
) {
    let live = |one: &&Met<'_>| one.client.channel == Channel::Http && !one.client.place.test;
    let asked = AskedBelow::new(met);
    for one in met.iter().filter(live) {
        let client = one.client;
        let place = &client.place;
        let mut note = |kind, (to_repository, to): (u32, u32), has: String| {
            links.drifts.push(DriftData {
                kind,
                repository: place.owner,
                symbol: place.symbol,
                file: place.file,
                line: place.line,
                key: client.text.clone(),
                to_repository,
                to,
                has,
            });
        };
        if one.found.is_empty() {
            if let Some((kind, server, has)) = unserved(servers, &asked, client) {
                note(kind, server.place.holder(), has);
            }
        } else if sends(client) {
            for server in &one.found {
                let Some((taken, fields)) = missing(servers, client, server) else { continue };
                let Some(of) = positions.get(taken.repository.as_str()) else { continue };
                for field in fields {
                    note(DriftKind::Field, (*of, taken.symbol), field.to_owned());
                }
            }
        }
    }
}

// ---- routes ---------------------------------------------------------------------------------------

/// Who serves what a repository asks of a host below a beginning of its paths.
struct AskedBelow<'s>(FxHashMap<(u32, Option<&'s str>, &'s str), BTreeSet<u32>>);

impl<'s> AskedBelow<'s> {
    fn new(met: &[Met<'s>]) -> Self {
        let mut all: FxHashMap<_, BTreeSet<u32>> = FxHashMap::default();
        for one in met.iter().filter(|one| one.client.channel == Channel::Http) {
            let served = one.found.iter().map(|server| server.place.repository);
            all.entry(Self::key(one.client)).or_default().extend(served);
        }
        Self(all)
    }

    fn key(client: &Row) -> (u32, Option<&str>, &str) {
        (client.place.repository, client.host.as_deref(), beginning(split(&client.text).1))
    }

    /// The one repository that serves the rest.
    fn one(&self, client: &Row) -> Option<u32> {
        let (repository, host, first) = Self::key(client);
        let served = self.0.get(&(repository, host, first))?;
        served.first().copied().filter(|_| served.len() == 1 && !first.is_empty())
    }
}

/// What a path begins with that says what it is about: the first segment, or the second behind one
/// that every service may have; nothing where that is a variable.
fn beginning(path: &str) -> &str {
    let says_nothing = |segment: &str| {
        let version = segment.strip_prefix('v').is_some_and(|rest| {
            !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c == '.')
        });
        version || matches!(segment, "api" | "rest" | "graphql" | "internal" | "public")
    };
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.find(|segment| !says_nothing(segment)).filter(|it| *it != "{}").unwrap_or_default()
}

fn unserved<'s>(
    servers: &Servers<'s>,
    asked: &AskedBelow<'_>,
    client: &Row,
) -> Option<(DriftKind, &'s Row, String)> {
    let (method, path) = split(&client.text);
    let host = client.host.as_deref();
    if is_named_by_every_service(path)
        || matches!(method, "HEAD" | "OPTIONS")
        || host.is_some_and(is_public_service)
    {
        return None;
    }
    // A public host is who serves the rest of what is asked of it, whatever a folder is called.
    let label = host.filter(|host| !is_public(host)).and_then(service_name);
    let one = asked.one(client);
    let meant = |side: &Row| {
        one == Some(side.place.repository)
            || label.as_ref().is_some_and(|label| servers.is_of_service(side, label))
    };
    let same = servers.of_path(path);
    // Served for this method after all, by whomever: a tie that is not guessed.
    if method == "ANY" || same.iter().any(|it| [method, "ANY"].contains(&split(&it.text).0)) {
        return None;
    }
    let same: Vec<&Row> = same.into_iter().filter(|it| meant(it)).collect();
    if let Some(first) = same.first() {
        let methods: BTreeSet<&str> = same.iter().map(|side| split(&side.text).0).collect();
        let methods: Vec<&str> = methods.into_iter().collect();
        return Some((DriftKind::Method, first, methods.join(", ")));
    }
    let of = label.as_ref().and_then(|label| servers.service(label));
    let repository = one.or_else(|| of.map(|side| side.place.repository))?;
    let first = path.split('/').find(|segment| !segment.is_empty()).unwrap_or_default();
    let beside = servers.of_first(repository, first).iter().copied().filter(|side| meant(side));
    let nearest = beside.take(MAX_BESIDE).max_by_key(|side| {
        let common = split(&side.text).1.bytes().zip(path.bytes());
        let length = common.take_while(|(one, other)| one == other).count();
        (length, std::cmp::Reverse((side.place.id(), side.place.span.start)))
    });
    let nearest = nearest.or(of)?;
    Some((DriftKind::Route, nearest, nearest.text.clone()))
}

/// Most routes that are looked at for the one that is nearest.
const MAX_BESIDE: usize = 256;

// ---- fields ---------------------------------------------------------------------------------------

/// Fields that a request must have and that the client never sends, with the type that has them.
fn missing<'s>(
    servers: &Servers<'s>,
    client: &Row,
    server: &'s Row,
) -> Option<(&'s Taken, Vec<&'s str>)> {
    let sent: FxHashSet<String> = client.sent.as_ref()?.iter().map(|name| plain(name)).collect();
    let takers = std::iter::once(server).chain(servers.contracts_of(server));
    takers.filter_map(|taker| taker.taken.as_ref()).find_map(|taken| {
        if !taken.fields.iter().any(|(name, _)| sent.contains(&plain(name))) {
            return None;
        }
        let required = taken.fields.iter().filter(|(_, optional)| !optional);
        let lacking = required.filter(|(name, _)| !sent.contains(&plain(name)));
        let found: Vec<&str> = lacking.map(|(name, _)| name.as_str()).collect();
        (!found.is_empty()).then_some((taken, found))
    })
}

/// Whether a request has a body.
fn sends(client: &Row) -> bool {
    matches!(split(&client.text).0, "POST" | "PUT" | "PATCH")
}

/// Puts what a request sends, or what a server takes, to its row.
pub(super) fn describe(shared: &Shared<'_, '_>, assembly: &Assembly, side: &Side, row: &mut Row) {
    if side.channel != Channel::Http {
        return;
    }
    let mut origins = shared.origins(side.file);
    if !side.provides {
        if sends(row) && !row.place.test {
            row.sent = sent(&origins, side);
        }
        return;
    }
    let Some(class) = taken(&mut origins, side) else { return };
    let mut fields = BTreeMap::new();
    if fields_of(&mut origins, class, &mut fields, 0) {
        let (repository, symbol) = assembly.symbol(shared.world, Target::Definition(class));
        let layout = &shared.world.repositories[repository as usize].layout;
        let (repository, fields) = (layout.repository.clone(), fields.into_iter().collect());
        row.taken = Some(Taken { repository, symbol, fields });
    }
}

/// `userName`, `user_name` and `UserName` are one field.
fn plain(name: &str) -> String {
    name.chars().filter(|c| *c != '_' && *c != '-').flat_map(char::to_lowercase).collect()
}

/// The names of the fields in the body of a request; `None` where it is not written out in the call
/// itself: what stands in a variable may be changed before it is sent.
fn sent(origins: &Origins<'_, '_>, client: &Side) -> Option<Vec<String>> {
    let (_, arguments) = call_at(origins.world, client.file, client.span)?;
    let facts = origins.world.file(client.file).facts();
    let names = ["json", "data", "body"];
    let keyword = |argument: &ExpressionId| match facts.expression(*argument) {
        Expression::Argument { name, value } => names.contains(&facts.text(name)).then_some(value),
        _ => None,
    };
    if let Some(body) = arguments.iter().find_map(keyword) {
        return keys(facts, body, 0);
    }
    // Options are told by what else they hold: `fetch(url, { method, body })`, `axios({ url, data })`.
    let options = ["method", "headers", "params", "url", "timeout"];
    for argument in &arguments {
        let Expression::Collection { items, .. } = facts.expression(*argument) else { continue };
        let items = facts.list(items);
        if options.iter().any(|name| entry(facts, items, name).is_some()) {
            let body = names.iter().find_map(|name| entry(facts, items, name));
            return body.and_then(|body| keys(facts, body, 0));
        }
    }
    // `axios.post(url, body)`.
    keys(facts, *arguments.get(1)?, 0)
}

fn keys(facts: &FileFacts, body: ExpressionId, depth: u32) -> Option<Vec<String>> {
    match facts.expression(body) {
        _ if depth > 4 => None,
        Expression::Collection { kind: CollectionKind::Map, items } => facts
            .list(items)
            .chunks(2)
            .map(|pair| match facts.expression(pair[0]) {
                Expression::Text(name) => Some(facts.text(name).to_owned()),
                // Spread or computed.
                _ => None,
            })
            .collect(),
        Expression::Call { callee, arguments } => {
            let Expression::Member { name, .. } = facts.expression(callee) else { return None };
            let whole = matches!(facts.text(name), "stringify" | "dumps");
            let first = facts.list(arguments).first().copied().filter(|_| whole)?;
            keys(facts, first, depth + 1)
        }
        _ => None,
    }
}

/// The type of the body that a handler, or an operation of a contract, takes.
fn taken(origins: &mut Origins<'_, '_>, server: &Side) -> Option<DefinitionRef> {
    let at = server.owner?;
    let world = origins.world;
    let facts = world.file(at.file).facts();
    let definition = world.definition(at);
    let contract = server.rule.ends_with("/contract");
    // Which parameter a decorator stands at is not kept: it must be the only one, and `@Body()`.
    let decorated: Vec<&str> = facts
        .references
        .iter()
        .filter(|it| {
            it.within == Some(at.definition) && it.flags.contains(ReferenceFlags::DECORATOR)
        })
        .map(|it| facts.text(it.name))
        .collect();
    if server.rule == "nestjs" && decorated != ["Body"] {
        return None;
    }
    let mut found = None;
    for parameter in &definition.parameters {
        let Some(declared) = parameter.declared_type else { continue };
        let name = facts.text(parameter.name);
        let written = match (contract, server.rule.as_str()) {
            (true, _) if name == "body" => declared,
            (true, _) => continue,
            // `Body(embed=True)` wraps it.
            (false, "fastapi") if parameter.default.is_none() => declared,
            (false, "nestjs") => declared,
            // `Request<Params, Answer, Body>`.
            (false, "express") => {
                let Expression::Generic { arguments, .. } = facts.expression(declared) else {
                    continue;
                };
                match facts.list(arguments).get(2) {
                    Some(body) => *body,
                    None => continue,
                }
            }
            _ => continue,
        };
        let types = origins.evaluator.types_in(at.file, written);
        let [Value::Instance { class, .. }] = *types.items.as_slice() else { continue };
        if server.rule == "fastapi" && !is_model(origins, class, 0) {
            continue;
        }
        // Two that might be the body: neither is known to be.
        if found.is_some() {
            return None;
        }
        found = Some(class);
    }
    found
}

fn is_model(origins: &mut Origins<'_, '_>, class: DefinitionRef, depth: u32) -> bool {
    let bases = origins.world.definition(class).bases.clone();
    let outside = bases.into_iter().any(|base| {
        let origin = origins.origin(class.file, base, 0);
        origin.is_some_and(|it| matches!(it.as_str(), "pydantic.BaseModel" | "sqlmodel.SQLModel"))
    });
    let hierarchy = origins.evaluator.hierarchy;
    let known = hierarchy.bases.get(&class).map_or(&[][..], Vec::as_slice);
    outside
        || known.iter().any(|base| match base {
            Base::Type(base) if depth < 6 => is_model(origins, *base, depth + 1),
            _ => false,
        })
}

/// The fields of a type and whether each may be left out; `false` where some are not seen.
fn fields_of(
    origins: &mut Origins<'_, '_>,
    class: DefinitionRef,
    fields: &mut BTreeMap<String, bool>,
    depth: u32,
) -> bool {
    let (world, hierarchy) = (origins.world, origins.evaluator.hierarchy);
    let python = world.file(class.file).facts().language == "python";
    let contract = world.file(class.file).facts().language == "yaml"
        || world.file(class.file).facts().language == "json";
    let kind = world.definition(class).kind;
    if depth > 6 || !(contract || matches!(kind, SymbolKind::Class | SymbolKind::Interface)) {
        return false;
    }
    for scope in hierarchy.member_scopes(world, class) {
        let index = world.file(scope.file);
        for (_, row) in index.rows_of(scope.scope) {
            let BindingValue::Definition(id) = index.facts().bindings[row as usize].value else {
                continue;
            };
            let definition = &index.facts().definitions[id.index()];
            let name = index.facts().text(definition.name);
            let kept = definition.kind == SymbolKind::Field
                && !definition.flags.contains(DefinitionFlags::STATIC)
                && !name.starts_with('_')
                && name != "model_config";
            if kept {
                let decorators = definition.decorators.iter();
                let optional = definition.flags.contains(DefinitionFlags::OPTIONAL)
                    || decorators
                        .into_iter()
                        .any(|it| index.facts().render(*it).starts_with("IsOptional"));
                fields.entry(name.to_owned()).or_insert(optional);
            }
        }
    }
    let bases = hierarchy.bases.get(&class).map_or(&[][..], Vec::as_slice);
    bases.iter().all(|base| match base {
        Base::Type(base) => fields_of(origins, *base, fields, depth + 1),
        Base::Outside => python,
    })
}

// ---- versions -------------------------------------------------------------------------------------

/// Packages that are required in another version than the one that is indexed.
pub(super) fn versions(manifests: &[&ManifestRow], links: &mut LinksData) {
    // By ecosystem and name; none where several provide it.
    let mut provided: FxHashMap<(&str, &str), Option<&ManifestRow>> = FxHashMap::default();
    for manifest in manifests {
        // `0.0.0` is what a release writes over.
        let released = !manifest.version.is_empty() && !manifest.version.starts_with("0.0.0");
        if !manifest.name.is_empty() && released {
            provided
                .entry((&manifest.ecosystem, &manifest.name))
                .and_modify(|known| *known = None)
                .or_insert(Some(manifest));
        }
    }
    for manifest in manifests {
        let place = &manifest.place;
        for (name, requirement, line) in &manifest.dependencies {
            let key = (manifest.ecosystem.as_str(), name.as_str());
            let Some(Some(other)) = provided.get(&key) else { continue };
            if other.place.repository == place.repository
                || fits(&manifest.ecosystem, requirement, &other.version) != Some(false)
            {
                continue;
            }
            links.drifts.push(DriftData {
                kind: DriftKind::Version,
                repository: place.repository,
                symbol: place.symbol,
                file: place.file,
                line: *line,
                key: format!("{}:{name} {requirement}", manifest.ecosystem),
                to_repository: other.place.repository,
                to: other.place.symbol,
                has: other.version.clone(),
            });
        }
    }
}

/// Manifests of tests, fixtures and examples are no package that anybody gets.
pub(super) fn is_beside(index: &FileIndex<'_>) -> bool {
    let flags = index.source.flags;
    let path = index.source.path.as_str();
    flags.test || flags.example || path.split('/').any(|it| it == "fixtures" || it == "testdata")
}
