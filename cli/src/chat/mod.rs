//! `qf chat`: questions and commands line by line, with history and completion.
//!
//! A chat is the command line without its beginning: a line becomes the words of a command
//! ([`line`]), which is read and carried out by the very functions that `qf` in a shell has, in
//! this process, with an output of its own. So nothing here knows what a command does. What a chat
//! adds is what it remembers: the plan and the name that were used last, and a session for the
//! documents that were loaded into it, which ends with the chat.
//!
//! Lines are edited where a terminal is on both sides. Elsewhere they are read as they are, without
//! a prompt, so that a script can drive a chat; it ends with the code of the last command that
//! failed.

mod commands;
mod complete;
mod history;
mod line;
mod words;

use crate::args::Arguments;
use crate::error::{CommandError, ErrorKind};
use crate::output::{Colour, Messages, Output};
use crate::signals;
use clap::{Args, Parser};
use commands::Commands;
use complete::Complete;
use line::Meaning;
use qf_agent::plan::store::Plans;
use qf_agent::session::Sessions;
use qf_graph::store::Home;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Editor};
use std::collections::BTreeSet;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::rc::Rc;

/// Arguments of `qf chat`.
#[derive(Debug, Args)]
pub struct ChatArguments {
    /// Ask and load in this session, which stays [default: one that ends with the chat]
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
}

/// What stands before a line.
const PROMPT: &str = "qf> ";
/// So many names are remembered.
const MOST_NAMES: usize = 20;

/// What documents are loaded into.
struct Session {
    name: String,
    /// Whether it is this chat's, and ends with it.
    own: bool,
    /// Whether anything was loaded into it.
    loaded: bool,
}

/// A chat.
struct Chat {
    home: Home,
    color: Colour,
    at: Option<String>,
    messages: Messages,
    commands: Rc<Commands>,
    session: Session,
    /// The plan that was used last.
    plan: Option<String>,
    /// The names that were asked about, the last first.
    names: Vec<String>,
    /// What the last command that failed ended with.
    failed: u8,
    /// Whether a person sits at it.
    terminal: bool,
}

/// What becomes of the chat after a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// It goes on.
    Line,
    /// It ends.
    End,
}

/// Begins a chat, and gives what it ends with.
pub fn run(
    home: Home,
    color: Colour,
    at: Option<String>,
    arguments: &ChatArguments,
    messages: Messages,
) -> Result<u8, CommandError> {
    let own = arguments.session.is_none();
    let name = arguments.session.clone().unwrap_or_else(|| format!("chat-{}", std::process::id()));
    let mut chat = Chat {
        home,
        color,
        at,
        messages,
        commands: Rc::new(Commands::new()),
        session: Session { name, own, loaded: false },
        plan: None,
        names: Vec::new(),
        failed: 0,
        terminal: io::stdin().is_terminal() && io::stdout().is_terminal(),
    };
    let read = if chat.terminal { chat.edited() } else { chat.piped() };
    chat.leave();
    read?;
    Ok(chat.failed)
}

impl Chat {
    /// Reads lines as they come.
    fn piped(&mut self) -> Result<(), CommandError> {
        loop {
            let mut bytes = Vec::new();
            // The lock is not held meanwhile: a command may read standard input too.
            if io::stdin().lock().read_until(b'\n', &mut bytes)? == 0 {
                return Ok(());
            }
            if self.line(&String::from_utf8_lossy(&bytes)) == Next::End {
                return Ok(());
            }
        }
    }

