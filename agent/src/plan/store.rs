//! Where plans are kept, and what is approved of them.
//!
//! A plan is one file in a folder of its own, `plans/NAME/plan.md`. Beside it is what was approved:
//! the hash of its bytes, when, and by whom, and a copy of the text to compare with. A plan that is
//! carried out is read once, and these bytes must have the hash: what is changed after the approval,
//! even while a run begins, is never carried out.

use super::parse::{is_id, parse};
use super::{Plan, Problem};
use qf_graph::store::{Home, StoreError, disk};
use qf_graph::time::Moment;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The file of a plan in its folder.
const PLAN: &str = "plan.md";

/// What is approved, beside it.
const APPROVED: &str = "approved";

/// The text that is approved, beside it.
const APPROVED_TEXT: &str = "approved.md";

/// Why a plan is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is no such plan.
    #[error("there is no plan {id}{}", there_is(known))]
    Unknown {
        /// What was asked for.
        id: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Several plans begin like that.
    #[error("{id} may be {}", candidates.join(" or "))]
    Ambiguous {
        /// What was asked for.
        id: String,
        /// What it may mean.
        candidates: Vec<String>,
    },
    /// There is a plan of this name.
    #[error("there is a plan {id} already; edit it, or give the new one another name")]
    Exists {
        /// Its name.
        id: String,
    },
    /// Nothing that could be the name of a plan.
    #[error(
        "a plan cannot be called {id:?}; names have 1 to 60 lower-case letters, digits and hyphens"
    )]
    Name {
        /// What was given.
        id: String,
    },
    /// A plan is no text.
    #[error("{} is no UTF-8 text: byte {at} is none of it", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The first byte that is no text, from 0.
        at: usize,
    },
    /// Something is wrong with a plan.
    #[error("{}", told(.0))]
    Problems(Vec<Problem>),
    /// Nobody has approved it.
    #[error("{id} is not approved; read it, then `qf plan approve {id}`")]
    NotApproved {
        /// Its name.
        id: String,
    },
    /// It is not what was approved.
    #[error(
        "{id} was changed after it was approved; look at `qf plan diff {id}`, then approve it again"
    )]
    ChangedAfterApproval {
        /// Its name.
        id: String,
    },
}

/// What everything here returns.
pub type Result<T> = std::result::Result<T, PlanError>;

impl PlanError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

impl From<StoreError> for PlanError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Io { path, source } => Self::Io { path, source },
            other => Self::Io {
                path: PathBuf::from("the store"),
                source: std::io::Error::other(other.to_string()),
            },
        }
    }
}

fn there_is(known: &[String]) -> String {
    if known.is_empty() {
        return "; there is none at all, and `qf plan new` begins one".to_owned();
    }
    format!("; there is {}", known.join(", "))
}

fn told(problems: &[Problem]) -> String {
    let first = problems
        .first()
        .map_or_else(String::new, |first| format!(", at line {}: {}", first.line, first.message));
    match problems.len() {
        1 => format!("the plan has a problem{first}"),
        many => format!("the plan has {many} problems, the first{first}"),
    }
}

/// Whether a plan may be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// Nobody has approved it.
    None,
    /// As it is now.
    Approved {
        /// When.
        at: String,
        /// Who said so.
        by: String,
    },
    /// It was, and was changed since.
    Changed {
        /// When it was approved.
        at: String,
    },
}

/// A plan in the list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub id: String,
    /// What it is for, when it can be read.
    pub goal: Option<String>,
    /// Whether it may be carried out.
    pub state: Approval,
    /// How much is wrong with it.
    pub problems: usize,
    /// When its file was changed, in seconds since 1970.
    pub changed: i64,
}

/// What is written down of an approval.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    sha256: String,
    at: String,
    by: String,
}

/// The plans of a workspace.
#[derive(Debug, Clone)]
pub struct Plans {
    folder: PathBuf,
}

impl Plans {
    /// Those of this workspace.
    pub fn new(home: &Home) -> Self {
        Self { folder: home.folder().join("plans") }
    }

