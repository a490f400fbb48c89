//! Julia: modules, functions with many methods, types without members.
//!
//! A function is written in three ways (`function f(x) … end`, `f(x) = …`, `f = x -> …`); all are
//! definitions here. Included files are part of the module that includes them.

use crate::extract::builder::range;
use crate::languages::generic::rules::At::{self, Kind, Last, Nth};
use crate::languages::generic::rules::{Rule, TypeRule};
use crate::languages::generic::semantics::{self, Rules, inner_namespaces};
use crate::languages::generic::{Declares, Function, Grammar, Table, Type, Walker};
use crate::languages::language::NamespaceKey;
use crate::layout::Layout;
use qf_graph::facts::{
    ByteRange, CollectionKind, Expression, ExpressionId, FileFacts, Import, ImportKind,
    ParameterKind, ReferenceFlags, ScopeId, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_julia::LANGUAGE.into());

/// Julia.
pub static JULIA: Table = Table {
    name: "julia",
    extensions: &["jl"],
    interpreters: &["julia"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("line_comment", Rule::Comment),
        ("block_comment", Rule::Comment),
        ("module_definition", Rule::Custom(module)),
        ("using_statement", Rule::Custom(using)),
        ("import_statement", Rule::Custom(using)),
        ("export_statement", Rule::Skip),
        ("function_definition", Rule::Custom(function)),
        ("macro_definition", Rule::Custom(function)),
        ("struct_definition", Rule::Custom(structure)),
        ("abstract_definition", Rule::Custom(structure)),
        ("primitive_definition", Rule::Custom(structure)),
        ("const_statement", Rule::Custom(constant)),
        ("assignment", Rule::Custom(assignment)),
        ("compound_assignment_expression", Rule::Custom(augmented)),
        ("local_statement", Rule::Children),
        ("global_statement", Rule::Children),
        ("typed_expression", Rule::Custom(typed)),
        ("named_argument", Rule::Custom(named_argument)),
        ("splat_expression", Rule::Custom(splat)),
        ("identifier", Rule::Name),
        ("field_expression", Rule::Member(Nth(0), Nth(1))),
        ("index_expression", Rule::Index(Nth(0), Nth(1))),
        ("call_expression", Rule::Custom(call)),
        (
            "broadcast_call_expression",
            Rule::Call(Nth(0), Kind(&["argument_list", "tuple_expression"])),
        ),
        ("macrocall_expression", Rule::Custom(macro_call)),
        ("macro_argument_list", Rule::Children),
        ("argument_list", Rule::Children),
        ("do_clause", Rule::Lambda(Kind(&["argument_list"]), At::None)),
        ("arrow_function_expression", Rule::Lambda(Nth(0), Last)),
        ("for_statement", Rule::Block),
        ("for_binding", Rule::Custom(for_binding)),
        ("let_statement", Rule::Block),
        ("comprehension_expression", Rule::Custom(comprehension)),
        ("generator", Rule::Custom(comprehension)),
        ("parametrized_type_expression", Rule::Applied(Nth(0), Nth(1))),
        ("curly_expression", Rule::Skip),
        ("binary_expression", Rule::Custom(binary)),
        ("ternary_expression", Rule::Children),
        ("parenthesized_expression", Rule::Transparent),
        ("return_statement", Rule::Return),
        ("open_tuple", Rule::Pattern),
        ("tuple_expression", Rule::Pattern),
        ("vector_expression", Rule::Collection(CollectionKind::List)),
        ("operator", Rule::Skip),
        ("string_literal", Rule::Text),
        ("content", Rule::TextPart),
        ("string_interpolation", Rule::Transparent),
        ("command_literal", Rule::Skip),
        ("prefixed_string_literal", Rule::Skip),
        ("integer_literal", Rule::Literal("int")),
        ("float_literal", Rule::Literal("float")),
        ("boolean_literal", Rule::Literal("bool")),
        ("character_literal", Rule::Literal("str")),
        ("quote_expression", Rule::Skip),
        ("where_expression", Rule::Transparent),
        ("catch_clause", Rule::Block),
    ],
    types: &[
        ("identifier", TypeRule::Named),
        ("field_expression", TypeRule::Path),
        ("parametrized_type_expression", TypeRule::Generic(Nth(0), Nth(1))),
        ("curly_expression", TypeRule::Children),
        ("binary_expression", TypeRule::Inner(Nth(0))),
        ("operator", TypeRule::Skip),
        ("integer_literal", TypeRule::Skip),
    ],
    primitives: &[
        ("Any", ""),
        ("Nothing", ""),
        ("Missing", ""),
        ("String", "str"),
        ("AbstractString", "str"),
        ("Symbol", "str"),
        ("Char", "str"),
        ("Int", "int"),
        ("Int32", "int"),
        ("Int64", "int"),
        ("Integer", "int"),
        ("UInt8", "int"),
        ("UInt64", "int"),
        ("Float32", "float"),
        ("Float64", "float"),
        ("Real", "float"),
        ("Number", "float"),
        ("Bool", "bool"),
        ("Vector", "list"),
        ("Array", "list"),
        ("AbstractVector", "list"),
        ("AbstractArray", "list"),
        ("Matrix", "list"),
        ("Set", "set"),
        ("Dict", "dict"),
        ("AbstractDict", "dict"),
        ("Tuple", "tuple"),
        ("Function", "function"),
    ],
    declares: Declares::Local,
    docstring_parents: &["source_file", "module_definition"],
    capitals_are_constants: true,
    semantics: &RULES,
    ..Table::EMPTY
};

