//! Input that no one meant to be indexed. Every test says what becomes of it: a reason to be
//! skipped, a problem of the file, or an error of the run – and that the rest is indexed.

use crate::support::{Place, cannot, index, problems, skipped};
use qf_graph::store::StoreError;
use qf_graph::store::lock::WriterLock;
use qf_indexer::run::{self, IndexError, Silent};
use qf_indexer::walk::{self, WalkError};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

const GOOD: (&str, &str) = ("good.py", "def good():\n    return 1\n");

#[test]
fn binary_files_are_skipped() {
    let place = Place::with(&[GOOD]);
    place.write("image.py", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    place.write("late.py", [b"x = 1\n".repeat(2000), vec![0]].concat());
    let report = place.index();
    assert_eq!(skipped(&report, "binary"), 1);
    assert_eq!(place.indexed(), ["good.py", "late.py"], "a NUL past 8 KiB is found by the grammar");
    assert_eq!(problems(&report, "syntax"), 1);
}

#[test]
fn empty_files_are_indexed() {
    // An empty `__init__.py` makes a package.
    let place = Place::with(&[GOOD, ("empty.py", ""), ("empty.js", "")]);
    let report = place.index();
    assert_eq!(problems(&report, "internal"), 0);
    assert_eq!(place.indexed(), ["empty.js", "empty.py", "good.py"]);
}

#[test]
fn a_file_of_blanks_is_indexed() {
    let place =
        Place::with(&[("blank.py", "\n"), ("blanks.rs", "   \n\n"), ("mark.js", "\u{feff}")]);
    let report = place.index();
    assert_eq!(report.repositories[0].counts.files, 3);
    assert_eq!(problems(&report, "internal"), 0);
}

#[test]
fn huge_files_are_skipped_without_being_read() {
    let place = Place::with(&[GOOD]);
    let file = std::fs::File::create(place.path("huge.py")).expect("created");
    file.set_len(100 << 20).expect("a sparse file");
    let begun = Instant::now();
    let report = place.index();
    assert_eq!(skipped(&report, "too_large"), 1);
    assert_eq!(place.indexed(), ["good.py"]);
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn minified_scripts_are_skipped() {
    let place = Place::with(&[GOOD]);
    place.write("app.js", "a();".repeat(975_000));
    place.write("app.css", "a{b:c}".repeat(10_000));
    let report = place.index();
    assert_eq!(skipped(&report, "minified"), 2);
    assert_eq!(place.indexed(), ["good.py"]);
}

#[test]
fn long_lines_of_other_languages_are_skipped_quickly() {
    let place = Place::with(&[GOOD]);
    place.write("data.py", format!("x = [{}]", "1, ".repeat(1_000_000)));
    place.write("data.json", format!("[{}1]", "{\"a\": 1}, ".repeat(300_000)));
    place.write("data.yaml", format!("a: [{}1]", "1, ".repeat(1_000_000)));
    place.write("data.rs", format!("const X: &[u8] = &[{}];", "1, ".repeat(1_000_000)));
    place.write("data.sql", format!("INSERT INTO a VALUES {}(1);", "(1), ".repeat(600_000)));
    let begun = Instant::now();
    let report = place.index();
    assert_eq!(skipped(&report, "minified"), 5);
    assert_eq!(place.indexed(), ["good.py"]);
    assert!(begun.elapsed() < Duration::from_secs(20), "took {:?}", begun.elapsed());
}

#[test]
fn large_files_of_many_lines_are_indexed_in_bounded_time() {
    let place = Place::with(&[GOOD]);
    // The shapes that generated tables have, three megabytes each.
    place.write("table.py", format!("x = [\n{}]\n", "    (1, 'a'),\n".repeat(200_000)));
    place.write("data.json", format!("[\n{}1]\n", "{\"a\": 1},\n".repeat(300_000)));
    place.write("calls.py", "register(name, value)\n".repeat(130_000));
    let mut assignments = String::new();
    for number in 0..100_000 {
        let _ = writeln!(assignments, "name_{number} = value_{}", number / 2);
    }
    place.write("names.py", assignments);
    let begun = Instant::now();
    let report = place.index();
    assert_eq!(report.repositories[0].counts.files, 5);
    assert_eq!(problems(&report, "internal") + problems(&report, "timed_out"), 0);
    assert!(begun.elapsed() < Duration::from_secs(240), "took {:?}", begun.elapsed());
}

#[test]
fn bytes_that_are_not_utf8_are_replaced_and_noted() {
    let place = Place::with(&[GOOD]);
    place.write("latin.py", b"def caf\xe9():\n    pass\n\ndef after():\n    pass\n");
    let report = place.index();
    assert_eq!(problems(&report, "encoding"), 1);
    let snapshot = place.snapshot();
    assert_eq!(snapshot.named("after").len(), 1, "what follows is found");
    let again = place.index();
    assert_eq!(again.repositories[0].parsed, 0);
    assert_eq!(problems(&again, "encoding"), 1, "the problem is kept with the facts");
}

#[test]
fn utf16_with_a_mark_is_decoded() {
    let place = Place::with(&[GOOD]);
    let text = "def wide():\n    pass\n";
    let words = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
    place.write("little.py", [b"\xff\xfe".to_vec(), words(u16::to_le_bytes)].concat());
    place.write("big.py", [b"\xfe\xff".to_vec(), words(u16::to_be_bytes)].concat());
    // Half a word at the end, and half of a surrogate pair.
    place.write("broken.py", b"\xff\xfex\0=\0\x3d\xd8\x31\0\n");
    let report = place.index();
    assert_eq!(report.repositories[0].counts.files, 4);
    assert_eq!(place.snapshot().named("wide").len(), 2);
}

#[test]
fn odd_names_are_indexed() {
    let place = Place::with(&[
        GOOD,
        ("with blank.py", "x = 1\n"),
        ("ü/名前.py", "y = 1\n"),
        ("a'b\"c.py", "z = 1\n"),
    ]);
    place.write(&format!("{}.py", "n".repeat(200)), "w = 1\n");
    let report = place.index();
    assert_eq!(report.repositories[0].counts.files, 5);
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_are_skipped() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::with(&[GOOD]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.py");
    if std::fs::write(place.code().join(name), "x = 1\n").is_err() {
        return cannot("this file system refuses names that are not UTF-8");
    }
    let report = place.index();
    assert_eq!(skipped(&report, "unreadable"), 1);
    assert_eq!(place.indexed(), ["good.py"]);
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let place = Place::with(&[GOOD, ("package/inner.py", "x = 1\n")]);
    symlink(place.code(), place.path("package/loop")).expect("a link to a folder around it");
    symlink(place.path("package"), place.path("package/self")).expect("a link to its own folder");
    symlink(place.path("itself.py"), place.path("itself.py")).expect("a link to itself");
    symlink(place.path("nowhere.py"), place.path("dangling.py")).expect("a dangling link");
    symlink(place.path("good.py"), place.path("other.py")).expect("a link to a file");
    place.index();
    assert_eq!(place.indexed(), ["good.py", "package/inner.py"]);
}

#[cfg(unix)]
#[test]
fn special_files_are_not_read() {
    let place = Place::with(&[GOOD]);
    // Reading a pipe would wait for ever.
    let made = std::process::Command::new("mkfifo").arg(place.path("pipe.py")).status();
    if !made.is_ok_and(|status| status.success()) {
        return cannot("mkfifo is not there");
    }
    let _socket = std::os::unix::net::UnixListener::bind(place.path("socket.py")).expect("bound");
    place.index();
    assert_eq!(place.indexed(), ["good.py"]);
}

#[cfg(unix)]
#[test]
fn unreadable_files_and_folders_are_counted() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with(&[GOOD, ("secret.py", "x = 1\n"), ("closed/inner.py", "x = 1\n")]);
    let mode = |path: &str, mode: u32| {
        std::fs::set_permissions(place.path(path), std::fs::Permissions::from_mode(mode))
            .expect("permissions");
    };
    mode("secret.py", 0);
    mode("closed", 0);
    let permissions_apply = std::fs::read(place.path("secret.py")).is_err();
    let report = place.try_index();
    mode("closed", 0o755);
    let report = report.expect("indexed");
    if permissions_apply {
        assert_eq!(skipped(&report, "unreadable"), 2);
        assert_eq!(place.indexed(), ["good.py"]);
    } else {
        // Permissions do not bind the superuser; the vanished files below take the same way.
        assert!(place.indexed().contains(&"good.py".to_owned()));
    }
}

#[test]
fn files_that_vanish_before_they_are_read_are_unreadable() {
    let place = Place::with(&[GOOD, ("gone.py", "x = 1\n"), ("folder/gone.py", "x = 1\n")]);
    /// Removes files between walking and reading.
    struct Remover<'p>(&'p Place);
    impl run::Progress for Remover<'_> {
        fn found(&self, _: usize, files: usize, _: u64, _: &walk::Skipped) {
            assert_eq!(files, 3);
            std::fs::remove_file(self.0.path("gone.py")).expect("removed");
            std::fs::remove_dir_all(self.0.path("folder")).expect("removed");
        }
        fn start(&self, _: &'static str, _: u64) {}
        fn advance(&self, _: u64, _: u64) {}
        fn finish(&self) {}
    }
    let options = crate::support::options();
    let report = run::index(&place.home(), &[place.code()], &options, &Remover(&place));
    assert_eq!(skipped(&report.expect("indexed"), "unreadable"), 2);
    assert_eq!(place.indexed(), ["good.py"]);
}

#[test]
fn files_that_grow_before_they_are_read_are_too_large() {
    let place = Place::with(&[GOOD, ("growing.py", "x = 1\n"), ("shrinking.py", "x = 1\n")]);
    struct Changer<'p>(&'p Place);
    impl run::Progress for Changer<'_> {
        fn found(&self, _: usize, _: usize, _: u64, _: &walk::Skipped) {
            let file = std::fs::File::create(self.0.path("growing.py")).expect("created");
            file.set_len(walk::MAX_BYTES + 1).expect("grown");
            self.0.write("shrinking.py", "");
        }
        fn start(&self, _: &'static str, _: u64) {}
        fn advance(&self, _: u64, _: u64) {}
        fn finish(&self) {}
    }
    let options = crate::support::options();
    let report = run::index(&place.home(), &[place.code()], &options, &Changer(&place));
    let report = report.expect("indexed");
    assert_eq!(skipped(&report, "too_large"), 1);
    assert_eq!(place.indexed(), ["good.py", "shrinking.py"]);
}

