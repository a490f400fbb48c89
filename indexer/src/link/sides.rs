//! Sides found by rules: sites whose callee's origin a rule names, with mounts joined and a
//! project's own wrappers followed to where the path is known.

use super::fold::{Part, route};
use super::origin::{End, Origins};
use super::rule::{Form, Rule, shipped};
use super::{Side, each_file};
use crate::resolve::bind::{FileEdges, Target};
use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::{DefinitionRef, World};
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::facts::{
    ByteRange, CollectionKind, DefinitionId, Expression, ExpressionId, FileFacts, Reference, Role,
};
use qf_graph::key::Channel;
use rustc_hash::{FxHashMap, FxHashSet};

/// The identity of a router: the expression that makes it, or the closure that gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Router {
    Made(u32, ExpressionId),
    Given(DefinitionRef),
}

/// A site before prefixes and wrappers are applied.
struct Raw {
    rule: &'static Rule,
    file: u32,
    owner: Option<DefinitionRef>,
    /// The function whose parameters `parts` and `methods` may mention.
    function: Option<DefinitionRef>,
    span: ByteRange,
    parts: Vec<Part>,
    methods: Vec<Vec<Part>>,
    router: Option<Router>,
    /// The prefix that the router was made with.
    prefix: Vec<Part>,
    child: Option<Router>,
}

/// All sides of all files.
pub fn all(world: &World<'_>, hierarchy: &Hierarchy, edges: &[FileEdges]) -> Vec<Side> {
    let names = called_names();
    let raw = each_file(world, hierarchy, |origins, file| {
        let mut found = Vec::new();
        calls(origins, file, &names, &mut found);
        decorators(origins, file, &names, &mut found);
        found
    });
    let mounts = mounts(&raw);
    let mut sides = Vec::new();
    let mut wrappers = Vec::new();
    for site in raw.iter().filter(|site| site.rule.form != Form::Mount) {
        if is_open(site.rule.channel, &site.parts, &site.methods) && !site.rule.provides {
            wrappers.push(Wrapper {
                function: match site.function {
                    Some(function) => function,
                    None => continue,
                },
                rule: site.rule.name.clone(),
                channel: site.rule.channel,
                parts: site.parts.clone(),
                methods: site.methods.clone(),
            });
        } else {
            for parts in with_prefixes(site, &mounts) {
                put(site, &parts, &mut sides);
            }
        }
    }
    follow_wrappers(world, hierarchy, edges, wrappers, &mut sides);
    sides.sort_by(|a, b| {
        (a.file, a.span, a.provides, &a.text).cmp(&(b.file, b.span, b.provides, &b.text))
    });
    sides.dedup();
    sides
}

/// Whether only the callers know the key: the method is a parameter, or nothing literal is in the
/// path yet but a parameter is. A parameter inside a known path is a variable part of it.
fn is_open(channel: Channel, parts: &[Part], methods: &[Vec<Part>]) -> bool {
    let parameter = |part: &Part| matches!(part, Part::Parameter(_));
    if methods.iter().flatten().any(parameter) {
        return true;
    }
    let known = match channel {
        Channel::Http => route(parts).is_some_and(|(path, _)| path != "/"),
        _ => !parts.iter().any(parameter),
    };
    !known && parts.iter().any(parameter)
}

/// Last names of all origins: most call sites are passed over by this look-up.
fn called_names() -> FxHashSet<&'static str> {
    shipped()
        .iter()
        .flat_map(|rule| &rule.origins)
        .map(|origin| {
            let origin = origin.trim_end_matches("()");

            origin.rsplit(['.', '/']).next().unwrap_or(origin)
        })
        .collect()
}

// ---- sites --------------------------------------------------------------------------------------

