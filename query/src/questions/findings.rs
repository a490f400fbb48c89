//! What a question type found, on its way to an answer.

use super::reach::Transitive;
use crate::answer::{Answer, Meaning, Place, Query, Timing, Trace, VERSION};
use crate::asking::Asking;
use crate::plan::{Plan, text};
use crate::rank::{self, Draft, Role};
use crate::run::{self, Rows};
use crate::sparql;
use crate::understand::{How, Resolved, Unknown};
use qf_graph::SymbolId;
use qf_graph::facts::{DefinitionFlags, SymbolKind};
use std::collections::BTreeMap;

/// What a question type found.
#[derive(Debug, Default)]
pub struct Findings {
    /// How the question was understood.
    pub reading: String,
    /// Items.
    pub drafts: Vec<Draft>,
    /// Counts of what was not even drafted, by role.
    pub uncounted: BTreeMap<Role, usize>,
    /// See [`Answer::meanings`].
    pub meanings: Vec<Meaning>,
    /// See [`Answer::searched`].
    pub searched: Vec<String>,
    /// See [`Answer::nearest`].
    pub nearest: Vec<Place>,
    /// See [`Answer::notes`].
    pub notes: Vec<String>,
    /// What was run.
    pub traces: Vec<Trace>,
    /// See [`Answer::groups`].
    pub groups: Vec<(String, usize)>,
    /// See [`Answer::queries`].
    pub queries: Vec<Query>,
}

impl Findings {
    /// Findings of a question that was understood like this.
    pub fn new(reading: impl Into<String>) -> Self {
        Self { reading: reading.into(), ..Self::default() }
    }

    /// Runs a plan and keeps its trace.
    pub fn run(&mut self, asking: &Asking<'_>, plan: &Plan) -> Rows {
        let (rows, trace) = run::run(asking.snapshot, plan);
        self.traces.push(trace);
        if asking.options.explain {
            self.queries.push(Query {
                algebra: text::print(asking.snapshot, plan),
                sparql: sparql::select(asking.snapshot, plan),
            });
        }
        rows
    }

    /// Says what was looked for and what else the name may mean.
    pub fn about(&mut self, asking: &Asking<'_>, resolved: &Resolved) {
        self.searched.push(resolved.text.clone());
        if resolved.owner_unknown {
            let name = resolved.symbols.first().map_or("", |symbol| asking.snapshot.name(*symbol));
            self.notes.push(format!(
                "Nothing named {name} belongs to `{}`; answering for all that are named so",
                resolved.owner.join(" ")
            ));
        }
        self.notes.extend(resolved.notes.iter().cloned());
        if resolved.key.is_none() && resolved.how != How::Place {
            self.means(asking, &resolved.text, &resolved.symbols);
        }
    }

    /// Says which definitions a name has, when it has several.
    pub fn means(&mut self, asking: &Asking<'_>, name: &str, symbols: &[SymbolId]) {
        let places = different(asking, symbols);
        if places.len() > 1 {
            let count = places.len();
            let places = places.into_iter().take(MOST_PLACES).collect();
            self.meanings.push(Meaning { name: name.to_owned(), count, places });
        }
    }

    /// Adds the walked part of an answer.
    pub fn add(&mut self, found: Transitive) {
        self.drafts.extend(found.drafts);
        for (role, count) in found.more {
            *self.uncounted.entry(role).or_default() += count;
        }
    }

    /// Says so when a walk had to stop with more to reach.
    pub fn tell_cut(&mut self, hops: u32, rows: &Rows) {
        if rows.cut {
            let hops = crate::asking::counted(hops as usize, "hop");
            self.notes.push(format!("More beyond {hops}: --hops"));
        }
    }

