//! What one file says, before anything is bound.
//!
//! Facts are the boundary between reading source and understanding it. A file's facts are a
//! value: they depend on the file's bytes alone, hold no id of another file, and are stored under
//! the hash of the content, so an unchanged file is never parsed twice. They mention *names* only;
//! binding a name to a definition happens later, when all files are known (the idea that made
//! stack graphs incremental).
//!
//! The core is a small language-neutral **expression table**. Every language's walk lowers the
//! expressions that matter for binding (names, member accesses, calls, constructions, literals,
//! types) into it, so one resolver serves all languages. What does not matter (arithmetic, control
//! flow) is lowered to [`Expression::Unknown`] or left out.
//!
//! All tables are flat and index each other by dense `u32` newtypes that are valid inside one file
//! only. Positions are byte offsets; [`FileFacts::line`] turns them into 1-based lines.

use crate::key::Channel;
use bitflags::bitflags;
use serde::{Deserialize, Serialize};

macro_rules! file_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(pub u32);
        impl $name {
            /// The position in its table.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}
file_id!(/// An interned string of the file.
    Name);
file_id!(/// A row of [`FileFacts::definitions`].
    DefinitionId);
file_id!(/// A row of [`FileFacts::scopes`]; the module scope is row 0.
    ScopeId);
file_id!(/// A row of [`FileFacts::expressions`]; row 0 is always [`Expression::Unknown`].
    ExpressionId);
file_id!(/// A row of [`FileFacts::imports`].
    ImportId);

impl ScopeId {
    /// The scope of the whole file.
    pub const MODULE: ScopeId = ScopeId(0);
}
impl ExpressionId {
    /// The expression nothing is known of.
    pub const UNKNOWN: ExpressionId = ExpressionId(0);
}

/// Half-open range of byte offsets in the file.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct ByteRange {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl ByteRange {
    /// Whether `other` lies inside.
    pub fn contains(self, other: ByteRange) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A slice of [`FileFacts::lists`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct List {
    /// First position in the list pool.
    pub start: u32,
    /// Number of entries.
    pub len: u32,
}

/// What kind of thing a definition is. The order is part of the stored format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum SymbolKind {
    /// The file itself (top-level code). Made by the indexer, one a file.
    Module,
    /// A named group of definitions: namespace, package clause, inline module.
    Namespace,
    /// Class or object type with members.
    Class,
    /// Struct, record, data class, message.
    Struct,
    /// Interface, protocol, trait.
    Interface,
    /// Enumeration.
    Enum,
    /// One value of an enumeration.
    EnumMember,
    /// Free function.
    Function,
    /// Function that belongs to a type.
    Method,
    /// Function that makes an instance.
    Constructor,
    /// Field, attribute, property, column of an ORM model.
    Field,
    /// Variable at module or class level.
    Variable,
    /// Constant at module or class level.
    Constant,
    /// Name for another type.
    TypeAlias,
    /// Macro.
    Macro,
    /// Database table (from SQL).
    Table,
    /// Column of a database table (from SQL).
    Column,
    /// Remote procedure of a contract (proto service method, GraphQL field, OpenAPI operation).
    Operation,
    /// A heading's section in a document.
    Section,
    /// A key of a configuration file, a resource, a build stage.
    Setting,
}

impl SymbolKind {
    /// Every kind, in stored order.
    pub const ALL: [SymbolKind; 20] = [
        SymbolKind::Module,
        SymbolKind::Namespace,
        SymbolKind::Class,
        SymbolKind::Struct,
        SymbolKind::Interface,
        SymbolKind::Enum,
        SymbolKind::EnumMember,
        SymbolKind::Function,
        SymbolKind::Method,
        SymbolKind::Constructor,
        SymbolKind::Field,
        SymbolKind::Variable,
        SymbolKind::Constant,
        SymbolKind::TypeAlias,
        SymbolKind::Macro,
        SymbolKind::Table,
        SymbolKind::Column,
        SymbolKind::Operation,
        SymbolKind::Section,
        SymbolKind::Setting,
    ];

    /// The kind stored as `byte`, if it is one.
    pub fn from_u8(byte: u8) -> Option<Self> {
        Self::ALL.get(byte as usize).copied()
    }

    /// Lower-case name for people and JSON.
    pub fn name(self) -> &'static str {
        match self {
            SymbolKind::Module => "module",
            SymbolKind::Namespace => "namespace",
            SymbolKind::Class => "class",
            SymbolKind::Struct => "struct",
            SymbolKind::Interface => "interface",
            SymbolKind::Enum => "enum",
            SymbolKind::EnumMember => "enum member",
            SymbolKind::Function => "function",
            SymbolKind::Method => "method",
            SymbolKind::Constructor => "constructor",
            SymbolKind::Field => "field",
            SymbolKind::Variable => "variable",
            SymbolKind::Constant => "constant",
            SymbolKind::TypeAlias => "type alias",
            SymbolKind::Macro => "macro",
            SymbolKind::Table => "table",
            SymbolKind::Column => "column",
            SymbolKind::Operation => "operation",
            SymbolKind::Section => "section",
            SymbolKind::Setting => "setting",
        }
    }

    /// Function, method, constructor, macro or operation.
    pub fn is_callable(self) -> bool {
        matches!(
            self,
            SymbolKind::Function
                | SymbolKind::Method
                | SymbolKind::Constructor
                | SymbolKind::Macro
                | SymbolKind::Operation
        )
    }

    /// Class, struct, interface, enum: something that has members and instances.
    pub fn is_type(self) -> bool {
        matches!(
            self,
            SymbolKind::Class | SymbolKind::Struct | SymbolKind::Interface | SymbolKind::Enum
        )
    }

    /// Field, variable, constant, column, enum member: something that holds a value.
    pub fn is_value(self) -> bool {
        matches!(
            self,
            SymbolKind::Field
                | SymbolKind::Variable
                | SymbolKind::Constant
                | SymbolKind::Column
                | SymbolKind::EnumMember
        )
    }
}

