//! Where a local name gets its meaning.
//!
//! The graph has no symbols for parameters, loop variables and the like: nobody asks who calls
//! them, and there are many. Someone who points at one in an editor still wants to know where it
//! comes from. That is worked out on demand, from the text of the one file, by the same walk and
//! the same scopes that binding uses; nothing is stored.

use crate::languages::{self, Language};
use qf_graph::facts::{
    Binding, BindingValue, Expression, FileFacts, Name, ReferenceFlags, Role, ScopeId, ScopeKind,
};

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
    /// The byte where what the name stands for is named: by an import, or by the member that is
    /// assigned to a variable without a type.
    pub behind: Option<u32>,
}

/// What an import of a file names as its module, as the last part of that name without an
/// extension: `./api/refund.js` and `api.refund` are `refund`.
pub fn module_stem(path: &str, text: &str, at: u32) -> Option<String> {
    let language = languages::for_path(path)?;
    let facts = crate::parse::facts(language, path, text);
    let import = facts.imports.iter().find(|import| import.span.start == at)?;
    let module = facts.text(import.module).trim_end_matches('/');
    let last = module.rsplit('/').next().unwrap_or(module);
    let stem = last.split('.').find(|part| !part.is_empty()).unwrap_or(last);
    let stem = if module.contains('/') { stem } else { module.rsplit('.').next().unwrap_or(stem) };
    Some(stem.to_owned())
}

/// The places in `text` where the bare name at byte `offset` is bound, in order; empty when no
/// bare name stands there or nothing in the file binds it. A binding does not lead to itself.
pub fn sites(path: &str, text: &str, offset: u32) -> Vec<Site> {
    let Some(language) = languages::for_path(path) else { return Vec::new() };
    let facts = crate::parse::facts_with_locals(language, path, text);
    let loops = || loops_around(language, path, text, offset);
    let Some((name, scope)) = name_at(&facts, text, offset) else { return Vec::new() };
    let members_visible = language.semantics().members_visible_in_methods();
    let mut at = Some(scope);
    let mut same_function = true;
    while let Some(current) = at {
        let row = &facts.scopes[current.index()];
        at = row.parent;
        let hidden = row.kind == ScopeKind::Type && current != scope;
        if hidden && !members_visible {
            continue;
        }
        let all: Vec<&Binding> = facts
            .bindings
            .iter()
            .filter(|binding| binding.scope == current && binding.name == name)
            .collect();
        if !all.is_empty() {
            let reaching = if same_function { reaching(&all, offset, &loops()) } else { all };
            let assigned = assignments(&facts, name);
            let declared = |binding: &&Binding| !assigned.contains(&binding.at);
            // Where variables have types, the declaration says it all.
            let typed = language.name() == "typescript" && reaching.iter().any(declared);
            let mut changes = Vec::new();
            if same_function && language.name() == "javascript" {
                changes = changed(&facts, name, current, offset, &loops());
            }
            let mut sites: Vec<Site> = reaching
                .into_iter()
                .filter(|binding| !typed || declared(binding))
                .filter(|binding| {
                    let import = matches!(binding.value, BindingValue::Import(_));
                    !(import && stands_at(&facts, binding, offset))
                })
                .map(|binding| site(&facts, binding))
                .chain(changes)
                .collect();
            sites.sort_unstable();
            sites.dedup();
            return sites;
        }
        same_function &= row.kind == ScopeKind::Block;
    }
    Vec::new()
}

/// The places where a variable of a scope is changed (`x++`, `x += 1`) before a byte, or in a loop
/// around it. Where variables have no types, this is as much of a definition as an assignment.
fn changed(
    facts: &FileFacts,
    name: Name,
    scope: ScopeId,
    offset: u32,
    loops: &[std::ops::Range<u32>],
) -> Vec<Site> {
    let own = |from: ScopeId| {
        let mut at = Some(from);
        while let Some(current) = at.filter(|current| *current != scope) {
            let hidden = facts.bindings.iter().any(|b| b.scope == current && b.name == name);
            at = if hidden { None } else { facts.scopes[current.index()].parent };
        }
        at.is_some()
    };
    facts
        .references
        .iter()
        .filter(|reference| {
            reference.name == name
                && reference.role == Role::Write
                && reference.flags.contains(ReferenceFlags::AUGMENTED)
                && (reference.span.start <= offset
                    || loops.iter().any(|around| around.contains(&reference.span.start)))
                && matches!(facts.expression(reference.expression),
                    Expression::Name { scope, .. } if own(scope))
        })
        .map(|reference| Site {
            line: facts.line(reference.span.start),
            kind: SiteKind::Variable,
            behind: None,
        })
        .collect()
}

/// The bytes where a name is assigned without being declared there.
fn assignments(facts: &FileFacts, name: Name) -> Vec<u32> {
    facts
        .references
        .iter()
        .filter(|reference| reference.role == Role::Write && reference.name == name)
        .map(|reference| reference.span.start)
        .collect()
}

