//! Type expressions, struct and interface bodies.

use super::{DocComments, Kind, Walk};
use crate::extract::{NewDefinition, range};
use crate::languages::kinds::children_of_field;
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionFlags, DefinitionId, Expression, ExpressionId, ScopeKind,
    SymbolKind,
};
use tree_sitter::Node;

/// The neutral name of a predeclared type.
pub(super) fn predeclared_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "string" => "str",
        "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8" | "uint16" | "uint32"
        | "uint64" | "uintptr" | "byte" | "rune" => "int",
        "float32" | "float64" => "float",
        "complex64" | "complex128" => "complex",
        "bool" => "bool",
        "error" => "error",
        "any" => "any",
        "comparable" => "comparable",
        _ => return None,
    })
}

/// Whether a name begins with an upper-case letter, which makes it visible outside its package.
pub(super) fn is_exported(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase)
}

impl<'t> Walk<'_, '_, 't> {
    /// Lowers a type, with a reference for each named type in it.
    pub(super) fn type_expression(&mut self, node: Node<'t>) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let lowered = self.lower_type(node);
        self.out.leave();
        lowered
    }

    fn lower_type(&mut self, node: Node<'t>) -> ExpressionId {
        match self.kind(node) {
            Kind::TypeIdentifier | Kind::Identifier => self.named_type(node),
            Kind::QualifiedType => self.qualified_type(node),
            Kind::GenericType => self.generic_type(node),
            Kind::PointerType
            | Kind::ParenthesizedType
            | Kind::NegatedType
            | Kind::TypeConstraint
            | Kind::ParenthesizedExpression
            | Kind::TypeElem => self.only_type_inside(node),
            Kind::UnaryExpression => self
                .field(node, self.fields.operand)
                .map_or(ExpressionId::UNKNOWN, |inner| self.type_expression(inner)),
            Kind::SliceType | Kind::ArrayType | Kind::ImplicitLengthArrayType => {
                self.list_type(node)
            }
            Kind::MapType => {
                let key = self.type_in(node, self.fields.key);
                let value = self.type_in(node, self.fields.value);
                let dict = self.builtin("dict");
                self.out.generic(dict, &[key, value])
            }
            Kind::ChannelType => {
                let value = self.type_in(node, self.fields.value);
                let channel = self.builtin("chan");
                self.out.generic(channel, &[value])
            }
            Kind::FunctionType => self.function_type(node),
            Kind::StructType => self.anonymous_type(node, SymbolKind::Struct),
            Kind::InterfaceType if node.named_child_count() == 0 => self.builtin("any"),
            Kind::InterfaceType => self.anonymous_type(node, SymbolKind::Interface),
            // `pkg.Type` that stands where an expression may stand.
            Kind::SelectorExpression => self.selected_type(node),
            _ => ExpressionId::UNKNOWN,
        }
    }

    fn type_in(&mut self, node: Node<'t>, field: u16) -> ExpressionId {
        self.field(node, field).map_or(ExpressionId::UNKNOWN, |inner| self.type_expression(inner))
    }

    /// A union of types names several and is none of them.
    fn only_type_inside(&mut self, node: Node<'t>) -> ExpressionId {
        let mut lowered = ExpressionId::UNKNOWN;
        let mut cursor = node.walk();
        for (position, inner) in node.named_children(&mut cursor).enumerate() {
            let inner = self.type_expression(inner);
            lowered = if position == 0 { inner } else { ExpressionId::UNKNOWN };
        }
        lowered
    }

    fn named_type(&mut self, node: Node<'t>) -> ExpressionId {
        let name = self.text(node);
        let local = self.locals.find(name).is_some();
        if !local
            && !self.declared.contains_key(name)
            && let Some(builtin) = predeclared_type(name)
        {
            return self.builtin(builtin);
        }
        let expression = self.out.name_expression(name);
        if !self.quiet && !local {
            self.out.type_reference(name, range(node), expression);
        }
        expression
    }

    fn qualified_type(&mut self, node: Node<'t>) -> ExpressionId {
        let package = self.field(node, self.fields.package);
        let name = self.field(node, self.fields.name);
        self.type_of_package(package, name)
    }

    fn selected_type(&mut self, node: Node<'t>) -> ExpressionId {
        let package = self.field(node, self.fields.operand);
        let name = self.field(node, self.fields.field);
        self.type_of_package(package, name)
    }

