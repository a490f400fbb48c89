//! Whose records a value holds, after relations between models were followed.
//!
//! Which model a call is about is mostly the one that its chain begins with. A relation changes that
//! on the way: what `user.orders.update_all(…)` changes are orders. So a value is followed together
//! with the model that its records are of. What declares a relation (`has_many :orders`,
//! `$this->hasMany(Order::class)`, `User.hasMany(Order)`) and what instances have through it is said
//! by rules ([`Relation`]); all of them are collected once. A class that cannot be told, or that
//! several could be, is none.

use super::arguments::named_value;
use super::each_file;
use super::origin::{End, Origins, Shared};
use super::rule::{Access, Relation};
use super::tables::{model_name, snake_case};
use crate::layout;
use crate::resolve::DefinitionRef;
use crate::resolve::evaluate::{Found, Part, Site, Value};
use crate::resolve::hierarchy::{Base, Hierarchy};
use qf_graph::facts::{
    BindingValue, DefinitionFlags, DefinitionId, Expression, ExpressionId, FileFacts, ImportId,
    ScopeId, ScopeKind,
};
use rustc_hash::{FxHashMap, FxHashSet};

mod declared;

/// Longest chain that is followed.
const MAX_DEPTH: u32 = 24;
/// Most expressions looked at for one question.
const MAX_STEPS: u32 = 400;
/// Most classes above one whose relations it has too.
const MAX_BASES: u32 = 8;

/// The function in which a model that its folder offers declares its relations: it is handed all
/// models of the folder.
const ASSOCIATE: &str = "associate";

/// The relations of all models.
#[derive(Default)]
pub struct Relations {
    members: FxHashMap<DefinitionRef, Vec<Member>>,
    /// Names of all members.
    names: FxHashSet<String>,
    models: Models,
    /// Repositories that may have any.
    repositories: FxHashSet<u32>,
}

/// A member that instances of a model have through a relation.
struct Member {
    name: String,
    called: bool,
    /// Row of the relation, and of its access.
    way: (u32, usize),
    /// The other model; none where several are declared.
    to: Option<DefinitionRef>,
}

/// Models by repository and name.
#[derive(Default)]
struct Models {
    /// By the snake-case name of the class.
    named: FxHashMap<(u32, String), Vec<DefinitionRef>>,
    /// By its plural.
    plural: FxHashMap<(u32, String), Vec<DefinitionRef>>,
    /// Those that are offered by their folder, by their own name.
    offered: FxHashMap<(u32, String), Vec<DefinitionRef>>,
}

/// What a value holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The model.
    pub class: DefinitionRef,
    /// The origin: that of the model's base for the class and for what is asked like it, with `()` for
    /// one record, with `[]` for records that were read.
    pub origin: String,
}

/// What a member leads to along a relation.
pub struct Reached<'r> {
    /// What it holds.
    pub held: Held,
    /// The relation.
    pub relation: &'r Relation,
    /// The way.
    pub access: &'r Access,
}

impl Relations {
    /// Collects what models declare.
    pub fn of(shared: &Shared<'_, '_>) -> Self {
        let mut relations = Self { repositories: repositories(shared), ..Self::default() };
        if relations.repositories.is_empty() {
            return relations;
        }
        relations.models = models(shared, &relations.repositories);
        let declared =
            each_file(shared, |origins, file| Records::new(origins, &relations).declared(file));
        for (class, member) in declared {
            relations.add(class, member);
        }
        relations
    }

    /// Whether a file may be about records that a relation or a folder of models leads to.
    pub fn may_concern(&self, repository: u32) -> bool {
        self.repositories.contains(&repository)
    }

    /// Whether some model has a member of this name.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    fn add(&mut self, class: DefinitionRef, member: Member) {
        self.names.insert(member.name.clone());
        let members = self.members.entry(class).or_default();
        let same = |other: &Member| other.name == member.name && other.called == member.called;
        match members.iter().position(same) {
            Some(at) if members[at].to != member.to => members[at].to = None,
            Some(_) => {}
            None => members.push(member),
        }
    }

    /// The member of a model, its own or inherited.
    fn member(
        &self,
        hierarchy: &Hierarchy,
        class: DefinitionRef,
        (name, called): (&str, bool),
        depth: u32,
    ) -> Option<&Member> {
        let own = self.members.get(&class).into_iter().flatten();
        let mut own = own.filter(|member| member.name == name && member.called == called);
        if let Some(member) = own.next() {
            return Some(member);
        }
        let mut bases = hierarchy.bases.get(&class).filter(|_| depth < MAX_BASES)?.iter();
        bases.find_map(|base| match base {
            Base::Type(base) => self.member(hierarchy, *base, (name, called), depth + 1),
            Base::Outside => None,
        })
    }
}

