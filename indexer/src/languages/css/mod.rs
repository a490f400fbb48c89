//! CSS: classes, ids and custom properties, each where it first stands.

use super::{Depth, Language};
use crate::extract::FactsBuilder;
use crate::extract::document::define;
use crate::extract::range;
use qf_graph::facts::SymbolKind;
use rustc_hash::FxHashSet;
use tree_sitter::Node;
use tree_sitter::Tree;

/// CSS.
pub struct Css;

/// The language's entry.
pub static CSS: Css = Css;

impl Language for Css {
    fn name(&self) -> &'static str {
        "css"
    }

    fn depth(&self) -> Depth {
        Depth::Document
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["css"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_css::LANGUAGE.into())
    }

    fn extract(&self, _path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        let Some(tree) = tree else { return };
        let mut walk = Walk { out, seen: FxHashSet::default() };
        walk.node(tree.root_node(), None);
    }
}

/// Names that are kept of one style sheet.
const MAX_SETTINGS: usize = 500;

struct Walk<'b, 's> {
    out: &'b mut FactsBuilder<'s>,
    seen: FxHashSet<&'s str>,
}

impl<'s> Walk<'_, 's> {
    /// `rule` is the rule set around a selector.
    fn node<'t>(&mut self, node: Node<'t>, rule: Option<Node<'t>>) {
        if self.seen.len() >= MAX_SETTINGS || !self.out.enter(node) {
            return;
        }
        match node.kind() {
            "class_name" | "id_name" => {
                // With its mark, which the grammar keeps apart.
                let start = node.start_byte().saturating_sub(1);
                let text = self.out.source().get(start..node.end_byte()).unwrap_or("");
                self.name(text, rule.unwrap_or(node), node);
            }
            "property_name" => {
                let text = self.out.text(node);
                if text.starts_with("--") {
                    self.name(text, node.parent().unwrap_or(node), node);
                }
            }
            _ => {
                let rule = if node.kind() == "rule_set" { Some(node) } else { rule };
                let mut cursor = node.walk();
                for part in node.named_children(&mut cursor) {
                    self.node(part, rule);
                }
            }
        }
        self.out.leave();
    }

    fn name(&mut self, text: &'s str, whole: Node<'_>, name: Node<'_>) {
        if text.len() > 1 && self.seen.insert(text) {
            define(self.out, SymbolKind::Setting, text, range(whole), range(name), 0);
        }
    }
}
