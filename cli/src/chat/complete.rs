//! What Tab offers: commands, plans, checkpoints, files, options, and names out of the index.
//!
//! Names are found by their beginning in the table that the index has of them, which is sorted: a
//! large index costs no more than a small one. The index stays open between two times, and is
//! opened again when there is a newer one. What cannot be read offers nothing: somebody is typing.

use super::commands::Commands;
use qf_agent::checkpoint::Checkpoints;
use qf_agent::checkpoint::capture::Policy;
use qf_agent::checkpoint::git::Choice;
use qf_agent::plan::store::Plans;
use qf_graph::Snapshot;
use qf_graph::store::Home;
use qf_graph::store::manifest::Manifest;
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

/// So much is offered at most.
const MOST: usize = 50;
/// Definitions of one name, and members of one of them, that are looked at.
const LOOKED_AT: usize = 2_000;

/// What may stand at the cursor.
#[derive(Debug, PartialEq, Eq)]
enum Slot {
    /// A command of the chat.
    Command,
    /// What a command that has commands of its own can do.
    Action(Vec<String>),
    /// An option of a command.
    Option(Vec<String>),
    /// A plan.
    Plan,
    /// A checkpoint.
    Checkpoint,
    /// A file; other rules say where it begins.
    File,
    /// The name of a definition.
    Name,
    /// Nothing that is known here.
    Nothing,
}

/// Offers what may stand at the cursor.
pub struct Complete {
    home: Home,
    commands: Rc<Commands>,
    files: FilenameCompleter,
    snapshot: RefCell<Option<Snapshot>>,
    /// Names that were asked about before, the last first.
    pub asked: Vec<String>,
}

impl Complete {
    /// For a workspace.
    pub fn new(home: Home, commands: Rc<Commands>) -> Self {
        Self {
            home,
            commands,
            files: FilenameCompleter::new(),
            snapshot: RefCell::new(None),
            asked: Vec::new(),
        }
    }

    /// Where what is offered begins in the line, and what is offered.
    pub fn offers(&self, line: &str, at: usize) -> (usize, Vec<Pair>) {
        let head = line.get(..at).unwrap_or(line);
        let (start, slot) = slot(head, &self.commands);
        let word = &head[start..];
        let beginning = |texts: Vec<String>| -> Vec<Pair> {
            let texts = texts.into_iter().filter(|text| text.starts_with(word)).take(MOST);
            texts.map(|text| pair(text, " ")).collect()
        };
        let offers = match slot {
            Slot::Command => {
                let names = self.commands.names();
                beginning(names.into_iter().map(|name| format!("/{name}")).collect())
            }
            Slot::Action(words) => beginning(self.commands.actions(&words)),
            Slot::Option(words) => beginning(self.commands.options(&words)),
            Slot::Plan => beginning(self.plans()),
            Slot::Checkpoint => beginning(self.checkpoints()),
            Slot::File => {
                // Paths with spaces in them have rules of their own for where they begin.
                let found = self.files.complete_path(head, head.len());
                let (start, mut pairs) = found.unwrap_or_default();
                pairs.truncate(MOST);
                return (start, pairs);
            }
            Slot::Name => self.names(word).into_iter().map(|name| pair(name, "")).collect(),
            Slot::Nothing => Vec::new(),
        };
        (start, offers)
    }

    fn plans(&self) -> Vec<String> {
        let plans = Plans::new(&self.home).list().unwrap_or_default();
        plans.into_iter().map(|plan| plan.id).collect()
    }

    /// The last first.
    fn checkpoints(&self) -> Vec<String> {
        let here = Path::new(".");
        let found = Checkpoints::open(&self.home, here, Choice::Either, Policy::default())
            .and_then(|checkpoints| checkpoints.list())
            .unwrap_or_default();
        found.into_iter().rev().map(|record| record.id).collect()
    }

