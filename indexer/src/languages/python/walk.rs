//! The walker's state and the small steps that everything else is made of.

use super::kinds::{Grammar, Kind};
use super::types::TypingNames;
use crate::extract::{FactsBuilder, range};
use qf_graph::facts::{ByteRange, CollectionKind, DefinitionId, Expression, ExpressionId, ScopeId};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use tree_sitter::{Node, Tree, TreeCursor};

/// Named children of a node, comments left out.
pub(super) type Children<'t> = SmallVec<[Node<'t>; 6]>;

/// What kind of body is being walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameKind {
    Module,
    Class,
    Function,
}

/// One open body: the module, a class or a function. Python has no other places where a plain
/// assignment can bind a name.
pub(super) struct Frame<'s> {
    pub(super) kind: FrameKind,
    pub(super) scope: ScopeId,
    pub(super) definition: Option<DefinitionId>,
    /// Names bound so far.
    pub(super) names: FxHashMap<&'s str, Bound>,
    /// Functions and declared fields of a class, known before its body is walked: assigning
    /// `self.name` where `name` is a property makes no field.
    pub(super) members: FxHashMap<&'s str, Member>,
    /// `global` and `nonlocal` names.
    pub(super) outer: SmallVec<[(&'s str, bool); 2]>,
    /// Name of the receiver parameter, with the position of the class's frame.
    pub(super) receiver: Option<(&'s str, usize)>,
    /// `__init__`, `__new__`, `__post_init__`: assignments to fields initialise them.
    pub(super) initializer: bool,
    /// Visible outside the module.
    pub(super) exported: bool,
    /// Inside a test function or test class.
    pub(super) test: bool,
    /// Members are values of an enumeration.
    pub(super) enumeration: bool,
}

/// How a name was bound first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// A parameter or local variable.
    Local,
    /// A variable of a module or field of a class, with its definition.
    Value(DefinitionId),
    /// A function or class.
    Definition,
    /// An import.
    Import,
}

/// What the body of a class declares under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    Function,
    Field,
    /// Named in `__slots__`; where it is assigned says more.
    Slot,
}

impl Frame<'_> {
    pub(super) fn new(kind: FrameKind, scope: ScopeId, definition: Option<DefinitionId>) -> Self {
        Self {
            kind,
            scope,
            definition,
            names: FxHashMap::default(),
            members: FxHashMap::default(),
            outer: SmallVec::new(),
            receiver: None,
            initializer: false,
            exported: false,
            test: false,
            enumeration: false,
        }
    }
}

/// Values of built-in types, made once per file.
pub(super) struct Constants {
    pub(super) boolean: ExpressionId,
    pub(super) bytes: ExpressionId,
    pub(super) float: ExpressionId,
    pub(super) integer: ExpressionId,
    pub(super) none: ExpressionId,
    pub(super) string: ExpressionId,
}

/// The literal collection that a name holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    /// Its shape.
    pub(super) kind: CollectionKind,
    /// How many stores into it are bound.
    pub(super) stores: u8,
    /// The literal, when the name is given it once and on the way that is always taken.
    pub(super) literal: Option<ExpressionId>,
    /// How many expressions there were behind the statement that made or replaced something in it.
    pub(super) seen: u32,
}

