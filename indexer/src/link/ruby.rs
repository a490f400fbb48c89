//! Ruby: the routes of Rails and of Sinatra, the jobs of Sidekiq.
//!
//! Both are blocks of calls without a receiver, and where a call stands among the blocks says what it
//! means: a route file of Rails is read from the outside in, with the path, module and controller
//! that the blocks around a call give (<https://guides.rubyonrails.org/routing.html>). The
//! controller's file and method are a convention too; a route of `resources` is taken for real only
//! when its controller has the action. A job of Sidekiq is pushed under the name of its class, which
//! need not be in the repository that pushes it.

use super::arguments::text;
use super::fold::{Part, route};
use super::origin::Shared;
use super::tables::snake_case;
use super::{Side, each_file};
use crate::resolve::world::FileIndex;
use crate::resolve::{DefinitionRef, World};
use qf_graph::facts::{
    ByteRange, DefinitionId, Expression, ExpressionId, FileFacts, Reference, Role,
};
use qf_graph::key::Channel;
use rustc_hash::FxHashMap;

/// Verbs that are calls.
const VERBS: [&str; 6] = ["delete", "get", "options", "patch", "post", "put"];

/// What `resources` serves: method, whether below one item, what follows, action.
const ACTIONS: [(&str, bool, &str, &str); 8] = [
    ("GET", false, "", "index"),
    ("POST", false, "", "create"),
    ("GET", false, "/new", "new"),
    ("GET", true, "", "show"),
    ("GET", true, "/edit", "edit"),
    ("PATCH", true, "", "update"),
    ("PUT", true, "", "update"),
    ("DELETE", true, "", "destroy"),
];

/// What Devise serves: method, path below the resource, controller, action.
const DEVISE: [(&str, &str, &str, &str); 8] = [
    ("POST", "sign_in", "sessions", "create"),
    ("DELETE", "sign_out", "sessions", "destroy"),
    ("POST", "", "registrations", "create"),
    ("PUT", "", "registrations", "update"),
    ("PATCH", "", "registrations", "update"),
    ("DELETE", "", "registrations", "destroy"),
    ("POST", "password", "passwords", "create"),
    ("PUT", "password", "passwords", "update"),
];

/// The routes of all files.
pub fn sides(shared: &Shared<'_, '_>) -> Vec<Side> {
    let engines = engines(shared);
    each_file(shared, |_, file| {
        let index = shared.world.file(file);
        if index.facts().language != "ruby" {
            return Vec::new();
        }
        let mut source = Source::new(shared.world, file);
        if has_routes(index) {
            source.rails(&engines);
        } else {
            source.sinatra();
            source.sidekiq();
        }
        source.found
    })
}

fn has_routes(index: &FileIndex<'_>) -> bool {
    let path = index.source.path.as_str();
    let routes = path.ends_with("config/routes.rb") || path.contains("config/routes/");
    routes && !index.source.flags.test
}

/// Where engines are mounted, by the repository that draws them and their names: `mount Blog::Engine,
/// at: "/blog"`.
type Engines = FxHashMap<(u32, String), Vec<String>>;

/// The engines of all route files.
fn engines(shared: &Shared<'_, '_>) -> Engines {
    let mounted = each_file(shared, |_, file| {
        let index = shared.world.file(file);
        if index.facts().language != "ruby" || !has_routes(index) {
            return Vec::new();
        }
        let mut source = Source::new(shared.world, file);
        source.rails(&Engines::default());
        vec![(index.repository, source.mounted, source.drawn)]
    });
    let mut drawn: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
    for (repository, _, engines) in &mounted {
        for engine in engines {
            let by = drawn.entry(engine).or_default();
            if !by.contains(repository) {
                by.push(*repository);
            }
        }
    }
    let mut engines = Engines::default();
    for (repository, places, _) in &mounted {
        for (engine, path) in places {
            // An engine of the repository itself, else of the only one that has it.
            let by = drawn.get(engine.as_str()).map_or(&[][..], Vec::as_slice);
            let meant = match by {
                _ if by.contains(repository) => *repository,
                [one] => *one,
                _ => continue,
            };
            let places = engines.entry((meant, engine.clone())).or_default();
            if !places.contains(path) {
                places.push(path.clone());
            }
        }
    }
    engines
}

