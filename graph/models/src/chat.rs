//! A language model that is asked in words: OpenAI's `POST {base}/chat/completions`, which hosted
//! services and local servers speak, and Anthropic's `POST {base}/messages`.
//!
//! `QF_LLM` chooses: `openai:https://host/v1#model` or `anthropic:https://api.anthropic.com#model`;
//! `QF_LLM_KEY` holds the key, if the server wants one. Unset, nothing is ever asked.

use crate::error;
use crate::server::{Purpose, Server, Settings, Unanswered};
use qf_graph::embed::EmbedError;
use serde_json::{Value, json};

/// The variable that chooses.
pub const VARIABLE: &str = "QF_LLM";
/// The variable that holds the key.
pub const KEY_VARIABLE: &str = "QF_LLM_KEY";

const SHAPE: &str = "write it as `openai:https://host/v1#model` or `anthropic:https://host#model`";
/// Longest answer, in tokens.
pub const MOST_TOKENS: u32 = 1024;

/// A language model behind a server.
pub struct Chat {
    server: Server,
    /// Its name.
    pub model: String,
    anthropic: bool,
}

/// What a model said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The text.
    pub text: String,
    /// What the server says of the tokens that it read and wrote, as it says it; null where it says
    /// nothing. Servers count differently, and whoever adds up costs has to see how.
    pub usage: Value,
}

/// A model that said nothing.
#[derive(Debug)]
pub struct ChatError {
    /// Why.
    pub error: EmbedError,
    /// What the server says of the tokens all the same.
    pub usage: Value,
    /// Whether the call may have been answered, and have to be paid.
    pub unknown: bool,
}

impl From<Unanswered> for ChatError {
    fn from(Unanswered { error, unknown }: Unanswered) -> Self {
        Self { error, usage: Value::Null, unknown }
    }
}

impl Chat {
    /// The model that the environment names, if it names one.
    pub fn from_environment() -> Result<Option<Self>, EmbedError> {
        let Some(value) = std::env::var(VARIABLE).ok().filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        let key = std::env::var(KEY_VARIABLE).ok().filter(|key| !key.is_empty());
        Self::new(&value, Settings { key, ..Settings::default() }).map(Some)
    }

    /// The model of `openai:https://host/v1#model` or `anthropic:https://host#model`.
    pub fn new(value: &str, settings: Settings) -> Result<Self, EmbedError> {
        let (kind, address) = value.split_once(':').unwrap_or_default();
        let anthropic = match kind {
            "openai" => false,
            "anthropic" => true,
            _ => return Err(error(format!("{VARIABLE}={value} names no language model"), SHAPE)),
        };
        let purpose = Purpose {
            variable: VARIABLE,
            key_variable: KEY_VARIABLE,
            shape: SHAPE,
            path: if anthropic { "messages" } else { "chat/completions" },
            able: "answers in words",
        };
        let (server, model) = Server::new(address, purpose, settings)?;
        let server = if anthropic {
            server.with_header("anthropic-version", "2023-06-01").with_header("x-api-key", "{key}")
        } else {
            server.with_bearer()
        };
        Ok(Self { server, model, anthropic })
    }

    /// What the model says to a text.
    pub fn complete(&self, system: &str, text: &str) -> Result<Completion, ChatError> {
        let message = json!({ "role": "user", "content": text });
        let request = if self.anthropic {
            json!({
                "model": self.model, "max_tokens": MOST_TOKENS, "temperature": 0,
                "system": system, "messages": [message],
            })
        } else {
            let system = json!({ "role": "system", "content": system });
            json!({
                "model": self.model, "max_tokens": MOST_TOKENS, "temperature": 0,
                "messages": [system, message],
            })
        };
        let answer = self.server.ask(request.to_string().as_bytes())?;
        let mut answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let usage = answer.get_mut("usage").map(Value::take).unwrap_or_default();
        let text: Option<String> = if self.anthropic {
            let parts = answer["content"].as_array();
            parts.map(|parts| parts.iter().filter_map(|part| part["text"].as_str()).collect())
        } else {
            answer["choices"][0]["message"]["content"].as_str().map(str::to_owned)
        };
        match text.filter(|text| !text.trim().is_empty()) {
            Some(text) => Ok(Completion { text, usage }),
            None => Err(ChatError {
                error: error(
                    format!("{}: an answer without a text", self.server.endpoint),
                    "the server must answer as OpenAI's chat completions or Anthropic's messages do",
                ),
                usage,
                unknown: true,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Chat;
    use crate::server::Settings;

    #[test]
    fn what_names_no_model_is_an_error() {
        for value in
            ["gpt", "openai:", "openai:https://host", "openai:ftp://host#m", "x:https://h#m"]
        {
            let error = Chat::new(value, Settings::default()).err().expect("an error");
            assert!(error.hint.contains("openai:https://host/v1#model"), "{}", error.hint);
        }
        let settings = Settings { key: Some("secret".to_owned()), ..Settings::default() };
        assert!(Chat::new("openai:http://far.example/v1#m", settings).is_err());
    }
}
