//! What may run in place of the method that a call names.
//!
//! A method of an interface, or one that types below override, stands for all of them; the edges to
//! those are `dispatch`. Less may run where more is known: a receiver that is made on the spot, and
//! given nothing else later, is of exactly that type; a mock runs nothing of the project; and tests
//! make what they call, so that what overrides a method with a body is only `maybe` there (read one
//! by one, a third of such edges held).

use super::bind::{Binder, FEW, Target};
use super::evaluate::{How, Value};
use super::world::{DefinitionRef, ScopeRef};
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::facts::{DefinitionFlags, Expression, ExpressionId, Reference, SymbolKind};

impl Binder<'_, '_> {
    /// Whether what overrides a method with a body may run in its place: the receiver is an
    /// instance of the type or of one below it.
    pub(super) fn is_virtual(&self, at: DefinitionRef, how: How) -> bool {
        let definition = self.world.definition(at);
        definition.kind == SymbolKind::Method
            && !definition.flags.contains(DefinitionFlags::STATIC)
            && !how.contains(How::SUPER)
            && (how.contains(How::ANNOTATION) || !how.contains(How::CONSTRUCTOR))
            && self.world.file(at.file).semantics.methods_are_virtual()
    }

    pub(super) fn dispatch(
        &mut self,
        reference: &Reference,
        at: DefinitionRef,
        receiver: Option<DefinitionRef>,
    ) {
        let declares = self.owner(at);
        let unsaid = || self.unsaid_receiver(reference.expression, declares?);
        let Some(owner) = receiver.or_else(unsaid).or(declares) else { return };
        let word = self.world.name_of(at);
        let semantics = self.world.file(at.file).semantics;
        let typed = semantics.overloads_by_type();
        if self.is_mocked(reference.expression) {
            return;
        }
        if let Some(made) = self.made_receiver(reference.expression) {
            // What is made is no instance of anything below it.
            let found = self.evaluator.member_of_type(made, word, How::RECEIVER);
            for other in self.definitions(&found) {
                let method = self.world.definition(other).kind.is_callable();
                if other != at && method && (!typed || self.has_signature(other, at)) {
                    let to = Target::Definition(other);
                    self.edge(reference, to, EdgeKind::Calls, Tier::Dispatch, "dispatch");
                }
            }
            return;
        }
        let in_test = self.world.file(self.file).source.flags.test;
        // Tests make what they call: where a body is found, it is mostly that which runs.
        let written = !self
            .world
            .definition(at)
            .flags
            .intersects(DefinitionFlags::ABSTRACT | DefinitionFlags::DECLARATION);
        let open = semantics.dispatch_is_open() || in_test && written;
        let tier = if open { Tier::Maybe } else { Tier::Dispatch };
        let (world, hierarchy) = (self.world, self.evaluator.hierarchy);
        let overrides = |other: DefinitionRef| {
            // Test doubles are instantiated by tests only.
            let flags = world.file(other.file).source.flags;
            other != at
                && (in_test || !(flags.test || flags.example))
                && (!typed || self.has_signature(other, at))
        };
        for other in hierarchy.overriders(world, owner, word, FEW, overrides) {
            let to = Target::Definition(other);
            self.edge(reference, to, EdgeKind::Calls, tier, "dispatch");
        }
    }

    /// The type of the receiver of a call that names none (`draw()` for `this.draw()`): the innermost
    /// type around it that has the members of the one that declares the method.
    fn unsaid_receiver(
        &self,
        call: ExpressionId,
        declares: DefinitionRef,
    ) -> Option<DefinitionRef> {
        let Expression::Call { callee, .. } = self.facts.expression(call) else { return None };
        let Expression::Name { scope, .. } = self.facts.expression(callee) else { return None };
        let (world, hierarchy) = (self.world, self.evaluator.hierarchy);
        let mut scope = Some(scope);
        while let Some(at) = scope {
            let around = world.type_scope(ScopeRef { file: self.file, scope: at })?;
            if let Some(class) = hierarchy.type_of_scope(world, around)
                && (class == declares || hierarchy.ancestors(class).0.contains(&declares))
            {
                return Some(class);
            }
            scope = self.facts.scopes[around.scope.index()].parent;
        }
        None
    }

    /// Whether the receiver of a call is a field for which a mocking library makes a class of its
    /// own.
    fn is_mocked(&mut self, call: ExpressionId) -> bool {
        let Expression::Call { callee, .. } = self.facts.expression(call) else { return false };
        let Expression::Member { base, .. } = self.facts.expression(callee) else { return false };
        let Expression::Name { name, scope } = self.facts.expression(base) else { return false };
        let word = self.world.file(self.file).word(name);
        let found = self.evaluator.look_up(self.file, scope, word);
        self.definitions(&found).iter().any(|at| {
            let file = self.world.file(at.file);
            let decorators = &self.world.definition(*at).decorators;
            decorators.iter().any(|it| file.semantics.is_mock(&file.facts().render(*it)))
        })
    }

    /// The type whose constructor alone gives the receiver of a call: `Reader in = new Reader()`,
    /// never assigned again.
    fn made_receiver(&mut self, call: ExpressionId) -> Option<DefinitionRef> {
        let Expression::Call { callee, .. } = self.facts.expression(call) else { return None };
        let Expression::Member { base, .. } = self.facts.expression(callee) else { return None };
        let made = match self.facts.expression(base) {
            Expression::New { class, .. } => class,
            Expression::Name { name, scope } => self.evaluator.made(scope, name)?,
            _ => return None,
        };
        match *self.evaluator.types(made).items.as_slice() {
            [Value::Instance { class, .. }] => Some(class),
            _ => None,
        }
    }
}
