//! "Functions that update user balance": who writes a field, column, table or variable.
//!
//! A field and the column it is mapped to are one target, so a write in SQL and a write through a
//! model meet. Who writes the target itself is `direct`; who only gives the first value (a
//! constructor, an insert) is `initializer` and ranked below; who calls a direct writer, over any
//! number of repositories, is `transitive` with the chain. Writes to the same name of another
//! owner, and writes that could not be bound, are counted and named, never mixed in.

use super::reach::{self, CALLING, Chains, TestRoles};
use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::{Asking, counted, listed};
use crate::plan::{Plan, Step, Way};
use crate::rank::Role;
use crate::run::Row;
use crate::understand::intent::{Pattern, maybe, sure};
use crate::understand::{How, Reading, Resolved, Unknown, Want, mentions, sentence};
use qf_graph::facts::{DefinitionFlags, ReferenceFlags, SymbolKind};
use qf_graph::snapshot::{Direction, Edge};
use qf_graph::{EdgeKind, SymbolId, Tier};
use std::collections::{BTreeMap, BTreeSet};

/// See the module.
pub struct Writers;

const LIMIT: usize = 50;

impl Question for Writers {
    fn intent(&self) -> &'static str {
        "writers"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure("@agent @write to|into|on|onto|up? *"),
            sure(
                "@agent @write * to|into|in|on|from the? ** database|db|table|store|storage|cache|ledger",
            ),
            sure("@agent @write * to|into|in|on|from the? database|db|store|storage|cache|disk"),
            sure("@agent @write *"),
            sure("@agent is|are updating|writing|modifying|changing|setting|mutating to? *"),
            sure("@agent is|are responsible for updating|writing|modifying|changing|setting *"),
            sure("@writes of|to|on|for|in *"),
            sure("functions|code|methods|places for? @write *"),
            sure("where is|are|does|do|did|was * @write"),
            sure("where is|are|does|do|did * get|gets|being @write"),
            sure("where * is|are|gets @write"),
            sure("where do we @write *"),
            sure("where does the? code @write *"),
            sure("how is|are|does|do * @write"),
            sure("how does|do * get @write"),
            sure("where in|inside? the code|codebase|project do|does|did we|i|it? @write *"),
            sure(
                "places|spots|code|lines|functions|methods where|in|which|that in|which? * is|are|gets|get|was|were @write",
            ),
            sure("* is|are|gets|get|was|were @write by whom|who|what"),
            sure("@write * functions|methods|procedures|routines"),
            sure("does|do|can|could|is|are there? @agent that|who? @write *"),
            sure("what causes * to change"),
            sure("who has write access to *"),
            maybe("* @writes"),
            maybe("@write *"),
            maybe("write|writing access to *"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let mut verb = Verb::of(reading.verb.as_deref());
        // "Write a new transaction" makes one.
        if verb == Verb::Write && asking.question.split_whitespace().any(|word| word == "new") {
            verb = Verb::Create;
        }
        let first = if verb == Verb::Write { Want::Value } else { Want::Record };
        let resolved =
            match record_first(asking, reading, subject(asking, reading, 0, first), first) {
                Ok(resolved) if targets_exist(asking, &resolved) => resolved,
                Ok(resolved) => {
                    return Err(Unknown {
                        text: resolved.text,
                        nearest: crate::questions::findings::different(asking, &resolved.symbols),
                        prose: resolved.how == How::Words,
                        route: false,
                    });
                }
                Err(unknown) => return Err(unknown),
            };
        let mut findings = Findings::default();
        findings.about(asking, &resolved);
        let target = Target::of(asking, &mut findings, &resolved);
        findings.reading = target.reading(asking, verb, &resolved);
        ambiguity(asking, &mut findings, &resolved);
        let writers = direct(asking, &mut findings, &target, verb);
        reaching(asking, &mut findings, &writers);
        functions_only(asking, &mut findings);
        notes(asking, &mut findings, &target, &resolved);
        Ok(findings.answer(asking, LIMIT))
    }
}

