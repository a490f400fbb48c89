//! Kotlin: packages of files, primary constructors, companions and extension functions.
//!
//! The grammar names few of its fields, so parts are found by their kinds. A companion's members
//! are members of its class that need no instance; a property with code is a method that is read
//! and written like a field; an extension function is a member of its receiver's type as well.

use crate::extract::builder::range;
use crate::languages::generic::hooks::mention_type;
use crate::languages::generic::rules::At::{self, Deep, Field, Kind, Last, Nth};
use crate::languages::generic::rules::{Rule, TypeRule};
use crate::languages::generic::semantics::{self, Rules};
use crate::languages::generic::{Function, Grammar, Table, Tests, Type, Visibility, Walker};
use crate::languages::language::{BuiltinResult, View};
use qf_graph::facts::{
    CollectionKind, DefinitionFlags, Expression, ExpressionId, ImportKind, ParameterKind,
    ReferenceFlags, SymbolKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_kotlin_ng::LANGUAGE.into());

const TYPES: &[&str] = &[
    "user_type",
    "nullable_type",
    "function_type",
    "parenthesized_type",
    "non_nullable_type",
    "dynamic",
];

/// Kotlin.
pub static KOTLIN: Table = Table {
    name: "kotlin",
    extensions: &["kt", "kts"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("line_comment", Rule::Comment),
        ("block_comment", Rule::Comment),
        ("shebang", Rule::Skip),
        ("package_header", Rule::Custom(package)),
        ("import", Rule::Custom(import)),
        ("class_declaration", Rule::Custom(class)),
        ("object_declaration", Rule::Custom(class)),
        ("companion_object", Rule::Custom(companion)),
        ("object_literal", Rule::Custom(object_literal)),
        ("enum_entry", Rule::EnumMember(Kind(&["identifier"]))),
        ("function_declaration", Rule::Custom(function)),
        ("secondary_constructor", Rule::Custom(constructor)),
        ("anonymous_initializer", Rule::Block),
        ("property_declaration", Rule::Custom(property)),
        (
            "class_parameter",
            Rule::Parameter(Kind(&["identifier"]), Kind(TYPES), Last, ParameterKind::Plain),
        ),
        (
            "parameter",
            Rule::Parameter(Kind(&["identifier"]), Kind(TYPES), At::None, ParameterKind::Plain),
        ),
        ("parameter_modifiers", Rule::Modifiers),
        (
            "variable_declaration",
            Rule::Parameter(Kind(&["identifier"]), Kind(TYPES), At::None, ParameterKind::Plain),
        ),
        ("multi_variable_declaration", Rule::Pattern),
        ("function_body", Rule::Transparent),
        ("block", Rule::Block),
        ("return_expression", Rule::Return),
        ("identifier", Rule::Name),
        ("this_expression", Rule::This),
        ("super_expression", Rule::Super),
        ("user_type", Rule::Custom(mention_type)),
        ("nullable_type", Rule::Custom(mention_type)),
        ("function_type", Rule::Custom(mention_type)),
        ("navigation_expression", Rule::Member(Nth(0), Last)),
        ("callable_reference", Rule::Member(Nth(0), Last)),
        ("call_expression", Rule::Custom(call)),
        ("value_argument", Rule::Argument(Nth(0), Last)),
        ("annotated_lambda", Rule::Transparent),
        ("lambda_literal", Rule::Lambda(Kind(&["lambda_parameters"]), At::None)),
        (
            "anonymous_function",
            Rule::Lambda(Kind(&["function_value_parameters"]), Kind(&["function_body"])),
        ),
        ("index_expression", Rule::Index(Nth(0), Nth(1))),
        ("assignment", Rule::Assign(Field("left"), Field("right"))),
        ("unary_expression", Rule::Update(Field("argument"))),
        ("binary_expression", Rule::Binary(Field("left"), Field("right"))),
        ("as_expression", Rule::Cast(Field("right"), Field("left"))),
        ("parenthesized_expression", Rule::Transparent),
        (
            "for_statement",
            Rule::Loop(
                Kind(&["variable_declaration", "multi_variable_declaration"]),
                At::None,
                Nth(1),
            ),
        ),
        ("catch_block", Rule::Catch(Kind(&["identifier"]), Kind(TYPES))),
        ("string_literal", Rule::Text),
        ("multiline_string_literal", Rule::Text),
        ("string_content", Rule::TextPart),
        ("escape_sequence", Rule::TextPart),
        ("interpolation", Rule::Transparent),
        ("number_literal", Rule::Literal("int")),
        ("float_literal", Rule::Literal("float")),
        ("boolean_literal", Rule::Literal("bool")),
        ("character_literal", Rule::Literal("str")),
        ("collection_literal", Rule::Collection(CollectionKind::List)),
        ("modifiers", Rule::Modifiers),
        ("annotation", Rule::Decorator(Nth(0), Deep(&["value_arguments"]))),
        ("file_annotation", Rule::Skip),
        ("visibility_modifier", Rule::Modifier),
        ("class_modifier", Rule::Modifier),
        ("inheritance_modifier", Rule::Modifier),
        ("member_modifier", Rule::Modifier),
        ("function_modifier", Rule::Modifier),
        ("property_modifier", Rule::Modifier),
        ("parameter_modifier", Rule::Modifier),
        ("platform_modifier", Rule::Modifier),
        ("type_alias", Rule::Alias(Field("type"), Kind(TYPES))),
        ("type_constraints", Rule::Skip),
        ("label", Rule::Skip),
    ],
    types: &[
        ("user_type", TypeRule::UserType),
        ("identifier", TypeRule::Named),
        ("nullable_type", TypeRule::Inner(Nth(0))),
        ("non_nullable_type", TypeRule::Inner(Nth(0))),
        ("function_type", TypeRule::Function),
        ("delegation_specifier", TypeRule::Inner(Nth(0))),
        ("constructor_invocation", TypeRule::Custom(base_call)),
        ("explicit_delegation", TypeRule::Inner(Nth(0))),
        ("type_projection", TypeRule::Inner(Kind(TYPES))),
        ("modifiers", TypeRule::Skip),
    ],
    primitives: PRIMITIVES,
    visibility: Visibility::Without(&["private"]),
    mutators: &[
        "add",
        "addAll",
        "addFirst",
        "addLast",
        "clear",
        "getOrPut",
        "put",
        "putAll",
        "remove",
        "removeAll",
        "removeAt",
        "removeFirst",
        "removeIf",
        "removeLast",
        "retainAll",
        "reverse",
        "shuffle",
        "sort",
        "sortBy",
    ],
    tests: Tests {
        decorators: &["Test", "ParameterizedTest", "RepeatedTest", "TestFactory"],
        bases: &[],
        prefixes: &[],
        free: false,
    },
    implicit_parameter: "it",
    semantics: &RULES,
    ..Table::EMPTY
};

