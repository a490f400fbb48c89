//! Makes the version of the extraction part of the binary: a hash of everything that decides what
//! facts a file has. Stored facts of another version are not used.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut files = vec![root.join("src/parse.rs"), root.join("../graph/src/facts.rs")];
    for folder in ["src/languages", "src/extract", "src/manifests"] {
        println!("cargo::rerun-if-changed={folder}");
        collect(&root.join(folder), &mut files);
    }
    println!("cargo::rerun-if-changed=src/parse.rs");
    println!("cargo::rerun-if-changed=../graph/src/facts.rs");
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        std::fs::read(file).unwrap_or_default().hash(&mut hasher);
    }
    std::env::var("CARGO_PKG_VERSION").unwrap_or_default().hash(&mut hasher);
    println!("cargo::rustc-env=QF_EXTRACTOR={:016x}", hasher.finish());
}
