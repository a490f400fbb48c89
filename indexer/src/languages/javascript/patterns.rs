//! Declarations of variables and destructuring.
//!
//! At the top of a file or namespace a variable is a definition; inside functions it is a binding.
//! A literal that is a thing of its own (a function, a class, an object with functions) makes its
//! variable that thing.

use super::syntax::{Kind, first_named, function_flags, named};
use super::walk::{Lead, Receiver, Walk};
use crate::extract::range;
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionId, Expression, ExpressionId, ImportKind, ReferenceFlags,
    ScopeId, SymbolKind,
};
use smallvec::SmallVec;
use tree_sitter::Node;

/// Object literals without functions are definitions with members up to this many properties;
/// beyond, they are data.
const MAX_DATA_PROPERTIES: usize = 64;

impl Walk<'_, '_> {
    pub(super) fn variable_declaration(&mut self, node: Node<'_>, lead: &Lead<'_>) {
        let word = self.field(node, self.fields.kind).map_or("var", |kind| kind.kind());
        let var = self.kind(node) == Kind::VariableDeclaration || word == "var";
        let scope = if var { self.out.function_scope() } else { self.out.scope() };
        let kind = if word == "const" { SymbolKind::Constant } else { SymbolKind::Variable };
        let declarators = named(node);
        let single =
            declarators.iter().filter(|n| self.kind(**n) == Kind::VariableDeclarator).count() == 1;
        for declarator in declarators {
            if self.kind(declarator) != Kind::VariableDeclarator {
                continue;
            }
            let mut lead = lead.clone();
            lead.start = if single { lead.start.or(Some(node.start_byte() as u32)) } else { None };
            self.declarator(declarator, kind, scope, &lead);
        }
    }

    fn declarator(&mut self, node: Node<'_>, kind: SymbolKind, scope: ScopeId, lead: &Lead<'_>) {
        let Some(name_node) = self.field(node, self.fields.name) else { return };
        let value = self.field(node, self.fields.value);
        if self.kind(name_node) == Kind::Identifier {
            self.named_declarator(node, name_node, value, kind, scope, lead);
            return;
        }
        if let Some(value) = value
            && self.require_pattern(name_node, value)
        {
            return;
        }
        let declared = self.annotation(node);
        let value = value.map_or(ExpressionId::UNKNOWN, |value| self.expression(value));
        let base = match declared {
            Some(declared) => self.out.expression(Expression::InstanceOf(declared)),
            None => value,
        };
        let top = self.is_top(scope);
        if top {
            self.define_pattern(name_node, kind, scope, lead);
        }
        self.bind_pattern(name_node, base, scope);
    }

    /// Definitions for the names in a pattern at the top of a file.
    fn define_pattern(
        &mut self,
        pattern: Node<'_>,
        kind: SymbolKind,
        scope: ScopeId,
        lead: &Lead<'_>,
    ) {
        match self.kind(pattern) {
            Kind::Identifier | Kind::ShorthandPropertyIdentifierPattern => {
                let name = self.out.text(pattern);
                let new = Self::new_definition(name, pattern, kind, range(pattern));
                let id = self.define(new, None);
                self.declare_definition(scope, name, id);
                self.exported_declaration(name, Some(id), lead);
            }
            Kind::PairPattern => {
                if let Some(value) = self.field(pattern, self.fields.value) {
                    self.define_pattern(value, kind, scope, lead);
                }
            }
            Kind::AssignmentPattern | Kind::ObjectAssignmentPattern => {
                if let Some(left) = self.field(pattern, self.fields.left) {
                    self.define_pattern(left, kind, scope, lead);
                }
            }
            Kind::ObjectPattern | Kind::ArrayPattern | Kind::RestPattern
                if self.out.enter(pattern) =>
            {
                for child in named(pattern) {
                    self.define_pattern(child, kind, scope, lead);
                }
                self.out.leave();
            }
            _ => {}
        }
    }

