//! The rows of a language's table: what a node kind is, and where its parts are.

use super::Hook;
use qf_graph::facts::{CollectionKind, DefinitionFlags, ParameterKind, SymbolKind};
use tree_sitter::Node;

/// Where a part of a node is.
#[derive(Debug, Clone, Copy)]
pub enum At {
    /// Nowhere.
    None,
    /// The child of this field.
    Field(&'static str),
    /// The first of these fields that is there.
    Fields(&'static [&'static str]),
    /// The first named child of one of these kinds.
    Kind(&'static [&'static str]),
    /// The last named child of one of these kinds.
    LastKind(&'static [&'static str]),
    /// The first named child or grandchild of one of these kinds.
    Deep(&'static [&'static str]),
    /// The n-th named child.
    Nth(u32),
    /// The last named child.
    Last,
}

impl At {
    /// The node that is there.
    pub fn find(self, node: Node<'_>) -> Option<Node<'_>> {
        match self {
            At::None => None,
            At::Field(field) => node.child_by_field_name(field),
            At::Fields(fields) => fields.iter().find_map(|field| node.child_by_field_name(field)),
            At::Kind(kinds) => {
                let mut cursor = node.walk();
                node.named_children(&mut cursor).find(|child| kinds.contains(&child.kind()))
            }
            At::LastKind(kinds) => {
                let mut cursor = node.walk();
                node.named_children(&mut cursor)
                    .filter(|child| kinds.contains(&child.kind()))
                    .last()
            }
            At::Deep(kinds) => {
                let mut cursor = node.walk();
                At::Kind(kinds).find(node).or_else(|| {
                    node.named_children(&mut cursor).find_map(|child| At::Kind(kinds).find(child))
                })
            }
            At::Nth(index) => node.named_child(index),
            At::Last => node.named_child(node.named_child_count().checked_sub(1)? as u32),
        }
    }
}

/// A function, method or constructor.
#[derive(Debug, Clone, Copy)]
pub struct FunctionRule {
    /// Kind; a `Function` directly inside a type becomes a `Method`.
    pub kind: SymbolKind,
    /// Its name.
    pub name: At,
    /// The list of parameters.
    pub parameters: At,
    /// The return type.
    pub result: At,
    /// The body.
    pub body: At,
    /// Properties every such definition has.
    pub flags: DefinitionFlags,
}

impl FunctionRule {
    /// The usual field names.
    pub const USUAL: FunctionRule = FunctionRule {
        kind: SymbolKind::Function,
        name: At::Field("name"),
        parameters: At::Field("parameters"),
        result: At::None,
        body: At::Field("body"),
        flags: DefinitionFlags::empty(),
    };
}

/// A type with members, or a namespace.
#[derive(Debug, Clone, Copy)]
pub struct TypeRuleRow {
    /// Kind.
    pub kind: SymbolKind,
    /// Its name.
    pub name: At,
    /// The nodes that list its bases.
    pub bases: &'static [&'static str],
    /// The body.
    pub body: At,
    /// Parameters of a primary constructor, which are fields too.
    pub parameters: At,
}

impl TypeRuleRow {
    /// A class with the usual field names.
    pub const USUAL: TypeRuleRow = TypeRuleRow {
        kind: SymbolKind::Class,
        name: At::Field("name"),
        bases: &[],
        body: At::Field("body"),
        parameters: At::None,
    };
}

