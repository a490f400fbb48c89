//! "What changed since v2.0?", "what changed between v1 and v2?", "which tests should run for the
//! changes since main?": the definitions whose lines differ, and whom they affect.
//!
//! The innermost definition around each changed line counts. What reaches it over calls, and what
//! depends on its type, is affected, with the endpoints and the tests.

use super::reach::{self, Chains};
use super::{Findings, Question};
use crate::answer::Answer;
use crate::asking::{Asking, counted, listed};
use crate::plan::{Plan, Step, Tag, Way};
use crate::rank::{Draft, Role, Spot};
use crate::run::has_tag;
use crate::understand::intent::{Pattern, sure};
use crate::understand::{Reading, Unknown};
use qf_graph::facts::SymbolKind;
use qf_graph::history::Change;
use qf_graph::{EdgeKind, FileId, RepoId, SymbolId};
use std::collections::{BTreeMap, BTreeSet};

/// What changed and whom it affects.
pub struct Changed;
/// The tests that changes call for.
pub struct TestsOfChanges;

const LIMIT: usize = 50;
const AFFECTS: [EdgeKind; 9] = [
    EdgeKind::Calls,
    EdgeKind::Invokes,
    EdgeKind::Reaches,
    EdgeKind::Instantiates,
    EdgeKind::Inherits,
    EdgeKind::Implements,
    EdgeKind::Overrides,
    EdgeKind::Reads,
    // A function that is handed on is called by somebody.
    EdgeKind::References,
];

impl Question for Changed {
    fn intent(&self) -> &'static str {
        "changed"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure(
                "what|which functions|code|definitions|files|symbols? has|have|was|were? changed|changes|differs|is between * and **",
            ),
            sure(
                "what|which functions|code|definitions|files|symbols? has|have|was|were? changed|changes|differs|new since|from|against *",
            ),
            sure("changes|diff|delta between * and **"),
            sure("changes|diff|delta since|against|from *"),
            sure("who|what is affected|broken by|from the? changes|diff since|against|to|from *"),
            sure("impact|effect of the? changes|diff since|against|to|from *"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let changed = Found::new(asking, reading)?;
        let mut findings = changed.findings(asking, "what changed");
        let rows = changed.walk(asking, &mut findings);
        let step = step(asking);
        let chains = Chains::new(asking, &rows, &step);
        let mut endpoints: Vec<String> = Vec::new();
        for symbol in changed.symbols.keys().chain(rows.rows.iter().map(|row| &row.symbol)) {
            if has_tag(asking.snapshot, *symbol, Tag::Endpoint) {
                endpoints.push(asking.label(*symbol));
            }
        }
        let found = reach::transitive(asking, &rows, chains, LIMIT, |_| Role::Transitive);
        let repositories: BTreeSet<RepoId> =
            rows.rows.iter().map(|row| asking.snapshot.repository_of(row.symbol)).collect();
        let tests = found.tests;
        let affected = rows.rows.len()
            - rows.rows.iter().filter(|row| asking.snapshot.is_test(row.symbol)).count();
        findings.notes.push(format!(
            "{} changed, {affected} affected in {}, {} reached",
            counted(changed.symbols.len(), "definition"),
            counted(repositories.len(), "repository"),
            counted(endpoints.len(), "endpoint")
        ));
        if !endpoints.is_empty() {
            findings.notes.push(format!("Endpoints: {}", listed(&endpoints, 8)));
        }
        if tests > 0 {
            findings.notes.push(format!("{} to run: `qf tests --diff`", counted(tests, "test")));
        }
        findings.add(found);
        Ok(findings.answer(asking, LIMIT))
    }
}

