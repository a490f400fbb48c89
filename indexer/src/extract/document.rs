//! What the walks over contracts and documents share.
//!
//! These languages have no calls and no flow: a walk defines what it sees, with the comment above
//! it as documentation.

use super::{FactsBuilder, NewDefinition, doc, range};
use qf_graph::facts::{ByteRange, DefinitionFlags, DefinitionId, ExpressionId, SymbolKind};
use tree_sitter::Node;

/// Defines `name` below the open definition and binds it in the open scope.
pub fn define(
    out: &mut FactsBuilder<'_>,
    kind: SymbolKind,
    name: &str,
    span: ByteRange,
    name_span: ByteRange,
    signature_end: u32,
) -> DefinitionId {
    let id = out.define(&NewDefinition {
        name,
        kind,
        span,
        name_span,
        signature_end,
        flags: DefinitionFlags::EXPORTED,
    });
    let scope = out.scope();
    out.bind_definition(scope, id);
    id
}

/// The comments directly above a node, marks removed.
pub fn doc_above(node: Node<'_>, out: &FactsBuilder<'_>) -> String {
    let mut comments = Vec::new();
    let mut next = node;
    // A comment above the first item may stand outside the body around the items.
    while let Some(parent) = next.parent().filter(|_| next.prev_sibling().is_none()) {
        if parent.start_byte() != next.start_byte() {
            break;
        }
        next = parent;
    }
    while let Some(comment) = next.prev_sibling() {
        let adjacent = comment.end_position().row + 1 >= next.start_position().row;
        if !comment.kind().contains("comment") || !adjacent {
            break;
        }
        // A comment that ends another line's code is about that code.
        let trailing = comment.prev_sibling().is_some_and(|before| {
            !before.kind().contains("comment")
                && before.end_position().row == comment.start_position().row
        });
        if trailing {
            break;
        }
        comments.push(out.text(comment));
        next = comment;
    }
    comments.reverse();
    doc::strip_comment(&comments.join("\n"))
}

/// `a.b.C` as an expression.
pub fn dotted(out: &mut FactsBuilder<'_>, path: &str) -> ExpressionId {
    let mut parts = path.split('.').map(str::trim).filter(|part| !part.is_empty());
    let Some(first) = parts.next() else { return ExpressionId::UNKNOWN };
    let mut expression = out.name_expression(first);
    for part in parts.take(32) {
        expression = out.member(expression, part);
    }
    expression
}

/// The first child of this kind.
pub fn child<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();

    node.children(&mut cursor).find(|child| child.kind() == kind)
}

/// All children, named or not.
pub fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).collect()
}

/// The named children.
pub fn named_children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

/// The bytes of a node without blanks at its end.
pub fn trimmed(node: Node<'_>, out: &FactsBuilder<'_>) -> ByteRange {
    let all = range(node);
    let kept = out.text(node).trim_end().len() as u32;
    ByteRange { start: all.start, end: all.start + kept }
}

/// A path of an HTTP route with its parameters as `{}`: `/users/{id}`, `/users/:id`,
/// `/v1/{name=shelves/*}`.
pub fn normal_route(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or("");
    // `{name=shelves/*}` holds a slash: take braces out first.
    let mut plain = String::with_capacity(path.len());
    let mut depth = 0usize;
    for character in path.chars() {
        match character {
            '{' => {
                depth += 1;
                if depth == 1 {
                    plain.push_str("{}");
                }
            }
            '}' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            _ => plain.push(character),
        }
    }
    let mut out = String::with_capacity(plain.len() + 1);
    for segment in plain.split('/').filter(|segment| !segment.is_empty()) {
        out.push('/');
        out.push_str(if segment.starts_with(':') && segment.len() > 1 { "{}" } else { segment });
    }
    if out.is_empty() {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::normal_route;

    #[test]
    fn parameters_of_routes_have_no_names() {
        assert_eq!(normal_route("/users/{id}/"), "/users/{}");
        assert_eq!(normal_route("users/:id?x=1"), "/users/{}");
        assert_eq!(normal_route("/v1/{name=shelves/*}:merge"), "/v1/{}:merge");
        assert_eq!(normal_route("/"), "/");
    }
}
