//! What an expression may be.
//!
//! A demand-driven, bounded evaluation of the expression tables: names through scopes and imports,
//! members through types, calls through declared or returned types. The result is a small set of
//! [`Value`]s and a note of [`How`] it was found; sets past [`CAP`] values, cycles and long chains
//! end in "unknown", which is a safe answer: an unknown receiver binds to nothing.
//!
//! Dependencies that are not indexed, built-ins and the standard library are values too
//! ([`Value::External`], [`Value::Builtin`]). They are what keeps `settings.get(…)` on a `dict`
//! away from a project's own `get`.
//!
//! The state, what bounds the work and the kinds of expressions are here; [`names`], [`members`],
//! [`calls`], [`parts`] and [`types`] say how each is found.

mod calls;
mod members;
mod names;
mod parts;
mod types;

use super::generics::{Environment, EnvironmentId};
use super::hierarchy::Hierarchy;
use super::includes::Reached;
use super::world::{DefinitionRef, FileIndex, NamespaceId, ScopeRef, Word, World};
use crate::languages::BuiltinResult;
use bitflags::bitflags;
use qf_graph::facts::{
    Binding, BindingValue, CollectionKind, DefinitionFlags, Expression, ExpressionId, ImportId,
    List, ParameterKind, ScopeId, SymbolKind,
};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use std::rc::Rc;

/// Most values an expression is said to have.
pub const CAP: usize = 8;
/// Deepest chain of evaluations.
const MAX_DEPTH: u32 = 40;
/// Most evaluations for one reference.
const MAX_STEPS: u32 = 4_000;
/// Most members, aliases and bindings followed for one reference.
const MAX_HOPS: u32 = 16_000;
/// After so many evaluations for one file its remaining references get [`FEW_STEPS`] each: a name
/// that is assigned from itself ten thousand times must not cost ten thousand full budgets.
const FILE_STEPS: u32 = 2_000_000;
/// Evaluations for one reference of a file that has used up its budget.
const FEW_STEPS: u32 = 200;
/// Most places that a name is followed to; a name with more may be anything.
const MAX_SITES: usize = 64;

bitflags! {
    /// What was used to find a value.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct How: u16 {
        /// An import.
        const IMPORT = 1;
        /// A star import.
        const STAR = 1 << 1;
        /// The receiver (`self`, `this`).
        const SELF = 1 << 2;
        /// The superclass part of the receiver.
        const SUPER = 1 << 3;
        /// A construction.
        const CONSTRUCTOR = 1 << 4;
        /// A declared type.
        const ANNOTATION = 1 << 5;
        /// An assignment.
        const ASSIGNMENT = 1 << 6;
        /// What a function returns.
        const RETURN = 1 << 7;
        /// A field's value.
        const FIELD = 1 << 8;
        /// An element of a collection.
        const ELEMENT = 1 << 9;
        /// An argument that reaches a parameter.
        const ARGUMENT = 1 << 10;
        /// A member of an instance whose type is known.
        const RECEIVER = 1 << 11;
        /// What a linker joins by nothing but the name, undeclared where it is used.
        const LINKED = 1 << 12;
        /// A class that is declared as one of those below another (`type[C]`).
        const CLASS = 1 << 13;
    }
}

/// Arguments of a generic type or items of a collection literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arguments {
    /// The file they stand in.
    pub file: u32,
    /// The expressions.
    pub list: List,
    /// Values (of a literal) rather than types.
    pub values: bool,
    /// What type parameters in them stand for.
    pub environment: EnvironmentId,
}

impl Arguments {
    /// Values in a file.
    pub(super) fn of_values(file: u32, list: List) -> Self {
        Self { file, list, values: true, environment: EnvironmentId::NONE }
    }
}

