//! Where a value comes from, as text: `fastapi.APIRouter().get`, `express().post`, `fetch`.
//!
//! Link rules name libraries' functions by this text. It is found by following names through
//! assignments, fields, parameters' types and imports until something outside the index (or a
//! built-in) is reached, so a rule for `requests.get` never matches a project's own `get`.

use super::callbacks;
use super::rule::Rules;
use crate::resolve::evaluate::{ArgumentFlow, Evaluator, Found, Part, Site, Value, Values};
use crate::resolve::hierarchy::{Base, Hierarchy};
use crate::resolve::world::Word;
use crate::resolve::{DefinitionRef, World};
use qf_graph::facts::{
    BindingValue, Expression, ExpressionId, ImportId, ImportKind, ParameterKind, ScopeId,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// Values stored under constant keys (`app.config["X"] = …`) by repository and `config["X"]`;
/// `None` where several are stored.
pub type Elements = FxHashMap<(u32, Word), (u32, Option<ExpressionId>)>;

/// Longest chain that is followed.
const MAX_DEPTH: u32 = 24;
/// Deepest nesting of callbacks in callbacks.
const MAX_CALLBACKS: u32 = 4;
/// Most steps for one question: names that are assigned from each other in many ways multiply.
const MAX_STEPS: u32 = 2_000;

/// Where following a name ends.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// At an expression that is no name.
    Expression(u32, ExpressionId),
    /// At a parameter without a known type.
    Parameter(DefinitionRef, u16),
    /// At a value of this declared type.
    Typed(u32, ExpressionId),
    /// At a definition.
    Definition(DefinitionRef),
    /// At something outside the index, or built in.
    Outside(String),
    /// Nowhere.
    Nothing,
}

/// What all files share while sides are looked for.
pub struct Shared<'w, 'h> {
    /// The world.
    pub world: &'w World<'w>,
    /// How types are related.
    pub hierarchy: &'h Hierarchy,
    /// Arguments that reach parameters.
    pub flow: &'h ArgumentFlow,
    /// The rules.
    pub rules: &'h Rules,
    /// Values under constant keys.
    pub elements: Elements,
    /// What libraries hand to parameters of functions that they are given.
    pub handed: Handed,
    /// By repository: the called names of the libraries that it imports.
    called: Vec<FxHashSet<&'h str>>,
    /// By repository: the root files of its Rust crates.
    crates: Vec<Vec<u32>>,
}

/// Origins of what parameters hold, as callbacks of libraries.
pub type Handed = FxHashMap<(DefinitionRef, u16), String>;

impl<'w, 'h> Shared<'w, 'h> {
    /// Looks through all files once.
    pub fn new(
        world: &'w World<'w>,
        hierarchy: &'h Hierarchy,
        flow: &'h ArgumentFlow,
        rules: &'h Rules,
    ) -> Self {
        let elements = elements(world);
        let called = called(world, rules);
        let handed = Handed::default();
        let crates = crates(world);
        let mut shared = Self { world, hierarchy, flow, rules, elements, handed, called, crates };
        // A plugin may register plugins.
        for _ in 0..MAX_CALLBACKS {
            let handed = callbacks::handed(&shared);
            if handed == shared.handed {
                break;
            }
            shared.handed = handed;
        }
        shared
    }

    /// Whether some rule may speak of a call or decorator of this name in this file.
    pub fn calls(&self, file: u32, name: &str) -> bool {
        let index = self.world.file(file);
        if imports_all(&index.facts().language) {
            self.called.get(index.repository as usize).is_some_and(|called| called.contains(name))
        } else {
            self.rules.called().contains(name)
        }
    }

    /// For looking at one file.
    pub fn origins<'s>(&'s self, file: u32) -> Origins<'w, 's> {
        let evaluator = Evaluator::new(self.world, self.hierarchy, file).with_flow(self.flow);
        let (world, rules) = (self.world, self.rules);
        Origins {
            world,
            evaluator,
            rules,
            elements: &self.elements,
            handed: &self.handed,
            crates: &self.crates,
            active: FxHashSet::default(),
            steps: 0,
            origin_steps: 0,
            folds: 0,
        }
    }
}

