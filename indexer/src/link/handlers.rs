//! The function behind a handler argument: by name, wrapped, bound, made a view of, or named by a
//! class and a text.

use super::arguments::text;
use super::origin::{End, Origins};
use crate::resolve::hierarchy::Base;
use crate::resolve::{DefinitionRef, World};
use qf_graph::facts::{BindingValue, Expression, ExpressionId, Name};

/// The function behind a handler argument: wrapped, bound, or made a view of.
pub fn handler_of(
    origins: &mut Origins<'_, '_>,
    file: u32,
    id: ExpressionId,
    depth: u32,
) -> Option<DefinitionRef> {
    if depth > 3 {
        return None;
    }
    let world = origins.world;
    let facts = world.file(file).facts();
    // `OrderController::class`.
    if let Expression::Member { base, name } = facts.expression(id)
        && facts.text(name) == "class"
    {
        return handler_of(origins, file, base, depth + 1);
    }
    match origins.chase(file, id, 0) {
        End::Definition(at) => {
            let kind = world.definition(at).kind;
            (kind.is_callable() || kind.is_type()).then_some(at)
        }
        End::Expression(file, id) => {
            let facts = world.file(file).facts();
            match facts.expression(id) {
                Expression::Call { callee, arguments } => {
                    let wrapped = facts
                        .list(arguments)
                        .to_vec()
                        .into_iter()
                        .rev()
                        .take(8)
                        .find_map(|argument| handler_of(origins, file, argument, depth + 1));
                    let Expression::Member { base, name } = facts.expression(callee) else {
                        return wrapped;
                    };
                    // `controller.list.bind(controller)`, `OrderView.as_view()`.
                    match facts.text(name) {
                        "bind" | "as_view" | "asView" => handler_of(origins, file, base, depth + 1),
                        _ => wrapped,
                    }
                }
                Expression::Collection { items, .. } => {
                    let (first, last) = (*facts.list(items).first()?, *facts.list(items).last()?);
                    // `[OrderController::class, 'show']`.
                    if let Some(name) = text(facts, last) {
                        let class = handler_of(origins, file, first, depth + 1)?;
                        return method_of(origins, class, name, 0);
                    }
                    handler_of(origins, file, last, depth + 1)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The method of a class of the project, its own or inherited.
pub fn method_of(
    origins: &Origins<'_, '_>,
    class: DefinitionRef,
    name: &str,
    depth: u32,
) -> Option<DefinitionRef> {
    let (world, hierarchy) = (origins.world, origins.evaluator.hierarchy);
    let word = world.word(name)?;
    for scope in hierarchy.member_scopes(world, class) {
        for binding in world.file(scope.file).bindings(scope.scope, word) {
            let BindingValue::Definition(definition) = binding.value else { continue };
            let at = DefinitionRef { file: scope.file, definition };
            if world.definition(at).kind.is_callable() {
                return Some(at);
            }
        }
    }
    let mut bases = hierarchy.bases.get(&class).filter(|_| depth < 8)?.iter();
    bases.find_map(|base| match base {
        Base::Type(base) => method_of(origins, *base, name, depth + 1),
        Base::Outside => None,
    })
}

/// An anonymous handler belongs to the function around it.
pub fn named(world: &World<'_>, at: Option<DefinitionRef>) -> Option<DefinitionRef> {
    let at = at?;
    (world.definition(at).name != Name(0)).then_some(at)
}
