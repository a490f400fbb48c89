//! One vocabulary for three grammars.
//!
//! The JavaScript, TypeScript and TSX grammars number their node kinds and fields differently but
//! name them alike. The walk must not compare strings at every node, so each grammar gets a table
//! from its own numbers to one [`Kind`], made once; a match on a kind is then a jump.

use qf_graph::facts::DefinitionFlags;
use smallvec::SmallVec;
use std::sync::LazyLock;
use tree_sitter::{Language, Node};

macro_rules! kinds {
    ($($variant:ident = $text:literal),* $(,)?) => {
        /// The named node kinds the walk knows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind {
            /// Any other node, `ERROR` included.
            Other,
            $(#[doc = $text] $variant,)*
        }

        fn kind_called(name: &str) -> Kind {
            match name {
                $($text => Kind::$variant,)*
                _ => Kind::Other,
            }
        }
    };
}

kinds! {
    AbstractClassDeclaration = "abstract_class_declaration",
    AbstractMethodSignature = "abstract_method_signature",
    AccessibilityModifier = "accessibility_modifier",
    AmbientDeclaration = "ambient_declaration",
    Array = "array",
    ArrayPattern = "array_pattern",
    ArrayType = "array_type",
    ArrowFunction = "arrow_function",
    AsExpression = "as_expression",
    AssertsAnnotation = "asserts_annotation",
    AssignmentExpression = "assignment_expression",
    AssignmentPattern = "assignment_pattern",
    AugmentedAssignmentExpression = "augmented_assignment_expression",
    AwaitExpression = "await_expression",
    BinaryExpression = "binary_expression",
    CallExpression = "call_expression",
    CallSignature = "call_signature",
    CatchClause = "catch_clause",
    Class = "class",
    ClassDeclaration = "class_declaration",
    ClassHeritage = "class_heritage",
    ClassStaticBlock = "class_static_block",
    Comment = "comment",
    ComputedPropertyName = "computed_property_name",
    ConditionalType = "conditional_type",
    ConstructSignature = "construct_signature",
    ConstructorType = "constructor_type",
    Decorator = "decorator",
    EnumAssignment = "enum_assignment",
    EnumDeclaration = "enum_declaration",
    ExportClause = "export_clause",
    ExportSpecifier = "export_specifier",
    ExportStatement = "export_statement",
    ExpressionStatement = "expression_statement",
    ExtendsClause = "extends_clause",
    ExtendsTypeClause = "extends_type_clause",
    False = "false",
    FieldDefinition = "field_definition",
    ForInStatement = "for_in_statement",
    ForStatement = "for_statement",
    FunctionDeclaration = "function_declaration",
    FunctionExpression = "function_expression",
    FunctionSignature = "function_signature",
    FunctionType = "function_type",
    GeneratorFunction = "generator_function",
    GeneratorFunctionDeclaration = "generator_function_declaration",
    GenericType = "generic_type",
    Identifier = "identifier",
    IfStatement = "if_statement",
    ImplementsClause = "implements_clause",
    Import = "import",
    ImportAlias = "import_alias",
    ImportClause = "import_clause",
    ImportRequireClause = "import_require_clause",
    ImportSpecifier = "import_specifier",
    ImportStatement = "import_statement",
    IndexSignature = "index_signature",
    IndexTypeQuery = "index_type_query",
    InstantiationExpression = "instantiation_expression",
    InterfaceDeclaration = "interface_declaration",
    InternalModule = "internal_module",
    IntersectionType = "intersection_type",
    JsxAttribute = "jsx_attribute",
    JsxClosingElement = "jsx_closing_element",
    JsxElement = "jsx_element",
    JsxExpression = "jsx_expression",
    JsxOpeningElement = "jsx_opening_element",
    JsxSelfClosingElement = "jsx_self_closing_element",
    LabeledStatement = "labeled_statement",
    LexicalDeclaration = "lexical_declaration",
    LiteralType = "literal_type",
    LookupType = "lookup_type",
    MappedTypeClause = "mapped_type_clause",
    MemberExpression = "member_expression",
    MetaProperty = "meta_property",
    MethodDefinition = "method_definition",
    MethodSignature = "method_signature",
    Module = "module",
    NamedImports = "named_imports",
    NamespaceExport = "namespace_export",
    NamespaceImport = "namespace_import",
    NestedIdentifier = "nested_identifier",
    NestedTypeIdentifier = "nested_type_identifier",
    NewExpression = "new_expression",
    NonNullExpression = "non_null_expression",
    Null = "null",
    Number = "number",
    Object = "object",
    ObjectAssignmentPattern = "object_assignment_pattern",
    ObjectPattern = "object_pattern",
    ObjectType = "object_type",
    OptionalParameter = "optional_parameter",
    OptionalType = "optional_type",
    Pair = "pair",
    PairPattern = "pair_pattern",
    ParenthesizedExpression = "parenthesized_expression",
    ParenthesizedType = "parenthesized_type",
    PredefinedType = "predefined_type",
    PrivatePropertyIdentifier = "private_property_identifier",
    PropertySignature = "property_signature",
    PublicFieldDefinition = "public_field_definition",
    ReadonlyType = "readonly_type",
    Regex = "regex",
    RequiredParameter = "required_parameter",
    RestPattern = "rest_pattern",
    RestType = "rest_type",
    ReturnStatement = "return_statement",
    SatisfiesExpression = "satisfies_expression",
    SequenceExpression = "sequence_expression",
    ShorthandPropertyIdentifier = "shorthand_property_identifier",
    ShorthandPropertyIdentifierPattern = "shorthand_property_identifier_pattern",
    SpreadElement = "spread_element",
    StatementBlock = "statement_block",
    String = "string",
    StringFragment = "string_fragment",
    SubscriptExpression = "subscript_expression",
    Super = "super",
    SwitchStatement = "switch_statement",
    TemplateLiteralType = "template_literal_type",
    TemplateString = "template_string",
    TemplateSubstitution = "template_substitution",
    TernaryExpression = "ternary_expression",
    This = "this",
    ThisType = "this_type",
    True = "true",
    TupleType = "tuple_type",
    TypeAliasDeclaration = "type_alias_declaration",
    TypeAnnotation = "type_annotation",
    TypeArguments = "type_arguments",
    TypeAssertion = "type_assertion",
    TypeIdentifier = "type_identifier",
    TypeParameter = "type_parameter",
    TypePredicate = "type_predicate",
    TypePredicateAnnotation = "type_predicate_annotation",
    TypeQuery = "type_query",
    UnaryExpression = "unary_expression",
    Undefined = "undefined",
    UnionType = "union_type",
    UpdateExpression = "update_expression",
    UsingDeclaration = "using_declaration",
    VariableDeclaration = "variable_declaration",
    VariableDeclarator = "variable_declarator",
    YieldExpression = "yield_expression",
}

