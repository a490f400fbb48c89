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
use rustc_hash::{FxHashMap, FxHashSet};
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

/// Where a symbol is defined, by the repository that it is of, where other repositories may have one
/// of the same name.
type Places<'s> = FxHashMap<(u32, &'s str), SmallVec<[(u32, Occurrence); 1]>>;

/// The repository that a symbol is looked up in: its own where the symbol is local to a file or to a
/// package without a name, else all of them.
fn space(symbol: &str, repository: u32) -> u32 {
    let own = symbol.starts_with("local ") || symbol.split(' ').nth(2) == Some(".");
    if own { repository } else { u32::MAX }
}

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
            let repository = world.file(covered.file).repository;
            let all = places.entry((space(symbol, repository), symbol)).or_default();
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
    let mut seen = vec![false; world.files.len()];
    for covered in &covered {
        seen[covered.file as usize] = true;
    }
    let compiler = Compiler { world, hierarchy, places, names, covered: seen };
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
    for covered in &covered {
        compiler.implementations(covered, &mut edges[covered.file as usize].edges);
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
    /// Whether a compiler has seen a file as it is.
    covered: Vec<bool>,
}

impl Compiler<'_, '_> {
    fn meanings(&self, symbol: &str, repository: u32) -> SmallVec<[Meaning; 1]> {
        match self.places.get(&(space(symbol, repository), symbol)) {
            None => SmallVec::from_slice(&[Meaning::Outside]),
            // A namespace that many files are part of is none of them.
            Some(all) if all.len() > 1 && symbol.ends_with('/') => {
                SmallVec::from_slice(&[Meaning::Unknown])
            }
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
        if symbol.starts_with("local ") || symbol.ends_with(')') || symbol.ends_with(']') {
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
        let repository = self.world.file(covered.file).repository;
        let mut known: FxHashMap<u32, SmallVec<[Meaning; 1]>> = FxHashMap::default();
        let mut decided: FxHashMap<ByteRange, Decision> = FxHashMap::default();
        #[expect(clippy::iter_over_hash_type, reason = "each entry is decided by itself")]
        for span in groups.keys() {
            let mut meanings: SmallVec<[(Meaning, u32); 2]> = SmallVec::new();
            for occurrence in at(span.start) {
                let row = occurrence.symbol;
                let symbol = covered.facts.symbols[row as usize].as_str();
                let found = known.entry(row).or_insert_with(|| self.meanings(symbol, repository));
                meanings.extend(found.iter().map(|meaning| (*meaning, row)));
            }
            if let Some(decision) = Decision::of(&meanings) {
                decided.insert(*span, decision);
            }
        }
        let mut out = FileEdges { local: before.local, ..FileEdges::default() };
        let mut hit: FxHashMap<ByteRange, SmallVec<[Target; 2]>> = FxHashMap::default();
        let mut kept: FxHashSet<ByteRange> = FxHashSet::default();
        for edge in &before.edges {
            let own = edge.kind == EdgeKind::Overrides || edge.rule == "method-set";
            let Some(decision) = decided.get(&edge.span).filter(|_| !own) else {
                out.edges.push(*edge);
                continue;
            };
            let keeps = match decision {
                Decision::Targets(targets) => {
                    if let Some(target) = targets.iter().find(|to| self.is_meant(**to, edge.to)) {
                        hit.entry(edge.span).or_default().push(*target);
                        let (tier, rule) = (Tier::Compiler, RULE);
                        out.edges.push(Bound { tier, rule, ..*edge });
                        continue;
                    }
                    // A compiler says what a name is, not what the value is that it holds.
                    let holds = targets.iter().all(|target| self.is_value(*target));
                    let runs = holds && is_run(edge.kind)
                        || edge.kind == EdgeKind::Invokes
                        || edge.rule == "decorator";
                    runs || edge.tier == Tier::Dispatch && self.overrides(edge.to, targets)
                }
                Decision::Local => is_run(edge.kind),
                // What no compiler has seen may be what it takes for something outside.
                Decision::Outside(_) => !self.is_covered(edge.to),
            };
            if keeps {
                kept.insert(edge.span);
                out.edges.push(*edge);
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
                    let first = out.edges.len();
                    for target in targets.iter().filter(|target| !hit.contains(target)) {
                        self.edges_of(reference, *target, first, &mut out.edges);
                    }
                }
                Some(Decision::Outside(symbol)) if !kept.contains(&reference.span) => {
                    out.unresolved.push(Unbound {
                        reference: row as u32,
                        reason: Unresolved::External,
                        detail: covered.facts.symbols[*symbol as usize].clone(),
                    });
                }
                Some(Decision::Outside(_) | Decision::Local) | None => {}
            }
        }
        self.unseen(covered, facts, text, &groups, &mut out);
        out
    }

    fn is_value(&self, target: Target) -> bool {
        match target {
            Target::Definition(at) => self.world.definition(at).kind.is_value(),
            Target::Module(_) => false,
        }
    }

    /// Whether a compiler has seen the file of a target.
    fn is_covered(&self, target: Target) -> bool {
        let (Target::Module(file) | Target::Definition(DefinitionRef { file, .. })) = target;
        self.covered[file as usize]
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

    /// The edges of a reference that is bound to a target; those from `first` on are of the same
    /// reference.
    fn edges_of(&self, reference: &Reference, target: Target, first: usize, out: &mut Vec<Bound>) {
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
            if !out[first..].contains(&bound) {
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
        let repository = self.world.file(covered.file).repository;
        let starts: FxHashSet<u32> = groups.keys().map(|span| span.start).collect();
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
            let symbol = &covered.facts.symbols[occurrence.symbol as usize];
            for meaning in self.meanings(symbol, repository) {
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
                    from: facts.innermost(span, |around| {
                        around.kind.is_callable() || around.kind.is_type()
                    }),
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

    /// Edges from what implements or overrides to what it implements or overrides.
    fn implementations(&self, covered: &Covered<'_>, edges: &mut Vec<Bound>) {
        if covered.own.implementations.is_empty() {
            return;
        }
        let kinds = [EdgeKind::Overrides, EdgeKind::Implements, EdgeKind::Inherits];
        let mut known: FxHashMap<(Option<DefinitionId>, Target), SmallVec<[usize; 1]>> =
            FxHashMap::default();
        for (row, edge) in edges.iter().enumerate() {
            if kinds.contains(&edge.kind) {
                known.entry((edge.from, edge.to)).or_default().push(row);
            }
        }
        let repository = self.world.file(covered.file).repository;
        let meanings = |row: u32| {
            let symbol = covered.facts.symbols.get(row as usize).map_or("", String::as_str);
            self.meanings(symbol, repository)
        };
        for (this, of) in &covered.own.implementations {
            for this in meanings(*this) {
                for of in meanings(*of) {
                    let (Meaning::Definition(this), Meaning::Definition(of)) = (this, of) else {
                        continue;
                    };
                    if this == of || this.file != covered.file {
                        continue;
                    }
                    let to = Target::Definition(of);
                    if let Some(rows) = known.get(&(Some(this.definition), to)) {
                        for row in rows {
                            edges[*row].tier = Tier::Compiler;
                            edges[*row].rule = RULE;
                        }
                    } else if let Some(edge) = self.implementation(this, of) {
                        edges.push(edge);
                    }
                }
            }
        }
    }

    fn implementation(&self, this: DefinitionRef, of: DefinitionRef) -> Option<Bound> {
        let definition = self.world.definition(this);
        let kind = match (definition.kind, self.world.definition(of).kind) {
            (kind, _) if kind.is_callable() => EdgeKind::Overrides,
            (kind, SymbolKind::Interface) if kind != SymbolKind::Interface && kind.is_type() => {
                EdgeKind::Implements
            }
            (kind, _) if kind.is_type() => EdgeKind::Inherits,
            _ => return None,
        };
        Some(Bound {
            from: Some(this.definition),
            to: Target::Definition(of),
            kind,
            tier: Tier::Compiler,
            rule: RULE,
            span: definition.name_span,
            flags: ReferenceFlags::empty(),
        })
    }
}

/// Edges that say what runs.
fn is_run(kind: EdgeKind) -> bool {
    matches!(kind, EdgeKind::Calls | EdgeKind::Instantiates | EdgeKind::Invokes)
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
