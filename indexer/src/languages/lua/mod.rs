//! Lua: tables that serve as modules and classes.
//!
//! A table that functions are put on (`function Account:deposit()`) is a type here, whatever it
//! is used for: its functions are members, `self.x = …` in them makes fields, and
//! `setmetatable(_, Account)` makes an instance. What a file returns is what `require` gives.

use crate::extract::builder::range;
use crate::languages::generic::rules::At::{self, Field, Kind, Nth};
use crate::languages::generic::rules::{Rule, TypeRule};
use crate::languages::generic::semantics::{self, Rules};
use crate::languages::generic::{Declares, Function, Grammar, Table, Type, Visibility, Walker};
use crate::languages::language::NamespaceKey;
use crate::layout::Layout;
use qf_graph::facts::{
    CollectionKind, DefinitionFlags, Expression, ExpressionId, FileFacts, Import, ImportKind,
    ParameterKind, ReferenceFlags, ScopeId, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_lua::LANGUAGE.into());

/// Lua.
pub static LUA: Table = Table {
    name: "lua",
    extensions: &["lua", "luau", "rockspec"],
    interpreters: &["lua", "luajit"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("comment", Rule::Comment),
        ("hash_bang_line", Rule::Skip),
        ("variable_declaration", Rule::Custom(local)),
        ("assignment_statement", Rule::Custom(global)),
        ("function_declaration", Rule::Custom(function)),
        ("function_definition", Rule::Lambda(Field("parameters"), Field("body"))),
        ("vararg_expression", Rule::Parameter(At::None, At::None, At::None, ParameterKind::Rest)),
        ("block", Rule::Block),
        ("do_statement", Rule::Block),
        ("for_statement", Rule::Block),
        ("for_generic_clause", Rule::Custom(generic_for)),
        ("for_numeric_clause", Rule::Custom(numeric_for)),
        ("return_statement", Rule::Custom(returns)),
        ("expression_list", Rule::Sequence),
        ("identifier", Rule::Name),
        ("dot_index_expression", Rule::Member(Field("table"), Field("field"))),
        ("method_index_expression", Rule::Member(Field("table"), Field("method"))),
        ("bracket_index_expression", Rule::Index(Field("table"), Field("field"))),
        ("function_call", Rule::Custom(call)),
        ("arguments", Rule::Children),
        ("parenthesized_expression", Rule::Transparent),
        ("binary_expression", Rule::Binary(Field("left"), Field("right"))),
        ("table_constructor", Rule::Collection(CollectionKind::List)),
        ("field", Rule::Pair(Field("name"), Field("value"))),
        ("string", Rule::Text),
        ("string_content", Rule::TextPart),
        ("escape_sequence", Rule::TextPart),
        ("number", Rule::Literal("int")),
        ("true", Rule::Literal("bool")),
        ("false", Rule::Literal("bool")),
        ("nil", Rule::Skip),
        ("attribute", Rule::Skip),
        ("label_statement", Rule::Skip),
        ("goto_statement", Rule::Skip),
    ],
    types: &[("identifier", TypeRule::Named)],
    declares: Declares::Module,
    visibility: Visibility::With(&[]),
    implicit_fields: true,
    capitals_are_constants: true,
    this: &["self"],
    begin: Some(find_types),
    semantics: &RULES,
    ..Table::EMPTY
};

/// Tables with functions on them are types; which these are is known only from the whole file.
fn find_types(walker: &mut Walker<'_, '_>, root: Node<'_>) -> ExpressionId {
    let mut cursor = root.walk();
    for child in root.named_children(&mut cursor) {
        let name = match child.kind() {
            "function_declaration" => Field("name").find(child),
            "assignment_statement" => {
                let value = Nth(1).find(child).and_then(|list| Nth(0).find(list));
                let is_function = value.is_some_and(|value| value.kind() == "function_definition");
                Nth(0).find(child).and_then(|list| Nth(0).find(list)).filter(|_| is_function)
            }
            _ => None,
        };
        let owner = name.and_then(|name| Field("table").find(name));
        if let Some(owner) = owner.filter(|owner| owner.kind() == "identifier") {
            walker.notes.insert(walker.text(owner).to_owned(), 1);
        }
    }
    ExpressionId::UNKNOWN
}

fn local(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.wrap_from(node);
    match Kind(&["assignment_statement"]).find(node) {
        Some(statement) => assign(walker, statement, true),
        None => {
            if let Some(list) = Kind(&["variable_list"]).find(node) {
                let mut cursor = list.walk();
                for name in list.named_children(&mut cursor) {
                    declare_local(walker, node, name, None);
                }
            }
        }
    }
    walker.forget_wrap();
    ExpressionId::UNKNOWN
}

