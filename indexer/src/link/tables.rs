//! Tables: SQL texts, schema files, ORM models and what is asked through them meet in columns.
//!
//! A schema (`CREATE TABLE`, a migration) and a model class provide a table; SQL in strings and files
//! reads and writes it, and so do the calls of ORMs and query builders ([`super::queries`]). A model
//! says what its table is called (`__tablename__`, `@Table(name = …)`), or its framework's convention
//! does, which counts where a schema has such a table. Fields and columns of one name are the same
//! thing (`maps_to`). A statement binds to the table of its own repository, else to that of the only
//! repository that has one.

use super::arguments::{entry, last_name, named_value, text};
use super::brought::{Asked, Brought, Crossing, TableRow};
use super::origin::Shared;
use super::queries::{Query, Record};
use super::rule::{Action, Model};
use super::{each_file, name_of, place};
use crate::assemble::{Assembly, Linked};
use crate::resolve::bind::Target;
use crate::resolve::hierarchy::{Base, Hierarchy};
use crate::resolve::{DefinitionRef, World};
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::facts::{
    BindingValue, ByteRange, CollectionKind, Definition, DefinitionId, Expression, ExpressionId,
    FileFacts, ReferenceFlags, ScopeId, ScopeKind, SymbolKind,
};
use qf_graph::key::Channel;
use qf_graph::store::links::{KeyData, LinkData, LinksData};
use qf_graph::store::repository::EdgeData;
use rustc_hash::{FxHashMap, FxHashSet};

/// A table or a model of one.
struct Table {
    repository: u32,
    at: DefinitionRef,
    model: bool,
    columns: Vec<(String, DefinitionRef)>,
}

/// All tables by name, and the tables of models.
struct Tables {
    by_name: FxHashMap<String, Vec<Table>>,
    /// Tables that a model may be one of.
    of_model: FxHashMap<DefinitionRef, String>,
    /// Models of schemas that are no code, by their lower-case names.
    of_schema: FxHashMap<String, Vec<DefinitionRef>>,
}

/// Joins schemas, models, statements and queries of each repository; what is asked of tables that a
/// repository has not itself is left to [`join`].
pub fn find(
    shared: &Shared<'_, '_>,
    queries: &[Query],
    assembly: &Assembly,
    brought: &mut [Brought],
    linked: &mut Linked,
) {
    let world = shared.world;
    let tables = tables(shared);
    let mut out = Joiner { world, hierarchy: shared.hierarchy, assembly, brought, linked };
    let mut names: Vec<&String> = tables.by_name.keys().collect();
    names.sort();
    for name in names {
        out.map_models(name, &tables.by_name[name]);
    }
    for (file, index) in world.files.iter().enumerate() {
        for access in &index.facts().sql {
            let mut flags = ReferenceFlags::empty();
            flags.set(ReferenceFlags::INITIALIZER, access.insert);
            let kind = if access.write { EdgeKind::Writes } else { EdgeKind::Reads };
            let site = Site { file: file as u32, span: access.span, within: access.within };
            let way = Way { kind, flags, tier: Tier::Exact, rule: "sql/statement" };
            let Some(own) = tables.own(&access.table, index.repository) else {
                out.ask(&site, &way, (&access.table, access.column.clone(), true));
                continue;
            };
            for table in own {
                let column = match &access.column {
                    Some(column) => match table.columns.iter().find(|(name, _)| name == column) {
                        Some((_, column)) => Some(*column),
                        None => continue,
                    },
                    None => None,
                };
                for to in column.into_iter().chain([table.at]) {
                    out.edge(&site, to, &way, &access.table);
                }
            }
        }
    }
    for query in queries {
        out.query(&tables, query);
    }
}

