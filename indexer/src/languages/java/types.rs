//! Type expressions, and which types of the standard library are built in.

use super::{Kind, Walk};
use crate::extract::range;
use qf_graph::facts::{Expression, ExpressionId, ImportKind};
use tree_sitter::Node;

/// Types of `java.lang`, visible without an import.
pub(super) fn language_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "String" => "str",
        "CharSequence" => "CharSequence",
        "Integer" => "Integer",
        "Long" => "Long",
        "Short" => "Short",
        "Byte" => "Byte",
        "Character" => "Character",
        "Double" => "Double",
        "Float" => "Float",
        "Boolean" => "Boolean",
        "Number" => "Number",
        "StringBuilder" | "StringBuffer" => "StringBuilder",
        "Class" => "Class",
        "Iterable" => "List",
        "Thread" => "Thread",
        "Object" | "Enum" | "Record" => "Object",
        "Throwable"
        | "Exception"
        | "RuntimeException"
        | "Error"
        | "IllegalArgumentException"
        | "IllegalStateException"
        | "NullPointerException"
        | "UnsupportedOperationException"
        | "IndexOutOfBoundsException"
        | "ArrayIndexOutOfBoundsException"
        | "NumberFormatException"
        | "ClassCastException"
        | "ClassNotFoundException"
        | "ArithmeticException"
        | "InterruptedException"
        | "CloneNotSupportedException"
        | "NoSuchFieldException"
        | "NoSuchMethodException"
        | "IllegalAccessException"
        | "InstantiationException"
        | "ReflectiveOperationException"
        | "SecurityException"
        | "AssertionError"
        | "OutOfMemoryError"
        | "StackOverflowError"
        | "LinkageError" => "Throwable",
        _ => return None,
    })
}

/// Types of `java.util` and the packages below it.
fn utility_type(package: &str, name: &str) -> Option<&'static str> {
    Some(match (package, name) {
        (
            "java.util",
            "List" | "ArrayList" | "LinkedList" | "Collection" | "AbstractList"
            | "AbstractCollection" | "Queue" | "Deque" | "ArrayDeque" | "PriorityQueue" | "Stack"
            | "Vector",
        )
        | (
            "java.util.concurrent",
            "CopyOnWriteArrayList"
            | "BlockingQueue"
            | "LinkedBlockingQueue"
            | "ArrayBlockingQueue"
            | "ConcurrentLinkedQueue"
            | "ConcurrentLinkedDeque",
        ) => "List",
        (
            "java.util",
            "Set" | "HashSet" | "LinkedHashSet" | "TreeSet" | "SortedSet" | "NavigableSet"
            | "EnumSet" | "AbstractSet",
        )
        | ("java.util.concurrent", "CopyOnWriteArraySet" | "ConcurrentSkipListSet") => "Set",
        (
            "java.util",
            "Map" | "HashMap" | "LinkedHashMap" | "TreeMap" | "SortedMap" | "NavigableMap"
            | "EnumMap" | "AbstractMap" | "WeakHashMap" | "IdentityHashMap" | "Hashtable",
        )
        | (
            "java.util.concurrent",
            "ConcurrentHashMap" | "ConcurrentMap" | "ConcurrentSkipListMap",
        ) => "Map",
        ("java.util", "Optional" | "OptionalInt" | "OptionalLong" | "OptionalDouble") => "Optional",
        ("java.util", "Iterator" | "ListIterator" | "Enumeration") => "Iterator",
        ("java.util.stream", "Stream" | "IntStream" | "LongStream" | "DoubleStream") => "Stream",
        (
            "java.util.concurrent.atomic",
            "AtomicInteger" | "AtomicLong" | "AtomicBoolean" | "AtomicReference" | "LongAdder",
        ) => "Atomic",
        _ => return None,
    })
}

/// Whether a field of this type is changed through its methods (`items.add(x)`).
pub(super) fn is_mutable_standard_type(name: &str) -> bool {
    matches!(name, "StringBuilder" | "StringBuffer" | "Properties" | "BitSet")
        || ["java.util", "java.util.concurrent", "java.util.concurrent.atomic"]
            .iter()
            .filter_map(|package| utility_type(package, name))
            .any(|builtin| matches!(builtin, "List" | "Set" | "Map" | "Atomic"))
}

