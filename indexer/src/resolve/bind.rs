//! References to edges.
//!
//! Every reference of a file becomes edges with a tier, a rule and the span that proves them — or
//! one unresolved row with the reason. Guessing is the last step and is guarded: the receiver must
//! be unknown (not known to be something else), the name must not be one that built-in or library
//! types have, and the candidates must be few.

use super::evaluate::{ArgumentFlow, Evaluator, Found, How, Site, Value, Values};
use super::hierarchy::{Base, Hierarchy};
use super::world::{DefinitionRef, World};
use crate::languages::Semantics;
use qf_graph::edge::{EdgeKind, Tier, Unresolved};
use qf_graph::facts::{
    BindingValue, ByteRange, Definition, DefinitionFlags, DefinitionId, Expression, ExpressionId,
    FileFacts, ImportId, List, Name, ParameterKind, Reference, ReferenceFlags, Role, ScopeKind,
    SymbolKind,
};
use qf_graph::words;

/// Most candidates of a guess.
pub(super) const FEW: usize = 8;

/// What an edge points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// A definition.
    Definition(DefinitionRef),
    /// A file as a module.
    Module(u32),
}

/// One edge of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// The definition that holds the reference; `None` for top-level code.
    pub from: Option<DefinitionId>,
    /// Target.
    pub to: Target,
    /// Kind.
    pub kind: EdgeKind,
    /// Tier.
    pub tier: Tier,
    /// Rule, without the language.
    pub rule: &'static str,
    /// Evidence.
    pub span: ByteRange,
    /// Properties of the reference.
    pub flags: ReferenceFlags,
}

/// One reference that is bound to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbound {
    /// Row of the reference.
    pub reference: u32,
    /// Why.
    pub reason: Unresolved,
    /// What is known.
    pub detail: String,
}

/// What binding a file gave.
#[derive(Debug, Default)]
pub struct FileEdges {
    /// Edges.
    pub edges: Vec<Bound>,
    /// Unresolved references.
    pub unresolved: Vec<Unbound>,
    /// References that turned out to be local (parameters, variables of the function).
    pub local: u32,
}

/// Binds all references of a file.
pub fn bind_file<'w>(
    world: &'w World<'w>,
    hierarchy: &Hierarchy,
    flow: &ArgumentFlow,
    file: u32,
) -> FileEdges {
    let mut binder = Binder::new(world, hierarchy, flow, file);
    for row in 0..binder.facts.references.len() {
        binder.evaluator.begin();
        binder.reference(row as u32);
    }
    binder.overrides();
    binder.structural();
    binder.out
}

/// Binds the references of one file.
pub(super) struct Binder<'w, 'h> {
    pub(super) world: &'w World<'w>,
    pub(super) facts: &'w FileFacts,
    pub(super) file: u32,
    pub(super) evaluator: Evaluator<'w, 'h>,
    out: FileEdges,
    /// The arguments of the call that is being bound leave several overloads open.
    doubt: bool,
    /// What is called may be one of several functions or types.
    several: bool,
    /// What is called may be one of so many that none is named.
    too_many: bool,
}

impl<'w, 'h> Binder<'w, 'h> {
    pub(super) fn new(
        world: &'w World<'w>,
        hierarchy: &'h Hierarchy,
        flow: &'h ArgumentFlow,
        file: u32,
    ) -> Self {
        Self {
            world,
            facts: world.file(file).facts(),
            file,
            evaluator: Evaluator::new(world, hierarchy, file).with_flow(flow),
            out: FileEdges::default(),
            doubt: false,
            several: false,
            too_many: false,
        }
    }

    fn reference(&mut self, row: u32) {
        let reference = &self.facts.references[row as usize];
        let before = self.out.edges.len();
        let reason = match reference.role {
            Role::Call => self.call(row, reference),
            Role::Read | Role::Write => self.access(reference),
            Role::Type | Role::Inherit => Some(self.type_use(reference)),
            Role::Import => self.import(reference),
        };
        if self.out.edges.len() > before {
            return;
        }
        match reason {
            Some((reason, detail)) => {
                self.out.unresolved.push(Unbound { reference: row, reason, detail });
            }
            None => self.out.local += 1,
        }
    }

    pub(super) fn edge(
        &mut self,
        reference: &Reference,
        to: Target,
        kind: EdgeKind,
        tier: Tier,
        rule: &'static str,
    ) {
        let (tier, rule) = match kind {
            EdgeKind::Calls if self.doubt => (Tier::Maybe, "overload"),
            // One of them runs; which one is decided when it does.
            EdgeKind::Calls | EdgeKind::Instantiates if self.several => {
                (tier.max(Tier::Dispatch), rule)
            }
            _ if reference.flags.contains(ReferenceFlags::EXPANDED) => {
                (tier.max(Tier::Typed), rule)
            }
            _ => (tier, rule),
        };
        let edge = Bound {
            from: reference.within,
            to,
            kind,
            tier,
            rule,
            span: reference.span,
            flags: reference.flags,
        };
        if !self.out.edges.iter().rev().take(16).any(|other| *other == edge) {
            self.out.edges.push(edge);
        }
    }

    // ---- calls --------------------------------------------------------------------------------

    fn call(&mut self, row: u32, reference: &Reference) -> Option<(Unresolved, String)> {
        let first = self.out.edges.len();
        let (callee, arguments, constructs) = self.callee(reference.expression);
        self.doubt = false;
        let values = if constructs {
            self.constructed(callee)
        } else {
            self.evaluator.called(self.file, callee)
        };
        let values = self.evaluator.as_callable(values);
        let values = self.through_interface(values, arguments);
        let values = self.of_its_kind(reference, values);
        self.several = false;
        let targets = self.prefer_bodies(&values, arguments);
        self.several |= targets.iter().filter(|value| self.is_called(value)).count() > 1;
        let targets = if self.several { self.nearest(targets) } else { targets };
        for value in &targets {
            self.call_target(reference, *value, values.how, arguments);
        }
        self.several = false;
        if targets.is_empty() || values.items.iter().any(|v| matches!(v, Value::External(_))) {
            self.given_from_here(reference, callee, arguments);
        }
        self.elsewhere(reference, &values, &targets);
        self.doubt = false;
        if !values.how.contains(How::ARGUMENT) {
            self.decorated(reference, &targets);
        }
        if !constructs {
            self.function_value(reference, callee);
        }
        self.orm_write(reference, callee, arguments);
        self.callbacks(reference, callee, &values, arguments);
        let mut reason = self.why_not(reference, callee, &values, true);
        if std::mem::take(&mut self.too_many) {
            reason = Some((Unresolved::Ambiguous, self.facts.render(callee)));
        }
        if self.out.edges.len() == first
            && let Some(reason) = &reason
            && self.called_value(reference, callee)
        {
            self.out.unresolved.push(Unbound {
                reference: row,
                reason: reason.0,
                detail: reason.1.clone(),
            });
        }
        reason
    }

