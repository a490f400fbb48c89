//! OCaml: files are modules, modules nest, values are bound by `let`.
//!
//! A file `ledger.ml` is the module `Ledger` without any declaration, so a module name that this
//! file does not bind is an import that binds nothing. Record fields belong to their type;
//! constructors of variants are visible around it.

use crate::extract::builder::{NewDefinition, range};
use crate::languages::generic::rules::At::{Field, Kind, Last, Nth};
use crate::languages::generic::rules::{Rule, TypeRule};
use crate::languages::generic::semantics::{self, Rules, inner_namespaces};
use crate::languages::generic::{Function, Grammar, Table, Type, Walker};
use crate::languages::language::NamespaceKey;
use crate::layout::Layout;
use qf_graph::facts::{
    CollectionKind, DefinitionFlags, Expression, ExpressionId, FileFacts, Import, ImportId,
    ImportKind, ParameterKind, ReferenceFlags, ScopeId, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

static IMPLEMENTATION: Grammar = Grammar::new(|| tree_sitter_ocaml::LANGUAGE_OCAML.into());
static INTERFACE: Grammar = Grammar::new(|| tree_sitter_ocaml::LANGUAGE_OCAML_INTERFACE.into());

/// OCaml.
pub static OCAML: Table = Table {
    name: "ocaml",
    extensions: &["ml", "mli"],
    interpreters: &["ocaml"],
    grammars: &[&IMPLEMENTATION, &INTERFACE],
    select: |path| usize::from(path.rsplit('.').next() == Some("mli")),
    rules: &[
        ("comment", Rule::Comment),
        ("open_module", Rule::Custom(open)),
        ("include_module", Rule::Custom(open)),
        ("module_definition", Rule::Children),
        ("module_binding", Rule::Custom(module)),
        ("module_type_definition", Rule::Custom(module_type)),
        ("type_definition", Rule::Wrap),
        ("type_binding", Rule::Custom(type_binding)),
        ("exception_definition", Rule::Custom(exception)),
        ("value_definition", Rule::Wrap),
        ("let_binding", Rule::Custom(let_binding)),
        ("value_specification", Rule::Custom(specification)),
        ("external", Rule::Custom(specification)),
        ("class_definition", Rule::Wrap),
        ("class_binding", Rule::Custom(class)),
        ("method_definition", Rule::Custom(method)),
        ("instance_variable_definition", Rule::Custom(instance_variable)),
        ("let_expression", Rule::BlockSequence),
        ("sequence_expression", Rule::Sequence),
        ("parenthesized_expression", Rule::Transparent),
        ("match_case", Rule::Custom(case)),
        ("fun_expression", Rule::Custom(lambda)),
        ("function_expression", Rule::Children),
        ("if_expression", Rule::Children),
        ("then_clause", Rule::Transparent),
        ("else_clause", Rule::Transparent),
        ("application_expression", Rule::Custom(application)),
        ("infix_expression", Rule::Custom(infix)),
        ("set_expression", Rule::Custom(set)),
        ("field_get_expression", Rule::Custom(field_get)),
        ("record_expression", Rule::Custom(record)),
        ("method_invocation", Rule::Custom(invocation)),
        ("new_expression", Rule::Custom(construction)),
        ("value_path", Rule::Custom(path)),
        ("constructor_path", Rule::Custom(path)),
        ("value_name", Rule::Name),
        ("value_pattern", Rule::Name),
        ("constructor_name", Rule::Name),
        ("instance_variable_name", Rule::Name),
        ("module_path", Rule::Skip),
        ("extended_module_path", Rule::Skip),
        ("list_expression", Rule::Collection(CollectionKind::List)),
        ("array_expression", Rule::Collection(CollectionKind::List)),
        ("tuple_expression", Rule::Collection(CollectionKind::Tuple)),
        ("typed_expression", Rule::Cast(Field("type"), Nth(0))),
        ("labeled_argument", Rule::Transparent),
        ("string", Rule::Text),
        ("quoted_string", Rule::Text),
        ("string_content", Rule::TextPart),
        ("quoted_string_content", Rule::TextPart),
        ("escape_sequence", Rule::TextPart),
        ("number", Rule::Literal("int")),
        ("boolean", Rule::Literal("bool")),
        ("character", Rule::Literal("str")),
        ("unit", Rule::Skip),
        ("attribute", Rule::Skip),
        ("attribute_id", Rule::Skip),
        ("item_attribute", Rule::Skip),
        ("extension", Rule::Skip),
        ("type_constructor_path", Rule::Skip),
        ("label_name", Rule::Skip),
    ],
    types: &[
        ("type_constructor_path", TypeRule::Custom(type_path)),
        ("type_constructor", TypeRule::Named),
        ("constructed_type", TypeRule::Custom(constructed)),
        ("function_type", TypeRule::Function),
        ("tuple_type", TypeRule::Function),
        ("type_variable", TypeRule::Skip),
    ],
    primitives: &[
        ("unit", ""),
        ("int", "int"),
        ("int32", "int"),
        ("int64", "int"),
        ("float", "float"),
        ("bool", "bool"),
        ("string", "str"),
        ("char", "str"),
        ("bytes", "bytes"),
        ("list", "list"),
        ("array", "list"),
        ("exn", ""),
    ],
    this: &["self"],
    semantics: &RULES,
    ..Table::EMPTY
};

fn open(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(module) = Field("module").find(node).or(Kind(&["module_path"]).find(node)) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let text = walker.text(module);
    let reexport = node.kind() == "include_module";
    walker.out.import(text, None, None, ImportKind::Star, 0, reexport, range(module));
    ExpressionId::UNKNOWN
}

/// `module X = struct … end` or `module X = A.B`.
fn module(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Kind(&["module_name"]).find(node) else { return ExpressionId::UNKNOWN };
    let text = walker.text(name);
    let body = Field("body").find(node);
    walker.notes.insert(text.to_owned(), u32::MAX);
    match body {
        Some(body) if body.kind() == "module_path" => {
            let target = walker.text(body);
            walker.out.import(target, None, Some(text), ImportKind::Module, 0, false, range(body));
        }
        _ => {
            let start = body.map_or(node.end_byte(), |body| body.start_byte()) as u32;
            walker.begin_namespace(text, range(node), range(name), start);
            walker.children_except(node, &[name]);
            walker.out.close_definition();
        }
    }
    ExpressionId::UNKNOWN
}

fn module_type(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Kind(&["module_type_name"]).find(node) else { return ExpressionId::UNKNOWN };
    let mut found = Type::named(walker.text(name), range(name), SymbolKind::Interface);
    found.body = Field("body").find(node);
    found.done.push(name);
    walker.type_definition(node, &found);
    ExpressionId::UNKNOWN
}

fn type_binding(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let body = Field("body").find(node);
    let text = walker.text(name);
    let kind = match body.map_or("", |body| body.kind()) {
        "record_declaration" => SymbolKind::Struct,
        "variant_declaration" => SymbolKind::Enum,
        _ => {
            walker.type_alias(node, text, range(name), body);
            return ExpressionId::UNKNOWN;
        }
    };
    let mut found = Type::named(text, range(name), kind);
    let mut cursor = node.walk();
    found.done.extend(node.named_children(&mut cursor));
    let id = walker.type_definition(node, &found);
    let (Some(scope), Some(body)) = (walker.out.get(id).scope, body) else {
        return ExpressionId::UNKNOWN;
    };
    let outer = walker.out.function_scope();
    walker.out.push_parent(id);
    walker.out.reopen_scope(scope);
    let mut cursor = body.walk();
    for part in body.named_children(&mut cursor) {
        match part.kind() {
            "field_declaration" => {
                if let Some(name) = Kind(&["field_name"]).find(part) {
                    let declared = Field("type").find(part).map(|class| walker.type_of(class));
                    let declared = declared.filter(|class| *class != ExpressionId::UNKNOWN);
                    let text = walker.text(name);
                    let flags = DefinitionFlags::EXPORTED;
                    let field = walker.declare_at(
                        scope,
                        text,
                        range(part),
                        range(name),
                        SymbolKind::Field,
                        flags,
                    );
                    walker.bind_declared(
                        scope,
                        text,
                        range(name).start,
                        Some(field),
                        declared,
                        None,
                    );
                }
            }
            "constructor_declaration" => constructor(walker, part, outer),
            _ => {}
        }
    }
    walker.out.close_scope();
    walker.out.pop_parent();
    ExpressionId::UNKNOWN
}

/// A constructor of a variant, visible where its type is.
fn constructor(walker: &mut Walker<'_, '_>, node: Node<'_>, outer: ScopeId) {
    let Some(name) = Kind(&["constructor_name"]).find(node) else { return };
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
    walker.out.bind_definition(outer, id);
    walker.types_in(node);
}

fn exception(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let declaration = Kind(&["constructor_declaration"]).find(node);
    let Some(name) =
        declaration.and_then(|declaration| Kind(&["constructor_name"]).find(declaration))
    else {
        return ExpressionId::UNKNOWN;
    };
    let mut found = Type::named(walker.text(name), range(name), SymbolKind::Class);
    let mut cursor = node.walk();
    found.done.extend(node.named_children(&mut cursor));
    walker.type_definition(node, &found);
    ExpressionId::UNKNOWN
}

/// `let name params = body`: a function when it has parameters, else a value.
fn let_binding(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(pattern), body) = (Field("pattern").find(node), Field("body").find(node)) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let has_parameters = Kind(&["parameter"]).find(node).is_some();
    let declared = Field("type").find(node);
    if pattern.kind() != "value_name" {
        let value = body.map_or(ExpressionId::UNKNOWN, |body| walker.visit(body));
        bind_names(walker, pattern, value);
        return ExpressionId::UNKNOWN;
    }
    let lambda =
        body.filter(|body| matches!(body.kind(), "fun_expression" | "function_expression"));
    if !has_parameters && lambda.is_none() {
        walker.declare(node, pattern, SymbolKind::Variable, declared, body);
        return ExpressionId::UNKNOWN;
    }
    let mut found = Function::named(walker.text(pattern), range(pattern));
    let mut cursor = node.walk();
    found.done.extend(node.named_children(&mut cursor));
    let id = walker.open_function_definition(node, &found);
    walker.resume(id);
    parameters(walker, node, id);
    if let Some(declared) = declared {
        let class = walker.type_of(declared);
        walker.out.get_mut(id).declared_type =
            Some(class).filter(|class| *class != ExpressionId::UNKNOWN);
    }
    let inner = match lambda.filter(|lambda| lambda.kind() == "fun_expression" && !has_parameters) {
        Some(lambda) => {
            parameters(walker, lambda, id);
            Field("body").find(lambda)
        }
        None => body,
    };
    let value = inner.map_or(ExpressionId::UNKNOWN, |body| walker.visit(body));
    walker.out.returns(id, value);
    walker.suspend();
    ExpressionId::UNKNOWN
}

