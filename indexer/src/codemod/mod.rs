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
//! error in it is left as it is, and told; a rewriting after which a file has more errors than
//! before, or that would change the text of a string by the way ([`literals`]), is refused as a
//! whole. Nothing here writes to the disk.

mod below;
mod dialect;
mod literals;
mod read;

pub use below::{Applied, FileChange, LeftOut, apply_below};
pub use read::rules;

use ast_grep_config::{Fixer, RuleCollection, RuleConfig, RuleCore};
use ast_grep_core::matcher::NodeMatch;
use ast_grep_core::meta_var::{MetaVarEnv, MetaVariable};
use ast_grep_core::tree_sitter::{StrDoc, Visitor};
use ast_grep_core::{AstGrep, Doc, Matcher, Node};
use dialect::{Dialect, Parsed};
use literals::is_lost;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
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
    /// A string would have other blanks at the beginning of its lines.
    #[error(
        "rule `{rule}` would change the text of a string of several lines, at {path}:{line}; \
         narrow the rule"
    )]
    Reindented {
        /// The file.
        path: String,
        /// The line of the string, from 1.
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

/// What rules make of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// None when nothing is changed.
    pub rewritten: Option<Rewritten>,
    /// The lines, from 1, of what matches and is left as it is because it has a syntax error in it.
    pub left_out: Vec<u32>,
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
        self.told(path, text).map(|told| told.rewritten)
    }

    /// The same, with what was left out.
    pub fn told(&self, path: &Path, text: &str) -> Result<Told, CodemodError> {
        let name = path.to_string_lossy();
        // The library is written for programs that may end; nothing that a file holds may end this.
        catch_unwind(AssertUnwindSafe(|| self.rewrite(path, &name, text)))
            .unwrap_or_else(|_| Err(CodemodError::Internal { of: name.to_string() }))
    }

    fn rewrite(&self, path: &Path, name: &str, text: &str) -> Result<Told, CodemodError> {
        let Some(dialect) = Dialect::of(name, text) else { return Ok(Told::default()) };
        let meant: Vec<(&str, &RuleConfig<Dialect>)> = self
            .rules
            .iter()
            .flat_map(|rule| {
                let configs = rule.set.get_rule_from_lang(path, dialect.clone());
                configs.into_iter().map(move |config| (rule.id.as_str(), config))
            })
            .collect();
        if meant.is_empty() {
            return Ok(Told::default());
        }
        let parse = |text: &str| {
            dialect
                .parse(text)
                .map_err(|reason| CodemodError::NotParsed { path: name.to_owned(), reason })
        };
        let windows = has_windows_ends(text);
        let mut now = parse(text)?;
        let mut changes = 0;
        let mut left_out = BTreeSet::new();
        for (id, config) in meant {
            let found = edits(&now, config, windows);
            let found = found.map_err(|line| {
                let (path, rule) = (name.to_owned(), id.to_owned());
                CodemodError::Reindented { path, line, rule }
            })?;
            left_out.extend(found.left_out);
            let edits = found.edits;
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
        let rewritten = (text_now != text).then(rewritten);
        Ok(Told { rewritten, left_out: left_out.into_iter().collect() })
    }
}

/// A place where a rule matches.
type Match<'t> = NodeMatch<'t, StrDoc<Dialect>>;

/// One place that is written anew.
struct Edit {
    range: Range<usize>,
    text: String,
}

/// What a rule finds in a text.
struct Found {
    edits: Vec<Edit>,
    /// Lines of what matches and has a syntax error in it.
    left_out: BTreeSet<u32>,
}

/// A matcher that passes over what has a syntax error in it: there the tree is a guess.
struct Clean<'r> {
    rule: &'r RuleCore,
    /// What was passed over.
    broken: RefCell<Vec<Range<usize>>>,
}

impl<'r> Clean<'r> {
    fn new(rule: &'r RuleCore) -> Self {
        Self { rule, broken: RefCell::default() }
    }

    /// Where it matches; of matches within each other the outermost.
    fn matches<'t>(&self, root: &'t AstGrep<StrDoc<Dialect>>) -> Vec<Match<'t>> {
        Visitor::new(self).reentrant(false).visit(root.root()).collect()
    }
}

impl Matcher for Clean<'_> {
    fn match_node_with_env<'tree, D: Doc>(
        &self,
        node: Node<'tree, D>,
        env: &mut Cow<'_, MetaVarEnv<'tree, D>>,
    ) -> Option<Node<'tree, D>> {
        let found = self.rule.match_node_with_env(node, env)?;
        if found.dfs().any(|inner| inner.is_error() || inner.is_missing()) {
            self.broken.borrow_mut().push(found.range());
            return None;
        }
        Some(found)
    }
}

