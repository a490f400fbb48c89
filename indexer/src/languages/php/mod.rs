//! PHP: namespaces, classes and included files.
//!
//! A namespace clause makes the file's scope a part of that namespace for every repository;
//! `use` imports by full name. A fully qualified name in an expression is an import that binds
//! nothing, so it means the same as one at the top.

use crate::extract::builder::{NewDefinition, range};
use crate::languages::generic::rules::At::{self, Field, Kind, LastKind, Nth};
use crate::languages::generic::rules::{FunctionRule, Rule, TypeRule, TypeRuleRow};
use crate::languages::generic::semantics::{self, Rules};
use crate::languages::generic::{Declares, Grammar, Table, Tests, Visibility, Walker};
use crate::languages::language::BuiltinResult;
use crate::layout::Layout;
use qf_graph::facts::{
    BindingValue, CollectionKind, Expression, ExpressionId, FileFacts, Import, ImportKind,
    ParameterKind, SymbolKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_php::LANGUAGE_PHP.into());

const CLASS: TypeRuleRow =
    TypeRuleRow { bases: &["base_clause", "class_interface_clause"], ..TypeRuleRow::USUAL };
const FUNCTION: FunctionRule = FunctionRule { result: Field("return_type"), ..FunctionRule::USUAL };

/// PHP.
pub static PHP: Table = Table {
    name: "php",
    extensions: &["php", "phtml", "php5", "inc"],
    interpreters: &["php"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("comment", Rule::Comment),
        ("php_tag", Rule::Skip),
        ("text_interpolation", Rule::Skip),
        ("text", Rule::Skip),
        ("declare_statement", Rule::Skip),
        ("namespace_definition", Rule::Custom(namespace)),
        ("namespace_use_declaration", Rule::Custom(uses)),
        ("require_expression", Rule::Custom(include)),
        ("require_once_expression", Rule::Custom(include)),
        ("include_expression", Rule::Custom(include)),
        ("include_once_expression", Rule::Custom(include)),
        ("class_declaration", Rule::Type(CLASS)),
        ("interface_declaration", Rule::Type(TypeRuleRow { kind: SymbolKind::Interface, ..CLASS })),
        ("trait_declaration", Rule::Type(TypeRuleRow { kind: SymbolKind::Interface, ..CLASS })),
        ("enum_declaration", Rule::Type(TypeRuleRow { kind: SymbolKind::Enum, ..CLASS })),
        ("enum_case", Rule::EnumMember(Field("name"))),
        ("use_declaration", Rule::Custom(use_traits)),
        ("function_definition", Rule::Function(FUNCTION)),
        ("method_declaration", Rule::Function(FUNCTION)),
        ("property_declaration", Rule::Custom(properties)),
        ("const_declaration", Rule::Wrap),
        ("const_element", Rule::Variable(SymbolKind::Constant, Nth(0), At::None, Nth(1))),
        (
            "static_variable_declaration",
            Rule::Variable(SymbolKind::Variable, Field("name"), At::None, Field("value")),
        ),
        (
            "simple_parameter",
            Rule::Parameter(
                Field("name"),
                Field("type"),
                Field("default_value"),
                ParameterKind::Plain,
            ),
        ),
        (
            "variadic_parameter",
            Rule::Parameter(Field("name"), Field("type"), At::None, ParameterKind::Rest),
        ),
        ("property_promotion_parameter", Rule::Custom(promoted)),
        ("variable_name", Rule::Name),
        ("name", Rule::Name),
        ("qualified_name", Rule::Custom(qualified)),
        ("namespace_name", Rule::Skip),
        ("relative_scope", Rule::Custom(relative_scope)),
        ("by_ref", Rule::Transparent),
        ("member_access_expression", Rule::Member(Field("object"), Field("name"))),
        ("nullsafe_member_access_expression", Rule::Member(Field("object"), Field("name"))),
        ("scoped_property_access_expression", Rule::Member(Field("scope"), Field("name"))),
        ("class_constant_access_expression", Rule::Member(Nth(0), Nth(1))),
        ("function_call_expression", Rule::Call(Field("function"), Field("arguments"))),
        (
            "member_call_expression",
            Rule::MethodCall(Field("object"), Field("name"), Field("arguments")),
        ),
        (
            "nullsafe_member_call_expression",
            Rule::MethodCall(Field("object"), Field("name"), Field("arguments")),
        ),
        (
            "scoped_call_expression",
            Rule::MethodCall(Field("scope"), Field("name"), Field("arguments")),
        ),
        ("argument", Rule::Argument(Field("name"), At::Last)),
        ("variadic_unpacking", Rule::Transparent),
        ("object_creation_expression", Rule::New(Nth(0), Kind(&["arguments"]))),
        ("subscript_expression", Rule::Index(Nth(0), Nth(1))),
        ("assignment_expression", Rule::Assign(Field("left"), Field("right"))),
        ("reference_assignment_expression", Rule::Assign(Field("left"), Field("right"))),
        ("augmented_assignment_expression", Rule::Assign(Field("left"), Field("right"))),
        ("update_expression", Rule::Update(Field("argument"))),
        ("list_literal", Rule::Pattern),
        ("foreach_statement", Rule::Loop(Nth(1), At::None, Nth(0))),
        ("pair", Rule::Pair(Nth(0), Nth(1))),
        ("catch_clause", Rule::Catch(Field("name"), Field("type"))),
        ("anonymous_function", Rule::Lambda(Field("parameters"), Field("body"))),
        ("arrow_function", Rule::Lambda(Field("parameters"), Field("body"))),
        ("anonymous_function_use_clause", Rule::Skip),
        ("binary_expression", Rule::Binary(Field("left"), Field("right"))),
        ("conditional_expression", Rule::Either(&["body", "alternative"])),
        ("match_expression", Rule::Children),
        ("parenthesized_expression", Rule::Transparent),
        ("clone_expression", Rule::Transparent),
        ("error_suppression_expression", Rule::Transparent),
        ("cast_expression", Rule::Inner(Field("value"))),
        ("return_statement", Rule::Return),
        ("array_creation_expression", Rule::Collection(CollectionKind::List)),
        ("array_element_initializer", Rule::Pair(Nth(0), Nth(1))),
        ("encapsed_string", Rule::Text),
        ("string", Rule::Text),
        ("heredoc", Rule::Text),
        ("heredoc_body", Rule::Text),
        ("heredoc_start", Rule::Skip),
        ("heredoc_end", Rule::Skip),
        ("nowdoc", Rule::Text),
        ("nowdoc_body", Rule::Text),
        ("nowdoc_string", Rule::TextPart),
        ("string_content", Rule::TextPart),
        ("escape_sequence", Rule::TextPart),
        ("integer", Rule::Literal("int")),
        ("float", Rule::Literal("float")),
        ("boolean", Rule::Literal("bool")),
        ("null", Rule::Skip),
        ("visibility_modifier", Rule::Modifier),
        ("static_modifier", Rule::Modifier),
        ("abstract_modifier", Rule::Modifier),
        ("final_modifier", Rule::Modifier),
        ("readonly_modifier", Rule::Modifier),
        ("var_modifier", Rule::Modifier),
        ("attribute_list", Rule::Modifiers),
        ("attribute_group", Rule::Modifiers),
        ("attribute", Rule::Decorator(Nth(0), Field("parameters"))),
        ("global_declaration", Rule::Skip),
        ("named_type", Rule::Skip),
        ("primitive_type", Rule::Skip),
        ("optional_type", Rule::Skip),
        ("union_type", Rule::Skip),
        ("cast_type", Rule::Skip),
    ],
    types: &[
        ("named_type", TypeRule::Inner(Nth(0))),
        ("name", TypeRule::Custom(named)),
        ("qualified_name", TypeRule::Custom(qualified_type)),
        ("relative_scope", TypeRule::Custom(relative_scope)),
        ("primitive_type", TypeRule::Named),
        ("optional_type", TypeRule::Inner(Nth(0))),
        ("union_type", TypeRule::Either),
        ("type_list", TypeRule::Either),
        ("intersection_type", TypeRule::Either),
    ],
    primitives: &[
        ("void", ""),
        ("mixed", ""),
        ("null", ""),
        ("never", ""),
        ("object", ""),
        ("string", "str"),
        ("int", "int"),
        ("float", "float"),
        ("bool", "bool"),
        ("false", "bool"),
        ("true", "bool"),
        ("array", "list"),
        ("iterable", "list"),
        ("callable", "function"),
    ],
    declares: Declares::Local,
    implicit_fields: false,
    visibility: Visibility::Without(&["private"]),
    constructors: &["__construct"],
    this: &["$this"],
    sigil: true,
    tests: Tests {
        decorators: &["Test", "DataProvider"],
        bases: &["TestCase", "WebTestCase", "KernelTestCase", "PHPUnit_Framework_TestCase"],
        prefixes: &["test"],
        free: false,
    },
    semantics: &RULES,
    ..Table::EMPTY
};

