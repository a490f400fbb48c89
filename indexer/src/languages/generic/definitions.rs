//! Functions, types, namespaces, parameters and what stands in front of them.

use super::rules::{At, FunctionRule, Rule};
use super::{Visibility, Walker};
use crate::extract::builder::{NewDefinition, range};
use qf_graph::facts::{
    ByteRange, DefinitionFlags, DefinitionId, Expression, ExpressionId, ParameterKind,
    ReferenceFlags, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

/// A function whose parts a hook or a row has found.
#[derive(Debug, Clone)]
pub struct Function<'s, 't> {
    /// Name; empty for an anonymous one.
    pub name: &'s str,
    /// The name's bytes.
    pub name_span: ByteRange,
    /// Kind before the place decides.
    pub kind: SymbolKind,
    /// Properties known so far.
    pub flags: DefinitionFlags,
    /// Lists of parameters.
    pub parameters: Vec<Node<'t>>,
    /// Return type.
    pub result: Option<Node<'t>>,
    /// Body.
    pub body: Option<Node<'t>>,
    /// Other children that were dealt with.
    pub done: Vec<Node<'t>>,
}

impl<'s> Function<'s, '_> {
    /// A function of this name with nothing else.
    pub fn named(name: &'s str, name_span: ByteRange) -> Self {
        Self {
            name,
            name_span,
            kind: SymbolKind::Function,
            flags: DefinitionFlags::empty(),
            parameters: Vec::new(),
            result: None,
            body: None,
            done: Vec::new(),
        }
    }
}

/// A type whose parts a hook or a row has found.
#[derive(Debug, Clone)]
pub struct Type<'s, 't> {
    /// Name.
    pub name: &'s str,
    /// The name's bytes.
    pub name_span: ByteRange,
    /// Kind.
    pub kind: SymbolKind,
    /// Properties known so far.
    pub flags: DefinitionFlags,
    /// Nodes that list bases.
    pub bases: Vec<Node<'t>>,
    /// Bases that stand alone.
    pub base_types: Vec<Node<'t>>,
    /// Body.
    pub body: Option<Node<'t>>,
    /// Parameters of the primary constructor.
    pub parameters: Vec<Node<'t>>,
    /// Members are hidden until a section says otherwise (C++ classes).
    pub hidden: bool,
    /// Other children that were dealt with.
    pub done: Vec<Node<'t>>,
}

impl<'s> Type<'s, '_> {
    /// A type of this name with nothing else.
    pub fn named(name: &'s str, name_span: ByteRange, kind: SymbolKind) -> Self {
        Self {
            name,
            name_span,
            kind,
            flags: DefinitionFlags::empty(),
            bases: Vec::new(),
            base_types: Vec::new(),
            body: None,
            parameters: Vec::new(),
            hidden: false,
            done: Vec::new(),
        }
    }
}

/// What stands in front of a definition's name.
#[derive(Debug, Default)]
pub struct Header<'s> {
    /// Modifier words and keywords.
    pub words: Vec<&'s str>,
    /// Decorators as expressions.
    pub decorators: Vec<ExpressionId>,
    /// Last names of the decorators.
    pub decorator_names: Vec<&'s str>,
}

