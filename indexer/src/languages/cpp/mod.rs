//! C++: C with classes, namespaces and templates.
//!
//! The declarators are C's. What is added: members defined outside of their class become an
//! extension of it, access sections decide what is exported, template parameters belong to the
//! definition they stand before, and namespaces have keys of their own under which every file
//! of the repository that reopens them is found.

use crate::extract::builder::range;
use crate::languages::c::declarators::{self, plain_name, unwrap};
use crate::languages::c::{
    GLOBAL, LIBRARY, PRIMITIVES, include, includes, is_test_path, mention_type, sized,
    standard_header,
};
use crate::languages::generic::rules::At::{Field, Kind, Nth};
use crate::languages::generic::rules::{Rule, TypeRule};
use crate::languages::generic::semantics::{Rules, inner_namespaces};
use crate::languages::generic::{Function, Grammar, Table, Visibility, Walker};
use crate::languages::language::{BuiltinResult, NamespaceKey};
use crate::layout::Layout;
use qf_graph::facts::{
    DefinitionFlags, Expression, ExpressionId, FileFacts, Import, ImportKind, ReferenceFlags,
    ScopeId,
};
use std::borrow::Cow;
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_cpp::LANGUAGE.into());

/// C++.
pub static CPP: Table = Table {
    name: "cpp",
    family: "c",
    extensions: &[
        "cpp", "cc", "cxx", "c++", "hpp", "hh", "hxx", "h++", "ipp", "tpp", "cu", "cuh", "ino",
    ],
    grammars: &[&GRAMMAR],
    masked: crate::languages::c::masking::masked,
    rules: &[
        ("comment", Rule::Comment),
        ("preproc_include", Rule::Custom(include)),
        ("preproc_def", Rule::Custom(declarators::constant_macro)),
        ("preproc_function_def", Rule::Custom(declarators::function_macro)),
        ("preproc_directive", Rule::Skip),
        ("preproc_call", Rule::Skip),
        ("using_declaration", Rule::Custom(using)),
        ("alias_declaration", Rule::Alias(Field("name"), Field("type"))),
        ("namespace_definition", Rule::Custom(namespace)),
        ("namespace_identifier", Rule::Custom(plain)),
        ("template_declaration", Rule::Custom(template)),
        ("template_parameter_list", Rule::Skip),
        ("friend_declaration", Rule::Custom(friend)),
        ("static_assert_declaration", Rule::Skip),
        ("access_specifier", Rule::Custom(access)),
        ("type_definition", Rule::Custom(declarators::typedef)),
        ("class_specifier", Rule::Custom(declarators::record)),
        ("struct_specifier", Rule::Custom(declarators::record)),
        ("union_specifier", Rule::Custom(declarators::record)),
        ("enum_specifier", Rule::Custom(declarators::enumeration)),
        ("enumerator", Rule::Custom(declarators::enumerator)),
        ("declaration", Rule::Custom(declarators::declaration)),
        ("field_declaration", Rule::Custom(declarators::declaration)),
        ("function_definition", Rule::Custom(function)),
        ("inline_method_definition", Rule::Custom(function)),
        ("parameter_declaration", Rule::Custom(declarators::parameter)),
        ("optional_parameter_declaration", Rule::Custom(declarators::parameter)),
        ("variadic_parameter_declaration", Rule::Custom(declarators::parameter)),
        ("variadic_parameter", Rule::Skip),
        ("field_initializer", Rule::Custom(field_initializer)),
        ("compound_statement", Rule::Block),
        ("for_statement", Rule::Block),
        ("if_statement", Rule::Block),
        ("while_statement", Rule::Block),
        ("for_range_loop", Rule::Custom(range_loop)),
        ("catch_clause", Rule::Custom(catch)),
        ("storage_class_specifier", Rule::Modifier),
        ("type_qualifier", Rule::Modifier),
        ("virtual", Rule::Modifier),
        ("explicit_function_specifier", Rule::Modifier),
        ("virtual_specifier", Rule::Modifier),
        ("identifier", Rule::Name),
        ("call_expression", Rule::Custom(call)),
        ("field_expression", Rule::Member(Field("argument"), Field("field"))),
        ("qualified_identifier", Rule::Member(Field("scope"), Field("name"))),
        ("dependent_name", Rule::Transparent),
        ("template_function", Rule::Applied(Field("name"), Field("arguments"))),
        ("template_method", Rule::Applied(Field("name"), Field("arguments"))),
        ("template_type", Rule::Applied(Field("name"), Field("arguments"))),
        ("type_identifier", Rule::Custom(plain)),
        ("subscript_expression", Rule::Index(Field("argument"), Field("indices"))),
        ("subscript_argument_list", Rule::Transparent),
        ("pointer_expression", Rule::Inner(Field("argument"))),
        ("parenthesized_expression", Rule::Transparent),
        ("assignment_expression", Rule::Assign(Field("left"), Field("right"))),
        ("update_expression", Rule::Update(Field("argument"))),
        ("conditional_expression", Rule::Either(&["consequence", "alternative"])),
        ("cast_expression", Rule::Cast(Field("type"), Field("value"))),
        ("co_await_expression", Rule::Await),
        ("type_descriptor", Rule::Custom(mention_type)),
        ("compound_literal_expression", Rule::Custom(declarators::compound_literal)),
        ("initializer_list", Rule::Custom(declarators::initializer_list)),
        ("new_expression", Rule::New(Field("type"), Field("arguments"))),
        ("lambda_expression", Rule::Lambda(Field("declarator"), Field("body"))),
        ("lambda_capture_specifier", Rule::Skip),
        ("return_statement", Rule::Return),
        ("co_return_statement", Rule::Return),
        ("this", Rule::This),
        ("string_literal", Rule::Text),
        ("raw_string_literal", Rule::Text),
        ("concatenated_string", Rule::Text),
        ("string_content", Rule::TextPart),
        ("raw_string_content", Rule::TextPart),
        ("raw_string_delimiter", Rule::Skip),
        ("escape_sequence", Rule::TextPart),
        ("number_literal", Rule::Literal("int")),
        ("char_literal", Rule::Literal("int")),
        ("true", Rule::Literal("bool")),
        ("false", Rule::Literal("bool")),
        ("null", Rule::Skip),
        ("auto", Rule::Skip),
        ("statement_identifier", Rule::Skip),
        ("attribute_specifier", Rule::Skip),
        ("attribute_declaration", Rule::Skip),
        ("ms_declspec_modifier", Rule::Skip),
        ("gnu_asm_expression", Rule::Skip),
        ("structured_binding_declarator", Rule::Pattern),
        ("argument_list", Rule::Children),
        ("trailing_return_type", Rule::Custom(mention_type)),
        ("noexcept", Rule::Skip),
        ("requires_clause", Rule::Skip),
        ("concept_definition", Rule::Skip),
    ],
    types: &[
        ("primitive_type", TypeRule::Named),
        ("type_identifier", TypeRule::Named),
        ("identifier", TypeRule::Named),
        ("sized_type_specifier", TypeRule::Custom(sized)),
        ("placeholder_type_specifier", TypeRule::Auto),
        ("decltype", TypeRule::Auto),
        ("auto", TypeRule::Auto),
        ("qualified_identifier", TypeRule::Custom(qualified)),
        ("template_type", TypeRule::Custom(applied)),
        ("class_specifier", TypeRule::Custom(declarators::record)),
        ("struct_specifier", TypeRule::Custom(declarators::record)),
        ("union_specifier", TypeRule::Custom(declarators::record)),
        ("enum_specifier", TypeRule::Custom(declarators::enumeration)),
        ("type_descriptor", TypeRule::Custom(descriptor)),
        ("type_qualifier", TypeRule::Skip),
        ("access_specifier", TypeRule::Skip),
        ("virtual", TypeRule::Skip),
        ("number_literal", TypeRule::Skip),
        ("abstract_pointer_declarator", TypeRule::Skip),
        ("abstract_reference_declarator", TypeRule::Skip),
    ],
    primitives: &STANDARD_TYPES,
    visibility: Visibility::All,
    constructor_is_type_name: true,
    mutators: &[
        "append",
        "assign",
        "clear",
        "emplace",
        "emplace_back",
        "emplace_front",
        "erase",
        "insert",
        "insert_or_assign",
        "pop",
        "pop_back",
        "pop_front",
        "push",
        "push_back",
        "push_front",
        "reserve",
        "reset",
        "resize",
        "store",
        "swap",
        "try_emplace",
    ],
    semantics: &RULES,
    ..Table::EMPTY
};

