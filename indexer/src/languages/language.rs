//! What a language has to say about itself.
//!
//! A language is a folder with one [`Language`] value: which files are its own, which grammar
//! parses them, the walk that lowers a syntax tree to facts, and the few rules of its module
//! system that the neutral resolver has to ask for. Everything else is shared.

use crate::extract::FactsBuilder;
use crate::layout::Layout;
use qf_graph::facts::{FileFacts, Import, ScopeId};
use tree_sitter::Tree;

/// How deeply a language is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Headings, keys, stages: things to find, no calls.
    Document,
    /// Definitions, references and imports where the grammar shows them.
    Generic,
    /// Scopes, imports, bindings, receivers, field reads and writes, inheritance.
    Deep,
}

/// One language.
pub trait Language: Sync {
    /// Lower-case name (`python`, `csharp`), also what `--lang` takes.
    fn name(&self) -> &'static str;

    /// Languages of one family can name each other's definitions (`javascript` for JavaScript,
    /// TypeScript, TSX, Vue and Svelte; `c` for C and C++).
    fn family(&self) -> &'static str {
        self.name()
    }

    /// How deep the walk goes.
    fn depth(&self) -> Depth;

    /// File extensions without the dot, lower case.
    fn extensions(&self) -> &'static [&'static str];

    /// Whole file names (`Makefile`, `BUILD`), exact.
    fn file_names(&self) -> &'static [&'static str] {
        &[]
    }

    /// Interpreter names of a `#!` line (`python3` matches `python`).
    fn interpreters(&self) -> &'static [&'static str] {
        &[]
    }

    /// The grammar for a file of this language. `path` decides between dialects (`.tsx`).
    /// `None`: the walk reads the text itself.
    fn grammar(&self, path: &str) -> Option<tree_sitter::Language>;

    /// Whether a text is nested deeper than the grammar can bear; such a text is not parsed.
    fn is_too_deep(&self, source: &str) -> bool {
        let _ = source;
        false
    }

    /// A text of the same length and lines that the grammar may read with fewer errors: what it
    /// cannot know is blanked. `None` when nothing is.
    fn masked(&self, source: &str) -> Option<String> {
        let _ = source;
        None
    }

    /// Lowers the tree to facts. Must not panic on any tree (ERROR and MISSING nodes are
    /// everywhere in real code) and must call `out.enter`/`out.leave` on nesting.
    fn extract(&self, path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>);

    /// The module system and other rules the resolver asks for.
    fn semantics(&self) -> &'static dyn Semantics {
        &NoSemantics
    }
}

/// A name under which the scopes of one or more files are found: a Python module, a Go package,
/// a TypeScript file, a Rust module.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NamespaceKey {
    /// Text in the language's own terms (`flask.app`, `com.acme.pay`, `src/api/refund`,
    /// `github.com/acme/pay/ledger`, `tower::util`).
    pub text: String,
    /// Visible from other repositories (through a package), not only inside this one.
    pub global: bool,
}

impl NamespaceKey {
    /// A namespace of this repository only (path-based module systems).
    pub fn local(text: impl Into<String>) -> Self {
        Self { text: text.into(), global: false }
    }

    /// A namespace that other repositories can import.
    pub fn global(text: impl Into<String>) -> Self {
        Self { text: text.into(), global: true }
    }
}

/// What kind of value a call of a built-in member gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltinResult {
    /// A value of this built-in type (`str.split` → `list`).
    Type(&'static str),
    /// An element of the receiver (`list.pop`, `dict.get`).
    Element,
    /// The receiver itself or something of its shape (`list.copy`, `Vec.iter`).
    Receiver,
    /// The receiver seen in another way (`dict.values`).
    Seen(View),
    /// The first argument seen in another way (`Object.entries`).
    SeenArgument(View),
    /// A collection of what the function that is passed gives (`list.map`).
    Mapped,
    /// A collection of the elements of what that function gives (`list.flatMap`).
    Flattened,
    /// What that function gives, to be waited for (`promise.then`).
    Chained,
    /// Known to be built in, value unknown.
    Unknown,
}

/// A way to look at a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Its elements.
    Elements,
    /// The keys of a mapping.
    Keys,
    /// The values of a mapping.
    Values,
    /// Tuples of a key and a value.
    Pairs,
    /// Objects with a key and a value.
    Entries,
    /// Tuples of a number and an element.
    Numbered,
    /// What waiting for all of its elements gives, to be waited for.
    Settled,
}

