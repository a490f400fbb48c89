//! Calls, constructions, member accesses and their arguments.

use super::Walker;
use super::rules::{At, Rule};
use crate::extract::builder::range;
use qf_graph::facts::{ByteRange, Expression, ExpressionId, ReferenceFlags};
use tree_sitter::Node;

/// What a call calls.
#[derive(Debug, Clone, Copy)]
pub struct Callee<'s> {
    /// As an expression.
    pub expression: ExpressionId,
    /// Its last name; empty when it has none.
    pub name: &'s str,
    /// The name's bytes.
    pub span: ByteRange,
}

impl<'s> Walker<'_, 's> {
    /// Lowers what a call calls, without reading it.
    pub fn callee(&mut self, node: Node<'_>) -> Callee<'s> {
        if !self.out.enter(node) {
            return Self::nameless(ExpressionId::UNKNOWN, node);
        }
        let callee = self.callee_by_kind(node);
        self.out.leave();
        callee
    }

    fn callee_by_kind(&mut self, node: Node<'_>) -> Callee<'s> {
        match self.rule(node) {
            Rule::Name => {
                let name = self.name_of(node);
                let expression = self.out.name_expression(name);
                Callee { expression, name, span: range(node) }
            }
            Rule::Member(object, property) => {
                let Some(property) = property.find(node) else {
                    let expression = self.visit(node);
                    return Self::nameless(expression, node);
                };
                let Some(object) = object.find(node) else { return self.callee(property) };
                let base = self.visit(object);
                self.member_callee(base, property)
            }
            Rule::Applied(target, types) => {
                if let Some(types) = types.find(node) {
                    self.types_in(types);
                }
                match target.find(node) {
                    Some(target) => self.callee(target),
                    None => Self::nameless(ExpressionId::UNKNOWN, node),
                }
            }
            Rule::Transparent | Rule::Inner(_) if node.named_child_count() == 1 => {
                match node.named_child(0) {
                    Some(inner) => self.callee(inner),
                    None => Self::nameless(ExpressionId::UNKNOWN, node),
                }
            }
            Rule::Custom(_) => {
                let expression = self.visit(node);
                let named = matches!(
                    self.out.peek(expression),
                    Expression::Name { .. } | Expression::Member { .. } | Expression::Imported(_)
                );
                if !named {
                    return Self::nameless(expression, node);
                }
                let (name, span) = self.last_name_span(node);
                Callee { expression, name, span }
            }
            _ => {
                let expression = self.visit(node);
                Self::nameless(expression, node)
            }
        }
    }

    fn nameless(expression: ExpressionId, node: Node<'_>) -> Callee<'s> {
        Callee { expression, name: "", span: range(node) }
    }

    /// `base.property` as a callee; the property may carry type arguments or be qualified.
    pub fn member_callee(&mut self, base: ExpressionId, property: Node<'_>) -> Callee<'s> {
        if !self.out.enter(property) {
            return Self::nameless(base, property);
        }
        let callee = self.member_callee_inside(base, property);
        self.out.leave();
        callee
    }

    fn member_callee_inside(&mut self, base: ExpressionId, property: Node<'_>) -> Callee<'s> {
        match self.rule(property) {
            Rule::Applied(target, types) => {
                if let Some(types) = types.find(property) {
                    self.types_in(types);
                }
                match target.find(property) {
                    Some(target) => self.member_callee(base, target),
                    None => Self::nameless(base, property),
                }
            }
            Rule::Member(object, inner) => {
                let Some(inner) = inner.find(property) else {
                    return Self::nameless(base, property);
                };
                let base = match object.find(property) {
                    Some(object) => {
                        let text = self.last_name(object);
                        if base == ExpressionId::UNKNOWN {
                            self.out.name_expression(text)
                        } else {
                            self.out.member(base, text)
                        }
                    }
                    None => base,
                };
                self.member_callee(base, inner)
            }
            _ => {
                let name = self.name_of(property);
                let expression = self.out.member(base, name);
                Callee { expression, name, span: range(property) }
            }
        }
    }

    pub(super) fn call(&mut self, node: Node<'_>, callee: At, arguments: At) -> ExpressionId {
        let Some(target) = callee.find(node) else {
            self.children(node);
            return ExpressionId::UNKNOWN;
        };
        let list = arguments.find(node).filter(|list| *list != target);
        let callee = self.callee(target);
        self.finish_call(node, callee, Some(target), list, ReferenceFlags::empty())
    }

    /// Lowers arguments and trailing blocks, and notes the call.
    pub fn finish_call(
        &mut self,
        node: Node<'_>,
        callee: Callee<'s>,
        target: Option<Node<'_>>,
        list: Option<Node<'_>>,
        flags: ReferenceFlags,
    ) -> ExpressionId {
        let mut values = list.map(|list| self.arguments(list)).unwrap_or_default();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if Some(child) == list
                || Some(child) == target
                || target.is_some_and(|t| contains(t, child))
            {
                continue;
            }
            match self.rule(child) {
                Rule::Comment => {}
                _ if child.kind().starts_with("type_arg") => {
                    self.types_in(child);
                }
                _ => {
                    let value = self.visit(child);
                    // Without a list these are the arguments themselves: positions count.
                    if value != ExpressionId::UNKNOWN || list.is_none() {
                        values.push(value);
                    }
                }
            }
        }
        self.note_call(callee, &values, flags, target)
    }

    /// The first argument of a call.
    pub fn first_argument(&self, call: ExpressionId) -> ExpressionId {
        match self.out.peek(call) {
            Expression::Call { arguments, .. } | Expression::New { arguments, .. } => {
                self.out.item(arguments, 0)
            }
            _ => ExpressionId::UNKNOWN,
        }
    }

    /// Makes the call and its references.
    pub fn note_call(
        &mut self,
        callee: Callee<'s>,
        values: &[ExpressionId],
        flags: ReferenceFlags,
        target: Option<Node<'_>>,
    ) -> ExpressionId {
        let call = self.out.call(callee.expression, values);
        if !callee.name.is_empty() {
            self.out.call_reference(callee.name, callee.span, call, flags);
            if self.compiled.mutators.contains(callee.name) {
                let object = target.and_then(|target| self.object_of(target));
                if let (Some(object), Expression::Member { base, .. }) =
                    (object, self.out.peek(callee.expression))
                {
                    self.mutated(object, base);
                }
            }
        }
        call
    }

    /// The object of a member access, also one in parentheses or wrapper nodes.
    fn object_of<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        let mut at = node;
        for _ in 0..8 {
            match self.rule(at) {
                Rule::Member(object, _) => return object.find(at),
                Rule::Transparent | Rule::Inner(_) => at = self.meaningful(at)?,
                _ => return None,
            }
        }
        None
    }

    /// A mutating method was called on `object`: that is a write of the member it is.
    pub fn mutated(&mut self, object: Node<'_>, base: ExpressionId) {
        let (Expression::Name { name, .. } | Expression::Member { name, .. }) = self.out.peek(base)
        else {
            return;
        };
        let name = self.out.name_text(name).to_owned();
        let span = match self.rule(object) {
            Rule::Member(_, property) => property.find(object).map_or(range(object), range),
            _ => range(object),
        };
        self.out.write_reference(&name, span, base, None, ReferenceFlags::IN_PLACE);
    }

    /// A call whose receiver, method and arguments are parts of one node.
    pub fn method_call(
        &mut self,
        node: Node<'_>,
        receiver: At,
        method: At,
        arguments: At,
    ) -> ExpressionId {
        let Some(method) = method.find(node) else {
            self.children(node);
            return ExpressionId::UNKNOWN;
        };
        let receiver = receiver.find(node);
        let list = arguments.find(node);
        let callee = match receiver {
            Some(receiver) => {
                let base = self.visit(receiver);
                self.member_callee(base, method)
            }
            None => self.callee(method),
        };
        let mut values = list.map(|list| self.arguments(list)).unwrap_or_default();
        let done: Vec<Node<'_>> = [Some(method), receiver, list].into_iter().flatten().collect();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor).filter(|child| !done.contains(child)) {
            let value = self.visit(child);
            if value != ExpressionId::UNKNOWN {
                values.push(value);
            }
        }
        let call = self.note_call(callee, &values, ReferenceFlags::empty(), None);
        if let (Some(receiver), true) = (receiver, self.compiled.mutators.contains(callee.name))
            && let Expression::Member { base, .. } = self.out.peek(callee.expression)
        {
            self.mutated(receiver, base);
        }
        call
    }

    /// The values of a list of arguments.
    pub fn arguments(&mut self, list: Node<'_>) -> Vec<ExpressionId> {
        match self.rule(list) {
            Rule::Children | Rule::Sequence | Rule::Skip => {}
            // A single argument without a list around it.
            _ => {
                let value = self.visit(list);
                return vec![value];
            }
        }
        let mut values = Vec::new();
        let mut cursor = list.walk();
        if !cursor.goto_first_child() {
            return values;
        }
        loop {
            let child = cursor.node();
            match self.rule(child) {
                Rule::Token | Rule::Comment => {}
                Rule::Children if child.kind().ends_with("arguments") => {
                    let inner = self.arguments(child);
                    values.extend(inner);
                }
                Rule::Assign(name, value) if self.table.assignment_names_argument => {
                    let value = self.named_argument(child, name, value);
                    values.push(value);
                }
                _ => {
                    let value = self.visit(child);
                    values.push(value);
                }
            }
            if !cursor.goto_next_sibling() {
                return values;
            }
        }
    }

    pub(super) fn named_argument(&mut self, node: Node<'_>, name: At, value: At) -> ExpressionId {
        let name = name.find(node);
        let value = value.find(node).filter(|value| Some(*value) != name);
        let lowered = value.map_or(ExpressionId::UNKNOWN, |value| self.visit(value));
        match name {
            Some(name) if value.is_some() => {
                let text = self.text(name).trim_matches([':', '"', '\'', '$']);
                self.out.argument(text, lowered)
            }
            // Only one part: it is the value.
            Some(only) => self.visit(only),
            None => lowered,
        }
    }

    pub(super) fn construction(
        &mut self,
        node: Node<'_>,
        class: At,
        arguments: At,
    ) -> ExpressionId {
        let Some(class) = class.find(node) else {
            self.children(node);
            return ExpressionId::UNKNOWN;
        };
        let list = arguments.find(node).filter(|list| *list != class);
        let lowered = self.class_of(class);
        let mut values = list.map(|list| self.arguments(list)).unwrap_or_default();
        let mut cursor = node.walk();
        let expected = self.expected.replace(lowered);
        for child in node.named_children(&mut cursor) {
            if child == class || Some(child) == list {
                continue;
            }
            let value = self.visit(child);
            if value != ExpressionId::UNKNOWN {
                values.push(value);
            }
        }
        self.expected = expected;
        let made = self.out.new_instance(lowered, &values);
        let (name, span) = self.last_name_span(class);
        if !name.is_empty() {
            self.out.call_reference(name, span, made, ReferenceFlags::empty());
        }
        made
    }

    /// The class of a construction: the construction itself is the reference, types among its
    /// arguments are mentioned.
    fn class_of(&mut self, node: Node<'_>) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let class = self.class_inside(node);
        self.out.leave();
        class
    }

    fn class_inside(&mut self, node: Node<'_>) -> ExpressionId {
        use super::rules::TypeRule;
        match self.type_rule(node) {
            TypeRule::Generic(base, arguments) => {
                let Some(inner) = base.find(node) else { return self.path_expression(node) };
                let base = self.class_of(inner);
                let list = arguments.find(node).filter(|list| *list != inner);
                let values = list.map(|list| self.types_in(list)).unwrap_or_default();
                if values.is_empty() { base } else { self.out.generic(base, &values) }
            }
            TypeRule::Named => {
                let text = self.name_of(node);
                match self.compiled.primitives.get(text).copied() {
                    Some(builtin) if !builtin.is_empty() => self.out.builtin(builtin),
                    _ => self.out.name_expression(text),
                }
            }
            TypeRule::SelfType | TypeRule::Custom(_) | TypeRule::List | TypeRule::Map => {
                self.type_of(node)
            }
            TypeRule::Inner(at) => match at.find(node) {
                Some(inner) => self.class_of(inner),
                None => self.path_expression(node),
            },
            TypeRule::Children if node.named_child_count() == 1 => match node.named_child(0) {
                Some(inner) => self.class_of(inner),
                None => self.path_expression(node),
            },
            _ => self.path_expression(node),
        }
    }

    pub(super) fn read_member(&mut self, node: Node<'_>, object: At, property: At) -> ExpressionId {
        let object = object.find(node);
        let base = object.map_or(ExpressionId::UNKNOWN, |object| self.visit(object));
        let Some(property) = property.find(node) else { return base };
        if object.is_none() {
            return self.visit(property);
        }
        let member = self.member_callee(base, property);
        self.out.read_reference(member.name, member.span, member.expression);
        member.expression
    }

    pub(super) fn index(&mut self, node: Node<'_>, object: At, index: At) -> ExpressionId {
        let Some(object) = object.find(node) else {
            self.children(node);
            return ExpressionId::UNKNOWN;
        };
        let base = self.visit(object);
        let index = index.find(node).filter(|index| *index != object);
        let key = index.map_or(ExpressionId::UNKNOWN, |index| self.visit(index));
        let done: Vec<Node<'_>> = [Some(object), index].into_iter().flatten().collect();
        self.children_except(node, &done);
        self.out.expression(Expression::Index { base, index: key })
    }
}

fn contains(outer: Node<'_>, inner: Node<'_>) -> bool {
    outer.start_byte() <= inner.start_byte() && inner.end_byte() <= outer.end_byte()
}
