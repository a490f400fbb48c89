//! Expressions other than calls, and assignments.

use super::{Kind, Walk};
use crate::extract::range;
use qf_graph::facts::{BindingValue, CollectionKind, Expression, ExpressionId, ReferenceFlags};
use tree_sitter::Node;

/// Items of an array past this many are walked but not listed.
const MAX_ITEMS: usize = 256;

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

    pub(super) fn expression_in(&mut self, node: Node<'t>, field: u16) -> ExpressionId {
        self.field(node, field).map_or(ExpressionId::UNKNOWN, |inner| self.expression(inner))
    }

    fn lower(&mut self, node: Node<'t>) -> ExpressionId {
        match self.kind(node) {
            Kind::Identifier => self.identifier(node),
            Kind::FieldAccess => self.field_access(node),
            Kind::MethodInvocation => self.method_invocation(node),
            Kind::ObjectCreationExpression => self.object_creation(node),
            Kind::MethodReference => self.method_reference(node),
            Kind::LambdaExpression => self.lambda(node, None),
            Kind::This => {
                let scope = self.out.scope();
                self.out.expression(Expression::This(scope))
            }
            Kind::Super => {
                let scope = self.out.scope();
                self.out.expression(Expression::Super(scope))
            }
            Kind::StringLiteral => self.string_literal(node),
            Kind::CharacterLiteral => self.builtin("char"),
            Kind::DecimalIntegerLiteral
            | Kind::HexIntegerLiteral
            | Kind::OctalIntegerLiteral
            | Kind::BinaryIntegerLiteral => {
                let long = self.text(node).ends_with(['l', 'L']);
                self.builtin(if long { "long" } else { "int" })
            }
            Kind::DecimalFloatingPointLiteral | Kind::HexFloatingPointLiteral => {
                let float = self.text(node).ends_with(['f', 'F']);
                self.builtin(if float { "float" } else { "double" })
            }
            Kind::True | Kind::False => self.builtin("bool"),
            Kind::ParenthesizedExpression => {
                let mut cursor = node.walk();
                let inner = node.named_children(&mut cursor).find(|child| !self.is_comment(*child));
                inner.map_or(ExpressionId::UNKNOWN, |inner| self.expression(inner))
            }
            Kind::AssignmentExpression => self.assignment(node),
            Kind::UpdateExpression => self.update(node),
            Kind::UnaryExpression => {
                let operand = self.expression_in(node, self.fields.operand);
                if self.operator(node) == "!" { self.builtin("bool") } else { operand }
            }
            Kind::BinaryExpression => self.binary(node),
            Kind::TernaryExpression => {
                self.expression_in(node, self.fields.condition);
                let first = self.expression_in(node, self.fields.consequence);
                let second = self.expression_in(node, self.fields.alternative);
                self.out.either(&[first, second])
            }
            Kind::CastExpression => self.cast(node),
            Kind::InstanceofExpression => self.instance_test(node),
            Kind::ArrayAccess => {
                let base = self.expression_in(node, self.fields.array);
                let index = self.expression_in(node, self.fields.index);
                self.out.expression(Expression::Index { base, index })
            }
            Kind::ArrayCreationExpression => self.array_creation(node),
            Kind::ArrayInitializer | Kind::ElementValueArrayInitializer => self.array_items(node),
            Kind::ClassLiteral => {
                let lowered = self.types_inside(node);
                let class = self.builtin("Class");
                let class = self.out.generic(class, &[lowered]);
                self.out.expression(Expression::InstanceOf(class))
            }
            Kind::SwitchExpression => self.switch(node),
            Kind::Annotation | Kind::MarkerAnnotation => self.annotation(node),
            Kind::NullLiteral | Kind::LineComment | Kind::BlockComment => ExpressionId::UNKNOWN,
            // Broken code, and forms that hold nothing but expressions.
            _ => {
                let mut cursor = node.walk();
                for child in node.named_children(&mut cursor) {
                    self.expression(child);
                }
                ExpressionId::UNKNOWN
            }
        }
    }

    /// A bare name: a local, a field, a type before a dot, or a constant.
    fn identifier(&mut self, node: Node<'t>) -> ExpressionId {
        let name = self.text(node);
        let expression = self.out.name_expression(name);
        if self.locals.find(name).is_some() {
            return expression;
        }
        let is_type = !self.known_fields.contains_key(name)
            && name.starts_with(|c: char| c.is_uppercase())
            && (name.len() == 1 || name.contains(|c: char| c.is_lowercase()));
        if is_type || self.declared.contains(name) {
            self.out.type_reference(name, range(node), expression);
        } else {
            self.out.read_reference(name, range(node), expression);
        }
        expression
    }

    fn field_access(&mut self, node: Node<'t>) -> ExpressionId {
        let (expression, name) = self.selection(node);
        if let Some(name) = name {
            self.out.read_reference(self.text(name), range(name), expression);
        }
        expression
    }

    /// `object.name` without a reference to it, and the node of the name. No name when it is a
    /// type written with its package, or `Outer.this`.
    fn selection(&mut self, node: Node<'t>) -> (ExpressionId, Option<Node<'t>>) {
        let object = self.field(node, self.fields.object);
        let name = self.field(node, self.fields.field);
        let (Some(object), Some(name)) = (object, name) else {
            return (ExpressionId::UNKNOWN, None);
        };
        if self.kind(name) == Kind::This {
            let lowered = self.type_expression(object);
            return (self.out.expression(Expression::InstanceOf(lowered)), None);
        }
        let text = self.text(name);
        if text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.contains(|c: char| c.is_lowercase())
            && matches!(self.kind(object), Kind::Identifier | Kind::FieldAccess)
            && let Some(qualified) = self.qualified_name(node, self.text(node))
        {
            return (qualified, None);
        }
        let base = self.expression(object);
        (self.out.member(base, text), Some(name))
    }

    pub(super) fn operator(&self, node: Node<'t>) -> &'s str {
        self.field(node, self.fields.operator).map_or("", |operator| self.text(operator))
    }

    fn is_text(&self, id: ExpressionId) -> bool {
        matches!(self.out.peek(id), Expression::Text(_) | Expression::Concat(_))
    }

    fn binary(&mut self, node: Node<'t>) -> ExpressionId {
        let left = self.expression_in(node, self.fields.left);
        let right = self.expression_in(node, self.fields.right);
        match self.operator(node) {
            "+" if self.is_text(left) || self.is_text(right) => {
                self.out.concat(&[left, right], range(node))
            }
            "==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||" => self.builtin("bool"),
            operator => self.arithmetic(operator, left, right),
        }
    }

    /// Numbers in, the wider number out.
    fn arithmetic(
        &mut self,
        operator: &str,
        left: ExpressionId,
        right: ExpressionId,
    ) -> ExpressionId {
        let rank = |id| match self.out.peek(id) {
            Expression::Builtin(name) => match self.out.name_text(name) {
                "byte" | "short" | "char" | "int" => Some(0),
                "long" => Some(1),
                "float" => Some(2),
                "double" => Some(3),
                _ => None,
            },
            _ => None,
        };
        let shift = matches!(operator, "<<" | ">>" | ">>>");
        match (rank(left), rank(right)) {
            (Some(left), _) if shift => self.builtin(["int", "long"][left.min(1)]),
            (Some(left), Some(right)) => {
                self.builtin(["int", "long", "float", "double"][left.max(right)])
            }
            // Nothing is wider.
            (Some(3), _) | (_, Some(3)) => self.builtin("double"),
            _ => ExpressionId::UNKNOWN,
        }
    }

    fn cast(&mut self, node: Node<'t>) -> ExpressionId {
        let lowered = self
            .field(node, self.fields.written_type)
            .map_or(ExpressionId::UNKNOWN, |written| self.type_expression(written));
        let value = self.expression_in(node, self.fields.value);
        if let Expression::Function(_) = self.out.peek(value) {
            return value;
        }
        self.out.expression(Expression::InstanceOf(lowered))
    }

    /// `value instanceof Type name`: the name has the type from here to the end of the scope that
    /// is open (statements open one around what the test guards).
    fn instance_test(&mut self, node: Node<'t>) -> ExpressionId {
        let value = self.expression_in(node, self.fields.left);
        let lowered = self
            .field(node, self.fields.right)
            .map_or(ExpressionId::UNKNOWN, |written| self.type_expression(written));
        if let Some(name) = self.field(node, self.fields.name) {
            self.bind_typed(name, lowered);
        }
        if let Some(pattern) = self.field(node, self.fields.pattern) {
            self.pattern(pattern, value);
        }
        self.builtin("bool")
    }

    fn array_creation(&mut self, node: Node<'t>) -> ExpressionId {
        let element = self
            .field(node, self.fields.written_type)
            .map_or(ExpressionId::UNKNOWN, |written| self.type_expression(written));
        let mut dimensions = 0;
        let mut items = None;
        let mut cursor = node.walk();
        let written = self.field(node, self.fields.written_type);
        for child in node.named_children(&mut cursor) {
            if Some(child) == written {
                continue;
            }
            match child.kind() {
                "dimensions" => dimensions += self.dimensions(child),
                "dimensions_expr" => {
                    dimensions += 1;
                    self.expression(child);
                }
                "array_initializer" => items = Some(self.array_items(child)),
                _ => {}
            }
        }
        let list = self.list_of(element, dimensions.max(1));
        let typed = self.out.expression(Expression::InstanceOf(list));
        match items {
            Some(items) => self.out.either(&[typed, items]),
            None => typed,
        }
    }

    fn array_items(&mut self, node: Node<'t>) -> ExpressionId {
        let mut items = Vec::new();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if self.is_comment(child) {
                continue;
            }
            let item = self.expression(child);
            if items.len() < MAX_ITEMS {
                items.push(item);
            }
        }
        self.out.collection(CollectionKind::List, &items)
    }

    /// The value of a string literal or text block.
    fn string_literal(&mut self, node: Node<'t>) -> ExpressionId {
        let text = self.text(node);
        if let Some(block) = text.strip_prefix("\"\"\"") {
            let block = block.strip_suffix("\"\"\"").unwrap_or(block);
            let lines: Vec<_> =
                block.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            return self.out.string(&lines.join("\n"), range(node));
        }
        let inner = text.strip_prefix('"').unwrap_or(text);
        let inner = inner.strip_suffix('"').unwrap_or(inner);
        if !inner.contains('\\') {
            return self.out.string(inner, range(node));
        }
        let mut unescaped = String::with_capacity(inner.len());
        let mut characters = inner.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some('n') => unescaped.push('\n'),
                    Some('t') => unescaped.push('\t'),
                    Some(other) => unescaped.push(other),
                    None => {}
                },
                other => unescaped.push(other),
            }
        }
        self.out.string(&unescaped, range(node))
    }

    // ---- assignments -----------------------------------------------------------------------------

    fn assignment(&mut self, node: Node<'t>) -> ExpressionId {
        let value = self.expression_in(node, self.fields.right);
        let mut flags = ReferenceFlags::empty();
        flags.set(ReferenceFlags::AUGMENTED, self.operator(node) != "=");
        if let Some(target) = self.field(node, self.fields.left) {
            self.assign(target, value, flags);
        }
        value
    }

    /// `x++`, `--x`
    fn update(&mut self, node: Node<'t>) -> ExpressionId {
        let value = self.builtin("int");
        let mut cursor = node.walk();
        let target = node.named_children(&mut cursor).find(|child| !self.is_comment(*child));
        if let Some(target) = target {
            self.assign(target, value, ReferenceFlags::AUGMENTED);
        }
        value
    }

    fn assign(&mut self, target: Node<'t>, value: ExpressionId, flags: ReferenceFlags) {
        match self.kind(target) {
            Kind::Identifier => self.assign_name(target, value, flags),
            Kind::FieldAccess => {
                let own = self
                    .field(target, self.fields.object)
                    .is_some_and(|object| self.kind(object) == Kind::This);
                let (member, name) = self.selection(target);
                if let Some(name) = name {
                    let flags = if own { self.initializing(flags) } else { flags };
                    let text = self.text(name);
                    self.out.write_reference(text, range(name), member, Some(value), flags);
                }
            }
            Kind::ArrayAccess => self.assign_element(target, value, flags),
            Kind::ParenthesizedExpression => {
                if let Some(inner) = target.named_child(0).filter(|inner| self.out.enter(*inner)) {
                    self.assign(inner, value, flags);
                    self.out.leave();
                }
            }
            _ => {
                self.expression(target);
            }
        }
    }

    /// In a constructor, plain assignments to the fields of the receiver initialise them.
    fn initializing(&self, flags: ReferenceFlags) -> ReferenceFlags {
        let constructing = self.functions.last().is_some_and(|frame| frame.is_constructor);
        if constructing && flags.is_empty() { ReferenceFlags::INITIALIZER } else { flags }
    }

    fn assign_element(&mut self, target: Node<'t>, value: ExpressionId, flags: ReferenceFlags) {
        let mut base = Some(target);
        while let Some(access) = base.filter(|b| self.kind(*b) == Kind::ArrayAccess) {
            self.expression_in(access, self.fields.index);
            base = self.field(access, self.fields.array);
        }
        let Some(base) = base else { return };
        match self.kind(base) {
            Kind::Identifier if self.locals.find(self.text(base)).is_some() => {}
            Kind::Identifier | Kind::FieldAccess => {
                self.assign(base, value, flags | ReferenceFlags::ELEMENT);
            }
            _ => {
                self.expression(base);
            }
        }
    }

    fn assign_name(&mut self, target: Node<'t>, value: ExpressionId, flags: ReferenceFlags) {
        let name = self.text(target);
        if let Some(scope) = self.locals.find(name) {
            if flags.is_empty() {
                let at = target.start_byte() as u32;
                let value = match value {
                    ExpressionId::UNKNOWN => BindingValue::Unknown,
                    value => BindingValue::Value(value),
                };
                self.out.bind(scope, name, at, value);
            }
            return;
        }
        let expression = self.out.name_expression(name);
        let flags = self.initializing(flags);
        self.out.write_reference(name, range(target), expression, Some(value), flags);
    }
}
