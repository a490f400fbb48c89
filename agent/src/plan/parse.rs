//! Reads a plan, and says what is wrong with it at which line.
//!
//! All problems are found at once, so that whoever writes plans need not run in circles. Nothing
//! that looks like a step is ever skipped in silence: a block that is nearly one, that a comment
//! hides, or that stands in a list is a problem and no prose. A plan is approved by what its readers
//! believe it does; so it must do what it says or nothing at all.

mod front;
mod html;
mod lines;
mod others;

pub(crate) use front::is_id;
pub(crate) use lines::bare;

use super::edit::{below, parts, relative};
use super::{Action, Header, OnFailure, Phase, Plan, Problem, Replacement, Script, Step};
use front::{Fields, header};
use html::{Tag, tags, unseen};
use lines::{
    Fence, Heading, Marker, STEPS, attributes, count, displaced, first_word, listed, meant, number,
    quoted, shown,
};
use std::collections::{BTreeMap, BTreeSet};

/// Most bytes that a plan may have.
pub const MOST_BYTES: usize = 4 << 20;

/// Most bytes of TOML, in the front matter and in each block of options.
const MOST_TOML: usize = 64 << 10;

/// Seconds that a script may take when nothing is said of it.
const SECONDS: u64 = 600;

/// Most seconds that can be said.
const MOST_SECONDS: u64 = 86_400;

/// Reads a plan. When anything is wrong with it, all problems are given, by line.
pub fn parse(text: &str) -> Result<Plan, Vec<Problem>> {
    if text.len() > MOST_BYTES {
        return Err(vec![Problem {
            line: 1,
            message: format!("the plan has {} bytes; it may have {MOST_BYTES}", text.len()),
            help: Some("keep large texts in files, and name the files in the plan".to_owned()),
        }]);
    }
    let mut reader = Reader {
        lines: text.split_inclusive('\n').collect(),
        at: 0,
        problems: Vec::new(),
        phases: Vec::new(),
        draft: None,
        names: BTreeMap::new(),
        open: Vec::new(),
        cut: false,
    };
    if let Some((before, _)) = text.split_once('\0') {
        let line = count(before) + 1;
        reader.wrong(line, "the plan has a byte of value 0, which is no text");
    }
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        if let Some(hidden) = hidden(line) {
            let code = u32::from(hidden);
            reader.wrong(
                number,
                format!("the line has the character U+{code:04X}, which is not seen"),
            );
        }
    }
    let header = reader.front();
    reader.body();
    let Reader { mut problems, phases, .. } = reader;
    match header {
        Some(header) if problems.is_empty() => Ok(Plan { header, phases }),
        _ => {
            problems.sort_by_key(|problem| problem.line);
            Err(problems)
        }
    }
}

/// A character by which a line reads otherwise than it is carried out: controls of a terminal, and
/// those that turn the direction of writing.
fn hidden(line: &str) -> Option<char> {
    let text = line.strip_suffix('\n').unwrap_or(line);
    let text = text.strip_suffix('\r').unwrap_or(text);
    text.chars().find(|c| {
        c.is_control() && !matches!(c, '\t' | '\0')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    })
}

/// A piece of an `edit` block that is being read.
struct Piece {
    line: u32,
    before: String,
    after: Option<String>,
}

impl Piece {
    fn new(line: u32) -> Self {
        Self { line, before: String::new(), after: None }
    }
}

/// A block of which the first word says that it is a step.
struct Block<'a> {
    /// The line of its fence.
    line: u32,
    word: &'a str,
    /// What follows the word.
    rest: &'a str,
    /// Its lines, with their ends.
    body: Vec<&'a str>,
}

impl Block<'_> {
    /// Its lines, whatever they end with in the file.
    fn text(&self) -> String {
        self.body.iter().flat_map(|line| [bare(line), "\n"]).collect()
    }
}

/// A phase that is being read.
struct Draft {
    phase: Phase,
    /// How many steps it has, also those that are wrong.
    blocks: usize,
    /// The line of its options.
    options: Option<u32>,
}

struct Reader<'a> {
    /// With their ends.
    lines: Vec<&'a str>,
    /// The index of the next one.
    at: usize,
    problems: Vec<Problem>,
    phases: Vec<Phase>,
    draft: Option<Draft>,
    /// Names of phases and the lines of their headings.
    names: BTreeMap<&'a str, u32>,
    /// Elements of HTML that are open, and the lines at which they begin.
    open: Vec<(String, u32)>,
    /// A block never ends, so that nobody knows what comes after its beginning.
    cut: bool,
}

