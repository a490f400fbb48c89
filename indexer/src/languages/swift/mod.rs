//! Swift: modules of files, extensions and optional bindings.
//!
//! All files of a target see each other, so a file's scope stands under its path and under the
//! folder of its target. `if let` and `guard let` bind what is inside an optional.

use crate::extract::builder::{NewDefinition, range};
use crate::languages::generic::hooks::mention_type;
use crate::languages::generic::rules::At::{self, Field, Kind, Nth};
use crate::languages::generic::rules::{Rule, TypeRule, TypeRuleRow};
use crate::languages::generic::semantics::{self, Rules};
use crate::languages::generic::{Function, Grammar, Table, Tests, Type, Visibility, Walker};
use crate::languages::language::{BuiltinResult, NamespaceKey, View};
use crate::layout::Layout;
use qf_graph::facts::{
    BindingValue, CollectionKind, DefinitionFlags, ExpressionId, FileFacts, Import, ImportKind,
    ParameterKind, ReferenceFlags, ScopeId, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_swift::LANGUAGE.into());

const TYPES: &[&str] = &[
    "user_type",
    "optional_type",
    "array_type",
    "dictionary_type",
    "function_type",
    "tuple_type",
    "opaque_type",
    "existential_type",
    "protocol_composition_type",
    "metatype",
    "implicitly_unwrapped_type",
];

