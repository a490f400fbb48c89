//! "What is `Ledger`?", "explain `Ledger.apply`": the definition with its documentation, what it is
//! made of, who uses it, what it reads and writes, and its tests. Everything is counted in the graph;
//! nothing is made up.

use super::reach::{CALLING, TestRoles, shown_key};
use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::{Asking, counted, counted_does};
use crate::plan::{Order, Plan, Step, Tag, Way};
use crate::rank::{Draft, Role, Spot};
use crate::understand::intent::{Pattern, maybe, sure};
use crate::understand::{Reading, Resolved, Unknown, Want};
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::Direction;
use qf_graph::{EdgeKind, SymbolId, Tier};
use std::collections::BTreeMap;

/// See the module.
pub struct What;

const LIMIT: usize = 5;
/// Longest documentation that is given, in characters.
const DOC: usize = 400;

impl Question for What {
    fn intent(&self) -> &'static str {
        "what"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure("explain|describe|summarize|summarise *"),
            sure("explain|describe to? me? what|how * does|is|works|work"),
            sure("what is|are|was * for|about|good"),
            sure("what is the? purpose|job|role|responsibility|meaning of *"),
            sure("what does|do|did * do|mean|represent|stand"),
            sure("what do|does * do|mean for?"),
            sure("what kind|sort of thing|class|type|function? is *"),
            sure("purpose|meaning|documentation|docs|signature of *"),
            sure("tell me about|more about? *"),
            maybe("what is|are a|an|the? *"),
            maybe("what's a|an|the? *"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let resolved = subject(asking, reading, 0, Want::Any)?;
        let snapshot = asking.snapshot;
        let mut findings = Findings::new(format!("what `{}` is", resolved.text));
        findings.about(asking, &resolved);
        let plan = Plan::named(&resolved.text, &resolved.symbols).ranked(Order::Place);
        let mut symbols = findings.run(asking, &plan).symbols();
        symbols.sort_by_key(|symbol| (std::cmp::Reverse(weight(asking, *symbol)), *symbol));
        for (at, symbol) in symbols.iter().enumerate() {
            let mut draft = Draft::new(*symbol, Role::Definition);
            draft.score = 1.0 / (at as f32 + 1.0);
            draft.header = true;
            draft.lines.push(Spot::line(snapshot.file(*symbol), snapshot.lines(*symbol).1));
            draft.why = summary(asking, *symbol);
            findings.drafts.push(draft);
        }
        if let Some(first) = symbols.first() {
            findings.notes.push(summary(asking, *first));
            let text = snapshot.doc(*first).map(first_paragraph).filter(|text| !text.is_empty());
            findings.notes.extend(text);
            findings.notes.extend(inside(asking, *first));
            findings.notes.extend(values(asking, *first));
            tests(asking, &mut findings, &resolved, *first);
        }
        Ok(findings.answer(asking, LIMIT))
    }
}

/// How likely this definition of a name is the one that is asked about.
fn weight(asking: &Asking<'_>, symbol: SymbolId) -> (bool, bool, bool, usize) {
    let snapshot = asking.snapshot;
    let kind = snapshot.kind(symbol);
    (
        !snapshot.is_test(symbol),
        kind.is_type() || kind.is_callable() || kind.is_value(),
        !snapshot.is_example_file(snapshot.file(symbol)),
        neighbours(asking, symbol, Direction::In, &USES).len(),
    )
}

const USES: [EdgeKind; 9] = [
    EdgeKind::Calls,
    EdgeKind::Invokes,
    EdgeKind::Reaches,
    EdgeKind::Instantiates,
    EdgeKind::References,
    EdgeKind::TypeOf,
    EdgeKind::Inherits,
    EdgeKind::Reads,
    EdgeKind::Writes,
];

fn neighbours(
    asking: &Asking<'_>,
    symbol: SymbolId,
    direction: Direction,
    kinds: &[EdgeKind],
) -> Vec<SymbolId> {
    let mut found = Vec::new();
    asking.snapshot.hop(symbol, direction, |other, kind, tier| {
        if kinds.contains(&kind) && tier <= asking.options.tier && other != symbol {
            found.push(other);
        }
    });
    found.sort_unstable();
    found.dedup();
    found
}