#[test]
fn an_empty_folder_is_an_empty_repository() {
    let place = Place::new();
    let report = place.index();
    assert_eq!(report.repositories.len(), 1);
    assert_eq!(report.repositories[0].counts.files, 0);
    let snapshot = place.snapshot();
    assert_eq!((snapshot.repositories().count(), snapshot.symbol_count()), (1, 0));
    assert!(snapshot.damaged().is_empty());
    assert!(place.check().is_empty());
    assert!(snapshot.named("x").is_empty());
    // Beside others it must not shift anybody's ids.
    let other = Place::with(&[("a.py", "def a():\n    b()\n\ndef b():\n    pass\n")]);
    let code = other.folder.path().join("other");
    std::fs::rename(other.code(), &code).expect("renamed");
    index(&place.home(), &[code]).expect("indexed");
    let snapshot = place.snapshot();
    assert_eq!(crate::support::calls(&snapshot), ["a -> b"]);
}

#[test]
fn a_path_that_does_not_exist_is_an_error() {
    let place = Place::with(&[GOOD]);
    place.index();
    let before = place.published();
    let missing = index(&place.home(), &[place.code(), place.path("missing")]);
    assert!(matches!(missing, Err(IndexError::Walk(WalkError::Io { .. }))));
    assert_eq!(before, place.published(), "the published generation is as it was");
}

