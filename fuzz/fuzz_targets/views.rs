//! Files in `revisions/` are views or damaged, whatever they hold.
//!
//! The first byte says which of the files have right checksums and whether a view is dropped; the rest
//! is, up to a line's end, what is asked for, then the content of up to four files, cut at NUL bytes. What
//! is read lies where it says that it does, and is of a commit; it opens as a snapshot; and what is
//! asked for is one of the views or an error. No other file is touched.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_fuzz::{Bytes, past, scratch};
use qf_graph::Snapshot;
use qf_graph::store::Home;
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use qf_indexer::{revision, run};
use std::path::PathBuf;

/// Most files of one input.
const MOST: usize = 4;

fuzz_target!(|data: &[u8]| {
    let mut input = Bytes(data);
    let how = input.byte();
    let line = input.0.iter().position(|byte| *byte == b'\n').unwrap_or(input.0.len());
    let asked = String::from_utf8_lossy(input.take(line)).into_owned();
    input.byte();
    let home = home();
    for (number, content) in input.0.split(|byte| *byte == 0).take(MOST).enumerate() {
        let (path, content) = match signed(&home, content).filter(|_| how >> number & 1 == 1) {
            Some(signed) => signed,
            None => (home.revisions().join(format!("{number}.json")), content.to_vec()),
        };
        std::fs::write(&path, content).expect("the scratch folder is writable");
    }
    let views = Manifest::views(&home);
    let readable = Manifest::readable_views(&home);
    assert_eq!(views.iter().filter(|(_, view)| view.is_ok()).count(), readable.len());
    for (path, manifest) in &views {
        let Ok(manifest) = manifest else { continue };
        let view = manifest.view.as_ref().expect("what is read is a view");
        assert_eq!(view.path(&home), *path);
        assert!(view.revision.bytes().all(|byte| byte.is_ascii_hexdigit()), "{view:?}");
        let snapshot = Snapshot::open_view(&home, path).expect("its manifest was read");
        assert_eq!(snapshot.view(), Some(view));
    }
    let _ = run::check(&home).expect("an index is published");
    let targets = revision::targets(&home);
    assert!(targets.is_sorted() && targets.iter().any(|(name, _)| name == "past"));
    match revision::find(&home, &asked) {
        Ok(found) => {
            assert!(readable.iter().any(|manifest| manifest.view.as_ref() == Some(&found)));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    // A name without an `@` would take out a whole repository: that is another matter.
    if how >> MOST & 1 == 1 && asked.contains('@') {
        let options = run::Options { threads: 1, ..run::Options::default() };
        let dropped = run::forget(&home, &asked, &options).is_ok();
        let left = Manifest::readable_views(&home).len();
        assert!(left <= readable.len() && (dropped || left == readable.len()));
    }
    assert!(beside(&home).exists(), "another file is gone");
});

/// A file that nothing has to do with.
fn beside(home: &Home) -> PathBuf {
    home.folder().join("beside.json")
}

/// A workspace in which `past` is published and has no views.
fn home() -> Home {
    let home = Home::new(scratch().join("views"));
    // What is not there cannot be removed, and that is all that can go wrong.
    let _ = std::fs::remove_dir_all(home.folder());
    home.create().expect("the scratch folder is writable");
    std::fs::create_dir_all(home.revisions()).expect("the scratch folder is writable");
    std::fs::write(beside(&home), "").expect("the scratch folder is writable");
    let mut published = Manifest::default();
    published.repositories.push(RepositoryEntry {
        name: "past".to_owned(),
        root: past().to_owned(),
        segment: "a".to_owned(),
        facts: "b".to_owned(),
        revision: None,
        branch: None,
        nearest: None,
        compiler: None,
    });
    published.publish(&home).expect("the scratch folder is writable");
    home
}

/// The file of a manifest, with a right checksum, where it says that it is, if that is a place in the
/// folder of views.
fn signed(home: &Home, content: &[u8]) -> Option<(PathBuf, Vec<u8>)> {
    let manifest: Manifest = serde_json::from_slice(content).ok()?;
    let text = serde_json::to_string(&manifest).ok()?;
    let checksum = blake3::hash(text.as_bytes()).to_hex();
    let said = manifest.view.as_ref().map(|view| view.path(home));
    let is_name = |path: &PathBuf| {
        // The name ends with the hash, and file names are not endless.
        path.parent() == Some(home.revisions().as_path())
            && path.file_name().is_some_and(|n| n.len() < 200)
    };
    let path = said.filter(is_name).unwrap_or_else(|| home.revisions().join("other.json"));
    let is_clean = !path.to_string_lossy().contains('\0');
    let bytes = format!(r#"{{"checksum":"{checksum}","manifest":{text}}}"#).into_bytes();
    is_clean.then_some((path, bytes))
}
