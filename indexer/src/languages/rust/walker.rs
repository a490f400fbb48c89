//! State of one file's walk.
//!
//! Three questions come up at almost every name and must not cost a scan: is it a local variable,
//! does the file itself declare or import it, and which type of this file does an `impl` extend.
//! The walker answers them from maps of its own. Rust's shadowing (`let x = f(x)`) is kept exact by
//! opening a new scope wherever a `let` hides a name that is already in use; see
//! [`Walker::scope_for_new_names`].

use super::kinds::{Field, Kind, child, kind};
use crate::extract::FactsBuilder;
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionId, Expression, ExpressionId, ScopeId, ScopeKind,
};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use tree_sitter::Node;

/// The children of one node.
pub(super) type Nodes<'n> = SmallVec<[Node<'n>; 8]>;

/// Where a name that the file mentions comes from, as far as the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A struct, enum, union or trait of this file.
    Type,
    /// A `type` alias of this file.
    Alias,
    /// A function, constant or module of this file.
    Item,
    /// Imported from a path that begins with `crate`, `self` or `super`.
    OwnCrate,
    /// Imported from the standard library or one of the crates that copy its types.
    Library,
    /// Imported from another crate.
    OtherCrate,
}

/// What closing a block has to undo.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockMark {
    locals: usize,
    opened: u32,
    item_scope: ScopeId,
}

/// Walks one file.
pub(super) struct Walker<'s, 'b> {
    pub(super) out: &'b mut FactsBuilder<'s>,
    /// Names that the file declares or imports at module level (and in blocks seen so far).
    pub(super) origins: FxHashMap<&'s str, Origin>,
    /// Macros that the file defines.
    pub(super) macros: FxHashSet<&'s str>,
    /// Types of this file by the scope that binds them.
    pub(super) types: FxHashMap<(ScopeId, &'s str), DefinitionId>,
    /// Type parameters of the file's types.
    pub(super) type_parameters: FxHashMap<DefinitionId, super::types::TypeParameters<'s>>,
    /// The type whose own scope is left for a moment; see [`Self::outside_type`].
    type_scope: Option<ScopeId>,
    /// Where items are bound: the module, the inline module or the block around.
    pub(super) item_scope: ScopeId,
    /// The function or closure that `return` leaves.
    pub(super) returns_to: Option<DefinitionId>,
    /// Inside `#[cfg(test)]` or a test function.
    pub(super) in_test: bool,
    /// A field expression that a mutating method works on: written in place, not read.
    pub(super) in_place_target: Option<usize>,
    /// The file has pinned projections: `self.project()` has the fields of `self`.
    pub(super) pin_projects: bool,
    /// How deep the pattern being bound is nested.
    pub(super) pattern_depth: u32,
    /// How deep macro arguments have been parsed again.
    pub(super) macro_depth: u32,
    /// Visible local variables with the scopes that bind them, innermost last.
    locals: FxHashMap<&'s str, SmallVec<[ScopeId; 2]>>,
    local_stack: Vec<&'s str>,
    /// Scopes opened since the innermost block began, that block's own included.
    opened: u32,
    heads: FxHashMap<(ScopeId, String), ExpressionId>,
    builtins: FxHashMap<&'static str, ExpressionId>,
}

impl<'s, 'b> Walker<'s, 'b> {
    pub(super) fn new(out: &'b mut FactsBuilder<'s>) -> Self {
        let pin_projects = out.source().contains("pin_project");
        Self {
            out,
            pin_projects,
            origins: FxHashMap::default(),
            macros: FxHashSet::default(),
            types: FxHashMap::default(),
            type_parameters: FxHashMap::default(),
            type_scope: None,
            item_scope: ScopeId::MODULE,
            returns_to: None,
            in_test: false,
            in_place_target: None,
            pattern_depth: 0,
            macro_depth: 0,
            locals: FxHashMap::default(),
            local_stack: Vec::new(),
            opened: 0,
            heads: FxHashMap::default(),
            builtins: FxHashMap::default(),
        }
    }

    /// Walks the whole file.
    pub(super) fn file(&mut self, root: Node<'_>) {
        self.collect_origins(root, 0);
        self.items(root, super::items::Context::Module);
        self.bind_unbounded();
    }

    // ---- blocks and locals ---------------------------------------------------------------------

    /// Opens a block scope.
    pub(super) fn open_block(&mut self) -> BlockMark {
        let mark = self.mark_block();
        self.out.open_scope(ScopeKind::Block, None);
        self.opened = 1;
        self.item_scope = self.out.scope();
        mark
    }

    /// Begins a block in a scope that is already open (a function's).
    pub(super) fn mark_block(&mut self) -> BlockMark {
        let mark = BlockMark {
            locals: self.local_stack.len(),
            opened: self.opened,
            item_scope: self.item_scope,
        };
        self.opened = 0;
        self.item_scope = self.out.scope();
        mark
    }

