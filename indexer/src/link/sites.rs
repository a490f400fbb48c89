//! Sites: calls and decorators whose origin a rule names, before prefixes and wrappers are applied.

use super::arguments::{at, named_value, receiver, text, text_argument, text_arguments};
use super::django::{included, own_urls};
use super::fold::{Part, join};
use super::handlers::{handler_of, method_of, named};
use super::methods::{call_after, methods, verb};
use super::origin::{End, Origins, Shared};
use super::routers::{Router, router, router_argument};
use super::rule::{Child, Form, On, Rule};
use super::views;
use crate::resolve::DefinitionRef;
use crate::resolve::evaluate::Value;
use qf_graph::facts::{
    Binding, BindingValue, ByteRange, CollectionKind, Definition, DefinitionId, Expression,
    ExpressionId, FileFacts, Reference, ReferenceFlags, Role, ScopeKind,
};
use rustc_hash::FxHashMap;

/// A site before prefixes and wrappers are applied.
pub struct Raw<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// The file.
    pub file: u32,
    /// What it belongs to: the handler, or the function that makes the request.
    pub owner: Option<DefinitionRef>,
    /// The function around it.
    pub function: Option<DefinitionRef>,
    /// The site.
    pub span: ByteRange,
    /// The text.
    pub parts: Vec<Part>,
    /// HTTP methods.
    pub methods: Vec<Vec<Part>>,
    /// The router it is on.
    pub router: Option<Router>,
    /// The prefix that the router or client was made with.
    pub prefix: Vec<Part>,
    /// The router that is put below.
    pub child: Option<Router>,
}

/// What a rule is applied to: one call or decorator.
pub struct Site<'a> {
    /// The file.
    pub file: u32,
    /// What is called.
    pub callee: ExpressionId,
    /// The call.
    pub expression: ExpressionId,
    /// Its arguments.
    pub arguments: &'a [ExpressionId],
    /// Other decorators of the same function.
    pub beside: &'a [ExpressionId],
    /// Where it stands.
    pub span: ByteRange,
    /// What is decorated.
    pub decorated: Option<DefinitionId>,
}

