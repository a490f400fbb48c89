//! Functions, classes, interfaces, enumerations and namespaces.

use super::syntax::{Kind, first_named, function_flags, has_token, named, named_with_comments};
use super::walk::{Lead, OpenFunction, Owner, Receiver, Walk};
use crate::extract::range;
use qf_graph::facts::{
    BindingValue, ByteRange, CollectionKind, DefinitionFlags, DefinitionId, Expression,
    ExpressionId, ParameterKind, ReferenceFlags, ScopeId, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

impl<'s> Walk<'_, 's> {
    // ---- functions ---------------------------------------------------------------------------

    pub(super) fn is_function_literal(&self, node: Node<'_>) -> bool {
        matches!(
            self.kind(node),
            Kind::ArrowFunction | Kind::FunctionExpression | Kind::GeneratorFunction
        )
    }

    /// Start of the body: the end of the header.
    pub(super) fn body_start(&self, node: Node<'_>) -> u32 {
        self.field(node, self.fields.body).map_or(0, |body| body.start_byte() as u32)
    }

    pub(super) fn function_declaration(&mut self, node: Node<'_>, lead: &Lead<'_>) {
        let Some(name_node) = self.field(node, self.fields.name) else { return };
        let name = self.out.text(name_node);
        let scope = self.out.scope();
        let mut new = Self::new_definition(name, name_node, SymbolKind::Function, lead.span(node));
        new.flags = function_flags(node);
        new.signature_end = self.body_start(node);
        if self.kind(node) == Kind::FunctionSignature {
            new.flags |= if self.ambient_depth > 0 || self.settings.declarations_only {
                DefinitionFlags::ABSTRACT
            } else {
                DefinitionFlags::OVERLOAD
            };
        }
        let id = self.define(new, lead.doc);
        self.declare_definition(scope, name, id);
        self.exported_declaration(name, Some(id), lead);
        let receiver = Receiver::Function { name, definition: id };
        self.function_body(node, id, receiver, lead.doc, &[]);
    }

    /// A function without a name, as a value. `hints` are the values of its first parameters
    /// where the caller knows them.
    pub(super) fn function_value(
        &mut self,
        node: Node<'_>,
        hints: &[ExpressionId],
    ) -> ExpressionId {
        let name_node = self.field(node, self.fields.name);
        let name = name_node.map_or("", |name| self.out.text(name));
        let start = range(node).start;
        let name_span = name_node.map_or(ByteRange { start, end: start }, range);
        let mut new = Self::new_definition(name, node, SymbolKind::Function, range(node));
        new.name_span = name_span;
        new.flags = function_flags(node);
        new.signature_end = self.body_start(node);
        let id = self.define(new, None);
        let receiver = match self.kind(node) {
            Kind::ArrowFunction => self.receiver(),
            _ if name.is_empty() => Receiver::Unknown,
            _ => Receiver::Function { name, definition: id },
        };
        self.function_body(node, id, receiver, None, hints);
        self.out.expression(Expression::Function(id))
    }

    /// Parameters, types and body of a function that is defined already.
    pub(super) fn function_body(
        &mut self,
        node: Node<'_>,
        id: DefinitionId,
        receiver: Receiver<'s>,
        doc: Option<ByteRange>,
        hints: &[ExpressionId],
    ) {
        let scope = self.out.open_definition(id, ScopeKind::Function);
        let receiver = match receiver {
            // Members look the receiver up from inside the function.
            Receiver::Instance { owner, constructing, .. }
                if self.kind(node) != Kind::ArrowFunction =>
            {
                Receiver::Instance { owner, from: scope, constructing }
            }
            other => other,
        };
        self.receivers.push(receiver);
        if let Some(own) = self.field(node, self.fields.name) {
            // A function expression's own name is visible inside it.
            if self.kind(own) == Kind::Identifier && self.is_function_literal(node) {
                let (name, at) = (self.out.text(own), own.start_byte() as u32);
                self.out.bind(scope, name, at, BindingValue::Definition(id));
                self.declare(scope, name, Some(id));
            }
        }
        self.type_parameters(node, Some(id), scope);
        if let Some(parameter) = self.field(node, self.fields.parameter) {
            self.parameter(parameter, id, scope, hints, doc);
        } else if let Some(parameters) = self.field(node, self.fields.parameters) {
            for parameter in named(parameters) {
                self.parameter(parameter, id, scope, hints, doc);
            }
        }
        let declared = match self.field(node, self.fields.return_type) {
            Some(annotation) => self.type_in(annotation),
            None => ExpressionId::UNKNOWN,
        };
        let mut expected = None;
        if declared != ExpressionId::UNKNOWN {
            self.out.get_mut(id).declared_type = Some(declared);
            let asynchronous = self.out.get(id).flags.contains(DefinitionFlags::ASYNC);
            let value = self.out.expression(Expression::InstanceOf(declared));
            expected = Some(if asynchronous {
                self.out.expression(Expression::Await(value))
            } else {
                value
            });
        }
        self.functions.push(OpenFunction { definition: id, expected });
        let literal_receiver = std::mem::replace(&mut self.literal_receiver, Receiver::Unknown);
        if let Some(body) = self.field(node, self.fields.body) {
            if self.kind(body) == Kind::StatementBlock {
                if self.out.enter(body) {
                    self.statements(body);
                    self.out.leave();
                }
            } else {
                let value = self.returned(body, expected);
                self.out.returns(id, value);
            }
        }
        if let Some(documented) = self.documented_type(doc, "@return") {
            // What a comment says is taken where the code itself does not say it better.
            let clear = self.out.get(id).returns.iter().any(|value| {
                matches!(
                    self.out.peek(*value),
                    Expression::This(_) | Expression::InstanceOf(_) | Expression::New { .. }
                )
            });
            if !clear {
                self.out.get_mut(id).declared_type = Some(documented);
            }
        }
        self.literal_receiver = literal_receiver;
        self.functions.pop();
        self.receivers.pop();
        self.out.close_definition();
    }

    /// A returned value. An object literal with functions becomes an object of its own, so that
    /// its functions can call each other through `this`.
    pub(super) fn returned(
        &mut self,
        value: Node<'_>,
        expected: Option<ExpressionId>,
    ) -> ExpressionId {
        let inner = self.without_wrapping(value);
        if expected.is_none() && self.kind(inner) == Kind::Object && self.has_functions(inner, 0) {
            return self.object_value_with_members(inner);
        }
        self.expression_expecting(value, expected)
    }

    fn parameter(
        &mut self,
        node: Node<'_>,
        function: DefinitionId,
        scope: ScopeId,
        hints: &[ExpressionId],
        doc: Option<ByteRange>,
    ) {
        let typed = matches!(self.kind(node), Kind::RequiredParameter | Kind::OptionalParameter);
        if typed {
            for child in named(node) {
                if self.kind(child) == Kind::Decorator {
                    self.decorator(child);
                }
            }
        }
        let mut pattern = node;
        let mut default = None;
        let mut declared = None;
        if typed {
            let inner = self
                .field(node, self.fields.pattern)
                .or_else(|| self.field(node, self.fields.name));
            let Some(inner) = inner else { return };
            pattern = inner;
            declared = self.annotation(node);
            default = self.field(node, self.fields.value);
        } else if self.kind(node) == Kind::AssignmentPattern {
            let Some(left) = self.field(node, self.fields.left) else { return };
            pattern = left;
            default = self.field(node, self.fields.right);
        }
        let mut kind = ParameterKind::Plain;
        if self.kind(pattern) == Kind::RestPattern {
            kind = ParameterKind::Rest;
            let Some(inner) = first_named(pattern) else { return };
            pattern = inner;
        }
        let at = pattern.start_byte() as u32;
        if self.kind(pattern) == Kind::This {
            self.out.parameter(function, "this", declared, None, ParameterKind::Receiver, at);
            if let (Some(declared), Some(last)) = (declared, self.receivers.last_mut()) {
                *last = Receiver::Typed(declared);
            }
            return;
        }
        let expected =
            declared.map(|declared| self.out.expression(Expression::InstanceOf(declared)));
        let default = default.map(|default| self.expression_expecting(default, expected));
        let default = default.filter(|default| *default != ExpressionId::UNKNOWN);
        let optional = self.kind(node) == Kind::OptionalParameter && declared.is_some();
        let default = default.or_else(|| optional.then(|| self.builtin("undefined")));
        let position = self.out.get(function).parameters.len();
        let hint = hints.get(position).copied().filter(|hint| *hint != ExpressionId::UNKNOWN);
        if self.kind(pattern) == Kind::Identifier {
            let name = self.out.text(pattern);
            let declared = declared.or_else(|| self.documented_parameter(doc, name));
            self.out.parameter(function, name, declared, default, kind, at);
            self.declare(scope, name, None);
            if let (Some(hint), None) = (hint, declared) {
                self.out.bind(scope, name, at, BindingValue::Value(hint));
            }
            self.parameter_property(node, name, pattern, declared);
            return;
        }
        // A pattern has no name, but its parts must reach the argument: bind it under a name that
        // no source can write.
        let index = self.out.parameter(function, "", declared, default, kind, at);
        let placeholder = format!("#{index}");
        self.out.bind(scope, &placeholder, at, BindingValue::Parameter { function, index });
        if let (Some(hint), None) = (hint, declared) {
            self.out.bind(scope, &placeholder, at, BindingValue::Value(hint));
        }
        let base = self.out.name_expression(&placeholder);
        self.bind_pattern(pattern, base, scope);
    }

    /// `constructor(private repo: Repo)`: the parameter is a field too.
    fn parameter_property(
        &mut self,
        node: Node<'_>,
        name: &'s str,
        name_node: Node<'_>,
        declared: Option<ExpressionId>,
    ) {
        let Receiver::Instance { owner, constructing: true, .. } = self.receiver() else { return };
        let Some(private) = self.member_visibility(node) else { return };
        let Some(class) = owner.definition else { return };
        self.out.push_parent(class);
        let new = Self::new_definition(name, name_node, SymbolKind::Field, range(node));
        let id = self.define(new, None);
        self.out.pop_parent();
        self.attach(owner, name, id, private);
        let at = name_node.start_byte() as u32;
        if let Some(declared) = declared {
            self.out.get_mut(id).declared_type = Some(declared);
            self.out.bind(owner.scope, name, at, BindingValue::Typed(declared));
        } else {
            let value = self.out.name_expression(name);
            self.out.bind(owner.scope, name, at, BindingValue::Value(value));
        }
    }

    /// For parameters: whether a modifier makes it a property, and then whether it is hidden.
    fn member_visibility(&self, parameter: Node<'_>) -> Option<bool> {
        let mut cursor = parameter.walk();
        let mut found = None;
        for child in parameter.children(&mut cursor) {
            match self.kind(child) {
                Kind::AccessibilityModifier => found = Some(self.out.text(child) != "public"),
                _ if matches!(child.kind(), "readonly" | "override_modifier") => {
                    found = found.or(Some(false));
                }
                _ => {}
            }
        }
        found
    }

    // ---- classes -----------------------------------------------------------------------------

    pub(super) fn class_declaration(&mut self, node: Node<'_>, lead: &Lead<'_>) {
        let scope = self.out.scope();
        let name_node = self.field(node, self.fields.name);
        let id = self.class(node, name_node, lead.span(node), lead);
        if let Some(name_node) = name_node {
            let name = self.out.text(name_node);
            self.declare_definition(scope, name, id);
            self.exported_declaration(name, Some(id), lead);
        }
    }

    /// A class expression; bound in `scope` when it is known under a name there.
    pub(super) fn class_value(
        &mut self,
        node: Node<'_>,
        name_node: Option<Node<'_>>,
        scope: Option<ScopeId>,
        span: ByteRange,
        lead: &Lead<'_>,
    ) -> DefinitionId {
        let name_node = name_node.or_else(|| self.field(node, self.fields.name));
        let id = self.class(node, name_node, span, lead);
        if let (Some(name_node), Some(scope)) = (name_node, scope) {
            let name = self.out.text(name_node);
            self.declare_definition(scope, name, id);
            self.exported_declaration(name, Some(id), lead);
        }
        id
    }

    fn class(
        &mut self,
        node: Node<'_>,
        name_node: Option<Node<'_>>,
        span: ByteRange,
        lead: &Lead<'_>,
    ) -> DefinitionId {
        let name = match name_node {
            Some(name) => self.out.text(name),
            None if lead.default => "default",
            None => "",
        };
        let mut decorators = Vec::new();
        let children = named(node);
        let own = children.iter().copied().filter(|child| self.kind(*child) == Kind::Decorator);
        for decorator in lead.decorators.iter().copied().chain(own.collect::<Vec<_>>()) {
            decorators.push(self.decorator(decorator));
        }
        let mut new =
            Self::new_definition(name, name_node.unwrap_or(node), SymbolKind::Class, span);
        if name_node.is_none() {
            new.name_span.end = new.name_span.start;
        }
        new.signature_end = self.body_start(node);
        if self.kind(node) == Kind::AbstractClassDeclaration {
            new.flags |= DefinitionFlags::ABSTRACT;
        }
        let id = self.define(new, lead.doc);
        self.out.get_mut(id).decorators = decorators;
        let generic = self.open_type_parameters(node, id);
        let scope = self.out.open_definition(id, ScopeKind::Type);
        let key = self.new_owner_key();
        let mut owner = Owner { key, scope, definition: Some(id), open: true };
        for child in children {
            if self.kind(child) == Kind::ClassHeritage {
                let inherits = self.outside(owner, |walk| walk.heritage(child, id));
                // In TypeScript a field that is assigned but not declared is an inherited one.
                owner.open = !(self.settings.dialect.is_typed() && inherits);
            }
        }
        if !name.is_empty() {
            self.owner_keys.insert(name, key);
        }
        if let Some(body) = self.field(node, self.fields.body) {
            self.class_body(body, owner, name);
        }
        self.out.close_definition();
        if generic {
            self.out.close_scope();
        }
        id
    }

    /// Base classes and interfaces; whether a class is extended.
    fn heritage(&mut self, node: Node<'_>, class: DefinitionId) -> bool {
        let mut inherits = false;
        for part in named(node) {
            match self.kind(part) {
                Kind::ExtendsClause => {
                    inherits = true;
                    let arguments = self.field(part, self.fields.type_arguments);
                    for value in named(part) {
                        if Some(value) == arguments {
                            continue;
                        }
                        let mut base = self.base_expression(value);
                        if let Some(arguments) = arguments {
                            let arguments = self.type_list(arguments);
                            base = self.out.generic(base, &arguments);
                        }
                        self.out.get_mut(class).bases.push(base);
                    }
                }
                Kind::ImplementsClause => {
                    for base in named(part) {
                        self.base_type(base, class);
                    }
                }
                // JavaScript has the expression right here.
                _ => {
                    inherits = true;
                    let base = self.base_expression(part);
                    self.out.get_mut(class).bases.push(base);
                }
            }
        }
        inherits
    }

    /// The expression after `extends`.
    fn base_expression(&mut self, node: Node<'_>) -> ExpressionId {
        match self.kind(node) {
            Kind::Identifier | Kind::MemberExpression => {
                let (base, name, span) = self.callee(node);
                self.out.inherit_reference(&name, span, base);
                base
            }
            _ => self.expression(node),
        }
    }

    /// One base that is written as a type.
    pub(super) fn base_type(&mut self, node: Node<'_>, id: DefinitionId) {
        let base = self.type_without_reference(node);
        let named = self.type_name(node);
        if let Some(name) = named {
            let text = self.out.text(name);
            self.out.inherit_reference(text, range(name), base);
        }
        if base != ExpressionId::UNKNOWN {
            self.out.get_mut(id).bases.push(base);
        }
    }

    fn class_body(&mut self, body: Node<'_>, owner: Owner, class: &'s str) {
        let members = named_with_comments(body);
        self.declare_members(&members, owner);
        let mut doc: Option<ByteRange> = None;
        let mut decorators: Vec<Node<'_>> = Vec::new();
        for member in members {
            if member.is_extra() {
                doc = self.documentation(member, doc);
                continue;
            }
            if self.kind(member) == Kind::Decorator {
                decorators.push(member);
                continue;
            }
            let lead = Lead {
                start: decorators.first().map(|first| first.start_byte() as u32),
                doc: doc.take(),
                decorators: std::mem::take(&mut decorators),
                ..Lead::default()
            };
            if self.out.enter(member) {
                self.class_member(member, owner, class, &lead);
                self.out.leave();
            }
        }
    }

    /// Notes the names of all members first: a constructor may assign a field that is declared
    /// further down.
    fn declare_members(&mut self, members: &[Node<'_>], owner: Owner) {
        for member in members {
            let name_node = self
                .field(*member, self.fields.name)
                .or_else(|| self.field(*member, self.fields.property));
            let Some(name_node) = name_node else { continue };
            let name = self.out.text(name_node);
            if name == "constructor" {
                let parameters = self.field(*member, self.fields.parameters);
                for parameter in parameters.map(named).unwrap_or_default() {
                    if self.member_visibility(parameter).is_some()
                        && let Some(pattern) = self.field(parameter, self.fields.pattern)
                    {
                        self.members.insert((owner.key, self.out.text(pattern)), None);
                    }
                }
            }
            self.members.insert((owner.key, name), None);
        }
    }

    fn class_member(&mut self, node: Node<'_>, owner: Owner, class: &'s str, lead: &Lead<'_>) {
        match self.kind(node) {
            Kind::MethodDefinition | Kind::MethodSignature | Kind::AbstractMethodSignature => {
                self.method(node, owner, class, lead);
            }
            Kind::PublicFieldDefinition | Kind::FieldDefinition => {
                self.class_field(node, owner, class, lead);
            }
            Kind::ClassStaticBlock => {
                if let Some(body) = self.field(node, self.fields.body) {
                    let from = self.out.open_scope(ScopeKind::Block, None);
                    self.receivers.push(Receiver::Static { owner, from, class });
                    self.statements(body);
                    self.receivers.pop();
                    self.out.close_scope();
                }
            }
            Kind::IndexSignature => {
                if let Some(annotation) = self.field(node, self.fields.type_) {
                    self.type_in(annotation);
                }
            }
            _ => {}
        }
    }

    fn method(&mut self, node: Node<'_>, owner: Owner, class: &'s str, lead: &Lead<'_>) {
        let Some(name_node) = self.field(node, self.fields.name) else { return };
        let Some(name) = self.property_name(name_node) else { return };
        let constructor = name == "constructor" && owner.definition.is_some();
        let kind = if constructor { SymbolKind::Constructor } else { SymbolKind::Method };
        let mut new = Self::new_definition(&name, name_node, kind, lead.span(node));
        new.flags = function_flags(node);
        new.signature_end = self.body_start(node);
        match self.kind(node) {
            Kind::MethodSignature if self.ambient_depth > 0 || self.settings.declarations_only => {
                new.flags |= DefinitionFlags::ABSTRACT;
            }
            Kind::MethodSignature => new.flags |= DefinitionFlags::OVERLOAD,
            Kind::AbstractMethodSignature => new.flags |= DefinitionFlags::ABSTRACT,
            _ => {}
        }
        let is_static = new.flags.contains(DefinitionFlags::STATIC);
        let id = self.define(new, lead.doc);
        let private = self.is_private(node, &name);
        self.note_member(owner, id, private);
        self.out.bind_definition(owner.scope, id);
        self.decorators(id, node, lead);
        let from = owner.scope;
        let receiver = if is_static {
            Receiver::Static { owner, from, class }
        } else {
            Receiver::Instance { owner, from, constructing: constructor }
        };
        self.function_body(node, id, receiver, lead.doc, &[]);
    }

    fn class_field(&mut self, node: Node<'_>, owner: Owner, class: &'s str, lead: &Lead<'_>) {
        let name_node =
            self.field(node, self.fields.name).or_else(|| self.field(node, self.fields.property));
        let Some(name_node) = name_node else { return };
        let Some(name) = self.property_name(name_node) else { return };
        let value = self.field(node, self.fields.value);
        let function =
            value.map(|v| self.without_wrapping(v)).filter(|v| self.is_function_literal(*v));
        if let Some(inner) = value.filter(|value| self.kind(*value) == Kind::Class) {
            let id = self.class_value(inner, Some(name_node), None, lead.span(node), lead);
            self.note_member(owner, id, self.is_private(node, &name));
            self.out.bind_definition(owner.scope, id);
            return;
        }
        let kind = if function.is_some() { SymbolKind::Method } else { SymbolKind::Field };
        let mut new = Self::new_definition(&name, name_node, kind, lead.span(node));
        if has_token(node, "static") {
            new.flags |= DefinitionFlags::STATIC;
        }
        if has_token(node, "abstract") {
            new.flags |= DefinitionFlags::ABSTRACT;
        }
        if kind == SymbolKind::Field && (value.is_some() || self.may_be_left_out(node)) {
            new.flags |= DefinitionFlags::OPTIONAL;
        }
        let is_static = new.flags.contains(DefinitionFlags::STATIC);
        if let Some(function) = function {
            new.flags |= function_flags(function);
            new.signature_end = self.body_start(function);
        }
        let id = self.define(new, lead.doc);
        let private = self.is_private(node, &name);
        self.note_member(owner, id, private);
        self.out.bind_definition(owner.scope, id);
        self.decorators(id, node, lead);
        let from = owner.scope;
        self.receivers.push(if is_static {
            Receiver::Static { owner, from, class }
        } else {
            Receiver::Instance { owner, from, constructing: false }
        });
        self.field_value(id, node, &name, name_node, value, function, owner, lead);
        self.receivers.pop();
    }

    #[allow(clippy::too_many_arguments)]
    fn field_value(
        &mut self,
        id: DefinitionId,
        node: Node<'_>,
        name: &str,
        name_node: Node<'_>,
        value: Option<Node<'_>>,
        function: Option<Node<'_>>,
        owner: Owner,
        lead: &Lead<'_>,
    ) {
        let at = name_node.start_byte() as u32;
        let declared = self.outside(owner, |walk| {
            walk.annotation(node).or_else(|| walk.documented_type(lead.doc, "@type"))
        });
        if let Some(function) = function {
            let receiver = self.receiver();
            self.function_body(function, id, receiver, lead.doc, &[]);
            return;
        }
        if let Some(declared) = declared {
            self.out.get_mut(id).declared_type = Some(declared);
            self.out.bind(owner.scope, name, at, BindingValue::Typed(declared));
            if let Some(value) = value {
                let expected = self.out.expression(Expression::InstanceOf(declared));
                self.outside(owner, |walk| walk.expression_expecting(value, Some(expected)));
            }
            return;
        }
        let Some(value) = value else { return };
        let inner = self.without_wrapping(value);
        if self.kind(inner) == Kind::Object && self.has_functions(inner, 0) {
            self.object_definition(inner, id);
            return;
        }
        let value = self.outside(owner, |walk| walk.expression(value));
        if value != ExpressionId::UNKNOWN {
            self.out.bind(owner.scope, name, at, BindingValue::Value(value));
        }
    }

    /// `private`, `protected` or `#name`.
    fn is_private(&self, node: Node<'_>, name: &str) -> bool {
        if name.starts_with('#') {
            return true;
        }
        let mut cursor = node.walk();
        node.named_children(&mut cursor).take(6).any(|child| {
            self.kind(child) == Kind::AccessibilityModifier && self.out.text(child) != "public"
        })
    }

    /// Remembers a member for the visibility pass.
    pub(super) fn note_member(&mut self, owner: Owner, id: DefinitionId, private: bool) {
        if let (Some(definition), false) = (owner.definition, private) {
            self.public_members.push((id, definition));
        }
    }

    /// Binds a member in its type.
    pub(super) fn attach(&mut self, owner: Owner, name: &'s str, id: DefinitionId, private: bool) {
        self.members.insert((owner.key, name), Some(id));
        self.note_member(owner, id, private);
        self.out.bind_definition(owner.scope, id);
    }

    fn decorators(&mut self, id: DefinitionId, node: Node<'_>, lead: &Lead<'_>) {
        let mut decorators = Vec::new();
        for decorator in lead.decorators.clone() {
            decorators.push(self.decorator(decorator));
        }
        for child in named(node) {
            if self.kind(child) != Kind::Decorator {
                break;
            }
            decorators.push(self.decorator(child));
        }
        self.out.get_mut(id).decorators = decorators;
    }

    /// `@Name`, `@Name(…)`: its expression, with a reference.
    pub(super) fn decorator(&mut self, node: Node<'_>) -> ExpressionId {
        let Some(inner) = first_named(node) else { return ExpressionId::UNKNOWN };
        if self.kind(inner) == Kind::CallExpression {
            return self.call(inner, ReferenceFlags::DECORATOR);
        }
        let (expression, name, span) = self.callee(inner);
        let call = self.out.call(expression, &[]);
        self.out.call_reference(&name, span, call, ReferenceFlags::DECORATOR);
        expression
    }

    // ---- other types -------------------------------------------------------------------------

    pub(super) fn interface_declaration(&mut self, node: Node<'_>, lead: &Lead<'_>) {
        let Some(name_node) = self.field(node, self.fields.name) else { return };
        let name = self.out.text(name_node);
        let scope = self.out.scope();
        let mut new = Self::new_definition(name, name_node, SymbolKind::Interface, lead.span(node));
        new.signature_end = self.body_start(node);
        let id = self.define(new, lead.doc);
        self.declare_definition(scope, name, id);
        self.exported_declaration(name, Some(id), lead);
        let generic = self.open_type_parameters(node, id);
        let scope = self.out.open_definition(id, ScopeKind::Type);
        let key = self.new_owner_key();
        let owner = Owner { key, scope, definition: Some(id), open: false };
        for child in named(node) {
            if self.kind(child) == Kind::ExtendsTypeClause {
                for base in named(child) {
                    self.outside(owner, |walk| walk.base_type(base, id));
                }
            }
        }
        if let Some(body) = self.field(node, self.fields.body) {
            self.type_members(body, owner);
        }
        self.out.close_definition();
        if generic {
            self.out.close_scope();
        }
    }

    pub(super) fn enum_declaration(&mut self, node: Node<'_>, lead: &Lead<'_>) {
        let Some(name_node) = self.field(node, self.fields.name) else { return };
        let name = self.out.text(name_node);
        let scope = self.out.scope();
        let mut new = Self::new_definition(name, name_node, SymbolKind::Enum, lead.span(node));
        new.signature_end = self.body_start(node);
        let id = self.define(new, lead.doc);
        self.declare_definition(scope, name, id);
        self.exported_declaration(name, Some(id), lead);
        let scope = self.out.open_definition(id, ScopeKind::Type);
        let body = self.field(node, self.fields.body);
        let mut doc = None;
        for member in body.map(named_with_comments).unwrap_or_default() {
            if member.is_extra() {
                doc = self.documentation(member, doc);
                continue;
            }
            let (name_node, value) = if self.kind(member) == Kind::EnumAssignment {
                (self.field(member, self.fields.name), self.field(member, self.fields.value))
            } else {
                (Some(member), None)
            };
            let doc = doc.take();
            let Some(name_node) = name_node else { continue };
            let Some(name) = self.property_name(name_node) else { continue };
            let kind = SymbolKind::EnumMember;
            let new = Self::new_definition(&name, name_node, kind, range(member));
            let member = self.define(new, doc);
            let key = Owner { key: 0, scope, definition: Some(id), open: false };
            self.note_member(key, member, false);
            self.out.bind_definition(scope, member);
            if let Some(value) = value {
                let value = self.expression(value);
                if value != ExpressionId::UNKNOWN {
                    let at = name_node.start_byte() as u32;
                    self.out.bind(scope, &name, at, BindingValue::Value(value));
                }
            }
        }
        self.out.close_definition();
    }

    /// `namespace A.B { … }`, `declare module "m" { … }`.
    pub(super) fn namespace(&mut self, node: Node<'_>, lead: &Lead<'_>) {
        let Some(name_node) = self.field(node, self.fields.name) else { return };
        let mut parts = Vec::new();
        let mut at = name_node;
        while self.kind(at) == Kind::NestedIdentifier {
            parts.extend(self.field(at, self.fields.property));
            match self.field(at, self.fields.object) {
                Some(object) => at = object,
                None => break,
            }
        }
        parts.push(at);
        parts.reverse();
        let mut opened = 0;
        for (position, part) in parts.iter().enumerate() {
            let text = self.out.text(*part);
            let name = text.trim_matches(['"', '\'']);
            let mut new = Self::new_definition(name, *part, SymbolKind::Namespace, lead.span(node));
            new.signature_end = self.body_start(node);
            let doc = if position == 0 { lead.doc } else { None };
            let id = self.define(new, doc);
            let scope = self.out.scope();
            self.declare_definition(scope, name, id);
            self.exported_declaration(name, Some(id), lead);
            self.out.open_definition(id, ScopeKind::Namespace);
            self.namespace_depth += 1;
            opened += 1;
        }
        if let Some(body) = self.field(node, self.fields.body) {
            self.statements(body);
        }
        for _ in 0..opened {
            self.namespace_depth -= 1;
            self.out.close_definition();
        }
    }

    /// The function's yielded value, as what iterating over its result gives.
    pub(super) fn yielded(&mut self, node: Node<'_>) -> ExpressionId {
        let Some(value) = first_named(node) else { return ExpressionId::UNKNOWN };
        let value = self.expression(value);
        if let (Some(function), true) =
            (self.functions.last().copied(), value != ExpressionId::UNKNOWN)
        {
            let result = if has_token(node, "*") {
                value
            } else {
                self.out.collection(CollectionKind::List, &[value])
            };
            self.out.returns(function.definition, result);
        }
        ExpressionId::UNKNOWN
    }
}
