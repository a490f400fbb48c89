//! `qf mcp`, through the protocol's own clients.

use crate::support::{QF, Workspace, repositories, shared, skip};
use rmcp::ServiceExt;
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::TokioChildProcess;
use serde_json::{Value, json};
use std::path::Path;

type Client = RunningService<RoleClient, ()>;

async fn connect(home: &Path) -> Client {
    let mut command = tokio::process::Command::new(QF);
    command.arg("mcp").env("QF_HOME", home);
    let transport = TokioChildProcess::new(command).expect("the server starts");
    ().serve(transport).await.expect("the server answers")
}

async fn call(client: &Client, tool: &'static str, arguments: Value) -> CallToolResult {
    let arguments = arguments.as_object().expect("arguments are an object").clone();
    let request = CallToolRequestParams::new(tool).with_arguments(arguments);
    client.call_tool(request).await.expect("the tool answers")
}

fn structured(result: &CallToolResult) -> &Value {
    result.structured_content.as_ref().expect("structured content")
}

fn text(result: &CallToolResult) -> String {
    let content = serde_json::to_value(&result.content).expect("content is JSON");
    content[0]["text"].as_str().expect("a text block").to_owned()
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(work)
}

#[test]
fn tools_and_replies_are_small() {
    run(async {
        let client = connect(&shared().home()).await;
        let info = serde_json::to_value(client.peer_info()).expect("info is JSON");
        assert!(info.to_string().contains("\"name\":\"qf\""), "{info}");
        let tools = client.list_all_tools().await.expect("tools");
        assert!(tools.len() <= 5);
        let size = serde_json::to_string(&tools).expect("tools are JSON").len();
        assert!(size <= 3_000, "{size} characters of schemas");
        let ask = json!({ "question": "functions that update user balance" });
        for (tool, arguments) in [
            ("ask", ask),
            ("symbol", json!({ "name": "Ledger" })),
            ("relations", json!({ "name": "Ledger.apply", "relation": "callers" })),
            ("relations", json!({ "name": "User.balance", "relation": "writers" })),
            ("path", json!({ "from": "AccountService.credit", "to": "Ledger.apply" })),
            ("status", json!({})),
        ] {
            let result = call(&client, tool, arguments).await;
            assert_ne!(result.is_error, Some(true), "{result:?}");
            let reply = structured(&result);
            assert_eq!(reply["generation"], 1);
            assert!(reply["age_seconds"].is_u64());
            assert_eq!(reply["complete"], true);
            assert_eq!(reply["pending"], false);
            let size = serde_json::to_string(&result).expect("a result is JSON").len();
            assert!(size <= 3_200, "{tool} replies with {size} characters");
        }
        client.cancel().await.expect("the server ends");
    });
}

#[test]
fn ask_lists_items_and_says_what_is_left() {
    run(async {
        let client = connect(&shared().home()).await;
        let question = json!({ "question": "functions that update user balance" });
        let result = call(&client, "ask", question.clone()).await;
        let reply = structured(&result);
        let items = reply["items"].as_array().expect("items");
        assert!(items.len() >= 5, "{reply:#}");
        assert!(items.iter().any(|item| item["name"] == "Ledger.apply"), "{reply:#}");
        let said = text(&result);
        assert!(said.contains("Ledger.apply"), "{said}");
        if reply["left"].as_u64() > Some(0) {
            assert!(said.contains("call again with limit"), "{said}");
        }
        let mut more = question;
        more["limit"] = json!(100);
        let all = call(&client, "ask", more).await;
        let all = structured(&all)["items"].as_array().expect("items").len();
        assert!(all >= items.len());
        let unknown = call(&client, "relations", json!({ "name": "Ledgr", "relation": "callers" }));
        assert!(text(&unknown.await).contains("Near it: "));
        let wrong = CallToolRequestParams::new("ask");
        assert!(client.call_tool(wrong).await.is_err(), "a question is required");
        client.cancel().await.expect("the server ends");
    });
}

#[test]
fn a_server_sees_new_generations_and_survives_without_an_index() {
    let workspace = Workspace::empty();
    run(async {
        let client = connect(&workspace.home()).await;
        let none = call(&client, "status", json!({})).await;
        assert_eq!(none.is_error, Some(true));
        assert!(text(&none).contains("hint: `qf index PATH`"));
        let paths = repositories();
        let index = |path: &Path| {
            workspace.run(&["index", "--quiet", &path.display().to_string()]).exits(0);
        };
        index(&paths[0]);
        let first = call(&client, "status", json!({})).await;
        assert_eq!(structured(&first)["generation"], 1);
        index(&paths[2]);
        let second = call(&client, "status", json!({})).await;
        assert_eq!(structured(&second)["generation"], 2);
        assert_eq!(structured(&second)["repositories"].as_array().map(Vec::len), Some(2));
        client.cancel().await.expect("the server ends");
    });
}

/// Runs the protocol's official inspector against the server.
fn inspect(arguments: &[&str]) -> Result<Value, String> {
    let home = format!("QF_HOME={}", shared().home().display());
    let output = std::process::Command::new("npx")
        .args(["--yes", "@modelcontextprotocol/inspector", "--cli", "-e", &home, QF, "mcp"])
        .args(arguments)
        .output()
        .map_err(|error| format!("npx cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(format!("the inspector fails: {said}"));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("{error}: {said}"))
}

#[test]
fn the_official_inspector_agrees() {
    let listed = match inspect(&["--method", "tools/list"]) {
        Ok(listed) => listed,
        Err(why) => return skip(&why),
    };
    assert_eq!(listed["tools"].as_array().map(Vec::len), Some(5), "{listed:#}");
    let called = inspect(&[
        "--method",
        "tools/call",
        "--tool-name",
        "ask",
        "--tool-arg",
        "question=functions that update user balance",
    ])
    .expect("the inspector ran before");
    assert!(called["content"][0]["text"].as_str().expect("a text").contains("Ledger.apply"));
    assert_eq!(called["structuredContent"]["complete"], true);
}
