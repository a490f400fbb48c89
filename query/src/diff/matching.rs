//! Which definition of one snapshot is which of another.
//!
//! Same path, qualified name, kind and number among those: the same. What is left is looked for where
//! its file went, then under the same name with another kind, then where text that is equal but for
//! its own name went. Nothing is matched by likeness: what was moved and changed at once, outside of
//! a file that moved as a whole, is one definition less and another more.

use qf_graph::facts::SymbolKind;
use qf_graph::{FileId, RepoId, Snapshot, SymbolId};
use std::collections::{BTreeMap, BTreeSet};

/// Shorter texts say too little to tell that a definition was renamed.
const LEAST_RENAMED: usize = 40;
/// Stands for a definition's own name in its text.
const OWN: char = '\u{0}';

/// A repository in one of the two snapshots.
pub struct Side<'s> {
    /// The snapshot.
    pub snapshot: &'s Snapshot,
    /// The repository in it.
    pub repository: RepoId,
    /// Its symbols, in order.
    pub symbols: Vec<SymbolId>,
    /// Its files by path.
    pub files: BTreeMap<&'s str, FileId>,
    /// What its definitions say; of those in files that are equal on both sides, nothing.
    texts: Vec<Option<Text>>,
    base: u32,
}

/// What a definition says, with white space folded and its own name blanked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The header.
    pub signature: String,
    /// What stands around and below the header, but for the definitions inside.
    pub own: String,
    /// All of it.
    whole: String,
}

impl<'s> Side<'s> {
    /// The repository in a snapshot.
    pub fn new(snapshot: &'s Snapshot, repository: RepoId) -> Self {
        let of_it = |file: &FileId| snapshot.file_repository(*file) == repository;
        let files = snapshot.files().filter(of_it).map(|file| (snapshot.path(file), file));
        let symbols: Vec<SymbolId> = snapshot.symbols_of(repository).collect();
        let base = snapshot.columns(repository).1;
        let texts = vec![None; symbols.len()];
        Self { snapshot, repository, files: files.collect(), symbols, texts, base }
    }

    /// What a definition says, unless its file is equal on both sides.
    pub fn text(&self, symbol: SymbolId) -> Option<&Text> {
        self.texts.get(self.row(symbol))?.as_ref()
    }

    /// The row of a symbol of the repository.
    pub fn row(&self, symbol: SymbolId) -> usize {
        (symbol.0 - self.base) as usize
    }

    /// Whether a symbol is the repository's.
    pub fn has(&self, symbol: SymbolId) -> bool {
        (self.base..self.base + self.symbols.len() as u32).contains(&symbol.0)
    }

    /// Path of a symbol's file.
    pub fn path(&self, symbol: SymbolId) -> &'s str {
        self.snapshot.path(self.snapshot.file(symbol))
    }

    fn whole(&self, symbol: SymbolId) -> &str {
        self.text(symbol).map_or("", |text| &text.whole)
    }

    fn read(&mut self, other: &Side<'_>) {
        let files: Vec<(&str, FileId)> = self.files.iter().map(|(p, f)| (*p, *f)).collect();
        for (path, file) in files {
            let hash = self.snapshot.content_hash(file);
            let there = other.files.get(path).map(|file| other.snapshot.content_hash(*file));
            if hash.is_some() && there == Some(hash) {
                continue;
            }
            let text = self.snapshot.text(file);
            for symbol in self.snapshot.symbols_of_file(file) {
                let row = self.row(symbol);
                self.texts[row] = Some(self.said(symbol, &text));
            }
        }
    }

    fn said(&self, symbol: SymbolId, text: &str) -> Text {
        let snapshot = self.snapshot;
        let (start, end) = snapshot.bytes(symbol);
        let segment = snapshot.segment(self.repository);
        let header_end = segment.symbol_signature_end(symbol.0 - self.base);
        let name = snapshot.name(symbol);
        let name_start = snapshot.name_start(symbol);
        let line = text.get(..name_start as usize).and_then(|head| head.rfind('\n'));
        let header_start = line.map_or(0, |at| at as u32 + 1).max(start);
        let part = |from: u32, to: u32| {
            text.get(from as usize..to.max(from) as usize).unwrap_or("").to_owned()
        };
        let whole = part(start, end);
        if snapshot.kind(symbol).is_value() {
            let signature = folded(before_value(&whole), name);
            let whole = folded(&whole, name);
            return Text { signature, own: whole.clone(), whole };
        }
        // The header is the symbol's own, whatever stands in it.
        let mut own = part(start, header_start);
        let mut at = header_end.max(header_start);
        let mut inside: Vec<(u32, u32)> =
            snapshot.children(symbol).map(|child| snapshot.bytes(child)).collect();
        inside.sort_unstable();
        for (first, last) in inside {
            own.push(' ');
            own += &part(at, first.min(end));
            at = at.max(last);
        }
        own.push(' ');
        own += &part(at, end);
        Text {
            // A comma behind the last parameter comes and goes with the lines it is written on.
            signature: folded(&part(header_start, header_end), name).replace(",)", ")"),
            own: folded(&own, name),
            whole: folded(&whole, name),
        }
    }
}

