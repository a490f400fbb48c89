//! Types and how they are related: bases, members from outside, overrides, implementations.
//!
//! Bases and extension targets are names, so they are bound first, by scopes and imports alone;
//! everything that asks for inherited members comes after.

use super::evaluate::{Evaluator, Found, Site, Value};
use super::world::{DefinitionRef, NamespaceId, ScopeRef, Word, World};
use qf_graph::facts::{
    BindingValue, DefinitionFlags, DefinitionId, Expression, ExpressionId, ParameterKind, ScopeId,
    SymbolKind,
};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// One bound base of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// A type of an indexed file.
    Type(DefinitionRef),
    /// Something outside the index: members may come from there.
    Outside,
}

/// Methods by name.
type Methods = FxHashMap<Word, DefinitionRef>;

/// How all types are related.
#[derive(Default)]
pub struct Hierarchy {
    /// Bases of each type, in order.
    pub bases: FxHashMap<DefinitionRef, Vec<Base>>,
    /// Bases that are interfaces of Java: what a class inherits comes before what they declare.
    interfaces: FxHashSet<DefinitionRef>,
    /// Scopes that give a type members from outside, inherent ones first.
    pub extensions: FxHashMap<DefinitionRef, Vec<ScopeRef>>,
    /// The type that an extension scope belongs to.
    pub target: FxHashMap<ScopeRef, DefinitionRef>,
    /// The interface that an extension scope implements.
    pub interface: FxHashMap<ScopeRef, DefinitionRef>,
    /// Scopes that give a built-in type members, by its name, the number of its parts and the
    /// repository, sorted.
    builtins: Vec<(String, u32, u32, ScopeRef)>,
    /// The built-in type that an extension scope belongs to: a type expression of its file.
    pub builtin_target: FxHashMap<ScopeRef, ExpressionId>,
    /// The interface that an extension scope implements, by the name it is written with; it may be
    /// the library's.
    pub written: FxHashMap<ScopeRef, Word>,
    /// Extension scopes that implement an interface for certain type arguments, of which a type may
    /// have several: `impl From<&str> for Value`, `impl From<bool> for Value`.
    pub for_arguments: FxHashSet<ScopeRef>,
    /// Scopes that give a type that is not indexed members, by the repository that does so and the
    /// type's name, with the interface they implement.
    pub outside: FxHashMap<(u32, Word), Vec<(ScopeRef, Option<DefinitionRef>)>>,
    /// What a type passes members of which it has not itself on to: a type expression in a file.
    pub passes_on: FxHashMap<DefinitionRef, (u32, ExpressionId)>,
    /// Direct subtypes and implementers of each type, sorted.
    pub subtypes: FxHashMap<DefinitionRef, Vec<DefinitionRef>>,
    /// Structural implementations (type, interface) found by method sets, sorted.
    pub structural: Vec<(DefinitionRef, DefinitionRef)>,
}

impl Hierarchy {
    /// Binds bases and extensions of all files.
    pub fn new(world: &World<'_>) -> Self {
        let mut hierarchy = Self::default();
        hierarchy.bind_extensions(world);
        hierarchy.builtins.sort_unstable();
        hierarchy.bind_bases(world);
        hierarchy.find_structural(world);
        hierarchy.collect_subtypes(&FxHashSet::default());
        let never = super::held::never_held(world, &hierarchy);
        if !never.is_empty() {
            hierarchy.collect_subtypes(&never);
        }
        hierarchy
    }