/// Joins what repositories ask of tables of others: of the only one that has such a table.
pub fn join(all: &[Brought], links: &mut LinksData) {
    let mut by_name: FxHashMap<&str, Vec<&TableRow>> = FxHashMap::default();
    for table in all.iter().flat_map(|brought| &brought.tables) {
        by_name.entry(&table.name).or_default().push(table);
        let place = &table.place;
        links.keys.push(KeyData {
            channel: Channel::Table,
            text: table.name.clone(),
            provides: true,
            repository: place.repository,
            symbol: place.symbol,
            file: place.file,
            line: place.line,
            rule: if table.model { "orm/model" } else { "sql/schema" }.to_owned(),
        });
    }
    for asked in all.iter().flat_map(|brought| &brought.asked) {
        let tables = by_name.get(asked.table.as_str()).map_or(&[][..], Vec::as_slice);
        let Some(first) = tables.first() else { continue };
        if tables.iter().any(|table| table.place.repository != first.place.repository) {
            continue;
        }
        for table in tables {
            let column = match &asked.column {
                Some(column) => match table.columns.iter().find(|(name, _)| name == column) {
                    Some((_, column)) => Some(*column),
                    None => continue,
                },
                None => None,
            };
            let record = asked.record.then_some(table.place.symbol);
            let place = &asked.place;
            links.links.extend(column.into_iter().chain(record).map(|to| LinkData {
                from_repository: place.repository,
                from: place.symbol,
                to_repository: table.place.repository,
                to,
                kind: asked.kind,
                tier: asked.tier,
                channel: Channel::Table,
                key: asked.table.clone(),
                rule: asked.rule.clone(),
                file: place.file,
                line: place.line,
                start: place.span.start,
                len: place.span.end - place.span.start,
                flags: asked.flags,
            }));
        }
    }
}

/// All tables: those that schemas make, those that models name, and those that models have by their
/// framework's convention.
fn tables(shared: &Shared<'_, '_>) -> Tables {
    let world = shared.world;
    let mut by_name: FxHashMap<String, Vec<Table>> = FxHashMap::default();
    let mut of_model = FxHashMap::default();
    let mut of_schema: FxHashMap<String, Vec<DefinitionRef>> = FxHashMap::default();
    let found = each_file(shared, |origins, file| {
        let index = world.file(file);
        let facts = index.facts();
        let mut found = Vec::new();
        if index.source.flags.test {
            return found;
        }
        let members = Members::of(facts);
        for (row, definition) in facts.definitions.iter().enumerate() {
            let id = DefinitionId(row as u32);
            let at = DefinitionRef { file, definition: id };
            // Whether the name is said, or only the framework's convention.
            let mut said = true;
            // What a call makes may be the only schema that there is: the library makes its table.
            let mut made = false;
            let mut renamed = Vec::new();
            let names = if definition.kind == SymbolKind::Table {
                vec![facts.text(definition.name).to_lowercase()]
            } else if definition.kind.is_type() {
                if let Some(name) = table_of_model(facts, id, &members) {
                    vec![name]
                } else {
                    let bases = shared.hierarchy.bases.get(&at).map_or(&[][..], Vec::as_slice);
                    if bases.is_empty() {
                        continue;
                    }
                    let Some(base) = origins.base_origin(at, 0) else { continue };
                    let Some(model) = origins.rules.model(origins.rules.same(&base)) else {
                        continue;
                    };
                    let table = named(facts, id, model, &members);
                    said = table.is_some();
                    made = made_by(facts, definition, model).is_some();
                    renamed = renamed_columns(facts, definition, model);
                    table.map_or_else(|| conventional(world, at, model), |table| vec![table])
                }
            } else {
                continue;
            };
            let columns = members.columns(id).into_iter().map(|row| {
                let name = facts.text(facts.definitions[row.index()].name);
                let given = renamed.iter().find(|(own, _)| *own == name).map(|(_, given)| *given);
                (snake_case(given.unwrap_or(name)), DefinitionRef { file, definition: row })
            });
            found.push((at, names, (said, made), columns.collect::<Vec<_>>()));
        }
        found
    });
    let mut put = |at: DefinitionRef, name: String, columns: Vec<(String, DefinitionRef)>| {
        of_model.insert(at, name.clone());
        let repository = world.file(at.file).repository;
        let model = world.definition(at).kind != SymbolKind::Table;
        by_name.entry(name).or_default().push(Table { repository, at, model, columns });
    };
    let mut open = Vec::new();
    for (at, mut names, (said, made), columns) in found {
        let facts = world.file(at.file).facts();
        if facts.language == "prisma" && world.definition(at).kind.is_type() {
            let name = facts.text(world.definition(at).name).to_lowercase();
            of_schema.entry(name).or_default().push(at);
        }
        if said && !names.is_empty() {
            put(at, names.remove(0), columns);
        } else {
            open.push((at, names, made, columns));
        }
    }
    // What a convention says counts where the repository's own schema has such a table.
    let made: FxHashSet<(u32, String)> = by_name
        .iter()
        .flat_map(|(name, tables)| {
            let own = tables.iter().filter(|table| !table.model);
            own.map(move |table| (table.repository, name.clone()))
        })
        .collect();
    for (at, names, called, columns) in open {
        let repository = world.file(at.file).repository;
        let known = names.iter().find(|name| made.contains(&(repository, (*name).clone())));
        let known = known.or_else(|| names.first().filter(|_| called)).cloned();
        if let Some(name) = known {
            of_model.insert(at, name.clone());
            by_name.entry(name).or_default().push(Table { repository, at, model: true, columns });
        }
    }
    Tables { by_name, of_model, of_schema }
}

