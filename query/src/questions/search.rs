//! Everything else: words looked for in names, documentation, source and paths, ordered by
//! [`crate::rank::matches`].

use super::{Findings, Question};
use crate::answer::{Answer, Item};
use crate::asking::Asking;
use crate::plan::Plan;
use crate::rank::{Draft, Role, Spot, matches};
use crate::understand::intent::Pattern;
use crate::understand::{Reading, Unknown};
use qf_graph::SymbolId;
use qf_graph::facts::SymbolKind;

/// See the module.
pub struct Search;

const LIMIT: usize = 10;
/// Most matches that are ever listed.
const MOST: usize = 1000;
/// How many are looked at before the order is made.
const DEPTH: usize = 320;

impl Question for Search {
    fn intent(&self) -> &'static str {
        "search"
    }

    fn patterns(&self) -> &'static [Pattern] {
        &[]
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        Ok(answer(asking, &reading.subjects.join(" ")))
    }
}

/// The best matches of a text.
pub fn answer(asking: &Asking<'_>, text: &str) -> Answer {
    let mut findings = Findings::new(format!("search for `{text}`"));
    findings.searched.push(text.to_owned());
    let limit = asking.options.most(LIMIT).min(MOST);
    let plan = Plan::Search { text: text.to_owned(), k: DEPTH.max(limit * 4) };
    let rows = findings.run(asking, &plan);
    let found: Vec<_> = rows.rows.iter().map(|row| (row.symbol, row.score)).collect();
    let words = matches::words(asking, text);
    let all = matches::ordered(asking, text, &found);
    let best = all.first().map_or(1.0, |(_, score)| score.max(f32::EPSILON));
    let drafts = all.iter().map(|(symbol, score)| draft(asking, *symbol, score / best, &words));
    findings.drafts = drafts.collect();
    findings.answer(asking, LIMIT)
}

/// Adds to an answer about a name what else fits it, as far as there is room: who types a word alone
/// may mean more than what is called so.
pub fn beside(asking: &mut Asking<'_>, mut answer: Answer, text: &str) -> Answer {
    let limit = asking.options.limit.unwrap_or(LIMIT);
    let room = limit.saturating_sub(answer.items.len());
    if room == 0 {
        return answer;
    }
    let found = self::answer(asking, text);
    let known = |item: &Item| {
        let same = |own: &Item| own.repo == item.repo && own.file == item.file;
        answer.items.iter().any(same)
    };
    let mut more: Vec<Item> = found.items.into_iter().filter(|item| !known(item)).collect();
    more.truncate(room);
    if more.is_empty() {
        return answer;
    }
    answer.totals.insert(Role::Match.name().to_owned(), more.len());
    for item in more {
        answer.items.push(Item { rank: answer.items.len() + 1, ..item });
    }
    answer
}

fn draft(asking: &Asking<'_>, symbol: SymbolId, score: f32, words: &[String]) -> Draft {
    let snapshot = asking.snapshot;
    let file = snapshot.file(symbol);
    let mut draft = Draft::new(symbol, Role::Match);
    draft.score = score;
    draft.header = snapshot.kind(symbol) != SymbolKind::Module;
    draft.lines.push(Spot::line(file, snapshot.lines(symbol).1));
    let doc = snapshot.doc(symbol).and_then(|doc| doc.lines().find(|line| !line.trim().is_empty()));
    draft.why =
        doc.map_or_else(|| shared_words(asking, symbol, words), |doc| doc.trim().to_owned());
    draft
}

fn shared_words(asking: &Asking<'_>, symbol: SymbolId, words: &[String]) -> String {
    let name = asking.stems_of(asking.snapshot.qualified_name(symbol));
    let shared: Vec<String> = words.iter().filter(|word| name.contains(word)).cloned().collect();
    if shared.is_empty() {
        "means something alike".to_owned()
    } else {
        format!("name has {}", shared.join(", "))
    }
}
