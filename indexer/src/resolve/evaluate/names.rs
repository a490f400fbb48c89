//! Names through scopes, imports and namespaces.

use super::{
    CAP, Evaluator, Found, How, MAX_DEPTH, MAX_SITES, MAX_STEPS, Site, Value, Values, is_member,
    mark,
};
use crate::resolve::world::{DefinitionRef, NamespaceId, ScopeRef, Word, World};
use qf_graph::facts::{
    Binding, BindingValue, Expression, ExpressionId, ImportId, ImportKind, Name, ScopeId, ScopeKind,
};
use smallvec::SmallVec;

impl<'w> Evaluator<'w, '_> {
    /// Looks a name up lexically from a scope.
    pub fn look_up(&mut self, file: u32, scope: ScopeId, word: Word) -> Found<'w> {
        let index = self.index(file);
        let members_visible = index.semantics.members_visible_in_methods();
        let mut at = Some(scope);
        let mut outside = false;
        while let Some(current) = at {
            let row = &index.facts().scopes[current.index()];
            at = row.parent;
            if row.kind == ScopeKind::Type && current != scope && !members_visible {
                continue;
            }
            let sites: SmallVec<_> = index
                .bindings(current, word)
                .map(|b| Site::Binding(file, b))
                .take(MAX_SITES)
                .collect();
            // Where members need a receiver, a field does not hide the package of its name
            // (`store store.Store`); type parameters of the type are in scope all the same.
            let member = row.kind == ScopeKind::Type
                && index.semantics.literals_call_nothing()
                && sites.iter().any(|site| is_member(index, site));
            // A field may have the name of a type (`URL URL = …`): the type is meant.
            let member = member
                || self.only_types && sites.iter().any(|site| self.hides_no_type(site))
                || self.only_functions && sites.iter().all(|site| self.is_variable(site));
            if !sites.is_empty() && !member {
                let how = if row.kind == ScopeKind::Type { How::SELF } else { How::empty() };
                return Found::Sites(sites, how);
            }
            if row.kind == ScopeKind::Type && members_visible {
                let here = ScopeRef { file, scope: current };
                if let Some(this) = self.hierarchy.type_of_scope(self.world, here) {
                    let found = self.member_of_type(this, word, How::SELF);
                    let value = match &found {
                        Found::Sites(sites, _) if self.only_types => {
                            sites.iter().any(|site| self.is_value(site))
                        }
                        Found::Sites(sites, _) if self.only_functions => {
                            sites.iter().all(|site| self.is_variable(site))
                        }
                        _ => false,
                    };
                    if !value && !matches!(found, Found::Nothing | Found::External) {
                        return found;
                    }
                }
            }
            let found = self.look_around(file, current, word);
            match found {
                Found::Nothing => {}
                // What headers lead to has it, unless an outer scope or the language does.
                Found::External if index.semantics.program().is_some() => outside = true,
                found => return found,
            }
        }
        let text = self.world.text(word);
        if index.semantics.builtins().binary_search(&text).is_ok() {
            return Found::BuiltinName(text);
        }
        if let Some(namespace) = self.named_by_clause(file, word) {
            return Found::Namespace(namespace, How::IMPORT);
        }
        if outside { Found::External } else { Found::Nothing }
    }

    /// The imported namespace whose files call it so, whatever its path ends with.
    pub(super) fn named_by_clause(&mut self, file: u32, word: Word) -> Option<NamespaceId> {
        let index = self.index(file);
        if !index.semantics.clauses_name_imports() {
            return None;
        }
        let facts = index.facts();
        let layout = &self.world.repositories[index.repository as usize].layout;
        facts.imports.iter().find_map(|import| {
            let path = index.source.path.as_str();
            let keys = index.semantics.import_candidates(import, path, facts, layout);
            let family = index.source.language.family();
            let named = |key: &String| self.world.namespace(index.repository, family, key);
            let namespace = keys.iter().find_map(named)?;
            let scope = self.world.namespaces[namespace.0 as usize].scopes.first()?;
            let other = self.world.file(scope.file);
            (other.word(other.facts().package?) == word).then_some(namespace)
        })
    }

    /// The scope around a class, where a name in it was found to mean what is made of this very
    /// expression: in `Entry = Entry`, the second is the one outside.
    pub(super) fn around_itself(
        &self,
        file: u32,
        id: ExpressionId,
        scope: ScopeId,
        found: &Found<'w>,
    ) -> Option<ScopeId> {
        let Found::Sites(sites, _) = found else { return None };
        let row = &self.index(file).facts().scopes[scope.index()];
        let is_own = |site: &Site<'w>| {
            matches!(site, Site::Binding(at, Binding { value: BindingValue::Value(value), .. })
                if *at == file && *value == id)
        };
        row.parent.filter(|_| row.kind == ScopeKind::Type && sites.iter().any(is_own))
    }

    /// The type expression of the one instance that a local variable is given, and nothing else.
    pub fn made(&self, scope: ScopeId, name: Name) -> Option<ExpressionId> {
        let index = self.index(self.file);
        let word = index.word(name);
        let mut at = Some(scope);
        while let Some(current) = at {
            let row = &index.facts().scopes[current.index()];
            at = row.parent;
            let mut values = index
                .bindings(current, word)
                .filter(|binding| !matches!(binding.value, BindingValue::Typed(_)));
            let (first, more) = (values.next(), values.next().is_some());
            if index.bindings(current, word).next().is_none() {
                continue;
            }
            let Some(Binding { value: BindingValue::Value(value), .. }) = first else {
                return None;
            };
            return match index.facts().expression(*value) {
                Expression::New { class, .. } if !more && row.kind != ScopeKind::Type => {
                    Some(class)
                }
                _ => None,
            };
        }
        None
    }

    /// Whether a site is a field, a parameter: something with a value and never a type.
    pub(super) fn is_value(&self, site: &Site<'_>) -> bool {
        match site {
            Site::Binding(file, binding) => match binding.value {
                BindingValue::Definition(definition) => {
                    self.world.definition(DefinitionRef { file: *file, definition }).kind.is_value()
                }
                BindingValue::Parameter { .. } => true,
                _ => false,
            },
            Site::Expression(..) => false,
        }
    }

    /// Whether a type is meant all the same where a name has this meaning too: that of a value, or of
    /// a variable inside a function.
    pub(super) fn hides_no_type(&self, site: &Site<'_>) -> bool {
        let local = |file: u32, binding: &Binding| {
            let kind = self.index(file).facts().scopes[binding.scope.index()].kind;
            matches!(binding.value, BindingValue::Value(_) | BindingValue::Unknown)
                && matches!(kind, ScopeKind::Function | ScopeKind::Block)
        };
        matches!(site, Site::Binding(file, binding) if local(*file, binding)) || self.is_value(site)
    }

    /// Whether a name stands for a variable: a value or what is assigned to it.
    pub(super) fn is_variable(&self, site: &Site<'_>) -> bool {
        let assigned = |binding: &Binding| {
            matches!(binding.value, BindingValue::Value(_) | BindingValue::Typed(_))
        };
        matches!(site, Site::Binding(_, binding) if assigned(binding)) || self.is_value(site)
    }

    /// What a call calls. Where variables and functions have names of their own, a variable of the
    /// function's name does not hide it (`Target target = target()`).
    pub fn called(&mut self, file: u32, callee: ExpressionId) -> Values<'w> {
        let values = self.eval(file, callee);
        let index = self.index(file);
        let is_function = |value: &Value<'_>| {
            matches!(
                value,
                Value::Definition(_) | Value::Method { .. } | Value::BuiltinMember { .. }
            )
        };
        if index.semantics.variables_hide_functions() || values.items.iter().any(is_function) {
            return values;
        }
        let functions = match index.facts().expression(callee) {
            Expression::Name { name, scope } => {
                self.only_functions = true;
                let found = self.look_up(file, scope, index.word(name));
                self.only_functions = false;
                self.values(found)
            }
            Expression::Member { base, name } => {
                let base = self.eval(file, base);
                self.only_functions = true;
                let members = self.member_values(&base, index.word(name));
                self.only_functions = false;
                members
            }
            _ => return values,
        };
        if functions.items.iter().any(is_function) { functions } else { values }
    }

    /// Star imports of a scope and the other scopes of its namespaces.
    pub(super) fn look_around(&mut self, file: u32, scope: ScopeId, word: Word) -> Found<'w> {
        let index = self.index(file);
        if scope == ScopeId::MODULE && index.semantics.program().is_some() {
            return self.look_around_program(file, word);
        }
        for (at, namespace) in &index.namespaces {
            if *at == scope {
                let found = self.look_in_namespace_scopes(*namespace, word, Some(file));
                if !matches!(found, Found::Nothing) {
                    return found;
                }
            }
        }
        // Of several that offer the name, the last one wins.
        for (at, row) in index.stars.iter().rev() {
            if *at != scope {
                continue;
            }
            match self.import(file, ImportId(*row)) {
                Found::Namespace(namespace, _) => {
                    let found = self.look_in_namespace(namespace, word, 0);
                    if !matches!(found, Found::Nothing) {
                        return mark(found, How::STAR);
                    }
                }
                Found::Sites(sites, _) => {
                    // A star import of a type: its members and variants.
                    for value in self.sites_values(&sites).items {
                        if let Value::Definition(this) = value {
                            let found = self.member_of_type(this, word, How::STAR);
                            if !matches!(found, Found::Nothing | Found::External) {
                                return found;
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Found::Nothing
    }

    pub(in crate::resolve) fn look_in_namespace_scopes(
        &mut self,
        namespace: NamespaceId,
        word: Word,
        except: Option<u32>,
    ) -> Found<'w> {
        let world: &'w World<'w> = self.world;
        let mut sites: SmallVec<[Site<'w>; 2]> = SmallVec::new();
        for scope in world.scopes_with(namespace, word) {
            if except == Some(scope.file) {
                continue;
            }
            for binding in world.file(scope.file).bindings(scope.scope, word) {
                // What a sibling file imports is its own business.
                if except.is_some() && matches!(binding.value, BindingValue::Import(_)) {
                    continue;
                }
                if let (Some(_), BindingValue::Definition(definition)) = (except, binding.value) {
                    let at = DefinitionRef { file: scope.file, definition };
                    if !world.file(scope.file).semantics.is_linked(world.definition(at)) {
                        continue;
                    }
                }
                if sites.len() < CAP {
                    sites.push(Site::Binding(scope.file, binding));
                }
            }
        }
        if sites.is_empty() { Found::Nothing } else { Found::Sites(sites, How::empty()) }
    }

    /// What a module offers under a name: its exports, its bindings, what it re-exports, the
    /// namespaces inside it.
    pub fn look_in_namespace(
        &mut self,
        namespace: NamespaceId,
        word: Word,
        depth: u32,
    ) -> Found<'w> {
        // Modules may export one another in a circle, by name or by star.
        self.steps += 1;
        if depth > 12 || self.depth >= MAX_DEPTH || self.steps > MAX_STEPS {
            self.cuts += 1;
            return Found::Nothing;
        }
        self.depth += 1;
        let found = self.look_in_namespace_bounded(namespace, word, depth);
        self.depth -= 1;
        found
    }

    pub(super) fn look_in_namespace_bounded(
        &mut self,
        namespace: NamespaceId,
        word: Word,
        depth: u32,
    ) -> Found<'w> {
        let world: &'w World<'w> = self.world;
        let row = &world.namespaces[namespace.0 as usize];
        if world.file(row.file).semantics.program().is_some() {
            return self.look_through_includes(namespace, word, true);
        }
        let mut sites: SmallVec<[Site<'w>; 2]> = SmallVec::new();
        for scope in &row.scopes {
            let exports = &world.file(scope.file).exports;
            let start = exports.partition_point(|(w, _)| *w < word);
            for (_, value) in exports[start..].iter().take_while(|(w, _)| *w == word) {
                sites.push(Site::Expression(scope.file, *value));
            }
        }
        if !sites.is_empty() {
            return Found::Sites(sites, How::empty());
        }
        match self.look_in_namespace_scopes(namespace, word, None) {
            Found::Sites(mut sites, how) => {
                // `from . import part` binds the module below, not what it binds itself.
                sites.retain(|site| !self.asks_its_own_module(site, namespace, word));
                if !sites.is_empty() {
                    return Found::Sites(sites, how);
                }
            }
            Found::Nothing => {}
            found => return found,
        }
        // A mere folder of modules gives way to an installed package of its name.
        let mut outside = row.scopes.is_empty();
        let transitive = row.family == "python";
        let equals = world.word("export=");
        for scope in &row.scopes {
            let index = world.file(scope.file);
            for (at, import) in index.stars.iter().rev() {
                let offered = transitive || index.facts().imports[*import as usize].reexport;
                if *at != scope.scope || !offered {
                    continue;
                }
                match self.import(scope.file, ImportId(*import)) {
                    Found::Namespace(other, _) if other != namespace => {
                        let found = self.look_in_namespace(other, word, depth + 1);
                        if !matches!(found, Found::Nothing | Found::External) {
                            return mark(found, How::STAR);
                        }
                        outside |= matches!(found, Found::External);
                    }
                    Found::External => outside = true,
                    _ => {}
                }
            }
            // `module.exports = value`: the value's members are the module's.
            if let Some(equals) = equals.filter(|_| !index.exports.is_empty()) {
                let start = index.exports.partition_point(|(w, _)| *w < equals);
                for (_, value) in index.exports[start..].iter().take_while(|(w, _)| *w == equals) {
                    let exported = self.eval(scope.file, *value);
                    let found = self.member_of(&exported, word);
                    if !matches!(found, Found::Nothing) {
                        return found;
                    }
                }
            }
        }
        let child = world.file(row.file).semantics.child_namespace(&row.key, world.text(word));
        if let Some(id) = child.and_then(|key| world.namespace(row.repository, row.family, &key)) {
            return Found::Namespace(id, How::empty());
        }
        if outside { Found::External } else { Found::Nothing }
    }

    /// Whether what stands at a place of a module is brought in from that module by its own name.
    pub(super) fn asks_its_own_module(
        &self,
        site: &Site<'w>,
        namespace: NamespaceId,
        word: Word,
    ) -> bool {
        let Site::Binding(file, Binding { value: BindingValue::Import(id), .. }) = *site else {
            return false;
        };
        let index = self.index(file);
        let Some(import) = index.facts().imports.get(id.index()) else { return false };
        if import.kind != ImportKind::Item
            || import.item.is_none_or(|item| index.word(item) != word)
        {
            return false;
        }
        let layout = &self.world.repositories[index.repository as usize].layout;
        let (path, family) = (&index.source.path, index.source.language.family());
        let keys = index.semantics.import_candidates(import, path, index.facts(), layout);
        let found = |key: &String| self.world.namespace(index.repository, family, key);
        keys.iter().find_map(found) == Some(namespace)
    }

    /// What an import brings in.
    pub fn import(&mut self, file: u32, id: ImportId) -> Found<'w> {
        if let Some(found) = self.imports.get(&(file, id)) {
            return found.clone();
        }
        // An import that leads back to itself finds nothing the second time.
        self.imports.insert((file, id), Found::Nothing);
        let found = self.import_uncached(file, id);
        self.imports.insert((file, id), found.clone());
        found
    }

    pub(super) fn import_uncached(&mut self, file: u32, id: ImportId) -> Found<'w> {
        let index = self.index(file);
        let Some(import) = index.facts().imports.get(id.index()) else { return Found::Nothing };
        let layout = &self.world.repositories[index.repository as usize].layout;
        let candidates =
            index.semantics.import_candidates(import, &index.source.path, index.facts(), layout);
        let family = index.source.language.family();
        let mut exists = false;
        for key in &candidates {
            let place = (index.repository, family);
            let Some(namespace) = self.namespace_by_way(place, key, 0) else { continue };
            exists = true;
            let Some(item) = import.item.filter(|_| import.kind == ImportKind::Item) else {
                return Found::Namespace(namespace, How::IMPORT);
            };
            let word = index.word(item);
            let found = self.look_in_namespace(namespace, word, 0);
            if !matches!(found, Found::Nothing) {
                return mark(found, How::IMPORT);
            }
            if self.world.text(word) == "default" {
                // A default import of a CommonJS module is the whole export.
                return match self.world.word("export=") {
                    Some(equals) => match self.look_in_namespace(namespace, equals, 0) {
                        Found::Nothing => Found::Namespace(namespace, How::IMPORT),
                        found => mark(found, How::IMPORT),
                    },
                    None => Found::Namespace(namespace, How::IMPORT),
                };
            }
        }
        if exists { Found::Nothing } else { Found::External }
    }

    /// The namespace under a key, or the one that the way there leads to: a module may be brought in
    /// from elsewhere under the name that it has in a path.
    pub(super) fn namespace_by_way(
        &mut self,
        place: (u32, &'static str),
        key: &str,
        depth: u32,
    ) -> Option<NamespaceId> {
        let (repository, family) = place;
        if let Some(namespace) = self.world.namespace(repository, family, key) {
            return Some(namespace);
        }
        let (outer, last) = key.rsplit_once("::").filter(|_| depth < 4)?;
        let word = self.world.word(last)?;
        let outer = self.namespace_by_way(place, outer, depth + 1)?;
        let found = self.look_in_namespace(outer, word, 0);
        self.values(found).items.iter().find_map(|value| match value {
            Value::Namespace(namespace) => Some(*namespace),
            _ => None,
        })
    }
}
