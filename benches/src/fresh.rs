//! How fresh an index is: `fresh` writes `benches/results/fresh.md` and `.json`.
//!
//! First, on more than a million lines (`--also DIR,DIR` beside the pinned packages): what a full
//! run costs, what a run costs that finds nothing to do, and how long it takes from saving a file
//! until a new process answers from it, while a watch runs. Then (`--minutes N`) everything at once: one watcher, eight
//! readers that start a process for each question, an agent's server, and random edits below them;
//! no answer may fail or be older than what was published when it was asked for, and in the end
//! the index is that of a clean run.

use crate::questions::percentile;
use crate::{Arguments, Outcome, binary, print, workspace};
use qf_graph::Snapshot;
use qf_graph::store::Home;
use qf_graph::store::disk::write_atomically;
use qf_graph::store::manifest::Manifest;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

type Error = Box<dyn std::error::Error>;
type Fallible<T> = Result<T, Error>;

/// Processes that ask at once.
const READERS: u64 = 8;
/// Edits of each kind in a small package.
const ROUNDS: usize = 10;
/// Files of chance that are edited.
const ANYWHERE: usize = 20;
/// The package whose branches are switched; it has more than five hundred files of Python.
const SWITCHED: &str = "django";
/// Packages below the edits of everything at once.
const SMALL: [&str; 4] = ["flask", "requests", "express", "router"];
/// How long after the last edit the watch may still be at work.
const SETTLED: Duration = Duration::from_secs(30);
/// A save that is not answered from after this long fails the measurement.
const PATIENCE: Duration = Duration::from_secs(300);

/// See the module.
pub fn run(arguments: &Arguments) -> Outcome {
    let qf = binary(arguments)?;
    let corpora = std::env::var_os("QF_CORPORA")
        .map_or_else(|| workspace().join("target/corpora"), PathBuf::from);
    let scratch = std::env::temp_dir().join(format!("qf-fresh-{}", std::process::id()));
    let also: Vec<PathBuf> = arguments
        .value("--also")
        .into_iter()
        .flat_map(|list| list.split(','))
        .map(PathBuf::from)
        .collect();
    let minutes: f64 = arguments.value("--minutes").map_or(Ok(10.0), str::parse)?;
    let large = refreshes(&qf, &scratch.join("large"), &corpora, &also)?;
    print::line(&large.to_string());
    let together = together(&qf, &scratch.join("together"), &corpora, minutes)?;
    print::line(&together.to_string());
    std::fs::remove_dir_all(&scratch)?;
    let results = workspace().join("benches/results");
    let text = text(&large, &together);
    let mut bytes = serde_json::to_vec_pretty(&json!({ "large": large, "together": together }))?;
    bytes.push(b'\n');
    write_atomically(&results.join("fresh.json"), &bytes)?;
    Ok(write_atomically(&results.join("fresh.md"), text.as_bytes())?)
}

fn text(large: &Value, together: &Value) -> String {
    let mut text = String::from(
        "# Freshness\n\nMade by `cargo xtask fresh`. Seconds, unless something else is said.\n\n",
    );
    let _ = writeln!(
        text,
        "## {} lines in {} repositories\n\n| what | p50 | p95 |\n|---|---|---|",
        large["lines"], large["repositories"]
    );
    for (name, key) in [
        ("a full run", "full"),
        ("a run that finds nothing to do", "nothing"),
        ("from saving a changed body to the first answer that sees it", "body"),
        ("from saving a changed signature to the first answer that sees it", "signature"),
        ("from saving any file with a new function to the first answer that has it", "anywhere"),
        ("from switching to a branch with 500 other files to the first answer of it", "switch"),
    ] {
        let _ = writeln!(text, "| {name} | {} | {} |", large[key]["p50"], large[key]["p95"]);
    }
    let _ = writeln!(
        text,
        "\n## Everything at once, for {} minutes\n\n{} edits below one watcher, which published {} \
         generations; {} questions by {READERS} readers, a process each (p50 {} ms, p95 {} ms), {} to an \
         agent's server (p50 {} ms, p95 {} ms). Errors: {}. Answers older than what was published when \
         they were asked for: {}. The index in the end is that of a clean run: {}.",
        together["minutes"],
        together["edits"],
        together["generations"],
        together["readers"]["questions"],
        together["readers"]["p50_ms"],
        together["readers"]["p95_ms"],
        together["server"]["questions"],
        together["server"]["p50_ms"],
        together["server"]["p95_ms"],
        together["errors"],
        together["stale"],
        together["like_clean"],
    );
    text
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn spread(times: &[f64]) -> Value {
    json!({ "p50": rounded(percentile(times, 0.5)), "p95": rounded(percentile(times, 0.95)), "n": times.len() })
}

fn copy(from: &Path, to: &Path) -> Fallible<()> {
    let status = Command::new("cp").arg("-r").arg(from).arg(to).status()?;
    if status.success() { Ok(()) } else { Err(format!("copying {} failed", from.display()).into()) }
}

fn index(qf: &Path, home: &Path, paths: &[PathBuf]) -> Fallible<f64> {
    let begun = Instant::now();
    let status = Command::new(qf)
        .env("QF_HOME", home)
        .args(["index", "--quiet"])
        .args(paths)
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        return Err("indexing failed".into());
    }
    Ok(begun.elapsed().as_secs_f64())
}

