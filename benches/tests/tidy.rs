//! The rules of the source tree that no compiler checks.
//!
//! Which crate may know which, what every folder must have, how large a file may be, what the
//! README has to mention. Each test collects every violation before it fails, and says in its
//! message what to do, so that one run shows all the work.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The workspace's crates and those of ours that each may import. Benches and fuzz targets may import
/// anything of ours, since nothing imports them.
const LAYERS: [(&str, &[&str]); 8] = [
    ("qf-graph", &[]),
    ("qf-indexer", &["qf-graph"]),
    ("qf-query", &["qf-graph"]),
    ("qf-models", &["qf-graph"]),
    ("qf-agent", &["qf-graph", "qf-query"]),
    ("qf", &["qf-graph", "qf-indexer", "qf-query", "qf-models", "qf-agent"]),
    ("qf-benches", &["qf-graph", "qf-indexer", "qf-query", "qf-models", "qf-agent"]),
    ("qf-fuzz", &["qf-graph", "qf-indexer", "qf-query", "qf-agent"]),
];

/// Libraries (by name, or by the beginning of it) and the crates that alone may know them. Fuzz targets
/// may make what those read.
const OWNED: [(&str, &[&str]); 12] = [
    ("ast-grep*", &["qf-indexer"]),
    ("diffy", &["qf-agent"]),
    ("ed25519-dalek", &["qf-agent"]),
    ("tree-sitter*", &["qf-indexer"]),
    ("sqlparser", &["qf-indexer"]),
    ("git2", &["qf-indexer", "qf-agent"]),
    ("notify*", &["qf-indexer"]),
    ("memmap2", &["qf-graph"]),
    ("usearch", &["qf-graph"]),
    ("clap*", &["qf"]),
    ("rmcp*", &["qf"]),
    ("indicatif", &["qf"]),
];

/// Lines that a source file may have.
const MAX_LINES: usize = 1000;

/// Files that may have more, and why.
const LONG: [(&str, &str); 3] = [
    ("graph/src/facts.rs", "the fact model in one piece; more than half of it is documentation"),
    ("indexer/src/languages/python/builtins.rs", "a table: the members of the built-in types"),
    ("indexer/src/resolve/bind.rs", "one function for each kind of reference, over one state"),
];

/// Folders of `indexer/src/languages` that are shared by languages instead of being one.
const SHARED_BY_LANGUAGES: [&str; 1] = ["generic"];

fn workspace() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    folder.canonicalize().expect("the workspace is there")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).unwrap_or_default()
}

/// The entries of a folder, sorted; none when there is no such folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    entries.sort();
    entries
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Names without their ending of the files in a folder that have this ending.
fn stems(folder: &str, ending: &str) -> Vec<String> {
    entries(&workspace().join(folder))
        .iter()
        .filter_map(|path| name(path).strip_suffix(ending).map(str::to_owned))
        .collect()
}

/// Names of the folders in a folder.
fn folders(folder: &Path) -> Vec<String> {
    entries(folder).iter().filter(|path| path.is_dir()).map(|path| name(path)).collect()
}

/// Every file below a folder, without build output and what version control and editors keep.
fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        let name = name(&path);
        if path.is_symlink() || name == "target" || name == ".git" {
            continue;
        }
        if !path.is_dir() {
            out.push(path);
        } else if !name.starts_with('.') || [".ci", ".cargo"].contains(&name.as_str()) {
            files(&path, out);
        }
    }
}

