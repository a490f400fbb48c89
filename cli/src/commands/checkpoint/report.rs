//! What `qf checkpoint` prints, as text and as JSON.

use super::count;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::{age, bytes, plural};
use crate::output::table::Table;
use qf_agent::checkpoint::plan::Reason;
use qf_agent::checkpoint::record::{Change, Ended, MESSAGE, Purpose, Record, Side};
use qf_agent::checkpoint::restore::Restored;
use qf_agent::checkpoint::tree::entry::{Kind, Left};
use qf_agent::checkpoint::tree::shown;
use qf_agent::checkpoint::{Checkpoints, Freed};
use serde_json::{Value, json};
use std::time::Duration;

type Printed = Result<Outcome, CommandError>;

/// Seconds since 1970 of a record's time.
fn seconds(nanoseconds: i64) -> u64 {
    (nanoseconds / 1_000_000_000).max(0) as u64
}

fn why_left(why: Left) -> &'static str {
    match why {
        Left::Large => "ignored and large",
        Left::Many => "ignored, and more than is kept of such files",
        Left::Unreadable => "it cannot be read",
    }
}

fn why_kept(reason: Reason) -> &'static str {
    match reason {
        Reason::Changed => "changed since",
        Reason::NotEmpty => "has files that were made since",
        Reason::NotKept => "its bytes were not kept",
        Reason::OtherRepository => "a repository in which something changed since",
        Reason::Denied => "it cannot be written",
    }
}

/// What became of a path, in one word.
fn word(change: &Change) -> &'static str {
    match (&change.before, &change.after) {
        (None, _) => "created",
        (_, None) => "deleted",
        (Some(before), Some(after)) => {
            let (before, after) = (&before.entry, &after.entry);
            if before.kind == after.kind && before.same(after) {
                "touched"
            } else if before.kind == after.kind {
                "rights"
            } else {
                "changed"
            }
        }
    }
}

/// Whether people want to read of it: a folder in which something changed shows that by itself.
fn is_told(change: &Change) -> bool {
    let folder = |side: &Option<Side>| side.as_ref().is_none_or(|side| side.entry.is_folder());
    !(word(change) == "touched" && folder(&change.before) && folder(&change.after))
}

fn change_json(change: &Change) -> Value {
    let side = |side: &Option<Side>| {
        side.as_ref().map(|side| {
            let kind = match &side.entry.kind {
                Kind::File { .. } | Kind::Left { .. } => "file",
                Kind::Symlink(_) => "symlink",
                Kind::Folder => "folder",
                Kind::Pipe => "pipe",
                Kind::Special => "special",
            };
            let size = match side.entry.kind {
                Kind::File { size, .. } | Kind::Left { size, .. } => Some(size),
                _ => None,
            };
            json!({ "kind": kind, "mode": format!("{:04o}", side.entry.mode), "size": size })
        })
    };
    json!({
        "path": shown(&change.path),
        "what": word(change),
        "before": side(&change.before),
        "after": side(&change.after),
    })
}

fn record_json(record: &Record) -> Value {
    let names = |paths: &[Vec<u8>]| paths.iter().map(|path| shown(path)).collect::<Vec<_>>();
    let (kind, of) = match &record.purpose {
        Purpose::Checkpoint => ("checkpoint", None),
        Purpose::Undo(of) => ("restore", Some(of)),
        Purpose::Landed(of) => ("landing", Some(of)),
    };
    json!({
        "id": record.id,
        "kind": kind,
        "restored": of,
        "created": seconds(record.created),
        "label": record.label,
        "head": record.head,
        "files": record.files,
        "stash": record.stash.map(|oid| oid.to_string()),
        "ended": record.phase.as_ref().map(|phase| seconds(phase.ended)),
        "changed": record.phase.as_ref().map(|phase| phase.changes.iter().filter(|c| is_told(c)).count()),
        "not_kept": record.left.iter().map(|(path, why)| json!({ "path": shown(path), "why": why_left(*why) })).collect::<Vec<_>>(),
        "skipped": names(&record.skipped),
        "unlisted": names(&record.unlisted),
        "secrets": names(&record.secrets),
    })
}

