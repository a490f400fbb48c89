//! `pyproject.toml`, `setup.cfg`, `setup.py` and requirement lists.

use super::{add, depend, empty, scan};
use crate::extract::data::{self, Datum, Value};
use qf_graph::facts::PackageManifest;

/// Name and version requirement of a PEP 508 line: `flask[async] >=2 ; python_version < "3.9"`.
fn requirement(line: &str) -> Option<(&str, &str)> {
    let line = line.split(" #").next().unwrap_or("").split(';').next().unwrap_or("").trim();
    let end = line
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let version = rest.trim().trim_matches(['(', ')']).trim();
    (!name.is_empty()).then_some((name, version))
}

fn require(manifest: &mut PackageManifest, lines: &[&str]) {
    for line in lines {
        if let Some((name, version)) = requirement(line) {
            depend(manifest, name, version);
        }
    }
}

/// Reads a `pyproject.toml`. Entries map package names to folders (`""` is the root of all
/// packages) and `script:<name>` to `module:function`.
pub fn pyproject(text: &str) -> PackageManifest {
    let data = data::toml(text);
    let mut manifest = empty("pypi");
    if let Some(project) = data.get("project") {
        project_table(project, &mut manifest);
    }
    for group in data.get("dependency-groups").into_iter().flat_map(Datum::pairs) {
        require(&mut manifest, &group.value.texts());
    }
    if let Some(tool) = data.get("tool") {
        if let Some(poetry) = tool.get("poetry") {
            poetry_table(poetry, &mut manifest);
        }
        setuptools_table(tool, &mut manifest);
        uv_table(tool, &mut manifest);
        for key in ["hatch", "flit", "maturin", "pdm"] {
            if let Some(table) = tool.get(key) {
                backend_table(key, table, &mut manifest);
            }
        }
    }
    manifest
}

fn project_table(project: &Datum, manifest: &mut PackageManifest) {
    project.text_of("name").clone_into(&mut manifest.name);
    project.text_of("version").clone_into(&mut manifest.version);
    require(manifest, &project.get("dependencies").map(Datum::texts).unwrap_or_default());
    for extra in project.get("optional-dependencies").into_iter().flat_map(Datum::pairs) {
        require(manifest, &extra.value.texts());
    }
    for script in project.get("scripts").into_iter().flat_map(Datum::pairs) {
        let target = script.value.text().unwrap_or("");
        add(&mut manifest.entries, format!("script:{}", script.key), target);
    }
}

fn poetry_table(poetry: &Datum, manifest: &mut PackageManifest) {
    for (field, slot) in [("name", &mut manifest.name), ("version", &mut manifest.version)] {
        if slot.is_empty() {
            poetry.text_of(field).clone_into(slot);
        }
    }
    let groups = poetry.get("group").into_iter().flat_map(Datum::pairs);
    let sections = ["dependencies", "dev-dependencies"]
        .into_iter()
        .filter_map(|section| poetry.get(section))
        .chain(groups.filter_map(|group| group.value.get("dependencies")));
    for section in sections {
        for pair in section.pairs() {
            if pair.key != "python" {
                depend(manifest, &pair.key, &table_requirement(&pair.value));
            }
        }
    }
    for package in poetry.get("packages").into_iter().flat_map(Datum::items) {
        let (include, from) = (package.text_of("include"), package.text_of("from"));
        if !from.is_empty() {
            add(&mut manifest.entries, include, format!("{from}/{include}"));
        }
    }
    for script in poetry.get("scripts").into_iter().flat_map(Datum::pairs) {
        let target = script.value.text().unwrap_or("");
        add(&mut manifest.entries, format!("script:{}", script.key), target);
    }
}

fn table_requirement(value: &Datum) -> String {
    match value.text() {
        Some(version) => version.to_owned(),
        None if !value.text_of("path").is_empty() => format!("path:{}", value.text_of("path")),
        None => value.text_of("version").to_owned(),
    }
}

fn setuptools_table(tool: &Datum, manifest: &mut PackageManifest) {
    let Some(setuptools) = tool.get("setuptools") else { return };
    for pair in setuptools.get("package-dir").into_iter().flat_map(Datum::pairs) {
        add(&mut manifest.entries, pair.key.as_str(), pair.value.text().unwrap_or(""));
    }
    let folders = setuptools.at(&["packages", "find", "where"]);
    for folder in folders.map(Datum::texts).unwrap_or_default() {
        add(&mut manifest.entries, "", folder);
    }
}

fn uv_table(tool: &Datum, manifest: &mut PackageManifest) {
    let Some(uv) = tool.get("uv") else { return };
    require(manifest, &uv.get("dev-dependencies").map(Datum::texts).unwrap_or_default());
    for source in uv.get("sources").into_iter().flat_map(Datum::pairs) {
        let path = source.value.text_of("path");
        let place = match source.value.text_of("workspace") {
            "true" => "workspace".to_owned(),
            _ if !path.is_empty() => format!("path:{path}"),
            _ => continue,
        };
        match manifest.dependencies.iter_mut().find(|(name, _)| *name == source.key) {
            Some((_, version)) => *version = place,
            None => depend(manifest, &source.key, &place),
        }
    }
    let members = uv.at(&["workspace", "members"]).map(Datum::texts).unwrap_or_default();
    manifest.members.extend(members.into_iter().map(str::to_owned));
}

