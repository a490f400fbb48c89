//! What was done, written down so that somebody else can believe it.
//!
//! A checkpoint brings a tree back, a run's log lets a run go on; both are notes of the program to
//! itself. Whoever has to answer for what an agent did needs a record that was not changed
//! afterwards, and a way to show that. That is [`audit`]. What it cost, and how much more it may cost,
//! is [`cost`].

pub mod audit;
pub mod cost;
pub mod lock;
