//! `qf cost` as a person and a script use it, and what `qf ask --llm` books.

use crate::support::{QF, Run, Workspace, run_in};
use assert_cmd::Command;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Ten cents for a hundred thousand tokens, in and out.
const PRICES: &str = "date = \"2026-11-01\"\n[[model]]\nname = \"unit\"\ninput = \"1\"\n\
                      cache_read = \"0.1\"\noutput = \"1\"\n";

/// A workspace with prices.
fn priced() -> Workspace {
    let workspace = Workspace::empty();
    std::fs::create_dir_all(workspace.home()).expect("a folder");
    std::fs::write(workspace.home().join("prices.toml"), PRICES).expect("it is ours");
    workspace
}

/// A call of `unit`, for a project.
fn reserve(workspace: &Workspace, project: &str, input: &str, more: &[&str]) -> Run {
    let call = ["cost", "reserve", "--model", "unit", "--input", input, "--output", "0"];
    workspace.run(&[&call[..], &["--project", project], more].concat())
}

#[track_caller]
fn id(run: Run) -> String {
    run.exits(0).trim().to_owned()
}

#[test]
fn a_script_reserves_commits_and_is_refused() {
    let workspace = priced();
    assert_eq!(workspace.run(&["cost"]).exits(1), "no call was booked\n");
    assert!(!workspace.home().join("cost").exists(), "looking makes nothing");
    let none = workspace.run(&["cost", "budget"]).exits(1);
    assert!(none.starts_with("there is no budget"), "{none}");

    let set = ["cost", "budget", "set", "--project", "shop", "--usd", "0.25"];
    assert_eq!(workspace.run(&set).exits(0), "the budget of project `shop` is 0.25 USD\n");
    let writer = ["--agent", "writer", "--plan", "refund"];
    let first = id(reserve(&workspace, "shop", "100000", &writer));
    let tester = ["--agent", "tester", "--parent", "writer"];
    let second = id(reserve(&workspace, "shop", "100000", &tester));
    let refused = reserve(&workspace, "shop", "100000", &[]);
    assert_eq!((refused.code, refused.stdout.as_str()), (3, ""), "{}", refused.stderr);
    let why = "the budget of project `shop`, 0.25 USD, would be passed";
    assert!(refused.stderr.contains(why), "{}", refused.stderr);

    // Of 10000 that were read, 9000 were cached: 1000·1 + 9000·0.1 + 100·1 = 2000 millionths.
    let answer = workspace.folder.path().join("answer.json");
    let usage = json!({ "prompt_tokens": 10_000, "completion_tokens": 100,
        "prompt_tokens_details": { "cached_tokens": 9000 } });
    std::fs::write(&answer, json!({ "id": "x", "usage": usage }).to_string()).expect("written");
    let answer = answer.display().to_string();
    let said = workspace.run(&["cost", "commit", &first, "--from-json", &answer]).exits(0);
    assert_eq!(said, format!("{first}: 10,100 tokens, 0.002 USD\n"));
    let again = workspace.run(&["cost", "commit", &first, "--input", "1"]);
    assert_eq!(again.code, 2, "{}", again.stderr);
    workspace.run(&["cost", "release", &second]).exits(0);
    assert_eq!(workspace.run(&["cost", "release", &second]).code, 2);

    let budget = workspace.run(&["cost", "budget", "--json"]).json(0);
    assert_eq!(budget["budgets"][0]["left"]["usd"], "0.248", "{budget}");
    let table = workspace.run(&["cost", "--by", "agent"]).exits(0);
    assert!(table.contains("writer") && !table.contains("tester"), "{table}");
    let total = table.lines().find(|line| line.starts_with("total")).expect("a total");
    let cells: Vec<&str> = total.split_whitespace().collect();
    assert_eq!(cells, ["total", "1", "1,000", "9,000", "0", "100", "0.0020"]);
    let by_plan = workspace.run(&["cost", "--by", "plan", "--plan", "refund", "--json"]).json(0);
    assert_eq!(by_plan["rows"][0]["key"], "refund", "{by_plan}");
    assert_eq!(by_plan["total"]["usd"], "0.002");
    workspace.run(&["cost", "--until", "2001-01-01"]).exits(1);
    assert_eq!(workspace.run(&["cost", "--since", "2026-13-01"]).code, 2);

    let removed = ["cost", "budget", "rm", "--project", "shop"];
    assert!(workspace.run(&removed).exits(0).contains("is removed"));
    workspace.run(&removed).exits(1);
    for wrong in [
        &["--project", "shop"][..],
        &["--plan", "x", "--day", "--usd", "1"],
        &["--plan", "x", "--project", "shop", "--usd", "1"],
        &["--usd", "-1"],
        &["--usd", "1e3"],
    ] {
        let run = workspace.run(&[&["cost", "budget", "set"][..], wrong].concat());
        assert_eq!(run.code, 2, "{wrong:?}: {}", run.stderr);
    }
}

