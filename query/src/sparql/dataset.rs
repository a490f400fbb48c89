//! A snapshot as triples, computed as they are asked for.
//!
//! Every property knows the objects of a subject, and most know the subjects of an object; where
//! neither end is given, all things that may have it are gone through lazily. Triples are a set:
//! two calls from one function to another are one triple, and two edges.

use super::terms::{self, Node};
use super::vocabulary::{Class, Property};
use crate::run::{callees_through, callers_through};
use oxigraph::model::{Term, Triple};
use qf_graph::facts::DefinitionFlags;
use qf_graph::snapshot::{Direction, EdgeId};
use qf_graph::{EdgeKind, RepoId, Snapshot, SymbolId, Tier};
use spareval::{InternalQuad, QueryableDataset};
use std::convert::Infallible;

/// The triples of a snapshot.
#[derive(Clone, Copy)]
pub struct Facts<'s> {
    snapshot: &'s Snapshot,
}

type Nodes<'s> = Box<dyn Iterator<Item = Node> + 's>;

impl<'s> Facts<'s> {
    /// Of this snapshot.
    pub fn new(snapshot: &'s Snapshot) -> Self {
        Self { snapshot }
    }

    /// Every triple, things by things: for exports.
    pub fn triples(self) -> impl Iterator<Item = Triple> + 's {
        self.things().flat_map(move |subject| {
            let name = terms::term(self.snapshot, &subject);
            Property::all()
                .flat_map(|property| {
                    self.objects(&subject, property).into_iter().map(move |node| (property, node))
                })
                .filter_map(|(property, node)| {
                    let Term::NamedNode(name) = name.clone() else { return None };
                    Some(Triple::new(name, property.iri(), terms::term(self.snapshot, &node)))
                })
                .collect::<Vec<_>>()
        })
    }

    fn symbols(self) -> Nodes<'s> {
        Box::new(self.snapshot.symbols().map(Node::Symbol))
    }

    fn files(self) -> Nodes<'s> {
        Box::new(self.snapshot.files().map(Node::File))
    }

    fn repositories(self) -> Nodes<'s> {
        Box::new(self.snapshot.repositories().map(Node::Repository))
    }

    fn edges(self) -> Nodes<'s> {
        Box::new((0..self.snapshot.edge_count()).map(|id| Node::Edge(EdgeId(id))))
    }

    fn things(self) -> Nodes<'s> {
        Box::new(self.repositories().chain(self.files()).chain(self.symbols()).chain(self.edges()))
    }

    /// What may have a property.
    fn subjects(self, property: Property) -> Nodes<'s> {
        match property {
            Property::Type => self.things(),
            Property::Name => Box::new(self.repositories().chain(self.symbols())),
            Property::InRepository | Property::Test => Box::new(self.files().chain(self.symbols())),
            _ => match property.domain() {
                Some(Class::File) => self.files(),
                Some(Class::Edge) => self.edges(),
                _ => self.symbols(),
            },
        }
    }

    /// The objects of a subject, each once.
    fn objects(self, subject: &Node, property: Property) -> Vec<Node> {
        match subject {
            Node::Symbol(symbol) => self.of_symbol(*symbol, property),
            Node::File(file) => {
                let snapshot = self.snapshot;
                vec![match property {
                    Property::Type => Node::Class(Class::File),
                    Property::InRepository => Node::Repository(snapshot.file_repository(*file)),
                    Property::Path => text(snapshot.path(*file)),
                    Property::Language => text(snapshot.language(*file)),
                    Property::Lines => Node::Integer(snapshot.file_lines(*file).into()),
                    Property::Test => Node::Boolean(snapshot.is_test_file(*file)),
                    _ => return Vec::new(),
                }]
            }
            Node::Repository(repository) => match property {
                Property::Type => vec![Node::Class(Class::Repository)],
                Property::Name => vec![text(self.snapshot.repository_name(*repository))],
                _ => Vec::new(),
            },
            Node::Edge(edge) => self.of_edge(*edge, property),
            _ => Vec::new(),
        }
    }

    fn of_symbol(self, symbol: SymbolId, property: Property) -> Vec<Node> {
        let snapshot = self.snapshot;
        vec![match property {
            Property::Type => {
                return vec![
                    Node::Class(Class::Symbol),
                    Node::Class(Class::Kind(snapshot.kind(symbol))),
                ];
            }
            Property::Name => text(snapshot.name(symbol)),
            Property::QualifiedName => text(snapshot.qualified_name(symbol)),
            Property::Doc => return snapshot.doc(symbol).map(text).into_iter().collect(),
            Property::Line => Node::Integer(snapshot.lines(symbol).1.into()),
            Property::LastLine => Node::Integer(snapshot.lines(symbol).2.into()),
            Property::InFile => Node::File(snapshot.file(symbol)),
            Property::InRepository => Node::Repository(snapshot.repository_of(symbol)),
            Property::Test => Node::Boolean(snapshot.is_test(symbol)),
            Property::Exported => {
                Node::Boolean(snapshot.flags(symbol).contains(DefinitionFlags::EXPORTED))
            }
            Property::Callable => Node::Boolean(snapshot.kind(symbol).is_callable()),
            Property::Ordinal => Node::Integer(symbol.0.into()),
            Property::Edge(EdgeKind::Contains, Tier::Likely) => {
                return snapshot.children(symbol).map(Node::Symbol).collect();
            }
            Property::Edge(kind, tier) => return self.hop(symbol, kind, tier, Direction::Out),
            Property::Through(tier) => return nodes(callees_through(snapshot, symbol, tier)),
            _ => return Vec::new(),
        }]
    }

    fn of_edge(self, id: EdgeId, property: Property) -> Vec<Node> {
        let Some(edge) = self.snapshot.edge(id) else { return Vec::new() };
        let key = || edge.key.iter();
        vec![match property {
            Property::Type => Node::Class(Class::Edge),
            Property::From => Node::Symbol(edge.from),
            Property::To => Node::Symbol(edge.to),
            Property::Kind => text(edge.kind.name()),
            Property::Tier => text(edge.tier.name()),
            Property::Rule => text(edge.rule),
            Property::EvidenceFile => Node::File(edge.file),
            Property::EvidenceLine => Node::Integer(edge.line.into()),
            Property::Key => return key().map(|(_, key)| text(key)).collect(),
            Property::Channel => return key().map(|(channel, _)| text(channel.name())).collect(),
            _ => return Vec::new(),
        }]
    }

    fn hop(self, symbol: SymbolId, kind: EdgeKind, tier: Tier, direction: Direction) -> Vec<Node> {
        let mut found = Vec::new();
        self.snapshot.hop(symbol, direction, |other, of, sure| {
            if of == kind && sure <= tier {
                found.push(other);
            }
        });
        found.sort_unstable();
        found.dedup();
        nodes(found)
    }

    /// The subjects of an object, each once, where the snapshot can tell without going through all.
    fn subjects_of(self, property: Property, object: &Node) -> Option<Nodes<'s>> {
        let snapshot = self.snapshot;
        let found: Vec<Node> = match (property, object) {
            (Property::Name, Node::Text(name)) => {
                let repository = snapshot.repository_named(name).map(Node::Repository);
                let symbols = snapshot.named(name).into_iter();
                let symbols = symbols.filter(|symbol| snapshot.name(*symbol) == &**name);
                repository.into_iter().chain(symbols.map(Node::Symbol)).collect()
            }
            (Property::QualifiedName, Node::Text(name)) if name.contains('.') => {
                // Its last part is the name, unless that itself has dots.
                return None;
            }
            (Property::QualifiedName, Node::Text(name)) => snapshot
                .named(name)
                .into_iter()
                .filter(|symbol| snapshot.qualified_name(*symbol) == &**name)
                .map(Node::Symbol)
                .collect(),
            (Property::InFile, Node::File(file)) => {
                snapshot.symbols_of_file(*file).map(Node::Symbol).collect()
            }
            (Property::Ordinal, Node::Integer(number)) => u32::try_from(*number)
                .ok()
                .filter(|number| *number < snapshot.symbol_count())
                .map(|number| Node::Symbol(SymbolId(number)))
                .into_iter()
                .collect(),
            (Property::InRepository, Node::Repository(repository)) => {
                return Some(self.in_repository(*repository));
            }
            (Property::Edge(EdgeKind::Contains, Tier::Likely), Node::Symbol(symbol)) => {
                snapshot.parent(*symbol).map(Node::Symbol).into_iter().collect()
            }
            (Property::Edge(kind, tier), Node::Symbol(symbol)) => {
                self.hop(*symbol, kind, tier, Direction::In)
            }
            (Property::Through(tier), Node::Symbol(symbol)) => {
                nodes(callers_through(snapshot, *symbol, tier))
            }
            (Property::From, Node::Symbol(symbol)) => {
                snapshot.edge_ids(*symbol, Direction::Out).into_iter().map(Node::Edge).collect()
            }
            (Property::To, Node::Symbol(symbol)) => {
                snapshot.edge_ids(*symbol, Direction::In).into_iter().map(Node::Edge).collect()
            }
            (Property::Type, Node::Class(class)) => return Some(self.of_class(*class)),
            _ => return None,
        };
        Some(Box::new(found.into_iter()))
    }

    fn in_repository(self, repository: RepoId) -> Nodes<'s> {
        let snapshot = self.snapshot;
        let files =
            snapshot.files().filter(move |file| snapshot.file_repository(*file) == repository);
        Box::new(files.map(Node::File).chain(snapshot.symbols_of(repository).map(Node::Symbol)))
    }

    fn of_class(self, class: Class) -> Nodes<'s> {
        let snapshot = self.snapshot;
        match class {
            Class::Symbol => self.symbols(),
            Class::File => self.files(),
            Class::Repository => self.repositories(),
            Class::Edge => self.edges(),
            Class::Kind(kind) => Box::new(
                snapshot
                    .symbols()
                    .filter(move |symbol| snapshot.kind(*symbol) == kind)
                    .map(Node::Symbol),
            ),
        }
    }

    /// Subjects and objects of a property, narrowed by what is given.
    fn pairs(
        self,
        property: Property,
        subject: Option<&Node>,
        object: Option<&Node>,
    ) -> Box<dyn Iterator<Item = (Node, Node)> + 's> {
        match (subject, object) {
            (Some(subject), object) => {
                let mut objects = self.objects(subject, property);
                if let Some(object) = object {
                    objects.retain(|found| found == object);
                }
                let subject = subject.clone();
                Box::new(objects.into_iter().map(move |object| (subject.clone(), object)))
            }
            (None, Some(object)) => {
                let object = object.clone();
                if let Some(subjects) = self.subjects_of(property, &object) {
                    return Box::new(subjects.map(move |subject| (subject, object.clone())));
                }
                Box::new(self.subjects(property).filter_map(move |subject| {
                    let has = self.objects(&subject, property).contains(&object);
                    has.then(|| (subject, object.clone()))
                }))
            }
            (None, None) => Box::new(self.subjects(property).flat_map(move |subject| {
                self.objects(&subject, property)
                    .into_iter()
                    .map(move |object| (subject.clone(), object))
            })),
        }
    }
}

