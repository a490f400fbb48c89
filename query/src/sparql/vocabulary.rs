//! The classes and properties of the graph as RDF: the ontology.
//!
//! Property paths cannot filter edges by their tier, so every kind of edge has a property for each
//! least tier: `qf:callsExact` holds where a call is exact or better, `qf:calls` where it is
//! likely or better (what answers use), `qf:callsMaybe` for all. Who wants an edge's own tier, rule
//! or line asks for the `qf:Edge` between two things.

use oxigraph::model::{Literal, NamedNode, Triple, vocab};
use qf_graph::facts::SymbolKind;
use qf_graph::{EdgeKind, Tier};

/// What names of the ontology begin with.
pub const NAMESPACE: &str = "https://github.com/quantumflow/qf/ontology#";

/// Prefixes that every query knows.
pub const PREFIXES: &[(&str, &str)] = &[
    ("qf", NAMESPACE),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

/// A class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Any definition.
    Symbol,
    /// Definitions of a kind.
    Kind(SymbolKind),
    /// An indexed file.
    File,
    /// An indexed repository.
    Repository,
    /// One reference that is bound, with its evidence.
    Edge,
}

impl Class {
    /// Every class.
    pub fn all() -> impl Iterator<Item = Class> {
        [Class::Symbol, Class::File, Class::Repository, Class::Edge]
            .into_iter()
            .chain(SymbolKind::ALL.into_iter().map(Class::Kind))
    }

    /// Its name in the namespace.
    pub fn name(self) -> String {
        match self {
            Class::Symbol => "Symbol".to_owned(),
            Class::Kind(kind) => capitals(kind.name(), true),
            Class::File => "File".to_owned(),
            Class::Repository => "Repository".to_owned(),
            Class::Edge => "Edge".to_owned(),
        }
    }

    fn comment(self) -> String {
        match self {
            Class::Symbol => "A definition.".to_owned(),
            Class::Kind(kind) => format!("A definition of kind {}.", kind.name()),
            Class::File => "An indexed file.".to_owned(),
            Class::Repository => "An indexed repository.".to_owned(),
            Class::Edge => "One bound reference with its evidence. Its IRI holds for one generation of the index.".to_owned(),
        }
    }
}

/// A property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Property {
    /// `rdf:type`.
    Type,
    /// Last name of a definition, name of a repository.
    Name,
    /// Names from the outermost definition inwards.
    QualifiedName,
    /// Documentation.
    Doc,
    /// Line of a definition's name.
    Line,
    /// Last line of a definition.
    LastLine,
    /// File of a definition.
    InFile,
    /// Repository of a definition or file.
    InRepository,
    /// Path of a file below its repository.
    Path,
    /// Language of a file.
    Language,
    /// Number of lines of a file.
    Lines,
    /// Whether a definition or file is test code.
    Test,
    /// Whether a definition is visible outside its module.
    Exported,
    /// Whether a definition can be called.
    Callable,
    /// Position of a definition in the order of answers.
    Ordinal,
    /// An edge of a kind, as sure as a tier or surer.
    Edge(EdgeKind, Tier),
    /// A call that may end in this method through the bodiless member that it overrides.
    Through(Tier),
    /// Source of an edge.
    From,
    /// Target of an edge.
    To,
    /// Kind of an edge.
    Kind,
    /// Tier of an edge.
    Tier,
    /// The rule that made an edge.
    Rule,
    /// File of an edge's evidence.
    EvidenceFile,
    /// Line of an edge's evidence.
    EvidenceLine,
    /// The key that an edge between repositories goes through.
    Key,
    /// The channel of that key.
    Channel,
}

/// What a property leads to.
enum Range {
    Text,
    Integer,
    Boolean,
    Class(Class),
}

impl Property {
    /// Every property, `rdf:type` first.
    pub fn all() -> impl Iterator<Item = Property> {
        const PLAIN: [Property; 15] = [
            Property::Type,
            Property::Name,
            Property::QualifiedName,
            Property::Doc,
            Property::Line,
            Property::LastLine,
            Property::InFile,
            Property::InRepository,
            Property::Path,
            Property::Language,
            Property::Lines,
            Property::Test,
            Property::Exported,
            Property::Callable,
            Property::Ordinal,
        ];
        const OF_EDGES: [Property; 9] = [
            Property::From,
            Property::To,
            Property::Kind,
            Property::Tier,
            Property::Rule,
            Property::EvidenceFile,
            Property::EvidenceLine,
            Property::Key,
            Property::Channel,
        ];
        let edges = EdgeKind::ALL
            .into_iter()
            .flat_map(|kind| Tier::ALL.map(|tier| Property::Edge(kind, tier)))
            // What contains what is no matter of tiers.
            .filter(|one| {
                !matches!(one, Property::Edge(EdgeKind::Contains, tier) if *tier != Tier::Likely)
            });
        PLAIN.into_iter().chain(edges).chain(Tier::ALL.map(Property::Through)).chain(OF_EDGES)
    }

