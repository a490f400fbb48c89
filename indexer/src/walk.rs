//! Which repositories and files there are.
//!
//! A given folder is a repository when it has a `.git`, a folder full of repositories when
//! folders below it have one (three levels are looked at), and a plain folder otherwise — which is
//! indexed as a repository too. Ignore files (`.gitignore`, `.ignore`, `.qfignore`, git's excludes)
//! are honoured, git's not for what it has in its index all the same: such files are part of the
//! repository. Symbolic links are not followed, so loops cannot happen.
//!
//! Empty files are indexed: an empty `__init__.py` makes a package.
//!
//! What is skipped, in this order, and counted by reason:
//! 1. `vendored`: folders of dependencies and build output, by name ([`VENDORED`]), but not what
//!    could be build output and lies below a folder `src`;
//! 2. `unsupported`: no language claims the file (not shown by default);
//! 3. `too_large`: more than [`MAX_BYTES`];
//! 4. `unreadable`: the operating system says no, or the file vanished;
//! 5. `binary`: a NUL byte in the first 8 KiB (UTF-16 text with a byte order mark is decoded);
//! 6. `minified`: style sheets and scripts whose lines average more than 300 bytes, or of which
//!    one line is longer than 20,000 bytes, unless that is one value in a file that is written by hand;
//! 7. `generated`: lock files, protocol buffer output, and files that say so in their first lines
//!    (`@generated`, `Code generated … DO NOT EDIT`), unless they are manifests of packages, or
//!    from an OpenAPI document: such
//!    clients say what is asked of other services.

use crate::extract::contract::is_from_contract;
use crate::history;
use crate::languages::{self, Language};
use rustc_hash::FxHashSet;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Larger files are data.
pub const MAX_BYTES: u64 = 4 << 20;

/// Names of folders that hold other people's code or build output.
pub const VENDORED: [&str; 24] = [
    "node_modules",
    "bower_components",
    "jspm_packages",
    "vendor",
    "vendored",
    "third_party",
    "third-party",
    "thirdparty",
    "site-packages",
    "dist-packages",
    "venv",
    ".venv",
    "virtualenv",
    "__pycache__",
    "target",
    "dist",
    "build",
    "out",
    "coverage",
    "Pods",
    "Carthage",
    "DerivedData",
    "elm-stuff",
    "_build",
];

/// Those of them that are build output: below a folder of sources they are sources too (a package
/// `com.acme.build` of Java).
const OUTPUT: [&str; 3] = ["build", "out", "target"];

/// Whether a folder of this name, at this path in its repository, holds what is not read.
pub(crate) fn is_vendored(name: &str, path: &str) -> bool {
    let below_sources = || path.split('/').rev().skip(1).any(|part| part == "src");
    VENDORED.contains(&name) && !(OUTPUT.contains(&name) && below_sources())
}

/// Hidden names that are read all the same.
const HIDDEN_BUT_READ: [&str; 4] = [".github", ".env.example", ".env.sample", ".env.template"];

/// One repository to index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Name in answers.
    pub name: String,
    /// Absolute folder.
    pub path: PathBuf,
    /// Commit, when it is a git repository.
    pub revision: Option<String>,
    /// Branch.
    pub branch: Option<String>,
}

/// A file that some language claims.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Path below the root, `/`-separated.
    pub path: String,
    /// Its language.
    pub language: &'static dyn Language,
    /// Size in bytes.
    pub size: u64,
}

impl std::fmt::Debug for dyn Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Skipped things by reason.
pub type Skipped = BTreeMap<String, u64>;

/// Why a path cannot be indexed.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// It does not exist or cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// It is a file.
    #[error("{} is a file; qf indexes folders", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
}

