//! What the module systems need to know of a repository: its paths and its manifests.

use qf_graph::facts::PackageManifest;

/// Paths and manifests of one repository.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// The repository's name.
    pub repository: String,
    /// Every indexed path relative to the root, `/`-separated, sorted.
    pub paths: Vec<String>,
    /// Manifests as `(folder, manifest)`, folder without trailing slash (`""` is the root),
    /// sorted by folder.
    pub manifests: Vec<(String, PackageManifest)>,
}

impl Layout {
    /// Whether a file of exactly this path is indexed.
    pub fn has_file(&self, path: &str) -> bool {
        self.paths.binary_search_by(|probe| probe.as_str().cmp(path)).is_ok()
    }

    /// The indexed files whose path begins so, in order.
    pub fn files_from<'l>(&'l self, start: &'l str) -> impl Iterator<Item = &'l str> + 'l {
        let first = self.paths.partition_point(|path| path.as_str() < start);
        self.paths[first..]
            .iter()
            .map(String::as_str)
            .take_while(move |path| path.starts_with(start))
    }

    /// Whether any indexed file lies below this folder (`""` is the root).
    pub fn has_folder(&self, folder: &str) -> bool {
        if folder.is_empty() {
            return !self.paths.is_empty();
        }
        let prefix = format!("{folder}/");
        let at = self.paths.partition_point(|path| path.as_str() < prefix.as_str());
        self.paths.get(at).is_some_and(|path| path.starts_with(&prefix))
    }

    /// The innermost manifest of an ecosystem at or above a path, with its folder. Of several in
    /// one folder (`package.json` beside `pnpm-workspace.yaml`) one that names a package wins.
    pub fn manifest_above(&self, path: &str, ecosystem: &str) -> Option<(&str, &PackageManifest)> {
        self.manifests
            .iter()
            .filter(|(folder, manifest)| {
                manifest.ecosystem == ecosystem
                    && (folder.is_empty()
                        || path
                            .strip_prefix(folder.as_str())
                            .is_some_and(|rest| rest.starts_with('/')))
            })
            .max_by_key(|(folder, manifest)| (folder.len(), !manifest.name.is_empty()))
            .map(|(folder, manifest)| (folder.as_str(), manifest))
    }

    /// All manifests of an ecosystem with their folders.
    pub fn manifests_of<'a>(
        &'a self,
        ecosystem: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a PackageManifest)> {
        self.manifests
            .iter()
            .filter(move |(_, manifest)| manifest.ecosystem == ecosystem)
            .map(|(folder, manifest)| (folder.as_str(), manifest))
    }
}

/// Example, benchmark and documentation folders.
pub fn is_example(path: &str) -> bool {
    path.split('/').rev().skip(1).any(|folder| {
        matches!(
            folder,
            "examples"
                | "example"
                | "_examples"
                | "_example"
                | "samples"
                | "sample"
                | "demo"
                | "demos"
                | "docs"
                | "doc"
                | "benches"
                | "bench"
                | "benchmark"
                | "benchmarks"
        )
    })
}

/// The folder part of a path (`""` at the root).
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Joins a folder and a relative path, resolving `.` and `..`; `None` when it leaves the root.
pub fn join(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{folder, join};

    #[test]
    fn paths_join_and_never_leave_the_root() {
        assert_eq!(join("src/api", "../models/user").as_deref(), Some("src/models/user"));
        assert_eq!(join("", "./a").as_deref(), Some("a"));
        assert_eq!(join("a", "../../b"), None);
        assert_eq!(folder("a/b/c.ts"), "a/b");
    }
}