/// A watch that is ended when this is dropped.
struct Watching(Child);

impl Watching {
    fn begin(qf: &Path, home: &Path, paths: &[PathBuf]) -> Fallible<Self> {
        let mut child = Command::new(qf)
            .env("QF_HOME", home)
            .arg("watch")
            .args(paths)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let first = lines.next().ok_or("the watch ended at once")??;
        if !first.starts_with("Watching") {
            return Err(first.into());
        }
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self(child))
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What it costs to keep a large workspace fresh.
fn refreshes(qf: &Path, scratch: &Path, corpora: &Path, also: &[PathBuf]) -> Fallible<Value> {
    let code = scratch.join("code");
    std::fs::create_dir_all(&code)?;
    let mut paths = Vec::new();
    let packages = std::fs::read_dir(corpora)?.filter_map(|entry| Some(entry.ok()?.path()));
    for from in packages.chain(also.iter().cloned()).filter(|path| path.is_dir()) {
        let to = code.join(from.file_name().unwrap_or_default());
        copy(&from, &to)?;
        paths.push(to);
    }
    paths.sort();
    let home = scratch.join("home");
    let full = [index(qf, &home, &paths)?];
    let nothing: Vec<f64> = (0..7).map(|_| index(qf, &home, &paths)).collect::<Fallible<_>>()?;
    let snapshot = Snapshot::open(&Home::new(&home))?;
    let lines: u64 =
        snapshot.repositories().map(|repository| snapshot.counts(repository).lines).sum();
    drop(snapshot);
    let watch = Watching::begin(qf, &home, &paths)?;
    let flask = code.join("flask/src/flask");
    let (mut body, mut signature) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // A body calls one more function of its own file; who calls that now is asked for.
        let path = flask.join("helpers.py");
        let text = std::fs::read_to_string(&path)?;
        let text = text.replace(
            "def get_debug_flag() -> bool:\n",
            &format!("def get_debug_flag() -> bool:\n    _marked_{round}()\n"),
        );
        let text = format!("{text}\n\ndef _marked_{round}():\n    pass\n");
        body.push(seen(
            qf,
            &home,
            &path,
            &text,
            &["ask", &format!("who calls _marked_{round}")],
            "get_debug_flag",
        )?);
        let path = flask.join("json/tag.py");
        let text = std::fs::read_to_string(&path)?;
        let text = text.replace("def tag(self, ", &format!("def tag(self, mark_{round}, "));
        signature.push(seen(
            qf,
            &home,
            &path,
            &text,
            &["ask", "where is TaggedJSONSerializer.tag"],
            &format!("mark_{round}"),
        )?);
    }
    let anywhere = anywhere(qf, &home, &code)?;
    let switch = switched(qf, &home, &code.join(SWITCHED), watch, &paths)?;
    Ok(json!({
        "lines": lines,
        "repositories": paths.len(),
        "full": spread(&full),
        "nothing": spread(&nothing),
        "body": spread(&body),
        "signature": spread(&signature),
        "anywhere": spread(&anywhere),
        "switch": spread(&[switch]),
    }))
}

/// A new function in files of chance, each as likely as any other: the larger a repository is, the
/// more often it is its turn.
fn anywhere(qf: &Path, home: &Path, code: &Path) -> Fallible<Vec<f64>> {
    let snapshot = Snapshot::open(&Home::new(home))?;
    let known = |file: &qf_graph::FileId| {
        matches!(snapshot.language(*file), "python" | "go" | "rust" | "javascript")
    };
    // Repositories are called after their folders.
    let files = snapshot.files().filter(known).map(|file| code.join(snapshot.display_path(file)));
    let files: Vec<PathBuf> = files.filter(|path| path.is_file()).collect();
    drop(snapshot);
    let mut random = Random(7);
    let mut times = Vec::new();
    for number in 0..ANYWHERE {
        let path = &files[random.below(files.len())];
        let name = format!("placed_{number}");
        let function = match path.extension().and_then(|extension| extension.to_str()) {
            Some("py") => format!("\n\ndef {name}():\n    pass\n"),
            Some("go") => format!("\n\nfunc {name}() {{}}\n"),
            Some("rs") => format!("\n\nfn {name}() {{}}\n"),
            _ => format!("\n\nfunction {name}() {{}}\n"),
        };
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        // The name alone would stand in an answer that it is not found, too.
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        times.push(seen(qf, home, path, &(text + &function), &["where", &name], &file)?);
    }
    Ok(times)
}

