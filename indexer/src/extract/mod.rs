//! From a syntax tree to facts: the builder every language's walk uses, and what is common to
//! all of them (SQL in strings, documentation comments).

pub mod builder;
pub mod configuration;
pub(crate) mod contract;
pub mod data;
pub mod doc;
pub mod document;
pub mod dump;
pub mod helm;
pub mod indentation;
pub mod migrations;
pub mod settings;
pub mod sql;

pub use builder::{FactsBuilder, NewDefinition, range};