/// What the types of a file hold, looked through once.
struct Members {
    children: FxHashMap<DefinitionId, Vec<DefinitionId>>,
    /// Texts that are bound in scopes, and that definitions write, with their names.
    texts: FxHashMap<ScopeId, Vec<(String, String)>>,
    written: FxHashMap<DefinitionId, Vec<(String, String)>>,
    columns: FxHashSet<DefinitionId>,
}

impl Members {
    fn of(facts: &FileFacts) -> Self {
        let mut children: FxHashMap<DefinitionId, Vec<DefinitionId>> = FxHashMap::default();
        let mut columns = FxHashSet::default();
        for (row, definition) in facts.definitions.iter().enumerate() {
            let id = DefinitionId(row as u32);
            if let Some(parent) = definition.parent {
                children.entry(parent).or_default().push(id);
            }
            if matches!(
                definition.kind,
                SymbolKind::Column | SymbolKind::Field | SymbolKind::Variable
            ) {
                columns.insert(id);
            }
        }
        let text = |value| match facts.expression(value) {
            Expression::Text(text) => Some(facts.text(text).to_owned()),
            _ => None,
        };
        let mut texts: FxHashMap<ScopeId, Vec<(String, String)>> = FxHashMap::default();
        for binding in &facts.bindings {
            if let BindingValue::Value(value) = binding.value
                && facts.scopes[binding.scope.index()].kind == ScopeKind::Type
                && let Some(text) = text(value)
            {
                let name = facts.text(binding.name).trim_start_matches('$').to_owned();
                texts.entry(binding.scope).or_default().push((name, text));
            }
        }
        // `self.table_name = "x"` writes what is bound nowhere.
        let mut written: FxHashMap<DefinitionId, Vec<(String, String)>> = FxHashMap::default();
        for reference in &facts.references {
            if let (Some(within), Some(value)) = (reference.within, reference.value)
                && facts.definitions[within.index()].kind.is_type()
                && let Some(text) = text(value)
            {
                let name = facts.text(reference.name).to_owned();
                written.entry(within).or_default().push((name, text));
            }
        }
        Self { children, texts, written, columns }
    }

    fn inside(&self, of: DefinitionId) -> &[DefinitionId] {
        self.children.get(&of).map_or(&[], Vec::as_slice)
    }

