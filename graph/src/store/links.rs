//! What joins repositories: one small file beside the repositories' segments.
//!
//! Its rows name repositories by position in the manifest and symbols by their local ids, so it is
//! written together with the segments it belongs to.

use super::StoreError;
use super::segment::{Segment, SegmentWriter};
use crate::edge::{EdgeKind, Tier};
use crate::key::Channel;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// An edge between two repositories (or inside one, when it goes through a key).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LinkData {
    /// Repository of the source.
    pub from_repository: u32,
    /// Source symbol.
    pub from: u32,
    /// Repository of the target.
    pub to_repository: u32,
    /// Target symbol.
    pub to: u32,
    /// Kind.
    pub kind: EdgeKind,
    /// How it was established.
    pub tier: Tier,
    /// The channel of the key they share.
    pub channel: Channel,
    /// The key's text; for packages the package.
    pub key: String,
    /// The rule that made it.
    pub rule: String,
    /// File of the evidence, in the source's repository.
    pub file: u32,
    /// Line of the evidence.
    pub line: u32,
    /// First byte of the evidence.
    pub start: u32,
    /// Its length.
    pub len: u32,
    /// Properties of a write (see [`crate::facts::ReferenceFlags`]).
    pub flags: u8,
}

/// One side of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyData {
    /// Channel.
    pub channel: Channel,
    /// Normalised text.
    pub text: String,
    /// Provided (a server, a schema) or required (a client, a query).
    pub provides: bool,
    /// Repository.
    pub repository: u32,
    /// The symbol it belongs to.
    pub symbol: u32,
    /// File.
    pub file: u32,
    /// Line.
    pub line: u32,
    /// The rule that found it.
    pub rule: String,
}

/// How the two sides of a contract have come apart. The order is part of the stored format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DriftKind {
    /// A client asks a service for a route that it does not have.
    Route,
    /// A client asks for a route with a method that it is not served for.
    Method,
    /// A client never sends a field that the request must have.
    Field,
    /// A package is required in a version that is not the one that is indexed.
    Version,
}

/// One place where the two sides of a key do not agree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DriftData {
    /// What is wrong.
    pub kind: DriftKind,
    /// Repository that asks.
    pub repository: u32,
    /// The symbol that asks.
    pub symbol: u32,
    /// Its file.
    pub file: u32,
    /// The line that asks.
    pub line: u32,
    /// The key that is asked for.
    pub key: String,
    /// Repository that answers.
    pub to_repository: u32,
    /// The symbol that answers, or the nearest to it.
    pub to: u32,
    /// What it has instead: methods, the field, the version.
    pub has: String,
}

/// All links and keys of a workspace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LinksData {
    /// Edges, sorted.
    pub links: Vec<LinkData>,
    /// Keys, sorted.
    pub keys: Vec<KeyData>,
    /// Where two sides do not agree, sorted.
    #[serde(skip)]
    pub drifts: Vec<DriftData>,
}

impl LinksData {
    /// The file's bytes: equal data gives equal bytes.
    pub fn to_bytes(&mut self) -> Vec<u8> {
        self.links.sort_unstable();
        self.links.dedup();
        self.keys.sort_unstable();
        self.keys.dedup();
        self.drifts.sort_unstable();
        self.drifts.dedup();
        let mut out = SegmentWriter::new();
        out.bytes("links", postcard::to_stdvec(self).unwrap_or_default());
        out.bytes("drifts", postcard::to_stdvec(&self.drifts).unwrap_or_default());
        out.serialize()
    }

    /// Opens and verifies the file.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let segment = Segment::open(path)?;
        segment.verify()?;
        let damaged = |error| StoreError::Damaged {
            path: path.to_owned(),
            what: format!("links: {error}"),
            offset: 0,
        };
        let mut data: Self = postcard::from_bytes(segment.bytes("links")?).map_err(damaged)?;
        // An index of an earlier qf has none.
        let drifts = segment.bytes("drifts")?;
        if !drifts.is_empty() {
            data.drifts = postcard::from_bytes(drifts).map_err(damaged)?;
        }
        Ok(data)
    }
}
