//! Solidity: contracts, their state and the functions that write it.

use crate::extract::builder::range;
use crate::languages::generic::hooks::mention_type;
use crate::languages::generic::rules::At::{self, Field, Kind, Nth};
use crate::languages::generic::rules::{Rule, TypeRule, TypeRuleRow};
use crate::languages::generic::semantics::{self, Rules};
use crate::languages::generic::{Function, Grammar, Table, Tests, Type, Visibility, Walker};
use crate::layout::Layout;
use qf_graph::facts::{
    CollectionKind, DefinitionFlags, ExpressionId, FileFacts, Import, ImportKind, ParameterKind,
    ReferenceFlags, SymbolKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_solidity::LANGUAGE.into());

/// Solidity.
pub static SOLIDITY: Table = Table {
    name: "solidity",
    extensions: &["sol"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("comment", Rule::Comment),
        ("pragma_directive", Rule::Skip),
        ("import_directive", Rule::Custom(import)),
        ("contract_declaration", Rule::Custom(contract)),
        ("interface_declaration", Rule::Custom(contract)),
        ("library_declaration", Rule::Custom(contract)),
        (
            "struct_declaration",
            Rule::Type(TypeRuleRow { kind: SymbolKind::Struct, ..TypeRuleRow::USUAL }),
        ),
        (
            "struct_member",
            Rule::Variable(SymbolKind::Field, Field("name"), Field("type"), At::None),
        ),
        (
            "enum_declaration",
            Rule::Type(TypeRuleRow { kind: SymbolKind::Enum, ..TypeRuleRow::USUAL }),
        ),
        ("enum_value", Rule::Custom(enum_value)),
        ("event_definition", Rule::Custom(function)),
        ("error_declaration", Rule::Custom(function)),
        ("modifier_definition", Rule::Custom(function)),
        ("function_definition", Rule::Custom(function)),
        ("constructor_definition", Rule::Custom(constructor)),
        ("fallback_receive_definition", Rule::Block),
        ("modifier_invocation", Rule::Custom(modifier)),
        (
            "state_variable_declaration",
            Rule::Variable(SymbolKind::Variable, Field("name"), Field("type"), Field("value")),
        ),
        (
            "constant_variable_declaration",
            Rule::Variable(SymbolKind::Constant, Field("name"), Field("type"), Field("value")),
        ),
        (
            "parameter",
            Rule::Parameter(Field("name"), Field("type"), At::None, ParameterKind::Plain),
        ),
        (
            "event_parameter",
            Rule::Parameter(Field("name"), Field("type"), At::None, ParameterKind::Plain),
        ),
        (
            "error_parameter",
            Rule::Parameter(Field("name"), Field("type"), At::None, ParameterKind::Plain),
        ),
        ("variable_declaration_statement", Rule::Custom(variable)),
        ("function_body", Rule::Block),
        ("block_statement", Rule::Block),
        ("for_statement", Rule::Block),
        ("return_statement", Rule::Return),
        ("expression", Rule::Transparent),
        ("parenthesized_expression", Rule::Transparent),
        ("identifier", Rule::Name),
        ("member_expression", Rule::Member(Field("object"), Field("property"))),
        ("array_access", Rule::Index(Field("base"), Field("index"))),
        ("call_expression", Rule::Custom(call)),
        ("call_argument", Rule::Transparent),
        ("struct_expression", Rule::Applied(Field("type"), At::None)),
        ("struct_field_assignment", Rule::Argument(Field("name"), Field("value"))),
        ("emit_statement", Rule::Custom(emit)),
        ("revert_statement", Rule::Custom(emit)),
        ("revert_arguments", Rule::Children),
        ("assignment_expression", Rule::Assign(Field("left"), Field("right"))),
        ("augmented_assignment_expression", Rule::Custom(augmented)),
        ("update_expression", Rule::Update(Field("argument"))),
        ("tuple_expression", Rule::Pattern),
        ("ternary_expression", Rule::Children),
        ("new_expression", Rule::New(Field("name"), At::None)),
        ("type_name", Rule::Custom(mention_type)),
        ("user_defined_type", Rule::Custom(mention_type)),
        ("using_directive", Rule::Custom(using)),
        ("inline_array_expression", Rule::Collection(CollectionKind::List)),
        ("string_literal", Rule::Text),
        ("string", Rule::Text),
        ("number_literal", Rule::Literal("int")),
        ("boolean_literal", Rule::Literal("bool")),
        ("hex_string_literal", Rule::Literal("bytes")),
        ("visibility", Rule::Modifier),
        ("state_mutability", Rule::Modifier),
        ("virtual", Rule::Modifier),
        ("override_specifier", Rule::Modifier),
        ("assembly_statement", Rule::Skip),
        ("return_type_definition", Rule::Skip),
    ],
    types: &[
        ("identifier", TypeRule::Named),
        ("user_defined_type", TypeRule::Path),
        ("primitive_type", TypeRule::Named),
        ("type_name", TypeRule::Custom(type_name)),
        ("return_type_definition", TypeRule::Children),
        ("parameter", TypeRule::Inner(Field("type"))),
        ("visibility", TypeRule::Skip),
        ("expression", TypeRule::Skip),
    ],
    primitives: &[
        ("uint", "int"),
        ("uint8", "int"),
        ("uint16", "int"),
        ("uint32", "int"),
        ("uint64", "int"),
        ("uint96", "int"),
        ("uint112", "int"),
        ("uint128", "int"),
        ("uint160", "int"),
        ("uint256", "int"),
        ("int", "int"),
        ("int24", "int"),
        ("int128", "int"),
        ("int256", "int"),
        ("bool", "bool"),
        ("string", "str"),
        ("bytes", "bytes"),
        ("bytes4", "bytes"),
        ("bytes32", "bytes"),
        ("address", "address"),
        ("address payable", "address"),
    ],
    visibility: Visibility::Without(&["private", "internal"]),
    capitals_are_constants: true,
    mutators: &["pop", "push"],
    tests: Tests {
        decorators: &[],
        bases: &["Test", "DSTest", "DSTestPlus"],
        prefixes: &["test", "invariant"],
        free: false,
    },
    name_hook: Some(super_name),
    semantics: &RULES,
    ..Table::EMPTY
};

