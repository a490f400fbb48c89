//! Package manifests in formats of their own, properties files and example environment files.
//!
//! What they say is read by [`crate::manifests`] for every file; here the package gets a definition
//! that can be found, and the variables an `.env.example` lists become keys.

use super::{Depth, Language};
use crate::extract::document::define;
use crate::extract::settings::is_environment_name;
use crate::extract::{FactsBuilder, configuration};
use crate::manifests;
use qf_graph::Channel;
use qf_graph::facts::{ByteRange, SymbolKind};
use tree_sitter::Tree;

/// Manifests and settings that are neither TOML, JSON nor YAML.
pub struct Manifest;

/// The language's entry.
pub static MANIFEST: Manifest = Manifest;

impl Language for Manifest {
    fn name(&self) -> &'static str {
        "manifest"
    }

    fn depth(&self) -> Depth {
        Depth::Document
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csproj", "fsproj", "vbproj", "gemspec", "gradle", "properties"]
    }

    fn file_names(&self) -> &'static [&'static str] {
        &[
            ".env.dist",
            ".env.example",
            ".env.sample",
            ".env.template",
            "Gemfile",
            "dev-requirements.txt",
            "env.example",
            "example.env",
            "go.mod",
            "go.work",
            "pom.xml",
            "requirements-dev.txt",
            "requirements-test.txt",
            "requirements.txt",
            "requirements_dev.txt",
            "setup.cfg",
            "test-requirements.txt",
        ]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        None
    }

    fn extract(&self, path: &str, _tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        let text = out.source();
        let name = path.rsplit('/').next().unwrap_or(path);
        if name.ends_with(".properties") {
            if configuration::is_configuration(path) {
                configuration::properties(text, out);
            }
            return;
        }
        if name.contains("env") {
            variables(text, out);
            return;
        }
        let Some(manifest) = manifests::manifest(path, text) else { return };
        // Maven's name is made of two elements.
        let written = manifest.name.rsplit(':').next().unwrap_or("");
        if !written.is_empty() {
            let start = text.find(written).unwrap_or(0);
            let end = if text.contains(written) { start + written.len() } else { start };
            let whole = ByteRange { start: 0, end: text.len() as u32 };
            let name_span = ByteRange { start: start as u32, end: end as u32 };
            let header = name_span.end;
            define(out, SymbolKind::Setting, &manifest.name, whole, name_span, header);
        }
    }
}

/// `NAME=value` lines of an example environment file.
fn variables(text: &str, out: &mut FactsBuilder<'_>) {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let content = line.trim_start();
        let indent = line.len() - content.len();
        let (content, skipped) = match content.strip_prefix("export ") {
            Some(rest) => (rest, "export ".len()),
            None => (content, 0),
        };
        let Some((name, _)) = content.split_once('=') else { continue };
        let trimmed = name.trim_end();
        if !is_environment_name(trimmed) {
            continue;
        }
        let start = (start + indent + skipped) as u32;
        let name_span = ByteRange { start, end: start + trimmed.len() as u32 };
        let span = ByteRange { start, end: start + content.trim_end().len() as u32 };
        let id = define(out, SymbolKind::Setting, trimmed, span, name_span, 0);
        out.key(Channel::Env, trimmed.to_owned(), true, Some(id), name_span);
    }
}