    fn columns(&self, of: DefinitionId) -> Vec<DefinitionId> {
        self.inside(of).iter().copied().filter(|row| self.columns.contains(row)).collect()
    }

    /// The text that a type itself has under a name.
    fn text(&self, facts: &FileFacts, class: DefinitionId, name: &str) -> Option<String> {
        let scope = facts.definitions[class.index()].scope;
        let bound = scope.and_then(|scope| self.texts.get(&scope)).into_iter().flatten();
        let written = self.written.get(&class).into_iter().flatten();
        let mut all = bound.chain(written);
        all.find(|(own, _)| own == name).map(|(_, text)| text.to_lowercase())
    }
}

/// The table that a model says it is of, by an attribute of the class or of a class inside it (`class
/// Meta: db_table = "x"`).
fn named(
    facts: &FileFacts,
    class: DefinitionId,
    model: &Model,
    members: &Members,
) -> Option<String> {
    let inside = members.inside(class).iter().copied();
    let inside = inside.filter(|row| facts.definitions[row.index()].kind.is_type());
    let classes: Vec<DefinitionId> = inside.chain([class]).collect();
    let told = made_by(facts, &facts.definitions[class.index()], model);
    let told = told.map_or(&[][..], options);
    model.named_by.iter().find_map(|name| {
        let own = classes.iter().find_map(|class| members.text(facts, *class, name));
        own.or_else(|| Some(text(facts, named_value(facts, told, name)?)?.to_lowercase()))
    })
}

/// The arguments of the call that makes a model, which is the class's base then.
fn made_by<'f>(
    facts: &'f FileFacts,
    class: &Definition,
    model: &Model,
) -> Option<&'f [ExpressionId]> {
    class.bases.iter().find_map(|base| match facts.expression(*base) {
        Expression::Call { callee, arguments } => {
            let called = last_name(facts, callee)?;
            model.made_by.iter().any(|name| name == called).then(|| facts.list(arguments))
        }
        _ => None,
    })
}

/// The options of such a call, after the model's name and its columns.
fn options(arguments: &[ExpressionId]) -> &[ExpressionId] {
    arguments.get(2..).unwrap_or(&[])
}

/// The name that a model has in the call that makes it, else that of the class.
pub fn model_name<'f>(facts: &'f FileFacts, class: &Definition, model: &Model) -> &'f str {
    let made = made_by(facts, class, model);
    let made = made.and_then(|arguments| text(facts, *arguments.first()?));
    made.unwrap_or_else(|| facts.text(class.name))
}

/// The columns that are called otherwise in the table: `owner: { type: …, field: "owner_id" }`.
fn renamed_columns<'f>(
    facts: &'f FileFacts,
    class: &Definition,
    model: &Model,
) -> Vec<(&'f str, &'f str)> {
    let columns = made_by(facts, class, model).and_then(|arguments| arguments.get(1).copied());
    let (Some(wanted), Some(columns)) = (model.column_name.as_deref(), columns) else {
        return Vec::new();
    };
    let Expression::Collection { kind: CollectionKind::Map, items } = facts.expression(columns)
    else {
        return Vec::new();
    };
    let pairs = facts.list(items).chunks_exact(2);
    pairs
        .filter_map(|pair| {
            let Expression::Collection { kind: CollectionKind::Map, items } =
                facts.expression(pair[1])
            else {
                return None;
            };
            let given = entry(facts, facts.list(items), wanted)?;
            Some((text(facts, pair[0])?, text(facts, given)?))
        })
        .collect()
}

