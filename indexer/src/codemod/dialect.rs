//! The grammars as ast-grep wants them: a name, a parser, and a sign for variables of patterns.
//!
//! A pattern is code with holes, `log($A)`, and is parsed by the grammar of its language. Where `$`
//! cannot stand in a name, it is replaced by a character that can before the pattern is parsed, and
//! names that begin with it are the holes. The characters are ast-grep's own where it has the
//! language; for the others they are chosen from what the grammar takes for a name.

use super::literals::{Masked, bytes_of, is_literal};
use crate::languages::{self, Language as Known};
use crate::parse::patiently;
use ast_grep_core::matcher::{Pattern, PatternBuilder, PatternError};
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc};
use ast_grep_core::{AstGrep, Language};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::cell::RefCell;
use std::num::NonZeroU16;
use std::ops::Range;
use tree_sitter::{Parser, Point, Tree};

/// Deeper trees are given up: what compares two of them calls itself.
const MOST_DEPTH: usize = 1_500;

/// A language that rules can be for.
struct Row {
    /// As rules name it, and what else they may call it.
    names: &'static [&'static str],
    /// The language here; it may have several grammars.
    known: &'static str,
    /// A path that its grammar is for.
    sample: &'static str,
    /// What a variable of a pattern begins with when it is parsed.
    sign: char,
}

const fn row(names: &'static [&'static str], sample: &'static str, sign: char) -> Row {
    Row { names, known: names[0], sample, sign }
}

static ROWS: [Row; 36] = [
    row(&["bash", "sh", "shell"], "a.sh", '$'),
    row(&["c"], "a.c", '𐀀'),
    row(&["containerfile", "dockerfile"], "Dockerfile", '$'),
    row(&["cpp", "c++", "cc", "cxx"], "a.cpp", '𐀀'),
    row(&["csharp", "cs", "c#"], "a.cs", 'µ'),
    row(&["css"], "a.css", '_'),
    row(&["dart"], "a.dart", '$'),
    row(&["elixir", "ex"], "a.ex", 'µ'),
    row(&["go", "golang"], "a.go", 'µ'),
    row(&["graphql", "gql"], "a.graphql", '_'),
    row(&["haskell", "hs"], "a.hs", 'µ'),
    row(&["hcl", "terraform", "tf"], "a.tf", 'µ'),
    row(&["html"], "a.html", 'z'),
    row(&["java"], "a.java", '$'),
    row(&["javascript", "js", "jsx"], "a.js", '$'),
    row(&["julia", "jl"], "a.jl", 'µ'),
    row(&["kotlin", "kt"], "a.kt", 'µ'),
    row(&["lua"], "a.lua", '$'),
    row(&["markdown", "md"], "a.md", '$'),
    row(&["ocaml", "ml"], "a.ml", '_'),
    Row { names: &["ocaml-interface", "mli"], known: "ocaml", sample: "a.mli", sign: '_' },
    row(&["php"], "a.php", 'µ'),
    row(&["proto", "protobuf"], "a.proto", '_'),
    row(&["python", "py"], "a.py", 'µ'),
    row(&["r"], "a.r", 'µ'),
    row(&["ruby", "rb"], "a.rb", 'µ'),
    row(&["rust", "rs"], "a.rs", 'µ'),
    row(&["scala"], "a.scala", '$'),
    row(&["solidity", "sol"], "a.sol", '$'),
    row(&["svelte"], "a.svelte", 'z'),
    row(&["swift"], "a.swift", 'µ'),
    Row { names: &["tsx"], known: "typescript", sample: "a.tsx", sign: '$' },
    row(&["typescript", "ts"], "a.ts", '$'),
    row(&["vue"], "a.vue", 'z'),
    row(&["yaml", "yml"], "a.yaml", '$'),
    row(&["zig"], "a.zig", '_'),
];

impl Row {
    fn name(&self) -> &'static str {
        self.names[0]
    }

    /// The grammar for its files.
    fn grammar(&self) -> Option<tree_sitter::Language> {
        // The usual grammar of PHP takes everything before `<?php` for text, and so a pattern too.
        if self.known == "php" {
            return Some(tree_sitter_php::LANGUAGE_PHP_ONLY.into());
        }
        languages::by_name(self.known)?.grammar(self.sample)
    }
}

/// One language with one grammar.
#[derive(Clone)]
pub(super) struct Dialect {
    row: &'static Row,
    known: &'static dyn Known,
    grammar: tree_sitter::Language,
}

impl PartialEq for Dialect {
    fn eq(&self, other: &Self) -> bool {
        self.row.name() == other.row.name()
    }
}

impl Eq for Dialect {}

/// A text with its tree.
pub(super) struct Parsed {
    pub(super) root: AstGrep<StrDoc<Dialect>>,
    /// The same with literals of several lines as one line each, where there are such.
    pub(super) masked: Option<Masked>,
    /// Where those literals are.
    pub(super) literals: Vec<Range<usize>>,
    /// Where the grammar does not fit the text: bytes of what is an error or is missing.
    pub(super) broken: Vec<Range<usize>>,
    /// What is of another language.
    pub(super) outside: Vec<Range<usize>>,
}

