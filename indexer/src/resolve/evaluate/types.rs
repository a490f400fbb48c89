//! Instances of what type expressions name.

use super::{Arguments, Evaluator, How, Value, Values};
use crate::resolve::generics::EnvironmentId;
use crate::resolve::world::DefinitionRef;
use qf_graph::facts::{Expression, ExpressionId, List, Name, ScopeId, SymbolKind};

impl<'w> Evaluator<'w, '_> {
    /// Instances of what a type expression names.
    pub fn types_in(&mut self, file: u32, id: ExpressionId) -> Values<'w> {
        self.nested(|evaluator| evaluator.types_bounded(file, id)).unwrap_or_else(Values::unknown)
    }

    pub(super) fn types_bounded(&mut self, file: u32, id: ExpressionId) -> Values<'w> {
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
    pub(super) fn as_value(
        &mut self,
        file: u32,
        base: ExpressionId,
        arguments: List,
    ) -> Option<Values<'w>> {
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
    pub(super) fn named_type(
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

    pub(super) fn instances_of(&mut self, named: Values<'w>) -> Values<'w> {
        let mut values = Values { unknown: named.unknown, how: named.how, ..Values::default() };
        for value in named.items {
            values.merge(self.instance_of(value));
        }
        values
    }

    pub(super) fn instance_of(&mut self, value: Value<'w>) -> Values<'w> {
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
