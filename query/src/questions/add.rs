//! "Where would I add a new fee policy?": beside what is most like it.
//!
//! The words are searched for; what is found is gathered by file, and the files that hold several
//! things of the kind come first, since that is where the next one belongs.

use super::{Findings, Question};
use crate::answer::Answer;
use crate::asking::{Asking, listed};
use crate::plan::Plan;
use crate::rank::{Draft, Role, matches};
use crate::understand::intent::{Pattern, sure};
use crate::understand::{Reading, Unknown};
use qf_graph::facts::SymbolKind;
use qf_graph::{Channel, FileId, SymbolId};
use std::collections::BTreeMap;

/// See the module.
pub struct Add;

const LIMIT: usize = 10;
/// How many matches are gathered.
const DEPTH: usize = 320;

impl Question for Add {
    fn intent(&self) -> &'static str {
        "add"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure(
                "where would|should|do|can|could|must|to i|we|you|one? add|put|place|implement|write|introduce|create|insert a|an|another|new|the? new? *",
            ),
            sure("where does|do a|an|another|new new? * go|belong|live|fit"),
            sure("where would|should|can a|an|another|the? new? * go|belong|live|fit"),
            sure(
                "in? which file|module|class|folder should|would|do|could i|we? add|put|place|implement|write|create a|an|another|new|the? *",
            ),
            sure(
                "best|right place|spot|file to|for add|adding|put|putting? a|an|another|new|the? *",
            ),
            sure("how would|do|can i|we add a|an|another|new *"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let snapshot = asking.snapshot;
        let text = reading.subjects.first().map_or("", String::as_str);
        let (text, only) = repository(asking, text);
        let mut findings = Findings::new(format!("where something like `{text}` would go"));
        findings.searched.push(text.to_owned());
        let plan = Plan::Search { text: text.to_owned(), k: DEPTH };
        let rows = findings.run(asking, &plan);
        let found: Vec<(SymbolId, f32)> = rows
            .rows
            .iter()
            .map(|row| (row.symbol, row.score))
            .filter(|(symbol, _)| {
                let here = only.as_deref().is_none_or(|only| {
                    snapshot.repository_name(snapshot.repository_of(*symbol)) == only
                });
                here && asking.wants_file(snapshot.file(*symbol))
            })
            .collect();
        let mut ordered = matches::ordered(asking, text, &found);
        // A new endpoint goes beside others, whatever these are called.
        if text.split(' ').any(|word| ENDPOINTS.contains(&word.to_lowercase().as_str())) {
            for (symbol, score) in &mut ordered {
                if serves(asking, *symbol) {
                    *score *= SERVING;
                }
            }
            ordered.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        }
        let best = ordered.first().map_or(1.0, |(_, score)| score.max(f32::EPSILON));
        let mut files: BTreeMap<FileId, Vec<(SymbolId, f32)>> = BTreeMap::new();
        for (symbol, score) in ordered {
            if !snapshot.is_test(symbol) {
                files.entry(snapshot.file(symbol)).or_default().push((symbol, score / best));
            }
        }
        let mut places: Vec<(f32, FileId, Vec<(SymbolId, f32)>)> = files
            .into_iter()
            .map(|(file, like)| {
                // The best one counts in full, what is beside it less and less.
                let sum: f32 = like
                    .iter()
                    .enumerate()
                    .map(|(at, (_, score))| score.max(0.0) * 0.5f32.powf(at as f32))
                    .sum();
                (sum, file, like)
            })
            .collect();
        places.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let most = places.first().map_or(1.0, |(sum, ..)| sum.max(f32::EPSILON));
        let limit = asking.options.most(LIMIT);
        *findings.uncounted.entry(Role::Match).or_default() += places.len().saturating_sub(limit);
        for (sum, _, like) in places.into_iter().take(limit) {
            let Some((symbol, _)) = like.first().copied() else { continue };
            let names: Vec<String> = like
                .iter()
                .filter(|(symbol, score)| {
                    *score > 0.3 && snapshot.kind(*symbol) != SymbolKind::Module
                })
                .map(|(symbol, _)| asking.label(*symbol))
                .collect();
            let mut draft = Draft::new(symbol, Role::Match);
            draft.score = sum / most;
            draft.why = match names.as_slice() {
                [] => "the nearest by its words".to_owned(),
                names => format!("beside {}", listed(names, 3)),
            };
            findings.drafts.push(draft);
        }
        Ok(findings.answer(asking, LIMIT))
    }
}

/// Words for what answers requests.
const ENDPOINTS: [&str; 8] =
    ["endpoint", "endpoints", "route", "routes", "handler", "api", "view", "controller"];
/// How much more something that answers requests is like an endpoint.
const SERVING: f32 = 2.0;

/// Whether something answers requests.
fn serves(asking: &Asking<'_>, symbol: SymbolId) -> bool {
    asking
        .snapshot
        .keys()
        .iter()
        .any(|key| key.provides && key.channel == Channel::Http && key.symbol == symbol)
}

/// Takes "in billing" or "to billing" off the words.
fn repository<'t>(asking: &Asking<'_>, text: &'t str) -> (&'t str, Option<String>) {
    for word in [" in ", " to ", " into ", " of "] {
        if let Some((rest, name)) = text.rsplit_once(word)
            && asking.snapshot.repository_named(name.trim()).is_some()
        {
            return (rest, Some(name.trim().to_owned()));
        }
    }
    (text, None)
}
