//! Go.
//!
//! A Go file says almost everything about its names by itself: packages are imported by path,
//! types are written down where functions meet, and methods name their receiver. Two things are
//! different from other languages. Methods stand outside their type, possibly in another file of
//! the package, so each becomes an extension of the receiver's type. And interfaces are
//! satisfied silently, which the resolver is told through
//! [`Semantics::structural_interfaces`](crate::languages::Semantics::structural_interfaces).
//!
//! Closures stay anonymous even when a local variable holds them: such a variable is a plain
//! local, so what the closure does belongs to the function around it. Only a package-level
//! variable that holds a closure becomes a named function.

mod definitions;
mod expressions;
mod literals;
mod semantics;
mod statements;
mod types;

use super::kinds::{node_fields, node_kinds};
use super::locals::Locals;
use crate::extract::FactsBuilder;
use crate::languages::{Depth, Language, Semantics};
use qf_graph::facts::{DefinitionId, ExpressionId, ScopeId, ScopeKind};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::OnceLock;
use tree_sitter::{Node, Tree};

/// The Go language.
pub static GO: Go = Go;

/// See [`GO`].
pub struct Go;

impl Language for Go {
    fn name(&self) -> &'static str {
        "go"
    }

    fn depth(&self) -> Depth {
        Depth::Deep
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["go"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_go::LANGUAGE.into())
    }

    fn extract(&self, path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        if let Some(tree) = tree {
            Walk::new(path, out).file(tree.root_node());
        }
    }

    fn semantics(&self) -> &'static dyn Semantics {
        &semantics::GoSemantics
    }
}

node_kinds! {
    /// The node kinds the walk tells apart.
    Kind {
        ArgumentList = "argument_list",
        ArrayType = "array_type",
        AssignmentStatement = "assignment_statement",
        BinaryExpression = "binary_expression",
        Block = "block",
        CallExpression = "call_expression",
        ChannelType = "channel_type",
        Comment = "comment",
        CommunicationCase = "communication_case",
        CompositeLiteral = "composite_literal",
        ConstDeclaration = "const_declaration",
        ConstSpec = "const_spec",
        DecStatement = "dec_statement",
        DefaultCase = "default_case",
        Dot = "dot",
        BlankIdentifier = "blank_identifier",
        ExpressionCase = "expression_case",
        ExpressionList = "expression_list",
        ExpressionSwitchStatement = "expression_switch_statement",
        False = "false",
        FieldDeclaration = "field_declaration",
        FieldDeclarationList = "field_declaration_list",
        FloatLiteral = "float_literal",
        ForClause = "for_clause",
        ForStatement = "for_statement",
        FuncLiteral = "func_literal",
        FunctionDeclaration = "function_declaration",
        FunctionType = "function_type",
        GenericType = "generic_type",
        Identifier = "identifier",
        IfStatement = "if_statement",
        ImaginaryLiteral = "imaginary_literal",
        ImplicitLengthArrayType = "implicit_length_array_type",
        ImportDeclaration = "import_declaration",
        ImportSpec = "import_spec",
        ImportSpecList = "import_spec_list",
        IncStatement = "inc_statement",
        IndexExpression = "index_expression",
        IntLiteral = "int_literal",
        InterfaceType = "interface_type",
        InterpretedStringLiteral = "interpreted_string_literal",
        Iota = "iota",
        KeyedElement = "keyed_element",
        LabelName = "label_name",
        LiteralElement = "literal_element",
        LiteralValue = "literal_value",
        MapType = "map_type",
        MethodDeclaration = "method_declaration",
        MethodElem = "method_elem",
        NegatedType = "negated_type",
        Nil = "nil",
        PackageClause = "package_clause",
        ParameterDeclaration = "parameter_declaration",
        ParameterList = "parameter_list",
        ParenthesizedExpression = "parenthesized_expression",
        ParenthesizedType = "parenthesized_type",
        PointerType = "pointer_type",
        QualifiedType = "qualified_type",
        RangeClause = "range_clause",
        RawStringLiteral = "raw_string_literal",
        ReceiveStatement = "receive_statement",
        ReturnStatement = "return_statement",
        RuneLiteral = "rune_literal",
        SelectorExpression = "selector_expression",
        ShortVarDeclaration = "short_var_declaration",
        SliceExpression = "slice_expression",
        SliceType = "slice_type",
        StatementList = "statement_list",
        StructType = "struct_type",
        True = "true",
        TypeAlias = "type_alias",
        TypeArguments = "type_arguments",
        TypeAssertionExpression = "type_assertion_expression",
        TypeCase = "type_case",
        TypeConstraint = "type_constraint",
        TypeConversionExpression = "type_conversion_expression",
        TypeDeclaration = "type_declaration",
        TypeElem = "type_elem",
        TypeIdentifier = "type_identifier",
        TypeInstantiationExpression = "type_instantiation_expression",
        TypeParameterDeclaration = "type_parameter_declaration",
        TypeSpec = "type_spec",
        TypeSwitchStatement = "type_switch_statement",
        UnaryExpression = "unary_expression",
        VarDeclaration = "var_declaration",
        VarSpec = "var_spec",
        VarSpecList = "var_spec_list",
        VariadicArgument = "variadic_argument",
        VariadicParameterDeclaration = "variadic_parameter_declaration",
    }
}

