//! A watched index follows the code: after every kind of change it is the index of a clean run.

use crate::support::{Place, assert_same, index, options, published};
use qf_graph::store::Home;
use qf_indexer::run::{IndexError, Silent};
use qf_indexer::watch::Watch;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);

struct Watched {
    place: Place,
    watch: Watch,
}

impl Watched {
    fn new(polling: bool) -> Self {
        let place = Place::with(&[
            ("package/a.py", "def a():\n    pass\n"),
            ("package/b.py", "from .a import a\n\n\ndef b():\n    a()\n"),
            ("package/__init__.py", ""),
        ]);
        place.index();
        Self::over(place, polling)
    }

    /// Over what is indexed already.
    fn over(place: Place, polling: bool) -> Self {
        let paths = [place.code()];
        let watch = if polling {
            Watch::polling(&paths, &place.home(), "a test wants it")
        } else {
            Watch::new(&paths, &place.home())
        };
        Self { watch: watch.expect("watched"), place }
    }

    /// Refreshes until the index is that of a clean run. Events may come in several bursts, so one
    /// refresh need not be all; that none comes at all ends the watch and fails the test.
    fn settles(&mut self, after: &str) {
        let clean = Home::new(self.place.folder.path().join("clean"));
        index(&clean, &[self.place.code()]).expect("indexed");
        let expected = published(&clean);
        std::fs::remove_dir_all(clean.folder()).expect("removed");
        let (done, waiting) = std::sync::mpsc::channel::<()>();
        let stop = self.watch.stop();
        let guard = std::thread::spawn(move || {
            if waiting.recv_timeout(PATIENCE).is_err() {
                stop.stop();
            }
        });
        loop {
            let refresh = self.watch.refresh(&self.place.home(), &options(), &Silent);
            let Some(refresh) = refresh else {
                assert_same(&published(&self.place.home()), &expected, after);
                panic!("no refresh after {after}");
            };
            // Of a folder on its way back a run may see nothing.
            let done = matches!(refresh, Ok(_) | Err(IndexError::Away { .. }));
            assert!(done, "{:?}", refresh.err());
            if published(&self.place.home()) == expected {
                break;
            }
        }
        done.send(()).expect("the guard waits");
        guard.join().expect("no panic");
        assert!(self.place.check().is_empty());
    }
}

fn every_change(polling: bool) {
    let mut watched = Watched::new(polling);
    if !polling && let Some(why) = watched.watch.polls_because() {
        return crate::support::cannot(why);
    }
    let code = watched.place.code();
    watched.place.write("package/c.py", "from .b import b\nb()\n");
    watched.settles("creating a file");
    watched.place.write("package/a.py", "def a():\n    return 1\n\n\ndef more():\n    a()\n");
    watched.settles("editing a file");
    std::fs::write(code.join("package/.a.py.tmp"), "def a():\n    pass\n").expect("written");
    std::fs::rename(code.join("package/.a.py.tmp"), code.join("package/a.py")).expect("renamed");
    watched.settles("replacing a file, as editors save");
    std::fs::remove_file(code.join("package/b.py")).expect("removed");
    watched.settles("deleting a file");
    std::fs::rename(code.join("package/c.py"), code.join("package/d.py")).expect("renamed");
    watched.settles("renaming a file");
    watched.place.write("other/deep/er/e.py", "def e():\n    pass\n");
    watched.place.write("other/f.py", "from .deep.er.e import e\n\n\ndef f():\n    e()\n");
    watched.settles("making a folder with files");
    watched.place.write("other/deep/er/e.py", "def e():\n    return 2\n");
    watched.settles("editing a file in a new folder");
    std::fs::rename(code.join("other"), code.join("moved")).expect("renamed");
    watched.settles("renaming a folder");
    watched.place.write("moved/f.py", "def f():\n    pass\n");
    watched.settles("editing a file in a renamed folder");
    let outside = watched.place.folder.path().join("outside");
    std::fs::rename(code.join("moved"), &outside).expect("moved");
    watched.settles("moving a folder away");
    std::fs::rename(&outside, code.join("back")).expect("moved");
    watched.settles("moving a folder with files in");
    std::fs::remove_dir_all(code.join("back")).expect("removed");
    watched.settles("deleting a folder");
    watched.place.write(".gitignore", "d.py\n");
    watched.settles("ignoring a file");
}

#[test]
fn every_change_is_followed() {
    every_change(false);
}

#[test]
fn every_change_is_followed_by_polling() {
    every_change(true);
}

/// Runs git in the watched folder.
fn git(watched: &Watched, arguments: &[&str]) {
    let fixed = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
    let output = std::process::Command::new("git")
        .args(fixed)
        .args(arguments)
        .current_dir(watched.place.code())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
}

