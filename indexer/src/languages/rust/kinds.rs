//! Node kinds and fields of the Rust grammar as small integers.
//!
//! `Node::kind` measures and checks a C string on every call, and a walk asks for the kind of every
//! node it meets. The grammar's ids are mapped once to one enum, so the walk matches integers and
//! still reads like the grammar.

use std::sync::LazyLock;
use tree_sitter::Node;

macro_rules! kinds {
    ($($kind:ident = $name:literal,)*) => {
        /// What a node is. Anonymous tokens are `Token`, kinds the walk never asks for `Other`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind { Error, Token, Other, $($kind,)* }

        fn kind_named(name: &str) -> Kind {
            match name { $($name => Kind::$kind,)* _ => Kind::Other }
        }
    };
}

kinds! {
    // Items
    AssociatedType = "associated_type",
    AttributeItem = "attribute_item",
    BlockComment = "block_comment",
    ConstItem = "const_item",
    EnumItem = "enum_item",
    EnumVariant = "enum_variant",
    ExternCrate = "extern_crate_declaration",
    FieldDeclaration = "field_declaration",
    FieldDeclarationList = "field_declaration_list",
    ForeignModItem = "foreign_mod_item",
    FunctionItem = "function_item",
    FunctionModifiers = "function_modifiers",
    FunctionSignature = "function_signature_item",
    ImplItem = "impl_item",
    InnerAttributeItem = "inner_attribute_item",
    LineComment = "line_comment",
    MacroDefinition = "macro_definition",
    MacroInvocation = "macro_invocation",
    MacroRule = "macro_rule",
    ModItem = "mod_item",
    Parameter = "parameter",
    SelfParameter = "self_parameter",
    StaticItem = "static_item",
    StructItem = "struct_item",
    TraitItem = "trait_item",
    TypeItem = "type_item",
    UnionItem = "union_item",
    UseAsClause = "use_as_clause",
    UseDeclaration = "use_declaration",
    UseList = "use_list",
    UseWildcard = "use_wildcard",
    ScopedUseList = "scoped_use_list",
    VariadicParameter = "variadic_parameter",
    VisibilityModifier = "visibility_modifier",
    MutableSpecifier = "mutable_specifier",
    // Names and paths
    Crate = "crate",
    FieldIdentifier = "field_identifier",
    GenericFunction = "generic_function",
    Identifier = "identifier",
    Metavariable = "metavariable",
    ScopedIdentifier = "scoped_identifier",
    ScopedTypeIdentifier = "scoped_type_identifier",
    SelfKeyword = "self",
    ShorthandFieldIdentifier = "shorthand_field_identifier",
    Super = "super",
    TypeIdentifier = "type_identifier",
    // Types
    AbstractType = "abstract_type",
    ArrayType = "array_type",
    BoundedType = "bounded_type",
    BracketedType = "bracketed_type",
    ConstParameter = "const_parameter",
    DynamicType = "dynamic_type",
    FunctionType = "function_type",
    GenericType = "generic_type",
    GenericTypeWithTurbofish = "generic_type_with_turbofish",
    HigherRankedTraitBound = "higher_ranked_trait_bound",
    Lifetime = "lifetime",
    NeverType = "never_type",
    PointerType = "pointer_type",
    PrimitiveType = "primitive_type",
    QualifiedType = "qualified_type",
    ReferenceType = "reference_type",
    RemovedTraitBound = "removed_trait_bound",
    TraitBounds = "trait_bounds",
    TupleType = "tuple_type",
    TypeArguments = "type_arguments",
    TypeBinding = "type_binding",
    TypeParameter = "type_parameter",
    UnitType = "unit_type",
    UseBounds = "use_bounds",
    WhereClause = "where_clause",
    WherePredicate = "where_predicate",
    // Patterns
    CapturedPattern = "captured_pattern",
    FieldPattern = "field_pattern",
    GenericPattern = "generic_pattern",
    MatchPattern = "match_pattern",
    MutPattern = "mut_pattern",
    OrPattern = "or_pattern",
    RangePattern = "range_pattern",
    RefPattern = "ref_pattern",
    ReferencePattern = "reference_pattern",
    RemainingFieldPattern = "remaining_field_pattern",
    SlicePattern = "slice_pattern",
    StructPattern = "struct_pattern",
    TuplePattern = "tuple_pattern",
    TupleStructPattern = "tuple_struct_pattern",
    // Statements and expressions
    ArrayExpression = "array_expression",
    AssignmentExpression = "assignment_expression",
    AsyncBlock = "async_block",
    AwaitExpression = "await_expression",
    BaseFieldInitializer = "base_field_initializer",
    BinaryExpression = "binary_expression",
    Block = "block",
    BreakExpression = "break_expression",
    CallExpression = "call_expression",
    ClosureExpression = "closure_expression",
    CompoundAssignment = "compound_assignment_expr",
    ConstBlock = "const_block",
    ContinueExpression = "continue_expression",
    ElseClause = "else_clause",
    EmptyStatement = "empty_statement",
    ExpressionStatement = "expression_statement",
    FieldExpression = "field_expression",
    FieldInitializer = "field_initializer",
    ForExpression = "for_expression",
    GenBlock = "gen_block",
    IfExpression = "if_expression",
    IndexExpression = "index_expression",
    Label = "label",
    LetChain = "let_chain",
    LetCondition = "let_condition",
    LetDeclaration = "let_declaration",
    LoopExpression = "loop_expression",
    MatchArm = "match_arm",
    MatchExpression = "match_expression",
    ParenthesizedExpression = "parenthesized_expression",
    RangeExpression = "range_expression",
    ReferenceExpression = "reference_expression",
    ReturnExpression = "return_expression",
    ShorthandFieldInitializer = "shorthand_field_initializer",
    StructExpression = "struct_expression",
    TryBlock = "try_block",
    TryExpression = "try_expression",
    TupleExpression = "tuple_expression",
    TypeCastExpression = "type_cast_expression",
    UnaryExpression = "unary_expression",
    UnitExpression = "unit_expression",
    UnsafeBlock = "unsafe_block",
    WhileExpression = "while_expression",
    YieldExpression = "yield_expression",
    // Literals and tokens
    BooleanLiteral = "boolean_literal",
    CharLiteral = "char_literal",
    FloatLiteral = "float_literal",
    IntegerLiteral = "integer_literal",
    NegativeLiteral = "negative_literal",
    RawStringLiteral = "raw_string_literal",
    StringContent = "string_content",
    EscapeSequence = "escape_sequence",
    StringLiteral = "string_literal",
    TokenTree = "token_tree",
    TokenRepetition = "token_repetition",
}

