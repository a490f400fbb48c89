//! `qf audit`: what was done, and whether the record of it is whole.
//!
//! Records are shown as they are, a line each; what a terminal would take for a command is escaped.
//! Showing does not verify and verifying does not show: who reads a log wants to see also what is
//! damaged, and who has to trust it wants one answer and an exit code.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::Paint;
use crate::output::format::{bytes, count, plural, shorten};
use clap::{Args, Subcommand};
use qf_agent::checkpoint::tree::shown;
use qf_agent::ledger::audit::error::AuditError;
use qf_agent::ledger::audit::export::Export;
use qf_agent::ledger::audit::files::Places;
use qf_agent::ledger::audit::heads::PublicKey;
use qf_agent::ledger::audit::read::{Follow, Snapshot};
use qf_agent::ledger::audit::record::{Actor, ActorKind, Draft, Outcome as Became};
use qf_agent::ledger::audit::verify::{Verified, verify_snapshot};
use qf_agent::ledger::audit::{Audit, public_key, sign};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Arguments of `qf audit`.
#[derive(Debug, Args)]
pub struct AuditArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show what was done
    Show(ShowArguments),
    /// Verify that no record was changed, dropped, moved or made up
    Verify(VerifyArguments),
    /// Write records out, with a manifest by which others can check them
    Export(ExportArguments),
    /// Show the last records, and with -f those that are added
    Tail(TailArguments),
    /// Remove old records, of which one record each stays that says where they ended
    Prune(PruneArguments),
}

#[derive(Debug, Args)]
struct PruneArguments {
    /// How many of the last files of the log are kept
    #[arg(long, value_name = "FILES", value_parser = clap::value_parser!(u32).range(1..))]
    keep: u32,
    /// Print what was removed as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ShowArguments {
    /// Only what belongs to this plan
    #[arg(long, value_name = "ID")]
    plan: Option<String>,
    /// Only actions that begin so: `step`, `plan.approved`
    #[arg(long, value_name = "PREFIX")]
    action: Option<String>,
    /// Only the last so many of them
    #[arg(long, value_name = "N")]
    last: Option<usize>,
    /// Print whole records as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct VerifyArguments {
    /// The public key that signed it, or a file that has it: the one you kept elsewhere
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ExportArguments {
    /// The first record
    #[arg(long, value_name = "SEQ", default_value_t = 1)]
    from: u64,
    /// The last record [default: the last there is, which is signed first]
    #[arg(long, value_name = "SEQ")]
    to: Option<u64>,
    /// A folder for `manifest.json` and `records.jsonl` [default: standard output, the manifest first]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct TailArguments {
    /// How many
    #[arg(short = 'n', long = "lines", value_name = "N", default_value_t = 10)]
    lines: usize,
    /// Go on with what is added, until it is stopped
    #[arg(short = 'f', long)]
    follow: bool,
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &AuditArguments) -> Result<Outcome, CommandError> {
    match &arguments.action {
        Action::Show(arguments) => show(context, arguments),
        Action::Verify(arguments) => verify(context, arguments),
        Action::Export(arguments) => export(context, arguments),
        Action::Tail(arguments) => tail(context, arguments),
        Action::Prune(arguments) => prune(context, arguments),
    }
}

fn prune(context: &mut Context, arguments: &PruneArguments) -> Result<Outcome, CommandError> {
    let removed = Audit::open(&context.home)?.prune(arguments.keep as usize)?;
    if arguments.json {
        context.out.json(&json!({ "files": removed.files, "bytes": removed.bytes }))?;
    } else if removed.files == 0 {
        context.out.line("nothing is older than what is kept")?;
    } else {
        let (files, size) = (plural(removed.files, "file"), bytes(removed.bytes));
        context.out.line(format_args!("{files} removed, {size}"))?;
    }
    Ok(Outcome::found(removed.files > 0))
}

impl ShowArguments {
    fn wants(&self, record: &Value) -> bool {
        let plan = self.plan.as_ref().is_none_or(|plan| record["plan"] == plan.as_str());
        let action = record["action"].as_str().unwrap_or_default();
        plan && self.action.as_ref().is_none_or(|prefix| action.starts_with(prefix))
    }
}

fn show(context: &mut Context, arguments: &ShowArguments) -> Result<Outcome, CommandError> {
    let snapshot = Snapshot::take(&Places::of(&context.home))?;
    let paint = context.out.paint;
    // What is not printed at once: all of it as JSON, or the last ones.
    let mut kept: VecDeque<Value> = VecDeque::new();
    let at_once = !arguments.json && arguments.last.is_none();
    let (mut any, mut unreadable) = (false, 0_u64);
    let mut printed: io::Result<()> = Ok(());
    snapshot.lines(&mut |_, _, line| {
        let Ok(record) = serde_json::from_slice::<Value>(line) else {
            unreadable += 1;
            return Ok(true);
        };
        if !arguments.wants(&record) {
            return Ok(true);
        }
        any = true;
        if at_once {
            printed = context.out.line(text(paint, &record));
            return Ok(printed.is_ok());
        }
        kept.push_back(record);
        if arguments.last.is_some_and(|last| kept.len() > last) {
            kept.pop_front();
        }
        Ok(true)
    })?;
    printed?;
    if arguments.json {
        let records: Vec<Value> = kept.into();
        context.out.json(&json!({ "records": records, "unreadable": unreadable }))?;
    } else {
        for record in &kept {
            context.out.line(text(paint, record))?;
        }
        if !any && unreadable == 0 {
            context.out.line(nothing(context.home.folder(), snapshot.is_empty()))?;
        }
    }
    if unreadable > 0 {
        let lines = plural(unreadable, "line");
        context.messages.warning(format_args!("{lines} cannot be read"));
        context.messages.hint("`qf audit verify` says which");
        return Ok(Outcome::Partial);
    }
    Ok(Outcome::found(any))
}

fn nothing(home: &Path, no_log: bool) -> String {
    if no_log {
        format!("nothing was recorded below {} yet", home.display())
    } else {
        "no record is like that".to_owned()
    }
}

/// A record as one line.
fn text(paint: Paint, record: &Value) -> String {
    let word = |name: &str| shown(record[name].as_str().unwrap_or_default().as_bytes());
    let time: String = word("time").chars().take(19).collect();
    let actor = shown(record["actor"]["name"].as_str().unwrap_or_default().as_bytes());
    let outcome = word("outcome");
    // Padded first: colours have a length too.
    let padded = format!("{outcome:<7}");
    let outcome = match outcome.as_str() {
        "failed" => paint.red(padded),
        "refused" | "unknown" => paint.yellow(padded),
        _ => padded,
    };
    let line = format!(
        "{:>6}  {}  {:<10}  {:<20}  {outcome}  {}",
        record["seq"].as_u64().unwrap_or_default(),
        paint.dim(format!("{time}Z")),
        shorten(&actor, 24),
        word("action"),
        shown(shorten(&what(record), 160).as_bytes()),
    );
    line.trim_end().to_owned()
}

/// What a record is about: where in a plan, what was run, what was changed, what else was said.
fn what(record: &Value) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(plan) = record["plan"].as_str() {
        let mut place = plan.to_owned();
        for name in ["phase", "step"] {
            if let Some(number) = record[name].as_u64() {
                place.push_str(&format!(" {name} {}", number + 1));
            }
        }
        parts.push(place);
    }
    if let Some(command) = record["command"]["text"].as_str() {
        parts.push(format!("`{command}`"));
    }
    if let Some(files) = record["files"].as_array() {
        parts.push(plural(files.len() as u64, "file"));
    }
    if let Some(destination) = record["network"]["destination"].as_str() {
        parts.push(destination.to_owned());
    }
    if let Some(checkpoint) = record["checkpoint"].as_str() {
        parts.push(checkpoint.to_owned());
    }
    if let Some(rule) = record["policy"]["rule"].as_str() {
        let decision = record["policy"]["decision"].as_str().unwrap_or_default();
        parts.push(format!("{decision} by {rule}"));
    }
    if let Some(detail) = record["detail"].as_str() {
        parts.push(detail.to_owned());
    }
    parts.join("; ")
}

