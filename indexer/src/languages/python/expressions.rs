//! Expressions that are no calls.

use super::assignments::Place;
use super::kinds::Kind;
use super::walk::Walker;
use qf_graph::facts::{CollectionKind, Expression, ExpressionId};
use smallvec::SmallVec;
use tree_sitter::Node;

/// Literals with more items than this are data: their further items are walked but not kept.
const MAX_ITEMS: usize = 128;

impl<'t> Walker<'_, '_, 't> {
    /// Lowers an expression and adds the references in it.
    pub(super) fn expression(&mut self, node: Node<'t>) -> ExpressionId {
        let value = match self.kind(node) {
            Kind::Identifier => return self.read_name(node),
            Kind::Integer => return self.constants.integer,
            Kind::Float => return self.constants.float,
            Kind::True | Kind::False => return self.constants.boolean,
            Kind::None => return self.constants.none,
            Kind::Ellipsis | Kind::Token | Kind::Comment => return ExpressionId::UNKNOWN,
            _ if !self.out.enter(node) => return ExpressionId::UNKNOWN,
            Kind::String => self.string_literal(node),
            Kind::ConcatenatedString => self.concatenated(node),
            Kind::Attribute => self.read_attribute(node),
            Kind::Call => self.call(node),
            Kind::Subscript => self.subscript(node),
            Kind::BinaryOperator => self.binary(node),
            Kind::BooleanOperator => self.boolean(node),
            Kind::NotOperator | Kind::ComparisonOperator => {
                self.visit_children(node);
                self.constants.boolean
            }
            Kind::UnaryOperator => self.unary(node),
            Kind::ConditionalExpression => self.conditional(node),
            Kind::NamedExpression => self.named_expression(node),
            Kind::Lambda => self.lambda(node),
            Kind::Await => {
                let inner = self.only_child(node);
                self.wrap(inner, Expression::Await)
            }
            Kind::Yield => self.yield_expression(node),
            Kind::List => self.collection_literal(node, CollectionKind::List),
            Kind::Tuple | Kind::ExpressionList | Kind::PatternList => {
                self.collection_literal(node, CollectionKind::Tuple)
            }
            Kind::Set => self.collection_literal(node, CollectionKind::Set),
            Kind::Dictionary => self.dictionary(node),
            Kind::ListComprehension
            | Kind::SetComprehension
            | Kind::DictionaryComprehension
            | Kind::GeneratorExpression => self.comprehension(node),
            Kind::ParenthesizedExpression | Kind::Type | Kind::AsPatternTarget => {
                self.only_child(node)
            }
            Kind::ListSplat | Kind::ListSplatPattern | Kind::ParenthesizedListSplat => {
                let inner = self.only_child(node);
                self.element(inner)
            }
            Kind::Assignment => self.assignment(node),
            Kind::AugmentedAssignment => self.augmented_assignment(node),
            Kind::KeywordArgument => {
                if let Some(value) = self.field(node, self.grammar.value) {
                    self.expression(value);
                }
                ExpressionId::UNKNOWN
            }
            Kind::AsPattern => {
                self.as_pattern(node);
                ExpressionId::UNKNOWN
            }
            _ => {
                self.visit_children(node);
                ExpressionId::UNKNOWN
            }
        };
        self.out.leave();
        value
    }

    fn only_child(&mut self, node: Node<'t>) -> ExpressionId {
        match self.first_child(node) {
            Some(child) => self.expression(child),
            None => ExpressionId::UNKNOWN,
        }
    }

    fn wrap(
        &mut self,
        inner: ExpressionId,
        wrapped: fn(ExpressionId) -> Expression,
    ) -> ExpressionId {
        if inner == ExpressionId::UNKNOWN {
            return inner;
        }
        self.out.expression(wrapped(inner))
    }

    // ---- names and members -----------------------------------------------------------------------

    fn read_name(&mut self, node: Node<'t>) -> ExpressionId {
        let name = self.text(node);
        let expression = self.name_expression(name);
        // The builder drops reads of locals in the end; those known already need not be made.
        if !self.is_local(name) {
            self.out.read_reference(name, Self::span(node), expression);
        }
        expression
    }

