//! How things are named as RDF terms, and back.
//!
//! `urn:qf:symbol:repository/path#Qualified.name` is the same from one index to the next as long as
//! the definition keeps its name and file; of several definitions of one qualified name in a file
//! the second ends in `+1`, and so on. A file's module has an empty fragment. An edge is a number
//! of one generation.

use super::vocabulary::{Class, NAMESPACE, Property};
use oxigraph::model::{Literal, NamedNode, Term, vocab};
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::EdgeId;
use qf_graph::{FileId, RepoId, Snapshot, SymbolId};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A term: things of the snapshot by their ids, literals by value, anything else as it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Node {
    /// A definition.
    Symbol(SymbolId),
    /// A file.
    File(FileId),
    /// A repository.
    Repository(RepoId),
    /// An edge.
    Edge(EdgeId),
    /// A class of the ontology.
    Class(Class),
    /// A property of the ontology.
    Property(Property),
    /// A string.
    Text(Arc<str>),
    /// An integer.
    Integer(i64),
    /// A truth value.
    Boolean(bool),
    /// What the snapshot does not know.
    Other(Arc<Term>),
}

const SYMBOL: &str = "urn:qf:symbol:";
const FILE: &str = "urn:qf:file:";
const REPOSITORY: &str = "urn:qf:repository:";
const EDGE: &str = "urn:qf:edge:";

/// The IRI of a definition.
pub fn symbol_iri(snapshot: &Snapshot, symbol: SymbolId) -> String {
    let file = snapshot.file(symbol);
    let mut iri = place(SYMBOL, snapshot, file);
    iri.push('#');
    if is_file_module(snapshot, symbol) {
        return iri;
    }
    let name = snapshot.qualified_name(symbol);
    escape(name, false, &mut iri);
    let repeated = snapshot.cached(|| Repeated::new(snapshot));
    if let Some(before) = repeated.0.get(&symbol) {
        iri += &format!("+{before}");
    }
    iri
}

/// How many definitions of its qualified name stand before a definition in its file, where any do.
struct Repeated(FxHashMap<SymbolId, u32>);

impl Repeated {
    fn new(snapshot: &Snapshot) -> Self {
        let mut out = FxHashMap::default();
        for file in snapshot.files() {
            let mut seen: FxHashMap<&str, u32> = FxHashMap::default();
            for symbol in snapshot.symbols_of_file(file) {
                let before = seen.entry(snapshot.qualified_name(symbol)).or_default();
                if *before > 0 {
                    out.insert(symbol, *before);
                }
                *before += 1;
            }
        }
        Self(out)
    }
}

/// Whether a symbol stands for its file as a whole.
fn is_file_module(snapshot: &Snapshot, symbol: SymbolId) -> bool {
    snapshot.kind(symbol) == SymbolKind::Module && snapshot.parent(symbol).is_none()
}

/// The IRI of a file.
pub fn file_iri(snapshot: &Snapshot, file: FileId) -> String {
    place(FILE, snapshot, file)
}

/// The IRI of a repository.
pub fn repository_iri(snapshot: &Snapshot, repository: RepoId) -> String {
    let mut iri = REPOSITORY.to_owned();
    escape(snapshot.repository_name(repository), false, &mut iri);
    iri
}

fn place(scheme: &str, snapshot: &Snapshot, file: FileId) -> String {
    let mut iri = scheme.to_owned();
    escape(snapshot.repository_name(snapshot.file_repository(file)), false, &mut iri);
    iri.push('/');
    escape(snapshot.path(file), true, &mut iri);
    iri
}

/// A thing as an RDF term.
pub fn term(snapshot: &Snapshot, node: &Node) -> Term {
    let iri = |iri: String| Term::NamedNode(NamedNode::new_unchecked(iri));
    match node {
        Node::Symbol(symbol) => iri(symbol_iri(snapshot, *symbol)),
        Node::File(file) => iri(file_iri(snapshot, *file)),
        Node::Repository(repository) => iri(repository_iri(snapshot, *repository)),
        Node::Edge(edge) => iri(format!("{EDGE}{}", edge.0)),
        Node::Class(class) => iri(format!("{NAMESPACE}{}", class.name())),
        Node::Property(property) => Term::NamedNode(property.iri()),
        Node::Text(text) => Literal::new_simple_literal(&**text).into(),
        Node::Integer(number) => Literal::from(*number).into(),
        Node::Boolean(value) => Literal::from(*value).into(),
        Node::Other(term) => (**term).clone(),
    }
}

