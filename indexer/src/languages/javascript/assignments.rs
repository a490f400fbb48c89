//! Assignments: to names, to members, to elements.
//!
//! An assignment may define (a function put on a prototype, a field put on `this`, a property of
//! `exports`), change what is there, or both. Which one is decided by its left side and by what
//! the walk knows of the receiver.

use super::syntax::{Kind, first_named, function_flags, unquoted};
use super::walk::{Lead, Owner, Walk};
use crate::extract::range;
use qf_graph::facts::{
    BindingValue, ByteRange, CollectionKind, DefinitionFlags, DefinitionId, Expression,
    ExpressionId, ReferenceFlags, ScopeId, SymbolKind,
};
use tree_sitter::Node;

/// Whether an assignment stands in no branch or loop of its function or module.
fn always(left: Node<'_>) -> bool {
    let statement = left.parent().and_then(|assignment| assignment.parent());
    statement.filter(|own| own.kind() == "expression_statement").is_some_and(|own| {
        own.parent().is_some_and(|block| {
            let of_function = |around: Node<'_>| {
                around.kind().contains("function") || around.kind() == "method_definition"
            };
            block.kind() == "program" || block.parent().is_some_and(of_function)
        })
    })
}

/// Stores beyond this many in one file replace no entry: looking for the literal costs.
const MAX_REPLACED: usize = 64;

impl<'s> Walk<'_, 's> {
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
        if self.kind(object) == Kind::This
            && let Some((owner, initial, is_static)) = self.this_owner()
        {
            return self.assign_this(node, property, name, right, doc, owner, initial, is_static);
        }
        if name == "prototype"
            && self.kind(object) == Kind::Identifier
            && let Some(value) = self.assign_prototype(self.out.text(object), right)
        {
            return value;
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
        self.replace_entry(left, value);
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
            new.flags = function_flags(inner);
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
            if let (Some(subject), Some(base)) = (subject, base)
                && self.kind(subject) == Kind::Identifier
            {
                self.inherit_prototype(self.out.text(subject), base);
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
        let extended = match self.kind(*target) {
            Kind::Identifier if self.prototype_of(*target).is_none() => {
                Some(self.out.text(*target))
            }
            _ => self.prototype_of(*target),
        };
        if let Some(name) = extended {
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
                if self.kind(object) == Kind::This
                    && value_option.is_some()
                    && flags.is_empty()
                    && let Some((owner, ..)) = self.this_owner()
                    && self.members.contains_key(&(owner.key, name))
                {
                    let at = property.start_byte() as u32;
                    self.out.bind(owner.scope, name, at, BindingValue::Value(value));
                }
            }
            Kind::SubscriptExpression => self.write_element(left, value, flags),
            Kind::ParenthesizedExpression | Kind::NonNullExpression | Kind::AsExpression => {
                if let Some(inner) = first_named(left).filter(|inner| self.out.enter(*inner)) {
                    self.write_to(inner, value, flags);
                    self.out.leave();
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
            let name = unquoted(self.out.text(index));
            let member = self.out.member(base, &name);
            self.out.write_reference(&name, range(index), member, value_option, flags);
            return;
        }
        self.expression(index);
        let flags = flags | ReferenceFlags::ELEMENT;
        self.changed_in_place(object, value_option, flags);
        self.stored_in(object, value, self.kind(index) == Kind::Number);
    }

    /// `handlers.save["all"] = save`, where it always happens, replaces what the literal has there
    /// that `handlers` was given: an entry, or the value of a member where the object's properties are
    /// definitions.
    fn replace_entry(&mut self, left: Node<'_>, value: ExpressionId) {
        if value == ExpressionId::UNKNOWN || self.replaced.len() >= MAX_REPLACED || !always(left) {
            return;
        }
        let mut keys = Vec::new();
        let mut at = left;
        while let Some((object, _, key)) = self.constant_member(at) {
            keys.push(key);
            at = object;
        }
        if self.kind(at) != Kind::Identifier {
            return;
        }
        let name = self.out.text(at);
        let Some((scope, definition)) = self.declaring_scope(name) else { return };
        let literal = self.out.literal_of(scope, name);
        let last = self.replaced.iter().rfind(|other| (other.0, other.1) == (scope, name));
        let since = last.map_or(literal.map_or(0, |literal| literal.0), |last| last.2);
        // Another function, or another mention than this one: something may see what was there.
        let seen = self.out.mentions_since(name, since).is_none_or(|mentions| mentions > 1);
        let seen = seen || scope != self.out.scope();
        let since = if seen { u32::MAX } else { self.out.expression_count() };
        self.replaced.push((scope, name, since));
        if seen {
            return;
        }
        if let Some(literal) = literal {
            let mut stored = value;
            for key in &keys {
                let key = self.out.name(key);
                let key = self.out.expression(Expression::Text(key));
                stored = self.out.collection(CollectionKind::Map, &[key, stored]);
            }
            self.out.replace_entries(literal, stored, keys.len() > 1);
        }
        let mut scope = definition.and_then(|id| self.out.get(id).scope);
        while let (Some(inside), [.., key]) = (scope, keys.as_slice()) {
            if keys.len() == 1 {
                self.out.rebind(inside, key, value);
                return;
            }
            scope = self.out.defined_in(inside, key).and_then(|id| self.out.get(id).scope);
            keys.pop();
        }
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
