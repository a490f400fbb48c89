//! Git as the installed program: the reference for what the library does, and the only one that
//! reads reftables, SHA-256 names, split and sparse indexes, and runs a user's filters.
//!
//! Every call is plumbing with machine-readable output. Hooks and monitors of the repository are
//! switched off, and no variable of the caller's environment redirects it.

use super::{
    Git, IndexEntry, Layout, REFLOG, RefChange, Reference, Stash, Target, TreeChange, bare,
    other_stashes,
};
use crate::checkpoint::error::{CheckpointError, Result};
use crate::checkpoint::tree::entry::Oid;
use crate::checkpoint::tree::{look, on_disk};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

const STASH: &str = "refs/stash";

/// A repository that the program reads.
pub struct Program {
    layout: Layout,
    /// Gives objects.
    objects: RefCell<Option<Objects>>,
    /// Says whether there are any, without reading them.
    names: RefCell<Option<Objects>>,
}

/// A `git cat-file --batch` or `--batch-check` that answers for one object after the other.
struct Objects {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Objects {
    fn start(folder: &Path, how: &str) -> std::io::Result<Self> {
        let mut child = command(folder)
            .args(["cat-file", how])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let lost = || std::io::Error::other("it has no pipes");
        let questions = child.stdin.take().ok_or_else(lost)?;
        let answers = BufReader::new(child.stdout.take().ok_or_else(lost)?);
        Ok(Self { child, questions, answers })
    }

    /// How many bytes an object has; none when it is not there.
    fn ask(&mut self, oid: Oid) -> std::io::Result<Option<usize>> {
        writeln!(self.questions, "{oid}")?;
        self.questions.flush()?;
        let mut head = String::new();
        if self.answers.read_line(&mut head)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(head.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok()))
    }

    /// The bytes of an object; none when it is not there.
    fn read(&mut self, oid: Oid) -> std::io::Result<Option<Vec<u8>>> {
        let Some(size) = self.ask(oid)? else { return Ok(None) };
        let mut bytes = vec![0; size];
        self.answers.read_exact(&mut bytes)?;
        self.answers.read_exact(&mut [0])?;
        Ok(Some(bytes))
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // It has nothing to lose; without this it would stay until it reads that nobody asks.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether the program can be run.
pub fn installed() -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    *INSTALLED.get_or_init(|| {
        let version = Command::new("git").arg("--version").stderr(Stdio::null()).output();
        version.is_ok_and(|output| output.status.success())
    })
}

/// A call in a folder, without what hooks and the environment could do to it.
fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        let redirects = name.as_bytes().starts_with(b"GIT_")
            && !name.as_bytes().starts_with(b"GIT_CONFIG_")
            && name != "GIT_CEILING_DIRECTORIES";
        if redirects {
            command.env_remove(name);
        }
    }
    command
        .env("LC_ALL", "C")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .args(["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"])
        .args(["-c", "core.quotePath=false", "-c", "advice.addEmbeddedRepo=false"]);
    for (name, value) in [
        ("GIT_AUTHOR_NAME", "qf"),
        ("GIT_AUTHOR_EMAIL", "qf@localhost"),
        ("GIT_COMMITTER_NAME", "qf"),
        ("GIT_COMMITTER_EMAIL", "qf@localhost"),
    ] {
        command.env(name, value);
    }
    command
}

/// Runs a call with `input` and gives what it prints; the error is what it says.
fn run(what: &'static str, mut command: Command, input: &[u8]) -> Result<Vec<u8>> {
    let failed = |message: String| CheckpointError::Git { what, message };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            if let Some(mut stdin) = stdin {
                // Who reads no further has its reason, which is its exit code.
                let _ = stdin.write_all(input);
            }
        });
        child.wait_with_output()
    })
    .map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().lines().last().unwrap_or_default();
    Err(failed(if said.is_empty() { output.status.to_string() } else { said.to_owned() }))
}

fn line(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\n").unwrap_or(bytes)
}

fn oid(what: &'static str, digits: &[u8]) -> Result<Oid> {
    Oid::from_hex(digits).ok_or_else(|| CheckpointError::Git {
        what,
        message: format!("{} is no name of an object", String::from_utf8_lossy(digits)),
    })
}

