//! Carries one step out.

use super::inside::{self, Reply, Request};
use super::log::Event;
use super::script::{self, End, View, Words};
use super::{AgentEnd, Outcome, RunError, Running, Told};
use crate::plan::{Action, Budget, Call, Plan, Script, Step};
use std::path::PathBuf;
use std::time::Duration;

/// How a step ended.
pub(super) enum Ended {
    /// As it should; `found` when it had been done before.
    Done { found: bool },
    /// Otherwise, and why.
    Failed(String),
    /// The run ends here.
    Left(Outcome),
}

impl From<End> for Ended {
    fn from(end: End) -> Self {
        match end {
            End::Right => Self::Done { found: false },
            End::Wrong(reason, _) => Self::Failed(reason),
            End::Stopped => Self::Left(Outcome::Stopped),
        }
    }
}

/// How what was done in a view ended.
pub(super) enum Inside {
    Done,
    /// And why not.
    Wrong(String),
    Stopped,
}

impl From<Reply> for Inside {
    fn from(reply: Reply) -> Self {
        reply.map_or_else(Self::Wrong, |()| Self::Done)
    }
}

/// Seconds that asking whether a step was done may take.
const LOOK_SECONDS: u64 = 600;
/// Seconds that a change of files may take in a view.
const CHANGE_SECONDS: u64 = 3_600;

