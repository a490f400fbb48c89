//! The recursive walk: which rule applies to a node, and what it yields.

use super::rules::{At, Rule, TypeRule};
use super::{Compiled, Table};
use crate::extract::builder::{FactsBuilder, range};
use crate::extract::doc::strip_comment;
use qf_graph::facts::{
    ByteRange, CollectionKind, DefinitionId, Expression, ExpressionId, Name, ScopeId, ScopeKind,
    SymbolKind,
};
use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::Node;

/// Walks one file by a language's table.
pub struct Walker<'b, 's> {
    /// Where facts go.
    pub out: &'b mut FactsBuilder<'s>,
    /// The language.
    pub table: &'b Table,
    pub(super) compiled: &'b Compiled,
    /// The comment directly above the node that is visited next.
    pub(super) doc: Option<ByteRange>,
    /// Where the decorated definition that is visited next begins.
    pub(super) outer: Option<u32>,
    /// Open functions, anonymous ones included.
    pub(super) functions: Vec<DefinitionId>,
    /// Types seen so far by name.
    pub(super) types: FxHashMap<&'s str, DefinitionId>,
    /// Variables and fields made so far.
    pub(super) known: FxHashMap<(ScopeId, Name), DefinitionId>,
    /// Local variables bound so far.
    pub(super) locals: FxHashSet<(ScopeId, Name)>,
    /// The named types that are met next are bases.
    pub(super) inherit: bool,
    /// Members that follow are hidden (`private:` sections).
    pub hidden: bool,
    /// Inside a test class.
    pub in_test: bool,
    /// The type an initializer list makes an instance of.
    pub expected: Option<ExpressionId>,
    /// Type parameters of the definition that is visited next.
    pub type_parameters: Vec<&'s str>,
    /// The signature above the equations of a function: name, bytes of its type (Haskell).
    pub pending_signature: Option<(String, usize, usize)>,
    /// The comment above stays for the definition after the next node.
    pub(super) kept_doc: Option<ByteRange>,
    /// The list of parameters that is read just now.
    pub(super) parameter_list: Option<(usize, usize)>,
    /// The package the file has named so far.
    pub package: String,
    /// Free for the hooks of one language: names that mean something special in this file.
    pub notes: FxHashMap<String, u32>,
}

impl<'b, 's> Walker<'b, 's> {
    pub(super) fn new(
        out: &'b mut FactsBuilder<'s>,
        table: &'b Table,
        compiled: &'b Compiled,
    ) -> Self {
        Self {
            out,
            table,
            compiled,
            doc: None,
            outer: None,
            functions: Vec::new(),
            types: FxHashMap::default(),
            known: FxHashMap::default(),
            locals: FxHashSet::default(),
            inherit: false,
            hidden: false,
            in_test: false,
            expected: None,
            type_parameters: Vec::new(),
            package: String::new(),
            parameter_list: None,
            pending_signature: None,
            kept_doc: None,
            notes: FxHashMap::default(),
        }
    }

