//! Loops and comprehensions: what one turn of an iteration gives.

use super::assignments::Place;
use super::kinds::Kind;
use super::walk::Walker;
use qf_graph::facts::{CollectionKind, Expression, ExpressionId, ScopeKind};
use smallvec::SmallVec;
use tree_sitter::Node;

/// What one turn gives.
enum Turn {
    /// One value.
    One(ExpressionId),
    /// Values by position: `enumerate`, `zip`, `dict.items`.
    Many(SmallVec<[ExpressionId; 2]>),
}

impl<'t> Walker<'_, '_, 't> {
    pub(super) fn for_statement(&mut self, node: Node<'t>) {
        let grammar = self.grammar;
        if let (Some(left), Some(right)) =
            (self.field(node, grammar.left), self.field(node, grammar.right))
        {
            let iterable = self.expression(right);
            let turn = self.turn_of(iterable);
            self.bind_turn(left, turn, Place::Frame);
        }
        if let Some(body) = self.field(node, grammar.body) {
            self.statement(body);
        }
        if let Some(otherwise) = self.field(node, grammar.alternative) {
            self.statement(otherwise);
        }
    }

    /// A comprehension: its variables live in a scope of their own.
    pub(super) fn comprehension(&mut self, node: Node<'t>) -> ExpressionId {
        let body = self.field(node, self.grammar.body);
        let children = self.children(node);
        // The first iterable is evaluated outside.
        let first = children.iter().copied().find(|c| self.kind(*c) == Kind::ForInClause);
        let mut outer = first.map(|clause| self.iterable(clause));
        let scope = self.out.open_scope(ScopeKind::Block, None);
        let mut opened = 0;
        for child in children {
            match self.kind(child) {
                Kind::ForInClause => {
                    let turn = match outer.take() {
                        Some(turn) => turn,
                        None => self.iterable(child),
                    };
                    if let Some(left) = self.field(child, self.grammar.left) {
                        self.bind_turn(left, turn, Place::Scope(scope));
                    }
                }
                Kind::IfClause => {
                    if let Some(condition) = self.first_child(child) {
                        self.expression(condition);
                        let known = self.narrowings(condition, true);
                        if !known.is_empty() {
                            self.open_narrowing(&known);
                            opened += 1;
                        }
                    }
                }
                _ => {}
            }
        }
        let mut items: SmallVec<[ExpressionId; 2]> = SmallVec::new();
        if let Some(body) = body {
            if self.kind(body) == Kind::Pair {
                for part in self.children(body) {
                    items.push(self.expression(part));
                }
            } else {
                items.push(self.expression(body));
            }
        }
        for _ in 0..opened {
            self.close_narrowing();
        }
        self.out.close_scope();
        let kind = match self.kind(node) {
            Kind::DictionaryComprehension => CollectionKind::Map,
            Kind::SetComprehension => CollectionKind::Set,
            _ => CollectionKind::List,
        };
        self.out.collection(kind, &items)
    }

    fn iterable(&mut self, clause: Node<'t>) -> Turn {
        match self.field(clause, self.grammar.right) {
            Some(right) => {
                let iterable = self.expression(right);
                self.turn_of(iterable)
            }
            None => Turn::One(ExpressionId::UNKNOWN),
        }
    }

    fn bind_turn(&mut self, left: Node<'t>, turn: Turn, place: Place) {
        match turn {
            Turn::One(value) => self.bind_target(left, value, place, false),
            Turn::Many(values) => {
                if matches!(
                    self.kind(left),
                    Kind::PatternList | Kind::TuplePattern | Kind::ListPattern
                ) {
                    for (index, target) in self.children(left).into_iter().enumerate() {
                        let value = values.get(index).copied().unwrap_or(ExpressionId::UNKNOWN);
                        self.bind_target(target, value, place, false);
                    }
                } else {
                    let tuple = self.out.collection(CollectionKind::Tuple, &values);
                    self.bind_target(left, tuple, place, false);
                }
            }
        }
    }

    /// One element of iterating over a value.
    pub(super) fn element(&mut self, iterable: ExpressionId) -> ExpressionId {
        if iterable == ExpressionId::UNKNOWN {
            return iterable;
        }
        self.out.expression(Expression::Element(iterable))
    }

    /// What iterating over `iterable` (the value of `node`) gives. The built-in helpers around an
    /// iterable are looked through here, because the type of their result would lose the elements.
    fn turn_of(&mut self, iterable: ExpressionId) -> Turn {
        if let Expression::Call { callee, .. } = self.out.peek(iterable) {
            // The call was lowered a moment ago; its arguments are still at hand.
            let arguments = match &self.last_call {
                (call, known) if *call == iterable => known.clone(),
                _ => SmallVec::new(),
            };
            match self.out.peek(callee) {
                Expression::Name { name, .. } => {
                    let function = self.out.name_text(name).to_owned();
                    if !self.is_bound_here(&function)
                        && let Some(turn) = self.turn_of_function(&function, &arguments)
                    {
                        return turn;
                    }
                }
                Expression::Member { base, name }
                    if arguments.is_empty() && self.last_call.0 == iterable =>
                {
                    match self.out.name_text(name) {
                        "items" => {
                            let key = self.element(base);
                            let value = self.index(base, ExpressionId::UNKNOWN);
                            return Turn::Many(SmallVec::from_slice(&[key, value]));
                        }
                        "values" => return Turn::One(self.index(base, ExpressionId::UNKNOWN)),
                        "keys" => return Turn::One(self.element(base)),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Turn::One(self.element(iterable))
    }

    fn turn_of_function(&mut self, function: &str, arguments: &[ExpressionId]) -> Option<Turn> {
        let first = arguments.first().copied()?;
        Some(match function {
            "enumerate" => {
                let value = self.element(first);
                Turn::Many(SmallVec::from_slice(&[self.constants.integer, value]))
            }
            "zip" => {
                let mut values = SmallVec::new();
                for argument in arguments {
                    values.push(self.element(*argument));
                }
                Turn::Many(values)
            }
            "filter" => Turn::One(self.element(arguments.get(1).copied()?)),
            "range" => Turn::One(self.constants.integer),
            _ => return None,
        })
    }
}
