//! Zig: files are structs, types are values, `self` is a parameter.
//!
//! `const Account = struct { … }` defines a type, `const std = @import("std")` imports a file.
//! The grammar lowers some assignments to variable declarations without a keyword; they are told
//! apart by the missing `const` or `var`.

use crate::extract::builder::range;
use crate::languages::generic::rules::At::{self, Field, Kind, Last, Nth};
use crate::languages::generic::rules::{FunctionRule, Rule, TypeRule};
use crate::languages::generic::semantics::{self, Rules};
use crate::languages::generic::{Function, Grammar, Table, Type, Visibility, Walker};
use crate::languages::language::BuiltinResult;
use crate::layout::Layout;
use qf_graph::facts::{
    CollectionKind, DefinitionFlags, Expression, ExpressionId, FileFacts, Import, ImportKind,
    ParameterKind, ReferenceFlags, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_zig::LANGUAGE.into());

/// Zig.
pub static ZIG: Table = Table {
    name: "zig",
    extensions: &["zig", "zon"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("comment", Rule::Comment),
        ("variable_declaration", Rule::Custom(variable)),
        (
            "function_declaration",
            Rule::Function(FunctionRule {
                parameters: Kind(&["parameters"]),
                result: Field("type"),
                ..FunctionRule::USUAL
            }),
        ),
        (
            "parameter",
            Rule::Parameter(Field("name"), Field("type"), At::None, ParameterKind::Plain),
        ),
        ("container_field", Rule::Custom(field)),
        ("test_declaration", Rule::Custom(test)),
        ("block", Rule::Block),
        ("block_expression", Rule::Transparent),
        ("identifier", Rule::Name),
        ("field_expression", Rule::Member(Field("object"), Field("member"))),
        ("index_expression", Rule::Index(Field("object"), Field("index"))),
        ("dereference_expression", Rule::Transparent),
        ("null_coercion_expression", Rule::Transparent),
        ("parenthesized_expression", Rule::Transparent),
        ("try_expression", Rule::Transparent),
        ("catch_expression", Rule::Custom(catch)),
        ("unary_expression", Rule::Transparent),
        ("call_expression", Rule::Call(Field("function"), At::None)),
        ("builtin_function", Rule::Custom(builtin)),
        ("builtin_identifier", Rule::Skip),
        ("struct_initializer", Rule::Custom(initializer)),
        ("anonymous_struct_initializer", Rule::Custom(anonymous)),
        ("initializer_list", Rule::Custom(fields_of_literal)),
        ("assignment_expression", Rule::Assign(Field("left"), Field("right"))),
        ("binary_expression", Rule::Binary(Field("left"), Field("right"))),
        ("return_expression", Rule::Return),
        ("if_statement", Rule::Custom(payload)),
        ("if_expression", Rule::Custom(payload)),
        ("while_statement", Rule::Custom(payload)),
        ("for_statement", Rule::Custom(payload)),
        ("switch_case", Rule::Block),
        ("struct_declaration", Rule::Children),
        ("enum_declaration", Rule::Children),
        ("union_declaration", Rule::Children),
        ("string", Rule::Text),
        ("multiline_string", Rule::Text),
        ("string_content", Rule::TextPart),
        ("escape_sequence", Rule::TextPart),
        ("integer", Rule::Literal("int")),
        ("float", Rule::Literal("float")),
        ("boolean", Rule::Literal("bool")),
        ("builtin_type", Rule::Skip),
        ("null", Rule::Skip),
    ],
    types: &[
        ("identifier", TypeRule::Custom(named)),
        ("builtin_type", TypeRule::Named),
        ("field_expression", TypeRule::Path),
        ("call_expression", TypeRule::Custom(applied)),
        ("pointer_type", TypeRule::Inner(Last)),
        ("nullable_type", TypeRule::Inner(Last)),
        ("optional_type", TypeRule::Inner(Last)),
        ("slice_type", TypeRule::Custom(slice)),
        ("array_type", TypeRule::Custom(slice)),
        ("error_union_type", TypeRule::Inner(Field("ok"))),
        ("builtin_function", TypeRule::Custom(builtin)),
        ("struct_declaration", TypeRule::Skip),
    ],
    primitives: &[
        ("void", ""),
        ("anytype", ""),
        ("anyopaque", ""),
        ("noreturn", ""),
        ("type", ""),
        ("bool", "bool"),
        ("u8", "int"),
        ("u16", "int"),
        ("u32", "int"),
        ("u64", "int"),
        ("u128", "int"),
        ("usize", "int"),
        ("i8", "int"),
        ("i16", "int"),
        ("i32", "int"),
        ("i64", "int"),
        ("i128", "int"),
        ("isize", "int"),
        ("c_int", "int"),
        ("f16", "float"),
        ("f32", "float"),
        ("f64", "float"),
    ],
    visibility: Visibility::With(&["pub"]),
    mutators: &[
        "append",
        "appendSlice",
        "clearAndFree",
        "clearRetainingCapacity",
        "insert",
        "orderedRemove",
        "pop",
        "put",
        "remove",
        "resize",
        "swapRemove",
    ],
    receiver_parameter: "self",
    semantics: &RULES,
    ..Table::EMPTY
};