/// Swift.
pub static SWIFT: Table = Table {
    name: "swift",
    extensions: &["swift"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("comment", Rule::Comment),
        ("multiline_comment", Rule::Comment),
        ("shebang_line", Rule::Skip),
        ("import_declaration", Rule::Custom(import)),
        ("class_declaration", Rule::Custom(class)),
        (
            "protocol_declaration",
            Rule::Type(TypeRuleRow {
                kind: SymbolKind::Interface,
                bases: &["inheritance_specifier"],
                ..TypeRuleRow::USUAL
            }),
        ),
        ("inheritance_specifier", Rule::Custom(mention_type)),
        ("enum_entry", Rule::Custom(enum_entry)),
        ("function_declaration", Rule::Custom(function)),
        ("protocol_function_declaration", Rule::Custom(function)),
        ("init_declaration", Rule::Custom(function)),
        ("subscript_declaration", Rule::Block),
        ("deinit_declaration", Rule::Block),
        ("property_declaration", Rule::Custom(property)),
        ("protocol_property_declaration", Rule::Custom(property)),
        ("parameter", Rule::Parameter(Field("name"), Kind(TYPES), At::None, ParameterKind::Plain)),
        (
            "lambda_parameter",
            Rule::Parameter(Field("name"), Kind(TYPES), At::None, ParameterKind::Plain),
        ),
        ("simple_identifier", Rule::Name),
        ("self_expression", Rule::This),
        ("super_expression", Rule::Super),
        ("navigation_expression", Rule::Member(Field("target"), Field("suffix"))),
        ("navigation_suffix", Rule::Applied(Field("suffix"), At::None)),
        ("prefix_expression", Rule::Inner(Field("target"))),
        ("postfix_expression", Rule::Inner(Field("target"))),
        ("optional_chaining_marker", Rule::Skip),
        ("bang", Rule::Skip),
        ("call_expression", Rule::Custom(call)),
        (
            "constructor_expression",
            Rule::New(Field("constructed_type"), Kind(&["constructor_suffix"])),
        ),
        ("value_argument", Rule::Argument(Field("name"), Field("value"))),
        ("assignment", Rule::Custom(assignment)),
        ("directly_assignable_expression", Rule::Transparent),
        ("lambda_literal", Rule::Lambda(Field("type"), Kind(&["statements"]))),
        ("function_body", Rule::Block),
        ("control_transfer_statement", Rule::Custom(transfer)),
        ("if_statement", Rule::Custom(if_let)),
        ("while_statement", Rule::Custom(if_let)),
        ("guard_statement", Rule::Custom(guard_let)),
        ("for_statement", Rule::Loop(Field("item"), At::None, Field("collection"))),
        ("switch_entry", Rule::Block),
        ("catch_block", Rule::Custom(catch)),
        ("do_statement", Rule::Block),
        ("as_expression", Rule::Cast(Kind(TYPES), Field("expr"))),
        ("try_expression", Rule::Inner(Field("expr"))),
        ("await_expression", Rule::Await),
        ("ternary_expression", Rule::Either(&["if_true", "if_false"])),
        ("nil_coalescing_expression", Rule::Either(&["value", "if_nil"])),
        ("additive_expression", Rule::Binary(Field("lhs"), Field("rhs"))),
        ("tuple_expression", Rule::Transparent),
        ("line_string_literal", Rule::Text),
        ("multi_line_string_literal", Rule::Text),
        ("raw_string_literal", Rule::Text),
        ("line_str_text", Rule::TextPart),
        ("multi_line_str_text", Rule::TextPart),
        ("str_escaped_char", Rule::TextPart),
        ("interpolated_expression", Rule::Inner(Field("value"))),
        ("integer_literal", Rule::Literal("int")),
        ("hex_literal", Rule::Literal("int")),
        ("real_literal", Rule::Literal("float")),
        ("boolean_literal", Rule::Literal("bool")),
        ("nil_literal", Rule::Skip),
        ("nil", Rule::Skip),
        ("array_literal", Rule::Collection(CollectionKind::List)),
        ("dictionary_literal", Rule::Collection(CollectionKind::Map)),
        ("user_type", Rule::Custom(mention_type)),
        ("optional_type", Rule::Custom(mention_type)),
        ("type_annotation", Rule::Custom(mention_type)),
        ("modifiers", Rule::Modifiers),
        ("attribute", Rule::Decorator(Nth(0), At::None)),
        ("visibility_modifier", Rule::Modifier),
        ("property_modifier", Rule::Modifier),
        ("member_modifier", Rule::Modifier),
        ("function_modifier", Rule::Modifier),
        ("mutation_modifier", Rule::Modifier),
        ("inheritance_modifier", Rule::Modifier),
        ("ownership_modifier", Rule::Modifier),
        ("value_binding_pattern", Rule::Modifier),
        ("throws", Rule::Modifier),
        ("try_operator", Rule::Skip),
        ("as_operator", Rule::Skip),
        ("else", Rule::Skip),
        ("catch_keyword", Rule::Skip),
        ("default_keyword", Rule::Skip),
        ("getter_specifier", Rule::Skip),
        ("setter_specifier", Rule::Skip),
        ("type_constraints", Rule::Skip),
        ("directive", Rule::Skip),
        ("typealias_declaration", Rule::Alias(Kind(&["type_identifier"]), Kind(TYPES))),
        ("associatedtype_declaration", Rule::Alias(Kind(&["type_identifier"]), Kind(TYPES))),
    ],
    types: &[
        ("user_type", TypeRule::UserType),
        ("type_identifier", TypeRule::Named),
        ("inheritance_specifier", TypeRule::Inner(Field("inherits_from"))),
        ("optional_type", TypeRule::Inner(Field("wrapped"))),
        ("array_type", TypeRule::List),
        ("dictionary_type", TypeRule::Map),
        ("function_type", TypeRule::Function),
        ("tuple_type", TypeRule::Children),
        ("type_annotation", TypeRule::Children),
        ("type_modifiers", TypeRule::Skip),
        ("modifiers", TypeRule::Skip),
        ("simple_identifier", TypeRule::Skip),
    ],
    primitives: &[
        ("Void", ""),
        ("Any", ""),
        ("AnyObject", ""),
        ("Never", ""),
        ("String", "str"),
        ("Substring", "str"),
        ("Character", "str"),
        ("Int", "int"),
        ("Int32", "int"),
        ("Int64", "int"),
        ("UInt", "int"),
        ("UInt8", "int"),
        ("Double", "float"),
        ("Float", "float"),
        ("CGFloat", "float"),
        ("Bool", "bool"),
        ("Data", "bytes"),
        ("Array", "list"),
        ("Set", "set"),
        ("Dictionary", "dict"),
        ("Self", ""),
    ],
    visibility: Visibility::Without(&["private", "fileprivate"]),
    constructors: &["init"],
    mutators: &[
        "append",
        "formUnion",
        "insert",
        "merge",
        "popFirst",
        "popLast",
        "remove",
        "removeAll",
        "removeFirst",
        "removeLast",
        "removeValue",
        "reserveCapacity",
        "reverse",
        "shuffle",
        "sort",
        "subtract",
        "swapAt",
        "updateValue",
    ],
    tests: Tests {
        decorators: &["Test"],
        bases: &["XCTestCase"],
        prefixes: &["test"],
        free: false,
    },
    implicit_parameter: "$0",
    semantics: &RULES,
    ..Table::EMPTY
};

