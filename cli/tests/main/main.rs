//! The binary as people, scripts and agents drive it, over the corpus of a made-up shop.
#![expect(clippy::print_stderr, reason = "a skipped test says why")]

mod support;

mod answers;
mod asking;
#[cfg(unix)]
mod audit;
#[cfg(unix)]
mod checkpoints;
mod damage;
mod embedding;
mod exports;
mod indexing;
mod mcp;
#[cfg(unix)]
mod plans;
mod readme;
mod revisions;
mod scip;
mod watching;
mod workspace;