    /// What was asked about before, then what the index has.
    fn names(&self, word: &str) -> Vec<String> {
        let lower = word.to_lowercase();
        let before = self.asked.iter().filter(|name| name.to_lowercase().starts_with(&lower));
        let mut names: Vec<String> = before.cloned().collect();
        let known = self.with_snapshot(|snapshot| names_in(snapshot, word)).unwrap_or_default();
        for name in known {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.truncate(MOST);
        names
    }

    /// Looks something up in the newest index.
    fn with_snapshot<T>(&self, look: impl FnOnce(&Snapshot) -> T) -> Option<T> {
        let published = Manifest::read(&self.home).ok()?;
        let mut open = self.snapshot.borrow_mut();
        let newest = open.as_ref().is_some_and(|snapshot| {
            (snapshot.generation(), snapshot.published())
                == (published.generation, published.published)
        });
        if !newest {
            *open = Snapshot::open(&self.home).ok();
        }
        open.as_ref().map(look)
    }
}

/// What is shown and what is written, with what stands behind it.
fn pair(text: String, behind: &str) -> Pair {
    Pair { replacement: format!("{text}{behind}"), display: text }
}

/// What may stand at the end of a line, and where that begins.
fn slot(head: &str, commands: &Commands) -> (usize, Slot) {
    let space = head.char_indices().rev().find(|(_, c)| c.is_whitespace());
    let start = space.map_or(0, |(at, space)| at + space.len_utf8());
    let Some(command) = head.strip_prefix('/') else { return (start, Slot::Name) };
    if start == 0 {
        return (0, Slot::Command);
    }
    let before = &command[..start - 1];
    let mut typed = before.split_whitespace();
    let name = typed.next().unwrap_or_default();
    let Ok(mut words) = commands.becomes(name) else { return (start, Slot::Nothing) };
    words.extend(typed.map(str::to_owned));
    if head[start..].starts_with('-') {
        return (start, Slot::Option(words));
    }
    if !commands.actions(&words).is_empty() {
        return (start, Slot::Action(words));
    }
    let parts: Vec<&str> = words.iter().take(2).map(String::as_str).collect();
    let slot = match parts.as_slice() {
        ["run" | "resume", ..]
        | ["plan", "show" | "lint" | "diff" | "edit" | "approve" | "rm", ..] => Slot::Plan,
        ["checkpoint", ..] => Slot::Checkpoint,
        ["load" | "facts" | "index" | "definition", ..] => Slot::File,
        [
            "ask" | "where" | "callers" | "callees" | "writers" | "impact" | "tests" | "why"
            | "path" | "context" | "plan",
            ..,
        ] => Slot::Name,
        _ => Slot::Nothing,
    };
    (start, slot)
}

/// Names in the index that begin so: of anything, or of members when an owner is written before.
fn names_in(snapshot: &Snapshot, word: &str) -> Vec<String> {
    if word.is_empty() {
        return Vec::new();
    }
    let Some((owner, begun)) = word.rsplit_once('.') else {
        let private = format!("#{word}");
        let all = [snapshot.names_beginning(word, MOST), snapshot.names_beginning(&private, MOST)];
        let plain = all.into_iter().flatten().map(|name| name.trim_start_matches('#'));
        let names: BTreeSet<(String, &str)> =
            plain.filter(|name| is_plain(name)).map(|name| (name.to_lowercase(), name)).collect();
        return names.into_iter().map(|(_, name)| name.to_owned()).collect();
    };
    let last = owner.rsplit('.').next().unwrap_or(owner);
    let lower = begun.to_lowercase();
    let mut members = BTreeSet::new();
    for symbol in snapshot.named(last).into_iter().take(LOOKED_AT) {
        for child in snapshot.children(symbol).take(LOOKED_AT) {
            let name = snapshot.name(child).trim_start_matches('#');
            if is_plain(name) && name.to_lowercase().starts_with(&lower) {
                members.insert(format!("{owner}.{name}"));
            }
        }
        if members.len() >= MOST {
            break;
        }
    }
    members.into_iter().collect()
}

/// Whether a name can be written in a line as it is.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "<>\"'\\".contains(c))
}

