//! Searching what was loaded: words, meanings and ids, over all parts.
//!
//! The scores are those of the index (see `qf_graph::snapshot::search`): BM25 over all parts as one
//! collection, and the nearest vectors, added with the same weights. What has an id of the question
//! comes before all else. A question that is about code has words that occur in any log, so what has
//! less than a quarter of them and no near meaning is no answer.
//!
//! Lines that come from one statement answer once, with how many more there are. A log has one
//! message a million times, so what is looked at must not be the best chunks alone, which may all
//! say the same: the first chunk with each statement is looked at apart from the others, and of
//! lines in a chunk that fit equally well each statement answers.

use super::chunk::is_stamped;
use super::error::{Result, SessionError};
use super::load::INPUT;
use super::part::{Chunk, MOST_STATEMENTS, Part, Statement};
use super::scan::{self, Needles};
use super::source::State;
use super::store::Session;
use super::terms::{Terms, ids, masked, template};
use super::{Loaded, Manifest};
use qf_graph::embed::{self, Embedder};
use qf_graph::store::nearest;
use rayon::prelude::*;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Saturation of term frequencies, and strength of the length normalisation.
const K1: f32 = 1.2;
const B: f32 = 0.6;
/// Weight of meanings.
const DENSE: f32 = 0.45;
/// How many of each list are looked at.
const DEPTH: usize = 200;
/// Least part of the question's words.
const SHARE: f32 = 0.25;
/// Least cosine of what has fewer.
const NEAR: f32 = 0.6;
/// Bytes of a record of several chunks in which places in code are looked for.
const RECORD: u64 = 64 << 10;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Found {
    /// Best first.
    pub hits: Vec<Hit>,
    /// What else should be known of the files.
    pub notes: Vec<String>,
}

/// A place in what was loaded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// Path of the file, or `standard input`.
    pub file: String,
    /// Kind of the file.
    pub kind: String,
    /// How it is printed: `app.log:12`, `manual.pdf p. 3`.
    pub place: String,
    /// Page or heading; empty when there is none.
    pub label: String,
    /// Line of the file; 0 where it has none.
    pub line: u32,
    /// The line that fits best.
    pub text: String,
    /// The record or the paragraphs that it stands in.
    pub passage: String,
    /// 0…1, and more where an id was found.
    pub score: f32,
    /// How many more lines that differ in numbers only there are; of lines with an id, that have it.
    pub alike: usize,
    /// Whether there may be more of them.
    pub alike_at_least: bool,
    /// The record from the passage on, where it is longer than that; places in code may be in all
    /// of it.
    #[serde(skip)]
    pub record: String,
}

/// The best `limit` places of a session for a question.
pub fn search(
    session: &Session,
    question: &str,
    limit: usize,
    embedder: &dyn Embedder,
) -> Result<Found> {
    let mut session = session.clone();
    let mut attempts = 0;
    loop {
        let found = Search::new(&session, question, embedder)?.run(limit);
        match found {
            // A file was loaded again, or the session was dropped.
            Err(SessionError::Io { path, source })
                if source.kind() == ErrorKind::NotFound
                    && path.starts_with(&session.folder)
                    && attempts < 10 =>
            {
                session = session.again()?;
                attempts += 1;
            }
            other => return other,
        }
    }
}

struct Search<'s> {
    folder: &'s Path,
    manifest: &'s Manifest,
    terms: Vec<u64>,
    ids: Vec<String>,
    needles: Option<Needles>,
    model: &'s str,
    /// The question's vector as bytes, and what a dot product is divided by for the cosine.
    query: (Vec<i8>, f32),
}

/// What was found in one part.
struct Looked {
    file: usize,
    chunks: Vec<Chunk>,
    labels: Vec<String>,
    /// By the terms of the question.
    postings: Vec<Vec<(u32, u8)>>,
    /// Chunk, byte in it, cosine.
    near: Vec<(u32, u32, f32)>,
    /// Chunks with ids, and which.
    exact: Vec<(u32, BTreeSet<usize>)>,
    /// The statements of a log, sorted by template.
    statements: Vec<Statement>,
}

