//! The walk's state and its statements.
//!
//! JavaScript binds names in two kinds of places (`var` and functions in the function, `let`,
//! `const` and classes in the block) and gives `this` a meaning that depends on how a function
//! was written, not on where it stands. The walk therefore keeps, besides the builder's scopes, a
//! stack of receivers and a map of what was declared where; everything else is lowered in one
//! pass, in source order.

use super::syntax::{Dialect, Fields, Grammar, Kind, first_named, named, named_with_comments};
use crate::extract::builder::NewDefinition;
use crate::extract::doc::strip_comment;
use crate::extract::{FactsBuilder, range};
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionFlags, DefinitionId, ExpressionId, ScopeId, ScopeKind,
    SymbolKind,
};
use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::Node;

/// A type or object that members are attached to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner {
    /// Identity of the type among the file's types: extension scopes of one type share it.
    pub key: u32,
    /// The scope of kind `Type` where members are bound.
    pub scope: ScopeId,
    /// The type's or object's definition.
    pub definition: Option<DefinitionId>,
    /// Whether assignments to `this` create fields.
    pub open: bool,
}

/// What `this` means.
#[derive(Debug, Clone, Copy)]
pub(super) enum Receiver<'s> {
    /// Nothing is known.
    Unknown,
    /// An instance of the type whose members are looked up from `from`.
    Instance { owner: Owner, from: ScopeId, constructing: bool },
    /// The class itself, in static members.
    Static { owner: Owner, from: ScopeId, class: &'s str },
    /// A plain function, which is a constructor if it is used like one.
    Function { name: &'s str, definition: DefinitionId },
    /// The type of a `this` parameter.
    Typed(ExpressionId),
}

/// What stands before a declaration: documentation, `export`, decorators.
#[derive(Debug, Clone, Default)]
pub(super) struct Lead<'t> {
    /// First byte of the modifiers.
    pub start: Option<u32>,
    /// The comment before it.
    pub doc: Option<ByteRange>,
    /// Exported by name.
    pub exported: bool,
    /// `export default`.
    pub default: bool,
    /// Decorators that stand outside the declaration's node.
    pub decorators: Vec<Node<'t>>,
}

impl Lead<'_> {
    /// The whole definition's bytes.
    pub fn span(&self, node: Node<'_>) -> ByteRange {
        let own = range(node);
        ByteRange { start: self.start.unwrap_or(own.start).min(own.start), end: own.end }
    }
}

/// A function whose body is being walked.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenFunction {
    pub definition: DefinitionId,
    /// What a returned object literal is an instance of, when it is written down.
    pub expected: Option<ExpressionId>,
}

/// How a file is to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// The grammar.
    pub dialect: Dialect,
    /// `.d.ts`: everything is a declaration.
    pub declarations_only: bool,
    /// Test code by its path: `it("…")` calls are definitions.
    pub test: bool,
}

