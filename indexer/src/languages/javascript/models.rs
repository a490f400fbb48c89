//! Models that a call makes, `sequelize.define("User", { balance: DataTypes.INTEGER })`, and the
//! tables that migrations of the same library make.
//!
//! Such a call stands for a class, so it is lowered as one: the columns are its fields, and the call
//! itself is its base. What asks for classes and their members needs to know nothing of it; the
//! linker finds the library and the table's name in the base. Other libraries have a `define` too
//! (AMD, custom elements, factories), so one of the columns must have a type that is written like a
//! constant, or what is called must be known by the library's name.

use super::syntax::{Kind, named, unquoted};
use super::walk::{Lead, Owner, Walk};
use crate::extract::{NewDefinition, range};
use qf_graph::facts::{
    ByteRange, DefinitionFlags, DefinitionId, ReferenceFlags, ScopeId, ScopeKind, SymbolKind,
};
use std::borrow::Cow;
use tree_sitter::Node;

/// The variable that holds the library's connection, by the end of its name.
const CONNECTION: &str = "sequelize";

/// Columns that a model has unless its options say otherwise.
const TIMESTAMPS: [&str; 2] = ["createdAt", "updatedAt"];

/// The parts of a call that makes a model.
#[derive(Debug, Clone, Copy)]
pub(super) struct MadeModel<'t> {
    /// The model's name: a string.
    name: Node<'t>,
    /// The columns, where they are written there.
    columns: Option<Node<'t>>,
    /// The options.
    options: Option<Node<'t>>,
}

