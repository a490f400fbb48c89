//! Keys of configuration files, and the contracts that are written as such files.
//!
//! Only the two outer levels of keys are worth finding; below them are values. OpenAPI, AsyncAPI
//! and compose files look like configuration but say what a service offers, so they are told apart
//! by their content and give operations and keys instead.

use super::FactsBuilder;
use super::data::{Datum, Pair, Value};
use super::document::{define, normal_route};
use super::{configuration, helm};
use qf_graph::Channel;
use qf_graph::facts::{
    ByteRange, DefinitionFlags, DefinitionId, ExpressionId, ParameterKind, ProxyFact, ScopeKind,
    SymbolKind,
};

/// Keys that are kept of one file.
const MAX_SETTINGS: usize = 200;

/// Operations and schemas that are kept of one contract.
const MAX_OPERATIONS: usize = 5000;

/// Lowers one document of a configuration file.
pub fn document(path: &str, data: &Datum, out: &mut FactsBuilder<'_>) {
    let http = data.get("openapi").or_else(|| data.get("swagger")).is_some();
    if http && (data.get("paths").is_some() || data.get("components").is_some()) {
        openapi(data, out);
    } else if data.get("asyncapi").is_some() && data.get("channels").is_some() {
        asyncapi(data, out);
    } else if data.get("apiVersion").is_some() && data.get("kind").is_some() {
        resource(data, out);
    } else {
        let services = settings(data, out);
        gateway(data, &services, out);
        if helm::is_values(path) {
            helm::values(data, &services, out);
        } else if configuration::is_configuration(path) {
            configuration::keys(data, &services, out);
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        if name.contains("compose") {
            compose(data, &services, out);
        }
    }
}

/// A whole pair's bytes.
fn pair_span(pair: &Pair) -> ByteRange {
    ByteRange { start: pair.key_span.start, end: pair.value.span.end.max(pair.key_span.end) }
}

fn define_pair(
    pair: &Pair,
    kind: SymbolKind,
    name: &str,
    out: &mut FactsBuilder<'_>,
) -> DefinitionId {
    define(out, kind, name, pair_span(pair), pair.key_span, pair.key_span.end)
}

/// Two levels of keys; their definitions with their paths.
fn settings(data: &Datum, out: &mut FactsBuilder<'_>) -> Vec<(String, DefinitionId)> {
    let mut kept = 0;
    let mut known = Vec::new();
    for pair in data.pairs() {
        if kept >= MAX_SETTINGS {
            break;
        }
        kept += 1;
        let id = define_pair(pair, SymbolKind::Setting, &pair.key, out);
        known.push((pair.key.clone(), id));
        out.open_definition(id, ScopeKind::Type);
        for child in pair.value.pairs() {
            if kept >= MAX_SETTINGS {
                break;
            }
            kept += 1;
            let id = define_pair(child, SymbolKind::Setting, &child.key, out);
            known.push((format!("{}.{}", pair.key, child.key), id));
        }
        out.close_definition();
    }
    known
}

/// Whether a text can be the name of an environment variable.
pub fn is_environment_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 128
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn environment_key(
    name: &str,
    id: Option<DefinitionId>,
    span: ByteRange,
    out: &mut FactsBuilder<'_>,
) {
    if is_environment_name(name) {
        out.key(Channel::Env, name.to_owned(), true, id, span);
    }
}

/// `environment:` of compose services, as a map or as a list of `NAME=value`.
fn compose(data: &Datum, services: &[(String, DefinitionId)], out: &mut FactsBuilder<'_>) {
    for service in data.get("services").into_iter().flat_map(Datum::pairs) {
        let path = format!("services.{}", service.key);
        let id = services.iter().find(|(known, _)| *known == path).map(|(_, id)| *id);
        let Some(environment) = service.value.get("environment") else { continue };
        for pair in environment.pairs() {
            environment_key(&pair.key, id, pair.key_span, out);
        }
        for item in environment.items() {
            let text = item.text().unwrap_or("");
            let name = text.split('=').next().unwrap_or("").trim();
            environment_key(name, id, item.span, out);
        }
    }
}

/// A Kubernetes resource: its kind and name, and the variables its containers get.
fn resource(data: &Datum, out: &mut FactsBuilder<'_>) {
    let kind = data.text_of("kind");
    let named = data.get("metadata").and_then(|metadata| metadata.get("name"));
    let name = named.and_then(Datum::text).unwrap_or("");
    let full = if name.is_empty() { kind.to_owned() } else { format!("{kind}.{name}") };
    let name_span = named.map_or(data.span, |named| named.span);
    let id = define(out, SymbolKind::Setting, &full, data.span, name_span, 0);
    if kind == "ConfigMap" || kind == "Secret" {
        for section in ["data", "stringData"] {
            for pair in data.get(section).into_iter().flat_map(Datum::pairs) {
                environment_key(&pair.key, Some(id), pair.key_span, out);
            }
        }
    }
    container_variables(data, id, out, 0);
    if kind == "Ingress" {
        ingress(data, id, out);
    }
}

// ---- gateways ----------------------------------------------------------------------------------

/// The literal beginning of a path pattern (`/orders/**`); none where what follows may be anything but
/// all that is below.
fn beginning(pattern: &str) -> Option<String> {
    let end = pattern.find(['*', '{']).unwrap_or(pattern.len());
    let (path, rest) = (pattern[..end].trim_end_matches('/'), &pattern[end..]);
    let whole = matches!(rest, "" | "*" | "**") || rest.starts_with("{*");
    match path {
        "" if whole => Some("/".to_owned()),
        "" => None,
        path if path.starts_with('/') => Some(path.to_owned()),
        _ => None,
    }
}

/// `lb://orders`, `http://orders:8080`.
fn host_of(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

/// Routes of Spring Cloud Gateway and of Zuul.
fn gateway(data: &Datum, services: &[(String, DefinitionId)], out: &mut FactsBuilder<'_>) {
    let definition = |path: &str| services.iter().find(|(own, _)| own == path).map(|(_, id)| *id);
    let cloud = data.at(&["spring", "cloud", "gateway"]);
    let routes = cloud.and_then(|cloud| {
        cloud.get("routes").or_else(|| cloud.at(&["server", "webflux", "routes"]))
    });
    for route in routes.into_iter().flat_map(Datum::items).take(MAX_OPERATIONS) {
        let host = host_of(route.text_of("uri"));
        let of = |list: &str, name: &str| -> Option<String> {
            let items = route.get(list)?.items().iter();
            items.filter_map(Datum::text).find_map(|item| {
                let (own, value) = item.split_once('=')?;
                (own.trim() == name).then(|| value.trim().to_owned())
            })
        };
        // What a rewriting filter makes of a path is not followed.
        if host.is_empty() || of("filters", "RewritePath").is_some() {
            continue;
        }
        let strip: usize = of("filters", "StripPrefix").and_then(|it| it.parse().ok()).unwrap_or(0);
        for pattern in of("predicates", "Path").iter().flat_map(|paths| paths.split(',')) {
            let Some(path) = beginning(pattern.trim()) else { continue };
            // A variable among what is stripped leaves nobody knows what.
            if strip > path.split('/').skip(1).count() {
                continue;
            }
            let left: Vec<&str> = path.split('/').skip(1 + strip).collect();
            out.proxy(ProxyFact {
                replaced_by: (strip > 0).then(|| format!("/{}", left.join("/"))),
                path,
                host: host.clone(),
                definition: definition("spring.cloud"),
            });
        }
    }
    for route in data.at(&["zuul", "routes"]).into_iter().flat_map(Datum::pairs) {
        let value = &route.value;
        let written = value.text().unwrap_or_else(|| value.text_of("path"));
        let all = format!("/{}/**", route.key);
        let Some(path) = beginning(if written.is_empty() { &all } else { written }) else {
            continue;
        };
        let service = match (value.text_of("url"), value.text_of("serviceId")) {
            ("", "") => route.key.clone(),
            ("", service) => service.to_owned(),
            (address, _) => host_of(address),
        };
        let strips = value.text_of("stripPrefix") != "false";
        out.proxy(ProxyFact {
            path,
            host: service,
            replaced_by: strips.then(|| "/".to_owned()),
            definition: definition("zuul.routes"),
        });
    }
}

/// Backends of a Kubernetes ingress.
fn ingress(data: &Datum, id: DefinitionId, out: &mut FactsBuilder<'_>) {
    let rules = data.at(&["spec", "rules"]).into_iter().flat_map(Datum::items);
    let paths = rules.filter_map(|rule| rule.at(&["http", "paths"])).flat_map(Datum::items);
    for path in paths.take(MAX_OPERATIONS) {
        let service = path.at(&["backend", "service", "name"]).and_then(Datum::text);
        let below = path.text_of("path").split('(').next().unwrap_or_default();
        if let (Some(service), Some(path)) = (service, beginning(below)) {
            out.proxy(ProxyFact {
                path,
                host: service.to_owned(),
                replaced_by: None,
                definition: Some(id),
            });
        }
    }
}

fn container_variables(data: &Datum, id: DefinitionId, out: &mut FactsBuilder<'_>, depth: u32) {
    if depth > 24 {
        return;
    }
    for pair in data.pairs() {
        if pair.key == "env" {
            for variable in pair.value.items() {
                environment_key(variable.text_of("name"), Some(id), variable.span, out);
            }
        } else {
            container_variables(&pair.value, id, out, depth + 1);
        }
    }
    for item in data.items() {
        container_variables(item, id, out, depth + 1);
    }
}

// ---- OpenAPI -----------------------------------------------------------------------------------

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

fn openapi(data: &Datum, out: &mut FactsBuilder<'_>) {
    let bases = base_paths(data);
    let mut kept = 0;
    for path in data.get("paths").into_iter().flat_map(Datum::pairs) {
        for method in path.value.pairs() {
            if METHODS.contains(&method.key.as_str()) && kept < MAX_OPERATIONS {
                kept += 1;
                operation(path, method, &bases, out);
            }
        }
    }
    let schemas = data.at(&["components", "schemas"]).or_else(|| data.get("definitions"));
    for schema in schemas.into_iter().flat_map(Datum::pairs).take(MAX_OPERATIONS) {
        self::schema(schema, out);
    }
}

/// Path parts of the servers' addresses; at least one, which may be empty.
fn base_paths(data: &Datum) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let servers = data.get("servers").into_iter().flat_map(Datum::items);
    for address in servers.map(|server| server.text_of("url")).chain([data.text_of("basePath")]) {
        let path = match address.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("", |slash| &rest[slash..]),
            None => address,
        };
        let path = path.trim_end_matches('/').to_owned();
        if !address.is_empty() && !out.contains(&path) && out.len() < 4 {
            out.push(path);
        }
    }
    if out.is_empty() {
        out.push(String::new());
    }
    out
}

