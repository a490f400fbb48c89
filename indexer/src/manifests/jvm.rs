//! Maven and Gradle.

use super::{add, depend, empty, scan, xml};
use qf_graph::facts::PackageManifest;

/// Reads a `pom.xml`. Group and version fall back to the parent's.
pub fn pom(text: &str) -> Option<PackageManifest> {
    let root = xml::parse(text).filter(|root| root.name == "project")?;
    let own_or_parent = |name: &str| {
        let own = root.text_of(name);
        if own.is_empty() {
            root.child("parent").map_or("", |parent| parent.text_of(name))
        } else {
            own
        }
    };
    let group = own_or_parent("groupId");
    let version = own_or_parent("version");
    let mut manifest = empty("maven");
    let artifact = root.text_of("artifactId");
    if !artifact.is_empty() {
        manifest.name = format!("{group}:{artifact}");
    }
    version.clone_into(&mut manifest.version);
    let properties = root.child("properties");
    let fill = |text: &str| match text {
        "${project.groupId}" | "${groupId}" | "${pom.groupId}" => group.to_owned(),
        "${project.version}" | "${version}" | "${pom.version}" => version.to_owned(),
        text => text
            .strip_prefix("${")
            .and_then(|name| name.strip_suffix('}'))
            .and_then(|name| properties?.child(name))
            .map_or_else(|| text.to_owned(), |value| value.text.clone()),
    };
    let managed = root.child("dependencyManagement");
    for list in [Some(&root), managed].into_iter().flatten() {
        for dependency in list.child("dependencies").into_iter().flat_map(|l| l.all("dependency")) {
            let name = format!(
                "{}:{}",
                fill(dependency.text_of("groupId")),
                fill(dependency.text_of("artifactId"))
            );
            depend(&mut manifest, &name, &fill(dependency.text_of("version")));
        }
    }
    if let Some(parent) = root.child("parent") {
        let name = format!("{}:{}", parent.text_of("groupId"), parent.text_of("artifactId"));
        depend(&mut manifest, &name, parent.text_of("version"));
    }
    for module in root.child("modules").into_iter().flat_map(|modules| modules.all("module")) {
        manifest.members.push(module.text.clone());
    }
    if let Some(build) = root.child("build") {
        for key in ["sourceDirectory", "testSourceDirectory"] {
            let folder = build.text_of(key);
            if !folder.is_empty() {
                add(&mut manifest.entries, key, folder);
            }
        }
    }
    Some(manifest)
}

const CONFIGURATIONS: [&str; 16] = [
    "implementation",
    "api",
    "compile",
    "compileOnly",
    "runtimeOnly",
    "runtime",
    "testCompile",
    "testImplementation",
    "testRuntimeOnly",
    "annotationProcessor",
    "kapt",
    "ksp",
    "classpath",
    "androidTestImplementation",
    "debugImplementation",
    "provided",
];

/// Reads a `build.gradle(.kts)`: dependencies by their coordinates, projects of the same build as
/// `project:<path>`. The name is in the settings file.
pub fn gradle(text: &str) -> PackageManifest {
    let mut manifest = empty("maven");
    for line in text.lines() {
        let line = line.trim();
        let word_end = line.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(line.len());
        let (word, rest) = line.split_at(word_end);
        if CONFIGURATIONS.contains(&word) {
            gradle_dependency(rest, &mut manifest);
        } else if word == "version"
            && manifest.version.is_empty()
            && let Some(version) = scan::strings(rest).first()
        {
            (*version).clone_into(&mut manifest.version);
        }
    }
    manifest
}

fn gradle_dependency(rest: &str, manifest: &mut PackageManifest) {
    let strings = scan::strings(rest);
    if rest.contains("project(") || rest.contains("project (") {
        if let Some(path) = strings.iter().find(|text| text.starts_with(':')) {
            let folder = path.trim_start_matches(':').replace(':', "/");
            depend(manifest, &format!("project:{folder}"), &format!("path:{folder}"));
        }
        return;
    }
    // implementation group: 'a', name: 'b', version: 'c'
    if rest.contains("name:") || rest.contains("name =") {
        if let [group, name, more @ ..] = strings.as_slice() {
            let version = more.first().copied().unwrap_or("");
            depend(manifest, &format!("{group}:{name}"), version);
        }
        return;
    }
    for text in strings {
        let mut parts = text.split(':');
        if let (Some(group), Some(name)) = (parts.next(), parts.next()) {
            depend(manifest, &format!("{group}:{name}"), parts.next().unwrap_or(""));
        }
    }
}

/// Reads a `settings.gradle(.kts)`: included projects as folders.
pub fn gradle_settings(text: &str) -> PackageManifest {
    let mut manifest = empty("maven");
    let mut including = false;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or("").trim();
        including |= line.starts_with("include ") || line.starts_with("include(");
        if including {
            for project in scan::strings(line) {
                let folder = project.trim_start_matches(':').replace(':', "/");
                manifest.members.push(folder);
            }
            including = line.ends_with(',') || line.ends_with('(');
        }
    }
    manifest
}
