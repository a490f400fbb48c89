//! `qf mcp call`, `tools` and `servers`: our own server is called through a `.mcp.json`.

use crate::support::{QF, Run, Workspace, shared};
use assert_cmd::Command;
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

/// A folder with a `.mcp.json` of all kinds of servers.
fn project() -> Workspace {
    let workspace = Workspace::empty();
    let servers = json!({ "mcpServers": {
        "qf": {
            "type": "stdio",
            "command": QF,
            "args": ["${WORD:-mcp}"],
            "env": { "QF_HOME": "${INDEX_OF_TEST}" },
        },
        "unset": { "command": QF, "args": ["${NOT_SET_IN_TESTS}"] },
        "far": { "type": "http", "url": "https://example.org/mcp" },
        "gone": { "command": "no-such-program-anywhere" },
        "mute": { "command": QF, "args": ["--version"] },
        "slow": { "command": "sh", "args": ["-c", "echo $$ > pid; exec sleep 60"] },
        "wrapped": { "command": "sh", "args": ["-c", "sh -c 'echo $$ > pid; exec sleep 60'; true"] },
        "lingering": {
            "command": "sh",
            "args": ["-c", format!("{QF} mcp; trap '' TERM; echo $$ > pid; sleep 60; sleep 60")],
            "env": { "QF_HOME": "${INDEX_OF_TEST}" },
        },
    } });
    std::fs::write(workspace.folder.path().join(".mcp.json"), servers.to_string())
        .expect("it is ours");
    workspace
}

/// Runs `qf mcp …` in a folder, with an index for the server.
fn run_with(folder: &Path, index: &Path, arguments: &[&str], input: &str) -> Run {
    let output = Command::new(QF)
        .arg("mcp")
        .args(arguments)
        .current_dir(folder)
        .env("INDEX_OF_TEST", index)
        .env("QF_HOME", folder.join("home"))
        .env("NO_COLOR", "1")
        .env_remove("NOT_SET_IN_TESTS")
        .env_remove("WORD")
        .write_stdin(input)
        .output()
        .expect("the binary runs");
    Run {
        code: output.status.code().expect("the binary exits"),
        stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
    }
}

fn mcp(project: &Workspace, arguments: &[&str]) -> Run {
    run_with(project.folder.path(), &shared().home(), arguments, "")
}

/// Checks the exit code and that standard error says something.
#[track_caller]
fn fails(run: Run, code: i32, parts: &[&str]) {
    for part in parts {
        assert!(run.stderr.contains(part), "no {part:?} in {}", run.stderr);
    }
    assert_eq!(run.exits(code), "");
}

#[test]
fn a_tool_is_called_as_a_program_is() {
    let project = project();
    let said = mcp(&project, &["call", "qf", "status", "{}"]).exits(0);
    assert!(said.starts_with("7 repositories, "), "{said}");
    assert_eq!(mcp(&project, &["call", "qf", "status"]).code, 0);
    let all = mcp(&project, &["call", "qf", "status", "--json"]).json(0);
    assert_eq!(all["structuredContent"]["generation"], 1, "{all:#}");
    let question = r#"{ "question": "who calls Ledger.apply?" }"#;
    let home = shared().home();
    let said = run_with(project.folder.path(), &home, &["call", "qf", "ask", "-"], question);
    assert!(said.exits(0).contains("AccountService.credit"));
}

#[test]
fn what_a_tool_says_is_wrong_is_told_apart() {
    let project = project();
    // There is no index: the tool itself fails.
    let empty = project.folder.path().join("empty");
    let failed = run_with(project.folder.path(), &empty, &["call", "qf", "status"], "");
    fails(failed, 3, &["hint: `qf index PATH`"]);
    let failed = run_with(project.folder.path(), &empty, &["call", "qf", "status", "--json"], "");
    assert_eq!(failed.json(3)["isError"], true);
    // The server refuses the call.
    let refused = mcp(&project, &["call", "qf", "ask", "{}"]);
    fails(refused, 2, &["question", "`qf mcp tools qf --json`"]);
    let unknown = mcp(&project, &["call", "qf", "no-such-tool"]);
    fails(unknown, 1, &["qf has no tool `no-such-tool`", "ask, symbol, relations, path, status"]);
}

#[test]
fn wrong_usage_starts_nothing() {
    let project = project();
    for wrong in ["[1]", "{", "text"] {
        let run = mcp(&project, &["call", "slow", "any", wrong]);
        fails(run, 2, &["the arguments are no JSON object"]);
    }
    fails(
        mcp(&project, &["call", "none", "any"]),
        2,
        &["has no server `none`", "there is far, gone, lingering, mute, qf, slow, unset, wrapped"],
    );
    fails(mcp(&project, &["call", "far", "any"]), 2, &["type http", "only servers of type stdio"]);
    fails(mcp(&project, &["call", "unset", "any"]), 2, &["the variable NOT_SET_IN_TESTS"]);
    fails(mcp(&project, &["tools", "gone"]), 2, &["cannot run no-such-program-anywhere"]);
    assert!(!project.folder.path().join("pid").exists(), "nothing was started");
}