    /// Values without macros, or only those, where a call says which it means: `error!` is not a
    /// function called `error`. A procedural macro is a function, though.
    fn of_its_kind(&self, reference: &Reference, mut values: Values<'w>) -> Values<'w> {
        if !self.world.file(self.file).semantics.marks_macros() {
            return values;
        }
        let is_macro = |value: &Value<'w>| match value {
            Value::Definition(at) => self.world.definition(*at).kind == SymbolKind::Macro,
            _ => false,
        };
        let called = reference.flags.contains(ReferenceFlags::MACRO);
        if !called || values.items.iter().any(is_macro) {
            values.items.retain(|value| is_macro(value) == called);
        }
        values
    }

    /// Of several functions of one name that a linker might join, those in the nearest folder: a
    /// repository may hold several programs.
    fn nearest(&self, targets: Vec<Value<'w>>) -> Vec<Value<'w>> {
        let from = self.world.file(self.file);
        if from.semantics.program().is_none() {
            return targets;
        }
        let shared = |value: &Value<'w>| match *value {
            Value::Definition(at) => {
                let to = &self.world.file(at.file).source.path;
                let parts = from.source.path.split('/').zip(to.split('/'));
                parts.take_while(|(one, other)| one == other).count()
            }
            _ => usize::MAX,
        };
        let functions = targets.iter().filter(|value| matches!(value, Value::Definition(_)));
        let most = functions.map(shared).max().unwrap_or(0);
        targets.into_iter().filter(|value| shared(value) >= most).collect()
    }

    /// Whether a value is a function or a type of an indexed file.
    fn is_called(&self, value: &Value<'w>) -> bool {
        let (Value::Definition(at) | Value::Method { definition: at, .. }) = *value else {
            return false;
        };
        let definition = self.world.definition(at);
        definition.kind.is_type() || definition.kind.is_callable() && definition.name != Name(0)
    }

    /// The function that a decorator puts in place of the one it is given: it is what runs. One that
    /// takes the other's name and signature (`functools.wraps`) passes for it.
    fn decorated(&mut self, reference: &Reference, targets: &[Value<'w>]) {
        for target in targets {
            let (Value::Definition(at) | Value::Method { definition: at, .. }) = *target else {
                continue;
            };
            for value in self.evaluator.decorated(at).items {
                let Value::Definition(wrapper) = value else { continue };
                let definition = self.world.definition(wrapper);
                let facts = self.world.file(wrapper.file).facts();
                let poses = |decorator: &ExpressionId| facts.render(*decorator).contains("wraps");
                if definition.kind == SymbolKind::Function
                    && definition.name != Name(0)
                    && !definition.decorators.iter().any(poses)
                {
                    let to = Target::Definition(wrapper);
                    self.edge(reference, to, EdgeKind::Calls, Tier::Typed, "decorator");
                }
            }
        }
    }

    /// What is called instead on other platforms, as a possibility.
    fn elsewhere(&mut self, reference: &Reference, values: &Values<'w>, targets: &[Value<'w>]) {
        for value in values.items.iter().filter(|value| !targets.contains(value)) {
            let (Value::Definition(at) | Value::Method { definition: at, .. }) = *value else {
                continue;
            };
            let definition = self.world.definition(at);
            if definition.flags.contains(DefinitionFlags::ELSEWHERE)
                && definition.kind.is_callable()
            {
                let to = Target::Definition(at);
                self.edge(reference, to, EdgeKind::Calls, Tier::Maybe, "other-platform");
            }
        }
    }

    /// Calling what a field or variable holds reads it, also when nobody knows what it holds.
    fn called_value(&mut self, reference: &Reference, callee: ExpressionId) -> bool {
        let Expression::Member { base, name } = self.facts.expression(callee) else { return false };
        let word = self.world.file(self.file).word(name);
        let base = self.evaluator.evaluate(base);
        let found = self.evaluator.member_of(&base, word);
        let Found::Sites(_, how) = found else { return false };
        let (tier, rule) = grade(how);
        let mut any = false;
        for at in self.definitions(&found) {
            if self.world.definition(at).kind.is_value() {
                self.edge(reference, Target::Definition(at), EdgeKind::Reads, tier, rule);
                any = true;
            }
        }
        any
    }

    /// Callee, arguments, and whether it is a construction.
    pub(super) fn callee(&self, expression: ExpressionId) -> (ExpressionId, Option<List>, bool) {
        match self.facts.expression(expression) {
            Expression::Call { callee, arguments } => (callee, Some(arguments), false),
            Expression::New { class, arguments } => (class, Some(arguments), true),
            _ => (expression, None, false),
        }
    }

