//! Dart: libraries of files, classes with signatures and bodies apart.
//!
//! The grammar puts a member's signature and its body side by side, so a member is put together
//! here. `this.x` among a constructor's parameters writes the field.

use crate::extract::builder::range;
use crate::languages::generic::hooks::mention_type;
use crate::languages::generic::rules::At::{self, Deep, Field, Kind, Nth};
use crate::languages::generic::rules::{Rule, TypeRule, TypeRuleRow};
use crate::languages::generic::semantics::{self, Rules};
use crate::languages::generic::{Function, Grammar, Table, Tests, Type, Visibility, Walker};
use crate::languages::language::{BuiltinResult, View};
use crate::layout::Layout;
use qf_graph::facts::{
    CollectionKind, DefinitionFlags, Expression, ExpressionId, FileFacts, Import, ImportKind,
    ParameterKind, ReferenceFlags, SymbolKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_dart::LANGUAGE.into());

/// Dart.
pub static DART: Table = Table {
    name: "dart",
    extensions: &["dart"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("comment", Rule::Comment),
        ("documentation_comment", Rule::Comment),
        ("library_name", Rule::Skip),
        ("import_or_export", Rule::Custom(import)),
        ("part_directive", Rule::Custom(import)),
        ("part_of_directive", Rule::Skip),
        ("class_declaration", Rule::Custom(class)),
        ("class_definition", Rule::Custom(class)),
        ("mixin_declaration", Rule::Custom(class)),
        (
            "enum_declaration",
            Rule::Type(TypeRuleRow {
                kind: SymbolKind::Enum,
                bases: &["interfaces", "mixins"],
                ..TypeRuleRow::USUAL
            }),
        ),
        ("enum_entry", Rule::EnumMember(Field("name"))),
        ("extension_declaration", Rule::Custom(extension)),
        ("extension_type_declaration", Rule::Custom(class)),
        ("type_alias", Rule::Alias(Kind(&["type_identifier"]), Kind(&["type"]))),
        ("member_declaration", Rule::Custom(member)),
        ("function_declaration", Rule::Custom(member)),
        ("local_function_declaration", Rule::Custom(member)),
        ("top_level_variable_declaration", Rule::Custom(variables)),
        (
            "initialized_variable_declaration",
            Rule::Variable(SymbolKind::Variable, Field("name"), Kind(&["type"]), Field("value")),
        ),
        ("formal_parameter", Rule::Custom(parameter)),
        ("optional_formal_parameters", Rule::Children),
        ("field_initializer", Rule::Custom(field_initializer)),
        ("block", Rule::Block),
        ("function_body", Rule::Transparent),
        ("function_expression_body", Rule::Transparent),
        ("function_expression", Rule::Lambda(Field("parameters"), Field("body"))),
        ("return_statement", Rule::Return),
        ("for_statement", Rule::Loop(Field("name"), Kind(&["type"]), Field("value"))),
        ("catch_clause", Rule::Custom(catch)),
        ("identifier", Rule::Name),
        ("'this", Rule::This),
        ("'super", Rule::Super),
        ("this", Rule::This),
        ("super", Rule::Super),
        ("member_expression", Rule::Member(Field("object"), Field("property"))),
        ("null_aware_member_expression", Rule::Member(Field("object"), Field("property"))),
        ("index_expression", Rule::Index(Field("object"), Field("index"))),
        ("call_expression", Rule::Custom(call)),
        ("cascade", Rule::Custom(cascade)),
        ("new_expression", Rule::New(Field("type"), Field("arguments"))),
        ("const_object_expression", Rule::New(Field("type"), Field("arguments"))),
        ("named_argument", Rule::Argument(Nth(0), At::Last)),
        ("label", Rule::Transparent),
        ("assignment_expression", Rule::Custom(assignment)),
        ("assignable_expression", Rule::Custom(assignable)),
        ("unary_expression", Rule::Update(Nth(0))),
        ("postfix_expression", Rule::Update(Nth(0))),
        ("await_expression", Rule::Await),
        ("if_null_expression", Rule::Custom(if_null)),
        ("conditional_expression", Rule::Either(&["consequence", "alternative"])),
        ("parenthesized_expression", Rule::Transparent),
        ("additive_expression", Rule::Custom(additive)),
        ("type_cast_expression", Rule::Cast(Deep(&["type"]), Nth(0))),
        ("type", Rule::Custom(mention_type)),
        ("type_identifier", Rule::Custom(mention_type)),
        ("string_literal", Rule::Text),
        ("string_literal_single_quotes", Rule::Text),
        ("string_literal_double_quotes", Rule::Text),
        ("string_literal_single_quotes_multiple", Rule::Text),
        ("string_literal_double_quotes_multiple", Rule::Text),
        ("template_chars_single_single", Rule::TextPart),
        ("template_chars_double_single", Rule::TextPart),
        ("template_chars_single", Rule::TextPart),
        ("template_chars_double", Rule::TextPart),
        ("escape_sequence", Rule::TextPart),
        ("template_substitution", Rule::Transparent),
        ("identifier_dollar_escaped", Rule::Name),
        ("decimal_integer_literal", Rule::Literal("int")),
        ("hex_integer_literal", Rule::Literal("int")),
        ("decimal_floating_point_literal", Rule::Literal("float")),
        ("true", Rule::Literal("bool")),
        ("false", Rule::Literal("bool")),
        ("null_literal", Rule::Skip),
        ("list_literal", Rule::Collection(CollectionKind::List)),
        ("set_or_map_literal", Rule::Collection(CollectionKind::Map)),
        ("pair", Rule::Pair(Nth(0), Nth(1))),
        ("annotation", Rule::Decorator(Field("name"), Kind(&["arguments"]))),
        ("type_arguments", Rule::Custom(mention_type)),
        ("is_operator", Rule::Skip),
        ("multiplicative_operator", Rule::Skip),
        ("relational_operator", Rule::Skip),
    ],
    types: &[
        ("type", TypeRule::UserType),
        ("type_identifier", TypeRule::Named),
        ("void_type", TypeRule::Skip),
        ("function_type", TypeRule::Function),
        ("inferred_type", TypeRule::Auto),
    ],
    primitives: &[
        ("void", ""),
        ("dynamic", ""),
        ("var", ""),
        ("Object", ""),
        ("String", "str"),
        ("int", "int"),
        ("num", "int"),
        ("double", "float"),
        ("bool", "bool"),
        ("List", "list"),
        ("Iterable", "list"),
        ("Queue", "list"),
        ("Set", "set"),
        ("Map", "dict"),
        ("Function", "function"),
    ],
    visibility: Visibility::NoUnderscore,
    mutators: &[
        "add",
        "addAll",
        "addEntries",
        "clear",
        "insert",
        "insertAll",
        "putIfAbsent",
        "remove",
        "removeAt",
        "removeLast",
        "removeWhere",
        "shuffle",
        "sort",
    ],
    tests: Tests { decorators: &[], bases: &[], prefixes: &[], free: false },
    semantics: &RULES,
    ..Table::EMPTY
};

