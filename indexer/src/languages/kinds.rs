//! Grammar symbols as enums.
//!
//! A walk asks "what is this node?" for every node it meets. Comparing kind names costs a string
//! comparison for every arm; a table from the grammar's dense kind numbers to a small enum, made
//! once per grammar, makes it one load and one jump. Fields are looked up by number for the same
//! reason.

use tree_sitter::Node;

/// The named children of a node that stand in a field, in order.
pub(crate) fn children_of_field(node: Node<'_>, field: u16) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    while more {
        if cursor.node().is_named() && cursor.field_id().is_some_and(|id| u16::from(id) == field) {
            found.push(cursor.node());
        }
        more = cursor.goto_next_sibling();
    }
    found
}

/// Declares an enum of node kinds and its `table`, which maps the grammar's kind numbers to it.
/// Kinds that are not listed, and anonymous tokens, are `Other`.
macro_rules! node_kinds {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $name {
            Other,
            $($variant,)*
        }

        impl $name {
            fn table(language: &tree_sitter::Language) -> Box<[$name]> {
                (0..language.node_kind_count())
                    .map(|id| {
                        let id = id as u16;
                        if !language.node_kind_is_named(id) {
                            return $name::Other;
                        }
                        match language.node_kind_for_id(id) {
                            $(Some($text) => $name::$variant,)*
                            _ => $name::Other,
                        }
                    })
                    .collect()
            }
        }
    };
}

/// Declares a struct of field numbers and its constructor.
macro_rules! node_fields {
    ($(#[$doc:meta])* $name:ident { $($field:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) struct $name {
            $(pub $field: u16,)*
        }

        impl $name {
            fn new(language: &tree_sitter::Language) -> Self {
                let id = |name: &str| language.field_id_for_name(name).map_or(0, u16::from);
                Self { $($field: id($text),)* }
            }
        }
    };
}

pub(crate) use {node_fields, node_kinds};
