//! Checkpoints of real repositories, plans, and runs of them.

#![cfg(unix)]

mod audit;
mod cost;
mod documents;
mod matrix;
mod overlays;
mod plans;
mod property;
mod runs;
mod session;
mod special;
mod support;
