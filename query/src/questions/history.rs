//! "Who last changed `Ledger.apply`?", "who owns `billing`?": the commits that its lines come from.
//!
//! Whoever wrote most of the lines that are there now comes first; that is what version control can
//! say of ownership. Lines are counted as of the indexed commit.

use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::{Asking, counted};
use crate::plan::{Order, Plan};
use crate::rank::{Draft, Role};
use crate::understand::intent::{Pattern, maybe, sure};
use crate::understand::{Reading, Unknown, Want};
use qf_graph::SymbolId;
use qf_graph::history::Blame;
use qf_graph::time::Moment;
use std::collections::BTreeMap;

/// See the module.
pub struct History;

const LIMIT: usize = 10;
/// Most definitions that are looked up in version control, which is slow.
const MOST: usize = 20;

impl Question for History {
    fn intent(&self) -> &'static str {
        "history"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure("who last|recently changed|modified|edited|touched|wrote|updated *"),
            sure("who changed|modified|edited|touched|wrote|updated * last|recently|latest"),
            sure("who owns|own|maintains|authored *"),
            sure("who wrote the? function|method|class|file|code|module|test *"),
            sure("who is the? owner|author|maintainer|expert of|for|on *"),
            sure("owner|owners|author|authors|maintainer|maintainers of|for *"),
            sure(
                "when was|were|did * last|recently? changed|modified|edited|touched|updated|change|written|introduced|added",
            ),
            sure("last|latest|recent change|changes|commit|commits|edit to|of|on|in *"),
            sure("git blame|history|log of|for? *"),
            maybe("history of *"),
            sure("who should|can|do i|we ask|talk about|to *"),
            maybe("how old is|are *"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let resolved = subject(asking, reading, 0, Want::Any)?;
        let snapshot = asking.snapshot;
        let mut findings = Findings::new(format!("who wrote `{}` and when", resolved.text));
        findings.about(asking, &resolved);
        let plan = Plan::named(&resolved.text, &resolved.symbols).ranked(Order::Place);
        let mut symbols = findings.run(asking, &plan).symbols();
        symbols.retain(|symbol| asking.wants_file(snapshot.file(*symbol)));
        if symbols.len() > MOST {
            findings.notes.push(format!(
                "Looked at {MOST} of {}; narrow with --repo or the qualified name",
                counted(symbols.len(), "definition")
            ));
            symbols.truncate(MOST);
        }
        let mut dated = Vec::new();
        for symbol in symbols {
            match blame(asking, symbol) {
                Ok(blames) if !blames.is_empty() => dated.push((symbol, blames)),
                Ok(_) => {}
                Err(problem) => {
                    if !findings.notes.contains(&problem) {
                        findings.notes.push(problem);
                    }
                }
            }
        }
        let newest = |blames: &[Blame]| blames.iter().map(|one| one.time).max().unwrap_or(0);
        dated.sort_by_key(|(symbol, blames)| (std::cmp::Reverse(newest(blames)), *symbol));
        let mut authors: BTreeMap<&str, u32> = BTreeMap::new();
        for (at, (symbol, blames)) in dated.iter().enumerate() {
            let mut draft = Draft::new(*symbol, Role::Definition);
            draft.score = 1.0 / (at as f32 + 1.0);
            let last = blames.iter().max_by_key(|one| (one.time, std::cmp::Reverse(one.line)));
            if let Some(last) = last {
                draft.why = format!(
                    "last changed {} by {} in {}: {}",
                    day(last.time),
                    last.author,
                    &last.commit[..last.commit.len().min(10)],
                    last.summary
                );
            }
            for one in blames {
                *authors.entry(&one.author).or_default() += one.lines;
            }
            findings.drafts.push(draft);
        }
        let mut authors: Vec<(&str, u32)> = authors.into_iter().collect();
        authors.sort_by_key(|(name, lines)| (std::cmp::Reverse(*lines), *name));
        let total: u32 = authors.iter().map(|(_, lines)| lines).sum();
        if total > 0 {
            let shares: Vec<String> = authors
                .iter()
                .take(5)
                .map(|(name, lines)| format!("{name} {lines} of {total} lines"))
                .collect();
            findings.notes.push(format!("Written by {}", shares.join(", ")));
        }
        Ok(findings.answer(asking, LIMIT))
    }
}

fn blame(asking: &Asking<'_>, symbol: SymbolId) -> Result<Vec<Blame>, String> {
    let snapshot = asking.snapshot;
    let history = snapshot.history().ok_or("Version control is not at hand here")?;
    let entry = snapshot.entry(snapshot.repository_of(symbol));
    // A folder inside of a repository has the commit that is checked out there.
    let revision = entry.revision.as_deref().unwrap_or("HEAD");
    let (first, _, last) = snapshot.lines(symbol);
    let path = snapshot.path(snapshot.file(symbol));
    history
        .blame(&entry.root, revision, path, &snapshot.text(snapshot.file(symbol)), (first, last))
        .map_err(|problem| format!("{}/{path}: {problem}", entry.name))
}

/// A day as ISO 8601 has it, from seconds since 1970.
pub fn day(seconds: i64) -> String {
    let Moment { year, month, day, .. } = Moment::of(seconds);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(951_782_400), "2000-02-29");
        assert_eq!(day(1_767_225_599), "2025-12-31");
        assert_eq!(day(-1), "1969-12-31");
    }
}
