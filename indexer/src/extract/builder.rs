//! The one way facts are made.
//!
//! A language's walk calls this builder while it visits the syntax tree. The builder interns
//! strings, keeps the stack of open scopes and definitions, drops what no one can use (reads of
//! plain local variables) and finally yields [`FileFacts`]. It never fails: a walk that forgets
//! to close something is closed at the end.

use super::contract::is_from_contract;
use qf_graph::facts::{
    Binding, BindingValue, ByteRange, CollectionKind, Definition, DefinitionFlags, DefinitionId,
    Export, Expression, ExpressionId, Extension, FileFacts, Import, ImportId, ImportKind, KeyFact,
    List, Name, PackageManifest, Parameter, ParameterKind, Problem, ProblemKind, ProxyFact,
    Reference, ReferenceFlags, Role, Scope, ScopeId, ScopeKind, SymbolKind,
};
use qf_graph::key::Channel;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use tree_sitter::Node;

/// Deeper nesting than this is not followed; the file gets a `TooDeep` problem.
pub const MAX_DEPTH: u32 = 400;

/// String literals are kept up to this many bytes.
const MAX_TEXT: usize = 4096;
/// Most bindings or expressions that one question looks through.
const MAX_LOOKED_THROUGH: usize = 4096;

/// The bytes of a node.
pub fn range(node: Node<'_>) -> ByteRange {
    ByteRange { start: node.start_byte() as u32, end: node.end_byte() as u32 }
}

/// What a walk knows of a definition when it begins.
#[derive(Debug, Clone)]
pub struct NewDefinition<'a> {
    /// Name as written; empty for an anonymous function.
    pub name: &'a str,
    /// Kind.
    pub kind: SymbolKind,
    /// Whole definition with decorators and modifiers.
    pub span: ByteRange,
    /// The name's bytes (the span's start for anonymous ones).
    pub name_span: ByteRange,
    /// End of the header (start of the body); 0 means end of the span.
    pub signature_end: u32,
    /// Properties.
    pub flags: DefinitionFlags,
}

/// Collects the facts of one file.
pub struct FactsBuilder<'s> {
    source: &'s str,
    facts: FileFacts,
    interned: FxHashMap<Box<str>, Name>,
    scopes: Vec<ScopeId>,
    definitions: Vec<DefinitionId>,
    depth: u32,
    too_deep: bool,
    /// Flags of every definition in the part that is walked.
    ambient: DefinitionFlags,
    /// Those of the open scopes that go on with the one around them, for names declared in its midst.
    going_on: Vec<ScopeId>,
    /// For each scope, the number of expressions when it was opened.
    opened_at: Vec<u32>,
    /// For each name, one more than the last expression that mentions it.
    mentioned: Vec<u32>,
    /// Flags of every reference in the part that is walked.
    ambient_references: ReferenceFlags,
    /// Values of string literals that may hold SQL, with the function around them.
    texts: Vec<(ExpressionId, Option<DefinitionId>, ByteRange)>,
}

/// Most scopes that go on with one block: names are looked for in each.
const MAX_GOING_ON: usize = 48;

impl<'s> FactsBuilder<'s> {
    /// Starts a file. Scope 0 (the module) is open and expression 0 is unknown.
    pub fn new(language: &str, source: &'s str) -> Self {
        let mut facts = FileFacts { language: language.to_owned(), ..FileFacts::default() };
        facts.from_contract = is_from_contract(source);
        facts.line_starts.push(0);
        for (offset, byte) in source.bytes().enumerate() {
            if byte == b'\n' && offset + 1 < source.len() {
                facts.line_starts.push(offset as u32 + 1);
            }
        }
        facts.scopes.push(Scope { parent: None, kind: ScopeKind::Module, definition: None });
        facts.expressions.push(Expression::Unknown);
        let mut builder = Self {
            source,
            facts,
            interned: FxHashMap::default(),
            scopes: vec![ScopeId::MODULE],
            definitions: Vec::new(),
            depth: 0,
            too_deep: false,
            ambient: DefinitionFlags::empty(),
            ambient_references: ReferenceFlags::empty(),
            texts: Vec::new(),
            going_on: Vec::new(),
            opened_at: vec![0],
            mentioned: Vec::new(),
        };
        builder.name("");
        builder
    }

