//! Elements: what is stored into dictionaries and lists.
//!
//! A collection that begins as a literal and is filled later (`handlers[name] = f`,
//! `self.items.append(x)`) is bound once more for each store, to a literal with that one element:
//! several bindings of a name are a union, so looking up an element finds all of them.

use super::kinds::Kind;
use super::walk::{Held, Walker};
use qf_graph::facts::{
    BindingValue, CollectionKind, Expression, ExpressionId, ReferenceFlags, ScopeId,
};
use smallvec::SmallVec;
use tree_sitter::Node;

/// Stores into one collection beyond this many add nothing that helps.
const MAX_STORES: u8 = 32;

/// Stores that wait for the end of the file.
const MAX_LATER: usize = 256;

/// Methods that change their receiver.
fn is_mutator(name: &str) -> bool {
    matches!(
        name,
        "append"
            | "appendleft"
            | "extend"
            | "extendleft"
            | "update"
            | "add"
            | "pop"
            | "popleft"
            | "popitem"
            | "remove"
            | "insert"
            | "clear"
            | "discard"
            | "setdefault"
            | "sort"
            | "reverse"
            | "rotate"
            | "move_to_end"
            | "difference_update"
            | "intersection_update"
            | "symmetric_difference_update"
            | "__setitem__"
            | "__delitem__"
    )
}

