//! Which symbols a question names.
//!
//! In this order: a place (`path:line`), a route or topic, a name of code with its qualifiers
//! (`Ledger.apply`, `Ledger::apply`, `billing.ledger.Ledger.apply`), and last words ("the user's
//! balance": something called balance that belongs to something called user). What is named but
//! unknown is answered with what is near it.

use super::sentence::{self, Word};
use super::{nearest, phrase, place};
use crate::answer::Place;
use crate::asking::Asking;
use crate::plan::{Order, Plan, Step, Way};
use crate::run::run;
use qf_graph::facts::{DefinitionFlags, SymbolKind};
use qf_graph::{Channel, EdgeKind, FileId, Snapshot, SymbolId, Tier};

/// What a question is about, by kind: when a name means several things, these are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Any definition.
    Any,
    /// Something that is called: functions, and types because they are instantiated.
    Callable,
    /// Something that holds a value: fields, columns, variables, properties.
    Value,
    /// Something that has records: types and tables.
    Record,
    /// A function or method, and nothing else.
    Function,
}

impl Want {
    /// Whether a symbol is of the wanted kind.
    pub fn accepts(self, snapshot: &Snapshot, symbol: SymbolId) -> bool {
        let kind = snapshot.kind(symbol);
        let property = DefinitionFlags::PROPERTY | DefinitionFlags::SETTER;
        match self {
            Want::Any => {
                !matches!(kind, SymbolKind::Module | SymbolKind::Section | SymbolKind::Setting)
            }
            Want::Callable => kind.is_callable() || kind.is_type(),
            Want::Value => kind.is_value() || snapshot.flags(symbol).intersects(property),
            Want::Function => kind.is_callable(),
            Want::Record => kind.is_type() || kind == SymbolKind::Table,
        }
    }
}

/// How a name was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// By place.
    Place,
    /// By route, topic or another key.
    Key,
    /// By a name of code.
    Name,
    /// By words.
    Words,
}

/// What a name was found to mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// As asked.
    pub text: String,
    /// What it means.
    pub symbols: Vec<SymbolId>,
    /// How it was found.
    pub how: How,
    /// The key, when it is one.
    pub key: Option<(Channel, String)>,
    /// Words that were taken for the owner, as asked.
    pub owner: Vec<String>,
    /// Whether nothing of that name has that owner, so that all owners are answered.
    pub owner_unknown: bool,
    /// Of the same name, but of another owner: not meant.
    pub others: Vec<SymbolId>,
    /// Of an owner that only means the same (`Account` for user).
    pub synonyms: Vec<SymbolId>,
    /// Which part of the words found their place, 0…1.
    pub coverage: f32,
    /// What should be said of how it was understood.
    pub notes: Vec<String>,
}

impl Resolved {
    fn plain(text: &str, symbols: Vec<SymbolId>, how: How) -> Self {
        Self {
            text: text.to_owned(),
            symbols,
            how,
            key: None,
            owner: Vec::new(),
            owner_unknown: false,
            others: Vec::new(),
            synonyms: Vec::new(),
            coverage: 1.0,
            notes: Vec::new(),
        }
    }
}

/// A name that means nothing here.
#[derive(Debug, Clone, PartialEq)]
pub struct Unknown {
    /// As asked.
    pub text: String,
    /// What is near.
    pub nearest: Vec<Place>,
    /// Whether it reads like prose, for which a search may do.
    pub prose: bool,
    /// Whether it is a route.
    pub route: bool,
}

impl Unknown {
    /// A route that nothing indexed has, with the routes that are nearest to it.
    fn route(asking: &Asking<'_>, asked: &str) -> Self {
        let nearest = nearest::routes(asking, asked);
        Self { text: asked.to_owned(), nearest, prose: false, route: true }
    }
}

