//! Equal sources give equal bytes, whatever the number of threads, the order of arguments, and
//! what was indexed before.

use crate::support::{assert_same, published};
use qf_graph::store::Home;
use qf_indexer::run::{self, Options, Silent};
use std::path::{Path, PathBuf};

/// The repositories of the shipped corpus, sorted.
fn shop() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/shop");
    let entries = std::fs::read_dir(folder).expect("the corpus").flatten();
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(folders.len() > 5);
    folders
}

struct Index {
    _folder: tempfile::TempDir,
    home: Home,
}

impl Index {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let home = Home::new(folder.path());
        Self { _folder: folder, home }
    }

    fn run(&self, paths: &[PathBuf], threads: usize, vectors: bool) {
        let options = Options { threads, without_vectors: !vectors, ..Options::default() };
        run::index(&self.home, paths, &options, &Silent).expect("indexed");
    }
}

#[test]
fn threads_and_runs_do_not_show() {
    let one = Index::new();
    one.run(&shop(), 1, true);
    let expected = published(&one.home);
    assert_eq!(expected.len(), 2 * shop().len() + 1);
    for threads in [2, 4, 1] {
        let other = Index::new();
        other.run(&shop(), threads, true);
        assert_same(&published(&other.home), &expected, &format!("{threads} threads"));
    }
    one.run(&shop(), 2, true);
    assert_same(&published(&one.home), &expected, "a second run over the same index");
}

#[test]
fn the_order_of_arguments_does_not_show() {
    let sorted = Index::new();
    sorted.run(&shop(), 2, false);
    let expected = published(&sorted.home);
    let count = shop().len();
    for turn in 1..count {
        let mut paths = shop();
        paths.rotate_left(turn);
        if turn % 2 == 0 {
            paths.reverse();
        }
        // Given twice is given once.
        paths.push(paths[0].clone());
        let other = Index::new();
        other.run(&paths, 2, false);
        assert_same(&published(&other.home), &expected, "another order of arguments");
    }
}

#[test]
fn the_order_of_runs_does_not_show() {
    let at_once = Index::new();
    at_once.run(&shop(), 2, false);
    let expected = published(&at_once.home);
    let one_by_one = Index::new();
    for path in shop().iter().rev() {
        one_by_one.run(std::slice::from_ref(path), 2, false);
    }
    assert_same(&published(&one_by_one.home), &expected, "one run a repository");
    // Taking one out and putting it back leaves no trace.
    let path = &shop()[1];
    let name = path.file_name().expect("a name").to_string_lossy();
    run::forget(&one_by_one.home, &name, &run::Options::default()).expect("forgotten");
    one_by_one.run(std::slice::from_ref(path), 1, false);
    assert_same(&published(&one_by_one.home), &expected, "forgetting and indexing again");
}
