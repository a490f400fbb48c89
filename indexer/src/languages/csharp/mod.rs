//! C#: namespaces that span files, classes, properties.
//!
//! `namespace A.B;` makes the file's scope a part of `A.B` for every repository; a namespace with
//! braces has a scope of its own under the same kind of key. A property with code is a method
//! that is read and written like a field.

use crate::extract::builder::range;
use crate::languages::generic::rules::At::{self, Field, Kind, Last, LastKind, Nth};
use crate::languages::generic::rules::{FunctionRule, Rule, TypeRule, TypeRuleRow};
use crate::languages::generic::semantics::{self, Rules};
use crate::languages::generic::{Function, Grammar, Table, Tests, Visibility, Walker};
use crate::languages::language::{BuiltinResult, View};
use qf_graph::facts::{
    CollectionKind, DefinitionFlags, ExpressionId, ImportKind, ParameterKind, ReferenceFlags,
    SymbolKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_c_sharp::LANGUAGE.into());

const CLASS: TypeRuleRow = TypeRuleRow {
    bases: &["base_list"],
    parameters: Kind(&["parameter_list"]),
    ..TypeRuleRow::USUAL
};

/// C#.
pub static CSHARP: Table = Table {
    name: "csharp",
    extensions: &["cs", "csx"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("comment", Rule::Comment),
        ("using_directive", Rule::Custom(using)),
        ("file_scoped_namespace_declaration", Rule::Custom(file_namespace)),
        ("namespace_declaration", Rule::Namespace(Field("name"), Field("body"))),
        ("class_declaration", Rule::Type(CLASS)),
        ("struct_declaration", Rule::Type(TypeRuleRow { kind: SymbolKind::Struct, ..CLASS })),
        ("record_declaration", Rule::Type(CLASS)),
        (
            "record_struct_declaration",
            Rule::Type(TypeRuleRow { kind: SymbolKind::Struct, ..CLASS }),
        ),
        ("interface_declaration", Rule::Type(TypeRuleRow { kind: SymbolKind::Interface, ..CLASS })),
        (
            "enum_declaration",
            Rule::Type(TypeRuleRow { kind: SymbolKind::Enum, ..TypeRuleRow::USUAL }),
        ),
        ("enum_member_declaration", Rule::EnumMember(Field("name"))),
        ("method_declaration", Rule::Custom(method)),
        (
            "constructor_declaration",
            Rule::Function(FunctionRule { kind: SymbolKind::Constructor, ..FunctionRule::USUAL }),
        ),
        ("destructor_declaration", Rule::Block),
        ("operator_declaration", Rule::Custom(operator)),
        ("conversion_operator_declaration", Rule::Custom(operator)),
        ("indexer_declaration", Rule::Custom(operator)),
        (
            "local_function_statement",
            Rule::Function(FunctionRule { result: Field("type"), ..FunctionRule::USUAL }),
        ),
        ("delegate_declaration", Rule::Alias(Field("name"), Field("parameters"))),
        ("property_declaration", Rule::Custom(property)),
        ("accessor_list", Rule::Children),
        ("accessor_declaration", Rule::Block),
        ("variable_declaration", Rule::Custom(variables)),
        ("constructor_initializer", Rule::Custom(constructor_initializer)),
        ("parameter", Rule::Parameter(Field("name"), Field("type"), Last, ParameterKind::Plain)),
        ("implicit_parameter", Rule::Name),
        ("array_type", Rule::Skip),
        ("block", Rule::Block),
        ("arrow_expression_clause", Rule::Transparent),
        ("return_statement", Rule::Return),
        ("for_statement", Rule::Block),
        ("using_statement", Rule::Block),
        ("catch_clause", Rule::Block),
        ("catch_declaration", Rule::TypedLocal(Field("type"), Field("name"))),
        ("declaration_pattern", Rule::TypedLocal(Field("type"), Field("name"))),
        ("declaration_expression", Rule::TypedLocal(Field("type"), Field("name"))),
        ("recursive_pattern", Rule::TypedLocal(Field("type"), Field("name"))),
        ("var_pattern", Rule::TypedLocal(At::None, Field("name"))),
        ("foreach_statement", Rule::Loop(Field("left"), Field("type"), Field("right"))),
        ("identifier", Rule::Name),
        ("'this", Rule::This),
        ("'base", Rule::Super),
        ("this_expression", Rule::This),
        ("base_expression", Rule::Super),
        ("predefined_type", Rule::Custom(own_type)),
        ("member_access_expression", Rule::Member(Field("expression"), Field("name"))),
        ("conditional_access_expression", Rule::Member(Field("condition"), Last)),
        ("member_binding_expression", Rule::Applied(Field("name"), At::None)),
        ("qualified_name", Rule::Member(Field("qualifier"), Field("name"))),
        ("generic_name", Rule::Applied(Kind(&["identifier"]), Kind(&["type_argument_list"]))),
        ("invocation_expression", Rule::Call(Field("function"), Field("arguments"))),
        ("argument", Rule::Argument(Field("name"), Last)),
        ("attribute_argument", Rule::Argument(Field("name"), Last)),
        ("element_access_expression", Rule::Index(Field("expression"), Field("subscript"))),
        ("bracketed_argument_list", Rule::Transparent),
        ("object_creation_expression", Rule::New(Field("type"), Field("arguments"))),
        ("implicit_object_creation_expression", Rule::Custom(implicit_new)),
        ("initializer_expression", Rule::Custom(initializer)),
        ("array_creation_expression", Rule::Children),
        ("implicit_array_creation_expression", Rule::Children),
        ("collection_expression", Rule::Collection(CollectionKind::List)),
        ("tuple_expression", Rule::Pattern),
        ("assignment_expression", Rule::Assign(Field("left"), Field("right"))),
        ("postfix_unary_expression", Rule::Update(Nth(0))),
        ("prefix_unary_expression", Rule::Update(Nth(0))),
        ("binary_expression", Rule::Binary(Field("left"), Field("right"))),
        ("conditional_expression", Rule::Either(&["consequence", "alternative"])),
        ("parenthesized_expression", Rule::Transparent),
        ("checked_expression", Rule::Transparent),
        ("cast_expression", Rule::Cast(Field("type"), Field("value"))),
        ("as_expression", Rule::Cast(Field("right"), Field("left"))),
        ("typeof_expression", Rule::Custom(type_operand)),
        ("await_expression", Rule::Await),
        ("lambda_expression", Rule::Lambda(Field("parameters"), Field("body"))),
        ("anonymous_method_expression", Rule::Lambda(Field("parameters"), LastKind(&["block"]))),
        ("interpolated_string_expression", Rule::Text),
        ("string_literal", Rule::Text),
        ("verbatim_string_literal", Rule::Text),
        ("raw_string_literal", Rule::Text),
        ("string_content", Rule::TextPart),
        ("string_literal_content", Rule::TextPart),
        ("raw_string_content", Rule::TextPart),
        ("escape_sequence", Rule::TextPart),
        ("interpolation", Rule::Transparent),
        ("interpolation_start", Rule::Skip),
        ("interpolation_quote", Rule::Skip),
        ("interpolation_brace", Rule::Skip),
        ("interpolation_format_clause", Rule::Skip),
        ("raw_string_start", Rule::Skip),
        ("raw_string_end", Rule::Skip),
        ("string_literal_encoding", Rule::Skip),
        ("integer_literal", Rule::Literal("int")),
        ("real_literal", Rule::Literal("float")),
        ("boolean_literal", Rule::Literal("bool")),
        ("character_literal", Rule::Literal("str")),
        ("null_literal", Rule::Skip),
        ("modifier", Rule::Modifier),
        ("attribute_list", Rule::Modifiers),
        ("attribute", Rule::Decorator(Field("name"), Kind(&["attribute_argument_list"]))),
        ("type_parameter_constraints_clause", Rule::Skip),
        ("preproc_if", Rule::Children),
        ("preproc_region", Rule::Skip),
        ("preproc_endregion", Rule::Skip),
    ],
    types: &[
        ("identifier", TypeRule::Named),
        ("qualified_name", TypeRule::Qualified(Field("qualifier"), Field("name"))),
        ("alias_qualified_name", TypeRule::Path),
        ("generic_name", TypeRule::Generic(Kind(&["identifier"]), Kind(&["type_argument_list"]))),
        ("predefined_type", TypeRule::Named),
        ("nullable_type", TypeRule::Inner(Field("type"))),
        ("pointer_type", TypeRule::Inner(Field("type"))),
        ("ref_type", TypeRule::Inner(Field("type"))),
        ("array_type", TypeRule::List),
        ("array_rank_specifier", TypeRule::Skip),
        ("implicit_type", TypeRule::Auto),
        ("primary_constructor_base_type", TypeRule::Inner(Nth(0))),
        ("argument_list", TypeRule::Skip),
        ("modifier", TypeRule::Skip),
        ("parameter_list", TypeRule::Custom(parameter_types)),
    ],
    primitives: &[
        ("void", ""),
        ("var", ""),
        ("object", ""),
        ("dynamic", ""),
        ("string", "str"),
        ("String", "str"),
        ("char", "str"),
        ("bool", "bool"),
        ("byte", "int"),
        ("sbyte", "int"),
        ("short", "int"),
        ("ushort", "int"),
        ("int", "int"),
        ("uint", "int"),
        ("long", "int"),
        ("ulong", "int"),
        ("nint", "int"),
        ("float", "float"),
        ("double", "float"),
        ("decimal", "float"),
        ("List", "list"),
        ("IList", "list"),
        ("IEnumerable", "list"),
        ("ICollection", "list"),
        ("IReadOnlyList", "list"),
        ("IReadOnlyCollection", "list"),
        ("IQueryable", "list"),
        ("Queue", "list"),
        ("Stack", "list"),
        ("ImmutableList", "list"),
        ("ImmutableArray", "list"),
        ("HashSet", "set"),
        ("ISet", "set"),
        ("Dictionary", "dict"),
        ("IDictionary", "dict"),
        ("IReadOnlyDictionary", "dict"),
        ("ConcurrentDictionary", "dict"),
    ],
    visibility: Visibility::With(&["public", "internal", "protected"]),
    mutators: &[
        "Add",
        "AddRange",
        "Clear",
        "Dequeue",
        "Enqueue",
        "Insert",
        "InsertRange",
        "Pop",
        "Push",
        "Remove",
        "RemoveAll",
        "RemoveAt",
        "Reverse",
        "Sort",
        "TryAdd",
        "TryRemove",
    ],
    tests: Tests {
        decorators: &[
            "Fact",
            "Theory",
            "Test",
            "TestCase",
            "TestMethod",
            "TestFixture",
            "TestClass",
            "DataTestMethod",
        ],
        bases: &[],
        prefixes: &[],
        free: false,
    },
    semantics: &RULES,
    ..Table::EMPTY
};

