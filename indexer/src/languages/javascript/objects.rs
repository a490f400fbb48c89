//! Object literals, prototypes and assignments to members.
//!
//! Before classes, and still beside them, JavaScript builds its types by hand: functions that
//! assign to `this`, prototypes that get functions one by one, objects whose properties are the
//! module's operations. All of these become members of a type scope: the object's own when the
//! literal is known under a name, an extension of the named function or object otherwise.

use super::syntax::{Kind, first_named, named, named_with_comments};
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
        if self.kind(key) == Kind::ComputedPropertyName {
            if let Some(inner) = first_named(key) {
                self.expression(inner);
            }
        }
    }

    /// A function that is a property of an object known by no name; called by its key.
    fn property_function(
        &mut self,
        name: &str,
        key: Node<'_>,
        function: Node<'_>,
        span: ByteRange,
    ) -> ExpressionId {
        let mut new = Self::new_definition(name, key, SymbolKind::Function, span);
        new.flags = self.function_flags(function);
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
        new.flags = self.function_flags(function);
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
        let key = match self.owner_keys.get(name) {
            Some(key) => *key,
            None => {
                let key = self.new_owner_key();
                self.owner_keys.insert(name, key);
                key
            }
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
    fn inside<R>(&mut self, owner: Owner, lower: impl FnOnce(&mut Self) -> R) -> R {
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
            Receiver::Instance { from, .. } => self.out.expression(Expression::This(from)),
            Receiver::Static { class: "", from, .. } => self.out.expression(Expression::This(from)),
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
    fn this_owner(&mut self) -> Option<(Owner, bool, bool)> {
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

    // ---- assignments -------------------------------------------------------------------------

    /// `left = right`; gives the value.
    pub(super) fn assignment(&mut self, node: Node<'_>, doc: Option<ByteRange>) -> ExpressionId {
        let (Some(left), Some(right)) =
            (self.field(node, self.fields.left), self.field(node, self.fields.right))
        else {
            return ExpressionId::UNKNOWN;
        };
        let mut left = left;
        for _ in 0..4 {
            match self.kind(left) {
                Kind::ParenthesizedExpression | Kind::NonNullExpression | Kind::AsExpression => {
                    match first_named(left) {
                        Some(inner) => left = inner,
                        None => break,
                    }
                }
                _ => break,
            }
        }
        match self.kind(left) {
            Kind::Identifier => self.assign_name(node, left, right, doc),
            Kind::MemberExpression => self.assign_member(node, left, right, doc),
            Kind::SubscriptExpression if self.constant_member(left).is_some() => {
                self.assign_member(node, left, right, doc)
            }
            Kind::ObjectPattern | Kind::ArrayPattern => {
                let value = self.expression(right);
                self.assign_pattern(left, value);
                value
            }
            _ => {
                let value = self.expression(right);
                self.write_to(left, value, ReferenceFlags::empty());
                value
            }
        }
    }

    fn assign_name(
        &mut self,
        node: Node<'_>,
        left: Node<'_>,
        right: Node<'_>,
        doc: Option<ByteRange>,
    ) -> ExpressionId {
        let name = self.out.text(left);
        if name == "exports" && self.declaring_scope(name).is_none() {
            if self.assigns_module_exports(right) {
                return self.expression(right);
            }
            return self.module_exports(node, right, doc);
        }
        let known = self.declaring_scope(name);
        let scope = known.map_or(ScopeId::MODULE, |(scope, _)| scope);
        let inner = self.without_wrapping(right);
        let lead = Lead { doc, ..Lead::default() };
        let target = self.out.name_expression(name);
        let value = match self.kind(inner) {
            Kind::ArrowFunction | Kind::FunctionExpression | Kind::GeneratorFunction => {
                let id = self.named_function(inner, left, scope, range(node), &lead, None);
                let value = self.out.expression(Expression::Function(id));
                if known.is_none() {
                    return value; // the assignment is the definition
                }
                value
            }
            Kind::Class => {
                let id = self.class_value(inner, Some(left), Some(scope), range(node), &lead);
                let value = self.out.expression(Expression::Definition(id));
                if known.is_none() {
                    return value;
                }
                value
            }
            _ => {
                let value = self.returned(right, None);
                if value != ExpressionId::UNKNOWN {
                    let at = left.start_byte() as u32;
                    self.out.bind(scope, name, at, BindingValue::Value(value));
                }
                value
            }
        };
        self.out.write_reference(name, range(left), target, Some(value), ReferenceFlags::empty());
        value
    }

    /// Object, name and name text of `object.name` or `object["name"]`.
    fn constant_member<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>, &'s str)> {
        let object = self.field(node, self.fields.object)?;
        if let Some(property) = self.field(node, self.fields.property) {
            return Some((object, property, self.out.text(property)));
        }
        let index = self.field(node, self.fields.index)?;
        let text = self.out.text(index);
        (self.kind(index) == Kind::String && text.len() > 2 && !text.contains('\\'))
            .then(|| (object, index, text.get(1..text.len() - 1).unwrap_or("")))
    }

    fn assign_member(
        &mut self,
        node: Node<'_>,
        left: Node<'_>,
        right: Node<'_>,
        doc: Option<ByteRange>,
    ) -> ExpressionId {
        let Some((object, property, name)) = self.constant_member(left) else {
            return self.expression(right);
        };
        if self.is_module_exports(left) {
            return self.module_exports(node, right, doc);
        }
        if self.is_exports(object) {
            return self.export_property(node, property, right, doc);
        }
        if self.kind(object) == Kind::This {
            if let Some((owner, initial, is_static)) = self.this_owner() {
                return self
                    .assign_this(node, property, name, right, doc, owner, initial, is_static);
            }
        }
        if name == "prototype" && self.kind(object) == Kind::Identifier {
            if let Some(value) = self.assign_prototype(self.out.text(object), right) {
                return value;
            }
        }
        if let Some(target) = self.prototype_of(object) {
            let owner = self.extension(target);
            return self.assign_extension(node, left, property, name, right, doc, owner, false);
        }
        if self.kind(object) == Kind::Identifier {
            let target = self.out.text(object);
            if let Some((_, Some(definition))) = self.declaring_scope(target) {
                let kind = self.out.get(definition).kind;
                let is_type = kind.is_type() || kind.is_callable();
                let function = self.is_function_literal(self.without_wrapping(right));
                let object = self.out.get(definition).scope.is_some();
                if function || is_type || object {
                    let owner = self.extension(target);
                    return self
                        .assign_extension(node, left, property, name, right, doc, owner, is_type);
                }
            }
        }
        let base = self.expression(object);
        let value = self.named_value(name, property, right, range(node));
        let member = self.out.member(base, name);
        self.out.write_reference(
            name,
            range(property),
            member,
            Some(value),
            ReferenceFlags::empty(),
        );
        value
    }

    /// The value on the right; a function literal gets the name of what it is assigned to.
    fn named_value(
        &mut self,
        name: &str,
        name_node: Node<'_>,
        right: Node<'_>,
        span: ByteRange,
    ) -> ExpressionId {
        let inner = self.without_wrapping(right);
        if self.is_function_literal(inner) {
            self.property_function(name, name_node, inner, span)
        } else {
            self.returned(right, None)
        }
    }

    /// `this.x = right` where the receiver is known.
    #[allow(clippy::too_many_arguments)]
    fn assign_this(
        &mut self,
        node: Node<'_>,
        property: Node<'_>,
        name: &'s str,
        right: Node<'_>,
        doc: Option<ByteRange>,
        owner: Owner,
        initial: bool,
        is_static: bool,
    ) -> ExpressionId {
        let known = self.members.contains_key(&(owner.key, name));
        let inner = self.without_wrapping(right);
        let at = property.start_byte() as u32;
        if !known && owner.open && self.is_function_literal(inner) {
            // The function keeps its place in the scopes around it: it is a closure.
            let mut new = Self::new_definition(name, property, SymbolKind::Method, range(node));
            new.flags = self.function_flags(inner);
            new.flags.set(DefinitionFlags::STATIC, is_static);
            new.signature_end = self.body_start(inner);
            let id = self.define_below(owner.definition, new, doc);
            self.attach(owner, name, id, false);
            let receiver = self.receiver();
            self.function_body(inner, id, receiver, doc, &[]);
            return self.out.expression(Expression::Function(id));
        }
        let base = self.this_value();
        let value = self.named_value(name, property, right, range(node));
        if !known && owner.open {
            let span = range(property);
            let mut new = Self::new_definition(name, property, SymbolKind::Field, span);
            new.flags = DefinitionFlags::IMPLICIT;
            new.flags.set(DefinitionFlags::STATIC, is_static);
            let id = self.define_below(owner.definition, new, doc);
            self.attach(owner, name, id, false);
        }
        if value != ExpressionId::UNKNOWN && (known || owner.open) {
            self.out.bind(owner.scope, name, at, BindingValue::Value(value));
        }
        let member = self.out.member(base, name);
        let flags = if initial { ReferenceFlags::INITIALIZER } else { ReferenceFlags::empty() };
        self.out.write_reference(name, range(property), member, Some(value), flags);
        value
    }

    fn define_below(
        &mut self,
        parent: Option<DefinitionId>,
        new: crate::extract::NewDefinition<'_>,
        doc: Option<ByteRange>,
    ) -> DefinitionId {
        if let Some(parent) = parent {
            self.out.push_parent(parent);
        }
        let id = self.define(new, doc);
        if parent.is_some() {
            self.out.pop_parent();
        }
        id
    }

    /// The name whose prototype an expression is: `Foo.prototype`, or a variable that holds it.
    fn prototype_of(&self, node: Node<'_>) -> Option<&'s str> {
        match self.kind(node) {
            Kind::MemberExpression => {
                let object = self.field(node, self.fields.object)?;
                let property = self.field(node, self.fields.property)?;
                (self.out.text(property) == "prototype" && self.kind(object) == Kind::Identifier)
                    .then(|| self.out.text(object))
            }
            Kind::Identifier => self.prototypes.get(self.out.text(node)).copied(),
            _ => None,
        }
    }

    /// `Foo.prototype = { … }`, `= Object.create(Bar.prototype)`, `= new Bar()`.
    fn assign_prototype(&mut self, target: &'s str, right: Node<'_>) -> Option<ExpressionId> {
        let inner = self.without_wrapping(right);
        match self.kind(inner) {
            Kind::Object => {
                let owner = self.extension(target);
                self.inside(owner, |walk| walk.object_members(inner, owner));
                Some(ExpressionId::UNKNOWN)
            }
            Kind::NewExpression => {
                let base = self.field(inner, self.fields.constructor)?;
                self.inherit_prototype(target, base);
                Some(self.expression(right))
            }
            Kind::CallExpression => {
                let callee = self.field(inner, self.fields.function)?;
                if self.out.text(callee) != "Object.create" {
                    return None;
                }
                let argument = first_named(self.field(inner, self.fields.arguments)?)?;
                let base = self.field(argument, self.fields.object)?;
                self.inherit_prototype(target, base);
                Some(self.expression(right))
            }
            _ => None,
        }
    }

    /// Makes `base` a base of the function or class called `target`.
    fn inherit_prototype(&mut self, target: &'s str, base: Node<'_>) {
        let Some((_, Some(id))) = self.declaring_scope(target) else { return };
        if !matches!(self.kind(base), Kind::Identifier | Kind::MemberExpression) {
            return;
        }
        self.out.push_parent(id);
        let (base, name, span) = self.callee(base);
        self.out.inherit_reference(&name, span, base);
        self.out.pop_parent();
        self.out.get_mut(id).bases.push(base);
    }

    /// `Foo.prototype.bar = right`, `Foo.bar = right`.
    #[allow(clippy::too_many_arguments)]
    fn assign_extension(
        &mut self,
        node: Node<'_>,
        left: Node<'_>,
        property: Node<'_>,
        name: &'s str,
        right: Node<'_>,
        doc: Option<ByteRange>,
        owner: Owner,
        is_static: bool,
    ) -> ExpressionId {
        let inner = self.without_wrapping(right);
        let at = property.start_byte() as u32;
        if self.is_function_literal(inner) {
            self.members.insert((owner.key, name), None);
            let span = range(node);
            let id = self.inside(owner, |walk| {
                walk.member_function(owner, name, property, inner, span, doc, is_static)
            });
            return self.out.expression(Expression::Function(id));
        }
        let object = self.field(left, self.fields.object);
        let base = object.map_or(ExpressionId::UNKNOWN, |object| self.expression(object));
        let value = self.returned(right, None);
        let aliased = matches!(self.out.peek(value), Expression::Function(_));
        if !self.members.contains_key(&(owner.key, name)) && !aliased {
            let mut new = Self::new_definition(name, property, SymbolKind::Field, range(property));
            new.flags = DefinitionFlags::IMPLICIT;
            new.flags.set(DefinitionFlags::STATIC, is_static);
            let id = self.define_below(owner.definition, new, doc);
            self.attach(owner, name, id, false);
        }
        if value != ExpressionId::UNKNOWN {
            self.out.bind(owner.scope, name, at, BindingValue::Value(value));
        }
        let member = self.out.member(base, name);
        self.out.write_reference(
            name,
            range(property),
            member,
            Some(value),
            ReferenceFlags::empty(),
        );
        value
    }

    /// `Object.assign(Foo.prototype, { … })` and its relatives; `false` when it is none.
    pub(super) fn extends_by_call(&mut self, callee: &str, arguments: &[Node<'_>]) -> bool {
        let [target, rest @ ..] = arguments else { return false };
        if matches!(callee, "inherits" | "util.inherits" | "Object.setPrototypeOf") {
            let (subject, base) = match rest {
                [base, ..] if callee != "Object.setPrototypeOf" => (Some(*target), Some(*base)),
                [base, ..] => {
                    let of = |walk: &Self, node| {
                        walk.prototype_of(node)?;
                        walk.field(node, walk.fields.object)
                    };
                    (of(self, *target), of(self, *base))
                }
                [] => (None, None),
            };
            if let (Some(subject), Some(base)) = (subject, base) {
                if self.kind(subject) == Kind::Identifier {
                    self.inherit_prototype(self.out.text(subject), base);
                }
            }
            return false;
        }
        let merging = matches!(
            callee,
            "Object.assign"
                | "_.extend"
                | "_.assign"
                | "$.extend"
                | "jQuery.extend"
                | "extend"
                | "assign"
                | "mixin"
        );
        if !merging {
            return false;
        }
        if let Some(name) = self.prototype_of(*target) {
            for source in rest {
                let base = match self.kind(*source) {
                    Kind::Identifier => Some(*source),
                    _ => self.prototype_of(*source).and(self.field(*source, self.fields.object)),
                };
                if let Some(base) = base {
                    self.inherit_prototype(name, base);
                }
            }
        }
        if !rest.iter().any(|node| self.kind(*node) == Kind::Object) {
            return false;
        }
        let owner = if let Some(name) = self.prototype_of(*target) {
            self.extension(name)
        } else if self.is_exports(*target) {
            self.exports_owner(*target)
        } else if self.kind(*target) == Kind::Identifier {
            let name = self.out.text(*target);
            match self.declaring_scope(name) {
                Some((_, Some(_))) => self.extension(name),
                _ => return false,
            }
        } else {
            return false;
        };
        for argument in rest {
            if self.kind(*argument) == Kind::Object {
                let entries = self.inside(owner, |walk| walk.object_members(*argument, owner));
                if self.is_exports(*target) {
                    self.export_entries(&entries);
                }
            } else {
                self.expression(*argument);
            }
        }
        true
    }

    /// Writes to anything that can stand left of `=`.
    pub(super) fn write_to(&mut self, left: Node<'_>, value: ExpressionId, flags: ReferenceFlags) {
        let value_option = (value != ExpressionId::UNKNOWN).then_some(value);
        match self.kind(left) {
            Kind::Identifier | Kind::ShorthandPropertyIdentifierPattern => {
                let name = self.out.text(left);
                let target = self.out.name_expression(name);
                let plain = flags.is_empty();
                if plain && value_option.is_some() {
                    let scope = self.declaring_scope(name).map_or(ScopeId::MODULE, |found| found.0);
                    let at = left.start_byte() as u32;
                    self.out.bind(scope, name, at, BindingValue::Value(value));
                }
                self.out.write_reference(name, range(left), target, value_option, flags);
            }
            Kind::MemberExpression => {
                let (Some(object), Some(property)) =
                    (self.field(left, self.fields.object), self.field(left, self.fields.property))
                else {
                    return;
                };
                let base = self.expression(object);
                let name = self.out.text(property);
                let member = self.out.member(base, name);
                self.out.write_reference(name, range(property), member, value_option, flags);
                if self.kind(object) == Kind::This && value_option.is_some() && flags.is_empty() {
                    if let Some((owner, ..)) = self.this_owner() {
                        if self.members.contains_key(&(owner.key, name)) {
                            let at = property.start_byte() as u32;
                            self.out.bind(owner.scope, name, at, BindingValue::Value(value));
                        }
                    }
                }
            }
            Kind::SubscriptExpression => self.write_element(left, value, flags),
            Kind::ParenthesizedExpression | Kind::NonNullExpression | Kind::AsExpression => {
                if let Some(inner) = first_named(left) {
                    self.write_to(inner, value, flags);
                }
            }
            _ => {
                self.expression(left);
            }
        }
    }

    /// `base[index] = value`: an element store, or a plain member when the index is constant.
    fn write_element(&mut self, left: Node<'_>, value: ExpressionId, flags: ReferenceFlags) {
        let (Some(object), Some(index)) =
            (self.field(left, self.fields.object), self.field(left, self.fields.index))
        else {
            return;
        };
        let value_option = (value != ExpressionId::UNKNOWN).then_some(value);
        if self.kind(index) == Kind::String {
            let base = self.expression(object);
            let name = super::syntax::unquoted(self.out.text(index));
            let member = self.out.member(base, &name);
            self.out.write_reference(&name, range(index), member, value_option, flags);
            return;
        }
        self.expression(index);
        let flags = flags | ReferenceFlags::ELEMENT;
        self.changed_in_place(object, value_option, flags);
        self.stored_in(object, value, self.kind(index) == Kind::Number);
    }

    /// A write to what `object` names, because something inside it changed.
    pub(super) fn changed_in_place(
        &mut self,
        object: Node<'_>,
        value: Option<ExpressionId>,
        flags: ReferenceFlags,
    ) {
        match self.kind(object) {
            Kind::Identifier => {
                let name = self.out.text(object);
                let target = self.out.name_expression(name);
                self.out.write_reference(name, range(object), target, value, flags);
            }
            Kind::MemberExpression => {
                let (Some(inner), Some(property)) = (
                    self.field(object, self.fields.object),
                    self.field(object, self.fields.property),
                ) else {
                    return;
                };
                let base = self.expression(inner);
                let name = self.out.text(property);
                let member = self.out.member(base, name);
                self.out.write_reference(name, range(property), member, value, flags);
            }
            Kind::ParenthesizedExpression | Kind::NonNullExpression => {
                if let Some(inner) = first_named(object) {
                    self.changed_in_place(inner, value, flags);
                }
            }
            // `x.f[a][b] = v` stores into `f` as well.
            Kind::SubscriptExpression => {
                let index = self.field(object, self.fields.index);
                if let (Some(inner), Some(index)) = (self.field(object, self.fields.object), index)
                {
                    self.expression(index);
                    if self.out.enter(inner) {
                        self.changed_in_place(inner, None, flags);
                        self.out.leave();
                    }
                }
            }
            _ => {
                self.expression(object);
            }
        }
    }

    /// A local collection holds what is stored into it: `handlers[name] = save`,
    /// `handlers.push(save)`.
    pub(super) fn stored_in(&mut self, object: Node<'_>, value: ExpressionId, list: bool) {
        let telling = matches!(
            self.out.peek(value),
            Expression::Name { .. }
                | Expression::Function(_)
                | Expression::Definition(_)
                | Expression::New { .. }
        );
        if !telling || self.kind(object) != Kind::Identifier {
            return;
        }
        let name = self.out.text(object);
        let Some((scope, _)) = self.declaring_scope(name) else { return };
        let collection = if list {
            self.out.collection(CollectionKind::List, &[value])
        } else {
            self.out.collection(CollectionKind::Map, &[ExpressionId::UNKNOWN, value])
        };
        let at = object.start_byte() as u32;
        self.out.bind(scope, name, at, BindingValue::Value(collection));
    }
}
