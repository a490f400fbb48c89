//! Calls, method calls, struct literals and closures.
//!
//! Some calls of the standard library are transparent: `Arc::new(e)`, `e.clone()`, `e.as_ref()`
//! have the value of `e` as far as members are concerned. They keep their call reference and give
//! the inner value. A closure that an iterator adapter takes is told what the adapter passes: one
//! element of the receiver. Closures are not items: what they do belongs to the function around.

use super::builtins::POINTERS;
use super::expressions::Values;
use super::kinds::{Field, Kind, child, kind};
use super::paths::is_type_name;
use super::patterns::known;
use super::tables::{ELEMENT_CLOSURES, MUTATING, PAIR_CLOSURES, SEEN_THROUGH};
use super::types::inner_type;
use super::walker::{Walker, children, first_child};
use crate::extract::builder::NewDefinition;
use crate::extract::range;
use qf_graph::facts::{
    BindingValue, ByteRange, CollectionKind, DefinitionFlags, Expression, ExpressionId,
    ParameterKind, ReferenceFlags, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

/// Methods of the `Result` that locking a standard mutex gives, not of what is locked.
const OF_RESULTS: &[&str] = &[
    "unwrap",
    "expect",
    "unwrap_or_else",
    "unwrap_or_default",
    "map_err",
    "map",
    "ok",
    "is_ok",
    "is_err",
    "and_then",
    "or_else",
    "await",
    "into_inner",
];

/// What a closure argument is known to be called with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hint {
    /// The value of the parameters at these positions (first, second).
    positions: [bool; 2],
    value: ExpressionId,
}

impl Hint {
    /// Nothing is known.
    pub(super) const NONE: Hint = Hint { positions: [false; 2], value: ExpressionId::UNKNOWN };

    fn at(self, position: usize) -> ExpressionId {
        if self.positions.get(position) == Some(&true) { self.value } else { ExpressionId::UNKNOWN }
    }
}