fn verify(context: &mut Context, arguments: &VerifyArguments) -> Result<Outcome, CommandError> {
    let pinned = arguments.key.as_deref().map(public_key).transpose()?;
    let snapshot = Snapshot::take(&Places::of(&context.home))?;
    let verified = verify_snapshot(&snapshot, pinned.as_ref())?;
    if arguments.json {
        context.out.json(&verified)?;
    } else if snapshot.is_empty() {
        context.out.line(nothing(context.home.folder(), true))?;
    } else {
        let public = pinned.as_ref().or(snapshot.key.as_ref()).map(PublicKey::to_hex);
        print_verified(context, &verified, public.as_deref())?;
    }
    if verified.problems.is_empty() {
        Ok(Outcome::found(!snapshot.is_empty()))
    } else {
        Ok(Outcome::Partial)
    }
}

fn print_verified(
    context: &mut Context,
    verified: &Verified,
    public: Option<&str>,
) -> io::Result<()> {
    let paint = context.out.paint;
    let out = &mut context.out;
    let records = plural(verified.records, "record");
    let files = plural(verified.files, "file");
    if verified.problems.is_empty() {
        let range = match (verified.first, verified.last) {
            (0, _) => String::new(),
            (first, last) => format!(" ({} to {})", count(first), count(last)),
        };
        out.line(format_args!("{} {records}{range} in {files}", paint.green("whole:")))?;
    } else {
        out.line(format_args!("{} {records} in {files} can be read", paint.red("not whole:")))?;
        for problem in &verified.problems {
            out.line(format_args!("  {}", shown(problem.to_string().as_bytes())))?;
        }
        if verified.more > 0 {
            out.line(format_args!("  and {} more", count(verified.more)))?;
        }
    }
    if let Some(key) = public {
        out.line(format_args!("{} signed with the key {key}", plural(verified.heads, "head")))?;
    }
    if verified.unsigned > 0 {
        let unsigned = plural(verified.unsigned, "record");
        out.line(format_args!("not signed yet: {unsigned} at the end"))?;
    }
    Ok(())
}

