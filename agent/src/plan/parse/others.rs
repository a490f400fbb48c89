//! Steps that somebody else carries out: ast-grep's rules, the tools of a server, a coding agent.
//!
//! What they are given is read as strictly as a plan is. A call is approved by what people read, so
//! its arguments are a JSON object in which no name stands twice: programs differ in which of the
//! two they take. Whether rules of a `codemod` are right is not known here; who can parse code says
//! it, with the line of the step to count from.

use super::front::{TOKENS, USD, is_usd, tokens};
use super::lines::{attributes, bare, first_word, listed, number, quoted, shown};
use super::{Action, Block, Reader};
use crate::plan::edit::relative;
use crate::plan::{Budget, Call};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::collections::BTreeSet;
use std::fmt;

impl<'a> Reader<'a> {
    pub(super) fn codemod(&mut self, block: &Block<'a>) -> Action {
        let rules = block.text();
        if rules.trim().is_empty() {
            self.wrong_with(
                block.line,
                "this `codemod` block is empty",
                "write rules as ast-grep has them: `id`, `language`, `rule` and `fix`",
            );
        }
        let given = match words(block.rest) {
            Ok(given) => given,
            Err(message) => {
                self.wrong(block.line, message);
                Vec::new()
            }
        };
        let mut paths = Vec::with_capacity(given.len());
        for path in given {
            match relative(&path) {
                Ok(path) => paths.push(path),
                Err(reason) => self.wrong_with(
                    block.line,
                    format!("the path {reason}: {}", shown(&path)),
                    "paths are below the root of the work tree; without any, all of it is meant",
                ),
            }
        }
        Action::Codemod { rules, paths }
    }

    pub(super) fn mcp(&mut self, block: &Block<'a>) -> Action {
        let line = block.line;
        let (server, rest) = first_word(block.rest);
        let (tool, rest) = first_word(rest);
        for (name, what) in [(server, "server"), (tool, "tool")] {
            if !is_name(name) {
                let message = if name.is_empty() {
                    format!("this `mcp` block names no {what}")
                } else {
                    format!("{} is no name of a {what}", shown(name))
                };
                self.wrong_with(line, message, "begin it with `mcp SERVER TOOL`");
            }
        }
        let mut call = Call {
            server: server.to_owned(),
            tool: tool.to_owned(),
            arguments: String::new(),
            readonly: false,
            seconds: Call::SECONDS,
            done_when: None,
        };
        for (name, value) in self.named(block, rest) {
            match (name, value) {
                ("readonly", None) => call.readonly = true,
                ("readonly", Some(_)) => self.wrong(line, "`readonly` has no value"),
                ("timeout", Some(value)) => {
                    call.seconds = self.seconds(line, &value).unwrap_or(Call::SECONDS);
                }
                ("done-when", Some(value)) => {
                    if value.trim().is_empty() {
                        self.wrong(line, "`done-when` is empty");
                    }
                    call.done_when = Some(value);
                }
                (name, value) => {
                    let known = ["readonly", "timeout", "done-when"];
                    self.unfit(block, name, value.as_deref(), &known);
                }
            }
        }
        if call.readonly && call.done_when.is_some() {
            self.wrong_with(
                line,
                "a `readonly` call may be done again, and needs no `done-when`",
                "leave one of the two out",
            );
        }
        call.arguments = self.arguments(block);
        Action::Mcp(call)
    }

    pub(super) fn agent(&mut self, block: &Block<'a>) -> Action {
        let line = block.line;
        let prompt = block.text().trim().to_owned();
        if prompt.is_empty() {
            self.wrong(line, "this `agent` block is empty");
        }
        let mut seconds = Action::AGENT_SECONDS;
        let mut budget = Budget::default();
        for (name, value) in self.named(block, block.rest) {
            match (name, value) {
                ("timeout", Some(value)) => {
                    seconds = self.seconds(line, &value).unwrap_or(Action::AGENT_SECONDS);
                }
                ("usd", Some(value)) if is_usd(&value) => budget.usd = Some(value),
                ("usd", Some(value)) => {
                    self.wrong(line, format!("`usd` {USD}, not {}", shown(&value)));
                }
                ("tokens", Some(value)) => {
                    budget.tokens = tokens(&value);
                    if budget.tokens.is_none() {
                        self.wrong(line, format!("`tokens` {TOKENS}, not {}", shown(&value)));
                    }
                }
                (name, value) => {
                    self.unfit(block, name, value.as_deref(), &["timeout", "usd", "tokens"]);
                }
            }
        }
        Action::Agent { prompt, seconds, budget }
    }