/// `import Module`, `import struct Module.Type`.
fn import(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(path) = Kind(&["identifier"]).find(node) else { return ExpressionId::UNKNOWN };
    let text = walker.text(path);
    match text.split_once('.') {
        Some((module, item)) => {
            let bound = item.rsplit('.').next();
            walker.out.import(module, Some(item), bound, ImportKind::Item, 0, false, range(path));
        }
        None => {
            walker.out.import(text, None, None, ImportKind::Star, 0, false, range(path));
        }
    }
    ExpressionId::UNKNOWN
}

/// Classes, structs, enumerations, actors — and extensions, which are no types of their own.
fn class(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let word = Field("declaration_kind").find(node).map_or("class", |word| word.kind());
    let mut cursor = node.walk();
    let bases: Vec<Node<'_>> = node
        .named_children(&mut cursor)
        .filter(|child| child.kind() == "inheritance_specifier")
        .collect();
    let body = Field("body").find(node);
    if word == "extension" {
        let target = walker.type_of(name);
        let interface = bases.first().map(|base| walker.type_of(*base));
        let owner = walker.last_name(name);
        let class = walker.type_in_file(owner);
        walker.out.extension(target, interface);
        if let Some(class) = class {
            walker.out.push_parent(class);
        }
        if let Some(body) = body {
            walker.children(body);
        }
        if class.is_some() {
            walker.out.pop_parent();
        }
        walker.out.close_scope();
        return ExpressionId::UNKNOWN;
    }
    let kind = match word {
        "struct" => SymbolKind::Struct,
        "enum" => SymbolKind::Enum,
        _ => SymbolKind::Class,
    };
    let mut found = Type::named(walker.last_name(name), range(name), kind);
    found.body = body;
    found.done.push(name);
    found.base_types = bases;
    walker.type_definition(node, &found);
    ExpressionId::UNKNOWN
}

/// `case a, b = "x"` and `case c(Int)`.
fn enum_entry(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        if child.kind() == "simple_identifier" {
            let id = walker.out.define(&NewDefinition {
                name: walker.text(child),
                kind: SymbolKind::EnumMember,
                span: range(node),
                name_span: range(child),
                signature_end: 0,
                flags: DefinitionFlags::EXPORTED | DefinitionFlags::STATIC,
            });
            let scope = walker.out.scope();
            walker.out.bind_definition(scope, id);
        } else if child.kind() == "enum_type_parameters" {
            walker.types_in(child);
        }
    }
    ExpressionId::UNKNOWN
}

fn function(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else { return ExpressionId::UNKNOWN };
    let mut function = Function::named(walker.name_of(name), range(name));
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        if child.kind() == "parameter" {
            function.parameters.push(child);
        } else if TYPES.contains(&child.kind()) && child.start_byte() > name.start_byte() {
            function.result = function.result.or(Some(child));
        }
    }
    function.body = Field("body").find(node);
    function.done.push(name);
    if walker.text(node).contains(" async ")
        && function.body.is_none_or(|body| {
            walker
                .out
                .source()
                .get(node.start_byte()..body.start_byte())
                .unwrap_or("")
                .contains(" async ")
        })
    {
        function.flags |= DefinitionFlags::ASYNC;
    }
    if function.body.is_none() {
        function.flags |= DefinitionFlags::ABSTRACT;
    }
    walker.function(node, &function);
    ExpressionId::UNKNOWN
}

