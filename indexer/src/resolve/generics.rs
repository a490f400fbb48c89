//! What type parameters stand for.
//!
//! `T get()` of a `Box<T>` gives a `User` when the receiver is a `Box<User>`, and `T first(List<T>)`
//! what its argument holds. A type expression that mentions type parameters is therefore evaluated
//! in an [`Environment`]: the definition whose parameters they are, and a value for each. The
//! arguments of a result carry the environment they were written in, so that `Map<K, List<V>>` is
//! taken apart later without being copied now. Nothing is known of a parameter that no environment
//! binds; then its bounds count, as they did before.

use super::evaluate::{Arguments, Evaluator, How, Site, Value, Values};
use super::world::DefinitionRef;
use qf_graph::facts::{
    BindingValue, Expression, ExpressionId, List, Name, ParameterKind, SymbolKind,
};

/// Most environments for one file; later ones bind nothing.
const MAX_ENVIRONMENTS: usize = 4_096;

/// Deepest nesting of type arguments that is looked through.
const MAX_NESTING: u32 = 8;

/// An environment of an evaluator; the first binds nothing. Small, for it is part of every value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct EnvironmentId(u16);

impl EnvironmentId {
    /// Binds nothing.
    pub const NONE: EnvironmentId = EnvironmentId(0);
}

/// What the type parameters of one definition stand for.
#[derive(Debug, Clone)]
pub(super) struct Environment<'w> {
    definition: DefinitionRef,
    values: Vec<Values<'w>>,
    /// Binds what this one does not: the type around a method.
    outer: EnvironmentId,
}