impl<'a> Running<'a, '_> {
    pub(super) fn step(
        &mut self,
        phase: usize,
        number: usize,
        step: &Step,
    ) -> Result<Ended, RunError> {
        let minutes = self.run.plan.header.minutes;
        if minutes.is_some_and(|most| self.from.elapsed() > Duration::from_secs(60 * most)) {
            let most = minutes.unwrap_or(0);
            return Ok(Ended::Failed(format!("the run has taken more than {most} minutes")));
        }
        let key = key(self.run.plan, phase, number, step);
        if let Effect::Once { done_when } = effect(&step.action)
            && let Some(ended) = self.done_before((phase, number), step.line, done_when, &key)?
        {
            if matches!(ended, Ended::Done { .. }) {
                self.write(Event::StepDone { phase, step: number, key, found: true })?;
            }
            return Ok(ended);
        }
        self.write(Event::StepBegun { phase, step: number, key: key.clone() })?;
        let place = (phase, number);
        let ended = match &step.action {
            Action::Run(script) => self.script(script, place, &key, &[])?,
            Action::Edit { .. } | Action::Patch { .. } | Action::Codemod { .. } => {
                match self.change(&step.action, phase)? {
                    Inside::Done => Ended::Done { found: false },
                    Inside::Wrong(reason) => Ended::Failed(reason),
                    Inside::Stopped => Ended::Left(Outcome::Stopped),
                }
            }
            Action::Mcp(call) => self.call(call, place, &key)?,
            Action::Agent { prompt, seconds, budget } => {
                self.agent(prompt, (*seconds, budget), place, &key)?
            }
            Action::Verify(given) => self.verify(given.as_ref(), place, &key)?,
            Action::Ask { question } => self.ask(phase, number, question)?,
            Action::Notify { text } => {
                self.around.tell(Told::Line(text));
                Ended::Done { found: false }
            }
        };
        if matches!(ended, Ended::Done { .. }) {
            self.write(Event::StepDone { phase, step: number, key, found: false })?;
        }
        Ok(ended)
    }

    /// What is known of a step that must not be done twice; none when it is to be done.
    fn done_before(
        &mut self,
        place: (usize, usize),
        line: u32,
        done_when: Option<&str>,
        key: &str,
    ) -> Result<Option<Ended>, RunError> {
        match (self.past.keys.get(key).copied(), done_when) {
            (Some(true), _) => Ok(Some(Ended::Done { found: true })),
            // Somebody else may have done it, or a run of another copy of the plan.
            (_, Some(line)) => {
                let words = Words {
                    words: vec!["sh".into(), "-eu".into(), "-c".into(), line.into()],
                    folder: String::new(),
                    expect: 0,
                    seconds: LOOK_SECONDS,
                    variables: vec![("QF_STEP_KEY".to_owned(), key.to_owned())],
                    output: self.output(place).with_extension("done"),
                };
                Ok(match self.words(&words)? {
                    End::Right => Some(Ended::Done { found: true }),
                    End::Wrong(..) => None,
                    End::Stopped => Some(Ended::Left(Outcome::Stopped)),
                })
            }
            (None, None) => Ok(None),
            (Some(false), None) => {
                let Some(done) = self.run.settled.take() else {
                    let outcome = Outcome::Unknown { line, key: key.to_owned() };
                    return Ok(Some(Ended::Left(outcome)));
                };
                self.write(Event::Settled { key: key.to_owned(), done })?;
                Ok(done.then_some(Ended::Done { found: true }))
            }
        }
    }

    /// Where a step's output goes.
    fn output(&self, (phase, step): (usize, usize)) -> PathBuf {
        self.run.folder.join(format!("output-{}-{}", phase + 1, step + 1))
    }

    fn script(
        &mut self,
        script: &Script,
        place: (usize, usize),
        key: &str,
        more: &[(String, String)],
    ) -> Result<Ended, RunError> {
        self.script_end(script, place, key, more).map(Ended::from)
    }

    /// The same, with how it ended.
    fn script_end(
        &mut self,
        script: &Script,
        place: (usize, usize),
        key: &str,
        more: &[(String, String)],
    ) -> Result<End, RunError> {
        let output = self.output(place);
        // As a file: one argument may not be longer than 128 KiB, and a list of tests is soon.
        let text = output.with_extension("sh");
        std::fs::write(&text, &script.text).map_err(RunError::io(&text))?;
        let plan = &self.run.plan.header;
        let mut variables = vec![
            ("QF_PLAN".to_owned(), plan.id.clone()),
            ("QF_PHASE".to_owned(), self.run.plan.phases[place.0].name.clone()),
            ("QF_STEP_KEY".to_owned(), key.to_owned()),
        ];
        variables.extend_from_slice(more);
        let words = Words {
            words: vec!["sh".into(), "-eu".into(), text.into()],
            folder: script.folder.clone(),
            expect: script.expect,
            seconds: script.seconds,
            variables,
            output,
        };
        self.words(&words)
    }

    /// Runs a command where the phase works.
    fn words(&mut self, words: &Words) -> Result<End, RunError> {
        let overlay = self.is_overlaid.then_some(&self.overlay);
        let view = View { tree: self.run.checkpoints.tree(), overlay };
        let (log, hook) = (&mut self.log, &mut self.run.hook);
        let mut started = |group, since| {
            log.write(Event::Started { group, since }, &mut **hook)?;
            Ok(())
        };
        script::run(&view, words, &self.run.stop, &mut started)
    }

    /// Changes files.
    fn change(&mut self, action: &Action, phase: usize) -> Result<Inside, RunError> {
        let tree = self.run.checkpoints.tree();
        if !self.is_overlaid {
            return Ok(inside::change(tree, action, self.run.codemod).into());
        }
        let request = Request::Change { tree: tree.to_owned(), action: action.clone() };
        self.inside(&request, phase)
    }

    /// Has something done in the view of the phase.
    pub(super) fn inside(&mut self, what: &Request, phase: usize) -> Result<Inside, RunError> {
        let folder = self.run.folder.join("overlay");
        inside::ask(&folder, what)?;
        let words = Words {
            words: self.run.inside.clone().unwrap_or_default(),
            folder: String::new(),
            expect: 0,
            seconds: CHANGE_SECONDS,
            variables: vec![(inside::VARIABLE.to_owned(), folder.to_string_lossy().into_owned())],
            output: self.run.folder.join(format!("output-{}-inside", phase + 1)),
        };
        Ok(match self.words(&words)? {
            End::Right => {
                let answer = inside::answer(&folder);
                answer.unwrap_or_else(|| Err("it gave no answer".to_owned())).into()
            }
            End::Wrong(reason, _) => Inside::Wrong(reason),
            End::Stopped => Inside::Stopped,
        })
    }

    /// Calls a tool of a server.
    fn call(&mut self, call: &Call, place: (usize, usize), key: &str) -> Result<Ended, RunError> {
        let arguments = self.output(place).with_extension("json");
        std::fs::write(&arguments, &call.arguments).map_err(RunError::io(&arguments))?;
        let path = |path: &std::path::Path| quoted(&path.to_string_lossy());
        let text = format!(
            "exec {} mcp call --timeout {} -- {} {} - < {}\n",
            path(&self.run.program),
            call.seconds,
            quoted(&call.server),
            quoted(&call.tool),
            path(&arguments),
        );
        // A little longer than the call itself, which says what took so long.
        let script = Script { text, seconds: call.seconds + 5, ..Script::default() };
        self.script(&script, place, key, &[])
    }

    /// Has an agent do something.
    fn agent(
        &mut self,
        prompt: &str,
        (seconds, budget): (u64, &Budget),
        place: (usize, usize),
        key: &str,
    ) -> Result<Ended, RunError> {
        let Some(line) = self.run.agent.clone() else {
            return Ok(Ended::Failed(
                "no agent is set up: QF_AGENT is the command that reads what is to be done from \
                 its input, like `claude -p` or `codex exec -`"
                    .to_owned(),
            ));
        };
        let more = match self.around.agent_begins(key, prompt, budget) {
            Ok(more) => more,
            Err(reason) => return Ok(Ended::Failed(reason)),
        };
        let file = self.output(place).with_extension("prompt");
        std::fs::write(&file, prompt).map_err(RunError::io(&file))?;
        let text = format!("{{ {line}\n}} < {}\n", quoted(&file.to_string_lossy()));
        let script = Script { text, seconds, ..Script::default() };
        let ended = self.script_end(&script, place, key, &more);
        let end = match &ended {
            Ok(End::Right) => AgentEnd::Right,
            Ok(End::Wrong(_, code)) => AgentEnd::Wrong(*code),
            Ok(End::Stopped) | Err(_) => AgentEnd::Stopped,
        };
        self.around.agent_ended(key, &self.output(place), &end);
        ended.map(Ended::from)
    }

    fn verify(
        &mut self,
        given: Option<&Script>,
        place: (usize, usize),
        key: &str,
    ) -> Result<Ended, RunError> {
        if let Some(script) = given {
            return self.script(script, place, key, &[]);
        }
        let changed = self.has_changed()?;
        let overlay = self.is_overlaid.then_some(&self.overlay);
        let view = View { tree: self.run.checkpoints.tree(), overlay };
        let checked = self.around.check(changed, &view);
        for line in &checked.lines {
            self.around.tell(Told::Line(line));
        }
        if checked.tests.is_empty() {
            return Ok(Ended::Done { found: false });
        }
        let Some(line) = &self.run.plan.header.test else {
            self.around.tell(Told::Line("none of them was run: the plan has no `test` line"));
            return Ok(Ended::Done { found: false });
        };
        let tests: Vec<String> = checked.tests.iter().map(|test| quoted(test)).collect();
        let text = line.replace("{tests}", &tests.join(" "));
        let script = Script { text, ..Script::default() };
        self.script(&script, place, key, &[])
    }

    fn ask(&mut self, phase: usize, step: usize, question: &str) -> Result<Ended, RunError> {
        let known = self.past.answers.get(&(phase, step)).copied();
        // An answer is to the question that waits, and to no other.
        let waits = self.waiting.take() == Some((phase, step));
        let given = if waits { self.run.answer.take() } else { None };
        let mut answer = known.or(given);
        if answer.is_none() {
            // What a person changes while they think is theirs.
            self.leave()?;
            answer = self.around.ask(question);
            if answer.is_some() {
                let plan: &'a Plan = self.run.plan;
                self.take_checkpoint(phase, &plan.phases[phase])?;
            }
        }
        let Some(yes) = answer else {
            self.write(Event::Waiting { phase, step })?;
            return Ok(Ended::Left(Outcome::Waiting { question: question.to_owned() }));
        };
        if known.is_none() {
            self.write(Event::Answered { phase, step, yes })?;
        }
        Ok(if yes {
            Ended::Done { found: false }
        } else {
            Ended::Failed("the answer was no".to_owned())
        })
    }
}

