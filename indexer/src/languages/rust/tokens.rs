//! Reading macro arguments token by token.
//!
//! The grammar leaves macro arguments as trees of tokens. Most of them are plain expressions
//! (`self.name`, `account.id()`, `"text"`), for which one pass over the tokens gives names, member
//! chains, calls and strings. What needs real parsing (closures, blocks, types) is recognised by
//! [`Walker::is_plain`] and left to `macros`.

use super::expressions::Values;
use super::kinds::{Kind, kind};
use super::patterns::known;
use super::walker::{Walker, all_children};
use crate::extract::range;
use qf_graph::facts::{ByteRange, CollectionKind, Expression, ExpressionId, ReferenceFlags};
use tree_sitter::Node;

/// What the tokens read last add up to.
#[derive(Debug, Clone, Copy)]
struct Chain<'s> {
    expression: ExpressionId,
    name: &'s str,
    span: ByteRange,
    /// A name or member that has not been used yet: a read, unless a call follows.
    open: bool,
    /// A single local variable, `self` or the like: no reference.
    silent: bool,
    /// More than one name.
    path: bool,
}

/// How the next name joins the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    None,
    Dot,
    Path,
}

/// State of one pass over the tokens of one tree.
struct Scan<'s> {
    chain: Option<Chain<'s>>,
    link: Link,
    values: Values,
    /// The value of the piece being read is its chain (no operator was seen).
    whole: bool,
    /// Names that could be calls are variants of a pattern.
    pattern: bool,
}