#[test]
fn a_server_that_does_not_speak_the_protocol_is_named() {
    let project = project();
    fails(mcp(&project, &["tools", "mute"]), 2, &["mute does not answer as an MCP server"]);
}

#[test]
fn a_server_that_is_late_is_ended() {
    let project = project();
    let begun = Instant::now();
    let run = mcp(&project, &["call", "slow", "any", "--timeout", "1"]);
    fails(run, 3, &["slow did not answer within 1 s", "--timeout"]);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    is_gone(&project);
}

/// Waits until the process whose number a server wrote down is gone.
#[track_caller]
fn is_gone(project: &Workspace) {
    if cfg!(target_os = "linux") {
        let pid = std::fs::read_to_string(project.folder.path().join("pid")).expect("it ran");
        // One that is ended and that nobody has asked about has no command line any more.
        let line = format!("/proc/{}/cmdline", pid.trim());
        let runs = || std::fs::read(&line).is_ok_and(|line| !line.is_empty());
        let begun = Instant::now();
        while runs() && begun.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(!runs(), "the server runs still");
    }
}

#[test]
#[cfg(unix)]
fn a_server_behind_another_program_is_ended_with_it() {
    let project = project();
    let run = mcp(&project, &["call", "wrapped", "any", "--timeout", "1"]);
    fails(run, 3, &["wrapped did not answer within 1 s"]);
    is_gone(&project);
}

#[test]
#[cfg(unix)]
fn a_signal_ends_a_server_and_what_it_started() {
    let project = project();
    let folder = project.folder.path();
    let mut child = std::process::Command::new(QF)
        .args(["mcp", "call", "wrapped", "any"])
        .current_dir(folder)
        .env("QF_HOME", folder.join("home"))
        .stdin(std::process::Stdio::null())
        .spawn()
        .expect("the binary runs");
    let begun = Instant::now();
    let written =
        || std::fs::read_to_string(folder.join("pid")).is_ok_and(|pid| pid.ends_with('\n'));
    while !written() && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    let told = std::process::Command::new("kill").args(["-TERM", &pid]).status();
    assert!(told.expect("kill runs").success());
    assert_eq!(child.wait().expect("it is ours").code(), Some(3));
    is_gone(&project);
}

#[test]
#[cfg(unix)]
fn an_answer_in_time_counts_though_the_server_is_slow_to_end() {
    let project = project();
    // It takes longer to end than the call may take.
    let run = mcp(&project, &["call", "lingering", "status", "--timeout", "3"]);
    assert!(run.exits(0).starts_with("7 repositories, "));
    is_gone(&project);
}

#[test]
fn servers_and_their_tools_are_listed() {
    let project = project();
    let servers = mcp(&project, &["servers"]).exits(0);
    assert!(servers.contains("far ") && servers.contains("https://example.org/mcp"), "{servers}");
    assert!(servers.contains("${WORD:-mcp}"), "nothing is filled in: {servers}");
    let all = mcp(&project, &["servers", "--json"]).json(0);
    assert_eq!(all["servers"].as_array().map(Vec::len), Some(8), "{all:#}");
    assert_eq!(all["servers"][0]["type"], "http", "{all:#}");
    let tools = mcp(&project, &["tools", "qf"]).exits(0);
    assert!(tools.contains("relations") && tools.contains("name relation [hops]"), "{tools}");
    let tools = mcp(&project, &["tools", "qf", "--json"]).json(0);
    assert_eq!(tools.as_array().map(Vec::len), Some(5));
    assert_eq!(tools[0]["name"], "ask", "{tools:#}");
}

#[test]
fn the_file_is_that_of_the_work_tree() {
    let project = project();
    let root = project.folder.path();
    let below = root.join("a/b");
    std::fs::create_dir_all(&below).expect("it is ours");
    let home = shared().home();
    let none = run_with(&below, &home, &["servers"], "");
    fails(none, 2, &["there is no .mcp.json here", "--config FILE"]);
    std::fs::create_dir(root.join(".git")).expect("it is ours");
    run_with(&below, &home, &["call", "qf", "status"], "").exits(0);
    let file = root.join(".mcp.json").display().to_string();
    let elsewhere = Workspace::empty();
    let given = ["call", "qf", "status", "--config", &file];
    run_with(elsewhere.folder.path(), &home, &given, "").exits(0);
    std::fs::write(below.join(".mcp.json"), "{ \"servers\": {} }").expect("it is ours");
    fails(run_with(&below, &home, &["servers"], ""), 2, &[".mcp.json: ", "mcpServers"]);
    std::fs::write(below.join(".mcp.json"), "{ \"mcpServers\": {} }").expect("it is ours");
    assert!(run_with(&below, &home, &["servers"], "").exits(1).contains("has no servers"));
}