/// `using A.B;`, `using X = A.B.C;`, `using static A.B.C;`.
fn using(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(path) = Last.find(node) else { return ExpressionId::UNKNOWN };
    let text = walker.text(path);
    let span = range(path);
    if let Some(alias) = Field("name").find(node) {
        let alias = walker.text(alias);
        match text.split(['<', '[']).next().unwrap_or(text).rsplit_once('.') {
            Some((module, item)) => {
                walker.out.import(
                    module,
                    Some(item),
                    Some(alias),
                    ImportKind::Item,
                    0,
                    false,
                    span,
                );
            }
            None => {
                walker.out.import(text, None, Some(alias), ImportKind::Module, 0, false, span);
            }
        }
        return ExpressionId::UNKNOWN;
    }
    walker.out.import(text, None, None, ImportKind::Star, 0, false, span);
    ExpressionId::UNKNOWN
}

fn file_namespace(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if let Some(name) = Field("name").find(node) {
        let text = walker.text(name);
        walker.out.set_package(text);
        // Older versions of the grammar nest the declarations.
        walker.children_except(node, &[name]);
    }
    ExpressionId::UNKNOWN
}

/// `int` as a receiver (`int.Parse`).
fn own_type(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.type_of(node)
}

fn type_operand(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if let Some(operand) = Field("type").find(node).or(Nth(0).find(node)) {
        walker.type_of(operand);
    }
    ExpressionId::UNKNOWN
}

