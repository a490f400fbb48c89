//! Taking apart: what waiting for a value gives, elements and parts of collections.

use super::{Arguments, CAP, Evaluator, How, MAPPINGS, Value, Values, WRAPPERS, is_property};
use crate::resolve::world::DefinitionRef;
use qf_graph::facts::{Expression, ExpressionId, SymbolKind};
use smallvec::SmallVec;

impl<'w> Evaluator<'w, '_> {
    /// What waiting for a value, or unwrapping it, gives.
    pub(in crate::resolve) fn awaited(&mut self, values: Values<'w>) -> Values<'w> {
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
    pub(in crate::resolve) fn argument(
        &mut self,
        arguments: Arguments,
        position: usize,
    ) -> Values<'w> {
        let list = self.index(arguments.file).facts().list(arguments.list);
        match list.get(position) {
            Some(item) if arguments.values => self.eval(arguments.file, *item),
            Some(item) => self.types_under(arguments.file, *item, arguments.environment),
            None => Values::unknown(),
        }
    }

    pub(super) fn element(
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
    pub(in crate::resolve) fn element_of(
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
    pub(super) fn underlying(&self, class: DefinitionRef) -> Option<(u32, ExpressionId)> {
        let definition = self.world.definition(class);
        let is_named = definition.kind == SymbolKind::TypeAlias
            || self.index(class.file).semantics.structural_interfaces()
                && definition.kind == SymbolKind::Struct;
        definition.declared_type.filter(|_| is_named).map(|declared| (class.file, declared))
    }

    /// What an iterator's `__next__` returns.
    pub(super) fn next_of(&mut self, class: DefinitionRef) -> Values<'w> {
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
    pub(super) fn enters(&self, file: u32, callee: ExpressionId, values: &Values<'w>) -> bool {
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

    pub(super) fn entered(&mut self, file: u32, base: ExpressionId) -> Values<'w> {
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

    pub(super) fn part(&mut self, file: u32, base: ExpressionId, position: u16) -> Values<'w> {
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
}
