//! Whatever stops a run, and wherever: what was published is served, nothing of it is lost, and the
//! next run makes what this one would have made.
//!
//! Every step with which the store changes the disk is made the last one before the process is
//! killed, the first one on a full disk, the first one in a folder that has become read-only, and
//! one that fails alone. A reader that was open all the while keeps its generation.

use crate::support::{Place, calls, files_below, options, published, two};
use qf_graph::snapshot::Snapshot;
use qf_graph::store::disk::Step;
use qf_graph::store::disk::faults::{self, Fault};
use qf_graph::store::manifest::Manifest;
use qf_graph::store::{Home, StoreError};
use qf_indexer::run::{self, IndexError, Options, Silent};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

type Published = BTreeMap<String, Vec<u8>>;

/// What is done to the sources, then what is run.
struct Scenario {
    name: &'static str,
    /// Whether something is published before.
    indexed: bool,
    change: fn(&Place),
    run: fn(&Home, &Place) -> Result<(), IndexError>,
}

fn index(home: &Home, place: &Place) -> Result<(), IndexError> {
    run::index(home, &[place.code()], &options(), &Silent).map(|_| ())
}

fn with_vectors(home: &Home, place: &Place) -> Result<(), IndexError> {
    let options = Options { nearest_from: 1, ..Options::default() };
    run::index(home, &[place.code()], &options, &Silent).map(|_| ())
}

fn forget(home: &Home, _: &Place) -> Result<(), IndexError> {
    match run::forget(home, "shop", &options()) {
        // A run that published before it failed has done it.
        Err(IndexError::Unknown { .. }) => Ok(()),
        other => other.map(|_| ()),
    }
}

const SCENARIOS: [Scenario; 5] = [
    Scenario { name: "the first run", indexed: false, change: |_| {}, run: index },
    Scenario {
        name: "a run after an edit",
        indexed: true,
        change: |place| place.write("ledger/ledger/book.py", "class Book:\n    pass\n"),
        run: index,
    },
    Scenario {
        name: "a new repository",
        indexed: true,
        change: |place| {
            place.write("third/.git/HEAD", "ref: refs/heads/main\n");
            place.write("third/a.py", "def a():\n    pass\n");
        },
        run: index,
    },
    Scenario { name: "forgetting", indexed: true, change: |_| {}, run: forget },
    Scenario {
        name: "vectors and their index",
        indexed: true,
        change: |place| place.write("shop/more.py", "def more():\n    pass\n"),
        run: with_vectors,
    },
];

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    if !from.exists() {
        return;
    }
    for path in files_below(from) {
        let target = to.join(path.strip_prefix(from).expect("below"));
        std::fs::create_dir_all(target.parent().expect("a parent")).expect("a folder");
        std::fs::copy(&path, target).expect("copied");
    }
}

