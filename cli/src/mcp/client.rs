//! `qf mcp call`, `tools` and `servers`: tools of other servers, as commands.
//!
//! A plan, a script or a person calls a tool of a server in `.mcp.json` as one calls a program:
//! arguments in, text out, an exit code. The server is started for the one call and ended with it
//! and all that it started ([`super::group`]); nothing starts a server but a command that names it.
//! Everything that may take long, from starting it to its answer, is within one limit of time; ending
//! it is not, since the answer is there by then.

use super::config::{Config, Server};
use super::group::Group;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::shorten;
use crate::output::table::Table;
use crate::signals;
use clap::{Args, Subcommand};
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, ContentBlock,
    Implementation, JsonObject, ResourceContents, Tool,
};
use rmcp::service::{ServiceError, serve_client};
use rmcp::transport::TokioChildProcess;
use serde_json::{Value, json};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Arguments of `qf mcp`.
#[derive(Debug, Args)]
pub struct McpArguments {
    #[command(subcommand)]
    action: Option<Action>,
}

impl McpArguments {
    /// Whether it is this program that serves.
    pub fn serves(&self) -> bool {
        self.action.is_none()
    }
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Call a tool of a server in .mcp.json; exit code 3 when the tool says that it failed
    Call(CallArguments),
    /// List the tools of a server in .mcp.json
    Tools(ToolsArguments),
    /// List the servers in .mcp.json; none is started
    Servers(ServersArguments),
}

/// Where servers are, and how to print.
#[derive(Debug, Args)]
struct PlaceArguments {
    /// The file with the servers [default: .mcp.json here, else at the root of the work tree]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct CallArguments {
    /// The server, as .mcp.json calls it
    server: String,
    /// The tool
    tool: String,
    /// The arguments, a JSON object; `-` reads it from standard input [default: {}]
    #[arg(value_name = "JSON|-")]
    arguments: Option<String>,
    /// Most seconds that it may take, starting the server included
    #[arg(long, value_name = "S", default_value_t = 60)]
    timeout: u64,
    #[command(flatten)]
    place: PlaceArguments,
}

#[derive(Debug, Args)]
struct ToolsArguments {
    /// The server, as .mcp.json calls it
    server: String,
    /// Most seconds that it may take, starting the server included
    #[arg(long, value_name = "S", default_value_t = 60)]
    timeout: u64,
    #[command(flatten)]
    place: PlaceArguments,
}

#[derive(Debug, Args)]
struct ServersArguments {
    #[command(flatten)]
    place: PlaceArguments,
}

/// Longest description of a tool in a list.
const DESCRIPTION: usize = 80;

/// So long a server has to end by itself once it has answered.
const LEAVE: Duration = Duration::from_secs(3);

/// Why a server did not answer.
#[derive(Debug, thiserror::Error)]
enum ClientError {
    /// It cannot be started.
    #[error("{server}: cannot run {command}: {source}")]
    Start { server: String, command: String, source: std::io::Error },
    /// It does not speak the protocol.
    #[error("{server} does not answer as an MCP server: {message}")]
    Handshake { server: String, message: String },
    /// It refuses what it is asked.
    #[error("{server}: {message}")]
    Refused { server: String, message: String },
    /// The time is over.
    #[error("{server} did not answer within {seconds} s")]
    Late { server: String, seconds: u64 },
    /// A signal came first.
    #[error("{server} was ended before it answered")]
    Stopped { server: String },
}

impl From<ClientError> for CommandError {
    fn from(error: ClientError) -> Self {
        let message = error.to_string();
        match error {
            ClientError::Start { .. } => {
                Self::input(message).hint("its `command` in .mcp.json must be a program in PATH")
            }
            ClientError::Handshake { .. } => {
                Self::input(message).hint("what it says of itself is on standard error")
            }
            ClientError::Refused { server, .. } => Self::input(message)
                .hint(format!("`qf mcp tools {server} --json` shows what its tools take")),
            // What it was asked for may have been done all the same.
            ClientError::Late { .. } => {
                Self::conflict(message).hint("`--timeout S` gives it more time")
            }
            ClientError::Stopped { .. } => Self::conflict(message)
                .hint("what it was asked for may have been done all the same"),
        }
    }
}

/// What a server is started for.
enum Wanted {
    /// Its tools.
    Tools,
    /// An answer of one.
    Call(String, JsonObject),
}

/// What it gave.
enum Reply {
    /// Its tools; when another was asked for, it has none of that name.
    Tools(Vec<Tool>),
    /// The answer of a tool.
    Answer(CallToolResult),
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &McpArguments) -> Result<Outcome, CommandError> {
    match &arguments.action {
        // Served before standard output is taken; see `main`.
        None => Ok(Outcome::Done),
        Some(Action::Call(arguments)) => call(context, arguments),
        Some(Action::Tools(arguments)) => tools(context, arguments),
        Some(Action::Servers(arguments)) => servers(context, arguments),
    }
}

