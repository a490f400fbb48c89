//! Statements: scopes, locals, patterns.

use super::{Kind, Walk};
use crate::extract::range;
use crate::languages::kinds::children_of_field;
use qf_graph::facts::{BindingValue, Expression, ExpressionId, ScopeId};
use tree_sitter::Node;

impl<'t> Walk<'_, '_, 't> {
    /// Walks the statements below a block or body.
    pub(super) fn statements_of(&mut self, node: Node<'t>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.statement(child);
        }
    }

    pub(super) fn statement(&mut self, node: Node<'t>) {
        if !self.out.enter(node) {
            return;
        }
        self.walk_statement(node);
        self.out.leave();
    }

    fn walk_statement(&mut self, node: Node<'t>) {
        match self.kind(node) {
            Kind::LineComment
            | Kind::BlockComment
            | Kind::BreakStatement
            | Kind::ContinueStatement => {}
            Kind::Block => self.block_scope(|walk| walk.statements_of(node)),
            Kind::LocalVariableDeclaration => self.local_variables(node),
            Kind::IfStatement => self.if_statement(node),
            Kind::ForStatement | Kind::TryWithResourcesStatement => {
                self.block_scope(|walk| walk.statements_of(node));
            }
            Kind::EnhancedForStatement => self.block_scope(|walk| walk.enhanced_for(node)),
            Kind::CatchClause => self.block_scope(|walk| walk.statements_of(node)),
            Kind::CatchFormalParameter => self.catch_parameter(node),
            Kind::Resource => self.resource(node),
            Kind::SwitchExpression => {
                self.switch(node);
            }
            Kind::ReturnStatement => {
                if let Some(value) = self.first_expression(node) {
                    let value = self.expression(value);
                    if let Some(frame) = self.functions.last() {
                        self.out.returns(frame.definition, value);
                    }
                }
            }
            Kind::YieldStatement => {
                if let Some(value) = self.first_expression(node) {
                    let value = self.expression(value);
                    if let Some(yields) = self.yields.last_mut() {
                        yields.push(value);
                    }
                }
            }
            Kind::LabeledStatement => {
                if let Some(inner) = (node.named_child_count() as u32)
                    .checked_sub(1)
                    .and_then(|n| node.named_child(n))
                {
                    self.statement(inner);
                }
            }
            Kind::ExplicitConstructorInvocation => self.constructor_invocation(node),
            Kind::ClassDeclaration
            | Kind::InterfaceDeclaration
            | Kind::EnumDeclaration
            | Kind::RecordDeclaration
            | Kind::AnnotationTypeDeclaration => self.local_type(node),
            // Methods and fields where none may be: broken code or a script.
            Kind::MethodDeclaration | Kind::ConstructorDeclaration | Kind::FieldDeclaration => {
                self.member(node, None);
            }
            Kind::ImportDeclaration => self.import_declaration(node),
            Kind::Other => self.statements_of(node),
            _ => {
                self.expression(node);
            }
        }
    }

    pub(super) fn first_expression(&self, node: Node<'t>) -> Option<Node<'t>> {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).find(|child| !self.is_comment(*child))
    }

    fn local_type(&mut self, node: Node<'t>) {
        if let Some(name) = self.field(node, self.fields.name) {
            self.declared.insert(self.text(name));
            if let Some(body) = self.field(node, self.fields.body) {
                self.glance(body, 0);
            }
        }
        self.type_declaration(node, None);
    }

    /// The name of a pattern holds where the condition does: in the branch, or, when the
    /// condition is negated, after the statement.
    fn if_statement(&mut self, node: Node<'t>) {
        let condition = self.field(node, self.fields.condition);
        let negated = condition
            .and_then(|condition| condition.named_child(0))
            .is_some_and(|c| self.kind(c) == Kind::UnaryExpression && self.operator(c) == "!");
        if let Some(condition) = condition.filter(|_| negated) {
            self.expression(condition);
        }
        self.block_scope(|walk| {
            if let Some(condition) = condition.filter(|_| !negated) {
                walk.expression(condition);
                walk.narrow(condition, 0);
            }
            if let Some(consequence) = walk.field(node, walk.fields.consequence) {
                walk.statement(consequence);
            }
        });
        if let Some(alternative) = self.field(node, self.fields.alternative) {
            self.statement(alternative);
        }
    }

    /// In the branch of `x instanceof T`, `x.getClass() == T.class` or `T.class.isInstance(x)`
    /// a local is of that type.
    fn narrow(&mut self, condition: Node<'t>, depth: u32) {
        if depth > 16 {
            return;
        }
        match self.kind(condition) {
            Kind::BinaryExpression if self.operator(condition) == "&&" => {
                for side in [self.fields.left, self.fields.right] {
                    if let Some(side) = self.field(condition, side) {
                        self.narrow(side, depth + 1);
                    }
                }
            }
            Kind::BinaryExpression if self.operator(condition) == "==" => {
                let left = self.field(condition, self.fields.left);
                let right = self.field(condition, self.fields.right);
                if let (Some(left), Some(right)) = (left, right) {
                    self.narrow_to_class(left, right);
                    self.narrow_to_class(right, left);
                }
            }
            Kind::InstanceofExpression if self.field(condition, self.fields.name).is_none() => {
                let value = self.field(condition, self.fields.left);
                let written = self.field(condition, self.fields.right);
                if let (Some(value), Some(written)) = (value, written) {
                    self.narrow_local(value, written);
                }
            }
            Kind::MethodInvocation => self.narrow_by_call(condition),
            Kind::ParenthesizedExpression | Kind::Other => {
                if let Some(inner) = self.first_expression(condition) {
                    self.narrow(inner, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// `T.class.isInstance(x)`, `T.class.isAssignableFrom(x.getClass())`
    fn narrow_by_call(&mut self, call: Node<'t>) {
        let class = self.field(call, self.fields.object);
        let argument = self
            .field(call, self.fields.arguments)
            .and_then(|arguments| self.first_expression(arguments));
        let name = self.field(call, self.fields.name).map_or("", |name| self.text(name));
        let (Some(class), Some(argument)) = (class, argument) else { return };
        match name {
            "isInstance" => {
                if let Some(written) = self.literal_class(class) {
                    self.narrow_local(argument, written);
                }
            }
            "isAssignableFrom" => self.narrow_to_class(argument, class),
            _ => {}
        }
    }

    /// `x.getClass()` compared with `T.class`.
    fn narrow_to_class(&mut self, call: Node<'t>, class: Node<'t>) {
        let asks = self.kind(call) == Kind::MethodInvocation
            && self.field(call, self.fields.name).is_some_and(|n| self.text(n) == "getClass");
        if let (true, Some(written)) = (asks, self.literal_class(class))
            && let Some(value) = self.field(call, self.fields.object)
        {
            self.narrow_local(value, written);
        }
    }

    /// The type of `T.class`.
    pub(super) fn literal_class(&self, node: Node<'t>) -> Option<Node<'t>> {
        if self.kind(node) == Kind::ClassLiteral { self.first_expression(node) } else { None }
    }

    fn narrow_local(&mut self, value: Node<'t>, written: Node<'t>) {
        if self.kind(value) == Kind::Identifier && self.locals.find(self.text(value)).is_some() {
            let lowered = self.type_without_reference(written);
            // The rest of the condition has it too.
            self.bind_in(self.out.scope(), value, Some(lowered), ExpressionId::UNKNOWN);
        }
    }

    fn local_variables(&mut self, node: Node<'t>) {
        for annotation in self.modifiers(node).annotations {
            self.annotation(annotation);
        }
        let Some(written) = self.field(node, self.fields.written_type) else { return };
        let inferred = self.text(written) == "var";
        let lowered = if inferred { ExpressionId::UNKNOWN } else { self.type_expression(written) };
        for declarator in children_of_field(node, self.fields.declarator) {
            let Some(name) = self.field(declarator, self.fields.name) else { continue };
            let declared = (!inferred).then(|| self.declared_type(lowered, declarator));
            let value_node = self.field(declarator, self.fields.value);
            let value = value_node.map_or(ExpressionId::UNKNOWN, |value| self.expression(value));
            self.bind_local(name, declared, value);
            let function = value_node.is_some_and(|v| self.kind(v) == Kind::MethodReference);
            if function && declared.is_some() && self.kind(name) == Kind::Identifier {
                let scope = self.out.scope();
                let at = name.start_byte() as u32;
                self.out.bind(scope, self.text(name), at, BindingValue::Value(value));
            }
        }
    }

    /// Binds a local to its declared type. Its value is kept too where it says more than the
    /// type can: functions, texts, what is made here.
    fn bind_local(&mut self, name: Node<'t>, declared: Option<ExpressionId>, value: ExpressionId) {
        let text = self.text(name);
        if self.kind(name) != Kind::Identifier {
            return;
        }
        let scope = self.out.scope_from_here(text, self.locals.find(text));
        self.bind_in(scope, name, declared, value);
    }

    fn bind_in(
        &mut self,
        scope: ScopeId,
        name: Node<'t>,
        declared: Option<ExpressionId>,
        value: ExpressionId,
    ) {
        let text = self.text(name);
        self.locals.declare(text, scope);
        let at = name.start_byte() as u32;
        match declared {
            Some(declared) => {
                self.out.bind(scope, text, at, BindingValue::Typed(declared));
                if matches!(
                    self.out.peek(value),
                    Expression::Function(_)
                        | Expression::Text(_)
                        | Expression::Concat(_)
                        | Expression::Collection { .. }
                        | Expression::New { .. }
                ) || self.is_text_from_call(declared, value)
                {
                    self.out.bind(scope, text, at, BindingValue::Value(value));
                }
            }
            None if value == ExpressionId::UNKNOWN => {
                self.out.bind(scope, text, at, BindingValue::Unknown);
            }
            None => self.out.bind(scope, text, at, BindingValue::Value(value)),
        }
    }

    /// `String url = String.format("…", id)`.
    fn is_text_from_call(&self, declared: ExpressionId, value: ExpressionId) -> bool {
        let Expression::Builtin(name) = self.out.peek(declared) else { return false };
        let call = matches!(self.out.peek(value), Expression::Call { .. });
        call && self.out.name_text(name) == "str"
    }

    pub(super) fn bind_typed(&mut self, name: Node<'t>, lowered: ExpressionId) {
        self.bind_local(name, Some(lowered), ExpressionId::UNKNOWN);
    }

    fn enhanced_for(&mut self, node: Node<'t>) {
        let values = self.expression_in(node, self.fields.value);
        let name = self.field(node, self.fields.name);
        let written = self.field(node, self.fields.written_type);
        if let (Some(name), Some(written)) = (name, written) {
            if self.text(written) == "var" {
                let element = self.out.expression(Expression::Element(values));
                self.bind_local(name, None, element);
            } else {
                let lowered = self.type_expression(written);
                let lowered = self.declared_type(lowered, node);
                self.bind_typed(name, lowered);
            }
        }
        if let Some(body) = self.field(node, self.fields.body) {
            self.statement(body);
        }
    }

    fn catch_parameter(&mut self, node: Node<'t>) {
        let mut lowered = ExpressionId::UNKNOWN;
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if self.kind(child) == Kind::CatchType {
                lowered = self.types_inside(child);
            }
        }
        if let Some(name) = self.field(node, self.fields.name) {
            self.bind_typed(name, lowered);
        }
    }

    fn resource(&mut self, node: Node<'t>) {
        let Some(name) = self.field(node, self.fields.name) else {
            if let Some(existing) = node.named_child(0) {
                self.expression(existing);
            }
            return;
        };
        let written = self.field(node, self.fields.written_type);
        let declared = written
            .filter(|written| self.text(*written) != "var")
            .map(|written| self.type_expression(written));
        let value = self.expression_in(node, self.fields.value);
        self.bind_local(name, declared, value);
    }

    // ---- switch ----------------------------------------------------------------------------------

    /// A switch as statement or expression; its value is one of what its arms give.
    pub(super) fn switch(&mut self, node: Node<'t>) -> ExpressionId {
        let subject = self.expression_in(node, self.fields.condition);
        self.yields.push(Vec::new());
        if let Some(block) = self.field(node, self.fields.body) {
            let mut cursor = block.walk();
            for arm in block.named_children(&mut cursor) {
                match self.kind(arm) {
                    Kind::SwitchRule | Kind::SwitchBlockStatementGroup => {
                        self.block_scope(|walk| walk.switch_arm(arm, subject));
                    }
                    _ => {}
                }
            }
        }
        let yields = self.yields.pop().unwrap_or_default();
        self.out.either(&yields)
    }

    fn switch_arm(&mut self, arm: Node<'t>, subject: ExpressionId) {
        let rule = self.kind(arm) == Kind::SwitchRule;
        let mut cursor = arm.walk();
        for child in arm.named_children(&mut cursor) {
            if self.kind(child) == Kind::SwitchLabel {
                self.switch_label(child, subject);
            } else if rule && child.kind() == "expression_statement" {
                if let Some(value) = self.first_expression(child) {
                    let value = self.expression(value);
                    if let Some(yields) = self.yields.last_mut() {
                        yields.push(value);
                    }
                }
            } else {
                self.statement(child);
            }
        }
    }

    /// `case RED`, `case Circle c when c.big()`. A bare name is a constant of the subject's enum,
    /// unless this file declares it.
    fn switch_label(&mut self, label: Node<'t>, subject: ExpressionId) {
        let mut cursor = label.walk();
        for child in label.named_children(&mut cursor) {
            match self.kind(child) {
                Kind::Identifier if !self.known_fields.contains_key(self.text(child)) => {
                    let name = self.text(child);
                    let member = self.out.member(subject, name);
                    self.out.read_reference(name, range(child), member);
                }
                Kind::Pattern => {
                    if let Some(pattern) = child.named_child(0) {
                        self.pattern(pattern, subject);
                    }
                }
                _ => {
                    self.expression(child);
                }
            }
        }
    }

    /// `Circle c` and `Point(int x, var y)`.
    pub(super) fn pattern(&mut self, node: Node<'t>, value: ExpressionId) {
        if !self.out.enter(node) {
            return;
        }
        match self.kind(node) {
            Kind::RecordPattern => self.record_pattern(node),
            Kind::TypePattern | Kind::RecordPatternComponent => {
                self.typed_pattern(node, value);
            }
            _ => {
                if let Some(inner) = node.named_child(0) {
                    self.pattern(inner, value);
                }
            }
        }
        self.out.leave();
    }

    fn typed_pattern(&mut self, node: Node<'t>, value: ExpressionId) {
        let count = node.named_child_count() as u32;
        let name = count.checked_sub(1).and_then(|last| node.named_child(last));
        let written = count.checked_sub(2).and_then(|place| node.named_child(place));
        let (Some(name), Some(written)) = (name, written) else { return };
        if self.text(written) == "var" {
            self.bind_local(name, None, value);
        } else {
            let lowered = self.type_expression(written);
            self.bind_typed(name, lowered);
        }
    }

    fn record_pattern(&mut self, node: Node<'t>) {
        let mut instance = ExpressionId::UNKNOWN;
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if self.kind(child) != Kind::RecordPatternBody {
                let lowered = self.type_expression(child);
                instance = self.out.expression(Expression::InstanceOf(lowered));
                continue;
            }
            let mut inner = child.walk();
            let mut index = 0;
            for component in child.named_children(&mut inner) {
                if self.is_comment(component) {
                    continue;
                }
                let part = self.out.expression(Expression::Part { base: instance, index });
                self.pattern(component, part);
                index = index.saturating_add(1);
            }
        }
    }
}