/// Whether a folder is not there; an empty one is not either: it may be where a disk is mounted.
pub fn is_away(folder: &Path) -> bool {
    !std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// The repositories behind the given paths, each once, sorted by name. Names are made unique with
/// the parent folder's name.
pub fn roots(paths: &[PathBuf]) -> Result<Vec<Root>, WalkError> {
    let mut folders = Vec::new();
    for path in paths {
        let io = |source| WalkError::Io { path: path.clone(), source };
        let absolute = path.canonicalize().map_err(io)?;
        if !absolute.is_dir() {
            return Err(WalkError::NotAFolder { path: path.clone() });
        }
        std::fs::read_dir(&absolute).map_err(io)?;
        if absolute.join(".git").exists() {
            folders.push(absolute);
            continue;
        }
        let mut found = Vec::new();
        repositories_below(&absolute, 3, &mut found);
        if found.is_empty() { folders.push(absolute) } else { folders.append(&mut found) }
    }
    folders.sort();
    folders.dedup();
    let name = |path: &Path| {
        path.file_name().map_or_else(|| "root".to_owned(), |n| n.to_string_lossy().into_owned())
    };
    let mut roots: Vec<Root> = Vec::new();
    for path in &folders {
        let own = name(path);
        let taken = folders.iter().filter(|other| name(other) == own).count() > 1;
        let name = match path.parent() {
            Some(parent) if taken => format!("{}-{own}", name(parent)),
            _ => own,
        };
        let (revision, branch) = head(path);
        roots.push(Root { name, path: path.clone(), revision, branch });
    }
    roots.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    Ok(roots)
}

fn repositories_below(folder: &Path, levels: u32, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let name = entry.file_name();
        let hidden = name.to_string_lossy().starts_with('.');
        if !is_folder || hidden || VENDORED.iter().any(|vendored| name == *vendored) {
            continue;
        }
        let path = entry.path();
        if path.join(".git").exists() {
            found.push(path);
        } else if levels > 1 {
            repositories_below(&path, levels - 1, found);
        }
    }
}

fn head(path: &Path) -> (Option<String>, Option<String>) {
    let Ok(repository) = git2::Repository::open(path) else { return (None, None) };
    let Ok(head) = repository.head() else { return (None, None) };
    let revision = head.target().map(|id| id.to_string());
    let branch = head.is_branch().then(|| head.shorthand().ok().map(str::to_owned)).flatten();
    (revision, branch)
}

/// What a name says of a file or folder, before anything else is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// It may be read.
    Read,
    /// It is hidden: passed over without a word.
    Hidden,
    /// A folder of dependencies or build output.
    Vendored,
}

/// Whether what is called so, at this path in its repository, is looked at.
pub(crate) fn named(name: &str, path: &str, folder: bool) -> Named {
    if name.starts_with('.') && !HIDDEN_BUT_READ.contains(&name) {
        Named::Hidden
    } else if folder && is_vendored(name, path) {
        Named::Vendored
    } else {
        Named::Read
    }
}

/// A file that is to be read, or the reason to skip it; `size` is asked for only when a language
/// claims the file, and its first bytes, `head`, only when its name does not say of which it is.
pub(crate) fn candidate(
    path: String,
    size: impl FnOnce() -> Option<u64>,
    head: impl FnOnce() -> Option<Vec<u8>>,
) -> Result<Candidate, &'static str> {
    let script = || languages::may_be_script(&path).then(head).flatten();
    let language = languages::for_path(&path)
        .or_else(|| languages::for_script(&script()?))
        .ok_or("unsupported")?;
    let size = size().ok_or("unreadable")?;
    if size > MAX_BYTES {
        Err("too_large")
    } else if generated_by_name(&path) {
        Err("generated")
    } else {
        Ok(Candidate { path, language, size })
    }
}

/// The name of files of patterns of what is passed over; git knows nothing of it.
pub(crate) const QF_IGNORE: &str = ".qfignore";

/// What a walk found.
#[derive(Debug, Default)]
pub struct Listing {
    /// The files that are to be read, sorted by path.
    pub files: Vec<Candidate>,
    /// Files that languages claim and folders that were passed over, by path, with the reason.
    pub passed: BTreeMap<String, &'static str>,
    /// Everything that was passed over, counted by reason.
    pub skipped: Skipped,
}

/// The files of a repository that languages claim, sorted by path, and what was passed over.
pub fn files(root: &Path) -> (Vec<Candidate>, Skipped) {
    let Listing { files, skipped, .. } = listing(root);
    (files, skipped)
}