fn global(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    assign(walker, node, false);
    ExpressionId::UNKNOWN
}

/// Names and values, one by one; a last call may give several.
fn assign(walker: &mut Walker<'_, '_>, node: Node<'_>, is_local: bool) {
    let (Some(names), Some(values)) =
        (Kind(&["variable_list"]).find(node), Kind(&["expression_list"]).find(node))
    else {
        walker.children(node);
        return;
    };
    let mut cursor = names.walk();
    let names: Vec<Node<'_>> = names.named_children(&mut cursor).collect();
    let mut cursor = values.walk();
    let values: Vec<Node<'_>> = values.named_children(&mut cursor).collect();
    let mut last = ExpressionId::UNKNOWN;
    for (index, name) in names.iter().enumerate() {
        let Some(value) = values.get(index) else {
            let part = match last {
                ExpressionId::UNKNOWN => last,
                base => {
                    let index = (index + 1 - values.len()) as u16;
                    walker.out.expression(Expression::Part { base, index })
                }
            };
            bind(walker, node, *name, part, is_local);
            continue;
        };
        if one(walker, node, *name, *value, is_local) {
            continue;
        }
        let doc = walker.take_doc();
        last = walker.visit(*value);
        walker.put_doc(doc);
        let first_of_several = index + 1 == values.len() && names.len() > values.len();
        let bound = if first_of_several && last != ExpressionId::UNKNOWN {
            walker.out.expression(Expression::Part { base: last, index: 0 })
        } else {
            last
        };
        bind(walker, node, *name, bound, is_local);
    }
    for value in values.iter().skip(names.len()) {
        walker.visit(*value);
    }
}

/// Modules, types and functions that get their name here.
fn one(
    walker: &mut Walker<'_, '_>,
    node: Node<'_>,
    name: Node<'_>,
    value: Node<'_>,
    is_local: bool,
) -> bool {
    let at_top = walker.place() == ScopeKind::Module;
    if name.kind() == "identifier" {
        let text = walker.text(name);
        if let Some(module) = required(walker, value) {
            let bound = Some(text);
            walker.out.import(&module, None, bound, ImportKind::Module, 0, false, range(value));
            walker.note_local(text);
            return true;
        }
        if at_top && walker.notes.contains_key(text) && walker.type_in_file(text).is_none() {
            let mut found = Type::named(text, range(name), SymbolKind::Class);
            found.flags |= DefinitionFlags::EXPORTED;
            found.done.extend([name, value]);
            found.done.extend(Kind(&["variable_list"]).find(node));
            found.done.extend(Kind(&["expression_list"]).find(node));
            let id = walker.type_definition(node, &found);
            walker.note_local(text);
            table_members(walker, value, id);
            return true;
        }
        if value.kind() == "function_definition" && (is_local || at_top) {
            let (parameters, body) = (Field("parameters").find(value), Field("body").find(value));
            walker.lambda_parts(value, parameters, body, text, range(name));
            walker.note_local(text);
            return true;
        }
        return false;
    }
    if name.kind() == "dot_index_expression" && value.kind() == "function_definition" {
        let mut function = Function::named("", range(name));
        function.parameters.extend(Field("parameters").find(value));
        function.body = Field("body").find(value);
        member_function(walker, value, name, function);
        return true;
    }
    false
}

/// Fields written in the table a type begins with.
fn table_members(walker: &mut Walker<'_, '_>, value: Node<'_>, id: qf_graph::facts::DefinitionId) {
    let scope = walker.out.get(id).scope;
    let (Some(scope), "table_constructor") = (scope, value.kind()) else {
        walker.visit(value);
        return;
    };
    walker.out.push_parent(id);
    walker.out.reopen_scope(scope);
    let mut cursor = value.walk();
    for field in value.named_children(&mut cursor).filter(|child| child.kind() == "field") {
        match (Field("name").find(field), Field("value").find(field)) {
            (Some(name), Some(value)) if name.kind() == "identifier" => {
                if value.kind() == "function_definition" {
                    let mut function = Function::named(walker.text(name), range(name));
                    function.parameters.extend(Field("parameters").find(value));
                    function.body = Field("body").find(value);
                    walker.function(value, &function);
                } else {
                    walker.declare(field, name, SymbolKind::Field, None, Some(value));
                }
            }
            _ => {
                walker.visit(field);
            }
        }
    }
    walker.out.close_scope();
    walker.out.pop_parent();
}

