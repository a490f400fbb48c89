//! A place with source code and an index of it, for tests.

use qf_graph::edge::EdgeKind;
use qf_graph::snapshot::{Direction, Snapshot};
use qf_graph::store::Home;
use qf_graph::store::manifest::Manifest;
use qf_indexer::run::{self, IndexError, Options, Report, Silent};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Source code below `code`, its index in `home`.
pub struct Place {
    pub folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        std::fs::create_dir(place.folder.path().join("code")).expect("a folder");
        place
    }

    /// A place whose one repository holds these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let place = Self::new();
        for (path, text) in files {
            place.write(path, text);
        }
        place
    }

    /// The folder of the repository.
    pub fn code(&self) -> PathBuf {
        self.folder.path().join("code")
    }

    pub fn home(&self) -> Home {
        Home::new(self.folder.path().join("home"))
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.code().join(path)
    }

    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, bytes).expect("written");
    }

    pub fn index(&self) -> Report {
        self.try_index().expect("indexed")
    }

    pub fn try_index(&self) -> Result<Report, IndexError> {
        index(&self.home(), &[self.code()])
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot::open(&self.home()).expect("an index")
    }

    pub fn check(&self) -> Vec<String> {
        run::check(&self.home()).expect("a manifest")
    }

    /// Paths of indexed files.
    pub fn indexed(&self) -> Vec<String> {
        let snapshot = self.snapshot();
        snapshot.files().map(|file| snapshot.path(file).to_owned()).collect()
    }

    /// The published files by name, with their bytes.
    pub fn published(&self) -> BTreeMap<String, Vec<u8>> {
        published(&self.home())
    }

    /// Fails unless the index is the one that a fresh run over the same code makes.
    pub fn assert_like_clean(&self, after: &str) {
        let clean = Home::new(self.folder.path().join("clean"));
        index(&clean, &[self.code()]).expect("indexed");
        assert_same(&self.published(), &published(&clean), after);
        std::fs::remove_dir_all(clean.folder()).expect("removed");
    }
}

/// Two repositories, one of which calls the other.
pub fn two() -> Place {
    let place = Place::new();
    place.write("ledger/.git/HEAD", "ref: refs/heads/main\n");
    place.write("ledger/pyproject.toml", "[project]\nname = \"ledger\"\n");
    place.write("ledger/ledger/__init__.py", "from .book import Book\n");
    place.write(
        "ledger/ledger/book.py",
        "class Book:\n    def post(self, amount):\n        self.total = amount\n        \
         return self.check()\n\n    def check(self):\n        return True\n",
    );
    place.write("shop/.git/HEAD", "ref: refs/heads/main\n");
    place.write("shop/pyproject.toml", "[project]\nname = \"shop\"\ndependencies = [\"ledger\"]\n");
    place.write(
        "shop/shop.py",
        "from ledger import Book\n\n\ndef pay():\n    Book().post(1)\n    local()\n\n\ndef local():\n    pass\n",
    );
    place
}

pub fn options() -> Options {
    Options { without_vectors: true, ..Options::default() }
}

pub fn index(home: &Home, paths: &[PathBuf]) -> Result<Report, IndexError> {
    run::index(home, paths, &options(), &Silent)
}

/// How many files of the run were skipped for a reason.
pub fn skipped(report: &Report, reason: &str) -> u64 {
    let counts = report.repositories.iter().map(|repository| &repository.counts.skipped);
    counts.map(|skipped| skipped.get(reason).copied().unwrap_or(0)).sum()
}

/// How many files of the run have a problem of a kind.
pub fn problems(report: &Report, kind: &str) -> u64 {
    let counts = report.repositories.iter().map(|repository| &repository.counts.problems);
    counts.map(|problems| problems.get(kind).copied().unwrap_or(0)).sum()
}

/// The files that the published manifest names, with their bytes.
pub fn published(home: &Home) -> BTreeMap<String, Vec<u8>> {
    let manifest = Manifest::read(home).expect("a manifest");
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in &manifest.repositories {
        paths.push(home.segments().join(&entry.segment));
        paths.push(home.facts().join(&entry.facts));
    }
    paths.extend(manifest.links.iter().map(|links| home.segments().join(links)));
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), std::fs::read(path).expect("readable"))).collect()
}

pub fn assert_same(
    one: &BTreeMap<String, Vec<u8>>,
    other: &BTreeMap<String, Vec<u8>>,
    after: &str,
) {
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(one), names(other), "other content after {after}");
    assert!(one == other, "equal names, other bytes after {after}");
}

/// Every file below a folder, sorted.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).expect("readable").flatten() {
        if entry.path().is_dir() {
            out.extend(files_below(&entry.path()));
        } else {
            out.push(entry.path());
        }
    }
    out.sort();
    out
}

/// `caller -> callee` by qualified names, for all call edges inside and between repositories.
pub fn calls(snapshot: &Snapshot) -> Vec<String> {
    let mut out = Vec::new();
    for symbol in snapshot.symbols() {
        for edge in snapshot.edges(symbol, Direction::Out) {
            if edge.kind == EdgeKind::Calls {
                let to = snapshot.qualified_name(edge.to);
                out.push(format!("{} -> {to}", snapshot.qualified_name(symbol)));
            }
        }
    }
    out.sort();
    out.dedup();
    out
}

/// Says on standard error why a test cannot do its work here; where everything is required
/// (`QF_REQUIRE_ALL=1`) that is a failure.
pub fn cannot(reason: &str) {
    assert!(std::env::var_os("QF_REQUIRE_ALL").is_none_or(|all| all != "1"), "required: {reason}");
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}

/// All edges inside repositories but `contains`.
pub fn edges(snapshot: &Snapshot) -> impl Iterator<Item = qf_graph::snapshot::Edge<'_>> {
    snapshot
        .symbols()
        .flat_map(|symbol| snapshot.edges(symbol, Direction::Out))
        .filter(|edge| edge.kind != EdgeKind::Contains)
}