    fn read_attribute(&mut self, node: Node<'t>) -> ExpressionId {
        let grammar = self.grammar;
        let (Some(object), Some(name)) =
            (self.field(node, grammar.object), self.field(node, grammar.attribute))
        else {
            self.visit_children(node);
            return ExpressionId::UNKNOWN;
        };
        let text = self.text(name);
        let base = self.expression(object);
        let member = if text == "__class__" {
            self.class_of(object).unwrap_or_else(|| self.out.member(base, text))
        } else {
            self.out.member(base, text)
        };
        self.out.read_reference(text, Self::span(name), member);
        member
    }

    /// The class of the receiver (`self.__class__`, `type(self)`).
    pub(super) fn class_of(&mut self, object: Node<'t>) -> Option<ExpressionId> {
        let receiver = self.kind(object) == Kind::Identifier
            && self.receiver_class(self.text(object)).is_some();
        receiver.then(|| {
            let scope = self.out.scope();
            self.out.expression(Expression::SelfType(scope))
        })
    }

    /// `base[index]`, unless nothing is known of the base.
    pub(super) fn index(&mut self, base: ExpressionId, index: ExpressionId) -> ExpressionId {
        if base == ExpressionId::UNKNOWN {
            return base;
        }
        self.out.expression(Expression::Index { base, index })
    }

