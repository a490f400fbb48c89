//! Other ways to ask: SPARQL, plans, changes, packs, pages, an editor, a language model.

use crate::support::{QF, Run, Workspace, run_in, shared};
use assert_cmd::Command;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

#[test]
fn sparql_is_answered_in_the_formats_of_the_standard() {
    let query = "SELECT ?name WHERE { ?f qf:calls ?g ; qf:qualifiedName ?name . ?g qf:qualifiedName \"Ledger.apply\" } ORDER BY ?name";
    let run = |format: &str| shared().run(&["sparql", query, "--format", format]);
    let json = run("json").json(0);
    let rows = json["results"]["bindings"].as_array().expect("bindings").clone();
    assert!(rows.iter().any(|row| row["name"]["value"] == "AccountService.credit"));
    let csv = run("csv").exits(0);
    assert!(csv.starts_with("name\r\n") && csv.contains("AccountService.credit\r\n"), "{csv}");
    let tsv = run("tsv").exits(0);
    assert!(tsv.starts_with("?name\n") && tsv.contains("\"AccountService.credit\""), "{tsv}");
    assert!(run("xml").exits(0).contains("<literal>AccountService.credit</literal>"));
    assert_eq!(run("turtle").code, 2);
    let graph = shared()
        .run(&["sparql", "CONSTRUCT { ?f qf:name ?n } WHERE { ?f a qf:Table ; qf:name ?n }"]);
    let turtle = graph.exits(0);
    assert!(turtle.contains("@prefix qf:") && turtle.contains("qf:name \"users\""), "{turtle}");
    let none = shared().run(&["sparql", "ASK { ?f qf:name \"no such thing\" }"]);
    assert_eq!(none.json(1)["boolean"], false);
    let wrong = shared().run(&["sparql", "SELEC ?x"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("not a SPARQL 1.1 query"), "{}", wrong.stderr);
}

#[test]
fn what_explain_shows_can_be_run() {
    let answer = shared().run(&["callers", "Ledger.apply", "--explain", "--json"]).json(0);
    for query in answer["queries"].as_array().expect("queries") {
        let rows = |run: Run| run.stdout.lines().count();
        let plan = query["algebra"].as_str().expect("a plan");
        let found = shared().run(&["query", plan, "--all", "--json"]);
        let found: Value = serde_json::from_str(&found.stdout).expect("JSON");
        let sparql = query["sparql"].as_str().expect("a query");
        let selected = rows(shared().run(&["sparql", sparql, "--format", "csv"])) - 1;
        let total: u64 =
            found["totals"].as_object().expect("totals").values().filter_map(Value::as_u64).sum();
        assert_eq!(total, selected as u64, "{plan}\n{sparql}");
    }
    let wrong = shared().run(&["query", "named Ledger.apply | in calss"]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.stderr.contains("no edge is called `calss`") && wrong.stderr.contains("calls"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn the_graph_goes_into_other_tools() {
    let ontology = shared().run(&["export", "ontology"]).exits(0);
    assert!(ontology.contains("rdfs:subPropertyOf") && ontology.contains("qf:Function"));
    let rdf = shared().run(&["export", "rdf", "--format", "ntriples"]).exits(0);
    let name = "<https://github.com/quantumflow/qf/ontology#qualifiedName> \"Ledger.apply\" .";
    assert!(rdf.lines().any(|line| line.ends_with(name)));
    let graphml = shared().run(&["export", "graphml", "--kind", "calls"]).exits(0);
    assert_eq!(graphml.matches("<node ").count(), graphml.matches("</node>").count());
    assert!(
        graphml.contains("<data key=\"edge_kind\">calls</data>")
            && graphml.ends_with("</graphml>\n")
    );
    let dot = shared().run(&["export", "dot", "--repo", "ledger-rs"]).exits(0);
    assert!(dot.starts_with("digraph qf {") && dot.contains("label=calls"));
    let cypher = shared().run(&["export", "cypher", "--repo", "ledger-rs"]).exits(0);
    assert!(cypher.contains("CREATE (a)-[:CALLS {"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tables");
    let output = path.display().to_string();
    shared().run(&["export", "csv", "-o", &output]).exits(0);
    shared().run(&["export", "parquet", "-o", &output]).exits(0);
    let symbols = std::fs::read_to_string(path.join("symbols.csv")).expect("symbols");
    let edges = std::fs::read_to_string(path.join("edges.csv")).expect("edges");
    assert!(symbols.starts_with("id,kind,name,") && edges.starts_with("from,to,kind,"));
    for name in ["symbols.parquet", "edges.parquet"] {
        let bytes = std::fs::read(path.join(name)).expect("a table");
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    }
    let schema = shared().run(&["export", "schema"]).json(0);
    assert!(schema["properties"]["items"].is_object());
}

#[test]
fn an_answer_has_the_fields_of_its_schema() {
    let schema = shared().run(&["export", "schema", "answer"]).json(0);
    let known = |of: &Value, value: &Value| {
        for name in value.as_object().expect("an object").keys() {
            assert!(of["properties"][name].is_object(), "{name} is not in the schema");
        }
        for name in of["required"].as_array().expect("required") {
            assert!(value.get(name.as_str().expect("a name")).is_some(), "{name} is missing");
        }
    };
    for question in ["who calls Ledger.apply", "how is orders-go organised", "what is Ledger"] {
        let answer = shared().run(&["ask", question, "--json", "--explain"]).json(0);
        known(&schema, &answer);
        answer["items"]
            .as_array()
            .expect("items")
            .iter()
            .for_each(|item| known(&schema["$defs"]["Item"], item));
    }
}

#[test]
fn answers_come_in_pages_and_line_by_line() {
    let all = shared().run(&["callers", "formatMoney", "--json", "--limit", "50"]).json(0);
    let second = shared()
        .run(&["callers", "formatMoney", "--json", "--limit", "1", "--offset", "1"])
        .json(0);
    assert_eq!(second["items"][0]["qualified_name"], all["items"][1]["qualified_name"]);
    let lines =
        shared().run(&["callers", "formatMoney", "--json-lines", "--limit", "50"]).json_lines(0);
    assert_eq!(lines.len(), all["items"].as_array().expect("items").len() + 1);
    assert_eq!(lines[0]["intent"], "callers");
}

#[test]
fn the_first_item_opens_in_the_editor() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = folder.path().join("said");
    let editor = folder.path().join("editor.sh");
    std::fs::write(&editor, format!("#!/bin/sh\necho \"$@\" > '{}'\n", said.display()))
        .expect("written");
    let output = Command::new(QF)
        .args(["where", "Ledger.apply", "--open"])
        .env("QF_HOME", shared().home())
        .env("VISUAL", format!("sh {}", editor.display()))
        .output()
        .expect("it runs");
    assert!(output.status.success());
    let said = std::fs::read_to_string(said).expect("the editor ran");
    assert!(
        said.starts_with("+26 ") && said.trim().ends_with("accounts-api/app/ledger.py"),
        "{said}"
    );
}

#[test]
fn a_pack_is_never_larger_than_asked() {
    let run = shared().run(&["context", "refunds must not overdraw an account", "--budget", "700"]);
    let text = run.exits(0);
    assert!(text.starts_with("# Context: refunds"), "{text}");
    let pack = shared().run(&["context", "Ledger.apply", "--budget", "700", "--json"]).json(0);
    assert!(pack["tokens"].as_u64().is_some_and(|tokens| tokens <= 700));
    assert_eq!(pack["entries"][0]["name"], "Ledger.apply");
}

fn git(folder: &std::path::Path, arguments: &[&str]) {
    let status = std::process::Command::new("git")
        .current_dir(folder)
        .args([
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.com",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .stdout(std::process::Stdio::null())
        .status()
        .expect("git runs");
    assert!(status.success(), "git {arguments:?}");
}

#[test]
fn changes_and_authors_come_from_git() {
    let workspace = Workspace::empty();
    let repository = workspace.folder.path().join("app");
    std::fs::create_dir_all(&repository).expect("a folder");
    let file = repository.join("a.py");
    let write = |text: &str| std::fs::write(&file, text).expect("written");
    git(&repository, &["init", "-q", "-b", "main"]);
    write("def one():\n    return 1\n\ndef two():\n    return one()\n");
    git(&repository, &["add", "."]);
    git(&repository, &["commit", "-q", "-m", "First"]);
    git(&repository, &["tag", "v1"]);
    write("# above\ndef one():\n    return 2\n\ndef two():\n    return one()\n");
    git(&repository, &["commit", "-q", "-am", "Second"]);
    let test = "from a import two\n\ndef test_two():\n    two()\n";
    std::fs::write(repository.join("test_a.py"), test).expect("written");
    // The index is of a tree with a change that is not committed.
    write("# above\n# and\ndef one():\n    return 2\n\ndef two():\n    return one()\n");
    workspace.run(&["index", "--quiet", &repository.display().to_string()]).exits(0);
    let names = |run: Run, role: &str| -> Vec<String> {
        let answer = run.json(0);
        let items = answer["items"].as_array().expect("items").iter();
        items
            .filter(|item| item["role"] == role)
            .map(|item| item["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    assert_eq!(names(workspace.run(&["impact", "--diff", "v1", "--json"]), "direct"), ["one"]);
    assert_eq!(names(workspace.run(&["impact", "--diff", "v1", "--json"]), "transitive"), ["two"]);
    assert_eq!(
        names(workspace.run(&["impact", "--diff", "v1..main", "--json"]), "direct"),
        ["one"]
    );
    assert_eq!(names(workspace.run(&["tests", "--diff", "v1", "--json"]), "test"), ["test_two"]);
    let unknown = workspace.run(&["impact", "--diff", "v9"]);
    assert_eq!(unknown.code, 1);
    let answer = workspace.run(&["ask", "who last changed two", "--json"]).json(0);
    let why = answer["items"][0]["why"].as_str().expect("why");
    assert!(why.contains("by Ada") && why.ends_with(": First"), "{why}");
}

/// What was asked of the server.
type Asked = Arc<Mutex<Vec<(String, Value)>>>;

/// A server that answers requests one after the other with these texts, in the form of its kind.
fn model(anthropic: bool, says: Vec<&'static str>) -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let asked: Asked = Arc::default();
    let shared = asked.clone();
    std::thread::spawn(move || {
        let mut says = says.into_iter();
        for stream in listener.incoming().flatten() {
            let (head, body) = read(&stream);
            shared.lock().expect("not poisoned").push((head, body));
            let text = says.next().unwrap_or("nothing more");
            let body = if anthropic {
                json!({ "content": [{ "type": "text", "text": text }], "usage": { "input_tokens": 9, "output_tokens": 3 } })
            } else {
                json!({ "choices": [{ "message": { "role": "assistant", "content": text } }], "usage": { "prompt_tokens": 9, "completion_tokens": 3 } })
            };
            let body = body.to_string();
            let mut stream = stream;
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    (address.to_string(), asked)
}

fn read(stream: &TcpStream) -> (String, Value) {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        if line.trim().is_empty() {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length: ") {
            length = value.trim().parse().expect("a number");
        }
        head += &lower;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    (head, serde_json::from_slice(&body).expect("JSON"))
}

fn with_model(model: &str, arguments: &[&str]) -> Run {
    let output = Command::new(QF)
        .args(arguments)
        .env("QF_HOME", shared().home())
        .env("NO_COLOR", "1")
        .env("QF_LLM", model)
        .env("QF_LLM_KEY", "secret")
        .output()
        .expect("it runs");
    Run {
        code: output.status.code().expect("an exit code"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

#[test]
fn a_model_phrases_and_what_it_makes_up_is_dropped() {
    let (address, asked) = model(
        false,
        vec![
            "AccountService.credit calls Ledger.apply [1]. PaymentGateway.charge does so too [2]. It is well tested [1].",
        ],
    );
    let model = format!("openai:http://{address}/v1#tiny");
    let answer = with_model(&model, &["ask", "--llm", "who calls Ledger.apply", "--json"]).json(0);
    let sentences = answer["phrased"]["sentences"].as_array().expect("sentences");
    let texts: Vec<&str> = sentences.iter().filter_map(|it| it["text"].as_str()).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].starts_with("AccountService.credit") && texts[1] == "It is well tested [1].");
    assert_eq!(answer["phrased"]["dropped"], 1);
    assert_eq!(answer["intent"], "callers");
    let asked = asked.lock().expect("not poisoned");
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0].0.starts_with("post /v1/chat/completions ")
            && asked[0].0.contains("authorization: bearer secret")
    );
    assert!(
        asked[0].1["messages"][1]["content"]
            .as_str()
            .is_some_and(|text| text.contains("[1] method AccountService.credit"))
    );
}

#[test]
fn a_model_may_write_a_plan_that_is_read_like_any_other() {
    let (address, asked) = model(
        true,
        vec![
            "named \"Ledger.apply\" | in flies",
            "```\nnamed \"Ledger.apply\" | in calls\n```",
            "AccountService.credit does [1].",
        ],
    );
    let model = format!("anthropic:http://{address}#small");
    let question = "money moves through which doors, roughly speaking";
    let answer = with_model(&model, &["ask", "--llm", question, "--json"]).json(0);
    assert_eq!(
        (answer["intent"].as_str(), answer["question"].as_str()),
        (Some("query"), Some(question))
    );
    assert!(
        answer["items"]
            .as_array()
            .expect("items")
            .iter()
            .any(|item| item["qualified_name"] == "AccountService.credit")
    );
    assert!(
        answer["notes"][0].as_str().is_some_and(|note| note.starts_with("Plan of small: named"))
    );
    let asked = asked.lock().expect("not poisoned");
    assert_eq!(asked.len(), 3);
    assert!(asked[0].0.contains("x-api-key: secret") && asked[0].0.contains("anthropic-version"));
    assert!(
        asked[1].1["messages"][0]["content"]
            .as_str()
            .is_some_and(|text| text.contains("no edge is called `flies`"))
    );
}

#[test]
fn without_a_model_the_answer_is_the_same() {
    let unset = run_in(&shared().home(), &["ask", "--llm", "who calls Ledger.apply"]);
    assert_eq!(unset.code, 2);
    assert!(unset.stderr.contains("hint: set QF_LLM to `openai:"), "{}", unset.stderr);
    let refused = with_model(
        "openai:http://127.0.0.1:9/v1#m",
        &["ask", "--llm", "who calls Ledger.apply", "--json"],
    );
    assert!(refused.stderr.contains("answering without the model"), "{}", refused.stderr);
    let answer = refused.json(0);
    assert!(
        answer.get("phrased").is_none() && !answer["items"].as_array().expect("items").is_empty()
    );
}
