//! What the agent layer costs beside checkpoints: `agent` writes `benches/results/agent.md` and
//! `.json`.
//!
//! Phases over a private layer beside phases in the tree itself, in a repository of fifty thousand
//! files: one that does nothing, one that changes a hundred and fifty files, and one that fails when
//! it has. Then the audit log and the cost ledger, and loading and asking a log of a gigabyte.

use crate::checkpoint::{Fallible, Tree, median, rounded, timed};
use crate::measure::cost;
use crate::{Arguments, Outcome, binary, print, workspace};
use qf_agent::ledger::audit::Audit;
use qf_agent::ledger::audit::record::Draft;
use qf_agent::ledger::cost::budget::{Budget, Scope};
use qf_agent::ledger::cost::money::Money;
use qf_agent::ledger::cost::usage::Usage;
use qf_agent::ledger::cost::{Call, Ledger};
use qf_agent::overlay::Overlay;
use qf_graph::store::Home;
use qf_graph::store::disk::write_atomically;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;

const RUNS: usize = 5;
const RECORDS: usize = 20_000;
const CALLS: usize = 1_000;

/// See the module.
pub fn run(arguments: &Arguments) -> Outcome {
    let qf = binary(arguments)?;
    let files: usize = arguments.value("--files").map_or(Ok(50_000), str::parse)?;
    let megabytes: usize = arguments.value("--log-mb").map_or(Ok(1024), str::parse)?;
    let scratch = std::env::temp_dir().join(format!("qf-agent-{}", std::process::id()));
    let tree = Tree::make(scratch.join("tree"), files)?;
    let layers = layers(&qf, &tree.root, &scratch)?;
    print::line(&layers.to_string());
    let audit = audit(&scratch.join("audit"))?;
    print::line(&audit.to_string());
    let ledger = ledger(&qf, &scratch.join("cost"))?;
    print::line(&ledger.to_string());
    let session = session(&qf, &scratch, megabytes)?;
    print::line(&session.to_string());
    std::fs::remove_dir_all(&scratch)?;
    let value = json!({
        "files": files, "layers": layers, "audit": audit, "cost": ledger, "session": session,
    });
    let results = workspace().join("benches/results");
    let mut bytes = serde_json::to_vec_pretty(&value)?;
    bytes.push(b'\n');
    write_atomically(&results.join("agent.json"), &bytes)?;
    Ok(write_atomically(&results.join("agent.md"), text(&value).as_bytes())?)
}

/// Seconds of runs whose one phase is a script, by where it works.
fn layers(qf: &Path, tree: &Path, scratch: &Path) -> Fallible<Value> {
    let change = "for n in $(seq 0 149); do echo $QF_PLAN >> part$n/file$((n * 50)).txt; done";
    let scripts =
        [("nothing", "true"), ("changes", change), ("fails", &format!("{change}; false"))];
    let overlay = Overlay::new(tree, &scratch.join("layer"));
    overlay.try_out()?;
    overlay.begin()?;
    let mut enter = Vec::new();
    for _ in 0..20 {
        let (status, seconds) =
            timed(|| overlay.command(tree, &["true".into()]).status().map(|it| it.success()));
        if !status? {
            return Err("the view cannot be entered".into());
        }
        enter.push(seconds);
    }
    overlay.discard()?;
    let mut value = json!({ "enter_s": rounded(median(&mut enter)) });
    for isolation in ["overlay", "checkpoint"] {
        let home = scratch.join(format!("home-{isolation}"));
        let qf = |words: &[&str]| -> Fallible<i32> {
            let output = Command::new(qf).args(words).env("QF_HOME", &home).output()?;
            Ok(output.status.code().unwrap_or(-1))
        };
        for (name, script) in &scripts {
            let mut times = Vec::new();
            for run in 0..=RUNS {
                let id = format!("{name}-{run}");
                let folder = home.join("plans").join(&id);
                std::fs::create_dir_all(&folder)?;
                let plan = format!(
                    "+++\nid = \"{id}\"\ngoal = \"g\"\ntree = \"{}\"\nisolation = \"{isolation}\"\n\
                     +++\n\n## Phase: one\n\n```run\n{script}\n```\n\n```verify\ntrue\n```\n",
                    tree.display()
                );
                std::fs::write(folder.join("plan.md"), plan)?;
                qf(&["plan", "approve", &id])?;
                let (code, seconds) = timed(|| qf(&["run", &id]));
                if code? != (if *name == "fails" { 3 } else { 0 }) {
                    return Err(format!("the run of {id} went otherwise").into());
                }
                // The first one finds nothing in the caches.
                if run > 0 {
                    times.push(seconds);
                }
            }
            value[isolation][*name] = json!(rounded(median(&mut times)));
        }
    }
    Ok(value)
}