macro_rules! fields {
    ($($field:ident = $name:literal,)*) => {
        /// A field of the grammar.
        #[derive(Debug, Clone, Copy)]
        pub(super) enum Field { $($field,)* }

        const FIELD_NAMES: &[&str] = &[$($name,)*];
    };
}

fields! {
    Alias = "alias",
    Alternative = "alternative",
    Argument = "argument",
    Arguments = "arguments",
    Body = "body",
    Bounds = "bounds",
    Condition = "condition",
    Consequence = "consequence",
    Element = "element",
    Member = "field",
    Function = "function",
    Left = "left",
    Length = "length",
    List = "list",
    Macro = "macro",
    Name = "name",
    Operator = "operator",
    Parameters = "parameters",
    Path = "path",
    Pattern = "pattern",
    ReturnType = "return_type",
    Right = "right",
    Trait = "trait",
    Type = "type",
    TypeArguments = "type_arguments",
    TypeParameters = "type_parameters",
    Value = "value",
}

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let language = grammar();
    (0..language.node_kind_count() as u16)
        .map(|id| {
            if language.node_kind_is_named(id) {
                kind_named(language.node_kind_for_id(id).unwrap_or(""))
            } else {
                Kind::Token
            }
        })
        .collect()
});

static FIELDS: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let language = grammar();
    FIELD_NAMES
        .iter()
        .map(|name| language.field_id_for_name(name).map_or(0, std::num::NonZero::get))
        .collect()
});

/// The grammar.
pub(super) fn grammar() -> tree_sitter::Language {
    tree_sitter_rust::LANGUAGE.into()
}

/// What a node is.
pub(super) fn kind(node: Node<'_>) -> Kind {
    // The id of an error node lies beyond the grammar's own.
    KINDS.get(node.kind_id() as usize).copied().unwrap_or(Kind::Error)
}

/// The child in a field.
pub(super) fn child(node: Node<'_>, field: Field) -> Option<Node<'_>> {
    let id = FIELDS.get(field as usize).copied()?;
    node.child_by_field_id(id)
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use super::{FIELD_NAMES, FIELDS, grammar, kind_named};

    #[test]
    fn every_field_is_one_of_the_grammar() {
        for (name, id) in FIELD_NAMES.iter().zip(FIELDS.iter()) {
            assert_ne!(*id, 0, "the grammar has no field {name}");
        }
    }

    #[test]
    fn kinds_are_found_by_their_grammar_name() {
        assert_eq!(kind_named("function_item"), Kind::FunctionItem);
        assert_ne!(grammar().id_for_node_kind("function_item", true), 0);
    }
}