impl<'w> Evaluator<'w, '_> {
    fn bind_parameters(&mut self, environment: Environment<'w>) -> EnvironmentId {
        if environment.values.iter().all(|values| values.items.is_empty()) {
            return environment.outer;
        }
        if self.environments.len() >= MAX_ENVIRONMENTS {
            return EnvironmentId::NONE;
        }
        self.environments.push(environment);
        EnvironmentId(self.environments.len() as u16)
    }

    /// What a type parameter stands for.
    fn parameter_in(
        &self,
        file: u32,
        name: Name,
        environment: EnvironmentId,
    ) -> Option<Values<'w>> {
        let mut at = environment;
        for _ in 0..MAX_NESTING {
            let bound = self.environments.get((at.0 as usize).checked_sub(1)?)?;
            if bound.definition.file == file {
                let parameters = &self.world.definition(bound.definition).type_parameters;
                if let Some(position) = parameters.iter().position(|own| *own == name) {
                    let values = bound.values.get(position)?;
                    return (!values.items.is_empty()).then(|| values.clone());
                }
            }
            at = bound.outer;
        }
        None
    }

    /// Instances of a type expression whose type parameters an environment binds.
    pub(super) fn types_under(
        &mut self,
        file: u32,
        id: ExpressionId,
        environment: EnvironmentId,
    ) -> Values<'w> {
        if environment == EnvironmentId::NONE {
            return self.types_in(file, id);
        }
        match self.world.expression(file, id) {
            Expression::Name { name, .. } => match self.parameter_in(file, name, environment) {
                Some(values) => values,
                None => self.types_in(file, id),
            },
            Expression::Generic { base, arguments } => {
                let mut values = self.types_under(file, base, environment);
                let list = Arguments { file, list: arguments, values: false, environment };
                for value in &mut values.items {
                    value.set_arguments(list);
                }
                values
            }
            Expression::InstanceOf(inner) => self.types_under(file, inner, environment),
            Expression::Either(items) => {
                let mut values = Values::default();
                for item in self.world.file(file).facts().list(items) {
                    values.merge(self.types_under(file, *item, environment));
                }
                values
            }
            _ => self.types_in(file, id),
        }
    }

    /// The environment of a type's own parameters, given its arguments.
    fn environment_of(&mut self, class: DefinitionRef, arguments: Arguments) -> EnvironmentId {
        let count = self.world.definition(class).type_parameters.len();
        if count == 0 || arguments.values {
            return EnvironmentId::NONE;
        }
        let list = self.world.file(arguments.file).facts().list(arguments.list);
        let values = list
            .iter()
            .take(count)
            .map(|item| self.types_under(arguments.file, *item, arguments.environment))
            .collect();
        let outer = EnvironmentId::NONE;
        self.bind_parameters(Environment { definition: class, values, outer })
    }

    /// The environment in which the members of `owner` are seen from an instance of `class`.
    fn environment_seen_from(
        &mut self,
        owner: DefinitionRef,
        class: DefinitionRef,
        arguments: Option<Arguments>,
        depth: u32,
    ) -> EnvironmentId {
        let own = arguments
            .map_or(EnvironmentId::NONE, |arguments| self.environment_of(class, arguments));
        if owner == class || depth >= MAX_NESTING {
            return own;
        }
        let world = self.world;
        for base in &world.definition(class).bases {
            for value in self.types_under(class.file, *base, own).items {
                let Value::Instance { class: base, arguments } = value else { continue };
                let above = base == owner || self.hierarchy.ancestors(base).0.contains(&owner);
                if above && base != class {
                    return self.environment_seen_from(owner, base, arguments, depth + 1);
                }
            }
        }
        EnvironmentId::NONE
    }

    /// Whether a type expression mentions one of these type parameters.
    fn mentions(&self, file: u32, id: ExpressionId, parameters: &[Name], depth: u32) -> bool {
        if parameters.is_empty() || depth > MAX_NESTING {
            return false;
        }
        match self.world.expression(file, id) {
            Expression::Name { name, .. } => parameters.contains(&name),
            Expression::Generic { base, arguments } => {
                let list = self.world.file(file).facts().list(arguments);
                self.mentions(file, base, parameters, depth + 1)
                    || list.iter().any(|item| self.mentions(file, *item, parameters, depth + 1))
            }
            _ => false,
        }
    }

    /// The type that a definition's type parameters may come from besides itself.
    fn generic_owner(&self, at: DefinitionRef) -> Option<DefinitionRef> {
        let parent = self.world.definition(at).parent?;
        let owner = DefinitionRef { file: at.file, definition: parent };
        let definition = self.world.definition(owner);
        (definition.kind.is_type() && !definition.type_parameters.is_empty()).then_some(owner)
    }

    /// A field's values as seen from an instance, when its type mentions the type's parameters.
    pub(super) fn field_of(
        &mut self,
        class: DefinitionRef,
        arguments: Option<Arguments>,
        sites: &[Site<'w>],
    ) -> Option<Values<'w>> {
        let world = self.world;
        for site in sites {
            let Site::Binding(file, binding) = *site else { continue };
            let BindingValue::Definition(definition) = binding.value else { continue };
            let at = DefinitionRef { file, definition };
            let field = world.definition(at);
            if !field.kind.is_value() || field.kind == SymbolKind::EnumMember {
                continue;
            }
            let (Some(declared), Some(owner)) = (field.declared_type, self.generic_owner(at))
            else {
                continue;
            };
            if !self.mentions(file, declared, &world.definition(owner).type_parameters, 0) {
                continue;
            }
            let environment = self.environment_seen_from(owner, class, arguments, 0);
            if environment != EnvironmentId::NONE {
                let values = self.types_under(file, declared, environment);
                return Some(values.with(How::ANNOTATION | How::FIELD));
            }
        }
        None
    }

    /// What a call gives when the declared result mentions type parameters: those of the
    /// receiver's type, or the function's own as far as arguments tell them.
    pub(super) fn generic_result(
        &mut self,
        at: DefinitionRef,
        receiver: Option<(DefinitionRef, Option<Arguments>)>,
        (file, given): (u32, List),
    ) -> Option<Values<'w>> {
        let world = self.world;
        let definition = world.definition(at);
        let declared = definition.declared_type?;
        let owner = self.generic_owner(at).filter(|owner| {
            self.mentions(at.file, declared, &world.definition(*owner).type_parameters, 0)
        });
        let own = self.mentions(at.file, declared, &definition.type_parameters, 0);
        if owner.is_none() && !own {
            return None;
        }
        let mut environment = match (owner, receiver) {
            (Some(owner), Some((class, arguments))) => {
                self.environment_seen_from(owner, class, arguments, 0)
            }
            _ => EnvironmentId::NONE,
        };
        if own {
            environment = self.environment_of_call(at, &[], (file, given), environment);
        }
        if environment == EnvironmentId::NONE {
            return None;
        }
        let values = self.types_under(at.file, declared, environment).with(How::ANNOTATION);
        (!values.items.is_empty()).then_some(values)
    }

    /// What a call gives whose type arguments are written (`decode::<Cookie>(bytes)`): a `Generic`
    /// around the call, seen as a value.
    pub(super) fn explicit_result(
        &mut self,
        file: u32,
        call: ExpressionId,
        written: List,
    ) -> Option<Values<'w>> {
        let world = self.world;
        let Expression::Call { callee, arguments } = world.expression(file, call) else {
            return None;
        };
        let [Value::Definition(at) | Value::Method { definition: at, .. }] =
            *self.called(file, callee).items.as_slice()
        else {
            return None;
        };
        let definition = world.definition(at);
        let declared = definition.declared_type?;
        if !self.mentions(at.file, declared, &definition.type_parameters, 0) {
            return None;
        }
        let written = world.file(file).facts().list(written);
        let given = (file, arguments);
        let environment = self.environment_of_call(at, written, given, EnvironmentId::NONE);
        if environment == EnvironmentId::NONE {
            return None;
        }
        let values = self.types_under(at.file, declared, environment).with(How::ANNOTATION);
        (!values.items.is_empty()).then_some(values)
    }

    /// The environment of a function's own type parameters in a call: what is written for them, else
    /// what the arguments say.
    fn environment_of_call(
        &mut self,
        at: DefinitionRef,
        written: &[ExpressionId],
        (file, given): (u32, List),
        outer: EnvironmentId,
    ) -> EnvironmentId {
        let world = self.world;
        let parameters = world.definition(at).type_parameters.iter().enumerate();
        let values = parameters
            .map(|(position, name)| {
                let types = written.get(position).map(|item| self.types_in(file, *item));
                match types.filter(|types| !types.items.is_empty()) {
                    Some(types) => types,
                    None => self.told_by_arguments(at, *name, file, given),
                }
            })
            .collect();
        self.bind_parameters(Environment { definition: at, values, outer })
    }

    /// What the arguments of a call say of a type parameter of the function.
    fn told_by_arguments(
        &mut self,
        at: DefinitionRef,
        name: Name,
        file: u32,
        given: List,
    ) -> Values<'w> {
        let world = self.world;
        let (facts, names) = (world.file(file).facts(), world.file(at.file).facts());
        let given = facts.list(given);
        let by_name = |argument: &ExpressionId| match facts.expression(*argument) {
            Expression::Argument { name, value } => Some((facts.text(name), value)),
            _ => None,
        };
        let parameters = world.definition(at).parameters.iter();
        let parameters = parameters.filter(|parameter| parameter.kind != ParameterKind::Receiver);
        // Each of them may be what comes of it.
        let mut told = Values::default();
        for (position, parameter) in parameters.enumerate() {
            let Some(declared) = parameter.declared_type else { continue };
            let placed = given.get(position).filter(|argument| by_name(argument).is_none());
            let named = || {
                let mut named = given.iter().filter_map(by_name);
                named.find(|(name, _)| *name == names.text(parameter.name))
            };
            let value = || named().map(|(_, value)| value);
            let Some(argument) = placed.copied().or_else(value) else { continue };
            match world.expression(at.file, declared) {
                Expression::Name { name: own, .. } if own == name => {
                    let mut values = self.eval(file, argument);
                    values.items.retain(is_instance);
                    told.merge(values);
                }
                Expression::Generic { base, arguments } => {
                    let facts = world.file(at.file).facts();
                    let list = facts.list(arguments);
                    let builtin = match facts.expression(base) {
                        Expression::Builtin(name) => facts.text(name),
                        _ => "",
                    };
                    let function = builtin == "function";
                    let position = list.iter().position(|item| {
                        matches!(world.expression(at.file, *item),
                            Expression::Name { name: own, .. } if own == name)
                    });
                    let Some(position) = position else { continue };
                    // A function type has what it gives first, then what it takes.
                    let result = if function { position == 0 } else { position + 1 == list.len() };
                    let values = if builtin == "type" || function && result {
                        let mut made = self.made_by_argument(file, argument);
                        if function {
                            made.merge(self.part_of_argument(file, argument, position, result));
                        }
                        made
                    } else {
                        self.part_of_argument(file, argument, position, result)
                    };
                    told.merge(values);
                }
                _ => {}
            }
        }
        told
    }

    /// Instances of the types that an argument names.
    fn made_by_argument(&mut self, file: u32, argument: ExpressionId) -> Values<'w> {
        let mut values = Values::default();
        for value in self.eval(file, argument).items {
            if let Value::Definition(class) = value
                && self.world.definition(class).kind.is_type()
            {
                values.push(Value::Instance { class, arguments: None });
            }
        }
        values
    }

    /// The type argument that an argument has at a position; of a function in place, what it
    /// returns, when the position is that of the result.
    fn part_of_argument(
        &mut self,
        file: u32,
        argument: ExpressionId,
        position: usize,
        result: bool,
    ) -> Values<'w> {
        let mut values = Values::default();
        for value in self.eval(file, argument).items {
            match value {
                Value::Instance { arguments: Some(arguments), .. }
                | Value::Builtin { arguments: Some(arguments), .. }
                | Value::External(Some(arguments))
                    if !arguments.values =>
                {
                    values.merge(self.argument(arguments, position));
                }
                Value::Definition(at) | Value::Method { definition: at, .. }
                    if result && self.world.definition(at).kind.is_callable() =>
                {
                    values.merge(self.returned(at, None));
                }
                _ => {}
            }
        }
        values.items.retain(is_instance);
        values
    }
}

fn is_instance(value: &mut Value<'_>) -> bool {
    // A value that is "any object" says nothing.
    !matches!(value, Value::Builtin { name: "Object" | "null", .. })
        && matches!(value, Value::Instance { .. } | Value::Builtin { .. } | Value::External(_))
}