/// C's types and the containers of the standard library. Smart pointers and `optional` give what
/// they hold (see [`holder`]).
static STANDARD_TYPES: [(&str, &str); PRIMITIVES.len() + 22] = {
    const MORE: [(&str, &str); 22] = [
        ("string", "str"),
        ("string_view", "str"),
        ("wstring", "str"),
        ("vector", "list"),
        ("array", "list"),
        ("deque", "list"),
        ("list", "list"),
        ("forward_list", "list"),
        ("span", "list"),
        ("initializer_list", "list"),
        ("stack", "list"),
        ("queue", "list"),
        ("priority_queue", "list"),
        ("set", "set"),
        ("unordered_set", "set"),
        ("multiset", "set"),
        ("map", "dict"),
        ("unordered_map", "dict"),
        ("multimap", "dict"),
        ("pair", "tuple"),
        ("tuple", "tuple"),
        ("function", "function"),
    ];
    let mut all = [("", ""); PRIMITIVES.len() + 22];
    let mut at = 0;
    while at < PRIMITIVES.len() {
        all[at] = PRIMITIVES[at];
        at += 1;
    }
    let mut more = 0;
    while more < MORE.len() {
        all[at + more] = MORE[more];
        more += 1;
    }
    all
};

/// A name that is no read of a value: a namespace, a type.
fn plain(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let text = walker.text(node);
    walker.out.name_expression(text)
}

