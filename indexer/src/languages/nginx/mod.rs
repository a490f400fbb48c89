//! nginx: the paths that it passes on to other servers.
//!
//! Directives end with `;` or open a block with `{`, and nothing else has to be known to read
//! `location`, `proxy_pass`, `rewrite` and `upstream`
//! (<https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass>): an address with a path
//! replaces the location's prefix by it, one without keeps the path as it is.

use super::{Depth, Language};
use crate::extract::FactsBuilder;
use crate::extract::document::define;
use qf_graph::facts::{ByteRange, ProxyFact, SymbolKind};
use tree_sitter::Tree;

/// nginx.
pub struct Nginx;

/// The language's entry.
pub static NGINX: Nginx = Nginx;

/// Most blocks inside each other.
const DEEP: usize = 64;

impl Language for Nginx {
    fn name(&self) -> &'static str {
        "nginx"
    }

    fn depth(&self) -> Depth {
        Depth::Document
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["nginx"]
    }

    fn file_names(&self) -> &'static [&'static str] {
        &["default.conf", "default.conf.template", "nginx.conf", "nginx.conf.template"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        None
    }

    fn extract(&self, _path: &str, _tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        let text = out.source();
        let mut upstreams: Vec<(&str, &str)> = Vec::new();
        let mut open: Vec<Block<'_>> = Vec::new();
        for directive in directives(text) {
            match directive.end {
                End::Close => {
                    if let Some(block) = open.pop() {
                        block.close(out);
                    }
                }
                End::Block if open.len() < DEEP => open.push(Block::new(directive)),
                End::Block => return,
                End::Line => {
                    let Some(block) = open.last_mut() else { continue };
                    match (block.name(), directive.words.as_slice()) {
                        ("upstream", ["server", address, ..]) => {
                            if let Some(name) = block.words.get(1) {
                                upstreams.push((name, address));
                            }
                        }
                        ("location", ["proxy_pass", address]) => block.address = Some(address),
                        // A redirect sends the client elsewhere.
                        ("location", ["rewrite", _, to, rest @ ..])
                            if !rest.contains(&"redirect") && !rest.contains(&"permanent") =>
                        {
                            block.rewritten = to.split('$').next();
                        }
                        _ => {}
                    }
                }
            }
        }
        // An upstream stands for its first server, unless that is only an address.
        upstreams.retain(|(_, address)| address.contains(|c: char| c.is_ascii_alphabetic()));
        for proxy in out.proxies_mut() {
            let host = proxy.host.split(':').next().unwrap_or_default();
            if let Some((_, address)) = upstreams.iter().find(|(name, _)| *name == host) {
                (*address).clone_into(&mut proxy.host);
            }
        }
    }
}

struct Block<'s> {
    words: Vec<&'s str>,
    at: ByteRange,
    address: Option<&'s str>,
    rewritten: Option<&'s str>,
}

impl<'s> Block<'s> {
    fn new(directive: Directive<'s>) -> Self {
        Self { words: directive.words, at: directive.at, address: None, rewritten: None }
    }

    fn name(&self) -> &'s str {
        self.words.first().copied().unwrap_or_default()
    }

    fn close(self, out: &mut FactsBuilder<'_>) {
        let (Some(address), Some(pattern)) = (self.address, self.words.last()) else { return };
        // One path and no other.
        if self.name() != "location" || self.words.get(1) == Some(&"=") {
            return;
        }
        // Of a pattern that is a regular expression, what is literal at its front; where that is
        // nothing, the pattern may be of any path.
        let literal = |c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
        let pattern = pattern.trim_start_matches('^');
        let path = &pattern[..pattern.find(|c| !literal(c)).unwrap_or(pattern.len())];
        if path == "/" && pattern != "/" {
            return;
        }
        let address = address.split_once("://").map_or(address, |(_, rest)| rest);
        let (host, below) = match address.find('/') {
            Some(at) => (&address[..at], Some(&address[at..])),
            None => (address, None),
        };
        if !path.starts_with('/') || host.is_empty() || host.starts_with('$') {
            return;
        }
        let id = define(out, SymbolKind::Setting, path, self.at, self.at, 0);
        let replaced_by = self.rewritten.or(below).map(str::to_owned);
        out.proxy(ProxyFact {
            path: path.to_owned(),
            host: host.to_owned(),
            replaced_by,
            definition: Some(id),
        });
    }
}

enum End {
    Line,
    Block,
    Close,
}

struct Directive<'s> {
    words: Vec<&'s str>,
    at: ByteRange,
    end: End,
}

/// Directives in order, each with how it ends.
fn directives(text: &str) -> Vec<Directive<'_>> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    let (mut first, mut at) = (0, 0);
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'#' => at += text[at..].find('\n').unwrap_or(text.len() - at),
            b'{' | b';' | b'}' => {
                let end = match bytes[at] {
                    b'{' => End::Block,
                    b';' => End::Line,
                    _ => End::Close,
                };
                let from = if words.is_empty() { at } else { first };
                let range = ByteRange { start: from as u32, end: at as u32 };
                out.push(Directive { words: std::mem::take(&mut words), at: range, end });
                at += 1;
            }
            quote @ (b'"' | b'\'') => {
                if words.is_empty() {
                    first = start;
                }
                let inside = &text[at + 1..];
                let length = inside.find(quote as char).unwrap_or(inside.len());
                words.push(&inside[..length]);
                at += length + 2;
            }
            byte if byte.is_ascii_whitespace() => at += 1,
            _ => {
                let more = |c: char| c.is_ascii_whitespace() || matches!(c, ';' | '{' | '}');
                if words.is_empty() {
                    first = start;
                }
                // `${host}` is part of a word.
                let mut end = at;
                let mut depth = 0_usize;
                let mut before = ' ';
                for (offset, c) in text[at..].char_indices() {
                    let inner = c == '{' && before == '$';
                    before = c;
                    if depth == 0 && more(c) && !inner {
                        break;
                    }
                    depth += usize::from(inner);
                    if c == '}' {
                        depth = depth.saturating_sub(1);
                    }
                    end = at + offset + c.len_utf8();
                }
                words.push(&text[at..end]);
                at = end.max(at + 1);
            }
        }
        at = at.min(bytes.len());
    }
    out
}
