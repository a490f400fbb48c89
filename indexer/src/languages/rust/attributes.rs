//! Attributes and documentation in front of an item.
//!
//! The grammar makes both siblings of the item they belong to. They are gathered while a list of
//! items is read and handed to the item that follows. Attributes become decorator expressions with
//! their arguments (`#[get("/users/{id}")]`, `#[serde(rename = "n")]`), because link rules read
//! routes from them; they are no references, since an attribute lives in a namespace of its own and
//! `#[get]` must not meet a function called `get`.

use super::kinds::{Field, Kind, child, kind};
use super::walker::{Nodes, Walker, all_children, children, first_child};
use crate::extract::doc::strip_comment;
use crate::extract::range;
use qf_graph::facts::{DefinitionFlags, DefinitionId, ExpressionId};
use smallvec::SmallVec;
use tree_sitter::Node;

/// Last names of attributes that make a function a test.
const TEST_ATTRIBUTES: &[&str] = &[
    "test",
    "rstest",
    "test_case",
    "quickcheck",
    "proptest",
    "wasm_bindgen_test",
    "sqlx_test",
    "apply",
];

/// What stands in front of an item.
#[derive(Debug, Default)]
pub(super) struct Attributes<'n> {
    nodes: SmallVec<[Node<'n>; 2]>,
    docs: SmallVec<[Node<'n>; 4]>,
    /// Start of the first attribute.
    pub(super) start: Option<u32>,
    /// `#[test]` and its like.
    pub(super) test: bool,
    /// `#[cfg(test)]`.
    pub(super) test_only: bool,
    /// A `cfg` that does not hold on the platform that is looked at.
    elsewhere: bool,
    /// `#[macro_export]`.
    pub(super) macro_export: bool,
    deprecated: bool,
    /// The text of `#[path = "…"]` with its quotes.
    path: Option<Node<'n>>,
}

impl Attributes<'_> {
    /// The flags that attributes give.
    pub(super) fn flags(&self) -> DefinitionFlags {
        let mut flags = DefinitionFlags::empty();
        flags.set(DefinitionFlags::TEST, self.test || self.test_only);
        flags.set(DefinitionFlags::DEPRECATED, self.deprecated);
        flags.set(DefinitionFlags::ELSEWHERE, self.elsewhere);
        flags
    }
}

