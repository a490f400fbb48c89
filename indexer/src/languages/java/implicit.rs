//! Members nobody wrote: accessors of records and what Lombok's annotations make.
//!
//! They are called like any other member, and setters and constructors among them are writes, so
//! they become definitions flagged implicit that stand where their field (or class name) stands.

use super::Walk;
use super::members::CONSTRUCTOR;
use crate::extract::{NewDefinition, range};
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionFlags, DefinitionId, Expression, ExpressionId,
    ParameterKind, ReferenceFlags, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

/// What implied members need to know of an instance field.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldNote<'s> {
    pub(super) name: &'s str,
    pub(super) span: ByteRange,
    pub(super) name_span: ByteRange,
    pub(super) declared: ExpressionId,
    pub(super) is_final: bool,
    pub(super) has_value: bool,
    pub(super) is_required: bool,
    pub(super) getter: bool,
    pub(super) setter: bool,
}

/// Lombok's annotations on a class.
#[derive(Debug, Default)]
pub(super) struct ClassAnnotations {
    getters: bool,
    setters: bool,
    builder: bool,
    all_arguments: bool,
    required_arguments: bool,
    no_arguments: bool,
    logger: bool,
}

impl ClassAnnotations {
    pub(super) fn of<'x>(names: impl Iterator<Item = &'x str>) -> Self {
        let mut found = Self::default();
        for name in names {
            match name {
                "Data" => {
                    found.getters = true;
                    found.setters = true;
                    found.required_arguments = true;
                }
                "Value" => {
                    found.getters = true;
                    found.all_arguments = true;
                }
                "Getter" => found.getters = true,
                "Setter" => found.setters = true,
                "Builder" | "SuperBuilder" => found.builder = true,
                "AllArgsConstructor" => found.all_arguments = true,
                "RequiredArgsConstructor" => found.required_arguments = true,
                "NoArgsConstructor" => found.no_arguments = true,
                "Slf4j" | "Log" | "Log4j" | "Log4j2" | "CommonsLog" | "XSlf4j" => {
                    found.logger = true;
                }
                _ => {}
            }
        }
        found
    }
}

