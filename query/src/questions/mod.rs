//! The types of questions: one file each, one line in [`ALL`].
//!
//! A type says when it applies (word patterns) and how it answers. The best reading that names
//! something that exists answers; prose that names nothing is searched for; a name that nothing
//! has is said to be unknown, with what is near it.

mod add;
mod callees;
mod callers;
mod changed;
mod consumers;
mod cycles;
mod dead;
mod dependents;
mod entries;
mod examples;
mod findings;
mod given;
mod history;
mod hotspots;
mod impact;
mod implementers;
mod overview;
mod path;
mod raised;
mod reach;
mod readers;
mod search;
mod similar;
mod tests_of;
mod what;
mod where_is;
mod writers;

use crate::answer::Answer;
use crate::asking::Asking;
use crate::understand::intent::{self, Pattern};
use crate::understand::{How, Reading, Resolved, Unknown, Want, mentions, rewrite, sentence};
pub use findings::Findings;
pub use given::answer as given;
use std::sync::OnceLock;

pub use callees::Callees;
pub use callers::Callers;
pub(crate) use changed::step as affects;
pub use changed::{Changed, TestsOfChanges};
pub use entries::{Entries, Kind as EntryKind};
pub use impact::Impact;
pub use overview::Overview;
pub use path::Path;
pub(crate) use reach::{CALLING, TestRoles, hop_between, shown_key};
pub use search::Search;
pub use tests_of::TestsOf;
pub use where_is::WhereIs;
pub use writers::Writers;

/// A type of question.
pub trait Question: Sync {
    /// Its name in answers.
    fn intent(&self) -> &'static str;
    /// The words it is asked in.
    fn patterns(&self) -> &'static [Pattern];
    /// Its answer, or the name that it does not know.
    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown>;
}

/// Every type; of two readings that account for as many words, the first listed wins.
pub const ALL: [&dyn Question; 28] = [
    &Path,
    &changed::TestsOfChanges,
    &changed::Changed,
    &overview::Overview,
    &add::Add,
    &examples::Examples,
    &dependents::Dependents,
    &dependents::Dependencies,
    &consumers::Consumers,
    &history::History,
    &dead::Dead,
    &cycles::Cycles,
    &hotspots::Hotspots,
    &raised::Raised,
    &similar::Similar,
    &implementers::Implementers,
    &readers::Readers,
    &Impact,
    &TestsOf,
    &Entries(EntryKind::Screen),
    &Entries(EntryKind::Endpoint),
    &Entries(EntryKind::Any),
    &Callees,
    &Callers,
    &Writers,
    &what::What,
    &WhereIs,
    &Search,
];

/// Every pattern with the position of its type.
fn patterns() -> &'static [(usize, Pattern)] {
    static PATTERNS: OnceLock<Vec<(usize, Pattern)>> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        let of = |(at, question): (usize, &&dyn Question)| {
            question.patterns().iter().map(move |pattern| (at, *pattern)).collect::<Vec<_>>()
        };
        ALL.iter().enumerate().flat_map(of).collect()
    })
}

/// Another wording that is certainly a question of some type, answered.
fn reworded(asking: &Asking<'_>) -> Option<Answer> {
    let vocabulary = intent::vocabulary(patterns());
    for other in rewrite::all(asking, &vocabulary) {
        let words = sentence::words(&other.question, &asking.stems);
        let sure = intent::readings(&words, patterns(), &asking.stems).iter().any(|it| it.sure);
        if !sure {
            continue;
        }
        let mut options = asking.options.clone();
        if other.repository.is_some() {
            options.repo = other.repository;
        }
        let mut again = Asking::new(asking.snapshot, &other.question, &options);
        let answer = route(&mut again);
        if answer.intent != Search.intent() {
            return Some(Answer { question: asking.question.clone(), ..answer });
        }
    }
    None
}

/// Finds the type of a question and answers it.
pub fn route(asking: &mut Asking<'_>) -> Answer {
    let words = sentence::words(&asking.question, &asking.stems);
    if let Some(unknown) = mentions::unknown_route(asking, &words) {
        let readings = intent::readings(&words, patterns(), &asking.stems);
        if let Some(reading) = readings.first() {
            asking.intent = ALL[reading.question].intent();
        }
        return Findings::unknown(asking, unknown);
    }
    if mentions::is_route(&words) {
        // "GET /orders" is a route, not a request to get something.
        asking.intent = WhereIs.intent();
        if let Ok(answer) = WhereIs.answer(asking, &Reading::direct(&[&asking.question])) {
            return answer;
        }
    }
    let readings = intent::readings(&words, patterns(), &asking.stems);
    let sure = readings.iter().any(|reading| reading.sure);
    if !sure && let Some(answer) = reworded(asking) {
        return answer;
    }
    let mut unknown: Option<(&'static str, Unknown)> = None;
    for reading in &readings {
        let question = ALL[reading.question];
        asking.intent = question.intent();
        match question.answer(asking, reading) {
            Ok(answer) if !reading.sure && question.intent() == WhereIs.intent() => {
                let text = asking.question.clone();
                return search::beside(asking, answer, &text);
            }
            // Words that prose may have by chance, about something that nothing is found of: prose.
            Ok(answer) if !reading.sure && answer.is_empty() => {}
            Ok(answer) => return answer,
            Err(missing) => {
                if unknown.is_none() && reading.sure {
                    unknown = Some((question.intent(), missing));
                }
            }
        }
    }
    if sure && let Some(answer) = reworded(asking) {
        return answer;
    }
    let bare = intent::bare(&words);
    if let [word] = bare
        && unknown.is_none()
    {
        asking.intent = WhereIs.intent();
        match WhereIs.answer(asking, &Reading::direct(&[&word.text])) {
            Ok(answer) => return search::beside(asking, answer, &word.text),
            Err(missing) if word.code => return Findings::unknown(asking, missing),
            Err(_) => {}
        }
    }
    if let Some((intent, missing)) = unknown.take_if(|(_, missing)| !missing.prose) {
        asking.intent = intent;
        return Findings::unknown(asking, missing);
    }
    asking.intent = Search.intent();
    let mut answer = search::answer(asking, &asking.question);
    if let Some((intent, missing)) = unknown {
        let name = &missing.text;
        answer.notes.insert(
            0,
            format!("Read as a question about {intent}, nothing is named `{name}`; searched for the words instead"),
        );
    }
    answer
}

/// Answers a question whose type is known.
pub fn direct(asking: &mut Asking<'_>, question: &dyn Question, subjects: &[&str]) -> Answer {
    asking.intent = question.intent();
    question
        .answer(asking, &Reading::direct(subjects))
        .unwrap_or_else(|unknown| Findings::unknown(asking, unknown))
}

/// What the n-th subject of a reading means. A pattern that prose may have by chance needs every
/// word of it to mean something; any other at least half.
fn subject(
    asking: &Asking<'_>,
    reading: &Reading,
    index: usize,
    want: Want,
) -> Result<Resolved, Unknown> {
    let text = reading.subjects.get(index).map_or("", String::as_str);
    if !reading.sure && text.split_whitespace().count() > 4 {
        return Err(Unknown {
            text: text.to_owned(),
            nearest: Vec::new(),
            prose: true,
            route: false,
        });
    }
    let resolved = mentions::resolve(asking, text, want)?;
    let least = if reading.sure { 0.5 } else { 1.0 };
    if resolved.how == How::Words && resolved.coverage < least {
        return Err(Unknown {
            text: text.to_owned(),
            nearest: Vec::new(),
            prose: true,
            route: false,
        });
    }
    Ok(resolved)
}
