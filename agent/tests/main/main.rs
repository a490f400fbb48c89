//! Checkpoints of real repositories, plans, and runs of them.

#![cfg(unix)]

mod audit;
mod matrix;
mod plans;
mod property;
mod runs;
mod special;
mod support;
