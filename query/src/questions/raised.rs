//! "Where is the error `insufficient funds` raised?": the lines that hold a message, with the
//! functions they stand in.
//!
//! A message as a user sees it has values where the source has holes, so the words of the message are
//! looked for in order, with anything between them. Files that have none of the words are not read.
//! An exception that is named by its type is found by what makes one on a line that raises.

use super::reach::{TestRoles, by_end, draft_of};
use super::{Findings, Question};
use crate::answer::Answer;
use crate::asking::Asking;
use crate::plan::{Plan, Step, Way};
use crate::rank::{Draft, Role, Spot};
use crate::understand::intent::{Pattern, maybe, sure};
use crate::understand::{How, Reading, Unknown, Want, mentions};
use aho_corasick::AhoCorasick;
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::Direction;
use qf_graph::{EdgeKind, FileId, SymbolId, Tier};

/// See the module.
pub struct Raised;

const LIMIT: usize = 20;

/// Files that are read.
const FILES: usize = 80;

impl Question for Raised {
    fn intent(&self) -> &'static str {
        "raised"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure(
                "where is|does the? error|exception|message|warning|log|text|string message? * raised|thrown|logged|returned|printed|emitted|produced|come from?",
            ),
            sure(
                "@agent raise|throw|log|print|emit|return the? error|exception|message|warning|text|string message? *",
            ),
            sure("where do we raise|throw|log|print|emit the? error|exception|message|warning *"),
            maybe("where do we raise|throw|log|print|emit *"),
            maybe("where is|are|does|do * raised|thrown|logged|printed|emitted from?"),
            maybe(
                "@agent raise|raises|throw|throws|log|logs|print|prints|emit|emits|says|say|produces|shows *",
            ),
            maybe("where does|do the? panic|crash|output|exit|line? * come|comes from|up?"),
            maybe("where is|are the? panic|crash|output|line? * coming from"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let text = reading.subjects.first().map_or("", String::as_str);
        let quoted = quoted(&asking.question);
        let message = quoted.unwrap_or(text);
        let snapshot = asking.snapshot;
        let mut findings = Findings::new(format!("where the message `{message}` stands"));
        findings.searched.push(message.to_owned());
        let words: Vec<String> = message
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty() && !word.chars().all(|c| c.is_ascii_digit()))
            .map(str::to_lowercase)
            .collect();
        let unknown =
            || Unknown { text: message.to_owned(), nearest: Vec::new(), prose: true, route: false };
        let name = quoted.filter(|_| !asking.question.contains(['"', '\''])).unwrap_or(text);
        if (quoted.is_none() || name != text || asking.question.contains('`'))
            && let Some(answer) = thrown(asking, name)
        {
            return Ok(answer);
        }
        // "Where is the salary raised?" is no question about a message.
        if words.is_empty() || (!reading.sure && quoted.is_none()) {
            return Err(unknown());
        }
        let mut files: Vec<(FileId, f32)> = snapshot.file_scores(message).into_iter().collect();
        files.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut files: Vec<FileId> = files.into_iter().map(|(file, _)| file).collect();
        // Of a small index all is read: a message may be cut where no word ends.
        if snapshot.file_count() as usize <= FILES {
            let others: Vec<FileId> = snapshot.files().filter(|it| !files.contains(it)).collect();
            files.extend(others);
        }
        let Some(rare) = rare(&words) else { return Err(unknown()) };
        let mut tests = TestRoles::new(asking);
        for file in files.into_iter().take(FILES) {
            // What is written about a program does not say it.
            if snapshot.language(file) == "markdown" {
                continue;
            }
            let source = snapshot.text(file);
            for (row, line) in lines_with(&source, &rare) {
                // What is written beside code does not say it.
                if is_comment(line) {
                    continue;
                }
                let Some(part) = held(line, &words) else { continue };
                let number = row as u32 + 1;
                let Some(symbol) = snapshot
                    .symbol_at(file, number)
                    .or_else(|| snapshot.symbols_of_file(file).next())
                else {
                    continue;
                };
                let mut draft = Draft::new(symbol, tests.of(symbol).unwrap_or(Role::Match));
                draft.score = part;
                draft.lines.push(Spot::line(file, number));
                "the line has the message's words in order".clone_into(&mut draft.why);
                findings.drafts.push(draft);
            }
        }
        let best = findings.drafts.iter().map(|draft| draft.score).fold(0.0, f32::max);
        findings.drafts.retain(|draft| draft.score >= best);
        if findings.drafts.is_empty() { Err(unknown()) } else { Ok(findings.answer(asking, LIMIT)) }
    }
}

