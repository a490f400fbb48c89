//! Embedding models beyond the built-in table.
//!
//! The built-in table needs nothing and is good inside repositories; transformers understand prose
//! better. They need something that qf does not bring along — a runtime library and a model, or a
//! server — so each is behind a feature that is off by default, and all of it that may be missing
//! is an error with its remedy.
//!
//! `QF_EMBEDDER` chooses, for indexing and for asking alike (vectors of different models are never
//! compared):
//!
//! | value | model |
//! |---|---|
//! | unset, empty, `static` | the built-in table |
//! | `fastembed:/path/to/folder` | `model.onnx` and `tokenizer.json` in that folder, run by ONNX Runtime; `ORT_DYLIB_PATH` names its library |
//! | `http:https://host/v1#model` | `model` of an OpenAI-compatible server; `QF_EMBEDDER_KEY` holds its key, if it wants one |

#[cfg(feature = "chat")]
pub mod chat;
#[cfg(feature = "fastembed")]
pub mod fastembed;
#[cfg(feature = "http")]
pub mod http;
#[cfg(any(feature = "http", feature = "chat"))]
pub mod server;

use qf_graph::embed::{EmbedError, Embedder};
use std::sync::Arc;

/// The variable that chooses.
pub const VARIABLE: &str = "QF_EMBEDDER";

/// The model that the environment asks for; `None` is the built-in table.
pub fn from_environment() -> Result<Option<Arc<dyn Embedder>>, EmbedError> {
    match std::env::var(VARIABLE) {
        Ok(value) => select(&value),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(unknown("(not Unicode)")),
    }
}

/// The model that a value of `QF_EMBEDDER` means; `None` is the built-in table.
pub fn select(value: &str) -> Result<Option<Arc<dyn Embedder>>, EmbedError> {
    match value.split_once(':') {
        None if value.is_empty() || value == "static" => Ok(None),
        Some(("fastembed", folder)) => local(folder).map(Some),
        Some(("http", rest)) => remote(rest).map(Some),
        _ => Err(unknown(value)),
    }
}

fn unknown(value: &str) -> EmbedError {
    error(
        format!("{VARIABLE}={value} names no embedding model"),
        "set it to `static`, `fastembed:/path/to/model` or `http:https://host/v1#model`",
    )
}

fn error(message: impl Into<String>, hint: impl Into<String>) -> EmbedError {
    EmbedError { message: message.into(), hint: hint.into() }
}

#[cfg(feature = "fastembed")]
fn local(folder: &str) -> Result<Arc<dyn Embedder>, EmbedError> {
    Ok(Arc::new(fastembed::LocalModel::open(
        std::path::Path::new(folder),
        fastembed::library_from_environment().as_deref(),
    )?))
}

#[cfg(not(feature = "fastembed"))]
fn local(_: &str) -> Result<Arc<dyn Embedder>, EmbedError> {
    Err(not_compiled("fastembed", "fastembed"))
}

#[cfg(feature = "http")]
fn remote(rest: &str) -> Result<Arc<dyn Embedder>, EmbedError> {
    Ok(Arc::new(http::RemoteModel::from_environment(rest)?))
}

#[cfg(not(feature = "http"))]
fn remote(_: &str) -> Result<Arc<dyn Embedder>, EmbedError> {
    Err(not_compiled("http", "http-embeddings"))
}

#[cfg(not(all(feature = "fastembed", feature = "http")))]
fn not_compiled(kind: &str, feature: &str) -> EmbedError {
    error(
        format!("{VARIABLE} asks for a model of kind `{kind}`, which this qf was built without"),
        format!("build it with `cargo build --release --features {feature}`, or unset {VARIABLE}"),
    )
}

#[cfg(test)]
mod tests {
    use super::select;

    #[test]
    fn the_table_is_the_default() {
        assert!(select("").is_ok_and(|model| model.is_none()));
        assert!(select("static").is_ok_and(|model| model.is_none()));
    }

    #[test]
    fn unknown_values_are_errors_with_their_remedy() {
        for value in ["statc", "openai:gpt", "fastembed", "/path/to/model", "https://host/v1#m"] {
            let error = select(value).err().expect("an error");
            assert!(error.message.contains(value), "{}", error.message);
            assert!(error.hint.contains("fastembed:/path"), "{}", error.hint);
        }
    }

    #[cfg(not(feature = "http"))]
    #[test]
    fn what_is_not_compiled_in_says_how_to_get_it() {
        let error = select("http:https://host/v1#model").err().expect("an error");
        assert!(error.hint.contains("--features http-embeddings"), "{}", error.hint);
    }

    #[cfg(not(feature = "fastembed"))]
    #[test]
    fn a_local_model_says_how_to_get_it() {
        let error = select("fastembed:/model").err().expect("an error");
        assert!(error.hint.contains("--features fastembed"), "{}", error.hint);
    }
}
