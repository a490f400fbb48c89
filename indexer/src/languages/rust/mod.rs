//! Rust.
//!
//! Rust's names are found through a module tree that follows folders, `use` trees with re-exports
//! and globs, and methods that stand in `impl` blocks far from their type. The walk lowers all of
//! it without looking at another file: an `impl` is an extension of the type it names, a path is a
//! chain of members over its first name, and a head that the file does not declare (`crate`,
//! `super`, another crate) is an import spelled out in place. Smart pointers and references are
//! dropped from types, because method calls look through them; containers keep their arguments,
//! so that `Some(x)`, `?` and `for` can take an element out. Macro arguments are read as
//! expressions where they are, since half of a program's calls stand inside some macro.
//!
//! | file | what it lowers |
//! |---|---|
//! | `walker` | state shared by all parts: locals, names the file declares |
//! | `items`, `imports` | definitions, `impl`, `mod`, `use` |
//! | `types`, `paths`, `patterns` | type expressions and generics, `a::b::c`, bindings |
//! | `statements`, `expressions`, `calls`, `macros` | function bodies |
//! | `modules`, `semantics`, `builtins`, `tables` | the module system and the standard library's names |

mod attributes;
mod builtins;
mod calls;
mod expressions;
mod imports;
mod items;
mod kinds;
mod macros;
mod modules;
mod paths;
mod patterns;
mod semantics;
mod statements;
mod tables;
mod tokens;
mod types;
mod walker;

use super::language::{Depth, Language, Semantics};
use crate::extract::FactsBuilder;
use tree_sitter::Tree;

/// The language.
pub static RUST: Rust = Rust;

/// Rust source files.
pub struct Rust;

impl Language for Rust {
    fn name(&self) -> &'static str {
        "rust"
    }

    fn depth(&self) -> Depth {
        Depth::Deep
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["rs"]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &["rust-script", "run-cargo-script"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(kinds::grammar())
    }

    fn extract(&self, _path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        if let Some(tree) = tree {
            walker::Walker::new(out).file(tree.root_node());
        }
    }

    fn semantics(&self) -> &'static dyn Semantics {
        &semantics::RustSemantics
    }
}