/// Every text file of the tree: its path below the workspace, and its text.
fn texts() -> Vec<(String, String)> {
    let root = workspace();
    let mut paths = Vec::new();
    files(&root, &mut paths);
    let mut texts = Vec::new();
    for path in paths {
        let bytes = std::fs::read(&path).expect("a file of the tree is readable");
        if let (Ok(text), Ok(below)) = (String::from_utf8(bytes), path.strip_prefix(&root))
            && !text.contains('\0')
        {
            texts.push((below.to_string_lossy().replace('\\', "/"), text));
        }
    }
    texts
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

/// The source files of our crates: `**/src/**/*.rs`, but not those of example repositories.
fn sources() -> Vec<(String, String)> {
    let mut sources = texts();
    sources.retain(|(path, _)| {
        is_rust(path) && path.contains("/src/") && !path.starts_with("corpora/")
    });
    sources
}

#[track_caller]
fn none(violations: &str) {
    assert!(violations.is_empty(), "\n{violations}");
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(workspace().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo describes the workspace")
}

fn is_named(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

#[test]
fn arrows_between_crates_point_down() {
    let mut wrong = String::new();
    let metadata = metadata();
    for package in &metadata.packages {
        let package_name = package.name.as_str();
        let Some((_, may)) = LAYERS.iter().find(|(layer, _)| *layer == package_name) else {
            let _ = writeln!(wrong, "{package_name} is a new crate: give it a line in LAYERS");
            continue;
        };
        for dependency in &package.dependencies {
            if package_name == "qf-benches" && dependency.kind == DependencyKind::Development {
                continue;
            }
            let ours = metadata.packages.iter().any(|other| other.name.as_str() == dependency.name);
            if ours && !may.contains(&dependency.name.as_str()) {
                let _ = writeln!(wrong, "{package_name} must not import {}", dependency.name);
            }
            for (library, owners) in OWNED {
                let known = owners.contains(&package_name) || package_name == "qf-fuzz";
                if is_named(library, &dependency.name) && !known {
                    let _ = writeln!(
                        wrong,
                        "{package_name} must not know {}: only {} does",
                        dependency.name,
                        owners.join(" and ")
                    );
                }
            }
        }
    }
    none(&wrong);
}

#[test]
fn every_crate_is_under_the_workspace_lints() {
    let mut wrong = String::new();
    for package in metadata().packages {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap_or_default();
        if !manifest.contains("[lints]\nworkspace = true") {
            let _ = writeln!(wrong, "{}: `[lints] workspace = true` is missing", package.name);
        }
    }
    none(&wrong);
}

#[test]
fn no_second_scanner_with_the_symbols_of_html() {
    assert!(
        !text("Cargo.lock").contains("name = \"tree-sitter-vue\""),
        "tree-sitter-vue defines the same C symbols as tree-sitter-html: use the latter for Vue"
    );
}

#[test]
fn every_language_folder_is_listed_and_tested() {
    let folder = "indexer/src/languages";
    let list = text(&format!("{folder}/mod.rs"));
    let mut wrong = String::new();
    for language in folders(&workspace().join(folder)) {
        if SHARED_BY_LANGUAGES.contains(&language.as_str()) {
            continue;
        }
        if !list.contains(&format!("    &{language}::")) {
            let _ = writeln!(wrong, "{folder}/{language} is not in LANGUAGES");
        }
        if stems(&format!("{folder}/{language}/tests"), ".md").is_empty() {
            let _ = writeln!(wrong, "{folder}/{language} has no tests/*.md");
        }
    }
    none(&wrong);
}

#[test]
fn every_link_rule_is_shipped() {
    let list = text("indexer/src/link/rule.rs");
    let mut wrong = String::new();
    for rule in stems("indexer/src/link/rules", ".toml") {
        if !list.contains(&format!("(\"{rule}\", include_str!(\"rules/{rule}.toml\"))")) {
            let _ = writeln!(wrong, "rules/{rule}.toml is not in SHIPPED of link/rule.rs");
        }
    }
    none(&wrong);
}

#[test]
fn every_question_file_is_used() {
    let list = text("query/src/questions/mod.rs");
    let mut wrong = String::new();
    for question in stems("query/src/questions", ".rs") {
        if question != "mod" && !list.contains(&format!("mod {question};")) {
            let _ = writeln!(wrong, "questions/{question}.rs is not in questions/mod.rs");
        }
    }
    none(&wrong);
}

#[test]
fn source_files_are_short() {
    let mut wrong = String::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > MAX_LINES && !LONG.iter().any(|(long, _)| *long == path) {
            let _ = writeln!(wrong, "{path} has {lines} lines: split it by meaning");
        }
    }
    none(&wrong);
}

#[test]
fn source_files_begin_with_what_they_are_for() {
    let mut wrong = String::new();
    for (path, text) in sources() {
        if !text.starts_with("//! ") {
            let _ = writeln!(wrong, "{path} does not begin with a `//!` comment");
        }
    }
    none(&wrong);
}

/// Whether a macro is called in a line of code: not in a comment, not inside a string.
fn calls_macro(line: &str, name: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.match_indices(name).any(|(at, _)| {
        let before = &code[..at];
        before.matches('"').count().is_multiple_of(2)
            && code[at + name.len()..].starts_with("!(")
            && !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}

#[test]
fn macro_calls_are_told_from_words() {
    assert!(calls_macro("    todo!()", "todo"));
    assert!(!calls_macro("    my_todo!()", "todo"));
    assert!(!calls_macro("    // todo!()", "todo"));
    assert!(!calls_macro(&format!("let text = {}a todo!()", '"'), "todo"));
}

#[test]
fn nothing_is_left_for_later() {
    let mut wrong = String::new();
    for (path, text) in texts().iter().filter(|(path, _)| is_rust(path)) {
        for (number, line) in text.lines().enumerate() {
            for name in ["todo", "unimplemented", "dbg"] {
                if calls_macro(line, name) {
                    let _ = writeln!(wrong, "{path}:{}: {name}!", number + 1);
                }
            }
        }
    }
    none(&wrong);
}

/// The first absolute path below a folder of one machine: not after a letter or another part of a
/// path, and followed by a name.
fn machine_path(line: &str) -> Option<&'static str> {
    ["/work/", "/root/", "/home/"].into_iter().find(|folder| {
        line.match_indices(folder).any(|(at, _)| {
            let inside = |c: char| c.is_alphanumeric() || "_.-~/}>".contains(c);
            !line[..at].ends_with(inside)
                && line[at + folder.len()..].starts_with(|c: char| c.is_ascii_alphabetic())
        })
    })
}

#[test]
fn machine_paths_are_told_from_parts_of_paths() {
    let path = |folder: &str| format!("see {folder}x");
    assert_eq!(machine_path(&path("/home/")), Some("/home/"));
    assert_eq!(machine_path(&path("src/work/")), None);
    assert_eq!(machine_path("ls /home/$USER"), None);
}

#[test]
fn text_files_are_clean() {
    let mut wrong = String::new();
    for (path, text) in texts() {
        for (number, line) in text.lines().enumerate() {
            if line.ends_with([' ', '\t']) {
                let _ = writeln!(wrong, "{path}:{}: white space at the end", number + 1);
            }
            // Edits of plans have such marks too, with one of two words behind them.
            let of_an_edit = matches!(line.trim_end(), "<<<<<<< SEARCH" | ">>>>>>> REPLACE");
            if !of_an_edit && (line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")) {
                let _ = writeln!(wrong, "{path}:{}: the mark of a merge conflict", number + 1);
            }
            if let Some(folder) = machine_path(line) {
                let _ = writeln!(wrong, "{path}:{}: a path below {folder}", number + 1);
            }
        }
    }
    none(&wrong);
}

#[test]
fn the_readme_mentions_every_part() {
    let readme = text("README.md");
    let mut wrong = String::new();
    for folder in folders(&workspace()) {
        let hidden = folder.starts_with('.') || folder == "target";
        if !hidden && !readme.contains(&format!("{folder}/")) {
            let _ = writeln!(wrong, "README.md does not mention the folder {folder}/");
        }
    }
    for question in stems("query/src/questions", ".rs") {
        if question != "mod" && !readme.contains(&format!("`{question}.rs`")) {
            let _ = writeln!(wrong, "README.md does not mention questions/`{question}.rs`");
        }
    }
    for file in ["demo", "test --workspace --locked"] {
        if !readme.lines().any(|line| line.starts_with("cargo ") && line.contains(file)) {
            let _ = writeln!(wrong, "README.md has no line `cargo … {file}`");
        }
    }
    none(&wrong);
}

#[test]
fn licences_are_complete() {
    let mut wrong = String::new();
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        if text(licence).is_empty() {
            let _ = writeln!(wrong, "{licence} is missing");
        }
    }
    let note = text("graph/assets/LICENSE-NOTE.md");
    for asset in entries(&workspace().join("graph/assets")) {
        let asset = name(&asset);
        if asset != "LICENSE-NOTE.md" && !note.contains(&asset) {
            let _ = writeln!(wrong, "graph/assets/LICENSE-NOTE.md says nothing about {asset}");
        }
    }
    none(&wrong);
}
