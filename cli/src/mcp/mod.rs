//! `qf mcp`: the index as tools for coding agents.
//!
//! An agent pays for every character it is told, so there are five tools with short descriptions,
//! and a reply is cut to a budget: it says how many items are left and how to get them. Every
//! reply says how old the index is, whether a repository could not be read and whether a writer is
//! at work, because an agent cannot see that anywhere else. The published generation is looked up
//! at each call, so a server that runs for days answers from the newest index.
//!
//! Beside it stands the other side: [`client`] calls tools of the servers that [`config`] knows.

pub mod client;
mod config;
mod group;
mod reply;
mod tools;

use crate::error::CommandError;
use qf_graph::Snapshot;
use qf_graph::embed::Embedder;
use qf_graph::store::Home;
use qf_graph::store::manifest::Manifest;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

/// Serves until the client goes away.
pub fn serve(home: &Home) -> Result<(), CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let embedder = qf_models::from_environment()?;
    let server = Server { home: home.clone(), embedder, open: Mutex::new(None) };
    runtime.block_on(async move {
        let failed = |error: String| CommandError::input(format!("MCP: {error}"));
        let running = server
            .serve(rmcp::transport::stdio())
            .await
            .map_err(|error| failed(error.to_string()))?;
        running.waiting().await.map_err(|error| failed(error.to_string()))?;
        Ok(())
    })
}

/// The server: which workspace, and the snapshot that is open.
struct Server {
    home: Home,
    embedder: Option<Arc<dyn Embedder>>,
    open: Mutex<Option<Arc<Snapshot>>>,
}

impl Server {
    /// The newest snapshot; opened again when a generation was published since.
    fn snapshot(&self) -> Result<Arc<Snapshot>, CommandError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let published = Manifest::read(&self.home)?;
        if let Some(snapshot) = open.as_ref()
            && (snapshot.generation(), snapshot.published())
                == (published.generation, published.published)
        {
            return Ok(snapshot.clone());
        }
        let mut snapshot = Snapshot::open(&self.home)?;
        snapshot.set_embedder(self.embedder.clone());
        snapshot.set_history(Arc::new(qf_indexer::history::Git));
        let snapshot = Arc::new(snapshot);
        *open = Some(snapshot.clone());
        Ok(snapshot)
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> rmcp::model::ServerConfig {
        rmcp::model::ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("qf", env!("CARGO_PKG_VERSION")))
            .with_instructions(
                "One graph of the code in all indexed repositories. Every item carries the tier \
                 of its proof (exact, typed, dispatch, likely) and the line that proves it.",
            )
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::list()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = serde_json::Value::Object(request.arguments.unwrap_or_default());
        let call = tools::Call::read(&request.name, arguments)
            .map_err(|error| ErrorData::invalid_params(error, None))?;
        let result = match self.snapshot() {
            Ok(snapshot) => {
                let mut result = reply::reply(&snapshot, &call);
                if let Some(problem) = snapshot.take_search_problem() {
                    result.content.push(ContentBlock::text(format!("note: {problem}")));
                }
                result
            }
            Err(error) => {
                let mut text = format!("error: {}", error.message);
                for hint in &error.hints {
                    let _ = write!(text, "\nhint: {hint}");
                }
                CallToolResult::error(vec![ContentBlock::text(text)])
            }
        };
        Ok(result.into())
    }
}
