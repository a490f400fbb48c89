//! How long answers take: `latency` writes `benches/results/latency.md` and `.json`.
//!
//! Every type of question is asked of Django, Tokio and Express together, in one process as an
//! agent's server does it: about a dozen subjects of each type, taken evenly from all that there
//! are; the first question of a type, which may have to compute what later ones share, is told
//! apart (`--large` asks only the large graph and writes nothing). A process that starts, answers and ends is measured by the clock. Impact and path
//! questions are asked of a graph of five million edges that is made for it: functions call
//! functions with numbers near theirs, and a few far ones, as code does.

use crate::questions::percentile;
use crate::{Arguments, Outcome, binary, print, workspace};
use qf_graph::facts::{DefinitionFlags, SymbolKind};
use qf_graph::snapshot::Direction;
use qf_graph::store::Home;
use qf_graph::store::disk::write_atomically;
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use qf_graph::store::repository::{
    EdgeData, FileData, FileFlags, NONE, RepositoryData, SymbolData, compress,
};
use qf_graph::{EdgeKind, Snapshot, Tier};
use qf_query::Options;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

type Error = Box<dyn std::error::Error>;

/// Subjects of a type.
const SUBJECTS: usize = 14;

/// See the module.
pub fn run(arguments: &Arguments) -> Outcome {
    if arguments.flag("--large") {
        // For profiles: nothing is written.
        let folder = std::env::temp_dir().join(format!("qf-large-{}", std::process::id()));
        for (name, times) in large(&folder)?.times {
            print::line(&format!("{name}: {times:.0?}"));
        }
        return Ok(std::fs::remove_dir_all(&folder)?);
    }
    let qf = binary(arguments)?;
    let scratch = std::env::temp_dir().join(format!("qf-latency-{}", std::process::id()));
    let home = scratch.join("packages");
    let mut index = Command::new(&qf);
    index.env("QF_HOME", &home).args(["index", "--quiet"]).stdout(std::process::Stdio::null());
    for name in ["django", "tokio", "express"] {
        let path = std::env::var_os("QF_CORPORA")
            .map_or_else(|| workspace().join("target/corpora"), PathBuf::from)
            .join(name);
        if !path.is_dir() {
            return Err(format!("{} is missing: cargo xtask corpora", path.display()).into());
        }
        index.arg(path);
    }
    if !index.status()?.success() {
        return Err("indexing failed".into());
    }
    let snapshot = Snapshot::open(&Home::new(home.clone()))?;
    let mut text = String::from(
        "# Latency\n\nTime to the whole answer, in milliseconds. Made by `cargo xtask latency`.\n\n\
         Django, Tokio and Express together, in one process; the first question of a type may compute \
         what the others share.\n\n| type | questions | first | p50 | p95 |\n|---|---|---|---|---|\n",
    );
    let mut types = BTreeMap::new();
    let mut worst: f64 = 0.0;
    for (name, questions) in questions(&snapshot) {
        let (first, times) = asked(&snapshot, &questions);
        let (p50, p95) = (percentile(&times, 0.5), percentile(&times, 0.95));
        worst = worst.max(p95);
        let _ =
            writeln!(text, "| {name} | {} | {first:.1} | {p50:.1} | {p95:.1} |", questions.len());
        types.insert(name, json!({ "first": round(first), "p50": round(p50), "p95": round(p95) }));
    }
    let cold = cold(&qf, &home)?;
    let (p50, p95) = (percentile(&cold, 0.5), percentile(&cold, 0.95));
    let _ = writeln!(
        text,
        "\nA process that starts, answers (`qf ask`) and ends: {p50:.0} in the median, {p95:.0} at p95."
    );
    drop(snapshot);
    let large = large(&scratch.join("large"))?;
    let _ = writeln!(
        text,
        "\nA graph of {} functions and {} calls:\n\n| question | p50 | worst |\n|---|---|---|",
        large.functions, large.edges
    );
    for (name, times) in &large.times {
        let _ = writeln!(
            text,
            "| {name} | {:.0} | {:.0} |",
            percentile(times, 0.5),
            percentile(times, 1.0)
        );
    }
    std::fs::remove_dir_all(&scratch)?;
    let of_large = large.times.iter().map(|(name, times)| {
        (
            name.clone(),
            json!({ "p50": round(percentile(times, 0.5)), "worst": round(percentile(times, 1.0)) }),
        )
    });
    let results = json!({
        "types": types,
        "worst_p95": round(worst),
        "cold": { "p50": round(p50), "p95": round(p95) },
        "large": of_large.collect::<BTreeMap<_, _>>(),
        "large_edges": large.edges,
    });
    print::line(&text);
    let folder = workspace().join("benches/results");
    std::fs::write(folder.join("latency.md"), text)?;
    std::fs::write(folder.join("latency.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    Ok(())
}

/// Milliseconds of the first question and of all of them, each the better of two.
fn asked(snapshot: &Snapshot, questions: &[String]) -> (f64, Vec<f64>) {
    let options = Options::default();
    let mut first = None;
    let mut times = Vec::new();
    for question in questions {
        let mut best = f64::INFINITY;
        for _ in 0..2 {
            let begun = Instant::now();
            let answer = qf_query::ask(snapshot, question, &options);
            let time = begun.elapsed().as_secs_f64() * 1000.0;
            std::hint::black_box(answer);
            first.get_or_insert(time);
            best = best.min(time);
        }
        times.push(best);
    }
    (first.unwrap_or(0.0), times)
}

/// Questions of every type, with subjects taken evenly from those that there are.
fn questions(snapshot: &Snapshot) -> Vec<(&'static str, Vec<String>)> {
    let pick = |wanted: &dyn Fn(SymbolKind) -> bool, used: &[EdgeKind]| -> Vec<String> {
        let all: Vec<_> = snapshot
            .symbols()
            .filter(|symbol| wanted(snapshot.kind(*symbol)) && !snapshot.is_test(*symbol))
            .filter(|symbol| {
                let mut found = used.is_empty();
                snapshot.hop(*symbol, Direction::In, |_, kind, _| found |= used.contains(&kind));
                found
            })
            .collect();
        let step = (all.len() / SUBJECTS).max(1);
        all.iter()
            .step_by(step)
            .take(SUBJECTS)
            .map(|symbol| snapshot.qualified_name(*symbol).to_owned())
            .collect()
    };
    let functions = pick(&SymbolKind::is_callable, &[EdgeKind::Calls]);
    let types = pick(&SymbolKind::is_type, &[EdgeKind::Inherits, EdgeKind::Implements]);
    let fields = pick(&|kind| kind == SymbolKind::Field, &[EdgeKind::Writes]);
    let say = |names: &[String], words: &str| -> Vec<String> {
        names.iter().map(|name| words.replace("{}", name)).collect()
    };
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let paths = functions.iter().zip(functions.iter().cycle().skip(5));
    let topics = [
        "password hasher",
        "url converter",
        "middleware",
        "template tag",
        "database backend",
        "response helper",
        "timer driver",
        "form widget",
        "cache backend",
        "signal handler",
    ];
    vec![
        ("add", topics.iter().map(|topic| format!("where would I add a new {topic}")).collect()),
        ("callees", say(&functions, "what does {} call")),
        ("callers", say(&functions, "who calls {}")),
        (
            "consumers",
            lines(&["what handles GET /", "who handles POST /", "handlers of the route GET /"]),
        ),
        ("cycles", lines(&["cycles", "import cycles in django", "circular dependencies"])),
        ("dead code", lines(&["dead code", "dead code in tokio", "unused functions in express"])),
        (
            "dependencies",
            lines(&[
                "what does tokio depend on",
                "what does express depend on",
                "dependencies of django",
            ]),
        ),
        (
            "dependents",
            lines(&[
                "which repos depend on the package router",
                "which repos depend on asgiref",
                "which projects require mio",
            ]),
        ),
        ("endpoints", say(&functions, "which endpoints reach {}")),
        ("entries", say(&functions, "which entry points reach {}")),
        ("examples", say(&types, "example uses of {}")),
        (
            "hotspots",
            lines(&["hotspots", "most used functions in django", "most called functions"]),
        ),
        ("impact", say(&functions, "what breaks if I change {}")),
        ("implementers", say(&types, "what implements {}")),
        (
            "overview",
            lines(&[
                "how is django organised",
                "how is tokio organised",
                "how is express organised",
                "overview of everything",
            ]),
        ),
        ("path", paths.map(|(a, b)| format!("how does {a} reach {b}")).collect()),
        (
            "raised",
            lines(&[
                "where is the error \"No installed app with label 'shop'\" raised",
                "where is the message \"broadcast channel capacity cannot be zero\" raised",
                "who throws \"app.use() requires a middleware function\"",
                "where is the error \"Model class doesn't declare an explicit app_label\" raised",
                "where is the error \"cannot drop a runtime in a context where blocking is not allowed\" raised",
                "where is ImproperlyConfigured raised",
                "where is the warning \"Overriding setting DATABASES can lead to unexpected behavior\" logged",
            ]),
        ),
        ("readers", say(&fields, "who reads {}")),
        ("screens", say(&functions, "which pages call {}")),
        (
            "search",
            lines(&[
                "functions that validate a password",
                "parse the headers of a request",
                "spawn a task on the runtime",
                "render a template to a response",
                "connect to the database",
                "send an email with attachments",
                "wait for a timer to elapse",
                "escape html in a string",
                "choose the language of a request",
                "serve static files",
                "lock a mutex asynchronously",
                "compile a query to SQL",
            ]),
        ),
        ("similar", say(&functions, "functions similar to {}")),
        ("tests", say(&functions, "which tests cover {}")),
        ("what", say(&types, "what is {}")),
        ("where", say(&functions, "where is {}")),
        ("writers", say(&fields, "who writes {}")),
    ]
}

/// Milliseconds by the clock of whole processes.
fn cold(qf: &Path, home: &Path) -> Result<Vec<f64>, Error> {
    const QUESTIONS: [&str; 6] = [
        "who calls HttpResponse",
        "where is Runtime.spawn",
        "what breaks if I change Model.save",
        "functions that validate a password",
        "who writes Model._state",
        "which tests cover Paginator.page",
    ];
    let mut times = Vec::new();
    for question in QUESTIONS.iter().cycle().take(QUESTIONS.len() * 4) {
        let begun = Instant::now();
        Command::new(qf)
            .env("QF_HOME", home)
            .args(["ask", question])
            .stdout(std::process::Stdio::null())
            .status()?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(times)
}

/// What a large graph was asked.
struct Large {
    functions: u32,
    edges: usize,
    times: Vec<(String, Vec<f64>)>,
}

fn large(folder: &Path) -> Result<Large, Error> {
    /// Functions, each with so many calls.
    const FUNCTIONS: u32 = 500_000;
    const CALLS: u32 = 10;
    /// Functions of a file.
    const OF_FILE: u32 = 50;
    let mut data = RepositoryData { name: "large".to_owned(), ..RepositoryData::default() };
    let source = "f\n".repeat(OF_FILE as usize);
    for file in 0..FUNCTIONS / OF_FILE {
        data.files.push(FileData {
            path: format!("src/m{file:06}.py"),
            language: "python".to_owned(),
            lines: OF_FILE,
            size: source.len() as u32,
            flags: FileFlags::default(),
            hash: [0; 32],
            face: [0; 16],
            text: compress(&source),
        });
    }
    let symbol = |at: u32| SymbolData {
        name: format!("f{at}"),
        qualified: format!("f{at}"),
        kind: SymbolKind::Function,
        flags: DefinitionFlags::empty(),
        file: at / OF_FILE,
        parent: NONE,
        start: at % OF_FILE * 2,
        end: at % OF_FILE * 2 + 1,
        signature_end: at % OF_FILE * 2 + 1,
        name_start: at % OF_FILE * 2,
        line: at % OF_FILE + 1,
        first_line: at % OF_FILE + 1,
        last_line: at % OF_FILE + 1,
        doc: None,
    };
    data.symbols = (0..FUNCTIONS).map(symbol).collect();
    data.rules = vec!["made".to_owned()];
    let mut random = 1u64;
    let mut below = |limit: u32| {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((random >> 33) % u64::from(limit)) as u32
    };
    for from in 0..FUNCTIONS {
        for call in 0..CALLS {
            // Most calls stay near and lead on; one in ten goes anywhere further on.
            let far = call == 0;
            let to = if far { from + below(FUNCTIONS - from) } else { from + 1 + below(2000) };
            if to < FUNCTIONS && to != from {
                data.edges.push(EdgeData {
                    from,
                    kind: EdgeKind::Calls,
                    to,
                    file: from / OF_FILE,
                    start: from % OF_FILE * 2,
                    len: 1,
                    line: from % OF_FILE + 1,
                    tier: Tier::Exact,
                    rule: 0,
                    flags: 0,
                });
            }
        }
    }
    let edges = data.edges.len();
    let home = Home::new(folder.to_path_buf());
    home.create()?;
    write_atomically(&home.segments().join("large.seg"), &data.serialize())?;
    drop(data);
    let mut manifest = Manifest::default();
    manifest.repositories.push(RepositoryEntry {
        name: "large".to_owned(),
        root: "/large".to_owned(),
        segment: "large.seg".to_owned(),
        facts: String::new(),
        revision: None,
        branch: None,
        nearest: None,
        compiler: None,
    });
    manifest.publish(&home)?;
    let snapshot = Snapshot::open(&home)?;
    let options = Options::default();
    let mut times = Vec::new();
    let timed = |ask: &dyn Fn(u32)| -> Vec<f64> {
        (1..=10)
            .map(|at| {
                let begun = Instant::now();
                ask(FUNCTIONS / 11 * at);
                begun.elapsed().as_secs_f64() * 1000.0
            })
            .collect()
    };
    times.push((
        "impact, everything that is reached".to_owned(),
        timed(&|at| drop(qf_query::impact(&snapshot, &format!("f{at}"), &options))),
    ));
    let three = Options { hops: Some(3), ..Options::default() };
    times.push((
        "impact, three hops".to_owned(),
        timed(&|at| drop(qf_query::impact(&snapshot, &format!("f{at}"), &three))),
    ));
    times.push((
        "path".to_owned(),
        timed(&|at| {
            let (from, to) = (format!("f{}", at / 3), format!("f{at}"));
            drop(qf_query::path(&snapshot, &from, &to, &options));
        }),
    ));
    times.push((
        "callers".to_owned(),
        timed(&|at| drop(qf_query::callers(&snapshot, &format!("f{at}"), &options))),
    ));
    Ok(Large { functions: FUNCTIONS, edges, times })
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
