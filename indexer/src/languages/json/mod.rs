//! JSON: the outer keys of configuration files, and contracts written in JSON.
//!
//! Data files can be large and say nothing about code, so only small files are looked at; lock
//! files repeat what manifests say.

use super::{Depth, Language};
use crate::extract::FactsBuilder;
use crate::extract::{data, settings};
use tree_sitter::Tree;

/// JSON with the liberties of configuration files.
pub struct Json;

/// The language's entry.
pub static JSON: Json = Json;

impl Language for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn depth(&self) -> Depth {
        Depth::Document
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["json", "jsonc", "json5"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        None
    }

    fn extract(&self, path: &str, _tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        const LOCK_FILES: [&str; 3] =
            ["package-lock.json", "npm-shrinkwrap.json", "packages.lock.json"];
        let text = out.source();
        let name = path.rsplit('/').next().unwrap_or(path);
        if text.len() <= MAX_BYTES && !LOCK_FILES.contains(&name) {
            settings::document(path, &data::json(text), out);
        }
    }
}

/// Larger files are data.
const MAX_BYTES: usize = 256 << 10;
