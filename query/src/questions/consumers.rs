//! "Who consumes `orders.settled`?", "what handles `POST /api/refunds`?": the serving side of what
//! repositories share. Who asks for it is a question about callers.

use super::reach::TestRoles;
use super::{Findings, Question};
use crate::answer::Answer;
use crate::asking::Asking;
use crate::rank::{Draft, Role, Spot};
use crate::understand::intent::{Pattern, sure};
use crate::understand::{Reading, Unknown, Want, mentions};
use qf_graph::Channel;
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::Key;

/// See the module.
pub struct Consumers;

const LIMIT: usize = 50;

impl Question for Consumers {
    fn intent(&self) -> &'static str {
        "consumers"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure(
                "@agent consume|consumes|subscribe|subscribes|listen|listens|receive|receives to|from? the? topic|queue|event|events|channel|message|messages? *",
            ),
            sure(
                "consumers|subscribers|listeners|receivers of|to|for|on the? topic|queue|event|channel? *",
            ),
            sure(
                "@agent handle|handles|serve|serves|answer|answers|implement|implements the? route|endpoint|rpc|request|requests|topic|event? *",
            ),
            sure("handler|handlers of|for the? route|endpoint|rpc|topic|event? *"),
            sure(
                "where is|are the? route|endpoint|rpc|topic|event? * handled|served|consumed|received",
            ),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let snapshot = asking.snapshot;
        let subject = reading.subjects.first().map_or("", String::as_str).trim_matches('`');
        let exact = snapshot
            .keys()
            .iter()
            .find(|key| key.channel != Channel::Package && key.text.eq_ignore_ascii_case(subject))
            .map(|key| (key.channel, key.text.clone()));
        let resolved = || mentions::resolve(asking, subject, Want::Any).ok()?.key;
        let Some((channel, text)) = exact.or_else(resolved) else {
            let (text, nearest) = (subject.to_owned(), Vec::new());
            return Err(Unknown { text, nearest, prose: true, route: false });
        };
        // A path without a method means all of them.
        let path = subject.starts_with('/').then(|| text.split_once(' ').map(|(_, path)| path));
        let path = path.flatten().map(str::to_owned);
        let same = |key: &&Key| {
            key.channel == channel
                && match &path {
                    Some(path) => key.text.split_once(' ').is_some_and(|(_, own)| own == path),
                    None => key.text == text,
                }
        };
        let text = path.clone().unwrap_or_else(|| text.clone());
        let mut findings = Findings::new(format!("what serves the {} key {text}", channel.name()));
        findings.searched.push(text.clone());
        let mut roles = TestRoles::new(asking);
        let mut asks = 0;
        for key in snapshot.keys().iter().filter(same) {
            if !key.provides {
                asks += 1;
                continue;
            }
            let mut draft = Draft::new(key.symbol, roles.of(key.symbol).unwrap_or(Role::Direct));
            draft.why = format!("serves {}", key.text);
            draft.lines.push(Spot::line(key.file, key.line));
            if snapshot.kind(key.symbol) == SymbolKind::Module {
                draft.score = 0.5;
            }
            findings.drafts.push(draft);
        }
        findings.drafts.sort_by_key(|draft| (draft.symbol, draft.lines.first().copied()));
        findings.drafts.dedup_by_key(|draft| draft.symbol);
        if findings.drafts.is_empty() {
            findings.notes.push("Nothing that is indexed serves it".to_owned());
        }
        if asks > 0 {
            findings.notes.push(format!(
                "{asks} {} for it: `qf callers \"{text}\"`",
                if asks == 1 { "place asks" } else { "places ask" }
            ));
        }
        Ok(findings.answer(asking, LIMIT))
    }
}
