//! What changed between revisions, and who wrote a line, is asked with any revision, path and text.
//!
//! The repository is fixed: two commits, a tag and a branch. The first byte chooses what is asked, two
//! more the lines; the rest is, line by line, the older revision, the newer one, a path, and from
//! there on the indexed text of `a.py`. There is an answer whose lines are in the text, or an error.

#![no_main]

use git2::{Oid, Repository, Signature, Time};
use libfuzzer_sys::fuzz_target;
use qf_fuzz::{Bytes, scratch};
use qf_graph::FileId;
use qf_graph::history::History;
use qf_indexer::history::Git;
use std::sync::{Arc, OnceLock};

const OLD: &str =
    "import os\n\n\ndef apply(amount):\n    return amount\n\n\ndef reset():\n    pass\n";
const NEW: &str =
    "import os\nimport sys\n\n\ndef apply(amount):\n    check(amount)\n    return amount\n";
const OTHER: &str = "x = 1\ny = 2";

fuzz_target!(|data: &[u8]| {
    let mut input = Bytes(data);
    let (how, lines) = (input.byte(), (u32::from(input.byte()), u32::from(input.byte())));
    let rest = input.text();
    let mut parts = rest.splitn(4, '\n');
    let mut part = || parts.next().unwrap_or("");
    let (from, to, path, text) = (part(), part(), part(), part());
    if how.is_multiple_of(2) {
        let blamed = Git.blame(root(), from, path, text, lines);
        for blame in blamed.iter().flatten() {
            assert_eq!(blame.commit.len(), 40);
            assert!(blame.line >= 1, "{blame:?}");
        }
        return;
    }
    let files = [("a.py".to_owned(), FileId(0)), (path.to_owned(), FileId(1))];
    let newer = (how & 2 == 2).then_some(to);
    let indexed = |file: FileId| Arc::from(if file == FileId(0) { text } else { OTHER });
    let Ok(changes) = Git.changes(root(), (from, newer), &files, &indexed) else { return };
    for change in changes {
        let Some(file) = change.file else { continue };
        let count = indexed(file).lines().count() as u32;
        for (first, last) in change.lines {
            assert!(1 <= first && first <= last, "lines {first} to {last}");
            assert!(newer.is_some() || last <= count, "line {last} of {count}");
        }
        for line in change.deleted {
            assert!(newer.is_some() || line <= count, "behind line {line} of {count}");
        }
    }
});

/// The repository's folder.
fn root() -> &'static str {
    static ROOT: OnceLock<String> = OnceLock::new();
    ROOT.get_or_init(|| {
        let folder = scratch().join("past");
        made(&folder).expect("a repository is made");
        folder.to_str().expect("a folder with a name in Unicode").to_owned()
    })
}

fn made(folder: &std::path::Path) -> Result<(), git2::Error> {
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