#[test]
fn twenty_processes_never_pass_a_budget_and_use_all_of_it() {
    let workspace = priced();
    workspace.run(&["cost", "budget", "set", "--day", "--usd", "0.73"]).exits(0);
    let codes = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..20)
            .map(|_| scope.spawn(|| reserve(&workspace, "shop", "100000", &[]).code))
            .collect();
        let codes = callers.into_iter().map(|caller| caller.join().expect("no panic"));
        codes.collect::<Vec<i32>>()
    });
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 7, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 3).count(), 13, "{codes:?}");
}

#[test]
fn an_unknown_price_is_said_and_never_free() {
    let workspace = priced();
    let new = ["cost", "reserve", "--model", "new", "--input", "10", "--output", "10"];
    let id = id(workspace.run(&new));
    let booked = workspace.run(&["cost", "commit", &id, "--input", "10", "--output", "2"]);
    assert!(booked.stderr.contains("no price of `new` is known"), "{}", booked.stderr);
    assert_eq!(booked.exits(0), format!("{id}: 12 tokens, at an unknown price\n"));
    let table = workspace.run(&["cost"]).exits(0);
    assert!(table.contains("not in the cost: 1 call whose price is not known"), "{table}");
    workspace.run(&["cost", "budget", "set", "--usd", "1000"]).exits(0);
    let refused = workspace.run(&new);
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("$QF_HOME/prices.toml"), "{}", refused.stderr);

    workspace.run(&["cost", "prices", "new"]).exits(1);
    let known = workspace.run(&["cost", "prices", "unit"]).exits(0);
    assert!(known.starts_with("your prices of 2026-11-01"), "{known}");
    let all = workspace.run(&["cost", "prices"]).exits(0);
    assert!(all.contains("built-in prices of 2026-11-") && all.contains("claude-"), "{all}");
    let json = workspace.run(&["cost", "prices", "gpt-4.1", "--json"]).json(0);
    assert_eq!(json["models"][0]["tiers"][0]["rates"]["input"], "2", "{json}");
}

#[test]
fn a_call_of_which_nobody_knows_is_settled() {
    let workspace = priced();
    let first = id(reserve(&workspace, "shop", "1000", &[]));
    let second = id(reserve(&workspace, "shop", "1000", &[]));
    let open = workspace.run(&["cost"]).exits(0);
    assert!(open.contains("reserved: 2 calls, at most 0.0020 USD"), "{open}");
    assert_eq!(workspace.run(&["cost", "settle", &first]).code, 2);
    assert_eq!(workspace.run(&["cost", "settle", &first, "--nothing", "--input", "1"]).code, 2);
    workspace.run(&["cost", "settle", &first, "--nothing"]).exits(0);
    let said = workspace.run(&["cost", "settle", &second, "--as-reserved"]).exits(0);
    assert_eq!(said, format!("{second}: 1,000 tokens, 0.001 USD\n"));
    assert_eq!(workspace.run(&["cost", "settle", "c9", "--nothing"]).code, 2);
    assert_eq!(workspace.run(&["cost", "--json"]).json(0)["total"]["usd"], "0.001");
}

/// What was asked of the server.
type Asked = Arc<Mutex<Vec<Value>>>;

/// A server that answers every request with a text, and says that most of it was cached.
fn model() -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let asked: Asked = Arc::default();
    let told = asked.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let body = read(&stream);
            told.lock().expect("not poisoned").push(body);
            let said = "AccountService.credit does [1].";
            let message = json!({ "role": "assistant", "content": said });
            let body = json!({ "choices": [{ "message": message }], "usage": {
                "prompt_tokens": 1000, "completion_tokens": 30,
                "prompt_tokens_details": { "cached_tokens": 900 } } })
            .to_string();
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
                 connection: close\r\n\r\n{body}"
            );
        }
    });
    (address, asked)
}