fn module(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = At::Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let text = walker.text(name);
    walker.begin_namespace(text, range(node), range(name), name.end_byte() as u32);
    walker.children_except(node, &[name]);
    walker.out.close_definition();
    ExpressionId::UNKNOWN
}

/// `using A, B`, `import A: f, g`, `using .Inner: x`.
fn using(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let is_using = node.kind() == "using_statement";
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        match child.kind() {
            "selected_import" => {
                let Some(path) = Nth(0).find(child) else { continue };
                let level = walker.text(path).chars().take_while(|c| *c == '.').count() as u8;
                let module = walker.text(path).trim_start_matches('.').to_owned();
                let mut cursor = child.walk();
                for item in child.named_children(&mut cursor).skip(1) {
                    let text = walker.last_name(Nth(0).find(item).unwrap_or(item));
                    let bound = walker.last_name(Last.find(item).unwrap_or(item));
                    walker.out.import(
                        &module,
                        Some(text),
                        Some(bound),
                        ImportKind::Item,
                        level,
                        false,
                        range(item),
                    );
                }
            }
            "import_alias" => {
                let (Some(path), Some(alias)) = (Nth(0).find(child), Nth(1).find(child)) else {
                    continue;
                };
                let (module, alias) = (walker.text(path), walker.text(alias));
                walker.out.import(
                    module,
                    None,
                    Some(alias),
                    ImportKind::Module,
                    0,
                    false,
                    range(path),
                );
            }
            "comment" | "line_comment" => {}
            _ => {
                let text = walker.text(child);
                let level = text.chars().take_while(|c| *c == '.').count() as u8;
                let module = text.trim_start_matches('.');
                let bound = module.rsplit('.').next();
                let span = range(child);
                walker.out.import(module, None, bound, ImportKind::Module, level, false, span);
                if is_using {
                    walker.out.import(module, None, None, ImportKind::Star, level, false, span);
                }
            }
        }
    }
    ExpressionId::UNKNOWN
}

/// The call inside a signature: `f(x)::T where T`.
fn signature(node: Node<'_>) -> (Option<Node<'_>>, Option<Node<'_>>) {
    let mut at = node;
    let mut result = None;
    for _ in 0..8 {
        match at.kind() {
            "call_expression" => return (Some(at), result),
            "typed_expression" => {
                result = Nth(1).find(at);
                match Nth(0).find(at) {
                    Some(inner) => at = inner,
                    None => return (None, None),
                }
            }
            _ => match Nth(0).find(at) {
                Some(inner) => at = inner,
                None => return (None, None),
            },
        }
    }
    (None, None)
}

fn function(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let head = Kind(&["signature"]).find(node);
    let (call, result) = head.map_or((None, None), signature);
    let (Some(head), Some(call)) = (head, call) else {
        if head.is_none() {
            walker.children(node);
        }
        return ExpressionId::UNKNOWN;
    };
    let kind =
        if node.kind() == "macro_definition" { SymbolKind::Macro } else { SymbolKind::Function };
    define(walker, node, call, result, None, &[head], kind);
    ExpressionId::UNKNOWN
}

