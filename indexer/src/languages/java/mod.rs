//! Java.
//!
//! Java writes its types down, so most of what binding needs stands in declarations: fields,
//! parameters and locals are bound to their declared types, and only `var`, lambdas and chains
//! are left to inference. Three things need more than lowering. Bare names may be fields, so the
//! walk knows the locals. The types of `java.lang` and `java.util` have no source here, so they
//! become built-in types whose members the semantics list. And annotations write code (Lombok,
//! records): the members they make are defined as implicit ones.

mod calls;
mod conversions;
mod definitions;
mod expressions;
mod implicit;
mod members;
mod semantics;
mod standard;
mod statements;
mod types;

use super::kinds::{node_fields, node_kinds};
use super::locals::Locals;
use crate::extract::FactsBuilder;
use crate::languages::{Depth, Language, Semantics};
use implicit::FieldNote;
use qf_graph::facts::{DefinitionId, ExpressionId, ImportId, ScopeKind};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::OnceLock;
use tree_sitter::{Node, Tree};

/// The Java language.
pub static JAVA: Java = Java;

/// See [`JAVA`].
pub struct Java;

impl Language for Java {
    fn name(&self) -> &'static str {
        "java"
    }

    fn depth(&self) -> Depth {
        Depth::Deep
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["java"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_java::LANGUAGE.into())
    }

    fn extract(&self, _path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        if let Some(tree) = tree {
            Walk::new(out).file(tree.root_node());
        }
    }

    fn semantics(&self) -> &'static dyn Semantics {
        &semantics::JavaSemantics
    }
}

node_kinds! {
    /// The node kinds the walk tells apart.
    Kind {
        AnnotatedType = "annotated_type",
        Annotation = "annotation",
        AnnotationArgumentList = "annotation_argument_list",
        AnnotationTypeBody = "annotation_type_body",
        AnnotationTypeDeclaration = "annotation_type_declaration",
        AnnotationTypeElementDeclaration = "annotation_type_element_declaration",
        ArgumentList = "argument_list",
        ArrayAccess = "array_access",
        ArrayCreationExpression = "array_creation_expression",
        ArrayInitializer = "array_initializer",
        ArrayType = "array_type",
        AssignmentExpression = "assignment_expression",
        Asterisk = "asterisk",
        BinaryExpression = "binary_expression",
        BinaryIntegerLiteral = "binary_integer_literal",
        Block = "block",
        BlockComment = "block_comment",
        BooleanType = "boolean_type",
        BreakStatement = "break_statement",
        CastExpression = "cast_expression",
        CatchClause = "catch_clause",
        CatchFormalParameter = "catch_formal_parameter",
        CatchType = "catch_type",
        CharacterLiteral = "character_literal",
        ClassBody = "class_body",
        ClassDeclaration = "class_declaration",
        ClassLiteral = "class_literal",
        CompactConstructorDeclaration = "compact_constructor_declaration",
        ConstantDeclaration = "constant_declaration",
        ConstructorDeclaration = "constructor_declaration",
        ContinueStatement = "continue_statement",
        DecimalFloatingPointLiteral = "decimal_floating_point_literal",
        DecimalIntegerLiteral = "decimal_integer_literal",
        ElementValueArrayInitializer = "element_value_array_initializer",
        ElementValuePair = "element_value_pair",
        EnhancedForStatement = "enhanced_for_statement",
        EnumBody = "enum_body",
        EnumBodyDeclarations = "enum_body_declarations",
        EnumConstant = "enum_constant",
        EnumDeclaration = "enum_declaration",
        ExplicitConstructorInvocation = "explicit_constructor_invocation",
        ExtendsInterfaces = "extends_interfaces",
        False = "false",
        FieldAccess = "field_access",
        FieldDeclaration = "field_declaration",
        FloatingPointType = "floating_point_type",
        ForStatement = "for_statement",
        FormalParameter = "formal_parameter",
        FormalParameters = "formal_parameters",
        GenericType = "generic_type",
        HexFloatingPointLiteral = "hex_floating_point_literal",
        HexIntegerLiteral = "hex_integer_literal",
        Identifier = "identifier",
        IfStatement = "if_statement",
        ImportDeclaration = "import_declaration",
        InferredParameters = "inferred_parameters",
        InstanceofExpression = "instanceof_expression",
        IntegralType = "integral_type",
        InterfaceBody = "interface_body",
        InterfaceDeclaration = "interface_declaration",
        LabeledStatement = "labeled_statement",
        LambdaExpression = "lambda_expression",
        LineComment = "line_comment",
        LocalVariableDeclaration = "local_variable_declaration",
        MarkerAnnotation = "marker_annotation",
        MethodDeclaration = "method_declaration",
        MethodInvocation = "method_invocation",
        MethodReference = "method_reference",
        Modifiers = "modifiers",
        NullLiteral = "null_literal",
        ObjectCreationExpression = "object_creation_expression",
        OctalIntegerLiteral = "octal_integer_literal",
        PackageDeclaration = "package_declaration",
        ParenthesizedExpression = "parenthesized_expression",
        Pattern = "pattern",
        Permits = "permits",
        ReceiverParameter = "receiver_parameter",
        RecordDeclaration = "record_declaration",
        RecordPattern = "record_pattern",
        RecordPatternBody = "record_pattern_body",
        RecordPatternComponent = "record_pattern_component",
        Resource = "resource",
        ReturnStatement = "return_statement",
        ScopedIdentifier = "scoped_identifier",
        ScopedTypeIdentifier = "scoped_type_identifier",
        SpreadParameter = "spread_parameter",
        StaticInitializer = "static_initializer",
        StringLiteral = "string_literal",
        Super = "super",
        SuperInterfaces = "super_interfaces",
        Superclass = "superclass",
        SwitchBlockStatementGroup = "switch_block_statement_group",
        SwitchExpression = "switch_expression",
        SwitchLabel = "switch_label",
        SwitchRule = "switch_rule",
        TernaryExpression = "ternary_expression",
        This = "this",
        Throws = "throws",
        True = "true",
        TryWithResourcesStatement = "try_with_resources_statement",
        TypeArguments = "type_arguments",
        TypeBound = "type_bound",
        TypeIdentifier = "type_identifier",
        TypeList = "type_list",
        TypeParameter = "type_parameter",
        TypePattern = "type_pattern",
        UnaryExpression = "unary_expression",
        UpdateExpression = "update_expression",
        VariableDeclarator = "variable_declarator",
        VoidType = "void_type",
        Wildcard = "wildcard",
        YieldStatement = "yield_statement",
    }
}

