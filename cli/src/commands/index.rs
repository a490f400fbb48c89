//! `qf index`: read repositories into the graph.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::{count, percent, plural, rough};
use crate::output::progress::{self, Reporter};
use crate::output::table::Table;
use crate::statistics::{self, Calls};
use clap::Args;
use qf_graph::{Snapshot, Tier};
use qf_indexer::run::{self, Options, Report, Silent};
use qf_indexer::scip::Imported;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Arguments of `qf index`.
#[derive(Debug, Args)]
pub struct IndexArguments {
    /// Repositories, or folders that hold repositories
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Name in answers, when one repository is given [default: its folder's]
    #[arg(long)]
    pub name: Option<String>,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
    /// List what was skipped, by repository and reason
    #[arg(long)]
    pub skipped: bool,
    /// Import what a compiler's index says (scip-python, scip-typescript, rust-analyzer scip, …); it
    /// replaces what is worked out here in the files that it covers, until they change
    #[arg(long, value_name = "FILE")]
    pub scip: Vec<PathBuf>,
    /// Forget what was imported from compilers before
    #[arg(long, conflicts_with = "scip")]
    pub no_scip: bool,
    /// Index this revision of one repository from git's object store, beside what is indexed: a
    /// branch, a tag, a commit, `HEAD~3`; `--at REV` answers from it
    #[arg(long, value_name = "REV", conflicts_with_all = ["scip", "no_scip"])]
    pub rev: Option<String>,
    /// Leave out the vectors that search by meaning
    #[arg(long)]
    pub no_vectors: bool,
    /// Worker threads; 0 takes all cores
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub threads: usize,
    /// Wait for another qf that is writing
    #[arg(long)]
    pub wait: bool,
    /// Say nothing on the way
    #[arg(long, short)]
    pub quiet: bool,
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &IndexArguments) -> Result<Outcome, CommandError> {
    let options = Options {
        name: arguments.name.clone(),
        without_vectors: arguments.no_vectors,
        threads: arguments.threads,
        wait: arguments.wait,
        embedder: qf_models::from_environment()?,
        scip: arguments.scip.clone(),
        without_scip: arguments.no_scip,
        revision: arguments.rev.clone(),
        ..Options::default()
    };
    let paths = folders(context, &arguments.paths);
    let reporter = Reporter::new(context.messages, arguments.skipped);
    let report = if arguments.quiet {
        run::index(&context.home, &paths, &options, &Silent)?
    } else {
        run::index(&context.home, &paths, &options, &reporter)?
    };
    for fault in &report.rule_faults {
        context.messages.warning(fault);
    }
    if arguments.json {
        context.out.json(&report)?;
        return Ok(Outcome::Done);
    }
    let snapshot = match &report.view {
        Some(view) => context.open_view(view)?,
        None => context.snapshot()?,
    };
    print(context, &snapshot, &report, arguments.skipped)?;
    Ok(Outcome::Done)
}

/// The folders among the paths, with a word about the files that a shell's `*` brings along. When
/// there are no folders, the files stay, for the error that they deserve.
fn folders(context: &Context, paths: &[PathBuf]) -> Vec<PathBuf> {
    let (files, folders): (Vec<PathBuf>, Vec<PathBuf>) =
        paths.iter().cloned().partition(|path| path.is_file());
    if folders.is_empty() {
        return files;
    }
    if !files.is_empty() {
        let word = if files.len() == 1 { "is no folder" } else { "are no folders" };
        let names: Vec<_> = files.iter().map(|path| path.display().to_string()).collect();
        context.messages.warning(format_args!("{} {word}: passed over", names.join(", ")));
    }
    folders
}

/// Writes what a run did.
pub fn print(
    context: &mut Context,
    snapshot: &Snapshot,
    report: &Report,
    list_skipped: bool,
) -> Result<(), CommandError> {
    let paint = context.out.paint;
    let lines = calls_table(snapshot, report).lines(paint);
    context.out.lines(lines)?;
    context.out.line(paint.dim(
        "external: packages that are not indexed, and built-ins; dynamic: computed or not \
         understood   qf stats",
    ))?;
    context.out.line("")?;
    let mut sums = Sums::default();
    for repository in &report.repositories {
        sums.add(&repository.counts.languages, |sums| &mut sums.languages);
        sums.add(&repository.counts.skipped, |sums| &mut sums.skipped);
        sums.add(&repository.counts.problems, |sums| &mut sums.problems);
        for (kind, tiers) in &repository.counts.edges {
            *sums.edges.entry(kind.clone()).or_default() += tiers.values().sum::<u64>();
        }
    }
    sums.edges.remove("calls");
    sums.edges.remove("contains");
    for (title, counts) in [
        ("other edges", &sums.edges),
        ("languages (files)", &sums.languages),
        ("files with problems", &sums.problems),
    ] {
        if !counts.is_empty() {
            context.out.line(format_args!("{title}: {}", listed(counts)))?;
        }
    }
    if list_skipped {
        for repository in &report.repositories {
            if !repository.counts.skipped.is_empty() {
                let skipped = progress::skipped(&repository.counts.skipped);
                context.out.line(format_args!("{}: {skipped}", repository.name))?;
            }
        }
    } else if !sums.skipped.is_empty() {
        let skipped = progress::skipped(&sums.skipped);
        context.out.line(format_args!("{skipped}   --skipped lists them by repository"))?;
    }
    if snapshot.repositories().count() > 1 || !report.links.is_empty() {
        let links =
            if report.links.is_empty() { "none".to_owned() } else { channels(&report.links) };
        context
            .out
            .line(format_args!("links through shared keys: {links}     qf links --unlinked"))?;
    }
    for imported in &report.scip {
        context.out.line(scip(imported))?;
    }
    context.out.line(summary(report))?;
    Ok(())
}

/// What was imported from a compiler's index.
fn scip(imported: &Imported) -> String {
    let mut text = format!(
        "{} of {}: {} edges by the compiler, in {}",
        imported.tool,
        imported.repository,
        count(imported.edges),
        plural(imported.documents, "file")
    );
    if imported.stale > 0 {
        text += &format!("; {} changed since and left out", plural(imported.stale, "file"));
    }
    if imported.missing > 0 {
        text += &format!("; {} not in the index", plural(imported.missing, "file"));
    }
    text
}

#[derive(Default)]
struct Sums {
    languages: BTreeMap<String, u64>,
    skipped: BTreeMap<String, u64>,
    problems: BTreeMap<String, u64>,
    edges: BTreeMap<String, u64>,
}

impl Sums {
    fn add(
        &mut self,
        counts: &BTreeMap<String, u64>,
        field: impl Fn(&mut Self) -> &mut BTreeMap<String, u64>,
    ) {
        for (name, number) in counts {
            *field(self).entry(name.clone()).or_default() += number;
        }
    }
}

/// `412 reads · 80 writes`, most first.
fn listed(counts: &BTreeMap<String, u64>) -> String {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(name, number)| (std::cmp::Reverse(**number), (*name).clone()));
    let parts: Vec<_> = counts
        .iter()
        .map(|(name, number)| format!("{} {}", count(**number), name.replace('_', " ")))
        .collect();
    parts.join(" · ")
}