/// Defines a function from the call in its head. The body is a node or the node's other children.
fn define<'t>(
    walker: &mut Walker<'_, '_>,
    node: Node<'t>,
    call: Node<'t>,
    result: Option<Node<'t>>,
    body: Option<Node<'t>>,
    done: &[Node<'t>],
    kind: SymbolKind,
) {
    let Some(name) = Nth(0).find(call) else { return };
    let (text, span) = walker.last_name_span(name);
    let mut function = Function::named(text, span);
    function.kind = kind;
    function.result = result;
    function.body = body;
    function.done.extend(done.iter().copied());
    function.parameters.extend(Kind(&["argument_list"]).find(call));
    walker.function(node, &function);
}

fn structure(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(head) = Kind(&["type_head"]).find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let mut name = Nth(0).find(head);
    let mut base = None;
    if let Some(relation) = name.filter(|inner| inner.kind() == "binary_expression") {
        name = Nth(0).find(relation);
        base = Last.find(relation);
    }
    if let Some(generic) = name.filter(|inner| inner.kind() == "parametrized_type_expression") {
        name = Nth(0).find(generic);
    }
    let Some(name) = name else { return ExpressionId::UNKNOWN };
    let kind = if node.kind() == "abstract_definition" {
        SymbolKind::Interface
    } else {
        SymbolKind::Struct
    };
    let mut found = Type::named(walker.text(name), range(name), kind);
    found.base_types.extend(base);
    found.done.push(head);
    walker.type_definition(node, &found);
    ExpressionId::UNKNOWN
}

fn constant(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(assignment) = Kind(&["assignment"]).find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let name = Nth(0).find(assignment).filter(|name| name.kind() == "identifier");
    match name {
        Some(name) => {
            walker.declare(node, name, SymbolKind::Constant, None, Last.find(assignment));
        }
        None => {
            walker.children(node);
        }
    }
    ExpressionId::UNKNOWN
}

fn assignment(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(left), Some(right)) = (Nth(0).find(node), Last.find(node)) else {
        return ExpressionId::UNKNOWN;
    };
    if matches!(left.kind(), "call_expression" | "where_expression")
        || left.kind() == "typed_expression"
            && Nth(0).find(left).is_some_and(|inner| inner.kind() == "call_expression")
    {
        let (call, result) = signature(left);
        if let Some(call) = call {
            define(walker, node, call, result, Some(right), &[left], SymbolKind::Function);
            return ExpressionId::UNKNOWN;
        }
    }
    if let (Rule::Lambda(parameters, body), "identifier") = (walker.rule(right), left.kind()) {
        let text = walker.text(left);
        walker.lambda_named(right, parameters, body, text, range(left));
        return ExpressionId::UNKNOWN;
    }
    let doc = walker.take_doc();
    let value = walker.visit(right);
    walker.put_doc(doc);
    let known = Some(value).filter(|value| *value != ExpressionId::UNKNOWN);
    if left.kind() == "typed_expression" {
        if walker.place() == ScopeKind::Type {
            field(walker, left);
        } else if let (Some(name), Some(class)) = (Nth(0).find(left), Nth(1).find(left)) {
            let class = walker.type_of(class);
            walker.bind_typed(name, class);
        }
        return value;
    }
    walker.target(left, known, ReferenceFlags::empty());
    value
}

fn augmented(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(left), Some(right)) = (Nth(0).find(node), Last.find(node)) else {
        return ExpressionId::UNKNOWN;
    };
    let value = walker.visit(right);
    walker.target(left, Some(value), ReferenceFlags::AUGMENTED);
    ExpressionId::UNKNOWN
}

/// `name::Type`: a field in a struct, a parameter in a head, an assertion elsewhere.
fn typed(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let in_head = node.parent().is_some_and(|list| list.kind() == "argument_list")
        && walker.reads_parameters(node);
    if in_head {
        add_parameter(walker, node, None, ParameterKind::Plain);
        return ExpressionId::UNKNOWN;
    }
    if walker.place() == ScopeKind::Type {
        return field(walker, node);
    }
    walker.visit_at(node, Nth(0));
    let class = Nth(1).find(node).map_or(ExpressionId::UNKNOWN, |class| walker.type_of(class));
    walker.instance_of(class)
}

fn named_argument(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if walker.reads_parameters(node) {
        if let Some(name) = Nth(0).find(node) {
            add_parameter(walker, name, Last.find(node), ParameterKind::Plain);
        }
        return ExpressionId::UNKNOWN;
    }
    let value = walker.visit_at(node, Last);
    let name = Nth(0).find(node).map_or("", |name| walker.text(name));
    walker.out.argument(name, value)
}