fn export(context: &mut Context, arguments: &ExportArguments) -> Result<Outcome, CommandError> {
    if arguments.to.is_none()
        && let Err(error) = sign(&context.home)
    {
        // A copy that is only read: it is exported as it is.
        context.messages.warning(format_args!("the last record is not signed: {error}"));
    }
    let range = arguments.from..=arguments.to.unwrap_or(u64::MAX);
    let export = Export::new(&Places::of(&context.home), range)?;
    let manifest = export.manifest();
    let Some(folder) = &arguments.out else {
        context.out.bytes(&manifest.line()?)?;
        export.records(context.out.writer())?;
        return Ok(Outcome::Done);
    };
    let at = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| CommandError::input(format!("{path}: {error}"))
    };
    std::fs::create_dir_all(folder).map_err(at(folder))?;
    let records = folder.join("records.jsonl");
    let written = File::create(&records).and_then(|file| {
        let mut file = BufWriter::new(file);
        export.records(&mut file)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        file.get_ref().metadata()
    });
    let length = written.map_err(at(&records))?.len();
    // Written last: where there is a manifest, there are the records.
    let path = folder.join("manifest.json");
    std::fs::write(&path, manifest.line()?).map_err(at(&path))?;
    context.out.line(format_args!(
        "{} ({} to {}), {}, {} in {}",
        plural(manifest.count, "record"),
        count(manifest.from),
        count(manifest.to),
        bytes(length),
        plural(manifest.heads.len() as u64, "signed head"),
        folder.display()
    ))?;
    Ok(Outcome::Done)
}

fn tail(context: &mut Context, arguments: &TailArguments) -> Result<Outcome, CommandError> {
    let places = Places::of(&context.home);
    let snapshot = Snapshot::take(&places)?;
    let lines = snapshot.last(arguments.lines)?;
    print_lines(context, &lines)?;
    if !arguments.follow {
        return Ok(Outcome::found(!lines.is_empty()));
    }
    let mut follow = Follow::behind(places, &snapshot);
    drop(snapshot);
    loop {
        context.out.flush()?;
        std::thread::sleep(Duration::from_millis(300));
        print_lines(context, &follow.more()?)?;
    }
}

fn print_lines(context: &mut Context, lines: &[Vec<u8>]) -> io::Result<()> {
    let paint = context.out.paint;
    for line in lines {
        match serde_json::from_slice::<Value>(line) {
            Ok(record) => context.out.line(text(paint, &record))?,
            Err(_) => context.out.line(paint.red(shorten(&shown(line), 160)))?,
        }
    }
    Ok(())
}

impl From<AuditError> for CommandError {
    fn from(error: AuditError) -> Self {
        let message = error.to_string();
        match error {
            AuditError::Io { .. } | AuditError::Unfit { .. } | AuditError::TooLong { .. } => {
                Self::input(message)
            }
            AuditError::Busy { .. } => Self::input(message).hint("try again when it is done"),
            AuditError::Damaged { .. } | AuditError::NotWhole { .. } => {
                Self::conflict(message).hint("`qf audit verify` says what is wrong, and where")
            }
            AuditError::KeyLost { .. } => Self::conflict(message).hint(
                "put it back; or move the folders `audit` and `audit-heads` away together, and a \
                 new log is begun",
            ),
            AuditError::NotSigned { source, .. } => {
                let cause = Self::from(*source);
                Self { message, ..cause }
            }
            AuditError::NoRecords { .. } => {
                Self::input(message).hint("`qf audit tail` shows the last ones")
            }
        }
    }
}

/// Who uses this terminal.
pub fn actor() -> Actor {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let name = set("USER").or_else(|| set("LOGNAME")).unwrap_or_else(|| "somebody".to_owned());
    let kind = if io::stdin().is_terminal() { ActorKind::Person } else { ActorKind::Program };
    Actor { kind, name }
}

/// Writes down what a command did. It was done whatever the log says, so a log that cannot be written
/// is a warning.
pub fn note(context: &Context, action: &str, draft: Draft) {
    let draft = Draft {
        action: action.to_owned(),
        actor: Some(actor()),
        outcome: Some(draft.outcome.unwrap_or(Became::Ok)),
        ..draft
    };
    let written = Audit::open(&context.home).and_then(|audit| {
        audit.append(draft)?;
        audit.close()
    });
    if let Err(error) = written {
        context.messages.warning(format_args!("nothing is written to the audit log: {error}"));
    }
}
