//! From findings to ranked items.
//!
//! A question type hands over drafts: a symbol, its role, what proves it. Here they are ordered
//! (by role, then by hops, then by score, then by repository, path and line), cut to the limit of
//! each role and completed with names and source lines. Source is read file by file, so that every
//! file is unpacked once.

pub mod matches;

use crate::answer::{ChainStep, Evidence, Item};
use crate::asking::Asking;
use qf_graph::snapshot::Edge;
use qf_graph::{FileId, SymbolId, Tier};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Most evidence lines of an item.
const MOST_LINES: usize = 8;

/// What an item is to the question, in the order in which roles are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Where a name is defined.
    Definition,
    /// Does what was asked for itself.
    Direct,
    /// Calls it itself.
    Caller,
    /// Uses it itself without calling it: has its type, reads it, passes it on.
    User,
    /// Is called by it.
    Callee,
    /// A step of a path.
    Path,
    /// Shows how it is used.
    Example,
    /// A part of a repository.
    Part,
    /// A match of a search.
    Match,
    /// Reads a value.
    Reads,
    /// Reaches it in several steps.
    Transitive,
    /// Gives only the first value.
    Initializer,
    /// A test.
    Test,
    /// Test code that is no test itself.
    Helper,
}

impl Role {
    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Role::Definition => "definition",
            Role::Direct => "direct",
            Role::Caller => "caller",
            Role::User => "user",
            Role::Callee => "callee",
            Role::Path => "path",
            Role::Example => "example",
            Role::Part => "part",
            Role::Match => "match",
            Role::Reads => "reads",
            Role::Transitive => "transitive",
            Role::Initializer => "initializer",
            Role::Test => "test",
            Role::Helper => "helper",
        }
    }

    /// Whether it is test code, which is counted but not listed unless asked for.
    pub fn is_of_tests(self) -> bool {
        matches!(self, Role::Test | Role::Helper)
    }
}

/// A line that proves something, and what on it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Spot {
    /// File.
    pub file: FileId,
    /// Line, from 1.
    pub line: u32,
    /// First byte in the file of the reference that proves it, where one does.
    pub start: Option<u32>,
}

impl Spot {
    /// A line as a whole.
    pub fn line(file: FileId, line: u32) -> Self {
        Self { file, line, start: None }
    }

    /// The reference of an edge.
    pub fn of(edge: &Edge<'_>) -> Self {
        Self { file: edge.file, line: edge.line, start: Some(edge.start) }
    }
}

/// The lines of edges, each once, in order.
pub fn spots<'e>(edges: impl IntoIterator<Item = &'e Edge<'e>>) -> Vec<Spot> {
    let mut spots: Vec<Spot> = edges.into_iter().map(Spot::of).collect();
    spots.sort_unstable();
    spots.dedup_by_key(|spot| (spot.file, spot.line));
    spots
}

/// An item before it is ranked.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The symbol.
    pub symbol: SymbolId,
    /// Its role.
    pub role: Role,
    /// The weakest tier it depends on.
    pub tier: Option<Tier>,
    /// Hops to what was asked about.
    pub hops: u32,
    /// 0…1.
    pub score: f32,
    /// Why it is listed.
    pub why: String,
    /// Lines that prove it.
    pub lines: Vec<Spot>,
    /// The chain, the symbol itself first.
    pub path: Vec<SymbolId>,
    /// The line of evidence is the header of the definition.
    pub header: bool,
    /// What each step of the chain stands on.
    pub steps: Vec<Leg>,
}

/// One step of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Leg {
    /// Where it leads.
    pub to: SymbolId,
    /// Its tier.
    pub tier: Tier,
    /// The rule that made it.
    pub rule: String,
    /// The key it goes through.
    pub key: Option<String>,
    /// The line that proves it.
    pub at: Option<Spot>,
}

impl Draft {
    /// An item of a role, without evidence yet.
    pub fn new(symbol: SymbolId, role: Role) -> Self {
        Self {
            symbol,
            role,
            tier: None,
            hops: 0,
            score: 1.0,
            why: String::new(),
            lines: Vec::new(),
            path: vec![symbol],
            header: false,
            steps: Vec::new(),
        }
    }
}

/// How far an edge of a tier is believed: what the tiers mean, until a measured figure is known.
pub fn belief(tier: Tier) -> f32 {
    match tier {
        Tier::Compiler => 1.0,
        Tier::Exact => 0.99,
        Tier::Typed => 0.95,
        Tier::Dispatch => 0.85,
        Tier::Likely => 0.7,
        Tier::Maybe => 0.3,
    }
}

/// Score of something that is `hops` steps away over edges whose weakest has this tier.
pub fn score(tier: Tier, hops: u32) -> f32 {
    belief(tier) * 0.85f32.powf(hops.saturating_sub(1) as f32)
}

/// Puts drafts in order. Where nothing does it directly, what gives the first value is the nearest
/// there is, and stands before what reaches that.
pub fn sort(drafts: &mut [Draft]) {
    let direct = drafts.iter().any(|draft| draft.role == Role::Direct);
    let order = |role: Role| match role {
        Role::Initializer if !direct => (Role::Reads, 1),
        role => (role, 0),
    };
    drafts.sort_by(|a, b| {
        order(a.role)
            .cmp(&order(b.role))
            .then(a.hops.cmp(&b.hops))
            .then(if ranks_by_score(a.role) {
                b.score.total_cmp(&a.score)
            } else {
                std::cmp::Ordering::Equal
            })
            .then(a.symbol.cmp(&b.symbol))
    });
}

fn ranks_by_score(role: Role) -> bool {
    matches!(role, Role::Definition | Role::Match | Role::Example | Role::Part)
}

