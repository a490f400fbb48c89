//! GraphQL: root fields of schemas, the functions that resolve them, the operations that select them.
//!
//! Schemas and operations in files of their own are contracts; those inside code stand in texts
//! that `gql` or `graphql` is called with, and are read by the same grammar. What a function
//! resolves is said by a library's decorator or class (NestJS, TypeGraphQL, Spring, DGS, Ariadne,
//! Strawberry, Graphene), or by a place that is a convention — a map of resolvers (Apollo, Yoga), a
//! method of `queryResolver` (gqlgen) — and then only a field counts that some schema declares. An
//! operation that is kept in a constant is asked for by the functions that use the constant.

use super::arguments::{entry, named_value, text};
use super::brought::Brought;
use super::fold::Part;
use super::origin::{End, Origins, Shared};
use super::{Side, each_file};
use crate::languages::graphql::GRAPHQL;
use crate::resolve::DefinitionRef;
use crate::resolve::bind::{FileEdges, Target};
use qf_graph::edge::EdgeKind;
use qf_graph::facts::{
    BindingValue, ByteRange, CollectionKind, DefinitionId, Expression, ExpressionId, FileFacts,
    Reference, Role, SymbolKind,
};
use qf_graph::key::Channel;
use rustc_hash::{FxHashMap, FxHashSet};

/// Names of functions and tags that take a document.
const DOCUMENT_TAGS: [&str; 3] = ["buildSchema", "gql", "graphql"];

/// Types whose fields are operations.
const ROOTS: [&str; 3] = ["Mutation", "Query", "Subscription"];

/// Decorators of resolvers, with the root whose field the function is.
const DECORATORS: [(&str, &str); 14] = [
    ("@nestjs/graphql.Mutation", "Mutation"),
    ("@nestjs/graphql.Query", "Query"),
    ("@nestjs/graphql.Subscription", "Subscription"),
    ("ariadne.MutationType().field", "Mutation"),
    ("ariadne.QueryType().field", "Query"),
    ("com.netflix.graphql.dgs.DgsMutation", "Mutation"),
    ("com.netflix.graphql.dgs.DgsQuery", "Query"),
    ("com.netflix.graphql.dgs.DgsSubscription", "Subscription"),
    ("org.springframework.graphql.data.method.annotation.MutationMapping", "Mutation"),
    ("org.springframework.graphql.data.method.annotation.QueryMapping", "Query"),
    ("org.springframework.graphql.data.method.annotation.SubscriptionMapping", "Subscription"),
    ("type-graphql.Mutation", "Mutation"),
    ("type-graphql.Query", "Query"),
    ("type-graphql.Subscription", "Subscription"),
];

/// Sides of all files.
pub fn sides(shared: &Shared<'_, '_>, edges: &[FileEdges], others: &[&Brought]) -> Vec<Side> {
    let mut sides = each_file(shared, |origins, file| {
        let mut found = Vec::new();
        documents(origins, file, &mut found);
        decorated(origins, file, &mut found);
        found
    });
    let mut declared: FxHashSet<&str> = FxHashSet::default();
    let in_files = shared.world.files.iter().flat_map(|index| &index.facts().keys);
    let in_files = in_files.filter(|key| key.channel == Channel::Graphql && key.provides);
    declared.extend(in_files.map(|key| key.text.as_str()));
    declared.extend(others.iter().flat_map(|brought| brought.provided(Channel::Graphql)));
    declared.extend(sides.iter().filter(|side| side.provides).map(|side| side.text.as_str()));
    if !declared.is_empty() {
        let placed = each_file(shared, |origins, file| {
            let mut found = Vec::new();
            maps(origins, file, &declared, &mut found);
            receivers(origins, file, &declared, &mut found);
            found
        });
        drop(declared);
        sides.extend(placed);
    }
    users(shared, edges, &mut sides);
    sides
}

fn side(file: u32, text: String, at: (Option<DefinitionRef>, ByteRange), rule: &str) -> Side {
    Side::new(Channel::Graphql, text, (file, at.0, at.1), rule)
}

// ---- documents in code ----------------------------------------------------------------------------

fn documents(origins: &mut Origins<'_, '_>, file: u32, found: &mut Vec<Side>) {
    let facts = origins.world.file(file).facts();
    for reference in &facts.references {
        let tag = facts.text(reference.name);
        if reference.role != Role::Call || DOCUMENT_TAGS.binary_search(&tag).is_err() {
            continue;
        }
        let Expression::Call { arguments, .. } = facts.expression(reference.expression) else {
            continue;
        };
        let Some(first) = facts.list(arguments).first() else { continue };
        let mut text = String::new();
        for part in origins.fold(file, *first, 0) {
            match part {
                Part::Text(known) => text += &known,
                // A fragment that is kept elsewhere.
                _ => text.push('\n'),
            }
        }
        if !text.contains('{') {
            continue;
        }
        let owner = holder(facts, reference).map(|definition| DefinitionRef { file, definition });
        for key in crate::parse::facts(&GRAPHQL, "document.graphql", &text).keys {
            let rule = if key.provides { "graphql/contract" } else { "graphql/document" };
            let at = (owner, reference.span);
            found.push(Side { provides: key.provides, ..side(file, key.text, at, rule) });
        }
    }
}

