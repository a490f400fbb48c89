//! What the module systems need to know of a repository: its paths and its manifests.

use qf_graph::facts::{FileFacts, PackageManifest};
use std::sync::OnceLock;

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
    /// Positions of `paths` ordered by the paths read from their ends; made when first asked for.
    by_ending: OnceLock<Vec<u32>>,
}

impl Layout {
    /// A repository of these paths (sorted) and manifests.
    pub fn new(
        repository: String,
        paths: Vec<String>,
        manifests: Vec<(String, PackageManifest)>,
    ) -> Layout {
        Layout { repository, paths, manifests, by_ending: OnceLock::new() }
    }

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

    /// The first `most` indexed files whose path ends so, in order. An include that no folder has
    /// asks this once per file that has it: a look at all paths each time grows with the square of
    /// the repository.
    pub fn files_ending(&self, end: &str, most: usize) -> Vec<&str> {
        let order = self.by_ending.get_or_init(|| {
            let mut order: Vec<u32> = (0..self.paths.len() as u32).collect();
            order.sort_by(|a, b| {
                let [a, b] = [a, b].map(|at| self.paths[*at as usize].bytes().rev());
                a.cmp(b)
            });
            order
        });
        let backwards = |at: u32| self.paths[at as usize].bytes().rev();
        let first = order.partition_point(|at| backwards(*at).lt(end.bytes().rev()));
        let mut found: Vec<u32> = order[first..]
            .iter()
            .copied()
            .take_while(|at| self.paths[*at as usize].ends_with(end))
            .collect();
        found.sort_unstable();
        found.truncate(most);
        found.into_iter().map(|at| self.paths[at as usize].as_str()).collect()
    }

    /// The one indexed file whose path ends so; `None` where there are several.
    pub fn only_file_ending(&self, end: &str) -> Option<&str> {
        match self.files_ending(end, 2)[..] {
            [only] => Some(only),
            _ => None,
        }
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

/// Whether a file drives the service from outside to see what it bears: it imports a framework for
/// load tests (Locust, k6, Gatling). Such files stand beside the code under any name, and what they
/// call is exercised, not used.
pub fn is_load_test(facts: &FileFacts) -> bool {
    facts.imports.iter().filter(|import| import.level == 0).any(|import| {
        let module = facts.text(import.module);
        ["locust", "k6", "io.gatling", "@gatling.io"].iter().any(|framework| {
            module
                .strip_prefix(framework)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/', ':']))
        })
    })
}

/// Whether a file is of such a framework itself: in its repository all code imports it.
pub fn is_of_load_tests(path: &str) -> bool {
    path == "locust/__init__.py" || path.contains("/io/gatling/core/")
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
    use super::{Layout, folder, is_load_test, join};
    use crate::{languages, parse};

    #[test]
    fn files_are_found_by_the_end_of_their_path() {
        let paths = ["a.h", "b/a.h", "c/b/a.h", "c/ba.h", "include/x.h", "z.c"];
        let layout =
            Layout::new(String::new(), paths.iter().map(|path| (*path).into()).collect(), vec![]);
        assert_eq!(layout.files_ending("/a.h", 9), ["b/a.h", "c/b/a.h"]);
        assert_eq!(layout.files_ending("/a.h", 1), ["b/a.h"]);
        assert_eq!(layout.only_file_ending("/a.h"), None);
        assert_eq!(layout.only_file_ending("/b/a.h"), Some("c/b/a.h"));
        assert_eq!(layout.only_file_ending("/x.h"), Some("include/x.h"));
        assert_eq!(layout.only_file_ending("/y.h"), None);
    }

    #[test]
    fn load_tests_are_known_by_their_framework() {
        let marked = |name: &str, text: &str| {
            let language = languages::by_name(name).expect("a language");
            is_load_test(&parse::facts(language, "a", text))
        };
        assert!(marked("python", "from locust import HttpUser, task"));
        assert!(marked("javascript", "import http from 'k6/http'"));
        assert!(marked("java", "import io.gatling.javaapi.core.*;"));
        assert!(!marked("python", "from .locust import swarm"));
        assert!(!marked("javascript", "import http from 'k6s/http'"));
    }

    #[test]
    fn paths_join_and_never_leave_the_root() {
        assert_eq!(join("src/api", "../models/user").as_deref(), Some("src/models/user"));
        assert_eq!(join("", "./a").as_deref(), Some("a"));
        assert_eq!(join("a", "../../b"), None);
        assert_eq!(folder("a/b/c.ts"), "a/b");
    }
}