impl Completer for Complete {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        Ok(self.offers(line, pos))
    }
}

impl Hinter for Complete {
    type Hint = String;
}

impl Highlighter for Complete {}

impl Validator for Complete {}

impl Helper for Complete {}

#[cfg(test)]
mod tests {
    use super::{Complete, Slot, slot};
    use crate::chat::commands::Commands;
    use qf_agent::plan::store::Plans;
    use qf_graph::store::Home;
    use qf_indexer::run::{Options, Silent, index};
    use std::rc::Rc;
    use std::time::{Duration, Instant};

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_words_before_say_what_may_follow() {
        let commands = Commands::new();
        let check = |head: &str, start: usize, expected: Slot| {
            assert_eq!(slot(head, &commands), (start, expected), "{head}");
        };
        check("/ca", 0, Slot::Command);
        check("/approve ren", 9, Slot::Plan);
        check("/run ", 5, Slot::Plan);
        check("/plan show r", 11, Slot::Plan);
        check("/plan sh", 6, Slot::Action(words("plan")));
        check("/rollback ", 10, Slot::Checkpoint);
        check("/checkpoint restore q", 20, Slot::Checkpoint);
        check("/load a b", 8, Slot::File);
        check("/callers Ledger.ap", 9, Slot::Name);
        check("/callers X --ti", 11, Slot::Option(words("callers X")));
        check("/edit --", 6, Slot::Option(words("plan edit")));
        check("/no-such x", 9, Slot::Nothing);
        check("who calls Led", 10, Slot::Name);
        check("wer ruft Grüße Led", 17, Slot::Name);
        check("", 0, Slot::Name);
    }

    /// What is offered at the end of a line.
    fn offered(complete: &Complete, line: &str) -> Vec<String> {
        let (_, offers) = complete.offers(line, line.len());
        offers.into_iter().map(|offer| offer.replacement).collect()
    }

    #[test]
    fn names_come_from_the_index_and_from_what_was_asked() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let tree = folder.path().join("bank");
        std::fs::create_dir(&tree).expect("it is ours");
        std::fs::write(tree.join("pyproject.toml"), "[project]\nname = \"bank\"\n")
            .expect("it is ours");
        std::fs::write(
            tree.join("a.py"),
            "class Ledger:\n    def apply(self): pass\n    def append(self): pass\n\n\
             def ledger_of(x): pass\n",
        )
        .expect("it is ours");
        let home = Home::new(folder.path().join("home"));
        index(&home, &[tree], &Options::default(), &Silent).expect("it is indexed");
        Plans::new(&home).create("rename-it", "").expect("it is ours");
        let mut complete = Complete::new(home, Rc::new(Commands::new()));
        assert_eq!(offered(&complete, "/callers led"), ["Ledger", "ledger_of"]);
        assert_eq!(offered(&complete, "/callers Ledger.ap"), ["Ledger.append", "Ledger.apply"]);
        assert_eq!(offered(&complete, "who calls Ledger.appl"), ["Ledger.apply"]);
        assert!(offered(&complete, "/callers nothing_is_named_so").is_empty());
        assert_eq!(offered(&complete, "/approve re"), ["rename-it "]);
        assert_eq!(offered(&complete, "/app"), ["/approve "]);
        assert!(offered(&complete, "/callers x --ti").contains(&"--tier ".to_owned()));
        complete.asked.push("Ledger.apply".to_owned());
        assert_eq!(offered(&complete, "/where led")[0], "Ledger.apply");
        let begun = Instant::now();
        offered(&complete, "/callers l");
        assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    }

    #[test]
    fn without_an_index_nothing_is_offered() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let complete = Complete::new(Home::new(folder.path()), Rc::new(Commands::new()));
        assert!(offered(&complete, "/callers led").is_empty());
        assert!(offered(&complete, "/approve r").is_empty());
    }
}