impl Parsed {
    pub(super) fn text(&self) -> &str {
        self.root.source()
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, byte: usize) -> u32 {
        self.text().get(..byte).unwrap_or(self.text()).matches('\n').count() as u32 + 1
    }

    /// The line of the first place that does not fit and does not end before a byte, from 1.
    pub(super) fn broken_from(&self, byte: usize) -> u32 {
        let first = self.broken.iter().find(|broken| broken.end >= byte);
        // An error may begin long before what caused it.
        self.line(first.map_or(byte, |broken| broken.start.max(byte)))
    }

    /// Whether some of a range is of another language.
    pub(super) fn is_outside(&self, range: &Range<usize>) -> bool {
        self.outside.iter().any(|other| other.start < range.end && range.start < other.end)
    }
}

thread_local! {
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

impl Dialect {
    fn new(row: &'static Row) -> Option<Self> {
        Some(Self { row, known: languages::by_name(row.known)?, grammar: row.grammar()? })
    }

    /// The one of this name, in small letters or capitals.
    fn named(name: &str) -> Option<Self> {
        let is_called = |row: &&Row| row.names.iter().any(|own| own.eq_ignore_ascii_case(name));
        Self::new(ROWS.iter().find(is_called)?)
    }

    /// The names of all.
    pub(super) fn names() -> Vec<&'static str> {
        ROWS.iter().map(Row::name).collect()
    }

    /// That of a file.
    pub(super) fn of(path: &str, text: &str) -> Option<Self> {
        Self::for_language(languages::for_file(path, text)?, path)
    }

    fn for_language(known: &'static dyn Known, path: &str) -> Option<Self> {
        let mut rows = ROWS.iter().filter(|row| row.known == known.name());
        let first = rows.next()?;
        let own = known.grammar(path);
        let is_own = |row: &&Row| known.grammar(row.sample) == own;
        // Only where there are several does the grammar tell.
        let row = if is_own(&first) { first } else { rows.find(is_own).unwrap_or(first) };
        Self::new(row)
    }

    /// Whether a file of this path may be one of its own; of a header, and of a script without an
    /// extension, only its text says which.
    pub(super) fn may_claim(&self, path: &str) -> bool {
        let Some(known) = languages::for_path(path) else {
            let own = languages::by_name(self.row.known);
            let runs = own.is_some_and(|own| !own.interpreters().is_empty());
            return runs && languages::may_be_script(path);
        };
        if known.name() == "c" && path.ends_with(".h") && self.row.known == "cpp" {
            return true;
        }
        Self::for_language(known, path).is_some_and(|dialect| dialect == *self)
    }

    /// Parses a text; else what is wrong with it.
    pub(super) fn parse(&self, text: &str) -> Result<Parsed, &'static str> {
        let (outside, from) = match self.row.known {
            "php" => self.beside_php(text)?,
            _ => (Vec::new(), None),
        };
        let tree = self.tree_by(&self.grammar, text, from)?;
        let Survey { deepest, broken, literals } = survey(&tree, text);
        if deepest > MOST_DEPTH {
            return Err("is nested too deeply");
        }
        let masked = Masked::new(text, self, &tree, &literals);
        let doc = StrDoc { src: text.to_owned(), lang: self.clone(), tree };
        Ok(Parsed { root: AstGrep::doc(doc), masked, literals, broken, outside })
    }

    fn tree(&self, text: &str) -> Result<Tree, &'static str> {
        self.tree_by(&self.grammar, text, None)
    }

    /// The tree of a text, or of what is in it from a place on.
    fn tree_by(
        &self,
        grammar: &tree_sitter::Language,
        text: &str,
        from: Option<(usize, Point)>,
    ) -> Result<Tree, &'static str> {
        if self.known.is_too_deep(text) {
            return Err("is nested too deeply");
        }
        const END: usize = u32::MAX as usize;
        let part = from.map(|(start_byte, start_point)| {
            let end_point = Point { row: END, column: END };
            tree_sitter::Range { start_byte, end_byte: END, start_point, end_point }
        });
        PARSER.with_borrow_mut(|parser| {
            parser.set_language(grammar).map_err(|_| "has a grammar that does not load")?;
            // None are all of it.
            let set = parser.set_included_ranges(part.as_slice());
            set.map_err(|_| "cannot be parsed in parts")?;
            patiently(parser, text, text.len()).ok_or("takes too long to parse")
        })
    }

    /// What of a file of PHP is none, and where its PHP begins: the grammar of rules would take all
    /// of it for code.
    fn beside_php(&self, text: &str) -> Result<Beside, &'static str> {
        let tree = self.tree_by(&tree_sitter_php::LANGUAGE_PHP.into(), text, None)?;
        let (mut outside, mut from) = (Vec::new(), None);
        walk(&tree, &mut |node, _| match node.kind() {
            "text" => outside.push(node.byte_range()),
            "php_tag" if from.is_none() => from = Some((node.start_byte(), node.start_position())),
            _ => {}
        });
        Ok((outside, from))
    }
}