/// `namespace A\B;` or `namespace A\B { … }`.
fn namespace(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let name = Field("name").find(node);
    match (name, Field("body").find(node)) {
        (Some(name), Some(body)) => walker.in_namespace(node, name, body),
        (Some(name), None) => {
            let text = walker.text(name);
            walker.out.set_package(text);
        }
        (None, Some(body)) => {
            walker.children(body);
        }
        (None, None) => {}
    }
    ExpressionId::UNKNOWN
}

/// `use A\B\{C, D as E};`.
fn uses(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let prefix = Kind(&["namespace_name"]).find(node).map_or("", |prefix| walker.text(prefix));
    let group = Field("body").find(node).unwrap_or(node);
    let mut cursor = group.walk();
    for clause in
        group.named_children(&mut cursor).filter(|child| child.kind() == "namespace_use_clause")
    {
        let Some(path) = Kind(&["qualified_name", "name"]).find(clause) else { continue };
        let mut full = walker.text(path).trim_start_matches('\\').to_owned();
        if !prefix.is_empty() {
            full = format!("{}\\{full}", prefix.trim_start_matches('\\'));
        }
        let (module, item) = full.rsplit_once('\\').unwrap_or(("", full.as_str()));
        let alias = Field("alias").find(clause).map_or(item, |alias| walker.text(alias));
        walker.out.import(module, Some(item), Some(alias), ImportKind::Item, 0, false, range(path));
    }
    ExpressionId::UNKNOWN
}