fn parameters(walker: &mut Walker<'_, '_>, node: Node<'_>, id: qf_graph::facts::DefinitionId) {
    let mut cursor = node.walk();
    for parameter in node.named_children(&mut cursor).filter(|child| child.kind() == "parameter") {
        let Some(mut pattern) = Field("pattern").find(parameter) else { continue };
        let mut class = None;
        if pattern.kind() == "typed_pattern" {
            class = Field("type")
                .find(pattern)
                .map(|class| walker.type_of(class))
                .filter(|class| *class != ExpressionId::UNKNOWN);
            pattern = Field("pattern").find(pattern).unwrap_or(pattern);
        }
        let default = Field("default").find(parameter).map(|default| walker.visit(default));
        let plain = pattern.kind() == "value_pattern";
        let text = if plain { walker.text(pattern) } else { "" };
        walker.out.parameter(
            id,
            text,
            class,
            default,
            ParameterKind::Plain,
            range(parameter).start,
        );
        walker.note_local(text);
        if !plain {
            bind_names(walker, pattern, ExpressionId::UNKNOWN);
        }
    }
}

/// Names a pattern binds.
fn bind_names(walker: &mut Walker<'_, '_>, node: Node<'_>, value: ExpressionId) {
    match node.kind() {
        "value_pattern" | "value_name" => walker.bind_pattern(node, value),
        "constructor_path" => {
            walker.visit(node);
        }
        "field_path" | "unit" => {}
        _ => {
            let mut cursor = node.walk();
            let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
            for child in children {
                bind_names(walker, child, ExpressionId::UNKNOWN);
            }
        }
    }
}