/// `T*`, `const T&`: the type in it; the declarator only says pointer or function.
fn descriptor(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let class =
        Field("type").find(node).map_or(ExpressionId::UNKNOWN, |class| walker.type_of(class));
    match Field("declarator").find(node) {
        Some(declarator) if declarator.kind() == "abstract_function_declarator" => {
            walker.types_in(declarator);
            walker.out.builtin("function")
        }
        _ => class,
    }
}

/// `using namespace a::b;` and `using a::b;`.
fn using(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Nth(0).find(node) else { return ExpressionId::UNKNOWN };
    let text: String = walker.text(name).split_whitespace().collect();
    let namespace = node.child(1).is_some_and(|word| word.kind() == "namespace");
    if namespace {
        walker.out.import(&text, None, None, ImportKind::Star, 0, false, range(name));
    } else if let Some((module, item)) = text.rsplit_once("::") {
        walker.out.import(module, Some(item), Some(item), ImportKind::Item, 0, false, range(name));
    }
    ExpressionId::UNKNOWN
}

/// `namespace a::b { … }`: one namespace inside the other. Without a name its members are hidden.
fn namespace(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(body) = Field("body").find(node) else { return ExpressionId::UNKNOWN };
    let Some(name) = Field("name").find(node) else {
        let hidden = std::mem::replace(&mut walker.hidden, true);
        walker.children(body);
        walker.hidden = hidden;
        return ExpressionId::UNKNOWN;
    };
    let parts: Vec<&str> = walker.text(name).split("::").map(str::trim).collect();
    for part in &parts {
        walker.begin_namespace(part, range(node), range(name), body.start_byte() as u32);
    }
    walker.children(body);
    for _ in &parts {
        walker.out.close_definition();
    }
    ExpressionId::UNKNOWN
}