/// A delegate is a function type; its parameters are mentioned.
fn parameter_types(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let mut cursor = node.walk();
    for parameter in node.named_children(&mut cursor) {
        if let Some(class) = Field("type").find(parameter) {
            walker.type_of(class);
        }
    }
    walker.out.builtin("function")
}

/// A method; one whose first parameter is marked `this` is found on that parameter's type too.
fn method(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else { return ExpressionId::UNKNOWN };
    let mut function = Function::named(walker.text(name), range(name));
    function.parameters.extend(Field("parameters").find(node));
    function.result = Field("returns").find(node);
    function.body = Field("body").find(node);
    function.done.push(name);
    let id = walker.function(node, &function);
    let first = Field("parameters").find(node).and_then(|list| Nth(0).find(list));
    let extends = first.and_then(|first| Kind(&["modifier"]).find(first));
    if extends.is_some_and(|modifier| walker.text(modifier) == "this") {
        let target = walker.out.get(id).parameters.first().and_then(|first| first.declared_type);
        walker.extend(target.unwrap_or(ExpressionId::UNKNOWN), id);
    }
    ExpressionId::UNKNOWN
}

/// Operators and indexers: methods with a name of their own.
fn operator(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let symbol = Field("operator").find(node);
    let (name, span) = match symbol {
        Some(symbol) => (walker.text(symbol), range(symbol)),
        None => ("this", Field("parameters").find(node).map_or(range(node), range)),
    };
    let mut function = Function::named(name, span);
    function.parameters.extend(Field("parameters").find(node));
    function.result = Field("type").find(node);
    function.body = At::Fields(&["body", "value", "accessors"]).find(node);
    walker.function(node, &function);
    ExpressionId::UNKNOWN
}