impl<'s> Walker<'s, '_> {
    /// Whether scanning tokens loses nothing of importance.
    pub(super) fn is_plain(&self, tree: Node<'_>, depth: u32) -> bool {
        if depth > 16 {
            return true;
        }
        let tokens = all_children(tree);
        for (position, token) in tokens.iter().enumerate() {
            match kind(*token) {
                Kind::TokenTree
                    if self.out.text(*token).starts_with('{')
                        || !self.is_plain(*token, depth + 1) =>
                {
                    return false;
                }
                Kind::Token => {
                    let text = self.out.text(*token);
                    let turbofish = text == "::"
                        && tokens.get(position + 1).is_some_and(|next| self.out.text(*next) == "<");
                    if turbofish
                        || matches!(
                            text,
                            "|" | "||"
                                | "=>"
                                | "as"
                                | "let"
                                | "if"
                                | "match"
                                | "move"
                                | "async"
                                | "for"
                                | "while"
                                | "loop"
                                | "unsafe"
                        )
                    {
                        return false;
                    }
                }
                _ => {}
            }
        }
        true
    }

    /// Reads the inside of a token tree; gives the value of each piece between commas. In a
    /// `pattern`, what looks like a call is a variant.
    pub(super) fn scan_tokens(&mut self, tree: Node<'_>, pattern: bool) -> Values {
        if !self.out.enter(tree) {
            return Values::new();
        }
        let tokens = all_children(tree);
        let inner = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or(&[]);
        let values = self.scan_list(inner, pattern);
        self.out.leave();
        values
    }

    /// Reads a run of tokens.
    pub(super) fn scan_list(&mut self, tokens: &[Node<'_>], pattern: bool) -> Values {
        let mut scan =
            Scan { chain: None, link: Link::None, values: Values::new(), whole: true, pattern };
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1 + self.scan_token(*token, tokens.get(at + 1..).unwrap_or(&[]), &mut scan);
        }
        if !tokens.is_empty() {
            self.end_piece(&mut scan);
        }
        scan.values
    }

    /// Reads one token; gives how many of the following it used up.
    fn scan_token(&mut self, token: Node<'_>, rest: &[Node<'_>], scan: &mut Scan<'s>) -> usize {
        match kind(token) {
            Kind::Identifier
            | Kind::SelfKeyword
            | Kind::Super
            | Kind::Crate
            | Kind::PrimitiveType
            | Kind::Metavariable => return self.scan_name(token, rest, scan),
            Kind::StringLiteral | Kind::RawStringLiteral => {
                self.end_chain(scan);
                let value = self.string_literal(token);
                scan.chain = Some(closed(value));
            }
            Kind::IntegerLiteral if scan.link == Link::Dot => {
                let name = self.out.text(token);
                self.extend(scan, name, range(token));
            }
            Kind::IntegerLiteral
            | Kind::FloatLiteral
            | Kind::BooleanLiteral
            | Kind::CharLiteral => {
                self.end_chain(scan);
                let value = self.literal(token);
                scan.chain = Some(closed(value));
            }
            Kind::TokenTree => self.scan_tree(token, scan),
            Kind::TokenRepetition => {
                self.end_chain(scan);
                scan.whole = false;
                self.scan_tokens(token, scan.pattern);
            }
            Kind::LineComment | Kind::BlockComment | Kind::MutableSpecifier => {}
            _ => return self.scan_punctuation(token, rest, scan),
        }
        0
    }

    fn scan_punctuation(
        &mut self,
        token: Node<'_>,
        rest: &[Node<'_>],
        scan: &mut Scan<'s>,
    ) -> usize {
        match self.out.text(token) {
            "." if scan.chain.is_some() => scan.link = Link::Dot,
            "::" if scan.chain.is_some() => {
                if rest.first().is_some_and(|next| self.out.text(*next) == "<") {
                    return self.skip_type_arguments(rest);
                }
                scan.link = Link::Path;
            }
            "::" => {}
            "?" => self.unwrap_chain(scan),
            // What waiting gives is what the call says it returns.
            "await" if scan.link == Link::Dot => scan.link = Link::None,
            "," | ";" | "=>" => self.end_piece(scan),
            "=" => {
                // `name = value`: the name is the macro's.
                scan.chain = None;
            }
            "&" | "*" if scan.chain.is_none() => {}
            _ => {
                self.end_chain(scan);
                scan.whole = false;
            }
        }
        0
    }

    /// Skips `<…>`; gives the number of tokens.
    fn skip_type_arguments(&self, rest: &[Node<'_>]) -> usize {
        let mut depth = 0_i32;
        for (position, token) in rest.iter().enumerate() {
            match self.out.text(*token) {
                "<" => depth += 1,
                ">" => depth -= 1,
                ">>" => depth -= 2,
                _ => {}
            }
            if depth <= 0 {
                return position + 1;
            }
        }
        rest.len()
    }

    fn scan_name(&mut self, token: Node<'_>, rest: &[Node<'_>], scan: &mut Scan<'s>) -> usize {
        let (name, span) = (self.out.text(token), range(token));
        if scan.link == Link::None {
            self.end_chain(scan);
            let followed = rest.first().is_some_and(|next| self.out.text(*next) == "::");
            scan.chain = Some(self.start(token, name, span, followed));
        } else {
            self.extend(scan, name, span);
        }
        // A macro inside the arguments.
        if let (Some(mark), Some(tree)) = (rest.first(), rest.get(1))
            && self.out.text(*mark) == "!"
            && kind(*tree) == Kind::TokenTree
        {
            let chain = scan.chain.take();
            let callee = match chain {
                Some(chain) if chain.path => chain.expression,
                _ => self.macro_name(name),
            };
            let value = self.macro_call(name, span, callee, *tree);
            scan.chain = Some(closed(value));
            return 2;
        }
        0
    }

    fn start(
        &mut self,
        token: Node<'_>,
        name: &'s str,
        span: ByteRange,
        followed: bool,
    ) -> Chain<'s> {
        let silent = Chain {
            expression: ExpressionId::UNKNOWN,
            name,
            span,
            open: true,
            silent: true,
            path: false,
        };
        match kind(token) {
            Kind::SelfKeyword if !followed => Chain { expression: self.receiver(), ..silent },
            Kind::SelfKeyword | Kind::Super | Kind::Crate => {
                Chain { expression: self.head(name, span), ..silent }
            }
            Kind::Metavariable if name == "$crate" => {
                Chain { expression: self.head("crate", span), ..silent }
            }
            Kind::Metavariable => silent,
            _ if name == "_" => silent,
            _ if followed => Chain { expression: self.path_head(name, span), ..silent },
            _ => {
                let expression = self.single_name(name);
                let local = self.local_scope(name).is_some() || matches!(name, "Self" | "None");
                Chain { expression, silent: local, ..silent }
            }
        }
    }

    fn extend(&mut self, scan: &mut Scan<'s>, name: &'s str, span: ByteRange) {
        let link = std::mem::replace(&mut scan.link, Link::None);
        let Some(before) = scan.chain.take() else { return };
        if link == Link::Dot && before.open && !before.silent {
            self.read_chain(before);
        }
        let expression = if before.expression == ExpressionId::UNKNOWN && link == Link::Path {
            ExpressionId::UNKNOWN
        } else {
            self.out.member(before.expression, name)
        };
        scan.chain = Some(Chain { expression, name, span, open: true, silent: false, path: true });
    }

    fn scan_tree(&mut self, tree: Node<'_>, scan: &mut Scan<'s>) {
        let opening = self.out.text(tree).as_bytes().first().copied();
        let callee = scan.chain.filter(|chain| chain.open && scan.link == Link::None);
        match (opening, callee) {
            (Some(b'('), Some(callee)) if scan.pattern => {
                self.read_chain(callee);
                self.scan_tokens(tree, true);
                scan.chain = Some(closed(ExpressionId::UNKNOWN));
            }
            (Some(b'('), Some(callee)) => {
                let arguments = self.scan_tokens(tree, false);
                let call = self.out.call(callee.expression, &arguments);
                self.out.call_reference(callee.name, callee.span, call, ReferenceFlags::empty());
                let transparent = matches!(callee.name, "clone" | "as_ref" | "as_mut" | "to_owned");
                let value = match self.out.peek(callee.expression) {
                    Expression::Member { base, .. } if transparent => base,
                    _ => call,
                };
                scan.chain = Some(closed(value));
            }
            (Some(b'['), Some(base)) => {
                if !base.silent {
                    self.read_chain(base);
                }
                let index =
                    self.scan_tokens(tree, false).first().copied().unwrap_or(ExpressionId::UNKNOWN);
                let base = base.expression;
                let value = self.out.expression(Expression::Index { base, index });
                scan.chain = Some(closed(value));
            }
            _ => {
                self.end_chain(scan);
                let items = self.scan_tokens(tree, scan.pattern);
                let value = match (opening, items.as_slice()) {
                    (Some(b'('), [one]) => *one,
                    (Some(b'('), _) => self.out.collection(CollectionKind::Tuple, &items),
                    (Some(b'['), _) => self.out.collection(CollectionKind::List, &items),
                    _ => ExpressionId::UNKNOWN,
                };
                scan.chain = Some(closed(value));
            }
        }
    }

    fn unwrap_chain(&mut self, scan: &mut Scan<'s>) {
        let Some(before) = scan.chain.take() else { return };
        if before.open && !before.silent {
            self.read_chain(before);
        }
        let value = self.unwrapped(before.expression);
        scan.chain = Some(closed(value));
    }

    fn read_chain(&mut self, chain: Chain<'s>) {
        if chain.expression != ExpressionId::UNKNOWN && !chain.name.is_empty() {
            self.out.read_reference(chain.name, chain.span, chain.expression);
        }
    }

    fn end_chain(&mut self, scan: &mut Scan<'s>) {
        scan.link = Link::None;
        if let Some(chain) = scan.chain.take() {
            scan.whole = false;
            if chain.open && !chain.silent {
                self.read_chain(chain);
            }
        }
    }

    fn end_piece(&mut self, scan: &mut Scan<'s>) {
        let value = match scan.chain {
            Some(chain) if scan.whole => chain.expression,
            _ => ExpressionId::UNKNOWN,
        };
        self.end_chain(scan);
        scan.values.push(value);
        scan.whole = true;
    }

    /// Binds what a simple pattern of tokens (`res`, `Some(frame)`, `Ok((a, b))`) takes from a
    /// value.
    pub(super) fn bind_tokens(&mut self, tokens: &[Node<'_>], value: ExpressionId) {
        match tokens {
            [name] if kind(*name) == Kind::Identifier => {
                let text = self.out.text(*name);
                if !super::paths::is_type_name(text) && text != "_" {
                    self.bind_local(text, name.start_byte() as u32, known(value));
                }
            }
            [name, tree] if kind(*tree) == Kind::TokenTree => {
                let inner = match self.out.text(*name) {
                    "Some" | "Ok" => self.unwrapped(value),
                    _ => ExpressionId::UNKNOWN,
                };
                let tokens = all_children(*tree);
                let inside = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or(&[]);
                self.bind_tokens(inside, inner);
            }
            [mutable, rest @ ..] if kind(*mutable) == Kind::MutableSpecifier => {
                self.bind_tokens(rest, value);
            }
            _ => {}
        }
    }
}

/// A finished value.
fn closed<'s>(expression: ExpressionId) -> Chain<'s> {
    Chain {
        expression,
        name: "",
        span: ByteRange { start: 0, end: 0 },
        open: false,
        silent: true,
        path: false,
    }
}
