//! Type expressions: annotations, bases, the second argument of `isinstance`, strings that hold
//! types.
//!
//! The grammar gives one annotation a dozen shapes, and none at all to one that is quoted. All of
//! them are read from their text by one small parser instead: names, dots, brackets, commas, bars
//! and quotes are all there is to a type. Calls inside annotations (`Annotated[T, Depends(f)]`)
//! are walked as expressions besides.

use super::builtins;
use super::kinds::Kind;
use super::walk::{Bound, Walker};
use crate::extract::builder::NewDefinition;
use qf_graph::facts::{ByteRange, DefinitionFlags, Expression, ExpressionId, SymbolKind};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use tree_sitter::Node;

/// Names whose special meaning comes from where they were imported from.
#[derive(Default)]
pub(super) struct TypingNames<'s> {
    /// Local name → name in its module, for imports from `typing` and other modules whose names
    /// are treated specially.
    names: FxHashMap<&'s str, &'s str>,
    /// Local names of such modules themselves.
    modules: Vec<&'s str>,
    /// `from typing import *`.
    all: bool,
}

fn is_special_module(module: &str) -> bool {
    matches!(
        module,
        "typing"
            | "typing_extensions"
            | "collections"
            | "collections.abc"
            | "contextlib"
            | "dataclasses"
            | "functools"
            | "itertools"
            | "copy"
            | "asyncio"
            | "sqlalchemy.orm"
    )
}

impl<'s> TypingNames<'s> {
    /// Notes an import that binds `bound`.
    pub(super) fn imported(&mut self, module: &'s str, item: Option<&'s str>, bound: &'s str) {
        match item {
            Some(item) if is_special_module(module) => {
                self.names.insert(bound, item);
            }
            None if is_special_module(module) => self.modules.push(bound),
            // `import collections.abc` binds `collections`.
            _ if self.modules.contains(&bound) => {}
            _ => {
                self.names.remove(bound);
            }
        }
    }

    /// Notes a star import.
    pub(super) fn imported_all(&mut self, module: &str) {
        self.all |= module == "typing" || module == "typing_extensions";
    }