fn operation(path: &Pair, method: &Pair, bases: &[String], out: &mut FactsBuilder<'_>) {
    let verb = method.key.to_ascii_uppercase();
    let routes: Vec<String> = bases
        .iter()
        .map(|base| format!("{verb} {}", normal_route(&format!("{base}/{}", path.key))))
        .collect();
    let named = method.value.get("operationId");
    let name = named.and_then(Datum::text).map_or_else(|| routes[0].clone(), str::to_owned);
    let name_span = named.map_or(method.key_span, |named| named.span);
    let id = define(out, SymbolKind::Operation, &name, pair_span(method), name_span, 0);
    let summary = [method.value.text_of("summary"), method.value.text_of("description")];
    out.set_doc(id, summary.join("\n").trim());
    if method.value.text_of("deprecated") == "true" {
        out.get_mut(id).flags |= DefinitionFlags::DEPRECATED;
    }
    out.open_definition(id, ScopeKind::Function);
    let shared = path.value.get("parameters").into_iter().flat_map(Datum::items);
    let own = method.value.get("parameters").into_iter().flat_map(Datum::items);
    for parameter in shared.chain(own) {
        let name = parameter.text_of("name");
        if !name.is_empty() {
            let written = parameter.get("schema").unwrap_or(parameter);
            let declared = schema_type(written, out, 0);
            let at = parameter.span.start;
            out.parameter(id, name, declared, None, ParameterKind::Keyword, at);
        }
    }
    if let Some(body) = method.value.get("requestBody") {
        let content = body.get("content").and_then(|it| it.get("application/json"));
        let written = content.and_then(|content| content.get("schema"));
        let declared = written.and_then(|written| schema_type(written, out, 0));
        out.parameter(id, "body", declared, None, ParameterKind::Keyword, body.span.start);
    }
    out.close_definition();
    for route in routes {
        out.key(Channel::Http, route, true, Some(id), path.key_span);
    }
}