fn read(stream: &TcpStream) -> Value {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = value.trim().parse().expect("a number");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    serde_json::from_slice(&body).expect("JSON")
}

/// Asks with a model, in a folder that is a project.
fn ask(home: &Path, folder: &Path, address: &str) -> Run {
    let output = Command::new(QF)
        .args(["ask", "--llm", "who calls Ledger.apply", "--json"])
        .current_dir(folder)
        .env("QF_HOME", home)
        .env("NO_COLOR", "1")
        .env("QF_LLM", format!("openai:http://{address}/v1#unit"))
        .env_remove("QF_LLM_KEY")
        .output()
        .expect("it runs");
    Run {
        code: output.status.code().expect("an exit code"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

#[test]
fn what_a_model_costs_is_booked_and_what_it_would_cost_too_much_is_not_asked() {
    let workspace = priced();
    workspace.index_shop();
    let project = workspace.folder.path().join("my-project");
    let folder = project.join("below");
    for made in [&project.join(".git"), &folder] {
        std::fs::create_dir_all(made).expect("a folder");
    }
    let (address, asked) = model();
    let answer = ask(&workspace.home(), &folder, &address).json(0);
    assert!(answer["phrased"].is_object(), "{answer}");
    assert_eq!(asked.lock().expect("not poisoned").len(), 1);
    // 100·1 + 900·0.1 + 30·1 = 220 millionths.
    let booked = run_in(&workspace.home(), &["cost", "--json"]).json(0);
    assert_eq!(booked["total"]["usd"], "0.00022", "{booked}");
    assert_eq!(booked["rows"][0]["key"], "my-project");
    assert_eq!(booked["total"]["cache_read"], 900);
    assert_eq!(booked["open"], json!([]));

    let set = ["cost", "budget", "set", "--project", "my-project", "--usd", "0.0003"];
    run_in(&workspace.home(), &set).exits(0);
    let refused = ask(&workspace.home(), &folder, &address);
    assert!(
        refused.stderr.contains("the budget of project `my-project`, 0.0003 USD")
            && refused.stderr.contains("answering without the model"),
        "{}",
        refused.stderr
    );
    let answer = refused.json(0);
    assert!(answer.get("phrased").is_none() && answer["items"][0].is_object(), "{answer}");
    assert_eq!(asked.lock().expect("not poisoned").len(), 1, "nothing was sent");
    let after = run_in(&workspace.home(), &["cost", "--json"]).json(0);
    assert_eq!((&after["total"], &after["open"]), (&booked["total"], &booked["open"]));

    // A server that is not there took nothing.
    run_in(&workspace.home(), &["cost", "budget", "rm", "--project", "my-project"]).exits(0);
    let away = ask(&workspace.home(), &folder, "127.0.0.1:9");
    assert!(away.stderr.contains("answering without the model"), "{}", away.stderr);
    let after = run_in(&workspace.home(), &["cost", "--json"]).json(0);
    assert_eq!((&after["total"], &after["open"]), (&booked["total"], &booked["open"]));
}

/// Writes a reservation of a process down, as that would.
fn reserved_by(workspace: &Workspace, id: &str, pid: u32, started: Option<u64>) {
    let folder = workspace.home().join("cost");
    std::fs::create_dir_all(&folder).expect("it is ours");
    let line = json!({ "reserved": { "id": id, "at": 5, "project": "shop", "model": "unit",
        "estimate": { "input": 1000 }, "money": "0.001", "pid": pid, "started": started } });
    let path = folder.join("ledger.jsonl");
    let mut text = std::fs::read_to_string(&path).unwrap_or_default();
    text += &format!("{line}\n");
    std::fs::write(path, text).expect("it is ours");
}

#[test]
fn a_script_ends_no_reservation_that_a_program_made_for_itself() {
    let workspace = priced();
    reserved_by(&workspace, "c1", std::process::id(), None);
    // One of this number that began when the system did is gone.
    reserved_by(&workspace, "c2", std::process::id(), Some(1));
    for (id, hint) in [("c1", "it still runs"), ("c2", "`qf cost settle c2`")] {
        for run in [
            workspace.run(&["cost", "release", id]),
            workspace.run(&["cost", "commit", id, "--input", "1"]),
        ] {
            let why = format!("{id} is ended by the process that reserved it");
            assert!(run.stderr.contains(&why) && run.stderr.contains(hint), "{}", run.stderr);
            run.exits(2);
        }
    }
    assert_eq!(workspace.run(&["cost", "settle", "c1", "--nothing"]).code, 2);
    workspace.run(&["cost", "settle", "c2", "--nothing"]).exits(0);
    let open = workspace.run(&["cost", "--json"]).json(0);
    assert_eq!(open["open"][0]["id"], "c1", "{open}");
}

/// An approved plan of one step for an agent, with half a dollar for all of it.
fn plan_for_agent(workspace: &Workspace) {
    let tree = workspace.folder.path().canonicalize().expect("it is there").join("tree");
    std::fs::create_dir_all(&tree).expect("it is ours");
    let made = std::process::Command::new("sh")
        .args([
            "-ec",
            "git init -q; git config user.name s; git config user.email s@example.org
            git commit -q --allow-empty -m first",
        ])
        .current_dir(&tree)
        .status();
    assert!(made.expect("a shell runs").success());
    let text = format!(
        "+++\nid = \"paid\"\ngoal = \"g\"\ntree = {:?}\nisolation = \"checkpoint\"\n\n[budget]\n\
         usd = \"0.5\"\n+++\n\n## Phase: one\n\n```agent\nDo it.\n```\n",
        tree.display().to_string()
    );
    let folder = workspace.home().join("plans/paid");
    std::fs::create_dir_all(&folder).expect("it is ours");
    std::fs::write(folder.join("plan.md"), text).expect("it is ours");
    workspace.run(&["plan", "approve", "paid"]).exits(0);
}

/// Runs `qf` with an agent.
fn with_agent(workspace: &Workspace, arguments: &[&str], line: &str) -> Run {
    let output = Command::new(QF)
        .args(arguments)
        .env("QF_HOME", workspace.home())
        .env("NO_COLOR", "1")
        .env("QF_AGENT", line)
        .output()
        .expect("it runs");
    Run {
        code: output.status.code().expect("an exit code"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_an_agent_took_is_not_guessed_when_it_did_not_end_as_it_should() {
    let workspace = priced();
    plan_for_agent(&workspace);
    let cost = || workspace.run(&["cost", "--json"]);
    // What is not there took nothing.
    with_agent(&workspace, &["run", "paid"], "no-such-agent-anywhere").exits(3);
    let none = cost().json(1);
    assert_eq!((&none["total"]["calls"], &none["open"]), (&json!(0), &json!([])), "{none}");
    // What fails may have taken anything.
    let failed = with_agent(&workspace, &["resume", "paid"], "false");
    assert!(failed.stderr.contains("nobody knows what the agent used"), "{}", failed.stderr);
    failed.exits(3);
    let open = cost().json(0);
    assert_eq!(open["total"]["calls"], 0, "{open}");
    let id = open["open"][0]["id"].as_str().expect("it stays reserved").to_owned();
    // It is in the way of the next run, which says so.
    let refused = with_agent(&workspace, &["resume", "paid"], "true");
    for part in [
        "would be passed",
        &format!("the process that reserved {id} is gone"),
        &format!("`qf cost settle {id} --as-reserved`"),
        "`qf cost budget` shows what is left",
    ] {
        assert!(refused.stderr.contains(part), "no {part:?} in {}", refused.stderr);
    }
    refused.exits(3);
    workspace.run(&["cost", "settle", &id, "--nothing"]).exits(0);
    // Only what ends as it should and says nothing took all of it.
    with_agent(&workspace, &["resume", "paid"], "true").exits(0);
    assert_eq!(cost().json(0)["total"]["usd"], "0.5");
}

#[test]
fn what_an_agent_took_is_booked_though_somebody_ended_its_reservation() {
    let workspace = priced();
    plan_for_agent(&workspace);
    let ledger = workspace.home().join("cost/ledger.jsonl");
    // As somebody who moves the ledger away and begins anew.
    let line = format!(
        "rm {}; echo '{{\"type\":\"result\",\"total_cost_usd\":0.3,\
         \"usage\":{{\"input_tokens\":1000,\"output_tokens\":200}}}}'",
        ledger.display()
    );
    let run = with_agent(&workspace, &["run", "paid"], &line);
    assert!(run.stderr.contains("1200 tokens, 0.3000 USD"), "{}", run.stderr);
    run.exits(0);
    let booked = workspace.run(&["cost", "--json"]).json(0);
    assert_eq!((&booked["total"]["usd"], &booked["open"]), (&json!("0.3"), &json!([])));
}