/// What is created or deleted are records. "A user account" may be a record of either word, where
/// there is none of both; a place (`to the ledger database`) helps to find nothing.
fn record_first(
    asking: &Asking<'_>,
    reading: &Reading,
    found: Result<Resolved, Unknown>,
    first: Want,
) -> Result<Resolved, Unknown> {
    let is_record = |resolved: &Resolved| {
        let record = |symbol: &SymbolId| Want::Record.accepts(asking.snapshot, *symbol);
        resolved.symbols.iter().any(record)
    };
    // Of what is found, the other word may only be the same thing by another name.
    let certain = |it: &Resolved| is_record(it) && it.synonyms.is_empty() && !it.owner_unknown;
    let text = reading.subjects.first().map_or("", String::as_str);
    let words: Vec<&str> = text.split_whitespace().collect();
    if first != Want::Record
        || found.as_ref().is_ok_and(certain)
        || words.len() < 2
        || !reading.sure
        || words.iter().any(|word| sentence::looks_like_code(word))
    {
        return found;
    }
    let named = words.iter().rev().filter(|word| !sentence::is_filler(&word.to_lowercase()));
    let mut records = named.filter_map(|word| {
        let resolved = mentions::resolve(asking, word, Want::Record).ok()?;
        is_record(&resolved).then_some(resolved)
    });
    match found {
        Ok(mut found) if is_record(&found) => {
            for other in records {
                found.symbols.extend(other.symbols);
            }
            found.symbols.sort_unstable();
            found.symbols.dedup();
            found.owner.clear();
            Ok(found)
        }
        // The last word says what it is; but what has a table has records for certain.
        found => {
            let table = |symbol: &SymbolId| asking.snapshot.kind(*symbol) == SymbolKind::Table;
            let all: Vec<Resolved> = records.by_ref().collect();
            let at = all.iter().position(|it| it.symbols.iter().any(table)).unwrap_or(0);
            all.into_iter().nth(at).map_or(found, Ok)
        }
    }
}

/// What kind of write the question's verb names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Write,
    Create,
    Delete,
}

impl Verb {
    fn of(stem: Option<&str>) -> Self {
        match stem {
            Some("creat" | "insert" | "add" | "initi" | "initialis" | "popul") => Verb::Create,
            Some("delet" | "remov" | "clear" | "eras") => Verb::Delete,
            _ => Verb::Write,
        }
    }

    fn phrase(self) -> &'static str {
        match self {
            Verb::Write => "writes",
            Verb::Create => "creates or adds to",
            Verb::Delete => "deletes or clears",
        }
    }
}

fn is_target(asking: &Asking<'_>, symbol: SymbolId) -> bool {
    Want::Value.accepts(asking.snapshot, symbol) || Want::Record.accepts(asking.snapshot, symbol)
}

fn targets_exist(asking: &Asking<'_>, resolved: &Resolved) -> bool {
    resolved.symbols.iter().any(|symbol| is_target(asking, *symbol))
}

/// What is written.
struct Target {
    /// Fields, columns, tables.
    symbols: Vec<SymbolId>,
    /// Types and tables, when records rather than fields are meant.
    records: Vec<SymbolId>,
}

impl Target {
    /// The target with everything that is the same thing under another name.
    fn of(asking: &Asking<'_>, findings: &mut Findings, resolved: &Resolved) -> Self {
        let snapshot = asking.snapshot;
        let mapped = || Step::one(&[EdgeKind::MapsTo], Way::Either, Tier::Likely).up_to(2);
        let named: Vec<SymbolId> =
            resolved.symbols.iter().copied().filter(|symbol| is_target(asking, *symbol)).collect();
        let same = |plan: Plan| Plan::Union(vec![plan.clone(), plan.step(mapped())]);
        let records: Vec<SymbolId> = named
            .iter()
            .copied()
            .filter(|symbol| Want::Record.accepts(snapshot, *symbol))
            .collect();
        let inside = |plan: Plan| {
            plan.step(Step::one(&[EdgeKind::Contains], Way::Out, Tier::Maybe)).of_kinds(&[
                SymbolKind::Field,
                SymbolKind::Column,
                SymbolKind::Variable,
                SymbolKind::Constant,
            ])
        };
        let base = Plan::named(&resolved.text, &named);
        if records.is_empty() {
            let symbols = findings.run(asking, &same(base)).symbols();
            return Self { symbols, records };
        }
        let records = crate::run::run(snapshot, &same(Plan::named(&resolved.text, &records))).0;
        let all = Plan::Union(vec![same(base.clone()), same(inside(same(base)))]);
        let symbols = findings.run(asking, &all).symbols();
        Self { symbols, records: records.symbols() }
    }

