//! One file's text to its facts.
//!
//! Parsing never fails: whatever the file holds, facts come back, with problems where something
//! could not be read. A walk that panics (it must not) costs that file's remaining facts, not the
//! run.

use crate::extract::FactsBuilder;
use crate::languages::Language;
use qf_graph::facts::{ByteRange, FileFacts, ProblemKind};
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;

/// How often a parser may report progress or ask for a piece of the text before a text of so many bytes
/// is given up (its facts are then empty). It reports every hundred operations; of 27,000 files of real
/// code none needs more than .022 reports a byte, this is six times as many and some more. A
/// grammar's recovery from errors can be exponential, and its scanner may look to the end of the
/// text in every operation, so there has to be an end; a clock would make it depend on the machine.
fn patience(bytes: usize) -> usize {
    2_000 + bytes / 8
}

/// Bytes that a parser gets at once: more than it asks for one by one, few enough to count by.
const PIECE: usize = 1024;

thread_local! {
    static PARSER: RefCell<tree_sitter::Parser> = RefCell::new(tree_sitter::Parser::new());
}

/// Parses `source` with the language's grammar, as it is written or as the language would have it read
/// ([`Language::masked`]), whichever has fewer errors; `None` when the grammar is missing, not
/// compatible, too slow for this text, or cannot bear how deep it is nested.
pub fn tree(language: &dyn Language, path: &str, source: &str) -> Option<tree_sitter::Tree> {
    let tree = as_written(language, path, source);
    let sound = tree.as_ref().is_some_and(|tree| !tree.root_node().has_error());
    if sound {
        return tree;
    }
    let Some(masked) = language.masked(source) else { return tree };
    let other = as_written(language, path, &masked);
    let (Some(written), Some(read)) = (&tree, &other) else { return tree.or(other) };
    // A brace too few makes one function of all that follow, without an error.
    let (before, now) = (functions(written), functions(read));
    let keeps = now + now / 20 + 1 >= before;
    if keeps && faults(read) < faults(written) { other } else { tree }
}

/// How many functions stand in no other.
fn functions(tree: &tree_sitter::Tree) -> usize {
    let kind = tree.language().id_for_node_kind("function_definition", true);
    let mut count = 0;
    let mut cursor = tree.walk();
    loop {
        let is_function = cursor.node().kind_id() == kind;
        count += usize::from(is_function);
        if !is_function && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return count;
            }
        }
    }
}

/// The same of the text as it is written.
pub fn as_written(language: &dyn Language, path: &str, source: &str) -> Option<tree_sitter::Tree> {
    let grammar = language.grammar(path)?;
    if language.is_too_deep(source) {
        return None;
    }
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(&grammar).ok()?;
        patiently(parser, source, source.len())
    })
}

/// How much of a text its grammar could not read: bytes, and what was missing.
fn faults(tree: &tree_sitter::Tree) -> u64 {
    let mut faults = 0;
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        if node.is_error() {
            faults += 1 + node.byte_range().len() as u64;
        } else if node.is_missing() {
            faults += 1;
        } else if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return faults;
            }
        }
    }
}

/// Parses a text, or the ranges of it that the parser was told of, which have so many bytes; `None` when
/// that takes too long.
pub(crate) fn patiently(
    parser: &mut tree_sitter::Parser,
    source: &str,
    bytes: usize,
) -> Option<tree_sitter::Tree> {
    let left = Cell::new(patience(bytes));
    let spend = || {
        left.set(left.get().saturating_sub(1));
        left.get() > 0
    };
    let mut stop = |_: &tree_sitter::ParseState| {
        if spend() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let options = tree_sitter::ParseOptions::new().progress_callback(&mut stop);
    let mut piece = |offset: usize, _| {
        let rest = source.as_bytes().get(offset..).filter(|_| spend()).unwrap_or(&[]);
        &rest[..rest.len().min(PIECE)]
    };
    let tree = parser.parse_with_options(&mut piece, None, Some(options));
    if tree.is_none() {
        parser.reset();
    }
    // A text that was given up looks like its beginning.
    tree.filter(|_| left.get() > 0)
}

/// The facts of one file.
pub fn facts(language: &dyn Language, path: &str, source: &str) -> FileFacts {
    walked(language, path, source, false)
}

/// The facts of one file with the reads and writes of its local variables, which nobody asks for
/// but who points at one of them.
pub fn facts_with_locals(language: &dyn Language, path: &str, source: &str) -> FileFacts {
    walked(language, path, source, true)
}

fn walked(language: &dyn Language, path: &str, source: &str, locals: bool) -> FileFacts {
    let tree = tree(language, path, source);
    let walked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut builder = FactsBuilder::new(language.name(), source);
        if tree.is_none() && language.grammar(path).is_some() {
            let deep = language.is_too_deep(source);
            let kind = if deep { ProblemKind::TooDeep } else { ProblemKind::TimedOut };
            builder.problem(kind, ByteRange { start: 0, end: 0 });
        } else {
            language.extract(path, tree.as_ref(), &mut builder);
            crate::extract::migrations::tables(language.name(), source, &mut builder);
        }
        // Here and not in a language: `setup.py` and `build.gradle.kts` are programs.
        if let Some(manifest) = crate::manifests::manifest(path, source) {
            builder.set_manifest(manifest);
        }
        if let Some(tree) = &tree {
            note_first_error(tree, &mut builder);
        }
        if locals { builder.finish_with_locals() } else { builder.finish() }
    }));
    walked.unwrap_or_else(|_| {
        let mut builder = FactsBuilder::new(language.name(), source);
        builder.problem(ProblemKind::Internal, ByteRange { start: 0, end: 0 });
        builder.finish()
    })
}

/// Notes where the grammar's first error stands.
fn note_first_error(tree: &tree_sitter::Tree, builder: &mut FactsBuilder<'_>) {
    let mut node = tree.root_node();
    if !node.has_error() {
        return;
    }
    'down: while !(node.is_error() || node.is_missing()) {
        for index in 0..node.child_count() {
            if let Some(child) = node.child(index)
                && (child.has_error() || child.is_missing())
            {
                node = child;
                continue 'down;
            }
        }
        break;
    }
    builder.problem(ProblemKind::Syntax, crate::extract::range(node));
}
