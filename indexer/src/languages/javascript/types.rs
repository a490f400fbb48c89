//! Type annotations, type aliases and members written as types.

use super::syntax::{Kind, first_named, function_flags, has_token, named, named_with_comments};
use super::walk::{Lead, Owner, Walk};
use crate::extract::range;
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionFlags, DefinitionId, Expression, ExpressionId, ImportKind,
    ScopeId, ScopeKind, SymbolKind,
};
use smallvec::SmallVec;
use tree_sitter::Node;

/// Utility types that leave the members they have what they are.
const TRANSPARENT: &[&str] = &[
    "Awaited",
    "DeepPartial",
    "DeepReadonly",
    "Exclude",
    "Extract",
    "InstanceType",
    "Mutable",
    "NonNullable",
    "Omit",
    "Partial",
    "Pick",
    "Readonly",
    "Ref",
    "Required",
    "Writable",
];

impl<'s> Walk<'_, 's> {
    /// The annotated type of a declarator, parameter or field.
    pub(super) fn annotation(&mut self, node: Node<'_>) -> Option<ExpressionId> {
        let annotation = self.field(node, self.fields.type_)?;
        let declared = self.type_in(annotation);
        (declared != ExpressionId::UNKNOWN).then_some(declared)
    }

    /// The type in an annotation node, or the type node itself.
    pub(super) fn type_in(&mut self, annotation: Node<'_>) -> ExpressionId {
        match self.kind(annotation) {
            Kind::TypeAnnotation => {
                first_named(annotation).map_or(ExpressionId::UNKNOWN, |t| self.type_expression(t))
            }
            Kind::TypePredicateAnnotation | Kind::AssertsAnnotation => {
                for child in named(annotation) {
                    self.type_expression(child);
                }
                self.builtin("bool")
            }
            Kind::Other if !annotation.is_error() => {
                // Optional and omitting annotations of mapped types.
                named(annotation)
                    .iter()
                    .fold(ExpressionId::UNKNOWN, |_, t| self.type_expression(*t))
            }
            _ => self.type_expression(annotation),
        }
    }

    /// All types in a list of type arguments.
    pub(super) fn type_list(&mut self, arguments: Node<'_>) -> SmallVec<[ExpressionId; 4]> {
        let mut types = SmallVec::new();
        for argument in named(arguments) {
            types.push(self.type_expression(argument));
        }
        types
    }

    /// A type expression, with a reference to each named type in it.
    pub(super) fn type_expression(&mut self, node: Node<'_>) -> ExpressionId {
        self.type_of(node, true)
    }

    /// The same, without a reference to the outermost name.
    pub(super) fn type_without_reference(&mut self, node: Node<'_>) -> ExpressionId {
        self.type_of(node, false)
    }

    fn type_of(&mut self, node: Node<'_>, reference: bool) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let declared = self.type_inner(node, reference);
        self.out.leave();
        declared
    }

    fn type_inner(&mut self, node: Node<'_>, reference: bool) -> ExpressionId {
        match self.kind(node) {
            Kind::PredefinedType => self.predefined(node),
            Kind::TypeIdentifier | Kind::Identifier => self.named_type(node, reference),
            Kind::NestedTypeIdentifier => self.nested_type(node, reference),
            Kind::GenericType => self.generic_type(node, reference),
            Kind::UnionType | Kind::IntersectionType => self.union(node),
            Kind::ArrayType => {
                let element =
                    first_named(node).map_or(ExpressionId::UNKNOWN, |t| self.type_expression(t));
                let list = self.builtin("list");
                self.out.generic(list, &[element])
            }
            Kind::TupleType => {
                let parts = self.tuple_parts(node);
                let tuple = self.builtin("tuple");
                self.out.generic(tuple, &parts)
            }
            Kind::ParenthesizedType
            | Kind::ReadonlyType
            | Kind::OptionalType
            | Kind::RestType
            | Kind::TypeAnnotation => first_named(node)
                .map_or(ExpressionId::UNKNOWN, |inner| self.type_of(inner, reference)),
            Kind::FunctionType | Kind::ConstructorType => self.function_type(node),
            Kind::TypeQuery => self.type_query(node),
            Kind::LiteralType => self.literal_type(node),
            Kind::TemplateLiteralType => self.builtin("str"),
            Kind::IndexTypeQuery => {
                self.type_children(node);
                self.builtin("str")
            }
            Kind::ThisType | Kind::This => {
                let scope = self.out.scope();
                self.out.expression(Expression::SelfType(scope))
            }
            Kind::ConditionalType => self.conditional(node),
            Kind::TypePredicate => {
                if let Some(inner) = self.field(node, self.fields.type_) {
                    self.type_expression(inner);
                }
                self.builtin("bool")
            }
            Kind::ObjectType => self.object_type(node),
            Kind::MemberExpression | Kind::CallExpression => self.imported_type(node),
            _ => {
                self.type_children(node);
                ExpressionId::UNKNOWN
            }
        }
    }

    fn type_children(&mut self, node: Node<'_>) {
        for child in named(node) {
            self.type_expression(child);
        }
    }

    fn predefined(&mut self, node: Node<'_>) -> ExpressionId {
        match self.out.text(node) {
            "string" => self.builtin("str"),
            "number" | "bigint" => self.builtin("int"),
            "boolean" => self.builtin("bool"),
            "symbol" | "unique symbol" => self.builtin("symbol"),
            "object" => self.builtin("dict"),
            _ => ExpressionId::UNKNOWN,
        }
    }

    fn named_type(&mut self, node: Node<'_>, reference: bool) -> ExpressionId {
        let name = self.out.text(node);
        match name {
            "Array" | "ReadonlyArray" if reference => return self.builtin("list"),
            "Record" if reference => return self.builtin("dict"),
            "String" => return self.builtin("str"),
            "Number" => return self.builtin("int"),
            "Boolean" => return self.builtin("bool"),
            "Function" => return self.builtin("function"),
            "undefined" | "const" => return ExpressionId::UNKNOWN,
            _ => {}
        }
        let expression = self.out.name_expression(name);
        if reference && !self.is_type_parameter(name) {
            self.out.type_reference(name, range(node), expression);
        }
        expression
    }

    /// Whether a name is bound around here without being a definition: a type parameter.
    fn is_type_parameter(&self, name: &'s str) -> bool {
        matches!(self.declaring_scope(name), Some((scope, None)) if !self.is_top(scope))
    }

    /// `Namespace.Type`.
    fn nested_type(&mut self, node: Node<'_>, reference: bool) -> ExpressionId {
        let (Some(module), Some(name)) =
            (self.field(node, self.fields.module), self.field(node, self.fields.name))
        else {
            return ExpressionId::UNKNOWN;
        };
        let base = self.path(module, 0);
        let text = self.out.text(name);
        let expression = self.out.member(base, text);
        if reference {
            self.out.type_reference(text, range(name), expression);
        }
        expression
    }

    /// `A.B.C` as members; each part is read.
    pub(super) fn path(&mut self, node: Node<'_>, depth: u32) -> ExpressionId {
        let parts = (self.field(node, self.fields.object), self.field(node, self.fields.property));
        if let (Kind::NestedIdentifier, (Some(object), Some(property))) = (self.kind(node), parts)
            && depth < 32
        {
            let base = self.path(object, depth + 1);
            let name = self.out.text(property);
            let member = self.out.member(base, name);
            self.out.read_reference(name, range(property), member);
            return member;
        }
        let name = self.out.text(node);
        let expression = self.out.name_expression(name);
        self.out.read_reference(name, range(node), expression);
        expression
    }

    /// The node that names a written type.
    pub(super) fn type_name<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        match self.kind(node) {
            Kind::TypeIdentifier | Kind::Identifier => Some(node),
            Kind::GenericType => self.type_name(self.field(node, self.fields.name)?),
            Kind::NestedTypeIdentifier => self.field(node, self.fields.name),
            _ => None,
        }
    }

    fn generic_type(&mut self, node: Node<'_>, reference: bool) -> ExpressionId {
        let Some(name) = self.field(node, self.fields.name) else { return ExpressionId::UNKNOWN };
        let arguments = match self.field(node, self.fields.type_arguments) {
            Some(arguments) => self.type_list(arguments),
            None => SmallVec::new(),
        };
        let text = self.out.text(name);
        if TRANSPARENT.binary_search(&text).is_ok()
            && !self.declared.contains_key(&(ScopeId::MODULE, text))
        {
            return arguments.first().copied().unwrap_or(ExpressionId::UNKNOWN);
        }
        let base = match text {
            "Array" | "ReadonlyArray" | "ArrayLike" => self.builtin("list"),
            "Record" => self.builtin("dict"),
            _ => self.type_of(name, reference),
        };
        if base == ExpressionId::UNKNOWN { base } else { self.out.generic(base, &arguments) }
    }

    /// Union and intersection; what is not known (`null`, `undefined`, `any`) drops out, and so
    /// do repeated literals.
    fn union(&mut self, node: Node<'_>) -> ExpressionId {
        let mut members: SmallVec<[ExpressionId; 8]> = SmallVec::new();
        // `A | B | C` leans to the left; long unions are taken apart in a loop.
        let mut parts: Vec<Node<'_>> = Vec::new();
        let mut pending = vec![node];
        while let Some(next) = pending.pop() {
            if matches!(self.kind(next), Kind::UnionType | Kind::IntersectionType) {
                pending.extend(named(next).into_iter().rev());
            } else {
                parts.push(next);
            }
        }
        for part in parts {
            let member = self.type_expression(part);
            let repeated = matches!(self.out.peek(member), Expression::Builtin(_))
                && members.contains(&member);
            if !repeated {
                members.push(member);
            }
        }
        self.out.either(&members)
    }

    fn tuple_parts(&mut self, node: Node<'_>) -> SmallVec<[ExpressionId; 4]> {
        let mut parts = SmallVec::new();
        for child in named(node) {
            let part = match self.kind(child) {
                // Labelled members look like parameters.
                Kind::RequiredParameter | Kind::OptionalParameter => {
                    self.annotation(child).unwrap_or(ExpressionId::UNKNOWN)
                }
                _ => self.type_expression(child),
            };
            // `...names: string[]`: any number of them.
            let part = match self.out.peek(part) {
                Expression::Generic { arguments, .. }
                    if self.out.text(child).starts_with("...") =>
                {
                    let elements = self.out.items(arguments);
                    let rest = self.builtin("rest");
                    self.out.generic(rest, &elements)
                }
                _ => part,
            };
            parts.push(part);
        }
        parts
    }

    fn function_type(&mut self, node: Node<'_>) -> ExpressionId {
        let mut taken = Vec::new();
        if let Some(parameters) = self.field(node, self.fields.parameters) {
            for parameter in named(parameters) {
                taken.push(self.annotation(parameter).unwrap_or(ExpressionId::UNKNOWN));
            }
        }
        let mut results = Vec::new();
        for field in [self.fields.return_type, self.fields.type_] {
            if let Some(result) = self.field(node, field) {
                results.push(self.type_in(result));
            }
        }
        let function = self.builtin("function");
        let mut parts = match results.as_slice() {
            [result] => vec![*result],
            _ => vec![ExpressionId::UNKNOWN],
        };
        parts.extend(taken);
        if parts.iter().all(|part| *part == ExpressionId::UNKNOWN) {
            return function;
        }
        self.out.generic(function, &parts)
    }

    /// `typeof value`: what the value is.
    fn type_query(&mut self, node: Node<'_>) -> ExpressionId {
        let Some(inner) = first_named(node) else { return ExpressionId::UNKNOWN };
        match self.kind(inner) {
            Kind::Identifier | Kind::MemberExpression => {
                let value = self.expression(inner);
                let base = self.builtin("typeof");
                self.out.generic(base, &[value])
            }
            _ => {
                self.expression(inner);
                ExpressionId::UNKNOWN
            }
        }
    }

    fn literal_type(&mut self, node: Node<'_>) -> ExpressionId {
        let inner = first_named(node);
        match inner.map(|inner| self.kind(inner)) {
            Some(Kind::String) => {
                // A text type keeps its text: it tells signatures apart.
                let base = self.builtin("str");
                match inner.map(|inner| self.expression(inner)) {
                    Some(text) if matches!(self.out.peek(text), Expression::Text(_)) => {
                        self.out.generic(base, &[text])
                    }
                    _ => base,
                }
            }
            Some(Kind::Number | Kind::UnaryExpression) => self.builtin("int"),
            Some(Kind::True | Kind::False) => self.builtin("bool"),
            _ => ExpressionId::UNKNOWN,
        }
    }

    fn conditional(&mut self, node: Node<'_>) -> ExpressionId {
        for field in [self.fields.left, self.fields.right] {
            if let Some(part) = self.field(node, field) {
                self.type_expression(part);
            }
        }
        let mut results = [ExpressionId::UNKNOWN; 2];
        let branches = [self.fields.consequence, self.fields.alternative];
        for (result, field) in results.iter_mut().zip(branches) {
            if let Some(part) = self.field(node, field) {
                *result = self.type_expression(part);
            }
        }
        self.out.either(&results)
    }

    /// `import("./m").Type`.
    fn imported_type(&mut self, node: Node<'_>) -> ExpressionId {
        if self.kind(node) == Kind::CallExpression {
            let Some((module, span)) = self.first_text(node) else { return ExpressionId::UNKNOWN };
            let import = self.out.import(&module, None, None, ImportKind::Module, 0, false, span);
            return self.out.expression(Expression::Imported(import));
        }
        let (Some(object), Some(property)) =
            (self.field(node, self.fields.object), self.field(node, self.fields.property))
        else {
            return ExpressionId::UNKNOWN;
        };
        let base = self.type_of(object, false);
        let name = self.out.text(property);
        let member = self.out.member(base, name);
        self.out.type_reference(name, range(property), member);
        member
    }

    /// `{ a: string; b(): void }` in a type: an interface without a name. Index signatures and
    /// mapped types are maps.
    fn object_type(&mut self, node: Node<'_>) -> ExpressionId {
        let members = named(node);
        let only = members.iter().all(|member| self.kind(*member) == Kind::IndexSignature);
        if only {
            let mut value = ExpressionId::UNKNOWN;
            for member in members {
                value = self.index_signature(member);
            }
            let (dict, key) = (self.builtin("dict"), self.builtin("str"));
            return self.out.generic(dict, &[key, value]);
        }
        let mut new = Self::new_definition("", node, SymbolKind::Interface, range(node));
        new.name_span.end = new.name_span.start;
        let id = self.define(new, None);
        self.type_definition(node, id);
        self.out.expression(Expression::Definition(id))
    }

    fn index_signature(&mut self, node: Node<'_>) -> ExpressionId {
        for child in named(node) {
            if self.kind(child) == Kind::MappedTypeClause {
                let scope = self.out.open_scope(ScopeKind::Block, None);
                if let Some(name) = self.field(child, self.fields.name) {
                    let (text, at) = (self.out.text(name), name.start_byte() as u32);
                    self.out.bind(scope, text, at, BindingValue::Unknown);
                }
                if let Some(keys) = self.field(child, self.fields.type_) {
                    self.type_expression(keys);
                }
                let value = self.field(node, self.fields.type_).map(|value| self.type_in(value));
                self.out.close_scope();
                return value.unwrap_or(ExpressionId::UNKNOWN);
            }
        }
        self.field(node, self.fields.type_)
            .map_or(ExpressionId::UNKNOWN, |value| self.type_in(value))
    }

    fn type_definition(&mut self, body: Node<'_>, id: DefinitionId) {
        let scope = self.out.open_definition(id, ScopeKind::Type);
        let key = self.new_owner_key();
        let owner = Owner { key, scope, definition: Some(id), open: false };
        self.type_members(body, owner);
        self.out.close_definition();
    }

    /// Members of an interface or object type, whose scope is open.
    pub(super) fn type_members(&mut self, body: Node<'_>, owner: Owner) {
        let mut doc = None;
        for member in named_with_comments(body) {
            if member.is_extra() {
                doc = self.documentation(member, doc);
                continue;
            }
            let doc = doc.take();
            if self.out.enter(member) {
                self.type_member(member, owner, doc);
                self.out.leave();
            }
        }
    }

    /// `name?: T`, `name: T | undefined`.
    pub(super) fn may_be_left_out(&self, member: Node<'_>) -> bool {
        let written = self.field(member, self.fields.type_).map(|it| self.out.text(it));
        has_token(member, "?")
            || written.is_some_and(|it| it.contains("undefined") || it.contains("null"))
    }

    fn type_member(&mut self, member: Node<'_>, owner: Owner, doc: Option<ByteRange>) {
        match self.kind(member) {
            Kind::PropertySignature => {
                let Some(name_node) = self.field(member, self.fields.name) else { return };
                let Some(name) = self.property_name(name_node) else { return };
                let kind = SymbolKind::Field;
                let mut new = Self::new_definition(&name, name_node, kind, range(member));
                new.flags.set(DefinitionFlags::OPTIONAL, self.may_be_left_out(member));
                let id = self.define(new, doc);
                self.note_member(owner, id, false);
                self.out.bind_definition(owner.scope, id);
                // What is written inside the property's own object type is its member.
                self.out.push_parent(id);
                let declared = self.outside(owner, |walk| walk.annotation(member));
                self.out.pop_parent();
                if let Some(declared) = declared {
                    self.out.get_mut(id).declared_type = Some(declared);
                    let at = name_node.start_byte() as u32;
                    self.out.bind(owner.scope, &name, at, BindingValue::Typed(declared));
                }
            }
            Kind::MethodSignature => {
                let Some(name_node) = self.field(member, self.fields.name) else { return };
                let Some(name) = self.property_name(name_node) else { return };
                let kind = SymbolKind::Method;
                let mut new = Self::new_definition(&name, name_node, kind, range(member));
                new.flags = function_flags(member) | DefinitionFlags::ABSTRACT;
                let id = self.define(new, doc);
                self.note_member(owner, id, false);
                self.out.bind_definition(owner.scope, id);
                let receiver = super::walk::Receiver::Unknown;
                self.function_body(member, id, receiver, doc, &[]);
            }
            Kind::IndexSignature => {
                self.index_signature(member);
            }
            Kind::CallSignature | Kind::ConstructSignature => {
                self.function_type(member);
            }
            _ => {}
        }
    }

    /// `type Name = …`.
    pub(super) fn type_alias(&mut self, node: Node<'_>, lead: &Lead<'_>) {
        let Some(name_node) = self.field(node, self.fields.name) else { return };
        let name = self.out.text(name_node);
        let scope = self.out.scope();
        let new = Self::new_definition(name, name_node, SymbolKind::TypeAlias, lead.span(node));
        let id = self.define(new, lead.doc);
        self.declare_definition(scope, name, id);
        self.exported_declaration(name, Some(id), lead);
        let generic = self.open_type_parameters(node, id);
        if let Some(value) = self.field(node, self.fields.value) {
            self.alias_value(value, id);
        }
        if generic {
            self.out.close_scope();
        }
    }

    /// An alias of an object type has its members; of an intersection, those of its parts.
    fn alias_value(&mut self, value: Node<'_>, id: DefinitionId) {
        let mut parts = Vec::new();
        let mut pending = vec![value];
        let mut union = false;
        while let Some(next) = pending.pop() {
            match self.kind(next) {
                Kind::IntersectionType => pending.extend(named(next).into_iter().rev()),
                Kind::UnionType => {
                    union = true;
                    pending.extend(named(next).into_iter().rev());
                }
                Kind::ParenthesizedType => pending.extend(first_named(next)),
                _ => parts.push(next),
            }
        }
        let is_object = |walk: &Self, node: Node<'_>| {
            walk.kind(node) == Kind::ObjectType
                && named(node).iter().any(|member| walk.kind(*member) != Kind::IndexSignature)
        };
        let objects = parts.iter().filter(|part| is_object(self, **part)).count();
        if objects == 0 {
            let declared = self.type_expression(value);
            if declared != ExpressionId::UNKNOWN {
                self.out.get_mut(id).declared_type = Some(declared);
            }
            return;
        }
        let scope = self.out.open_definition(id, ScopeKind::Type);
        let key = self.new_owner_key();
        let owner = Owner { key, scope, definition: Some(id), open: false };
        for part in parts {
            if is_object(self, part) {
                self.type_members(part, owner);
            } else if union {
                self.outside(owner, |walk| walk.type_expression(part));
            } else {
                self.outside(owner, |walk| walk.base_type(part, id));
            }
        }
        self.out.close_definition();
    }

    // ---- type parameters ---------------------------------------------------------------------

    /// Opens a block that binds a type's parameters; `false` when it has none.
    pub(super) fn open_type_parameters(&mut self, node: Node<'_>, id: DefinitionId) -> bool {
        if self.field(node, self.fields.type_parameters).is_none() {
            return false;
        }
        let scope = self.out.open_scope(ScopeKind::Block, None);
        self.type_parameters(node, Some(id), scope);
        true
    }

    /// Binds type parameters in a scope: to their bounds, or to nothing known.
    pub(super) fn type_parameters(
        &mut self,
        node: Node<'_>,
        id: Option<DefinitionId>,
        scope: ScopeId,
    ) {
        let Some(parameters) = self.field(node, self.fields.type_parameters) else { return };
        for parameter in named(parameters) {
            let Some(name_node) = self.field(parameter, self.fields.name) else { continue };
            let name = self.out.text(name_node);
            if let Some(id) = id {
                let interned = self.out.name(name);
                self.out.get_mut(id).type_parameters.push(interned);
            }
            let mut bound = ExpressionId::UNKNOWN;
            for child in named(parameter).into_iter().skip(1) {
                for inner in named(child) {
                    let expression = self.type_expression(inner);
                    if bound == ExpressionId::UNKNOWN {
                        bound = expression;
                    }
                }
            }
            let value = match bound {
                ExpressionId::UNKNOWN => BindingValue::Unknown,
                bound => BindingValue::Typed(bound),
            };
            self.out.bind(scope, name, name_node.start_byte() as u32, value);
            self.declare(scope, name, None);
        }
    }

    // ---- documentation types -----------------------------------------------------------------

    /// The type after a documentation tag (`@type {Foo}`, `@returns {Foo}`) in untyped source.
    pub(super) fn documented_type(
        &mut self,
        doc: Option<ByteRange>,
        tag: &str,
    ) -> Option<ExpressionId> {
        let text = self.documentation_text(doc)?;
        let at = text.find(tag)?;
        let (written, _) = braced(text.get(at..)?)?;
        self.written_type(written, 0)
    }

    /// The type of `@param {Foo} name`.
    pub(super) fn documented_parameter(
        &mut self,
        doc: Option<ByteRange>,
        name: &str,
    ) -> Option<ExpressionId> {
        let mut text = self.documentation_text(doc)?;
        while let Some(at) = text.find("@param") {
            text = text.get(at + 6..)?;
            let Some((written, rest)) = braced(text) else { continue };
            let parameter = rest.trim_start().trim_start_matches('[');
            let end = parameter
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
                .unwrap_or(parameter.len());
            let whole = !parameter[end..].starts_with('.');
            if whole && &parameter[..end] == name {
                return self.written_type(written, 0);
            }
        }
        None
    }

    fn documentation_text(&self, doc: Option<ByteRange>) -> Option<&'s str> {
        if self.settings.dialect.is_typed() {
            return None;
        }
        let doc = doc?;
        self.out.source().get(doc.start as usize..doc.end as usize)
    }

    /// A type in a comment: names, `A|B`, `A[]`, `A<B>`.
    fn written_type(&mut self, text: &str, depth: u32) -> Option<ExpressionId> {
        let text =
            text.trim().trim_start_matches(['!', '?', '=']).trim_end_matches(['=', '?', '!']);
        let text = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(text).trim();
        if depth > 6 || text.is_empty() || text.len() > 200 {
            return None;
        }
        if let Some(element) = text.strip_suffix("[]") {
            let element = self.written_type(element, depth + 1).unwrap_or(ExpressionId::UNKNOWN);
            let list = self.builtin("list");
            return Some(self.out.generic(list, &[element]));
        }
        let parts = split_top(text, '|');
        if parts.len() > 1 {
            let mut members = Vec::new();
            for part in parts {
                members.extend(self.written_type(part, depth + 1));
            }
            let either = self.out.either(&members);
            return (either != ExpressionId::UNKNOWN).then_some(either);
        }
        if let (Some(open), true) = (text.find('<'), text.ends_with('>')) {
            let base = self.written_type(text[..open].trim_end_matches('.'), depth + 1)?;
            let mut arguments = Vec::new();
            for part in split_top(&text[open + 1..text.len() - 1], ',') {
                let argument = self.written_type(part, depth + 1);
                arguments.push(argument.unwrap_or(ExpressionId::UNKNOWN));
            }
            return Some(self.out.generic(base, &arguments));
        }
        match text {
            "string" | "String" => Some(self.builtin("str")),
            "number" | "Number" | "bigint" => Some(self.builtin("int")),
            "boolean" | "Boolean" => Some(self.builtin("bool")),
            "Array" | "array" => Some(self.builtin("list")),
            "Function" | "function" => Some(self.builtin("function")),
            "Object" | "object" | "any" | "null" | "undefined" | "void" | "unknown" | "never"
            | "this" => None,
            _ => {
                let mut names = text.split('.');
                let is_name = |name: &str| {
                    !name.is_empty()
                        && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$')
                        && !name.starts_with(|c: char| c.is_ascii_digit())
                };
                if !text.split('.').all(is_name) {
                    return None;
                }
                let mut expression = self.out.name_expression(names.next()?);
                for name in names {
                    expression = self.out.member(expression, name);
                }
                Some(expression)
            }
        }
    }
}

/// The text between the first braces of `text` and what follows, when it begins before a line
/// ends.
fn braced(text: &str) -> Option<(&str, &str)> {
    let open = text.find('{')?;
    if text[..open].contains('\n') {
        return None;
    }
    let mut depth = 0;
    for (offset, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some((text.get(open + 1..offset)?, text.get(offset + 1..)?));
                }
            }
            _ => {}
        }
    }
    None
}

/// Splits at a separator that is not inside brackets.
fn split_top(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (offset, character) in text.char_indices() {
        match character {
            '<' | '(' | '{' | '[' => depth += 1,
            '>' | ')' | '}' | ']' => depth -= 1,
            _ if character == separator && depth == 0 => {
                parts.push(&text[start..offset]);
                start = offset + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