fn call(context: &mut Context, arguments: &CallArguments) -> Result<Outcome, CommandError> {
    let given = read_arguments(arguments.arguments.as_deref())?;
    let server = server(&arguments.place, &arguments.server)?;
    let wanted = Wanted::Call(arguments.tool.clone(), given);
    match ask(&server, wanted, arguments.timeout)? {
        Reply::Tools(tools) => {
            let names: Vec<&str> = tools.iter().map(|tool| &*tool.name).collect();
            let (server, tool) = (&server.name, &arguments.tool);
            context.messages.error(format_args!("{server} has no tool `{tool}`"));
            if names.is_empty() {
                context.messages.hint("it has none at all");
            } else {
                context.messages.hint(format_args!("it has {}", names.join(", ")));
            }
            Ok(Outcome::NothingFound)
        }
        Reply::Answer(result) => print(context, &result, arguments.place.json),
    }
}

fn tools(context: &mut Context, arguments: &ToolsArguments) -> Result<Outcome, CommandError> {
    let server = server(&arguments.place, &arguments.server)?;
    let tools = match ask(&server, Wanted::Tools, arguments.timeout)? {
        Reply::Tools(tools) => tools,
        Reply::Answer(_) => Vec::new(),
    };
    if arguments.place.json {
        context.out.json(&tools)?;
    } else if tools.is_empty() {
        context.out.line(format_args!("{} has no tools", server.name))?;
    } else {
        let mut table = Table::new(&["tool", "<arguments", "<what it does"]);
        for tool in &tools {
            let what = tool.description.as_deref().unwrap_or_default();
            let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
            table.row(vec![tool.name.to_string(), takes(tool), shorten(&what, DESCRIPTION)]);
        }
        let paint = context.out.paint;
        context.out.lines(table.lines(paint))?;
    }
    Ok(Outcome::found(!tools.is_empty()))
}

/// The names of what a tool takes; what it can do without in brackets.
fn takes(tool: &Tool) -> String {
    let schema = &tool.input_schema;
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|all| all.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut names: Vec<&str> =
        properties.into_iter().flat_map(serde_json::Map::keys).map(String::as_str).collect();
    names.sort_by_key(|name| (!required.contains(name), *name));
    let shown: Vec<String> = names
        .into_iter()
        .map(|name| if required.contains(&name) { name.to_owned() } else { format!("[{name}]") })
        .collect();
    shown.join(" ")
}

fn servers(context: &mut Context, arguments: &ServersArguments) -> Result<Outcome, CommandError> {
    let config = Config::read(arguments.place.config.as_deref())?;
    if arguments.place.json {
        let all: Vec<_> = config
            .servers
            .iter()
            .map(
                |(name, entry)| json!({ "name": name, "type": entry.kind(), "what": entry.what() }),
            )
            .collect();
        let file = config.path().display().to_string();
        context.out.json(&json!({ "file": file, "servers": all }))?;
    } else if config.servers.is_empty() {
        context.out.line(format_args!("{} has no servers", config.path().display()))?;
    } else {
        let mut table = Table::new(&["server", "<type", "<what is started"]);
        for (name, entry) in &config.servers {
            table.row(vec![name.clone(), entry.kind().to_owned(), entry.what()]);
        }
        let paint = context.out.paint;
        context.out.lines(table.lines(paint))?;
    }
    Ok(Outcome::found(!config.servers.is_empty()))
}

/// The server of that name, as it is to be started.
fn server(place: &PlaceArguments, name: &str) -> Result<Server, CommandError> {
    let config = Config::read(place.config.as_deref())?;
    Ok(config.server(name, |variable| std::env::var(variable).ok())?)
}

/// The arguments of a call.
fn read_arguments(given: Option<&str>) -> Result<JsonObject, CommandError> {
    let text = match given {
        None => return Ok(JsonObject::new()),
        Some("-") => {
            let mut text = String::new();
            std::io::stdin().lock().read_to_string(&mut text)?;
            text
        }
        Some(text) => text.to_owned(),
    };
    serde_json::from_str(&text).map_err(|error| {
        CommandError::input(format!("the arguments are no JSON object: {error}"))
            .hint("write them as `'{ \"name\": \"value\" }'`, or `-` to read standard input")
    })
}

/// Prints what a tool answered.
fn print(
    context: &mut Context,
    result: &CallToolResult,
    json: bool,
) -> Result<Outcome, CommandError> {
    let failed = result.is_error == Some(true);
    if json {
        context.out.json(result)?;
    } else {
        let mut texts: Vec<String> = Vec::new();
        for block in &result.content {
            match text_of(block) {
                Ok(text) => texts.push(text),
                Err(what) => context
                    .messages
                    .warning(format_args!("left out what is no text ({what}); `--json` has it")),
            }
        }
        if let Some(structured) = result.structured_content.as_ref().filter(|_| texts.is_empty()) {
            texts.push(serde_json::to_string_pretty(structured)?);
        }
        for text in texts {
            if failed {
                context.messages.say(text.trim_end());
            } else {
                context.out.line(text.trim_end_matches('\n'))?;
            }
        }
    }
    Ok(if failed { Outcome::Partial } else { Outcome::Done })
}

