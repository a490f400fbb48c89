//! The types of questions: one file each, one line in [`ALL`].
//!
//! A type says when it applies (word patterns) and how it answers. The best reading that names
//! something that exists answers; prose that names nothing is searched for; a name that nothing
//! has is said to be unknown, with what is near it.

mod callees;
mod callers;
mod cycles;
mod dead;
mod entries;
mod findings;
mod given;
mod hotspots;
mod impact;
mod implementers;
mod path;
mod raised;
mod reach;
mod readers;
mod search;
mod similar;
mod tests_of;
mod where_is;
mod writers;

use crate::answer::Answer;
use crate::asking::Asking;
use crate::understand::intent::{self, Pattern};
use crate::understand::{How, Reading, Resolved, Unknown, Want, mentions, sentence};
pub use findings::Findings;
pub use given::answer as given;

pub use callees::Callees;
pub use callers::Callers;
pub use entries::{Entries, Kind as EntryKind};
pub use impact::Impact;
pub use path::Path;
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
pub const ALL: [&dyn Question; 18] = [
    &Path,
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
    &WhereIs,
    &Search,
];

/// Finds the type of a question and answers it.
pub fn route(asking: &mut Asking<'_>) -> Answer {
    let words = sentence::words(&asking.question, &asking.stems);
    if let Some(unknown) = mentions::unknown_route(asking, &words) {
        return Findings::unknown(asking, unknown);
    }
    if mentions::is_route(&words) {
        // "GET /orders" is a route, not a request to get something.
        asking.intent = WhereIs.intent();
        if let Ok(answer) = WhereIs.answer(asking, &Reading::direct(&[&asking.question])) {
            return answer;
        }
    }
    let patterns: Vec<(usize, Pattern)> = ALL
        .iter()
        .enumerate()
        .flat_map(|(at, question)| question.patterns().iter().map(move |pattern| (at, *pattern)))
        .collect();
    let readings = intent::readings(&words, &patterns, &asking.stems);
    let mut unknown: Option<(&'static str, Unknown)> = None;
    for reading in &readings {
        let question = ALL[reading.question];
        asking.intent = question.intent();
        match question.answer(asking, reading) {
            Ok(answer) if !reading.sure && question.intent() == WhereIs.intent() => {
                let text = asking.question.clone();
                return search::beside(asking, answer, &text);
            }
            Ok(answer) => return answer,
            Err(missing) => {
                if unknown.is_none() && reading.sure {
                    unknown = Some((question.intent(), missing));
                }
            }
        }
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