/// `import`, `export` and `part`.
fn import(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let specification = Deep(&["import_specification"]).find(node);
    let holder = specification.or(Nth(0).find(node)).unwrap_or(node);
    let Some(uri) = Field("uri").find(holder).or(Field("uri").find(node)) else {
        return ExpressionId::UNKNOWN;
    };
    let text = walker.text(uri).trim_matches(['\'', '"']);
    let span = range(uri);
    let reexport = walker.text(node).starts_with("export") || node.kind() == "part_directive";
    if let Some(alias) = Field("alias").find(holder) {
        let bound = walker.text(alias);
        walker.out.import(text, None, Some(bound), ImportKind::Module, 0, false, span);
        return ExpressionId::UNKNOWN;
    }
    let shown = Kind(&["combinator"])
        .find(holder)
        .filter(|combinator| walker.text(*combinator).starts_with("show"));
    if let Some(shown) = shown {
        let mut cursor = shown.walk();
        for name in shown.named_children(&mut cursor) {
            let item = walker.text(name);
            walker.out.import(
                text,
                Some(item),
                Some(item),
                ImportKind::Item,
                0,
                reexport,
                range(name),
            );
        }
        return ExpressionId::UNKNOWN;
    }
    walker.out.import(text, None, None, ImportKind::Star, 0, reexport, span);
    ExpressionId::UNKNOWN
}

