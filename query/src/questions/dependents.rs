//! "Which repos depend on `requests`?", "what does `shop-web` depend on?": what manifests require,
//! and how much of a package that is indexed is really used.

use super::{Findings, Question};
use crate::answer::Answer;
use crate::asking::{Asking, counted, listed};
use crate::rank::{Draft, Role, Spot};
use crate::understand::intent::{Pattern, maybe, sure};
use crate::understand::{Reading, Unknown};
use qf_graph::facts::SymbolKind;
use qf_graph::snapshot::Key;
use qf_graph::{Channel, EdgeKind, RepoId, SymbolId};
use std::collections::{BTreeMap, BTreeSet};

/// Who requires a package.
pub struct Dependents;
/// What a repository requires.
pub struct Dependencies;

const LIMIT: usize = 50;

impl Question for Dependents {
    fn intent(&self) -> &'static str {
        "dependents"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure(
                "which|what|who repos|repositories|projects|packages|codebases? depend|rely|require|need|import|use on|upon? the? package|library|dependency|crate|module|gem *",
            ),
            sure(
                "which|what repos|repositories|projects|packages|codebases depend|rely|require|need|import|use on|upon? *",
            ),
            sure(
                "repos|repositories|projects|packages|codebases that|which depend|rely|require|need|import|use on|upon? *",
            ),
            sure(
                "dependents|dependants|users|consumers of the? package|library|crate|module|gem *",
            ),
            sure("who|what depends|depend on|upon the? package|library|crate|module|gem *"),
            sure("where is|are the? package|library|dependency|crate|gem * used|required"),
            sure(
                "which version|versions of * do|does|are|is we|repositories|repos|projects? use|require|required|used",
            ),
            maybe("who|what depends|depend|relies|rely on|upon *"),
            maybe("who|what requires|require|imports|import|uses|use *"),
            maybe("users|dependents|dependants|consumers of *"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let text = reading.subjects.first().map_or("", String::as_str);
        let packages = packages(asking, text, reading.sure);
        // Where it was not said to be a package, what is defined under that name is meant first.
        let defined = |symbol: &SymbolId| {
            let kind = asking.snapshot.kind(*symbol);
            !matches!(kind, SymbolKind::Module | SymbolKind::Setting | SymbolKind::Section)
        };
        let elsewhere = !reading.sure && asking.snapshot.named(text.trim()).iter().any(defined);
        if packages.is_empty() || elsewhere {
            return Err(unknown(text));
        }
        let names: Vec<String> = packages.iter().cloned().collect();
        let mut findings =
            Findings::new(format!("which repositories require {}", listed(&names, 3)));
        findings.searched.push(text.to_owned());
        let uses = uses(asking, &packages);
        let mut repositories = BTreeSet::new();
        for key in sides(asking).filter(|key| !key.provides && packages.contains(&key.text)) {
            let repository = asking.snapshot.file_repository(key.file);
            let used = uses.get(&repository).copied().unwrap_or_default();
            repositories.insert(asking.snapshot.repository_name(repository).to_owned());
            findings.drafts.push(draft(asking, key, &format!("requires {}", key.text), used));
        }
        // Imports that no manifest mentions: a package of the same repository's workspace.
        for repository in uses.keys() {
            repositories.insert(asking.snapshot.repository_name(*repository).to_owned());
        }
        let repositories: Vec<String> = repositories.into_iter().collect();
        findings.notes.push(match repositories.as_slice() {
            [] => "No indexed repository requires it".to_owned(),
            some => format!("{}: {}", counted(some.len(), "repository"), listed(some, usize::MAX)),
        });
        let provided: Vec<String> = sides(asking)
            .filter(|key| key.provides && packages.contains(&key.text))
            .map(|key| format!("{}:{}", asking.snapshot.display_path(key.file), key.line))
            .collect();
        if !provided.is_empty() {
            findings.notes.push(format!("Provided by {}", listed(&provided, 3)));
        }
        Ok(findings.answer(asking, LIMIT))
    }
}

