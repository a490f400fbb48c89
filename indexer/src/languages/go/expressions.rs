//! Expressions, calls and assignments.

use super::types::predeclared_type;
use super::{Kind, Walk};
use crate::extract::range;
use qf_graph::facts::{BindingValue, Expression, ExpressionId, ReferenceFlags};
use smallvec::SmallVec;
use tree_sitter::Node;

/// Methods of standard types that change their receiver.
const MUTATING_METHODS: &[&str] = &[
    "CompareAndSwap",
    "InsertAfter",
    "InsertBefore",
    "LoadAndDelete",
    "LoadOrStore",
    "MoveToBack",
    "MoveToFront",
    "PushBack",
    "PushBackList",
    "PushFront",
    "PushFrontList",
    "Store",
    "Swap",
    "WriteByte",
    "WriteRune",
    "WriteString",
];

type Arguments = SmallVec<[ExpressionId; 8]>;

impl<'s, 't> Walk<'_, 's, 't> {
    /// Lowers an expression that stands in value position.
    pub(super) fn expression(&mut self, node: Node<'t>) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let lowered = self.lower(node);
        self.out.leave();
        lowered
    }

    fn expression_in(&mut self, node: Node<'t>, field: u16) -> ExpressionId {
        self.field(node, field).map_or(ExpressionId::UNKNOWN, |inner| self.expression(inner))
    }

    fn lower(&mut self, node: Node<'t>) -> ExpressionId {
        match self.kind(node) {
            Kind::Identifier => self.identifier(node),
            Kind::SelectorExpression => {
                let (member, name) = self.selector(node);
                if let Some(name) = name {
                    self.out.read_reference(self.text(name), range(name), member);
                }
                member
            }
            Kind::CallExpression => self.call(node),
            Kind::CompositeLiteral => self.composite_literal(node),
            Kind::FuncLiteral => {
                let id = self.function_literal(node, None);
                self.out.expression(Expression::Function(id))
            }
            Kind::InterpretedStringLiteral | Kind::RawStringLiteral => self.string_literal(node),
            Kind::IntLiteral | Kind::RuneLiteral | Kind::Iota => self.builtin("int"),
            Kind::FloatLiteral => self.builtin("float"),
            Kind::ImaginaryLiteral => self.builtin("complex"),
            Kind::True | Kind::False => self.builtin("bool"),
            Kind::UnaryExpression => self.unary(node),
            Kind::BinaryExpression => self.binary(node),
            Kind::IndexExpression => {
                let base = self.expression_in(node, self.fields.operand);
                let index = self.expression_in(node, self.fields.index);
                self.out.expression(Expression::Index { base, index })
            }
            Kind::SliceExpression => self.slice(node),
            Kind::TypeAssertionExpression => {
                self.expression_in(node, self.fields.operand);
                self.instance_of(node)
            }
            Kind::TypeConversionExpression => self.conversion(node),
            Kind::ParenthesizedExpression | Kind::VariadicArgument => {
                node.named_child(0).map_or(ExpressionId::UNKNOWN, |inner| self.expression(inner))
            }
            Kind::TypeInstantiationExpression => {
                self.type_arguments(node);
                let written = self.field(node, self.fields.written_type);
                written.map_or(ExpressionId::UNKNOWN, |written| self.expression(written))
            }
            Kind::LiteralElement => {
                node.named_child(0).map_or(ExpressionId::UNKNOWN, |inner| self.expression(inner))
            }
            Kind::SliceType
            | Kind::ArrayType
            | Kind::MapType
            | Kind::ChannelType
            | Kind::PointerType
            | Kind::FunctionType
            | Kind::StructType
            | Kind::InterfaceType
            | Kind::QualifiedType
            | Kind::GenericType
            | Kind::TypeIdentifier => {
                self.type_expression(node);
                ExpressionId::UNKNOWN
            }
            Kind::Nil | Kind::Comment => ExpressionId::UNKNOWN,
            // Broken code: what can be read of it is read.
            _ => {
                self.expressions_inside(node);
                ExpressionId::UNKNOWN
            }
        }
    }

    fn expressions_inside(&mut self, node: Node<'t>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.expression(child);
        }
    }

    fn instance_of(&mut self, node: Node<'t>) -> ExpressionId {
        let Some(written) = self.field(node, self.fields.written_type) else {
            return ExpressionId::UNKNOWN;
        };
        let lowered = self.type_expression(written);
        self.out.expression(Expression::InstanceOf(lowered))
    }

    fn type_arguments(&mut self, node: Node<'t>) {
        let written = self.field(node, self.fields.written_type);
        let mut cursor = node.walk();
        for argument in node.named_children(&mut cursor) {
            if Some(argument) != written {
                self.type_expression(argument);
            }
        }
    }

    fn identifier(&mut self, node: Node<'t>) -> ExpressionId {
        let name = self.text(node);
        if name == "_" {
            return ExpressionId::UNKNOWN;
        }
        let expression = self.out.name_expression(name);
        if self.locals.find(name).is_none() && !self.packages.contains(name) {
            self.out.read_reference(name, range(node), expression);
        }
        expression
    }

    /// `base.name` without a reference to it, and the node of the name.
    fn selector(&mut self, node: Node<'t>) -> (ExpressionId, Option<Node<'t>>) {
        let base = self.expression_in(node, self.fields.operand);
        let Some(name) = self.field(node, self.fields.field) else {
            return (ExpressionId::UNKNOWN, None);
        };
        (self.out.member(base, self.text(name)), Some(name))
    }

    fn operator(&self, node: Node<'t>) -> &'s str {
        self.field(node, self.fields.operator).map_or("", |operator| self.text(operator))
    }

    fn unary(&mut self, node: Node<'t>) -> ExpressionId {
        let operand = self.expression_in(node, self.fields.operand);
        match self.operator(node) {
            "<-" => self.out.expression(Expression::Element(operand)),
            "!" => self.builtin("bool"),
            _ => operand,
        }
    }

    fn binary(&mut self, node: Node<'t>) -> ExpressionId {
        let left = self.expression_in(node, self.fields.left);
        let right = self.expression_in(node, self.fields.right);
        match self.operator(node) {
            "+" if self.is_text(left) || self.is_text(right) => {
                self.out.concat(&[left, right], range(node))
            }
            "==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||" => self.builtin("bool"),
            _ if matches!(self.out.peek(left), Expression::Builtin(_)) => left,
            _ => ExpressionId::UNKNOWN,
        }
    }

    fn is_text(&self, id: ExpressionId) -> bool {
        matches!(self.out.peek(id), Expression::Text(_) | Expression::Concat(_))
    }

    /// A part of a list is a list, a part of a string a string.
    fn slice(&mut self, node: Node<'t>) -> ExpressionId {
        let operand = self.field(node, self.fields.operand);
        let mut base = ExpressionId::UNKNOWN;
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            let lowered = self.expression(child);
            if Some(child) == operand {
                base = lowered;
            }
        }
        if self.is_text(base) { self.builtin("str") } else { base }
    }

    // ---- calls -----------------------------------------------------------------------------------

    fn call(&mut self, node: Node<'t>) -> ExpressionId {
        let Some(function) = self.field(node, self.fields.function) else {
            self.expressions_inside(node);
            return ExpressionId::UNKNOWN;
        };
        if let Some(types) = self.field(node, self.fields.type_arguments) {
            let mut cursor = types.walk();
            for argument in types.named_children(&mut cursor) {
                self.type_expression(argument);
            }
        }
        match self.kind(function) {
            Kind::Identifier => self.call_of_name(node, function),
            Kind::SelectorExpression => self.call_of_member(node, function),
            Kind::ParenthesizedExpression => self.call_of_parenthesized(node, function),
            _ => self.call_of_value(node, function),
        }
    }

    fn arguments(&mut self, node: Node<'t>) -> Arguments {
        let mut arguments = Arguments::new();
        if let Some(list) = self.field(node, self.fields.arguments) {
            let mut cursor = list.walk();
            for argument in list.named_children(&mut cursor) {
                if self.kind(argument) != Kind::Comment {
                    arguments.push(self.expression(argument));
                }
            }
        }
        arguments
    }

    fn argument_node(&self, node: Node<'t>, position: u32) -> Option<Node<'t>> {
        self.field(node, self.fields.arguments)?.named_child(position)
    }

    fn call_of_name(&mut self, node: Node<'t>, function: Node<'t>) -> ExpressionId {
        let name = self.text(function);
        if self.locals.find(name).is_none() {
            if self.declared.contains_key(name) {
                let lowered = self.type_expression(function);
                self.arguments(node);
                return self.out.expression(Expression::InstanceOf(lowered));
            }
            if let Some(value) = self.predeclared_call(node, function, name) {
                return value;
            }
        }
        let callee = self.out.name_expression(name);
        let arguments = self.arguments(node);
        self.finish_call(callee, function, &arguments)
    }

    fn finish_call(
        &mut self,
        callee: ExpressionId,
        name: Node<'t>,
        arguments: &[ExpressionId],
    ) -> ExpressionId {
        let call = self.out.call(callee, arguments);
        self.out.call_reference(self.text(name), range(name), call, ReferenceFlags::empty());
        call
    }

    /// Functions and conversions of the language itself; `None` when `name` is none of them.
    fn predeclared_call(
        &mut self,
        node: Node<'t>,
        function: Node<'t>,
        name: &'s str,
    ) -> Option<ExpressionId> {
        if let Some(builtin) = predeclared_type(name) {
            let arguments = self.arguments(node);
            // A text stays that text.
            if let (true, Some(only)) = (builtin == "str", arguments.first())
                && self.is_text(*only)
            {
                return Some(*only);
            }
            return Some(self.builtin(builtin));
        }
        let value = match name {
            "make" | "new" => return Some(self.allocation(node, function, name)),
            "len" | "cap" | "copy" => self.builtin("int"),
            "append" | "min" | "max" | "delete" | "clear" | "panic" | "print" | "println"
            | "recover" | "close" | "complex" | "real" | "imag" => ExpressionId::UNKNOWN,
            _ => return None,
        };
        let callee = self.out.name_expression(name);
        let arguments = self.arguments(node);
        self.finish_call(callee, function, &arguments);
        let changed = match name {
            "delete" => ReferenceFlags::ELEMENT | ReferenceFlags::DELETE,
            "clear" | "copy" => ReferenceFlags::IN_PLACE,
            _ => ReferenceFlags::empty(),
        };
        if !changed.is_empty() {
            self.write_argument(node, arguments.first().copied(), changed);
        }
        Some(match name {
            "append" | "min" | "max" => arguments.first().copied().unwrap_or(value),
            _ => value,
        })
    }

    /// `new(T)` makes a `T`, `make(T, …)` an empty list, map or channel.
    fn allocation(&mut self, node: Node<'t>, function: Node<'t>, name: &'s str) -> ExpressionId {
        let written = self.argument_node(node, 0);
        let made = written.and_then(|written| self.type_name(written));
        if let (true, Some(made)) = (name == "new", made) {
            let quiet = std::mem::replace(&mut self.quiet, true);
            let class =
                written.map_or(ExpressionId::UNKNOWN, |written| self.type_expression(written));
            self.quiet = quiet;
            let value = self.out.new_instance(class, &[]);
            self.out.call_reference(self.text(made), range(made), value, ReferenceFlags::empty());
            return value;
        }
        let lowered =
            written.map_or(ExpressionId::UNKNOWN, |written| self.type_expression(written));
        if let Some(list) = self.field(node, self.fields.arguments) {
            let mut cursor = list.walk();
            for argument in list.named_children(&mut cursor).skip(1) {
                self.expression(argument);
            }
        }
        let callee = self.out.name_expression(name);
        self.finish_call(callee, function, &[]);
        self.out.expression(Expression::InstanceOf(lowered))
    }

    /// The first argument is changed by the call: `delete(s.sessions, id)`, `sort.Ints(s.ids)`.
    fn write_argument(
        &mut self,
        node: Node<'t>,
        lowered: Option<ExpressionId>,
        flags: ReferenceFlags,
    ) {
        let (Some(mut target), Some(lowered)) = (self.argument_node(node, 0), lowered) else {
            return;
        };
        while self.kind(target) == Kind::UnaryExpression {
            let Some(operand) = self.field(target, self.fields.operand) else { return };
            target = operand;
        }
        self.write_lowered(target, lowered, flags);
    }

    fn write_lowered(&mut self, target: Node<'t>, lowered: ExpressionId, flags: ReferenceFlags) {
        let name = match self.kind(target) {
            Kind::SelectorExpression => self.field(target, self.fields.field),
            Kind::Identifier if self.locals.find(self.text(target)).is_none() => Some(target),
            _ => None,
        };
        if let Some(name) = name {
            self.out.write_reference(self.text(name), range(name), lowered, None, flags);
        }
    }

    fn call_of_member(&mut self, node: Node<'t>, function: Node<'t>) -> ExpressionId {
        let (callee, name) = self.selector(function);
        let arguments = self.arguments(node);
        let Some(name) = name else { return ExpressionId::UNKNOWN };
        let call = self.finish_call(callee, name, &arguments);
        let text = self.text(name);
        let operand = self.field(function, self.fields.operand);
        let package = operand
            .filter(|operand| self.kind(*operand) == Kind::Identifier)
            .map(|operand| self.text(operand))
            .filter(|package| self.packages.contains(package));
        if let Some(package) = package {
            return self.standard_call(node, package, text, &arguments).unwrap_or(call);
        }
        if MUTATING_METHODS.binary_search(&text).is_ok()
            && let (Some(operand), Expression::Member { base, .. }) =
                (operand, self.out.peek(callee))
        {
            self.write_lowered(operand, base, ReferenceFlags::IN_PLACE);
        }
        call
    }

    /// What some functions of the standard library mean for values: formatted texts, and
    /// functions that change what they are given.
    fn standard_call(
        &mut self,
        node: Node<'t>,
        package: &'s str,
        name: &'s str,
        arguments: &[ExpressionId],
    ) -> Option<ExpressionId> {
        match (package, name) {
            ("fmt", "Sprintf") => return self.formatted(node, arguments),
            ("fmt", "Sprint") => return Some(self.out.concat(arguments, range(node))),
            ("sort", _) if name != "Search" => {
                self.write_argument(node, arguments.first().copied(), ReferenceFlags::IN_PLACE);
            }
            ("slices", "Sort" | "SortFunc" | "SortStableFunc" | "Reverse") => {
                self.write_argument(node, arguments.first().copied(), ReferenceFlags::IN_PLACE);
            }
            ("atomic", _) if !name.starts_with("Load") => {
                self.write_argument(node, arguments.first().copied(), ReferenceFlags::AUGMENTED);
            }
            _ => {}
        }
        None
    }

    /// `fmt.Sprintf("/users/%d", id)` as texts and holes.
    fn formatted(&mut self, node: Node<'t>, arguments: &[ExpressionId]) -> Option<ExpressionId> {
        let Expression::Text(format) = self.out.peek(*arguments.first()?) else { return None };
        let format = self.out.name_text(format).to_owned();
        let mut pieces = Vec::new();
        let mut holes = arguments.iter().skip(1);
        let mut text = String::new();
        let mut characters = format.chars().peekable();
        while let Some(character) = characters.next() {
            if character != '%' {
                text.push(character);
                continue;
            }
            let verb = characters.find(|c| c.is_ascii_alphabetic() || *c == '%');
            if verb == Some('%') {
                text.push('%');
                continue;
            }
            if !text.is_empty() || pieces.is_empty() {
                let name = self.out.name(&text);
                pieces.push(self.out.expression(Expression::Text(name)));
                text.clear();
            }
            pieces.push(holes.next().copied().unwrap_or(ExpressionId::UNKNOWN));
        }
        if !text.is_empty() || pieces.is_empty() {
            let name = self.out.name(&text);
            pieces.push(self.out.expression(Expression::Text(name)));
        }
        Some(self.out.concat(&pieces, range(node)))
    }

    /// `(*T)(x)` converts, `(f)(x)` calls.
    fn call_of_parenthesized(&mut self, node: Node<'t>, function: Node<'t>) -> ExpressionId {
        let inner = function.named_child(0);
        let pointer = inner.is_some_and(|inner| {
            self.kind(inner) == Kind::UnaryExpression && self.operator(inner) == "*"
        });
        if !pointer {
            return self.call_of_value(node, function);
        }
        let lowered = inner.map_or(ExpressionId::UNKNOWN, |inner| self.type_expression(inner));
        self.arguments(node);
        self.out.expression(Expression::InstanceOf(lowered))
    }

    /// `[]byte(x)` converts. What looks like the conversion to a generic type, `a[b](x)`, may
    /// as well be the call of an element or of a generic function; only the names tell.
    fn conversion(&mut self, node: Node<'t>) -> ExpressionId {
        let written = self.field(node, self.fields.written_type);
        let generic = written.filter(|written| self.kind(*written) == Kind::GenericType);
        let name = generic.and_then(|generic| self.type_name(generic));
        let (Some(generic), Some(name)) = (generic, name) else {
            self.expression_in(node, self.fields.operand);
            return self.instance_of(node);
        };
        if self.declared.contains_key(self.text(name)) {
            self.expression_in(node, self.fields.operand);
            return self.instance_of(node);
        }
        let base = self.field(generic, self.fields.written_type);
        let arguments = self.field(generic, self.fields.type_arguments);
        let (Some(base), Some(arguments)) = (base, arguments) else {
            return ExpressionId::UNKNOWN;
        };
        let index = arguments.named_child(0).and_then(|element| element.named_child(0));
        let element = self.is_local_value(base) || index.is_some_and(|i| self.is_local_value(i));
        let mut callee = self.name_or_selection(base, element);
        if element {
            let index = index.map_or(ExpressionId::UNKNOWN, |i| self.name_or_selection(i, true));
            callee = self.out.expression(Expression::Index { base: callee, index });
        } else {
            let mut cursor = arguments.walk();
            for argument in arguments.named_children(&mut cursor) {
                self.type_expression(argument);
            }
        }
        let argument = self.expression_in(node, self.fields.operand);
        self.finish_call(callee, name, &[argument])
    }

    /// Whether a name that the grammar took for a type begins with a local variable. Type
    /// parameters are locals too, but are written with a capital.
    fn is_local_value(&self, node: Node<'t>) -> bool {
        let text = self.text(node);
        let first = text.split('.').next().unwrap_or(text);
        first.starts_with(|c: char| c.is_lowercase() || c == '_')
            && self.locals.find(first).is_some()
    }

    /// Lowers a name or selection that the grammar took for a type.
    fn name_or_selection(&mut self, node: Node<'t>, read: bool) -> ExpressionId {
        if self.kind(node) != Kind::QualifiedType {
            let name = self.text(node);
            let expression = self.out.name_expression(name);
            if read && self.locals.find(name).is_none() {
                self.out.read_reference(name, range(node), expression);
            }
            return expression;
        }
        let package = self.field(node, self.fields.package);
        let name = self.field(node, self.fields.name);
        let (Some(package), Some(name)) = (package, name) else { return ExpressionId::UNKNOWN };
        let base = self.out.name_expression(self.text(package));
        let member = self.out.member(base, self.text(name));
        if read {
            self.out.read_reference(self.text(name), range(name), member);
        }
        member
    }

    /// The called value is an element, the result of a call, or a literal.
    fn call_of_value(&mut self, node: Node<'t>, function: Node<'t>) -> ExpressionId {
        let callee = self.expression(function);
        let arguments = self.arguments(node);
        let call = self.out.call(callee, &arguments);
        let name = match self.kind(function) {
            Kind::IndexExpression => self.field(function, self.fields.operand),
            Kind::TypeInstantiationExpression => self.field(function, self.fields.written_type),
            _ => None,
        };
        let name = name.and_then(|name| match self.kind(name) {
            Kind::SelectorExpression => self.field(name, self.fields.field),
            Kind::Identifier | Kind::TypeIdentifier => Some(name),
            _ => None,
        });
        if let Some(name) = name {
            self.out.call_reference(self.text(name), range(name), call, ReferenceFlags::empty());
        }
        call
    }

    // ---- assignments -----------------------------------------------------------------------------

    /// The entries of an `expression_list` in a field.
    pub(super) fn value_nodes(&self, node: Node<'t>, field: u16) -> Vec<Node<'t>> {
        let Some(list) = self.field(node, field) else { return Vec::new() };
        if self.kind(list) != Kind::ExpressionList {
            return vec![list];
        }
        let mut cursor = list.walk();
        list.named_children(&mut cursor)
            .filter(|child| self.kind(*child) != Kind::Comment)
            .collect()
    }

    /// One value for each of `count` names: pairwise, or the parts of the only value.
    pub(super) fn values(&mut self, nodes: &[Node<'t>], count: usize) -> Arguments {
        let (Some(first), true) = (nodes.first(), nodes.len() == 1 && count > 1) else {
            return nodes.iter().map(|node| self.expression(*node)).collect();
        };
        let value = self.expression(*first);
        let mut source = *first;
        while self.kind(source) == Kind::ParenthesizedExpression {
            let Some(inner) = source.named_child(0) else { break };
            source = inner;
        }
        if matches!(
            self.kind(source),
            Kind::TypeAssertionExpression | Kind::IndexExpression | Kind::UnaryExpression
        ) {
            // `v, ok := x.(T)`, `v, ok := m[k]`, `v, ok := <-c`
            let ok = self.builtin("bool");
            return Arguments::from_slice(&[value, ok]);
        }
        (0..count.min(u16::MAX as usize))
            .map(|index| self.out.expression(Expression::Part { base: value, index: index as u16 }))
            .collect()
    }

    pub(super) fn short_declaration(&mut self, node: Node<'t>) {
        let names = self.value_nodes(node, self.fields.left);
        let values = self.value_nodes(node, self.fields.right);
        let values = self.values(&values, names.len());
        for (position, name) in names.iter().enumerate() {
            let value = values.get(position).copied().unwrap_or(ExpressionId::UNKNOWN);
            self.bind_local(*name, value);
        }
    }

    /// Declares a local name with its value in the innermost scope.
    pub(super) fn bind_local(&mut self, name: Node<'t>, value: ExpressionId) {
        let text = self.text(name);
        if self.kind(name) != Kind::Identifier || text == "_" {
            return;
        }
        let scope = self.out.scope_from_here(text, self.locals.find(text));
        self.declare(text, scope);
        let value = if value == ExpressionId::UNKNOWN {
            BindingValue::Unknown
        } else {
            BindingValue::Value(value)
        };
        self.out.bind(scope, text, name.start_byte() as u32, value);
    }

    pub(super) fn assignment(&mut self, node: Node<'t>) {
        let targets = self.value_nodes(node, self.fields.left);
        let sources = self.value_nodes(node, self.fields.right);
        let values = self.values(&sources, targets.len());
        let augmented = self.operator(node) != "=";
        for (position, target) in targets.iter().enumerate() {
            let value = values.get(position).copied().unwrap_or(ExpressionId::UNKNOWN);
            let appended = sources.len() == targets.len()
                && sources.get(position).is_some_and(|source| self.appends_to(*source, *target));
            let mut flags = ReferenceFlags::empty();
            // `x = append(x, …)` reads and writes at once.
            flags.set(ReferenceFlags::AUGMENTED, augmented || appended);
            self.assign(*target, value, flags);
        }
    }

    /// Whether `source` is `append(target, …)`.
    fn appends_to(&self, source: Node<'t>, target: Node<'t>) -> bool {
        self.kind(source) == Kind::CallExpression
            && self.field(source, self.fields.function).is_some_and(|f| self.text(f) == "append")
            && self
                .argument_node(source, 0)
                .is_some_and(|first| self.text(first) == self.text(target))
    }

    /// `x++` and `x--`.
    pub(super) fn step(&mut self, node: Node<'t>) {
        if let Some(target) = node.named_child(0) {
            let value = self.builtin("int");
            self.assign(target, value, ReferenceFlags::AUGMENTED);
        }
    }

    pub(super) fn assign(&mut self, target: Node<'t>, value: ExpressionId, flags: ReferenceFlags) {
        match self.kind(target) {
            Kind::Identifier => self.assign_name(target, value, flags),
            Kind::SelectorExpression => {
                let (member, name) = self.selector(target);
                if let Some(name) = name {
                    self.out.write_reference(
                        self.text(name),
                        range(name),
                        member,
                        Some(value),
                        flags,
                    );
                }
            }
            Kind::IndexExpression => {
                self.expression_in(target, self.fields.index);
                let mut base = self.field(target, self.fields.operand);
                while let Some(inner) = base.filter(|b| self.kind(*b) == Kind::IndexExpression) {
                    self.expression_in(inner, self.fields.index);
                    base = self.field(inner, self.fields.operand);
                }
                if let Some(base) = base {
                    self.assign_element(base, value, flags | ReferenceFlags::ELEMENT);
                }
            }
            Kind::ParenthesizedExpression => {
                if let Some(inner) = target.named_child(0).filter(|inner| self.out.enter(*inner)) {
                    self.assign(inner, value, flags);
                    self.out.leave();
                }
            }
            // `*p = v` changes what p points to, which has no name here.
            _ => {
                self.expression(target);
            }
        }
    }

    fn assign_element(&mut self, base: Node<'t>, value: ExpressionId, flags: ReferenceFlags) {
        match self.kind(base) {
            Kind::Identifier if self.locals.find(self.text(base)).is_some() => {}
            Kind::Identifier | Kind::SelectorExpression | Kind::ParenthesizedExpression => {
                self.assign(base, value, flags);
            }
            _ => {
                self.expression(base);
            }
        }
    }

    fn assign_name(&mut self, target: Node<'t>, value: ExpressionId, flags: ReferenceFlags) {
        let name = self.text(target);
        if name == "_" {
            return;
        }
        if let Some(scope) = self.locals.find(name) {
            if value != ExpressionId::UNKNOWN && flags.is_empty() {
                let at = target.start_byte() as u32;
                self.out.bind(scope, name, at, BindingValue::Value(value));
            }
            return;
        }
        let expression = self.out.name_expression(name);
        self.out.write_reference(name, range(target), expression, Some(value), flags);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::MUTATING_METHODS.is_sorted());
    }
}