    /// A node's text.
    pub fn text(&self, node: Node<'_>) -> &'s str {
        self.out.text(node)
    }

    /// What the table says of a node.
    pub fn rule(&self, node: Node<'_>) -> Rule {
        self.compiled.rule(node)
    }

    pub(super) fn type_rule(&self, node: Node<'_>) -> TypeRule {
        self.compiled.type_rule(node)
    }

    /// Lowers a node and everything in it; its value.
    pub fn visit(&mut self, node: Node<'_>) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let value = self.dispatch(node);
        self.out.leave();
        value
    }

    /// Visits a part when it is there.
    pub fn visit_at(&mut self, node: Node<'_>, at: At) -> ExpressionId {
        at.find(node).map_or(ExpressionId::UNKNOWN, |part| self.visit(part))
    }

    fn dispatch(&mut self, node: Node<'_>) -> ExpressionId {
        match self.rule(node) {
            Rule::Sequence => self.children(node),
            Rule::Block | Rule::BlockSequence => {
                let sequence = matches!(self.rule(node), Rule::BlockSequence);
                self.out.open_scope(ScopeKind::Block, None);
                let last = self.children(node);
                self.out.close_scope();
                if sequence { last } else { ExpressionId::UNKNOWN }
            }
            Rule::Skip | Rule::Token | Rule::Comment | Rule::Modifier | Rule::Modifiers => {
                ExpressionId::UNKNOWN
            }
            Rule::Decorator(..) => self.decorator(node),
            Rule::Transparent => match self.meaningful(node) {
                Some(part) => self.inner_part(node, part),
                None => ExpressionId::UNKNOWN,
            },
            Rule::Inner(at) => self.inner(node, at),
            Rule::Wrap => self.wrapped(node),
            Rule::Name => self.read_name(node),
            Rule::This => self.this(),
            Rule::Super => self.super_part(),
            Rule::Literal(name) => self.out.builtin(name),
            Rule::Text => self.string(node),
            Rule::TextPart => self.out.string(self.text(node), range(node)),
            Rule::Member(object, property) => self.read_member(node, object, property),
            Rule::Applied(..) => self.callee(node).expression,
            Rule::Call(callee, arguments) => self.call(node, callee, arguments),
            Rule::MethodCall(receiver, method, arguments) => {
                self.method_call(node, receiver, method, arguments)
            }
            Rule::New(class, arguments) => self.construction(node, class, arguments),
            Rule::Argument(name, value) => self.named_argument(node, name, value),
            Rule::Index(object, index) => self.index(node, object, index),
            Rule::Assign(left, right) => self.assign(node, left, right),
            Rule::Update(operand) => self.update(node, operand),
            Rule::Collection(kind) => self.collection(node, kind),
            Rule::Pair(key, value) => {
                let first = self.visit_at(node, key);
                let value = value.find(node).filter(|value| Some(*value) != key.find(node));
                value.map_or(first, |value| self.visit(value))
            }
            Rule::Either(fields) => self.either(node, fields),
            Rule::Cast(class, value) => self.cast(node, class, value),
            Rule::Await => {
                let value = self.inner(node, At::Nth(0));
                self.out.expression(Expression::Await(value))
            }
            Rule::Return => {
                let value = self.children(node);
                self.returned(value);
                ExpressionId::UNKNOWN
            }
            Rule::Lambda(parameters, body) => self.lambda(node, parameters, body),
            Rule::Function(rule) => {
                self.function_by_rule(node, &rule);
                ExpressionId::UNKNOWN
            }
            Rule::Type(rule) => {
                self.type_by_rule(node, &rule);
                ExpressionId::UNKNOWN
            }
            Rule::Namespace(name, body) => self.namespace(node, name, body),
            Rule::Alias(name, target) => self.alias(node, name, target),
            Rule::Variable(kind, name, declared, value) => {
                self.variable(node, kind, name, declared, value)
            }
            Rule::EnumMember(name) => self.enum_member(node, name),
            Rule::Loop(variable, declared, iterable) => {
                self.loop_over(node, variable, declared, iterable)
            }
            Rule::Catch(variable, declared) => self.catch(node, variable, declared),
            Rule::Binary(left, right) => self.binary(node, left, right),
            Rule::OwnField => self.own_field(node),
            Rule::TypedLocal(declared, name) => self.typed_local(node, declared, name),
            Rule::Children | Rule::Pattern | Rule::Parameter(..) => {
                self.children(node);
                ExpressionId::UNKNOWN
            }
            Rule::PropertyCall(_, _, hook) | Rule::Custom(hook) => hook(self, node),
        }
    }

    /// Visits the children of a node in order; the value of the last one.
    pub fn children(&mut self, node: Node<'_>) -> ExpressionId {
        self.children_except(node, &[])
    }

    /// Visits the children of a node that are not among `done`.
    pub fn children_except(&mut self, node: Node<'_>, done: &[Node<'_>]) -> ExpressionId {
        let mut cursor = node.walk();
        if !cursor.goto_first_child() {
            return ExpressionId::UNKNOWN;
        }
        let mut comment: Option<ByteRange> = None;
        let mut last = ExpressionId::UNKNOWN;
        let docstrings = self.table.docstring_parents.contains(&node.kind());
        loop {
            let child = cursor.node();
            match self.rule(child) {
                Rule::Token => {}
                Rule::Text if docstrings => comment = Some(range(child)),
                Rule::Comment => comment = self.joined_comment(comment, child),
                _ if done.contains(&child) => {}
                _ => {
                    self.doc = comment.take();
                    last = self.visit(child);
                    self.doc = None;
                }
            }
            if !cursor.goto_next_sibling() {
                return last;
            }
        }
    }

