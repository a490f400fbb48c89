//! What a line of a chat asks for: words of the command line, mostly.

use super::commands::Commands;
use super::words::{Unclosed, split};
use crate::error::CommandError;

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing is on it.
    Nothing,
    /// That the chat ends.
    Quit,
    /// The list of the commands.
    Help,
    /// A command, in words of the command line.
    Command(Vec<String>),
}

impl From<Unclosed> for CommandError {
    fn from(error: Unclosed) -> Self {
        Self::input(error.to_string()).hint("close it, or write a backslash before it")
    }
}

/// Reads a line.
pub fn read(line: &str, commands: &Commands) -> Result<Meaning, CommandError> {
    let line = line.trim();
    if line.is_empty() {
        return Ok(Meaning::Nothing);
    }
    let Some(command) = line.strip_prefix('/') else {
        return Ok(Meaning::Command(owned(&["ask", "--", line])));
    };
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    let words = match name {
        "quit" | "exit" => return Ok(Meaning::Quit),
        "help" => match rest.trim_start_matches('/') {
            "" => return Ok(Meaning::Help),
            asked => {
                let name = asked.split_whitespace().next().unwrap_or_default();
                let mut words = commands.becomes(name)?;
                if matches!(words[0].as_str(), "help" | "quit") {
                    return Ok(Meaning::Help);
                }
                words.push("--help".to_owned());
                words
            }
        },
        "ask" if is_text(rest) => owned(&["ask", "--", rest]),
        "plan" => plan(rest, commands)?,
        _ => {
            let mut words = commands.becomes(name)?;
            words.extend(split(rest)?);
            words
        }
    };
    Ok(Meaning::Command(words))
}

/// `/plan`: a goal, or what `qf plan` has.
fn plan(rest: &str, commands: &Commands) -> Result<Vec<String>, CommandError> {
    let first = rest.split_whitespace().next().unwrap_or_default();
    let begin: &[&str] = if rest.is_empty() {
        &["plan", "list"]
    } else if matches!(first, "-h" | "--help")
        || commands.actions(&owned(&["plan"])).iter().any(|action| action == first)
    {
        &["plan"]
    } else if is_text(rest) {
        return Ok(owned(&["plan", "new", "--", rest]));
    } else {
        &["plan", "new"]
    };
    let mut words = owned(begin);
    words.extend(split(rest)?);
    Ok(words)
}

/// Whether it is text that is meant as it stands: apostrophes in it are no quotes.
fn is_text(rest: &str) -> bool {
    !rest.is_empty() && !rest.starts_with(['"', '\'', '-'])
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Meaning, read};
    use crate::chat::commands::Commands;

    /// The words of a line with `|` between them.
    fn words(line: &str) -> String {
        match read(line, &Commands::new()).expect("it means something") {
            Meaning::Command(words) => words.join("|"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn text_is_a_question() {
        assert_eq!(words("who calls Ledger's apply?"), "ask|--|who calls Ledger's apply?");
        assert_eq!(words("  --json is what? "), "ask|--|--json is what?");
        assert_eq!(words("/ask who's \"that\""), "ask|--|who's \"that\"");
        assert_eq!(words("/ask --explain 'who calls x'"), "ask|--explain|who calls x");
        assert_eq!(words("/ask \"a b\" --json"), "ask|a b|--json");
    }

    #[test]
    fn plans_begin_with_a_goal() {
        assert_eq!(words("/plan"), "plan|list");
        assert_eq!(words("/plan rename it, don't copy"), "plan|new|--|rename it, don't copy");
        assert_eq!(words("/plan \"a goal\" --id g"), "plan|new|a goal|--id|g");
        assert_eq!(words("/plan --symbol X goal"), "plan|new|--symbol|X|goal");
        assert_eq!(words("/plan show g --json"), "plan|show|g|--json");
        assert_eq!(words("/plan --help"), "plan|--help");
    }

    #[test]
    fn short_names_become_long_ones() {
        assert_eq!(words("/edit g"), "plan|edit|g");
        assert_eq!(words("/rollback"), "checkpoint|restore");
        assert_eq!(words("/rollback c --dry-run"), "checkpoint|restore|c|--dry-run");
        assert_eq!(words("/load 'a b.pdf' c.log"), "load|a b.pdf|c.log");
        assert_eq!(words("/callers  Ledger.apply"), "callers|Ledger.apply");
        assert_eq!(words("/help approve"), "plan|approve|--help");
        assert_eq!(words("/help /callers"), "callers|--help");
    }

    #[test]
    fn some_lines_are_for_the_chat() {
        assert_eq!(words("   "), "Nothing");
        assert_eq!(words("/quit"), "Quit");
        assert_eq!(words("/help"), "Help");
        assert_eq!(words("/help quit"), "Help");
    }

    #[test]
    fn what_means_nothing_is_an_error() {
        let commands = Commands::new();
        for line in ["/", "/no-such", "/callers 'open", "/help no-such", "/mcp"] {
            let error = read(line, &commands).expect_err("it means nothing");
            assert!(!error.hints.is_empty(), "{line}");
        }
    }
}