/// A checkpoint was taken.
pub fn created(context: &mut Context, record: &Record, took: Duration, as_json: bool) -> Printed {
    let partial =
        !record.unlisted.is_empty() || record.left.iter().any(|(_, why)| *why == Left::Unreadable);
    if as_json {
        let mut value = record_json(record);
        value["version"] = json!(1);
        value["milliseconds"] = json!(took.as_millis() as u64);
        context.out.json(&value)?;
    } else {
        context.out.line(format_args!(
            "{MESSAGE}{}   {} · {} · {:.1} s",
            record.id,
            record.head,
            plural(record.files, "file"),
            took.as_secs_f64()
        ))?;
        contents(context, record)?;
        context.out.line(format_args!("back to it: qf checkpoint restore {}", record.id))?;
    }
    Ok(if partial { Outcome::Partial } else { Outcome::Done })
}

/// What is not in a checkpoint, or not where plain git sees it.
fn contents(context: &mut Context, record: &Record) -> Result<(), CommandError> {
    let some = |paths: Vec<String>| {
        let more = paths.len().saturating_sub(3);
        let mut text = paths.into_iter().take(3).collect::<Vec<_>>().join(", ");
        if more > 0 {
            text += &format!(" and {more} more");
        }
        text
    };
    let names = |paths: &[Vec<u8>]| some(paths.iter().map(|path| shown(path)).collect());
    if !record.secrets.is_empty() {
        context.out.line(format_args!(
            "kept apart from git, since they look like secrets: {}",
            names(&record.secrets)
        ))?;
    }
    if !record.skipped.is_empty() {
        context.out.line(format_args!(
            "not in it, since they are ignored and made again: {}",
            names(&record.skipped)
        ))?;
    }
    for why in [Left::Large, Left::Many, Left::Unreadable] {
        let paths: Vec<String> = record
            .left
            .iter()
            .filter(|(_, other)| *other == why)
            .map(|(path, _)| shown(path))
            .collect();
        if !paths.is_empty() {
            let line = format!("not in it ({}): {}", why_left(why), some(paths));
            if why == Left::Unreadable {
                context.messages.warning(line);
            } else {
                context.out.line(line)?;
            }
        }
    }
    if !record.unlisted.is_empty() {
        context.messages.warning(format_args!(
            "not in it (they cannot be listed): {}",
            names(&record.unlisted)
        ));
    }
    Ok(())
}

/// The work after a checkpoint is over.
pub fn ended(context: &mut Context, record: &Record, as_json: bool) -> Printed {
    let changed = record.phase.as_ref().map_or(&[][..], |phase| &phase.changes);
    if as_json {
        let mut value = record_json(record);
        value["version"] = json!(1);
        value["changes"] = changed.iter().filter(|c| is_told(c)).map(change_json).collect();
        context.out.json(&value)?;
        return Ok(Outcome::Done);
    }
    let told = changed.iter().filter(|change| is_told(change)).count();
    context.out.line(format_args!("{MESSAGE}{}   {}", record.id, count(told, "change")))?;
    Ok(Outcome::Done)
}

