//! A plan that is right in all its parts, also in those that the agent crate cannot read.
//!
//! The rules of a `codemod` are for who can parse code. They are read here, before anybody approves
//! them, so that a rule with a mistake in it does not stop a run in its third phase.

use qf_agent::plan::{Action, Plan, Problem, parse};
use qf_indexer::codemod::{CodemodError, rules};

/// Reads a plan, and the rules in it. When anything is wrong, all problems are given, by line.
pub fn parse(text: &str) -> Result<Plan, Vec<Problem>> {
    let plan = parse::parse(text)?;
    let problems: Vec<Problem> = plan
        .phases
        .iter()
        .flat_map(|phase| &phase.steps)
        .filter_map(|step| match &step.action {
            Action::Codemod { rules: text, .. } => Some((step.line, rules(text).err()?)),
            _ => None,
        })
        .map(|(line, error)| problem(line, error))
        .collect();
    if problems.is_empty() { Ok(plan) } else { Err(problems) }
}

/// What is wrong with the rules of the step that begins at a line.
fn problem(step: u32, error: CodemodError) -> Problem {
    let (line, message) = match error {
        CodemodError::Rules { line, message } => (step + line, message),
        other => (step, other.to_string()),
    };
    let help = Some("`qf codemod FILE` tries rules out; they are as ast-grep has them".to_owned());
    Problem { line, message, help }
}
