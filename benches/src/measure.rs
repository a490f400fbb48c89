//! Speed and memory of whole commands.
//!
//! CPU seconds and peak memory are what the operating system reports for the finished child
//! process, so nothing is estimated. The yardstick is parsing alone: the same files with the same
//! grammars in the same run (`cargo xtask parse`), because the machines are noisy and a ratio is
//! not: commands take turns, and a ratio is the median of those of runs that follow each other.

use crate::{Arguments, Outcome, binary, corpora, print, workspace};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

type Error = Box<dyn std::error::Error>;

/// What one child process cost.
pub struct Cost {
    /// CPU seconds.
    pub cpu: f64,
    /// Seconds.
    pub wall: f64,
    /// Peak memory in MiB.
    pub peak: f64,
}

/// Runs a command under `/usr/bin/time`-like accounting: `bash -c 'time'` has no memory, so the
/// child is started by python3's `resource` module.
pub fn cost(command: &[String], home: &Path) -> Result<Cost, Error> {
    const SCRIPT: &str = "import os,resource,subprocess,sys,time,json\n\
        t=time.time(); r=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL)\n\
        u=resource.getrusage(resource.RUSAGE_CHILDREN)\n\
        print(json.dumps([r.returncode,u.ru_utime+u.ru_stime,time.time()-t,u.ru_maxrss/1024]))";
    let output = Command::new("python3")
        .args(["-c", SCRIPT])
        .args(command)
        .env("QF_HOME", home)
        .stderr(Stdio::inherit())
        .output()?;
    let row: Vec<f64> = serde_json::from_slice(&output.stdout)?;
    match row.as_slice() {
        [code, cpu, wall, peak] if *code <= 1.0 => Ok(Cost { cpu: *cpu, wall: *wall, peak: *peak }),
        _ => Err(format!("{command:?} failed").into()),
    }
}

/// Several runs of each command, by rounds. The commands take turns, so that a slow minute of the
/// machine meets all of them; `true` starts with an empty home.
fn rounds<const N: usize>(
    runs: usize,
    home: &Path,
    commands: &[(bool, Vec<String>); N],
) -> Result<Vec<[Cost; N]>, Error> {
    let mut rounds = Vec::new();
    for _ in 0..runs.max(1) {
        let mut round = Vec::new();
        for (fresh, command) in commands {
            if *fresh {
                let _ = std::fs::remove_dir_all(home);
            }
            round.push(cost(command, home)?);
        }
        rounds.push(round.try_into().map_err(|_| "a command was not run")?);
    }
    Ok(rounds)
}

/// The cheapest run of a command: noise only ever adds.
fn best<const N: usize>(rounds: &[[Cost; N]], command: usize) -> f64 {
    rounds.iter().map(|round| round[command].cpu).fold(f64::INFINITY, f64::min)
}

/// The median over the rounds of what two neighbours in time give.
fn median<const N: usize>(rounds: &[[Cost; N]], of: impl Fn(&[Cost; N]) -> f64) -> f64 {
    let mut all: Vec<f64> = rounds.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    let middle = all.len() / 2;
    if all.len() % 2 == 1 { all[middle] } else { f64::midpoint(all[middle - 1], all[middle]) }
}

fn words(qf: &Path, arguments: &[&str], paths: &[PathBuf]) -> Vec<String> {
    let mut all = vec![qf.to_string_lossy().into_owned()];
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    all.extend(paths.iter().map(|path| path.to_string_lossy().into_owned()));
    all
}

/// Parses every file that would be indexed, on all cores, and does nothing else.
pub fn parse_only(paths: &[String]) -> Outcome {
    use qf_indexer::{parse, walk};
    use rayon::prelude::*;
    for root in walk::roots(&paths.iter().map(PathBuf::from).collect::<Vec<_>>())? {
        let (files, _) = walk::files(&root.path);
        files.par_iter().for_each(|file| {
            let Ok(bytes) = std::fs::read(root.path.join(&file.path)) else { return };
            if let Ok(text) = walk::text(&file.path, &bytes) {
                std::hint::black_box(parse::as_written(file.language, &file.path, &text));
            }
        });
    }
    Ok(())
}