fn splat(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(inner) = Nth(0).find(node) else { return ExpressionId::UNKNOWN };
    if walker.reads_parameters(node) {
        add_parameter(walker, inner, None, ParameterKind::Rest);
        return ExpressionId::UNKNOWN;
    }
    walker.visit(inner)
}

fn add_parameter(
    walker: &mut Walker<'_, '_>,
    node: Node<'_>,
    default: Option<Node<'_>>,
    kind: ParameterKind,
) {
    let Some(function) = walker.open_function() else { return };
    if node.kind() == "typed_expression" {
        let class = Last.find(node);
        let name = Nth(0).find(node).filter(|name| Some(*name) != class);
        walker.parameter(function, name, class, default, kind);
    } else {
        walker.parameter(function, Some(node), None, default, kind);
    }
}

/// `name::Type` in a struct.
fn field(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if let Some(name) = Nth(0).find(node).filter(|name| name.kind() == "identifier") {
        walker.declare(node, name, SymbolKind::Field, Nth(1).find(node), None);
    }
    ExpressionId::UNKNOWN
}

fn call(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(target) = Nth(0).find(node) else { return ExpressionId::UNKNOWN };
    let list = Kind(&["argument_list", "tuple_expression"]).find(node);
    if walker.text(target) == "include"
        && let Some(path) =
            list.and_then(|list| Nth(0).find(list)).filter(|path| path.kind() == "string_literal")
    {
        let text = walker.text(path).trim_matches('"');
        walker.out.import(text, None, None, ImportKind::Star, 0, true, range(path));
        return ExpressionId::UNKNOWN;
    }
    let callee = walker.callee(target);
    let value = walker.finish_call(node, callee, Some(target), list, ReferenceFlags::empty());
    if callee.name.ends_with('!') && callee.name != "!" {
        // By convention such a function changes its first argument.
        if let Some(object) = list.and_then(|list| Nth(0).find(list)) {
            let first = walker.first_argument(value);
            walker.mutated(object, first);
        }
    }
    value
}

/// `@test x == 1`: a macro call; `@testset "name" begin … end` is a test.
fn macro_call(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(name), list) =
        (Nth(0).find(node), Kind(&["macro_argument_list", "argument_list"]).find(node))
    else {
        return ExpressionId::UNKNOWN;
    };
    let text = walker.text(name).trim_start_matches('@');
    if let ("testset", Some(list)) = (text, list) {
        let body = Last.find(list);
        if Nth(0).find(list) != body && walker.test_call(node, Nth(0).find(list), body) {
            return ExpressionId::UNKNOWN;
        }
    }
    let values = list.map(|list| walker.arguments(list)).unwrap_or_default();
    let callee = walker.out.name_expression(text);
    let call = walker.out.call(callee, &values);
    let span = range(name);
    let span = ByteRange { start: (span.start + 1).min(span.end), end: span.end };
    walker.out.call_reference(text, span, call, ReferenceFlags::MACRO);
    ExpressionId::UNKNOWN
}

fn for_binding(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(name), Some(over)) = (Nth(0).find(node), Last.find(node)) else {
        return ExpressionId::UNKNOWN;
    };
    let over = walker.visit(over);
    let element = if over == ExpressionId::UNKNOWN {
        over
    } else {
        walker.out.expression(Expression::Element(over))
    };
    walker.bind_pattern(name, element);
    ExpressionId::UNKNOWN
}

/// `[f(x) for x in xs]`: names are bound behind their use.
fn comprehension(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.out.open_scope(ScopeKind::Block, None);
    let first = Nth(0).find(node);
    let done: Vec<Node<'_>> = first.into_iter().collect();
    walker.children_except(node, &done);
    let item = first.map_or(ExpressionId::UNKNOWN, |first| walker.visit(first));
    walker.out.close_scope();
    walker.out.collection(CollectionKind::List, &[item])
}

/// `x |> f` calls `f`.
fn binary(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let operator = Kind(&["operator"]).find(node).map_or("", |operator| walker.text(operator));
    let (Some(left), Some(right)) = (Nth(0).find(node), Last.find(node)) else {
        return ExpressionId::UNKNOWN;
    };
    if operator == "|>" && right.kind() != "call_expression" {
        let value = walker.visit(left);
        let callee = walker.callee(right);
        return walker.note_call(callee, &[value], ReferenceFlags::empty(), None);
    }
    walker.binary(node, Nth(0), Last)
}