node_fields! {
    /// The fields the walk reads.
    Fields {
        alternative = "alternative",
        arguments = "arguments",
        array = "array",
        body = "body",
        condition = "condition",
        consequence = "consequence",
        constructor = "constructor",
        declarator = "declarator",
        dimensions = "dimensions",
        element = "element",
        field = "field",
        index = "index",
        interfaces = "interfaces",
        key = "key",
        left = "left",
        name = "name",
        object = "object",
        operand = "operand",
        operator = "operator",
        parameters = "parameters",
        pattern = "pattern",
        right = "right",
        superclass = "superclass",
        type_arguments = "type_arguments",
        type_parameters = "type_parameters",
        value = "value",
        written_type = "type",
    }
}

struct Grammar {
    kinds: Box<[Kind]>,
    fields: Fields,
}

fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| {
        let language = tree_sitter_java::LANGUAGE.into();
        Grammar { kinds: Kind::table(&language), fields: Fields::new(&language) }
    })
}

/// A function around the current place.
struct FunctionFrame {
    definition: DefinitionId,
    is_constructor: bool,
}

/// A type around the current place.
#[derive(Default)]
struct TypeFrame<'s> {
    name: &'s str,
    is_interface: bool,
    has_superclass: bool,
    /// Extends JUnit 3's `TestCase`: methods are tests by their name.
    is_test_case: bool,
    /// Methods by name, to tell overloads.
    methods: FxHashMap<&'s str, DefinitionId>,
    /// Fields, for the members that annotations and records imply.
    fields: Vec<FieldNote<'s>>,
    has_constructor: bool,
}

/// The walk over one file.
struct Walk<'a, 's, 't> {
    out: &'a mut FactsBuilder<'s>,
    kinds: &'static [Kind],
    fields: &'static Fields,
    locals: Locals<'s>,
    functions: Vec<FunctionFrame>,
    types: Vec<TypeFrame<'s>>,
    package: &'s str,
    /// Imported type names with their packages.
    imports: FxHashMap<&'s str, &'s str>,
    /// Packages imported as a whole.
    stars: Vec<&'s str>,
    /// Names of the types this file declares at any depth.
    declared: FxHashSet<&'s str>,
    /// Names of fields of those types; whether they hold a collection of the standard library.
    known_fields: FxHashMap<&'s str, bool>,
    /// One expression for each built-in type that was used.
    builtins: FxHashMap<&'static str, ExpressionId>,
    /// Types that are written with their package.
    qualified: FxHashMap<&'s str, ImportId>,
    /// Values yielded by the switch expressions around the current place.
    yields: Vec<Vec<ExpressionId>>,
    marker: std::marker::PhantomData<Node<'t>>,
}

