//! `Cargo.toml`.

use super::{add, depend, empty};
use crate::extract::data::{self, Datum};
use qf_graph::facts::PackageManifest;

/// Reads a Cargo manifest. Entries are `lib` and `bin:<name>` with their paths, and `lib-name`
/// with the library's own name where it differs; aliases are dependencies under another name. A
/// version inherited from the workspace is empty.
pub fn manifest(text: &str) -> PackageManifest {
    let data = data::toml(text);
    let mut manifest = empty("cargo");
    if let Some(package) = data.get("package").or_else(|| data.get("project")) {
        package.text_of("name").clone_into(&mut manifest.name);
        package.text_of("version").clone_into(&mut manifest.version);
    }
    dependencies(&data, &mut manifest);
    for target in data.get("target").into_iter().flat_map(Datum::pairs) {
        dependencies(&target.value, &mut manifest);
    }
    if let Some(library) = data.get("lib") {
        let path = library.text_of("path");
        if !path.is_empty() {
            add(&mut manifest.entries, "lib", path);
        }
        let name = library.text_of("name");
        if !name.is_empty() {
            add(&mut manifest.entries, "lib-name", name);
        }
    }
    for binary in data.get("bin").into_iter().flat_map(Datum::items) {
        let (name, path) = (binary.text_of("name"), binary.text_of("path"));
        if !name.is_empty() {
            let default = format!("src/bin/{name}.rs");
            let path = if path.is_empty() { &default } else { path };
            add(&mut manifest.entries, format!("bin:{name}"), path);
        }
    }
    if let Some(workspace) = data.get("workspace") {
        dependencies(workspace, &mut manifest);
        let members = workspace.get("members").map(Datum::texts).unwrap_or_default();
        manifest.members.extend(members.into_iter().map(str::to_owned));
    }
    manifest
}

fn dependencies(table: &Datum, manifest: &mut PackageManifest) {
    for section in [
        "dependencies",
        "dev-dependencies",
        "dev_dependencies",
        "build-dependencies",
        "build_dependencies",
    ] {
        for pair in table.get(section).into_iter().flat_map(Datum::pairs) {
            let value = &pair.value;
            let real = value.text_of("package");
            let name = if real.is_empty() { pair.key.as_str() } else { real };
            if !real.is_empty() && real != pair.key {
                add(&mut manifest.aliases, pair.key.as_str(), real);
            }
            depend(manifest, name, &requirement(value));
        }
    }
}

fn requirement(value: &Datum) -> String {
    if let Some(version) = value.text() {
        return version.to_owned();
    }
    for (key, prefix) in [("path", "path:"), ("version", ""), ("git", "git:")] {
        let text = value.text_of(key);
        if !text.is_empty() {
            return format!("{prefix}{text}");
        }
    }
    if value.text_of("workspace") == "true" { "workspace".to_owned() } else { String::new() }
}