    /// A comment that begins its line, together with the ones directly above.
    fn joined_comment(&self, above: Option<ByteRange>, node: Node<'_>) -> Option<ByteRange> {
        let own = range(node);
        let source = self.out.source();
        let before = source.get(..own.start as usize).unwrap_or("");
        let line = before.rfind('\n').map_or(before, |at| &before[at + 1..]);
        if !line.trim().is_empty() {
            return None;
        }
        match above {
            Some(above) if self.touches(above.end, own.start) => {
                Some(ByteRange { start: above.start, end: own.end })
            }
            _ => Some(own),
        }
    }

    /// Whether only blanks and at most one line end are between two offsets.
    fn touches(&self, end: u32, start: u32) -> bool {
        self.out.source().get(end as usize..start as usize).is_some_and(|between| {
            between.trim().is_empty() && between.bytes().filter(|byte| *byte == b'\n').count() <= 1
        }) || self.out.source().as_bytes().get((end as usize).wrapping_sub(1)) == Some(&b'\n')
            && self
                .out
                .source()
                .get(end as usize..start as usize)
                .is_some_and(|between| between.trim().is_empty() && !between.contains('\n'))
    }

    /// Takes the comment above a definition that begins at `start` and sets it as its text.
    pub(super) fn document(&mut self, id: DefinitionId, doc: Option<ByteRange>, start: u32) {
        let Some(doc) = doc.filter(|doc| self.touches(doc.end, start)) else { return };
        let text = self.out.source().get(doc.start as usize..doc.end as usize).unwrap_or("");
        let text = strip_comment(text.trim_matches('"'));
        let text = text.trim_start_matches("(**").trim_start_matches("(*").trim_end_matches("*)");
        let text = text.trim().trim_start_matches("| ");
        self.out.set_doc(id, text);
    }

    fn inner(&mut self, node: Node<'_>, at: At) -> ExpressionId {
        let Some(part) = at.find(node) else {
            self.children(node);
            return ExpressionId::UNKNOWN;
        };
        self.inner_part(node, part)
    }

