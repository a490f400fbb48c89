//! Macro invocations.
//!
//! Half of a service's calls stand in macro arguments (`assert_eq!(db.get("k"), …)`,
//! `tokio::select! { … }`), which the grammar leaves as tokens. Arguments are read by the scanner of
//! `tokens` when they are plain. Otherwise the tokens are parsed again with the parser restricted to
//! their range, so that every position stays true: `(a, b)` parses as a tuple, `[a; n]` as an array,
//! and the inside of `{ … }` as items and statements. A tree with errors falls back to the scanner,
//! except for macros whose arguments are known to be expressions.

use super::expressions::Values;
use super::items::Context;
use super::kinds::{Field, Kind, child, grammar, kind};
use super::tables::{BUILTINS, EXPRESSION_MACROS, TRANSPARENT_MACROS};
use super::walker::{Origin, Walker, all_children, children, first_child};
use crate::extract::range;
use crate::parse;
use qf_graph::facts::{ByteRange, CollectionKind, ExpressionId, ReferenceFlags};
use smallvec::SmallVec;
use std::cell::RefCell;
use tree_sitter::{Node, Parser, Point, Tree};

/// Macros inside macro arguments are parsed again up to this depth, then only scanned.
const MAX_MACRO_DEPTH: u32 = 6;

/// Token trees longer than this many bytes are only scanned.
const MAX_PARSED: usize = 256 * 1024;