/// What `text` names.
pub fn resolve(asking: &Asking<'_>, text: &str, want: Want) -> Result<Resolved, Unknown> {
    let mut words = sentence::words(text, &asking.stems);
    let repository = take_repository(asking, &mut words);
    let files = take_file(asking, &mut words);
    let mut found =
        by_place(asking, text, &words, want).or_else(|| by_key(asking, text, &words, true));
    if found.is_none()
        && let Some(route) = unknown_route(asking, &words)
    {
        return Err(route);
    }
    found = found
        .or_else(|| by_owner(asking, text, &words, want))
        .or_else(|| by_name(asking, text, &words, want, true))
        .or_else(|| by_inheritance(asking, text, &words, want))
        .or_else(|| {
            // A name of code is no phrase: all of it must be found.
            let code = matches!(words.as_slice(), [word] if word.code);
            let found = phrase::resolve(asking, text, &words, want)?;
            (!code || found.coverage >= 1.0).then_some(found)
        })
        .or_else(|| by_name(asking, text, &words, want, false))
        .or_else(|| by_key(asking, text, &words, false));
    if let (Some(resolved), Some(repository)) = (&mut found, &repository) {
        let here = |symbol: &SymbolId| {
            let snapshot = asking.snapshot;
            snapshot.repository_name(snapshot.repository_of(*symbol)) == repository
        };
        if resolved.symbols.iter().any(here) {
            resolved.symbols.retain(here);
        }
    }
    if let Some(resolved) = &mut found {
        let here = |symbol: &SymbolId| files.contains(&asking.snapshot.file(*symbol));
        if resolved.symbols.iter().any(here) {
            resolved.symbols.retain(here);
        }
    }
    found.ok_or_else(|| {
        let prose = words.len() > 1 && !words.iter().any(|word| word.code);
        // Prose is searched for next; near misses of its words would be noise.
        let nearest = if prose { Vec::new() } else { nearest::near(asking, &words) };
        Unknown { text: text.to_owned(), nearest, prose, route: false }
    })
}

/// Takes "in <file>" out of the words, where indexed files are called so.
fn take_file(asking: &Asking<'_>, words: &mut Vec<Word>) -> Vec<FileId> {
    let said = |word: &Word| matches!(word.lower.as_str(), "in" | "of" | "from");
    let at = words.len().checked_sub(2).filter(|at| *at > 0 && said(&words[*at]));
    let Some(at) = at.filter(|at| words[at + 1].text.contains('.')) else { return Vec::new() };
    let files = place::files(asking, &words[at + 1].text);
    if !files.is_empty() {
        words.truncate(at);
    }
    files
}

/// Takes "in <repository>" out of the words.
fn take_repository(asking: &Asking<'_>, words: &mut Vec<Word>) -> Option<String> {
    let snapshot = asking.snapshot;
    for at in 1..words.len() {
        let preposition = matches!(words[at - 1].lower.as_str(), "in" | "from" | "within");
        if !preposition || at < 2 {
            continue;
        }
        if let Some(repository) = snapshot.repository_named(&words[at].text) {
            let noun =
                |word: &Word| matches!(word.lower.as_str(), "repo" | "repository" | "service");
            let end = if words.get(at + 1).is_some_and(noun) { at + 2 } else { at + 1 };
            words.drain(at - 1..end);
            return Some(snapshot.repository_name(repository).to_owned());
        }
    }
    None
}

fn by_place(asking: &Asking<'_>, text: &str, words: &[Word], want: Want) -> Option<Resolved> {
    for word in words {
        let Some((path, line)) = place::parse(&word.text) else { continue };
        let symbols: Vec<SymbolId> = place::files(asking, path)
            .into_iter()
            .flat_map(|file| place::symbols(asking, file, line, want))
            .collect();
        if !symbols.is_empty() {
            return Some(Resolved::plain(text, symbols, How::Place));
        }
    }
    None
}

/// HTTP methods; `any` is that of a route which serves all of them.
const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "any"];

/// Routes first (nothing else looks like one); topics, tables and the like only when no symbol is
/// meant.
fn by_key(asking: &Asking<'_>, text: &str, words: &[Word], routes: bool) -> Option<Resolved> {
    let wanted: Vec<String> = if routes {
        match route(words)? {
            // What serves all methods serves this one.
            (Some(method), path) => vec![format!("{method} {path}"), format!("ANY {path}")],
            (None, path) => {
                METHODS.iter().map(|m| format!("{} {path}", m.to_uppercase())).collect()
            }
        }
    } else {
        words.iter().map(|word| word.text.clone()).collect()
    };
    let keys = || {
        asking.snapshot.keys().iter().filter(|key| {
            // A package is asked about as one; its name means what is defined.
            routes == (key.channel == Channel::Http)
                && key.channel != Channel::Package
                && wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&key.text))
        })
    };
    let first = keys().find(|key| key.provides).or_else(|| keys().next())?;
    let mut symbols: Vec<SymbolId> =
        keys().filter(|key| key.provides).map(|key| key.symbol).collect();
    symbols.sort_unstable();
    symbols.dedup();
    let mut resolved = Resolved::plain(text, symbols, How::Key);
    resolved.key = Some((first.channel, first.text.clone()));
    Some(resolved)
}

