//! The front matter of a plan, and the options of a phase: tables of TOML, field by field.

use super::lines::{listed, shown};
use crate::plan::edit::below;
use crate::plan::{Budget, Header, Isolation, Problem};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Most minutes that can be said: a year.
const MOST_MINUTES: u64 = 525_600;

/// What the front matter may say.
const KEYS: [&str; 11] = [
    "id",
    "goal",
    "tree",
    "base",
    "index",
    "isolation",
    "minutes",
    "domains",
    "touches",
    "test",
    "budget",
];

/// What an amount of money is, for messages.
pub(super) const USD: &str = "is dollars above zero, like \"2.50\"";

/// What a number of tokens is, for messages.
pub(super) const TOKENS: &str = "is a number of tokens from 1";

/// Most tokens that can be said.
const MOST_TOKENS: u64 = 1_000_000_000_000;

/// Whether something can be the name of a plan.
pub(crate) fn is_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=60).contains(&text.len()) && text.bytes().all(fits) && !text.starts_with('-')
}

/// Fields of a table, and where they are in the file.
pub(super) struct Fields<'a> {
    table: &'a toml::Table,
    lines: BTreeMap<&'a str, u32>,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(
        text: &'a str,
        first: u32,
        table: &'a toml::Table,
        problems: &'a mut Vec<Problem>,
    ) -> Self {
        let mut lines = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start_matches([' ', '\t', '[', '"', '\'']);
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            let (key, rest) = line.split_at(line.find(|c: char| !fits(c)).unwrap_or(line.len()));
            let rest = rest.trim_start_matches([' ', '\t', '"', '\'']);
            if rest.starts_with(['=', '.', ']']) {
                lines.entry(key).or_insert(first + index as u32);
            }
        }
        Self { table, lines, problems }
    }

    fn wrong(&mut self, key: &str, message: String) {
        let line = self.lines.get(key).copied().unwrap_or(1);
        self.problems.push(Problem { line, message, help: None });
    }

    /// Complains about what is not known.
    pub(super) fn unknown(&mut self, known: &[&str]) {
        let table = self.table;
        for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
            self.wrong(key, format!("unknown key `{}`; known are {}", shown(key), listed(known)));
        }
    }

    /// Complains about what must be there and is not.
    fn needed(&mut self, keys: &[&str]) {
        let table = self.table;
        for key in keys.iter().filter(|key| !table.contains_key(**key)) {
            self.problems.push(Problem {
                line: 1,
                message: format!("the front matter has no `{key}`"),
                help: Some(format!("write `{key} = …` into it")),
            });
        }
    }

    pub(super) fn text(&mut self, key: &str, fits: fn(&str) -> bool, rule: &str) -> Option<String> {
        let table = self.table;
        match table.get(key)? {
            toml::Value::String(text) if fits(text) => return Some(text.clone()),
            toml::Value::String(text) => {
                self.wrong(key, format!("`{key}` {rule}, not \"{}\"", shown(text)));
            }
            other => self.wrong(key, format!("`{key}` {rule}, and no {}", other.type_str())),
        }
        None
    }

    fn number(&mut self, key: &str, least: u64, most: u64, rule: &str) -> Option<u64> {
        let table = self.table;
        let value = table.get(key)?;
        let number = value
            .as_integer()
            .and_then(|number| u64::try_from(number).ok())
            .filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.wrong(key, format!("`{key}` {rule}, not {}", shown(&value.to_string())));
        }
        number
    }

    /// The table of what language models may use; `text` is that of the whole front matter.
    fn budget(&mut self, text: &str) -> Budget {
        let table = self.table;
        let Some(value) = table.get("budget") else { return Budget::default() };
        let Some(inner) = value.as_table() else {
            let message = format!("`budget` is a table, `[budget]`, and no {}", value.type_str());
            self.wrong("budget", message);
            return Budget::default();
        };
        let mut fields = Fields::new(text, 2, inner, self.problems);
        fields.unknown(&["usd", "tokens"]);
        let usd = fields.text("usd", is_usd, USD);
        let tokens = fields.number("tokens", 1, MOST_TOKENS, TOKENS);
        Budget { usd, tokens }
    }

    fn list(&mut self, key: &str, fits: fn(&str) -> bool, rule: &str) -> Vec<String> {
        let table = self.table;
        let mut all = Vec::new();
        let Some(value) = table.get(key) else { return all };
        let Some(values) = value.as_array() else {
            self.wrong(key, format!("`{key}` is a list, and no {}", value.type_str()));
            return all;
        };
        for value in values {
            match value.as_str() {
                Some(text) if fits(text) => all.push(text.to_owned()),
                _ => self.wrong(key, format!("`{key}` {rule}, not {}", shown(&value.to_string()))),
            }
        }
        all
    }
}

fn is_domain(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    name.len() <= 253 && name.split('.').all(|part| !part.is_empty() && part.chars().all(fits))
}

/// Whether something is an amount of dollars: at most nine digits and six decimals, and not zero.
pub(super) fn is_usd(text: &str) -> bool {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let fits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    fits(whole, 9) && fits(decimals, 6) && text.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

/// A number of tokens, when it is one.
pub(super) fn tokens(text: &str) -> Option<u64> {
    text.parse().ok().filter(|tokens| (1..=MOST_TOKENS).contains(tokens))
}

fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

fn is_tree(text: &str) -> bool {
    let path = Path::new(text);
    is_line(text)
        && path.is_absolute()
        && path.components().all(|part| !matches!(part, Component::ParentDir))
}

fn is_commit(text: &str) -> bool {
    is_line(text) && !text.starts_with('-') && !text.contains(char::is_whitespace)
}

/// What the front matter says.
pub(super) fn header(
    text: &str,
    table: &toml::Table,
    problems: &mut Vec<Problem>,
) -> Option<Header> {
    const ID: &str = "has 1 to 60 lower-case letters, digits and hyphens, and no hyphen first";
    let mut fields = Fields::new(text, 2, table, problems);
    fields.unknown(&KEYS);
    fields.needed(&["id", "goal", "tree"]);
    let id = fields.text("id", is_id, ID);
    let goal = fields.text("goal", is_line, "is one line of text");
    let tree = fields.text("tree", is_tree, "is an absolute path without `..`");
    let base = fields.text("base", is_commit, "is the name of a commit");
    let index = fields.number("index", 0, u64::MAX, "is the number of a generation");
    let is_isolation = |text: &str| matches!(text, "auto" | "checkpoint" | "overlay");
    const ISOLATION: &str = "is `auto`, `checkpoint` or `overlay`";
    let isolation = match fields.text("isolation", is_isolation, ISOLATION).as_deref() {
        Some("checkpoint") => Isolation::Checkpoint,
        Some("overlay") => Isolation::Overlay,
        _ => Isolation::Auto,
    };
    let minutes = fields.number("minutes", 1, MOST_MINUTES, "is a number of minutes from 1");
    const DOMAINS: &str = "has names like `example.org`, without scheme and path";
    let domains = fields.list("domains", is_domain, DOMAINS);
    let is_below = |text: &str| below(text).is_ok();
    let touches = fields.list("touches", is_below, "has paths below the root of the tree");
    let has_tests = |text: &str| is_line(text) && text.contains("{tests}");
    let test = fields.text("test", has_tests, "is a shell line with `{tests}` in it");
    let budget = fields.budget(text);
    Some(Header {
        id: id?,
        goal: goal?.trim().to_owned(),
        tree: PathBuf::from(tree?),
        base,
        index,
        isolation,
        minutes,
        budget,
        domains,
        touches,
        test,
    })
}