/// What a model's table may be called by its framework's convention.
fn conventional(world: &World<'_>, at: DefinitionRef, model: &Model) -> Vec<String> {
    let facts = world.file(at.file).facts();
    let definition = world.definition(at);
    let class = model_name(facts, definition, model);
    let snake = snake_case(class);
    let told = made_by(facts, definition, model).map_or(&[][..], options);
    let chosen = model.options.iter().filter(|(name, _)| named_value(facts, told, name).is_some());
    let mut names = Vec::new();
    for way in chosen.map(|(_, way)| way).chain(&model.table) {
        match way.as_str() {
            "same" => names.push(class.to_lowercase()),
            "snake" => names.push(snake.clone()),
            "plural" => names.push(plural(&snake)),
            "plural_same" if class.contains('_') => names.push(plural(&class.to_lowercase())),
            "plural_same" => names.push(plural(&snake).replace('_', "")),
            "application" => {
                let path = world.file(at.file).source.path.as_str();
                let folders = path.split('/').rev().skip(1).find(|folder| *folder != "models");
                names.extend(folders.map(|folder| format!("{folder}_{}", class.to_lowercase())));
            }
            _ => {}
        }
    }
    names
}

/// The plural of an English noun, as frameworks make it.
pub fn plural(name: &str) -> String {
    const IRREGULAR: [(&str, &str); 8] = [
        ("child", "children"),
        ("datum", "data"),
        ("foot", "feet"),
        ("man", "men"),
        ("mouse", "mice"),
        ("person", "people"),
        ("tooth", "teeth"),
        ("woman", "women"),
    ];
    let (head, last) = name.rsplit_once('_').map_or(("", name), |(head, last)| (head, last));
    let last = match IRREGULAR.iter().find(|(one, _)| *one == last) {
        Some((_, many)) => (*many).to_owned(),
        None if last.ends_with('y')
            && !["ay", "ey", "oy", "uy"].iter().any(|it| last.ends_with(it)) =>
        {
            format!("{}ies", &last[..last.len() - 1])
        }
        None if ["s", "x", "z", "ch", "sh"].iter().any(|end| last.ends_with(end)) => {
            format!("{last}es")
        }
        None => format!("{last}s"),
    };
    if head.is_empty() { last } else { format!("{head}_{last}") }
}

/// The table that a model class names.
fn table_of_model(facts: &FileFacts, class: DefinitionId, members: &Members) -> Option<String> {
    let definition = &facts.definitions[class.index()];
    let text = |id| match facts.expression(id) {
        Expression::Text(text) => Some(facts.text(text).to_lowercase()),
        _ => None,
    };
    for decorator in &definition.decorators {
        let Expression::Call { callee, arguments } = facts.expression(*decorator) else { continue };
        let Expression::Name { name, .. } = facts.expression(callee) else { continue };
        let arguments = facts.list(arguments);
        match facts.text(name) {
            "Table" | "Entity" | "Document" => {
                for argument in arguments {
                    let value = match facts.expression(*argument) {
                        Expression::Argument { name, value }
                            if matches!(facts.text(name), "name" | "collection") =>
                        {
                            value
                        }
                        Expression::Text(_) => *argument,
                        _ => continue,
                    };
                    if let Some(table) = text(value) {
                        return Some(table);
                    }
                }
            }
            _ => {}
        }
    }
    members.text(facts, class, "__tablename__")
}

/// `firstName` → `first_name`: how models name columns.
pub fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    qf_graph::words::parts(name, |part| {
        if !out.is_empty() {
            out.push('_');
        }
        out.push_str(part);
    });
    out
}

impl Tables {
    /// The tables of this name in the repository itself.
    fn own(&self, name: &str, repository: u32) -> Option<Vec<&Table>> {
        let all = self.by_name.get(name)?;
        let own: Vec<_> = all.iter().filter(|table| table.repository == repository).collect();
        (!own.is_empty()).then_some(own)
    }
}

/// Where something is read or written.
struct Site {
    file: u32,
    span: ByteRange,
    within: Option<DefinitionId>,
}

/// How it is.
struct Way<'a> {
    kind: EdgeKind,
    flags: ReferenceFlags,
    tier: Tier,
    rule: &'a str,
}

struct Joiner<'a, 'w> {
    world: &'a World<'w>,
    hierarchy: &'a Hierarchy,
    assembly: &'a Assembly,
    brought: &'a mut [Brought],
    linked: &'a mut Linked,
}