bitflags! {
    /// Properties of a definition.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
    pub struct DefinitionFlags: u32 {
        /// Belongs to the type, not to an instance (`static`, `@staticmethod`, `@classmethod`,
        /// Rust associated function without `self`).
        const STATIC = 1;
        /// First parameter is the class (`@classmethod`).
        const CLASS_METHOD = 1 << 1;
        /// Returns a promise, future, coroutine.
        const ASYNC = 1 << 2;
        /// Has no body here (abstract, interface, trait, declaration).
        const ABSTRACT = 1 << 3;
        /// Visible outside its module by the language's rules.
        const EXPORTED = 1 << 4;
        /// A test, or lies inside a test module, class or `describe`.
        const TEST = 1 << 5;
        /// Read and written like a field, but runs code (`@property`, `get`/`set`).
        const PROPERTY = 1 << 6;
        /// The setter of a property.
        const SETTER = 1 << 7;
        /// Yields values.
        const GENERATOR = 1 << 8;
        /// One of several declarations of one name (overload).
        const OVERLOAD = 1 << 9;
        /// Deprecated.
        const DEPRECATED = 1 << 10;
        /// Written by the indexer, not by a person (a field first seen in `self.x = …`,
        /// a derived constructor).
        const IMPLICIT = 1 << 11;
        /// Only declared (C prototype, `.d.ts`, `.pyi`); another definition may hold the body.
        const DECLARATION = 1 << 12;
        /// Stands in for another definition of its name on another platform or where something is
        /// missing (`#[cfg(windows)]`, in `except ImportError`).
        const ELSEWHERE = 1 << 13;
        /// Visible in its own type only, so nothing below it overrides it.
        const PRIVATE = 1 << 14;
        /// Written as a function without a name and known by the name it is assigned to
        /// (`double = lambda x: 2 * x`); the language itself calls it `<lambda>`.
        const LAMBDA = 1 << 15;
        /// A field that may be left out where its type is made or described (`name?: T`, a default,
        /// a property of a schema that is not required).
        const OPTIONAL = 1 << 16;
    }
}

