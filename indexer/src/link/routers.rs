//! Routers: which expression makes the router that a route is on, and where it is mounted.

use super::each_file;
use super::fold::Part;
use super::origin::{End, Origins, Shared};
use super::sites::Raw;
use crate::resolve::bind::{FileEdges, Target};
use crate::resolve::evaluate::{Found, Site};
use crate::resolve::{DefinitionRef, World};
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::facts::{BindingValue, Expression, ExpressionId, ParameterKind, Role};
use rustc_hash::{FxHashMap, FxHashSet};

/// The identity of a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Router {
    /// The expression that makes it.
    Made(u32, ExpressionId),
    /// What a parameter of a function holds.
    Given(DefinitionRef, u16),
    /// What a field with a declared type holds.
    Held(DefinitionRef),
    /// A file of routes.
    File(u32),
}

/// Longest way from a name to where its router is made.
const MAX_DEPTH: u32 = 12;

/// Most places below which one route is mounted.
const MAX_PLACES: usize = 64;

/// The router that an expression stands for.
pub fn router(
    origins: &mut Origins<'_, '_>,
    file: u32,
    id: ExpressionId,
    depth: u32,
) -> Option<Router> {
    if depth > MAX_DEPTH {
        return None;
    }
    if let Some((function, index)) = origins.parameter_of(file, id) {
        let kind = origins.world.definition(function).parameters.get(index as usize)?.kind;
        return (kind != ParameterKind::Receiver).then_some(Router::Given(function, index));
    }
    match origins.chase(file, id, 0) {
        End::Expression(file, id) => made(origins, file, id, depth),
        End::Parameter(at, index) => Some(Router::Given(at, index)),
        End::Typed(..) => held(origins, file, id, depth + 1),
        _ => None,
    }
}

fn made(origins: &mut Origins<'_, '_>, file: u32, id: ExpressionId, depth: u32) -> Option<Router> {
    let world = origins.world;
    let facts = world.file(file).facts();
    let Expression::Call { callee, .. } = facts.expression(id) else {
        return Some(Router::Made(file, id));
    };
    if depth > MAX_DEPTH {
        return None;
    }
    if let Expression::Member { base, name } = facts.expression(callee) {
        if origins.rules.groups(facts.text(name)) {
            return Some(Router::Made(file, id));
        }
        // `express.Router().use(…)`: a chain has the identity of its head.
        let chained =
            matches!(facts.expression(base), Expression::Call { .. } | Expression::New { .. });
        if chained || origins.origin(file, base, 0).is_some() {
            return router(origins, file, base, depth + 1).or(Some(Router::Made(file, id)));
        }
    }
    // A function of the project that makes one.
    if let End::Definition(at) = origins.chase(file, callee, 0)
        && let [value] = world.definition(at).returns.as_slice()
    {
        return router(origins, at.file, *value, depth + 1).or(Some(Router::Made(file, id)));
    }
    Some(Router::Made(file, id))
}

/// A field with a declared type.
fn held(origins: &mut Origins<'_, '_>, file: u32, id: ExpressionId, depth: u32) -> Option<Router> {
    let index = origins.world.file(file);
    origins.evaluator.begin();
    let found = match index.facts().expression(id) {
        Expression::Name { name, scope } => {
            origins.evaluator.look_up(file, scope, index.word(name))
        }
        Expression::Member { base, name } => {
            let base = origins.evaluator.eval(file, base);
            origins.evaluator.member_of(&base, index.word(name))
        }
        _ => return None,
    };
    let Found::Sites(sites, _) = found else { return None };
    for site in &sites {
        if let Site::Binding(at, binding) = site
            && let BindingValue::Value(value) = binding.value
        {
            // `app = app.use(…)` is made from itself: the way there has an end.
            return made(origins, *at, value, depth + 1);
        }
    }
    sites.iter().find_map(|site| match site {
        Site::Binding(file, binding) => match binding.value {
            BindingValue::Definition(definition) => {
                Some(Router::Held(DefinitionRef { file: *file, definition }))
            }
            _ => None,
        },
        Site::Expression(..) => None,
    })
}

/// A router given as an argument: by name, or as the function that fills it.
pub fn router_argument(
    origins: &mut Origins<'_, '_>,
    file: u32,
    id: ExpressionId,
) -> Option<Router> {
    match origins.chase(file, id, 0) {
        End::Definition(at) => Some(Router::Given(at, 0)),
        End::Outside(_) | End::Nothing => None,
        _ => router(origins, file, id, 0),
    }
}

/// Where each router is mounted: parent and prefix.
pub type Mounts = FxHashMap<Router, Vec<(Option<Router>, Vec<Part>)>>;