static RULES: Rules = Rules {
    namespaces,
    candidates,
    separator: ".",
    class_call_constructs: true,
    builtins: BUILTINS,
    standard: |module| {
        matches!(
            module,
            "Base"
                | "Core"
                | "Main"
                | "LinearAlgebra"
                | "Statistics"
                | "Random"
                | "Test"
                | "Dates"
                | "Printf"
                | "SparseArrays"
                | "Distributed"
                | "Pkg"
                | "Logging"
                | "Markdown"
                | "Serialization"
                | "Sockets"
                | "UUIDs"
                | "InteractiveUtils"
                | "DelimitedFiles"
                | "SHA"
                | "TOML"
                | "Downloads"
                | "Unicode"
                | "REPL"
        )
    },
    tests: |path| semantics::stem(path) == "runtests" || semantics::test_folder(path),
    ..Rules::EMPTY
};

fn namespaces(path: &str, facts: &FileFacts, layout: &Layout) -> Vec<(NamespaceKey, ScopeId)> {
    let mut keys = vec![(NamespaceKey::local(path), ScopeId::MODULE)];
    for (text, scope) in inner_namespaces(facts, "", ".") {
        // `src/Name.jl` holds the package's own module.
        let is_package =
            path == format!("src/{text}.jl") || path.ends_with(&format!("/src/{text}.jl"));
        keys.push((NamespaceKey { text, global: is_package }, scope));
    }
    // Files included by the package's module share its names.
    let folder = path.split('/').next().unwrap_or("");
    if folder == "src" || layout.paths.is_empty() {
        keys.push((NamespaceKey::local("julia:src"), ScopeId::MODULE));
    }
    keys
}

fn candidates(import: &Import, path: &str, facts: &FileFacts, layout: &Layout) -> Vec<String> {
    let module = facts.text(import.module);
    if module.rsplit('.').next() == Some("jl") {
        return semantics::path_candidates(module, path, layout, &["src"], &[""]);
    }
    vec![module.to_owned()]
}

const BUILTINS: &[&str] = &[
    "ArgumentError",
    "Base",
    "BoundsError",
    "Core",
    "DimensionMismatch",
    "ErrorException",
    "Exception",
    "IOBuffer",
    "KeyError",
    "MethodError",
    "NamedTuple",
    "Pair",
    "Ref",
    "Regex",
    "Union",
    "Val",
    "abs",
    "all",
    "any",
    "append!",
    "assert",
    "basename",
    "broadcast",
    "ceil",
    "clamp",
    "close",
    "code_warntype",
    "collect",
    "convert",
    "copy",
    "cos",
    "count",
    "deepcopy",
    "delete!",
    "dirname",
    "div",
    "eachindex",
    "eachline",
    "elapsed",
    "eltype",
    "empty!",
    "enumerate",
    "eps",
    "error",
    "exp",
    "fieldnames",
    "fill",
    "filter",
    "filter!",
    "findall",
    "findfirst",
    "first",
    "floor",
    "foldl",
    "foreach",
    "get",
    "get!",
    "getfield",
    "haskey",
    "hasproperty",
    "hcat",
    "identity",
    "in",
    "inbounds",
    "include",
    "info",
    "inline",
    "isa",
    "isdefined",
    "isempty",
    "isfile",
    "isnan",
    "isnothing",
    "iterate",
    "join",
    "joinpath",
    "keys",
    "last",
    "length",
    "log",
    "lowercase",
    "map",
    "max",
    "maximum",
    "merge",
    "min",
    "minimum",
    "mod",
    "ndims",
    "new",
    "nothing",
    "ntuple",
    "one",
    "ones",
    "open",
    "pairs",
    "parse",
    "pop!",
    "popfirst!",
    "print",
    "println",
    "prod",
    "promote",
    "push!",
    "pushfirst!",
    "rand",
    "randn",
    "range",
    "read",
    "readline",
    "reduce",
    "rem",
    "repeat",
    "replace",
    "reshape",
    "resize!",
    "rethrow",
    "reverse",
    "round",
    "show",
    "sign",
    "similar",
    "sin",
    "size",
    "sizehint!",
    "sleep",
    "sort",
    "sort!",
    "splice!",
    "split",
    "sprint",
    "sqrt",
    "startswith",
    "string",
    "strip",
    "sum",
    "test",
    "test_throws",
    "testset",
    "throw",
    "time",
    "transpose",
    "trunc",
    "typemax",
    "typeof",
    "undef",
    "unique",
    "uppercase",
    "values",
    "vcat",
    "view",
    "warn",
    "write",
    "zero",
    "zeros",
    "zip",
];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}