/// One definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Its name as written, without qualification.
    pub name: Name,
    /// What it is.
    pub kind: SymbolKind,
    /// Properties.
    pub flags: DefinitionFlags,
    /// The definition around it; `None` at the top of the file. Members that stand outside their
    /// type in the source (Rust `impl`, Go methods, C++ `A::f`) have the type here when it is in
    /// the same file; otherwise `None`, and [`Extension`] tells the type's name.
    pub parent: Option<DefinitionId>,
    /// The whole definition, from its first decorator, attribute or modifier to its last byte.
    pub span: ByteRange,
    /// The name.
    pub name_span: ByteRange,
    /// End of the signature: `span.start..signature_end` is what a person reads as the header.
    pub signature_end: u32,
    /// Documentation as written, comment marks removed; `None` when there is none.
    pub doc: Option<Name>,
    /// The scope that holds its body (functions) or members (types).
    pub scope: Option<ScopeId>,
    /// Declared type of a field, variable, parameter property; declared return type of a function.
    /// A type expression: it names the type, it is not wrapped in [`Expression::InstanceOf`].
    pub declared_type: Option<ExpressionId>,
    /// Superclasses, interfaces, traits, embedded structs: type expressions.
    pub bases: Vec<ExpressionId>,
    /// Decorators, annotations, attributes as expressions (often calls).
    pub decorators: Vec<ExpressionId>,
    /// Parameters in order. `self`/`this` is included where it is written as a parameter.
    pub parameters: Vec<Parameter>,
    /// What a function returns (value expressions), at most eight are kept.
    pub returns: Vec<ExpressionId>,
    /// Names of type parameters.
    pub type_parameters: Vec<Name>,
}

/// One parameter of a function.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Name, or an empty name for a pattern.
    pub name: Name,
    /// Declared type: a type expression.
    pub declared_type: Option<ExpressionId>,
    /// Default value.
    pub default: Option<ExpressionId>,
    /// How arguments reach it.
    pub kind: ParameterKind,
}

/// How arguments reach a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParameterKind {
    /// By position or name.
    Plain,
    /// By name only.
    Keyword,
    /// Takes the remaining positional arguments.
    Rest,
    /// Takes the remaining named arguments.
    KeywordRest,
    /// The receiver (`self`, `cls`, `this`, Go receiver).
    Receiver,
}

/// What a scope belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScopeKind {
    /// The file.
    Module,
    /// A named namespace or inline module inside the file.
    Namespace,
    /// Members of a type. Names bound here are the type's members.
    Type,
    /// Body of a function with its parameters.
    Function,
    /// A block with names of its own (block-scoped `let`, a branch with a narrowed type,
    /// a comprehension, a match arm).
    Block,
}

/// One lexical scope.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scope {
    /// The scope around it; `None` for the module scope only.
    pub parent: Option<ScopeId>,
    /// What it belongs to.
    pub kind: ScopeKind,
    /// The definition it belongs to (function, type, namespace), when it has one.
    pub definition: Option<DefinitionId>,
}

/// A name that means something in a scope. Several bindings of one name in one scope are a union.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// Where it is visible.
    pub scope: ScopeId,
    /// The name.
    pub name: Name,
    /// Byte offset of the binding site.
    pub at: u32,
    /// What it means.
    pub value: BindingValue,
}

/// What a decorated definition's name is followed by where the value is bound that its decorators
/// make of it; no identifier of any language ends in it.
pub const DECORATED: &str = "@decorated";

/// What a bound name means.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum BindingValue {
    /// A definition of this file.
    Definition(DefinitionId),
    /// What an import brings in.
    Import(ImportId),
    /// `name = value`: the value expression.
    Value(ExpressionId),
    /// `name: Type`: the declared type (a type expression). Wins over `Value`.
    Typed(ExpressionId),
    /// The n-th entry of a function's [`Definition::parameters`].
    Parameter {
        /// The function.
        function: DefinitionId,
        /// Position in its parameters.
        index: u16,
    },
    /// Bound to something the walk could not express; hides outer names.
    Unknown,
}

/// The shapes of collection literals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CollectionKind {
    /// Ordered elements.
    List,
    /// Fixed positions.
    Tuple,
    /// Unordered elements.
    Set,
    /// `items` alternates key, value, key, value; keys are [`Expression::Text`] where constant.
    /// JavaScript object literals and Rust/Go struct literals' field lists are maps too.
    Map,
}

