//! Which line of the index a place is.
//!
//! The folders in front of a path are those of another machine, so files are compared by how much
//! of the end of their paths is the same, and the one with most of it is meant. Not every likeness
//! is enough: there is a `utils.py` in every library. The whole path must be that of a file or its
//! end, or the folder of the file must be the same too and the function that the frame names not be
//! missing around that line, or it must be around it. Of a path inside a folder of libraries all of
//! what is behind that folder must be the same. When this leaves several files, the function
//! decides; when that does not, they are a tie.
//!
//! Two languages say more than a path. Frames of the JVM name the package, which must be that of the
//! file: thousands of libraries have a class of the same name. Go names the module with its version,
//! and `-trimpath` leaves nothing else; who provides that module is known from its manifest.

use super::{Found, Resolved, Stated};
use qf_graph::{Channel, FileId, RepoId, Snapshot, SymbolId};

/// Folders that hold what others wrote.
const LIBRARIES: [&str; 16] = [
    "site-packages",
    "dist-packages",
    "node_modules",
    "gems",
    ".cargo",
    ".m2",
    ".gradle",
    "rustc",
    "vendor",
    "Cellar",
    "rustlib",
    "toolchains",
    ".rustup",
    ".pyenv",
    "hostedtoolcache",
    ".nuget",
];
/// Lines of a file of the JVM in which its package is looked for: a licence may stand before it.
const CLAUSE: usize = 200;

/// Resolves a place against the index.
pub fn resolve(snapshot: &Snapshot, stated: &Stated) -> Resolved {
    if let Some(here) = below_root(snapshot, stated) {
        return here;
    }
    let parts = parts(stated);
    let Some(name) = parts.last() else { return Resolved::Nothing };
    if is_of_go(snapshot, stated) {
        return Resolved::Nothing;
    }
    let within = Within::of(stated, &parts);
    let names = snapshot.cached(|| ByName::new(snapshot));
    let mut likely: Vec<Likely> = Vec::new();
    for file in names.named(snapshot, name) {
        likely.extend(Likely::judge(snapshot, file, stated, &parts, &within));
    }
    let most = likely.iter().map(|it| it.same).max().unwrap_or(0);
    likely.retain(|it| it.same == most);
    if likely.len() > 1 && likely.iter().any(|it| it.named) {
        likely.retain(|it| it.named);
    }
    let mut all: Vec<Found> =
        likely.iter().map(|it| found(snapshot, it.file, stated.line)).collect();
    all.sort();
    match all.len() {
        0 => Resolved::Nothing,
        1 => all.pop().map_or(Resolved::Nothing, Resolved::One),
        _ => Resolved::Tie(all),
    }
}

/// What a path of this machine is; none when it is of no indexed file. A line behind the end of the
/// file is nothing: the file was another one then, and no other file is meant by its path.
fn below_root(snapshot: &Snapshot, stated: &Stated) -> Option<Resolved> {
    // Written as a URL, it has more slashes.
    let path = stated.path.trim_start_matches('/');
    if path.len() == stated.path.len() {
        return None;
    }
    let mut here = None;
    for repository in snapshot.repositories() {
        let root = snapshot.entry(repository).root.trim_matches('/');
        let below = path.strip_prefix(root).and_then(|below| below.strip_prefix('/'));
        let Some(file) = below.and_then(|below| snapshot.file_named(repository, below)) else {
            continue;
        };
        if stated.line <= snapshot.file_lines(file) {
            return Some(Resolved::One(found(snapshot, file, stated.line)));
        }
        here = Some(Resolved::Nothing);
    }
    here
}

/// Whether a frame is of Go's own library, whose paths are `net/http/server.go` with `-trimpath`:
/// the package and the file. Modules of others begin with a host, and the indexed ones are known.
fn is_of_go(snapshot: &Snapshot, stated: &Stated) -> bool {
    let Some(function) = stated.function.as_deref().filter(|_| stated.path.ends_with(".go")) else {
        return false;
    };
    let last = function.rfind('/').map_or(0, |slash| slash + 1);
    let package = function[last..].find('.').map_or(function, |dot| &function[..last + dot]);
    let folders = stated.path.rsplit_once('/').map_or("", |(folders, _)| folders);
    let first = package.split('/').next().unwrap_or_default();
    package == folders
        && package != "main"
        && !first.contains('.')
        && providers(snapshot, package).next().is_none()
}