    fn type_of_package(
        &mut self,
        package: Option<Node<'t>>,
        name: Option<Node<'t>>,
    ) -> ExpressionId {
        let (Some(package), Some(name)) = (package, name) else { return ExpressionId::UNKNOWN };
        let package = self.text(package);
        let base = self.out.name_expression(package);
        let text = self.text(name);
        let expression = self.out.member(base, text);
        if !self.quiet {
            self.out.type_reference(text, range(name), expression);
        }
        expression
    }

    fn generic_type(&mut self, node: Node<'t>) -> ExpressionId {
        let base = self.type_in(node, self.fields.written_type);
        let mut arguments = Vec::new();
        if let Some(list) = self.field(node, self.fields.type_arguments) {
            let mut cursor = list.walk();
            for argument in list.named_children(&mut cursor) {
                arguments.push(self.type_expression(argument));
            }
        }
        self.out.generic(base, &arguments)
    }

    fn list_type(&mut self, node: Node<'t>) -> ExpressionId {
        let element = self.field(node, self.fields.element);
        if element.is_some_and(|element| self.text(element) == "byte") {
            return self.builtin("bytes");
        }
        let element = self.type_in(node, self.fields.element);
        let list = self.builtin("list");
        self.out.generic(list, &[element])
    }

    /// `func(A) B` is the built-in `function`, with the result as its argument.
    fn function_type(&mut self, node: Node<'t>) -> ExpressionId {
        if let Some(parameters) = self.field(node, self.fields.parameters) {
            self.mention_parameter_types(parameters);
        }
        let results = self.result_types(node);
        let function = self.builtin("function");
        match self.result_type(&results) {
            Some(result) => self.out.generic(function, &[result]),
            None => function,
        }
    }

    fn mention_parameter_types(&mut self, parameters: Node<'t>) {
        let mut cursor = parameters.walk();
        for parameter in parameters.named_children(&mut cursor) {
            if let Some(written) = self.field(parameter, self.fields.written_type) {
                self.type_expression(written);
            }
        }
    }

    /// The types of a function's results, with their names (empty when they have none).
    pub(super) fn result_types(&mut self, node: Node<'t>) -> Vec<(ExpressionId, Vec<Node<'t>>)> {
        let Some(result) = self.field(node, self.fields.result) else { return Vec::new() };
        if self.kind(result) != Kind::ParameterList {
            return vec![(self.type_expression(result), Vec::new())];
        }
        let mut results = Vec::new();
        let mut cursor = result.walk();
        for entry in result.named_children(&mut cursor) {
            if let Some(written) = self.field(entry, self.fields.written_type) {
                let lowered = self.type_expression(written);
                let names = children_of_field(entry, self.fields.name);
                results.push((lowered, names));
            }
        }
        results
    }

