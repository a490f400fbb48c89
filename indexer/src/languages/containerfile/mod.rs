//! Container files: build stages, and the variables they set.

use super::{Depth, Language};
use crate::extract::FactsBuilder;
use crate::extract::document::{child, define, doc_above};
use crate::extract::range;
use qf_graph::Channel;
use qf_graph::facts::{ByteRange, DefinitionId, ScopeKind, SymbolKind};
use tree_sitter::Node;
use tree_sitter::Tree;

/// Container files.
pub struct Containerfile;

/// The language's entry.
pub static CONTAINERFILE: Containerfile = Containerfile;

impl Language for Containerfile {
    fn name(&self) -> &'static str {
        "containerfile"
    }

    fn depth(&self) -> Depth {
        Depth::Document
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["dockerfile", "containerfile"]
    }

    fn file_names(&self) -> &'static [&'static str] {
        &["Dockerfile", "Containerfile", "Dockerfile.dev", "Dockerfile.prod", "Dockerfile.test"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_containerfile::LANGUAGE.into())
    }

    fn extract(&self, _path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        let Some(tree) = tree else { return };
        let root = tree.root_node();
        let mut cursor = root.walk();
        let instructions: Vec<Node<'_>> = root.named_children(&mut cursor).collect();
        let mut stage: Option<DefinitionId> = None;
        for (at, node) in instructions.iter().enumerate() {
            if node.kind() == "from_instruction" {
                if stage.take().is_some() {
                    out.close_definition();
                }
                let end = instructions[at..]
                    .iter()
                    .skip(1)
                    .take_while(|next| next.kind() != "from_instruction")
                    .filter(|next| next.kind() != "comment")
                    .last()
                    .unwrap_or(node)
                    .end_byte();
                stage = from(*node, end as u32, out);
            } else {
                instruction(*node, stage, out);
            }
        }
        if stage.is_some() {
            out.close_definition();
        }
    }
}

/// Defines a stage and opens it: named by its alias or by its image.
fn from(node: Node<'_>, end: u32, out: &mut FactsBuilder<'_>) -> Option<DefinitionId> {
    let image = child(node, "image_spec");
    let name = node
        .child_by_field_name("as")
        .or_else(|| image.and_then(|image| image.child_by_field_name("name")))?;
    let text = out.text(name);
    let header = range(node);
    let span = ByteRange { start: header.start, end: end.max(header.end) };
    let id = define(out, SymbolKind::Setting, text, span, range(name), header.end);
    let doc = doc_above(node, out);
    out.set_doc(id, &doc);
    out.open_definition(id, ScopeKind::Namespace);
    if let Some(image) = image.filter(|image| name.parent() != Some(*image)) {
        // An image may be a stage above.
        let base = out.text(image);
        let expression = out.name_expression(base);
        out.read_reference(base, range(image), expression);
    }
    Some(id)
}

fn instruction(node: Node<'_>, stage: Option<DefinitionId>, out: &mut FactsBuilder<'_>) {
    let mut cursor = node.walk();
    for part in node.named_children(&mut cursor) {
        match part.kind() {
            "env_pair" | "arg_pair" => {
                let Some(name) = part.child_by_field_name("name") else { continue };
                let text = out.text(name);
                let id = define(out, SymbolKind::Setting, text, range(part), range(name), 0);
                if part.kind() == "env_pair" {
                    out.key(Channel::Env, text.to_owned(), true, Some(id), range(name));
                }
            }
            "param" if stage.is_some() => {
                if let Some(source) = out.text(part).strip_prefix("--from=") {
                    let expression = out.name_expression(source);
                    out.read_reference(source, range(part), expression);
                }
            }
            _ => {}
        }
    }
}