/// Published files; `None` when nothing is published.
fn state(home: &Home) -> Option<Published> {
    match Manifest::read(home) {
        Ok(_) => Some(published(home)),
        Err(StoreError::NoIndex { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

/// Files that no manifest names.
fn strays(home: &Home) -> Vec<String> {
    let manifest = Manifest::read(home).expect("a manifest");
    let mut named: Vec<String> = manifest.links.iter().cloned().collect();
    for entry in &manifest.repositories {
        named.extend([entry.segment.clone(), entry.facts.clone()]);
        named.extend(entry.nearest.iter().chain(&entry.compiler).cloned());
    }
    let always = ["lock", "manifest.json", "manifest.copy.json"];
    files_below(home.folder())
        .into_iter()
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .filter(|name| !always.contains(&name.as_str()) && !named.contains(name))
        .collect()
}

/// A scenario, what is published before and after it, and the steps in between.
struct Known<'a> {
    scenario: &'a Scenario,
    place: &'a Place,
    before: &'a Home,
    old: Option<Published>,
    new: Option<Published>,
    steps: Vec<(Step, PathBuf)>,
}

/// Makes every step fail in one way; gives how many there are.
fn try_all(known: &Known<'_>, fault: Fault) -> usize {
    let Known { scenario, place, before, old, new, steps } = known;
    let home = Home::new(place.folder.path().join(format!("{fault:?}")));
    for (at, step) in steps.iter().enumerate() {
        let what = format!("{}, {fault:?} at step {at}: {step:?}", scenario.name);
        copy(before.folder(), home.folder());
        let reader = scenario.indexed.then(|| Snapshot::open(&home).expect("an index"));
        let answers = reader.as_ref().map(calls);
        faults::arm(home.folder(), Some(at), fault);
        // It may succeed: that garbage could not be removed fails nothing.
        let run = (scenario.run)(&home, place);
        faults::disarm(home.folder());
        let found = state(&home);
        assert!(found == *old || found == *new, "{what}: neither generation is there");
        assert!(run.is_err() || found == *new, "{what}: said to be done");
        if found.is_some() {
            let snapshot = Snapshot::open(&home).expect("an index");
            assert!(snapshot.damaged().is_empty(), "{what}: {:?}", snapshot.damaged());
            let wrong = run::check(&home).expect("a manifest");
            let stale = |text: &String| text.starts_with("the copy of the manifest is of");
            let missing = |text: &String| text.starts_with("copy of the manifest");
            let fine = |text: &String| stale(text) || old.is_none() && missing(text);
            assert!(wrong.iter().all(fine), "{what}: {wrong:?}");
        }
        if let (Some(reader), Some(answers)) = (&reader, &answers) {
            assert_eq!(&calls(reader), answers, "{what}: a reader lost its generation");
        }
        (scenario.run)(&home, place).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(state(&home) == *new, "{what}: the next run makes something else");
        assert_eq!(run::check(&home).expect("a manifest"), [""; 0], "{what}");
        if found != *new {
            assert_eq!(strays(&home), [""; 0], "{what}: left behind");
        }
        std::fs::remove_dir_all(home.folder()).expect("removed");
    }
    steps.len()
}

#[test]
fn every_step_may_be_the_last() {
    let mut points = 0;
    for scenario in SCENARIOS {
        let place = two();
        let before = Home::new(place.folder.path().join("before"));
        if scenario.indexed {
            index(&before, &place).expect("indexed");
        }
        let old = state(&before);
        (scenario.change)(&place);
        // Once without a fault, to know the steps and what comes of them.
        let whole = Home::new(place.folder.path().join("whole"));
        copy(before.folder(), whole.folder());
        faults::arm(whole.folder(), None, Fault::Killed);
        (scenario.run)(&whole, &place).expect("done");
        let steps = faults::disarm(whole.folder());
        let new = state(&whole);
        assert!(new.is_some() && new != old, "{}", scenario.name);
        let known = Known { scenario: &scenario, place: &place, before: &before, old, new, steps };
        std::thread::scope(|scope| {
            let faults = [Fault::Killed, Fault::Full, Fault::ReadOnly, Fault::Once];
            let known = &known;
            let tried = faults.map(|fault| scope.spawn(move || try_all(known, fault)));
            points += tried.map(|tried| tried.join().expect("held")).iter().sum::<usize>();
        });
    }
    assert!(points >= 700, "{points} points");
}

#[test]
fn two_writers_take_turns_and_readers_see_whole_generations() {
    let place = two();
    place.index();
    let texts = ["def pay():\n    local()\n\n\ndef local():\n    pass\n", "def pay():\n    pass\n"];
    let home = place.home();
    let clean: Vec<Published> = texts
        .iter()
        .map(|text| {
            place.write("shop/shop.py", text);
            let clean = Home::new(place.folder.path().join("clean"));
            index(&clean, &place).expect("indexed");
            let made = published(&clean);
            std::fs::remove_dir_all(clean.folder()).expect("removed");
            made
        })
        .collect();
    place.index();
    std::thread::scope(|scope| {
        let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let (done, home) = (done.clone(), home.clone());
                scope.spawn(move || {
                    let mut last = 0;
                    while !done.load(std::sync::atomic::Ordering::Relaxed) {
                        let snapshot = Snapshot::open(&home).expect("an index");
                        assert!(snapshot.damaged().is_empty(), "{:?}", snapshot.damaged());
                        assert!(snapshot.generation() >= last, "time goes backwards");
                        last = snapshot.generation();
                        let found = calls(&snapshot);
                        let (one, other) = (
                            &["Book.post -> Book.check"][..],
                            &["Book.post -> Book.check", "pay -> local"][..],
                        );
                        assert!(found == one || found == other, "{found:?}");
                    }
                })
            })
            .collect();
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let place = &place;
                let home = home.clone();
                scope.spawn(move || {
                    for round in 0..40 {
                        place.write("shop/shop.py", texts[(round + writer) % 2]);
                        let options = Options { wait: true, ..options() };
                        run::index(&home, &[place.code()], &options, &Silent).expect("indexed");
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().expect("a writer");
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        for reader in readers {
            reader.join().expect("a reader");
        }
    });
    place.index();
    assert!(clean.contains(&place.published()));
    assert_eq!(place.check(), [""; 0]);
    assert_eq!(strays(&home), [""; 0]);
}
