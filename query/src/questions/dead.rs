//! "Dead code", "unused functions": functions that nothing in the index uses, each with what may
//! still use it.
//!
//! That nothing uses a function is only as sure as the graph: what is exported, decorated, named by
//! convention or overrides something may be called from outside or by a framework. So such functions
//! are listed after those for which nothing speaks, and say why they may live.

use super::reach::CALLING;
use super::{Findings, Question};
use crate::answer::Answer;
use crate::asking::Asking;
use crate::plan::{Plan, Tag};
use crate::rank::{Draft, Role, Spot};
use crate::understand::intent::{Pattern, sure};
use crate::understand::{Reading, Unknown};
use qf_graph::facts::{self, DefinitionFlags, SymbolKind};
use qf_graph::snapshot::Direction;
use qf_graph::{EdgeKind, FileId, SymbolId};
use std::collections::BTreeSet;

/// See the module.
pub struct Dead;

const LIMIT: usize = 30;

impl Question for Dead {
    fn intent(&self) -> &'static str {
        "dead"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure("dead|unused|unreachable|orphaned code|functions|methods|symbols"),
            sure("are there any? dead|unused|unreachable|orphaned code|functions|methods|symbols"),
            sure("@agent is|are never|not called|used|invoked anywhere?"),
            sure("functions|methods|code is|are? never|not called|used|invoked"),
            sure("functions|methods|code nobody|nothing calls|uses"),
            sure(
                "what|which functions|methods|code can be? i|we? deleted|removed|delete|remove safely?",
            ),
            sure("what can be? i|we? safely deleted|removed|delete|remove"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, _: &Reading) -> Result<Answer, Unknown> {
        let snapshot = asking.snapshot;
        let mut findings = Findings::new("functions that nothing indexed uses");
        let kinds = [SymbolKind::Function, SymbolKind::Method, SymbolKind::Macro];
        let all = findings.run(asking, &Plan::All(kinds.to_vec()).tagged(Tag::NotTest)).symbols();
        let unused = snapshot.cached(|| Unused(unused(asking, &all)));
        for (symbol, reasons) in &unused.0 {
            let symbol = *symbol;
            let file = snapshot.file(symbol);
            if !asking.wants_file(file) {
                continue;
            }
            let mut draft =
                Draft::new(symbol, if reasons.is_empty() { Role::Direct } else { Role::Match });
            draft.score = 1.0 / (1.0 + reasons.len() as f32);
            draft.header = true;
            draft.lines.push(Spot::line(file, snapshot.lines(symbol).1));
            draft.why = match reasons.as_slice() {
                [] => "nothing uses it".to_owned(),
                reasons => format!("may live: {}", reasons.join(", ")),
            };
            findings.drafts.push(draft);
        }
        findings.notes.push(
            "What nothing uses stands first; matches may be used from outside, by a framework, or in \
             a way that was not resolved".to_owned(),
        );
        Ok(findings.answer(asking, LIMIT))
    }
}

/// Functions that nothing uses, each with the reasons why it may live all the same; they do not depend
/// on what else is asked for, so a snapshot's are found once.
struct Unused(Vec<(SymbolId, Vec<String>)>);

fn unused(asking: &Asking<'_>, all: &[SymbolId]) -> Vec<(SymbolId, Vec<String>)> {
    let snapshot = asking.snapshot;
    let keyed: BTreeSet<SymbolId> =
        snapshot.keys().iter().filter(|key| key.provides).map(|key| key.symbol).collect();
    let unbound = snapshot.unresolved_counts(facts::Role::Call);
    let mut lines = Lines { file: None, starts: Vec::new() };
    let mut out = Vec::new();
    for symbol in all.iter().copied() {
        let name = snapshot.name(symbol);
        let entry = name == "main" || name.starts_with("__") || keyed.contains(&symbol);
        if entry
            || snapshot.flags(symbol).contains(DefinitionFlags::IMPLICIT)
            || is_used(asking, symbol)
            || snapshot.is_example_file(snapshot.file(symbol))
        {
            continue;
        }
        let unbound = unbound.get(name).copied().unwrap_or(0);
        out.push((symbol, reasons(asking, &mut lines, symbol, unbound)));
    }
    out
}