/// `118 into packages · 57 http · 9 grpc`.
fn channels(links: &BTreeMap<String, u64>) -> String {
    let parts: Vec<_> = links
        .iter()
        .map(|(channel, number)| match channel.as_str() {
            "package" => format!("{} into packages", count(*number)),
            "table" => plural(*number, "table"),
            "topic" => plural(*number, "topic"),
            other => format!("{} {other}", count(*number)),
        })
        .collect();
    parts.join(" · ")
}

fn calls_table(snapshot: &Snapshot, report: &Report) -> Table {
    let mut table = Table::new(&[
        "repository",
        "files",
        "lines",
        "definitions",
        "calls",
        "exact",
        "typed",
        "dispatch",
        "likely",
        "maybe",
        "unresolved",
        "<",
        "seconds",
    ]);
    let mut total = Calls::default();
    let (mut files, mut lines, mut definitions, mut seconds) = (0, 0, 0, 0.0);
    for repository in &report.repositories {
        let counts = &repository.counts;
        let calls = snapshot
            .repository_named(&repository.name)
            .map(|repository| statistics::of(snapshot, repository).calls())
            .unwrap_or_default();
        let sizes = [counts.files, counts.lines, counts.definitions];
        table.row(row(&repository.name, sizes, &calls, repository.seconds));
        total.add(&calls);
        files += counts.files;
        lines += counts.lines;
        definitions += counts.definitions;
        seconds += repository.seconds;
    }
    if report.repositories.len() > 1 {
        table.row(row("all", [files, lines, definitions], &total, seconds));
    }
    table
}

fn row(
    name: &str,
    [files, lines, definitions]: [u64; 3],
    calls: &Calls,
    seconds: f64,
) -> Vec<String> {
    let share = |part: u64| percent(part, calls.sites);
    vec![
        name.to_owned(),
        count(files),
        rough(lines),
        count(definitions),
        count(calls.sites),
        share(calls.tier(Tier::Compiler) + calls.tier(Tier::Exact)),
        share(calls.tier(Tier::Typed)),
        share(calls.tier(Tier::Dispatch)),
        share(calls.tier(Tier::Likely)),
        share(calls.tier(Tier::Maybe)),
        share(calls.unresolved_total()),
        split(calls),
        format!("{seconds:.2}"),
    ]
}

/// `(5% external, 2% dynamic)`.
pub fn split(calls: &Calls) -> String {
    if calls.unresolved_total() == 0 {
        return String::new();
    }
    format!(
        "({} external, {} dynamic)",
        percent(calls.external(), calls.sites),
        percent(calls.dynamic(), calls.sites)
    )
}

/// The last line: how long it took.
fn summary(report: &Report) -> String {
    let parsed: u64 = report.repositories.iter().map(|repository| repository.parsed).sum();
    let core: f64 = report.repositories.iter().map(|repository| repository.seconds).sum();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if let Some(view) = &report.view {
        let commit = view.revision.get(..10).unwrap_or(&view.revision);
        let asked = view.names.last().map_or(commit, String::as_str);
        let verb = if report.unchanged { "has been indexed" } else { "is indexed" };
        return format!(
            "{} at {commit} {verb}: {} parsed in {:.1} s ({core:.1} core-s), the others were known. \
             Answer from it with: --at {asked}",
            view.repository,
            plural(parsed, "file"),
            report.seconds,
        );
    }
    if report.unchanged {
        return format!(
            "Nothing changed in {:.1} s; generation {} stays published",
            report.seconds, report.generation
        );
    }
    let phase = |name: &str| {
        report.phases.iter().filter(|(phase, _)| phase == name).map(|(_, time)| time).sum::<f64>()
    };
    format!(
        "Indexed {} in {:.1} s ({}; reading and parsing {core:.1} core-s, resolving {:.1} s) as \
         generation {}. Fresh with: qf watch",
        plural(parsed, "changed file"),
        report.seconds,
        plural(cores as u64, "core"),
        phase("resolving"),
        report.generation
    )
}