    fn named_declarator(
        &mut self,
        node: Node<'_>,
        name_node: Node<'_>,
        value: Option<Node<'_>>,
        kind: SymbolKind,
        scope: ScopeId,
        lead: &Lead<'_>,
    ) {
        let name = self.out.text(name_node);
        let at = name_node.start_byte() as u32;
        let top = self.is_top(scope);
        let has_type = self.field(node, self.fields.type_).is_some();
        let (value, exports) = match value {
            Some(value) => self.without_export_chain(value),
            None => (None, false),
        };
        if exports {
            let own = self.out.name_expression(name);
            self.out.export("export=", own);
            self.exported.push(name);
        }
        let inner = value.map(|value| self.without_wrapping(value));
        if let Some(made) = inner.filter(|inner| top && self.kind(*inner) == Kind::NewExpression)
            && let Some(class) = self.field(made, self.fields.constructor)
            && matches!(self.out.text(class), "Map" | "Set" | "WeakMap" | "WeakSet")
        {
            self.collections.insert(name);
        }
        if let Some(inner) = inner
            && self.declared_as_itself(inner, name_node, (kind, scope), has_type, node, lead)
        {
            if has_type {
                self.annotation(node);
            }
            return;
        }
        let mut definition = None;
        if top {
            let new = Self::new_definition(name, name_node, kind, lead.span(node));
            let id = self.define(new, lead.doc);
            self.declare_definition(scope, name, id);
            self.exported_declaration(name, Some(id), lead);
            definition = Some(id);
        } else {
            self.declare(scope, name, None);
        }
        let declared = self.annotation(node).or_else(|| self.documented_type(lead.doc, "@type"));
        if let Some(declared) = declared {
            if let Some(id) = definition {
                self.out.get_mut(id).declared_type = Some(declared);
            }
            self.out.bind(scope, name, at, BindingValue::Typed(declared));
            if let Some(value) = value {
                let expected = self.out.expression(Expression::InstanceOf(declared));
                self.expression_expecting(value, Some(expected));
            }
            return;
        }
        let data_object = inner.filter(|inner| {
            definition.is_some()
                && self.kind(*inner) == Kind::Object
                && inner.named_child_count() <= MAX_DATA_PROPERTIES
        });
        if let (Some(id), Some(object)) = (definition, data_object) {
            self.object_definition(object, id);
            return;
        }
        let value = value.map_or(ExpressionId::UNKNOWN, |value| self.expression(value));
        if value != ExpressionId::UNKNOWN {
            self.out.bind(scope, name, at, BindingValue::Value(value));
        } else if !top {
            self.out.bind(scope, name, at, BindingValue::Unknown);
        }
    }

    /// Values that make the variable a definition of its own: functions, classes, objects with
    /// functions, modules.
    fn declared_as_itself(
        &mut self,
        value: Node<'_>,
        name_node: Node<'_>,
        (kind, scope): (SymbolKind, ScopeId),
        has_type: bool,
        node: Node<'_>,
        lead: &Lead<'_>,
    ) -> bool {
        let name = self.out.text(name_node);
        match self.kind(value) {
            Kind::ArrowFunction | Kind::FunctionExpression | Kind::GeneratorFunction => {
                let properties = self.component_properties_type(node);
                self.named_function(value, name_node, scope, lead.span(node), lead, properties);
                true
            }
            Kind::Class => {
                self.class_value(value, Some(name_node), Some(scope), lead.span(node), lead);
                true
            }
            Kind::Object if !has_type && self.has_functions(value, 0) => {
                let top = self.is_top(scope);
                let kind = if top { kind } else { SymbolKind::Variable };
                let new = Self::new_definition(name, name_node, kind, lead.span(node));
                let id = self.define(new, lead.doc);
                self.declare_definition(scope, name, id);
                if top {
                    self.exported_declaration(name, Some(id), lead);
                }
                self.object_definition(value, id);
                true
            }
            Kind::CallExpression => {
                if let Some(module) = self.required_module(value) {
                    let (text, span) = module;
                    self.out.import(&text, None, Some(name), ImportKind::Module, 0, false, span);
                    self.declare(scope, name, None);
                    self.exported_declaration(name, None, lead);
                    return true;
                }
                if let Some(made) = self.made_model(value) {
                    let span = lead.span(node);
                    let id = self.model_class(value, made, Some(name_node), span, lead);
                    self.declare_definition(scope, name, id);
                    self.exported_declaration(name, Some(id), lead);
                    return true;
                }
                self.wrapped_function(value, name_node, scope, node, lead)
            }
            Kind::MemberExpression => self.member_declarator(value, name_node, scope, lead),
            _ => false,
        }
    }

