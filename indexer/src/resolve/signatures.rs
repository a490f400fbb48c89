//! Which of the signatures that a TypeScript interface declares for one method a call means.
//!
//! Such a set has no body that would stand for all of it, and it can be long (a Redis client's
//! `set` has 84). The language tries signatures in the order they are written and takes the first
//! that the arguments fit (TypeScript specification, "Overload resolution"), so the same is done
//! here with what is known of the arguments: how many there are, which are texts that a literal
//! type names, which are functions, and which are of a built-in type. The first signature that fits
//! best is the answer; whether another one may fit as well decides how sure that is.

use super::bind::Binder;
use super::evaluate::Value;
use super::world::DefinitionRef;
use qf_graph::facts::{
    BindingValue, DefinitionFlags, Expression, ExpressionId, List, ParameterKind, SymbolKind,
};
use smallvec::SmallVec;

/// Most aliases of aliases that are followed to a parameter's type.
const MAX_ALIASES: u32 = 8;

/// The signature that was chosen.
pub(super) struct Chosen {
    /// It.
    pub signature: DefinitionRef,
    /// Whether another one might be meant as well.
    pub doubtful: bool,
    /// Whether not even this one fits what is known of the arguments.
    pub unfit: bool,
}

/// Whether an argument fits a parameter, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Never,
    /// A literal type, and a value that is not written as a literal.
    Hardly,
    Maybe,
    Surely,
}

/// One parameter: its file and declared type, `None` for any.
type Slot = Option<(u32, ExpressionId)>;

/// What a signature takes: so many at the beginning (of which some may be left out), any number
/// of one type, and so many at the end.
struct Shape {
    first: SmallVec<[Slot; 4]>,
    least: usize,
    rest: Option<Slot>,
    last: SmallVec<[Slot; 2]>,
}