/// Sites that are calls.
pub fn calls<'r>(
    shared: &Shared<'_, '_>,
    origins: &mut Origins<'_, 'r>,
    file: u32,
    found: &mut Vec<Raw<'r>>,
) {
    let world = origins.world;
    let rules = origins.rules;
    let facts = world.file(file).facts();
    own_urls(origins, file, found);
    for reference in &facts.references {
        if reference.role != Role::Call || !shared.calls(file, facts.text(reference.name)) {
            continue;
        }
        if reference.flags.contains(ReferenceFlags::DECORATOR) {
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
        let site = Site {
            file,
            callee,
            expression: reference.expression,
            arguments: &arguments,
            beside: &[],
            span: reference.span,
            decorated: None,
        };
        for rule in rules.about(&origin) {
            match rule.form {
                Form::Decorator | Form::Entry | Form::Query => {}
                Form::Mount => mount(origins, rule, &site, reference, found),
                Form::Call => call(origins, rule, &site, reference, found),
                Form::Views => class_of_views(origins, rule, &site, reference, found),
                Form::Resource => resource(origins, rule, &site, reference, found),
            }
        }
    }
}

fn call<'r>(
    origins: &mut Origins<'_, 'r>,
    rule: &'r Rule,
    site: &Site<'_>,
    reference: &Reference,
    found: &mut Vec<Raw<'r>>,
) {
    let world = origins.world;
    let facts = world.file(site.file).facts();
    // `get("name")` reads a setting: a route has a handler.
    if rule.handler.is_some() && rule.chain.is_none() && site.arguments.len() < 2 {
        return;
    }
    let texts = text_arguments(origins, rule, site);
    // A rule that says where the path is needs one.
    let pathless = rule.position.is_none() && rule.chain.is_none() && rule.names.is_empty();
    if texts.is_empty() && !pathless {
        return;
    }
    let within = reference.within.map(|definition| DefinitionRef { file: site.file, definition });
    let router = router_of(origins, rule, site);
    let prefix = made_with(origins, rule, router);
    // `path("api/", include("shop.urls"))` is a mount.
    if rule.router == On::File
        && included(origins, site.file, site.arguments.get(1).copied()).is_some()
    {
        return;
    }
    let mut served: Vec<(Vec<Vec<Part>>, Option<DefinitionRef>)> = Vec::new();
    let chained = rule.method.as_deref().and_then(|method| method.strip_prefix("router:"));
    if let Some(position) = chained {
        let position = position.parse::<usize>().unwrap_or(1);
        let Some(argument) = site.arguments.get(position) else { return };
        for (method, handler) in method_router(facts, *argument) {
            let handler = handler.and_then(|handler| handler_of(origins, site.file, handler, 0));
            served.push((vec![vec![Part::Text(method)]], handler));
        }
    } else {
        let handler = rule
            .handler
            .and_then(|position| handler_of(origins, site.file, *at(site.arguments, position)?, 0));
        let class = handler
            .filter(|at| rule.router != On::Receiver && world.definition(*at).kind.is_type());
        let answers = class.map(|class| views::answers(origins, class)).unwrap_or_default();
        if answers.is_empty() {
            served.push((methods(origins, rule, site), handler));
        }
        for (method, handler) in answers {
            served.push((vec![vec![Part::Text(method)]], Some(handler)));
        }
    }
    let texts = if texts.is_empty() { vec![None] } else { texts.into_iter().map(Some).collect() };
    let mut of = None;
    if rule.of_object || rule.local {
        let Some(whose) = whose(origins, rule, site, router) else { return };
        of = Some(Part::Text(whose));
    }
    for text in texts {
        let mut parts: Vec<Part> = of.iter().cloned().collect();
        parts.extend(text.map(|text| origins.fold(site.file, text, 0)).unwrap_or_default());
        let parts = join(parts);
        for (methods, handler) in &served {
            found.push(Raw {
                rule,
                file: site.file,
                owner: if rule.provides { named(world, *handler).or(within) } else { within },
                function: within,
                span: reference.span,
                parts: parts.clone(),
                methods: methods.clone(),
                router,
                prefix: prefix.clone(),
                child: None,
            });
        }
    }
}

/// What stands before a key that means something in one repository, or on one object, only.
fn whose(
    origins: &mut Origins<'_, '_>,
    rule: &Rule,
    site: &Site<'_>,
    router: Option<Router>,
) -> Option<String> {
    let world = origins.world;
    let repository =
        |file: u32| &world.repositories[world.file(file).repository as usize].layout.repository;
    if rule.local {
        return Some(format!("{}/", repository(site.file)));
    }
    let facts = world.file(site.file).facts();
    let receiver = receiver(facts, site.callee)?;
    origins.evaluator.begin();
    let values = origins.evaluator.eval(site.file, receiver);
    let class = values.items.iter().find_map(|value| match *value {
        Value::Instance { class, .. } => Some(class),
        _ => None,
    });
    // An object of a class of the project is known by its class, any other by the name it got.
    let mut kind = "";
    let (file, name, at) = match (class, router) {
        (Some(class), _) => {
            kind = super::meet::OF_CLASS;
            let definition = world.definition(class);
            (class.file, definition.name, definition.name_span.start)
        }
        (None, Some(Router::Made(file, made))) => {
            let facts = world.file(file).facts();
            let bound = facts.bindings.iter().find(|it| it.value == BindingValue::Value(made));
            let written = facts.references.iter().find(|it| it.value == Some(made));
            match (bound, written) {
                // What a function makes anew each time is one object inside that function only.
                (Some(binding), _) if is_elsewhere(facts, file, binding, site) => return None,
                (Some(binding), _) => (file, binding.name, binding.at),
                (None, Some(write)) => (file, write.name, write.span.start),
                (None, None) => return None,
            }
        }
        (None, Some(Router::Held(at))) => {
            let definition = world.definition(at);
            (at.file, definition.name, definition.name_span.start)
        }
        _ => return None,
    };
    let facts = world.file(file).facts();
    let path = &world.file(file).source.path;
    let (line, name) = (facts.line(at), facts.text(name));
    Some(format!("{}/{path}:{line}:{kind}{name}:", repository(file)))
}

