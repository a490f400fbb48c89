//! Functions, lambdas and classes.

use super::assignments::is_private;
use super::kinds::Kind;
use super::walk::{Bound, Children, Frame, FrameKind, Member, Walker};
use crate::extract::{builder::NewDefinition, doc};
use qf_graph::facts::{
    BindingValue, ByteRange, CollectionKind, DECORATED, DefinitionFlags, DefinitionId, Expression,
    ExpressionId, ParameterKind, ReferenceFlags, ScopeKind, SymbolKind,
};
use smallvec::SmallVec;
use tree_sitter::Node;

/// A parameter before its function is open.
struct NewParameter<'s> {
    name: &'s str,
    kind: ParameterKind,
    declared_type: Option<ExpressionId>,
    default: Option<ExpressionId>,
    at: u32,
}

type Parameters<'s> = SmallVec<[NewParameter<'s>; 6]>;

/// Methods whose first parameter is the class without saying so.
fn is_implicit_class_method(name: &str) -> bool {
    matches!(name, "__new__" | "__init_subclass__" | "__class_getitem__")
}

/// Methods that give a new instance its fields.
fn is_initializer(name: &str) -> bool {
    matches!(
        name,
        "__init__" | "__new__" | "__post_init__" | "__attrs_post_init__" | "__attrs_init__"
    )
}

