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

use super::generics::{Environment, EnvironmentId};
use super::hierarchy::{Base, Hierarchy};
use super::includes::Reached;
use super::views;
use super::world::{DefinitionRef, FileIndex, NamespaceId, ScopeRef, Word, World};
use crate::languages::{BuiltinResult, View};
use bitflags::bitflags;
use qf_graph::facts::{
    Binding, BindingValue, CollectionKind, DECORATED, Definition, DefinitionFlags, Expression,
    ExpressionId, ImportId, ImportKind, List, Name, ParameterKind, ScopeId, ScopeKind, SymbolKind,
};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use std::borrow::Cow;
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

    // ---- names --------------------------------------------------------------------------------

    /// Looks a name up lexically from a scope.
    pub fn look_up(&mut self, file: u32, scope: ScopeId, word: Word) -> Found<'w> {
        let index = self.index(file);
        let members_visible = index.semantics.members_visible_in_methods();
        let mut at = Some(scope);
        let mut outside = false;
        while let Some(current) = at {
            let row = &index.facts().scopes[current.index()];
            at = row.parent;
            if row.kind == ScopeKind::Type && current != scope && !members_visible {
                continue;
            }
            let sites: SmallVec<_> = index
                .bindings(current, word)
                .map(|b| Site::Binding(file, b))
                .take(MAX_SITES)
                .collect();
            // Where members need a receiver, a field does not hide the package of its name
            // (`store store.Store`); type parameters of the type are in scope all the same.
            let member = row.kind == ScopeKind::Type
                && index.semantics.literals_call_nothing()
                && sites.iter().any(|site| is_member(index, site));
            // A field may have the name of a type (`URL URL = …`): the type is meant.
            let member = member
                || self.only_types && sites.iter().any(|site| self.hides_no_type(site))
                || self.only_functions && sites.iter().all(|site| self.is_variable(site));
            if !sites.is_empty() && !member {
                let how = if row.kind == ScopeKind::Type { How::SELF } else { How::empty() };
                return Found::Sites(sites, how);
            }
            if row.kind == ScopeKind::Type && members_visible {
                let here = ScopeRef { file, scope: current };
                if let Some(this) = self.hierarchy.type_of_scope(self.world, here) {
                    let found = self.member_of_type(this, word, How::SELF);
                    let value = match &found {
                        Found::Sites(sites, _) if self.only_types => {
                            sites.iter().any(|site| self.is_value(site))
                        }
                        Found::Sites(sites, _) if self.only_functions => {
                            sites.iter().all(|site| self.is_variable(site))
                        }
                        _ => false,
                    };
                    if !value && !matches!(found, Found::Nothing | Found::External) {
                        return found;
                    }
                }
            }
            let found = self.look_around(file, current, word);
            match found {
                Found::Nothing => {}
                // What headers lead to has it, unless an outer scope or the language does.
                Found::External if index.semantics.program().is_some() => outside = true,
                found => return found,
            }
        }
        if let Some(namespace) = self.named_by_clause(file, word) {
            return Found::Namespace(namespace, How::IMPORT);
        }
        let text = self.world.text(word);
        if index.semantics.builtins().binary_search(&text).is_ok() {
            return Found::BuiltinName(text);
        }
        if outside { Found::External } else { Found::Nothing }
    }

    /// The imported namespace whose files call it so, whatever its path ends with.
    fn named_by_clause(&mut self, file: u32, word: Word) -> Option<NamespaceId> {
        let index = self.index(file);
        if !index.semantics.clauses_name_imports() {
            return None;
        }
        let facts = index.facts();
        let layout = &self.world.repositories[index.repository as usize].layout;
        facts.imports.iter().find_map(|import| {
            let path = index.source.path.as_str();
            let keys = index.semantics.import_candidates(import, path, facts, layout);
            let family = index.source.language.family();
            let named = |key: &String| self.world.namespace(index.repository, family, key);
            let namespace = keys.iter().find_map(named)?;
            let scope = self.world.namespaces[namespace.0 as usize].scopes.first()?;
            let other = self.world.file(scope.file);
            (other.word(other.facts().package?) == word).then_some(namespace)
        })
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

    /// The scope around a class, where a name in it was found to mean what is made of this very
    /// expression: in `Entry = Entry`, the second is the one outside.
    fn around_itself(
        &self,
        file: u32,
        id: ExpressionId,
        scope: ScopeId,
        found: &Found<'w>,
    ) -> Option<ScopeId> {
        let Found::Sites(sites, _) = found else { return None };
        let row = &self.index(file).facts().scopes[scope.index()];
        let is_own = |site: &Site<'w>| {
            matches!(site, Site::Binding(at, Binding { value: BindingValue::Value(value), .. })
                if *at == file && *value == id)
        };
        row.parent.filter(|_| row.kind == ScopeKind::Type && sites.iter().any(is_own))
    }

    /// The type expression of the one instance that a local variable is given, and nothing else.
    pub fn made(&self, scope: ScopeId, name: Name) -> Option<ExpressionId> {
        let index = self.index(self.file);
        let word = index.word(name);
        let mut at = Some(scope);
        while let Some(current) = at {
            let row = &index.facts().scopes[current.index()];
            at = row.parent;
            let mut values = index
                .bindings(current, word)
                .filter(|binding| !matches!(binding.value, BindingValue::Typed(_)));
            let (first, more) = (values.next(), values.next().is_some());
            if index.bindings(current, word).next().is_none() {
                continue;
            }
            let Some(Binding { value: BindingValue::Value(value), .. }) = first else {
                return None;
            };
            return match index.facts().expression(*value) {
                Expression::New { class, .. } if !more && row.kind != ScopeKind::Type => {
                    Some(class)
                }
                _ => None,
            };
        }
        None
    }

    /// Whether a site is a field, a parameter: something with a value and never a type.
    fn is_value(&self, site: &Site<'_>) -> bool {
        match site {
            Site::Binding(file, binding) => match binding.value {
                BindingValue::Definition(definition) => {
                    self.world.definition(DefinitionRef { file: *file, definition }).kind.is_value()
                }
                BindingValue::Parameter { .. } => true,
                _ => false,
            },
            Site::Expression(..) => false,
        }
    }

    /// Whether a type is meant all the same where a name has this meaning too: that of a value, or of
    /// a variable inside a function.
    fn hides_no_type(&self, site: &Site<'_>) -> bool {
        let local = |file: u32, binding: &Binding| {
            let kind = self.index(file).facts().scopes[binding.scope.index()].kind;
            matches!(binding.value, BindingValue::Value(_) | BindingValue::Unknown)
                && matches!(kind, ScopeKind::Function | ScopeKind::Block)
        };
        matches!(site, Site::Binding(file, binding) if local(*file, binding)) || self.is_value(site)
    }

    /// Whether a name stands for a variable: a value or what is assigned to it.
    fn is_variable(&self, site: &Site<'_>) -> bool {
        let assigned = |binding: &Binding| {
            matches!(binding.value, BindingValue::Value(_) | BindingValue::Typed(_))
        };
        matches!(site, Site::Binding(_, binding) if assigned(binding)) || self.is_value(site)
    }

    /// What a call calls. Where variables and functions have names of their own, a variable of the
    /// function's name does not hide it (`Target target = target()`).
    pub fn called(&mut self, file: u32, callee: ExpressionId) -> Values<'w> {
        let values = self.eval(file, callee);
        let index = self.index(file);
        let is_function = |value: &Value<'_>| {
            matches!(
                value,
                Value::Definition(_) | Value::Method { .. } | Value::BuiltinMember { .. }
            )
        };
        if !index.semantics.overloads_by_type() || values.items.iter().any(is_function) {
            return values;
        }
        let functions = match index.facts().expression(callee) {
            Expression::Name { name, scope } => {
                self.only_functions = true;
                let found = self.look_up(file, scope, index.word(name));
                self.only_functions = false;
                self.values(found)
            }
            Expression::Member { base, name } => {
                let base = self.eval(file, base);
                self.only_functions = true;
                let members = self.member_values(&base, index.word(name));
                self.only_functions = false;
                members
            }
            _ => return values,
        };
        if functions.items.iter().any(is_function) { functions } else { values }
    }

    /// Star imports of a scope and the other scopes of its namespaces.
    fn look_around(&mut self, file: u32, scope: ScopeId, word: Word) -> Found<'w> {
        let index = self.index(file);
        if scope == ScopeId::MODULE && index.semantics.program().is_some() {
            return self.look_around_program(file, word);
        }
        for (at, namespace) in &index.namespaces {
            if *at == scope {
                let found = self.look_in_namespace_scopes(*namespace, word, Some(file));
                if !matches!(found, Found::Nothing) {
                    return found;
                }
            }
        }
        // Of several that offer the name, the last one wins.
        for (at, row) in index.stars.iter().rev() {
            if *at != scope {
                continue;
            }
            match self.import(file, ImportId(*row)) {
                Found::Namespace(namespace, _) => {
                    let found = self.look_in_namespace(namespace, word, 0);
                    if !matches!(found, Found::Nothing) {
                        return mark(found, How::STAR);
                    }
                }
                Found::Sites(sites, _) => {
                    // A star import of a type: its members and variants.
                    for value in self.sites_values(&sites).items {
                        if let Value::Definition(this) = value {
                            let found = self.member_of_type(this, word, How::STAR);
                            if !matches!(found, Found::Nothing | Found::External) {
                                return found;
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Found::Nothing
    }

    pub(super) fn look_in_namespace_scopes(
        &mut self,
        namespace: NamespaceId,
        word: Word,
        except: Option<u32>,
    ) -> Found<'w> {
        let world: &'w World<'w> = self.world;
        let mut sites: SmallVec<[Site<'w>; 2]> = SmallVec::new();
        for scope in world.scopes_with(namespace, word) {
            if except == Some(scope.file) {
                continue;
            }
            for binding in world.file(scope.file).bindings(scope.scope, word) {
                // What a sibling file imports is its own business.
                if except.is_some() && matches!(binding.value, BindingValue::Import(_)) {
                    continue;
                }
                if let (Some(_), BindingValue::Definition(definition)) = (except, binding.value) {
                    let at = DefinitionRef { file: scope.file, definition };
                    if !world.file(scope.file).semantics.is_linked(world.definition(at)) {
                        continue;
                    }
                }
                if sites.len() < CAP {
                    sites.push(Site::Binding(scope.file, binding));
                }
            }
        }
        if sites.is_empty() { Found::Nothing } else { Found::Sites(sites, How::empty()) }
    }

    /// What a module offers under a name: its exports, its bindings, what it re-exports, the
    /// namespaces inside it.
    pub fn look_in_namespace(
        &mut self,
        namespace: NamespaceId,
        word: Word,
        depth: u32,
    ) -> Found<'w> {
        // Modules may export one another in a circle, by name or by star.
        self.steps += 1;
        if depth > 12 || self.depth >= MAX_DEPTH || self.steps > MAX_STEPS {
            self.cuts += 1;
            return Found::Nothing;
        }
        self.depth += 1;
        let found = self.look_in_namespace_bounded(namespace, word, depth);
        self.depth -= 1;
        found
    }

    fn look_in_namespace_bounded(
        &mut self,
        namespace: NamespaceId,
        word: Word,
        depth: u32,
    ) -> Found<'w> {
        let world: &'w World<'w> = self.world;
        let row = &world.namespaces[namespace.0 as usize];
        if world.file(row.file).semantics.program().is_some() {
            return self.look_through_includes(namespace, word, true);
        }
        let mut sites: SmallVec<[Site<'w>; 2]> = SmallVec::new();
        for scope in &row.scopes {
            let exports = &world.file(scope.file).exports;
            let start = exports.partition_point(|(w, _)| *w < word);
            for (_, value) in exports[start..].iter().take_while(|(w, _)| *w == word) {
                sites.push(Site::Expression(scope.file, *value));
            }
        }
        if !sites.is_empty() {
            return Found::Sites(sites, How::empty());
        }
        match self.look_in_namespace_scopes(namespace, word, None) {
            Found::Sites(mut sites, how) => {
                // `from . import part` binds the module below, not what it binds itself.
                sites.retain(|site| !self.asks_its_own_module(site, namespace, word));
                if !sites.is_empty() {
                    return Found::Sites(sites, how);
                }
            }
            Found::Nothing => {}
            found => return found,
        }
        // A mere folder of modules gives way to an installed package of its name.
        let mut outside = row.scopes.is_empty();
        let transitive = row.family == "python";
        let equals = world.word("export=");
        for scope in &row.scopes {
            let index = world.file(scope.file);
            for (at, import) in index.stars.iter().rev() {
                let offered = transitive || index.facts().imports[*import as usize].reexport;
                if *at != scope.scope || !offered {
                    continue;
                }
                match self.import(scope.file, ImportId(*import)) {
                    Found::Namespace(other, _) if other != namespace => {
                        let found = self.look_in_namespace(other, word, depth + 1);
                        if !matches!(found, Found::Nothing | Found::External) {
                            return mark(found, How::STAR);
                        }
                        outside |= matches!(found, Found::External);
                    }
                    Found::External => outside = true,
                    _ => {}
                }
            }
            // `module.exports = value`: the value's members are the module's.
            if let Some(equals) = equals.filter(|_| !index.exports.is_empty()) {
                let start = index.exports.partition_point(|(w, _)| *w < equals);
                for (_, value) in index.exports[start..].iter().take_while(|(w, _)| *w == equals) {
                    let exported = self.eval(scope.file, *value);
                    let found = self.member_of(&exported, word);
                    if !matches!(found, Found::Nothing) {
                        return found;
                    }
                }
            }
        }
        let child = world.file(row.file).semantics.child_namespace(&row.key, world.text(word));
        if let Some(id) = child.and_then(|key| world.namespace(row.repository, row.family, &key)) {
            return Found::Namespace(id, How::empty());
        }
        if outside { Found::External } else { Found::Nothing }
    }

    /// Whether what stands at a place of a module is brought in from that module by its own name.
    fn asks_its_own_module(&self, site: &Site<'w>, namespace: NamespaceId, word: Word) -> bool {
        let Site::Binding(file, Binding { value: BindingValue::Import(id), .. }) = *site else {
            return false;
        };
        let index = self.index(file);
        let Some(import) = index.facts().imports.get(id.index()) else { return false };
        if import.kind != ImportKind::Item
            || import.item.is_none_or(|item| index.word(item) != word)
        {
            return false;
        }
        let layout = &self.world.repositories[index.repository as usize].layout;
        let (path, family) = (&index.source.path, index.source.language.family());
        let keys = index.semantics.import_candidates(import, path, index.facts(), layout);
        let found = |key: &String| self.world.namespace(index.repository, family, key);
        keys.iter().find_map(found) == Some(namespace)
    }

    /// What an import brings in.
    pub fn import(&mut self, file: u32, id: ImportId) -> Found<'w> {
        if let Some(found) = self.imports.get(&(file, id)) {
            return found.clone();
        }
        // An import that leads back to itself finds nothing the second time.
        self.imports.insert((file, id), Found::Nothing);
        let found = self.import_uncached(file, id);
        self.imports.insert((file, id), found.clone());
        found
    }

    fn import_uncached(&mut self, file: u32, id: ImportId) -> Found<'w> {
        let index = self.index(file);
        let Some(import) = index.facts().imports.get(id.index()) else { return Found::Nothing };
        let layout = &self.world.repositories[index.repository as usize].layout;
        let candidates =
            index.semantics.import_candidates(import, &index.source.path, index.facts(), layout);
        let family = index.source.language.family();
        let mut exists = false;
        for key in &candidates {
            let place = (index.repository, family);
            let Some(namespace) = self.namespace_by_way(place, key, 0) else { continue };
            exists = true;
            let Some(item) = import.item.filter(|_| import.kind == ImportKind::Item) else {
                return Found::Namespace(namespace, How::IMPORT);
            };
            let word = index.word(item);
            let found = self.look_in_namespace(namespace, word, 0);
            if !matches!(found, Found::Nothing) {
                return mark(found, How::IMPORT);
            }
            if self.world.text(word) == "default" {
                // A default import of a CommonJS module is the whole export.
                return match self.world.word("export=") {
                    Some(equals) => match self.look_in_namespace(namespace, equals, 0) {
                        Found::Nothing => Found::Namespace(namespace, How::IMPORT),
                        found => mark(found, How::IMPORT),
                    },
                    None => Found::Namespace(namespace, How::IMPORT),
                };
            }
        }
        if exists { Found::Nothing } else { Found::External }
    }

    /// The namespace under a key, or the one that the way there leads to: a module may be brought in
    /// from elsewhere under the name that it has in a path.
    fn namespace_by_way(
        &mut self,
        place: (u32, &'static str),
        key: &str,
        depth: u32,
    ) -> Option<NamespaceId> {
        let (repository, family) = place;
        if let Some(namespace) = self.world.namespace(repository, family, key) {
            return Some(namespace);
        }
        let (outer, last) = key.rsplit_once("::").filter(|_| depth < 4)?;
        let word = self.world.word(last)?;
        let outer = self.namespace_by_way(place, outer, depth + 1)?;
        let found = self.look_in_namespace(outer, word, 0);
        self.values(found).items.iter().find_map(|value| match value {
            Value::Namespace(namespace) => Some(*namespace),
            _ => None,
        })
    }

    // ---- members ------------------------------------------------------------------------------

    /// Looks a member up in a type, its extensions and what is above it.
    pub fn member_of_type(&mut self, this: DefinitionRef, word: Word, how: How) -> Found<'w> {
        // Aliases may lead in a circle.
        if !self.may_go_on() {
            self.cuts += 1;
            return Found::Nothing;
        }
        self.depth += 1;
        let found = self.member_of_type_bounded(this, word, how);
        self.depth -= 1;
        found
    }

    fn member_of_type_bounded(&mut self, this: DefinitionRef, word: Word, how: How) -> Found<'w> {
        let world: &'w World<'w> = self.world;
        let own = self.own_member(this, word);
        if !own.is_empty() && !self.is_first_seen(&own) {
            return Found::Sites(own, how);
        }
        let (ancestors, mut outside) = self.hierarchy.ancestors(this);
        if !own.is_empty() {
            // A field that this type only assigns is that of the type above which declares it.
            let declared =
                ancestors.iter().map(|above| self.own_member(*above, word)).find(|sites| {
                    !sites.is_empty()
                        && !self.is_first_seen(sites)
                        && sites.iter().any(|site| self.is_value(site))
                });
            let Some(mut sites) = declared else { return Found::Sites(own, how) };
            sites.extend(own.into_iter().filter(|site| !self.is_value(site)));
            return Found::Sites(sites, how);
        }
        for ancestor in &ancestors {
            let sites = self.own_member(*ancestor, word);
            if !sites.is_empty() {
                return Found::Sites(sites, how);
            }
        }
        // An alias has the members of what it stands for.
        let definition = world.definition(this);
        if definition.kind == SymbolKind::TypeAlias
            && let Some(aliased) = definition.declared_type
        {
            for value in self.types_in(this.file, aliased).items {
                match value {
                    Value::Instance { class, .. } if class != this => {
                        let found = self.member_of_type(class, word, how);
                        if !matches!(found, Found::Nothing) {
                            return found;
                        }
                    }
                    _ => outside = true,
                }
            }
        }
        // What it has not itself may be what it dereferences to has.
        let mut above = std::iter::once(&this).chain(&ancestors);
        if let Some((file, target)) =
            above.find_map(|class| self.hierarchy.passes_on.get(class).copied())
        {
            let inner = self.types_in(file, target);
            let found = self.member_of(&inner, word);
            if !matches!(found, Found::Nothing) {
                return mark(found, How::RECEIVER);
            }
        }
        if outside { Found::External } else { Found::Nothing }
    }

    /// What the decorators of a function put in its place under its name; nothing where that is
    /// the function itself, or where they are not known.
    pub(super) fn decorated(&mut self, at: DefinitionRef) -> Values<'w> {
        let world: &'w World<'w> = self.world;
        let definition = world.definition(at);
        let mut made = Values::default();
        if definition.decorators.is_empty() || !definition.kind.is_callable() {
            return made;
        }
        let file = world.file(at.file);
        let name = format!("{}{DECORATED}", file.facts().text(definition.name));
        let scope = definition.scope.and_then(|s| file.facts().scopes[s.index()].parent);
        let (Some(word), Some(scope)) = (world.word(&name), scope) else { return made };
        for binding in file.bindings(scope, word) {
            if binding.at == definition.name_span.start
                && let BindingValue::Value(value) = binding.value
            {
                made.merge(self.eval(at.file, value));
            }
        }
        made.items.retain(|value| *value != Value::Definition(at));
        made
    }

    /// Whether a member is a field that no line declares: it was first seen being assigned.
    fn is_first_seen(&self, sites: &[Site<'w>]) -> bool {
        let mut definitions = sites.iter().filter_map(|site| match site {
            Site::Binding(file, binding) => match binding.value {
                BindingValue::Definition(definition) => {
                    Some(self.world.definition(DefinitionRef { file: *file, definition }))
                }
                _ => None,
            },
            Site::Expression(..) => None,
        });
        let implicit = |definition: &qf_graph::facts::Definition| {
            definition.kind == SymbolKind::Field
                && definition.flags.contains(DefinitionFlags::IMPLICIT)
        };
        let mut any = false;
        definitions.all(|definition| {
            any = true;
            implicit(definition)
        }) && any
    }

    fn own_member(&self, this: DefinitionRef, word: Word) -> SmallVec<[Site<'w>; 2]> {
        let world: &'w World<'w> = self.world;
        let mut sites = SmallVec::new();
        let Definition { kind, scope: body, .. } = *world.definition(this);
        let body = body.map(|scope| ScopeRef { file: this.file, scope });
        let extensions = self.hierarchy.extensions.get(&this).map_or(&[][..], Vec::as_slice);
        let mut implemented = None;
        for scope in body.iter().chain(extensions) {
            // Once found, only what implements the same interface for other arguments is meant
            // too: `impl From<&str> for Value`, `impl From<bool> for Value`.
            if let Some(interface) = implemented
                && (self.hierarchy.written.get(scope) != Some(&interface)
                    || !self.hierarchy.for_arguments.contains(scope))
            {
                continue;
            }
            // What a test puts into a type is there for tests.
            let is_test = |file: u32| world.file(file).source.flags.test;
            if is_test(scope.file) && !is_test(this.file) && !is_test(self.file) {
                continue;
            }
            let hidden = matches!(kind, SymbolKind::Struct | SymbolKind::Enum)
                && world.file(scope.file).repository != self.index(self.file).repository
                && !self.hierarchy.written.contains_key(scope);
            for binding in world.file(scope.file).bindings(scope.scope, word) {
                if sites.len() < 2 * CAP && !(hidden && self.is_kept_inside(scope.file, binding)) {
                    sites.push(Site::Binding(scope.file, binding));
                }
            }
            // A field and a method may share a name (Rust): go on until a method is found.
            let settled = sites.iter().any(|site| match site {
                Site::Binding(file, binding) => match binding.value {
                    BindingValue::Definition(id) => {
                        world.file(*file).facts().definitions[id.index()].kind.is_callable()
                    }
                    BindingValue::Import(_) => true,
                    _ => false,
                },
                Site::Expression(..) => true,
            });
            if settled && implemented.is_none() {
                match self.hierarchy.written.get(scope) {
                    Some(interface) => implemented = Some(*interface),
                    None => break,
                }
            }
        }
        sites
    }

    /// Whether a member can only be used in its own repository (a method of Rust that is not `pub`).
    fn is_kept_inside(&self, file: u32, binding: &Binding) -> bool {
        let BindingValue::Definition(definition) = binding.value else { return false };
        let definition = self.world.definition(DefinitionRef { file, definition });
        let inherent = definition.kind == SymbolKind::Method;
        inherent
            && self.index(file).semantics.dispatch_is_open()
            && !definition.flags.contains(DefinitionFlags::EXPORTED)
    }

    /// Looks a member up in every value of a set and joins what is found.
    pub fn member_of(&mut self, values: &Values<'w>, word: Word) -> Found<'w> {
        let values = &*self.pointed_to(values, word);
        let mut sites: SmallVec<[Site<'w>; 2]> = SmallVec::new();
        let mut how = values.how;
        let mut other = Found::Nothing;
        for value in &values.items {
            match self.member_of_value(*value, word) {
                Found::Sites(more, more_how) => {
                    how |= more_how;
                    for site in more {
                        if sites.len() < 2 * CAP {
                            sites.push(site);
                        }
                    }
                }
                Found::Nothing => {}
                found => {
                    if matches!(other, Found::Nothing) {
                        other = mark(found, values.how);
                    }
                }
            }
        }
        if sites.is_empty() { other } else { Found::Sites(sites, how) }
    }

    /// Values with pointers replaced by what they point to, unless the pointer itself has the
    /// member, and properties of built-in types by what they hold.
    fn pointed_to<'v>(&mut self, values: &'v Values<'w>, word: Word) -> Cow<'v, Values<'w>> {
        let semantics = self.index(self.file).semantics;
        let pointer = |value: &Value<'w>| match *value {
            Value::Builtin { name, arguments } if semantics.is_pointer(name) => arguments,
            _ => None,
        };
        let is_one = |value: &Value<'w>| pointer(value).is_some() || is_property(value);
        if !values.items.iter().any(is_one) {
            return Cow::Borrowed(values);
        }
        let mut out = Values { items: SmallVec::new(), ..values.clone() };
        for value in &values.items {
            match (pointer(value), value) {
                _ if is_property(value) => {
                    let read = self.property(*value);
                    out.merge(read);
                }
                (Some(of), Value::Builtin { name, .. })
                    if matches!(self.builtin_extension(name, Some(of), word), Found::Nothing) =>
                {
                    let inner = self.argument(of, 0);
                    out.merge(inner);
                }
                _ => out.push(*value),
            }
        }
        Cow::Owned(out)
    }

    /// What a property of a built-in type holds.
    fn property(&mut self, value: Value<'w>) -> Values<'w> {
        self.call_value(value, self.file, List::default())
    }

    fn member_of_value(&mut self, value: Value<'w>, word: Word) -> Found<'w> {
        let world: &'w World<'w> = self.world;
        match value {
            Value::Namespace(namespace) => self.look_in_namespace(namespace, word, 0),
            Value::Instance { class, .. } => self.member_of_type(class, word, How::RECEIVER),
            Value::Super(class) => {
                let mut outside = false;
                // Where the first base is outside, that is the class, and interfaces follow it.
                let virtual_only = self.index(self.file).semantics.methods_are_virtual();
                for base in self.hierarchy.bases.get(&class).map_or(&[][..], Vec::as_slice) {
                    match base {
                        Base::Type(base)
                            if outside
                                && virtual_only
                                && world.definition(*base).kind == SymbolKind::Interface => {}
                        Base::Type(base) => {
                            let found = self.member_of_type(*base, word, How::SUPER);
                            match found {
                                Found::Nothing => {}
                                Found::External => outside = true,
                                found => return found,
                            }
                        }
                        Base::Outside => outside = true,
                    }
                }
                if outside { Found::External } else { Found::Nothing }
            }
            Value::Definition(this) => {
                let definition = world.definition(this);
                if definition.kind.is_type() || definition.kind == SymbolKind::TypeAlias {
                    self.member_of_type(this, word, How::empty())
                } else if definition.kind == SymbolKind::EnumMember {
                    self.variant_member(this, word)
                } else if let Some(scope) = definition.scope
                    && !definition.kind.is_callable()
                    && !self.hierarchy.extensions.contains_key(&this)
                {
                    // An inline namespace, or an object with members.
                    let sites: SmallVec<_> = world
                        .file(this.file)
                        .bindings(scope, word)
                        .map(|binding| Site::Binding(this.file, binding))
                        .take(MAX_SITES)
                        .collect();
                    if sites.is_empty() {
                        // Other files may go on with the namespace.
                        let all = &world.file(this.file).namespaces;
                        match all.iter().find(|(at, _)| *at == scope) {
                            Some((_, namespace)) => self.look_in_namespace(*namespace, word, 0),
                            None => Found::Nothing,
                        }
                    } else {
                        Found::Sites(sites, How::empty())
                    }
                } else {
                    // Functions as objects: constructor functions have members by extension, and
                    // what a decorator put in a function's place has those of its type.
                    match self.member_of_type(this, word, How::empty()) {
                        Found::Nothing => {
                            let made = self.decorated(this);
                            mark(self.member_of(&made, word), How::RETURN)
                        }
                        found => found,
                    }
                }
            }
            Value::Object(items) => match self.entry(items, world.text(word)) {
                Some(value) => Found::Values(self.eval(items.file, value).with(How::FIELD)),
                None => self.builtin_member("dict", word),
            },
            Value::External(_) => {
                let semantics = self.index(self.file).semantics;
                semantics.universal_member(world.text(word)).map_or(Found::External, Found::Builtin)
            }
            Value::Builtin { name, arguments } => match self.builtin_member(name, word) {
                Found::Nothing => self.builtin_extension(name, arguments, word),
                found => found,
            },
            Value::BuiltinName(name) => {
                let found = self.builtin_member(name, word);
                if matches!(found, Found::Nothing) {
                    Found::Builtin(BuiltinResult::Unknown)
                } else {
                    found
                }
            }
            Value::BuiltinMember { .. } | Value::Method { .. } => {
                Found::Builtin(BuiltinResult::Unknown)
            }
        }
    }

    /// A field of an enum's variant, or a member of the enum.
    fn variant_member(&mut self, variant: DefinitionRef, word: Word) -> Found<'w> {
        let own = self.own_member(variant, word);
        if !own.is_empty() {
            return Found::Sites(own, How::RECEIVER);
        }
        match self.world.definition(variant).parent {
            Some(parent) => {
                let class = DefinitionRef { file: variant.file, definition: parent };
                self.member_of_type(class, word, How::RECEIVER)
            }
            None => Found::Nothing,
        }
    }

    fn builtin_member(&self, name: &str, word: Word) -> Found<'w> {
        let semantics = self.index(self.file).semantics;
        match semantics.builtin_member(views::plain(name), self.world.text(word)) {
            Some(result) => Found::Builtin(result),
            None => Found::Nothing,
        }
    }

    /// A member that the repository gives to a built-in type, when only one extension has it.
    fn builtin_extension(
        &mut self,
        name: &str,
        arguments: Option<Arguments>,
        word: Word,
    ) -> Found<'w> {
        let world: &'w World<'w> = self.world;
        let parts = arguments.filter(|_| name == "tuple").map_or(0, |of| of.list.len);
        let repository = self.index(self.file).repository;
        let mut sites: SmallVec<[Site<'w>; 2]> = SmallVec::new();
        for scope in self.hierarchy.builtin_scopes(name, parts, repository) {
            for binding in world.file(scope.file).bindings(scope.scope, word) {
                sites.push(Site::Binding(scope.file, binding));
            }
        }
        if sites.is_empty() {
            // What the interfaces do by themselves.
            let scopes = self.hierarchy.builtin_scopes(name, parts, repository);
            let interfaces = scopes.filter_map(|scope| self.hierarchy.interface.get(&scope));
            for interface in interfaces {
                for site in self.own_member(*interface, word) {
                    if !sites.contains(&site) {
                        sites.push(site);
                    }
                }
            }
        }
        if sites.is_empty() {
            sites = self.imported_extension(name, parts, word);
        }
        if sites.len() == 1 { Found::Sites(sites, How::RECEIVER) } else { Found::Nothing }
    }

    /// Members that another repository gives to a built-in type for an interface that this file brings
    /// in by name or with all of its module.
    fn imported_extension(
        &mut self,
        name: &str,
        parts: u32,
        word: Word,
    ) -> SmallVec<[Site<'w>; 2]> {
        let world: &'w World<'w> = self.world;
        let index = self.index(self.file);
        let mut sites = SmallVec::new();
        for (scope, interface) in self.hierarchy.builtin_interfaces(name, parts) {
            if world.file(scope.file).repository == index.repository {
                continue;
            }
            // Numbers of different widths are one type here: the interface's own is meant.
            let own = world.file(scope.file).bindings(scope.scope, word).next();
            let own = own.filter(|_| !matches!(name, "int" | "float"));
            let own = own.map(|binding| Site::Binding(scope.file, binding));
            let Some(site) = own.or_else(|| self.own_member(interface, word).first().copied())
            else {
                continue;
            };
            if !sites.contains(&site) && self.is_brought_in(interface) {
                sites.push(site);
            }
        }
        sites
    }

    /// Whether an import of the file names a type, or brings in all of a module that offers it.
    fn is_brought_in(&mut self, wanted: DefinitionRef) -> bool {
        let index = self.index(self.file);
        let name = self.world.name_of(wanted);
        (0..index.facts().imports.len() as u32).any(|row| {
            let import = &index.facts().imports[row as usize];
            let found = match import.kind {
                ImportKind::Item if import.item.is_some_and(|item| index.word(item) == name) => {
                    self.import(self.file, ImportId(row))
                }
                ImportKind::Star => match self.import(self.file, ImportId(row)) {
                    Found::Namespace(namespace, _) => self.look_in_namespace(namespace, name, 0),
                    _ => Found::Nothing,
                },
                _ => Found::Nothing,
            };
            self.values(found).items.contains(&Value::Definition(wanted))
        })
    }

    /// The value under a constant key of an object literal.
    fn entry(&self, items: Arguments, key: &str) -> Option<ExpressionId> {
        let facts = self.index(items.file).facts();
        facts.list(items.list).chunks_exact(2).rev().find_map(|pair| {
            match facts.expression(pair[0]) {
                Expression::Text(text) if facts.text(text) == key => Some(pair[1]),
                _ => None,
            }
        })
    }

    /// The value that a CommonJS module is as a whole (`module.exports = Router`); `None` when it
    /// only has properties.
    pub fn whole_export(&mut self, namespace: NamespaceId) -> Option<Values<'w>> {
        let world: &'w World<'w> = self.world;
        let equals = world.word("export=")?;
        let mut values = Values::default();
        let mut any = false;
        for scope in &world.namespaces[namespace.0 as usize].scopes {
            let exports = &world.file(scope.file).exports;
            let start = exports.partition_point(|(word, _)| *word < equals);
            for (_, value) in exports[start..].iter().take_while(|(word, _)| *word == equals) {
                any = true;
                values.merge(self.eval(scope.file, *value));
            }
        }
        any.then(|| values.with(How::IMPORT))
    }

    /// Values with modules replaced by what they export as a whole.
    pub fn as_callable(&mut self, mut values: Values<'w>) -> Values<'w> {
        if !values.items.iter().any(|value| matches!(value, Value::Namespace(_))) {
            return values;
        }
        for value in std::mem::take(&mut values.items) {
            match value {
                Value::Namespace(namespace) => match self.whole_export(namespace) {
                    Some(whole) => values.merge(whole),
                    None => values.push(value),
                },
                _ => values.push(value),
            }
        }
        values
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
        if !self.may_go_on() {
            self.cuts += 1;
            return Values::unknown();
        }
        self.depth += 1;
        let values = self.sites_values_bounded(sites);
        self.depth -= 1;
        values
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

    // ---- calls --------------------------------------------------------------------------------------

    pub(super) fn call(&mut self, callee: &Values<'w>, file: u32, arguments: List) -> Values<'w> {
        let mut values = Values { unknown: callee.unknown, how: callee.how, ..Values::default() };
        let callee = self.as_callable(callee.clone());
        for value in callee.items {
            values.merge(self.call_value(value, file, arguments));
        }
        values
    }

    fn call_value(&mut self, value: Value<'w>, file: u32, arguments: List) -> Values<'w> {
        match value {
            Value::Definition(at) => {
                let kind = self.world.definition(at).kind;
                if kind.is_type() {
                    Values::one(Value::Instance { class: at, arguments: None }, How::CONSTRUCTOR)
                } else if kind == SymbolKind::TypeAlias {
                    self.instance_of(value)
                } else if kind == SymbolKind::EnumMember {
                    self.instance_of(value).with(How::CONSTRUCTOR)
                } else if let Some(values) =
                    self.handed_back(at, self.is_class_method(at), file, arguments)
                {
                    values
                } else if let Some(values) = self.generic_result(at, None, (file, arguments)) {
                    values.with(How::RETURN)
                } else {
                    self.returned(at, None).with(How::RETURN)
                }
            }
            Value::Method { definition, receiver, arguments: of } => {
                if let Some(values) = self.handed_back(definition, true, file, arguments) {
                    return values;
                }
                let given = (file, arguments);
                match self.generic_result(definition, Some((receiver, of)), given) {
                    Some(values) => values.with(How::RETURN),
                    None => self.returned(definition, Some(receiver)).with(How::RETURN),
                }
            }
            Value::Instance { class, .. }
                if let Some((file, declared)) = self.underlying(class) =>
            {
                let mut functions = self.types_in(file, declared);
                functions
                    .items
                    .retain(|value| matches!(value, Value::Builtin { name: "function", .. }));
                self.call(&functions, file, List::default())
            }
            Value::Instance { class, .. } => match self.world.word("__call__") {
                Some(word) => {
                    let found = self.member_of_type(class, word, How::RECEIVER);
                    let method = self.values(found);
                    let mut values = Values::default();
                    for item in method.items {
                        if let Value::Definition(at) = item {
                            values.merge(self.returned(at, Some(class)).with(How::RETURN));
                        }
                    }
                    values
                }
                None => Values::unknown(),
            },
            Value::External(_) => Values::one(Value::External(None), How::empty()),
            Value::BuiltinName(name) => match self.index(self.file).semantics.builtin_call(name) {
                Some(made)
                    if let Some(values) = self.made_of_argument(name, made, file, arguments) =>
                {
                    values
                }
                Some("type") => self.first_argument_class(file, arguments),
                Some(name) => Values::one(Value::Builtin { name, arguments: None }, How::empty()),
                None => Values::unknown(),
            },
            Value::BuiltinMember { result, name, arguments: of } => match result {
                BuiltinResult::Type(name) => {
                    Values::one(Value::Builtin { name, arguments: None }, How::empty())
                }
                BuiltinResult::Receiver => {
                    Values::one(Value::Builtin { name, arguments: of }, How::empty())
                }
                BuiltinResult::Element => {
                    self.element_of(Value::Builtin { name, arguments: of }, None, true)
                }
                BuiltinResult::Seen(view) => {
                    self.seen(Value::Builtin { name, arguments: of }, view)
                }
                BuiltinResult::SeenArgument(view) if arguments.len == 1 => {
                    self.seen_argument(view, file, arguments)
                }
                BuiltinResult::SeenArgument(_) => {
                    Values::one(Value::Builtin { name: "list", arguments: None }, How::empty())
                }
                BuiltinResult::Mapped => views::mapped(file, arguments),
                BuiltinResult::Flattened => views::flattened(file, arguments),
                BuiltinResult::Chained => views::chained(file, arguments),
                BuiltinResult::Unknown => Values::unknown(),
            },
            Value::Super(class) => Values::one(Value::Super(class), How::SUPER),
            // A value of a function type (`Callable[[…], R]`, `(x: T) => R`).
            Value::Builtin { name: "function", arguments: Some(result) } if !result.values => {
                self.argument(result, 0).with(How::RETURN)
            }
            Value::Namespace(_) | Value::Builtin { .. } | Value::Object(_) => Values::unknown(),
        }
    }

    /// What a built-in makes of the elements of its first argument (`list(users)`); `None` where that
    /// is nothing of theirs.
    fn made_of_argument(
        &mut self,
        name: &str,
        made: &'static str,
        file: u32,
        arguments: List,
    ) -> Option<Values<'w>> {
        let view = self.index(self.file).semantics.builtin_view(name)?;
        let mut values = self.seen_argument(view, file, arguments);
        values.items.retain(|value| matches!(value, Value::Builtin { arguments: Some(_), .. }));
        for value in &mut values.items {
            if let Value::Builtin { name, .. } = value
                && views::plain(name) == *name
            {
                *name = made;
            }
        }
        (!values.items.is_empty()).then_some(values)
    }

    /// The first argument of a call seen in another way.
    fn seen_argument(&mut self, view: View, file: u32, arguments: List) -> Values<'w> {
        let Some(first) = self.index(file).facts().list(arguments).first().copied() else {
            return Values::unknown();
        };
        let given = self.eval(file, first);
        if given.items.is_empty() {
            return self.unseen(view);
        }
        let mut values = Values { unknown: given.unknown, how: given.how, ..Values::default() };
        for value in given.items {
            values.merge(self.seen(value, view));
        }
        values
    }

    /// A method whose first parameter is the class that it is called on.
    fn is_class_method(&self, at: DefinitionRef) -> bool {
        self.world.definition(at).flags.contains(DefinitionFlags::CLASS_METHOD)
    }

    /// What a function without a declared type gives that only returns one of its parameters as it
    /// got it (decorators, builders, `identity`): the argument of this very call.
    fn handed_back(
        &mut self,
        at: DefinitionRef,
        bound: bool,
        file: u32,
        arguments: List,
    ) -> Option<Values<'w>> {
        let definition = self.world.definition(at);
        let [returned] = definition.returns.as_slice() else { return None };
        if definition.declared_type.is_some() {
            return None;
        }
        let Expression::Name { name, scope } = self.world.expression(at.file, *returned) else {
            return None;
        };
        let index = definition.parameters.iter().position(|p| p.name == name)?;
        let parameter = &definition.parameters[index];
        if parameter.kind != ParameterKind::Plain || parameter.declared_type.is_some() {
            return None;
        }
        // A parameter that is also assigned is no longer what was passed.
        let word = self.index(at.file).word(name);
        let Found::Sites(sites, _) = self.look_up(at.file, scope, word) else { return None };
        let only_parameter = sites.iter().all(|site| match site {
            Site::Binding(_, binding) => {
                matches!(binding.value, BindingValue::Parameter { function, .. } if function == at.definition)
            }
            Site::Expression(..) => false,
        });
        if !only_parameter {
            return None;
        }
        let receiver = definition.parameters.first();
        let skip = receiver.is_some_and(|p| p.kind == ParameterKind::Receiver) && bound;
        let position = index - usize::from(skip && index > 0);
        let facts = self.index(file).facts();
        let argument = facts.list(arguments).get(position).copied()?;
        if matches!(facts.expression(argument), Expression::Argument { .. }) {
            return None;
        }
        Some(self.eval(file, argument).with(How::RETURN))
    }

    /// `type(x)`: the class of the first argument.
    fn first_argument_class(&mut self, file: u32, arguments: List) -> Values<'w> {
        let Some(first) = self.index(file).facts().list(arguments).first().copied() else {
            return Values::unknown();
        };
        let mut values = self.eval(file, first);
        for value in &mut values.items {
            if let Value::Instance { class, .. } = value {
                *value = Value::Definition(*class);
            }
        }
        values
    }

    /// What a function returns.
    pub(super) fn returned(
        &mut self,
        at: DefinitionRef,
        receiver: Option<DefinitionRef>,
    ) -> Values<'w> {
        let definition = self.world.definition(at);
        let constructor = definition.kind == SymbolKind::Constructor;
        if constructor && let Some(parent) = definition.parent {
            let class = DefinitionRef { file: at.file, definition: parent };
            return Values::one(Value::Instance { class, arguments: None }, How::CONSTRUCTOR);
        }
        let this = |expression: Expression| {
            matches!(expression, Expression::This(_) | Expression::SelfType(_))
        };
        if let Some(declared) = definition.declared_type {
            let own = this(self.world.expression(at.file, declared));
            if let Some(class) = receiver.filter(|_| own) {
                return Values::one(Value::Instance { class, arguments: None }, How::SELF);
            }
            let types = self.types_in(at.file, declared).with(How::ANNOTATION);
            if !types.items.is_empty() || definition.returns.is_empty() {
                return types;
            }
        }
        if definition.returns.is_empty() {
            return Values::unknown();
        }
        let mut values = Values::default();
        for value in definition.returns.clone() {
            if let Some(class) = receiver.filter(|_| this(self.world.expression(at.file, value))) {
                values.push(Value::Instance { class, arguments: None });
            } else {
                values.merge(self.eval(at.file, value));
            }
        }
        values
    }

    // ---- taking apart -----------------------------------------------------------------------------------

    /// What waiting for a value, or unwrapping it, gives.
    pub(super) fn awaited(&mut self, values: Values<'w>) -> Values<'w> {
        let mut out = Values { unknown: values.unknown, how: values.how, ..Values::default() };
        for value in values.items {
            if let Value::Builtin { name, arguments: Some(of) } = value
                && let Some(values) = self.awaited_view(name, of)
            {
                out.merge(values);
                continue;
            }
            let wrapper = match value {
                Value::Builtin { name, arguments } if WRAPPERS.contains(&name) => Some(arguments),
                Value::External(arguments @ Some(_)) => Some(arguments),
                _ => None,
            };
            match wrapper {
                Some(Some(arguments)) => out.merge(self.argument(arguments, 0)),
                Some(None) => out.unknown = true,
                None => out.push(value),
            }
        }
        out
    }

    /// The n-th type argument as an instance, or the n-th item of a literal.
    pub(super) fn argument(&mut self, arguments: Arguments, position: usize) -> Values<'w> {
        let list = self.index(arguments.file).facts().list(arguments.list);
        match list.get(position) {
            Some(item) if arguments.values => self.eval(arguments.file, *item),
            Some(item) => self.types_under(arguments.file, *item, arguments.environment),
            None => Values::unknown(),
        }
    }

    fn element(
        &mut self,
        file: u32,
        base: ExpressionId,
        index: Option<ExpressionId>,
    ) -> Values<'w> {
        let base = self.eval(file, base);
        let key = index.map(|index| self.world.expression(file, index));
        // `f[T]` names a function for a type.
        if let [Value::Definition(at) | Value::Method { definition: at, .. }] =
            *base.items.as_slice()
            && self.world.definition(at).kind.is_callable()
            && self.index(file).semantics.literals_call_nothing()
        {
            return base;
        }
        let mut values = Values { unknown: base.unknown, how: base.how, ..Values::default() };
        for value in base.items {
            let constant = match (value, key) {
                (Value::Object(items), Some(Expression::Text(text))) => {
                    let text = self.index(file).facts().text(text);
                    self.entry(items, text).map(|entry| (items.file, entry))
                }
                _ => None,
            };
            // The position in a list is no element of it.
            let is_list = matches!(value, Value::Builtin { name: "list" | "str", .. });
            if index.is_none() && is_list && self.index(file).semantics.iterates_over_positions() {
                values.push(Value::Builtin { name: "int", arguments: None });
                continue;
            }
            match constant {
                Some((file, entry)) => values.merge(self.eval(file, entry).with(How::ELEMENT)),
                None => values.merge(self.element_of(value, index, index.is_some())),
            }
        }
        values
    }

    /// An element of a value: by index (or key) or by iteration.
    pub(super) fn element_of(
        &mut self,
        value: Value<'w>,
        index: Option<ExpressionId>,
        by_key: bool,
    ) -> Values<'w> {
        let _ = index;
        match value {
            Value::Builtin { name, arguments: Some(arguments) } => {
                if let Some(values) = self.element_seen(name, arguments, by_key) {
                    return values.with(How::ELEMENT);
                }
                let mapping = MAPPINGS.contains(&name);
                if arguments.values && !mapping {
                    let mut values = Values::default();
                    let items: SmallVec<[ExpressionId; 8]> = self
                        .index(arguments.file)
                        .facts()
                        .list(arguments.list)
                        .iter()
                        .copied()
                        .take(CAP)
                        .collect();
                    for item in items {
                        values.merge(self.eval(arguments.file, item));
                    }
                    return values.with(How::ELEMENT);
                }
                let position = usize::from(mapping && by_key);
                self.argument(arguments, position).with(How::ELEMENT)
            }
            Value::Object(items) if by_key => {
                let pairs: SmallVec<[ExpressionId; 8]> = self
                    .index(items.file)
                    .facts()
                    .list(items.list)
                    .chunks_exact(2)
                    .map(|pair| pair[1])
                    .take(CAP)
                    .collect();
                let mut values = Values::default();
                for item in pairs {
                    values.merge(self.eval(items.file, item));
                }
                values.with(How::ELEMENT)
            }
            value if is_property(&value) => {
                let held = self.property(value);
                self.elements(held, by_key)
            }
            Value::External(Some(arguments)) => self.argument(arguments, 0).with(How::ELEMENT),
            Value::External(None) => Values::one(Value::External(None), How::empty()),
            Value::Instance { class, .. }
                if let Some((file, declared)) = self.underlying(class) =>
            {
                let collections = self.types_in(file, declared);
                self.elements(collections, by_key).with(How::ELEMENT)
            }
            Value::Instance { class, .. } => {
                let method = if by_key { "__getitem__" } else { "__iter__" };
                let Some(word) = self.world.word(method) else { return Values::unknown() };
                let found = self.member_of_type(class, word, How::RECEIVER);
                let mut values = Values::default();
                for item in self.values(found).items {
                    if let Value::Definition(at) = item {
                        let returned = self.returned(at, Some(class));
                        if by_key {
                            values.merge(returned);
                            continue;
                        }
                        for item in returned.items {
                            match item {
                                Value::Instance { class, .. } => {
                                    values.merge(self.next_of(class));
                                }
                                item => values.merge(self.element_of(item, None, false)),
                            }
                        }
                    }
                }
                values.unknown |= values.items.is_empty();
                values.with(How::ELEMENT)
            }
            _ => Values::unknown(),
        }
    }

    /// The type that a type with members of its own is declared as (`type Users []*User`).
    fn underlying(&self, class: DefinitionRef) -> Option<(u32, ExpressionId)> {
        let definition = self.world.definition(class);
        let is_named = definition.kind == SymbolKind::TypeAlias
            || self.index(class.file).semantics.structural_interfaces()
                && definition.kind == SymbolKind::Struct;
        definition.declared_type.filter(|_| is_named).map(|declared| (class.file, declared))
    }

    /// What an iterator's `__next__` returns.
    fn next_of(&mut self, class: DefinitionRef) -> Values<'w> {
        let Some(word) = self.world.word("__next__") else { return Values::unknown() };
        let found = self.member_of_type(class, word, How::RECEIVER);
        let mut values = Values::default();
        for item in self.values(found).items {
            if let Value::Definition(at) = item {
                values.merge(self.returned(at, Some(class)));
            }
        }
        values
    }

    /// Whether a method of a library enters the context manager that it is given.
    fn enters(&self, file: u32, callee: ExpressionId, values: &Values<'w>) -> bool {
        let index = self.index(file);
        let Expression::Member { name, .. } = index.facts().expression(callee) else {
            return false;
        };
        index.semantics.enters_its_argument(index.facts().text(name))
            && !values.items.iter().any(|value| {
                matches!(
                    value,
                    Value::Definition(_) | Value::Method { .. } | Value::Instance { .. }
                )
            })
    }

    fn entered(&mut self, file: u32, base: ExpressionId) -> Values<'w> {
        let base = self.eval(file, base);
        let mut values = Values { unknown: base.unknown, how: base.how, ..Values::default() };
        for value in base.items {
            let class = match value {
                Value::Instance { class, .. } => class,
                // Nobody enters an iterator: a decorator has made a context manager of what a
                // generator yields.
                Value::Builtin { name: "generator" | "list" | "contextmanager", .. } => {
                    values.merge(self.element_of(value, None, false));
                    continue;
                }
                _ => {
                    values.push(value);
                    continue;
                }
            };
            let mut entered = Values::default();
            for name in ["__enter__", "__aenter__"] {
                let Some(word) = self.world.word(name) else { continue };
                let found = self.member_of_type(class, word, How::RECEIVER);
                for item in self.values(found).items {
                    if let Value::Definition(at) = item {
                        entered.merge(self.returned(at, Some(class)));
                    }
                }
            }
            if entered.items.is_empty() {
                values.push(value);
            } else {
                values.merge(entered);
            }
        }
        values
    }

    fn part(&mut self, file: u32, base: ExpressionId, position: u16) -> Values<'w> {
        let base = self.eval(file, base);
        let mut values = Values { unknown: base.unknown, how: base.how, ..Values::default() };
        for value in base.items {
            match value {
                Value::Builtin { name: "tuple", arguments: Some(arguments) } => {
                    values.merge(self.argument(arguments, position as usize));
                }
                Value::Builtin { name: "list", arguments: Some(arguments) } if arguments.values => {
                    values.merge(self.argument(arguments, position as usize));
                }
                Value::Builtin { name, arguments: Some(of) } => {
                    match self.part_seen(name, of, position) {
                        Some(part) => values.merge(part.with(How::ELEMENT)),
                        None => values.merge(self.element_of(value, None, false)),
                    }
                }
                Value::Object(items) => match self.entry(items, &position.to_string()) {
                    Some(entry) => values.merge(self.eval(items.file, entry).with(How::ELEMENT)),
                    None => values.unknown = true,
                },
                _ if position == 0 => values.push(value),
                Value::External(_) => values.push(value),
                _ => values.unknown = true,
            }
        }
        values
    }

    // ---- types ------------------------------------------------------------------------------------------

    /// Instances of what a type expression names.
    pub fn types_in(&mut self, file: u32, id: ExpressionId) -> Values<'w> {
        if !self.may_go_on() {
            self.cuts += 1;
            return Values::unknown();
        }
        self.depth += 1;
        let values = self.types_bounded(file, id);
        self.depth -= 1;
        values
    }

    fn types_bounded(&mut self, file: u32, id: ExpressionId) -> Values<'w> {
        let facts = self.index(file).facts();
        match facts.expression(id) {
            Expression::Generic { base, arguments } => {
                if let Some(itself) = self.as_value(file, base, arguments) {
                    return itself;
                }
                let mut values = self.types_in(file, base);
                let environment = EnvironmentId::NONE;
                let arguments = Arguments { file, list: arguments, values: false, environment };
                let semantics = self.index(file).semantics;
                for value in &mut values.items {
                    // An alias of a pointer has its argument already.
                    let pointer = matches!(*value, Value::Builtin { name, arguments: Some(_) }
                        if semantics.is_pointer(name));
                    if !pointer {
                        value.set_arguments(arguments);
                    }
                }
                values
            }
            Expression::Either(items) => {
                let mut values = Values::default();
                for item in facts.list(items) {
                    values.merge(self.types_in(file, *item));
                }
                values
            }
            Expression::InstanceOf(inner) => self.types_in(file, inner),
            Expression::Name { name, scope }
                if self.index(file).semantics.types_are_looked_for_alone() =>
            {
                self.named_type(file, id, name, scope)
            }
            Expression::Text(_) | Expression::Concat(_) => Values::unknown(),
            _ => {
                let named = self.eval(file, id);
                let named = self.as_callable(named);
                self.instances_of(named)
            }
        }
    }

    /// What has the type `type[C]`, the class itself, or `typeof value`, that value.
    fn as_value(&mut self, file: u32, base: ExpressionId, arguments: List) -> Option<Values<'w>> {
        let index = self.index(file);
        let Expression::Builtin(name) = index.facts().expression(base) else { return None };
        let [argument] = index.facts().list(arguments) else { return None };
        match index.facts().text(name) {
            "typeof" => return Some(self.eval(file, *argument)),
            "type" if index.semantics.calling_a_class_constructs() => {}
            _ => return None,
        }
        let mut values = self.types_in(file, *argument);
        values.items.retain(|value| matches!(value, Value::Instance { .. }));
        for value in &mut values.items {
            if let Value::Instance { class, .. } = value {
                *value = Value::Definition(*class);
            }
        }
        (!values.items.is_empty()).then(|| values.with(How::CLASS))
    }

    /// Instances of what a name means where only a type may stand.
    fn named_type(
        &mut self,
        file: u32,
        id: ExpressionId,
        name: Name,
        scope: ScopeId,
    ) -> Values<'w> {
        if let Some(values) = self.named_types.get(&(file, id)) {
            return values.clone();
        }
        let cuts = self.cuts;
        let word = self.index(file).word(name);
        let outer = std::mem::replace(&mut self.only_types, true);
        let found = self.look_up(file, scope, word);
        self.only_types = outer;
        let named = self.values(found);
        let values = self.instances_of(named);
        if cuts == self.cuts {
            self.named_types.insert((file, id), values.clone());
        }
        values
    }

    fn instances_of(&mut self, named: Values<'w>) -> Values<'w> {
        let mut values = Values { unknown: named.unknown, how: named.how, ..Values::default() };
        for value in named.items {
            values.merge(self.instance_of(value));
        }
        values
    }

    fn instance_of(&mut self, value: Value<'w>) -> Values<'w> {
        match value {
            Value::Definition(at) => {
                let definition = self.world.definition(at);
                match definition.kind {
                    kind if kind.is_type() => {
                        Values::one(Value::Instance { class: at, arguments: None }, How::empty())
                    }
                    SymbolKind::TypeAlias => match definition.declared_type {
                        // An alias with members of its own (an object type) is a type.
                        _ if definition.scope.is_some() => Values::one(
                            Value::Instance { class: at, arguments: None },
                            How::empty(),
                        ),
                        Some(aliased) => self.types_in(at.file, aliased),
                        None => Values::unknown(),
                    },
                    SymbolKind::EnumMember => match definition.parent {
                        Some(parent) => Values::one(
                            Value::Instance {
                                class: DefinitionRef { file: at.file, definition: parent },
                                arguments: None,
                            },
                            How::empty(),
                        ),
                        None => Values::unknown(),
                    },
                    // A constructor function, or an object that others take their members from.
                    SymbolKind::Function => {
                        Values::one(Value::Instance { class: at, arguments: None }, How::empty())
                    }
                    kind if kind.is_value() && self.hierarchy.extensions.contains_key(&at) => {
                        Values::one(Value::Instance { class: at, arguments: None }, How::empty())
                    }
                    _ => Values::unknown(),
                }
            }
            Value::Instance { .. } | Value::External(_) | Value::Builtin { .. } => {
                Values::one(value, How::empty())
            }
            Value::BuiltinName(name) => {
                Values::one(Value::Builtin { name, arguments: None }, How::empty())
            }
            _ => Values::unknown(),
        }
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
