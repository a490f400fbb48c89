//! A plan of work is read or refused with lines, and its edits fit or are refused.
//!
//! The input is a plan, a NUL byte, and a file that its edits are tried on. Problems have lines of the
//! text; a plan that is read has phases with steps. What an edit makes of the file is never made of
//! another.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_agent::plan::parse::parse;
use qf_agent::plan::{Action, edit};

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let texts = [parts.next(), parts.next()].map(|part| std::str::from_utf8(part.unwrap_or(b"")));
    let [Ok(text), Ok(file)] = texts else { return };
    let lines = text.lines().count().max(1);
    let plan = match parse(text) {
        Ok(plan) => plan,
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a word");
            for problem in problems {
                let line = problem.line as usize;
                assert!((1..=lines + 1).contains(&line), "{problem:?} of {lines} lines");
                assert!(!problem.message.is_empty());
            }
            return;
        }
    };
    assert!(!plan.phases.is_empty());
    for phase in &plan.phases {
        assert!(!phase.steps.is_empty(), "{phase:?}");
        for step in &phase.steps {
            assert!(step.line > phase.line, "{step:?}");
            match &step.action {
                Action::Edit { path, replacements } => {
                    let made = || edit::replace(path, Some(file), replacements).ok();
                    assert!(made() == made(), "what an edit makes depends on chance");
                }
                Action::Patch { text } => {
                    let mut read = |_: &str| Ok(Some(file.to_owned()));
                    let _ = edit::patch(text, &mut read);
                }
                Action::Mcp(call) => {
                    let arguments: Result<serde_json::Value, _> =
                        serde_json::from_str(&call.arguments);
                    assert!(arguments.is_ok_and(|value| value.is_object()), "{call:?}");
                }
                _ => {}
            }
        }
    }
});
