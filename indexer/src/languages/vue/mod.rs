//! Vue components: markup parsed by its own grammar, scripts by the walk of JavaScript.

use super::javascript::{Framework, SEMANTICS, component};
use super::language::{Depth, Language, Semantics};
use crate::extract::FactsBuilder;
use tree_sitter::Tree;

/// Vue components.
pub static VUE: Vue = Vue;

/// Vue components.
pub struct Vue;

impl Language for Vue {
    fn name(&self) -> &'static str {
        "vue"
    }

    fn family(&self) -> &'static str {
        "javascript"
    }

    fn depth(&self) -> Depth {
        Depth::Deep
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["vue"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_html::LANGUAGE.into())
    }

    fn extract(&self, path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        if let Some(tree) = tree {
            component(Framework::Vue, path, tree.root_node(), out);
        }
    }

    fn semantics(&self) -> &'static dyn Semantics {
        &SEMANTICS
    }
}
