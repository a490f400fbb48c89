//! Whatever a file holds, its extraction gives facts that hang together.
//!
//! The first byte chooses the file's name and so its language, the rest is its text. No walk may
//! panic (a panic ends the process before the extraction can catch it); every id of the facts lies
//! in its table, every span in the text and between characters, parents and outer scopes make no
//! circle, and stored facts are read back as they were.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_fuzz::{Bytes, PATHS};
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionId, Expression, ExpressionId, FileFacts, ImportId,
    ImportKind, List, Name, ProblemKind, ScopeId, ScopeKind,
};
use qf_indexer::extract::dump;
use qf_indexer::{cache, languages, parse, walk};

fuzz_target!(|data: &[u8]| {
    let mut input = Bytes(data);
    let path = PATHS[usize::from(input.byte()) % PATHS.len()];
    // Reading decides what is text at all; what it refuses is given to the walk all the same.
    let _ = walk::text(path, input.0);
    let text = input.text();
    let Some(language) = languages::for_file(path, &text) else { return };
    let facts = parse::facts(language, path, &text);
    assert_eq!(facts.language, language.name());
    let checked = Checked { facts: &facts, text: &text };
    checked.tables();
    checked.definitions();
    checked.expressions();
    checked.rest();
    let _ = (facts.face_hash(), dump::lines(&facts));
    let stored = cache::encode(&facts);
    let read: FileFacts = postcard::from_bytes(&stored).expect("stored facts are read back");
    assert!(read == facts, "stored facts are read back as they were");
});

/// Facts that are looked through, and what they are about.
struct Checked<'f> {
    facts: &'f FileFacts,
    text: &'f str,
}

