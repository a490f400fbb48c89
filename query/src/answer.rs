//! What an answer is.
//!
//! An answer is a value that people, programs and agents read: every item stands on evidence
//! lines, carries the tier of the weakest step that it depends on, and says why it is there. What
//! was left out is counted, never silently dropped. Serialized it is the contract of `--json`,
//! version [`VERSION`]; fields may be added, none is renamed.

use crate::phrase::Phrased;
use qf_graph::Tier;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Version of the serialized form.
pub const VERSION: u32 = 1;

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Answer {
    /// Version of this form.
    pub version: u32,
    /// The question as asked.
    pub question: String,
    /// Name of the question type that answered.
    pub intent: String,
    /// One sentence: how the question was understood.
    pub reading: String,
    /// What was found, best first.
    pub items: Vec<Item>,
    /// How many there are of each role, those past the limit and unlisted tests included.
    pub totals: BTreeMap<String, usize>,
    /// What the question's name may mean, when it means several things; all are answered.
    pub ambiguous: Vec<Place>,
    /// The same, name by name, with how many definitions each name has.
    pub meanings: Vec<Meaning>,
    /// What was looked for.
    pub searched: Vec<String>,
    /// What has a name near the one that is unknown.
    pub nearest: Vec<Place>,
    /// What else should be known: what was counted but not listed, and why.
    pub notes: Vec<String>,
    /// What a plan that groups counted, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<(String, usize)>,
    /// The answer in sentences, where a language model phrased it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phrased: Option<Phrased>,
    /// The plan that was run, with the size and time of every node.
    pub plan: Option<Trace>,
    /// The plans as text and as SPARQL, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<Query>,
    /// Where the time went.
    pub timing: Timing,
    /// Generation of the index.
    pub generation: u64,
    /// When it was published, in seconds since 1970.
    pub indexed_at: u64,
    /// Whether every repository could be read.
    pub complete: bool,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Item {
    /// Position, from 1.
    pub rank: usize,
    /// Repository.
    pub repo: String,
    /// Path below the repository's root.
    pub file: String,
    /// Line of the definition's name.
    pub line: u32,
    /// Last line of the definition.
    pub end_line: u32,
    /// Last name.
    pub name: String,
    /// Qualified name.
    pub qualified_name: String,
    /// Kind of definition.
    pub kind: String,
    /// What it is to the question: `direct`, `transitive`, `initializer`, `test`, `caller`, …
    pub role: String,
    /// The weakest tier it depends on; none where no edge is involved.
    #[schemars(with = "Option<String>")]
    pub tier: Option<Tier>,
    /// The share of right edges that was measured for that tier in the item's language; none where too
    /// little was measured, or where the way to the item leads over a wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<f32>,
    /// 0…1, comparable inside one answer.
    pub score: f32,
    /// Why it is listed.
    pub why: String,
    /// The lines that prove it.
    pub evidence: Vec<Evidence>,
    /// Qualified names along the chain, this item first.
    pub path: Vec<String>,
    /// Hops to what was asked about; 0 where it does not apply.
    pub hops: u32,
    /// Number of repositories on the path.
    pub across: usize,
    /// What each step of the path stands on, this item's first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<ChainStep>,
    /// Parameters as written, where another item of the repository has the same qualified name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<String>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChainStep {
    /// Qualified name of what it leads to.
    pub to: String,
    /// How it was established.
    #[schemars(with = "String")]
    pub tier: Tier,
    /// The rule that made it.
    pub rule: String,
    /// The key it goes through, between repositories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `repository/path:line` of the evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// A line that proves something.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Evidence {
    /// `repository/path`.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// The line's text, trimmed.
    pub text: String,
    /// Where in the text the reference begins, in characters; for shortening it around that.
    #[serde(skip)]
    pub focus: Option<usize>,
}

/// A name of the question that means several things.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Meaning {
    /// The name as asked.
    pub name: String,
    /// How many definitions it means.
    pub count: usize,
    /// The first of them.
    pub places: Vec<Place>,
}

/// A definition that is mentioned.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Place {
    /// Qualified name.
    pub name: String,
    /// Kind of definition.
    pub kind: String,
    /// Repository.
    pub repo: String,
    /// Path below the repository's root.
    pub file: String,
    /// Line of the name.
    pub line: u32,
}

/// A plan in two languages.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Query {
    /// In the text form of the algebra, which `qf query` runs.
    pub algebra: String,
    /// In SPARQL 1.1, which `qf sparql` runs.
    pub sparql: String,
}

/// Where the time went, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, JsonSchema)]
pub struct Timing {
    /// Running the plan.
    pub plan_ms: f64,
    /// All of it: also finding the question's type and names, and gathering evidence.
    pub total_ms: f64,
}

/// One node of a plan that was run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Trace {
    /// The node with its parameters.
    pub node: String,
    /// Rows it gave.
    pub rows: usize,
    /// Its own time, that of its inputs excluded, in microseconds.
    pub microseconds: u64,
    /// The nodes it reads.
    pub inputs: Vec<Trace>,
}

impl Answer {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The plan as a tree for people; empty when nothing was run.
    pub fn explain(&self) -> String {
        self.plan.as_ref().map(crate::plan::explain::tree).unwrap_or_default()
    }

    /// How many items there are of a role, listed or not.
    pub fn total(&self, role: &str) -> usize {
        self.totals.get(role).copied().unwrap_or(0)
    }
}
