//! Phases that work over a layer: the tree is not touched until they succeed, and what they did lands
//! as a whole or not at all.

use crate::runs::{Given, Watcher, header, state};
use crate::support::{Fixture, differences, overlay_is_here, unprivileged};
use qf_agent::orchestrate::Beside;
use qf_agent::overlay::Overlay;
use qf_agent::run::{Outcome, RunError};
use std::path::Path;
use std::time::Duration;

fn run(fixture: &Fixture, text: &str, overlay: bool, watcher: &mut Watcher) -> Outcome {
    let home = fixture.home();
    let (answer, settled) = (None, None);
    let given = Given { tree: &fixture.tree, home: &home, text, answer, settled, overlay };
    given.run(watcher, &mut |_| {}).expect("it runs")
}

/// A plan of one phase with one script, and a check of it.
fn script(tree: &Path, script: &str) -> String {
    let always = "\n```\n```verify\ntrue\n```\n";
    header(tree, "") + "## Phase: one\n```run\n" + script + always
}

/// Waits in a script until the test has done something, which it does when `ready` is there.
const PAUSE: &str =
    "touch ../ready; n=0; while ! test -e ../go; do sleep .02; n=$((n+1)); test $n -lt 1500; done";

/// Runs a plan, and does something in the tree while a script of it waits.
fn meanwhile(fixture: &Fixture, text: &str, act: impl FnOnce()) -> (Outcome, Watcher) {
    let mut watcher = Watcher::default();
    let outcome = std::thread::scope(|scope| {
        let running = scope.spawn(|| run(fixture, text, true, &mut watcher));
        for _ in 0..3000 {
            if fixture.outside().join("ready").exists() || running.is_finished() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        act();
        std::fs::write(fixture.outside().join("go"), "").expect("it is ours");
        running.join().expect("it runs")
    });
    (outcome, watcher)
}

fn write(fixture: &Fixture, path: &str, text: &str) {
    std::fs::write(fixture.tree.join(path), text).expect("it is ours");
}

fn text(fixture: &Fixture, path: &str) -> String {
    std::fs::read_to_string(fixture.tree.join(path)).unwrap_or_else(|_| "nothing".to_owned())
}

/// What scripts do to trees. Each is done in the tree itself and over a layer, to the same end.
const SCRIPTS: [(&str, &str); 20] = [
    ("edits and creates", "echo x >> a.txt; echo new > new.txt; mkdir -p d/e; echo f > d/e/f"),
    ("deletes files and folders", "rm -r src b.txt"),
    ("replaces a folder by another", "rm -r src; mkdir src; echo other > src/other.txt"),
    (
        "a folder becomes a file and back",
        "rm -r src; echo f > src; rm b.txt; mkdir b.txt; echo x > b.txt/x",
    ),
    ("renames", "git mv a.txt c.txt; mv src lib"),
    ("modes", "chmod 755 a.txt; chmod 600 b.txt; chmod 700 src"),
    ("links and empty folders", "ln -s a.txt link; ln -s nowhere dangling; mkdir -p empty/deep"),
    (
        "stages",
        "echo staged >> a.txt; git add a.txt; echo unstaged >> a.txt; git rm -q --cached b.txt",
    ),
    ("commits", "echo x >> a.txt; git commit -q -am work --date=@1700000000; echo y >> b.txt"),
    (
        "a branch and a tag",
        "git checkout -q -b other; echo x > x; git add x; git commit -q -m x; git tag t",
    ),
    (
        "commits are packed",
        "for i in 1 2 3; do echo $i > a.txt; git commit -q -am $i; done; git gc -q",
    ),
    ("ignored files", "echo log > a.log; mkdir logs; echo b > logs/b.log"),
    ("large ignored files", "head -c 70000000 /dev/zero > big.log"),
    (
        "dependencies that are ignored",
        "echo node_modules/ >> .gitignore; mkdir -p node_modules/p; echo m > node_modules/p/m.js",
    ),
    (
        "odd names",
        "printf x > \"$(printf 'a\\nb')\"; printf y > ' blank '; printf z > \"$(printf '\\303\\244')\"",
    ),
    ("an executable script", "printf '#!/bin/sh\\n' > run.sh; chmod +x run.sh; git add run.sh"),
    (
        "a merge in progress",
        "git checkout -q -b m HEAD; echo m > b.txt; git commit -q -am m; git checkout -q main; echo n > b.txt; git commit -q -am n; git merge -q m || true",
    ),
    (
        "a repository inside",
        "git init -q inner; (cd inner; echo i > i; git add i; export GIT_AUTHOR_DATE=@1700000000 GIT_COMMITTER_DATE=@1700000000; git -c user.name=i -c user.email=i@example.org commit -q -m i)",
    ),
    (
        "configuration and hooks",
        "git config my.key value; printf '#!/bin/sh\\n' > .git/hooks/pre-push; chmod +x .git/hooks/pre-push",
    ),
    ("a stash", "echo s >> a.txt; git stash -q"),
];

#[test]
fn what_scripts_do_over_a_layer_is_what_they_do_in_the_tree() {
    if !overlay_is_here() {
        return;
    }
    // The commit that a stash names differs with the second it was made in.
    let seen =
        "find . -path ./.git -prune -o -path ./inner/.git -prune -o -printf '%P %y %m %l\\n' | sort
        git for-each-ref --format='%(refname) %(subject)' | grep -v stash; git symbolic-ref HEAD
        git stash list --format=%gs | grep -v quantumflow | sed 's/: [0-9a-f]* /: /' || true
        git config my.key || true; ls .git/hooks; ls .git | grep MERGE || true";
    for (name, commands) in SCRIPTS {
        let ends = [false, true].map(|overlay| {
            let fixture = Fixture::in_memory();
            let mut watcher = Watcher::default();
            let plan = script(&fixture.tree, commands);
            let outcome = run(&fixture, &plan, overlay, &mut watcher);
            assert_eq!(outcome, Outcome::Done, "{name}: {:#?}", watcher.told);
            assert!(!fixture.home().folder().join("plan/overlay").exists(), "{name}");
            fixture.sh("git fsck --no-dangling 1>&2");
            // The index of a repository inside has times in it.
            let all = state(&fixture) + &fixture.sh(seen);
            all.lines()
                .filter(|line| !line.ends_with("inner/.git/index"))
                .collect::<Vec<_>>()
                .join("\n")
        });
        assert_eq!(ends[0], ends[1], "{name}");
    }
}

#[test]
fn a_phase_that_fails_over_a_layer_leaves_no_trace() {
    if !overlay_is_here() {
        return;
    }
    for (name, commands) in SCRIPTS {
        let fixture = Fixture::in_memory();
        fixture.sh("echo dirty >> a.txt; echo mine > mine.txt; git add mine.txt; echo log > x.log");
        let before = fixture.picture();
        let plan = script(&fixture.tree, &format!("{commands}\nfalse"));
        let outcome = run(&fixture, &plan, true, &mut Watcher::default());
        let Outcome::Failed { kept, .. } = outcome else { panic!("{name}: {outcome:?}") };
        assert_eq!(kept, [""; 0], "{name}");
        assert_eq!(differences(&before, &fixture.picture()), [""; 0], "{name}");
    }
}

#[test]
fn the_tree_is_not_touched_while_a_phase_works() {
    if !overlay_is_here() {
        return;
    }
    let fixture = Fixture::in_memory();
    let plan = script(
        &fixture.tree,
        &format!("echo x > made.txt; rm b.txt; git add -A; git commit -q -m work; {PAUSE}"),
    );
    let (outcome, watcher) = meanwhile(&fixture, &plan, || {
        assert_eq!(text(&fixture, "made.txt"), "nothing");
        assert_eq!(text(&fixture, "b.txt"), "b\n");
        assert_eq!(fixture.sh("git status --porcelain; git log -1 --format=%s"), "first\n");
    });
    assert_eq!(outcome, Outcome::Done, "{:#?}", watcher.told);
    assert_eq!(
        fixture.sh("git status --porcelain; git log -1 --format=%s; cat made.txt"),
        "work\nx\n"
    );
}

#[test]
fn what_a_person_does_meanwhile_stays() {
    if !overlay_is_here() {
        return;
    }
    let fixture = Fixture::in_memory();
    let plan = script(
        &fixture.tree,
        &format!("sed -i s/two/zwei/ a.txt; echo made > src/made.txt; {PAUSE}"),
    );
    let (outcome, watcher) = meanwhile(&fixture, &plan, || {
        write(&fixture, "a.txt", "one\ntwo\nthree\nfour\nfuenf\n");
        write(&fixture, "b.txt", "mine\n");
        write(&fixture, "src/mine.txt", "mine\n");
        fixture.sh("git add b.txt");
    });
    assert_eq!(outcome, Outcome::Done, "{:#?}", watcher.told);
    assert_eq!(text(&fixture, "a.txt"), "one\nzwei\nthree\nfour\nfuenf\n");
    assert_eq!(text(&fixture, "b.txt"), "mine\n");
    assert_eq!(text(&fixture, "src/mine.txt") + &text(&fixture, "src/made.txt"), "mine\nmade\n");
    assert_eq!(fixture.sh("git diff --cached --name-only"), "b.txt\n");
    let told = |line: &str| watcher.told.iter().any(|told| told == line);
    assert!(told("a.txt was changed meanwhile; both are kept"), "{:#?}", watcher.told);
    // What landed is undone like any phase, and what the person did stays.
    let undone = crate::support::restored(&fixture);
    assert_eq!(undone, [""; 0]);
    assert_eq!(text(&fixture, "a.txt"), "one\ntwo\nthree\nfour\nfuenf\n");
    assert_eq!(text(&fixture, "src/made.txt") + &text(&fixture, "b.txt"), "nothingmine\n");
}

#[test]
fn where_both_changed_the_same_nothing_lands() {
    if !overlay_is_here() {
        return;
    }
    let fixture = Fixture::in_memory();
    let plan = script(
        &fixture.tree,
        &format!("sed -i s/two/zwei/ a.txt; echo made > made.txt; rm b.txt; {PAUSE}"),
    );
    let mut before = None;
    let (outcome, _) = meanwhile(&fixture, &plan, || {
        write(&fixture, "a.txt", "one\nTWO\nthree\nfour\nfive\n");
        before = Some(fixture.picture());
    });
    let Outcome::Failed { reason, kept, .. } = outcome else { panic!("{outcome:?}") };
    assert!(reason.ends_with("nothing of the phase is in it: a.txt"), "{reason}");
    assert_eq!(kept, [""; 0]);
    let before = before.expect("it was seen");
    assert_eq!(differences(&before, &fixture.picture()), [""; 0]);
}

#[test]
fn ignored_files_that_both_wrote_are_no_conflict() {
    if !overlay_is_here() {
        return;
    }
    let fixture = Fixture::in_memory();
    let plan = script(&fixture.tree, &format!("echo agent > last.log; echo x > x.txt; {PAUSE}"));
    let (outcome, watcher) = meanwhile(&fixture, &plan, || write(&fixture, "last.log", "mine\n"));
    assert_eq!(outcome, Outcome::Done, "{:#?}", watcher.told);
    assert_eq!(text(&fixture, "last.log") + &text(&fixture, "x.txt"), "mine\nx\n");
}

#[test]
fn edits_and_codemods_are_made_where_the_phase_works() {
    if !overlay_is_here() {
        return;
    }
    let fixture = Fixture::in_memory();
    let plan = header(&fixture.tree, "isolation = \"overlay\"\n")
        + "## Phase: one\n```edit a.txt\n<<<<<<< SEARCH\ntwo\n=======\nzwei\n>>>>>>> REPLACE\n```\n\
           ```codemod a.txt\nthree\n```\n```run\ncp a.txt copy.txt\n```\n\
           ```agent\nSay it.\n```\n\
           ```edit b.txt\n<<<<<<< SEARCH\nnowhere\n=======\nx\n>>>>>>> REPLACE\n```\n";
    let before = fixture.picture();
    let outcome = run(&fixture, &plan, true, &mut Watcher::default());
    let Outcome::Failed { reason, .. } = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("b.txt"), "{reason}");
    assert_eq!(differences(&before, &fixture.picture()), [""; 0]);
    let fixture = Fixture::in_memory();
    let plan = plan.split("```edit b.txt").next().expect("a plan").to_owned();
    let plan = header(&fixture.tree, "") + plan.split_once("+++\n\n").expect("a plan").1;
    assert_eq!(run(&fixture, &plan, true, &mut Watcher::default()), Outcome::Done);
    assert_eq!(text(&fixture, "copy.txt"), "one\nzwei\nTHREE\nfour\nfive\n");
    assert_eq!(text(&fixture, "a.txt"), text(&fixture, "copy.txt"));
    assert_eq!(text(&fixture, "asked").trim_end(), "Say it.");
}

