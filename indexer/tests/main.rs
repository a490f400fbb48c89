//! Integration tests of the indexer, one module a subject.

mod bad_input;
mod codemod;
mod collections;
mod damage;
mod determinism;
mod durability;
mod incremental;
mod languages;
mod links;
mod names;
mod nesting;
mod relations;
mod resolution;
mod revisions;
mod scip;
mod support;
mod tables;
mod vectors;
mod watching;