/// One expression that binding may have to look at. Small and `Copy`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Expression {
    /// Nothing is known of its value.
    Unknown,
    /// An identifier looked up lexically, starting at `scope`.
    Name {
        /// The identifier.
        name: Name,
        /// Where the look-up starts.
        scope: ScopeId,
    },
    /// `base.name`, `base->name`, `base::name`, `base?.name`; also `Module.name`, `Type.Inner`.
    Member {
        /// Left of the dot.
        base: ExpressionId,
        /// Right of the dot.
        name: Name,
    },
    /// `callee(arguments)`. Named arguments are [`Expression::Argument`] entries.
    Call {
        /// What is called.
        callee: ExpressionId,
        /// Arguments in order.
        arguments: List,
    },
    /// `new Class(arguments)`, `Class { fields }`, `&Class{…}`: makes an instance. A struct
    /// literal's fields are `Argument` entries.
    New {
        /// The type expression.
        class: ExpressionId,
        /// Arguments in order.
        arguments: List,
    },
    /// A named argument `name = value` or one field of a struct literal.
    Argument {
        /// The name.
        name: Name,
        /// The value.
        value: ExpressionId,
    },
    /// `base[index]`.
    Index {
        /// The collection.
        base: ExpressionId,
        /// The index or key.
        index: ExpressionId,
    },
    /// What waiting for it gives (`await e`, `e.await`, `e?`).
    Await(ExpressionId),
    /// One element of iterating over it (`for x in e`; comprehension variables).
    Element(ExpressionId),
    /// What entering a context gives (`with e as x`).
    Entered(ExpressionId),
    /// `n`-th part of a destructured value: `a, b = e`, `const {a} = e` is a `Member` instead.
    Part {
        /// The value that is taken apart.
        base: ExpressionId,
        /// Position.
        index: u16,
    },
    /// The receiver, seen from `scope` (`this`, Rust `self`). Languages that write it as an
    /// ordinary parameter (Python `self`, Go receivers) use `Name`; the parameter's kind is
    /// [`ParameterKind::Receiver`].
    This(ScopeId),
    /// The superclass part of the receiver (`super()`, `super.x`).
    Super(ScopeId),
    /// `Self` type (Rust), `static`/`self` in PHP: the type around `scope`.
    SelfType(ScopeId),
    /// A value of a built-in type of the language, by the type's usual name (`str`, `int`,
    /// `list`, `dict`, `bool`, `function`, …). As a type expression: the built-in type.
    Builtin(Name),
    /// A string literal's text (cut at 4 KiB).
    Text(Name),
    /// Strings and holes put together (template strings, f-strings, `+`, format calls).
    Concat(List),
    /// A collection literal or comprehension (whose one item is the element).
    Collection {
        /// The shape.
        kind: CollectionKind,
        /// The items.
        items: List,
    },
    /// A function as a value: lambda, closure, function expression. The definition is of kind
    /// `Function` and has the empty name when the source gives none.
    Function(DefinitionId),
    /// A definition of this file as a value (class expressions, local classes).
    Definition(DefinitionId),
    /// One of several (conditional, `or`, union type).
    Either(List),
    /// A value whose type is written down: casts, `as T`, annotated holes. The operand is a type
    /// expression.
    InstanceOf(ExpressionId),
    /// A type with type arguments: `List[User]`, `Vec<User>`, `map[string]*User`. References and
    /// pointers are dropped; arrays and slices are `Generic{Builtin("list"), [T]}`, maps
    /// `Generic{Builtin("dict"), [K, V]}`, optional types (`Optional[T]`, `T | null`, `T?`) are
    /// just `T`.
    Generic {
        /// The generic type.
        base: ExpressionId,
        /// Its arguments: type expressions.
        arguments: List,
    },
    /// What an import names, as a value: `require("x")`, `import("x")`, `crate::a`.
    Imported(ImportId),
    /// What a macro or decorator makes of a definition when that matters.
    Decorated {
        /// The decorator.
        decorator: ExpressionId,
        /// What it decorates.
        base: ExpressionId,
    },
}

/// What a reference does with what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Role {
    /// Calls it. `expression` is the `Call` or `New`.
    Call,
    /// Reads it. `expression` is the `Name` or `Member`.
    Read,
    /// Writes it. `expression` is the `Name` or `Member`.
    Write,
    /// Imports it. `expression` is an `Imported`.
    Import,
    /// Mentions it as a type. `expression` is the `Name` or `Member`.
    Type,
    /// Names it as a base. `expression` is the type expression.
    Inherit,
}