    /// Reads lines that are edited.
    fn edited(&mut self) -> Result<(), CommandError> {
        let config = Config::builder()
            .max_history_size(history::MOST)
            .map_err(|error| unreadable(&error))?
            .completion_type(CompletionType::List)
            .build();
        let mut editor: Editor<Complete, DefaultHistory> =
            Editor::with_config(config).map_err(|error| unreadable(&error))?;
        editor.set_helper(Some(Complete::new(self.home.clone(), Rc::clone(&self.commands))));
        let file = self.history(&mut editor);
        self.messages.say(
            "A line is a question, or a command that begins with `/`: `/help` lists them, Tab \
             completes, Ctrl-D ends the chat",
        );
        loop {
            let line = match editor.readline(PROMPT) {
                Ok(line) => line,
                // Ctrl-C takes the line away.
                Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => continue,
                Err(ReadlineError::Eof) => return Ok(()),
                Err(error) if is_no_text(&error) => {
                    self.messages.warning("that is no UTF-8 text; the line is taken away");
                    continue;
                }
                Err(error) => return Err(unreadable(&error)),
            };
            if history::may_keep(&line) {
                // Whatever cannot be kept is no reason to stop working.
                let _ = editor.add_history_entry(line.as_str());
                if let Some(file) = &file {
                    let _ = editor.append_history(file);
                }
            }
            if self.line(&line) == Next::End {
                return Ok(());
            }
            if let Some(complete) = editor.helper_mut() {
                complete.asked.clone_from(&self.names);
            }
        }
    }

    /// Takes in the lines of earlier chats, and says where to keep those of this one.
    fn history(&self, editor: &mut Editor<Complete, DefaultHistory>) -> Option<PathBuf> {
        let file = match history::file() {
            Ok(file) => file?,
            Err(error) => {
                self.messages.warning(format_args!("lines are not kept: {error}"));
                return None;
            }
        };
        match editor.load_history(&file) {
            Ok(()) => Some(file),
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::NotFound => Some(file),
            Err(error) => {
                let file = file.display();
                self.messages.warning(format_args!("lines are not kept: {file}: {error}"));
                self.messages.hint(format_args!("remove {file}, and a new one is begun"));
                None
            }
        }
    }

    /// Does what a line asks for.
    fn line(&mut self, text: &str) -> Next {
        match line::read(text, &self.commands) {
            Ok(Meaning::Nothing) => Next::Line,
            Ok(Meaning::Quit) => Next::End,
            Ok(Meaning::Help) => self.help(),
            Ok(Meaning::Command(words)) => self.command(words),
            Err(error) => {
                crate::tell(self.messages, &error);
                self.failed = error.code();
                Next::Line
            }
        }
    }

    fn help(&self) -> Next {
        let mut out = Output::new(self.color);
        match out.lines(self.commands.list()).and_then(|()| out.flush()) {
            Ok(()) => Next::Line,
            Err(_) => Next::End,
        }
    }

    /// Carries a command out, and remembers what it was about.
    fn command(&mut self, mut words: Vec<String>) -> Next {
        self.fill_in(&mut words);
        self.remember(&words);
        let begins_plan = two(&words) == ["plan", "new"];
        let before = if begins_plan { self.plans() } else { BTreeSet::new() };
        let Some(code) = self.carry_out(&words) else { return Next::End };
        if begins_plan {
            // It is named after its goal; what is there now and was not before is it.
            let new = self.plans().into_iter().find(|plan| !before.contains(plan));
            self.plan = new.or(self.plan.take());
        }
        let own = words.get(2) == Some(&self.session.name);
        if two(&words) == ["load", "--session"] && own && matches!(code, 0 | 3) {
            self.session.loaded = true;
        }
        if code != 0 {
            self.failed = code;
        }
        Next::Line
    }

    /// Reads a command as `qf` does in a shell, and carries it out. Gives what it ends with;
    /// nothing when nobody reads what is printed any more.
    fn carry_out(&self, words: &[String]) -> Option<u8> {
        let program = std::iter::once("qf");
        let parsed = Arguments::try_parse_from(program.chain(words.iter().map(String::as_str)));
        let mut arguments = match parsed {
            Ok(arguments) => arguments,
            Err(error) => {
                // Help is printed this way too.
                let printed = error.print().and_then(|()| io::stdout().flush());
                let code = if error.use_stderr() { 2 } else { 0 };
                return printed.ok().map(|()| code);
            }
        };
        let global = &mut arguments.global;
        global.home.get_or_insert_with(|| self.home.folder().to_owned());
        if global.color == Colour::Auto {
            global.color = self.color;
        }
        if global.at.is_none() && arguments.command.answers() {
            arguments.global.at.clone_from(&self.at);
        }
        let messages = Messages::new(arguments.global.color);
        // A command that stops in its own time says so itself, and is told instead.
        let _listening = self.terminal.then(|| {
            signals::on_end(move || {
                messages.say("\nthis does not stop in the middle; Ctrl-C again ends the chat");
            })
        });
        let code = match crate::run(arguments, messages) {
            Ok(code) => code,
            Err(error) if error.kind == ErrorKind::ClosedOutput => return None,
            Err(error) => {
                crate::tell(messages, &error);
                error.code()
            }
        };
        Some(code)
    }