impl<'s, 't> Walker<'_, 's, 't> {
    // ---- decorators --------------------------------------------------------------------------

    pub(super) fn decorated(&mut self, node: Node<'t>) {
        let Some(definition) = self.field(node, self.grammar.definition) else {
            self.visit_children(node);
            return;
        };
        let mut decorators = self.children(node);
        decorators.retain(|child| self.grammar.kind(*child) == Kind::Decorator);
        match self.kind(definition) {
            Kind::FunctionDefinition => self.function(definition, node, &decorators),
            Kind::ClassDefinition => self.class(definition, node, &decorators),
            _ => self.visit_children(node),
        }
    }

    /// The last name of a decorator: `property`, `setter`, `route`.
    fn decorator_name(&mut self, decorator: Node<'t>) -> &'s str {
        let Some(mut node) = self.first_child(decorator) else { return "" };
        if self.kind(node) == Kind::Call {
            match self.field(node, self.grammar.function) {
                Some(function) => node = function,
                None => return "",
            }
        }
        match self.kind(node) {
            Kind::Identifier => self.text(node),
            Kind::Attribute => {
                self.field(node, self.grammar.attribute).map_or("", |name| self.text(name))
            }
            _ => "",
        }
    }

    /// Lowers decorators in the scope around the definition. Each is called with what the one below
    /// it gave, the last with the definition; what they make of it in the end is bound beside the
    /// definition's own name (see [`DECORATED`]). The result of a called decorator is called in turn,
    /// but has no name.
    fn decorate(&mut self, id: DefinitionId, decorators: &[Node<'t>]) {
        let mut lowered: SmallVec<[(ExpressionId, Option<(&'s str, ByteRange)>); 2]> =
            SmallVec::new();
        for decorator in decorators {
            let Some(node) = self.first_child(*decorator) else { continue };
            let (value, named) = match self.kind(node) {
                Kind::Call => (self.call_with_flags(node, ReferenceFlags::DECORATOR), None),
                Kind::Identifier | Kind::Attribute => {
                    let (value, name, span) = self.callee(node);
                    (value, Some((name, span)))
                }
                _ => (self.expression(node), None),
            };
            self.out.get_mut(id).decorators.push(value);
            lowered.push((value, named));
        }
        if lowered.is_empty() {
            return;
        }
        let mut given = self.out.expression(Expression::Definition(id));
        let mut calls: SmallVec<[ExpressionId; 2]> = SmallVec::new();
        for (decorator, _) in lowered.iter().rev() {
            given = self.out.call(*decorator, &[given]);
            calls.push(given);
        }
        for ((_, named), call) in lowered.iter().zip(calls.iter().rev()) {
            if let Some((name, span)) = named {
                self.out.call_reference(name, *span, *call, ReferenceFlags::DECORATOR);
            }
        }
        let scope = self.frame().scope;
        let (name, at) = {
            let definition = self.out.get(id);
            (self.out.name_text(definition.name).to_owned(), definition.name_span.start)
        };
        self.out.bind(scope, &format!("{name}{DECORATED}"), at, BindingValue::Value(given));
    }

    // ---- functions -----------------------------------------------------------------------------

    /// A function or method. `whole` includes its decorators.
    pub(super) fn function(&mut self, node: Node<'t>, whole: Node<'t>, decorators: &[Node<'t>]) {
        let grammar = self.grammar;
        let Some(name_node) = self.field(node, grammar.name) else {
            self.visit_children(node);
            return;
        };
        let name = self.text(name_node);
        let body = self.field(node, grammar.body);
        let parameters = self.field(node, grammar.parameters);
        let return_type = self.field(node, grammar.return_type);
        let mut flags = self.function_flags(node, name);
        for decorator in decorators {
            flags |= decorator_flags(self.decorator_name(*decorator));
        }
        flags.set(DefinitionFlags::ELSEWHERE, self.stands_in(whole, name));
        let method = self.frame().kind == FrameKind::Class;
        let kind = match (method, name) {
            (true, "__init__" | "__new__") => SymbolKind::Constructor,
            (true, _) => SymbolKind::Method,
            (false, _) => SymbolKind::Function,
        };
        let header = return_type.or(parameters).unwrap_or(name_node);
        let id = self.out.define(&NewDefinition {
            name,
            kind,
            span: Self::span(whole),
            name_span: Self::span(name_node),
            signature_end: header.end_byte() as u32,
            flags,
        });
        self.bind_definition(name, id);
        self.decorate(id, decorators);

        let type_parameters = self.open_type_parameters(id, node);
        self.type_variables_of(id, name_node.end_byte()..header.end_byte());
        self.out.push_parent(id);
        let receiver = method && !is_static_method(flags, name);
        let list = parameters.map(|list| self.parameters(list, receiver)).unwrap_or_default();
        if let Some(return_type) = return_type {
            let declared = self.annotation(return_type);
            if declared != ExpressionId::UNKNOWN {
                self.out.get_mut(id).declared_type = Some(declared);
            }
        }
        self.out.pop_parent();

        self.open_function(id, list, method.then_some(name));
        if let Some(body) = body {
            self.docstring(id, body);
            self.statement(body);
        }
        self.frames.pop();
        self.out.close_definition();
        self.type_parameters.truncate(type_parameters);
    }

    /// Whether a definition of a module or class stands in a branch and its name has a meaning there
    /// already: an import or the definition of an earlier branch, for which it stands in on another
    /// platform or version.
    fn stands_in(&self, whole: Node<'t>, name: &str) -> bool {
        let frame = self.frame();
        if frame.kind == FrameKind::Function || !frame.names.contains_key(name) {
            return false;
        }
        let block = whole.parent().filter(|parent| self.grammar.kind(*parent) == Kind::Block);
        block.and_then(|block| block.parent()).is_some_and(|branch| {
            matches!(
                branch.kind(),
                "if_statement" | "elif_clause" | "else_clause" | "try_statement" | "except_clause"
            )
        })
    }

    fn function_flags(&self, node: Node<'t>, name: &str) -> DefinitionFlags {
        let frame = self.frame();
        let mut flags = DefinitionFlags::empty();
        if node.child(0).is_some_and(|child| self.text(child) == "async") {
            flags |= DefinitionFlags::ASYNC;
        }
        if frame.kind != FrameKind::Function && frame.exported && !is_private(name) {
            flags |= DefinitionFlags::EXPORTED;
        }
        let named_as_test =
            self.test_file && frame.kind != FrameKind::Function && name.starts_with("test_");
        if frame.test || named_as_test {
            flags |= DefinitionFlags::TEST;
        }
        if frame.kind == FrameKind::Class && is_implicit_class_method(name) {
            flags |= DefinitionFlags::STATIC | DefinitionFlags::CLASS_METHOD;
        }
        if self.stub {
            flags |= DefinitionFlags::DECLARATION;
        }
        flags
    }

    /// Opens a function whose parameters are lowered: its scope, its frame, its names.
    fn open_function(
        &mut self,
        id: DefinitionId,
        parameters: Parameters<'s>,
        method: Option<&'s str>,
    ) {
        let scope = self.out.open_definition(id, ScopeKind::Function);
        let class = self.frames.len() - 1;
        let mut frame = Frame::new(FrameKind::Function, scope, Some(id));
        frame.test = self.out.get(id).flags.contains(DefinitionFlags::TEST);
        frame.initializer = method.is_some_and(is_initializer);
        for parameter in &parameters {
            if parameter.kind == ParameterKind::Receiver && method.is_some() {
                frame.receiver = Some((parameter.name, class));
            }
            frame.names.insert(parameter.name, Bound::Local);
        }
        for name in &self.type_parameters {
            frame.names.entry(name).or_insert(Bound::Local);
        }
        for parameter in parameters {
            self.out.parameter(
                id,
                parameter.name,
                parameter.declared_type,
                parameter.default,
                parameter.kind,
                parameter.at,
            );
        }
        self.frames.push(frame);
    }

    /// Binds the name of a function or class where it is written.
    fn bind_definition(&mut self, name: &'s str, id: DefinitionId) {
        let frame = self.frame();
        let global = frame.outer.iter().any(|(outer, global)| *global && *outer == name);
        let at = if global { 0 } else { self.frames.len() - 1 };
        let scope = self.frames[at].scope;
        self.out.bind_definition(scope, id);
        self.frames[at].names.entry(name).or_insert(Bound::Definition);
    }

    /// Lowers a parameter list in the scope around the function.
    fn parameters(&mut self, list: Node<'t>, mut receiver: bool) -> Parameters<'s> {
        let mut parameters = Parameters::new();
        let mut keyword_only = false;
        for child in self.children(list) {
            let plain = if keyword_only { ParameterKind::Keyword } else { ParameterKind::Plain };
            if let Some(mut parameter) = self.one_parameter(child, plain) {
                if receiver && parameter.kind == ParameterKind::Plain {
                    parameter.kind = ParameterKind::Receiver;
                }
                keyword_only |= parameter.kind == ParameterKind::Rest;
                parameters.push(parameter);
            } else if self.kind(child) == Kind::KeywordSeparator {
                keyword_only = true;
            }
            receiver = false;
        }
        parameters
    }

    fn one_parameter(&mut self, node: Node<'t>, plain: ParameterKind) -> Option<NewParameter<'s>> {
        let grammar = self.grammar;
        let (name, kind) = match self.kind(node) {
            Kind::Identifier => (node, plain),
            Kind::ListSplatPattern => (self.first_child(node)?, ParameterKind::Rest),
            Kind::DictionarySplatPattern => (self.first_child(node)?, ParameterKind::KeywordRest),
            Kind::TypedParameter => {
                let inner = self.first_child(node)?;
                match self.kind(inner) {
                    Kind::ListSplatPattern => (self.first_child(inner)?, ParameterKind::Rest),
                    Kind::DictionarySplatPattern => {
                        (self.first_child(inner)?, ParameterKind::KeywordRest)
                    }
                    _ => (inner, plain),
                }
            }
            Kind::DefaultParameter | Kind::TypedDefaultParameter => {
                (self.field(node, grammar.name)?, plain)
            }
            _ => return None,
        };
        let declared_type = self
            .field(node, grammar.type_)
            .map(|annotation| self.annotation(annotation))
            .filter(|declared| *declared != ExpressionId::UNKNOWN)
            .map(|declared| match kind {
                // What is declared is one argument; the name holds all of them.
                ParameterKind::Rest => self.generic_builtin("list", &[declared]),
                ParameterKind::KeywordRest => {
                    let key = self.constants.string;
                    self.generic_builtin("dict", &[key, declared])
                }
                _ => declared,
            });
        let default = self
            .field(node, grammar.value)
            .map(|value| self.expression(value))
            .filter(|value| *value != ExpressionId::UNKNOWN && *value != self.constants.none);
        let at = name.start_byte() as u32;
        Some(NewParameter { name: self.text(name), kind, declared_type, default, at })
    }

    /// A built-in generic type.
    pub(super) fn generic_builtin(
        &mut self,
        name: &str,
        arguments: &[ExpressionId],
    ) -> ExpressionId {
        let base = self.out.builtin(name);
        self.out.generic(base, arguments)
    }

    /// Sets the documentation from the first statement of a body.
    fn docstring(&mut self, id: DefinitionId, body: Node<'t>) {
        let Some(first) = self.first_child(body) else { return };
        if !self.is_bare_string(first) {
            return;
        }
        let text = self.text(first);
        self.out.set_doc(id, &doc::strip_docstring(text));
    }

    // ---- lambdas -------------------------------------------------------------------------------

    /// A lambda as a value.
    pub(super) fn lambda(&mut self, node: Node<'t>) -> ExpressionId {
        let span = Self::span(node);
        let id = self.out.define(&NewDefinition {
            name: "",
            kind: SymbolKind::Function,
            span,
            name_span: ByteRange { start: span.start, end: span.start },
            signature_end: 0,
            flags: DefinitionFlags::empty(),
        });
        self.lambda_body(id, node, false);
        self.out.expression(Expression::Function(id))
    }

    /// `name = lambda …` in a module or class: a function of that name. Inside a function it is part
    /// of that function, as every lambda is.
    pub(super) fn named_lambda(
        &mut self,
        name: Node<'t>,
        node: Node<'t>,
        assignment: Node<'t>,
    ) -> ExpressionId {
        let text = self.text(name);
        let method = self.frame().kind == FrameKind::Class;
        let flags = self.function_flags(node, text) - DefinitionFlags::TEST;
        let flags = flags | DefinitionFlags::LAMBDA;
        let id = self.out.define(&NewDefinition {
            name: text,
            kind: if method { SymbolKind::Method } else { SymbolKind::Function },
            span: Self::span(assignment),
            name_span: Self::span(name),
            signature_end: 0,
            flags,
        });
        self.bind_definition(text, id);
        self.lambda_body(id, node, method);
        self.out.expression(Expression::Function(id))
    }

    fn lambda_body(&mut self, id: DefinitionId, node: Node<'t>, method: bool) {
        let grammar = self.grammar;
        let parameters = self
            .field(node, grammar.parameters)
            .map(|list| self.parameters(list, method))
            .unwrap_or_default();
        self.open_function(id, parameters, method.then_some(""));
        if let Some(body) = self.field(node, grammar.body) {
            let value = self.expression(body);
            self.out.returns(id, value);
        }
        self.frames.pop();
        self.out.close_definition();
    }

    // ---- classes -------------------------------------------------------------------------------

    /// A class. `whole` includes its decorators.
    pub(super) fn class(&mut self, node: Node<'t>, whole: Node<'t>, decorators: &[Node<'t>]) {
        let grammar = self.grammar;
        let Some(name_node) = self.field(node, grammar.name) else {
            self.visit_children(node);
            return;
        };
        let name = self.text(name_node);
        let superclasses = self.field(node, grammar.superclasses);
        let (exported, test) = {
            let frame = self.frame();
            let exported = frame.kind != FrameKind::Function && frame.exported && !is_private(name);
            (exported, frame.test || (self.test_file && name.starts_with("Test")))
        };
        let mut flags = DefinitionFlags::empty();
        flags.set(DefinitionFlags::EXPORTED, exported);
        flags.set(DefinitionFlags::TEST, test);
        flags.set(DefinitionFlags::ELSEWHERE, self.stands_in(whole, name));
        for decorator in decorators {
            if self.decorator_name(*decorator) == "deprecated" {
                flags |= DefinitionFlags::DEPRECATED;
            }
        }
        let header = superclasses.unwrap_or(name_node);
        let id = self.out.define(&NewDefinition {
            name,
            kind: SymbolKind::Class,
            span: Self::span(whole),
            name_span: Self::span(name_node),
            signature_end: header.end_byte() as u32,
            flags,
        });
        self.bind_definition(name, id);
        self.decorate(id, decorators);
        let type_parameters = self.open_type_parameters(id, node);
        self.out.push_parent(id);
        let inherited = superclasses.map(|list| self.superclasses(id, list)).unwrap_or_default();
        self.out.pop_parent();
        let scope = self.out.open_definition(id, ScopeKind::Type);
        let mut frame = Frame::new(FrameKind::Class, scope, Some(id));
        frame.exported = exported;
        frame.test = self.out.get(id).flags.contains(DefinitionFlags::TEST);
        frame.enumeration = self.out.get(id).kind == SymbolKind::Enum;
        self.frames.push(frame);
        for field in inherited {
            self.synthetic_field(field);
        }
        if let Some(body) = self.field(node, grammar.body) {
            self.docstring(id, body);
            self.declare_members(body);
            self.statement(body);
        }
        self.frames.pop();
        self.out.close_definition();
        self.type_parameters.truncate(type_parameters);
    }

    /// Notes what the body of a class declares, before its methods are walked.
    fn declare_members(&mut self, body: Node<'t>) {
        for child in self.children(body) {
            let (name, member) = match self.kind(child) {
                Kind::FunctionDefinition => {
                    (self.field(child, self.grammar.name), Member::Function)
                }
                Kind::DecoratedDefinition => {
                    let inner = self.field(child, self.grammar.definition);
                    let name = inner.and_then(|inner| self.field(inner, self.grammar.name));
                    (name, Member::Function)
                }
                Kind::ExpressionStatement => {
                    let inner = self.first_child(child);
                    let left = inner.and_then(|inner| self.field(inner, self.grammar.left));
                    (left, Member::Field)
                }
                _ => continue,
            };
            if let Some(name) = name {
                let name = self.text(name);
                self.frame_mut().members.entry(name).or_insert(member);
            }
        }
    }

    /// Lowers the parenthesis of a class. Yields the fields that come with a base
    /// (`namedtuple("Point", "x y")`).
    fn superclasses(&mut self, id: DefinitionId, list: Node<'t>) -> Vec<SyntheticField<'s>> {
        let mut fields = Vec::new();
        for child in self.children(list) {
            match self.kind(child) {
                Kind::KeywordArgument => {
                    if let Some(value) = self.field(child, self.grammar.value) {
                        self.expression(value);
                    }
                }
                Kind::Identifier | Kind::Attribute | Kind::Subscript => {
                    self.superclass(id, child);
                }
                Kind::Call => {
                    let base = self.expression(child);
                    fields.extend(self.named_tuple_fields(child));
                    let name = self.field(child, self.grammar.function).unwrap_or(child);
                    let name = self.field(name, self.grammar.attribute).unwrap_or(name);
                    if base != ExpressionId::UNKNOWN {
                        self.out.get_mut(id).bases.push(base);
                        self.out.inherit_reference(self.text(name), Self::span(name), base);
                    }
                }
                _ => {
                    self.expression(child);
                }
            }
        }
        fields
    }

    fn superclass(&mut self, id: DefinitionId, node: Node<'t>) {
        let mut head = node;
        if self.kind(node) == Kind::Subscript
            && let Some(base) = self.field(node, self.grammar.value)
        {
            head = base;
        }
        let name_node = self.field(head, self.grammar.attribute).unwrap_or(head);
        let name = self.text(name_node);
        if matches!(name, "Generic" | "Protocol") && self.kind(node) == Kind::Subscript {
            self.generic_parameters(id, node, head);
        }
        match name {
            "Enum" | "IntEnum" | "StrEnum" | "Flag" | "IntFlag" | "ReprEnum" | "TextChoices"
            | "IntegerChoices" => self.out.get_mut(id).kind = SymbolKind::Enum,
            "Protocol" => self.out.get_mut(id).kind = SymbolKind::Interface,
            _ if name.ends_with("TestCase") => {
                self.out.get_mut(id).flags |= DefinitionFlags::TEST;
            }
            _ => {}
        }
        let base = self.base_type(node);
        if base != ExpressionId::UNKNOWN {
            self.out.get_mut(id).bases.push(base);
            self.out.inherit_reference(name, Self::span(name_node), base);
        }
    }

    /// `Generic[T, U]`: the names of the class's type parameters.
    fn generic_parameters(&mut self, id: DefinitionId, node: Node<'t>, head: Node<'t>) {
        for child in self.children(node) {
            if child != head && self.kind(child) == Kind::Identifier {
                let name = self.text(child);
                let name = self.out.name(name);
                self.out.get_mut(id).type_parameters.push(name);
            }
        }
    }

    /// Type parameters in brackets after the name (`class Box[T]:`). Yields the number of names
    /// that were in sight before.
    pub(super) fn open_type_parameters(&mut self, id: DefinitionId, node: Node<'t>) -> usize {
        let before = self.type_parameters.len();
        if let Some(list) = self.field(node, self.grammar.type_parameters) {
            for child in self.children(list) {
                let text = self.text(child);
                let name = text.split([':', '=']).next().unwrap_or("").trim();
                let name = name.trim_start_matches('*');
                self.type_parameters.push(name);
                let name = self.out.name(name);
                self.out.get_mut(id).type_parameters.push(name);
            }
        }
        before
    }

    /// The `TypeVar`s that a function's annotations mention are its type parameters, unless they are
    /// those of its class.
    fn type_variables_of(&mut self, id: DefinitionId, header: std::ops::Range<usize>) {
        if self.type_variables.is_empty() {
            return;
        }
        let class =
            self.frame().definition.map(|class| self.out.get(class).type_parameters.clone());
        let source = self.out.source();
        let text = source.get(header).unwrap_or_default();
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let mut mentioned: SmallVec<[&'s str; 2]> = SmallVec::new();
        for word in words.filter(|word| self.type_variables.contains(word)) {
            if !mentioned.contains(&word) {
                mentioned.push(word);
            }
        }
        for word in mentioned {
            let name = self.out.name(word);
            if class.as_ref().is_none_or(|class| !class.contains(&name)) {
                self.out.get_mut(id).type_parameters.push(name);
            }
        }
    }

    // ---- classes made by calls -------------------------------------------------------------------

    /// The fields that `namedtuple("Point", "x y")` or `NamedTuple("Point", [("x", int)])` makes.
    pub(super) fn named_tuple_fields(&mut self, call: Node<'t>) -> Vec<SyntheticField<'s>> {
        let grammar = self.grammar;
        let mut fields = Vec::new();
        let function = self.field(call, grammar.function).map_or("", |f| self.text(f));
        if !matches!(function.rsplit('.').next(), Some("namedtuple" | "NamedTuple")) {
            return fields;
        }
        let Some(arguments) = self.field(call, grammar.arguments) else { return fields };
        let arguments = self.children(arguments);
        let Some(list) = arguments.get(1).copied() else { return fields };
        match self.kind(list) {
            Kind::String => {
                let start = list.start_byte() as u32;
                let text = self.text(list);
                let mut at = 0;
                for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
                    let from = start + at as u32;
                    let span = ByteRange { start: from, end: from + word.len() as u32 };
                    if !word.is_empty() {
                        fields.push(SyntheticField { name: word, span });
                    }
                    at += word.len() + 1;
                }
            }
            Kind::List | Kind::Tuple => {
                for item in self.children(list) {
                    let name = match self.kind(item) {
                        Kind::Tuple => self.first_child(item),
                        _ => Some(item),
                    };
                    if let Some(name) = name.filter(|name| self.kind(*name) == Kind::String) {
                        let text = self.text(name).trim_matches(['"', '\'']);
                        fields.push(SyntheticField { name: text, span: Self::span(name) });
                    }
                }
            }
            _ => {}
        }
        fields
    }

    /// Defines a field of the innermost class that is written as text.
    pub(super) fn synthetic_field(&mut self, field: SyntheticField<'s>) {
        let SyntheticField { name, span } = field;
        let (scope, exported) = (self.frame().scope, self.frame().exported);
        let mut flags = DefinitionFlags::IMPLICIT;
        flags.set(DefinitionFlags::EXPORTED, exported && !is_private(name));
        let id = self.out.define(&NewDefinition {
            name,
            kind: SymbolKind::Field,
            span,
            name_span: span,
            signature_end: 0,
            flags,
        });
        self.out.bind(scope, name, span.start, BindingValue::Definition(id));
        self.frame_mut().names.insert(name, Bound::Value(id));
    }

    /// `Point = namedtuple("Point", "x y")`: a class of that name.
    pub(super) fn named_tuple(&mut self, name: Node<'t>, call: Node<'t>, whole: Node<'t>) {
        let text = self.text(name);
        self.expression(call);
        let exported = self.frame().exported && !is_private(text);
        let mut flags = DefinitionFlags::empty();
        flags.set(DefinitionFlags::EXPORTED, exported);
        let id = self.out.define(&NewDefinition {
            name: text,
            kind: SymbolKind::Class,
            span: Self::span(whole),
            name_span: Self::span(name),
            signature_end: 0,
            flags,
        });
        self.bind_definition(text, id);
        let fields = self.named_tuple_fields(call);
        let tuple = self.out.builtin("tuple");
        self.out.get_mut(id).bases.push(tuple);
        let scope = self.out.open_definition(id, ScopeKind::Type);
        let mut frame = Frame::new(FrameKind::Class, scope, Some(id));
        frame.exported = exported;
        self.frames.push(frame);
        for field in fields {
            self.synthetic_field(field);
        }
        self.frames.pop();
        self.out.close_definition();
    }

    /// `__slots__ = ("a", "b")`: fields, unless they are declared otherwise.
    pub(super) fn slots(&mut self, value: Node<'t>) {
        let names = match self.kind(value) {
            Kind::String => Children::from_slice(&[value]),
            Kind::Tuple | Kind::List | Kind::Set => self.children(value),
            _ => return,
        };
        for node in names {
            if self.kind(node) != Kind::String {
                continue;
            }
            let name = self.text(node).trim_matches(['"', '\'']);
            let declared = self.frame().members.contains_key(name);
            let simple = !name.is_empty() && !name.starts_with("__");
            if simple && !declared && !self.frame().names.contains_key(name) {
                let start = node.start_byte() as u32 + 1;
                let span = ByteRange { start, end: start + name.len() as u32 };
                self.synthetic_field(SyntheticField { name, span });
                self.frame_mut().members.insert(name, Member::Slot);
            }
        }
    }

    /// An empty collection of a kind, for calls such as `list()`.
    pub(super) fn empty(&mut self, kind: CollectionKind) -> ExpressionId {
        self.out.collection(kind, &[])
    }
}

/// A field whose name stands in a string.
#[derive(Debug, Clone, Copy)]
pub(super) struct SyntheticField<'s> {
    pub(super) name: &'s str,
    pub(super) span: ByteRange,
}

/// Whether a method has no receiver at all.
fn is_static_method(flags: DefinitionFlags, name: &str) -> bool {
    flags.contains(DefinitionFlags::STATIC)
        && !flags.contains(DefinitionFlags::CLASS_METHOD)
        && !is_implicit_class_method(name)
}

fn decorator_flags(name: &str) -> DefinitionFlags {
    match name {
        "staticmethod" | "abstractstaticmethod" => DefinitionFlags::STATIC,
        "classmethod" | "abstractclassmethod" => {
            DefinitionFlags::STATIC | DefinitionFlags::CLASS_METHOD
        }
        "setter" => DefinitionFlags::PROPERTY | DefinitionFlags::SETTER,
        "getter" | "deleter" | "abstractproperty" => DefinitionFlags::PROPERTY,
        "abstractmethod" => DefinitionFlags::ABSTRACT,
        "overload" => DefinitionFlags::OVERLOAD | DefinitionFlags::DECLARATION,
        "deprecated" => DefinitionFlags::DEPRECATED,
        _ if name.ends_with("property") => DefinitionFlags::PROPERTY,
        _ => DefinitionFlags::empty(),
    }
}