/// Types, imports, variables — and assignments.
fn variable(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Nth(0).find(node) else { return ExpressionId::UNKNOWN };
    let mut cursor = node.walk();
    let declares = node.children(&mut cursor).any(|child| matches!(child.kind(), "const" | "var"));
    let declared = Field("type").find(node);
    let value = Last.find(node).filter(|value| *value != name && Some(*value) != declared);
    if !declares || name.kind() != "identifier" {
        return assignment(walker, node, name, value);
    }
    let text = walker.text(name);
    if let Some(value) = value {
        let kind = match value.kind() {
            "struct_declaration" | "opaque_declaration" | "union_declaration" => {
                Some(SymbolKind::Struct)
            }
            "enum_declaration" | "error_set_declaration" => Some(SymbolKind::Enum),
            _ => None,
        };
        if let Some(kind) = kind {
            let mut found = Type::named(text, range(name), kind);
            found.body = Some(value);
            found.done.push(name);
            walker.type_definition(node, &found);
            return ExpressionId::UNKNOWN;
        }
        if let Some(module) = imported(walker, value) {
            walker.out.import(module, None, Some(text), ImportKind::Module, 0, false, range(value));
            return ExpressionId::UNKNOWN;
        }
    }
    let constant = walker.words_before(node, name).contains(&"const");
    let kind = if constant && walker.place() != ScopeKind::Function {
        SymbolKind::Constant
    } else {
        SymbolKind::Variable
    };
    walker.declare(node, name, kind, declared, value);
    ExpressionId::UNKNOWN
}

fn assignment(
    walker: &mut Walker<'_, '_>,
    node: Node<'_>,
    left: Node<'_>,
    right: Option<Node<'_>>,
) -> ExpressionId {
    let value = right.map_or(ExpressionId::UNKNOWN, |right| walker.visit(right));
    if walker.text(left) == "_" {
        return ExpressionId::UNKNOWN;
    }
    let end = right.map_or(node.end_byte(), |right| right.start_byte());
    let operator = walker.out.source().get(left.end_byte()..end).unwrap_or("").trim();
    let flags = if operator == "=" { ReferenceFlags::empty() } else { ReferenceFlags::AUGMENTED };
    walker.target(left, Some(value).filter(|value| *value != ExpressionId::UNKNOWN), flags);
    ExpressionId::UNKNOWN
}

/// The path in `@import("x.zig")`.
fn imported<'s>(walker: &Walker<'_, 's>, node: Node<'_>) -> Option<&'s str> {
    let word = (node.kind() == "builtin_function").then(|| Nth(0).find(node)).flatten()?;
    let path = Kind(&["arguments"]).find(node).and_then(|list| Nth(0).find(list))?;
    (walker.text(word) == "@import" && path.kind() == "string")
        .then(|| walker.text(path).trim_matches('"'))
}