/// The constant that holds a document, else the function around it.
fn holder(facts: &FileFacts, reference: &Reference) -> Option<DefinitionId> {
    reference.within.or_else(|| {
        let around = |row: &usize| {
            let definition = &facts.definitions[*row];
            definition.kind.is_value()
                && definition.span.start <= reference.span.start
                && reference.span.end <= definition.span.end
        };
        let row = (0..facts.definitions.len()).rev().find(around)?;
        Some(DefinitionId(row as u32))
    })
}

/// Who uses a constant that holds an operation asks for what it selects.
fn users(shared: &Shared<'_, '_>, edges: &[FileEdges], sides: &mut Vec<Side>) {
    let world = shared.world;
    let mut held: FxHashMap<DefinitionRef, Vec<String>> = FxHashMap::default();
    let mut hold = |owner: Option<DefinitionRef>, text: &str| {
        if let Some(at) = owner.filter(|at| world.definition(*at).kind.is_value()) {
            held.entry(at).or_default().push(text.to_owned());
        }
    };
    for side in sides.iter().filter(|side| !side.provides) {
        hold(side.owner, &side.text);
    }
    if held.is_empty() {
        return;
    }
    let mut used: FxHashSet<DefinitionRef> = FxHashSet::default();
    let mut more = Vec::new();
    for (file, edges) in edges.iter().enumerate() {
        for edge in &edges.edges {
            let (Target::Definition(to), EdgeKind::Reads) = (edge.to, edge.kind) else { continue };
            let Some(texts) = held.get(&to) else { continue };
            let file = file as u32;
            let owner = edge.from.map(|definition| DefinitionRef { file, definition });
            if owner.is_none_or(|owner| owner == to) {
                continue;
            }
            used.insert(to);
            for text in texts {
                let at = (owner, edge.span);
                let asked = side(file, text.clone(), at, "graphql/document");
                more.push(Side { provides: false, ..asked });
            }
        }
    }
    sides.retain(|side| side.provides || side.owner.is_none_or(|at| !used.contains(&at)));
    sides.extend(more);
}

// ---- resolvers ------------------------------------------------------------------------------------

fn decorated(origins: &mut Origins<'_, '_>, file: u32, found: &mut Vec<Side>) {
    let facts = origins.world.file(file).facts();
    for (row, definition) in facts.definitions.iter().enumerate() {
        if !definition.kind.is_callable() {
            continue;
        }
        let own = facts.text(definition.name);
        let class = definition.parent.map(|parent| &facts.definitions[parent.index()]);
        let mut resolves: Vec<(String, &str)> = Vec::new();
        for decorator in &definition.decorators {
            let (callee, arguments) = match facts.expression(*decorator) {
                Expression::Call { callee, arguments } => (callee, facts.list(arguments)),
                _ => (*decorator, &[][..]),
            };
            if !is_named_like_one(facts, callee) {
                continue;
            }
            let Some(origin) = origins.origin(file, callee, 0) else { continue };
            if let Ok(row) = DECORATORS.binary_search_by_key(&origin.as_str(), |row| row.0) {
                let names = ["name", "field", "value"];
                let named = names.iter().find_map(|name| named_value(facts, arguments, name));
                let name = named.or_else(|| arguments.first().copied());
                let name = name.and_then(|it| text(facts, it)).unwrap_or(own);
                resolves.push((name.to_owned(), DECORATORS[row].1));
            } else if origin.ends_with("SchemaMapping") || origin.ends_with("DgsData") {
                let value = |name| text(facts, named_value(facts, arguments, name)?);
                let root = value("typeName").or_else(|| value("parentType")).unwrap_or_default();
                if let Ok(row) = ROOTS.binary_search(&root) {
                    let name = value("field").unwrap_or(own).to_owned();
                    resolves.push((name, ROOTS[row]));
                }
            } else if matches!(
                origin.as_str(),
                "strawberry.field" | "strawberry.mutation" | "strawberry.subscription"
            ) && let Some(class) = class
                && let Ok(row) = ROOTS.binary_search(&facts.text(class.name))
            {
                let named = named_value(facts, arguments, "name").and_then(|it| text(facts, it));
                resolves.push((named.map_or_else(|| camel(own), str::to_owned), ROOTS[row]));
            }
        }
        // `class Query(graphene.ObjectType): def resolve_user(…)`.
        if let (Some(class), Some(name)) = (class, own.strip_prefix("resolve_"))
            && let Ok(row) = ROOTS.binary_search(&facts.text(class.name))
            && class.bases.iter().any(|base| {
                origins.origin(file, *base, 0).is_some_and(|origin| origin == "graphene.ObjectType")
            })
        {
            resolves.push((camel(name), ROOTS[row]));
        }
        for (name, root) in resolves {
            let at = DefinitionRef { file, definition: DefinitionId(row as u32) };
            let at = (Some(at), definition.name_span);
            found.push(side(file, format!("{root}.{name}"), at, "graphql/resolver"));
        }
    }
}