/// Whether a file of this language uses nothing that its repository imports nowhere, but for what
/// the language or the browser always has.
fn imports_all(language: &str) -> bool {
    matches!(
        language,
        "python"
            | "go"
            | "java"
            | "kotlin"
            | "scala"
            | "rust"
            | "javascript"
            | "typescript"
            | "tsx"
    )
}

/// The called names that each repository's imports make possible: most have few, and what is called
/// `get` is not followed where nobody imports an HTTP library.
fn called<'h>(world: &World<'_>, rules: &'h Rules) -> Vec<FxHashSet<&'h str>> {
    // What is there without an import.
    let mut always = FxHashSet::default();
    for library in [
        "$", "$http", "Bun", "Deno", "System", "axios", "fetch", "import", "jQuery", "process",
        "std",
    ] {
        always.extend(rules.called_of(library));
    }
    let mut all = vec![always; world.repositories.len()];
    for index in &world.files {
        let facts = index.facts();
        let Some(called) = all.get_mut(index.repository as usize) else { continue };
        for import in &facts.imports {
            let module = facts.text(import.module);
            let mut texts = vec![module.to_owned()];
            if let Some(item) = import.item {
                texts.push(format!("{module}.{}", facts.text(item)));
            }
            for text in texts {
                called.extend(rules.called_of(&text));
            }
        }
    }
    all
}

fn crates(world: &World<'_>) -> Vec<Vec<u32>> {
    let mut crates = vec![Vec::new(); world.repositories.len()];
    for (file, index) in world.files.iter().enumerate() {
        let path = index.source.path.as_str();
        if matches!(path.rsplit('/').next(), Some("lib.rs" | "main.rs"))
            && let Some(own) = crates.get_mut(index.repository as usize)
        {
            own.push(file as u32);
        }
    }
    crates
}

/// Values that are stored under constant keys.
fn elements(world: &World<'_>) -> Elements {
    let mut elements = Elements::default();
    for (file, index) in world.files.iter().enumerate() {
        if !index.facts().names.iter().any(|name| name.ends_with("\"]")) {
            continue;
        }
        for (word, row) in index.words_of(ScopeId::MODULE) {
            let binding = &index.facts().bindings[row as usize];
            if !world.text(word).ends_with("\"]") {
                continue;
            }
            if let BindingValue::Value(value) = binding.value {
                elements
                    .entry((index.repository, word))
                    .and_modify(|stored| stored.1 = None)
                    .or_insert((file as u32, Some(value)));
            }
        }
    }
    elements
}

/// Follows values through one world.
pub struct Origins<'w, 'h> {
    /// The world.
    pub world: &'w World<'w>,
    /// For looking names up.
    pub evaluator: Evaluator<'w, 'h>,
    /// The rules.
    pub rules: &'h Rules,
    /// Values under constant keys.
    pub elements: &'h Elements,
    /// What libraries hand to parameters.
    pub handed: &'h Handed,
    /// The root files of Rust crates, by repository.
    crates: &'h [Vec<u32>],
    /// What is being followed right now: a name that leads back to itself leads nowhere.
    active: FxHashSet<(u32, ExpressionId)>,
    steps: u32,
    /// Expressions looked at for the origin that is wanted.
    origin_steps: u32,
    /// Expressions looked at for the string that is being put together.
    pub(super) folds: u32,
}