/// The repositories in which something is called like what declares a relation, or makes a model that
/// its folder offers.
fn repositories(shared: &Shared<'_, '_>) -> FxHashSet<u32> {
    let mut found = FxHashSet::default();
    for (file, index) in shared.world.files.iter().enumerate() {
        if found.contains(&index.repository) {
            continue;
        }
        let tells = |name: &str| {
            !shared.rules.relating(name).is_empty()
                || shared.rules.makes(name) && shared.calls(file as u32, name)
        };
        if index.facts().names.iter().any(tells) {
            found.insert(index.repository);
        }
    }
    found
}

/// The models of some repositories.
fn models(shared: &Shared<'_, '_>, repositories: &FxHashSet<u32>) -> Models {
    let world = shared.world;
    let found = each_file(shared, |origins, file| {
        let mut found = Vec::new();
        let index = world.file(file);
        if !repositories.contains(&index.repository) {
            return found;
        }
        let facts = index.facts();
        for (row, definition) in facts.definitions.iter().enumerate() {
            if !definition.kind.is_type() || definition.bases.is_empty() {
                continue;
            }
            let at = DefinitionRef { file, definition: DefinitionId(row as u32) };
            let Some(base) = origins.base_origin(at, 0) else { continue };
            let rules = origins.rules;
            let Some(model) = rules.model(rules.same(&base)) else { continue };
            found.push((at, model_name(facts, definition, model).to_owned(), model.by_folder));
        }
        found
    });
    let mut models = Models::default();
    for (at, name, by_folder) in found {
        let repository = world.file(at.file).repository;
        let snake = snake_case(&name);
        let plural = super::tables::plural(&snake);
        models.named.entry((repository, snake)).or_default().push(at);
        models.plural.entry((repository, plural)).or_default().push(at);
        if by_folder {
            models.offered.entry((repository, name)).or_default().push(at);
        }
    }
    models
}

/// Follows values to the models of their records.
pub struct Records<'a, 'w, 'h> {
    origins: &'a mut Origins<'w, 'h>,
    relations: &'a Relations,
    steps: u32,
}

impl<'a, 'w, 'h> Records<'a, 'w, 'h> {
    /// For looking at values of one file.
    pub fn new(origins: &'a mut Origins<'w, 'h>, relations: &'a Relations) -> Self {
        Self { origins, relations, steps: 0 }
    }

    /// What a value holds.
    pub fn held(&mut self, file: u32, id: ExpressionId) -> Option<Held> {
        self.steps = 0;
        self.at(file, id, 0)
    }

