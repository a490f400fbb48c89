//! Packages, imports, annotations, and the five kinds of types.

use super::implicit::ClassAnnotations;
use super::{Kind, TypeFrame, Walk};
use crate::extract::doc::strip_comment;
use crate::extract::{NewDefinition, range};
use qf_graph::facts::{
    BindingValue, ByteRange, CollectionKind, DefinitionFlags, DefinitionId, Expression,
    ExpressionId, ImportKind, ReferenceFlags, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

/// What stands before a declaration.
pub(super) struct Modifiers<'t> {
    pub(super) flags: DefinitionFlags,
    pub(super) is_final: bool,
    pub(super) is_default: bool,
    pub(super) annotations: Vec<Node<'t>>,
}

impl<'s, 't> Walk<'_, 's, 't> {
    // ---- package and imports -------------------------------------------------------------------

    pub(super) fn package_declaration(&mut self, node: Node<'t>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if matches!(self.kind(child), Kind::Identifier | Kind::ScopedIdentifier) {
                self.package = self.text(child);
                self.out.set_package(self.package);
            }
        }
    }

    pub(super) fn import_declaration(&mut self, node: Node<'t>) {
        let mut path = None;
        let mut star = false;
        let mut is_static = false;
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            match self.kind(child) {
                Kind::Identifier | Kind::ScopedIdentifier => path = Some(child),
                Kind::Asterisk => star = true,
                _ => is_static |= child.kind() == "static",
            }
        }
        let Some(path) = path else { return };
        let (span, text) = (range(path), self.text(path));
        if star {
            self.stars.push(text);
            self.out.import(text, None, None, ImportKind::Star, 0, false, span);
            return;
        }
        let (module, item) = text.rsplit_once('.').unwrap_or(("", text));
        let span = ByteRange { start: span.end.saturating_sub(item.len() as u32), end: span.end };
        self.out.import(module, Some(item), Some(item), ImportKind::Item, 0, false, span);
        if !is_static {
            self.imports.insert(item, module);
        }
    }

    // ---- modifiers and annotations -------------------------------------------------------------

    pub(super) fn modifiers(&self, node: Node<'t>) -> Modifiers<'t> {
        let mut found = Modifiers {
            flags: DefinitionFlags::empty(),
            is_final: false,
            is_default: false,
            annotations: Vec::new(),
        };
        let first = node.named_child(0).filter(|first| self.kind(*first) == Kind::Modifiers);
        let Some(modifiers) = first else { return found };
        let mut cursor = modifiers.walk();
        for child in modifiers.children(&mut cursor) {
            match self.kind(child) {
                Kind::Annotation | Kind::MarkerAnnotation => found.annotations.push(child),
                _ => match child.kind() {
                    "public" | "protected" => found.flags |= DefinitionFlags::EXPORTED,
                    "private" => found.flags |= DefinitionFlags::PRIVATE,
                    "static" => found.flags |= DefinitionFlags::STATIC,
                    "abstract" => found.flags |= DefinitionFlags::ABSTRACT,
                    "final" => found.is_final = true,
                    "default" => found.is_default = true,
                    _ => {}
                },
            }
        }
        found
    }

    /// The simple name of an annotation.
    pub(super) fn annotation_name(&self, annotation: Node<'t>) -> &'s str {
        let text = self.field(annotation, self.fields.name).map_or("", |name| self.text(name));
        text.rsplit('.').next().unwrap_or(text)
    }

    /// Flags that annotations give.
    pub(super) fn annotation_flags(&self, annotations: &[Node<'t>]) -> DefinitionFlags {
        let mut flags = DefinitionFlags::empty();
        for annotation in annotations {
            match self.annotation_name(*annotation) {
                "Deprecated" => flags |= DefinitionFlags::DEPRECATED,
                "Test" | "ParameterizedTest" | "RepeatedTest" | "TestFactory" | "TestTemplate"
                | "Theory" | "Property" | "SpringBootTest" | "RunWith" | "ExtendWith"
                | "WebMvcTest" | "DataJpaTest" | "QuarkusTest" | "MicronautTest" => {
                    flags |= DefinitionFlags::TEST;
                }
                _ => {}
            }
        }
        flags
    }

    /// Lowers annotations and hangs them on a definition that is open (or has no body).
    pub(super) fn decorate(&mut self, id: DefinitionId, annotations: &[Node<'t>]) {
        for annotation in annotations {
            let lowered = self.annotation(*annotation);
            self.out.get_mut(id).decorators.push(lowered);
        }
    }

    /// Annotations that decorate nothing we define (parameters, locals, types).
    pub(super) fn annotation(&mut self, node: Node<'t>) -> ExpressionId {
        let Some(name) = self.field(node, self.fields.name) else { return ExpressionId::UNKNOWN };
        let text = self.text(name);
        let simple = text.rsplit('.').next().unwrap_or(text);
        let callee =
            self.qualified_name(name, text).unwrap_or_else(|| self.out.name_expression(simple));
        let arguments = self
            .field(node, self.fields.arguments)
            .map_or_else(Vec::new, |list| self.annotation_arguments(list));
        let call = self.out.call(callee, &arguments);
        if !matches!(simple, "Override" | "SuppressWarnings" | "Deprecated" | "SafeVarargs") {
            self.out.call_reference(simple, range(name), call, ReferenceFlags::DECORATOR);
        }
        if arguments.is_empty() { callee } else { call }
    }

    fn annotation_arguments(&mut self, list: Node<'t>) -> Vec<ExpressionId> {
        let mut arguments = Vec::new();
        let mut cursor = list.walk();
        for child in list.named_children(&mut cursor) {
            if self.is_comment(child) {
                continue;
            }
            if self.kind(child) != Kind::ElementValuePair {
                arguments.push(self.annotation_value(child));
                continue;
            }
            let key = self.field(child, self.fields.key).map_or("", |key| self.text(key));
            let value = self
                .field(child, self.fields.value)
                .map_or(ExpressionId::UNKNOWN, |value| self.annotation_value(value));
            arguments.push(self.out.argument(key, value));
        }
        arguments
    }

    fn annotation_value(&mut self, node: Node<'t>) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let value = self.annotation_value_inside(node);
        self.out.leave();
        value
    }

    fn annotation_value_inside(&mut self, node: Node<'t>) -> ExpressionId {
        match self.kind(node) {
            Kind::Annotation | Kind::MarkerAnnotation => self.annotation(node),
            Kind::ElementValueArrayInitializer => {
                let mut items = Vec::new();
                let mut cursor = node.walk();
                for child in node.named_children(&mut cursor) {
                    if !self.is_comment(child) {
                        items.push(self.annotation_value(child));
                    }
                }
                self.out.collection(CollectionKind::List, &items)
            }
            _ => self.expression(node),
        }
    }

    pub(super) fn document(&mut self, id: DefinitionId, doc: Option<Node<'t>>) {
        let Some(comment) = doc else { return };
        let text = self.text(comment);
        if text.starts_with("/**") {
            let text = strip_comment(text);
            if text.contains("@deprecated") {
                self.out.get_mut(id).flags |= DefinitionFlags::DEPRECATED;
            }
            self.out.set_doc(id, &text);
        }
    }

    // ---- types -----------------------------------------------------------------------------------

    /// A class, interface, enum, record or annotation type; top-level, nested or local.
    pub(super) fn type_declaration(&mut self, node: Node<'t>, doc: Option<Node<'t>>) {
        let Some(name) = self.field(node, self.fields.name) else { return };
        let kind = match self.kind(node) {
            Kind::InterfaceDeclaration | Kind::AnnotationTypeDeclaration => SymbolKind::Interface,
            Kind::EnumDeclaration => SymbolKind::Enum,
            Kind::RecordDeclaration => SymbolKind::Struct,
            _ => SymbolKind::Class,
        };
        let text = self.text(name);
        let modifiers = self.modifiers(node);
        let body = self.field(node, self.fields.body);
        let mut flags = modifiers.flags | self.annotation_flags(&modifiers.annotations);
        if self.types.last().is_some_and(|outer| outer.is_interface) && self.functions.is_empty() {
            flags |= DefinitionFlags::EXPORTED | DefinitionFlags::STATIC;
        }
        let id = self.out.define(&NewDefinition {
            name: text,
            kind,
            span: range(node),
            name_span: range(name),
            signature_end: body.map_or(0, |body| body.start_byte() as u32),
            flags,
        });
        self.document(id, doc);
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        let annotations =
            ClassAnnotations::of(modifiers.annotations.iter().map(|a| self.annotation_name(*a)));
        let frame = TypeFrame {
            name: text,
            is_interface: kind == SymbolKind::Interface,
            ..TypeFrame::default()
        };
        self.in_type(id, frame, |walk| {
            walk.type_parameters(id, node);
            walk.decorate(id, &modifiers.annotations);
            walk.bases(id, node);
            if let Some(parameters) = walk.field(node, walk.fields.parameters) {
                walk.record_components(parameters);
            }
            if let Some(body) = body {
                walk.members(body);
            }
            if kind == SymbolKind::Struct {
                walk.record_members(name);
            } else {
                walk.implied_members(node, name, &annotations);
            }
            let implied = walk
                .types
                .last()
                .is_some_and(|frame| frame.has_superclass && !frame.has_constructor);
            if let Some(body) = body.filter(|_| implied) {
                walk.super_call(body);
            }
        });
    }

    /// Opens a type's scope and frame for `inside`.
    pub(super) fn in_type(
        &mut self,
        id: DefinitionId,
        frame: TypeFrame<'s>,
        inside: impl FnOnce(&mut Self),
    ) {
        self.out.open_definition(id, ScopeKind::Type);
        self.types.push(frame);
        let functions = std::mem::take(&mut self.functions);
        let mark = self.locals.mark();
        inside(self);
        self.locals.restore(mark);
        self.functions = functions;
        self.types.pop();
        self.out.close_definition();
    }

    /// Type parameters stand for their bound in the scope that is open.
    pub(super) fn type_parameters(&mut self, id: DefinitionId, node: Node<'t>) {
        let Some(list) = self.field(node, self.fields.type_parameters) else { return };
        let scope = self.out.scope();
        let mut named = Vec::new();
        let mut cursor = list.walk();
        for parameter in list.named_children(&mut cursor) {
            let mut name = None;
            let mut bound = None;
            let mut inner = parameter.walk();
            for child in parameter.named_children(&mut inner) {
                match self.kind(child) {
                    Kind::TypeIdentifier | Kind::Identifier => name = Some(child),
                    Kind::TypeBound => bound = Some(child),
                    _ => {}
                }
            }
            if let Some(name) = name {
                // A bound may name the parameters themselves.
                let text = self.text(name);
                self.locals.declare(text, scope);
                let interned = self.out.name(text);
                self.out.get_mut(id).type_parameters.push(interned);
                named.push((name, bound));
            }
        }
        for (name, bound) in named {
            let bound = match bound {
                Some(bound) => self.types_inside(bound),
                None => self.builtin("Object"),
            };
            let text = self.text(name);
            self.out.bind(scope, text, name.start_byte() as u32, BindingValue::Typed(bound));
        }
    }

    fn bases(&mut self, id: DefinitionId, node: Node<'t>) {
        if let Some(superclass) = self.field(node, self.fields.superclass) {
            let mut cursor = superclass.walk();
            for base in superclass.named_children(&mut cursor) {
                let is_test_case =
                    self.type_name(base).is_some_and(|n| self.text(n).ends_with("TestCase"));
                if let Some(frame) = self.types.last_mut() {
                    frame.has_superclass = true;
                    frame.is_test_case = is_test_case;
                }
                self.base(id, base);
            }
        }
        if let Some(interfaces) = self.field(node, self.fields.interfaces) {
            self.base_list(id, interfaces);
        }
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            match self.kind(child) {
                Kind::ExtendsInterfaces => self.base_list(id, child),
                Kind::Permits => {
                    if let Some(list) = child.named_child(0) {
                        self.types_inside(list);
                    }
                }
                _ => {}
            }
        }
    }

    fn base_list(&mut self, id: DefinitionId, node: Node<'t>) {
        let Some(list) = node.named_child(0) else { return };
        let mut cursor = list.walk();
        for base in list.named_children(&mut cursor) {
            self.base(id, base);
        }
    }

    pub(super) fn base(&mut self, id: DefinitionId, node: Node<'t>) {
        if self.is_comment(node) {
            return;
        }
        let lowered = self.type_without_reference(node);
        self.out.get_mut(id).bases.push(lowered);
        if let Some(name) = self.type_name(node) {
            self.out.inherit_reference(self.text(name), range(name), lowered);
        }
    }

    /// The body of `new Base(…) { … }` or of an enum constant: a class without a name.
    pub(super) fn anonymous_class(
        &mut self,
        body: Node<'t>,
        base: Option<(Node<'t>, ExpressionId)>,
    ) -> DefinitionId {
        let start = body.start_byte() as u32;
        let id = self.out.define(&NewDefinition {
            name: "",
            kind: SymbolKind::Class,
            span: range(body),
            name_span: ByteRange { start, end: start },
            signature_end: start,
            flags: DefinitionFlags::empty(),
        });
        let frame = TypeFrame { has_superclass: true, ..TypeFrame::default() };
        self.in_type(id, frame, |walk| {
            if let Some((name, base)) = base {
                walk.out.get_mut(id).bases.push(base);
                walk.out.inherit_reference(walk.text(name), range(name), base);
            }
            walk.members(body);
        });
        id
    }

    /// `RED(1) { … }`
    pub(super) fn enum_constant(&mut self, node: Node<'t>, doc: Option<Node<'t>>) {
        let Some(name) = self.field(node, self.fields.name) else { return };
        let text = self.text(name);
        let modifiers = self.modifiers(node);
        let id = self.out.define(&NewDefinition {
            name: text,
            kind: SymbolKind::EnumMember,
            span: range(node),
            name_span: range(name),
            signature_end: 0,
            flags: DefinitionFlags::EXPORTED
                | DefinitionFlags::STATIC
                | self.annotation_flags(&modifiers.annotations),
        });
        self.document(id, doc);
        self.decorate(id, &modifiers.annotations);
        let owner = self.types.last().map_or("", |frame| frame.name);
        let class = self.out.name_expression(owner);
        self.out.get_mut(id).declared_type = Some(class);
        let scope = self.out.scope();
        let at = name.start_byte() as u32;
        self.out.bind_definition(scope, id);
        self.out.bind(scope, text, at, BindingValue::Typed(class));
        let arguments = self
            .field(node, self.fields.arguments)
            .map_or_else(Vec::new, |list| self.arguments(list, None));
        let made = self.out.new_instance(class, &arguments);
        let body = self.field(node, self.fields.body);
        let flags = if body.is_some() { ReferenceFlags::UNNAMED } else { ReferenceFlags::empty() };
        self.out.call_reference(owner, range(name), made, flags);
        let value = match body {
            Some(body) => {
                self.out.push_parent(id);
                let anonymous = self.anonymous_class(body, Some((name, class)));
                self.out.pop_parent();
                let class = self.out.expression(Expression::Definition(anonymous));
                self.out.new_instance(class, &arguments)
            }
            None => made,
        };
        self.out.bind(scope, text, at, BindingValue::Value(value));
    }
}
