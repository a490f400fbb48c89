//! Members of types: fields, methods, constructors, initialisers.

use super::implicit::FieldNote;
use super::{FunctionFrame, Kind, Walk};
use crate::extract::{NewDefinition, range};
use crate::languages::kinds::children_of_field;
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionFlags, DefinitionId, Expression, ExpressionId,
    ParameterKind, ReferenceFlags, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

/// The name under which constructors are bound in their class, as in class files. Their
/// definitions have the class's name, which must keep meaning the class inside it.
pub(super) const CONSTRUCTOR: &str = "<init>";

impl<'s, 't> Walk<'_, 's, 't> {
    /// Walks a type's body; a Javadoc comment documents the member below it.
    pub(super) fn members(&mut self, body: Node<'t>) {
        if !self.out.enter(body) {
            return;
        }
        let mut doc = None;
        let mut cursor = body.walk();
        for node in body.named_children(&mut cursor) {
            match self.kind(node) {
                Kind::LineComment => {}
                Kind::BlockComment => doc = Some(node),
                _ => self.member(node, doc.take()),
            }
        }
        self.out.leave();
    }

    /// One member of a type, or one declaration of a file.
    pub(super) fn member(&mut self, node: Node<'t>, doc: Option<Node<'t>>) {
        match self.kind(node) {
            Kind::ClassDeclaration
            | Kind::InterfaceDeclaration
            | Kind::EnumDeclaration
            | Kind::RecordDeclaration
            | Kind::AnnotationTypeDeclaration => self.type_declaration(node, doc),
            Kind::MethodDeclaration | Kind::AnnotationTypeElementDeclaration => {
                self.method(node, doc);
            }
            Kind::ConstructorDeclaration | Kind::CompactConstructorDeclaration => {
                self.constructor(node, doc);
            }
            Kind::FieldDeclaration | Kind::ConstantDeclaration => {
                self.field_declaration(node, doc);
            }
            Kind::EnumConstant => self.enum_constant(node, doc),
            Kind::EnumBodyDeclarations => self.members(node),
            Kind::StaticInitializer => {
                if let Some(block) = node.named_child(0) {
                    self.statement(block);
                }
            }
            _ => self.statement(node),
        }
    }

    // ---- methods -------------------------------------------------------------------------------

    fn method(&mut self, node: Node<'t>, doc: Option<Node<'t>>) {
        let Some(name) = self.field(node, self.fields.name) else { return };
        let text = self.text(name);
        let modifiers = self.modifiers(node);
        let body = self.field(node, self.fields.body);
        let mut flags = modifiers.flags | self.annotation_flags(&modifiers.annotations);
        let (mut is_interface, mut is_test_case) = (false, false);
        if let Some(frame) = self.types.last() {
            is_interface = frame.is_interface;
            is_test_case = frame.is_test_case;
        }
        if is_interface {
            flags |= DefinitionFlags::EXPORTED;
        }
        if is_interface && body.is_none() {
            flags |= DefinitionFlags::ABSTRACT;
        }
        if is_test_case && text.starts_with("test") {
            flags |= DefinitionFlags::TEST;
        }
        let id = self.out.define(&NewDefinition {
            name: text,
            kind: SymbolKind::Method,
            span: range(node),
            name_span: range(name),
            signature_end: body.map_or(0, |body| body.start_byte() as u32),
            flags,
        });
        self.document(id, doc);
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        self.note_overload(text, id);
        self.in_function(id, false, |walk| {
            walk.type_parameters(id, node);
            walk.decorate(id, &modifiers.annotations);
            walk.result(id, node);
            walk.signature(id, node);
            match body {
                Some(body) => walk.statements_of(body),
                None => {
                    if let Some(default) = walk.field(node, walk.fields.value) {
                        walk.expression(default);
                    }
                }
            }
        });
    }

    fn note_overload(&mut self, name: &'s str, id: DefinitionId) {
        let Some(frame) = self.types.last_mut() else { return };
        if let Some(first) = frame.methods.insert(name, id) {
            self.out.get_mut(first).flags |= DefinitionFlags::OVERLOAD;
            self.out.get_mut(id).flags |= DefinitionFlags::OVERLOAD;
        }
    }

    fn result(&mut self, id: DefinitionId, node: Node<'t>) {
        let Some(written) = self.field(node, self.fields.written_type) else { return };
        if self.kind(written) == Kind::VoidType {
            return;
        }
        let lowered = self.type_expression(written);
        let lowered = self.declared_type(lowered, node);
        self.out.get_mut(id).declared_type = Some(lowered);
    }

    /// Parameters and thrown types.
    fn signature(&mut self, id: DefinitionId, node: Node<'t>) {
        if let Some(parameters) = self.field(node, self.fields.parameters) {
            self.parameters(id, parameters);
        }
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if self.kind(child) == Kind::Throws {
                self.types_inside(child);
            }
        }
    }

    pub(super) fn in_function(
        &mut self,
        id: DefinitionId,
        is_constructor: bool,
        inside: impl FnOnce(&mut Self),
    ) {
        self.out.open_definition(id, ScopeKind::Function);
        self.functions.push(FunctionFrame { definition: id, is_constructor });
        let mark = self.locals.mark();
        inside(self);
        self.locals.restore(mark);
        self.functions.pop();
        self.out.close_definition();
    }

    pub(super) fn parameters(&mut self, id: DefinitionId, list: Node<'t>) {
        let mut cursor = list.walk();
        for parameter in list.named_children(&mut cursor) {
            match self.kind(parameter) {
                Kind::FormalParameter => self.formal_parameter(id, parameter),
                Kind::SpreadParameter => self.spread_parameter(id, parameter),
                // `(a, b) -> …`
                Kind::Identifier => {
                    self.parameter(id, parameter, None, None, ParameterKind::Plain);
                }
                _ => {}
            }
        }
    }

    fn parameter(
        &mut self,
        id: DefinitionId,
        name: Node<'t>,
        declared: Option<ExpressionId>,
        injected: Option<ExpressionId>,
        kind: ParameterKind,
    ) {
        let text = self.text(name);
        let scope = self.out.scope();
        self.out.parameter(id, text, declared, injected, kind, name.start_byte() as u32);
        self.locals.declare(text, scope);
    }

    /// Walks them; what a container injects (`@Value("${rates.url}")`) is the parameter's value
    /// where nobody passes one.
    fn parameter_annotations(&mut self, parameter: Node<'t>) -> Option<ExpressionId> {
        let mut injected = None;
        for annotation in self.modifiers(parameter).annotations {
            let lowered = self.annotation(annotation);
            if self.annotation_name(annotation) == "Value"
                && let Expression::Call { arguments, .. } = self.out.peek(lowered)
            {
                injected =
                    Some(self.out.item(arguments, 0)).filter(|id| *id != ExpressionId::UNKNOWN);
            }
        }
        injected
    }

    fn formal_parameter(&mut self, id: DefinitionId, node: Node<'t>) {
        let injected = self.parameter_annotations(node);
        let name = self.field(node, self.fields.name);
        let written = self.field(node, self.fields.written_type);
        let (Some(name), Some(written)) = (name, written) else { return };
        // `(var x) -> …` declares nothing.
        let declared = (self.text(written) != "var").then(|| {
            let lowered = self.type_expression(written);
            self.declared_type(lowered, node)
        });
        self.parameter(id, name, declared, injected, ParameterKind::Plain);
    }

    fn spread_parameter(&mut self, id: DefinitionId, node: Node<'t>) {
        self.parameter_annotations(node);
        let mut lowered = ExpressionId::UNKNOWN;
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            match self.kind(child) {
                Kind::VariableDeclarator => {
                    if let Some(name) = self.field(child, self.fields.name) {
                        let list = self.list_of(lowered, 1);
                        self.parameter(id, name, Some(list), None, ParameterKind::Rest);
                    }
                }
                Kind::Modifiers | Kind::Annotation | Kind::MarkerAnnotation => {}
                _ => lowered = self.type_expression(child),
            }
        }
    }

    // ---- constructors ----------------------------------------------------------------------------

    fn constructor(&mut self, node: Node<'t>, doc: Option<Node<'t>>) {
        let Some(name) = self.field(node, self.fields.name) else { return };
        let text = self.text(name);
        let modifiers = self.modifiers(node);
        let body = self.field(node, self.fields.body);
        let id = self.out.define(&NewDefinition {
            name: text,
            kind: SymbolKind::Constructor,
            span: range(node),
            name_span: range(name),
            signature_end: body.map_or(0, |body| body.start_byte() as u32),
            flags: modifiers.flags | self.annotation_flags(&modifiers.annotations),
        });
        self.document(id, doc);
        let scope = self.out.scope();
        let at = name.start_byte() as u32;
        self.out.bind(scope, CONSTRUCTOR, at, BindingValue::Definition(id));
        self.note_overload(CONSTRUCTOR, id);
        if let Some(frame) = self.types.last_mut() {
            frame.has_constructor = true;
        }
        let compact = self.kind(node) == Kind::CompactConstructorDeclaration;
        self.in_function(id, true, |walk| {
            walk.type_parameters(id, node);
            walk.decorate(id, &modifiers.annotations);
            if compact {
                walk.compact_parameters(id);
            }
            walk.signature(id, node);
            if let Some(body) = body {
                walk.implicit_super(body);
                walk.statements_of(body);
            }
        });
    }

    /// A compact constructor has the record's components as parameters, and assigns them.
    fn compact_parameters(&mut self, id: DefinitionId) {
        let components = self.types.last().map_or_else(Vec::new, |frame| frame.fields.clone());
        for component in components {
            let declared = Some(component.declared);
            let at = component.name_span.start;
            self.out.parameter(id, component.name, declared, None, ParameterKind::Plain, at);
            let scope = self.out.scope();
            self.locals.declare(component.name, scope);
            self.initialize(&component);
        }
    }

    /// The write of a field from the parameter of its name in a constructor that is not written.
    pub(super) fn initialize(&mut self, field: &FieldNote<'s>) {
        let scope = self.out.scope();
        let this = self.out.expression(Expression::This(scope));
        let member = self.out.member(this, field.name);
        let value = self.out.name_expression(field.name);
        self.out.write_reference(
            field.name,
            field.name_span,
            member,
            Some(value),
            ReferenceFlags::INITIALIZER,
        );
    }

    /// A constructor that calls no other constructor calls its superclass's.
    fn implicit_super(&mut self, body: Node<'t>) {
        let inherits = self.types.last().is_some_and(|frame| frame.has_superclass);
        let mut cursor = body.walk();
        let explicit = body
            .named_children(&mut cursor)
            .find(|child| !self.is_comment(*child))
            .is_some_and(|child| self.kind(child) == Kind::ExplicitConstructorInvocation);
        if !inherits || explicit {
            return;
        }
        self.super_call(body);
    }

    /// The call of the superclass's constructor that nobody wrote, at the start of a body.
    pub(super) fn super_call(&mut self, body: Node<'t>) {
        let scope = self.out.scope();
        let callee = self.out.expression(Expression::Super(scope));
        let call = self.out.call(callee, &[]);
        let start = body.start_byte() as u32;
        let span = ByteRange { start, end: start + 1 };
        self.out.call_reference("super", span, call, ReferenceFlags::empty());
    }

    // ---- fields ----------------------------------------------------------------------------------

    fn field_declaration(&mut self, node: Node<'t>, doc: Option<Node<'t>>) {
        let Some(written) = self.field(node, self.fields.written_type) else { return };
        let mut modifiers = self.modifiers(node);
        if self.types.last().is_some_and(|frame| frame.is_interface) {
            modifiers.is_final = true;
            modifiers.flags |= DefinitionFlags::STATIC | DefinitionFlags::EXPORTED;
        }
        let lowered = self.type_expression(written);
        for declarator in children_of_field(node, self.fields.declarator) {
            let Some(name) = self.field(declarator, self.fields.name) else { continue };
            let text = self.text(name);
            let declared = self.declared_type(lowered, declarator);
            let is_static = modifiers.flags.contains(DefinitionFlags::STATIC);
            let constant = modifiers.is_final && is_static;
            let id = self.out.define(&NewDefinition {
                name: text,
                kind: if constant { SymbolKind::Constant } else { SymbolKind::Field },
                span: range(node),
                name_span: range(name),
                signature_end: 0,
                flags: modifiers.flags | self.annotation_flags(&modifiers.annotations),
            });
            self.document(id, doc);
            self.decorate(id, &modifiers.annotations);
            self.out.get_mut(id).declared_type = Some(declared);
            self.bind_field(id, text, name, declared);
            let value = self.field(declarator, self.fields.value);
            if !is_static {
                let annotations: Vec<_> =
                    modifiers.annotations.iter().map(|a| self.annotation_name(*a)).collect();
                let note = FieldNote {
                    name: text,
                    span: range(node),
                    name_span: range(name),
                    declared,
                    is_final: modifiers.is_final,
                    has_value: value.is_some(),
                    is_required: annotations.contains(&"NonNull"),
                    getter: annotations.contains(&"Getter"),
                    setter: annotations.contains(&"Setter"),
                };
                if let Some(frame) = self.types.last_mut() {
                    frame.fields.push(note);
                }
            }
            if let Some(value) = value {
                let value = self.expression(value);
                if value != ExpressionId::UNKNOWN {
                    let scope = self.out.scope();
                    let at = name.start_byte() as u32;
                    self.out.bind(scope, text, at, BindingValue::Value(value));
                }
            }
        }
    }

    fn bind_field(
        &mut self,
        id: DefinitionId,
        text: &'s str,
        name: Node<'t>,
        declared: ExpressionId,
    ) {
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        self.out.bind(scope, text, name.start_byte() as u32, BindingValue::Typed(declared));
    }

    /// Components of a record are its fields.
    pub(super) fn record_components(&mut self, parameters: Node<'t>) {
        let mut cursor = parameters.walk();
        for component in parameters.named_children(&mut cursor) {
            let name = self.field(component, self.fields.name);
            let written = self.field(component, self.fields.written_type);
            let (Some(name), Some(written)) = (name, written) else { continue };
            let text = self.text(name);
            let lowered = self.type_expression(written);
            let declared = self.declared_type(lowered, component);
            let id = self.out.define(&NewDefinition {
                name: text,
                kind: SymbolKind::Field,
                span: range(component),
                name_span: range(name),
                signature_end: 0,
                flags: DefinitionFlags::empty(),
            });
            let annotations = self.modifiers(component).annotations;
            self.decorate(id, &annotations);
            self.out.get_mut(id).declared_type = Some(declared);
            self.bind_field(id, text, name, declared);
            let note = FieldNote {
                name: text,
                span: range(component),
                name_span: range(name),
                declared,
                is_final: true,
                has_value: false,
                is_required: true,
                getter: false,
                setter: false,
            };
            if let Some(frame) = self.types.last_mut() {
                frame.fields.push(note);
            }
        }
    }

    /// A lambda: a function without a name. `element` is what its only parameter is given.
    pub(super) fn lambda(&mut self, node: Node<'t>, element: Option<ExpressionId>) -> ExpressionId {
        let start = node.start_byte() as u32;
        let body = self.field(node, self.fields.body);
        let id = self.out.define(&NewDefinition {
            name: "",
            kind: SymbolKind::Function,
            span: range(node),
            name_span: ByteRange { start, end: start },
            signature_end: body.map_or(0, |body| body.start_byte() as u32),
            flags: DefinitionFlags::empty(),
        });
        self.in_function(id, false, |walk| {
            if let Some(parameters) = walk.field(node, walk.fields.parameters) {
                if walk.kind(parameters) == Kind::Identifier {
                    walk.parameter(id, parameters, None, None, ParameterKind::Plain);
                } else {
                    walk.parameters(id, parameters);
                }
                if let Some(element) = element {
                    walk.bind_elements(id, element, start);
                }
            }
            match body {
                Some(body) if walk.kind(body) == Kind::Block => walk.statements_of(body),
                Some(body) => {
                    let value = walk.expression(body);
                    walk.out.returns(id, value);
                }
                None => {}
            }
        });
        self.out.expression(Expression::Function(id))
    }

    fn bind_elements(&mut self, id: DefinitionId, element: ExpressionId, at: u32) {
        let scope = self.out.scope();
        let untyped: Vec<_> = self
            .out
            .get(id)
            .parameters
            .iter()
            .filter(|parameter| parameter.declared_type.is_none())
            .map(|parameter| parameter.name)
            .collect();
        for name in untyped {
            let name = self.out.name_text(name).to_owned();
            self.out.bind(scope, &name, at, BindingValue::Value(element));
        }
    }
}