fn bind(
    walker: &mut Walker<'_, '_>,
    node: Node<'_>,
    name: Node<'_>,
    value: ExpressionId,
    is_local: bool,
) {
    let known = Some(value).filter(|value| *value != ExpressionId::UNKNOWN);
    if is_local {
        declare_local(walker, node, name, known);
    } else {
        walker.target(name, known, ReferenceFlags::empty());
    }
}

fn declare_local(
    walker: &mut Walker<'_, '_>,
    node: Node<'_>,
    name: Node<'_>,
    value: Option<ExpressionId>,
) {
    let text = walker.text(name);
    if name.kind() != "identifier" {
        return;
    }
    let (scope, at) = (walker.out.scope(), range(name).start);
    let id = (walker.place() == ScopeKind::Module).then(|| {
        walker.declare_at(
            scope,
            text,
            range(node),
            range(name),
            SymbolKind::Variable,
            DefinitionFlags::empty(),
        )
    });
    walker.bind_declared(scope, text, at, id, None, value);
}

/// `require("x")` as a value.
fn required(walker: &mut Walker<'_, '_>, node: Node<'_>) -> Option<String> {
    let name = (node.kind() == "function_call").then(|| Field("name").find(node)).flatten()?;
    let argument = Field("arguments").find(node).and_then(|list| Nth(0).find(list))?;
    (walker.text(name) == "require" && argument.kind() == "string")
        .then(|| walker.text(argument).trim_matches(['"', '\'', '[', ']']).to_owned())
}

fn function(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else { return ExpressionId::UNKNOWN };
    let mut function = Function::named(walker.text(name), range(name));
    function.parameters.extend(Field("parameters").find(node));
    function.body = Field("body").find(node);
    function.done.push(name);
    if name.kind() == "identifier" {
        if !walker.text(node).starts_with("local") {
            function.flags |= DefinitionFlags::EXPORTED;
        }
        walker.function(node, &function);
    } else {
        member_function(walker, node, name, function);
    }
    ExpressionId::UNKNOWN
}

/// `A.f` and `A:f`: members of `A`.
fn member_function<'s>(
    walker: &mut Walker<'_, 's>,
    node: Node<'_>,
    name: Node<'_>,
    mut function: Function<'s, '_>,
) {
    let Some(last) = At::Fields(&["field", "method"]).find(name) else { return };
    let Some(owner) = Field("table").find(name) else { return };
    function.name = walker.text(last);
    function.name_span = range(last);
    function.flags |= DefinitionFlags::EXPORTED;
    if name.kind() == "dot_index_expression" {
        function.flags |= DefinitionFlags::STATIC;
    }
    let class = walker.type_in_file(walker.text(owner));
    let scope = class.and_then(|class| walker.out.get(class).scope);
    if let (Some(class), Some(scope)) = (class, scope) {
        walker.out.push_parent(class);
        walker.out.reopen_scope(scope);
        walker.function(node, &function);
        walker.out.close_scope();
        walker.out.pop_parent();
    } else {
        let target = walker.path_expression(owner);
        walker.out.extension(target, None);
        walker.function(node, &function);
        walker.out.close_scope();
    }
}

/// `for k, v in pairs(t)`.
fn generic_for(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let over = Kind(&["expression_list"])
        .find(node)
        .map_or(ExpressionId::UNKNOWN, |list| walker.visit(list));
    // `pairs(t)` and `ipairs(t)` go through `t`.
    let over = match walker.out.peek(over) {
        Expression::Call { arguments, .. } if arguments.len == 1 => walker.first_argument(over),
        _ => over,
    };
    if let Some(list) = Kind(&["variable_list"]).find(node) {
        let mut cursor = list.walk();
        for (index, name) in list.named_children(&mut cursor).enumerate() {
            let value = if index == 1 && over != ExpressionId::UNKNOWN {
                walker.out.expression(Expression::Element(over))
            } else {
                ExpressionId::UNKNOWN
            };
            walker.bind_pattern(name, value);
        }
    }
    ExpressionId::UNKNOWN
}

fn numeric_for(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let name = Field("name").find(node);
    let done: Vec<Node<'_>> = name.into_iter().collect();
    walker.children_except(node, &done);
    if let Some(name) = name {
        let value = walker.out.builtin("int");
        walker.bind_pattern(name, value);
    }
    ExpressionId::UNKNOWN
}