/// A part and a chunk of it.
type Place = (usize, u32);

#[derive(Debug, Clone, Copy, Default)]
struct Candidate {
    lexical: f32,
    matched: usize,
    dense: f32,
    /// Where in the chunk the near meaning is.
    at: u32,
    /// How much of the question's ids it has, up to 1; 0 where it has none.
    exact: f32,
}

/// What is looked at.
struct Ranked {
    /// Best first.
    candidates: Vec<(Place, Candidate, f32)>,
    /// Whether there are more that have words or ids of the question.
    more_words: bool,
    more_ids: bool,
    /// How much each id of the question says; 1 all together.
    shares: Vec<f32>,
}

impl<'s> Search<'s> {
    fn new(session: &'s Session, question: &str, embedder: &'s dyn Embedder) -> Result<Self> {
        let ids = ids(question);
        // As many ids as a sentence has always make an automaton.
        let needles = if ids.is_empty() { None } else { Needles::new(&ids).ok() };
        let model = embedder.name();
        // Asking a model may cost a request: only for vectors that it made, and words that it may know.
        let words = masked(question);
        let wanted = session.manifest.files.iter().any(|file| file.model == model)
            && words.chars().any(char::is_alphabetic);
        let query = if wanted { embedder.query(&words)? } else { Vec::new() };
        Ok(Self {
            folder: &session.folder,
            manifest: &session.manifest,
            terms: Terms::default().question(question),
            ids,
            needles,
            model,
            query: quantised(&query),
        })
    }

    fn run(&self, limit: usize) -> Result<Found> {
        let mut found = Found::default();
        let mut jobs: Vec<(usize, &str)> = Vec::new();
        for (index, file) in self.manifest.files.iter().enumerate() {
            let (usable, note) = state(file);
            found.notes.extend(note);
            if file.model != self.model {
                found.notes.push(format!(
                    "{} has vectors of model `{}`, not `{}`: only words are compared",
                    file.name(),
                    file.model,
                    self.model
                ));
            }
            if usable {
                jobs.extend(file.parts.iter().map(|part| (index, part.as_str())));
            }
        }
        let looked: Vec<Looked> =
            jobs.par_iter().map(|(file, part)| self.look(*file, part)).collect::<Result<_>>()?;
        let rarities = self.rarities(&looked);
        let ranked = self.ranked(&looked, &rarities);
        self.fill(&mut found, &looked, &rarities, &ranked, limit)?;
        Ok(found)
    }

    /// The text of a file.
    fn text_path(&self, file: &Loaded) -> PathBuf {
        match &file.text {
            Some(name) => self.folder.join(name),
            None => PathBuf::from(&file.path),
        }
    }

    fn look(&self, index: usize, part: &str) -> Result<Looked> {
        let file = &self.manifest.files[index];
        let path = self.folder.join(part);
        let io = || SessionError::io(&path);
        let part = Part::open(&path).map_err(io())?;
        let chunks = part.chunks().map_err(io())?;
        let postings = self
            .terms
            .iter()
            .map(|term| part.postings(*term))
            .collect::<std::io::Result<_>>()
            .map_err(io())?;
        let (query, unit) = &self.query;
        let mut near = Vec::new();
        if file.model == self.model && part.dimensions() == query.len() && !query.is_empty() {
            let (places, vectors) = part.vectors().map_err(io())?;
            for (position, dot) in nearest::exact(&vectors, query, DEPTH, |_| true) {
                if let Some((chunk, at)) = places.get(position as usize)
                    && (*chunk as usize) < chunks.len()
                {
                    near.push((*chunk, *at, dot as f32 / unit));
                }
            }
        }
        let mut exact = Vec::new();
        if let Some(needles) = &self.needles {
            let text = self.text_path(file);
            let io = || SessionError::io(&text);
            let open = File::open(&text).map_err(io())?;
            let found = needles.chunks(&open, &chunks).map_err(io())?;
            exact.extend(found);
        }
        let labels = part.labels().map_err(io())?;
        let statements = part.statements().map_err(io())?;
        Ok(Looked { file: index, chunks, labels, postings, near, exact, statements })
    }

