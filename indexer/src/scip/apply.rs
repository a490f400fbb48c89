//! The compiler's word on references.

use super::store::{CompilerFacts, CompilerFile, Occurrence};
use crate::resolve::bind::{Bound, FileEdges, Target, Unbound};
use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::{DefinitionRef, World};
use qf_graph::edge::{EdgeKind, Tier, Unresolved};
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionId, FileFacts, Name, Reference, ReferenceFlags, Role,
    SymbolKind,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// The rule of an edge that a compiler made.
const RULE: &str = "scip";

/// Most definitions of one symbol (declarations that are merged).
const MAX_DEFINITIONS: usize = 8;

/// What a symbol of a compiler is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// A definition.
    Definition(DefinitionRef),
    /// A file.
    Module(u32),
    /// A parameter or variable of a function, which is no symbol.
    Local,
    /// Defined in no indexed file.
    Outside,
    /// Defined here, but not known as a definition.
    Unknown,
}

/// Where a symbol is defined.
type Places<'s> = FxHashMap<&'s str, SmallVec<[(u32, Occurrence); 1]>>;

/// One file that a compiler has seen and that has not changed since.
struct Covered<'s> {
    file: u32,
    facts: &'s CompilerFacts,
    own: &'s CompilerFile,
}

/// Replaces what is bound in files that compilers have seen. `compiled` has the facts of each
/// repository, `hash` gives the hash of a file's content, `text` its text.
pub(crate) fn apply(
    world: &World<'_>,
    hierarchy: &Hierarchy,
    edges: &mut [FileEdges],
    compiled: &[Option<CompilerFacts>],
    hash: impl Fn(u32) -> [u8; 32],
    text: impl Fn(u32) -> String + Sync,
) {
    let mut covered = Vec::new();
    for (repository, facts) in compiled.iter().enumerate() {
        let Some(facts) = facts else { continue };
        let files = world.first_file[repository]..world.first_file[repository + 1];
        for file in files {
            let path = world.file(file).source.path.as_str();
            let found = facts.files.binary_search_by(|own| own.path.as_str().cmp(path));
            if let Some(own) = found.ok().map(|row| &facts.files[row])
                && own.hash == hash(file)
            {
                covered.push(Covered { file, facts, own });
            }
        }
    }
    if covered.is_empty() {
        return;
    }
    let mut places = Places::default();
    for covered in &covered {
        for occurrence in covered.own.occurrences.iter().filter(|o| o.definition) {
            let symbol = covered.facts.symbols[occurrence.symbol as usize].as_str();
            let all = places.entry(symbol).or_default();
            if all.len() < MAX_DEFINITIONS {
                all.push((covered.file, *occurrence));
            }
        }
    }
    let names: Vec<FxHashMap<u32, DefinitionId>> = {
        let mut names = vec![FxHashMap::default(); world.files.len()];
        for covered in &covered {
            names[covered.file as usize] = named_at(world.file(covered.file).facts());
        }
        names
    };
    let compiler = Compiler { world, hierarchy, places, names };
    let bound: Vec<(u32, FileEdges)> = covered
        .par_iter()
        .map(|covered| {
            let before = &edges[covered.file as usize];
            (covered.file, compiler.file(covered, before, &text(covered.file)))
        })
        .collect();
    for (file, bound) in bound {
        edges[file as usize] = bound;
    }
    for (repository, facts) in compiled.iter().enumerate() {
        if let Some(facts) = facts {
            compiler.implementations(repository, facts, edges);
        }
    }
}

/// Definitions by the first byte of their name.
fn named_at(facts: &FileFacts) -> FxHashMap<u32, DefinitionId> {
    let mut names = FxHashMap::default();
    for (row, definition) in facts.definitions.iter().enumerate() {
        if definition.name != Name(0) {
            names.entry(definition.name_span.start).or_insert(DefinitionId(row as u32));
        }
    }
    names
}

struct Compiler<'a, 'w> {
    world: &'a World<'w>,
    hierarchy: &'a Hierarchy,
    places: Places<'a>,
    names: Vec<FxHashMap<u32, DefinitionId>>,
}

impl Compiler<'_, '_> {
    fn meanings(&self, symbol: &str) -> SmallVec<[Meaning; 1]> {
        match self.places.get(symbol) {
            None => SmallVec::from_slice(&[Meaning::Outside]),
            Some(all) => all.iter().map(|(file, at)| self.meaning(symbol, *file, *at)).collect(),
        }
    }