/// What a rule changes, in the order of the text and without overlaps; else the line of a string
/// that it would change by the way.
fn edits(parsed: &Parsed, config: &RuleConfig<Dialect>, windows: bool) -> Result<Found, u32> {
    let matcher = Clean::new(&config.matcher);
    let matches = matcher.matches(&parsed.root);
    let broken = matcher.broken.take();
    let left_out = broken.iter().filter(|range| !parsed.is_outside(range));
    let left_out = left_out.map(|range| parsed.line(range.start)).collect();
    let Some(fixer) = config.fixer.first() else {
        return Ok(Found { edits: Vec::new(), left_out });
    };
    let mut all = made(parsed, config, fixer, &matches)?;
    if windows {
        for edit in &mut all {
            edit.text = edit.text.replace("\r\n", "\n").replace('\n', "\r\n");
        }
    }
    // A fix may take more than its match; the one that begins first has it.
    all.sort_by_key(|edit| edit.range.start);
    let mut kept: Vec<Edit> = Vec::with_capacity(all.len());
    for edit in all {
        let is_free = kept.last().is_none_or(|last| last.range.end <= edit.range.start);
        let changes = parsed.text().get(edit.range.clone()) != Some(edit.text.as_str());
        if is_free && changes {
            kept.push(edit);
        }
    }
    Ok(Found { edits: kept, left_out })
}

/// What the fix makes of each match, with the text of literals as it was; else the line of one.
fn made(
    parsed: &Parsed,
    config: &RuleConfig<Dialect>,
    fixer: &Fixer,
    matches: &[Match<'_>],
) -> Result<Vec<Edit>, u32> {
    // Regular expressions of a transformation see the ends of lines.
    if let Some(masked) = parsed.masked.as_ref().filter(|_| config.transform.is_none()) {
        let again = Clean::new(&config.matcher).matches(&masked.root);
        // And so do those of the rule itself.
        let is_same = again.len() == matches.len()
            && again.iter().zip(matches).all(|(one, other)| one.range() == other.range());
        if is_same {
            let inside = again.iter().filter(|found| !parsed.is_outside(&found.range()));
            let edits = inside.map(|found| {
                let edit = edit_of(found, config, fixer, parsed.text().len());
                Edit { text: masked.unmask(&edit.text), ..edit }
            });
            return Ok(edits.collect());
        }
    }
    let inside = matches.iter().filter(|found| !parsed.is_outside(&found.range()));
    let edits = inside.map(|found| {
        let edit = edit_of(found, config, fixer, parsed.text().len());
        match lost(parsed, found, &edit.text) {
            Some(at) => Err(parsed.line(at)),
            None => Ok(edit),
        }
    });
    edits.collect()
}

/// What the library makes of a match.
fn edit_of(found: &Match<'_>, config: &RuleConfig<Dialect>, fixer: &Fixer, length: usize) -> Edit {
    let edit = found.make_edit(&Clean::new(&config.matcher), fixer);
    let end = (edit.position + edit.deleted_length).min(length);
    Edit { range: edit.position..end, text: String::from_utf8_lossy(&edit.inserted_text).into() }
}

/// Where a literal begins that a match holds and a new text has no longer as it was.
fn lost(parsed: &Parsed, found: &Match<'_>, new: &str) -> Option<usize> {
    let held = held(found);
    let literals = parsed.literals.iter().filter(|literal| {
        held.iter().any(|held| held.start <= literal.start && literal.end <= held.end)
    });
    let whole = found.range();
    let mut lost = literals.filter(|literal| {
        let must = whole.start <= literal.start && literal.end <= whole.end;
        let text = parsed.text().get((*literal).clone()).unwrap_or_default();
        is_lost(text, new, must)
    });
    lost.next().map(|literal| literal.start)
}

/// What the variables of a match hold.
fn held(found: &Match<'_>) -> Vec<Range<usize>> {
    // The library keeps under this name what relations have looked at.
    const LABEL: &str = "secondary";
    let env = found.get_env();
    let range = |variable: MetaVariable| match variable {
        MetaVariable::Capture(name, _) => env.get_match(&name).map(Node::range),
        MetaVariable::MultiCapture(name) if name != LABEL => {
            let nodes = env.get_multiple_matches(&name);
            Some(nodes.first()?.range().start..nodes.last()?.range().end)
        }
        _ => None,
    };
    env.get_matched_variables().filter_map(range).collect()
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
