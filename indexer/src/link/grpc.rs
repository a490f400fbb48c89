//! gRPC: services of a contract, the types that implement them, the stubs that call them.
//!
//! Generated code is not read (it is often not even committed). Its names are a convention of the
//! generators: implementations extend `Unimplemented<Service>Server` (Go), `<Service>Servicer`
//! (Python) or `<Service>ImplBase` (Java); clients are made by something named after the service
//! that ends in `Stub` or `Client`. The service and its methods must be in an indexed contract.

use super::brought::Brought;
use super::origin::{Origins, Shared};
use super::{Side, each_file};
use crate::resolve::{DefinitionRef, World};
use qf_graph::facts::{DefinitionId, Expression, Role};
use qf_graph::key::Channel;
use rustc_hash::FxHashMap;

/// Methods of all services in contracts: lower-case method → service name, key.
type Methods = FxHashMap<String, Vec<(String, String)>>;

/// Sides in code for the services that contracts declare.
pub fn sides(shared: &Shared<'_, '_>, others: &[&Brought]) -> Vec<Side> {
    let methods = methods(shared.world, others);
    if methods.is_empty() {
        return Vec::new();
    }
    each_file(shared, |origins, file| {
        let mut found = Vec::new();
        servers(origins, file, &methods, &mut found);
        clients(origins, file, &methods, &mut found);
        found
    })
}

fn methods(world: &World<'_>, others: &[&Brought]) -> Methods {
    let mut methods = Methods::default();
    let own = world.files.iter().flat_map(|index| &index.facts().keys);
    let own = own.filter(|key| key.channel == Channel::Grpc).map(|key| key.text.as_str());
    let others = others.iter().flat_map(|brought| brought.contracts(Channel::Grpc));
    let mut all: Vec<&str> = own.chain(others).collect();
    all.sort_unstable();
    for text in all {
        let Some((service, method)) = text.rsplit_once('/') else { continue };
        let service = service.rsplit('.').next().unwrap_or(service);
        methods.entry(plain(method)).or_default().push((service.to_owned(), text.to_owned()));
    }
    methods
}

/// `GetUser`, `getUser` and `get_user` are one method.
fn plain(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

fn servers(origins: &mut Origins<'_, '_>, file: u32, methods: &Methods, found: &mut Vec<Side>) {
    let world = origins.world;
    let facts = world.file(file).facts();
    for (row, definition) in facts.definitions.iter().enumerate() {
        if !definition.kind.is_callable() {
            continue;
        }
        let Some(candidates) = methods.get(&plain(facts.text(definition.name))) else { continue };
        let Some(owner) = definition.parent else { continue };
        for base in &facts.definitions[owner.index()].bases {
            let base = facts.render(*base);
            let base = base.rsplit('.').next().unwrap_or(&base);
            for (service, key) in candidates {
                let implements = base == format!("Unimplemented{service}Server")
                    || base == format!("{service}Servicer")
                    || base == format!("{service}ImplBase");
                if implements {
                    let definition = DefinitionId(row as u32);
                    let owner = DefinitionRef { file, definition };
                    let place = (file, Some(owner), facts.definitions[row].name_span);
                    let rule = "grpc/implementation";
                    found.push(Side::new(Channel::Grpc, key.clone(), place, rule));
                }
            }
        }
    }
}

fn clients(origins: &mut Origins<'_, '_>, file: u32, methods: &Methods, found: &mut Vec<Side>) {
    let world = origins.world;
    let facts = world.file(file).facts();
    for reference in &facts.references {
        if reference.role != Role::Call {
            continue;
        }
        let Some(candidates) = methods.get(&plain(facts.text(reference.name))) else { continue };
        let Expression::Call { callee, .. } = facts.expression(reference.expression) else {
            continue;
        };
        let Expression::Member { base, .. } = facts.expression(callee) else { continue };
        let Some(origin) = origins.origin(file, base, 0) else { continue };
        for (service, key) in candidates {
            let stub = origin
                .split(['.', '/'])
                .any(|part| part.contains(service.as_str()) && is_stub(part));
            if stub {
                let owner = reference.within.map(|definition| DefinitionRef { file, definition });
                let place = (file, owner, reference.span);
                let side = Side::new(Channel::Grpc, key.clone(), place, "grpc/stub");
                found.push(Side { provides: false, ..side });
            }
        }
    }
}

fn is_stub(part: &str) -> bool {
    let part = part.trim_end_matches("()");
    part.ends_with("Stub") || part.ends_with("Client") || part.ends_with("Grpc")
}