    fn meaning(&self, symbol: &str, file: u32, at: Occurrence) -> Meaning {
        let definition = |definition| Meaning::Definition(DefinitionRef { file, definition });
        if at.end == 0 || symbol.ends_with(['/', ':']) {
            return Meaning::Module(file);
        }
        if let Some(id) = self.names[file as usize].get(&at.start) {
            return definition(*id);
        }
        if symbol.contains(" local ") || symbol.ends_with(')') || symbol.ends_with(']') {
            return Meaning::Local;
        }
        // A field is defined where the compiler saw it first, which may be another line than ours.
        let mut parts = symbol.trim_end_matches(['.', '#']).rsplit(['#', '/']);
        let (Some(name), Some(owner)) = (parts.next(), parts.next()) else {
            return Meaning::Unknown;
        };
        let facts = self.world.file(file).facts();
        let plain = |name: &'_ str| name.trim_matches('`').to_owned();
        let (name, owner) = (plain(name), plain(owner));
        let found = facts.definitions.iter().position(|definition| {
            facts.text(definition.name) == name
                && definition.parent.is_some_and(|parent| {
                    facts.text(facts.definitions[parent.index()].name) == owner
                })
        });
        found.map_or(Meaning::Unknown, |row| definition(DefinitionId(row as u32)))
    }

    /// The edges of one file.
    fn file(&self, covered: &Covered<'_>, before: &FileEdges, text: &str) -> FileEdges {
        let facts = self.world.file(covered.file).facts();
        let mut groups: FxHashMap<ByteRange, Vec<u32>> = FxHashMap::default();
        for (row, reference) in facts.references.iter().enumerate() {
            groups.entry(reference.span).or_default().push(row as u32);
        }
        let at = |start: u32| {
            let all = &covered.own.occurrences;
            let first = all.partition_point(|occurrence| occurrence.start < start);
            all[first..].iter().take_while(move |occurrence| occurrence.start == start)
        };
        let mut decided: FxHashMap<ByteRange, Decision> = FxHashMap::default();
        #[expect(clippy::iter_over_hash_type, reason = "each entry is decided by itself")]
        for span in groups.keys() {
            let meanings: SmallVec<[(Meaning, u32); 2]> = at(span.start)
                .flat_map(|occurrence| {
                    let symbol = &covered.facts.symbols[occurrence.symbol as usize];
                    self.meanings(symbol).into_iter().map(|meaning| (meaning, occurrence.symbol))
                })
                .collect();
            if let Some(decision) = Decision::of(&meanings) {
                decided.insert(*span, decision);
            }
        }
        let mut out = FileEdges { local: before.local, ..FileEdges::default() };
        let mut hit: FxHashMap<ByteRange, SmallVec<[Target; 2]>> = FxHashMap::default();
        for edge in &before.edges {
            let own = edge.kind == EdgeKind::Overrides || edge.rule == "method-set";
            match decided.get(&edge.span).filter(|_| !own) {
                None => out.edges.push(*edge),
                Some(Decision::Targets(targets)) => {
                    let mut edge = *edge;
                    if let Some(target) = targets.iter().find(|to| self.is_meant(**to, edge.to)) {
                        hit.entry(edge.span).or_default().push(*target);
                        edge.tier = Tier::Compiler;
                        edge.rule = RULE;
                        out.edges.push(edge);
                    } else if edge.tier == Tier::Dispatch && self.overrides(edge.to, targets) {
                        out.edges.push(edge);
                    }
                }
                Some(Decision::Local | Decision::Outside(_)) => {}
            }
        }
        for row in &before.unresolved {
            let reference = &facts.references[row.reference as usize];
            if !decided.contains_key(&reference.span) {
                out.unresolved.push(row.clone());
            }
        }
        for (row, reference) in facts.references.iter().enumerate() {
            match decided.get(&reference.span) {
                Some(Decision::Targets(targets)) => {
                    let hit = hit.get(&reference.span).map_or(&[][..], SmallVec::as_slice);
                    for target in targets.iter().filter(|target| !hit.contains(target)) {
                        self.edges_of(reference, *target, &mut out.edges);
                    }
                }
                Some(Decision::Outside(symbol)) => out.unresolved.push(Unbound {
                    reference: row as u32,
                    reason: Unresolved::External,
                    detail: covered.facts.symbols[*symbol as usize].clone(),
                }),
                Some(Decision::Local) | None => {}
            }
        }
        self.unseen(covered, facts, text, &groups, &mut out);
        out
    }

    /// Whether an edge of ours to `ours` says the same as the compiler's `target`: it is the same, or
    /// one is a type and the other its constructor.
    fn is_meant(&self, target: Target, ours: Target) -> bool {
        if target == ours {
            return true;
        }
        let (Target::Definition(target), Target::Definition(ours)) = (target, ours) else {
            return false;
        };
        let makes = |constructor: DefinitionRef, class: DefinitionRef| {
            let definition = self.world.definition(constructor);
            definition.kind == SymbolKind::Constructor
                && constructor.file == class.file
                && definition.parent == Some(class.definition)
        };
        makes(ours, target) || makes(target, ours)
    }

    /// Whether a definition overrides one of the targets: no compiler decides which of them runs.
    fn overrides(&self, ours: Target, targets: &[Target]) -> bool {
        let Target::Definition(ours) = ours else { return false };
        let owner = |at: DefinitionRef| {
            let parent = self.world.definition(at).parent?;
            Some(DefinitionRef { file: at.file, definition: parent })
        };
        let Some(below) = owner(ours) else { return false };
        let ancestors = self.hierarchy.ancestors(below).0;
        targets.iter().any(|target| match target {
            Target::Definition(target) => {
                self.world.name_of(*target) == self.world.name_of(ours)
                    && owner(*target).is_some_and(|above| ancestors.contains(&above))
            }
            Target::Module(_) => false,
        })
    }

    /// The edges of a reference that is bound to a target.
    fn edges_of(&self, reference: &Reference, target: Target, out: &mut Vec<Bound>) {
        let kind = match target {
            Target::Module(_) => SymbolKind::Module,
            Target::Definition(at) => self.world.definition(at).kind,
        };
        let mut push = |to: Target, kind: EdgeKind| {
            let bound = Bound {
                from: reference.within,
                to,
                kind,
                tier: Tier::Compiler,
                rule: RULE,
                span: reference.span,
                flags: reference.flags,
            };
            if !out.contains(&bound) {
                out.push(bound);
            }
        };
        match (reference.role, kind) {
            (Role::Import, _) => push(target, EdgeKind::Imports),
            (_, SymbolKind::Module | SymbolKind::Namespace) => {}
            (Role::Call, SymbolKind::Macro) => push(target, EdgeKind::Expands),
            (Role::Call, kind) if kind.is_type() => {
                push(target, EdgeKind::Instantiates);
                let constructor = match target {
                    Target::Definition(class) => self.constructor(class),
                    Target::Module(_) => None,
                };
                push(constructor.map_or(target, Target::Definition), EdgeKind::Calls);
            }
            (Role::Call, kind) if kind.is_callable() => push(target, EdgeKind::Calls),
            (Role::Write, kind) if kind.is_value() => push(target, EdgeKind::Writes),
            (Role::Call | Role::Read, kind) if kind.is_value() => push(target, EdgeKind::Reads),
            (Role::Inherit, SymbolKind::Interface) => push(target, EdgeKind::Implements),
            (Role::Inherit, kind) if kind.is_type() => push(target, EdgeKind::Inherits),
            (Role::Type | Role::Inherit, _) => push(target, EdgeKind::TypeOf),
            (Role::Write, _) => {}
            (Role::Call | Role::Read, _) => push(target, EdgeKind::References),
        }
    }

    /// The one constructor that a type has.
    fn constructor(&self, class: DefinitionRef) -> Option<DefinitionRef> {
        let mut found = None;
        for scope in self.hierarchy.member_scopes(self.world, class) {
            let file = self.world.file(scope.file);
            for (_, row) in file.words_of(scope.scope) {
                let BindingValue::Definition(definition) =
                    file.facts().bindings[row as usize].value
                else {
                    continue;
                };
                let at = DefinitionRef { file: scope.file, definition };
                if self.world.definition(at).kind == SymbolKind::Constructor {
                    if found.is_some_and(|other| other != at) {
                        return None;
                    }
                    found = Some(at);
                }
            }
        }
        found
    }

    /// Places that the compiler resolves and that are no reference of ours.
    fn unseen(
        &self,
        covered: &Covered<'_>,
        facts: &FileFacts,
        text: &str,
        groups: &FxHashMap<ByteRange, Vec<u32>>,
        out: &mut FileEdges,
    ) {
        let starts: rustc_hash::FxHashSet<u32> = groups.keys().map(|span| span.start).collect();
        for occurrence in covered.own.occurrences.iter().filter(|place| !place.definition) {
            let named = occurrence.start < occurrence.end;
            if !named
                || starts.contains(&occurrence.start)
                || self.names[covered.file as usize].contains_key(&occurrence.start)
            {
                continue;
            }
            let span = ByteRange { start: occurrence.start, end: occurrence.end };
            let called = text
                .get(occurrence.end as usize..)
                .is_some_and(|rest| rest.trim_start().starts_with('('));
            for meaning in self.meanings(&covered.facts.symbols[occurrence.symbol as usize]) {
                let Meaning::Definition(at) = meaning else { continue };
                let kind = match self.world.definition(at).kind {
                    SymbolKind::Macro => EdgeKind::Expands,
                    kind if kind.is_callable() && called => EdgeKind::Calls,
                    kind if kind.is_callable() => EdgeKind::References,
                    kind if kind.is_type() || kind == SymbolKind::TypeAlias => EdgeKind::TypeOf,
                    kind if kind.is_value() && occurrence.write => EdgeKind::Writes,
                    kind if kind.is_value() => EdgeKind::Reads,
                    _ => continue,
                };
                out.edges.push(Bound {
                    from: around(facts, span),
                    to: Target::Definition(at),
                    kind,
                    tier: Tier::Compiler,
                    rule: RULE,
                    span,
                    flags: ReferenceFlags::empty(),
                });
            }
        }
    }

    /// What implements or overrides what.
    fn implementations(&self, repository: usize, facts: &CompilerFacts, edges: &mut [FileEdges]) {
        let symbol = |row: u32| facts.symbols.get(row as usize).map_or("", String::as_str);
        for (this, of) in &facts.implementations {
            for this in self.meanings(symbol(*this)) {
                for of in self.meanings(symbol(*of)) {
                    let (Meaning::Definition(this), Meaning::Definition(of)) = (this, of) else {
                        continue;
                    };
                    if this == of || self.world.file(this.file).repository as usize != repository {
                        continue;
                    }
                    self.implementation(this, of, &mut edges[this.file as usize].edges);
                }
            }
        }
    }

    fn implementation(&self, this: DefinitionRef, of: DefinitionRef, edges: &mut Vec<Bound>) {
        let to = Target::Definition(of);
        let mut known = false;
        for edge in edges.iter_mut() {
            let kind = edge.kind;
            if edge.from == Some(this.definition)
                && edge.to == to
                && matches!(kind, EdgeKind::Overrides | EdgeKind::Implements | EdgeKind::Inherits)
            {
                edge.tier = Tier::Compiler;
                edge.rule = RULE;
                known = true;
            }
        }
        let definition = self.world.definition(this);
        let kind = match (definition.kind, self.world.definition(of).kind) {
            (kind, _) if kind.is_callable() => EdgeKind::Overrides,
            (kind, SymbolKind::Interface) if kind != SymbolKind::Interface && kind.is_type() => {
                EdgeKind::Implements
            }
            (kind, _) if kind.is_type() => EdgeKind::Inherits,
            _ => return,
        };
        if !known {
            edges.push(Bound {
                from: Some(this.definition),
                to,
                kind,
                tier: Tier::Compiler,
                rule: RULE,
                span: definition.name_span,
                flags: ReferenceFlags::empty(),
            });
        }
    }
}

/// What a compiler decides about a place.
enum Decision {
    /// It means these.
    Targets(SmallVec<[Target; 2]>),
    /// It means a parameter or a variable of a function.
    Local,
    /// It means a symbol of something that is not indexed.
    Outside(u32),
}

impl Decision {
    /// `None` where the compiler says nothing, or nothing that can be used.
    fn of(meanings: &[(Meaning, u32)]) -> Option<Self> {
        let mut targets: SmallVec<[Target; 2]> = SmallVec::new();
        for (meaning, _) in meanings {
            let target = match *meaning {
                Meaning::Definition(at) => Target::Definition(at),
                Meaning::Module(file) => Target::Module(file),
                _ => continue,
            };
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        if !targets.is_empty() {
            return Some(Self::Targets(targets));
        }
        if meanings.is_empty() || meanings.iter().any(|(meaning, _)| *meaning == Meaning::Unknown) {
            return None;
        }
        let outside = meanings.iter().find(|(meaning, _)| *meaning == Meaning::Outside);
        Some(outside.map_or(Self::Local, |(_, symbol)| Self::Outside(*symbol)))
    }
}

/// The innermost function, method or type around a place.
fn around(facts: &FileFacts, span: ByteRange) -> Option<DefinitionId> {
    facts
        .definitions
        .iter()
        .enumerate()
        .filter(|(_, definition)| {
            definition.span.contains(span)
                && (definition.kind.is_callable() || definition.kind.is_type())
        })
        .min_by_key(|(row, definition)| (definition.span.end - definition.span.start, *row))
        .map(|(row, _)| DefinitionId(row as u32))
}