struct Source<'w> {
    world: &'w World<'w>,
    file: u32,
    facts: &'w FileFacts,
    found: Vec<Side>,
    /// Engines and the paths that this file mounts them at.
    mounted: Vec<(String, String)>,
    /// Engines whose routes this file draws.
    drawn: Vec<String>,
    /// Calls that were looked at, each as often as its concern is used.
    steps: usize,
}

/// A call without a receiver and its block.
struct Call<'w> {
    name: &'w str,
    span: ByteRange,
    arguments: &'w [ExpressionId],
    block: Option<ByteRange>,
    within: Option<DefinitionId>,
    /// Whose routes `draw` draws: `Rails.application`, `Blog::Engine`.
    whose: String,
}

/// All calls of a route file with the concerns among them: where the calls of each begin and end.
struct Routes<'a, 'w> {
    calls: &'a [Call<'w>],
    concerns: FxHashMap<&'w str, (usize, usize)>,
    engines: &'a Engines,
}

/// What the blocks around a route give it.
#[derive(Clone, Default)]
struct Around {
    path: String,
    module: String,
    controller: Option<String>,
    /// Where the items of the resource around are, below which its own routes stand.
    item: Option<String>,
    /// Nested resources have their items at `outer`, not below the items of the resource around.
    shallow: bool,
    /// The path outside of all resources.
    outer: String,
    /// What stands here is no route of the application at this path.
    elsewhere: bool,
}

/// Deepest nesting of concerns in concerns.
const MAX_CONCERNS: u32 = 4;

/// Most routes of a file: concerns that use each other multiply.
const MAX_ROUTES: usize = 20_000;

impl<'w> Source<'w> {
    fn new(world: &'w World<'w>, file: u32) -> Self {
        let facts = world.file(file).facts();
        Self {
            world,
            file,
            facts,
            found: Vec::new(),
            mounted: Vec::new(),
            drawn: Vec::new(),
            steps: 0,
        }
    }

