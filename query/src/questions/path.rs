//! "How does `refund_order` reach `User.balance`?": the shortest way, with the line of every step.

use super::reach;
use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::{Asking, counted};
use crate::plan::{Plan, Step, Way};
use crate::rank::{self, Draft, Role, Spot};
use crate::understand::intent::{Pattern, sure};
use crate::understand::{Reading, Resolved, Unknown, Want};
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::Direction;
use qf_graph::{EdgeKind, SymbolId, Tier};

/// See the module.
pub struct Path;

const KINDS: [EdgeKind; 6] = [
    EdgeKind::Calls,
    EdgeKind::Invokes,
    EdgeKind::Reaches,
    EdgeKind::Instantiates,
    EdgeKind::Writes,
    EdgeKind::References,
];

impl Question for Path {
    fn intent(&self) -> &'static str {
        "path"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure("path|paths|route|chain|way|connection|flow|trace from * to **"),
            sure("shortest path|chain|way from * to **"),
            sure("call path|paths|chain|flow|stack from * to **"),
            sure("call? path|paths|chain|connection|link|relation between * and **"),
            sure(
                "how does|do|can|could|would|did * reach|call|invoke|trigger|affect|update|change|write|modify|touch **",
            ),
            sure("how does|do|can|could * get|lead|connect|flow|go to **"),
            sure("how is|are * connected|related|linked to|with **"),
            sure("how is|are * reached|called|invoked from|by **"),
            sure("how are * and ** connected|related|linked"),
            sure("is|are * connected|related|linked to|with **"),
            sure("does|do|can * ever? reach|call|invoke|trigger|touch **"),
            sure("why does|do * call|reach|depend on? **"),
            sure("from * to **"),
            sure("trace * to **"),
            sure("is there a|any? way|path|route|chain|connection from|between * to|and **"),
            sure(
                "how would|does|do|can|could|will a|the? request|call|message|data|control? get|go|come|travel|flow from * to **",
            ),
            sure("can|could one|you|we|i? get|go from * to **"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let from = subject(asking, reading, 0, Want::Callable)?;
        let to = subject(asking, reading, 1, Want::Any)?;
        let names = (asking.some_names(&from.symbols), asking.some_names(&to.symbols));
        let several = |names: &str| names.contains(" and ");
        let (from_many, to_many) = (several(&names.0), several(&names.1));
        let reaches = |many: bool| if many { "reach" } else { "reaches" };
        let mut findings =
            Findings::new(format!("how {} {} {}", names.0, reaches(from_many), names.1));
        findings.about(asking, &from);
        findings.about(asking, &to);
        let (from, to) = (ends(asking, &from, true), ends(asking, &to, false));
        let step = Step::one(&KINDS, Way::Out, asking.options.tier)
            .up_to(asking.hops())
            .through_dispatch();
        let paths = |from: &[SymbolId], to: &[SymbolId]| Plan::Paths {
            from: Box::new(Plan::named(&names.0, from)),
            to: Box::new(Plan::named(&names.1, to)),
            step: step.clone(),
        };
        let mut found = findings.run(asking, &paths(&from, &to));
        if found.paths.is_empty() {
            let back = findings.run(asking, &paths(&to, &from));
            if !back.paths.is_empty() {
                findings.reading = format!("how {} {} {}", names.1, reaches(to_many), names.0);
                findings.notes.push(format!(
                    "{} {} not reach {}; this is the way back",
                    names.0,
                    if from_many { "do" } else { "does" },
                    names.1
                ));
            }
            found = back;
        }
        let Some(path) = found.paths.first() else {
            let within = asking.options.hops.map_or_else(String::new, |hops| {
                format!(" within {}", counted(hops as usize, "hop"))
            });
            findings.notes.push(format!(
                "{} {} not reach {}{within}, nor the other way round",
                names.0,
                if from_many { "do" } else { "does" },
                names.1,
            ));
            return Ok(findings.answer(asking, usize::MAX));
        };
        if found.paths.len() > 1 {
            let others = counted(found.paths.len() - 1, "other end");
            findings.notes.push(format!("{others} of that name reached in as many hops"));
        }
        findings.drafts = drafts(asking, path, &step);
        Ok(findings.answer(asking, usize::MAX))
    }
}

/// What a name stands for at an end of a path: of a type its members (leaving) or constructors
/// (arriving), of a field whoever writes it.
fn ends(asking: &Asking<'_>, resolved: &Resolved, leaving: bool) -> Vec<SymbolId> {
    let mut out = resolved.symbols.clone();
    for symbol in &resolved.symbols {
        if asking.snapshot.kind(*symbol).is_type() {
            out.extend(asking.snapshot.children(*symbol).filter(|child| {
                let kind = asking.snapshot.kind(*child);
                kind.is_callable() && (leaving || kind == SymbolKind::Constructor)
            }));
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

fn drafts(asking: &Asking<'_>, path: &[SymbolId], step: &Step) -> Vec<Draft> {
    let snapshot = asking.snapshot;
    let mut out = Vec::new();
    let mut weakest = Tier::Compiler;
    for (index, symbol) in path.iter().enumerate() {
        let mut draft = Draft::new(*symbol, Role::Path);
        draft.hops = index as u32;
        draft.path = path[index..].to_vec();
        if let Some(next) = path.get(index + 1) {
            let (hop, through) = leg(asking, *symbol, *next, step);
            let label = asking.label(*next);
            let key = hop.as_ref().and_then(|hop| hop.key.clone());
            draft.why = match (through, key) {
                (Some(base), _) => format!("→ {} → {label}", asking.label(base)),
                (None, Some(key)) => format!("→ {key} → {label}"),
                (None, None) => format!("→ {label}"),
            };
            if let Some(hop) = hop {
                weakest = weakest.max(hop.tier);
                draft.tier = Some(hop.tier);
                draft.steps.push(hop.leg(through.unwrap_or(*next)));
                draft.lines = hop.lines;
            }
        } else {
            "the end".clone_into(&mut draft.why);
            draft.header = true;
            draft.lines.push(Spot::line(snapshot.file(*symbol), snapshot.lines(*symbol).1));
        }
        out.push(draft);
    }
    for draft in &mut out {
        draft.score = rank::belief(weakest);
    }
    out
}

/// One step of a path: a plain edge, or through a bodiless member that the next one overrides.
fn leg(
    asking: &Asking<'_>,
    from: SymbolId,
    to: SymbolId,
    step: &Step,
) -> (Option<reach::Hop>, Option<SymbolId>) {
    if let Some(hop) = reach::hop_between(asking, from, to, step, false) {
        return (Some(hop), None);
    }
    let mut bases = Vec::new();
    asking.snapshot.hop(to, Direction::Out, |base, kind, _| {
        if kind == EdgeKind::Overrides {
            bases.push(base);
        }
    });
    bases
        .into_iter()
        .find_map(|base| {
            let hop = reach::hop_between(asking, from, base, step, true)?;
            Some((Some(hop), Some(base)))
        })
        .unwrap_or((None, None))
}