    /// The name in `typing` that a path of names stands for.
    pub(super) fn canonical(&self, path: &[&'s str]) -> Option<&'s str> {
        match path {
            [name] => match self.names.get(name) {
                Some(canonical) => Some(canonical),
                None if self.all => Some(name),
                None => None,
            },
            [module, name] if self.modules.contains(module) => Some(name),
            [module, "abc", name] if *module == "collections" => Some(name),
            _ => None,
        }
    }
}

/// What a special form of `typing` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One of its arguments.
    Union,
    /// Its first argument.
    First,
    /// A function; its last argument is what it gives.
    Callable,
    /// A string or number.
    Literal,
    /// No information.
    Any,
    /// The class around.
    SelfType,
    /// A built-in generic type.
    Builtin(&'static str),
    /// A built-in generic type of which only the first argument counts.
    BuiltinOfFirst(&'static str),
    /// A built-in generic type of which only the last argument counts.
    BuiltinOfLast(&'static str),
}

fn form(name: &str) -> Option<Form> {
    Some(match name {
        "Optional" | "Union" => Form::Union,
        "Annotated" | "ClassVar" | "Final" | "Required" | "NotRequired" | "ReadOnly"
        | "InitVar" | "Mapped" | "DynamicMapped" | "WriteOnlyMapped" => Form::First,
        "Callable" => Form::Callable,
        "Literal" => Form::Literal,
        "Any" | "TypeAlias" | "Unpack" | "Concatenate" => Form::Any,
        "Self" => Form::SelfType,
        "NoReturn" | "Never" => Form::Builtin("None"),
        "Type" => Form::Builtin("type"),
        "List" | "Sequence" | "MutableSequence" | "Iterable" | "Collection" | "Container"
        | "Reversible" | "Deque" | "deque" | "AsyncIterable" | "ValuesView" | "KeysView"
        | "UserList" => Form::BuiltinOfFirst("list"),
        "Iterator" | "Generator" | "AsyncIterator" | "AsyncGenerator" => {
            Form::BuiltinOfFirst("generator")
        }
        "Dict" | "Mapping" | "MutableMapping" | "DefaultDict" | "defaultdict" | "OrderedDict"
        | "ChainMap" | "Counter" | "UserDict" => Form::Builtin("dict"),
        "Set" | "AbstractSet" | "MutableSet" => Form::Builtin("set"),
        "FrozenSet" => Form::Builtin("frozenset"),
        "Tuple" => Form::Builtin("tuple"),
        "Awaitable" | "Coroutine" => Form::BuiltinOfLast("coroutine"),
        "ContextManager"
        | "AbstractContextManager"
        | "AsyncContextManager"
        | "AbstractAsyncContextManager" => Form::BuiltinOfFirst("contextmanager"),
        "Text" | "AnyStr" | "LiteralString" | "UserString" => Form::Builtin("str"),
        "IO" | "TextIO" | "BinaryIO" => Form::Builtin("file"),
        "ByteString" => Form::Builtin("bytes"),
        "TypeGuard" | "TypeIs" => Form::Builtin("bool"),
        _ => return None,
    })
}

/// A piece of source that is read as a type.
#[derive(Debug, Clone, Copy)]
struct TypeText {
    at: usize,
    end: usize,
    /// The first name gets no reference of its own.
    silent_head: bool,
    depth: u8,
}

type Arguments = SmallVec<[ExpressionId; 4]>;

impl<'s, 't> Walker<'_, 's, 't> {
    // ---- from nodes ------------------------------------------------------------------------------

    /// The type that an annotation names.
    pub(super) fn annotation(&mut self, node: Node<'t>) -> ExpressionId {
        let declared = self.type_expression(node);
        if self.text(node).contains('(') {
            self.calls_below(node, 0);
        }
        declared
    }

    /// The type that an expression in a type's place names.
    pub(super) fn type_expression(&mut self, node: Node<'t>) -> ExpressionId {
        self.read_type(TypeText {
            at: node.start_byte(),
            end: node.end_byte(),
            silent_head: false,
            depth: 0,
        })
    }

    /// A base class, whose name gets an inherit reference from the caller.
    pub(super) fn base_type(&mut self, node: Node<'t>) -> ExpressionId {
        self.read_type(TypeText {
            at: node.start_byte(),
            end: node.end_byte(),
            silent_head: true,
            depth: 0,
        })
    }

    fn calls_below(&mut self, node: Node<'t>, depth: u32) {
        if depth > 32 {
            return;
        }
        for child in self.children(node) {
            if self.kind(child) == Kind::Call {
                self.expression(child);
            } else {
                self.calls_below(child, depth + 1);
            }
        }
    }

    /// `type Name[T] = …`.
    pub(super) fn type_alias_statement(&mut self, node: Node<'t>) {
        let grammar = self.grammar;
        let (Some(left), Some(right)) =
            (self.field(node, grammar.left), self.field(node, grammar.right))
        else {
            self.visit_children(node);
            return;
        };
        let text = self.text(left);
        let name = text.split('[').next().unwrap_or(text).trim();
        let start = left.start_byte() as u32;
        let span = ByteRange { start, end: start + name.len() as u32 };
        let before = self.type_parameters.len();
        if let Some((_, rest)) = text.split_once('[') {
            for parameter in rest.trim_end_matches(']').split(',') {
                let parameter = parameter.split([':', '=']).next().unwrap_or("").trim();
                self.type_parameters.push(parameter.trim_start_matches('*'));
            }
        }
        self.define_alias(name, span, Self::span(node), |walker| walker.annotation(right));
        self.type_parameters.truncate(before);
    }

    /// Defines a name for another type.
    fn define_alias(
        &mut self,
        name: &'s str,
        name_span: ByteRange,
        span: ByteRange,
        target: impl FnOnce(&mut Self) -> ExpressionId,
    ) {
        let mut flags = DefinitionFlags::empty();
        let exported = self.frame().exported && !super::assignments::is_private(name);
        flags.set(DefinitionFlags::EXPORTED, exported);
        let new = NewDefinition {
            name,
            kind: SymbolKind::TypeAlias,
            span,
            name_span,
            signature_end: 0,
            flags,
        };
        let id = self.out.define(&new);
        let scope = self.frame().scope;
        self.out.bind_definition(scope, id);
        self.frame_mut().names.insert(name, Bound::Definition);
        let target = target(self);
        if target != ExpressionId::UNKNOWN {
            self.out.get_mut(id).declared_type = Some(target);
        }
    }

    // ---- assignments that make types ---------------------------------------------------------------

    /// Assignments of a module or class that are more than a value: named tuples, type aliases,
    /// `__all__`, `__slots__`. `None`: an ordinary assignment.
    pub(super) fn special_assignment(
        &mut self,
        node: Node<'t>,
        left: Node<'t>,
        right: Option<Node<'t>>,
        annotation: Option<Node<'t>>,
    ) -> Option<ExpressionId> {
        let right = right?;
        let name = self.text(left);
        match name {
            "__all__" => self.exported_names(node),
            "__slots__" => self.slots(right),
            _ => {}
        }
        let (name_span, span) = (Self::span(left), Self::span(node));
        if let Some(annotation) = annotation {
            if self.text(annotation).ends_with("TypeAlias") {
                self.define_alias(name, name_span, span, |walker| walker.annotation(right));
                return Some(ExpressionId::UNKNOWN);
            }
            return None;
        }
        match self.kind(right) {
            Kind::Call => self.type_call(left, right, node),
            Kind::Subscript if self.is_special_form(right) => {
                self.define_alias(name, name_span, span, |walker| walker.annotation(right));
                Some(ExpressionId::UNKNOWN)
            }
            Kind::BinaryOperator if self.is_type_union(right, 0) => {
                self.define_alias(name, name_span, span, |walker| walker.annotation(right));
                Some(ExpressionId::UNKNOWN)
            }
            _ => None,
        }
    }

    /// `namedtuple(…)`, `NewType("Id", int)`, `TypeVar("T", bound=Base)`.
    fn type_call(
        &mut self,
        left: Node<'t>,
        call: Node<'t>,
        whole: Node<'t>,
    ) -> Option<ExpressionId> {
        let grammar = self.grammar;
        let function = self.field(call, grammar.function)?;
        let name = self.field(function, grammar.attribute).unwrap_or(function);
        let arguments = self.field(call, grammar.arguments)?;
        let (name_span, span) = (Self::span(left), Self::span(whole));
        match self.text(name) {
            "namedtuple" | "NamedTuple" => {
                self.named_tuple(left, call, whole);
                Some(ExpressionId::UNKNOWN)
            }
            "NewType" => {
                let base = self.children(arguments).get(1).copied()?;
                let alias = self.text(left);
                self.define_alias(alias, name_span, span, |walker| walker.annotation(base));
                Some(ExpressionId::UNKNOWN)
            }
            "TypeVar" => {
                self.type_variables.push(self.text(left));
                let bound = self.children(arguments).into_iter().find(|argument| {
                    self.kind(*argument) == Kind::KeywordArgument
                        && self
                            .field(*argument, grammar.name)
                            .is_some_and(|name| self.text(name) == "bound")
                })?;
                let bound = self.field(bound, grammar.value)?;
                let alias = self.text(left);
                self.define_alias(alias, name_span, span, |walker| walker.annotation(bound));
                Some(ExpressionId::UNKNOWN)
            }
            _ => None,
        }
    }

    /// `Union[…]`, `t.Optional[…]`, `list[…]`.
    fn is_special_form(&mut self, node: Node<'t>) -> bool {
        let Some(head) = self.field(node, self.grammar.value) else { return false };
        let path: SmallVec<[&str; 4]> = self.text(head).split('.').collect();
        match self.typing.canonical(&path) {
            Some(name) => form(name).is_some(),
            None => path.len() == 1 && builtins::is_generic_type(path[0]),
        }
    }

    /// `A | B` where both are types.
    fn is_type_union(&mut self, node: Node<'t>, depth: u32) -> bool {
        if depth > 24 {
            return false;
        }
        let grammar = self.grammar;
        match self.kind(node) {
            Kind::BinaryOperator => {
                let bar = self.field(node, grammar.operator).is_some_and(|o| self.text(o) == "|");
                let (Some(left), Some(right)) =
                    (self.field(node, grammar.left), self.field(node, grammar.right))
                else {
                    return false;
                };
                bar && self.is_type_union(left, depth + 1) && self.is_type_union(right, depth + 1)
            }
            Kind::Identifier => is_type_name(self.text(node)),
            Kind::Attribute => {
                self.field(node, grammar.attribute).is_some_and(|n| is_type_name(self.text(n)))
            }
            Kind::Subscript => {
                self.field(node, grammar.value).is_some_and(|n| self.is_type_union(n, depth + 1))
            }
            Kind::None | Kind::String => depth > 0,
            _ => false,
        }
    }

    // ---- the parser ------------------------------------------------------------------------------

    fn read_type(&mut self, mut text: TypeText) -> ExpressionId {
        self.union(&mut text)
    }

    fn peek_byte(&self, text: &mut TypeText) -> u8 {
        let bytes = self.out.source().as_bytes();
        while text.at < text.end {
            match bytes[text.at] {
                b' ' | b'\t' | b'\r' | b'\n' | b'\\' | 0x0c => text.at += 1,
                b'#' => {
                    while text.at < text.end && bytes[text.at] != b'\n' {
                        text.at += 1;
                    }
                }
                byte => return byte,
            }
        }
        0
    }

    /// `A | B | None`.
    fn union(&mut self, text: &mut TypeText) -> ExpressionId {
        if text.depth > 40 {
            text.at = text.end;
            return ExpressionId::UNKNOWN;
        }
        text.depth += 1;
        let mut items = Arguments::new();
        items.push(self.atom(text));
        while self.peek_byte(text) == b'|' {
            text.at += 1;
            items.push(self.atom(text));
        }
        text.depth -= 1;
        self.either(&items)
    }

    /// One of several types; `None` is no alternative worth keeping.
    fn either(&mut self, items: &[ExpressionId]) -> ExpressionId {
        if let [one] = items {
            return *one;
        }
        let none = self.constants.none;
        let known: Arguments = items.iter().copied().filter(|item| *item != none).collect();
        if known.is_empty() { none } else { self.out.either(&known) }
    }

    fn atom(&mut self, text: &mut TypeText) -> ExpressionId {
        match self.peek_byte(text) {
            0 => ExpressionId::UNKNOWN,
            b'"' | b'\'' => self.quoted(text),
            b'(' => {
                text.at += 1;
                let items = self.items(text, b')');
                self.either(&items)
            }
            b'[' => {
                text.at += 1;
                self.items(text, b']');
                ExpressionId::UNKNOWN
            }
            b'*' => {
                while self.peek_byte(text) == b'*' {
                    text.at += 1;
                }
                self.atom(text)
            }
            byte if byte == b'_' || byte >= 0x80 || byte.is_ascii_alphabetic() => self.path(text),
            _ => {
                self.skip(text);
                ExpressionId::UNKNOWN
            }
        }
    }

    /// Types up to the closing bracket.
    fn items(&mut self, text: &mut TypeText, close: u8) -> Arguments {
        let mut items = Arguments::new();
        loop {
            match self.peek_byte(text) {
                0 => return items,
                b',' => text.at += 1,
                byte if byte == close => {
                    text.at += 1;
                    return items;
                }
                _ => {
                    let before = text.at;
                    items.push(self.union(text));
                    if text.at == before {
                        self.skip(text);
                        text.at = text.at.max(before + 1);
                    }
                }
            }
        }
    }

    /// Skips to the next comma, bar or closing bracket on this level.
    fn skip(&mut self, text: &mut TypeText) {
        let bytes = self.out.source().as_bytes();
        let mut open = 0_usize;
        let mut quote = 0_u8;
        while text.at < text.end {
            let byte = bytes[text.at];
            if quote != 0 {
                if byte == quote {
                    quote = 0;
                }
            } else {
                match byte {
                    b'"' | b'\'' => quote = byte,
                    b'(' | b'[' | b'{' => open += 1,
                    b')' | b']' | b'}' | b',' | b'|' if open == 0 => return,
                    b')' | b']' | b'}' => open -= 1,
                    _ => {}
                }
            }
            text.at += 1;
        }
    }

    /// A type in quotes.
    fn quoted(&mut self, text: &mut TypeText) -> ExpressionId {
        let source = self.out.source();
        let rest = source.get(text.at..text.end).unwrap_or("");
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| rest.starts_with(quote));
        let Some(quote) = quote else {
            text.at = text.end;
            return ExpressionId::UNKNOWN;
        };
        let start = text.at + quote.len();
        let len = rest[quote.len()..].find(quote).unwrap_or(rest.len() - quote.len());
        let depth = text.depth + 1;
        let inner = TypeText { at: start, end: start + len, silent_head: text.silent_head, depth };
        text.at = (start + len + quote.len()).min(text.end);
        self.read_type(inner)
    }

    /// Names joined by dots, with the bytes of the last.
    fn dotted_path(&self, text: &mut TypeText) -> (SmallVec<[&'s str; 4]>, ByteRange) {
        let source = self.out.source();
        let bytes = source.as_bytes();
        let mut path: SmallVec<[&'s str; 4]> = SmallVec::new();
        let mut last;
        loop {
            let start = text.at;
            while text.at < text.end
                && (bytes[text.at] == b'_'
                    || bytes[text.at] >= 0x80
                    || bytes[text.at].is_ascii_alphanumeric())
            {
                text.at += 1;
            }
            path.push(source.get(start..text.at).unwrap_or(""));
            last = ByteRange { start: start as u32, end: text.at as u32 };
            if self.peek_byte(text) != b'.' {
                break;
            }
            text.at += 1;
            self.peek_byte(text);
        }
        (path, last)
    }

    /// A dotted name with its type arguments.
    fn path(&mut self, text: &mut TypeText) -> ExpressionId {
        let (path, last) = self.dotted_path(text);
        let silent = std::mem::take(&mut text.silent_head) || self.quiet;
        match self.peek_byte(text) {
            // A string with a prefix, or a call.
            b'"' | b'\'' | b'(' => {
                self.skip(text);
                return ExpressionId::UNKNOWN;
            }
            _ => {}
        }
        if let Some(name) = self.typing.canonical(&path)
            && let Some(form) = form(name)
        {
            return self.special_form(form, text);
        }
        let base = self.named_type(&path, last, silent);
        if self.peek_byte(text) != b'[' {
            return base;
        }
        text.at += 1;
        let open_ended = base;
        let arguments = self.items(text, b']');
        if open_ended == ExpressionId::UNKNOWN {
            return base;
        }
        self.tuple_or_generic(base, &arguments)
    }

    /// `tuple[T, ...]` is a list of `T` to whoever reads it.
    fn tuple_or_generic(&mut self, base: ExpressionId, arguments: &[ExpressionId]) -> ExpressionId {
        if let Expression::Builtin(name) = self.out.peek(base)
            && let ("tuple", [one, ExpressionId::UNKNOWN]) = (self.out.name_text(name), arguments)
        {
            let one = *one;
            return self.generic_builtin("list", &[one]);
        }
        if arguments.is_empty() { base } else { self.out.generic(base, arguments) }
    }

    /// A name that is no special form.
    fn named_type(&mut self, path: &[&'s str], span: ByteRange, silent: bool) -> ExpressionId {
        let Some((first, rest)) = path.split_first() else { return ExpressionId::UNKNOWN };
        if rest.is_empty() {
            if *first == "None" {
                return self.constants.none;
            }
            if *first == "object" || self.type_parameters.contains(first) {
                return ExpressionId::UNKNOWN;
            }
            if let Some(name) = builtins::type_name(first)
                && !self.frames[0].names.contains_key(first)
            {
                return self.out.builtin(name);
            }
        } else if let [parameters, "args" | "kwargs"] = path {
            // `*args: P.args` of a parameter specification.
            if !silent && !self.type_parameters.contains(parameters) {
                let expression = self.name_expression(parameters);
                self.out.type_reference(parameters, span, expression);
            }
            return ExpressionId::UNKNOWN;
        } else if let ["builtins", name] = path
            && let Some(name) = builtins::type_name(name)
        {
            return self.out.builtin(name);
        }
        let mut expression = self.name_expression(first);
        for name in rest {
            expression = self.out.member(expression, name);
        }
        if !silent {
            let name = path.last().copied().unwrap_or(first);
            self.out.type_reference(name, span, expression);
        }
        expression
    }

    fn special_form(&mut self, form: Form, text: &mut TypeText) -> ExpressionId {
        let subscripted = self.peek_byte(text) == b'[';
        if subscripted {
            text.at += 1;
        }
        let arguments = match form {
            _ if !subscripted => Arguments::new(),
            Form::Literal => return self.literal(text),
            Form::First => {
                let first = self.union(text);
                self.skip_to_close(text);
                SmallVec::from_slice(&[first])
            }
            _ => self.items(text, b']'),
        };
        match form {
            Form::Union => self.either(&arguments),
            Form::First => arguments.first().copied().unwrap_or(ExpressionId::UNKNOWN),
            Form::Literal | Form::Any => ExpressionId::UNKNOWN,
            Form::SelfType => {
                let scope = self.out.scope();
                self.out.expression(Expression::SelfType(scope))
            }
            Form::Callable => self.builtin_of("function", arguments.last().copied()),
            Form::Builtin(name) => {
                let base = self.out.builtin(name);
                self.tuple_or_generic(base, &arguments)
            }
            Form::BuiltinOfFirst(name) => self.builtin_of(name, arguments.first().copied()),
            Form::BuiltinOfLast(name) => self.builtin_of(name, arguments.last().copied()),
        }
    }

    fn builtin_of(&mut self, name: &str, argument: Option<ExpressionId>) -> ExpressionId {
        match argument {
            Some(argument) if argument != ExpressionId::UNKNOWN => {
                self.generic_builtin(name, &[argument])
            }
            _ => self.out.builtin(name),
        }
    }

    /// `Literal["a", 1]`: the type of its values.
    fn literal(&mut self, text: &mut TypeText) -> ExpressionId {
        let value = match self.peek_byte(text) {
            b'"' | b'\'' => self.constants.string,
            byte if byte == b'-' || byte.is_ascii_digit() => self.constants.integer,
            b']' | 0 => ExpressionId::UNKNOWN,
            _ => {
                let mut class = *text;
                self.literal_member(&mut class)
            }
        };
        self.skip_to_close(text);
        value
    }

    /// `Literal[Color.RED]` is a `Color`; `Literal[True]` is a `bool`.
    fn literal_member(&mut self, text: &mut TypeText) -> ExpressionId {
        let (path, span) = self.dotted_path(text);
        match path.as_slice() {
            ["True" | "False"] => self.constants.boolean,
            [class @ .., member] if !class.is_empty() => {
                let member_len = member.len() as u32;
                let end = span.start.saturating_sub(1);
                let class_len = class.last().map_or(0, |name| name.len()) as u32;
                let class_span = ByteRange { start: end.saturating_sub(class_len), end };
                let class = self.named_type(class, class_span, self.quiet);
                if class != ExpressionId::UNKNOWN && !self.quiet {
                    let value = self.out.member(class, member);
                    let span = ByteRange { start: span.start, end: span.start + member_len };
                    self.out.read_reference(member, span, value);
                }
                class
            }
            _ => ExpressionId::UNKNOWN,
        }
    }

    fn skip_to_close(&mut self, text: &mut TypeText) {
        loop {
            self.skip(text);
            match self.peek_byte(text) {
                b',' | b'|' => text.at += 1,
                b')' | b'}' | b']' => {
                    text.at += 1;
                    return;
                }
                _ => return,
            }
        }
    }
}

/// Whether a name is written like a type's.
pub(super) fn is_type_name(name: &str) -> bool {
    builtins::type_name(name).is_some()
        || (name.starts_with(|c: char| c.is_uppercase()) && name.chars().any(char::is_lowercase))
}
