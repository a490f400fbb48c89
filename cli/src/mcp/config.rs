//! `.mcp.json`: which servers a project has.
//!
//! The file is shared with coding agents, so what they have in it beside what is needed here is
//! left alone, and variables are written as they write them: `${NAME}`, and `${NAME:-otherwise}`.
//! They are filled in for the one server that is started, so that a token that is not set is no
//! fault of the others.

use crate::error::CommandError;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file.
const NAME: &str = ".mcp.json";

/// What stands in it.
const FORM: &str = r#"{ "mcpServers": { "NAME": { "command": "PROGRAM", "args": [] } } }"#;

/// Why there is no server to start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no file.
    #[error("there is no .mcp.json here, nor at the root of the work tree")]
    Missing,
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{}: {source}", path.display())]
    Form {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it, and where.
        source: serde_json::Error,
    },
    /// It has no such server.
    #[error("{} has no server `{name}`", path.display())]
    Unknown {
        /// Which file.
        path: PathBuf,
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// It is reached over the network.
    #[error("the server `{name}` is of type {kind}; only servers of type stdio can be called")]
    Remote {
        /// Which.
        name: String,
        /// How it is reached.
        kind: String,
    },
    /// It says nothing that could be started.
    #[error("the server `{name}` has no `command`")]
    NoCommand {
        /// Which.
        name: String,
    },
    /// A variable that has no value.
    #[error("the server `{server}` needs the variable {variable}, which is not set")]
    Unset {
        /// Which server.
        server: String,
        /// The variable.
        variable: String,
    },
    /// Something that looks like a variable and is none.
    #[error("the server `{server}` has `{text}`, which is no variable")]
    NoVariable {
        /// Which server.
        server: String,
        /// What stands there.
        text: String,
    },
}

impl From<ConfigError> for CommandError {
    fn from(error: ConfigError) -> Self {
        let message = error.to_string();
        match error {
            ConfigError::Missing => Self::input(message)
                .hint(format!("write one: `{FORM}`"))
                .hint("or name a file with `--config FILE`"),
            ConfigError::Unknown { known, .. } if known.is_empty() => {
                Self::input(message).hint("it has none at all")
            }
            ConfigError::Unknown { known, .. } => {
                Self::input(message).hint(format!("there is {}", known.join(", ")))
            }
            ConfigError::Unset { variable, .. } => Self::input(message)
                .hint(format!("set it, or write `${{{variable}:-…}}` with what it is otherwise")),
            ConfigError::NoVariable { .. } => {
                Self::input(message).hint("write `${NAME}`, or `${NAME:-otherwise}`")
            }
            ConfigError::Form { .. } => Self::input(message).hint(format!("it should be `{FORM}`")),
            _ => Self::input(message),
        }
    }
}

/// What is read of the file.
#[derive(Debug, Deserialize)]
struct File {
    #[serde(rename = "mcpServers")]
    servers: BTreeMap<String, Entry>,
}

/// A server as it is written.
#[derive(Debug, Deserialize)]
pub struct Entry {
    #[serde(rename = "type")]
    kind: Option<String>,
    command: Option<String>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    cwd: Option<String>,
    url: Option<String>,
}

impl Entry {
    /// How it is reached: `stdio`, or over the network.
    pub fn kind(&self) -> &str {
        match &self.kind {
            Some(kind) => kind,
            None if self.command.is_none() && self.url.is_some() => "http",
            None => "stdio",
        }
    }

    /// What is started, or where it is, as it is written: variables may hold secrets.
    pub fn what(&self) -> String {
        let Some(command) = &self.command else { return self.url.clone().unwrap_or_default() };
        let words: Vec<&str> =
            std::iter::once(command).chain(&self.args).map(String::as_str).collect();
        words.join(" ")
    }
}

/// A server that can be started.
#[derive(Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name.
    pub name: String,
    /// The program.
    pub command: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables that it has beside ours.
    pub variables: BTreeMap<String, String>,
    /// Where it runs.
    pub folder: PathBuf,
}

/// The servers of a file.
#[derive(Debug)]
pub struct Config {
    path: PathBuf,
    /// By name.
    pub servers: BTreeMap<String, Entry>,
}

impl Config {
    /// Reads the file that is given, else that of the current folder, else that of the root of the
    /// work tree.
    pub fn read(given: Option<&Path>) -> Result<Self, ConfigError> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => found().ok_or(ConfigError::Missing)?,
        };
        match std::fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice::<File>(&bytes) {
                Ok(file) => Ok(Self { path, servers: file.servers }),
                Err(source) => Err(ConfigError::Form { path, source }),
            },
            Err(source) => Err(ConfigError::Io { path, source }),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A server with its variables filled in.
    pub fn server(
        &self,
        name: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Server, ConfigError> {
        let entry = self.servers.get(name).ok_or_else(|| ConfigError::Unknown {
            path: self.path.clone(),
            name: name.to_owned(),
            known: self.servers.keys().cloned().collect(),
        })?;
        if entry.kind() != "stdio" {
            let (name, kind) = (name.to_owned(), entry.kind().to_owned());
            return Err(ConfigError::Remote { name, kind });
        }
        let fill = |text: &str| expand(name, text, &variable);
        let command = entry
            .command
            .as_deref()
            .filter(|command| !command.trim().is_empty())
            .ok_or_else(|| ConfigError::NoCommand { name: name.to_owned() })?;
        let mut variables = BTreeMap::new();
        for (variable, value) in &entry.env {
            variables.insert(variable.clone(), fill(value)?);
        }
        // Paths in the file are meant from where it is, wherever in the work tree one stands.
        let beside = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = match &entry.cwd {
            Some(folder) => beside.join(fill(folder)?),
            None => beside.to_owned(),
        };
        Ok(Server {
            name: name.to_owned(),
            command: fill(command)?,
            arguments: entry.args.iter().map(|word| fill(word)).collect::<Result<_, _>>()?,
            variables,
            folder,
        })
    }
}