/// `require __DIR__ . '/x.php';`.
fn include(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let value = Nth(0).find(node).map_or(ExpressionId::UNKNOWN, |path| walker.visit(path));
    let text = match walker.out.peek(value) {
        Expression::Text(name) => walker.out.name_text(name).to_owned(),
        // Only the constant part behind `__DIR__` or `dirname(__FILE__)` is known.
        Expression::Concat(_) => {
            let source = walker.text(node);
            let quoted = source.rsplit(['\'', '"']).nth(1).unwrap_or("");
            quoted.to_owned()
        }
        _ => String::new(),
    };
    let text = text.trim_start_matches('/');
    if !text.is_empty() {
        walker.out.import(text, None, None, ImportKind::Star, 0, false, range(node));
    }
    ExpressionId::UNKNOWN
}

/// Traits a class uses are bases of it.
fn use_traits(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if let Some(class) = walker.out.definition() {
        let mut cursor = node.walk();
        for name in node
            .named_children(&mut cursor)
            .filter(|child| matches!(child.kind(), "name" | "qualified_name"))
        {
            walker.base(name, class);
        }
    }
    ExpressionId::UNKNOWN
}

fn properties(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let declared = Field("type").find(node);
    let doc = walker.take_doc();
    let mut cursor = node.walk();
    for element in
        node.named_children(&mut cursor).filter(|child| child.kind() == "property_element")
    {
        if let Some(name) = Field("name").find(element) {
            walker.put_doc(doc);
            walker.declare(
                node,
                name,
                SymbolKind::Field,
                declared,
                Field("default_value").find(element),
            );
        }
    }
    walker.visit_at(node, LastKind(&["property_hook_list"]));
    ExpressionId::UNKNOWN
}