/// `template <typename T> …`.
fn template(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if let Some(list) = Field("parameters").find(node) {
        let mut cursor = list.walk();
        for parameter in list.named_children(&mut cursor) {
            let name = Kind(&["type_identifier", "identifier"])
                .find(parameter)
                .or_else(|| Field("name").find(parameter));
            if let Some(name) = name {
                let text = walker.text(name);
                walker.type_parameters.push(text);
            }
        }
    }
    let doc = walker.take_doc();
    walker.wrap_from(node);
    if let Some(inner) = crate::languages::generic::rules::At::Last.find(node) {
        walker.put_doc(doc);
        walker.visit(inner);
    }
    walker.type_parameters.clear();
    ExpressionId::UNKNOWN
}

/// `private:`.
fn access(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.hidden = walker.text(node).starts_with("private");
    ExpressionId::UNKNOWN
}

/// A function, or a test of a framework that writes tests as macros (`TEST(Suite, Name)`).
fn function(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let declared = Field("declarator").find(node).and_then(unwrap);
    let Some(declared) = declared.filter(|declared| declared.function.is_some()) else {
        return declarators::function(walker, node);
    };
    let (name, _) = plain_name(walker, declared.name);
    let is_test = Field("type").find(node).is_none()
        && matches!(
            name,
            "TEST"
                | "TEST_F"
                | "TEST_P"
                | "TYPED_TEST"
                | "TYPED_TEST_P"
                | "TEST_CASE"
                | "SECTION"
                | "SCENARIO"
                | "BOOST_AUTO_TEST_CASE"
                | "BOOST_FIXTURE_TEST_CASE"
        );
    if !is_test {
        return declarators::function(walker, node);
    }
    let text = declared.parameters.map_or("", |list| walker.text(list));
    let title = text.trim_matches(['(', ')', '"']).replace(", ", ".").replace(',', ".");
    // The title is put together here, so the definition is made before its body is walked.
    let mut function = Function::named("", range(declared.name));
    function.flags = DefinitionFlags::TEST;
    function.body = Field("body").find(node);
    function.done.extend(Field("declarator").find(node));
    walker.titled_function(node, &title, &function);
    ExpressionId::UNKNOWN
}

/// A friend that is defined where it is declared; others are defined elsewhere.
fn friend(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if let Some(function) = Kind(&["function_definition"]).find(node) {
        walker.visit(function);
    }
    ExpressionId::UNKNOWN
}

/// `: field(value), Base(argument)`.
fn field_initializer(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Nth(0).find(node) else { return ExpressionId::UNKNOWN };
    let values = Nth(1).find(node).map(|list| walker.arguments(list)).unwrap_or_default();
    let (text, span) = walker.last_name_span(name);
    if name.kind() != "field_identifier" || walker.is_base_of_open_type(text) {
        let class = walker.path_expression(name);
        let made = walker.out.new_instance(class, &values);
        walker.out.call_reference(text, span, made, ReferenceFlags::empty());
        return ExpressionId::UNKNOWN;
    }
    let this = walker.this();
    let member = walker.out.member(this, text);
    let value = values.first().copied().filter(|_| values.len() == 1);
    walker.out.write_reference(text, span, member, value, ReferenceFlags::INITIALIZER);
    ExpressionId::UNKNOWN
}

/// `for (auto& e : list)`.
fn range_loop(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.out.open_scope(qf_graph::facts::ScopeKind::Block, None);
    let over = walker.visit_at(node, Field("right"));
    let class =
        Field("type").find(node).map_or(ExpressionId::UNKNOWN, |class| walker.type_of(class));
    if let Some(declared) = Field("declarator").find(node).and_then(unwrap) {
        if class != ExpressionId::UNKNOWN && declared.name.kind() == "identifier" {
            walker.bind_typed(declared.name, class);
        } else {
            let element = match over {
                ExpressionId::UNKNOWN => over,
                over => walker.out.expression(Expression::Element(over)),
            };
            walker.bind_pattern(declared.name, element);
        }
    }
    walker.visit_at(node, Field("body"));
    walker.out.close_scope();
    ExpressionId::UNKNOWN
}

