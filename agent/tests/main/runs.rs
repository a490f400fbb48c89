//! Plans that are carried out, killed, gone on with, failed, and undone.

use crate::support::{Fixture, differences, overlay_is_here, say};
use qf_agent::checkpoint::Checkpoints;
use qf_agent::checkpoint::capture::Policy;
use qf_agent::checkpoint::git::Choice;
use qf_agent::orchestrate::Beside;
use qf_agent::plan::parse::parse;
use qf_agent::run::inside::{self, Rewritten};
use qf_agent::run::script::View;
use qf_agent::run::{self, Checked, Outcome, Run, RunError, Surroundings, Told};
use qf_graph::store::Home;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Remembers what it is told.
#[derive(Default)]
pub struct Watcher {
    pub told: Vec<String>,
    answer: Option<bool>,
    tests: Vec<String>,
}

impl Surroundings for Watcher {
    fn tell(&mut self, told: Told<'_>) {
        self.told.push(match told {
            Told::Phase(phase, again) => format!("phase {} {again}", phase.name),
            Told::DoneBefore(phase) => format!("done before: {}", phase.name),
            Told::Undone(phase, kept) => format!("undone {} {kept:?}", phase.name),
            Told::Step(step) => format!("step {}", step.action.name()),
            Told::StepDone(step, _, found) => format!("done {} {found}", step.action.name()),
            Told::StepFailed(_, reason) => format!("failed: {reason}"),
            Told::RolledBack(phase, kept) => format!("rolled back {} {kept:?}", phase.name),
            Told::PhaseDone(phase, files) => format!("phase {} done: {}", phase.name, files.len()),
            Told::Line(line) => line.to_owned(),
            Told::Checkpoint { .. } => return,
        });
    }

    fn ask(&mut self, _: &str) -> Option<bool> {
        self.answer
    }

    fn check(&mut self, changed: bool, _: &View<'_>) -> Checked {
        let lines = vec![if changed { "changed" } else { "not changed" }.to_owned()];
        Checked { lines, tests: self.tests.clone() }
    }
}

pub fn header(tree: &Path, more: &str) -> String {
    let tree = tree.display();
    format!("+++\nid = \"p\"\ngoal = \"a goal\"\ntree = \"{tree}\"\n{more}+++\n\n")
}

pub struct Given<'a> {
    pub tree: &'a Path,
    pub home: &'a Home,
    pub text: &'a str,
    pub answer: Option<bool>,
    pub settled: Option<bool>,
    /// Whether phases work over a layer, where they can.
    pub overlay: bool,
}

/// Writes `name` in capitals in every file that is named.
fn capitals(tree: &Path, paths: &[String], name: &str) -> Result<Vec<Rewritten>, String> {
    let mut files = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(tree.join(path)).map_err(|error| error.to_string())?;
        let name = name.trim();
        if text.contains(name) {
            let text = text.replace(name, &name.to_uppercase());
            files.push(Rewritten { path: path.clone(), text });
        }
    }
    Ok(files)
}

/// Runs in a process of its own, in the view of a phase: what `qf inside` is to `qf`.
#[test]
fn child_that_works_inside() {
    let Some(folder) = std::env::var_os(inside::VARIABLE) else { return };
    inside::serve(Path::new(&folder), &capitals).expect("it answers");
}

/// This program: where it was copied to beside a home, for users who may not run it where it is.
fn program(home: &Home) -> std::path::PathBuf {
    let copied = home.folder().with_file_name("program");
    if copied.exists() { copied } else { std::env::current_exe().expect("it runs") }
}

