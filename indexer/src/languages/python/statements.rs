//! Statements: control flow is followed only as far as it tells what a name is.

use super::assignments::Place;
use super::kinds::Kind;
use super::narrowing::Narrowing;
use super::walk::{Children, FrameKind, Walker};
use qf_graph::facts::{
    BindingValue, CollectionKind, DefinitionFlags, Expression, ExpressionId, ReferenceFlags,
    ScopeKind,
};
use smallvec::SmallVec;
use tree_sitter::Node;

/// More early exits than this in one block, and names that one branch binds, are not followed.
const MAX_OPEN: usize = 32;
/// Most bindings of one file that are copied to keep branches apart.
const MAX_HIDDEN: u32 = 8192;

impl<'s, 't> Walker<'_, 's, 't> {
    /// Walks the statements of a block. What an early exit tells about a name
    /// (`if not isinstance(x, User): return`) holds for the rest of them.
    pub(super) fn statements(&mut self, block: Node<'t>) {
        let children = self.children(block);
        let mut opened = 0;
        for (index, child) in children.iter().enumerate() {
            if index > 0 && self.is_bare_string(*child) {
                self.field_docstring(children[index - 1], *child);
                continue;
            }
            self.statement(*child);
            if self.frame().kind == FrameKind::Function && opened < MAX_OPEN {
                let known = self.known_after(*child);
                if !known.is_empty() {
                    self.open_narrowing(&known);
                    opened += 1;
                }
            }
        }
        for _ in 0..opened {
            self.close_narrowing();
        }
    }

    /// Whether a statement is nothing but a string: documentation.
    pub(super) fn is_bare_string(&mut self, node: Node<'t>) -> bool {
        self.kind(node) == Kind::ExpressionStatement
            && self.first_child(node).is_some_and(|child| {
                matches!(self.kind(child), Kind::String | Kind::ConcatenatedString)
            })
    }

    /// Walks a statement, or an expression for its effects.
    pub(super) fn statement(&mut self, node: Node<'t>) {
        if !self.out.enter(node) {
            return;
        }
        match self.kind(node) {
            Kind::Module | Kind::Block => self.statements(node),
            Kind::ExpressionStatement => self.expression_statement(node),
            Kind::FunctionDefinition => self.function(node, node, &Children::new()),
            Kind::ClassDefinition => self.class(node, node, &Children::new()),
            Kind::DecoratedDefinition => self.decorated(node),
            Kind::ImportStatement => self.import_statement(node),
            Kind::ImportFromStatement => self.import_from(node),
            Kind::FutureImportStatement => self.import_future(node),
            Kind::IfStatement => self.if_statement(node),
            Kind::WhileStatement => self.while_statement(node),
            Kind::ForStatement => self.for_statement(node),
            Kind::WithStatement => self.with_statement(node),
            Kind::MatchStatement => self.match_statement(node),
            Kind::ExceptClause => self.except_clause(node),
            Kind::ReturnStatement => self.return_statement(node),
            Kind::DeleteStatement => self.delete_statement(node),
            Kind::GlobalStatement => self.outer_names(node, true),
            Kind::NonlocalStatement => self.outer_names(node, false),
            Kind::TypeAliasStatement => self.type_alias_statement(node),
            Kind::PassStatement
            | Kind::BreakStatement
            | Kind::ContinueStatement
            | Kind::Comment
            | Kind::Token => {}
            // Plain text that is only compared or thrown away helps nobody.
            Kind::String if !self.is_formatted(node) => {}
            Kind::RaiseStatement => self.raise_statement(node),
            Kind::Other | Kind::AssertStatement | Kind::ElseClause => {
                self.visit_children(node);
            }
            _ => {
                self.expression(node);
            }
        }
        self.out.leave();
    }

    fn expression_statement(&mut self, node: Node<'t>) {
        let block = node.parent();
        let around = |node: Node<'t>| node.parent().map(|around| around.kind());
        self.always = block.is_some_and(|block| match block.kind() {
            "module" => true,
            _ => around(block) == Some("function_definition"),
        });
        self.expression_statement_parts(node);
        self.always = false;
        let seen = self.out.expression_count();
        for key in std::mem::take(&mut self.settled) {
            if let Some(held) = self.collections.get_mut(&key) {
                held.seen = seen;
            }
        }
    }

    fn expression_statement_parts(&mut self, node: Node<'t>) {
        for child in self.children(node) {
            match self.kind(child) {
                Kind::Assignment => {
                    self.assignment(child);
                }
                Kind::AugmentedAssignment => {
                    self.augmented_assignment(child);
                }
                Kind::String | Kind::ConcatenatedString => {}
                _ => {
                    self.expression(child);
                }
            }
        }
    }

    // ---- branches ------------------------------------------------------------------------------

    fn if_statement(&mut self, node: Node<'t>) {
        let Some(condition) = self.field(node, self.grammar.condition) else {
            self.visit_children(node);
            return;
        };
        self.expression(condition);
        let mut apart = self.branches_are_apart(node);
        let before = self.out.bindings();
        let holds = self.narrowings(condition, true);
        self.narrowed_block(self.field(node, self.grammar.consequence), &holds);
        let mut opened = 0;
        let mut fails = self.narrowings(condition, false);
        for child in self.children(node) {
            let kind = self.kind(child);
            if !matches!(kind, Kind::ElifClause | Kind::ElseClause) {
                continue;
            }
            if !fails.is_empty() {
                self.open_narrowing(&fails);
                opened += 1;
                fails.clear();
            }
            let condition = self.field(child, self.grammar.condition);
            // `elif found := ...` binds on the way to every later branch.
            apart &= condition.is_none_or(|condition| !self.text(condition).contains(":="));
            let hidden = apart && self.hide_bound_since(before);
            if kind == Kind::ElseClause {
                self.visit_children(child);
            } else if let Some(condition) = condition {
                self.expression(condition);
                let holds = self.narrowings(condition, true);
                self.narrowed_block(self.field(child, self.grammar.consequence), &holds);
                fails = self.narrowings(condition, false);
            }
            if hidden {
                self.close_narrowing();
            }
        }
        for _ in 0..opened {
            self.close_narrowing();
        }
    }

    /// Whether what one branch of an `if` binds can never be seen by another: inside a function, and
    /// in no loop that comes back.
    fn branches_are_apart(&self, node: Node<'t>) -> bool {
        if self.frame().kind != FrameKind::Function {
            return false;
        }
        let mut at = node.parent();
        while let Some(around) = at {
            match around.kind() {
                "for_statement" | "while_statement" => return false,
                "function_definition" | "lambda" => break,
                _ => at = around.parent(),
            }
        }
        true
    }

    /// Opens a block in which the names that the function was given since `before` have the values
    /// that they had then; `false` when there are none.
    fn hide_bound_since(&mut self, before: usize) -> bool {
        let frame = self.frame();
        let (scope, definition) = (frame.scope, frame.definition);
        let start = definition.map_or(0, |id| self.out.get(id).span.start);
        let Some(names) = self.out.names_bound_since(scope, before, MAX_OPEN) else { return false };
        let Some(bound) = self.out.bound_between(scope, &names, start, before) else {
            return false;
        };
        let copied = (names.len() + bound.len()) as u32;
        if names.is_empty() || self.hidden + copied > MAX_HIDDEN {
            return false;
        }
        self.hidden += copied;
        let block = self.out.open_scope(ScopeKind::Block, None);
        for (name, at, value) in bound {
            self.out.bind(block, name, at, value);
        }
        self.narrowed.extend(names.into_iter().map(|name| (block, name)));
        true
    }

    /// Marks what is defined from here on as standing in for something that is missing, when it
    /// does; gives the flags before.
    fn elsewhere_if(&mut self, elsewhere: bool) -> DefinitionFlags {
        let before = self.out.set_ambient(DefinitionFlags::empty());
        let flags = if elsewhere { before | DefinitionFlags::ELSEWHERE } else { before };
        self.out.set_ambient(flags);
        before
    }

    fn while_statement(&mut self, node: Node<'t>) {
        if let Some(condition) = self.field(node, self.grammar.condition) {
            self.expression(condition);
            let holds = self.narrowings(condition, true);
            self.narrowed_block(self.field(node, self.grammar.body), &holds);
        }
        if let Some(otherwise) = self.field(node, self.grammar.alternative) {
            self.statement(otherwise);
        }
    }

    fn narrowed_block(&mut self, block: Option<Node<'t>>, known: &[Narrowing<'s>]) {
        let Some(block) = block else { return };
        if known.is_empty() {
            self.statement(block);
        } else {
            self.open_narrowing(known);
            self.statement(block);
            self.close_narrowing();
        }
    }

    /// What holds after a statement: an `assert`, or an `if` whose branch does not come back.
    fn known_after(&mut self, node: Node<'t>) -> SmallVec<[Narrowing<'s>; 1]> {
        match self.kind(node) {
            Kind::AssertStatement => match self.first_child(node) {
                Some(condition) => self.narrowings(condition, true),
                None => SmallVec::new(),
            },
            Kind::IfStatement => {
                let grammar = self.grammar;
                let (Some(condition), Some(branch), None) = (
                    self.field(node, grammar.condition),
                    self.field(node, grammar.consequence),
                    self.field(node, grammar.alternative),
                ) else {
                    return SmallVec::new();
                };
                let known = self.narrowings(condition, false);
                if !known.is_empty() && self.leaves(branch) {
                    return known;
                }
                SmallVec::new()
            }
            _ => SmallVec::new(),
        }
    }

    /// Whether a block ends by leaving the function or the loop.
    fn leaves(&mut self, block: Node<'t>) -> bool {
        self.children(block).last().is_some_and(|last| {
            matches!(
                self.kind(*last),
                Kind::ReturnStatement
                    | Kind::RaiseStatement
                    | Kind::ContinueStatement
                    | Kind::BreakStatement
            )
        })
    }

    // ---- statements that bind --------------------------------------------------------------------

    fn with_statement(&mut self, node: Node<'t>) {
        for child in self.children(node) {
            // `with_clause` holds `with_item`s, each with one value.
            if self.kind(child) == Kind::Other {
                for item in self.children(child) {
                    let value = self.field(item, self.grammar.value).unwrap_or(item);
                    self.with_item(value);
                }
            }
        }
        if let Some(body) = self.field(node, self.grammar.body) {
            self.statement(body);
        }
    }

    fn with_item(&mut self, value: Node<'t>) {
        if !self.out.enter(value) {
            return;
        }
        match self.kind(value) {
            Kind::AsPattern => {
                let context = match self.first_child(value) {
                    Some(context) => self.expression(context),
                    None => ExpressionId::UNKNOWN,
                };
                let entered = if context == ExpressionId::UNKNOWN {
                    context
                } else {
                    self.out.expression(Expression::Entered(context))
                };
                if let Some(target) = self.field(value, self.grammar.alias) {
                    self.bind_target(target, entered, Place::Frame, false);
                }
            }
            // `with (open(a) as b, c):` is read as one tuple by the grammar at times.
            Kind::Tuple | Kind::ParenthesizedExpression => {
                for item in self.children(value) {
                    self.with_item(item);
                }
            }
            _ => {
                self.expression(value);
            }
        }
        self.out.leave();
    }

    fn except_clause(&mut self, node: Node<'t>) {
        let head = self.out.text(node).lines().next().unwrap_or("");
        let missing = ["ImportError", "ModuleNotFoundError"].iter().any(|name| head.contains(name));
        let before = self.elsewhere_if(missing);
        self.except_clause_parts(node);
        self.out.set_ambient(before);
    }

    fn except_clause_parts(&mut self, node: Node<'t>) {
        let alias = self.field(node, self.grammar.alias);
        let mut caught: SmallVec<[ExpressionId; 4]> = SmallVec::new();
        let mut target = alias;
        for child in self.children(node) {
            match self.kind(child) {
                Kind::Block => {
                    if let Some(target) = target {
                        let class = self.out.either(&caught);
                        let value = self.instance_of(class);
                        self.bind_target(target, value, Place::Frame, false);
                    }
                    self.statement(child);
                }
                Kind::AsPattern => {
                    if let Some(class) = self.first_child(child) {
                        self.exception_classes(class, &mut caught);
                    }
                    target = self.field(child, self.grammar.alias);
                }
                _ if alias == Some(child) => {}
                _ => self.exception_classes(child, &mut caught),
            }
        }
    }

    fn exception_classes(&mut self, node: Node<'t>, caught: &mut SmallVec<[ExpressionId; 4]>) {
        match self.kind(node) {
            Kind::Tuple | Kind::ParenthesizedExpression if self.out.enter(node) => {
                for child in self.children(node) {
                    self.exception_classes(child, caught);
                }
                self.out.leave();
            }
            _ => {
                let class = self.expression(node);
                if class != ExpressionId::UNKNOWN {
                    caught.push(class);
                }
            }
        }
    }

    /// An instance of a class that is named by an expression.
    pub(super) fn instance_of(&mut self, class: ExpressionId) -> ExpressionId {
        if class == ExpressionId::UNKNOWN {
            return class;
        }
        self.out.expression(Expression::InstanceOf(class))
    }

    fn return_statement(&mut self, node: Node<'t>) {
        let Some(child) = self.first_child(node) else { return };
        let value = self.expression(child);
        let Some(function) = self.enclosing_function() else { return };
        if !self.out.get(function).flags.contains(DefinitionFlags::GENERATOR) {
            self.out.returns(function, value);
        }
    }

    /// `raise Failure` makes an instance as `raise Failure()` does.
    fn raise_statement(&mut self, node: Node<'t>) {
        for (index, child) in self.children(node).into_iter().enumerate() {
            let name = match self.kind(child) {
                Kind::Identifier => Some(child),
                Kind::Attribute => self.field(child, self.grammar.attribute),
                _ => None,
            };
            let class = name.is_some_and(|name| {
                let text = self.text(name);
                // Only exceptions can be raised: a capital letter is enough to tell a class.
                text.starts_with(char::is_uppercase) && !self.is_local(text)
            });
            if index == 0 && class && self.out.enter(child) {
                let (callee, name, span) = self.callee(child);
                let call = self.out.call(callee, &[]);
                self.out.call_reference(name, span, call, ReferenceFlags::empty());
                self.out.leave();
            } else {
                self.expression(child);
            }
        }
    }

    /// The function whose body is being walked.
    pub(super) fn enclosing_function(&self) -> Option<qf_graph::facts::DefinitionId> {
        let frame = self.frame();
        if frame.kind == FrameKind::Function { frame.definition } else { None }
    }

    /// `yield`: the function gives an iterable of what it yields.
    pub(super) fn yield_expression(&mut self, node: Node<'t>) -> ExpressionId {
        let from = node.child(1).is_some_and(|child| self.text(child) == "from");
        let mut value = ExpressionId::UNKNOWN;
        for child in self.children(node) {
            value = self.expression(child);
        }
        if let Some(function) = self.enclosing_function() {
            let definition = self.out.get_mut(function);
            if !definition.flags.contains(DefinitionFlags::GENERATOR) {
                definition.flags |= DefinitionFlags::GENERATOR;
                definition.returns.clear();
            }
            if from {
                self.out.returns(function, value);
            } else if value != ExpressionId::UNKNOWN {
                let list = self.out.collection(CollectionKind::List, &[value]);
                self.out.returns(function, list);
            }
        }
        // What the caller sends in.
        ExpressionId::UNKNOWN
    }

    fn delete_statement(&mut self, node: Node<'t>) {
        for child in self.children(node) {
            self.delete(child);
        }
    }

    fn delete(&mut self, node: Node<'t>) {
        if !self.out.enter(node) {
            return;
        }
        match self.kind(node) {
            Kind::ExpressionList | Kind::Tuple | Kind::ParenthesizedExpression | Kind::List => {
                for child in self.children(node) {
                    self.delete(child);
                }
            }
            Kind::Attribute | Kind::Subscript => {
                self.assign_member(node, None, ReferenceFlags::DELETE);
            }
            Kind::Identifier => {
                let name = self.text(node);
                if !self.is_local(name) {
                    let expression = self.name_expression(name);
                    let flags = ReferenceFlags::DELETE;
                    self.out.write_reference(name, Self::span(node), expression, None, flags);
                }
            }
            _ => {
                self.expression(node);
            }
        }
        self.out.leave();
    }

    fn outer_names(&mut self, node: Node<'t>, global: bool) {
        for child in self.children(node) {
            let name = self.text(child);
            self.frame_mut().outer.push((name, global));
        }
    }

    // ---- match -----------------------------------------------------------------------------------

    fn match_statement(&mut self, node: Node<'t>) {
        let mut subjects: SmallVec<[(Node<'t>, ExpressionId); 2]> = SmallVec::new();
        let mut body = None;
        for child in self.children(node) {
            if self.kind(child) == Kind::Block {
                body = Some(child);
            } else {
                let value = self.expression(child);
                subjects.push((child, value));
            }
        }
        let value = match subjects.as_slice() {
            [(_, one)] => *one,
            many => {
                let items: Vec<_> = many.iter().map(|(_, value)| *value).collect();
                self.out.collection(CollectionKind::Tuple, &items)
            }
        };
        let name = match subjects.as_slice() {
            [(node, _)] if self.kind(*node) == Kind::Identifier => Some(self.text(*node)),
            _ => None,
        };
        let Some(body) = body else { return };
        for clause in self.children(body) {
            if self.kind(clause) == Kind::CaseClause {
                self.case_clause(clause, name, value);
            } else {
                self.statement(clause);
            }
        }
    }

    fn case_clause(&mut self, node: Node<'t>, subject: Option<&'s str>, value: ExpressionId) {
        let scope = self.out.open_scope(ScopeKind::Block, None);
        let consequence = self.field(node, self.grammar.consequence);
        let guard = self.field(node, self.grammar.guard);
        for child in self.children(node) {
            if Some(child) == consequence || Some(child) == guard {
                continue;
            }
            let class = self.pattern(child, value);
            if let (Some(name), true) = (subject, class != ExpressionId::UNKNOWN) {
                let instance = self.instance_of(class);
                let at = child.start_byte() as u32;
                self.out.bind(scope, name, at, BindingValue::Value(instance));
                self.narrowed.push((scope, name));
            }
        }
        if let Some(guard) = guard {
            self.visit_children(guard);
        }
        if let Some(consequence) = consequence {
            self.statement(consequence);
        }
        while self.narrowed.last().is_some_and(|(narrowed, _)| *narrowed == scope) {
            self.narrowed.pop();
        }
        self.out.close_scope();
    }

    /// Binds what a pattern captures; yields the class that it asks for, if it asks for one.
    fn pattern(&mut self, node: Node<'t>, value: ExpressionId) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let class = self.pattern_kind(node, value);
        self.out.leave();
        class
    }

    fn pattern_kind(&mut self, node: Node<'t>, value: ExpressionId) -> ExpressionId {
        let children = self.children(node);
        match self.kind(node) {
            Kind::CasePattern => {
                return children.first().map_or(ExpressionId::UNKNOWN, |c| self.pattern(*c, value));
            }
            Kind::AsPattern => {
                if let [inner, .., alias] = children.as_slice() {
                    let class = self.pattern(*inner, value);
                    let captured = match class {
                        ExpressionId::UNKNOWN => value,
                        class => self.instance_of(class),
                    };
                    self.bind_target(*alias, captured, Place::Frame, false);
                    return class;
                }
            }
            Kind::DottedName => match children.as_slice() {
                [name] => self.bind_target(*name, value, Place::Frame, false),
                _ => {
                    self.dotted_name(node, true);
                }
            },
            Kind::ClassPattern => return self.class_pattern(&children),
            Kind::UnionPattern => {
                let mut classes = Vec::new();
                for child in children {
                    classes.push(self.pattern(child, value));
                }
                if !classes.contains(&ExpressionId::UNKNOWN) {
                    return self.out.either(&classes);
                }
            }
            Kind::ListPattern | Kind::TuplePattern => {
                for (index, child) in children.iter().enumerate() {
                    let index = index.min(u16::MAX as usize) as u16;
                    let part = self.part(value, index);
                    self.pattern(*child, part);
                }
            }
            Kind::DictPattern => self.dict_pattern(&children, value),
            Kind::SplatPattern => {
                if let Some(name) = children.first() {
                    self.bind_target(*name, ExpressionId::UNKNOWN, Place::Frame, false);
                }
            }
            _ => {}
        }
        ExpressionId::UNKNOWN
    }

    fn class_pattern(&mut self, children: &[Node<'t>]) -> ExpressionId {
        let Some((name, patterns)) = children.split_first() else { return ExpressionId::UNKNOWN };
        let class = self.dotted_name(*name, true);
        let instance = self.instance_of(class);
        for pattern in patterns {
            let inner = self.first_child(*pattern).unwrap_or(*pattern);
            if self.kind(inner) == Kind::KeywordPattern {
                if let [key, nested, ..] = self.children(inner).as_slice() {
                    let field = self.text(*key);
                    let member = self.out.member(instance, field);
                    self.out.read_reference(field, Self::span(*key), member);
                    self.pattern(*nested, member);
                }
            } else if patterns.len() == 1 && super::builtins::is_value_type(self.text(*name)) {
                // `case str(text):` captures the subject itself.
                self.pattern(*pattern, instance);
            } else {
                self.pattern(*pattern, ExpressionId::UNKNOWN);
            }
        }
        class
    }

    fn dict_pattern(&mut self, children: &[Node<'t>], value: ExpressionId) {
        let mut at = 0;
        while let Some(child) = children.get(at) {
            match (self.kind(*child), children.get(at + 1)) {
                (Kind::SplatPattern, _) | (_, None) => {
                    self.pattern(*child, ExpressionId::UNKNOWN);
                    at += 1;
                }
                (kind, Some(pattern)) => {
                    let key = if kind == Kind::String {
                        self.expression(*child)
                    } else {
                        ExpressionId::UNKNOWN
                    };
                    let item = self.index(value, key);
                    self.pattern(*pattern, item);
                    at += 2;
                }
            }
        }
    }

    /// A dotted name of a pattern as nested members; `read` adds its reference.
    fn dotted_name(&mut self, node: Node<'t>, read: bool) -> ExpressionId {
        let mut expression = ExpressionId::UNKNOWN;
        let mut last = node;
        for (index, part) in self.children(node).into_iter().enumerate() {
            let name = self.text(part);
            expression = if index == 0 {
                self.name_expression(name)
            } else {
                self.out.member(expression, name)
            };
            last = part;
        }
        if read && expression != ExpressionId::UNKNOWN {
            self.out.read_reference(self.text(last), Self::span(last), expression);
        }
        expression
    }
}