/// `@import` as a value, `@This()`, casts; others only have arguments.
fn builtin(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if let Some(module) = imported(walker, node) {
        let import =
            walker.out.import(module, None, None, ImportKind::Module, 0, false, range(node));
        return walker.out.expression(Expression::Imported(import));
    }
    if walker.text(node).starts_with("@This") {
        let scope = walker.out.scope();
        return walker.out.expression(Expression::SelfType(scope));
    }
    walker.children(node);
    ExpressionId::UNKNOWN
}

/// `Self` is the type around, by convention.
fn named(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let text = walker.text(node);
    if text == "Self" {
        let scope = walker.out.scope();
        return walker.out.expression(Expression::SelfType(scope));
    }
    let value = walker.out.name_expression(text);
    walker.mention(text, range(node), value);
    value
}

/// `ArrayList(T)`: a list, otherwise a type with arguments.
fn applied(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(target) = Field("function").find(node) else { return ExpressionId::UNKNOWN };
    let mut arguments = Vec::new();
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor).filter(|child| *child != target) {
        let argument = walker.type_of(child);
        arguments.push(argument);
    }
    match walker.last_name(target) {
        "ArrayList" | "ArrayListUnmanaged" | "BoundedArray" | "MultiArrayList" => {
            walker.list_of(arguments.first().copied().unwrap_or(ExpressionId::UNKNOWN))
        }
        "StringHashMap" | "AutoHashMap" | "HashMap" | "StringArrayHashMap" | "AutoArrayHashMap" => {
            let base = walker.out.builtin("dict");
            walker.out.generic(base, &arguments)
        }
        _ => {
            let base = walker.type_of(target);
            walker.out.generic(base, &arguments)
        }
    }
}

fn slice(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(element) = Last.find(node) else { return ExpressionId::UNKNOWN };
    if walker.text(element) == "u8" {
        return walker.out.builtin("str");
    }
    let element = walker.type_of(element);
    walker.list_of(element)
}

/// A field of a struct, or a value of an enumeration.
fn field(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let is_enum =
        walker.out.definition().is_some_and(|id| walker.out.get(id).kind == SymbolKind::Enum);
    if is_enum {
        return walker.enum_value(node, name);
    }
    let declared = Field("type").find(node);
    let value = Last.find(node).filter(|value| *value != name && Some(*value) != declared);
    let id = walker.declare(node, name, SymbolKind::Field, declared, value);
    if let Some(id) = id {
        walker.out.get_mut(id).flags |= DefinitionFlags::EXPORTED;
    }
    ExpressionId::UNKNOWN
}

fn test(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let title = Kind(&["string", "identifier"]).find(node);
    let text = title.map_or("test", |title| walker.text(title).trim_matches('"'));
    let mut function = Function::named("", title.map_or(range(node), range));
    function.flags = DefinitionFlags::TEST;
    function.body = Kind(&["block"]).find(node);
    function.done.extend(title);
    walker.titled_function(node, text, &function);
    ExpressionId::UNKNOWN
}

/// `T{ .x = 1 }`.
fn initializer(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(class) = Nth(0).find(node) else { return ExpressionId::UNKNOWN };
    let lowered = walker.type_of(class);
    let expected = walker.expected.replace(lowered);
    let value = Kind(&["initializer_list"])
        .find(node)
        .map_or(ExpressionId::UNKNOWN, |list| walker.visit(list));
    walker.expected = expected;
    if value == ExpressionId::UNKNOWN { walker.instance_of(lowered) } else { value }
}

fn anonymous(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    Kind(&["initializer_list"]).find(node).map_or(ExpressionId::UNKNOWN, |list| walker.visit(list))
}

fn fields_of_literal(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let expected = walker.expected.take();
    let mut items = Vec::new();
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        let name = Field("left").find(child).and_then(|left| Field("member").find(left));
        let (Some(name), "assignment_expression") = (name, child.kind()) else {
            let item = walker.visit(child);
            items.push(item);
            continue;
        };
        let value = walker.visit_at(child, Field("right"));
        let text = walker.text(name);
        if let Some(class) = expected {
            let base = walker.instance_of(class);
            let member = walker.out.member(base, text);
            walker.out.write_reference(
                text,
                range(name),
                member,
                Some(value),
                ReferenceFlags::INITIALIZER,
            );
        }
        let item = walker.out.argument(text, value);
        items.push(item);
    }
    walker.expected = expected;
    match expected {
        Some(class) => walker.out.new_instance(class, &items),
        None => walker.out.collection(CollectionKind::List, &items),
    }
}