/// All checkpoints of a work tree, the newest first.
pub fn list(context: &mut Context, checkpoints: &Checkpoints, as_json: bool) -> Printed {
    let records = checkpoints.list()?;
    let damaged = checkpoints.damaged()?;
    for (id, error) in &damaged {
        context.messages.warning(format_args!("{error}; `qf checkpoint drop {id}` forgets it"));
    }
    let outcome = |any: bool| {
        if damaged.is_empty() { Outcome::found(any) } else { Outcome::Partial }
    };
    if as_json {
        context.out.json(&json!({
            "version": 1,
            "tree": checkpoints.tree().display().to_string(),
            "bytes": checkpoints.bytes(),
            "checkpoints": records.iter().rev().map(record_json).collect::<Vec<_>>(),
            "damaged": damaged.iter().map(|(id, _)| id).collect::<Vec<_>>(),
        }))?;
        return Ok(outcome(!records.is_empty()));
    }
    if records.is_empty() {
        context.out.line(format_args!(
            "no checkpoints of {}     qf checkpoint",
            checkpoints.tree().display()
        ))?;
        return Ok(outcome(false));
    }
    let mut table =
        Table::new(&["checkpoint", "age", "<head", "changed", "<after it", "<what for"]);
    for record in records.iter().rev() {
        let told = record
            .phase
            .as_ref()
            .map(|phase| phase.changes.iter().filter(|change| is_told(change)).count());
        let state = match (&record.phase, &record.purpose) {
            (_, Purpose::Undo(of)) => format!("restored {of}"),
            (_, Purpose::Landed(of)) => format!("brought what began with {of} into the tree"),
            (None, _) => "goes on".to_owned(),
            (Some(phase), _) => match phase.why {
                Ended::Said => "ended".to_owned(),
                Ended::Next => "ended by the next".to_owned(),
                Ended::Restored => "ended by a restore".to_owned(),
            },
        };
        table.row(vec![
            record.id.clone(),
            age(seconds(record.created)),
            record.head.clone(),
            told.map_or_else(String::new, |told| told.to_string()),
            state,
            record.label.clone().unwrap_or_default(),
        ]);
    }
    context.out.lines(table.lines(context.out.paint))?;
    context.out.line(format_args!(
        "{} in {}",
        bytes(checkpoints.bytes()),
        checkpoints.folder().display()
    ))?;
    Ok(outcome(true))
}

/// One checkpoint.
pub fn show(context: &mut Context, record: &Record, as_json: bool) -> Printed {
    let changes = record.phase.as_ref().map_or(&[][..], |phase| &phase.changes);
    if as_json {
        let mut value = record_json(record);
        value["version"] = json!(1);
        value["changes"] = changes.iter().filter(|c| is_told(c)).map(change_json).collect();
        context.out.json(&value)?;
        return Ok(Outcome::Done);
    }
    context.out.line(format_args!(
        "{MESSAGE}{}   {} · {} ago{}",
        record.id,
        record.head,
        age(seconds(record.created)),
        record.label.as_ref().map(|label| format!(" · {label}")).unwrap_or_default()
    ))?;
    match &record.purpose {
        Purpose::Undo(of) => context.out.line(format_args!("what restoring {of} did"))?,
        Purpose::Landed(of) => {
            context.out.line(format_args!("what the phase that began with {of} did"))?;
        }
        Purpose::Checkpoint => context.out.line(plural(record.files, "file"))?,
    }
    contents(context, record)?;
    if record.phase.is_none() {
        context.out.line("the work after it goes on     qf checkpoint diff")?;
    } else {
        print_changes(context, changes)?;
    }
    Ok(Outcome::Done)
}

fn print_changes(context: &mut Context, changes: &[Change]) -> Result<usize, CommandError> {
    let told: Vec<&Change> = changes.iter().filter(|change| is_told(change)).collect();
    for change in &told {
        context.out.line(format_args!("  {:<8} {}", word(change), shown(&change.path)))?;
    }
    Ok(told.len())
}

/// What became of paths.
pub fn changes(context: &mut Context, changes: &[Change], as_json: bool) -> Printed {
    let told = changes.iter().filter(|change| is_told(change));
    if as_json {
        let all: Vec<Value> = told.map(change_json).collect();
        context.out.json(&json!({ "version": 1, "changes": all }))?;
        return Ok(Outcome::found(!all.is_empty()));
    }
    let count = print_changes(context, changes)?;
    if count == 0 {
        context.out.line("nothing has changed")?;
    }
    Ok(Outcome::found(count > 0))
}