    /// The folder of a plan, which need not be there.
    pub fn folder_of(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// The file of a plan, which need not be there.
    pub fn path(&self, id: &str) -> PathBuf {
        self.folder_of(id).join(PLAN)
    }

    /// All plans, by name.
    pub fn list(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for id in self.names()? {
            let path = self.path(&id);
            let bytes = std::fs::read(&path).map_err(PlanError::io(&path))?;
            let changed = path.metadata().map_err(PlanError::io(&path))?.mtime();
            let (goal, problems) = match std::str::from_utf8(&bytes).map(parse) {
                Ok(Ok(plan)) => (Some(plan.header.goal), 0),
                Ok(Err(problems)) => (None, problems.len()),
                Err(_) => (None, 1),
            };
            let state = state(self.record(&id)?, &bytes);
            entries.push(Entry { id, goal, state, problems, changed });
        }
        Ok(entries)
    }

    /// The plan that is meant: its name, or the beginning of its name and of no other's.
    pub fn find(&self, prefix: &str) -> Result<String> {
        let known = self.names()?;
        if known.iter().any(|id| id == prefix) {
            return Ok(prefix.to_owned());
        }
        let candidates: Vec<String> = known
            .iter()
            .filter(|id| !prefix.is_empty() && id.starts_with(prefix))
            .cloned()
            .collect();
        match candidates.as_slice() {
            [] => Err(PlanError::Unknown { id: prefix.to_owned(), known }),
            [one] => Ok(one.clone()),
            _ => Err(PlanError::Ambiguous { id: prefix.to_owned(), candidates }),
        }
    }

    /// Writes a new plan, and gives its file. It need not be free of problems.
    pub fn create(&self, id: &str, text: &str) -> Result<PathBuf> {
        if !is_id(id) {
            return Err(PlanError::Name { id: id.to_owned() });
        }
        disk::create_folder(&self.folder)?;
        let (folder, path) = (self.folder_of(id), self.path(id));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => {}
            // Without a plan in it, it is what somebody was killed in the middle of.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && !path.exists() => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(PlanError::Exists { id: id.to_owned() });
            }
            Err(error) => return Err(PlanError::io(&folder)(error)),
        }
        disk::write_atomically(&path, text.as_bytes())?;
        Ok(path)
    }

    /// The text of a plan, which is all of its bytes.
    pub fn read(&self, id: &str) -> Result<String> {
        self.text(id, self.bytes(id)?)
    }

    /// Approves a plan as it is now, when nothing is wrong with it, and gives the hash of its bytes.
    pub fn approve(&self, id: &str, by: &str) -> Result<String> {
        let text = self.read(id)?;
        parse(&text).map_err(PlanError::Problems)?;
        let sha256 = hash(text.as_bytes());
        let record = Record { sha256: sha256.clone(), at: time(now()), by: by.to_owned() };
        let path = self.folder_of(id).join(APPROVED);
        let mut bytes = serde_json::to_vec_pretty(&record).map_err(|error| PlanError::Io {
            path: path.clone(),
            source: std::io::Error::other(error.to_string()),
        })?;
        bytes.push(b'\n');
        disk::write_atomically(&self.folder_of(id).join(APPROVED_TEXT), text.as_bytes())?;
        disk::write_atomically(&path, &bytes)?;
        Ok(sha256)
    }

    /// Whether a plan may be carried out.
    pub fn approval(&self, id: &str) -> Result<Approval> {
        let bytes = self.bytes(id)?;
        Ok(state(self.record(id)?, &bytes))
    }

    /// The text of a plan when it was approved; none when it was not, or when that text is lost.
    pub fn approved_text(&self, id: &str) -> Result<Option<String>> {
        self.bytes(id)?;
        let Some(record) = self.record(id)? else { return Ok(None) };
        let path = self.folder_of(id).join(APPROVED_TEXT);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(PlanError::io(&path)(error)),
        };
        if hash(&bytes) != record.sha256 {
            return Ok(None);
        }
        Ok(String::from_utf8(bytes).ok())
    }

    /// A plan that may be carried out, and the hash of its bytes.
    pub fn approved(&self, id: &str) -> Result<(Plan, String)> {
        let bytes = self.bytes(id)?;
        let sha256 = hash(&bytes);
        match self.record(id)? {
            None => return Err(PlanError::NotApproved { id: id.to_owned() }),
            Some(record) if record.sha256 != sha256 => {
                return Err(PlanError::ChangedAfterApproval { id: id.to_owned() });
            }
            Some(_) => {}
        }
        let text = self.text(id, bytes)?;
        let plan = parse(&text).map_err(PlanError::Problems)?;
        Ok((plan, sha256))
    }

    /// Removes a plan with everything that is kept of it and of its runs.
    pub fn remove(&self, id: &str) -> Result<()> {
        self.bytes(id)?;
        let folder = self.folder_of(id);
        std::fs::remove_dir_all(&folder).map_err(PlanError::io(&folder))
    }

    /// The names of all plans, sorted.
    fn names(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let all = match std::fs::read_dir(&self.folder) {
            Ok(all) => all,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(names),
            Err(error) => return Err(PlanError::io(&self.folder)(error)),
        };
        for entry in all {
            let entry = entry.map_err(PlanError::io(&self.folder))?;
            if let Ok(name) = entry.file_name().into_string()
                && is_id(&name)
                && self.path(&name).is_file()
            {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The bytes of a plan.
    fn bytes(&self, id: &str) -> Result<Vec<u8>> {
        let path = self.path(id);
        // Anything else could be a path to somewhere else.
        let read = if is_id(id) { std::fs::read(&path) } else { Err(ErrorKind::NotFound.into()) };
        match read {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(PlanError::Unknown { id: id.to_owned(), known: self.names()? })
            }
            Err(error) => Err(PlanError::io(&path)(error)),
        }
    }

    fn text(&self, id: &str, bytes: Vec<u8>) -> Result<String> {
        String::from_utf8(bytes).map_err(|error| PlanError::NotText {
            path: self.path(id),
            at: error.utf8_error().valid_up_to(),
        })
    }

    /// What is written down of an approval. What cannot be read is none: somebody approves it again.
    fn record(&self, id: &str) -> Result<Option<Record>> {
        let path = self.folder_of(id).join(APPROVED);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(PlanError::io(&path)(error)),
        }
    }
}

/// What an approval is worth for a plan of these bytes.
fn state(record: Option<Record>, bytes: &[u8]) -> Approval {
    match record {
        None => Approval::None,
        Some(record) if record.sha256 == hash(bytes) => {
            Approval::Approved { at: record.at, by: record.by }
        }
        Some(record) => Approval::Changed { at: record.at },
    }
}

/// What two texts differ by, for people: a unified diff, empty when they are the same.
pub fn diff(before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let mut options = diffy::DiffOptions::new();
    options.set_original_filename("approved").set_modified_filename("now");
    options.create_patch(before, after).to_string()
}

/// The SHA-256 of bytes, in hexadecimal.
fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Seconds since 1970.
fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}

/// A time as RFC 3339 has it.
fn time(seconds: i64) -> String {
    format!("{}Z", Moment::of(seconds))
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn hashes_are_sha256() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hash(b""), empty);
    }
}