/// The route in the words: its method, where that is said, and its path.
fn route(words: &[Word]) -> Option<(Option<String>, String)> {
    let at = words.iter().position(|word| word.text.starts_with('/'))?;
    let method = at.checked_sub(1).map(|before| words[before].lower.as_str());
    let method = method.filter(|method| METHODS.contains(method)).map(str::to_uppercase);
    Some((method, normal_route(&words[at].text)))
}

/// Whether the words are a method and a path, and nothing else.
pub fn is_route(words: &[Word]) -> bool {
    words.len() == 2 && matches!(route(words), Some((Some(_), _)))
}

/// The route in a question, where it has one that nothing indexed provides or requires. Nothing
/// else looks like a route, so its words are no names: answering for those would be wrong.
pub fn unknown_route(asking: &Asking<'_>, words: &[Word]) -> Option<Unknown> {
    let (method, path) = route(words)?;
    // A topic may begin with a slash; the method is no name of a table.
    let known = by_key(asking, "", words, true).is_some()
        || asking.snapshot.keys().iter().any(|key| {
            words.iter().any(|w| w.text.starts_with('/') && w.text.eq_ignore_ascii_case(&key.text))
        });
    let at = words.iter().find(|word| word.text.starts_with('/'))?;
    let file = at.text.split(':').next().unwrap_or(&at.text);
    if known || (path == "/" && method.is_none()) || !place::files(asking, file).is_empty() {
        return None;
    }
    let asked = method.map_or_else(|| path.clone(), |method| format!("{method} {path}"));
    Some(Unknown::route(asking, &asked))
}

