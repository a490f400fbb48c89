//! TypeScript and TSX: the walk of JavaScript with another grammar.

use super::javascript::{Dialect, SEMANTICS, script};
use super::language::{Depth, Language, Semantics};
use crate::extract::FactsBuilder;
use tree_sitter::Tree;

/// TypeScript and TSX.
pub static TYPESCRIPT: TypeScript = TypeScript;

/// TypeScript and TSX.
pub struct TypeScript;

/// `.tsx` files have JSX and lack `<T>e` casts; the others the reverse.
fn dialect(path: &str) -> Dialect {
    let jsx = path.rsplit_once('.').is_some_and(|(_, extension)| extension == "tsx");
    if jsx { Dialect::Tsx } else { Dialect::TypeScript }
}

impl Language for TypeScript {
    fn name(&self) -> &'static str {
        "typescript"
    }

    fn family(&self) -> &'static str {
        "javascript"
    }

    fn depth(&self) -> Depth {
        Depth::Deep
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["ts", "tsx", "mts", "cts"]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &["ts-node", "tsx", "deno"]
    }

    fn grammar(&self, path: &str) -> Option<tree_sitter::Language> {
        Some(dialect(path).language())
    }

    fn extract(&self, path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        script(path, tree, dialect(path), out);
    }

    fn semantics(&self) -> &'static dyn Semantics {
        &SEMANTICS
    }
}
