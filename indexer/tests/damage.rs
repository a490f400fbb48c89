//! Disks fail: full ones, damaged files.
//!
//! A damaged file is reported and costs what it holds, never a panic and never a wrong answer;
//! indexing again repairs it. A run that fails leaves the published generation as it was.

use crate::support::{Place, calls, cannot, files_below, index, published, two};
use qf_graph::snapshot::{Direction, Snapshot};
use qf_graph::store::manifest::Manifest;
use qf_graph::store::repository::{compress, decompress};
use qf_graph::store::segment::Segment;
use qf_graph::store::{Home, StoreError};
use qf_indexer::repair;
use qf_indexer::run::{self, IndexError};
use std::path::{Path, PathBuf};

/// Asks for everything there is, so that every section is read.
fn ask(home: &Home) -> Result<usize, StoreError> {
    let snapshot = Snapshot::open(home)?;
    let mut seen = 0;
    for symbol in snapshot.symbols() {
        seen += snapshot.qualified_name(symbol).len() + snapshot.signature(symbol).len();
        seen += snapshot.doc(symbol).map_or(0, str::len) + snapshot.moniker(symbol).len();
        seen += snapshot.children(symbol).count() + usize::from(snapshot.is_test(symbol));
        seen += snapshot.edges(symbol, Direction::Out).len();
        seen += snapshot.edges(symbol, Direction::In).len();
        seen += snapshot.unresolved_of(symbol).len();
        seen += snapshot.named(snapshot.name(symbol)).len();
    }
    for file in snapshot.files() {
        seen += snapshot.display_path(file).len() + snapshot.text(file).len();
        seen += snapshot.line(file, 1).len() + snapshot.symbols_of_file(file).count();
    }
    for repository in snapshot.repositories() {
        seen += snapshot.unresolved(repository).count();
        let segment = snapshot.segment(repository);
        seen += segment.lengths().map_or(0, <[u32]>::len);
        seen += segment.vectors().map_or(0, |(symbols, _)| symbols.len());
        seen += segment.postings(1).map_or(0, |(symbols, _)| symbols.len());
    }
    seen += snapshot.links().count() + snapshot.keys().len();
    seen += snapshot.search("post an amount", 10, |_| true).len();
    Ok(seen)
}

fn file_with(home: &Home, start: &str, ending: &str) -> PathBuf {
    files_below(home.folder())
        .into_iter()
        .find(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            name.starts_with(start) && name.ends_with(ending)
        })
        .expect("such a file")
}

/// Writes in place of `path`, as a new file: whoever has mapped the old one keeps it.
fn replace(path: &Path, bytes: &[u8]) {
    std::fs::remove_file(path).expect("removed");
    std::fs::write(path, bytes).expect("written");
}

fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).expect("readable");
    bytes[at] ^= 0x20;
    replace(path, &bytes);
}

fn truncate(path: &Path) {
    let bytes = std::fs::read(path).expect("readable");
    replace(path, &bytes[..bytes.len() / 2]);
}

fn end(path: &Path) -> usize {
    // The last byte that is no padding.
    let bytes = std::fs::read(path).expect("readable");
    bytes.iter().rposition(|byte| *byte != 0).expect("content")
}

#[test]
fn a_damaged_segment_costs_its_repository_until_it_is_indexed_again() {
    let place = two();
    place.index();
    let whole = place.published();
    let answers = calls(&place.snapshot());
    assert!(answers.contains(&"pay -> Book.post".to_owned()), "{answers:?}");
    let segment = file_with(&place.home(), "ledger-", ".segment");
    for damage in [truncate as fn(&Path), |path| flip(path, 40), |path| replace(path, b"")] {
        damage(&segment);
        let snapshot = place.snapshot();
        assert_eq!(snapshot.repositories().count(), 1);
        assert_eq!(snapshot.damaged().len(), 1, "{:?}", snapshot.damaged());
        assert!(snapshot.damaged()[0].contains("`ledger`"), "{:?}", snapshot.damaged());
        assert_eq!(calls(&snapshot), ["pay -> local"], "the other repository still answers");
        assert_eq!(place.check().len(), 1);
        let report = place.index();
        assert!(report.unchanged, "what is published has not changed");
        assert_eq!(place.published(), whole, "the segment is as it was");
        assert!(place.check().is_empty());
        assert_eq!(calls(&place.snapshot()), answers);
    }
}

