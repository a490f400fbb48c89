//! C's declarations, turned inside out.
//!
//! `char *(*handlers[4])(int)` says its name last: a declarator wraps another until the name is
//! reached, and what was applied to the name *first* — the innermost wrapper — decides whether it
//! is a function or a value. Pointers and arrays are dropped from types, as everywhere.

use crate::extract::builder::{NewDefinition, range};
use crate::languages::generic::rules::{At, Rule};
use crate::languages::generic::{Function, Type, Walker};
use qf_graph::facts::{
    BindingValue, ByteRange, CollectionKind, DefinitionFlags, DefinitionId, Expression,
    ExpressionId, ParameterKind, ReferenceFlags, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

/// What a declarator declares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Declared<'t> {
    /// The name's node.
    pub name: Node<'t>,
    /// The parameters, when the name is a function's.
    pub parameters: Option<Node<'t>>,
    /// The function declarator, when the name is a function's.
    pub function: Option<Node<'t>>,
}

/// Finds the name inside a declarator and what is applied to it first.
pub(crate) fn unwrap(declarator: Node<'_>) -> Option<Declared<'_>> {
    let mut at = declarator;
    let mut innermost: Option<Node<'_>> = None;
    for _ in 0..64 {
        match at.kind() {
            "identifier"
            | "field_identifier"
            | "type_identifier"
            | "qualified_identifier"
            | "destructor_name"
            | "operator_name"
            | "operator_cast"
            | "template_function"
            | "structured_binding_declarator"
            | "template_method"
            | "primitive_type" => {
                let function = innermost.filter(|node| node.kind() == "function_declarator");
                return Some(Declared {
                    name: at,
                    parameters: function.and_then(|node| node.child_by_field_name("parameters")),
                    function,
                });
            }
            "parenthesized_declarator" | "init_declarator" | "attributed_declarator" => {}
            _ => innermost = Some(at),
        }
        at = at.child_by_field_name("declarator").or_else(|| {
            let mut cursor = at.walk();
            at.named_children(&mut cursor).find(|child| {
                child.kind().ends_with("declarator") || child.kind().ends_with("identifier")
            })
        })?;
    }
    None
}

/// `#define NAME value`.
pub(crate) fn constant_macro(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = node.child_by_field_name("name") else { return ExpressionId::UNKNOWN };
    // Include guards define nothing.
    if node.child_by_field_name("value").is_some() {
        let text = walker.text(name);
        let scope = walker.out.scope();
        let span = range(node);
        walker.declare_at(
            scope,
            text,
            span,
            range(name),
            SymbolKind::Constant,
            DefinitionFlags::EXPORTED,
        );
    }
    ExpressionId::UNKNOWN
}

/// `#define NAME(x) value`.
pub(crate) fn function_macro(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = node.child_by_field_name("name") else { return ExpressionId::UNKNOWN };
    let mut function = Function::named(walker.text(name), range(name));
    function.kind = SymbolKind::Macro;
    function.flags = DefinitionFlags::EXPORTED;
    function.parameters.extend(node.child_by_field_name("parameters"));
    let value = node.child_by_field_name("value");
    function.done.extend([Some(name), value].into_iter().flatten());
    let id = walker.function(node, &function);
    if let Some(value) = value {
        walker.resume(id);
        calls_in_text(walker, value);
        walker.suspend();
    }
    ExpressionId::UNKNOWN
}

/// The body of a macro is text to the grammar: names in front of a parenthesis are calls.
fn calls_in_text(walker: &mut Walker<'_, '_>, node: Node<'_>) {
    let text = walker.text(node);
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if matches!(bytes[at], b'"' | b'\'') {
            let quote = bytes[at];
            at += 1;
            while at < bytes.len() && bytes[at] != quote {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            at += 1;
            continue;
        }
        if !is_word(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && is_word(bytes[at]) {
            at += 1;
        }
        let name = &text[start..at];
        let member = text[..start].trim_end().ends_with(['.', '>', '#']);
        let called = text[at..].trim_start().starts_with('(');
        let word = bytes[start].is_ascii_digit()
            || matches!(
                name,
                "if" | "for" | "while" | "switch" | "return" | "sizeof" | "defined" | "do"
            );
        if called && !word && !member && !walker.is_local(name) {
            let offset = node.start_byte() as u32;
            let span = ByteRange { start: offset + start as u32, end: offset + at as u32 };
            let callee = walker.out.name_expression(name);
            let call = walker.out.call(callee, &[]);
            walker.out.call_reference(name, span, call, ReferenceFlags::empty());
        }
    }
}

/// `struct x { … }`, as a definition where it has a body and as a type always.
pub(crate) fn record(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let kind =
        if node.kind() == "class_specifier" { SymbolKind::Class } else { SymbolKind::Struct };
    type_specifier(walker, node, kind)
}

/// `enum x { … }`.
pub(crate) fn enumeration(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    type_specifier(walker, node, SymbolKind::Enum)
}

fn type_specifier(walker: &mut Walker<'_, '_>, node: Node<'_>, kind: SymbolKind) -> ExpressionId {
    let name = node.child_by_field_name("name");
    if node.child_by_field_name("body").is_none() {
        return name.map_or(ExpressionId::UNKNOWN, |name| walker.type_of(name));
    }
    let (text, span) = match name {
        Some(name) => walker.last_name_span(name),
        // `typedef struct { … } name;` names it from outside.
        None => ("", ByteRange { start: range(node).start, end: range(node).start }),
    };
    let id = define_record(walker, node, text, span, kind);
    walker.out.expression(Expression::Definition(id))
}

fn define_record<'s>(
    walker: &mut Walker<'_, 's>,
    node: Node<'_>,
    name: &'s str,
    name_span: ByteRange,
    kind: SymbolKind,
) -> DefinitionId {
    let mut found = Type::named(name, name_span, kind);
    found.body = node.child_by_field_name("body");
    found.bases.extend(At::Kind(&["base_class_clause"]).find(node));
    found.hidden = node.kind() == "class_specifier";
    found.done.extend(node.child_by_field_name("name"));
    walker.type_definition(node, &found)
}

/// A value of an enumeration: visible around the enumeration too, unless it is an `enum class`.
pub(crate) fn enumerator(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = node.child_by_field_name("name") else { return ExpressionId::UNKNOWN };
    let id = walker.out.define(&NewDefinition {
        name: walker.text(name),
        kind: SymbolKind::EnumMember,
        span: range(node),
        name_span: range(name),
        signature_end: 0,
        flags: DefinitionFlags::EXPORTED | DefinitionFlags::STATIC,
    });
    let scope = walker.out.scope();
    walker.out.bind_definition(scope, id);
    let specifier = node.parent().and_then(|list| list.parent());
    let scoped = specifier.is_some_and(|specifier| {
        specifier.child(1).is_some_and(|word| matches!(word.kind(), "class" | "struct"))
    });
    if let (Some(outer), false) = (walker.out.scope_parent(scope), scoped) {
        walker.out.bind_definition(outer, id);
    }
    walker.visit_at(node, At::Field("value"));
    ExpressionId::UNKNOWN
}

/// `typedef type name;`.
pub(crate) fn typedef(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(written) = node.child_by_field_name("type") else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let mut cursor = node.walk();
    let mut names: Vec<Node<'_>> = node
        .children_by_field_name("declarator", &mut cursor)
        .filter_map(|declarator| unwrap(declarator).map(|declared| declared.name))
        .collect();
    let has_body = written.child_by_field_name("body").is_some();
    let unnamed = written.child_by_field_name("name").is_none();
    let target = if has_body && unnamed && !names.is_empty() {
        // The first name is the type's own.
        let name = names.remove(0);
        let kind = match written.kind() {
            "enum_specifier" => SymbolKind::Enum,
            _ => SymbolKind::Struct,
        };
        walker.wrap_from(node);
        let (text, span) = (walker.text(name), range(name));
        let id = define_record(walker, written, text, span, kind);
        walker.out.get_mut(id).span.end = node.end_byte() as u32;
        walker.out.expression(Expression::Definition(id))
    } else {
        walker.wrap_from(node);
        walker.type_of(written)
    };
    for name in names {
        let text = walker.text(name);
        if has_body
            && written.child_by_field_name("name").is_some_and(|own| walker.text(own) == text)
        {
            continue;
        }
        let id = walker.type_alias(node, text, range(name), None);
        if target != ExpressionId::UNKNOWN {
            walker.out.get_mut(id).declared_type = Some(target);
        }
    }
    ExpressionId::UNKNOWN
}

/// A declaration of variables, fields or functions.
pub(crate) fn declaration(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let written = node.child_by_field_name("type");
    let mut cursor = node.walk();
    let declarators: Vec<Node<'_>> =
        node.children_by_field_name("declarator", &mut cursor).collect();
    let declares_functions = declarators
        .iter()
        .any(|declarator| unwrap(*declarator).is_some_and(|declared| declared.function.is_some()));
    if declares_functions && walker.place() != ScopeKind::Function {
        for declarator in &declarators {
            if let Some(declared) = unwrap(*declarator)
                && declared.function.is_some()
            {
                prototype(walker, node, declared);
            }
        }
        return ExpressionId::UNKNOWN;
    }
    let doc = walker.take_doc();
    let declared_type = written.map_or(ExpressionId::UNKNOWN, |written| walker.type_of(written));
    for declarator in &declarators {
        walker.put_doc(doc);
        one_variable(walker, node, *declarator, declared_type);
    }
    // Fields keep their initial values beside the declarators; attributes may hold anything.
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        let known = Some(child) == written || declarators.contains(&child);
        if !known && !matches!(walker.rule(child), Rule::Modifier | Rule::Comment) {
            let expected = walker.expected.replace(declared_type);
            walker.visit(child);
            walker.expected = expected;
        }
    }
    ExpressionId::UNKNOWN
}

