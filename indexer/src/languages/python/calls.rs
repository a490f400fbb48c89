//! Calls, and the built-in functions whose result depends on their arguments.

use super::kinds::Kind;
use super::walk::Walker;
use qf_graph::facts::{ByteRange, CollectionKind, Expression, ExpressionId, ReferenceFlags};
use smallvec::SmallVec;
use tree_sitter::Node;

/// A callee: its value, its last name and that name's bytes.
pub(super) type Callee<'s> = (ExpressionId, &'s str, ByteRange);

type Arguments = SmallVec<[ExpressionId; 4]>;

impl<'s, 't> Walker<'_, 's, 't> {
    pub(super) fn call(&mut self, node: Node<'t>) -> ExpressionId {
        self.call_with_flags(node, ReferenceFlags::empty())
    }

    /// Lowers what is called. Its name gets no read reference: the call is the reference.
    pub(super) fn callee(&mut self, node: Node<'t>) -> Callee<'s> {
        match self.kind(node) {
            Kind::Identifier => {
                let name = self.text(node);
                (self.name_expression(name), name, Self::span(node))
            }
            Kind::Attribute => {
                let grammar = self.grammar;
                let (Some(object), Some(name)) =
                    (self.field(node, grammar.object), self.field(node, grammar.attribute))
                else {
                    return (self.expression(node), "", Self::span(node));
                };
                let base = self.expression(object);
                let text = self.text(name);
                let own = if text == "__class__" { self.class_of(object) } else { None };
                let member = own.unwrap_or_else(|| self.out.member(base, text));
                (member, text, Self::span(name))
            }
            Kind::ParenthesizedExpression => match self.first_child(node) {
                Some(inner)
                    if matches!(
                        self.kind(inner),
                        Kind::Identifier | Kind::Attribute | Kind::ParenthesizedExpression
                    ) && self.out.enter(inner) =>
                {
                    let callee = self.callee(inner);
                    self.out.leave();
                    callee
                }
                _ => (self.expression(node), "", Self::span(node)),
            },
            _ => (self.expression(node), self.callee_text(node), Self::span(node)),
        }
    }

    /// A name for a callee that is an expression (`handlers[name](…)`, `get()(…)`): the last name
    /// of what it is taken from.
    fn callee_text(&mut self, node: Node<'t>) -> &'s str {
        let grammar = self.grammar;
        let mut at = node;
        for _ in 0..16 {
            let next = match self.kind(at) {
                Kind::Identifier => return self.text(at),
                Kind::Attribute => self.field(at, grammar.attribute),
                Kind::Subscript => self.field(at, grammar.value),
                Kind::Call => self.field(at, grammar.function),
                Kind::ParenthesizedExpression | Kind::Await => self.first_child(at),
                _ => None,
            };
            match next {
                Some(next) => at = next,
                None => return "",
            }
        }
        ""
    }

    pub(super) fn call_with_flags(
        &mut self,
        node: Node<'t>,
        flags: ReferenceFlags,
    ) -> ExpressionId {
        let grammar = self.grammar;
        let (Some(function), Some(list)) =
            (self.field(node, grammar.function), self.field(node, grammar.arguments))
        else {
            self.visit_children(node);
            return ExpressionId::UNKNOWN;
        };
        let (callee, name, span) = self.callee(function);
        let arguments = self.arguments(list);
        let call = self.out.call(callee, &arguments);
        self.out.call_reference(name, span, call, flags);
        let value = match self.kind(function) {
            Kind::Identifier => self.named_call(name, list, &arguments, call),
            Kind::Attribute => {
                if let Some(object) = self.field(function, grammar.object) {
                    self.method_call(object, callee, name, &arguments, node, call)
                } else {
                    call
                }
            }
            _ => call,
        };
        let value = match self.library_name(function) {
            Some("cast") => self.cast(list).unwrap_or(value),
            Some(canonical) => self.library_call(canonical, &arguments).unwrap_or(value),
            None => value,
        };
        self.last_call = (call, arguments);
        value
    }

    fn arguments(&mut self, list: Node<'t>) -> Arguments {
        let mut arguments = Arguments::new();
        if self.kind(list) == Kind::GeneratorExpression {
            arguments.push(self.expression(list));
            return arguments;
        }
        for child in self.children(list) {
            match self.kind(child) {
                Kind::KeywordArgument => {
                    let grammar = self.grammar;
                    let (Some(name), Some(value)) =
                        (self.field(child, grammar.name), self.field(child, grammar.value))
                    else {
                        continue;
                    };
                    let value = self.expression(value);
                    let name = self.text(name);
                    arguments.push(self.out.argument(name, value));
                }
                // Which parameters `**mapping` reaches is not known.
                Kind::DictionarySplat => self.visit_children(child),
                _ => arguments.push(self.expression(child)),
            }
        }
        arguments
    }

    // ---- methods ---------------------------------------------------------------------------------

    fn method_call(
        &mut self,
        object: Node<'t>,
        callee: ExpressionId,
        name: &str,
        arguments: &Arguments,
        node: Node<'t>,
        call: ExpressionId,
    ) -> ExpressionId {
        let Expression::Member { base, .. } = self.out.peek(callee) else { return call };
        if name == "format"
            && let Expression::Text(text) = self.out.peek(base)
        {
            let text = self.out.name_text(text).to_owned();
            return self.format_call(&text, arguments, node);
        }
        self.mutation(object, base, name, arguments);
        call
    }

    // ---- functions -------------------------------------------------------------------------------

    /// Calls of built-in functions and of what the standard library is imported as.
    fn named_call(
        &mut self,
        name: &'s str,
        list: Node<'t>,
        arguments: &Arguments,
        call: ExpressionId,
    ) -> ExpressionId {
        if self.is_bound_here(name) {
            return call;
        }
        let first = arguments.first().copied().unwrap_or(ExpressionId::UNKNOWN);
        let value = match (name, arguments.len()) {
            ("super", _) => {
                let scope = self.out.scope();
                Some(self.out.expression(Expression::Super(scope)))
            }
            ("type", 1) => self.first_child(list).and_then(|object| self.class_of(object)),
            ("getattr", 2 | 3) => self.get_attribute(list, arguments),
            ("setattr", 3) => {
                self.set_attribute(list, arguments);
                None
            }
            ("list" | "sorted" | "reversed" | "iter", 1..) | ("tuple", 1) => {
                self.collection_of_elements(CollectionKind::List, first)
            }
            ("set" | "frozenset", 1) => self.collection_of_elements(CollectionKind::Set, first),
            ("list", 0) => Some(self.empty(CollectionKind::List)),
            ("dict", _) => Some(self.dict_call(arguments)),
            ("set", 0) => Some(self.empty(CollectionKind::Set)),
            ("next", 1 | 2) | ("max" | "min", 1) => Some(self.element(first)),
            ("map", 2) => {
                let element = self.element(arguments[1]);
                let result = self.out.call(first, &[element]);
                Some(self.out.collection(CollectionKind::List, &[result]))
            }
            ("filter", 2) => self.collection_of_elements(CollectionKind::List, arguments[1]),
            _ => None,
        };
        value.filter(|value| *value != ExpressionId::UNKNOWN).unwrap_or(call)
    }

    /// `list(x)`: a list of what iterating over `x` gives.
    fn collection_of_elements(
        &mut self,
        kind: CollectionKind,
        iterable: ExpressionId,
    ) -> Option<ExpressionId> {
        // `list(d.values())` and its like keep what they are made of.
        let element = match self.out.peek(iterable) {
            Expression::Call { callee, .. } => match self.out.peek(callee) {
                Expression::Member { base, name } if self.out.name_text(name) == "values" => {
                    self.index(base, ExpressionId::UNKNOWN)
                }
                Expression::Member { base, name } if self.out.name_text(name) == "keys" => {
                    self.element(base)
                }
                _ => self.element(iterable),
            },
            Expression::Argument { .. } => return None,
            _ => self.element(iterable),
        };
        if element == ExpressionId::UNKNOWN {
            return None;
        }
        Some(self.out.collection(kind, &[element]))
    }

    /// `dict(a=1, b=2)` is a literal; `dict(other)` has the shape of the other.
    pub(super) fn dict_call(&mut self, arguments: &[ExpressionId]) -> ExpressionId {
        let mut items: SmallVec<[ExpressionId; 8]> = SmallVec::new();
        let mut others: SmallVec<[ExpressionId; 2]> = SmallVec::new();
        for argument in arguments {
            if let Expression::Argument { name, value } = self.out.peek(*argument) {
                items.push(self.out.expression(Expression::Text(name)));
                items.push(value);
            } else if matches!(
                self.out.peek(*argument),
                Expression::Collection { kind: CollectionKind::Map, .. }
            ) {
                others.push(*argument);
            }
        }
        if others.is_empty() || !items.is_empty() {
            others.push(self.out.collection(CollectionKind::Map, &items));
        }
        self.out.either(&others)
    }

    /// The name in its own module of a function of the standard library whose result depends on
    /// its arguments.
    fn library_name(&mut self, function: Node<'t>) -> Option<&'s str> {
        match self.kind(function) {
            Kind::Identifier => self.typing.canonical(&[self.text(function)]),
            Kind::Attribute => {
                let object = self.field(function, self.grammar.object)?;
                let name = self.field(function, self.grammar.attribute)?;
                if self.kind(object) != Kind::Identifier {
                    return None;
                }
                self.typing.canonical(&[self.text(object), self.text(name)])
            }
            _ => None,
        }
    }

    /// What such a function gives.
    fn library_call(&mut self, canonical: &str, arguments: &Arguments) -> Option<ExpressionId> {
        let first = arguments.first().copied().unwrap_or(ExpressionId::UNKNOWN);
        let value = match canonical {
            "defaultdict" if first == ExpressionId::UNKNOWN => self.empty(CollectionKind::Map),
            "defaultdict" => {
                let made = self.out.call(first, &[]);
                self.out.collection(CollectionKind::Map, &[ExpressionId::UNKNOWN, made])
            }
            "OrderedDict" => self.dict_call(arguments),
            "Counter" => self.empty(CollectionKind::Map),
            "deque" if first == ExpressionId::UNKNOWN => self.empty(CollectionKind::List),
            "deque" | "islice" | "cycle" | "takewhile" | "dropwhile" => {
                let iterable = match canonical {
                    "takewhile" | "dropwhile" => *arguments.get(1)?,
                    _ => first,
                };
                self.collection_of_elements(CollectionKind::List, iterable)?
            }
            "chain" => {
                let mut elements = Arguments::new();
                for argument in arguments {
                    elements.push(self.element(*argument));
                }
                self.out.collection(CollectionKind::List, &elements)
            }
            // A function with some arguments given is still that function; a copy has the type of
            // the original; a task gives what its coroutine gives.
            "partial" | "partialmethod" | "update_wrapper" | "copy" | "deepcopy" | "replace"
            | "create_task" | "ensure_future" | "wait_for" | "shield" | "closing" => first,
            "run" if first != ExpressionId::UNKNOWN => {
                self.out.expression(Expression::Await(first))
            }
            _ => return None,
        };
        Some(value).filter(|value| *value != ExpressionId::UNKNOWN)
    }

    /// `cast(T, value)`: a value of the type that is written.
    fn cast(&mut self, list: Node<'t>) -> Option<ExpressionId> {
        let operands = self.children(list);
        let [class, _] = operands.as_slice() else { return None };
        let class = *class;
        // A type in quotes has no references yet; one that is an expression has.
        self.quiet = self.kind(class) != Kind::String;
        let class = self.type_expression(class);
        self.quiet = false;
        Some(self.instance_of(class)).filter(|value| *value != ExpressionId::UNKNOWN)
    }

    /// The constant name in the second argument of `getattr` and its kind.
    fn attribute_name(
        &mut self,
        list: Node<'t>,
        arguments: &Arguments,
    ) -> Option<(String, ByteRange)> {
        let Expression::Text(name) = self.out.peek(*arguments.get(1)?) else { return None };
        let node = self.children(list).get(1).copied()?;
        let text = self.out.name_text(name).to_owned();
        let named = !text.is_empty() && text.chars().all(|c| c == '_' || c.is_alphanumeric());
        (named && self.kind(node) == Kind::String).then(|| (text, Self::span(node)))
    }

    /// `getattr(object, "name"[, default])` reads a member.
    fn get_attribute(&mut self, list: Node<'t>, arguments: &Arguments) -> Option<ExpressionId> {
        let (name, span) = self.attribute_name(list, arguments)?;
        let member = self.out.member(arguments[0], &name);
        self.out.read_reference(&name, span, member);
        match arguments.get(2) {
            Some(default) if *default != self.constants.none => {
                Some(self.out.either(&[member, *default]))
            }
            _ => Some(member),
        }
    }

    /// `setattr(object, "name", value)` writes a member.
    fn set_attribute(&mut self, list: Node<'t>, arguments: &Arguments) {
        if let Some((name, span)) = self.attribute_name(list, arguments) {
            let member = self.out.member(arguments[0], &name);
            let value = arguments.get(2).copied();
            self.out.write_reference(&name, span, member, value, ReferenceFlags::empty());
        }
    }
}
