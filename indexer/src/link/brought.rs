//! What one repository brings to where repositories meet.
//!
//! To find sides takes the facts of a repository and of those that its names lead into; to join
//! them takes a few rows. The rows are kept with the repository's segment, so that a repository
//! that has not changed is not looked at again because another one has. Everything in them is the
//! repository's own: files and symbols by their local numbers, another repository by its name.

use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::facts::ByteRange;
use qf_graph::key::Channel;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// Positions of the repositories of a workspace, by name.
pub type Positions<'n> = FxHashMap<&'n str, u32>;

/// All that one repository brings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Brought {
    /// Sides of keys.
    pub sides: Vec<Row>,
    /// Paths that are passed on.
    pub gateways: Vec<Passed>,
    /// Tables and models of tables.
    pub tables: Vec<TableRow>,
    /// What is asked of tables that the repository has not itself.
    pub asked: Vec<Asked>,
    /// Manifests of packages.
    pub manifests: Vec<ManifestRow>,
    /// Edges into other repositories that its names lead to.
    pub crossing: Vec<Crossing>,
    /// Hashes of the names that it offers to others, sorted.
    pub offers: Vec<u64>,
    /// Hashes of the names that were looked for in others, sorted.
    pub asks: Vec<u64>,
}

/// An edge into another repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    /// Source symbol.
    pub from: u32,
    /// The other repository, by name.
    pub repository: String,
    /// Target symbol.
    pub to: u32,
    /// Kind.
    pub kind: EdgeKind,
    /// How it was established.
    pub tier: Tier,
    /// Channel.
    pub channel: Channel,
    /// The package, or the table.
    pub key: String,
    /// The rule that made it.
    pub rule: String,
    /// Position of the file of the evidence.
    pub file: u32,
    /// Its line.
    pub line: u32,
    /// Its bytes.
    pub span: ByteRange,
    /// Properties of a write.
    pub flags: u8,
}

/// Where something stands, and what it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Position of the repository; set when it is read.
    #[serde(skip)]
    pub repository: u32,
    /// Position of the file.
    pub file: u32,
    /// Its path.
    pub path: String,
    /// Whether it is a test's.
    pub test: bool,
    /// The symbol that it belongs to.
    pub symbol: u32,
    /// The repository of that symbol, by name, when it is another: a handler that is imported.
    pub elsewhere: Option<String>,
    /// Its position; set when it is read.
    #[serde(skip)]
    pub owner: u32,
    /// Line.
    pub line: u32,
    /// Bytes.
    pub span: ByteRange,
}

/// A side of a key, with its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Channel.
    pub channel: Channel,
    /// Key text.
    pub text: String,
    /// Server's side.
    pub provides: bool,
    /// See [`super::Side::open`].
    pub open: bool,
    /// See [`super::Side::tail`].
    pub tail: Option<String>,
    /// Host as written, with holes.
    pub host: Option<String>,
    /// Rule.
    pub rule: String,
    /// See [`super::Side::placed`].
    pub placed: bool,
    /// Where it is.
    pub place: Place,
    /// The fields that a request is seen to send.
    pub sent: Option<Vec<String>>,
    /// What a server takes.
    pub taken: Option<Taken>,
}

/// The type of the body that a server takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// Its repository, by name.
    pub repository: String,
    /// Its symbol there.
    pub symbol: u32,
    /// All fields in order of name, and whether each may be left out.
    pub fields: Vec<(String, bool)>,
}

/// A path that is passed on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Passed {
    /// Everything below this.
    pub path: String,
    /// The service that gets it.
    pub service: String,
    /// What the service gets in place of the path.
    pub replaced_by: Option<String>,
    /// Position of the repository; set when it is read.
    #[serde(skip)]
    pub repository: u32,
}

/// A table or a model of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableRow {
    /// Its name.
    pub name: String,
    /// Whether it is a model.
    pub model: bool,
    /// Where it is declared.
    pub place: Place,
    /// Columns with their symbols.
    pub columns: Vec<(String, u32)>,
}

/// Something that is asked of a table of another repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The table.
    pub table: String,
    /// The column, which the table must have.
    pub column: Option<String>,
    /// Whether the table itself is meant too.
    pub record: bool,
    /// Read or written.
    pub kind: EdgeKind,
    /// Properties of a write.
    pub flags: u8,
    /// How sure the statement's meaning is.
    pub tier: Tier,
    /// The rule that found it.
    pub rule: String,
    /// Where it is asked.
    pub place: Place,
}

/// A manifest of a package that others may get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestRow {
    /// Ecosystem of the package.
    pub ecosystem: String,
    /// Name of the package; empty when it has none.
    pub name: String,
    /// Version; empty when it has none.
    pub version: String,
    /// Where it is.
    pub place: Place,
    /// What it requires: name, requirement, line.
    pub dependencies: Vec<(String, String, u32)>,
}

impl Place {
    /// The file, as repository and position.
    pub fn id(&self) -> (u32, u32) {
        (self.repository, self.file)
    }

    /// What it belongs to, as repository and symbol.
    pub fn holder(&self) -> (u32, u32) {
        (self.owner, self.symbol)
    }

    /// The folder that the file is in.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    fn settle(&mut self, repository: u32, positions: &Positions<'_>) {
        self.repository = repository;
        let elsewhere = self.elsewhere.as_deref();
        let owner = elsewhere.and_then(|owner| positions.get(owner));
        self.owner = owner.copied().unwrap_or(repository);
    }
}

impl Brought {
    /// Stored form.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// From its stored form; `None` where that is not of this qf.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }

    /// The texts of a channel's keys in contracts.
    pub fn contracts(&self, channel: Channel) -> impl Iterator<Item = &str> {
        let rows = self.sides.iter().filter(move |row| row.channel == channel);
        rows.filter(|row| row.rule.ends_with("/contract")).map(|row| row.text.as_str())
    }

    /// The texts of the keys that are provided in a channel, whether a contract declares them or not.
    pub fn provided(&self, channel: Channel) -> impl Iterator<Item = &str> {
        let rows = self.sides.iter().filter(move |row| row.channel == channel && row.provides);
        rows.filter(|row| !row.placed).map(|row| row.text.as_str())
    }

    /// Says which position the repository, and those that it names, have in the workspace.
    pub fn settle(&mut self, repository: u32, positions: &Positions<'_>) {
        let sides = self.sides.iter_mut().map(|row| &mut row.place);
        let tables = self.tables.iter_mut().map(|row| &mut row.place);
        let asked = self.asked.iter_mut().map(|row| &mut row.place);
        let manifests = self.manifests.iter_mut().map(|row| &mut row.place);
        let all = sides.chain(tables).chain(asked).chain(manifests);
        all.for_each(|place| place.settle(repository, positions));
        self.gateways.iter_mut().for_each(|passed| passed.repository = repository);
    }
}
