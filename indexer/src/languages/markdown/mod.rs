//! Markdown: headings are sections, nested by their level, documented by their first paragraph.

use super::{Depth, Language};
use crate::extract::FactsBuilder;
use crate::extract::document::{child, define, named_children, trimmed};
use crate::extract::range;
use qf_graph::facts::{ScopeKind, SymbolKind};
use tree_sitter::Node;
use tree_sitter::Tree;

/// Markdown.
pub struct Markdown;

/// The language's entry.
pub static MARKDOWN: Markdown = Markdown;

impl Language for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn depth(&self) -> Depth {
        Depth::Document
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["md", "markdown", "mdx"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_md::LANGUAGE.into())
    }

    fn extract(&self, _path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        if let Some(tree) = tree {
            sections(tree.root_node(), out);
        }
    }
}

/// Sections below a node. The grammar nests them by level.
fn sections(node: Node<'_>, out: &mut FactsBuilder<'_>) {
    if !out.enter(node) {
        return;
    }
    for part in named_children(node) {
        if part.kind() == "section" {
            section(part, out);
        }
    }
    out.leave();
}

fn section(node: Node<'_>, out: &mut FactsBuilder<'_>) {
    let parts = named_children(node);
    let heading = parts
        .iter()
        .copied()
        .find(|part| matches!(part.kind(), "atx_heading" | "setext_heading"));
    let named = heading.and_then(|heading| heading.child_by_field_name("heading_content"));
    let text = named.map_or("", |named| out.text(named)).trim();
    let text = text.trim_end_matches('#').trim();
    let (Some(heading), Some(named), false) = (heading, named, text.is_empty()) else {
        return sections(node, out);
    };
    let name = plain(text);
    let header = trimmed(heading, out).end;
    let id =
        define(out, SymbolKind::Section, &name, trimmed(node, out), range(named), header);
    if let Some(paragraph) = parts.iter().find(|part| part.kind() == "paragraph") {
        out.set_doc(id, &plain(out.text(*paragraph)));
    }
    out.open_definition(id, ScopeKind::Namespace);
    // Setext headings do not open sections of their own; what follows them stays here.
    for part in &parts {
        if part.kind() == "setext_heading" && *part != heading {
            setext(*part, out);
        }
    }
    sections(node, out);
    out.close_definition();
}

fn setext(node: Node<'_>, out: &mut FactsBuilder<'_>) {
    let Some(content) = child(node, "paragraph") else { return };
    let name = plain(out.text(content).trim());
    if !name.is_empty() {
        define(out, SymbolKind::Section, &name, trimmed(node, out), range(content), 0);
    }
}

/// A heading or paragraph without emphasis, code marks and link targets, in one line.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['*', '`', '[', '\n', '!']) {
        let (before, mark) = rest.split_at(at);
        out.push_str(before);
        let after = &mark[1..];
        if mark.starts_with('\n') {
            out.push(' ');
            rest = after.trim_start();
        } else if mark.starts_with('!') {
            // An image has no words worth keeping but its label.
            if !after.starts_with('[') {
                out.push('!');
            }
            rest = after;
        } else if let (true, Some(close)) = (mark.starts_with('['), after.find("](")) {
            let target = &after[close + 2..];
            out.push_str(&after[..close].replace(['`', '*', '[', '!'], ""));
            rest = target.find(')').map_or("", |end| &target[end + 1..]);
        } else {
            if mark.starts_with('[') {
                out.push('[');
            }
            rest = after;
        }
    }
    out.push_str(rest);
    out.trim().to_owned()
}