#[test]
fn what_git_does_to_the_tree_is_followed() {
    let mut watched = Watched::new(false);
    git(&watched, &["init", "-q", "-b", "main"]);
    git(&watched, &["add", "."]);
    git(&watched, &["commit", "-qm", "one"]);
    watched.settles("becoming a git repository");
    git(&watched, &["switch", "-qc", "work"]);
    watched.place.write("package/a.py", "def a():\n    return 2\n\n\ndef only_here():\n    a()\n");
    git(&watched, &["commit", "-qam", "two"]);
    watched.settles("committing on another branch");
    git(&watched, &["switch", "-q", "main"]);
    watched.settles("switching a branch");
    watched.place.write("package/late.py", "def late():\n    pass\n");
    git(&watched, &["add", "."]);
    git(&watched, &["commit", "-qm", "three"]);
    git(&watched, &["switch", "-q", "work"]);
    git(&watched, &["rebase", "-q", "main"]);
    watched.settles("rebasing");
    assert!(watched.place.indexed().contains(&"package/late.py".to_owned()));
    watched.place.write("package/b.py", "def b():\n    pass\n");
    watched.settles("editing before a stash");
    git(&watched, &["stash", "-q"]);
    watched.settles("stashing");
    git(&watched, &["stash", "pop", "-q"]);
    watched.settles("taking a stash back");
}

fn repositories_come_and_go(polling: bool) {
    let place = Place::new();
    for name in ["one", "two"] {
        place.write(&format!("{name}/.git/HEAD"), "ref: refs/heads/main\n");
        place.write(&format!("{name}/a.py"), "def a():\n    pass\n");
    }
    place.index();
    let mut watched = Watched::over(place, polling);
    watched.place.write("three/b.py", "def b():\n    pass\n");
    watched.place.write("three/.git/HEAD", "ref: refs/heads/main\n");
    watched.settles("a new repository");
    std::fs::remove_dir_all(watched.place.path("two")).expect("removed");
    watched.settles("a repository that was removed");
    assert_eq!(watched.place.snapshot().repositories().count(), 2);
    // The whole folder goes away and comes back, as a disk does.
    let (code, away) = (watched.place.code(), watched.place.folder.path().join("away"));
    let before = watched.place.published();
    std::fs::rename(&code, &away).expect("moved");
    let home = watched.place.home();
    let refused = watched.watch.refresh(&home, &options(), &Silent).expect("it went away");
    assert!(refused.is_err(), "nothing is there to index");
    // A mount point without its disk is an empty folder.
    std::fs::create_dir(&code).expect("made");
    let refused = watched.watch.refresh(&home, &options(), &Silent).expect("it is tried again");
    assert!(refused.is_err(), "nothing is there to index");
    assert_same(&watched.place.published(), &before, "a folder going away");
    std::fs::remove_dir(&code).expect("removed");
    std::fs::rename(&away, &code).expect("moved");
    watched.place.write("one/c.py", "def c():\n    pass\n");
    watched.settles("coming back");
    watched.place.write("one/c.py", "def d():\n    pass\n");
    watched.settles("an edit after coming back");
}

#[test]
fn repositories_and_folders_come_and_go() {
    repositories_come_and_go(false);
}

#[test]
fn repositories_and_folders_come_and_go_by_polling() {
    repositories_come_and_go(true);
}

#[test]
fn a_storm_of_files_is_followed() {
    let mut watched = Watched::new(false);
    let code = watched.place.code();
    for number in 0..10_000 {
        let folder = format!("storm{}/part{}", number % 7, number % 40);
        let text = format!("def f{number}():\n    return f{}()\n", number / 2);
        watched.place.write(&format!("{folder}/m{number}.py"), text);
    }
    watched.settles("creating ten thousand files");
    assert_eq!(watched.place.indexed().len(), 10_003);
    for number in (0..10_000).step_by(2) {
        let path = code.join(format!("storm{}/part{}/m{number}.py", number % 7, number % 40));
        std::fs::remove_file(path).expect("removed");
    }
    watched.settles("deleting five thousand files");
    for folder in 0..7 {
        let _ = std::fs::remove_dir_all(code.join(format!("storm{folder}")));
    }
    watched.settles("deleting all of them");
    assert_eq!(watched.place.indexed().len(), 3);
}

#[test]
fn a_storm_during_a_run_is_not_lost() {
    let mut watched = Watched::new(false);
    let code = watched.place.code();
    let writer = std::thread::spawn(move || {
        for number in 0..400 {
            std::fs::write(code.join(format!("w{number}.py")), format!("x = {number}\n"))
                .expect("written");
            std::thread::sleep(Duration::from_millis(if number % 50 == 0 { 500 } else { 5 }));
        }
    });
    let first = watched.watch.refresh(&watched.place.home(), &options(), &Silent);
    first.expect("events").expect("indexed");
    writer.join().expect("no panic");
    watched.settles("writing while runs go on");
}

#[test]
fn changes_during_another_writers_run_are_not_lost() {
    let mut watched = Watched::new(false);
    let lock = qf_graph::store::lock::WriterLock::acquire(&watched.place.home()).expect("free");
    watched.place.write("late.py", "def late():\n    pass\n");
    let refused = watched.watch.refresh(&watched.place.home(), &options(), &Silent);
    assert!(refused.expect("events").is_err(), "another process writes");
    drop(lock);
    watched.settles("a run that was refused, without any further change");
}
