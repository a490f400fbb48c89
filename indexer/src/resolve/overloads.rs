//! Which of several functions of one name a call means.
//!
//! A count of arguments leaves most overloads open: `value(long)`, `value(double)` and
//! `value(String)` all take one. In a language that writes its types down the arguments' types
//! decide, in three phases: without boxing, with boxing, with a variable number of arguments; of
//! those that fit in the first phase that has any, the one with the narrowest parameters. What an
//! argument is cannot always be told here, so "may fit" is an answer too: it excludes nothing and
//! decides nothing.

use super::bind::{Binder, Target, accepts};
use super::evaluate::{Arguments, Found, Site, Value, Values};
use super::hierarchy::Base;
use super::views;
use super::world::{DefinitionRef, Word};
use crate::languages::Conversion;
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::facts::{
    BindingValue, Definition, DefinitionFlags, Expression, ExpressionId, List, ParameterKind,
    Reference, SymbolKind,
};
use smallvec::SmallVec;

/// What is known of the type of an argument or parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Type<'w> {
    /// Nothing.
    Unknown,
    /// A function written in place, with its number of parameters.
    Function(usize),
    /// A built-in type.
    Builtin(&'w str, Option<Arguments>),
    /// A type of an indexed file.
    Class(DefinitionRef),
    /// A type of something that is not indexed, by its name.
    External(Word),
}

/// Types that an expression may have; empty when nothing is known.
type Types<'w> = SmallVec<[Type<'w>; 2]>;

/// How far a candidate's fit with all arguments has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fit {
    candidate: DefinitionRef,
    /// Arguments that certainly do not fit.
    misfits: u32,
    /// Arguments of which nothing is known.
    open: u32,
    /// 0 by subtyping and widening, 1 with boxing, 2 with a variable number of arguments.
    phase: u32,
}

/// Most overloads that are compared with each other.
const MAX_COMPARED: usize = 24;

