//! What a question type found, on its way to an answer.

use crate::answer::{Answer, Place, Timing, Trace, VERSION};
use crate::asking::Asking;
use crate::plan::Plan;
use crate::rank::{self, Draft, Role};
use crate::run::{self, Rows};
use crate::understand::{Resolved, Unknown};
use qf_graph::SymbolId;
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
    /// See [`Answer::ambiguous`].
    pub ambiguous: Vec<Place>,
    /// See [`Answer::searched`].
    pub searched: Vec<String>,
    /// See [`Answer::nearest`].
    pub nearest: Vec<Place>,
    /// See [`Answer::notes`].
    pub notes: Vec<String>,
    /// What was run.
    pub traces: Vec<Trace>,
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
        let places = different(asking, &resolved.symbols);
        if places.len() > 1 {
            self.ambiguous.extend(places);
        }
    }

    /// Ranks, cuts and completes; `limit` is the question type's own.
    pub fn answer(mut self, asking: &Asking<'_>, limit: usize) -> Answer {
        let snapshot = asking.snapshot;
        let options = asking.options;
        self.drafts.retain(|draft| asking.wants_file(snapshot.file(draft.symbol)));
        rank::sort(&mut self.drafts);
        let limit = if options.all { usize::MAX } else { options.limit.unwrap_or(limit) };
        let only_tests = self.drafts.iter().all(|draft| draft.role == Role::Test);
        let mut hidden = 0;
        if !options.include_tests && !only_tests {
            let before = self.drafts.len();
            self.drafts.retain(|draft| draft.role != Role::Test);
            hidden = before - self.drafts.len();
        }
        let mut totals = rank::cut(&mut self.drafts, limit);
        if hidden > 0 {
            totals.insert(Role::Test.name().to_owned(), hidden);
        }
        for (role, count) in &self.uncounted {
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
            ambiguous: self.ambiguous,
            searched: self.searched,
            nearest: self.nearest,
            notes: self.notes,
            plan,
            timing: Timing::default(),
            generation: snapshot.generation(),
            indexed_at: snapshot.published(),
            complete: snapshot.damaged().is_empty(),
        }
    }

    /// The answer about a name that means nothing.
    pub fn unknown(asking: &Asking<'_>, unknown: Unknown) -> Answer {
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

/// One place for each different qualified name and kind of definition.
pub fn different(asking: &Asking<'_>, symbols: &[SymbolId]) -> Vec<Place> {
    let mut out: Vec<Place> = Vec::new();
    for symbol in symbols {
        let place = asking.place(*symbol);
        if !out.iter().any(|known| known.name == place.name && known.repo == place.repo) {
            out.push(place);
        }
    }
    out.truncate(20);
    out
}
