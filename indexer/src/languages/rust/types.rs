//! Type expressions, type parameters and their bounds.
//!
//! What a type is for here: to find the members of a receiver. So everything a method call looks
//! through is dropped (references, `Box`, `Rc`, `Arc`, `Pin`, `Cow`, lock guards), `impl Trait` and
//! `dyn Trait` are the trait, and a type parameter is bound as "one of its bounds". Only a `Box`,
//! `Rc` or `Arc` around a trait object stays, since traits are implemented for those. The error
//! type of a `Result` is dropped as well, and a future is its output, since it is only ever
//! awaited: what comes out of it is its first argument, as with `Option`.

use super::builtins::{OWNERS, POINTERS, builtin_type, is_common_trait, is_marker_trait};
use super::kinds::{Field, Kind, child, kind};
use super::paths::Path;
use super::walker::{Nodes, Origin, Walker, children, first_child};
use qf_graph::facts::{
    BindingValue, DefinitionId, Expression, ExpressionId, Name, Role, ScopeId, ScopeKind,
};
use smallvec::SmallVec;
use tree_sitter::Node;

/// The type parameters of one type of the file. A struct seldom bounds them; its `impl` blocks do.
#[derive(Debug)]
pub(super) struct TypeParameters<'s> {
    scope: ScopeId,
    parameters: SmallVec<[Bounded<'s>; 4]>,
}

/// Traits of the library that stand for what comes out of them.
const SEQUENCES: [&str; 8] = [
    "Iterator",
    "IntoIterator",
    "DoubleEndedIterator",
    "Stream",
    "ExactSizeIterator",
    "Future",
    "IntoFuture",
    "TryStream",
];

/// Name and place of a type parameter, and the traits that bound it so far.
type Bounded<'s> = (&'s str, u32, SmallVec<[Name; 4]>);

/// The bounds of one type parameter.
type Bounds = SmallVec<[ExpressionId; 4]>;

