//! The tools: what they are called, what they take. All schemas together stay below 3,000
//! characters; a test holds them to it.

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// A call of a tool.
#[derive(Debug, PartialEq)]
pub enum Call {
    /// A question in words.
    Ask(Ask),
    /// What a name is.
    Symbol(Symbol),
    /// What is connected with a name.
    Relations(Relations),
    /// How one thing reaches another.
    Path(Path),
    /// The state of the index.
    Status,
}

/// Arguments of `ask`.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    pub question: String,
    /// Tokens: then the question is a task, and what it needs to be known is given.
    pub budget: Option<usize>,
    pub repo: Option<String>,
    pub limit: Option<usize>,
}

/// Arguments of `symbol`.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Symbol {
    pub name: String,
    pub repo: Option<String>,
}

/// Arguments of `relations`.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relations {
    pub name: String,
    pub relation: Relation,
    pub hops: Option<u32>,
    pub limit: Option<usize>,
}

/// What may be asked of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    Callers,
    Callees,
    Writers,
    Impact,
    Tests,
}

/// Arguments of `path`.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Path {
    pub from: String,
    pub to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl Call {
    /// Reads a call, or says what is wrong with it.
    pub fn read(name: &str, arguments: Value) -> Result<Self, String> {
        fn read<T: serde::de::DeserializeOwned>(name: &str, value: Value) -> Result<T, String> {
            serde_json::from_value(value).map_err(|error| format!("{name}: {error}"))
        }
        match name {
            "ask" => read(name, arguments).map(Call::Ask),
            "symbol" => read(name, arguments).map(Call::Symbol),
            "relations" => read(name, arguments).map(Call::Relations),
            "path" => read(name, arguments).map(Call::Path),
            "status" => read(name, arguments).map(|Nothing {}| Call::Status),
            _ => Err(format!(
                "no tool is called `{name}`; there are ask, symbol, relations, path, status"
            )),
        }
    }
}

/// The tools as they are listed.
pub fn list() -> Vec<Tool> {
    let text = |what: &str| json!({ "type": "string", "description": what });
    let plain = || json!({ "type": "string" });
    let number = || json!({ "type": "integer", "minimum": 1 });
    vec![
        tool(
            "ask",
            "Ask the code of all indexed repositories in plain words: who calls, writes, \
             implements or tests something, what a change reaches, where something is done. \
             Answers with proof lines. With a budget: what a task needs.",
            json!({
                "question": text("e.g. functions that update user balance"),
                "repo": text("only this repository"),
                "limit": number(),
                "budget": { "type": "integer", "minimum": 200, "description": "tokens of code for a task" },
            }),
            &["question"],
        ),
        tool(
            "symbol",
            "Definition of a name: place, signature, documentation, members, numbers of callers \
             and writers.",
            json!({ "name": text("name, Type.member or repo/path:line"), "repo": plain() }),
            &["name"],
        ),
        tool(
            "relations",
            "What is connected with a name across repositories, directly and in several hops.",
            json!({
                "name": plain(),
                "relation": {
                    "type": "string",
                    "enum": ["callers", "callees", "writers", "impact", "tests"],
                },
                "hops": number(),
                "limit": number(),
            }),
            &["name", "relation"],
        ),
        tool(
            "path",
            "Shortest way from one symbol to another over calls, routes, queues and tables.",
            json!({ "from": plain(), "to": plain() }),
            &["from", "to"],
        ),
        tool("status", "What is indexed, how old it is, whether it is complete.", json!({}), &[]),
    ]
}

fn tool(
    name: &'static str,
    description: &'static str,
    properties: Value,
    required: &[&str],
) -> Tool {
    let mut schema = JsonObject::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties);
    schema.insert("required".to_owned(), required.into());
    Tool::new(name, description, Arc::new(schema))
        .with_annotations(ToolAnnotations::new().read_only(true))
}

#[cfg(test)]
mod tests {
    use super::{Call, Relation, list};
    use serde_json::json;

    #[test]
    fn schemas_are_short() {
        let size = serde_json::to_string(&list()).expect("tools are JSON").len();
        assert!(list().len() <= 5);
        assert!(size <= 3_000, "{size} characters of schemas");
    }

    #[test]
    fn calls_are_read_strictly() {
        let call = Call::read("relations", json!({ "name": "a", "relation": "callers" }));
        assert!(matches!(call, Ok(Call::Relations(r)) if r.relation == Relation::Callers));
        assert_eq!(Call::read("status", json!({})), Ok(Call::Status));
        assert!(Call::read("ask", json!({})).is_err());
        assert!(Call::read("ask", json!({ "question": "x", "foo": 1 })).is_err());
        assert!(Call::read("nothing", json!({})).is_err());
    }
}