/// Measures indexing and asking on the pinned packages.
pub fn run(arguments: &Arguments) -> Outcome {
    let qf = binary(arguments)?;
    let own = std::env::current_exe()?;
    let folder = corpora::folder(arguments);
    let runs = arguments.value("--runs").and_then(|runs| runs.parse().ok()).unwrap_or(3);
    let scratch = std::env::temp_dir().join(format!("qf-bench-{}", std::process::id()));
    let home = scratch.join("home");
    std::fs::create_dir_all(&scratch)?;
    if arguments.flag("--linking") {
        let row = linking(&qf, &scratch, runs)?;
        std::fs::remove_dir_all(&scratch)?;
        print::line(&serde_json::to_string_pretty(&row)?);
        return Ok(());
    }
    let package = |name: &str| -> Result<PathBuf, Error> {
        let path = folder.join(name);
        if path.is_dir() { Ok(path) } else { Err("run `cargo xtask corpora` first".into()) }
    };
    let django = vec![package("django")?];
    let four =
        vec![package("django")?, package("express")?, package("tokio")?, package("ripgrep")?];
    let mut out = serde_json::Map::new();
    for (name, paths) in [("django", &django), ("django+express+tokio+ripgrep", &four)] {
        let all = rounds(
            runs,
            &home,
            &[
                (true, words(&own, &["parse"], paths)),
                (true, words(&qf, &["index", "--quiet", "--no-vectors"], paths)),
                (true, words(&qf, &["index", "--quiet"], paths)),
                (false, words(&qf, &["index", "--quiet"], paths)),
            ],
        )?;
        out.insert(
            name.to_owned(),
            json!({
                "parse_only_cpu_s": round(best(&all, 0)),
                "index_cpu_s": round(best(&all, 1)),
                "index_over_parse": round(median(&all, |round| round[1].cpu / round[0].cpu)),
                "index_over_parse_target": 2.5,
                "with_vectors_cpu_s": round(best(&all, 2)),
                "with_vectors_over_parse": round(median(&all, |round| round[2].cpu / round[0].cpu)),
                "with_vectors_over_parse_target": 3.5,
                "wall_over_cpu": round(median(&all, |round| round[1].wall / round[1].cpu)),
                "wall_over_cpu_target": 0.6,
                "peak_mib": round(median(&all, |round| round[2].peak)),
                "peak_mib_target": if paths.len() == 1 { 400 } else { 1536 },
                "unchanged_cpu_s": round(best(&all, 3)),
            }),
        );
    }
    out.insert("ask".to_owned(), ask(&qf, &home)?);
    out.insert("hop".to_owned(), hop(&home)?);
    let mut each: Vec<PathBuf> = Vec::new();
    for name in ["django", "tokio", "express"] {
        each.push(package(name)?);
    }
    // What no registry here has (gson, the Go library) is named by the one who measures.
    each.extend(
        arguments.value("--also").into_iter().flat_map(|all| all.split(',')).map(PathBuf::from),
    );
    out.insert("resolving".to_owned(), resolving(&qf, &own, &home, &each, runs)?);
    out.insert("many_of_one_name".to_owned(), many_of_one_name(&qf, &scratch, runs)?);
    out.insert("linking".to_owned(), linking(&qf, &scratch, runs)?);
    std::fs::remove_dir_all(&scratch)?;
    let results = workspace().join("benches/results");
    std::fs::create_dir_all(&results)?;
    let mut text = serde_json::to_string_pretty(&out)?;
    text.push('\n');
    std::fs::write(results.join("speed.json"), &text)?;
    print::line(&text);
    Ok(())
}

/// Seconds that a run on one thread, where wall time is CPU time, spends binding names, best of
/// several.
fn seconds_resolving(qf: &Path, home: &Path, path: &Path, runs: usize) -> Result<f64, Error> {
    let mut best = f64::INFINITY;
    for _ in 0..runs.max(1) {
        let _ = std::fs::remove_dir_all(home);
        let output = Command::new(qf)
            .env("QF_HOME", home)
            .args(["index", "--quiet", "--no-vectors", "--threads", "1", "--json"])
            .arg(path)
            .stderr(Stdio::inherit())
            .output()?;
        let report: Value = serde_json::from_slice(&output.stdout)?;
        let phases = report["phases"].as_array().into_iter().flatten();
        let seconds = phases
            .filter(|phase| matches!(phase[0].as_str(), Some("indexing names" | "resolving")))
            .filter_map(|phase| phase[1].as_f64())
            .sum::<f64>();
        best = best.min(seconds);
    }
    Ok(best)
}