bitflags! {
    /// Properties of a reference.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
    pub struct ReferenceFlags: u16 {
        /// Read and written at once: `x.f += 1`.
        const AUGMENTED = 1;
        /// Sets the field of an instance being made: `this.x = x` in a constructor, a field of a
        /// struct literal, a keyword argument of an ORM constructor.
        const INITIALIZER = 1 << 1;
        /// Stores an element: `x.f[k] = v`.
        const ELEMENT = 1 << 2;
        /// Changes it through a mutating method: `x.f.append(v)`, `x.f.push(v)`.
        const IN_PLACE = 1 << 3;
        /// Deletes it.
        const DELETE = 1 << 4;
        /// Applied as a decorator or annotation.
        const DECORATOR = 1 << 5;
        /// A macro call.
        const MACRO = 1 << 6;
        /// Makes an instance of a subtype without a name (`new Base() { … }`): the constructor of
        /// that subtype runs, which nobody wrote, and the base's.
        const UNNAMED = 1 << 7;
        /// Stands among the tokens of a macro that is not known to leave them as they are: what
        /// the macro makes of them is not written here.
        const EXPANDED = 1 << 8;
    }
}

impl ReferenceFlags {
    /// What an edge keeps of them: all that says what is done, without what only says how sure
    /// it is.
    pub const fn kept(self) -> u8 {
        self.bits() as u8
    }
}

/// A place that names something defined elsewhere (or not at all).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// The last name of what is referred to.
    pub name: Name,
    /// What is done with it.
    pub role: Role,
    /// Properties.
    pub flags: ReferenceFlags,
    /// The name's bytes.
    pub span: ByteRange,
    /// What has to be resolved.
    pub expression: ExpressionId,
    /// The function, method or type whose body holds it; `None` for top-level code.
    pub within: Option<DefinitionId>,
    /// The written value, for `Write`.
    pub value: Option<ExpressionId>,
}

/// How an import brings names in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportKind {
    /// The module itself becomes a name: `import a.b as c`, `import * as ns`, `use a::b;` of a
    /// module, Go imports, `require`.
    Module,
    /// One item of it: `from a import b`, `import {b} from`, `use a::b`, Java imports.
    Item,
    /// All it exports: `from a import *`, `use a::*`, `import a.b.*;`, C `#include`.
    Star,
    /// Nothing is bound (`import "./polyfill"`).
    SideEffect,
}

/// One imported name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// Where it is visible.
    pub scope: ScopeId,
    /// The module as written: `flask.app`, `./api/refund`, `crate::a::b`, `github.com/a/b`,
    /// `com.acme.Foo`; without the relative dots of Python (see `level`).
    pub module: Name,
    /// The item taken from it (`default` for a default import); `None` unless `kind` is `Item`.
    pub item: Option<Name>,
    /// The local name, when one is bound.
    pub bound: Option<Name>,
    /// How.
    pub kind: ImportKind,
    /// Relative levels (Python dots).
    pub level: u8,
    /// The imported name becomes part of this module's own exports (`export … from`, `pub use`).
    pub reexport: bool,
    /// The bytes of the imported name or module.
    pub span: ByteRange,
}

/// A name a module offers, where that differs from its top-level bindings (ECMAScript and
/// CommonJS exports).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Export {
    /// The exported name; `default` for a default export, `export=` for `module.exports = …`.
    pub name: Name,
    /// What it means.
    pub value: ExpressionId,
}

/// Members that a type gets outside its own body: Rust `impl`, Go methods, Swift extensions,
/// C++ `A::f`, `Foo.prototype.f = …`, reopened Ruby classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Extension {
    /// The type expression that is extended.
    pub target: ExpressionId,
    /// The interface or trait implemented by it.
    pub interface: Option<ExpressionId>,
    /// A scope of kind `Type` that holds the members.
    pub scope: ScopeId,
}

/// What a SQL text does with a table or column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SqlAccess {
    /// Table name without schema, lower case.
    pub table: String,
    /// Column, lower case; `None` for the table as a whole.
    pub column: Option<String>,
    /// Read, or written.
    pub write: bool,
    /// `INSERT` (a creation) rather than `UPDATE`/`DELETE`.
    pub insert: bool,
    /// The function around the text.
    pub within: Option<DefinitionId>,
    /// The text.
    pub span: ByteRange,
}

