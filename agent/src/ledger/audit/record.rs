//! What a record says, and how it becomes a line.
//!
//! Whoever does something fills in a [`Draft`]; when, where, by whom and after what is added here.
//! What is not known is left out instead of written as nothing, so that a record has only what
//! somebody stands for. The hash goes over everything else in the record, and everything else holds
//! the hash of the line before ([`super::scan`] reads it back).

use super::canonical::canonical;
use super::error::{AuditError, Result};
use super::hash::sha256_hex;
use super::redact::redact;
use super::{clock, scan};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// The longest line that is written or read.
pub const MOST_BYTES: usize = 8 << 20;

/// What acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ActorKind {
    /// Somebody at a keyboard.
    Person,
    /// A coding agent.
    Agent,
    /// A program that does what it was made for.
    #[default]
    Program,
}

impl ActorKind {
    /// The word in the record.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Agent => "agent",
            Self::Program => "program",
        }
    }
}

/// Who acts; the number of the user is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What kind.
    pub kind: ActorKind,
    /// A name.
    pub name: String,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Ok,
    /// It was tried and failed.
    Failed,
    /// It was not allowed.
    Refused,
    /// Nobody knows.
    Unknown,
}

impl Outcome {
    /// The word in the record.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// What was decided about it, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// `allow`, `deny`, `ask`, …
    pub decision: String,
    /// The rule, as it is written.
    pub rule: String,
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Where to.
    pub destination: String,
    /// What was decided about it.
    pub decision: String,
    /// How many bytes went there and back, when that is known.
    pub bytes: Option<u64>,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Below the root of the work tree.
    pub path: String,
    /// The hash of what was there; none when nothing was.
    pub before: Option<String>,
    /// The hash of what is there; none when nothing is.
    pub after: Option<String>,
}

/// What a language model read and wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tokens {
    /// Read.
    pub input: u64,
    /// Read from a cache.
    pub cached: u64,
    /// Written to a cache.
    pub written: u64,
    /// Written as an answer.
    pub output: u64,
}

/// What was done, as whoever did it says. `command`, `detail`, `policy.rule` and
/// `network.destination` may hold secrets: they are taken out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// A dotted name: `run.begun`, `step.done`, `checkpoint.created`. Names that begin with `log.`
    /// are the log's own.
    pub action: String,
    /// Who; the program itself when nothing is said.
    pub actor: Option<Actor>,
    /// In which folder; that of the process when nothing is said.
    pub cwd: Option<PathBuf>,
    /// The plan that is carried out.
    pub plan: Option<String>,
    /// Its phase, from 0.
    pub phase: Option<u64>,
    /// The step of that phase, from 0.
    pub step: Option<u64>,
    /// The work tree.
    pub tree: Option<String>,
    /// The commit that it is at.
    pub head: Option<String>,
    /// What was run.
    pub command: Option<String>,
    /// The SHA-256 of what was given to it.
    pub input_sha256: Option<String>,
    /// The SHA-256 of what it gave back.
    pub output_sha256: Option<String>,
    /// What was decided about it.
    pub policy: Option<Policy>,
    /// How it was kept from everything else.
    pub isolation: Option<String>,
    /// What it spoke to.
    pub network: Option<Network>,
    /// What it changed.
    pub files: Vec<FileChange>,
    /// The checkpoint before it.
    pub checkpoint: Option<String>,
    /// The language model that asked for it.
    pub model: Option<String>,
    /// What that model read and wrote.
    pub tokens: Option<Tokens>,
    /// What became of it.
    pub outcome: Option<Outcome>,
    /// What else is to be known.
    pub detail: Option<String>,
}

/// A file of the log that is not kept any longer, in the record that says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pruned {
    /// What the next record calls `previous`.
    pub chain: String,
    /// The name of the file.
    pub file: String,
    /// The hash that its last record had.
    pub hash: String,
    /// The number of its last record.
    pub seq: u64,
    /// The SHA-256 of the file, so that a copy elsewhere can be known again.
    pub sha256: String,
}

/// The line of a record, without its end.
pub(super) struct Line {
    pub bytes: Vec<u8>,
    /// Its own hash.
    pub hash: String,
    /// The hash of all of it.
    pub chain: String,
}