fn calls(
    origins: &mut Origins<'_, '_>,
    file: u32,
    names: &FxHashSet<&'static str>,
    found: &mut Vec<Raw>,
) {
    let world = origins.world;
    let facts = world.file(file).facts();
    for reference in &facts.references {
        if reference.role != Role::Call || !names.contains(facts.text(reference.name)) {
            continue;
        }
        let (callee, arguments, constructs) = match facts.expression(reference.expression) {
            Expression::Call { callee, arguments } => (callee, arguments, false),
            Expression::New { class, arguments } => (class, arguments, true),
            _ => continue,
        };
        let Some(mut origin) = origins.origin(file, callee, 0) else { continue };
        if constructs {
            origin += "()";
        }
        let arguments = facts.list(arguments).to_vec();
        for rule in shipped() {
            if rule.form == Form::Decorator || !rule.matches(&origin) {
                continue;
            }
            let owner = reference.within.map(|definition| DefinitionRef { file, definition });
            let texts = text_arguments(origins, rule, file, callee, &arguments);
            if texts.is_empty() && rule.form != Form::Mount {
                continue;
            }
            let methods = methods(origins, rule, file, reference, &arguments, owner);
            let router = receiver(facts, callee).and_then(|base| router(origins, file, base, 0));
            let handler = rule.handler.and_then(|position| {
                let argument = *at(&arguments, position)?;
                match origins.chase(file, argument, 0) {
                    End::Definition(at) => Some(at),
                    _ => None,
                }
            });
            // `get("name")` reads a setting: a route has a handler.
            if rule.handler.is_some() && arguments.len() < 2 {
                continue;
            }
            let child = rule
                .child
                .and_then(|position| router_argument(origins, file, *at(&arguments, position)?));
            let first = texts.first().copied();
            for text in std::iter::once(first).chain(texts.into_iter().skip(1).map(Some)) {
                found.push(Raw {
                    rule,
                    file,
                    owner: if rule.provides { named(world, handler).or(owner) } else { owner },
                    function: owner,
                    span: reference.span,
                    parts: text.map(|text| origins.fold(file, text, owner, 0)).unwrap_or_default(),
                    methods: methods.clone(),
                    prefix: made_with(origins, rule, router),
                    router,
                    child,
                });
            }
        }
    }
}

/// An anonymous handler belongs to the function around it.
fn named(world: &World<'_>, at: Option<DefinitionRef>) -> Option<DefinitionRef> {
    let at = at?;
    let named = world.definition(at).name != qf_graph::facts::Name(0);
    named.then_some(at)
}

fn decorators(
    origins: &mut Origins<'_, '_>,
    file: u32,
    names: &FxHashSet<&'static str>,
    found: &mut Vec<Raw>,
) {
    let world = origins.world;
    let facts = world.file(file).facts();
    for (row, definition) in facts.definitions.iter().enumerate() {
        if !definition.kind.is_callable() {
            continue;
        }
        for decorator in &definition.decorators {
            let (callee, arguments) = match facts.expression(*decorator) {
                Expression::Call { callee, arguments } => (callee, facts.list(arguments).to_vec()),
                _ => (*decorator, Vec::new()),
            };
            let name = match facts.expression(callee) {
                Expression::Member { name, .. } | Expression::Name { name, .. } => facts.text(name),
                _ => continue,
            };
            if !names.contains(name) {
                continue;
            }
            let Some(origin) = origins.origin(file, callee, 0) else { continue };
            for rule in shipped() {
                if rule.form != Form::Decorator || !rule.matches(&origin) {
                    continue;
                }
                let owner = DefinitionRef { file, definition: DefinitionId(row as u32) };
                let texts = text_arguments(origins, rule, file, callee, &arguments);
                let prefix = class_prefix(origins, rule, file, definition.parent);
                let reference = Reference {
                    name: definition.name,
                    role: Role::Call,
                    flags: qf_graph::facts::ReferenceFlags::empty(),
                    span: definition.name_span,
                    expression: callee,
                    within: None,
                    value: None,
                };
                let methods = methods(origins, rule, file, &reference, &arguments, None);
                let router =
                    receiver(facts, callee).and_then(|base| router(origins, file, base, 0));
                let first = texts.first().copied();
                for text in std::iter::once(first).chain(texts.into_iter().skip(1).map(Some)) {
                    let mut parts = prefix.clone();
                    if let Some(text) = text {
                        parts.extend(origins.fold(file, text, None, 0));
                    }
                    found.push(Raw {
                        rule,
                        file,
                        owner: Some(owner),
                        function: None,
                        span: definition.name_span,
                        parts,
                        methods: methods.clone(),
                        prefix: made_with(origins, rule, router),
                        router,
                        child: None,
                    });
                }
            }
        }
    }
}