impl Question for TestsOfChanges {
    fn intent(&self) -> &'static str {
        "tests of changes"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure(
                "which|what tests should|must|do|to|are i|we? run|affected for|after|by|if|when? the|these|my|all? changes|diff since|against|from|between|to *",
            ),
            sure("which|what tests should|must|do|to i|we? run since|against *"),
            sure("tests to run? for|of|after the|my|these? changes|diff since|against|from|to *"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let changed = Found::new(asking, reading)?;
        let mut findings = changed.findings(asking, "which tests reach what changed");
        findings.drafts.retain(|draft| draft.role == Role::Test);
        let rows = changed.walk(asking, &mut findings);
        let step = step(asking);
        let mut chains = Chains::new(asking, &rows, &step);
        let mut roles = reach::TestRoles::new(asking);
        for row in &rows.rows {
            if roles.of(row.symbol) == Some(Role::Test) {
                findings.drafts.push(chains.draft(*row, Role::Test));
            }
        }
        findings.notes.push(format!(
            "{} changed, {} to run",
            counted(changed.symbols.len(), "definition"),
            counted(findings.drafts.len(), "test")
        ));
        Ok(findings.answer(asking, LIMIT))
    }
}

/// One step against the edges over which a change affects others.
pub(crate) fn step(asking: &Asking<'_>) -> Step {
    Step::one(&AFFECTS, Way::In, asking.options.tier).up_to(asking.hops()).through_dispatch()
}

/// What changed.
struct Found {
    revisions: String,
    /// Changed definitions with their changed lines.
    symbols: BTreeMap<SymbolId, Vec<(FileId, u32)>>,
    added: usize,
    /// Places where whole definitions, or lines outside of any, were taken out.
    taken_out: usize,
    gone: Vec<String>,
    problems: Vec<String>,
}

impl Found {
    fn new(asking: &Asking<'_>, reading: &Reading) -> Result<Self, Unknown> {
        let snapshot = asking.snapshot;
        let unknown = |text: &str| Unknown {
            text: text.to_owned(),
            nearest: Vec::new(),
            // Words that name no revision were not about revisions; who calls it by command means one.
            prose: reading.weight > 0,
            route: false,
        };
        let mut texts = reading.subjects.iter().map(|text| text.trim().trim_matches('`'));
        let first = texts.next().unwrap_or("");
        let second = texts.next();
        // "… since v1 in billing", "… in billing since v1": either may carry the repository.
        let (from, one) = narrowed(asking, first);
        let (to, two) = second.map_or((None, None), |text| {
            let (text, repository) = narrowed(asking, text);
            (Some(text), repository)
        });
        let only = one.or(two);
        let history = snapshot.history().ok_or_else(|| unknown(from))?;
        let mut found = Self {
            revisions: to
                .map_or_else(|| format!("since {from}"), |to| format!("between {from} and {to}")),
            symbols: BTreeMap::new(),
            added: 0,
            taken_out: 0,
            gone: Vec::new(),
            problems: Vec::new(),
        };
        let mut any = false;
        for repository in snapshot.repositories() {
            let entry = snapshot.entry(repository);
            let wanted = asking.options.repo.as_ref().is_none_or(|name| *name == entry.name)
                && only.is_none_or(|only| only == repository);
            if !wanted {
                continue;
            }
            let files: Vec<(String, FileId)> = snapshot
                .files()
                .filter(|file| snapshot.file_repository(*file) == repository)
                .map(|file| (snapshot.path(file).to_owned(), file))
                .collect();
            // What is indexed as of a commit is compared with that commit, not with what is on disk.
            let indexed = snapshot.view().filter(|view| view.repository == entry.name);
            let to = to.or(indexed.map(|view| view.revision.as_str()));
            match history.changes(&entry.root, (from, to), &files, &|file| snapshot.text(file)) {
                Ok(changes) => {
                    any = true;
                    for change in &changes {
                        found.take(asking, &entry.name, change);
                    }
                }
                Err(problem) => found.problems.push(format!("{}: {problem}", entry.name)),
            }
        }
        if any || reading.weight == 0 { Ok(found) } else { Err(unknown(from)) }
    }

