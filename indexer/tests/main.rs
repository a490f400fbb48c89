//! Integration tests of the indexer, one module a subject.

mod bad_input;
mod damage;
mod determinism;
mod incremental;
mod languages;
mod nesting;
mod resolution;
mod support;
mod vectors;
mod watching;