    fn reading(&self, asking: &Asking<'_>, verb: Verb, resolved: &Resolved) -> String {
        let snapshot = asking.snapshot;
        let does = verb.phrase();
        if !self.records.is_empty() {
            return format!("who {does} {}", asking.some_names(&resolved.symbols));
        }
        let mut names: Vec<String> = Vec::new();
        let mut owners: Vec<String> = Vec::new();
        for symbol in &self.symbols {
            let name = snapshot.name(*symbol).to_owned();
            if !names.contains(&name) {
                names.push(name);
            }
            if let Some(parent) = snapshot.parent(*symbol) {
                let owner = match snapshot.kind(parent) {
                    SymbolKind::Table => format!("table {}", snapshot.name(parent)),
                    SymbolKind::Module => snapshot.display_path(snapshot.file(parent)),
                    _ => snapshot.name(parent).to_owned(),
                };
                if !owners.contains(&owner) {
                    owners.push(owner);
                }
            }
        }
        let owned = match owners.len() {
            0 => String::new(),
            _ => format!(", owned by {}", listed(&owners, 4).replace(" and ", " or ")),
        };
        format!("who {does} a field or column named {}{owned}", listed(&names, 3))
    }
}

/// Several owners of one name are ambiguous, unless a mapping makes them the same thing.
fn ambiguity(asking: &Asking<'_>, findings: &mut Findings, resolved: &Resolved) {
    if !resolved.owner.is_empty() && !resolved.owner_unknown {
        findings.meanings.clear();
        return;
    }
    let mut joined: BTreeSet<SymbolId> = BTreeSet::new();
    let mut apart = Vec::new();
    let step = Step::one(&[EdgeKind::MapsTo], Way::Either, Tier::Likely).up_to(2);
    for symbol in &resolved.symbols {
        if joined.insert(*symbol) {
            apart.push(*symbol);
            let plan = Plan::named("", &[*symbol]).step(step.clone());
            joined.extend(crate::run::run(asking.snapshot, &plan).0.symbols());
        }
    }
    findings.meanings.clear();
    findings.means(asking, &resolved.text, &apart);
}

/// Who writes what was named, whatever the owner's other names: for questions about who is behind.
pub fn writing(asking: &Asking<'_>, findings: &mut Findings, resolved: &Resolved) -> Vec<SymbolId> {
    let target = Target::of(asking, findings, resolved);
    let step = Step::one(&[EdgeKind::Writes], Way::In, asking.options.tier);
    findings.run(asking, &Plan::named("target", &target.symbols).step(step)).symbols()
}

/// The functions that write it themselves.
#[derive(Default)]
struct Direct {
    updaters: Vec<SymbolId>,
    initializers: Vec<SymbolId>,
    /// Those of the initializers that put a record into a table.
    inserters: Vec<SymbolId>,
    tests: Vec<SymbolId>,
}

fn edges_into<'s>(
    asking: &Asking<'s>,
    symbols: &[SymbolId],
    wanted: impl Fn(SymbolId, &Edge<'s>) -> bool,
) -> Vec<Edge<'s>> {
    let mut out = Vec::new();
    for symbol in symbols {
        let edges = asking.snapshot.edges(*symbol, Direction::In);
        out.extend(
            edges
                .into_iter()
                .filter(|edge| edge.tier <= asking.options.tier && wanted(*symbol, edge)),
        );
    }
    out
}