/// What binding costs next to parsing alone, package by package and together.
fn resolving(
    qf: &Path,
    own: &Path,
    home: &Path,
    paths: &[PathBuf],
    runs: usize,
) -> Result<Value, Error> {
    let mut out = serde_json::Map::new();
    let (mut all_parsing, mut all_resolving) = (0.0, 0.0);
    for path in paths {
        let parse = words(own, &["parse"], std::slice::from_ref(path));
        let parsing = best(&rounds(runs, home, &[(true, parse)])?, 0);
        let resolving = seconds_resolving(qf, home, path, runs)?;
        all_parsing += parsing;
        all_resolving += resolving;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        out.insert(
            name,
            json!({
                "parse_only_cpu_s": round(parsing),
                "resolving_cpu_s": round(resolving),
                "resolving_over_parse": round(resolving / parsing),
            }),
        );
    }
    out.insert("together".to_owned(), json!(round(all_resolving / all_parsing)));
    out.insert("target".to_owned(), json!(1.0));
    Ok(out.into())
}

/// What binding costs where one name has thousands of definitions: methods of unrelated types,
/// overrides of one method, calls on receivers that nothing is known of, and a name that is assigned
/// as often. Twice as much code must take about twice as long.
fn many_of_one_name(qf: &Path, scratch: &Path, runs: usize) -> Result<Value, Error> {
    let mut rows = Vec::new();
    let mut before: Option<f64> = None;
    let mut worst = 0.0_f64;
    for count in [1000, 2000, 4000, 8000] {
        let folder = scratch.join(format!("many-{count}"));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(
            folder.join("base.py"),
            "class Base:\n    def handle(self, x):\n        pass\n",
        )?;
        const EACH: usize = 100;
        for file in 0..count / EACH {
            let mut text = String::from("from base import Base\n\nshared = None\n");
            for row in 0..EACH {
                let name = file * EACH + row;
                text += &format!(
                    "\nclass Alone{name}:\n    def handle(self, x):\n        self.value = x\n        return x.handle(self)\n\n\
                     class Below{name}(Base):\n    def handle(self, x):\n        return x.value.handle(x)\n\n\
                     def use{name}(thing, base: Base):\n    thing.handle(thing)\n    base.handle(thing)\n    \
                     Alone{name}().handle(base)\n    shared.handle(1)\n\nshared = Alone{name}()\n"
                );
            }
            std::fs::write(folder.join(format!("part{file}.py")), text)?;
        }
        let seconds = seconds_resolving(qf, &scratch.join("many-home"), &folder, runs)?;
        let growth = before.map(|before| seconds / before);
        worst = worst.max(growth.unwrap_or(0.0));
        rows.push(json!({
            "definitions_of_the_name": 2 * count + 1,
            "resolving_cpu_s": (seconds * 1000.0).round() / 1000.0,
            "over_half_as_many": growth.map(round),
        }));
        before = Some(seconds);
    }
    Ok(json!({ "runs": rows, "worst_growth": round(worst), "worst_growth_target": 2.6 }))
}

