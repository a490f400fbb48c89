//! Where a local name gets its meaning.
//!
//! The graph has no symbols for parameters, loop variables and the like: nobody asks who calls
//! them, and there are many. Someone who points at one in an editor still wants to know where it
//! comes from. That is worked out on demand, from the text of the one file, by the same walk and
//! the same scopes that binding uses; nothing is stored.

use crate::languages;
use qf_graph::facts::{Binding, BindingValue, Expression, FileFacts, Name, ScopeId};

/// What a binding site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SiteKind {
    /// A definition of the file, which the graph knows as a symbol.
    Definition,
    /// An import: the meaning lies behind it.
    Import,
    /// A parameter of a function.
    Parameter,
    /// A variable.
    Variable,
}

/// One place where a name is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// Line, from 1.
    pub line: u32,
    /// What is bound there.
    pub kind: SiteKind,
}

/// The places in `text` where the bare name at byte `offset` is bound, in order; empty when no
/// bare name stands there or nothing in the file binds it.
pub fn sites(path: &str, text: &str, offset: u32) -> Vec<Site> {
    let Some(language) = languages::for_path(path) else { return Vec::new() };
    let facts = crate::parse::facts_with_locals(language, path, text);
    let Some((name, scope)) = name_at(&facts, offset) else { return Vec::new() };
    let members_visible = language.semantics().members_visible_in_methods();
    let mut at = Some(scope);
    while let Some(current) = at {
        let row = &facts.scopes[current.index()];
        at = row.parent;
        let hidden = row.kind == qf_graph::facts::ScopeKind::Type && current != scope;
        if hidden && !members_visible {
            continue;
        }
        let mut sites: Vec<Site> = facts
            .bindings
            .iter()
            .filter(|binding| binding.scope == current && binding.name == name)
            .map(|binding| site(&facts, binding))
            .collect();
        if !sites.is_empty() {
            sites.sort_unstable();
            sites.dedup();
            return sites;
        }
    }
    Vec::new()
}

/// The bare name at an offset and the scope it is looked up from: that of a reference, or that of
/// the binding whose own name stands there.
fn name_at(facts: &FileFacts, offset: u32) -> Option<(Name, ScopeId)> {
    let referred = facts
        .references
        .iter()
        .filter(|reference| reference.span.start <= offset && offset < reference.span.end)
        .find_map(|reference| {
            let mut at = reference.expression;
            // The name of a call is that of its callee.
            loop {
                at = match facts.expression(at) {
                    Expression::Call { callee, .. } => callee,
                    Expression::New { class, .. } => class,
                    Expression::Generic { base, .. } => base,
                    Expression::Name { name, scope } if name == reference.name => {
                        return Some((name, scope));
                    }
                    _ => return None,
                };
            }
        });
    referred.or_else(|| {
        facts
            .bindings
            .iter()
            .find(|binding| {
                let length = facts.text(binding.name).len() as u32;
                binding.at <= offset && offset < binding.at + length.max(1)
            })
            .map(|binding| (binding.name, binding.scope))
    })
}

fn site(facts: &FileFacts, binding: &Binding) -> Site {
    let (at, kind) = match binding.value {
        BindingValue::Definition(id) => {
            (facts.definitions[id.index()].name_span.start, SiteKind::Definition)
        }
        BindingValue::Import(_) => (binding.at, SiteKind::Import),
        BindingValue::Parameter { .. } => (binding.at, SiteKind::Parameter),
        _ => (binding.at, SiteKind::Variable),
    };
    Site { line: facts.line(at), kind }
}