/// What stands before the value of a field, variable or constant.
fn before_value(text: &str) -> &str {
    let mut rest = text.char_indices().peekable();
    while let Some((at, letter)) = rest.next() {
        let next = rest.peek().map(|(_, next)| *next);
        if letter == '=' && !matches!(next, Some('=' | '>')) {
            return &text[..at];
        }
    }
    text
}

/// A text with its white space gone, but between words, and every whole word `name` blanked.
fn folded(text: &str, name: &str) -> String {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if out.ends_with(|last| is_word(last) || last == OWN) && word.starts_with(is_word) {
            out.push(' ');
        }
        if name.is_empty() || !word.contains(name) {
            out += word;
            continue;
        }
        let mut rest = word;
        while let Some(at) = rest.find(name) {
            let is_part = |letter: Option<char>| letter.is_some_and(is_word);
            let before = rest[..at].chars().next_back().or(out.chars().next_back());
            let after = rest[at + name.len()..].chars().next();
            out += &rest[..at];
            if is_part(before) || is_part(after) {
                out += name;
            } else {
                out.push(OWN);
            }
            rest = &rest[at + name.len()..];
        }
        out += rest;
    }
    out
}

/// The two sides and what is what.
pub struct Matching<'s> {
    /// The older side.
    pub old: Side<'s>,
    /// The newer side.
    pub new: Side<'s>,
    /// By row of the older side.
    to: Vec<Option<SymbolId>>,
    /// By row of the newer side.
    from: Vec<Option<SymbolId>>,
    /// Files that went elsewhere, by their older path.
    pub moved: BTreeMap<&'s str, &'s str>,
}

impl<'s> Matching<'s> {
    /// Matches the definitions of two sides.
    pub fn new(mut old: Side<'s>, mut new: Side<'s>) -> Self {
        old.read(&new);
        new.read(&old);
        let (to, from) = (vec![None; old.symbols.len()], vec![None; new.symbols.len()]);
        let mut matching = Self { old, new, to, from, moved: BTreeMap::new() };
        let kind = |kind: SymbolKind| Some(kind as u8);
        matching.by_key(|path| path, kind);
        matching.find_moved_files();
        let moved = matching.moved.clone();
        let went = |path: &'s str| moved.get(path).copied().unwrap_or(path);
        matching.by_key(went, kind);
        // A variable that became a constant is no other thing.
        matching.by_key(went, |_| None);
        matching.by_text(|side, symbol| {
            let name = side.snapshot.qualified_name(symbol);
            Some((name.to_owned(), side.snapshot.kind(symbol) as u8))
        });
        matching.by_text(|side, symbol| {
            let name = side.snapshot.name(symbol).to_owned();
            (side.whole(symbol).len() >= LEAST_RENAMED).then(|| (name, family(side, symbol)))
        });
        matching.by_text(|side, symbol| {
            let long = side.whole(symbol).len() >= LEAST_RENAMED;
            long.then(|| (String::new(), side.snapshot.kind(symbol) as u8))
        });
        matching.by_parent();
        matching
    }

    /// What a symbol of the older side is on the newer.
    pub fn newer(&self, old: SymbolId) -> Option<SymbolId> {
        self.to[self.old.row(old)]
    }

    /// What a symbol of the newer side was on the older.
    pub fn older(&self, new: SymbolId) -> Option<SymbolId> {
        self.from[self.new.row(new)]
    }

    fn pair(&mut self, old: SymbolId, new: SymbolId) {
        let (row, other) = (self.old.row(old), self.new.row(new));
        self.to[row] = Some(new);
        self.from[other] = Some(old);
    }