    fn take(&mut self, asking: &Asking<'_>, repository: &str, change: &Change) {
        let snapshot = asking.snapshot;
        let Some(file) = change.file else {
            self.gone.push(format!("{repository}/{}", change.path));
            return;
        };
        self.added += usize::from(change.added);
        for (first, last) in &change.lines {
            // Every definition that begins in the lines, and what is around their first.
            let mut touched: Vec<(SymbolId, u32)> = snapshot
                .symbols_of_file(file)
                .filter(|symbol| snapshot.kind(*symbol) != SymbolKind::Module)
                .filter_map(|symbol| {
                    let line = snapshot.lines(symbol).1;
                    (*first..=*last).contains(&line).then_some((symbol, line))
                })
                .collect();
            // The top of a file counts where more than comments and blank lines changed.
            let says = |line: u32| {
                let text = snapshot.line(file, line);
                let text = text.trim();
                !(text.is_empty()
                    || ["#", "//", "/*", "*", "--"].iter().any(|it| text.starts_with(it)))
            };
            let around = snapshot.symbol_at(file, *first).filter(|symbol| {
                snapshot.kind(*symbol) != SymbolKind::Module
                    || touched.is_empty() && (*first..=(*last).min(first + 200)).any(says)
            });
            touched.extend(around.map(|symbol| (symbol, *first)));
            for (symbol, line) in touched {
                self.symbols.entry(symbol).or_default().push((file, line));
            }
        }
        // What was taken out changes the definition that it was taken out of, not its neighbours.
        for line in &change.deleted {
            let around = snapshot.symbol_at(file, *line).filter(|symbol| {
                let (first, _, last) = snapshot.lines(*symbol);
                first <= *line && *line < last && snapshot.kind(*symbol) != SymbolKind::Module
            });
            match around {
                Some(symbol) => self.symbols.entry(symbol).or_default().push((file, *line)),
                None => self.taken_out += 1,
            }
        }
    }

    fn findings(&self, asking: &Asking<'_>, what: &str) -> Findings {
        let mut findings = Findings::new(format!("{what} {}", self.revisions));
        let mut roles = reach::TestRoles::new(asking);
        // Where code changed, what changed in documents and settings is counted only.
        let prose = |symbol: SymbolId| {
            let prose = |at: SymbolId| {
                matches!(asking.snapshot.kind(at), SymbolKind::Section | SymbolKind::Setting)
            };
            let top = asking.snapshot.kind(symbol) == SymbolKind::Module;
            prose(symbol) || top && asking.snapshot.children(symbol).any(prose)
        };
        let every = asking.options.all || self.symbols.keys().all(|symbol| prose(*symbol));
        let others = self.symbols.keys().filter(|symbol| prose(**symbol)).count();
        if !every && others > 0 {
            let places = counted(others, "place");
            findings.notes.push(format!("Beside it {places} in documents and settings: --all"));
        }
        for (symbol, lines) in &self.symbols {
            if !every && prose(*symbol) {
                continue;
            }
            let mut draft = Draft::new(*symbol, roles.of(*symbol).unwrap_or(Role::Direct));
            "changed".clone_into(&mut draft.why);
            draft.lines = lines.iter().map(|(file, line)| Spot::line(*file, *line)).collect();
            draft.lines.sort_unstable();
            draft.lines.dedup();
            findings.drafts.push(draft);
        }
        if self.added > 0 {
            findings.notes.push(format!("{} new", counted(self.added, "file")));
        }
        if self.taken_out > 0 {
            let places = counted(self.taken_out, "place");
            findings
                .notes
                .push(format!("Lines outside of what is left were taken out at {places}"));
        }
        if !self.gone.is_empty() {
            findings.notes.push(format!("Gone: {}", listed(&self.gone, 5)));
        }
        findings.notes.extend(self.problems.iter().cloned());
        findings
    }

    /// What reaches the changed definitions.
    fn walk(&self, asking: &Asking<'_>, findings: &mut Findings) -> crate::run::Rows {
        let symbols: Vec<SymbolId> = self
            .symbols
            .keys()
            .copied()
            .filter(|symbol| asking.snapshot.kind(*symbol) != SymbolKind::Module)
            .collect();
        let rows = findings.run(asking, &Plan::named("what changed", &symbols).step(step(asking)));
        findings.tell_cut(asking.hops(), &rows);
        rows
    }
}

/// Takes "in billing" or "of billing" off a revision.
fn narrowed<'t>(asking: &Asking<'_>, text: &'t str) -> (&'t str, Option<RepoId>) {
    for word in [" in ", " of "] {
        if let Some((revision, name)) = text.rsplit_once(word)
            && let Some(repository) = asking.snapshot.repository_named(name.trim())
        {
            return (revision.trim(), Some(repository));
        }
    }
    (text, None)
}
