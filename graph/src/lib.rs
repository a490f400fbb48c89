//! What is known about code, and how it is kept.
//!
//! Every other crate needs the same vocabulary (symbols, references, edges, tiers, keys) and the
//! same store. Both live here, so that this crate is the ground floor: it imports nothing of ours,
//! never parses source and never prints. Writers hand it plain values; readers get a [`Snapshot`]:
//! a set of open, immutable, memory-mapped segments that no later write can disturb.

pub mod edge;
pub mod embed;
pub mod facts;
pub mod history;
pub mod id;
pub mod key;
pub mod snapshot;
pub mod store;
pub mod time;
pub mod words;

pub use edge::{EdgeKind, Tier, Unresolved};
pub use id::{FileId, RepoId, SymbolId};
pub use key::Channel;
pub use snapshot::Snapshot;