impl<'a> Reader<'a> {
    fn wrong(&mut self, line: u32, message: impl Into<String>) {
        self.problems.push(Problem { line, message: message.into(), help: None });
    }

    fn wrong_with(&mut self, line: u32, message: impl Into<String>, help: impl Into<String>) {
        let (message, help) = (message.into(), Some(help.into()));
        self.problems.push(Problem { line, message, help });
    }

    /// Reads TOML that begins at a line.
    fn toml(&mut self, text: &str, first: u32) -> Option<toml::Table> {
        if text.len() > MOST_TOML {
            self.wrong(first, format!("this is longer than {MOST_TOML} bytes"));
            return None;
        }
        match toml::from_str::<toml::Table>(text) {
            Ok(table) => Some(table),
            Err(error) => {
                let last = text.trim_end().len();
                let start = error.span().map_or(0, |span| span.start).min(last);
                let line = first + count(text.get(..start).unwrap_or(text));
                self.wrong(line, format!("this is no TOML: {}", error.message().trim()));
                None
            }
        }
    }

    fn front(&mut self) -> Option<Header> {
        let is_bar = |line: &str| line.trim_end() == "+++";
        if !self.lines.first().is_some_and(|line| is_bar(line)) {
            self.wrong_with(
                1,
                "a plan begins with a line of `+++`",
                "put the front matter, TOML between two lines of `+++`, before everything else",
            );
            return None;
        }
        self.at = 1;
        let Some(length) = self.lines.iter().skip(1).position(|line| is_bar(line)) else {
            self.wrong_with(1, "the front matter never ends", "put a line of `+++` after it");
            return None;
        };
        let text = self.lines[1..=length].concat();
        self.at = length + 2;
        let table = self.toml(&text, 2)?;
        header(&text, &table, &mut self.problems)
    }

    fn body(&mut self) {
        let first = number(self.at);
        while let Some(&whole) = self.lines.get(self.at) {
            let (index, line) = (self.at, bare(whole));
            self.at += 1;
            if let Some(fence) = Fence::open(line) {
                self.block(index, fence);
            } else if let Some(heading) = Heading::of(line) {
                self.heading(number(index), &heading);
            } else if let Some(end) = unseen(line) {
                self.comment(index, end);
            } else if let Some(word) = displaced(line) {
                self.wrong_with(
                    number(index),
                    format!("this `{word}` block is indented, or in a list or a quote"),
                    "begin its fence at the margin; put an example into a block with longer fences",
                );
            } else {
                self.elements(number(index), line);
            }
        }
        let any = self.draft.is_some();
        self.end_phase();
        if !any && !self.cut {
            self.wrong_with(
                first.min(number(self.lines.len().saturating_sub(1))),
                "the plan has no phase",
                "begin each phase with a heading `## Phase: NAME`",
            );
        }
    }

    /// Passes over what readers do not see, in which nothing may be hidden.
    fn comment(&mut self, first: usize, end: &str) {
        let mut index = first;
        while let Some(&whole) = self.lines.get(index) {
            let line = bare(whole);
            if Fence::open(line).is_some_and(|fence| fence.is_step()) || Heading::of(line).is_some()
            {
                self.wrong_with(
                    number(index),
                    "a comment hides this from readers, so it is not carried out",
                    "take it out of the plan, or out of the comment",
                );
            }
            index += 1;
            if line.contains(end) {
                break;
            }
        }
        self.at = index;
    }

    /// Remembers the elements of HTML that a line opens, and forgets those that it closes.
    fn elements(&mut self, line: u32, text: &str) {
        for tag in tags(text) {
            match tag {
                Tag::Open(name) => self.open.push((name, line)),
                Tag::Close(name) => {
                    if let Some(at) = self.open.iter().rposition(|(open, _)| *open == name) {
                        self.open.truncate(at);
                    }
                }
            }
        }
    }

    /// Says so where something stands in an element of HTML, which may show it to nobody.
    fn is_shown(&mut self, line: u32) {
        let Some((name, opened)) = self.open.first().cloned() else { return };
        self.wrong_with(
            line,
            format!("this is inside of `<{name}>` of line {opened}, which can hide it"),
            format!("put `</{name}>` before it, or take the element out of the plan"),
        );
    }

