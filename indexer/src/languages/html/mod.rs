//! HTML: title, headings and ids, the things a page can be found by.

use super::{Depth, Language};
use crate::extract::FactsBuilder;
use crate::extract::document::{child, children, define};
use crate::extract::range;
use qf_graph::facts::SymbolKind;
use rustc_hash::FxHashSet;
use tree_sitter::Node;
use tree_sitter::Tree;

/// HTML.
pub struct Html;

/// The language's entry.
pub static HTML: Html = Html;

impl Language for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn depth(&self) -> Depth {
        Depth::Document
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["html", "htm"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_html::LANGUAGE.into())
    }

    fn extract(&self, _path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        let Some(tree) = tree else { return };
        let mut walk = Walk { out, seen: FxHashSet::default() };
        walk.node(tree.root_node());
    }
}

/// Ids and headings that are kept of one page.
const MAX_SETTINGS: usize = 500;

struct Walk<'b, 's> {
    out: &'b mut FactsBuilder<'s>,
    seen: FxHashSet<&'s str>,
}

impl Walk<'_, '_> {
    fn node(&mut self, node: Node<'_>) {
        if self.seen.len() >= MAX_SETTINGS || !self.out.enter(node) {
            return;
        }
        match node.kind() {
            "element" => {
                self.heading(node);
                self.inside(node);
            }
            "start_tag" | "self_closing_tag" => self.identifier(node),
            "document" | "ERROR" => self.inside(node),
            "script_element" | "style_element" => {
                if let Some(tag) = child(node, "start_tag") {
                    self.identifier(tag);
                }
            }
            _ => {}
        }
        self.out.leave();
    }

    fn inside(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        for part in node.named_children(&mut cursor) {
            self.node(part);
        }
    }

    /// `<title>` and `<h1>` to `<h3>`.
    fn heading(&mut self, node: Node<'_>) {
        let tag = child(node, "start_tag").and_then(|tag| child(tag, "tag_name"));
        let Some(tag) = tag else { return };
        let heading = ["title", "h1", "h2", "h3"]
            .iter()
            .any(|name| self.out.text(tag).eq_ignore_ascii_case(name));
        let Some(text) = child(node, "text").filter(|_| heading) else { return };
        let name = self.out.text(text).trim();
        if !name.is_empty() && !name.contains("{{") && self.seen.insert(name) {
            define(self.out, SymbolKind::Section, name, range(node), range(text), 0);
        }
    }

    fn identifier(&mut self, tag: Node<'_>) {
        for attribute in children(tag) {
            let name = child(attribute, "attribute_name").map(|name| self.out.text(name));
            if name != Some("id") {
                continue;
            }
            let value = child(attribute, "quoted_attribute_value")
                .and_then(|value| child(value, "attribute_value"))
                .or_else(|| child(attribute, "attribute_value"));
            let Some(value) = value else { continue };
            let text = self.out.text(value);
            let plain = !text.is_empty() && !text.contains(['{', '<', '$', ' ']);
            if plain && self.seen.insert(text) {
                define(self.out, SymbolKind::Setting, text, range(tag), range(value), 0);
            }
        }
    }
}