impl<'s> Walker<'s, '_> {
    /// Takes in an attribute or a comment; `false` when `node` is something else.
    pub(super) fn gather<'n>(&self, node: Node<'n>, into: &mut Attributes<'n>) -> bool {
        match kind(node) {
            Kind::LineComment | Kind::BlockComment => {
                let text = self.out.text(node);
                let outer = (text.starts_with("///") && !text.starts_with("////"))
                    || (text.starts_with("/**") && !text.starts_with("/***"));
                if outer {
                    into.docs.push(node);
                }
                true
            }
            Kind::AttributeItem => {
                into.start.get_or_insert(node.start_byte() as u32);
                if let Some(attribute) = first_child(node) {
                    self.gather_attribute(attribute, into);
                }
                true
            }
            _ => false,
        }
    }

    fn gather_attribute<'n>(&self, attribute: Node<'n>, into: &mut Attributes<'n>) {
        into.nodes.push(attribute);
        let Some(path) = first_child(attribute) else { return };
        let text = self.out.text(path);
        let last = text.rsplit("::").next().unwrap_or(text);
        match last {
            _ if TEST_ATTRIBUTES.contains(&last) => into.test = true,
            "cfg" => {
                into.test_only |= self.mentions_test(attribute);
                into.elsewhere |= child(attribute, Field::Arguments)
                    .is_some_and(|tree| holds(self.out.text(tree)) == Some(false));
            }
            "macro_export" => into.macro_export = true,
            "deprecated" => into.deprecated = true,
            "path" => into.path = child(attribute, Field::Value),
            _ => {}
        }
    }

    /// Whether the arguments of a `cfg` need `test` to hold (not below `not` or `any`).
    fn mentions_test(&self, attribute: Node<'_>) -> bool {
        let Some(tree) = child(attribute, Field::Arguments) else { return false };
        let text = self.out.text(tree);
        let words = || text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        words().any(|word| word == "test") && !words().any(|word| word == "not" || word == "any")
    }

    /// Whether a file or module begins with `#![cfg(test)]`.
    pub(super) fn is_test_only(&self, inner: Node<'_>) -> bool {
        first_child(inner).is_some_and(|attribute| {
            first_child(attribute).is_some_and(|path| self.out.text(path) == "cfg")
                && self.mentions_test(attribute)
        })
    }

    /// The file that `#[path = "…"]` names.
    pub(super) fn path_attribute(&self, attributes: &Attributes<'_>) -> Option<&'s str> {
        attributes.path.map(|value| self.out.text(value).trim_matches('"'))
    }

    /// The names that `#[project = Name]` and `#[pin_project(project = Name)]` give to a type.
    pub(super) fn projected_names(&self, attributes: &Attributes<'_>) -> Vec<(&'s str, u32)> {
        let mut names = Vec::new();
        for attribute in &attributes.nodes {
            let text = self.out.text(*attribute);
            for (at, _) in text.match_indices("project") {
                let rest = &text[at + "project".len()..];
                let rest = rest.strip_prefix("_ref").unwrap_or(rest).trim_start();
                let Some(rest) = rest.strip_prefix('=') else { continue };
                let rest = rest.trim_start();
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
                let name = &rest[..end.unwrap_or(rest.len())];
                if !name.is_empty() {
                    names.push((name, attribute.start_byte() as u32));
                }
            }
        }
        names
    }

    /// Gives a definition its documentation and decorators.
    pub(super) fn decorate(&mut self, id: DefinitionId, attributes: &Attributes<'_>) {
        if let (Some(first), Some(last)) = (attributes.docs.first(), attributes.docs.last()) {
            let source = self.out.source();
            let text = if attributes.start.is_some() {
                let lines: Vec<_> =
                    attributes.docs.iter().map(|doc| self.out.text(*doc).trim_end()).collect();
                strip_comment(&lines.join("\n"))
            } else {
                strip_comment(source.get(first.start_byte()..last.end_byte()).unwrap_or(""))
            };
            self.out.set_doc(id, &text);
        }
        for attribute in &attributes.nodes {
            let decorator = self.attribute_expression(*attribute);
            if decorator != ExpressionId::UNKNOWN {
                self.out.get_mut(id).decorators.push(decorator);
            }
        }
    }

    fn attribute_expression(&mut self, attribute: Node<'_>) -> ExpressionId {
        let Some(path) = first_child(attribute) else { return ExpressionId::UNKNOWN };
        let name = self.plain_path(path);
        if let Some(value) = child(attribute, Field::Value) {
            let value = self.literal(value);
            return self.out.call(name, &[value]);
        }
        match child(attribute, Field::Arguments) {
            Some(tree) => {
                let arguments = self.attribute_arguments(tree, 0);
                self.out.call(name, &arguments)
            }
            None => name,
        }
    }

    /// A path as names only, without references.
    fn plain_path(&mut self, node: Node<'_>) -> ExpressionId {
        let mut lowered = ExpressionId::UNKNOWN;
        for part in self.out.text(node).split("::").map(str::trim) {
            lowered = if lowered == ExpressionId::UNKNOWN {
                self.out.name_expression(part)
            } else {
                self.out.member(lowered, part)
            };
        }
        lowered
    }

    /// The arguments of an attribute, separated by commas: names, literals, `name = value` and
    /// nested lists.
    fn attribute_arguments(&mut self, tree: Node<'_>, depth: u32) -> Vec<ExpressionId> {
        let mut arguments = Vec::new();
        if depth > 8 {
            return arguments;
        }
        let tokens = all_children(tree);
        let inner = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or(&[]);
        let source = self.out.source();
        let is_comma = |token: &Node<'_>| source.get(token.byte_range()) == Some(",");
        for piece in inner.split(is_comma) {
            let argument = self.attribute_argument(piece, depth);
            if argument != ExpressionId::UNKNOWN {
                arguments.push(argument);
            }
        }
        arguments
    }

    fn attribute_argument(&mut self, piece: &[Node<'_>], depth: u32) -> ExpressionId {
        let mut lowered = ExpressionId::UNKNOWN;
        let mut name = "";
        for (position, token) in piece.iter().enumerate() {
            match kind(*token) {
                Kind::Identifier | Kind::Crate | Kind::SelfKeyword | Kind::Super => {
                    let text = self.out.text(*token);
                    name = if name.is_empty() { text } else { name };
                    lowered = if lowered == ExpressionId::UNKNOWN {
                        self.out.name_expression(text)
                    } else {
                        self.out.member(lowered, text)
                    };
                }
                Kind::TokenTree => {
                    let arguments = self.attribute_arguments(*token, depth + 1);
                    lowered = if lowered == ExpressionId::UNKNOWN {
                        arguments.first().copied().unwrap_or(lowered)
                    } else {
                        self.out.call(lowered, &arguments)
                    };
                }
                Kind::Token if self.out.text(*token) == "=" && !name.is_empty() => {
                    let value = self.attribute_value(piece.get(position + 1..).unwrap_or(&[]));
                    return self.out.argument(name, value);
                }
                Kind::Token => {}
                _ => lowered = self.literal(*token),
            }
        }
        lowered
    }

    /// What stands after `=` in an attribute: an expression of the macro's making. Functions and
    /// constants named there are mentioned: `value_parser = parse_millis`.
    fn attribute_value(&mut self, value: &[Node<'_>]) -> ExpressionId {
        match value {
            [one] if !matches!(kind(*one), Kind::Identifier | Kind::TokenTree) => {
                self.literal(*one)
            }
            _ => {
                let values = self.scan_list(value, false);
                values.first().copied().unwrap_or(ExpressionId::UNKNOWN)
            }
        }
    }

    /// The inner documentation (`//!`) at the beginning of a list of items.
    pub(super) fn inner_doc(&self, list: &Nodes<'_>) -> String {
        let mut text = String::new();
        for node in list {
            match kind(*node) {
                Kind::LineComment | Kind::BlockComment => {
                    let comment = self.out.text(*node);
                    if comment.starts_with("//!") || comment.starts_with("/*!") {
                        text.push_str(comment.trim_end());
                        text.push('\n');
                    }
                }
                Kind::Token | Kind::InnerAttributeItem => {}
                _ => break,
            }
        }
        strip_comment(&text)
    }
}

/// Whether the visibility of an item lets it be seen outside its module.
pub(super) fn is_visible(walker: &Walker<'_, '_>, node: Node<'_>) -> bool {
    children(node)
        .iter()
        .find(|child| kind(**child) == Kind::VisibilityModifier)
        .is_some_and(|visibility| walker.out.text(*visibility) != "pub(self)")
}

/// The range from an item's first attribute to its end.
pub(super) fn item_span(node: Node<'_>, attributes: &Attributes<'_>) -> qf_graph::facts::ByteRange {
    let mut span = range(node);
    if let Some(start) = attributes.start {
        span.start = start.min(span.start);
    }
    span
}

/// Whether the predicate of a `cfg` holds for production code on Linux; `None` when features or
/// other settings decide. One platform has to be looked at, and the index must not depend on the
/// machine that makes it.
fn holds(predicate: &str) -> Option<bool> {
    let predicate = predicate.trim();
    let predicate =
        predicate.strip_prefix('(').and_then(|p| p.strip_suffix(')')).unwrap_or(predicate);
    predicate_holds(predicate, 0)
}

fn predicate_holds(text: &str, depth: u32) -> Option<bool> {
    let text = text.trim().trim_end_matches(',');
    if depth > 8 {
        return None;
    }
    if let Some((operator, inner)) = text.split_once('(')
        && let Some(inner) = inner.strip_suffix(')')
    {
        let parts = arguments(inner).into_iter().map(|part| predicate_holds(part, depth + 1));
        let parts: Vec<Option<bool>> = parts.collect();
        return match operator.trim() {
            "not" => parts.first().copied().flatten().map(|holds| !holds),
            "all" if parts.contains(&Some(false)) => Some(false),
            "all" => parts.iter().all(|part| *part == Some(true)).then_some(true),
            "any" if parts.contains(&Some(true)) => Some(true),
            "any" => parts.iter().all(|part| *part == Some(false)).then_some(false),
            _ => None,
        };
    }
    match text.split_once('=') {
        Some((key, value)) => {
            let value = value.trim().trim_matches('"');
            match key.trim() {
                "target_os" => Some(value == "linux"),
                "target_family" => Some(value == "unix"),
                "target_arch" if value.starts_with("wasm") => Some(false),
                "target_vendor" => Some(value != "apple"),
                // What most builds have; other features are asked for.
                "feature" => Some(matches!(value, "std" | "default" | "alloc")),
                _ => None,
            }
        }
        None => match text {
            "unix" => Some(true),
            "windows" | "test" | "doctest" | "miri" | "loom" => Some(false),
            _ => None,
        },
    }
}

/// The parts between the commas that are not inside parentheses.
fn arguments(text: &str) -> Vec<&str> {
    let (mut depth, mut start) = (0_i32, 0);
    let mut parts = Vec::new();
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn one_platform_is_looked_at() {
        assert_eq!(holds("(unix)"), Some(true));
        assert_eq!(holds("(windows)"), Some(false));
        assert_eq!(holds("(not(windows))"), Some(true));
        assert_eq!(holds("(all(unix, not(target_os = \"macos\")))"), Some(true));
        assert_eq!(holds("(any(windows, target_os = \"macos\"))"), Some(false));
        assert_eq!(holds("(any(windows, debug_assertions))"), None);
        assert_eq!(holds("(all(windows, debug_assertions))"), Some(false));
        assert_eq!(holds("(feature = \"x\")"), Some(false));
        assert_eq!(holds("(not(feature = \"std\"))"), Some(false));
        assert_eq!(holds("(test)"), Some(false));
        assert_eq!(holds("(not(test))"), Some(true));
    }
}
