//! Work that is carried out under supervision: first of all, the way back.
//!
//! A coding agent edits, deletes, stages, commits and runs programs that do the same. Whoever lets
//! it do so wants two things: that everything it did can be undone, and that undoing it takes
//! nothing else away. `git stash` does neither: it empties the tree, forgets modes, empty folders
//! and ignored files, and cannot be applied over changed files. [`checkpoint`] does both.
//!
//! What is going to be done is a [`plan`], a file that is read and approved; it is carried out phase
//! by phase, and can be killed at any moment ([`run`]). Where the kernel allows, a phase works over a
//! private layer, and the tree is not touched until it has succeeded ([`overlay`]).
//!
//! This crate knows git and the file system. It never parses source, prints nothing, and knows no
//! command line; the `qf` binary does that. It needs a Unix system.

#[cfg(unix)]
pub mod checkpoint;
#[cfg(unix)]
pub mod ledger;
#[cfg(unix)]
pub mod orchestrate;
#[cfg(unix)]
pub mod overlay;
#[cfg(unix)]
pub mod plan;
#[cfg(unix)]
pub mod run;
#[cfg(unix)]
pub mod session;