#[test]
fn a_question_keeps_the_layer() {
    if !overlay_is_here() {
        return;
    }
    let fixture = Fixture::in_memory();
    let plan = header(&fixture.tree, "")
        + "## Phase: one\n```run\necho agent > made.txt\n```\n```ask\nGood?\n```\n\
           ```run\ntest -e made.txt; echo more >> made.txt\n```\n";
    let outcome = run(&fixture, &plan, true, &mut Watcher::default());
    assert_eq!(outcome, Outcome::Waiting { question: "Good?".to_owned() });
    assert_eq!(text(&fixture, "made.txt"), "nothing");
    write(&fixture, "b.txt", "mine\n");
    let home = fixture.home();
    let (answer, settled, overlay) = (Some(true), None, true);
    let given = Given { tree: &fixture.tree, home: &home, text: &plan, answer, settled, overlay };
    let outcome = given.run(&mut Watcher::default(), &mut |_| {}).expect("it goes on");
    assert_eq!(outcome, Outcome::Done);
    assert_eq!(text(&fixture, "made.txt") + &text(&fixture, "b.txt"), "agent\nmore\nmine\n");
}

#[test]
fn where_there_can_be_no_layer_it_is_said() {
    let plain = Fixture::new();
    let layer = plain.outside().join("layer");
    let why = |tree: &Path, layer: &Path| Overlay::new(tree, layer).try_out().err();
    let inside = why(&plain.tree, &plain.tree.join("x/y")).expect("it cannot");
    assert!(inside.contains("inside the tree"), "{inside}");
    plain.sh("git worktree add -q ../linked");
    let linked = why(&plain.outside().join("linked"), &layer).expect("it cannot");
    assert!(linked.contains("outside of it"), "{linked}");
    let odd = plain.outside().join("a,b");
    std::fs::create_dir(&odd).expect("it is ours");
    plain.sh_in(&odd, "git init -q .");
    let named = why(&odd, &layer).expect("it cannot");
    assert!(named.contains("character"), "{named}");
    assert!(!layer.join("upper").exists());

    // A plan that insists does not run; another works in the tree, and says so.
    let tree = odd;
    let home = plain.home();
    let (answer, settled, overlay) = (None, None, true);
    let insists =
        header(&tree, "isolation = \"overlay\"\n") + "## Phase: one\n```run\ntouch x\n```\n";
    let given = Given { tree: &tree, home: &home, text: &insists, answer, settled, overlay };
    let refused = given.run(&mut Watcher::default(), &mut |_| {});
    assert!(matches!(refused, Err(RunError::NoOverlay { .. })), "{refused:?}");
    std::fs::remove_dir_all(home.folder()).expect("it is ours");
    let plan = header(&tree, "") + "## Phase: one\n```run\ntouch x\n```\n";
    let given = Given { tree: &tree, home: &home, text: &plan, answer, settled, overlay };
    let mut watcher = Watcher::default();
    let outcome = given.run(&mut watcher, &mut |_| {}).expect("it runs");
    assert_eq!(outcome, Outcome::Done);
    assert!(watcher.told.iter().any(|line| line.contains("work in the tree itself")));
}

