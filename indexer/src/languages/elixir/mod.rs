//! Elixir: everything is a call, also what defines.
//!
//! `defmodule A.B` makes a type `B` inside the namespace `A`: its functions are members that need
//! no instance, the keys of `defstruct` are its fields. The clauses of one function are one
//! definition. A module named in full is an import that binds nothing, so it means the same
//! from everywhere; names that were given by `alias` go through it. `a |> f(b)` is `f(a, b)`.

mod semantics;

use crate::extract::builder::range;
use crate::languages::generic::rules::At::{Field, Kind, Last, Nth};
use crate::languages::generic::rules::{Rule, TypeRule};
use crate::languages::generic::{Declares, Function, Grammar, Table, Type, Walker};
use qf_graph::facts::{
    CollectionKind, DefinitionFlags, Expression, ExpressionId, ImportKind, ParameterKind,
    ReferenceFlags, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_elixir::LANGUAGE.into());

/// The key under which modules without a dot in their name are found.
const TOP: &str = "elixir";

/// Elixir.
pub static ELIXIR: Table = Table {
    name: "elixir",
    extensions: &["ex", "exs"],
    interpreters: &["elixir"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("comment", Rule::Comment),
        ("call", Rule::Custom(call)),
        ("unary_operator", Rule::Custom(unary)),
        ("binary_operator", Rule::Custom(binary)),
        ("do_block", Rule::Sequence),
        ("else_block", Rule::Sequence),
        ("rescue_block", Rule::Sequence),
        ("after_block", Rule::Sequence),
        ("catch_block", Rule::Sequence),
        ("block", Rule::Sequence),
        ("body", Rule::Sequence),
        ("stab_clause", Rule::Custom(clause)),
        ("anonymous_function", Rule::Custom(anonymous)),
        ("arguments", Rule::Children),
        ("keywords", Rule::Children),
        ("pair", Rule::Argument(Field("key"), Field("value"))),
        ("keyword", Rule::TextPart),
        ("identifier", Rule::Name),
        ("alias", Rule::Custom(alias_name)),
        ("dot", Rule::Member(Field("left"), Field("right"))),
        ("access_call", Rule::Index(Field("target"), Field("key"))),
        ("map", Rule::Custom(map)),
        ("list", Rule::Collection(CollectionKind::List)),
        ("tuple", Rule::Collection(CollectionKind::Tuple)),
        ("bitstring", Rule::Children),
        ("string", Rule::Text),
        ("charlist", Rule::Text),
        ("quoted_content", Rule::TextPart),
        ("escape_sequence", Rule::TextPart),
        ("quoted_start", Rule::Skip),
        ("quoted_end", Rule::Skip),
        ("interpolation", Rule::Transparent),
        ("sigil", Rule::Text),
        ("sigil_name", Rule::Skip),
        ("sigil_modifiers", Rule::Skip),
        ("atom", Rule::Text),
        ("quoted_atom", Rule::Text),
        ("integer", Rule::Literal("int")),
        ("float", Rule::Literal("float")),
        ("boolean", Rule::Literal("bool")),
        ("char", Rule::Literal("int")),
        ("nil", Rule::Skip),
        ("operator_identifier", Rule::Skip),
    ],
    types: &[("alias", TypeRule::Custom(alias_name))],
    declares: Declares::Local,
    semantics: &semantics::RULES,
    ..Table::EMPTY
};

