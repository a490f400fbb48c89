//! Strings and composite literals.
//!
//! A composite literal writes fields, and Go lets inner literals leave their type out
//! (`[]User{{Name: "a"}}`). So the walk follows the *shape* of the written type down into the
//! literal: it knows of each brace whether it makes a struct, a list or a map, as far as the
//! types are declared in this file.

use super::{Kind, Walk};
use crate::extract::range;
use crate::languages::kinds::children_of_field;
use qf_graph::facts::{CollectionKind, Expression, ExpressionId, ReferenceFlags};
use tree_sitter::Node;

/// Items of a collection past this many are walked but not listed.
const MAX_ITEMS: usize = 256;

/// What a literal of some type holds.
pub(super) struct Shape<'t> {
    /// The lowered type.
    lowered: ExpressionId,
    form: Form<'t>,
}

enum Form<'t> {
    /// A struct, with its body when that is in this file; or a type that is declared elsewhere.
    Struct(Option<Node<'t>>),
    List(Box<Shape<'t>>),
    Map(Box<Shape<'t>>, Box<Shape<'t>>),
}

impl<'s, 't> Walk<'_, 's, 't> {
    /// The value of a string literal.
    pub(super) fn string_literal(&mut self, node: Node<'t>) -> ExpressionId {
        let text = self.text(node);
        let raw = text.starts_with('`');
        let inner = if raw {
            text.trim_matches('`')
        } else {
            let text = text.strip_prefix('"').unwrap_or(text);
            text.strip_suffix('"').unwrap_or(text)
        };
        if raw || !inner.contains('\\') {
            return self.out.string(inner, range(node));
        }
        let unescaped = unescape(inner);
        self.out.string(&unescaped, range(node))
    }

    /// `T{…}`, `[]T{…}`, `map[K]V{…}`, `struct{…}{…}`.
    pub(super) fn composite_literal(&mut self, node: Node<'t>) -> ExpressionId {
        let written = self.field(node, self.fields.written_type);
        let body = self.field(node, self.fields.body);
        let (Some(written), Some(body)) = (written, body) else { return ExpressionId::UNKNOWN };
        let named = matches!(
            self.kind(written),
            Kind::TypeIdentifier | Kind::QualifiedType | Kind::GenericType
        );
        // A named type is mentioned by the construction itself.
        let quiet = self.quiet;
        self.quiet = quiet || named;
        let shape = self.shape(written, 0);
        self.quiet = quiet;
        let value = self.literal_value(body, &shape);
        if let (true, Some(name)) = (named, self.type_name(written)) {
            let made = if matches!(self.out.peek(value), Expression::New { .. }) {
                value
            } else {
                self.out.new_instance(shape.lowered, &[])
            };
            self.out.call_reference(self.text(name), range(name), made, ReferenceFlags::empty());
        }
        value
    }

    /// The shape of a written type. References are made as for any other type expression.
    fn shape(&mut self, node: Node<'t>, depth: u32) -> Shape<'t> {
        if depth > 6 {
            return Shape { lowered: ExpressionId::UNKNOWN, form: Form::Struct(None) };
        }
        match self.kind(node) {
            Kind::PointerType | Kind::ParenthesizedType => match node.named_child(0) {
                Some(inner) => self.shape(inner, depth + 1),
                None => Shape { lowered: ExpressionId::UNKNOWN, form: Form::Struct(None) },
            },
            Kind::SliceType | Kind::ArrayType | Kind::ImplicitLengthArrayType => {
                let element = self.shape_in(node, self.fields.element, depth);
                let list = self.builtin("list");
                let lowered = self.out.generic(list, &[element.lowered]);
                Shape { lowered, form: Form::List(Box::new(element)) }
            }
            Kind::MapType => {
                let key = self.shape_in(node, self.fields.key, depth);
                let value = self.shape_in(node, self.fields.value, depth);
                let dict = self.builtin("dict");
                let lowered = self.out.generic(dict, &[key.lowered, value.lowered]);
                Shape { lowered, form: Form::Map(Box::new(key), Box::new(value)) }
            }
            Kind::StructType => {
                let lowered = self.type_expression(node);
                Shape { lowered, form: Form::Struct(Some(node)) }
            }
            _ => {
                let lowered = self.type_expression(node);
                let form = self.form_of_declared(node, depth);
                Shape { lowered, form }
            }
        }
    }

    fn shape_in(&mut self, node: Node<'t>, field: u16, depth: u32) -> Shape<'t> {
        match self.field(node, field) {
            Some(inner) => self.shape(inner, depth + 1),
            None => Shape { lowered: ExpressionId::UNKNOWN, form: Form::Struct(None) },
        }
    }

    /// What a named type is made of, when this file declares it.
    fn form_of_declared(&mut self, node: Node<'t>, depth: u32) -> Form<'t> {
        let underlying = self
            .type_name(node)
            .filter(|_| self.kind(node) != Kind::QualifiedType)
            .and_then(|name| self.declared.get(self.text(name)).copied());
        match underlying {
            Some(body) if self.kind(body) == Kind::StructType => Form::Struct(Some(body)),
            Some(other)
                if matches!(
                    self.kind(other),
                    Kind::SliceType | Kind::ArrayType | Kind::MapType | Kind::TypeIdentifier
                ) =>
            {
                let quiet = std::mem::replace(&mut self.quiet, true);
                let shape = self.shape(other, depth + 2);
                self.quiet = quiet;
                shape.form
            }
            _ => Form::Struct(None),
        }
    }

    fn literal_value(&mut self, body: Node<'t>, shape: &Shape<'t>) -> ExpressionId {
        if !self.out.enter(body) {
            return ExpressionId::UNKNOWN;
        }
        let value = match &shape.form {
            Form::Struct(declared) => self.struct_literal(body, shape.lowered, *declared),
            Form::List(element) => self.list_literal(body, shape.lowered, element),
            Form::Map(key, value) => self.map_literal(body, shape.lowered, key, value),
        };
        self.out.leave();
        value
    }

    fn struct_literal(
        &mut self,
        body: Node<'t>,
        class: ExpressionId,
        declared: Option<Node<'t>>,
    ) -> ExpressionId {
        let mut arguments = Vec::new();
        let mut instance = None;
        let mut positions = None;
        let mut cursor = body.walk();
        for (position, child) in body.named_children(&mut cursor).enumerate() {
            if self.kind(child) == Kind::KeyedElement {
                let key = self.element_key(child);
                let value = self.keyed_value(child, None);
                if let Some(key) = key {
                    self.initialize_field(class, &mut instance, key, self.text(key), value);
                    let name = self.text(key);
                    arguments.push(self.out.argument(name, value));
                } else {
                    // No field name: a map type of another file.
                    self.keyed_key(child, None);
                    arguments.push(value);
                }
            } else if self.kind(child) == Kind::LiteralElement {
                let value = self.element(child, None);
                let names = positions.get_or_insert_with(|| self.field_names(declared));
                match names.get(position).copied() {
                    Some(name) => {
                        self.initialize_field(class, &mut instance, child, name, value);
                        arguments.push(self.out.argument(name, value));
                    }
                    None => arguments.push(value),
                }
            }
        }
        self.out.new_instance(class, &arguments)
    }

    fn initialize_field(
        &mut self,
        class: ExpressionId,
        instance: &mut Option<ExpressionId>,
        at: Node<'t>,
        name: &'s str,
        value: ExpressionId,
    ) {
        if class == ExpressionId::UNKNOWN {
            return;
        }
        let instance =
            *instance.get_or_insert_with(|| self.out.expression(Expression::InstanceOf(class)));
        let member = self.out.member(instance, name);
        self.out.write_reference(name, range(at), member, Some(value), ReferenceFlags::INITIALIZER);
    }

    /// Names of a struct's fields in order, for literals without keys.
    fn field_names(&self, body: Option<Node<'t>>) -> Vec<&'s str> {
        let mut found = Vec::new();
        let Some(list) = body.and_then(|body| body.named_child(0)) else { return found };
        let mut cursor = list.walk();
        for field in list.named_children(&mut cursor) {
            if self.kind(field) != Kind::FieldDeclaration {
                continue;
            }
            let names = children_of_field(field, self.fields.name);
            if names.is_empty() {
                let embedded = self
                    .field(field, self.fields.written_type)
                    .and_then(|written| self.type_name(written));
                found.push(embedded.map_or("", |name| self.text(name)));
            }
            found.extend(names.iter().map(|name| self.text(*name)));
        }
        found
    }

    fn list_literal(
        &mut self,
        body: Node<'t>,
        lowered: ExpressionId,
        element: &Shape<'t>,
    ) -> ExpressionId {
        let mut items = Vec::new();
        let mut cursor = body.walk();
        for child in body.named_children(&mut cursor) {
            let value = match self.kind(child) {
                Kind::KeyedElement => self.keyed_value(child, Some(element)),
                Kind::LiteralElement => self.element(child, Some(element)),
                _ => continue,
            };
            if items.len() < MAX_ITEMS {
                items.push(value);
            }
        }
        self.collection_of_type(lowered, CollectionKind::List, &items)
    }

    fn map_literal(
        &mut self,
        body: Node<'t>,
        lowered: ExpressionId,
        key: &Shape<'t>,
        value: &Shape<'t>,
    ) -> ExpressionId {
        let mut items = Vec::new();
        let mut cursor = body.walk();
        for child in body.named_children(&mut cursor) {
            if self.kind(child) != Kind::KeyedElement {
                continue;
            }
            let key = self.keyed_key(child, Some(key));
            let value = self.keyed_value(child, Some(value));
            if items.len() < MAX_ITEMS {
                items.extend([key, value]);
            }
        }
        self.collection_of_type(lowered, CollectionKind::Map, &items)
    }

    /// The type says what elements are; the items say which, and matter for functions and texts.
    fn collection_of_type(
        &mut self,
        lowered: ExpressionId,
        kind: CollectionKind,
        items: &[ExpressionId],
    ) -> ExpressionId {
        let typed = self.out.expression(Expression::InstanceOf(lowered));
        if items.is_empty() {
            return typed;
        }
        let collection = self.out.collection(kind, items);
        self.out.either(&[typed, collection])
    }

    /// The identifier before the colon, when the key is one.
    fn element_key(&self, keyed: Node<'t>) -> Option<Node<'t>> {
        let key = self.field(keyed, self.fields.key)?;
        let inner = if self.kind(key) == Kind::LiteralElement { key.named_child(0)? } else { key };
        (self.kind(inner) == Kind::Identifier).then_some(inner)
    }

    fn keyed_key(&mut self, keyed: Node<'t>, shape: Option<&Shape<'t>>) -> ExpressionId {
        self.field(keyed, self.fields.key)
            .map_or(ExpressionId::UNKNOWN, |key| self.element(key, shape))
    }

    fn keyed_value(&mut self, keyed: Node<'t>, shape: Option<&Shape<'t>>) -> ExpressionId {
        self.field(keyed, self.fields.value)
            .map_or(ExpressionId::UNKNOWN, |value| self.element(value, shape))
    }

    fn element(&mut self, node: Node<'t>, shape: Option<&Shape<'t>>) -> ExpressionId {
        let inner = if self.kind(node) == Kind::LiteralElement {
            match node.named_child(0) {
                Some(inner) => inner,
                None => return ExpressionId::UNKNOWN,
            }
        } else {
            node
        };
        if self.kind(inner) != Kind::LiteralValue {
            return self.expression(inner);
        }
        let unknown = Shape { lowered: ExpressionId::UNKNOWN, form: Form::Struct(None) };
        let value = self.literal_value(inner, shape.unwrap_or(&unknown));
        match shape {
            Some(_) => value,
            None => ExpressionId::UNKNOWN,
        }
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}
