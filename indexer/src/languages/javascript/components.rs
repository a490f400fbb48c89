//! Single-file components: scripts inside markup.
//!
//! A `.vue` or `.svelte` file is markup with scripts in it. The scripts are parsed where they
//! stand, with the parser told which bytes are its own, so every position is one of the file. The
//! file itself defines one component, a class named after the file: an options object gives it
//! its members, and importing the file means the component.

use super::syntax::{Dialect, Kind, first_named, named};
use super::walk::{Owner, Receiver, Settings, Walk};
use crate::extract::builder::NewDefinition;
use crate::extract::{FactsBuilder, range};
use crate::parse;
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionFlags, Expression, ExpressionId, ScopeKind, SymbolKind,
};
use std::cell::RefCell;
use tree_sitter::{Node, Parser, Point, Range, Tree};

thread_local! {
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// Parses the bytes `span` of `source` as a program of their own.
fn parse_slice(source: &str, span: ByteRange, dialect: Dialect) -> Option<Tree> {
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(&dialect.language()).ok()?;
        // Only bytes are used later, so columns of one long line serve as points.
        let point = |offset: u32| Point { row: 0, column: offset as usize };
        let slice = Range {
            start_byte: span.start as usize,
            end_byte: span.end as usize,
            start_point: point(span.start),
            end_point: point(span.end),
        };
        parser.set_included_ranges(&[slice]).ok()?;
        parse::patiently(parser, source, (span.end - span.start) as usize)
    })
}

/// The frameworks whose components the walk reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framework {
    /// Vue single-file components.
    Vue,
    /// Svelte components.
    Svelte,
}

/// One `<script>` element.
struct Script {
    span: ByteRange,
    dialect: Dialect,
}

/// Lowers a component file.
pub(crate) fn component(
    framework: Framework,
    path: &str,
    root: Node<'_>,
    out: &mut FactsBuilder<'_>,
) {
    let source = out.source();
    let mut scripts = Vec::new();
    collect_scripts(root, source, &mut scripts, 0);
    let dialect = scripts.last().map_or(Dialect::JavaScript, |script| script.dialect);
    let settings = Settings { dialect, declarations_only: false, test: false };
    let mut walk = Walk::new(out, settings);
    walk.component_definition(path, &scripts, source.len());
    for script in &scripts {
        if let Some(tree) = parse_slice(source, script.span, script.dialect) {
            walk.set_dialect(script.dialect);
            walk.program(tree.root_node());
        }
    }
    walk.set_dialect(if dialect.is_typed() { Dialect::TypeScript } else { dialect });
    walk.markup = walk.component_has_members();
    walk.markup(framework, root);
    walk.finish();
}

fn collect_scripts(node: Node<'_>, source: &str, scripts: &mut Vec<Script>, depth: u32) {
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        if child.kind() == "script_element" {
            let mut inner = child.walk();
            let parts: Vec<_> = child.named_children(&mut inner).collect();
            let tag = parts.iter().find(|part| part.kind() == "start_tag");
            let tag = tag.map_or("", |tag| source.get(tag.byte_range()).unwrap_or(""));
            if let Some(text) = parts.iter().find(|part| part.kind() == "raw_text") {
                scripts.push(Script { span: range(*text), dialect: dialect_of(tag) });
            }
        } else if depth < 2 && child.kind() == "element" {
            collect_scripts(child, source, scripts, depth + 1);
        }
    }
}

/// The dialect that a script's start tag asks for.
fn dialect_of(tag: &str) -> Dialect {
    let has = |language: &str| {
        tag.contains(&format!("lang=\"{language}\"")) || tag.contains(&format!("lang='{language}'"))
    };
    if has("tsx") {
        Dialect::Tsx
    } else if has("ts") || has("typescript") || tag.contains("text/typescript") {
        Dialect::TypeScript
    } else {
        Dialect::JavaScript
    }
}

impl Walk<'_, '_> {
    /// The class that stands for the file.
    fn component_definition(&mut self, path: &str, scripts: &[Script], length: usize) {
        let file = path.rsplit('/').next().unwrap_or(path);
        let stem = file.split('.').next().unwrap_or(file);
        let span =
            scripts.last().map_or(ByteRange { start: 0, end: length as u32 }, |script| script.span);
        let new = NewDefinition {
            name: stem,
            kind: SymbolKind::Class,
            span,
            name_span: ByteRange { start: span.start, end: span.start },
            signature_end: 0,
            flags: DefinitionFlags::EXPORTED,
        };
        let id = self.define(new, None);
        let scope = self.out.open_definition(id, ScopeKind::Type);
        self.out.close_definition();
        let key = self.new_owner_key();
        self.component = Some(Owner { key, scope, definition: Some(id), open: true });
        let value = self.out.expression(Expression::Definition(id));
        self.out.export("default", value);
    }

