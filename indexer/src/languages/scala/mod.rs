//! Scala: packages of files, classes with constructor parameters, objects and pattern matching.
//!
//! An object's members need no instance. `Option[T]` counts as a list of at most one element,
//! because it is used through the same methods. `x -= y` is an infix expression to the grammar
//! and an assignment to everyone else.

use crate::extract::builder::range;
use crate::languages::generic::hooks::mention_type;
use crate::languages::generic::rules::At::{self, Field, Kind, Last, Nth};
use crate::languages::generic::rules::{Rule, TypeRule, TypeRuleRow};
use crate::languages::generic::semantics::{self, Rules};
use crate::languages::generic::{Function, Grammar, Table, Tests, Type, Visibility, Walker};
use crate::languages::language::{BuiltinResult, View};
use qf_graph::facts::{
    DefinitionFlags, Expression, ExpressionId, ImportKind, ParameterKind, ReferenceFlags,
    ScopeKind, SymbolKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_scala::LANGUAGE.into());

/// Scala.
pub static SCALA: Table = Table {
    name: "scala",
    extensions: &["scala", "sc", "sbt"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("comment", Rule::Comment),
        ("block_comment", Rule::Comment),
        ("package_clause", Rule::Custom(package)),
        ("import_declaration", Rule::Custom(import)),
        ("class_definition", Rule::Custom(class)),
        ("object_definition", Rule::Custom(class)),
        ("package_object", Rule::Custom(class)),
        ("trait_definition", Rule::Custom(class)),
        ("enum_definition", Rule::Custom(class)),
        ("simple_enum_case", Rule::EnumMember(Field("name"))),
        (
            "full_enum_case",
            Rule::Type(TypeRuleRow { parameters: Field("class_parameters"), ..TypeRuleRow::USUAL }),
        ),
        ("function_definition", Rule::Custom(function)),
        ("function_declaration", Rule::Custom(function)),
        (
            "val_definition",
            Rule::Variable(SymbolKind::Variable, Field("pattern"), Field("type"), Field("value")),
        ),
        (
            "var_definition",
            Rule::Variable(SymbolKind::Variable, Field("pattern"), Field("type"), Field("value")),
        ),
        (
            "val_declaration",
            Rule::Variable(SymbolKind::Variable, Field("name"), Field("type"), At::None),
        ),
        (
            "var_declaration",
            Rule::Variable(SymbolKind::Variable, Field("name"), Field("type"), At::None),
        ),
        (
            "given_definition",
            Rule::Variable(
                SymbolKind::Variable,
                Field("name"),
                Field("return_type"),
                Field("body"),
            ),
        ),
        ("type_definition", Rule::Alias(Field("name"), Field("type"))),
        (
            "class_parameter",
            Rule::Parameter(
                Field("name"),
                Field("type"),
                Field("default_value"),
                ParameterKind::Plain,
            ),
        ),
        (
            "parameter",
            Rule::Parameter(
                Field("name"),
                Field("type"),
                Field("default_value"),
                ParameterKind::Plain,
            ),
        ),
        ("binding", Rule::Parameter(Field("name"), Field("type"), At::None, ParameterKind::Plain)),
        ("block", Rule::BlockSequence),
        ("indented_block", Rule::BlockSequence),
        ("template_body", Rule::Children),
        ("with_template_body", Rule::Children),
        ("enum_body", Rule::Children),
        ("identifier", Rule::Name),
        ("operator_identifier", Rule::Skip),
        ("wildcard", Rule::Skip),
        ("field_expression", Rule::Member(Field("value"), Field("field"))),
        ("call_expression", Rule::Custom(call)),
        ("generic_function", Rule::Applied(Field("function"), Field("type_arguments"))),
        ("instance_expression", Rule::New(Nth(0), Kind(&["arguments"]))),
        ("assignment_expression", Rule::Assign(Field("left"), Field("right"))),
        ("infix_expression", Rule::Custom(infix)),
        ("lambda_expression", Rule::Lambda(Field("parameters"), Last)),
        ("case_clause", Rule::Custom(case)),
        ("typed_pattern", Rule::TypedLocal(Field("type"), Field("pattern"))),
        ("tuple_pattern", Rule::Pattern),
        ("case_class_pattern", Rule::Custom(class_pattern)),
        ("capture_pattern", Rule::Custom(capture)),
        ("for_expression", Rule::Custom(comprehension)),
        ("if_expression", Rule::Either(&["consequence", "alternative"])),
        ("match_expression", Rule::Children),
        ("parenthesized_expression", Rule::Transparent),
        ("ascription_expression", Rule::Cast(Last, Nth(0))),
        ("return_expression", Rule::Return),
        ("string", Rule::Text),
        (
            "interpolated_string_expression",
            Rule::Inner(Kind(&["interpolated_string", "interpolated_verbatim_string"])),
        ),
        ("interpolated_string", Rule::Text),
        ("interpolation", Rule::Transparent),
        ("escape_sequence", Rule::TextPart),
        ("integer_literal", Rule::Literal("int")),
        ("floating_point_literal", Rule::Literal("float")),
        ("boolean_literal", Rule::Literal("bool")),
        ("character_literal", Rule::Literal("str")),
        ("null_literal", Rule::Skip),
        ("unit", Rule::Skip),
        ("modifiers", Rule::Modifier),
        ("access_modifier", Rule::Modifier),
        ("annotation", Rule::Decorator(Field("name"), Field("arguments"))),
        ("type_arguments", Rule::Custom(mention_type)),
        ("type_identifier", Rule::Custom(mention_type)),
        ("generic_type", Rule::Custom(mention_type)),
        ("type_parameters", Rule::Skip),
    ],
    types: &[
        ("type_identifier", TypeRule::Named),
        ("generic_type", TypeRule::Generic(Field("type"), Field("type_arguments"))),
        ("stable_type_identifier", TypeRule::Path),
        ("projected_type", TypeRule::Path),
        ("repeated_parameter_type", TypeRule::List),
        ("lazy_parameter_type", TypeRule::Children),
        ("function_type", TypeRule::Function),
        ("compound_type", TypeRule::Either),
        ("infix_type", TypeRule::Children),
        ("singleton_type", TypeRule::Path),
        ("annotated_type", TypeRule::Children),
        ("arguments", TypeRule::Skip),
        ("operator_identifier", TypeRule::Skip),
        ("identifier", TypeRule::Named),
    ],
    primitives: &[
        ("Unit", ""),
        ("Any", ""),
        ("AnyRef", ""),
        ("AnyVal", ""),
        ("Nothing", ""),
        ("Null", ""),
        ("String", "str"),
        ("Char", "str"),
        ("Int", "int"),
        ("Long", "int"),
        ("Short", "int"),
        ("Byte", "int"),
        ("BigInt", "int"),
        ("Float", "float"),
        ("Double", "float"),
        ("BigDecimal", "float"),
        ("Boolean", "bool"),
        ("Option", "list"),
        ("List", "list"),
        ("Seq", "list"),
        ("IndexedSeq", "list"),
        ("Vector", "list"),
        ("Array", "list"),
        ("Iterable", "list"),
        ("Iterator", "list"),
        ("ListBuffer", "list"),
        ("ArrayBuffer", "list"),
        ("Buffer", "list"),
        ("LazyList", "list"),
        ("Set", "set"),
        ("HashSet", "set"),
        ("Map", "dict"),
        ("HashMap", "dict"),
        ("TrieMap", "dict"),
    ],
    visibility: Visibility::Without(&["private"]),
    constructors: &["this"],
    this: &["this"],
    assignment_names_argument: true,
    name_hook: Some(super_name),
    mutators: &[
        "+=", "++=", "-=", "addOne", "append", "clear", "dequeue", "enqueue", "insert", "prepend",
        "put", "remove", "update",
    ],
    tests: Tests {
        decorators: &["Test"],
        bases: &[
            "AnyFlatSpec",
            "AnyFunSpec",
            "AnyFunSuite",
            "AnyWordSpec",
            "FlatSpec",
            "FunSuite",
            "FunSpec",
            "WordSpec",
            "AnyFreeSpec",
            "Specification",
            "PropSpec",
            "AsyncFlatSpec",
            "AsyncFunSuite",
            "TestSuite",
            "ZIOSpecDefault",
            "CatsEffectSuite",
        ],
        prefixes: &["test"],
        free: false,
    },
    semantics: &RULES,
    ..Table::EMPTY
};

