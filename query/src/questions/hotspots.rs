//! "Hotspots", "most used functions": what most other functions depend on.
//!
//! A function counts every definition that calls it, once, and a type every one that makes it, has it
//! as a type or extends it; tests do not count.

use super::{Findings, Question};
use crate::answer::Answer;
use crate::asking::{Asking, counted};
use crate::plan::{Plan, Tag};
use crate::rank::{Draft, Role, Spot};
use crate::understand::intent::{Pattern, sure};
use crate::understand::{Reading, Unknown};
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::Direction;
use qf_graph::{EdgeKind, SymbolId};

/// See the module.
pub struct Hotspots;

const LIMIT: usize = 15;

impl Question for Hotspots {
    fn intent(&self) -> &'static str {
        "hotspots"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure("hotspots|hubs"),
            sure(
                "most called|used|important|central|referenced|depended functions|methods|types|classes|symbols|code|on?",
            ),
            sure("functions|methods|types|classes|symbols called|used most often?"),
            sure("what|which functions|code|types is|are called|used most often?"),
            sure("core|central functions|types|symbols"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, _: &Reading) -> Result<Answer, Unknown> {
        let snapshot = asking.snapshot;
        let mut findings = Findings::new("what most other functions depend on");
        let kinds: Vec<SymbolKind> = SymbolKind::ALL
            .into_iter()
            .filter(|kind| kind.is_callable() || kind.is_type())
            .collect();
        let all = findings.run(asking, &Plan::All(kinds).tagged(Tag::NotTest)).symbols();
        let mut used: Vec<(usize, SymbolId)> = Vec::new();
        for symbol in all {
            if !asking.wants_file(snapshot.file(symbol)) {
                continue;
            }
            let mut users = Vec::new();
            snapshot.hop(symbol, Direction::In, |other, kind, tier| {
                let uses = matches!(
                    kind,
                    EdgeKind::Calls
                        | EdgeKind::Invokes
                        | EdgeKind::Reaches
                        | EdgeKind::Instantiates
                        | EdgeKind::TypeOf
                        | EdgeKind::Inherits
                        | EdgeKind::Implements
                );
                if uses && tier <= asking.options.tier && other != symbol {
                    users.push(other);
                }
            });
            users.sort_unstable();
            users.dedup();
            users.retain(|user| !snapshot.is_test(*user));
            if users.len() > 1 {
                used.push((users.len(), symbol));
            }
        }
        used.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let limit = asking.options.most(LIMIT);
        *findings.uncounted.entry(Role::Match).or_default() += used.len().saturating_sub(limit);
        let most = used.first().map_or(1, |(count, _)| *count) as f32;
        for (count, symbol) in used.into_iter().take(limit) {
            let mut draft = Draft::new(symbol, Role::Match);
            draft.score = count as f32 / most;
            draft.header = true;
            draft.lines.push(Spot::line(snapshot.file(symbol), snapshot.lines(symbol).1));
            draft.why = format!("used by {}", counted(count, "definition"));
            findings.drafts.push(draft);
        }
        Ok(findings.answer(asking, LIMIT))
    }
}