fn audit(home: &Path) -> Fallible<Value> {
    let home = Home::new(home);
    let audit = Audit::open(&home)?;
    let mut times = Vec::new();
    for number in 0..RECORDS {
        let draft = Draft {
            action: "step.done".to_owned(),
            plan: Some("rename-balance".to_owned()),
            command: Some(format!("python -m pytest -q tests/test_{number}.py")),
            ..Draft::default()
        };
        let (sequence, seconds) = timed(|| audit.append(draft));
        sequence?;
        times.push(seconds);
    }
    audit.close()?;
    let mut verified = Vec::new();
    for _ in 0..RUNS {
        let (result, seconds) = timed(|| Audit::verify(&home));
        let result = result?;
        if !result.problems.is_empty() {
            return Err("the log is wrong".into());
        }
        verified.push(seconds);
    }
    let seconds = median(&mut verified);
    Ok(json!({
        "records": RECORDS,
        "append_ms": rounded(median(&mut times) * 1e3),
        "verified_per_s": (RECORDS as f64 / seconds).round(),
    }))
}

fn ledger(qf: &Path, home: &Path) -> Fallible<Value> {
    let at = Home::new(home);
    let ledger = Ledger::open(&at)?;
    let call = |project: &str| Call {
        project: project.to_owned(),
        model: "claude-sonnet-5".to_owned(),
        ..Call::default()
    };
    let usage = Usage { input: 1000, output: 100, ..Usage::default() };
    let mut times = Vec::new();
    for _ in 0..CALLS {
        let (done, seconds) =
            timed(|| ledger.reserve(call("one"), usage).and_then(|it| it.commit(usage)));
        done?;
        times.push(seconds);
    }
    // Twenty at once, whose budget is enough for half of them.
    let price = ledger.reserve(call("price"), usage)?;
    let each = price.money().ok_or("the model has no price")?;
    price.release()?;
    let scope = Scope::Project("many".to_owned());
    let usd = (0..CALLS / 2).fold(Money::ZERO, |sum, _| sum.plus(each));
    ledger.set_budget(Budget { scope: scope.clone(), usd: Some(usd), tokens: None })?;
    let (allowed, seconds) = timed(|| {
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..20)
                .map(|_| {
                    scope.spawn(|| {
                        let Ok(own) = Ledger::open(&at) else { return 0 };
                        (0..CALLS / 20)
                            .filter(|_| {
                                own.reserve(call("many"), usage)
                                    .and_then(|it| it.commit(usage))
                                    .is_ok()
                            })
                            .count()
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap_or(0)).sum::<usize>()
        })
    });
    if allowed != CALLS / 2 {
        return Err(format!("{allowed} calls were allowed instead of {}", CALLS / 2).into());
    }
    // A ledger of a million lines: what is there, again and again under other names.
    let path = home.join("cost/ledger.jsonl");
    let lines = std::fs::read_to_string(&path)?;
    let pair: Vec<&str> = lines.lines().take(2).collect();
    let big = home.with_extension("big");
    std::fs::create_dir_all(big.join("cost"))?;
    let mut out = BufWriter::new(std::fs::File::create(big.join("cost/ledger.jsonl"))?);
    for number in 1..=500_000 {
        for line in &pair {
            writeln!(out, "{}", line.replace("\"c1\"", &format!("\"c{number}\"")))?;
        }
    }
    out.flush()?;
    drop(out);
    let report = cost(&[qf.display().to_string(), "cost".to_owned()], &big)?;
    Ok(json!({
        "reserve_and_commit_ms": rounded(median(&mut times) * 1e3),
        "by_twenty_ms": rounded(seconds * 1e3 / CALLS as f64),
        "million_lines_s": rounded(report.wall),
        "million_lines_mib": report.peak.round(),
    }))
}