    /// The whole source text.
    pub fn source(&self) -> &'s str {
        self.source
    }

    /// The source text of a node.
    pub fn text(&self, node: Node<'_>) -> &'s str {
        self.source.get(node.start_byte()..node.end_byte()).unwrap_or("")
    }

    /// The text behind an interned name.
    pub fn name_text(&self, name: Name) -> &str {
        self.facts.text(name)
    }

    /// Interns a string. The empty string is always `Name(0)`.
    pub fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.interned.get(text) {
            return *name;
        }
        let name = self.facts.names.push(text);
        self.interned.insert(text.into(), name);
        name
    }

    // ---- depth -------------------------------------------------------------------------------

    /// Call on entering a nested node; `false` means: too deep, do not descend (and do not call
    /// [`Self::leave`]).
    pub fn enter(&mut self, node: Node<'_>) -> bool {
        if self.depth >= MAX_DEPTH {
            if !self.too_deep {
                self.too_deep = true;
                self.problem(ProblemKind::TooDeep, range(node));
            }
            return false;
        }
        self.depth += 1;
        true
    }

    /// Call on leaving a node that [`Self::enter`] allowed.
    pub fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    // ---- scopes ------------------------------------------------------------------------------

    /// The innermost open scope.
    pub fn scope(&self) -> ScopeId {
        self.scopes.last().copied().unwrap_or(ScopeId::MODULE)
    }

    /// The innermost open scope that is no block: where function-scoped names go (`var`, Python).
    pub fn function_scope(&self) -> ScopeId {
        self.scopes
            .iter()
            .rev()
            .copied()
            .find(|scope| self.facts.scopes[scope.index()].kind != ScopeKind::Block)
            .unwrap_or(ScopeId::MODULE)
    }

    /// The innermost open scope of kind `Type`.
    pub fn type_scope(&self) -> Option<ScopeId> {
        self.scopes
            .iter()
            .rev()
            .copied()
            .find(|scope| self.facts.scopes[scope.index()].kind == ScopeKind::Type)
    }

    /// Kind of a scope.
    pub fn scope_kind(&self, scope: ScopeId) -> ScopeKind {
        self.facts.scopes[scope.index()].kind
    }

    /// The scope around a scope.
    pub fn scope_parent(&self, scope: ScopeId) -> Option<ScopeId> {
        self.facts.scopes[scope.index()].parent
    }

    /// Opens a scope inside the innermost one.
    pub fn open_scope(&mut self, kind: ScopeKind, definition: Option<DefinitionId>) -> ScopeId {
        let id = ScopeId(self.facts.scopes.len() as u32);
        let parent = Some(self.scope());
        self.facts.scopes.push(Scope { parent, kind, definition });
        self.opened_at.push(self.expression_count());
        self.scopes.push(id);
        id
    }

    /// The scope to declare a name in that is known from its declaration on (`known` is the scope
    /// that declares it so far). What the block has said of that name before means another thing, so
    /// then a scope is opened that goes on with the block until that is closed.
    pub fn scope_from_here(&mut self, name: &str, known: Option<ScopeId>) -> ScopeId {
        let mut opened = self.scope();
        let going_on = self.going_on.iter().rev().map(Some).chain(std::iter::once(None));
        for (depth, (scope, going_on)) in self.scopes.iter().rev().zip(going_on).enumerate() {
            if known == Some(*scope) {
                return *scope;
            }
            if depth > MAX_GOING_ON {
                return self.scope();
            }
            opened = *scope;
            if going_on != Some(scope) {
                break;
            }
        }
        let name = self.name(name);
        let last = self.mentioned.get(name.index()).copied().unwrap_or(0);
        if last <= self.opened_at[opened.index()] {
            return self.scope();
        }
        let inner = self.open_scope(ScopeKind::Block, None);
        self.going_on.push(inner);
        inner
    }

    /// Re-opens an existing scope (members of a type met again).
    pub fn reopen_scope(&mut self, scope: ScopeId) {
        self.scopes.push(scope);
    }

    /// Closes the innermost scope; the module scope stays open.
    pub fn close_scope(&mut self) {
        while self.going_on.last() == self.scopes.last() {
            self.going_on.pop();
            self.scopes.pop();
        }
        if self.scopes.len() > 1 {
            self.scopes.pop();
        }
    }

    // ---- definitions -------------------------------------------------------------------------

    /// The innermost open definition.
    pub fn definition(&self) -> Option<DefinitionId> {
        self.definitions.last().copied()
    }

    /// The innermost open definition that references belong to: a callable or a type, named.
    /// References inside anonymous functions belong to the named definition around them.
    pub fn within(&self) -> Option<DefinitionId> {
        self.definitions.iter().rev().copied().find(|id| {
            let definition = &self.facts.definitions[id.index()];
            (definition.kind.is_callable() || definition.kind.is_type())
                && definition.name != Name(0)
        })
    }

    /// Adds a definition below the innermost open one, without opening it. Does not bind its
    /// name; call [`Self::bind_definition`] too where the name is visible.
    pub fn define(&mut self, new: &NewDefinition<'_>) -> DefinitionId {
        let name = self.name(new.name);
        let id = DefinitionId(self.facts.definitions.len() as u32);
        let parent = self.definition();
        self.facts.definitions.push(Definition {
            name,
            kind: new.kind,
            flags: new.flags | self.ambient,
            parent,
            span: new.span,
            name_span: new.name_span,
            signature_end: if new.signature_end == 0 { new.span.end } else { new.signature_end },
            doc: None,
            scope: None,
            declared_type: None,
            bases: Vec::new(),
            decorators: Vec::new(),
            parameters: Vec::new(),
            returns: Vec::new(),
            type_parameters: Vec::new(),
        });
        id
    }

    /// Sets the flags that every definition gets from here on, and gives those before.
    pub fn set_ambient(&mut self, flags: DefinitionFlags) -> DefinitionFlags {
        std::mem::replace(&mut self.ambient, flags)
    }

    /// Sets the flags that every reference gets from here on, and gives those before.
    pub fn set_ambient_references(&mut self, flags: ReferenceFlags) -> ReferenceFlags {
        std::mem::replace(&mut self.ambient_references, flags)
    }

    /// Opens a definition and a scope of `kind` for its body or members. Everything until
    /// [`Self::close_definition`] belongs to it.
    pub fn open_definition(&mut self, id: DefinitionId, kind: ScopeKind) -> ScopeId {
        let scope = self.open_scope(kind, Some(id));
        self.facts.definitions[id.index()].scope = Some(scope);
        self.definitions.push(id);
        scope
    }

    /// Pushes a definition as the parent of what follows without opening a scope (members of a
    /// Rust `impl` whose type is in this file; the scope comes from [`Self::extension`]).
    pub fn push_parent(&mut self, id: DefinitionId) {
        self.definitions.push(id);
    }

    /// Undoes [`Self::push_parent`].
    pub fn pop_parent(&mut self) {
        self.definitions.pop();
    }

    /// Closes the innermost definition and its scope.
    pub fn close_definition(&mut self) {
        self.definitions.pop();
        self.close_scope();
    }

    /// Read access to a definition made before.
    pub fn get(&self, id: DefinitionId) -> &Definition {
        &self.facts.definitions[id.index()]
    }

    /// Write access to a definition made before: doc, bases, decorators, declared type, flags.
    pub fn get_mut(&mut self, id: DefinitionId) -> &mut Definition {
        &mut self.facts.definitions[id.index()]
    }

    /// Sets the documentation, unless the text is blank.
    pub fn set_doc(&mut self, id: DefinitionId, doc: &str) {
        let doc = doc.trim();
        if !doc.is_empty() {
            let cut = floor_char_boundary(doc, MAX_TEXT);
            let name = self.facts.names.push(&doc[..cut]);
            self.facts.definitions[id.index()].doc = Some(name);
        }
    }

    /// Adds a parameter to a function and binds its name in the function's scope (which must be
    /// open). Patterns: pass an empty name and bind the parts yourself.
    pub fn parameter(
        &mut self,
        function: DefinitionId,
        name: &str,
        declared_type: Option<ExpressionId>,
        default: Option<ExpressionId>,
        kind: ParameterKind,
        at: u32,
    ) -> u16 {
        let name = self.name(name);
        let parameters = &mut self.facts.definitions[function.index()].parameters;
        let index = parameters.len().min(u16::MAX as usize) as u16;
        parameters.push(Parameter { name, declared_type, default, kind });
        if name != Name(0) {
            let scope = self.facts.definitions[function.index()].scope.unwrap_or(self.scope());
            let value = BindingValue::Parameter { function, index };
            self.facts.bindings.push(Binding { scope, name, at, value });
        }
        index
    }

    /// Notes a returned value of a function (the first eight are kept).
    pub fn returns(&mut self, function: DefinitionId, value: ExpressionId) {
        let returns = &mut self.facts.definitions[function.index()].returns;
        if value != ExpressionId::UNKNOWN && returns.len() < 8 {
            returns.push(value);
        }
    }

    /// The definition bound to `name` in `scope` itself (not in outer scopes), if any.
    pub fn bound_definition(&mut self, scope: ScopeId, name: &str) -> Option<DefinitionId> {
        let name = *self.interned.get(name)?;
        self.facts.bindings.iter().rev().find_map(|binding| match binding.value {
            BindingValue::Definition(id) if binding.scope == scope && binding.name == name => {
                Some(id)
            }
            _ => None,
        })
    }

    /// The type definition called `name` at any place seen so far in this file (for `impl`
    /// blocks, receivers and prototypes of types in the same file).
    pub fn type_named(&self, name: &str) -> Option<DefinitionId> {
        let name = *self.interned.get(name)?;
        self.facts
            .definitions
            .iter()
            .position(|d| d.name == name && (d.kind.is_type() || d.kind == SymbolKind::TypeAlias))
            .map(|index| DefinitionId(index as u32))
    }

    // ---- bindings, imports, exports ------------------------------------------------------------

    /// Binds a name in a scope.
    pub fn bind(&mut self, scope: ScopeId, name: &str, at: u32, value: BindingValue) {
        if name.is_empty() {
            return;
        }
        let name = self.name(name);
        self.facts.bindings.push(Binding { scope, name, at, value });
    }

    /// How many bindings there are so far.
    pub fn bindings(&self) -> usize {
        self.facts.bindings.len()
    }

    /// Names that a scope was given values for since there were `before` bindings, as they stand in the
    /// source; each once. `None` when there are more than `most`, or too many bindings to look through.
    pub fn names_bound_since(
        &self,
        scope: ScopeId,
        before: usize,
        most: usize,
    ) -> Option<Vec<&'s str>> {
        let mut names: Vec<&'s str> = Vec::new();
        let since = self.facts.bindings.get(before..)?;
        if since.len() > MAX_LOOKED_THROUGH {
            return None;
        }
        for binding in since {
            let length = self.facts.text(binding.name).len();
            let at = binding.at as usize;
            // A name that stands elsewhere than where it is bound is none of the source's.
            let Some(name) = self.source.get(at..at + length) else { continue };
            let own = binding.scope == scope
                && matches!(binding.value, BindingValue::Value(_) | BindingValue::Unknown)
                && name == self.facts.text(binding.name);
            if own && !names.contains(&name) {
                names.push(name);
                if names.len() > most {
                    return None;
                }
            }
        }
        Some(names)
    }

    /// What the names of a scope were bound to behind byte `start` while there were no more than
    /// `before` bindings; `None` when there are too many bindings to look through.
    pub fn bound_between(
        &self,
        scope: ScopeId,
        names: &[&'s str],
        start: u32,
        before: usize,
    ) -> Option<Vec<(&'s str, u32, BindingValue)>> {
        let earlier = self.facts.bindings.get(..before)?.iter().rev();
        let mut found = Vec::new();
        for (number, binding) in earlier.take_while(|binding| binding.at >= start).enumerate() {
            if number >= MAX_LOOKED_THROUGH {
                return None;
            }
            let text = self.facts.text(binding.name);
            if binding.scope == scope
                && let Some(name) = names.iter().find(|name| **name == text)
            {
                found.push((*name, binding.at, binding.value));
            }
        }
        found.reverse();
        Some(found)
    }

    /// Binds a definition's own name in a scope.
    pub fn bind_definition(&mut self, scope: ScopeId, id: DefinitionId) {
        let definition = &self.facts.definitions[id.index()];
        let (name, at) = (definition.name, definition.name_span.start);
        if name != Name(0) {
            let value = BindingValue::Definition(id);
            self.facts.bindings.push(Binding { scope, name, at, value });
        }
    }

    /// Whether `name` is bound in `scope` itself.
    pub fn is_bound(&self, scope: ScopeId, name: &str) -> bool {
        self.interned.get(name).is_some_and(|name| {
            self.facts.bindings.iter().any(|b| b.scope == scope && b.name == *name)
        })
    }

    /// Adds an import, visible in the innermost scope; binds `bound` when given, and adds an
    /// `Import` reference (except for side effects).
    #[allow(clippy::too_many_arguments)]
    pub fn import(
        &mut self,
        module: &str,
        item: Option<&str>,
        bound: Option<&str>,
        kind: ImportKind,
        level: u8,
        reexport: bool,
        span: ByteRange,
    ) -> ImportId {
        let scope = self.scope();
        let module = self.name(module);
        let item = item.map(|item| self.name(item));
        let bound = bound.filter(|bound| !bound.is_empty()).map(|bound| self.name(bound));
        let id = ImportId(self.facts.imports.len() as u32);
        self.facts.imports.push(Import { scope, module, item, bound, kind, level, reexport, span });
        if let Some(name) = bound {
            let value = BindingValue::Import(id);
            self.facts.bindings.push(Binding { scope, name, at: span.start, value });
        }
        if kind != ImportKind::SideEffect {
            let expression = self.expression(Expression::Imported(id));
            self.push_reference(
                item.unwrap_or(module),
                Role::Import,
                ReferenceFlags::empty(),
                span,
                expression,
                None,
            );
        }
        id
    }

    /// Adds an import that an expression spells out in place (`crate::a::f()`, `tokio::spawn`):
    /// it binds no name and is no `Import` reference; the expression is its only mention.
    pub fn inline_import(&mut self, scope: ScopeId, module: &str, span: ByteRange) -> ImportId {
        let module = self.name(module);
        let id = ImportId(self.facts.imports.len() as u32);
        let kind = ImportKind::Module;
        let import = Import {
            scope,
            module,
            item: None,
            bound: None,
            kind,
            level: 0,
            reexport: false,
            span,
        };
        self.facts.imports.push(import);
        id
    }

    /// Adds an export under `name`.
    pub fn export(&mut self, name: &str, value: ExpressionId) {
        let name = self.name(name);
        self.facts.exports.push(Export { name, value });
    }

    /// Opens a scope for members that `target` gets from outside. Close with
    /// [`Self::close_scope`].
    pub fn extension(&mut self, target: ExpressionId, interface: Option<ExpressionId>) -> ScopeId {
        let scope = self.open_scope(ScopeKind::Type, None);
        self.facts.extensions.push(Extension { target, interface, scope });
        scope
    }

    // ---- expressions ---------------------------------------------------------------------------

    /// Adds an expression.
    pub fn expression(&mut self, expression: Expression) -> ExpressionId {
        if expression == Expression::Unknown {
            return ExpressionId::UNKNOWN;
        }
        let id = ExpressionId(self.facts.expressions.len() as u32);
        self.facts.expressions.push(expression);
        if let Expression::Name { name, .. } = expression {
            if self.mentioned.len() <= name.index() {
                self.mentioned.resize(self.facts.names.len(), 0);
            }
            self.mentioned[name.index()] = id.0 + 1;
        }
        id
    }

    /// How many expressions there are: the id of the next one. With [`Self::peek`] a walk can look
    /// over what it has just lowered.
    pub fn expression_count(&self) -> u32 {
        self.facts.expressions.len() as u32
    }

    /// How often expressions behind the first `from` mention a name; `None` when there are too many to
    /// look through.
    pub fn mentions_since(&self, name: &str, from: u32) -> Option<usize> {
        let since = self.facts.expressions.get(from as usize..)?;
        let wanted = self.interned.get(name).copied();
        let mention = |expression: &&Expression| match expression {
            Expression::Name { name, .. } => Some(*name) == wanted,
            _ => false,
        };
        (since.len() <= MAX_LOOKED_THROUGH).then(|| since.iter().filter(mention).count())
    }

    /// Reads an expression back.
    pub fn peek(&self, id: ExpressionId) -> Expression {
        self.facts.expression(id)
    }

    /// The entries of a list.
    pub fn items(&self, list: List) -> Vec<ExpressionId> {
        self.facts.list(list).to_vec()
    }

    /// Gives entries of a literal dictionary the values that `stored`, another one, has under the same
    /// constant keys; `false`, and nothing is changed, when `literal` lacks one of them. With `nested`
    /// a dictionary inside is not replaced but entered (`d["a"]["b"] = f`).
    ///
    /// For stores that always happen: what was there before is never seen again.
    pub fn replace_entries(
        &mut self,
        literal: ExpressionId,
        stored: ExpressionId,
        nested: bool,
    ) -> bool {
        let map = |id| match self.facts.expression(id) {
            Expression::Collection { kind: CollectionKind::Map, items } => Some(items),
            _ => None,
        };
        let text = |id| match self.facts.expression(id) {
            Expression::Text(name) => Some(name),
            _ => None,
        };
        let (Some(old), Some(new)) = (map(literal), map(stored)) else { return false };
        let mut places: SmallVec<[(usize, ExpressionId, ExpressionId); 2]> = SmallVec::new();
        for pair in self.facts.list(new).chunks_exact(2) {
            let Some(key) = text(pair[0]) else { return false };
            let pairs = self.facts.list(old).chunks_exact(2);
            let found = pairs.enumerate().rfind(|(_, old)| text(old[0]) == Some(key));
            let Some((at, old)) = found else { return false };
            places.push((2 * at + 1, old[1], pair[1]));
        }
        for (at, before, value) in places {
            // A value that is no dictionary ends the descent.
            let inside = nested && self.replace_entries(before, value, true);
            if !inside && let Some(slot) = self.facts.lists.get_mut(old.start as usize + at) {
                *slot = value;
            }
        }
        true
    }

    /// Gives the value that a name of a scope was given last another value.
    pub fn rebind(&mut self, scope: ScopeId, name: &str, value: ExpressionId) {
        let facts = &self.facts;
        let found = facts.bindings.iter().rposition(|binding| {
            binding.scope == scope
                && facts.text(binding.name) == name
                && matches!(binding.value, BindingValue::Value(_))
        });
        if let Some(row) = found {
            self.facts.bindings[row].value = BindingValue::Value(value);
        }
    }

    /// The definition that a name of a scope is bound to.
    pub fn defined_in(&self, scope: ScopeId, name: &str) -> Option<DefinitionId> {
        self.facts.bindings.iter().find_map(|binding| match binding.value {
            BindingValue::Definition(id)
                if binding.scope == scope && self.facts.text(binding.name) == name =>
            {
                Some(id)
            }
            _ => None,
        })
    }

    /// The dictionary literal that a name of a scope was given last.
    pub fn literal_of(&self, scope: ScopeId, name: &str) -> Option<ExpressionId> {
        let found = self
            .facts
            .bindings
            .iter()
            .rev()
            .find(|binding| binding.scope == scope && self.facts.text(binding.name) == name)?;
        match found.value {
            BindingValue::Value(value)
                if matches!(
                    self.facts.expression(value),
                    Expression::Collection { kind: CollectionKind::Map, .. }
                ) =>
            {
                Some(value)
            }
            _ => None,
        }
    }

    /// Adds a list of expressions.
    pub fn list(&mut self, items: &[ExpressionId]) -> List {
        let start = self.facts.lists.len() as u32;
        self.facts.lists.extend_from_slice(items);
        List { start, len: items.len() as u32 }
    }

    /// The expression at a position of a list; unknown past its end.
    pub fn item(&self, list: List, position: usize) -> ExpressionId {
        self.facts.list(list).get(position).copied().unwrap_or(ExpressionId::UNKNOWN)
    }

    /// `Name` looked up from the innermost scope.
    pub fn name_expression(&mut self, name: &str) -> ExpressionId {
        let (name, scope) = (self.name(name), self.scope());
        self.expression(Expression::Name { name, scope })
    }

    /// `Member`.
    pub fn member(&mut self, base: ExpressionId, name: &str) -> ExpressionId {
        let name = self.name(name);
        self.expression(Expression::Member { base, name })
    }

    /// `Call`.
    pub fn call(&mut self, callee: ExpressionId, arguments: &[ExpressionId]) -> ExpressionId {
        let arguments = self.list(arguments);
        self.expression(Expression::Call { callee, arguments })
    }

    /// `New`.
    pub fn new_instance(
        &mut self,
        class: ExpressionId,
        arguments: &[ExpressionId],
    ) -> ExpressionId {
        let arguments = self.list(arguments);
        self.expression(Expression::New { class, arguments })
    }

    /// `Argument`: a named argument or a struct literal's field.
    pub fn argument(&mut self, name: &str, value: ExpressionId) -> ExpressionId {
        let name = self.name(name);
        self.expression(Expression::Argument { name, value })
    }

    /// `Builtin`.
    pub fn builtin(&mut self, name: &str) -> ExpressionId {
        let name = self.name(name);
        self.expression(Expression::Builtin(name))
    }

    /// `Generic`.
    pub fn generic(&mut self, base: ExpressionId, arguments: &[ExpressionId]) -> ExpressionId {
        let arguments = self.list(arguments);
        self.expression(Expression::Generic { base, arguments })
    }

    /// `Collection`.
    pub fn collection(&mut self, kind: CollectionKind, items: &[ExpressionId]) -> ExpressionId {
        let items = self.list(items);
        self.expression(Expression::Collection { kind, items })
    }

    /// `Either`; one item stays itself, none is unknown.
    pub fn either(&mut self, items: &[ExpressionId]) -> ExpressionId {
        let known: Vec<_> =
            items.iter().copied().filter(|item| *item != ExpressionId::UNKNOWN).collect();
        match known.as_slice() {
            [] => ExpressionId::UNKNOWN,
            [one] => *one,
            many => {
                let list = self.list(many);
                self.expression(Expression::Either(list))
            }
        }
    }

    /// A string literal's value (quotes and escapes removed by the caller). Texts that look like
    /// SQL are remembered and parsed when the file is finished.
    pub fn string(&mut self, value: &str, span: ByteRange) -> ExpressionId {
        let cut = floor_char_boundary(value, MAX_TEXT);
        let name = self.name(&value[..cut]);
        let id = self.expression(Expression::Text(name));
        if super::sql::looks_like_sql(value) {
            self.texts.push((id, self.within(), span));
        }
        id
    }

    /// Strings and holes put together. One that begins like SQL is remembered like a string,
    /// with its holes as placeholders.
    pub fn concat(&mut self, items: &[ExpressionId], span: ByteRange) -> ExpressionId {
        let list = self.list(items);
        let id = self.expression(Expression::Concat(list));
        if let Some(Expression::Text(first)) = items.first().map(|item| self.peek(*item))
            && super::sql::begins_like_sql(self.facts.text(first))
        {
            self.texts.push((id, self.within(), span));
        }
        id
    }

    // ---- references ----------------------------------------------------------------------------

    /// Adds a call reference. `name` is the called name, `span` its bytes, `expression` the
    /// `Call` or `New`.
    pub fn call_reference(
        &mut self,
        name: &str,
        span: ByteRange,
        expression: ExpressionId,
        flags: ReferenceFlags,
    ) {
        let name = self.name(name);
        self.push_reference(name, Role::Call, flags, span, expression, None);
    }

    /// Adds a read of a member or a bare name. Reads of local variables are dropped later.
    pub fn read_reference(&mut self, name: &str, span: ByteRange, expression: ExpressionId) {
        let name = self.name(name);
        self.push_reference(name, Role::Read, ReferenceFlags::empty(), span, expression, None);
    }

    /// Adds a write. `expression` is the `Member` or `Name` that is written.
    pub fn write_reference(
        &mut self,
        name: &str,
        span: ByteRange,
        expression: ExpressionId,
        value: Option<ExpressionId>,
        flags: ReferenceFlags,
    ) {
        let name = self.name(name);
        self.push_reference(name, Role::Write, flags, span, expression, value);
    }

    /// Adds a mention of a type (annotation, cast, type argument).
    pub fn type_reference(&mut self, name: &str, span: ByteRange, expression: ExpressionId) {
        let name = self.name(name);
        self.push_reference(name, Role::Type, ReferenceFlags::empty(), span, expression, None);
    }

    /// Adds a base class, interface or trait reference. The reference belongs to the innermost
    /// open definition, so open the type first.
    pub fn inherit_reference(&mut self, name: &str, span: ByteRange, expression: ExpressionId) {
        let name = self.name(name);
        self.push_reference(name, Role::Inherit, ReferenceFlags::empty(), span, expression, None);
    }

    fn push_reference(
        &mut self,
        name: Name,
        role: Role,
        flags: ReferenceFlags,
        span: ByteRange,
        expression: ExpressionId,
        value: Option<ExpressionId>,
    ) {
        let within = self.within();
        let flags = flags | self.ambient_references;
        let reference = Reference { name, role, flags, span, expression, within, value };
        self.facts.references.push(reference);
    }

    // ---- the rest --------------------------------------------------------------------------------

    /// Sets the package or namespace the file says it belongs to.
    pub fn set_package(&mut self, package: &str) {
        let package = self.name(package);
        self.facts.package = Some(package);
    }

    /// Adds a contract's key.
    pub fn key(
        &mut self,
        channel: Channel,
        text: String,
        provides: bool,
        definition: Option<DefinitionId>,
        span: ByteRange,
    ) {
        self.facts.keys.push(KeyFact { channel, text, provides, definition, span });
    }

    /// Adds a path that is passed on to another service.
    pub fn proxy(&mut self, proxy: ProxyFact) {
        self.facts.proxies.push(proxy);
    }

    /// The paths that are passed on, so far.
    pub fn proxies_mut(&mut self) -> &mut [ProxyFact] {
        &mut self.facts.proxies
    }

    /// Adds what a SQL statement outside a string does (SQL files).
    pub fn sql_access(&mut self, access: qf_graph::facts::SqlAccess) {
        self.facts.sql.push(access);
    }

    /// Sets the package manifest.
    pub fn set_manifest(&mut self, manifest: PackageManifest) {
        self.facts.manifest = Some(manifest);
    }

    /// Notes a problem.
    pub fn problem(&mut self, kind: ProblemKind, span: ByteRange) {
        if self.facts.problems.len() < 64 {
            self.facts.problems.push(Problem { kind, span });
        }
    }

    /// Closes everything and yields the facts: SQL texts are parsed and reads of local variables
    /// dropped.
    pub fn finish(mut self) -> FileFacts {
        self.drop_local_reads();
        self.finish_with_locals()
    }

    /// As [`FactsBuilder::finish`], but reads and writes of local variables stay.
    pub fn finish_with_locals(mut self) -> FileFacts {
        self.parse_sql_texts();
        self.facts
    }

    fn parse_sql_texts(&mut self) {
        for (expression, within, span) in std::mem::take(&mut self.texts) {
            let mut text = String::new();
            self.sql_text(expression, &mut text, 0);
            let mut accesses = super::sql::accesses(&text);
            for access in &mut accesses {
                access.within = within;
                access.span = span;
            }
            self.facts.sql.extend(accesses);
        }
    }

    fn sql_text(&self, id: ExpressionId, out: &mut String, depth: u32) {
        match self.peek(id) {
            Expression::Text(name) => out.push_str(self.facts.text(name)),
            Expression::Concat(items) if depth < 16 => {
                for item in self.facts.list(items) {
                    self.sql_text(*item, out, depth + 1);
                }
            }
            // Without blanks around it: `users_{}` must not become the table `users_`.
            _ => out.push_str("{}"),
        }
    }

    /// A bare name that is bound in a function or block to anything but a definition or an import
    /// is a local: nobody asks who reads or writes it, unless it is called.
    fn drop_local_reads(&mut self) {
        let mut local: rustc_hash::FxHashSet<(ScopeId, Name)> = rustc_hash::FxHashSet::default();
        for binding in &self.facts.bindings {
            let scope = &self.facts.scopes[binding.scope.index()];
            let inner = matches!(scope.kind, ScopeKind::Function | ScopeKind::Block);
            let value =
                !matches!(binding.value, BindingValue::Definition(_) | BindingValue::Import(_));
            if inner && value {
                local.insert((binding.scope, binding.name));
            }
        }
        let facts = &mut self.facts;
        let (expressions, scopes) = (&facts.expressions, &facts.scopes);
        facts.references.retain(|reference| {
            if !matches!(reference.role, Role::Read | Role::Write) {
                return true;
            }
            let Some(Expression::Name { name, scope }) =
                expressions.get(reference.expression.index()).copied()
            else {
                return true;
            };
            let mut at = Some(scope);
            while let Some(scope) = at {
                if local.contains(&(scope, name)) {
                    return false;
                }
                at = scopes[scope.index()].parent;
            }
            true
        });
    }
}

/// The largest index not past `index` that is on a character boundary.
pub fn floor_char_boundary(text: &str, index: usize) -> usize {
    if index >= text.len() {
        return text.len();
    }
    let mut at = index;
    while at > 0 && !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
