//! From bound files to the rows of segments.
//!
//! Definitions become symbols (anonymous functions are part of the named one around them), edges
//! inside a repository become its rows, edges between repositories become links.

use crate::build::Kept;
use crate::documents;
use crate::link::brought::{Brought, Crossing};
use crate::resolve::bind::{FileEdges, Target};
use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::{DefinitionRef, World};
use crate::run::Progress;
use qf_graph::edge::EdgeKind;
use qf_graph::facts::{DefinitionFlags, DefinitionId, Name, Role, SymbolKind};
use qf_graph::key::Channel;
use qf_graph::store::repository::{
    Counts, EdgeData, FileData, NONE, RepositoryData, SymbolData, UnresolvedData, decompress,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

/// Which symbol each definition is.
pub struct Assembly {
    /// First symbol of each file (its module), local to its repository.
    pub module: Vec<u32>,
    /// Local symbol of each definition of each file; anonymous ones have that of the named
    /// definition around them.
    symbols: Vec<Vec<u32>>,
    /// Named definitions of each file with their qualified names.
    named: Vec<Vec<(DefinitionId, String)>>,
    /// Parent of each definition that stands outside its type.
    outer: Vec<FxHashMap<DefinitionId, DefinitionRef>>,
}

/// Edges that link rules add, inside one repository; see [`crate::link`].
#[derive(Default)]
pub struct Linked {
    /// Edges by repository.
    pub edges: Vec<Vec<(EdgeData, String)>>,
}

impl Assembly {
    /// Numbers the symbols of all files.
    pub fn new(world: &World<'_>, hierarchy: &Hierarchy) -> Self {
        let named: Vec<(Vec<(DefinitionId, String)>, FxHashMap<DefinitionId, DefinitionRef>)> =
            world
                .files
                .par_iter()
                .enumerate()
                .map(|(file, _)| named_definitions(world, hierarchy, file as u32))
                .collect();
        let mut assembly = Self {
            module: Vec::with_capacity(named.len()),
            symbols: Vec::with_capacity(named.len()),
            named: Vec::with_capacity(named.len()),
            outer: Vec::with_capacity(named.len()),
        };
        let mut next = 0;
        for (file, (named, outer)) in named.into_iter().enumerate() {
            if world.first_file.contains(&(file as u32)) {
                next = 0;
            }
            let facts = world.file(file as u32).facts();
            let module = next;
            let mut symbols = vec![NONE; facts.definitions.len()];
            for (position, (id, _)) in named.iter().enumerate() {
                symbols[id.index()] = module + 1 + position as u32;
            }
            for row in 0..facts.definitions.len() {
                let mut at = Some(DefinitionId(row as u32));
                let mut steps = 0;
                while let Some(id) = at {
                    steps += 1;
                    if facts.definitions[id.index()].name != Name(0) || steps > 1000 {
                        break;
                    }
                    at = facts.definitions[id.index()].parent;
                }
                symbols[row] = at.map_or(module, |id| symbols[id.index()]);
                if symbols[row] == NONE {
                    symbols[row] = module;
                }
            }
            next += 1 + named.len() as u32;
            assembly.module.push(module);
            assembly.symbols.push(symbols);
            assembly.named.push(named);
            assembly.outer.push(outer);
        }
        assembly
    }

    /// Repository and local symbol of a target.
    pub fn symbol(&self, world: &World<'_>, target: Target) -> (u32, u32) {
        match target {
            Target::Module(file) => (world.file(file).repository, self.module[file as usize]),
            Target::Definition(at) => (
                world.file(at.file).repository,
                self.symbols[at.file as usize][at.definition.index()],
            ),
        }
    }

    /// Named definitions of a file with their qualified names, in the order of their symbols.
    pub(crate) fn named(&self, file: u32) -> &[(DefinitionId, String)] {
        &self.named[file as usize]
    }

    /// Local symbol of what holds a reference.
    pub fn holder(&self, file: u32, within: Option<DefinitionId>) -> u32 {
        match within {
            Some(id) => self.symbols[file as usize][id.index()],
            None => self.module[file as usize],
        }
    }

    /// The data of all repositories, without search data.
    pub(crate) fn repositories(
        &self,
        world: &World<'_>,
        edges: &[FileEdges],
        linked: Linked,
        brought: &mut [Brought],
        kept: &[Kept],
    ) -> Vec<RepositoryData> {
        let mut linked = linked.edges.into_iter();
        let mut out = Vec::new();
        for (repository, kept) in kept.iter().enumerate() {
            let files = world.first_file[repository]..world.first_file[repository + 1];
            let mut data =
                RepositoryData { name: kept.root.name.clone(), ..RepositoryData::default() };
            let mut rules = Rules::default();
            for (position, file) in files.enumerate() {
                self.put_file(world, file, &kept.files[position], &mut data);
                self.put_edges(
                    world,
                    file,
                    &edges[file as usize],
                    &mut data,
                    &mut rules,
                    &mut brought[repository],
                );
            }
            for (mut edge, rule) in linked.next().unwrap_or_default() {
                edge.rule = rules.id(rule);
                data.edges.push(edge);
            }
            data.rules = rules.names;
            data.counts = counts(&data, kept);
            for file in world.first_file[repository]..world.first_file[repository + 1] {
                let problems = &world.file(file).facts().problems;
                let kinds: BTreeSet<&str> =
                    problems.iter().map(|problem| problem.kind.name()).collect();
                for kind in kinds {
                    *data.counts.problems.entry(kind.to_owned()).or_default() += 1;
                }
            }
            out.push(data);
        }
        out
    }

    fn put_file(
        &self,
        world: &World<'_>,
        file: u32,
        kept: &crate::build::KeptFile,
        data: &mut RepositoryData,
    ) {
        let index = world.file(file);
        let facts = index.facts();
        let local = data.files.len() as u32;
        data.files.push(FileData {
            path: index.source.path.clone(),
            language: facts.language.clone(),
            lines: facts.lines(),
            size: kept.size,
            flags: index.source.flags,
            hash: kept.hash,
            face: facts.face_hash(),
            text: kept.text.clone(),
        });
        let module = self.module[file as usize];
        let name = index.source.path.rsplit('/').next().unwrap_or_default();
        data.symbols.push(SymbolData {
            name: name.to_owned(),
            qualified: "<module>".to_owned(),
            kind: SymbolKind::Module,
            flags: DefinitionFlags::empty(),
            file: local,
            parent: NONE,
            start: 0,
            end: facts.line_starts.last().copied().unwrap_or(0),
            signature_end: 0,
            name_start: 0,
            line: 1,
            first_line: 1,
            last_line: facts.lines(),
            doc: None,
        });
        for (id, qualified) in &self.named[file as usize] {
            let definition = &facts.definitions[id.index()];
            let parent = match self.outer[file as usize].get(id) {
                Some(outer) if world.file(outer.file).repository == index.repository => {
                    self.symbols[outer.file as usize][outer.definition.index()]
                }
                _ => match definition.parent {
                    Some(parent) => self.symbols[file as usize][parent.index()],
                    None => module,
                },
            };
            data.symbols.push(SymbolData {
                name: facts.text(definition.name).to_owned(),
                qualified: qualified.clone(),
                kind: definition.kind,
                flags: definition.flags,
                file: local,
                parent,
                start: definition.span.start,
                end: definition.span.end,
                signature_end: definition.signature_end,
                name_start: definition.name_span.start,
                line: facts.line(definition.name_span.start),
                first_line: facts.line(definition.span.start),
                last_line: facts
                    .line(definition.span.end.saturating_sub(1).max(definition.span.start)),
                doc: definition.doc.map(|doc| facts.text(doc).to_owned()),
            });
        }
    }

    fn put_edges(
        &self,
        world: &World<'_>,
        file: u32,
        edges: &FileEdges,
        data: &mut RepositoryData,
        rules: &mut Rules,
        brought: &mut Brought,
    ) {
        let index = world.file(file);
        let facts = index.facts();
        let local = index.position;
        for bound in &edges.edges {
            let from = self.holder(file, bound.from);
            let (repository, to) = self.symbol(world, bound.to);
            let line = facts.line(bound.span.start);
            let len = bound.span.end - bound.span.start;
            let rule = format!("{}/{}", facts.language, bound.rule);
            if repository == index.repository {
                data.edges.push(EdgeData {
                    from,
                    to,
                    kind: bound.kind,
                    tier: bound.tier,
                    rule: rules.id(rule),
                    flags: bound.flags.kept(),
                    file: local,
                    line,
                    start: bound.span.start,
                    len,
                });
            } else {
                brought.crossing.push(Crossing {
                    from,
                    repository: world.repositories[repository as usize].layout.repository.clone(),
                    to,
                    kind: bound.kind,
                    tier: bound.tier,
                    channel: Channel::Package,
                    key: package_of(world, bound.to),
                    rule,
                    file: local,
                    line,
                    span: bound.span,
                    flags: bound.flags.kept(),
                });
            }
        }
        for unbound in &edges.unresolved {
            let reference = &facts.references[unbound.reference as usize];
            data.unresolved.push(UnresolvedData {
                from: self.holder(file, reference.within),
                file: local,
                start: reference.span.start,
                line: facts.line(reference.span.start),
                role: reference.role,
                reason: unbound.reason,
                flags: reference.flags.kept(),
                name: facts.text(reference.name).to_owned(),
                detail: unbound.detail.clone(),
            });
        }
    }
}

/// The named definitions of a file in source order, with qualified names, and the outer parents of
/// those that stand outside their type.
fn named_definitions(
    world: &World<'_>,
    hierarchy: &Hierarchy,
    file: u32,
) -> (Vec<(DefinitionId, String)>, FxHashMap<DefinitionId, DefinitionRef>) {
    let facts = world.file(file).facts();
    let mut outer = FxHashMap::default();
    let mut order: Vec<u32> = (0..facts.definitions.len() as u32).collect();
    order.sort_by_key(|row| {
        let definition = &facts.definitions[*row as usize];
        (definition.span.start, std::cmp::Reverse(definition.span.end), *row)
    });
    let mut named = Vec::new();
    for row in order {
        let id = DefinitionId(row);
        let definition = &facts.definitions[id.index()];
        if definition.name == Name(0) {
            continue;
        }
        let mut qualified = facts.qualified_name(id);
        // It, or what it stands in, may be a member given to a type from outside.
        let mut below = Vec::new();
        let mut at = Some(id);
        while let Some(current) = at {
            let around = &facts.definitions[current.index()];
            if around.name != Name(0) {
                below.push(facts.text(around.name));
            }
            let current = DefinitionRef { file, definition: current };
            let target = hierarchy.given_to(world, current);
            if let Some(target) = target {
                let owner = world.file(target.file).facts().qualified_name(target.definition);
                below.push(&owner);
                below.reverse();
                qualified = below.join(".");
                if current.definition == id {
                    outer.insert(id, target);
                }
                break;
            }
            at = around.parent;
        }
        named.push((id, qualified));
    }
    (named, outer)
}

/// The package that a target's repository is known by.
fn package_of(world: &World<'_>, target: Target) -> String {
    let file = match target {
        Target::Definition(at) => at.file,
        Target::Module(file) => file,
    };
    let index = world.file(file);
    let layout = &world.repositories[index.repository as usize].layout;
    let best = layout
        .manifests
        .iter()
        .filter(|(folder, manifest)| {
            !manifest.name.is_empty()
                && (folder.is_empty() || index.source.path.starts_with(&format!("{folder}/")))
        })
        .max_by_key(|(folder, _)| folder.len());
    match best {
        Some((_, manifest)) => format!("{}:{}", manifest.ecosystem, manifest.name),
        None => layout.repository.clone(),
    }
}

#[derive(Default)]
struct Rules {
    names: Vec<String>,
    ids: FxHashMap<String, u16>,
}

impl Rules {
    fn id(&mut self, name: String) -> u16 {
        if let Some(id) = self.ids.get(&name) {
            return *id;
        }
        let id = self.names.len() as u16;
        self.names.push(name.clone());
        self.ids.insert(name, id);
        id
    }
}

fn counts(data: &RepositoryData, kept: &Kept) -> Counts {
    let mut counts = Counts {
        files: data.files.len() as u64,
        lines: data.files.iter().map(|file| u64::from(file.lines)).sum(),
        bytes: data.files.iter().map(|file| u64::from(file.size)).sum(),
        definitions: (data.symbols.len() - data.files.len()) as u64,
        skipped: kept.skipped.clone(),
        ..Counts::default()
    };
    for file in &data.files {
        *counts.languages.entry(file.language.clone()).or_default() += 1;
    }
    for edge in &data.edges {
        let tiers = counts.edges.entry(edge.kind.name().to_owned()).or_default();
        *tiers.entry(edge.tier.name().to_owned()).or_default() += 1;
    }
    for row in &data.unresolved {
        *counts.unresolved.entry(row.reason.name().to_owned()).or_default() += 1;
    }
    // One reference may have several edges (a construction names the type and its constructor).
    let bound: rustc_hash::FxHashSet<(u32, u32)> = data
        .edges
        .iter()
        .filter(|edge| edge.kind != EdgeKind::Overrides)
        .map(|edge| (edge.file, edge.start))
        .collect();
    counts.references = bound.len() as u64
        + data.unresolved.iter().filter(|row| row.role != Role::Type).count() as u64;
    counts
}

/// Files whose documents are made at a time.
const SOME: usize = 256;

/// Fills in postings and, with `vectors`, the vectors of the built-in table. Documents are made where
/// they are not known yet, and kept with `remember`.
pub(crate) fn search(
    world: &World<'_>,
    assembly: &Assembly,
    kept: &[Kept],
    data: &mut [RepositoryData],
    (vectors, remember): (bool, bool),
    progress: &dyn Progress,
) {
    for (repository, data) in data.iter_mut().enumerate() {
        let files: Vec<u32> =
            (world.first_file[repository]..world.first_file[repository + 1]).collect();
        // Some files at a time: not all documents have to be in memory beside what they add up to.
        for (files, kept) in files.chunks(SOME).zip(kept[repository].files.chunks(SOME)) {
            files.par_iter().zip(kept).for_each(|(file, kept)| {
                let index = world.file(*file);
                let named = &assembly.named[*file as usize];
                let mut hasher = rustc_hash::FxHasher::default();
                (vectors, named).hash(&mut hasher);
                let made_of = hasher.finish();
                let mut known = kept.memo.documents();
                if known.as_ref().is_none_or(|(of, _)| *of != made_of) {
                    let (text, path) = (decompress(&kept.text), &index.source.path);
                    let text = text.unwrap_or_default();
                    let documents = documents::of_file(path, &text, index.facts(), named, vectors);
                    *known = Some((made_of, documents));
                }
                progress.advance(1, 0);
            });
            for (file, kept) in files.iter().zip(kept) {
                let mut known = kept.memo.documents();
                let Some((_, documents)) = known.as_ref() else { continue };
                let base = assembly.module[*file as usize];
                let search = &mut data.search;
                let postings = documents.postings.iter();
                search
                    .postings
                    .extend(postings.map(|(term, symbol, tf)| (*term, base + symbol, *tf)));
                search.lengths.extend(&documents.lengths);
                search.vector_symbols.extend(documents.vector_symbols.iter().map(|s| base + s));
                search.vectors.extend(&documents.vectors);
                if !remember {
                    *known = None;
                }
            }
        }
        if vectors {
            data.search.dimensions = qf_graph::embed::static_model::DIMENSIONS as u32;
            qf_graph::embed::static_model::NAME.clone_into(&mut data.search.model);
        }
    }
}