impl Given<'_> {
    pub fn run(
        &self,
        watcher: &mut Watcher,
        hook: &mut dyn FnMut(&'static str),
    ) -> Result<Outcome, RunError> {
        self.run_beside("plan", None, watcher, hook)
    }

    /// With a folder of its own, beside others.
    pub fn run_beside(
        &self,
        name: &str,
        beside: Option<&Beside>,
        watcher: &mut Watcher,
        hook: &mut dyn FnMut(&'static str),
    ) -> Result<Outcome, RunError> {
        let folder = self.home.folder().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let plan = parse(self.text).expect("a plan");
        let policy = Policy::default();
        let checkpoints =
            Checkpoints::open(self.home, self.tree, Choice::Either, policy).expect("opens");
        let run = Run {
            plan: &plan,
            hash: &blake3::hash(self.text.as_bytes()).to_hex(),
            folder: &folder,
            checkpoints: &checkpoints,
            again: false,
            stop: Arc::new(AtomicBool::new(false)),
            home: self.home,
            answer: self.answer,
            settled: self.settled,
            inside: self.overlay.then(|| {
                let program = program(self.home);
                vec![program.into(), "--exact".into(), "runs::child_that_works_inside".into()]
            }),
            program: "qf-is-not-here".into(),
            codemod: &capitals,
            agent: Some("cat >> asked; true".to_owned()),
            beside,
            hook,
        };
        run::run(run, watcher)
    }
}

fn carried_out(fixture: &Fixture, text: &str, watcher: &mut Watcher) -> Outcome {
    let home = fixture.home();
    let given = Given {
        tree: &fixture.tree,
        home: &home,
        text,
        answer: None,
        settled: None,
        overlay: false,
    };
    given.run(watcher, &mut |_| {}).expect("it runs")
}

/// Three phases with every kind of step, and effects elsewhere.
fn long_plan(tree: &Path, outside: &Path) -> String {
    let effects = outside.display();
    header(tree, "test = \"echo {tests} >> tested\"\n")
        + &format!(
            "
## Phase: one

```edit a.txt
<<<<<<< SEARCH
two
=======
zwei
>>>>>>> REPLACE
```

```run once done-when=\"grep -q $QF_STEP_KEY {effects}/sent\"
echo $QF_STEP_KEY >> {effects}/sent
```

```run
echo made > made.txt
mkdir -p new/deep
echo x > new/deep/x
```

```verify
grep -q zwei a.txt
```

## Phase: two

```patch
--- a/b.txt
+++ b/b.txt
@@ -1 +1,2 @@
 b
+more
--- a/src/deep/c.txt
+++ /dev/null
@@ -1 +0,0 @@
-c
```

```ask
Go on?
```

```run
git add -A
git -c user.name=a -c user.email=a@example.org commit -q -m work --date=@1700000000
```

## Phase: three

```run
for i in 1 2 3 4 5; do echo $i > number-$i; done
```

```run once
echo once >> {effects}/once
```

```notify
nearly done
```
"
        )
}

fn watching() -> Watcher {
    Watcher { answer: Some(true), tests: vec!["t/it's.py".to_owned()], ..Watcher::default() }
}

#[test]
fn every_step_is_done_in_order() {
    let fixture = Fixture::in_memory();
    let outside = tempfile::tempdir().expect("a folder");
    let text = long_plan(&fixture.tree, outside.path());
    let mut watcher = watching();
    assert_eq!(carried_out(&fixture, &text, &mut watcher), Outcome::Done, "{:#?}", watcher.told);
    let read = |name: &str| std::fs::read_to_string(fixture.tree.join(name)).expect(name);
    assert_eq!(read("a.txt"), "one\nzwei\nthree\nfour\nfive\n");
    assert_eq!(read("b.txt"), "b\nmore\n");
    assert!(!fixture.tree.join("src/deep/c.txt").exists());
    assert_eq!(read("number-5"), "5\n");
    assert_eq!(read("tested"), "t/it's.py\nt/it's.py\n");
    let sent = std::fs::read_to_string(outside.path().join("sent")).expect("it was sent");
    assert_eq!(sent.lines().count(), 1);
    assert!(watcher.told.iter().any(|line| line == "nearly done"), "{:#?}", watcher.told);
    // A run that is over has nothing to do.
    let mut again = watching();
    assert_eq!(carried_out(&fixture, &text, &mut again), Outcome::Done);
    assert_eq!(again.told, ["done before: one", "done before: two", "done before: three"]);
}

#[test]
fn a_phase_that_fails_is_undone_and_what_a_person_wrote_stays() {
    let fixture = Fixture::in_memory();
    let plan = header(&fixture.tree, "")
        + "## Phase: one\n```run\necho kept > one.txt\n```\n\n\
           ## Phase: two\n```phase\non_failure = \"continue\"\n```\n\
           ```run\necho agent >> b.txt\nmkdir d; echo x > d/x\n```\n\
           ```verify\nfalse\n```\n\n\
           ## Phase: three\n```run expect=3\necho three > three.txt; exit 3\n```\n\n\
           ## Phase: four\n```run timeout=1\necho four > four.txt; sleep 30 & sleep 30\n```\n";
    let mut watcher = Watcher::default();
    let outcome = carried_out(&fixture, &plan, &mut watcher);
    let Outcome::Failed { phase, reason, kept, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!((phase.as_str(), kept.len()), ("four", 0));
    assert!(reason.contains("more than 1 s"), "{reason}");
    let there = |name: &str| fixture.tree.join(name).exists();
    assert!(there("one.txt") && there("three.txt") && !there("d") && !there("four.txt"));
    assert_eq!(std::fs::read_to_string(fixture.tree.join("b.txt")).expect("b"), "b\n");
    assert!(watcher.told.contains(&"rolled back two []".to_owned()), "{:#?}", watcher.told);
}

#[test]
fn edits_that_do_not_fit_fail_before_anything_is_written() {
    let fixture = Fixture::in_memory();
    let before = fixture.picture();
    let plan = header(&fixture.tree, "")
        + "## Phase: one\n```edit a.txt\n<<<<<<< SEARCH\none\n=======\neins\n>>>>>>> REPLACE\n\
           <<<<<<< SEARCH\nnowhere\n=======\nx\n>>>>>>> REPLACE\n```\n";
    let outcome = carried_out(&fixture, &plan, &mut Watcher::default());
    let Outcome::Failed { reason, .. } = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("a.txt"), "{reason}");
    assert_eq!(differences(&before, &fixture.picture()), [""; 0]);
}

#[test]
fn a_question_waits_for_a_person_and_their_edits_stay() {
    let fixture = Fixture::in_memory();
    let plan = header(&fixture.tree, "")
        + "## Phase: one\n```run\necho agent > made.txt\n```\n```ask\nGood?\n```\n\
           ```run\ntest -e wanted\n```\n";
    let outcome = carried_out(&fixture, &plan, &mut Watcher::default());
    assert_eq!(outcome, Outcome::Waiting { question: "Good?".to_owned() });
    std::thread::sleep(std::time::Duration::from_millis(1300));
    // While it waits, a person writes the very file.
    std::fs::write(fixture.tree.join("made.txt"), "a person\n").expect("it is ours");
    std::thread::sleep(std::time::Duration::from_millis(100));
    let home = fixture.home();
    let given = Given {
        tree: &fixture.tree,
        home: &home,
        text: &plan,
        answer: Some(true),
        settled: None,
        overlay: false,
    };
    let mut watcher = Watcher::default();
    let outcome = given.run(&mut watcher, &mut |_| {}).expect("it goes on");
    let Outcome::Failed { kept, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(kept, ["made.txt"]);
    let made = std::fs::read_to_string(fixture.tree.join("made.txt")).expect("it stays");
    assert_eq!(made, "a person\n");
}

fn gone_on_with(fixture: &Fixture, text: &str, answer: Option<bool>) -> Outcome {
    let home = fixture.home();
    let given =
        Given { tree: &fixture.tree, home: &home, text, answer, settled: None, overlay: false };
    given.run(&mut Watcher::default(), &mut |_| {}).expect("it goes on")
}

#[test]
fn what_a_person_does_with_git_while_a_question_waits_stays() {
    let fixture = Fixture::in_memory();
    let plan = header(&fixture.tree, "")
        + "## Phase: one\n```run\necho agent > made.txt\n```\n```ask\nGood?\n```\n";
    carried_out(&fixture, &plan, &mut Watcher::default());
    fixture.sh("echo mine > mine.txt; git add mine.txt; git commit -q -m mine");
    let outcome = gone_on_with(&fixture, &plan, Some(false));
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    assert_eq!(fixture.sh("git log -1 --format=%s"), "mine\n");
    assert_eq!(fixture.sh("cat mine.txt; ls made.txt 2>/dev/null || echo gone"), "mine\ngone\n");
}

#[test]
fn an_answer_is_to_the_question_that_waits() {
    let fixture = Fixture::in_memory();
    let plan = header(&fixture.tree, "")
        + "## Phase: one\n```ask\nFirst?\n```\n```ask\nSecond?\n```\n```run\ntest -e wanted\n```\n";
    let waits = |question: &str| Outcome::Waiting { question: question.to_owned() };
    assert_eq!(carried_out(&fixture, &plan, &mut Watcher::default()), waits("First?"));
    assert_eq!(gone_on_with(&fixture, &plan, Some(true)), waits("Second?"));
    let failed = gone_on_with(&fixture, &plan, Some(true));
    assert!(matches!(failed, Outcome::Failed { .. }), "{failed:?}");
    // Tried again, it asks again; an answer that was given too early is to no question.
    assert_eq!(gone_on_with(&fixture, &plan, Some(true)), waits("First?"));
}

#[test]
fn bytes_that_were_not_kept_are_not_removed() {
    let fixture = Fixture::in_memory();
    fixture.sh("mkdir data; head -c 70000000 /dev/zero > data/big.log");
    let plan = header(&fixture.tree, "")
        + "## Phase: one\n```run\nmv data data-old\n```\n```verify\nfalse\n```\n";
    let outcome = carried_out(&fixture, &plan, &mut Watcher::default());
    let Outcome::Failed { kept, .. } = outcome else { panic!("{outcome:?}") };
    assert!(kept.iter().any(|path| path.contains("data-old/big.log")), "{kept:?}");
    assert_eq!(fixture.sh("stat -c %s data-old/big.log"), "70000000\n");
}

/// Runs in a process of its own, which is killed in the middle of a script: see the next test.
#[test]
fn child_that_is_killed_in_a_script() {
    let (Ok(tree), Ok(home)) = (std::env::var("QF_SCRIPT_TREE"), std::env::var("QF_SCRIPT_HOME"))
    else {
        return;
    };
    let tree = Path::new(&tree);
    let text = header(tree, "")
        + "## Phase: one\n```run\ntouch begun\n(sleep 1; touch ../late) &\nsleep 1; touch later\n```\n";
    let home = Home::new(home);
    let given =
        Given { tree, home: &home, text: &text, answer: None, settled: None, overlay: false };
    let outcome = given.run(&mut Watcher::default(), &mut |_| {});
    panic!("it was to be killed: {outcome:?}");
}

#[test]
fn a_script_ends_with_its_run() {
    let fixture = Fixture::in_memory();
    let mut child = Command::new(std::env::current_exe().expect("it runs"));
    child
        .args(["--exact", "runs::child_that_is_killed_in_a_script"])
        .env("QF_SCRIPT_TREE", &fixture.tree)
        .env("QF_SCRIPT_HOME", fixture.home().folder())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let mut child = child.spawn().expect("it runs");
    for _ in 0..1000 {
        if fixture.tree.join("begun").exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert!(fixture.tree.join("begun").exists(), "it never began");
    assert!(!fixture.tree.join("later").exists() && !fixture.outside().join("late").exists());
}

#[test]
fn a_plan_that_changed_is_not_gone_on_with() {
    let fixture = Fixture::in_memory();
    let plan = header(&fixture.tree, "") + "## Phase: one\n```ask\nGood?\n```\n";
    carried_out(&fixture, &plan, &mut Watcher::default());
    let home = fixture.home();
    let other = plan.clone() + "more\n";
    let given = Given {
        tree: &fixture.tree,
        home: &home,
        text: &other,
        answer: None,
        settled: None,
        overlay: false,
    };
    let refused = given.run(&mut Watcher::default(), &mut |_| {});
    assert!(matches!(refused, Err(RunError::Changed)), "{refused:?}");
}

/// Runs in a process of its own, which kills itself: see the next test.
#[test]
fn child_that_is_killed_while_it_runs() {
    let variable = |name: &str| std::env::var(name);
    let (Ok(tree), Ok(home), Ok(outside), Ok(at)) = (
        variable("QF_RUN_TREE"),
        variable("QF_RUN_HOME"),
        variable("QF_RUN_OUTSIDE"),
        variable("QF_RUN_KILL_AT"),
    ) else {
        return;
    };
    let at: usize = at.parse().expect("a number");
    let settled = variable("QF_RUN_SETTLED").ok().map(|done| done == "done");
    let overlay = variable("QF_RUN_OVERLAY").is_ok();
    let text = long_plan(Path::new(&tree), Path::new(&outside));
    let home = Home::new(home);
    let given =
        Given { tree: Path::new(&tree), home: &home, text: &text, answer: None, settled, overlay };
    let mut count = 0;
    let mut hook = |_: &'static str| {
        if count == at {
            let own = rustix::process::getpid();
            let _ = rustix::process::kill_process(own, rustix::process::Signal::KILL);
        }
        count += 1;
    };
    let mut watcher = watching();
    let code = match given.run(&mut watcher, &mut hook).expect("it runs") {
        Outcome::Done => 0,
        Outcome::Unknown { .. } => 40,
        other => panic!("{other:?} {:#?}", watcher.told),
    };
    std::process::exit(code);
}

/// How the child ended: 0 done, 9 killed, 40 does not know what became of a step.
fn child(
    fixture: &Fixture,
    outside: &Path,
    at: usize,
    settled: Option<&str>,
    overlay: bool,
) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    let mut child = Command::new(std::env::current_exe().expect("it runs"));
    child
        .args(["--exact", "runs::child_that_is_killed_while_it_runs", "--nocapture"])
        .env("QF_RUN_TREE", &fixture.tree)
        .env("QF_RUN_HOME", fixture.home().folder())
        .env("QF_RUN_OUTSIDE", outside)
        .env("QF_RUN_KILL_AT", at.to_string());
    if let Some(settled) = settled {
        child.env("QF_RUN_SETTLED", settled);
    }
    if overlay {
        child.env("QF_RUN_OVERLAY", "1");
    }
    let output = child.output().expect("it runs");
    let code = output.status.code().or_else(|| output.status.signal()).expect("an end");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(code, 0 | 9 | 40), "{code}: {text}");
    code
}