/// One thing an expression may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'w> {
    /// A definition as itself: a function, a type.
    Definition(DefinitionRef),
    /// A function found on an instance of a type.
    Method {
        /// The function.
        definition: DefinitionRef,
        /// The instance's type.
        receiver: DefinitionRef,
        /// That type's arguments.
        arguments: Option<Arguments>,
    },
    /// An instance of a type.
    Instance {
        /// The type.
        class: DefinitionRef,
        /// Its type arguments.
        arguments: Option<Arguments>,
    },
    /// The part of the receiver above `class`.
    Super(DefinitionRef),
    /// A module, package or namespace.
    Namespace(NamespaceId),
    /// Something of a package that is not indexed.
    External(Option<Arguments>),
    /// An instance of a built-in type.
    Builtin {
        /// The type's usual name.
        name: &'w str,
        /// Its type arguments or items.
        arguments: Option<Arguments>,
    },
    /// A built-in as itself: a function, a type, a module of the standard library.
    BuiltinName(&'w str),
    /// A member of a built-in, not yet called.
    BuiltinMember {
        /// What calling it gives.
        result: BuiltinResult,
        /// The receiver's type.
        name: &'w str,
        /// The receiver's arguments.
        arguments: Option<Arguments>,
    },
    /// An object or dictionary literal; items alternate key and value.
    Object(Arguments),
}

impl Value<'_> {
    /// Gives an instance its type arguments.
    pub(super) fn set_arguments(&mut self, arguments: Arguments) {
        match self {
            Value::Instance { arguments: slot, .. }
            | Value::Builtin { arguments: slot, .. }
            | Value::External(slot) => *slot = Some(arguments),
            _ => {}
        }
    }
}

/// A set of values.
#[derive(Debug, Clone, Default)]
pub struct Values<'w> {
    /// The values, at most [`CAP`].
    pub items: SmallVec<[Value<'w>; 2]>,
    /// What was used to find them.
    pub how: How,
    /// There may be others.
    pub unknown: bool,
}

impl<'w> Values<'w> {
    /// Nothing is known.
    pub fn unknown() -> Self {
        Self { unknown: true, ..Self::default() }
    }

    /// One value.
    pub(super) fn of(value: Value<'w>) -> Self {
        Self::one(value, How::empty())
    }

    fn one(value: Value<'w>, how: How) -> Self {
        Self { items: SmallVec::from_slice(&[value]), how, unknown: false }
    }

    pub(super) fn push(&mut self, value: Value<'w>) {
        if self.items.contains(&value) {
            return;
        }
        if self.items.len() < CAP { self.items.push(value) } else { self.unknown = true }
    }

    pub(super) fn merge(&mut self, other: Values<'w>) {
        for value in other.items {
            self.push(value);
        }
        self.how |= other.how;
        self.unknown |= other.unknown;
    }

    pub(super) fn with(mut self, how: How) -> Self {
        self.how |= how;
        self
    }
}

/// A place where a name gets its meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Site<'w> {
    /// A binding of a file.
    Binding(u32, &'w Binding),
    /// An exported expression of a file.
    Expression(u32, ExpressionId),
}