/// `catch (const Error& e) { … }`.
fn catch(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.out.open_scope(qf_graph::facts::ScopeKind::Block, None);
    let parameter = Field("parameters").find(node).and_then(|list| Nth(0).find(list));
    if let Some(parameter) = parameter {
        let class = Field("type")
            .find(parameter)
            .map_or(ExpressionId::UNKNOWN, |class| walker.type_of(class));
        if let Some(declared) = Field("declarator").find(parameter).and_then(unwrap) {
            walker.bind_typed(declared.name, class);
        }
    }
    walker.visit_at(node, Field("body"));
    walker.out.close_scope();
    ExpressionId::UNKNOWN
}

/// What smart pointers and `optional` hold is what they are used as.
fn holder(walker: &mut Walker<'_, '_>, node: Node<'_>) -> Option<ExpressionId> {
    let mut at = node;
    while at.kind() == "qualified_identifier" {
        at = Field("name").find(at)?;
    }
    let name = Field("name").find(at)?;
    let holds = matches!(
        walker.text(name),
        "unique_ptr"
            | "shared_ptr"
            | "weak_ptr"
            | "optional"
            | "reference_wrapper"
            | "atomic"
            | "not_null"
            | "scoped_refptr"
            | "intrusive_ptr"
    );
    if at.kind() != "template_type" || !holds {
        return None;
    }
    let arguments = Field("arguments").find(at)?;
    walker.types_in(arguments).first().copied()
}

fn qualified(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    match holder(walker, node) {
        Some(held) => held,
        None => walker.qualified_type(node, Field("scope"), Field("name")),
    }
}

fn applied(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    match holder(walker, node) {
        Some(held) => held,
        None => walker.generic_type(node, Field("name"), Field("arguments")),
    }
}

/// Calls; named casts give their type, `make_unique<T>` an instance.
fn call(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(target) = Field("function").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let list = Field("arguments").find(node);
    if target.kind() == "primitive_type" {
        list.map(|list| walker.arguments(list));
        return ExpressionId::UNKNOWN;
    }
    let (name, _) = plain_name(walker, target);
    let applied = applied_types(target);
    match (name, applied) {
        (
            "static_cast"
            | "dynamic_cast"
            | "const_cast"
            | "reinterpret_cast"
            | "static_pointer_cast"
            | "dynamic_pointer_cast",
            Some(types),
        ) => {
            list.map(|list| walker.arguments(list));
            let class = walker.types_in(types).first().copied().unwrap_or(ExpressionId::UNKNOWN);
            walker.instance_of(class)
        }
        ("make_unique" | "make_shared", Some(types)) => {
            let values = list.map(|list| walker.arguments(list)).unwrap_or_default();
            let class = walker.types_in(types).first().copied().unwrap_or(ExpressionId::UNKNOWN);
            let made = walker.out.new_instance(class, &values);
            if let Some(class) = Nth(0).find(types) {
                let (name, span) = walker.last_name_span(class);
                walker.out.call_reference(name, span, made, ReferenceFlags::empty());
            }
            made
        }
        // What is moved or forwarded is still itself.
        ("move" | "forward" | "ref" | "cref" | "as_const", _)
            if walker.text(target).starts_with("std::") =>
        {
            let values = list.map(|list| walker.arguments(list)).unwrap_or_default();
            values.first().copied().unwrap_or(ExpressionId::UNKNOWN)
        }
        _ => {
            let callee = walker.callee(target);
            walker.finish_call(node, callee, Some(target), list, ReferenceFlags::empty())
        }
    }
}

