//! Situations that a script of two lines cannot make, each by its name.

use crate::support::{Fixture, age, differences, files, git_can, say, unprivileged};
use qf_agent::checkpoint::Checkpoints;
use qf_agent::checkpoint::capture::Policy;
use qf_agent::checkpoint::error::CheckpointError;
use qf_agent::checkpoint::git::Choice;
use qf_agent::checkpoint::plan::Reason;
use qf_agent::checkpoint::restore::{Options, Restored, Step};
use qf_graph::store::Home;
use std::path::Path;
use std::process::Command;

const FORCE: Options = Options { only: false, force: true, dry_run: false };

#[track_caller]
fn restore(checkpoints: &Checkpoints, id: &str) -> Restored {
    checkpoints.restore(id, Options::default(), &mut |_| {}).expect("it is restored")
}

/// A checkpoint, what an agent does, its end, and the way back; everything must be as it was.
#[track_caller]
fn there_and_back(fixture: &Fixture, agent: &str) -> Restored {
    let before = fixture.picture();
    let checkpoints = fixture.checkpoints(Choice::Either);
    let id = checkpoints.create(None).expect("it is taken").id;
    assert_eq!(differences(&before, &fixture.picture()), [""; 0], "taking it changed something");
    fixture.sh(agent);
    checkpoints.end(&id).expect("it ends");
    let restored = restore(&checkpoints, &id);
    assert_eq!(differences(&before, &fixture.picture()), [""; 0]);
    restored
}

#[test]
fn a_linked_work_tree() {
    let fixture = Fixture::new();
    let linked = fixture.outside().join("linked");
    fixture
        .sh("git branch side; git worktree add -q $OUTSIDE/linked side; printf 'mine\\n' >> a.txt");
    fixture.sh_in(&linked, "printf 'mine\\n' >> a.txt; git add a.txt; printf 'u\\n' > u");
    age(&linked);
    let (main, before) = (fixture.picture(), fixture.picture_of(&linked));
    let checkpoints = fixture.checkpoints_of(&linked, Choice::Either);
    let id = checkpoints.create(None).expect("it is taken").id;
    assert_eq!(differences(&before, &fixture.picture_of(&linked)), [""; 0]);
    fixture.sh_in(&linked, "git commit -q -a -m agent; git checkout -q -b other; rm u b.txt");
    checkpoints.end(&id).expect("it ends");
    // The other work tree goes on meanwhile.
    fixture.sh("git commit -q -a -m mine");
    let later = fixture.picture();
    assert_ne!(main, later);
    let restored = restore(&checkpoints, &id);
    assert_eq!(restored.conflicts, []);
    let of_main = |line: &String| line.contains("refs/heads/main");
    let wrong = differences(&before, &fixture.picture_of(&linked));
    assert!(wrong.iter().all(of_main) && wrong.len() <= 1, "{wrong:?}");
    assert_eq!(
        differences(&later, &fixture.picture()).len(),
        1,
        "the list of branches has one less"
    );
}

#[test]
fn a_hard_link_that_leads_outside() {
    let fixture = Fixture::new();
    fixture.sh("printf 'mine\\n' > one; ln one $OUTSIDE/other");
    there_and_back(&fixture, "printf 'agent, in place\\n' > one");
    let other = std::fs::read_to_string(fixture.outside().join("other")).expect("it is there");
    assert_eq!(other, "mine\n", "the other name of the file still shows the agent's bytes");
}

#[test]
fn extended_attributes() {
    let fixture = Fixture::new();
    let set = |file: &str, name: &str, value: &str| {
        let path = fixture.tree.join(file);
        let flags = rustix::fs::XattrFlags::empty();
        rustix::fs::setxattr(&path, name, value.as_bytes(), flags)
    };
    if let Err(error) = set("a.txt", "user.origin", "mine") {
        say(&format!("not tested: extended attributes: this file system has none ({error})"));
        return;
    }
    fixture.sh("mkdir marked; printf 'k\\n' > marked/k");
    set("marked", "user.mark", "folder").expect("it has some");
    let before = files(&fixture.tree);
    assert!(before.values().any(|seen| seen.contains("user.mark=folder")));
    let checkpoints = fixture.checkpoints(Choice::Either);
    let id = checkpoints.create(None).expect("it is taken").id;
    set("a.txt", "user.origin", "agent").expect("it has some");
    set("b.txt", "user.new", "agent").expect("it has some");
    fixture.sh("rm -r marked");
    checkpoints.end(&id).expect("it ends");
    restore(&checkpoints, &id);
    assert_eq!(differences(&before, &files(&fixture.tree)), [""; 0]);
}

