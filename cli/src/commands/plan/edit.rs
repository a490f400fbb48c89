//! `qf plan edit`: the user's editor on a plan, until nothing is wrong with it.

use super::checked::parse;
use super::{FILE, report};
use crate::context::Context;
use crate::editor;
use crate::error::{CommandError, Outcome};
use qf_agent::plan::store::Plans;
use std::io::IsTerminal;

/// Opens a plan, and again where something is wrong, as long as whoever edits wants to.
pub fn run(context: &mut Context, plans: &Plans, id: &str) -> Result<Outcome, CommandError> {
    let path = plans.path(id);
    let mut line = 1;
    loop {
        context.out.flush()?;
        editor::open(&path, line)?;
        let text = plans.read(id)?;
        let problems = match parse(&text) {
            Ok(plan) => return report::right(context, id, &plan),
            Err(problems) => problems,
        };
        report::problems(context, FILE, &problems)?;
        context.out.flush()?;
        if !again(context)? {
            return Err(report::wrong(id, &problems)
                .hint(format!("`qf plan edit {id}` goes on with it, nothing is lost")));
        }
        line = problems.first().map_or(1, |problem| problem.line);
    }
}

/// Whether whoever sits at the terminal wants to edit again; off a terminal nobody does.
fn again(context: &Context) -> Result<bool, CommandError> {
    let stdin = std::io::stdin();
    if !(context.messages.terminal && stdin.is_terminal()) {
        return Ok(false);
    }
    context.messages.say("Enter opens it again, q leaves it as it is");
    let mut answer = String::new();
    let read = stdin.read_line(&mut answer)?;
    Ok(read > 0 && !answer.trim().eq_ignore_ascii_case("q"))
}