    /// Its name in the namespace; of `rdf:type` none is used.
    pub fn name(self) -> String {
        match self {
            Property::Type => "type".to_owned(),
            Property::Name => "name".to_owned(),
            Property::QualifiedName => "qualifiedName".to_owned(),
            Property::Doc => "doc".to_owned(),
            Property::Line => "line".to_owned(),
            Property::LastLine => "lastLine".to_owned(),
            Property::InFile => "file".to_owned(),
            Property::InRepository => "repository".to_owned(),
            Property::Path => "path".to_owned(),
            Property::Language => "language".to_owned(),
            Property::Lines => "lines".to_owned(),
            Property::Test => "test".to_owned(),
            Property::Exported => "exported".to_owned(),
            Property::Callable => "callable".to_owned(),
            Property::Ordinal => "ordinal".to_owned(),
            Property::Edge(kind, tier) => capitals(kind.name(), false) + level(tier),
            Property::Through(tier) => format!("callsThroughInterface{}", level(tier)),
            Property::From => "from".to_owned(),
            Property::To => "to".to_owned(),
            Property::Kind => "kind".to_owned(),
            Property::Tier => "tier".to_owned(),
            Property::Rule => "rule".to_owned(),
            Property::EvidenceFile => "evidenceFile".to_owned(),
            Property::EvidenceLine => "evidenceLine".to_owned(),
            Property::Key => "key".to_owned(),
            Property::Channel => "channel".to_owned(),
        }
    }

    /// Its IRI.
    pub fn iri(self) -> NamedNode {
        match self {
            Property::Type => vocab::rdf::TYPE.into_owned(),
            _ => NamedNode::new_unchecked(format!("{NAMESPACE}{}", self.name())),
        }
    }

    fn comment(self) -> String {
        match self {
            Property::Type => "The class of a thing.".to_owned(),
            Property::Name => "Last name of a definition, name of a repository.".to_owned(),
            Property::QualifiedName => {
                "Names from the outermost definition inwards, joined by dots.".to_owned()
            }
            Property::Doc => "Documentation of a definition.".to_owned(),
            Property::Line => "Line of the definition's name, from 1.".to_owned(),
            Property::LastLine => "Last line of the definition.".to_owned(),
            Property::InFile => "The file that holds the definition.".to_owned(),
            Property::InRepository => "The repository of a definition or file.".to_owned(),
            Property::Path => "Path below the repository's root.".to_owned(),
            Property::Language => "Language of the file.".to_owned(),
            Property::Lines => "Number of lines of the file.".to_owned(),
            Property::Test => "Whether it is test code.".to_owned(),
            Property::Exported => "Whether it is visible outside its module.".to_owned(),
            Property::Callable => "Whether it can be called.".to_owned(),
            Property::Ordinal => {
                "Position in the order of answers: repository, path, position.".to_owned()
            }
            Property::Edge(EdgeKind::Contains, _) => {
                "The other definition lies directly inside.".to_owned()
            }
            Property::Edge(kind, tier) => {
                format!("An edge of kind {} whose tier is {} or surer.", kind.name(), tier.name())
            }
            Property::Through(tier) => format!(
                "A call of a bodiless member that the method overrides, where the index does not say which implementation is meant; the call's tier is {} or surer.",
                tier.name()
            ),
            Property::From => "Source of the edge.".to_owned(),
            Property::To => "Target of the edge.".to_owned(),
            Property::Kind => "Kind of the edge.".to_owned(),
            Property::Tier => "How the edge was established.".to_owned(),
            Property::Rule => "The rule that made the edge.".to_owned(),
            Property::EvidenceFile => "File of the line that proves the edge.".to_owned(),
            Property::EvidenceLine => "The line that proves the edge.".to_owned(),
            Property::Key => "The key that an edge between repositories goes through.".to_owned(),
            Property::Channel => "The channel of that key: http, grpc, table, …".to_owned(),
        }
    }