/// Whether a decorator may be one of the known ones, by its last name.
fn is_named_like_one(facts: &FileFacts, callee: ExpressionId) -> bool {
    let (Expression::Name { name, .. } | Expression::Member { name, .. }) =
        facts.expression(callee)
    else {
        return false;
    };
    let name = facts.text(name);
    ROOTS.contains(&name)
        || matches!(name, "field" | "mutation" | "subscription")
        || name.ends_with("Mapping")
        || name.starts_with("Dgs")
}

/// `{ Query: { user: (parent, { id }) => … } }`.
fn maps(
    origins: &mut Origins<'_, '_>,
    file: u32,
    declared: &FxHashSet<&str>,
    found: &mut Vec<Side>,
) {
    let facts = origins.world.file(file).facts();
    if !matches!(facts.language.as_str(), "javascript" | "typescript" | "tsx" | "jsx") {
        return;
    }
    // An object in a constant has its entries as members.
    let index = origins.world.file(file);
    for definition in &facts.definitions {
        let Ok(root) = ROOTS.binary_search(&facts.text(definition.name)) else { continue };
        let Some(scope) = definition.scope.filter(|_| definition.kind.is_value()) else { continue };
        for (word, row) in index.rows_of(scope) {
            let key = format!("{}.{}", ROOTS[root], origins.world.text(word));
            if !declared.contains(key.as_str()) {
                continue;
            }
            let end = match facts.bindings[row as usize].value {
                BindingValue::Definition(definition) => {
                    let definition = DefinitionRef { file, definition };
                    if origins.world.definition(definition).kind.is_callable() {
                        End::Definition(definition)
                    } else {
                        End::Nothing
                    }
                }
                BindingValue::Value(value) => origins.chase(file, value, 0),
                _ => End::Nothing,
            };
            let End::Definition(at) = end else { continue };
            let span = origins.world.definition(at).name_span;
            found.push(side(at.file, key, (Some(at), span), "graphql/resolver"));
        }
    }
    for expression in &facts.expressions {
        let Expression::Collection { kind: CollectionKind::Map, items } = *expression else {
            continue;
        };
        for root in ROOTS {
            let Some(fields) = entry(facts, facts.list(items), root) else { continue };
            let End::Expression(place, fields) = origins.chase(file, fields, 0) else { continue };
            let other = origins.world.file(place).facts();
            let Expression::Collection { kind: CollectionKind::Map, items } =
                other.expression(fields)
            else {
                continue;
            };
            for pair in other.list(items).chunks_exact(2) {
                let Some(name) = text(other, pair[0]) else { continue };
                let key = format!("{root}.{name}");
                if !declared.contains(key.as_str()) {
                    continue;
                }
                let End::Definition(at) = origins.chase(place, pair[1], 0) else { continue };
                let span = origins.world.definition(at).name_span;
                found.push(side(at.file, key, (Some(at), span), "graphql/resolver"));
            }
        }
    }
}

/// gqlgen: `func (r *queryResolver) User(…)`.
fn receivers(
    origins: &mut Origins<'_, '_>,
    file: u32,
    declared: &FxHashSet<&str>,
    found: &mut Vec<Side>,
) {
    let facts = origins.world.file(file).facts();
    if facts.language != "go" {
        return;
    }
    for (row, definition) in facts.definitions.iter().enumerate() {
        if definition.kind != SymbolKind::Method {
            continue;
        }
        let first = definition.parameters.first().and_then(|it| it.declared_type);
        let Some(Expression::Name { name, .. }) = first.map(|it| facts.expression(it)) else {
            continue;
        };
        let root = match facts.text(name) {
            "queryResolver" => "Query",
            "mutationResolver" => "Mutation",
            "subscriptionResolver" => "Subscription",
            _ => continue,
        };
        let own = facts.text(definition.name);
        let mut letters = own.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        let key = format!("{root}.{}{}", first.unwrap_or_default(), letters.as_str());
        if declared.contains(key.as_str()) {
            let at = DefinitionRef { file, definition: DefinitionId(row as u32) };
            let at = (Some(at), definition.name_span);
            found.push(side(file, key, at, "graphql/resolver"));
        }
    }
}

/// `saved_orders` → `savedOrders`.
fn camel(name: &str) -> String {
    let mut out = String::new();
    for (position, word) in name.split('_').filter(|word| !word.is_empty()).enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if position > 0 => out.extend(first.to_uppercase()),
            Some(first) => out.push(first),
            None => {}
        }
        out += letters.as_str();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{DECORATORS, DOCUMENT_TAGS, ROOTS, camel};

    #[test]
    fn names_are_those_of_the_schema() {
        assert_eq!(camel("saved_orders"), "savedOrders");
        assert_eq!(camel("user"), "user");
    }

    #[test]
    fn tables_are_sorted() {
        assert!(DECORATORS.is_sorted());
        assert!(ROOTS.is_sorted());
        assert!(DOCUMENT_TAGS.is_sorted());
    }
}