#[test]
fn an_ordinary_user_has_layers_too() {
    if !overlay_is_here() {
        return;
    }
    let fixture = Fixture::new();
    let folder = fixture.outside().to_owned();
    let own = std::env::current_exe().expect("it runs");
    std::fs::copy(own, folder.join("program")).expect("it is ours");
    unprivileged(&folder, || {
        let overlay = Overlay::new(&fixture.tree, &folder.join("layer"));
        if let Err(reason) = overlay.try_out() {
            // Whether users may, the system's settings say.
            return crate::support::say(&format!("skipped: no overlay for users: {reason}"));
        }
        let plan = script(
            &fixture.tree,
            "test \"$(id -u)\" != 0; rm -r src; mkdir src; echo x > src/x; echo y >> a.txt",
        );
        let mut watcher = Watcher::default();
        let outcome = run(&fixture, &plan, true, &mut watcher);
        assert_eq!(outcome, Outcome::Done, "{:#?}", watcher.told);
        assert!(!watcher.told.iter().any(|line| line.contains("in the tree itself")));
        assert_eq!(text(&fixture, "src/x") + &text(&fixture, "src/deep/c.txt"), "x\nnothing");
    });
}

#[test]
fn two_runs_beside_each_other_check_again_what_the_other_changed() {
    if !overlay_is_here() {
        return;
    }
    let fixture = Fixture::in_memory();
    let home = fixture.home();
    let beside = Beside::default();
    // Each is right alone, and the second is not after the first.
    let plan = |name: &str, wait: &str| {
        let plan = header(&fixture.tree, "").replace("id = \"p\"", &format!("id = \"{name}\""));
        plan + &format!(
            "## Phase: one\n```run\necho {name} > {name}.txt\n```\n\
             ```verify\ntest $(ls first.txt second.txt 2>/dev/null | wc -l) = 1\n```\n\
             ```run\n{wait}\n```\n"
        )
    };
    let (first, second) = (plan("first", "true"), plan("second", PAUSE));
    let mut told = Watcher::default();
    let outcome = std::thread::scope(|scope| {
        let later = scope.spawn(|| {
            let (answer, settled, overlay) = (None, None, true);
            let given =
                Given { tree: &fixture.tree, home: &home, text: &second, answer, settled, overlay };
            given.run_beside("second", Some(&beside), &mut told, &mut |_| {}).expect("it runs")
        });
        while !fixture.outside().join("ready").exists() && !later.is_finished() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let (answer, settled, overlay) = (None, None, true);
        let given =
            Given { tree: &fixture.tree, home: &home, text: &first, answer, settled, overlay };
        let mut watcher = Watcher::default();
        let earlier = given.run_beside("first", Some(&beside), &mut watcher, &mut |_| {});
        assert_eq!(earlier.expect("it runs"), Outcome::Done, "{:#?}", watcher.told);
        std::fs::write(fixture.outside().join("go"), "").expect("it is ours");
        later.join().expect("it runs")
    });
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?} {:#?}", told.told);
    assert!(told.told.iter().any(|line| line.starts_with("checked again")), "{:#?}", told.told);
    assert_eq!(text(&fixture, "first.txt") + &text(&fixture, "second.txt"), "first\nnothing");
}