/// Whether a name is local to a function that a site is not in.
fn is_elsewhere(facts: &FileFacts, file: u32, binding: &Binding, site: &Site<'_>) -> bool {
    let mut at = Some(binding.scope);
    while let Some(scope) = at {
        let scope = &facts.scopes[scope.index()];
        if let (ScopeKind::Function, Some(function)) = (scope.kind, scope.definition) {
            let span = facts.definitions[function.index()].span;
            return file != site.file || site.span.start < span.start || span.end < site.span.end;
        }
        at = scope.parent;
    }
    false
}

/// A class of views below a path.
fn class_of_views<'r>(
    origins: &mut Origins<'_, 'r>,
    rule: &'r Rule,
    site: &Site<'_>,
    reference: &Reference,
    found: &mut Vec<Raw<'r>>,
) {
    let facts = origins.world.file(site.file).facts();
    let Some(text) = text_argument(origins, rule, site) else { return };
    let second = rule.handler.and_then(|position| at(site.arguments, position).copied());
    let named = named_value(facts, site.arguments, "viewset");
    let Some(class) = named.or(second) else { return };
    let prefix = origins.fold(site.file, text, 0);
    let router = router_of(origins, rule, site);
    let within = reference.within.map(|definition| DefinitionRef { file: site.file, definition });
    let End::Definition(class) = origins.chase(site.file, class, 0) else { return };
    for action in views::actions(origins, class) {
        found.push(Raw {
            rule,
            file: site.file,
            owner: action.handler.or(Some(class)),
            function: within,
            span: reference.span,
            parts: views::path(&prefix, &action),
            methods: vec![vec![Part::Text(action.method.clone())]],
            router,
            prefix: Vec::new(),
            child: None,
        });
    }
}