impl<'a, 's, 't> Walk<'a, 's, 't> {
    fn new(out: &'a mut FactsBuilder<'s>) -> Self {
        let grammar = grammar();
        Self {
            out,
            kinds: &grammar.kinds,
            fields: &grammar.fields,
            locals: Locals::default(),
            functions: Vec::new(),
            types: Vec::new(),
            package: "",
            imports: FxHashMap::default(),
            stars: Vec::new(),
            declared: FxHashSet::default(),
            known_fields: FxHashMap::default(),
            builtins: FxHashMap::default(),
            qualified: FxHashMap::default(),
            yields: Vec::new(),
            marker: std::marker::PhantomData,
        }
    }

    fn kind(&self, node: Node<'_>) -> Kind {
        self.kinds.get(node.kind_id() as usize).copied().unwrap_or(Kind::Other)
    }

    #[expect(clippy::unused_self, reason = "reads like the other accessors")]
    fn field(&self, node: Node<'t>, field: u16) -> Option<Node<'t>> {
        node.child_by_field_id(field)
    }

    fn text(&self, node: Node<'_>) -> &'s str {
        self.out.text(node)
    }

    fn builtin(&mut self, name: &'static str) -> ExpressionId {
        if let Some(id) = self.builtins.get(name) {
            return *id;
        }
        let id = self.out.builtin(name);
        self.builtins.insert(name, id);
        id
    }

    /// Runs `inside` in a block scope of its own.
    fn block_scope(&mut self, inside: impl FnOnce(&mut Self)) {
        self.out.open_scope(ScopeKind::Block, None);
        let mark = self.locals.mark();
        inside(self);
        self.locals.restore(mark);
        self.out.close_scope();
    }

    fn is_comment(&self, node: Node<'_>) -> bool {
        matches!(self.kind(node), Kind::LineComment | Kind::BlockComment)
    }

    fn file(&mut self, root: Node<'t>) {
        self.glance(root, 0);
        let mut doc = None;
        let mut cursor = root.walk();
        for node in root.named_children(&mut cursor) {
            match self.kind(node) {
                Kind::LineComment => {}
                Kind::BlockComment => doc = Some(node),
                Kind::PackageDeclaration => {
                    self.package_declaration(node);
                    doc = None;
                }
                Kind::ImportDeclaration => {
                    self.import_declaration(node);
                    doc = None;
                }
                _ => self.member(node, doc.take()),
            }
        }
    }

    /// Notes which types and fields the file declares, before anything is lowered.
    fn glance(&mut self, body: Node<'t>, depth: u32) {
        if depth > 16 {
            return;
        }
        let mut cursor = body.walk();
        for node in body.named_children(&mut cursor) {
            match self.kind(node) {
                Kind::ClassDeclaration
                | Kind::InterfaceDeclaration
                | Kind::EnumDeclaration
                | Kind::RecordDeclaration
                | Kind::AnnotationTypeDeclaration => {
                    if let Some(name) = self.field(node, self.fields.name) {
                        self.declared.insert(self.text(name));
                    }
                    if let Some(parameters) = self.field(node, self.fields.parameters) {
                        self.glance(parameters, depth + 1);
                    }
                    if let Some(body) = self.field(node, self.fields.body) {
                        self.glance(body, depth + 1);
                    }
                }
                Kind::EnumBodyDeclarations => self.glance(node, depth + 1),
                Kind::FieldDeclaration | Kind::ConstantDeclaration => self.glance_field(node),
                // Components of a record.
                Kind::FormalParameter => {
                    if let Some(name) = self.field(node, self.fields.name) {
                        self.known_fields.insert(self.text(name), false);
                    }
                }
                _ => {}
            }
        }
    }

    fn glance_field(&mut self, node: Node<'t>) {
        let Some(written) = self.field(node, self.fields.written_type) else { return };
        let written = self.text(written);
        let base = written.split('<').next().unwrap_or(written);
        let collection = !base.ends_with(']') && types::is_mutable_standard_type(base.trim_end());
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if self.kind(child) == Kind::VariableDeclarator
                && let Some(name) = self.field(child, self.fields.name)
            {
                self.known_fields.insert(self.text(name), collection);
            }
        }
    }
}