#[test]
fn a_missing_segment_is_written_again() {
    let place = two();
    place.index();
    let whole = place.published();
    std::fs::remove_file(file_with(&place.home(), "ledger-", ".segment")).expect("removed");
    assert_eq!(place.snapshot().damaged().len(), 1);
    place.index();
    assert_eq!(place.published(), whole);
}

#[test]
fn damage_in_a_part_that_is_read_late_is_reported_and_repaired() {
    let place = two();
    place.index();
    let whole = place.published();
    let segment = file_with(&place.home(), "ledger-", ".segment");
    let bytes = std::fs::read(&segment).expect("readable");
    // The compressed text is a section that opening does not verify.
    let at = bytes.windows(8).position(|window| window == b"class Bo").expect("the text");
    flip(&segment, at);
    let snapshot = place.snapshot();
    let file = snapshot.files().find(|file| snapshot.path(*file) == "ledger/book.py");
    assert_eq!(&*snapshot.text(file.expect("the file")), "", "no wrong text is shown");
    assert_eq!(place.check().len(), 1, "same length, same name: only the checksum tells");
    let report = place.index();
    assert_eq!(report.repositories.iter().map(|one| one.parsed).sum::<u64>(), 3, "read again");
    assert_eq!(place.published(), whole);
}

#[test]
fn damaged_facts_are_made_again() {
    let place = two();
    place.index();
    let whole = place.published();
    let facts = file_with(&place.home(), "shop-", ".facts");
    for damage in [truncate as fn(&Path), |path| flip(path, end(path))] {
        damage(&facts);
        assert!(place.snapshot().damaged().is_empty(), "answers do not need facts");
        assert_eq!(place.check().len(), 1);
        place.index();
        assert_eq!(place.published(), whole);
        assert!(place.check().is_empty());
    }
}

#[test]
fn damaged_links_cost_the_links_only() {
    let place = two();
    place.index();
    let whole = place.published();
    let links = file_with(&place.home(), "links-", ".links");
    for damage in [truncate as fn(&Path), |path| flip(path, end(path))] {
        damage(&links);
        let snapshot = place.snapshot();
        assert_eq!(snapshot.repositories().count(), 2);
        assert_eq!(snapshot.damaged().len(), 1, "{:?}", snapshot.damaged());
        assert_eq!(snapshot.links().count(), 0);
        assert_eq!(place.check().len(), 1);
        place.index();
        assert_eq!(place.published(), whole);
    }
}

#[test]
fn a_damaged_manifest_is_read_from_its_copy_and_repaired() {
    let place = two();
    place.index();
    let whole = place.published();
    let manifest = place.home().manifest();
    for damage in [truncate as fn(&Path), |path| flip(path, 20), |path| replace(path, b"")] {
        damage(&manifest);
        assert_eq!(place.published(), whole);
        assert_eq!(place.snapshot().damaged().len(), 1);
        assert_eq!(place.check().len(), 1);
        let report = place.index();
        assert!(!report.unchanged, "published again");
        assert!(place.check().is_empty());
        assert_eq!(place.published(), whole);
    }
    truncate(&manifest);
    truncate(&place.home().manifest_copy());
    let opened = Snapshot::open(&place.home());
    assert!(matches!(opened, Err(StoreError::Damaged { .. })), "both are damaged");
    assert!(matches!(place.try_index(), Err(IndexError::Store(StoreError::Damaged { .. }))));
}

#[test]
fn a_damaged_repository_is_not_lost_when_another_is_indexed() {
    let place = two();
    place.index();
    let whole = place.published();
    for kind in [".segment", ".facts"] {
        truncate(&file_with(&place.home(), "ledger-", kind));
        index(&place.home(), &[place.path("shop")]).expect("indexed");
        assert_eq!(place.published(), whole, "the damaged one is read from its folder");
    }
    // Without its folder nothing is left of it: that must not go unnoticed.
    truncate(&file_with(&place.home(), "ledger-", ".segment"));
    std::fs::rename(place.path("ledger"), place.folder.path().join("away")).expect("moved");
    let run = index(&place.home(), &[place.path("shop")]);
    assert!(matches!(run, Err(IndexError::Lost { ref name, .. }) if name == "ledger"), "{run:?}");
    run::forget(&place.home(), "ledger", &run::Options::default()).expect("forgotten");
    assert!(place.check().is_empty());
    assert_eq!(place.snapshot().repositories().count(), 1);
}

