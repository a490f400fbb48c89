//! What a caller may ask for beside the question.

use crate::rank::matches::Weights;
use qf_graph::Tier;

/// Narrowing, widening and size of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Most items a role; each question type has its own default.
    pub limit: Option<usize>,
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
    /// What counts in the order of a search.
    pub weights: Weights,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limit: None,
            repo: None,
            language: None,
            tier: Tier::Likely,
            hops: None,
            all: false,
            include_tests: false,
            weights: Weights::default(),
        }
    }
}