impl Joiner<'_, '_> {
    /// Edges to the record that a query is about and to the columns that it names.
    fn query(&mut self, tables: &Tables, query: &Query) {
        let world = self.world;
        let repository = world.file(query.file).repository;
        let models: Vec<DefinitionRef> = match &query.record {
            Record::Class(class) => vec![*class],
            Record::Named(name) => {
                let all = tables.of_schema.get(&name.to_lowercase()).map_or(&[][..], Vec::as_slice);
                let own = |at: &&DefinitionRef| world.file(at.file).repository == repository;
                let own: Vec<_> = all.iter().filter(own).copied().collect();
                // A repository of several services has several schemas.
                let here = world.file(query.file).source.path.as_str();
                let common = |at: &DefinitionRef| {
                    let path = world.file(at.file).source.path.as_str();
                    let both = here.split('/').zip(path.split('/'));
                    both.take_while(|(one, other)| one == other).count()
                };
                let most = own.iter().map(common).max().unwrap_or(0);
                own.into_iter().filter(|at| common(at) == most).collect()
            }
            Record::Table(_) => Vec::new(),
        };
        let table = match &query.record {
            Record::Table(name) => Some(name.to_lowercase()),
            _ => models.first().and_then(|class| tables.of_model.get(class)).cloned(),
        };
        let key = table.clone().unwrap_or_default();
        let own = table.as_ref().and_then(|name| tables.own(name, repository));
        // A table that others may have.
        let asked = if own.is_some() { None } else { table.as_deref() };
        let schema = own.unwrap_or_default();
        let mut flags = ReferenceFlags::empty();
        flags.set(ReferenceFlags::INITIALIZER, query.action == Action::Insert);
        flags.set(ReferenceFlags::DELETE, query.action == Action::Delete);
        let kind = if query.action == Action::Read { EdgeKind::Reads } else { EdgeKind::Writes };
        let way = Way { kind, flags, tier: query.tier, rule: &query.rule };
        let site = Site { file: query.file, span: query.span, within: query.within };
        let records: Vec<DefinitionRef> = if models.is_empty() {
            schema.iter().map(|table| table.at).collect()
        } else {
            models.clone()
        };
        for record in records {
            self.edge(&site, record, &way, &key);
        }
        if let Some(table) = asked.filter(|_| models.is_empty()) {
            self.ask(&site, &way, (table, None, true));
        }
        for column in &query.columns {
            // `orders.total` is a column of that table only.
            let column = match column.rsplit_once('.') {
                Some((front, column)) if front.eq_ignore_ascii_case(&key) => column,
                Some(_) => continue,
                None => column,
            };
            let fields: Vec<DefinitionRef> =
                models.iter().filter_map(|class| self.field(*class, column, 0)).collect();
            let snake = snake_case(column);
            let columns = schema.iter().flat_map(|table| &table.columns);
            let columns = columns.filter(|(name, _)| *name == snake).map(|(_, at)| *at);
            let mut all: Vec<DefinitionRef> =
                if fields.is_empty() { columns.collect() } else { fields };
            all.dedup();
            if let Some(table) = asked.filter(|_| all.is_empty()) {
                self.ask(&site, &way, (table, Some(snake), false));
            }
            for to in all {
                self.edge(&site, to, &way, &key);
            }
        }
    }

    /// The field of a class, its own or inherited.
    fn field(&self, class: DefinitionRef, name: &str, depth: u32) -> Option<DefinitionRef> {
        let snake = snake_case(name);
        for scope in self.hierarchy.member_scopes(self.world, class) {
            let index = self.world.file(scope.file);
            for (_, row) in index.rows_of(scope.scope) {
                let binding = &index.facts().bindings[row as usize];
                let BindingValue::Definition(definition) = binding.value else { continue };
                let bound = index.facts().text(binding.name);
                let at = DefinitionRef { file: scope.file, definition };
                let value = self.world.definition(at).kind.is_value();
                if value && (bound == name || snake_case(bound) == snake) {
                    return Some(at);
                }
            }
        }
        let mut bases = self.hierarchy.bases.get(&class).filter(|_| depth < 8)?.iter();
        bases.find_map(|base| match base {
            Base::Type(base) => self.field(*base, name, depth + 1),
            Base::Outside => None,
        })
    }