    /// The first named child that means something.
    pub fn meaningful<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).find(|child| {
            !matches!(
                self.rule(*child),
                Rule::Skip | Rule::Comment | Rule::Modifier | Rule::Modifiers
            )
        })
    }

    fn inner_part(&mut self, node: Node<'_>, part: Node<'_>) -> ExpressionId {
        if node.named_child_count() <= 1 {
            return self.visit(part);
        }
        let value = self.visit(part);
        self.children_except(node, &[part]);
        value
    }

    /// A wrapper keeps its comment and its beginning for the definition inside.
    fn wrapped(&mut self, node: Node<'_>) -> ExpressionId {
        let doc = self.doc.take();
        let outer = self.outer.unwrap_or(node.start_byte() as u32);
        let mut cursor = node.walk();
        let mut value = ExpressionId::UNKNOWN;
        for child in node.named_children(&mut cursor) {
            if matches!(self.rule(child), Rule::Comment) {
                continue;
            }
            self.outer = Some(outer);
            self.doc = doc;
            value = self.visit(child);
        }
        self.outer = None;
        self.doc = None;
        value
    }

    /// The next definition begins where `node` does.
    pub fn wrap_from(&mut self, node: Node<'_>) {
        self.outer = Some(self.outer.unwrap_or(node.start_byte() as u32));
    }

    /// Undoes [`Self::wrap_from`] where nothing was defined.
    pub fn forget_wrap(&mut self) {
        self.outer = None;
    }

    /// The comment above the node that is visited, taken from whoever would use it first.
    pub fn take_doc(&mut self) -> Option<ByteRange> {
        self.doc.take()
    }

    /// What is visited now only announces a definition: the comment above it is for that one.
    pub fn keep_doc(&mut self) {
        self.kept_doc = self.doc.take();
    }

    /// The documentation of the next function is this text.
    pub fn keep_doc_at(&mut self, span: ByteRange) {
        self.kept_doc = Some(span);
    }

    /// A name of a value: a local, or a read.
    pub fn name_of_value(&mut self, node: Node<'_>) -> ExpressionId {
        self.visit(node)
    }

    /// Gives a comment back.
    pub fn put_doc(&mut self, doc: Option<ByteRange>) {
        self.doc = doc;
    }

    /// The innermost open function, anonymous ones included.
    pub fn open_function(&self) -> Option<DefinitionId> {
        self.functions.last().copied()
    }

    /// Whether a node is an entry of the list of parameters that is read just now (grammars that
    /// use one kind of node for parameters and arguments).
    pub fn reads_parameters(&self, node: Node<'_>) -> bool {
        self.parameter_list.is_some()
            && self.parameter_list == node.parent().map(|list| (list.start_byte(), list.end_byte()))
    }

    /// The type of this name, when this file has defined it above.
    pub fn type_in_file(&self, name: &str) -> Option<DefinitionId> {
        self.types.get(name).copied()
    }

    // ---- leaves -------------------------------------------------------------------------------

    /// An identifier in value position.
    pub fn read_name(&mut self, node: Node<'_>) -> ExpressionId {
        let text = self.name_of(node);
        if text.is_empty() {
            return ExpressionId::UNKNOWN;
        }
        if self.is_this(node) {
            return self.this();
        }
        if let Some(value) = self.table.name_hook.and_then(|hook| hook(self, node)) {
            return value;
        }
        let value = self.out.name_expression(text);
        self.out.read_reference(text, range(node), value);
        value
    }

    /// The identifier a node is, without the marks some languages put around it.
    pub fn name_of(&self, node: Node<'_>) -> &'s str {
        let text = self.text(node);
        let text = if self.table.sigil { text.strip_prefix('$').unwrap_or(text) } else { text };
        if text.len() > 1 && text.starts_with('`') { text.trim_matches('`') } else { text }
    }

    /// Whether an identifier is the language's word for the receiver.
    pub fn is_this(&mut self, node: Node<'_>) -> bool {
        !self.table.this.is_empty() && {
            let text = self.text(node);
            self.table.this.contains(&text) && (self.table.sigil || !self.is_local(text))
        }
    }

    /// Whether a local variable or parameter of this name is in sight.
    pub fn is_local(&mut self, name: &str) -> bool {
        self.local_in_sight(name).is_some()
    }

    /// Both sides are visited; strings are put together, alternatives are either.
    pub fn binary(&mut self, node: Node<'_>, left: At, right: At) -> ExpressionId {
        let (Some(left), Some(right)) = (left.find(node), right.find(node)) else {
            self.children(node);
            return ExpressionId::UNKNOWN;
        };
        let (first, second) = (self.visit(left), self.visit(right));
        let source = self.out.source();
        let operator = source.get(left.end_byte()..right.start_byte()).unwrap_or("").trim();
        match operator {
            "??" | "?:" | "||" | "or" => self.out.either(&[first, second]),
            "+" | "." | ".." | "<>" | "++" | "&" | "^" | "~" => {
                let text = |id: ExpressionId| {
                    matches!(self.out.peek(id), Expression::Text(_) | Expression::Concat(_))
                };
                if text(first) || text(second) {
                    return self.out.concat(&[first, second], range(node));
                }
                ExpressionId::UNKNOWN
            }
            _ => ExpressionId::UNKNOWN,
        }
    }

    fn own_field(&mut self, node: Node<'_>) -> ExpressionId {
        let name = self.text(node).trim_start_matches('@');
        let this = self.this();
        let member = self.out.member(this, name);
        self.out.read_reference(name, range(node), member);
        member
    }

    fn typed_local(&mut self, node: Node<'_>, declared: At, name: At) -> ExpressionId {
        let name = name.find(node);
        let declared = declared.find(node).filter(|declared| Some(*declared) != name);
        let class = declared.map_or(ExpressionId::UNKNOWN, |declared| self.type_of(declared));
        if let Some(name) = name.filter(|name| matches!(self.rule(*name), Rule::Name)) {
            self.bind_typed(name, class);
        } else if let Some(name) = name {
            self.bind_pattern(name, ExpressionId::UNKNOWN);
        }
        let done: Vec<Node<'_>> = [name, declared].into_iter().flatten().collect();
        self.children_except(node, &done);
        self.instance_of(class)
    }

    /// The receiver.
    pub fn this(&mut self) -> ExpressionId {
        let scope = self.out.scope();
        self.out.expression(Expression::This(scope))
    }

    /// The superclass part of the receiver.
    pub fn super_part(&mut self) -> ExpressionId {
        let scope = self.out.scope();
        self.out.expression(Expression::Super(scope))
    }

    /// A string literal or template.
    pub fn string(&mut self, node: Node<'_>) -> ExpressionId {
        let mut cursor = node.walk();
        let mut text = String::new();
        let mut parts = Vec::new();
        let mut any = false;
        for child in node.named_children(&mut cursor) {
            any = true;
            match self.rule(child) {
                Rule::TextPart => text.push_str(self.text(child)),
                Rule::Text => {
                    // Strings next to each other are one string.
                    let inner = self.string(child);
                    match self.out.peek(inner) {
                        Expression::Text(name) => text.push_str(self.out.name_text(name)),
                        _ => parts.push(inner),
                    }
                }
                Rule::Skip | Rule::Comment | Rule::Token => {}
                _ => {
                    if !text.is_empty() {
                        parts.push(self.out.string(&text, range(node)));
                        text.clear();
                    }
                    let hole = self.visit(child);
                    parts.push(hole);
                }
            }
        }
        if !any {
            let bare = self.text(node).trim_start_matches(|c: char| c.is_ascii_alphabetic());
            let bare = bare.trim_matches(['"', '\'', '`', '@', '$', ':']);
            return self.out.string(bare, range(node));
        }
        if parts.is_empty() {
            return self.out.string(&text, range(node));
        }
        if !text.is_empty() {
            parts.push(self.out.string(&text, range(node)));
        }
        self.out.concat(&parts, range(node))
    }

    fn collection(&mut self, node: Node<'_>, kind: CollectionKind) -> ExpressionId {
        let mut items = Vec::new();
        let mut kind = kind;
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            match self.rule(child) {
                Rule::Comment | Rule::Skip => {}
                Rule::Pair(key, value) | Rule::Argument(key, value)
                    if key.find(child).is_some()
                        && value.find(child).is_some_and(|v| Some(v) != key.find(child)) =>
                {
                    kind = CollectionKind::Map;
                    let key = key.find(child).map_or(ExpressionId::UNKNOWN, |key| self.key(key));
                    let value = self.visit_at(child, value);
                    items.push(key);
                    items.push(value);
                }
                _ => {
                    let item = self.visit(child);
                    items.push(item);
                }
            }
            if items.len() >= 64 {
                // Tables of data: what follows is still visited, but not kept.
                items.truncate(64);
            }
        }
        self.out.collection(kind, &items)
    }

    /// A key of a map literal: a bare identifier is text.
    fn key(&mut self, node: Node<'_>) -> ExpressionId {
        match self.rule(node) {
            Rule::TextPart | Rule::Name => {
                let text = self.text(node).trim_matches([':', '"', '\'']);
                self.out.string(text, range(node))
            }
            _ => self.visit(node),
        }
    }

    fn either(&mut self, node: Node<'_>, fields: &[&str]) -> ExpressionId {
        let parts: Vec<Node<'_>> =
            fields.iter().filter_map(|field| node.child_by_field_name(field)).collect();
        self.children_except(node, &parts);
        let mut values = Vec::new();
        for part in parts {
            let value = self.visit(part);
            values.push(value);
        }
        self.out.either(&values)
    }

    fn cast(&mut self, node: Node<'_>, class: At, value: At) -> ExpressionId {
        self.visit_at(node, value);
        let Some(class) = class.find(node) else { return ExpressionId::UNKNOWN };
        let class = self.type_of(class);
        self.instance_of(class)
    }

    /// A value of a written type.
    pub fn instance_of(&mut self, class: ExpressionId) -> ExpressionId {
        match self.out.peek(class) {
            Expression::Unknown => ExpressionId::UNKNOWN,
            Expression::Builtin(_) => class,
            _ => self.out.expression(Expression::InstanceOf(class)),
        }
    }

    /// The kind of the scope that definitions made here belong to; blocks do not count.
    pub fn place(&self) -> ScopeKind {
        self.out.scope_kind(self.out.function_scope())
    }

    /// Whether names in capitals are constants and this is one.
    pub(super) fn variable_kind(&self, name: &str, kind: SymbolKind) -> SymbolKind {
        let capitals = self.table.capitals_are_constants
            && name.chars().any(char::is_uppercase)
            && !name.chars().any(char::is_lowercase);
        if capitals && kind == SymbolKind::Variable { SymbolKind::Constant } else { kind }
    }
}
