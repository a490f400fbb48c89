//! What several fuzz targets share: a scratch folder, a small indexed world, and ways to take
//! structured input out of bytes.

#![expect(clippy::missing_panics_doc, reason = "without its scratch folder a target ends")]

use git2::{Oid, Repository, Signature, Time};
use qf_graph::store::Home;
use qf_graph::{Snapshot, SymbolId};
use qf_indexer::run;
use qf_query::plan::text::Names;
use qf_query::sparql::terms;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A folder of this process alone. Nobody removes it: libFuzzer ends a process without dropping
/// anything, so whoever starts one gives it a `TMPDIR` to throw away.
pub fn scratch() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| tempfile::tempdir().expect("a temporary folder").keep())
}

/// Writes a file of the scratch folder and gives its path.
pub fn write(name: &str, bytes: &[u8]) -> PathBuf {
    let path = scratch().join(name);
    std::fs::write(&path, bytes).expect("the scratch folder is writable");
    path
}

/// The repositories of `world/`, indexed once.
pub fn world() -> &'static Snapshot {
    static WORLD: OnceLock<Snapshot> = OnceLock::new();
    WORLD.get_or_init(indexed)
}

/// The repositories of `world/`, indexed.
pub fn indexed() -> Snapshot {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("world");
    let roots = ["billing", "orders", "web"].map(|name| sources.join(name));
    let home = Home::new(scratch().join("world"));
    let options = run::Options { threads: 1, ..run::Options::default() };
    run::index(&home, &roots, &options, &run::Silent).expect("the world is indexed");
    Snapshot::open(&home).expect("the world is published")
}

const OLD: &str =
    "import os\n\n\ndef apply(amount):\n    return amount\n\n\ndef reset():\n    pass\n";
const NEW: &str =
    "import os\nimport sys\n\n\ndef apply(amount):\n    check(amount)\n    return amount\n";
/// The second file of [`past`].
pub const OTHER: &str = "x = 1\ny = 2";

/// The folder of a git repository with two commits, the tag `v1` and the branch `next`.
pub fn past() -> &'static str {
    static PAST: OnceLock<String> = OnceLock::new();
    PAST.get_or_init(|| {
        let folder = scratch().join("past");
        committed(&folder).expect("a repository is made");
        folder.to_str().expect("a folder with a name in Unicode").to_owned()
    })
}

fn committed(folder: &Path) -> Result<(), git2::Error> {
    let repository = Repository::init(folder)?;
    let commit = |files: &[(&str, &str)], parent: Option<Oid>, seconds| {
        let mut tree = repository.treebuilder(None)?;
        for (name, text) in files {
            tree.insert(name, repository.blob(text.as_bytes())?, 0o100_644)?;
        }
        let tree = repository.find_tree(tree.write()?)?;
        let ada = Signature::new("Ada", "ada@example.com", &Time::new(seconds, 0))?;
        let parent = parent.map(|id| repository.find_commit(id)).transpose()?;
        let parents: Vec<_> = parent.iter().collect();
        repository.commit(Some("HEAD"), &ada, &ada, "Moves money\n", &tree, &parents)
    };
    let first = commit(&[("a.py", OLD), ("gone.py", OTHER)], None, 1_600_000_000)?;
    repository.reference("refs/tags/v1", first, true, "")?;
    let second = commit(&[("a.py", NEW), ("b.py", OTHER)], Some(first), 1_700_000_000)?;
    repository.reference("refs/heads/next", second, true, "")?;
    Ok(())
}

/// What names and IRIs of a plan's text mean in a snapshot; an unknown name means nothing.
pub struct Meanings<'s>(pub &'s Snapshot);

impl Names for Meanings<'_> {
    fn named(&self, name: &str) -> Result<Vec<SymbolId>, String> {
        Ok(self.0.named(name))
    }

    fn iri(&self, iri: &str) -> Option<SymbolId> {
        let term = oxigraph::model::NamedNode::new(iri).ok()?.into();
        match terms::node(self.0, term) {
            terms::Node::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }
}

/// Bytes from which values are taken; where there are none left, zeros and empty slices come.
pub struct Bytes<'d>(pub &'d [u8]);

impl<'d> Bytes<'d> {
    /// One byte.
    pub fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    /// A number of two bytes.
    pub fn short(&mut self) -> u16 {
        u16::from(self.byte()) | u16::from(self.byte()) << 8
    }

    /// At most so many bytes.
    pub fn take(&mut self, count: usize) -> &'d [u8] {
        let (head, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        head
    }

    /// All that is left, as text.
    pub fn text(&mut self) -> String {
        String::from_utf8_lossy(std::mem::take(&mut self.0)).into_owned()
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Files whose names choose between all languages, dialects and special readers, in a fixed order: a
/// seed's first byte is a position here, so new ones go to the end.
#[rustfmt::skip] // a table
pub const PATHS: &[&str] = &[
    "a.sh", "a.c", "a.h", "Dockerfile", "a.cpp", "a.cs", "a.css", "a.dart", "a.ex", "a.go",
    "a.graphql", "a.hs", "a.tf", "a.html", "a.java", "a.js", "a.json", "a.jl", "a.kt", "a.lua",
    "Gemfile", "a.md", "nginx.conf", "a.ml", "a.php", "a.prisma", "a.proto", "a.py", "a.r", "a.rb",
    "a.rs", "a.scala", "a.sol", "a.sql", "a.svelte", "a.swift", "a.toml", "a.ts", "a.vue", "a.yaml",
    "a.zig", "a.tsx", "a.jsx", "a.mjs", "a.d.ts", "a.pyi", "a.mli", "a.hpp", "a.kts", "a.exs",
    "tests/test_a.py", "a.test.ts", "a_test.go", "src/test/java/ATest.java", "tests/a.rs",
    "app/migrations/0001_a.py", "alembic/versions/a.py", "db/migrate/1_a.rb", "db/schema.rb",
    "database/migrations/a.php", "src/schema.rs", "app/models/a.rb", "config/routes.rb",
    "app/controllers/a_controller.rb", "routes/web.php", "urls.py", "settings.py", "setup.py",
    "openapi.yaml", "openapi.json", "asyncapi.yaml", "docker-compose.yml", "values.yaml",
    "templates/a.yaml", ".github/workflows/a.yml", "k8s/a.yaml", "application.yml",
    "application.properties", "appsettings.json", ".env.example", "package.json", "tsconfig.json",
    "Cargo.toml", "pyproject.toml", "go.mod", "pom.xml", "build.gradle", "build.gradle.kts",
    "requirements.txt", "setup.cfg", "composer.json", "mix.exs", "pubspec.yaml", "a.csproj",
    "a.gemspec", "pages/api/a.ts", "app/a/route.ts", "app/a/page.tsx", "next.config.js", "a.ino",
    "main.tf", "a.tfvars", "a.hcl", "a.jsonc", "__init__.py", "index.ts", "mod.rs", "lib.rs",
];
