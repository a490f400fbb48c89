//! Repositories made by scripts, and everything that can be seen of them.

use qf_agent::checkpoint::Checkpoints;
use qf_agent::checkpoint::capture::Policy;
use qf_agent::checkpoint::git::Choice;
use qf_agent::checkpoint::restore::Options;
use qf_agent::overlay::Overlay;
use qf_graph::store::Home;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// What is seen of a repository: a name, and what is there.
pub type Picture = BTreeMap<String, String>;

/// What git says of a repository, each part behind a mark and its name.
const SEEN_BY_GIT: &str = "
    printf '\\001HEAD\\n'; git symbolic-ref -q HEAD || git rev-parse HEAD
    printf '\\001commit\\n'; git rev-parse -q --verify HEAD
    printf '\\001references\\n'
    git for-each-ref --format='%(refname) %(objectname) %(symref)' | grep -v '^refs/stash '
    printf '\\001index\\n'; git ls-files --stage -v -z | tr '\\0' '\\n'
    printf '\\001announced\\n'; git ls-files --debug | grep -c 'flags: 20'
    printf '\\001status\\n'; git status --porcelain=v2 --branch --ignored -z | tr '\\0' '\\n'
    printf '\\001stashes\\n'
    git stash list --format='%H %gs' | grep -v quantumflow-checkpoint-
    printf '\\001configuration\\n'; cat \"$(git rev-parse --git-path config)\"
    printf '\\001folder\\n'; git rev-parse --absolute-git-dir
";

/// A repository in a temporary folder of its own.
pub struct Fixture {
    folder: TempDir,
    /// Where the work tree is.
    pub tree: PathBuf,
}

/// Makes the repository that situations begin with: two files and rules for ignored ones.
const BEGIN: &str = "
    git init -q -b main $INIT .
    git config user.name somebody
    git config user.email somebody@example.org
    git config core.autocrlf false
    git config gc.auto 0
    git config protocol.file.allow always
    printf 'one\\ntwo\\nthree\\nfour\\nfive\\n' > a.txt
    printf 'b\\n' > b.txt
    printf '*.log\\n' > .gitignore
    mkdir -p src/deep
    printf 'c\\n' > src/deep/c.txt
    git add -A
    git commit -q -m first
";

impl Fixture {
    /// A repository with one commit.
    pub fn new() -> Self {
        Self::with("")
    }

    /// One made with more options of `git init`.
    pub fn with(options: &str) -> Self {
        let fixture = Self::empty();
        fixture.sh(&BEGIN.replace("$INIT", options));
        fixture
    }

    /// A folder without a repository.
    pub fn empty() -> Self {
        Self::in_folder(tempfile::tempdir().expect("a temporary folder"))
    }

    /// One in memory, where the system has that: what is tested a thousand times need not wait for
    /// a disk.
    pub fn in_memory() -> Self {
        let memory = tempfile::tempdir_in("/dev/shm");
        let fixture = Self::in_folder(memory.or_else(|_| tempfile::tempdir()).expect("a folder"));
        fixture.sh(&BEGIN.replace("$INIT", ""));
        fixture
    }

    fn in_folder(folder: TempDir) -> Self {
        let tree = folder.path().canonicalize().expect("it is there").join("tree");
        std::fs::create_dir(&tree).expect("the folder is ours");
        Self { folder, tree }
    }

    /// Runs a script in the work tree.
    #[track_caller]
    pub fn sh(&self, script: &str) -> String {
        self.sh_in(&self.tree, script)
    }