    fn left_old(&self) -> Vec<SymbolId> {
        self.old.symbols.iter().copied().filter(|symbol| self.newer(*symbol).is_none()).collect()
    }

    fn left_new(&self) -> Vec<SymbolId> {
        self.new.symbols.iter().copied().filter(|symbol| self.older(*symbol).is_none()).collect()
    }

    /// Same path, qualified name and what counts of the kind. Of several such those with equal texts first, then in
    /// order: an overload that was put in front makes no other of those behind it.
    fn by_key(
        &mut self,
        path: impl Fn(&'s str) -> &'s str,
        kind: impl Fn(SymbolKind) -> Option<u8>,
    ) {
        type Key<'s> = (&'s str, &'s str, Option<u8>);
        let mut groups: BTreeMap<Key<'s>, (Vec<SymbolId>, Vec<SymbolId>)> = BTreeMap::new();
        let key = |side: &Side<'s>, symbol: SymbolId| {
            let snapshot = side.snapshot;
            (side.path(symbol), snapshot.qualified_name(symbol), kind(snapshot.kind(symbol)))
        };
        for symbol in self.left_old() {
            let (at, name, kind) = key(&self.old, symbol);
            groups.entry((path(at), name, kind)).or_default().0.push(symbol);
        }
        for symbol in self.left_new() {
            groups.entry(key(&self.new, symbol)).or_default().1.push(symbol);
        }
        for (mut old, mut new) in groups.into_values() {
            if old.len() > 1 || new.len() > 1 {
                old.retain(|before| {
                    let text = self.old.text(*before);
                    let same = |after: &SymbolId| self.new.text(*after) == text;
                    let Some(at) = new.iter().position(same) else { return true };
                    let after = new.remove(at);
                    self.pair(*before, after);
                    false
                });
            }
            for (before, after) in old.into_iter().zip(new) {
                self.pair(before, after);
            }
        }
    }

