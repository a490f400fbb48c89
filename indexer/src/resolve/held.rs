//! Which types an interface holds, where one package can tell.
//!
//! Where having the methods is implementing (Go), a type may fit an interface by chance:
//! `Route.Match` has the shape of `matcher`, but no route is ever put among the matchers. An
//! interface whose name is not exported gets its values in its own package, so all the places that
//! give it one are in sight: arguments, assignments, literals, returns. A type that fits and is
//! given in none of them does not run in calls through the interface. The search is by name first
//! and by type then; as soon as one place cannot be followed — an assertion, a channel, a value of
//! another interface, an exported function that takes it — everything that fits stays.

use super::evaluate::{Evaluator, Value, Values};
use super::hierarchy::{Hierarchy, package};
use super::world::{DefinitionRef, NamespaceId, ScopeRef, Word, World};
use qf_graph::facts::{
    BindingValue, CollectionKind, DefinitionFlags, Expression, ExpressionId, FileFacts, Name,
    Reference, Role, SymbolKind,
};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// As many returns of a function are kept at most.
const RETURNS: usize = 8;

/// A type expression is followed this deep.
const DEEP: u32 = 6;

/// Built-in types that are given beside a value of an interface.
const SCALARS: [&str; 9] =
    ["any", "bool", "bytes", "complex", "error", "float", "int", "rune", "str"];

/// Some of the interfaces of one package: a bit for each, by its position among them.
type Positions = u64;

/// The pairs (type, interface) among those that fit in which the interface never holds the type.
pub(super) fn never_held(
    world: &World<'_>,
    hierarchy: &Hierarchy,
) -> FxHashSet<(DefinitionRef, DefinitionRef)> {
    let mut packages: FxHashMap<NamespaceId, Vec<DefinitionRef>> = FxHashMap::default();
    for (_, interface) in &hierarchy.structural {
        let definition = world.definition(*interface);
        let own = !definition.flags.contains(DefinitionFlags::EXPORTED)
            && definition.parent.is_none()
            && definition.name != Name(0);
        if let (true, Some(package)) = (own, package(world, interface.file)) {
            packages.entry(package).or_default().push(*interface);
        }
    }
    let mut packages: Vec<_> = packages.into_iter().collect();
    packages.sort_unstable();
    let held: Vec<(DefinitionRef, FxHashSet<DefinitionRef>)> = packages
        .into_par_iter()
        .flat_map_iter(|(package, mut interfaces)| {
            interfaces.sort_unstable();
            interfaces.dedup();
            interfaces.truncate(Positions::BITS as usize);
            let scopes = &world.namespaces[package.0 as usize].scopes;
            let mut package = Package::new(world, scopes, interfaces);
            for scope in scopes {
                package.read(hierarchy, scope.file);
            }
            package.held()
        })
        .collect();
    let held: FxHashMap<_, _> = held.into_iter().collect();
    let never = |(this, interface): &&(DefinitionRef, DefinitionRef)| {
        held.get(interface).is_some_and(|types| !types.contains(this))
    };
    hierarchy.structural.iter().filter(never).copied().collect()
}

/// A package and what gives its interfaces values.
struct Package<'w> {
    world: &'w World<'w>,
    interfaces: Vec<DefinitionRef>,
    /// Names of the interfaces, and of types written with them.
    types: FxHashMap<Word, Positions>,
    /// Names of what takes such values: functions by their parameters, types by their fields, the
    /// fields and variables themselves.
    takers: FxHashMap<Word, Positions>,
    /// Of those, the functions: one that is used as a value is called from anywhere.
    functions: FxHashMap<Word, Positions>,
    /// The types given to each.
    given: Vec<FxHashSet<DefinitionRef>>,
    /// Interfaces that may be given what is not seen here.
    open: Positions,
}

impl<'w> Package<'w> {
    fn new(world: &'w World<'w>, scopes: &[ScopeRef], interfaces: Vec<DefinitionRef>) -> Self {
        let mut types: FxHashMap<Word, Positions> = FxHashMap::default();
        for (position, interface) in interfaces.iter().enumerate() {
            *types.entry(world.name_of(*interface)).or_default() |= 1 << position;
        }
        let given = vec![FxHashSet::default(); interfaces.len()];
        let (takers, functions) = (FxHashMap::default(), FxHashMap::default());
        let mut package = Self { world, interfaces, types, takers, functions, given, open: 0 };
        while scopes.iter().any(|scope| package.name_types(scope.file)) {}
        for scope in scopes {
            package.name_takers(scope.file);
        }
        package
    }

    /// Types that are written with what is known, other than as a field.
    fn name_types(&mut self, file: u32) -> bool {
        let index = self.world.file(file);
        let mut more = false;
        for definition in &index.facts().definitions {
            if !matches!(definition.kind, SymbolKind::Interface | SymbolKind::TypeAlias) {
                continue;
            }
            let written = definition.bases.iter().chain(&definition.declared_type);
            let which = written.fold(0, |which, it| which | self.written_in(file, *it, 0));
            let known = self.types.entry(index.word(definition.name)).or_default();
            more |= *known | which != *known;
            *known |= which;
        }
        more
    }