macro_rules! fields {
    ($($field:ident = $text:literal),* $(,)?) => {
        /// Numbers of the grammar's fields; 0 is no field.
        #[derive(Debug, Clone, Copy)]
        pub(super) struct Fields {
            $(#[doc = $text] pub $field: u16,)*
        }

        impl Fields {
            fn of(language: &Language) -> Self {
                let id = |name: &str| language.field_id_for_name(name).map_or(0, u16::from);
                Self { $($field: id($text),)* }
            }
        }
    };
}

fields! {
    alias = "alias",
    alternative = "alternative",
    arguments = "arguments",
    body = "body",
    condition = "condition",
    consequence = "consequence",
    constructor = "constructor",
    declaration = "declaration",
    function = "function",
    index = "index",
    key = "key",
    kind = "kind",
    left = "left",
    module = "module",
    name = "name",
    object = "object",
    open_tag = "open_tag",
    operator = "operator",
    argument = "argument",
    parameter = "parameter",
    parameters = "parameters",
    pattern = "pattern",
    property = "property",
    return_type = "return_type",
    right = "right",
    source = "source",
    type_ = "type",
    type_arguments = "type_arguments",
    type_parameters = "type_parameters",
    value = "value",
}

/// The tables of one grammar.
pub(super) struct Grammar {
    kinds: Vec<Kind>,
    /// Field numbers.
    pub fields: Fields,
}

impl Grammar {
    fn new(language: &Language) -> Self {
        let kinds = (0..language.node_kind_count())
            .map(|id| {
                let id = id as u16;
                match language.node_kind_for_id(id) {
                    Some(name) if language.node_kind_is_named(id) => kind_called(name),
                    _ => Kind::Other,
                }
            })
            .collect();
        Self { kinds, fields: Fields::of(language) }
    }

    /// The kind of a node; `Other` for tokens, errors and what the walk does not know.
    #[inline]
    pub fn kind(&self, node: Node<'_>) -> Kind {
        self.kinds.get(node.kind_id() as usize).copied().unwrap_or(Kind::Other)
    }
}

/// Which of the three grammars a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// JavaScript and JSX.
    JavaScript,
    /// TypeScript.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
}

