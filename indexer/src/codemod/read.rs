//! The text of rules, read by ast-grep's crate; what is wrong with it, at which line.
//!
//! The crate reads a rule through a table without places, and says of most mistakes nothing but
//! that there is one. So every document is read alone, first in a strict form that knows where it
//! is; and what is wrong with a rule as such is looked for in the part of the document that it is
//! about.

use super::dialect::Dialect;
use super::{CodemodError, Rule, Rules};
use ast_grep_config::{
    GlobalRules, RuleCollection, RuleConfig, RuleConfigError, RuleCoreError, SerializableRewriter,
    SerializableRule, SerializableRuleConfig, Severity, Transformation, from_str,
};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::collections::BTreeMap;
use std::error::Error;
use std::panic::catch_unwind;

/// Most bytes of rules.
const MOST_BYTES: usize = 256 << 10;

/// What is wrong, and at which line of the whole text, from 1.
struct Wrong {
    line: u32,
    message: String,
}

/// Reads rules: documents of YAML, as ast-grep has them, each with a `fix`. An error has a line,
/// from 1, within the text.
pub fn rules(text: &str) -> Result<Rules, CodemodError> {
    if text.len() > MOST_BYTES {
        let message = format!("the rules have {} bytes; they may have {MOST_BYTES}", text.len());
        return Err(CodemodError::Rules { line: 1, message });
    }
    catch_unwind(|| read(text))
        .map_err(|_| CodemodError::Internal { of: "the text of the rules".to_owned() })?
        .map_err(|Wrong { line, message }| CodemodError::Rules { line, message })
}

fn read(text: &str) -> Result<Rules, Wrong> {
    let mut rules = Vec::new();
    for document in documents(text) {
        rules.push(document.rule(rules.len() + 1)?);
    }
    if rules.is_empty() {
        let message = "there is no rule; one has `id`, `language`, `rule` and `fix`".to_owned();
        return Err(Wrong { line: 1, message });
    }
    Ok(Rules { rules })
}

/// One document of the text.
struct Document<'a> {
    text: &'a str,
    /// How many lines are before it.
    before: u32,
}

/// The documents of a text; those with nothing in them are none.
fn documents(text: &str) -> Vec<Document<'_>> {
    let mut all = Vec::new();
    let (mut start, mut before, mut at) = (0, 0, 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if is_marker(line) && at > start {
            all.push(Document { text: &text[start..at], before });
            (start, before) = (at, index as u32);
        }
        at += line.len();
    }
    all.push(Document { text: &text[start..], before });
    all.retain(|document| document.first_line().is_some());
    all
}

/// Whether a line begins a document.
fn is_marker(line: &str) -> bool {
    line.strip_prefix("---")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\n', '\r']))
}

/// The keys of a rule, in a form that is read with places and that takes nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it is read to see whether it can be")]
struct Strict {
    id: Option<String>,
    language: Dialect,
    rule: SerializableRule,
    constraints: Option<BTreeMap<String, SerializableRule>>,
    utils: Option<BTreeMap<String, SerializableRule>>,
    transform: Option<BTreeMap<String, Transformation>>,
    fix: Option<IgnoredAny>,
    rewriters: Option<Vec<SerializableRewriter>>,
    message: Option<String>,
    note: Option<String>,
    severity: Option<Severity>,
    labels: Option<IgnoredAny>,
    files: Option<IgnoredAny>,
    ignores: Option<IgnoredAny>,
    url: Option<String>,
    metadata: Option<IgnoredAny>,
}

