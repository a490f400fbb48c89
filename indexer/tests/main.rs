//! Integration tests of the indexer, one module a subject.

mod languages;
mod vectors;