/// One side of a meeting point between repositories, where the file itself is the contract
/// (proto, OpenAPI, GraphQL, SQL, compose files). Sides found in code are made by link rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyFact {
    /// The channel.
    pub channel: Channel,
    /// The normalised key text.
    pub text: String,
    /// Provided here (true) or required.
    pub provides: bool,
    /// The definition it belongs to.
    pub definition: Option<DefinitionId>,
    /// The evidence.
    pub span: ByteRange,
}

/// A path that a gateway passes on to another service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProxyFact {
    /// What a path begins with.
    pub path: String,
    /// Host of the service, as written, with its port.
    pub host: String,
    /// What the service gets in place of that beginning; none when it gets the path as it is.
    pub replaced_by: Option<String>,
    /// The definition that says so.
    pub definition: Option<DefinitionId>,
}

/// What a package manifest says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PackageManifest {
    /// `cargo`, `npm`, `pypi`, `go`, `maven`, `gem`, `composer`, `nuget`, `tsconfig`.
    pub ecosystem: String,
    /// The package's name; empty when the manifest is only a workspace or settings file.
    pub name: String,
    /// Its version as written.
    pub version: String,
    /// Required packages: name, version requirement.
    pub dependencies: Vec<(String, String)>,
    /// Source folders or entry files relative to the manifest, as `(public name, path)`:
    /// npm `main`/`module`/`types`/`exports`, cargo `lib.path`, Python `package_dir`.
    pub entries: Vec<(String, String)>,
    /// Path aliases, as `(pattern, replacement)`: tsconfig `paths` (with `baseUrl` applied), Go
    /// `replace`.
    pub aliases: Vec<(String, String)>,
    /// Folders of workspace members as written, glob patterns included.
    pub members: Vec<String>,
}

/// Something in the file that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ProblemKind {
    /// The grammar reports an error.
    Syntax,
    /// Nested deeper than the walk follows.
    TooDeep,
    /// Bytes that are not UTF-8 were replaced.
    Encoding,
    /// Parsing was stopped by its time limit.
    TimedOut,
    /// The walk over the file failed; its facts are incomplete.
    Internal,
}

impl ProblemKind {
    /// Name in counts.
    pub fn name(self) -> &'static str {
        match self {
            ProblemKind::Syntax => "syntax",
            ProblemKind::TooDeep => "too_deep",
            ProblemKind::Encoding => "encoding",
            ProblemKind::TimedOut => "timed_out",
            ProblemKind::Internal => "internal",
        }
    }
}

/// One problem with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What.
    pub kind: ProblemKind,
    /// Where.
    pub span: ByteRange,
}

/// Interned strings of one file: one buffer, one end offset each.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct NameTable {
    text: String,
    ends: Vec<u32>,
}

impl NameTable {
    /// Appends a string without looking for an equal one; the builder interns.
    pub fn push(&mut self, text: &str) -> Name {
        let id = Name(self.ends.len() as u32);
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        id
    }

    /// The string of `name`; empty when the id is not of this table.
    pub fn get(&self, name: Name) -> &str {
        let end = self.ends.get(name.index()).copied().unwrap_or(0) as usize;
        let start = if name.0 == 0 {
            0
        } else {
            self.ends.get(name.index() - 1).copied().unwrap_or(0) as usize
        };
        self.text.get(start..end).unwrap_or("")
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it holds no string.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All strings in id order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|index| self.get(Name(index as u32)))
    }
}

