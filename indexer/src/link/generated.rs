//! Clients that were generated from an OpenAPI document.
//!
//! What such code asks of the network goes through a runtime of its own, of which nothing can be
//! said by a library's name. But its file says that it was generated, each of its functions makes
//! one request, and generators write the path and the method down in few ways: as two entries of one
//! object, as two arguments of one call, or as two local names.

use super::arguments::{named_value, receiver, text};
use super::fold::Part;
use super::methods::verb;
use super::origin::{End, Origins, Shared};
use super::sides::keyed;
use super::{Side, each_file};
use crate::resolve::DefinitionRef;
use qf_graph::facts::{
    BindingValue, CollectionKind, Expression, ExpressionId, FileFacts, Reference, ReferenceFlags,
    Role, ScopeId,
};
use qf_graph::key::Channel;
use rustc_hash::FxHashSet;

/// Names of entries and arguments that hold the path.
const PATHS: [&str; 4] = ["endpoint", "path", "resource_path", "url"];

/// Local names that hold the path.
const LOCAL_PATHS: [&str; 3] = ["localVarPath", "operationPath", "urlPath"];

/// Local names that hold the method, or an object with it.
const LOCAL_METHODS: [&str; 3] =
    ["localVarHTTPMethod", "localVarHttpMethod", "localVarRequestOptions"];

/// The requests of all generated files.
pub fn sides(shared: &Shared<'_, '_>) -> Vec<Side> {
    each_file(shared, |origins, file| {
        let index = origins.world.file(file);
        if !index.facts().from_contract || index.source.flags.test {
            return Vec::new();
        }
        let mut found = Vec::new();
        calls(origins, file, &mut found);
        names(origins, file, &mut found);
        // A request may be written down in two of the ways.
        let mut known = FxHashSet::default();
        found.retain(|side| known.insert((side.owner, side.text.clone())));
        found
    })
}

/// Requests that are calls.
fn calls(origins: &mut Origins<'_, '_>, file: u32, found: &mut Vec<Side>) {
    let facts = origins.world.file(file).facts();
    let called =
        |it: &&Reference| it.role == Role::Call && !it.flags.contains(ReferenceFlags::DECORATOR);
    for reference in facts.references.iter().filter(called) {
        let Expression::Call { callee, arguments } = facts.expression(reference.expression) else {
            continue;
        };
        let arguments = facts.list(arguments);
        // Who is given a function answers.
        if arguments.iter().any(|it| matches!(facts.expression(*it), Expression::Function(_))) {
            continue;
        }
        let path = PATHS.iter().find_map(|name| {
            let value = named_value(facts, arguments, name)?;
            path_of(origins, file, value, 0).map(|_| value)
        });
        let method = match named_value(facts, arguments, "method") {
            Some(method) => method_of(facts, method),
            // `client.get({ url: "/orders" })`.
            None if receiver(facts, callee).is_some() => {
                Some(verb(facts.text(reference.name))).filter(|method| method != "ANY")
            }
            None => None,
        };
        let named = path.zip(method);
        let Some((path, method)) = named.or_else(|| {
            // `buildCall(localVarPath, "GET", …)`.
            let method = arguments.iter().find_map(|it| method_of(facts, *it))?;
            let path = arguments.iter().find(|it| {
                matches!(facts.expression(**it), Expression::Text(_) | Expression::Name { .. })
                    && method_of(facts, **it).is_none()
                    && path_of(origins, file, **it, 0).is_some()
            })?;
            Some((*path, method))
        }) else {
            continue;
        };
        put(origins, (file, reference), path, &method, found);
    }
}