/// Scripts over a tree in which others have made dependencies and data before.
const AMONG: [(&str, &str); 8] = [
    (
        "dependencies made anew",
        "rm -rf node_modules; mkdir -p node_modules/a; echo 2 > node_modules/a/n",
    ),
    (
        "a folder of them made anew",
        "rm -rf node_modules/a; mkdir -p node_modules/a/b; echo 2 > node_modules/a/b/d",
    ),
    (
        "a folder around others made anew",
        "rm -rf pk; mkdir -p pk/node_modules/b; echo b > pk/node_modules/b/b",
    ),
    ("a folder around them without them", "rm -rf pk; mkdir pk; echo n > pk/n"),
    ("dependencies removed", "rm -rf node_modules"),
    ("a folder with them renamed", "mv pk pk2"),
    ("large data removed", "rm -rf out"),
    ("large data written", "echo more >> out/a.big; chmod 600 out/a.big"),
];

const BEFORE: &str = "printf 'node_modules\\nout\\n' >> .gitignore
    mkdir -p node_modules/a/b pk/node_modules/a out
    echo 1 > node_modules/a/b/c; echo 1 > node_modules/a/k; chmod 555 node_modules/a/b
    echo 1 > pk/p; echo 1 > pk/node_modules/a/c
    head -c 70000000 /dev/zero > out/a.big
    git add .gitignore pk; git commit -q -m more";

