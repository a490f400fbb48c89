//! Changes of code by rules: what matches a pattern of syntax is written anew.
//!
//! A plan that renames a call in two hundred files should say so in one rule, not in two hundred
//! edits, and not in a `sed` line that also changes strings and comments. The rules are ast-grep's,
//! in its own format and read by its own crates, since people and models know how to write them;
//! the grammars are those that everything here is parsed with, so that a rule and the graph see the
//! same tree.
//!
//! One rule is applied after the other, in the order of the text, each to what those before have
//! left. Of matches within each other the outermost is rewritten and what is inside it stays as it
//! is, as ast-grep's own rewriting does it; a second run reaches the next one. What has a syntax
//! error in it is never matched, and a rewriting after which a file has more errors than before is
//! refused as a whole. Nothing here writes to the disk.

mod below;
mod dialect;
mod read;

pub use below::{FileChange, apply_below};
pub use read::rules;

use ast_grep_config::{RuleCollection, RuleConfig, RuleCore};
use ast_grep_core::matcher::NodeMatch;
use ast_grep_core::meta_var::MetaVarEnv;
use ast_grep_core::tree_sitter::{StrDoc, Visitor};
use ast_grep_core::{Doc, Matcher, Node};
use dialect::{Dialect, Parsed};
use std::borrow::Cow;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CodemodError {
    /// The rules cannot be read.
    #[error("line {line} of the rules: {message}")]
    Rules {
        /// The line in their text, from 1.
        line: u32,
        /// What is wrong.
        message: String,
    },
    /// A file would be worse than before.
    #[error("rule `{rule}` would leave {path} with a new syntax error, at line {line}")]
    Broken {
        /// The file.
        path: String,
        /// The line in what it would become, from 1.
        line: u32,
        /// The rule.
        rule: String,
    },
    /// A file cannot be parsed at all.
    #[error("{path} {reason}; name other paths, or keep it out with `ignores` in the rule")]
    NotParsed {
        /// The file.
        path: String,
        /// Why.
        reason: &'static str,
    },
    /// A rule matches in a file that could not be written back as it was.
    #[error("{path} is no UTF-8 text; change it with a script")]
    NotText {
        /// The file.
        path: String,
    },
    /// A path leads elsewhere, or is none.
    #[error("the path {given} {reason}")]
    Path {
        /// As it was given.
        given: String,
        /// Why it cannot be taken.
        reason: String,
    },
    /// A file or folder cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// No threads are to be had.
    #[error("no threads can be made: {0}")]
    Threads(String),
    /// A library gave up in the middle.
    #[error("{of} cannot be worked on: the library that applies rules gave up")]
    Internal {
        /// The file, or the rules.
        of: String,
    },
}

/// What a text became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// All of it.
    pub text: String,
    /// How many places were written anew.
    pub changes: usize,
}

/// Rules, in the order in which they are applied.
pub struct Rules {
    rules: Vec<Rule>,
}

/// One of them, with the files that it says it is for.
struct Rule {
    id: String,
    dialect: Dialect,
    set: RuleCollection<Dialect>,
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.rules.iter().map(|rule| &rule.id)).finish()
    }
}

impl Rules {
    /// Whether a file is of a language that a rule is for, and where the rule says it is.
    pub fn claims(&self, path: &Path) -> bool {
        let Some(name) = path.to_str() else { return false };
        let is_for = |rule: &Rule| {
            rule.dialect.may_claim(name)
                && !rule.set.get_rule_from_lang(path, rule.dialect.clone()).is_empty()
        };
        self.rules.iter().any(is_for)
    }

    /// The text after all fixes; none when nothing matches. `path` is below the root of the work
    /// tree: it says of which language the text is, and the globs of rules are for it.
    pub fn apply(&self, path: &Path, text: &str) -> Result<Option<Rewritten>, CodemodError> {
        let name = path.to_string_lossy();
        // The library is written for programs that may end; nothing that a file holds may end this.
        catch_unwind(AssertUnwindSafe(|| self.rewrite(path, &name, text)))
            .unwrap_or_else(|_| Err(CodemodError::Internal { of: name.to_string() }))
    }

