//! Why a reference means what it means.
//!
//! An edge keeps its rule and its line. Someone who doubts it wants the chain: that the receiver is a
//! parameter with this annotation, that the annotation is this import. It is read off the text of the
//! one file on demand, by the walk and the scopes that binding uses (as in [`crate::definition`]);
//! where the chain leaves the file, the graph has the edge of the import.

use crate::languages;
use qf_graph::facts::{
    Binding, BindingValue, DefinitionId, Expression, ExpressionId, FileFacts, Name, ParameterKind,
    ScopeId, ScopeKind,
};

/// Longest chain that is told.
const MAX_STEPS: usize = 12;
/// Most bindings of one name that are told.
const MAX_BINDINGS: usize = 4;

/// One link of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is explained, as written.
    pub what: String,
    /// What it is.
    pub is: String,
    /// The line that says so, from 1.
    pub line: u32,
    /// The byte where an import names what it brings in.
    pub import: Option<u32>,
}

/// The chain behind the reference at a byte of a file, outermost first; empty when none stands there.
pub fn chain(path: &str, text: &str, at: u32) -> Vec<Step> {
    let Some(language) = languages::for_file(path, text) else { return Vec::new() };
    let facts = crate::parse::facts_with_locals(language, path, text);
    let members_visible = language.semantics().members_visible_in_methods();
    let mut chain = Chain { facts: &facts, members_visible, steps: Vec::new() };
    let reference = facts.references.iter().find(|reference| reference.span.start == at);
    if let Some(reference) = reference {
        chain.expression(reference.expression, 0);
    }
    chain.steps
}

struct Chain<'f> {
    facts: &'f FileFacts,
    members_visible: bool,
    steps: Vec<Step>,
}

