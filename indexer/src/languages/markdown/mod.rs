//! Markdown: headings are sections, nested by their level, documented by their first paragraph.

use super::{Depth, Language};
use crate::extract::FactsBuilder;
use crate::extract::document::{define, named_children, trimmed};
use qf_graph::facts::{ByteRange, ScopeKind, SymbolKind};
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

struct Heading<'t> {
    node: Node<'t>,
    content: Node<'t>,
    level: u8,
    /// The first paragraph below it.
    paragraph: Option<Node<'t>>,
}

/// All headings in order. The grammar opens sections for `#` headings only, so levels are
/// counted here.
fn headings<'t>(node: Node<'t>, found: &mut Vec<Heading<'t>>, out: &mut FactsBuilder<'_>) {
    if !out.enter(node) {
        return;
    }
    for part in named_children(node) {
        match part.kind() {
            "section" => headings(part, found, out),
            "atx_heading" | "setext_heading" => {
                if let Some(content) = part.child_by_field_name("heading_content") {
                    let level = level(part);
                    found.push(Heading { node: part, content, level, paragraph: None });
                }
            }
            "paragraph" => {
                if let Some(heading) = found.last_mut() {
                    heading.paragraph.get_or_insert(part);
                }
            }
            _ => {}
        }
    }
    out.leave();
}

/// 1 for `#` and for a heading underlined with `=`.
fn level(heading: Node<'_>) -> u8 {
    let mark = named_children(heading).into_iter().find_map(|part| {
        let kind = part.kind();
        let digits = kind.strip_prefix("atx_h").or_else(|| kind.strip_prefix("setext_h"))?;
        digits.bytes().next()
    });
    mark.map_or(1, |digit| digit.saturating_sub(b'0'))
}

fn sections(root: Node<'_>, out: &mut FactsBuilder<'_>) {
    let mut found = Vec::new();
    headings(root, &mut found, out);
    let source = out.source();
    let mut open: Vec<u8> = Vec::new();
    for (at, heading) in found.iter().enumerate() {
        while open.last().is_some_and(|level| *level >= heading.level) {
            open.pop();
            out.close_definition();
        }
        let text = out.text(heading.content).trim().trim_end_matches('#');
        let name = plain(text.trim());
        if name.is_empty() {
            continue;
        }
        let next = found[at + 1..].iter().find(|next| next.level <= heading.level);
        let end = next.map_or(source.len(), |next| next.node.start_byte());
        let start = heading.node.start_byte();
        let kept = source.get(start..end).map_or(0, |text| text.trim_end().len());
        let span = ByteRange { start: start as u32, end: (start + kept) as u32 };
        let header = trimmed(heading.node, out).end;
        let name_span = trimmed(heading.content, out);
        let id = define(out, SymbolKind::Section, &name, span, name_span, header);
        if let Some(paragraph) = heading.paragraph {
            out.set_doc(id, &plain(out.text(paragraph)));
        }
        out.open_definition(id, ScopeKind::Namespace);
        open.push(heading.level);
    }
    for _ in open {
        out.close_definition();
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