/// `/orders/:id`, `/orders/<int:id>`, `/orders/{id}` → `/orders/{}`.
fn normal_route(path: &str) -> String {
    let segment = |segment: &str| {
        let hole = segment.starts_with([':', '{', '<', '[', '$']);
        if hole { "{}".to_owned() } else { segment.to_owned() }
    };
    let path = path.split('?').next().unwrap_or(path);
    let path = path.trim_end_matches('/');
    if path.is_empty() {
        return "/".to_owned();
    }
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// "The subject of a NotificationType", "the subject field of NotificationType", "Ledger's
/// entries": a member in words, of an owner that is a name of code. Where the owner has no such
/// member, the owner is answered for, and that is said.
fn by_owner(asking: &Asking<'_>, text: &str, words: &[Word], want: Want) -> Option<Resolved> {
    let snapshot = asking.snapshot;
    let owner = words.iter().position(|word| word.code)?;
    if words.iter().filter(|word| word.code).count() > 1 {
        return None;
    }
    let is_owner = |symbol: &SymbolId| Want::Record.accepts(snapshot, *symbol);
    let owners = qualified(snapshot, &words[owner].text);
    if !owners.iter().any(is_owner) {
        return None;
    }
    let of = (0..owner).rev().find(|at| phrase::is_preposition(&words[*at].lower));
    let around = match of {
        Some(of) if words[of + 1..owner].iter().all(says_nothing) => &words[..of],
        None if owner == 0 => &words[1..],
        _ => return None,
    };
    let member: Vec<&str> = around
        .iter()
        .filter(|word| !says_nothing(word) && phrase::kind_noun(&word.lower).is_none())
        .map(|word| word.lower.as_str())
        .collect();
    if member.is_empty() || member.len() > 4 {
        return None;
    }
    let of_owner = |name: String| qualified(snapshot, &format!("{}.{name}", words[owner].text));
    let mut symbols = of_owner(member.concat());
    symbols.extend(of_owner(member.join("_")));
    symbols.sort_unstable();
    symbols.dedup();
    let symbols = wanted(asking, symbols, want);
    if symbols.is_empty() {
        // Its own words may still be those of a name: "reverse entry of Ledger".
        return phrase::resolve(asking, text, words, want).filter(|found| !found.owner_unknown);
    }
    Some(Resolved::plain(text, symbols, How::Name))
}

/// `CappedLedger.label`, where `label` is a member of what `CappedLedger` extends.
fn by_inheritance(asking: &Asking<'_>, text: &str, words: &[Word], want: Want) -> Option<Resolved> {
    let snapshot = asking.snapshot;
    let word = words.iter().find(|word| word.code)?;
    let names = parts(&word.text);
    let (last, owners) = names.split_last()?;
    let owner = owners.join(".");
    if owner.is_empty() {
        return None;
    }
    let types: Vec<SymbolId> = qualified(snapshot, &owner)
        .into_iter()
        .filter(|symbol| snapshot.kind(*symbol).is_type())
        .collect();
    let above = Step::one(&[EdgeKind::Inherits, EdgeKind::Implements], Way::Out, Tier::Likely);
    let plan = Plan::named(&owner, &types).step(above.up_to(u32::MAX)).ranked(Order::Hops);
    let mut nearest = None;
    let mut found = Vec::new();
    for row in run(snapshot, &plan).0.rows {
        let members = snapshot.children(row.symbol).filter(|member| {
            let name = snapshot.name(*member).trim_start_matches('#');
            name == *last
        });
        for member in members {
            if *nearest.get_or_insert(row.hops) == row.hops {
                found.push(member);
            }
        }
    }
    let found = wanted(asking, found, want);
    if found.is_empty() {
        return None;
    }
    let names = asking.some_names(&found);
    let mut resolved = Resolved::plain(text, found, How::Name);
    resolved.notes.push(format!("{owner} has {last} from what it extends: answering for {names}"));
    Some(resolved)
}

fn says_nothing(word: &Word) -> bool {
    !word.code
        && (sentence::is_filler(&word.lower) || matches!(word.lower.as_str(), "called" | "named"))
}

/// A name of code, or a word alone. What a plain word names should be what is wanted, and no test,
/// where that is `expected`: "add a contact" may mean the table `contacts`.
fn by_name(
    asking: &Asking<'_>,
    text: &str,
    words: &[Word],
    want: Want,
    expected: bool,
) -> Option<Resolved> {
    let alone = words.len() == 1;
    let named = words.iter().filter(|word| word.code || alone);
    for word in named {
        let found = qualified(asking.snapshot, &word.text);
        let mut symbols = wanted(asking, found, want);
        let meant = |symbol: &SymbolId| {
            want.accepts(asking.snapshot, *symbol) && !asking.snapshot.is_test(*symbol)
        };
        // A record's table has its name in the plural, so both numbers are looked up.
        let unlikely = want == Want::Record || !symbols.iter().any(meant);
        if symbols.is_empty() || (expected && !word.code && unlikely) {
            continue;
        }
        // `Settle` is not `settle` where both exist; but a plain word is no spelling.
        let spelled = word.code || !matches!(want, Want::Value | Want::Any);
        let last = last_name(&word.text);
        let plain = |symbol: &SymbolId| asking.snapshot.name(*symbol).trim_start_matches('#');
        let exact = |symbol: &SymbolId| plain(symbol) == last;
        if spelled && symbols.iter().any(exact) {
            symbols.retain(exact);
        }
        let others = take_longer(asking.snapshot, &word.text, &mut symbols);
        let mut resolved = Resolved::plain(text, symbols, How::Name);
        if !others.is_empty() {
            let names = asking.some_names(&others);
            resolved.notes.push(format!("Not meant: {names}, which only ends like it"));
        }
        let dropped = dropped(words, word);
        if !dropped.is_empty() {
            resolved
                .notes
                .push(format!("`{}` has no `{dropped}`; answering for `{}`", word.text, word.text));
        }
        return Some(resolved);
    }
    None
}

/// Keeps what the question wants, when there is any; of the rest, no tests beside other code.
pub fn wanted(asking: &Asking<'_>, symbols: Vec<SymbolId>, want: Want) -> Vec<SymbolId> {
    let snapshot = asking.snapshot;
    let prefer = |symbols: Vec<SymbolId>, test: &dyn Fn(SymbolId) -> bool| {
        if symbols.iter().any(|symbol| test(*symbol)) {
            symbols.into_iter().filter(|symbol| test(*symbol)).collect()
        } else {
            symbols
        }
    };
    let symbols: Vec<SymbolId> = prefer(symbols, &|symbol| want.accepts(snapshot, symbol));
    let symbols: Vec<SymbolId> = prefer(symbols, &|symbol| Want::Any.accepts(snapshot, symbol));
    prefer(symbols, &|symbol| !snapshot.is_test(symbol))
}

/// The words before "of" and a name of code that name something which that does not have.
fn dropped(words: &[Word], name: &Word) -> String {
    let owner = words.iter().position(|word| word == name).unwrap_or(0);
    let Some(of) = (0..owner).rev().find(|at| words[*at].lower == "of") else {
        return String::new();
    };
    let said = |word: &&Word| !says_nothing(word) && phrase::kind_noun(&word.lower).is_none();
    let said: Vec<&str> = words[..of].iter().filter(said).map(|word| word.text.as_str()).collect();
    said.join(" ")
}

/// Of symbols that a qualified name fits, takes out those that have more around them, where it is
/// the whole name of others: `Ping.msg` is not `Command.Ping.msg`.
fn take_longer(snapshot: &Snapshot, text: &str, symbols: &mut Vec<SymbolId>) -> Vec<SymbolId> {
    let names = parts(text);
    let whole = names.join(".");
    let exact = |symbol: &SymbolId| {
        snapshot.qualified_name(*symbol).replace('#', "").eq_ignore_ascii_case(&whole)
    };
    if names.len() < 2 || !symbols.iter().any(exact) {
        return Vec::new();
    }
    let (kept, others) = symbols.drain(..).partition(exact);
    *symbols = kept;
    others
}

fn last_name(text: &str) -> &str {
    parts(text).last().copied().unwrap_or(text)
}

/// The names of a qualified name; type arguments and calls are dropped.
fn parts(text: &str) -> Vec<&str> {
    let text = text.split(['(', '<']).next().filter(|head| !head.is_empty()).unwrap_or(text);
    text.split(['.', ':', '#', '/', '>', '$', '\\'])
        .map(|part| part.trim_end_matches('-'))
        .filter(|part| !part.is_empty())
        .collect()
}

/// Symbols with this name, and whose surroundings have its qualifiers: types, modules, file,
/// folders and repository, from the inside out.
pub fn qualified(snapshot: &Snapshot, text: &str) -> Vec<SymbolId> {
    let whole = snapshot.named(text);
    let names = parts(text);
    let Some((last, qualifiers)) = names.split_last() else { return whole };
    if !whole.is_empty() {
        return whole;
    }
    let mut best = (true, true);
    let mut found = Vec::new();
    for symbol in named_or_private(snapshot, last) {
        let Some(fit) = fit(snapshot, symbol, qualifiers) else { continue };
        if fit < best {
            best = fit;
            found.clear();
        }
        if fit == best {
            found.push(symbol);
        }
    }
    found
}

/// Symbols with this last name; where there are none, those that are private by a `#` before it.
fn named_or_private(snapshot: &Snapshot, name: &str) -> Vec<SymbolId> {
    let found = snapshot.named(name);
    if found.is_empty() { snapshot.named(&format!("#{name}")) } else { found }
}

/// Whether qualifiers fit a symbol: (something between was left out, letter case differs).
fn fit(snapshot: &Snapshot, symbol: SymbolId, qualifiers: &[&str]) -> Option<(bool, bool)> {
    let file = snapshot.file(symbol);
    let name = snapshot.qualified_name(symbol);
    let path = snapshot.path(file);
    let (folders, base) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = base.split('.').next().unwrap_or(base);
    let outer = name.strip_suffix(snapshot.name(symbol)).unwrap_or("").trim_end_matches('.');
    let around = outer
        .split('.')
        .rev()
        .chain([stem])
        .chain(folders.split('/').rev())
        .chain([snapshot.repository_name(snapshot.file_repository(file))])
        .filter(|part| !part.is_empty());
    let mut left = qualifiers.iter().rev().peekable();
    let (mut skipped, mut folded) = (false, false);
    for part in around {
        let Some(qualifier) = left.peek() else { break };
        let same = part.len() == qualifier.len()
            && part.bytes().zip(qualifier.bytes()).all(|(a, b)| {
                a.eq_ignore_ascii_case(&b) || (matches!(a, b'-' | b'_') && matches!(b, b'-' | b'_'))
            });
        if same {
            folded |= part != **qualifier;
            left.next();
        } else {
            skipped = true;
        }
    }
    left.peek().is_none().then_some((skipped, folded))
}

#[cfg(test)]
mod tests {
    use super::{normal_route, parts};

    #[test]
    fn qualified_names_have_many_spellings() {
        for text in ["Ledger.apply", "Ledger::apply", "Ledger#apply", "Ledger->apply(x)"] {
            assert_eq!(parts(text), ["Ledger", "apply"], "{text}");
        }
        assert_eq!(parts("Map<K>"), ["Map"]);
    }

    #[test]
    fn holes_in_routes_have_no_names() {
        for path in ["/orders/:id/", "/orders/{id}", "/orders/<int:id>"] {
            assert_eq!(normal_route(path), "/orders/{}", "{path}");
        }
        assert_eq!(normal_route("/"), "/");
    }
}
