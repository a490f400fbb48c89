//! `Gemfile`, gemspecs, and Elixir's `mix.exs`: manifests that are programs, scanned for the few
//! forms everyone writes.

use super::{depend, empty, scan};
use qf_graph::facts::PackageManifest;

/// Reads a `Gemfile`.
pub fn gemfile(text: &str) -> PackageManifest {
    let mut manifest = empty("gem");
    for line in text.lines() {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("gem ").or_else(|| line.strip_prefix("gem(")) {
            gem(rest, &mut manifest);
        }
    }
    manifest
}

/// `'name', '~> 1.0', path: '../x'`
fn gem(rest: &str, manifest: &mut PackageManifest) {
    let strings = scan::strings(rest);
    let Some(name) = strings.first() else { return };
    let path = rest.find("path").and_then(|at| scan::strings(&rest[at..]).first().copied());
    let version = match path {
        Some(path) => format!("path:{path}"),
        None => strings
            .get(1)
            .filter(|text| text.starts_with(|c: char| c.is_ascii_digit() || "~><=".contains(c)))
            .map(|text| (*text).to_owned())
            .unwrap_or_default(),
    };
    depend(manifest, name, &version);
}

/// Reads a gemspec.
pub fn gemspec(text: &str) -> PackageManifest {
    let mut manifest = empty("gem");
    for line in text.lines() {
        let line = line.trim();
        let Some((_, call)) = line.split_once('.') else { continue };
        let word_end = call.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        let (word, rest) = call.split_at(word_end.unwrap_or(call.len()));
        let assigned = rest.trim_start().starts_with('=');
        let first = scan::strings(rest).first().copied().unwrap_or("");
        match word {
            "name" if assigned => first.clone_into(&mut manifest.name),
            "version" if assigned => first.clone_into(&mut manifest.version),
            "add_dependency" | "add_runtime_dependency" | "add_development_dependency" => {
                gem(rest, &mut manifest);
            }
            "require_paths" if assigned => {
                for folder in scan::strings(rest) {
                    super::add(&mut manifest.entries, "", folder);
                }
            }
            _ => {}
        }
    }
    manifest
}

/// Reads a `mix.exs`.
pub fn mix(text: &str) -> PackageManifest {
    let mut manifest = empty("hex");
    for line in text.lines() {
        let line = line.trim().trim_start_matches('[');
        if let Some(name) = line.strip_prefix("app: :") {
            if manifest.name.is_empty() {
                name.trim_end_matches(',').clone_into(&mut manifest.name);
            }
        } else if line.starts_with("version:") && manifest.version.is_empty() {
            let version = scan::strings(line).first().copied().unwrap_or("");
            version.clone_into(&mut manifest.version);
        } else if let Some(start) = line.find("{:") {
            let rest = &line[start + 2..];
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
            let version = scan::strings(rest).first().copied().unwrap_or("");
            let path = rest.contains("path:");
            let version = if path { format!("path:{version}") } else { version.to_owned() };
            depend(&mut manifest, name, &version);
        }
    }
    manifest
}