/// Parts of a text that end in NUL.
fn parts(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|&byte| byte == 0).filter(|part| !part.is_empty())
}

impl Program {
    /// Opens the repository above a folder.
    pub fn open(folder: &Path) -> Result<Self> {
        const WHAT: &str = "open the repository";
        let mut inside = command(folder);
        inside.args(["rev-parse", "--is-inside-work-tree", "--is-bare-repository"]);
        let said = run(WHAT, inside, b"").map_err(|error| match error {
            CheckpointError::Git { message, .. } if message.contains("not a git repository") => {
                CheckpointError::NotARepository { path: folder.to_owned() }
            }
            other => other,
        })?;
        if !said.starts_with(b"true") {
            return Err(bare(folder));
        }
        let ask = |option: &str| -> Result<PathBuf> {
            let mut command = command(folder);
            command.args(["rev-parse", "--path-format=absolute", option]);
            let said = run(WHAT, command, b"")?;
            let path = PathBuf::from(OsString::from_vec(line(&said).to_vec()));
            path.canonicalize().map_err(CheckpointError::io(&path))
        };
        let mut format = command(folder);
        format.args(["rev-parse", "--show-object-format"]);
        let sha256 = line(&run(WHAT, format, b"")?) == b"sha256";
        let layout = Layout {
            tree: ask("--show-toplevel")?,
            own: ask("--git-dir")?,
            common: ask("--git-common-dir")?,
            sha256,
        };
        Ok(Self { layout, objects: RefCell::new(None), names: RefCell::new(None) })
    }

    /// Asks one of the two that answer, which is started when it is first asked, and again after it
    /// has failed.
    fn asked<T>(
        &self,
        place: &RefCell<Option<Objects>>,
        how: &str,
        question: impl FnOnce(&mut Objects) -> std::io::Result<T>,
    ) -> Result<T> {
        let failed = |error: std::io::Error| CheckpointError::Git {
            what: "read an object",
            message: error.to_string(),
        };
        let mut place = place.borrow_mut();
        let mut objects = match place.take() {
            Some(objects) => objects,
            None => Objects::start(&self.layout.tree, how).map_err(failed)?,
        };
        let answer = question(&mut objects).map_err(failed)?;
        *place = Some(objects);
        Ok(answer)
    }

    fn git<S: AsRef<OsStr>>(
        &self,
        what: &'static str,
        arguments: impl IntoIterator<Item = S>,
        input: &[u8],
    ) -> Result<Vec<u8>> {
        let mut command = command(&self.layout.tree);
        command.args(arguments);
        run(what, command, input)
    }

    /// With another index than the user's.
    fn with_index(
        &self,
        what: &'static str,
        index: &Path,
        arguments: &[&str],
        input: &[u8],
    ) -> Result<Vec<u8>> {
        let mut command = command(&self.layout.tree);
        command.env("GIT_INDEX_FILE", index).args(arguments);
        run(what, command, input)
    }

    /// The name of a file of our own in the repository's folder.
    fn temporary(&self, name: &str) -> PathBuf {
        let now = crate::checkpoint::tree::entry::now();
        self.layout.own.join(format!("qf-{name}-{}-{now}", std::process::id()))
    }

    fn hash_files(&self, what: &'static str, paths: &[PathBuf], filters: bool) -> Result<Vec<Oid>> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let mut input = Vec::new();
        for path in paths {
            quote(path.as_os_str().as_bytes(), &mut input);
            input.push(b'\n');
        }
        // What git would not turn back exactly is kept by its bytes elsewhere.
        let mut arguments = vec!["-c", "core.safecrlf=false", "hash-object", "-w", "--stdin-paths"];
        if !filters {
            arguments.push("--no-filters");
        }
        let said = self.git(what, arguments, &input)?;
        said.split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| oid(what, line))
            .collect()
    }
}

/// A path in the quotes that git reads line by line.
fn quote(path: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in path {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0x20..=0x7e => out.push(byte),
            _ => out.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
        }
    }
    out.push(b'"');
}