/// A log as services write it: times, levels, numbers that never come again, stacks now and then.
fn log(path: &Path, megabytes: usize) -> Fallible<()> {
    let mut out = BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    let (mut written, mut number) = (0, 0_u64);
    let said = [
        "order accepted",
        "payment authorised by gateway",
        "cache miss, reading from the database",
        "retrying request to inventory",
        "session renewed",
        "webhook delivered",
        "slow query on table orders",
        "connection to broker restored",
    ];
    while written < megabytes << 20 {
        number += 1;
        let id = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (second, level) = (number / 400, if number % 97 == 0 { "ERROR" } else { "INFO" });
        let mut line = format!(
            "2026-11-30T{:02}:{:02}:{:02}.{:03}Z {level} worker-{} {} id={id:016x} took={}ms\n",
            second / 3600 % 24,
            second / 60 % 60,
            second % 60,
            number % 1000,
            number % 16,
            said[(id % 8) as usize],
            id % 900,
        );
        if number % 970 == 0 {
            line += "Traceback (most recent call last):\n  File \"/srv/app/part7/file352.py\", line 3, \
                     in handle\n    raise ValueError(\"no stock\")\nValueError: no stock\n";
        }
        if number == 1_000_000 {
            line +=
                "2026-11-30T12:00:00.000Z WARN worker-3 the flamingo valve was opened by hand\n";
        }
        out.write_all(line.as_bytes())?;
        written += line.len();
    }
    Ok(out.flush()?)
}

fn session(qf: &Path, scratch: &Path, megabytes: usize) -> Fallible<Value> {
    let path = scratch.join("app.log");
    log(&path, megabytes)?;
    let home = scratch.join("session-home");
    let name = format!("qf-agent-{}", std::process::id());
    let words = |words: &[&str]| -> Vec<String> {
        let own = qf.display().to_string();
        std::iter::once(own).chain(words.iter().map(|word| (*word).to_owned())).collect()
    };
    let source = scratch.join("source");
    std::fs::create_dir_all(&source)?;
    std::fs::write(source.join("a.py"), "def handle():\n    pass\n")?;
    cost(&words(&["index", &source.display().to_string()]), &home)?;
    let load = cost(&words(&["load", &path.display().to_string(), "--session", &name]), &home)?;
    let mut asked = json!({});
    for (what, question) in [
        ("words", "why was the flamingo valve opened?"),
        ("id", "what happened to 54842b2e36f1c6ab?"),
        ("common", "errors of the payment gateway"),
    ] {
        let mut walls = Vec::new();
        for _ in 0..3 {
            walls.push(cost(&words(&["ask", question, "--session", &name]), &home)?.wall);
        }
        asked[what] = json!(rounded(median(&mut walls)));
    }
    cost(&words(&["session", "drop", &name]), &home)?;
    Ok(json!({
        "log_mb": megabytes,
        "load_s": rounded(load.wall),
        "load_cpu_s": rounded(load.cpu),
        "load_mib": load.peak.round(),
        "ask_s": asked,
    }))
}

fn text(value: &Value) -> String {
    let mut text = String::from(
        "# The agent layer\n\nMade by `cargo xtask agent`. Seconds, if nothing else is said.\n\n",
    );
    let layers = &value["layers"];
    let _ = writeln!(
        text,
        "A run of one phase, from its beginning to the end of its process, in a repository of {} \
         files; medians of {RUNS}. Entering a view takes {}.\n\n\
         | the phase | over a layer | in the tree |\n|---|---|---|",
        value["files"], layers["enter_s"]
    );
    for (key, shown) in [
        ("nothing", "does nothing"),
        ("changes", "changes 150 files"),
        ("fails", "changes 150 files and fails"),
    ] {
        let (over, inside) = (&layers["overlay"][key], &layers["checkpoint"][key]);
        let _ = writeln!(text, "| {shown} | {over} | {inside} |");
    }
    let (audit, cost, session) = (&value["audit"], &value["cost"], &value["session"]);
    let _ = writeln!(
        text,
        "\n| what | | at most, at least |\n|---|---|---|\n\
         | a record of the audit log, on the disk | {} ms | 6 ms |\n\
         | records of the audit log verified in a second | {} | 200,000 |\n\
         | a call reserved and booked, on the disk twice | {} ms | |\n\
         | the same by twenty at once, each | {} ms | |\n\
         | `qf cost` over a ledger of a million lines | {}, {} MiB | |\n\
         | `qf load` of a log of {} MB | {}, {} CPU, {} MiB | |\n\
         | `qf ask --session` for words in it | {} | |\n\
         | for a number in it, by a scan | {} | |\n\
         | for words that are everywhere | {} | |",
        audit["append_ms"],
        audit["verified_per_s"],
        cost["reserve_and_commit_ms"],
        cost["by_twenty_ms"],
        cost["million_lines_s"],
        cost["million_lines_mib"],
        session["log_mb"],
        session["load_s"],
        session["load_cpu_s"],
        session["load_mib"],
        session["ask_s"]["words"],
        session["ask_s"]["id"],
        session["ask_s"]["common"],
    );
    text
}
