//! Calls that go through an interface to what implements it.
//!
//! Rust has three forms of it. The interface is named and the receiver is an argument
//! (`Service::call(&mut inner, request)`). One type implements an interface several times, for
//! different type arguments, and only the call's arguments tell which is meant. The interface or
//! the type is not indexed, but the implementation is written here (`impl CommandExt for Command`,
//! `impl Display for Error`). Where arguments would have to tell and do not, nothing surer than
//! `maybe` is named.

use super::bind::{Binder, Target};
use super::evaluate::{Found, How, Value, Values};
use super::world::{DefinitionRef, ScopeRef, Word};
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::facts::{
    Expression, ExpressionId, ImportId, List, ParameterKind, Reference, ScopeId, SymbolKind,
};
use smallvec::SmallVec;

impl<'w> Binder<'w, '_> {
    /// `Service::call(&mut inner, request)` names the method of a trait and calls that of the first
    /// argument's type.
    pub(super) fn through_interface(
        &mut self,
        mut values: Values<'w>,
        arguments: Option<List>,
    ) -> Values<'w> {
        let Some(first) = arguments.and_then(|list| self.facts.list(list).first().copied()) else {
            return values;
        };
        let [Value::Definition(at)] = *values.items.as_slice() else { return values };
        let definition = self.world.definition(at);
        let receiver = definition.parameters.first();
        let interface = self
            .owner(at)
            .filter(|_| receiver.is_some_and(|p| p.kind == ParameterKind::Receiver))
            .filter(|owner| self.world.definition(*owner).kind == SymbolKind::Interface);
        let Some(interface) = interface else { return values };
        if !self.world.file(at.file).semantics.calls_through_interfaces() {
            return values;
        }
        let argument = self.evaluator.evaluate(first);
        let Some(Value::Instance { class, .. }) = argument.items.first().copied() else {
            return values;
        };
        let word = self.world.name_of(at);
        if let Some(one) =
            self.evaluator.hierarchy.implementation(self.world, class, interface, word)
        {
            values.items = [Value::Definition(one)].into_iter().collect();
            values.how |= How::RECEIVER;
        }
        values
    }

    /// Whether two methods stand in implementations of one interface for one type.
    pub(super) fn implements(&self, one: DefinitionRef, other: DefinitionRef) -> bool {
        self.implemented(one).is_some_and(|found| self.implemented(other) == Some(found))
    }

    /// The interface, by the name that is written, and the type whose implementation of it a method
    /// stands in.
    fn implemented(&self, at: DefinitionRef) -> Option<(Word, DefinitionRef)> {
        let hierarchy = self.evaluator.hierarchy;
        let facts = self.world.file(at.file).facts();
        let scope = self.world.definition(at).scope?;
        let scope = facts.scopes[scope.index()].parent?;
        let scope = self.world.type_scope(ScopeRef { file: at.file, scope })?;
        Some((*hierarchy.written.get(&scope)?, *hierarchy.target.get(&scope)?))
    }

    /// All implementations of the interface for the type, where a look-up found several.
    pub(super) fn implementations(&self, functions: Vec<DefinitionRef>) -> Vec<DefinitionRef> {
        let [first, second, ..] = functions.as_slice() else { return functions };
        if !self.implements(*first, *second) {
            return functions;
        }
        let Some((written, target)) = self.implemented(*first) else { return functions };
        let hierarchy = self.evaluator.hierarchy;
        let word = self.world.name_of(*first);
        let scopes = hierarchy.extensions.get(&target).map_or(&[][..], Vec::as_slice);
        scopes
            .iter()
            .filter(|scope| hierarchy.written.get(scope) == Some(&written))
            .filter_map(|scope| self.world.method(*scope, word))
            .collect()
    }

    /// What is called of something outside, but written here: a method that a trait of the project
    /// gives a type of a dependency (`impl CommandExt for Command`), or a type of the project's
    /// method for a trait of the library (`Display::fmt(&error, f)`).
    pub(super) fn given_from_here(
        &mut self,
        reference: &Reference,
        callee: ExpressionId,
        arguments: Option<List>,
    ) {
        let Expression::Member { base, name } = self.facts.expression(callee) else { return };
        let world = self.world;
        let file = world.file(self.file);
        if !file.semantics.calls_through_interfaces() {
            return;
        }
        let (hierarchy, word) = (self.evaluator.hierarchy, file.word(name));
        let Some(name) = self.outside_name(base) else { return };
        let family = file.source.language.family();
        let rows = hierarchy.outside.get(&(file.repository, name)).map_or(&[][..], Vec::as_slice);
        let scope = self.evaluator.scope_of(self.file, base);
        let mut found: SmallVec<[DefinitionRef; 2]> = SmallVec::new();
        for (extension, interface) in rows {
            if world.file(extension.file).source.language.family() != family {
                continue;
            }
            let method = world.method(*extension, word).or_else(|| {
                let member = self.evaluator.member_of_type((*interface)?, word, How::RECEIVER);
                self.definitions(&member).first().copied()
            });
            if let Some(method) = method
                && !found.contains(&method)
                && self.is_in_scope(*interface, scope)
            {
                found.push(method);
            }
        }
        let first = arguments.and_then(|list| self.facts.list(list).first().copied());
        if let (true, Some(first)) = (found.is_empty(), first)
            && let [Value::Instance { class, .. }] =
                *self.evaluator.evaluate(first).items.as_slice()
        {
            // What is passed first is the receiver only of what has one.
            let receives = |at: &DefinitionRef| {
                let first = world.definition(*at).parameters.first();
                first.is_some_and(|parameter| parameter.kind == ParameterKind::Receiver)
            };
            let scopes = hierarchy.extensions.get(&class).map_or(&[][..], Vec::as_slice);
            let named = scopes.iter().filter(|scope| hierarchy.written.get(scope) == Some(&name));
            found.extend(named.filter_map(|scope| world.method(*scope, word)).filter(receives));
        }
        // Several implementations of one interface: only arguments tell, and they were not asked.
        let [at] = found.as_slice() else { return };
        if at.file != self.file || reference.within != Some(at.definition) {
            let to = Target::Definition(*at);
            self.edge(reference, to, EdgeKind::Calls, Tier::Typed, "extension");
        }
    }

    /// Whether an interface's methods can be called from a place: it is written in this file, or
    /// its name means it there, or it is imported without a name.
    fn is_in_scope(&mut self, interface: Option<DefinitionRef>, scope: Option<ScopeId>) -> bool {
        // Without one, this is a type that is generated when the project is built.
        let Some(interface) = interface else { return true };
        if interface.file == self.file {
            return true;
        }
        let name = self.world.name_of(interface);
        let scope = scope.unwrap_or(ScopeId::MODULE);
        let found = self.evaluator.look_up(self.file, scope, name);
        if self.definitions(&found).contains(&interface) {
            return true;
        }
        let file = self.world.file(self.file);
        (0..).zip(&self.facts.imports).any(|(row, import)| {
            let named =
                import.bound.is_none() && import.item.is_some_and(|item| file.word(item) == name);
            named && {
                let found = self.evaluator.import(self.file, ImportId(row));
                self.definitions(&found).contains(&interface)
            }
        })
    }

    /// The name of the type of a dependency that an expression is or has.
    fn outside_name(&mut self, base: ExpressionId) -> Option<Word> {
        match self.facts.expression(base) {
            Expression::This(scope) | Expression::SelfType(scope) => {
                let scope = self.world.type_scope(ScopeRef { file: self.file, scope })?;
                let extensions = &self.facts.extensions;
                let extension = extensions.iter().find(|row| row.scope == scope.scope)?;
                self.world.type_name(self.file, extension.target)
            }
            Expression::Name { name, scope } => {
                let word = self.world.file(self.file).word(name);
                match self.evaluator.look_up(self.file, scope, word) {
                    Found::External => Some(word),
                    Found::Sites(sites, _) if self.leads_outside(&sites) => Some(word),
                    _ => self.type_word(self.file, base, 0),
                }
            }
            Expression::Imported(_) => self.world.type_name(self.file, base),
            // `fmt::Display`, or a variant of a type that is not indexed.
            Expression::Member { base: outer, name } => {
                let values = self.evaluator.evaluate(base);
                if values.items.iter().any(|value| !matches!(value, Value::External(_))) {
                    return None;
                }
                let word = self.world.file(self.file).word(name);
                let repository = self.world.file(self.file).repository;
                let hierarchy = self.evaluator.hierarchy;
                match self.world.type_name(self.file, outer) {
                    Some(owner) if hierarchy.outside.contains_key(&(repository, owner)) => {
                        Some(owner)
                    }
                    _ if self.world.text(word).starts_with(char::is_uppercase) => Some(word),
                    _ => self.type_word(self.file, base, 0),
                }
            }
            _ => self.type_word(self.file, base, 0),
        }
    }
}