    /// What a member access, or a call of one, leads to along a relation.
    pub fn reached(&mut self, file: u32, id: ExpressionId) -> Option<Reached<'h>> {
        self.steps = 0;
        let facts = self.origins.world.file(file).facts();
        match facts.expression(id) {
            Expression::Call { callee, .. } => match facts.expression(callee) {
                Expression::Member { base, name } => {
                    let from = self.at(file, base, 1)?;
                    self.along(&from, facts.text(name), true)
                }
                Expression::Name { name, scope } => {
                    let from = self.implicit(file, scope)?;
                    self.along(&from, facts.text(name), true)
                }
                _ => None,
            },
            Expression::Member { base, name } => {
                let from = self.at(file, base, 1)?;
                self.along(&from, facts.text(name), false)
            }
            _ => None,
        }
    }

    fn at(&mut self, file: u32, id: ExpressionId, depth: u32) -> Option<Held> {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return None;
        }
        let facts = self.origins.world.file(file).facts();
        let found = match facts.expression(id) {
            Expression::Argument { value, .. } | Expression::Await(value) => {
                return self.at(file, value, depth + 1);
            }
            Expression::Element(base) | Expression::Index { base, .. } => {
                return one_of(&self.at(file, base, depth + 1)?);
            }
            Expression::Part { base, index } => {
                let held = self.at(file, base, depth + 1)?;
                // `[user, created] = await User.findOrCreate(…)`.
                let first = index == 0 && held.origin.ends_with("()");
                return if first { Some(held) } else { one_of(&held) };
            }
            Expression::Either(items) => return self.either(file, facts.list(items), depth + 1),
            Expression::Call { callee, .. } => self.given(file, callee, depth + 1),
            Expression::Member { base, name } => {
                let from = self.at(file, base, depth + 1);
                let reached = from.and_then(|from| self.along(&from, facts.text(name), false));
                reached.map(|reached| reached.held)
            }
            Expression::Unknown
            | Expression::Text(_)
            | Expression::Concat(_)
            | Expression::Builtin(_)
            | Expression::Collection { .. } => return None,
            _ => None,
        };
        found.or_else(|| self.root(file, id, depth))
    }

    /// What the only one of several holds of which that is known.
    fn either(&mut self, file: u32, items: &[ExpressionId], depth: u32) -> Option<Held> {
        let mut found = None;
        for item in items {
            let held = self.at(file, *item, depth);
            if held.is_some() && found.is_some() && held != found {
                return None;
            }
            found = held.or(found);
        }
        found
    }

    /// What a call gives: what a relation leads to, or what the library says it does.
    fn given(&mut self, file: u32, callee: ExpressionId, depth: u32) -> Option<Held> {
        let facts = self.origins.world.file(file).facts();
        match facts.expression(callee) {
            Expression::Member { base, name } => {
                let name = facts.text(name);
                let from = self.at(file, base, depth)?;
                if let Some(reached) = self.along(&from, name, true) {
                    return Some(reached.held);
                }
                let origin = format!("{}.{name}()", from.origin);
                let same = self.origins.rules.same(&origin);
                (same != origin).then(|| Held { class: from.class, origin: same.to_owned() })
            }
            Expression::Name { name, scope } => {
                let from = self.implicit(file, scope)?;
                self.along(&from, facts.text(name), true).map(|reached| reached.held)
            }
            _ => None,
        }
    }

    /// The member of a record that leads along a relation.
    fn along(&self, from: &Held, name: &str, called: bool) -> Option<Reached<'h>> {
        let base = from.origin.strip_suffix("()").filter(|_| self.relations.has(name))?;
        let hierarchy = self.origins.evaluator.hierarchy;
        let member = self.relations.member(hierarchy, from.class, (name, called), 0)?;
        let relation = self.origins.rules.relation(member.way.0).filter(|it| it.of == base)?;
        let access = relation.access.get(member.way.1)?;
        let held = Held { class: member.to?, origin: access.gives.clone() };
        Some(Reached { held, relation, access })
    }

    /// The record whose method Ruby calls without naming it.
    fn implicit(&mut self, file: u32, scope: ScopeId) -> Option<Held> {
        let facts = self.origins.world.file(file).facts();
        if facts.language != "ruby" {
            return None;
        }
        let mut at = Some(scope);
        let method = loop {
            let row = &facts.scopes[at?.index()];
            let definition = row.definition.map(|id| &facts.definitions[id.index()]);
            let named = definition.filter(|definition| !facts.text(definition.name).is_empty());
            match (row.kind, named) {
                (ScopeKind::Function, Some(method)) => break method,
                (ScopeKind::Type, _) => return None,
                _ => at = row.parent,
            }
        };
        if method.flags.contains(DefinitionFlags::STATIC) {
            return None;
        }
        let class = self.origins.evaluator.class_around(file, scope)?;
        self.model(class, true)
    }

    // ---- where a chain begins ----------------------------------------------------------------

    /// What a value holds that no relation leads to: a model of the project, an instance of one, or
    /// what a name was given.
    fn root(&mut self, file: u32, id: ExpressionId, depth: u32) -> Option<Held> {
        let mut held: Vec<Held> = Vec::new();
        for (class, instance) in self.classes(file, id) {
            let found = self.model(class, instance)?;
            if !held.contains(&found) {
                held.push(found);
            }
        }
        if !held.is_empty() {
            return held.pop().filter(|_| held.is_empty());
        }
        let followed = match self.origins.chase(file, id, 0) {
            End::Expression(other, value) if (other, value) != (file, id) => {
                self.at(other, value, depth + 1)
            }
            End::Parameter(at, index) => self.passed(at, index, depth + 1),
            End::Definition(at) if self.origins.world.definition(at).kind.is_type() => {
                self.model(at, false)
            }
            _ => None,
        };
        if followed.is_some() {
            return followed;
        }
        let class = self.offered(file, id)?;
        self.model(class, false)
    }

    /// The classes that a value is (false), or may be an instance of (true).
    fn classes(&mut self, file: u32, id: ExpressionId) -> Vec<(DefinitionRef, bool)> {
        let world = self.origins.world;
        self.origins.evaluator.begin();
        let values = self.origins.evaluator.eval(file, id);
        let classes = values.items.iter().filter_map(|value| match *value {
            Value::Instance { class, .. } => Some((class, true)),
            Value::Definition(at) if world.definition(at).kind.is_type() => Some((at, false)),
            _ => None,
        });
        classes.collect()
    }

    /// A class as a model, or an instance of it.
    fn model(&mut self, class: DefinitionRef, instance: bool) -> Option<Held> {
        let rules = self.origins.rules;
        let base = self.origins.base_origin(class, 0)?;
        let base = rules.same(&base);
        rules.model(base)?;
        let origin = if instance { format!("{base}()") } else { base.to_owned() };
        Some(Held { class, origin })
    }

    /// What all arguments hold that reach a parameter.
    fn passed(&mut self, at: DefinitionRef, index: u16, depth: u32) -> Option<Held> {
        let passed = self.origins.evaluator.flow?.get(&(at, index))?;
        let mut found: Option<Held> = None;
        for argument in passed {
            let held = match argument.part {
                Part::Value => self.at(argument.file, argument.value, depth)?,
                Part::Elements | Part::Values => {
                    one_of(&self.at(argument.file, argument.value, depth)?)?
                }
                Part::Instance => continue,
            };
            if found.as_ref().is_some_and(|found| *found != held) {
                return None;
            }
            found = Some(held);
        }
        found
    }

    // ---- models that are offered by their folder ---------------------------------------------

    /// The model of this name that an index file offers, or the library's own list of all.
    fn offered(&mut self, file: u32, id: ExpressionId) -> Option<DefinitionRef> {
        if self.relations.models.offered.is_empty() {
            return None;
        }
        let index = self.origins.world.file(file);
        let facts = index.facts();
        match facts.expression(id) {
            Expression::Member { base, name } => {
                let name = facts.text(name);
                let key = (index.repository, name.to_owned());
                if !self.relations.models.offered.contains_key(&key) {
                    return None;
                }
                let origin = self.origins.origin(file, base, 0);
                if origin.is_some_and(|origin| self.origins.rules.is_registry(&origin)) {
                    return self.only_offered(file, name, None);
                }
                let folder = match self.import_behind(file, base) {
                    Some(import) => self.folder_of(file, import)?,
                    None => self.handed_all(file, base)?,
                };
                self.only_offered(file, name, Some(&folder))
            }
            Expression::Name { .. } | Expression::Imported(_) => {
                let import = self.import_behind(file, id)?;
                let item = facts.imports[import.index()].item?;
                let folder = self.folder_of(file, import)?;
                self.only_offered(file, facts.text(item), Some(&folder))
            }
            _ => None,
        }
    }

    /// The only model of this name in the folder, or in the repository.
    fn only_offered(&self, file: u32, name: &str, folder: Option<&str>) -> Option<DefinitionRef> {
        let world = self.origins.world;
        let key = (world.file(file).repository, name.to_owned());
        let all = self.relations.models.offered.get(&key)?.iter().filter(|at| {
            let path = world.file(at.file).source.path.as_str();
            folder.is_none_or(|folder| layout::folder(path) == folder)
        });
        only(all.copied())
    }

    /// The import that a name stands for.
    fn import_behind(&mut self, file: u32, id: ExpressionId) -> Option<ImportId> {
        let index = self.origins.world.file(file);
        match index.facts().expression(id) {
            Expression::Imported(import) => Some(import),
            Expression::Name { name, scope } => {
                self.origins.evaluator.begin();
                match self.origins.evaluator.look_up(file, scope, index.word(name)) {
                    Found::Sites(sites, _) => sites.iter().find_map(|site| match site {
                        Site::Binding(at, binding) if *at == file => match binding.value {
                            BindingValue::Import(import) => Some(import),
                            _ => None,
                        },
                        _ => None,
                    }),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The folder whose index file is imported.
    fn folder_of(&self, file: u32, import: ImportId) -> Option<String> {
        let index = self.origins.world.file(file);
        let module = index.facts().text(index.facts().imports[import.index()].module);
        if !module.starts_with('.') {
            return None;
        }
        let path = layout::join(layout::folder(&index.source.path), module)?;
        let (folder, last) = path.rsplit_once('/').unwrap_or(("", path.as_str()));
        let said = matches!(last, "index" | "index.js" | "index.cjs" | "index.mjs" | "index.ts");
        Some(if said { folder.to_owned() } else { path.clone() })
    }

    /// The folder all whose models a parameter holds.
    fn handed_all(&mut self, file: u32, id: ExpressionId) -> Option<String> {
        let End::Parameter(at, 0) = self.origins.chase(file, id, 0) else { return None };
        let index = self.origins.world.file(at.file);
        let function = &index.facts().definitions[at.definition.index()];
        let name = index.facts().text(function.name);
        (name == ASSOCIATE).then(|| layout::folder(&index.source.path).to_owned())
    }
}

/// One record of those that a value holds.
fn one_of(held: &Held) -> Option<Held> {
    if held.origin.ends_with("()") {
        return None;
    }
    let base = held.origin.strip_suffix("[]").unwrap_or(&held.origin);
    Some(Held { class: held.class, origin: format!("{base}()") })
}

/// The only one of several.
fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

/// The entry of arguments under the first of these names that is there.
fn entry_of(
    facts: &FileFacts,
    arguments: &[ExpressionId],
    names: &[String],
) -> Option<ExpressionId> {
    names.iter().find_map(|name| named_value(facts, arguments, name))
}
