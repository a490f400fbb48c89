//! Project files of .NET.

use super::{add, depend, empty, xml};
use qf_graph::facts::PackageManifest;

/// Reads a `.csproj` and its kin; the file's own name is the default name.
pub fn project(stem: &str, text: &str) -> Option<PackageManifest> {
    let root = xml::parse(text)?;
    let mut manifest = empty("nuget");
    stem.clone_into(&mut manifest.name);
    for key in ["AssemblyName", "PackageId"] {
        for group in root.all("PropertyGroup") {
            let name = group.text_of(key);
            if !name.is_empty() && !name.contains("$(") {
                name.clone_into(&mut manifest.name);
            }
        }
    }
    for group in root.all("PropertyGroup") {
        for key in ["Version", "VersionPrefix"] {
            if manifest.version.is_empty() {
                group.text_of(key).clone_into(&mut manifest.version);
            }
        }
        let namespace = group.text_of("RootNamespace");
        if !namespace.is_empty() {
            add(&mut manifest.entries, namespace, "");
        }
    }
    for group in root.all("ItemGroup") {
        for package in group.all("PackageReference") {
            let attribute = package.attribute("Version");
            let version = if attribute.is_empty() { package.text_of("Version") } else { attribute };
            depend(&mut manifest, package.attribute("Include"), version);
        }
        for project in group.all("ProjectReference") {
            let path = project.attribute("Include").replace('\\', "/");
            let file = path.rsplit('/').next().unwrap_or("");
            let name = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
            depend(&mut manifest, name, &format!("path:{path}"));
        }
    }
    Some(manifest)
}