    fn bind_extensions(&mut self, world: &World<'_>) {
        let empty = Self::default();
        let bound: Vec<Vec<_>> = world
            .files
            .par_iter()
            .enumerate()
            .map(|(position, file)| {
                let mut evaluator = Evaluator::new(world, &empty, position as u32);
                file.facts()
                    .extensions
                    .iter()
                    .map(|extension| {
                        let scope = ScopeRef { file: position as u32, scope: extension.scope };
                        let targets =
                            declared_again(world, types_of(&mut evaluator, extension.target));
                        let (target, again) = match targets.split_first() {
                            Some((first, again)) => (Some(*first), again.to_vec()),
                            None => (object(&mut evaluator, extension.target), Vec::new()),
                        };
                        let interface = extension.interface.map(|interface| {
                            one_type(&mut evaluator, interface).map_or(Base::Outside, Base::Type)
                        });
                        let builtin = if target.is_some() {
                            None
                        } else {
                            one_builtin(&mut evaluator, extension.target)
                        };
                        let written = extension
                            .interface
                            .and_then(|interface| world.type_name(scope.file, interface));
                        let arguments = extension.interface.is_some_and(|interface| {
                            matches!(file.facts().expression(interface), Expression::Generic { .. })
                        });
                        let written = written.map(|written| (written, arguments));
                        (scope, target, again, interface, builtin, extension.target, written)
                    })
                    .collect()
            })
            .collect();
        for (scope, target, again, interface, builtin, expression, written) in
            bound.into_iter().flatten()
        {
            let written = written.map(|(name, arguments)| {
                self.written.insert(scope, name);
                if arguments {
                    self.for_arguments.insert(scope);
                }
                name
            });
            if target.is_none()
                && builtin.is_none()
                && let Some(name) = world.type_name(scope.file, expression)
            {
                let repository = world.file(scope.file).repository;
                let given = self.outside.entry((repository, name)).or_default();
                match interface {
                    Some(Base::Type(interface)) => given.push((scope, Some(interface))),
                    Some(Base::Outside) => {}
                    None => given.push((scope, None)),
                }
            }
            if let Some((name, parts)) = builtin {
                let repository = world.file(scope.file).repository;
                self.builtins.push((name, parts, repository, scope));
                self.builtin_target.insert(scope, expression);
                if let Some(Base::Type(interface)) = interface {
                    self.interface.insert(scope, interface);
                }
            }
            let Some(target) = target else { continue };
            self.target.insert(scope, target);
            if let Some(to) = passed_on_to(world, scope, written) {
                self.passes_on.insert(target, (scope.file, to));
            }
            if world.definition(target).kind.is_value() {
                // What else the object had from the start is not seen.
                self.bases.entry(target).or_insert_with(|| vec![Base::Outside]);
            }
            for target in std::iter::once(target).chain(again) {
                self.extend(target, scope, interface);
            }
        }
    }

    /// Gives a type the members of a scope, for an interface or for none.
    fn extend(&mut self, target: DefinitionRef, scope: ScopeRef, interface: Option<Base>) {
        let scopes = self.extensions.entry(target).or_default();
        let Some(base) = interface else {
            // Inherent members come before those of interfaces.
            let written = scopes.iter().position(|scope| self.written.contains_key(scope));
            scopes.insert(written.unwrap_or(scopes.len()), scope);
            return;
        };
        scopes.push(scope);
        if let Base::Type(interface) = base {
            self.interface.insert(scope, interface);
        }
        let bases = self.bases.entry(target).or_default();
        if !bases.contains(&base) {
            bases.push(base);
        }
    }

