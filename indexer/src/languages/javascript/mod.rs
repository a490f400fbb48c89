//! JavaScript and JSX, and the walk that TypeScript, Vue and Svelte share.
//!
//! TypeScript is JavaScript with types, and components are markup with scripts, so one walk
//! lowers all of them: [`walk`] holds its state and the statements, [`definitions`] functions and
//! classes, [`objects`] and [`assignments`] what is built by hand from literals and prototypes, [`expressions`],
//! [`calls`], [`types`] and [`modules`] what their names say, [`models`] classes that a call makes, and
//! [`components`] finds scripts in markup.

mod assignments;
mod builtins;
mod calls;
mod components;
mod definitions;
mod expressions;
mod models;
mod modules;
mod objects;
mod patterns;
mod semantics;
mod syntax;
mod types;
mod walk;

use super::language::{Depth, Language, Semantics};
use crate::extract::FactsBuilder;
use tree_sitter::Tree;

pub(crate) use components::{Framework, component};
pub(crate) use semantics::SEMANTICS;
pub(crate) use syntax::Dialect;
use walk::{Settings, Walk};

/// JavaScript and JSX.
pub static JAVASCRIPT: JavaScript = JavaScript;

/// JavaScript and JSX.
pub struct JavaScript;

impl Language for JavaScript {
    fn name(&self) -> &'static str {
        "javascript"
    }

    fn depth(&self) -> Depth {
        Depth::Deep
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["js", "jsx", "mjs", "cjs"]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &["node", "nodejs", "bun"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(Dialect::JavaScript.language())
    }

    fn extract(&self, path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        script(path, tree, Dialect::JavaScript, out);
    }

    fn semantics(&self) -> &'static dyn Semantics {
        &SEMANTICS
    }
}

/// Lowers a file that is one script.
pub(crate) fn script(
    path: &str,
    tree: Option<&Tree>,
    dialect: Dialect,
    out: &mut FactsBuilder<'_>,
) {
    let Some(tree) = tree else { return };
    let declarations_only =
        [".d.ts", ".d.mts", ".d.cts"].iter().any(|ending| path.ends_with(ending));
    let test = SEMANTICS.is_test_path(path);
    let mut walk = Walk::new(out, Settings { dialect, declarations_only, test });
    walk.program(tree.root_node());
    walk.finish();
}