/// The changed lines of paths.
pub fn patch(context: &mut Context, checkpoints: &Checkpoints, changes: &[Change]) -> Printed {
    let mut any = false;
    for change in changes.iter().filter(|change| is_told(change)) {
        any = true;
        let side = |side: &Option<Side>| match side {
            None => Some(Vec::new()),
            Some(side) => checkpoints.bytes_of(side),
        };
        let path = shown(&change.path);
        let (Some(before), Some(after)) = (side(&change.before), after(checkpoints, change)) else {
            context.out.line(format_args!("{} {path}", word(change)))?;
            continue;
        };
        if before == after || before.contains(&0) || after.contains(&0) {
            context.out.line(format_args!("{} {path}", word(change)))?;
            continue;
        }
        context.out.line(context.out.paint.bold(format_args!("{} {path}", word(change))))?;
        context.out.bytes(&qf_agent::checkpoint::plan::patch(&before, &after))?;
    }
    Ok(Outcome::found(any))
}

/// The bytes after a change: kept, or still in the tree.
fn after(checkpoints: &Checkpoints, change: &Change) -> Option<Vec<u8>> {
    let Some(side) = &change.after else { return Some(Vec::new()) };
    checkpoints.bytes_of(side).or_else(|| {
        side.entry.hash()?;
        std::fs::read(qf_agent::checkpoint::tree::on_disk(checkpoints.tree(), &change.path)).ok()
    })
}

/// What a restore did, or would do.
pub fn restored(context: &mut Context, restored: &Restored, dry: bool, as_json: bool) -> Printed {
    let partial = !restored.conflicts.is_empty();
    let outcome = if partial { Outcome::Partial } else { Outcome::Done };
    let merged = |path: &[u8]| restored.merged.iter().any(|other| other == path);
    if as_json {
        let told = restored.changes.iter().filter(|change| is_told(change));
        context.out.json(&json!({
            "version": 1,
            "restored": restored.id,
            "also": restored.also,
            "dry_run": dry,
            "undo": restored.undo,
            "changes": told.map(change_json).collect::<Vec<_>>(),
            "merged": restored.merged.iter().map(|path| shown(path)).collect::<Vec<_>>(),
            "git": restored.git,
            "kept": restored.conflicts.iter().map(|conflict| {
                json!({ "path": shown(&conflict.path), "why": why_kept(conflict.reason) })
            }).collect::<Vec<_>>(),
        }))?;
        return Ok(outcome);
    }
    let mut did = 0;
    for change in restored.changes.iter().filter(|change| is_told(change)) {
        did += 1;
        let word = match (&change.before, &change.after) {
            _ if merged(&change.path) => "merged",
            (None, _) => "back",
            (_, None) => "removed",
            _ => "restored",
        };
        context.out.line(format_args!("  {word:<8} {}", shown(&change.path)))?;
    }
    for line in &restored.git {
        did += 1;
        context.out.line(format_args!("  {:<8} {line}", "git"))?;
    }
    for conflict in &restored.conflicts {
        let kept = context.out.paint.yellow(format_args!("{:<8}", "kept"));
        context.out.line(format_args!(
            "  {kept} {}   {}",
            shown(&conflict.path),
            why_kept(conflict.reason)
        ))?;
    }
    let also = match restored.also.len() {
        0 => String::new(),
        more => format!(", with what was done after {}", count(more, "later checkpoint")),
    };
    let verb = if dry { "would be undone" } else { "undone" };
    if did == 0 {
        context.out.line("nothing to undo")?;
    } else {
        context.out.line(format_args!("{} {verb}{also}", count(did, "change")))?;
    }
    if let Some(undo) = &restored.undo {
        context.out.line(format_args!("and back: qf checkpoint restore {undo}"))?;
    }
    if partial {
        context.messages.hint(format_args!(
            "{} kept as it is; `--force` undoes it too, and can be undone",
            plural(restored.conflicts.len() as u64, "thing")
        ));
    }
    Ok(outcome)
}

/// What was freed.
pub fn freed(context: &mut Context, freed: Freed, left: u64, as_json: bool) -> Printed {
    if as_json {
        context.out.json(&json!({
            "version": 1,
            "dropped": freed.dropped,
            "freed": freed.bytes,
            "bytes": left,
        }))?;
    } else {
        context.out.line(format_args!(
            "{} forgotten, {} freed, {} left",
            count(freed.dropped, "checkpoint"),
            bytes(freed.bytes),
            bytes(left)
        ))?;
    }
    Ok(Outcome::Done)
}
