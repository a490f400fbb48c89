//! What `qf plan` prints, as text and as JSON.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::{age, plural, shorten};
use crate::output::table::Table;
use qf_agent::plan::store::{Approval, Entry};
use qf_agent::plan::{Action, Budget, Isolation, OnFailure, Plan, Problem, Script};
use serde_json::{Value, json};
use std::path::Path;

type Printed = Result<Outcome, CommandError>;

/// Widest goal in a list.
const GOAL: usize = 60;
/// Widest step.
const STEP: usize = 72;

/// What is known of an approval, in a word.
fn word(state: &Approval) -> &'static str {
    match state {
        Approval::None => "not approved",
        Approval::Approved { .. } => "approved",
        Approval::Changed { .. } => "changed",
    }
}

fn state_json(state: &Approval) -> Value {
    match state {
        Approval::None => json!({ "state": "none" }),
        Approval::Approved { at, by } => json!({ "state": "approved", "at": at, "by": by }),
        Approval::Changed { at } => json!({ "state": "changed", "at": at }),
    }
}

/// An approval as a sentence.
fn sentence(state: &Approval) -> String {
    match state {
        Approval::None => "not approved".to_owned(),
        Approval::Approved { at, by } => format!("approved at {at} by {by}"),
        Approval::Changed { at } => format!("changed since it was approved at {at}"),
    }
}

fn count(number: usize, noun: &str) -> String {
    plural(number as u64, noun)
}

fn steps(plan: &Plan) -> usize {
    plan.phases.iter().map(|phase| phase.steps.len()).sum()
}

/// A plan was written.
pub fn created(context: &mut Context, id: &str, path: &Path, blanks: usize) -> Printed {
    context.out.line(path.display())?;
    let fill = match blanks {
        0 => "read it".to_owned(),
        1 => "1 block to fill in or remove".to_owned(),
        blanks => format!("{blanks} blocks to fill in or remove"),
    };
    let width = id.chars().count() + "qf plan approve ".len();
    for (command, what) in [
        (format!("qf plan edit {id}"), fill.as_str()),
        (format!("qf plan approve {id}"), "when it says what you want"),
        (format!("qf run {id}"), "carries it out"),
    ] {
        context.out.line(format_args!("  {command:<width$}   {what}"))?;
    }
    Ok(Outcome::Done)
}

/// What is wrong with a plan.
pub fn problems(
    context: &mut Context,
    file: &str,
    problems: &[Problem],
) -> Result<(), CommandError> {
    for problem in problems {
        let place = context.out.paint.cyan(format_args!("{file}:{}", problem.line));
        context.out.line(format_args!("{place}: {}", problem.message))?;
        if let Some(help) = &problem.help {
            context.out.line(format_args!("    {help}"))?;
        }
    }
    Ok(())
}

/// The error that follows from it.
pub fn wrong(name: &str, problems: &[Problem]) -> CommandError {
    CommandError::input(format!("{name} has {}", count(problems.len(), "problem")))
}

/// What is wrong with a plan, as JSON.
pub fn problems_json(
    context: &mut Context,
    file: &str,
    problems: &[Problem],
) -> Result<(), CommandError> {
    let all: Vec<Value> = problems
        .iter()
        .map(|problem| {
            json!({ "line": problem.line, "message": problem.message, "help": problem.help })
        })
        .collect();
    context.out.json(&json!({ "version": 1, "file": file, "problems": all }))?;
    Ok(())
}

/// Nothing is wrong with it.
pub fn right(context: &mut Context, name: &str, plan: &Plan) -> Printed {
    context.out.line(format_args!(
        "{name} is a plan of {} and {}",
        count(plan.phases.len(), "phase"),
        count(steps(plan), "step")
    ))?;
    Ok(Outcome::Done)
}

/// All plans.
pub fn list(context: &mut Context, entries: &[Entry], as_json: bool) -> Printed {
    let outcome = Outcome::found(!entries.is_empty());
    if as_json {
        let all: Vec<Value> = entries
            .iter()
            .map(|entry| {
                json!({
                    "id": entry.id,
                    "goal": entry.goal,
                    "approval": state_json(&entry.state),
                    "problems": entry.problems,
                    "changed": entry.changed,
                })
            })
            .collect();
        context.out.json(&json!({ "version": 1, "plans": all }))?;
        return Ok(outcome);
    }
    if entries.is_empty() {
        context.out.line("no plans     qf plan new GOAL")?;
        return Ok(outcome);
    }
    let mut table = Table::new(&["plan", "age", "<state", "problems", "<goal"]);
    for entry in entries {
        let problems = if entry.problems == 0 { String::new() } else { entry.problems.to_string() };
        table.row(vec![
            entry.id.clone(),
            age(entry.changed.max(0) as u64),
            word(&entry.state).to_owned(),
            problems,
            entry.goal.as_deref().map_or_else(String::new, |goal| shorten(goal, GOAL)),
        ]);
    }
    context.out.lines(table.lines(context.out.paint))?;
    Ok(outcome)
}

/// A script in a line.
fn script(script: &Script) -> String {
    let mut lines = script.text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut text = lines.next().unwrap_or_default().to_owned();
    let more = lines.count();
    if more > 0 {
        text += &format!("  and {} more", count(more, "line"));
    }
    if !script.folder.is_empty() {
        text += &format!("  in {}", script.folder);
    }
    if script.once {
        text += "  once";
    }
    text
}

/// How many rules a text has, which was read before.
fn rules_in(text: &str) -> usize {
    text.lines().filter(|line| line.starts_with("rule:")).count()
}

