//! Plans: what an answer is computed from, written in a small algebra of sets of symbols.

pub mod algebra;
pub mod explain;

pub use algebra::{Group, Order, Plan, Step, Tag, Way};