    /// Begins the statements of a macro's braces: their items are bound where the macro stands.
    pub(super) fn mark_block_keeping_items(&mut self) -> BlockMark {
        let items = self.item_scope;
        let mark = self.mark_block();
        self.item_scope = items;
        mark
    }

    /// Opens one more scope inside the innermost block; it is closed with the block.
    pub(super) fn open_inner_scope(&mut self) {
        self.out.open_scope(ScopeKind::Block, None);
        self.opened += 1;
    }

    /// Closes what was opened since `mark`.
    pub(super) fn close_block(&mut self, mark: BlockMark) {
        for _ in 0..self.opened {
            self.out.close_scope();
        }
        self.opened = mark.opened;
        self.item_scope = mark.item_scope;
        self.forget_locals(mark.locals);
    }

    fn forget_locals(&mut self, keep: usize) {
        for name in self.local_stack.drain(keep..) {
            if let Some(scopes) = self.locals.get_mut(name) {
                scopes.pop();
                if scopes.is_empty() {
                    self.locals.remove(name);
                }
            }
        }
    }

    /// Runs `walk` where no local of the surrounding function is visible (nested `fn`).
    pub(super) fn without_locals<R>(&mut self, walk: impl FnOnce(&mut Self) -> R) -> R {
        let locals = std::mem::take(&mut self.locals);
        let stack = std::mem::take(&mut self.local_stack);
        let result = walk(self);
        self.locals = locals;
        self.local_stack = stack;
        result
    }

    /// Binds a local variable in the innermost scope.
    pub(super) fn bind_local(&mut self, name: &'s str, at: u32, value: BindingValue) {
        let scope = self.out.scope();
        self.out.bind(scope, name, at, value);
        self.note_local(name, scope);
    }

    /// Remembers a local that the builder has bound (parameters).
    pub(super) fn note_local(&mut self, name: &'s str, scope: ScopeId) {
        if !name.is_empty() {
            self.locals.entry(name).or_default().push(scope);
            self.local_stack.push(name);
        }
    }

    /// The scope that binds a visible local variable.
    pub(super) fn local_scope(&self, name: &str) -> Option<ScopeId> {
        self.locals.get(name).and_then(|scopes| scopes.last().copied())
    }

