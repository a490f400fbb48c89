//! From findings to ranked items.
//!
//! A question type hands over drafts: a symbol, its role, what proves it. Here they are ordered
//! (by role, then by hops, then by score, then by repository, path and line), cut to the limit of
//! each role and completed with names and source lines. Source is read file by file, so that every
//! file is unpacked once.

use crate::answer::{Evidence, Item};
use crate::asking::Asking;
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
    /// Is called by it.
    Callee,
    /// A step of a path.
    Path,
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
}

impl Role {
    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Role::Definition => "definition",
            Role::Direct => "direct",
            Role::Caller => "caller",
            Role::Callee => "callee",
            Role::Path => "path",
            Role::Match => "match",
            Role::Reads => "reads",
            Role::Transitive => "transitive",
            Role::Initializer => "initializer",
            Role::Test => "test",
        }
    }
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
    pub lines: Vec<(FileId, u32)>,
    /// The chain, the symbol itself first.
    pub path: Vec<SymbolId>,
    /// The line of evidence is the header of the definition.
    pub header: bool,
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
    belief(tier) * 0.85f32.powi(hops.saturating_sub(1).min(64) as i32)
}

/// Puts drafts in order.
pub fn sort(drafts: &mut [Draft]) {
    drafts.sort_by(|a, b| {
        a.role
            .cmp(&b.role)
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
    matches!(role, Role::Definition | Role::Match)
}

/// Keeps the first `limit` of every role; gives how many there were of each.
pub fn cut(drafts: &mut Vec<Draft>, limit: usize) -> BTreeMap<String, usize> {
    let mut totals: BTreeMap<String, usize> = BTreeMap::new();
    drafts.retain(|draft| {
        let count = totals.entry(draft.role.name().to_owned()).or_default();
        *count += 1;
        *count <= limit
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
        let evidence = draft.lines.iter().take(MOST_LINES).map(|(file, line)| {
            let text = if draft.header && *line == snapshot.lines(draft.symbol).1 {
                snapshot.signature(draft.symbol)
            } else {
                texts.get(&(*file, *line)).cloned().unwrap_or_default()
            };
            Evidence { file: snapshot.display_path(*file), line: *line, text }
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
            score: (draft.score * 1000.0).round() / 1000.0,
            why: draft.why.clone(),
            evidence: evidence.collect(),
            path: draft.path.iter().map(|symbol| asking.label(*symbol)).collect(),
            hops: draft.hops,
            across: repositories.len(),
        });
    }
    out
}

/// The text of every line that is shown; each file is unpacked once.
fn texts(asking: &Asking<'_>, drafts: &[Draft]) -> FxHashMap<(FileId, u32), String> {
    let mut wanted: BTreeMap<FileId, BTreeSet<u32>> = BTreeMap::new();
    for draft in drafts {
        for (file, line) in draft.lines.iter().take(MOST_LINES) {
            wanted.entry(*file).or_default().insert(*line);
        }
    }
    let mut out = FxHashMap::default();
    for (file, lines) in wanted {
        let text = asking.snapshot.text(file);
        let mut all = text.lines().enumerate();
        for line in lines {
            let at = line.max(1) as usize - 1;
            if let Some((_, text)) = all.find(|(index, _)| *index == at) {
                out.insert((file, line), text.trim().to_owned());
            }
        }
    }
    out
}