impl<'s> Walker<'_, 's> {
    // ---- headers ------------------------------------------------------------------------------

    /// Collects modifiers and decorators in front of `until`.
    pub fn header(&mut self, node: Node<'_>, until: u32) -> Header<'s> {
        let mut header = Header::default();
        self.header_into(node, until, &mut header);
        header
    }

    fn header_into(&mut self, node: Node<'_>, until: u32, header: &mut Header<'s>) {
        let mut cursor = node.walk();
        if !cursor.goto_first_child() {
            return;
        }
        loop {
            let child = cursor.node();
            if child.start_byte() as u32 >= until {
                return;
            }
            match self.rule(child) {
                Rule::Modifier => header.words.extend(self.text(child).split_whitespace()),
                Rule::Modifiers => self.header_into(child, until, header),
                Rule::Decorator(name, _) => {
                    let expression = self.decorator(child);
                    header.decorators.push(expression);
                    if let Some(name) = name.find(child) {
                        header.decorator_names.push(self.last_name(name));
                    }
                }
                _ if !child.is_named() => header.words.push(self.text(child)),
                _ => {}
            }
            if !cursor.goto_next_sibling() {
                return;
            }
        }
    }

    /// A decorator, annotation or attribute: a call of its name.
    pub fn decorator(&mut self, node: Node<'_>) -> ExpressionId {
        let Rule::Decorator(name, arguments) = self.rule(node) else {
            return ExpressionId::UNKNOWN;
        };
        let Some(name) = name.find(node) else { return ExpressionId::UNKNOWN };
        let callee = self.path_expression(name);
        let values = arguments.find(node).map(|list| self.arguments(list)).unwrap_or_default();
        let call = self.out.call(callee, &values);
        let (text, span) = self.last_name_span(name);
        self.out.call_reference(text, span, call, ReferenceFlags::DECORATOR);
        call
    }

    /// The last identifier in a dotted or generic name.
    pub fn last_name(&self, node: Node<'_>) -> &'s str {
        self.last_name_span(node).0
    }

    /// The last identifier in a dotted or generic name, with its bytes.
    pub fn last_name_span(&self, node: Node<'_>) -> (&'s str, ByteRange) {
        let text = self.text(node);
        let head = text.find(['<', '(', '[']).map_or(text, |at| &text[..at]).trim_end();
        let start = head.rfind(['.', ':', '\\', ' ']).map_or(0, |at| at + 1);
        let start_byte = node.start_byte() as u32 + start as u32;
        let name = &head[start..];
        (name, ByteRange { start: start_byte, end: start_byte + name.len() as u32 })
    }

    /// A dotted name as an expression, without references.
    pub fn path_expression(&mut self, node: Node<'_>) -> ExpressionId {
        let text = self.text(node);
        let head = text.find(['<', '(', '[']).map_or(text, |at| &text[..at]);
        let mut value = ExpressionId::UNKNOWN;
        for part in head.split(['.', ':', '\\', '@', '#']).map(str::trim) {
            if part.is_empty() {
                continue;
            }
            value = if value == ExpressionId::UNKNOWN {
                self.out.name_expression(part)
            } else {
                self.out.member(value, part)
            };
        }
        value
    }

    /// Properties that follow from modifier words and the name.
    pub fn flags_of(&self, words: &[&str], name: &str) -> DefinitionFlags {
        let mut flags = DefinitionFlags::empty();
        for word in words {
            match *word {
                "static" => flags |= DefinitionFlags::STATIC,
                "abstract" => flags |= DefinitionFlags::ABSTRACT,
                "async" | "suspend" => flags |= DefinitionFlags::ASYNC,
                _ => {}
            }
        }
        if self.notes.contains_key("static") {
            flags |= DefinitionFlags::STATIC;
        }
        let in_interface = || {
            self.out.definition().is_some_and(|parent| {
                matches!(self.out.get(parent).kind, SymbolKind::Interface | SymbolKind::Enum)
            })
        };
        let exported = !self.hidden
            && match self.table.visibility {
                Visibility::All => true,
                Visibility::Without(hidden) => !words.iter().any(|word| hidden.contains(word)),
                Visibility::With(shown) => {
                    words.iter().any(|word| shown.contains(word)) || in_interface()
                }
                Visibility::NoUnderscore => !name.starts_with('_'),
            };
        if exported
            && matches!(self.place(), ScopeKind::Module | ScopeKind::Namespace | ScopeKind::Type)
        {
            flags |= DefinitionFlags::EXPORTED;
        }
        flags
    }

    // ---- functions ----------------------------------------------------------------------------

    pub(super) fn function_by_rule(&mut self, node: Node<'_>, rule: &FunctionRule) {
        let Some(name) = rule.name.find(node) else {
            self.children(node);
            return;
        };
        let mut function = Function::named(self.name_of(name), range(name));
        function.kind = rule.kind;
        function.flags = rule.flags;
        function.parameters.extend(rule.parameters.find(node));
        function.result = rule.result.find(node);
        function.body = rule.body.find(node);
        function.done.push(name);
        self.function(node, &function);
    }

    /// Makes a function's definition, walks its parts and closes it.
    pub fn function(&mut self, node: Node<'_>, function: &Function<'s, '_>) -> DefinitionId {
        let (doc, outer) = (self.doc.take(), self.outer.take());
        let header = self.header(node, function.name_span.start);
        let id = self.begin_function(node, function, &header, outer);
        let scope = self.out.function_scope();
        if !function.name.is_empty() {
            self.out.bind_definition(scope, id);
        }
        self.document(id, doc, outer.unwrap_or(node.start_byte() as u32));
        self.out.get_mut(id).decorators = header.decorators;
        self.take_type_parameters(id);
        self.function_body(node, function, id);
        id
    }

    /// Makes a function's definition without walking it; see [`Self::resume`].
    pub fn open_function_definition(
        &mut self,
        node: Node<'_>,
        function: &Function<'s, '_>,
    ) -> DefinitionId {
        let kept = self.kept_doc.take();
        let (doc, outer) = (self.doc.take(), self.outer.take());
        let header = self.header(node, function.name_span.start);
        let id = self.begin_function(node, function, &header, outer);
        if !function.name.is_empty() {
            let scope = self.out.function_scope();
            self.out.bind_definition(scope, id);
        }
        match kept {
            Some(kept) => {
                let text =
                    self.out.source().get(kept.start as usize..kept.end as usize).unwrap_or("");
                let text = crate::extract::doc::strip_comment(text.trim_matches('"'));
                self.out.set_doc(id, text.trim_start_matches("| "));
            }
            None => self.document(id, doc, outer.unwrap_or(node.start_byte() as u32)),
        }
        self.out.open_definition(id, ScopeKind::Function);
        self.out.close_definition();
        id
    }

    /// Opens a function again: what is walked until [`Self::suspend`] belongs to it.
    pub fn resume(&mut self, id: DefinitionId) {
        let scope = self.out.get(id).scope.unwrap_or(self.out.scope());
        self.out.push_parent(id);
        self.out.reopen_scope(scope);
        self.functions.push(id);
    }

    /// Undoes [`Self::resume`].
    pub fn suspend(&mut self) {
        self.functions.pop();
        self.out.close_scope();
        self.out.pop_parent();
    }

    /// A function whose name is put together by the caller (titles of tests).
    pub fn titled_function(
        &mut self,
        node: Node<'_>,
        title: &str,
        function: &Function<'s, '_>,
    ) -> DefinitionId {
        let doc = self.doc.take();
        let id = self.out.define(&NewDefinition {
            name: title,
            kind: function.kind,
            span: range(node),
            name_span: function.name_span,
            signature_end: function.body.map_or(0, |body| body.start_byte() as u32),
            flags: function.flags,
        });
        self.document(id, doc, node.start_byte() as u32);
        self.function_body(node, function, id);
        id
    }

    /// Modifier words and keywords in front of a name; decorators are not lowered.
    pub fn words_before(&self, node: Node<'_>, name: Node<'_>) -> Vec<&'s str> {
        let mut words = Vec::new();
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            if child.start_byte() >= name.start_byte() {
                break;
            }
            match self.rule(child) {
                Rule::Modifier | Rule::Modifiers => {
                    words.extend(self.text(child).split_whitespace());
                }
                _ if !child.is_named() => words.push(self.text(child)),
                _ => {}
            }
        }
        words
    }

    /// The name of the innermost open type.
    pub fn open_type_name(&self) -> String {
        let mut at = self.out.definition();
        while let Some(id) = at {
            let definition = self.out.get(id);
            if definition.kind.is_type() {
                return self.out.name_text(definition.name).to_owned();
            }
            at = definition.parent;
        }
        String::new()
    }

    /// A test written as a call: `test("title", function)`. `true` when it was one.
    pub fn test_call(
        &mut self,
        node: Node<'_>,
        title: Option<Node<'_>>,
        function: Option<Node<'_>>,
    ) -> bool {
        let (Some(title), Some(function)) = (title, function) else { return false };
        let (parameters, body) = match self.rule(function) {
            Rule::Lambda(parameters, body) => (parameters.find(function), body.find(function)),
            _ => (None, Some(function)),
        };
        if !matches!(self.rule(title), Rule::Text | Rule::Inner(_) | Rule::Transparent) {
            return false;
        }
        let text = self.text(title).trim_matches(['"', '\'']);
        let mut found = Function::named("", range(title));
        found.flags = DefinitionFlags::TEST;
        found.parameters.extend(parameters);
        found.body = body;
        // Everything else of the call is known.
        let mut cursor = node.walk();
        found.done.extend(node.named_children(&mut cursor));
        self.titled_function(node, text, &found);
        true
    }

    /// Whether the innermost open type lists a base of this name.
    pub fn is_base_of_open_type(&self, name: &str) -> bool {
        let mut at = self.out.definition();
        while let Some(id) = at {
            let definition = self.out.get(id);
            if definition.kind.is_type() {
                return definition.bases.iter().any(|base| self.last_of(*base) == name);
            }
            at = definition.parent;
        }
        false
    }

    /// The last name of a type expression.
    pub fn last_of(&self, id: ExpressionId) -> &str {
        match self.out.peek(id) {
            Expression::Name { name, .. } | Expression::Member { name, .. } => {
                self.out.name_text(name)
            }
            Expression::Generic { base, .. } => self.last_of(base),
            _ => "",
        }
    }

    /// Like [`Self::function`], with a part beside the parameters that belongs to it
    /// (initializers of a constructor).
    pub fn function_with(
        &mut self,
        node: Node<'_>,
        function: &Function<'s, '_>,
        beside: Option<Node<'_>>,
    ) -> DefinitionId {
        let inside = beside.is_none_or(|beside| beside.parent() == Some(node));
        let id = self.function(node, function);
        if let (Some(beside), false, Some(scope)) = (beside, inside, self.out.get(id).scope) {
            self.out.push_parent(id);
            self.out.reopen_scope(scope);
            self.functions.push(id);
            self.visit(beside);
            self.functions.pop();
            self.out.close_scope();
            self.out.pop_parent();
        }
        id
    }

    fn begin_function(
        &mut self,
        node: Node<'_>,
        function: &Function<'s, '_>,
        header: &Header<'s>,
        outer: Option<u32>,
    ) -> DefinitionId {
        let place = self.place();
        let parent = self.out.definition().map(|id| self.out.get(id).name);
        let mut kind = function.kind;
        if kind == SymbolKind::Function && place == ScopeKind::Type && !function.name.is_empty() {
            kind = SymbolKind::Method;
        }
        let constructs = self.table.constructors.contains(&function.name)
            || self.table.constructor_is_type_name
                && parent.is_some_and(|name| self.out.name_text(name) == function.name);
        if kind == SymbolKind::Method && constructs {
            kind = SymbolKind::Constructor;
        }
        let mut flags = function.flags;
        if !function.name.is_empty() {
            flags |= self.flags_of(&header.words, function.name);
        }
        if self.is_test(function.name, &header.decorator_names) {
            flags |= DefinitionFlags::TEST;
        }
        let start = outer.unwrap_or(node.start_byte() as u32);
        self.out.define(&NewDefinition {
            name: function.name,
            kind,
            span: ByteRange { start, end: node.end_byte() as u32 },
            name_span: function.name_span,
            signature_end: function.body.map_or(0, |body| body.start_byte() as u32),
            flags,
        })
    }

    fn is_test(&self, name: &str, decorators: &[&str]) -> bool {
        let tests = &self.table.tests;
        decorators.iter().any(|decorator| tests.decorators.contains(decorator))
            || (self.in_test || tests.free && self.place() == ScopeKind::Module)
                && tests.prefixes.iter().any(|prefix| name.starts_with(prefix))
    }

    /// Opens a function, walks parameters, result, other children and body, and closes it.
    pub fn function_body(&mut self, node: Node<'_>, function: &Function<'s, '_>, id: DefinitionId) {
        self.out.open_definition(id, ScopeKind::Function);
        self.functions.push(id);
        let in_test = std::mem::take(&mut self.in_test);
        let hidden = std::mem::take(&mut self.hidden);
        for list in &function.parameters {
            self.parameters(*list, id);
        }
        let implicit = self.table.implicit_parameter;
        if function.name.is_empty()
            && function.parameters.is_empty()
            && !implicit.is_empty()
            && self.text(node).contains(implicit)
        {
            let at = node.start_byte() as u32;
            self.out.parameter(id, implicit, None, None, ParameterKind::Plain, at);
            self.note_local(implicit);
        }
        if let Some(result) = function.result {
            let declared = self.type_of(result);
            self.out.get_mut(id).declared_type =
                Some(declared).filter(|t| *t != ExpressionId::UNKNOWN);
        }
        let mut done = function.done.clone();
        done.extend(function.parameters.iter().copied());
        done.extend(function.result);
        done.extend(function.body);
        let last = self.function_rest(node, &done, id);
        if function.body.is_none() && function.name.is_empty() {
            // The statements of a closure without a node around them.
            self.out.returns(id, last);
        }
        if let Some(body) = function.body {
            let value = match self.rule(body) {
                // The function's own scope is the block's.
                Rule::Block => {
                    self.children(body);
                    ExpressionId::UNKNOWN
                }
                Rule::BlockSequence => self.children(body),
                _ => self.visit(body),
            };
            self.out.returns(id, value);
        }
        self.hidden = hidden;
        self.in_test = in_test;
        self.functions.pop();
        self.out.close_definition();
    }

    /// Children of a function that are no part of its own: initializer lists, where clauses.
    pub(super) fn function_rest(
        &mut self,
        node: Node<'_>,
        done: &[Node<'_>],
        id: DefinitionId,
    ) -> ExpressionId {
        let mut last = ExpressionId::UNKNOWN;
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if done.contains(&child) {
                continue;
            }
            match self.rule(child) {
                Rule::Decorator(..) | Rule::Modifiers | Rule::Modifier | Rule::Comment => {}
                _ if child.kind().starts_with("type_param") => self.type_parameters(child, id),
                _ => last = self.visit(child),
            }
        }
        last
    }

    /// A function that a type gets from outside: found through its receiver's type too.
    pub fn extend(&mut self, target: ExpressionId, function: DefinitionId) {
        let known = !matches!(self.out.peek(target), Expression::Unknown | Expression::Builtin(_));
        if known {
            let scope = self.out.extension(target, None);
            self.out.bind_definition(scope, function);
            self.out.close_scope();
        }
    }

    /// Names of type parameters; their bounds are mentioned types.
    pub fn type_parameters(&mut self, list: Node<'_>, id: DefinitionId) {
        let mut cursor = list.walk();
        for child in list.named_children(&mut cursor) {
            let name = child.child_by_field_name("name").unwrap_or_else(|| first_leaf(child));
            let text = self.text(name);
            let name = self.out.name(text);
            self.out.get_mut(id).type_parameters.push(name);
        }
    }

    pub(super) fn take_type_parameters(&mut self, id: DefinitionId) {
        for text in std::mem::take(&mut self.type_parameters) {
            let name = self.out.name(text);
            self.out.get_mut(id).type_parameters.push(name);
        }
    }

    /// Walks a list of parameters of an open function.
    pub fn parameters(&mut self, list: Node<'_>, id: DefinitionId) {
        if self.one_parameter(list, id) {
            return;
        }
        let outer = self.parameter_list.replace((list.start_byte(), list.end_byte()));
        self.parameters_in(list, id);
        self.parameter_list = outer;
    }

    fn parameters_in(&mut self, list: Node<'_>, id: DefinitionId) {
        let mut cursor = list.walk();
        for child in list.named_children(&mut cursor) {
            match self.rule(child) {
                Rule::Comment | Rule::Skip | Rule::Modifiers | Rule::Modifier => {}
                _ if child.prev_sibling().is_some_and(|before| before.kind() == "=") => {
                    let default = self.visit(child);
                    if let Some(last) = self.out.get_mut(id).parameters.last_mut() {
                        last.default =
                            Some(default).filter(|value| *value != ExpressionId::UNKNOWN);
                    }
                }
                _ if self.one_parameter(child, id) => {}
                Rule::Children if child.named_child_count() > 0 => self.parameters(child, id),
                Rule::Custom(hook) => {
                    hook(self, child);
                }
                _ => {
                    self.out.parameter(
                        id,
                        "",
                        None,
                        None,
                        ParameterKind::Plain,
                        child.start_byte() as u32,
                    );
                    self.bind_pattern(child, ExpressionId::UNKNOWN);
                }
            }
        }
    }

    fn one_parameter(&mut self, node: Node<'_>, id: DefinitionId) -> bool {
        match self.rule(node) {
            Rule::Name => {
                let name = self.name_of(node);
                self.out.parameter(
                    id,
                    name,
                    None,
                    None,
                    ParameterKind::Plain,
                    node.start_byte() as u32,
                );
                self.note_local(name);
                true
            }
            Rule::Parameter(name, declared, default, kind) => {
                let declared = declared.find(node);
                let name = name.find(node);
                let default = default
                    .find(node)
                    .filter(|node| Some(*node) != name && Some(*node) != declared);
                self.parameter(id, name, declared, default, kind);
                let done: Vec<Node<'_>> = [name, declared, default].into_iter().flatten().collect();
                let mut cursor = node.walk();
                for child in node.named_children(&mut cursor).filter(|child| !done.contains(child))
                {
                    if matches!(self.rule(child), Rule::Modifiers | Rule::Decorator(..)) {
                        self.header_into(child, child.end_byte() as u32, &mut Header::default());
                    }
                }
                true
            }
            _ => false,
        }
    }

    /// One parameter of an open function.
    pub fn parameter(
        &mut self,
        id: DefinitionId,
        name: Option<Node<'_>>,
        declared: Option<Node<'_>>,
        default: Option<Node<'_>>,
        kind: ParameterKind,
    ) {
        let declared =
            declared.map(|node| self.type_of(node)).filter(|t| *t != ExpressionId::UNKNOWN);
        let declared = match (kind, declared) {
            (ParameterKind::Rest, Some(each)) => {
                let list = self.out.builtin("list");
                Some(self.out.generic(list, &[each]))
            }
            _ => declared,
        };
        let default = default.map(|node| self.visit(node)).filter(|t| *t != ExpressionId::UNKNOWN);
        let at = name.map_or(0, |node| node.start_byte() as u32);
        let text = name.map_or("", |node| self.name_of(node));
        let receiver = !text.is_empty() && text == self.table.receiver_parameter;
        let kind = if receiver { ParameterKind::Receiver } else { kind };
        self.out.parameter(id, text, declared, default, kind, at);
        self.note_local(text);
    }

    /// Remembers a name as a local of the innermost scope.
    pub fn note_local(&mut self, name: &str) {
        let key = (self.out.scope(), self.out.name(name));
        self.locals.insert(key);
    }

    pub(super) fn lambda(&mut self, node: Node<'_>, parameters: At, body: At) -> ExpressionId {
        let id = self.lambda_named(node, parameters, body, "", range(node));
        self.out.expression(Expression::Function(id))
    }

    /// A function expression that is assigned to a name: a definition of that name.
    pub fn lambda_named(
        &mut self,
        node: Node<'_>,
        parameters: At,
        body: At,
        name: &'s str,
        span: ByteRange,
    ) -> DefinitionId {
        let parameters = parameters.find(node);
        let body = body.find(node).filter(|body| Some(*body) != parameters);
        self.lambda_parts(node, parameters, body, name, span)
    }

    /// A function expression whose parts are found; it gets `name` where it is assigned to one.
    pub fn lambda_parts(
        &mut self,
        node: Node<'_>,
        parameters: Option<Node<'_>>,
        body: Option<Node<'_>>,
        name: &'s str,
        span: ByteRange,
    ) -> DefinitionId {
        let name_span =
            if name.is_empty() { ByteRange { start: span.start, end: span.start } } else { span };
        let mut function = Function::named(name, name_span);
        function.parameters.extend(parameters);
        function.body = body;
        let doc = self.doc.take();
        let outer = self.outer.take();
        let header = Header::default();
        let id = self.begin_function(node, &function, &header, outer);
        if !name.is_empty() {
            let scope = self.out.function_scope();
            self.out.bind_definition(scope, id);
            self.document(id, doc, outer.unwrap_or(span.start));
        }
        self.function_body(node, &function, id);
        id
    }

    /// Notes a value that the innermost function returns.
    pub fn returned(&mut self, value: ExpressionId) {
        if let Some(id) = self.functions.last() {
            self.out.returns(*id, value);
        }
    }
}

fn first_leaf(node: Node<'_>) -> Node<'_> {
    let mut at = node;
    while let Some(child) = at.named_child(0) {
        at = child;
    }
    at
}