/// `import "x.sol"`, `import {A as B} from "x.sol"`, `import "x.sol" as X`.
fn import(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(source) = Field("source").find(node) else { return ExpressionId::UNKNOWN };
    let module = walker.text(source).trim_matches(['"', '\'']);
    let mut cursor = node.walk();
    let mut names: Vec<(Node<'_>, Option<Node<'_>>)> = Vec::new();
    let mut alias = None;
    if cursor.goto_first_child() {
        loop {
            let child = cursor.node();
            match (cursor.field_name(), names.last_mut()) {
                (Some("import_name"), _) => names.push((child, None)),
                (Some("alias"), Some(last)) => last.1 = Some(child),
                (Some("alias"), None) => alias = Some(child),
                _ => {}
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
    }
    if let Some(alias) = alias {
        let bound = walker.text(alias);
        walker.out.import(module, None, Some(bound), ImportKind::Module, 0, false, range(source));
    } else if names.is_empty() {
        walker.out.import(module, None, None, ImportKind::Star, 0, true, range(source));
    }
    for (name, alias) in names {
        let item = walker.text(name);
        let bound = alias.map_or(item, |alias| walker.text(alias));
        walker.out.import(module, Some(item), Some(bound), ImportKind::Item, 0, true, range(name));
    }
    ExpressionId::UNKNOWN
}

fn contract(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let kind = if node.kind() == "interface_declaration" {
        SymbolKind::Interface
    } else {
        SymbolKind::Class
    };
    let mut found = Type::named(walker.text(name), range(name), kind);
    found.flags |= DefinitionFlags::EXPORTED;
    let mut cursor = node.walk();
    for specifier in
        node.named_children(&mut cursor).filter(|child| child.kind() == "inheritance_specifier")
    {
        found.base_types.extend(Field("ancestor").find(specifier));
        found.done.push(specifier);
    }
    found.body = Field("body").find(node);
    found.done.push(name);
    walker.type_definition(node, &found);
    ExpressionId::UNKNOWN
}

fn enum_value(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let id = walker.out.define(&crate::extract::builder::NewDefinition {
        name: walker.text(node),
        kind: SymbolKind::EnumMember,
        span: range(node),
        name_span: range(node),
        signature_end: 0,
        flags: DefinitionFlags::EXPORTED | DefinitionFlags::STATIC,
    });
    let scope = walker.out.scope();
    walker.out.bind_definition(scope, id);
    ExpressionId::UNKNOWN
}

/// Functions, modifiers, events and errors: whatever is called by name with parameters.
fn function(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let mut function = Function::named(walker.text(name), range(name));
    parts(walker, node, &mut function);
    function.done.push(name);
    if function.body.is_none() && node.kind() == "function_definition" {
        function.flags |= DefinitionFlags::ABSTRACT;
    }
    walker.function(node, &function);
    walker.hidden = false;
    ExpressionId::UNKNOWN
}

fn parts<'t>(walker: &mut Walker<'_, '_>, node: Node<'t>, function: &mut Function<'_, 't>) {
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        match child.kind() {
            "parameter" | "event_parameter" | "error_parameter" => function.parameters.push(child),
            // Visibility stands behind the name here.
            "visibility" if matches!(walker.text(child), "private" | "internal") => {
                walker.hidden = true;
            }
            _ => {}
        }
    }
    function.result = Field("return_type").find(node);
    function.body = Field("body").find(node);
}

fn constructor(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let title = walker.open_type_name();
    let at = range(node).start;
    let word = qf_graph::facts::ByteRange { start: at, end: at + "constructor".len() as u32 };
    let mut function = Function::named("", word);
    parts(walker, node, &mut function);
    walker.hidden = false;
    function.flags |= DefinitionFlags::EXPORTED;
    function.kind = SymbolKind::Constructor;
    walker.titled_function(node, &title, &function);
    ExpressionId::UNKNOWN
}

