//! The algebra of plans.
//!
//! Every node gives a set of symbols; a few also give an order, paths or groups. A question type
//! says *what* it wants as a [`Plan`] and leaves the walking to [`crate::run`], so that every
//! answer can be explained with the sizes of its parts, and so that the same plan can be written in
//! another query language and must give the same set there.

use qf_graph::facts::SymbolKind;
use qf_graph::{EdgeKind, SymbolId, Tier};

/// A node of a plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// The symbols that a name in the question stands for.
    Named {
        /// The name as asked.
        text: String,
        /// What it was found to mean.
        symbols: Vec<SymbolId>,
    },
    /// The best symbols for a text.
    Search {
        /// The text.
        text: String,
        /// How many.
        k: usize,
    },
    /// Every symbol of some kinds.
    All(Vec<SymbolKind>),
    /// Those in a repository, below a path.
    In {
        /// What is narrowed.
        input: Box<Plan>,
        /// Name of the repository.
        repo: Option<String>,
        /// Prefix of the path in its repository.
        path: Option<String>,
    },
    /// Those of some kinds, of a name, with a property.
    Keep {
        /// What is narrowed.
        input: Box<Plan>,
        /// Kinds; none means all.
        kinds: Vec<SymbolKind>,
        /// Last name, case ignored.
        name: Option<String>,
        /// Property.
        tag: Option<Tag>,
    },
    /// What is reached from them over edges.
    Step {
        /// Where it starts; the start itself is not in the result.
        input: Box<Plan>,
        /// How it walks.
        step: Step,
    },
    /// In any of them.
    Union(Vec<Plan>),
    /// In both.
    Both(Box<Plan>, Box<Plan>),
    /// In the first, not in the second.
    Without(Box<Plan>, Box<Plan>),
    /// Those of the first that lie directly inside one of the second.
    Owned {
        /// Members.
        members: Box<Plan>,
        /// Types, tables, modules.
        owners: Box<Plan>,
    },
    /// Shortest paths from the first to the second.
    Paths {
        /// Starts.
        from: Box<Plan>,
        /// Ends.
        to: Box<Plan>,
        /// How it walks (outwards); `hops` is the greatest length.
        step: Step,
    },
    /// Puts them in an order.
    Rank(Box<Plan>, Order),
    /// The first few.
    Top(Box<Plan>, usize),
    /// Counts them by what they belong to.
    GroupBy(Box<Plan>, Group),
}

/// How a [`Plan::Step`] walks.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Kinds of edges.
    pub kinds: Vec<EdgeKind>,
    /// Direction.
    pub way: Way,
    /// 1 to this many hops; `u32::MAX` for as many as there are.
    pub hops: u32,
    /// The least sure tier.
    pub tier: Tier,
    /// Also through the bodiless member that a method overrides: a caller of `Store.save` may
    /// reach `Postgres.save`. Only where the index has not already said which overrides are meant.
    pub dispatch: bool,
}

/// Direction of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From source to target.
    Out,
    /// From target to source.
    In,
    /// Both.
    Either,
}

/// A property of symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// Test code.
    Test,
    /// Anything but test code.
    NotTest,
    /// Visible outside its module.
    Exported,
    /// Reached from elsewhere through a key: a route's handler, a consumer.
    Endpoint,
    /// Function, method, constructor, macro, operation.
    Callable,
}

/// Orders of a [`Plan::Rank`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By repository, path, line.
    Place,
    /// Fewest hops first, then by place.
    Hops,
    /// Best score first, then by place.
    Score,
}

/// What a [`Plan::GroupBy`] counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Repository.
    Repository,
    /// File.
    File,
    /// Kind of symbol.
    Kind,
    /// Hops from the start.
    Hops,
}

impl Plan {
    /// [`Plan::Named`].
    pub fn named(text: impl Into<String>, symbols: &[SymbolId]) -> Self {
        Plan::Named { text: text.into(), symbols: symbols.to_vec() }
    }

    /// A [`Plan::Step`] from here.
    pub fn step(self, step: Step) -> Self {
        Plan::Step { input: Box::new(self), step }
    }

    /// Those of some kinds.
    pub fn of_kinds(self, kinds: &[SymbolKind]) -> Self {
        Plan::Keep { input: Box::new(self), kinds: kinds.to_vec(), name: None, tag: None }
    }

    /// Those with a property.
    pub fn tagged(self, tag: Tag) -> Self {
        Plan::Keep { input: Box::new(self), kinds: Vec::new(), name: None, tag: Some(tag) }
    }

    /// Those that are not in `other`.
    pub fn without(self, other: Plan) -> Self {
        Plan::Without(Box::new(self), Box::new(other))
    }

    /// In an order.
    pub fn ranked(self, order: Order) -> Self {
        Plan::Rank(Box::new(self), order)
    }

    /// The nodes it reads.
    pub fn inputs(&self) -> Vec<&Plan> {
        match self {
            Plan::Named { .. } | Plan::Search { .. } | Plan::All(_) => Vec::new(),
            Plan::In { input, .. } | Plan::Keep { input, .. } | Plan::Step { input, .. } => {
                vec![input]
            }
            Plan::Rank(input, _) | Plan::Top(input, _) | Plan::GroupBy(input, _) => vec![input],
            Plan::Union(inputs) => inputs.iter().collect(),
            Plan::Both(a, b)
            | Plan::Without(a, b)
            | Plan::Owned { members: a, owners: b }
            | Plan::Paths { from: a, to: b, .. } => vec![a, b],
        }
    }
}

impl Step {
    /// One hop along `kinds`.
    pub fn one(kinds: &[EdgeKind], way: Way, tier: Tier) -> Self {
        Self { kinds: kinds.to_vec(), way, hops: 1, tier, dispatch: false }
    }

    /// Up to `hops` hops.
    pub fn up_to(self, hops: u32) -> Self {
        Self { hops, ..self }
    }

    /// Also through bodiless members.
    pub fn through_dispatch(self) -> Self {
        Self { dispatch: true, ..self }
    }
}