/// Source folders of other build backends.
fn backend_table(name: &str, table: &Datum, manifest: &mut PackageManifest) {
    let folders: Vec<&str> = match name {
        "hatch" => table
            .at(&["build", "targets", "wheel", "packages"])
            .map(Datum::texts)
            .unwrap_or_default(),
        "pdm" => {
            let folder = table.at(&["build", "package-dir"]).and_then(Datum::text);
            if let Some(folder) = folder {
                add(&mut manifest.entries, "", folder);
            }
            Vec::new()
        }
        "maturin" => {
            let folder = table.text_of("python-source");
            if !folder.is_empty() {
                add(&mut manifest.entries, "", folder);
            }
            Vec::new()
        }
        _ => Vec::new(),
    };
    for folder in folders {
        let package = folder.rsplit('/').next().unwrap_or(folder);
        add(&mut manifest.entries, package, folder);
    }
    if let Some(Value::Scalar(module)) = table.at(&["module", "name"]).map(|name| &name.value) {
        add(&mut manifest.entries, module.as_str(), module.as_str());
    }
}

/// Reads a `setup.cfg`.
pub fn setup_cfg(text: &str) -> PackageManifest {
    let mut manifest = empty("pypi");
    let mut section = "";
    let mut key = "";
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let value = if let Some(name) = trimmed.strip_prefix('[') {
            section = name.trim_end_matches(']');
            key = "";
            continue;
        } else if line.starts_with([' ', '\t']) {
            trimmed
        } else {
            let (name, value) = trimmed.split_once('=').unwrap_or((trimmed, ""));
            key = name.trim();
            value.trim()
        };
        if !value.is_empty() {
            setup_value(section, key, value, &mut manifest);
        }
    }
    manifest
}

fn setup_value(section: &str, key: &str, value: &str, manifest: &mut PackageManifest) {
    match (section, key) {
        ("metadata", "name") => value.clone_into(&mut manifest.name),
        ("metadata", "version") if !value.contains(':') => {
            value.clone_into(&mut manifest.version);
        }
        ("options", "install_requires" | "tests_require") | ("options.extras_require", _) => {
            require(manifest, &[value]);
        }
        ("options", "package_dir") => {
            if let Some((package, folder)) = value.split_once('=') {
                add(&mut manifest.entries, package.trim(), folder.trim());
            }
        }
        ("options.packages.find", "where") => add(&mut manifest.entries, "", value),
        _ => {}
    }
}

/// Reads what is literal in a `setup.py`.
pub fn setup_py(text: &str) -> PackageManifest {
    let call = text.find("setup(").map_or(text, |start| &text[start..]);
    let mut manifest = empty("pypi");
    let literal = |name: &str| {
        scan::argument(call, name)
            .filter(|value| value.starts_with(['"', '\'']))
            .and_then(|value| scan::strings(value).first().copied())
    };
    literal("name").unwrap_or("").clone_into(&mut manifest.name);
    literal("version").unwrap_or("").clone_into(&mut manifest.version);
    for name in ["install_requires", "tests_require", "extras_require"] {
        // The list may be a variable assigned above the call.
        let value = scan::argument(call, name).and_then(|value| {
            if value.starts_with(['[', '(', '{']) {
                return Some(value);
            }
            let end = value.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
            let list = scan::argument(text, value.get(..end).filter(|name| !name.is_empty())?)?;
            list.starts_with(['[', '(']).then_some(list)
        });
        if let Some(value) = value {
            require(&mut manifest, &scan::strings(scan::bracketed(value)));
        }
    }
    if let Some(value) = scan::argument(call, "package_dir") {
        for pair in scan::strings(scan::bracketed(value)).chunks(2) {
            if let [package, folder] = pair {
                add(&mut manifest.entries, *package, *folder);
            }
        }
    }
    if let Some(found) = call.find("find_packages(") {
        let arguments = scan::bracketed(&call[found + "find_packages".len()..]);
        let folder = scan::argument(arguments, "where").unwrap_or(&arguments[1..]);
        if let Some(folder) =
            scan::strings(folder).first().filter(|_| folder.starts_with(['"', '\'']))
        {
            add(&mut manifest.entries, "", *folder);
        }
    }
    manifest
}

/// Reads a `requirements.txt`.
pub fn requirements(text: &str) -> PackageManifest {
    let mut manifest = empty("pypi");
    for line in text.lines().map(str::trim) {
        let option = line.starts_with('-') || line.starts_with('#') || line.contains("://");
        if !option || line.contains(" @ ") {
            require(&mut manifest, &[line.trim_end_matches('\\')]);
        }
    }
    manifest
}
