//! Members of types, of their extensions and bases, and of built-in types.

use super::{
    Arguments, CAP, Evaluator, Found, How, MAX_SITES, Site, Value, Values, is_property, mark,
};
use crate::languages::BuiltinResult;
use crate::resolve::hierarchy::Base;
use crate::resolve::views;
use crate::resolve::world::{DefinitionRef, NamespaceId, ScopeRef, Word, World};
use qf_graph::facts::{
    Binding, BindingValue, DECORATED, Definition, DefinitionFlags, Expression, ExpressionId,
    ImportId, ImportKind, List, SymbolKind,
};
use smallvec::SmallVec;
use std::borrow::Cow;

impl<'w> Evaluator<'w, '_> {
    /// Looks a member up in a type, its extensions and what is above it.
    pub fn member_of_type(&mut self, this: DefinitionRef, word: Word, how: How) -> Found<'w> {
        // Aliases may lead in a circle.
        self.nested(|evaluator| evaluator.member_of_type_bounded(this, word, how))
            .unwrap_or(Found::Nothing)
    }

    pub(super) fn member_of_type_bounded(
        &mut self,
        this: DefinitionRef,
        word: Word,
        how: How,
    ) -> Found<'w> {
        let world: &'w World<'w> = self.world;
        let own = self.own_member(this, word);
        if !own.is_empty() && !self.is_first_seen(&own) {
            return Found::Sites(own, how);
        }
        let (ancestors, mut outside) = self.hierarchy.ancestors(this);
        if !own.is_empty() {
            // A field that this type only assigns is that of the type above which declares it.
            let declared =
                ancestors.iter().map(|above| self.own_member(*above, word)).find(|sites| {
                    !sites.is_empty()
                        && !self.is_first_seen(sites)
                        && sites.iter().any(|site| self.is_value(site))
                });
            let Some(mut sites) = declared else { return Found::Sites(own, how) };
            sites.extend(own.into_iter().filter(|site| !self.is_value(site)));
            return Found::Sites(sites, how);
        }
        for ancestor in &ancestors {
            let sites = self.own_member(*ancestor, word);
            if !sites.is_empty() {
                return Found::Sites(sites, how);
            }
        }
        // An alias has the members of what it stands for.
        let definition = world.definition(this);
        if definition.kind == SymbolKind::TypeAlias
            && let Some(aliased) = definition.declared_type
        {
            for value in self.types_in(this.file, aliased).items {
                match value {
                    Value::Instance { class, .. } if class != this => {
                        let found = self.member_of_type(class, word, how);
                        if !matches!(found, Found::Nothing) {
                            return found;
                        }
                    }
                    _ => outside = true,
                }
            }
        }
        // What it has not itself may be what it dereferences to has.
        let mut above = std::iter::once(&this).chain(&ancestors);
        if let Some((file, target)) =
            above.find_map(|class| self.hierarchy.passes_on.get(class).copied())
        {
            let inner = self.types_in(file, target);
            let found = self.member_of(&inner, word);
            if !matches!(found, Found::Nothing) {
                return mark(found, How::RECEIVER);
            }
        }
        if outside { Found::External } else { Found::Nothing }
    }

    /// What the decorators of a function put in its place under its name; nothing where that is
    /// the function itself, or where they are not known.
    pub(in crate::resolve) fn decorated(&mut self, at: DefinitionRef) -> Values<'w> {
        let world: &'w World<'w> = self.world;
        let definition = world.definition(at);
        let mut made = Values::default();
        if definition.decorators.is_empty() || !definition.kind.is_callable() {
            return made;
        }
        let file = world.file(at.file);
        let name = format!("{}{DECORATED}", file.facts().text(definition.name));
        let scope = definition.scope.and_then(|s| file.facts().scopes[s.index()].parent);
        let (Some(word), Some(scope)) = (world.word(&name), scope) else { return made };
        for binding in file.bindings(scope, word) {
            if binding.at == definition.name_span.start
                && let BindingValue::Value(value) = binding.value
            {
                made.merge(self.eval(at.file, value));
            }
        }
        made.items.retain(|value| *value != Value::Definition(at));
        made
    }

    /// Whether a member is a field that no line declares: it was first seen being assigned.
    pub(super) fn is_first_seen(&self, sites: &[Site<'w>]) -> bool {
        let mut definitions = sites.iter().filter_map(|site| match site {
            Site::Binding(file, binding) => match binding.value {
                BindingValue::Definition(definition) => {
                    Some(self.world.definition(DefinitionRef { file: *file, definition }))
                }
                _ => None,
            },
            Site::Expression(..) => None,
        });
        let implicit = |definition: &qf_graph::facts::Definition| {
            definition.kind == SymbolKind::Field
                && definition.flags.contains(DefinitionFlags::IMPLICIT)
        };
        let mut any = false;
        definitions.all(|definition| {
            any = true;
            implicit(definition)
        }) && any
    }

    pub(super) fn own_member(&self, this: DefinitionRef, word: Word) -> SmallVec<[Site<'w>; 2]> {
        let world: &'w World<'w> = self.world;
        let mut sites = SmallVec::new();
        let Definition { kind, scope: body, .. } = *world.definition(this);
        let body = body.map(|scope| ScopeRef { file: this.file, scope });
        let extensions = self.hierarchy.extensions.get(&this).map_or(&[][..], Vec::as_slice);
        let mut implemented = None;
        for scope in body.iter().chain(extensions) {
            // Once found, only what implements the same interface for other arguments is meant
            // too: `impl From<&str> for Value`, `impl From<bool> for Value`.
            if let Some(interface) = implemented
                && (self.hierarchy.written.get(scope) != Some(&interface)
                    || !self.hierarchy.for_arguments.contains(scope))
            {
                continue;
            }
            // What a test puts into a type is there for tests.
            let is_test = |file: u32| world.file(file).source.flags.test;
            if is_test(scope.file) && !is_test(this.file) && !is_test(self.file) {
                continue;
            }
            let hidden = matches!(kind, SymbolKind::Struct | SymbolKind::Enum)
                && world.file(scope.file).repository != self.index(self.file).repository
                && !self.hierarchy.written.contains_key(scope);
            for binding in world.file(scope.file).bindings(scope.scope, word) {
                if sites.len() < 2 * CAP && !(hidden && self.is_kept_inside(scope.file, binding)) {
                    sites.push(Site::Binding(scope.file, binding));
                }
            }
            // A field and a method may share a name (Rust): go on until a method is found.
            let settled = sites.iter().any(|site| match site {
                Site::Binding(file, binding) => match binding.value {
                    BindingValue::Definition(id) => {
                        world.file(*file).facts().definitions[id.index()].kind.is_callable()
                    }
                    BindingValue::Import(_) => true,
                    _ => false,
                },
                Site::Expression(..) => true,
            });
            if settled && implemented.is_none() {
                match self.hierarchy.written.get(scope) {
                    Some(interface) => implemented = Some(*interface),
                    None => break,
                }
            }
        }
        sites
    }

    /// Whether a member can only be used in its own repository (a method of Rust that is not `pub`).
    pub(super) fn is_kept_inside(&self, file: u32, binding: &Binding) -> bool {
        let BindingValue::Definition(definition) = binding.value else { return false };
        let definition = self.world.definition(DefinitionRef { file, definition });
        let inherent = definition.kind == SymbolKind::Method;
        inherent
            && self.index(file).semantics.methods_may_stay_inside()
            && !definition.flags.contains(DefinitionFlags::EXPORTED)
    }

    /// Looks a member up in every value of a set and joins what is found.
    pub fn member_of(&mut self, values: &Values<'w>, word: Word) -> Found<'w> {
        let values = &*self.pointed_to(values, word);
        let mut sites: SmallVec<[Site<'w>; 2]> = SmallVec::new();
        let mut how = values.how;
        let mut other = Found::Nothing;
        for value in &values.items {
            match self.member_of_value(*value, word) {
                Found::Sites(more, more_how) => {
                    how |= more_how;
                    for site in more {
                        if sites.len() < 2 * CAP {
                            sites.push(site);
                        }
                    }
                }
                Found::Nothing => {}
                found => {
                    if matches!(other, Found::Nothing) {
                        other = mark(found, values.how);
                    }
                }
            }
        }
        if sites.is_empty() { other } else { Found::Sites(sites, how) }
    }

    /// Values with pointers replaced by what they point to, unless the pointer itself has the
    /// member, and properties of built-in types by what they hold.
    pub(super) fn pointed_to<'v>(
        &mut self,
        values: &'v Values<'w>,
        word: Word,
    ) -> Cow<'v, Values<'w>> {
        let semantics = self.index(self.file).semantics;
        let pointer = |value: &Value<'w>| match *value {
            Value::Builtin { name, arguments } if semantics.is_pointer(name) => arguments,
            _ => None,
        };
        let is_one = |value: &Value<'w>| pointer(value).is_some() || is_property(value);
        if !values.items.iter().any(is_one) {
            return Cow::Borrowed(values);
        }
        let mut out = Values { items: SmallVec::new(), ..values.clone() };
        for value in &values.items {
            match (pointer(value), value) {
                _ if is_property(value) => {
                    let read = self.property(*value);
                    out.merge(read);
                }
                (Some(of), Value::Builtin { name, .. })
                    if matches!(self.builtin_extension(name, Some(of), word), Found::Nothing) =>
                {
                    let inner = self.argument(of, 0);
                    out.merge(inner);
                }
                _ => out.push(*value),
            }
        }
        Cow::Owned(out)
    }

    /// What a property of a built-in type holds.
    pub(super) fn property(&mut self, value: Value<'w>) -> Values<'w> {
        self.call_value(value, self.file, List::default())
    }

    pub(super) fn member_of_value(&mut self, value: Value<'w>, word: Word) -> Found<'w> {
        let world: &'w World<'w> = self.world;
        match value {
            Value::Namespace(namespace) => self.look_in_namespace(namespace, word, 0),
            Value::Instance { class, .. } => self.member_of_type(class, word, How::RECEIVER),
            Value::Super(class) => {
                let mut outside = false;
                // Where the first base is outside, that is the class, and interfaces follow it.
                let virtual_only = self.index(self.file).semantics.methods_are_virtual();
                for base in self.hierarchy.bases.get(&class).map_or(&[][..], Vec::as_slice) {
                    match base {
                        Base::Type(base)
                            if outside
                                && virtual_only
                                && world.definition(*base).kind == SymbolKind::Interface => {}
                        Base::Type(base) => {
                            let found = self.member_of_type(*base, word, How::SUPER);
                            match found {
                                Found::Nothing => {}
                                Found::External => outside = true,
                                found => return found,
                            }
                        }
                        Base::Outside => outside = true,
                    }
                }
                if outside { Found::External } else { Found::Nothing }
            }
            Value::Definition(this) => {
                let definition = world.definition(this);
                if definition.kind.is_type() || definition.kind == SymbolKind::TypeAlias {
                    self.member_of_type(this, word, How::empty())
                } else if definition.kind == SymbolKind::EnumMember {
                    self.variant_member(this, word)
                } else if let Some(scope) = definition.scope
                    && !definition.kind.is_callable()
                    && !self.hierarchy.extensions.contains_key(&this)
                {
                    // An inline namespace, or an object with members.
                    let sites: SmallVec<_> = world
                        .file(this.file)
                        .bindings(scope, word)
                        .map(|binding| Site::Binding(this.file, binding))
                        .take(MAX_SITES)
                        .collect();
                    if sites.is_empty() {
                        // Other files may go on with the namespace.
                        let all = &world.file(this.file).namespaces;
                        match all.iter().find(|(at, _)| *at == scope) {
                            Some((_, namespace)) => self.look_in_namespace(*namespace, word, 0),
                            None => Found::Nothing,
                        }
                    } else {
                        Found::Sites(sites, How::empty())
                    }
                } else {
                    // Functions as objects: constructor functions have members by extension, and
                    // what a decorator put in a function's place has those of its type.
                    match self.member_of_type(this, word, How::empty()) {
                        Found::Nothing => {
                            let made = self.decorated(this);
                            mark(self.member_of(&made, word), How::RETURN)
                        }
                        found => found,
                    }
                }
            }
            Value::Object(items) => match self.entry(items, world.text(word)) {
                Some(value) => Found::Values(self.eval(items.file, value).with(How::FIELD)),
                None => self.builtin_member("dict", word),
            },
            Value::External(_) => {
                let semantics = self.index(self.file).semantics;
                semantics.universal_member(world.text(word)).map_or(Found::External, Found::Builtin)
            }
            Value::Builtin { name, arguments } => match self.builtin_member(name, word) {
                Found::Nothing => self.builtin_extension(name, arguments, word),
                found => found,
            },
            Value::BuiltinName(name) => {
                let found = self.builtin_member(name, word);
                if matches!(found, Found::Nothing) {
                    Found::Builtin(BuiltinResult::Unknown)
                } else {
                    found
                }
            }
            Value::BuiltinMember { .. } | Value::Method { .. } => {
                Found::Builtin(BuiltinResult::Unknown)
            }
        }
    }

    /// A field of an enum's variant, or a member of the enum.
    pub(super) fn variant_member(&mut self, variant: DefinitionRef, word: Word) -> Found<'w> {
        let own = self.own_member(variant, word);
        if !own.is_empty() {
            return Found::Sites(own, How::RECEIVER);
        }
        match self.world.definition(variant).parent {
            Some(parent) => {
                let class = DefinitionRef { file: variant.file, definition: parent };
                self.member_of_type(class, word, How::RECEIVER)
            }
            None => Found::Nothing,
        }
    }

    pub(super) fn builtin_member(&self, name: &str, word: Word) -> Found<'w> {
        let semantics = self.index(self.file).semantics;
        match semantics.builtin_member(views::plain(name), self.world.text(word)) {
            Some(result) => Found::Builtin(result),
            None => Found::Nothing,
        }
    }

    /// A member that the repository gives to a built-in type, when only one extension has it.
    pub(super) fn builtin_extension(
        &mut self,
        name: &str,
        arguments: Option<Arguments>,
        word: Word,
    ) -> Found<'w> {
        let world: &'w World<'w> = self.world;
        let parts = arguments.filter(|_| name == "tuple").map_or(0, |of| of.list.len);
        let repository = self.index(self.file).repository;
        let mut sites: SmallVec<[Site<'w>; 2]> = SmallVec::new();
        for scope in self.hierarchy.builtin_scopes(name, parts, repository) {
            for binding in world.file(scope.file).bindings(scope.scope, word) {
                sites.push(Site::Binding(scope.file, binding));
            }
        }
        if sites.is_empty() {
            // What the interfaces do by themselves.
            let scopes = self.hierarchy.builtin_scopes(name, parts, repository);
            let interfaces = scopes.filter_map(|scope| self.hierarchy.interface.get(&scope));
            for interface in interfaces {
                for site in self.own_member(*interface, word) {
                    if !sites.contains(&site) {
                        sites.push(site);
                    }
                }
            }
        }
        if sites.is_empty() {
            sites = self.imported_extension(name, parts, word);
        }
        if sites.len() == 1 { Found::Sites(sites, How::RECEIVER) } else { Found::Nothing }
    }

    /// Members that another repository gives to a built-in type for an interface that this file brings
    /// in by name or with all of its module.
    pub(super) fn imported_extension(
        &mut self,
        name: &str,
        parts: u32,
        word: Word,
    ) -> SmallVec<[Site<'w>; 2]> {
        let world: &'w World<'w> = self.world;
        let index = self.index(self.file);
        let mut sites = SmallVec::new();
        for (scope, interface) in self.hierarchy.builtin_interfaces(name, parts) {
            if world.file(scope.file).repository == index.repository {
                continue;
            }
            // Numbers of different widths are one type here: the interface's own is meant.
            let own = world.file(scope.file).bindings(scope.scope, word).next();
            let own = own.filter(|_| !matches!(name, "int" | "float"));
            let own = own.map(|binding| Site::Binding(scope.file, binding));
            let Some(site) = own.or_else(|| self.own_member(interface, word).first().copied())
            else {
                continue;
            };
            if !sites.contains(&site) && self.is_brought_in(interface) {
                sites.push(site);
            }
        }
        sites
    }

    /// Whether an import of the file names a type, or brings in all of a module that offers it.
    pub(super) fn is_brought_in(&mut self, wanted: DefinitionRef) -> bool {
        let index = self.index(self.file);
        let name = self.world.name_of(wanted);
        (0..index.facts().imports.len() as u32).any(|row| {
            let import = &index.facts().imports[row as usize];
            let found = match import.kind {
                ImportKind::Item if import.item.is_some_and(|item| index.word(item) == name) => {
                    self.import(self.file, ImportId(row))
                }
                ImportKind::Star => match self.import(self.file, ImportId(row)) {
                    Found::Namespace(namespace, _) => self.look_in_namespace(namespace, name, 0),
                    _ => Found::Nothing,
                },
                _ => Found::Nothing,
            };
            self.values(found).items.contains(&Value::Definition(wanted))
        })
    }

    /// The value under a constant key of an object literal.
    pub(super) fn entry(&self, items: Arguments, key: &str) -> Option<ExpressionId> {
        let facts = self.index(items.file).facts();
        facts.list(items.list).chunks_exact(2).rev().find_map(|pair| {
            match facts.expression(pair[0]) {
                Expression::Text(text) if facts.text(text) == key => Some(pair[1]),
                _ => None,
            }
        })
    }

    /// The value that a CommonJS module is as a whole (`module.exports = Router`); `None` when it
    /// only has properties.
    pub fn whole_export(&mut self, namespace: NamespaceId) -> Option<Values<'w>> {
        let world: &'w World<'w> = self.world;
        let equals = world.word("export=")?;
        let mut values = Values::default();
        let mut any = false;
        for scope in &world.namespaces[namespace.0 as usize].scopes {
            let exports = &world.file(scope.file).exports;
            let start = exports.partition_point(|(word, _)| *word < equals);
            for (_, value) in exports[start..].iter().take_while(|(word, _)| *word == equals) {
                any = true;
                values.merge(self.eval(scope.file, *value));
            }
        }
        any.then(|| values.with(How::IMPORT))
    }

    /// Values with modules replaced by what they export as a whole.
    pub fn as_callable(&mut self, mut values: Values<'w>) -> Values<'w> {
        if !values.items.iter().any(|value| matches!(value, Value::Namespace(_))) {
            return values;
        }
        for value in std::mem::take(&mut values.items) {
            match value {
                Value::Namespace(namespace) => match self.whole_export(namespace) {
                    Some(whole) => values.merge(whole),
                    None => values.push(value),
                },
                _ => values.push(value),
            }
        }
        values
    }
}