fn schema(pair: &Pair, out: &mut FactsBuilder<'_>) {
    let id = define_pair(pair, SymbolKind::Struct, &pair.key, out);
    out.set_doc(id, pair.value.text_of("description"));
    out.open_definition(id, ScopeKind::Type);
    let parts = ["allOf", "oneOf", "anyOf"];
    let combined = parts.into_iter().flat_map(|name| {
        let all = pair.value.get(name).into_iter().flat_map(Datum::items);
        all.map(move |part| (part, name == "allOf"))
    });
    for (part, always) in combined.chain([(&pair.value, true)]) {
        let required: Vec<&str> = part
            .get("required")
            .into_iter()
            .flat_map(Datum::items)
            .filter_map(Datum::text)
            .collect();
        for property in part.get("properties").into_iter().flat_map(Datum::pairs) {
            let field = define_pair(property, SymbolKind::Field, &property.key, out);
            let sent = property.value.text_of("readOnly") != "true";
            if !(always && sent && required.contains(&property.key.as_str())) {
                out.get_mut(field).flags |= DefinitionFlags::OPTIONAL;
            }
            out.set_doc(field, property.value.text_of("description"));
            let declared = schema_type(&property.value, out, 0);
            out.get_mut(field).declared_type = declared;
        }
    }
    out.close_definition();
}

