//! Directives of the preprocessor that the grammar cannot read, or around which it cannot recover.

use super::tokens::{Kind, Token};
use super::words::may_be_macro;
use super::{Change, Masking};
use std::ops::Range;

/// Conditions in conditions: what is in all of them is looked at for each.
const MOST_NESTED: usize = 64;

/// How many tokens of a branch are given up for the first one.
const MOST_HIDDEN: usize = 40;

/// What a directive is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    If,
    Else,
    End,
    Other,
}

/// `#if` to `#endif`.
struct Group {
    /// Its directives, in order.
    lines: Vec<Range<usize>>,
}

impl Masking<'_> {
    pub(super) fn directives(&mut self, directives: &[Range<usize>]) {
        for range in directives {
            self.directive(range.clone());
        }
        let mut open: Vec<Group> = Vec::new();
        for (position, range) in directives.iter().enumerate() {
            match role(&self.source[range.clone()]) {
                Role::If => open.push(Group { lines: vec![range.clone()] }),
                Role::Else => {
                    if let Some(group) = open.last_mut() {
                        group.lines.push(range.clone());
                    }
                }
                Role::End => {
                    let is_first = open.len() == 1
                        && open[0].lines == [directives[0].clone()]
                        && position + 1 == directives.len();
                    if is_first {
                        self.guard(directives);
                    }
                    if let Some(mut group) = open.pop().filter(|_| open.len() < MOST_NESTED) {
                        group.lines.push(range.clone());
                        self.group(&group);
                    }
                }
                Role::Other => {}
            }
        }
    }

    /// An error in a header is one in its guard, which is all of it.
    fn guard(&mut self, directives: &[Range<usize>]) {
        let [first, second, .., last] = directives else { return };
        let words = |range: &Range<usize>| {
            let mut words = self.source[range.clone()].trim_start_matches('#').split_whitespace();
            [words.next(), words.next(), words.next()].map(Option::unwrap_or_default)
        };
        let ([if_not, guard, _], [define, name, value]) = (words(first), words(second));
        let whole = if_not == "ifndef" && define == "define" && guard == name && value.is_empty();
        let around = self.tokens.first().is_none_or(|it| it.start > second.end)
            && self.tokens.last().is_none_or(|it| it.end < last.start);
        if whole && around && words(last)[0] == "endif" {
            for range in [first, second, last] {
                self.changes.push(Change { range: range.clone(), by: "" });
            }
        }
    }

    fn directive(&mut self, range: Range<usize>) {
        let text = &self.source[range.clone()];
        // The grammar takes a comment for the end of the line.
        let mut at = 0;
        while let Some(open) = text[at..].find("/*").map(|open| at + open) {
            let Some(close) = text[open + 2..].find("*/").map(|close| open + close + 4) else {
                break;
            };
            let found = range.start + open..range.start + close;
            self.changes.push(Change { range: found, by: "" });
            at = close;
        }
        // `#if __has_include(<x>)` is no expression.
        let odd = |condition: &str| ["(<", "(\"", "::"].iter().any(|it| condition.contains(it));
        let rest = text[1..].trim_start();
        let condition = rest.strip_prefix("if").or_else(|| rest.strip_prefix("elif"));
        if condition.is_some_and(|it| it.starts_with([' ', '(']) && odd(it)) {
            let length = condition.map_or(0, str::len);
            self.changes.push(Change { range: range.end - length..range.end, by: " 1" });
        }
    }

    /// Joins what is under a condition with what is around it, where it is not some whole declarations
    /// or statements. Of several branches the first stays, if the others are no more than parts: what
    /// has a body is not given up.
    fn group(&mut self, group: &Group) {
        let at = |place: usize| self.tokens.partition_point(|token| token.start < place);
        let pairs = group.lines.windows(2);
        let branches: Vec<Range<usize>> =
            pairs.map(|pair| at(pair[0].end)..at(pair[1].start)).collect();
        let [first, others @ ..] = branches.as_slice() else { return };
        let condition = &self.source[group.lines[0].clone()];
        let half = condition.contains("__cplusplus") && self.is_half_block(first);
        if half && others.is_empty() {
            let range = group.lines[0].start..group.lines[group.lines.len() - 1].end;
            self.changes.push(Change { range, by: "" });
            self.hidden[first.clone()].fill(true);
        } else if others.iter().all(|branch| self.is_part(branch))
            && branches.iter().any(|branch| self.cuts(branch))
        {
            let lines = group.lines.iter();
            self.changes.extend(lines.map(|range| Change { range: range.clone(), by: "" }));
            for branch in others.iter().filter(|branch| !branch.is_empty()) {
                self.hide(branch.start, branch.end);
            }
        }
    }

    /// `extern "C" {`, and its end.
    fn is_half_block(&self, branch: &Range<usize>) -> bool {
        let words: Vec<&str> = branch.clone().take(4).map(|at| self.text(at)).collect();
        matches!(words.as_slice(), ["}"] | ["extern", "\"C\"", "{"])
    }

    /// A few tokens without a body.
    fn is_part(&self, branch: &Range<usize>) -> bool {
        branch.len() <= MOST_HIDDEN && branch.clone().skip(1).all(|at| !self.is(at, b'}'))
    }

    /// Whether a branch begins or ends amid a declaration or statement.
    fn cuts(&self, branch: &Range<usize>) -> bool {
        let mut shown = branch.clone().filter(|at| !self.hidden[*at]);
        let Some(first) = shown.next() else { return false };
        let last = shown.next_back().unwrap_or(first);
        let is_line = |at: usize| {
            let Token { first, last, .. } = self.tokens[at];
            first && last && self.word(at).is_some_and(may_be_macro)
        };
        let ends = |at: usize| {
            matches!(self.tokens[at].kind, Kind::Sign(b';' | b'{' | b'}' | b':'))
                // A macro's line, or an attribute's.
                || self.is(at, b')') && self.tokens[at].last
                || is_line(at)
        };
        let depth = |at: usize| match self.tokens[at].kind {
            Kind::Sign(b'{' | b'(') => 1,
            Kind::Sign(b'}' | b')') => -1,
            _ => 0,
        };
        let balance: i32 = branch.clone().map(depth).sum();
        balance != 0
            || self.word(first) == Some("else")
            || matches!(
                self.tokens[first].kind,
                Kind::Sign(b'}' | b')' | b',' | b'|' | b'&' | b'=')
            )
            || self.text(first) == "__attribute__"
            || branch.start.checked_sub(1).is_some_and(|before| !ends(before))
            || !(matches!(self.tokens[last].kind, Kind::Sign(b';' | b'}' | b':' | b')'))
                || is_line(last))
    }
}

fn role(directive: &str) -> Role {
    let rest = directive[1..].trim_start();
    if rest.starts_with("if") {
        Role::If
    } else if rest.starts_with("el") {
        Role::Else
    } else if rest.starts_with("endif") {
        Role::End
    } else {
        Role::Other
    }
}
