//! Source code to facts to edges.
//!
//! The only crate that knows tree-sitter. A file is read once and lowered to language-neutral
//! facts ([`extract`], [`languages`]); facts of all files are bound to each other by one resolver
//! for all languages; repositories are joined only where both name the same key. Rules that rewrite
//! code are applied to the same trees ([`codemod`]).

mod affected;
pub mod assemble;
mod build;
pub mod cache;
mod check;
pub mod codemod;
pub mod definition;
pub mod documents;
pub mod embedding;
pub mod explain;
pub mod extract;
pub mod forget;
pub mod history;
mod known;
pub mod languages;
pub mod layout;
pub mod link;
pub mod manifests;
pub mod measured;
pub mod memory;
pub mod parse;
pub mod relations;
pub mod repair;
pub mod resolve;
pub mod revision;
pub mod run;
pub mod scip;
pub mod unchanged;
pub mod walk;
pub mod watch;
