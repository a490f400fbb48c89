//! Imports.
//!
//! `import a.b.c` binds `a`, and makes sure that `a.b.c` is loaded: it is two imports, one that
//! binds the top package and one that binds nothing and names the module that is meant. Every
//! import at the top of a module becomes an attribute of that module, so it is a re-export.

use super::kinds::Kind;
use super::walk::{Bound, Walker};
use qf_graph::facts::{ByteRange, ImportKind, ScopeId, ScopeKind};
use tree_sitter::Node;

impl<'s, 't> Walker<'_, 's, 't> {
    /// Adds an import to the innermost body (a block of a branch is none).
    #[allow(clippy::too_many_arguments)]
    fn add_import(
        &mut self,
        module: &'s str,
        item: Option<&'s str>,
        bound: Option<&'s str>,
        kind: ImportKind,
        level: u8,
        span: ByteRange,
    ) {
        let global = bound
            .is_some_and(|bound| self.frame().outer.iter().any(|(outer, g)| *g && *outer == bound));
        let index = if global { 0 } else { self.frames.len() - 1 };
        let scope = self.frames[index].scope;
        let block = scope != self.out.scope();
        if block {
            self.out.reopen_scope(scope);
        }
        let reexport = scope == ScopeId::MODULE && (bound.is_some() || kind == ImportKind::Star);
        self.out.import(module, item, bound, kind, level, reexport, span);
        if block {
            self.out.close_scope();
        }
        if let Some(bound) = bound {
            self.frames[index].names.entry(bound).or_insert(Bound::Import);
            self.typing.imported(module, item, bound);
        } else if kind == ImportKind::Star {
            self.typing.imported_all(module);
        }
    }

    /// `import a.b.c`, `import a.b as x`.
    pub(super) fn import_statement(&mut self, node: Node<'t>) {
        let grammar = self.grammar;
        for child in self.children(node) {
            match self.kind(child) {
                Kind::AliasedImport => {
                    let (Some(module), Some(alias)) =
                        (self.field(child, grammar.name), self.field(child, grammar.alias))
                    else {
                        continue;
                    };
                    let (module, span) = (self.text(module), Self::span(module));
                    let alias = self.text(alias);
                    self.add_import(module, None, Some(alias), ImportKind::Module, 0, span);
                }
                Kind::DottedName => {
                    let (module, span) = (self.text(child), Self::span(child));
                    match module.split_once('.') {
                        Some((top, _)) => {
                            let end = span.start + top.len() as u32;
                            let head = ByteRange { start: span.start, end };
                            self.add_import(top, None, Some(top), ImportKind::Module, 0, head);
                            self.add_import(module, None, None, ImportKind::Module, 0, span);
                        }
                        None => {
                            self.add_import(
                                module,
                                None,
                                Some(module),
                                ImportKind::Module,
                                0,
                                span,
                            );
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// `from a import b as c`, `from ..a import b`, `from a import *`.
    pub(super) fn import_from(&mut self, node: Node<'t>) {
        let grammar = self.grammar;
        let Some(source) = self.field(node, grammar.module_name) else { return };
        let (module, level) = self.import_source(source);
        for child in self.children(node) {
            if child == source {
                continue;
            }
            match self.kind(child) {
                Kind::WildcardImport => {
                    let span = Self::span(source);
                    self.add_import(module, None, None, ImportKind::Star, level, span);
                }
                Kind::DottedName => {
                    let (item, span) = (self.text(child), Self::span(child));
                    let kind = ImportKind::Item;
                    self.add_import(module, Some(item), Some(item), kind, level, span);
                }
                Kind::AliasedImport => {
                    let (Some(item), Some(alias)) =
                        (self.field(child, grammar.name), self.field(child, grammar.alias))
                    else {
                        continue;
                    };
                    let span = Self::span(item);
                    let (item, alias) = (self.text(item), self.text(alias));
                    let kind = ImportKind::Item;
                    self.add_import(module, Some(item), Some(alias), kind, level, span);
                }
                _ => {}
            }
        }
    }

    /// The module after `from`, and how many dots stand before it.
    fn import_source(&mut self, node: Node<'t>) -> (&'s str, u8) {
        if self.kind(node) != Kind::RelativeImport {
            return (self.text(node), 0);
        }
        let text = self.text(node);
        let module = text.trim_start_matches(|c: char| c == '.' || c.is_whitespace());
        let dots = text[..text.len() - module.len()].bytes().filter(|byte| *byte == b'.').count();
        (module, dots.min(u8::MAX as usize) as u8)
    }

    /// `from __future__ import annotations`: a switch of the compiler that also binds its name.
    pub(super) fn import_future(&mut self, node: Node<'t>) {
        for child in self.children(node) {
            if self.kind(child) == Kind::DottedName {
                let (item, span) = (self.text(child), Self::span(child));
                self.out.import("__future__", Some(item), None, ImportKind::Item, 0, false, span);
            }
        }
    }

    /// `__all__ = ["a", "b"]`: what a star import takes.
    pub(super) fn exported_names(&mut self, node: Node<'t>) {
        let Some(list) = self.field(node, self.grammar.right) else { return };
        if self.out.scope_kind(self.out.scope()) != ScopeKind::Module {
            return;
        }
        if !matches!(self.kind(list), Kind::List | Kind::Tuple) {
            return;
        }
        for item in self.children(list) {
            if self.kind(item) == Kind::String {
                let name = self.text(item).trim_matches(['"', '\'']);
                if !name.is_empty() {
                    let value = self.out.name_expression(name);
                    self.out.export(name, value);
                }
            }
        }
    }
}