impl<'w> Origins<'w, '_> {
    /// Follows names from an expression to where its value is made.
    pub fn chase(&mut self, file: u32, id: ExpressionId, depth: u32) -> End {
        if self.active.is_empty() {
            self.steps = 0;
        }
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS || !self.active.insert((file, id)) {
            return End::Nothing;
        }
        let end = self.chase_unguarded(file, id, depth);
        self.active.remove(&(file, id));
        end
    }

    fn chase_unguarded(&mut self, file: u32, id: ExpressionId, depth: u32) -> End {
        self.evaluator.begin();
        let index = self.world.file(file);
        let found = match index.facts().expression(id) {
            Expression::Name { name, scope } => {
                let word = index.word(name);
                self.evaluator.look_up(file, scope, word)
            }
            Expression::Member { base, name } => {
                let word = index.word(name);
                let base = self.evaluator.eval(file, base);
                if self.is_library_object(file, &base) {
                    return End::Expression(file, id);
                }
                match self.evaluator.member_of(&base, word) {
                    found @ (Found::Sites(..) | Found::Values(_)) => found,
                    _ => return End::Expression(file, id),
                }
            }
            Expression::Imported(import) => {
                let found = self.evaluator.import(file, import);
                if self.is_outside(file, import, &found) {
                    return End::Outside(self.import_text(file, import));
                }
                found
            }
            Expression::Function(definition) | Expression::Definition(definition) => {
                return End::Definition(DefinitionRef { file, definition });
            }
            Expression::Unknown => return End::Nothing,
            _ => return End::Expression(file, id),
        };
        self.end_of(found, depth)
    }

    fn end_of(&mut self, found: Found<'w>, depth: u32) -> End {
        match found {
            // A CommonJS module as a value is what it exports.
            Found::Namespace(namespace, _) if depth <= MAX_DEPTH => {
                match self.world.word("export=") {
                    Some(word) => {
                        let found = self.evaluator.look_in_namespace(namespace, word, 0);
                        if matches!(found, Found::Namespace(..)) {
                            return End::Nothing;
                        }
                        self.end_of(found, depth + 1)
                    }
                    None => End::Nothing,
                }
            }
            Found::Sites(sites, _) => {
                let mut best = End::Nothing;
                for site in sites {
                    let end = self.end_of_site(site, depth);
                    match (&best, &end) {
                        (_, End::Nothing) => {}
                        // A declared field says less than what is assigned to it.
                        (End::Nothing | End::Definition(_), _) => best = end,
                        _ => {}
                    }
                }
                best
            }
            Found::BuiltinName(name) => End::Outside(name.to_owned()),
            _ => End::Nothing,
        }
    }

    fn end_of_site(&mut self, site: Site<'w>, depth: u32) -> End {
        // Modules may import a name from each other in a circle.
        if depth > MAX_DEPTH {
            return End::Nothing;
        }
        match site {
            Site::Expression(file, id) => self.chase(file, id, depth + 1),
            Site::Binding(file, binding) => match binding.value {
                BindingValue::Value(id) => self.chase(file, id, depth + 1),
                BindingValue::Typed(id) => End::Typed(file, id),
                BindingValue::Definition(definition) => {
                    let at = DefinitionRef { file, definition };
                    match self.world.definition(at).declared_type {
                        Some(declared) if self.world.definition(at).kind.is_value() => {
                            End::Typed(file, declared)
                        }
                        _ => End::Definition(at),
                    }
                }
                BindingValue::Parameter { function, index } => {
                    let at = DefinitionRef { file, definition: function };
                    match self.world.definition(at).parameters.get(index as usize) {
                        Some(parameter) => match parameter.declared_type {
                            Some(declared) => match self.type_origin(file, declared, depth + 1) {
                                Some(_) => End::Typed(file, declared),
                                None => End::Parameter(at, index),
                            },
                            None => End::Parameter(at, index),
                        },
                        None => End::Nothing,
                    }
                }
                BindingValue::Import(import) => {
                    let found = self.evaluator.import(file, import);
                    if self.is_outside(file, import, &found) {
                        End::Outside(self.import_text(file, import))
                    } else {
                        self.end_of(found, depth + 1)
                    }
                }
                BindingValue::Unknown => End::Nothing,
            },
        }
    }

    /// Whether an import brings in something outside the index, or a library that rules speak of
    /// and whose own repository happens to be indexed.
    fn is_outside(&self, file: u32, import: ImportId, found: &Found<'w>) -> bool {
        let target = match found {
            Found::External | Found::Nothing => return true,
            Found::Namespace(namespace, _) => {
                self.world.namespaces[namespace.0 as usize].repository
            }
            Found::Sites(sites, _) => match sites.first() {
                Some(Site::Binding(file, _) | Site::Expression(file, _)) => {
                    self.world.file(*file).repository
                }
                None => return false,
            },
            _ => return false,
        };
        target != self.world.file(file).repository
            && self.rules.names_library(&self.import_text(file, import))
    }

    /// Whether a value is made by another repository's code: what its members are called there says
    /// nothing, what library it comes from does.
    fn is_library_object(&self, file: u32, values: &Values<'w>) -> bool {
        let own = self.world.file(file).repository;
        values.items.iter().any(|value| match *value {
            Value::Instance { class: at, .. } | Value::Definition(at) => {
                let kind = self.world.definition(at).kind;
                (kind.is_type() || kind.is_callable()) && self.world.file(at.file).repository != own
            }
            _ => false,
        })
    }

    fn import_text(&self, file: u32, import: ImportId) -> String {
        let facts = self.world.file(file).facts();
        let import = &facts.imports[import.index()];
        let module = facts.text(import.module);
        match import.item.map(|item| facts.text(item)) {
            None | Some("default" | "") => module.to_owned(),
            Some(item) => format!("{module}.{item}"),
        }
    }

    /// The origin text of an expression; `None` when it leads nowhere or into the project.
    pub fn origin(&mut self, file: u32, id: ExpressionId, depth: u32) -> Option<String> {
        if depth == 0 {
            self.origin_steps = 0;
        }
        self.origin_steps += 1;
        if depth > MAX_DEPTH || self.origin_steps > MAX_STEPS {
            return None;
        }
        let origin = match self.chase(file, id, depth) {
            End::Outside(text) => Some(text),
            End::Typed(file, declared) => Some(self.type_origin(file, declared, depth + 1)? + "()"),
            End::Parameter(at, index) => self.parameter_origin(at, index, depth + 1),
            // A type that extends a library's has the members that it does not define itself.
            End::Definition(at) if self.world.definition(at).kind.is_type() => {
                self.base_origin(at, depth + 1)
            }
            End::Definition(_) => None,
            End::Nothing => self.unbound(file, id),
            End::Expression(file, id) => self.structural(file, id, depth + 1),
        }?;
        Some(self.rules.same(&origin).to_owned())
    }

    /// What reaches a parameter without a declared type.
    fn parameter_origin(&mut self, at: DefinitionRef, index: u16, depth: u32) -> Option<String> {
        let definition = self.world.definition(at);
        if definition.parameters.get(index as usize)?.kind == ParameterKind::Receiver {
            let class = DefinitionRef { file: at.file, definition: definition.parent? };
            return Some(self.base_origin(class, depth)? + "()");
        }
        if let Some(origin) = self.handed.get(&(at, index)) {
            return Some(origin.clone());
        }
        let facts = self.world.file(at.file).facts();
        let name = facts.text(definition.parameters[index as usize].name);
        // AngularJS gives a parameter what its name says.
        if name == "$http" && facts.language == "javascript" {
            return Some(name.to_owned());
        }
        // The index file of sequelize-cli calls what the files of models export; which files these are
        // is known when it runs.
        if name == "sequelize" && matches!(facts.language.as_str(), "javascript" | "typescript") {
            return Some("sequelize.Sequelize()".to_owned());
        }
        let passed = self.evaluator.flow?.get(&(at, index))?;
        let mut found: Option<String> = None;
        for argument in passed {
            match argument.part {
                Part::Value => {}
                Part::Elements | Part::Values => return None,
                Part::Instance => continue,
            }
            let origin = self.origin(argument.file, argument.value, depth + 4)?;
            if found.as_ref().is_some_and(|found| *found != origin) {
                return None;
            }
            found = Some(origin);
        }
        found
    }

    /// The first type outside the index that a type extends.
    pub fn base_origin(&mut self, class: DefinitionRef, depth: u32) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        let known = self.evaluator.hierarchy.bases.get(&class)?;
        let outside = known.contains(&Base::Outside);
        if outside {
            for base in &self.world.definition(class).bases {
                if let Some(origin) = self.type_origin(class.file, *base, depth + 1) {
                    return Some(origin);
                }
            }
        }
        let hierarchy = self.evaluator.hierarchy;
        hierarchy.bases.get(&class)?.iter().find_map(|base| match base {
            Base::Type(base) if *base != class => self.base_origin(*base, depth + 4),
            _ => None,
        })
    }

    /// A name that nothing in the index explains: of a package that is imported whole, or of a
    /// language whose libraries put their names everywhere.
    fn unbound(&mut self, file: u32, id: ExpressionId) -> Option<String> {
        let facts = self.world.file(file).facts();
        let Expression::Name { name, .. } = facts.expression(id) else { return None };
        let name = facts.text(name);
        for import in facts.imports.iter().filter(|import| import.kind == ImportKind::Star) {
            let text = format!("{}.{name}", facts.text(import.module));
            if self.rules.names_library(&text) {
                return Some(text);
            }
        }
        if facts.language == "rust" && self.rules.called().contains(name) {
            return self.macro_of_crate(file, name);
        }
        // Scripts of a page share what another of them defines.
        let global = matches!(name, "$" | "jQuery" | "axios")
            && matches!(facts.language.as_str(), "javascript" | "html" | "vue");
        let everywhere = global || matches!(facts.language.as_str(), "ruby" | "csharp" | "php");
        (everywhere && self.rules.names_library(name)).then(|| name.to_owned())
    }

    /// `#[macro_use] extern crate rocket;` in the crate's root brings `#[get]` into all its files.
    fn macro_of_crate(&self, file: u32, name: &str) -> Option<String> {
        let world = self.world;
        let index = world.file(file);
        let folder = |path: &'w str| path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let here = folder(&index.source.path);
        let roots = self.crates.get(index.repository as usize)?.iter();
        let roots = roots.map(|file| world.file(*file)).filter(|root| {
            let root = folder(root.source.path.as_str());
            here.strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || root.is_empty() || rest.starts_with('/'))
        });
        let whole = roots.flat_map(|root| {
            let facts = root.facts();
            let whole = facts.imports.iter().filter(|import| import.item.is_none());
            whole.map(move |import| facts.text(import.module))
        });
        whole.map(|library| format!("{library}.{name}")).find(|it| self.rules.names_library(it))
    }

    fn this_origin(&mut self, file: u32, scope: ScopeId, depth: u32) -> Option<String> {
        let class = self.evaluator.class_around(file, scope)?;
        Some(self.base_origin(class, depth)? + "()")
    }

    fn structural(&mut self, file: u32, id: ExpressionId, depth: u32) -> Option<String> {
        let origin = match self.world.expression(file, id) {
            Expression::Member { base, name } => {
                let base = self.origin(file, base, depth)?;
                format!("{base}.{}", self.world.file(file).facts().text(name))
            }
            Expression::Call { callee, .. } => {
                let Some(callee) = self.origin(file, callee, depth) else {
                    return self.returned_origin(file, callee, depth);
                };
                // A chain of builder calls keeps its head: `Client().get()`.
                if callee.ends_with("()") { callee } else { callee + "()" }
            }
            Expression::New { class, .. } => self.type_origin(file, class, depth)? + "()",
            Expression::This(scope) => self.this_origin(file, scope, depth)?,
            Expression::Await(base) | Expression::Entered(base) => {
                self.origin(file, base, depth)?
            }
            Expression::Part { base, index: 0 } => self.origin(file, base, depth)?,
            Expression::InstanceOf(declared) => self.type_origin(file, declared, depth)? + "()",
            Expression::Generic { base, .. } => self.origin(file, base, depth)?,
            Expression::Either(items) => {
                let items = self.world.file(file).facts().list(items).to_vec();
                items.into_iter().find_map(|item| self.origin(file, item, depth))?
            }
            _ => return None,
        };
        Some(self.rules.same(&origin).to_owned())
    }

    /// What a function of the project gives back.
    fn returned_origin(&mut self, file: u32, callee: ExpressionId, depth: u32) -> Option<String> {
        let End::Definition(at) = self.chase(file, callee, depth) else { return None };
        let definition = self.world.definition(at);
        if !definition.kind.is_callable() {
            return None;
        }
        let values = definition.returns.clone();
        let given = values.into_iter().find_map(|value| self.origin(at.file, value, depth + 4));
        match (given, definition.declared_type) {
            (Some(origin), _) => Some(origin),
            (None, Some(declared)) => Some(self.type_origin(at.file, declared, depth + 4)? + "()"),
            (None, None) => None,
        }
    }

    fn type_origin(&mut self, file: u32, id: ExpressionId, depth: u32) -> Option<String> {
        match self.world.expression(file, id) {
            Expression::Generic { base, .. } => self.type_origin(file, base, depth + 1),
            Expression::Builtin(name) => Some(self.world.file(file).facts().text(name).to_owned()),
            _ => self.origin(file, id, depth),
        }
    }
}