    fn component_has_members(&self) -> bool {
        let key = self.component.map_or(0, |owner| owner.key);
        // Membership only, no order.
        self.members.keys().any(|(owner, _)| *owner == key)
    }

    /// The options object of an exported component: itself, or what a helper is called with.
    pub(super) fn component_options<'t>(&self, value: Node<'t>) -> Option<Node<'t>> {
        match self.kind(value) {
            Kind::Object => Some(value),
            Kind::CallExpression => {
                let arguments = self.field(value, self.fields.arguments)?;
                named(arguments).into_iter().find(|argument| self.kind(*argument) == Kind::Object)
            }
            _ => None,
        }
    }

    /// Members of a component from its options: methods and computed values are methods, data
    /// and properties are fields.
    pub(super) fn component_members(&mut self, options: Node<'_>, owner: Owner) {
        let Some(id) = owner.definition else { return };
        self.out.reopen_scope(owner.scope);
        self.out.push_parent(id);
        for option in named(options) {
            if self.out.enter(option) {
                self.component_option(option, owner);
                self.out.leave();
            }
        }
        self.out.pop_parent();
        self.out.close_scope();
    }

    fn component_option(&mut self, option: Node<'_>, owner: Owner) {
        let key =
            self.field(option, self.fields.key).or_else(|| self.field(option, self.fields.name));
        let value = self.field(option, self.fields.value);
        let name = key.and_then(|key| self.property_name(key));
        let inner = value.map(|value| self.without_wrapping(value));
        match (name.as_deref(), key, inner) {
            (Some("methods"), _, Some(object)) if self.kind(object) == Kind::Object => {
                self.component_group(object, owner, false);
            }
            (Some("computed" | "getters"), _, Some(object))
                if self.kind(object) == Kind::Object =>
            {
                self.component_group(object, owner, true);
            }
            (Some("props"), _, Some(props)) => self.component_properties(props, owner),
            (Some(name), Some(key), _) if self.kind(option) == Kind::MethodDefinition => {
                self.note_data(name, option, owner);
                self.member_function(owner, name, key, option, range(option), None, false);
            }
            (Some(name), Some(key), Some(function)) if self.is_function_literal(function) => {
                self.note_data(name, function, owner);
                self.member_function(owner, name, key, function, range(option), None, false);
            }
            // Watchers and the like: functions of the component, but no members.
            (_, _, Some(_)) => {
                let from = owner.scope;
                self.literal_receiver = Receiver::Instance { owner, from, constructing: false };
                if let Some(value) = value {
                    self.outside(owner, |walk| walk.expression(value));
                }
                self.literal_receiver = Receiver::Unknown;
            }
            _ => {
                if let (Kind::SpreadElement, Some(inner)) = (self.kind(option), first_named(option))
                {
                    self.outside(owner, |walk| walk.expression(inner));
                }
            }
        }
    }

    /// `methods: { … }`, `computed: { … }`.
    fn component_group(&mut self, object: Node<'_>, owner: Owner, computed: bool) {
        let before = self.public_members.len();
        for child in named(object) {
            let key =
                self.field(child, self.fields.key).or_else(|| self.field(child, self.fields.name));
            if let Some(key) = key {
                self.members.insert((owner.key, self.out.text(key)), None);
            }
        }
        self.object_members(object, owner);
        if computed {
            let added: Vec<_> =
                self.public_members.iter().skip(before).map(|pair| pair.0).collect();
            for id in added {
                if self.out.get(id).parent == owner.definition {
                    self.out.get_mut(id).flags |= DefinitionFlags::PROPERTY;
                }
            }
        }
    }

    /// `props: ["a"]`, `props: { a: String }`.
    fn component_properties(&mut self, props: Node<'_>, owner: Owner) {
        for child in named(props) {
            let key = match self.kind(child) {
                Kind::String => Some(child),
                _ => self.field(child, self.fields.key),
            };
            if let Some(key) = key {
                self.component_field(key, range(child), owner);
            }
            if let Some(value) = self.field(child, self.fields.value) {
                self.outside(owner, |walk| walk.expression(value));
            }
        }
    }

    fn component_field(&mut self, key: Node<'_>, span: ByteRange, owner: Owner) {
        let Some(name) = self.property_name(key) else { return };
        let plain = self.out.text(key).trim_matches(['"', '\'']);
        if self.members.insert((owner.key, plain), None).is_some() {
            return;
        }
        let mut new = Self::new_definition(&name, key, SymbolKind::Field, span);
        if self.kind(key) == Kind::String {
            let (start, end) = (new.name_span.start + 1, new.name_span.end.saturating_sub(1));
            new.name_span = ByteRange { start, end: end.max(start) };
        }
        let id = self.define(new, None);
        self.note_member(owner, id, false);
        self.out.bind_definition(owner.scope, id);
    }

    /// The keys of the object that `data()` and `setup()` return are fields.
    fn note_data(&mut self, name: &str, function: Node<'_>, owner: Owner) {
        if !matches!(name, "data" | "setup" | "asyncData") {
            return;
        }
        let Some(body) = self.field(function, self.fields.body) else { return };
        let returned = if self.kind(body) == Kind::StatementBlock {
            named(body)
                .into_iter()
                .rev()
                .find(|statement| self.kind(*statement) == Kind::ReturnStatement)
                .and_then(first_named)
        } else {
            Some(body)
        };
        let Some(object) = returned.map(|value| self.without_wrapping(value)) else { return };
        if self.kind(object) != Kind::Object {
            return;
        }
        for child in named(object) {
            let key = match self.kind(child) {
                Kind::ShorthandPropertyIdentifier => Some(child),
                _ => self.field(child, self.fields.key),
            };
            if let Some(key) = key {
                self.component_field(key, range(child), owner);
            }
        }
    }

    // ---- markup ------------------------------------------------------------------------------

    fn markup(&mut self, framework: Framework, root: Node<'_>) {
        let component = self.component.and_then(|owner| owner.definition);
        if let Some(id) = component {
            self.out.push_parent(id);
        }
        match framework {
            Framework::Vue => self.vue_markup(root),
            Framework::Svelte => self.svelte_markup(root),
        }
        if component.is_some() {
            self.out.pop_parent();
        }
    }

    /// Lowers an expression written in markup.
    fn slice(&mut self, span: ByteRange) -> ExpressionId {
        let source = self.out.source();
        let text = source.get(span.start as usize..span.end as usize).unwrap_or("");
        if text.trim().is_empty() || text.len() > 20_000 {
            return ExpressionId::UNKNOWN;
        }
        let Some(tree) = parse_slice(source, span, self.settings.dialect) else {
            return ExpressionId::UNKNOWN;
        };
        let mut value = ExpressionId::UNKNOWN;
        for statement in named(tree.root_node()) {
            match (self.kind(statement), first_named(statement)) {
                (Kind::ExpressionStatement, Some(inner)) => value = self.expression(inner),
                // `{ active: isActive }` alone reads like a block.
                (Kind::StatementBlock, _) => value = self.class_map(statement),
                _ => self.statement(statement),
            }
        }
        value
    }

    /// `{ a: b, c: d }` parsed as a block of labelled statements.
    fn class_map(&mut self, block: Node<'_>) -> ExpressionId {
        for statement in named(block) {
            self.statement(statement);
        }
        ExpressionId::UNKNOWN
    }

    /// Binds the names of a loop pattern written in markup.
    fn slice_pattern(&mut self, span: ByteRange, base: ExpressionId) {
        let source = self.out.source();
        let text = source.get(span.start as usize..span.end as usize).unwrap_or("");
        let scope = self.out.scope();
        let element = self.element(base);
        // A key in parentheses follows Svelte's pattern.
        let text = if text.trim_start().starts_with('(') {
            text
        } else {
            text.find(" (").map_or(text, |key| &text[..key])
        };
        let mut first = true;
        let words = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$');
        let pattern = text.trim_start().trim_start_matches('(').trim_start();
        let destructured = pattern.starts_with(['{', '[']);
        let mut offset = 0;
        for word in text.split_inclusive(words) {
            let name = word.trim_end_matches(words);
            let at = span.start + offset;
            offset += word.len() as u32;
            if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
                continue;
            }
            let value = match (destructured, first) {
                (true, _) if element != ExpressionId::UNKNOWN => {
                    BindingValue::Value(self.out.member(element, name))
                }
                (false, true) if element != ExpressionId::UNKNOWN => BindingValue::Value(element),
                _ => BindingValue::Unknown,
            };
            self.declare(scope, name, None);
            self.out.bind(scope, name, at, value);
            first = false;
        }
    }

    /// A component used as a tag.
    fn tag_reference(&mut self, tag: Node<'_>) {
        let text = self.out.text(tag);
        let name = if text.contains('-') { pascal_case(text) } else { text.to_owned() };
        if !name.starts_with(|first: char| first.is_ascii_uppercase()) {
            return;
        }
        let span = range(tag);
        let mut parts = name.split('.');
        let Some(first) = parts.next() else { return };
        // A kebab-case tag is only a component of this file when the file knows one.
        if text.contains('-')
            && !self.declared.contains_key(&(qf_graph::facts::ScopeId::MODULE, first))
        {
            return;
        }
        let mut callee = self.out.name_expression(first);
        let mut last = first;
        for part in parts {
            callee = self.out.member(callee, part);
            last = part;
        }
        let call = self.out.call(callee, &[]);
        let flags = qf_graph::facts::ReferenceFlags::empty();
        self.out.call_reference(last, span, call, flags);
    }

    fn vue_markup(&mut self, node: Node<'_>) {
        if !self.out.enter(node) {
            return;
        }
        let mut opened = false;
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor).collect::<Vec<_>>() {
            match child.kind() {
                "start_tag" | "self_closing_tag" => {
                    if !opened {
                        self.out.open_scope(ScopeKind::Block, None);
                        opened = true;
                    }
                    self.vue_tag(child);
                }
                "text" => self.interpolations(range(child)),
                "element" => self.vue_markup(child),
                _ => {}
            }
        }
        if opened {
            self.out.close_scope();
        }
        self.out.leave();
    }

    fn vue_tag(&mut self, tag: Node<'_>) {
        let mut attributes = Vec::new();
        for part in named(tag) {
            match part.kind() {
                "tag_name" => self.tag_reference(part),
                "attribute" => attributes.push(part),
                _ => {}
            }
        }
        // Loops and slots bind names for the other attributes.
        let binds =
            |name: &str| name == "v-for" || name.starts_with("v-slot") || name.starts_with('#');
        let mut directives = Vec::new();
        for attribute in attributes {
            let parts = named(attribute);
            let Some(name) = parts.first().map(|name| self.out.text(*name)) else { continue };
            let directive = name.starts_with([':', '@', '#']) || name.starts_with("v-");
            let Some(value) = parts.get(1).filter(|_| directive) else { continue };
            let value = if value.kind() == "quoted_attribute_value" {
                match first_named(*value) {
                    Some(inner) => inner,
                    None => continue,
                }
            } else {
                *value
            };
            directives.push((name, range(value)));
        }
        for (name, span) in directives.iter().filter(|(name, _)| binds(name)) {
            self.vue_binding(name, *span);
        }
        for (_, span) in directives.iter().filter(|(name, _)| !binds(name)) {
            self.slice(*span);
        }
    }

    fn vue_binding(&mut self, name: &str, span: ByteRange) {
        if name != "v-for" {
            self.slice_pattern(span, ExpressionId::UNKNOWN);
            return;
        }
        let source = self.out.source();
        let text = source.get(span.start as usize..span.end as usize).unwrap_or("");
        let split = text.find(" in ").or_else(|| text.find(" of "));
        let Some(split) = split else { return };
        let (middle, right) = (span.start + split as u32, span.start + split as u32 + 4);
        let base = self.slice(ByteRange { start: right, end: span.end });
        self.slice_pattern(ByteRange { start: span.start, end: middle }, base);
    }

    /// `{{ … }}` in text.
    fn interpolations(&mut self, span: ByteRange) {
        let source = self.out.source();
        let text = source.get(span.start as usize..span.end as usize).unwrap_or("");
        let mut at = 0;
        while let Some(open) = text.get(at..).and_then(|rest| rest.find("{{")) {
            let start = at + open + 2;
            let Some(close) = text.get(start..).and_then(|rest| rest.find("}}")) else { break };
            let begin = span.start + start as u32;
            self.slice(ByteRange { start: begin, end: begin + close as u32 });
            at = start + close + 2;
        }
    }

    fn svelte_markup(&mut self, node: Node<'_>) {
        if !self.out.enter(node) {
            return;
        }
        match node.kind() {
            "svelte_raw_text" => {
                self.slice(range(node));
            }
            "script_element" | "style_element" | "end_tag" => {}
            "tag_name" => self.tag_reference(node),
            "each_start" => {
                let iterated = node.child_by_field_name("identifier");
                let base = iterated.map_or(ExpressionId::UNKNOWN, |n| self.slice(range(n)));
                if let Some(parameter) = node.child_by_field_name("parameter") {
                    self.slice_pattern(range(parameter), base);
                }
            }
            "snippet_start" | "then_start" | "catch_start" => {
                for child in named(node) {
                    if child.kind() == "svelte_raw_text" {
                        self.slice_pattern(range(child), ExpressionId::UNKNOWN);
                    }
                }
            }
            kind => {
                let scoped = kind.ends_with("_statement") || kind.ends_with("_block");
                if scoped {
                    self.out.open_scope(ScopeKind::Block, None);
                }
                for child in named(node) {
                    self.svelte_markup(child);
                }
                if scoped {
                    self.out.close_scope();
                }
            }
        }
        self.out.leave();
    }
}

/// `user-card` → `UserCard`.
fn pascal_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.split('-') {
        let mut characters = part.chars();
        if let Some(first) = characters.next() {
            out.extend(first.to_uppercase());
            out.push_str(characters.as_str());
        }
    }
    out
}