    fn calls(&self) -> Vec<Call<'w>> {
        let facts = self.facts;
        let call = |reference: &Reference| {
            if reference.role != Role::Call {
                return None;
            }
            let Expression::Call { callee, arguments } = facts.expression(reference.expression)
            else {
                return None;
            };
            let mut whose = String::new();
            let name = match facts.expression(callee) {
                Expression::Name { name, .. } => facts.text(name),
                // `Rails.application.routes.draw do`.
                Expression::Member { name, base } if facts.text(name) == "draw" => {
                    whose = facts.render(base).trim_end_matches(".routes()").replace('.', "::");
                    "draw"
                }
                _ => return None,
            };
            let arguments = facts.list(arguments);
            let block = arguments.iter().find_map(|it| match facts.expression(*it) {
                Expression::Function(block) => Some(facts.definitions[block.index()].span),
                _ => None,
            });
            let (span, within) = (reference.span, reference.within);
            Some(Call { name, span, arguments, block, within, whose })
        };
        let mut calls: Vec<Call<'w>> = facts.references.iter().filter_map(call).collect();
        calls.sort_by_key(|call| call.span.start);
        calls
    }

    fn side(
        &mut self,
        method: &str,
        path: &str,
        at: (Option<DefinitionRef>, ByteRange),
        rule: &str,
    ) {
        let path = without_optional(path);
        let Some(route) = route(&[Part::Text(format!("/{path}"))], true) else { return };
        let text = format!("{method} {}", route.path);
        self.found.push(Side::new(Channel::Http, text, (self.file, at.0, at.1), rule));
    }

    // ---- Sinatra ----------------------------------------------------------------------------------

    fn sinatra(&mut self) {
        let facts = self.facts;
        let required = facts
            .imports
            .iter()
            .any(|import| matches!(facts.text(import.module), "sinatra" | "sinatra/base"));
        let is_application = |definition: DefinitionId| {
            let bases = &facts.definitions[definition.index()].bases;
            bases.iter().any(|base| facts.render(*base).starts_with("Sinatra."))
        };
        // `namespace '/api' do`, of sinatra-contrib.
        let mut open: Vec<(ByteRange, String)> = Vec::new();
        for call in self.calls() {
            open.retain(|(block, _)| call.span.start < block.end);
            let around = open.last().map_or("", |(_, path)| path).to_owned();
            if let ("namespace", Some(block)) = (call.name, call.block) {
                let path = call.arguments.first().and_then(|it| text(facts, *it));
                open.push((block, joined(&around, path.unwrap_or("{}"))));
            }
            let Ok(verb) = VERBS.binary_search(&call.name) else { continue };
            let whose = match call.within {
                Some(within) => is_application(within),
                None => required,
            };
            let path = call.arguments.first().and_then(|it| text(facts, *it));
            if let (true, Some(path), Some(_)) = (whose, path, call.block)
                && path.starts_with('/')
            {
                let owner = call.within.map(|definition| self.here(definition));
                let method = VERBS[verb].to_ascii_uppercase();
                let path = joined(&around, path);
                self.side(&method, &path, (owner, call.span), "sinatra/route");
            }
        }
    }

    // ---- Sidekiq ----------------------------------------------------------------------------------

    fn sidekiq(&mut self) {
        const PUSHES: [&str; 3] = ["perform_async", "perform_at", "perform_in"];
        let facts = self.facts;
        for (row, definition) in facts.definitions.iter().enumerate() {
            let job = definition.bases.iter().any(|base| {
                matches!(facts.render(*base).as_str(), "Sidekiq.Job" | "Sidekiq.Worker")
            });
            if !job {
                continue;
            }
            let class = DefinitionId(row as u32);
            let runs = |one: &qf_graph::facts::Definition| {
                one.parent == Some(class) && facts.text(one.name) == "perform"
            };
            let method = facts.definitions.iter().position(runs);
            let owner = method.map_or(class, |row| DefinitionId(row as u32));
            let name = facts.qualified_name(class).replace('.', "::");
            self.job(&name, true, Some(owner), definition.name_span);
        }
        for reference in &facts.references {
            if reference.role != Role::Call || !PUSHES.contains(&facts.text(reference.name)) {
                continue;
            }
            let Expression::Call { callee, .. } = facts.expression(reference.expression) else {
                continue;
            };
            let Expression::Member { base, .. } = facts.expression(callee) else { continue };
            let name = facts.render(base).replace('.', "::");
            let constant = name.starts_with(|c: char| c.is_ascii_uppercase())
                && name.chars().all(|c| c.is_alphanumeric() || c == ':' || c == '_');
            if constant {
                self.job(&name, false, reference.within, reference.span);
            }
        }
    }

    fn job(&mut self, name: &str, provides: bool, owner: Option<DefinitionId>, span: ByteRange) {
        let place = (self.file, owner.map(|definition| self.here(definition)), span);
        let text = format!("sidekiq:{name}");
        let side = Side::new(Channel::Topic, text, place, "sidekiq/job");
        self.found.push(Side { provides, ..side });
    }

    fn here(&self, definition: DefinitionId) -> DefinitionRef {
        DefinitionRef { file: self.file, definition }
    }

    // ---- Rails ------------------------------------------------------------------------------------

    fn rails(&mut self, engines: &Engines) {
        let calls = self.calls();
        let mut concerns = FxHashMap::default();
        for (row, call) in calls.iter().enumerate().filter(|(_, call)| call.name == "concern") {
            let name = call.arguments.first().and_then(|it| text(self.facts, *it));
            if let (Some(name), Some(block)) = (name, call.block) {
                let end = calls.partition_point(|call| call.span.start < block.end);
                concerns.insert(name, (row + 1, end));
            }
        }
        let routes = Routes { calls: &calls, concerns, engines };
        self.block(&routes, (0, calls.len()), &Around::default(), 0);
    }

    /// The calls of a block, in what the blocks around give.
    fn block(
        &mut self,
        routes: &Routes<'_, 'w>,
        (from, to): (usize, usize),
        outside: &Around,
        depth: u32,
    ) {
        // Blocks that are open where a call stands, with what they give.
        let mut open: Vec<(ByteRange, Around)> = Vec::new();
        for (row, call) in routes.calls.iter().enumerate().take(to).skip(from) {
            open.retain(|(block, _)| call.span.start < block.end);
            let around = open.last().map_or(outside, |(_, around)| around).clone();
            if self.found.len() > MAX_ROUTES || self.steps > MAX_ROUTES {
                return;
            }
            self.steps += 1;
            if around.elsewhere {
                continue;
            }
            // An engine's routes stand wherever it is mounted.
            if call.name == "draw" && !call.whose.contains("application") {
                let end = call.block.map_or(row, |block| {
                    routes.calls.partition_point(|call| call.span.start < block.end)
                });
                let repository = self.world.file(self.file).repository;
                self.drawn.push(call.whose.clone());
                let engine = (repository, call.whose.clone());
                for path in routes.engines.get(&engine).into_iter().flatten() {
                    if depth < MAX_CONCERNS {
                        let (path, outer) = (path.clone(), path.clone());
                        // What an engine has of its own stands in its namespace.
                        let namespace = call.whose.split("::").next().unwrap_or_default();
                        let module = snake_case(namespace);
                        let around = Around { path, module, outer, ..Around::default() };
                        self.block(routes, (row + 1, end), &around, depth + 1);
                    }
                }
            }
            let inside = self.rails_call(call, &around);
            let used = match call.name {
                "concerns" => Some(&around),
                "resources" | "resource" => inside.as_ref(),
                _ => None,
            };
            if let Some(used) = used.filter(|_| depth < MAX_CONCERNS) {
                for name in self.concerns(call) {
                    if let Some(block) = routes.concerns.get(name) {
                        self.block(routes, *block, used, depth + 1);
                    }
                }
            }
            if let (Some(block), Some(inside)) = (call.block, inside) {
                open.push((block, inside));
            }
        }
    }

    /// `concerns :commentable` and `resources :orders, concerns: [:commentable]`.
    fn concerns(&self, call: &Call<'w>) -> Vec<&'w str> {
        let facts = self.facts;
        if call.name == "concerns" {
            let named = call.arguments.iter().flat_map(|it| match facts.expression(*it) {
                Expression::Collection { items, .. } => facts.list(items).to_vec(),
                _ => vec![*it],
            });
            return named.filter_map(|it| text(facts, it)).collect();
        }
        listed(facts, call.arguments, "concerns").ok().flatten().unwrap_or_default()
    }

    /// Notes the routes of a call; what its block gives to the calls inside.
    fn rails_call(&mut self, call: &Call<'w>, around: &Around) -> Option<Around> {
        let facts = self.facts;
        let first = call.arguments.first().and_then(|it| text(facts, *it));
        let option = |name| option(facts, call.arguments, name);
        match call.name {
            "draw" => {
                let elsewhere = !call.whose.contains("application");
                Some(Around { elsewhere, ..around.clone() })
            }
            "mount" => {
                self.mount(call, around);
                None
            }
            "shallow" => Some(Around { shallow: true, ..around.clone() }),
            // Drawn where it is used.
            "concern" | "direct" => Some(Around { elsewhere: true, ..around.clone() }),
            "namespace" | "scope" | "controller" | "defaults" | "constraints" | "authenticate"
            | "with_options" => {
                let mut inside = around.clone();
                let namespace = call.name == "namespace";
                let named = first.filter(|_| matches!(call.name, "namespace" | "scope"));
                let path = option("path").or(named).unwrap_or_default();
                inside.path = joined(&inside.path, path);
                inside.outer = joined(&inside.outer, path);
                if let Some(module) = option("module").or(first.filter(|_| namespace)) {
                    inside.module = joined(&inside.module, module);
                }
                let controller =
                    option("controller").or(first.filter(|_| call.name == "controller"));
                inside.controller = controller.map(str::to_owned).or(inside.controller);
                Some(inside)
            }
            "member" => {
                let path = around.item.clone().unwrap_or_else(|| around.path.clone());
                Some(Around { path, item: None, ..around.clone() })
            }
            "collection" | "new" => Some(Around { item: None, ..around.clone() }),
            "resources" | "resource" => self.resources(call, around),
            "devise_for" => {
                self.devise(call, around);
                None
            }
            "root" => {
                let target = first.or_else(|| option("to"));
                self.to("GET", &around.path, target, call.span, around);
                None
            }
            "match" => {
                let via = listed(facts, call.arguments, "via").ok().flatten().unwrap_or_default();
                for method in via {
                    let method = if method == "all" { "ANY" } else { method };
                    self.verb(&method.to_ascii_uppercase(), call, around);
                }
                None
            }
            name if VERBS.binary_search(&name).is_ok() => {
                self.verb(&name.to_ascii_uppercase(), call, around);
                None
            }
            _ => Some(around.clone()),
        }
    }

    fn verb(&mut self, method: &str, call: &Call<'w>, around: &Around) {
        let facts = self.facts;
        let on = option(facts, call.arguments, "on");
        let base = match (on, &around.item) {
            // A route of its own inside `resources` stands below one item.
            (None | Some("member"), Some(item)) => item,
            _ => &around.path,
        };
        let target = option(facts, call.arguments, "to");
        for argument in call.arguments {
            let (path, target) = match facts.expression(*argument) {
                Expression::Text(path) => (facts.text(path), target),
                // `post "login" => "sessions#create"`.
                Expression::Argument { name, value } => match text(facts, value) {
                    Some(value) if value.contains('#') && facts.text(name) != "to" => {
                        (facts.text(name), Some(value))
                    }
                    _ => continue,
                },
                _ => continue,
            };
            let own = path.trim_matches('/').to_owned();
            let action = option(facts, call.arguments, "action");
            let implied = match (&around.controller, own.rsplit_once('/')) {
                (Some(controller), _) => Some(format!("{controller}#{}", action.unwrap_or(&own))),
                (None, Some((controller, action))) => Some(format!("{controller}#{action}")),
                _ => None,
            };
            let target = target.map(str::to_owned).or(implied);
            self.to(method, &joined(base, path), target.as_deref(), call.span, around);
        }
    }

    /// A route to `controller#action`.
    fn to(
        &mut self,
        method: &str,
        path: &str,
        target: Option<&str>,
        span: ByteRange,
        around: &Around,
    ) {
        let handler = target.and_then(|target| {
            let (controller, action) = target.split_once('#')?;
            self.action(&joined(&around.module, controller), action)
        });
        self.side(method, path, (handler, span), "rails/routes");
    }

    fn resources(&mut self, call: &Call<'w>, around: &Around) -> Option<Around> {
        let facts = self.facts;
        let many = call.name == "resources";
        let base = around.item.as_ref().unwrap_or(&around.path);
        // A list that cannot be read may leave out any: none is taken for real.
        let only = listed(facts, call.arguments, "only").unwrap_or_else(|()| Some(Vec::new()));
        let except = listed(facts, call.arguments, "except");
        let only = if except.is_err() { Some(Vec::new()) } else { only };
        let except = except.ok().flatten().unwrap_or_default();
        let mut inside = None;
        for argument in call.arguments {
            let Expression::Text(name) = facts.expression(*argument) else { continue };
            let name = facts.text(name);
            let own = option(facts, call.arguments, "path").unwrap_or(name);
            let path = joined(base, own);
            let controller = option(facts, call.arguments, "controller").map_or_else(
                || if many { name.to_owned() } else { format!("{name}s") },
                str::to_owned,
            );
            let module = option(facts, call.arguments, "module").unwrap_or_default();
            let module = joined(&around.module, module);
            let nested = around.item.is_some();
            let shallow =
                if nested && around.shallow { joined(&around.outer, own) } else { path.clone() };
            let item = if many { joined(&shallow, "{}") } else { shallow };
            for (method, of_item, rest, action) in ACTIONS {
                let wanted = only.as_ref().is_none_or(|only| only.contains(&action))
                    && !except.contains(&action)
                    && (many || action != "index");
                let handler = self.action(&joined(&module, &controller), action);
                if wanted && handler.is_some() {
                    let place = if of_item { &item } else { &path };
                    let at = (handler, call.span);
                    self.side(method, &format!("{place}{rest}"), at, "rails/routes");
                }
            }
            let (controller, outer) = (Some(controller), around.outer.clone());
            let shallow = around.shallow || is_given(facts, call.arguments, "shallow");
            let (item, elsewhere) = (Some(item), false);
            inside = Some(Around { path, module, controller, item, shallow, outer, elsewhere });
        }
        inside
    }

    /// `mount Blog::Engine => "/blog"`, `mount Blog::Engine, at: "/blog"`.
    fn mount(&mut self, call: &Call<'w>, around: &Around) {
        let facts = self.facts;
        let engine = |id| facts.render(id).replace('.', "::");
        let found = match call.arguments.first().map(|it| (*it, facts.expression(*it))) {
            Some((_, Expression::Argument { name, value })) => {
                text(facts, value).map(|path| (facts.text(name).to_owned(), path))
            }
            Some((_, Expression::Collection { items, .. })) => match facts.list(items) {
                &[key, value, ..] => text(facts, value).map(|path| (engine(key), path)),
                _ => None,
            },
            Some((id, _)) => option(facts, call.arguments, "at").map(|path| (engine(id), path)),
            None => None,
        };
        if let Some((engine, path)) = found {
            self.mounted.push((engine, joined(&around.path, path)));
        }
    }

    /// Signing in, out and up, as Devise routes it; its own controllers are a library's.
    fn devise(&mut self, call: &Call<'w>, around: &Around) {
        let facts = self.facts;
        let nested = |option: &str, name: &str| {
            let value = super::arguments::named_value(facts, call.arguments, option)?;
            let Expression::Collection { items, .. } = facts.expression(value) else { return None };
            text(facts, super::arguments::entry(facts, facts.list(items), name)?)
        };
        let Some(name) = call.arguments.first().and_then(|it| text(facts, *it)) else { return };
        let (Ok(only), Ok(skip)) =
            (listed(facts, call.arguments, "only"), listed(facts, call.arguments, "skip"))
        else {
            return;
        };
        let base = joined(&around.path, option(facts, call.arguments, "path").unwrap_or(name));
        for (method, below, controller, action) in DEVISE {
            let left_out =
                skip.as_ref().is_some_and(|it| it.contains(&controller) || it.contains(&"all"))
                    || only.as_ref().is_some_and(|only| !only.contains(&controller));
            if left_out {
                continue;
            }
            let below = nested("path_names", below).unwrap_or(below);
            let own = nested("controllers", controller);
            let handler = own.and_then(|own| self.action(&joined(&around.module, own), action));
            let at = (handler, call.span);
            self.side(method, &joined(&base, below), at, "rails/devise");
        }
    }

    /// The method of a controller, by the file that is named after it.
    fn action(&self, controller: &str, action: &str) -> Option<DefinitionRef> {
        let index = self.world.file(self.file);
        let config = index.source.path.find("config/routes")?;
        let root = &index.source.path[..config];
        let controller = controller.trim_matches('/');
        let path = format!("{root}app/controllers/{controller}_controller.rb");
        let repository = index.repository;
        let first = *self.world.first_file.get(repository as usize)?;
        let end = *self.world.first_file.get(repository as usize + 1)?;
        // Files stand in the order of their paths.
        let own = self.world.files.get(first as usize..end as usize)?;
        let position = own.binary_search_by(|file| file.source.path.as_str().cmp(&path)).ok()?;
        let file = first + position as u32;
        let facts = self.world.file(file).facts();
        let named = |definition: &qf_graph::facts::Definition| {
            definition.kind.is_callable() && facts.text(definition.name) == action
        };
        let row = facts.definitions.iter().position(named)?;
        Some(DefinitionRef { file, definition: DefinitionId(row as u32) })
    }
}