fn package(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else { return ExpressionId::UNKNOWN };
    let text: String = walker.text(name).split_whitespace().collect();
    if let Some(body) = Field("body").find(node) {
        walker.in_namespace(node, name, body);
    } else {
        // `package a` and `package b` below each other mean `a.b`.
        let outer = walker.notes.insert("package".to_owned(), 0).is_some();
        let full = match (outer, walker.package.is_empty()) {
            (true, false) => format!("{}.{text}", walker.package),
            _ => text,
        };
        walker.out.set_package(&full);
        walker.package = full;
    }
    ExpressionId::UNKNOWN
}

/// `import a.b.{C => D, E, _}`.
fn import(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let mut cursor = node.walk();
    let path: Vec<&str> = node
        .children_by_field_name("path", &mut cursor)
        .filter(tree_sitter::Node::is_named)
        .map(|part| walker.text(part))
        .collect();
    let span = range(node);
    if Kind(&["namespace_wildcard"]).find(node).is_some() {
        walker.out.import(&path.join("."), None, None, ImportKind::Star, 0, false, span);
        return ExpressionId::UNKNOWN;
    }
    if let Some(selectors) = Kind(&["namespace_selectors"]).find(node) {
        let module = path.join(".");
        let mut cursor = selectors.walk();
        for selector in selectors.named_children(&mut cursor) {
            match selector.kind() {
                "namespace_wildcard" | "wildcard" => {
                    walker.out.import(
                        &module,
                        None,
                        None,
                        ImportKind::Star,
                        0,
                        false,
                        range(selector),
                    );
                }
                "identifier" => {
                    let item = walker.text(selector);
                    walker.out.import(
                        &module,
                        Some(item),
                        Some(item),
                        ImportKind::Item,
                        0,
                        false,
                        range(selector),
                    );
                }
                _ => {
                    let item = Field("name").find(selector).map_or("", |name| walker.text(name));
                    let alias =
                        Field("alias").find(selector).map_or(item, |alias| walker.text(alias));
                    walker.out.import(
                        &module,
                        Some(item),
                        Some(alias),
                        ImportKind::Item,
                        0,
                        false,
                        range(selector),
                    );
                }
            }
        }
        return ExpressionId::UNKNOWN;
    }
    if let Some((item, module)) = path.split_last() {
        walker.out.import(
            &module.join("."),
            Some(item),
            Some(item),
            ImportKind::Item,
            0,
            false,
            span,
        );
    }
    ExpressionId::UNKNOWN
}