const PRIMITIVES: &[(&str, &str)] = &[
    ("Unit", ""),
    ("Any", ""),
    ("Nothing", ""),
    ("String", "str"),
    ("CharSequence", "str"),
    ("Char", "str"),
    ("Int", "int"),
    ("Long", "int"),
    ("Short", "int"),
    ("Byte", "int"),
    ("UInt", "int"),
    ("ULong", "int"),
    ("Float", "float"),
    ("Double", "float"),
    ("Boolean", "bool"),
    ("ByteArray", "bytes"),
    ("List", "list"),
    ("MutableList", "list"),
    ("ArrayList", "list"),
    ("Array", "list"),
    ("Collection", "list"),
    ("MutableCollection", "list"),
    ("Iterable", "list"),
    ("Sequence", "list"),
    ("ArrayDeque", "list"),
    ("Set", "set"),
    ("MutableSet", "set"),
    ("HashSet", "set"),
    ("Map", "dict"),
    ("MutableMap", "dict"),
    ("HashMap", "dict"),
    ("LinkedHashMap", "dict"),
];

fn package(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if let Some(name) = Nth(0).find(node) {
        let text = walker.text(name);
        walker.out.set_package(text);
    }
    ExpressionId::UNKNOWN
}

/// `import a.b.C`, `import a.b.*`, `import a.b.C as D`.
fn import(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(path) = Nth(0).find(node) else { return ExpressionId::UNKNOWN };
    let (text, span) = (walker.text(path), range(path));
    if walker.text(node).trim_end().ends_with(".*") {
        walker.out.import(text, None, None, ImportKind::Star, 0, false, span);
        return ExpressionId::UNKNOWN;
    }
    let Some((module, item)) = text.rsplit_once('.') else { return ExpressionId::UNKNOWN };
    let bound = Nth(1).find(node).map_or(item, |alias| walker.text(alias));
    walker.out.import(module, Some(item), Some(bound), ImportKind::Item, 0, false, span);
    ExpressionId::UNKNOWN
}