    /// The types that a construction names, as definitions.
    pub(super) fn constructed(&mut self, class: ExpressionId) -> Values<'w> {
        let mut values = self.evaluator.types(class);
        for value in &mut values.items {
            if let Value::Instance { class, .. } = value {
                *value = Value::Definition(*class);
            }
        }
        // Interfaces of the class's name only say what else its instances have.
        let world = self.world;
        let interface = |value: &Value<'w>| match value {
            Value::Definition(at) => world.definition(*at).kind == SymbolKind::Interface,
            _ => false,
        };
        if !values.items.iter().all(interface) {
            values.items.retain(|value| !interface(value));
        }
        values
    }

    fn call_target(
        &mut self,
        reference: &Reference,
        value: Value<'w>,
        how: How,
        arguments: Option<List>,
    ) {
        let (tier, rule) = grade(how);
        match value {
            Value::Definition(at) | Value::Method { definition: at, .. } => {
                let definition = self.world.definition(at);
                let receiver = match value {
                    Value::Method { receiver, .. } => Some(receiver),
                    _ => None,
                };
                if definition.kind.is_type() {
                    // A class below it may be meant.
                    let below = how.contains(How::CLASS);
                    let tier = if below { tier.max(Tier::Dispatch) } else { tier };
                    self.construction(reference, at, tier, rule, arguments);
                } else if definition.name == Name(0) {
                    // A function without a name is no symbol: what it does counts as done by the
                    // function around it, which is not what is called here.
                } else if definition.kind == SymbolKind::EnumMember {
                    if !self.world.file(at.file).semantics.variants_are_constructors() {
                        return;
                    }
                    self.edge(
                        reference,
                        Target::Definition(at),
                        EdgeKind::Instantiates,
                        tier,
                        rule,
                    );
                } else if definition.kind == SymbolKind::Macro {
                    self.edge(reference, Target::Definition(at), EdgeKind::Expands, tier, rule);
                } else if definition.kind.is_callable() {
                    let kind = EdgeKind::Calls;
                    self.edge(reference, Target::Definition(at), kind, tier, rule);
                    if definition.kind == SymbolKind::Constructor
                        && let Some(parent) = definition.parent
                    {
                        let class = DefinitionRef { file: at.file, definition: parent };
                        let to = Target::Definition(class);
                        self.edge(reference, to, EdgeKind::Instantiates, tier, rule);
                    }
                    if definition.flags.contains(DefinitionFlags::ABSTRACT)
                        || self.is_virtual(at, how)
                    {
                        self.dispatch(reference, at, receiver);
                    }
                }
            }
            Value::Instance { class, .. } => {
                let Some(word) = self.world.word("__call__") else { return };
                let found = self.evaluator.member_of_type(class, word, How::RECEIVER);
                for at in self.definitions(&found) {
                    self.edge(reference, Target::Definition(at), EdgeKind::Invokes, tier, rule);
                }
            }
            // `super(…)` in languages where it calls the base's constructor.
            Value::Super(class) => {
                let bases = self.evaluator.hierarchy.bases.get(&class).cloned().unwrap_or_default();
                for base in bases {
                    if let Base::Type(base) = base {
                        self.super_constructor(reference, base, arguments);
                    }
                }
            }
            _ => {}
        }
    }

    /// `super(…)`: a constructor of the base, or the base itself where the one that runs is not
    /// written.
    fn super_constructor(
        &mut self,
        reference: &Reference,
        base: DefinitionRef,
        arguments: Option<List>,
    ) {
        let mut targets = self.constructors(base, arguments);
        let semantics = self.world.file(base.file).semantics;
        let made = self.world.definition(base).kind != SymbolKind::Interface;
        if targets.is_empty() && made && !semantics.constructors_are_inherited() {
            targets.push(base);
        }
        self.one_of(reference, &targets, Tier::Typed, "super");
    }

    /// Calls of constructors of which one runs; where several fit, which one is not known.
    fn one_of(
        &mut self,
        reference: &Reference,
        constructors: &[DefinitionRef],
        tier: Tier,
        rule: &'static str,
    ) {
        let before = self.several;
        self.several |= constructors.len() > 1;
        for at in constructors {
            self.edge(reference, Target::Definition(*at), EdgeKind::Calls, tier, rule);
        }
        self.several = before;
    }

    /// Edges of making an instance: to the type, and to its constructor (the type itself where
    /// there is none).
    fn construction(
        &mut self,
        reference: &Reference,
        class: DefinitionRef,
        tier: Tier,
        rule: &'static str,
        arguments: Option<List>,
    ) {
        let class_target = Target::Definition(class);
        let annotation = reference.flags.contains(ReferenceFlags::DECORATOR)
            && self.world.definition(class).kind == SymbolKind::Interface;
        if annotation {
            // `@Positive` names a type and runs nothing.
            self.edge(reference, class_target, EdgeKind::TypeOf, Tier::Exact, rule);
            return;
        }
        self.edge(reference, class_target, EdgeKind::Instantiates, tier, rule);
        if self.world.file(self.file).semantics.literals_call_nothing() {
            return;
        }
        let constructors = self.constructors(class, arguments);
        let own = constructors.iter().any(|at| self.owner(*at) == Some(class));
        let unnamed = reference.flags.contains(ReferenceFlags::UNNAMED);
        if !own || unnamed {
            // Its own constructor is the one nobody wrote; the inherited one runs too.
            self.edge(reference, class_target, EdgeKind::Calls, tier, rule);
            self.initialised_fields(reference, class, arguments, tier);
        }
        self.one_of(reference, &constructors, tier, rule);
    }

    pub(super) fn constructors(
        &mut self,
        class: DefinitionRef,
        arguments: Option<List>,
    ) -> Vec<DefinitionRef> {
        let world = self.world;
        let mut own = Vec::new();
        for scope in self.evaluator.hierarchy.member_scopes(world, class) {
            let file = world.file(scope.file);
            let first = own.len();
            for (_, row) in file.words_of(scope.scope) {
                if let BindingValue::Definition(definition) =
                    file.facts().bindings[row as usize].value
                {
                    let at = DefinitionRef { file: scope.file, definition };
                    if world.definition(at).kind == SymbolKind::Constructor && !own.contains(&at) {
                        own.push(at);
                    }
                }
            }
            own[first..].sort_unstable();
        }
        if own.is_empty() && world.file(class.file).semantics.constructors_are_inherited() {
            for name in world.file(class.file).semantics.constructor_names() {
                let Some(word) = world.word(name) else { continue };
                let found = self.evaluator.member_of_type(class, word, How::empty());
                own = self.definitions(&found);
                if !own.is_empty() {
                    break;
                }
            }
        }
        self.fitting(own, arguments)
    }

    /// Of several definitions of one name: those with a body, then those that the arguments fit.
    fn prefer_bodies(&mut self, values: &Values<'w>, arguments: Option<List>) -> Vec<Value<'w>> {
        let callable = |value: &Value<'w>| match value {
            Value::Definition(at) | Value::Method { definition: at, .. } => {
                let definition = self.world.definition(*at);
                definition.kind.is_callable().then_some(*at)
            }
            _ => None,
        };
        let outside = values.items.iter().any(|value| matches!(value, Value::External(_)));
        // What stands in for something that is imported gives way to it.
        let gives_way = |at: DefinitionRef| {
            outside && self.world.definition(at).flags.contains(DefinitionFlags::ELSEWHERE)
        };
        let stays = |value: &Value<'w>| !callable(value).is_some_and(gives_way);
        let items: Vec<Value<'w>> = values.items.iter().copied().filter(stays).collect();
        let functions: Vec<DefinitionRef> = items.iter().filter_map(callable).collect();
        if functions.is_empty() {
            return items;
        }
        if self.world.file(self.file).semantics.overloads_by_type() {
            return self.choose(values, &functions, arguments);
        }
        if let Some(chosen) = self.signature(&functions, arguments) {
            self.several = chosen.doubtful;
            self.doubt = chosen.unfit;
            let one = |value: &Value<'w>| match *value {
                Value::Method { receiver, arguments, .. } => {
                    Value::Method { definition: chosen.signature, receiver, arguments }
                }
                _ => Value::Definition(chosen.signature),
            };
            return items
                .iter()
                .find(|value| callable(value).is_some())
                .map(one)
                .into_iter()
                .collect();
        }
        let functions = self.implementations(functions);
        let mut kept = self.fitting(functions.clone(), arguments);
        // Implementations of one interface for several types (`impl From<&str> for Value`, `impl
        // From<String> for Value`): only the argument tells, and it did not.
        if kept.len() > 1 && kept.iter().all(|at| self.implements(*at, kept[0])) {
            self.doubt = true;
            if kept.len() > FEW {
                self.too_many = true;
                kept.clear();
            }
        }
        let mut out = Vec::new();
        // Those that a look-up left out because there are so many.
        let more = kept.iter().filter(|at| !items.iter().any(|v| callable(v) == Some(**at)));
        let more: Vec<Value<'w>> = more.map(|at| Value::Definition(*at)).collect();
        let items: Vec<Value<'w>> = items.into_iter().chain(more).collect();
        for value in &items {
            let at = match value {
                Value::Definition(at) | Value::Method { definition: at, .. } => *at,
                _ => {
                    out.push(*value);
                    continue;
                }
            };
            if functions.contains(&at) && !kept.contains(&at) {
                continue;
            }
            let with_body = self.with_body(at);
            let value = match *value {
                Value::Method { receiver, arguments, .. } => {
                    Value::Method { definition: with_body, receiver, arguments }
                }
                _ => Value::Definition(with_body),
            };
            if !out.contains(&value) {
                out.push(value);
            }
        }
        out
    }

    /// The definition with a body behind a declaration (C prototypes), when there is exactly one.
    fn with_body(&self, at: DefinitionRef) -> DefinitionRef {
        let definition = self.world.definition(at);
        if !definition.flags.contains(DefinitionFlags::DECLARATION)
            || !definition.kind.is_callable()
        {
            return at;
        }
        let repository = self.world.file(at.file).repository;
        let family = self.world.file(at.file).source.language.family();
        let mut bodies = self
            .world
            .members_named(self.world.name_of(at))
            .iter()
            .map(|(_, other)| *other)
            .filter(|other| {
                let file = self.world.file(other.file);
                let definition = self.world.definition(*other);
                file.repository == repository
                    && file.source.language.family() == family
                    && definition.kind.is_callable()
                    && !definition.flags.contains(DefinitionFlags::DECLARATION)
            });
        match (bodies.next(), bodies.next()) {
            (Some(one), None) => one,
            _ => at,
        }
    }

    pub(super) fn fitting(
        &mut self,
        all: Vec<DefinitionRef>,
        arguments: Option<List>,
    ) -> Vec<DefinitionRef> {
        if all.len() < 2 {
            return all;
        }
        let world = self.world;
        let without = |flag: DefinitionFlags, from: &[DefinitionRef]| -> Vec<DefinitionRef> {
            let kept: Vec<_> = from
                .iter()
                .copied()
                .filter(|at| !world.definition(*at).flags.contains(flag))
                .collect();
            if kept.is_empty() { from.to_vec() } else { kept }
        };
        // Where types choose, one signature stands for no other.
        let typed = world.file(self.file).semantics.overloads_by_type();
        let all = if typed { all } else { without(DefinitionFlags::OVERLOAD, &all) };
        let all = without(DefinitionFlags::DECLARATION, &all);
        let all = without(DefinitionFlags::SETTER, &all);
        let all = without(DefinitionFlags::ELSEWHERE, &all);
        let Some(arguments) = arguments else { return all };
        let given: Vec<ExpressionId> = self.facts.list(arguments).to_vec();
        let by_count: Vec<_> =
            all.iter().copied().filter(|at| accepts(world.definition(*at), given.len())).collect();
        if by_count.len() < 2 {
            return if by_count.is_empty() { all } else { by_count };
        }
        if typed {
            let kept = self.by_types(&by_count, &given);
            self.doubt |= kept.len() > 1;
            return kept;
        }
        let mut scored: Vec<(i32, DefinitionRef)> =
            by_count.iter().map(|at| (self.argument_score(*at, &given), *at)).collect();
        let best = scored.iter().map(|(score, _)| *score).max().unwrap_or(0);
        scored.retain(|(score, _)| *score == best);
        scored.into_iter().map(|(_, at)| at).collect()
    }

    /// How well arguments fit declared parameter types: +1 for the same type, -1 for another.
    fn argument_score(&mut self, at: DefinitionRef, given: &[ExpressionId]) -> i32 {
        let semantics = self.world.file(self.file).semantics;
        let definition = self.world.definition(at);
        let parameters = definition.parameters.iter().filter(|p| p.kind != ParameterKind::Receiver);
        let mut score = 0;
        for (parameter, argument) in parameters.zip(given) {
            let Some(declared) = parameter.declared_type else { continue };
            let wanted = self.evaluator.types_in(at.file, declared);
            if let [Value::Builtin { name: "str", arguments }] = *wanted.items.as_slice()
                && let Some(owned) = self.is_owned_text(*argument, semantics)
            {
                score += if owned == arguments.is_some() { 1 } else { -1 };
                continue;
            }
            let argument = self.evaluator.evaluate(*argument);
            if argument.items.is_empty() || wanted.items.is_empty() {
                continue;
            }
            let fits = argument
                .items
                .iter()
                .any(|value| wanted.items.iter().any(|wanted| self.is_instance(*value, *wanted)));
            score += if fits { 1 } else { -1 };
        }
        score
    }

    /// Whether a text is made here (a Rust `String`) or written as it is (`&str`), where a language
    /// tells these apart.
    fn is_owned_text(&self, argument: ExpressionId, semantics: &dyn Semantics) -> Option<bool> {
        match self.facts.expression(argument) {
            _ if !semantics.tells_texts_apart() => None,
            Expression::Text(_) => Some(false),
            Expression::Concat(_) => Some(true),
            Expression::Call { callee, .. } => match self.facts.expression(callee) {
                Expression::Member { name, .. } => {
                    semantics.makes_text(self.facts.text(name)).then_some(true)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn is_instance(&mut self, value: Value<'w>, wanted: Value<'w>) -> bool {
        match (value, wanted) {
            (
                Value::Instance { class, arguments },
                Value::Instance { class: wanted, arguments: others },
            ) => {
                if class != wanted {
                    return self.evaluator.hierarchy.ancestors(class).0.contains(&wanted);
                }
                let (Some(one), Some(other)) = (arguments, others) else { return true };
                let one = self.evaluator.argument(one, 0).items;
                let other = self.evaluator.argument(other, 0).items;
                match (one.as_slice(), other.as_slice()) {
                    // `RGBA<u8>` is no `RGBA<f64>`.
                    ([Value::Builtin { name, .. }], [Value::Builtin { name: other, .. }]) => {
                        name == other
                    }
                    _ => true,
                }
            }
            (Value::Builtin { name, .. }, Value::Builtin { name: wanted, .. }) => name == wanted,
            (Value::External(_), Value::External(_)) => true,
            _ => false,
        }
    }

    /// The type that a member belongs to.
    pub(super) fn owner(&self, at: DefinitionRef) -> Option<DefinitionRef> {
        let definition = self.world.definition(at);
        if let Some(target) = self.evaluator.hierarchy.given_to(self.world, at) {
            Some(target)
        } else if let Some(parent) = definition.parent {
            Some(DefinitionRef { file: at.file, definition: parent })
        } else {
            let scope = definition.scope?;
            let file = self.world.file(at.file);
            let parent = file.facts().scopes[scope.index()].parent?;
            let scope =
                self.world.type_scope(super::world::ScopeRef { file: at.file, scope: parent })?;
            self.evaluator.hierarchy.type_of_scope(self.world, scope)
        }
    }

    /// Named arguments of a construction set the fields of their names.
    fn initialised_fields(
        &mut self,
        reference: &Reference,
        class: DefinitionRef,
        arguments: Option<List>,
        tier: Tier,
    ) {
        let Some(arguments) = arguments else { return };
        for argument in self.facts.list(arguments) {
            if let Expression::Argument { name, .. } = self.facts.expression(*argument) {
                let flags = ReferenceFlags::INITIALIZER;
                self.field_write(reference, class, name, flags, tier, "constructor-argument");
            }
        }
    }

    fn field_write(
        &mut self,
        reference: &Reference,
        class: DefinitionRef,
        name: Name,
        flags: ReferenceFlags,
        tier: Tier,
        rule: &'static str,
    ) {
        let word = self.world.file(self.file).word(name);
        let found = self.evaluator.member_of_type(class, word, How::empty());
        for at in self.definitions(&found) {
            if self.world.definition(at).kind.is_value() {
                let reference = Reference { flags, ..*reference };
                self.edge(&reference, Target::Definition(at), EdgeKind::Writes, tier, rule);
            }
        }
    }

    /// Updates through a query builder: `query(User).update({User.balance: …})`,
    /// `update(User).values(balance=…)`, `User.objects.filter(…).update(balance=…)`.
    fn orm_write(&mut self, reference: &Reference, callee: ExpressionId, arguments: Option<List>) {
        let (Some(arguments), Expression::Member { base, name }) =
            (arguments, self.facts.expression(callee))
        else {
            return;
        };
        let flags = match self.facts.text(name) {
            "update" | "values" | "set" | "update_or_create" | "bulk_update" => {
                ReferenceFlags::empty()
            }
            "create" | "get_or_create" | "bulk_create" | "insert" => ReferenceFlags::INITIALIZER,
            _ => return,
        };
        let Some(model) = self.model_in_chain(base, 0) else { return };
        for argument in self.facts.list(arguments) {
            match self.facts.expression(*argument) {
                Expression::Argument { name, .. } => {
                    self.field_write(reference, model, name, flags, Tier::Typed, "orm-update");
                }
                Expression::Collection { items, .. } => {
                    for pair in self.facts.list(items).chunks_exact(2) {
                        match self.facts.expression(pair[0]) {
                            Expression::Member { name, .. } | Expression::Text(name) => {
                                let tier = Tier::Typed;
                                self.field_write(reference, model, name, flags, tier, "orm-update");
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// The project type that a chain of calls starts from or is told as an argument.
    fn model_in_chain(&mut self, expression: ExpressionId, depth: u32) -> Option<DefinitionRef> {
        if depth > 16 {
            return None;
        }
        match self.facts.expression(expression) {
            Expression::Member { base, .. } | Expression::Await(base) => {
                self.model_in_chain(base, depth + 1)
            }
            Expression::Call { callee, arguments } => {
                for argument in self.facts.list(arguments) {
                    if matches!(
                        self.facts.expression(*argument),
                        Expression::Name { .. } | Expression::Member { .. }
                    ) && let Some(class) = self.named_type(*argument)
                    {
                        return Some(class);
                    }
                }
                self.model_in_chain(callee, depth + 1)
            }
            Expression::Name { .. } => self.named_type(expression),
            _ => None,
        }
    }

    fn named_type(&mut self, expression: ExpressionId) -> Option<DefinitionRef> {
        let values = self.evaluator.evaluate(expression);
        values.items.iter().find_map(|value| match value {
            Value::Definition(at) if self.world.definition(*at).kind.is_type() => Some(*at),
            _ => None,
        })
    }

    // ---- reads and writes -------------------------------------------------------------------------

    fn access(&mut self, reference: &Reference) -> Option<(Unresolved, String)> {
        let expression = self.facts.expression(reference.expression);
        let (found, base) = match expression {
            Expression::Name { name, scope } => {
                let word = self.world.file(self.file).word(name);
                (self.evaluator.look_up(self.file, scope, word), None)
            }
            Expression::Member { base, name } => {
                let word = self.world.file(self.file).word(name);
                let base = self.evaluator.evaluate(base);
                (self.evaluator.member_of(&base, word), Some(base))
            }
            _ => return None,
        };
        let how = match &found {
            Found::Sites(_, how) | Found::Namespace(_, how) => *how,
            _ => How::empty(),
        };
        let (tier, rule) = grade(how);
        let write = reference.role == Role::Write;
        let mut definitions = self.definitions(&found);
        let is_value = |at: &DefinitionRef| self.world.definition(*at).kind.is_value();
        if definitions.iter().any(is_value) {
            definitions.retain(is_value);
        }
        for at in &definitions {
            let definition = self.world.definition(*at);
            let property = definition.flags.contains(DefinitionFlags::PROPERTY);
            let kind = match (definition.kind, write) {
                (kind, true) if kind.is_value() || property => EdgeKind::Writes,
                (_, true) => continue,
                (kind, false) if kind.is_value() || property => EdgeKind::Reads,
                (SymbolKind::Namespace | SymbolKind::Module, false) => continue,
                (SymbolKind::TypeAlias | SymbolKind::Interface, false)
                    if !self.world.file(self.file).semantics.types_are_values() =>
                {
                    continue;
                }
                (_, false) => EdgeKind::References,
            };
            if property && write != definition.flags.contains(DefinitionFlags::SETTER) {
                // Reading goes through the getter, writing through the setter; a property without
                // a setter keeps its getter as target.
                let other = definitions.iter().any(|other| {
                    other != at
                        && write
                            == self.world.definition(*other).flags.contains(DefinitionFlags::SETTER)
                });
                if other {
                    continue;
                }
            }
            self.edge(reference, Target::Definition(*at), kind, tier, rule);
        }
        match (expression, base) {
            (Expression::Name { .. }, _) => match found {
                Found::Nothing => Some((Unresolved::UndefinedName, String::new())),
                Found::BuiltinName(_) => Some((Unresolved::Builtin, String::new())),
                Found::External => {
                    Some((Unresolved::External, self.external(reference.expression)))
                }
                Found::Sites(ref sites, _) if self.leads_outside(sites) => {
                    Some((Unresolved::External, self.external(reference.expression)))
                }
                _ => None,
            },
            (_, Some(base)) => {
                let values = self.evaluator.evaluate(reference.expression);
                if definitions.is_empty() && matches!(found, Found::Sites(..) | Found::Values(_)) {
                    return None;
                }
                if matches!(found, Found::Namespace(..)) {
                    return None;
                }
                self.why_not_member(reference, &base, &values, false)
            }
            _ => None,
        }
    }

    pub(super) fn leads_outside(&mut self, sites: &[Site<'w>]) -> bool {
        sites.iter().any(|site| match site {
            Site::Binding(file, binding) => match binding.value {
                BindingValue::Import(import) => {
                    matches!(self.evaluator.import(*file, import), Found::External)
                }
                _ => false,
            },
            Site::Expression(..) => false,
        })
    }

    /// The definitions at the places a look-up found, imports followed.
    pub(super) fn definitions(&mut self, found: &Found<'w>) -> Vec<DefinitionRef> {
        let mut out = Vec::new();
        self.collect(found, &mut out, 0);
        out
    }

    fn collect(&mut self, found: &Found<'w>, out: &mut Vec<DefinitionRef>, depth: u32) {
        if depth > 16 {
            return;
        }
        let push = |out: &mut Vec<DefinitionRef>, at: DefinitionRef| {
            if out.len() < FEW && !out.contains(&at) {
                out.push(at);
            }
        };
        match found {
            Found::Sites(sites, _) => {
                for site in sites {
                    match *site {
                        Site::Binding(file, binding) => match binding.value {
                            BindingValue::Definition(definition) => {
                                push(out, DefinitionRef { file, definition });
                            }
                            BindingValue::Import(import) => {
                                let next = self.evaluator.import(file, import);
                                self.collect(&next, out, depth + 1);
                                return;
                            }
                            _ => {}
                        },
                        Site::Expression(file, expression) => {
                            if self.collect_expression(file, expression, out, depth) {
                                return;
                            }
                        }
                    }
                }
            }
            Found::Values(values) => {
                for value in &values.items {
                    if let Value::Definition(at) | Value::Method { definition: at, .. } = value {
                        push(out, *at);
                    }
                }
            }
            _ => {}
        }
    }

    /// The definitions that an exported expression stands for; `true` when it names something else
    /// that was followed instead.
    fn collect_expression(
        &mut self,
        file: u32,
        expression: ExpressionId,
        out: &mut Vec<DefinitionRef>,
        depth: u32,
    ) -> bool {
        let next = match self.world.expression(file, expression) {
            Expression::Name { name, scope } => {
                let word = self.world.file(file).word(name);
                self.evaluator.look_up(file, scope, word)
            }
            Expression::Imported(import) => self.evaluator.import(file, import),
            Expression::Function(definition) | Expression::Definition(definition) => {
                let at = DefinitionRef { file, definition };
                if out.len() < FEW && !out.contains(&at) {
                    out.push(at);
                }
                return false;
            }
            Expression::Either(items) if depth < 16 => {
                for item in self.world.file(file).facts().list(items) {
                    self.collect_expression(file, *item, out, depth + 1);
                }
                return false;
            }
            _ => return false,
        };
        self.collect(&next, out, depth + 1);
        true
    }

    // ---- types and imports -------------------------------------------------------------------------

    fn type_use(&mut self, reference: &Reference) -> (Unresolved, String) {
        let values = self.evaluator.types(reference.expression);
        let (_, rule) = grade(values.how);
        let linked = values.how.contains(How::LINKED);
        let tier = if linked { Tier::Likely } else { Tier::Exact };
        let inherit = reference.role == Role::Inherit;
        for value in &values.items {
            let Value::Instance { class, .. } = value else { continue };
            if !inherit {
                let to = Target::Definition(*class);
                self.edge(reference, to, EdgeKind::TypeOf, tier, rule);
                continue;
            }
            let sub = reference.within.map(|id| self.facts.definitions[id.index()].kind);
            let base = self.world.definition(*class).kind;
            let kind = if base == SymbolKind::Interface && sub != Some(SymbolKind::Interface) {
                EdgeKind::Implements
            } else {
                EdgeKind::Inherits
            };
            self.edge(reference, Target::Definition(*class), kind, tier, rule);
        }
        let outside = values.items.iter().any(|value| matches!(value, Value::External(_)));
        let builtin = values
            .items
            .iter()
            .any(|value| matches!(value, Value::Builtin { .. } | Value::BuiltinName(_)));
        if outside {
            (Unresolved::External, self.external(reference.expression))
        } else if builtin {
            (Unresolved::Builtin, String::new())
        } else {
            (Unresolved::UndefinedName, String::new())
        }
    }

    fn import(&mut self, reference: &Reference) -> Option<(Unresolved, String)> {
        let Expression::Imported(import) = self.facts.expression(reference.expression) else {
            return None;
        };
        let found = self.evaluator.import(self.file, import);
        let definitions = self.definitions(&found);
        for at in &definitions {
            self.edge(reference, Target::Definition(*at), EdgeKind::Imports, Tier::Exact, "import");
        }
        if let (true, Found::Sites(sites, _)) = (definitions.is_empty(), &found) {
            // What is offered has no name of its own (`export default 1`): the module stands for it.
            for site in sites {
                let (Site::Binding(file, _) | Site::Expression(file, _)) = *site;
                if file != self.file {
                    let to = Target::Module(file);
                    self.edge(reference, to, EdgeKind::Imports, Tier::Exact, "import");
                }
            }
        }
        match found {
            Found::Namespace(namespace, _) => {
                let world = self.world;
                let own = self.file;
                let scopes = &world.namespaces[namespace.0 as usize].scopes;
                for scope in scopes.iter().filter(|scope| scope.file != own).take(FEW) {
                    let to = Target::Module(scope.file);
                    self.edge(reference, to, EdgeKind::Imports, Tier::Exact, "import");
                }
                None
            }
            Found::Nothing => Some((Unresolved::UndefinedName, self.import_text(import))),
            Found::External => {
                let row = &self.facts.imports[import.index()];
                let semantics = self.world.file(self.file).semantics;
                let standard = semantics.is_standard_library(self.facts.text(row.module));
                let reason = if standard { Unresolved::Builtin } else { Unresolved::External };
                Some((reason, self.import_text(import)))
            }
            _ => None,
        }
    }

    fn import_text(&self, import: ImportId) -> String {
        let import = &self.facts.imports[import.index()];
        let module = self.facts.text(import.module);
        match import.item {
            Some(item) => format!("{module}.{}", self.facts.text(item)),
            None => module.to_owned(),
        }
    }

    // ---- why not -----------------------------------------------------------------------------------

    /// Why a call has no edge yet; guesses where that is allowed.
    fn why_not(
        &mut self,
        reference: &Reference,
        callee: ExpressionId,
        values: &Values<'w>,
        call: bool,
    ) -> Option<(Unresolved, String)> {
        match self.facts.expression(callee) {
            Expression::Member { base, .. } => {
                let base = self.evaluator.evaluate(base);
                self.why_not_member(reference, &base, values, call)
            }
            Expression::Name { name, scope } => {
                let word = self.world.file(self.file).word(name);
                let found = self.evaluator.look_up(self.file, scope, word);
                Some(match found {
                    Found::Nothing => (Unresolved::UndefinedName, String::new()),
                    Found::BuiltinName(_) => (Unresolved::Builtin, String::new()),
                    Found::External => (Unresolved::External, self.external(callee)),
                    Found::Sites(ref sites, _) if self.leads_outside(sites) => {
                        (self.outside_reason(callee), self.external(callee))
                    }
                    _ if values.items.iter().any(|v| matches!(v, Value::External(_))) => {
                        (Unresolved::External, self.external(callee))
                    }
                    _ if is_builtin(values) => (Unresolved::Builtin, String::new()),
                    _ => (Unresolved::Dynamic, String::new()),
                })
            }
            _ if values.items.iter().any(|v| matches!(v, Value::External(_))) => {
                Some((Unresolved::External, self.external(callee)))
            }
            _ if is_builtin(values) => Some((Unresolved::Builtin, String::new())),
            _ => Some((Unresolved::Dynamic, String::new())),
        }
    }

    fn why_not_member(
        &mut self,
        reference: &Reference,
        base: &Values<'w>,
        values: &Values<'w>,
        call: bool,
    ) -> Option<(Unresolved, String)> {
        if self
            .out
            .edges
            .last()
            .is_some_and(|edge| edge.span == reference.span && edge.from == reference.within)
        {
            return None;
        }
        let (callee, _, _) = self.callee(reference.expression);
        if base.items.iter().any(|value| matches!(value, Value::External(_)))
            || values.items.iter().any(|value| matches!(value, Value::External(_)))
        {
            return Some((self.outside_reason(callee), self.external(callee)));
        }
        if is_builtin(base) || is_builtin(values) {
            return Some((Unresolved::Builtin, String::new()));
        }
        let known = base.items.iter().any(|value| {
            matches!(
                value,
                Value::Instance { .. }
                    | Value::Definition(_)
                    | Value::Namespace(_)
                    | Value::Super(_)
            )
        });
        if known && !base.unknown {
            if self.below(reference, callee, base, call) {
                return None;
            }
            // The type is known and does not have it, unless something above it is outside.
            let outside = base.items.iter().any(|value| match value {
                Value::Instance { class, .. } | Value::Definition(class) | Value::Super(class) => {
                    self.evaluator.hierarchy.ancestors(*class).1
                }
                _ => false,
            });
            if outside {
                return Some((Unresolved::External, self.facts.render(callee)));
            }
            return Some((Unresolved::NoSuchMember, self.facts.render(callee)));
        }
        self.guess(reference, callee, call);
        Some((Unresolved::UnknownReceiver, self.facts.render(callee)))
    }

    /// A member of the receiver that only its subtypes have: a base class that calls what they fill
    /// in, a mixin that uses the class it is mixed into.
    fn below(
        &mut self,
        reference: &Reference,
        callee: ExpressionId,
        base: &Values<'w>,
        call: bool,
    ) -> bool {
        let index = self.world.file(self.file);
        let open =
            matches!(index.source.language.family(), "python" | "javascript" | "ruby" | "php");
        let Expression::Member { name, .. } = self.facts.expression(callee) else { return false };
        if !open || !base.how.contains(How::SELF) {
            return false;
        }
        let word = index.word(name);
        let mut targets: Vec<DefinitionRef> = Vec::new();
        for value in &base.items {
            let Value::Instance { class, .. } = *value else { continue };
            for subtype in self.evaluator.hierarchy.descendants(class) {
                let found = self.evaluator.member_of_type(subtype, word, How::SELF);
                let members = if call {
                    let values = self.evaluator.values(found);
                    values
                        .items
                        .iter()
                        .filter_map(|value| match value {
                            Value::Definition(at) | Value::Method { definition: at, .. } => {
                                Some(*at)
                            }
                            _ => None,
                        })
                        .filter(|at| self.world.definition(*at).kind.is_callable())
                        .filter(|at| self.world.definition(*at).name != Name(0))
                        .collect()
                } else {
                    self.definitions(&found)
                };
                for at in members {
                    if !targets.contains(&at) {
                        targets.push(at);
                    }
                }
            }
        }
        if targets.is_empty() || targets.len() > FEW {
            return false;
        }
        targets.sort_unstable();
        for at in targets {
            let value = self.world.definition(at).kind.is_value()
                || self.world.definition(at).flags.contains(DefinitionFlags::PROPERTY);
            let kind = match (call, reference.role == Role::Write, value) {
                (true, ..) => EdgeKind::Calls,
                (false, true, true) => EdgeKind::Writes,
                (false, false, true) => EdgeKind::Reads,
                (false, ..) => EdgeKind::References,
            };
            self.edge(reference, Target::Definition(at), kind, Tier::Dispatch, "subtype");
        }
        true
    }

    fn outside_reason(&self, expression: ExpressionId) -> Unresolved {
        match self.head_import(expression) {
            Some(import) => {
                let module = self.facts.text(self.facts.imports[import.index()].module);
                if self.world.file(self.file).semantics.is_standard_library(module) {
                    Unresolved::Builtin
                } else {
                    Unresolved::External
                }
            }
            None => Unresolved::External,
        }
    }

    /// The import that the leftmost name of a chain is bound to.
    fn head_import(&self, expression: ExpressionId) -> Option<ImportId> {
        let mut at = expression;
        for _ in 0..32 {
            at = match self.facts.expression(at) {
                Expression::Member { base, .. }
                | Expression::Index { base, .. }
                | Expression::Await(base) => base,
                Expression::Call { callee, .. } => callee,
                Expression::New { class, .. } => class,
                Expression::Generic { base, .. } => base,
                Expression::Imported(import) => return Some(import),
                Expression::Name { name, scope } => {
                    let word = self.world.file(self.file).word(name);
                    let mut scope = Some(scope);
                    while let Some(current) = scope {
                        let mut any = false;
                        for binding in self.world.file(self.file).bindings(current, word) {
                            any = true;
                            if let BindingValue::Import(import) = binding.value {
                                return Some(import);
                            }
                        }
                        if any {
                            return None;
                        }
                        scope = self.facts.scopes[current.index()].parent;
                    }
                    return None;
                }
                _ => return None,
            };
        }
        None
    }

    /// What is called in an external package: `rxjs.take`, `requests.get`.
    fn external(&self, expression: ExpressionId) -> String {
        let mut names: Vec<&str> = Vec::new();
        let mut at = expression;
        for _ in 0..32 {
            at = match self.facts.expression(at) {
                Expression::Member { base, name } => {
                    names.push(self.facts.text(name));
                    base
                }
                Expression::Index { base, .. } | Expression::Await(base) => base,
                Expression::Call { callee, .. } => callee,
                Expression::New { class, .. } => class,
                Expression::Generic { base, .. } => base,
                Expression::Name { name, .. } => {
                    match self.head_import(at) {
                        Some(import) => {
                            let mut text = self.import_text(import);
                            for name in names.iter().rev() {
                                text.push('.');
                                text.push_str(name);
                            }
                            return text;
                        }
                        None => names.push(self.facts.text(name)),
                    }
                    break;
                }
                _ => break,
            };
        }
        names.reverse();
        names.join(".")
    }

    // ---- guesses -------------------------------------------------------------------------------------

    /// Whether a receiver is none that a guess may be made for: a name that stands for nothing here in
    /// a language that declares its variables is a type or a package from elsewhere; what a type
    /// parameter stands for has the members of its bounds.
    fn is_no_value(&mut self, base: ExpressionId) -> bool {
        let Expression::Name { name, scope } = self.facts.expression(base) else { return false };
        let index = self.world.file(self.file);
        match self.evaluator.look_up(self.file, scope, index.word(name)) {
            Found::Nothing => index.semantics.types_are_looked_for_alone(),
            Found::Sites(sites, _) => sites.iter().any(|site| match site {
                Site::Binding(file, binding) => match binding.value {
                    BindingValue::Parameter { function, index } => {
                        let at = DefinitionRef { file: *file, definition: function };
                        let parameter = self.world.definition(at).parameters.get(index as usize);
                        parameter
                            .and_then(|parameter| parameter.declared_type)
                            .is_some_and(|declared| self.is_type_parameter(at, declared))
                    }
                    _ => false,
                },
                Site::Expression(..) => false,
            }),
            _ => false,
        }
    }

    /// Binds a member of an unknown receiver by its name alone, when the guards allow.
    fn guess(&mut self, reference: &Reference, callee: ExpressionId, call: bool) {
        let Expression::Member { base, .. } = self.facts.expression(callee) else { return };
        let index = self.world.file(self.file);
        let text = self.facts.text(reference.name);
        // `__name__` is of any object; what is called so is the language's.
        let reserved = text.starts_with("__") && text.ends_with("__");
        let common = index.semantics.common_members().binary_search(&text).is_ok();
        if text.len() < 3 || reserved || common {
            return;
        }
        // `fn close(&self) { self.inner.close() }` hands on to another type's method of the same
        // name, hardly ever to itself.
        let within = reference.within.map(|id| self.facts.definitions[id.index()].name);
        if call && within == Some(reference.name) {
            return;
        }
        if self.is_no_value(base) {
            return;
        }
        let family = index.source.language.family();
        let in_test = index.source.flags.test;
        let write = reference.role == Role::Write;
        let mut candidates: Vec<DefinitionRef> = Vec::new();
        for (_, at) in self.world.members_named(index.word(reference.name)) {
            let file = self.world.file(at.file);
            let definition = self.world.definition(*at);
            let fits = if call {
                definition.kind.is_callable()
            } else {
                definition.kind == SymbolKind::Field
                    || definition.flags.contains(DefinitionFlags::PROPERTY)
            };
            if file.repository == index.repository
                && file.source.language.family() == family
                && fits
                && (in_test || !file.source.flags.test)
                && !definition.flags.contains(DefinitionFlags::SETTER)
                && self.owner(*at).is_some_and(|owner| self.world.definition(owner).kind.is_type())
            {
                candidates.push(*at);
            }
            if candidates.len() > FEW {
                return;
            }
        }
        let kind = match (call, write) {
            (true, _) => EdgeKind::Calls,
            (false, true) => EdgeKind::Writes,
            (false, false) => EdgeKind::Reads,
        };
        let named: Vec<DefinitionRef> = candidates
            .iter()
            .copied()
            .filter(|at| self.receiver_is_named_after(base, *at))
            .collect();
        if let [one] = named.as_slice() {
            let to = Target::Definition(*one);
            self.edge(reference, to, kind, Tier::Likely, "receiver-name");
            return;
        }
        let distinctive = text.len() >= 8 || words::split(text).len() >= 2;
        if let ([one], true) = (candidates.as_slice(), distinctive) {
            let arguments = self.callee(reference.expression).1;
            let count = arguments.map(|list| list.len as usize);
            let accepted =
                !call || count.is_none_or(|count| accepts(self.world.definition(*one), count));
            let tier = if accepted { Tier::Likely } else { Tier::Maybe };
            self.edge(reference, Target::Definition(*one), kind, tier, "unique-name");
            return;
        }
        for at in candidates {
            self.edge(reference, Target::Definition(at), kind, Tier::Maybe, "name");
        }
    }

    /// Whether the receiver's own name ends in the type's name: `current_user.pay` and `User.pay`.
    fn receiver_is_named_after(&self, base: ExpressionId, at: DefinitionRef) -> bool {
        let (Expression::Name { name, .. } | Expression::Member { name, .. }) =
            self.facts.expression(base)
        else {
            return false;
        };
        let Some(owner) = self.owner(at) else { return false };
        let owner = self.world.text(self.world.name_of(owner));
        let (receiver, owner) = (words::split(self.facts.text(name)), words::split(owner));
        !owner.is_empty()
            && receiver.len() >= owner.len()
            && receiver[receiver.len() - owner.len()..] == owner[..]
    }

    // ---- overrides ---------------------------------------------------------------------------------------

    /// Overrides edges of this file's methods.
    fn overrides(&mut self) {
        for (row, definition) in self.facts.definitions.iter().enumerate() {
            if !definition.kind.is_callable() || definition.name == Name(0) {
                continue;
            }
            let at = DefinitionRef { file: self.file, definition: DefinitionId(row as u32) };
            let parent_scope = definition
                .scope
                .and_then(|scope| self.facts.scopes[scope.index()].parent)
                .filter(|scope| self.facts.scopes[scope.index()].kind == ScopeKind::Type);
            if parent_scope.is_none() {
                continue;
            }
            let Some(owner) = self.owner(at) else { continue };
            let word = self.world.name_of(at);
            for ancestor in self.evaluator.hierarchy.ancestors(owner).0 {
                let found = self.evaluator.member_of_type(ancestor, word, How::empty());
                let overridden = self.definitions(&found);
                if overridden.is_empty() {
                    continue;
                }
                let typed = self.world.file(self.file).semantics.overloads_by_type();
                for target in overridden {
                    let overrides = self.world.definition(target).kind.is_callable()
                        && target != at
                        && (!typed || self.has_signature(at, target));
                    if overrides {
                        self.out.edges.push(Bound {
                            from: Some(at.definition),
                            to: Target::Definition(target),
                            kind: EdgeKind::Overrides,
                            tier: Tier::Typed,
                            rule: "override",
                            span: definition.name_span,
                            flags: ReferenceFlags::empty(),
                        });
                    }
                }
                break;
            }
        }
    }
}

impl Binder<'_, '_> {
    /// The interfaces that this file's types have all methods of, where the language counts that
    /// as implementing them. Nothing in the source says so: the evidence is the type's own name.
    fn structural(&mut self) {
        let all = &self.evaluator.hierarchy.structural;
        let first = all.partition_point(|(this, _)| this.file < self.file);
        for (this, interface) in all[first..].iter().take_while(|(this, _)| this.file == self.file)
        {
            let bases = self.evaluator.hierarchy.bases.get(this);
            if bases.is_some_and(|bases| bases.contains(&Base::Type(*interface))) {
                continue;
            }
            self.out.edges.push(Bound {
                from: Some(this.definition),
                to: Target::Definition(*interface),
                kind: EdgeKind::Implements,
                tier: Tier::Typed,
                rule: "method-set",
                span: self.world.definition(*this).name_span,
                flags: ReferenceFlags::empty(),
            });
        }
    }
}

/// Whether a function can take this many arguments.
pub(super) fn accepts(definition: &Definition, given: usize) -> bool {
    let mut least = 0;
    let mut most = 0usize;
    for parameter in &definition.parameters {
        match parameter.kind {
            ParameterKind::Plain => {
                most += 1;
                least += usize::from(parameter.default.is_none());
            }
            ParameterKind::Keyword => most += 1,
            ParameterKind::Rest | ParameterKind::KeywordRest => most = usize::MAX / 2,
            ParameterKind::Receiver => {}
        }
    }
    (least..=most).contains(&given)
}

fn is_builtin(values: &Values<'_>) -> bool {
    values.items.iter().any(|value| {
        matches!(
            value,
            Value::Builtin { .. }
                | Value::BuiltinName(_)
                | Value::BuiltinMember { .. }
                | Value::Object(_)
        )
    })
}

/// Tier and rule of what was found in this way.
fn grade(how: How) -> (Tier, &'static str) {
    const RULES: [(How, &str); 13] = [
        (How::ARGUMENT, "argument"),
        (How::ELEMENT, "element"),
        (How::RETURN, "return"),
        (How::FIELD, "field"),
        (How::ASSIGNMENT, "assignment"),
        (How::CONSTRUCTOR, "constructor"),
        (How::ANNOTATION, "annotation"),
        (How::SUPER, "super"),
        (How::SELF, "self"),
        (How::RECEIVER, "receiver"),
        (How::STAR, "star-import"),
        (How::IMPORT, "import"),
        (How::LINKED, "linker"),
    ];
    let inferred = !(How::IMPORT | How::STAR);
    let tier = match how {
        how if how.contains(How::LINKED) => Tier::Likely,
        how if how.intersects(inferred) => Tier::Typed,
        _ => Tier::Exact,
    };
    let rule =
        RULES.iter().find(|(flag, _)| how.contains(*flag)).map_or("scope", |(_, rule)| *rule);
    (tier, rule)
}