impl<'s, 't> Walker<'_, 's, 't> {
    /// `container[key] = value`, with as many keys as there are.
    pub(super) fn assign_element(
        &mut self,
        node: Node<'t>,
        value: Option<ExpressionId>,
        flags: ReferenceFlags,
    ) {
        let mut container = node;
        let mut keys: SmallVec<[ExpressionId; 2]> = SmallVec::new();
        while self.kind(container) == Kind::Subscript {
            let Some(inner) = self.field(container, self.grammar.value) else { return };
            let mut key = ExpressionId::UNKNOWN;
            for child in self.children(container) {
                if child != inner {
                    key = self.subscript_key(child);
                }
            }
            keys.push(key);
            container = inner;
        }
        self.write_container(container, value, flags | ReferenceFlags::ELEMENT);
        self.setting(container, &keys, value);
        let Some(value) = value.filter(|value| self.is_useful(*value)) else { return };
        if !flags.is_empty() {
            return;
        }
        self.nested = keys.len() > 1;
        // A local that is stored into is not mentioned for it.
        let own = match self.kind(container) {
            Kind::Identifier => usize::from(!self.is_local(self.text(container))),
            _ => 1,
        };
        self.store_into(container, Some(own), |walker, kind| {
            let (outermost, inner) = keys.split_last()?;
            let mut stored = value;
            for key in inner {
                stored = walker.out.collection(CollectionKind::Map, &[*key, stored]);
            }
            match kind {
                CollectionKind::Map => {
                    Some(walker.out.collection(CollectionKind::Map, &[*outermost, stored]))
                }
                CollectionKind::List => {
                    Some(walker.out.collection(CollectionKind::List, &[stored]))
                }
                _ => None,
            }
        });
        self.nested = false;
    }

    /// `app.config["ORDERS_URI"] = value`: settings are kept under keys that read like constants,
    /// far from where they are used. The name that is bound can clash with no identifier.
    fn setting(&mut self, container: Node<'t>, keys: &[ExpressionId], value: Option<ExpressionId>) {
        let (&[key], Some(value)) = (keys, value) else { return };
        let Expression::Text(key) = self.out.peek(key) else { return };
        let name = match self.kind(container) {
            Kind::Attribute => self.field(container, self.grammar.attribute),
            Kind::Identifier => Some(container),
            _ => None,
        };
        let Some(name) = name else { return };
        let constant = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let key = self.out.name_text(key);
        if key.is_empty() || !key.chars().all(constant) {
            return;
        }
        let name = format!("{}[\"{key}\"]", self.text(name));
        let at = container.start_byte() as u32;
        self.out.bind(ScopeId::MODULE, &name, at, BindingValue::Value(value));
    }

    /// A write of what a container expression names; other containers are walked only.
    fn write_container(
        &mut self,
        container: Node<'t>,
        value: Option<ExpressionId>,
        flags: ReferenceFlags,
    ) {
        match self.kind(container) {
            Kind::Attribute => self.assign_member(container, value, flags),
            Kind::Identifier => {
                let name = self.text(container);
                if !self.is_local(name) {
                    let expression = self.name_expression(name);
                    self.out.write_reference(name, Self::span(container), expression, value, flags);
                }
            }
            _ => {
                self.expression(container);
            }
        }
    }

    /// A call of a mutating method (`self.items.append(x)`) writes what it is called on. The
    /// receiver was lowered to `base` before.
    pub(super) fn mutation(
        &mut self,
        receiver: Node<'t>,
        base: ExpressionId,
        method: &str,
        arguments: &[ExpressionId],
    ) {
        if !is_mutator(method) {
            return;
        }
        let mut target = receiver;
        let mut base = base;
        let mut flags = ReferenceFlags::IN_PLACE;
        while self.kind(target) == Kind::Subscript {
            let Some(container) = self.field(target, self.grammar.value) else { return };
            target = container;
            flags |= ReferenceFlags::ELEMENT;
            base = match self.out.peek(base) {
                Expression::Index { base, .. } | Expression::Part { base, .. } => base,
                _ => return,
            };
        }
        let name = match self.kind(target) {
            Kind::Attribute => match self.field(target, self.grammar.attribute) {
                Some(name) => name,
                None => return,
            },
            Kind::Identifier if !self.is_local(self.text(target)) => target,
            Kind::Identifier => {
                self.mutation_store(receiver, method, arguments);
                return;
            }
            _ => return,
        };
        let value = arguments.last().copied();
        self.out.write_reference(self.text(name), Self::span(name), base, value, flags);
        self.mutation_store(receiver, method, arguments);
    }

    fn mutation_store(&mut self, receiver: Node<'t>, method: &str, arguments: &[ExpressionId]) {
        let Some(value) = arguments.last().copied() else { return };
        // `setdefault` leaves what is there.
        let own = (method == "update").then_some(1);
        self.store_into(receiver, own, |walker, kind| match (method, kind, arguments) {
            ("append" | "appendleft" | "add" | "insert", _, _) if walker.is_useful(value) => {
                Some(walker.out.collection(CollectionKind::List, &[value]))
            }
            ("extend" | "extendleft", _, _) => Some(value),
            ("update", CollectionKind::Map, _) => Some(walker.dict_call(arguments)),
            ("setdefault", CollectionKind::Map, [key, _]) if walker.is_useful(value) => {
                Some(walker.out.collection(CollectionKind::Map, &[*key, value]))
            }
            _ => None,
        });
    }

    /// Whether knowing an element helps to bind anything.
    fn is_useful(&self, value: ExpressionId) -> bool {
        !matches!(
            self.out.peek(value),
            Expression::Unknown
                | Expression::Builtin(_)
                | Expression::Text(_)
                | Expression::Concat(_)
        )
    }

    /// Remembers that a name holds a literal collection.
    pub(super) fn note_collection(&mut self, scope: ScopeId, name: &'s str, value: ExpressionId) {
        let kind = match self.out.peek(value) {
            Expression::Collection { kind, .. } => kind,
            Expression::Builtin(name) => match self.out.name_text(name) {
                "dict" => CollectionKind::Map,
                "list" => CollectionKind::List,
                "set" => CollectionKind::Set,
                _ => return,
            },
            _ => return,
        };
        if kind != CollectionKind::Tuple {
            let literal = self.always.then_some(value);
            self.collections
                .entry((scope, name))
                .and_modify(|held| held.literal = None)
                .or_insert(Held { kind, stores: 0, literal, seen: 0 });
            if literal.is_some() {
                self.settled.push((scope, name));
            }
        }
    }

    /// Replaces entries of a literal dictionary by what is stored under the same constant keys, when
    /// the store is on the way that is always taken and nothing has mentioned the dictionary in
    /// between: what was there before is never seen again. The store itself mentions it `own` times.
    fn replace(&mut self, container: Node<'t>, own: usize, stored: ExpressionId) -> bool {
        if !self.always || self.kind(container) != Kind::Identifier {
            return false;
        }
        let key = (self.frame().scope, self.text(container));
        let Some(Held { kind: CollectionKind::Map, literal: Some(literal), seen, .. }) =
            self.collections.get(&key).copied()
        else {
            return false;
        };
        if self.out.mentions_since(key.1, seen).is_none_or(|mentions| mentions > own) {
            if let Some(held) = self.collections.get_mut(&key) {
                held.literal = None;
            }
            return false;
        }
        self.settled.push(key);
        self.out.replace_entries(literal, stored, self.nested)
    }

    /// Binds one more value to the collection that `container` names, when it is known to be one.
    /// `replaces` says how often a store that replaces what was there mentions it.
    fn store_into(
        &mut self,
        container: Node<'t>,
        replaces: Option<usize>,
        value: impl FnOnce(&mut Self, CollectionKind) -> Option<ExpressionId>,
    ) {
        let (name, found) = match self.kind(container) {
            Kind::Identifier => {
                let name = self.text(container);
                (name, self.collection_of(name))
            }
            Kind::Attribute => {
                let Some((class, name)) = self.own_field(container) else { return };
                let name = self.text(name);
                let scope = self.frames[class].scope;
                let kind = self.collections.get(&(scope, name)).map(|held| held.kind);
                (name, kind.map(|kind| (scope, kind)))
            }
            _ => return,
        };
        let at = container.start_byte() as u32;
        let Some((scope, kind)) = found else {
            // A function may fill a dictionary that the module makes further down.
            let later = self.kind(container) == Kind::Identifier && !self.is_bound_here(name);
            if later
                && self.later_stores.len() < MAX_LATER
                && let Some(value) = value(self, CollectionKind::Map)
            {
                self.later_stores.push((name, at, value));
            }
            return;
        };
        if let Some(value) = value(self, kind)
            && !replaces.is_some_and(|own| self.replace(container, own, value))
        {
            self.store(scope, name, at, value);
        }
    }

    /// Binds what was stored into collections of the module before they were made.
    pub(super) fn bind_later_stores(&mut self) {
        for (name, at, value) in std::mem::take(&mut self.later_stores) {
            self.store(ScopeId::MODULE, name, at, value);
        }
    }

    pub(super) fn store(&mut self, scope: ScopeId, name: &'s str, at: u32, value: ExpressionId) {
        if value == ExpressionId::UNKNOWN {
            return;
        }
        if let Some(held) = self.collections.get_mut(&(scope, name))
            && held.stores < MAX_STORES
        {
            held.stores += 1;
            self.out.bind(scope, name, at, BindingValue::Value(value));
        }
    }
}