/// Classes, interfaces, enumerations and objects.
fn class(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let header = walker.words_before(node, name);
    let kind = if header.contains(&"interface") {
        SymbolKind::Interface
    } else if header.contains(&"enum") {
        SymbolKind::Enum
    } else {
        SymbolKind::Class
    };
    let mut found = Type::named(walker.name_of(name), range(name), kind);
    found.bases.extend(Kind(&["delegation_specifiers"]).find(node));
    found.body = Kind(&["class_body", "enum_class_body"]).find(node);
    let constructor = Kind(&["primary_constructor"]).find(node);
    found.parameters.extend(constructor.and_then(|node| Kind(&["class_parameters"]).find(node)));
    found.done.push(name);
    found.done.extend(constructor);
    let is_object = node.kind() == "object_declaration";
    if !is_object {
        let before = walker.notes.remove("static");
        walker.type_definition(node, &found);
        if let Some(before) = before {
            walker.notes.insert("static".to_owned(), before);
        }
        return ExpressionId::UNKNOWN;
    }
    // An object's members need no other instance.
    found.flags |= DefinitionFlags::STATIC;
    let before = walker.notes.insert("static".to_owned(), 1);
    walker.type_definition(node, &found);
    if before.is_none() {
        walker.notes.remove("static");
    }
    ExpressionId::UNKNOWN
}

/// A base with arguments calls its constructor.
fn base_call(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(written) = Nth(0).find(node) else { return ExpressionId::UNKNOWN };
    let class = walker.type_of(written);
    walker.inherit_nothing();
    if let Some(list) = Kind(&["value_arguments"]).find(node) {
        let values = walker.arguments(list);
        let made = walker.out.new_instance(class, &values);
        let (name, span) = walker.last_name_span(written);
        walker.out.call_reference(name, span, made, ReferenceFlags::empty());
    }
    class
}

/// Members of a companion are members of the class that need no instance.
fn companion(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let before = walker.notes.insert("static".to_owned(), 1);
    if let Some(body) = Kind(&["class_body"]).find(node) {
        walker.children(body);
    }
    if before.is_none() {
        walker.notes.remove("static");
    }
    ExpressionId::UNKNOWN
}

/// `object : Listener { … }`.
fn object_literal(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let at = range(node).start;
    let span = qf_graph::facts::ByteRange { start: at, end: at };
    let mut found = Type::named("", span, SymbolKind::Class);
    found.bases.extend(Kind(&["delegation_specifiers"]).find(node));
    found.body = Kind(&["class_body"]).find(node);
    let id = walker.type_definition(node, &found);
    let class = walker.out.expression(Expression::Definition(id));
    walker.instance_of(class)
}

fn function(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let mut function = Function::named(walker.name_of(name), range(name));
    let mut receiver = None;
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor).filter(|child| TYPES.contains(&child.kind())) {
        if child.start_byte() < name.start_byte() {
            receiver = Some(child);
        } else {
            function.result = function.result.or(Some(child));
        }
    }
    function.parameters.extend(Kind(&["function_value_parameters"]).find(node));
    function.body = Kind(&["function_body"]).find(node);
    function.done.push(name);
    function.done.extend(receiver);
    let target = receiver.map(|receiver| walker.type_of(receiver));
    let body_scope = target.filter(|target| {
        !matches!(walker.out.peek(*target), Expression::Unknown | Expression::Builtin(_))
    });
    // `this` inside an extension function is the receiver.
    let scope = body_scope.map(|target| walker.out.extension(target, None));
    let id = walker.function(node, &function);
    if scope.is_some() {
        walker.out.close_scope();
        let outer = walker.out.function_scope();
        walker.out.bind_definition(outer, id);
    }
    ExpressionId::UNKNOWN
}

