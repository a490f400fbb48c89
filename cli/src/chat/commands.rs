//! The commands of a chat: a few of its own, and those of the command line.
//!
//! What the command line has is asked of its own definition, so that a command that is added there
//! is here too, with its options.

use crate::args::Arguments;
use crate::error::CommandError;
use clap::CommandFactory;

/// A command that is shorter here than on the command line, or is only here.
pub struct Own {
    /// Without the slash.
    pub name: &'static str,
    /// What it takes.
    takes: &'static str,
    /// What it does.
    what: &'static str,
    /// The words of the command line that it stands for.
    pub becomes: &'static [&'static str],
}

/// In the order in which they are listed.
pub static OWN: [Own; 11] = [
    Own {
        name: "ask",
        takes: "QUESTION",
        what: "asks in words, as a line without `/` does",
        becomes: &["ask"],
    },
    Own {
        name: "plan",
        takes: "[GOAL]",
        what: "begins a plan; lists them; `/plan show ID` and the like as in `qf plan`",
        becomes: &["plan"],
    },
    Own {
        name: "edit",
        takes: "[ID]",
        what: "opens a plan in $VISUAL or $EDITOR",
        becomes: &["plan", "edit"],
    },
    Own {
        name: "approve",
        takes: "[ID]",
        what: "allows a plan to be carried out as it is now",
        becomes: &["plan", "approve"],
    },
    Own { name: "run", takes: "[ID]", what: "carries a plan out", becomes: &["run"] },
    Own {
        name: "resume",
        takes: "[ID]",
        what: "goes on with a run that was interrupted, waits, or failed",
        becomes: &["resume"],
    },
    Own {
        name: "rollback",
        takes: "[ID]",
        what: "undoes what was done after a checkpoint, or after the last",
        becomes: &["checkpoint", "restore"],
    },
    Own {
        name: "load",
        takes: "FILE…",
        what: "reads documents and logs, to be asked about in this chat",
        becomes: &["load"],
    },
    Own { name: "cost", takes: "", what: "what language models have cost", becomes: &["cost"] },
    Own {
        name: "help",
        takes: "[COMMAND]",
        what: "lists the commands, or says what one takes",
        becomes: &["help"],
    },
    Own { name: "quit", takes: "", what: "ends the chat, as Ctrl-D does", becomes: &["quit"] },
];

/// Commands that go on until they are ended, or are for other programs: they are not for a chat.
const ELSEWHERE: [&str; 7] = ["mcp", "chat", "watch", "demo", "completions", "man", "help"];

/// More slips of the pen make another word.
const SLIPS: usize = 2;

/// The commands.
pub struct Commands {
    definition: clap::Command,
}

impl Commands {
    /// All of them.
    pub fn new() -> Self {
        let mut definition = Arguments::command();
        definition.build();
        Self { definition }
    }

    /// Those of the command line that are as they are there.
    fn others(&self) -> impl Iterator<Item = &clap::Command> {
        self.definition.get_subcommands().filter(|command| {
            let name = command.get_name();
            !command.is_hide_set()
                && !ELSEWHERE.contains(&name)
                && OWN.iter().all(|own| own.name != name)
        })
    }

    /// The names of all, without the slash: its own, then the others.
    pub fn names(&self) -> Vec<&str> {
        let own = OWN.iter().map(|own| own.name);
        own.chain(self.others().map(clap::Command::get_name)).collect()
    }

    /// The words of the command line that a name stands for.
    pub fn becomes(&self, name: &str) -> Result<Vec<String>, CommandError> {
        if let Some(own) = OWN.iter().find(|own| own.name == name) {
            return Ok(own.becomes.iter().map(|word| (*word).to_owned()).collect());
        }
        if self.others().any(|command| command.get_name() == name) {
            return Ok(vec![name.to_owned()]);
        }
        if ELSEWHERE.contains(&name) {
            return Err(CommandError::input(format!("`/{name}` is not for a chat"))
                .hint(format!("`qf {name}` does it, in a shell")));
        }
        let error = CommandError::input(format!("no command is called `/{name}`"));
        let near = self.near(name);
        let error = match near.as_slice() {
            [] => error,
            near => error.hint(format!("near it: {}", near.join(", "))),
        };
        Err(error.hint("`/help` lists them; a question begins with a word"))
    }

    /// The commands that were probably meant.
    fn near(&self, name: &str) -> Vec<String> {
        let allowed = SLIPS.min(name.chars().count() / 2);
        let mut found: Vec<(usize, &str)> = self
            .names()
            .into_iter()
            .map(|known| {
                let begun = !name.is_empty() && known.starts_with(name);
                (if begun { 0 } else { strsim::osa_distance(name, known) }, known)
            })
            .filter(|(slips, _)| *slips <= allowed)
            .collect();
        found.sort_unstable();
        found.into_iter().take(3).map(|(_, known)| format!("/{known}")).collect()
    }