impl<'w> Binder<'w, '_> {
    /// What a call means of the functions its callee may be: for each type one of its functions
    /// of that name, as the arguments say.
    pub(super) fn choose(
        &mut self,
        values: &Values<'w>,
        functions: &[DefinitionRef],
        arguments: Option<List>,
    ) -> Vec<Value<'w>> {
        let count = arguments.map_or(0, |list| list.len as usize);
        if arguments.is_none() && functions.len() == 1 {
            return values.items.to_vec();
        }
        let mut out: Vec<Value<'w>> = Vec::new();
        let mut done: Vec<(Option<DefinitionRef>, Word)> = Vec::new();
        for value in &values.items {
            let (at, receiver) = match *value {
                Value::Method { definition, receiver, arguments } => {
                    (definition, Some((receiver, arguments)))
                }
                Value::Definition(at) => (at, None),
                _ => {
                    out.push(*value);
                    continue;
                }
            };
            if !functions.contains(&at) {
                out.push(*value);
                continue;
            }
            let key = (self.owner(at), self.world.name_of(at));
            if done.contains(&key) {
                continue;
            }
            done.push(key);
            let mut all = self.overloads_of(at, key.0);
            let from = receiver.map(|(receiver, _)| receiver).or(key.0);
            let outside = from.is_some_and(|from| self.inherit(from, at, &mut all));
            if outside && !all.iter().any(|at| accepts(self.world.definition(*at), count)) {
                out.push(Value::External(None));
                continue;
            }
            for definition in self.fitting(all, arguments) {
                out.push(match receiver {
                    Some((receiver, arguments)) => {
                        Value::Method { definition, receiver, arguments }
                    }
                    None => Value::Definition(definition),
                });
            }
        }
        // Of the types that the receiver may have, those whose method can be called like this.
        let world = self.world;
        let takes = |value: &Value<'w>| match value {
            Value::Method { definition, .. } => accepts(world.definition(*definition), count),
            _ => true,
        };
        if arguments.is_some() && out.iter().any(takes) {
            out.retain(takes);
        }
        out
    }

    /// Whether a method takes what another takes and may override it.
    pub(super) fn has_signature(&mut self, method: DefinitionRef, other: DefinitionRef) -> bool {
        let (definition, overridden) =
            (self.world.definition(method), self.world.definition(other));
        let fixed = DefinitionFlags::PRIVATE | DefinitionFlags::STATIC;
        !(definition.flags | overridden.flags).intersects(fixed)
            && self.takes_the_same(method, other)
    }

    /// Whether two functions take arguments of the same types.
    fn takes_the_same(&mut self, method: DefinitionRef, other: DefinitionRef) -> bool {
        let own = parameter_types(self.world.definition(method));
        let theirs = parameter_types(self.world.definition(other));
        own.len() == theirs.len()
            && own.into_iter().zip(theirs).all(|(own, theirs)| {
                let (Some(own), Some(theirs)) = (own, theirs) else { return true };
                if self.is_type_parameter(other, theirs) || self.is_type_parameter(method, own) {
                    return true;
                }
                let own = self.parameter_type(method, own);
                let theirs = self.parameter_type(other, theirs);
                // Types that are not indexed are told apart by their names.
                if let ([Type::External(own)], [Type::External(theirs)]) = (&*own, &*theirs) {
                    return own == theirs;
                }
                matches!(self.best(&own, &theirs), Conversion::Same | Conversion::Open)
            })
    }

    /// Whether a type is a type parameter of a method or of a type around it.
    pub(super) fn is_type_parameter(&self, method: DefinitionRef, declared: ExpressionId) -> bool {
        let facts = self.world.file(method.file).facts();
        let Expression::Name { name, .. } = facts.expression(declared) else { return false };
        let mut at = Some(method.definition);
        for _ in 0..16 {
            let Some(definition) = at.map(|id| &facts.definitions[id.index()]) else {
                return false;
            };
            if definition.type_parameters.contains(&name) {
                return true;
            }
            at = definition.parent;
        }
        false
    }

    /// All functions of a function's name in its type.
    fn overloads_of(&self, at: DefinitionRef, owner: Option<DefinitionRef>) -> Vec<DefinitionRef> {
        let word = self.world.name_of(at);
        let mut all = owner.map_or_else(Vec::new, |owner| self.functions_named(owner, word));
        all.retain(|other| {
            let private = self.world.definition(*other).flags.contains(DefinitionFlags::PRIVATE);
            !private || other.file == self.file
        });
        if !all.contains(&at) {
            all.push(at);
        }
        all
    }

    fn functions_named(&self, owner: DefinitionRef, word: Word) -> Vec<DefinitionRef> {
        let mut all = Vec::new();
        for scope in self.evaluator.hierarchy.member_scopes(self.world, owner) {
            for binding in self.world.file(scope.file).bindings(scope.scope, word) {
                let BindingValue::Definition(definition) = binding.value else { continue };
                let other = DefinitionRef { file: scope.file, definition };
                if self.world.definition(other).kind.is_callable() && !all.contains(&other) {
                    all.push(other);
                }
            }
        }
        all
    }

    /// Adds the functions of a function's name that a type inherits beside it: those above that none
    /// of the nearer ones overrides. `true` when there may be others outside the index.
    fn inherit(
        &mut self,
        from: DefinitionRef,
        at: DefinitionRef,
        all: &mut Vec<DefinitionRef>,
    ) -> bool {
        if self.world.definition(at).kind == SymbolKind::Constructor {
            return false;
        }
        let word = self.world.name_of(at);
        let (ancestors, outside) = self.evaluator.hierarchy.ancestors(from);
        for ancestor in ancestors {
            let nearer = all.clone();
            // Static methods of interfaces are not inherited.
            let interface = self.world.definition(ancestor).kind == SymbolKind::Interface;
            let mut kept_there = DefinitionFlags::PRIVATE;
            kept_there.set(DefinitionFlags::STATIC, interface);
            for other in self.functions_named(ancestor, word) {
                let stays = self.world.definition(other).flags.intersects(kept_there);
                if stays || all.len() >= MAX_COMPARED || all.contains(&other) {
                    continue;
                }
                if !nearer.iter().any(|near| self.takes_the_same(*near, other)) {
                    all.push(other);
                }
            }
        }
        outside
    }

    /// A call through a local that holds a function: `Supplier<T> make = this::create;
    /// make.get()` calls `create`.
    pub(super) fn function_value(&mut self, reference: &Reference, callee: ExpressionId) {
        let Expression::Member { base, .. } = self.facts.expression(callee) else { return };
        let Expression::Name { name, scope } = self.facts.expression(base) else { return };
        if !self.world.file(self.file).semantics.overloads_by_type() {
            return;
        }
        let word = self.world.file(self.file).word(name);
        let Found::Sites(sites, _) = self.evaluator.look_up(self.file, scope, word) else { return };
        let typed = sites.iter().any(|site| {
            matches!(site, Site::Binding(_, binding)
            if matches!(binding.value, BindingValue::Typed(_)))
        });
        for site in sites.iter().filter(|_| typed) {
            let Site::Binding(file, binding) = *site else { continue };
            let BindingValue::Value(value) = binding.value else { continue };
            if !matches!(self.world.expression(file, value), Expression::Member { .. }) {
                continue;
            }
            for value in self.evaluator.eval(file, value).items {
                if let Value::Definition(at) | Value::Method { definition: at, .. } = value
                    && self.world.definition(at).kind.is_callable()
                {
                    let to = Target::Definition(at);
                    self.edge(reference, to, EdgeKind::Calls, Tier::Typed, "function-value");
                }
            }
        }
    }

    /// Of functions that take this many arguments, those that the arguments' types choose.
    pub(super) fn by_types(
        &mut self,
        candidates: &[DefinitionRef],
        given: &[ExpressionId],
    ) -> Vec<DefinitionRef> {
        let arguments: Vec<Types<'w>> =
            given.iter().map(|argument| self.argument_types(*argument)).collect();
        let mut fits: Vec<Fit> =
            candidates.iter().map(|candidate| self.fit(*candidate, &arguments)).collect();
        for key in [|fit: &Fit| fit.misfits, |fit: &Fit| fit.phase, |fit: &Fit| fit.open] {
            let least = fits.iter().map(key).min().unwrap_or(0);
            fits.retain(|fit| key(fit) == least);
        }
        let kept: Vec<DefinitionRef> = fits.iter().map(|fit| fit.candidate).collect();
        // Comparing all with all is for a few; of many nobody can tell which is meant.
        if (2..=MAX_COMPARED).contains(&kept.len()) {
            self.narrowest(&kept, &arguments)
        } else {
            kept
        }
    }

    fn fit(&mut self, candidate: DefinitionRef, arguments: &[Types<'w>]) -> Fit {
        let definition = self.world.definition(candidate);
        let parameters = parameter_types(definition);
        let rest = definition.parameters.iter().any(|p| p.kind == ParameterKind::Rest);
        let mut fit = Fit { candidate, misfits: 0, open: 0, phase: 0 };
        if rest && arguments.len() != parameters.len() {
            fit.phase = 2;
        }
        for (position, argument) in arguments.iter().enumerate() {
            let last = position + 1 >= parameters.len();
            let Some(declared) = parameters.get(position).or(parameters.last()).copied().flatten()
            else {
                fit.open += 1;
                continue;
            };
            let wanted = self.parameter_type(candidate, declared);
            let spread = rest && last;
            let conversion = if spread && fit.phase == 2 {
                Conversion::Unrelated
            } else {
                self.best(argument, &wanted)
            };
            match conversion {
                Conversion::Unrelated if spread => {
                    fit.phase = 2;
                    let wanted = self.elements(&wanted);
                    match self.best(argument, &wanted) {
                        Conversion::Unrelated => fit.misfits += 1,
                        Conversion::Open => fit.open += 1,
                        _ => {}
                    }
                }
                Conversion::Unrelated => fit.misfits += 1,
                Conversion::Open if spread => {
                    // It may be one element or the array of all.
                    let wanted = self.elements(&wanted);
                    match self.best(argument, &wanted) {
                        Conversion::Open | Conversion::Unrelated => fit.open += 1,
                        _ => fit.phase = 2,
                    }
                }
                Conversion::Open => fit.open += 1,
                Conversion::Boxing => fit.phase = fit.phase.max(1),
                Conversion::Same | Conversion::Widening => {}
            }
        }
        fit
    }

    /// Those that no other is narrower than, parameter by parameter. Of a variable number of arguments
    /// one is compared.
    fn narrowest(
        &mut self,
        candidates: &[DefinitionRef],
        arguments: &[Types<'w>],
    ) -> Vec<DefinitionRef> {
        let world = self.world;
        let given = arguments.len();
        let spread = |at: &DefinitionRef| {
            world.definition(*at).parameters.iter().any(|p| p.kind == ParameterKind::Rest)
        };
        let all_spread = candidates.iter().all(spread);
        let mut types: Vec<Vec<Types<'w>>> = candidates
            .iter()
            .map(|candidate| {
                parameter_types(world.definition(*candidate))
                    .into_iter()
                    .take(given)
                    .map(|declared| {
                        declared.map_or_else(Types::new, |declared| {
                            self.parameter_type(*candidate, declared)
                        })
                    })
                    .collect()
            })
            .collect();
        if all_spread {
            for of in &mut types {
                if let Some(last) = of.last_mut() {
                    *last = self.elements(last);
                }
            }
        }
        let mut kept = Vec::new();
        for (position, candidate) in candidates.iter().enumerate() {
            let beaten = (0..candidates.len()).any(|other| {
                other != position && self.is_narrower(&types[other], &types[position], arguments)
            });
            if !beaten {
                kept.push(*candidate);
            }
        }
        if kept.is_empty() { candidates.to_vec() } else { kept }
    }

    /// What an argument is of which nothing is known is told by no parameter.
    fn is_narrower(
        &mut self,
        narrow: &[Types<'w>],
        wide: &[Types<'w>],
        arguments: &[Types<'w>],
    ) -> bool {
        let mut narrower = false;
        for ((narrow, wide), argument) in narrow.iter().zip(wide).zip(arguments) {
            match self.best(narrow, wide) {
                Conversion::Same => {}
                Conversion::Widening if self.best(argument, narrow) != Conversion::Open => {
                    narrower = true;
                }
                _ => return false,
            }
        }
        narrower
    }

    /// The best conversion from any of the types to any of the others.
    fn best(&mut self, from: &[Type<'w>], to: &[Type<'w>]) -> Conversion {
        let mut best = None;
        for from in from {
            for to in to {
                let found = self.conversion(*from, *to, 0);
                best = Some(best.map_or(found, |best: Conversion| best.min(found)));
            }
        }
        best.unwrap_or(Conversion::Open)
    }

    fn conversion(&mut self, from: Type<'w>, to: Type<'w>, depth: u32) -> Conversion {
        let world = self.world;
        let semantics = world.file(self.file).semantics;
        match (from, to) {
            (Type::Unknown, _) | (_, Type::Unknown | Type::Function(_)) => Conversion::Open,
            (Type::Builtin(from, given), Type::Builtin(to, wanted)) => {
                if let (ARRAY, ARRAY, Some(given), Some(wanted)) = (from, to, given, wanted) {
                    return self.array_conversion(given, wanted, depth);
                }
                semantics.conversion(from, to)
            }
            (Type::Builtin(NULL, _), _) => Conversion::Widening,
            (Type::Class(from), Type::Class(to)) if from == to => Conversion::Same,
            (Type::Class(from), Type::Class(to)) => {
                if self.evaluator.hierarchy.ancestors(from).0.contains(&to) {
                    Conversion::Widening
                } else {
                    Conversion::Unrelated
                }
            }
            (Type::Class(from), Type::External(_)) => self.if_outside(from),
            (Type::Class(from), Type::Builtin(to, _)) => match semantics.conversion(CLASS, to) {
                Conversion::Open => self.if_outside(from),
                known => known,
            },
            (Type::External(from), Type::External(to)) if from == to => Conversion::Same,
            (Type::External(from), Type::External(to))
                if semantics.is_kind_of(world.text(from), world.text(to)) =>
            {
                Conversion::Widening
            }
            (Type::External(_), Type::External(_)) => Conversion::Open,
            (Type::External(_), Type::Builtin(to, _)) => semantics.conversion(CLASS, to),
            // What is not indexed cannot extend what is.
            (Type::External(_) | Type::Builtin(..), Type::Class(_)) => Conversion::Unrelated,
            (Type::Builtin(from, _), Type::External(_)) => semantics.conversion(from, CLASS),
            (Type::Function(count), Type::Class(to)) => self.function_fits(count, to),
            (Type::Function(_), Type::External(_)) => Conversion::Widening,
            (Type::Function(_), Type::Builtin(to, _)) => {
                match semantics.conversion(CLASS, to) {
                    Conversion::Open => Conversion::Open,
                    // Even the type above all others takes no function in place.
                    _ => Conversion::Unrelated,
                }
            }
        }
    }

    fn array_conversion(&mut self, from: Arguments, to: Arguments, depth: u32) -> Conversion {
        if depth > 4 || from.values || to.values {
            return Conversion::Open;
        }
        let mut element = |arguments: Arguments| {
            let list = self.world.file(arguments.file).facts().list(arguments.list);
            let known = list.first().map(|id| self.declared_types(arguments.file, *id));
            known.and_then(|types| types.first().copied()).unwrap_or(Type::Unknown)
        };
        let (from, to) = (element(from), element(to));
        let known = self.conversion(from, to, depth + 1);
        let semantics = self.world.file(self.file).semantics;
        let is_primitive = |of| match of {
            Type::Builtin(name, _) => semantics.conversion(NULL, name) == Conversion::Unrelated,
            _ => false,
        };
        // Arrays of numbers do not widen, and hold no objects.
        match known {
            Conversion::Boxing => Conversion::Unrelated,
            Conversion::Widening if is_primitive(from) => Conversion::Unrelated,
            Conversion::Open if is_primitive(from) != is_primitive(to) && to != Type::Unknown => {
                Conversion::Unrelated
            }
            known => known,
        }
    }

    /// A type with a base outside the index may be anything that is outside.
    fn if_outside(&self, class: DefinitionRef) -> Conversion {
        if self.evaluator.hierarchy.ancestors(class).1 {
            Conversion::Open
        } else {
            Conversion::Unrelated
        }
    }

    /// A function in place stands for an interface with one method of as many parameters.
    fn function_fits(&self, count: usize, interface: DefinitionRef) -> Conversion {
        let definition = self.world.definition(interface);
        if definition.kind != SymbolKind::Interface {
            return Conversion::Unrelated;
        }
        let mut any = false;
        for scope in self.evaluator.hierarchy.member_scopes(self.world, interface) {
            let file = self.world.file(scope.file);
            for (_, row) in file.words_of(scope.scope) {
                let BindingValue::Definition(id) = file.facts().bindings[row as usize].value else {
                    continue;
                };
                let member = &file.facts().definitions[id.index()];
                if !member.kind.is_callable() || !member.flags.contains(DefinitionFlags::ABSTRACT) {
                    continue;
                }
                any = true;
                if parameter_types(member).len() == count {
                    return Conversion::Widening;
                }
            }
        }
        let inherits = self.evaluator.hierarchy.bases.get(&interface).is_some_and(|bases| {
            bases.iter().any(|base| matches!(base, Base::Type(_) | Base::Outside))
        });
        if any && !inherits { Conversion::Unrelated } else { Conversion::Open }
    }

    // ---- types of expressions ---------------------------------------------------------------------

    fn argument_types(&mut self, argument: ExpressionId) -> Types<'w> {
        let argument = match self.facts.expression(argument) {
            Expression::Argument { value, .. } => value,
            _ => argument,
        };
        if let Expression::Function(id) = self.facts.expression(argument) {
            let count = self.facts.definitions[id.index()].parameters.len();
            return SmallVec::from_slice(&[Type::Function(count)]);
        }
        let values = self.evaluator.evaluate(argument);
        if values.items.is_empty() {
            let word = self.type_word(self.file, argument, 0);
            return word.map(Type::External).into_iter().collect();
        }
        let mut types = Types::new();
        for value in &values.items {
            types.push(match *value {
                Value::Instance { class, .. } => Type::Class(class),
                // What a view is in its language is not known.
                Value::Builtin { name, .. } if views::plain(name) != name => Type::Unknown,
                Value::Builtin { name, arguments } => Type::Builtin(name, arguments),
                Value::Definition(at)
                    if self.world.definition(at).kind == SymbolKind::EnumMember =>
                {
                    let parent = self.world.definition(at).parent;
                    parent.map_or(Type::Unknown, |definition| {
                        Type::Class(DefinitionRef { file: at.file, definition })
                    })
                }
                Value::External(_) => {
                    self.type_word(self.file, argument, 0).map_or(Type::Unknown, Type::External)
                }
                Value::Definition(at) | Value::Method { definition: at, .. }
                    if self.world.definition(at).kind.is_callable() =>
                {
                    Type::Function(parameter_types(self.world.definition(at)).len())
                }
                _ => Type::Unknown,
            });
        }
        types
    }

    fn declared_types(&mut self, file: u32, declared: ExpressionId) -> Types<'w> {
        let values = self.evaluator.types_in(file, declared);
        let mut types = Types::new();
        for value in &values.items {
            types.push(match *value {
                Value::Instance { class, .. } => Type::Class(class),
                Value::Builtin { name, arguments } => Type::Builtin(name, arguments),
                Value::External(_) => {
                    self.world.type_name(file, declared).map_or(Type::Unknown, Type::External)
                }
                _ => Type::Unknown,
            });
        }
        types
    }

    /// The types of a parameter. What nothing in the index has is of the language, or of a package all
    /// of whose names are imported: its name tells it from others.
    fn parameter_type(&mut self, of: DefinitionRef, declared: ExpressionId) -> Types<'w> {
        let mut types = self.declared_types(of.file, declared);
        if types.is_empty() && !self.is_type_parameter(of, declared) {
            types.extend(self.world.type_name(of.file, declared).map(Type::External));
        }
        types
    }

    /// The types of an array's elements.
    fn elements(&mut self, arrays: &[Type<'w>]) -> Types<'w> {
        let mut types = Types::new();
        for array in arrays {
            let Type::Builtin(ARRAY, Some(arguments)) = *array else { continue };
            let facts = self.world.file(arguments.file).facts();
            if let Some(element) = facts.list(arguments.list).first().copied() {
                types.extend(self.declared_types(arguments.file, element));
            }
        }
        types
    }

    /// The name of the outside type that a value was declared with.
    pub(super) fn type_word(&mut self, file: u32, value: ExpressionId, depth: u32) -> Option<Word> {
        if depth > 8 {
            return None;
        }
        let found = match self.world.expression(file, value) {
            Expression::New { class, .. } | Expression::InstanceOf(class) => {
                return self.world.type_name(file, class);
            }
            Expression::Name { name, scope } => {
                let word = self.world.file(file).word(name);
                self.evaluator.look_up(file, scope, word)
            }
            Expression::Generic { base, .. } => return self.type_word(file, base, depth + 1),
            Expression::Member { base, name } => {
                let word = self.world.file(file).word(name);
                let base = self.evaluator.eval(file, base);
                self.evaluator.member_of(&base, word)
            }
            Expression::Call { callee, .. } => {
                let values = self.evaluator.called(file, callee);
                let at = values.items.iter().find_map(|value| match value {
                    Value::Definition(at) | Value::Method { definition: at, .. } => Some(*at),
                    _ => None,
                });
                let Some(at) = at else {
                    // `Command::new("ls")`: a function of an outside type mostly makes one.
                    let Expression::Member { base, .. } = self.world.expression(file, callee)
                    else {
                        return None;
                    };
                    let word = self.world.type_name(file, base)?;
                    let made = self.world.file(file).semantics.calls_through_interfaces()
                        && self.world.text(word).starts_with(char::is_uppercase);
                    return made.then_some(word);
                };
                let declared = self.world.definition(at).declared_type?;
                return self.world.type_name(at.file, declared);
            }
            _ => return None,
        };
        let Found::Sites(sites, _) = found else { return None };
        sites.iter().find_map(|site| match *site {
            Site::Binding(file, binding) => match binding.value {
                BindingValue::Typed(declared) => self.world.type_name(file, declared),
                BindingValue::Parameter { function, index } => {
                    let at = DefinitionRef { file, definition: function };
                    let declared = self.world.definition(at).parameters.get(index as usize);
                    declared
                        .and_then(|parameter| parameter.declared_type)
                        .and_then(|declared| self.world.type_name(file, declared))
                }
                BindingValue::Value(value) => self.type_word(file, value, depth + 1),
                _ => None,
            },
            Site::Expression(..) => None,
        })
    }
}

/// Arrays.
const ARRAY: &str = "list";
/// The type of `null`.
const NULL: &str = "null";
/// Stands for any class in questions about conversions.
const CLASS: &str = "class";

/// Declared types of what arguments reach by position.
fn parameter_types(definition: &Definition) -> SmallVec<[Option<ExpressionId>; 4]> {
    definition
        .parameters
        .iter()
        .filter(|parameter| parameter.kind != ParameterKind::Receiver)
        .map(|parameter| parameter.declared_type)
        .collect()
}
