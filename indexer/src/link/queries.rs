//! Queries: calls that read or write records of a model or table.
//!
//! Which calls these are, and where their model and columns stand among the arguments, is said by
//! rules of the form `query`; here the model is found: the class that a chain begins with or that an
//! argument is an instance of, the type argument of a repository, the model that a relation leads to
//! ([`super::records`]), or the name of a table. A call whose model cannot be told is no query.

use super::arguments::{last_name, named_value, receiver, text};
use super::each_file;
use super::handlers::method_of;
use super::origin::{End, Origins, Shared};
use super::records::{Records, Relations};
use super::rule::{Action, Form, Rule};
use crate::resolve::DefinitionRef;
use crate::resolve::evaluate::Value;
use qf_graph::edge::Tier;
use qf_graph::facts::{
    ByteRange, CollectionKind, DefinitionFlags, DefinitionId, Expression, ExpressionId, FileFacts,
    Reference, Role,
};
use rustc_hash::FxHashSet;

/// One query.
pub struct Query {
    /// Where it stands.
    pub file: u32,
    /// The function around.
    pub within: Option<DefinitionId>,
    /// The call.
    pub span: ByteRange,
    /// What it is about.
    pub record: Record,
    /// The columns it names.
    pub columns: Vec<String>,
    /// What it does.
    pub action: Action,
    /// How sure it is what it is about.
    pub tier: Tier,
    /// The rule file.
    pub rule: String,
}

/// What a query is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A class of the project.
    Class(DefinitionRef),
    /// A model that a client has under this name (Prisma).
    Named(String),
    /// A table.
    Table(String),
}

/// Longest chain of calls that is followed.
const MAX_CHAIN: usize = 24;

/// The queries of all files.
pub fn all(shared: &Shared<'_, '_>) -> Vec<Query> {
    let relations = Relations::of(shared);
    each_file(shared, |origins, file| {
        let mut found = Vec::new();
        of_file((shared, &relations), origins, file, &mut found);
        found
    })
}

/// The queries of one file.
pub fn of_file(
    (shared, relations): (&Shared<'_, '_>, &Relations),
    origins: &mut Origins<'_, '_>,
    file: u32,
    found: &mut Vec<Query>,
) {
    let index = origins.world.file(file);
    let facts = index.facts();
    let related = relations.may_concern(index.repository);
    // What queries ask further is not read by itself.
    let mut asked = FxHashSet::default();
    for reference in facts.references.iter().filter(|it| it.role == Role::Call) {
        // What is constructed has the name of a class of the project, not of a library.
        let name = facts.text(reference.name);
        let known = shared.calls(file, name);
        let constructed = !known && name.starts_with(|c: char| c.is_ascii_uppercase());
        if !known && !constructed {
            continue;
        }
        let Expression::Call { callee, arguments } = facts.expression(reference.expression) else {
            continue;
        };
        if constructed && !makes_model(origins, file, callee) {
            continue;
        }
        let arguments = facts.list(arguments);
        let before = found.len();
        if let Some((origin, own)) = origin_of(origins, file, callee, reference.within) {
            let site = Site { file, callee, arguments, origin: &origin, own };
            ask(origins, &site, reference, found);
        }
        if !related {
            continue;
        }
        if found.len() == before
            && let Expression::Member { base, .. } = facts.expression(callee)
            && let Some(held) = Records::new(origins, relations).held(file, base)
        {
            let origin = format!("{}.{name}", held.origin);
            let site = Site { file, callee, arguments, origin: &origin, own: Some(held.class) };
            ask(origins, &site, reference, found);
        }
        if found.len() > before {
            follow(facts, callee, &mut asked);
        }
    }
    if related {
        along(relations, origins, file, &asked, found);
    }
}

/// The query that a call is, when a rule says so.
fn ask(
    origins: &mut Origins<'_, '_>,
    site: &Site<'_>,
    reference: &Reference,
    found: &mut Vec<Query>,
) {
    let starred = starred(site.origin);
    let rules = origins.rules;
    for rule in rules.about(site.origin).chain(starred.iter().flat_map(|it| rules.about(it))) {
        let (Form::Query, Some(action)) = (rule.form, rule.action) else { continue };
        let records = records(origins, rule, site);
        if records.is_empty() {
            continue;
        }
        let columns = site.all_columns(origins, &rule.columns);
        // What may be an instance of several classes may write any of them.
        let tier = if records.len() > 1 { Tier::Dispatch } else { Tier::Typed };
        found.extend(records.into_iter().map(|record| Query {
            file: site.file,
            within: reference.within,
            span: reference.span,
            record,
            columns: columns.clone(),
            action,
            tier,
            rule: rule.name.clone(),
        }));
        break;
    }
}