/// Seconds from switching to a branch in which five hundred files differ to the first answer that
/// sees it.
fn switched(
    qf: &Path,
    home: &Path,
    repository: &Path,
    watch: Watching,
    paths: &[PathBuf],
) -> Fallible<f64> {
    // Making the branches is no part of it.
    drop(watch);
    let git = |arguments: &[&str]| -> Fallible<()> {
        let status = Command::new("git")
            .arg("-C")
            .arg(repository)
            .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.autocrlf=false"])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if status.success() { Ok(()) } else { Err(format!("git {arguments:?} failed").into()) }
    };
    git(&["init", "-b", "main"])?;
    git(&["add", "-A"])?;
    git(&["commit", "-m", "all"])?;
    git(&["checkout", "-b", "other"])?;
    let mut files = sources(repository)?;
    files.sort();
    for (number, path) in files.iter().take(500).enumerate() {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        std::fs::write(path, format!("{text}\n\ndef branched_{number}():\n    pass\n"))?;
    }
    git(&["commit", "-a", "-m", "other"])?;
    git(&["checkout", "main"])?;
    let watch = Watching::begin(qf, home, paths)?;
    let begun = Instant::now();
    git(&["checkout", "other"])?;
    let last = files.get(499).and_then(|path| path.file_name()).ok_or("too few files")?;
    let took = asked(qf, home, &["where", "branched_499"], &last.to_string_lossy(), begun)?;
    drop(watch);
    Ok(took)
}

/// Seconds from saving a file to the first answer that has `wanted` in it.
fn seen(
    qf: &Path,
    home: &Path,
    path: &Path,
    text: &str,
    question: &[&str],
    wanted: &str,
) -> Fallible<f64> {
    let begun = Instant::now();
    std::fs::write(path, text)?;
    asked(qf, home, question, wanted, begun)
}

/// Asks until the answer has `wanted` in it; gives the seconds since `begun`.
fn asked(qf: &Path, home: &Path, question: &[&str], wanted: &str, begun: Instant) -> Fallible<f64> {
    while begun.elapsed() < PATIENCE {
        let output = Command::new(qf).env("QF_HOME", home).args(question).output()?;
        if output.status.success() && String::from_utf8_lossy(&output.stdout).contains(wanted) {
            return Ok(begun.elapsed().as_secs_f64());
        }
    }
    Err(format!("`{question:?}` never names {wanted}").into())
}

/// A generator of numbers that is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % end.max(1) as u64) as usize
    }
}

const QUESTIONS: [&str; 6] = [
    "who calls get",
    "where is Session",
    "what does dispatch_request call",
    "functions that update headers",
    "what breaks if I change send",
    "parse a cookie header",
];