fn property(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(pattern) = Field("name").find(node) else { return ExpressionId::UNKNOWN };
    let declared = Kind(&["type_annotation"]).find(node);
    let value = Field("value").find(node);
    let computed = Field("computed_value").find(node);
    let Some(name) = Field("bound_identifier").find(pattern) else {
        let value = value.map_or(ExpressionId::UNKNOWN, |value| walker.visit(value));
        walker.bind_pattern(pattern, value);
        return ExpressionId::UNKNOWN;
    };
    if let Some(computed) = computed {
        if walker.place() != ScopeKind::Function {
            let mut function = Function::named(walker.text(name), range(name));
            function.flags = DefinitionFlags::PROPERTY;
            function.result = declared;
            function.body = Some(computed);
            function.done.push(pattern);
            walker.function(node, &function);
            return ExpressionId::UNKNOWN;
        }
        walker.visit(computed);
    }
    walker.declare(node, name, SymbolKind::Variable, declared, value);
    // Observers and property wrappers.
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        if child.kind().contains("willset") || child.kind().contains("didset") {
            walker.visit(child);
        }
    }
    ExpressionId::UNKNOWN
}

/// Calls; `a[i]` is one to the grammar.
fn call(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(target), Some(suffix)) = (Nth(0).find(node), Kind(&["call_suffix"]).find(node))
    else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    if walker.text(suffix).starts_with('[') {
        let base = walker.visit(target);
        let key = walker.arguments(suffix).first().copied().unwrap_or(ExpressionId::UNKNOWN);
        return walker.out.expression(qf_graph::facts::Expression::Index { base, index: key });
    }
    let callee = walker.callee(target);
    walker.finish_call(node, callee, Some(target), Some(suffix), ReferenceFlags::empty())
}

fn assignment(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let element = Field("target")
        .find(node)
        .and_then(|target| Nth(0).find(target))
        .filter(|inner| inner.kind() == "call_expression");
    let Some(element) = element else {
        return walker.assign(node, Field("target"), Field("result"));
    };
    walker.visit_at(node, Field("result"));
    if let Some(object) = Nth(0).find(element) {
        walker.target(object, None, ReferenceFlags::ELEMENT);
    }
    if let Some(suffix) = Kind(&["call_suffix"]).find(element) {
        walker.arguments(suffix);
    }
    ExpressionId::UNKNOWN
}

/// `return`, `throw`, `break`, `continue`.
fn transfer(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let value = walker.visit_at(node, Field("result"));
    if node.child(0).is_some_and(|word| word.kind() == "return") {
        walker.returned(value);
    }
    ExpressionId::UNKNOWN
}

fn if_let(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.out.open_scope(ScopeKind::Block, None);
    guard_let(walker, node);
    walker.out.close_scope();
    ExpressionId::UNKNOWN
}

/// Binds each `let name = optional` and visits the rest.
fn guard_let(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let mut name: Option<Node<'_>> = None;
    let mut cursor = node.walk();
    if !cursor.goto_first_child() {
        return ExpressionId::UNKNOWN;
    }
    loop {
        let child = cursor.node();
        let field = cursor.field_name();
        if field == Some("bound_identifier") {
            bind_same(walker, name.take());
            name = Some(child);
        } else if child.is_named() && child.kind() != "value_binding_pattern" {
            if child.kind() == "statements" {
                bind_same(walker, name.take());
            }
            let value = walker.visit(child);
            if let (Some(bound), Some("condition")) = (name, field) {
                walker.bind_pattern(bound, value);
                name = None;
            }
        }
        if !cursor.goto_next_sibling() {
            break;
        }
    }
    ExpressionId::UNKNOWN
}

/// `if let user {` unwraps the variable of the same name.
fn bind_same(walker: &mut Walker<'_, '_>, name: Option<Node<'_>>) {
    if let Some(name) = name {
        let value = walker.visit(name);
        let scope = walker.out.scope();
        let text = walker.text(name);
        let at = range(name).start;
        walker.out.bind(scope, text, at, BindingValue::Value(value));
    }
}