static JAVASCRIPT: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::new(&tree_sitter_javascript::LANGUAGE.into()));
static TYPESCRIPT: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::new(&tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()));
static TSX: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::new(&tree_sitter_typescript::LANGUAGE_TSX.into()));

impl Dialect {
    /// The tree-sitter grammar.
    pub fn language(self) -> Language {
        match self {
            Dialect::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Dialect::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Dialect::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
        }
    }

    /// The grammar's tables.
    pub(super) fn grammar(self) -> &'static Grammar {
        match self {
            Dialect::JavaScript => &JAVASCRIPT,
            Dialect::TypeScript => &TYPESCRIPT,
            Dialect::Tsx => &TSX,
        }
    }

    /// Whether types are written in this dialect.
    pub fn is_typed(self) -> bool {
        self != Dialect::JavaScript
    }
}

/// Children of a node, gathered in one pass of a cursor.
pub(super) type Nodes<'t> = SmallVec<[Node<'t>; 4]>;

/// Named children without comments.
pub(super) fn named(node: Node<'_>) -> Nodes<'_> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| !child.is_extra()).collect()
}

/// Named children with comments, for lists of declarations that carry documentation.
pub(super) fn named_with_comments(node: Node<'_>) -> Nodes<'_> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

/// The first named child that is no comment.
pub(super) fn first_named(node: Node<'_>) -> Option<Node<'_>> {
    let first = node.named_child(0)?;
    if first.is_extra() { named(node).first().copied() } else { Some(first) }
}

/// Whether one of the words before the node's name or body (`async`, `static`, `*`) is `token`.
pub(super) fn has_token(node: Node<'_>, token: &str) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).take(8).any(|child| !child.is_named() && child.kind() == token)
}

/// The characters a string literal stands for.
pub(super) fn unquoted(text: &str) -> std::borrow::Cow<'_, str> {
    let inner = text
        .strip_prefix(['"', '\'', '`'])
        .map_or(text, |rest| rest.strip_suffix(['"', '\'', '`']).unwrap_or(rest));
    unescaped(inner)
}

/// Replaces the escapes that occur in practice.
pub(super) fn unescaped(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\n') | None => {}
            Some(other) => out.push(other),
        }
    }
    out.into()
}

/// Flags from the words before a function's name: `async`, `static`, `get`, `*`.
pub(super) fn function_flags(node: Node<'_>) -> DefinitionFlags {
    let mut flags = DefinitionFlags::empty();
    let mut cursor = node.walk();
    for child in node.children(&mut cursor).take(10) {
        if child.is_named() {
            continue;
        }
        match child.kind() {
            "async" => flags |= DefinitionFlags::ASYNC,
            "*" => flags |= DefinitionFlags::GENERATOR,
            "static" => flags |= DefinitionFlags::STATIC,
            "get" => flags |= DefinitionFlags::PROPERTY,
            "set" => flags |= DefinitionFlags::PROPERTY | DefinitionFlags::SETTER,
            "abstract" => flags |= DefinitionFlags::ABSTRACT,
            "(" | "=>" | "{" => break,
            _ => {}
        }
    }
    flags
}