/// The actions of a controller below a path, as the rule lists them.
fn resource<'r>(
    origins: &mut Origins<'_, 'r>,
    rule: &'r Rule,
    site: &Site<'_>,
    reference: &Reference,
    found: &mut Vec<Raw<'r>>,
) {
    let facts = origins.world.file(site.file).facts();
    let Some(path) = text_argument(origins, rule, site).and_then(|it| text(facts, it)) else {
        return;
    };
    let class = rule.handler.and_then(|position| at(site.arguments, position).copied());
    let class = class.and_then(|class| handler_of(origins, site.file, class, 0));
    let listed = |name: &str| {
        let named = named_value(facts, site.arguments, name);
        let list = named.map_or_else(|| call_after(facts, site.expression, name), |it| vec![it]);
        let items = list.into_iter().flat_map(|item| match facts.expression(item) {
            Expression::Collection { items, .. } => facts.list(items).to_vec(),
            _ => vec![item],
        });
        items.filter_map(|item| text(facts, item)).collect::<Vec<_>>()
    };
    let (only, except) = (listed("only"), listed("except"));
    let router = router_of(origins, rule, site);
    // `photos.comments` are the comments of one photo.
    let path = path.trim_matches('/').replace('.', "/{}/");
    for action in &rule.actions {
        let mut words = action.split(' ');
        let (Some(method), Some(below), Some(name)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        if (!only.is_empty() && !only.contains(&name)) || except.contains(&name) {
            continue;
        }
        let handler = class.and_then(|class| method_of(origins, class, name, 0));
        // A controller that is known has what it serves.
        if class.is_some() && handler.is_none() {
            continue;
        }
        let within =
            reference.within.map(|definition| DefinitionRef { file: site.file, definition });
        found.push(Raw {
            rule,
            file: site.file,
            owner: handler.or(within),
            function: within,
            span: reference.span,
            parts: vec![Part::Text(format!("/{path}/{}", below.trim_matches('/')))],
            methods: vec![vec![Part::Text(method.to_owned())]],
            router,
            prefix: Vec::new(),
            child: None,
        });
    }
}

/// `get(list).post(create)` and `get().to(list)`: methods with their handlers.
fn method_router(facts: &FileFacts, argument: ExpressionId) -> Vec<(String, Option<ExpressionId>)> {
    let mut found = Vec::new();
    let mut at = argument;
    let mut to = None;
    for _ in 0..12 {
        let Expression::Call { callee, arguments } = facts.expression(at) else { break };
        let (name, base) = match facts.expression(callee) {
            Expression::Member { name, base } => (name, Some(base)),
            Expression::Name { name, .. } => (name, None),
            _ => break,
        };
        let method = verb(facts.text(name));
        let first = facts.list(arguments).first().copied();
        if matches!(facts.text(name), "to" | "to_async") {
            to = first;
        } else if method != "ANY" || matches!(facts.text(name), "any" | "route") {
            found.push((method, first.or(to)));
        }
        match base {
            Some(base) => at = base,
            None => break,
        }
    }
    found
}

fn mount<'r>(
    origins: &mut Origins<'_, 'r>,
    rule: &'r Rule,
    site: &Site<'_>,
    reference: &Reference,
    found: &mut Vec<Raw<'r>>,
) {
    let mut text = text_argument(origins, rule, site);
    let mut children = Vec::new();
    match &rule.child {
        Some(Child::Position(position)) => {
            if let Some(argument) = at(site.arguments, *position) {
                // `app.use(routes)`: the only argument is the router.
                text = text.filter(|text| text != argument);
                children.extend(router_argument(origins, site.file, *argument));
            }
        }
        Some(Child::Named(name)) if name == "rest" => {
            // A path is a text; anything else at its place is a router or a filter.
            text = text.filter(|text| is_text(origins, site.file, *text));
            for argument in site.arguments.iter().filter(|argument| Some(**argument) != text) {
                children.extend(router_argument(origins, site.file, *argument));
            }
        }
        Some(Child::Named(name)) if name.starts_with("include:") => {
            let position = name.rsplit(':').next().and_then(|p| p.parse::<usize>().ok());
            let argument = position.and_then(|p| site.arguments.get(p).copied());
            children.extend(included(origins, site.file, argument));
        }
        Some(Child::Named(name)) => {
            let facts = origins.world.file(site.file).facts();
            let (how, which) = name.split_once(':').unwrap_or((name, ""));
            let position = which.parse::<usize>().ok();
            let argument = match position {
                Some(position) => site.arguments.get(position).copied(),
                None => named_value(facts, site.arguments, which),
            };
            match (how, argument) {
                ("each", Some(list)) => {
                    for (file, element) in elements(origins, site.file, list, 0) {
                        children.extend(router_argument(origins, file, element));
                    }
                }
                ("argument", Some(one)) => {
                    children.extend(router_argument(origins, site.file, one));
                }
                ("file", Some(path)) => children.extend(file_named(origins, site.file, path)),
                ("result", _) => children.push(Router::Made(site.file, site.expression)),
                _ => {}
            }
        }
        None => {}
    }
    if children.is_empty() {
        return;
    }
    let router = router_of(origins, rule, site);
    let parts = match (text, &rule.default_path) {
        (Some(text), _) => origins.fold(site.file, text, 0),
        (None, Some(path)) => vec![Part::Text(path.clone())],
        (None, None) => Vec::new(),
    };
    let prefix = made_with(origins, rule, router);
    for child in children {
        found.push(Raw {
            rule,
            file: site.file,
            owner: None,
            function: None,
            span: reference.span,
            parts: parts.clone(),
            methods: Vec::new(),
            router,
            prefix: prefix.clone(),
            child: Some(child),
        });
    }
}

fn router_of(origins: &mut Origins<'_, '_>, rule: &Rule, site: &Site<'_>) -> Option<Router> {
    let facts = origins.world.file(site.file).facts();
    let given = |definition| Router::Given(DefinitionRef { file: site.file, definition }, 0);
    let around = || {
        let rows = facts.definitions.iter().enumerate().filter(|(_, it)| it.kind.is_callable());
        let holding =
            rows.filter(|(_, it)| it.span.start <= site.span.start && site.span.end <= it.span.end);
        let (row, _) = holding.min_by_key(|(_, it)| it.span.end - it.span.start)?;
        Some(given(DefinitionId(row as u32)))
    };
    match rule.router {
        On::File => Some(Router::File(site.file)),
        On::Own => Some(match site.decorated {
            Some(decorated) => given(decorated),
            None => Router::Made(site.file, site.expression),
        }),
        On::Around => around().or(Some(Router::File(site.file))),
        On::Receiver => {
            receiver(facts, site.callee).and_then(|base| router(origins, site.file, base, 0))
        }
    }
}