    /// What has it, where that is one class.
    pub fn domain(self) -> Option<Class> {
        match self {
            Property::Type | Property::Name | Property::InRepository | Property::Test => None,
            Property::Path | Property::Language | Property::Lines => Some(Class::File),
            Property::From
            | Property::To
            | Property::Kind
            | Property::Tier
            | Property::Rule
            | Property::EvidenceFile
            | Property::EvidenceLine
            | Property::Key
            | Property::Channel => Some(Class::Edge),
            _ => Some(Class::Symbol),
        }
    }

    fn range(self) -> Option<Range> {
        Some(match self {
            Property::Type => return None,
            Property::Line
            | Property::LastLine
            | Property::Lines
            | Property::Ordinal
            | Property::EvidenceLine => Range::Integer,
            Property::Test | Property::Exported | Property::Callable => Range::Boolean,
            Property::InFile | Property::EvidenceFile => Range::Class(Class::File),
            Property::InRepository => Range::Class(Class::Repository),
            Property::Edge(..) | Property::Through(_) | Property::From | Property::To => {
                Range::Class(Class::Symbol)
            }
            _ => Range::Text,
        })
    }
}

/// What a least tier adds to the name of a kind of edge.
fn level(tier: Tier) -> &'static str {
    match tier {
        Tier::Compiler => "Compiler",
        Tier::Exact => "Exact",
        Tier::Typed => "Typed",
        Tier::Dispatch => "Dispatch",
        Tier::Likely => "",
        Tier::Maybe => "Maybe",
    }
}

/// `enum member` and `type_of` as names of the ontology.
fn capitals(name: &str, first: bool) -> String {
    let mut out = String::new();
    let mut upper = first;
    for c in name.chars() {
        if c == ' ' || c == '_' {
            upper = true;
        } else if std::mem::take(&mut upper) {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
    }
    out
}

/// The ontology as RDF Schema.
pub fn ontology() -> Vec<Triple> {
    let mut out = Vec::new();
    let text = |text: &str| Literal::new_simple_literal(text);
    for class in Class::all() {
        let iri = NamedNode::new_unchecked(format!("{NAMESPACE}{}", class.name()));
        out.push(Triple::new(iri.clone(), vocab::rdf::TYPE, vocab::rdfs::CLASS));
        out.push(Triple::new(iri.clone(), vocab::rdfs::LABEL, text(&class.name())));
        out.push(Triple::new(iri.clone(), vocab::rdfs::COMMENT, text(&class.comment())));
        if let Class::Kind(_) = class {
            let symbol = NamedNode::new_unchecked(format!("{NAMESPACE}Symbol"));
            out.push(Triple::new(iri, vocab::rdfs::SUB_CLASS_OF, symbol));
        }
    }
    for property in Property::all().skip(1) {
        let iri = property.iri();
        out.push(Triple::new(iri.clone(), vocab::rdf::TYPE, vocab::rdf::PROPERTY));
        out.push(Triple::new(iri.clone(), vocab::rdfs::LABEL, text(&property.name())));
        out.push(Triple::new(iri.clone(), vocab::rdfs::COMMENT, text(&property.comment())));
        let class = |class: Class| NamedNode::new_unchecked(format!("{NAMESPACE}{}", class.name()));
        if let Some(domain) = property.domain() {
            out.push(Triple::new(iri.clone(), vocab::rdfs::DOMAIN, class(domain)));
        }
        if let Some(range) = property.range() {
            let range = match range {
                Range::Text => vocab::xsd::STRING.into_owned(),
                Range::Integer => vocab::xsd::INTEGER.into_owned(),
                Range::Boolean => vocab::xsd::BOOLEAN.into_owned(),
                Range::Class(one) => class(one),
            };
            out.push(Triple::new(iri.clone(), vocab::rdfs::RANGE, range));
        }
        if let Property::Edge(kind, tier) = property
            && let Some(wider) = Tier::ALL.into_iter().find(|wider| *wider > tier)
            && kind != EdgeKind::Contains
        {
            let wider = Property::Edge(kind, wider).iri();
            out.push(Triple::new(iri, vocab::rdfs::SUB_PROPERTY_OF, wider));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Class, Property, ontology};
    use std::collections::BTreeSet;

    #[test]
    fn names_are_used_once() {
        let names: Vec<String> =
            Class::all().map(Class::name).chain(Property::all().map(Property::name)).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_alphanumeric())));
    }

    #[test]
    fn the_ontology_explains_everything() {
        let comments = ontology()
            .iter()
            .filter(|triple| triple.predicate.as_str().ends_with("comment"))
            .count();
        assert_eq!(comments, Class::all().count() + Property::all().count() - 1);
    }
}