/// The repositories that provide the module of a package of Go.
fn providers<'s>(snapshot: &'s Snapshot, package: &'s str) -> impl Iterator<Item = RepoId> + 's {
    let is_module = move |module: &str| {
        package.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let sides = snapshot.keys().iter();
    let of_go = move |text: &str| text.strip_prefix("go:").is_some_and(is_module);
    sides
        .filter(move |key| key.channel == Channel::Package && key.provides && of_go(&key.text))
        .map(move |key| snapshot.file_repository(key.file))
}

/// The folders and the file of a place, from the root.
fn parts(stated: &Stated) -> Vec<&str> {
    let mut parts: Vec<&str> = Vec::new();
    if let Some(class) = &stated.class {
        // The last name is that of the class.
        parts.extend(class.split('.'));
        parts.pop();
    }
    for part in stated.path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            drive if drive.len() == 2 && drive.ends_with(':') => {}
            part => parts.push(part),
        }
    }
    parts
}

/// What a place says of where its file is.
enum Within<'p> {
    /// In a package of the JVM, by its name.
    Package(&'p str),
    /// In a version of a module of Go; so many parts are behind that.
    Module { name: String, behind: usize },
    /// In a folder of libraries; so many parts are behind that.
    Library { behind: usize },
    /// Anywhere.
    Anywhere,
}

impl<'p> Within<'p> {
    fn of(stated: &'p Stated, parts: &[&str]) -> Self {
        if let Some(class) = &stated.class {
            return Self::Package(class.rsplit_once('.').map_or("", |(package, _)| package));
        }
        if let Some((name, behind)) = module(parts) {
            return Self::Module { name, behind };
        }
        library(parts).map_or(Self::Anywhere, |behind| Self::Library { behind })
    }
}

/// A file that may be meant.
struct Likely {
    file: FileId,
    /// How many of the last parts of the two paths are the same.
    same: usize,
    /// Whether the function that is named is around the line.
    named: bool,
}

impl Likely {
    /// Judges a file of the same name; none when it cannot be meant, or is too unlike.
    fn judge(
        snapshot: &Snapshot,
        file: FileId,
        stated: &Stated,
        parts: &[&str],
        within: &Within<'_>,
    ) -> Option<Self> {
        if stated.line > snapshot.file_lines(file) {
            return None;
        }
        let path = snapshot.path(file);
        let own = path.split('/').rev();
        let same = own.zip(parts.iter().rev()).take_while(|(own, part)| own == *part).count();
        let named = named(snapshot, file, stated);
        // Where none is named, nothing speaks against it.
        let agrees = named != Some(false);
        let enough = match within {
            Within::Package(package) => match clause(&snapshot.text(file)) {
                // Scala may open one package in another.
                Some(own) if stated.path.ends_with(".scala") => package.starts_with(&own),
                Some(own) => own == *package,
                None if package.is_empty() => named == Some(true),
                None => same == parts.len(),
            },
            Within::Module { name, behind } => {
                let repository = snapshot.file_repository(file);
                let provided = providers(snapshot, name).any(|provider| provider == repository);
                provided && same >= *behind && agrees
            }
            Within::Library { behind } => same >= (*behind).max(2) && agrees,
            Within::Anywhere => {
                let whole_of_file = same == path.split('/').count();
                same == parts.len()
                    || same >= 2 && agrees
                    || named == Some(true)
                    || whole_of_file && named.is_none()
            }
        };
        enough.then_some(Self { file, same, named: named == Some(true) })
    }
}

/// The package that a source file of the JVM says it is in; none when it says none. Its folders need
/// not say it: Kotlin may leave out those that all files share.
fn clause(text: &str) -> Option<String> {
    let mut lines = text.lines().take(CLAUSE).map(str::trim);
    let name = lines.find_map(|line| line.strip_prefix("package "))?;
    let end = name.find(|c: char| c == ';' || c == '/' || c.is_whitespace());
    Some(name[..end.unwrap_or(name.len())].replace('`', ""))
}

/// Of a path with a version of a module of Go in it, the module, and how many parts are behind it.
fn module(parts: &[&str]) -> Option<(String, usize)> {
    let mut versioned = parts.iter().enumerate().rev();
    let (at, name) = versioned.find_map(|(at, part)| {
        let (name, version) = part.rsplit_once("@v")?;
        version.starts_with(|c: char| c.is_ascii_digit()).then_some((at, name))
    })?;
    let root = parts[..at].windows(2).rposition(|pair| *pair == ["pkg", "mod"]);
    let mut module = parts[root.map_or(0, |root| root + 2)..at].to_vec();
    module.push(name);
    Some((module.join("/"), parts.len() - at - 1))
}