    /// Adds what the chat knows: the session, and the plan or the name that was used last.
    fn fill_in(&self, words: &mut Vec<String>) {
        let asks_for_help = words.iter().any(|word| matches!(word.as_str(), "--help" | "-h"));
        if asks_for_help {
            return;
        }
        let loads = words[0] == "load";
        let asks = matches!(words[0].as_str(), "ask" | "context");
        let used = loads || asks && self.has_session();
        // Another session was named, or what is asked for has nothing to do with one.
        let other = |word: &String| {
            matches!(word.as_str(), "--session" | "--open") || word.starts_with("--session=")
        };
        let knows = loads || self.commands.has_option(&words[..1], "session");
        if used && knows && !words.iter().any(other) {
            words.insert(1, "--session".to_owned());
            words.insert(2, self.session.name.clone());
        }
        let given = !self.commands.given(words).is_empty();
        if let Some(plan) = self.plan.as_ref().filter(|_| takes_plan(words) && !given) {
            self.messages.say(format_args!("plan {plan}"));
            words.push(plan.clone());
        }
        if let Some(name) = self.names.first().filter(|_| takes_name(words) && words.len() == 1) {
            self.messages.say(format_args!("name {name}"));
            words.push(name.clone());
        }
    }

    /// Whether there is anything to be asked about in the session.
    fn has_session(&self) -> bool {
        let may_be = self.session.loaded || !self.session.own;
        may_be && Sessions::of_user().open(&self.session.name).is_ok()
    }

    /// Remembers the plan and the name that a command is about.
    fn remember(&mut self, words: &[String]) {
        let given = self.commands.given(words);
        if takes_plan(words)
            && let Some(id) = given.first()
            && let Ok(plan) = Plans::new(&self.home).find(id)
        {
            self.plan = Some(plan);
        }
        if takes_name(words) && !given.is_empty() {
            let name = given.join(" ");
            self.names.retain(|known| *known != name);
            self.names.insert(0, name);
            self.names.truncate(MOST_NAMES);
        }
    }

    /// The names of all plans.
    fn plans(&self) -> BTreeSet<String> {
        let plans = Plans::new(&self.home).list().unwrap_or_default();
        plans.into_iter().map(|plan| plan.id).collect()
    }

    /// Ends the session when it is the chat's own.
    fn leave(&self) {
        if self.session.own && self.session.loaded {
            let words = ["session", "drop", self.session.name.as_str()].map(str::to_owned);
            // When it fails, that is said; the session ends by itself later.
            let _ = self.carry_out(&words);
        }
    }
}

/// The first two words of a command.
fn two(words: &[String]) -> Vec<&str> {
    words.iter().take(2).map(String::as_str).collect()
}

/// Whether a command is about one plan.
fn takes_plan(words: &[String]) -> bool {
    matches!(
        two(words).as_slice(),
        ["run" | "resume", ..] | ["plan", "edit" | "approve" | "show" | "lint" | "diff"]
    )
}

/// Whether a command is about a name.
fn takes_name(words: &[String]) -> bool {
    let first = words.first().map(String::as_str);
    matches!(first, Some("where" | "callers" | "callees" | "writers" | "impact" | "tests"))
}

/// Whether what was typed or pasted is in another encoding, which is no reason to end.
fn is_no_text(error: &ReadlineError) -> bool {
    matches!(error, ReadlineError::Io(error) if error.kind() == io::ErrorKind::InvalidData)
}

fn unreadable(error: &ReadlineError) -> CommandError {
    CommandError::input(format!("the terminal cannot be read: {error}"))
}