fn class(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let kind = match node.kind() {
        "trait_definition" => SymbolKind::Interface,
        "enum_definition" => SymbolKind::Enum,
        _ => SymbolKind::Class,
    };
    let mut found = Type::named(walker.name_of(name), range(name), kind);
    found.bases.extend(Field("extend").find(node));
    found.body = Field("body").find(node);
    found.parameters.extend(Field("class_parameters").find(node));
    found.done.push(name);
    let is_object = matches!(node.kind(), "object_definition" | "package_object");
    if is_object {
        found.flags |= DefinitionFlags::STATIC;
        walker.notes.insert("static".to_owned(), 1);
    }
    let before = if is_object { None } else { walker.notes.remove("static") };
    walker.type_definition(node, &found);
    if is_object {
        walker.notes.remove("static");
    } else if let Some(before) = before {
        walker.notes.insert("static".to_owned(), before);
    }
    ExpressionId::UNKNOWN
}

fn function(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let mut function = Function::named(walker.name_of(name), range(name));
    let mut cursor = node.walk();
    function.parameters.extend(node.children_by_field_name("parameters", &mut cursor));
    function.result = Field("return_type").find(node);
    function.body = Field("body").find(node);
    function.done.push(name);
    if function.body.is_none() {
        function.flags |= DefinitionFlags::ABSTRACT;
    }
    walker.function(node, &function);
    ExpressionId::UNKNOWN
}