#[test]
fn a_repository_whose_folder_is_gone_takes_part_with_what_is_stored() {
    let place = two();
    place.index();
    let whole = place.published();
    std::fs::rename(place.path("ledger"), place.folder.path().join("away")).expect("moved");
    index(&place.home(), &[place.path("shop")]).expect("indexed");
    assert_eq!(place.published(), whole);
}

#[test]
fn what_is_damaged_is_made_again_without_the_sources() {
    let place = two();
    place.index();
    place.write("shop/old.py", b"# caf\xe9\ndef old():\n    pass\n");
    let options = run::Options { nearest_from: 1, ..run::Options::default() };
    run::index(&place.home(), &[place.code()], &options, &run::Silent).expect("indexed");
    let home = place.home();
    let whole: Vec<(PathBuf, Vec<u8>)> = files_below(home.folder())
        .into_iter()
        .filter(|path| *path != home.lock())
        .map(|path| (path.clone(), std::fs::read(&path).expect("readable")))
        .collect();
    // Nobody can read what is not there.
    std::fs::rename(place.code(), place.folder.path().join("away")).expect("moved");
    let mut random = Random(11);
    let mut made = 0;
    for (path, good) in &whole {
        let text = Segment::open(path).map_or((0, 0), |segment| segment.range("text"));
        for round in 0..30 {
            let mut bad = good.clone();
            let at = random.below(good.len());
            // Whole files go missing too, but for those that hold the texts.
            let segment = path.extension().is_some_and(|extension| extension == "segment");
            if round == 0 && !segment {
                bad.clear();
            } else {
                bad[at] ^= 1 << random.below(8);
            }
            replace(path, &bad);
            if run::check(&home).expect("a manifest or its copy").is_empty() {
                continue;
            }
            let what = format!("{} at {at}", path.display());
            let repair = repair::repair(&home, &options).expect("repaired");
            let table = segment && Segment::open(path).is_err();
            if (text.0..text.1).contains(&at) && segment || table {
                assert!(!repair.left.is_empty(), "{what}: without the texts nothing can be made");
                assert_eq!(repair.from_sources.len(), 1);
                replace(path, good);
                continue;
            }
            made += 1;
            assert_eq!(repair.left, [""; 0], "{what}");
            for (path, good) in &whole {
                // Manifests have times in them, and neighbours are found by several threads.
                let differs = ["json", "nearest"].map(std::ffi::OsStr::new);
                let may = path.extension().is_some_and(|extension| differs.contains(&extension));
                let same = std::fs::read(path).expect("readable") == *good;
                assert!(same || may, "{what}: {} is another", path.display());
            }
        }
    }
    assert!(made > 100, "{made}");
}

/// A generator of numbers that is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % end as u64) as usize
    }
}

#[test]
fn a_thousand_random_damages() {
    let place = two();
    place.index();
    let home = place.home();
    let whole = place.published();
    let manifest = Manifest::read(&home).expect("a manifest");
    let all = ask(&home).expect("answers");
    let files: Vec<PathBuf> =
        files_below(home.folder()).into_iter().filter(|path| *path != home.lock()).collect();
    assert_eq!(files.len(), 7);
    let mut random = Random(7);
    for round in 0..1_000 {
        let path = &files[random.below(files.len())];
        let good = std::fs::read(path).expect("readable");
        let mut bad = good.clone();
        let at = random.below(good.len());
        if round % 4 == 0 {
            bad.truncate(at);
        } else {
            bad[at] ^= 1 << random.below(8);
        }
        replace(path, &bad);
        let what = format!("round {round}: {} at {at}", path.display());
        let found = ask(&home).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(found <= all, "{what}: answers that are not there");
        let reported = !run::check(&home).expect("a manifest or its copy").is_empty();
        // Blanks of the manifest and zeros at the end of a file say nothing.
        let unused = Manifest::read(&home).is_ok_and(|read| read == manifest)
            && (*path == home.manifest()
                || *path == home.manifest_copy()
                || good[bad.len()..].iter().all(|byte| *byte == 0));
        assert!(reported || unused, "{what} goes unnoticed");
        if reported && round % 10 == 1 {
            place.index();
            assert_eq!(published(&home), whole, "{what} is not repaired");
            assert!(place.check().is_empty(), "{what} is not repaired");
            let generation = Manifest::read(&home).expect("a manifest").generation;
            if generation == manifest.generation {
                continue;
            }
        }
        replace(path, &good);
        replace(&home.manifest_copy(), &std::fs::read(home.manifest()).expect("readable"));
    }
}