fn class(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let mut found = Type::named(walker.text(name), range(name), SymbolKind::Class);
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        match child.kind() {
            "superclass" => {
                found.base_types.extend(Field("type").find(child));
                found.bases.extend(Kind(&["mixins"]).find(child));
                found.done.push(child);
            }
            "interfaces" | "mixins" => found.bases.push(child),
            "type" => found.base_types.push(child),
            _ => {}
        }
    }
    found.body = Field("body").find(node);
    found.done.push(name);
    walker.type_definition(node, &found);
    ExpressionId::UNKNOWN
}

/// `extension Name on Type`.
fn extension(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(class) = Field("class").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let target = walker.type_of(class);
    let owner = walker.type_in_file(walker.last_name(class));
    walker.out.extension(target, None);
    if let Some(owner) = owner {
        walker.out.push_parent(owner);
    }
    if let Some(body) = Field("body").find(node) {
        walker.children(body);
    }
    if owner.is_some() {
        walker.out.pop_parent();
    }
    walker.out.close_scope();
    ExpressionId::UNKNOWN
}

const SIGNATURES: &[&str] = &[
    "function_signature",
    "getter_signature",
    "setter_signature",
    "constructor_signature",
    "factory_constructor_signature",
    "redirecting_factory_constructor_signature",
    "constant_constructor_signature",
    "operator_signature",
];

/// A member or function: a signature with or without a body, or fields.
fn member(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let inner = Kind(&["method_declaration", "declaration"]).find(node).unwrap_or(node);
    let signature = Deep(SIGNATURES).find(inner);
    let Some(signature) = signature else {
        return variables(walker, inner);
    };
    let body = Field("body").find(inner).or(Kind(&["function_body"]).find(inner));
    let mut cursor = signature.walk();
    let names: Vec<Node<'_>> = signature
        .children_by_field_name("name", &mut cursor)
        .filter(tree_sitter::Node::is_named)
        .collect();
    let Some(name) = names.last().copied().or(Field("operator").find(signature)) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let mut function = Function::named(walker.text(name), range(name));
    match signature.kind() {
        kind if kind.contains("constructor") => {
            function.kind = SymbolKind::Constructor;
            function.flags |= DefinitionFlags::STATIC;
        }
        "getter_signature" => function.flags |= DefinitionFlags::PROPERTY,
        "setter_signature" => function.flags |= DefinitionFlags::PROPERTY | DefinitionFlags::SETTER,
        _ => {}
    }
    function.parameters.extend(Field("parameters").find(signature));
    function.result = Field("return_type").find(signature);
    function.body = body;
    if body.is_none() && !signature.kind().contains("constructor") {
        function.flags |= DefinitionFlags::ABSTRACT;
    }
    if body.is_some_and(|body| walker.text(body).starts_with("async")) {
        function.flags |= DefinitionFlags::ASYNC;
    }
    let words = walker.words_before(inner, signature);
    let words = if words.is_empty() {
        walker.words_before(signature.parent().unwrap_or(inner), signature)
    } else {
        words
    };
    function.flags |= walker.flags_of(&words, function.name);
    walker.wrap_from(node);
    // Initializers stand beside the signature; they belong to the constructor.
    let initializers = Deep(&["initializers"]).find(inner);
    function.done.extend(
        [Some(signature), body, Kind(&["method_signature"]).find(inner)].into_iter().flatten(),
    );
    let id = walker.function_with(inner, &function, initializers);
    let _ = id;
    ExpressionId::UNKNOWN
}

