//! Situations in which everything must come back: bytes, modes, times, links, attributes, the index,
//! HEAD, references, stashes, and the operation in progress.
//!
//! Each is a script of what a person did before, and one of what an agent did then. In between a
//! checkpoint is taken, which must change nothing; afterwards it is restored, and the picture of the
//! whole repository must be that from before. Then the restore is undone, which must give what the
//! agent left. Every situation is run twice: with git as a library where that can, and with the
//! program alone.

use crate::support::{Fixture, Picture, differences, git_can, say};
use qf_agent::checkpoint::git::Choice;
use qf_agent::checkpoint::restore::Options;
use std::path::{Path, PathBuf};

/// What a situation needs of the installed git.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// `git init` with these options.
    Init(&'static str),
}

struct Situation {
    name: &'static str,
    needs: Needs,
    person: &'static str,
    agent: &'static str,
}

const fn plain(name: &'static str, person: &'static str, agent: &'static str) -> Situation {
    Situation { name, needs: Needs::Nothing, person, agent }
}

/// What agents do in many of them.
const RAMPAGE: &str = "
    printf 'agent\\n' >> a.txt; rm -f b.txt; printf 'new\\n' > created.txt
    mkdir -p made/here; printf 'x\\n' > made/here/x; printf 'l\\n' > agent.log
    git add -A; git commit -q -m 'agent was here'; printf 'more\\n' >> a.txt
";

