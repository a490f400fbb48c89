//! What stands among the arguments of a call: paths and topics by position, name or place in a chain.

use super::origin::Origins;
use super::rule::Rule;
use super::sites::Site;
use qf_graph::facts::{CollectionKind, Expression, ExpressionId, FileFacts};

/// An item counted from the front, or from the back when negative.
pub fn at<T>(items: &[T], position: i32) -> Option<&T> {
    if position >= 0 {
        items.get(position as usize)
    } else {
        items.len().checked_sub(position.unsigned_abs() as usize).and_then(|index| items.get(index))
    }
}

/// What a method is called on.
pub fn receiver(facts: &FileFacts, callee: ExpressionId) -> Option<ExpressionId> {
    match facts.expression(callee) {
        Expression::Member { base, .. } => Some(base),
        _ => None,
    }
}

/// The arguments that hold a path or topic: several when a list of them is given.
pub fn text_arguments(
    origins: &Origins<'_, '_>,
    rule: &Rule,
    site: &Site<'_>,
) -> Vec<ExpressionId> {
    let facts = origins.world.file(site.file).facts();
    let Some(text) = text_argument(origins, rule, site) else { return Vec::new() };
    match facts.expression(text) {
        Expression::Collection { kind, items } if kind != CollectionKind::Map => {
            facts.list(items).to_vec()
        }
        _ => vec![text],
    }
}

/// The argument that holds the path or topic.
pub fn text_argument(
    origins: &Origins<'_, '_>,
    rule: &Rule,
    site: &Site<'_>,
) -> Option<ExpressionId> {
    let facts = origins.world.file(site.file).facts();
    for name in &rule.names {
        if let Some(value) = named_value(facts, site.arguments, name) {
            return Some(value);
        }
    }
    if let Some(chain) = &rule.chain {
        return chain_argument(facts, site.callee, chain);
    }
    let argument = *site.arguments.get(rule.position?)?;
    if rule.predicate {
        return predicate(facts, argument)?.1.first().copied();
    }
    match facts.expression(argument) {
        Expression::Argument { .. } => None,
        // Options, of which none is the path.
        Expression::Collection { kind: CollectionKind::Map, .. } => None,
        _ => Some(argument),
    }
}

/// The first call of a predicate: `GET` and its arguments of `GET("/users").and(accept(JSON))`.
pub fn predicate(facts: &FileFacts, argument: ExpressionId) -> Option<(&str, &[ExpressionId])> {
    let mut at = argument;
    for _ in 0..12 {
        let Expression::Call { callee, arguments } = facts.expression(at) else { return None };
        at = match facts.expression(callee) {
            Expression::Member { base, .. }
                if matches!(facts.expression(base), Expression::Call { .. }) =>
            {
                base
            }
            Expression::Member { name, .. } | Expression::Name { name, .. } => {
                return Some((facts.text(name), facts.list(arguments)));
            }
            // Imported by itself.
            Expression::Imported(import) => {
                let item = facts.imports[import.index()].item?;
                return Some((facts.text(item), facts.list(arguments)));
            }
            _ => return None,
        };
    }
    None
}

/// A keyword argument, or an entry of an object literal among the arguments.
pub fn named_value(
    facts: &FileFacts,
    arguments: &[ExpressionId],
    wanted: &str,
) -> Option<ExpressionId> {
    for argument in arguments {
        match facts.expression(*argument) {
            Expression::Argument { name, value } if facts.text(name) == wanted => {
                return Some(value);
            }
            Expression::Collection { items, kind: CollectionKind::Map } => {
                if let Some(value) = entry(facts, facts.list(items), wanted) {
                    return Some(value);
                }
            }
            _ => {}
        }
    }
    None
}

/// A text that stands there, as an argument or by itself.
pub fn text(facts: &FileFacts, id: ExpressionId) -> Option<&str> {
    match facts.expression(id) {
        Expression::Text(text) => Some(facts.text(text)),
        Expression::Argument { value, .. } => text(facts, value),
        _ => None,
    }
}

/// The value under a constant key.
pub fn entry(facts: &FileFacts, items: &[ExpressionId], wanted: &str) -> Option<ExpressionId> {
    items.chunks_exact(2).find_map(|pair| match facts.expression(pair[0]) {
        Expression::Text(key) if facts.text(key) == wanted => Some(pair[1]),
        _ => None,
    })
}

/// The first argument of one of the named calls in a builder chain.
pub fn chain_argument(
    facts: &FileFacts,
    callee: ExpressionId,
    names: &str,
) -> Option<ExpressionId> {
    let mut at = callee;
    for _ in 0..24 {
        at = match facts.expression(at) {
            Expression::Member { base, .. } | Expression::Await(base) => base,
            Expression::Call { callee, arguments } => {
                if let Expression::Member { name, .. } = facts.expression(callee)
                    && names.split('|').any(|wanted| wanted == facts.text(name))
                    && let Some(first) = facts.list(arguments).first()
                {
                    return Some(*first);
                }
                callee
            }
            _ => return None,
        };
    }
    None
}

/// The last name of an expression that names something: `update` of `db.update`.
pub fn last_name(facts: &FileFacts, id: ExpressionId) -> Option<&str> {
    match facts.expression(id) {
        Expression::Name { name, .. } | Expression::Member { name, .. } => Some(facts.text(name)),
        Expression::Imported(import) => {
            facts.imports[import.index()].item.map(|item| facts.text(item))
        }
        Expression::Generic { base, .. } => last_name(facts, base),
        _ => None,
    }
}