    /// Opens a scope for the names a `let` is about to bind, if one of them is a visible local
    /// already or is mentioned by the value (expressions from `first` on): what was lowered before
    /// must go on meaning the old one.
    pub(super) fn scope_for_new_names(&mut self, names: &[&'s str], first: u32) {
        let hides = names.iter().any(|name| self.locals.contains_key(name))
            || names.iter().any(|name| self.is_mentioned(name, first));
        if hides {
            self.open_inner_scope();
        }
    }

    fn is_mentioned(&mut self, name: &str, first: u32) -> bool {
        let wanted = self.out.name(name);
        (first..self.out.expression_count()).any(|id| {
            matches!(self.out.peek(ExpressionId(id)), Expression::Name { name, .. } if name == wanted)
        })
    }

    // ---- names of the file ---------------------------------------------------------------------

    /// Notes what the items of a module and of its inline modules are called, before anything is
    /// lowered: items are visible before they are written.
    fn collect_origins(&mut self, list: Node<'_>, depth: u32) {
        if depth > 32 {
            return;
        }
        for item in children(list) {
            let origin = match kind(item) {
                Kind::StructItem | Kind::EnumItem | Kind::UnionItem | Kind::TraitItem => {
                    Origin::Type
                }
                Kind::TypeItem => Origin::Alias,
                Kind::FunctionItem
                | Kind::FunctionSignature
                | Kind::ConstItem
                | Kind::StaticItem
                | Kind::MacroDefinition => Origin::Item,
                Kind::ModItem => {
                    if let Some(body) = child(item, Field::Body) {
                        self.collect_origins(body, depth + 1);
                    }
                    Origin::Item
                }
                Kind::UseDeclaration => {
                    self.collect_use(item);
                    continue;
                }
                Kind::ExternCrate => {
                    let bound = child(item, Field::Alias).or_else(|| child(item, Field::Name));
                    if let Some(bound) = bound {
                        let bound = self.out.text(bound);
                        self.origins.entry(bound).or_insert(Origin::OtherCrate);
                    }
                    continue;
                }
                _ => continue,
            };
            if let Some(name) = child(item, Field::Name) {
                let name = self.out.text(name);
                if kind(item) == Kind::MacroDefinition {
                    self.macros.insert(name);
                    continue;
                }
                self.origins.insert(name, origin);
            }
        }
    }

    // ---- small expressions ---------------------------------------------------------------------

    /// A built-in type or value; made once a file.
    pub(super) fn builtin(&mut self, name: &'static str) -> ExpressionId {
        if let Some(id) = self.builtins.get(name) {
            return *id;
        }
        let id = self.out.builtin(name);
        self.builtins.insert(name, id);
        id
    }

    /// The import a path begins with (`crate`, `super::super`, `tokio`); made once a module.
    pub(super) fn head(&mut self, module: &str, span: ByteRange) -> ExpressionId {
        let mut scope = self.out.scope();
        while !matches!(self.out.scope_kind(scope), ScopeKind::Module | ScopeKind::Namespace) {
            let Some(parent) = self.out.scope_parent(scope) else { break };
            scope = parent;
        }
        let key = (scope, module.to_owned());
        if let Some(id) = self.heads.get(&key) {
            return *id;
        }
        let import = self.out.inline_import(scope, module, span);
        let id = self.out.expression(Expression::Imported(import));
        self.heads.insert(key, id);
        id
    }

    /// Lowers what is written directly inside a type's scope. The scope holds members, and those
    /// are no names there: in `type Error = Error;` and `task: task::Spawn` the second is another.
    pub(super) fn outside_type<R>(&mut self, lower: impl FnOnce(&mut Self) -> R) -> R {
        let inner = self.out.scope();
        let mut outer = inner;
        while self.out.scope_kind(outer) == ScopeKind::Type {
            let Some(parent) = self.out.scope_parent(outer) else { break };
            outer = parent;
        }
        if outer == inner {
            return lower(self);
        }
        let around = self.type_scope.replace(inner);
        self.out.reopen_scope(outer);
        let result = lower(self);
        self.out.close_scope();
        self.type_scope = around;
        result
    }

    /// `Self`.
    pub(super) fn self_type(&mut self) -> ExpressionId {
        let scope = self.type_scope.unwrap_or(self.out.scope());
        self.out.expression(Expression::SelfType(scope))
    }

    /// One element of a collection, or what an `Option` or `Result` holds.
    pub(super) fn element(&mut self, base: ExpressionId) -> ExpressionId {
        self.over(base, Expression::Element(base))
    }

    /// What an `Option`, a `Result` or what an accessor of a container gives holds: the value that
    /// `e.unwrap()` has, also for `e?` and `Some(x) = e`. As a member of a built-in it takes the
    /// *value* out of a map, where an element is a pair.
    pub(super) fn unwrapped(&mut self, base: ExpressionId) -> ExpressionId {
        if base == ExpressionId::UNKNOWN {
            return base;
        }
        let callee = self.out.member(base, "unwrap");
        self.out.call(callee, &[])
    }

    /// What a guard or a future gives.
    pub(super) fn awaited(&mut self, base: ExpressionId) -> ExpressionId {
        self.over(base, Expression::Await(base))
    }

    /// A value of a written type.
    pub(super) fn instance_of(&mut self, class: ExpressionId) -> ExpressionId {
        self.over(class, Expression::InstanceOf(class))
    }

    /// The `index`-th part of a value.
    pub(super) fn part(&mut self, base: ExpressionId, index: usize) -> ExpressionId {
        let index = index.min(u16::MAX as usize) as u16;
        self.over(base, Expression::Part { base, index })
    }

    fn over(&mut self, base: ExpressionId, expression: Expression) -> ExpressionId {
        if base == ExpressionId::UNKNOWN {
            return base;
        }
        self.out.expression(expression)
    }

    /// A generic type with its arguments dropped: what `impl` and paths need.
    pub(super) fn without_arguments(&self, id: ExpressionId) -> ExpressionId {
        match self.out.peek(id) {
            Expression::Generic { base, .. } => base,
            _ => id,
        }
    }
}

/// Nodes with at most this many children are asked for each; for more a cursor is cheaper.
const FEW: usize = 4;

/// Every child, comments and tokens included.
pub(super) fn all_children(node: Node<'_>) -> Nodes<'_> {
    let mut nodes = Nodes::new();
    let count = node.child_count() as usize;
    if count <= FEW {
        nodes.extend((0..count as u32).filter_map(|index| node.child(index)));
        return nodes;
    }
    let mut cursor = node.walk();
    if cursor.goto_first_child() {
        loop {
            nodes.push(cursor.node());
            if !cursor.goto_next_sibling() {
                break;
            }
        }
    }
    nodes
}

/// Named children without comments.
pub(super) fn children(node: Node<'_>) -> Nodes<'_> {
    let mut nodes = all_children(node);
    nodes.retain(|node| {
        !matches!(kind(*node), Kind::Token | Kind::LineComment | Kind::BlockComment)
    });
    nodes
}

/// The first named child that is no comment.
pub(super) fn first_child(node: Node<'_>) -> Option<Node<'_>> {
    let first = node.named_child(0)?;
    if matches!(kind(first), Kind::LineComment | Kind::BlockComment) {
        return children(node).first().copied();
    }
    Some(first)
}