/// `catch let e as Error`.
fn catch(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.out.open_scope(ScopeKind::Block, None);
    let error = Field("error").find(node);
    if let Some(error) = error {
        let class =
            Kind(TYPES).find(error).map_or(ExpressionId::UNKNOWN, |class| walker.type_of(class));
        let bound = At::Deep(&["simple_identifier"]).find(error);
        if let Some(bound) = bound {
            walker.bind_typed(bound, class);
        }
    }
    walker.visit_at(node, Kind(&["statements"]));
    walker.out.close_scope();
    ExpressionId::UNKNOWN
}

static RULES: Rules = Rules {
    namespaces,
    candidates: |import: &Import, _: &str, facts: &FileFacts, _: &Layout| {
        vec![facts.text(import.module).to_owned()]
    },
    separator: ".",
    members_visible: true,
    class_call_constructs: true,
    constructor_names: &["init"],
    builtins: &[
        "AnyHashable",
        "CaseIterable",
        "Codable",
        "Comparable",
        "CustomStringConvertible",
        "Date",
        "Decodable",
        "Encodable",
        "Equatable",
        "Error",
        "FileManager",
        "Hashable",
        "Identifiable",
        "IndexSet",
        "JSONDecoder",
        "JSONEncoder",
        "MainActor",
        "NSError",
        "NSObject",
        "NotificationCenter",
        "ObservableObject",
        "Optional",
        "Result",
        "Sendable",
        "Sequence",
        "Task",
        "URL",
        "URLRequest",
        "URLSession",
        "UUID",
        "UserDefaults",
        "abs",
        "assert",
        "assertionFailure",
        "debugPrint",
        "dump",
        "fatalError",
        "max",
        "min",
        "precondition",
        "preconditionFailure",
        "print",
        "sequence",
        "stride",
        "swap",
        "type",
        "withUnsafePointer",
        "zip",
    ],
    calls: &[
        ("Array", "list"),
        ("Dictionary", "dict"),
        ("Double", "float"),
        ("Int", "int"),
        ("Set", "set"),
        ("String", "str"),
    ],
    members: MEMBERS,
    iteration: View::Pairs,
    common: COMMON,
    standard: |module| {
        matches!(
            module,
            "Foundation"
                | "Swift"
                | "SwiftUI"
                | "UIKit"
                | "AppKit"
                | "Combine"
                | "CoreData"
                | "CoreGraphics"
                | "Dispatch"
                | "XCTest"
                | "os"
                | "Darwin"
                | "Glibc"
                | "Testing"
                | "MapKit"
                | "AVFoundation"
                | "CoreLocation"
                | "Security"
                | "CryptoKit"
                | "Network"
                | "StoreKit"
                | "WebKit"
        )
    },
    tests: |path| {
        let stem = semantics::stem(path);
        stem.ends_with("Tests")
            || stem.ends_with("Test")
            || semantics::test_folder(path)
            || path.split('/').rev().skip(1).any(|part| part.ends_with("Tests"))
    },
    ..Rules::EMPTY
};

/// A Swift package keeps the files of a module in `Sources/<module>`; elsewhere the file's top
/// folder is taken for the module.
fn namespaces(path: &str, _: &FileFacts, _: &Layout) -> Vec<(NamespaceKey, ScopeId)> {
    let mut keys = vec![(NamespaceKey::local(path), ScopeId::MODULE)];
    let parts: Vec<&str> = path.split('/').collect();
    let sources = parts.iter().position(|part| matches!(*part, "Sources" | "Tests"));
    let module = match sources {
        Some(at) if at + 2 < parts.len() => parts.get(at + 1).copied(),
        _ if parts.len() > 1 => parts.first().copied(),
        _ => None,
    };
    match module {
        Some(module) => keys.push((NamespaceKey::global(module), ScopeId::MODULE)),
        None => keys.push((NamespaceKey::local("swift:module"), ScopeId::MODULE)),
    }
    keys
}