    /// Fields of models and columns of schemas of one repository are the same.
    fn map_models(&mut self, name: &str, all: &[Table]) {
        for model in all.iter().filter(|table| table.model) {
            for schema in all.iter().filter(|table| !table.model) {
                if model.repository != schema.repository {
                    continue;
                }
                for (column, field) in &model.columns {
                    let Some((_, at)) = schema.columns.iter().find(|(other, _)| other == column)
                    else {
                        continue;
                    };
                    let span = self.world.definition(*field).name_span;
                    let within = Some(field.definition);
                    let site = Site { file: field.file, span, within };
                    let flags = ReferenceFlags::empty();
                    let way = Way {
                        kind: EdgeKind::MapsTo,
                        flags,
                        tier: Tier::Exact,
                        rule: "orm/column",
                    };
                    self.edge(&site, *at, &way, name);
                }
            }
        }
        for table in all {
            let span = self.world.definition(table.at).name_span;
            let place = place(self.world, self.assembly, (table.at.file, Some(table.at), span));
            let columns = table.columns.iter().map(|(name, at)| {
                let (_, symbol) = self.assembly.symbol(self.world, Target::Definition(*at));
                (name.clone(), symbol)
            });
            let row = TableRow {
                name: name.to_owned(),
                model: table.model,
                place,
                columns: columns.collect(),
            };
            self.brought[table.repository as usize].tables.push(row);
        }
    }

    /// Leaves something to be found in another repository: a table's name, a column, and whether the
    /// table is meant too.
    fn ask(
        &mut self,
        site: &Site,
        way: &Way<'_>,
        (table, column, record): (&str, Option<String>, bool),
    ) {
        let within = site.within.map(|definition| DefinitionRef { file: site.file, definition });
        let place = place(self.world, self.assembly, (site.file, within, site.span));
        self.brought[place.repository as usize].asked.push(Asked {
            table: table.to_owned(),
            column,
            record,
            kind: way.kind,
            flags: way.flags.kept(),
            tier: way.tier,
            rule: way.rule.to_owned(),
            place,
        });
    }

    /// An edge; a query may be about a class that is imported.
    fn edge(&mut self, site: &Site, to: DefinitionRef, way: &Way<'_>, table: &str) {
        let from = match site.within {
            Some(definition) => Target::Definition(DefinitionRef { file: site.file, definition }),
            None => Target::Module(site.file),
        };
        let Way { kind, flags, tier, rule } = *way;
        let (from_repository, from) = self.assembly.symbol(self.world, from);
        let (to_repository, to) = self.assembly.symbol(self.world, Target::Definition(to));
        let index = self.world.file(site.file);
        let line = index.facts().line(site.span.start);
        let (start, len) = (site.span.start, site.span.end - site.span.start);
        if from_repository == to_repository {
            let edge = EdgeData {
                from,
                kind,
                to,
                file: index.position,
                start,
                len,
                line,
                tier,
                rule: 0,
                flags: flags.kept(),
            };
            self.linked.edges[from_repository as usize].push((edge, rule.to_owned()));
        } else {
            self.brought[from_repository as usize].crossing.push(Crossing {
                from,
                repository: name_of(self.world, to_repository),
                to,
                kind,
                tier,
                channel: Channel::Table,
                key: table.to_owned(),
                rule: rule.to_owned(),
                file: index.position,
                line,
                span: site.span,
                flags: flags.kept(),
            });
        }
    }
}