/// Lowers one syntax tree.
pub(crate) struct Walk<'w, 's> {
    pub(super) out: &'w mut FactsBuilder<'s>,
    pub(super) grammar: &'static Grammar,
    pub(super) fields: Fields,
    pub(super) settings: Settings,
    pub(super) receivers: Vec<Receiver<'s>>,
    pub(super) functions: Vec<OpenFunction>,
    /// What was declared in a scope, with its definition.
    pub(super) declared: FxHashMap<(ScopeId, &'s str), Option<DefinitionId>>,
    /// Stores that may replace entries of literals: scope and name, and how many expressions there
    /// were then; `u32::MAX` when no later store does.
    pub(super) replaced: Vec<(ScopeId, &'s str, u32)>,
    /// Members known of a type, so that none is defined twice.
    pub(super) members: FxHashMap<(u32, &'s str), Option<DefinitionId>>,
    /// Extension scopes by the scope they were opened in and their target's text.
    pub(super) extensions: FxHashMap<(ScopeId, &'s str), Owner>,
    /// Identity of a type by the name it is extended under.
    pub(super) owner_keys: FxHashMap<&'s str, u32>,
    pub(super) owners: u32,
    /// `const proto = Foo.prototype`: what `proto` stands for.
    pub(super) prototypes: FxHashMap<&'s str, &'s str>,
    pub(super) constructors: FxHashMap<&'s str, bool>,
    /// Variables of the file that hold a new map or set.
    pub(super) collections: FxHashSet<&'s str>,
    /// Definitions bound by name at the top of the file.
    pub(super) top_level: FxHashMap<&'s str, Vec<DefinitionId>>,
    /// Names exported by a list or by CommonJS, to be flagged at the end.
    pub(super) exported: Vec<&'s str>,
    /// Members with their types, private ones left out.
    pub(super) public_members: Vec<(DefinitionId, DefinitionId)>,
    pub(super) exported_definitions: FxHashSet<DefinitionId>,
    /// The implicit object behind `exports` and `module.exports`.
    pub(super) exports_object: Option<Owner>,
    pub(super) namespace_depth: u32,
    pub(super) ambient_depth: u32,
    pub(super) test_depth: u32,
    pub(super) builtin_cache: FxHashMap<&'static str, ExpressionId>,
    /// The component that a single-file component defines.
    pub(super) component: Option<Owner>,
    /// Whether names in markup may be members of the component.
    pub(super) markup: bool,
    /// The items of the array literal lowered last.
    pub(super) last_array: (ExpressionId, Vec<ExpressionId>),
    /// The receiver of functions in object literals known by no name.
    pub(super) literal_receiver: Receiver<'s>,
}

impl<'w, 's> Walk<'w, 's> {
    /// Prepares a walk.
    pub fn new(out: &'w mut FactsBuilder<'s>, settings: Settings) -> Self {
        let grammar = settings.dialect.grammar();
        Self {
            out,
            grammar,
            fields: grammar.fields,
            settings,
            receivers: vec![Receiver::Unknown],
            functions: Vec::new(),
            declared: FxHashMap::default(),
            replaced: Vec::new(),
            members: FxHashMap::default(),
            extensions: FxHashMap::default(),
            owner_keys: FxHashMap::default(),
            owners: 0,
            prototypes: FxHashMap::default(),
            constructors: FxHashMap::default(),
            top_level: FxHashMap::default(),
            exported: Vec::new(),
            public_members: Vec::new(),
            exported_definitions: FxHashSet::default(),
            exports_object: None,
            namespace_depth: 0,
            ambient_depth: 0,
            test_depth: 0,
            builtin_cache: FxHashMap::default(),
            collections: FxHashSet::default(),
            component: None,
            markup: false,
            last_array: (ExpressionId::UNKNOWN, Vec::new()),
            literal_receiver: Receiver::Unknown,
        }
    }

    /// Changes the grammar: a single-file component may hold scripts in two dialects.
    pub fn set_dialect(&mut self, dialect: Dialect) {
        self.settings.dialect = dialect;
        self.grammar = dialect.grammar();
        self.fields = self.grammar.fields;
    }

    /// Lowers a whole program.
    pub fn program(&mut self, root: Node<'_>) {
        self.statements(root);
    }

    /// Flags what was exported by name after its definition.
    pub fn finish(&mut self) {
        for name in std::mem::take(&mut self.exported) {
            if let Some(definitions) = self.top_level.get(name) {
                self.exported_definitions.extend(definitions);
            }
        }
        let mut exported: Vec<_> = self.exported_definitions.iter().copied().collect();
        exported.sort_unstable();
        for id in exported {
            self.out.get_mut(id).flags |= DefinitionFlags::EXPORTED;
        }
        // Members come after their types, so one pass reaches members of members.
        for (member, owner) in std::mem::take(&mut self.public_members) {
            if self.out.get(owner).flags.contains(DefinitionFlags::EXPORTED) {
                self.out.get_mut(member).flags |= DefinitionFlags::EXPORTED;
            }
        }
    }

    // ---- helpers -----------------------------------------------------------------------------

    #[inline]
    pub(super) fn kind(&self, node: Node<'_>) -> Kind {
        self.grammar.kind(node)
    }

    #[inline]
    #[allow(clippy::unused_self)]
    pub(super) fn field<'t>(&self, node: Node<'t>, field: u16) -> Option<Node<'t>> {
        if field == 0 { None } else { node.child_by_field_id(field) }
    }

    /// A value of a built-in type; one expression a name.
    pub(super) fn builtin(&mut self, name: &'static str) -> ExpressionId {
        if let Some(id) = self.builtin_cache.get(name) {
            return *id;
        }
        let id = self.out.builtin(name);
        self.builtin_cache.insert(name, id);
        id
    }

    /// Adds a definition with the flags that its surroundings give.
    pub(super) fn define(
        &mut self,
        mut new: NewDefinition<'_>,
        doc: Option<ByteRange>,
    ) -> DefinitionId {
        if self.settings.declarations_only || self.ambient_depth > 0 {
            new.flags |= DefinitionFlags::DECLARATION;
        }
        if self.test_depth > 0 && (new.kind.is_callable() || new.kind.is_type()) {
            new.flags |= DefinitionFlags::TEST;
        }
        let id = self.out.define(&new);
        if let Some(doc) = doc {
            let source = self.out.source();
            let text = source.get(doc.start as usize..doc.end as usize).unwrap_or("");
            let text = strip_comment(text);
            if text.contains("@deprecated") {
                self.out.get_mut(id).flags |= DefinitionFlags::DEPRECATED;
            }
            self.out.set_doc(id, &text);
        }
        id
    }

    /// Notes that a scope declares a name.
    pub(super) fn declare(
        &mut self,
        scope: ScopeId,
        name: &'s str,
        definition: Option<DefinitionId>,
    ) {
        self.declared.insert((scope, name), definition);
        if let (ScopeId::MODULE, Some(definition)) = (scope, definition) {
            self.top_level.entry(name).or_default().push(definition);
        }
    }

    /// Binds a definition's name in a scope and notes it.
    pub(super) fn declare_definition(&mut self, scope: ScopeId, name: &'s str, id: DefinitionId) {
        self.out.bind_definition(scope, id);
        self.declare(scope, name, Some(id));
    }

    /// The innermost scope that declares `name`, with its definition there.
    pub(super) fn declaring_scope(&self, name: &'s str) -> Option<(ScopeId, Option<DefinitionId>)> {
        let mut at = Some(self.out.scope());
        while let Some(scope) = at {
            if let Some(definition) = self.declared.get(&(scope, name)) {
                return Some((scope, *definition));
            }
            at = self.out.scope_parent(scope);
        }
        None
    }

    /// Whether names declared in this scope are definitions (module and namespaces).
    pub(super) fn is_top(&self, scope: ScopeId) -> bool {
        matches!(self.out.scope_kind(scope), ScopeKind::Module | ScopeKind::Namespace)
    }

    pub(super) fn receiver(&self) -> Receiver<'s> {
        self.receivers.last().copied().unwrap_or(Receiver::Unknown)
    }

    pub(super) fn new_owner_key(&mut self) -> u32 {
        self.owners += 1;
        self.owners
    }

    // ---- statements --------------------------------------------------------------------------

    /// The statements of a program or block. A comment right before a statement is its
    /// documentation.
    pub(super) fn statements(&mut self, block: Node<'_>) {
        let mut doc: Option<ByteRange> = None;
        for child in named_with_comments(block) {
            if child.is_extra() {
                doc = self.documentation(child, doc);
                continue;
            }
            let lead = Lead { doc: doc.take(), ..Lead::default() };
            self.statement_with(child, lead);
        }
    }

    /// The documentation after one more comment: `/** … */` stands alone, `//` lines gather.
    pub(super) fn documentation(
        &self,
        comment: Node<'_>,
        before: Option<ByteRange>,
    ) -> Option<ByteRange> {
        let text = self.out.text(comment);
        let span = range(comment);
        let body = text.trim_start_matches(['/', '*', '!', ' ', '\n', '\t']);
        let directive =
            ["eslint", "@ts-", "istanbul", "prettier", "global ", "jshint", "tslint", "c8 "];
        if directive.iter().any(|word| body.starts_with(word)) {
            return before;
        }
        match before {
            Some(before) if text.starts_with("//") => {
                let between = self.out.source().get(before.end as usize..span.start as usize)?;
                let joined = between.bytes().filter(|byte| *byte == b'\n').count() <= 1;
                let start = if joined { before.start } else { span.start };
                Some(ByteRange { start, end: span.end })
            }
            _ => Some(span),
        }
    }

    /// One statement without anything before it.
    pub(super) fn statement(&mut self, node: Node<'_>) {
        self.statement_with(node, Lead::default());
    }

    /// One statement.
    pub(super) fn statement_with(&mut self, node: Node<'_>, lead: Lead<'_>) {
        if !self.out.enter(node) {
            return;
        }
        self.statement_inner(node, lead);
        self.out.leave();
    }

    fn statement_inner(&mut self, node: Node<'_>, lead: Lead<'_>) {
        match self.kind(node) {
            Kind::ExpressionStatement => self.expression_statement(node, &lead),
            Kind::LexicalDeclaration | Kind::VariableDeclaration | Kind::UsingDeclaration => {
                self.variable_declaration(node, &lead);
            }
            Kind::FunctionDeclaration
            | Kind::GeneratorFunctionDeclaration
            | Kind::FunctionSignature => self.function_declaration(node, &lead),
            Kind::ClassDeclaration | Kind::AbstractClassDeclaration => {
                self.class_declaration(node, &lead);
            }
            Kind::InterfaceDeclaration => self.interface_declaration(node, &lead),
            Kind::TypeAliasDeclaration => self.type_alias(node, &lead),
            Kind::EnumDeclaration => self.enum_declaration(node, &lead),
            Kind::InternalModule | Kind::Module => self.namespace(node, &lead),
            Kind::AmbientDeclaration => self.ambient_declaration(node, lead),
            Kind::ImportStatement => self.import_statement(node),
            Kind::ImportAlias => self.import_alias(node),
            Kind::ExportStatement => self.export_statement(node, lead),
            Kind::StatementBlock => self.block(node),
            Kind::IfStatement => self.if_statement(node),
            Kind::ForInStatement => self.for_in_statement(node),
            Kind::ForStatement => self.for_statement(node),
            Kind::ReturnStatement => self.return_statement(node),
            Kind::CatchClause => self.catch_clause(node),
            Kind::SwitchStatement => self.switch_statement(node),
            Kind::LabeledStatement => {
                if let Some(body) = self.field(node, self.fields.body) {
                    self.reactive_declaration(body);
                    self.statement(body);
                }
            }
            Kind::Other => self.children(node),
            _ => {
                self.expression(node);
            }
        }
    }

    /// `$: total = …` in a component declares what nothing else does.
    fn reactive_declaration(&mut self, body: Node<'_>) {
        if self.component.is_none() || self.kind(body) != Kind::ExpressionStatement {
            return;
        }
        let Some(left) = first_named(body).and_then(|value| self.field(value, self.fields.left))
        else {
            return;
        };
        let name = self.out.text(left);
        if self.kind(left) == Kind::Identifier && self.declaring_scope(name).is_none() {
            let new = Self::new_definition(name, left, SymbolKind::Variable, range(body));
            let id = self.define(new, None);
            self.declare_definition(ScopeId::MODULE, name, id);
        }
    }

    /// Statements whose parts are walked alike: loops, `try`, `throw`, errors.
    fn children(&mut self, node: Node<'_>) {
        for child in named(node) {
            self.statement(child);
        }
    }

    fn expression_statement(&mut self, node: Node<'_>, lead: &Lead<'_>) {
        for child in named(node) {
            match self.kind(child) {
                Kind::AssignmentExpression => {
                    self.assignment(child, lead.doc);
                }
                Kind::InternalModule => self.namespace(child, lead),
                Kind::String => {} // "use strict"
                _ => {
                    self.expression(child);
                }
            }
        }
    }

    /// A block opens a scope only when it declares something of its own.
    fn block(&mut self, node: Node<'_>) {
        if self.declares_in_block(node) {
            self.out.open_scope(ScopeKind::Block, None);
            self.statements(node);
            self.out.close_scope();
        } else {
            self.statements(node);
        }
    }

    fn declares_in_block(&self, node: Node<'_>) -> bool {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).any(|child| {
            matches!(
                self.kind(child),
                Kind::LexicalDeclaration
                    | Kind::UsingDeclaration
                    | Kind::ClassDeclaration
                    | Kind::FunctionDeclaration
                    | Kind::GeneratorFunctionDeclaration
                    | Kind::EnumDeclaration
                    | Kind::InterfaceDeclaration
                    | Kind::TypeAliasDeclaration
            )
        })
    }

    fn if_statement(&mut self, node: Node<'_>) {
        let condition = self.field(node, self.fields.condition);
        if let Some(condition) = condition {
            self.expression(condition);
        }
        if let Some(consequence) = self.field(node, self.fields.consequence) {
            let narrowed = condition.is_some_and(|condition| self.open_narrowed(condition));
            self.statement(consequence);
            if narrowed {
                self.out.close_scope();
            }
        }
        if let Some(alternative) = self.field(node, self.fields.alternative) {
            for child in named(alternative) {
                self.statement(child);
            }
        }
    }

    /// Opens a block in which what `condition` tests with `instanceof` or `typeof` has that type;
    /// `false` when it tests nothing of the kind.
    pub(super) fn open_narrowed(&mut self, condition: Node<'_>) -> bool {
        let mut found = Vec::new();
        self.narrowings(condition, 0, &mut found);
        if found.is_empty() {
            return false;
        }
        let scope = self.out.open_scope(ScopeKind::Block, None);
        for (subject, type_expression) in found {
            let name = self.out.text(subject);
            let at = subject.start_byte() as u32;
            self.out.bind(scope, name, at, BindingValue::Typed(type_expression));
        }
        true
    }

    fn narrowings<'t>(
        &mut self,
        node: Node<'t>,
        depth: u32,
        found: &mut Vec<(Node<'t>, ExpressionId)>,
    ) {
        if depth > 8 {
            return;
        }
        match self.kind(node) {
            Kind::ParenthesizedExpression => {
                if let Some(inner) = first_named(node) {
                    self.narrowings(inner, depth + 1, found);
                }
            }
            Kind::BinaryExpression => {
                let operator =
                    self.field(node, self.fields.operator).map_or("", |node| node.kind());
                let (Some(left), Some(right)) =
                    (self.field(node, self.fields.left), self.field(node, self.fields.right))
                else {
                    return;
                };
                match operator {
                    "&&" => {
                        self.narrowings(left, depth + 1, found);
                        self.narrowings(right, depth + 1, found);
                    }
                    "instanceof" if self.kind(left) == Kind::Identifier => {
                        if let Some(class) = self.quiet_type(right) {
                            found.push((left, class));
                        }
                    }
                    "===" | "==" => {
                        if let Some(subject) = self.typeof_subject(left)
                            && let Some(name) = typeof_type(self.out.text(right))
                        {
                            let builtin = self.builtin(name);
                            found.push((subject, builtin));
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// `typeof x` → `x`.
    fn typeof_subject<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        if self.kind(node) != Kind::UnaryExpression
            || self.field(node, self.fields.operator)?.kind() != "typeof"
        {
            return None;
        }
        let subject = self.field(node, self.fields.argument)?;
        (self.kind(subject) == Kind::Identifier).then_some(subject)
    }

    /// A name or member as a type expression, without references.
    fn quiet_type(&mut self, node: Node<'_>) -> Option<ExpressionId> {
        match self.kind(node) {
            Kind::Identifier => Some(self.out.name_expression(self.out.text(node))),
            Kind::MemberExpression => {
                let object = self.field(node, self.fields.object)?;
                if !self.out.enter(object) {
                    return None;
                }
                let base = self.quiet_type(object);
                self.out.leave();
                let base = base?;
                let name = self.out.text(self.field(node, self.fields.property)?);
                Some(self.out.member(base, name))
            }
            _ => None,
        }
    }

    fn for_in_statement(&mut self, node: Node<'_>) {
        let values = self.field(node, self.fields.operator).is_some_and(|o| o.kind() == "of");
        let right = self.field(node, self.fields.right);
        let base = right.map_or(ExpressionId::UNKNOWN, |right| self.expression(right));
        let element = if values { self.element(base) } else { self.builtin("str") };
        let kind = self.field(node, self.fields.kind).map_or("", |kind| kind.kind());
        self.out.open_scope(ScopeKind::Block, None);
        if let Some(left) = self.field(node, self.fields.left) {
            if kind.is_empty() {
                self.assign_pattern(left, element);
            } else {
                let scope =
                    if kind == "var" { self.out.function_scope() } else { self.out.scope() };
                self.bind_pattern(left, element, scope);
            }
        }
        if let Some(body) = self.field(node, self.fields.body) {
            self.statement(body);
        }
        self.out.close_scope();
    }

    fn for_statement(&mut self, node: Node<'_>) {
        self.out.open_scope(ScopeKind::Block, None);
        self.children(node);
        self.out.close_scope();
    }

    fn switch_statement(&mut self, node: Node<'_>) {
        if let Some(value) = self.field(node, self.fields.value) {
            self.expression(value);
        }
        if let Some(body) = self.field(node, self.fields.body) {
            self.out.open_scope(ScopeKind::Block, None);
            for case in named(body) {
                for part in named(case) {
                    self.statement(part);
                }
            }
            self.out.close_scope();
        }
    }

    fn catch_clause(&mut self, node: Node<'_>) {
        let scope = self.out.open_scope(ScopeKind::Block, None);
        if let Some(parameter) = self.field(node, self.fields.parameter) {
            self.bind_pattern(parameter, ExpressionId::UNKNOWN, scope);
        }
        if let Some(body) = self.field(node, self.fields.body) {
            self.statements(body);
        }
        self.out.close_scope();
    }

    fn return_statement(&mut self, node: Node<'_>) {
        let Some(value) = first_named(node) else { return };
        let function = self.functions.last().copied();
        let expected = function.and_then(|function| function.expected);
        let value = self.returned(value, expected);
        if let Some(function) = function {
            self.out.returns(function.definition, value);
        }
    }

    fn ambient_declaration(&mut self, node: Node<'_>, lead: Lead<'_>) {
        self.ambient_depth += 1;
        let lead = Lead { start: lead.start.or(Some(node.start_byte() as u32)), ..lead };
        for child in named(node) {
            if self.kind(child) == Kind::StatementBlock {
                self.statements(child); // declare global { … }
            } else {
                self.statement_with(child, lead.clone());
            }
        }
        self.ambient_depth -= 1;
    }

    /// A definition that is one symbol with a name and nothing else decided yet.
    pub(super) fn new_definition<'a>(
        name: &'a str,
        name_node: Node<'_>,
        kind: SymbolKind,
        span: ByteRange,
    ) -> NewDefinition<'a> {
        NewDefinition {
            name,
            kind,
            span,
            name_span: range(name_node),
            signature_end: 0,
            flags: DefinitionFlags::empty(),
        }
    }
}

/// The built-in type that a `typeof` comparison names.
fn typeof_type(literal: &str) -> Option<&'static str> {
    match literal.trim_matches(['"', '\'']) {
        "string" => Some("str"),
        "number" | "bigint" => Some("int"),
        "boolean" => Some("bool"),
        "function" => Some("function"),
        "symbol" => Some("symbol"),
        _ => None,
    }
}