/// What is in a tree and what git says of it, but for times and what follows from them.
pub fn state(fixture: &Fixture) -> String {
    fixture.sh("find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
         find . -path ./.git -prune -o -type d -print | sort
         git log --format='%s %an %ae' ; git status --porcelain=v2 ; git ls-files --stage")
}

#[test]
fn killed_at_every_point_it_ends_as_if_it_had_not_been() {
    killed_at_every_point(false);
}

#[test]
fn killed_at_every_point_over_a_layer_it_ends_as_if_it_had_not_been() {
    if overlay_is_here() {
        killed_at_every_point(true);
    }
}

fn killed_at_every_point(overlay: bool) {
    let plain = Fixture::in_memory();
    let outside = tempfile::tempdir().expect("a folder");
    assert_eq!(child(&plain, outside.path(), usize::MAX, None, overlay), 0);
    let expected = state(&plain);
    let mut kills = 0;
    for at in 0.. {
        let fixture = Fixture::in_memory();
        let outside = tempfile::tempdir().expect("a folder");
        let mut code = child(&fixture, outside.path(), at, None, overlay);
        if code == 0 {
            break;
        }
        kills += 1;
        // Killed a second time while it goes on, a little later.
        if code == 9 {
            code = child(&fixture, outside.path(), 7 + at % 5, None, overlay);
        }
        if code == 9 {
            code = child(&fixture, outside.path(), usize::MAX, None, overlay);
        }
        let once = || std::fs::read_to_string(outside.path().join("once")).unwrap_or_default();
        if code == 40 {
            // A person looks, and says.
            let settled = if once().is_empty() { "not done" } else { "done" };
            code = child(&fixture, outside.path(), usize::MAX, Some(settled), overlay);
        }
        assert_eq!(code, 0, "killed at point {at}");
        assert_eq!(expected, state(&fixture), "killed at point {at}");
        assert_eq!(once(), "once\n", "killed at point {at}");
        let sent = std::fs::read_to_string(outside.path().join("sent")).unwrap_or_default();
        assert_eq!(sent.lines().count(), 1, "killed at point {at}");
    }
    assert!(kills >= 50, "only {kills} points");
    say(&format!("killed at {kills} points, and the same in the end each time"));
}
