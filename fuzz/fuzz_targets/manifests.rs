//! A package manifest gives what can be read of it and never fails.
//!
//! The first byte chooses the file's name and so the format, the rest is the text. No reader panics,
//! equal texts give equal manifests, a manifest is of an ecosystem, and every package that is required
//! has a name, once.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_fuzz::Bytes;
use qf_indexer::manifests;

/// A file of every format; new ones go to the end, so that seeds keep their meaning.
#[rustfmt::skip] // a table
const FILES: [&str; 27] = [
    "Cargo.toml", "package.json", "pnpm-workspace.yaml", "lerna.json", "pyproject.toml", "setup.cfg",
    "setup.py", "go.mod", "go.work", "pom.xml", "build.gradle", "build.gradle.kts",
    "settings.gradle", "settings.gradle.kts", "Gemfile", "composer.json", "mix.exs", "pubspec.yaml",
    "tsconfig.json", "jsconfig.base.json", "a.csproj", "a.fsproj", "a.gemspec", "requirements.txt",
    "dev-requirements.txt", "requirements/base.txt", "other.txt",
];

fuzz_target!(|data: &[u8]| {
    let mut input = Bytes(data);
    let file = FILES[usize::from(input.byte()) % FILES.len()];
    let text = input.text();
    let Some(manifest) = manifests::manifest(file, &text) else { return };
    assert!(!manifest.ecosystem.is_empty());
    assert_eq!(manifests::manifest(file, &text).as_ref(), Some(&manifest));
    let mut names: Vec<&str> = manifest.dependencies.iter().map(|(name, _)| &name[..]).collect();
    assert!(names.iter().all(|name| !name.trim().is_empty()), "{names:?}");
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "a package is required once");
});