/// Requests whose path and method are two names of one function.
fn names(origins: &mut Origins<'_, '_>, file: u32, found: &mut Vec<Side>) {
    let facts = origins.world.file(file).facts();
    let mut done: Vec<ScopeId> = Vec::new();
    for binding in &facts.bindings {
        let BindingValue::Value(path) = binding.value else { continue };
        if !LOCAL_PATHS.contains(&facts.text(binding.name)) || done.contains(&binding.scope) {
            continue;
        }
        let beside = facts.bindings.iter().filter(|other| {
            other.scope == binding.scope && LOCAL_METHODS.contains(&facts.text(other.name))
        });
        let mut methods = beside.filter_map(|other| match other.value {
            BindingValue::Value(value) => method_of(facts, value)
                .or_else(|| method_of(facts, named_value(facts, &[value], "method")?)),
            _ => None,
        });
        let within = facts.scopes[binding.scope.index()].definition;
        let here = |it: &&Reference| it.within == within && it.role == Role::Call;
        // `http.NewRequest("GET", …)` in the same function.
        let method = methods.next().or_else(|| {
            facts.references.iter().filter(here).find_map(|it| {
                let Expression::Call { arguments, .. } = facts.expression(it.expression) else {
                    return None;
                };
                facts.list(arguments).iter().find_map(|it| method_of(facts, *it))
            })
        });
        let at = binding.at;
        let near = facts.references.iter().find(|it| it.span.start >= at);
        if let (Some(method), Some(near)) = (method, near)
            && path_of(origins, file, path, 0).is_some()
        {
            done.push(binding.scope);
            put(origins, (file, near), path, &method, found);
        }
    }
}

fn put(
    origins: &mut Origins<'_, '_>,
    (file, reference): (u32, &Reference),
    path: ExpressionId,
    method: &str,
    found: &mut Vec<Side>,
) {
    let Some(path) = path_of(origins, file, path, 0) else { return };
    let owner = reference.within.map(|definition| DefinitionRef { file, definition });
    let place = (file, owner, reference.span);
    let side = Side::new(Channel::Http, String::new(), place, "openapi/client");
    // The document's address may put a path in front.
    let mut parts = vec![Part::Hole, Part::Base];
    parts.extend(path);
    let method = vec![Part::Text(method.to_owned())];
    keyed(&Side { provides: false, ..side }, &parts, &[method], found);
}

/// The path behind a value: `"/pets/{id}".replace("{id}", id)` is the path it begins with, and what
/// stands before its first slash is the base.
fn path_of(
    origins: &mut Origins<'_, '_>,
    file: u32,
    value: ExpressionId,
    depth: u32,
) -> Option<Vec<Part>> {
    if depth > 16 {
        return None;
    }
    let facts = origins.world.file(file).facts();
    if let Expression::Call { callee, .. } = facts.expression(value)
        && let Expression::Member { base, name } = facts.expression(callee)
        && facts.text(name).to_ascii_lowercase().starts_with("replace")
    {
        return path_of(origins, file, base, depth + 1);
    }
    if let Expression::Call { callee, arguments } = facts.expression(value)
        && facts.render(callee) == "strings.Replace"
    {
        return path_of(origins, file, *facts.list(arguments).first()?, depth + 1);
    }
    if let Expression::Name { name, scope } = facts.expression(value) {
        // What it is first; later it is only filled in.
        let word = origins.world.file(file).word(name);
        let mut bound = origins.world.file(file).bindings(scope, word);
        let first = bound.find_map(|binding| match binding.value {
            BindingValue::Value(first) => Some(first),
            _ => None,
        });
        if let Some(first) = first.filter(|first| *first != value) {
            return path_of(origins, file, first, depth + 1);
        }
        if let End::Expression(other, first) = origins.chase(file, value, 0)
            && (other, first) != (file, value)
        {
            return path_of(origins, other, first, depth + 1);
        }
        return None;
    }
    let mut parts = origins.fold(file, value, 0);
    let slash =
        parts.iter().position(|part| matches!(part, Part::Text(it) if it.starts_with('/')))?;
    parts.drain(..slash);
    parts.retain(|part| !matches!(part, Part::Base));
    Some(parts)
}

/// `"GET"`, `http.MethodGet`, `HttpMethod.GET`.
fn method_of(facts: &FileFacts, value: ExpressionId) -> Option<String> {
    const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
    let is_method = |text: &str| METHODS.binary_search(&text).is_ok();
    match facts.expression(value) {
        Expression::Member { name, .. } => {
            let name = facts.text(name);
            let upper = name.strip_prefix("Method").unwrap_or(name).to_ascii_uppercase();
            is_method(&upper).then_some(upper)
        }
        Expression::Collection { kind: CollectionKind::Map, .. } => None,
        _ => text(facts, value).map(str::to_ascii_uppercase).filter(|text| is_method(text)),
    }
}
