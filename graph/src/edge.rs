//! Edges: what was established, how surely, and what proves it.

use serde::{Deserialize, Serialize};

/// What an edge says. The order is part of the stored format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum EdgeKind {
    /// A definition lies inside another.
    Contains,
    /// A module imports a definition or a module.
    Imports,
    /// A function calls a function.
    Calls,
    /// A function reads a field, variable or column.
    Reads,
    /// A function writes a field, variable or column.
    Writes,
    /// A type extends a type.
    Inherits,
    /// A type implements an interface or trait.
    Implements,
    /// A method overrides a method.
    Overrides,
    /// A function makes an instance of a type.
    Instantiates,
    /// A value, parameter or result is of a type.
    TypeOf,
    /// A test exercises a definition.
    Tests,
    /// A document or section describes a definition.
    Documents,
    /// A function mentions a function without calling it (passes it on, stores it).
    References,
    /// A client reaches a handler through a key (route, rpc, topic, operation).
    Reaches,
    /// A field of a model and a column of a table are the same thing.
    MapsTo,
    /// A repository or package depends on another.
    DependsOn,
    /// Two definitions do alike things.
    SimilarTo,
    /// A function expands a macro.
    Expands,
    /// A function has another run without calling it itself: the language leads there (calling an
    /// object runs its `__call__`), or a library's function that it hands it to (`list.forEach(f)`).
    Invokes,
}

impl EdgeKind {
    /// Every kind, in stored order.
    pub const ALL: [EdgeKind; 19] = [
        EdgeKind::Contains,
        EdgeKind::Imports,
        EdgeKind::Calls,
        EdgeKind::Reads,
        EdgeKind::Writes,
        EdgeKind::Inherits,
        EdgeKind::Implements,
        EdgeKind::Overrides,
        EdgeKind::Instantiates,
        EdgeKind::TypeOf,
        EdgeKind::Tests,
        EdgeKind::Documents,
        EdgeKind::References,
        EdgeKind::Reaches,
        EdgeKind::MapsTo,
        EdgeKind::DependsOn,
        EdgeKind::SimilarTo,
        EdgeKind::Expands,
        EdgeKind::Invokes,
    ];

    /// The kind stored as `byte`, if it is one.
    pub fn from_u8(byte: u8) -> Option<Self> {
        Self::ALL.get(byte as usize).copied()
    }

    /// Name for people and JSON.
    pub fn name(self) -> &'static str {
        match self {
            EdgeKind::Contains => "contains",
            EdgeKind::Imports => "imports",
            EdgeKind::Calls => "calls",
            EdgeKind::Reads => "reads",
            EdgeKind::Writes => "writes",
            EdgeKind::Inherits => "inherits",
            EdgeKind::Implements => "implements",
            EdgeKind::Overrides => "overrides",
            EdgeKind::Instantiates => "instantiates",
            EdgeKind::TypeOf => "type_of",
            EdgeKind::Tests => "tests",
            EdgeKind::Documents => "documents",
            EdgeKind::References => "references",
            EdgeKind::Reaches => "reaches",
            EdgeKind::MapsTo => "maps_to",
            EdgeKind::DependsOn => "depends_on",
            EdgeKind::SimilarTo => "similar_to",
            EdgeKind::Expands => "expands",
            EdgeKind::Invokes => "invokes",
        }
    }

    /// The kind called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How an edge was established, surest first. The order is part of the stored format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Tier {
    /// Imported from a compiler-grade index.
    Compiler,
    /// Lexical scope or import.
    Exact,
    /// The receiver's type is known.
    Typed,
    /// One of the overrides of a typed target.
    Dispatch,
    /// A guarded unique name.
    Likely,
    /// One of two to eight candidates.
    Maybe,
}

impl Tier {
    /// Every tier, surest first.
    pub const ALL: [Tier; 6] =
        [Tier::Compiler, Tier::Exact, Tier::Typed, Tier::Dispatch, Tier::Likely, Tier::Maybe];

    /// The tier stored as `byte`, if it is one.
    pub fn from_u8(byte: u8) -> Option<Self> {
        Self::ALL.get(byte as usize).copied()
    }

    /// Lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Compiler => "compiler",
            Tier::Exact => "exact",
            Tier::Typed => "typed",
            Tier::Dispatch => "dispatch",
            Tier::Likely => "likely",
            Tier::Maybe => "maybe",
        }
    }

    /// The tier called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name() == name)
    }
}

/// Why a reference is bound to nothing. The order is part of the stored format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Unresolved {
    /// It names something of a package that is not indexed.
    External,
    /// It names a built-in or standard-library thing.
    Builtin,
    /// Its receiver's type is not known.
    UnknownReceiver,
    /// Its receiver's type is known and has no such member.
    NoSuchMember,
    /// No definition of that name is in reach.
    UndefinedName,
    /// It is computed at run time.
    Dynamic,
    /// Too many definitions fit.
    Ambiguous,
}

impl Unresolved {
    /// Every reason, in stored order.
    pub const ALL: [Unresolved; 7] = [
        Unresolved::External,
        Unresolved::Builtin,
        Unresolved::UnknownReceiver,
        Unresolved::NoSuchMember,
        Unresolved::UndefinedName,
        Unresolved::Dynamic,
        Unresolved::Ambiguous,
    ];

    /// The reason stored as `byte`, if it is one.
    pub fn from_u8(byte: u8) -> Option<Self> {
        Self::ALL.get(byte as usize).copied()
    }

    /// Name for people and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Unresolved::External => "external",
            Unresolved::Builtin => "builtin",
            Unresolved::UnknownReceiver => "unknown_receiver",
            Unresolved::NoSuchMember => "no_such_member",
            Unresolved::UndefinedName => "undefined_name",
            Unresolved::Dynamic => "dynamic",
            Unresolved::Ambiguous => "ambiguous",
        }
    }
}
