//! How many tokens a call took, in classes that have a price each and no token in common.
//!
//! Servers count differently, and whoever mixes that up pays cached tokens twice on paper: what
//! Anthropic calls `input_tokens` leaves out what a cache had and what was put into one;
//! `prompt_tokens` and `input_tokens` of OpenAI and of those who speak its protocol,
//! `promptTokenCount` of Gemini and `gen_ai.usage.input_tokens` of OpenTelemetry have it in. The
//! form is told from the names that are there, never from the name of a model or an address,
//! because gateways pass on either. Where two figures contradict each other (more cached than
//! read), nothing is guessed: it is an error.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most tokens of a class that one call is believed to have: a million times the longest context.
pub const MOST: u64 = 1_000_000_000_000;

/// Tokens by class; none is in two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Read anew.
    #[serde(skip_serializing_if = "is_zero")]
    pub input: u64,
    /// Read from a cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_read: u64,
    /// Put into a cache for the usual time, five minutes.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_write: u64,
    /// Put into a cache for an hour.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_write_long: u64,
    /// Written, thinking included.
    #[serde(skip_serializing_if = "is_zero")]
    pub output: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Why nothing can be said of a usage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    /// A count is no whole number of tokens.
    #[error("`{field}` is no number of tokens: {value}")]
    NotANumber {
        /// Its name.
        field: String,
        /// The beginning of what it is.
        value: String,
    },
    /// A count that no call has.
    #[error("{count} {class} tokens are more than any call has")]
    TooMany {
        /// Of what.
        class: &'static str,
        /// How many.
        count: u64,
    },
    /// A part is larger than the whole.
    #[error("{part} tokens of `{field}` are more than the {whole} that they are a part of")]
    Contradiction {
        /// The part.
        field: String,
        /// How many it is said to be.
        part: u64,
        /// How many all are said to be.
        whole: u64,
    },
}

impl Usage {
    /// Tokens of the whole prompt, wherever they were read from.
    pub fn prompt(&self) -> u64 {
        self.input
            .saturating_add(self.cache_read)
            .saturating_add(self.cache_write)
            .saturating_add(self.cache_write_long)
    }

    /// All tokens.
    pub fn total(&self) -> u64 {
        self.prompt().saturating_add(self.output)
    }

    /// The sum, class by class; the largest number where it would be larger.
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            cache_read: self.cache_read.saturating_add(other.cache_read),
            cache_write: self.cache_write.saturating_add(other.cache_write),
            cache_write_long: self.cache_write_long.saturating_add(other.cache_write_long),
            output: self.output.saturating_add(other.output),
        }
    }

    /// The classes with their names.
    pub fn classes(&self) -> [(&'static str, u64); 5] {
        [
            ("input", self.input),
            ("cache_read", self.cache_read),
            ("cache_write", self.cache_write),
            ("cache_write_long", self.cache_write_long),
            ("output", self.output),
        ]
    }

    /// The same, where one call can have so many.
    pub fn checked(self) -> Result<Self, UsageError> {
        match self.classes().into_iter().find(|(_, count)| *count > MOST) {
            Some((class, count)) => Err(UsageError::TooMany { class, count }),
            None => Ok(self),
        }
    }

    /// What the `usage` of a server's answer says, or what it is in; none where it says nothing.
    pub fn of_server(value: &Value) -> Result<Option<Self>, UsageError> {
        let inner = ["usage", "usageMetadata", "usage_metadata"];
        let value = inner.iter().find_map(|name| value.get(name)).unwrap_or(value);
        let has = |name: &str| value.get(name).is_some_and(|value| !value.is_null());
        let usage = if has("prompt_tokens") || has("completion_tokens") {
            chat(value)?
        } else if has("promptTokenCount") || has("candidatesTokenCount") {
            gemini(value)?
        } else if has("gen_ai.usage.input_tokens") || has("gen_ai.usage.output_tokens") {
            telemetry(value)?
        } else if has("input_tokens") || has("output_tokens") {
            // OpenAI's newer form and Anthropic's share two names; the others tell them apart.
            let is_whole = has("input_tokens_details") || has("cached_input_tokens");
            if is_whole { responses(value)? } else { anthropic(value)? }
        } else {
            return Ok(None);
        };
        usage.checked().map(Some)
    }
}

/// A count below an object, at a path; 0 where it is not there.
pub(super) fn count(value: &Value, path: &[&str]) -> Result<u64, UsageError> {
    given(value, path).map(Option::unwrap_or_default)
}