/// What a step does elsewhere than in the tree.
enum Effect<'a> {
    /// Nothing, or what may be done again.
    None,
    /// What must not be done twice, and the shell line that tells that it was done.
    Once { done_when: Option<&'a str> },
}

fn effect(action: &Action) -> Effect<'_> {
    match action {
        Action::Run(script) if script.once => {
            Effect::Once { done_when: script.done_when.as_deref() }
        }
        Action::Mcp(call) if !call.readonly => {
            Effect::Once { done_when: call.done_when.as_deref() }
        }
        _ => Effect::None,
    }
}

/// What a step is known by: a hash of the plan's name, its phase, its place and what it does.
pub(super) fn key(plan: &Plan, phase: usize, number: usize, step: &Step) -> String {
    let text = match &step.action {
        Action::Run(script) | Action::Verify(Some(script)) => {
            format!("{}\0{}", script.folder, script.text)
        }
        Action::Mcp(call) => format!("{}\0{}\0{}", call.server, call.tool, call.arguments),
        other => format!("{other:?}"),
    };
    let name = &plan.phases[phase].name;
    let place = format!("{}\0{name}\0{number}\0{}\0{text}", plan.header.id, step.action.name());
    blake3::hash(place.as_bytes()).to_hex()[..32].to_owned()
}

/// One word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