    fn heading(&mut self, line: u32, heading: &Heading<'a>) {
        let Heading::Phase(name) = *heading else {
            self.wrong_with(
                line,
                "this is nearly the heading of a phase",
                "a phase begins with `## Phase: NAME`, with two `#`",
            );
            return;
        };
        self.is_shown(line);
        self.end_phase();
        if name.is_empty() {
            self.wrong_with(line, "the phase has no name", "write `## Phase: NAME`");
        } else if name.chars().count() > 80 {
            self.wrong(line, "the name of the phase is longer than 80 characters");
        } else if let Some(&other) = self.names.get(name) {
            self.wrong_with(
                line,
                format!("there are two phases `{name}`; the other one is at line {other}"),
                "give each phase a name of its own",
            );
        } else {
            self.names.insert(name, line);
        }
        let on_failure = OnFailure::default();
        let phase = Phase { name: name.to_owned(), line, on_failure, steps: Vec::new() };
        self.draft = Some(Draft { phase, blocks: 0, options: None });
    }

    fn end_phase(&mut self) {
        let Some(draft) = self.draft.take() else { return };
        if draft.blocks == 0 && !self.cut {
            self.wrong_with(
                draft.phase.line,
                format!("the phase `{}` has no step", shown(&draft.phase.name)),
                format!("give it a block of {}", listed(&STEPS[..STEPS.len() - 1])),
            );
        }
        self.phases.push(draft.phase);
    }

    fn block(&mut self, opened: usize, fence: Fence<'a>) {
        let line = number(opened);
        let first = self.at;
        let closing = self.lines[first..].iter().position(|line| fence.closes(bare(line)));
        let Some(length) = closing else {
            self.wrong_with(
                line,
                "this block never ends",
                "close it with a line of as many marks as it begins with",
            );
            self.at = self.lines.len();
            self.cut = true;
            return;
        };
        self.at = first + length + 1;
        let (word, rest) = first_word(fence.info);
        if !fence.is_step() {
            if let Some(step) = meant(word) {
                self.begin_step(line, word);
                self.wrong_with(
                    line,
                    format!("unknown step `{}`; did you mean `{step}`?", shown(word)),
                    format!("write `{step}`, or the name of a language for a block of prose"),
                );
            }
            let prose: Vec<&'a str> =
                self.lines[first..first + length].iter().map(|&line| fence.inner(line)).collect();
            self.unclosed(first, fence, &prose);
            return;
        }
        self.is_shown(line);
        if fence.is_inline() {
            self.wrong_with(
                line,
                "a line that begins with backticks can have no others after them",
                "begin and end the block with `~~~`",
            );
        }
        let body: Vec<&'a str> =
            self.lines[first..first + length].iter().map(|&line| fence.inner(line)).collect();
        self.unclosed(first, fence, &body);
        let block = Block { line, word, rest, body };
        if word == "phase" {
            self.options(&block);
            return;
        }
        self.begin_step(line, word);
        let before = self.problems.len();
        let action = self.action(&block);
        if self.problems.len() == before
            && let Some(action) = action
            && let Some(draft) = self.draft.as_mut()
        {
            draft.phase.steps.push(Step { line, action });
        }
    }

