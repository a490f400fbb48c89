//! Svelte components: markup parsed by its own grammar, scripts by the walk of JavaScript.

use super::javascript::{Framework, SEMANTICS, component};
use super::language::{Depth, Language, Semantics};
use crate::extract::FactsBuilder;
use tree_sitter::Tree;

/// Svelte components.
pub static SVELTE: Svelte = Svelte;

/// Svelte components.
pub struct Svelte;

impl Language for Svelte {
    fn name(&self) -> &'static str {
        "svelte"
    }

    fn family(&self) -> &'static str {
        "javascript"
    }

    fn depth(&self) -> Depth {
        Depth::Deep
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["svelte"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_svelte_ng::LANGUAGE.into())
    }

    fn extract(&self, path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        if let Some(tree) = tree {
            component(Framework::Svelte, path, tree.root_node(), out);
        }
    }

    fn semantics(&self) -> &'static dyn Semantics {
        &SEMANTICS
    }
}
