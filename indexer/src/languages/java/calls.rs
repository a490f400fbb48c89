//! Calls: methods, constructors, method references, lambdas as arguments.

use super::{Kind, Walk};
use crate::extract::range;
use qf_graph::facts::{CollectionKind, Expression, ExpressionId, ReferenceFlags};
use tree_sitter::Node;

/// Methods of collections, streams and optionals that hand elements to a function.
const ELEMENT_METHODS: &[&str] = &[
    "allMatch",
    "anyMatch",
    "dropWhile",
    "filter",
    "flatMap",
    "forEach",
    "forEachOrdered",
    "ifPresent",
    "ifPresentOrElse",
    "map",
    "mapToDouble",
    "mapToInt",
    "mapToLong",
    "mapToObj",
    "noneMatch",
    "peek",
    "removeIf",
    "replaceAll",
    "sort",
    "sorted",
    "takeWhile",
];

/// Methods that change the collection, counter or text they are called on.
const MUTATING_METHODS: &[&str] = &[
    "accumulateAndGet",
    "add",
    "addAll",
    "addAndGet",
    "addFirst",
    "addLast",
    "append",
    "clear",
    "compareAndSet",
    "compute",
    "computeIfAbsent",
    "computeIfPresent",
    "decrement",
    "decrementAndGet",
    "delete",
    "deleteCharAt",
    "getAndAdd",
    "getAndDecrement",
    "getAndIncrement",
    "getAndSet",
    "getAndUpdate",
    "increment",
    "incrementAndGet",
    "insert",
    "merge",
    "offer",
    "poll",
    "pollFirst",
    "pollLast",
    "pop",
    "push",
    "put",
    "putAll",
    "putIfAbsent",
    "remove",
    "removeAll",
    "removeFirst",
    "removeIf",
    "removeLast",
    "replaceAll",
    "retainAll",
    "set",
    "setLength",
    "sort",
    "updateAndGet",
];

impl<'t> Walk<'_, '_, 't> {
    /// The arguments of a call. Lambdas among them are given `element`, when that is known.
    pub(super) fn arguments(
        &mut self,
        list: Node<'t>,
        element: Option<ExpressionId>,
    ) -> Vec<ExpressionId> {
        let mut arguments = Vec::new();
        let mut cursor = list.walk();
        for argument in list.named_children(&mut cursor) {
            match self.kind(argument) {
                Kind::LineComment | Kind::BlockComment => {}
                Kind::LambdaExpression if self.out.enter(argument) => {
                    arguments.push(self.lambda(argument, element));
                    self.out.leave();
                }
                Kind::NullLiteral => arguments.push(self.builtin("null")),
                _ => arguments.push(self.expression(argument)),
            }
        }
        arguments
    }

    fn arguments_of(&mut self, node: Node<'t>, element: Option<ExpressionId>) -> Vec<ExpressionId> {
        match self.field(node, self.fields.arguments) {
            Some(list) => self.arguments(list, element),
            None => Vec::new(),
        }
    }

    fn mention_type_arguments(&mut self, node: Node<'t>) {
        if let Some(types) = self.field(node, self.fields.type_arguments) {
            self.types_inside(types);
        }
    }

    pub(super) fn method_invocation(&mut self, node: Node<'t>) -> ExpressionId {
        let Some(name) = self.field(node, self.fields.name) else { return ExpressionId::UNKNOWN };
        let text = self.text(name);
        self.mention_type_arguments(node);
        let object_node = self.field(node, self.fields.object);
        let object = object_node.map(|object| self.receiver(node, object));
        let callee = match object {
            Some(object) => self.out.member(object, text),
            None => self.out.name_expression(text),
        };
        // A function of two parameters goes over a mapping, whose keys and values the resolver tells apart.
        let of_pairs = text == "forEach" && self.is_given_pairs(node);
        let gives_elements = !of_pairs && ELEMENT_METHODS.binary_search(&text).is_ok();
        let element = object.filter(|_| gives_elements);
        let element = element.map(|object| self.out.expression(Expression::Element(object)));
        let arguments = self.arguments_of(node, element);
        let call = self.out.call(callee, &arguments);
        self.out.call_reference(text, range(name), call, ReferenceFlags::empty());
        self.reflection(node, object_node, text);
        let (Some(object_node), Some(object)) = (object_node, object) else { return call };
        if MUTATING_METHODS.binary_search(&text).is_ok() {
            self.note_mutation(object_node, object, arguments.last().copied());
        }
        self.standard_call(node, object_node, object, text, &arguments).unwrap_or(call)
    }

    /// Whether the first argument of a call is a function in place with several parameters.
    fn is_given_pairs(&self, node: Node<'t>) -> bool {
        let first = self.field(node, self.fields.arguments).and_then(|list| list.named_child(0));
        let lambda = first.filter(|first| self.kind(*first) == Kind::LambdaExpression);
        let parameters = lambda.and_then(|lambda| self.text(lambda).split("->").next());
        parameters.is_some_and(|parameters| parameters.contains(','))
    }