#[test]
fn a_path_that_is_a_file_is_an_error() {
    let place = Place::with(&[GOOD]);
    let file = index(&place.home(), &[place.path("good.py")]);
    assert!(matches!(file, Err(IndexError::Walk(WalkError::NotAFolder { .. }))));
}

#[test]
fn a_second_run_at_the_same_time_is_refused_or_waits() {
    let place = Place::with(&[GOOD]);
    place.index();
    let lock = WriterLock::acquire(&place.home()).expect("free");
    let second = place.try_index();
    let Err(IndexError::Store(StoreError::Locked { owner })) = second else {
        panic!("the second run is refused, not {second:?}");
    };
    assert!(owner.contains(&std::process::id().to_string()), "{owner} says who writes");
    assert_eq!(place.indexed(), ["good.py"], "readers need no lock");
    let (home, code) = (place.home(), place.code());
    let waiting = std::thread::spawn(move || {
        let options = run::Options { wait: true, ..crate::support::options() };
        run::index(&home, &[code], &options, &Silent)
    });
    std::thread::sleep(Duration::from_millis(300));
    assert!(!waiting.is_finished());
    drop(lock);
    waiting.join().expect("no panic").expect("indexed");
}

#[test]
fn repositories_of_one_name_are_told_apart() {
    let place = Place::new();
    for folder in ["a/b/code", "c/b/code", "d/b/code", "code"] {
        place.write(&format!("{folder}/.git/HEAD"), "ref: refs/heads/main\n");
        place.write(&format!("{folder}/x.py"), "x = 1\n");
    }
    let report = place.index();
    let mut names: Vec<&str> = report.repositories.iter().map(|r| r.name.as_str()).collect();
    names.dedup();
    assert_eq!(names.len(), 4, "{names:?}");
    let again = place.index();
    assert!(again.unchanged);
}