impl Checked<'_> {
    fn span(&self, span: ByteRange, what: &str) {
        assert!(span.start <= span.end, "{what}: {span:?} is the wrong way round");
        self.at(span.start, what);
        self.at(span.end, what);
    }

    fn at(&self, at: u32, what: &str) {
        assert!(self.text.is_char_boundary(at as usize), "{what}: {at} is no place in the text");
    }

    fn name(&self, name: Name) {
        assert!(name.index() < self.facts.names.len(), "{name:?} is no name");
    }

    fn definition(&self, id: DefinitionId) {
        assert!(id.index() < self.facts.definitions.len(), "{id:?} is no definition");
    }

    fn scope(&self, id: ScopeId) {
        assert!(id.index() < self.facts.scopes.len(), "{id:?} is no scope");
    }

    fn expression(&self, id: ExpressionId) {
        assert!(id.index() < self.facts.expressions.len(), "{id:?} is no expression");
    }

    fn import(&self, id: ImportId) {
        assert!(id.index() < self.facts.imports.len(), "{id:?} is no import");
    }

    fn list(&self, list: List) {
        assert_eq!(self.facts.list(list).len(), list.len as usize, "{list:?} is no list");
    }

    fn tables(&self) {
        let facts = self.facts;
        assert_eq!(facts.line_starts.first(), Some(&0), "line 1 begins the file");
        assert!(facts.line_starts.is_sorted_by(|a, b| a < b), "lines are in order");
        facts.line_starts.iter().for_each(|start| self.at(*start, "line"));
        assert_eq!(facts.expressions.first(), Some(&Expression::Unknown));
        facts.lists.iter().for_each(|id| self.expression(*id));
        let module = facts.scopes.first().expect("the module has a scope");
        assert!(module.parent.is_none() && module.kind == ScopeKind::Module);
        for (row, scope) in facts.scopes.iter().enumerate().skip(1) {
            let parent = scope.parent.expect("only the module has nothing around it");
            assert!(parent.index() < row, "scope {row} lies in scope {}", parent.0);
            scope.definition.iter().for_each(|id| self.definition(*id));
        }
    }

    fn definitions(&self) {
        for (row, definition) in self.facts.definitions.iter().enumerate() {
            self.name(definition.name);
            definition.doc.iter().for_each(|doc| self.name(*doc));
            self.span(definition.span, "definition");
            self.span(definition.name_span, "name of a definition");
            self.at(definition.signature_end, "signature");
            definition.scope.iter().for_each(|id| self.scope(*id));
            let types = definition.bases.iter().chain(&definition.declared_type);
            types.for_each(|id| self.expression(*id));
            let values = definition.decorators.iter().chain(&definition.returns);
            values.for_each(|id| self.expression(*id));
            assert!(definition.returns.len() <= 8, "at most eight returned values are kept");
            definition.type_parameters.iter().for_each(|name| self.name(*name));
            for parameter in &definition.parameters {
                self.name(parameter.name);
                let values = parameter.declared_type.iter().chain(&parameter.default);
                values.for_each(|id| self.expression(*id));
            }
            let (mut around, mut steps) = (definition.parent, 0);
            while let Some(parent) = around {
                self.definition(parent);
                steps += 1;
                assert!(steps <= self.facts.definitions.len(), "definition {row} lies in itself");
                around = self.facts.definitions[parent.index()].parent;
            }
        }
    }

    fn expressions(&self) {
        for expression in &self.facts.expressions {
            match *expression {
                Expression::Unknown => {}
                Expression::Name { name, scope } => {
                    self.name(name);
                    self.scope(scope);
                }
                Expression::Member { base, name } => {
                    self.expression(base);
                    self.name(name);
                }
                Expression::Call { callee: base, arguments }
                | Expression::New { class: base, arguments }
                | Expression::Generic { base, arguments } => {
                    self.expression(base);
                    self.list(arguments);
                }
                Expression::Argument { name, value } => {
                    self.name(name);
                    self.expression(value);
                }
                Expression::Index { base, index } => {
                    self.expression(base);
                    self.expression(index);
                }
                Expression::Await(base)
                | Expression::Element(base)
                | Expression::Entered(base)
                | Expression::InstanceOf(base)
                | Expression::Part { base, .. } => self.expression(base),
                Expression::This(scope)
                | Expression::Super(scope)
                | Expression::SelfType(scope) => self.scope(scope),
                Expression::Builtin(name) | Expression::Text(name) => self.name(name),
                Expression::Concat(items)
                | Expression::Either(items)
                | Expression::Collection { items, .. } => self.list(items),
                Expression::Function(id) | Expression::Definition(id) => self.definition(id),
                Expression::Imported(id) => self.import(id),
                Expression::Decorated { decorator, base } => {
                    self.expression(decorator);
                    self.expression(base);
                }
            }
        }
    }

    fn rest(&self) {
        let facts = self.facts;
        for binding in &facts.bindings {
            self.scope(binding.scope);
            self.name(binding.name);
            self.at(binding.at, "binding");
            match binding.value {
                BindingValue::Definition(id) => self.definition(id),
                BindingValue::Import(id) => self.import(id),
                BindingValue::Value(id) | BindingValue::Typed(id) => self.expression(id),
                BindingValue::Parameter { function, index } => {
                    self.definition(function);
                    let parameters = &facts.definitions[function.index()].parameters;
                    assert!(usize::from(index) < parameters.len(), "parameter {index}");
                }
                BindingValue::Unknown => {}
            }
        }
        for reference in &facts.references {
            self.name(reference.name);
            self.span(reference.span, "reference");
            self.expression(reference.expression);
            reference.within.iter().for_each(|id| self.definition(*id));
            reference.value.iter().for_each(|id| self.expression(*id));
        }
        for import in &facts.imports {
            self.scope(import.scope);
            self.name(import.module);
            import.item.iter().chain(&import.bound).for_each(|name| self.name(*name));
            assert!(import.item.is_none() || import.kind == ImportKind::Item, "{import:?}");
            self.span(import.span, "import");
        }
        for export in &facts.exports {
            self.name(export.name);
            self.expression(export.value);
        }
        for extension in &facts.extensions {
            self.expression(extension.target);
            extension.interface.iter().for_each(|id| self.expression(*id));
            self.scope(extension.scope);
            assert_eq!(facts.scopes[extension.scope.index()].kind, ScopeKind::Type);
        }
        for access in &facts.sql {
            self.span(access.span, "SQL");
            access.within.iter().for_each(|id| self.definition(*id));
        }
        for key in &facts.keys {
            self.span(key.span, "key");
            key.definition.iter().for_each(|id| self.definition(*id));
        }
        for proxy in &facts.proxies {
            proxy.definition.iter().for_each(|id| self.definition(*id));
        }
        facts.package.iter().for_each(|name| self.name(*name));
        for problem in &facts.problems {
            self.span(problem.span, "problem");
            assert_ne!(problem.kind, ProblemKind::Internal, "the walk panicked");
        }
    }
}