/// Texts of a record, and how many secrets were taken out of them.
#[derive(Default)]
struct Texts {
    redacted: u64,
}

impl Texts {
    fn text(&mut self, text: &str) -> String {
        let redacted = redact(text);
        self.redacted += redacted.count;
        redacted.text
    }

    /// A command, and the hash of all of it when that is not all there is to see.
    fn command(&mut self, command: &str) -> Value {
        let redacted = redact(command);
        self.redacted += redacted.count;
        if redacted.count > 0 || redacted.cut {
            json!({ "sha256": sha256_hex(command.as_bytes()), "text": redacted.text })
        } else {
            json!({ "text": redacted.text })
        }
    }
}

fn put(record: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    let empty = |value: &Value| match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    if let Some(value) = value.filter(|value| !empty(value)) {
        record.insert(name.to_owned(), value);
    }
}

fn text(value: Option<String>) -> Option<Value> {
    value.map(Value::String)
}

/// Whether a name of an action is one: small letters, digits and `_`, with dots between.
fn is_action(name: &str) -> bool {
    let part = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        !part.is_empty() && part.bytes().all(plain)
    };
    name.len() <= 100 && name.split('.').all(part)
}

/// Writes a record that follows a line with the hash `previous`.
pub(super) fn compose(
    draft: Draft,
    pruned: Option<&Pruned>,
    seq: u64,
    previous: &str,
) -> Result<Line> {
    if !is_action(&draft.action) {
        return Err(AuditError::unfit(format!("`{}` names no action", draft.action)));
    }
    let mut texts = Texts::default();
    let mut record = Map::new();
    let actor =
        draft.actor.unwrap_or_else(|| Actor { kind: ActorKind::Program, name: "qf".to_owned() });
    let uid = rustix::process::getuid().as_raw();
    let actor = json!({ "kind": actor.kind.name(), "name": actor.name, "uid": uid });
    let folder = draft.cwd.or_else(|| std::env::current_dir().ok());
    put(&mut record, "action", Some(Value::String(draft.action)));
    put(&mut record, "actor", Some(actor));
    put(&mut record, "checkpoint", text(draft.checkpoint));
    put(&mut record, "clock", Some(clock::state()));
    put(&mut record, "command", draft.command.map(|command| texts.command(&command)));
    put(&mut record, "cwd", text(folder.map(|path| path.to_string_lossy().into_owned())));
    put(&mut record, "detail", text(draft.detail.map(|detail| texts.text(&detail))));
    put(&mut record, "files", Some(draft.files.into_iter().map(file).collect()));
    put(&mut record, "head", text(draft.head));
    put(&mut record, "host", Some(Value::from(clock::host())));
    put(&mut record, "input_sha256", text(draft.input_sha256));
    put(&mut record, "isolation", text(draft.isolation));
    put(&mut record, "model", text(draft.model));
    put(&mut record, "monotonic_ns", Some(Value::from(clock::monotonic())));
    put(&mut record, "network", draft.network.map(|network| connection(network, &mut texts)));
    put(&mut record, "outcome", draft.outcome.map(|outcome| Value::from(outcome.name())));
    put(&mut record, "output_sha256", text(draft.output_sha256));
    put(&mut record, "phase", draft.phase.map(Value::from));
    put(&mut record, "pid", Some(Value::from(std::process::id())));
    put(&mut record, "plan", text(draft.plan));
    let policy = draft.policy.map(|policy| {
        let rule = texts.text(&policy.rule);
        json!({ "decision": policy.decision, "rule": rule })
    });
    put(&mut record, "policy", policy);
    put(&mut record, "previous", Some(Value::from(previous)));
    if let Some(pruned) = pruned {
        put(&mut record, "pruned", serde_json::to_value(pruned).ok());
    }
    put(&mut record, "redacted", (texts.redacted > 0).then(|| Value::from(texts.redacted)));
    put(&mut record, "seq", Some(Value::from(seq)));
    put(&mut record, "step", draft.step.map(Value::from));
    put(&mut record, "time", Some(Value::from(clock::time())));
    put(&mut record, "tokens", draft.tokens.map(tokens));
    put(&mut record, "tree", text(draft.tree));
    seal(record)
}