impl<'s, 't> Walk<'_, 's, 't> {
    /// Lowers a type, with a reference for each named type in it.
    pub(super) fn type_expression(&mut self, node: Node<'t>) -> ExpressionId {
        if !self.out.enter(node) {
            return ExpressionId::UNKNOWN;
        }
        let lowered = self.lower_type(node, true);
        self.out.leave();
        lowered
    }

    /// Lowers a type whose outermost name is mentioned by another reference (a construction, a
    /// base).
    pub(super) fn type_without_reference(&mut self, node: Node<'t>) -> ExpressionId {
        self.lower_type(node, false)
    }

    fn lower_type(&mut self, node: Node<'t>, refer: bool) -> ExpressionId {
        match self.kind(node) {
            Kind::TypeIdentifier | Kind::Identifier => self.named_type(node, refer),
            Kind::ScopedTypeIdentifier | Kind::ScopedIdentifier => self.scoped_type(node, refer),
            Kind::GenericType => self.generic_type(node, refer),
            Kind::ArrayType => {
                let element = self.field(node, self.fields.element);
                let dimensions =
                    self.field(node, self.fields.dimensions).map_or(1, |d| self.dimensions(d));
                let element =
                    element.map_or(ExpressionId::UNKNOWN, |element| self.type_expression(element));
                self.list_of(element, dimensions)
            }
            Kind::IntegralType => self.builtin(match self.text(node) {
                "long" => "long",
                "short" => "short",
                "byte" => "byte",
                "char" => "char",
                _ => "int",
            }),
            Kind::FloatingPointType => {
                self.builtin(if self.text(node) == "double" { "double" } else { "float" })
            }
            Kind::BooleanType => self.builtin("bool"),
            Kind::AnnotatedType => {
                let last = (node.named_child_count() as u32).saturating_sub(1);
                node.named_child(last)
                    .map_or(ExpressionId::UNKNOWN, |inner| self.lower_type(inner, refer))
            }
            Kind::Wildcard | Kind::CatchType | Kind::TypeBound | Kind::Superclass => {
                self.types_inside(node)
            }
            _ => ExpressionId::UNKNOWN,
        }
    }

    /// The only type below a node, or one of several.
    pub(super) fn types_inside(&mut self, node: Node<'t>) -> ExpressionId {
        let mut found = Vec::new();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if !matches!(self.kind(child), Kind::MarkerAnnotation | Kind::Annotation | Kind::Super)
                && !self.is_comment(child)
            {
                found.push(self.type_expression(child));
            }
        }
        self.out.either(&found)
    }

    /// Number of brackets.
    pub(super) fn dimensions(&self, node: Node<'t>) -> usize {
        self.text(node).matches('[').count().clamp(1, 8)
    }

    pub(super) fn list_of(&mut self, element: ExpressionId, dimensions: usize) -> ExpressionId {
        let mut lowered = element;
        for _ in 0..dimensions {
            let list = self.builtin("list");
            lowered = self.out.generic(list, &[lowered]);
        }
        lowered
    }

    /// A declared type with the brackets that may stand behind the name (`int a[]`).
    pub(super) fn declared_type(
        &mut self,
        written: ExpressionId,
        declarator: Node<'t>,
    ) -> ExpressionId {
        match self.field(declarator, self.fields.dimensions) {
            Some(dimensions) => {
                let dimensions = self.dimensions(dimensions);
                self.list_of(written, dimensions)
            }
            None => written,
        }
    }

    /// The built-in type that a simple name means here.
    fn builtin_type(&self, name: &str) -> Option<&'static str> {
        if self.declared.contains(name) {
            return None;
        }
        match self.imports.get(name) {
            Some(package) if *package == "java.util.Map" && name == "Entry" => Some("Entry"),
            Some(package) if *package == "java.lang" => language_type(name),
            Some(package) => utility_type(package, name),
            None => language_type(name)
                .or_else(|| self.stars.iter().find_map(|package| utility_type(package, name))),
        }
    }

    fn named_type(&mut self, node: Node<'t>, refer: bool) -> ExpressionId {
        let name = self.text(node);
        let local = self.locals.find(name).is_some();
        if !local && let Some(builtin) = self.builtin_type(name) {
            return self.builtin(builtin);
        }
        let expression = self.out.name_expression(name);
        if refer && !local {
            self.out.type_reference(name, range(node), expression);
        }
        expression
    }

    /// `Outer.Inner`, `java.util.List`.
    fn scoped_type(&mut self, node: Node<'t>, refer: bool) -> ExpressionId {
        let text = self.text(node);
        if text == "Map.Entry" && self.builtin_type("Map").is_some() {
            return self.builtin("Entry");
        }
        if let Some(qualified) = self.qualified_name(node, text) {
            return qualified;
        }
        let count = node.named_child_count() as u32;
        let Some(name) = count.checked_sub(1).and_then(|last| node.named_child(last)) else {
            return ExpressionId::UNKNOWN;
        };
        let Some(outer) = node.named_child(0).filter(|_| count > 1) else {
            return self.named_type(name, refer);
        };
        if !self.out.enter(outer) {
            return ExpressionId::UNKNOWN;
        }
        let base = self.lower_type(outer, refer);
        self.out.leave();
        let text = self.text(name);
        let expression = self.out.member(base, text);
        if refer && !matches!(self.out.peek(base), Expression::Builtin(_)) {
            self.out.type_reference(text, range(name), expression);
        }
        expression
    }

    /// A type that is written with its package, as if it had been imported.
    pub(super) fn qualified_name(&mut self, node: Node<'t>, text: &'s str) -> Option<ExpressionId> {
        let (package, name) = text.rsplit_once('.')?;
        let plain = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part.chars().all(|c| c.is_alphanumeric() || c == '_')
        };
        if !package.split('.').all(plain) || !name.starts_with(|c: char| c.is_ascii_uppercase()) {
            return None;
        }
        let root = package.split('.').next().unwrap_or("");
        if self.locals.find(root).is_some() || self.known_fields.contains_key(root) {
            return None;
        }
        if package == "java.lang"
            && let Some(builtin) = language_type(name)
        {
            return Some(self.builtin(builtin));
        }
        if let Some(builtin) = utility_type(package, name) {
            return Some(self.builtin(builtin));
        }
        let import = if let Some(import) = self.qualified.get(text) {
            *import
        } else {
            let span = range(node);
            let import =
                self.out.import(package, Some(name), None, ImportKind::Item, 0, false, span);
            self.qualified.insert(text, import);
            import
        };
        let expression = self.out.expression(Expression::Imported(import));
        self.out.type_reference(name, range(node), expression);
        Some(expression)
    }

    fn generic_type(&mut self, node: Node<'t>, refer: bool) -> ExpressionId {
        let mut base = ExpressionId::UNKNOWN;
        let mut arguments = Vec::new();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if self.kind(child) == Kind::TypeArguments {
                let mut inner = child.walk();
                for argument in child.named_children(&mut inner) {
                    if !self.is_comment(argument) {
                        arguments.push(self.type_expression(argument));
                    }
                }
            } else if !self.is_comment(child) {
                base = self.lower_type(child, refer);
            }
        }
        if arguments.is_empty() { base } else { self.out.generic(base, &arguments) }
    }

    /// The node with the last name of a named type.
    pub(super) fn type_name(&self, node: Node<'t>) -> Option<Node<'t>> {
        let mut node = node;
        for _ in 0..8 {
            node = match self.kind(node) {
                Kind::TypeIdentifier | Kind::Identifier => return Some(node),
                Kind::GenericType => node.named_child(0)?,
                Kind::ScopedTypeIdentifier | Kind::AnnotatedType => {
                    node.named_child((node.named_child_count() as u32).checked_sub(1)?)?
                }
                Kind::ScopedIdentifier => self.field(node, self.fields.name)?,
                Kind::ArrayType => self.field(node, self.fields.element)?,
                _ => return None,
            };
        }
        None
    }
}
