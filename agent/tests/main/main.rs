//! Checkpoints of real repositories.

#![cfg(unix)]

mod matrix;
mod property;
mod special;
mod support;