/// What linking costs where many repositories meet: each serves a hundred routes and calls five
/// hundred of the others', some of which are not there, through a wrapper and a gateway; then one
/// repository more. A quarter, a half and all of them, since twice as many must cost twice as much.
fn linking(qf: &Path, scratch: &Path, runs: usize) -> Result<Value, Error> {
    const REPOSITORIES: usize = 100;
    const ROUTES: usize = 100;
    const CALLS: usize = 500;
    let folder = scratch.join("meeting");
    let mut paths = Vec::new();
    for number in 0..=REPOSITORIES {
        let root = folder.join(format!("service{number}"));
        std::fs::create_dir_all(&root)?;
        let mut server = String::from(
            "const express = require(\"express\");\nconst app = express();\n\
             const show = (req, res) => res.json({});\n",
        );
        for route in 0..ROUTES {
            let method = ["get", "post", "put", "delete"][route % 4];
            server += &format!("app.{method}(\"/s{number}/things{route}/:id\", show);\n");
        }
        std::fs::write(root.join("server.js"), server)?;
        let mut client = String::from(
            "const axios = require(\"axios\");\n\
             const api = { get: (path) => axios.get(`http://gateway${path}`) };\n",
        );
        for call in 0..CALLS {
            let (other, route) = ((number * 7 + call * 13) % REPOSITORIES, call % ROUTES);
            // One in ten asks for what is not served.
            let thing = if call % 10 == 9 { "missing" } else { "things" };
            client += &match route % 4 {
                0 => format!(
                    "exports.ask{call} = (id) => api.get(`/s{other}/{thing}{route}/${{id}}`);\n"
                ),
                verb => {
                    let verb = ["get", "post", "put", "delete"][verb];
                    format!(
                        "exports.ask{call} = (id) => \
                         axios.{verb}(`http://gateway/s{other}/{thing}{route}/${{id}}`);\n"
                    )
                }
            };
        }
        std::fs::write(root.join("client.js"), client)?;
        paths.push(root);
    }
    let gateway = folder.join("gateway");
    std::fs::create_dir_all(&gateway)?;
    let mut nginx = String::from("server {\n");
    for number in 0..=REPOSITORIES {
        nginx += &format!("  location /s{number}/ {{ proxy_pass http://service{number}; }}\n");
    }
    std::fs::write(gateway.join("nginx.conf"), nginx + "}\n")?;
    let home = scratch.join("meeting-home");
    let phase = |paths: &[PathBuf], fresh: bool| -> Result<(f64, u64), Error> {
        if fresh {
            let _ = std::fs::remove_dir_all(&home);
        }
        let output = Command::new(qf)
            .env("QF_HOME", &home)
            .args(["index", "--quiet", "--no-vectors", "--json"])
            .args(paths)
            .stderr(Stdio::inherit())
            .output()?;
        let report: Value = serde_json::from_slice(&output.stdout)?;
        let phases = report["phases"].as_array().into_iter().flatten();
        let seconds = phases
            .filter(|phase| phase[0] == "linking")
            .filter_map(|phase| phase[1].as_f64())
            .sum();
        Ok((seconds, report["links"]["http"].as_u64().unwrap_or_default()))
    };
    let mut rows = Vec::new();
    for count in [REPOSITORIES / 4, REPOSITORIES / 2, REPOSITORIES] {
        let (mut best, mut links) = (f64::INFINITY, 0);
        for _ in 0..runs.max(1) {
            let mut some = paths[..count].to_vec();
            some.push(gateway.clone());
            let (seconds, found) = phase(&some, true)?;
            best = best.min(seconds);
            links = found;
        }
        rows.push(json!({
            "repositories": count,
            "routes": count * ROUTES,
            "client_calls": count * CALLS,
            "links": links,
            "linking_s": (best * 1000.0).round() / 1000.0,
        }));
    }
    let (more, _) = phase(&paths[REPOSITORIES..], false)?;
    Ok(json!({
        "runs": rows,
        "one_repository_more_s": (more * 1000.0).round() / 1000.0,
        "target_s": 2.0,
    }))
}

/// Time of one hop inside the process: all edges of one symbol in one direction, over all symbols
/// of the index that was measured last, in an order that jumps through memory.
fn hop(home: &Path) -> Result<Value, Error> {
    use qf_graph::snapshot::Direction;
    use qf_graph::{Snapshot, SymbolId, store::Home};
    let snapshot = Snapshot::open(&Home::new(home))?;
    let symbols = snapshot.symbol_count();
    let mut best = f64::INFINITY;
    let mut edges = 0_u64;
    for _ in 0..5 {
        edges = 0;
        let started = std::time::Instant::now();
        let mut at = 0_u64;
        for _ in 0..symbols {
            // A step that shares no factor with the number of symbols visits each once.
            at = (at + 1_000_003) % u64::from(symbols.max(1));
            for direction in [Direction::Out, Direction::In] {
                snapshot.hop(SymbolId(at as u32), direction, |to, _, _| {
                    edges += 1;
                    std::hint::black_box(to);
                });
            }
        }
        best = best.min(started.elapsed().as_nanos() as f64);
    }
    let hops = f64::from(symbols) * 2.0;
    Ok(json!({
        "symbols": symbols,
        "edges_seen": edges,
        "ns_per_hop": round(best / hops),
        "ns_per_edge": round(best / edges.max(1) as f64),
        "ns_per_hop_target": 1000,
    }))
}

/// Wall time of asking, from process start to last byte, over different questions.
fn ask(qf: &Path, home: &Path) -> Result<Value, Error> {
    const QUESTIONS: [&str; 8] = [
        "who calls get_queryset",
        "functions that update session expiry",
        "where is HttpResponse",
        "what breaks if I change QuerySet.filter",
        "tests of Paginator",
        "how is a template rendered",
        "what does runserver call",
        "path from Handler to get_response",
    ];
    let mut times = Vec::new();
    for round in 0..6 {
        for question in QUESTIONS {
            let started = std::time::Instant::now();
            Command::new(qf)
                .env("QF_HOME", home)
                .args(["ask", question])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()?;
            // The first round warms the page cache.
            if round > 0 {
                times.push(started.elapsed().as_secs_f64() * 1000.0);
            }
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    Ok(json!({
        "questions": QUESTIONS.len(),
        "runs": times.len(),
        "p50_ms": round(at(0.5)),
        "p95_ms": round(at(0.95)),
        "p95_ms_target": 100,
    }))
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