    fn name_takers(&mut self, file: u32) {
        let index = self.world.file(file);
        let facts = index.facts();
        for definition in &facts.definitions {
            let written =
                definition.parameters.iter().filter_map(|it| it.declared_type).collect::<Vec<_>>();
            let mut taken = self.written_in_any(file, &written);
            let name = index.word(definition.name);
            if definition.kind.is_callable() && taken != 0 {
                *self.functions.entry(name).or_default() |= taken;
                // Who calls a function without a name is not seen.
                if definition.name == Name(0) {
                    self.open |= taken;
                }
            }
            if definition.kind.is_value() {
                taken |= self.written_in_any(file, definition.declared_type.as_ref());
                // A literal of the type gives its fields values.
                if let Some(parent) = definition.parent {
                    self.take(index.word(facts.definitions[parent.index()].name), taken);
                }
            } else if definition.kind == SymbolKind::Struct {
                // What is embedded is a field of its type's name.
                for base in &definition.bases {
                    let which = self.written_in(file, *base, 0);
                    if let Some(name) = self.world.type_name(file, *base) {
                        self.take(name, which);
                    }
                    taken |= which;
                }
            }
            self.take(name, taken);
            // Other packages give values to what is exported, by whatever way they get to it.
            if definition.flags.contains(DefinitionFlags::EXPORTED) {
                match definition.kind {
                    SymbolKind::Struct => {}
                    SymbolKind::TypeAlias | SymbolKind::Interface => {
                        self.open |= self.types.get(&name).copied().unwrap_or(0);
                    }
                    _ => self.open |= taken,
                }
            }
        }
    }

    fn take(&mut self, name: Word, which: Positions) {
        if which != 0 {
            *self.takers.entry(name).or_default() |= which;
        }
    }