/// Everything at once.
fn together(qf: &Path, scratch: &Path, corpora: &Path, minutes: f64) -> Fallible<Value> {
    let code = scratch.join("code");
    std::fs::create_dir_all(&code)?;
    let mut paths = Vec::new();
    for name in SMALL {
        copy(&corpora.join(name), &code.join(name))?;
        paths.push(code.join(name));
    }
    let home = scratch.join("home");
    let watch = Watching::begin(qf, &home, &paths)?;
    let first = Manifest::read(&Home::new(&home))?.generation;
    let done = AtomicBool::new(false);
    let (errors, stale) = (AtomicU64::new(0), AtomicU64::new(0));
    let end = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let judge = |answered: bool, answer: &Value, least: u64| match answer["generation"].as_u64() {
        Some(generation) if answered && answer["complete"] == true => {
            stale.fetch_add(u64::from(generation < least), Ordering::Relaxed);
        }
        _ => {
            print::line(&format!("no whole answer: {answer}"));
            errors.fetch_add(1, Ordering::Relaxed);
        }
    };
    let mut edits = 0;
    let (readers, server) = std::thread::scope(|scope| -> Fallible<_> {
        let (done, judge, home) = (&done, &judge, &home);
        let readers: Vec<_> = (0..READERS)
            .map(|seed| {
                scope.spawn(move || -> Result<Vec<f64>, String> {
                    let (mut random, mut times) = (Random(seed), Vec::new());
                    while !done.load(Ordering::Relaxed) {
                        let question = QUESTIONS[random.below(QUESTIONS.len())];
                        let least = Manifest::read(&Home::new(home)).map_err(|e| e.to_string())?;
                        let begun = Instant::now();
                        let output = Command::new(qf)
                            .env("QF_HOME", home)
                            .args(["ask", "--json", question])
                            .output()
                            .map_err(|error| error.to_string())?;
                        times.push(begun.elapsed().as_secs_f64() * 1000.0);
                        let answer = serde_json::from_slice(&output.stdout).unwrap_or_default();
                        let answered = matches!(output.status.code(), Some(0 | 1));
                        judge(answered, &answer, least.generation);
                    }
                    Ok(times)
                })
            })
            .collect();
        let server = scope.spawn(move || -> Result<Vec<f64>, String> {
            ask_server(qf, home, done, judge).map_err(|error| error.to_string())
        });
        let edited = (|| -> Fallible<()> {
            let mut random = Random(99);
            let files = sources(&code)?;
            while Instant::now() < end {
                edit(&files[random.below(files.len())], &mut random)?;
                edits += 1;
                std::thread::sleep(Duration::from_millis(random.below(400) as u64));
            }
            Ok(())
        })();
        done.store(true, Ordering::Relaxed);
        edited?;
        let mut all = Vec::new();
        for reader in readers {
            all.extend(reader.join().map_err(|_| "a reader panicked")??);
        }
        Ok((all, server.join().map_err(|_| "the server's client panicked")??))
    })?;
    let clean = scratch.join("clean");
    index(qf, &clean, &paths)?;
    let clean = Manifest::read(&Home::new(&clean))?;
    // What the watch comes to by itself: no other run mends what it may have missed.
    let begun = Instant::now();
    let (grown, like_clean) = loop {
        let grown = Manifest::read(&Home::new(&home))?;
        let same = grown.repositories == clean.repositories && grown.links == clean.links;
        if same || begun.elapsed() > SETTLED {
            break (grown, same);
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    drop(watch);
    let check = Command::new(qf).env("QF_HOME", &home).arg("check").output()?.status.success();
    let milliseconds = |times: &[f64]| {
        json!({
            "questions": times.len(),
            "p50_ms": percentile(times, 0.5).round(),
            "p95_ms": percentile(times, 0.95).round(),
        })
    };
    Ok(json!({
        "minutes": minutes,
        "edits": edits,
        "generations": grown.generation - first,
        "readers": milliseconds(&readers),
        "server": milliseconds(&server),
        "errors": errors.into_inner(),
        "stale": stale.into_inner(),
        "like_clean": check && like_clean,
    }))
}

fn sources(folder: &Path) -> Fallible<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "py" || extension == "js") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// One edit of a file: a function more, a text less, gone, back, another name.
fn edit(path: &Path, random: &mut Random) -> std::io::Result<()> {
    let aside = path.with_extension("aside");
    match random.below(6) {
        0 if path.exists() => std::fs::rename(path, &aside),
        _ if !path.exists() => std::fs::rename(&aside, path),
        1 => {
            let text = std::fs::read_to_string(path)?;
            let middle = text.lines().count() / 2;
            let lines: Vec<&str> = text
                .lines()
                .enumerate()
                .filter(|(at, _)| *at != middle)
                .map(|(_, line)| line)
                .collect();
            std::fs::write(path, lines.join("\n") + "\n")
        }
        _ => {
            let name = format!("added_{}", random.below(50));
            let function = if path.extension().is_some_and(|extension| extension == "py") {
                format!("\n\ndef {name}():\n    return get()\n")
            } else {
                format!("\nfunction {name}() {{ return get(); }}\n")
            };
            let text = std::fs::read_to_string(path)?;
            std::fs::write(path, text + &function)
        }
    }
}

/// Asks an agent's server, which lives all the while, as an agent does.
fn ask_server(
    qf: &Path,
    home: &Path,
    done: &AtomicBool,
    judge: &dyn Fn(bool, &Value, u64),
) -> Fallible<Vec<f64>> {
    let mut child = Command::new(qf)
        .env("QF_HOME", home)
        .arg("mcp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("no input")?;
    let mut output = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let mut call = |id: usize, method: &str, parameters: Value| -> Fallible<Value> {
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters });
        writeln!(input, "{request}")?;
        let line = output.next().ok_or("the server ended")??;
        if method == "initialize" {
            let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
            writeln!(input, "{ready}")?;
        }
        Ok(serde_json::from_str(&line)?)
    };
    let client = json!({
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": { "name": "xtask", "version": "1" },
    });
    call(0, "initialize", client)?;
    let (mut random, mut times) = (Random(7), Vec::new());
    while !done.load(Ordering::Relaxed) {
        let question = QUESTIONS[random.below(QUESTIONS.len())];
        let least = Manifest::read(&Home::new(home))?.generation;
        let begun = Instant::now();
        let parameters = json!({ "name": "ask", "arguments": { "question": question } });
        let answer = call(times.len() + 1, "tools/call", parameters)?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        let result = &answer["result"];
        judge(result["isError"] != true, &result["structuredContent"], least);
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(input);
    child.wait()?;
    Ok(times)
}
