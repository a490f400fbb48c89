//! `package.json`, `tsconfig.json` and the workspace files around them; `pubspec.yaml`.

use super::{add, depend, empty};
use crate::extract::data::{self, Datum, Value};
use crate::layout::join;
use qf_graph::facts::PackageManifest;

/// Reads a `package.json`. Entries are public sub-paths (`.`, `./feature`) with the files they
/// stand for, and `bin:<name>`; aliases are the private `#…` imports.
pub fn package(text: &str) -> Option<PackageManifest> {
    let data = data::json(text);
    if data.pairs().is_empty() {
        return None;
    }
    let mut manifest = empty("npm");
    data.text_of("name").clone_into(&mut manifest.name);
    data.text_of("version").clone_into(&mut manifest.version);
    for section in ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"] {
        for pair in data.get(section).into_iter().flat_map(Datum::pairs) {
            depend(&mut manifest, &pair.key, pair.value.text().unwrap_or(""));
        }
    }
    for key in ["source", "types", "typings", "module", "main", "browser"] {
        let path = data.text_of(key);
        if !path.is_empty() {
            add(&mut manifest.entries, key, path);
        }
    }
    if let Some(exports) = data.get("exports") {
        export_entries(exports, ".", &mut manifest.entries, 0);
    }
    binaries(&data, &mut manifest);
    for pair in data.get("imports").into_iter().flat_map(Datum::pairs) {
        let mut paths = Vec::new();
        leaves(&pair.value, &mut paths, 0);
        for path in paths {
            add(&mut manifest.aliases, pair.key.as_str(), path);
        }
    }
    let workspaces = data
        .get("workspaces")
        .map(|workspaces| workspaces.get("packages").unwrap_or(workspaces).texts());
    manifest.members.extend(workspaces.unwrap_or_default().into_iter().map(str::to_owned));
    Some(manifest)
}

fn binaries(data: &Datum, manifest: &mut PackageManifest) {
    match data.get("bin").map(|bin| &bin.value) {
        Some(Value::Scalar(path)) => {
            let name = manifest.name.rsplit('/').next().unwrap_or("");
            let entry = format!("bin:{name}");
            add(&mut manifest.entries, entry, path.as_str());
        }
        Some(Value::Map(pairs)) => {
            for pair in pairs {
                let path = pair.value.text().unwrap_or("");
                add(&mut manifest.entries, format!("bin:{}", pair.key), path);
            }
        }
        _ => {}
    }
}

/// `exports`: sub-paths begin with a dot, anything else is a condition.
fn export_entries(exports: &Datum, subpath: &str, out: &mut Vec<(String, String)>, depth: u32) {
    if depth > 16 {
        return;
    }
    match &exports.value {
        Value::Scalar(path) => add(out, subpath, path.as_str()),
        Value::List(items) => {
            for item in items {
                export_entries(item, subpath, out, depth + 1);
            }
        }
        Value::Map(pairs) => {
            for pair in pairs {
                let subpath = if pair.key.starts_with('.') { pair.key.as_str() } else { subpath };
                export_entries(&pair.value, subpath, out, depth + 1);
            }
        }
        Value::Null => {}
    }
}

fn leaves<'a>(data: &'a Datum, out: &mut Vec<&'a str>, depth: u32) {
    if depth > 16 {
        return;
    }
    out.extend(data.text());
    for value in data.items().iter().chain(data.pairs().iter().map(|pair| &pair.value)) {
        leaves(value, out, depth + 1);
    }
}

/// Reads a `tsconfig.json`: aliases only, replacements relative to the file's folder. A
/// configuration that leaves its own folder (`../shared/*`) keeps the dots.
pub fn tsconfig(text: &str) -> PackageManifest {
    let data = data::json(text);
    let mut manifest = empty("tsconfig");
    let options = data.get("compilerOptions");
    let base = options.map_or("", |options| options.text_of("baseUrl"));
    for pair in options.and_then(|options| options.get("paths")).into_iter().flat_map(Datum::pairs)
    {
        for target in pair.value.texts() {
            add(&mut manifest.aliases, pair.key.as_str(), under(base, target));
        }
    }
    if !base.is_empty() {
        add(&mut manifest.aliases, "*", under(base, "*"));
    }
    manifest
}

fn under(base: &str, target: &str) -> String {
    join("", &format!("{base}/{target}")).unwrap_or_else(|| {
        let target = target.trim_start_matches("./");
        match base.trim_end_matches('/') {
            "" | "." => target.to_owned(),
            base => format!("{base}/{target}"),
        }
    })
}

/// Reads a `pnpm-workspace.yaml`.
pub fn pnpm_workspace(text: &str) -> PackageManifest {
    let data = data::yaml_text(text);
    let mut manifest = empty("npm");
    let members = data.get("packages").map(Datum::texts).unwrap_or_default();
    manifest.members = members.into_iter().map(str::to_owned).collect();
    manifest
}

/// Reads a `lerna.json`.
pub fn lerna(text: &str) -> PackageManifest {
    let data = data::json(text);
    let mut manifest = empty("npm");
    let members = data.get("packages").map(Datum::texts).unwrap_or_default();
    manifest.members = members.into_iter().map(str::to_owned).collect();
    manifest
}

/// Reads a Dart `pubspec.yaml`.
pub fn pubspec(text: &str) -> PackageManifest {
    let data = data::yaml_text(text);
    let mut manifest = empty("pub");
    data.text_of("name").clone_into(&mut manifest.name);
    data.text_of("version").clone_into(&mut manifest.version);
    for section in ["dependencies", "dev_dependencies", "dependency_overrides"] {
        for pair in data.get(section).into_iter().flat_map(Datum::pairs) {
            let path = pair.value.text_of("path");
            let path = if path.is_empty() { String::new() } else { format!("path:{path}") };
            depend(&mut manifest, &pair.key, pair.value.text().unwrap_or(&path));
        }
    }
    let members = data.get("workspace").map(Datum::texts).unwrap_or_default();
    manifest.members = members.into_iter().map(str::to_owned).collect();
    manifest
}