fn class_prefix(
    origins: &mut Origins<'_, '_>,
    rule: &Rule,
    file: u32,
    class: Option<DefinitionId>,
) -> Vec<Part> {
    let (Some(class), false) = (class, rule.class_prefix.is_empty()) else { return Vec::new() };
    let facts = origins.world.file(file).facts();
    for decorator in &facts.definitions[class.index()].decorators {
        let Expression::Call { callee, arguments } = facts.expression(*decorator) else { continue };
        let Some(origin) = origins.origin(file, callee, 0) else { continue };
        if rule.class_prefix.contains(&origin) {
            let arguments = facts.list(arguments).to_vec();
            if let Some(text) = text_argument(origins, rule, file, callee, &arguments) {
                let mut parts = origins.fold(file, text, None, 0);
                parts.push(Part::Text("/".to_owned()));
                return parts;
            }
        }
    }
    Vec::new()
}

fn at<T>(items: &[T], position: i32) -> Option<&T> {
    if position >= 0 {
        items.get(position as usize)
    } else {
        items.len().checked_sub(position.unsigned_abs() as usize).and_then(|index| items.get(index))
    }
}

fn receiver(facts: &FileFacts, callee: ExpressionId) -> Option<ExpressionId> {
    match facts.expression(callee) {
        Expression::Member { base, .. } => Some(base),
        _ => None,
    }
}

/// The arguments that hold a path or topic: several when a list of them is given.
fn text_arguments(
    origins: &Origins<'_, '_>,
    rule: &Rule,
    file: u32,
    callee: ExpressionId,
    arguments: &[ExpressionId],
) -> Vec<ExpressionId> {
    let facts = origins.world.file(file).facts();
    let Some(text) = text_argument(origins, rule, file, callee, arguments) else {
        return Vec::new();
    };
    match facts.expression(text) {
        Expression::Collection { kind, items } if kind != CollectionKind::Map => {
            facts.list(items).to_vec()
        }
        _ => vec![text],
    }
}

/// The argument that holds the path or topic.
fn text_argument(
    origins: &Origins<'_, '_>,
    rule: &Rule,
    file: u32,
    callee: ExpressionId,
    arguments: &[ExpressionId],
) -> Option<ExpressionId> {
    let facts = origins.world.file(file).facts();
    for name in &rule.names {
        if let Some(value) = named_value(facts, arguments, name) {
            return Some(value);
        }
    }
    if let Some(chain) = &rule.chain {
        return chain_argument(facts, callee, chain);
    }
    let argument = *arguments.get(rule.position?)?;
    match facts.expression(argument) {
        Expression::Argument { .. } => None,
        _ => Some(argument),
    }
}

/// A keyword argument, or an entry of an object literal among the arguments.
fn named_value(
    facts: &FileFacts,
    arguments: &[ExpressionId],
    wanted: &str,
) -> Option<ExpressionId> {
    for argument in arguments {
        match facts.expression(*argument) {
            Expression::Argument { name, value } if facts.text(name) == wanted => {
                return Some(value);
            }
            Expression::Collection { items, .. } => {
                for pair in facts.list(items).chunks_exact(2) {
                    if let Expression::Text(key) = facts.expression(pair[0])
                        && facts.text(key) == wanted
                    {
                        return Some(pair[1]);
                    }
                }
            }
            _ => {}
        }
    }
    None
}