impl Document<'_> {
    fn rule(&self, number: usize) -> Result<Rule, Wrong> {
        let strict: Strict = self.parsed()?;
        let start = self.first_line().unwrap_or(1);
        let at = |key: &str| self.key(key).map_or(start, |(line, _)| line);
        if strict.fix.is_none() {
            let message = "the rule has no `fix`, and would change nothing".to_owned();
            return Err(Wrong { line: at("id"), message });
        }
        if strict.severity == Some(Severity::Off) {
            let message = "the rule is off, and would change nothing".to_owned();
            return Err(Wrong { line: at("severity"), message });
        }
        let config: SerializableRuleConfig<Dialect> = self.parsed()?;
        let dialect = config.language.clone();
        let id = if config.id.is_empty() { format!("{number}") } else { config.id.clone() };
        let config = RuleConfig::try_from(config, &GlobalRules::default())
            .map_err(|error| self.unfit(&error))?;
        if config.fixer.len() != 1 {
            let message = "the rule has several fixes; write a rule for the one that is meant";
            return Err(Wrong { line: at("fix"), message: message.to_owned() });
        }
        let set = RuleCollection::try_new(vec![config]).map_err(|error| {
            let key = if self.key("files").is_some() { "files" } else { "ignores" };
            Wrong { line: at(key), message: error.to_string() }
        })?;
        Ok(Rule { id, dialect, set })
    }

    fn parsed<T: DeserializeOwned>(&self) -> Result<T, Wrong> {
        from_str(self.text).map_err(|error| {
            let line = error.location().and_then(|location| u32::try_from(location.line()).ok());
            self.yaml(&error.without_snippet().to_string(), line)
        })
    }

    /// The first line that says something, from 1 in the whole text.
    fn first_line(&self) -> Option<u32> {
        let says = |line: &str| {
            let line = if is_marker(line) { &line[3..] } else { line };
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#') && line != "..."
        };
        let index = self.text.lines().position(says)?;
        Some(self.before + index as u32 + 1)
    }

    /// What is wrong with the text as YAML, or with its keys.
    fn yaml(&self, message: &str, line: Option<u32>) -> Wrong {
        let start = self.first_line().unwrap_or(1);
        let message = message.rfind(" at line ").map_or(message, |at| &message[..at]);
        let message = message.strip_prefix("error: ").unwrap_or(message).to_owned();
        let said = line.filter(|line| *line > 0).map(|line| self.before + line);
        let line = if message.starts_with("missing field") {
            start
        } else if let Some(rest) = message.strip_prefix("unknown field `") {
            // What is said is where the table ends that has it.
            let key = rest.split('`').next().unwrap_or_default();
            let found = self.last_key(key, said).or_else(|| self.last_key(key, None));
            found.or(said).unwrap_or(start)
        } else {
            said.unwrap_or(start)
        };
        Wrong { line, message }
    }

    /// The last line up to another that has a key, at any depth.
    fn last_key(&self, key: &str, most: Option<u32>) -> Option<u32> {
        let has = |line: &str| {
            let line = line.trim_start_matches([' ', '-', '{', ',', '"', '\'']);
            let rest = line.strip_prefix(key).map(|rest| rest.trim_start_matches(['"', '\'', ' ']));
            rest.is_some_and(|rest| rest.starts_with(':'))
        };
        let lines = (self.before + 1..).zip(self.text.lines());
        lines
            .filter(|&(number, line)| most.is_none_or(|most| number <= most) && has(line))
            .last()
            .map(|(number, _)| number)
    }

    /// The line of a key of the rule, from 1 in the whole text, and the lines that belong to it.
    fn key(&self, key: &str) -> Option<(u32, Vec<&str>)> {
        let mut lines = (self.before + 1..).zip(self.text.lines());
        let is_it = |line: &str| {
            let line = line.strip_prefix("--- ").unwrap_or(line);
            line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'))
        };
        let (number, first) = lines.find(|&(_, line)| is_it(line))?;
        let inner = lines.map(|(_, line)| line);
        let belongs =
            |line: &&str| line.is_empty() || line.starts_with([' ', '\t', '-', '#', '}', ']']);
        let mut all = vec![first];
        all.extend(inner.take_while(belongs));
        Some((number, all))
    }

    /// What is wrong with a rule that is well written: in which part, and there in the line that
    /// has what the message is about.
    fn unfit(&self, error: &RuleConfigError) -> Wrong {
        let part = match error {
            RuleConfigError::Core(RuleCoreError::Utils(_)) => "utils",
            RuleConfigError::Core(RuleCoreError::Constraints(_)) => "constraints",
            RuleConfigError::Core(RuleCoreError::Transform(_)) => "transform",
            RuleConfigError::Core(RuleCoreError::UndefinedMetaVar(_, part)) => *part,
            RuleConfigError::Fixer(_) => "fix",
            RuleConfigError::Rewriter(_) => "rewriters",
            RuleConfigError::UndefinedRewriter(_) => "transform",
            RuleConfigError::LabelVariable(_) => "labels",
            _ => "rule",
        };
        let mut deepest: &dyn Error = error;
        while let Some(source) = deepest.source() {
            deepest = source;
        }
        let said = deepest.to_string();
        let line = said.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        let message = format!("`{part}`: {}", line.trim_end_matches('.'));
        let start = self.first_line().unwrap_or(1);
        let Some((line, lines)) = self.key(part) else { return Wrong { line: start, message } };
        // Messages have what they are about in backticks; of a pattern the first line will do.
        let about = said.split('`').nth(1).and_then(|text| text.trim().lines().next());
        let inner = about
            .filter(|about| !about.is_empty())
            .and_then(|about| lines.iter().position(|line| line.contains(about)));
        Wrong { line: line + inner.unwrap_or(0) as u32, message }
    }
}