/// A small file system of its own; unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(folder: PathBuf, size: &str) -> Option<Self> {
        std::fs::create_dir_all(&folder).expect("a folder");
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(&folder)
            .stderr(std::process::Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_fails_the_run_and_nothing_else() {
    let place = Place::with(&[("a.py", "def a():\n    b()\n\n\ndef b():\n    pass\n")]);
    let Some(disk) = SmallDisk::mount(place.home().folder().to_owned(), "256k") else {
        return cannot("a small file system cannot be mounted here");
    };
    place.index();
    let before = place.published();
    let files = files_below(&disk.0);
    // Text that does not compress, more of it than the disk holds.
    let mut random = Random(3);
    let mut text = String::new();
    for line in 0..4_000 {
        let (one, other) = (random.below(usize::MAX >> 32), random.below(usize::MAX >> 32));
        text.push_str(&format!("def f{line}_{one:x}():\n    return g{other:x}()\n"));
    }
    place.write("big.py", &text);
    let run = place.try_index();
    let Err(IndexError::Store(StoreError::Io { source, .. })) = run else {
        panic!("publishing must fail on a full disk, not {run:?}");
    };
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
    assert_eq!(place.published(), before, "the old generation is there");
    assert_eq!(files_below(&disk.0), files, "and nothing besides");
    assert!(place.check().is_empty());
    assert_eq!(calls(&place.snapshot()), ["a -> b"]);
    std::fs::remove_file(place.path("big.py")).expect("removed");
    place.write("c.py", "def c():\n    pass\n");
    place.index();
    assert_eq!(place.indexed(), ["a.py", "c.py"], "it goes on when there is room again");
}

#[cfg(unix)]
#[test]
fn an_index_that_cannot_be_written_is_an_error() {
    let place = Place::with(&[("a.py", "x = 1\n")]);
    std::fs::write(place.home().folder(), "a file where the folder should be").expect("written");
    assert!(matches!(place.try_index(), Err(IndexError::Store(StoreError::Io { .. }))));
}

#[test]
fn what_a_crashed_writer_left_is_removed() {
    let place = Place::with(&[("a.py", "x = 1\n")]);
    place.index();
    let home = place.home();
    let left = [
        home.folder().join(".manifest.json.12345.tmp"),
        home.segments().join(".code-0123.segment.12345.tmp"),
        home.segments().join("code-0123.segment"),
        home.facts().join(".code-0123.facts.12345.tmp"),
    ];
    for path in &left {
        std::fs::write(path, "left").expect("written");
    }
    place.write("a.py", "x = 2\n");
    place.index();
    assert!(left.iter().all(|path| !path.exists()));
}

#[test]
fn no_room_is_made_for_a_text_of_a_length_that_its_block_cannot_have() {
    // The longest text that a block of its size can have.
    let text = "x".repeat(1_000_000);
    let sound = compress(&text);
    assert_eq!(decompress(&sound), Some(text));
    for length in [u32::MAX, 1 << 31, 255 * sound.len() as u32] {
        let damaged = [&length.to_le_bytes()[..], &sound[4..]].concat();
        assert_eq!(decompress(&damaged), None, "{length}");
    }
    assert_eq!(decompress(&[]), None);
    assert_eq!(decompress(&compress("")).as_deref(), Some(""));
}
