//! Calls, constructions, JSX elements and test cases.

use super::syntax::{Kind, first_named, function_flags, named, unquoted};
use super::walk::{Lead, Walk};
use crate::extract::range;
use qf_graph::facts::{
    ByteRange, CollectionKind, Expression, ExpressionId, ReferenceFlags, SymbolKind,
};
use smallvec::SmallVec;
use std::borrow::Cow;
use tree_sitter::Node;

/// Array methods whose callback takes an element first.
const ELEMENT_CALLBACKS: &[&str] = &[
    "every",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "flatMap",
    "forEach",
    "map",
    "some",
];

/// Methods of arrays that change them.
const ARRAY_MUTATORS: &[&str] =
    &["copyWithin", "fill", "pop", "push", "reverse", "shift", "sort", "splice", "unshift"];

/// Methods of sets and maps that change them.
const COLLECTION_MUTATORS: &[&str] = &["add", "clear", "delete", "set"];

/// What is called: the expression, its last name and the name's bytes.
pub(super) type Callee<'s> = (ExpressionId, Cow<'s, str>, ByteRange);

impl<'s> Walk<'_, 's> {
    // ---- calls -------------------------------------------------------------------------------

    /// What is called, without a reference to it.
    pub(super) fn callee(&mut self, node: Node<'_>) -> Callee<'s> {
        let span = range(node);
        match self.kind(node) {
            Kind::Identifier => {
                let name = self.out.text(node);
                (self.plain_name(name), Cow::Borrowed(name), span)
            }
            Kind::MemberExpression => self.member(node),
            Kind::Super => {
                let base = self.super_value();
                (self.out.member(base, "constructor"), Cow::Borrowed("constructor"), span)
            }
            Kind::SubscriptExpression => {
                let index = self.field(node, self.fields.index);
                let object = self.field(node, self.fields.object);
                if let (Some(object), Some(index)) = (object, index)
                    && self.kind(index) == Kind::String
                {
                    let base = self.expression(object);
                    let name = unquoted(self.out.text(index));
                    return (self.out.member(base, &name), name, range(index));
                }
                (self.expression(node), Cow::Borrowed(""), span)
            }
            Kind::ParenthesizedExpression
            | Kind::NonNullExpression
            | Kind::InstantiationExpression => {
                let children = named(node);
                for extra in children.iter().skip(1) {
                    if self.kind(*extra) == Kind::TypeArguments {
                        self.type_list(*extra);
                    }
                }
                match children.first() {
                    Some(inner) if self.out.enter(*inner) => {
                        let callee = self.callee(*inner);
                        self.out.leave();
                        callee
                    }
                    _ => (ExpressionId::UNKNOWN, Cow::Borrowed(""), span),
                }
            }
            _ => (self.expression(node), Cow::Borrowed(""), span),
        }
    }

    /// A call with its arguments; one that makes a model stands for the class.
    pub(super) fn call(&mut self, node: Node<'_>, flags: ReferenceFlags) -> ExpressionId {
        if let Some(made) = self.made_model(node) {
            let id = self.model_class(node, made, None, range(node), &Lead::default());
            return self.out.expression(Expression::Definition(id));
        }
        self.migration_table(node);
        self.plain_call(node, flags)
    }

    pub(super) fn plain_call(&mut self, node: Node<'_>, flags: ReferenceFlags) -> ExpressionId {
        let Some(function) = self.field(node, self.fields.function) else {
            return self.last_of(node);
        };
        let kind = self.kind(function);
        if kind == Kind::Import {
            return self.dynamic_import(node);
        }
        if kind == Kind::Identifier
            && self.out.text(function) == "require"
            && let Some(value) = self.require_value(node)
        {
            return value;
        }
        let arguments_node = self.field(node, self.fields.arguments);
        if matches!(kind, Kind::Identifier | Kind::MemberExpression | Kind::CallExpression) {
            if self.settings.test && self.test_call(node, function, arguments_node) {
                return ExpressionId::UNKNOWN;
            }
            if kind != Kind::CallExpression && self.merges(function, arguments_node) {
                return ExpressionId::UNKNOWN;
            }
        }
        let (callee, name, span) = self.callee(function);
        let types = self.field(node, self.fields.type_arguments);
        let types = types.map(|types| self.type_list(types)).unwrap_or_default();
        let arguments = self.arguments(arguments_node, callee, &name);
        let call = self.out.call(callee, &arguments);
        if !matches!(self.out.peek(callee), Expression::Function(_)) {
            self.out.call_reference(&name, span, call, flags);
        }
        // Compiler macros of Vue: what they give is what is written.
        match (name.as_ref(), types.first(), arguments.first()) {
            ("defineProps", Some(declared), _) if *declared != ExpressionId::UNKNOWN => {
                return self.out.expression(Expression::InstanceOf(*declared));
            }
            ("withDefaults", _, Some(props)) if self.component.is_some() => return *props,
            _ => {}
        }
        if kind == Kind::MemberExpression {
            if let Some(value) = self.library_value(self.out.text(function), &arguments) {
                return value;
            }
            self.in_place(function, &name, &arguments);
            if let Some(value) =
                self.function_method(function, callee, &name, arguments_node, &arguments)
            {
                return value;
            }
        }
        call
    }

    /// What a few functions of the library give in terms of their arguments.
    fn library_value(&mut self, callee: &str, arguments: &[ExpressionId]) -> Option<ExpressionId> {
        let first = *arguments.first()?;
        match callee {
            "Object.freeze" | "Object.seal" => Some(first),
            "Object.assign" => Some(self.out.either(arguments)),
            "Object.create" => match self.out.peek(first) {
                Expression::Member { base, name } if self.out.name_text(name) == "prototype" => {
                    Some(self.out.expression(Expression::InstanceOf(base)))
                }
                _ => Some(first),
            },
            // An array of what the promises give, position by position.
            "Promise.all" => {
                let items = if self.last_array.0 == first {
                    std::mem::take(&mut self.last_array.1)
                } else {
                    vec![self.element(first)]
                };
                let items: Vec<_> = items.into_iter().map(|item| self.resolved(item)).collect();
                Some(self.out.collection(CollectionKind::List, &items))
            }
            "Array.from" if arguments.len() == 1 => {
                let element = self.element(first);
                Some(self.out.collection(CollectionKind::List, &[element]))
            }
            _ => None,
        }
        .filter(|value| *value != ExpressionId::UNKNOWN)
    }

    fn merges(&mut self, function: Node<'_>, arguments: Option<Node<'_>>) -> bool {
        let text = self.out.text(function);
        if text.len() > 24 || arguments.is_none_or(|node| node.named_child_count() < 2) {
            return false;
        }
        let arguments = arguments.map(named).unwrap_or_default();
        self.extends_by_call(text, &arguments)
    }

    /// Lowers arguments; inline functions learn what they are called with where that is known.
    pub(super) fn arguments(
        &mut self,
        node: Option<Node<'_>>,
        callee: ExpressionId,
        name: &str,
    ) -> SmallVec<[ExpressionId; 4]> {
        let mut lowered: SmallVec<[ExpressionId; 4]> = SmallVec::new();
        let Some(node) = node else { return lowered };
        if self.kind(node) == Kind::TemplateString {
            lowered.push(self.template(node));
            return lowered;
        }
        let children = named(node);
        for (position, child) in children.iter().enumerate() {
            let value = if self.is_function_literal(*child) {
                let hints = if position == 0 {
                    self.callback_hints(callee, name, children.get(1).copied())
                } else {
                    SmallVec::new()
                };
                if self.out.enter(*child) {
                    let value = self.function_value(*child, &hints);
                    self.out.leave();
                    value
                } else {
                    ExpressionId::UNKNOWN
                }
            } else if self.kind(*child) == Kind::SpreadElement {
                let spread = self.wrapped(*child);
                self.element(spread)
            } else {
                self.expression(*child)
            };
            lowered.push(value);
        }
        lowered
    }

    /// What a callback's parameters are, by the method that takes it.
    fn callback_hints(
        &mut self,
        callee: ExpressionId,
        name: &str,
        second: Option<Node<'_>>,
    ) -> SmallVec<[ExpressionId; 2]> {
        let mut hints = SmallVec::new();
        let Expression::Member { base, .. } = self.out.peek(callee) else { return hints };
        if base == ExpressionId::UNKNOWN {
            return hints;
        }
        if ELEMENT_CALLBACKS.binary_search(&name).is_ok() {
            hints.push(self.element(base));
        } else if name == "then" {
            hints.push(self.resolved(base));
        } else if name == "sort" || name == "toSorted" {
            let element = self.element(base);
            hints.extend([element, element]);
        } else if name == "reduce" || name == "reduceRight" {
            let element = self.element(base);
            // The initial value is lowered with the other arguments; only plain names are
            // worth a second look here.
            let initial = second.filter(|node| self.kind(*node) == Kind::Identifier);
            let initial = initial.map(|node| self.out.name_expression(self.out.text(node)));
            hints.extend([initial.unwrap_or(ExpressionId::UNKNOWN), element]);
        }
        hints
    }

    /// `this.items.push(x)` changes `items`, `known.set(key, value)` a map `known` of the file.
    fn in_place(&mut self, function: Node<'_>, name: &str, arguments: &[ExpressionId]) {
        let array = ARRAY_MUTATORS.binary_search(&name).is_ok();
        if !array && COLLECTION_MUTATORS.binary_search(&name).is_err() {
            return;
        }
        let Some(object) = self.field(function, self.fields.object) else { return };
        let value = arguments.last().copied().filter(|value| *value != ExpressionId::UNKNOWN);
        match self.kind(object) {
            Kind::MemberExpression => {
                let (Some(inner), Some(property)) = (
                    self.field(object, self.fields.object),
                    self.field(object, self.fields.property),
                ) else {
                    return;
                };
                let Some(base) = self.quiet(inner, 0) else { return };
                let name = self.out.text(property);
                let member = self.out.member(base, name);
                let flags = ReferenceFlags::IN_PLACE;
                self.out.write_reference(name, range(property), member, value, flags);
            }
            Kind::Identifier if array || self.collections.contains(self.out.text(object)) => {
                let name = self.out.text(object);
                let target = self.out.name_expression(name);
                let flags = ReferenceFlags::IN_PLACE;
                self.out.write_reference(name, range(object), target, value, flags);
            }
            _ => {}
        }
        if let (Kind::Identifier, Some(value)) = (self.kind(object), value) {
            self.stored_in(object, value, array);
        }
    }

    /// Lowers a chain of names and members again, without references.
    fn quiet(&mut self, node: Node<'_>, depth: u32) -> Option<ExpressionId> {
        match self.kind(node) {
            Kind::Identifier => Some(self.out.name_expression(self.out.text(node))),
            Kind::This => Some(self.this_value()),
            Kind::MemberExpression if depth < 16 => {
                let base = self.quiet(self.field(node, self.fields.object)?, depth + 1)?;
                let name = self.out.text(self.field(node, self.fields.property)?);
                Some(self.out.member(base, name))
            }
            Kind::NonNullExpression | Kind::ParenthesizedExpression if depth < 16 => {
                self.quiet(first_named(node)?, depth + 1)
            }
            _ => None,
        }
    }

    /// `f.bind(x)` is `f`; `f.call(this, a)` and `f.apply(this, as)` call `f`.
    fn function_method(
        &mut self,
        function: Node<'_>,
        callee: ExpressionId,
        name: &str,
        arguments_node: Option<Node<'_>>,
        arguments: &[ExpressionId],
    ) -> Option<ExpressionId> {
        if !matches!(name, "bind" | "call" | "apply") {
            return None;
        }
        let Expression::Member { base, .. } = self.out.peek(callee) else { return None };
        if name == "bind" {
            return Some(base);
        }
        // Objects may have methods of these names: only a receiver as first argument tells that
        // the function's own is meant.
        let first = arguments_node.and_then(first_named)?;
        let text = self.out.text(first);
        let receiver = matches!(
            text,
            "this"
                | "null"
                | "undefined"
                | "self"
                | "that"
                | "_this"
                | "me"
                | "ctx"
                | "context"
                | "thisArg"
                | "scope"
        );
        let object = self.field(function, self.fields.object)?;
        if !receiver && !self.is_function_literal(self.without_wrapping(object)) {
            return None;
        }
        let rest = if name == "call" { arguments.get(1..).unwrap_or(&[]) } else { &[] };
        let call = self.out.call(base, rest);
        let (called, span) = match self.out.peek(base) {
            Expression::Name { name, .. } => (name, range(object)),
            Expression::Member { name, .. } => {
                let property = self.field(object, self.fields.property).unwrap_or(object);
                (name, range(property))
            }
            _ => return Some(call),
        };
        let called = self.out.name_text(called).to_owned();
        self.out.call_reference(&called, span, call, ReferenceFlags::empty());
        Some(call)
    }

    pub(super) fn new_instance(&mut self, node: Node<'_>) -> ExpressionId {
        let Some(constructor) = self.field(node, self.fields.constructor) else {
            return self.last_of(node);
        };
        let (mut class, name, span) = self.callee(constructor);
        if let Some(types) = self.field(node, self.fields.type_arguments) {
            let types = self.type_list(types);
            if !types.is_empty() && class != ExpressionId::UNKNOWN {
                class = self.out.generic(class, &types);
            }
        }
        let arguments = self.arguments(self.field(node, self.fields.arguments), class, "");
        let instance = self.out.new_instance(class, &arguments);
        self.out.call_reference(&name, span, instance, ReferenceFlags::empty());
        instance
    }

    // ---- JSX ---------------------------------------------------------------------------------

    /// An element: a call of its component when its name is capitalised.
    pub(super) fn jsx(&mut self, node: Node<'_>) -> ExpressionId {
        let opening = if self.kind(node) == Kind::JsxElement {
            self.field(node, self.fields.open_tag)
        } else {
            Some(node)
        };
        let mut value = ExpressionId::UNKNOWN;
        if let Some(opening) = opening {
            value = self.jsx_opening(opening);
        }
        if self.kind(node) == Kind::JsxElement {
            for child in named(node) {
                if !matches!(self.kind(child), Kind::JsxOpeningElement | Kind::JsxClosingElement) {
                    self.expression(child);
                }
            }
        }
        value
    }

    fn jsx_opening(&mut self, node: Node<'_>) -> ExpressionId {
        let name = self.field(node, self.fields.name);
        let component = name.filter(|name| match self.kind(*name) {
            Kind::Identifier => {
                self.out.text(*name).starts_with(|first: char| first.is_uppercase())
            }
            Kind::MemberExpression => true,
            _ => false,
        });
        if let Some(types) = self.field(node, self.fields.type_arguments) {
            self.type_list(types);
        }
        let callee = component.map(|component| self.callee(component));
        let mut arguments: SmallVec<[ExpressionId; 4]> = SmallVec::new();
        for child in named(node) {
            match self.kind(child) {
                Kind::JsxAttribute => {
                    let parts = named(child);
                    let key = parts.first().map_or("", |key| self.out.text(*key));
                    let value = match parts.get(1) {
                        Some(value) => self.expression(*value),
                        None => self.builtin("bool"),
                    };
                    arguments.push(self.out.argument(key, value));
                }
                Kind::JsxExpression => {
                    self.expression(child);
                }
                _ => {}
            }
        }
        let Some((callee, name, span)) = callee else { return ExpressionId::UNKNOWN };
        let call = self.out.call(callee, &arguments);
        self.out.call_reference(&name, span, call, ReferenceFlags::empty());
        call
    }

    // ---- tests -------------------------------------------------------------------------------

    /// `describe("…", () => …)`, `it("…", () => …)` in test files: what they hold is a test, and
    /// a titled case is a definition.
    fn test_call(
        &mut self,
        node: Node<'_>,
        function: Node<'_>,
        arguments: Option<Node<'_>>,
    ) -> bool {
        let Some(word) = self.test_word(function, 0) else { return false };
        let Some(arguments) = arguments else { return false };
        let children = named(arguments);
        let Some(body) = children.iter().rev().copied().find(|a| self.is_function_literal(*a))
        else {
            return false;
        };
        let case = matches!(word, "it" | "test" | "specify");
        let title = children
            .first()
            .copied()
            .filter(|first| matches!(self.kind(*first), Kind::String | Kind::TemplateString));
        let (callee, name, span) = self.callee(function);
        self.test_depth += 1;
        let mut lowered: SmallVec<[ExpressionId; 4]> = SmallVec::new();
        for child in &children {
            let value = if *child != body {
                self.expression(*child)
            } else if let (true, Some(title)) = (case, title) {
                self.test_case(node, title, body)
            } else {
                self.expression(body)
            };
            lowered.push(value);
        }
        self.test_depth -= 1;
        let call = self.out.call(callee, &lowered);
        self.out.call_reference(&name, span, call, ReferenceFlags::empty());
        true
    }

    fn test_case(&mut self, node: Node<'_>, title: Node<'_>, body: Node<'_>) -> ExpressionId {
        let text = unquoted(self.out.text(title));
        let kind = SymbolKind::Function;
        let mut new = Self::new_definition(&text, title, kind, range(node));
        new.flags = function_flags(body);
        new.signature_end = self.body_start(body);
        let id = self.define(new, None);
        let receiver = self.receiver();
        self.function_body(body, id, receiver, None, &[]);
        self.out.expression(Expression::Function(id))
    }

    /// The test framework's word behind `it`, `it.only`, `it.each([…])`.
    fn test_word(&self, function: Node<'_>, depth: u32) -> Option<&'s str> {
        match self.kind(function) {
            Kind::Identifier => {
                let name = self.out.text(function);
                let known = matches!(
                    name,
                    "describe"
                        | "context"
                        | "suite"
                        | "it"
                        | "test"
                        | "specify"
                        | "fdescribe"
                        | "xdescribe"
                        | "fit"
                        | "xit"
                        | "before"
                        | "after"
                        | "beforeEach"
                        | "afterEach"
                        | "beforeAll"
                        | "afterAll"
                );
                // A file's own function of that name is no framework.
                (known && !matches!(self.declaring_scope(name), Some((_, Some(_))))).then_some(name)
            }
            Kind::MemberExpression if depth < 3 => {
                self.test_word(self.field(function, self.fields.object)?, depth + 1)
            }
            Kind::CallExpression if depth < 3 => {
                let inner = self.field(function, self.fields.function)?;
                let arguments = self.field(function, self.fields.arguments)?;
                // `it.each(rows)("title", …)`, not `test("…", …)(…)`.
                (self.kind(inner) == Kind::MemberExpression && arguments.named_child_count() > 0)
                    .then(|| self.test_word(inner, depth + 1))?
            }
            _ => None,
        }
    }
}
