//! `qf ask --llm`: a language model rewords the question and phrases the answer.
//!
//! It never adds to the answer. First the question is answered without it. Only where that found no
//! question in the words, the model may write a plan of the algebra, which is read like one that a
//! person wrote; what cannot be read is told to it once, then its plan is dropped. Last it phrases
//! what was found, and [`qf_query::phrase`] keeps the sentences that cite what they name. Where the
//! model fails, the answer is the one without it, and why is said; so it is where a budget forbids
//! the call ([`meter`]).

mod meter;

use crate::error::CommandError;
use crate::output::Messages;
use meter::Meter;
use qf_graph::Snapshot;
use qf_models::chat::Chat;
use qf_query::{Answer, Options, phrase};

/// The grammar of plans, as the model is told it.
const GRAMMAR: &str = r#"plan  = set { "|" stage }
set   = named "NAME" | search "TEXT" N | all KINDS | ( plan )
stage = within repo "NAME" | keep kind KINDS | keep name "NAME" | keep test|not_test|exported|endpoint|callable
      | in EDGES [N|*] | out EDGES [N|*] | both (plan) | without (plan) | owned_by (plan)
      | paths_to (plan) EDGES [N|*] | rank hops | top N | group repository|file|kind
EDGES of: calls,reads,writes,inherits,implements,overrides,instantiates,reaches,type_of,imports
KINDS of: function,method,class,struct,interface,enum,field,variable,constant,table,column
`in calls` are callers, `out calls` is what is called, `in writes` are writers of a field; reaches are calls over HTTP, gRPC and topics.
Example: who reaches writers of User.balance -> named "User.balance" | in writes | in calls,reaches * | rank hops"#;

/// Answers a question with a model's help.
pub fn ask(
    snapshot: &Snapshot,
    chat: &Chat,
    question: &str,
    options: &Options,
    messages: Messages,
) -> Answer {
    let mut answer = qf_query::ask(snapshot, question, options);
    let meter = match Meter::open(snapshot.home(), messages) {
        Ok(meter) => meter,
        Err(error) => {
            said(messages, &error);
            return answer;
        }
    };
    if answer.intent == "search" {
        match planned(snapshot, (chat, &meter), question, options, &answer) {
            Ok(Some(better)) => answer = better,
            Ok(None) => {}
            Err(error) => {
                said(messages, &error);
                return answer;
            }
        }
    }
    if answer.items.is_empty() {
        return answer;
    }
    let system = "You phrase the result of a code query in at most five short sentences. Use only \
                  the numbered items. Every sentence must cite the items it is about by number, \
                  like [2] or [1, 3]. Say nothing that the items do not show.";
    let text = format!(
        "Question: {question}\nRead as: {}\nItems:\n{}",
        answer.reading,
        phrase::listed(&answer)
    );
    match meter.complete(chat, system, &text) {
        Ok(completion) => {
            answer.phrased =
                Some(phrase::checked(snapshot, &completion.text, &answer, &chat.model));
        }
        Err(error) => said(messages, &error),
    }
    answer
}

fn said(messages: Messages, error: &CommandError) {
    messages.warning(format_args!("{}; answering without the model", error.message));
    for hint in &error.hints {
        messages.hint(hint);
    }
}

/// The answer to a plan that the model writes; none where it writes none that finds anything.
fn planned(
    snapshot: &Snapshot,
    (chat, meter): (&Chat, &Meter),
    question: &str,
    options: &Options,
    plain: &Answer,
) -> Result<Option<Answer>, CommandError> {
    let system = format!(
        "You translate a question about code into one plan of a small algebra of sets of \
         definitions. Reply with the plan alone, on one line.\n{GRAMMAR}"
    );
    let names: Vec<&str> =
        plain.items.iter().take(20).map(|item| item.qualified_name.as_str()).collect();
    let mut text = format!("Question: {question}\nNames that may be meant: {}", names.join(", "));
    for _ in 0..2 {
        let completion = meter.complete(chat, &system, &text)?;
        let plan = plan_of(&completion.text);
        match qf_query::query(snapshot, plan, options) {
            Ok(mut answer) if !answer.items.is_empty() => {
                question.clone_into(&mut answer.question);
                answer.notes.insert(0, format!("Plan of {}: {plan}", chat.model));
                return Ok(Some(answer));
            }
            Ok(_) => return Ok(None),
            Err(error) => text += &format!("\nYour plan `{plan}` is wrong: {error}. Try again."),
        }
    }
    Ok(None)
}

/// The plan in what a model says: the first line that is no fence.
fn plan_of(text: &str) -> &str {
    let line =
        text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("```"));
    line.unwrap_or_default().trim_matches('`').trim_start_matches("plan = ").trim()
}

#[cfg(test)]
mod tests {
    use super::plan_of;

    #[test]
    fn plans_are_found_between_fences() {
        assert_eq!(plan_of("```\nnamed x | in calls\n```"), "named x | in calls");
        assert_eq!(plan_of(" `named x` "), "named x");
        assert_eq!(plan_of(""), "");
    }
}