    fn written_in_any<'e>(
        &mut self,
        file: u32,
        expressions: impl IntoIterator<Item = &'e ExpressionId>,
    ) -> Positions {
        expressions.into_iter().fold(0, |which, it| which | self.written_in(file, *it, 0))
    }

    /// Which of the interfaces a type expression is written with.
    fn written_in(&mut self, file: u32, expression: ExpressionId, depth: u32) -> Positions {
        let index = self.world.file(file);
        let facts = index.facts();
        match facts.expression(expression) {
            _ if depth > DEEP => 0,
            Expression::Name { name, .. } => {
                self.types.get(&index.word(name)).copied().unwrap_or(0)
            }
            Expression::Generic { base, arguments } => {
                let mut which = self.written_in(file, base, depth + 1);
                for argument in facts.list(arguments) {
                    which |= self.written_in(file, *argument, depth + 1);
                }
                let channel = matches!(facts.expression(base), Expression::Builtin(name)
                    if facts.text(name) == "chan");
                // What is sent is not among the facts, nor what a generic type does with its argument.
                if channel || !matches!(facts.expression(base), Expression::Builtin(_)) {
                    self.open |= which;
                }
                which
            }
            Expression::Either(items) => {
                let items = facts.list(items).to_vec();
                items.iter().fold(0, |which, it| which | self.written_in(file, *it, depth + 1))
            }
            _ => 0,
        }
    }

    /// Reads the places of one file.
    fn read(&mut self, hierarchy: &Hierarchy, file: u32) {
        let (world, index) = (self.world, self.world.file(file));
        let facts = index.facts();
        let mut evaluator = Evaluator::new(world, hierarchy, file);
        for reference in &facts.references {
            self.reference(&mut evaluator, facts, file, reference);
        }
        for definition in &facts.definitions {
            let callable = definition.kind.is_callable();
            let which = self.written_in_any(file, definition.declared_type.as_ref());
            if callable && which != 0 {
                for value in &definition.returns {
                    self.give(&mut evaluator, *value, which);
                }
                if definition.returns.len() >= RETURNS {
                    self.open |= which;
                }
            }
        }
        for binding in &facts.bindings {
            let written = match binding.value {
                BindingValue::Typed(written) => written,
                BindingValue::Value(value) => {
                    // Elements of a local collection are given to it unseen.
                    self.open |= self.made_of(file, value);
                    continue;
                }
                _ => continue,
            };
            let which = self.written_in(file, written, 0);
            if which == 0 {
                continue;
            }
            let mut any = false;
            for other in index.bindings(binding.scope, index.word(binding.name)) {
                if let BindingValue::Value(value) = other.value {
                    self.give(&mut evaluator, value, which);
                    any = true;
                }
            }
            // The case of a switch over types, or a variable that is filled through its address.
            if !any && matches!(facts.expression(written), Expression::Name { .. }) {
                self.open |= which;
            }
        }
        for expression in &facts.expressions {
            match *expression {
                // What is asserted to be one may be anything.
                Expression::InstanceOf(written) => {
                    // Also for the channels among them.
                    let which = self.written_in(file, written, 0);
                    if matches!(facts.expression(written), Expression::Name { .. }) {
                        self.open |= which;
                    }
                }
                Expression::Either(items) => {
                    let [typed, items] = *facts.list(items) else { continue };
                    let Expression::InstanceOf(written) = facts.expression(typed) else { continue };
                    let Expression::Collection { items, .. } = facts.expression(items) else {
                        continue;
                    };
                    let which = self.written_in(file, written, 0);
                    self.give_all(&mut evaluator, facts.list(items), which);
                }
                _ => {}
            }
        }
    }

    /// The interfaces that a new collection is one of.
    fn made_of(&mut self, file: u32, value: ExpressionId) -> Positions {
        let facts = self.world.file(file).facts();
        let made = match facts.expression(value) {
            Expression::Either(items) => facts.list(items).first().copied().unwrap_or(value),
            _ => value,
        };
        match facts.expression(made) {
            Expression::InstanceOf(written) => self.written_in(file, written, 0),
            _ => 0,
        }
    }

    fn reference(
        &mut self,
        evaluator: &mut Evaluator<'w, '_>,
        facts: &FileFacts,
        file: u32,
        reference: &Reference,
    ) {
        let name = self.world.file(file).word(reference.name);
        let mut which = self.takers.get(&name).copied().unwrap_or(0);
        match reference.role {
            Role::Write => {
                if let (true, Some(value)) = (which != 0, reference.value) {
                    self.give(evaluator, value, which);
                }
            }
            Role::Call => {
                let (Expression::Call { arguments, .. } | Expression::New { arguments, .. }) =
                    facts.expression(reference.expression)
                else {
                    return;
                };
                // `matcher(x)`.
                which |= self.types.get(&name).copied().unwrap_or(0);
                let mut values = facts.list(arguments);
                if facts.text(reference.name) == "append"
                    && let Some((list, rest)) = values.split_first()
                {
                    evaluator.begin();
                    which |= self.among(&evaluator.evaluate(*list));
                    values = rest;
                }
                self.give_all(evaluator, values, which);
            }
            Role::Read => self.open |= self.functions.get(&name).copied().unwrap_or(0),
            _ => {}
        }
    }

    /// Which interfaces are the type of a list's elements.
    fn among(&mut self, values: &Values<'w>) -> Positions {
        let mut which = 0;
        for value in &values.items {
            if let Value::Builtin { arguments: Some(parts), .. } = value
                && !parts.values
            {
                let list = self.world.file(parts.file).facts().list(parts.list);
                which |= self.written_in_any(parts.file, list);
            }
        }
        which
    }

    fn give_all(
        &mut self,
        evaluator: &mut Evaluator<'w, '_>,
        values: &[ExpressionId],
        which: Positions,
    ) {
        if which != 0 {
            for value in values {
                self.give(evaluator, *value, which);
            }
        }
    }

    /// Notes that a value is given to what is written with the interfaces.
    fn give(&mut self, evaluator: &mut Evaluator<'w, '_>, value: ExpressionId, which: Positions) {
        let facts = self.world.file(evaluator.file()).facts();
        match facts.expression(value) {
            // `nil`.
            Expression::Unknown => return,
            // A field of a literal is a write of its own.
            Expression::Argument { .. } => return,
            Expression::Collection { kind: CollectionKind::Tuple, items } => {
                return self.give_all(evaluator, facts.list(items), which);
            }
            _ => {}
        }
        evaluator.begin();
        let values = evaluator.evaluate(value);
        if values.items.is_empty() || values.unknown {
            self.open |= which;
        }
        for value in values.items {
            match value {
                Value::Instance { class, .. } => {
                    // What it embeds may be what has the methods.
                    let embedded = evaluator.hierarchy.ancestors(class).0;
                    self.note(class, &embedded, which);
                }
                // A scalar is another argument's; a collection was given its items where it was made;
                // what else cannot be one was not understood.
                Value::Builtin { name, .. } if SCALARS.contains(&name) => {}
                Value::Builtin { arguments: Some(parts), .. }
                    if parts.values || {
                        let list = self.world.file(parts.file).facts().list(parts.list);
                        self.written_in_any(parts.file, list) & which != 0
                    } => {}
                _ => self.open |= which,
            }
        }
    }

    fn note(&mut self, class: DefinitionRef, embedded: &[DefinitionRef], which: Positions) {
        let other = self.world.definition(class).kind == SymbolKind::Interface;
        for position in 0..self.interfaces.len() {
            if which & 1 << position == 0 || self.interfaces[position] == class {
                continue;
            }
            if other {
                self.open |= 1 << position;
            }
            self.given[position].insert(class);
            self.given[position].extend(embedded.iter().copied());
        }
    }

    fn held(self) -> Vec<(DefinitionRef, FxHashSet<DefinitionRef>)> {
        let open = self.open;
        let both = self.interfaces.into_iter().zip(self.given).enumerate();
        both.filter(|(position, _)| open & 1 << position == 0).map(|(_, held)| held).collect()
    }
}