fn one_variable(
    walker: &mut Walker<'_, '_>,
    node: Node<'_>,
    declarator: Node<'_>,
    declared_type: ExpressionId,
) {
    let value =
        declarator.child_by_field_name("value").or_else(|| node.child_by_field_name("value"));
    let Some(declared) = unwrap(declarator) else {
        walker.visit(declarator);
        return;
    };
    if let Some(list) = declared.parameters {
        // A pointer to a function or a local prototype: only its types matter.
        walker.types_in(list);
    }
    let id = match (walker.place(), declared.name.kind()) {
        (_, "qualified_identifier" | "structured_binding_declarator")
        | (ScopeKind::Function, _) => None,
        (_, _) => {
            let scope = walker.out.function_scope();
            let header = walker.header(node, declared.name.start_byte() as u32);
            let mut flags = walker.flags_of(&header.words, walker.text(declared.name));
            if header.words.contains(&"extern") && value.is_none() {
                flags |= DefinitionFlags::DECLARATION;
            }
            let text = walker.text(declared.name);
            let (span, name_span) = (range(node), range(declared.name));
            Some(walker.declare_at(scope, text, span, name_span, SymbolKind::Variable, flags))
        }
    };
    if let (Some(value), "identifier") = (value, declared.name.kind())
        && let Rule::Lambda(parameters, body) = walker.rule(value)
    {
        let (text, span) = (walker.text(declared.name), range(declared.name));
        walker.lambda_named(value, parameters, body, text, span);
        return;
    }
    let known = Some(declared_type).filter(|t| *t != ExpressionId::UNKNOWN);
    let expected = std::mem::replace(&mut walker.expected, known);
    let lowered = value.map(|value| initial_value(walker, node, value, known));
    walker.expected = expected;
    let lowered = lowered.filter(|value| *value != ExpressionId::UNKNOWN);
    if declared.name.kind() == "structured_binding_declarator" {
        let mut cursor = declared.name.walk();
        for (index, child) in declared.name.named_children(&mut cursor).enumerate() {
            let part = lowered.map_or(ExpressionId::UNKNOWN, |base| {
                walker.out.expression(Expression::Part { base, index: index as u16 })
            });
            walker.bind_pattern(child, part);
        }
        return;
    }
    if declared.name.kind() == "qualified_identifier" {
        return;
    }
    let scope = if id.is_some() { walker.out.function_scope() } else { walker.out.scope() };
    let (text, at) = (walker.text(declared.name), declared.name.start_byte() as u32);
    if let (Some(_), Some(value)) = (id, lowered)
        && known.is_some()
    {
        walker.out.bind(scope, text, at, BindingValue::Value(value));
    }
    walker.bind_declared(scope, text, at, id, known, lowered);
}

