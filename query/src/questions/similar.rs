//! "Functions similar to `apply`", "duplicates of `apply`": what is written alike.
//!
//! The text of a definition is searched for like a question, so words and vectors of its name,
//! documentation and body decide; the definition itself, what is in it and what it is in are left out.

use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::Asking;
use crate::plan::Plan;
use crate::rank::{Draft, Role, Spot};
use crate::understand::intent::{Pattern, sure};
use crate::understand::{Reading, Unknown, Want};
use qf_graph::SymbolId;
use qf_graph::facts::SymbolKind;

/// See the module.
pub struct Similar;

/// Most that are ever listed.
const MOST: usize = 1000;
const LIMIT: usize = 10;

/// Bytes of a definition that are searched for.
const TEXT: usize = 1500;

impl Question for Similar {
    fn intent(&self) -> &'static str {
        "similar"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure("functions|code|methods|classes|things|anything similar|alike|like to? *"),
            sure("similar functions|code|methods|classes to|of *"),
            sure("duplicates|copies|clones|variants of *"),
            sure("what|which functions|code|methods|classes is|are similar|like to? *"),
            sure("what|who is|looks similar|like to? *"),
            sure("is * duplicated|copied elsewhere|anywhere?"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let resolved = subject(asking, reading, 0, Want::Callable)?;
        let snapshot = asking.snapshot;
        let names = asking.some_names(&resolved.symbols);
        let mut findings = Findings::new(format!("what is written like {names}"));
        findings.about(asking, &resolved);
        let related = |symbol: SymbolId, of: SymbolId| {
            let up = |from: SymbolId| {
                std::iter::successors(Some(from), |at| snapshot.parent(*at)).take(12)
            };
            up(symbol).any(|at| at == of) || up(of).any(|at| at == symbol)
        };
        let limit = asking.options.most(LIMIT).min(MOST);
        for symbol in resolved.symbols.iter().take(3) {
            let (from, to) = snapshot.bytes(*symbol);
            let source = snapshot.text(snapshot.file(*symbol));
            let mut end = (to as usize).min(from as usize + TEXT).min(source.len());
            while !source.is_char_boundary(end) {
                end -= 1;
            }
            let text = source.get(from as usize..end).unwrap_or_default();
            let text = format!("{} {text}", snapshot.name(*symbol));
            let rows = findings.run(asking, &Plan::Search { text, k: 60 + limit });
            let kind = snapshot.kind(*symbol);
            let alike = |other: SymbolKind| {
                (kind.is_callable() && other.is_callable()) || (kind.is_type() && other.is_type())
            };
            for row in rows.rows {
                let other = row.symbol;
                if !alike(snapshot.kind(other))
                    || resolved.symbols.iter().any(|own| related(other, *own))
                    || snapshot.is_test(other) != snapshot.is_test(*symbol)
                    || findings.drafts.iter().any(|draft| draft.symbol == other)
                {
                    continue;
                }
                let mut draft = Draft::new(other, Role::Match);
                draft.score = row.score;
                draft.header = true;
                draft.lines.push(Spot::line(snapshot.file(other), snapshot.lines(other).1));
                draft.why = format!("{:.0} % alike by words and meaning", row.score * 100.0);
                findings.drafts.push(draft);
            }
        }
        Ok(findings.answer(asking, LIMIT))
    }
}
