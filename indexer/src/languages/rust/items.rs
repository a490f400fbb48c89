//! Items: functions, types, traits, `impl` blocks, modules, constants, macros.
//!
//! A type's members stand in two places: fields and variants inside it, methods in `impl` blocks.
//! When the type is in the same file its definition is the parent of both. An `impl` may come
//! before its type, and a definition must exist before it can be a parent, so such a block waits
//! until the other items of its list are done; all others keep source order.

use super::attributes::{Attributes, is_visible, item_span};
use super::kinds::{Field, Kind, child, kind};
use super::walker::{Walker, all_children, children};
use crate::extract::builder::NewDefinition;
use crate::extract::range;
use qf_graph::facts::{
    BindingValue, DefinitionFlags, DefinitionId, ExpressionId, ParameterKind, Role, ScopeId,
    ScopeKind, SymbolKind,
};
use rustc_hash::FxHashSet;
use tree_sitter::Node;

/// What kind of list an item stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// A module or block.
    Module,
    /// `impl Type`: visibility is written at each member.
    Inherent,
    /// `impl Trait for Type`: members are as visible as the trait.
    TraitImpl,
    /// `trait`; whether it is visible.
    Trait(bool),
    /// `extern "C"`.
    Foreign,
}

impl Context {
    fn has_members(self) -> bool {
        matches!(self, Context::Inherent | Context::TraitImpl | Context::Trait(_))
    }
}