/// An RDF term as a thing.
pub fn node(snapshot: &Snapshot, term: Term) -> Node {
    let known = match &term {
        Term::NamedNode(iri) => of_iri(snapshot, iri.as_str()),
        Term::Literal(literal) => of_literal(literal),
        Term::BlankNode(_) => None,
    };
    known.unwrap_or_else(|| Node::Other(Arc::new(term)))
}

fn of_literal(literal: &Literal) -> Option<Node> {
    let value = literal.value();
    let kind = literal.datatype();
    if literal.language().is_some() {
        None
    } else if kind == vocab::xsd::STRING {
        Some(Node::Text(value.into()))
    } else if kind == vocab::xsd::INTEGER {
        // Only what is written the usual way is the same term.
        value.parse().ok().filter(|number: &i64| number.to_string() == value).map(Node::Integer)
    } else if kind == vocab::xsd::BOOLEAN {
        match value {
            "true" => Some(Node::Boolean(true)),
            "false" => Some(Node::Boolean(false)),
            _ => None,
        }
    } else {
        None
    }
}

fn of_iri(snapshot: &Snapshot, iri: &str) -> Option<Node> {
    if iri == vocab::rdf::TYPE.as_str() {
        return Some(Node::Property(Property::Type));
    }
    if let Some(name) = iri.strip_prefix(NAMESPACE) {
        let class = Class::all().find(|class| class.name() == name).map(Node::Class);
        return class.or_else(|| {
            Property::all().skip(1).find(|one| one.name() == name).map(Node::Property)
        });
    }
    if let Some(rest) = iri.strip_prefix(SYMBOL) {
        let (place, name) = rest.rsplit_once('#')?;
        return symbol(snapshot, file(snapshot, place)?, name).map(Node::Symbol);
    }
    if let Some(place) = iri.strip_prefix(FILE) {
        return file(snapshot, place).map(Node::File);
    }
    if let Some(name) = iri.strip_prefix(REPOSITORY) {
        return snapshot.repository_named(&unescape(name)).map(Node::Repository);
    }
    let number = iri.strip_prefix(EDGE)?.parse().ok()?;
    (number < snapshot.edge_count()).then_some(Node::Edge(EdgeId(number)))
}

fn file(snapshot: &Snapshot, place: &str) -> Option<FileId> {
    let (repository, path) = place.split_once('/')?;
    let repository = snapshot.repository_named(&unescape(repository))?;
    snapshot.file_named(repository, &unescape(path))
}

fn symbol(snapshot: &Snapshot, file: FileId, name: &str) -> Option<SymbolId> {
    let mut symbols = snapshot.symbols_of_file(file);
    if name.is_empty() {
        return symbols.find(|symbol| is_file_module(snapshot, *symbol));
    }
    let (name, before) = name.split_once('+').unwrap_or((name, "0"));
    let name = unescape(name);
    symbols.filter(|symbol| snapshot.qualified_name(*symbol) == name).nth(before.parse().ok()?)
}

/// Percent-encodes what an IRI's part may not hold, and what has a meaning in ours.
fn escape(text: &str, slashes: bool, out: &mut String) {
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' | '~' | '$' | '!' | '@' | ',' => {
                out.push(c);
            }
            '/' if slashes => out.push('/'),
            _ => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    out.push_str(&format!("%{byte:02X}"));
                }
            }
        }
    }
}

fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes
            .get(at + 1..at + 3)
            .filter(|_| bytes[at] == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{escape, unescape};

    #[test]
    fn names_survive() {
        for name in ["a b#c", "plain.name", "ü/é", "100%", "a+b", "<T as Trait>::f", ""] {
            let mut out = String::new();
            escape(name, true, &mut out);
            assert_eq!(unescape(&out), name);
            assert!(out.is_ascii() && !out.contains([' ', '#', '+', '<']), "{out}");
        }
    }
}