/// `Account a(1)` and `Account a{1}` construct; everything else is an expression.
fn initial_value(
    walker: &mut Walker<'_, '_>,
    node: Node<'_>,
    value: Node<'_>,
    class: Option<ExpressionId>,
) -> ExpressionId {
    let braces = value.kind() == "initializer_list"
        && value.prev_sibling().is_some_and(|before| before.kind() != "=")
        && class.is_some_and(|class| !matches!(walker.out.peek(class), Expression::Builtin(_)));
    if value.kind() == "argument_list" || braces {
        let values = walker.arguments(value);
        let (Some(class), Some(written)) = (class, node.child_by_field_name("type")) else {
            return ExpressionId::UNKNOWN;
        };
        let made = walker.out.new_instance(class, &values);
        let (name, span) = walker.last_name_span(written);
        walker.out.call_reference(name, span, made, ReferenceFlags::empty());
        return made;
    }
    walker.visit(value)
}

fn prototype(walker: &mut Walker<'_, '_>, node: Node<'_>, declared: Declared<'_>) {
    let abstract_ =
        node.child_by_field_name("default_value").is_some_and(|value| walker.text(value) == "0");
    let mut function = described(walker, node, declared);
    function.flags |=
        if abstract_ { DefinitionFlags::ABSTRACT } else { DefinitionFlags::DECLARATION };
    function.done.extend(node.child_by_field_name("default_value"));
    walker.function(node, &function);
}