/// Adds the hash and makes the line, and looks at it as whoever verifies it will.
fn seal(mut record: Map<String, Value>) -> Result<Line> {
    let bare = Value::Object(record.clone());
    let hash = sha256_hex(&canonical(&bare)?);
    record.insert("hash".to_owned(), Value::from(hash.as_str()));
    let bytes = canonical(&Value::Object(record))?;
    if bytes.len() > MOST_BYTES {
        return Err(AuditError::TooLong { bytes: bytes.len(), most: MOST_BYTES });
    }
    let chain = scan::check(&bytes).map_err(AuditError::unfit)?.chain_text();
    Ok(Line { bytes, hash, chain })
}

fn file(file: FileChange) -> Value {
    let mut value = Map::new();
    put(&mut value, "after", text(file.after));
    put(&mut value, "before", text(file.before));
    put(&mut value, "path", Some(Value::String(file.path)));
    Value::Object(value)
}

fn connection(network: Network, texts: &mut Texts) -> Value {
    let mut value = Map::new();
    put(&mut value, "bytes", network.bytes.map(Value::from));
    put(&mut value, "decision", Some(Value::String(network.decision)));
    put(&mut value, "destination", Some(Value::String(texts.text(&network.destination))));
    Value::Object(value)
}

fn tokens(tokens: Tokens) -> Value {
    json!({
        "cached": tokens.cached,
        "input": tokens.input,
        "output": tokens.output,
        "written": tokens.written,
    })
}

#[cfg(test)]
mod tests {
    use super::{Draft, FileChange, Network, Outcome, compose};
    use crate::ledger::audit::hash::ZEROS;
    use serde_json::Value;

    #[test]
    fn what_is_not_known_is_left_out() {
        let draft = Draft { action: "run.begun".to_owned(), ..Draft::default() };
        let line = compose(draft, None, 1, ZEROS).expect("a record");
        let record: Value = serde_json::from_slice(&line.bytes).expect("it is JSON");
        let mut names: Vec<&str> =
            record.as_object().expect("an object").keys().map(String::as_str).collect();
        let mut expected = vec![
            "action",
            "actor",
            "clock",
            "cwd",
            "hash",
            "host",
            "monotonic_ns",
            "pid",
            "previous",
            "seq",
            "time",
        ];
        expected.sort_unstable();
        names.sort_unstable();
        assert_eq!(names, expected);
        assert_eq!(record["actor"]["kind"], "program");
        assert_eq!(record["hash"], Value::from(line.hash));
    }

    #[test]
    fn secrets_are_taken_out_and_counted() {
        let token = format!("ghp_{}", "a1B2".repeat(9));
        let draft = Draft {
            action: "step.done".to_owned(),
            command: Some(format!("git push https://me:{token}@example.org/x")),
            detail: Some(format!("token {token} was used")),
            network: Some(Network {
                destination: format!("https://me:{token}@example.org"),
                decision: "allow".to_owned(),
                bytes: Some(3),
            }),
            files: vec![FileChange { path: "a".to_owned(), before: None, after: None }],
            outcome: Some(Outcome::Ok),
            phase: Some(0),
            ..Draft::default()
        };
        let line = compose(draft, None, 2, ZEROS).expect("a record");
        let text = String::from_utf8(line.bytes).expect("it is UTF-8");
        assert!(!text.contains("a1B2"), "{text}");
        let record: Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(record["redacted"], 3);
        assert_eq!(record["phase"], 0);
        assert_eq!(record["files"], serde_json::json!([{ "path": "a" }]));
        let sha256 = record["command"]["sha256"].as_str().expect("it is there");
        assert_eq!(sha256.len(), 64);
        assert!(record["command"]["text"].as_str().expect("it is").contains("@example.org/x"));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for action in ["", ".", "a..b", "A.b", "a b", "a.b\n"] {
            let draft = Draft { action: action.to_owned(), ..Draft::default() };
            assert!(compose(draft, None, 1, ZEROS).is_err(), "{action}");
        }
        let draft = Draft { action: "a".to_owned(), step: Some(1 << 53), ..Draft::default() };
        assert!(compose(draft, None, 1, ZEROS).is_err());
        let draft = Draft {
            action: "a".to_owned(),
            plan: Some("x".repeat(super::MOST_BYTES)),
            ..Draft::default()
        };
        assert!(compose(draft, None, 1, ZEROS).is_err());
    }
}