/// Mounts that rules found, and those by calls that hand a router to a function.
pub fn mounts(shared: &Shared<'_, '_>, edges: &[FileEdges], raw: &[Raw<'_>]) -> Mounts {
    let mut mounts = Mounts::default();
    let mut open: FxHashSet<(DefinitionRef, u16)> = FxHashSet::default();
    let mut known = open.clone();
    let mut note = |router: Option<Router>, open: &mut FxHashSet<(DefinitionRef, u16)>| {
        if let Some(Router::Given(function, index)) = router
            && known.insert((function, index))
        {
            open.insert((function, index));
        }
    };
    for site in raw.iter().filter(|site| site.rule.provides) {
        note(site.router, &mut open);
        let elsewhere = |child: Router| match child {
            Router::Made(file, _) | Router::File(file) => file != site.file,
            Router::Given(at, _) | Router::Held(at) => at.file != site.file,
        };
        if let Some(child) = site.child
            && !(shared.world.file(site.file).source.flags.test && elsewhere(child))
        {
            let mut parts = site.prefix.clone();
            parts.extend(site.parts.iter().cloned());
            mounts.entry(child).or_default().push((site.router, parts));
        }
    }
    for _ in 0..4 {
        if open.is_empty() {
            break;
        }
        let handed = handed(shared, edges, &open);
        open.clear();
        for (child, parent) in handed {
            note(Some(parent), &mut open);
            let places = mounts.entry(child).or_default();
            if !places.contains(&(Some(parent), Vec::new())) {
                places.push((Some(parent), Vec::new()));
            }
        }
    }
    mounts
}

/// The routers that calls hand to parameters of functions.
fn handed(
    shared: &Shared<'_, '_>,
    edges: &[FileEdges],
    wanted: &FxHashSet<(DefinitionRef, u16)>,
) -> Vec<(Router, Router)> {
    let functions: FxHashSet<DefinitionRef> = wanted.iter().map(|(at, _)| *at).collect();
    each_file(shared, |origins, file| {
        let mut found = Vec::new();
        // How a test mounts routes is not where they are served.
        if origins.world.file(file).source.flags.test {
            return found;
        }
        for edge in &edges[file as usize].edges {
            let Target::Definition(to) = edge.to else { continue };
            if edge.kind != EdgeKind::Calls || edge.tier > Tier::Likely || !functions.contains(&to)
            {
                continue;
            }
            let Some((_, arguments)) = call_at(origins.world, file, edge.span) else { continue };
            let definition = origins.world.definition(to);
            let receiver = definition.parameters.first().map(|parameter| parameter.kind);
            let skip = usize::from(receiver == Some(ParameterKind::Receiver));
            for (position, argument) in arguments.iter().enumerate() {
                let index = (position + skip) as u16;
                if wanted.contains(&(to, index))
                    && let Some(parent) = router(origins, file, *argument, 0)
                {
                    found.push((Router::Given(to, index), parent));
                }
            }
        }
        found
    })
}

/// The call whose name stands at a span: its expression and arguments.
pub fn call_at(
    world: &World<'_>,
    file: u32,
    span: qf_graph::facts::ByteRange,
) -> Option<(ExpressionId, Vec<ExpressionId>)> {
    let facts = world.file(file).facts();
    let start = facts.references.partition_point(|reference| reference.span.start < span.start);
    let near = facts.references[start..].iter().take_while(|r| r.span.start == span.start);
    let reference = near
        .into_iter()
        .find(|reference| reference.role == Role::Call)
        .or_else(|| facts.references.iter().find(|r| r.role == Role::Call && r.span == span))?;
    match facts.expression(reference.expression) {
        Expression::Call { arguments, .. } | Expression::New { arguments, .. } => {
            Some((reference.expression, facts.list(arguments).to_vec()))
        }
        _ => None,
    }
}

/// The paths of a site below all places where its router is mounted.
pub fn with_prefixes(site: &Raw<'_>, mounts: &Mounts) -> Vec<Vec<Part>> {
    let absolute = !site.rule.provides
        && matches!(site.parts.first(), Some(Part::Text(text)) if text.contains("://"));
    let mut first = if absolute { Vec::new() } else { site.prefix.clone() };
    first.extend(site.parts.iter().cloned());
    if !site.rule.provides {
        return vec![first];
    }
    let mut done = Vec::new();
    let mut open = vec![(site.router, first, 0)];
    while let Some((router, parts, depth)) = open.pop() {
        match router.and_then(|router| mounts.get(&router)) {
            // A router that is mounted below itself has no end of places.
            Some(places) if depth < 6 && done.len() + open.len() < MAX_PLACES => {
                for (parent, prefix) in places.iter().take(8) {
                    let mut longer = prefix.clone();
                    longer.push(Part::Text("/".to_owned()));
                    longer.extend(parts.iter().cloned());
                    open.push((*parent, longer, depth + 1));
                }
            }
            _ => done.push(parts),
        }
    }
    done
}