/// The first argument of one of the named calls in a builder chain.
fn chain_argument(facts: &FileFacts, callee: ExpressionId, names: &str) -> Option<ExpressionId> {
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

/// The HTTP methods of a site, each as parts (one may be a wrapper's parameter).
fn methods(
    origins: &mut Origins<'_, '_>,
    rule: &Rule,
    file: u32,
    reference: &Reference,
    arguments: &[ExpressionId],
    function: Option<DefinitionRef>,
) -> Vec<Vec<Part>> {
    let facts = origins.world.file(file).facts();
    let text = |text: &str| vec![Part::Text(text.to_owned())];
    let Some(method) = &rule.method else { return Vec::new() };
    if method == "name" {
        let callee = match facts.expression(reference.expression) {
            Expression::Call { callee, .. } => callee,
            _ => reference.expression,
        };
        let name = match facts.expression(callee) {
            Expression::Member { name, .. } | Expression::Name { name, .. } => facts.text(name),
            _ => "",
        };
        return vec![text(&verb(name))];
    }
    if let Some(position) = method.strip_prefix("argument:").and_then(|p| p.parse::<usize>().ok()) {
        return match arguments.get(position) {
            Some(argument) => vec![method_parts(origins, file, *argument, function)],
            None => Vec::new(),
        };
    }
    if let Some(option) = method.strip_prefix("option:") {
        let Some(value) = named_value(facts, arguments, option) else { return vec![text("GET")] };
        if let Expression::Collection { items, .. } = facts.expression(value) {
            let items = facts.list(items).to_vec();
            return items
                .into_iter()
                .map(|item| method_parts(origins, file, item, function))
                .collect();
        }
        return vec![method_parts(origins, file, value, function)];
    }
    vec![text(method)]
}

fn method_parts(
    origins: &mut Origins<'_, '_>,
    file: u32,
    value: ExpressionId,
    function: Option<DefinitionRef>,
) -> Vec<Part> {
    let parts = origins.fold(file, value, function, 0);
    if parts == [Part::Hole] {
        // `http.MethodPost`, `HttpMethod.POST`.
        if let Some(origin) = origins.origin(file, value, 0) {
            let name = origin.rsplit('.').next().unwrap_or("").to_ascii_uppercase();
            let name = name.strip_prefix("METHOD").unwrap_or(&name).to_owned();
            return vec![Part::Text(name)];
        }
    }
    parts
}

/// `getForObject`, `PostMapping`, `get` → `GET`, `POST`, `GET`.
fn verb(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    ["get", "post", "put", "delete", "patch", "head", "options"]
        .into_iter()
        .find(|verb| lower.starts_with(verb))
        .map_or_else(|| "GET".to_owned(), str::to_ascii_uppercase)
}

// ---- routers and mounts ---------------------------------------------------------------------------

fn router(
    origins: &mut Origins<'_, '_>,
    file: u32,
    id: ExpressionId,
    depth: u32,
) -> Option<Router> {
    if depth > 12 {
        return None;
    }
    // A closure's typed parameter is still the closure's router.
    let facts = origins.world.file(file).facts();
    if let Expression::Name { name, scope } = facts.expression(id) {
        let word = origins.world.file(file).word(name);
        let mut at = Some(scope);
        while let Some(scope) = at {
            let mut bound = false;
            for binding in origins.world.file(file).bindings(scope, word) {
                bound = true;
                if let qf_graph::facts::BindingValue::Parameter { function, .. } = binding.value {
                    return Some(Router::Given(DefinitionRef { file, definition: function }));
                }
            }
            if bound {
                break;
            }
            at = facts.scopes[scope.index()].parent;
        }
    }
    match origins.chase(file, id, 0) {
        End::Expression(file, id) => match origins.world.expression(file, id) {
            // `express.Router().use(…)`: a chain has the identity of its head.
            Expression::Call { callee, .. } => match origins.world.expression(file, callee) {
                Expression::Member { base, .. }
                    if matches!(
                        origins.world.expression(file, base),
                        Expression::Call { .. } | Expression::New { .. }
                    ) =>
                {
                    router(origins, file, base, depth + 1)
                }
                _ => Some(Router::Made(file, id)),
            },
            _ => Some(Router::Made(file, id)),
        },
        End::Parameter(at, _) => Some(Router::Given(at)),
        _ => None,
    }
}

/// The prefix among the arguments of a router's constructor.
fn made_with(origins: &mut Origins<'_, '_>, rule: &Rule, router: Option<Router>) -> Vec<Part> {
    let (Some(name), Some(Router::Made(file, id))) = (&rule.prefix, router) else {
        return Vec::new();
    };
    let facts = origins.world.file(file).facts();
    let arguments = match facts.expression(id) {
        Expression::Call { arguments, .. } | Expression::New { arguments, .. } => {
            facts.list(arguments).to_vec()
        }
        _ => return Vec::new(),
    };
    match named_value(facts, &arguments, name) {
        Some(value) => {
            let mut parts = origins.fold(file, value, None, 0);
            parts.push(Part::Text("/".to_owned()));
            parts
        }
        None => Vec::new(),
    }
}

/// A router given as an argument: by name, or as the closure that fills it.
fn router_argument(origins: &mut Origins<'_, '_>, file: u32, id: ExpressionId) -> Option<Router> {
    match origins.chase(file, id, 0) {
        End::Definition(at) => Some(Router::Given(at)),
        _ => router(origins, file, id, 0),
    }
}

/// Where each router is mounted: parent and prefix.
type Mounts = FxHashMap<Router, Vec<(Option<Router>, Vec<Part>)>>;

fn mounts(raw: &[Raw]) -> Mounts {
    let mut mounts = Mounts::default();
    for site in raw.iter().filter(|site| site.rule.form == Form::Mount) {
        if let Some(child) = site.child {
            mounts.entry(child).or_default().push((site.router, site.parts.clone()));
        }
    }
    mounts
}

/// The paths of a site below all places where its router is mounted.
fn with_prefixes(site: &Raw, mounts: &Mounts) -> Vec<Vec<Part>> {
    let mut done = Vec::new();
    let mut first = site.prefix.clone();
    first.extend(site.parts.iter().cloned());
    let mut open = vec![(site.router, first, 0)];
    while let Some((router, parts, depth)) = open.pop() {
        match router.and_then(|router| mounts.get(&router)) {
            Some(places) if depth < 6 && site.rule.provides => {
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

// ---- keys ---------------------------------------------------------------------------------------------

fn put(site: &Raw, parts: &[Part], sides: &mut Vec<Side>) {
    for (text, open) in texts(site.rule.channel, parts, &site.methods) {
        sides.push(Side {
            channel: site.rule.channel,
            text,
            provides: site.rule.provides,
            open,
            file: site.file,
            owner: site.owner,
            span: site.span,
            rule: site.rule.name.clone(),
        });
    }
}

fn texts(channel: Channel, parts: &[Part], methods: &[Vec<Part>]) -> Vec<(String, bool)> {
    if channel != Channel::Http {
        return match parts {
            [Part::Text(text)] if !text.is_empty() => vec![(text.clone(), false)],
            _ => Vec::new(),
        };
    }
    let Some((path, open)) = route(parts) else { return Vec::new() };
    methods
        .iter()
        .filter_map(|method| match method.as_slice() {
            [Part::Text(method)] => Some((format!("{} {path}", method.to_ascii_uppercase()), open)),
            _ => None,
        })
        .collect()
}

// ---- wrappers -------------------------------------------------------------------------------------------

/// A function of the project that makes a request with parts from its parameters.
#[derive(Clone)]
struct Wrapper {
    function: DefinitionRef,
    rule: String,
    channel: Channel,
    parts: Vec<Part>,
    methods: Vec<Vec<Part>>,
}

/// Goes from wrappers to their callers until the path is known; four levels are followed.
fn follow_wrappers(
    world: &World<'_>,
    hierarchy: &Hierarchy,
    edges: &[FileEdges],
    mut wrappers: Vec<Wrapper>,
    sides: &mut Vec<Side>,
) {
    for _ in 0..4 {
        if wrappers.is_empty() {
            return;
        }
        let mut by_function: FxHashMap<DefinitionRef, Vec<Wrapper>> = FxHashMap::default();
        for wrapper in wrappers.drain(..) {
            by_function.entry(wrapper.function).or_default().push(wrapper);
        }
        let found = each_file(world, hierarchy, |origins, file| {
            let mut out = Vec::new();
            for edge in &edges[file as usize].edges {
                let Target::Definition(to) = edge.to else { continue };
                if edge.kind != EdgeKind::Calls || edge.tier > Tier::Likely {
                    continue;
                }
                if let Some(called) = by_function.get(&to) {
                    for wrapper in called {
                        out.extend(apply(origins, file, edge.span, edge.from, wrapper));
                    }
                }
            }
            out
        });
        for applied in found {
            match applied {
                Applied::Side(side) => sides.push(side),
                Applied::Wrapper(wrapper) => wrappers.push(wrapper),
            }
        }
    }
}

enum Applied {
    Side(Side),
    Wrapper(Wrapper),
}

/// What one call of a wrapper asks for.
fn apply(
    origins: &mut Origins<'_, '_>,
    file: u32,
    span: ByteRange,
    from: Option<DefinitionId>,
    wrapper: &Wrapper,
) -> Vec<Applied> {
    let world = origins.world;
    let facts = world.file(file).facts();
    let call = facts
        .references
        .binary_search_by_key(&span.start, |reference| reference.span.start)
        .ok()
        .map(|row| &facts.references[row])
        .filter(|reference| reference.role == Role::Call)
        .or_else(|| facts.references.iter().find(|r| r.role == Role::Call && r.span == span));
    let Some(Expression::Call { arguments, .. }) =
        call.map(|reference| facts.expression(reference.expression))
    else {
        return Vec::new();
    };
    let arguments = facts.list(arguments).to_vec();
    let owner = from.map(|definition| DefinitionRef { file, definition });
    let definition = world.definition(wrapper.function);
    let skip = usize::from(
        definition
            .parameters
            .first()
            .is_some_and(|p| p.kind == qf_graph::facts::ParameterKind::Receiver),
    );
    let mut fill = |parts: &[Part]| -> Vec<Part> {
        let mut out = Vec::new();
        for part in parts {
            match part {
                Part::Parameter(position) => {
                    let name = definition
                        .parameters
                        .get(*position as usize)
                        .map_or("", |p| world.file(wrapper.function.file).facts().text(p.name));
                    let argument = named_value(facts, &arguments, name).or_else(|| {
                        arguments.get((*position as usize).checked_sub(skip)?).copied()
                    });
                    match argument {
                        Some(argument) => out.extend(origins.fold(file, argument, owner, 0)),
                        None => out.push(Part::Hole),
                    }
                }
                other => out.push(other.clone()),
            }
        }
        out
    };
    let parts = fill(&wrapper.parts);
    let methods: Vec<Vec<Part>> = wrapper.methods.iter().map(|method| fill(method)).collect();
    if is_open(wrapper.channel, &parts, &methods) {
        return owner
            .map(|function| {
                Applied::Wrapper(Wrapper {
                    function,
                    rule: wrapper.rule.clone(),
                    channel: wrapper.channel,
                    parts,
                    methods,
                })
            })
            .into_iter()
            .collect();
    }
    texts(wrapper.channel, &parts, &methods)
        .into_iter()
        .map(|(text, open)| {
            Applied::Side(Side {
                channel: wrapper.channel,
                text,
                provides: false,
                open,
                file,
                owner,
                span,
                rule: wrapper.rule.clone(),
            })
        })
        .collect()
}
