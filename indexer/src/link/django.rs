//! Django's files of URL patterns: what `include(…)` names, and the routes of a router that is one of
//! a file's own patterns.

use super::origin::Origins;
use super::routers::{Router, router};
use super::sites::Raw;
use crate::resolve::evaluate::Value;
use qf_graph::facts::{BindingValue, Expression, ExpressionId, Name, Role};

/// What `include("shop.urls")`, `include(urls)` or `include(router.urls)` names.
pub fn included(
    origins: &mut Origins<'_, '_>,
    file: u32,
    argument: Option<ExpressionId>,
) -> Option<Router> {
    let world = origins.world;
    let index = world.file(file);
    let facts = index.facts();
    let Expression::Call { callee, arguments } = facts.expression(argument?) else { return None };
    let (Expression::Name { name, .. } | Expression::Member { name, .. }) =
        facts.expression(callee)
    else {
        return None;
    };
    if facts.text(name) != "include" {
        return None;
    }
    let mut first = *facts.list(arguments).first()?;
    if let Expression::Collection { items, .. } = facts.expression(first) {
        first = *facts.list(items).first()?;
    }
    if let Some(router) = urls_of(origins, file, first) {
        return Some(router);
    }
    if let Expression::Text(text) = facts.expression(first) {
        let module = facts.text(text);
        let id = world.namespace(index.repository, index.source.language.family(), module)?;
        let scopes = &world.namespaces[id.0 as usize].scopes;
        return scopes.first().map(|scope| Router::File(scope.file));
    }
    let module = origins.evaluator.eval(file, first);
    module.items.iter().find_map(|value| match value {
        Value::Namespace(id) => {
            let scopes = &world.namespaces[id.0 as usize].scopes;
            scopes.first().map(|scope| Router::File(scope.file))
        }
        _ => None,
    })
}

/// The router whose routes `router.urls` are.
pub fn urls_of(origins: &mut Origins<'_, '_>, file: u32, id: ExpressionId) -> Option<Router> {
    let facts = origins.world.file(file).facts();
    let Expression::Member { base, name } = facts.expression(id) else { return None };
    if facts.text(name) != "urls" {
        return None;
    }
    let origin = origins.origin(file, base, 0)?;
    if origin != "rest_framework.routers.DefaultRouter()" {
        return None;
    }
    router(origins, file, base, 0)
}

/// `urlpatterns = router.urls`: the file's own routes.
pub fn own_urls<'r>(origins: &mut Origins<'_, 'r>, file: u32, found: &mut Vec<Raw<'r>>) {
    let facts = origins.world.file(file).facts();
    if facts.language != "python" || !facts.names.iter().any(|name| name == "urlpatterns") {
        return;
    }
    // What is bound or appended to `urlpatterns`, alone or beside other lists.
    let mut own: Vec<ExpressionId> = Vec::new();
    let named = |name: Name| facts.text(name) == "urlpatterns";
    own.extend(facts.bindings.iter().filter(|it| named(it.name)).filter_map(|it| match it.value {
        BindingValue::Value(value) => Some(value),
        _ => None,
    }));
    let writes = facts.references.iter().filter(|it| it.role == Role::Write && named(it.name));
    own.extend(writes.filter_map(|it| it.value));
    let mut at = 0;
    while at < own.len().min(64) {
        if let Expression::Either(items) | Expression::Concat(items) = facts.expression(own[at]) {
            own.extend(facts.list(items));
        }
        at += 1;
    }
    let origin = "rest_framework.routers.DefaultRouter().register";
    let Some(rule) = origins.rules.about(origin).next() else { return };
    for reference in facts.references.iter().filter(|it| it.role == Role::Read) {
        if !own.contains(&reference.expression) {
            continue;
        }
        if let Some(child) = urls_of(origins, file, reference.expression) {
            found.push(Raw {
                rule,
                file,
                owner: None,
                function: None,
                span: reference.span,
                parts: Vec::new(),
                methods: Vec::new(),
                router: Some(Router::File(file)),
                prefix: Vec::new(),
                child: Some(child),
            });
        }
    }
}
