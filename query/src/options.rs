//! What a caller may ask for beside the question.

use crate::rank::matches::Weights;
use qf_graph::Tier;

/// Narrowing, widening and size of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Most items a role; each question type has its own default.
    pub limit: Option<usize>,
    /// Items of each role to leave out before those.
    pub offset: usize,
    /// List items of this repository only.
    pub repo: Option<String>,
    /// List items of this language only.
    pub language: Option<String>,
    /// The least sure tier that may carry an item.
    pub tier: Tier,
    /// Most hops of a transitive answer; by default as many as there are, for writers three.
    pub hops: Option<u32>,
    /// No limit.
    pub all: bool,
    /// List tests among the items instead of only counting them.
    pub include_tests: bool,
    /// Write the plans as text and as SPARQL into the answer.
    pub explain: bool,
    /// What counts in the order of a search.
    pub weights: Weights,
}

impl Options {
    /// How many items of a role are looked at, given a question type's own limit: those that are
    /// skipped and those that are listed.
    pub fn most(&self, limit: usize) -> usize {
        if self.all {
            return usize::MAX;
        }
        self.limit.unwrap_or(limit).saturating_add(self.offset)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limit: None,
            offset: 0,
            repo: None,
            language: None,
            tier: Tier::Likely,
            hops: None,
            all: false,
            include_tests: false,
            explain: false,
            weights: Weights::default(),
        }
    }
}