impl<'s> Walker<'s, '_> {
    pub(super) fn call_expression(&mut self, node: Node<'_>) -> ExpressionId {
        let Some(function) = child(node, Field::Function) else { return ExpressionId::UNKNOWN };
        let (callee, turbofish) = if kind(function) == Kind::GenericFunction {
            (child(function, Field::Function).unwrap_or(function), Some(function))
        } else {
            (function, None)
        };
        match kind(callee) {
            Kind::FieldExpression => self.method_call(node, callee, turbofish),
            Kind::Identifier | Kind::ScopedIdentifier => self.path_call(node, callee, turbofish),
            _ => self.value_call(node, callee),
        }
    }

    // ---- paths ---------------------------------------------------------------------------------------

    fn path_call(
        &mut self,
        node: Node<'_>,
        callee: Node<'_>,
        turbofish: Option<Node<'_>>,
    ) -> ExpressionId {
        let path = self.path(callee);
        let qualifier = self.qualifier(callee);
        let types = turbofish.map(|function| self.type_arguments(function)).unwrap_or_default();
        let in_memory = qualifier == "mem" && matches!(path.name, "take" | "replace" | "swap");
        let arguments = self.arguments(node, Hint::NONE, in_memory);
        let call = self.out.call(path.expression, &arguments);
        if path.name != "Self" {
            self.out.call_reference(path.name, path.span, call, ReferenceFlags::empty());
        }
        let first = arguments.first().copied().unwrap_or(ExpressionId::UNKNOWN);
        match (qualifier, path.name) {
            ("mem", "take" | "replace") => first,
            ("", "Some" | "Ok") | ("Poll", "Ready") => {
                self.out.collection(CollectionKind::List, &[first])
            }
            (pointer, "new" | "clone" | "pin" | "Borrowed" | "Owned" | "new_unchecked")
                if POINTERS.contains(&pointer) && !self.hides_library_type(pointer) =>
            {
                first
            }
            ("Mutex" | "RwLock" | "RefCell" | "Cell" | "OnceCell" | "OnceLock", "new" | "from")
                if !self.hides_library_type(qualifier) && !arguments.is_empty() =>
            {
                self.out.collection(CollectionKind::List, &[first])
            }
            ("serde_json" | "toml" | "serde_yaml", "from_str" | "from_slice" | "from_value")
                if !types.is_empty() =>
            {
                self.fallible(types.first().copied())
            }
            _ => self.with_types(call, &types),
        }
    }

    /// The value of a call whose type arguments are written.
    fn with_types(&mut self, call: ExpressionId, types: &[ExpressionId]) -> ExpressionId {
        if types.iter().all(|written| *written == ExpressionId::UNKNOWN) {
            return call;
        }
        self.out.generic(call, types)
    }

    /// The name before the last `::` of a path.
    fn qualifier(&self, node: Node<'_>) -> &'s str {
        let Some(base) = child(node, Field::Path) else { return "" };
        let base = match kind(base) {
            Kind::GenericType | Kind::GenericTypeWithTurbofish => {
                child(base, Field::Type).unwrap_or(base)
            }
            _ => base,
        };
        self.out.text(child(base, Field::Name).unwrap_or(base))
    }

    /// Something else is called: a field that holds a function, a call's result.
    fn value_call(&mut self, node: Node<'_>, callee: Node<'_>) -> ExpressionId {
        let value = self.expression(callee);
        let arguments = self.arguments(node, Hint::NONE, false);
        let call = self.out.call(value, &arguments);
        let mut inner = callee;
        while kind(inner) == Kind::ParenthesizedExpression {
            let Some(next) = first_child(inner) else { break };
            inner = next;
        }
        let name = match kind(inner) {
            Kind::FieldExpression => child(inner, Field::Member),
            Kind::Identifier => Some(inner),
            _ => None,
        };
        if let Some(name) = name {
            let text = self.out.text(name);
            self.out.call_reference(text, range(name), call, ReferenceFlags::empty());
        }
        call
    }

    // ---- methods -------------------------------------------------------------------------------------

    fn method_call(
        &mut self,
        node: Node<'_>,
        callee: Node<'_>,
        turbofish: Option<Node<'_>>,
    ) -> ExpressionId {
        let (Some(receiver), Some(method)) =
            (child(callee, Field::Value), child(callee, Field::Member))
        else {
            return ExpressionId::UNKNOWN;
        };
        let name = self.out.text(method);
        if MUTATING.binary_search(&name).is_ok()
            && let Some(target) = self.behind(receiver)
            && (target.id() != receiver.id() || kind(target) != Kind::Identifier || is_atomic(name))
        {
            self.in_place_target = Some(target.id());
        }
        let mut base = self.expression(receiver);
        self.in_place_target = None;
        if !OF_RESULTS.contains(&name) {
            base = self.unlocked(receiver, base);
        }
        let types = turbofish.map(|function| self.type_arguments(function)).unwrap_or_default();
        let hint = self.hint(base, name);
        let arguments = self.arguments(node, hint, false);
        let expression = self.out.member(base, name);
        let call = self.out.call(expression, &arguments);
        self.out.call_reference(name, range(method), call, ReferenceFlags::empty());
        let written = types.first().copied();
        match self.method_value(name, base, &arguments, written) {
            Some(value) => value,
            None => self.with_types(call, &types),
        }
    }

    /// The value behind a guard: `e.lock()` whose result is used as it is gives what is locked.
    pub(super) fn unlocked(&mut self, node: Node<'_>, value: ExpressionId) -> ExpressionId {
        if self.is_lock(node) { self.awaited(value) } else { value }
    }

    /// Whether a node is `e.lock()`, `e.read()` or `e.write()`.
    pub(super) fn is_lock(&self, node: Node<'_>) -> bool {
        if kind(node) != Kind::CallExpression {
            return false;
        }
        let method = child(node, Field::Function).and_then(|callee| child(callee, Field::Member));
        let locks = method.is_some_and(|method| {
            matches!(
                self.out.text(method),
                "lock"
                    | "read"
                    | "write"
                    | "lock_owned"
                    | "read_owned"
                    | "write_owned"
                    | "blocking_lock"
                    | "blocking_read"
                    | "blocking_write"
            )
        });
        locks
            && child(node, Field::Arguments)
                .is_some_and(|arguments| arguments.named_child_count() == 0)
    }

    /// What a method of the standard library gives, where its name and arguments tell.
    fn method_value(
        &mut self,
        name: &str,
        base: ExpressionId,
        arguments: &[ExpressionId],
        written: Option<ExpressionId>,
    ) -> Option<ExpressionId> {
        match name {
            "clone" | "cloned" | "copied" | "to_owned" | "as_ref" | "as_mut" | "as_deref"
            | "as_deref_mut" | "by_ref" | "borrow_and_update" | "unwrap_or_clone"
                if arguments.is_empty() && base != ExpressionId::UNKNOWN =>
            {
                Some(base)
            }
            "project" | "project_ref"
                if self.pin_projects && arguments.is_empty() && base != ExpressionId::UNKNOWN =>
            {
                Some(base)
            }
            "enumerate" if arguments.is_empty() => {
                let (number, element) = (self.builtin("int"), self.element(base));
                Some(self.pairs(number, element))
            }
            "zip" if arguments.len() == 1 => {
                let left = self.element(base);
                let right = self.element(arguments.first().copied()?);
                Some(self.pairs(left, right))
            }
            "collect" | "sum" | "product" => {
                let class = written?;
                let whole = match self.out.peek(class) {
                    Expression::Generic { arguments, .. } => (0..arguments.len).all(|index| {
                        self.out.item(arguments, index as usize) != ExpressionId::UNKNOWN
                    }),
                    Expression::Builtin(_) => name != "collect",
                    Expression::Unknown => false,
                    _ => true,
                };
                whole.then(|| self.instance_of(class))
            }
            "parse" | "downcast" | "downcast_ref" | "downcast_mut" | "json" | "try_into"
            | "get_one" | "remove_one" | "extract" => {
                written.map(|class| self.fallible(Some(class)))
            }
            "into" => written.map(|class| self.instance_of(class)),
            _ => None,
        }
    }

    fn pairs(&mut self, left: ExpressionId, right: ExpressionId) -> ExpressionId {
        let pair = self.out.collection(CollectionKind::Tuple, &[left, right]);
        self.out.collection(CollectionKind::List, &[pair])
    }

    /// A `Result` of a written type.
    fn fallible(&mut self, class: Option<ExpressionId>) -> ExpressionId {
        let base = self.builtin("Result");
        let class = class.unwrap_or(ExpressionId::UNKNOWN);
        let result = self.out.generic(base, &[class]);
        self.instance_of(result)
    }

    /// The field or static that a chain of accessors works on: `self.items` in
    /// `self.items.lock().unwrap()[0]`.
    pub(super) fn behind<'n>(&self, node: Node<'n>) -> Option<Node<'n>> {
        let mut at = node;
        for _ in 0..32 {
            at = match kind(at) {
                Kind::FieldExpression => return Some(at),
                Kind::Identifier => {
                    let name = self.out.text(at);
                    let fixed = name.len() > 1 && !name.contains(|c: char| c.is_lowercase());
                    return fixed.then_some(at);
                }
                Kind::ParenthesizedExpression
                | Kind::TryExpression
                | Kind::AwaitExpression
                | Kind::UnaryExpression
                | Kind::IndexExpression => first_child(at)?,
                Kind::ReferenceExpression => child(at, Field::Value)?,
                Kind::CallExpression => {
                    let function = child(at, Field::Function)?;
                    let method = child(function, Field::Member)?;
                    if SEEN_THROUGH.binary_search(&self.out.text(method)).is_err() {
                        return None;
                    }
                    child(function, Field::Value)?
                }
                _ => return None,
            };
        }
        None
    }

    fn hint(&mut self, base: ExpressionId, method: &str) -> Hint {
        let positions = if ELEMENT_CLOSURES.binary_search(&method).is_ok() {
            [true, false]
        } else if PAIR_CLOSURES.binary_search(&method).is_ok() {
            [true, true]
        } else if matches!(method, "fold" | "try_fold" | "scan") {
            [false, true]
        } else {
            return Hint::NONE;
        };
        Hint { positions, value: self.element(base) }
    }

    /// The values of a call's arguments. `in_place`: fields lent as `&mut x.f` are replaced.
    fn arguments(&mut self, call: Node<'_>, hint: Hint, in_place: bool) -> Values {
        let mut values = Values::new();
        let Some(list) = child(call, Field::Arguments) else { return values };
        for argument in children(list) {
            let value = match kind(argument) {
                Kind::AttributeItem => continue,
                Kind::ClosureExpression => self.closure(argument, hint),
                Kind::ReferenceExpression if in_place => {
                    self.in_place_target = self.behind(argument).map(|target| target.id());
                    self.expression(argument)
                }
                _ => self.expression(argument),
            };
            values.push(value);
        }
        values
    }

    // ---- closures ------------------------------------------------------------------------------------

    pub(super) fn closure(&mut self, node: Node<'_>, hint: Hint) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let start = node.start_byte() as u32;
        let mut flags = DefinitionFlags::empty();
        flags.set(DefinitionFlags::ASYNC, self.out.text(node).starts_with("async"));
        flags.set(DefinitionFlags::TEST, self.in_test);
        let id = self.out.define(&NewDefinition {
            name: "",
            kind: SymbolKind::Function,
            span: range(node),
            name_span: ByteRange { start, end: start },
            signature_end: 0,
            flags,
        });
        self.out.open_definition(id, ScopeKind::Function);
        let mark = self.mark_block();
        if let Some(parameters) = child(node, Field::Parameters) {
            for (position, parameter) in children(parameters).into_iter().enumerate() {
                self.closure_parameter(parameter, id, hint.at(position));
            }
        }
        if let Some(result) = child(node, Field::ReturnType) {
            let declared = self.type_expression(result);
            self.out.get_mut(id).declared_type = Some(declared);
        }
        let outer = self.returns_to.replace(id);
        if let Some(body) = child(node, Field::Body) {
            let value = self.expression(body);
            self.out.returns(id, value);
        }
        self.returns_to = outer;
        self.close_block(mark);
        self.out.close_definition();
        self.out.leave();
        self.out.expression(Expression::Function(id))
    }

    fn closure_parameter(
        &mut self,
        node: Node<'_>,
        function: qf_graph::facts::DefinitionId,
        passed: ExpressionId,
    ) {
        let at = node.start_byte() as u32;
        let typed = kind(node) == Kind::Parameter;
        let pattern = if typed { child(node, Field::Pattern) } else { Some(node) };
        let declared = if typed { child(node, Field::Type) } else { None };
        let declared = declared.map(|node| self.type_expression(node));
        let Some(pattern) = pattern else { return };
        let plain = kind(pattern) == Kind::Identifier;
        let name = if plain { self.out.text(pattern) } else { "" };
        let index = self.out.parameter(function, name, declared, None, ParameterKind::Plain, at);
        let value = match declared {
            Some(declared) if declared != ExpressionId::UNKNOWN => BindingValue::Typed(declared),
            _ => known(passed),
        };
        if !plain && value == BindingValue::Unknown {
            self.bind_pattern(pattern, BindingValue::Parameter { function, index });
        } else if !plain {
            self.bind_pattern(pattern, value);
        } else if value == BindingValue::Unknown || declared.is_some() {
            let scope = self.out.scope();
            self.note_local(name, scope);
        } else {
            self.bind_local(name, at, value);
        }
    }

    // ---- struct literals -----------------------------------------------------------------------------

    pub(super) fn struct_expression(&mut self, node: Node<'_>) -> ExpressionId {
        let Some(named) = child(node, Field::Name) else { return ExpressionId::UNKNOWN };
        let named = match kind(named) {
            Kind::GenericType | Kind::GenericTypeWithTurbofish => {
                self.type_arguments(named);
                inner_type(named).unwrap_or(named)
            }
            _ => named,
        };
        let variant = self.out.text(named).contains("::")
            && child(named, Field::Path).is_some_and(|path| {
                is_type_name(self.out.text(child(path, Field::Name).unwrap_or(path)))
            });
        let path = self.path(named);
        let mut arguments = Values::new();
        if let Some(body) = child(node, Field::Body) {
            for field in children(body) {
                self.initializer(field, path.expression, &mut arguments);
            }
        }
        let made = self.out.new_instance(path.expression, &arguments);
        if variant {
            self.read_path(path);
        } else {
            self.out.call_reference(path.name, path.span, made, ReferenceFlags::empty());
        }
        made
    }

    /// One field of a struct literal: it is written as the instance is made.
    fn initializer(&mut self, node: Node<'_>, class: ExpressionId, arguments: &mut Values) {
        let (name, value) = match kind(node) {
            Kind::ShorthandFieldInitializer => {
                let Some(name) =
                    children(node).into_iter().find(|node| kind(*node) == Kind::Identifier)
                else {
                    return;
                };
                (name, self.name_read(name))
            }
            Kind::FieldInitializer => {
                let Some(name) = child(node, Field::Member) else { return };
                let value = child(node, Field::Value)
                    .map_or(ExpressionId::UNKNOWN, |value| self.expression(value));
                (name, value)
            }
            _ => {
                if let Some(base) = first_child(node) {
                    self.expression(base);
                }
                return;
            }
        };
        let text = self.out.text(name);
        if class != ExpressionId::UNKNOWN {
            let member = self.out.member(class, text);
            let written = Some(value).filter(|value| *value != ExpressionId::UNKNOWN);
            let flags = ReferenceFlags::INITIALIZER;
            self.out.write_reference(text, range(name), member, written, flags);
        }
        arguments.push(self.out.argument(text, value));
    }
}

/// Methods by which a shared static itself is changed; `NAME.replace(…)` of a constant gives another.
fn is_atomic(method: &str) -> bool {
    matches!(method, "store" | "swap")
        || method.starts_with("fetch_")
        || method.starts_with("compare_exchange")
}