    /// How much each term of the question says.
    fn rarities(&self, looked: &[Looked]) -> Vec<f32> {
        let all: usize = looked.iter().map(|part| part.chunks.len()).sum();
        let rarity = |term: usize| {
            let having: usize = looked.iter().map(|part| part.postings[term].len()).sum();
            let (all, having) = (all as f32, having as f32);
            (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
        };
        (0..self.terms.len()).map(rarity).collect()
    }

    /// How much each id of the question says, 1 all together: the rarer it is, the more.
    fn shares(&self, looked: &[Looked]) -> Vec<f32> {
        let mut counts = vec![0usize; self.ids.len()];
        for (_, ids) in looked.iter().flat_map(|part| &part.exact) {
            for id in ids {
                counts[*id] += 1;
            }
        }
        let weight = |count: &usize| if *count == 0 { 0.0 } else { 1.0 / *count as f32 };
        let all = counts.iter().map(weight).sum::<f32>().max(f32::EPSILON);
        counts.iter().map(|count| weight(count) / all).collect()
    }

    /// The places that are looked at.
    fn ranked(&self, looked: &[Looked], rarities: &[f32]) -> Ranked {
        let words = |part: &Looked| part.chunks.iter().map(|it| u64::from(it.words)).sum::<u64>();
        let all: usize = looked.iter().map(|part| part.chunks.len()).sum();
        let total: u64 = looked.iter().map(words).sum();
        let average = (total as f32 / all.max(1) as f32).max(1.0);
        let shares = self.shares(looked);
        let (mut more_words, mut more_ids) = (false, false);
        let mut lexical: Vec<(Place, f32)> = Vec::new();
        let mut firsts: Vec<(Place, f32)> = Vec::new();
        let mut near: Vec<(Place, f32, u32)> = Vec::new();
        let mut exact: Vec<(Place, f32)> = Vec::new();
        let mut scores: Vec<Vec<(f32, usize)>> = Vec::new();
        let better = |a: &(Place, f32), b: &(Place, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        for (index, part) in looked.iter().enumerate() {
            let own = part.scores(rarities, average);
            let hit = |chunk: u32| {
                let score = own.get(chunk as usize).map_or(0.0, |(score, _)| *score);
                (score > 0.0).then_some(((index, chunk), score))
            };
            lexical.extend((0..own.len() as u32).filter_map(hit));
            more_words |= keep_best(&mut lexical, better);
            let chunks: BTreeSet<u32> = part.statements.iter().map(|it| it.chunk).collect();
            firsts.extend(chunks.into_iter().filter_map(hit));
            keep_best(&mut firsts, better);
            near.extend(part.near.iter().map(|(chunk, at, near)| ((index, *chunk), *near, *at)));
            keep_best(&mut near, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let share = |ids: &BTreeSet<usize>| ids.iter().map(|id| shares[*id]).sum::<f32>();
            exact.extend(part.exact.iter().map(|(chunk, ids)| ((index, *chunk), share(ids))));
            more_ids |= keep_best(&mut exact, better) || part.exact.len() >= scan::MOST;
            scores.push(own);
        }
        let mut candidates: BTreeMap<Place, Candidate> = BTreeMap::new();
        for (place, _) in lexical.iter().chain(&firsts) {
            candidates.entry(*place).or_default();
        }
        for (place, score, at) in &near {
            let candidate = candidates.entry(*place).or_default();
            if *score > candidate.dense {
                (candidate.dense, candidate.at) = (*score, *at);
            }
        }
        for (place, share) in &exact {
            candidates.entry(*place).or_default().exact = *share;
        }
        for ((part, chunk), candidate) in &mut candidates {
            (candidate.lexical, candidate.matched) = scores[*part][*chunk as usize];
        }
        let best = |scores: &mut dyn Iterator<Item = f32>| scores.fold(f32::EPSILON, f32::max);
        let best_lexical = best(&mut candidates.values().map(|it| it.lexical));
        let best_dense = best(&mut near.iter().map(|hit| hit.1));
        let mut candidates: Vec<(Place, Candidate, f32)> = candidates
            .into_iter()
            .filter(|(_, it)| {
                let share = it.matched as f32 / self.terms.len().max(1) as f32;
                it.exact > 0.0 || share >= SHARE || it.dense >= NEAR
            })
            .map(|(place, it)| {
                // More than words and meanings together, also where the id is in every line.
                let ids = if it.exact > 0.0 { 1.0 + it.exact } else { 0.0 };
                let words = (1.0 - DENSE) * it.lexical / best_lexical;
                (place, it, ids + words + DENSE * it.dense / best_dense)
            })
            .collect();
        candidates.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
        Ranked { candidates, more_words, more_ids, shares }
    }

    /// Reads the best candidates.
    fn fill(
        &self,
        found: &mut Found,
        looked: &[Looked],
        rarities: &[f32],
        ranked: &Ranked,
        limit: usize,
    ) -> Result<()> {
        let mut terms = Terms::default();
        let mut open: BTreeMap<usize, File> = BTreeMap::new();
        // By file and statement, the hit, and whether that is one with an id.
        let mut said: BTreeMap<(usize, u64), (usize, bool)> = BTreeMap::new();
        let mut counted: BTreeSet<(usize, u64)> = BTreeSet::new();
        for (at, candidate, score) in &ranked.candidates {
            let part = &looked[at.0];
            let chunk = part.chunks[at.1 as usize];
            let loaded = &self.manifest.files[part.file];
            let path = self.text_path(loaded);
            let file = match open.entry(part.file) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(File::open(&path).map_err(SessionError::io(&path))?)
                }
            };
            let mut bytes = vec![0; chunk.length as usize];
            file.read_exact_at(&mut bytes, chunk.start).map_err(SessionError::io(&path))?;
            let text = String::from_utf8_lossy(&bytes);
            let says = (rarities, ranked.shares.as_slice());
            let mut lines = self.best_lines(&text, &mut terms, says, candidate.at as usize);
            if chunk.whole {
                lines.truncate(1);
            }
            for best in lines {
                let line = text.lines().nth(best).unwrap_or_default().trim();
                let statement = (part.file, template(line));
                // A record is counted as a whole.
                let own = if chunk.whole { template(text.trim()) } else { statement.1 };
                let is_new = counted.insert((part.file, own));
                let has_id = candidate.exact > 0.0;
                // With an id, only lines that have it are meant; of prose nothing is counted.
                let one_by_one = has_id || part.statements.is_empty();
                let (all, is_full) =
                    if one_by_one { (1, false) } else { written(looked, part.file, own) };
                if let Some((hit, of_id)) = said.get(&statement)
                    && let Some(hit) = found.hits.get_mut(*hit)
                {
                    if (one_by_one || is_new) && (has_id || !of_id) {
                        hit.alike += all.max(1);
                    }
                    continue;
                }
                if found.hits.len() == limit {
                    continue;
                }
                said.insert(statement, (found.hits.len(), has_id));
                let label = part.labels.get(chunk.label as usize).cloned().unwrap_or_default();
                let extracted =
                    loaded.text.is_some() && !loaded.path.starts_with(INPUT) || loaded.pages > 0;
                let number = if extracted { 0 } else { chunk.line.saturating_add(best as u32) };
                let is_cut =
                    if has_id { ranked.more_ids } else { chunk.whole && ranked.more_words };
                found.hits.push(Hit {
                    file: loaded.path.clone(),
                    kind: loaded.kind.clone(),
                    place: place(loaded.name(), &label, number),
                    label,
                    line: number,
                    text: line.to_owned(),
                    passage: passage(&text, best, chunk.whole),
                    score: *score,
                    alike: all.saturating_sub(1),
                    alike_at_least: is_full || is_cut,
                    record: record(looked, *at, file).map_err(SessionError::io(&path))?,
                });
            }
        }
        for hit in &mut found.hits {
            hit.alike_at_least &= hit.alike > 0;
        }
        Ok(())
    }

    /// Which lines of a chunk say most of what was asked, given how much its words and ids say;
    /// several where they say equally much.
    fn best_lines(
        &self,
        text: &str,
        terms: &mut Terms,
        (rarities, shares): (&[f32], &[f32]),
        near: usize,
    ) -> Vec<usize> {
        let (mut best, mut most) = (Vec::new(), 0.0f32);
        let (mut at, mut nearest) = (0, 0);
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let mut has = vec![false; self.terms.len()];
            terms.each(line, |term| {
                if let Ok(index) = self.terms.binary_search(&term) {
                    has[index] = true;
                }
            });
            let words: f32 =
                has.iter().zip(rarities).filter(|(has, _)| **has).map(|(_, it)| it).sum();
            let ids = self.needles.as_ref().map(|needles| needles.of(line)).unwrap_or_default();
            let share = ids.iter().map(|id| shares[*id]).sum::<f32>();
            // What stands below a heading says more than the heading.
            let words = if line.starts_with('#') { words * 0.9 } else { words };
            let worth = words + if ids.is_empty() { 0.0 } else { 100.0 * (1.0 + share) };
            match worth.total_cmp(&most) {
                Ordering::Greater => (best, most) = (vec![number], worth),
                Ordering::Equal if worth > 0.0 => best.push(number),
                _ => {}
            }
            if at <= near && !line.trim().is_empty() {
                nearest = number;
            }
            at += line.len();
        }
        if best.is_empty() {
            best.push(nearest);
        }
        best
    }
}

