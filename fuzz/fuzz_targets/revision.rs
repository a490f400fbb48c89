//! A commit is indexed as a checkout of it is, and a commit that no checkout could be of does no harm.
//!
//! The first byte says which. Of the one, the rest is a few files, cut at NUL bytes, whose first byte
//! chooses the place (files of patterns among them) and whether it is a link; they are committed and
//! checked out, and the index of the revision is that of the folder, byte for byte. Of the other, each
//! piece is an entry of a tree: its mode, a name of any bytes, and what it leads to, the tree of the
//! entries before it among that; such a commit is indexed or refused.

#![no_main]

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, ObjectType, Oid, Repository, Signature, Time};
use libfuzzer_sys::fuzz_target;
use qf_fuzz::scratch;
use qf_graph::store::Home;
use qf_graph::store::manifest::Manifest;
use qf_indexer::revision;
use qf_indexer::run::{self, Options, Silent};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Where files lie, in a fixed order: a seed's bytes are positions here.
#[rustfmt::skip] // a table
const PLACES: &[&str] = &[
    "a.py", ".gitignore", ".ignore", ".qfignore", "app/.gitignore", "app/a.py", "app/b.py",
    "app/in/.gitignore", "app/in/a.py", "app/in/.qfignore", "build/a.py", "vendor/a.py",
    ".github/workflows/a.yml", ".hidden/a.py", "package-lock.json", "a.min.js", "web/a.js",
    ".qf/rules/own.toml", "package.json", "notes.xyz", "wert\u{e9}.py", "a b.py", "go.mod", "a\\b.py",
    ".git/info/exclude", "app/a.py.orig",
];
/// Marks a link.
const LINK: u8 = 128;
/// Most files or entries of one input.
const MOST: usize = 12;

fuzz_target!(|data: &[u8]| {
    let Some((how, rest)) = data.split_first() else { return };
    let root = scratch().join("checkout");
    let homes = ["of-tree", "of-folder"].map(|name| Home::new(scratch().join(name)));
    for folder in [root.as_path(), homes[0].folder(), homes[1].folder()] {
        // What is not there cannot be removed, and that is all that can go wrong.
        let _ = std::fs::remove_dir_all(folder);
    }
    let repository = Repository::init(&root).expect("the scratch folder is writable");
    let pieces: Vec<&[u8]> = rest.split(|byte| *byte == 0).take(MOST).collect();
    let options = Options { threads: 1, without_vectors: true, ..Options::default() };
    let at_head = Options { revision: Some("HEAD".to_owned()), ..options.clone() };
    let index = |home: &Home, options: &Options| {
        run::index(home, std::slice::from_ref(&root), options, &Silent)
    };
    if how.is_multiple_of(2) {
        checked_out(&repository, &root, &pieces);
        let of_folder = index(&homes[1], &options).expect("any folder is indexed");
        let of_tree = index(&homes[0], &at_head).expect("what is checked out is there");
        let counts = [&of_folder, &of_tree].map(|report| &report.repositories[0].counts);
        assert_eq!(counts[0], counts[1]);
        assert_eq!(of_folder.rule_faults, of_tree.rule_faults);
        let published = Manifest::read(&homes[1]).expect("an index is published");
        let view = revision::find(&homes[0], "HEAD").expect("a view");
        let view = Manifest::read_view(&homes[0], &view.path(&homes[0])).expect("a view");
        // Their names say what they hold.
        assert!(view.files().eq(published.files()), "{view:#?}\n{published:#?}");
    } else {
        strange(&repository, &pieces).expect("the scratch folder is writable");
        match index(&homes[0], &at_head) {
            Ok(report) => {
                let problems = &report.repositories[0].counts.problems;
                assert_eq!(problems.get("internal"), None, "a walk panicked");
                assert_eq!(run::check(&homes[0]).expect("an index is published"), [""; 0]);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});

/// Writes files and commits them as they are.
fn checked_out(repository: &Repository, root: &Path, pieces: &[&[u8]]) {
    let mut update = TreeUpdateBuilder::new();
    for piece in pieces {
        let Some((place, content)) = piece.split_first() else { continue };
        let below = PLACES[usize::from(place % LINK) % PLACES.len()];
        let link = place & LINK != 0 && !below.starts_with(".git/") && !below.ends_with("ignore");
        if link && !(1..256).contains(&content.len()) {
            // There are no such links.
            continue;
        }
        let path = root.join(below);
        let folder = path.parent().expect("a file lies in a folder");
        std::fs::create_dir_all(folder).expect("the scratch folder is writable");
        if path.symlink_metadata().is_ok() {
            continue;
        }
        if link {
            let to = OsStr::from_bytes(content);
            std::os::unix::fs::symlink(to, &path).expect("the scratch folder is writable");
        } else {
            std::fs::write(&path, content).expect("the scratch folder is writable");
        }
        if !below.starts_with(".git/") {
            let blob = repository.blob(content).expect("a blob is written");
            update.upsert(below, blob, if link { FileMode::Link } else { FileMode::Blob });
        }
    }
    let none = repository.treebuilder(None).and_then(|empty| empty.write()).expect("a tree");
    let none = repository.find_tree(none).expect("a tree");
    let tree = update.create_updated(repository, &none).expect("paths are sound");
    commit(repository, tree).expect("a commit is written");
    // As a checkout leaves it.
    let mut index = repository.index().expect("an index");
    let tree = repository.find_tree(tree).expect("the tree of the commit");
    index.read_tree(&tree).and_then(|()| index.write()).expect("the index is written");
}

fn commit(repository: &Repository, tree: Oid) -> Result<(), git2::Error> {
    let ada = Signature::new("Ada", "ada@example.com", &Time::new(1_600_000_000, 0))?;
    let tree = repository.find_tree(tree)?;
    repository.commit(Some("HEAD"), &ada, &ada, "Moves money\n", &tree, &[])?;
    Ok(())
}

/// Commits a tree that git itself would not write.
fn strange(repository: &Repository, pieces: &[&[u8]]) -> Result<(), git2::Error> {
    const MODES: [&str; 8] =
        ["100644", "100755", "120000", "160000", "40000", "0", "100600", "777777"];
    let odb = repository.odb()?;
    let blob = repository.blob(b"def apply():\n    pass\n")?;
    let patterns = repository.blob(b"*.py\n")?;
    let missing = Oid::hash_object(ObjectType::Blob, b"nowhere")?;
    let mut tree = odb.write(ObjectType::Tree, b"")?;
    let mut entries = Vec::new();
    for piece in pieces {
        let Some((how, name)) = piece.split_first() else { continue };
        let to = match how >> 3 & 7 {
            0 | 1 => blob,
            2 => patterns,
            3 => missing,
            _ => tree,
        };
        entries.extend_from_slice(MODES[usize::from(how & 7)].as_bytes());
        entries.push(b' ');
        entries.extend_from_slice(name);
        entries.push(0);
        entries.extend_from_slice(to.as_bytes());
        if how & LINK != 0 {
            // What comes now lies beside this tree, or above it.
            tree = odb.write(ObjectType::Tree, &entries)?;
            entries.clear();
        }
    }
    let top = odb.write(ObjectType::Tree, &entries)?;
    let text = format!("tree {top}\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\nx\n");
    let commit = odb.write(ObjectType::Commit, text.as_bytes())?;
    repository.set_head_detached(commit)
}