fn option<'f>(facts: &'f FileFacts, arguments: &[ExpressionId], wanted: &str) -> Option<&'f str> {
    arguments.iter().find_map(|argument| match facts.expression(*argument) {
        Expression::Argument { name, value } if facts.text(name) == wanted => text(facts, value),
        _ => None,
    })
}

/// Whether an option is given as `true` or `false`, of which the facts do not say which.
fn is_given(facts: &FileFacts, arguments: &[ExpressionId], wanted: &str) -> bool {
    arguments.iter().any(|argument| match facts.expression(*argument) {
        Expression::Argument { name, value } => {
            facts.text(name) == wanted && facts.render(value) == "bool"
        }
        _ => false,
    })
}

/// The names in a list, or the one that is given; `Err` where it cannot be read.
fn listed<'f>(
    facts: &'f FileFacts,
    arguments: &[ExpressionId],
    wanted: &str,
) -> Result<Option<Vec<&'f str>>, ()> {
    for argument in arguments {
        if let Expression::Argument { name, value } = facts.expression(*argument)
            && facts.text(name) == wanted
        {
            return match facts.expression(value) {
                Expression::Collection { items, .. } => facts
                    .list(items)
                    .iter()
                    .map(|item| text(facts, *item))
                    .collect::<Option<Vec<_>>>()
                    .map(Some)
                    .ok_or(()),
                _ => text(facts, value).map(|one| Some(vec![one])).ok_or(()),
            };
        }
    }
    Ok(None)
}

/// `(:locale)/orders(.:format)` → `/orders`: what may be left out is left out.
fn without_optional(path: &str) -> String {
    let mut depth = 0_u32;
    let kept = path.chars().filter(|c| {
        depth += u32::from(*c == '(');
        let inside = depth > 0;
        if *c == ')' {
            depth = depth.saturating_sub(1);
        }
        !inside
    });
    kept.collect()
}

fn joined(path: &str, more: &str) -> String {
    match (path, more.trim_matches('/')) {
        (path, "") => path.to_owned(),
        ("", more) => more.to_owned(),
        (path, more) => format!("{path}/{more}"),
    }
}