const SITUATIONS: &[Situation] = &[
    plain(
        "dirty and untracked files",
        "printf 'mine\\n' >> a.txt; printf 'u\\n' > u.txt; mkdir d; printf 'v\\n' > d/v.txt",
        "printf 'agent\\n' > a.txt; printf 'z\\n' > d/v.txt; rm u.txt; printf 'n\\n' > n.txt; mkdir e; printf 'w\\n' > e/w",
    ),
    plain(
        "staged, unstaged and removed from the index",
        "printf 's\\n' >> a.txt; git add a.txt; printf 'w\\n' >> a.txt; git rm -q --cached b.txt",
        "git add -A; git commit -q -m all",
    ),
    plain(
        "ignored file edited",
        "printf 'mine\\n' > x.log",
        "printf 'agent\\n' > x.log; printf 'n\\n' > y.log",
    ),
    plain("clean tree", "true", "printf 'agent\\n' >> a.txt; git rm -q b.txt"),
    plain("dirty file edited again", "printf 'mine\\n' >> a.txt", "sed -i s/mine/agent/ a.txt"),
    plain("untracked file overwritten", "printf 'mine\\n' > u.txt", "printf 'agent\\n' > u.txt"),
    plain(
        "agent commits on a new branch",
        "printf 'mine\\n' >> a.txt",
        "git checkout -q -b agent/work; git commit -q -a -m work; git tag done; git branch -f main",
    ),
    plain(
        "agent amends and moves the branch back",
        "printf 'x\\n' > x; git add x; git commit -q -m second; printf 'mine\\n' >> x",
        "git commit -q -a --amend -m amended; git reset -q --hard HEAD~1",
    ),
    plain(
        "repository without commits",
        "rm -rf .git; git init -q -b main .; git config user.name s; git config user.email s@e.org; git add a.txt; printf 'w\\n' >> a.txt",
        "git add -A; git commit -q -m first; rm b.txt",
    ),
    plain(
        "dirty nested repository",
        "git init -q -b main nested; cd nested; git config user.name s; git config user.email s@e.org; printf 'n\\n' > n; git add n; git commit -q -m n; printf 'mine\\n' >> n; printf 'u\\n' > u",
        "cd nested; git commit -q -a -m agent; git branch other; rm u; printf 'x\\n' > x",
    ),
    plain(
        "nested repository deleted",
        "git init -q -b main nested; cd nested; git config user.name s; git config user.email s@e.org; printf 'n\\n' > n; git add n; git commit -q -m n",
        "rm -rf nested",
    ),
    plain(
        "agent clones a repository into the tree",
        "true",
        "git clone -q . copy; printf 'x\\n' > copy/x",
    ),
    plain(
        "dirty submodule with untracked files",
        "git init -q -b main $OUTSIDE/lib; cd $OUTSIDE/lib; git config user.name s; git config user.email s@e.org; printf 'l\\n' > l; git add l; git commit -q -m l; cd - >/dev/null; git -c protocol.file.allow=always submodule --quiet add $OUTSIDE/lib lib; git commit -q -m module; git -C lib config user.name s; git -C lib config user.email s@e.org; printf 'mine\\n' >> lib/l; printf 'u\\n' > lib/u",
        "cd lib; git commit -q -a -m agent; rm u; git checkout -q -b other; cd ..; git add lib; git commit -q -m bump",
    ),
    plain(
        "empty folder, exec bit, links, binary, CRLF with autocrlf=input",
        "git config core.autocrlf input; mkdir empty; printf '#!\\n' > run; chmod 755 run; ln -s a.txt link; ln -s nowhere dangling; printf 'a\\000b\\377' > bin; printf 'x\\r\\ny\\r\\n' > crlf.txt; git add crlf.txt run",
        "rmdir empty; chmod 644 run; ln -sf b.txt link; rm dangling; printf 'agent' > bin; printf 'z\\n' > crlf.txt; git add -A",
    ),
    plain(
        "autocrlf=true over a checked out text",
        "git config core.autocrlf true; printf 'x\\r\\ny\\r\\n' > w.txt; git add w.txt; git commit -q -m w; printf 'z\\r\\n' >> w.txt",
        "printf 'q\\n' > w.txt; git commit -q -a -m agent",
    ),
    plain(
        "times of files that are rewritten alike",
        "true",
        "cp a.txt t; cat t > a.txt; rm t; touch b.txt src/deep",
    ),
    plain(
        "mode 0600 and 0640",
        "chmod 600 a.txt; printf 's\\n' > s; chmod 640 s",
        "chmod 644 a.txt; rm s; printf 's\\n' > s",
    ),
    plain(
        "merge in progress",
        "git checkout -q -b side; printf 'side\\n' > a.txt; git commit -q -a -m side; git checkout -q main; printf 'main\\n' > a.txt; git commit -q -a -m main; if git merge -q side >/dev/null 2>&1; then exit 1; fi; printf 'half\\n' >> b.txt",
        "git merge --abort 2>/dev/null || git reset -q --hard; printf 'x\\n' > a.txt; git commit -q -a -m x",
    ),
    plain(
        "rebase in progress",
        "git checkout -q -b side; printf 'side\\n' > a.txt; git commit -q -a -m side; printf 's2\\n' > s2; git add s2; git commit -q -m s2; git checkout -q main; printf 'main\\n' > a.txt; git commit -q -a -m main; git checkout -q side; if git rebase main >/dev/null 2>&1; then exit 1; fi",
        "git rebase --abort; git branch -q -D main; printf 'x\\n' > a.txt",
    ),
    plain(
        "cherry-pick of several in progress",
        "git checkout -q -b side; printf 'side\\n' > a.txt; git commit -q -a -m side; printf 's2\\n' > s2; git add s2; git commit -q -m s2; git checkout -q main; printf 'main\\n' > a.txt; git commit -q -a -m main; if git cherry-pick main..side >/dev/null 2>&1; then exit 1; fi",
        "printf 'solved\\n' > a.txt; git add a.txt; git -c core.editor=true cherry-pick --continue >/dev/null",
    ),
    plain(
        "revert in progress",
        "printf 'x\\n' > a.txt; git commit -q -a -m x; printf 'y\\n' > a.txt; git commit -q -a -m y; if git revert --no-edit HEAD~1 >/dev/null 2>&1; then exit 1; fi",
        "git revert --abort; rm -r src",
    ),
    plain(
        "bisect in progress",
        "for i in 1 2 3 4; do printf $i > n; git add n; git commit -q -m $i; done; git bisect start -q HEAD HEAD~3 >/dev/null 2>&1 || git bisect start HEAD HEAD~3 >/dev/null",
        "git bisect good >/dev/null; git bisect reset >/dev/null 2>&1; printf 'x\\n' > n",
    ),
    plain(
        "the user has stashes and the agent stashes, pops and drops",
        "printf 's1\\n' >> a.txt; git stash -q; printf 's2\\n' >> a.txt; git stash -q; printf 'mine\\n' >> b.txt",
        "git stash -q; git stash list --format=%gd:%gs | grep -v quantumflow | tail -1 | cut -d: -f1 | xargs git stash drop -q; printf 'x\\n' > x",
    ),
    plain("intent to add", "printf 'n\\n' > n; git add -N n", "git add n; git commit -q -m n"),
    plain(
        "skip-worktree and assume-unchanged",
        "git update-index --skip-worktree a.txt; git update-index --assume-unchanged b.txt; printf 'mine\\n' >> a.txt; printf 'mine\\n' >> b.txt",
        "git update-index --no-skip-worktree a.txt; git update-index --no-assume-unchanged b.txt; git commit -q -a -m x",
    ),
    plain(
        "names that are no text, and a pipe",
        "printf 'n\\n' > \"$(printf 'new\\nline')\"; printf 'x\\n' > \"$(printf 'bad\\377name')\"; git add -A; printf 'y\\n' >> \"$(printf 'bad\\377name')\"; mkfifo pipe; printf 'q\\n' > ' \"quoted\" \\ '",
        "rm -f pipe *line bad* ' '*; git add -A",
    ),
    plain(
        "folder becomes file and file becomes folder",
        "mkdir d; printf '1\\n' > d/one; printf '2\\n' > d/two; printf 'f\\n' > f; git add -A; git commit -q -m d; printf 'mine\\n' >> d/one",
        "rm -r d; printf 'file\\n' > d; rm f; mkdir f; printf 'in\\n' > f/in; git add -A; git commit -q -m swap",
    ),
    plain(
        "link becomes folder and folder becomes link",
        "ln -s src s",
        "rm s; mkdir s; printf 'x\\n' > s/x; mv src elsewhere; ln -s elsewhere src",
    ),
    plain(
        "staged rename and edit",
        "git mv a.txt c.txt; printf 'mine\\n' >> c.txt",
        "git mv c.txt d.txt; git commit -q -a -m moved",
    ),
    plain(
        "detached HEAD",
        "printf 'x\\n' > x; git add x; git commit -q -m x; git checkout -q --detach HEAD~1; printf 'mine\\n' >> a.txt",
        "git commit -q -a -m on-nothing; git checkout -q main; printf 'z\\n' > x",
    ),
    plain(
        "a filter that is undone on checkout, as LFS has",
        "git config filter.rot.clean 'tr a-m n-z'; git config filter.rot.smudge 'tr n-z a-m'; printf '*.rot filter=rot\\n' > .gitattributes; printf 'abcde\\n' > x.rot; git add -A; git commit -q -m rot; printf 'fgh\\n' >> x.rot",
        "printf 'ijk\\n' > x.rot; git commit -q -a -m agent; rm .gitattributes",
    ),
    plain(
        "a filter that loses bytes",
        "git config filter.lossy.clean 'sed s/secret/xxx/'; printf '*.cfg filter=lossy\\n' > .gitattributes; printf 'secret=1\\n' > x.cfg; git add -A; git commit -q -m cfg; printf 'secret=2\\n' >> x.cfg",
        "git checkout -q -- x.cfg; printf 'n\\n' >> x.cfg",
    ),
    plain(
        "uncommitted .gitignore that the agent reverts",
        "printf '*.tmp\\nkeep/\\n' >> .gitignore; mkdir keep; printf 'k\\n' > keep/k; printf 't\\n' > t.tmp",
        "git checkout -q -- .gitignore; git clean -q -f -d; printf 'x\\n' > x",
    ),
    plain(
        "agent cleans everything that is not tracked",
        "printf 'u\\n' > u; printf 'l\\n' > l.log; mkdir -p e/f; printf 'g\\n' > e/f/g",
        "git clean -q -f -d -x",
    ),
    plain(
        "agent resets hard",
        "printf 'mine\\n' >> a.txt; printf 's\\n' > s; git add s; rm b.txt",
        "git reset -q --hard",
    ),
    plain(
        "agent deletes everything",
        "printf 'u\\n' > u; mkdir -p e/f; ln -s u l; chmod 700 e",
        "rm -rf -- * .gitignore",
    ),
    plain(
        "agent deletes branches and tags, packs references and prunes",
        "git branch one; git branch two; git tag t; printf 'mine\\n' >> a.txt; printf 'st\\n' > st; git add st; printf 'x\\n' > st",
        "git branch -q -D one; git tag -d t >/dev/null; git reset -q --hard; git pack-refs --all; git reflog expire --expire=now --all 2>/dev/null; git gc -q --prune=now",
    ),
    plain(
        "agent edits the configuration and installs a hook",
        "git config alias.st status; printf '#!/bin/sh\\n' > .git/hooks/pre-push; chmod 755 .git/hooks/pre-push; printf 'mine\\n' >> .git/info/exclude",
        "git config core.pager evil; git config --unset alias.st; printf '#!/bin/sh\\nevil\\n' > .git/hooks/pre-commit; chmod 755 .git/hooks/pre-commit; rm .git/hooks/pre-push; printf '*\\n' > .git/info/exclude",
    ),
    plain(
        "hard links inside the tree",
        "printf 'same\\n' > one; ln one two; ln one src/three; printf 'p\\n' > p; ln p q",
        "printf 'agent\\n' > one; cp q t; mv t q; printf 'w\\n' > q; rm src/three",
    ),
    plain(
        "case-only renames",
        "printf 'r\\n' > README; git add README; git commit -q -m r; printf 'mine\\n' >> README",
        "git mv -f README Readme; printf 'x\\n' >> Readme; mv src SRC",
    ),
    plain(
        "read-only files",
        "chmod 444 a.txt src/deep/c.txt; printf 'k\\n' > k; chmod 400 k",
        "chmod 644 a.txt; printf 'x\\n' > a.txt; rm -f src/deep/c.txt k",
    ),
    plain(
        "unusual bits",
        "chmod 1777 src; chmod 2755 src/deep; chmod 4755 a.txt",
        "chmod 755 src src/deep; chmod 644 a.txt; printf 'x\\n' >> a.txt",
    ),
    plain(
        "sparse checkout",
        "mkdir other; printf 'o\\n' > other/o; git add -A; git commit -q -m o; git sparse-checkout set --cone src; printf 'mine\\n' >> src/deep/c.txt",
        "git sparse-checkout disable; printf 'x\\n' >> other/o; git commit -q -a -m x",
    ),
    plain(
        "sparse index",
        "mkdir -p other/deep; printf 'o\\n' > other/deep/o; git add -A; git commit -q -m o; git sparse-checkout set --cone --sparse-index src; printf 'mine\\n' >> src/deep/c.txt",
        "printf 'x\\n' >> src/deep/c.txt; git commit -q -a -m x",
    ),
    plain(
        "split index",
        "git update-index --split-index; printf 'mine\\n' >> a.txt; git add a.txt; printf 'n\\n' > n; git add n",
        "git commit -q -a -m x; git update-index --no-split-index",
    ),
    plain(
        "untracked cache and a version 4 index",
        "git update-index --index-version 4; git update-index --untracked-cache 2>/dev/null || true; printf 'u\\n' > u; git status >/dev/null; git add u",
        "git rm -q --cached u; git commit -q -a --allow-empty -m x",
    ),
    plain(
        "rules of a folder and of the repository ignore files",
        "printf 'x.*\\n' > src/.gitignore; printf 'y.*\\n' >> .git/info/exclude; printf 'x\\n' > src/x.1; printf 'y\\n' > y.1; mkdir src/x.d; printf 'z\\n' > src/x.d/z",
        "rm -r src/x.*; printf 'agent\\n' > y.1",
    ),
    plain(
        "a secret that nobody ignores",
        "printf 'TOKEN=mine\\n' > .env; printf 'key\\n' > server.pem",
        "printf 'TOKEN=agent\\n' > .env; rm server.pem; git add -A; git commit -q -m leaked",
    ),
    plain(
        "a replaced and a noted commit",
        "git notes add -m mine HEAD; printf 'x\\n' > x; git add x; git commit -q -m x; git replace HEAD HEAD~1",
        "git notes remove HEAD~1 2>/dev/null || true; git replace -d HEAD >/dev/null 2>&1 || git update-ref -d $(git for-each-ref --format='%(refname)' refs/replace | head -1)",
    ),
    Situation {
        name: "reftable",
        needs: Needs::Init("--ref-format=reftable"),
        person: "printf 'mine\\n' >> a.txt; git branch b; printf 's\\n' > b.txt; git stash -q; printf 'u\\n' > u",
        agent: RAMPAGE,
    },
    Situation {
        name: "SHA-256",
        needs: Needs::Init("--object-format=sha256"),
        person: "printf 'mine\\n' >> a.txt; printf 's\\n' > s; git add s",
        agent: RAMPAGE,
    },
    Situation {
        name: "reftable and SHA-256",
        needs: Needs::Init("--ref-format=reftable --object-format=sha256"),
        person: "git checkout -q --detach; printf 'mine\\n' >> a.txt",
        agent: RAMPAGE,
    },
];

