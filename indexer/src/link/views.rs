//! Classes of views of Django, of its REST framework and of Starlette: what they serve.
//!
//! `router.register("orders", OrderViewSet)` serves a list and its items: an action for each method
//! that the class, or a class of the project above it, defines, and for those that the framework's
//! bases bring along (<https://www.django-rest-framework.org/api-guide/routers/>). Methods decorated
//! with `@action` are further routes; of one item when they take its key. A class that is put at one
//! path (`OrderView.as_view()`) answers the methods that it defines or that a generic view has.

use super::arguments::{named_value, text};
use super::fold::Part;
use super::origin::Origins;
use crate::resolve::DefinitionRef;
use crate::resolve::hierarchy::Base;
use qf_graph::facts::{
    BindingValue, Definition, Expression, ExpressionId, FileFacts, ParameterKind,
};

/// One route of a class of views.
pub struct Action {
    /// HTTP method.
    pub method: String,
    /// What follows the prefix.
    pub below: &'static str,
    /// What follows that.
    pub name: String,
    /// The function, when the project has it.
    pub handler: Option<DefinitionRef>,
}

/// Standard actions: name, method, what follows the prefix.
const ACTIONS: [(&str, &str, &str); 6] = [
    ("list", "GET", ""),
    ("create", "POST", ""),
    ("retrieve", "GET", "/{}"),
    ("update", "PUT", "/{}"),
    ("partial_update", "PATCH", "/{}"),
    ("destroy", "DELETE", "/{}"),
];

/// The standard actions that a base of the framework brings along.
fn brought_by(base: &str) -> &'static [&'static str] {
    match base {
        "ModelViewSet" => &["list", "create", "retrieve", "update", "partial_update", "destroy"],
        "ReadOnlyModelViewSet" => &["list", "retrieve"],
        "ListModelMixin" => &["list"],
        "CreateModelMixin" => &["create"],
        "RetrieveModelMixin" => &["retrieve"],
        "UpdateModelMixin" => &["update", "partial_update"],
        "DestroyModelMixin" => &["destroy"],
        _ => &[],
    }
}

/// The actions of a class.
pub fn actions(origins: &mut Origins<'_, '_>, class: DefinitionRef) -> Vec<Action> {
    if !origins.world.definition(class).kind.is_type() {
        return Vec::new();
    }
    let mut above = Vec::new();
    let mut methods: Vec<DefinitionRef> = Vec::new();
    gather(origins, class, &mut above, &mut methods, 0);
    let brought: Vec<&str> = above.iter().flat_map(|base| brought_by(base)).copied().collect();
    let world = origins.world;
    let name = |at: &DefinitionRef| {
        world.file(at.file).facts().text(world.definition(*at).name).to_owned()
    };
    let mut found = Vec::new();
    for (action, method, below) in ACTIONS {
        let handler = methods.iter().copied().find(|at| name(at) == action);
        if handler.is_some() || brought.contains(&action) {
            let (method, name) = (method.to_owned(), String::new());
            found.push(Action { method, below, name, handler });
        }
    }
    // A base that is not known may bring any of them.
    if !above.iter().all(|base| is_plain(base) || !brought_by(base).is_empty()) {
        for below in ["", "/{}"] {
            let method = "ANY".to_owned();
            found.push(Action { method, below, name: String::new(), handler: None });
        }
    }
    for at in &methods {
        let definition = world.definition(*at);
        let facts = world.file(at.file).facts();
        for decorator in &definition.decorators {
            let Expression::Call { callee, arguments } = facts.expression(*decorator) else {
                continue;
            };
            let origin = origins.origin(at.file, callee, 0);
            if origin.as_deref() != Some("rest_framework.decorators.action") {
                continue;
            }
            let arguments = facts.list(arguments);
            let given = named_value(facts, arguments, "url_path").and_then(|it| text(facts, it));
            let path = given.map_or_else(|| name(at), str::to_owned);
            for method in verbs(facts, arguments) {
                for below in places(definition) {
                    let handler = Some(*at);
                    found.push(Action {
                        method: method.clone(),
                        below,
                        name: format!("/{path}"),
                        handler,
                    });
                }
            }
        }
    }
    found
}

/// What a generic view of the framework, or of Django, answers.
fn answered_by(base: &str) -> &'static [&'static str] {
    match base {
        "ListAPIView" | "RetrieveAPIView" | "ListView" | "DetailView" | "TemplateView" => &["get"],
        "CreateAPIView" => &["post"],
        "UpdateAPIView" => &["put", "patch"],
        "DestroyAPIView" => &["delete"],
        "ListCreateAPIView" | "FormView" | "CreateView" | "UpdateView" | "DeleteView" => {
            &["get", "post"]
        }
        "RetrieveUpdateAPIView" => &["get", "put", "patch"],
        "RetrieveDestroyAPIView" => &["get", "delete"],
        "RetrieveUpdateDestroyAPIView" => &["get", "put", "patch", "delete"],
        _ => &[],
    }
}

