//! Several plans at once: which wait for which, and what each came to.

use super::{Begun, as_json, reach};
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use qf_agent::orchestrate::{Beside, Wait, order, run_all};
use qf_agent::overlay::Overlay;
use qf_agent::plan::Isolation;
use qf_agent::run::{self, finish_leftover, lock_tree};
use qf_graph::Snapshot;
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

/// What one of several plans came to; none when it was not begun.
type CameTo = Option<Result<run::Outcome, CommandError>>;

/// Carries them out.
pub(super) fn run(
    context: &mut Context,
    begun: &[Begun],
    jobs: Option<usize>,
    json: bool,
    stop: &Arc<AtomicBool>,
) -> Result<Outcome, CommandError> {
    for (at, one) in begun.iter().enumerate() {
        if begun[..at].iter().any(|other| other.id == one.id) {
            return Err(CommandError::input(format!("{} is given twice", one.id)));
        }
    }
    let waits = waits(context, begun)?;
    for (one, waits) in begun.iter().zip(&waits) {
        for wait in waits {
            let before = &begun[wait.plan].id;
            context.messages.say(format_args!("{} waits for {before}: {}", one.id, wait.why));
        }
    }
    // Held until the end: one for each tree.
    let mut trees = BTreeMap::new();
    for one in begun {
        let checkpoints = one.checkpoints(&context.home)?;
        let tree = checkpoints.tree().to_owned();
        if let Entry::Vacant(place) = trees.entry(tree) {
            let lock = lock_tree(&checkpoints)?;
            finish_leftover(&checkpoints)?;
            place.insert((lock, Beside::default()));
        }
    }
    let most = jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let came_to: Vec<Mutex<CameTo>> = begun.iter().map(|_| Mutex::new(None)).collect();
    let (home, messages) = (&context.home, context.messages);
    let one = |at: usize| {
        let plan: &Begun = &begun[at];
        let tree = plan.plan.header.tree.canonicalize().unwrap_or_default();
        let beside = trees.get(&tree).map(|(_, beside)| beside);
        let outcome = plan.carry_out(home, messages, stop, beside);
        let right = matches!(outcome, Ok(run::Outcome::Done));
        *came_to[at].lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        right
    };
    run_all(&waits, most, &one);
    let came_to =
        came_to.into_iter().map(|one| one.into_inner().unwrap_or_else(PoisonError::into_inner));
    told(context, begun, came_to.collect(), json)
}

/// For each plan, those before it that it waits for: by what they reach, and because of a tree over
/// which there cannot be several layers.
fn waits(context: &Context, begun: &[Begun]) -> Result<Vec<Vec<Wait>>, CommandError> {
    let snapshot = Snapshot::open(&context.home).ok();
    let mut reaches = Vec::new();
    for one in begun {
        let mut reach = reach::of(snapshot.as_ref(), &one.plan);
        if snapshot.is_none() {
            reach.unknown = Some("nothing is indexed, so nobody knows what they reach".to_owned());
        }
        let checkpoints = one.checkpoints(&context.home)?;
        let overlay = Overlay::new(checkpoints.tree(), &one.folder.join("overlay-probe"));
        if one.plan.header.isolation == Isolation::Checkpoint {
            reach.unknown = Some(format!("{} works in the tree itself", one.id));
        } else if let Err(reason) = overlay.try_out() {
            reach.unknown = Some(format!("{} works in the tree itself: {reason}", one.id));
        }
        reaches.push(reach);
    }
    Ok(order(&reaches))
}

/// Says what each came to.
fn told(
    context: &mut Context,
    begun: &[Begun],
    came_to: Vec<CameTo>,
    json: bool,
) -> Result<Outcome, CommandError> {
    let mut all = Outcome::Done;
    let mut values = Vec::new();
    for (one, outcome) in begun.iter().zip(came_to) {
        let id = &one.id;
        match outcome {
            None => {
                all = Outcome::Partial;
                values.push(json!({ "plan": id, "outcome": "not begun" }));
                context.messages.warning(format_args!(
                    "{id} was not begun: it waits for one that was not carried out"
                ));
            }
            Some(Err(error)) => {
                all = Outcome::Partial;
                values.push(json!({ "plan": id, "outcome": "error", "reason": error.message }));
                context.messages.error(format_args!("{id}: {}", error.message));
                for hint in &error.hints {
                    context.messages.hint(hint);
                }
            }
            Some(Ok(outcome)) => {
                values.push(as_json(id, &outcome));
                if super::tell_end(context, id, &outcome, json)? != Outcome::Done {
                    all = Outcome::Partial;
                }
            }
        }
    }
    if json {
        context.out.json(&values)?;
    }
    Ok(all)
}