/// What of a text is of another language, and from where on it is of this one.
type Beside = (Vec<Range<usize>>, Option<(usize, Point)>);

/// What is to be known of a tree.
#[derive(Default)]
struct Survey {
    /// How deep it is.
    deepest: usize,
    /// Where it does not fit.
    broken: Vec<Range<usize>>,
    /// Its literals of several lines, in order and without those within others.
    literals: Vec<Range<usize>>,
}

fn survey(tree: &Tree, text: &str) -> Survey {
    let mut survey = Survey::default();
    walk(tree, &mut |node, depth| {
        survey.deepest = survey.deepest.max(depth);
        if node.is_error() || node.is_missing() {
            survey.broken.push(node.byte_range());
        }
        let is_long = node.end_position().row > node.start_position().row;
        if is_long && is_literal(node.kind()) {
            let literal = bytes_of(node.kind(), &node.byte_range(), text);
            if survey.literals.last().is_none_or(|last| last.end <= literal.start) {
                survey.literals.push(literal);
            }
        }
    });
    survey
}

/// Shows every node of a tree with its depth, parents before what is in them.
fn walk(tree: &Tree, each: &mut dyn FnMut(tree_sitter::Node<'_>, usize)) {
    let mut cursor = tree.walk();
    let mut depth = 0;
    loop {
        each(cursor.node(), depth);
        if cursor.goto_first_child() {
            depth += 1;
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
            depth -= 1;
        }
    }
}

impl Language for Dialect {
    fn pre_process_pattern<'q>(&self, query: &'q str) -> Cow<'q, str> {
        match self.row.sign {
            '$' => Cow::Borrowed(query),
            sign => Cow::Owned(signed(query, sign)),
        }
    }

    fn expando_char(&self) -> char {
        self.row.sign
    }

    fn kind_to_id(&self, kind: &str) -> u16 {
        self.grammar.id_for_node_kind(kind, true)
    }

    fn field_to_id(&self, field: &str) -> Option<u16> {
        self.grammar.field_id_for_name(field).map(NonZeroU16::get)
    }

    fn build_pattern(&self, builder: &PatternBuilder) -> Result<Pattern, PatternError> {
        builder.build(|pattern| {
            let tree = self.tree(pattern).map_err(|reason| format!("the pattern {reason}"))?;
            if survey(&tree, pattern).deepest > MOST_DEPTH {
                return Err("the pattern is nested too deeply".to_owned());
            }
            Ok(StrDoc { src: pattern.to_owned(), lang: self.clone(), tree })
        })
    }
}

impl LanguageExt for Dialect {
    fn get_ts_language(&self) -> tree_sitter::Language {
        self.grammar.clone()
    }
}

/// A pattern in which variables begin with another sign than `$`: `$A`, `$$A`, `$$$A`, `$_`, and
/// `$$$` alone. Any other `$` belongs to the code.
fn signed(pattern: &str, sign: char) -> String {
    let mut text = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        let after = rest[at..].trim_start_matches('$');
        let dollars = rest.len() - at - after.len();
        let is_variable = dollars == 3 || after.starts_with(|c: char| matches!(c, 'A'..='Z' | '_'));
        text.extend(std::iter::repeat_n(if is_variable { sign } else { '$' }, dollars));
        rest = after;
    }
    text.push_str(rest);
    text
}

impl<'de> Deserialize<'de> for Dialect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| {
            let known = Self::names().join(", ");
            serde::de::Error::custom(format!("no rule can be for `{name}`; languages are {known}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, ROWS, signed};
    use crate::languages::LANGUAGES;

    #[test]
    fn every_language_with_a_grammar_can_have_rules() {
        for row in &ROWS {
            assert!(row.grammar().is_some(), "{} has no grammar", row.name());
            let of = Dialect::of(row.sample, "").map(|dialect| dialect.row.name());
            assert_eq!(of, Some(row.name()), "{}", row.sample);
        }
        for language in LANGUAGES {
            let extension = language.extensions().first().copied().unwrap_or_default();
            let has_row = ROWS.iter().any(|row| row.known == language.name());
            let path = format!("a.{extension}");
            assert_eq!(language.grammar(&path).is_some(), has_row, "{}", language.name());
        }
    }

    #[test]
    fn only_variables_get_another_sign() {
        for (pattern, expected) in [
            ("f($A, $$$)", "f(µA, µµµ)"),
            ("$_ + $$B + $$$ARGS", "µ_ + µµB + µµµARGS"),
            ("$user->save($A)", "$user->save(µA)"),
            ("cost is $5, $ and $$", "cost is $5, $ and $$"),
            ("$$$", "µµµ"),
            ("", ""),
        ] {
            assert_eq!(signed(pattern, 'µ'), expected);
        }
    }
}