fn constructor(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let title = walker.open_type_name();
    let at = range(node).start;
    let word = qf_graph::facts::ByteRange { start: at, end: at + "constructor".len() as u32 };
    let mut function = Function::named("", word);
    function.kind = SymbolKind::Constructor;
    function.flags = DefinitionFlags::EXPORTED;
    function.parameters.extend(Kind(&["function_value_parameters"]).find(node));
    function.body = Kind(&["block"]).find(node);
    walker.titled_function(node, &title, &function);
    ExpressionId::UNKNOWN
}

/// Properties: fields, or methods when they have code; locals inside functions.
fn property(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(declared) = Kind(&["variable_declaration", "multi_variable_declaration"]).find(node)
    else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let mut cursor = node.walk();
    let value = node.named_children(&mut cursor).find(|child| {
        child.start_byte() > declared.start_byte()
            && !matches!(
                child.kind(),
                "getter" | "setter" | "property_delegate" | "type_constraints"
            )
            && !child.is_extra()
    });
    let delegate = Kind(&["property_delegate"]).find(node);
    if declared.kind() == "multi_variable_declaration" {
        let value = value.map_or(ExpressionId::UNKNOWN, |value| walker.visit(value));
        walker.bind_pattern(declared, value);
        return ExpressionId::UNKNOWN;
    }
    let Some(name) = Kind(&["identifier"]).find(declared) else { return ExpressionId::UNKNOWN };
    let class = Kind(TYPES).find(declared);
    let getter = Kind(&["getter"]).find(node);
    if let (Some(getter), None) = (getter, value) {
        let mut function = Function::named(walker.name_of(name), range(name));
        function.flags = DefinitionFlags::PROPERTY;
        function.result = class;
        function.body = Kind(&["function_body"]).find(getter);
        function.done.extend([declared, getter]);
        walker.function(node, &function);
        return ExpressionId::UNKNOWN;
    }
    let constant = walker.words_before(node, name).contains(&"const");
    let kind = if constant { SymbolKind::Constant } else { SymbolKind::Variable };
    let delegated = delegate.and_then(|delegate| Nth(0).find(delegate));
    walker.declare(node, name, kind, class, value.or(delegated));
    for accessor in [Kind(&["getter"]), Kind(&["setter"])] {
        if let Some(accessor) = accessor.find(node) {
            walker.out.open_scope(qf_graph::facts::ScopeKind::Block, None);
            if let Some(parameter) = Kind(&["identifier"]).find(accessor) {
                walker.bind_pattern(parameter, ExpressionId::UNKNOWN);
            }
            walker.visit_at(accessor, Kind(&["function_body"]));
            walker.out.close_scope();
        }
    }
    ExpressionId::UNKNOWN
}

/// Calls; a trailing lambda behind a call belongs to it, `lazy { e }` gives what is in it.
fn call(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(target) = Nth(0).find(node) else { return ExpressionId::UNKNOWN };
    let lambda = Kind(&["annotated_lambda"]).find(node);
    if let ("call_expression", Some(lambda)) = (target.kind(), lambda) {
        let value = walker.visit(target);
        walker.visit(lambda);
        return value;
    }
    let callee = walker.callee(target);
    let list = Kind(&["value_arguments"]).find(node);
    walker.finish_call(node, callee, Some(target), list, ReferenceFlags::empty())
}

