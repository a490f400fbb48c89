//! One walk for the languages that are understood from tables.
//!
//! A language needs hundreds of lines of its own only where its rules differ from everyone's.
//! Most do not: a definition has a name, parameters and a body, a call has a callee and
//! arguments, whatever the node kinds are called. So a language here is a [`Table`] that says
//! which node kind is what and where its parts are ([`rules`]), a hook for each construct that
//! a row of a table cannot say, and a small table of module-system rules ([`semantics`]). One
//! [`Walker`] reads the tables for all of them. The walk dispatches on the grammar's numeric
//! node kinds through a vector made once for each grammar, so a table costs no string
//! comparison a node.

mod assignments;
mod calls;
mod definitions;
pub mod hooks;
mod members;
pub mod rules;
pub mod semantics;
mod types;
mod walker;

pub use definitions::{Function, Type};
pub use walker::Walker;

use crate::extract::FactsBuilder;
use crate::languages::language::{Depth, Language, Semantics};
use qf_graph::facts::ExpressionId;
use rules::{Rule, TypeRule};
use rustc_hash::{FxHashMap, FxHashSet};
use semantics::Rules;
use std::sync::OnceLock;
use tree_sitter::{Node, Tree};

/// What a table cannot say: lowers one node by hand and yields its value.
pub type Hook = for<'t> fn(&mut Walker<'_, '_>, Node<'t>) -> ExpressionId;

/// How a bare `name = value` is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declares {
    /// It writes a variable that is declared elsewhere.
    Nothing,
    /// The first one makes a variable of the innermost function (or of the file).
    Local,
    /// It makes a variable of the file, unless a local of that name is in sight (Lua).
    Module,
}

/// What can be seen from outside.
#[derive(Debug, Clone, Copy)]
pub enum Visibility {
    /// Everything.
    All,
    /// Everything without one of these modifiers.
    Without(&'static [&'static str]),
    /// Only what has one of these modifiers; members of interfaces too.
    With(&'static [&'static str]),
    /// Everything whose name does not begin with an underscore.
    NoUnderscore,
}

/// How tests are recognised.
#[derive(Debug, Clone, Copy)]
pub struct Tests {
    /// Decorators, annotations and attributes of test functions and classes.
    pub decorators: &'static [&'static str],
    /// Base classes of test classes.
    pub bases: &'static [&'static str],
    /// Prefixes of test methods in test classes (of any function when `free` is set).
    pub prefixes: &'static [&'static str],
    /// Whether a free function with one of the prefixes is a test.
    pub free: bool,
}

impl Tests {
    /// No conventions.
    pub const NONE: Tests = Tests { decorators: &[], bases: &[], prefixes: &[], free: false };
}

/// One grammar with what the walk derives from it and the table.
pub struct Grammar {
    /// The grammar.
    pub language: fn() -> tree_sitter::Language,
    /// Derived once.
    pub compiled: OnceLock<Compiled>,
}

impl Grammar {
    /// A grammar nothing is derived from yet.
    pub const fn new(language: fn() -> tree_sitter::Language) -> Self {
        Self { language, compiled: OnceLock::new() }
    }
}

/// A table in the grammar's own numbers.
pub struct Compiled {
    rules: Vec<Rule>,
    types: Vec<TypeRule>,
    primitives: FxHashMap<&'static str, &'static str>,
    mutators: FxHashSet<&'static str>,
}

/// Everything the walk has to know of one language.
pub struct Table {
    /// Lower-case name.
    pub name: &'static str,
    /// Family, for languages that can name each other's definitions.
    pub family: &'static str,
    /// File extensions.
    pub extensions: &'static [&'static str],
    /// Whole file names.
    pub file_names: &'static [&'static str],
    /// Interpreters of `#!` lines.
    pub interpreters: &'static [&'static str],
    /// Grammars; most languages have one.
    pub grammars: &'static [&'static Grammar],
    /// Which of them parses a path.
    pub select: fn(&str) -> usize,
    /// See [`Language::masked`].
    pub masked: fn(&str) -> Option<String>,
    /// What each node kind is. A kind in `'` is an anonymous token (`'this`).
    pub rules: &'static [(&'static str, Rule)],
    /// What each node kind is where a type is expected.
    pub types: &'static [(&'static str, TypeRule)],
    /// Type names of the language and the built-in types they mean.
    pub primitives: &'static [(&'static str, &'static str)],
    /// What a bare assignment declares.
    pub declares: Declares,
    /// `self.x = …` makes the field where none is declared.
    pub implicit_fields: bool,
    /// What is exported.
    pub visibility: Visibility,
    /// Names of constructors.
    pub constructors: &'static [&'static str],
    /// A constructor has the name of its type (C++).
    pub constructor_is_type_name: bool,
    /// Names in capitals are constants.
    pub capitals_are_constants: bool,
    /// Methods that change their receiver.
    pub mutators: &'static [&'static str],
    /// Test conventions.
    pub tests: Tests,
    /// Identifiers that are the receiver (`$this`, Lua's `self`).
    pub this: &'static [&'static str],
    /// Variables begin with `$`, which is no part of their names.
    pub sigil: bool,
    /// `name = value` among arguments names an argument.
    pub assignment_names_argument: bool,
    /// The parameter of a closure that names none (`it`, `$0`).
    pub implicit_parameter: &'static str,
    /// The name of a receiver that is written as a parameter (Zig's `self`).
    pub receiver_parameter: &'static str,
    /// Nodes in which a string above a definition documents it (Julia).
    pub docstring_parents: &'static [&'static str],
    /// Looks at an identifier before it is read; `Some` when that was all.
    pub name_hook: Option<for<'t> fn(&mut Walker<'_, '_>, Node<'t>) -> Option<ExpressionId>>,
    /// Runs before the walk (package clauses, implicit imports).
    pub begin: Option<Hook>,
    /// What the resolver asks for.
    pub semantics: &'static Rules,
}