/// Where an exception is raised that the text names: what makes one of it, or passes it on, on a line
/// that raises. None where it names no type.
fn thrown(asking: &Asking<'_>, text: &str) -> Option<Answer> {
    const RAISING: [&str; 9] =
        ["raise", "throw", "Err(", "panic", "reject", "fail", "return", "error", "abort"];
    let snapshot = asking.snapshot;
    let resolved = mentions::resolve(asking, text, Want::Record).ok()?;
    let types: Vec<SymbolId> =
        resolved.symbols.iter().copied().filter(|it| snapshot.kind(*it).is_type()).collect();
    if types.is_empty() || resolved.how == How::Words {
        return None;
    }
    let mut findings = Findings::new(format!("where {} is raised", asking.some_names(&types)));
    findings.about(asking, &resolved);
    let inside = Step::one(&[EdgeKind::Contains], Way::Out, Tier::Maybe);
    let plan = Plan::Union(vec![
        Plan::named(text, &types),
        Plan::named(text, &types).step(inside).of_kinds(&[
            SymbolKind::Constructor,
            SymbolKind::Method,
            SymbolKind::EnumMember,
        ]),
    ]);
    let made = findings.run(asking, &plan).symbols();
    let mut edges = Vec::new();
    for symbol in &made {
        edges.extend(snapshot.edges(*symbol, Direction::In).into_iter().filter(|edge| {
            let makes = matches!(
                edge.kind,
                EdgeKind::Calls | EdgeKind::Instantiates | EdgeKind::References | EdgeKind::Reads
            );
            let own = types.contains(&edge.from)
                || types.iter().any(|it| snapshot.parent(edge.from) == Some(*it));
            makes && edge.tier <= asking.options.tier && !own
        }));
    }
    // Its construction may begin on a line before or end on one after the word that raises it.
    edges.retain(|edge| {
        let text = snapshot.text(edge.file);
        let start = edge.start as usize;
        let line = text.get(..start).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
        let head = text.get(line..start).unwrap_or_default();
        let before =
            text.get(..line).unwrap_or_default().trim_end().rsplit('\n').next().unwrap_or_default();
        // Who expects it does not raise it.
        let expects = ["raises(", "assertRaises", "assertThrows", "toThrow", "catch", "except "];
        let says = |text: &str| {
            RAISING.iter().any(|word| text.contains(word))
                && !expects.iter().any(|word| text.contains(word))
        };
        says(head) || head.trim().is_empty() && says(before)
    });
    let mut roles = TestRoles::new(asking);
    for (symbol, edges) in by_end(edges, |edge| edge.from) {
        let role = roles.of(symbol).unwrap_or(Role::Direct);
        findings.drafts.push(draft_of(symbol, role, &edges, "raises it".to_owned()));
    }
    (!findings.drafts.is_empty()).then(|| findings.answer(asking, LIMIT))
}

/// What stands in quotes or back-ticks; an apostrophe begins none.
fn quoted(question: &str) -> Option<&str> {
    ['"', '`', '\''].into_iter().find_map(|mark| {
        let opens = |at: &usize| question[..*at].ends_with([' ', '(']) || *at == 0;
        let from = question.match_indices(mark).map(|(at, _)| at).find(opens)? + 1;
        let to = question.rfind(mark)?;
        question.get(from..to).filter(|text| !text.is_empty())
    })
}

/// Finds the words of which a line that has two thirds of all must have one: the longest, since those
/// are rare.
fn rare(words: &[String]) -> Option<Rare> {
    let least = words.len() - (words.len() as f32 * SHARE).ceil() as usize + 1;
    let mut longest: Vec<&String> = words.iter().collect();
    longest.sort_by_key(|word| std::cmp::Reverse(word.len()));
    longest.truncate(least);
    // Other letters than those of ASCII may be written in another case: then every line is looked at.
    if longest.iter().any(|word| !word.is_ascii()) {
        return Some(Rare::Any);
    }
    AhoCorasick::builder().ascii_case_insensitive(true).build(longest).ok().map(Rare::Of)
}

/// Which lines may hold a message.
enum Rare {
    /// Those that have one of these words.
    Of(AhoCorasick),
    /// All.
    Any,
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    let hash = line.starts_with('#') && !line.starts_with("#[") && !line.starts_with("#!");
    hash || ["//", "/*", "* ", "--", "<!--", "\"\"\""].iter().any(|mark| line.starts_with(mark))
}

/// The lines of a text in which something is found, with their positions.
fn lines_with<'t>(
    text: &'t str,
    rare: &'t Rare,
) -> Box<dyn Iterator<Item = (usize, &'t str)> + 't> {
    let Rare::Of(found) = rare else { return Box::new(text.lines().enumerate()) };
    let (mut row, mut counted, mut end) = (0, 0, 0);
    Box::new(found.find_iter(text).filter_map(move |at| {
        if at.start() < end {
            return None;
        }
        let start = text[..at.start()].rfind('\n').map_or(0, |at| at + 1);
        row += text[counted..start].matches('\n').count();
        counted = start;
        let line = text[start..].split('\n').next().unwrap_or_default();
        end = start + line.len() + 1;
        Some((row, line.trim_end_matches('\r')))
    }))
}

/// Which part of the words a line must have: values take the place of the others.
const SHARE: f32 = 0.66;

/// Which part of the words a line has in order, with anything between them: at least two thirds, for
/// values take the place of words.
fn held(line: &str, words: &[String]) -> Option<f32> {
    let lower = line.to_lowercase();
    let mut own = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut found = 0;
    for word in words {
        let ahead = own.clone();
        if own.any(|it| it == word) {
            found += 1;
        } else {
            own = ahead;
        }
    }
    let part = found as f32 / words.len() as f32;
    (part >= SHARE).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::{held, lines_with, quoted, rare};

    #[test]
    fn values_take_the_place_of_words() {
        let words: Vec<String> =
            ["insufficient", "funds", "for", "bob"].map(str::to_owned).to_vec();
        let part = held("raise ValueError(f\"insufficient funds for {name}\")", &words);
        assert_eq!(part, Some(0.75));
        assert_eq!(held("funds", &words), None);
    }

    #[test]
    fn lines_that_cannot_hold_the_message_are_passed_over() {
        let words: Vec<String> = ["insufficient", "funds", "for"].map(str::to_owned).to_vec();
        let found = rare(&words).expect("an automaton");
        let text = "a\nfor FUNDS and funds\r\nfor\n\nInsufficient";
        let lines: Vec<_> = lines_with(text, &found).collect();
        assert_eq!(lines, [(1, "for FUNDS and funds"), (4, "Insufficient")]);
    }

    #[test]
    fn a_message_stands_in_quotes() {
        assert_eq!(quoted("where is \"no such user\" raised?"), Some("no such user"));
        assert_eq!(quoted("where's the error 'no user' raised?"), Some("no user"));
        assert_eq!(quoted("where is it raised?"), None);
    }
}