#[test]
fn what_is_in_no_checkpoint_is_brought_along() {
    if !overlay_is_here() {
        return;
    }
    let seen = "find . -path ./.git -prune -o -printf '%P %y %m %s\\n' | grep -v ' d ' | sort
        find . -path ./.git -prune -o -type d -printf '%P\\n' | sort; git status --porcelain";
    for (name, commands) in AMONG {
        let ends = [false, true].map(|overlay| {
            let fixture = Fixture::in_memory();
            fixture.sh(BEFORE);
            let mut watcher = Watcher::default();
            let plan = script(&fixture.tree, commands);
            let outcome = run(&fixture, &plan, overlay, &mut watcher);
            assert_eq!(outcome, Outcome::Done, "{name}: {:#?}", watcher.told);
            let left = watcher.told.iter().filter(|line| line.starts_with("left as it is"));
            assert_eq!(left.count(), 0, "{name}: {:#?}", watcher.told);
            fixture.sh(seen)
        });
        assert_eq!(ends[0], ends[1], "{name}");
    }
}

#[test]
fn large_files_that_both_wrote_stay_a_persons() {
    if !overlay_is_here() {
        return;
    }
    let fixture = Fixture::in_memory();
    fixture.sh(BEFORE);
    let plan = script(&fixture.tree, &format!("echo phase >> out/a.big; {PAUSE}"));
    let (outcome, watcher) = meanwhile(&fixture, &plan, || {
        fixture.sh("echo mine >> out/a.big");
    });
    assert_eq!(outcome, Outcome::Done, "{:#?}", watcher.told);
    assert_eq!(fixture.sh("tail -c 5 out/a.big"), "mine\n");
    assert!(
        watcher
            .told
            .iter()
            .any(|line| line.starts_with("left as it is: out/a.big (it was changed")),
        "{:#?}",
        watcher.told
    );
}

