//! Indexes made by compilers, in and out.
//!
//! [SCIP](https://github.com/scip-code/scip) is what compiler-grade indexers write (scip-python,
//! scip-typescript, rust-analyzer, scip-java and others): for every file the places of symbols and
//! what each place does. A compiler knows types that are worked out here only in part, so where it
//! has seen a file its word replaces ours:
//!
//! - [`read`] takes an index apart and keeps, for every file of a repository, the places of global
//!   and local symbols as byte offsets, together with the hash of the content they were read
//!   against. A place whose text is not the symbol's name is dropped, and with it a document that
//!   has many of them: a compiler's word about another text is no evidence.
//! - [`store`] keeps that beside the facts, one file a repository. A file that has changed since has
//!   another hash, and ours stands again until the compiler is asked anew.
//! - [`apply`] goes through the references of a covered file. One whose place the compiler resolves
//!   to a definition of any covered file has edges of tier `compiler` to that and to nothing else —
//!   but for what no compiler decides: overrides of it, the constructor that belongs to a type, and
//!   what a variable holds where the name is one. One that it resolves to something else loses the
//!   edges into covered files, for there the compiler would know. Of one that it says nothing about,
//!   our edges stay, in our tier.
//! - [`write`] turns a snapshot into such an index, for other tools.

pub mod apply;
pub mod read;
pub mod store;
pub mod write;

pub use read::{ReadError, ScipIndex};
pub use store::{CompilerFacts, CompilerFile, Occurrence};
pub use write::write;

/// What reading one index of a compiler gave.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// The file.
    pub path: String,
    /// The tool that made it, as it names itself.
    pub tool: String,
    /// The repository whose files it is about.
    pub repository: String,
    /// Documents that fit the files on disk.
    pub documents: u64,
    /// Documents whose file has changed since the compiler read it.
    pub stale: u64,
    /// Documents without a file in the index (outside the repository, or passed over).
    pub missing: u64,
    /// Edges of tier `compiler` in the repository afterwards.
    pub edges: u64,
}
