//! Views: the workspace as it is published, but one repository of it as of a commit.
//!
//! A view is a manifest like the published one, in a file of its own in `revisions/`. It names
//! segments and facts in the same folders; these are named by their content, so whatever a commit
//! has in common with what is published, or with another view, is stored once.

use super::manifest::Manifest;
use super::{Home, StoreError};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Which repository a view has as of which commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The repository's name.
    pub repository: String,
    /// The whole hash of the commit.
    pub revision: String,
    /// What it was asked for as: branches, tags, `HEAD~3`, in the order in which they were asked.
    pub names: Vec<String>,
}

impl View {
    /// Whether the revision is the whole hash of a commit.
    fn is_of_a_commit(&self) -> bool {
        // Of SHA-1, or of SHA-256.
        matches!(self.revision.len(), 40 | 64)
            && self.revision.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    /// Where the view is kept.
    pub fn path(&self, home: &Home) -> PathBuf {
        home.revisions().join(format!("{}@{}.json", escaped(&self.repository), self.revision))
    }
}

/// A name as part of a file's, such that different names are different files.
fn escaped(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            out.push(byte as char);
        } else {
            let _ = write!(out, "%{byte:02x}");
        }
    }
    out
}

impl Manifest {
    /// Reads the view in a file of `revisions/`.
    pub fn read_view(home: &Home, path: &Path) -> Result<Self, StoreError> {
        let manifest = Self::read_file(home, path.to_owned())?;
        let wrong = match &manifest.view {
            None => "a manifest that is no view",
            // Where a view is kept follows from what it says; it must not lead to another file.
            Some(view) if view.path(home).file_name() != path.file_name() => {
                "a view of another name"
            }
            Some(view) if !view.is_of_a_commit() => "a view of no commit",
            Some(_) => return Ok(manifest),
        };
        Err(StoreError::Damaged { path: path.to_owned(), what: wrong.to_owned(), offset: 0 })
    }

    /// Every view with its file, in order of the files' names; an error where one cannot be read.
    pub fn views(home: &Home) -> Vec<(PathBuf, Result<Self, StoreError>)> {
        let Ok(folder) = std::fs::read_dir(home.revisions()) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = folder
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect();
        paths.sort();
        let read = |path: PathBuf| {
            let view = Self::read_view(home, &path);
            (path, view)
        };
        paths.into_iter().map(read).collect()
    }

    /// Every view that can be read.
    pub fn readable_views(home: &Home) -> Vec<Self> {
        Self::views(home).into_iter().filter_map(|(_, view)| view.ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Manifest, View};
    use crate::store::Home;

    fn view(repository: &str, names: &[&str]) -> Manifest {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let revision = "0123456789012345678901234567890123456789".to_owned();
        let view = View { repository: repository.to_owned(), revision, names };
        Manifest { view: Some(view), ..Manifest::default() }
    }

    #[test]
    fn views_are_written_beside_each_other_and_read_back() {
        let folder = std::env::temp_dir().join(format!("qf-views-{}", std::process::id()));
        let home = Home::new(&folder);
        home.create().expect("folders");
        assert!(Manifest::views(&home).is_empty());
        // Names that a file name cannot tell apart without escapes.
        for name in ["a b", "a%20b", "a/b", "a_b"] {
            let mut manifest = view(name, &["main"]);
            manifest.publish(&home).expect("written");
            let path = manifest.view.as_ref().expect("a view").path(&home);
            assert_eq!(Manifest::read_view(&home, &path).expect("read"), manifest);
        }
        let read = Manifest::readable_views(&home);
        assert_eq!(read.len(), 4);
        assert!(read.iter().all(|view| view.generation == 0), "views count no generations");
        assert!(!home.manifest().exists());
        let path = view("a_b", &[]).view.expect("a view").path(&home);
        // A view in the place of another, and one whose commit leads to another folder.
        let other = home.revisions().join("other.json");
        std::fs::copy(&path, &other).expect("copied");
        let error = Manifest::read_view(&home, &other).expect_err("of another name");
        assert!(error.to_string().contains("a view of another name"), "{error}");
        let mut strange = view("a", &[]);
        strange.view.as_mut().expect("a view").revision = "main".to_owned();
        strange.publish(&home).expect("written");
        let path_of_strange = strange.view.as_ref().expect("a view").path(&home);
        let error = Manifest::read_view(&home, &path_of_strange).expect_err("of no commit");
        assert!(error.to_string().contains("a view of no commit"), "{error}");
        for path in [other, path_of_strange] {
            std::fs::remove_file(path).expect("removed");
        }
        std::fs::write(&path, "{}").expect("damaged");
        assert_eq!(Manifest::readable_views(&home).len(), 3);
        assert_eq!(Manifest::views(&home).len(), 4);
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
