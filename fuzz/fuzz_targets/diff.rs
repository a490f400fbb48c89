//! What changed between revisions, and who wrote a line, is asked with any revision, path and text.
//!
//! The repository is fixed: two commits, a tag and a branch. The first byte chooses what is asked, two
//! more the lines; the rest is, line by line, the older revision, the newer one, a path, and from
//! there on the indexed text of `a.py`. There is an answer whose lines are in the text, or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_fuzz::{Bytes, OTHER, past};
use qf_graph::FileId;
use qf_graph::history::History;
use qf_indexer::history::Git;
use std::sync::Arc;

fuzz_target!(|data: &[u8]| {
    let mut input = Bytes(data);
    let (how, lines) = (input.byte(), (u32::from(input.byte()), u32::from(input.byte())));
    let rest = input.text();
    let mut parts = rest.splitn(4, '\n');
    let mut part = || parts.next().unwrap_or("");
    let (from, to, path, text) = (part(), part(), part(), part());
    if how.is_multiple_of(2) {
        let blamed = Git.blame(past(), from, path, text, lines);
        for blame in blamed.iter().flatten() {
            assert_eq!(blame.commit.len(), 40);
            assert!(blame.line >= 1, "{blame:?}");
        }
        return;
    }
    let files = [("a.py".to_owned(), FileId(0)), (path.to_owned(), FileId(1))];
    let newer = (how & 2 == 2).then_some(to);
    let indexed = |file: FileId| Arc::from(if file == FileId(0) { text } else { OTHER });
    let Ok(changes) = Git.changes(past(), (from, newer), &files, &indexed) else { return };
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