impl<'s> Walk<'_, 's> {
    /// The parts of a call, when it makes a model.
    pub(super) fn made_model<'t>(&self, call: Node<'t>) -> Option<MadeModel<'t>> {
        let (object, made, typed) = self.made(call, "define")?;
        (typed || self.is_connection(object)).then_some(made)
    }

    /// What a method is called on that is told a name, columns and options; these; and whether one of
    /// the columns has a type.
    fn made<'t>(&self, call: Node<'t>, method: &str) -> Option<(Node<'t>, MadeModel<'t>, bool)> {
        let function = self.field(call, self.fields.function)?;
        if self.kind(function) != Kind::MemberExpression {
            return None;
        }
        let property = self.field(function, self.fields.property)?;
        if self.out.text(property) != method {
            return None;
        }
        let object = self.field(function, self.fields.object)?;
        let arguments = named(self.field(call, self.fields.arguments)?);
        let (name, columns) = (*arguments.first()?, *arguments.get(1)?);
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$');
        let title = unquoted(self.out.text(name));
        if self.kind(name) != Kind::String || title.is_empty() || !title.chars().all(word) {
            return None;
        }
        let columns = self.without_wrapping(columns);
        let columns = (self.kind(columns) == Kind::Object).then_some(columns);
        let typed = columns
            .is_some_and(|columns| named(columns).iter().any(|column| self.is_column(*column)));
        let options = arguments.get(2).map(|options| self.without_wrapping(*options));
        let options = options.filter(|options| self.kind(*options) == Kind::Object);
        Some((object, MadeModel { name, columns, options }, typed))
    }

    /// `queryInterface.createTable("Users", { name: { type: Sequelize.STRING } })` makes a table, which
    /// is no part of the function that makes it.
    pub(super) fn migration_table(&mut self, call: Node<'_>) {
        let Some((_, MadeModel { name, columns: Some(columns), .. }, true)) =
            self.made(call, "createTable")
        else {
            return;
        };
        let title = unquoted(self.out.text(name));
        let mut new = Self::new_definition(&title, name, SymbolKind::Table, range(call));
        new.name_span = inside_quotes(new.name_span);
        new.flags = DefinitionFlags::EXPORTED;
        let table = self.define(new, None);
        self.out.get_mut(table).parent = None;
        self.out.reopen_scope(ScopeId::MODULE);
        let scope = self.out.open_definition(table, ScopeKind::Type);
        for column in named(columns) {
            let Some(key) = self.field(column, self.fields.key) else { continue };
            let Some(name) = self.property_name(key) else { continue };
            let mut new = Self::new_definition(&name, key, SymbolKind::Column, range(column));
            if self.kind(key) == Kind::String {
                new.name_span = inside_quotes(new.name_span);
            }
            new.flags = DefinitionFlags::EXPORTED;
            let id = self.define(new, None);
            self.out.bind_definition(scope, id);
        }
        self.out.close_definition();
        self.out.close_scope();
    }

    /// `sequelize`, `db.sequelize`, `this.sequelize`.
    fn is_connection(&self, node: Node<'_>) -> bool {
        let text = self.out.text(node);
        let end = text.len().checked_sub(CONNECTION.len()).and_then(|start| text.get(start..));
        end.is_some_and(|end| end.eq_ignore_ascii_case(CONNECTION))
    }

    /// `balance: DataTypes.INTEGER`, `owner: { type: STRING(40), … }`.
    fn is_column(&self, entry: Node<'_>) -> bool {
        let Some(value) = self.field(entry, self.fields.value) else { return false };
        match self.kind(value) {
            Kind::Object => self
                .option(Some(value), "type")
                .is_some_and(|declared| self.is_column_type(declared, 0)),
            _ => self.is_column_type(value, 0),
        }
    }

    fn is_column_type(&self, node: Node<'_>, depth: u32) -> bool {
        let inner = match self.kind(node) {
            Kind::Identifier => return is_constant(self.out.text(node)),
            Kind::MemberExpression => {
                let property = self.field(node, self.fields.property);
                return property.is_some_and(|property| is_constant(self.out.text(property)));
            }
            Kind::CallExpression => self.field(node, self.fields.function),
            Kind::NewExpression => self.field(node, self.fields.constructor),
            _ => None,
        };
        depth < 4 && inner.is_some_and(|inner| self.is_column_type(inner, depth + 1))
    }

    /// The value of an option.
    fn option<'t>(&self, options: Option<Node<'t>>, wanted: &str) -> Option<Node<'t>> {
        named(options?).into_iter().find_map(|entry| {
            let key = self.field(entry, self.fields.key)?;
            let value = self.field(entry, self.fields.value)?;
            (self.property_name(key)? == wanted).then_some(value)
        })
    }

    /// The class that a call makes: called like what it is assigned to, else like the model.
    pub(super) fn model_class(
        &mut self,
        call: Node<'_>,
        made: MadeModel<'_>,
        name_node: Option<Node<'_>>,
        span: ByteRange,
        lead: &Lead<'_>,
    ) -> DefinitionId {
        let name: Cow<'s, str> = match name_node {
            Some(node) => Cow::Borrowed(self.out.text(node)),
            None => unquoted(self.out.text(made.name)),
        };
        let at = name_node.unwrap_or(made.name);
        let mut new = Self::new_definition(&name, at, SymbolKind::Class, span);
        if name_node.is_none() {
            new.name_span = inside_quotes(new.name_span);
        }
        let start = made.columns.map_or(span.end, |columns| columns.start_byte() as u32);
        new.signature_end = start;
        let id = self.define(new, lead.doc);
        let base = self.plain_call(call, ReferenceFlags::empty());
        self.out.get_mut(id).bases.push(base);
        let scope = self.out.open_definition(id, ScopeKind::Type);
        let key = self.new_owner_key();
        let owner = Owner { key, scope, definition: Some(id), open: false };
        if let Cow::Borrowed(name) = name {
            self.owner_keys.insert(name, key);
        }
        for column in made.columns.map(named).unwrap_or_default() {
            self.model_column(column, owner);
        }
        self.timestamps(made.options, owner, start);
        self.out.close_definition();
        id
    }

    fn model_column(&mut self, entry: Node<'_>, owner: Owner) {
        let Some(key) = self.field(entry, self.fields.key) else { return };
        let Some(name) = self.property_name(key) else { return };
        let mut new = Self::new_definition(&name, key, SymbolKind::Field, range(entry));
        if self.kind(key) == Kind::String {
            new.name_span = inside_quotes(new.name_span);
        }
        let id = self.define(new, None);
        self.note_member(owner, id, false);
        self.out.bind_definition(owner.scope, id);
        if let Cow::Borrowed(name) = name {
            self.members.insert((owner.key, name), Some(id));
        }
    }

    /// `createdAt` and `updatedAt`, which nobody writes; an option of the same name may give one
    /// another name, or none.
    fn timestamps(&mut self, options: Option<Node<'_>>, owner: Owner, at: u32) {
        let is_false = |walk: &Self, name: &str| {
            walk.option(options, name).is_some_and(|value| walk.kind(value) == Kind::False)
        };
        if is_false(self, "timestamps") {
            return;
        }
        for usual in TIMESTAMPS {
            if is_false(self, usual) || self.members.contains_key(&(owner.key, usual)) {
                continue;
            }
            let renamed = self.option(options, usual).filter(|it| self.kind(*it) == Kind::String);
            let name = renamed.map_or(Cow::Borrowed(usual), |it| unquoted(self.out.text(it)));
            let span = ByteRange { start: at, end: at };
            let new = NewDefinition {
                name: &name,
                kind: SymbolKind::Field,
                span,
                name_span: span,
                signature_end: 0,
                flags: DefinitionFlags::IMPLICIT,
            };
            let id = self.define(new, None);
            self.note_member(owner, id, false);
            self.out.bind_definition(owner.scope, id);
        }
    }
}

/// `STRING`, `INTEGER`: how types of columns are written.
fn is_constant(name: &str) -> bool {
    name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// The bytes of a string without its quotes.
fn inside_quotes(span: ByteRange) -> ByteRange {
    let start = span.start + 1;
    ByteRange { start, end: span.end.saturating_sub(1).max(start) }
}