fn super_name(walker: &mut Walker<'_, '_>, node: Node<'_>) -> Option<ExpressionId> {
    (walker.text(node) == "super").then(|| walker.super_part())
}

/// `a op b`: an assignment when the operator ends in `=`, else a call of a method by its name.
fn infix(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(left), Some(operator), Some(right)) =
        (Field("left").find(node), Field("operator").find(node), Field("right").find(node))
    else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let text = walker.text(operator);
    if text.len() > 1
        && text.ends_with('=')
        && !matches!(text, "==" | "!=" | "<=" | ">=" | "===" | "=!=")
    {
        let value = walker.visit(right);
        walker.target(left, Some(value), ReferenceFlags::AUGMENTED);
        return ExpressionId::UNKNOWN;
    }
    if text.chars().all(|c| c.is_alphanumeric() || c == '_') {
        let base = walker.visit(left);
        let value = walker.visit(right);
        let callee = walker.member_callee(base, operator);
        return walker.note_call(callee, &[value], ReferenceFlags::empty(), None);
    }
    walker.binary(node, Field("left"), Field("right"))
}

/// Calls; `test("title") { … }` is a test.
fn call(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(target) = Field("function").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let list = Field("arguments").find(node);
    if target.kind() == "call_expression" && list.is_some_and(|list| list.kind() == "block") {
        let name = Field("function").find(target).map_or("", |name| walker.text(name));
        let title = Field("arguments").find(target).and_then(|list| Nth(0).find(list));
        if matches!(name, "test" | "it" | "property") && walker.test_call(node, title, list) {
            return ExpressionId::UNKNOWN;
        }
    }
    let callee = walker.callee(target);
    walker.finish_call(node, callee, Some(target), list, ReferenceFlags::empty())
}

/// `case pattern if guard => body` has names of its own.
fn case(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.out.open_scope(ScopeKind::Block, None);
    let pattern = Field("pattern").find(node);
    if let Some(pattern) = pattern {
        pattern_names(walker, pattern);
    }
    let done: Vec<Node<'_>> = pattern.into_iter().collect();
    let value = walker.children_except(node, &done);
    walker.out.close_scope();
    value
}

fn pattern_names(walker: &mut Walker<'_, '_>, pattern: Node<'_>) {
    match pattern.kind() {
        "identifier" if walker.text(pattern).starts_with(char::is_lowercase) => {
            walker.bind_pattern(pattern, ExpressionId::UNKNOWN);
        }
        "tuple_pattern" | "alternative_pattern" => {
            let mut cursor = pattern.walk();
            for child in pattern.named_children(&mut cursor) {
                pattern_names(walker, child);
            }
        }
        _ => {
            walker.visit(pattern);
        }
    }
}

/// `Foo(a, b)`.
fn class_pattern(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if let Some(class) = Field("type").find(node) {
        walker.type_of(class);
    }
    let mut cursor = node.walk();
    for part in node.children_by_field_name("pattern", &mut cursor) {
        pattern_names(walker, part);
    }
    ExpressionId::UNKNOWN
}

/// `name @ pattern`.
fn capture(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let value =
        Field("pattern").find(node).map_or(ExpressionId::UNKNOWN, |pattern| walker.visit(pattern));
    if let Some(name) = Field("name").find(node) {
        walker.bind_pattern(name, value);
    }
    value
}