/// Fields of a class or variables of a library.
fn variables(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let declared = Kind(&["type"]).find(node);
    let Some(list) =
        Kind(&["initialized_identifier_list", "static_final_declaration_list", "identifier_list"])
            .find(node)
    else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let mut cursor = node.walk();
    let constant = node.children(&mut cursor).any(|child| child.kind() == "const");
    let doc = walker.take_doc();
    let mut cursor = list.walk();
    for declaration in list.named_children(&mut cursor) {
        let name = Field("name").find(declaration).unwrap_or(declaration);
        walker.put_doc(doc);
        let kind = if constant { SymbolKind::Constant } else { SymbolKind::Variable };
        walker.declare(node, name, kind, declared, Field("value").find(declaration));
    }
    ExpressionId::UNKNOWN
}

/// A parameter; `this.x` takes its type from the field and writes it.
fn parameter(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let own = Deep(&["field_formal_parameter", "constructor_param"]).find(node);
    let super_parameter = Kind(&["super_formal_parameter"]).find(node);
    let holder = own.or(super_parameter).unwrap_or(node);
    let name = Field("name").find(holder).or(Kind(&["identifier"]).find(holder));
    let Some(function) = walker.open_function() else { return ExpressionId::UNKNOWN };
    let declared = Kind(&["type"]).find(holder);
    walker.parameter(function, name, declared, None, ParameterKind::Plain);
    if let (Some(_), Some(name)) = (own, name) {
        let this = walker.this();
        let text = walker.text(name);
        let field = walker.out.member(this, text);
        let value = walker.out.name_expression(text);
        walker.out.write_reference(
            text,
            range(name),
            field,
            Some(value),
            ReferenceFlags::INITIALIZER,
        );
    }
    ExpressionId::UNKNOWN
}

fn field_initializer(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let value = walker.visit_at(node, Field("value"));
    if let Some(name) = Field("name").find(node) {
        let this = walker.this();
        let text = walker.text(name);
        let field = walker.out.member(this, text);
        walker.out.write_reference(
            text,
            range(name),
            field,
            Some(value),
            ReferenceFlags::INITIALIZER,
        );
    }
    ExpressionId::UNKNOWN
}

/// `on Type catch (e)`: the type stands before the clause.
fn catch(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let before = node.prev_named_sibling().filter(|before| before.kind() == "type");
    let class = before.map_or(ExpressionId::UNKNOWN, |class| walker.type_of(class));
    if let Some(name) = Field("exception").find(node) {
        walker.bind_typed(name, class);
    }
    ExpressionId::UNKNOWN
}

fn call(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(target) = Field("function").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let list = Field("arguments").find(node);
    if let (Some(list), "test" | "testWidgets") = (list, walker.text(target)) {
        let body = Nth(1).find(list).filter(|body| body.kind() == "function_expression");
        if body.is_some() && walker.test_call(node, Nth(0).find(list), body) {
            return ExpressionId::UNKNOWN;
        }
    }
    let callee = walker.callee(target);
    walker.finish_call(node, callee, Some(target), list, ReferenceFlags::empty())
}

/// `e..a()..b = 1`: every section is a member of `e`.
fn cascade(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(first) = Nth(0).find(node) else { return ExpressionId::UNKNOWN };
    let base = walker.visit(first);
    let mut cursor = node.walk();
    for section in
        node.named_children(&mut cursor).filter(|child| child.kind() == "cascade_section")
    {
        let call = Kind(&["cascade_call_expression"]).find(section);
        let Some(property) = call.and_then(|call| Field("property").find(call)) else {
            walker.children(section);
            continue;
        };
        let callee = walker.member_callee(base, property);
        let values = call
            .and_then(|call| Field("arguments").find(call))
            .map(|list| walker.arguments(list))
            .unwrap_or_default();
        walker.note_call(callee, &values, ReferenceFlags::empty(), None);
    }
    base
}