fn capitalized(name: &str) -> String {
    let mut characters = name.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

const IMPLIED: DefinitionFlags = DefinitionFlags::IMPLICIT.union(DefinitionFlags::EXPORTED);

impl<'s, 't> Walk<'_, 's, 't> {
    /// Accessors and the canonical constructor of a record, unless written.
    pub(super) fn record_members(&mut self, name: Node<'t>) {
        let Some(frame) = self.types.last() else { return };
        let has_constructor = frame.has_constructor;
        let components = frame.fields.clone();
        for component in &components {
            let written =
                self.types.last().is_some_and(|frame| frame.methods.contains_key(component.name));
            if !written {
                self.getter(component, component.name);
            }
        }
        if !has_constructor {
            self.implied_constructor(name, &components);
        }
    }

    /// What Lombok makes of a class whose body has been walked.
    pub(super) fn implied_members(
        &mut self,
        node: Node<'t>,
        name: Node<'t>,
        class: &ClassAnnotations,
    ) {
        let Some(frame) = self.types.last() else { return };
        let fields = frame.fields.clone();
        let has_constructor = frame.has_constructor;
        for field in &fields {
            if class.getters || field.getter {
                self.lombok_getter(field);
            }
            if (class.setters || field.setter) && !field.is_final {
                self.lombok_setter(field);
            }
        }
        let open = |field: &&FieldNote<'s>| !(field.is_final && field.has_value);
        if class.all_arguments {
            let all: Vec<_> = fields.iter().filter(open).copied().collect();
            self.implied_constructor(name, &all);
        }
        let explicit = class.all_arguments || class.no_arguments;
        if class.required_arguments && !explicit && !has_constructor {
            let required: Vec<_> = fields
                .iter()
                .filter(|field| (field.is_final || field.is_required) && !field.has_value)
                .copied()
                .collect();
            self.implied_constructor(name, &required);
        }
        if class.no_arguments {
            self.implied_constructor(name, &[]);
        }
        if class.builder {
            self.builder(node, name, &fields);
        }
        if class.logger {
            self.logger(name);
        }
    }

    fn has_method(&self, name: &str) -> bool {
        self.types.last().is_some_and(|frame| frame.methods.contains_key(name))
    }

    fn lombok_getter(&mut self, field: &FieldNote<'s>) {
        let boolean = matches!(self.out.peek(field.declared), Expression::Builtin(name)
            if self.out.name_text(name) == "bool");
        let getter = match (boolean, field.name.strip_prefix("is")) {
            (true, Some(rest)) if rest.starts_with(char::is_uppercase) => field.name.to_owned(),
            (true, _) => format!("is{}", capitalized(field.name)),
            _ => format!("get{}", capitalized(field.name)),
        };
        if !self.has_method(&getter) {
            self.getter(field, &getter);
        }
    }

    fn define_implied(
        &mut self,
        name: &str,
        kind: SymbolKind,
        field: (ByteRange, ByteRange),
        flags: DefinitionFlags,
    ) -> DefinitionId {
        self.out.define(&NewDefinition {
            name,
            kind,
            span: field.0,
            name_span: field.1,
            signature_end: 0,
            flags: IMPLIED | flags,
        })
    }

    fn this_member(&mut self, name: &str) -> ExpressionId {
        let scope = self.out.scope();
        let this = self.out.expression(Expression::This(scope));
        self.out.member(this, name)
    }

    fn getter(&mut self, field: &FieldNote<'s>, name: &str) {
        let place = (field.span, field.name_span);
        let id = self.define_implied(name, SymbolKind::Method, place, DefinitionFlags::empty());
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        self.out.get_mut(id).declared_type = Some(field.declared);
        self.out.open_definition(id, ScopeKind::Function);
        let value = self.this_member(field.name);
        self.out.read_reference(field.name, field.name_span, value);
        self.out.returns(id, value);
        self.out.close_definition();
    }

    fn lombok_setter(&mut self, field: &FieldNote<'s>) {
        let stem = match field.name.strip_prefix("is") {
            Some(rest) if rest.starts_with(char::is_uppercase) => rest.to_owned(),
            _ => capitalized(field.name),
        };
        let name = format!("set{stem}");
        if self.has_method(&name) {
            return;
        }
        let place = (field.span, field.name_span);
        let id = self.define_implied(&name, SymbolKind::Method, place, DefinitionFlags::SETTER);
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        self.out.open_definition(id, ScopeKind::Function);
        self.implied_parameter(id, field);
        let member = self.this_member(field.name);
        let value = self.out.name_expression(field.name);
        self.out.write_reference(
            field.name,
            field.name_span,
            member,
            Some(value),
            ReferenceFlags::empty(),
        );
        self.out.close_definition();
    }

    fn implied_parameter(&mut self, id: DefinitionId, field: &FieldNote<'s>) {
        let at = field.name_span.start;
        let declared = Some(field.declared);
        self.out.parameter(id, field.name, declared, None, ParameterKind::Plain, at);
    }

    fn implied_constructor(&mut self, name: Node<'t>, fields: &[FieldNote<'s>]) {
        let (text, span) = (self.text(name), range(name));
        let flags = DefinitionFlags::empty();
        let id = self.define_implied(text, SymbolKind::Constructor, (span, span), flags);
        let scope = self.out.scope();
        self.out.bind(scope, CONSTRUCTOR, span.start, BindingValue::Definition(id));
        self.out.open_definition(id, ScopeKind::Function);
        for field in fields {
            self.implied_parameter(id, field);
            self.initialize(field);
        }
        self.out.close_definition();
    }

    /// `Order.builder().total(3).build()`: a static method, a class with a method per field.
    fn builder(&mut self, node: Node<'t>, name: Node<'t>, fields: &[FieldNote<'s>]) {
        let owner = self.text(name);
        let span = range(name);
        let builder = format!("{owner}Builder");
        let scope = self.out.scope();
        let class = self.define_implied(
            &builder,
            SymbolKind::Class,
            (range(node), span),
            DefinitionFlags::STATIC,
        );
        self.out.bind_definition(scope, class);
        let start = self.define_implied(
            "builder",
            SymbolKind::Method,
            (span, span),
            DefinitionFlags::STATIC,
        );
        self.out.bind_definition(scope, start);
        let made = self.out.expression(Expression::Definition(class));
        self.out.get_mut(start).declared_type = Some(made);
        self.out.open_definition(class, ScopeKind::Type);
        for field in fields {
            self.builder_step(field, owner, made);
        }
        let inner = self.out.scope();
        let build = self.define_implied(
            "build",
            SymbolKind::Method,
            (span, span),
            DefinitionFlags::empty(),
        );
        self.out.bind_definition(inner, build);
        let product = self.out.name_expression(owner);
        self.out.get_mut(build).declared_type = Some(product);
        self.out.close_definition();
    }

    fn builder_step(&mut self, field: &FieldNote<'s>, owner: &str, builder: ExpressionId) {
        let place = (field.span, field.name_span);
        let flags = DefinitionFlags::SETTER;
        let id = self.define_implied(field.name, SymbolKind::Method, place, flags);
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        self.out.get_mut(id).declared_type = Some(builder);
        self.out.open_definition(id, ScopeKind::Function);
        self.implied_parameter(id, field);
        let product = self.out.name_expression(owner);
        let instance = self.out.expression(Expression::InstanceOf(product));
        let member = self.out.member(instance, field.name);
        let value = self.out.name_expression(field.name);
        self.out.write_reference(
            field.name,
            field.name_span,
            member,
            Some(value),
            ReferenceFlags::INITIALIZER,
        );
        self.out.close_definition();
    }

    /// `@Slf4j` and its kin declare a field `log`.
    fn logger(&mut self, name: Node<'t>) {
        let span = range(name);
        let flags = DefinitionFlags::IMPLICIT | DefinitionFlags::STATIC;
        let id = self.out.define(&NewDefinition {
            name: "log",
            kind: SymbolKind::Field,
            span,
            name_span: span,
            signature_end: 0,
            flags,
        });
        let logger = self.builtin("Logger");
        self.out.get_mut(id).declared_type = Some(logger);
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        self.out.bind(scope, "log", span.start, BindingValue::Typed(logger));
    }
}
