//! Edges that no single reference makes.
//!
//! A test exercises what it calls, what the fixtures it asks for make, and what it is named after; a
//! document describes what it names in code spans. Both are read off what is bound already, inside
//! one repository, after everything else: nothing depends on them.

pub mod documents;
pub mod tests;