#[test]
fn what_git_keeps_beside_its_objects_lands() {
    if !overlay_is_here() {
        return;
    }
    let fixture = Fixture::in_memory();
    let plan = script(
        &fixture.tree,
        "mkdir -p .git/lfs/objects/aa; echo o > .git/lfs/objects/aa/o
         git worktree add -q wt -b side; echo s > wt/s
         echo 1 > a.txt; git commit -q -am one; echo 2 > a.txt; git commit -q --amend -am two
         python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"left.sock\")'",
    );
    let mut watcher = Watcher::default();
    assert_eq!(run(&fixture, &plan, true, &mut watcher), Outcome::Done, "{:#?}", watcher.told);
    assert_eq!(fixture.sh("cat .git/lfs/objects/aa/o; git -C wt status --porcelain"), "o\n?? s\n");
    assert!(fixture.sh("git worktree list").lines().count() == 2);
    let log = fixture.sh("git reflog --format=%s HEAD");
    assert!(log.contains("one") && log.contains("two"), "{log}");
}

#[test]
fn a_landing_waits_for_another_git() {
    if !overlay_is_here() {
        return;
    }
    let fixture = Fixture::in_memory();
    let lock = fixture.tree.join(".git/index.lock");
    let plan = script(&fixture.tree, &format!("echo ran >> ../ran; echo x > made.txt; {PAUSE}"));
    let (outcome, watcher) = meanwhile(&fixture, &plan, || {
        std::fs::write(&lock, "").expect("it is ours");
        let lock = lock.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(3));
            std::fs::remove_file(lock).expect("it is ours");
        });
    });
    assert_eq!(outcome, Outcome::Done, "{:#?}", watcher.told);
    assert!(watcher.told.iter().any(|line| line == "it waits for another git to end"));
    assert_eq!(fixture.sh("cat ../ran made.txt"), "ran\nx\n");
}

