//! What calls give.

use super::{Evaluator, Found, How, Site, Value, Values};
use crate::languages::{BuiltinResult, View};
use crate::resolve::views;
use crate::resolve::world::DefinitionRef;
use qf_graph::facts::{BindingValue, DefinitionFlags, Expression, List, ParameterKind, SymbolKind};

impl<'w> Evaluator<'w, '_> {
    pub(in crate::resolve) fn call(
        &mut self,
        callee: &Values<'w>,
        file: u32,
        arguments: List,
    ) -> Values<'w> {
        let mut values = Values { unknown: callee.unknown, how: callee.how, ..Values::default() };
        let callee = self.as_callable(callee.clone());
        for value in callee.items {
            values.merge(self.call_value(value, file, arguments));
        }
        values
    }

    pub(super) fn call_value(
        &mut self,
        value: Value<'w>,
        file: u32,
        arguments: List,
    ) -> Values<'w> {
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
                BuiltinResult::SeenArgument(view) => self.unseen(view),
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
    pub(super) fn made_of_argument(
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
    pub(super) fn seen_argument(&mut self, view: View, file: u32, arguments: List) -> Values<'w> {
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
    pub(super) fn is_class_method(&self, at: DefinitionRef) -> bool {
        self.world.definition(at).flags.contains(DefinitionFlags::CLASS_METHOD)
    }

    /// What a function without a declared type gives that only returns one of its parameters as it
    /// got it (decorators, builders, `identity`): the argument of this very call.
    pub(super) fn handed_back(
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
    pub(super) fn first_argument_class(&mut self, file: u32, arguments: List) -> Values<'w> {
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
    pub(in crate::resolve) fn returned(
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
}