impl<'s> Walker<'s, '_> {
    /// Walks the items (and, in macro arguments, statements) that are the children of `list`.
    pub(super) fn items(&mut self, list: Node<'_>, context: Context) {
        let nodes = all_children(list);
        let mut attributes = Attributes::default();
        let mut waiting = Vec::new();
        let mut later: Option<FxHashSet<&'s str>> = None;
        for node in &nodes {
            match kind(*node) {
                Kind::Token => continue,
                Kind::InnerAttributeItem => {
                    self.in_test |= self.is_test_only(*node);
                    continue;
                }
                _ if self.gather(*node, &mut attributes) => continue,
                _ => {}
            }
            let taken = std::mem::take(&mut attributes);
            if kind(*node) == Kind::ImplItem && self.must_wait(*node, &nodes, &mut later) {
                waiting.push((*node, taken));
            } else {
                self.item(*node, &taken, context);
            }
        }
        for (node, attributes) in waiting {
            self.item(node, &attributes, context);
        }
    }

    /// Whether an `impl` comes before the type it is for.
    fn must_wait(
        &self,
        node: Node<'_>,
        list: &[Node<'_>],
        later: &mut Option<FxHashSet<&'s str>>,
    ) -> bool {
        let Some(target) = child(node, Field::Type).and_then(|target| self.target_name(target))
        else {
            return false;
        };
        let name = self.out.text(target);
        if self.types.contains_key(&(self.item_scope, name)) {
            return false;
        }
        let declared = later.get_or_insert_with(|| {
            list.iter()
                .filter(|node| is_type_item(kind(**node)))
                .filter_map(|node| child(*node, Field::Name))
                .map(|name| self.out.text(name))
                .collect()
        });
        declared.contains(name)
    }

    /// Walks one item.
    pub(super) fn item(&mut self, node: Node<'_>, attributes: &Attributes<'_>, context: Context) {
        if !self.out.enter(node) {
            return;
        }
        match kind(node) {
            Kind::FunctionItem | Kind::FunctionSignature => {
                self.function(node, attributes, context);
            }
            Kind::StructItem | Kind::UnionItem => self.structure(node, attributes),
            Kind::EnumItem => self.enumeration(node, attributes),
            Kind::TraitItem => self.interface(node, attributes),
            Kind::ImplItem => self.implementation(node),
            Kind::ModItem => self.module(node, attributes),
            Kind::ConstItem | Kind::StaticItem => self.constant(node, attributes, context),
            Kind::TypeItem | Kind::AssociatedType => self.type_alias(node, attributes, context),
            Kind::MacroDefinition => self.macro_definition(node, attributes),
            Kind::UseDeclaration => self.use_declaration(node),
            Kind::ExternCrate => self.extern_crate(node),
            Kind::ForeignModItem => {
                if let Some(body) = child(node, Field::Body) {
                    self.items(body, Context::Foreign);
                }
            }
            Kind::Error => self.items(node, context),
            _ => {
                self.statement(node);
            }
        }
        self.out.leave();
    }

    fn define(
        &mut self,
        node: Node<'_>,
        name: Node<'_>,
        symbol: SymbolKind,
        attributes: &Attributes<'_>,
        flags: DefinitionFlags,
    ) -> DefinitionId {
        let mut flags = flags | attributes.flags();
        flags.set(DefinitionFlags::TEST, self.in_test || flags.contains(DefinitionFlags::TEST));
        let body = child(node, Field::Body).filter(|_| kind(node) != Kind::EnumVariant);
        let id = self.out.define(&NewDefinition {
            name: self.out.text(name),
            kind: symbol,
            span: item_span(node, attributes),
            name_span: range(name),
            signature_end: body.map_or(0, |body| body.start_byte() as u32),
            flags,
        });
        self.decorate(id, attributes);
        id
    }

    fn visibility(&self, node: Node<'_>, context: Context) -> DefinitionFlags {
        let visible = match context {
            Context::Module | Context::Inherent | Context::Foreign => is_visible(self, node),
            Context::TraitImpl => true,
            Context::Trait(visible) => visible,
        };
        if visible { DefinitionFlags::EXPORTED } else { DefinitionFlags::empty() }
    }

    // ---- functions -------------------------------------------------------------------------------

    fn function(&mut self, node: Node<'_>, attributes: &Attributes<'_>, context: Context) {
        let Some(name) = child(node, Field::Name) else { return };
        let parameters = child(node, Field::Parameters);
        let mut flags = self.visibility(node, context);
        let member = context.has_members();
        flags.set(DefinitionFlags::STATIC, member && !parameters.is_some_and(has_receiver));
        flags.set(DefinitionFlags::ASYNC, self.is_async(node));
        flags.set(DefinitionFlags::DECLARATION, context == Context::Foreign);
        let body = child(node, Field::Body);
        flags
            .set(DefinitionFlags::ABSTRACT, matches!(context, Context::Trait(_)) && body.is_none());
        let symbol = if member { SymbolKind::Method } else { SymbolKind::Function };
        let id = self.define(node, name, symbol, attributes, flags);
        let scope = if member { self.out.scope() } else { self.item_scope };
        self.out.bind_definition(scope, id);
        self.out.open_definition(id, ScopeKind::Function);
        let in_test = self.in_test;
        self.in_test |= attributes.test;
        self.without_locals(|walker| walker.function_inside(node, id, parameters, body));
        self.in_test = in_test;
        self.out.close_definition();
    }

    fn function_inside(
        &mut self,
        node: Node<'_>,
        id: DefinitionId,
        parameters: Option<Node<'_>>,
        body: Option<Node<'_>>,
    ) {
        self.bind_generics(node, Some(id));
        self.where_mentions(node);
        let mark = self.mark_block();
        if let Some(parameters) = parameters {
            self.parameters(parameters, id);
        }
        let result = child(node, Field::ReturnType);
        if let Some(result) = result {
            let declared = self.type_expression(result);
            self.out.get_mut(id).declared_type = Some(declared);
        }
        if let Some(body) = body {
            let outer = self.returns_to.replace(id);
            let value = self.block_contents(body);
            if result.is_some() {
                self.out.returns(id, value);
            }
            self.returns_to = outer;
        }
        self.close_block(mark);
    }

    fn is_async(&self, node: Node<'_>) -> bool {
        children(node).iter().find(|child| kind(**child) == Kind::FunctionModifiers).is_some_and(
            |modifiers| self.out.text(*modifiers).split_whitespace().any(|word| word == "async"),
        )
    }

    fn parameters(&mut self, list: Node<'_>, function: DefinitionId) {
        for node in children(list) {
            match kind(node) {
                Kind::SelfParameter => {
                    let declared = self.self_type();
                    let at = node.start_byte() as u32;
                    let kind = ParameterKind::Receiver;
                    self.out.parameter(function, "self", Some(declared), None, kind, at);
                }
                Kind::Parameter => self.parameter(node, function),
                Kind::VariadicParameter => {
                    let at = node.start_byte() as u32;
                    self.out.parameter(function, "", None, None, ParameterKind::Rest, at);
                }
                _ => {}
            }
        }
    }

    fn parameter(&mut self, node: Node<'_>, function: DefinitionId) {
        let declared = child(node, Field::Type)
            .map_or(ExpressionId::UNKNOWN, |node| self.type_expression(node));
        let known = (declared != ExpressionId::UNKNOWN).then_some(declared);
        let Some(pattern) = child(node, Field::Pattern) else { return };
        let at = pattern.start_byte() as u32;
        match kind(pattern) {
            Kind::SelfKeyword => {
                let kind = ParameterKind::Receiver;
                self.out.parameter(function, "self", known, None, kind, at);
            }
            Kind::Identifier => {
                let name = self.out.text(pattern);
                self.out.parameter(function, name, known, None, ParameterKind::Plain, at);
                let scope = self.out.scope();
                self.note_local(name, scope);
            }
            _ => {
                self.out.parameter(function, "", known, None, ParameterKind::Plain, at);
                let value = known.map_or(BindingValue::Unknown, BindingValue::Typed);
                self.bind_pattern(pattern, value);
            }
        }
    }

    // ---- types -----------------------------------------------------------------------------------

    /// Defines a type, binds it, opens the scopes of its type parameters and of its members, and
    /// walks what is inside.
    fn open_type(
        &mut self,
        node: Node<'_>,
        symbol: SymbolKind,
        attributes: &Attributes<'_>,
        inside: impl FnOnce(&mut Self, DefinitionId, bool),
    ) {
        let Some(name) = child(node, Field::Name) else { return };
        let flags = self.visibility(node, Context::Module);
        let id = self.define(node, name, symbol, attributes, flags);
        let scope = self.item_scope;
        self.out.bind_definition(scope, id);
        self.projections(attributes, scope, id);
        self.types.insert((scope, self.out.text(name)), id);
        self.out.push_parent(id);
        let generic = self.open_type_generics(node, id);
        self.where_mentions(node);
        self.out.pop_parent();
        self.out.open_definition(id, ScopeKind::Type);
        inside(self, id, flags.contains(DefinitionFlags::EXPORTED));
        self.out.close_definition();
        if generic {
            self.out.close_scope();
        }
    }

    /// `#[project = StateProj]`: a second name for the same fields, pinned.
    fn projections(&mut self, attributes: &Attributes<'_>, scope: ScopeId, id: DefinitionId) {
        if self.pin_projects {
            for (name, at) in self.projected_names(attributes) {
                self.out.bind(scope, name, at, BindingValue::Definition(id));
            }
        }
    }

    fn structure(&mut self, node: Node<'_>, attributes: &Attributes<'_>) {
        self.open_type(node, SymbolKind::Struct, attributes, |walker, _, _| {
            if let Some(body) = child(node, Field::Body) {
                walker.fields(body, false);
            }
        });
    }

    /// Named or positional fields, bound in the innermost scope.
    fn fields(&mut self, body: Node<'_>, all_visible: bool) {
        let mut attributes = Attributes::default();
        let (mut position, mut visible) = (0_u32, false);
        for node in all_children(body) {
            if self.gather(node, &mut attributes) {
                continue;
            }
            match kind(node) {
                Kind::Token | Kind::Error => {}
                Kind::VisibilityModifier => visible = self.out.text(node) != "pub(self)",
                Kind::FieldDeclaration => {
                    let taken = std::mem::take(&mut attributes);
                    let visible = all_visible || is_visible(self, node);
                    if let (Some(name), Some(declared)) =
                        (child(node, Field::Name), child(node, Field::Type))
                    {
                        let text = self.out.text(name);
                        self.field(node, name, text, declared, &taken, visible);
                    }
                }
                _ => {
                    let taken = std::mem::take(&mut attributes);
                    let name = position.to_string();
                    self.field(node, node, &name, node, &taken, all_visible || visible);
                    position += 1;
                    visible = false;
                }
            }
        }
    }

    fn field(
        &mut self,
        node: Node<'_>,
        at: Node<'_>,
        name: &str,
        declared: Node<'_>,
        attributes: &Attributes<'_>,
        visible: bool,
    ) {
        let mut flags = attributes.flags();
        flags.set(DefinitionFlags::EXPORTED, visible);
        flags.set(DefinitionFlags::TEST, self.in_test || attributes.test_only);
        let id = self.out.define(&NewDefinition {
            name,
            kind: SymbolKind::Field,
            span: item_span(node, attributes),
            name_span: range(at),
            signature_end: 0,
            flags,
        });
        self.decorate(id, attributes);
        let declared = self.type_expression(declared);
        self.out.get_mut(id).declared_type = Some(declared);
        self.bind_member(id, name, at.start_byte() as u32, Some(declared));
    }

    /// Binds a member in the innermost scope, with its declared type.
    fn bind_member(
        &mut self,
        id: DefinitionId,
        name: &str,
        at: u32,
        declared: Option<ExpressionId>,
    ) {
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        if let Some(declared) = declared.filter(|declared| *declared != ExpressionId::UNKNOWN) {
            self.out.bind(scope, name, at, BindingValue::Typed(declared));
        }
    }

    fn enumeration(&mut self, node: Node<'_>, attributes: &Attributes<'_>) {
        let name = child(node, Field::Name).map_or("", |name| self.out.text(name));
        let itself = self.out.name_expression(name);
        self.open_type(node, SymbolKind::Enum, attributes, |walker, _, visible| {
            let Some(body) = child(node, Field::Body) else { return };
            let mut attributes = Attributes::default();
            for node in all_children(body) {
                if walker.gather(node, &mut attributes) {
                    continue;
                }
                if kind(node) == Kind::EnumVariant {
                    let taken = std::mem::take(&mut attributes);
                    walker.variant(node, &taken, itself, visible);
                }
            }
        });
    }

    /// A variant is a value of its enum (its declared type); one with fields has them in a scope of
    /// its own, so that patterns can take them out.
    fn variant(
        &mut self,
        node: Node<'_>,
        attributes: &Attributes<'_>,
        itself: ExpressionId,
        visible: bool,
    ) {
        let Some(name) = child(node, Field::Name) else { return };
        let mut flags = DefinitionFlags::STATIC;
        flags.set(DefinitionFlags::EXPORTED, visible);
        let id = self.define(node, name, SymbolKind::EnumMember, attributes, flags);
        self.out.get_mut(id).declared_type = Some(itself);
        let scope = self.out.scope();
        self.out.bind_definition(scope, id);
        if let Some(body) = child(node, Field::Body) {
            self.out.open_definition(id, ScopeKind::Type);
            self.fields(body, visible);
            self.out.close_definition();
        }
        if let Some(value) = child(node, Field::Value) {
            self.outside_type(|walker| walker.expression(value));
        }
    }

    fn interface(&mut self, node: Node<'_>, attributes: &Attributes<'_>) {
        self.open_type(node, SymbolKind::Interface, attributes, |walker, id, visible| {
            if let Some(bounds) = child(node, Field::Bounds) {
                let bases = walker.bounds_with_role(bounds, Role::Inherit);
                walker.out.get_mut(id).bases.extend(bases);
            }
            if let Some(body) = child(node, Field::Body) {
                walker.items(body, Context::Trait(visible));
            }
        });
    }

    fn implementation(&mut self, node: Node<'_>) {
        let Some(target) = child(node, Field::Type) else { return };
        let parent = self.target_name(target).and_then(|name| self.type_in_file(name));
        if let Some(parent) = parent {
            self.out.push_parent(parent);
        }
        let generic = self.open_impl_generics(node, target, parent);
        self.where_mentions(node);
        let role = if parent.is_some() { Role::Inherit } else { Role::Type };
        let interface =
            child(node, Field::Trait).map(|interface| self.type_with_role(interface, role));
        let lowered = self.impl_target(node, target);
        // The parts of a tuple are what its `self` is taken apart into.
        let lowered =
            if self.is_builtin(lowered) { lowered } else { self.without_arguments(lowered) };
        self.out.extension(lowered, interface);
        if let Some(body) = child(node, Field::Body) {
            let context = if interface.is_some() { Context::TraitImpl } else { Context::Inherent };
            self.items(body, context);
        }
        self.out.close_scope();
        if generic {
            self.out.close_scope();
        }
        if parent.is_some() {
            self.out.pop_parent();
        }
    }

    /// The type of this file that a name means, looked up through the scopes around.
    fn type_in_file(&self, name: Node<'_>) -> Option<DefinitionId> {
        let name = self.out.text(name);
        let mut at = Some(self.item_scope);
        while let Some(scope) = at {
            if let Some(id) = self.types.get(&(scope, name)) {
                return Some(*id);
            }
            at = self.out.scope_parent(scope);
        }
        None
    }

    fn type_alias(&mut self, node: Node<'_>, attributes: &Attributes<'_>, context: Context) {
        let Some(name) = child(node, Field::Name) else { return };
        let mut flags = self.visibility(node, context);
        let abstract_one = kind(node) == Kind::AssociatedType;
        flags.set(DefinitionFlags::ABSTRACT, abstract_one);
        let id = self.define(node, name, SymbolKind::TypeAlias, attributes, flags);
        let scope = if context.has_members() { self.out.scope() } else { self.item_scope };
        self.out.bind_definition(scope, id);
        let generic = self.open_generics(node, Some(id));
        let declared = if abstract_one {
            let bounds = child(node, Field::Bounds)
                .map(|bounds| self.bounds_with_role(bounds, Role::Type))
                .unwrap_or_default();
            self.out.either(&bounds)
        } else {
            child(node, Field::Type)
                .map_or(ExpressionId::UNKNOWN, |node| self.type_expression(node))
        };
        if declared != ExpressionId::UNKNOWN {
            self.out.get_mut(id).declared_type = Some(declared);
        }
        if generic {
            self.out.close_scope();
        }
    }

    // ---- the rest ----------------------------------------------------------------------------------

    fn module(&mut self, node: Node<'_>, attributes: &Attributes<'_>) {
        let Some(name) = child(node, Field::Name) else { return };
        let Some(body) = child(node, Field::Body) else {
            self.module_file(node, attributes);
            return;
        };
        let flags = self.visibility(node, Context::Module);
        let id = self.define(node, name, SymbolKind::Namespace, attributes, flags);
        let doc = self.inner_doc(&all_children(body));
        if self.out.get(id).doc.is_none() {
            self.out.set_doc(id, &doc);
        }
        let scope = self.item_scope;
        self.out.bind_definition(scope, id);
        let in_test = self.in_test;
        self.in_test |= attributes.test_only;
        self.item_scope = self.out.open_definition(id, ScopeKind::Namespace);
        self.without_locals(|walker| walker.items(body, Context::Module));
        self.out.close_definition();
        self.item_scope = scope;
        self.in_test = in_test;
    }

    fn constant(&mut self, node: Node<'_>, attributes: &Attributes<'_>, context: Context) {
        let Some(name) = child(node, Field::Name) else { return };
        let text = self.out.text(name);
        let declared = child(node, Field::Type);
        let value = child(node, Field::Value);
        if text == "_" {
            // `const _: () = { … }`: only what is inside matters.
            if let Some(value) = value {
                self.expression(value);
            }
            return;
        }
        let mut flags = self.visibility(node, context);
        flags.set(DefinitionFlags::STATIC, context.has_members());
        let bare = matches!(context, Context::Trait(_)) && value.is_none();
        flags.set(DefinitionFlags::ABSTRACT, bare);
        flags.set(DefinitionFlags::DECLARATION, context == Context::Foreign);
        let symbol = if kind(node) == Kind::StaticItem {
            SymbolKind::Variable
        } else {
            SymbolKind::Constant
        };
        let id = self.define(node, name, symbol, attributes, flags);
        let scope = if context.has_members() { self.out.scope() } else { self.item_scope };
        self.out.bind_definition(scope, id);
        // In a function only the definition is bound: values would make it a local variable.
        let local = matches!(self.out.scope_kind(scope), ScopeKind::Function | ScopeKind::Block);
        let at = name.start_byte() as u32;
        if let Some(declared) = declared {
            let declared = self.type_expression(declared);
            self.out.get_mut(id).declared_type = Some(declared);
            if declared != ExpressionId::UNKNOWN && !local {
                self.out.bind(scope, text, at, BindingValue::Typed(declared));
            }
        }
        if let Some(value) = value {
            let value = self.outside_type(|walker| walker.expression(value));
            if value != ExpressionId::UNKNOWN && !local {
                self.out.bind(scope, text, at, BindingValue::Value(value));
            }
        }
    }

    fn macro_definition(&mut self, node: Node<'_>, attributes: &Attributes<'_>) {
        let Some(name) = child(node, Field::Name) else { return };
        let flags = if attributes.macro_export {
            DefinitionFlags::EXPORTED
        } else {
            DefinitionFlags::empty()
        };
        let id = self.define(node, name, SymbolKind::Macro, attributes, flags);
        let scope = self.item_scope;
        self.out.bind_definition(scope, id);
        self.out.open_definition(id, ScopeKind::Function);
        self.without_locals(|walker| {
            for rule in children(node) {
                if let Some(body) = child(rule, Field::Right) {
                    // Calls happen where the macro is expanded; here they are mentions.
                    walker.scan_tokens(body, true);
                }
            }
        });
        self.out.close_definition();
    }
}

fn is_type_item(kind: Kind) -> bool {
    matches!(kind, Kind::StructItem | Kind::EnumItem | Kind::UnionItem | Kind::TraitItem)
}

/// Whether a function takes `self`.
fn has_receiver(parameters: Node<'_>) -> bool {
    children(parameters).first().is_some_and(|first| {
        kind(*first) == Kind::SelfParameter
            || child(*first, Field::Pattern)
                .is_some_and(|pattern| kind(pattern) == Kind::SelfKeyword)
    })
}