/// Of a path inside a folder of libraries, how many parts are behind that.
fn library(parts: &[&str]) -> Option<usize> {
    let at = parts.iter().rposition(|part| LIBRARIES.contains(part));
    let pair = |is: fn(&str, &str) -> bool| parts.windows(2).rposition(|it| is(it[0], it[1]));
    let folders = |is: fn(&str, &str) -> bool| pair(is).map(|at| at + 1);
    let at = at
        .max(folders(|first, second| first == "pkg" && second == "mod"))
        .max(folders(|first, second| first == "local" && matches!(second, "go" | "lib")))
        .max(folders(|first, second| first == "lib" && second.starts_with("python")))
        .max(folders(|first, second| first == "usr" && matches!(second, "lib" | "include")))
        .max(folders(|first, second| first == "registry" && second == "src"))
        .max(folders(|first, second| first == "git" && second == "checkouts"))
        .max(folders(|first, second| is_of_windows(first) && second.eq_ignore_ascii_case("lib")))
        // Which of its crates it is must be the same too.
        .max(pair(|first, second| {
            first == "library" && matches!(second, "std" | "core" | "alloc")
        }));
    at.map(|at| parts.len() - at - 1)
}

/// Whether a folder is what Python's installer for Windows makes: `Python311`.
fn is_of_windows(folder: &str) -> bool {
    folder.get(..6).is_some_and(|name| name.eq_ignore_ascii_case("python"))
        && folder[6..].starts_with(|c: char| c.is_ascii_digit())
}

/// Whether the function that is named is around the line; none when none is, or one that has no
/// name.
fn named(snapshot: &Snapshot, file: FileId, stated: &Stated) -> Option<bool> {
    let function = stated.function.as_deref()?;
    if stated.class.is_none() && (function.starts_with('<') || function.contains("<anonymous>")) {
        return None;
    }
    // The qualifiers count too: a closure has but those, and so has a constructor.
    let text = match stated.class.as_deref() {
        Some(class) => of_class(class, function),
        None => function.to_owned(),
    };
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let mut around = snapshot.symbol_at(file, stated.line);
    while let Some(symbol) = around {
        if is_named(snapshot, symbol) && words.contains(&snapshot.name(symbol)) {
            return Some(true);
        }
        around = snapshot.parent(symbol);
    }
    Some(false)
}

/// What a frame of the JVM says of its function: the names inside the class, since a closure is a
/// class of its own, and that of the class itself only where it is made.
fn of_class(class: &str, function: &str) -> String {
    let simple = class.rsplit('.').next().unwrap_or(class);
    let (outer, inner) = simple.split_once('$').unwrap_or((simple, ""));
    if function.starts_with('<') {
        return format!("{outer} {inner}");
    }
    format!("{inner} {function}")
}

/// Whether a symbol has a name of its own; the code of a whole file has none.
fn is_named(snapshot: &Snapshot, symbol: SymbolId) -> bool {
    let name = snapshot.qualified_name(symbol);
    !name.is_empty() && !name.starts_with('<')
}

fn found(snapshot: &Snapshot, file: FileId, line: u32) -> Found {
    let symbol = snapshot.symbol_at(file, line).filter(|symbol| is_named(snapshot, *symbol));
    Found {
        repository: snapshot.repository_name(snapshot.file_repository(file)).to_owned(),
        path: snapshot.path(file).to_owned(),
        line,
        symbol: symbol.map(|symbol| snapshot.qualified_name(symbol).to_owned()),
    }
}

/// All files, by the last part of their paths: a stack has many frames, and an index many files.
struct ByName(Vec<FileId>);

impl ByName {
    fn new(snapshot: &Snapshot) -> Self {
        let mut files: Vec<FileId> = snapshot.files().collect();
        files.sort_by_cached_key(|file| (name(snapshot, *file).to_owned(), *file));
        Self(files)
    }

    fn named<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        wanted: &'a str,
    ) -> impl Iterator<Item = FileId> + 'a {
        let start = self.0.partition_point(|file| name(snapshot, *file) < wanted);
        let same = self.0[start..].iter().take_while(move |file| name(snapshot, **file) == wanted);
        same.copied()
    }
}

fn name(snapshot: &Snapshot, file: FileId) -> &str {
    let path = snapshot.path(file);
    path.rsplit('/').next().unwrap_or(path)
}
