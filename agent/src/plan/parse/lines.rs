//! What a single line of a plan is: a fence, a heading, a marker, or one that is nearly one.

/// The words that make a block a step, and `phase`, which holds options.
pub(super) const STEPS: [&str; 10] =
    ["run", "edit", "patch", "codemod", "verify", "mcp", "ask", "notify", "agent", "phase"];

/// Languages whose names are nearly those of steps.
const LANGUAGES: [&str; 13] =
    ["r", "rust", "ruby", "diff", "as", "ash", "asm", "awk", "bat", "batch", "bun", "ron", "task"];

/// A line without its end.
pub(crate) fn bare(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

/// How many lines end in a text.
pub(super) fn count(text: &str) -> u32 {
    text.matches('\n').count() as u32
}

/// The number of a line of which the index is known.
pub(super) fn number(index: usize) -> u32 {
    index as u32 + 1
}

/// The beginning of a text, for a message.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let visible = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut beginning: String = text.chars().take(MOST).map(visible).collect();
    if text.chars().nth(MOST).is_some() {
        beginning.push('…');
    }
    beginning
}

/// Words as a list, for a message.
pub(super) fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The first word of a text, and what follows it.
pub(super) fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let (word, rest) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    (word, rest.trim())
}

/// The line that opens a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fence<'a> {
    pub(super) mark: u8,
    pub(super) length: usize,
    indent: usize,
    /// What follows the marks.
    pub(super) info: &'a str,
}

impl<'a> Fence<'a> {
    /// The fence that a line is, if it is one.
    pub(super) fn open(line: &'a str) -> Option<Self> {
        let rest = line.trim_start_matches(' ');
        let indent = line.len() - rest.len();
        let mark = rest.bytes().next().filter(|byte| matches!(byte, b'`' | b'~'))?;
        let length = rest.bytes().take_while(|byte| *byte == mark).count();
        if indent > 3 || length < 3 {
            return None;
        }
        let fence = Self { mark, length, indent, info: rest[length..].trim() };
        // Markdown takes such a line for code within a paragraph; of a step that is said.
        (!fence.is_inline() || fence.is_step()).then_some(fence)
    }

    /// Whether Markdown sees no fence in it.
    pub(super) fn is_inline(&self) -> bool {
        self.mark == b'`' && self.info.contains('`')
    }

    pub(super) fn word(&self) -> &'a str {
        first_word(self.info).0
    }

    pub(super) fn is_step(&self) -> bool {
        STEPS.contains(&self.word())
    }

    pub(super) fn closes(&self, line: &str) -> bool {
        let rest = line.trim_start_matches(' ');
        let length = rest.bytes().take_while(|byte| *byte == self.mark).count();
        line.len() - rest.len() <= 3 && length >= self.length && rest[length..].trim().is_empty()
    }

    /// A line of its block, without the blanks that the fence itself is indented by.
    pub(super) fn inner<'b>(&self, line: &'b str) -> &'b str {
        let blanks = line.bytes().take(self.indent).take_while(|byte| *byte == b' ').count();
        &line[blanks..]
    }
}

/// A heading that has to do with phases.
pub(super) enum Heading<'a> {
    /// It begins the phase of this name.
    Phase(&'a str),
    /// It seems to be meant to.
    Nearly,
}

impl<'a> Heading<'a> {
    pub(super) fn of(line: &'a str) -> Option<Self> {
        let rest = line.trim_start_matches(' ');
        let level = rest.bytes().take_while(|byte| *byte == b'#').count();
        if line.len() - rest.len() > 3 || !(1..=6).contains(&level) {
            return None;
        }
        let after = &rest[level..];
        let mut title = after.trim();
        let open = title.trim_end_matches('#');
        if open.is_empty() || open.ends_with([' ', '\t']) {
            title = open.trim_end();
        }
        let (kind, name) = title.split_once(':')?;
        let kind = kind.trim_end();
        if kind.eq_ignore_ascii_case("phase") {
            let exact = level == 2 && after.starts_with([' ', '\t']);
            return Some(if exact { Self::Phase(name.trim()) } else { Self::Nearly });
        }
        // `## Phase 2: name`.
        let (word, which) = first_word(kind);
        let numbered = !which.is_empty() && which.bytes().all(|byte| byte.is_ascii_digit());
        (word.eq_ignore_ascii_case("phase") && numbered).then_some(Self::Nearly)
    }
}

/// The step that a word was probably meant to be.
pub(super) fn meant(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    if LANGUAGES.contains(&lower.as_str()) {
        return None;
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let head = lower.split(|c: char| !fits(c)).next().unwrap_or_default();
    STEPS.into_iter().find(|step| head == *step || is_near(&lower, step))
}

/// Whether two words differ by one letter at most, or by two that stand the other way round.
fn is_near(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let turned = a.len() == b.len()
        && (1..a.len()).any(|at| {
            let other = [&a[..at - 1], &[a[at], a[at - 1]], &a[at + 1..]].concat();
            other == b
        });
    if turned {
        return true;
    }
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    a.len().max(b.len()) - end <= 1
}

/// The step that a line in prose would open if it stood at the margin.
pub(super) fn displaced(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    loop {
        let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let inner = if digits.len() < rest.len() {
            digits.strip_prefix(['.', ')'])
        } else {
            rest.strip_prefix(['>', '-', '*', '+'])
        };
        let Some(inner) = inner else { break };
        rest = inner.trim_start();
    }
    Fence::open(rest).filter(Fence::is_step).map(|fence| fence.word())
}

/// A marker in an `edit` block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Begin,
    Middle,
    End,
}

impl Marker {
    pub(super) fn of(line: &str) -> Option<Self> {
        let line = line.trim_end();
        let is = |sign: &str| {
            line.strip_prefix(sign).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        if is("<<<<<<<") {
            Some(Self::Begin)
        } else if line == "=======" {
            Some(Self::Middle)
        } else if is(">>>>>>>") {
            Some(Self::End)
        } else {
            None
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Begin => "<<<<<<< SEARCH",
            Self::Middle => "=======",
            Self::End => ">>>>>>> REPLACE",
        }
    }
}

/// The attributes after the word of a step.
pub(super) fn attributes(text: &str) -> Result<Vec<(&str, Option<String>)>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return Err("there is a `=` without a name before it".to_owned());
        }
        let mut value = None;
        rest = after;
        if let Some(after) = after.strip_prefix('=') {
            let (text, after) = if let Some(inner) = after.strip_prefix('"') {
                quoted(inner)
                    .ok_or_else(|| format!("the value of `{}` has no second quote", shown(name)))?
            } else {
                let end = after.find(char::is_whitespace).unwrap_or(after.len());
                let (text, after) = after.split_at(end);
                (text.to_owned(), after)
            };
            value = Some(text);
            rest = after;
        }
        if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
            return Err(format!("there is no blank after the value of `{}`", shown(name)));
        }
        rest = rest.trim_start();
        found.push((name, value));
    }
    Ok(found)
}

/// What is before the closing quote of a text, and what is after it.
pub(super) fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            // Before anything else a backslash is one.
            if !matches!(c, '"' | '\\') {
                value.push('\\');
            }
            value.push(c);
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == '"' {
            return Some((value, &text[at + 1..]));
        } else {
            value.push(c);
        }
    }
    None
}