/// `method of Ledger, 12 lines, called by 3 functions, calls 5, answers POST /api/…`.
fn summary(asking: &Asking<'_>, symbol: SymbolId) -> String {
    let snapshot = asking.snapshot;
    let kind = snapshot.kind(symbol);
    let mut parts = vec![match snapshot.parent(symbol) {
        Some(parent) if snapshot.kind(parent) != SymbolKind::Module => {
            format!("{} of {}", kind.name(), asking.label(parent))
        }
        _ => kind.name().to_owned(),
    }];
    let (first, _, last) = snapshot.lines(symbol);
    parts.push(counted((last + 1).saturating_sub(first) as usize, "line"));
    let relatives = [
        (Direction::Out, EdgeKind::Inherits, "extends"),
        (Direction::Out, EdgeKind::Implements, "implements"),
        (Direction::In, EdgeKind::Inherits, "extended by"),
        (Direction::In, EdgeKind::Implements, "implemented by"),
    ];
    for (direction, kind, verb) in relatives {
        let others = neighbours(asking, symbol, direction, &[kind]);
        if !others.is_empty() {
            parts.push(format!("{verb} {}", asking.some_names(&others)));
        }
    }
    let users = neighbours(asking, symbol, Direction::In, &USES);
    let users = users.iter().filter(|user| !snapshot.is_test(**user)).count();
    if users > 0 {
        parts.push(format!("used by {}", counted(users, "definition")));
    }
    let calls = neighbours(asking, symbol, Direction::Out, &CALLING);
    if !calls.is_empty() {
        parts.push(format!("calls {}", asking.some_names(&calls)));
    }
    let mut keys: Vec<String> = snapshot
        .edges(symbol, Direction::In)
        .iter()
        .filter(|edge| edge.kind == EdgeKind::Reaches)
        .filter_map(shown_key)
        .collect();
    keys.sort();
    keys.dedup();
    if !keys.is_empty() {
        parts.push(format!("answers {}", crate::asking::listed(&keys, 3)));
    }
    parts.join(", ")
}

/// What a type, module or table holds.
fn inside(asking: &Asking<'_>, symbol: SymbolId) -> Option<String> {
    let snapshot = asking.snapshot;
    if snapshot.kind(symbol).is_callable() {
        return None;
    }
    let mut kinds: BTreeMap<&str, Vec<SymbolId>> = BTreeMap::new();
    for child in snapshot.children(symbol) {
        kinds.entry(snapshot.kind(child).name()).or_default().push(child);
    }
    let parts: Vec<String> = kinds
        .iter()
        .map(|(kind, members)| {
            let names: Vec<String> =
                members.iter().map(|member| snapshot.name(*member).to_owned()).collect();
            format!("{} ({})", counted(members.len(), kind), crate::asking::listed(&names, 8))
        })
        .collect();
    (!parts.is_empty()).then(|| format!("Has {}", parts.join(" · ")))
}

/// What it reads and writes.
fn values(asking: &Asking<'_>, symbol: SymbolId) -> Vec<String> {
    let mut out = Vec::new();
    for (kind, verb) in [(EdgeKind::Writes, "Writes"), (EdgeKind::Reads, "Reads")] {
        let mut values = neighbours(asking, symbol, Direction::Out, &[kind]);
        values.retain(|value| asking.snapshot.parent(*value) != Some(symbol));
        if !values.is_empty() {
            out.push(format!("{verb} {}", asking.some_names(&values)));
        }
    }
    out
}

fn tests(asking: &Asking<'_>, findings: &mut Findings, resolved: &Resolved, symbol: SymbolId) {
    let step = Step::one(&CALLING, Way::In, Tier::Likely.min(asking.options.tier))
        .up_to(asking.hops())
        .through_dispatch();
    let plan = Plan::named(&resolved.text, &[symbol]).step(step).tagged(Tag::Test);
    let rows = findings.run(asking, &plan);
    let mut roles = TestRoles::new(asking);
    let tests = rows.rows.iter().filter(|row| roles.of(row.symbol) == Some(Role::Test)).count();
    if tests > 0 {
        findings.notes.push(format!("{} it", counted_does(tests, "test", "reach")));
    }
}

fn first_paragraph(doc: &str) -> String {
    let paragraph = doc.trim().split("\n\n").next().unwrap_or_default();
    let text = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(DOC) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
