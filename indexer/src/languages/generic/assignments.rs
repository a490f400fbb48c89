//! Assignments, declarations of variables and fields, loops and handlers.

use super::rules::{At, Rule};
use super::{Declares, Walker};
use crate::extract::builder::{NewDefinition, range};
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionFlags, DefinitionId, Expression, ExpressionId,
    ReferenceFlags, ScopeId, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

impl<'s> Walker<'_, 's> {
    // ---- assignments --------------------------------------------------------------------------

    /// `left = right`.
    pub fn assign(&mut self, node: Node<'_>, left: At, right: At) -> ExpressionId {
        let (Some(left), right) = (left.find(node), right.find(node)) else {
            self.children(node);
            return ExpressionId::UNKNOWN;
        };
        let right = right.filter(|right| *right != left);
        let flags = if augmented(self, node, left) {
            ReferenceFlags::AUGMENTED
        } else {
            ReferenceFlags::empty()
        };
        let plain = flags.is_empty();
        if let (Some(right), true) = (right, plain)
            && let Some(value) = self.assigned_function(left, right)
        {
            return value;
        }
        let doc = self.doc.take();
        let value = right.map_or(ExpressionId::UNKNOWN, |right| self.visit(right));
        self.doc = doc;
        self.target(left, Some(value).filter(|value| *value != ExpressionId::UNKNOWN), flags);
        self.doc = None;
        let done: Vec<Node<'_>> = [Some(left), right].into_iter().flatten().collect();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor).filter(|child| !done.contains(child)) {
            if child.kind().contains("type") {
                self.type_of(child);
            } else {
                self.visit(child);
            }
        }
        value
    }

    /// `name = function …` makes a named function where a bare assignment declares.
    fn assigned_function(&mut self, left: Node<'_>, right: Node<'_>) -> Option<ExpressionId> {
        let Rule::Lambda(parameters, body) = self.rule(right) else { return None };
        if !matches!(self.rule(left), Rule::Name)
            || self.table.declares == Declares::Nothing
            || self.place() == ScopeKind::Type
        {
            return None;
        }
        let name = self.name_of(left);
        let id = self.lambda_named(right, parameters, body, name, range(left));
        Some(self.out.expression(Expression::Function(id)))
    }

    /// Writes `value` to what a node names.
    pub fn target(&mut self, node: Node<'_>, value: Option<ExpressionId>, flags: ReferenceFlags) {
        if !self.out.enter(node) {
            return;
        }
        match self.rule(node) {
            Rule::Name => self.write_name(node, value, flags),
            Rule::OwnField => self.write_own_field(node, value, flags),
            Rule::Member(object, property) => {
                self.write_member(node, object, property, value, flags);
            }
            // `account.balance = 3` where a call without arguments reads a field.
            Rule::MethodCall(receiver, method, _) | Rule::PropertyCall(receiver, method, _)
                if receiver.find(node).is_some() =>
            {
                self.write_member(node, receiver, method, value, flags);
            }
            Rule::Index(object, index) => {
                if let Some(object) = object.find(node) {
                    self.target(object, None, flags | ReferenceFlags::ELEMENT);
                    if let Some(index) = index.find(node).filter(|index| *index != object) {
                        self.visit(index);
                    }
                }
            }
            Rule::Pattern | Rule::Collection(_) => self.target_parts(node, value, flags),
            Rule::Transparent => {
                if let Some(inner) = self.meaningful(node) {
                    self.target(inner, value, flags);
                }
            }
            Rule::Inner(at) => {
                if let Some(inner) = at.find(node) {
                    self.target(inner, value, flags);
                }
            }
            _ => {
                let written = self.visit(node);
                // A hook may have lowered a member; the write is its own reference.
                if let Expression::Member { name, .. } = self.out.peek(written) {
                    let name = self.out.name_text(name).to_owned();
                    self.out.write_reference(&name, range(node), written, value, flags);
                }
            }
        }
        self.out.leave();
    }

    fn target_parts(&mut self, node: Node<'_>, value: Option<ExpressionId>, flags: ReferenceFlags) {
        let mut cursor = node.walk();
        for (index, child) in node.named_children(&mut cursor).enumerate() {
            let part = value
                .map(|base| self.out.expression(Expression::Part { base, index: index as u16 }));
            self.target(child, part, flags);
        }
    }

    fn write_member(
        &mut self,
        node: Node<'_>,
        object: At,
        property: At,
        value: Option<ExpressionId>,
        mut flags: ReferenceFlags,
    ) {
        let base = self.visit_at(node, object);
        let Some(property) = property.find(node) else { return };
        let member = self.member_callee(base, property);
        if matches!(self.out.peek(base), Expression::This(_)) {
            flags |= self.initializer();
            if self.table.implicit_fields {
                self.implicit_field(member.name, member.span, value);
            }
        }
        self.out.write_reference(member.name, member.span, member.expression, value, flags);
    }

    fn write_own_field(
        &mut self,
        node: Node<'_>,
        value: Option<ExpressionId>,
        flags: ReferenceFlags,
    ) {
        let name = self.text(node).trim_start_matches('@');
        let this = self.this();
        let member = self.out.member(this, name);
        let flags = flags | self.initializer();
        if !flags.contains(ReferenceFlags::ELEMENT) {
            self.implicit_field(name, range(node), value);
        }
        self.out.write_reference(name, range(node), member, value, flags);
    }

    /// Whether what is written on the receiver here initialises it.
    pub fn initializer(&self) -> ReferenceFlags {
        let constructs = self
            .functions
            .last()
            .is_some_and(|id| self.out.get(*id).kind == SymbolKind::Constructor);
        if constructs { ReferenceFlags::INITIALIZER } else { ReferenceFlags::empty() }
    }

    /// A field that is only known from `self.x = …`.
    pub fn implicit_field(&mut self, name: &'s str, span: ByteRange, value: Option<ExpressionId>) {
        let Some(scope) = self.out.type_scope() else { return };
        let key = (scope, self.out.name(name));
        if !self.known.contains_key(&key) {
            let class = self.scope_owner(scope);
            let id = self.out.define(&NewDefinition {
                name,
                kind: SymbolKind::Field,
                span,
                name_span: span,
                signature_end: 0,
                flags: DefinitionFlags::IMPLICIT,
            });
            self.out.get_mut(id).parent = class;
            self.out.bind_definition(scope, id);
            self.known.insert(key, id);
        }
        if let Some(value) = value {
            self.out.bind(scope, name, span.start, BindingValue::Value(value));
        }
    }

    fn scope_owner(&self, scope: ScopeId) -> Option<DefinitionId> {
        let mut at = self.out.definition();
        while let Some(id) = at {
            let definition = self.out.get(id);
            if definition.scope == Some(scope) {
                return Some(id);
            }
            at = definition.parent;
        }
        None
    }

    fn write_name(&mut self, node: Node<'_>, value: Option<ExpressionId>, flags: ReferenceFlags) {
        let name = self.name_of(node);
        if name.is_empty() || name == "_" {
            return;
        }
        let span = range(node);
        if self.is_this(node) {
            return;
        }
        let expression = self.out.name_expression(name);
        let declares = self.table.declares;
        let mut flags = flags;
        if self.table.semantics.members_visible && self.local_in_sight(name).is_none() {
            flags |= self.initializer();
        }
        if declares == Declares::Nothing || flags.contains(ReferenceFlags::ELEMENT) {
            self.out.write_reference(name, span, expression, value, flags);
            return;
        }
        let interned = self.out.name(name);
        if let Some(scope) = self.local_in_sight(name) {
            if flags.is_empty() {
                let value = value.map_or(BindingValue::Unknown, BindingValue::Value);
                self.out.bind(scope, name, span.start, value);
            }
            return;
        }
        let inner = self.place() == ScopeKind::Function;
        let shared = name.starts_with('$');
        if inner && !shared && declares == Declares::Local {
            let scope = self.out.function_scope();
            self.locals.insert((scope, interned));
            let value = value.map_or(BindingValue::Unknown, BindingValue::Value);
            self.out.bind(scope, name, span.start, value);
            return;
        }
        let scope = if declares == Declares::Module || shared {
            ScopeId::MODULE
        } else {
            self.out.function_scope()
        };
        if self.known.contains_key(&(scope, interned)) {
            self.out.write_reference(name, span, expression, value, flags);
            if let (Some(value), true) = (value, flags.is_empty()) {
                self.out.bind(scope, name, span.start, BindingValue::Value(value));
            }
            return;
        }
        let flags = self.flags_of(&[], name);
        let id = self.declare_at(scope, name, span, span, SymbolKind::Variable, flags);
        if inner {
            self.out.get_mut(id).parent = None;
        }
        if let Some(value) = value {
            self.out.bind(scope, name, span.start, BindingValue::Value(value));
        }
    }

    /// The scope that binds a local name, seen from here: closures see the locals around them.
    pub(super) fn local_in_sight(&mut self, name: &str) -> Option<ScopeId> {
        let name = self.out.name(name);
        let mut at = Some(self.out.scope());
        while let Some(scope) = at {
            if self.locals.contains(&(scope, name)) {
                return Some(scope);
            }
            at = self.out.scope_parent(scope);
        }
        None
    }

    pub(super) fn update(&mut self, node: Node<'_>, operand: At) -> ExpressionId {
        let token =
            |child: Option<Node<'_>>| child.is_some_and(|c| matches!(c.kind(), "++" | "--"));
        let last = node.child_count().checked_sub(1).and_then(|at| node.child(at));
        let Some(operand) = operand.find(node) else {
            self.children(node);
            return ExpressionId::UNKNOWN;
        };
        let changes = token(node.child(0))
            || token(last)
            || node.kind().contains("increment")
            || node.kind().contains("decrement")
            || node.kind().contains("update");
        if changes {
            self.target(operand, None, ReferenceFlags::AUGMENTED);
            return ExpressionId::UNKNOWN;
        }
        let value = self.visit(operand);
        let operator = node.child(0).map_or("", |child| self.text(child));
        // `!!`, `&`, `*`, `!` after an operand give the operand; `-` and `!` before do not matter.
        if matches!(operator, "!" | "not" | "-" | "+" | "~") {
            ExpressionId::UNKNOWN
        } else {
            value
        }
    }

    // ---- declarations ---------------------------------------------------------------------------

    pub(super) fn variable(
        &mut self,
        node: Node<'_>,
        kind: SymbolKind,
        name: At,
        declared: At,
        value: At,
    ) -> ExpressionId {
        let Some(name) = name.find(node) else {
            self.children(node);
            return ExpressionId::UNKNOWN;
        };
        let declared = declared.find(node).filter(|declared| *declared != name);
        let value = value.find(node).filter(|value| *value != name && Some(*value) != declared);
        self.declare(node, name, kind, declared, value);
        let done: Vec<Node<'_>> = [Some(name), declared, value].into_iter().flatten().collect();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor).filter(|child| !done.contains(child)) {
            match self.rule(child) {
                Rule::Modifier | Rule::Modifiers | Rule::Decorator(..) | Rule::Comment => {}
                _ => {
                    self.visit(child);
                }
            }
        }
        ExpressionId::UNKNOWN
    }

    /// Declares one variable: a field in a type, a variable or constant in a file or namespace,
    /// a local in a function.
    pub fn declare(
        &mut self,
        node: Node<'_>,
        name: Node<'_>,
        kind: SymbolKind,
        declared: Option<Node<'_>>,
        value: Option<Node<'_>>,
    ) -> Option<DefinitionId> {
        if !matches!(self.rule(name), Rule::Name) && name.named_child_count() > 0 {
            if let Some(declared) = declared {
                self.type_of(declared);
            }
            let value = value.map_or(ExpressionId::UNKNOWN, |value| self.visit(value));
            self.bind_pattern(name, value);
            return None;
        }
        let text = self.name_of(name);
        let place = self.place();
        if let (Some(value), true) = (value, place != ScopeKind::Type)
            && let Rule::Lambda(parameters, body) = self.rule(value)
        {
            if let Some(declared) = declared {
                self.type_of(declared);
            }
            return Some(self.lambda_named(value, parameters, body, text, range(name)));
        }
        let scope =
            if place == ScopeKind::Function { self.out.scope() } else { self.out.function_scope() };
        let id = (place != ScopeKind::Function).then(|| {
            let header = self.header(node, name.start_byte() as u32);
            let flags = self.flags_of(&header.words, text);
            let span = range(node);
            let id = self.declare_at(scope, text, span, range(name), kind, flags);
            self.out.get_mut(id).decorators = header.decorators;
            id
        });
        let declared =
            declared.map(|node| self.type_of(node)).filter(|t| *t != ExpressionId::UNKNOWN);
        let expected = std::mem::replace(&mut self.expected, declared);
        let value = value.map(|node| self.visit(node)).filter(|v| *v != ExpressionId::UNKNOWN);
        self.expected = expected;
        self.bind_declared(scope, text, name.start_byte() as u32, id, declared, value);
        id
    }

    /// Binds what is known of a declared name.
    pub fn bind_declared(
        &mut self,
        scope: ScopeId,
        name: &str,
        at: u32,
        id: Option<DefinitionId>,
        declared: Option<ExpressionId>,
        value: Option<ExpressionId>,
    ) {
        if let Some(id) = id {
            self.out.get_mut(id).declared_type = declared;
        }
        match (declared, value) {
            (Some(declared), value) => {
                self.out.bind(scope, name, at, BindingValue::Typed(declared));
                // Of a text its type says nothing.
                let text = |it: &ExpressionId| {
                    matches!(self.out.peek(*it), Expression::Text(_) | Expression::Concat(_))
                };
                if let Some(value) = value.filter(text) {
                    self.out.bind(scope, name, at, BindingValue::Value(value));
                }
            }
            (None, Some(value)) => self.out.bind(scope, name, at, BindingValue::Value(value)),
            (None, None) if id.is_none() => self.out.bind(scope, name, at, BindingValue::Unknown),
            (None, None) => {}
        }
        if id.is_none() {
            let name = self.out.name(name);
            self.locals.insert((scope, name));
        }
    }

    /// Makes the definition of a variable, constant or field.
    pub fn declare_at(
        &mut self,
        scope: ScopeId,
        name: &'s str,
        span: ByteRange,
        name_span: ByteRange,
        kind: SymbolKind,
        flags: DefinitionFlags,
    ) -> DefinitionId {
        let doc = self.doc.take();
        let kind = if self.out.scope_kind(scope) == ScopeKind::Type && kind == SymbolKind::Variable
        {
            let constant = self.variable_kind(name, kind);
            if constant == SymbolKind::Constant { constant } else { SymbolKind::Field }
        } else {
            self.variable_kind(name, kind)
        };
        let start = self.outer.take().unwrap_or(span.start);
        let id = self.out.define(&NewDefinition {
            name,
            kind,
            span: ByteRange { start, end: span.end },
            name_span,
            signature_end: 0,
            flags,
        });
        self.document(id, doc, start);
        self.out.bind_definition(scope, id);
        let key = (scope, self.out.name(name));
        self.known.insert(key, id);
        id
    }

    /// Binds the names of a pattern to the parts of a value.
    pub fn bind_pattern(&mut self, node: Node<'_>, value: ExpressionId) {
        if !self.out.enter(node) {
            return;
        }
        match self.rule(node) {
            Rule::Name if self.text(node) == "_" => {}
            Rule::Name => {
                let name = self.name_of(node);
                let scope = self.out.scope();
                let bound = if value == ExpressionId::UNKNOWN {
                    BindingValue::Unknown
                } else {
                    BindingValue::Value(value)
                };
                self.out.bind(scope, name, node.start_byte() as u32, bound);
                let name = self.out.name(name);
                self.locals.insert((scope, name));
            }
            Rule::Pattern | Rule::Collection(_) => {
                let mut cursor = node.walk();
                for (index, child) in node.named_children(&mut cursor).enumerate() {
                    let part = if value == ExpressionId::UNKNOWN {
                        value
                    } else {
                        self.out.expression(Expression::Part { base: value, index: index as u16 })
                    };
                    self.bind_pattern(child, part);
                }
            }
            Rule::Comment | Rule::Token | Rule::Modifier | Rule::Modifiers => {}
            Rule::Pair(key, part) => {
                let (key, part) = (key.find(node), part.find(node));
                if let Some(key) = key.filter(|key| Some(*key) != part) {
                    self.bind_pattern(key, ExpressionId::UNKNOWN);
                }
                if let Some(part) = part {
                    self.bind_pattern(part, value);
                }
            }
            Rule::Parameter(name, declared, _, _) => {
                let (name, declared) = (name.find(node), declared.find(node));
                if let (Some(name), Some(declared)) = (name, declared) {
                    let declared = self.type_of(declared);
                    self.bind_typed(name, declared);
                } else if let Some(name) = name {
                    self.bind_pattern(name, value);
                }
            }
            _ => {
                let single = node.named_child_count() == 1;
                let mut cursor = node.walk();
                for child in node.named_children(&mut cursor) {
                    self.bind_pattern(child, if single { value } else { ExpressionId::UNKNOWN });
                }
            }
        }
        self.out.leave();
    }

    /// Binds a name to a declared type, in the innermost scope.
    pub fn bind_typed(&mut self, name: Node<'_>, declared: ExpressionId) {
        let scope = self.out.scope();
        let text = self.name_of(name);
        let value = if declared == ExpressionId::UNKNOWN {
            BindingValue::Unknown
        } else {
            BindingValue::Typed(declared)
        };
        self.out.bind(scope, text, name.start_byte() as u32, value);
        let text = self.out.name(text);
        self.locals.insert((scope, text));
    }

    pub(super) fn loop_over(
        &mut self,
        node: Node<'_>,
        variable: At,
        declared: At,
        iterable: At,
    ) -> ExpressionId {
        self.out.open_scope(ScopeKind::Block, None);
        let (variable, declared) = (variable.find(node), declared.find(node));
        let iterable = iterable.find(node).filter(|iterable| Some(*iterable) != variable);
        let over = iterable.map_or(ExpressionId::UNKNOWN, |iterable| self.visit(iterable));
        let declared_type =
            declared.map_or(ExpressionId::UNKNOWN, |declared| self.type_of(declared));
        if let Some(variable) = variable {
            if declared_type != ExpressionId::UNKNOWN && matches!(self.rule(variable), Rule::Name) {
                self.bind_typed(variable, declared_type);
            } else {
                let element = if over == ExpressionId::UNKNOWN {
                    over
                } else {
                    self.out.expression(Expression::Element(over))
                };
                self.bind_pattern(variable, element);
            }
        }
        let done: Vec<Node<'_>> = [variable, declared, iterable].into_iter().flatten().collect();
        self.children_except(node, &done);
        self.out.close_scope();
        ExpressionId::UNKNOWN
    }

    pub(super) fn catch(&mut self, node: Node<'_>, variable: At, declared: At) -> ExpressionId {
        self.out.open_scope(ScopeKind::Block, None);
        let (variable, declared) = (variable.find(node), declared.find(node));
        let class = declared.map_or(ExpressionId::UNKNOWN, |declared| self.type_of(declared));
        if let Some(variable) = variable {
            let name = if matches!(self.rule(variable), Rule::Name) {
                Some(variable)
            } else {
                variable.named_child(0)
            };
            if let Some(name) = name {
                self.bind_typed(name, class);
            }
        }
        let done: Vec<Node<'_>> = [variable, declared].into_iter().flatten().collect();
        self.children_except(node, &done);
        self.out.close_scope();
        ExpressionId::UNKNOWN
    }
}

/// Whether the operator between the sides reads the left one too (`+=`, `||=`).
fn augmented(walker: &Walker<'_, '_>, node: Node<'_>, left: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).find(|child| child.start_byte() >= left.end_byte()).is_some_and(
        |child| {
            let text = walker.text(child);
            let operator = text.len() > 1 && text.len() <= 4 && text.ends_with('=');
            operator && !matches!(text, "==" | ":=" | "::=" | "!=" | "<=" | ">=" | "===" | "->=")
        },
    )
}