/// The elements of a list, also of one that is put together from several.
fn elements(
    origins: &mut Origins<'_, '_>,
    file: u32,
    list: ExpressionId,
    depth: u32,
) -> Vec<(u32, ExpressionId)> {
    let facts = origins.world.file(file).facts();
    let mut all = Vec::new();
    match facts.expression(list) {
        _ if depth > 6 => {}
        Expression::Collection { items, kind } if kind != CollectionKind::Map => {
            for item in facts.list(items) {
                match facts.expression(*item) {
                    // `*orders.routes`.
                    Expression::Element(spread) => {
                        all.extend(elements(origins, file, spread, depth + 1));
                    }
                    _ => all.push((file, *item)),
                }
            }
        }
        Expression::Concat(items) | Expression::Either(items) => {
            for item in facts.list(items) {
                all.extend(elements(origins, file, *item, depth + 1));
            }
        }
        _ => {
            if let End::Expression(other, value) = origins.chase(file, list, 0)
                && (other, value) != (file, list)
            {
                all = elements(origins, other, value, depth + 1);
            }
        }
    }
    all
}

/// The file of this repository whose path a text ends with: `base_path("routes/api.php")`.
fn file_named(origins: &Origins<'_, '_>, file: u32, path: ExpressionId) -> Option<Router> {
    let world = origins.world;
    let facts = world.file(file).facts();
    let mut at = path;
    let written = loop {
        at = match facts.expression(at) {
            Expression::Text(text) => break facts.text(text),
            Expression::Argument { value, .. } => value,
            Expression::Call { arguments, .. } => *facts.list(arguments).first()?,
            Expression::Concat(items) => *facts.list(items).last()?,
            _ => return None,
        };
    };
    let wanted = written.trim_start_matches(['.', '/']);
    let repository = world.file(file).repository;
    let first = *world.first_file.get(repository as usize)?;
    let end = *world.first_file.get(repository as usize + 1)?;
    let mut fitting = (first..end).filter(|file| {
        let path = &world.file(*file).source.path;
        path.strip_suffix(wanted).is_some_and(|front| front.is_empty() || front.ends_with('/'))
    });
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Some(Router::File(one)),
        _ => None,
    }
}

fn is_text(origins: &mut Origins<'_, '_>, file: u32, id: ExpressionId) -> bool {
    origins.fold(file, id, 0).iter().any(|part| matches!(part, Part::Text(_)))
}

/// Sites that are entries: `os.environ["X"]`, `process.env.X`.
pub fn entries<'r>(
    shared: &Shared<'_, '_>,
    origins: &mut Origins<'_, 'r>,
    file: u32,
    found: &mut Vec<Raw<'r>>,
) {
    let facts = origins.world.file(file).facts();
    let reads = |reference: &&Reference| reference.role == Role::Read;
    // A value of a type may have any name.
    let typed = facts.names.iter().any(|name| shared.rules.enters(name));
    let named = |it: &Reference| shared.calls(file, facts.text(it.name));
    if !typed && !facts.references.iter().filter(reads).any(named) {
        return;
    }
    let mut elements: FxHashMap<ExpressionId, ExpressionId> = FxHashMap::default();
    for expression in &facts.expressions {
        if let Expression::Index { base, index } = *expression {
            elements.insert(base, index);
        }
    }
    for reference in facts.references.iter().filter(reads) {
        let element = elements.get(&reference.expression).copied();
        let (of, text) = match (element, facts.expression(reference.expression)) {
            (Some(index), _) => (reference.expression, Err(index)),
            (None, Expression::Member { base, name }) => (base, Ok(facts.text(name))),
            _ => continue,
        };
        let last = match facts.expression(of) {
            Expression::Name { name, .. } | Expression::Member { name, .. } => facts.text(name),
            _ => continue,
        };
        if !(shared.calls(file, last) || typed && element.is_some()) {
            continue;
        }
        let Some(origin) = origins.origin(file, of, 0) else { continue };
        let rules = origins.rules;
        let within = reference.within.map(|definition| DefinitionRef { file, definition });
        for rule in rules.about(&origin).filter(|rule| rule.form == Form::Entry) {
            found.push(Raw {
                rule,
                file,
                owner: within,
                function: within,
                span: reference.span,
                parts: match text {
                    Ok(name) => vec![Part::Text(name.to_owned())],
                    Err(index) => origins.fold(file, index, 0),
                },
                methods: Vec::new(),
                router: None,
                prefix: Vec::new(),
                child: None,
            });
        }
    }
}