const COMMON: &[&str] = &[
    "add",
    "allSatisfy",
    "append",
    "apply",
    "body",
    "cancel",
    "close",
    "compactMap",
    "contains",
    "count",
    "create",
    "data",
    "decode",
    "delete",
    "description",
    "dismiss",
    "encode",
    "enumerated",
    "execute",
    "fetch",
    "filter",
    "find",
    "first",
    "firstIndex",
    "flatMap",
    "forEach",
    "get",
    "handle",
    "hash",
    "index",
    "init",
    "insert",
    "isEmpty",
    "joined",
    "last",
    "load",
    "lowercased",
    "makeIterator",
    "map",
    "max",
    "merge",
    "min",
    "next",
    "open",
    "perform",
    "present",
    "read",
    "reduce",
    "register",
    "reload",
    "remove",
    "removeAll",
    "replacingOccurrences",
    "reset",
    "resume",
    "reversed",
    "run",
    "save",
    "send",
    "set",
    "setup",
    "show",
    "sink",
    "sort",
    "sorted",
    "split",
    "start",
    "stop",
    "store",
    "subscribe",
    "suffix",
    "sync",
    "trimmingCharacters",
    "union",
    "update",
    "uppercased",
    "value",
    "wait",
    "write",
    "zip",
];

use BuiltinResult::{Element, Flattened, Mapped, Receiver, Seen, Type as Is, Unknown};
const MEMBERS: &[(&str, &str, BuiltinResult)] = &[
    ("dict", "count", Is("int")),
    ("dict", "filter", Receiver),
    ("dict", "forEach", Unknown),
    ("dict", "isEmpty", Is("bool")),
    ("dict", "keys", Seen(View::Keys)),
    ("dict", "map", Mapped),
    ("dict", "mapValues", Is("dict")),
    ("dict", "merge", Unknown),
    ("dict", "removeAll", Unknown),
    ("dict", "removeValue", Element),
    ("dict", "updateValue", Element),
    ("dict", "values", Seen(View::Values)),
    ("list", "allSatisfy", Is("bool")),
    ("list", "append", Unknown),
    ("list", "compactMap", Mapped),
    ("list", "contains", Is("bool")),
    ("list", "count", Is("int")),
    ("list", "dropFirst", Receiver),
    ("list", "dropLast", Receiver),
    ("list", "enumerated", Seen(View::Numbered)),
    ("list", "filter", Receiver),
    ("list", "first", Element),
    ("list", "firstIndex", Is("int")),
    ("list", "flatMap", Flattened),
    ("list", "forEach", Unknown),
    ("list", "insert", Unknown),
    ("list", "isEmpty", Is("bool")),
    ("list", "joined", Is("str")),
    ("list", "last", Element),
    ("list", "map", Mapped),
    ("list", "max", Element),
    ("list", "min", Element),
    ("list", "popLast", Element),
    ("list", "prefix", Receiver),
    ("list", "reduce", Unknown),
    ("list", "remove", Element),
    ("list", "removeAll", Unknown),
    ("list", "removeFirst", Element),
    ("list", "removeLast", Element),
    ("list", "reversed", Receiver),
    ("list", "sort", Unknown),
    ("list", "sorted", Receiver),
    ("list", "suffix", Receiver),
    ("set", "contains", Is("bool")),
    ("set", "count", Is("int")),
    ("set", "insert", Unknown),
    ("set", "isEmpty", Is("bool")),
    ("set", "remove", Element),
    ("set", "union", Receiver),
    ("str", "components", Is("list")),
    ("str", "contains", Is("bool")),
    ("str", "count", Is("int")),
    ("str", "data", Is("bytes")),
    ("str", "dropFirst", Is("str")),
    ("str", "hasPrefix", Is("bool")),
    ("str", "hasSuffix", Is("bool")),
    ("str", "isEmpty", Is("bool")),
    ("str", "lowercased", Is("str")),
    ("str", "prefix", Is("str")),
    ("str", "replacingOccurrences", Is("str")),
    ("str", "split", Is("list")),
    ("str", "suffix", Is("str")),
    ("str", "trimmingCharacters", Is("str")),
    ("str", "uppercased", Is("str")),
];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}
