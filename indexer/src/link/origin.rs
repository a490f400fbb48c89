//! Where a value comes from, as text: `fastapi.APIRouter().get`, `express().post`, `fetch`.
//!
//! Link rules name libraries' functions by this text. It is found by following names through
//! assignments, fields, parameters' types and imports until something outside the index (or a
//! built-in) is reached, so a rule for `requests.get` never matches a project's own `get`.

use super::rule::names_library;
use crate::resolve::evaluate::{Evaluator, Found, Site, Value, Values};
use crate::resolve::{DefinitionRef, World};
use qf_graph::facts::{BindingValue, Expression, ExpressionId, ImportId};
use rustc_hash::FxHashSet;

/// Longest chain that is followed.
const MAX_DEPTH: u32 = 24;
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

/// Follows values through one world.
pub struct Origins<'w, 'h> {
    /// The world.
    pub world: &'w World<'w>,
    /// For looking names up.
    pub evaluator: Evaluator<'w, 'h>,
    /// What is being followed right now: a name that leads back to itself leads nowhere.
    active: FxHashSet<(u32, ExpressionId)>,
    steps: u32,
    /// Expressions looked at for the string that is being put together.
    pub(super) folds: u32,
}

impl<'w, 'h> Origins<'w, 'h> {
    /// Follows values with an evaluator.
    pub fn new(evaluator: Evaluator<'w, 'h>) -> Self {
        Self { world: evaluator.world, evaluator, active: FxHashSet::default(), steps: 0, folds: 0 }
    }

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
        target != self.world.file(file).repository && names_library(&self.import_text(file, import))
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
        if depth > MAX_DEPTH {
            return None;
        }
        match self.chase(file, id, depth) {
            End::Outside(text) => Some(text),
            End::Typed(file, declared) => Some(self.type_origin(file, declared, depth + 1)? + "()"),
            End::Parameter(..) | End::Definition(_) | End::Nothing => None,
            End::Expression(file, id) => self.structural(file, id, depth + 1),
        }
    }

    fn structural(&mut self, file: u32, id: ExpressionId, depth: u32) -> Option<String> {
        match self.world.expression(file, id) {
            Expression::Member { base, name } => {
                let base = self.origin(file, base, depth)?;
                Some(format!("{base}.{}", self.world.file(file).facts().text(name)))
            }
            Expression::Call { callee, .. } => {
                let callee = self.origin(file, callee, depth)?;
                // A chain of builder calls keeps its head: `Client().get()`.
                Some(if callee.ends_with("()") { callee } else { callee + "()" })
            }
            Expression::New { class, .. } => Some(self.type_origin(file, class, depth)? + "()"),
            Expression::Await(base) | Expression::Entered(base) => self.origin(file, base, depth),
            Expression::Part { base, index: 0 } => self.origin(file, base, depth),
            Expression::InstanceOf(declared) => {
                Some(self.type_origin(file, declared, depth)? + "()")
            }
            Expression::Generic { base, .. } => self.origin(file, base, depth),
            Expression::Either(items) => {
                let items = self.world.file(file).facts().list(items).to_vec();
                items.into_iter().find_map(|item| self.origin(file, item, depth))
            }
            _ => None,
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