/// `for (a <- as; b = a.c) yield e`.
fn comprehension(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.out.open_scope(ScopeKind::Block, None);
    if let Some(list) = Kind(&["enumerators"]).find(node) {
        let mut cursor = list.walk();
        for enumerator in list.named_children(&mut cursor) {
            let (Some(pattern), Some(over)) = (Nth(0).find(enumerator), Nth(1).find(enumerator))
            else {
                walker.visit(enumerator);
                continue;
            };
            let value = walker.visit(over);
            let taken = walker.text(enumerator).contains("<-");
            let bound = if taken && value != ExpressionId::UNKNOWN {
                walker.out.expression(Expression::Element(value))
            } else {
                value
            };
            walker.bind_pattern(pattern, bound);
        }
    }
    let body = walker.visit_at(node, Field("body"));
    walker.out.close_scope();
    walker.out.collection(qf_graph::facts::CollectionKind::List, &[body])
}

static RULES: Rules = Rules {
    namespaces: |path, facts, _| semantics::by_package(path, facts, "."),
    candidates: semantics::by_dotted,
    separator: ".",
    members_visible: true,
    class_call_constructs: true,
    builtins: &[
        "App",
        "Either",
        "Exception",
        "Failure",
        "Function1",
        "Future",
        "IllegalArgumentException",
        "IllegalStateException",
        "Left",
        "Nil",
        "None",
        "Option",
        "Ordering",
        "Predef",
        "Product",
        "Right",
        "RuntimeException",
        "Serializable",
        "Some",
        "Success",
        "System",
        "Throwable",
        "Try",
        "UnsupportedOperationException",
        "assert",
        "assume",
        "classOf",
        "identity",
        "implicitly",
        "locally",
        "print",
        "printf",
        "println",
        "require",
        "summon",
        "throw",
    ],
    calls: &[
        ("Array", "list"),
        ("List", "list"),
        ("Map", "dict"),
        ("Option", "list"),
        ("Seq", "list"),
        ("Set", "set"),
        ("Some", "list"),
        ("Vector", "list"),
    ],
    members: MEMBERS,
    iteration: View::Pairs,
    common: COMMON,
    standard: |module| matches!(module.split('.').next().unwrap_or(""), "scala" | "java" | "javax"),
    tests: |path| {
        let stem = semantics::stem(path);
        stem.ends_with("Spec")
            || stem.ends_with("Test")
            || stem.ends_with("Suite")
            || path.contains("src/test/")
            || semantics::test_folder(path)
    },
    ..Rules::EMPTY
};

const COMMON: &[&str] = &[
    "add",
    "andThen",
    "append",
    "apply",
    "asJava",
    "asScala",
    "canEqual",
    "close",
    "collect",
    "collectFirst",
    "compare",
    "compose",
    "contains",
    "copy",
    "count",
    "create",
    "delete",
    "distinct",
    "drop",
    "dropWhile",
    "equals",
    "execute",
    "exists",
    "filter",
    "filterNot",
    "find",
    "flatMap",
    "flatten",
    "fold",
    "foldLeft",
    "foldRight",
    "forall",
    "foreach",
    "format",
    "get",
    "getOrElse",
    "groupBy",
    "hashCode",
    "head",
    "headOption",
    "indexOf",
    "insert",
    "isDefined",
    "isEmpty",
    "iterator",
    "join",
    "keys",
    "last",
    "lastOption",
    "length",
    "load",
    "map",
    "max",
    "min",
    "mkString",
    "next",
    "nonEmpty",
    "onComplete",
    "open",
    "orElse",
    "parse",
    "partition",
    "path",
    "post",
    "put",
    "read",
    "recover",
    "reduce",
    "remove",
    "replace",
    "reverse",
    "run",
    "save",
    "scan",
    "send",
    "set",
    "size",
    "slice",
    "sortBy",
    "sorted",
    "split",
    "start",
    "stop",
    "sum",
    "tail",
    "take",
    "takeWhile",
    "tap",
    "toInt",
    "toList",
    "toMap",
    "toSeq",
    "toSet",
    "toString",
    "traverse",
    "trim",
    "unapply",
    "update",
    "value",
    "values",
    "withFilter",
    "write",
    "zip",
    "zipWithIndex",
];

