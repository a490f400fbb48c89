//! Tables: SQL texts, schema files and ORM models are sides of the same columns.
//!
//! A schema (`CREATE TABLE`) and a model class that names its table (`__tablename__`,
//! `@Table(name = …)`, `@Entity("…")`) provide a table; SQL in strings and files reads and writes
//! it. Fields and columns of one name are the same thing (`maps_to`). A statement binds to the
//! table of its own repository, else to that of the only repository that has one.

use crate::assemble::{Assembly, Linked};
use crate::resolve::bind::Target;
use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::{DefinitionRef, World};
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionId, Expression, FileFacts, ReferenceFlags, SymbolKind,
};
use qf_graph::key::Channel;
use qf_graph::store::links::{KeyData, LinkData, LinksData};
use qf_graph::store::repository::EdgeData;
use rustc_hash::FxHashMap;

/// A table or a model of one.
struct Table {
    repository: u32,
    at: DefinitionRef,
    model: bool,
    columns: Vec<(String, DefinitionRef)>,
}

/// Joins schemas, models and statements.
pub fn join(
    world: &World<'_>,
    _hierarchy: &Hierarchy,
    assembly: &Assembly,
    links: &mut LinksData,
    linked: &mut Linked,
) {
    let tables = tables(world);
    let mut out = Joiner { world, assembly, links, linked };
    let mut names: Vec<&String> = tables.keys().collect();
    names.sort();
    for name in names {
        out.map_models(name, &tables[name]);
    }
    for (file, index) in world.files.iter().enumerate() {
        for access in &index.facts().sql {
            let Some(all) = tables.get(&access.table) else { continue };
            let Some(candidates) = nearest(all, index.repository) else { continue };
            let mut flags = ReferenceFlags::empty();
            flags.set(ReferenceFlags::INITIALIZER, access.insert);
            for table in candidates {
                let to = match &access.column {
                    Some(column) => table.columns.iter().find(|(name, _)| name == column),
                    None => None,
                };
                let to = match (to, &access.column) {
                    (Some((_, column)), _) => *column,
                    (None, None) => table.at,
                    (None, Some(_)) => continue,
                };
                let kind = if access.write { EdgeKind::Writes } else { EdgeKind::Reads };
                let from = match access.within {
                    Some(definition) => {
                        Target::Definition(DefinitionRef { file: file as u32, definition })
                    }
                    None => Target::Module(file as u32),
                };
                let site = Site { file: file as u32, span: access.span };
                out.edge(from, to, kind, flags, &site, &access.table, "sql/statement");
                if access.column.is_some() {
                    out.edge(from, table.at, kind, flags, &site, &access.table, "sql/statement");
                }
            }
        }
    }
}

/// All tables by name.
fn tables(world: &World<'_>) -> FxHashMap<String, Vec<Table>> {
    let mut tables: FxHashMap<String, Vec<Table>> = FxHashMap::default();
    for (file, index) in world.files.iter().enumerate() {
        let facts = index.facts();
        if index.source.flags.test {
            continue;
        }
        for (row, definition) in facts.definitions.iter().enumerate() {
            let id = DefinitionId(row as u32);
            let name = if definition.kind == SymbolKind::Table {
                Some(facts.text(definition.name).to_lowercase())
            } else if definition.kind.is_type() {
                table_of_model(facts, id)
            } else {
                None
            };
            let Some(name) = name else { continue };
            let columns = facts
                .definitions
                .iter()
                .enumerate()
                .filter(|(_, column)| {
                    column.parent == Some(id)
                        && matches!(column.kind, SymbolKind::Column | SymbolKind::Field)
                })
                .map(|(row, column)| {
                    let definition = DefinitionId(row as u32);
                    let at = DefinitionRef { file: file as u32, definition };
                    (snake_case(facts.text(column.name)), at)
                })
                .collect();
            tables.entry(name).or_default().push(Table {
                repository: index.repository,
                at: DefinitionRef { file: file as u32, definition: id },
                model: definition.kind != SymbolKind::Table,
                columns,
            });
        }
    }
    tables
}

/// The table that a model class names.
fn table_of_model(facts: &FileFacts, class: DefinitionId) -> Option<String> {
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
            "Table" | "Entity" => {
                for argument in arguments {
                    let value = match facts.expression(*argument) {
                        Expression::Argument { name, value } if facts.text(name) == "name" => value,
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
    let scope = definition.scope?;
    facts.bindings.iter().find_map(|binding| match binding.value {
        BindingValue::Value(value)
            if binding.scope == scope && facts.text(binding.name) == "__tablename__" =>
        {
            text(value)
        }
        _ => None,
    })
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

/// The tables of the repository itself, else of the only repository that has some.
fn nearest(all: &[Table], repository: u32) -> Option<Vec<&Table>> {
    let own: Vec<_> = all.iter().filter(|table| table.repository == repository).collect();
    if !own.is_empty() {
        return Some(own);
    }
    let mut repositories: Vec<u32> = all.iter().map(|table| table.repository).collect();
    repositories.sort_unstable();
    repositories.dedup();
    (repositories.len() == 1).then(|| all.iter().collect())
}

struct Site {
    file: u32,
    span: ByteRange,
}

struct Joiner<'a, 'w> {
    world: &'a World<'w>,
    assembly: &'a Assembly,
    links: &'a mut LinksData,
    linked: &'a mut Linked,
}

impl Joiner<'_, '_> {
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
                    let site = Site { file: field.file, span };
                    let from = Target::Definition(*field);
                    let flags = ReferenceFlags::empty();
                    self.edge(from, *at, EdgeKind::MapsTo, flags, &site, name, "orm/column");
                }
            }
        }
        for table in all {
            let index = self.world.file(table.at.file);
            let (repository, symbol) =
                self.assembly.symbol(self.world, Target::Definition(table.at));
            self.links.keys.push(KeyData {
                channel: Channel::Table,
                text: name.to_owned(),
                provides: true,
                repository,
                symbol,
                file: index.position,
                line: index.facts().line(self.world.definition(table.at).name_span.start),
                rule: if table.model { "orm/model" } else { "sql/schema" }.to_owned(),
            });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "an edge has this many parts")]
    fn edge(
        &mut self,
        from: Target,
        to: DefinitionRef,
        kind: EdgeKind,
        flags: ReferenceFlags,
        site: &Site,
        table: &str,
        rule: &str,
    ) {
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
                tier: Tier::Exact,
                rule: 0,
                flags: flags.kept(),
            };
            self.linked.edges[from_repository as usize].push((edge, rule.to_owned()));
        } else {
            self.links.links.push(LinkData {
                from_repository,
                from,
                to_repository,
                to,
                kind,
                tier: Tier::Exact,
                channel: Channel::Table,
                key: table.to_owned(),
                rule: rule.to_owned(),
                file: index.position,
                line,
                start,
                len,
                flags: flags.kept(),
            });
        }
    }
}