    /// Methods and constructors that are looked up by class and name, to be called:
    /// `T.class.getMethod("name")`, `lookup.findStatic(T.class, "name", type)`.
    fn reflection(&mut self, node: Node<'t>, object: Option<Node<'t>>, text: &str) {
        let lookup = match text {
            "getMethod" | "getDeclaredMethod" | "getConstructor" | "getDeclaredConstructor" => {
                false
            }
            "findStatic" | "findVirtual" | "findSpecial" | "findConstructor" => true,
            _ => return,
        };
        let (Some(object), Some(list)) = (object, self.field(node, self.fields.arguments)) else {
            return;
        };
        let mut cursor = list.walk();
        let given: Vec<_> =
            list.named_children(&mut cursor).filter(|child| !self.is_comment(*child)).collect();
        let mut given = given.as_slice();
        let mut class = object;
        if lookup {
            let Some((first, more)) = given.split_first() else { return };
            (class, given) = (*first, more);
        }
        let Some(written) = self.literal_class(class) else { return };
        let name = if text.ends_with("Constructor") {
            None
        } else {
            let Some((first, more)) = given.split_first() else { return };
            if self.kind(*first) != Kind::StringLiteral {
                return;
            }
            given = more;
            Some(*first)
        };
        // The classes of the parameters choose the overload.
        let mut arguments = Vec::new();
        for class in given.iter().filter(|_| !lookup) {
            let Some(written) = self.literal_class(*class) else { continue };
            let lowered = self.type_without_reference(written);
            arguments.push(self.out.expression(Expression::InstanceOf(lowered)));
        }
        let class = self.type_without_reference(written);
        let flags = ReferenceFlags::empty();
        let Some(name) = name else {
            let made = self.out.new_instance(class, &arguments);
            self.out.call_reference(self.text(written), range(written), made, flags);
            return;
        };
        let called = self.text(name).trim_matches('"');
        let instance = self.out.expression(Expression::InstanceOf(class));
        let callee = self.out.member(instance, called);
        let call = self.out.call(callee, &arguments);
        self.out.call_reference(called, range(name), call, flags);
    }

    /// What stands before the dot of a call: `super`, `Outer.super`, or a value.
    fn receiver(&mut self, node: Node<'t>, object: Node<'t>) -> ExpressionId {
        let mut cursor = node.walk();
        let qualified_super = self.kind(object) != Kind::Super
            && node.named_children(&mut cursor).any(|child| self.kind(child) == Kind::Super);
        if qualified_super {
            // `Interface.super.method()` calls that interface's own method.
            let lowered = self.type_expression(object);
            return self.out.expression(Expression::InstanceOf(lowered));
        }
        self.expression(object)
    }

    /// `this.items.add(x)` changes the field, when it holds a collection of the standard library.
    fn note_mutation(&mut self, node: Node<'t>, object: ExpressionId, value: Option<ExpressionId>) {
        let name = match self.kind(node) {
            Kind::Identifier if self.locals.find(self.text(node)).is_none() => node,
            Kind::FieldAccess => match self.field(node, self.fields.field) {
                Some(name) => name,
                None => return,
            },
            _ => return,
        };
        let text = self.text(name);
        if self.known_fields.get(text).copied().unwrap_or(false) {
            let flags = ReferenceFlags::IN_PLACE;
            self.out.write_reference(text, range(name), object, value, flags);
        }
    }

    /// What a few methods of the standard library mean for values: formatted texts and
    /// collections of their arguments.
    fn standard_call(
        &mut self,
        node: Node<'t>,
        object_node: Node<'t>,
        object: ExpressionId,
        name: &str,
        arguments: &[ExpressionId],
    ) -> Option<ExpressionId> {
        match name {
            "formatted" => return self.formatted(node, object, arguments),
            "format" | "of" | "asList" if self.kind(object_node) == Kind::Identifier => {}
            _ => return None,
        }
        match (self.text(object_node), name) {
            ("String", "format") => {
                let (format, holes) = arguments.split_first()?;
                self.formatted(node, *format, holes)
            }
            ("List" | "Stream", "of") | ("Arrays", "asList")
                if self.is_import_of(object_node, "java.util") =>
            {
                Some(self.out.collection(CollectionKind::List, arguments))
            }
            ("Set", "of") if self.is_import_of(object_node, "java.util") => {
                Some(self.out.collection(CollectionKind::Set, arguments))
            }
            ("Map", "of") if self.is_import_of(object_node, "java.util") => {
                Some(self.out.collection(CollectionKind::Map, arguments))
            }
            _ => None,
        }
    }

    fn is_import_of(&self, node: Node<'t>, package: &str) -> bool {
        let name = self.text(node);
        match self.imports.get(name) {
            Some(found) => found.starts_with(package),
            None => {
                !self.declared.contains(name) && self.stars.iter().any(|s| s.starts_with(package))
            }
        }
    }

