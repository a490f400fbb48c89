//! The HTTP method of a site: in its name, an argument, an option, or a call that follows.

use super::arguments::{entry, predicate};
use super::fold::Part;
use super::origin::{End, Origins};
use super::rule::Rule;
use super::sites::Site;
use qf_graph::facts::{CollectionKind, Expression, ExpressionId, FileFacts};

/// The HTTP methods of a site, each as parts (one may be a wrapper's parameter).
pub fn methods(origins: &mut Origins<'_, '_>, rule: &Rule, site: &Site<'_>) -> Vec<Vec<Part>> {
    let facts = origins.world.file(site.file).facts();
    let text = |text: &str| vec![Part::Text(text.to_owned())];
    let Some(method) = &rule.method else { return Vec::new() };
    if method == "predicate" {
        let asked = site.arguments.get(rule.position.unwrap_or(0));
        let called = asked.and_then(|asked| predicate(facts, *asked));
        return vec![text(&called.map_or_else(|| "ANY".to_owned(), |(name, _)| verb(name)))];
    }
    if method == "name" {
        let name = match facts.expression(site.callee) {
            Expression::Member { name, .. } | Expression::Name { name, .. } => facts.text(name),
            _ => "",
        };
        return vec![text(&verb(name))];
    }
    if let Some(position) = method.strip_prefix("argument:").and_then(|p| p.parse::<usize>().ok()) {
        return match site.arguments.get(position) {
            Some(argument) => listed_methods(origins, site.file, *argument),
            None => Vec::new(),
        };
    }
    if let Some(name) = method.strip_prefix("after:") {
        let listed = call_after(facts, site.expression, name);
        if listed.is_empty() {
            return vec![text("ANY")];
        }
        return listed.into_iter().map(|one| method_parts(origins, site.file, one)).collect();
    }
    let Some(options) = method.strip_prefix("option:") else { return vec![text(method)] };
    for name in options.split('|') {
        let wanted = site.arguments.iter().enumerate().find_map(|(position, argument)| {
            let named = matches!(
                facts.expression(*argument),
                Expression::Argument { .. } | Expression::Collection { .. }
            );
            (named || Some(position) != rule.position)
                .then(|| option(origins, site.file, *argument, name, 0))
                .flatten()
        });
        match wanted {
            Some(Wanted::Value(file, value)) => return listed_methods(origins, file, value),
            Some(Wanted::Parts(parts)) => return vec![parts],
            None => {}
        }
    }
    vec![text(rule.default_method.as_deref().unwrap_or("GET"))]
}

/// The arguments of the call of this name that follows in the chain: `HandleFunc(…).Methods("GET")`.
pub fn call_after(facts: &FileFacts, call: ExpressionId, wanted: &str) -> Vec<ExpressionId> {
    let mut inner = call;
    for _ in 0..4 {
        // The next call stands a few rows further.
        let next = facts.references.iter().find_map(|reference| {
            let Expression::Call { callee, arguments } = facts.expression(reference.expression)
            else {
                return None;
            };
            match facts.expression(callee) {
                Expression::Member { base, name } if base == inner => {
                    Some((reference.expression, facts.text(name), arguments))
                }
                _ => None,
            }
        });
        match next {
            Some((_, name, arguments)) if name == wanted => return facts.list(arguments).to_vec(),
            Some((outer, ..)) => inner = outer,
            None => break,
        }
    }
    Vec::new()
}

fn listed_methods(origins: &mut Origins<'_, '_>, file: u32, value: ExpressionId) -> Vec<Vec<Part>> {
    let facts = origins.world.file(file).facts();
    match facts.expression(value) {
        Expression::Collection { items, .. } => {
            let items = facts.list(items).to_vec();
            items.into_iter().map(|item| method_parts(origins, file, item)).collect()
        }
        _ => vec![method_parts(origins, file, value)],
    }
}

/// An option of a call.
enum Wanted {
    /// Its value.
    Value(u32, ExpressionId),
    /// What is known of it.
    Parts(Vec<Part>),
}

/// The value of a named option in an argument: `None` when it is certainly not given.
fn option(
    origins: &mut Origins<'_, '_>,
    file: u32,
    argument: ExpressionId,
    wanted: &str,
    depth: u32,
) -> Option<Wanted> {
    if depth > 4 {
        return Some(Wanted::Parts(vec![Part::Hole]));
    }
    let facts = origins.world.file(file).facts();
    match facts.expression(argument) {
        Expression::Argument { name, value } => {
            (facts.text(name) == wanted).then_some(Wanted::Value(file, value))
        }
        Expression::Collection { items, kind: CollectionKind::Map } => {
            entry(facts, facts.list(items), wanted).map(|value| Wanted::Value(file, value))
        }
        Expression::Either(items) => {
            let items = facts.list(items).to_vec();
            items.into_iter().find_map(|item| option(origins, file, item, wanted, depth + 1))
        }
        Expression::Name { .. } | Expression::Member { .. } => {
            match origins.chase(file, argument, 0) {
                End::Expression(other, value) if (other, value) != (file, argument) => {
                    option(origins, other, value, wanted, depth + 1)
                }
                End::Parameter(at, index) => {
                    Some(Wanted::Parts(vec![Part::Entry(at, index, wanted.to_owned())]))
                }
                End::Definition(_) | End::Outside(_) => None,
                _ => origins.parameter_of(file, argument).map(|(at, index)| {
                    Wanted::Parts(vec![Part::Entry(at, index, wanted.to_owned())])
                }),
            }
        }
        _ => None,
    }
}

/// The value of an option that a wrapper hands on.
pub fn option_parts(
    origins: &mut Origins<'_, '_>,
    file: u32,
    argument: ExpressionId,
    wanted: &str,
) -> Option<Vec<Part>> {
    match option(origins, file, argument, wanted, 0)? {
        Wanted::Value(file, value) => Some(method_parts(origins, file, value)),
        Wanted::Parts(parts) => Some(parts),
    }
}

fn method_parts(origins: &mut Origins<'_, '_>, file: u32, value: ExpressionId) -> Vec<Part> {
    let parts = origins.fold(file, value, 0);
    if !matches!(parts.first(), Some(Part::Text(_) | Part::Parameter(..))) {
        // `http.MethodPost`, `HttpMethod.POST`.
        let facts = origins.world.file(file).facts();
        if let Expression::Member { name, .. } | Expression::Name { name, .. } =
            facts.expression(value)
        {
            let name = facts.text(name).to_ascii_uppercase();
            let name = name.strip_prefix("METHOD").unwrap_or(&name);
            if verb(name) == name {
                return vec![Part::Text(name.to_owned())];
            }
        }
    }
    parts
}

/// `getForObject`, `PostMapping`, `del` → `GET`, `POST`, `DELETE`; what names no method serves any.
pub fn verb(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let lower = lower.strip_prefix("map").or_else(|| lower.strip_prefix("http")).unwrap_or(&lower);
    ["get", "post", "put", "delete", "patch", "head", "options"]
        .into_iter()
        .find(|verb| lower.starts_with(verb))
        .or_else(|| lower.starts_with("del").then_some("delete"))
        .map_or_else(|| "ANY".to_owned(), str::to_ascii_uppercase)
}