/// Sites that are decorators of functions.
pub fn decorators<'r>(
    shared: &Shared<'_, '_>,
    origins: &mut Origins<'_, 'r>,
    file: u32,
    found: &mut Vec<Raw<'r>>,
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
            if !shared.calls(file, name) {
                continue;
            }
            let Some(origin) = origins.origin(file, callee, 0) else { continue };
            let site = Site {
                file,
                callee,
                expression: *decorator,
                arguments: &arguments,
                beside: &definition.decorators,
                span: definition.name_span,
                decorated: Some(DefinitionId(row as u32)),
            };
            let owner = DefinitionRef { file, definition: DefinitionId(row as u32) };
            let rules = origins.rules;
            for rule in rules.about(&origin).filter(|rule| rule.form == Form::Decorator) {
                decorator_site(origins, rule, &site, owner, definition, found);
            }
        }
    }
}

fn decorator_site<'r>(
    origins: &mut Origins<'_, 'r>,
    rule: &'r Rule,
    site: &Site<'_>,
    owner: DefinitionRef,
    definition: &Definition,
    found: &mut Vec<Raw<'r>>,
) {
    let facts = origins.world.file(site.file).facts();
    if !class_fits(origins, rule, site.file, definition.parent) {
        return;
    }
    let mut texts = text_arguments(origins, rule, site);
    for beside in site.beside {
        if !texts.is_empty() || rule.beside.is_empty() {
            break;
        }
        let Expression::Call { callee, arguments } = facts.expression(*beside) else { continue };
        let Some(origin) = origins.origin(site.file, callee, 0) else { continue };
        if rule.beside.contains(&origin) {
            let arguments = facts.list(arguments).to_vec();
            let other = Site { callee, expression: *beside, arguments: &arguments, ..*site };
            texts = text_arguments(origins, rule, &other);
        }
    }
    let prefixes = class_prefix(origins, rule, site.file, definition.parent);
    let methods = methods(origins, rule, site);
    let router = router_of(origins, rule, site);
    let first = texts.first().copied();
    for text in std::iter::once(first).chain(texts.into_iter().skip(1).map(Some)) {
        for prefix in &prefixes {
            let mut parts = prefix.clone();
            if rule.local {
                parts.extend(whose(origins, rule, site, router).map(Part::Text));
            }
            if rule.relative {
                parts.extend([Part::Hole, Part::Base, Part::Text("/".to_owned())]);
            }
            if let Some(text) = text {
                parts.extend(origins.fold(site.file, text, 0));
            }
            found.push(Raw {
                rule,
                file: site.file,
                owner: Some(owner),
                function: None,
                span: definition.name_span,
                parts: join(parts),
                methods: methods.clone(),
                prefix: made_with(origins, rule, router),
                router,
                child: None,
            });
        }
    }
}

/// Whether the class around has the decorators it must have, and none that it must not.
fn class_fits(
    origins: &mut Origins<'_, '_>,
    rule: &Rule,
    file: u32,
    class: Option<DefinitionId>,
) -> bool {
    if rule.class_with.is_empty() && rule.class_without.is_empty() {
        return true;
    }
    let facts = origins.world.file(file).facts();
    let decorators = match class {
        Some(class) => facts.definitions[class.index()].decorators.as_slice(),
        None => &[],
    };
    let mut with = rule.class_with.is_empty();
    for decorator in decorators {
        let callee = match facts.expression(*decorator) {
            Expression::Call { callee, .. } => callee,
            _ => *decorator,
        };
        if let Some(origin) = origins.origin(file, callee, 0) {
            with |= rule.class_with.contains(&origin);
            if rule.class_without.contains(&origin) {
                return false;
            }
        }
    }
    with
}

