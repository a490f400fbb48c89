//! YAML: the outer keys of configuration files, contracts, compose files and Kubernetes resources.

use super::{Depth, Language};
use crate::extract::FactsBuilder;
use crate::extract::{data, helm, indentation, settings};
use tree_sitter::Tree;

/// YAML.
pub struct Yaml;

/// The language's entry.
pub static YAML: Yaml = Yaml;

impl Language for Yaml {
    fn name(&self) -> &'static str {
        "yaml"
    }

    fn depth(&self) -> Depth {
        Depth::Document
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["yaml", "yml"]
    }

    fn grammar(&self, path: &str) -> Option<tree_sitter::Language> {
        (!is_lock_file(path)).then(|| tree_sitter_yaml::LANGUAGE.into())
    }

    fn is_too_deep(&self, source: &str) -> bool {
        indentation::deeper_than(source, indentation::YAML, true)
    }

    fn extract(&self, path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        if helm::is_template(path, out.source()) {
            helm::template(path, out.source(), out);
            return;
        }
        let Some(tree) = tree else { return };
        for document in data::yaml(tree, out.source()).iter().take(MAX_DOCUMENTS) {
            settings::document(path, document, out);
        }
    }
}

/// Documents that are read of one file.
const MAX_DOCUMENTS: usize = 200;

/// Lock files are long and repeat what manifests say.
fn is_lock_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "pnpm-lock.yaml" | "pubspec.lock.yaml")
}