/// The type a JSON schema stands for.
fn schema_type(data: &Datum, out: &mut FactsBuilder<'_>, depth: u32) -> Option<ExpressionId> {
    if depth > 8 {
        return None;
    }
    if let Some(reference) = data.get("$ref") {
        let name = reference.text().unwrap_or("").rsplit('/').next().unwrap_or("").to_owned();
        let expression = out.name_expression(&name);
        out.type_reference(&name, reference.span, expression);
        return Some(expression);
    }
    let name = match data.get("type").map(|written| &written.value) {
        Some(Value::Scalar(name)) => name.as_str(),
        // 3.1: `type: [string, "null"]`
        Some(Value::List(items)) => items.iter().find_map(Datum::text).unwrap_or(""),
        _ => "",
    };
    Some(match name {
        "integer" => out.builtin("int"),
        "number" => out.builtin("float"),
        "string" => out.builtin("str"),
        "boolean" => out.builtin("bool"),
        "object" => out.builtin("dict"),
        "array" => {
            let element = data
                .get("items")
                .and_then(|items| schema_type(items, out, depth + 1))
                .unwrap_or(ExpressionId::UNKNOWN);
            let list = out.builtin("list");
            out.generic(list, &[element])
        }
        _ => return None,
    })
}

// ---- AsyncAPI ----------------------------------------------------------------------------------

fn asyncapi(data: &Datum, out: &mut FactsBuilder<'_>) {
    for channel in data.get("channels").into_iter().flat_map(Datum::pairs).take(MAX_OPERATIONS) {
        let address = channel.value.get("address").and_then(Datum::text).unwrap_or(&channel.key);
        let id = define_pair(channel, SymbolKind::Operation, &channel.key, out);
        out.set_doc(id, channel.value.text_of("description"));
        let topic = if address.contains('{') && address.contains('/') {
            normal_route(address).trim_start_matches('/').to_owned()
        } else {
            address.to_owned()
        };
        out.key(Channel::Topic, topic, true, Some(id), channel.key_span);
    }
    for schema in data.at(&["components", "schemas"]).into_iter().flat_map(Datum::pairs) {
        self::schema(schema, out);
    }
}