/// A property: a field when the compiler writes its code, a method otherwise.
fn property(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else { return ExpressionId::UNKNOWN };
    let declared = Field("type").find(node);
    let accessors = Field("accessors").find(node);
    let value = Field("value").find(node);
    let arrow = value.filter(|value| value.kind() == "arrow_expression_clause");
    let has_code = accessors.is_some_and(|list| {
        let mut cursor = list.walk();
        list.named_children(&mut cursor).any(|accessor| Field("body").find(accessor).is_some())
    });
    if arrow.is_none() && !has_code {
        walker.declare(node, name, SymbolKind::Field, declared, value);
        return ExpressionId::UNKNOWN;
    }
    let mut function = Function::named(walker.text(name), range(name));
    function.flags = DefinitionFlags::PROPERTY;
    function.result = declared;
    function.body = arrow.or(accessors);
    function.done.push(name);
    walker.function(node, &function);
    ExpressionId::UNKNOWN
}

/// Variables of one type: locals, or the fields of a `field_declaration`.
fn variables(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let declared = Field("type").find(node);
    let outer = node.parent().unwrap_or(node);
    let constant = outer.child(0).is_some() && {
        let mut cursor = outer.walk();
        outer
            .named_children(&mut cursor)
            .any(|child| child.kind() == "modifier" && walker.text(child) == "const")
    };
    let doc = walker.take_doc();
    let mut cursor = node.walk();
    for declarator in
        node.named_children(&mut cursor).filter(|child| child.kind() == "variable_declarator")
    {
        let Some(name) = Field("name").find(declarator) else {
            walker.children(declarator);
            continue;
        };
        let value = Last.find(declarator).filter(|value| *value != name);
        walker.put_doc(doc);
        let kind = if constant { SymbolKind::Constant } else { SymbolKind::Variable };
        walker.declare(outer, name, kind, declared, value);
    }
    ExpressionId::UNKNOWN
}

/// `: base(x)`.
fn constructor_initializer(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let values = Nth(0).find(node).map(|list| walker.arguments(list)).unwrap_or_default();
    let word = node.child(1);
    let is_base = word.is_some_and(|word| word.kind() == "base");
    let callee = if is_base { walker.super_part() } else { walker.this() };
    let call = walker.out.call(callee, &values);
    let name = if is_base { "base" } else { "this" };
    walker.out.call_reference(name, range(word.unwrap_or(node)), call, ReferenceFlags::empty());
    ExpressionId::UNKNOWN
}

/// `new()` makes what is declared.
fn implicit_new(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let values =
        Kind(&["argument_list"]).find(node).map(|list| walker.arguments(list)).unwrap_or_default();
    walker.visit_at(node, Kind(&["initializer_expression"]));
    let Some(class) = walker.expected else { return ExpressionId::UNKNOWN };
    let made = walker.out.new_instance(class, &values);
    let name = walker.last_of(class).to_owned();
    if !name.is_empty() {
        walker.out.call_reference(&name, range(node), made, ReferenceFlags::empty());
    }
    made
}