static RULES: Rules = Rules {
    namespaces: |path, facts, _| semantics::by_package(path, facts, "."),
    candidates: semantics::by_dotted,
    separator: ".",
    members_visible: true,
    class_call_constructs: true,
    builtins: &[
        "AssertionError",
        "Closeable",
        "Comparable",
        "Comparator",
        "Enum",
        "Error",
        "Exception",
        "IllegalArgumentException",
        "IllegalStateException",
        "IndexOutOfBoundsException",
        "Iterable",
        "Iterator",
        "Math",
        "NoSuchElementException",
        "NullPointerException",
        "Number",
        "NumberFormatException",
        "Pair",
        "Regex",
        "Result",
        "RuntimeException",
        "StringBuilder",
        "Suppress",
        "System",
        "Thread",
        "Throwable",
        "Triple",
        "UnsupportedOperationException",
        "also",
        "apply",
        "arrayOf",
        "assert",
        "buildList",
        "buildMap",
        "buildString",
        "check",
        "checkNotNull",
        "emptyList",
        "emptyMap",
        "emptySet",
        "error",
        "field",
        "it",
        "lazy",
        "let",
        "listOf",
        "listOfNotNull",
        "mapOf",
        "maxOf",
        "minOf",
        "mutableListOf",
        "mutableMapOf",
        "mutableSetOf",
        "null",
        "print",
        "println",
        "readLine",
        "repeat",
        "require",
        "requireNotNull",
        "run",
        "runCatching",
        "sequence",
        "sequenceOf",
        "setOf",
        "synchronized",
        "takeIf",
        "to",
        "use",
        "with",
    ],
    calls: &[
        ("arrayOf", "list"),
        ("buildList", "list"),
        ("buildString", "str"),
        ("emptyList", "list"),
        ("emptyMap", "dict"),
        ("emptySet", "set"),
        ("listOf", "list"),
        ("listOfNotNull", "list"),
        ("mapOf", "dict"),
        ("mutableListOf", "list"),
        ("mutableMapOf", "dict"),
        ("mutableSetOf", "set"),
        ("setOf", "set"),
    ],
    members: MEMBERS,
    iteration: View::Entries,
    common: COMMON,
    standard: |module| {
        ["kotlin", "java", "javax", "kotlinx", "android", "androidx"]
            .contains(&module.split('.').next().unwrap_or(""))
    },
    tests: |path| {
        let stem = semantics::stem(path);
        stem.ends_with("Test")
            || stem.ends_with("Tests")
            || stem.ends_with("Spec")
            || path.contains("src/test/")
            || path.contains("src/androidTest/")
            || path.contains("Test/kotlin/")
            || semantics::test_folder(path)
    },
    ..Rules::EMPTY
};

const COMMON: &[&str] = &[
    "add",
    "addAll",
    "all",
    "also",
    "any",
    "append",
    "apply",
    "associate",
    "associateBy",
    "await",
    "build",
    "clear",
    "close",
    "collect",
    "compareTo",
    "component1",
    "component2",
    "contains",
    "containsKey",
    "copy",
    "count",
    "create",
    "delete",
    "distinct",
    "drop",
    "emit",
    "equals",
    "execute",
    "filter",
    "filterNotNull",
    "find",
    "first",
    "firstOrNull",
    "flatMap",
    "fold",
    "forEach",
    "format",
    "get",
    "getOrDefault",
    "getOrElse",
    "getOrNull",
    "getOrPut",
    "getValue",
    "groupBy",
    "hasNext",
    "hashCode",
    "indexOf",
    "insert",
    "invoke",
    "isEmpty",
    "isNotEmpty",
    "iterator",
    "join",
    "joinToString",
    "last",
    "lastOrNull",
    "launch",
    "let",
    "load",
    "lowercase",
    "map",
    "mapNotNull",
    "max",
    "min",
    "next",
    "none",
    "of",
    "open",
    "orEmpty",
    "parse",
    "plus",
    "post",
    "put",
    "putAll",
    "read",
    "reduce",
    "remove",
    "removeAt",
    "replace",
    "reversed",
    "run",
    "save",
    "send",
    "set",
    "setValue",
    "single",
    "size",
    "sort",
    "sortBy",
    "sortedBy",
    "split",
    "start",
    "startsWith",
    "stop",
    "submit",
    "substring",
    "sum",
    "sumOf",
    "take",
    "takeIf",
    "test",
    "toByteArray",
    "toInt",
    "toList",
    "toLong",
    "toMap",
    "toMutableList",
    "toSet",
    "toString",
    "trim",
    "update",
    "uppercase",
    "use",
    "value",
    "values",
    "with",
    "write",
    "zip",
];