    /// The innermost command that words of the command line begin with, and the words behind it.
    fn innermost<'w>(&self, words: &'w [String]) -> (&clap::Command, &'w [String]) {
        let (mut command, mut rest) = (&self.definition, words);
        while let Some((first, behind)) = rest.split_first()
            && let Some(inner) = command.find_subcommand(first)
        {
            (command, rest) = (inner, behind);
        }
        (command, rest)
    }

    /// What is given to a command, without its options and their values.
    pub fn given<'w>(&self, words: &'w [String]) -> Vec<&'w str> {
        let (command, rest) = self.innermost(words);
        let mut given = Vec::new();
        let mut rest = rest.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            match word.strip_prefix('-') {
                Some("-") => {
                    given.extend(rest);
                    break;
                }
                Some(option) if !option.is_empty() => {
                    if !option.contains('=') && takes_value(command, option) {
                        rest.next();
                    }
                }
                _ => given.push(word),
            }
        }
        given
    }

    /// Whether a command has an option of this name.
    pub fn has_option(&self, words: &[String], long: &str) -> bool {
        let (command, _) = self.innermost(words);
        command.get_arguments().any(|argument| argument.get_long() == Some(long))
    }

    /// The options of a command, as they are written.
    pub fn options(&self, words: &[String]) -> Vec<String> {
        let (command, _) = self.innermost(words);
        let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
        shown.filter_map(clap::Arg::get_long).map(|long| format!("--{long}")).collect()
    }

    /// What stands directly behind a command that has commands of its own.
    pub fn actions(&self, words: &[String]) -> Vec<String> {
        let (command, rest) = self.innermost(words);
        let shown = command.get_subcommands().filter(|inner| !inner.is_hide_set());
        let names = shown.map(clap::Command::get_name);
        names.filter(|name| rest.is_empty() && *name != "help").map(str::to_owned).collect()
    }

    /// The list that `/help` prints.
    pub fn list(&self) -> Vec<String> {
        let own =
            OWN.iter().map(|own| (format!("/{} {}", own.name, own.takes), own.what.to_owned()));
        let others = self.others().map(|command| {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            (format!("/{}", command.get_name()), about)
        });
        let (own, others): (Vec<_>, Vec<_>) = (own.collect(), others.collect());
        let width = own.iter().chain(&others).map(|(name, _)| name.chars().count()).max();
        let width = width.unwrap_or_default();
        let lay = |(name, what): &(String, String)| format!("  {name:<width$}  {what}");
        let mut lines = vec![
            "A line is a question, or a command that begins with `/`:".to_owned(),
            String::new(),
        ];
        lines.extend(own.iter().map(lay));
        let title = "Commands of qf, with their options:".to_owned();
        lines.extend([String::new(), title, String::new()]);
        lines.extend(others.iter().map(lay));
        lines.extend([
            String::new(),
            "Without an ID, the plan that was used last is meant. Words are quoted as in a shell."
                .to_owned(),
        ]);
        lines
    }
}

/// Whether an option, without its first hyphen, is followed by its value.
fn takes_value(command: &clap::Command, option: &str) -> bool {
    command.get_arguments().any(|argument| {
        let named = match option.strip_prefix('-') {
            Some(long) => argument.get_long() == Some(long),
            None => argument.get_short().is_some_and(|short| option.chars().eq([short])),
        };
        named && argument.get_action().takes_values()
    })
}

#[cfg(test)]
mod tests {
    use super::Commands;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_name_stands_for_words_of_the_command_line() {
        let commands = Commands::new();
        let becomes = |name: &str| commands.becomes(name).expect("there is one").join(" ");
        assert_eq!(becomes("edit"), "plan edit");
        assert_eq!(becomes("rollback"), "checkpoint restore");
        assert_eq!(becomes("writers"), "writers");
    }

    #[test]
    fn what_is_unknown_has_something_near_it() {
        let commands = Commands::new();
        let hints = |name: &str| commands.becomes(name).expect_err("there is none").hints.join(" ");
        assert!(hints("wriers").contains("/writers"));
        assert!(hints("appr").contains("/approve"));
        assert!(!hints("zzzzzz").contains("near it"));
        assert!(!hints("").contains("near it"));
        assert!(hints("watch").contains("`qf watch`"));
    }

    #[test]
    fn what_is_given_is_told_from_options() {
        let commands = Commands::new();
        let given = |text: &str| commands.given(&words(text)).join(" ");
        assert_eq!(given("resume --answer yes"), "");
        assert_eq!(given("resume --answer=yes p --json"), "p");
        assert_eq!(given("plan new --symbol X the goal"), "the goal");
        assert_eq!(given("checkpoint diff -p c1"), "c1");
        assert_eq!(given("ask -- --really"), "--really");
        assert_eq!(given("callers POST /x --limit 3"), "POST /x");
    }

    #[test]
    fn commands_know_their_parts() {
        let commands = Commands::new();
        assert!(commands.actions(&words("plan")).contains(&"approve".to_owned()));
        assert!(commands.actions(&words("plan show")).is_empty());
        assert!(commands.options(&words("callers")).contains(&"--tier".to_owned()));
        assert!(commands.has_option(&words("resume"), "answer"));
        assert!(!commands.has_option(&words("resume"), "symbol"));
    }

    #[test]
    fn help_lists_everything_once() {
        let commands = Commands::new();
        let list = commands.list();
        for name in commands.names() {
            let begin = format!("  /{name} ");
            assert_eq!(list.iter().filter(|line| line.starts_with(&begin)).count(), 1, "{name}");
        }
    }
}