    /// Where files went that are not where they were: to a new file of the same content, else to the
    /// one that has most of their definitions, if that is half of them, else to one that is called
    /// so and has definitions of the same names.
    fn find_moved_files(&mut self) {
        let (old, new) = (&self.old, &self.new);
        let gone: Vec<&'s str> =
            old.files.keys().copied().filter(|path| !new.files.contains_key(path)).collect();
        let mut came: BTreeSet<&'s str> =
            new.files.keys().copied().filter(|path| !old.files.contains_key(path)).collect();
        let mut moved: BTreeMap<&'s str, &'s str> = BTreeMap::new();
        for path in &gone {
            let hash = old.snapshot.content_hash(old.files[path]);
            let same = |at: &&&'s str| new.snapshot.content_hash(new.files[**at]) == hash;
            // Of several files of one content (often of none) the one that is called so.
            let called = came.iter().filter(same).find(|at| base_name(at) == base_name(path));
            if hash.is_some()
                && let Some(at) = called.or_else(|| came.iter().find(same)).copied()
            {
                came.remove(at);
                moved.insert(path, at);
            }
        }
        type Said<'s> = (&'s str, u8, String);
        let said = |side: &Side<'s>, symbol: SymbolId| -> Said<'s> {
            let (snapshot, whole) = (side.snapshot, side.whole(symbol).to_owned());
            (snapshot.qualified_name(symbol), snapshot.kind(symbol) as u8, whole)
        };
        let mut where_to: BTreeMap<Said<'s>, Vec<&'s str>> = BTreeMap::new();
        for path in &came {
            for symbol in definitions(new, path) {
                where_to.entry(said(new, symbol)).or_default().push(path);
            }
        }
        for path in &gone {
            if moved.contains_key(path) {
                continue;
            }
            let mut votes: BTreeMap<&'s str, usize> = BTreeMap::new();
            let all = definitions(old, path);
            for symbol in &all {
                for at in where_to.get(&said(old, *symbol)).into_iter().flatten() {
                    *votes.entry(at).or_default() += 1;
                }
            }
            let most = votes.into_iter().filter(|(at, _)| came.contains(at));
            // Of equals the first by name.
            let most = most.max_by_key(|(at, votes)| (*votes, std::cmp::Reverse(*at)));
            if let Some((at, votes)) = most
                && 2 * votes >= all.len()
            {
                came.remove(at);
                moved.insert(path, at);
            }
        }
        // A folder that was moved and reformatted: files of one name whose definitions have the same
        // names, whatever they say.
        for path in gone {
            if moved.contains_key(path) {
                continue;
            }
            let names = |side: &Side<'s>, path: &str| -> BTreeSet<(&'s str, u8)> {
                let snapshot = side.snapshot;
                let key = |symbol| (snapshot.qualified_name(symbol), snapshot.kind(symbol) as u8);
                definitions(side, path).into_iter().map(key).collect()
            };
            let before = names(old, path);
            let called = came.iter().filter(|at| base_name(at) == base_name(path));
            let most = called
                .map(|at| (before.intersection(&names(new, at)).count(), std::cmp::Reverse(*at)))
                .max();
            if let Some((votes, std::cmp::Reverse(at))) = most
                && votes > 0
                && 2 * votes >= before.len()
            {
                came.remove(at);
                moved.insert(path, at);
            }
        }
        self.moved = moved;
    }

    /// Equal texts among what is left, where a key says that they may be the same. Where several
    /// have one text nobody can say which is which, unless they are as many on both sides.
    fn by_text(&mut self, key: impl Fn(&Side<'s>, SymbolId) -> Option<(String, u8)>) {
        type Key = ((String, u8), String);
        let mut groups: BTreeMap<Key, (Vec<SymbolId>, Vec<SymbolId>)> = BTreeMap::new();
        let of = |side: &Side<'s>, symbol: SymbolId| {
            let code = side.snapshot.kind(symbol) != SymbolKind::Module;
            let key = key(side, symbol).filter(|_| code)?;
            Some((key, side.text(symbol)?.whole.clone()))
        };
        for symbol in self.left_old() {
            if let Some(key) = of(&self.old, symbol) {
                groups.entry(key).or_default().0.push(symbol);
            }
        }
        for symbol in self.left_new() {
            if let Some(key) = of(&self.new, symbol) {
                groups.entry(key).or_default().1.push(symbol);
            }
        }
        for (old, new) in groups.into_values() {
            if old.len() == new.len() {
                for (before, after) in old.into_iter().zip(new) {
                    self.pair(before, after);
                }
            }
        }
    }

    /// What is left of the members of something that is known by another name now.
    fn by_parent(&mut self) {
        // Parents stand before what is inside them.
        for old in self.left_old() {
            let Some(parent) = self.old.snapshot.parent(old) else { continue };
            let Some(parent) = self.newer(parent) else { continue };
            let (before, after) = (self.old.snapshot, self.new.snapshot);
            let same = |new: &SymbolId| {
                self.older(*new).is_none()
                    && after.name(*new) == before.name(old)
                    && after.kind(*new) == before.kind(old)
            };
            if let Some(new) = after.children(parent).find(same) {
                self.pair(old, new);
            }
        }
    }
}

/// Functions and methods are one family: a function that becomes a method is the same function.
fn family(side: &Side<'_>, symbol: SymbolId) -> u8 {
    let kind = side.snapshot.kind(symbol);
    if kind.is_callable() { SymbolKind::Function as u8 } else { kind as u8 }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn definitions(side: &Side<'_>, path: &str) -> Vec<SymbolId> {
    let symbols = side.snapshot.symbols_of_file(side.files[path]);
    symbols.filter(|symbol| side.snapshot.kind(*symbol) != SymbolKind::Module).collect()
}

#[cfg(test)]
mod tests {
    use super::{before_value, folded};

    #[test]
    fn texts_are_equal_but_for_white_space_and_their_own_name() {
        let one = folded("def one(n):\n    return  one(n - 1)", "one");
        assert_eq!(one, folded("def other(n):\n  return other(n - 1)", "other"));
        assert_ne!(one, folded("def one(n):\n    return lone(n - 1)", "one"));
        assert_eq!(folded("stone one_ one.one", "one"), "stone one_ \0.\0");
        assert_eq!(folded("f(\n    a,\n    b\n)", "f"), folded("f(a, b)", "f"));
        assert_ne!(folded("return x", "f"), folded("returnx", "f"));
    }

    #[test]
    fn the_type_of_a_value_ends_where_the_value_begins() {
        assert_eq!(before_value("price: int = 3").trim_end(), "price: int");
        assert_eq!(before_value("then: () => void = noop").trim_end(), "then: () => void");
        assert_eq!(before_value("price: int"), "price: int");
    }
}