/// The paths that decorators of the class put in front.
fn class_prefix(
    origins: &mut Origins<'_, '_>,
    rule: &Rule,
    file: u32,
    class: Option<DefinitionId>,
) -> Vec<Vec<Part>> {
    let nothing = vec![Vec::new()];
    let (Some(class), false) = (class, rule.class_prefix.is_empty()) else { return nothing };
    let facts = origins.world.file(file).facts();
    let class = &facts.definitions[class.index()];
    let mut all = Vec::new();
    for decorator in &class.decorators {
        let Expression::Call { callee, arguments } = facts.expression(*decorator) else { continue };
        let Some(origin) = origins.origin(file, callee, 0) else { continue };
        if !rule.class_prefix.contains(&origin) {
            continue;
        }
        let arguments = facts.list(arguments).to_vec();
        let host = service_host(origins, rule, file, &arguments);
        let texts = if rule.class_names.is_empty() {
            let site = Site {
                file,
                callee,
                expression: *decorator,
                arguments: &arguments,
                beside: &[],
                span: class.name_span,
                decorated: None,
            };
            text_arguments(origins, rule, &site)
        } else {
            let named = rule.class_names.iter();
            named.filter_map(|name| named_value(facts, &arguments, name)).collect()
        };
        if texts.is_empty() && !host.is_empty() {
            all.push(host.clone());
        }
        for text in texts {
            let mut parts = host.clone();
            parts.extend(origins.fold(file, text, 0));
            name_controller(&mut parts, facts.text(class.name));
            parts.push(Part::Text("/".to_owned()));
            all.push(parts);
        }
    }
    if all.is_empty() { nothing } else { all }
}

/// `@FeignClient(name = "accounts")`: the host of what is asked.
fn service_host(
    origins: &mut Origins<'_, '_>,
    rule: &Rule,
    file: u32,
    arguments: &[ExpressionId],
) -> Vec<Part> {
    let facts = origins.world.file(file).facts();
    let mut names = rule.class_host.iter();
    let Some(value) = names.find_map(|name| named_value(facts, arguments, name)) else {
        return Vec::new();
    };
    match origins.fold(file, value, 0).as_slice() {
        [Part::Text(name)] => vec![Part::Text(format!("http://{name}/"))],
        _ => Vec::new(),
    }
}

/// `api/[controller]` stands for the class's name.
fn name_controller(parts: &mut [Part], class: &str) {
    for part in parts {
        if let Part::Text(text) = part
            && text.contains("[controller]")
        {
            let name = class.strip_suffix("Controller").unwrap_or(class).to_lowercase();
            *text = text.replace("[controller]", &name);
        }
    }
}

/// The prefix among the arguments of a router's or client's constructor.
fn made_with(origins: &mut Origins<'_, '_>, rule: &Rule, router: Option<Router>) -> Vec<Part> {
    let Some(Router::Made(file, id)) = router else { return Vec::new() };
    if rule.prefix.is_none() && rule.prefix_position.is_none() {
        return Vec::new();
    }
    let facts = origins.world.file(file).facts();
    let arguments = match facts.expression(id) {
        Expression::Call { arguments, .. } | Expression::New { arguments, .. } => {
            facts.list(arguments).to_vec()
        }
        _ => return Vec::new(),
    };
    let names = rule.prefix.as_deref().unwrap_or_default();
    let named = names.split('|').find_map(|name| named_value(facts, &arguments, name));
    let value = named.or_else(|| {
        let argument = *arguments.get(rule.prefix_position?)?;
        (!matches!(
            facts.expression(argument),
            Expression::Argument { .. } | Expression::Collection { .. }
        ))
        .then_some(argument)
    });
    let Some(value) = value else { return Vec::new() };
    let mut parts = origins.fold(file, value, 0);
    if !rule.provides {
        parts.push(Part::Base);
    }
    parts.push(Part::Text("/".to_owned()));
    parts
}