fn nothing_masked(_: &str) -> Option<String> {
    None
}

fn first_grammar(_path: &str) -> usize {
    0
}

impl Table {
    /// A table that says nothing; languages name only what differs.
    pub const EMPTY: Table = Table {
        name: "",
        family: "",
        extensions: &[],
        file_names: &[],
        interpreters: &[],
        grammars: &[],
        select: first_grammar,
        masked: nothing_masked,
        rules: &[],
        types: &[],
        primitives: &[],
        declares: Declares::Nothing,
        implicit_fields: false,
        visibility: Visibility::All,
        constructors: &[],
        constructor_is_type_name: false,
        capitals_are_constants: false,
        mutators: &[],
        tests: Tests::NONE,
        this: &[],
        sigil: false,
        assignment_names_argument: false,
        implicit_parameter: "",
        docstring_parents: &[],
        receiver_parameter: "",
        name_hook: None,
        begin: None,
        semantics: &Rules::EMPTY,
    };

    fn chosen(&self, path: &str) -> Option<&'static Grammar> {
        self.grammars.get((self.select)(path)).or(self.grammars.first()).copied()
    }

    fn compile(&self, grammar: &tree_sitter::Language) -> Compiled {
        let named: FxHashMap<&str, Rule> = self.rules.iter().copied().collect();
        let type_rules: FxHashMap<&str, TypeRule> = self.types.iter().copied().collect();
        let count = grammar.node_kind_count();
        let mut rules = vec![Rule::Children; count];
        let mut types = vec![TypeRule::Children; count];
        for id in 0..count {
            let Some(kind) = grammar.node_kind_for_id(id as u16) else { continue };
            if grammar.node_kind_is_named(id as u16) {
                rules[id] = named.get(kind).copied().unwrap_or(Rule::Children);
                types[id] = type_rules.get(kind).copied().unwrap_or(TypeRule::Children);
            } else {
                let token = format!("'{kind}");
                rules[id] = named.get(token.as_str()).copied().unwrap_or(Rule::Token);
            }
        }
        Compiled {
            rules,
            types,
            primitives: self.primitives.iter().copied().collect(),
            mutators: self.mutators.iter().copied().collect(),
        }
    }
}

impl Compiled {
    fn rule(&self, node: Node<'_>) -> Rule {
        self.rules.get(node.kind_id() as usize).copied().unwrap_or(Rule::Children)
    }

    fn type_rule(&self, node: Node<'_>) -> TypeRule {
        self.types.get(node.kind_id() as usize).copied().unwrap_or(TypeRule::Children)
    }
}

impl Language for Table {
    fn name(&self) -> &'static str {
        self.name
    }

    fn family(&self) -> &'static str {
        if self.family.is_empty() { self.name } else { self.family }
    }

    fn depth(&self) -> Depth {
        Depth::Generic
    }

    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
    }

    fn file_names(&self) -> &'static [&'static str] {
        self.file_names
    }

    fn interpreters(&self) -> &'static [&'static str] {
        self.interpreters
    }

    fn grammar(&self, path: &str) -> Option<tree_sitter::Language> {
        self.chosen(path).map(|grammar| (grammar.language)())
    }

    fn masked(&self, source: &str) -> Option<String> {
        (self.masked)(source)
    }

    fn extract(&self, path: &str, tree: Option<&Tree>, out: &mut FactsBuilder<'_>) {
        let (Some(tree), Some(grammar)) = (tree, self.chosen(path)) else { return };
        let compiled = grammar.compiled.get_or_init(|| self.compile(&(grammar.language)()));
        let root = tree.root_node();
        let mut walker = Walker::new(out, self, compiled);
        if let Some(begin) = self.begin {
            begin(&mut walker, root);
        }
        walker.children(root);
    }

    fn semantics(&self) -> &'static dyn Semantics {
        self.semantics
    }
}
