//! Which repositories a change reaches, and which are left alone.
//!
//! Edges follow from names, and a name leads into another repository in one way only: a key of a
//! namespace that the repository has not itself is looked for in the others
//! ([`crate::resolve::World::namespace`]). So with every repository is kept what it offers and what it
//! asked for. What is changed, what that asked for, what asks for something of it, and so on from
//! each of those, is bound anew, because arguments and overrides flow against the direction of names
//! too; the rest would come out as it was. That what asked is all that counts is not believed: what
//! is asked for while binding is compared with what the rest offers, and more is taken in where a
//! new name leads there.
//!
//! Compilers' facts name definitions of any repository, so repositories that have some are bound
//! together. What a contract declares is looked for in all code: when the set of declarations
//! changes, nothing is left alone.

use crate::check;
use crate::link::brought::Brought;
use qf_graph::key::Channel;
use qf_graph::store::Home;
use qf_graph::store::manifest::RepositoryEntry;
use qf_graph::store::segment::Segment;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;

/// Repositories that a run leaves alone as long as nothing leads to them.
#[derive(Default)]
pub(crate) struct Rest {
    /// Their entries and what they bring, in order of name.
    pub others: Vec<(RepositoryEntry, Brought)>,
    /// What the repositories that are bound anew offer and offered.
    offers: FxHashSet<u64>,
    /// What they ask and asked for.
    asks: FxHashSet<u64>,
    /// Whether compilers said something of one of them.
    compiled: bool,
    /// What contracts declared before.
    declared: BTreeSet<String>,
}

/// What a published segment says that its repository brings; `None` where it cannot be read.
fn brought(home: &Home, entry: &RepositoryEntry) -> Option<Brought> {
    let segment = Segment::open(&home.segments().join(&entry.segment)).ok()?;
    Brought::decode(segment.bytes("linking").ok()?)
}

/// What contracts declare that is looked for in all code.
fn declared(brought: &Brought) -> impl Iterator<Item = String> + '_ {
    let methods = brought.contracts(Channel::Grpc).map(|text| format!("grpc {text}"));
    methods.chain(brought.provided(Channel::Graphql).map(|text| format!("graphql {text}")))
}

impl Rest {
    /// Divides what is published: `before` are all its entries, `names` the repositories that there are
    /// to be, `read` those among them that have been read anew. `None` when it cannot be told what
    /// a change reaches. A repository of which a file is damaged is given as one to be bound anew;
    /// `trusted` says that nothing is.
    pub fn new(
        home: &Home,
        before: &[RepositoryEntry],
        names: &BTreeSet<&str>,
        read: &BTreeSet<&str>,
        trusted: bool,
    ) -> Option<(Self, Vec<RepositoryEntry>)> {
        let mut rest = Self::default();
        let all: Vec<_> = before
            .par_iter()
            .map(|entry| {
                let sound = trusted || check::repository(home, entry, &BTreeSet::new()).is_empty();
                Some((entry.clone(), brought(home, entry)?, sound))
            })
            .collect::<Option<_>>()?;
        let mut again = Vec::new();
        for (entry, brought, sound) in all {
            rest.declared.extend(declared(&brought));
            let stays = names.contains(entry.name.as_str());
            let was_read = read.contains(entry.name.as_str());
            if stays && !was_read && sound {
                rest.others.push((entry, brought));
            } else {
                rest.touch(&brought.offers, &brought.asks, entry.compiler.is_some());
                again.extend((stays && !was_read).then_some(entry));
            }
        }
        Some((rest, again))
    }

    /// Takes in what a repository that is bound anew offers, asks for and is said of by compilers.
    pub fn touch(&mut self, offers: &[u64], asks: &[u64], compiled: bool) {
        self.offers.extend(offers);
        self.asks.extend(asks);
        self.compiled |= compiled;
    }

    /// Takes out what is reached.
    pub fn reached(&mut self) -> Vec<RepositoryEntry> {
        let known = |of: &FxHashSet<u64>, keys: &[u64]| keys.iter().any(|key| of.contains(key));
        let mut reached = Vec::new();
        loop {
            let before = reached.len();
            for (entry, brought) in std::mem::take(&mut self.others) {
                let compiled = entry.compiler.is_some();
                if known(&self.offers, &brought.asks)
                    || known(&self.asks, &brought.offers)
                    || (self.compiled && compiled)
                {
                    self.touch(&brought.offers, &brought.asks, compiled);
                    reached.push(entry);
                } else {
                    self.others.push((entry, brought));
                }
            }
            if reached.len() == before {
                return reached;
            }
        }
    }

    /// Takes out everything, when contracts declare something else than before.
    pub fn redeclared(&mut self, anew: &[Brought]) -> Vec<RepositoryEntry> {
        let now: BTreeSet<String> = anew.iter().chain(self.brought()).flat_map(declared).collect();
        if now == self.declared { Vec::new() } else { self.everything() }
    }

    /// Takes out everything.
    pub fn everything(&mut self) -> Vec<RepositoryEntry> {
        std::mem::take(&mut self.others).into_iter().map(|(entry, _)| entry).collect()
    }

    /// What the rest brings.
    pub fn brought(&self) -> impl Iterator<Item = &Brought> {
        self.others.iter().map(|(_, brought)| brought)
    }
}