/// A constructor's parameter that is a field too.
fn promoted(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(function), Some(name)) = (walker.open_function(), Field("name").find(node)) else {
        return ExpressionId::UNKNOWN;
    };
    let default = Field("default_value").find(node);
    walker.parameter(function, Some(name), Field("type").find(node), default, ParameterKind::Plain);
    let declared = walker.out.get(function).parameters.last().and_then(|last| last.declared_type);
    let Some(scope) = walker.out.type_scope() else { return ExpressionId::UNKNOWN };
    let header = walker.header(node, name.start_byte() as u32);
    let text = walker.name_of(name);
    let mut flags = walker.flags_of(&header.words, text);
    if !header.words.contains(&"private") {
        flags |= qf_graph::facts::DefinitionFlags::EXPORTED;
    }
    let class = walker.out.get(function).parent;
    let id = walker.out.define(&NewDefinition {
        name: text,
        kind: SymbolKind::Field,
        span: range(node),
        name_span: range(name),
        signature_end: 0,
        flags,
    });
    walker.out.get_mut(id).parent = class;
    walker.out.get_mut(id).declared_type = declared;
    walker.out.bind_definition(scope, id);
    if let Some(declared) = declared {
        walker.out.bind(scope, text, range(name).start, BindingValue::Typed(declared));
    }
    ExpressionId::UNKNOWN
}

/// `self`, `static` and `parent` are names to the grammar.
fn named(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    match walker.text(node) {
        "self" | "static" | "parent" => relative_scope(walker, node),
        text => {
            let value = walker.out.name_expression(text);
            walker.mention(text, range(node), value);
            value
        }
    }
}

fn relative_scope(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if walker.text(node) == "parent" {
        return walker.super_part();
    }
    let scope = walker.out.scope();
    walker.out.expression(Expression::SelfType(scope))
}

/// `\A\B\c` is an import that binds nothing; `B\c` goes through what `B` means here.
fn qualified(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let text = walker.text(node);
    let Some(full) = text.strip_prefix('\\') else {
        return walker.path_expression(node);
    };
    let Some((module, item)) = full.rsplit_once('\\') else {
        return walker.out.name_expression(full);
    };
    let import =
        walker.out.import(module, Some(item), None, ImportKind::Item, 0, false, range(node));
    walker.out.expression(Expression::Imported(import))
}

fn qualified_type(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let value = qualified(walker, node);
    let (name, span) = walker.last_name_span(node);
    walker.mention(name, span, value);
    value
}

static RULES: Rules = Rules {
    namespaces: |path, facts, _| semantics::by_package(path, facts, "\\"),
    candidates,
    separator: "\\",
    constructor_names: &["__construct"],
    builtins: BUILTINS,
    members: MEMBERS,
    common: COMMON,
    tests: |path| {
        let stem = semantics::stem(path);
        stem.ends_with("Test") || stem.ends_with("TestCase") || semantics::test_folder(path)
    },
    ..Rules::EMPTY
};

fn candidates(import: &Import, path: &str, facts: &FileFacts, layout: &Layout) -> Vec<String> {
    let module = facts.text(import.module);
    if import.kind == ImportKind::Star {
        return semantics::path_candidates(
            module,
            path,
            layout,
            &["", "src", "lib", "includes"],
            &[""],
        );
    }
    vec![module.to_owned()]
}