fn direct(asking: &Asking<'_>, findings: &mut Findings, target: &Target, verb: Verb) -> Direct {
    let snapshot = asking.snapshot;
    let step = Step::one(&[EdgeKind::Writes], Way::In, asking.options.tier);
    findings.run(asking, &Plan::named("target", &target.symbols).step(step));
    let mut edges = edges_into(asking, &target.symbols, |symbol, edge| {
        // A setter is written by being called.
        let setter = snapshot.flags(symbol).contains(DefinitionFlags::SETTER);
        edge.kind == EdgeKind::Writes || (setter && edge.kind == EdgeKind::Calls)
    });
    if verb == Verb::Create {
        let made = |_, edge: &Edge<'_>| edge.kind == EdgeKind::Instantiates;
        edges.extend(edges_into(asking, &target.records, made));
    }
    let deletes = |edge: &Edge<'_>| edge.flags.contains(ReferenceFlags::DELETE);
    if verb == Verb::Delete && edges.iter().any(deletes) {
        let others: BTreeSet<SymbolId> =
            edges.iter().filter(|edge| !deletes(edge)).map(|edge| edge.from).collect();
        edges.retain(deletes);
        let kept: BTreeSet<SymbolId> = edges.iter().map(|edge| edge.from).collect();
        let others = others.difference(&kept).count();
        if others > 0 {
            let functions = counted(others, "function");
            findings.notes.push(format!("Not listed: {functions} that write it without deleting"));
        }
    }
    let groups = reach::by_end(edges, |edge| edge.from);
    let creates = |edges: &[Edge<'_>]| edges.iter().any(|edge| is_creation(edge));
    let creating = verb == Verb::Create
        && groups.iter().any(|(symbol, edges)| creates(edges) && !snapshot.is_test(*symbol));
    // Where queries write the records, a record's own setters are not what is asked for.
    let queried = |edge: &Edge<'_>| is_query(edge) && target.records.contains(&edge.to);
    let stored = groups.iter().any(|(_, edges)| edges.iter().any(queried));
    let mut setters = 0;
    let mut found = Direct::default();
    let mut tests = TestRoles::new(asking);
    for (symbol, edges) in groups {
        let own = snapshot.parent(symbol).is_some_and(|parent| target.records.contains(&parent));
        if stored && own && snapshot.kind(symbol).is_callable() && !edges.iter().any(is_query) {
            setters += 1;
            continue;
        }
        let role = match tests.of(symbol) {
            Some(role) => role,
            None if verb == Verb::Write && edges.iter().any(queried) => Role::Direct,
            None => role(asking, symbol, &edges, creating),
        };
        match role {
            Role::Test | Role::Helper => found.tests.push(symbol),
            Role::Initializer => {
                found.initializers.push(symbol);
                if edges.iter().any(|edge| inserts(asking, edge)) {
                    found.inserters.push(symbol);
                }
            }
            _ => found.updaters.push(symbol),
        }
        let mut draft = reach::draft_of(symbol, role, &edges, why(asking, &edges));
        draft.path.push(edges[0].to);
        findings.drafts.push(draft);
    }
    if setters > 0 {
        let methods = counted(setters, "method");
        findings.notes.push(format!("Not listed: {methods} of its own that set its fields"));
    }
    found
}

/// Whether an edge is a query: rules about code name their language before a slash.
fn is_query(edge: &Edge<'_>) -> bool {
    edge.kind == EdgeKind::Writes && (edge.rule == "sql/statement" || !edge.rule.contains('/'))
}

/// Whether an edge is a query that puts a record into a table, and no literal or constructor.
fn inserts(asking: &Asking<'_>, edge: &Edge<'_>) -> bool {
    is_query(edge)
        && is_creation(edge)
        && asking.snapshot.kind(edge.from) != SymbolKind::Constructor
}

fn is_creation(edge: &Edge<'_>) -> bool {
    edge.kind == EdgeKind::Instantiates || edge.flags.contains(ReferenceFlags::INITIALIZER)
}

fn role(asking: &Asking<'_>, symbol: SymbolId, edges: &[Edge<'_>], creating: bool) -> Role {
    let kind = asking.snapshot.kind(symbol);
    if creating {
        // "Who creates a user": then the constructor itself is the less interesting answer.
        let inside = kind == SymbolKind::Constructor;
        let creates = edges.iter().any(is_creation);
        return if creates && !inside { Role::Direct } else { Role::Initializer };
    }
    let first = edges.iter().all(is_creation) || kind == SymbolKind::Constructor;
    let declares = kind.is_type() || kind.is_value();
    if first || declares { Role::Initializer } else { Role::Direct }
}