/// The same, with the paths of what was passed over.
pub fn listing(root: &Path) -> Listing {
    let mut listing = Listing::default();
    let mut seen = FxHashSet::default();
    let mut vendored = take(root, Arc::new(|_, _| true), true, &mut listing, |path| {
        seen.insert(path.to_owned());
    });
    // What git has in its index is in the repository, whatever its ignore files say.
    let mut wanted = tracked(root);
    let hidden = |path: &str| path.split('/').any(|name| named(name, "", false) == Named::Hidden);
    wanted.retain(|path| !seen.contains(path) && !hidden(path));
    if !wanted.is_empty() {
        let mut folders = FxHashSet::default();
        for path in &wanted {
            let ends = path.match_indices('/').map(|(at, _)| path[..at].to_owned());
            folders.extend(ends);
        }
        let leads = move |path: &str, folder: bool| {
            if folder { folders.contains(path) } else { wanted.contains(path) }
        };
        vendored.extend(take(root, Arc::new(leads), false, &mut listing, |_| {}));
    }
    for folder in vendored {
        count(&mut listing.skipped, "vendored");
        if let Some(path) = below(root, &folder) {
            listing.passed.insert(path, "vendored");
        }
    }
    listing.files.sort_by(|a, b| a.path.cmp(&b.path));
    listing
}

fn count(skipped: &mut Skipped, reason: &str) {
    *skipped.entry(reason.to_owned()).or_default() += 1;
}