/// The same; none where it is not there.
fn given(value: &Value, path: &[&str]) -> Result<Option<u64>, UsageError> {
    let mut at = value;
    for name in path {
        match at.get(name) {
            Some(Value::Null) | None => return Ok(None),
            Some(below) => at = below,
        }
    }
    at.as_u64().map(Some).ok_or_else(|| UsageError::NotANumber {
        field: path.join("."),
        value: at.to_string().chars().take(40).collect(),
    })
}

/// The first of several counts that is there.
fn first(value: &Value, paths: &[&[&str]]) -> Result<u64, UsageError> {
    for path in paths {
        if let Some(count) = given(value, path)? {
            return Ok(count);
        }
    }
    Ok(0)
}

/// Of counts in which the whole prompt has its cached parts.
fn whole(whole: u64, read: u64, written: u64, output: u64) -> Result<Usage, UsageError> {
    let contradiction =
        |field: &str, part: u64| UsageError::Contradiction { field: field.to_owned(), part, whole };
    let rest = whole.checked_sub(read).ok_or_else(|| contradiction("cached", read))?;
    let input = rest.checked_sub(written).ok_or_else(|| contradiction("cache writes", written))?;
    Ok(Usage { input, cache_read: read, cache_write: written, cache_write_long: 0, output })
}

/// OpenAI's chat completions, and DeepSeek's and OpenRouter's additions to them. Gemini and xAI
/// count what was thought in the sum of all tokens only.
fn chat(value: &Value) -> Result<Usage, UsageError> {
    let read = first(
        value,
        &[
            &["prompt_tokens_details", "cached_tokens"],
            &["prompt_cache_hit_tokens"],
            &["cache_read_input_tokens"],
        ],
    )?;
    let written = first(
        value,
        &[
            &["prompt_tokens_details", "cache_write_tokens"],
            &["prompt_tokens_details", "cache_creation_tokens"],
            &["cache_creation_input_tokens"],
        ],
    )?;
    let output = count(value, &["completion_tokens"])?;
    let prompt = given(value, &["prompt_tokens"])?;
    let all = count(value, &["total_tokens"])?;
    let rest = prompt.map_or(0, |prompt| all.saturating_sub(prompt));
    whole(prompt.unwrap_or_default(), read, written, output.max(rest))
}

/// OpenAI's responses, and what Codex prints.
fn responses(value: &Value) -> Result<Usage, UsageError> {
    let read =
        first(value, &[&["input_tokens_details", "cached_tokens"], &["cached_input_tokens"]])?;
    let written = first(
        value,
        &[
            &["input_tokens_details", "cache_write_tokens"],
            &["input_tokens_details", "cache_creation_tokens"],
            &["cache_write_input_tokens"],
        ],
    )?;
    let output = count(value, &["output_tokens"])?;
    whole(count(value, &["input_tokens"])?, read, written, output)
}

/// Anthropic's messages: the classes have no token in common already.
fn anthropic(value: &Value) -> Result<Usage, UsageError> {
    let short = count(value, &["cache_creation", "ephemeral_5m_input_tokens"])?;
    let long = count(value, &["cache_creation", "ephemeral_1h_input_tokens"])?;
    let written = given(value, &["cache_creation_input_tokens"])?;
    let written = written.unwrap_or(short.saturating_add(long));
    let cache_write = written.checked_sub(long).ok_or_else(|| UsageError::Contradiction {
        field: "cache_creation.ephemeral_1h_input_tokens".to_owned(),
        part: long,
        whole: written,
    })?;
    Ok(Usage {
        input: count(value, &["input_tokens"])?,
        cache_read: count(value, &["cache_read_input_tokens"])?,
        cache_write,
        cache_write_long: long,
        output: count(value, &["output_tokens"])?,
    })
}

/// Gemini's `usageMetadata`: what was thought is counted beside the answer.
fn gemini(value: &Value) -> Result<Usage, UsageError> {
    let prompt = count(value, &["promptTokenCount"])?
        .saturating_add(count(value, &["toolUsePromptTokenCount"])?);
    let output = count(value, &["candidatesTokenCount"])?
        .saturating_add(count(value, &["thoughtsTokenCount"])?);
    whole(prompt, count(value, &["cachedContentTokenCount"])?, 0, output)
}

/// OpenTelemetry's attributes (semantic conventions for generative AI, `gen_ai.usage.*`).
fn telemetry(value: &Value) -> Result<Usage, UsageError> {
    let attribute = |name: &str| count(value, &[&format!("gen_ai.usage.{name}")]);
    whole(
        attribute("input_tokens")?,
        attribute("cache_read.input_tokens")?,
        attribute("cache_creation.input_tokens")?,
        attribute("output_tokens")?,
    )
}