const BUILTINS: &[&str] = &[
    "ArrayAccess",
    "ArrayIterator",
    "ArrayObject",
    "BadMethodCallException",
    "Closure",
    "Countable",
    "DateInterval",
    "DateTime",
    "DateTimeImmutable",
    "DateTimeInterface",
    "DateTimeZone",
    "DomainException",
    "Error",
    "Exception",
    "Generator",
    "InvalidArgumentException",
    "Iterator",
    "IteratorAggregate",
    "JsonException",
    "JsonSerializable",
    "LogicException",
    "OutOfBoundsException",
    "PDO",
    "PHP_EOL",
    "ReflectionClass",
    "RuntimeException",
    "SplObjectStorage",
    "Stringable",
    "Throwable",
    "Traversable",
    "TypeError",
    "UnexpectedValueException",
    "__CLASS__",
    "__DIR__",
    "__FILE__",
    "__FUNCTION__",
    "__LINE__",
    "__METHOD__",
    "__NAMESPACE__",
    "abs",
    "array_column",
    "array_combine",
    "array_diff",
    "array_fill",
    "array_filter",
    "array_flip",
    "array_intersect",
    "array_key_exists",
    "array_key_first",
    "array_keys",
    "array_map",
    "array_merge",
    "array_pop",
    "array_push",
    "array_reduce",
    "array_reverse",
    "array_search",
    "array_shift",
    "array_slice",
    "array_splice",
    "array_sum",
    "array_unique",
    "array_unshift",
    "array_values",
    "array_walk",
    "arsort",
    "asort",
    "assert",
    "basename",
    "bin2hex",
    "call_user_func",
    "call_user_func_array",
    "ceil",
    "class_exists",
    "compact",
    "count",
    "date",
    "define",
    "defined",
    "die",
    "dirname",
    "empty",
    "error_log",
    "exit",
    "explode",
    "extract",
    "fclose",
    "file_exists",
    "file_get_contents",
    "file_put_contents",
    "filter_var",
    "floor",
    "fopen",
    "fread",
    "func_get_args",
    "function_exists",
    "fwrite",
    "get_class",
    "get_object_vars",
    "gettype",
    "hash",
    "header",
    "htmlspecialchars",
    "http_build_query",
    "implode",
    "in_array",
    "ini_set",
    "intdiv",
    "interface_exists",
    "intval",
    "is_array",
    "is_bool",
    "is_callable",
    "is_dir",
    "is_file",
    "is_float",
    "is_int",
    "is_null",
    "is_numeric",
    "is_object",
    "is_string",
    "isset",
    "iterator_to_array",
    "join",
    "json_decode",
    "json_encode",
    "krsort",
    "ksort",
    "lcfirst",
    "ltrim",
    "max",
    "mb_strlen",
    "mb_strtolower",
    "mb_strtoupper",
    "mb_substr",
    "md5",
    "method_exists",
    "microtime",
    "min",
    "mkdir",
    "mt_rand",
    "nl2br",
    "number_format",
    "ob_get_clean",
    "ob_start",
    "parse_str",
    "parse_url",
    "preg_match",
    "preg_match_all",
    "preg_quote",
    "preg_replace",
    "preg_replace_callback",
    "preg_split",
    "print",
    "print_r",
    "printf",
    "property_exists",
    "rand",
    "random_bytes",
    "random_int",
    "range",
    "realpath",
    "rename",
    "rmdir",
    "round",
    "rtrim",
    "serialize",
    "session_start",
    "setcookie",
    "settype",
    "sha1",
    "sleep",
    "sort",
    "spl_autoload_register",
    "spl_object_hash",
    "sprintf",
    "str_contains",
    "str_ends_with",
    "str_pad",
    "str_repeat",
    "str_replace",
    "str_split",
    "str_starts_with",
    "strcasecmp",
    "strcmp",
    "stripos",
    "strlen",
    "strpos",
    "strrev",
    "strrpos",
    "strstr",
    "strtolower",
    "strtotime",
    "strtoupper",
    "strtr",
    "strval",
    "substr",
    "substr_count",
    "sys_get_temp_dir",
    "time",
    "touch",
    "trigger_error",
    "trim",
    "uasort",
    "ucfirst",
    "ucwords",
    "uksort",
    "uniqid",
    "unlink",
    "unserialize",
    "unset",
    "urldecode",
    "urlencode",
    "usleep",
    "usort",
    "var_dump",
    "var_export",
    "version_compare",
    "vsprintf",
    "wordwrap",
];

const COMMON: &[&str] = &[
    "add",
    "all",
    "append",
    "bind",
    "call",
    "close",
    "count",
    "create",
    "current",
    "delete",
    "each",
    "execute",
    "fetch",
    "fetchAll",
    "filter",
    "find",
    "first",
    "flush",
    "format",
    "get",
    "getCode",
    "getIterator",
    "getMessage",
    "getName",
    "handle",
    "has",
    "init",
    "insert",
    "isEmpty",
    "key",
    "last",
    "load",
    "make",
    "map",
    "merge",
    "modify",
    "next",
    "offsetExists",
    "offsetGet",
    "offsetSet",
    "offsetUnset",
    "open",
    "parse",
    "persist",
    "pop",
    "prepare",
    "push",
    "put",
    "query",
    "read",
    "register",
    "remove",
    "render",
    "reset",
    "rewind",
    "run",
    "save",
    "select",
    "send",
    "set",
    "start",
    "stop",
    "toArray",
    "toString",
    "update",
    "valid",
    "where",
    "with",
    "write",
];

use BuiltinResult::{Type as Is, Unknown};
const MEMBERS: &[(&str, &str, BuiltinResult)] =
    &[("function", "bindTo", Is("function")), ("function", "call", Unknown)];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}
