//! Gateways: which service answers below a path, and under which path there.
//!
//! nginx, ingresses, Spring Cloud Gateway and Zuul say so in files of their own, which come with the
//! facts; development servers of Vite, webpack and their like say so in a `proxy` entry of their
//! configuration, which is code. A gateway alone makes no link: it says which of several servers a
//! client means, and what the client's path is called there, and that server must have the route.

use super::arguments::{entry, text};
use super::brought::{Passed, Row};
use super::meet::{service_name, split};
use super::origin::{End, Origins};
use qf_graph::facts::{
    BindingValue, CollectionKind, DefinitionId, Expression, ExpressionId, FileFacts,
};
use rustc_hash::FxHashMap;

/// All paths that are passed on, by their first segments.
pub struct Gateways(FxHashMap<String, Vec<Passed>>);

/// The paths that a file passes on.
pub(super) fn of_file(origins: &mut Origins<'_, '_>, file: u32) -> Vec<Passed> {
    let index = origins.world.file(file);
    let repository = index.repository;
    let mut found: Vec<Passed> = index
        .facts()
        .proxies
        .iter()
        .filter_map(|proxy| {
            let service = service_name(&proxy.host)?;
            let (path, replaced_by) = (proxy.path.clone(), proxy.replaced_by.clone());
            Some(Passed { path, service, replaced_by, repository })
        })
        .collect();
    development(origins, file, &mut found);
    found
}

impl Gateways {
    /// Those of all repositories.
    pub fn new<'p>(passed: impl Iterator<Item = &'p Passed>) -> Self {
        let mut all: Vec<&Passed> = passed.collect();
        all.sort();
        all.dedup();
        let mut by_first: FxHashMap<String, Vec<Passed>> = FxHashMap::default();
        for passed in all {
            let first = first(&passed.path).to_owned();
            by_first.entry(first).or_default().push(passed.clone());
        }
        Self(by_first)
    }

    /// The service that a client's request is passed on to, its key there, and the repository that
    /// says so. The client's own repository's gateways go first; where several say different things, none
    /// is believed.
    pub fn pass(&self, client: &Row) -> Option<(String, String, u32)> {
        let (method, path) = split(&client.text);
        let mut fitting: Vec<&Passed> = Vec::new();
        for first in [first(path), ""] {
            let all = self.0.get(first).into_iter().flatten();
            fitting.extend(all.filter(|passed| {
                let below = path.strip_prefix(passed.path.trim_end_matches('/'));
                below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
            }));
        }
        let own = |passed: &&Passed| passed.repository == client.place.repository;
        if fitting.iter().any(own) {
            fitting.retain(own);
        }
        let longest = fitting.iter().map(|passed| passed.path.len()).max().unwrap_or(0);
        fitting.retain(|passed| passed.path.len() == longest);
        let meant = fitting;
        let first = *meant.first()?;
        let same = |passed: &&Passed| {
            passed.service == first.service && passed.replaced_by == first.replaced_by
        };
        if !meant.iter().all(same) {
            return None;
        }
        let key = match &first.replaced_by {
            None => client.text.clone(),
            Some(front) => {
                let below = path.strip_prefix(first.path.trim_end_matches('/'))?;
                let front = front.trim_end_matches('/');
                let there = format!("{front}/{}", below.trim_start_matches('/'));
                format!("{method} {there}")
            }
        };
        Some((first.service.clone(), key, first.repository))
    }
}

fn first(path: &str) -> &str {
    path.split('/').find(|segment| !segment.is_empty()).unwrap_or_default()
}