impl<'w> Binder<'w, '_> {
    /// The signature of a set that a call means; `None` when `functions` are no such set.
    pub(super) fn signature(
        &mut self,
        functions: &[DefinitionRef],
        arguments: Option<List>,
    ) -> Option<Chosen> {
        if !self.world.file(self.file).semantics.first_signature_wins() {
            return None;
        }
        let set = self.signature_set(functions)?;
        let given: Vec<ExpressionId> = self.facts.list(arguments?).to_vec();
        let mut best = (Fit::Never, *set.first()?);
        let mut possible = 0;
        for signature in set {
            let fit = self.fits(signature, &given);
            possible += usize::from(fit > Fit::Hardly);
            if fit > best.0 {
                best = (fit, signature);
            }
            if fit == Fit::Surely {
                break;
            }
        }
        let doubtful = best.0 < Fit::Maybe || possible > 1;
        Some(Chosen { signature: best.1, doubtful, unfit: best.0 == Fit::Never })
    }

    /// All functions of the name in the interface that holds the given ones, or its declarations
    /// where it has several, in the order they are written; `None` when one of them has a body, or
    /// when they are of different types: then it is the receiver that may be either.
    fn signature_set(&self, functions: &[DefinitionRef]) -> Option<Vec<DefinitionRef>> {
        let world = self.world;
        let bodiless = |at: &DefinitionRef| {
            let definition = world.definition(*at);
            let without = DefinitionFlags::DECLARATION
                | DefinitionFlags::ABSTRACT
                | DefinitionFlags::OVERLOAD;
            definition.kind.is_callable() && definition.flags.intersects(without)
        };
        let type_of = |at: &DefinitionRef| {
            let parent = world.definition(*at).parent?;
            Some(world.name_of(DefinitionRef { file: at.file, definition: parent }))
        };
        let first = type_of(functions.first()?)?;
        if functions.iter().any(|at| type_of(at) != Some(first)) {
            return None;
        }
        let mut set: Vec<DefinitionRef> = Vec::new();
        for at in functions {
            if set.contains(at) {
                continue;
            }
            let file = world.file(at.file);
            let parent = world.definition(*at).parent?;
            let scope = file.facts().definitions[parent.index()].scope?;
            let mut more: Vec<DefinitionRef> = file
                .bindings(scope, world.name_of(*at))
                .filter_map(|binding| match binding.value {
                    BindingValue::Definition(definition) => {
                        Some(DefinitionRef { file: at.file, definition })
                    }
                    _ => None,
                })
                .collect();
            more.sort_unstable_by_key(|at| world.definition(*at).span.start);
            set.extend(more);
        }
        (set.len() > 1 && set.iter().all(bodiless)).then_some(set)
    }

    fn fits(&mut self, signature: DefinitionRef, given: &[ExpressionId]) -> Fit {
        let shape = self.shape(signature);
        let (first, last) = (shape.first.len(), shape.last.len());
        let most = if shape.rest.is_some() { usize::MAX } else { first + last };
        // `f(...list)` gives any number.
        let spread =
            given.iter().any(|id| matches!(self.facts.expression(*id), Expression::Element(_)));
        if !spread && !(shape.least + last..=most).contains(&given.len()) {
            return Fit::Never;
        }
        let mut fit = if spread { Fit::Maybe } else { Fit::Surely };
        let tail = given.len().saturating_sub(last).max(first.min(given.len()));
        for (position, argument) in given.iter().enumerate() {
            let slot = if position >= tail && last > 0 {
                shape.last.get(position - tail).copied().flatten()
            } else if position < first {
                shape.first[position]
            } else {
                shape.rest.flatten()
            };
            let one = match slot {
                Some((file, declared)) => self.fits_type(file, declared, *argument, 0),
                None => Fit::Surely,
            };
            fit = fit.min(one);
            if fit == Fit::Never {
                break;
            }
        }
        fit
    }

    fn shape(&self, signature: DefinitionRef) -> Shape {
        let definition = self.world.definition(signature);
        let facts = self.world.file(signature.file).facts();
        let mut shape =
            Shape { first: SmallVec::new(), least: 0, rest: None, last: SmallVec::new() };
        for parameter in &definition.parameters {
            let slot = parameter.declared_type.map(|declared| (signature.file, declared));
            match parameter.kind {
                ParameterKind::Receiver => {}
                ParameterKind::Rest | ParameterKind::KeywordRest => {
                    let parts = parameter.declared_type.and_then(|declared| {
                        match facts.expression(declared) {
                            Expression::Generic { base, arguments } => {
                                Some((facts.expression(base), facts.list(arguments)))
                            }
                            _ => None,
                        }
                    });
                    match parts {
                        // `...args: [key: string, ...values: string[], callback: Callback]`
                        Some((Expression::Builtin(name), parts)) if facts.text(name) == "tuple" => {
                            for part in parts {
                                let element = element_type(facts, *part);
                                let slot = Some((signature.file, element.unwrap_or(*part)));
                                match (element, shape.rest.is_some()) {
                                    (Some(_), _) => shape.rest = Some(slot),
                                    (None, true) => shape.last.push(slot),
                                    (None, false) => {
                                        shape.first.push(slot);
                                        shape.least = shape.first.len();
                                    }
                                }
                            }
                        }
                        Some((Expression::Builtin(_), [element])) => {
                            shape.rest = Some(Some((signature.file, *element)));
                        }
                        _ => shape.rest = Some(None),
                    }
                }
                ParameterKind::Plain | ParameterKind::Keyword => {
                    shape.first.push(slot);
                    if parameter.default.is_none() && parameter.kind == ParameterKind::Plain {
                        shape.least = shape.first.len();
                    }
                }
            }
        }
        shape
    }

    fn fits_type(
        &mut self,
        file: u32,
        declared: ExpressionId,
        argument: ExpressionId,
        depth: u32,
    ) -> Fit {
        let given = self.facts.expression(argument);
        if matches!(given, Expression::Collection { .. }) {
            return self.fits_collection(file, declared);
        }
        let facts = self.world.file(file).facts();
        if let Expression::Either(parts) = facts.expression(declared) {
            let parts = facts.list(parts).to_vec();
            return parts
                .into_iter()
                .map(|part| self.fits_type(file, part, argument, depth))
                .max()
                .unwrap_or(Fit::Maybe);
        }
        if let Expression::Name { name, scope } = facts.expression(declared)
            && depth < MAX_ALIASES
        {
            let word = self.world.file(file).word(name);
            let found = self.evaluator.look_up(file, scope, word);
            if let [at] = *self.definitions(&found)
                && let definition = self.world.definition(at)
                && definition.kind == SymbolKind::TypeAlias
                && definition.scope.is_none()
                && let Some(aliased) = definition.declared_type
            {
                return self.fits_type(at.file, aliased, argument, depth + 1);
            }
        }
        if let (Some(literal), Expression::Text(text)) = (literal_type(facts, declared), given) {
            let same = literal == self.facts.text(text);
            return if same { Fit::Surely } else { Fit::Never };
        }
        let given = match given {
            Expression::Function(_) => SmallVec::from_slice(&["function"]),
            _ => self.builtin_names(self.file, argument, false),
        };
        let wanted = self.builtin_names(file, declared, true);
        let literal = literal_type(facts, declared).is_some();
        if given.is_empty() || wanted.is_empty() {
            return if literal { Fit::Hardly } else { Fit::Maybe };
        }
        match (given.iter().any(|name| wanted.contains(name)), literal) {
            // Any text may be the one that the literal type names.
            (true, true) => Fit::Hardly,
            (true, false) => Fit::Surely,
            (false, _) => Fit::Never,
        }
    }

    /// A list or an object in place is no text, number or function, nor what may stand for those.
    fn fits_collection(&mut self, file: u32, declared: ExpressionId) -> Fit {
        let values = self.evaluator.types_in(file, declared);
        let scalar = |value: &Value<'w>| match value {
            Value::Builtin { name, .. } => matches!(*name, "str" | "int" | "bool" | "function"),
            _ => false,
        };
        let list = |value: &Value<'w>| match value {
            Value::Builtin { name, .. } => !matches!(*name, "str" | "int" | "bool" | "function"),
            _ => false,
        };
        if values.items.iter().any(scalar) && !values.items.iter().any(list) {
            Fit::Never
        } else {
            Fit::Maybe
        }
    }

    /// The built-in types that an expression has; none when it may have another.
    fn builtin_names(
        &mut self,
        file: u32,
        expression: ExpressionId,
        type_expression: bool,
    ) -> SmallVec<[&'w str; 1]> {
        let values = if type_expression {
            self.evaluator.types_in(file, expression)
        } else {
            self.evaluator.eval(file, expression)
        };
        if values.unknown {
            return SmallVec::new();
        }
        let mut names = SmallVec::new();
        for value in &values.items {
            let name = match *value {
                Value::Builtin { name, .. } => name,
                Value::Definition(at) if self.world.definition(at).kind.is_callable() => "function",
                _ => return SmallVec::new(),
            };
            names.push(if name == "float" { "int" } else { name });
        }
        names
    }
}

/// The type of what a tuple has any number of.
fn element_type(
    facts: &qf_graph::facts::FileFacts,
    declared: ExpressionId,
) -> Option<ExpressionId> {
    let Expression::Generic { base, arguments } = facts.expression(declared) else { return None };
    let Expression::Builtin(name) = facts.expression(base) else { return None };
    facts.list(arguments).first().copied().filter(|_| facts.text(name) == "rest")
}

/// The text of a literal type.
fn literal_type(facts: &qf_graph::facts::FileFacts, declared: ExpressionId) -> Option<&str> {
    let Expression::Generic { base, arguments } = facts.expression(declared) else { return None };
    let Expression::Builtin(name) = facts.expression(base) else { return None };
    let [one] = facts.list(arguments) else { return None };
    match facts.expression(*one) {
        Expression::Text(text) if facts.text(name) == "str" => Some(facts.text(text)),
        _ => None,
    }
}