fn applied_types(target: Node<'_>) -> Option<Node<'_>> {
    let mut at = target;
    while at.kind() == "qualified_identifier" {
        at = Field("name").find(at)?;
    }
    (at.kind() == "template_function").then(|| Field("arguments").find(at)).flatten()
}

static RULES: Rules = Rules {
    namespaces,
    candidates,
    separator: "::",
    members_visible: true,
    class_call_constructs: true,
    builtins: LIBRARY,
    members: MEMBERS,
    common: COMMON,
    program: Some(GLOBAL),
    linked: super::c::is_linked,
    standard,
    tests: is_test_path,
    ..Rules::EMPTY
};

/// Whether a header says something that C has no words for. What stands between `#ifdef __cplusplus`
/// and its end is what C headers say to C++ compilers.
pub(crate) fn is_header(text: &str) -> bool {
    let mut conditional = 0_u32;
    let mut guarded: Option<u32> = None;
    let mut comment = false;
    for line in text.lines().take(MAX_HEADER_LINES) {
        let line = without_comments(line, &mut comment);
        let line = line.trim_start();
        if let Some(directive) = line.strip_prefix('#').map(str::trim_start) {
            if directive.starts_with("if") {
                conditional += 1;
                if guarded.is_none() && directive.contains("__cplusplus") {
                    guarded = Some(conditional);
                }
            } else if directive.starts_with("endif") {
                if guarded == Some(conditional) {
                    guarded = None;
                }
                conditional = conditional.saturating_sub(1);
            }
            continue;
        }
        if guarded.is_some() {
            continue;
        }
        let begins = [
            "namespace ",
            "template <",
            "template<",
            "public:",
            "private:",
            "protected:",
            "using ",
            "inline namespace ",
        ];
        let word = begins.iter().any(|start| line.starts_with(start));
        // `class` is a name like any other in C.
        let class = line.strip_prefix("class ").is_some_and(|rest| {
            rest.trim_start().starts_with(|c: char| c.is_alphabetic() || c == '_')
        });
        if word || class || line.contains("std::") || line.contains("constexpr ") {
            return true;
        }
    }
    false
}

/// A line without its comments; `inside` says whether it begins, and then whether it ends, in one.
fn without_comments<'t>(line: &'t str, inside: &mut bool) -> Cow<'t, str> {
    if !*inside && !line.contains("//") && !line.contains("/*") {
        return Cow::Borrowed(line);
    }
    let mut kept = String::new();
    let mut rest = line;
    loop {
        if *inside {
            let Some(end) = rest.find("*/") else { break };
            rest = rest.get(end + 2..).unwrap_or("");
            *inside = false;
        }
        let Some(start) = rest.find("/*").into_iter().chain(rest.find("//")).min() else {
            kept.push_str(rest);
            break;
        };
        kept.push_str(rest.get(..start).unwrap_or(""));
        rest = rest.get(start..).unwrap_or("");
        if rest.starts_with("//") {
            break;
        }
        kept.push(' ');
        rest = rest.get(2..).unwrap_or("");
        *inside = true;
    }
    Cow::Owned(kept)
}

/// A header that says nothing of C++ in so many lines is C's.
const MAX_HEADER_LINES: usize = 2000;

fn namespaces(path: &str, facts: &FileFacts, _: &Layout) -> Vec<(NamespaceKey, ScopeId)> {
    let mut keys = vec![
        (NamespaceKey::local(path), ScopeId::MODULE),
        (NamespaceKey::local(GLOBAL), ScopeId::MODULE),
    ];
    keys.extend(
        inner_namespaces(facts, "", "::")
            .into_iter()
            .map(|(text, scope)| (NamespaceKey::local(text), scope)),
    );
    keys
}

fn candidates(import: &Import, path: &str, facts: &FileFacts, layout: &Layout) -> Vec<String> {
    let module = facts.text(import.module);
    let is_file = module.contains(['.', '/']) || import.reexport;
    if is_file { includes(import, path, facts, layout) } else { vec![module.to_owned()] }
}

fn standard(module: &str) -> bool {
    module == "std" || module.starts_with("std::") || standard_header(module)
        // The library's own headers have no ending and no folder.
        || !module.contains(['.', '/', ':']) && module.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
}