/// The expressions that a chain stands on, as far as it is written in one piece.
fn follow(facts: &FileFacts, callee: ExpressionId, asked: &mut FxHashSet<ExpressionId>) {
    let mut at = callee;
    for _ in 0..MAX_CHAIN {
        at = match facts.expression(at) {
            Expression::Member { base, .. } | Expression::Index { base, .. } => base,
            Expression::Call { callee, .. } => callee,
            Expression::Await(inner) => inner,
            _ => return,
        };
        asked.insert(at);
    }
}

/// What a file does along relations where nothing else is asked of what they lead to:
/// `user.orders.each`, `user.createOrder({ total })`.
fn along(
    relations: &Relations,
    origins: &mut Origins<'_, '_>,
    file: u32,
    asked: &FxHashSet<ExpressionId>,
    found: &mut Vec<Query>,
) {
    let facts = origins.world.file(file).facts();
    for reference in &facts.references {
        let value = matches!(reference.role, Role::Call | Role::Read);
        let id = reference.expression;
        if !value || !relations.has(facts.text(reference.name)) || asked.contains(&id) {
            continue;
        }
        let Some(reached) = Records::new(origins, relations).reached(file, id) else { continue };
        let Some(action) = reached.access.action else { continue };
        let (callee, arguments) = match facts.expression(id) {
            Expression::Call { callee, arguments } => (callee, facts.list(arguments)),
            _ => (id, &[][..]),
        };
        let own = Some(reached.held.class);
        let site = Site { file, callee, arguments, origin: &reached.held.origin, own };
        found.push(Query {
            file,
            within: reference.within,
            span: reference.span,
            record: Record::Class(reached.held.class),
            columns: site.all_columns(origins, &reached.access.columns),
            action,
            tier: Tier::Typed,
            rule: reached.relation.name.clone(),
        });
    }
}

struct Site<'a> {
    file: u32,
    callee: ExpressionId,
    arguments: &'a [ExpressionId],
    origin: &'a str,
    /// The class whose records it is about, where that is known without the rule: its own method is
    /// called without a receiver, or a relation leads to it.
    own: Option<DefinitionRef>,
}

/// Whether a call makes an instance of a class that extends a library's: most make something else.
fn makes_model(origins: &mut Origins<'_, '_>, file: u32, callee: ExpressionId) -> bool {
    let End::Definition(class) = origins.chase(file, callee, 0) else { return false };
    origins.world.definition(class).kind.is_type()
        && !origins.world.definition(class).bases.is_empty()
}

/// The origin of what is called, and the class around where Ruby calls a method of its library on an
/// instance without naming it.
fn origin_of(
    origins: &mut Origins<'_, '_>,
    file: u32,
    callee: ExpressionId,
    within: Option<DefinitionId>,
) -> Option<(String, Option<DefinitionRef>)> {
    if let Some(origin) = origins.origin(file, callee, 0) {
        return Some((origin, None));
    }
    let facts = origins.world.file(file).facts();
    match facts.expression(callee) {
        Expression::Name { name, scope } if facts.language == "ruby" => {
            let around = &facts.definitions[within?.index()];
            if around.kind.is_type() || around.flags.contains(DefinitionFlags::STATIC) {
                return None;
            }
            let class = origins.evaluator.class_around(file, scope)?;
            // The class may have a method of that name itself.
            if method_of(origins, class, facts.text(name), 0).is_some() {
                return None;
            }
            let base = origins.base_origin(class, 0)?;
            Some((format!("{base}().{}", facts.text(name)), Some(class)))
        }
        _ => None,
    }
}

/// `prisma.user.create` → `prisma.*.create`: any name may stand there.
fn starred(origin: &str) -> Option<String> {
    let (head, called) = origin.rsplit_once('.')?;
    let (head, _) = head.rsplit_once('.')?;
    Some(format!("{head}.*.{called}"))
}

