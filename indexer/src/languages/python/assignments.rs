//! Assignments: what names, fields and elements are given.

use super::kinds::Kind;
use super::walk::{Bound, FrameKind, Member, Walker};
use crate::extract::builder::NewDefinition;
use qf_graph::facts::{
    BindingValue, CollectionKind, DefinitionFlags, DefinitionId, Expression, ExpressionId,
    ReferenceFlags, ScopeId, SymbolKind,
};
use tree_sitter::Node;

/// Where a target's names go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The innermost module, class or function.
    Frame,
    /// A comprehension.
    Scope(ScopeId),
}

impl<'s, 't> Walker<'_, 's, 't> {
    // ---- statements ------------------------------------------------------------------------------

    /// `a = b = value`, `a: T = value`, `a: T`. Yields the value.
    pub(super) fn assignment(&mut self, node: Node<'t>) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let value = self.assignment_parts(node);
        self.out.leave();
        value
    }

    fn assignment_parts(&mut self, node: Node<'t>) -> ExpressionId {
        let grammar = self.grammar;
        let left = self.field(node, grammar.left);
        let right = self.field(node, grammar.right);
        let annotation = self.field(node, grammar.type_);
        let Some(left) = left else {
            self.visit_children(node);
            return ExpressionId::UNKNOWN;
        };
        if self.kind(left) == Kind::Identifier
            && self.frame().kind != FrameKind::Function
            && let Some(value) = self.special_assignment(node, left, right, annotation)
        {
            return value;
        }
        if let (Kind::Identifier, Some(lambda)) = (self.kind(left), right)
            && self.kind(lambda) == Kind::Lambda
            && annotation.is_none()
            && self.frame().kind != FrameKind::Function
        {
            return self.named_lambda(left, lambda, node);
        }
        let declared = annotation.map(|annotation| self.annotation(annotation));
        let value = right.map(|right| self.right_side(right));
        let known = value.unwrap_or(ExpressionId::UNKNOWN);
        match declared {
            Some(declared) => self.bind_declared(left, declared, value, node),
            None => self.bind_target(left, known, Place::Frame, true),
        }
        known
    }

    fn right_side(&mut self, right: Node<'t>) -> ExpressionId {
        match self.kind(right) {
            Kind::Assignment => self.assignment(right),
            Kind::AugmentedAssignment if self.out.enter(right) => {
                let value = self.augmented_assignment(right);
                self.out.leave();
                value
            }
            Kind::AugmentedAssignment => ExpressionId::UNKNOWN,
            _ => self.expression(right),
        }
    }

    pub(super) fn augmented_assignment(&mut self, node: Node<'t>) -> ExpressionId {
        let grammar = self.grammar;
        let value = match self.field(node, grammar.right) {
            Some(right) => self.right_side(right),
            None => ExpressionId::UNKNOWN,
        };
        let Some(left) = self.field(node, grammar.left) else { return value };
        match self.kind(left) {
            Kind::Identifier => {
                let name = self.text(left);
                if self.out.text(left) == "__all__" {
                    self.exported_names(node);
                }
                if !self.is_local(name) {
                    let expression = self.name_expression(name);
                    self.out.write_reference(
                        name,
                        Self::span(left),
                        expression,
                        Some(value),
                        ReferenceFlags::AUGMENTED,
                    );
                }
                if let Some((scope, _)) = self.collection_of(name) {
                    self.store(scope, name, left.start_byte() as u32, value);
                }
            }
            Kind::Attribute | Kind::Subscript => {
                self.assign_member(left, Some(value), ReferenceFlags::AUGMENTED);
            }
            _ => {
                self.expression(left);
            }
        }
        value
    }

    // ---- targets ---------------------------------------------------------------------------------

    /// Gives `value` to whatever `target` is. `defines`: a new name of a module or class is a
    /// variable worth a definition (loop variables are not).
    pub(super) fn bind_target(
        &mut self,
        target: Node<'t>,
        value: ExpressionId,
        place: Place,
        defines: bool,
    ) {
        if !self.out.enter(target) {
            return;
        }
        match self.kind(target) {
            Kind::Identifier => match place {
                Place::Frame => self.bind_name(target, value, defines),
                Place::Scope(scope) => {
                    let name = self.text(target);
                    let at = target.start_byte() as u32;
                    self.out.bind(scope, name, at, Self::value_or_unknown(value));
                }
            },
            Kind::Attribute | Kind::Subscript => {
                self.assign_member(target, Some(value), ReferenceFlags::empty());
            }
            Kind::PatternList
            | Kind::TuplePattern
            | Kind::ListPattern
            | Kind::Tuple
            | Kind::List
            | Kind::ExpressionList => self.bind_parts(target, value, place, defines),
            Kind::ListSplatPattern
            | Kind::ListSplat
            | Kind::ParenthesizedExpression
            | Kind::AsPatternTarget => {
                for child in self.children(target) {
                    self.bind_target(child, value, place, defines);
                }
            }
            _ => {
                self.expression(target);
            }
        }
        self.out.leave();
    }

    fn value_or_unknown(value: ExpressionId) -> BindingValue {
        if value == ExpressionId::UNKNOWN {
            BindingValue::Unknown
        } else {
            BindingValue::Value(value)
        }
    }

    /// One position of a value.
    pub(super) fn part(&mut self, base: ExpressionId, index: u16) -> ExpressionId {
        if base == ExpressionId::UNKNOWN {
            return base;
        }
        self.out.expression(Expression::Part { base, index })
    }

    fn bind_parts(&mut self, target: Node<'t>, value: ExpressionId, place: Place, defines: bool) {
        let targets = self.children(target);
        let starred = targets
            .iter()
            .position(|t| matches!(self.kind(*t), Kind::ListSplatPattern | Kind::ListSplat));
        let known = match self.out.peek(value) {
            Expression::Collection {
                kind: CollectionKind::List | CollectionKind::Tuple,
                items,
            } => Some(items.len as usize),
            _ => None,
        };
        for (index, target) in targets.iter().enumerate() {
            let after = targets.len() - 1 - index;
            let part = match starred {
                Some(star) if index == star => self.starred_part(value, index, after, known),
                Some(star) if index > star => match known {
                    Some(len) if len > after => self.part(value, (len - 1 - after) as u16),
                    _ => self.element(value),
                },
                _ => self.part(value, index.min(u16::MAX as usize) as u16),
            };
            self.bind_target(*target, part, place, defines);
        }
    }

    /// What `*rest` takes: a list of what the targets before and after it leave.
    fn starred_part(
        &mut self,
        value: ExpressionId,
        before: usize,
        after: usize,
        known: Option<usize>,
    ) -> ExpressionId {
        let items = match known {
            Some(len) if len <= 64 => (before..len.saturating_sub(after))
                .map(|index| self.part(value, index as u16))
                .collect(),
            _ => vec![self.element(value)],
        };
        self.out.collection(CollectionKind::List, &items)
    }

    // ---- names -----------------------------------------------------------------------------------

    /// Binds a plain name.
    pub(super) fn bind_name(&mut self, node: Node<'t>, value: ExpressionId, defines: bool) {
        let (name, at) = (self.text(node), node.start_byte() as u32);
        let bound = Self::value_or_unknown(value);
        let frame = self.frame();
        if frame.kind == FrameKind::Function {
            if let Some((_, global)) = frame.outer.iter().find(|(outer, _)| *outer == name) {
                if *global {
                    self.bind_global(node, value);
                } else if let Some(index) = self.nonlocal_frame(name) {
                    let scope = self.frames[index].scope;
                    self.out.bind(scope, name, at, bound);
                    self.note_collection(scope, name, value);
                }
                return;
            }
            let scope = frame.scope;
            self.frame_mut().names.entry(name).or_insert(Bound::Local);
            self.out.bind(scope, name, at, bound);
            self.note_collection(scope, name, value);
            for index in 0..self.narrowed.len() {
                let (block, narrowed) = self.narrowed[index];
                if narrowed == name {
                    self.out.bind(block, name, at, bound);
                }
            }
            return;
        }
        self.bind_variable(self.frames.len() - 1, node, value, defines);
    }

    /// `global x` and then `x = …` inside a function.
    fn bind_global(&mut self, node: Node<'t>, value: ExpressionId) {
        let new = !self.frames[0].names.contains_key(self.text(node));
        self.bind_variable(0, node, value, true);
        if new {
            // The module itself never gives it a value; it is written here.
            let name = self.text(node);
            let expression = self.name_expression(name);
            let flags = ReferenceFlags::empty();
            self.out.write_reference(name, Self::span(node), expression, Some(value), flags);
        }
    }

    /// Binds a name of a module or class: its first assignment defines it, later ones write it.
    fn bind_variable(&mut self, frame: usize, node: Node<'t>, value: ExpressionId, defines: bool) {
        let (name, at) = (self.text(node), node.start_byte() as u32);
        let scope = self.frames[frame].scope;
        match self.frames[frame].names.get(name).copied() {
            None | Some(Bound::Local) if defines => {
                self.define_variable(frame, node, node);
            }
            Some(Bound::Value(definition)) if self.is_implicit(definition) => {
                self.declare_again(definition, node, node);
            }
            None | Some(Bound::Local) => {
                self.frames[frame].names.insert(name, Bound::Local);
            }
            Some(_) => {
                let expression = self.name_expression(name);
                let flags = ReferenceFlags::empty();
                self.out.write_reference(name, Self::span(node), expression, Some(value), flags);
            }
        }
        self.out.bind(scope, name, at, Self::value_or_unknown(value));
        self.note_collection(scope, name, value);
    }

    fn is_implicit(&self, definition: DefinitionId) -> bool {
        self.out.get(definition).flags.contains(DefinitionFlags::IMPLICIT)
    }

    /// A field that was first seen in a method and is declared in the class after it.
    fn declare_again(&mut self, definition: DefinitionId, node: Node<'t>, whole: Node<'t>) {
        let definition = self.out.get_mut(definition);
        definition.flags -= DefinitionFlags::IMPLICIT;
        definition.span = Self::span(whole);
        definition.signature_end = definition.span.end;
        definition.name_span = Self::span(node);
    }

    /// Defines a variable of a module or a field of a class.
    pub(super) fn define_variable(
        &mut self,
        frame: usize,
        node: Node<'t>,
        whole: Node<'t>,
    ) -> DefinitionId {
        let name = self.text(node);
        let constant =
            name.chars().any(|c| c.is_ascii_uppercase()) && !name.chars().any(char::is_lowercase);
        let (class, enumeration, scope, parent) = {
            let frame = &self.frames[frame];
            let class = frame.kind == FrameKind::Class;
            (class, frame.enumeration, frame.scope, frame.definition)
        };
        let kind = match (class, constant) {
            (true, _) if enumeration && !name.starts_with('_') => SymbolKind::EnumMember,
            (_, true) if !class => SymbolKind::Constant,
            (true, _) => SymbolKind::Field,
            _ => SymbolKind::Variable,
        };
        let mut flags = DefinitionFlags::empty();
        if self.frames[frame].exported && !is_private(name) {
            flags |= DefinitionFlags::EXPORTED;
        }
        let id = self.out.define(&NewDefinition {
            name,
            kind,
            span: Self::span(statement_of(whole)),
            name_span: Self::span(node),
            signature_end: 0,
            flags,
        });
        self.out.get_mut(id).parent = parent;
        self.out.bind(scope, name, node.start_byte() as u32, BindingValue::Definition(id));
        self.frames[frame].names.insert(name, Bound::Value(id));
        id
    }

    /// `target: T` and `target: T = value`.
    fn bind_declared(
        &mut self,
        target: Node<'t>,
        declared: ExpressionId,
        value: Option<ExpressionId>,
        whole: Node<'t>,
    ) {
        let at = target.start_byte() as u32;
        match self.kind(target) {
            Kind::Identifier => {
                let name = self.text(target);
                let frame = self.frames.len() - 1;
                let scope = self.frames[frame].scope;
                if self.frames[frame].kind == FrameKind::Function {
                    if self.frames[frame].outer.iter().any(|(outer, _)| *outer == name) {
                        self.bind_target(
                            target,
                            value.unwrap_or(ExpressionId::UNKNOWN),
                            Place::Frame,
                            true,
                        );
                        return;
                    }
                    self.frame_mut().names.entry(name).or_insert(Bound::Local);
                } else {
                    let id = self.declare_variable(frame, target, whole, declared, value);
                    let written = self.text(whole);
                    let optional = value.is_some()
                        || written.contains("Optional[")
                        || written.contains("None");
                    if optional && self.frames[frame].kind == FrameKind::Class {
                        self.out.get_mut(id).flags |= DefinitionFlags::OPTIONAL;
                    }
                }
                self.bind_typed(scope, name, at, declared, value);
            }
            Kind::Attribute => {
                let flags = ReferenceFlags::empty();
                if value.is_some() || self.own_field(target).is_none() {
                    self.assign_member(target, value, flags);
                }
                self.declare_field(target, declared);
            }
            _ => {
                let value = value.unwrap_or(ExpressionId::UNKNOWN);
                self.bind_target(target, value, Place::Frame, true);
            }
        }
    }

    fn declare_variable(
        &mut self,
        frame: usize,
        target: Node<'t>,
        whole: Node<'t>,
        declared: ExpressionId,
        value: Option<ExpressionId>,
    ) -> DefinitionId {
        let name = self.text(target);
        let id = match self.frames[frame].names.get(name).copied() {
            Some(Bound::Value(definition)) => {
                if self.is_implicit(definition) {
                    self.declare_again(definition, target, whole);
                } else if value.is_some() {
                    let expression = self.name_expression(name);
                    let flags = ReferenceFlags::empty();
                    let span = Self::span(target);
                    self.out.write_reference(name, span, expression, value, flags);
                }
                definition
            }
            _ => self.define_variable(frame, target, whole),
        };
        let definition = self.out.get_mut(id);
        if definition.declared_type.is_none() && declared != ExpressionId::UNKNOWN {
            definition.declared_type = Some(declared);
        }
        id
    }

    /// Binds a declared type, and the value where the type alone would hide what is known.
    fn bind_typed(
        &mut self,
        scope: ScopeId,
        name: &'s str,
        at: u32,
        declared: ExpressionId,
        value: Option<ExpressionId>,
    ) {
        let value = value.filter(|value| *value != ExpressionId::UNKNOWN);
        if declared != ExpressionId::UNKNOWN && !(value.is_some() && self.is_function(declared)) {
            self.out.bind(scope, name, at, BindingValue::Typed(declared));
        } else if value.is_none() {
            self.out.bind(scope, name, at, BindingValue::Unknown);
        }
        if let Some(value) = value {
            self.out.bind(scope, name, at, BindingValue::Value(value));
            self.note_collection(scope, name, value);
        }
    }

    fn is_function(&self, declared: ExpressionId) -> bool {
        match self.out.peek(declared) {
            Expression::Builtin(name) => self.out.name_text(name) == "function",
            Expression::Generic { base, .. } => self.is_function(base),
            _ => false,
        }
    }

    // ---- fields ----------------------------------------------------------------------------------

    /// The class whose field `node` (`self.x`) is, when its object is the receiver.
    pub(super) fn own_field(&self, node: Node<'t>) -> Option<(usize, Node<'t>)> {
        if self.kind(node) != Kind::Attribute {
            return None;
        }
        let object = self.field(node, self.grammar.object)?;
        let name = self.field(node, self.grammar.attribute)?;
        if self.kind(object) != Kind::Identifier {
            return None;
        }
        self.receiver_class(self.text(object)).map(|class| (class, name))
    }

    /// Writes `object.name`, or an element of it (`object.name[key]`). A plain name's element
    /// (`names[key] = value`) writes the name.
    pub(super) fn assign_member(
        &mut self,
        node: Node<'t>,
        value: Option<ExpressionId>,
        flags: ReferenceFlags,
    ) {
        match self.kind(node) {
            Kind::Subscript => self.assign_element(node, value, flags),
            Kind::Attribute => {
                let grammar = self.grammar;
                let (Some(object), Some(name)) =
                    (self.field(node, grammar.object), self.field(node, grammar.attribute))
                else {
                    self.visit_children(node);
                    return;
                };
                let base = self.expression(object);
                self.write_member(node, base, name, value, flags);
            }
            _ => {
                self.expression(node);
            }
        }
    }

    fn write_member(
        &mut self,
        node: Node<'t>,
        base: ExpressionId,
        name: Node<'t>,
        value: Option<ExpressionId>,
        mut flags: ReferenceFlags,
    ) {
        let text = self.text(name);
        let member = self.out.member(base, text);
        let own = self.own_field(node);
        if own.is_some() && flags.is_empty() && self.frame().initializer {
            flags |= ReferenceFlags::INITIALIZER;
        }
        self.out.write_reference(text, Self::span(name), member, value, flags);
        let plain = flags.is_empty() || flags == ReferenceFlags::INITIALIZER;
        if let (Some((class, _)), true) = (own, plain) {
            self.field_value(class, name, node, value.unwrap_or(ExpressionId::UNKNOWN));
        }
    }

    /// Notes a value assigned to a field through the receiver, and the field itself the first
    /// time.
    fn field_value(&mut self, class: usize, name: Node<'t>, whole: Node<'t>, value: ExpressionId) {
        let text = self.text(name);
        if self.frames[class].members.get(text) == Some(&Member::Function) {
            return;
        }
        if !self.frames[class].names.contains_key(text) {
            let id = self.define_variable(class, name, whole);
            let implicit = self.out.get_mut(id);
            implicit.kind = SymbolKind::Field;
            implicit.flags |= DefinitionFlags::IMPLICIT;
        } else if self.frames[class].members.get(text) == Some(&Member::Slot) {
            self.frames[class].members.insert(text, Member::Field);
            if let Some(Bound::Value(id)) = self.frames[class].names.get(text).copied() {
                self.declare_again(id, name, whole);
                self.out.get_mut(id).flags |= DefinitionFlags::IMPLICIT;
            }
        }
        let scope = self.frames[class].scope;
        if value != ExpressionId::UNKNOWN {
            let at = name.start_byte() as u32;
            self.out.bind(scope, text, at, BindingValue::Value(value));
            self.note_collection(scope, text, value);
        }
    }

    /// `self.x: T`: the field's declared type.
    fn declare_field(&mut self, node: Node<'t>, declared: ExpressionId) {
        let Some((class, name)) = self.own_field(node) else { return };
        let text = self.text(name);
        self.field_value(class, name, node, ExpressionId::UNKNOWN);
        if declared == ExpressionId::UNKNOWN {
            return;
        }
        if let Some(Bound::Value(id)) = self.frames[class].names.get(text).copied() {
            let definition = self.out.get_mut(id);
            definition.declared_type.get_or_insert(declared);
            let scope = self.frames[class].scope;
            if !self.is_function(declared) {
                let at = name.start_byte() as u32;
                self.out.bind(scope, text, at, BindingValue::Typed(declared));
            }
        }
    }

    /// A string after a field's definition documents it.
    pub(super) fn field_docstring(&mut self, before: Node<'t>, text: Node<'t>) {
        if self.frame().kind == FrameKind::Function
            || self.kind(before) != Kind::ExpressionStatement
        {
            return;
        }
        let Some(assignment) = self.first_child(before) else { return };
        let Some(left) = self.field(assignment, self.grammar.left) else { return };
        if let Some(Bound::Value(id)) = self.frame().names.get(self.text(left)).copied() {
            let doc = crate::extract::doc::strip_docstring(self.text(text));
            self.out.set_doc(id, &doc);
        }
    }
}

/// Names that begin with an underscore are private, except `__dunder__` ones.
pub(super) fn is_private(name: &str) -> bool {
    name.starts_with('_') && !(name.starts_with("__") && name.ends_with("__"))
}

/// The assignment around a target, for the span of the variable it defines.
fn statement_of(node: Node<'_>) -> Node<'_> {
    match node.parent() {
        Some(parent) if parent.kind() == "assignment" => parent,
        _ => node,
    }
}