/// Keeps of every role those from `offset` up to `most`; gives how many there were of each.
pub fn cut(drafts: &mut Vec<Draft>, offset: usize, most: usize) -> BTreeMap<String, usize> {
    let mut totals: BTreeMap<String, usize> = BTreeMap::new();
    drafts.retain(|draft| {
        let count = totals.entry(draft.role.name().to_owned()).or_default();
        *count += 1;
        *count > offset && *count <= most
    });
    totals
}

/// Items with their names and source lines.
pub fn items(asking: &Asking<'_>, drafts: &[Draft]) -> Vec<Item> {
    let texts = texts(asking, drafts);
    let snapshot = asking.snapshot;
    let mut out = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.iter().enumerate() {
        let file = snapshot.file(draft.symbol);
        let (_, line, end_line) = snapshot.lines(draft.symbol);
        let evidence = draft.lines.iter().take(MOST_LINES).map(|spot| {
            let (text, focus) = if draft.header && spot.line == snapshot.lines(draft.symbol).1 {
                (snapshot.signature(draft.symbol), None)
            } else {
                texts.get(spot).cloned().unwrap_or_default()
            };
            Evidence { file: snapshot.display_path(spot.file), line: spot.line, text, focus }
        });
        let repositories: BTreeSet<_> =
            draft.path.iter().map(|symbol| snapshot.repository_of(*symbol)).collect();
        out.push(Item {
            rank: index + 1,
            repo: snapshot.repository_name(snapshot.file_repository(file)).to_owned(),
            file: snapshot.path(file).to_owned(),
            line,
            end_line,
            name: snapshot.name(draft.symbol).to_owned(),
            qualified_name: asking.label(draft.symbol),
            kind: snapshot.kind(draft.symbol).name().to_owned(),
            role: draft.role.name().to_owned(),
            tier: draft.tier,
            precision: draft
                .tier
                .filter(|_| repositories.len() < 2)
                .and_then(|tier| snapshot.precision(snapshot.language(file), tier))
                .map(|precision| (precision as f32 * 1000.0).round() / 1000.0),
            score: (draft.score * 1000.0).round() / 1000.0,
            why: draft.why.clone(),
            evidence: evidence.collect(),
            path: draft.path.iter().map(|symbol| asking.label(*symbol)).collect(),
            hops: draft.hops,
            across: repositories.len(),
            steps: draft.steps.iter().map(|leg| step(asking, leg)).collect(),
            parameters: None,
        });
    }
    tell_apart(asking, drafts, &mut out);
    out
}

fn step(asking: &Asking<'_>, leg: &Leg) -> ChainStep {
    ChainStep {
        to: asking.label(leg.to),
        tier: leg.tier,
        rule: leg.rule.clone(),
        key: leg.key.clone(),
        at: leg.at.map(|at| format!("{}:{}", asking.snapshot.display_path(at.file), at.line)),
    }
}

/// Gives overloads their parameters: items of one name and repository that differ in them.
fn tell_apart(asking: &Asking<'_>, drafts: &[Draft], items: &mut [Item]) {
    let mut by_name: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        by_name.entry((&item.repo, &item.qualified_name)).or_default().push(at);
    }
    let mut found: Vec<(usize, String)> = Vec::new();
    for group in by_name.values().filter(|group| group.len() > 1) {
        let all: Vec<Option<String>> =
            group.iter().map(|at| parameters(asking, drafts[*at].symbol)).collect();
        if all.iter().any(|one| *one != all[0]) {
            found.extend(group.iter().zip(all).filter_map(|(at, text)| Some((*at, text?))));
        }
    }
    for (at, text) in found {
        items[at].parameters = Some(text);
    }
}

/// `(Reader json, Type typeOfT)` of a signature.
fn parameters(asking: &Asking<'_>, symbol: SymbolId) -> Option<String> {
    if !asking.snapshot.kind(symbol).is_callable() {
        return None;
    }
    let signature = asking.snapshot.signature(symbol);
    let name = asking.snapshot.name(symbol);
    let called = signature.find(&format!("{name}(")).or_else(|| signature.find(name));
    let after = called.map(|at| &signature[at + name.len()..])?;
    let list = &after[after.find('(')?..];
    let mut depth = 0;
    let end = list.char_indices().find_map(|(at, letter)| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        (depth == 0).then_some(at)
    })?;
    Some(list[..=end].to_owned())
}

/// The text of every line that is shown, and where on it the reference begins; each file is
/// unpacked once.
fn texts(asking: &Asking<'_>, drafts: &[Draft]) -> FxHashMap<Spot, (String, Option<usize>)> {
    let shown = drafts.iter().flat_map(|draft| draft.lines.iter().take(MOST_LINES));
    let wanted: BTreeSet<Spot> = shown.copied().collect();
    let mut wanted = wanted.into_iter().peekable();
    let mut out = FxHashMap::default();
    while let Some(file) = wanted.peek().map(|spot| spot.file) {
        let text = asking.snapshot.text(file);
        let mut begin = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            while let Some(spot) =
                wanted.next_if(|spot| spot.file == file && spot.line.max(1) as usize == index + 1)
            {
                let focus = spot.start.and_then(|start| focus(line, start as usize, begin));
                out.insert(spot, (line.trim().to_owned(), focus));
            }
            begin += line.len();
        }
        // Lines beyond the end, of a file whose text is damaged.
        while wanted.next_if(|spot| spot.file == file).is_some() {}
    }
    out
}

/// Where in a line without its indentation a byte of the file is, in characters.
fn focus(line: &str, start: usize, begin: usize) -> Option<usize> {
    let indentation = line.len() - line.trim_start().len();
    let at = start.checked_sub(begin)?.checked_sub(indentation)?;
    line.trim().get(..at).map(|head| head.chars().count())
}
