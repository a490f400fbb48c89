//! Plans: what is going to be done, as a file that people read and programs carry out.
//!
//! A plan is a Markdown file. Its front matter (TOML between `+++` lines) says what it is for and
//! within what bounds; every heading `## Phase: NAME` begins a phase; fenced blocks whose first word
//! is the name of a step are the steps; everything else is prose for whoever reads it. The file
//! itself is the plan: what is approved is the hash of its bytes ([`store`]), and what is carried
//! out is read from it again. Nothing is kept of it that could differ from what is written there.
//!
//! [`parse`] reads it and says what is wrong at which line; [`edit`] carries out the steps that
//! change files.

pub mod edit;
pub mod parse;
pub mod store;

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A plan as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What its front matter says.
    pub header: Header,
    /// Its phases, in order; their names differ.
    pub phases: Vec<Phase>,
}

/// The front matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its name: letters, digits and hyphens.
    pub id: String,
    /// What is to be reached, in one sentence.
    pub goal: String,
    /// The work tree that it changes, as an absolute path.
    pub tree: PathBuf,
    /// The commit that it was written for.
    pub base: Option<String>,
    /// The generation of the index that it was written from.
    pub index: Option<u64>,
    /// How far its steps are kept from everything else.
    pub isolation: Isolation,
    /// Most minutes that a run may take.
    pub minutes: Option<u64>,
    /// Most that all its `agent` steps may use together.
    pub budget: Budget,
    /// Domains that its steps may speak to.
    pub domains: Vec<String>,
    /// Files, folders and globs below the root of the work tree that its scripts, tools and agents
    /// may change: other plans that have nothing to do with these may run at the same time.
    pub touches: Vec<String>,
    /// How tests are run: a shell line in which `{tests}` stands for the tests that are meant.
    pub test: Option<String>,
}

/// How far steps are kept from everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// The strongest that the system has.
    #[default]
    Auto,
    /// In the work tree itself, after a checkpoint.
    Checkpoint,
    /// Over a layer of its own; the work tree is not touched until a phase has succeeded.
    Overlay,
}

/// Most that work by language models may use; what is none has no limit here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Budget {
    /// US dollars: a decimal above zero, of at most nine digits and six decimals (`2.50`).
    pub usd: Option<String>,
    /// Tokens, read and written.
    pub tokens: Option<u64>,
}

/// A part of a plan that is done as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// The line of its heading, from 1.
    pub line: u32,
    /// What happens after it failed and was rolled back.
    pub on_failure: OnFailure,
    /// Its steps, in order; at least one.
    pub steps: Vec<Step>,
}

/// What happens after a phase failed and was rolled back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// The run ends.
    #[default]
    Stop,
    /// The next phase is begun.
    Continue,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The line of its fence, from 1.
    pub line: u32,
    /// What is done.
    pub action: Action,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Runs a shell script in the work tree.
    Run(Script),
    /// Replaces texts of one file; no text for a file that is new.
    Edit {
        /// Below the root of the work tree.
        path: String,
        /// In order.
        replacements: Vec<Replacement>,
    },
    /// Applies a unified diff, of one or more files.
    Patch {
        /// The diff.
        text: String,
    },
    /// Rewrites code by rules of syntax.
    Codemod {
        /// Rules in ast-grep's format; whether they are right says who can parse code.
        rules: String,
        /// Files, folders and globs below the root of the work tree; empty for all of it.
        paths: Vec<String>,
    },
    /// Checks what the phase did: a script, or, with none, the tests that the changes may break.
    Verify(Option<Script>),
    /// Calls a tool of a server that speaks MCP.
    Mcp(Call),
    /// Asks a person; anything but yes fails the phase.
    Ask {
        /// The question.
        question: String,
    },
    /// Says something to whoever watches.
    Notify {
        /// What is said.
        text: String,
    },
    /// Gives a task to a coding agent.
    Agent {
        /// The task.
        prompt: String,
        /// Most seconds that it may take.
        seconds: u64,
        /// Most that it may use.
        budget: Budget,
    },
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The name of the server.
    pub server: String,
    /// The name of the tool.
    pub tool: String,
    /// The arguments: a JSON object without blanks, its members sorted by name.
    pub arguments: String,
    /// It changes nothing, and may be done again.
    pub readonly: bool,
    /// Most seconds that it may take.
    pub seconds: u64,
    /// Where it is not `readonly`: a shell line that ends with 0 when it was done already.
    pub done_when: Option<String>,
}

/// A shell script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Its lines.
    pub text: String,
    /// The folder below the root of the work tree that it runs in; empty for the root.
    pub folder: String,
    /// The exit code that it must end with.
    pub expect: i32,
    /// Most seconds that it may take.
    pub seconds: u64,
    /// It changes something outside of the work tree, and must never be done twice.
    pub once: bool,
    /// For `once`: a shell line that ends with 0 when it was done already.
    pub done_when: Option<String>,
}

/// One exact replacement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// The line of its beginning, from 1.
    pub line: u32,
    /// What is there, in whole lines; it must be there exactly once. Empty: the file is new.
    pub before: String,
    /// What is there afterwards.
    pub after: String,
}

/// Something that is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            text: String::new(),
            folder: String::new(),
            expect: 0,
            seconds: Self::SECONDS,
            once: false,
            done_when: None,
        }
    }
}

impl Script {
    /// Most seconds that a script may take when nothing is said.
    pub const SECONDS: u64 = 600;
}

impl Call {
    /// Most seconds that a call may take when nothing is said.
    pub const SECONDS: u64 = 120;
}

impl Action {
    /// Most seconds that an agent may take when nothing is said.
    pub const AGENT_SECONDS: u64 = 1800;

    /// The word that begins its block.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Edit { .. } => "edit",
            Self::Patch { .. } => "patch",
            Self::Codemod { .. } => "codemod",
            Self::Verify(_) => "verify",
            Self::Mcp(_) => "mcp",
            Self::Ask { .. } => "ask",
            Self::Notify { .. } => "notify",
            Self::Agent { .. } => "agent",
        }
    }
}