/// How a value of one type becomes one of another, the least effort first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conversion {
    /// It is one.
    Same,
    /// It is one of a wider type (`int` to `long`, a class to its superclass).
    Widening,
    /// It is put into an object or taken out of one (`int` to `Integer`).
    Boxing,
    /// It may be one.
    Open,
    /// It is none.
    Unrelated,
}

/// A language's rules for the resolver. Every method has a neutral default.
pub trait Semantics: Sync {
    /// The namespaces that scopes of this file belong to: usually one entry with
    /// [`ScopeId::MODULE`]; inline modules add theirs. A file may stand under several keys.
    fn namespaces(
        &self,
        path: &str,
        facts: &FileFacts,
        layout: &Layout,
    ) -> Vec<(NamespaceKey, ScopeId)> {
        let _ = (facts, layout);
        vec![(NamespaceKey::local(path), ScopeId::MODULE)]
    }

    /// Namespace keys an import's *module* may mean, best first; the first that exists is taken.
    /// Empty means: certainly not in any indexed repository (external).
    fn import_candidates(
        &self,
        import: &Import,
        path: &str,
        facts: &FileFacts,
        layout: &Layout,
    ) -> Vec<String> {
        let _ = (import, path, facts, layout);
        Vec::new()
    }

    /// The key of the namespace called `name` inside `namespace` (`a.b` + `c` → `a.b.c`), when
    /// the language has nested namespaces that can be named through their parent.
    fn child_namespace(&self, namespace: &str, name: &str) -> Option<String> {
        let _ = (namespace, name);
        None
    }

    /// Whether another file of the namespace that a file belongs to can name this definition of it
    /// without importing anything. In C the linker joins functions, but no macros.
    fn is_linked(&self, definition: &qf_graph::facts::Definition) -> bool {
        let _ = definition;
        true
    }

