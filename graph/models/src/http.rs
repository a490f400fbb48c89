//! A model behind an OpenAI-compatible server: `POST {base}/embeddings`.
//!
//! Hosted services and local servers (llama.cpp, vLLM, Ollama, text-embeddings-inference) speak
//! it. Texts go in batches, a few requests at a time. Answers that a moment may mend (429, 5xx, a
//! dropped connection) are asked for again after a pause that doubles; all others are errors that
//! quote what the server said. The key is sent to no other server than the one that is named:
//! redirections are not followed, and it does not travel unencrypted except to this machine.

use crate::error;
use qf_graph::embed::static_model::normalise;
use qf_graph::embed::{EmbedError, Embedder};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// The variable that holds the key.
pub const KEY_VARIABLE: &str = "QF_EMBEDDER_KEY";

/// Texts of one request.
const BATCH: usize = 64;
/// Requests at a time.
const PARALLEL: usize = 4;
/// Longest answer that is read.
const ANSWER_BYTES: u64 = 64 << 20;
/// Longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How requests are made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Secret that is sent as `Authorization: Bearer`.
    pub key: Option<String>,
    /// Longest time one request may take.
    pub timeout: Duration,
    /// How often a request is made before giving up.
    pub attempts: u32,
    /// Pause before the second attempt; each further one is twice as long.
    pub pause: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            key: None,
            timeout: Duration::from_secs(60),
            attempts: 4,
            pause: Duration::from_millis(500),
        }
    }
}

/// A model behind a server.
pub struct RemoteModel {
    agent: ureq::Agent,
    endpoint: String,
    model: String,
    name: String,
    settings: Settings,
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

/// Why a request failed, and whether another may not.
struct Failure {
    error: EmbedError,
    again: bool,
    after: Option<Duration>,
}

impl Failure {
    fn last(error: EmbedError) -> Self {
        Self { error, again: false, after: None }
    }
}

impl RemoteModel {
    /// `https://host/v1#model`, with the key from the environment.
    pub fn from_environment(address: &str) -> Result<Self, EmbedError> {
        let key = std::env::var(KEY_VARIABLE).ok().filter(|key| !key.is_empty());
        Self::new(address, Settings { key, ..Settings::default() })
    }

    /// `https://host/v1#model`. No request is made yet.
    pub fn new(address: &str, settings: Settings) -> Result<Self, EmbedError> {
        let shape = "write it as `http:https://host/v1#model`";
        let Some((base, model)) = address.split_once('#').filter(|(_, model)| !model.is_empty())
        else {
            return Err(error(format!("`{address}` names no model after a `#`"), shape));
        };
        let Some((scheme, rest)) =
            base.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
        else {
            return Err(error(format!("`{base}` is no http or https address"), shape));
        };
        let host = rest.split('/').next().unwrap_or_default();
        if host.is_empty() {
            return Err(error(format!("`{base}` names no host"), shape));
        }
        if settings.key.is_some() && scheme == "http" && !is_this_machine(host) {
            return Err(error(
                format!("the key in {KEY_VARIABLE} would travel unencrypted to {host}"),
                format!("use https, or unset {KEY_VARIABLE} if the server wants no key"),
            ));
        }
        let base = base.trim_end_matches('/');
        let endpoint = match rest.trim_end_matches('/').split_once('/') {
            None => format!("{base}/v1/embeddings"),
            Some((_, path)) if path.ends_with("embeddings") => base.to_owned(),
            Some(_) => format!("{base}/embeddings"),
        };
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(settings.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent("qf")
            .build()
            .new_agent();
        let name = format!("http:{model}");
        let (model, dimensions) = (model.to_owned(), OnceLock::new());
        Ok(Self { agent, endpoint, model, name, settings, dimensions })
    }

    /// The vectors of one request's texts; asks again where that may help.
    fn batch(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut pause = self.settings.pause;
        let mut attempt = 1;
        loop {
            let failure = match self.request(texts) {
                Ok(vectors) => return Ok(vectors),
                Err(failure) => failure,
            };
            if !failure.again || attempt >= self.settings.attempts.max(1) {
                let tried =
                    if attempt > 1 { format!(" ({attempt} attempts)") } else { String::new() };
                let EmbedError { message, hint } = failure.error;
                return Err(error(format!("{message}{tried}"), hint));
            }
            std::thread::sleep(failure.after.unwrap_or(pause).min(LONGEST_PAUSE));
            pause *= 2;
            attempt += 1;
        }
    }

    fn request(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
        let request = Request { model: &self.model, input: texts, encoding_format: "float" };
        let body = serde_json::to_vec(&request)
            .map_err(|problem| Failure::last(error(problem.to_string(), "")))?;
        let mut call = self.agent.post(&self.endpoint).header("content-type", "application/json");
        if let Some(key) = &self.settings.key {
            call = call.header("authorization", format!("Bearer {key}"));
        }
        let mut answer = call.send(&body).map_err(|problem| self.unreachable(&problem))?;
        let status = answer.status().as_u16();
        let after = answer
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        let text = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES)
            .read_to_vec()
            .map_err(|problem| self.unreachable(&problem))?;
        if status != 200 {
            return Err(self.refused(status, &text, after));
        }
        self.vectors(&text, texts.len()).map_err(Failure::last)
    }

    fn unreachable(&self, problem: &ureq::Error) -> Failure {
        Failure {
            error: error(
                format!("{}: {problem}", self.endpoint),
                "check that the server runs and that its address in QF_EMBEDDER is right",
            ),
            again: matches!(
                problem,
                ureq::Error::Io(_) | ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed
            ),
            after: None,
        }
    }

    fn refused(&self, status: u16, text: &[u8], after: Option<Duration>) -> Failure {
        let said: String = String::from_utf8_lossy(text)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .take(300)
            .collect();
        let hint = match status {
            401 | 403 => format!("put the server's key into {KEY_VARIABLE}"),
            404 => "check the address and the model's name in QF_EMBEDDER".to_owned(),
            429 => "the server limits how much may be asked of it: try again later".to_owned(),
            500.. => "the server failed: look at its log, or try again later".to_owned(),
            300..=399 => "put the address that it redirects to into QF_EMBEDDER".to_owned(),
            _ => "check that the model in QF_EMBEDDER embeds texts".to_owned(),
        };
        Failure {
            error: error(format!("{} answered {status}: {said}", self.endpoint), hint),
            again: status == 429 || status >= 500,
            after,
        }
    }

    /// The unit vectors of an answer, in the order of the texts.
    fn vectors(&self, text: &[u8], count: usize) -> Result<Vec<Vec<f32>>, EmbedError> {
        let wrong = |what: String| {
            error(
                format!("{}: {what}", self.endpoint),
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

/// Loopback addresses, with or without a port.
fn is_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.chars().all(|c| c.is_ascii_digit()) { name } else { host }
    });
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
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