node_fields! {
    /// The fields the walk reads.
    Fields {
        alias = "alias",
        alternative = "alternative",
        arguments = "arguments",
        body = "body",
        condition = "condition",
        consequence = "consequence",
        element = "element",
        field = "field",
        function = "function",
        index = "index",
        initializer = "initializer",
        key = "key",
        left = "left",
        name = "name",
        operand = "operand",
        operator = "operator",
        package = "package",
        parameters = "parameters",
        path = "path",
        receiver = "receiver",
        result = "result",
        right = "right",
        tag = "tag",
        type_arguments = "type_arguments",
        type_parameters = "type_parameters",
        written_type = "type",
        value = "value",
    }
}

struct Grammar {
    kinds: Box<[Kind]>,
    fields: Fields,
}

fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| {
        let language = tree_sitter_go::LANGUAGE.into();
        Grammar { kinds: Kind::table(&language), fields: Fields::new(&language) }
    })
}

/// The walk over one file.
struct Walk<'a, 's, 't> {
    out: &'a mut FactsBuilder<'s>,
    kinds: &'static [Kind],
    fields: &'static Fields,
    locals: Locals<'s>,
    /// Functions around the current place; returned values belong to the last.
    functions: Vec<DefinitionId>,
    /// What the types declared at the top of this file are made of.
    declared: FxHashMap<&'s str, Node<'t>>,
    /// Definitions of those types, as far as they have been met.
    types: FxHashMap<&'s str, DefinitionId>,
    /// Methods with the name of their receiver's type.
    methods: Vec<(DefinitionId, &'s str)>,
    /// Names that imports bind.
    packages: FxHashSet<&'s str>,
    /// One expression for each built-in type that was used.
    builtins: FxHashMap<&'static str, ExpressionId>,
    /// Types are lowered without references while this is set.
    quiet: bool,
    is_test: bool,
}

impl<'a, 's, 't> Walk<'a, 's, 't> {
    fn new(path: &str, out: &'a mut FactsBuilder<'s>) -> Self {
        let grammar = grammar();
        Self {
            out,
            kinds: &grammar.kinds,
            fields: &grammar.fields,
            locals: Locals::default(),
            functions: Vec::new(),
            declared: FxHashMap::default(),
            types: FxHashMap::default(),
            methods: Vec::new(),
            packages: FxHashSet::default(),
            builtins: FxHashMap::default(),
            quiet: false,
            is_test: path.ends_with("_test.go"),
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

    /// Walks a file: first a glance at which types it declares, then everything in order, and at
    /// the end methods get their types as parents (a type may follow its methods).
    fn file(&mut self, root: Node<'t>) {
        self.collect_types(root);
        let mut comments = DocComments::default();
        let mut cursor = root.walk();
        for node in root.named_children(&mut cursor) {
            if self.kind(node) == Kind::Comment {
                comments.comment(node);
                continue;
            }
            let doc = comments.take(node);
            self.top_level(node, doc);
        }
        for (method, receiver) in std::mem::take(&mut self.methods) {
            if let Some(parent) = self.types.get(receiver) {
                self.out.get_mut(method).parent = Some(*parent);
            }
        }
    }

    fn collect_types(&mut self, root: Node<'t>) {
        let mut cursor = root.walk();
        for node in root.named_children(&mut cursor) {
            if self.kind(node) != Kind::TypeDeclaration {
                continue;
            }
            let mut specs = node.walk();
            for spec in node.named_children(&mut specs) {
                let name = self.field(spec, self.fields.name);
                let written = self.field(spec, self.fields.written_type);
                if let (Some(name), Some(written)) = (name, written) {
                    self.declared.insert(self.text(name), written);
                }
            }
        }
    }

    fn top_level(&mut self, node: Node<'t>, doc: Option<(usize, usize)>) {
        match self.kind(node) {
            Kind::PackageClause => {
                if let Some(name) = node.named_child(0) {
                    let name = self.text(name);
                    self.out.set_package(name);
                }
            }
            Kind::ImportDeclaration => self.import_declaration(node),
            Kind::FunctionDeclaration => self.function_declaration(node, doc),
            Kind::MethodDeclaration => self.method_declaration(node, doc),
            Kind::TypeDeclaration => self.type_declaration(node, doc),
            Kind::VarDeclaration => self.package_variables(node, doc),
            Kind::ConstDeclaration => self.package_constants(node, doc),
            _ => self.statement(node),
        }
    }

    /// Whether the walk is inside a function.
    fn is_local(&self) -> bool {
        !self.functions.is_empty()
    }

    fn declare(&mut self, name: &'s str, scope: ScopeId) {
        self.locals.declare(name, scope);
    }
}

/// Collects the comment lines directly above a declaration.
#[derive(Debug, Default)]
struct DocComments {
    /// Bytes of the comment group, and the row its last line stands on.
    group: Option<(usize, usize, usize)>,
    /// The row on which code ended; a comment behind it documents nothing below.
    code_row: Option<usize>,
}

impl DocComments {
    fn comment(&mut self, node: Node<'_>) {
        let (row, end_row) = (node.start_position().row, node.end_position().row);
        self.group = match self.group {
            Some((start, _, last)) if last + 1 == row => Some((start, node.end_byte(), end_row)),
            _ if self.code_row == Some(row) => None,
            _ => Some((node.start_byte(), node.end_byte(), end_row)),
        };
    }

    /// The bytes of the comment above `node`.
    fn take(&mut self, node: Node<'_>) -> Option<(usize, usize)> {
        self.code_row = Some(node.end_position().row);
        let (start, end, last) = self.group.take()?;
        (last + 1 == node.start_position().row).then_some((start, end))
    }
}
