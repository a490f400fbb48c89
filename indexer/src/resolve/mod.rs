//! From names to definitions: one resolver for all languages.
//!
//! Facts mention names only. Here all files of all repositories are known, and every reference is
//! bound — or kept, with the reason why not. The order of trust is fixed: lexical scopes and
//! imports (`exact`), then the type of the receiver as far as a bounded evaluation of the
//! expression table can tell it (`typed`), then overrides of a typed target (`dispatch`), then a
//! name that is unique among what could be meant (`likely`) and at last one of a few (`maybe`).
//! What is known to be something else — a built-in, the standard library, a package that is not
//! indexed — never reaches the guessing step.
//!
//! - [`world`]: the index of names, scopes and namespaces over all files;
//! - [`evaluate`]: what an expression may be, on demand and bounded;
//! - [`hierarchy`]: bases, extensions, overrides, structural interfaces;
//! - [`held`]: which types an interface of one package is ever given;
//! - [`flow`]: arguments that reach parameters, callbacks;
//! - [`bind`]: references to edges;
//! - [`dispatch`]: what may run in place of a method; [`interfaces`]: calls through an interface;
//! - [`includes`]: what a file of C or C++ sees through what it includes;
//! - [`fixtures`]: what a test framework passes to tests;
//! - [`generics`]: what type parameters stand for;
//! - [`overloads`]: which of several functions of one name a call means;
//! - [`signatures`]: which of the signatures that an interface declares for one method;
//! - [`views`]: collections seen in another way: values of a mapping, what a function makes of each.

pub mod bind;
mod dispatch;
pub mod evaluate;
pub(crate) mod fixtures;
pub mod flow;
mod generics;
mod held;
pub mod hierarchy;
mod includes;
mod interfaces;
mod overloads;
mod signatures;
mod views;
pub mod world;

pub use bind::{Bound, FileEdges, Target};
pub use world::{DefinitionRef, RepositoryFacts, SourceFacts, World};
