//! "Example uses of `WalkBuilder`", "how do I use `Journal.update`?": code that uses it, the most
//! instructive first.
//!
//! Examples are there to be read, then tests, then other code; short functions that use it surely are
//! easier to read than long ones, and one file gives one example before it gives a second.

use super::reach::{CALLING, by_end};
use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::{Asking, counted};
use crate::plan::{Plan, Step, Way};
use crate::rank::{self, Draft, Role};
use crate::understand::intent::{Pattern, maybe, sure};
use crate::understand::{Reading, Unknown, Want};
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::{Direction, Edge};
use qf_graph::{EdgeKind, FileId, SymbolId, Tier};
use std::collections::BTreeMap;

/// See the module.
pub struct Examples;

const LIMIT: usize = 8;

impl Question for Examples {
    fn intent(&self) -> &'static str {
        "examples"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure(
                "example|sample|usage uses|usages|usage|calls|code of|for using|calling|how? to? use|call? *",
            ),
            sure("examples|samples of|for using|calling? *"),
            sure("how do|can|should|would i|we|you|one use|call|instantiate|construct|create *"),
            sure("how to use|call|instantiate|construct *"),
            maybe("how is|are * used|called|instantiated|constructed"),
            sure("example|examples where|that|which * is|are? used|called|use|uses|call|calls?"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let resolved = subject(asking, reading, 0, Want::Any)?;
        let snapshot = asking.snapshot;
        let names = asking.some_names(&resolved.symbols);
        let mut findings = Findings::new(format!("examples of using {names}"));
        findings.about(asking, &resolved);
        let inside = Step::one(&[EdgeKind::Contains], Way::Out, Tier::Maybe);
        // Of a type also what is made of it and called on it.
        let plan = Plan::Union(vec![
            Plan::named(&resolved.text, &resolved.symbols),
            Plan::named(&resolved.text, &resolved.symbols)
                .of_kinds(&[
                    SymbolKind::Class,
                    SymbolKind::Struct,
                    SymbolKind::Interface,
                    SymbolKind::Enum,
                ])
                .step(inside),
        ]);
        let used = findings.run(asking, &plan).symbols();
        let mut kinds = CALLING.to_vec();
        kinds.extend([EdgeKind::References, EdgeKind::Inherits, EdgeKind::Implements]);
        kinds.extend([EdgeKind::Reads, EdgeKind::Writes, EdgeKind::Expands]);
        let mut edges: Vec<Edge<'_>> = Vec::new();
        for symbol in &used {
            edges.extend(snapshot.edges(*symbol, Direction::In).into_iter().filter(|edge| {
                let outside = !within(asking, edge.from, &resolved.symbols);
                kinds.contains(&edge.kind) && edge.tier <= asking.options.tier && outside
            }));
        }
        let mut drafts: Vec<Draft> = by_end(edges, |edge| edge.from)
            .iter()
            .filter(|(symbol, _)| asking.wants_file(snapshot.file(*symbol)))
            .map(|(symbol, edges)| {
                let tier = edges.iter().map(|edge| edge.tier).min().unwrap_or(Tier::Maybe);
                let mut draft = Draft::new(*symbol, Role::Example);
                draft.tier = Some(tier);
                draft.lines = rank::spots(edges);
                draft.score = worth(asking, *symbol, tier, edges.len());
                kind(asking, *symbol).clone_into(&mut draft.why);
                draft
            })
            .collect();
        drafts.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.symbol.cmp(&b.symbol)));
        // One of each file before the second of any.
        let mut seen: BTreeMap<FileId, i32> = BTreeMap::new();
        for draft in &mut drafts {
            let before = seen.entry(snapshot.file(draft.symbol)).or_default();
            draft.score *= 0.6f32.powi((*before).min(30));
            *before += 1;
        }
        findings.notes.push(format!(
            "{} it",
            match drafts.len() {
                1 => "1 definition uses".to_owned(),
                many => format!("{} use", counted(many, "definition")),
            }
        ));
        findings.drafts = drafts;
        Ok(findings.answer(asking, LIMIT))
    }
}

/// Whether a symbol lies in one of these, or is one.
fn within(asking: &Asking<'_>, symbol: SymbolId, owners: &[SymbolId]) -> bool {
    let mut at = Some(symbol);
    while let Some(current) = at {
        if owners.contains(&current) {
            return true;
        }
        at = asking.snapshot.parent(current);
    }
    false
}

fn kind(asking: &Asking<'_>, symbol: SymbolId) -> &'static str {
    let snapshot = asking.snapshot;
    if snapshot.is_example_file(snapshot.file(symbol)) {
        "example"
    } else if snapshot.is_test(symbol) {
        "test"
    } else {
        "code"
    }
}

fn worth(asking: &Asking<'_>, symbol: SymbolId, tier: Tier, uses: usize) -> f32 {
    let (first, _, last) = asking.snapshot.lines(symbol);
    let lines = (last + 1).saturating_sub(first).max(1) as f32;
    let kind = match kind(asking, symbol) {
        "example" => 1.0,
        "test" => 0.85,
        _ => 0.65,
    };
    // Twenty lines are read at a glance; the top of a module or type is no example of its own.
    let size = 1.0 / (1.0 + (lines / 20.0 - 1.0).max(0.0) * 0.25);
    let callable = asking.snapshot.kind(symbol).is_callable();
    let module = if callable { 1.0 } else { 0.5 };
    let more = 1.0 + (uses.min(4) as f32 - 1.0) * 0.05;
    kind * size.max(0.3) * module * more * rank::belief(tier)
}