    /// Ranks, cuts and completes; `limit` is the question type's own.
    pub fn answer(mut self, asking: &Asking<'_>, limit: usize) -> Answer {
        let snapshot = asking.snapshot;
        let options = asking.options;
        self.drafts.retain(|draft| asking.wants_file(snapshot.file(draft.symbol)));
        rank::sort(&mut self.drafts);
        let only_tests = self.drafts.iter().all(|draft| draft.role.is_of_tests());
        if !options.include_tests && !only_tests {
            let uncounted = &mut self.uncounted;
            self.drafts.retain(|draft| {
                let hidden = draft.role.is_of_tests();
                if hidden {
                    *uncounted.entry(draft.role).or_default() += 1;
                }
                !hidden
            });
        }
        let mut totals = rank::cut(&mut self.drafts, options.offset, options.most(limit));
        for (role, count) in self.uncounted.iter().filter(|(_, count)| **count > 0) {
            *totals.entry(role.name().to_owned()).or_default() += count;
        }
        let plan = match self.traces.len() {
            0 => None,
            1 => self.traces.pop(),
            _ => Some(Trace {
                node: "Answer".to_owned(),
                rows: totals.values().sum(),
                microseconds: 0,
                inputs: self.traces,
            }),
        };
        Answer {
            version: VERSION,
            question: asking.question.clone(),
            intent: asking.intent.to_owned(),
            reading: self.reading,
            items: rank::items(asking, &self.drafts),
            totals,
            ambiguous: self.meanings.iter().flat_map(|one| one.places.clone()).collect(),
            meanings: self.meanings,
            searched: self.searched,
            nearest: self.nearest,
            notes: self.notes,
            groups: self.groups,
            phrased: None,
            plan,
            queries: self.queries,
            timing: Timing::default(),
            generation: snapshot.generation(),
            indexed_at: snapshot.published(),
            complete: snapshot.damaged().is_empty(),
        }
    }

    /// The answer about a name that means nothing.
    pub fn unknown(asking: &Asking<'_>, unknown: Unknown) -> Answer {
        if unknown.route {
            let mut findings = Self::new(format!("No route `{}` is indexed", unknown.text));
            findings.searched.push(unknown.text);
            findings.nearest = unknown.nearest;
            findings.notes.push("`qf links --unlinked --channel http` and `qf links --channel http` list the routes".to_owned());
            return findings.answer(asking, usize::MAX);
        }
        let mut findings = Self::new(format!("Nothing is named `{}`", unknown.text));
        let repositories = asking.snapshot.repositories().count();
        findings.searched.push(unknown.text);
        findings.notes.push(format!(
            "Looked for it as a place, a qualified name, a name, a route and in words, in {}",
            crate::asking::counted(repositories, "repository")
        ));
        findings.nearest = unknown.nearest;
        findings.answer(asking, usize::MAX)
    }
}

/// Most places that are given for a name.
const MOST_PLACES: usize = 20;

/// One place for each definition that is a thing of its own. Overloads and second definitions
/// beside each other are one thing, and so are a type and its constructor, and what is only
/// declared and its definition elsewhere in the repository.
pub fn different(asking: &Asking<'_>, symbols: &[SymbolId]) -> Vec<Place> {
    let snapshot = asking.snapshot;
    let declared = DefinitionFlags::DECLARATION;
    let same = |a: SymbolId, b: SymbolId| {
        let elsewhere = snapshot.flags(a).intersects(declared)
            || snapshot.flags(b).intersects(declared)
            || snapshot.kind(a) == SymbolKind::Namespace;
        snapshot.qualified_name(a) == snapshot.qualified_name(b)
            && snapshot.repository_of(a) == snapshot.repository_of(b)
            && (snapshot.file(a) == snapshot.file(b) || elsewhere)
    };
    let mut apart: Vec<SymbolId> = Vec::new();
    for symbol in symbols {
        let constructs = snapshot.kind(*symbol) == SymbolKind::Constructor
            && snapshot.parent(*symbol).is_some_and(|parent| symbols.contains(&parent));
        if !constructs && !apart.iter().any(|known| same(*known, *symbol)) {
            apart.push(*symbol);
        }
        // Nobody reads hundreds of them; their exact number is not worth comparing all pairs.
        if apart.len() >= 1000 {
            break;
        }
    }
    apart.into_iter().map(|symbol| asking.place(symbol)).collect()
}