    /// `String.format("/users/%s", id)` as texts and holes.
    fn formatted(
        &mut self,
        node: Node<'t>,
        format: ExpressionId,
        holes: &[ExpressionId],
    ) -> Option<ExpressionId> {
        let Expression::Text(format) = self.out.peek(format) else { return None };
        let format = self.out.name_text(format).to_owned();
        let mut holes = holes.iter();
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut characters = format.chars();
        while let Some(character) = characters.next() {
            if character != '%' {
                text.push(character);
                continue;
            }
            match characters.find(|c| c.is_ascii_alphabetic() || *c == '%') {
                Some('%') => text.push('%'),
                Some('n') => text.push('\n'),
                _ => {
                    self.text_piece(&mut text, &mut pieces);
                    pieces.push(holes.next().copied().unwrap_or(ExpressionId::UNKNOWN));
                }
            }
        }
        if !text.is_empty() || pieces.is_empty() {
            self.text_piece(&mut text, &mut pieces);
        }
        Some(self.out.concat(&pieces, range(node)))
    }

    fn text_piece(&mut self, text: &mut String, pieces: &mut Vec<ExpressionId>) {
        if !text.is_empty() || pieces.is_empty() {
            let name = self.out.name(text);
            pieces.push(self.out.expression(Expression::Text(name)));
            text.clear();
        }
    }

    /// `new Type(…)`, `outer.new Inner(…)`, `new Type(…) { … }`.
    pub(super) fn object_creation(&mut self, node: Node<'t>) -> ExpressionId {
        let written = self.field(node, self.fields.written_type);
        let Some(written) = written else { return ExpressionId::UNKNOWN };
        let mut body = None;
        let mut outer = None;
        let mut cursor = node.walk();
        let mut more = cursor.goto_first_child();
        while more {
            let child = cursor.node();
            if self.kind(child) == Kind::ClassBody {
                body = Some(child);
            } else if child.is_named()
                && cursor.field_id().is_none()
                && outer.is_none()
                && child.end_byte() <= written.start_byte()
                && !matches!(self.kind(child), Kind::Annotation | Kind::MarkerAnnotation)
                && !self.is_comment(child)
            {
                outer = Some(child);
            }
            more = cursor.goto_next_sibling();
        }
        let class = match outer {
            Some(outer) => {
                let outer = self.expression(outer);
                let name = self.type_name(written).map_or("", |name| self.text(name));
                self.out.member(outer, name)
            }
            None => self.type_without_reference(written),
        };
        let arguments = self.arguments_of(node, None);
        let made = self.out.new_instance(class, &arguments);
        let name = self.type_name(written);
        if let Some(name) = name {
            let flags =
                if body.is_some() { ReferenceFlags::UNNAMED } else { ReferenceFlags::empty() };
            self.out.call_reference(self.text(name), range(name), made, flags);
        }
        let Some(body) = body else { return made };
        let anonymous = self.anonymous_class(body, name.map(|name| (name, class)));
        let class = self.out.expression(Expression::Definition(anonymous));
        self.out.new_instance(class, &arguments)
    }

    /// `this(…)` and `super(…)` at the head of a constructor.
    pub(super) fn constructor_invocation(&mut self, node: Node<'t>) {
        if let Some(object) = self.field(node, self.fields.object) {
            self.expression(object);
        }
        let Some(constructor) = self.field(node, self.fields.constructor) else { return };
        let arguments = self.arguments_of(node, None);
        let scope = self.out.scope();
        let name = self.text(constructor);
        let call = if self.kind(constructor) == Kind::Super {
            let callee = self.out.expression(Expression::Super(scope));
            self.out.call(callee, &arguments)
        } else {
            let class = self.out.expression(Expression::SelfType(scope));
            self.out.new_instance(class, &arguments)
        };
        self.out.call_reference(name, range(constructor), call, ReferenceFlags::empty());
    }

    /// `Type::method`, `value::method`, `Type::new`.
    pub(super) fn method_reference(&mut self, node: Node<'t>) -> ExpressionId {
        let Some(target) = node.named_child(0) else { return ExpressionId::UNKNOWN };
        let last = node.child_count().checked_sub(1).and_then(|last| node.child(last));
        let Some(last) = last else { return ExpressionId::UNKNOWN };
        if last.kind() == "new" {
            let class = self.type_without_reference(target);
            if let Some(name) = self.type_name(target) {
                let made = self.out.new_instance(class, &[]);
                let flags = ReferenceFlags::empty();
                self.out.call_reference(self.text(name), range(name), made, flags);
            }
            return class;
        }
        let base = match self.kind(target) {
            Kind::GenericType | Kind::ArrayType | Kind::ScopedTypeIdentifier => {
                self.type_expression(target)
            }
            _ => self.expression(target),
        };
        if self.kind(last) != Kind::Identifier {
            return ExpressionId::UNKNOWN;
        }
        let text = self.text(last);
        let member = self.out.member(base, text);
        self.out.read_reference(text, range(last), member);
        member
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::ELEMENT_METHODS.is_sorted());
        assert!(super::MUTATING_METHODS.is_sorted());
    }
}