thread_local! {
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

impl<'s> Walker<'s, '_> {
    pub(super) fn macro_invocation(&mut self, node: Node<'_>) -> ExpressionId {
        let Some(named) = child(node, Field::Macro) else { return ExpressionId::UNKNOWN };
        let mut path = self.path(named);
        if kind(named) == Kind::Identifier {
            path.expression = self.macro_name(path.name);
        }
        let tree = children(node).into_iter().find(|child| kind(*child) == Kind::TokenTree);
        match tree {
            Some(tree) => self.macro_call(path.name, path.span, path.expression, tree),
            None => ExpressionId::UNKNOWN,
        }
    }

    /// A macro's name. Macros and functions do not see each other: `format!` is not a function
    /// called `format`.
    pub(super) fn macro_name(&mut self, name: &'s str) -> ExpressionId {
        if self.macros.contains(name) {
            return self.single_name(name);
        }
        if let Ok(at) = BUILTINS.binary_search(&name) {
            return self.builtin(BUILTINS[at]);
        }
        match self.origins.get(name) {
            Some(Origin::Type | Origin::Alias | Origin::Item) => ExpressionId::UNKNOWN,
            _ => self.single_name(name),
        }
    }

    /// A macro call with its arguments; gives its value.
    pub(super) fn macro_call(
        &mut self,
        name: &'s str,
        span: ByteRange,
        callee: ExpressionId,
        tree: Node<'_>,
    ) -> ExpressionId {
        if !self.out.enter(tree) {
            return ExpressionId::UNKNOWN;
        }
        let around = self.out.set_ambient_references(ReferenceFlags::EXPANDED);
        if is_transparent(name) {
            self.out.set_ambient_references(around);
        }
        let mut arguments = self.macro_arguments(name, tree);
        self.out.set_ambient_references(around);
        if name == "vec" && self.has_semicolon(tree) {
            // `vec![element; length]`
            arguments.truncate(1);
        }
        let call = self.out.call(callee, &arguments);
        self.out.call_reference(name, span, call, ReferenceFlags::MACRO);
        let value = self.macro_value(name, range(tree), &arguments).unwrap_or(call);
        self.out.leave();
        value
    }

    /// What the macros of the standard library and its neighbours give.
    fn macro_value(
        &mut self,
        name: &str,
        span: ByteRange,
        arguments: &[ExpressionId],
    ) -> Option<ExpressionId> {
        match name {
            "vec" | "smallvec" | "array" | "routes" => {
                Some(self.out.collection(CollectionKind::List, arguments))
            }
            "format" | "concat" | "format_args" | "formatdoc" => {
                Some(self.formatted(arguments, span))
            }
            "matches" | "cfg" => Some(self.builtin("bool")),
            "write" | "writeln" => Some(self.builtin("Result")),
            "include_str" | "env" | "stringify" | "file" | "module_path" | "indoc" => {
                Some(self.builtin("str"))
            }
            "line" | "column" => Some(self.builtin("int")),
            "join" => Some(self.out.collection(CollectionKind::Tuple, arguments)),
            "ready" => Some(self.unwrapped(arguments.first().copied()?)),
            "pin" | "dbg" => arguments.first().copied(),
            _ => None,
        }
    }

    /// `format!("a {} b {name}", x)`: the text with its holes.
    fn formatted(&mut self, arguments: &[ExpressionId], span: ByteRange) -> ExpressionId {
        let Some((first, rest)) = arguments.split_first() else {
            return self.builtin("str");
        };
        let qf_graph::facts::Expression::Text(template) = self.out.peek(*first) else {
            return self.out.concat(arguments, span);
        };
        let template = self.out.name_text(template).to_owned();
        let mut parts = Values::new();
        let mut holes = rest.iter().copied();
        let mut text = String::new();
        let mut letters = template.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '{' | '}' if letters.peek() == Some(&letter) => {
                    letters.next();
                    text.push(letter);
                }
                '{' => {
                    let hole: String =
                        letters.by_ref().take_while(|letter| *letter != '}').collect();
                    let name = hole.split(':').next().unwrap_or("").trim();
                    if !text.is_empty() {
                        parts.push(self.out.string(&text, span));
                        text.clear();
                    }
                    parts.push(if name.is_empty() {
                        holes.next().unwrap_or(ExpressionId::UNKNOWN)
                    } else if name.starts_with(|letter: char| letter.is_ascii_digit()) {
                        let position = name.parse::<usize>().unwrap_or(usize::MAX);
                        rest.get(position).copied().unwrap_or(ExpressionId::UNKNOWN)
                    } else {
                        self.single_name(name)
                    });
                }
                _ => text.push(letter),
            }
        }
        if !text.is_empty() || parts.is_empty() {
            parts.push(self.out.string(&text, span));
        }
        self.out.concat(&parts, span)
    }

    // ---- arguments -----------------------------------------------------------------------------------

    fn macro_arguments(&mut self, name: &str, tree: Node<'_>) -> Values {
        if matches!(name, "matches" | "assert_matches" | "debug_assert_matches") {
            return self.match_arguments(tree);
        }
        if matches!(name, "select" | "select_biased") && self.text_starts(tree, '{') {
            self.select_arms(tree);
            return Values::new();
        }
        let braces = self.text_starts(tree, '{');
        let statements = matches!(name, "thread_local" | "lazy_static");
        if !braces && !statements && self.is_plain(tree, 0) {
            return self.scan_tokens(tree, false);
        }
        if self.macro_depth >= MAX_MACRO_DEPTH || tree.byte_range().len() > MAX_PARSED {
            return self.scan_tokens(tree, false);
        }
        let expressions = EXPRESSION_MACROS.binary_search(&name).is_ok();
        self.macro_depth += 1;
        let values = if statements || (braces && !expressions) {
            self.parsed_statements(tree)
        } else {
            self.parsed_list(tree, expressions)
        };
        self.macro_depth -= 1;
        values.unwrap_or_else(|| self.scan_tokens(tree, false))
    }

    fn has_semicolon(&self, tree: Node<'_>) -> bool {
        all_children(tree).iter().any(|token| self.out.text(*token) == ";")
    }

    pub(super) fn text_starts(&self, tree: Node<'_>, letter: char) -> bool {
        self.out.text(tree).starts_with(letter)
    }

    /// `(a, b)` or `[a, b]` as a list of expressions; `None` when it is none.
    fn parsed_list(&mut self, tree: Node<'_>, tolerant: bool) -> Option<Values> {
        let range = tree_sitter::Range {
            start_byte: tree.start_byte(),
            end_byte: tree.end_byte(),
            start_point: tree.start_position(),
            end_point: tree.end_position(),
        };
        let parsed = self.parse_range(range, Some(tree))?;
        let root = parsed.root_node();
        let statement = first_child(root)?;
        let list = match kind(statement) {
            Kind::ExpressionStatement => first_child(statement)?,
            _ => statement,
        };
        if !tolerant && list.has_error() {
            return None;
        }
        let listed = matches!(
            kind(list),
            Kind::TupleExpression
                | Kind::ParenthesizedExpression
                | Kind::ArrayExpression
                | Kind::UnitExpression
        );
        if !listed {
            return None;
        }
        let length = child(list, Field::Length);
        let mut values = Values::new();
        for argument in children(list) {
            let value = match kind(argument) {
                // `name = value`: the name is the macro's.
                Kind::AssignmentExpression => child(argument, Field::Right)
                    .map_or(ExpressionId::UNKNOWN, |value| self.expression(value)),
                Kind::Error => {
                    for part in children(argument) {
                        self.expression(part);
                    }
                    continue;
                }
                _ => self.expression(argument),
            };
            if Some(argument) != length {
                values.push(value);
            }
        }
        Some(values)
    }

    /// The inside of `{ … }` as items and statements; `None` when it is none.
    fn parsed_statements(&mut self, tree: Node<'_>) -> Option<Values> {
        let tokens = all_children(tree);
        let range = match tokens.as_slice() {
            [_, first, .., last, _] => between(*first, *last),
            [_, only, _] => between(*only, *only),
            _ => return Some(Values::new()),
        };
        let parsed = self.parse_range(range, Some(tree))?;
        let root = parsed.root_node();
        if root.has_error() && !only_semicolon_missing(root) {
            return None;
        }
        let mark = self.mark_block_keeping_items();
        self.items(root, Context::Module);
        self.close_block(mark);
        Some(Values::new())
    }

    /// `matches!(value, pattern if guard)`.
    fn match_arguments(&mut self, tree: Node<'_>) -> Values {
        let tokens = all_children(tree);
        let inner = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or(&[]);
        let comma =
            inner.iter().position(|token| self.out.text(*token) == ",").unwrap_or(inner.len());
        let (value, rest) = inner.split_at(comma);
        let values = self.scan_list(value, false);
        let guard =
            rest.iter().position(|token| self.out.text(*token) == "if").unwrap_or(rest.len());
        let (pattern, guard) = rest.split_at(guard);
        self.scan_list(pattern.get(1..).unwrap_or(&[]), true);
        self.scan_list(guard.get(1..).unwrap_or(&[]), false);
        values
    }

    // ---- select! -------------------------------------------------------------------------------------

    /// `select! { pattern = future, if condition => body, else => body }`.
    fn select_arms(&mut self, tree: Node<'_>) {
        let tokens = all_children(tree);
        let mut rest = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or(&[]);
        while !rest.is_empty() {
            let Some(arrow) = rest.iter().position(|token| self.out.text(*token) == "=>") else {
                self.scan_list(rest, false);
                return;
            };
            let (head, tail) = rest.split_at(arrow);
            let mark = self.open_block();
            self.select_head(head);
            let body = tail.get(1..).unwrap_or(&[]);
            let block = body.first().is_some_and(|first| self.text_starts(*first, '{'));
            let end = if block {
                1
            } else {
                body.iter().position(|token| self.out.text(*token) == ",").unwrap_or(body.len())
            };
            self.token_expression(body.get(..end).unwrap_or(&[]));
            self.close_block(mark);
            rest = body.get(end..).unwrap_or(&[]);
            if rest.first().is_some_and(|token| self.out.text(*token) == ",") {
                rest = rest.get(1..).unwrap_or(&[]);
            }
        }
    }

    fn select_head(&mut self, head: &[Node<'_>]) {
        // `biased;` stands before the first arm.
        let begin = head
            .iter()
            .position(|token| self.out.text(*token) == ";")
            .map_or(0, |position| position + 1);
        let head = head.get(begin..).unwrap_or(&[]);
        let Some(equals) = head.iter().position(|token| self.out.text(*token) == "=") else {
            return;
        };
        let (pattern, future) = head.split_at(equals);
        let future = future.get(1..).unwrap_or(&[]);
        let end =
            future.iter().position(|token| self.out.text(*token) == ",").unwrap_or(future.len());
        let (future, condition) = future.split_at(end);
        let value = self.token_expression(future);
        self.bind_tokens(pattern, value);
        self.scan_list(condition, false);
    }

    /// A run of tokens as one expression.
    fn token_expression(&mut self, tokens: &[Node<'_>]) -> ExpressionId {
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
            return ExpressionId::UNKNOWN;
        };
        let plain = tokens.iter().all(|token| match kind(*token) {
            Kind::TokenTree => !self.text_starts(*token, '{') && self.is_plain(*token, 0),
            Kind::Token => {
                matches!(self.out.text(*token), "." | "::" | "," | "&" | "*" | "await" | "?")
            }
            _ => true,
        });
        if plain || self.macro_depth >= MAX_MACRO_DEPTH {
            let values = self.scan_list(tokens, false);
            return values.first().copied().unwrap_or(ExpressionId::UNKNOWN);
        }
        let Some(parsed) = self.parse_range(between(*first, *last), None) else {
            return ExpressionId::UNKNOWN;
        };
        self.macro_depth += 1;
        let mut value = ExpressionId::UNKNOWN;
        for statement in children(parsed.root_node()) {
            value = self.statement(statement);
        }
        self.macro_depth -= 1;
        value
    }

    /// Parses one range of the file. The semicolon behind the macro, if there is one, is parsed
    /// along: it ends the last statement.
    fn parse_range(&self, range: tree_sitter::Range, tree: Option<Node<'_>>) -> Option<Tree> {
        let source = self.out.source();
        let is_ended = |tree: &Node<'_>| source.as_bytes().get(tree.end_byte()) == Some(&b';');
        let semicolon = tree.filter(is_ended).map(|tree| {
            let (start_byte, start_point) = (tree.end_byte(), tree.end_position());
            let end_point = Point { row: start_point.row, column: start_point.column + 1 };
            let end_byte = start_byte + 1;
            tree_sitter::Range { start_byte, end_byte, start_point, end_point }
        });
        let ranges: SmallVec<[tree_sitter::Range; 2]> =
            std::iter::once(range).chain(semicolon).collect();
        PARSER.with_borrow_mut(|parser| {
            if parser.language().is_none() {
                parser.set_language(&grammar()).ok()?;
            }
            parser.set_included_ranges(&ranges).ok()?;
            parse::patiently(parser, source, range.end_byte - range.start_byte)
        })
    }
}

/// Whether a macro is known to leave what stands in its arguments as it is. What another one makes
/// of them — `quickcheck! { fn … }` wraps each function in a test of its name — is not written here.
fn is_transparent(name: &str) -> bool {
    EXPRESSION_MACROS.binary_search(&name).is_ok()
        || TRANSPARENT_MACROS.binary_search(&name).is_ok()
}

/// The range from one token to another.
fn between(first: Node<'_>, last: Node<'_>) -> tree_sitter::Range {
    tree_sitter::Range {
        start_byte: first.start_byte(),
        end_byte: last.end_byte(),
        start_point: first.start_position(),
        end_point: last.end_position(),
    }
}

/// Whether the only fault of a parsed run is that its last expression has no semicolon.
fn only_semicolon_missing(root: Node<'_>) -> bool {
    let statements = children(root);
    let Some((last, before)) = statements.split_last() else { return true };
    if before.iter().any(Node::has_error) || kind(*last) == Kind::Error {
        return false;
    }
    kind(*last) == Kind::ExpressionStatement
        && first_child(*last).is_some_and(|inner| !inner.has_error())
}