fn assignment(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(left), Some(right)) = (Field("left").find(node), Field("right").find(node)) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let value = walker.visit(right);
    let plain = Field("operator").find(node).is_none_or(|operator| walker.text(operator) == "=");
    let flags = if plain { ReferenceFlags::empty() } else { ReferenceFlags::AUGMENTED };
    let (object, property, index) =
        (Field("object").find(left), Field("property").find(left), Field("index").find(left));
    match (object, property, index) {
        (Some(object), Some(property), _) => {
            let base = walker.visit(object);
            let member = walker.member_callee(base, property);
            let own = matches!(walker.out.peek(base), Expression::This(_));
            let flags = if own { flags | walker.initializer() } else { flags };
            walker.out.write_reference(
                member.name,
                member.span,
                member.expression,
                Some(value),
                flags,
            );
        }
        (Some(object), None, Some(index)) => {
            walker.target(object, None, flags | ReferenceFlags::ELEMENT);
            walker.visit(index);
        }
        _ => walker.target(Nth(0).find(left).unwrap_or(left), Some(value), flags),
    }
    value
}

/// An assignable expression that is only read (`x.y` in `x.y++`).
fn assignable(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(object), Some(property)) = (Field("object").find(node), Field("property").find(node))
    else {
        return walker.children(node);
    };
    let base = walker.visit(object);
    let member = walker.member_callee(base, property);
    walker.out.read_reference(member.name, member.span, member.expression);
    member.expression
}

fn if_null(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let values = [walker.visit_at(node, Nth(0)), walker.visit_at(node, Nth(1))];
    walker.out.either(&values)
}

fn additive(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.binary(node, Nth(0), At::Last)
}

static RULES: Rules = Rules {
    candidates,
    members_visible: true,
    class_call_constructs: true,
    builtins: &[
        "ArgumentError",
        "AssertionError",
        "BigInt",
        "Comparable",
        "Completer",
        "DateTime",
        "Directory",
        "Duration",
        "Enum",
        "Error",
        "Exception",
        "File",
        "FormatException",
        "Future",
        "Iterator",
        "MapEntry",
        "Match",
        "Null",
        "Pattern",
        "Platform",
        "Process",
        "RangeError",
        "RegExp",
        "Sink",
        "StackTrace",
        "StateError",
        "Stopwatch",
        "Stream",
        "StreamController",
        "StreamSubscription",
        "StringBuffer",
        "Symbol",
        "Timer",
        "Type",
        "UnimplementedError",
        "UnsupportedError",
        "Uri",
        "assert",
        "deprecated",
        "identical",
        "jsonDecode",
        "jsonEncode",
        "override",
        "print",
    ],
    members: MEMBERS,
    common: COMMON,
    standard: |module| module.starts_with("dart:") || module.starts_with("package:flutter/"),
    tests: |path| semantics::stem(path).ends_with("_test") || semantics::test_folder(path),
    ..Rules::EMPTY
};

fn candidates(import: &Import, path: &str, facts: &FileFacts, layout: &Layout) -> Vec<String> {
    let module = facts.text(import.module);
    if module.starts_with("dart:") {
        return Vec::new();
    }
    if let Some(rest) = module.strip_prefix("package:") {
        // `package:name/x.dart` is `lib/x.dart` of that package.
        let Some((name, inner)) = rest.split_once('/') else { return Vec::new() };
        let mut found = Vec::new();
        for (folder, manifest) in layout.manifests_of("pub") {
            if manifest.name == name {
                found.extend(crate::layout::join(folder, &format!("lib/{inner}")));
            }
        }
        found.push(format!("lib/{inner}"));
        found.push(format!("packages/{name}/lib/{inner}"));
        return found;
    }
    semantics::path_candidates(module, path, layout, &[], &[""])
}