impl Chain<'_> {
    fn step(&mut self, what: String, is: String, at: u32, import: Option<u32>) -> bool {
        let step = Step { what, is, line: self.facts.line(at), import };
        if self.steps.len() >= MAX_STEPS || self.steps.contains(&step) {
            return false;
        }
        self.steps.push(step);
        true
    }

    fn text(&self, name: Name) -> String {
        self.facts.text(name).to_owned()
    }

    fn expression(&mut self, id: ExpressionId, depth: u32) {
        if depth > 12 || self.steps.len() >= MAX_STEPS {
            return;
        }
        match self.facts.expression(id) {
            Expression::Name { name, scope } => self.name(name, scope, depth),
            Expression::Member { base, .. }
            | Expression::Index { base, .. }
            | Expression::Await(base)
            | Expression::Element(base)
            | Expression::Entered(base)
            | Expression::Part { base, .. }
            | Expression::Generic { base, .. }
            | Expression::Decorated { base, .. } => self.expression(base, depth + 1),
            Expression::Call { callee, .. } => self.expression(callee, depth + 1),
            Expression::New { class, .. } | Expression::InstanceOf(class) => {
                self.expression(class, depth + 1);
            }
            Expression::Either(items) => {
                for item in self.facts.list(items).to_vec() {
                    self.expression(item, depth + 1);
                }
            }
            Expression::This(scope) => self.receiver(scope, "this"),
            Expression::SelfType(scope) => self.receiver(scope, "Self"),
            Expression::Super(scope) => self.receiver(scope, "super"),
            _ => {}
        }
    }

    /// The type around a scope.
    fn receiver(&mut self, scope: ScopeId, what: &str) {
        let mut at = Some(scope);
        while let Some(current) = at {
            let row = &self.facts.scopes[current.index()];
            if let (ScopeKind::Type, Some(id)) = (row.kind, row.definition) {
                let definition = &self.facts.definitions[id.index()];
                let is = format!("the receiver, of {}", self.text(definition.name));
                let place = definition.name_span.start;
                self.step(what.to_owned(), is, place, None);
                return;
            }
            at = row.parent;
        }
    }

    fn name(&mut self, name: Name, scope: ScopeId, depth: u32) {
        let mut at = Some(scope);
        while let Some(current) = at {
            let row = self.facts.scopes[current.index()];
            at = row.parent;
            if row.kind == ScopeKind::Type && current != scope && !self.members_visible {
                continue;
            }
            let all: Vec<Binding> = self
                .facts
                .bindings
                .iter()
                .filter(|binding| binding.scope == current && binding.name == name)
                .copied()
                .collect();
            if all.is_empty() {
                continue;
            }
            for binding in all.iter().take(MAX_BINDINGS) {
                self.binding(binding, depth);
            }
            return;
        }
    }

    fn binding(&mut self, binding: &Binding, depth: u32) {
        let what = self.text(binding.name);
        match binding.value {
            BindingValue::Definition(id) => {
                let definition = &self.facts.definitions[id.index()];
                let is = format!("{} defined in this file", definition.kind.name());
                self.step(what, is, definition.name_span.start, None);
            }
            BindingValue::Import(id) => {
                let import = self.facts.imports[id.index()];
                let module = self.text(import.module);
                let dots = ".".repeat(usize::from(import.level));
                let is = match import.item {
                    Some(item) if self.text(item) != what => {
                        format!("imported from {dots}{module} as {}", self.text(item))
                    }
                    _ => format!("imported from {dots}{module}"),
                };
                self.step(what, is, import.span.start, Some(import.span.start));
            }
            BindingValue::Parameter { function, index } => {
                self.parameter(what, function, index, binding.at, depth);
            }
            BindingValue::Typed(declared) => {
                let is = format!("declared as {}", self.facts.render(declared));
                if self.step(what, is, binding.at, None) {
                    self.expression(declared, depth + 1);
                }
            }
            BindingValue::Value(value) => {
                let is = format!("assigned {}", self.facts.render(value));
                if self.step(what, is, binding.at, None) {
                    self.expression(value, depth + 1);
                }
            }
            BindingValue::Unknown => {}
        }
    }

    fn parameter(&mut self, what: String, function: DefinitionId, index: u16, at: u32, depth: u32) {
        let definition = &self.facts.definitions[function.index()];
        let Some(parameter) = definition.parameters.get(index as usize).copied() else { return };
        let owner = self.facts.qualified_name(function);
        if parameter.kind == ParameterKind::Receiver && parameter.declared_type.is_none() {
            let is = format!("the receiver of {owner}");
            self.step(what, is, definition.name_span.start, None);
            return;
        }
        let is = match parameter.declared_type {
            Some(declared) => format!("parameter, annotated {}", self.facts.render(declared)),
            None => format!("parameter of {owner}, known from its callers"),
        };
        if self.step(what, is, at, None)
            && let Some(declared) = parameter.declared_type
        {
            self.expression(declared, depth + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::chain;

    #[test]
    fn a_chain_leads_from_the_receiver_to_the_import() {
        let text = "from billing.ledger import Ledger\n\ndef refund(ledger: Ledger):\n    ledger.reverse()\n";
        let at = text.find("reverse").expect("it") as u32;
        let steps: Vec<String> = chain("refunds.py", text, at)
            .into_iter()
            .map(|step| format!("{} {} {}", step.what, step.is, step.line))
            .collect();
        assert_eq!(
            steps,
            ["ledger parameter, annotated Ledger 3", "Ledger imported from billing.ledger 1",]
        );
    }

    #[test]
    fn assignments_and_receivers_are_told() {
        let text = "class Tally {\n  constructor() { this.sum = 0; }\n  add() { const other = new Tally(); other.add(); this.add(); }\n}\n";
        let told = |needle: &str| {
            let at = text.find(needle).expect("it") + needle.find('.').map_or(0, |dot| dot + 1);
            let steps = chain("tally.js", text, at as u32);
            steps.into_iter().map(|s| format!("{}: {}", s.what, s.is)).collect::<Vec<_>>()
        };
        assert_eq!(
            told("other.add"),
            ["other: assigned new Tally()", "Tally: class defined in this file"]
        );
        assert_eq!(told("this.add"), ["this: the receiver, of Tally"]);
    }
}
