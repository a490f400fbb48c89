//! `qf export`: the contract that other programs rely on.

use crate::support::{Workspace, shared};
use serde_json::Value;

fn names(row: &Value) -> Vec<&str> {
    row.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn edges_have_the_fields_of_version_1() {
    let rows = shared().run(&["export", "edges", "--kind", "calls"]).json_lines(0);
    assert!(rows.len() > 50);
    for row in &rows {
        let mut fields = names(row);
        fields.sort_unstable();
        let mut expected = vec![
            "caller_repo",
            "caller_file",
            "caller",
            "caller_line",
            "callee_repo",
            "callee_file",
            "callee",
            "callee_line",
            "line",
            "kind",
            "tier",
            "rule",
        ];
        expected.sort_unstable();
        assert_eq!(fields, expected);
        assert_eq!(row["kind"], "calls");
        assert!(row["line"].as_u64() > Some(0));
        assert_ne!(row["tier"], "maybe");
        if row["caller"] == "<module>" {
            assert_eq!(row["caller_line"], 1);
        }
    }
    assert!(rows.iter().any(|row| {
        row["caller"] == "AccountService.credit"
            && row["callee"] == "Ledger.apply"
            && row["caller_file"] == "app/accounts.py"
            && row["callee_line"] == 26
            && row["line"] == 41
    }));
    // Constructions are calls of the constructor.
    assert!(
        rows.iter()
            .any(|row| row["callee"] == "CappedLedger.__init__"
                || row["callee"] == "Ledger.__init__")
    );
}

#[test]
fn edges_can_be_narrowed() {
    let rows = shared().run(&["export", "edges", "--repo", "ledger-rs"]).json_lines(0);
    assert!(rows.iter().all(|row| row["caller_repo"] == "ledger-rs"));
    assert!(rows.iter().any(|row| row["kind"] == "writes"));
    assert!(rows.iter().all(|row| row["kind"] != "contains"));
    let exact =
        shared().run(&["export", "edges", "--kind", "calls", "--min-tier", "exact"]).json_lines(0);
    assert!(exact.iter().all(|row| row["tier"] == "exact" || row["tier"] == "compiler"));
    shared().run(&["export", "edges", "--repo", "nowhere"]).exits(2);
    shared().run(&["export", "edges", "--kind", "nothing"]).exits(2);
}

#[test]
fn links_name_client_and_server() {
    let rows = shared().run(&["export", "links"]).json_lines(0);
    for row in &rows {
        if row["channel"] == "package" {
            assert!(row["consumer"].is_string() && row["provider"].is_string());
            assert!(row["caller_file"].is_string() && row["callee_line"].is_u64());
        } else {
            for field in [
                "client_repo",
                "client_file",
                "client_function",
                "server_repo",
                "server_file",
                "handler",
                "path",
                "rule",
                "tier",
            ] {
                assert!(row[field].is_string(), "{field} of {row}");
            }
            assert!(row["client_line"].is_u64() && row["server_line"].is_u64());
            assert_eq!(row["method"].is_string(), row["channel"] == "http");
        }
    }
    let tables = shared().run(&["export", "links", "--channel", "table"]).json_lines(0);
    assert!(tables.iter().all(|row| row["channel"] == "table"));
}

#[test]
fn a_repository_brings_rules_of_its_own() {
    let workspace = Workspace::empty();
    let sources = tempfile::tempdir().expect("a folder");
    let rule = r#"
system = "acme-bus"

[[rule]]
channel = "topic"
provides = false
form = "call"
origins = ["acme_bus.emit"]
position = 0

[[rule]]
channel = "topic"
provides = true
form = "decorator"
origins = ["acme_bus.on"]
position = 0
"#;
    let files = [
        ("orders/.qf/rules/bus.toml", rule),
        ("orders/.qf/rules/wrong.toml", "[[rule]]\nchannel = \"smoke\"\n"),
        ("orders/pay.py", "import acme_bus\n\ndef pay(order):\n    acme_bus.emit('paid')\n"),
        ("mails/send.py", "from acme_bus import on\n\n@on('paid')\ndef send(order):\n    pass\n"),
    ];
    for (path, text) in files {
        let path = sources.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("written");
        std::fs::write(path, text).expect("written");
    }
    let folder = |name: &str| sources.path().join(name).display().to_string();
    let run = workspace.run(&["index".to_owned(), folder("orders"), folder("mails")]);
    let fault = "warning: orders/.qf/rules/wrong.toml is left out: TOML parse error at line 2";
    assert!(run.stderr.contains(fault), "{}", run.stderr);
    run.exits(0);
    let links = workspace.run(&["export", "links"]).json_lines(0);
    assert_eq!(links.len(), 1, "{links:#?}");
    assert_eq!(links[0]["client_function"], "pay");
    assert_eq!(links[0]["handler"], "send");
    assert_eq!(links[0]["rule"], "orders/bus → orders/bus");
    // Without the rule there is no link.
    std::fs::remove_dir_all(sources.path().join("orders/.qf")).expect("removed");
    workspace.run(&["index".to_owned(), folder("orders")]).exits(0);
    workspace.run(&["export", "links"]).exits(1);
}

#[test]
fn links_go_through_messages_and_files_that_are_routes() {
    let workspace = Workspace::empty();
    let sources = tempfile::tempdir().expect("a folder");
    let files = [
        (
            "orders/events.py",
            "import redis
from celery import Celery
client = redis.Redis.from_url('redis://cache')
queue = Celery('orders')
def settle(order):
    client.publish('orders.settled', order.id)
    queue.send_task('mails.send', args=[order.address])
",
        ),
        (
            "mails/tasks.py",
            "from celery import shared_task
@shared_task(name='mails.send')
def send(address):
    pass
",
        ),
        (
            "mails/listen.ts",
            "import Redis from 'ioredis';
const inbox = new Redis();
export async function listen() { await inbox.subscribe('orders.settled'); }
",
        ),
        // The same name in another system is another topic.
        (
            "audit/consumer.js",
            "const { Kafka } = require('kafkajs');
async function consume(brokers) {
  const consumer = new Kafka({ brokers }).consumer({ groupId: 'x' });
  await consumer.subscribe({ topics: ['orders.settled'] });
}
",
        ),
        ("shop/package.json", r#"{"name": "shop", "dependencies": {"next": "15.0.0"}}"#),
        (
            "shop/src/app/api/orders/[id]/route.ts",
            "export async function GET() {}\nexport const POST = async () => {};\nfunction PUT() {}\n",
        ),
        ("shop/src/pages/api/health.ts", "export default function health(req, res) {}\n"),
        // Files of the same names serve nothing where Next.js is not used.
        ("plain/package.json", r#"{"name": "plain"}"#),
        ("plain/src/app/api/orders/[id]/route.ts", "export async function GET() {}\n"),
        (
            "desk/api.ts",
            "import axios from 'axios';
export const show = (id: string) => axios.get(`/api/orders/${id}`);
export const pay = (id: string) => axios.post(`/api/orders/${id}`);
export const drop = (id: string) => axios.put(`/api/orders/${id}`);
",
        ),
    ];
    for (path, text) in files {
        let path = sources.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("written");
        std::fs::write(path, text).expect("written");
    }
    let folders = ["orders", "mails", "audit", "shop", "plain", "desk"];
    let mut arguments = vec!["index".to_owned()];
    arguments.extend(folders.map(|folder| sources.path().join(folder).display().to_string()));
    workspace.run(&arguments).exits(0);
    let mut found: Vec<String> = workspace
        .run(&["export", "links"])
        .json_lines(0)
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap_or("-").to_owned();
            let ends = ["client_repo", "client_function", "server_repo", "handler"].map(text);
            format!("{} {}", row["channel"].as_str().unwrap_or("-"), ends.join(" "))
        })
        .collect();
    found.sort();
    let expected = [
        "http desk pay shop POST",
        "http desk show shop GET",
        "topic orders settle mails listen",
        "topic orders settle mails send",
    ];
    assert_eq!(found, expected);
    let map = workspace.run(&["map"]).exits(0);
    let rows: Vec<Vec<&str>> = map.lines().map(|row| row.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["desk", "→", "shop", "http", "2", "exact"]);
    assert_eq!(rows[1], ["orders", "→", "mails", "topic", "2", "exact"]);
    let dot = workspace.run(&["map", "--format", "dot", "--channel", "topic"]).exits(0);
    assert!(dot.starts_with("digraph"), "{dot}");
    assert!(dot.contains("  \"orders\" -> \"mails\" [label=\"topic 2\"];"), "{dot}");
    let mermaid = workspace.run(&["map", "--format", "mermaid"]).exits(0);
    assert!(mermaid.starts_with("flowchart LR\n  r0[\"desk\"]"), "{mermaid}");
    assert!(mermaid.contains("  r0 -->|http 2| r3"), "{mermaid}");
    let json = workspace.run(&["map", "--json"]).json(0);
    assert_eq!(json[1]["links"], 2);
    workspace.run(&["map", "--channel", "grpc"]).exits(1);
    let from = workspace.run(&["links", "--from", "orders", "--json"]).json(0);
    assert_eq!(from.as_array().map(Vec::len), Some(2));
    workspace.run(&["links", "--from", "orders", "--to", "shop"]).exits(1);
    workspace.run(&["links", "--to", "nowhere"]).exits(2);
}

#[test]
fn a_function_with_overloads_stands_where_the_first_is_declared() {
    let workspace = Workspace::empty();
    let sources = tempfile::tempdir().expect("a folder");
    let text = "from typing import overload\n\n\
        @overload\ndef parse(text: str) -> str: ...\n\n\
        @overload\ndef parse(text: int) -> int: ...\n\n\
        def parse(text):\n    return text\n\n\
        def run():\n    return parse('1')\n";
    std::fs::write(sources.path().join("parse.py"), text).expect("written");
    workspace.run(&["index".to_owned(), sources.path().display().to_string()]).exits(0);
    let edges = workspace.run(&["export", "edges", "--kind", "calls"]).json_lines(0);
    let [call] = edges.as_slice() else { panic!("{edges:#?}") };
    assert_eq!((&call["callee"], &call["callee_line"]), (&"parse".into(), &4.into()));
    // People are shown the body.
    let found = workspace.run(&["callees", "run", "--json"]).json(0);
    assert_eq!(found["items"][0]["line"], 9, "{found:#}");
}
