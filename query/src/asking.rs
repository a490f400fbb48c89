//! What every part of answering one question shares.

use crate::answer::Place;
use crate::options::Options;
use qf_graph::words::{self, Stems};
use qf_graph::{FileId, Snapshot, SymbolId};

/// One question being answered.
pub struct Asking<'s> {
    /// The index.
    pub snapshot: &'s Snapshot,
    /// What the caller asked for beside the question.
    pub options: &'s Options,
    /// English stems.
    pub stems: Stems,
    /// The question as asked.
    pub question: String,
    /// Name of the question type that is answering.
    pub intent: &'static str,
}

impl<'s> Asking<'s> {
    /// Begins to answer.
    pub fn new(snapshot: &'s Snapshot, question: &str, options: &'s Options) -> Self {
        Self {
            snapshot,
            options,
            stems: Stems::default(),
            question: question.to_owned(),
            intent: "search",
        }
    }

    /// How many hops an answer may look at. The same for all questions, so that two answers about
    /// one thing count the same: as many as there are, unless the caller says how many. (Of those
    /// who reach a writer only the nearest are listed, but their tests are counted all the same.)
    pub fn hops(&self) -> u32 {
        self.options.hops.unwrap_or(u32::MAX)
    }

    /// As [`Asking::hops`], where the first hop has been walked already.
    pub fn further_hops(&self) -> u32 {
        self.options.hops.map_or(u32::MAX, |hops| hops.saturating_sub(1))
    }

    /// Whether the caller wants items of this file.
    pub fn wants_file(&self, file: FileId) -> bool {
        let repository = || self.snapshot.repository_name(self.snapshot.file_repository(file));
        self.options.repo.as_deref().is_none_or(|repo| repo == repository())
            && self
                .options
                .language
                .as_deref()
                .is_none_or(|language| language.eq_ignore_ascii_case(self.snapshot.language(file)))
    }

    /// A symbol as it is mentioned.
    pub fn place(&self, symbol: SymbolId) -> Place {
        let file = self.snapshot.file(symbol);
        Place {
            name: self.label(symbol),
            kind: self.snapshot.kind(symbol).name().to_owned(),
            repo: self.snapshot.repository_name(self.snapshot.file_repository(file)).to_owned(),
            file: self.snapshot.path(file).to_owned(),
            line: self.snapshot.lines(symbol).1,
        }
    }

    /// A file as a place, for what is no symbol.
    pub fn place_in(&self, file: FileId) -> Place {
        Place {
            name: String::new(),
            kind: String::new(),
            repo: self.snapshot.repository_name(self.snapshot.file_repository(file)).to_owned(),
            file: self.snapshot.path(file).to_owned(),
            line: 1,
        }
    }

    /// Qualified name of a symbol; never empty.
    pub fn label(&self, symbol: SymbolId) -> String {
        let qualified = self.snapshot.qualified_name(symbol);
        if qualified.is_empty() { self.snapshot.name(symbol) } else { qualified }.to_owned()
    }

    /// Stems of the parts of a name.
    pub fn stems_of(&self, name: &str) -> Vec<String> {
        let mut out = Vec::new();
        words::identifiers(name, |identifier| {
            words::parts(identifier, |part| out.push(self.stems.stem(part).into_owned()));
        });
        out
    }

    /// `User.balance`, `User.balance and users.balance`, `User.balance and 3 more`.
    pub fn some_names(&self, symbols: &[SymbolId]) -> String {
        let mut names: Vec<String> = Vec::new();
        for symbol in symbols {
            let name = self.label(*symbol);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        listed(&names, 3)
    }
}

/// `a`, `a and b`, `a, b and c`, `a, b, c and 4 more`.
pub fn listed(names: &[String], most: usize) -> String {
    if names.len() > most {
        return format!("{} and {} more", names[..most].join(", "), names.len() - most);
    }
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// `1 test reaches`, `2 tests reach`: a count with its verb, whose form for many is given.
pub fn counted_does(count: usize, noun: &str, verb: &str) -> String {
    let ending = if verb.ends_with("ch") { "es" } else { "s" };
    let ending = if count == 1 { ending } else { "" };
    format!("{} {verb}{ending}", counted(count, noun))
}

/// `1 test`, `2 tests`.
pub fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ if noun.ends_with('y') => format!("{count} {}ies", &noun[..noun.len() - 1]),
        _ => format!("{count} {noun}s"),
    }
}