#[test]
fn a_broken_git_folder_is_no_obstacle() {
    let place = Place::with(&[GOOD]);
    place.write(".git/HEAD", [0xff; 100]);
    place.write(".git/config", "[core\n");
    place.write(".gitignore", b"\xff\xfe[\n**/[a\n!\n");
    let report = place.index();
    assert_eq!(report.repositories[0].counts.files, 1);
}

#[test]
fn files_that_are_tracked_although_they_are_ignored_are_indexed() {
    let ignored = "*.json\nkept.py\nleft.py\nlib/\nbuild/\n";
    let place = Place::with(&[
        GOOD,
        (".gitignore", ignored),
        ("package.json", "{\"name\": \"a\"}"),
        ("kept.py", "kept = 1\n"),
        ("left.py", "left = 1\n"),
        ("lib/inner/kept.py", "kept = 1\n"),
        ("lib/inner/left.py", "left = 1\n"),
        ("lib/hidden.py", "hidden = 1\n"),
        ("lib/.qfignore", "hidden.py\n"),
        ("build/made.py", "made = 1\n"),
    ]);
    let repository = git2::Repository::init(place.code()).expect("a repository");
    let mut tracked = repository.index().expect("an index");
    let paths = ["package.json", "kept.py", "lib/inner/kept.py", "lib/hidden.py", "build/made.py"];
    for path in paths {
        tracked.add_path(std::path::Path::new(path)).expect("added");
    }
    tracked.write().expect("written");
    place.index();
    assert_eq!(place.indexed(), ["good.py", "kept.py", "lib/inner/kept.py", "package.json"]);
    assert!(place.index().unchanged);
}
