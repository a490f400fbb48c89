//! `qf audit` as a person, a script and an auditor see it.

use crate::support::{Workspace, skip};
use qf_agent::ledger::audit::record::{Actor, ActorKind, Draft, Network, Outcome, Policy};
use qf_agent::ledger::audit::{Audit, Options};
use qf_graph::store::Home;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Checks an export with nothing of ours: this is in the README.
const CHECK: &str = r#"
import hashlib, json, sys

def canonical(value):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode()

def sha256(data):
    return hashlib.sha256(data).hexdigest()

manifest = json.load(open(sys.argv[1] + "/manifest.json", "rb"))
data = open(sys.argv[1] + "/records.jsonl", "rb").read()
assert sha256(data) == manifest["sha256"], "these are not the records of the manifest"
previous, number, hashes = manifest["first_previous"], manifest["from"], {}
for line in data.split(b"\n")[:-1]:
    record = json.loads(line)
    assert canonical(record) == line, f"record {number} is not canonical"
    hashes[number] = record.pop("hash")
    assert sha256(canonical(record)) == hashes[number], f"record {number} was changed"
    assert record["seq"] == number, f"record {number} is missing"
    assert record["previous"] == previous, f"record {number} follows another"
    previous, number = sha256(line), number + 1
assert number == manifest["to"] + 1 and len(hashes) == manifest["count"]
assert hashes[manifest["to"]] == manifest["last_hash"]
try:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(manifest["public_key"]))
except ImportError:
    key = None
for head in manifest["heads"]:
    assert hashes[head["seq"]] == head["hash"], "a head is of another record"
    if key:
        signed = {name: head[name] for name in ("hash", "seq", "time")}
        key.verify(bytes.fromhex(head["signature"]), canonical(signed))
last = max([head["seq"] for head in manifest["heads"]], default="none")
print(f"{len(hashes)} records; signed up to {last}" + ("" if key else ", signatures not checked"))
"#;

fn draft(action: &str, plan: &str) -> Draft {
    Draft {
        action: action.to_owned(),
        plan: Some(plan.to_owned()),
        outcome: Some(Outcome::Ok),
        ..Draft::default()
    }
}

/// A workspace in which seventy things were done.
fn done() -> Workspace {
    let workspace = Workspace::empty();
    let options = Options { records: 40, ..Options::default() };
    let audit = Audit::open_with(&Home::new(workspace.home()), options).expect("a log");
    let append = |draft: Draft| audit.append(draft).expect("it is written");
    append(Draft {
        actor: Some(Actor { kind: ActorKind::Person, name: "sam".to_owned() }),
        ..draft("plan.approved", "one")
    });
    append(Draft {
        command: Some("curl -H 'Authorization: Bearer a1B2c3D4e5F6g7H8' \u{1b}[31mx".to_owned()),
        policy: Some(Policy { decision: "deny".to_owned(), rule: "no network".to_owned() }),
        network: Some(Network {
            destination: "example.org:443".to_owned(),
            decision: "deny".to_owned(),
            bytes: None,
        }),
        outcome: Some(Outcome::Refused),
        phase: Some(0),
        step: Some(1),
        ..draft("step.done", "one")
    });
    for number in 3..=70_u64 {
        let plan = if number.is_multiple_of(2) { "two" } else { "three" };
        append(Draft { step: Some(number), ..draft("step.done", plan) });
    }
    audit.close().expect("it is signed");
    workspace
}

#[test]
fn shown_and_followed() {
    let workspace = done();
    let all = workspace.run(&["audit", "show"]).exits(0);
    assert_eq!(all.lines().count(), 70);
    let first = workspace.run(&["audit", "show", "--plan", "one"]).exits(0);
    let lines: Vec<&str> = first.lines().collect();
    assert_eq!(lines.len(), 2, "{first}");
    assert!(lines[0].contains("sam") && lines[0].contains("plan.approved"), "{first}");
    assert!(lines[1].contains("refused") && lines[1].contains("one phase 1 step 2"), "{first}");
    assert!(lines[1].contains("Bearer [redacted:") && !first.contains("a1B2"), "{first}");
    assert!(lines[1].contains("example.org:443; deny by no network"), "{first}");
    assert!(!first.contains('\u{1b}'), "a terminal would take it for a command");

    let last = workspace.run(&["audit", "show", "--action", "step", "--last", "3", "--json"]);
    let last = last.json(0);
    let seqs: Vec<u64> = last["records"]
        .as_array()
        .expect("records")
        .iter()
        .filter_map(|record| record["seq"].as_u64())
        .collect();
    assert_eq!(seqs, [68, 69, 70]);
    assert_eq!(last["records"][0]["plan"], "two");
    let none = workspace.run(&["audit", "show", "--plan", "none"]).exits(1);
    assert_eq!(none, "no record is like that\n");

    let tail = workspace.run(&["audit", "tail", "-n", "2"]).exits(0);
    assert!(tail.lines().count() == 2 && tail.contains("    70  "), "{tail}");
    let empty = Workspace::empty();
    assert!(empty.run(&["audit", "show"]).exits(1).starts_with("nothing was recorded"));
    assert!(empty.run(&["audit", "verify"]).exits(1).starts_with("nothing was recorded"));
    assert_eq!(empty.run(&["audit", "tail"]).exits(1), "");
    assert_eq!(empty.run(&["audit", "export"]).code, 2);
}