    /// The scopes of a repository that give a built-in type members.
    pub fn builtin_scopes(
        &self,
        name: &str,
        parts: u32,
        repository: u32,
    ) -> impl Iterator<Item = ScopeRef> + '_ {
        let key = |row: &(String, u32, u32, ScopeRef)| (row.1, row.2);
        let start = self
            .builtins
            .partition_point(|row| (row.0.as_str(), key(row)) < (name, (parts, repository)));
        let rest = &self.builtins[start..];
        let end =
            rest.partition_point(|row| (row.0.as_str(), key(row)) <= (name, (parts, repository)));
        rest[..end].iter().map(|row| row.3)
    }

    /// The scopes of all repositories that give a built-in type members for an interface, with that.
    pub fn builtin_interfaces(
        &self,
        name: &str,
        parts: u32,
    ) -> impl Iterator<Item = (ScopeRef, DefinitionRef)> + '_ {
        let start = self.builtins.partition_point(|row| (row.0.as_str(), row.1) < (name, parts));
        let rest = &self.builtins[start..];
        let end = rest.partition_point(|row| (row.0.as_str(), row.1) <= (name, parts));
        rest[..end].iter().filter_map(|row| Some((row.3, *self.interface.get(&row.3)?)))
    }

    fn bind_bases(&mut self, world: &World<'_>) {
        let bound: Vec<Vec<_>> = world
            .files
            .par_iter()
            .enumerate()
            .map(|(position, file)| {
                let mut evaluator = Evaluator::new(world, self, position as u32);
                let mut out = Vec::new();
                for (row, definition) in file.facts().definitions.iter().enumerate() {
                    if definition.bases.is_empty() {
                        continue;
                    }
                    let this = DefinitionRef {
                        file: position as u32,
                        definition: qf_graph::facts::DefinitionId(row as u32),
                    };
                    let mut bases = Vec::new();
                    for base in &definition.bases {
                        let types = types_of(&mut evaluator, *base);
                        if types.is_empty() {
                            bases.push(Base::Outside);
                        }
                        for base in types.into_iter().filter(|base| *base != this) {
                            bases.push(Base::Type(base));
                            // An alias with members of its own has those of what it stands for too.
                            let aliased = world.definition(base);
                            if let (SymbolKind::TypeAlias, Some(declared)) =
                                (aliased.kind, aliased.declared_type)
                            {
                                let meant = evaluator.types_in(base.file, declared).items;
                                bases.extend(meant.iter().filter_map(|value| match value {
                                    Value::Instance { class, .. } if *class != this => {
                                        Some(Base::Type(*class))
                                    }
                                    _ => None,
                                }));
                            }
                        }
                    }
                    out.push((this, bases));
                }
                out
            })
            .collect();
        for (this, bases) in bound.into_iter().flatten() {
            let interfaces = bases.iter().filter_map(|base| match base {
                Base::Type(at)
                    if world.definition(*at).kind == SymbolKind::Interface
                        && world.file(at.file).semantics.overloads_by_type() =>
                {
                    Some(*at)
                }
                _ => None,
            });
            self.interfaces.extend(interfaces);
            let all = self.bases.entry(this).or_default();
            for base in bases {
                if !all.contains(&base) {
                    all.push(base);
                }
            }
        }
    }

    /// Turns what is known of bases and method sets round, but for implementations that never run.
    fn collect_subtypes(&mut self, never: &FxHashSet<(DefinitionRef, DefinitionRef)>) {
        self.subtypes.clear();
        let mut pairs: Vec<(DefinitionRef, DefinitionRef)> = Vec::new();
        #[expect(clippy::iter_over_hash_type, reason = "the pairs are sorted before use")]
        for (this, bases) in &self.bases {
            for base in bases {
                if let Base::Type(base) = base {
                    pairs.push((*base, *this));
                }
            }
        }
        let held = self.structural.iter().filter(|pair| !never.contains(pair));
        pairs.extend(held.map(|(this, interface)| (*interface, *this)));
        pairs.sort_unstable();
        pairs.dedup();
        for (base, this) in pairs {
            self.subtypes.entry(base).or_default().push(this);
        }
    }

    /// Finds the types that have all methods of an interface, where the language counts that as
    /// implementing it (Go).
    fn find_structural(&mut self, world: &World<'_>) {
        let mut methods: FxHashMap<DefinitionRef, Methods> = FxHashMap::default();
        let mut by_method: FxHashMap<(u32, Word), Vec<DefinitionRef>> = FxHashMap::default();
        let mut interfaces: Vec<(DefinitionRef, Methods)> = Vec::new();
        for (position, file) in world.files.iter().enumerate() {
            if !file.semantics.structural_interfaces() {
                continue;
            }
            for (row, definition) in file.facts().definitions.iter().enumerate() {
                let this =
                    DefinitionRef { file: position as u32, definition: DefinitionId(row as u32) };
                // `type headers map[string]string` may have methods as well.
                let named =
                    definition.kind == SymbolKind::TypeAlias && self.extensions.contains_key(&this);
                if !definition.kind.is_type() && !named {
                    continue;
                }
                let mut own = Methods::default();
                self.methods(world, this, &mut own, 0);
                if own.is_empty() {
                    continue;
                }
                if definition.kind == SymbolKind::Interface {
                    interfaces.push((this, own));
                } else {
                    let mut words: Vec<Word> = own.keys().copied().collect();
                    words.sort_unstable();
                    for word in words {
                        by_method.entry((file.repository, word)).or_default().push(this);
                    }
                    methods.insert(this, own);
                }
            }
        }
        for (interface, wanted) in interfaces {
            let repository = world.file(interface.file).repository;
            let mut words: Vec<Word> = wanted.keys().copied().collect();
            words.sort_unstable();
            let rarest = words
                .iter()
                .map(|word| by_method.get(&(repository, *word)).map_or(&[][..], Vec::as_slice))
                .min_by_key(|types| types.len())
                .unwrap_or(&[]);
            // A method whose name is not exported is its package's own.
            let own = wanted
                .values()
                .any(|at| !world.definition(*at).flags.contains(DefinitionFlags::EXPORTED));
            for this in rarest {
                let Some(have) = methods.get(this) else { continue };
                if own && package(world, this.file) != package(world, interface.file) {
                    continue;
                }
                let fits = |word: &Word| {
                    have.get(word).is_some_and(|has| same_signature(world, *has, wanted[word]))
                };
                if words.iter().all(fits) {
                    self.structural.push((*this, interface));
                }
            }
        }
        self.structural.sort_unstable();
        self.structural.dedup();
    }

    /// The methods of a type by name, those of what it embeds where it has none of that name.
    fn methods(&self, world: &World<'_>, this: DefinitionRef, found: &mut Methods, depth: u32) {
        if depth > 8 {
            return;
        }
        for scope in self.member_scopes(world, this) {
            let file = world.file(scope.file);
            for (word, row) in file.words_of(scope.scope) {
                if let BindingValue::Definition(definition) =
                    file.facts().bindings[row as usize].value
                    && file.facts().definitions[definition.index()].kind.is_callable()
                {
                    found.entry(word).or_insert(DefinitionRef { file: scope.file, definition });
                }
            }
        }
        for base in self.bases.get(&this).map_or(&[][..], Vec::as_slice) {
            if let Base::Type(base) = base {
                self.methods(world, *base, found, depth + 1);
            }
        }
    }

    /// The scopes that hold a type's own members: its body, then its extensions.
    pub fn member_scopes(&self, world: &World<'_>, this: DefinitionRef) -> Vec<ScopeRef> {
        let body = world.definition(this).scope;
        let mut scopes: Vec<ScopeRef> =
            body.map(|scope| ScopeRef { file: this.file, scope }).into_iter().collect();
        if let Some(more) = self.extensions.get(&this) {
            scopes.extend(more);
        }
        scopes
    }

    /// The type that a definition is given to from outside. It stands in no other definition then but
    /// in a namespace, which says less than whose it is.
    pub fn given_to(&self, world: &World<'_>, at: DefinitionRef) -> Option<DefinitionRef> {
        let facts = world.file(at.file).facts();
        let definition = &facts.definitions[at.definition.index()];
        let is_namespace = |parent: DefinitionId| {
            matches!(
                facts.definitions[parent.index()].kind,
                SymbolKind::Namespace | SymbolKind::Module
            )
        };
        if !definition.parent.is_none_or(is_namespace) {
            return None;
        }
        let scope = facts.scopes[definition.scope?.index()].parent?;
        let scope = world.type_scope(ScopeRef { file: at.file, scope })?;
        self.target.get(&scope).copied()
    }

    /// The type that a scope of kind `Type` belongs to.
    pub fn type_of_scope(&self, world: &World<'_>, at: ScopeRef) -> Option<DefinitionRef> {
        let scope = &world.file(at.file).facts().scopes[at.scope.index()];
        match scope.definition {
            Some(definition) => Some(DefinitionRef { file: at.file, definition }),
            None => self.target.get(&at).copied(),
        }
    }

    /// What a type has for an interface's member: that of its own implementation of the interface,
    /// or of one for everything that it is (`impl<S: Service> MakeService for S`).
    pub fn implementation(
        &self,
        world: &World<'_>,
        this: DefinitionRef,
        interface: DefinitionRef,
        word: Word,
    ) -> Option<DefinitionRef> {
        let (above, _) = self.ancestors(this);
        // A pointer to what implements it is not what is asked for.
        let classes = std::iter::once(this).chain(above).filter(|class| *class != interface);
        for class in classes {
            let extensions = self.extensions.get(&class).map_or(&[][..], Vec::as_slice);
            let mut methods = extensions
                .iter()
                .filter(|scope| self.interface.get(*scope) == Some(&interface))
                .filter_map(|scope| world.method(*scope, word));
            if let Some(method) = methods.next() {
                // Of several (`impl Service<A> for X`, `impl Service<B> for X`) only arguments tell.
                return methods.next().is_none().then_some(method);
            }
        }
        None
    }

    /// Types above a type, nearest first, then interfaces, each once; `true` when something outside
    /// the index is among them.
    pub fn ancestors(&self, this: DefinitionRef) -> (Vec<DefinitionRef>, bool) {
        let mut order = Vec::new();
        let mut outside = false;
        let mut seen = FxHashSet::default();
        let mut queue = std::collections::VecDeque::from([this]);
        seen.insert(this);
        while let Some(current) = queue.pop_front() {
            for base in self.bases.get(&current).map_or(&[][..], Vec::as_slice) {
                match base {
                    Base::Type(base) if seen.insert(*base) => {
                        order.push(*base);
                        queue.push_back(*base);
                    }
                    Base::Type(_) => {}
                    Base::Outside => outside = true,
                }
            }
            if order.len() > 64 {
                break;
            }
        }
        order.sort_by_key(|above| self.interfaces.contains(above));
        (order, outside)
    }

    /// All types below a type, nearest first; none when they are too many to tell anything.
    pub fn descendants(&self, this: DefinitionRef) -> Vec<DefinitionRef> {
        let mut order: Vec<DefinitionRef> = Vec::new();
        let mut next = 0;
        let mut current = this;
        loop {
            let direct = self.subtypes.get(&current).map_or(&[][..], Vec::as_slice);
            // Test cases have thousands: not looked through for every call.
            if order.len() + direct.len() > 64 {
                return Vec::new();
            }
            for subtype in direct {
                if *subtype != this && !order.contains(subtype) {
                    order.push(*subtype);
                }
            }
            match order.get(next) {
                Some(subtype) => current = *subtype,
                None => return order,
            }
            next += 1;
        }
    }

    /// Methods below a type that override its member `word` and are `wanted`, at most `limit`, else
    /// none.
    pub fn overriders(
        &self,
        world: &World<'_>,
        this: DefinitionRef,
        word: Word,
        limit: usize,
        mut wanted: impl FnMut(DefinitionRef) -> bool,
    ) -> Vec<DefinitionRef> {
        let mut found = Vec::new();
        let mut seen = FxHashSet::default();
        let mut queue = vec![this];
        while let Some(current) = queue.pop() {
            for subtype in self.subtypes.get(&current).map_or(&[][..], Vec::as_slice) {
                if !seen.insert(*subtype) {
                    continue;
                }
                if seen.len() > 512 {
                    return Vec::new();
                }
                queue.push(*subtype);
                let before = found.len();
                for scope in self.member_scopes(world, *subtype) {
                    // Of several interfaces of one type, only this one's implementation counts.
                    let file = world.file(scope.file);
                    for binding in file.bindings(scope.scope, word) {
                        if let BindingValue::Definition(definition) = binding.value {
                            let at = DefinitionRef { file: scope.file, definition };
                            let flags = world.definition(at).flags;
                            if world.definition(at).kind.is_callable()
                                && !flags.contains(DefinitionFlags::ABSTRACT)
                                && !found.contains(&at)
                                && wanted(at)
                            {
                                found.push(at);
                            }
                        }
                    }
                }
                if found.len() > limit {
                    return Vec::new();
                }
                if found.len() == before && world.definition(this).kind == SymbolKind::Interface {
                    let inherited = self.inherited(world, *subtype, word);
                    if let Some(at) = inherited.filter(|at| !found.contains(at) && wanted(*at)) {
                        found.push(at);
                    }
                }
            }
        }
        if found.len() > limit {
            return Vec::new();
        }
        found.sort_unstable();
        found
    }

    /// The method with a body that a class has from a class above it.
    fn inherited(
        &self,
        world: &World<'_>,
        class: DefinitionRef,
        word: Word,
    ) -> Option<DefinitionRef> {
        let mut at = class;
        for _ in 0..16 {
            at = self.bases.get(&at)?.iter().find_map(|base| match base {
                Base::Type(base) if world.definition(*base).kind == SymbolKind::Class => {
                    Some(*base)
                }
                _ => None,
            })?;
            let scope = world.definition(at).scope?;
            let method = world.file(at.file).bindings(scope, word).find_map(|binding| {
                let BindingValue::Definition(definition) = binding.value else { return None };
                let method = DefinitionRef { file: at.file, definition };
                let found = world.definition(method);
                (found.kind.is_callable() && !found.flags.contains(DefinitionFlags::ABSTRACT))
                    .then_some(method)
            });
            if method.is_some() {
                return method;
            }
        }
        None
    }
}