impl Git for Program {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn name(&self) -> &'static str {
        "program"
    }

    fn head(&self) -> Result<Target> {
        const WHAT: &str = "read HEAD";
        if let Ok(name) = self.git(WHAT, ["symbolic-ref", "--quiet", "HEAD"], b"") {
            return Ok(Target::Symbolic(line(&name).to_vec()));
        }
        let name = self.git(WHAT, ["rev-parse", "--verify", "--quiet", "HEAD"], b"")?;
        oid(WHAT, line(&name)).map(Target::Object)
    }

    fn references(&self) -> Result<Vec<Reference>> {
        const WHAT: &str = "list references";
        let format = "--format=%(objectname) %(refname)%00%(symref)";
        let said = self.git(WHAT, ["for-each-ref", format], b"")?;
        let mut references = Vec::new();
        for entry in said.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            let mut halves = entry.splitn(2, |&byte| byte == 0);
            let (name, symbolic) =
                (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
            let mut words = name.splitn(2, |&byte| byte == b' ');
            let (object, name) =
                (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            if name == STASH.as_bytes() {
                continue;
            }
            let target = if symbolic.is_empty() {
                Target::Object(oid(WHAT, object)?)
            } else {
                Target::Symbolic(symbolic.to_vec())
            };
            references.push(Reference { name: name.to_vec(), target });
        }
        references.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(references)
    }

    fn index(&self, file: &Path) -> Result<Vec<IndexEntry>> {
        const WHAT: &str = "read the index";
        if look(file)?.is_none() {
            return Ok(Vec::new());
        }
        let said =
            self.with_index(WHAT, file, &["ls-files", "--stage", "-v", "-z", "--full-name"], b"")?;
        // Announced paths are told from staged empty files by what a diff makes of them.
        let announced: BTreeSet<Vec<u8>> = self
            .with_index(WHAT, file, &["ls-files", "--debug", "-z"], b"")
            .map(|said| announced(&said))
            .unwrap_or_default();
        let mut entries = Vec::new();
        for part in parts(&said) {
            let bad = || CheckpointError::Git {
                what: WHAT,
                message: format!("{} is no entry", String::from_utf8_lossy(part)),
            };
            let tab = part.iter().position(|&byte| byte == b'\t').ok_or_else(bad)?;
            let words: Vec<&[u8]> = part[..tab].split(|&byte| byte == b' ').collect();
            let &[tag, mode, object, stage] = words.as_slice() else { return Err(bad()) };
            let tag = *tag.first().ok_or_else(bad)?;
            let number = |digits: &[u8]| {
                std::str::from_utf8(digits).ok().and_then(|text| u32::from_str_radix(text, 8).ok())
            };
            let path = part[tab + 1..].to_vec();
            entries.push(IndexEntry {
                stage: number(stage).ok_or_else(bad)? as u8,
                mode: number(mode).ok_or_else(bad)?,
                oid: oid(WHAT, object)?,
                skip: tag.eq_ignore_ascii_case(&b'S'),
                assume: tag.is_ascii_lowercase(),
                announced: announced.contains(&path),
                path,
            });
        }
        entries.sort_by(|a, b| (&a.path, a.stage).cmp(&(&b.path, b.stage)));
        Ok(entries)
    }

    fn staged(&self, commit: Option<Oid>, index: &[IndexEntry]) -> Result<Vec<TreeChange>> {
        const WHAT: &str = "compare HEAD with the index";
        let conflicts: BTreeSet<&[u8]> =
            index.iter().filter(|entry| entry.stage > 0).map(|entry| &entry.path[..]).collect();
        let staged = index.iter().filter(|entry| entry.stage == 0 && !entry.announced);
        let Some(commit) = commit else {
            return Ok(staged
                .map(|entry| (entry.path.clone(), Some((entry.mode, entry.oid))))
                .collect());
        };
        let name = commit.to_string();
        let arguments =
            ["diff-index", "--cached", "--no-renames", "--name-only", "-z", &name, "--"];
        let said = self.git(WHAT, arguments, b"")?;
        let known: BTreeMap<&[u8], &IndexEntry> =
            staged.map(|entry| (&entry.path[..], entry)).collect();
        Ok(parts(&said)
            .filter(|path| !conflicts.contains(path))
            .map(|path| (path.to_vec(), known.get(path).map(|entry| (entry.mode, entry.oid))))
            .collect())
    }

    fn ignored(&self, paths: &[&[u8]]) -> Result<Vec<bool>> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let arguments =
            ["ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z"];
        let said = self.git("list ignored files", arguments, b"")?;
        let (mut files, mut folders) = (BTreeSet::new(), BTreeSet::new());
        for path in parts(&said) {
            match path.strip_suffix(b"/") {
                Some(folder) => folders.insert(folder),
                None => files.insert(path),
            };
        }
        Ok(paths
            .iter()
            .map(|path| {
                let above = std::iter::successors(Some(*path), |path| {
                    crate::checkpoint::tree::parent(path).filter(|path| !path.is_empty())
                });
                files.contains(path) || { above }.any(|folder| folders.contains(folder))
            })
            .collect())
    }

    fn blob(&self, oid: Oid) -> Result<Option<Vec<u8>>> {
        self.asked(&self.objects, "--batch", |objects| objects.read(oid))
    }

    fn has(&self, oid: Oid) -> bool {
        let size = self.asked(&self.names, "--batch-check", |objects| objects.ask(oid));
        matches!(size, Ok(Some(_)))
    }

    fn write_blobs(&self, contents: &[Vec<u8>]) -> Result<Vec<Oid>> {
        const WHAT: &str = "write an object";
        let folder = self.temporary("blobs");
        std::fs::create_dir(&folder).map_err(CheckpointError::io(&folder))?;
        let written = (|| {
            let mut paths = Vec::new();
            for (number, bytes) in contents.iter().enumerate() {
                let path = folder.join(number.to_string());
                std::fs::write(&path, bytes).map_err(CheckpointError::io(&path))?;
                paths.push(path);
            }
            self.hash_files(WHAT, &paths, false)
        })();
        // Best effort: the folder is of no use to anybody.
        let _ = std::fs::remove_dir_all(&folder);
        written
    }

    fn add_files(&self, paths: &[&[u8]]) -> Result<Vec<Option<Oid>>> {
        let mut there: Vec<usize> = (0..paths.len()).collect();
        loop {
            // Below the root, so that attributes apply.
            let files: Vec<PathBuf> =
                there.iter().map(|&at| PathBuf::from(OsStr::from_bytes(paths[at]))).collect();
            let error = match self.hash_files("add a file", &files, true) {
                Ok(names) => {
                    let mut all = vec![None; paths.len()];
                    for (&at, name) in there.iter().zip(names) {
                        all[at] = Some(name);
                    }
                    return Ok(all);
                }
                Err(error) => error,
            };
            // It stops at the first that went away meanwhile.
            let mut still = Vec::new();
            for &at in &there {
                let file = look(&on_disk(&self.layout.tree, paths[at]))?;
                if file.is_some_and(|metadata| metadata.is_file()) {
                    still.push(at);
                }
            }
            if still.len() == there.len() {
                return Err(error);
            }
            there = still;
        }
    }

    fn write_tree(&self, commit: Option<Oid>, changes: &[TreeChange]) -> Result<Oid> {
        const WHAT: &str = "write a tree";
        if let Some(commit) = commit.filter(|_| changes.is_empty()) {
            let said = self.git(WHAT, ["rev-parse", &format!("{commit}^{{tree}}")], b"")?;
            return oid(WHAT, line(&said));
        }
        let index = self.temporary("index");
        let written = (|| {
            match commit {
                Some(commit) => {
                    self.with_index(WHAT, &index, &["read-tree", &commit.to_string()], b"")?
                }
                None => self.with_index(WHAT, &index, &["read-tree", "--empty"], b"")?,
            };
            let width = if self.layout.sha256 { 64 } else { 40 };
            let mut input = Vec::new();
            for (path, _) in changes.iter().filter(|(_, to)| to.is_none()) {
                input.extend_from_slice(format!("0 {}\t", "0".repeat(width)).as_bytes());
                input.extend_from_slice(path);
                input.push(0);
            }
            for (path, to) in changes {
                let Some((mode, oid)) = to else { continue };
                input.extend_from_slice(format!("{mode:o} {oid}\t").as_bytes());
                input.extend_from_slice(path);
                input.push(0);
            }
            let arguments = ["update-index", "--add", "--replace", "-z", "--index-info"];
            self.with_index(WHAT, &index, &arguments, &input)?;
            let said = self.with_index(WHAT, &index, &["write-tree"], b"")?;
            oid(WHAT, line(&said))
        })();
        let _ = std::fs::remove_file(&index);
        written
    }

    fn commit(&self, tree: Oid, parents: &[Oid], message: &str) -> Result<Oid> {
        const WHAT: &str = "write a commit";
        let mut arguments = vec!["commit-tree".to_owned(), tree.to_string()];
        for parent in parents {
            arguments.extend(["-p".to_owned(), parent.to_string()]);
        }
        let said = self.git(WHAT, arguments, message.as_bytes())?;
        oid(WHAT, line(&said))
    }

    fn stash(&self, commit: Oid, message: &str) -> Result<()> {
        let arguments = ["stash", "store", "--quiet", "-m", message, &commit.to_string()];
        self.git("write the list of stashes", arguments, b"").map(|_| ())
    }

    fn stashes(&self) -> Result<Vec<Stash>> {
        const WHAT: &str = "read the list of stashes";
        if self.git(WHAT, ["rev-parse", "--verify", "--quiet", STASH], b"").is_err() {
            return Ok(Vec::new());
        }
        let format = "--format=%H%x00%gs%x00%gn%x00%ge%x00%gd%x00";
        let arguments = ["log", "-g", "--no-show-signature", "--date=raw", format, STASH, "--"];
        let said = self.git(WHAT, arguments, b"")?;
        let fields: Vec<&[u8]> = said.split(|&byte| byte == 0).collect();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        fields
            .chunks_exact(5)
            .map(|fields| {
                let object = fields[0].strip_prefix(b"\n").unwrap_or(fields[0]);
                let when = text(fields[4]);
                let (seconds, offset) = raw_time(&when).unwrap_or_default();
                Ok(Stash {
                    oid: oid(WHAT, object)?,
                    message: fields[1].to_vec(),
                    who: (text(fields[2]), text(fields[3]), seconds, offset),
                })
            })
            .collect()
    }

    fn drop_stash(&self, at: usize, expected: &Stash) -> Result<()> {
        const WHAT: &str = "change the list of stashes";
        let entry = format!("{STASH}@{{{at}}}");
        let is = self.git(WHAT, ["rev-parse", "--verify", "--quiet", &entry], b"");
        if !is.is_ok_and(|name| Oid::from_hex(line(&name)) == Some(expected.oid)) {
            return Err(other_stashes());
        }
        self.git(WHAT, ["stash", "drop", "--quiet", &entry], b"").map(|_| ())
    }

    fn add_stash(&self, stash: &Stash) -> Result<()> {
        let (name, address, seconds, offset) = &stash.who;
        let sign = if *offset < 0 { '-' } else { '+' };
        let zone = format!("{sign}{:02}{:02}", offset.abs() / 60, offset.abs() % 60);
        let mut command = command(&self.layout.tree);
        command
            .env("GIT_COMMITTER_NAME", name)
            .env("GIT_COMMITTER_EMAIL", address)
            .env("GIT_COMMITTER_DATE", format!("{seconds} {zone}"))
            .args(["stash", "store", "--quiet", "-m"])
            .arg(OsStr::from_bytes(&stash.message))
            .arg(stash.oid.to_string());
        run("change the list of stashes", command, b"").map(|_| ())
    }

    fn set_references(&self, changes: &[RefChange]) -> Result<()> {
        const WHAT: &str = "change references";
        let zero = "0".repeat(if self.layout.sha256 { 64 } else { 40 });
        let mut input = Vec::new();
        let mut symbolic = Vec::new();
        for change in changes {
            let old = match &change.from {
                Some(Target::Object(oid)) => oid.to_string(),
                _ => zero.clone(),
            };
            let new = match &change.to {
                Some(Target::Object(oid)) => oid.to_string(),
                None => zero.clone(),
                Some(Target::Symbolic(_)) => {
                    symbolic.push(change);
                    continue;
                }
            };
            if matches!(change.from, Some(Target::Symbolic(_))) {
                symbolic.push(change);
                continue;
            }
            input.extend_from_slice(b"update ");
            input.extend_from_slice(&change.name);
            input.extend_from_slice(format!("\0{new}\0{old}\0").as_bytes());
        }
        if !input.is_empty() {
            let arguments = ["update-ref", "--no-deref", "-m", REFLOG, "--stdin", "-z"];
            self.git(WHAT, arguments, &input)?;
        }
        for change in symbolic {
            let name = OsStr::from_bytes(&change.name);
            let arguments: Vec<OsString> = match &change.to {
                Some(Target::Symbolic(to)) => {
                    vec!["symbolic-ref".into(), name.into(), OsStr::from_bytes(to).into()]
                }
                Some(Target::Object(oid)) => vec![
                    "update-ref".into(),
                    "--no-deref".into(),
                    name.into(),
                    oid.to_string().into(),
                ],
                None => vec!["symbolic-ref".into(), "--delete".into(), name.into()],
            };
            self.git(WHAT, arguments, b"")?;
        }
        Ok(())
    }

    fn set_head(&self, target: &Target) -> Result<()> {
        const WHAT: &str = "change HEAD";
        match target {
            Target::Symbolic(name) => {
                let arguments: [&OsStr; 5] = [
                    "symbolic-ref".as_ref(),
                    "-m".as_ref(),
                    REFLOG.as_ref(),
                    "HEAD".as_ref(),
                    OsStr::from_bytes(name),
                ];
                self.git(WHAT, arguments, b"")?;
            }
            Target::Object(oid) => {
                let name = oid.to_string();
                let arguments = ["update-ref", "--no-deref", "-m", REFLOG, "HEAD", &name];
                self.git(WHAT, arguments, b"")?;
            }
        }
        Ok(())
    }

    fn edit_index(&self, file: &Path, changes: &[(Vec<u8>, Vec<IndexEntry>)]) -> Result<()> {
        const WHAT: &str = "change the index";
        let width = if self.layout.sha256 { 64 } else { 40 };
        let mut input = Vec::new();
        for (path, entries) in changes {
            input.extend_from_slice(format!("0 {}\t", "0".repeat(width)).as_bytes());
            input.extend_from_slice(path);
            input.push(0);
            for entry in entries {
                let head = format!("{:o} {} {}\t", entry.mode, entry.oid, entry.stage);
                input.extend_from_slice(head.as_bytes());
                input.extend_from_slice(path);
                input.push(0);
            }
        }
        self.with_index(WHAT, file, &["update-index", "-z", "--index-info"], &input)?;
        for (option, flag) in [
            ("--skip-worktree", (|entry| entry.skip) as fn(&IndexEntry) -> bool),
            ("--assume-unchanged", |entry| entry.assume),
        ] {
            let mut input = Vec::new();
            for entry in changes.iter().flat_map(|(_, entries)| entries).filter(|entry| flag(entry))
            {
                input.extend_from_slice(&entry.path);
                input.push(0);
            }
            if !input.is_empty() {
                self.with_index(WHAT, file, &["update-index", option, "-z", "--stdin"], &input)?;
            }
        }
        Ok(())
    }
}