    /// Notices that a step was not closed, and that the next one closed it.
    fn unclosed(&mut self, first: usize, fence: Fence<'a>, body: &[&'a str]) {
        for (index, line) in body.iter().enumerate() {
            if let Some(inner) = Fence::open(bare(line))
                && inner.mark == fence.mark
                && inner.length >= fence.length
                && inner.is_step()
            {
                self.wrong_with(
                    number(first + index),
                    format!("`{}` begins within the block of line {first}", inner.word()),
                    "close that block before it, or begin it with more marks",
                );
            }
        }
    }

    /// Counts a step, which must be in a phase.
    fn begin_step(&mut self, line: u32, word: &str) {
        match self.draft.as_mut() {
            Some(draft) => draft.blocks += 1,
            None => self.wrong_with(
                line,
                format!("this `{}` block is before the first phase", shown(word)),
                "begin a phase with a heading `## Phase: NAME` before it",
            ),
        }
    }

    /// What a block says that a phase does when it fails.
    fn options(&mut self, block: &Block<'a>) {
        let line = block.line;
        self.no_attributes(block);
        match self.draft.as_mut() {
            None => self.wrong(line, "this `phase` block is before the first phase"),
            Some(draft) => {
                let (earlier, blocks) = (draft.options, draft.blocks);
                draft.options = Some(line);
                if let Some(earlier) = earlier {
                    self.wrong(
                        line,
                        format!("a phase has one `phase` block; there is one at line {earlier}"),
                    );
                } else if blocks > 0 {
                    self.wrong(line, "the `phase` block comes before the steps of its phase");
                }
            }
        }
        let text = block.body.concat();
        let Some(table) = self.toml(&text, line + 1) else { return };
        let mut fields = Fields::new(&text, line + 1, &table, &mut self.problems);
        fields.unknown(&["on_failure"]);
        let fits = |text: &str| matches!(text, "stop" | "continue");
        let on_failure = match fields.text("on_failure", fits, "is `stop` or `continue`").as_deref()
        {
            Some("continue") => OnFailure::Continue,
            _ => OnFailure::Stop,
        };
        if let Some(draft) = self.draft.as_mut() {
            draft.phase.on_failure = on_failure;
        }
    }

    /// What a step does; when something is wrong with it, that was said.
    fn action(&mut self, block: &Block<'a>) -> Option<Action> {
        match block.word {
            "run" => {
                let script = self.script(block, true);
                if script.text.trim().is_empty() {
                    self.wrong(block.line, "this `run` block is empty");
                }
                Some(Action::Run(script))
            }
            "verify" if block.text().trim().is_empty() => {
                if !block.rest.is_empty() {
                    self.wrong_with(
                        block.line,
                        "an empty `verify` block has no script that attributes could be for",
                        "leave them out: the tests that the changes may break are run",
                    );
                }
                Some(Action::Verify(None))
            }
            "verify" => Some(Action::Verify(Some(self.script(block, false)))),
            "edit" => {
                let path = self.edit_path(block);
                let replacements = self.pieces(block);
                Some(Action::Edit { path, replacements })
            }
            "patch" => {
                self.no_attributes(block);
                let text = block.body.concat();
                if let Err(malformed) = parts(&text) {
                    let line = block.line + malformed.line;
                    self.wrong_with(line, malformed.reason, "write what `git diff` writes");
                }
                Some(Action::Patch { text })
            }
            "codemod" => Some(self.codemod(block)),
            "mcp" => Some(self.mcp(block)),
            "agent" => Some(self.agent(block)),
            "ask" => Some(Action::Ask { question: self.said(block) }),
            "notify" => Some(Action::Notify { text: self.said(block) }),
            _ => None,
        }
    }

    fn no_attributes(&mut self, block: &Block<'a>) {
        if !block.rest.is_empty() {
            self.wrong(block.line, format!("a `{}` block has no attributes", block.word));
        }
    }

    fn said(&mut self, block: &Block<'a>) -> String {
        self.no_attributes(block);
        let text = block.text().trim().to_owned();
        if text.is_empty() {
            self.wrong(block.line, format!("this `{}` block is empty", block.word));
        }
        text
    }

    fn script(&mut self, block: &Block<'a>, run: bool) -> Script {
        let line = block.line;
        let mut script = Script {
            text: block.text(),
            folder: String::new(),
            expect: 0,
            seconds: SECONDS,
            once: false,
            done_when: None,
        };
        let found = match attributes(block.rest) {
            Ok(found) => found,
            Err(message) => {
                self.wrong(line, message);
                return script;
            }
        };
        let mut seen = BTreeSet::new();
        for (name, value) in found {
            if !seen.insert(name) {
                self.wrong(line, format!("`{}` is given twice", shown(name)));
            }
            match (name, value) {
                ("once", None) if run => script.once = true,
                ("once", Some(_)) if run => self.wrong(line, "`once` has no value"),
                ("in", Some(value)) if value == "." => {}
                ("in", Some(value)) => match below(&value) {
                    Ok(folder) => script.folder = folder,
                    Err(reason) => {
                        self.wrong(line, format!("`in` {reason}: {}", shown(&value)));
                    }
                },
                ("timeout", Some(value)) => {
                    script.seconds = self.seconds(line, &value).unwrap_or(SECONDS);
                }
                ("expect", Some(value)) => match value.parse::<i32>() {
                    Ok(expect @ 0..=255) => script.expect = expect,
                    _ => self.wrong(
                        line,
                        format!("`expect` is an exit code of 0 to 255, not {}", shown(&value)),
                    ),
                },
                ("done-when", Some(value)) if run => {
                    if value.trim().is_empty() {
                        self.wrong(line, "`done-when` is empty");
                    }
                    script.done_when = Some(value);
                }
                ("in" | "timeout" | "expect", None) => {
                    self.wrong(line, format!("`{name}` needs a value: `{name}=…`"));
                }
                ("done-when", None) if run => {
                    self.wrong(line, "`done-when` needs a value: `done-when=\"…\"`");
                }
                _ => {
                    let known: &[&str] = if run {
                        &["in", "timeout", "expect", "once", "done-when"]
                    } else {
                        &["in", "timeout", "expect"]
                    };
                    let message = format!(
                        "unknown attribute `{}` of `{}`; known are {}",
                        shown(name),
                        block.word,
                        listed(known)
                    );
                    self.wrong(line, message);
                }
            }
        }
        if script.done_when.is_some() && !script.once {
            self.wrong_with(
                line,
                "`done-when` needs `once`",
                "write `run once done-when=…` for what must never be done twice",
            );
        }
        script
    }

    /// What `timeout` says.
    fn seconds(&mut self, line: u32, value: &str) -> Option<u64> {
        let seconds = value.parse::<u64>().ok().filter(|it| (1..=MOST_SECONDS).contains(it));
        if seconds.is_none() {
            let rule = format!("`timeout` is 1 to {MOST_SECONDS} seconds, not {}", shown(value));
            self.wrong(line, rule);
        }
        seconds
    }

    fn edit_path(&mut self, block: &Block<'a>) -> String {
        let path = match block.rest.strip_prefix('"') {
            None => Some(block.rest.to_owned()),
            Some(rest) => quoted(rest).filter(|(_, rest)| rest.is_empty()).map(|(path, _)| path),
        };
        match path.as_deref() {
            None => self.wrong(block.line, "the quotes around the path do not match"),
            Some("") => self.wrong_with(
                block.line,
                "this `edit` block has no path",
                "name the file after the word: `edit src/main.rs`",
            ),
            Some(path) => match relative(path) {
                Ok(path) => return path,
                Err(reason) => {
                    self.wrong(block.line, format!("the path {reason}: {}", shown(path)));
                }
            },
        }
        String::new()
    }

    fn pieces(&mut self, block: &Block<'a>) -> Vec<Replacement> {
        const SPLIT: &str =
            "a file that has such lines itself is changed with a `patch` block or a script";
        let problems = self.problems.len();
        let mut pieces: Vec<Replacement> = Vec::new();
        let mut open: Option<Piece> = None;
        // One message for all lines of a text.
        let mut outside = false;
        for (index, whole) in block.body.iter().enumerate() {
            let (at, line) = (block.line + number(index), bare(whole));
            open = match (Marker::of(line), open) {
                (Some(Marker::Begin), None) => {
                    outside = false;
                    Some(Piece::new(at))
                }
                (Some(Marker::Begin), Some(piece)) => {
                    let message = format!("a piece begins within that of line {}", piece.line);
                    self.wrong_with(at, message, "end each piece with `>>>>>>> REPLACE`");
                    Some(Piece::new(at))
                }
                (Some(Marker::Middle), Some(mut piece)) if piece.after.is_none() => {
                    piece.after = Some(String::new());
                    Some(piece)
                }
                (Some(Marker::Middle), Some(piece)) => {
                    let message = format!("a second `=======` in the piece of line {}", piece.line);
                    self.wrong_with(at, message, SPLIT);
                    Some(piece)
                }
                (Some(Marker::End), Some(Piece { line, before, after: Some(after) })) => {
                    pieces.push(Replacement { line, before, after });
                    None
                }
                (Some(Marker::End), Some(piece)) => {
                    let message = format!("the piece of line {} has no `=======`", piece.line);
                    self.wrong(at, message);
                    None
                }
                (Some(marker), None) => {
                    let message = format!("`{}` without a `<<<<<<< SEARCH` before", marker.name());
                    self.wrong(at, message);
                    None
                }
                (None, Some(mut piece)) => {
                    piece.after.as_mut().unwrap_or(&mut piece.before).push_str(whole);
                    Some(piece)
                }
                (None, None) => {
                    if !line.trim().is_empty() && !outside {
                        outside = true;
                        self.wrong_with(
                            at,
                            "this text is in none of the pieces",
                            "an `edit` block has pieces of `<<<<<<< SEARCH`, the old lines, `=======`, the new lines and `>>>>>>> REPLACE`",
                        );
                    }
                    None
                }
            };
        }
        if let Some(piece) = open {
            self.wrong_with(
                piece.line,
                "this piece never ends",
                "end it with `>>>>>>> REPLACE`; when its text has fences, begin the block with more marks",
            );
        }
        if pieces.is_empty() && self.problems.len() == problems {
            self.wrong(block.line, "this `edit` block has no `<<<<<<< SEARCH`");
        }
        for piece in &pieces {
            if piece.before.is_empty() && pieces.len() > 1 {
                self.wrong_with(
                    piece.line,
                    "an empty SEARCH makes a new file, and must be the only piece",
                    "search for a line beside which the text is to stand",
                );
            } else if piece.before == piece.after && !piece.before.is_empty() {
                self.wrong(piece.line, "SEARCH and REPLACE are the same");
            }
        }
        pieces
    }
}
