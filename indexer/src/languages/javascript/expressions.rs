//! Expressions to rows of the expression table, with the references they make.

use super::calls::Callee;
use super::syntax::{Kind, first_named, named, unescaped, unquoted};
use super::walk::{Lead, Walk};
use crate::extract::range;
use qf_graph::facts::{CollectionKind, Expression, ExpressionId, ReferenceFlags};
use smallvec::SmallVec;
use std::borrow::Cow;
use tree_sitter::Node;

impl<'s> Walk<'_, 's> {
    /// Lowers an expression in value position.
    pub(super) fn expression(&mut self, node: Node<'_>) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let value = self.expression_inner(node);
        self.out.leave();
        value
    }

    fn expression_inner(&mut self, node: Node<'_>) -> ExpressionId {
        match self.kind(node) {
            Kind::Identifier => self.name(node),
            Kind::This => self.this_value(),
            Kind::Super => self.super_value(),
            Kind::Number => self.builtin("int"),
            Kind::True | Kind::False => self.builtin("bool"),
            Kind::Regex => self.builtin("RegExp"),
            // `import.meta`, which bundlers give an `env`; `new.target` is a constructor.
            Kind::MetaProperty if self.out.text(node) == "import.meta" => {
                self.out.name_expression("import.meta")
            }
            Kind::Null | Kind::Undefined | Kind::MetaProperty | Kind::Comment | Kind::Import => {
                ExpressionId::UNKNOWN
            }
            Kind::String => self.string(node),
            Kind::TemplateString => self.template(node),
            Kind::Object => self.object_value(node, None),
            Kind::Array => self.array(node, None),
            Kind::ArrowFunction | Kind::FunctionExpression | Kind::GeneratorFunction => {
                self.function_value(node, &[])
            }
            Kind::Class => {
                let id = self.class_value(node, None, None, range(node), &Lead::default());
                self.out.expression(Expression::Definition(id))
            }
            Kind::MemberExpression => self.member_read(node),
            Kind::SubscriptExpression => self.subscript(node),
            Kind::CallExpression => self.call(node, ReferenceFlags::empty()),
            Kind::NewExpression => self.new_instance(node),
            Kind::AwaitExpression => self.awaited(node),
            Kind::YieldExpression => self.yielded(node),
            Kind::UnaryExpression => self.unary(node),
            Kind::UpdateExpression => self.update(node),
            Kind::BinaryExpression => self.binary(node),
            Kind::TernaryExpression => self.ternary(node, None),
            Kind::AssignmentExpression => self.assignment(node, None),
            Kind::AugmentedAssignmentExpression => self.augmented(node),
            Kind::ParenthesizedExpression
            | Kind::NonNullExpression
            | Kind::InstantiationExpression
            | Kind::SpreadElement
            | Kind::JsxExpression => self.wrapped(node),
            Kind::AsExpression | Kind::SatisfiesExpression => self.cast(node),
            Kind::TypeAssertion => self.type_assertion(node),
            Kind::JsxElement | Kind::JsxSelfClosingElement => self.jsx(node),
            Kind::SequenceExpression | Kind::Other => self.last_of(node),
            // A statement where an expression was expected: broken source.
            Kind::StatementBlock
            | Kind::FunctionDeclaration
            | Kind::GeneratorFunctionDeclaration
            | Kind::ClassDeclaration
            | Kind::LexicalDeclaration
            | Kind::VariableDeclaration
            | Kind::ExpressionStatement
            | Kind::ReturnStatement
            | Kind::IfStatement
            | Kind::ForStatement
            | Kind::ForInStatement
            | Kind::InternalModule => {
                self.statement(node);
                ExpressionId::UNKNOWN
            }
            _ => ExpressionId::UNKNOWN,
        }
    }

    /// An expression of which it is written down what it is an instance of.
    pub(super) fn expression_expecting(
        &mut self,
        node: Node<'_>,
        target: Option<ExpressionId>,
    ) -> ExpressionId {
        let Some(expected) = target else { return self.expression(node) };
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let value = match self.kind(node) {
            Kind::Object => self.object_value(node, target),
            Kind::Array => self.array(node, Some(expected)),
            Kind::TernaryExpression => self.ternary(node, target),
            Kind::ParenthesizedExpression => match first_named(node) {
                Some(inner) => self.expression_expecting(inner, target),
                None => ExpressionId::UNKNOWN,
            },
            _ => self.expression_inner(node),
        };
        self.out.leave();
        value
    }

    fn name(&mut self, node: Node<'_>) -> ExpressionId {
        let name = self.out.text(node);
        let expression = self.plain_name(name);
        self.out.read_reference(name, range(node), expression);
        expression
    }

    /// A name as a value. In a component's markup, what the scripts do not declare is a member
    /// of the component.
    pub(super) fn plain_name(&mut self, name: &'s str) -> ExpressionId {
        match self.component {
            Some(owner) if self.markup && self.declaring_scope(name).is_none() => {
                let this = self.out.expression(Expression::This(owner.scope));
                self.out.member(this, name)
            }
            _ => self.out.name_expression(name),
        }
    }

    pub(super) fn wrapped(&mut self, node: Node<'_>) -> ExpressionId {
        let mut value = ExpressionId::UNKNOWN;
        for (position, child) in named(node).into_iter().enumerate() {
            if self.kind(child) == Kind::TypeArguments {
                self.type_list(child);
            } else if position == 0 {
                value = self.expression(child);
            }
        }
        value
    }

    /// All children are walked, the last is the value.
    pub(super) fn last_of(&mut self, node: Node<'_>) -> ExpressionId {
        let mut value = ExpressionId::UNKNOWN;
        for child in named(node) {
            value = self.expression(child);
        }
        value
    }

    pub(super) fn element(&mut self, base: ExpressionId) -> ExpressionId {
        match base {
            ExpressionId::UNKNOWN => base,
            base => self.out.expression(Expression::Element(base)),
        }
    }

    fn awaited(&mut self, node: Node<'_>) -> ExpressionId {
        let Some(inner) = first_named(node) else { return ExpressionId::UNKNOWN };
        let value = self.expression(inner);
        self.resolved(value)
    }

    /// What waiting for a value gives; an array is there already (`Promise.all`).
    pub(super) fn resolved(&mut self, value: ExpressionId) -> ExpressionId {
        match self.out.peek(value) {
            Expression::Unknown | Expression::Collection { .. } => value,
            _ => self.out.expression(Expression::Await(value)),
        }
    }

    // ---- literals ----------------------------------------------------------------------------

    fn string(&mut self, node: Node<'_>) -> ExpressionId {
        let text = unquoted(self.out.text(node));
        self.out.string(&text, range(node))
    }

    /// A text that is only a part of a larger one.
    fn text_part(&mut self, text: &str) -> ExpressionId {
        let name = self.out.name(text);
        self.out.expression(Expression::Text(name))
    }

    pub(super) fn template(&mut self, node: Node<'_>) -> ExpressionId {
        let mut parts: SmallVec<[ExpressionId; 8]> = SmallVec::new();
        let mut text = String::new();
        for child in named(node) {
            if self.kind(child) == Kind::TemplateSubstitution {
                if !text.is_empty() {
                    parts.push(self.text_part(&text));
                    text.clear();
                }
                parts.push(self.last_of(child));
            } else {
                text.push_str(&unescaped(self.out.text(child)));
            }
        }
        if parts.is_empty() {
            return self.out.string(&text, range(node));
        }
        if !text.is_empty() {
            parts.push(self.text_part(&text));
        }
        self.out.concat(&parts, range(node))
    }

    fn array(&mut self, node: Node<'_>, target: Option<ExpressionId>) -> ExpressionId {
        let mut items: SmallVec<[ExpressionId; 8]> = SmallVec::new();
        let element = target.map(|target| self.element(target));
        for child in named(node) {
            let item = if self.kind(child) == Kind::SpreadElement {
                let spread = self.wrapped(child);
                self.element(spread)
            } else {
                self.expression_expecting(child, element)
            };
            items.push(item);
        }
        let array = self.out.collection(CollectionKind::List, &items);
        self.last_array = (array, items.to_vec());
        array
    }

    // ---- operators ---------------------------------------------------------------------------

    fn operator<'t>(&self, node: Node<'t>) -> &'t str {
        self.field(node, self.fields.operator).map_or("", |operator| operator.kind())
    }

    fn unary(&mut self, node: Node<'_>) -> ExpressionId {
        let operator = self.operator(node);
        let Some(argument) = self.field(node, self.fields.argument) else {
            return self.last_of(node);
        };
        match operator {
            "delete" => {
                self.write_to(argument, ExpressionId::UNKNOWN, ReferenceFlags::DELETE);
                self.builtin("bool")
            }
            "typeof" => {
                self.expression(argument);
                self.builtin("str")
            }
            "!" => {
                self.expression(argument);
                self.builtin("bool")
            }
            "-" | "+" | "~" => {
                self.expression(argument);
                self.builtin("int")
            }
            _ => {
                self.expression(argument);
                ExpressionId::UNKNOWN
            }
        }
    }

    fn update(&mut self, node: Node<'_>) -> ExpressionId {
        if let Some(argument) = self.field(node, self.fields.argument) {
            let one = self.builtin("int");
            self.write_to(argument, one, ReferenceFlags::AUGMENTED);
        }
        self.builtin("int")
    }

    fn augmented(&mut self, node: Node<'_>) -> ExpressionId {
        let (Some(left), Some(right)) =
            (self.field(node, self.fields.left), self.field(node, self.fields.right))
        else {
            return self.last_of(node);
        };
        let operator = self.operator(node);
        let value = self.expression(right);
        self.write_to(left, value, ReferenceFlags::AUGMENTED);
        // `x ||= e` and `x ??= e` store the value itself.
        if matches!(operator, "||=" | "??=" | "&&=") && value != ExpressionId::UNKNOWN {
            self.assigned_conditionally(left, value);
        }
        value
    }

    /// Binds a conditionally assigned value where the name or field is declared.
    fn assigned_conditionally(&mut self, left: Node<'_>, value: ExpressionId) {
        if self.kind(left) == Kind::Identifier {
            let name = self.out.text(left);
            if let Some((scope, _)) = self.declaring_scope(name) {
                let at = left.start_byte() as u32;
                self.out.bind(scope, name, at, qf_graph::facts::BindingValue::Value(value));
            }
        }
    }

    fn binary(&mut self, node: Node<'_>) -> ExpressionId {
        let operator = self.operator(node);
        if operator == "+" {
            return self.sum(node);
        }
        let (Some(left), Some(right)) =
            (self.field(node, self.fields.left), self.field(node, self.fields.right))
        else {
            return self.last_of(node);
        };
        match operator {
            "&&" => {
                self.expression(left);
                let narrowed = self.open_narrowed(left);
                let value = self.expression(right);
                if narrowed {
                    self.out.close_scope();
                }
                value
            }
            "||" | "??" => {
                let left = self.expression(left);
                let right = self.expression(right);
                self.out.either(&[left, right])
            }
            "==" | "===" | "!=" | "!==" | "<" | ">" | "<=" | ">=" | "in" | "instanceof" => {
                self.expression(left);
                self.expression(right);
                self.builtin("bool")
            }
            _ => {
                self.expression(left);
                self.expression(right);
                self.builtin("int")
            }
        }
    }

    /// `a + b + …`: a concatenation when one operand is a text.
    fn sum(&mut self, node: Node<'_>) -> ExpressionId {
        // Long sums lean to the left; they are taken apart in a loop, not by recursion.
        let mut operands: SmallVec<[Node<'_>; 8]> = SmallVec::new();
        let mut at = node;
        while self.kind(at) == Kind::BinaryExpression && self.operator(at) == "+" {
            operands.extend(self.field(at, self.fields.right));
            match self.field(at, self.fields.left) {
                Some(left) => at = left,
                None => break,
            }
        }
        operands.push(at);
        let mut textual = false;
        let mut parts: SmallVec<[ExpressionId; 8]> = SmallVec::new();
        for operand in operands.into_iter().rev() {
            let part = if self.kind(operand) == Kind::String {
                let text = unquoted(self.out.text(operand));
                self.text_part(&text)
            } else {
                self.expression(operand)
            };
            textual |= matches!(self.out.peek(part), Expression::Text(_) | Expression::Concat(_));
            parts.push(part);
        }
        if textual { self.out.concat(&parts, range(node)) } else { ExpressionId::UNKNOWN }
    }

    fn ternary(&mut self, node: Node<'_>, target: Option<ExpressionId>) -> ExpressionId {
        let condition = self.field(node, self.fields.condition);
        if let Some(condition) = condition {
            self.expression(condition);
        }
        let mut values = [ExpressionId::UNKNOWN; 2];
        if let Some(consequence) = self.field(node, self.fields.consequence) {
            let narrowed = condition.is_some_and(|condition| self.open_narrowed(condition));
            values[0] = self.expression_expecting(consequence, target);
            if narrowed {
                self.out.close_scope();
            }
        }
        if let Some(alternative) = self.field(node, self.fields.alternative) {
            values[1] = self.expression_expecting(alternative, target);
        }
        self.out.either(&values)
    }

    /// `e as T`, `e satisfies T`.
    fn cast(&mut self, node: Node<'_>) -> ExpressionId {
        let children = named(node);
        let (Some(value), Some(written)) = (children.first(), children.get(1)) else {
            return self.last_of(node); // as const
        };
        if self.out.text(*written) == "const" {
            return self.expression(*value);
        }
        let declared = self.type_expression(*written);
        self.instance_of(*value, declared)
    }

    /// `<T>e`.
    fn type_assertion(&mut self, node: Node<'_>) -> ExpressionId {
        let children = named(node);
        let (Some(arguments), Some(value)) = (children.first(), children.get(1)) else {
            return self.last_of(node);
        };
        let declared = self.type_list(*arguments).first().copied();
        self.instance_of(*value, declared.unwrap_or(ExpressionId::UNKNOWN))
    }

    /// A value with a written type; `any` and `unknown` leave the value what it is.
    fn instance_of(&mut self, value: Node<'_>, declared: ExpressionId) -> ExpressionId {
        if declared == ExpressionId::UNKNOWN {
            return self.expression(value);
        }
        let instance = self.out.expression(Expression::InstanceOf(declared));
        self.expression_expecting(value, Some(instance));
        instance
    }

    // ---- members -----------------------------------------------------------------------------

    /// A property's constant name; `None` when it is computed.
    pub(super) fn property_name(&self, key: Node<'_>) -> Option<Cow<'s, str>> {
        match self.kind(key) {
            Kind::String => Some(unquoted(self.out.text(key))),
            Kind::ComputedPropertyName => {
                let inner = first_named(key)?;
                if self.kind(inner) == Kind::String {
                    return Some(unquoted(self.out.text(inner)));
                }
                let text = self.out.text(key);
                text.starts_with("[Symbol.").then_some(Cow::Borrowed(text))
            }
            _ => Some(Cow::Borrowed(self.out.text(key))),
        }
    }

    fn member_read(&mut self, node: Node<'_>) -> ExpressionId {
        if self.is_module_exports(node) {
            return self.out.name_expression("exports");
        }
        let (member, name, span) = self.member(node);
        if member != ExpressionId::UNKNOWN {
            self.out.read_reference(&name, span, member);
        }
        member
    }

    pub(super) fn member(&mut self, node: Node<'_>) -> Callee<'s> {
        let (Some(object), Some(property)) =
            (self.field(node, self.fields.object), self.field(node, self.fields.property))
        else {
            self.last_of(node);
            return (ExpressionId::UNKNOWN, Cow::Borrowed(""), range(node));
        };
        let base = self.expression(object);
        let name = self.out.text(property);
        (self.out.member(base, name), Cow::Borrowed(name), range(property))
    }

    fn subscript(&mut self, node: Node<'_>) -> ExpressionId {
        let (Some(object), Some(index)) =
            (self.field(node, self.fields.object), self.field(node, self.fields.index))
        else {
            return self.last_of(node);
        };
        let base = self.expression(object);
        if self.kind(index) == Kind::String {
            // `x["name"]` is `x.name`.
            let name = unquoted(self.out.text(index));
            let member = self.out.member(base, &name);
            self.out.read_reference(&name, range(index), member);
            return member;
        }
        if self.kind(index) == Kind::Number
            && let (Ok(position), true) =
                (self.out.text(index).parse::<u16>(), base != ExpressionId::UNKNOWN)
        {
            return self.out.expression(Expression::Part { base, index: position });
        }
        let index = self.expression(index);
        match base {
            ExpressionId::UNKNOWN => base,
            base => self.out.expression(Expression::Index { base, index }),
        }
    }
}