/// What a node kind is.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// Only its children matter; it has no value.
    Children,
    /// Its children matter and the last one's value is its own (`begin … end`, block bodies of
    /// languages where the last expression is returned).
    Sequence,
    /// Like `Children`, in a scope of its own.
    Block,
    /// Like `Sequence`, in a scope of its own.
    BlockSequence,
    /// Nothing in it matters.
    Skip,
    /// An anonymous token without meaning.
    Token,
    /// A comment.
    Comment,
    /// Its value is that of its first named child; the others are visited.
    Transparent,
    /// Its value is that of this part; the others are visited.
    Inner(At),
    /// Decorates the definition inside it, which begins here (`template<…>`, `export`).
    Wrap,
    /// A modifier word, or several.
    Modifier,
    /// Holds modifiers and decorators.
    Modifiers,
    /// A decorator, annotation or attribute: its name, its arguments.
    Decorator(At, At),
    /// An identifier in value position.
    Name,
    /// The receiver.
    This,
    /// The superclass part of the receiver.
    Super,
    /// A literal of this built-in type.
    Literal(&'static str),
    /// A string: children that are [`Rule::TextPart`] are its text, others its holes.
    Text,
    /// Text inside a string.
    TextPart,
    /// `object.property`.
    Member(At, At),
    /// `callee(arguments)`.
    Call(At, At),
    /// `receiver.method(arguments)` where the grammar has one node for both; the receiver may
    /// be missing.
    MethodCall(At, At, At),
    /// `callee<types>`: as a callee its first part names it; types in the second are mentioned.
    Applied(At, At),
    /// `new class(arguments)`.
    New(At, At),
    /// A named argument: name, value.
    Argument(At, At),
    /// `object[index]`.
    Index(At, At),
    /// `left = right`, also with an operator.
    Assign(At, At),
    /// `x++` and its like: the operand.
    Update(At),
    /// A collection literal.
    Collection(CollectionKind),
    /// One key and its value in a map literal.
    Pair(At, At),
    /// One of these fields' values.
    Either(&'static [&'static str]),
    /// A cast: type, value.
    Cast(At, At),
    /// Awaits its child.
    Await,
    /// Returns its child.
    Return,
    /// A function as a value: parameters, body.
    Lambda(At, At),
    /// One parameter: name, type, default, how arguments reach it.
    Parameter(At, At, At, ParameterKind),
    /// A function.
    Function(FunctionRule),
    /// A type.
    Type(TypeRuleRow),
    /// A namespace: name, body.
    Namespace(At, At),
    /// A name for a type: name, type.
    Alias(At, At),
    /// One variable, field or constant: kind at module level, name, type, value.
    Variable(SymbolKind, At, At, At),
    /// A value of an enumeration: its name.
    EnumMember(At),
    /// `for variable in iterable`: variable, its type, iterable.
    Loop(At, At, At),
    /// A handler of exceptions: variable, its type.
    Catch(At, At),
    /// A pattern that takes a value apart by position.
    Pattern,
    /// A binary operation: left, right. Strings are put together, `a ?? b` is either.
    Binary(At, At),
    /// A field of the receiver written as one word (`@balance`).
    OwnField,
    /// A call that is written to like a member where a value is assigned to it (Ruby):
    /// receiver, method.
    PropertyCall(At, At, Hook),
    /// A pattern or declaration that binds a name to a written type: type, name.
    TypedLocal(At, At),
    /// By hand.
    Custom(Hook),
}

/// What a node kind is where a type is expected.
#[derive(Debug, Clone, Copy)]
pub enum TypeRule {
    /// The one known type among its children; several are all mentioned.
    Children,
    /// Not a type.
    Skip,
    /// A name of a type, or of one of the language's own.
    Named,
    /// A word of the language: a built-in type or nothing known.
    Word,
    /// To be inferred.
    Auto,
    /// `scope.name`.
    Qualified(At, At),
    /// A dotted name as one node; its identifiers are the path.
    Path,
    /// `base<arguments>`.
    Generic(At, At),
    /// A list of its child.
    List,
    /// A map of its children.
    Map,
    /// What this part says.
    Inner(At),
    /// One of its children.
    Either,
    /// A function; the types in it are mentioned.
    Function,
    /// Identifiers in a row, the last perhaps with `type_arguments` behind it.
    UserType,
    /// The type around it.
    SelfType,
    /// By hand.
    Custom(Hook),
}
