//! Hooks that several languages use.

use super::Walker;
use qf_graph::facts::ExpressionId;
use tree_sitter::Node;

/// A type where a value is expected: it is mentioned.
pub fn mention_type(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.type_of(node);
    ExpressionId::UNKNOWN
}

/// A name that is no read of a value.
pub fn plain_name(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let text = walker.name_of(node);
    walker.out.name_expression(text)
}
