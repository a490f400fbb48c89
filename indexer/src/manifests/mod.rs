//! What package manifests say: names, dependencies, source folders, aliases, workspace members.
//!
//! Imports between repositories meet in package names, and path aliases decide what an import
//! inside a repository means, so manifests are read whatever language their file counts as. Each
//! ecosystem has a file; all give one [`PackageManifest`]. Reading never fails: what is broken is
//! left out.

mod cargo;
mod dotnet;
mod golang;
mod jvm;
mod npm;
mod php;
mod python;
mod ruby;
mod scan;
pub mod xml;

use qf_graph::facts::PackageManifest;

/// Manifests longer than this are not read.
const MAX_BYTES: usize = 4 << 20;

/// The manifest in a file, decided by its name; `None` when the file is none.
pub fn manifest(path: &str, text: &str) -> Option<PackageManifest> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    Some(match name {
        "Cargo.toml" => cargo::manifest(text),
        "package.json" | "jsr.json" | "deno.json" => npm::package(text)?,
        "pnpm-workspace.yaml" => npm::pnpm_workspace(text),
        "lerna.json" => npm::lerna(text),
        "pyproject.toml" => python::pyproject(text),
        "setup.cfg" => python::setup_cfg(text),
        "setup.py" => python::setup_py(text),
        "go.mod" => golang::module(text),
        "go.work" => golang::workspace(text),
        "pom.xml" => jvm::pom(text)?,
        "build.gradle" | "build.gradle.kts" => jvm::gradle(text),
        "settings.gradle" | "settings.gradle.kts" => jvm::gradle_settings(text),
        "Gemfile" => ruby::gemfile(text),
        "composer.json" => php::composer(text),
        "mix.exs" => ruby::mix(text),
        "pubspec.yaml" => npm::pubspec(text),
        _ => return by_pattern(path, name, text),
    })
}

/// Manifests whose names vary.
fn by_pattern(path: &str, name: &str, text: &str) -> Option<PackageManifest> {
    let (stem, extension) = name.rsplit_once('.')?;
    match extension {
        "json" if stem.starts_with("tsconfig") || stem.starts_with("jsconfig") => {
            Some(npm::tsconfig(text))
        }
        "csproj" | "fsproj" | "vbproj" => dotnet::project(stem, text),
        "gemspec" => Some(ruby::gemspec(text)),
        "txt" if is_requirements(path, stem) => Some(python::requirements(text)),
        _ => None,
    }
}

/// `requirements.txt`, `dev-requirements.txt`, `requirements/base.txt`.
fn is_requirements(path: &str, stem: &str) -> bool {
    stem.starts_with("requirements")
        || stem.ends_with("requirements")
        || path.split('/').rev().nth(1) == Some("requirements")
}

/// A manifest of an ecosystem with nothing in it yet.
fn empty(ecosystem: &str) -> PackageManifest {
    PackageManifest { ecosystem: ecosystem.to_owned(), ..PackageManifest::default() }
}

/// Adds a dependency unless one of that name is known.
fn depend(manifest: &mut PackageManifest, name: &str, version: &str) {
    let name = name.trim();
    if !name.is_empty() && !manifest.dependencies.iter().any(|(known, _)| known == name) {
        manifest.dependencies.push((name.to_owned(), version.trim().to_owned()));
    }
}

/// Adds a row unless it is there.
fn add(rows: &mut Vec<(String, String)>, name: impl Into<String>, value: impl Into<String>) {
    let row = (name.into(), value.into());
    if !rows.contains(&row) {
        rows.push(row);
    }
}

#[cfg(test)]
mod tests;
