//! "How is this repository organised?": its parts, the largest first; of several repositories what
//! each is and how they use each other, then the parts that span them.

use super::{Findings, Question};
use crate::answer::Answer;
use crate::asking::{Asking, counted, listed};
use crate::community::{Communities, Part, communities, served, summary};
use crate::rank::{Draft, Role};
use crate::understand::intent::{Pattern, sure};
use crate::understand::{Reading, Unknown, sentence};
use qf_graph::{RepoId, SymbolId};
use std::collections::BTreeMap;

/// See the module.
pub struct Overview;

const LIMIT: usize = 12;
/// Smaller communities are counted, not listed.
const LEAST: usize = 3;

impl Question for Overview {
    fn intent(&self) -> &'static str {
        "overview"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure(
                "how is|are|was * organised|organized|structured|laid|arranged|built|divided out|up?",
            ),
            sure(
                "a|an|the? overview|architecture|structure|organisation|organization|layout|map|tour|outline of|for *",
            ),
            sure("overview|architecture|structure|organisation|organization|layout"),
            sure(
                "main|major|important|big|core? parts|modules|components|areas|pieces|subsystems of|in *",
            ),
            sure(
                "what parts|modules|components|areas|subsystems does|do|are|is|in|of * have|has|consist|made|there? of?",
            ),
            sure("what does * consist of"),
            sure("modules|components|communities|clusters|subsystems of|in? *"),
            sure("communities|clusters|subsystems"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let snapshot = asking.snapshot;
        let text = reading.subjects.first().map_or("", String::as_str);
        let named = repository(asking, text);
        let said = |word: &str| {
            let word = word.to_lowercase();
            sentence::is_filler(&word) || EVERYTHING.contains(&word.as_str())
        };
        if named.is_none() && !text.split_whitespace().all(said) {
            let (text, nearest) = (text.to_owned(), Vec::new());
            return Err(Unknown { text, nearest, prose: true, route: false });
        }
        let narrowed =
            asking.options.repo.as_deref().and_then(|name| snapshot.repository_named(name));
        let all: Vec<RepoId> = snapshot.repositories().collect();
        let only = named.or(narrowed).or(match all.as_slice() {
            [one] => Some(*one),
            _ => None,
        });
        let Some(one) = only else { return Ok(several(asking, &all)) };
        let name = snapshot.repository_name(one);
        let mut findings = Findings::new(format!("how {name} is organised"));
        findings.searched.push(name.to_owned());
        findings.notes.push(described(asking, one));
        list(asking, &mut findings, &communities(snapshot, Some(one)), |_| true);
        Ok(findings.answer(asking, LIMIT))
    }
}

/// Words for all that there is.
const EVERYTHING: [&str; 14] = [
    "code",
    "codebase",
    "project",
    "projects",
    "repository",
    "repositories",
    "repo",
    "repos",
    "workspace",
    "everything",
    "system",
    "services",
    "source",
    "sources",
];

/// The repository that is named, with nothing beside it but articles and a noun for it.
fn repository(asking: &Asking<'_>, text: &str) -> Option<RepoId> {
    let snapshot = asking.snapshot;
    let find = |name: &str| {
        snapshot
            .repositories()
            .find(|one| snapshot.repository_name(*one).eq_ignore_ascii_case(name))
    };
    let text = text.trim().trim_matches('`');
    let mut rest = text.split_whitespace().filter(|word| {
        let word = word.to_lowercase();
        !sentence::is_filler(&word) && !EVERYTHING.contains(&word.as_str())
    });
    find(text).or_else(|| rest.next().filter(|_| rest.next().is_none()).and_then(find))
}

/// Files, languages and what is served.
fn described(asking: &Asking<'_>, repository: RepoId) -> String {
    let snapshot = asking.snapshot;
    let counts = snapshot.counts(repository);
    let mut languages: Vec<(&String, &u64)> = counts.languages.iter().collect();
    languages.sort_by_key(|(name, files)| (std::cmp::Reverse(**files), *name));
    let languages: Vec<String> =
        languages.iter().take(3).map(|(name, files)| format!("{name} {files}")).collect();
    let mut out = format!(
        "{}: {} lines in {} ({})",
        snapshot.repository_name(repository),
        counts.lines,
        counted(counts.files as usize, "file"),
        languages.join(", ")
    );
    for (channel, keys) in served(snapshot, repository) {
        let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
        out += &format!(" · serves {channel} {}", listed(&keys, 3));
    }
    out
}

fn several(asking: &Asking<'_>, all: &[RepoId]) -> Answer {
    let snapshot = asking.snapshot;
    let mut findings =
        Findings::new(format!("how the {} are organised", counted(all.len(), "repository")));
    let mut uses: BTreeMap<RepoId, BTreeMap<RepoId, usize>> = BTreeMap::new();
    for edge in snapshot.links() {
        let (from, to) = (snapshot.repository_of(edge.from), snapshot.repository_of(edge.to));
        if from != to {
            *uses.entry(from).or_default().entry(to).or_default() += 1;
        }
    }
    for repository in all {
        let mut line = described(asking, *repository);
        if let Some(used) = uses.get(repository) {
            let used: Vec<String> =
                used.keys().map(|one| snapshot.repository_name(*one).to_owned()).collect();
            line += &format!(" · uses {}", listed(&used, 5));
        }
        let parts = communities(snapshot, Some(*repository));
        let labels: Vec<String> = parts
            .parts
            .iter()
            .filter(|part| part.units.len() >= LEAST && !part.label.is_empty())
            .take(5)
            .map(|part| part.label.join(" "))
            .collect();
        if !labels.is_empty() {
            line += &format!(" · parts: {}", listed(&labels, 5));
        }
        findings.notes.push(line);
    }
    let together = communities(snapshot, None);
    list(asking, &mut findings, &together, |part| part.repositories.len() > 1);
    if findings.drafts.is_empty() {
        list(asking, &mut findings, &together, |_| true);
    }
    findings.answer(asking, LIMIT)
}

fn list(
    asking: &Asking<'_>,
    findings: &mut Findings,
    all: &Communities,
    wanted: impl Fn(&Part) -> bool,
) {
    let most = all.parts.first().map_or(1, |part| part.units.len()).max(1) as f32;
    let (mut small, mut units) = (0, 0);
    for part in all.parts.iter().filter(|part| wanted(part)) {
        let Some(hub) = part.hub.filter(|_| part.units.len() >= LEAST) else {
            small += 1;
            units += part.units.len();
            continue;
        };
        let mut draft = Draft::new(hub, Role::Part);
        draft.score = part.units.len() as f32 / most;
        draft.why = summary(asking.snapshot, all, part);
        draft.path = std::iter::once(hub).chain(reading_order(part, hub)).collect();
        findings.drafts.push(draft);
    }
    if small > 0 {
        findings.notes.push(format!(
            "{} in {} that hang together with little else",
            counted(units, "unit"),
            counted(small, "small group")
        ));
    }
}

/// Where one would begin to read a part: its hubs, then what leads to them.
fn reading_order(part: &Part, hub: SymbolId) -> Vec<SymbolId> {
    let mut out: Vec<SymbolId> = Vec::new();
    for symbol in part.hubs.iter().chain(&part.entries).chain(&part.roots) {
        if *symbol != hub && !out.contains(symbol) {
            out.push(*symbol);
        }
    }
    out.truncate(8);
    out
}