/// `{ Name = value }` behind a construction, or elements.
fn initializer(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let expected = walker.expected.take();
    let mut items = Vec::new();
    let mut fields = false;
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        let name = (child.kind() == "assignment_expression")
            .then(|| Field("left").find(child))
            .flatten()
            .filter(|left| left.kind() == "identifier");
        let (Some(name), Some(class)) = (name, expected) else {
            let item = walker.visit(child);
            if items.len() < 64 {
                items.push(item);
            }
            continue;
        };
        fields = true;
        let value = walker.visit_at(child, Field("right"));
        let base = walker.instance_of(class);
        let text = walker.text(name);
        let member = walker.out.member(base, text);
        walker.out.write_reference(
            text,
            range(name),
            member,
            Some(value),
            ReferenceFlags::INITIALIZER,
        );
    }
    walker.expected = expected;
    if fields { ExpressionId::UNKNOWN } else { walker.out.collection(CollectionKind::List, &items) }
}

static RULES: Rules = Rules {
    namespaces: |path, facts, _| semantics::by_package(path, facts, "."),
    candidates: semantics::by_dotted,
    separator: ".",
    members_visible: true,
    builtins: &[
        "Action",
        "ArgumentException",
        "ArgumentNullException",
        "Array",
        "Attribute",
        "Boolean",
        "CancellationToken",
        "Console",
        "Convert",
        "DateTime",
        "DateTimeOffset",
        "Debug",
        "Enum",
        "Environment",
        "EventArgs",
        "Exception",
        "File",
        "Func",
        "GC",
        "Guid",
        "IDisposable",
        "Int32",
        "Int64",
        "InvalidOperationException",
        "Lazy",
        "Math",
        "NotImplementedException",
        "NotSupportedException",
        "Nullable",
        "Object",
        "Path",
        "Predicate",
        "Random",
        "Regex",
        "StringBuilder",
        "Task",
        "Thread",
        "TimeSpan",
        "Tuple",
        "Type",
        "Uri",
        "ValueTask",
        "Version",
        "nameof",
    ],
    members: MEMBERS,
    iteration: View::Entries,
    common: COMMON,
    standard: |module| {
        module == "System" || module.starts_with("System.") || module.starts_with("Microsoft.")
    },
    tests: |path| {
        let stem = semantics::stem(path);
        stem.ends_with("Tests")
            || stem.ends_with("Test")
            || path.split('/').rev().skip(1).any(|part| {
                part.ends_with(".Tests")
                    || part.ends_with("Tests")
                    || part == "test"
                    || part == "tests"
                    || part.ends_with(".Test")
            })
    },
    ..Rules::EMPTY
};

const COMMON: &[&str] = &[
    "Add",
    "AddRange",
    "Aggregate",
    "All",
    "Any",
    "Append",
    "AsEnumerable",
    "Average",
    "Cast",
    "Clear",
    "Close",
    "Combine",
    "CompareTo",
    "Concat",
    "Contains",
    "ContainsKey",
    "ContinueWith",
    "CopyTo",
    "Count",
    "Create",
    "Dequeue",
    "Dispose",
    "Distinct",
    "ElementAt",
    "EndsWith",
    "Enqueue",
    "Equals",
    "Exists",
    "Find",
    "First",
    "FirstOrDefault",
    "Flush",
    "ForEach",
    "Format",
    "Get",
    "GetAwaiter",
    "GetEnumerator",
    "GetHashCode",
    "GetResult",
    "GetType",
    "GetValueOrDefault",
    "GroupBy",
    "IndexOf",
    "Insert",
    "Invoke",
    "Join",
    "Last",
    "LastOrDefault",
    "Length",
    "Max",
    "Min",
    "MoveNext",
    "OfType",
    "OrderBy",
    "OrderByDescending",
    "Parse",
    "Peek",
    "Pop",
    "Push",
    "Read",
    "ReadLine",
    "Remove",
    "RemoveAt",
    "Replace",
    "Reverse",
    "Run",
    "Select",
    "SelectMany",
    "Set",
    "Single",
    "SingleOrDefault",
    "Skip",
    "Sort",
    "Split",
    "Start",
    "StartsWith",
    "Stop",
    "Substring",
    "Sum",
    "Take",
    "ThenBy",
    "ToArray",
    "ToDictionary",
    "ToList",
    "ToLower",
    "ToString",
    "ToUpper",
    "Trim",
    "TryAdd",
    "TryGetValue",
    "TryParse",
    "Union",
    "Update",
    "Value",
    "Wait",
    "Where",
    "Write",
    "WriteLine",
    "Zip",
];

