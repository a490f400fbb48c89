//! Makes two versions part of the binary: of the extraction, a hash of everything that decides what
//! facts a file has (stored facts of another version are not used), and of the whole build, a hash
//! of everything that decides what an index of these facts is (an index of another version is never
//! taken for up to date).

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_owned());
        return;
    }
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        collect(&entry.path(), files);
    }
}

fn hash(root: &Path, paths: &[&str]) -> u64 {
    let mut files = Vec::new();
    for path in paths {
        println!("cargo::rerun-if-changed={path}");
        collect(&root.join(path), &mut files);
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        std::fs::read(file).unwrap_or_default().hash(&mut hasher);
    }
    std::env::var("CARGO_PKG_VERSION").unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let extraction = [
        "src/cache.rs",
        "src/extract",
        "src/languages",
        "src/manifests",
        "src/parse.rs",
        "src/walk.rs",
        "../graph/src/facts.rs",
    ];
    println!("cargo::rustc-env=QF_EXTRACTOR={:016x}", hash(&root, &extraction));
    let all = ["src", "../graph/src", "../graph/assets", "../Cargo.lock"];
    println!("cargo::rustc-env=QF_BUILD={:016x}", hash(&root, &all));
}