/// Everything one file says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FileFacts {
    /// The language's name (`python`, `typescript`, …).
    pub language: String,
    /// Interned strings.
    pub names: NameTable,
    /// Offset of each line's first byte.
    pub line_starts: Vec<u32>,
    /// Definitions, in source order; a parent comes before its children except for members of
    /// extensions.
    pub definitions: Vec<Definition>,
    /// Scopes; row 0 is the module.
    pub scopes: Vec<Scope>,
    /// Bindings, in source order.
    pub bindings: Vec<Binding>,
    /// Expressions; row 0 is unknown.
    pub expressions: Vec<Expression>,
    /// Pool of expression lists.
    pub lists: Vec<ExpressionId>,
    /// References, in source order.
    pub references: Vec<Reference>,
    /// Imports, in source order.
    pub imports: Vec<Import>,
    /// Explicit exports.
    pub exports: Vec<Export>,
    /// Members given to types from outside.
    pub extensions: Vec<Extension>,
    /// What SQL texts in the file do.
    pub sql: Vec<SqlAccess>,
    /// Keys of contracts.
    pub keys: Vec<KeyFact>,
    /// Paths that are passed on to other services.
    pub proxies: Vec<ProxyFact>,
    /// The manifest, when the file is one.
    pub manifest: Option<PackageManifest>,
    /// The name the file gives its own package or namespace (`package com.acme;`, Go `package x`).
    pub package: Option<Name>,
    /// The file says that it was generated from an OpenAPI document.
    pub from_contract: bool,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl FileFacts {
    /// The text of an interned name.
    #[inline]
    pub fn text(&self, name: Name) -> &str {
        self.names.get(name)
    }

    /// The expression behind an id.
    #[inline]
    pub fn expression(&self, id: ExpressionId) -> Expression {
        self.expressions.get(id.index()).copied().unwrap_or(Expression::Unknown)
    }

    /// The entries of a list.
    #[inline]
    pub fn list(&self, list: List) -> &[ExpressionId] {
        let start = list.start as usize;
        self.lists.get(start..start + list.len as usize).unwrap_or(&[])
    }

    /// 1-based line of a byte offset.
    pub fn line(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|&start| start <= offset) as u32
    }

    /// 1-based line and 1-based byte column of a byte offset.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let line = self.line(offset).max(1);
        let start = self.line_starts.get(line as usize - 1).copied().unwrap_or(0);
        (line, offset - start + 1)
    }

    /// Number of lines.
    pub fn lines(&self) -> u32 {
        self.line_starts.len() as u32
    }

    /// The smallest definition around a place that `wanted` accepts; the first of several.
    pub fn innermost(
        &self,
        span: ByteRange,
        wanted: impl Fn(&Definition) -> bool,
    ) -> Option<DefinitionId> {
        let rows = self.definitions.iter().enumerate();
        rows.filter(|(_, definition)| definition.span.contains(span) && wanted(definition))
            .min_by_key(|(row, definition)| (definition.span.end - definition.span.start, *row))
            .map(|(row, _)| DefinitionId(row as u32))
    }

    /// Names of the definitions around `id`, outermost first, joined by dots: `Ledger.apply`.
    pub fn qualified_name(&self, id: DefinitionId) -> String {
        let mut parts = Vec::new();
        let mut at = Some(id);
        while let Some(current) = at {
            let definition = &self.definitions[current.index()];
            if !self.text(definition.name).is_empty() {
                parts.push(self.text(definition.name));
            }
            at = definition.parent;
            if parts.len() > 32 {
                break;
            }
        }
        parts.reverse();
        parts.join(".")
    }

    /// What other files can see of this one, as a hash: names, kinds, signatures, bases,
    /// imports, exports, keys and the manifest — but no bodies and no positions. Two versions of
    /// a file with one face hash can be exchanged without re-resolving any other file.
    pub fn face_hash(&self) -> [u8; 16] {
        let mut face = blake3::Hasher::new();
        let mut put = |text: &str| {
            face.update(&(text.len() as u32).to_le_bytes());
            face.update(text.as_bytes());
        };
        for definition in &self.definitions {
            // Locals of functions are nobody else's business.
            let local = definition
                .parent
                .is_some_and(|parent| self.definitions[parent.index()].kind.is_callable());
            if local {
                continue;
            }
            put(self.text(definition.name));
            put(definition.kind.name());
            put(&definition.flags.bits().to_string());
            put(&definition.parent.map(|parent| self.qualified_name(parent)).unwrap_or_default());
            for base in definition.bases.iter().chain(&definition.declared_type) {
                put(&self.render(*base));
            }
            for decorator in &definition.decorators {
                put(&self.render(*decorator));
            }
            for parameter in &definition.parameters {
                put(self.text(parameter.name));
                put(&parameter.declared_type.map(|id| self.render(id)).unwrap_or_default());
            }
            // Inferred return types are part of what callers see.
            for value in &definition.returns {
                put(&self.render(*value));
            }
        }
        for import in &self.imports {
            put(self.text(import.module));
            put(import.item.map_or("", |item| self.text(item)));
            put(import.bound.map_or("", |bound| self.text(bound)));
            put(if import.reexport { "re" } else { "" });
        }
        for export in &self.exports {
            put(self.text(export.name));
            put(&self.render(export.value));
        }
        for extension in &self.extensions {
            put(&self.render(extension.target));
            put(&extension.interface.map(|id| self.render(id)).unwrap_or_default());
        }
        for key in &self.keys {
            put(&key.text);
        }
        for proxy in &self.proxies {
            put(&format!("{proxy:?}"));
        }
        put(if self.from_contract { "generated" } else { "" });
        for binding in &self.bindings {
            let scope = &self.scopes[binding.scope.index()];
            if !matches!(scope.kind, ScopeKind::Function | ScopeKind::Block) {
                put(self.text(binding.name));
                match binding.value {
                    BindingValue::Value(id) | BindingValue::Typed(id) => put(&self.render(id)),
                    _ => {}
                }
            }
        }
        if let Some(manifest) = &self.manifest {
            put(&format!("{manifest:?}"));
        }
        let mut hash = [0; 16];
        hash.copy_from_slice(&face.finalize().as_bytes()[..16]);
        hash
    }

    /// An expression as short text, for explanations, keys and hashes (not source text).
    pub fn render(&self, id: ExpressionId) -> String {
        let mut out = String::new();
        self.render_into(id, 0, &mut out);
        out
    }

    fn render_into(&self, id: ExpressionId, depth: u32, out: &mut String) {
        if depth > 12 || out.len() > 400 {
            out.push('…');
            return;
        }
        let list = |list: List, out: &mut String| {
            for (position, item) in self.list(list).iter().enumerate() {
                if position > 0 {
                    out.push_str(", ");
                }
                self.render_into(*item, depth + 1, out);
            }
        };
        match self.expression(id) {
            Expression::Unknown => out.push('?'),
            Expression::Name { name, .. } | Expression::Builtin(name) => {
                out.push_str(self.text(name));
            }
            Expression::Member { base, name } => {
                self.render_into(base, depth + 1, out);
                out.push('.');
                out.push_str(self.text(name));
            }
            Expression::Call { callee, arguments } => {
                self.render_into(callee, depth + 1, out);
                out.push('(');
                list(arguments, out);
                out.push(')');
            }
            Expression::New { class, arguments } => {
                out.push_str("new ");
                self.render_into(class, depth + 1, out);
                out.push('(');
                list(arguments, out);
                out.push(')');
            }
            Expression::Argument { name, value } => {
                out.push_str(self.text(name));
                out.push('=');
                self.render_into(value, depth + 1, out);
            }
            Expression::Index { base, index } => {
                self.render_into(base, depth + 1, out);
                out.push('[');
                self.render_into(index, depth + 1, out);
                out.push(']');
            }
            Expression::Await(base) => {
                out.push_str("await ");
                self.render_into(base, depth + 1, out);
            }
            Expression::Element(base) => {
                out.push_str("element of ");
                self.render_into(base, depth + 1, out);
            }
            Expression::Entered(base) => {
                out.push_str("with ");
                self.render_into(base, depth + 1, out);
            }
            Expression::Part { base, index } => {
                self.render_into(base, depth + 1, out);
                out.push_str(&format!("#{index}"));
            }
            Expression::This(_) => out.push_str("this"),
            Expression::Super(_) => out.push_str("super"),
            Expression::SelfType(_) => out.push_str("Self"),
            Expression::Text(name) => {
                out.push('"');
                out.push_str(self.text(name));
                out.push('"');
            }
            Expression::Concat(items) => list(items, out),
            Expression::Collection { items, .. } => {
                out.push('[');
                list(items, out);
                out.push(']');
            }
            Expression::Function(definition) | Expression::Definition(definition) => {
                out.push_str(&self.qualified_name(definition));
            }
            Expression::Either(items) => {
                out.push_str("either ");
                list(items, out);
            }
            Expression::InstanceOf(base) => {
                out.push(':');
                self.render_into(base, depth + 1, out);
            }
            Expression::Generic { base, arguments } => {
                self.render_into(base, depth + 1, out);
                out.push('<');
                list(arguments, out);
                out.push('>');
            }
            Expression::Imported(import) => {
                if let Some(import) = self.imports.get(import.index()) {
                    out.push_str(self.text(import.module));
                }
            }
            Expression::Decorated { decorator, base } => {
                out.push('@');
                self.render_into(decorator, depth + 1, out);
                out.push(' ');
                self.render_into(base, depth + 1, out);
            }
        }
    }
}