const COMMON: &[&str] = &[
    "add",
    "addAll",
    "any",
    "build",
    "call",
    "cancel",
    "cast",
    "clear",
    "close",
    "compareTo",
    "complete",
    "contains",
    "containsKey",
    "copyWith",
    "create",
    "createState",
    "delete",
    "dispose",
    "elementAt",
    "every",
    "execute",
    "expand",
    "fetch",
    "first",
    "firstWhere",
    "fold",
    "forEach",
    "fromJson",
    "get",
    "indexOf",
    "init",
    "initState",
    "insert",
    "isEmpty",
    "isNotEmpty",
    "join",
    "last",
    "length",
    "listen",
    "load",
    "map",
    "of",
    "open",
    "parse",
    "pop",
    "post",
    "push",
    "put",
    "read",
    "reduce",
    "remove",
    "removeAt",
    "replaceAll",
    "reset",
    "run",
    "save",
    "send",
    "set",
    "setState",
    "show",
    "skip",
    "sort",
    "split",
    "start",
    "startsWith",
    "stop",
    "sublist",
    "substring",
    "take",
    "then",
    "toJson",
    "toList",
    "toLowerCase",
    "toSet",
    "toString",
    "trim",
    "update",
    "whenComplete",
    "where",
    "write",
];

use BuiltinResult::{Element, Mapped, Receiver, Seen, Type as Is, Unknown};
const MEMBERS: &[(&str, &str, BuiltinResult)] = &[
    ("Entry", "key", Unknown),
    ("Entry", "value", Element),
    ("dict", "addAll", Unknown),
    ("dict", "containsKey", Is("bool")),
    ("dict", "entries", Seen(View::Entries)),
    ("dict", "forEach", Unknown),
    ("dict", "isEmpty", Is("bool")),
    ("dict", "keys", Seen(View::Keys)),
    ("dict", "length", Is("int")),
    ("dict", "map", Is("dict")),
    ("dict", "putIfAbsent", Element),
    ("dict", "remove", Element),
    ("dict", "values", Seen(View::Values)),
    ("list", "add", Unknown),
    ("list", "addAll", Unknown),
    ("list", "any", Is("bool")),
    ("list", "clear", Unknown),
    ("list", "contains", Is("bool")),
    ("list", "elementAt", Element),
    ("list", "every", Is("bool")),
    ("list", "expand", Is("list")),
    ("list", "first", Element),
    ("list", "firstWhere", Element),
    ("list", "fold", Unknown),
    ("list", "forEach", Unknown),
    ("list", "indexOf", Is("int")),
    ("list", "insert", Unknown),
    ("list", "isEmpty", Is("bool")),
    ("list", "isNotEmpty", Is("bool")),
    ("list", "join", Is("str")),
    ("list", "last", Element),
    ("list", "length", Is("int")),
    ("list", "map", Mapped),
    ("list", "reduce", Element),
    ("list", "remove", Is("bool")),
    ("list", "removeAt", Element),
    ("list", "removeLast", Element),
    ("list", "reversed", Receiver),
    ("list", "skip", Receiver),
    ("list", "sort", Unknown),
    ("list", "sublist", Receiver),
    ("list", "take", Receiver),
    ("list", "toList", Receiver),
    ("list", "toSet", Is("set")),
    ("list", "where", Receiver),
    ("set", "add", Is("bool")),
    ("set", "contains", Is("bool")),
    ("set", "remove", Is("bool")),
    ("str", "contains", Is("bool")),
    ("str", "endsWith", Is("bool")),
    ("str", "indexOf", Is("int")),
    ("str", "isEmpty", Is("bool")),
    ("str", "isNotEmpty", Is("bool")),
    ("str", "length", Is("int")),
    ("str", "padLeft", Is("str")),
    ("str", "replaceAll", Is("str")),
    ("str", "split", Is("list")),
    ("str", "startsWith", Is("bool")),
    ("str", "substring", Is("str")),
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
