//! Plans: what an answer is computed from, written in a small algebra of sets of symbols.

pub mod algebra;
pub mod explain;
#[doc(hidden)]
pub mod generate;
pub mod text;

pub use algebra::{Group, Order, Plan, Step, Tag, Way};