/// Walks one file.
pub(super) struct Walker<'a, 's, 't> {
    pub(super) out: &'a mut FactsBuilder<'s>,
    pub(super) grammar: &'static Grammar,
    pub(super) cursor: TreeCursor<'t>,
    pub(super) frames: Vec<Frame<'s>>,
    /// Names that mean something in annotations because of where they were imported from.
    pub(super) typing: TypingNames<'s>,
    /// Type parameters in sight (`def f[T]`, `class A[T]`): they name no definition.
    pub(super) type_parameters: Vec<&'s str>,
    /// Names of the module that are `TypeVar`s: what mentions them is generic.
    pub(super) type_variables: Vec<&'s str>,
    /// Blocks in which a test has told more about a name.
    pub(super) narrowed: Vec<(ScopeId, &'s str)>,
    /// Names bound to a collection literal.
    pub(super) collections: FxHashMap<(ScopeId, &'s str), Held>,
    /// The statement that is walked stands in no branch or loop of its function or module.
    pub(super) always: bool,
    /// Collections that the statement that is walked made or replaced something in.
    pub(super) settled: SmallVec<[(ScopeId, &'s str); 1]>,
    /// How many bindings were copied to keep branches apart.
    pub(super) hidden: u32,
    /// The store that is walked goes into a dictionary inside a dictionary.
    pub(super) nested: bool,
    /// Stores into collections that are not made yet.
    pub(super) later_stores: Vec<(&'s str, u32, ExpressionId)>,
    /// Functions and classes of the module that have the name of a built-in.
    shadowed: SmallVec<[&'s str; 4]>,
    /// The call lowered last, with its arguments.
    pub(super) last_call: (ExpressionId, SmallVec<[ExpressionId; 4]>),
    pub(super) constants: Constants,
    pub(super) test_file: bool,
    pub(super) stub: bool,
    /// Type references are not wanted at the moment (the same source is read a second time).
    pub(super) quiet: bool,
}

impl<'a, 's, 't> Walker<'a, 's, 't> {
    pub(super) fn new(path: &str, tree: &'t Tree, out: &'a mut FactsBuilder<'s>) -> Self {
        let constants = Constants {
            boolean: out.builtin("bool"),
            bytes: out.builtin("bytes"),
            float: out.builtin("float"),
            integer: out.builtin("int"),
            none: out.builtin("None"),
            string: out.builtin("str"),
        };
        let mut module = Frame::new(FrameKind::Module, ScopeId::MODULE, None);
        module.exported = true;
        Self {
            out,
            grammar: Grammar::get(),
            cursor: tree.walk(),
            frames: vec![module],
            typing: TypingNames::default(),
            type_parameters: Vec::new(),
            type_variables: Vec::new(),
            narrowed: Vec::new(),
            collections: FxHashMap::default(),
            always: false,
            settled: SmallVec::new(),
            hidden: 0,
            nested: false,
            later_stores: Vec::new(),
            shadowed: SmallVec::new(),
            last_call: (ExpressionId::UNKNOWN, SmallVec::new()),
            constants,
            test_file: super::semantics::is_test_path(path),
            stub: path.rsplit_once('.').is_some_and(|(_, extension)| extension == "pyi"),
            quiet: false,
        }
    }

    /// Walks the whole file.
    pub(super) fn module(&mut self, root: Node<'t>) {
        self.note_shadowed(root);
        self.statements(root);
        self.bind_later_stores();
    }

    /// Finds the definitions that hide a built-in, wherever in the module they stand.
    fn note_shadowed(&mut self, root: Node<'t>) {
        for child in self.children(root) {
            let definition = match self.kind(child) {
                Kind::FunctionDefinition | Kind::ClassDefinition => Some(child),
                Kind::DecoratedDefinition => self.field(child, self.grammar.definition),
                _ => None,
            };
            let name = definition.and_then(|node| self.field(node, self.grammar.name));
            if let Some(name) = name.map(|name| self.text(name))
                && super::builtins::BUILTINS.binary_search(&name).is_ok()
            {
                self.shadowed.push(name);
            }
        }
    }

    #[inline]
    pub(super) fn kind(&self, node: Node<'_>) -> Kind {
        self.grammar.kind(node)
    }

    /// The child in a field.
    #[inline]
    #[expect(clippy::unused_self, reason = "reads like the other questions to the walker")]
    pub(super) fn field(&self, node: Node<'t>, field: u16) -> Option<Node<'t>> {
        node.child_by_field_id(field)
    }

    /// Named children without comments.
    pub(super) fn children(&mut self, node: Node<'t>) -> Children<'t> {
        let mut children = Children::new();
        self.cursor.reset(node);
        if self.cursor.goto_first_child() {
            loop {
                let child = self.cursor.node();
                if child.is_named()
                    && !matches!(self.grammar.kind(child), Kind::Comment | Kind::LineContinuation)
                {
                    children.push(child);
                }
                if !self.cursor.goto_next_sibling() {
                    break;
                }
            }
        }
        children
    }

    /// The first named child that is no comment.
    pub(super) fn first_child(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        self.children(node).first().copied()
    }

    /// Walks everything below a node for its references.
    pub(super) fn visit_children(&mut self, node: Node<'t>) {
        for child in self.children(node) {
            self.statement(child);
        }
    }

    /// The innermost body. The module's is never closed.
    pub(super) fn frame(&self) -> &Frame<'s> {
        &self.frames[self.frames.len() - 1]
    }

    pub(super) fn frame_mut(&mut self) -> &mut Frame<'s> {
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    /// Position of the class whose instance `name` is in the innermost body, when `name` is the
    /// receiver parameter of a method around it.
    pub(super) fn receiver_class(&self, name: &str) -> Option<usize> {
        for frame in self.frames.iter().rev() {
            if let Some((receiver, class)) = frame.receiver
                && receiver == name
            {
                return Some(class);
            }
            // A class body in between has no access to the method's names by that route.
            if frame.kind != FrameKind::Function || frame.names.contains_key(name) {
                return None;
            }
        }
        None
    }

    /// Whether a name is known to be a plain local: its reads tell nobody anything.
    pub(super) fn is_local(&self, name: &str) -> bool {
        for frame in self.frames.iter().rev() {
            if frame.kind == FrameKind::Function {
                if let Some(bound) = frame.names.get(name) {
                    return *bound == Bound::Local;
                }
                if frame.outer.iter().any(|(outer, _)| *outer == name) {
                    return false;
                }
            }
        }
        false
    }

    /// Whether a name is bound by any body around (so that it is no built-in here).
    pub(super) fn is_bound_here(&self, name: &str) -> bool {
        self.shadowed.contains(&name)
            || self.frames.iter().any(|frame| frame.names.contains_key(name))
    }

    /// The position of the function whose name an assignment binds through `nonlocal`.
    pub(super) fn nonlocal_frame(&self, name: &str) -> Option<usize> {
        let inner = self.frames.len() - 1;
        let functions =
            || (0..inner).rev().filter(|at| self.frames[*at].kind == FrameKind::Function);
        functions()
            .find(|at| self.frames[*at].names.contains_key(name))
            .or_else(|| functions().next())
    }

    /// A name looked up from the innermost scope, or from the module when it is declared global.
    pub(super) fn name_expression(&mut self, name: &'s str) -> ExpressionId {
        let frame = self.frame();
        if frame.outer.iter().any(|(outer, global)| *global && *outer == name) {
            let name = self.out.name(name);
            return self.out.expression(Expression::Name { name, scope: ScopeId::MODULE });
        }
        self.out.name_expression(name)
    }

    /// The bytes of a node.
    pub(super) fn span(node: Node<'_>) -> ByteRange {
        range(node)
    }

    /// The text of a node.
    pub(super) fn text(&self, node: Node<'_>) -> &'s str {
        self.out.text(node)
    }

    /// The shape of a literal collection bound to a name that is visible here, with the scope that
    /// it is bound in.
    pub(super) fn collection_of(&self, name: &'s str) -> Option<(ScopeId, CollectionKind)> {
        for frame in self.frames.iter().rev() {
            if let Some(held) = self.collections.get(&(frame.scope, name)) {
                return Some((frame.scope, held.kind));
            }
            if frame.names.contains_key(name) {
                return None;
            }
        }
        None
    }
}