/// Where the lines of the last file begin: functions come file by file.
struct Lines {
    file: Option<FileId>,
    starts: Vec<usize>,
}

/// Whether anything but itself uses a function, tests included.
fn is_used(asking: &Asking<'_>, symbol: SymbolId) -> bool {
    let mut used = false;
    asking.snapshot.hop(symbol, Direction::In, |other, kind, _| {
        let uses = CALLING.contains(&kind)
            || matches!(
                kind,
                EdgeKind::References | EdgeKind::Reads | EdgeKind::Writes | EdgeKind::Tests
            );
        used |= uses && other != symbol;
    });
    used
}

/// Why a function that nothing uses may still be live.
fn reasons(
    asking: &Asking<'_>,
    lines: &mut Lines,
    symbol: SymbolId,
    unbound: usize,
) -> Vec<String> {
    let snapshot = asking.snapshot;
    let flags = snapshot.flags(symbol);
    let mut reasons = Vec::new();
    let mut overrides = false;
    snapshot.hop(symbol, Direction::Out, |_, kind, _| {
        overrides |= matches!(kind, EdgeKind::Overrides | EdgeKind::Implements);
    });
    if overrides {
        reasons.push("it overrides something that is called".to_owned());
    }
    if flags.contains(DefinitionFlags::EXPORTED) {
        reasons.push("it is visible outside".to_owned());
    }
    if flags.contains(DefinitionFlags::ABSTRACT) {
        reasons.push("it is only declared".to_owned());
    }
    if is_decorated(asking, lines, symbol) {
        reasons.push("it is decorated".to_owned());
    }
    if snapshot.parent(symbol).is_some_and(|parent| snapshot.kind(parent).is_callable()) {
        reasons.push("the function around it may hand it out".to_owned());
    }
    if unbound > 0 {
        let calls = if unbound == 1 { "call" } else { "calls" };
        reasons.push(format!("{unbound} {calls} of that name could not be bound"));
    }
    if reasons.is_empty()
        && let Some(place) = named_elsewhere(asking, symbol)
    {
        reasons.push(format!("its name stands in {place}"));
    }
    reasons
}

/// Whether an annotation, attribute or decorator stands before a function.
fn is_decorated(asking: &Asking<'_>, lines: &mut Lines, symbol: SymbolId) -> bool {
    let snapshot = asking.snapshot;
    let file = snapshot.file(symbol);
    let (first, named, _) = snapshot.lines(symbol);
    let text = snapshot.text(file);
    if lines.file != Some(file) {
        lines.file = Some(file);
        lines.starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|it| it.0 + 1)).collect();
    }
    let mark = |line: u32| {
        let start = lines.starts.get(line as usize - 1).copied().unwrap_or(text.len());
        let rest = text[start..].trim_start_matches([' ', '\t']);
        rest.starts_with('@') || rest.starts_with("#[") || rest.starts_with('[')
    };
    (first.saturating_sub(1).max(1)..=named).any(mark)
}

/// Files in which a name is looked for.
const FILES: usize = 20;

/// Where a name stands outside the definition of that name.
fn named_elsewhere(asking: &Asking<'_>, symbol: SymbolId) -> Option<String> {
    let snapshot = asking.snapshot;
    let name = snapshot.name(symbol);
    let (own, (first, _, last)) = (snapshot.file(symbol), snapshot.lines(symbol));
    // The index knows words by their stems: the text decides.
    let has = |file: FileId| snapshot.text(file).lines().any(|line| has_word(line, name));
    let others = snapshot.files_with(name).into_iter().filter(|file| *file != own);
    if let Some(other) = others.take(FILES).find(|file| has(*file)) {
        return Some(snapshot.display_path(other));
    }
    let text = snapshot.text(own);
    let mut lines = text.lines().zip(1..);
    let outside =
        |(line, number): (&str, u32)| (number < first || number > last) && has_word(line, name);
    let (_, number) = lines.find(|it| outside(*it))?;
    Some(format!("{}:{number}", snapshot.display_path(own)))
}

fn has_word(line: &str, name: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        !line[..at].ends_with(letter) && !line[at + name.len()..].starts_with(letter)
    })
}
