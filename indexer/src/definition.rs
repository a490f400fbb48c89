//! Where a local name gets its meaning.
//!
//! The graph has no symbols for parameters, loop variables and the like: nobody asks who calls
//! them, and there are many. Someone who points at one in an editor still wants to know where it
//! comes from. That is worked out on demand, from the text of the one file, by the same walk and
//! the same scopes that binding uses; nothing is stored.

use crate::languages::{self, Language};
use qf_graph::facts::{
    Binding, BindingValue, Expression, FileFacts, Name, ReferenceFlags, Role, ScopeId, ScopeKind,
    SymbolKind,
};
use rustc_hash::FxHashSet;

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
    let language = languages::for_file(path, text)?;
    let facts = crate::parse::facts(language, path, text);
    let import = facts.imports.iter().find(|import| import.span.start == at)?;
    let module = facts.text(import.module).trim_end_matches('/');
    let last = module.rsplit('/').next().unwrap_or(module);
    let stem = last.split('.').find(|part| !part.is_empty()).unwrap_or(last);
    let stem = if module.contains('/') { stem } else { module.rsplit('.').next().unwrap_or(stem) };
    Some(stem.to_owned())
}

/// The lines of a file that offer a name of it to other files without defining it: `export { name }`,
/// `export default name`, `module.exports = name`.
pub fn exported(path: &str, text: &str, name: &str) -> Vec<u32> {
    let mut lines = Vec::new();
    let Some(language) = languages::for_file(path, text) else { return lines };
    if language.family() != "javascript" {
        return lines;
    }
    let Some(tree) = crate::parse::tree(language, path, text) else { return lines };
    let root = tree.root_node();
    let mut cursor = root.walk();
    for statement in root.children(&mut cursor) {
        let is = |node: tree_sitter::Node<'_>| text.get(node.byte_range()) == Some(name);
        let mut offers =
            |node: tree_sitter::Node<'_>| lines.push(node.start_position().row as u32 + 1);
        match statement.kind() {
            "export_statement" if statement.child_by_field_name("source").is_none() => {
                if statement.child_by_field_name("value").is_some_and(is) {
                    offers(statement);
                }
                let mut inner = statement.walk();
                let clauses =
                    statement.children(&mut inner).filter(|c| c.kind() == "export_clause");
                for clause in clauses {
                    let mut inner = clause.walk();
                    for specifier in clause.children(&mut inner) {
                        if specifier.child_by_field_name("name").is_some_and(is) {
                            offers(specifier);
                        }
                    }
                }
            }
            "expression_statement" => {
                let assignment = statement.child(0).filter(|c| c.kind() == "assignment_expression");
                let Some(assignment) = assignment else { continue };
                let whole = assignment
                    .child_by_field_name("left")
                    .is_some_and(|left| text.get(left.byte_range()) == Some("module.exports"));
                if whole && assignment.child_by_field_name("right").is_some_and(is) {
                    offers(statement);
                }
            }
            _ => {}
        }
    }
    lines
}

/// The places in `text` where the bare name at byte `offset` is bound, in order; empty when no
/// bare name stands there or nothing in the file binds it. A binding does not lead to itself.
pub fn sites(path: &str, text: &str, offset: u32) -> Vec<Site> {
    let Some(language) = languages::for_file(path, text) else { return Vec::new() };
    let facts = crate::parse::facts_with_locals(language, path, text);
    let file = SourceFile { language, text, facts, tree: crate::parse::tree(language, path, text) };
    if let Some(label) = file.label(offset) {
        return vec![label];
    }
    let Some((name, scope)) = name_at(&file.facts, text, offset) else { return Vec::new() };
    let mut sites = Vec::new();
    file.collect(name, scope, offset, &mut Way::default(), &mut sites);
    sites.sort_unstable();
    sites.dedup();
    sites
}

/// Where what a field or variable is first given is bound: the places of `amount` for the name in
/// `self.amount = amount` at byte `at`; empty where it is given anything but a bare name.
pub fn given(path: &str, text: &str, at: u32) -> Vec<Site> {
    let Some(language) = languages::for_file(path, text) else { return Vec::new() };
    if !passes_on(language) {
        return Vec::new();
    }
    let facts = crate::parse::facts_with_locals(language, path, text);
    let file = SourceFile { language, text, facts, tree: crate::parse::tree(language, path, text) };
    let mut sites = Vec::new();
    for binding in &file.facts.bindings {
        if binding.at == at {
            file.passed_on(binding, &mut Way::default(), &mut sites);
        }
    }
    sites.sort_unstable();
    sites.dedup();
    sites
}

/// Languages in which a variable has no type of its own, so that what it was given says more than
/// where it was named.
fn passes_on(language: &dyn Language) -> bool {
    matches!(language.name(), "javascript" | "python")
}

/// Languages in which the variables of a module are given their values in the order of the lines.
fn sequential(language: &dyn Language) -> bool {
    matches!(language.family(), "javascript" | "python" | "ruby" | "php" | "lua")
}