    fn rewrite(
        &self,
        path: &Path,
        name: &str,
        text: &str,
    ) -> Result<Option<Rewritten>, CodemodError> {
        let Some(dialect) = Dialect::of(name, text) else { return Ok(None) };
        let meant: Vec<(&str, &RuleConfig<Dialect>)> = self
            .rules
            .iter()
            .flat_map(|rule| {
                let configs = rule.set.get_rule_from_lang(path, dialect.clone());
                configs.into_iter().map(move |config| (rule.id.as_str(), config))
            })
            .collect();
        if meant.is_empty() {
            return Ok(None);
        }
        let parse = |text: &str| {
            dialect
                .parse(text)
                .map_err(|reason| CodemodError::NotParsed { path: name.to_owned(), reason })
        };
        let windows = has_windows_ends(text);
        let mut now = parse(text)?;
        let mut changes = 0;
        for (id, config) in meant {
            let edits = edits(&now, config, windows);
            let Some(first) = edits.first().map(|edit| edit.range.start) else { continue };
            let after = put(now.text(), &edits)
                .ok_or_else(|| CodemodError::Internal { of: name.to_owned() })?;
            let after = parse(&after)?;
            if after.broken.len() > now.broken.len() {
                let (path, rule) = (name.to_owned(), id.to_owned());
                return Err(CodemodError::Broken { path, line: after.broken_from(first), rule });
            }
            changes += edits.len();
            now = after;
        }
        let text_now = now.text();
        let rewritten = || Rewritten { text: text_now.to_owned(), changes };
        Ok((text_now != text).then(rewritten))
    }
}

/// One place that is written anew.
struct Edit {
    range: Range<usize>,
    text: String,
}

/// A matcher that passes over what has a syntax error in it: there the tree is a guess.
struct Clean<'r>(&'r RuleCore);

impl Matcher for Clean<'_> {
    fn match_node_with_env<'tree, D: Doc>(
        &self,
        node: Node<'tree, D>,
        env: &mut Cow<'_, MetaVarEnv<'tree, D>>,
    ) -> Option<Node<'tree, D>> {
        let found = self.0.match_node_with_env(node, env)?;
        let broken = found.dfs().any(|inner| inner.is_error() || inner.is_missing());
        (!broken).then_some(found)
    }
}

/// What a rule changes, in the order of the text and without overlaps.
fn edits(parsed: &Parsed, config: &RuleConfig<Dialect>, windows: bool) -> Vec<Edit> {
    let Some(fixer) = config.fixer.first() else { return Vec::new() };
    let matcher = Clean(&config.matcher);
    let text = parsed.text();
    let edit_of = |found: NodeMatch<'_, StrDoc<Dialect>>| {
        let edit = found.make_edit(&matcher, fixer);
        let end = (edit.position + edit.deleted_length).min(text.len());
        let mut new = String::from_utf8_lossy(&edit.inserted_text).into_owned();
        if windows {
            new = new.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        Edit { range: edit.position..end, text: new }
    };
    let mut all: Vec<Edit> =
        Visitor::new(&matcher).reentrant(false).visit(parsed.root.root()).map(edit_of).collect();
    // A fix may take more than its match; the one that begins first has it.
    all.sort_by_key(|edit| edit.range.start);
    let mut kept: Vec<Edit> = Vec::with_capacity(all.len());
    for edit in all {
        let is_free = kept.last().is_none_or(|last| last.range.end <= edit.range.start);
        let changes = text.get(edit.range.clone()) != Some(edit.text.as_str());
        if is_free && changes {
            kept.push(edit);
        }
    }
    kept
}

/// The text with the edits in it; none when one of them is in the middle of a character.
fn put(text: &str, edits: &[Edit]) -> Option<String> {
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        new.push_str(text.get(at..edit.range.start)?);
        new.push_str(&edit.text);
        at = edit.range.end;
    }
    new.push_str(text.get(at..)?);
    Some(new)
}

/// Whether all lines of a text end in CRLF.
fn has_windows_ends(text: &str) -> bool {
    let ends = text.matches('\n').count();
    ends > 0 && text.matches("\r\n").count() == ends
}