    /// `const x = require("m").x` is an import; `const proto = Foo.prototype` an abbreviation.
    fn member_declarator(
        &mut self,
        value: Node<'_>,
        name_node: Node<'_>,
        scope: ScopeId,
        lead: &Lead<'_>,
    ) -> bool {
        let name = self.out.text(name_node);
        let (Some(object), Some(property)) =
            (self.field(value, self.fields.object), self.field(value, self.fields.property))
        else {
            return false;
        };
        let item = self.out.text(property);
        if let Some((module, _)) = self.required_module(object) {
            let span = range(property);
            self.out.import(&module, Some(item), Some(name), ImportKind::Item, 0, false, span);
            self.declare(scope, name, None);
            self.exported_declaration(name, None, lead);
            return true;
        }
        if item == "prototype" && self.kind(object) == Kind::Identifier {
            self.prototypes.insert(name, self.out.text(object));
        }
        false
    }

    /// `const { a, b: c } = require("m")`: imports of items.
    fn require_pattern(&mut self, pattern: Node<'_>, value: Node<'_>) -> bool {
        if self.kind(pattern) != Kind::ObjectPattern {
            return false;
        }
        let Some((module, module_span)) = self.required_module(value) else { return false };
        let scope = self.out.scope();
        for child in named(pattern) {
            let (item_node, bound_node) = match self.kind(child) {
                Kind::ShorthandPropertyIdentifierPattern => (child, child),
                Kind::ObjectAssignmentPattern => match self.field(child, self.fields.left) {
                    Some(left) => (left, left),
                    None => continue,
                },
                Kind::PairPattern => {
                    let (Some(key), Some(value)) =
                        (self.field(child, self.fields.key), self.field(child, self.fields.value))
                    else {
                        continue;
                    };
                    (key, value)
                }
                Kind::RestPattern => {
                    let Some(rest) = first_named(child) else { continue };
                    let bound = self.out.text(rest);
                    let kind = ImportKind::Module;
                    self.out.import(&module, None, Some(bound), kind, 0, false, module_span);
                    self.declare(scope, bound, None);
                    continue;
                }
                _ => continue,
            };
            let item = self.out.text(item_node);
            let span = range(item_node);
            if self.kind(bound_node) == Kind::ObjectPattern {
                let kind = ImportKind::Item;
                let import = self.out.import(&module, Some(item), None, kind, 0, false, span);
                let base = self.out.expression(Expression::Imported(import));
                self.bind_pattern(bound_node, base, scope);
                continue;
            }
            let bound = self.out.text(bound_node);
            self.out.import(&module, Some(item), Some(bound), ImportKind::Item, 0, false, span);
            self.declare(scope, bound, None);
        }
        true
    }