/// Most assignments of one name to another that are followed.
const MAX_PASSED_ON: u32 = 8;

/// The way from name to name.
#[derive(Default)]
struct Way {
    depth: u32,
    seen: FxHashSet<(Name, ScopeId, u32)>,
}

/// One file, read for the sake of one position.
struct SourceFile<'t> {
    language: &'static dyn Language,
    text: &'t str,
    facts: FileFacts,
    tree: Option<tree_sitter::Tree>,
}

impl SourceFile<'_> {
    /// The places where a name is bound, looked up from a scope and read at an offset.
    fn collect(&self, name: Name, scope: ScopeId, offset: u32, way: &mut Way, out: &mut Vec<Site>) {
        let facts = &self.facts;
        let members_visible = self.language.semantics().members_visible_in_methods();
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
            let all: Vec<&Binding> =
                all.into_iter().filter(|binding| self.may_mean(binding, offset)).collect();
            if all.is_empty() {
                same_function &= row.kind == ScopeKind::Block;
                continue;
            }
            let reaching = if same_function { self.reaching(&all, offset) } else { all };
            let assigned = assignments(facts, name);
            let declared = |binding: &&Binding| !assigned.contains(&binding.at);
            // Where variables have types, the declaration says it all.
            let typed = self.language.name() == "typescript" && reaching.iter().any(declared);
            if same_function && self.language.name() == "javascript" {
                out.extend(changed(facts, name, current, offset, &self.loops_around(offset)));
            }
            for binding in reaching {
                let import = matches!(binding.value, BindingValue::Import(_));
                if typed && !declared(&binding) || import && stands_at(facts, binding, offset) {
                    continue;
                }
                out.push(site(facts, binding));
                if passes_on(self.language) {
                    self.passed_on(binding, way, out);
                }
            }
            return;
        }
    }

    /// Where types have names of their own, a type is no value and a value no type.
    fn may_mean(&self, binding: &Binding, offset: u32) -> bool {
        if self.language.name() != "typescript" {
            return true;
        }
        let Some(reference) = self
            .facts
            .references
            .iter()
            .find(|reference| reference.span.start <= offset && offset < reference.span.end)
        else {
            return true;
        };
        match binding.value {
            BindingValue::Definition(id) => {
                let kind = self.facts.definitions[id.index()].kind;
                match reference.role {
                    Role::Read | Role::Write | Role::Call => {
                        !matches!(kind, SymbolKind::TypeAlias | SymbolKind::Interface)
                    }
                    Role::Type => !kind.is_value(),
                    Role::Import | Role::Inherit => true,
                }
            }
            _ => true,
        }
    }

    /// The places behind a binding that is given the value of another name.
    fn passed_on(&self, binding: &Binding, way: &mut Way, out: &mut Vec<Site>) {
        let BindingValue::Value(value) = binding.value else { return };
        let Expression::Name { name, scope } = self.facts.expression(value) else { return };
        let new = name != binding.name && way.seen.insert((name, scope, binding.at));
        if way.depth < MAX_PASSED_ON && new {
            way.depth += 1;
            self.collect(name, scope, binding.at, way, out);
            way.depth -= 1;
        }
    }

    /// The bindings whose value may stand in a variable at an offset of the same function: those
    /// before it, and those behind it that a loop leads back from — but none that another one always
    /// replaces on the way, and none of a branch that is left out when the offset is reached. A name
    /// that is only bound behind (a function used before it is written down) keeps all.
    fn reaching<'f>(&self, bindings: &[&'f Binding], offset: u32) -> Vec<&'f Binding> {
        let loops = self.loops_around(offset);
        let hoisted = |binding: &Binding| match binding.value {
            BindingValue::Definition(id) => {
                let kind = self.facts.definitions[id.index()].kind;
                !(kind.is_value() && sequential(self.language))
            }
            _ => false,
        };
        let looped = |binding: &Binding| loops.iter().any(|around| around.contains(&binding.at));
        // `x = x + 1` reads before it writes.
        let own = |binding: &Binding| binding.at < offset && self.is_read_by(binding.at, offset);
        let mut before: Vec<&Binding> = bindings
            .iter()
            .copied()
            .filter(|binding| {
                let earlier = binding.at <= offset && !own(binding);
                earlier || hoisted(binding) || looped(binding)
            })
            .collect();
        if before.is_empty() {
            return bindings.to_vec();
        }
        if !sequential(self.language) || self.language.name() == "typescript" {
            return before;
        }
        let last = before
            .iter()
            .filter(|binding| binding.at < offset && !own(binding) && !hoisted(binding))
            .filter(|binding| self.always(binding.at, offset) && !self.repeats(binding.at, offset))
            .map(|binding| binding.at)
            .max();
        if let Some(last) = last {
            let again = |binding: &Binding| {
                loops.iter().any(|around| around.contains(&binding.at) && !around.contains(&last))
            };
            before.retain(|binding| {
                let replaced = binding.at < last && !again(binding);
                let later = binding.at > offset && !again(binding);
                !(replaced || later) || hoisted(binding)
            });
        }
        before.retain(|binding| {
            binding.at > offset || looped(binding) || !self.excluded(binding.at, offset)
        });
        before
    }

    /// Whether what stands at `at` always runs before `offset` is reached: no branch, loop or function
    /// around it leaves `offset` out.
    fn always(&self, at: u32, offset: u32) -> bool {
        self.around(at).into_iter().all(|node| {
            !is_conditional(node.kind()) || node.byte_range().contains(&(offset as usize))
        })
    }

    /// Whether `at` stands in the part of a `for` that runs after the body, which holds `offset`.
    fn repeats(&self, at: u32, offset: u32) -> bool {
        self.around(at).into_iter().any(|node| {
            let holds = |field: &str, at: u32| {
                node.child_by_field_name(field)
                    .is_some_and(|part| part.byte_range().contains(&(at as usize)))
            };
            holds("increment", at) && !holds("increment", offset) && holds("body", offset)
        })
    }

    /// Whether the assignment at `at` reads what stands at `offset`.
    fn is_read_by(&self, at: u32, offset: u32) -> bool {
        let around = self.around(at).into_iter();
        let mut around = around.take_while(|node| !is_function(node.kind()));
        around.any(|node| {
            (node.kind().contains("assignment") || node.kind().ends_with("declarator"))
                && node.byte_range().contains(&(offset as usize))
        })
    }

    /// Whether one of two branches holds `at` and another `offset`.
    fn excluded(&self, at: u32, offset: u32) -> bool {
        self.around(at).into_iter().any(|node| {
            let branch = node.kind().contains("if_statement")
                && node.byte_range().contains(&(offset as usize));
            let part = |at: u32| {
                let mut cursor = node.walk();
                node.children(&mut cursor)
                    .filter(|child| child.is_named() && child.byte_range().contains(&(at as usize)))
                    .map(|child| child.id())
                    .next()
            };
            let condition = node.child_by_field_name("condition").map(|node| node.id());
            branch && {
                let (one, other) = (part(at), part(offset));
                one.is_some() && other.is_some() && one != other && one != condition
            }
        })
    }

    fn around(&self, at: u32) -> Vec<tree_sitter::Node<'_>> {
        let mut nodes = Vec::new();
        let Some(tree) = &self.tree else { return nodes };
        let mut node = tree.root_node().descendant_for_byte_range(at as usize, at as usize);
        while let Some(current) = node {
            nodes.push(current);
            node = current.parent();
        }
        nodes
    }

    /// The bytes of the loops around an offset, up to the function that holds it.
    fn loops_around(&self, offset: u32) -> Vec<std::ops::Range<u32>> {
        let mut loops = Vec::new();
        for node in self.around(offset) {
            let kind = node.kind();
            if is_function(kind) {
                break;
            }
            if LOOPS.iter().any(|start| kind.starts_with(start)) {
                // The first part of a `for` runs once, before the loop.
                let first = node.child_by_field_name("initializer");
                let start = first.map_or(node.start_byte(), |first| first.end_byte());
                loops.push(start as u32..node.end_byte() as u32);
            }
        }
        loops
    }

    /// The label that a jump at an offset goes to.
    fn label(&self, offset: u32) -> Option<Site> {
        let around = self.around(offset);
        let jump = around.iter().find(|node| {
            ["break", "continue", "goto"].iter().any(|word| node.kind().starts_with(word))
        })?;
        let name = around.first().filter(|node| node.id() != jump.id() && node.is_named())?;
        let name = self.text.get(name.byte_range())?;
        let labelled = around.iter().find(|node| {
            node.kind().starts_with("labeled")
                && node.child(0).and_then(|label| self.text.get(label.byte_range())).is_some_and(
                    |label| {
                        label.trim_end_matches(':').trim_start_matches('\'')
                            == name.trim_start_matches('\'')
                    },
                )
        })?;
        let line = self.facts.line(labelled.start_byte() as u32);
        Some(Site { line, kind: SiteKind::Variable, behind: None })
    }
}

/// Beginnings of the kinds of loops.
const LOOPS: [&str; 6] = ["for", "while", "loop", "do_", "repeat", "until"];

/// Whether a node of this kind may be left out when what is around it runs.
fn is_conditional(kind: &str) -> bool {
    const STARTS: [&str; 12] = [
        "if_",
        "elif",
        "else",
        "case",
        "switch",
        "match",
        "try",
        "catch",
        "except",
        "conditional",
        "ternary",
        "when",
    ];
    LOOPS.iter().chain(&STARTS).any(|start| kind.starts_with(start)) || is_function(kind)
}

fn is_function(kind: &str) -> bool {
    ["function", "method", "lambda"].iter().any(|part| kind.contains(part))
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