/// What must be the same before and after a checkpoint is taken: everything, also the bytes of the
/// index and its time.
fn untouched(fixture: &Fixture, tree: &Path) -> Picture {
    let mut picture = fixture.picture_of(tree);
    let git = fixture.sh_in(tree, "git rev-parse --absolute-git-dir");
    let index = PathBuf::from(git.trim()).join("index");
    let modified = index.metadata().and_then(|metadata| metadata.modified()).ok();
    let bytes = std::fs::read(&index).map(|bytes| bytes.escape_ascii().to_string());
    picture.insert("index".into(), format!("{modified:?} {bytes:?}"));
    picture
}

/// Runs one situation, and gives what went wrong.
fn run(situation: &Situation, choice: Choice) -> Vec<String> {
    let fixture = match situation.needs {
        Needs::Nothing => Fixture::new(),
        Needs::Init(options) => Fixture::with(options),
    };
    let tree = fixture.tree.clone();
    through(&fixture, &tree, situation.person, situation.agent, choice)
}

/// One way through: what a person did, a checkpoint, what an agent did, there and back again.
fn through(
    fixture: &Fixture,
    tree: &Path,
    person: &str,
    agent: &str,
    choice: Choice,
) -> Vec<String> {
    fixture.sh_in(tree, person);
    crate::support::age(tree);
    let mut wrong = Vec::new();
    let mut note = |when: &str, lines: Vec<String>| {
        wrong.extend(lines.into_iter().map(|line| format!("  {when}: {line}")));
    };
    let before = untouched(fixture, tree);
    let checkpoints = fixture.checkpoints_of(tree, choice);
    let record = match checkpoints.create(Some("a test")) {
        Ok(record) => record,
        Err(error) => return vec![format!("  taking it: {error}")],
    };
    note("taking it", differences(&before, &untouched(fixture, tree)));
    let list = fixture.sh_in(tree, "git stash list");
    if !list.contains(&format!("quantumflow-checkpoint-{}", record.id)) {
        note("taking it", vec![format!("git stash list says {list}")]);
    }
    let person = fixture.picture_of(tree);
    fixture.sh_in(tree, agent);
    let agent = fixture.picture_of(tree);
    if agent == person {
        note("the agent", vec!["it changed nothing".to_owned()]);
    }
    if let Err(error) = checkpoints.end(&record.id) {
        note("its end", vec![error.to_string()]);
    }
    let restored = match checkpoints.restore(&record.id, Options::default(), &mut |_| {}) {
        Ok(restored) => restored,
        Err(error) => {
            note("restoring", vec![error.to_string()]);
            return wrong;
        }
    };
    note("restoring", restored.conflicts.iter().map(|conflict| format!("{conflict:?}")).collect());
    note("restored", differences(&person, &fixture.picture_of(tree)));
    let Some(undo) = restored.undo else {
        note("restored", vec!["there is no undo".to_owned()]);
        return wrong;
    };
    match checkpoints.restore(&undo, Options::default(), &mut |_| {}) {
        Ok(undone) => {
            note("undoing", undone.conflicts.iter().map(|c| format!("{c:?}")).collect());
            note("undone", differences(&agent, &fixture.picture_of(tree)));
        }
        Err(error) => note("undoing", vec![error.to_string()]),
    }
    wrong
}

fn check(choice: Choice) {
    let mut failed = Vec::new();
    let only = std::env::var("QF_SITUATION").unwrap_or_default();
    let mut count = 0;
    for situation in SITUATIONS.iter().filter(|situation| situation.name.contains(&only)) {
        if let Needs::Init(options) = situation.needs
            && !git_can(situation.name, &format!("git init -q {options} ."))
        {
            continue;
        }
        count += 1;
        let wrong = run(situation, choice);
        if !wrong.is_empty() {
            failed.push(format!("{}:\n{}", situation.name, wrong.join("\n")));
        }
    }
    say(&format!("{} of {count} situations came back exactly", count - failed.len()));
    assert!(failed.is_empty(), "{} of {count} failed\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn every_situation_comes_back() {
    check(Choice::Either);
}

#[test]
fn every_situation_comes_back_by_the_program_alone() {
    check(Choice::Program);
}
