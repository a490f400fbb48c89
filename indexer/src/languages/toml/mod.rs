//! TOML: the outer keys of configuration files.

use super::{Depth, Language};
use crate::extract::FactsBuilder;
use crate::extract::{data, settings};
use tree_sitter::Tree;

/// TOML.
pub struct Toml;

/// The language's entry.
pub static TOML: Toml = Toml;

impl Language for Toml {
    fn name(&self) -> &'static str {
        "toml"
    }

    fn depth(&self) -> Depth {
        Depth::Document
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["toml"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        None
    }

    fn extract(&self, path: &str, _tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        let text = out.source();
        if text.len() <= MAX_BYTES {
            settings::document(path, &data::toml(text), out);
        }
    }
}

/// Larger files are data.
const MAX_BYTES: usize = 1 << 20;