    /// One result is its type, several are a tuple.
    pub(super) fn result_type(
        &mut self,
        results: &[(ExpressionId, Vec<Node<'t>>)],
    ) -> Option<ExpressionId> {
        let mut types = Vec::with_capacity(results.len());
        for (lowered, names) in results {
            types.extend(std::iter::repeat_n(*lowered, names.len().max(1)));
        }
        match types.as_slice() {
            [] => None,
            [one] => Some(*one),
            several => {
                let tuple = self.builtin("tuple");
                Some(self.out.generic(tuple, several))
            }
        }
    }

    // ---- struct and interface bodies -----------------------------------------------------------

    /// `struct { … }` and `interface { … }` without a name are types all the same.
    fn anonymous_type(&mut self, node: Node<'t>, kind: SymbolKind) -> ExpressionId {
        let start = node.start_byte() as u32;
        let id = self.out.define(&NewDefinition {
            name: "",
            kind,
            span: range(node),
            name_span: ByteRange { start, end: start },
            signature_end: 0,
            flags: DefinitionFlags::empty(),
        });
        self.out.open_definition(id, ScopeKind::Type);
        self.type_body(id, node);
        self.out.close_definition();
        self.out.expression(Expression::Definition(id))
    }

    /// Fields, methods and bases of a type whose definition is open.
    pub(super) fn type_body(&mut self, id: DefinitionId, node: Node<'t>) {
        let quiet = std::mem::replace(&mut self.quiet, false);
        match self.kind(node) {
            Kind::StructType => {
                if let Some(list) = node.named_child(0) {
                    self.struct_fields(id, list);
                }
            }
            Kind::InterfaceType => self.interface_elements(id, node),
            _ => {
                let lowered = self.type_expression(node);
                self.out.get_mut(id).declared_type = Some(lowered);
            }
        }
        self.quiet = quiet;
    }

    fn struct_fields(&mut self, owner: DefinitionId, list: Node<'t>) {
        let mut comments = DocComments::default();
        let mut cursor = list.walk();
        for node in list.named_children(&mut cursor) {
            match self.kind(node) {
                Kind::Comment => comments.comment(node),
                Kind::FieldDeclaration => {
                    let doc = comments.take(node);
                    self.field_declaration(owner, node, doc);
                }
                _ => {}
            }
        }
    }

    fn field_declaration(
        &mut self,
        owner: DefinitionId,
        node: Node<'t>,
        doc: Option<(usize, usize)>,
    ) {
        let Some(written) = self.field(node, self.fields.written_type) else { return };
        let lowered = self.type_expression(written);
        let names = children_of_field(node, self.fields.name);
        if names.is_empty() {
            self.out.get_mut(owner).bases.push(lowered);
            if let Some(name) = self.type_name(written) {
                self.out.inherit_reference(self.text(name), range(name), lowered);
                self.define_field(node, name, lowered, doc);
            }
        }
        for name in names {
            self.define_field(node, name, lowered, doc);
        }
    }

    fn define_field(
        &mut self,
        node: Node<'t>,
        name: Node<'t>,
        lowered: ExpressionId,
        doc: Option<(usize, usize)>,
    ) {
        let text = self.text(name);
        if text == "_" {
            return;
        }
        let flags =
            if is_exported(text) { DefinitionFlags::EXPORTED } else { DefinitionFlags::empty() };
        let id = self.out.define(&NewDefinition {
            name: text,
            kind: SymbolKind::Field,
            span: range(node),
            name_span: range(name),
            signature_end: 0,
            flags,
        });
        self.document(id, doc);
        self.out.get_mut(id).declared_type = Some(lowered);
        if let Some(tag) = self.field(node, self.fields.tag) {
            // Tags carry the names a field has outside: JSON keys, columns.
            let tag = self.string_literal(tag);
            self.out.get_mut(id).decorators.push(tag);
        }
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        self.out.bind(scope, text, name.start_byte() as u32, BindingValue::Typed(lowered));
    }

    fn interface_elements(&mut self, owner: DefinitionId, node: Node<'t>) {
        let mut comments = DocComments::default();
        let mut cursor = node.walk();
        for element in node.named_children(&mut cursor) {
            match self.kind(element) {
                Kind::Comment => comments.comment(element),
                Kind::MethodElem => {
                    let doc = comments.take(element);
                    self.interface_method(element, doc);
                }
                Kind::TypeElem => {
                    comments.take(element);
                    let alone = element.named_child_count() == 1;
                    let lowered = self.type_expression(element);
                    let name = element.named_child(0).and_then(|inner| self.type_name(inner));
                    if let (true, Some(name)) = (alone, name) {
                        self.out.get_mut(owner).bases.push(lowered);
                        self.out.inherit_reference(self.text(name), range(name), lowered);
                    }
                }
                _ => {}
            }
        }
    }

    /// The node that holds the last name of a named type: `T` of `*pkg.T[int]`.
    pub(super) fn type_name(&self, node: Node<'t>) -> Option<Node<'t>> {
        let mut node = node;
        for _ in 0..8 {
            node = match self.kind(node) {
                Kind::TypeIdentifier | Kind::Identifier => return Some(node),
                Kind::QualifiedType => self.field(node, self.fields.name)?,
                Kind::SelectorExpression => return self.field(node, self.fields.field),
                Kind::GenericType => self.field(node, self.fields.written_type)?,
                Kind::UnaryExpression => self.field(node, self.fields.operand)?,
                Kind::PointerType
                | Kind::ParenthesizedType
                | Kind::ParenthesizedExpression
                | Kind::TypeElem => node.named_child(0)?,
                _ => return None,
            };
        }
        None
    }
}