fn why(asking: &Asking<'_>, edges: &[Edge<'_>]) -> String {
    let mut by_verb: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for edge in edges {
        let verb = match edge {
            edge if edge.kind == EdgeKind::Instantiates => "makes",
            edge if edge.kind == EdgeKind::Calls => "sets",
            edge if edge.flags.contains(ReferenceFlags::DELETE) => "deletes",
            edge if is_creation(edge) && is_query(edge) => "stores",
            edge if edge.flags.contains(ReferenceFlags::INITIALIZER) => "first sets",
            edge if edge.flags.intersects(ReferenceFlags::ELEMENT | ReferenceFlags::IN_PLACE) => {
                "changes what is in"
            }
            _ => "writes",
        };
        let names = by_verb.entry(verb).or_default();
        let label = asking.label(edge.to);
        if !names.contains(&label) {
            names.push(label);
        }
    }
    let parts: Vec<String> =
        by_verb.iter().map(|(verb, names)| format!("{verb} {}", listed(names, 3))).collect();
    parts.join("; ")
}

/// Calls that a writer is looked for behind, unless the question says otherwise. Further away nearly
/// everything reaches everything, and nobody would say that it updates the field.
const HOPS: u32 = 3;

/// What calls the direct writers, and those that insert; where there are none, what calls the
/// initializers.
fn reaching(asking: &Asking<'_>, findings: &mut Findings, writers: &Direct) {
    let mut starts = writers.updaters.clone();
    starts.extend(&writers.inserters);
    if starts.is_empty() {
        starts.clone_from(&writers.initializers);
    }
    if starts.is_empty() {
        return;
    }
    let mut kinds = CALLING.to_vec();
    // A property is called by being assigned; a constructor by making an instance.
    kinds.push(EdgeKind::Writes);
    let step =
        Step::one(&kinds, Way::In, asking.options.tier).up_to(asking.hops()).through_dispatch();
    let known: Vec<SymbolId> = writers
        .updaters
        .iter()
        .chain(&writers.initializers)
        .chain(&writers.tests)
        .copied()
        .collect();
    let plan = Plan::named("direct writers", &starts)
        .step(step.clone())
        .without(Plan::named("known writers", &known));
    let mut rows = findings.run(asking, &plan);
    let flags = asking.snapshot.all_flags();
    rows.rows.retain(|row| !flags[row.symbol.index()].0.contains(DefinitionFlags::ABSTRACT));
    let hops = asking.options.hops.unwrap_or(HOPS);
    let near = |row: &Row| row.hops <= hops || asking.snapshot.is_test(row.symbol);
    let chains = Chains::new(asking, &rows, &step).beyond(&findings.drafts);
    rows.cut |= rows.rows.iter().any(|row| !near(row));
    rows.rows.retain(near);
    let found = reach::transitive(asking, &rows, chains, LIMIT, |_| Role::Transitive);
    findings.add(found);
    findings.tell_cut(hops, &rows);
}

