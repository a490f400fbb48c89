//! Plans that the caller wrote (`qf query`): no words to understand, the rows are the answer.

use super::Findings;
use super::reach::Chains;
use crate::answer::Answer;
use crate::asking::Asking;
use crate::plan::text::{Names, PlanError, parse};
use crate::plan::{Order, Plan, Step};
use crate::rank::{Draft, Role, Spot};
use crate::sparql::terms;
use crate::understand::mentions::{Want, resolve};
use oxigraph::model::NamedNode;
use qf_graph::SymbolId;

/// Items listed when no number is asked for.
const LIMIT: usize = 50;

/// What the names of a plan's text mean: as in questions.
struct Meanings<'a, 's>(&'a Asking<'s>);

impl Names for Meanings<'_, '_> {
    fn named(&self, name: &str) -> Result<Vec<SymbolId>, String> {
        resolve(self.0, name, Want::Any).map(|resolved| resolved.symbols).map_err(|unknown| {
            let near: Vec<&str> =
                unknown.nearest.iter().take(3).map(|place| place.name.as_str()).collect();
            match near.as_slice() {
                [] => format!("nothing is named `{name}`"),
                near => format!("nothing is named `{name}`; near it: {};", near.join(", ")),
            }
        })
    }

    fn iri(&self, iri: &str) -> Option<SymbolId> {
        let term = NamedNode::new(iri).ok()?.into();
        match terms::node(self.0.snapshot, term) {
            terms::Node::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }
}

/// The rows of a plan's text.
pub fn answer(asking: &mut Asking<'_>, text: &str) -> Result<Answer, PlanError> {
    asking.intent = "query";
    let asking = &*asking;
    let plan = parse(text, &Meanings(asking))?;
    let mut findings = Findings::new("a plan of the algebra");
    let rows = findings.run(asking, &plan);
    findings.groups.clone_from(&rows.groups);
    if let (Some(step), false) = (last_step(&plan), rows.paths.is_empty()) {
        let mut chains = Chains::new(asking, &rows, step);
        findings.drafts = rows.rows.iter().map(|row| chains.draft(*row, Role::Path)).collect();
    } else {
        let step = last_step(&plan);
        let mut chains = step.map(|step| Chains::new(asking, &rows, step));
        let count = rows.rows.len().max(1) as f32;
        for (at, row) in rows.rows.iter().enumerate() {
            let mut draft = match &mut chains {
                Some(chains) if row.via.is_some() => chains.draft(*row, Role::Match),
                _ => Draft::new(row.symbol, Role::Match),
            };
            if draft.lines.is_empty() {
                let file = asking.snapshot.file(row.symbol);
                draft.header = true;
                draft.lines.push(Spot::line(file, asking.snapshot.lines(row.symbol).1));
            }
            if is_ordered(&plan) {
                // The plan's own order is kept.
                draft.score = 1.0 - at as f32 / count;
                draft.hops = 0;
            }
            findings.drafts.push(draft);
        }
    }
    findings.tell_cut(last_step(&plan).map_or(1, |step| step.hops), &rows);
    Ok(findings.answer(asking, LIMIT))
}

/// The step that gave a plan's rows their ways, where only narrowing came after it.
fn last_step(plan: &Plan) -> Option<&Step> {
    match plan {
        Plan::Step { step, .. } | Plan::Paths { step, .. } => Some(step),
        Plan::In { input, .. }
        | Plan::Keep { input, .. }
        | Plan::Rank(input, _)
        | Plan::Top(input, _)
        | Plan::GroupBy(input, _)
        | Plan::Both(input, _)
        | Plan::Without(input, _)
        | Plan::Owned { members: input, .. } => last_step(input),
        Plan::Named { .. } | Plan::Search { .. } | Plan::All(_) | Plan::Union(_) => None,
    }
}

fn is_ordered(plan: &Plan) -> bool {
    match plan {
        Plan::Search { .. } | Plan::Rank(_, Order::Place | Order::Score) => true,
        Plan::Top(input, _)
        | Plan::In { input, .. }
        | Plan::Keep { input, .. }
        | Plan::Both(input, _)
        | Plan::Without(input, _) => is_ordered(input),
        _ => false,
    }
}
