//! What a C or C++ file sees through its includes.
//!
//! An `#include` is a star import that is passed on: a name may come from any header that is
//! reached, and in a large tree a file reaches hundreds. To ask header by header, again for every
//! name that none of them has, costs more than all the rest of binding. So what is reached is put
//! together once for a file, in the order in which a name would be looked for. A name is looked up
//! in the words that the program binds, and the few files that bind it are held against what is
//! reached; only namespaces that are not a whole file (`using namespace`) are asked one by one.
//! Where each star import leads is the same for all who follow it, and is found once.

use super::evaluate::{CAP, Evaluator, Found, How, Site, mark};
use super::world::{NamespaceId, Word, World};
use qf_graph::facts::{ImportId, ScopeId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

/// Where the star imports of a namespace lead.
#[derive(Debug, Default)]
pub(super) struct Stars {
    /// The last one first: of several that offer a name it wins.
    targets: Box<[NamespaceId]>,
    /// Some lead to what is not indexed.
    outside: bool,
}

/// What is seen from a namespace, by how early it is looked at; the namespace itself is 0.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// All files of the program.
    program: Option<NamespaceId>,
    files: FxHashMap<u32, u32>,
    /// What is not a whole file, in order.
    others: Vec<(u32, NamespaceId)>,
    /// Some star import leads to what is not indexed.
    outside: bool,
    /// One of what is reached does.
    beyond: bool,
}

impl<'w> Evaluator<'w, '_> {
    /// What a name is to a whole file: what a linker would join it to, else what its includes bring.
    /// A linker joins names of one program, and a repository may hold several: where no header that
    /// is reached has the name, nothing but the name speaks for it.
    pub(super) fn look_around_program(&mut self, file: u32, word: Word) -> Found<'w> {
        let index = self.world.file(file);
        let of_file = index.namespaces.iter().filter(|(at, _)| *at == ScopeId::MODULE);
        let mut joined = Found::Nothing;
        let mut own = None;
        for (_, namespace) in of_file {
            own = own.or(Some(*namespace));
            if matches!(joined, Found::Nothing) {
                joined = self.look_in_namespace_scopes(*namespace, word, Some(file));
            }
        }
        let Some(own) = own else { return joined };
        let seen = self.look_through_includes(own, word, false);
        match (joined, seen) {
            (Found::Nothing, seen) => seen,
            (joined, Found::Sites(..)) => joined,
            (joined, _) => mark(joined, How::LINKED),
        }
    }

    /// What a name is in a namespace of C or C++ and in what that includes; with `own` false only in
    /// what it includes. It is external when it is nowhere and a header that is reached leads outside.
    pub(super) fn look_through_includes(
        &mut self,
        namespace: NamespaceId,
        word: Word,
        own: bool,
    ) -> Found<'w> {
        let world: &'w World<'w> = self.world;
        let reached = self.reached(namespace);
        let files = reached.program.into_iter().flat_map(|program| {
            world
                .scopes_with(program, word)
                .filter(|scope| world.file(scope.file).bindings(scope.scope, word).next().is_some())
        });
        let ranked = files.filter_map(|scope| Some((*reached.files.get(&scope.file)?, scope)));
        let ranked = ranked.filter(|(rank, _)| own || *rank > 0);
        let first = ranked.min_by_key(|(rank, _)| *rank);
        let until = first.map_or(u32::MAX, |(rank, _)| rank);
        let how = |rank| if rank == 0 { How::empty() } else { How::STAR };
        for (rank, other) in reached.others.iter().take_while(|(rank, _)| *rank < until) {
            if *rank == 0 && !own {
                continue;
            }
            let found = self.look_in_namespace_scopes(*other, word, None);
            if !matches!(found, Found::Nothing) {
                return mark(found, how(*rank));
            }
            let row = &world.namespaces[other.0 as usize];
            let child = world.file(row.file).semantics.child_namespace(&row.key, world.text(word));
            let child = child.and_then(|key| world.namespace(row.repository, row.family, &key));
            if let Some(child) = child {
                return Found::Namespace(child, how(*rank));
            }
        }
        match first {
            Some((rank, scope)) => {
                let bindings = world.file(scope.file).bindings(scope.scope, word).take(CAP);
                let sites = bindings.map(|binding| Site::Binding(scope.file, binding)).collect();
                Found::Sites(sites, how(rank))
            }
            None if own && reached.outside || reached.beyond => Found::External,
            None => Found::Nothing,
        }
    }

    /// What is seen from a namespace, put together once.
    fn reached(&mut self, namespace: NamespaceId) -> Rc<Reached> {
        if let Some(reached) = self.reached.get(&namespace) {
            return Rc::clone(reached);
        }
        let world: &'w World<'w> = self.world;
        let row = &world.namespaces[namespace.0 as usize];
        let program = world.file(row.file).semantics.program();
        let mut reached = Reached {
            program: program.and_then(|key| world.namespace(row.repository, row.family, key)),
            outside: row.scopes.is_empty(),
            ..Reached::default()
        };
        let mut seen = FxHashSet::default();
        let mut open = vec![namespace];
        let mut rank = 0;
        while let Some(at) = open.pop() {
            if !seen.insert(at) {
                continue;
            }
            match world.namespaces[at.0 as usize].scopes[..] {
                [only] if only.scope == ScopeId::MODULE => {
                    reached.files.entry(only.file).or_insert(rank);
                }
                _ => reached.others.push((rank, at)),
            }
            let first = rank == 0;
            rank += 1;
            // All files include one another as far as they do; from all of them nothing more is seen.
            if reached.program != Some(at) {
                let stars = self.stars_of(at);
                reached.outside |= stars.outside;
                reached.beyond |= stars.outside && !first;
                open.extend(stars.targets.iter().rev());
            }
        }
        let reached = Rc::new(reached);
        self.reached.insert(namespace, Rc::clone(&reached));
        reached
    }

    fn stars_of(&mut self, namespace: NamespaceId) -> &'w Stars {
        let world: &'w World<'w> = self.world;
        let cell = world.stars_of(namespace);
        if let Some(stars) = cell.get() {
            return stars;
        }
        let mut targets = Vec::new();
        let mut outside = false;
        for scope in &world.namespaces[namespace.0 as usize].scopes {
            let stars = world.file(scope.file).stars.iter().rev();
            for (_, import) in stars.filter(|(at, _)| *at == scope.scope) {
                match self.import(scope.file, ImportId(*import)) {
                    Found::Namespace(other, _) => targets.push(other),
                    Found::External => outside = true,
                    _ => {}
                }
            }
        }
        cell.get_or_init(|| Stars { targets: targets.into(), outside })
    }
}