/// What a step does, in a line.
fn step(action: &Action) -> String {
    match action {
        Action::Run(run) | Action::Verify(Some(run)) => script(run),
        Action::Verify(None) => "the tests that the changes may break".to_owned(),
        Action::Edit { path, replacements } => {
            let new = replacements.iter().any(|one| one.before.is_empty());
            let what = if new {
                "a new file".to_owned()
            } else {
                count(replacements.len(), "replacement")
            };
            format!("{path}  {what}")
        }
        Action::Patch { text } => {
            let files: Vec<&str> = text
                .lines()
                .filter_map(|line| line.strip_prefix("+++ "))
                .map(|path| path.strip_prefix("b/").unwrap_or(path))
                .collect();
            files.join(", ")
        }
        Action::Codemod { rules, paths } => {
            let rules = count(rules_in(rules), "rule");
            let paths = if paths.is_empty() { "all files".to_owned() } else { paths.join(" ") };
            format!("{paths}  {rules}")
        }
        Action::Mcp(call) => {
            let readonly = if call.readonly { "  readonly" } else { "" };
            format!("{} {}  {}{readonly}", call.server, call.tool, call.arguments)
        }
        Action::Ask { question } => question.clone(),
        Action::Notify { text } => text.clone(),
        Action::Agent { prompt, seconds, budget } => {
            let prompt = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
            let bounds = match self::budget(budget) {
                bounds if bounds.is_empty() => bounds,
                bounds => format!(", {bounds}"),
            };
            format!("{prompt}  at most {seconds} s{bounds}")
        }
    }
}

/// One plan.
pub fn show(
    context: &mut Context,
    path: &Path,
    plan: &Plan,
    state: &Approval,
    as_json: bool,
) -> Printed {
    let header = &plan.header;
    let text = |action: &Action| shorten(&step(action), STEP);
    if as_json {
        let phases: Vec<Value> = plan
            .phases
            .iter()
            .map(|phase| {
                let steps: Vec<Value> = phase
                    .steps
                    .iter()
                    .map(|step| {
                        json!({
                            "line": step.line,
                            "action": step.action.name(),
                            "text": text(&step.action),
                        })
                    })
                    .collect();
                json!({
                    "name": phase.name,
                    "line": phase.line,
                    "on_failure": on_failure(phase.on_failure),
                    "steps": steps,
                })
            })
            .collect();
        context.out.json(&json!({
            "version": 1,
            "id": header.id,
            "file": path.display().to_string(),
            "goal": header.goal,
            "tree": header.tree.display().to_string(),
            "base": header.base,
            "index": header.index,
            "test": header.test,
            "isolation": isolation(header.isolation),
            "budget": { "usd": header.budget.usd, "tokens": header.budget.tokens },
            "approval": state_json(state),
            "phases": phases,
        }))?;
        return Ok(Outcome::Done);
    }
    let paint = context.out.paint;
    context.out.line(format_args!("{}   {}", paint.bold(&header.id), header.goal))?;
    context.out.line(format_args!("  tree    {}", header.tree.display()))?;
    let base = header.base.as_deref().map(|base| base.get(..10).unwrap_or(base));
    let made = match (base, header.index) {
        (Some(base), Some(index)) => format!("{base}, from index {index}"),
        (Some(base), None) => base.to_owned(),
        (None, Some(index)) => format!("index {index}"),
        (None, None) => String::new(),
    };
    if !made.is_empty() {
        context.out.line(format_args!("  for     {made}"))?;
    }
    if let Some(test) = &header.test {
        context.out.line(format_args!("  tests   {test}"))?;
    }
    let bounds = budget(&header.budget);
    if !bounds.is_empty() {
        context.out.line(format_args!("  budget  {bounds}"))?;
    }
    context.out.line(format_args!("  state   {}", sentence(state)))?;
    context.out.line(format_args!("  file    {}", paint.cyan(path.display())))?;
    for phase in &plan.phases {
        let goes_on = match phase.on_failure {
            OnFailure::Stop => "",
            OnFailure::Continue => "   the next is begun even when it fails",
        };
        context.out.line("")?;
        context.out.line(format_args!("{}{goes_on}", paint.bold(&phase.name)))?;
        for step in &phase.steps {
            let (line, name) = (step.line, step.action.name());
            context.out.line(format_args!("  {line:>4}  {name:<7} {}", text(&step.action)))?;
        }
    }
    Ok(Outcome::Done)
}

fn isolation(isolation: Isolation) -> &'static str {
    match isolation {
        Isolation::Auto => "auto",
        Isolation::Checkpoint => "checkpoint",
        Isolation::Overlay => "overlay",
    }
}

/// What language models may use, in a line; empty where nothing is said.
fn budget(budget: &Budget) -> String {
    let usd = budget.usd.as_ref().map(|usd| format!("${usd}"));
    let tokens = budget.tokens.map(|tokens| plural(tokens, "token"));
    usd.into_iter().chain(tokens).collect::<Vec<_>>().join(", ")
}

fn on_failure(on_failure: OnFailure) -> &'static str {
    match on_failure {
        OnFailure::Stop => "stop",
        OnFailure::Continue => "continue",
    }
}

/// A plan was approved.
pub fn approved(context: &mut Context, plan: &Plan, hash: &str) -> Printed {
    let id = &plan.header.id;
    context.out.line(format_args!(
        "approved {id} as {}   {}, {}     qf run {id}",
        hash.get(..12).unwrap_or(hash),
        count(plan.phases.len(), "phase"),
        count(steps(plan), "step")
    ))?;
    Ok(Outcome::Done)
}