    /// The key of the namespace that all files of a program belong to, where a linker joins them by
    /// nothing but the names of functions and an include passes on all that it brings in.
    fn program(&self) -> Option<&'static str> {
        None
    }

    /// The key of the namespace around a namespace (`a.b` around `a.b.c`), where one exists even
    /// without a file of its own (Python's namespace packages).
    fn outer_namespace<'k>(&self, namespace: &'k str) -> Option<&'k str> {
        let _ = namespace;
        None
    }

    /// Whether names bound in a type's scope are visible lexically inside its methods (Java, C#,
    /// C++, Kotlin: yes; Python, JavaScript, Rust, Go: no).
    fn members_visible_in_methods(&self) -> bool {
        false
    }

    /// Whether calling a class makes an instance (Python: `User()`).
    fn calling_a_class_constructs(&self) -> bool {
        false
    }

    /// Whether a method of the standard library enters the context manager that it is given
    /// (Python: `stack.enter_context(manager)`).
    fn enters_its_argument(&self, _method: &str) -> bool {
        false
    }

    /// Whether a test is given what the function named like its parameter makes (pytest).
    fn tests_take_fixtures(&self) -> bool {
        false
    }

    /// Whether a construction expression only fills fields and calls nothing (Rust and Go struct
    /// literals). In these languages members are never in scope without a receiver either.
    fn literals_call_nothing(&self) -> bool {
        false
    }

    /// Names of constructors (`__init__`, `constructor`); Java's have the class's name and are of
    /// kind `Constructor`.
    fn constructor_names(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether a type without a constructor has that of its base (Python, JavaScript), rather than
    /// one of its own that nobody wrote (Java).
    fn constructors_are_inherited(&self) -> bool {
        true
    }

    /// Whether a call of a macro is written as one (`error!(…)`).
    fn marks_macros(&self) -> bool {
        false
    }

    /// Whether `Interface::method(value)` calls the method of the value's type.
    fn calls_through_interfaces(&self) -> bool {
        false
    }

    /// Whether the name of an alias or interface can stand where a value is wanted.
    fn types_are_values(&self) -> bool {
        true
    }

    /// Whether a call means the first of a method's declared signatures that its arguments fit.
    fn first_signature_wins(&self) -> bool {
        false
    }

    /// Whether the types of arguments choose between functions of one name.
    fn overloads_by_type(&self) -> bool {
        false
    }

    /// Whether a variable hides the function of its name where that is called.
    fn variables_hide_functions(&self) -> bool {
        true
    }

    /// Whether a method that is not exported can be called in its own repository only.
    fn methods_may_stay_inside(&self) -> bool {
        false
    }

    /// Whether a call of an interface's method says next to nothing of which implementation runs.
    fn dispatch_is_open(&self) -> bool {
        false
    }

    /// Whether a call of a method that has a body may run what overrides it instead.
    fn methods_are_virtual(&self) -> bool {
        false
    }

    /// How a value of a built-in type becomes one of another, where the types of arguments choose
    /// between functions. `class` stands for any type that is not built in, `null` for no value.
    fn conversion(&self, from: &str, to: &str) -> Conversion {
        if from == to { Conversion::Same } else { Conversion::Open }
    }

    /// Naming a variant of an enum like a function makes a value (Rust, Swift, Scala).
    fn variants_are_constructors(&self) -> bool {
        true
    }

    /// Interfaces are satisfied by having their methods (Go).
    fn structural_interfaces(&self) -> bool {
        false
    }

    /// Names that are always visible without an import: functions and types of the language and
    /// its prelude (sorted). A name found here and nowhere in scope is `Builtin`.
    fn builtins(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether a file calls what it imports by the name that the imported files give themselves.
    fn clauses_name_imports(&self) -> bool {
        false
    }

    /// Whether iterating over a list gives positions first (`for i := range list`).
    fn iterates_over_positions(&self) -> bool {
        false
    }

    /// Whether a name that stands where only a type may is looked for among types only.
    fn types_are_looked_for_alone(&self) -> bool {
        self.members_visible_in_methods()
    }

    /// The built-in type made by calling or naming a built-in (`str` → `str`, `sorted` →
    /// `list`).
    fn builtin_call(&self, name: &str) -> Option<&'static str> {
        let _ = name;
        None
    }

    /// How a built-in sees its first argument whose elements it gives (`sorted`, `enumerate`).
    fn builtin_view(&self, name: &str) -> Option<View> {
        let _ = name;
        None
    }

    /// What iterating over a mapping of a built-in type gives.
    fn iteration(&self, type_name: &str) -> View {
        let _ = type_name;
        View::Keys
    }

    /// Position of the value among the arguments of the function that a mapping's `forEach` calls.
    fn value_in_for_each(&self) -> Option<usize> {
        None
    }

    /// The built-in type of a view of a mapping.
    fn collection(&self, view: View) -> &'static str {
        let _ = view;
        "list"
    }

    /// Whether a type that is not indexed is known to be one of another, by their names.
    fn is_kind_of(&self, from: &str, to: &str) -> bool {
        let _ = (from, to);
        false
    }

    /// What calling (or reading) member `name` of built-in type `type_name` gives; `None` when
    /// the type has no such member.
    fn builtin_member(&self, type_name: &str, name: &str) -> Option<BuiltinResult> {
        let _ = (type_name, name);
        None
    }

    /// What calling a member gives that every object has, whatever its type (`toString`).
    fn universal_member(&self, name: &str) -> Option<BuiltinResult> {
        let _ = name;
        None
    }

    /// Whether a generic built-in only points to its argument, whose members it has besides those
    /// that the project gives to the pointer itself (`impl<S: Service> Service for Box<S>`).
    fn is_pointer(&self, type_name: &str) -> bool {
        let _ = type_name;
        false
    }

    /// Whether texts that are made have another type than those that stand in the program (Rust's
    /// `String` and `&str`). Their type is lowered as `str` with an argument.
    fn tells_texts_apart(&self) -> bool {
        false
    }

    /// Whether a method of this name makes a text.
    fn makes_text(&self, method: &str) -> bool {
        let _ = method;
        false
    }

    /// Whether a function of this name, called on a type, gives an instance of it where nobody
    /// wrote it: a derived trait has it (Rust's `Default`).
    fn derives_maker(&self, name: &str) -> bool {
        let _ = name;
        false
    }

    /// Whether a field with this decorator holds what a mocking library makes: none of the
    /// project's classes.
    fn is_mock(&self, decorator: &str) -> bool {
        let _ = decorator;
        false
    }

    /// The associated type that a type passes members on to when it implements an interface: the
    /// `Target` of Rust's `Deref`.
    fn passes_on_to(&self, interface: &str) -> Option<&'static str> {
        let _ = interface;
        None
    }

    /// Method names that are too common in the language's standard library to be guessed from
    /// the name alone (sorted): `get`, `update`, `append`, `map`, `len`, `clone`, …
    fn common_members(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether a module path is of the language's standard library (`os.path`, `node:fs`,
    /// `std::collections`, `fmt`, `java.util`).
    fn is_standard_library(&self, module: &str) -> bool {
        let _ = module;
        false
    }

    /// Whether a path is test code by the language's conventions.
    fn is_test_path(&self, path: &str) -> bool {
        let _ = path;
        false
    }
}

/// For languages without a module system of their own.
pub struct NoSemantics;

impl Semantics for NoSemantics {}