/// `proxy: { "/api": "http://orders:8080" }` of a development server.
fn development(origins: &mut Origins<'_, '_>, file: u32, found: &mut Vec<Passed>) {
    const CONFIGURATIONS: [&str; 5] = ["craco", "vite", "vitest", "vue", "webpack"];
    let world = origins.world;
    let index = world.file(file);
    let name = index.source.path.rsplit('/').next().unwrap_or_default();
    let known = name.split_once(".config.").is_some_and(|(tool, _)| {
        CONFIGURATIONS.contains(&tool.split('.').next().unwrap_or_default())
    });
    if !known {
        return;
    }
    let facts = index.facts();
    let mut proxies = Vec::new();
    for expression in &facts.expressions {
        if let Expression::Collection { kind: CollectionKind::Map, items } = *expression {
            proxies.extend(entry(facts, facts.list(items), "proxy").map(Object::Value));
        }
    }
    // An object with functions in it has definitions for its entries.
    let named = facts.bindings.iter().filter(|binding| facts.text(binding.name) == "proxy");
    proxies.extend(named.filter_map(|binding| Object::bound(binding.value)));
    for (path, target) in proxies.into_iter().flat_map(|proxy| proxy.entries(facts)) {
        let path = path.trim_start_matches('^');
        if !path.starts_with('/') {
            continue;
        }
        let options = target.entries(facts);
        // A field has a definition beside its value.
        let option = |wanted: &str| {
            let mut named = options.iter().filter(|(name, _)| *name == wanted);
            let first = named.clone().next();
            named.find(|(_, it)| matches!(it, Object::Value(_))).or(first).map(|(_, it)| *it)
        };
        let rewrite = option("rewrite").or_else(|| option("pathRewrite"));
        let target = if options.is_empty() { Some(target) } else { option("target") };
        // What a path becomes must be written down.
        let replaced_by = match rewrite.map(|rewrite| rewritten(facts, rewrite)) {
            None => None,
            Some(Some(to)) => Some(to),
            Some(None) => continue,
        };
        let Some(Object::Value(target)) = target else { continue };
        let host = host(origins, file, facts, target);
        if let Some(service) = host.as_deref().and_then(service_name) {
            let (path, repository) = (path.to_owned(), index.repository);
            found.push(Passed { path, service, replaced_by, repository });
        }
    }
}

/// An object literal, or what stands in one.
#[derive(Debug, Clone, Copy)]
enum Object {
    Value(ExpressionId),
    Definition(DefinitionId),
}

impl Object {
    fn bound(value: BindingValue) -> Option<Self> {
        match value {
            BindingValue::Value(value) => Some(Self::Value(value)),
            BindingValue::Definition(definition) => Some(Self::Definition(definition)),
            _ => None,
        }
    }

    fn entries(self, facts: &FileFacts) -> Vec<(&str, Self)> {
        let value = match self {
            Self::Value(value) => facts.expression(value),
            Self::Definition(definition) => Expression::Definition(definition),
        };
        match value {
            Expression::Collection { kind: CollectionKind::Map, items } => {
                let pairs = facts.list(items).chunks_exact(2);
                pairs
                    .filter_map(|pair| Some((text(facts, pair[0])?, Self::Value(pair[1]))))
                    .collect()
            }
            Expression::Definition(definition) => {
                let Some(scope) = facts.definitions[definition.index()].scope else {
                    return Vec::new();
                };
                let inside = facts.bindings.iter().filter(|binding| binding.scope == scope);
                inside
                    .filter_map(|it| Some((facts.text(it.name), Self::bound(it.value)?)))
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What `{ "^/api": "/v2" }` or `(path) => path.replace(/^\/api/, "/v2")` puts in place of the path's
/// beginning.
fn rewritten(facts: &FileFacts, rewrite: Object) -> Option<String> {
    let value = match rewrite {
        Object::Value(value) => facts.expression(value),
        Object::Definition(definition) => Expression::Function(definition),
    };
    let to = match value {
        Expression::Collection { kind: CollectionKind::Map, items } => match facts.list(items) {
            [_, to] => *to,
            _ => return None,
        },
        Expression::Function(function) => {
            let returns = &facts.definitions[function.index()].returns;
            let [value] = returns.as_slice() else { return None };
            let Expression::Call { callee, arguments } = facts.expression(*value) else {
                return None;
            };
            let Expression::Member { name, .. } = facts.expression(callee) else { return None };
            match (facts.text(name), facts.list(arguments)) {
                ("replace", [_, to]) => *to,
                _ => return None,
            }
        }
        _ => return None,
    };
    match facts.expression(to) {
        Expression::Text(text) if facts.text(text).is_empty() => Some("/".to_owned()),
        Expression::Text(text) => Some(facts.text(text).to_owned()),
        _ => None,
    }
}

fn host(
    origins: &mut Origins<'_, '_>,
    file: u32,
    facts: &FileFacts,
    target: ExpressionId,
) -> Option<String> {
    let address = match facts.expression(target) {
        Expression::Text(text) => facts.text(text).to_owned(),
        _ => match origins.chase(file, target, 0) {
            End::Expression(other, value) => {
                let other = origins.world.file(other).facts();
                let Expression::Text(text) = other.expression(value) else { return None };
                other.text(text).to_owned()
            }
            _ => return None,
        },
    };
    let rest = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
    rest.split('/').next().map(str::to_owned)
}
