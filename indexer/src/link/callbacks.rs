//! What libraries hand to functions that they are given: `io.on("connection", (socket) => …)`,
//! `app.register((routes) => …)`.
//!
//! Such a parameter has no declared type and no caller in the index, so nothing else says what it
//! is. Rule files do, by the origin of the call that gets the function.

use super::arguments::{at, text};
use super::each_file;
use super::origin::{End, Handed, Origins, Shared};
use crate::resolve::DefinitionRef;
use qf_graph::facts::{Expression, ParameterKind, Role};

/// The parameters of all files, with what is known of them so far taken as known.
pub fn handed(shared: &Shared<'_, '_>) -> Handed {
    let found = each_file(shared, |origins, file| {
        let mut found = Vec::new();
        look(shared, origins, file, &mut found);
        found
    });
    // A function that two libraries are given holds what neither says for certain.
    let mut handed = Handed::default();
    let mut doubtful = Vec::new();
    for (parameter, origin) in found {
        let known = handed.entry(parameter).or_insert_with(|| origin.clone());
        if *known != origin {
            doubtful.push(parameter);
        }
    }
    for parameter in doubtful {
        handed.remove(&parameter);
    }
    handed
}

fn look(
    shared: &Shared<'_, '_>,
    origins: &mut Origins<'_, '_>,
    file: u32,
    found: &mut Vec<((DefinitionRef, u16), String)>,
) {
    let facts = origins.world.file(file).facts();
    for reference in &facts.references {
        let name = facts.text(reference.name);
        if reference.role != Role::Call
            || !shared.rules.calls_back(name)
            || !shared.calls(file, name)
        {
            continue;
        }
        let Expression::Call { callee, arguments } = facts.expression(reference.expression) else {
            continue;
        };
        let Some(origin) = origins.origin(file, callee, 0) else { continue };
        let arguments = facts.list(arguments);
        for callback in shared.rules.callbacks(&origin) {
            let event = arguments.first().and_then(|first| text(facts, *first));
            let meant = callback.events.is_empty()
                || event.is_some_and(|event| callback.events.iter().any(|it| it == event));
            let Some(function) = at(arguments, callback.argument).filter(|_| meant) else {
                continue;
            };
            let End::Definition(function) = origins.chase(file, *function, 0) else { continue };
            let parameters = &origins.world.definition(function).parameters;
            let receiver = parameters.first().map(|first| first.kind);
            let skip = u16::from(receiver == Some(ParameterKind::Receiver));
            found.push(((function, callback.parameter + skip), callback.gives.clone()));
        }
    }
}