fn sized(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn a_file_that_is_read_in_blocks() {
    let fixture = Fixture::new();
    let megabytes = sized("QF_LARGE_MB", 24);
    let mut state = 1_u64;
    let noise: Vec<u8> = (0..megabytes << 20)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .collect();
    std::fs::write(fixture.tree.join("tracked.bin"), &noise).expect("it is ours");
    fixture.sh("git add tracked.bin; git commit -q -m large");
    std::fs::write(fixture.tree.join("untracked.bin"), &noise[1..]).expect("it is ours");
    there_and_back(&fixture, "printf 'x' >> tracked.bin; rm untracked.bin");
}

#[test]
fn many_files() {
    let fixture = Fixture::new();
    let count = sized("QF_MANY_FILES", 3000);
    for number in 0..count {
        let folder = fixture.tree.join(format!("many/{}", number / 200));
        if number % 200 == 0 {
            std::fs::create_dir_all(&folder).expect("it is ours");
        }
        std::fs::write(folder.join(format!("f{number}")), format!("{number}\n"))
            .expect("it is ours");
    }
    fixture.sh("git add -A; git commit -q -m many; printf 'mine\\n' >> many/0/f1");
    there_and_back(
        &fixture,
        "printf 'agent\\n' >> many/0/f1; rm -r many/1; git add -A; git commit -q -m agent",
    );
}

#[test]
fn another_git_holds_the_index() {
    let fixture = Fixture::new();
    fixture.sh("printf 'mine\\n' >> a.txt; printf 'held' > .git/index.lock");
    let checkpoints = fixture.checkpoints(Choice::Either);
    let id = checkpoints.create(None).expect("taking one needs no lock").id;
    fixture.sh("printf 'agent\\n' >> a.txt");
    checkpoints.end(&id).expect("it ends");
    let before = files(&fixture.tree);
    let refused = checkpoints.restore(&id, Options::default(), &mut |_| {});
    assert!(matches!(refused, Err(CheckpointError::IndexLocked { .. })), "{refused:?}");
    assert_eq!(differences(&before, &files(&fixture.tree)), [""; 0], "it changed something");
    let held = fixture.sh("cat .git/index.lock; rm .git/index.lock");
    assert_eq!(held, "held");
    restore(&checkpoints, &id);
    assert_eq!(fixture.sh("tail -1 a.txt"), "mine\n");
}

#[test]
fn folders_that_cannot_be_written() {
    let fixture = Fixture::new();
    fixture.sh("mkdir ro; printf 'r\\n' > ro/r; chmod 444 ro/r; chmod 555 ro");
    let before = unprivileged(fixture.outside(), || {
        fixture.sh("git config --global --add safe.directory '*'");
        let before = files(&fixture.tree);
        let checkpoints = fixture.checkpoints(Choice::Either);
        let id = checkpoints.create(None).expect("it is taken").id;
        fixture.sh("chmod 755 ro; rm -f ro/r; printf 'x\\n' > ro/x; chmod 555 ro");
        checkpoints.end(&id).expect("it ends");
        let restored = restore(&checkpoints, &id);
        assert_eq!(restored.conflicts, []);
        before
    });
    assert_eq!(differences(&before, &files(&fixture.tree)), [""; 0]);
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let fixture = Fixture::new();
    fixture.sh(
        "printf 'k\\n' > key; mkdir closed half; printf 'c\\n' > closed/c; chmod 000 key closed",
    );
    // Its names can be read, and nothing else of what is in it.
    fixture.sh("printf 'h\\n' > half/h; chmod 444 half");
    unprivileged(fixture.outside(), || {
        let checkpoints = fixture.checkpoints(Choice::Either);
        let record = checkpoints.create(None).expect("it is taken");
        assert_eq!(record.left.len(), 1, "{:?}", record.left);
        assert_eq!(record.left[0].0, b"key");
        assert_eq!(record.unlisted, [&b"closed"[..], b"half"]);
        // What could not be seen is not taken for what the agent made.
        fixture.sh("chmod 755 closed; printf 'agent\\n' > closed/x; printf 'agent\\n' >> a.txt");
        checkpoints.end(&record.id).expect("it ends");
        restore(&checkpoints, &record.id);
        assert_eq!(fixture.sh("cat a.txt | tail -1"), "five\n");
    });
    assert!(fixture.tree.join("closed/c").exists());
    assert!(fixture.tree.join("closed/x").exists());
}

#[test]
fn a_tree_that_cannot_be_listed_is_an_error() {
    let fixture = Fixture::new();
    unprivileged(fixture.outside(), || {
        let checkpoints = fixture.checkpoints(Choice::Either);
        fixture.sh("chmod 311 .");
        let taken = checkpoints.create(None);
        fixture.sh("chmod 755 .");
        assert!(matches!(taken, Err(CheckpointError::Io { .. })), "{taken:?}");
    });
}

#[test]
fn a_right_that_is_lost_midway() {
    let fixture = Fixture::new();
    fixture.sh("mkdir one two; printf '1\\n' > one/f; printf '2\\n' > two/f; printf '3\\n' > z");
    unprivileged(fixture.outside(), || {
        let before = files(&fixture.tree);
        let checkpoints = fixture.checkpoints(Choice::Either);
        let id = checkpoints.create(None).expect("it is taken").id;
        fixture.sh("for f in one/f two/f z; do printf 'agent\\n' > $f; done");
        checkpoints.end(&id).expect("it ends");
        // A folder in the place of the file: neither can be written over, whoever one is.
        let mut seen = 0;
        let tree = fixture.tree.clone();
        let restored = checkpoints
            .restore(&id, Options::default(), &mut |step| {
                if let Step::Path(_) = step {
                    seen += 1;
                    if seen == 2 {
                        let _ = std::fs::remove_file(tree.join("two/f"));
                        std::fs::create_dir(tree.join("two/f")).expect("it is ours");
                    }
                }
            })
            .expect("the rest is restored");
        assert_eq!(restored.conflicts.len(), 1, "{:?}", restored.conflicts);
        assert_eq!(restored.conflicts[0].path, b"two/f");
        let is = files(&fixture.tree);
        for name in ["file: one/f", "file: z"] {
            assert_eq!(is.get(name), before.get(name));
        }
        std::fs::remove_dir(fixture.tree.join("two/f")).expect("it is empty");
        let again = checkpoints.restore(&id, FORCE, &mut |_| {}).expect("it is tried again");
        assert_eq!(again.conflicts, []);
        assert_eq!(fixture.sh("cat two/f"), "2\n");
    });
}

/// What an agent does before a restore is killed.
const WORK: &str = "
    printf 'agent\\n' >> a.txt; rm b.txt; mkdir new; printf 'n\\n' > new/n; ln -s new l
    rm -r src; printf 'file\\n' > src; chmod 600 .gitignore; printf 'agent\\n' > twin
    git add -A; git commit -q -m agent; git checkout -q -b other; git branch third; git config x.y z
";

fn before_the_kill() -> Fixture {
    let fixture = Fixture::new();
    fixture.sh("printf 'mine\\n' >> a.txt; printf 'u\\n' > u; printf 't\\n' > twin; ln twin $OUTSIDE/twin; git add u");
    age(&fixture.tree);
    fixture
}

/// Runs in a process of its own, which kills itself: see the next test.
#[test]
fn child_that_is_killed() {
    let (Ok(tree), Ok(home), Ok(at)) =
        (std::env::var("QF_KILL_TREE"), std::env::var("QF_KILL_HOME"), std::env::var("QF_KILL_AT"))
    else {
        return;
    };
    let at: usize = at.parse().expect("a number");
    let home = Home::new(home);
    let policy = Policy::default();
    let checkpoints =
        Checkpoints::open(&home, Path::new(&tree), Choice::Either, policy).expect("opens");
    let mut count = 0;
    let mut step = |_: Step| {
        if count == at {
            let own = rustix::process::getpid();
            let _ = rustix::process::kill_process(own, rustix::process::Signal::KILL);
        }
        count += 1;
    };
    let done = if std::env::var_os("QF_KILL_RESUMED").is_some() {
        checkpoints.resume(&mut step)
    } else {
        checkpoints.restore("latest", Options::default(), &mut step)
    };
    done.expect("it is restored");
}

/// Runs the child; true when it was killed, false when it came to its end.
fn is_killed(fixture: &Fixture, at: usize, resumed: bool) -> bool {
    let mut child = Command::new(std::env::current_exe().expect("it runs"));
    child
        .args(["--exact", "special::child_that_is_killed"])
        .env("QF_KILL_TREE", &fixture.tree)
        .env("QF_KILL_HOME", fixture.home().folder())
        .env("QF_KILL_AT", at.to_string());
    if resumed {
        child.env("QF_KILL_RESUMED", "1");
    }
    let output = child.output().expect("it runs");
    use std::os::unix::process::ExitStatusExt;
    let killed = output.status.signal() == Some(9);
    assert!(killed || output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    killed
}

#[test]
fn killed_at_every_step_it_goes_on() {
    let mut kills = 0;
    for at in 0.. {
        let fixture = before_the_kill();
        let before = fixture.picture();
        let checkpoints = fixture.checkpoints(Choice::Either);
        let id = checkpoints.create(None).expect("it is taken").id;
        fixture.sh(WORK);
        checkpoints.end(&id).expect("it ends");
        let agent = fixture.picture();
        if !is_killed(&fixture, at, false) {
            assert_eq!(differences(&before, &fixture.picture()), [""; 0]);
            break;
        }
        kills += 1;
        let undo = if at == 0 {
            // Nothing was written down, so nothing was begun.
            assert_eq!(differences(&agent, &fixture.picture()), [""; 0]);
            restore(&checkpoints, &id).undo
        } else {
            let refused = checkpoints.create(None);
            assert!(matches!(refused, Err(CheckpointError::Interrupted { .. })), "{refused:?}");
            // It may be killed again while it goes on.
            is_killed(&fixture, at / 2, true);
            match checkpoints.resume(&mut |_| {}) {
                Ok(restored) => {
                    assert_eq!(restored.conflicts, [], "killed at step {at}");
                    restored.undo
                }
                Err(CheckpointError::NotInterrupted) => {
                    checkpoints.list().expect("list").pop().map(|r| r.id)
                }
                Err(error) => panic!("killed at step {at}: {error}"),
            }
        };
        assert_eq!(differences(&before, &fixture.picture()), [""; 0], "killed at step {at}");
        restore(&checkpoints, &undo.expect("it can be undone"));
        assert_eq!(differences(&agent, &fixture.picture()), [""; 0], "killed at step {at}");
    }
    assert!(kills > 15, "only {kills} steps");
    say(&format!("killed at {kills} steps, and exact each time"));
}

#[test]
fn what_changes_between_a_stop_and_its_end_stays() {
    let fixture = before_the_kill();
    let checkpoints = fixture.checkpoints(Choice::Either);
    let id = checkpoints.create(None).expect("it is taken").id;
    fixture.sh(WORK);
    checkpoints.end(&id).expect("it ends");
    assert!(is_killed(&fixture, 1, false), "it has a second step");
    fixture.sh(
        "rm .git/index.lock; git config mine.mine mine; printf 'p\\n' > person; git add person",
    );
    let restored = checkpoints.resume(&mut |_| {}).expect("it goes on");
    let left: Vec<&[u8]> = restored.conflicts.iter().map(|c| c.path.as_slice()).collect();
    assert_eq!(left, [&b"the index"[..], b".git/config"]);
    assert_eq!(fixture.sh("git symbolic-ref HEAD; tail -1 a.txt"), "refs/heads/main\nmine\n");
    // Nor does undoing the restore take it back.
    restore(&checkpoints, &restored.undo.expect("it did something"));
    assert_eq!(fixture.sh("git symbolic-ref HEAD; tail -1 a.txt"), "refs/heads/other\nagent\n");
    assert_eq!(fixture.sh("git config mine.mine; git ls-files person"), "mine\nperson\n");
}

#[test]
fn dropping_a_checkpoint_touches_no_other_stash() {
    for choice in [Choice::Either, Choice::Program] {
        let fixture = Fixture::new();
        fixture.sh("printf '1\\n' >> a.txt; git stash -q");
        let checkpoints = fixture.checkpoints(choice);
        let first = checkpoints.create(None).expect("it is taken").id;
        fixture.sh(
            "printf '2\\n' >> a.txt; git stash push -q -m two; printf '3\\n' >> a.txt; git stash -q",
        );
        let second = checkpoints.create(None).expect("it is taken").id;
        let list = "git stash list --date=raw --format='%gd %H %gs %gn' | grep -v checkpoint-";
        let before = fixture.sh(list);
        assert_eq!(before.lines().count(), 3, "{before}");
        for id in [first, second] {
            checkpoints.drop(&[id]).expect("it is dropped");
            assert_eq!(fixture.sh(list), before);
        }
        assert_eq!(fixture.sh("git stash list --format=%H").lines().count(), 3);

        let git = qf_agent::checkpoint::git::open(&fixture.tree, choice).expect("it opens");
        let stashes = git.stashes().expect("they are listed");
        let error = git.drop_stash(0, &stashes[1]).expect_err("it is another");
        assert!(matches!(error, CheckpointError::Git { .. }), "{error}");
        for (at, stash) in stashes.iter().enumerate().rev() {
            git.drop_stash(at, stash).expect("it is the last");
        }
        assert_eq!(fixture.sh("git stash list"), "");
        for stash in stashes.iter().rev() {
            git.add_stash(stash).expect("it is put on again");
        }
        assert_eq!(git.stashes().expect("they are listed"), stashes);
        assert_eq!(fixture.sh(list), before);
    }
}

#[test]
fn what_is_published_has_no_secret() {
    let fixture = Fixture::new();
    let token = format!("{}{}", "ghp_", "Z9y8".repeat(9));
    fixture.sh(&format!(
        "printf 'IGNORED-SECRET\\n' > x.log; printf 'ENV-SECRET\\n' > .env; printf 'the token is {token}\\n' > notes
        printf 'visible\\n' > u; printf 'ENV-OLD\\n' > kept.env; git add -f kept.env; git commit -q -m env; printf 'ENV-NEW\\n' > kept.env"
    ));
    let log = fixture.sh("git log --all --format=%H | sort");
    let checkpoints = fixture.checkpoints(Choice::Either);
    let record = checkpoints.create(None).expect("it is taken");
    let secrets: Vec<&[u8]> = record.secrets.iter().map(Vec::as_slice).collect();
    assert_eq!(secrets, [&b".env"[..], b"kept.env", b"notes"]);
    // Git keeps the stash out of a mirror, but not out of a bundle of everything.
    fixture.sh(
        "git init -q --bare $OUTSIDE/public; git push -q --mirror $OUTSIDE/public
        git bundle create -q $OUTSIDE/all --all; git -C $OUTSIDE/public fetch -q $OUTSIDE/all '+refs/*:refs/*'",
    );
    let public = fixture.outside().join("public");
    let all = fixture.sh_in(
        &public,
        "git cat-file --batch-all-objects --batch-check | cut -d' ' -f1 | while read o; do git cat-file -p $o; done",
    );
    assert!(all.contains("visible"), "the test looks at nothing");
    for secret in ["IGNORED-SECRET", "ENV-SECRET", "ENV-NEW", &token] {
        assert!(!all.contains(secret), "{secret} is published");
    }
    // Of the checkpoint, the stash is all that git sees.
    let more = fixture.sh("git log --all --format=%H --not refs/stash refs/stash^2 refs/stash^3");
    assert_eq!(more, "");
    assert_ne!(log, fixture.sh("git log --all --format=%H | sort"), "the stash is to be seen");
    assert_eq!(
        fixture.sh("git for-each-ref --format='%(refname)' | grep -v heads"),
        "refs/stash\n"
    );
    // And what is secret comes back all the same.
    fixture.sh("rm .env notes; printf 'x\\n' > kept.env; printf 'x\\n' > x.log");
    restore(&checkpoints, &record.id);
    assert_eq!(fixture.sh("cat .env kept.env x.log"), "ENV-SECRET\nENV-NEW\nIGNORED-SECRET\n");
}

#[test]
fn plain_git_brings_tracked_and_untracked_files_back() {
    for choice in [Choice::Either, Choice::Program] {
        let fixture = Fixture::new();
        fixture
            .sh("printf 'mine\\n' >> a.txt; rm b.txt; mkdir d; printf 'u\\n' > d/u; ln -s a.txt l
            printf 's\\n' > staged; git add staged; chmod 755 src/deep/c.txt");
        let before = fixture.sh("git status --porcelain; cat a.txt d/u staged; readlink l");
        let checkpoints = fixture.checkpoints(choice);
        checkpoints.create(None).expect("it is taken");
        fixture.sh("git reset -q --hard; rm -rf d l; git stash apply -q --index");
        assert_eq!(fixture.sh("git status --porcelain; cat a.txt d/u staged; readlink l"), before);
    }
}

#[test]
fn it_outlives_a_clean_up_and_a_cleared_stash() {
    let fixture = Fixture::new();
    fixture.sh("printf 'mine\\n' >> a.txt; printf 's\\n' > s; git add s; printf 'u\\n' > u; printf 'w\\n' > s");
    there_and_back(
        &fixture,
        "git stash clear; git reset -q; rm -f a.txt s u; git reflog expire --expire=now --all
        git gc -q --prune=now; printf 'x\\n' > s; git add s",
    );
}

#[test]
fn what_a_person_changed_stays() {
    let fixture = Fixture::new();
    let checkpoints = fixture.checkpoints(Choice::Either);
    let id = checkpoints.create(None).expect("it is taken").id;
    fixture.sh(
        "sed -i s/one/AGENT/ a.txt; printf 'agent\\n' > b.txt; printf 'n\\n' > new; mkdir made; printf 'm\\n' > made/m
        git add b.txt new; rm src/deep/c.txt",
    );
    checkpoints.end(&id).expect("it ends");
    // Another line of the same text, the same line of another, files beside, a stage of one's own.
    fixture.sh(
        "sed -i s/five/PERSON/ a.txt; printf 'person\\n' > b.txt; printf 'p\\n' > made/p; printf 'q\\n' > q
        git add q; git branch mine",
    );
    let preview = Options { dry_run: true, ..Options::default() };
    let before = fixture.picture();
    let said = checkpoints.restore(&id, preview, &mut |_| {}).expect("it is previewed");
    assert_eq!(differences(&before, &fixture.picture()), [""; 0], "a preview changed something");
    let done = restore(&checkpoints, &id);
    assert_eq!(said.merged, done.merged);
    assert_eq!(done.merged, [b"a.txt"]);
    assert_eq!(fixture.sh("cat a.txt"), "one\ntwo\nthree\nfour\nPERSON\n");
    let left: Vec<(&[u8], Reason)> =
        done.conflicts.iter().map(|c| (c.path.as_slice(), c.reason)).collect();
    assert_eq!(left, [(&b"b.txt"[..], Reason::Changed), (b"made", Reason::NotEmpty)]);
    assert_eq!(fixture.sh("cat b.txt made/p q src/deep/c.txt; ls made"), "person\np\nq\nc\np\n");
    assert!(!fixture.tree.join("new").exists());
    assert_eq!(fixture.sh("git diff --cached --name-only"), "q\n", "what was staged");
    assert_eq!(fixture.sh("git branch --format='%(refname:short)'"), "main\nmine\n");
    // What a rollback keeps, --force takes too, and that can be undone.
    let kept = fixture.picture();
    let forced = checkpoints.restore(&id, FORCE, &mut |_| {}).expect("it is forced");
    assert_eq!(fixture.sh("cat b.txt"), "b\n");
    restore(&checkpoints, &forced.undo.expect("it did something"));
    assert_eq!(differences(&kept, &fixture.picture()), [""; 0]);
}

#[test]
fn one_text_that_several_phases_and_a_person_changed() {
    let fixture = Fixture::new();
    let text = |lines: [&str; 3]| {
        let all = (0..12).map(|line| match line {
            0 => lines[0].to_owned(),
            5 => lines[1].to_owned(),
            11 => lines[2].to_owned(),
            other => other.to_string(),
        });
        all.map(|line| line + "\n").collect::<String>()
    };
    let write = |lines: [&str; 3]| {
        std::fs::write(fixture.tree.join("text"), text(lines)).expect("it is ours");
    };
    write(["zero", "five", "eleven"]);
    let checkpoints = fixture.checkpoints(Choice::Either);
    let first = checkpoints.create(None).expect("it is taken").id;
    write(["agent", "five", "eleven"]);
    checkpoints.end(&first).expect("it ends");
    let second = checkpoints.create(None).expect("it is taken").id;
    write(["agent", "agent", "eleven"]);
    checkpoints.end(&second).expect("it ends");
    write(["agent", "agent", "person"]);
    let restored = restore(&checkpoints, &first);
    assert_eq!(restored.conflicts, []);
    assert_eq!(restored.merged, [b"text"]);
    assert_eq!(fixture.sh("cat text"), text(["zero", "five", "person"]));
}

#[test]
fn a_phase_whose_beginning_is_lost() {
    let fixture = Fixture::new();
    let checkpoints = fixture.checkpoints(Choice::Either);
    let lost = checkpoints.create(None).expect("it is taken").id;
    fixture.sh("printf 'agent\\n' >> a.txt");
    std::fs::remove_file(checkpoints.folder().join("latest")).expect("it is there");
    let restored = checkpoints.restore(&lost, Options::default(), &mut |_| {});
    assert!(matches!(restored, Err(CheckpointError::Damaged { .. })), "{restored:?}");
    // What comes after it is not held up.
    let next = checkpoints.create(None).expect("it is taken").id;
    fixture.sh("printf 'n\\n' > new");
    restore(&checkpoints, &next);
    assert_eq!(fixture.sh("tail -1 a.txt; ls"), "agent\na.txt\nb.txt\nsrc\n");
}

#[test]
fn phases_are_undone_the_last_first_or_one_alone() {
    let fixture = Fixture::new();
    let checkpoints = fixture.checkpoints(Choice::Either);
    let before = fixture.picture();
    let first = checkpoints.create(None).expect("it is taken").id;
    fixture.sh("printf '1\\n' > a.txt; printf '1\\n' > one; git add one");
    // The next checkpoint ends the phase of the one before.
    let second = checkpoints.create(None).expect("it is taken").id;
    fixture.sh("printf '2\\n' >> a.txt; printf '2\\n' > two; git commit -q -a -m two");
    let after = fixture.picture();
    let restored = restore(&checkpoints, &first[..first.len() - 1]);
    assert_eq!(restored.also, [second]);
    assert_eq!(differences(&before, &fixture.picture()), [""; 0]);
    restore(&checkpoints, &restored.undo.expect("it did something"));
    assert_eq!(differences(&after, &fixture.picture()), [""; 0]);
    let alone = Options { only: true, ..Options::default() };
    let restored = checkpoints.restore(&first, alone, &mut |_| {}).expect("it is restored");
    assert!(restored.conflicts.iter().any(|conflict| conflict.path == b"a.txt"), "{restored:?}");
    assert!(!fixture.tree.join("one").exists() && fixture.tree.join("two").exists());
}

#[test]
fn ignored_dependencies_are_left_alone() {
    let fixture = Fixture::new();
    fixture.sh("printf 'node_modules/\\n' >> .gitignore; mkdir node_modules; printf 'm\\n' > node_modules/m");
    let checkpoints = fixture.checkpoints(Choice::Either);
    let record = checkpoints.create(None).expect("it is taken");
    assert_eq!(record.skipped, [b"node_modules"]);
    // Not ignored any more, they must not be taken for what the agent made.
    fixture.sh("git checkout -q .gitignore; printf 'x\\n' > node_modules/x; mkdir target; printf 't\\n' > target/t");
    checkpoints.end(&record.id).expect("it ends");
    restore(&checkpoints, &record.id);
    assert_eq!(fixture.sh("ls node_modules"), "m\nx\n");
    assert!(!fixture.tree.join("target").exists(), "what the agent built goes");
}

#[test]
fn a_folder_that_the_agent_ignores_and_empties() {
    let fixture = Fixture::new();
    fixture.sh("mkdir node_modules; printf 'm\\n' > node_modules/m");
    let checkpoints = fixture.checkpoints(Choice::Either);
    let first = checkpoints.create(None).expect("it is taken").id;
    fixture.sh(
        "printf 'node_modules/\\n' >> .gitignore; rm node_modules/m; printf 'x\\n' > node_modules/x",
    );
    // It ends the phase of the first, which knows what was in the folder.
    checkpoints.create(None).expect("it is taken");
    restore(&checkpoints, &first);
    assert_eq!(fixture.sh("cat node_modules/m; ls node_modules"), "m\nm\n");
}

#[test]
fn line_ends_that_git_would_refuse() {
    for choice in [Choice::Either, Choice::Program] {
        let fixture = Fixture::new();
        fixture.sh(
            "git config core.autocrlf input; git config core.safecrlf true; printf 'x\\r\\n' > ends",
        );
        let before = files(&fixture.tree);
        let checkpoints = fixture.checkpoints(choice);
        let id = checkpoints.create(None).expect("it is taken").id;
        fixture.sh("rm ends");
        restore(&checkpoints, &id);
        assert_eq!(differences(&before, &files(&fixture.tree)), [""; 0]);
    }
}

#[test]
fn places_that_are_not_taken() {
    let open = |folder: &Path| {
        let home = Home::new(folder.join("home"));
        Checkpoints::open(&home, folder, Choice::Either, Policy::default()).map(|_| ())
    };
    let fixture = Fixture::empty();
    let error = open(&fixture.tree).expect_err("there is no repository");
    assert!(matches!(error, CheckpointError::NotARepository { .. }), "{error}");
    for options in ["", "--ref-format=reftable"] {
        if !options.is_empty()
            && !git_can("a bare repository with reftables", "git init -q --ref-format=reftable .")
        {
            continue;
        }
        let bare = Fixture::empty();
        bare.sh(&format!("git init -q --bare {options} ."));
        let error = open(&bare.tree).expect_err("there is no work tree");
        assert!(error.to_string().contains("no work tree"), "{error}");
    }
}

#[test]
fn the_store_has_little_more_than_what_changed_and_keeps_its_cap() {
    let fixture = Fixture::new();
    let checkpoints = fixture.checkpoints(Choice::Either);
    checkpoints.create(None).expect("it is taken");
    let begin = checkpoints.bytes();
    let mut state = 3_u64;
    let mut changed = 0;
    for round in 0..20 {
        for file in 0..5 {
            let bytes: Vec<u8> = (0..20_000)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (state >> 56) as u8
                })
                .collect();
            changed += bytes.len() as u64;
            std::fs::write(fixture.tree.join(format!("f{file}")), bytes).expect("it is ours");
        }
        checkpoints.create(Some(&round.to_string())).expect("it is taken");
    }
    let grown = checkpoints.bytes() - begin;
    assert!(grown * 10 <= changed * 12, "{grown} bytes for {changed}");
    let records = checkpoints.list().expect("they are listed").len();
    let freed = checkpoints.gc(Some(3)).expect("it is cleaned up");
    assert_eq!(freed.dropped, records - 3);
    assert!(freed.bytes > changed / 2, "{freed:?}");
    assert_eq!(fixture.sh("git stash list | grep -c quantumflow"), "3\n");
    let oldest = checkpoints.list().expect("they are listed").remove(0).id;
    assert_eq!(restore(&checkpoints, &oldest).conflicts, []);

    let policy = Policy { cap: 500_000, ..Policy::default() };
    let small =
        Checkpoints::open(&fixture.home(), &fixture.tree, Choice::Either, policy).expect("opens");
    std::fs::write(fixture.tree.join("g"), vec![7; 100]).expect("it is ours");
    small.create(None).expect("it is taken");
    assert!(small.bytes() <= 500_000, "{} bytes", small.bytes());
    let policy = Policy { cap: 10, ..Policy::default() };
    let tiny =
        Checkpoints::open(&fixture.home(), &fixture.tree, Choice::Either, policy).expect("opens");
    std::fs::write(fixture.tree.join("h"), b"twenty bytes of noise").expect("it is ours");
    let error = tiny.create(None).expect_err("it does not fit");
    assert!(matches!(error, CheckpointError::TooLarge { .. }), "{error}");
}

#[test]
fn damage_is_noticed() {
    let fixture = Fixture::new();
    fixture.sh("printf 'mine and only mine\\n' > u");
    let checkpoints = fixture.checkpoints(Choice::Either);
    let id = checkpoints.create(None).expect("it is taken").id;
    fixture.sh("printf 'agent\\n' > u");
    checkpoints.end(&id).expect("it ends");
    let packs = checkpoints.folder().join("packs");
    for entry in std::fs::read_dir(&packs).expect("it is there").flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "pack") {
            let mut bytes = std::fs::read(entry.path()).expect("it is ours");
            let at = bytes.windows(8).position(|window| window == b"only min");
            if let Some(at) = at {
                bytes[at] ^= 1;
                std::fs::write(entry.path(), bytes).expect("it is ours");
            }
        }
    }
    let restored = restore(&checkpoints, &id);
    assert_eq!(restored.conflicts.len(), 1, "{restored:?}");
    assert_eq!(fixture.sh("cat u"), "agent\n", "damaged bytes were written");
    let record = checkpoints.folder().join(format!("{id}.checkpoint"));
    std::fs::write(&record, b"nonsense").expect("it is ours");
    let error = checkpoints.create(None).expect_err("it is damaged");
    assert!(matches!(error, CheckpointError::Damaged { .. }), "{error}");
    // It is named, the others are still there, and it can be dropped.
    let names: Vec<String> =
        checkpoints.damaged().expect("they are read").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, std::slice::from_ref(&id));
    assert_eq!(checkpoints.list().expect("the others are listed").len(), 1);
    checkpoints.drop(&["latest".to_owned()]).expect_err("that may be the damaged one");
    checkpoints.drop(&[id]).expect("it is dropped");
    assert_eq!(fixture.sh("git stash list"), "");
    assert_eq!(checkpoints.list().expect("they are listed").len(), 1);
    checkpoints.create(None).expect("it is taken");
}
