//! Python.
//!
//! Python declares little: what a name means is the sum of what is assigned to it. So the walk
//! records every assignment as a binding with its value expression, gives fields that are only
//! ever assigned through `self` a definition of their own, and keeps what the source does say
//! (annotations, `isinstance` tests, `cast`) as types that win over guesses. Statements are walked
//! once, in source order, by one [`walk::Walker`]; its methods are spread over the files of this
//! folder by what they lower. The rules of the module system are in [`semantics`].

mod assignments;
mod builtins;
mod calls;
mod definitions;
mod elements;
mod expressions;
mod imports;
mod kinds;
mod loops;
mod narrowing;
mod semantics;
mod statements;
mod strings;
mod types;
mod walk;

use super::language::{Depth, Language, Semantics};
use crate::extract::{FactsBuilder, indentation};
use tree_sitter::Tree;

/// The language's entry in the list.
pub static PYTHON: Python = Python;

/// Python 3 (and what its grammar still reads of Python 2).
pub struct Python;

impl Language for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn depth(&self) -> Depth {
        Depth::Deep
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["py", "pyi", "pyw"]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &["python", "pypy"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_python::LANGUAGE.into())
    }

    fn is_too_deep(&self, source: &str) -> bool {
        indentation::deeper_than(source, indentation::PYTHON, false)
    }

    fn extract(&self, path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        if let Some(tree) = tree {
            walk::Walker::new(path, tree, out).module(tree.root_node());
        }
    }

    fn semantics(&self) -> &'static dyn Semantics {
        &semantics::PythonSemantics
    }
}