use BuiltinResult::{Element, Flattened, Mapped, Receiver, Seen, Type as Is, Unknown};
const MEMBERS: &[(&str, &str, BuiltinResult)] = &[
    ("Entry", "Key", Unknown),
    ("Entry", "Value", Element),
    ("dict", "Add", Unknown),
    ("dict", "Clear", Unknown),
    ("dict", "ContainsKey", Is("bool")),
    ("dict", "Count", Is("int")),
    ("dict", "GetOrAdd", Element),
    ("dict", "GetValueOrDefault", Element),
    ("dict", "Keys", Seen(View::Keys)),
    ("dict", "Remove", Is("bool")),
    ("dict", "TryAdd", Is("bool")),
    ("dict", "TryGetValue", Is("bool")),
    ("dict", "Values", Seen(View::Values)),
    ("list", "Add", Unknown),
    ("list", "AddRange", Unknown),
    ("list", "Aggregate", Unknown),
    ("list", "All", Is("bool")),
    ("list", "Any", Is("bool")),
    ("list", "AsEnumerable", Receiver),
    ("list", "Clear", Unknown),
    ("list", "Concat", Receiver),
    ("list", "Contains", Is("bool")),
    ("list", "Count", Is("int")),
    ("list", "Dequeue", Element),
    ("list", "Distinct", Receiver),
    ("list", "ElementAt", Element),
    ("list", "Enqueue", Unknown),
    ("list", "Exists", Is("bool")),
    ("list", "Find", Element),
    ("list", "FindAll", Receiver),
    ("list", "First", Element),
    ("list", "FirstOrDefault", Element),
    ("list", "ForEach", Unknown),
    ("list", "GroupBy", Unknown),
    ("list", "IndexOf", Is("int")),
    ("list", "Insert", Unknown),
    ("list", "Last", Element),
    ("list", "LastOrDefault", Element),
    ("list", "Length", Is("int")),
    ("list", "Max", Unknown),
    ("list", "Min", Unknown),
    ("list", "OrderBy", Receiver),
    ("list", "OrderByDescending", Receiver),
    ("list", "Peek", Element),
    ("list", "Pop", Element),
    ("list", "Push", Unknown),
    ("list", "Remove", Is("bool")),
    ("list", "RemoveAll", Is("int")),
    ("list", "RemoveAt", Unknown),
    ("list", "Reverse", Receiver),
    ("list", "Select", Mapped),
    ("list", "SelectMany", Flattened),
    ("list", "Single", Element),
    ("list", "SingleOrDefault", Element),
    ("list", "Skip", Receiver),
    ("list", "Sort", Unknown),
    ("list", "Sum", Unknown),
    ("list", "Take", Receiver),
    ("list", "ThenBy", Receiver),
    ("list", "ToArray", Receiver),
    ("list", "ToDictionary", Is("dict")),
    ("list", "ToHashSet", Is("set")),
    ("list", "ToList", Receiver),
    ("list", "Where", Receiver),
    ("set", "Add", Is("bool")),
    ("set", "Clear", Unknown),
    ("set", "Contains", Is("bool")),
    ("set", "Count", Is("int")),
    ("set", "Remove", Is("bool")),
    ("set", "UnionWith", Unknown),
    ("str", "CompareTo", Is("int")),
    ("str", "Concat", Is("str")),
    ("str", "Contains", Is("bool")),
    ("str", "EndsWith", Is("bool")),
    ("str", "Equals", Is("bool")),
    ("str", "Format", Is("str")),
    ("str", "GetHashCode", Is("int")),
    ("str", "IndexOf", Is("int")),
    ("str", "IsNullOrEmpty", Is("bool")),
    ("str", "IsNullOrWhiteSpace", Is("bool")),
    ("str", "Join", Is("str")),
    ("str", "Length", Is("int")),
    ("str", "PadLeft", Is("str")),
    ("str", "Replace", Is("str")),
    ("str", "Split", Is("list")),
    ("str", "StartsWith", Is("bool")),
    ("str", "Substring", Is("str")),
    ("str", "ToCharArray", Is("list")),
    ("str", "ToLower", Is("str")),
    ("str", "ToString", Is("str")),
    ("str", "ToUpper", Is("str")),
    ("str", "Trim", Is("str")),
    ("str", "TrimEnd", Is("str")),
    ("str", "TrimStart", Is("str")),
];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}