// ---- models -----------------------------------------------------------------------------------

fn records(origins: &mut Origins<'_, '_>, rule: &Rule, site: &Site<'_>) -> Vec<Record> {
    let facts = origins.world.file(site.file).facts();
    if let Some(class) = site.own {
        return vec![Record::Class(class)];
    }
    let of_classes = |all: Vec<DefinitionRef>| all.into_iter().map(Record::Class).collect();
    for how in &rule.record {
        let (how, which) = how.split_once(':').unwrap_or((how, ""));
        let found: Vec<Record> = match how {
            "head" => of_classes(head(origins, site)),
            "argument" => {
                let argument = which.parse::<usize>().ok().and_then(|at| site.arguments.get(at));
                argument.map(|it| meant(origins, site.file, *it, 0)).unwrap_or_default()
            }
            "chain" => {
                let chain = chain(origins, site.file, site.callee);
                let call = chain.into_iter().find_map(|(file, at)| {
                    let facts = origins.world.file(file).facts();
                    let Expression::Call { callee, arguments } = facts.expression(at) else {
                        return None;
                    };
                    let first = *facts.list(arguments).first()?;
                    (last_name(facts, callee)? == which).then_some((file, first))
                });
                call.map(|(file, first)| meant(origins, file, first, 0)).unwrap_or_default()
            }
            "generic" => {
                let base = receiver(facts, site.callee);
                let class = base.and_then(|base| type_argument(origins, site.file, base));
                class.map(Record::Class).into_iter().collect()
            }
            "member" => match receiver(facts, site.callee).map(|base| facts.expression(base)) {
                Some(Expression::Member { name, .. }) => {
                    vec![Record::Named(facts.text(name).to_owned())]
                }
                _ => Vec::new(),
            },
            "text" => table_of_chain(origins, site).map(Record::Table).into_iter().collect(),
            _ => Vec::new(),
        };
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// The expressions of a chain from the outside in, through the names of what it begins with.
fn chain(origins: &mut Origins<'_, '_>, file: u32, from: ExpressionId) -> Vec<(u32, ExpressionId)> {
    let (mut file, mut at) = (file, from);
    let mut all = Vec::new();
    while all.len() < MAX_CHAIN && !all.contains(&(file, at)) {
        all.push((file, at));
        let facts = origins.world.file(file).facts();
        let expression = facts.expression(at);
        // What is called is no value; the rest may be a name for one.
        let named = matches!(expression, Expression::Name { .. } | Expression::Member { .. });
        if named && at != from {
            match origins.chase(file, at, 0) {
                End::Expression(other, value) if (other, value) != (file, at) => {
                    (file, at) = (other, value);
                    continue;
                }
                _ => {}
            }
        }
        at = match expression {
            Expression::Member { base, .. } | Expression::Index { base, .. } => base,
            Expression::Call { callee, .. } => callee,
            Expression::Await(inner) => inner,
            _ => break,
        };
    }
    all
}

/// The classes of the project that a chain begins with, or begins with an instance of: those that
/// extend what the origin begins with.
fn head(origins: &mut Origins<'_, '_>, site: &Site<'_>) -> Vec<DefinitionRef> {
    let chain = chain(origins, site.file, site.callee);
    for (file, at) in chain {
        let mut classes = classes_of(origins, file, at);
        classes.retain(|class| {
            origins
                .base_origin(*class, 0)
                .is_some_and(|base| site.origin.starts_with(origins.rules.same(&base)))
        });
        if !classes.is_empty() {
            return classes;
        }
    }
    Vec::new()
}

/// What an argument means: a class or an instance of one, or a table by its name.
fn meant(origins: &mut Origins<'_, '_>, file: u32, id: ExpressionId, depth: u32) -> Vec<Record> {
    let facts = origins.world.file(file).facts();
    let id = match facts.expression(id) {
        Expression::Argument { value, .. } => value,
        Expression::Collection { kind, items } if kind != CollectionKind::Map => {
            let Some(first) = facts.list(items).first() else { return Vec::new() };
            *first
        }
        _ => id,
    };
    if let Some(text) = text(facts, id) {
        return vec![Record::Table(text.to_owned())];
    }
    if facts.language == "rust" {
        return table_of_path(origins, file, id, depth).map(Record::Table).into_iter().collect();
    }
    classes_of(origins, file, id).into_iter().map(Record::Class).collect()
}

/// A table is a module in Diesel: `users::table.find(1)`, or `users` where its names are imported.
fn table_of_path(
    origins: &mut Origins<'_, '_>,
    file: u32,
    id: ExpressionId,
    depth: u32,
) -> Option<String> {
    let facts = origins.world.file(file).facts();
    let mut at = id;
    for _ in 0..MAX_CHAIN {
        at = match facts.expression(at) {
            Expression::Call { callee, .. } => callee,
            Expression::Member { base, name } if facts.text(name) == "table" => {
                return last_name(facts, base).map(str::to_owned);
            }
            Expression::Member { base, .. } => base,
            Expression::Name { name, .. } => {
                // A local name is what it was given.
                return match origins.chase(file, at, 0) {
                    End::Expression(other, value) if (other, value) != (file, at) && depth < 4 => {
                        table_of_path(origins, other, value, depth + 1)
                    }
                    End::Parameter(..) | End::Typed(..) | End::Definition(_) => None,
                    _ => Some(facts.text(name).to_owned()),
                };
            }
            _ => return None,
        };
    }
    None
}

/// The classes that a value is, or may be an instance of.
fn classes_of(origins: &mut Origins<'_, '_>, file: u32, id: ExpressionId) -> Vec<DefinitionRef> {
    let world = origins.world;
    origins.evaluator.begin();
    let values = origins.evaluator.eval(file, id);
    let mut classes: Vec<DefinitionRef> = Vec::new();
    for value in &values.items {
        let class = match *value {
            Value::Instance { class, .. } => class,
            Value::Definition(at) if world.definition(at).kind.is_type() => at,
            _ => continue,
        };
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    if !classes.is_empty() {
        return classes;
    }
    let found = match origins.chase(file, id, 0) {
        End::Definition(at) => Some(at),
        End::Expression(other, value) => match world.expression(other, value) {
            Expression::New { class, .. } => match origins.chase(other, class, 0) {
                End::Definition(at) => Some(at),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    found.filter(|at| world.definition(*at).kind.is_type()).into_iter().collect()
}

/// `User` of a value of type `Repository<User>`, or of a type that extends it.
fn type_argument(
    origins: &mut Origins<'_, '_>,
    file: u32,
    id: ExpressionId,
) -> Option<DefinitionRef> {
    let End::Typed(file, declared) = origins.chase(file, id, 0) else { return None };
    first_argument(origins, file, declared, 0)
}

fn first_argument(
    origins: &mut Origins<'_, '_>,
    file: u32,
    declared: ExpressionId,
    depth: u32,
) -> Option<DefinitionRef> {
    let world = origins.world;
    if let Expression::Generic { arguments, .. } = world.expression(file, declared) {
        let first = *world.file(file).facts().list(arguments).first()?;
        return match origins.chase(file, first, 0) {
            End::Definition(at) if world.definition(at).kind.is_type() => Some(at),
            _ => None,
        };
    }
    let End::Definition(at) = origins.chase(file, declared, 0) else { return None };
    if depth > 3 {
        return None;
    }
    let bases = world.definition(at).bases.clone();
    bases.into_iter().find_map(|base| first_argument(origins, at.file, base, depth + 1))
}

/// The table that a chain names: in a call that says so, else in the one that it begins with.
fn table_of_chain(origins: &mut Origins<'_, '_>, site: &Site<'_>) -> Option<String> {
    let mut last = None;
    for (file, at) in chain(origins, site.file, site.callee) {
        let facts = origins.world.file(file).facts();
        let Expression::Call { callee, arguments } = facts.expression(at) else { continue };
        let first = facts.list(arguments).first().and_then(|first| text(facts, *first));
        let Some(first) = first else { continue };
        let name = last_name(facts, callee).unwrap_or_default();
        if matches!(name, "table" | "Table" | "from" | "into") {
            return Some(first.to_owned());
        }
        // `knex("users")` or `trx("users")`, and not `knex("users").where("id", 1)`.
        if receiver(facts, callee).is_none() {
            last = Some(first.to_owned());
        }
    }
    last
}

// ---- columns ----------------------------------------------------------------------------------

impl Site<'_> {
    /// The columns that are named in any of several ways, each once.
    fn all_columns(&self, origins: &mut Origins<'_, '_>, ways: &[String]) -> Vec<String> {
        let mut columns = Vec::new();
        for how in ways {
            self.columns(origins, how, &mut columns);
        }
        columns.sort();
        columns.dedup();
        columns
    }

    fn columns(&self, origins: &mut Origins<'_, '_>, how: &str, found: &mut Vec<String>) {
        let facts = origins.world.file(self.file).facts();
        let (how, which) = how.split_once(':').unwrap_or((how, ""));
        let argument = which.parse::<usize>().ok().and_then(|at| self.arguments.get(at)).copied();
        match (how, argument) {
            ("keywords", _) => {
                for argument in self.arguments {
                    if let Expression::Argument { name, .. } = facts.expression(*argument) {
                        // `balance__gt=5` compares the balance.
                        let name = facts.text(name).split("__").next().unwrap_or_default();
                        found.push(name.to_owned());
                    }
                }
            }
            ("entry", _) => {
                if let Some(value) = named_value(facts, self.arguments, which) {
                    keys(origins, self.file, value, 0, found);
                }
            }
            ("map", Some(argument)) => keys(origins, self.file, argument, 0, found),
            ("text", Some(argument)) => {
                let items = match facts.expression(argument) {
                    Expression::Collection { items, .. } => facts.list(items),
                    _ => &[argument],
                };
                found.extend(items.iter().filter_map(|it| text(facts, *it)).map(str::to_owned));
            }
            ("equals", Some(argument)) => {
                let items = match facts.expression(argument) {
                    Expression::Collection { items, .. } => facts.list(items),
                    _ => &[argument],
                };
                for item in items {
                    let Expression::Call { callee, .. } = facts.expression(*item) else { continue };
                    let Expression::Member { base, name } = facts.expression(callee) else {
                        continue;
                    };
                    if facts.text(name) == "eq" {
                        found.extend(last_name(facts, base).map(str::to_owned));
                    }
                }
            }
            _ => {}
        }
    }
}

/// The keys of an object, of each of a list of objects, or of a literal with fields; names that are
/// listed are keys too.
fn keys(
    origins: &mut Origins<'_, '_>,
    file: u32,
    id: ExpressionId,
    depth: u32,
    found: &mut Vec<String>,
) {
    if depth > 6 {
        return;
    }
    let facts = origins.world.file(file).facts();
    match facts.expression(id) {
        Expression::Collection { kind: CollectionKind::Map, items } => {
            for pair in facts.list(items).chunks(2) {
                match *pair {
                    // `...(password ? { password } : {})`.
                    [key, value] if facts.expression(key) == Expression::Unknown => {
                        if let Expression::Element(spread) = facts.expression(value) {
                            keys(origins, file, spread, depth + 1, found);
                        }
                    }
                    [key, _] => found.extend(
                        text(facts, key).or_else(|| last_name(facts, key)).map(str::to_owned),
                    ),
                    _ => {}
                }
            }
        }
        Expression::Collection { items, .. } => {
            for item in facts.list(items) {
                match text(facts, *item) {
                    Some(name) => found.push(name.to_owned()),
                    None => keys(origins, file, *item, depth + 1, found),
                }
            }
        }
        Expression::New { arguments, .. } => {
            for argument in facts.list(arguments) {
                if let Expression::Argument { name, .. } = facts.expression(*argument) {
                    found.push(facts.text(name).to_owned());
                }
            }
        }
        Expression::Argument { value, .. }
        | Expression::Await(value)
        | Expression::Element(value) => {
            keys(origins, file, value, depth + 1, found);
        }
        Expression::Either(items) | Expression::Concat(items) => {
            for item in facts.list(items) {
                keys(origins, file, *item, depth + 1, found);
            }
        }
        Expression::Name { .. } | Expression::Member { .. } => {
            if let End::Expression(other, value) = origins.chase(file, id, 0)
                && (other, value) != (file, id)
            {
                keys(origins, other, value, depth + 1, found);
            }
        }
        _ => {}
    }
}
