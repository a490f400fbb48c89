//! Any text is a question with an answer.
//!
//! The first byte chooses how it is asked (in words, as a name for a command, as the task of a context
//! pack, as the sentences of a model), the second the options, the rest is the text. Nothing panics or
//! takes long (the fuzzer's own time limit), equal questions have equal answers, scores lie between 0
//! and 1, what is listed is counted, a pack keeps to its budget, and the plans that `explain` shows
//! are plans and SPARQL.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_fuzz::{Bytes, Meanings, indexed};
use qf_graph::history::{Blame, Change, History, Texts};
use qf_graph::{FileId, Snapshot, Tier};
use qf_query::plan::text as plan_text;
use qf_query::{Answer, Options, context, phrase, sparql};
use std::sync::{Arc, OnceLock};

/// The world with a past.
fn world() -> &'static Snapshot {
    static WORLD: OnceLock<Snapshot> = OnceLock::new();
    WORLD.get_or_init(|| {
        let mut world = indexed();
        world.set_history(Arc::new(Past));
        world
    })
}

fuzz_target!(|data: &[u8]| {
    let mut input = Bytes(data);
    let (how, with) = (input.byte() % 12, input.byte());
    let text = input.text();
    let options = Options {
        include_tests: with & 1 == 1,
        all: with & 2 == 2,
        explain: with & 4 == 4,
        hops: (with & 8 == 8).then_some(2),
        tier: if with & 16 == 16 { Tier::Maybe } else { Tier::Likely },
        limit: (with & 32 == 32).then_some(1),
        offset: usize::from(with >> 6),
        ..Options::default()
    };
    if how == 10 {
        let budget = usize::from(with) * 8;
        let pack = context::pack(world(), &text, budget, &options);
        assert!(pack.tokens <= budget || pack.entries.is_empty(), "{} tokens", pack.tokens);
        let _ = (pack.markdown(), pack.files());
        return;
    }
    let asked = |text: &str| asked(how, text, &options);
    let answer = asked(&text);
    let again = asked(&text);
    assert!(answer.items == again.items && answer.totals == again.totals, "{text:?}");
    check(&answer);
    if how == 11 {
        let phrased = phrase::checked(world(), &text, &answer, "model");
        for sentence in &phrased.sentences {
            let ranks = 1..=answer.items.len();
            assert!(!sentence.cites.is_empty());
            assert!(sentence.cites.iter().all(|cited| ranks.contains(cited)), "{sentence:?}");
        }
        let _ = phrase::listed(&answer);
    }
});

fn asked(how: u8, text: &str, options: &Options) -> Answer {
    let world = world();
    match how {
        0 => qf_query::ask(world, text, options),
        1 => qf_query::where_is(world, text, options),
        2 => qf_query::callers(world, text, options),
        3 => qf_query::callees(world, text, options),
        4 => qf_query::writers(world, text, options),
        5 => qf_query::impact(world, text, options),
        6 => {
            let (from, to) = text.split_once('>').unwrap_or((text, "Ledger.apply"));
            qf_query::path(world, from, to, options)
        }
        7 => qf_query::overview(world, Some(text).filter(|text| !text.is_empty()), options),
        8 => {
            let revisions: Vec<&str> = text.splitn(2, "..").collect();
            qf_query::changed(world, &revisions, options)
        }
        9 => qf_query::tests(world, text, options),
        _ => qf_query::ask(world, "who writes User.balance", options),
    }
}

fn check(answer: &Answer) {
    serde_json::to_string(answer).expect("an answer has a form");
    let _ = answer.explain();
    for item in &answer.items {
        assert!(item.score.is_finite() && (0.0..=1.0).contains(&item.score), "{item:?}");
        assert!(item.precision.is_none_or(|share| (0.0..=1.0).contains(&share)), "{item:?}");
        assert!(item.line >= 1 && item.line <= item.end_line, "{item:?}");
        assert!(item.evidence.iter().all(|evidence| evidence.line >= 1), "{item:?}");
        let of_role = answer.items.iter().filter(|other| other.role == item.role).count();
        assert!(of_role <= answer.total(&item.role), "more `{}` than counted", item.role);
    }
    for query in &answer.queries {
        let plan = plan_text::parse(&query.algebra, &Meanings(world()));
        assert!(plan.is_ok(), "{plan:?}\n{}", query.algebra);
        if let Err(error) = sparql::query(world(), &query.sparql) {
            panic!("{error}\n{}", query.sparql);
        }
    }
}

/// A version control that has an answer for everything but revisions without a name.
struct Past;

impl History for Past {
    fn blame(
        &self,
        _: &str,
        commit: &str,
        _: &str,
        _: &str,
        (first, last): (u32, u32),
    ) -> Result<Vec<Blame>, String> {
        let by = |author: &str, time: i64| Blame {
            commit: commit.to_owned(),
            author: author.to_owned(),
            time,
            summary: "Moves money".to_owned(),
            line: first,
            lines: last - first + 1,
        };
        Ok(vec![by("Ada", 1_700_000_000), by("Grace", 1_600_000_000)])
    }

    fn changes(
        &self,
        _: &str,
        (from, _): (&str, Option<&str>),
        files: &[(String, FileId)],
        _: Texts<'_>,
    ) -> Result<Vec<Change>, String> {
        if from.is_empty() {
            return Err("there is no such revision".to_owned());
        }
        let change = |(path, file): &(String, FileId)| Change {
            file: Some(*file),
            path: path.clone(),
            lines: vec![(1, 12)],
            deleted: vec![0, 14],
            added: path.ends_with(".sql"),
        };
        Ok(files.iter().take(3).map(change).collect())
    }
}