use BuiltinResult::{Element, Flattened, Mapped, Receiver, Seen, Type as Is, Unknown};
const MEMBERS: &[(&str, &str, BuiltinResult)] = &[
    ("Entry", "key", Unknown),
    ("Entry", "value", Element),
    ("dict", "clear", Unknown),
    ("dict", "containsKey", Is("bool")),
    ("dict", "entries", Seen(View::Entries)),
    ("dict", "filter", Receiver),
    ("dict", "forEach", Unknown),
    ("dict", "get", Element),
    ("dict", "getOrDefault", Element),
    ("dict", "getOrElse", Element),
    ("dict", "getOrPut", Element),
    ("dict", "getValue", Element),
    ("dict", "isEmpty", Is("bool")),
    ("dict", "isNotEmpty", Is("bool")),
    ("dict", "keys", Seen(View::Keys)),
    ("dict", "map", Mapped),
    ("dict", "put", Element),
    ("dict", "putAll", Unknown),
    ("dict", "remove", Element),
    ("dict", "size", Is("int")),
    ("dict", "toMap", Receiver),
    ("dict", "toMutableMap", Receiver),
    ("dict", "values", Seen(View::Values)),
    ("list", "add", Is("bool")),
    ("list", "addAll", Is("bool")),
    ("list", "all", Is("bool")),
    ("list", "any", Is("bool")),
    ("list", "associate", Is("dict")),
    ("list", "associateBy", Is("dict")),
    ("list", "clear", Unknown),
    ("list", "contains", Is("bool")),
    ("list", "count", Is("int")),
    ("list", "distinct", Receiver),
    ("list", "drop", Receiver),
    ("list", "filter", Receiver),
    ("list", "filterNotNull", Receiver),
    ("list", "find", Element),
    ("list", "first", Element),
    ("list", "firstOrNull", Element),
    ("list", "flatMap", Flattened),
    ("list", "fold", Unknown),
    ("list", "forEach", Unknown),
    ("list", "get", Element),
    ("list", "getOrNull", Element),
    ("list", "groupBy", Is("dict")),
    ("list", "indexOf", Is("int")),
    ("list", "isEmpty", Is("bool")),
    ("list", "isNotEmpty", Is("bool")),
    ("list", "joinToString", Is("str")),
    ("list", "last", Element),
    ("list", "lastOrNull", Element),
    ("list", "map", Mapped),
    ("list", "mapNotNull", Mapped),
    ("list", "none", Is("bool")),
    ("list", "reduce", Element),
    ("list", "remove", Is("bool")),
    ("list", "removeAt", Element),
    ("list", "reversed", Receiver),
    ("list", "single", Element),
    ("list", "size", Is("int")),
    ("list", "sortedBy", Receiver),
    ("list", "sumOf", Unknown),
    ("list", "take", Receiver),
    ("list", "toList", Receiver),
    ("list", "toMutableList", Receiver),
    ("list", "toSet", Is("set")),
    ("list", "zip", Is("list")),
    ("set", "add", Is("bool")),
    ("set", "contains", Is("bool")),
    ("set", "forEach", Unknown),
    ("set", "isEmpty", Is("bool")),
    ("set", "map", Is("list")),
    ("set", "remove", Is("bool")),
    ("set", "size", Is("int")),
    ("str", "contains", Is("bool")),
    ("str", "endsWith", Is("bool")),
    ("str", "format", Is("str")),
    ("str", "indexOf", Is("int")),
    ("str", "isBlank", Is("bool")),
    ("str", "isEmpty", Is("bool")),
    ("str", "isNotBlank", Is("bool")),
    ("str", "isNotEmpty", Is("bool")),
    ("str", "length", Is("int")),
    ("str", "lines", Is("list")),
    ("str", "lowercase", Is("str")),
    ("str", "padStart", Is("str")),
    ("str", "removePrefix", Is("str")),
    ("str", "removeSuffix", Is("str")),
    ("str", "replace", Is("str")),
    ("str", "split", Is("list")),
    ("str", "startsWith", Is("bool")),
    ("str", "substring", Is("str")),
    ("str", "toByteArray", Is("bytes")),
    ("str", "toInt", Is("int")),
    ("str", "toIntOrNull", Is("int")),
    ("str", "toLong", Is("int")),
    ("str", "trim", Is("str")),
    ("str", "trimIndent", Is("str")),
    ("str", "uppercase", Is("str")),
];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}
