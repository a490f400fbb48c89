//! A server that speaks JSON over HTTP, as models are asked over it.
//!
//! Answers that a moment may mend (429, 5xx, a dropped connection) are asked for again after a pause
//! that doubles; all others are errors that quote what the server said. The key is sent to no other
//! server than the one that is named: redirections are not followed, and it does not travel
//! unencrypted except to this machine.

use crate::error;
use qf_graph::embed::EmbedError;
use std::io::ErrorKind;
use std::time::Duration;

/// Longest answer that is read.
const ANSWER_BYTES: u64 = 64 << 20;
/// Longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How requests are made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Secret of the server.
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

/// What is asked of a server, for addresses and messages.
#[derive(Debug, Clone, Copy)]
pub struct Purpose {
    /// Variable that holds the address.
    pub variable: &'static str,
    /// Variable that holds the key.
    pub key_variable: &'static str,
    /// How the address is written.
    pub shape: &'static str,
    /// Where requests go below the address.
    pub path: &'static str,
    /// What the model has to be able to do.
    pub able: &'static str,
}

/// A server, and what is asked of it.
pub struct Server {
    agent: ureq::Agent,
    /// Where requests go.
    pub endpoint: String,
    headers: Vec<(&'static str, String)>,
    settings: Settings,
    purpose: Purpose,
}

/// Why a request failed, and whether another may not.
struct Failure {
    error: EmbedError,
    again: bool,
    after: Option<Duration>,
    unknown: bool,
}

/// A request that was not answered.
#[derive(Debug)]
pub struct Unanswered {
    /// Why.
    pub error: EmbedError,
    /// Whether the server may have done what was asked all the same: it was reached, and nothing
    /// was heard of it.
    pub unknown: bool,
}

impl Server {
    /// The server and the model of `https://host/v1#model`. No request is made yet.
    pub fn new(
        address: &str,
        purpose: Purpose,
        settings: Settings,
    ) -> Result<(Self, String), EmbedError> {
        let shape = purpose.shape;
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
        let Purpose { key_variable, path, .. } = purpose;
        if settings.key.is_some() && scheme == "http" && !is_this_machine(host) {
            return Err(error(
                format!("the key in {key_variable} would travel unencrypted to {host}"),
                format!("use https, or unset {key_variable} if the server wants no key"),
            ));
        }
        let base = base.trim_end_matches('/');
        let endpoint = match rest.trim_end_matches('/').split_once('/') {
            None => format!("{base}/v1/{path}"),
            Some((_, given)) if given.ends_with(path) => base.to_owned(),
            Some(_) => format!("{base}/{path}"),
        };
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(settings.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent("qf")
            .build()
            .new_agent();
        let headers = vec![("content-type", "application/json".to_owned())];
        Ok((Self { agent, endpoint, headers, settings, purpose }, model.to_owned()))
    }

    /// Sends the key as `Authorization: Bearer`.
    pub fn with_bearer(mut self) -> Self {
        if let Some(key) = &self.settings.key {
            self.headers.push(("authorization", format!("Bearer {key}")));
        }
        self
    }

    /// Sends a header; the key is `{key}` in its value, and without a key it is not sent.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        let value = match (value.contains("{key}"), &self.settings.key) {
            (false, _) => value.to_owned(),
            (true, Some(key)) => value.replace("{key}", key),
            (true, None) => return self,
        };
        self.headers.push((name, value));
        self
    }

    /// The body of the answer to a request; asks again where that may help.
    pub fn post(&self, body: &[u8]) -> Result<Vec<u8>, EmbedError> {
        self.ask(body).map_err(|unanswered| unanswered.error)
    }

    /// The same, for whoever has to know whether an answer that did not come may have to be paid.
    pub fn ask(&self, body: &[u8]) -> Result<Vec<u8>, Unanswered> {
        let mut pause = self.settings.pause;
        let mut attempt = 1;
        let mut unknown = false;
        loop {
            let failure = match self.request(body) {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            unknown |= failure.unknown;
            if !failure.again || attempt >= self.settings.attempts.max(1) {
                let tried =
                    if attempt > 1 { format!(" ({attempt} attempts)") } else { String::new() };
                let EmbedError { message, hint } = failure.error;
                return Err(Unanswered {
                    error: error(format!("{message}{tried}"), hint),
                    unknown,
                });
            }
            std::thread::sleep(failure.after.unwrap_or(pause).min(LONGEST_PAUSE));
            pause *= 2;
            attempt += 1;
        }
    }

    fn request(&self, body: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut call = self.agent.post(&self.endpoint);
        for (name, value) in &self.headers {
            call = call.header(*name, value);
        }
        let mut answer = call.send(body).map_err(|problem| self.unreachable(&problem))?;
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
        if status == 200 { Ok(text) } else { Err(self.refused(status, &text, after)) }
    }

    fn unreachable(&self, problem: &ureq::Error) -> Failure {
        let variable = self.purpose.variable;
        Failure {
            error: error(
                format!("{}: {problem}", self.endpoint),
                format!("check that the server runs and that its address in {variable} is right"),
            ),
            again: matches!(
                problem,
                ureq::Error::Io(_) | ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed
            ),
            after: None,
            unknown: !was_not_sent(problem),
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
        let Purpose { variable, key_variable, able, .. } = self.purpose;
        let hint = match status {
            401 | 403 => format!("put the server's key into {key_variable}"),
            404 => format!("check the address and the model's name in {variable}"),
            429 => "the server limits how much may be asked of it: try again later".to_owned(),
            500.. => "the server failed: look at its log, or try again later".to_owned(),
            300..=399 => format!("put the address that it redirects to into {variable}"),
            _ => format!("check that the model in {variable} {able}"),
        };
        Failure {
            error: error(format!("{} answered {status}: {said}", self.endpoint), hint),
            again: status == 429 || status >= 500,
            after,
            unknown: false,
        }
    }
}

/// Whether a request cannot have reached its server.
fn was_not_sent(problem: &ureq::Error) -> bool {
    match problem {
        ureq::Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
        ureq::Error::Timeout(of) => {
            matches!(of, ureq::Timeout::Resolve | ureq::Timeout::Connect)
        }
        ureq::Error::BadUri(_) | ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => true,
        _ => false,
    }
}

/// Loopback addresses, with or without a port.
fn is_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.chars().all(|c| c.is_ascii_digit()) { name } else { host }
    });
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}