/// The text of a block, or what else it is.
fn text_of(block: &ContentBlock) -> Result<String, String> {
    match block {
        ContentBlock::Text(text) => Ok(text.text.clone()),
        ContentBlock::Resource(embedded) => match &embedded.resource {
            ResourceContents::TextResourceContents { text, .. } => Ok(text.clone()),
            _ => Err("resource".to_owned()),
        },
        ContentBlock::Image(image) => Err(image.mime_type.clone()),
        ContentBlock::Audio(audio) => Err(audio.mime_type.clone()),
        ContentBlock::ResourceLink(link) => Ok(link.uri.clone()),
        _ => Err("a kind that is not known".to_owned()),
    }
}

/// Starts a server, asks it, and ends it.
fn ask(server: &Server, wanted: Wanted, seconds: u64) -> Result<Reply, CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(asked(server, wanted, seconds))?)
}

async fn asked(server: &Server, wanted: Wanted, seconds: u64) -> Result<Reply, ClientError> {
    let name = || server.name.clone();
    let (transport, group) = start(server)?;
    let stopped = Arc::new(AtomicBool::new(false));
    let _listening = group.ender().map(|end| {
        let stopped = Arc::clone(&stopped);
        signals::on_end(move || {
            stopped.store(true, Ordering::Relaxed);
            end();
        })
    });
    let mut running = None;
    let limit = Duration::from_secs(seconds);
    let reply = tokio::time::timeout(limit, async {
        let about = Implementation::new("qf", env!("CARGO_PKG_VERSION"));
        let about = ClientConfig::new(ClientCapabilities::default(), about);
        let client = serve_client(about, transport).await.map_err(|error| {
            ClientError::Handshake { server: name(), message: error.to_string() }
        })?;
        let client = running.insert(client);
        let refused =
            |error: ServiceError| ClientError::Refused { server: name(), message: told(&error) };
        let tools = client.list_all_tools().await.map_err(refused)?;
        match wanted {
            Wanted::Call(tool, arguments) if tools.iter().any(|known| known.name == tool) => {
                let request = CallToolRequestParams::new(tool).with_arguments(arguments);
                Ok(Reply::Answer(client.call_tool(request).await.map_err(refused)?))
            }
            _ => Ok::<Reply, ClientError>(Reply::Tools(tools)),
        }
    })
    .await;
    let Ok(reply) = reply else {
        // It is dropped with the group, which is killed.
        return Err(ClientError::Late { server: name(), seconds });
    };
    if reply.is_err() && stopped.load(Ordering::Relaxed) {
        return Err(ClientError::Stopped { server: name() });
    }
    if let Some(client) = &mut running {
        // It is asked to end, and killed when it does not; what it answered stands all the same, and
        // was answered in time.
        let _ = client.close_with_timeout(LEAVE).await;
    }
    reply
}

/// Starts a server as the leader of all that it starts.
fn start(server: &Server) -> Result<(TokioChildProcess, Group), ClientError> {
    let mut command = tokio::process::Command::new(&server.command);
    command
        .args(&server.arguments)
        .envs(&server.variables)
        .current_dir(&server.folder)
        .kill_on_drop(true);
    // What it writes to standard error goes to ours.
    let started = Group::start(command, |command| {
        let transport = TokioChildProcess::new(command)?;
        let process = transport.id();
        Ok((transport, process))
    });
    started.map_err(|source| {
        let (server, command) = (server.name.clone(), server.command.clone());
        ClientError::Start { server, command, source }
    })
}

/// What a server says is wrong, without the names of this program's parts.
fn told(error: &ServiceError) -> String {
    match error {
        ServiceError::McpError(error) => error.message.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{read_arguments, takes, text_of};
    use rmcp::model::{ContentBlock, Tool};
    use serde_json::json;
    use std::sync::Arc;

    #[test]
    fn arguments_are_an_object() {
        assert!(read_arguments(None).expect("none are needed").is_empty());
        let given = read_arguments(Some(r#"{ "a": [1] }"#)).expect("an object");
        assert_eq!(given.get("a"), Some(&json!([1])));
        for wrong in ["[1]", "{", "1", "", "{} {}"] {
            let error = read_arguments(Some(wrong)).expect_err("it is no object");
            assert!(error.message.starts_with("the arguments are no JSON object: "), "{error}");
        }
    }

    #[test]
    fn what_is_required_comes_first() {
        let schema = json!({ "properties": { "a": {}, "b": {}, "c": {} }, "required": ["c"] });
        let schema = Arc::new(schema.as_object().expect("an object").clone());
        assert_eq!(takes(&Tool::new("t", "does", schema)), "c [a] [b]");
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert_eq!(text_of(&ContentBlock::text("x")), Ok("x".to_owned()));
        let image = ContentBlock::image("QQ==", "image/png");
        assert_eq!(text_of(&image), Err("image/png".to_owned()));
    }
}