const COMMON: &[&str] = &[
    "accept",
    "add",
    "append",
    "apply",
    "assign",
    "at",
    "back",
    "begin",
    "bind",
    "c_str",
    "cbegin",
    "cend",
    "clear",
    "close",
    "contains",
    "copy",
    "count",
    "data",
    "detach",
    "emplace",
    "emplace_back",
    "empty",
    "end",
    "erase",
    "fill",
    "find",
    "first",
    "flush",
    "front",
    "get",
    "get_future",
    "has_value",
    "insert",
    "join",
    "length",
    "load",
    "lock",
    "max_size",
    "merge",
    "name",
    "next",
    "notify_all",
    "notify_one",
    "open",
    "pop",
    "pop_back",
    "pop_front",
    "push",
    "push_back",
    "push_front",
    "put",
    "rbegin",
    "read",
    "release",
    "remove",
    "rend",
    "replace",
    "reserve",
    "reset",
    "resize",
    "run",
    "second",
    "seekg",
    "set",
    "set_value",
    "size",
    "sort",
    "start",
    "stop",
    "store",
    "str",
    "substr",
    "swap",
    "tellg",
    "to_string",
    "top",
    "try_lock",
    "type",
    "unlock",
    "update",
    "use_count",
    "value",
    "value_or",
    "wait",
    "what",
    "write",
];

use BuiltinResult::{Element, Receiver, Type as Is, Unknown};
const MEMBERS: &[(&str, &str, BuiltinResult)] = &[
    ("dict", "at", Element),
    ("dict", "begin", Unknown),
    ("dict", "clear", Unknown),
    ("dict", "contains", Is("bool")),
    ("dict", "count", Is("int")),
    ("dict", "emplace", Unknown),
    ("dict", "empty", Is("bool")),
    ("dict", "end", Unknown),
    ("dict", "erase", Unknown),
    ("dict", "find", Unknown),
    ("dict", "insert", Unknown),
    ("dict", "size", Is("int")),
    ("list", "assign", Unknown),
    ("list", "at", Element),
    ("list", "back", Element),
    ("list", "begin", Unknown),
    ("list", "capacity", Is("int")),
    ("list", "cbegin", Unknown),
    ("list", "cend", Unknown),
    ("list", "clear", Unknown),
    ("list", "data", Receiver),
    ("list", "emplace", Unknown),
    ("list", "emplace_back", Element),
    ("list", "empty", Is("bool")),
    ("list", "end", Unknown),
    ("list", "erase", Unknown),
    ("list", "front", Element),
    ("list", "insert", Unknown),
    ("list", "pop", Unknown),
    ("list", "pop_back", Unknown),
    ("list", "pop_front", Unknown),
    ("list", "push", Unknown),
    ("list", "push_back", Unknown),
    ("list", "push_front", Unknown),
    ("list", "rbegin", Unknown),
    ("list", "rend", Unknown),
    ("list", "reserve", Unknown),
    ("list", "resize", Unknown),
    ("list", "size", Is("int")),
    ("list", "swap", Unknown),
    ("list", "top", Element),
    ("set", "begin", Unknown),
    ("set", "clear", Unknown),
    ("set", "contains", Is("bool")),
    ("set", "count", Is("int")),
    ("set", "emplace", Unknown),
    ("set", "empty", Is("bool")),
    ("set", "end", Unknown),
    ("set", "erase", Unknown),
    ("set", "find", Unknown),
    ("set", "insert", Unknown),
    ("set", "size", Is("int")),
    ("str", "append", Receiver),
    ("str", "at", Is("int")),
    ("str", "back", Is("int")),
    ("str", "begin", Unknown),
    ("str", "c_str", Receiver),
    ("str", "clear", Unknown),
    ("str", "compare", Is("int")),
    ("str", "data", Receiver),
    ("str", "empty", Is("bool")),
    ("str", "end", Unknown),
    ("str", "erase", Receiver),
    ("str", "find", Is("int")),
    ("str", "find_first_of", Is("int")),
    ("str", "front", Is("int")),
    ("str", "insert", Receiver),
    ("str", "length", Is("int")),
    ("str", "pop_back", Unknown),
    ("str", "push_back", Unknown),
    ("str", "replace", Receiver),
    ("str", "reserve", Unknown),
    ("str", "resize", Unknown),
    ("str", "rfind", Is("int")),
    ("str", "size", Is("int")),
    ("str", "substr", Is("str")),
    ("tuple", "first", Unknown),
    ("tuple", "second", Unknown),
];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}