/// Arguments of a call, keywords included.
fn argument_nodes(node: Node<'_>) -> Vec<Node<'_>> {
    let Some(list) = Kind(&["arguments"]).find(node) else { return Vec::new() };
    let mut cursor = list.walk();
    list.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect()
}

/// The value of `do:` among keywords.
fn inline_body(node: Node<'_>) -> Option<Node<'_>> {
    let keywords =
        argument_nodes(node).into_iter().rev().find(|child| child.kind() == "keywords")?;
    let mut cursor = keywords.walk();
    keywords.named_children(&mut cursor).find_map(|pair| {
        let value = Field("value").find(pair)?;
        let key = Field("key").find(pair)?;
        (key.end_byte() - key.start_byte() <= 4 && key.kind() == "keyword").then_some(value)
    })
}

fn call(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(target) = Field("target").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    if target.kind() == "identifier" {
        let done = match walker.text(target) {
            "defmodule" | "defprotocol" => module(walker, node),
            "defimpl" => implementation(walker, node),
            "def" | "defp" | "defmacro" | "defmacrop" | "defguard" | "defguardp"
            | "defdelegate" => function(walker, node, target),
            "defstruct" | "defexception" | "embedded_schema" => fields(walker, node),
            "alias" | "import" | "require" | "use" => directive(walker, node, walker.text(target)),
            "test" | "property" => {
                let title = argument_nodes(node).first().copied();
                let body = Kind(&["do_block"]).find(node);
                walker.test_call(node, title, body)
            }
            "field" | "belongs_to" | "has_many" | "has_one"
                if walker.place() == ScopeKind::Type =>
            {
                schema_field(walker, node)
            }
            _ => false,
        };
        if done {
            return ExpressionId::UNKNOWN;
        }
    }
    ordinary_call(walker, node, target, None)
}

/// A call that calls; `first` is what a pipe hands in.
fn ordinary_call(
    walker: &mut Walker<'_, '_>,
    node: Node<'_>,
    target: Node<'_>,
    first: Option<ExpressionId>,
) -> ExpressionId {
    let list = Kind(&["arguments"]).find(node);
    let block = Kind(&["do_block"]).find(node);
    if target.kind() == "dot" && list.is_none() && block.is_none() && first.is_none() {
        let left = Field("left").find(target);
        // `user.id` reads a key; `Mod.f` calls.
        if left.is_some_and(|left| left.kind() != "alias") {
            return walker.visit(target);
        }
    }
    let callee = walker.callee(target);
    let mut values: Vec<ExpressionId> = first.into_iter().collect();
    if let Some(list) = list {
        let rest = walker.arguments(list);
        values.extend(rest);
    }
    let value = walker.note_call(callee, &values, ReferenceFlags::empty(), None);
    if let Some(block) = block {
        walker.out.open_scope(ScopeKind::Block, None);
        walker.visit(block);
        walker.out.close_scope();
    }
    value
}

fn module(walker: &mut Walker<'_, '_>, node: Node<'_>) -> bool {
    let Some(name) = argument_nodes(node).first().copied() else { return false };
    let Some(block) = Kind(&["do_block"]).find(node) else { return false };
    let full = walker.text(name);
    let (text, span) = walker.last_name_span(name);
    let outer: Vec<&str> =
        full.strip_suffix(text).unwrap_or("").split('.').filter(|part| !part.is_empty()).collect();
    let doc = walker.take_doc();
    let nested = walker.place() != ScopeKind::Module;
    if nested {
        walker.notes.insert(text.to_owned(), 1);
    }
    for part in &outer {
        walker.begin_namespace(part, range(node), range(name), block.start_byte() as u32);
    }
    let kind =
        if Field("target").find(node).is_some_and(|target| walker.text(target) == "defprotocol") {
            SymbolKind::Interface
        } else {
            SymbolKind::Class
        };
    walker.put_doc(doc);
    let mut found = Type::named(text, span, kind);
    found.flags |= DefinitionFlags::EXPORTED;
    if text.ends_with("Test") {
        found.flags |= DefinitionFlags::TEST;
    }
    found.body = Some(block);
    found.done.extend(
        [Field("target").find(node), Kind(&["arguments"]).find(node)].into_iter().flatten(),
    );
    walker.type_definition(node, &found);
    for _ in &outer {
        walker.out.close_definition();
    }
    true
}

/// `defimpl Protocol, for: Type`.
fn implementation(walker: &mut Walker<'_, '_>, node: Node<'_>) -> bool {
    let arguments = argument_nodes(node);
    let Some(protocol) = arguments.first().copied() else { return false };
    let mut cursor = node.walk();
    let keywords = arguments.get(1).copied();
    let target = keywords
        .and_then(|keywords| keywords.named_children(&mut cursor).next())
        .and_then(|pair| Field("value").find(pair));
    let interface = alias_name(walker, protocol);
    let target = match target {
        Some(target) if target.kind() == "alias" => alias_name(walker, target),
        _ => ExpressionId::UNKNOWN,
    };
    walker.out.extension(target, Some(interface));
    if let Some(block) = Kind(&["do_block"]).find(node) {
        walker.children(block);
    }
    walker.out.close_scope();
    true
}

/// `def f(a, b) when g do … end`: the first clause defines, later ones add to it.
fn function(walker: &mut Walker<'_, '_>, node: Node<'_>, word: Node<'_>) -> bool {
    let Some(mut head) = argument_nodes(node).first().copied() else { return false };
    let mut guard = None;
    if head.kind() == "binary_operator" {
        guard = Field("right").find(head);
        match Field("left").find(head) {
            Some(left) => head = left,
            None => return false,
        }
    }
    let name = match head.kind() {
        "call" => Field("target").find(head),
        "identifier" => Some(head),
        _ => None,
    };
    let Some(name) = name else { return false };
    let word = walker.text(word);
    let mut found = Function::named(walker.text(name), range(name));
    if word.starts_with("defmacro") || word.starts_with("defguard") {
        found.kind = SymbolKind::Macro;
    }
    found.flags |= DefinitionFlags::STATIC;
    walker.hidden = word.ends_with('p') && word != "defp_";
    let patterns = if head.kind() == "call" { argument_nodes(head) } else { Vec::new() };
    found.done.extend(Field("target").find(node));
    found.done.extend(Kind(&["arguments"]).find(node));
    let body = Kind(&["do_block"]).find(node).or(inline_body(node));
    if body.is_none() && word == "def" {
        found.flags |= DefinitionFlags::ABSTRACT;
    }
    found.done.extend(body);
    let key = format!("{}/{}@{:?}", found.name, patterns.len(), walker.out.function_scope());
    let known = walker.notes.get(&key).copied().map(qf_graph::facts::DefinitionId);
    let id = if let Some(id) = known {
        id
    } else {
        let id = walker.open_function_definition(node, &found);
        walker.notes.insert(key, id.0);
        id
    };
    walker.hidden = false;
    walker.resume(id);
    for pattern in patterns {
        parameter(walker, id, pattern, known.is_none());
    }
    if let Some(guard) = guard {
        walker.visit(guard);
    }
    let value = body.map_or(ExpressionId::UNKNOWN, |body| walker.visit(body));
    walker.out.returns(id, value);
    walker.suspend();
    true
}

/// A parameter is a pattern; its name is the one the whole is bound to.
fn parameter(
    walker: &mut Walker<'_, '_>,
    id: qf_graph::facts::DefinitionId,
    pattern: Node<'_>,
    first: bool,
) {
    let operator = Field("operator").find(pattern).map_or("", |operator| walker.text(operator));
    let (mut name, mut rest, mut default) = (None, None, None);
    match (pattern.kind(), operator) {
        ("identifier", _) => name = Some(pattern),
        ("binary_operator", "\\\\") => {
            name = Field("left").find(pattern).filter(|left| left.kind() == "identifier");
            default = Field("right").find(pattern);
        }
        ("binary_operator", "=") => {
            let (left, right) = (Field("left").find(pattern), Field("right").find(pattern));
            let (bound, other) = if right.is_some_and(|right| right.kind() == "identifier") {
                (right, left)
            } else {
                (left, right)
            };
            name = bound.filter(|bound| bound.kind() == "identifier");
            rest = other;
        }
        _ => rest = Some(pattern),
    }
    let default = default.map(|default| walker.visit(default));
    let class = rest.or(Some(pattern)).and_then(|pattern| struct_name(pattern));
    let class = class.map(|class| alias_name(walker, class));
    let text = name.map_or("", |name| walker.text(name));
    if first {
        let at = range(pattern).start;
        walker.out.parameter(id, text, class, default, ParameterKind::Plain, at);
    } else if let Some(name) = name {
        walker.bind_typed(name, class.unwrap_or(ExpressionId::UNKNOWN));
    }
    walker.note_local(text);
    if let Some(rest) = rest {
        bind_names(walker, rest);
    }
}

fn struct_name(node: Node<'_>) -> Option<Node<'_>> {
    let structure = (node.kind() == "map").then(|| Kind(&["struct"]).find(node)).flatten()?;
    Nth(0).find(structure).filter(|name| name.kind() == "alias")
}

/// Binds every name in a pattern.
fn bind_names(walker: &mut Walker<'_, '_>, node: Node<'_>) {
    match node.kind() {
        "identifier" => walker.bind_pattern(node, ExpressionId::UNKNOWN),
        "call" | "unary_operator" | "struct" | "keyword" => {}
        "pair" => {
            if let Some(value) = Field("value").find(node) {
                bind_names(walker, value);
            }
        }
        _ => {
            let mut cursor = node.walk();
            let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
            for child in children {
                bind_names(walker, child);
            }
        }
    }
}

/// `defstruct [:balance, name: "x"]`.
fn fields(walker: &mut Walker<'_, '_>, node: Node<'_>) -> bool {
    let mut at: Vec<Node<'_>> = argument_nodes(node);
    at.reverse();
    if walker.place() != ScopeKind::Type {
        return false;
    }
    if let Some(id) = walker.out.definition() {
        walker.out.get_mut(id).kind = SymbolKind::Struct;
    }
    let mut budget = 512;
    while let Some(node) = at.pop() {
        budget -= 1;
        if budget == 0 {
            break;
        }
        match node.kind() {
            "atom" => field(walker, node, node, None),
            "pair" => {
                if let Some(key) = Field("key").find(node) {
                    field(walker, node, key, Field("value").find(node));
                }
            }
            "list" | "keywords" => {
                let mut cursor = node.walk();
                let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
                at.extend(children.into_iter().rev());
            }
            _ => {
                walker.visit(node);
            }
        }
    }
    true
}

fn field(walker: &mut Walker<'_, '_>, node: Node<'_>, name: Node<'_>, value: Option<Node<'_>>) {
    let text = walker.text(name).trim().trim_matches(':');
    let scope = walker.out.function_scope();
    let (span, name_span) = (range(node), range(name));
    walker.declare_at(scope, text, span, name_span, SymbolKind::Field, DefinitionFlags::EXPORTED);
    if let Some(value) = value {
        let value = walker.visit(value);
        if value != ExpressionId::UNKNOWN {
            walker.out.bind(
                scope,
                text,
                name_span.start,
                qf_graph::facts::BindingValue::Value(value),
            );
        }
    }
}

/// `field :name, :string` of an Ecto schema.
fn schema_field(walker: &mut Walker<'_, '_>, node: Node<'_>) -> bool {
    let Some(name) = argument_nodes(node).first().copied().filter(|name| name.kind() == "atom")
    else {
        return false;
    };
    field(walker, node, name, None);
    true
}

/// `alias`, `import`, `require`, `use`.
fn directive(walker: &mut Walker<'_, '_>, node: Node<'_>, word: &str) -> bool {
    let arguments = argument_nodes(node);
    let Some(path) = arguments.first().copied() else { return false };
    let renamed = arguments
        .get(1)
        .and_then(|keywords| Last.find(*keywords))
        .and_then(|pair| Field("value").find(pair).filter(|value| value.kind() == "alias"));
    match path.kind() {
        "alias" => one_directive(
            walker,
            word,
            walker.text(path),
            renamed.map(|name| walker.text(name)),
            range(path),
        ),
        // `alias A.{B, C}`.
        "dot" => {
            let prefix = Field("left").find(path).map_or("", |left| walker.text(left));
            let Some(items) = Field("right").find(path) else { return true };
            let mut cursor = items.walk();
            for item in items.named_children(&mut cursor) {
                let full = format!("{prefix}.{}", walker.text(item));
                one_directive(walker, word, &full, None, range(item));
            }
        }
        _ => return false,
    }
    for option in arguments.iter().skip(1) {
        if word == "use" {
            walker.visit(*option);
        }
    }
    true
}

fn one_directive(
    walker: &mut Walker<'_, '_>,
    word: &str,
    full: &str,
    renamed: Option<&str>,
    span: qf_graph::facts::ByteRange,
) {
    let (module, item) = full.rsplit_once('.').unwrap_or((TOP, full));
    match word {
        "alias" => {
            let bound = renamed.unwrap_or(item);
            walker.out.import(module, Some(item), Some(bound), ImportKind::Item, 0, false, span);
            walker.notes.insert(bound.to_owned(), 1);
        }
        "import" | "use" => {
            walker.out.import(full, None, None, ImportKind::Star, 0, false, span);
        }
        _ => {
            walker.out.import(module, Some(item), None, ImportKind::Item, 0, false, span);
        }
    }
}

/// A module by name: through an alias, or in full.
fn alias_name(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let full = walker.text(node);
    let first = full.split('.').next().unwrap_or(full);
    if walker.notes.contains_key(first) || !full.contains('.') {
        return walker.path_expression(node);
    }
    let (module, item) = full.rsplit_once('.').unwrap_or((TOP, full));
    let import =
        walker.out.import(module, Some(item), None, ImportKind::Item, 0, false, range(node));
    walker.out.expression(Expression::Imported(import))
}

/// `@doc "…"`, `@max 10`, `@max`, `&f/1`.
fn unary(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let operator = Field("operator").find(node).map_or("", |operator| walker.text(operator));
    let Some(operand) = Field("operand").find(node) else { return ExpressionId::UNKNOWN };
    match operator {
        "@" => attribute(walker, node, operand),
        "&" => capture(walker, operand),
        _ => {
            walker.visit(operand);
            ExpressionId::UNKNOWN
        }
    }
}

fn attribute(walker: &mut Walker<'_, '_>, node: Node<'_>, operand: Node<'_>) -> ExpressionId {
    let name = if operand.kind() == "call" { Field("target").find(operand) } else { Some(operand) };
    let Some(name) = name.filter(|name| name.kind() == "identifier") else {
        return ExpressionId::UNKNOWN;
    };
    let text = walker.text(name);
    if matches!(text, "doc" | "moduledoc") {
        if let Some(string) =
            argument_nodes(operand).first().filter(|value| value.kind() == "string")
        {
            if text == "doc" {
                walker.keep_doc_at(range(*string));
            } else if let Some(module) = walker.out.definition() {
                let text = crate::extract::doc::strip_docstring(walker.text(*string));
                walker.out.set_doc(module, &text);
            }
        }
        return ExpressionId::UNKNOWN;
    }
    if matches!(
        text,
        "typedoc" | "spec" | "type" | "typep" | "opaque" | "callback" | "macrocallback" | "impl"
    ) {
        return ExpressionId::UNKNOWN;
    }
    let whole = walker.text(node).split([' ', '(', '\n']).next().unwrap_or(text);
    if operand.kind() == "call" {
        let value = argument_nodes(operand).first().copied();
        if matches!(text, "behaviour") {
            if let (Some(class), Some(base)) =
                (walker.out.definition(), value.filter(|value| value.kind() == "alias"))
            {
                let lowered = alias_name(walker, base);
                let (last, span) = walker.last_name_span(base);
                walker.out.inherit_reference(last, span, lowered);
                walker.out.get_mut(class).bases.push(lowered);
            }
            return ExpressionId::UNKNOWN;
        }
        let lowered = value.map_or(ExpressionId::UNKNOWN, |value| walker.visit(value));
        let scope = walker.out.function_scope();
        if walker.place() == ScopeKind::Type && !walker.out.is_bound(scope, whole) {
            walker.declare_at(
                scope,
                whole,
                range(node),
                range(name),
                SymbolKind::Constant,
                DefinitionFlags::STATIC,
            );
            if lowered != ExpressionId::UNKNOWN {
                walker.out.bind(
                    scope,
                    whole,
                    range(name).start,
                    qf_graph::facts::BindingValue::Value(lowered),
                );
            }
        }
        return ExpressionId::UNKNOWN;
    }
    let value = walker.out.name_expression(whole);
    walker.out.read_reference(whole, range(name), value);
    value
}

/// `&Mod.f/1` and `&f/1` are the function; `&(&1 + 1)` is one.
fn capture(walker: &mut Walker<'_, '_>, operand: Node<'_>) -> ExpressionId {
    let is_arity = operand.kind() == "binary_operator"
        && Field("operator").find(operand).is_some_and(|operator| walker.text(operator) == "/");
    let Some(function) = Field("left").find(operand).filter(|_| is_arity) else {
        walker.visit(operand);
        return ExpressionId::UNKNOWN;
    };
    let target = if function.kind() == "call" {
        Field("target").find(function).unwrap_or(function)
    } else {
        function
    };
    let callee = walker.callee(target);
    walker.out.read_reference(callee.name, callee.span, callee.expression);
    callee.expression
}

fn binary(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(left), Some(right)) = (Field("left").find(node), Field("right").find(node)) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    match Field("operator").find(node).map_or("", |operator| walker.text(operator)) {
        "=" => {
            let value = walker.visit(right);
            if left.kind() == "identifier" {
                walker.bind_pattern(left, value);
            } else {
                bind_names(walker, left);
            }
            value
        }
        "<-" => {
            let value = walker.visit(right);
            if left.kind() == "identifier" && value != ExpressionId::UNKNOWN {
                let element = walker.out.expression(Expression::Element(value));
                walker.bind_pattern(left, element);
            } else {
                bind_names(walker, left);
            }
            ExpressionId::UNKNOWN
        }
        "|>" => {
            let first = walker.visit(left);
            if let Some(target) = Field("target").find(right).filter(|_| right.kind() == "call") {
                ordinary_call(walker, right, target, Some(first))
            } else {
                walker.visit(right);
                ExpressionId::UNKNOWN
            }
        }
        _ => walker.binary(node, Field("left"), Field("right")),
    }
}

/// `pattern -> body`.
fn clause(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.out.open_scope(ScopeKind::Block, None);
    if let Some(left) = Field("left").find(node) {
        bind_names(walker, left);
    }
    let value = walker.visit_at(node, Field("right"));
    walker.out.close_scope();
    value
}

/// `fn x -> … end`: the first clause's patterns are the parameters.
fn anonymous(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let mut function = Function::named("", range(node));
    function.name_span.end = function.name_span.start;
    let id = walker.open_function_definition(node, &function);
    walker.resume(id);
    let mut cursor = node.walk();
    for (position, clause) in
        node.named_children(&mut cursor).filter(|child| child.kind() == "stab_clause").enumerate()
    {
        if let Some(list) = Field("left").find(clause) {
            let mut cursor = list.walk();
            for pattern in list.named_children(&mut cursor) {
                parameter(walker, id, pattern, position == 0);
            }
        }
        let value = walker.visit_at(clause, Field("right"));
        walker.out.returns(id, value);
    }
    walker.suspend();
    walker.out.expression(Expression::Function(id))
}

/// `%User{name: n}`, `%{a: 1}`, `%{user | balance: 3}`.
fn map(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let class = struct_name(node).map(|name| (alias_name(walker, name), name));
    let Some(content) = Kind(&["map_content"]).find(node) else {
        return match class {
            Some((class, _)) => walker.instance_of(class),
            None => walker.out.builtin("dict"),
        };
    };
    let mut keywords = Kind(&["keywords"]).find(content);
    let mut base = class.map(|(class, _)| walker.instance_of(class));
    let mut flags = ReferenceFlags::INITIALIZER;
    if let Some(update) = Kind(&["binary_operator"]).find(content) {
        let is_update =
            Field("operator").find(update).is_some_and(|operator| walker.text(operator) == "|");
        if let (Some(left), true) = (Field("left").find(update), is_update) {
            let value = walker.visit(left);
            base = base.or(Some(value));
            keywords = Field("right").find(update);
            flags = ReferenceFlags::empty();
        } else {
            walker.visit(update);
        }
    }
    let mut items = Vec::new();
    if let Some(keywords) = keywords.filter(|keywords| keywords.kind() == "keywords") {
        let mut cursor = keywords.walk();
        for pair in keywords.named_children(&mut cursor).filter(|child| child.kind() == "pair") {
            let Some(key) = Field("key").find(pair) else { continue };
            let value = walker.visit_at(pair, Field("value"));
            let text = walker.text(key).trim().trim_matches(':');
            if let Some(base) = base {
                let member = walker.out.member(base, text);
                walker.out.write_reference(text, range(key), member, Some(value), flags);
            }
            let item = walker.out.argument(text, value);
            items.push(item);
        }
    } else {
        walker.children(content);
    }
    match class {
        Some((class, name)) if flags.contains(ReferenceFlags::INITIALIZER) => {
            let made = walker.out.new_instance(class, &items);
            let (text, span) = walker.last_name_span(name);
            walker.out.type_reference(text, span, class);
            made
        }
        _ => base.unwrap_or_else(|| walker.out.collection(CollectionKind::Map, &[])),
    }
}
