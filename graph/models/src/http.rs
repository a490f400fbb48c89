//! A model behind an OpenAI-compatible server: `POST {base}/embeddings`.
//!
//! Hosted services and local servers (llama.cpp, vLLM, Ollama, text-embeddings-inference) speak
//! it. Texts go in batches, a few requests at a time.

use crate::error;
use crate::server::{Purpose, Server};
use qf_graph::embed::static_model::normalise;
use qf_graph::embed::{EmbedError, Embedder};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

pub use crate::server::Settings;

/// The variable that holds the key.
pub const KEY_VARIABLE: &str = "QF_EMBEDDER_KEY";

/// Texts of one request.
const BATCH: usize = 64;
/// Requests at a time.
const PARALLEL: usize = 4;
/// A model behind a server.
pub struct RemoteModel {
    server: Server,
    model: String,
    name: String,
    dimensions: OnceLock<usize>,
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [String],
    encoding_format: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: usize,
    embedding: Vec<f32>,
}

impl RemoteModel {
    /// `https://host/v1#model`, with the key from the environment.
    pub fn from_environment(address: &str) -> Result<Self, EmbedError> {
        let key = std::env::var(KEY_VARIABLE).ok().filter(|key| !key.is_empty());
        Self::new(address, Settings { key, ..Settings::default() })
    }

    /// `https://host/v1#model`. No request is made yet.
    pub fn new(address: &str, settings: Settings) -> Result<Self, EmbedError> {
        let purpose = Purpose {
            variable: crate::VARIABLE,
            key_variable: KEY_VARIABLE,
            shape: "write it as `http:https://host/v1#model`",
            path: "embeddings",
            able: "embeds texts",
        };
        let (server, model) = Server::new(address, purpose, settings)?;
        let name = format!("http:{model}");
        Ok(Self { server: server.with_bearer(), model, name, dimensions: OnceLock::new() })
    }

    /// The vectors of one request's texts.
    fn batch(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let request = Request { model: &self.model, input: texts, encoding_format: "float" };
        let body =
            serde_json::to_vec(&request).map_err(|problem| error(problem.to_string(), ""))?;
        self.vectors(&self.server.post(&body)?, texts.len())
    }

    /// The unit vectors of an answer, in the order of the texts.
    fn vectors(&self, text: &[u8], count: usize) -> Result<Vec<Vec<f32>>, EmbedError> {
        let wrong = |what: String| {
            error(
                format!("{}: {what}", self.server.endpoint),
                "the server must answer as OpenAI's /v1/embeddings does",
            )
        };
        let answer: Answer =
            serde_json::from_slice(text).map_err(|problem| wrong(problem.to_string()))?;
        if answer.data.len() != count {
            return Err(wrong(format!("{} vectors for {count} texts", answer.data.len())));
        }
        let mut vectors = vec![Vec::new(); count];
        for Item { index, embedding } in answer.data {
            let length = embedding.len();
            let known = *self.dimensions.get_or_init(|| length);
            if length != known || length == 0 {
                return Err(wrong(format!("a vector of length {length} instead of {known}")));
            }
            if embedding.iter().any(|value| !value.is_finite()) {
                return Err(wrong("a vector that is not finite".to_owned()));
            }
            match vectors.get_mut(index) {
                Some(slot) if slot.is_empty() => *slot = embedding,
                _ => return Err(wrong(format!("no text has index {index}, or two vectors have"))),
            }
        }
        for vector in &mut vectors {
            normalise(vector);
        }
        Ok(vectors)
    }
}

impl Embedder for RemoteModel {
    fn name(&self) -> &str {
        &self.name
    }

    /// Known as soon as the server has answered once; before that 0.
    fn dimensions(&self) -> usize {
        self.dimensions.get().copied().unwrap_or(0)
    }

    fn query(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        let mut vectors = self.batch(&[text.to_owned()])?;
        Ok(vectors.pop().unwrap_or_default())
    }

    fn documents(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let batches: Vec<&[String]> = texts.chunks(BATCH).collect();
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<Option<Vec<Vec<f32>>>>> = Mutex::new(vec![None; batches.len()]);
        let failed: Mutex<Option<EmbedError>> = Mutex::new(None);
        let work = || {
            while let Some((at, batch)) = {
                let at = next.fetch_add(1, Ordering::Relaxed);
                batches.get(at).map(|batch| (at, *batch))
            } {
                match self.batch(batch) {
                    Ok(vectors) => lock(&done)[at] = Some(vectors),
                    Err(problem) => {
                        // The others stop at their next batch.
                        next.store(batches.len(), Ordering::Relaxed);
                        lock(&failed).get_or_insert(problem);
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..PARALLEL.min(batches.len()) {
                scope.spawn(work);
            }
            work();
        });
        match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(problem) => Err(problem),
            None => Ok(std::mem::take(&mut *lock(&done)).into_iter().flatten().flatten().collect()),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