    /// The attributes in a text, none of them twice.
    fn named<'t>(&mut self, block: &Block<'a>, text: &'t str) -> Vec<(&'t str, Option<String>)> {
        let found = match attributes(text) {
            Ok(found) => found,
            Err(message) => {
                self.wrong(block.line, message);
                return Vec::new();
            }
        };
        let mut seen = BTreeSet::new();
        for (name, _) in &found {
            if !seen.insert(*name) {
                self.wrong(block.line, format!("`{}` is given twice", shown(name)));
            }
        }
        found
    }

    /// Says what is wrong with an attribute that is not known, or has no value.
    fn unfit(&mut self, block: &Block<'a>, name: &str, value: Option<&str>, known: &[&str]) {
        let message = if value.is_none() && known.contains(&name) {
            format!("`{name}` needs a value: `{name}=…`")
        } else {
            let (name, known) = (shown(name), listed(known));
            format!("unknown attribute `{name}` of `{}`; known are {known}", block.word)
        };
        self.wrong(block.line, message);
    }

    /// The arguments of a call, in their one form.
    fn arguments(&mut self, block: &Block<'a>) -> String {
        let text = block.text();
        let Some(first) = block.body.iter().position(|line| !bare(line).trim().is_empty()) else {
            return "{}".to_owned();
        };
        match serde_json::from_str::<Unique>(&text) {
            Ok(Unique(value @ Value::Object(_))) => {
                if let Some((line, written)) = inexact(&text) {
                    self.wrong_with(
                        block.line + line,
                        format!("the number {} would not be kept as it is", shown(written)),
                        "write it as a text, in quotes, where the tool takes one",
                    );
                }
                let mut written = String::new();
                write(&value, &mut written);
                written
            }
            Ok(_) => {
                self.wrong_with(
                    block.line + number(first),
                    "the arguments of a call are a JSON object",
                    "write `{\"name\": value}`, or nothing for a tool without arguments",
                );
                String::new()
            }
            Err(error) => {
                let last = block.body.len();
                let line = block.line + error.line().clamp(1, last) as u32;
                let said = error.to_string();
                let said = said.rfind(" at line ").map_or(said.as_str(), |at| &said[..at]);
                self.wrong(line, format!("this is no JSON: {}", shown(said)));
                String::new()
            }
        }
    }
}

/// Words with blanks between them; one with blanks in it is in quotes.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = if let Some(inner) = rest.strip_prefix('"') {
            quoted(inner).ok_or("the quotes around a path do not match")?
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            (word.to_owned(), after)
        };
        if !after.is_empty() && !after.starts_with(char::is_whitespace) {
            return Err(format!("there is no blank after the path {}", shown(&word)));
        }
        words.push(word);
        rest = after.trim_start();
    }
    Ok(words)
}

/// Whether something can be the name of a server or of a tool, and no option of a command.
fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':');
    (1..=128).contains(&text.len()) && !text.starts_with('-') && text.chars().all(fits)
}

/// The first number of a JSON text that its value is not kept of, and its line, from 1: most
/// programs take a number for a float of 64 bits, and many digits are rounded then.
fn inexact(text: &str) -> Option<(u32, &str)> {
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        rest = &rest[at..];
        if let Some(inner) = rest.strip_prefix('"') {
            rest = quoted_end(inner);
            continue;
        }
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (written, after) = rest.split_at(end);
        if !is_exact(written) {
            let before = &text[..text.len() - rest.len()];
            return Some((before.matches('\n').count() as u32 + 1, written));
        }
        rest = after;
    }
    None
}

/// What follows a text of JSON whose first quote was read.
fn quoted_end(inner: &str) -> &str {
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '"' => return &inner[at + 1..],
            _ => {}
        }
    }
    ""
}

/// Whether a number is written the same once it was a float of 64 bits.
fn is_exact(written: &str) -> bool {
    // Whole numbers up to this are floats, and those above it not all.
    const MOST: u64 = 1 << 53;
    if let Ok(whole) = written.trim_start_matches('-').parse::<u64>() {
        return whole <= MOST;
    }
    let digits = |text: &str| {
        let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        digits.trim_matches('0').to_owned()
    };
    let float = written.parse::<f64>().ok().filter(|float| float.is_finite());
    float.is_some_and(|float| digits(&format!("{float:e}")) == digits(written))
}

/// A JSON value in which no object has a name twice.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is too large"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let Unique(value) = members.next_value()?;
            if all.contains_key(&name) {
                let message = format!("the name `{}` stands twice in an object", shown(&name));
                return Err(serde::de::Error::custom(message));
            }
            all.insert(name, value);
        }
        Ok(Value::Object(all))
    }
}

/// Writes a value without blanks, members of objects by name. The library keeps them in the order
/// in which they came when any program that it is built into asks for that.
fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        simple => out.push_str(&simple.to_string()),
    }
}
