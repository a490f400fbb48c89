//! What an agent program says that it used.
//!
//! Such programs end with a result in JSON, as one object or as the last of many lines: Claude Code
//! (`claude -p --output-format json` or `stream-json`) with the tokens of each model, sub-agents
//! included, and what it believes they cost; Codex (`codex exec --json`) with the tokens of the
//! session so far at each turn. The last one counts, because all of them count from the beginning.
//! Lines that are no JSON, or say nothing of tokens, are passed over: programs print other things
//! too.

use super::money::Money;
use super::usage::{Usage, UsageError, count};
use serde_json::Value;
use std::collections::BTreeMap;

/// What was used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spent {
    /// All of it.
    pub usage: Usage,
    /// The same by model, where that is known.
    pub models: BTreeMap<String, Usage>,
    /// What whoever made the calls says that they cost.
    pub reported: Option<Money>,
    /// Whether it is the sum of many calls, so that the prices of long prompts may not hold; where
    /// they might, what is reported counts, and without that the higher prices.
    pub is_sum: bool,
}

impl From<Usage> for Spent {
    fn from(usage: Usage) -> Self {
        Self { usage, ..Self::default() }
    }
}

impl Spent {
    /// What a server's answer says, or the output of an agent program; none where neither does.
    pub fn of_text(text: &str) -> Result<Option<Self>, UsageError> {
        if let Ok(value) = serde_json::from_str::<Value>(text) {
            return match &value {
                Value::Array(parts) => last(parts.iter().rev().cloned()),
                _ => of_value(&value),
            };
        }
        last(text.lines().rev().filter_map(|line| serde_json::from_str(line).ok()))
    }
}

/// The first of these that says something, the last line first.
fn last(values: impl Iterator<Item = Value>) -> Result<Option<Spent>, UsageError> {
    for value in values {
        if let Some(spent) = of_value(&value)? {
            return Ok(Some(spent));
        }
    }
    Ok(None)
}

fn of_value(value: &Value) -> Result<Option<Spent>, UsageError> {
    if !value.is_object() {
        return Ok(None);
    }
    // The messages in between have a usage each; only the result has all of them.
    if matches!(value["type"].as_str(), Some("assistant" | "user" | "system" | "stream_event")) {
        return Ok(None);
    }
    if value["modelUsage"].is_object() || value["type"] == "result" {
        return result(value);
    }
    // An older form of Codex's lines.
    let codex = value.pointer("/payload/info/total_token_usage");
    let codex = codex.or_else(|| value.pointer("/msg/info/total_token_usage"));
    let is_sum = codex.is_some() || value["type"] == "turn.completed";
    let usage = Usage::of_server(codex.unwrap_or(value))?;
    Ok(usage.map(|usage| Spent { usage, is_sum, ..Spent::default() }))
}

/// The result of Claude Code. One without any figure says nothing, which is not that it was free.
fn result(value: &Value) -> Result<Option<Spent>, UsageError> {
    let given = Usage::of_server(&value["usage"])?;
    let main = given.unwrap_or_default();
    let mut models = BTreeMap::new();
    if let Some(all) = value["modelUsage"].as_object() {
        for (model, used) in all {
            let usage = Usage {
                input: count(used, &["inputTokens"])?,
                cache_read: count(used, &["cacheReadInputTokens"])?,
                cache_write: count(used, &["cacheCreationInputTokens"])?,
                cache_write_long: 0,
                output: count(used, &["outputTokens"])?,
            };
            models.insert(model.clone(), usage.checked()?);
        }
    }
    if given.is_none() && models.is_empty() {
        return Ok(None);
    }
    // Only `usage` says which writes are for an hour; it may leave sub-agents out.
    let is_one = models.len() == 1;
    if let Some(only) = models.values_mut().next()
        && is_one
        && only.total() == main.total()
    {
        *only = main;
    }
    let usage = if models.is_empty() {
        main
    } else {
        models.values().fold(Usage::default(), |sum: Usage, usage| sum.plus(usage))
    };
    let reported = match &value["total_cost_usd"] {
        Value::Number(number) => Money::reported(number),
        _ => None,
    };
    Ok(Some(Spent { usage, models, reported, is_sum: true }))
}
