//! Object literals, prototypes and assignments to members.
//!
//! Before classes, and still beside them, JavaScript builds its types by hand: functions that
//! assign to `this`, prototypes that get functions one by one, objects whose properties are the
//! module's operations. All of these become members of a type scope: the object's own when the
//! literal is known under a name, an extension of the named function or object otherwise.

use super::syntax::{Kind, first_named, function_flags, named, named_with_comments};
use super::walk::{Lead, Owner, Receiver, Walk};
use crate::extract::range;
use qf_graph::facts::{
    BindingValue, ByteRange, CollectionKind, DefinitionFlags, DefinitionId, Expression,
    ExpressionId, ReferenceFlags, ScopeId, ScopeKind, SymbolKind,
};
use std::borrow::Cow;
use tree_sitter::Node;

/// One property of an object literal.
pub(super) type Entry<'s> = (Cow<'s, str>, ExpressionId);

impl<'s> Walk<'_, 's> {
    /// Whether an object literal holds functions or classes, itself or in an object inside.
    pub(super) fn has_functions(&self, object: Node<'_>, depth: u32) -> bool {
        let mut cursor = object.walk();
        object.named_children(&mut cursor).any(|child| match self.kind(child) {
            Kind::MethodDefinition => true,
            Kind::Pair => self.field(child, self.fields.value).is_some_and(|value| {
                let value = self.without_wrapping(value);
                self.is_function_literal(value)
                    || self.kind(value) == Kind::Class
                    || (self.kind(value) == Kind::Object
                        && depth < 3
                        && self.has_functions(value, depth + 1))
            }),
            _ => false,
        })
    }

    // ---- as a value --------------------------------------------------------------------------

    /// An object literal as a map from its keys. With `target`, each property is the initial
    /// value of that member of `target`.
    pub(super) fn object_value(
        &mut self,
        object: Node<'_>,
        target: Option<ExpressionId>,
    ) -> ExpressionId {
        let mut items = Vec::new();
        for child in named(object) {
            self.map_entry(child, target, &mut items);
        }
        self.out.collection(CollectionKind::Map, &items)
    }

    fn map_entry(
        &mut self,
        child: Node<'_>,
        target: Option<ExpressionId>,
        items: &mut Vec<ExpressionId>,
    ) {
        match self.kind(child) {
            Kind::Pair => {
                let (Some(key), Some(value)) =
                    (self.field(child, self.fields.key), self.field(child, self.fields.value))
                else {
                    return;
                };
                self.computed_key(key);
                let name = self.property_name(key);
                let member = match (&name, target) {
                    (Some(name), Some(target)) => Some(self.out.member(target, name)),
                    _ => None,
                };
                let inner = self.without_wrapping(value);
                let lowered = match &name {
                    Some(name) if self.is_function_literal(inner) => {
                        self.property_function(name, key, inner, range(child))
                    }
                    _ => self.expression_expecting(value, member),
                };
                if let (Some(name), Some(member)) = (&name, member) {
                    let flags = ReferenceFlags::INITIALIZER;
                    self.out.write_reference(name, range(key), member, Some(lowered), flags);
                }
                items.push(self.key_text(name.as_deref()));
                items.push(lowered);
            }
            Kind::ShorthandPropertyIdentifier => {
                let name = self.out.text(child);
                let value = self.out.name_expression(name);
                self.out.read_reference(name, range(child), value);
                if let Some(target) = target {
                    let member = self.out.member(target, name);
                    let flags = ReferenceFlags::INITIALIZER;
                    self.out.write_reference(name, range(child), member, Some(value), flags);
                }
                items.push(self.key_text(Some(name)));
                items.push(value);
            }
            Kind::MethodDefinition => {
                let Some(key) = self.field(child, self.fields.name) else { return };
                self.computed_key(key);
                let Some(name) = self.property_name(key) else { return };
                let value = self.property_function(&name, key, child, range(child));
                items.push(self.key_text(Some(&name)));
                items.push(value);
            }
            Kind::SpreadElement => {
                if let Some(inner) = first_named(child) {
                    let value = self.expression(inner);
                    let element = self.element(value);
                    items.push(ExpressionId::UNKNOWN);
                    items.push(element);
                }
            }
            _ => self.statement(child),
        }
    }

    fn key_text(&mut self, name: Option<&str>) -> ExpressionId {
        match name {
            Some(name) => {
                let name = self.out.name(name);
                self.out.expression(Expression::Text(name))
            }
            None => ExpressionId::UNKNOWN,
        }
    }

    fn computed_key(&mut self, key: Node<'_>) {
        if self.kind(key) == Kind::ComputedPropertyName
            && let Some(inner) = first_named(key)
        {
            self.expression(inner);
        }
    }

    /// A function that is a property of an object known by no name; called by its key.
    pub(super) fn property_function(
        &mut self,
        name: &str,
        key: Node<'_>,
        function: Node<'_>,
        span: ByteRange,
    ) -> ExpressionId {
        let mut new = Self::new_definition(name, key, SymbolKind::Function, span);
        new.flags = function_flags(function);
        new.signature_end = self.body_start(function);
        let id = self.define(new, None);
        let receiver = if self.kind(function) == Kind::ArrowFunction {
            self.receiver()
        } else {
            self.literal_receiver
        };
        self.function_body(function, id, receiver, None, &[]);
        self.out.expression(Expression::Function(id))
    }

    // ---- as a definition ---------------------------------------------------------------------

    /// The members of an object literal that a definition stands for.
    pub(super) fn object_definition(&mut self, object: Node<'_>, id: DefinitionId) {
        let scope = self.out.open_definition(id, ScopeKind::Type);
        let key = self.new_owner_key();
        let owner = Owner { key, scope, definition: Some(id), open: true };
        self.object_members(object, owner);
        self.out.close_definition();
    }

    /// An object literal with members that has no name: returned from a function.
    pub(super) fn object_value_with_members(&mut self, object: Node<'_>) -> ExpressionId {
        let mut new = Self::new_definition("", object, SymbolKind::Variable, range(object));
        new.name_span.end = new.name_span.start;
        let id = self.define(new, None);
        self.object_definition(object, id);
        self.out.expression(Expression::Definition(id))
    }

    /// Runs `lower` with the scope around a type open: names in initial values and annotations
    /// do not see the type's members.
    pub(super) fn outside<R>(&mut self, owner: Owner, lower: impl FnOnce(&mut Self) -> R) -> R {
        let around = self.out.scope_parent(owner.scope).unwrap_or(ScopeId::MODULE);
        self.out.reopen_scope(around);
        let result = lower(self);
        self.out.close_scope();
        result
    }

    /// Members of `owner` from an object literal; the owner's scope is open.
    pub(super) fn object_members(&mut self, object: Node<'_>, owner: Owner) -> Vec<Entry<'s>> {
        let mut entries = Vec::new();
        let mut doc = None;
        for child in named_with_comments(object) {
            if child.is_extra() {
                doc = self.documentation(child, doc);
                continue;
            }
            let doc = doc.take();
            if self.out.enter(child) {
                self.object_member(child, owner, doc, &mut entries);
                self.out.leave();
            }
        }
        entries
    }

    fn object_member(
        &mut self,
        child: Node<'_>,
        owner: Owner,
        doc: Option<ByteRange>,
        entries: &mut Vec<Entry<'s>>,
    ) {
        match self.kind(child) {
            Kind::MethodDefinition => {
                let Some(key) = self.field(child, self.fields.name) else { return };
                let Some(name) = self.property_name(key) else { return };
                let id = self.member_function(owner, &name, key, child, range(child), doc, false);
                let value = self.out.expression(Expression::Function(id));
                entries.push((name, value));
            }
            Kind::Pair => {
                let (Some(key), Some(value)) =
                    (self.field(child, self.fields.key), self.field(child, self.fields.value))
                else {
                    return;
                };
                self.computed_key(key);
                let Some(name) = self.property_name(key) else {
                    self.outside(owner, |walk| walk.expression(value));
                    return;
                };
                let lowered = self.member_value(owner, &name, key, value, range(child), doc);
                entries.push((name, lowered));
            }
            Kind::ShorthandPropertyIdentifier => {
                let name = self.out.text(child);
                let value = self.outside(owner, |walk| {
                    let value = walk.out.name_expression(name);
                    walk.out.read_reference(name, range(child), value);
                    value
                });
                let at = child.start_byte() as u32;
                self.out.bind(owner.scope, name, at, BindingValue::Value(value));
                entries.push((Cow::Borrowed(name), value));
            }
            Kind::SpreadElement => {
                let Some(inner) = first_named(child) else { return };
                let value = self.outside(owner, |walk| walk.expression(inner));
                if let (Some(id), true) = (owner.definition, value != ExpressionId::UNKNOWN) {
                    self.out.get_mut(id).bases.push(value);
                }
            }
            _ => self.statement(child),
        }
    }

    /// A property with a value: a method, an object inside, a class, or a field.
    fn member_value(
        &mut self,
        owner: Owner,
        name: &str,
        key: Node<'_>,
        value: Node<'_>,
        span: ByteRange,
        doc: Option<ByteRange>,
    ) -> ExpressionId {
        let inner = self.without_wrapping(value);
        if self.is_function_literal(inner) {
            let id = self.member_function(owner, name, key, inner, span, doc, false);
            return self.out.expression(Expression::Function(id));
        }
        if self.kind(inner) == Kind::Class {
            let lead = Lead { doc, ..Lead::default() };
            let id = self.class_value(inner, Some(key), None, span, &lead);
            self.note_member(owner, id, false);
            self.out.bind_definition(owner.scope, id);
            return self.out.expression(Expression::Definition(id));
        }
        let new = Self::new_definition(name, key, SymbolKind::Field, span);
        let id = self.define(new, doc);
        self.note_member(owner, id, false);
        self.out.bind_definition(owner.scope, id);
        if self.kind(inner) == Kind::Object && (1..=64).contains(&inner.named_child_count()) {
            self.object_definition(inner, id);
            return self.out.expression(Expression::Definition(id));
        }
        let lowered = self.outside(owner, |walk| walk.expression(value));
        if lowered != ExpressionId::UNKNOWN {
            let at = key.start_byte() as u32;
            self.out.bind(owner.scope, name, at, BindingValue::Value(lowered));
        }
        lowered
    }

    /// A function that is a member of `owner`, whose scope is open.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn member_function(
        &mut self,
        owner: Owner,
        name: &str,
        name_node: Node<'_>,
        function: Node<'_>,
        span: ByteRange,
        doc: Option<ByteRange>,
        is_static: bool,
    ) -> DefinitionId {
        let mut new = Self::new_definition(name, name_node, SymbolKind::Method, span);
        new.flags = function_flags(function);
        new.flags.set(DefinitionFlags::STATIC, is_static);
        new.signature_end = self.body_start(function);
        let id = self.define(new, doc);
        self.note_member(owner, id, false);
        self.out.bind_definition(owner.scope, id);
        let receiver = if self.kind(function) == Kind::ArrowFunction {
            self.receiver()
        } else {
            Receiver::Instance { owner, from: owner.scope, constructing: false }
        };
        self.function_body(function, id, receiver, doc, &[]);
        id
    }

    // ---- extensions --------------------------------------------------------------------------

    /// The scope that holds what `name` gets from outside its own body.
    pub(super) fn extension(&mut self, name: &'s str) -> Owner {
        let at = self.out.scope();
        if let Some(owner) = self.extensions.get(&(at, name)) {
            return *owner;
        }
        let key = if let Some(key) = self.owner_keys.get(name) {
            *key
        } else {
            let key = self.new_owner_key();
            self.owner_keys.insert(name, key);
            key
        };
        let definition = self.declaring_scope(name).and_then(|(_, definition)| definition);
        let target = self.out.name_expression(name);
        let scope = self.out.extension(target, None);
        self.out.close_scope();
        let owner = Owner { key, scope, definition, open: true };
        self.extensions.insert((at, name), owner);
        owner
    }

    /// Runs `lower` with an owner's scope and definition open.
    pub(super) fn inside<R>(&mut self, owner: Owner, lower: impl FnOnce(&mut Self) -> R) -> R {
        self.out.reopen_scope(owner.scope);
        if let Some(definition) = owner.definition {
            self.out.push_parent(definition);
        }
        let result = lower(self);
        if owner.definition.is_some() {
            self.out.pop_parent();
        }
        self.out.close_scope();
        result
    }

    /// Whether a function is used as a constructor somewhere in the file.
    pub(super) fn is_constructor_function(&mut self, name: &'s str) -> bool {
        if name.is_empty() {
            return false;
        }
        if let Some(known) = self.constructors.get(name) {
            return *known;
        }
        let source = self.out.source();
        let constructed = name.starts_with(|first: char| first.is_uppercase())
            || source.contains(&format!("new {name}("))
            || source.contains(&format!("{name}.prototype"));
        self.constructors.insert(name, constructed);
        constructed
    }

    /// What `this` is, as a value.
    pub(super) fn this_value(&mut self) -> ExpressionId {
        match self.receiver() {
            Receiver::Unknown => ExpressionId::UNKNOWN,
            Receiver::Instance { from, .. } | Receiver::Static { class: "", from, .. } => {
                self.out.expression(Expression::This(from))
            }
            Receiver::Static { class, .. } => self.out.name_expression(class),
            Receiver::Function { name, .. } => {
                if self.is_constructor_function(name) {
                    let class = self.out.name_expression(name);
                    self.out.expression(Expression::InstanceOf(class))
                } else {
                    ExpressionId::UNKNOWN
                }
            }
            Receiver::Typed(declared) => self.out.expression(Expression::InstanceOf(declared)),
        }
    }

    /// What `super` is: looked up from the type around the receiver.
    pub(super) fn super_value(&mut self) -> ExpressionId {
        let from = match self.receiver() {
            Receiver::Instance { from, .. } | Receiver::Static { from, .. } => from,
            _ => self.out.scope(),
        };
        self.out.expression(Expression::Super(from))
    }

    /// Where members assigned to `this` go, and whether that is an initialisation.
    pub(super) fn this_owner(&mut self) -> Option<(Owner, bool, bool)> {
        let function = self.functions.last().map(|function| function.definition);
        match self.receiver() {
            Receiver::Instance { owner, constructing, .. } => {
                let directly =
                    function.is_some_and(|id| self.out.get(id).kind == SymbolKind::Constructor);
                Some((owner, constructing && directly, false))
            }
            Receiver::Static { owner, .. } => Some((owner, false, true)),
            Receiver::Function { name, definition } if self.is_constructor_function(name) => {
                let owner = self.extension(name);
                let owner = Owner { definition: Some(definition), ..owner };
                Some((owner, function == Some(definition), false))
            }
            _ => None,
        }
    }
}
