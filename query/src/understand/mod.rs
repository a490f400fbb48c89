//! From a question to a question type and the symbols it is about.
//!
//! No language model: [`sentence`] cuts the question into words, [`intent`] matches them with the
//! word patterns that every question type lists, [`mentions`] finds what the rest names. A reading
//! that finds no symbol gives way to the next one, and prose ends at the search.

pub mod intent;
pub mod mentions;
mod nearest;
mod phrase;
mod place;
pub mod rewrite;
pub mod sentence;

pub use intent::{Pattern, Reading};
pub use mentions::{How, Resolved, Unknown, Want};