/// The types that an expression names when it names one, which may be declared for several platforms
/// or under opposite conditions; else none.
fn declared_again(world: &World<'_>, types: Vec<DefinitionRef>) -> Vec<DefinitionRef> {
    let place = |at: DefinitionRef| {
        let file = world.file(at.file);
        let folder = crate::layout::folder(&file.source.path);
        (file.repository, folder, world.name_of(at), world.definition(at).kind)
    };
    let same = types.windows(2).all(|pair| place(pair[0]) == place(pair[1]));
    if same { types } else { Vec::new() }
}

/// The type that a type expression names, when it is exactly one.
fn one_type(evaluator: &mut Evaluator<'_, '_>, expression: ExpressionId) -> Option<DefinitionRef> {
    match types_of(evaluator, expression).as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

/// The type that an extension makes its target pass members on to: the `Target` of an
/// `impl Deref`.
fn passed_on_to(
    world: &World<'_>,
    scope: ScopeRef,
    interface: Option<Word>,
) -> Option<ExpressionId> {
    let file = world.file(scope.file);
    let member = file.semantics.passes_on_to(world.text(interface?))?;
    file.bindings(scope.scope, world.word(member)?).find_map(|binding| match binding.value {
        BindingValue::Definition(definition) => {
            file.facts().definitions[definition.index()].declared_type
        }
        _ => None,
    })
}

/// The built-in type that a type expression names, and the number of its parts if it is a tuple.
fn one_builtin(
    evaluator: &mut Evaluator<'_, '_>,
    expression: ExpressionId,
) -> Option<(String, u32)> {
    match evaluator.types(expression).items.as_slice() {
        [Value::Builtin { name, arguments }] => {
            let parts = arguments.filter(|_| *name == "tuple").map_or(0, |of| of.list.len);
            Some(((*name).to_owned(), parts))
        }
        _ => None,
    }
}

/// The variable that an extension names, when members are put on an object and not on a type
/// (`var app = {}; app.handle = function …`).
fn object(evaluator: &mut Evaluator<'_, '_>, expression: ExpressionId) -> Option<DefinitionRef> {
    let found = evaluator.named(expression);
    let Found::Sites(sites, _) = found else { return None };
    sites.iter().find_map(|site| match *site {
        Site::Binding(file, binding) => match binding.value {
            BindingValue::Definition(definition) => {
                let at = DefinitionRef { file, definition };
                evaluator.world.definition(at).kind.is_value().then_some(at)
            }
            _ => None,
        },
        Site::Expression(..) => None,
    })
}

fn types_of(evaluator: &mut Evaluator<'_, '_>, expression: ExpressionId) -> Vec<DefinitionRef> {
    evaluator
        .types(expression)
        .items
        .iter()
        .filter_map(|value| match value {
            Value::Instance { class, .. } => Some(*class),
            _ => None,
        })
        .collect()
}

/// The namespace that a file is part of.
pub(super) fn package(world: &World<'_>, file: u32) -> Option<NamespaceId> {
    let namespaces = &world.file(file).namespaces;
    namespaces.iter().find(|(scope, _)| *scope == ScopeId::MODULE).map(|(_, package)| *package)
}

/// Whether two methods have parameters and results of types of the same names. What cannot be
/// compared by name — a type parameter, a type without one — is like any other.
fn same_signature(world: &World<'_>, one: DefinitionRef, other: DefinitionRef) -> bool {
    let types = |at: DefinitionRef| {
        let parameters = world.definition(at).parameters.iter();
        let written = parameters.filter(|parameter| parameter.kind != ParameterKind::Receiver);
        written.map(|parameter| parameter.declared_type).collect::<Vec<_>>()
    };
    let (ours, theirs) = (types(one), types(other));
    let result = |at: DefinitionRef| world.definition(at).declared_type;
    let same = |(ours, theirs): (Option<ExpressionId>, Option<ExpressionId>)| match (ours, theirs) {
        (None, None) => true,
        (Some(ours), Some(theirs)) => same_type(world, (one, ours), (other, theirs), 0),
        _ => false,
    };
    ours.len() == theirs.len()
        && ours.into_iter().zip(theirs).all(same)
        && same((result(one), result(other)))
}

fn same_type(
    world: &World<'_>,
    (one, ours): (DefinitionRef, ExpressionId),
    (other, theirs): (DefinitionRef, ExpressionId),
    depth: u32,
) -> bool {
    let facts = |at: DefinitionRef| world.file(at.file).facts();
    let (our, their) = (facts(one), facts(other));
    match (our.expression(ours), their.expression(theirs)) {
        _ if depth > 8 => true,
        (Expression::Builtin(ours), Expression::Builtin(theirs)) => {
            let same = |name: &str| {
                match name {
                    "byte" => "uint8",
                    "rune" => "int32",
                    _ => name,
                }
                .to_owned()
            };
            same(our.text(ours)) == same(their.text(theirs))
        }
        (
            Expression::Generic { base: ours, arguments: our_parts },
            Expression::Generic { base: theirs, arguments: their_parts },
        ) => {
            let (our_parts, their_parts) = (our.list(our_parts), their.list(their_parts));
            let parts = our_parts.iter().zip(their_parts);
            our_parts.len() == their_parts.len()
                && same_type(world, (one, ours), (other, theirs), depth + 1)
                && parts.into_iter().all(|(ours, theirs)| {
                    same_type(world, (one, *ours), (other, *theirs), depth + 1)
                })
        }
        (
            Expression::Name { name: ours, .. } | Expression::Member { name: ours, .. },
            Expression::Name { name: theirs, .. } | Expression::Member { name: theirs, .. },
        ) => {
            let (ours, theirs) = (our.text(ours), their.text(theirs));
            ours == theirs || is_open_name(world, one, ours) || is_open_name(world, other, theirs)
        }
        (Expression::Builtin(_), Expression::Generic { .. })
        | (Expression::Generic { .. }, Expression::Builtin(_)) => false,
        _ => true,
    }
}

/// Whether a name may stand for a type of another name: a type parameter of a method or of the type
/// around it, or an alias of its package.
fn is_open_name(world: &World<'_>, method: DefinitionRef, name: &str) -> bool {
    let facts = world.file(method.file).facts();
    let definition = world.definition(method);
    let around = definition.parent.map(|parent| &facts.definitions[parent.index()]);
    let mut all = [Some(definition), around].into_iter().flatten();
    if all.any(|it| it.type_parameters.iter().any(|parameter| facts.text(*parameter) == name)) {
        return true;
    }
    let (Some(word), Some(package)) = (world.word(name), package(world, method.file)) else {
        return false;
    };
    let scopes = &world.namespaces[package.0 as usize].scopes;
    scopes.iter().any(|scope| {
        let file = world.file(scope.file);
        let mut bound = file.bindings(scope.scope, word);
        bound.any(|binding| match binding.value {
            BindingValue::Definition(id) => {
                file.facts().definitions[id.index()].kind == SymbolKind::TypeAlias
            }
            _ => false,
        })
    })
}