use BuiltinResult::{Element, Flattened, Mapped, Receiver, Seen, Type as Is, Unknown};
const MEMBERS: &[(&str, &str, BuiltinResult)] = &[
    ("dict", "apply", Element),
    ("dict", "contains", Is("bool")),
    ("dict", "filter", Receiver),
    ("dict", "foreach", Unknown),
    ("dict", "get", Element),
    ("dict", "getOrElse", Element),
    ("dict", "isEmpty", Is("bool")),
    ("dict", "keys", Seen(View::Keys)),
    ("dict", "map", Mapped),
    ("dict", "put", Unknown),
    ("dict", "remove", Element),
    ("dict", "size", Is("int")),
    ("dict", "toList", Is("list")),
    ("dict", "updated", Receiver),
    ("dict", "values", Seen(View::Values)),
    ("list", "apply", Element),
    ("list", "collect", Is("list")),
    ("list", "collectFirst", Unknown),
    ("list", "contains", Is("bool")),
    ("list", "count", Is("int")),
    ("list", "distinct", Receiver),
    ("list", "drop", Receiver),
    ("list", "exists", Is("bool")),
    ("list", "filter", Receiver),
    ("list", "filterNot", Receiver),
    ("list", "find", Receiver),
    ("list", "flatMap", Flattened),
    ("list", "flatten", Is("list")),
    ("list", "fold", Unknown),
    ("list", "foldLeft", Unknown),
    ("list", "forall", Is("bool")),
    ("list", "foreach", Unknown),
    ("list", "get", Element),
    ("list", "getOrElse", Element),
    ("list", "groupBy", Is("dict")),
    ("list", "head", Element),
    ("list", "headOption", Receiver),
    ("list", "indexOf", Is("int")),
    ("list", "isDefined", Is("bool")),
    ("list", "isEmpty", Is("bool")),
    ("list", "last", Element),
    ("list", "lastOption", Receiver),
    ("list", "length", Is("int")),
    ("list", "map", Mapped),
    ("list", "max", Element),
    ("list", "min", Element),
    ("list", "mkString", Is("str")),
    ("list", "nonEmpty", Is("bool")),
    ("list", "orElse", Receiver),
    ("list", "partition", Unknown),
    ("list", "reduce", Element),
    ("list", "reverse", Receiver),
    ("list", "size", Is("int")),
    ("list", "sortBy", Receiver),
    ("list", "sorted", Receiver),
    ("list", "sum", Unknown),
    ("list", "tail", Receiver),
    ("list", "take", Receiver),
    ("list", "toList", Receiver),
    ("list", "toMap", Is("dict")),
    ("list", "toSeq", Receiver),
    ("list", "toSet", Is("set")),
    ("list", "zip", Is("list")),
    ("list", "zipWithIndex", Is("list")),
    ("set", "contains", Is("bool")),
    ("set", "isEmpty", Is("bool")),
    ("set", "map", Is("set")),
    ("set", "size", Is("int")),
    ("str", "charAt", Is("str")),
    ("str", "contains", Is("bool")),
    ("str", "endsWith", Is("bool")),
    ("str", "format", Is("str")),
    ("str", "indexOf", Is("int")),
    ("str", "isEmpty", Is("bool")),
    ("str", "length", Is("int")),
    ("str", "nonEmpty", Is("bool")),
    ("str", "replace", Is("str")),
    ("str", "split", Is("list")),
    ("str", "startsWith", Is("bool")),
    ("str", "stripMargin", Is("str")),
    ("str", "substring", Is("str")),
    ("str", "toInt", Is("int")),
    ("str", "toLowerCase", Is("str")),
    ("str", "toUpperCase", Is("str")),
    ("str", "trim", Is("str")),
];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}