    /// The value without parentheses, `as const`, `satisfies`, `Object.freeze(…)`.
    pub(super) fn without_wrapping<'t>(&self, value: Node<'t>) -> Node<'t> {
        let mut value = value;
        for _ in 0..8 {
            let inner = match self.kind(value) {
                Kind::ParenthesizedExpression | Kind::SatisfiesExpression => first_named(value),
                Kind::AsExpression if self.out.text(value).ends_with(" const") => {
                    first_named(value)
                }
                Kind::CallExpression => {
                    let frozen = self.field(value, self.fields.function).is_some_and(|f| {
                        matches!(self.out.text(f), "Object.freeze" | "Object.seal")
                    });
                    if frozen {
                        self.field(value, self.fields.arguments).and_then(first_named)
                    } else {
                        None
                    }
                }
                _ => None,
            };
            match inner {
                Some(inner) => value = inner,
                None => break,
            }
        }
        value
    }

    /// Binds the names of a pattern to the parts of `base`.
    pub(super) fn bind_pattern(&mut self, pattern: Node<'_>, base: ExpressionId, scope: ScopeId) {
        if !self.out.enter(pattern) {
            return;
        }
        match self.kind(pattern) {
            Kind::Identifier | Kind::ShorthandPropertyIdentifierPattern => {
                let name = self.out.text(pattern);
                let at = pattern.start_byte() as u32;
                if !self.declared.contains_key(&(scope, name)) {
                    self.declare(scope, name, None);
                }
                let value = match base {
                    ExpressionId::UNKNOWN => BindingValue::Unknown,
                    base => BindingValue::Value(base),
                };
                self.out.bind(scope, name, at, value);
            }
            Kind::AssignmentPattern => {
                if let Some(left) = self.field(pattern, self.fields.left) {
                    let base = self.with_default(pattern, base);
                    self.bind_pattern(left, base, scope);
                }
            }
            Kind::ObjectPattern => {
                for child in named(pattern) {
                    self.bind_property(child, base, scope);
                }
            }
            Kind::ArrayPattern => self.bind_positions(pattern, base, scope),
            Kind::RestPattern => {
                if let Some(inner) = first_named(pattern) {
                    self.bind_pattern(inner, base, scope);
                }
            }
            _ => {}
        }
        self.out.leave();
    }

    fn bind_property(&mut self, child: Node<'_>, base: ExpressionId, scope: ScopeId) {
        match self.kind(child) {
            Kind::ShorthandPropertyIdentifierPattern => {
                let value = self.destructured(child, base);
                self.bind_pattern(child, value, scope);
            }
            Kind::ObjectAssignmentPattern => {
                let Some(left) = self.field(child, self.fields.left) else { return };
                let value = self.destructured(left, base);
                let value = self.with_default(child, value);
                self.bind_pattern(left, value, scope);
            }
            Kind::PairPattern => {
                let (Some(key), Some(target)) =
                    (self.field(child, self.fields.key), self.field(child, self.fields.value))
                else {
                    return;
                };
                let value = self.destructured(key, base);
                self.bind_pattern(target, value, scope);
            }
            Kind::RestPattern => self.bind_pattern(child, base, scope),
            _ => {}
        }
    }

    /// The part of `base` that a key takes, with the read of it.
    fn destructured(&mut self, key: Node<'_>, base: ExpressionId) -> ExpressionId {
        if self.kind(key) == Kind::ComputedPropertyName
            && let Some(inner) = first_named(key)
        {
            self.expression(inner);
        }
        let Some(name) = self.property_name(key) else { return ExpressionId::UNKNOWN };
        if base == ExpressionId::UNKNOWN {
            return base;
        }
        let member = self.out.member(base, &name);
        self.out.read_reference(&name, range(key), member);
        member
    }

    fn bind_positions(&mut self, pattern: Node<'_>, base: ExpressionId, scope: ScopeId) {
        let mut position: u16 = 0;
        let mut cursor = pattern.walk();
        for child in pattern.children(&mut cursor) {
            if !child.is_named() {
                // Holes count: `[, second]`.
                position += u16::from(child.kind() == ",");
                continue;
            }
            if child.is_extra() {
                continue;
            }
            let value = if base == ExpressionId::UNKNOWN || self.kind(child) == Kind::RestPattern {
                base
            } else {
                self.out.expression(Expression::Part { base, index: position })
            };
            self.bind_pattern(child, value, scope);
        }
    }

    fn with_default(&mut self, pattern: Node<'_>, value: ExpressionId) -> ExpressionId {
        match self.field(pattern, self.fields.right) {
            Some(default) => {
                let default = self.expression(default);
                self.out.either(&[value, default])
            }
            None => value,
        }
    }

    /// Destructuring assignment to what exists already.
    pub(super) fn assign_pattern(&mut self, pattern: Node<'_>, base: ExpressionId) {
        if !self.out.enter(pattern) {
            return;
        }
        match self.kind(pattern) {
            Kind::ObjectPattern => {
                for child in named(pattern) {
                    match self.kind(child) {
                        Kind::PairPattern => {
                            let key = self.field(child, self.fields.key);
                            let target = self.field(child, self.fields.value);
                            if let (Some(key), Some(target)) = (key, target) {
                                let value = self.destructured(key, base);
                                self.assign_pattern(target, value);
                            }
                        }
                        Kind::ObjectAssignmentPattern => {
                            if let Some(left) = self.field(child, self.fields.left) {
                                let value = self.destructured(left, base);
                                let value = self.with_default(child, value);
                                self.assign_pattern(left, value);
                            }
                        }
                        Kind::RestPattern => self.assign_pattern(child, base),
                        _ => {
                            let value = self.destructured(child, base);
                            self.assign_pattern(child, value);
                        }
                    }
                }
            }
            Kind::ArrayPattern => {
                for (position, child) in named(pattern).into_iter().enumerate() {
                    let value = if base == ExpressionId::UNKNOWN {
                        base
                    } else {
                        let index = position.min(u16::MAX as usize) as u16;
                        self.out.expression(Expression::Part { base, index })
                    };
                    self.assign_pattern(child, value);
                }
            }
            Kind::AssignmentPattern => {
                if let Some(left) = self.field(pattern, self.fields.left) {
                    let value = self.with_default(pattern, base);
                    self.assign_pattern(left, value);
                }
            }
            Kind::RestPattern => {
                if let Some(inner) = first_named(pattern) {
                    self.assign_pattern(inner, base);
                }
            }
            _ => self.write_to(pattern, base, ReferenceFlags::empty()),
        }
        self.out.leave();
    }

    /// `const save = asyncHandler(async (request) => …)`: the function inside is what the name
    /// stands for, when the wrapper is known to give back a function.
    fn wrapped_function(
        &mut self,
        call: Node<'_>,
        name_node: Node<'_>,
        scope: ScopeId,
        node: Node<'_>,
        lead: &Lead<'_>,
    ) -> bool {
        let (Some(callee), Some(arguments)) =
            (self.field(call, self.fields.function), self.field(call, self.fields.arguments))
        else {
            return false;
        };
        let wrapper = match self.kind(callee) {
            Kind::MemberExpression => self.field(callee, self.fields.property),
            Kind::Identifier => Some(callee),
            _ => None,
        };
        if !wrapper.is_some_and(|wrapper| is_function_wrapper(self.out.text(wrapper))) {
            return false;
        }
        let functions: Vec<_> =
            named(arguments).into_iter().filter(|a| self.is_function_literal(*a)).collect();
        let [function] = functions.as_slice() else { return false };
        let id = self.named_function(*function, name_node, scope, lead.span(node), lead, None);
        let (callee, called, span) = self.callee(callee);
        let mut lowered = Vec::new();
        for argument in named(arguments) {
            lowered.push(if argument == *function {
                self.out.expression(Expression::Function(id))
            } else {
                self.expression(argument)
            });
        }
        let call = self.out.call(callee, &lowered);
        self.out.call_reference(&called, span, call, ReferenceFlags::empty());
        true
    }

    /// A function literal that is known under a name.
    pub(super) fn named_function(
        &mut self,
        value: Node<'_>,
        name_node: Node<'_>,
        scope: ScopeId,
        span: ByteRange,
        lead: &Lead<'_>,
        first_parameter: Option<ExpressionId>,
    ) -> DefinitionId {
        let name = self.out.text(name_node);
        let mut new = Self::new_definition(name, name_node, SymbolKind::Function, span);
        new.flags = function_flags(value);
        new.signature_end = self.body_start(value);
        let id = self.define(new, lead.doc);
        self.declare_definition(scope, name, id);
        self.exported_declaration(name, Some(id), lead);
        let receiver = if self.kind(value) == Kind::ArrowFunction {
            self.receiver()
        } else {
            Receiver::Function { name, definition: id }
        };
        let hints: SmallVec<[ExpressionId; 1]> = first_parameter.into_iter().collect();
        self.function_body(value, id, receiver, lead.doc, &hints);
        id
    }

    /// The properties of `const Card: React.FC<Properties> = …`: what its parameter is.
    fn component_properties_type(&mut self, declarator: Node<'_>) -> Option<ExpressionId> {
        let written = first_named(self.field(declarator, self.fields.type_)?)?;
        let name = self.type_name(written)?;
        let known = matches!(
            self.out.text(name),
            "FC" | "VFC"
                | "FunctionComponent"
                | "SFC"
                | "NextPage"
                | "ParentComponent"
                | "Component"
        );
        let arguments = self.field(written, self.fields.type_arguments).filter(|_| known)?;
        let properties = self.type_without_reference(first_named(arguments)?);
        (properties != ExpressionId::UNKNOWN)
            .then(|| self.out.expression(Expression::InstanceOf(properties)))
    }
}

/// Functions that take a function and give back one that does the same.
fn is_function_wrapper(name: &str) -> bool {
    const WRAPPERS: &[&str] = &[
        "action",
        "asyncHandler",
        "asyncMiddleware",
        "asyncWrapper",
        "cache",
        "callback",
        "catchAsync",
        "catchErrors",
        "createAsyncThunk",
        "createSelector",
        "curry",
        "debounce",
        "defineEventHandler",
        "eventHandler",
        "expressAsyncHandler",
        "forwardRef",
        "handler",
        "memo",
        "memoize",
        "observer",
        "once",
        "promisify",
        "throttle",
        "tryCatch",
        "useCallback",
        "useEvent",
        "useMemoizedFn",
        "withAuth",
        "wrap",
        "wrapAsync",
    ];
    WRAPPERS.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn wrappers_are_found() {
        assert!(super::is_function_wrapper("asyncHandler"));
        assert!(super::is_function_wrapper("wrapAsync"));
        assert!(super::is_function_wrapper("action"));
        assert!(!super::is_function_wrapper("map"));
    }
}