#[test]
fn verified() {
    let workspace = done();
    let said = workspace.run(&["audit", "verify"]).exits(0);
    assert!(said.starts_with("whole: 70 records (1 to 70) in 2 files\n"), "{said}");
    assert!(said.contains("2 heads signed with the key "), "{said}");
    let key = workspace.home().join("audit-heads/key.pub");
    let key = std::fs::read_to_string(key).expect("there is one");
    assert!(said.contains(key.trim()), "{said}");
    workspace.run(&["audit", "verify", "--key", key.trim()]).exits(0);
    let other = workspace.run(&["audit", "verify", "--key", &"1".repeat(63)]);
    assert_eq!(other.code, 2, "{}", other.stderr);

    let path = workspace.home().join("audit/log-000001.jsonl");
    let text = std::fs::read_to_string(&path).expect("it is read");
    std::fs::write(&path, text.replacen("sam", "tom", 1)).expect("it is ours");
    let said = workspace.run(&["audit", "verify"]).exits(3);
    assert!(said.contains("log-000001.jsonl line 1, record 1: its hash is not"), "{said}");
    let json = workspace.run(&["audit", "verify", "--json"]).json(3);
    assert_eq!(json["problems"][0]["seq"], 1, "{json}");
    assert_eq!(json["records"], 69, "{json}");
    assert_eq!(workspace.run(&["audit", "export"]).code, 3);
}

#[test]
fn exported_and_checked_by_somebody_else() {
    let workspace = done();
    let folder = workspace.folder.path().join("evidence");
    let place = folder.display().to_string();
    let said = workspace.run(&["audit", "export", "--from", "2", "--out", &place]).exits(0);
    assert!(said.starts_with("69 records (2 to 70), "), "{said}");
    let whole = workspace.run(&["audit", "export", "--from", "60", "--to", "64"]).json_lines(0);
    assert_eq!(whole.len(), 6);
    assert_eq!(whole[0]["count"], 5);
    assert_eq!(whole[0]["heads"].as_array().map(Vec::len), Some(1));
    assert_eq!(whole[5]["seq"], 64);

    let Some(output) = check(&folder) else { return skip("python3 is not installed") };
    assert_eq!(output.0, Some(0), "{}", output.1);
    assert!(output.1.contains("69 records; signed up to 70"), "{}", output.1);
    // What it is for.
    let records = folder.join("records.jsonl");
    let text = std::fs::read_to_string(&records).expect("it is read");
    let changed = text.replacen("\"refused\"", "\"ok\"", 1);
    assert_ne!(changed, text);
    std::fs::write(&records, &changed).expect("it is ours");
    let manifest = folder.join("manifest.json");
    let mut value: Value =
        serde_json::from_slice(&std::fs::read(&manifest).expect("it is read")).expect("JSON");
    assert_ne!(check(&folder).map(|output| output.0), Some(Some(0)));
    value["sha256"] = Value::from(qf_agent::ledger::audit::hash::sha256_hex(changed.as_bytes()));
    std::fs::write(&manifest, value.to_string()).expect("it is ours");
    let (code, said) = check(&folder).expect("python3");
    assert!(code != Some(0) && said.contains("record 2 was changed"), "{said}");
}

/// How the script ended and what it said; none when there is no Python.
fn check(folder: &Path) -> Option<(Option<i32>, String)> {
    let output = Command::new("python3").args(["-c", CHECK]).arg(folder).output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Some((output.status.code(), said + &String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn old_records_are_removed_and_the_rest_still_verifies() {
    let workspace = Workspace::empty();
    let options = Options { records: 10, ..Options::default() };
    let audit = Audit::open_with(&Home::new(workspace.home()), options).expect("a log");
    for number in 0..35 {
        let draft = Draft { action: format!("test.{number}"), ..Draft::default() };
        audit.append(draft).expect("it is written");
    }
    audit.close().expect("it is signed");
    workspace.run(&["audit", "prune"]).exits(2);
    let removed = workspace.run(&["audit", "prune", "--keep", "2", "--json"]).json(0);
    assert_eq!(removed["files"], 2, "{removed}");
    workspace.run(&["audit", "verify"]).exits(0);
    let shown = workspace.run(&["audit", "show"]).exits(0);
    assert!(!shown.contains("test.19") && shown.contains("test.20"), "{shown}");
    assert!(shown.contains("log.pruned"), "{shown}");
    // What it says of itself is in the last file: now there is nothing older than twenty files.
    workspace.run(&["audit", "prune", "--keep", "20"]).exits(1);
}