/// Bases that bring no route of their own.
fn is_plain(base: &str) -> bool {
    matches!(
        base,
        "APIView"
            | "GenericAPIView"
            | "GenericViewSet"
            | "HTTPEndpoint"
            | "LoginRequiredMixin"
            | "PermissionRequiredMixin"
            | "UserPassesTestMixin"
            | "View"
            | "ViewSet"
            | "object"
    )
}

/// The HTTP methods that a class serves as a view, each with the function that answers it
/// where the project has one: the method of that name, or the action that a generic view calls.
pub fn answers(
    origins: &mut Origins<'_, '_>,
    class: DefinitionRef,
) -> Vec<(String, DefinitionRef)> {
    let mut above = Vec::new();
    let mut methods = Vec::new();
    gather(origins, class, &mut above, &mut methods, 0);
    let world = origins.world;
    let of_name = |wanted: &[&str]| {
        let name =
            |at: &DefinitionRef| world.file(at.file).facts().text(world.definition(*at).name);
        methods.iter().copied().find(|at| wanted.contains(&name(at)))
    };
    // A base that is not known may answer anything.
    if !above.iter().all(|base| is_plain(base) || !answered_by(base).is_empty()) {
        return Vec::new();
    }
    let generic: Vec<&str> = above.iter().flat_map(|base| answered_by(base)).copied().collect();
    let verbs: [(&str, &[&str]); 5] = [
        ("get", &["list", "retrieve"]),
        ("post", &["create"]),
        ("put", &["update"]),
        ("patch", &["partial_update", "update"]),
        ("delete", &["destroy"]),
    ];
    let mut found = Vec::new();
    for (verb, actions) in verbs {
        let own = of_name(&[verb]);
        if own.is_some() || generic.contains(&verb) {
            let handler = own.or_else(|| of_name(actions)).unwrap_or(class);
            found.push((verb.to_ascii_uppercase(), handler));
        }
    }
    found
}

/// Methods of a class and of those of the project above it, and the names of the framework's bases.
fn gather(
    origins: &mut Origins<'_, '_>,
    class: DefinitionRef,
    above: &mut Vec<String>,
    methods: &mut Vec<DefinitionRef>,
    depth: u32,
) {
    let (world, hierarchy) = (origins.world, origins.evaluator.hierarchy);
    for scope in hierarchy.member_scopes(world, class) {
        let index = world.file(scope.file);
        for (_, row) in index.rows_of(scope.scope) {
            let BindingValue::Definition(definition) = index.facts().bindings[row as usize].value
            else {
                continue;
            };
            let at = DefinitionRef { file: scope.file, definition };
            if world.definition(at).kind.is_callable() {
                methods.push(at);
            }
        }
    }
    for base in &world.definition(class).bases {
        let origin = origins.origin(class.file, *base, 0).unwrap_or_default();
        if !origin.is_empty() {
            let framework = ["rest_framework", "django.", "starlette."]
                .iter()
                .any(|library| origin.starts_with(library));
            let name = origin.rsplit('.').next().unwrap_or_default();
            above.push(if framework { name.to_owned() } else { origin });
        }
    }
    for base in hierarchy.bases.get(&class).map_or(&[][..], Vec::as_slice) {
        if let (Base::Type(base), true) = (base, depth < 8) {
            gather(origins, *base, above, methods, depth + 1);
        }
    }
}

/// Where an action of its own stands: whether it is of one item is a flag that is not kept, but such
/// a method takes the item's key.
fn places(definition: &Definition) -> &'static [&'static str] {
    let kinds = definition.parameters.iter().map(|parameter| parameter.kind);
    let plain = kinds.clone().filter(|kind| *kind == ParameterKind::Plain).count();
    let any = kinds.into_iter().any(|kind| kind == ParameterKind::KeywordRest);
    match (plain, any) {
        (2.., _) => &["/{}"],
        (_, true) => &["", "/{}"],
        _ => &[""],
    }
}

fn verbs(facts: &FileFacts, arguments: &[ExpressionId]) -> Vec<String> {
    let listed = named_value(facts, arguments, "methods").map(|it| facts.expression(it));
    match listed {
        Some(Expression::Collection { items, .. }) => facts
            .list(items)
            .iter()
            .filter_map(|item| text(facts, *item))
            .map(str::to_ascii_uppercase)
            .collect(),
        _ => vec!["GET".to_owned()],
    }
}

/// The path of an action below the prefix it is registered under.
pub fn path(prefix: &[Part], action: &Action) -> Vec<Part> {
    let mut parts = prefix.to_vec();
    parts.push(Part::Text(format!("{}{}", action.below, action.name)));
    parts
}