/// The paths that `ls-files --debug -z` marks as announced: `path NUL ctime: … flags: 20000000`.
fn announced(said: &[u8]) -> BTreeSet<Vec<u8>> {
    const FLAG: u64 = 1 << 29;
    let mut paths = BTreeSet::new();
    let mut rest = said;
    while let Some(end) = rest.iter().position(|&byte| byte == 0) {
        let path = rest[..end].to_vec();
        rest = &rest[end + 1..];
        let Some(at) = rest.windows(7).position(|window| window == b"flags: ") else { break };
        let line = &rest[at + 7..];
        let length = line.iter().position(|&byte| byte == b'\n').unwrap_or(line.len());
        let flags = std::str::from_utf8(&line[..length]).ok();
        if flags.and_then(|text| u64::from_str_radix(text.trim(), 16).ok()).unwrap_or(0) & FLAG != 0
        {
            paths.insert(path);
        }
        rest = line.get(length + 1..).unwrap_or_default();
    }
    paths
}

/// `stash@{1764 +0100}` of `--date=raw`.
fn raw_time(selector: &str) -> Option<(i64, i32)> {
    let (_, inside) = selector.rsplit_once('{')?;
    let (seconds, zone) = inside.trim_end_matches('}').split_once(' ')?;
    let zone: i32 = zone.parse().ok()?;
    Some((seconds.parse().ok()?, zone / 100 * 60 + zone % 100))
}
