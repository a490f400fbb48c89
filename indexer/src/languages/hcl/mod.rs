//! HCL: the blocks of Terraform and its kin.
//!
//! A block is a setting named by its type and labels. Buckets, topics, queues and tables with a
//! literal name are where services meet, so they are keys.

use super::{Depth, Language};
use crate::extract::FactsBuilder;
use crate::extract::document::{child, children, define, doc_above};
use crate::extract::range;
use qf_graph::Channel;
use qf_graph::facts::{ByteRange, DefinitionId, SymbolKind};
use tree_sitter::Node;
use tree_sitter::Tree;

/// HashiCorp configuration language.
pub struct Hcl;

/// The language's entry.
pub static HCL: Hcl = Hcl;

impl Language for Hcl {
    fn name(&self) -> &'static str {
        "hcl"
    }

    fn depth(&self) -> Depth {
        Depth::Document
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["hcl", "tf", "tfvars"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_hcl::LANGUAGE.into())
    }

    fn extract(&self, _path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        let Some(tree) = tree else { return };
        let root = tree.root_node();
        for part in children(root) {
            if part.kind() == "body" {
                for item in children(part) {
                    match item.kind() {
                        "block" => block(item, out),
                        "attribute" => attribute(item, "", out),
                        _ => {}
                    }
                }
            }
        }
    }
}

/// The name of an attribute.
fn attribute_name(node: Node<'_>) -> Option<Node<'_>> {
    child(node, "identifier")
}

/// A top-level value (`.tfvars`) or one of a `locals` block.
fn attribute(node: Node<'_>, prefix: &str, out: &mut FactsBuilder<'_>) {
    let Some(name) = attribute_name(node) else { return };
    let text = format!("{prefix}{}", out.text(name));
    let id = define(out, SymbolKind::Setting, &text, range(node), range(name), 0);
    let doc = doc_above(node, out);
    out.set_doc(id, &doc);
}

fn block(node: Node<'_>, out: &mut FactsBuilder<'_>) {
    let mut words: Vec<&str> = Vec::new();
    let mut name_span: Option<ByteRange> = None;
    for part in children(node) {
        match part.kind() {
            "identifier" | "string_lit" => {
                words.push(out.text(part).trim_matches('"'));
                name_span = Some(range(part));
            }
            "block_start" => break,
            _ => {}
        }
    }
    let body = child(node, "body");
    if words == ["locals"] {
        for item in body.into_iter().flat_map(children) {
            if item.kind() == "attribute" {
                attribute(item, "local.", out);
            }
        }
        return;
    }
    let Some(name_span) = name_span else { return };
    let header = child(node, "block_start").map_or(0, |start| start.start_byte() as u32);
    let id = define(out, SymbolKind::Setting, &words.join("."), range(node), name_span, header);
    let described = body.and_then(|body| literal(body, "description", out));
    let doc = match described {
        Some((text, _)) => text.to_owned(),
        None => doc_above(node, out),
    };
    out.set_doc(id, &doc);
    if let (["resource", kind, ..], Some(body)) = (words.as_slice(), body) {
        resource_key(kind, body, id, out);
    }
}

/// The literal value of an attribute, with its bytes.
fn literal<'s>(body: Node<'_>, name: &str, out: &FactsBuilder<'s>) -> Option<(&'s str, ByteRange)> {
    let attribute = children(body).into_iter().find(|item| {
        item.kind() == "attribute"
            && attribute_name(*item).is_some_and(|found| out.text(found) == name)
    })?;
    let value = child(attribute, "expression")?;
    let text = out.text(value);
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.is_empty() && !inner.contains(['$', '"'])).then_some((inner, range(value)))
}

/// Resources other repositories name.
fn resource_key(kind: &str, body: Node<'_>, id: DefinitionId, out: &mut FactsBuilder<'_>) {
    let (channel, attribute) = match kind {
        "aws_s3_bucket" => (Channel::Bucket, "bucket"),
        "google_storage_bucket" => (Channel::Bucket, "name"),
        "aws_sns_topic"
        | "aws_sqs_queue"
        | "google_pubsub_topic"
        | "azurerm_servicebus_queue"
        | "azurerm_servicebus_topic"
        | "kafka_topic"
        | "confluent_kafka_topic"
        | "aws_kinesis_stream" => (Channel::Topic, "name"),
        "aws_dynamodb_table" => (Channel::Table, "name"),
        _ => return,
    };
    if let Some((text, span)) = literal(body, attribute, out) {
        let text = if channel == Channel::Table { text.to_lowercase() } else { text.to_owned() };
        out.key(channel, text, true, Some(id), span);
    }
}