fn text(text: &str) -> Node {
    Node::Text(text.into())
}

fn nodes(symbols: Vec<SymbolId>) -> Vec<Node> {
    symbols.into_iter().map(Node::Symbol).collect()
}

impl<'s> QueryableDataset<'s> for Facts<'s> {
    type InternalTerm = Node;
    type Error = Infallible;

    fn internal_quads_for_pattern(
        &self,
        subject: Option<&Node>,
        predicate: Option<&Node>,
        object: Option<&Node>,
        graph_name: Option<Option<&Node>>,
    ) -> impl Iterator<Item = Result<InternalQuad<Node>, Infallible>> + use<'s> {
        let facts = *self;
        let properties: Vec<Property> = match (graph_name, predicate) {
            // There is nothing in named graphs.
            (None | Some(Some(_)), _) => Vec::new(),
            (Some(None), Some(Node::Property(property))) => vec![*property],
            (Some(None), Some(_)) => Vec::new(),
            (Some(None), None) => Property::all().collect(),
        };
        let (subject, object) = (subject.cloned(), object.cloned());
        properties.into_iter().flat_map(move |property| {
            facts.pairs(property, subject.as_ref(), object.as_ref()).map(
                move |(subject, object)| {
                    Ok(InternalQuad {
                        subject,
                        predicate: Node::Property(property),
                        object,
                        graph_name: None,
                    })
                },
            )
        })
    }

    fn internalize_term(&self, term: Term) -> Result<Node, Infallible> {
        Ok(terms::node(self.snapshot, term))
    }

    fn externalize_term(&self, node: Node) -> Result<Term, Infallible> {
        Ok(terms::term(self.snapshot, &node))
    }
}