impl Question for Dependencies {
    fn intent(&self) -> &'static str {
        "dependencies"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure(
                "which|what packages|libraries|dependencies|crates|gems|modules does|do|is|are? * depend|rely|require|use|need|import on|upon?",
            ),
            sure("what does|do * depend|rely on|upon"),
            sure("dependencies|requirements of|in|for *"),
            sure(
                "packages|libraries|crates|gems that? * depends|relies|requires|uses|needs on|upon?",
            ),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let text = reading.subjects.first().map_or("", String::as_str);
        let snapshot = asking.snapshot;
        let repository = snapshot
            .repositories()
            .find(|one| snapshot.repository_name(*one).eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| unknown(text))?;
        let name = snapshot.repository_name(repository).to_owned();
        let mut findings = Findings::new(format!("what {name} requires"));
        findings.searched.push(name);
        let provided: BTreeSet<String> =
            sides(asking).filter(|key| key.provides).map(|key| normal(&key.text)).collect();
        let mut indexed = 0;
        let mut seen = BTreeSet::new();
        for key in sides(asking) {
            if key.provides
                || snapshot.file_repository(key.file) != repository
                || !seen.insert((&key.text, key.file))
            {
                continue;
            }
            let here = provided.contains(&normal(&key.text));
            indexed += usize::from(here);
            let packages = BTreeSet::from([key.text.clone()]);
            let used = uses(asking, &packages).get(&repository).copied().unwrap_or_default();
            let mut one = draft(asking, key, &format!("requires {}", key.text), used);
            one.score = if here { 1.0 } else { 0.5 };
            findings.drafts.push(one);
        }
        findings.notes.push(format!("{indexed} of {} are indexed", seen.len()));
        Ok(findings.answer(asking, LIMIT))
    }
}

fn unknown(text: &str) -> Unknown {
    Unknown { text: text.to_owned(), nearest: Vec::new(), prose: true, route: false }
}

fn sides<'s>(asking: &Asking<'s>) -> impl Iterator<Item = &'s Key> + use<'s> {
    asking.snapshot.keys().iter().filter(|key| key.channel == Channel::Package)
}

/// The packages that a name means: `npm:@shop/contracts`, `@shop/contracts`, `contracts`, or the
/// repository that provides them.
fn packages(asking: &Asking<'_>, text: &str, loosely: bool) -> BTreeSet<String> {
    let text = normal(text.trim().trim_matches('`'));
    let mut found = BTreeSet::new();
    for exact in [true, false].into_iter().filter(|exact| *exact || loosely) {
        for key in sides(asking) {
            let lower = normal(&key.text);
            let name = lower.split_once(':').map_or(lower.as_str(), |(_, name)| name);
            let same = |name: &str| name == text;
            let last = name.rsplit(['/', ':']).next().unwrap_or(name);
            let repository = || {
                let name =
                    asking.snapshot.repository_name(asking.snapshot.file_repository(key.file));
                key.provides && name.to_lowercase() == text
            };
            if lower == text || same(name) || !exact && (same(last) || repository()) {
                found.insert(key.text.clone());
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

/// A package's name as registries compare it: case, `_` and `-` do not matter.
fn normal(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

/// Imports and other edges into packages, by the repository that they leave.
fn uses(asking: &Asking<'_>, packages: &BTreeSet<String>) -> BTreeMap<RepoId, (usize, usize)> {
    let mut out: BTreeMap<RepoId, (usize, usize)> = BTreeMap::new();
    for edge in asking.snapshot.links() {
        let package = edge.key.filter(|(channel, _)| *channel == Channel::Package);
        if package.is_some_and(|(_, key)| packages.contains(key)) {
            let counts = out.entry(asking.snapshot.repository_of(edge.from)).or_default();
            match edge.kind {
                EdgeKind::Imports => counts.0 += 1,
                _ => counts.1 += 1,
            }
        }
    }
    out
}

fn draft(asking: &Asking<'_>, key: &Key, why: &str, (imports, uses): (usize, usize)) -> Draft {
    let mut draft = Draft::new(key.symbol, Role::User);
    why.clone_into(&mut draft.why);
    if imports + uses > 0 {
        draft.why += &format!(", {}, {}", counted(imports, "import"), counted(uses, "other use"));
    }
    draft.lines.push(Spot::line(key.file, line(asking, key)));
    draft
}

/// The line that names the package: manifests that define nothing say only which file it is.
fn line(asking: &Asking<'_>, key: &Key) -> u32 {
    if key.line > 1 {
        return key.line;
    }
    let name = key.text.split_once(':').map_or(key.text.as_str(), |(_, name)| name);
    let name = name.rsplit(':').next().unwrap_or(name).to_lowercase();
    let text = asking.snapshot.text(key.file);
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    // The line that begins with it, else the one that quotes it at its beginning, else any.
    let rank = |line: &str| {
        let line = line.trim().to_lowercase();
        if line.starts_with('[') {
            return 3;
        }
        let begins = |text: &str| {
            text.strip_prefix(name.as_str()).is_some_and(|rest| !rest.starts_with(inside))
        };
        if begins(&line) {
            0
        } else if line.starts_with(['"', '\'']) && begins(&line[1..]) {
            1
        } else if line.split(['"', '\'', '>', '/', ':']).any(begins) {
            2
        } else {
            3
        }
    };
    let best = text.lines().enumerate().map(|(at, line)| (rank(line), at)).min();
    best.filter(|(rank, _)| *rank < 3).map_or(key.line, |(_, at)| at as u32 + 1)
}