/// `val name : type` and `external name : type = "…"`.
fn specification(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Kind(&["value_name", "parenthesized_operator"]).find(node) else {
        return ExpressionId::UNKNOWN;
    };
    let class = Field("type").find(node);
    let is_function = class.is_some_and(|class| class.kind() == "function_type");
    let mut found = Function::named(walker.text(name), range(name));
    if !is_function {
        found.kind = SymbolKind::Variable;
    }
    found.flags = if walker.place() == ScopeKind::Type {
        DefinitionFlags::ABSTRACT
    } else {
        DefinitionFlags::DECLARATION
    };
    found.result = class.map(|class| if is_function { result_of(class) } else { class });
    let mut cursor = node.walk();
    found.done.extend(node.named_children(&mut cursor));
    walker.function(node, &found);
    ExpressionId::UNKNOWN
}

fn result_of(node: Node<'_>) -> Node<'_> {
    let mut at = node;
    while at.kind() == "function_type" {
        match Field("codomain").find(at) {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

fn class(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Kind(&["class_name"]).find(node) else { return ExpressionId::UNKNOWN };
    let mut found = Type::named(walker.text(name), range(name), SymbolKind::Class);
    found.body = Field("body").find(node);
    let mut cursor = node.walk();
    found.done.extend(node.named_children(&mut cursor));
    walker.type_definition(node, &found);
    ExpressionId::UNKNOWN
}

fn method(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Kind(&["method_name"]).find(node) else { return ExpressionId::UNKNOWN };
    let mut found = Function::named(walker.text(name), range(name));
    let mut cursor = node.walk();
    found.done.extend(node.named_children(&mut cursor));
    let id = walker.open_function_definition(node, &found);
    walker.resume(id);
    parameters(walker, node, id);
    let value = walker.visit_at(node, Field("body"));
    walker.out.returns(id, value);
    walker.suspend();
    ExpressionId::UNKNOWN
}

fn instance_variable(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if let Some(name) = Kind(&["instance_variable_name"]).find(node) {
        walker.declare(node, name, SymbolKind::Field, None, Field("body").find(node));
    }
    ExpressionId::UNKNOWN
}

fn case(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.out.open_scope(ScopeKind::Block, None);
    let pattern = Field("pattern").find(node);
    if let Some(pattern) = pattern {
        bind_names(walker, pattern, ExpressionId::UNKNOWN);
    }
    let value = walker.children_except(node, &pattern.into_iter().collect::<Vec<_>>());
    walker.out.close_scope();
    value
}

fn lambda(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let mut found = Function::named("", range(node));
    found.name_span.end = found.name_span.start;
    let id = walker.open_function_definition(node, &found);
    walker.resume(id);
    parameters(walker, node, id);
    let value = walker.visit_at(node, Field("body"));
    walker.out.returns(id, value);
    walker.suspend();
    walker.out.expression(Expression::Function(id))
}

/// `f a b`.
fn application(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(target) = Field("function").find(node) else { return ExpressionId::UNKNOWN };
    let mut values = Vec::new();
    let mut cursor = node.walk();
    for argument in node.children_by_field_name("argument", &mut cursor) {
        let value = walker.visit(argument);
        values.push(value);
    }
    if matches!(target.kind(), "new_expression" | "method_invocation") {
        return walker.visit(target);
    }
    let callee = walker.callee(called(target));
    walker.note_call(callee, &values, ReferenceFlags::empty(), None)
}

/// What a path without a module calls is its name.
fn called(node: Node<'_>) -> Node<'_> {
    match Nth(0).find(node) {
        Some(name) if node.named_child_count() == 1 && node.kind().ends_with("_path") => name,
        _ => node,
    }
}

/// `x |> f` and `f @@ x` call `f`.
fn infix(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(left), Some(right)) = (Field("left").find(node), Field("right").find(node)) else {
        return ExpressionId::UNKNOWN;
    };
    match Field("operator").find(node).map_or("", |operator| walker.text(operator)) {
        "|>" if right.kind() == "value_path" => {
            let value = walker.visit(left);
            let callee = walker.callee(called(right));
            walker.note_call(callee, &[value], ReferenceFlags::empty(), None)
        }
        "@@" if left.kind() == "value_path" => {
            let value = walker.visit(right);
            let callee = walker.callee(called(left));
            walker.note_call(callee, &[value], ReferenceFlags::empty(), None)
        }
        ":=" => {
            let value = walker.visit(right);
            walker.target(left, Some(value), ReferenceFlags::empty());
            ExpressionId::UNKNOWN
        }
        _ => walker.binary(node, Field("left"), Field("right")),
    }
}

/// `r.field <- e` and `x <- e`.
fn set(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let value = walker.visit_at(node, Field("body"));
    let Some(left) = Nth(0).find(node) else { return ExpressionId::UNKNOWN };
    if left.kind() != "field_get_expression" {
        walker.target(left, Some(value), ReferenceFlags::empty());
        return ExpressionId::UNKNOWN;
    }
    let base = walker.visit_at(left, Field("record"));
    if let Some(name) = Field("field").find(left).and_then(|path| Last.find(path)) {
        let text = walker.text(name);
        let member = walker.out.member(base, text);
        walker.out.write_reference(text, range(name), member, Some(value), ReferenceFlags::empty());
    }
    ExpressionId::UNKNOWN
}

fn field_get(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let base = walker.visit_at(node, Field("record"));
    let Some(name) = Field("field").find(node).and_then(|path| Last.find(path)) else {
        return base;
    };
    let text = walker.text(name);
    let member = walker.out.member(base, text);
    walker.out.read_reference(text, range(name), member);
    member
}

/// `{ acc with balance = 3 }` and `{ balance = 3 }`.
fn record(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let copied = Field("record").find(node);
    let base = copied.map_or(ExpressionId::UNKNOWN, |copied| walker.visit(copied));
    let flags =
        if copied.is_some() { ReferenceFlags::empty() } else { ReferenceFlags::INITIALIZER };
    let mut items = Vec::new();
    let mut cursor = node.walk();
    for field in node.named_children(&mut cursor).filter(|child| child.kind() == "field_expression")
    {
        let value = walker.visit_at(field, Field("body"));
        if let Some(name) = Kind(&["field_path"]).find(field).and_then(|path| Last.find(path)) {
            let text = walker.text(name);
            let member = walker.out.member(base, text);
            walker.out.write_reference(text, range(name), member, Some(value), flags);
            let item = walker.out.argument(text, value);
            items.push(item);
        }
    }
    if copied.is_some() { base } else { walker.out.collection(CollectionKind::Map, &items) }
}

/// `object#method`.
fn invocation(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let base = walker.visit_at(node, Field("object"));
    let Some(method) = Field("method").find(node) else { return base };
    let callee = walker.member_callee(base, method);
    walker.note_call(callee, &[], ReferenceFlags::empty(), None)
}

fn construction(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(class) = Kind(&["class_path"]).find(node) else { return ExpressionId::UNKNOWN };
    let lowered = walker.path_expression(class);
    let made = walker.out.new_instance(lowered, &[]);
    let (name, span) = walker.last_name_span(class);
    walker.out.call_reference(name, span, made, ReferenceFlags::empty());
    made
}

/// The module a path begins with: bound in this file, or a file of that name.
fn module_expression(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let full = walker.text(node);
    let first = full.split('.').next().unwrap_or(full);
    match walker.notes.get(first).copied() {
        Some(u32::MAX) => walker.path_expression(node),
        Some(import) => rest_of_path(walker, full, ImportId(import)),
        None => {
            let import =
                walker.out.import(first, None, None, ImportKind::Module, 0, false, range(node));
            walker.notes.insert(first.to_owned(), import.0);
            rest_of_path(walker, full, import)
        }
    }
}

fn rest_of_path(walker: &mut Walker<'_, '_>, full: &str, import: ImportId) -> ExpressionId {
    let mut value = walker.out.expression(Expression::Imported(import));
    for part in full.split('.').skip(1) {
        value = walker.out.member(value, part.trim());
    }
    value
}

/// `Module.name` or `name`.
fn path(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Last.find(node) else { return ExpressionId::UNKNOWN };
    match Kind(&["module_path", "extended_module_path"]).find(node) {
        Some(module) => {
            let base = module_expression(walker, module);
            let text = walker.text(name);
            walker.out.member(base, text)
        }
        None => walker.name_of_value(name),
    }
}

fn type_path(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Last.find(node) else { return ExpressionId::UNKNOWN };
    let Some(module) = Kind(&["module_path", "extended_module_path"]).find(node) else {
        return walker.type_of(name);
    };
    let base = module_expression(walker, module);
    let text = walker.text(name);
    let class = walker.out.member(base, text);
    walker.mention(text, range(name), class);
    class
}

/// `t list`, `t option`, `(a, b) t`.
fn constructed(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(base) = Last.find(node) else { return ExpressionId::UNKNOWN };
    let name = walker.text(base);
    let mut arguments = Vec::new();
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor).filter(|child| *child != base) {
        let argument = walker.type_of(child);
        if argument != ExpressionId::UNKNOWN {
            arguments.push(argument);
        }
    }
    if matches!(name, "option" | "ref" | "Lwt.t" | "lazy_t") {
        return arguments.first().copied().unwrap_or(ExpressionId::UNKNOWN);
    }
    let base = walker.type_of(base);
    if arguments.is_empty() || base == ExpressionId::UNKNOWN {
        base
    } else {
        walker.out.generic(base, &arguments)
    }
}

static RULES: Rules = Rules {
    namespaces,
    candidates,
    separator: ".",
    builtins: BUILTINS,
    standard: |module| {
        matches!(
            module.split('.').next().unwrap_or(""),
            "Stdlib"
                | "List"
                | "Array"
                | "String"
                | "Bytes"
                | "Hashtbl"
                | "Map"
                | "Set"
                | "Printf"
                | "Format"
                | "Sys"
                | "Unix"
                | "Buffer"
                | "Char"
                | "Option"
                | "Result"
                | "Seq"
                | "Queue"
                | "Stack"
                | "Random"
                | "Filename"
                | "Printexc"
                | "Lazy"
                | "Int"
                | "Int32"
                | "Int64"
                | "Float"
                | "Fun"
                | "Arg"
                | "Scanf"
                | "Str"
                | "Lexing"
                | "Parsing"
                | "Obj"
                | "Gc"
                | "Mutex"
                | "Thread"
                | "Domain"
                | "Atomic"
                | "Base"
                | "Core"
                | "Lwt"
        )
    },
    tests: |path| {
        semantics::stem(path).starts_with("test")
            || semantics::stem(path).ends_with("_test")
            || semantics::test_folder(path)
    },
    ..Rules::EMPTY
};

/// `src/ledger.ml` is the module `Ledger`.
fn namespaces(path: &str, facts: &FileFacts, _: &Layout) -> Vec<(NamespaceKey, ScopeId)> {
    let stem = semantics::stem(path);
    let mut module = String::with_capacity(stem.len());
    let mut letters = stem.chars();
    module.extend(letters.next().map(|first| first.to_ascii_uppercase()));
    module.extend(letters);
    let mut keys = vec![
        (NamespaceKey::local(path), ScopeId::MODULE),
        (NamespaceKey::local(module.as_str()), ScopeId::MODULE),
    ];
    for (text, scope) in inner_namespaces(facts, &module, ".") {
        keys.push((NamespaceKey::local(text), scope));
    }
    keys
}

/// Libraries wrap their modules, so `Lib.Ledger` may be the file `ledger.ml`.
fn candidates(import: &Import, _: &str, facts: &FileFacts, _: &Layout) -> Vec<String> {
    let module = facts.text(import.module);
    let mut found = vec![module.to_owned()];
    let mut rest = module;
    while let Some((_, inner)) = rest.split_once('.') {
        found.push(inner.to_owned());
        rest = inner;
    }
    found
}

const BUILTINS: &[&str] = &[
    "Error",
    "Exit",
    "Failure",
    "Invalid_argument",
    "None",
    "Not_found",
    "Ok",
    "Some",
    "abs",
    "assert",
    "at_exit",
    "ceil",
    "close_in",
    "close_out",
    "compare",
    "decr",
    "exit",
    "exp",
    "failwith",
    "false",
    "float_of_int",
    "float_of_string",
    "floor",
    "flush",
    "fst",
    "ignore",
    "incr",
    "input_line",
    "int_of_char",
    "int_of_float",
    "int_of_string",
    "invalid_arg",
    "log",
    "max",
    "max_int",
    "min",
    "min_int",
    "mod_float",
    "not",
    "open_in",
    "open_out",
    "output_string",
    "prerr_endline",
    "prerr_string",
    "print_char",
    "print_endline",
    "print_float",
    "print_int",
    "print_newline",
    "print_string",
    "raise",
    "read_line",
    "ref",
    "snd",
    "sqrt",
    "stderr",
    "stdin",
    "stdout",
    "string_of_bool",
    "string_of_float",
    "string_of_int",
    "true",
];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}