impl<'s> Walker<'s, '_> {
    /// Lowers a type and adds a reference for every type it names.
    pub(super) fn type_expression(&mut self, node: Node<'_>) -> ExpressionId {
        self.type_with_role(node, Role::Type)
    }

    /// Like [`Self::type_expression`]; the outermost name is referred to in `role`.
    pub(super) fn type_with_role(&mut self, node: Node<'_>, role: Role) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let lowered = self.outside_type(|walker| walker.lower_type(node, role));
        self.out.leave();
        lowered
    }

    fn lower_type(&mut self, node: Node<'_>, role: Role) -> ExpressionId {
        match kind(node) {
            Kind::TypeIdentifier
            | Kind::Identifier
            | Kind::PrimitiveType
            | Kind::ScopedTypeIdentifier
            | Kind::ScopedIdentifier => self.named_type(node, role),
            Kind::GenericType | Kind::GenericTypeWithTurbofish => self.generic_type(node, role),
            Kind::ReferenceType | Kind::PointerType => child(node, Field::Type)
                .map_or(ExpressionId::UNKNOWN, |inner| self.type_with_role(inner, role)),
            Kind::AbstractType | Kind::DynamicType => child(node, Field::Trait)
                .map_or(ExpressionId::UNKNOWN, |inner| self.type_with_role(inner, role)),
            Kind::ArrayType => self.array_type(node),
            Kind::TupleType => {
                let parts: Vec<_> =
                    children(node).into_iter().map(|part| self.type_expression(part)).collect();
                let base = self.builtin("tuple");
                self.out.generic(base, &parts)
            }
            Kind::UnitType => self.builtin("unit"),
            Kind::FunctionType => self.function_type(node),
            Kind::BoundedType => {
                let bounds = self.bounds(node);
                self.out.either(&bounds)
            }
            Kind::HigherRankedTraitBound => child(node, Field::Type)
                .map_or(ExpressionId::UNKNOWN, |inner| self.type_with_role(inner, role)),
            Kind::MacroInvocation => {
                self.macro_invocation(node);
                ExpressionId::UNKNOWN
            }
            _ => ExpressionId::UNKNOWN,
        }
    }

    /// A type that is named without arguments.
    fn named_type(&mut self, node: Node<'_>, role: Role) -> ExpressionId {
        if self.out.text(node) == "_" {
            return ExpressionId::UNKNOWN;
        }
        if let Some(builtin) = self.library_type(node) {
            let base = self.builtin(builtin);
            // A text of its own; `str` without an argument stands in the program or is borrowed.
            let owned = self.out.text(child(node, Field::Name).unwrap_or(node)) == "String";
            if !owned {
                return base;
            }
            let owner = self.builtin("String");
            return self.out.generic(base, &[owner]);
        }
        let path = self.path(node);
        self.mention(path, role);
        path.expression
    }

    fn mention(&mut self, path: Path<'s>, role: Role) {
        if path.expression == ExpressionId::UNKNOWN || path.name == "Self" || path.name == "_" {
            return;
        }
        if role == Role::Inherit {
            self.out.inherit_reference(path.name, path.span, path.expression);
        } else {
            self.out.type_reference(path.name, path.span, path.expression);
        }
    }

    /// The built-in type that a type's name means, unless the file means another by it.
    fn library_type(&self, node: Node<'_>) -> Option<&'static str> {
        match kind(node) {
            Kind::PrimitiveType => builtin_type(self.out.text(node)),
            Kind::TypeIdentifier | Kind::Identifier => {
                let name = self.out.text(node);
                builtin_type(name).filter(|_| !self.hides_library_type(name))
            }
            Kind::ScopedTypeIdentifier | Kind::ScopedIdentifier => {
                let name = self.out.text(child(node, Field::Name)?);
                let head = self.out.text(node).split("::").next().unwrap_or("").trim();
                let library = super::builtins::is_library_crate(head)
                    || self.origins.get(head) == Some(&Origin::Library);
                builtin_type(name).filter(|_| library)
            }
            _ => None,
        }
    }

    fn generic_type(&mut self, node: Node<'_>, role: Role) -> ExpressionId {
        let Some(base) = child(node, Field::Type) else { return ExpressionId::UNKNOWN };
        let last = child(base, Field::Name).unwrap_or(base);
        let name = self.out.text(last);
        if let Some((owner, of)) = self.owned(node)
            && self.is_trait_object(of)
        {
            return self.owner_type(owner, of);
        }
        if POINTERS.contains(&name) && !self.hides_library_type(name) {
            // The last argument: `Cow<'a, T>`, `MutexGuard<'_, T>`.
            return self.type_arguments(node).last().copied().unwrap_or(ExpressionId::UNKNOWN);
        }
        if matches!(name, "BoxFuture" | "LocalBoxFuture") && !self.is_own_type(name) {
            return self.type_arguments(node).last().copied().unwrap_or(ExpressionId::UNKNOWN);
        }
        let arity = child(node, Field::TypeArguments).map_or(0, type_argument_count);
        if self.is_result(base, name, arity) {
            self.mention_alias(base);
            let arguments = self.type_arguments(node);
            let result = self.builtin("Result");
            return self.out.generic(result, arguments.get(..1).unwrap_or(&[]));
        }
        let sequence = SEQUENCES.contains(&name);
        if sequence
            && !self.hides_library_type(name)
            && let Some(item) = self.bound_item(node)
        {
            if name.ends_with("Future") {
                return item;
            }
            let base = self.builtin("Iterator");
            return self.out.generic(base, &[item]);
        }
        if let ("Values" | "ValuesMut" | "IntoValues", 2) = (name, arity)
            && !self.hides_library_type(name)
        {
            let item = self.type_arguments(node).last().copied().unwrap_or(ExpressionId::UNKNOWN);
            let iterator = self.builtin("Iterator");
            return self.out.generic(iterator, &[item]);
        }
        let base = self.type_with_role(base, role);
        let arguments = self.type_arguments(node);
        if arguments.is_empty() {
            return base;
        }
        self.out.generic(base, &arguments)
    }

    /// `Box<T>`, `Rc<T>` or `Arc<T>`, taken apart.
    fn owned<'n>(&self, node: Node<'n>) -> Option<(&'static str, Node<'n>)> {
        let name = self.out.text(child(node, Field::Type)?);
        let owner = OWNERS.iter().find(|owner| **owner == name)?;
        let of = first_child(child(node, Field::TypeArguments)?)?;
        (kind(node) == Kind::GenericType && !self.hides_library_type(name)).then_some((owner, of))
    }

    /// `dyn Trait` or `dyn Trait + Send`, of a trait that is more than what it gives.
    fn is_trait_object(&self, node: Node<'_>) -> bool {
        match kind(node) {
            Kind::DynamicType => child(node, Field::Trait).is_some_and(|interface| {
                let base = child(interface, Field::Type).unwrap_or(interface);
                let name = self.out.text(child(base, Field::Name).unwrap_or(base));
                !SEQUENCES.contains(&name) || self.hides_library_type(name)
            }),
            Kind::BoundedType => first_child(node).is_some_and(|of| self.is_trait_object(of)),
            _ => false,
        }
    }

    /// A pointer to a trait object: the trait may be implemented for the pointer too, and that is
    /// then what runs. Around the library's own traits it is dropped like any other.
    fn owner_type(&mut self, owner: &'static str, of: Node<'_>) -> ExpressionId {
        let inner = self.type_expression(of);
        if inner == ExpressionId::UNKNOWN || self.is_builtin(inner) {
            return inner;
        }
        let base = self.builtin(owner);
        self.out.generic(base, &[inner])
    }

    /// The type that an `impl` is for. `impl<S> Service for Box<S>` is for the pointer.
    pub(super) fn impl_target(
        &mut self,
        implementation: Node<'_>,
        target: Node<'_>,
    ) -> ExpressionId {
        let parameters = child(implementation, Field::TypeParameters).map(children);
        match self.owned(target) {
            Some((owner, of))
                if parameters.unwrap_or_default().iter().any(|parameter| {
                    let name = child(*parameter, Field::Name).unwrap_or(*parameter);
                    self.out.text(name) == self.out.text(of)
                }) =>
            {
                self.owner_type(owner, of)
            }
            _ => self.type_expression(target),
        }
    }

    /// Whether `Name<…>` is the library's `Result` or an alias of it: every alias called
    /// `…Result` with one argument is, unless the project has a type of that name.
    fn is_result(&self, base: Node<'_>, name: &str, arity: usize) -> bool {
        let scoped = matches!(kind(base), Kind::ScopedTypeIdentifier | Kind::ScopedIdentifier);
        let origin = if scoped { None } else { self.origins.get(name) };
        match origin {
            Some(Origin::Type | Origin::Item) => false,
            Some(Origin::OwnCrate | Origin::Alias) => name == "Result",
            _ if name == "Result" => true,
            _ => name.ends_with("Result") && arity == 1,
        }
    }

    fn is_own_type(&self, name: &str) -> bool {
        matches!(self.origins.get(name), Some(Origin::Type | Origin::Alias | Origin::OwnCrate))
    }

    /// The alias itself is mentioned, unless it is the prelude's.
    fn mention_alias(&mut self, base: Node<'_>) {
        let known = self.origins.get(self.out.text(base));
        let own = matches!(known, Some(Origin::Alias | Origin::OwnCrate | Origin::OtherCrate));
        if own || kind(base) == Kind::ScopedTypeIdentifier {
            let path = self.path(base);
            self.mention(path, Role::Type);
        }
    }

    /// `Item = T` or `Output = T` among the arguments of `Iterator<…>` or `Future<…>`.
    fn bound_item(&mut self, node: Node<'_>) -> Option<ExpressionId> {
        let arguments = child(node, Field::TypeArguments)?;
        let binding = children(arguments)
            .into_iter()
            .find(|argument| kind(*argument) == Kind::TypeBinding)?;
        let item = child(binding, Field::Type)?;
        Some(self.type_expression(item))
    }

    /// The type arguments of a generic type, call or path; lifetimes, constants and bindings
    /// (`Item = T`) are left out, but what bindings mention is noted.
    pub(super) fn type_arguments(&mut self, node: Node<'_>) -> SmallVec<[ExpressionId; 4]> {
        let mut lowered = SmallVec::new();
        let list = match child(node, Field::TypeArguments) {
            Some(list) => list,
            None if kind(node) == Kind::TypeArguments => node,
            None => return lowered,
        };
        for argument in children(list) {
            match kind(argument) {
                Kind::TypeBinding => {
                    if let Some(bound) = child(argument, Field::Type) {
                        self.type_expression(bound);
                    }
                }
                Kind::Lifetime | Kind::IntegerLiteral | Kind::BooleanLiteral | Kind::Other => {}
                Kind::Block => {
                    self.expression(argument);
                }
                Kind::TraitBounds => {
                    self.bounds(argument);
                }
                _ => lowered.push(self.type_expression(argument)),
            }
        }
        lowered
    }

    fn array_type(&mut self, node: Node<'_>) -> ExpressionId {
        let element = child(node, Field::Element)
            .map_or(ExpressionId::UNKNOWN, |element| self.type_expression(element));
        if let Some(length) = child(node, Field::Length) {
            self.expression(length);
        }
        let base = self.builtin("list");
        self.out.generic(base, &[element])
    }

    /// `fn(A) -> B`, `Fn(A) -> B`: a function with what it gives and what it takes.
    fn function_type(&mut self, node: Node<'_>) -> ExpressionId {
        let mut parts: SmallVec<[ExpressionId; 4]> = SmallVec::from_slice(&[ExpressionId::UNKNOWN]);
        if let Some(parameters) = child(node, Field::Parameters) {
            for parameter in children(parameters) {
                let named = kind(parameter) == Kind::Parameter;
                let written = child(parameter, Field::Type).filter(|_| named).unwrap_or(parameter);
                parts.push(self.type_expression(written));
            }
        }
        if let Some(result) = child(node, Field::ReturnType) {
            parts[0] = self.type_expression(result);
        }
        let function = self.builtin("function");
        if parts.iter().all(|part| *part == ExpressionId::UNKNOWN) {
            return function;
        }
        self.out.generic(function, &parts)
    }

    /// The traits of a bound list or of `A + B`, without lifetimes and marker traits.
    fn bounds(&mut self, node: Node<'_>) -> Bounds {
        let mut lowered = Bounds::new();
        for bound in children(node) {
            match kind(bound) {
                Kind::Lifetime | Kind::RemovedTraitBound | Kind::UseBounds => {}
                _ if is_marker_trait(self.out.text(bound)) => {}
                Kind::BoundedType => lowered.extend(self.bounds(bound)),
                _ => lowered.push(self.type_expression(bound)),
            }
        }
        lowered
    }

    /// Opens a block scope that binds the type parameters of an item, when it has any; tells
    /// whether it did. The scope lies around the item's own: names in a type's scope are its
    /// members, and a type parameter is none.
    pub(super) fn open_generics(
        &mut self,
        node: Node<'_>,
        definition: Option<DefinitionId>,
    ) -> bool {
        if child(node, Field::TypeParameters).is_none() {
            return false;
        }
        self.out.open_scope(ScopeKind::Block, None);
        self.bind_generics(node, definition);
        true
    }

    /// Binds the type parameters of `node` in the innermost scope as one of their bounds.
    pub(super) fn bind_generics(&mut self, node: Node<'_>, definition: Option<DefinitionId>) {
        let parameters = self.generics(node, definition);
        let scope = self.out.scope();
        for (name, at, bounds) in parameters {
            let bound = self.out.either(&bounds);
            let value = if bound == ExpressionId::UNKNOWN {
                BindingValue::Unknown
            } else {
                BindingValue::Typed(bound)
            };
            self.out.bind(scope, name, at, value);
        }
    }

    /// Like [`Self::open_generics`] for a type: what bounds its parameters is known when the whole
    /// file is.
    pub(super) fn open_type_generics(&mut self, node: Node<'_>, id: DefinitionId) -> bool {
        if child(node, Field::TypeParameters).is_none() {
            return false;
        }
        let scope = self.out.open_scope(ScopeKind::Block, None);
        let mut known = TypeParameters { scope, parameters: SmallVec::new() };
        for (name, at, bounds) in self.generics(node, Some(id)) {
            known.parameters.push((name, at, SmallVec::new()));
            let position = known.parameters.len() - 1;
            self.bound_by(&mut known, position, &bounds);
        }
        self.type_parameters.insert(id, known);
        true
    }

    /// Opens the scope of an `impl`'s type parameters and passes their bounds on to those of the
    /// type it is for, when that is in this file.
    pub(super) fn open_impl_generics(
        &mut self,
        node: Node<'_>,
        target: Node<'_>,
        of: Option<DefinitionId>,
    ) -> bool {
        if child(node, Field::TypeParameters).is_none() {
            return false;
        }
        let scope = self.out.open_scope(ScopeKind::Block, None);
        let parameters = self.generics(node, None);
        if let Some(mut known) = of.and_then(|of| self.type_parameters.remove(&of)) {
            let arguments = child(target, Field::TypeArguments).map(children).unwrap_or_default();
            let arguments = arguments.iter().filter(|node| kind(**node) != Kind::Lifetime);
            for (position, argument) in arguments.enumerate() {
                let name = self.out.text(*argument);
                let bounds = parameters.iter().find(|entry| entry.0 == name);
                if let Some((_, _, bounds)) = bounds.filter(|_| position < known.parameters.len()) {
                    self.bound_by(&mut known, position, bounds);
                }
            }
            if let Some(of) = of {
                self.type_parameters.insert(of, known);
            }
        }
        for (name, at, bounds) in parameters {
            let bound = self.out.either(&bounds);
            let value = if bound == ExpressionId::UNKNOWN {
                BindingValue::Unknown
            } else {
                BindingValue::Typed(bound)
            };
            self.out.bind(scope, name, at, value);
        }
        true
    }

    /// Binds a type's parameter to bounds that were not known of it yet.
    fn bound_by(
        &mut self,
        known: &mut TypeParameters<'s>,
        position: usize,
        bounds: &[ExpressionId],
    ) {
        let scope = known.scope;
        let Some((name, at, traits)) = known.parameters.get_mut(position) else { return };
        for bound in bounds {
            let base = self.without_arguments(*bound);
            let (Expression::Name { name: word, .. }
            | Expression::Member { name: word, .. }
            | Expression::Builtin(word)) = self.out.peek(base)
            else {
                continue;
            };
            let common = is_common_trait(self.out.name_text(word));
            if !common && traits.len() < 4 && !traits.contains(&word) {
                traits.push(word);
                self.out.bind(scope, name, *at, BindingValue::Typed(*bound));
            }
        }
    }

    /// Type parameters that nothing bounds hide outer names.
    pub(super) fn bind_unbounded(&mut self) {
        let mut unbounded: Vec<(ScopeId, &'s str, u32)> = Vec::new();
        let mut ids: Vec<DefinitionId> = self.type_parameters.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            let Some(known) = self.type_parameters.get(&id) else { continue };
            for (name, at, traits) in &known.parameters {
                if traits.is_empty() {
                    unbounded.push((known.scope, name, *at));
                }
            }
        }
        for (scope, name, at) in unbounded {
            self.out.bind(scope, name, at, BindingValue::Unknown);
        }
    }

    /// The type parameters of an item with their bounds; constants are bound at once.
    fn generics(
        &mut self,
        node: Node<'_>,
        definition: Option<DefinitionId>,
    ) -> SmallVec<[(&'s str, u32, Bounds); 4]> {
        let mut parameters: SmallVec<[(&'s str, u32, Bounds); 4]> = SmallVec::new();
        let Some(list) = child(node, Field::TypeParameters) else { return parameters };
        let mut names: SmallVec<[Name; 4]> = SmallVec::new();
        for parameter in children(list) {
            let Some(name) = child(parameter, Field::Name) else { continue };
            let text = self.out.text(name);
            match kind(parameter) {
                Kind::TypeParameter => {
                    names.push(self.out.name(text));
                    parameters.push((text, name.start_byte() as u32, Bounds::new()));
                }
                Kind::ConstParameter => {
                    names.push(self.out.name(text));
                    let declared = child(parameter, Field::Type)
                        .map_or(ExpressionId::UNKNOWN, |node| self.type_expression(node));
                    let scope = self.out.scope();
                    let at = name.start_byte() as u32;
                    self.out.bind(scope, text, at, BindingValue::Typed(declared));
                }
                _ => {}
            }
        }
        self.collect_bounds(node, list, &mut parameters);
        if let Some(definition) = definition {
            self.out.get_mut(definition).type_parameters.extend(names);
        }
        parameters
    }

    /// Bounds at the parameters and in the `where` clause.
    fn collect_bounds(
        &mut self,
        node: Node<'_>,
        list: Node<'_>,
        parameters: &mut SmallVec<[(&'s str, u32, Bounds); 4]>,
    ) {
        for parameter in children(list) {
            if kind(parameter) != Kind::TypeParameter {
                continue;
            }
            let name = child(parameter, Field::Name).map_or("", |name| self.out.text(name));
            if let Some(list) = child(parameter, Field::Bounds) {
                let bounds = self.bounds(list);
                if let Some(entry) = parameters.iter_mut().find(|entry| entry.0 == name) {
                    entry.2.extend(bounds);
                }
            }
        }
        for predicate in where_predicates(node) {
            let (Some(left), Some(list)) =
                (child(predicate, Field::Left), child(predicate, Field::Bounds))
            else {
                continue;
            };
            let subject = self.out.text(left);
            let own = parameters.iter().any(|entry| entry.0 == subject);
            if !own {
                self.type_expression(left);
            }
            let bounds = self.bounds(list);
            if !own {
                self.bind_outer(left, &bounds);
            }
            if let Some(entry) = parameters.iter_mut().find(|entry| entry.0 == subject) {
                entry.2.extend(bounds);
            }
        }
    }

    /// Mentions in a `where` clause of an item without type parameters of its own.
    pub(super) fn where_mentions(&mut self, node: Node<'_>) {
        if child(node, Field::TypeParameters).is_some() {
            return;
        }
        for predicate in where_predicates(node) {
            if let Some(list) = child(predicate, Field::Bounds) {
                let bounds = self.bounds(list);
                if let Some(left) = child(predicate, Field::Left) {
                    self.bind_outer(left, &bounds);
                }
            }
        }
    }

    /// A method may bound a type parameter of the `impl` around it.
    fn bind_outer(&mut self, subject: Node<'_>, bounds: &[ExpressionId]) {
        let scope = self.out.scope();
        let inside = self.out.scope_kind(scope) == ScopeKind::Function;
        let bound = self.out.either(bounds);
        if inside && kind(subject) == Kind::TypeIdentifier && bound != ExpressionId::UNKNOWN {
            let at = subject.start_byte() as u32;
            self.out.bind(scope, self.out.text(subject), at, BindingValue::Typed(bound));
        }
    }

    /// Supertraits and bounds of associated types, with the outermost names in `role`.
    pub(super) fn bounds_with_role(&mut self, node: Node<'_>, role: Role) -> Bounds {
        let mut lowered = Bounds::new();
        for bound in children(node) {
            if matches!(kind(bound), Kind::Lifetime | Kind::RemovedTraitBound)
                || is_marker_trait(self.out.text(bound))
            {
                continue;
            }
            lowered.push(self.type_with_role(bound, role));
        }
        lowered
    }

    /// The name that an `impl` target ends with: `Account` in `&mut super::Account<'_>`. Built-in
    /// wrappers are looked through.
    pub(super) fn target_name<'n>(&self, node: Node<'n>) -> Option<Node<'n>> {
        let mut at = node;
        for _ in 0..16 {
            at = match kind(at) {
                Kind::TypeIdentifier | Kind::Identifier => return Some(at),
                Kind::ReferenceType | Kind::PointerType => child(at, Field::Type)?,
                Kind::ScopedTypeIdentifier => {
                    let head = self.out.text(at).split("::").next().unwrap_or("").trim();
                    if !matches!(head, "self" | "super" | "crate") {
                        return None;
                    }
                    child(at, Field::Name)?
                }
                Kind::AbstractType | Kind::DynamicType => child(at, Field::Trait)?,
                Kind::GenericType => {
                    let base = child(at, Field::Type)?;
                    if POINTERS.contains(&self.out.text(base)) {
                        let arguments = child(at, Field::TypeArguments)?;
                        children(arguments)
                            .into_iter()
                            .rfind(|argument| kind(*argument) != Kind::Lifetime)?
                    } else {
                        base
                    }
                }
                _ => return None,
            };
        }
        None
    }

    /// Whether an expression is a builtin.
    pub(super) fn is_builtin(&self, id: ExpressionId) -> bool {
        match self.out.peek(id) {
            Expression::Builtin(_) => true,
            Expression::Generic { base, .. } => {
                matches!(self.out.peek(base), Expression::Builtin(_))
            }
            _ => false,
        }
    }
}

fn where_predicates(node: Node<'_>) -> Nodes<'_> {
    let mut predicates = Nodes::new();
    for clause in children(node) {
        if kind(clause) == Kind::WhereClause {
            predicates.extend(children(clause));
        }
    }
    predicates.retain(|predicate| kind(*predicate) == Kind::WherePredicate);
    predicates
}

fn type_argument_count(list: Node<'_>) -> usize {
    children(list)
        .iter()
        .filter(|argument| !matches!(kind(**argument), Kind::Lifetime | Kind::TypeBinding))
        .count()
}

/// The first type written inside a node, if it has one.
pub(super) fn inner_type(node: Node<'_>) -> Option<Node<'_>> {
    child(node, Field::Type).or_else(|| first_child(node))
}
