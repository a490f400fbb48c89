//! The binary as people, scripts and agents drive it, over the corpus of a made-up shop.
#![expect(clippy::print_stderr, reason = "a skipped test says why")]

mod support;

mod answers;
mod asking;
#[cfg(unix)]
mod audit;
#[cfg(unix)]
mod chatting;
#[cfg(unix)]
mod checkpoints;
#[cfg(unix)]
mod codemods;
#[cfg(unix)]
mod cost;
mod damage;
mod embedding;
mod exports;
mod indexing;
#[cfg(unix)]
mod loading;
mod mcp;
mod mcp_calls;
#[cfg(unix)]
mod plans;
mod readme;
mod revisions;
mod scip;
mod together;
mod watching;
mod workspace;