    fn subscript(&mut self, node: Node<'t>) -> ExpressionId {
        let Some(value) = self.field(node, self.grammar.value) else {
            self.visit_children(node);
            return ExpressionId::UNKNOWN;
        };
        let base = self.expression(value);
        let mut indices: SmallVec<[(Node<'t>, ExpressionId); 2]> = SmallVec::new();
        for child in self.children(node) {
            if child == value {
                continue;
            }
            if self.kind(child) == Kind::Slice {
                self.visit_children(child);
                // A slice has the shape of what it is cut from.
                return match self.out.peek(base) {
                    Expression::Text(_) | Expression::Concat(_) => self.constants.string,
                    _ => base,
                };
            }
            let index = self.expression(child);
            indices.push((child, index));
        }
        match indices.as_slice() {
            [(child, index)] => self.index_with(value, base, *child, *index),
            _ => self.index(base, ExpressionId::UNKNOWN),
        }
    }

    /// A constant number takes one position out of a list or tuple, but is a key of a dictionary.
    fn index_with(
        &mut self,
        value: Node<'t>,
        base: ExpressionId,
        child: Node<'t>,
        index: ExpressionId,
    ) -> ExpressionId {
        if self.kind(child) != Kind::Integer {
            return self.index(base, index);
        }
        let text = self.text(child);
        let literal = match self.out.peek(base) {
            Expression::Collection { kind, .. } => Some(kind),
            _ if self.kind(value) == Kind::Identifier => {
                self.collection_of(self.text(value)).map(|(_, kind)| kind)
            }
            _ => None,
        };
        if literal == Some(CollectionKind::Map) {
            let key = self.number_key(text);
            return self.index(base, key);
        }
        match text.parse::<u16>() {
            Ok(position) => self.part(base, position),
            Err(_) => self.index(base, index),
        }
    }

    /// The key in a subscript that is stored into.
    pub(super) fn subscript_key(&mut self, node: Node<'t>) -> ExpressionId {
        match self.kind(node) {
            Kind::Integer => {
                let text = self.text(node);
                self.number_key(text)
            }
            _ => self.expression(node),
        }
    }

    /// A number as a dictionary's key; `1` and `"1"` are different keys.
    fn number_key(&mut self, text: &str) -> ExpressionId {
        let name = self.out.name(&format!("#{text}"));
        self.out.expression(Expression::Text(name))
    }

    // ---- operators -------------------------------------------------------------------------------

    /// Long sums nest to the left as deep as they are long: their operands are walked in a loop.
    fn binary(&mut self, node: Node<'t>) -> ExpressionId {
        let grammar = self.grammar;
        let mut chain: SmallVec<[Node<'t>; 8]> = SmallVec::new();
        let mut at = node;
        loop {
            chain.push(at);
            match self.field(at, grammar.left) {
                Some(left) if self.kind(left) == Kind::BinaryOperator => at = left,
                _ => break,
            }
        }
        let mut value = match self.field(at, grammar.left) {
            Some(left) => self.expression(left),
            None => ExpressionId::UNKNOWN,
        };
        let mut texts: SmallVec<[ExpressionId; 8]> = SmallVec::new();
        while let Some(operation) = chain.pop() {
            let operator = self.field(operation, grammar.operator).map_or("", |o| self.text(o));
            let right = match self.field(operation, grammar.right) {
                Some(right) => self.expression(right),
                None => ExpressionId::UNKNOWN,
            };
            let text = self.is_text(value) || (operator == "+" && self.is_text(right));
            if operator == "+" && (text || !texts.is_empty()) {
                if texts.is_empty() {
                    texts.push(value);
                }
                texts.push(right);
                value = self.constants.string;
                continue;
            }
            value = self.joined(value, &mut texts, operation);
            value = self.operation(value, operator, right, operation);
        }
        self.joined(value, &mut texts, node)
    }

    /// Ends a run of `+` between strings.
    fn joined(
        &mut self,
        value: ExpressionId,
        texts: &mut SmallVec<[ExpressionId; 8]>,
        node: Node<'t>,
    ) -> ExpressionId {
        if texts.is_empty() {
            return value;
        }
        let concat = self.out.concat(texts, Self::span(node));
        texts.clear();
        concat
    }

    fn is_text(&self, value: ExpressionId) -> bool {
        value == self.constants.string
            || matches!(self.out.peek(value), Expression::Text(_) | Expression::Concat(_))
    }

    /// The value of an arithmetic operation: what the left operand's operator method gives.
    fn operation(
        &mut self,
        left: ExpressionId,
        operator: &str,
        right: ExpressionId,
        node: Node<'t>,
    ) -> ExpressionId {
        if operator == "%" {
            if let Expression::Text(name) = self.out.peek(left) {
                let text = self.out.name_text(name).to_owned();
                return self.percent_format(&text, right, node);
            }
            if self.is_text(left) {
                return self.constants.string;
            }
        }
        let number = |value| value == self.constants.integer || value == self.constants.float;
        if number(left) && number(right) {
            let float =
                operator == "/" || left == self.constants.float || right == self.constants.float;
            return if float { self.constants.float } else { self.constants.integer };
        }
        if operator == "+" && matches!(self.out.peek(left), Expression::Collection { .. }) {
            return self.out.either(&[left, right]);
        }
        // Numbers on one side only: arithmetic on something unknown.
        if left == ExpressionId::UNKNOWN || number(left) || number(right) {
            return ExpressionId::UNKNOWN;
        }
        let method = match operator {
            "+" => "__add__",
            "-" => "__sub__",
            "*" => "__mul__",
            "/" => "__truediv__",
            "//" => "__floordiv__",
            "%" => "__mod__",
            "@" => "__matmul__",
            "|" => "__or__",
            "&" => "__and__",
            "^" => "__xor__",
            "<<" => "__lshift__",
            ">>" => "__rshift__",
            _ => return ExpressionId::UNKNOWN,
        };
        let callee = self.out.member(left, method);
        self.out.call(callee, &[right])
    }

    fn unary(&mut self, node: Node<'t>) -> ExpressionId {
        let value = match self.field(node, self.grammar.argument) {
            Some(argument) => self.expression(argument),
            None => ExpressionId::UNKNOWN,
        };
        if value == self.constants.integer || value == self.constants.float {
            return value;
        }
        ExpressionId::UNKNOWN
    }

    fn boolean(&mut self, node: Node<'t>) -> ExpressionId {
        let grammar = self.grammar;
        let (Some(left), Some(right)) =
            (self.field(node, grammar.left), self.field(node, grammar.right))
        else {
            self.visit_children(node);
            return ExpressionId::UNKNOWN;
        };
        let and = self.field(node, grammar.operator).is_some_and(|o| self.text(o) == "and");
        let first = self.expression(left);
        // `a and b` evaluates `b` only where `a` holds, `a or b` only where it does not.
        let known = self.narrowings(left, and);
        if !known.is_empty() {
            self.open_narrowing(&known);
        }
        let second = self.expression(right);
        if !known.is_empty() {
            self.close_narrowing();
        }
        if and {
            return second;
        }
        let first = if first == self.constants.none { ExpressionId::UNKNOWN } else { first };
        self.out.either(&[first, second])
    }

    fn conditional(&mut self, node: Node<'t>) -> ExpressionId {
        let children = self.children(node);
        let [value, condition, otherwise] = children.as_slice() else {
            self.visit_children(node);
            return ExpressionId::UNKNOWN;
        };
        let (value, condition, otherwise) = (*value, *condition, *otherwise);
        self.expression(condition);
        let first = self.under(condition, true, value);
        let second = self.under(condition, false, otherwise);
        let none = self.constants.none;
        if first == none || second == none {
            return if first == none { second } else { first };
        }
        self.out.either(&[first, second])
    }

    /// Lowers an expression that is evaluated only when a condition holds, or fails.
    fn under(&mut self, condition: Node<'t>, holds: bool, node: Node<'t>) -> ExpressionId {
        let known = self.narrowings(condition, holds);
        if known.is_empty() {
            return self.expression(node);
        }
        self.open_narrowing(&known);
        let value = self.expression(node);
        self.close_narrowing();
        value
    }

    fn named_expression(&mut self, node: Node<'t>) -> ExpressionId {
        let grammar = self.grammar;
        let value = match self.field(node, grammar.value) {
            Some(value) => self.expression(value),
            None => ExpressionId::UNKNOWN,
        };
        if let Some(name) = self.field(node, grammar.name) {
            self.bind_target(name, value, Place::Frame, false);
        }
        value
    }

    /// `value as name` outside `with` and `except` (broken or new syntax).
    fn as_pattern(&mut self, node: Node<'t>) {
        let value = match self.first_child(node) {
            Some(child) => self.expression(child),
            None => ExpressionId::UNKNOWN,
        };
        if let Some(target) = self.field(node, self.grammar.alias) {
            self.bind_target(target, value, Place::Frame, false);
        }
    }

    // ---- literals --------------------------------------------------------------------------------

    fn collection_literal(&mut self, node: Node<'t>, kind: CollectionKind) -> ExpressionId {
        let mut items: SmallVec<[ExpressionId; 8]> = SmallVec::new();
        for child in self.children(node) {
            let item = self.expression(child);
            if items.len() < MAX_ITEMS {
                items.push(item);
            }
        }
        self.out.collection(kind, &items)
    }

    fn dictionary(&mut self, node: Node<'t>) -> ExpressionId {
        let grammar = self.grammar;
        let mut items: SmallVec<[ExpressionId; 16]> = SmallVec::new();
        let mut spread: SmallVec<[ExpressionId; 2]> = SmallVec::new();
        for child in self.children(node) {
            if self.kind(child) != Kind::Pair {
                // `**other`
                if let Some(inner) = self.first_child(child) {
                    spread.push(self.expression(inner));
                }
                continue;
            }
            let (Some(key_node), Some(value)) =
                (self.field(child, grammar.key), self.field(child, grammar.value))
            else {
                self.visit_children(child);
                continue;
            };
            let key = self.subscript_key(key_node);
            let value = self.expression(value);
            if items.len() < 2 * MAX_ITEMS {
                items.push(key);
                items.push(value);
            }
        }
        let map = self.out.collection(CollectionKind::Map, &items);
        if spread.is_empty() {
            return map;
        }
        spread.push(map);
        self.out.either(&spread)
    }
}