/// The bindings whose value may stand in a variable at an offset of the same function: those
/// before it, and those behind it that a loop leads back from. A name that is only bound behind
/// (a function used before it is written down) keeps all.
fn reaching<'f>(
    bindings: &[&'f Binding],
    offset: u32,
    loops: &[std::ops::Range<u32>],
) -> Vec<&'f Binding> {
    let before: Vec<&Binding> = bindings
        .iter()
        .copied()
        .filter(|binding| {
            let looped = |around: &std::ops::Range<u32>| around.contains(&binding.at);
            let declared = matches!(binding.value, BindingValue::Definition(_));
            binding.at <= offset || declared || loops.iter().any(looped)
        })
        .collect();
    if before.is_empty() { bindings.to_vec() } else { before }
}

/// The bytes of the loops around an offset, up to the function that holds it.
fn loops_around(
    language: &dyn Language,
    path: &str,
    text: &str,
    offset: u32,
) -> Vec<std::ops::Range<u32>> {
    let mut loops = Vec::new();
    let Some(tree) = crate::parse::tree(language, path, text) else { return loops };
    let at = offset as usize;
    let mut node = tree.root_node().descendant_for_byte_range(at, at);
    while let Some(current) = node {
        let kind = current.kind();
        if kind.contains("function") || kind.contains("method") || kind.contains("lambda") {
            break;
        }
        if ["for", "while", "loop", "do_", "repeat", "until"].iter().any(|s| kind.starts_with(s)) {
            loops.push(current.start_byte() as u32..current.end_byte() as u32);
        }
        node = current.parent();
    }
    loops
}

/// The bare name at an offset and the scope it is looked up from: that of a reference, or that of
/// the binding whose own name stands there, or that of the definition around it.
fn name_at(facts: &FileFacts, text: &str, offset: u32) -> Option<(Name, ScopeId)> {
    referred(facts, offset)
        .or_else(|| {
            let own = facts.bindings.iter().find(|binding| stands_at(facts, binding, offset));
            own.map(|binding| (binding.name, binding.scope))
        })
        .or_else(|| written(facts, text, offset))
}

fn referred(facts: &FileFacts, offset: u32) -> Option<(Name, ScopeId)> {
    facts
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
        })
}

/// Walks leave out what binding has no use for. An identifier that follows no `.` or `:` is looked
/// up from the innermost definition around it, or from the block in there that binds it.
fn written(facts: &FileFacts, text: &str, offset: u32) -> Option<(Name, ScopeId)> {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let head = text.get(..offset as usize)?;
    let start =
        head.len() - head.chars().rev().take_while(|c| part(*c)).map(char::len_utf8).sum::<usize>();
    let word: String = text[start..].chars().take_while(|c| part(*c)).collect();
    if word.is_empty() || text[..start].trim_end().ends_with(['.', ':', '>']) {
        return None;
    }
    let name = facts.names.iter().position(|text| *text == word)?;
    let name = Name(name as u32);
    let around = facts
        .definitions
        .iter()
        .filter(|definition| definition.span.start <= offset && offset < definition.span.end)
        .filter_map(|definition| {
            Some((definition.span.end - definition.span.start, definition.scope?))
        })
        .min()
        .map_or(ScopeId::MODULE, |(_, scope)| scope);
    // Of the blocks below it, the last one that binds the name before here.
    let inside = |scope: ScopeId| {
        let mut at = Some(scope);
        while let Some(current) = at.filter(|current| *current != around) {
            if facts.scopes[current.index()].kind != ScopeKind::Block {
                return false;
            }
            at = facts.scopes[current.index()].parent;
        }
        at.is_some()
    };
    let block = facts
        .bindings
        .iter()
        .filter(|binding| binding.name == name && binding.at <= offset && inside(binding.scope))
        .max_by_key(|binding| binding.at);
    Some((name, block.map_or(around, |binding| binding.scope)))
}

fn stands_at(facts: &FileFacts, binding: &Binding, offset: u32) -> bool {
    let length = facts.text(binding.name).len() as u32;
    binding.at <= offset && offset < binding.at + length.max(1)
}

/// Where the member stands that is assigned to a variable, in a language without types.
fn assigned_member(facts: &FileFacts, binding: &Binding) -> Option<u32> {
    let BindingValue::Value(value) = binding.value else { return None };
    let Expression::Member { .. } = facts.expression(value) else { return None };
    if facts.language != "javascript" {
        return None;
    }
    facts
        .references
        .iter()
        .find(|reference| reference.expression == value && reference.role == Role::Read)
        .map(|reference| reference.span.start)
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
    let behind = match binding.value {
        BindingValue::Import(id) => facts.imports.get(id.index()).map(|import| import.span.start),
        _ => assigned_member(facts, binding),
    };
    Site { line: facts.line(at), kind, behind }
}