fn described<'s, 't>(
    walker: &mut Walker<'_, 's>,
    node: Node<'t>,
    declared: Declared<'t>,
) -> Function<'s, 't> {
    let (text, span) = plain_name(walker, declared.name);
    let mut function = Function::named(text, span);
    function.parameters.extend(declared.parameters);
    function.result = node.child_by_field_name("type");
    let mut cursor = node.walk();
    function.done.extend(node.children_by_field_name("declarator", &mut cursor));
    function
}

/// The last name of a possibly qualified declarator: `f` of `A::B::f`.
pub(crate) fn plain_name<'s>(walker: &Walker<'_, 's>, name: Node<'_>) -> (&'s str, ByteRange) {
    let mut at = name;
    while let ("qualified_identifier" | "template_function" | "template_method", Some(inner)) =
        (at.kind(), at.child_by_field_name("name"))
    {
        at = inner;
    }
    let text = walker.text(at);
    (text, range(at))
}

/// A function with a body.
pub(crate) fn function(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let declared = node.child_by_field_name("declarator").and_then(unwrap);
    let Some(declared) = declared.filter(|declared| declared.function.is_some()) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let mut function = described(walker, node, declared);
    function.body = node.child_by_field_name("body");
    if declared.name.kind() == "qualified_identifier" {
        outside_member(walker, node, declared.name, &function);
    } else {
        walker.function(node, &function);
    }
    ExpressionId::UNKNOWN
}