/// Who asks for functions gets functions: what runs when a file is loaded is named apart.
fn functions_only(asking: &Asking<'_>, findings: &mut Findings) {
    let noun = |word: &str| {
        let word = word.to_lowercase();
        matches!(word.as_str(), "function" | "functions" | "method" | "methods")
    };
    if !asking.question.split_whitespace().any(noun) {
        return;
    }
    let snapshot = asking.snapshot;
    let module = |symbol: SymbolId| snapshot.kind(symbol) == SymbolKind::Module;
    let all = std::mem::take(&mut findings.drafts);
    let (files, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(|draft| module(draft.symbol));
    // There may be nothing else.
    if kept.is_empty() {
        findings.drafts = files;
        return;
    }
    findings.drafts = kept;
    let mut names: Vec<String> = files
        .iter()
        .filter(|draft| !draft.role.is_of_tests())
        .map(|draft| snapshot.display_path(snapshot.file(draft.symbol)))
        .collect();
    names.sort();
    names.dedup();
    if !names.is_empty() {
        findings.notes.push(format!("So does code outside of functions, in {}", listed(&names, 4)));
    }
}

fn notes(asking: &Asking<'_>, findings: &mut Findings, target: &Target, resolved: &Resolved) {
    let snapshot = asking.snapshot;
    let count = |symbols: Vec<SymbolId>| symbols.into_iter().collect::<BTreeSet<_>>().len();
    let readers = edges_into(asking, &target.symbols, |_, edge| edge.kind == EdgeKind::Reads)
        .iter()
        .map(|edge| edge.from)
        .filter(|symbol| !snapshot.is_test(*symbol))
        .collect();
    let tests = findings.drafts.iter().filter(|draft| draft.role == Role::Test).count()
        + findings.uncounted.get(&Role::Test).copied().unwrap_or(0);
    let parts: Vec<String> = [("reads it", count(readers)), ("tests", tests)]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{what}, {count}"))
        .collect();
    if !parts.is_empty() {
        findings.notes.push(parts.join(" · "));
    }
    if !resolved.synonyms.is_empty() {
        findings.notes.push(format!(
            "Counted as the same owner as `{}`: {}",
            resolved.owner.join(" "),
            asking.some_names(&resolved.synonyms)
        ));
    }
    other_owners(asking, findings, target, resolved);
    unbound(asking, findings, target);
}

fn other_owners(
    asking: &Asking<'_>,
    findings: &mut Findings,
    target: &Target,
    resolved: &Resolved,
) {
    let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
    let mut total = 0;
    for symbol in &resolved.others {
        if target.symbols.contains(symbol) || asking.snapshot.is_test(*symbol) {
            continue;
        }
        let writes = edges_into(asking, &[*symbol], |_, edge| edge.kind == EdgeKind::Writes).len();
        if writes > 0 {
            *by_name.entry(asking.label(*symbol)).or_default() += writes;
            total += writes;
        }
    }
    if total == 0 {
        return;
    }
    let mut names: Vec<(String, usize)> = by_name.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let names: Vec<String> = names
        .into_iter()
        .map(|(name, count)| if count > 1 { format!("{name} ×{count}") } else { name })
        .collect();
    let head = resolved.others.first().map_or("", |symbol| asking.snapshot.name(*symbol));
    findings.notes.push(format!(
        "Not counted: {} to {} {head} of another owner ({})",
        counted(total, "write"),
        article(head),
        listed(&names, 4)
    ));
}

/// `a` or `an`, by the first letter.
fn article(noun: &str) -> &'static str {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']);
    if vowel { "an" } else { "a" }
}

fn unbound(asking: &Asking<'_>, findings: &mut Findings, target: &Target) {
    if !target.records.is_empty() {
        return;
    }
    let names: BTreeSet<&str> =
        target.symbols.iter().map(|symbol| asking.snapshot.name(*symbol)).collect();
    let count: usize = names
        .iter()
        .map(|name| asking.snapshot.count_unresolved(name, qf_graph::facts::Role::Write))
        .sum();
    if count > 0 {
        findings.notes.push(format!(
            "{} of that name could not be bound (qf unresolved)",
            counted(count, "write")
        ));
    }
}