/// `return`; at the top of a file it says what the module is.
fn returns(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let value = walker.children(node);
    if walker.open_function().is_some() {
        walker.returned(value);
    } else if value != ExpressionId::UNKNOWN {
        walker.out.export("export=", value);
    }
    ExpressionId::UNKNOWN
}

fn call(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(target), Some(list)) = (Field("name").find(node), Field("arguments").find(node))
    else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    if let Some(module) = required(walker, node) {
        let import =
            walker.out.import(&module, None, None, ImportKind::Module, 0, false, range(list));
        return walker.out.expression(Expression::Imported(import));
    }
    let name = walker.text(target);
    match name {
        "it" | "test" if walker.test_call(node, Nth(0).find(list), Nth(1).find(list)) => {
            return ExpressionId::UNKNOWN;
        }
        // An instance of what the metatable is.
        "setmetatable" => {
            let values = walker.arguments(list);
            let class = values.get(1).copied().unwrap_or(ExpressionId::UNKNOWN);
            return match walker.out.peek(class) {
                Expression::Name { .. } | Expression::This(_) => walker.instance_of(class),
                _ => values.first().copied().unwrap_or(ExpressionId::UNKNOWN),
            };
        }
        "table.insert" | "table.remove" | "table.sort" => {
            let callee = walker.callee(target);
            let value =
                walker.finish_call(node, callee, Some(target), Some(list), ReferenceFlags::empty());
            let first = walker.first_argument(value);
            if let Some(object) = Nth(0).find(list) {
                walker.mutated(object, first);
            }
            return value;
        }
        _ => {}
    }
    let callee = walker.callee(target);
    walker.finish_call(node, callee, Some(target), Some(list), ReferenceFlags::empty())
}

static RULES: Rules = Rules {
    namespaces,
    candidates,
    builtins: BUILTINS,
    common: COMMON,
    standard: |module| {
        matches!(
            module,
            "string"
                | "table"
                | "math"
                | "io"
                | "os"
                | "coroutine"
                | "debug"
                | "utf8"
                | "bit"
                | "ffi"
                | "jit"
        )
    },
    tests: |path| {
        let stem = semantics::stem(path);
        stem.ends_with("_spec")
            || stem.ends_with("_test")
            || stem.starts_with("test_")
            || semantics::test_folder(path)
    },
    ..Rules::EMPTY
};

fn namespaces(path: &str, _: &FileFacts, _: &Layout) -> Vec<(NamespaceKey, ScopeId)> {
    vec![(NamespaceKey::local(path), ScopeId::MODULE)]
}

fn candidates(import: &Import, path: &str, facts: &FileFacts, layout: &Layout) -> Vec<String> {
    let module = facts.text(import.module).replace('.', "/");
    let mut found = Vec::new();
    for root in ["", "lua", "src", "lib", crate::layout::folder(path)] {
        for ending in [".lua", "/init.lua", ".luau"] {
            found.extend(crate::layout::join(root, &format!("{module}{ending}")));
        }
    }
    if !found.iter().any(|candidate| layout.has_file(candidate)) {
        let suffix = format!("/{module}.lua");
        found.extend(layout.only_file_ending(&suffix).map(str::to_owned));
    }
    found
}

const BUILTINS: &[&str] = &[
    "_ENV",
    "_G",
    "_VERSION",
    "arg",
    "assert",
    "bit32",
    "collectgarbage",
    "coroutine",
    "debug",
    "dofile",
    "error",
    "getmetatable",
    "io",
    "ipairs",
    "jit",
    "load",
    "loadfile",
    "loadstring",
    "math",
    "module",
    "next",
    "ngx",
    "os",
    "package",
    "pairs",
    "pcall",
    "print",
    "rawequal",
    "rawget",
    "rawlen",
    "rawset",
    "require",
    "select",
    "setfenv",
    "setmetatable",
    "string",
    "table",
    "tonumber",
    "tostring",
    "type",
    "unpack",
    "utf8",
    "vim",
    "xpcall",
];

const COMMON: &[&str] = &[
    "add", "byte", "call", "char", "clear", "close", "concat", "copy", "create", "find", "flush",
    "format", "get", "gmatch", "gsub", "init", "insert", "len", "lines", "load", "lower", "match",
    "new", "next", "open", "pop", "print", "push", "read", "remove", "rep", "reset", "reverse",
    "run", "seek", "send", "set", "sort", "start", "stop", "sub", "unpack", "update", "upper",
    "write",
];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}