/// `A::f`: a member of `A` that stands outside of it.
fn outside_member<'s>(
    walker: &mut Walker<'_, 's>,
    node: Node<'_>,
    name: Node<'_>,
    function: &Function<'s, '_>,
) {
    let mut target = ExpressionId::UNKNOWN;
    let mut owner = "";
    let mut at = name;
    while at.kind() == "qualified_identifier" {
        if let Some(scope) = at.child_by_field_name("scope") {
            let text = walker.last_name(scope);
            owner = text;
            target = if target == ExpressionId::UNKNOWN {
                walker.out.name_expression(text)
            } else {
                walker.out.member(target, text)
            };
        }
        let Some(inner) = at.child_by_field_name("name") else { break };
        at = inner;
    }
    let class = walker.type_in_file(owner);
    walker.out.extension(target, None);
    if let Some(class) = class {
        walker.out.push_parent(class);
    }
    let mut function = function.clone();
    if function.name == owner {
        function.kind = SymbolKind::Constructor;
    }
    walker.function(node, &function);
    if class.is_some() {
        walker.out.pop_parent();
    }
    walker.out.close_scope();
}

/// One parameter; the function is the innermost open one.
pub(crate) fn parameter(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let written = node.child_by_field_name("type");
    let declared = node.child_by_field_name("declarator").and_then(unwrap);
    let class = written.map_or(ExpressionId::UNKNOWN, |written| walker.type_of(written));
    let default = walker.visit_at(node, At::Field("default_value"));
    if let Some(list) = declared.and_then(|declared| declared.parameters) {
        walker.types_in(list);
    }
    let name = declared.map(|declared| declared.name);
    if name.is_none() && written.is_some_and(|written| walker.text(written) == "void") {
        return ExpressionId::UNKNOWN;
    }
    let (text, at) =
        name.map_or(("", range(node).start), |name| (walker.text(name), range(name).start));
    if let Some(function) = walker.open_function() {
        let known = |id: ExpressionId| Some(id).filter(|id| *id != ExpressionId::UNKNOWN);
        let kind = if node.kind().starts_with("variadic") {
            ParameterKind::Rest
        } else {
            ParameterKind::Plain
        };
        walker.out.parameter(function, text, known(class), known(default), kind, at);
    } else if let Some(name) = name {
        walker.bind_typed(name, class);
    }
    ExpressionId::UNKNOWN
}

/// `(T){ … }`.
pub(crate) fn compound_literal(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(written) = node.child_by_field_name("type") else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let class = walker.type_of(written);
    let expected = walker.expected.replace(class);
    let value = walker.visit_at(node, At::Field("value"));
    walker.expected = expected;
    value
}

/// `{ .x = 1, y }`: an instance of the expected type, or a list.
pub(crate) fn initializer_list(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let expected = walker.expected.filter(|class| {
        !matches!(walker.out.peek(*class), Expression::Unknown | Expression::Builtin(_))
    });
    let mut items = Vec::new();
    let mut fields = false;
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        if matches!(walker.rule(child), Rule::Comment) {
            continue;
        }
        let designator = (child.kind() == "initializer_pair")
            .then(|| At::Kind(&["field_designator", "field_identifier"]).find(child))
            .flatten();
        let item = match designator {
            Some(designator) => {
                fields = true;
                field_of_literal(walker, child, designator, expected)
            }
            None => walker.visit(child),
        };
        if items.len() < 64 {
            items.push(item);
        }
    }
    match expected {
        Some(class) if fields => walker.out.new_instance(class, &items),
        _ => walker.out.collection(CollectionKind::List, &items),
    }
}

fn field_of_literal(
    walker: &mut Walker<'_, '_>,
    pair: Node<'_>,
    designator: Node<'_>,
    class: Option<ExpressionId>,
) -> ExpressionId {
    let name = designator.named_child(0).unwrap_or(designator);
    let text = walker.text(name);
    let outer = walker.expected.take();
    let value = walker.visit_at(pair, At::Field("value"));
    walker.expected = outer;
    if let Some(class) = class {
        let base = walker.instance_of(class);
        let member = walker.out.member(base, text);
        let flags = ReferenceFlags::INITIALIZER;
        walker.out.write_reference(text, range(name), member, Some(value), flags);
    }
    walker.out.argument(text, value)
}