/// `e catch |err| f`: the value of `e`, with a name for the error.
fn catch(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.out.open_scope(ScopeKind::Block, None);
    let value = walker.visit_at(node, Nth(0));
    if let Some(name) = Kind(&["payload"]).find(node) {
        walker.bind_pattern(name, ExpressionId::UNKNOWN);
    }
    let done: Vec<Node<'_>> =
        [Nth(0).find(node), Kind(&["payload"]).find(node)].into_iter().flatten().collect();
    walker.children_except(node, &done);
    walker.out.close_scope();
    value
}

/// `if (x) |y|`, `while (x) |y|`, `for (xs) |x|`: the payload is what is inside.
fn payload(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.out.open_scope(ScopeKind::Block, None);
    let condition = Field("condition").find(node).or(Nth(0).find(node));
    let value = condition.map_or(ExpressionId::UNKNOWN, |condition| walker.visit(condition));
    let names = Kind(&["payload"]).find(node);
    if let Some(names) = names {
        let inner = if node.kind() == "for_statement" && value != ExpressionId::UNKNOWN {
            walker.out.expression(Expression::Element(value))
        } else {
            value
        };
        if let Some(first) = Nth(0).find(names) {
            walker.bind_pattern(first, inner);
        }
        let mut cursor = names.walk();
        for rest in names.named_children(&mut cursor).skip(1) {
            walker.bind_pattern(rest, ExpressionId::UNKNOWN);
        }
    }
    let done: Vec<Node<'_>> = [condition, names].into_iter().flatten().collect();
    walker.children_except(node, &done);
    walker.out.close_scope();
    ExpressionId::UNKNOWN
}

static RULES: Rules = Rules {
    candidates,
    builtins: &["std"],
    members: &[
        ("dict", "contains", BuiltinResult::Type("bool")),
        ("dict", "get", BuiltinResult::Element),
        ("dict", "put", BuiltinResult::Unknown),
        ("list", "append", BuiltinResult::Unknown),
        ("list", "items", BuiltinResult::Receiver),
        ("list", "len", BuiltinResult::Type("int")),
        ("list", "pop", BuiltinResult::Element),
        ("str", "len", BuiltinResult::Type("int")),
    ],
    common: &[
        "alloc",
        "append",
        "appendSlice",
        "clone",
        "close",
        "contains",
        "count",
        "create",
        "deinit",
        "destroy",
        "dupe",
        "eql",
        "expect",
        "expectEqual",
        "format",
        "free",
        "get",
        "getOrPut",
        "init",
        "insert",
        "items",
        "iterator",
        "len",
        "lock",
        "next",
        "open",
        "pop",
        "print",
        "put",
        "read",
        "readAll",
        "remove",
        "reset",
        "resize",
        "run",
        "set",
        "toOwnedSlice",
        "unlock",
        "wait",
        "write",
        "writeAll",
        "writer",
    ],
    standard: |module| matches!(module, "std" | "builtin" | "root"),
    tests: |path| semantics::stem(path).ends_with("_test") || semantics::test_folder(path),
    ..Rules::EMPTY
};

fn candidates(import: &Import, path: &str, facts: &FileFacts, layout: &Layout) -> Vec<String> {
    let module = facts.text(import.module);
    if matches!(module, "std" | "builtin" | "root") {
        return Vec::new();
    }
    if module.rsplit('.').next() != Some("zig") {
        // A module of the build file: usually its root file has the same name.
        return semantics::path_candidates(
            module,
            path,
            layout,
            &["src", "lib", ""],
            &[".zig", "/root.zig", "/main.zig", "/lib.zig"],
        );
    }
    semantics::path_candidates(module, path, layout, &[], &[""])
}

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}