/// A modifier runs around the function, a base's constructor before it: both are calls.
fn modifier(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Nth(0).find(node) else { return ExpressionId::UNKNOWN };
    let callee = walker.callee(name);
    walker.finish_call(node, callee, Some(name), None, ReferenceFlags::empty())
}

fn variable(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let value = Field("value").find(node);
    if let Some(declared) = Kind(&["variable_declaration"]).find(node) {
        if let Some(name) = Field("name").find(declared) {
            walker.declare(node, name, SymbolKind::Variable, Field("type").find(declared), value);
        }
        return ExpressionId::UNKNOWN;
    }
    if let Some(list) = Kind(&["variable_declaration_tuple"]).find(node) {
        let mut cursor = list.walk();
        for declared in list.named_children(&mut cursor) {
            if let Some(name) = Field("name").find(declared) {
                walker.declare(
                    node,
                    name,
                    SymbolKind::Variable,
                    Field("type").find(declared),
                    None,
                );
            }
        }
    }
    value.map_or(ExpressionId::UNKNOWN, |value| walker.visit(value))
}

/// Calls; `new T` is called, and `f{value: 1}` is `f`.
fn call(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(target) = Field("function").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let inner = Nth(0).find(target).unwrap_or(target);
    if inner.kind() == "new_expression" {
        let class =
            Field("name").find(inner).map_or(ExpressionId::UNKNOWN, |class| walker.type_of(class));
        let mut values = Vec::new();
        let mut cursor = node.walk();
        for argument in node.named_children(&mut cursor).filter(|child| *child != target) {
            let value = walker.visit(argument);
            values.push(value);
        }
        let made = walker.out.new_instance(class, &values);
        if let Some(name) = Field("name").find(inner) {
            let (text, span) = walker.last_name_span(name);
            walker.out.call_reference(text, span, made, ReferenceFlags::empty());
        }
        return made;
    }
    let callee = walker.callee(target);
    walker.finish_call(node, callee, Some(target), None, ReferenceFlags::empty())
}

fn emit(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(target) = At::Fields(&["name", "error"]).find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let callee = walker.callee(target);
    walker.finish_call(
        node,
        callee,
        Some(target),
        Kind(&["revert_arguments"]).find(node),
        ReferenceFlags::empty(),
    );
    ExpressionId::UNKNOWN
}

fn augmented(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let value = walker.visit_at(node, Field("right"));
    if let Some(left) = Field("left").find(node) {
        walker.target(left, Some(value), ReferenceFlags::AUGMENTED);
    }
    ExpressionId::UNKNOWN
}

/// `using Library for Type`: the library's functions are members of the type.
fn using(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        if matches!(child.kind(), "type_alias" | "user_defined_type" | "type_name") {
            walker.type_of(child);
        }
    }
    ExpressionId::UNKNOWN
}

/// Mappings and arrays are type names around type names.
fn type_name(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (key, value) = (Field("key_type").find(node), Field("value_type").find(node));
    if let (Some(key), Some(value)) = (key, value) {
        let parts = [walker.type_of(key), walker.type_of(value)];
        let base = walker.out.builtin("dict");
        return walker.out.generic(base, &parts);
    }
    let Some(inner) = Nth(0).find(node) else { return ExpressionId::UNKNOWN };
    let class = walker.type_of(inner);
    if inner.kind() == "type_name" { walker.list_of(class) } else { class }
}

fn super_name(walker: &mut Walker<'_, '_>, node: Node<'_>) -> Option<ExpressionId> {
    match walker.text(node) {
        "super" => Some(walker.super_part()),
        "this" => Some(walker.this()),
        "_" => Some(ExpressionId::UNKNOWN),
        _ => None,
    }
}

static RULES: Rules = Rules {
    candidates,
    members_visible: true,
    class_call_constructs: true,
    builtins: &[
        "abi",
        "addmod",
        "address",
        "assert",
        "block",
        "blockhash",
        "bytes",
        "ecrecover",
        "gasleft",
        "keccak256",
        "msg",
        "mulmod",
        "now",
        "payable",
        "require",
        "revert",
        "ripemd160",
        "selfdestruct",
        "sha256",
        "string",
        "super",
        "this",
        "tx",
        "type",
        "uint256",
    ],
    common: &[
        "balance",
        "call",
        "concat",
        "decode",
        "delegatecall",
        "encode",
        "encodePacked",
        "encodeWithSelector",
        "encodeWithSignature",
        "length",
        "pop",
        "push",
        "send",
        "sender",
        "staticcall",
        "timestamp",
        "transfer",
        "value",
    ],
    tests: |path| {
        path.ends_with(".t.sol")
            || semantics::stem(path).ends_with("Test")
            || semantics::test_folder(path)
    },
    ..Rules::EMPTY
};

fn candidates(import: &Import, path: &str, facts: &FileFacts, layout: &Layout) -> Vec<String> {
    let module = facts.text(import.module);
    semantics::path_candidates(
        module,
        path,
        layout,
        &["", "contracts", "src", "lib", "node_modules"],
        &[""],
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}