/// What looking a name up gave.
#[derive(Debug, Clone)]
pub enum Found<'w> {
    /// Bound at these places.
    Sites(SmallVec<[Site<'w>; 2]>, How),
    /// A namespace.
    Namespace(NamespaceId, How),
    /// A value computed otherwise (an entry of an object literal).
    Values(Values<'w>),
    /// Something outside the index.
    External,
    /// A built-in's member.
    Builtin(BuiltinResult),
    /// A built-in name.
    BuiltinName(&'w str),
    /// Not there.
    Nothing,
}

/// An argument seen at a call site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passed {
    /// The file it stands in.
    pub file: u32,
    /// The expression.
    pub value: ExpressionId,
    /// What of it is passed.
    pub part: Part,
}

/// What of an argument reaches a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Its value.
    Value,
    /// Its elements, one by one (`users.map(charge)`).
    Elements,
    /// The values of a mapping, one by one.
    Values,
    /// An instance of it: it is the type that a function's parameter declares for what it will be
    /// called with (`F: FnOnce(Parts)`).
    Instance,
}

/// Arguments seen at call sites, by function and parameter.
pub type ArgumentFlow = FxHashMap<(DefinitionRef, u16), Vec<Passed>>;

/// Evaluates expressions of one file (and, through it, of others).
pub struct Evaluator<'w, 'h> {
    /// The world.
    pub world: &'w World<'w>,
    /// How types are related.
    pub hierarchy: &'h Hierarchy,
    /// Arguments that reach parameters, once call sites are known.
    pub flow: Option<&'h ArgumentFlow>,
    file: u32,
    memo: FxHashMap<(u32, ExpressionId), Values<'w>>,
    imports: FxHashMap<(u32, ImportId), Found<'w>>,
    active: FxHashSet<(u32, ExpressionId)>,
    depth: u32,
    steps: u32,
    hops: u32,
    spent: u32,
    cuts: u32,
    /// The name that is looked up stands where only a type may.
    only_types: bool,
    /// It stands where only a function may, in a language whose variables do not hide them.
    only_functions: bool,
    /// Types that names stand for, as `memo` has values.
    named_types: FxHashMap<(u32, ExpressionId), Values<'w>>,
    /// What is seen through the includes of C and C++.
    pub(super) reached: FxHashMap<NamespaceId, Rc<Reached>>,
    /// What type parameters stand for.
    pub(super) environments: Vec<Environment<'w>>,
}

impl<'w, 'h> Evaluator<'w, 'h> {
    /// An evaluator that starts from `file`.
    pub fn new(world: &'w World<'w>, hierarchy: &'h Hierarchy, file: u32) -> Self {
        Self {
            world,
            hierarchy,
            flow: None,
            file,
            memo: FxHashMap::default(),
            imports: FxHashMap::default(),
            active: FxHashSet::default(),
            depth: 0,
            steps: 0,
            hops: 0,
            spent: 0,
            cuts: 0,
            only_types: false,
            only_functions: false,
            named_types: FxHashMap::default(),
            reached: FxHashMap::default(),
            environments: Vec::new(),
        }
    }

    /// Uses arguments of call sites for parameters without a type.
    pub fn with_flow(mut self, flow: &'h ArgumentFlow) -> Self {
        self.flow = Some(flow);
        self
    }

    /// The file that it starts from.
    pub(super) fn file(&self) -> u32 {
        self.file
    }

    /// Starts a new reference: its budget is full again.
    pub fn begin(&mut self) {
        self.spent = self.spent.saturating_add(self.steps).saturating_add(self.hops);
        let exhausted = self.spent > FILE_STEPS;
        self.steps = if exhausted { MAX_STEPS - FEW_STEPS } else { 0 };
        self.hops = if exhausted { MAX_HOPS - FEW_STEPS } else { 0 };
        self.depth = 0;
    }

    /// What an expression of this file may be.
    pub fn evaluate(&mut self, expression: ExpressionId) -> Values<'w> {
        self.eval(self.file, expression)
    }

    /// What a bare name of this file is bound to.
    pub fn named(&mut self, expression: ExpressionId) -> Found<'w> {
        match self.world.expression(self.file, expression) {
            Expression::Name { name, scope } => {
                let word = self.index(self.file).word(name);
                self.look_up(self.file, scope, word)
            }
            _ => Found::Nothing,
        }
    }

    /// Instances of the type that a type expression of this file names.
    pub fn types(&mut self, expression: ExpressionId) -> Values<'w> {
        self.types_in(self.file, expression)
    }

    /// Counts a step that evaluates no expression itself. Aliases that lead in circles by two ways
    /// would double the work with every level; depth alone does not end that in time.
    fn may_go_on(&mut self) -> bool {
        self.hops = self.hops.saturating_add(1);
        self.depth < MAX_DEPTH && self.hops <= MAX_HOPS
    }

    fn index(&self, file: u32) -> &'w FileIndex<'w> {
        let world: &'w World<'w> = self.world;
        world.file(file)
    }

    /// Goes one level deeper, as long as that is not too deep; else `None`.
    pub(super) fn nested<R>(&mut self, inside: impl FnOnce(&mut Self) -> R) -> Option<R> {
        if !self.may_go_on() {
            self.cuts += 1;
            return None;
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        Some(result)
    }

    // ---- from what was found to values -----------------------------------------------------------

    /// The values behind what was found.
    pub fn values(&mut self, found: Found<'w>) -> Values<'w> {
        match found {
            Found::Sites(sites, how) => self.sites_values(&sites).with(how),
            Found::Namespace(namespace, how) => Values::one(Value::Namespace(namespace), how),
            Found::Values(values) => values,
            Found::External => Values::one(Value::External(None), How::empty()),
            Found::BuiltinName(name) => Values::one(Value::BuiltinName(name), How::empty()),
            Found::Builtin(_) | Found::Nothing => Values::unknown(),
        }
    }

    fn sites_values(&mut self, sites: &[Site<'w>]) -> Values<'w> {
        // Imports may lead in a circle without any expression between them.
        self.nested(|evaluator| evaluator.sites_values_bounded(sites))
            .unwrap_or_else(Values::unknown)
    }

    fn sites_values_bounded(&mut self, sites: &[Site<'w>]) -> Values<'w> {
        let typed = sites.iter().any(|site| match site {
            Site::Binding(_, binding) => matches!(binding.value, BindingValue::Typed(_)),
            Site::Expression(..) => false,
        });
        let mut values = Values { unknown: sites.len() >= MAX_SITES, ..Values::default() };
        for site in sites {
            match *site {
                Site::Expression(file, expression) => values.merge(self.eval(file, expression)),
                Site::Binding(file, binding) => match binding.value {
                    BindingValue::Value(_) if typed => {}
                    BindingValue::Value(expression) => {
                        let alias = matches!(
                            self.world.expression(file, expression),
                            Expression::Function(_) | Expression::Definition(_)
                        );
                        let found = self.eval(file, expression);
                        let how = if alias { How::empty() } else { How::ASSIGNMENT };
                        values.merge(found.with(how));
                    }
                    BindingValue::Typed(declared) => {
                        values.merge(self.types_in(file, declared).with(How::ANNOTATION));
                    }
                    BindingValue::Import(import) => {
                        let found = self.import(file, import);
                        values.merge(self.values(found));
                    }
                    BindingValue::Parameter { function, index } => {
                        let at = DefinitionRef { file, definition: function };
                        values.merge(self.parameter(at, index));
                    }
                    BindingValue::Definition(definition) => {
                        let at = DefinitionRef { file, definition };
                        values.merge(self.definition_value(at, sites.len() > 1));
                    }
                    BindingValue::Unknown => values.unknown = true,
                },
            }
        }
        values
    }

    /// What naming a definition gives: a function or type itself, a variable's or field's value.
    fn definition_value(&mut self, at: DefinitionRef, has_other_sites: bool) -> Values<'w> {
        let definition = self.world.definition(at);
        if definition.kind.is_value() && definition.kind != SymbolKind::EnumMember {
            if let Some(declared) = definition.declared_type {
                return self.types_in(at.file, declared).with(How::ANNOTATION | How::FIELD);
            }
            if definition.scope.is_some() || self.hierarchy.extensions.contains_key(&at) {
                return Values::one(Value::Definition(at), How::empty());
            }
            return Values { how: How::FIELD, unknown: !has_other_sites, ..Values::default() };
        }
        if definition.flags.contains(DefinitionFlags::PROPERTY) {
            return self.returned(at, None).with(How::RETURN);
        }
        Values::one(Value::Definition(at), How::empty())
    }

    fn parameter(&mut self, at: DefinitionRef, index: u16) -> Values<'w> {
        let definition = self.world.definition(at);
        let Some(parameter) = definition.parameters.get(index as usize) else {
            return Values::unknown();
        };
        if parameter.kind == ParameterKind::Receiver && parameter.declared_type.is_none() {
            return self.receiver(at);
        }
        if let Some(declared) = parameter.declared_type {
            let types = self.types_in(at.file, declared).with(How::ANNOTATION);
            // What takes the remaining arguments is declared as a collection of them.
            let rest = matches!(parameter.kind, ParameterKind::Rest | ParameterKind::KeywordRest);
            let collects = |value: &Value<'_>| matches!(value, Value::Builtin { .. });
            if rest && !types.items.iter().all(collects) {
                return Values::unknown();
            }
            if !types.items.is_empty() {
                return types;
            }
        }
        if let Some(given) = self.given_by_fixture(at, parameter.name) {
            return given;
        }
        let mut values = Values::unknown();
        let passed = self.flow.and_then(|flow| flow.get(&(at, index)));
        if let Some(default) = parameter.default.filter(|_| passed.is_none()) {
            values.merge(self.eval(at.file, default).with(How::ARGUMENT));
            // `None` and other built-in defaults say nothing of what is passed.
            values.items.retain(|value| !matches!(value, Value::Builtin { .. }));
        }
        for passed in passed.into_iter().flatten() {
            let mut argument = match passed.part {
                Part::Instance => self.types_in(passed.file, passed.value),
                Part::Value | Part::Elements | Part::Values => self.eval(passed.file, passed.value),
            };
            if let Part::Elements | Part::Values = passed.part {
                argument = self.elements(argument, passed.part == Part::Values);
            }
            values.merge(argument.with(How::ARGUMENT));
        }
        values
    }

    /// `self` or `cls` of a method.
    fn receiver(&mut self, method: DefinitionRef) -> Values<'w> {
        let definition = self.world.definition(method);
        let Some(scope) = definition.scope else { return Values::unknown() };
        let parent = self.index(method.file).facts().scopes[scope.index()].parent;
        let class = parent
            .and_then(|scope| self.world.type_scope(ScopeRef { file: method.file, scope }))
            .and_then(|scope| self.hierarchy.type_of_scope(self.world, scope));
        match class {
            Some(class) if definition.flags.contains(DefinitionFlags::CLASS_METHOD) => {
                Values::one(Value::Definition(class), How::SELF)
            }
            Some(class) => Values::one(Value::Instance { class, arguments: None }, How::SELF),
            None => Values::unknown(),
        }
    }

    // ---- expressions --------------------------------------------------------------------------------

    /// What an expression of any file may be.
    pub fn eval(&mut self, file: u32, id: ExpressionId) -> Values<'w> {
        if id == ExpressionId::UNKNOWN {
            return Values::unknown();
        }
        let key = (file, id);
        if let Some(values) = self.memo.get(&key) {
            return values.clone();
        }
        self.steps += 1;
        if self.depth >= MAX_DEPTH || self.steps > MAX_STEPS || !self.active.insert(key) {
            self.cuts += 1;
            return Values::unknown();
        }
        self.depth += 1;
        let cuts = self.cuts;
        let only_types = std::mem::take(&mut self.only_types);
        let only_functions = std::mem::take(&mut self.only_functions);
        let values = self.eval_uncached(file, id);
        self.only_types = only_types;
        self.only_functions = only_functions;
        self.depth -= 1;
        self.active.remove(&key);
        // A value that was computed while a cycle was cut depends on where the evaluation began,
        // so it is not kept — unless the budget ran out: then it would cost the same again for
        // every reference that leads here. References of a file are evaluated in order, so what is
        // kept does not depend on threads.
        if cuts == self.cuts || self.steps > MAX_STEPS || self.hops > MAX_HOPS {
            self.memo.insert(key, values.clone());
        }
        values
    }

    fn eval_uncached(&mut self, file: u32, id: ExpressionId) -> Values<'w> {
        let facts = self.index(file).facts();
        match facts.expression(id) {
            Expression::Unknown | Expression::Argument { .. } => Values::unknown(),
            Expression::Name { name, scope } => {
                let word = self.index(file).word(name);
                let found = self.look_up(file, scope, word);
                let found = match self.around_itself(file, id, scope, &found) {
                    Some(outer) => self.look_up(file, outer, word),
                    None => found,
                };
                self.values(found)
            }
            Expression::Member { base, name } => {
                let word = self.index(file).word(name);
                let values = self.eval(file, base);
                let members = self.member_values(&values, word);
                if members.items.is_empty() {
                    return self.bounded_member(file, base, &values, word).unwrap_or(members);
                }
                members
            }
            Expression::Call { callee, arguments } => {
                let values = self.called(file, callee);
                match self.made_by_derived(file, callee, &values) {
                    Some(made) => made,
                    None if self.enters(file, callee, &values) => {
                        match facts.list(arguments).first() {
                            Some(manager) => self.entered(file, *manager),
                            None => Values::unknown(),
                        }
                    }
                    None => self.call(&values, file, arguments),
                }
            }
            Expression::New { class, .. } => self.types_in(file, class).with(How::CONSTRUCTOR),
            Expression::Index { base, index } => self.element(file, base, Some(index)),
            Expression::Element(base) => self.element(file, base, None),
            Expression::Await(base) => {
                let values = self.eval(file, base);
                self.awaited(values)
            }
            Expression::Entered(base) => self.entered(file, base),
            Expression::Part { base, index } => self.part(file, base, index),
            Expression::This(scope) => match self.class_around(file, scope) {
                Some(class) => Values::one(Value::Instance { class, arguments: None }, How::SELF),
                None => self.builtin_around(file, scope),
            },
            Expression::Super(scope) => match self.class_around(file, scope) {
                Some(class) => Values::one(Value::Super(class), How::SUPER),
                None => Values::unknown(),
            },
            Expression::SelfType(scope) => match self.class_around(file, scope) {
                Some(class) => Values::one(Value::Definition(class), How::SELF),
                None => self.builtin_around(file, scope),
            },
            Expression::Builtin(name) => {
                let name = facts.text(name);
                Values::one(Value::Builtin { name, arguments: None }, How::empty())
            }
            Expression::Text(_) | Expression::Concat(_) => {
                Values::one(Value::Builtin { name: "str", arguments: None }, How::empty())
            }
            Expression::Collection { kind, items } => {
                let arguments = Arguments::of_values(file, items);
                let value = match kind {
                    CollectionKind::Map => Value::Object(arguments),
                    CollectionKind::List => {
                        Value::Builtin { name: "list", arguments: Some(arguments) }
                    }
                    CollectionKind::Tuple => {
                        Value::Builtin { name: "tuple", arguments: Some(arguments) }
                    }
                    CollectionKind::Set => {
                        Value::Builtin { name: "set", arguments: Some(arguments) }
                    }
                };
                Values::one(value, How::empty())
            }
            Expression::Function(definition) | Expression::Definition(definition) => {
                Values::one(Value::Definition(DefinitionRef { file, definition }), How::empty())
            }
            Expression::Either(items) => {
                let mut values = Values::default();
                for item in facts.list(items) {
                    values.merge(self.eval(file, *item));
                }
                values
            }
            Expression::InstanceOf(declared) => self.types_in(file, declared).with(How::ANNOTATION),
            Expression::Generic { base, arguments } => {
                match self.explicit_result(file, base, arguments) {
                    Some(values) => values,
                    None => self.eval(file, base),
                }
            }
            Expression::Imported(import) => {
                let found = self.import(file, import);
                self.values(found)
            }
            Expression::Decorated { base, .. } => self.eval(file, base),
        }
    }

    /// What a function gives that nobody wrote but a derived trait: `Config::default()`.
    fn made_by_derived(
        &mut self,
        file: u32,
        callee: ExpressionId,
        values: &Values<'w>,
    ) -> Option<Values<'w>> {
        if values.items.iter().any(|value| !matches!(value, Value::External(_))) {
            return None;
        }
        let index = self.index(file);
        let Expression::Member { base, name } = index.facts().expression(callee) else {
            return None;
        };
        if !index.semantics.derives_maker(index.facts().text(name)) {
            return None;
        }
        match *self.eval(file, base).items.as_slice() {
            [Value::Definition(class)] if self.world.definition(class).kind.is_type() => {
                Some(Values::one(Value::Instance { class, arguments: None }, How::CONSTRUCTOR))
            }
            _ => None,
        }
    }

    /// The type that a scope stands in.
    pub fn class_around(&self, file: u32, scope: ScopeId) -> Option<DefinitionRef> {
        let scope = self.world.type_scope(ScopeRef { file, scope })?;
        self.hierarchy.type_of_scope(self.world, scope)
    }

    /// An instance of the built-in type that the extension around a scope is for.
    fn builtin_around(&mut self, file: u32, scope: ScopeId) -> Values<'w> {
        let target = self
            .world
            .type_scope(ScopeRef { file, scope })
            .and_then(|scope| self.hierarchy.builtin_target.get(&scope).copied());
        match target {
            Some(target) => {
                let target = self.pointee(file, target).unwrap_or(target);
                self.types_in(file, target).with(How::SELF)
            }
            None => Values::unknown(),
        }
    }

    /// What a pointer type points to. A pointer's own methods pass on to it:
    /// `(**self).call(request)`.
    fn pointee(&self, file: u32, target: ExpressionId) -> Option<ExpressionId> {
        let index = self.index(file);
        let Expression::Generic { base, arguments } = index.facts().expression(target) else {
            return None;
        };
        let Expression::Builtin(name) = index.facts().expression(base) else { return None };
        let pointer = index.semantics.is_pointer(index.facts().text(name));
        index.facts().list(arguments).first().copied().filter(|_| pointer)
    }

    /// Values of a member, with methods bound to the type they were found on.
    fn member_values(&mut self, base: &Values<'w>, word: Word) -> Values<'w> {
        let base = &*self.pointed_to(base, word);
        let mut values = Values { unknown: base.unknown, how: base.how, ..Values::default() };
        for value in base.items.clone() {
            match self.member_of_value(value, word) {
                Found::Nothing => values.unknown = true,
                Found::Builtin(result) => {
                    let (name, arguments) = match value {
                        Value::Builtin { name, arguments } => (name, arguments),
                        Value::BuiltinName(name) => (name, None),
                        Value::Object(items) => ("dict", Some(items)),
                        _ => ("", None),
                    };
                    values.push(Value::BuiltinMember { result, name, arguments });
                }
                found => {
                    let receiver = match value {
                        Value::Instance { class, arguments } => Some((class, arguments)),
                        Value::Super(class) => Some((class, None)),
                        _ => None,
                    };
                    let found = match found {
                        Found::Sites(mut sites, how) if self.only_functions => {
                            sites.retain(|site| !self.is_variable(site));
                            Found::Sites(sites, how)
                        }
                        found => found,
                    };
                    let field = match (&found, receiver) {
                        (Found::Sites(sites, _), Some((class, arguments))) => {
                            self.field_of(class, arguments, sites)
                        }
                        _ => None,
                    };
                    let found = match field {
                        Some(field) => field,
                        None => self.values(found),
                    };
                    values.how |= found.how;
                    values.unknown |= found.unknown;
                    for item in found.items {
                        values.push(match (item, receiver) {
                            (Value::Definition(definition), Some((receiver, arguments)))
                                if self.world.definition(definition).kind.is_callable() =>
                            {
                                Value::Method { definition, receiver, arguments }
                            }
                            _ => item,
                        });
                    }
                }
            }
        }
        values
    }

    /// A field whose declared type is a type parameter has, inside an `impl` or method, the bounds
    /// that are given there to the parameter of that name.
    fn bounded_member(
        &mut self,
        file: u32,
        base: ExpressionId,
        values: &Values<'w>,
        word: Word,
    ) -> Option<Values<'w>> {
        let scope = self.scope_of(file, base)?;
        for value in &values.items {
            let (class, found) = match *value {
                Value::Instance { class, .. } => {
                    (class, self.member_of_type(class, word, How::RECEIVER))
                }
                // What a pattern takes out of a variant.
                Value::Definition(at) => {
                    let definition = self.world.definition(at);
                    let Some(parent) = definition.parent else { continue };
                    if definition.kind != SymbolKind::EnumMember {
                        continue;
                    }
                    let class = DefinitionRef { file: at.file, definition: parent };
                    (class, self.variant_member(at, word))
                }
                _ => continue,
            };
            let Found::Sites(sites, _) = found else { continue };
            for site in sites {
                let Site::Binding(at, binding) = site else { continue };
                let BindingValue::Definition(field) = binding.value else { continue };
                let field = DefinitionRef { file: at, definition: field };
                let declared = self.world.definition(field).declared_type?;
                let Expression::Name { name, .. } = self.world.expression(at, declared) else {
                    continue;
                };
                if !self.world.definition(class).type_parameters.contains(&name) {
                    continue;
                }
                let parameter = self.index(at).word(name);
                let found = self.look_up(file, scope, parameter);
                let bounds = self.values(found).with(How::ANNOTATION | How::FIELD);
                if !bounds.items.is_empty() {
                    return Some(bounds);
                }
            }
        }
        None
    }

    /// The scope that the leftmost part of a chain is looked up from.
    pub fn scope_of(&self, file: u32, expression: ExpressionId) -> Option<ScopeId> {
        let mut at = expression;
        for _ in 0..32 {
            at = match self.world.expression(file, at) {
                Expression::Name { scope, .. }
                | Expression::This(scope)
                | Expression::Super(scope)
                | Expression::SelfType(scope) => return Some(scope),
                Expression::Member { base, .. }
                | Expression::Index { base, .. }
                | Expression::Await(base)
                | Expression::Element(base) => base,
                Expression::Call { callee, .. } => callee,
                Expression::Generic { base, .. } => base,
                _ => return None,
            };
        }
        None
    }
}