    /// Runs a script in a folder.
    #[track_caller]
    pub fn sh_in(&self, folder: &Path, script: &str) -> String {
        let output = Command::new("sh")
            .args(["-e", "-u", "-c", script])
            .current_dir(folder)
            .env("HOME", self.folder.path())
            .env("OUTSIDE", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_EDITOR", "true")
            .output()
            .expect("a shell runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The folder of the store.
    pub fn home(&self) -> Home {
        Home::new(self.folder.path().join("home"))
    }

    /// A folder beside the work tree.
    pub fn outside(&self) -> &Path {
        self.folder.path()
    }

    /// Its checkpoints.
    #[track_caller]
    pub fn checkpoints(&self, choice: Choice) -> Checkpoints {
        self.checkpoints_of(&self.tree, choice)
    }

    /// The checkpoints of another work tree.
    #[track_caller]
    pub fn checkpoints_of(&self, tree: &Path, choice: Choice) -> Checkpoints {
        Checkpoints::open(&self.home(), tree, choice, Policy::default()).expect("it opens")
    }

    /// Everything that can be seen.
    pub fn picture(&self) -> Picture {
        self.picture_of(&self.tree)
    }

    /// Everything that can be seen of a work tree.
    pub fn picture_of(&self, tree: &Path) -> Picture {
        let mut picture = files(tree);
        let output = Command::new("sh")
            .args(["-c", SEEN_BY_GIT])
            .current_dir(tree)
            .env("HOME", self.folder.path())
            .env("GIT_OPTIONAL_LOCKS", "0")
            .output()
            .expect("a shell runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut own = PathBuf::new();
        for part in said.split('\u{1}').skip(1) {
            let (name, text) = part.split_once('\n').unwrap_or((part, ""));
            if name == "folder" {
                own = PathBuf::from(text.trim());
            } else {
                picture.insert(format!("git: {name}"), text.to_owned());
            }
        }
        let mut paths = Vec::new();
        list(&own, &own, &mut paths);
        for path in paths {
            let below =
                path.strip_prefix(&own).expect("it is below").to_string_lossy().into_owned();
            let operation = [
                "MERGE_",
                "CHERRY_PICK",
                "REVERT_",
                "BISECT",
                "rebase-",
                "sequencer",
                "hooks/",
                "info/",
            ];
            // Git writes it anew from the references.
            let listing = below == "info/refs";
            if operation.iter().any(|start| below.starts_with(start)) && path.is_file() && !listing
            {
                let text = std::fs::read(&path).unwrap_or_default();
                picture
                    .insert(format!(".git/{below}"), String::from_utf8_lossy(&text).into_owned());
            }
        }
        picture
    }
}

/// Gives everything in the work tree an old time, each another.
pub fn age(tree: &Path) {
    let mut paths = Vec::new();
    list(tree, tree, &mut paths);
    let ages = (1_000_000_000..).step_by(1000);
    for (seconds, path) in ages.zip(paths.iter().rev()) {
        let times = rustix::fs::Timestamps {
            last_access: rustix::fs::Timespec { tv_sec: seconds, tv_nsec: 5 },
            last_modification: rustix::fs::Timespec { tv_sec: seconds, tv_nsec: 123_456_789 },
        };
        let flags = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
        rustix::fs::utimensat(rustix::fs::CWD, path, &times, flags).expect("it is ours");
    }
}

/// Every path below a folder but for its `.git`, sorted, the folder itself first.
pub fn list(root: &Path, folder: &Path, out: &mut Vec<PathBuf>) {
    out.push(folder.to_owned());
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.parent() == Some(root) && path.file_name() == Some(OsStr::new(".git")) {
            continue;
        }
        if path.is_dir() && !path.is_symlink() {
            list(root, &path, out);
        } else {
            out.push(path);
        }
    }
}

/// What is in a work tree: type, bytes, mode, owner, time, attributes, and which files are one.
pub fn files(tree: &Path) -> Picture {
    let mut paths = Vec::new();
    list(tree, tree, &mut paths);
    let mut inodes: BTreeMap<u64, usize> = BTreeMap::new();
    let mut picture = Picture::new();
    for path in paths {
        let metadata = path.symlink_metadata().expect("it was listed");
        let below = path.strip_prefix(tree).expect("it is below the tree");
        let name = format!("file: {}", below.as_os_str().as_bytes().escape_ascii());
        // In a repository inside this one, times and rights of stored objects mean nothing.
        if name.contains("/.git/objects") {
            continue;
        }
        let mut seen = String::new();
        let kind = metadata.file_type();
        if kind.is_symlink() {
            let target = std::fs::read_link(&path).expect("it is a link");
            let _ = write!(seen, "link to {}", target.display());
        } else if kind.is_dir() {
            seen.push_str("folder");
        } else if kind.is_fifo() {
            seen.push_str("pipe");
        } else if let Ok(bytes) = std::fs::read(&path) {
            let text = if bytes.len() > 300 {
                format!("{} bytes {}", bytes.len(), blake3_of(&bytes))
            } else {
                bytes.escape_ascii().to_string()
            };
            let _ = write!(seen, "file {text}");
        } else {
            seen.push_str("file that cannot be read");
        }
        let _ = write!(
            seen,
            " mode {:o} owner {}:{} time {}.{}",
            metadata.mode(),
            metadata.uid(),
            metadata.gid(),
            metadata.mtime(),
            metadata.mtime_nsec()
        );
        if kind.is_file() && metadata.nlink() > 1 {
            let next = inodes.len();
            let group = *inodes.entry(metadata.ino()).or_insert(next);
            let _ = write!(seen, " one of group {group}, {} names", metadata.nlink());
        }
        if !kind.is_symlink() {
            for (name, value) in qf_agent::checkpoint::tree::attributes::read(&path) {
                let _ = write!(seen, " {}={}", name.escape_ascii(), value.escape_ascii());
            }
        }
        picture.insert(name, seen);
    }
    picture
}

fn blake3_of(bytes: &[u8]) -> String {
    format!("{:?}", qf_agent::checkpoint::tree::entry::ContentHash::of(bytes))
}

/// What differs between two pictures, line by line.
pub fn differences(wanted: &Picture, is: &Picture) -> Vec<String> {
    let mut all: Vec<&String> = wanted.keys().chain(is.keys()).collect();
    all.sort();
    all.dedup();
    let nothing = "nothing".to_owned();
    all.into_iter()
        .filter(|name| wanted.get(*name) != is.get(*name))
        .map(|name| {
            let (wanted, is) = (wanted.get(name), is.get(name));
            format!(
                "{name}\n    wanted {}\n    is     {}",
                wanted.unwrap_or(&nothing),
                is.unwrap_or(&nothing)
            )
        })
        .collect()
}

/// Whether the installed git can do something; a test that needs it is left out with a reason, and
/// where everything is required it is an error that nothing tests it.
pub fn git_can(what: &str, script: &str) -> bool {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let can = Command::new("sh")
        .args(["-e", "-c", script])
        .current_dir(folder.path())
        .output()
        .is_ok_and(|output| output.status.success());
    if !can {
        let version = Command::new("git").arg("--version").output();
        let version = version.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned());
        say(&format!("not tested: {what}: {} cannot do it", version.unwrap_or_default()));
    }
    can
}

/// A line for whoever reads the test's output.
#[expect(clippy::print_stderr, reason = "what is not tested must be said")]
pub fn say(line: &str) {
    eprintln!("{line}");
}

/// Runs `action` with the rights of an ordinary user: as it is for one, and for the superuser in a
/// thread that gives its own rights up. Paths below `folders` are given to that user first.
pub fn unprivileged<T: Send>(folder: &Path, action: impl FnOnce() -> T + Send) -> T {
    if !rustix::process::geteuid().is_root() {
        return action();
    }
    const NOBODY: u32 = 65534;
    let status = Command::new("chown")
        .args(["-R", "-h", &format!("{NOBODY}:{NOBODY}")])
        .arg(folder)
        .status()
        .expect("chown runs");
    assert!(status.success());
    std::thread::scope(|scope| {
        scope
            .spawn(|| {
                let user = rustix::thread::Uid::from_raw(NOBODY);
                let group = rustix::thread::Gid::from_raw(NOBODY);
                rustix::thread::set_thread_res_gid(group, group, group).expect("we may");
                rustix::thread::set_thread_res_uid(user, user, user).expect("we may");
                action()
            })
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Whether what is not there is an error.
pub fn required() -> bool {
    std::env::var_os("QF_REQUIRE_ALL").is_some_and(|value| value == "1")
}

/// Whether the kernel has overlays and lets this user mount; no program that is installed changes it.
fn kernel_has_overlays() -> bool {
    let mounts = Command::new("unshare").args(["--mount", "true"]).output();
    let known = std::fs::read_to_string("/proc/filesystems").unwrap_or_default();
    known.lines().any(|line| line.ends_with("\toverlay"))
        && mounts.is_ok_and(|output| output.status.success())
}

/// Whether a view over a layer can be had here; where not, the reason is printed, and in CI that is
/// an error.
pub fn overlay_is_here() -> bool {
    let fixture = Fixture::new();
    let overlay = Overlay::new(&fixture.tree, &fixture.folder.path().join("layer"));
    match overlay.try_out() {
        Ok(()) => true,
        Err(reason) => {
            assert!(!(required() && kernel_has_overlays()), "no overlay: {reason}");
            say(&format!("skipped: no overlay here: {reason}"));
            false
        }
    }
}

/// Goes back to the first checkpoint; gives what was left.
pub fn restored(fixture: &Fixture) -> Vec<String> {
    let checkpoints = fixture.checkpoints(Choice::Either);
    let first = checkpoints.list().expect("it is there").remove(0).id;
    let restored = checkpoints.restore(&first, Options::default(), &mut |_| {});
    let conflicts = restored.expect("it is undone").conflicts;
    conflicts.iter().map(|conflict| String::from_utf8_lossy(&conflict.path).into_owned()).collect()
}