/// Takes the files below a root into a listing, where `leads` says so of them and of the folders above
/// them, and tells `see` of each. Yields the folders of dependencies and build output.
fn take(
    root: &Path,
    leads: Arc<dyn Fn(&str, bool) -> bool + Send + Sync>,
    ignored_by_git: bool,
    listing: &mut Listing,
    mut see: impl FnMut(&str),
) -> BTreeSet<PathBuf> {
    let vendored: Arc<Mutex<BTreeSet<PathBuf>>> = Arc::default();
    let (passed, top) = (Arc::clone(&vendored), root.to_owned());
    let walker = ignore::WalkBuilder::new(root)
        .hidden(false)
        .parents(false)
        .require_git(false)
        .git_ignore(ignored_by_git)
        .git_exclude(ignored_by_git)
        .git_global(ignored_by_git)
        .follow_links(false)
        .add_custom_ignore_filename(QF_IGNORE)
        .filter_entry(move |entry| {
            let name = entry.file_name().to_string_lossy();
            if entry.depth() == 0 {
                return true;
            }
            let folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let path = below(&top, entry.path());
            if path.as_ref().is_some_and(|path| !leads(path, folder)) {
                return false;
            }
            let named = named(&name, path.as_deref().unwrap_or(""), folder);
            if named == Named::Vendored {
                let mut passed = passed.lock().unwrap_or_else(PoisonError::into_inner);
                passed.insert(entry.path().to_owned());
            }
            named == Named::Read
        })
        .build();
    for entry in walker {
        let Ok(entry) = entry else {
            // Once is enough.
            if ignored_by_git {
                count(&mut listing.skipped, "unreadable");
            }
            continue;
        };
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let Some(path) = below(root, entry.path()) else {
            count(&mut listing.skipped, "unreadable");
            continue;
        };
        see(&path);
        let size = || Some(entry.metadata().ok()?.len());
        let head = || beginning(entry.path());
        match candidate(path.clone(), size, head) {
            Ok(file) => listing.files.push(file),
            Err(reason) => {
                count(&mut listing.skipped, reason);
                if reason != "unsupported" {
                    listing.passed.insert(path, reason);
                }
            }
        }
    }
    std::mem::take(&mut vendored.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The files below a root that git has in its index; none where there is no git.
fn tracked(root: &Path) -> BTreeSet<String> {
    let opened = history::open(&root.to_string_lossy()).ok();
    let index = opened.and_then(|(git, below)| Some((git.index().ok()?, below)));
    let Some((index, folder)) = index else { return BTreeSet::new() };
    let folder = folder.to_string_lossy().replace('\\', "/");
    let is_file = |mode: u32| mode & 0o170_000 == 0o100_000;
    let below = |path: Vec<u8>| {
        let path = String::from_utf8(path).ok()?;
        let path = path.strip_prefix(folder.as_str())?;
        let path = if folder.is_empty() { path } else { path.strip_prefix('/')? };
        Some(path.replace('\\', "/"))
    };
    let files = index.iter().filter(|entry| is_file(entry.mode));
    files.filter_map(|entry| below(entry.path)).collect()
}

/// The first bytes of a file; none where it cannot be read.
fn beginning(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(languages::SCRIPT_HEAD as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// A path below the root, `/`-separated; none where it is no text.
fn below(root: &Path, path: &Path) -> Option<String> {
    Some(path.strip_prefix(root).ok()?.to_str()?.replace('\\', "/"))
}

/// The text of a file's bytes, or the reason to skip it.
pub fn text<'b>(path: &str, bytes: &'b [u8]) -> Result<Cow<'b, str>, &'static str> {
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return Ok(utf16(rest, u16::from_le_bytes).into());
    }
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return Ok(utf16(rest, u16::from_be_bytes).into());
    }
    if bytes[..bytes.len().min(8192)].contains(&0) {
        return Err("binary");
    }
    let text = String::from_utf8_lossy(bytes);
    if minified(path, &text) {
        return Err("minified");
    }
    // Tools that write a package's manifest for its registry say so; it is its manifest all the same.
    let kept = || is_from_contract(&text) || crate::manifests::manifest(path, &text).is_some();
    if generated_by_header(&text) && !kept() {
        return Err("generated");
    }
    Ok(text)
}

fn utf16(bytes: &[u8], word: fn([u8; 2]) -> u16) -> String {
    let words: Vec<u16> = bytes.chunks_exact(2).map(|pair| word([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&words)
}

fn minified(path: &str, text: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or("");
    if !matches!(extension, "js" | "mjs" | "cjs" | "css" | "ts" | "html" | "svg" | "json") {
        return text.len() > 65_536 && text.lines().any(|line| line.len() > 65_536);
    }
    let lines = text.lines().count().max(1);
    let code = matches!(extension, "js" | "mjs" | "cjs" | "css" | "ts");
    let long: usize = text.lines().filter(|line| is_one_value(line)).map(str::len).sum();
    if (1..=text.len() * 4 / 5).contains(&long) {
        // Written code, with a value in it.
        let rest = text.len() - long;
        return code && rest / lines > 300
            || text.lines().any(|line| line.len() > 20_000 && !is_one_value(line));
    }
    code && text.len() > 2_000 && text.len() / lines > 300
        || text.lines().any(|line| line.len() > 20_000)
}

/// Whether a long line is a literal, as tests have some, and no program: signs of code are rare in it.
fn is_one_value(line: &str) -> bool {
    let signs = |line: &str| line.bytes().filter(|byte| b"(){};,=".contains(byte)).count();
    (2_000..=65_536).contains(&line.len())
        && line.contains(['"', '\'', '`'])
        && signs(line) < line.len() / 200
}

fn generated_by_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    const LOCKS: [&str; 12] = [
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "composer.lock",
        "Gemfile.lock",
        "poetry.lock",
        "Cargo.lock",
        "uv.lock",
        "Pipfile.lock",
        "go.sum",
        "flake.lock",
    ];
    LOCKS.contains(&name)
        || [".pb.go", "_pb2.py", "_pb2_grpc.py", ".pb.cc", ".pb.h", "_pb.js", "_pb.d.ts", ".g.dart"]
            .iter()
            .any(|suffix| name.ends_with(suffix))
        || name.contains(".min.")
}

fn generated_by_header(text: &str) -> bool {
    let mut head = text.len().min(1024);
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    text[..head].lines().take(12).any(|line| {
        let line = line.trim_start();
        let comment = ["//", "#", "/*", "*", "--", "<!--", ";", "%", "\"\"\""]
            .iter()
            .any(|mark| line.starts_with(mark));
        let lower = line.to_ascii_lowercase();
        comment
            && (lower.contains("@generated")
                || lower.contains("code generated") && lower.contains("do not edit")
                || lower.contains("automatically generated")
                || lower.contains("autogenerated") && lower.contains("do not"))
    })
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn skip_reasons() {
        assert_eq!(text("a.py", b"x = 1\0"), Err("binary"));
        assert_eq!(
            text("a.js", format!("var a={};", "1+".repeat(3000)).as_bytes()),
            Err("minified")
        );
        let written = "test('a value', () => {\n  expect(1);\n});\n".repeat(300);
        let value =
            |bytes: usize| format!("{written}const value = '{}';\n", "YWJj".repeat(bytes / 4));
        assert!(text("a.ts", value(30_000).as_bytes()).is_ok());
        assert_eq!(text("a.ts", value(60_000).as_bytes()), Err("minified"));
        assert_eq!(
            text("a.go", b"// Code generated by x. DO NOT EDIT.\npackage a"),
            Err("generated")
        );
        assert_eq!(text("a.py", b"\xff\xfex\x00=\x001\x00").as_deref(), Ok("x=1"));
        assert_eq!(text("a.py", b"name = '\xe9'").as_deref(), Ok("name = '\u{fffd}'"));
    }
}