/// Generic built-ins that waiting or unwrapping takes the argument out of.
const WRAPPERS: [&str; 20] = [
    "Promise",
    "PromiseLike",
    "Future",
    "Option",
    "Result",
    "Optional",
    "Awaitable",
    "Coroutine",
    "Task",
    "Poll",
    "Mutex",
    "RwLock",
    "RefCell",
    "Cell",
    "Box",
    "Arc",
    "Rc",
    "Either",
    "Ref",
    "CompletableFuture",
];

/// Generic built-ins whose second argument is the value.
pub(super) const MAPPINGS: [&str; 13] = [
    "dict",
    "Map",
    "HashMap",
    "BTreeMap",
    "defaultdict",
    "OrderedDict",
    "Mapping",
    "WeakMap",
    "Record",
    "IndexMap",
    "ConcurrentHashMap",
    "TreeMap",
    "Entry",
];

/// A member of a built-in type that was read and gives a collection or one of its elements
/// (`map.values`, `entry.value`).
fn is_property(value: &Value<'_>) -> bool {
    use BuiltinResult::{Element, Seen};
    matches!(value, Value::BuiltinMember { result: Seen(_) | Element, .. })
}

fn is_member(index: &FileIndex<'_>, site: &Site<'_>) -> bool {
    match site {
        Site::Binding(_, binding) => match binding.value {
            BindingValue::Definition(id) => {
                let kind = index.facts().definitions[id.index()].kind;
                kind == SymbolKind::Field || kind.is_callable()
            }
            _ => false,
        },
        Site::Expression(..) => false,
    }
}

pub(super) fn mark(found: Found<'_>, how: How) -> Found<'_> {
    match found {
        Found::Sites(sites, more) => Found::Sites(sites, more | how),
        Found::Namespace(namespace, more) => Found::Namespace(namespace, more | how),
        Found::Values(values) => Found::Values(values.with(how)),
        other => other,
    }
}