/// How many lines or records a statement wrote into a file, and whether it may be more.
fn written(looked: &[Looked], file: usize, template: u64) -> (usize, bool) {
    let (mut all, mut is_full) = (0, false);
    for part in looked.iter().filter(|part| part.file == file) {
        let index = part.statements.binary_search_by_key(&template, |it| it.template);
        all += index.map_or(0, |index| part.statements[index].count as usize);
        is_full |= part.statements.len() >= MOST_STATEMENTS;
    }
    (all, is_full)
}

/// The text of a record from a chunk on; nothing where it ends with the chunk.
fn record(looked: &[Looked], (index, number): Place, file: &File) -> std::io::Result<String> {
    let part = &looked[index];
    let first = part.chunks[number as usize];
    if !first.goes_on {
        return Ok(String::new());
    }
    // It may end in the next part.
    let parts = looked[index..].iter().take_while(|other| other.file == part.file);
    let mut end = first.start;
    for chunk in parts.flat_map(|part| &part.chunks).skip(number as usize) {
        end = chunk.start.saturating_add(u64::from(chunk.length));
        if !chunk.goes_on || end.saturating_sub(first.start) >= RECORD {
            break;
        }
    }
    let mut bytes = vec![0; end.saturating_sub(first.start).min(RECORD) as usize];
    file.read_exact_at(&mut bytes, first.start)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

impl Looked {
    /// The score of each chunk, and how many terms it has.
    fn scores(&self, rarities: &[f32], average: f32) -> Vec<(f32, usize)> {
        let mut scores = vec![(0.0, 0); self.chunks.len()];
        for (postings, rarity) in self.postings.iter().zip(rarities) {
            for (chunk, often) in postings {
                let chunk = *chunk as usize;
                let norm = K1 * (1.0 - B + B * self.chunks[chunk].words as f32 / average);
                let often = f32::from(*often);
                scores[chunk].0 += rarity * often * (K1 + 1.0) / (often + norm);
                scores[chunk].1 += 1;
            }
        }
        scores
    }
}

/// Sorts, and drops what is not among the best; says whether there was any.
fn keep_best<T>(all: &mut Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> bool {
    let cut = all.len() > DEPTH;
    if cut {
        all.select_nth_unstable_by(DEPTH - 1, &order);
        all.truncate(DEPTH);
    }
    all.sort_unstable_by(order);
    cut
}

/// A vector as bytes, and what a dot product with it is divided by for the cosine.
fn quantised(vector: &[f32]) -> (Vec<i8>, f32) {
    let largest = vector.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    if largest == 0.0 {
        return (Vec::new(), 1.0);
    }
    let scale = 127.0 / largest;
    let bytes = vector.iter().map(|value| (value * scale).round() as i8).collect();
    (bytes, scale * embed::scale(vector.len()))
}

/// Whether the text of a file can be read, and what should be said of it.
fn state(file: &Loaded) -> (bool, Option<String>) {
    if file.path.starts_with(INPUT) {
        return (true, None);
    }
    let name = file.name();
    let state = file.origin.state(Path::new(&file.path));
    let kept = file.text.is_some();
    let note = match state {
        State::Same => None,
        State::Grown if kept => Some(format!("{name} has changed; this is how it was")),
        State::Grown => {
            Some(format!("{name} has grown; what was added is not loaded: `qf load` it again"))
        }
        State::Changed | State::Gone if kept => {
            Some(format!("{name} has changed or is gone; this is how it was"))
        }
        State::Changed => {
            Some(format!("{name} has changed since, and is left out: `qf load` it again"))
        }
        State::Gone => Some(format!("{name} is gone, and is left out")),
    };
    (kept || state.holds(), note)
}

/// How a place is printed.
fn place(name: &str, label: &str, line: u32) -> String {
    match (line, label) {
        (0, "") => name.to_owned(),
        (0, label) if label.starts_with("p. ") => format!("{name} {label}"),
        (0, label) => format!("{name} \"{label}\""),
        (line, _) => format!("{name}:{line}"),
    }
}

/// What a line says together with the lines that belong to it: all of a chunk that is one thing; else
/// what follows and is indented, or has no time of its own below a line that has one.
fn passage(text: &str, best: usize, whole: bool) -> String {
    if whole {
        return text.trim_end().to_owned();
    }
    let goes_on = |line: &str, stamped: bool| {
        line.starts_with([' ', '\t']) || stamped && !is_stamped(line.as_bytes())
    };
    let lines: Vec<&str> = text.lines().collect();
    let stamped = lines.iter().any(|line| is_stamped(line.as_bytes()));
    let mut first = best.min(lines.len().saturating_sub(1));
    while first > 0 && goes_on(lines[first], stamped) {
        first -= 1;
    }
    let rest = lines.get(first + 1..).unwrap_or_default();
    let more = rest.iter().take_while(|line| goes_on(line, stamped)).count();
    lines.get(first..=first + more).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{passage, place};

    #[test]
    fn a_line_brings_what_belongs_to_it() {
        let text = "12:00:00 a\n12:00:01 b\n  at c\nValueError: d\n12:00:02 e\n";
        assert_eq!(passage(text, 2, false), "12:00:01 b\n  at c\nValueError: d");
        assert_eq!(passage(text, 0, false), "12:00:00 a");
        assert_eq!(passage(text, 4, false), "12:00:02 e");
        assert_eq!(passage(text, 4, true), text.trim_end());
        assert_eq!(passage("", 0, false), "");
    }

    #[test]
    fn places_of_documents_and_texts() {
        assert_eq!(place("a.log", "", 12), "a.log:12");
        assert_eq!(place("a.pdf", "p. 3", 0), "a.pdf p. 3");
        assert_eq!(place("a.html", "Fees", 0), "a.html \"Fees\"");
        assert_eq!(place("a.html", "", 0), "a.html");
    }
}