/// The file of the current folder, else that of the root of its work tree.
fn found() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let root = here.ancestors().find(|above| above.join(".git").exists());
    let candidates = [Some(here.as_path()), root];
    candidates.into_iter().flatten().map(|folder| folder.join(NAME)).find(|path| path.is_file())
}

/// Whether a variable may be called so.
fn is_variable(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty()
        && name.chars().all(plain)
        && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// A text with its variables filled in.
fn expand(
    server: &str,
    text: &str,
    variable: &impl Fn(&str) -> Option<String>,
) -> Result<String, ConfigError> {
    let no_variable =
        |text: &str| ConfigError::NoVariable { server: server.to_owned(), text: text.to_owned() };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.push_str(&rest[..at]);
        let end = rest[at..].find('}').ok_or_else(|| no_variable(&rest[at..]))? + at;
        let inside = &rest[at + 2..end];
        let (name, otherwise) = match inside.split_once(":-") {
            Some((name, otherwise)) => (name, Some(otherwise)),
            None => (inside, None),
        };
        if !is_variable(name) {
            return Err(no_variable(&rest[at..=end]));
        }
        // As a shell does it, an empty variable is one without a value where there is another.
        let value = variable(name).filter(|value| otherwise.is_none() || !value.is_empty());
        match (value, otherwise) {
            (Some(value), _) => out.push_str(&value),
            (None, Some(otherwise)) => out.push_str(otherwise),
            (None, None) => {
                let (server, variable) = (server.to_owned(), name.to_owned());
                return Err(ConfigError::Unset { server, variable });
            }
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{Config, ConfigError, File, expand};
    use std::path::PathBuf;

    fn variable(name: &str) -> Option<String> {
        match name {
            "TOKEN" => Some("t0".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn expanded(text: &str) -> Result<String, String> {
        expand("s", text, &variable).map_err(|error| error.to_string())
    }

    fn config(text: &str) -> Config {
        let file: File = serde_json::from_str(text).expect("it is a configuration");
        Config { path: PathBuf::from("tree/.mcp.json"), servers: file.servers }
    }

    #[test]
    fn variables_are_filled_in() {
        assert_eq!(expanded("a ${TOKEN}-${TOKEN} b").as_deref(), Ok("a t0-t0 b"));
        assert_eq!(expanded("${NONE:-x:-y}").as_deref(), Ok("x:-y"));
        assert_eq!(expanded("${EMPTY:-x}").as_deref(), Ok("x"));
        assert_eq!(expanded("[${EMPTY}]").as_deref(), Ok("[]"));
        assert_eq!(expanded("${NONE:-}").as_deref(), Ok(""));
        assert_eq!(expanded("$TOKEN {} $").as_deref(), Ok("$TOKEN {} $"));
    }

    #[test]
    fn what_is_no_variable_or_not_set_is_named() {
        let unset = expanded("x ${NONE}").expect_err("it is not set");
        assert!(unset.contains("NONE"), "{unset}");
        let open = expanded("${TOKEN").expect_err("it is not closed");
        assert!(open.contains("`${TOKEN`"), "{open}");
        let odd = expanded("${input:token}").expect_err("it is no variable");
        assert!(odd.contains("`${input:token}`"), "{odd}");
        assert!(expanded("${1X}").is_err());
    }

    #[test]
    fn a_server_runs_beside_its_file() {
        let config = config(
            r#"{ "mcpServers": {
                "a": { "command": "run", "args": ["--t=${TOKEN}"], "env": { "E": "${X:-e}" } },
                "b": { "type": "stdio", "command": "run", "cwd": "sub", "else": 1 },
                "c": { "type": "http", "url": "https://example.org" },
                "d": { "url": "https://example.org" },
                "e": {}
            } }"#,
        );
        let server = config.server("a", variable).expect("it can be started");
        assert_eq!(server.arguments, ["--t=t0"]);
        assert_eq!(server.variables.get("E").map(String::as_str), Some("e"));
        assert_eq!(server.folder, PathBuf::from("tree"));
        let server = config.server("b", variable).expect("it can be started");
        assert_eq!(server.folder, PathBuf::from("tree/sub"));
        for name in ["c", "d"] {
            let error = config.server(name, variable).expect_err("it is elsewhere");
            assert!(matches!(error, ConfigError::Remote { .. }), "{error}");
        }
        let error = config.server("e", variable).expect_err("it has no command");
        assert!(matches!(error, ConfigError::NoCommand { .. }), "{error}");
        let error = config.server("f", variable).expect_err("there is none");
        assert!(matches!(error, ConfigError::Unknown { known, .. } if known.len() == 5));
    }
}
