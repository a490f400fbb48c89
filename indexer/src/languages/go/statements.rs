//! Statements: scopes, declarations, narrowing.

use super::{Kind, Walk};
use crate::languages::kinds::children_of_field;
use qf_graph::facts::{BindingValue, CollectionKind, Expression, ExpressionId};
use tree_sitter::Node;

impl<'t> Walk<'_, '_, 't> {
    /// Walks the statements below a block, a case or a list of statements.
    pub(super) fn statements_of(&mut self, node: Node<'t>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.statement(child);
        }
    }

    pub(super) fn statement(&mut self, node: Node<'t>) {
        if !self.out.enter(node) {
            return;
        }
        self.walk_statement(node);
        self.out.leave();
    }

    fn walk_statement(&mut self, node: Node<'t>) {
        match self.kind(node) {
            Kind::Comment | Kind::LabelName => {}
            Kind::StatementList => self.statements_of(node),
            Kind::Block => self.block_scope(|walk| walk.statements_of(node)),
            Kind::ShortVarDeclaration => self.short_declaration(node),
            Kind::AssignmentStatement => self.assignment(node),
            Kind::IncStatement | Kind::DecStatement => self.step(node),
            Kind::ReturnStatement => self.return_statement(node),
            Kind::IfStatement => self.block_scope(|walk| walk.if_statement(node)),
            Kind::ForStatement | Kind::ExpressionSwitchStatement => {
                self.block_scope(|walk| walk.parts(node));
            }
            Kind::ExpressionCase | Kind::DefaultCase | Kind::CommunicationCase => {
                self.block_scope(|walk| walk.parts(node));
            }
            Kind::RangeClause => self.range_clause(node),
            Kind::ReceiveStatement => self.receive_statement(node),
            Kind::TypeSwitchStatement => self.block_scope(|walk| walk.type_switch(node)),
            Kind::VarDeclaration | Kind::VarSpecList | Kind::ConstDeclaration => {
                self.local_variables(node);
            }
            Kind::TypeDeclaration => self.type_declaration(node, None),
            Kind::FunctionDeclaration => self.function_declaration(node, None),
            Kind::ImportDeclaration => self.import_declaration(node),
            Kind::ExpressionList => {
                let mut cursor = node.walk();
                for child in node.named_children(&mut cursor) {
                    self.expression(child);
                }
            }
            Kind::ForClause | Kind::Other => self.parts(node),
            _ => {
                self.expression(node);
            }
        }
    }

    /// Everything below a node in source order, statements and expressions alike.
    fn parts(&mut self, node: Node<'t>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.statement(child);
        }
    }

    fn if_statement(&mut self, node: Node<'t>) {
        for field in [
            self.fields.initializer,
            self.fields.condition,
            self.fields.consequence,
            self.fields.alternative,
        ] {
            if let Some(part) = self.field(node, field) {
                self.statement(part);
            }
        }
    }

    /// `for key, value := range e`: the value is an element. The first name is the position in a list,
    /// the key of a map or the element of a channel, as the type of `e` says.
    fn range_clause(&mut self, node: Node<'t>) {
        let range = self
            .field(node, self.fields.right)
            .map_or(ExpressionId::UNKNOWN, |right| self.expression(right));
        let names = self.value_nodes(node, self.fields.left);
        let declares = self.text(node).contains(":=");
        for (position, name) in names.iter().enumerate() {
            let value = if position == 1 && range != ExpressionId::UNKNOWN {
                // Of a map the value, not what iterating gives elsewhere.
                let index = ExpressionId::UNKNOWN;
                self.out.expression(Expression::Index { base: range, index })
            } else if position == 0 && range != ExpressionId::UNKNOWN {
                self.out.expression(Expression::Element(range))
            } else {
                ExpressionId::UNKNOWN
            };
            if declares {
                self.bind_local(*name, value);
            } else {
                self.assign(*name, value, qf_graph::facts::ReferenceFlags::empty());
            }
        }
    }

    /// `case v, ok := <-c`.
    fn receive_statement(&mut self, node: Node<'t>) {
        let names = self.value_nodes(node, self.fields.left);
        let sources = self.value_nodes(node, self.fields.right);
        let values = self.values(&sources, names.len());
        let declares = self.text(node).contains(":=");
        for (position, name) in names.iter().enumerate() {
            let value = values.get(position).copied().unwrap_or(ExpressionId::UNKNOWN);
            if declares {
                self.bind_local(*name, value);
            } else {
                self.assign(*name, value, qf_graph::facts::ReferenceFlags::empty());
            }
        }
    }

    /// Each case gets a scope in which the switched name has the case's type.
    fn type_switch(&mut self, node: Node<'t>) {
        if let Some(initializer) = self.field(node, self.fields.initializer) {
            self.statement(initializer);
        }
        let value = self
            .field(node, self.fields.value)
            .map_or(ExpressionId::UNKNOWN, |value| self.expression(value));
        let alias = self.value_nodes(node, self.fields.alias).first().copied();
        let mut cursor = node.walk();
        for case in node.named_children(&mut cursor) {
            if !matches!(self.kind(case), Kind::TypeCase | Kind::DefaultCase) {
                continue;
            }
            self.block_scope(|walk| {
                let types = children_of_field(case, walk.fields.written_type);
                let lowered: Vec<_> =
                    types.iter().map(|written| walk.type_expression(*written)).collect();
                if let Some(alias) = alias {
                    let is_nil = types.first().is_some_and(|only| walk.text(*only) == "nil");
                    match lowered.as_slice() {
                        [only] if !is_nil => walk.bind_typed(alias, *only),
                        _ => walk.bind_local(alias, value),
                    }
                }
                let mut inside = case.walk();
                for child in case.named_children(&mut inside) {
                    if !types.contains(&child) {
                        walk.statement(child);
                    }
                }
            });
        }
    }

    fn bind_typed(&mut self, name: Node<'t>, lowered: ExpressionId) {
        let text = self.text(name);
        if text == "_" {
            return;
        }
        let scope = self.out.scope_from_here(text, self.locals.find(text));
        self.declare(text, scope);
        self.out.bind(scope, text, name.start_byte() as u32, BindingValue::Typed(lowered));
    }

    /// `var` and `const` inside a function declare locals.
    fn local_variables(&mut self, node: Node<'t>) {
        let mut cursor = node.walk();
        for spec in node.named_children(&mut cursor) {
            match self.kind(spec) {
                Kind::VarSpecList => self.local_variables(spec),
                Kind::VarSpec | Kind::ConstSpec => self.local_variable(spec),
                _ => {}
            }
        }
    }

    fn local_variable(&mut self, spec: Node<'t>) {
        let names = children_of_field(spec, self.fields.name);
        let declared =
            self.field(spec, self.fields.written_type).map(|written| self.type_expression(written));
        let nodes = self.value_nodes(spec, self.fields.value);
        let values = self.values(&nodes, names.len());
        for (position, name) in names.iter().enumerate() {
            let value = values.get(position).copied();
            match declared {
                Some(declared) => {
                    self.bind_typed(*name, declared);
                    if let Some(value) = value.filter(|value| *value != ExpressionId::UNKNOWN) {
                        let (scope, text) = (self.out.scope(), self.text(*name));
                        let at = name.start_byte() as u32;
                        self.out.bind(scope, text, at, BindingValue::Value(value));
                    }
                }
                None => self.bind_local(*name, value.unwrap_or(ExpressionId::UNKNOWN)),
            }
        }
    }

    fn return_statement(&mut self, node: Node<'t>) {
        let Some(list) = node.named_child(0) else { return };
        let mut values = Vec::new();
        if self.kind(list) == Kind::ExpressionList {
            let mut cursor = list.walk();
            for child in list.named_children(&mut cursor) {
                values.push(self.expression(child));
            }
        } else {
            values.push(self.expression(list));
        }
        let Some(function) = self.functions.last().copied() else { return };
        match values.as_slice() {
            [only] => self.out.returns(function, *only),
            // `return nil, err` is no news to a caller who has the declared types.
            several if several.iter().all(|value| *value == ExpressionId::UNKNOWN) => {}
            several => {
                let tuple = self.out.collection(CollectionKind::Tuple, several);
                self.out.returns(function, tuple);
            }
        }
    }
}