#[test]
fn what_was_checked_before_a_question_is_checked_again() {
    if !overlay_is_here() {
        return;
    }
    let fixture = Fixture::in_memory();
    let home = fixture.home();
    let first = header(&fixture.tree, "")
        + "## Phase: one\n```run\necho one > one.txt\n```\n```verify\ntest ! -e two.txt\n```\n\
           ```ask\nGood?\n```\n";
    let outcome = run(&fixture, &first, true, &mut Watcher::default());
    assert!(matches!(outcome, Outcome::Waiting { .. }), "{outcome:?}");
    let second = script(&fixture.tree, "echo two > two.txt");
    let (answer, settled, overlay) = (None, None, true);
    let given = Given { tree: &fixture.tree, home: &home, text: &second, answer, settled, overlay };
    let other = given.run_beside("other", None, &mut Watcher::default(), &mut |_| {});
    assert_eq!(other.expect("it runs"), Outcome::Done);
    let given = Given { answer: Some(true), text: &first, ..given };
    let outcome = given.run(&mut Watcher::default(), &mut |_| {}).expect("it goes on");
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    assert_eq!(text(&fixture, "one.txt"), "nothing");
}

#[test]
fn two_runs_that_commit_beside_each_other_follow_each_other() {
    if !overlay_is_here() {
        return;
    }
    let fixture = Fixture::in_memory();
    let home = fixture.home();
    let beside = Beside::default();
    let plan = |name: &str, wait: &str| {
        let plan = header(&fixture.tree, "").replace("id = \"p\"", &format!("id = \"{name}\""));
        plan + &format!(
            "## Phase: one\n```run\necho {name} > {name}.txt; git add {name}.txt\n\
             git commit -q -m {name}\n{wait}\n```\n```verify\ntrue\n```\n"
        )
    };
    let (first, second) = (plan("first", "true"), plan("second", PAUSE));
    let (answer, settled, overlay) = (None, None, true);
    let given = |text| Given { tree: &fixture.tree, home: &home, text, answer, settled, overlay };
    let mut told = Watcher::default();
    let outcome = std::thread::scope(|scope| {
        let later = scope
            .spawn(|| given(&second).run_beside("second", Some(&beside), &mut told, &mut |_| {}));
        while !fixture.outside().join("ready").exists() && !later.is_finished() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut watcher = Watcher::default();
        let earlier = given(&first).run_beside("first", Some(&beside), &mut watcher, &mut |_| {});
        assert_eq!(earlier.expect("it runs"), Outcome::Done, "{:#?}", watcher.told);
        std::fs::write(fixture.outside().join("go"), "").expect("it is ours");
        later.join().expect("it runs").expect("it runs")
    });
    assert_eq!(outcome, Outcome::Done, "{:#?}", told.told);
    assert_eq!(fixture.sh("git log --format=%s; git status --porcelain"), "second\nfirst\nfirst\n");
}
